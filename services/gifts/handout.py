"""Gifts: who is due one, and handing it out from the billing desk's stock.

An issue draws the grant, writes `gift_issue` and takes the gift out of stock in one transaction;
a pack leaves a row for each of its parts (see `hand_outs`). Taking back is in `taking_back`.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.gifts import GiftIssue
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.gifts import stock
from services.gifts.claim_checks import (
    COLLECTED,
    check_band,
    check_fresh,
    check_hands,
    check_member,
    check_set,
)
from services.gifts.lists import (
    DueGift,
    IssueRow,
    collected_name,
    count_due,
    due_gifts,
    issues_of,
    reason_name,
    suitable_gifts,
)
from services.gifts.packs import parts_of
from services.gifts.promises import check_turn
from services.gifts.taking_back import GiftReturned, return_gift
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of, check_drawable, draw
from services.loyalty.grants import grant as load_grant
from services.loyalty.redemption_document import redemption

__all__ = [
    "COLLECTED",
    "DueGift",
    "GiftIssued",
    "GiftReturned",
    "IssueRow",
    "collected_name",
    "count_due",
    "due_gifts",
    "issue_gift",
    "issues_of",
    "reason_name",
    "return_gift",
    "suitable_gifts",
]


@dataclass(frozen=True)
class GiftIssued:
    """A gift was handed out; of a pack `issue_id` is its first part's. `left_in_stock` is what may
    still be handed out of it at the place it came from, of a pack or a set the scarcest part."""

    issue_id: int
    grant_id: int
    gift_id: int
    left_in_stock: int
    changes: Changes


@command("gift.issue", entity="gift_issue")
def issue_gift(
    tx: Tx,
    *,
    grant_id: int,
    gift_id: int | None = None,
    place: str = stock.DESK,
    collected: str = "self",
    beneficiary_id: int | None = None,
    note: str = "",
    parts: tuple[int, ...] = (),
) -> GiftIssued:
    """Hand out one gift of a grant from stock (R131, R139, R143): an article or a pack.

    Any gift of the grant's price band will do (R140). Where the programme names the parts of the
    gift, `parts` may be one article for each of them instead of `gift_id` (R106). Raises
    RuleError: handed out already, with who and when (E29); another band; not a member; from
    another place than the desk; out of stock with both quantities, or kept for earlier promises
    (E32); past its last day.
    """
    from services.loyalty.history import draw_event
    from services.loyalty.standing import settle_after

    if place != stock.DESK:
        raise RuleError(tr("礼品由收费室统一发放。请先把货申领到收费室，再发放。"))
    row = load_grant(tx.db, grant_id)
    if row.kind != "gift":
        raise RuleError(tr("“{name}”是院内服务，请用“使用服务”。").format(name=row.name))
    check_member(tx.db, row)
    check_drawable(tx, row)
    goods, pack_id = _chosen(tx.db, row, gift_id, parts)
    check_hands(tx.db, row, collected, beneficiary_id)
    check_turn(tx, row, goods)
    draw(tx, grant_id)
    first = 0
    points = piece_points(tx.db, row)
    for part_id, quantity in goods.items():
        issue_id = tx.db.insert(
            GiftIssue,
            person_id=row.person_id,
            grant_id=grant_id,
            gift_id=part_id,
            place=place,
            quantity=quantity,
            reason=row.reason,
            points=0 if first else points,
            beneficiary_id=beneficiary_id,
            collected=collected,
            note=note.strip(),
            occurred_on=tx.today,
            staff_id=tx.actor.id,
            seq=tx.seq,
            pack_id=pack_id,
        )
        first = first or issue_id
        _take(tx, part_id, place, quantity, issue_id)
    tx.about(first, grant=grant_id, gift=gift_id, parts=list(parts), place=place)
    drawn = draw_event(tx.today, row.grant_key, 1)
    settle_after(tx, row.person_id, row.programme_id, (drawn,))
    return GiftIssued(
        first,
        grant_id,
        gift_id or next(iter(goods)),
        min(stock.level(tx.db, part_id, place) // quantity for part_id, quantity in goods.items()),
        Changes((Kind.GRANT, Kind.STOCK), row.person_id),
    )


def _take(tx: Tx, gift_id: int, place: str, quantity: int, issue_id: int) -> None:
    """Out of stock; what lies there but is past its last day stays."""
    if stock.level(tx.db, gift_id, place) >= quantity:
        check_fresh(tx.db, gift_id, tx.today, quantity)
    stock.move(
        tx, gift_id=gift_id, place=place, kind="issue", quantity=-quantity, issue_id=issue_id
    )


def _chosen(
    db: ClinicDatabase, row: GrantRow, gift_id: int | None, parts: tuple[int, ...]
) -> tuple[dict[int, int], int | None]:
    """What goes out, as gift → pieces, and the pack it is."""
    benefit = benefit_of(db, row)
    if gift_id is None:
        check_set(db, row, benefit, parts)
        return dict.fromkeys(parts, 1), None
    check_band(db, row, benefit, gift_id)
    pack = parts_of(db, gift_id)
    if not pack:
        return {gift_id: 1}, None
    return {part.gift_id: part.quantity for part in pack}, gift_id


def piece_points(db: ClinicDatabase, row: GrantRow) -> int:
    """The points a redeemed piece cost on its day (E30); 0 for what no points were spent on."""
    source, _, number = row.grant_key.partition(".")
    if source != "redeem":
        return 0
    paid = redemption(db, int(number))
    return paid.points // paid.quantity
