"""Taking a gift back: rows of its own with the opposite quantity (E31, E65).

The parts of a pack came out together and come back together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.gifts import GiftIssue
from models.query import Prepared, slot
from models.system import Staff
from services.changes import Changes, Kind
from services.clock import days_between
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.gifts import stock
from services.gifts.return_days import return_days
from services.i18n import tr
from services.loyalty.grants import give_back
from services.loyalty.redemption import unredeem_piece

_COPIED = (
    "person_id",
    "grant_id",
    "gift_id",
    "place",
    "quantity",
    "reason",
    "points",
    "beneficiary_id",
    "collected",
    "pack_id",
)
_ISSUE = Prepared(
    lambda: GiftIssue.select(GiftIssue.seq, GiftIssue.grant_id).where(
        (GiftIssue.id == slot("id")) & (GiftIssue.quantity > 0)
    )
)
_ROWS = Prepared(
    lambda: (
        GiftIssue.select(
            GiftIssue.id,
            GiftIssue.occurred_on,
            *(getattr(GiftIssue, name) for name in _COPIED),
        )
        .where(
            (GiftIssue.seq == slot("seq"))
            & ((GiftIssue.grant_id == slot("grant_id")) | (GiftIssue.id == slot("id")))
        )
        .order_by(GiftIssue.id)
    )
)
_RETURN_OF = Prepared(
    lambda: (
        GiftIssue.select(GiftIssue.occurred_on, Staff.name)
        .join(Staff, on=(Staff.id == GiftIssue.staff_id))
        .where(GiftIssue.returns_id == slot("id"))
    )
)


@dataclass(frozen=True)
class GiftReturned:
    """A gift came back, of a pack all its parts. `left_in_stock` at the place it had come from."""

    return_id: int
    issue_id: int
    gift_id: int
    left_in_stock: int
    changes: Changes


@dataclass(frozen=True)
class _Piece:
    """One row of what was handed out."""

    id: int
    occurred_on: str
    values: dict[str, Any]


@command("gift.return", entity="gift_issue")
def return_gift(
    tx: Tx,
    *,
    issue_id: int,
    sellable: bool,
    reason: str,
    points_back: bool = True,
    approval: Approval | None = None,
) -> GiftReturned:
    """Take a gift back: unopened within the clinic's days, else with a manager's word (E31).

    An unopened one goes back into stock; another is received and scrapped at once. A piece that
    points bought gives its points back (E18) and what was not collected yet stays as it is, unless
    another piece is wanted instead (`points_back` False); else the grant may be drawn again.
    Raises RuleError: no such issue, returned already, no reason, too late or opened and no
    approval.
    """
    from services.loyalty.standing import settle_person

    pieces = _returnable(tx.db, issue_id)
    first = pieces[0]
    reason = reason.strip()
    if not reason:
        raise RuleError(tr("请填写退回的原因。"))
    days = return_days(tx.db)
    if days_between(first.occurred_on, tx.today) > days:
        sentence = tr("发出已超过 {days} 天，须由会员管理员或院长批准退回。")
        tx.require(approval, "approve.return", sentence.format(days=days))
    if not sellable:
        sentence = tr("已拆封或损坏的礼品，须由会员管理员或院长批准退回。")
        tx.require(approval, "approve.return", sentence)
    backs = [_take_back(tx, piece, sellable=sellable, reason=reason) for piece in pieces]
    if first.values["grant_id"] is not None:
        row = give_back(tx, first.values["grant_id"])
        if points_back and first.values["reason"] == "points":
            unredeem_piece(tx, row.grant_key, reason)
    tx.about(
        backs[0],
        returns=first.id,
        sellable=sellable,
        approved_by=approval.staff_id if approval else None,
    )
    person_id, gift_id = first.values["person_id"], first.values["gift_id"]
    settle_person(tx, person_id)
    return GiftReturned(
        backs[0],
        first.id,
        gift_id,
        stock.level(tx.db, gift_id, first.values["place"]),
        Changes((Kind.GRANT, Kind.STOCK, Kind.POINTS), person_id),
    )


def _take_back(tx: Tx, piece: _Piece, *, sellable: bool, reason: str) -> int:
    """One row back and its goods; answers the row's id."""
    values, quantity = piece.values, piece.values["quantity"]
    return_id = tx.db.insert(
        GiftIssue,
        **{**values, "quantity": -quantity, "points": -values["points"]},
        occurred_on=tx.today,
        returns_id=piece.id,
        note=reason,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    goods: dict[str, Any] = {
        "gift_id": values["gift_id"],
        "place": values["place"],
        "reason": reason,
    }
    stock.move(tx, kind="return", quantity=quantity, issue_id=return_id, **goods)
    if not sellable:
        stock.move(tx, kind="scrap", quantity=-quantity, **goods)
    return return_id


def _returnable(db: ClinicDatabase, issue_id: int) -> list[_Piece]:
    """Every row of the hand-out that this issue belongs to."""
    found = _ISSUE.row(db, id=issue_id)
    if found is None:
        raise RuleError(tr("没有找到这次发放，请刷新后重试。"))
    back = _RETURN_OF.row(db, id=issue_id)
    if back is not None:
        sentence = tr("这份礼品已退回：{day}，经手 {staff}。不能再退。")
        raise RuleError(sentence.format(day=back[0], staff=back[1]))
    seq, grant_id = found
    return [
        _Piece(row[0], row[1], dict(zip(_COPIED, row[2:], strict=True)))
        for row in _ROWS.rows(db, seq=seq, grant_id=grant_id, id=issue_id)
    ]
