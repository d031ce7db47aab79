"""Redemptions as documents: one is written with the points it took, and given back against it.

What may be redeemed is decided by who calls; here are the document and its lots (E18, E30).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.query import Prepared, slot
from models.schemes import Redemption, RedemptionReturn
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.ledger import Source, StoredAccount, debit, expire_lots, give_back
from services.loyalty.standing import fold, joined_on
from services.programmes.definition import Programme
from services.programmes.words import ways_words

_ONE = Prepared(
    lambda: Redemption.select(
        Redemption.id,
        Redemption.person_id,
        Redemption.programme_id,
        Redemption.version_id,
        Redemption.kind,
        Redemption.item_key,
        Redemption.name,
        Redemption.quantity,
        Redemption.points,
        Redemption.value_fen,
        Redemption.rank,
        Redemption.entry_id,
        Redemption.receipt_id,
        Redemption.occurred_on,
        Redemption.staff_id,
    ).where(Redemption.id == slot("id"))
)
_RETURNED = Prepared(
    lambda: RedemptionReturn.select(fn.COALESCE(fn.SUM(RedemptionReturn.points), 0)).where(
        RedemptionReturn.redemption_id == slot("id")
    )
)


@dataclass(frozen=True)
class RedemptionRow:
    """A redemption as stored; `points` in all, `value_fen` a piece (money off: in all)."""

    id: int
    person_id: int
    programme_id: int
    version_id: int
    kind: str
    item_key: str
    name: str
    quantity: int
    points: int
    value_fen: int
    rank: int
    entry_id: int
    receipt_id: int | None
    occurred_on: str
    staff_id: int


def check_open(tx: Tx, account: StoredAccount, programme: Programme) -> None:
    if programme.points.mode != "spend":
        raise RuleError(tr("“{name}”的积分不能兑换。").format(name=programme.name))
    if joined_on(tx.db, account.person_id, account.programme_id) is None:
        raise RuleError(tr("还不是会员，不能用积分。请先办理入会。"))
    if not fold(tx, account).evaluation.redeemable:
        sentence = tr("还没到兑换点({ways})，暂时不能用积分。")
        raise RuleError(sentence.format(ways=ways_words(programme.points.opens)))


def spend(tx: Tx, account: StoredAccount, points: int, **document: Any) -> int:
    """Take points for a redemption and write its document; answers the document's id.

    Lots past their last day are written off first, so that they cannot be spent (E22). Raises
    RuleError when there are too few points.
    """
    expire_lots(account)
    reason = tr("兑换：{name}").format(name=document["name"])
    entry_id = debit(account, points, Source("redeem", tx.today, reason))
    return tx.db.insert(
        Redemption,
        person_id=account.person_id,
        programme_id=account.programme_id,
        version_id=account.timeline.at(tx.today).id,
        points=points,
        entry_id=entry_id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        **{"quantity": 1, **document},
    )


def redemption(db: ClinicDatabase, redemption_id: int) -> RedemptionRow:
    """One redemption. Raises RuleError when there is none."""
    row = _ONE.row(db, id=redemption_id)
    if row is None:
        raise RuleError(tr("没有找到这次兑换，请刷新后重试。"))
    return RedemptionRow(*row)


def returned_points(db: ClinicDatabase, redemption_id: int) -> int:
    """How many points of a redemption were given back so far."""
    found = _RETURNED.row(db, id=redemption_id)
    return int(found[0]) if found else 0


def take_back(
    tx: Tx, account: StoredAccount, row: RedemptionRow, points: int, reason: str, *, whole: bool
) -> int:
    """Give back points of a redemption inside a command; answers the return's id."""
    before = returned_points(tx.db, row.id)
    source = Source(
        "return", tx.today, reason, reverses_id=row.entry_id if points == row.points else None
    )
    give_back(account, row.entry_id, source, points=points, before=before)
    return tx.db.insert(
        RedemptionReturn,
        redemption_id=row.id,
        person_id=row.person_id,
        points=points,
        whole=int(whole),
        reason=reason,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
