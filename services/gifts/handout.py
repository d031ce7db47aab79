"""Gifts: who is due one, handing it out from the billing desk's stock, taking it back.

An issue draws the grant, writes `gift_issue` and takes the gift out of stock in one transaction;
a return is a row of its own with the opposite quantity (E31, E65).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.gifts import Gift, GiftIssue
from models.ledgers import Standing
from models.people import Person
from models.query import Prepared, slot
from models.system import Staff
from services.changes import Changes, Kind
from services.clock import days_between
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.gifts import stock
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
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of, draw, give_back
from services.loyalty.grants import grant as load_grant
from services.loyalty.redemption import unredeem
from services.loyalty.redemption_document import redemption
from services.money import yuan

__all__ = [
    "COLLECTED",
    "RETURN_DAYS",
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

RETURN_DAYS = 7
COLLECTED = ("self", "proxy", "post")

_MEMBER = Prepared(
    lambda: (
        Person.select(Person.id)
        .join(Standing, on=(Standing.person_id == Person.id))
        .where(
            (Person.id == slot("person_id"))
            & (Person.state == "active")
            & (Standing.programme_id == slot("programme_id"))
            & (Standing.member == 1)
        )
    )
)
_PERSON = Prepared(lambda: Person.select(Person.id).where(Person.id == slot("id")))
_ISSUE = Prepared(
    lambda: GiftIssue.select(
        GiftIssue.person_id,
        GiftIssue.grant_id,
        GiftIssue.gift_id,
        GiftIssue.place,
        GiftIssue.quantity,
        GiftIssue.reason,
        GiftIssue.points,
        GiftIssue.beneficiary_id,
        GiftIssue.collected,
        GiftIssue.occurred_on,
    ).where((GiftIssue.id == slot("id")) & (GiftIssue.quantity > 0))
)
_RETURN_OF = Prepared(
    lambda: (
        GiftIssue.select(GiftIssue.occurred_on, Staff.name)
        .join(Staff, on=(Staff.id == GiftIssue.staff_id))
        .where(GiftIssue.returns_id == slot("id"))
    )
)


@dataclass(frozen=True)
class GiftIssued:
    """A gift was handed out. `left_in_stock` at the place it came from."""

    issue_id: int
    grant_id: int
    gift_id: int
    left_in_stock: int
    changes: Changes


@dataclass(frozen=True)
class GiftReturned:
    """A gift came back. `left_in_stock` at the place it had come from."""

    return_id: int
    issue_id: int
    gift_id: int
    left_in_stock: int
    changes: Changes


# -- handing out and taking back -------------------------------------------------------------


@command("gift.issue", entity="gift_issue")
def issue_gift(
    tx: Tx,
    *,
    grant_id: int,
    gift_id: int,
    place: str = stock.DESK,
    collected: str = "self",
    beneficiary_id: int | None = None,
    note: str = "",
) -> GiftIssued:
    """Hand out one gift of a grant from stock (R131, R139, R143).

    Any gift of the grant's price band will do (R140). Raises RuleError: handed out already, with
    who and when (E29); another band; not a member; out of stock with both quantities (E32).
    """
    from services.loyalty.standing import settle_person

    row = load_grant(tx.db, grant_id)
    if row.kind != "gift":
        raise RuleError(tr("“{name}”是院内服务，请用“使用服务”。").format(name=row.name))
    _check_member(tx.db, row)
    draw(tx, grant_id)
    _check_band(tx.db, row, gift_id)
    _check_hands(tx.db, row, collected, beneficiary_id)
    issue_id = tx.db.insert(
        GiftIssue,
        person_id=row.person_id,
        grant_id=grant_id,
        gift_id=gift_id,
        place=place,
        quantity=1,
        reason=row.reason,
        points=piece_points(tx.db, row),
        beneficiary_id=beneficiary_id,
        collected=collected,
        note=note.strip(),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    stock.move(tx, gift_id=gift_id, place=place, kind="issue", quantity=-1, issue_id=issue_id)
    tx.about(issue_id, grant=grant_id, gift=gift_id, place=place)
    settle_person(tx, row.person_id)
    return GiftIssued(
        issue_id,
        grant_id,
        gift_id,
        stock.level(tx.db, gift_id, place),
        Changes((Kind.GRANT, Kind.STOCK), row.person_id),
    )


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
    """Take a gift back within 7 days, later with a manager's approval (E31).

    An unopened one goes back into stock; another is received and scrapped at once. What points
    bought gives the points back once no piece of it is out, unless another piece is wanted
    instead (`points_back` False); else the grant may be drawn again. Raises RuleError: no such
    issue, returned already, no reason, too late.
    """
    from services.loyalty.standing import settle_person

    found = _returnable(tx.db, issue_id)
    reason = reason.strip()
    if not reason:
        raise RuleError(tr("请填写退回的原因。"))
    if days_between(found["occurred_on"], tx.today) > RETURN_DAYS:
        sentence = tr("发出已超过 {days} 天，须由会员管理员或院长批准退回。")
        tx.require(approval, "approve.return", sentence.format(days=RETURN_DAYS))
    gift_id, place, quantity = found["gift_id"], found["place"], found["quantity"]
    return_id = tx.db.insert(
        GiftIssue,
        **{
            **found,
            "quantity": -quantity,
            "points": -found["points"],
            "occurred_on": tx.today,
            "returns_id": issue_id,
            "note": reason,
        },
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    goods: dict[str, Any] = {"gift_id": gift_id, "place": place, "reason": reason}
    stock.move(tx, kind="return", quantity=quantity, issue_id=return_id, **goods)
    if not sellable:
        stock.move(tx, kind="scrap", quantity=-quantity, **goods)
    if found["grant_id"] is not None:
        row = give_back(tx, found["grant_id"], quantity)
        if points_back and found["reason"] == "points" and row.used == quantity:
            unredeem(tx, row.grant_key, reason)
    tx.about(
        return_id,
        returns=issue_id,
        sellable=sellable,
        approved_by=approval.staff_id if approval else None,
    )
    settle_person(tx, found["person_id"])
    return GiftReturned(
        return_id,
        issue_id,
        gift_id,
        stock.level(tx.db, gift_id, place),
        Changes((Kind.GRANT, Kind.STOCK, Kind.POINTS), found["person_id"]),
    )


def piece_points(db: ClinicDatabase, row: GrantRow) -> int:
    """The points a redeemed piece cost on its day (E30); 0 for what no points were spent on."""
    source, _, number = row.grant_key.partition(".")
    if source != "redeem":
        return 0
    paid = redemption(db, int(number))
    return paid.points // paid.quantity


def _check_member(db: ClinicDatabase, row: GrantRow) -> None:
    if row.rank == 0:  # given or redeemed by itself: no membership is asked for
        return
    if _MEMBER.row(db, person_id=row.person_id, programme_id=row.programme_id) is None:
        raise RuleError(tr("这位顾客现在不是会员，不能领取会员礼品。请先办理入会。"))


def _check_band(db: ClinicDatabase, row: GrantRow, gift_id: int) -> None:
    found = db.row(Gift.select(Gift.name, Gift.band_fen, Gift.active).where(Gift.id == gift_id))
    if found is None:
        raise RuleError(tr("没有找到这种礼品，请刷新后重试。"))
    name, band_fen, active = found
    if not active:
        raise RuleError(tr("“{name}”已停用，请另选一种礼品。").format(name=name))
    if band_fen != row.value_fen:
        sentence = tr(
            "“{name}”是 {band} 元档，这份权益是 {wanted} 元档。请换一种 {wanted} 元档的礼品。"
        )
        raise RuleError(sentence.format(name=name, band=yuan(band_fen), wanted=yuan(row.value_fen)))


def _check_hands(
    db: ClinicDatabase, row: GrantRow, collected: str, beneficiary_id: int | None
) -> None:
    if collected not in COLLECTED:
        raise RuleError(tr("领取方式请选“本人”“代领”或“邮寄”。"))
    if beneficiary_id in (None, row.person_id):
        return
    if _PERSON.row(db, id=beneficiary_id) is None:
        raise RuleError(tr("没有找到受益人，请先建立档案。"))
    if not benefit_of(db, row).transferable:
        sentence = tr("“{name}”不能转赠。家人代取请选“代领”。")
        raise RuleError(sentence.format(name=row.name))


def _returnable(db: ClinicDatabase, issue_id: int) -> dict[str, Any]:
    row = _ISSUE.row(db, id=issue_id)
    if row is None:
        raise RuleError(tr("没有找到这次发放，请刷新后重试。"))
    back = _RETURN_OF.row(db, id=issue_id)
    if back is not None:
        sentence = tr("这份礼品已退回：{day}，经手 {staff}。不能再退。")
        raise RuleError(sentence.format(day=back[0], staff=back[1]))
    names = (
        "person_id",
        "grant_id",
        "gift_id",
        "place",
        "quantity",
        "reason",
        "points",
        "beneficiary_id",
        "collected",
        "occurred_on",
    )
    return dict(zip(names, row, strict=True))
