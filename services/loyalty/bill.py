"""A bill while it is typed: member prices, points and coupons, and what is left to receive.

The window types a `BillDraft` and shows the `Bill`; nothing here writes. Amounts are fen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.database import ClinicDatabase
from services.i18n import tr
from services.loyalty.preview import Consequence
from services.loyalty.quotes import Coupon, coupons_of, quote_receipt
from services.loyalty.redemption_list import PointsOff, points_off
from services.money import yuan
from services.programmes.pricing import BillLine, Quote

ALL_POINTS = -1


@dataclass(frozen=True)
class BillDraft:
    """What was typed. `discount_fen` None takes the member price of the lines; `points` may be
    `ALL_POINTS`; without lines and `billed_fen` nobody knows what is due."""

    lines: tuple[BillLine, ...] = ()
    billed_fen: int | None = None
    discount_fen: int | None = None
    insured_fen: int = 0
    points: int = 0
    programme_id: int | None = None
    coupon_ids: tuple[int, ...] = ()
    patient_id: int | None = None
    occurred_on: str | None = None


@dataclass(frozen=True)
class Bill:
    """What a draft comes to. `due_fen` is to be received in money, None while unknown. `points`
    pay `points_fen`. The problems are sentences for the field they belong to, '' when fine."""

    quote: Quote | None
    discount_fen: int
    points: int
    points_fen: int
    coupons_fen: int
    due_fen: int | None
    points_problem: str
    coupon_problem: str
    billed_problem: str
    lines: tuple[Consequence, ...]


def reckon(db: ClinicDatabase, today: str, person_id: int, draft: BillDraft) -> Bill:
    """What a bill comes to for a person (R018, R033, R051, E6, E11). Raises RuleError for a
    negative amount of a line."""
    quote = None
    if draft.lines:
        quote = quote_receipt(
            db,
            today,
            person_id=person_id,
            lines=draft.lines,
            patient_id=draft.patient_id,
            occurred_on=draft.occurred_on,
        )
    discount = draft.discount_fen
    if discount is None:
        discount = quote.discount_fen if quote else 0
    coupons = _chosen(db, today, person_id, draft)
    coupons_fen = sum(coupon.value_fen for coupon in coupons)
    billed = quote.list_fen if quote else draft.billed_fen
    due = None if billed is None else billed - discount - draft.insured_fen - coupons_fen
    off = _account(db, today, person_id, draft)
    points, problem = _points(draft, off, due)
    points_fen = points * 100 // off.per_yuan if off and not problem else 0
    unknown = due is None and bool(draft.points or draft.coupon_ids)
    return Bill(
        quote,
        discount,
        points,
        points_fen,
        coupons_fen,
        None if due is None else max(due - points_fen, 0),
        problem,
        _coupon_problem(due, coupons_fen),
        tr("用积分或券抵扣时，请填写应收，实收会自动减去抵扣。") if unknown else "",
        tuple(_lines(quote, discount, coupons, off, points, points_fen)),
    )


def too_much(bill: Bill, received_fen: int) -> str:
    """Why so much cannot be received on a bill; '' when it can (E5)."""
    if bill.due_fen is None or received_fen <= bill.due_fen:
        return ""
    sentence = tr("应收只有 ¥{due}(已减折扣、医保和抵扣)，请核对实收。")
    return sentence.format(due=yuan(bill.due_fen))


def arrears(bill: Bill, received_fen: int) -> tuple[Consequence, ...]:
    """What stays owed when so much is received now (E4)."""
    if bill.due_fen is None or received_fen >= bill.due_fen:
        return ()
    text = tr("欠 ¥{yuan}").format(yuan=yuan(bill.due_fen - received_fen))
    return (Consequence("arrears", text, tr("补交欠款时再积分")),)


def _chosen(db: ClinicDatabase, today: str, person_id: int, draft: BillDraft) -> tuple[Coupon, ...]:
    """A coupon named twice is used twice, as often as it is left."""
    if not draft.coupon_ids:
        return ()
    offered = {coupon.grant_id: coupon for coupon in coupons_of(db, today, person_id)}
    return tuple(offered[each] for each in draft.coupon_ids if each in offered)


def _account(db: ClinicDatabase, today: str, person_id: int, draft: BillDraft) -> PointsOff | None:
    if not draft.points:
        return None
    found = points_off(db, today, person_id)
    wanted = (each for each in found if draft.programme_id in (None, each.programme_id))
    return next(wanted, None)


def _points(draft: BillDraft, off: PointsOff | None, due: int | None) -> tuple[int, str]:
    """How many points are used, and what is wrong with that."""
    if not draft.points:
        return 0, ""
    if off is None:
        return 0, tr("现行方案的积分不能抵现。")
    if off.why_not:
        return 0, tr("不能用积分抵现：{why}。").format(why=off.why_not)
    if draft.points == ALL_POINTS:
        most = off.available if due is None else max(due, 0) * off.per_yuan // 100
        return min(off.available, most), ""
    if draft.points > off.available:
        return draft.points, tr("可用积分只有 {n} 分。").format(n=f"{off.available:,}")
    worth = draft.points * 100 // off.per_yuan
    if not worth:
        return draft.points, tr("分数太少，抵不了一分钱。{n} 分抵 1 元。").format(n=off.per_yuan)
    if due is not None and worth > due:
        sentence = tr("抵得比应收多。最多用 {n} 分。")
        return draft.points, sentence.format(n=f"{max(due, 0) * off.per_yuan // 100:,}")
    return draft.points, ""


def _coupon_problem(due: int | None, coupons_fen: int) -> str:
    if not coupons_fen or due is None or due >= 0:
        return ""
    return tr("券抵得比应收多 ¥{yuan}，券不找零，请少用一张。").format(yuan=yuan(-due))


def _lines(
    quote: Quote | None,
    discount: int,
    coupons: tuple[Coupon, ...],
    off: PointsOff | None,
    points: int,
    points_fen: int,
) -> Iterator[Consequence]:
    if quote is not None and discount:
        why = tr("原价 ¥{list} → ¥{pay}")
        facts = {"list": yuan(quote.list_fen), "pay": yuan(quote.list_fen - discount)}
        text = tr("会员价省 ¥{yuan}") if discount == quote.discount_fen else tr("折扣 ¥{yuan}")
        yield Consequence("price", text.format(yuan=yuan(discount)), why.format(**facts))
    for coupon in coupons:
        text = tr("用券“{name}”抵 ¥{yuan}")
        text = text.format(name=coupon.name, yuan=yuan(coupon.value_fen))
        yield Consequence("coupon", text, tr("抵扣的部分不积分"))
    if off is not None and points_fen:
        text = tr("用 {n} 分抵 ¥{yuan}").format(n=f"{points:,}", yuan=yuan(points_fen))
        why = tr("{name}：可用 {before} → {after} 分；抵扣的部分不积分").format(
            name=off.name, before=f"{off.available:,}", after=f"{off.available - points:,}"
        )
        yield Consequence("points_off", text, why)
