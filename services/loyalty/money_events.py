"""Money on a receipt, as a ledger of signed events, and everything that follows from one.

Every event posts only the difference between what the receipt is worth now and what it has given
already (E1). Amounts are fen of money received from the person.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.ledgers import MoneyEvent, Receipt
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.counted_past import take_back
from services.loyalty.history import money_event
from services.loyalty.ledger import Source, StoredAccount, awarded, credit, expiry_of
from services.loyalty.standing import Folded, Settled, fold, fold_on, open_accounts, store
from services.people.referrals import referral_after_money

CHANGED = (Kind.MONEY, Kind.POINTS, Kind.TIER, Kind.GRANT, Kind.FOLLOWUP)

_HEADER = Prepared(
    lambda: Receipt.select(
        Receipt.id,
        Receipt.number,
        Receipt.patient_id,
        Receipt.credited_id,
        Receipt.occurred_on,
        Receipt.recorded_on,
        Receipt.billed_fen,
        Receipt.discount_fen,
        Receipt.insured_fen,
        Receipt.covered_fen,
        Receipt.net_fen,
        Receipt.earns,
        Receipt.void,
        Receipt.staff_id,
        Receipt.case_id,
        Receipt.payment,
    ).where(Receipt.id == slot("id"))
)


@dataclass(frozen=True)
class ReceiptHeader:
    """A stored receipt."""

    id: int
    number: str
    patient_id: int
    credited_id: int
    occurred_on: str
    recorded_on: str
    billed_fen: int
    discount_fen: int
    insured_fen: int
    covered_fen: int
    net_fen: int
    earns: int
    void: int
    staff_id: int
    case_id: int | None
    payment: str


@dataclass(frozen=True)
class ReceiptPosted:
    """What a money event did. Points are signed; ranks before and after; ids of what is new."""

    receipt_id: int
    money_event_id: int
    person_id: int
    points: int
    deficit: int
    rank_before: int
    rank_after: int
    member: bool
    new_step_ids: tuple[int, ...]
    new_grant_ids: tuple[int, ...]
    changes: Changes


def receipt_header(db: ClinicDatabase, receipt_id: int) -> ReceiptHeader:
    """One receipt. Raises RuleError when there is none."""
    row = _HEADER.row(db, id=receipt_id)
    if row is None:
        raise RuleError(tr("没有找到这张单据，请刷新后重试。"))
    return ReceiptHeader(*row)


def money(
    tx: Tx,
    header: ReceiptHeader,
    person_id: int,
    kind: str,
    amount_fen: int,
    net_fen: int,
    *,
    on: str | None = None,
    reason: str = "",
    alone: bool = False,
    gave: int | None = None,
) -> ReceiptPosted:
    """Write one money event and everything that follows from it; `alone`: it is all that this
    command writes of the person's past. `gave`: the points the receipt gave so far, where known.
    """
    day = on or header.occurred_on
    event_id = tx.db.insert(
        MoneyEvent,
        receipt_id=header.id,
        person_id=person_id,
        kind=kind,
        amount_fen=amount_fen,
        occurred_on=day,
        recorded_on=tx.today,
        reason=reason,
        seq=tx.seq,
    )
    if net_fen != header.net_fen or kind == "void":
        tx.db.update(Receipt, header.id, net_fen=net_fen, void=int(kind == "void"))
    outcome: ReceiptPosted | None = None
    written = (day, header.id, header.case_id, amount_fen, tx.today, kind, header.payment)
    events = (money_event(*written),) if header.earns else ()
    for account in open_accounts(tx, person_id):
        folded = fold_on(tx, account, events) if alone else fold(tx, account)
        points = _award(tx, account, folded, header, event_id, day, reason, gave)
        settled = store(tx, account, folded)
        outcome = outcome or _outcome(header.id, event_id, account, settled, points)
    if outcome is None:
        raise RuleError(tr("诊所还没有生效的会员方案。"))
    referral_after_money(tx, header.id, person_id, kind, day)
    return outcome


def _award(
    tx: Tx,
    account: StoredAccount,
    folded: Folded,
    header: ReceiptHeader,
    event_id: int,
    day: str,
    reason: str,
    gave: int | None,
) -> int:
    """Post the difference between what the receipt is worth now and what it gave (E1, E2, E16).

    The fold rates it as on the receipt's own day (E12); a lot lives from `day`, when the money
    came in (E4).
    """
    worth = folded.evaluation.receipt_points.get(header.id, 0)
    if gave is None:
        gave = awarded(tx.db, account.group, account.programme_id, header.id)
    difference = worth - gave
    rules = account.timeline
    source = Source(
        kind="earn" if difference > 0 else "reversal",
        on=day if difference > 0 else tx.today,
        reason=reason,
        receipt_id=header.id,
        money_event_id=event_id,
        expires_on=expiry_of(rules, day) if difference > 0 else None,
        tier_counting=True,
    )
    if difference > 0:
        credit(account, difference, source)
    elif difference < 0:
        take_back(tx, account, source, -difference)
    return difference


def _outcome(
    receipt_id: int, event_id: int, account: StoredAccount, settled: Settled, points: int
) -> ReceiptPosted:
    return ReceiptPosted(
        receipt_id=receipt_id,
        money_event_id=event_id,
        person_id=account.person_id,
        points=points,
        deficit=account.deficit,
        rank_before=settled.rank_before,
        rank_after=settled.evaluation.rank,
        member=settled.member,
        new_step_ids=settled.new_step_ids,
        new_grant_ids=settled.new_grant_ids,
        changes=Changes(CHANGED, account.person_id),
    )
