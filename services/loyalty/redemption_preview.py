"""What spending points would do, before it is posted: every line with its why (R040, F7).

Nothing here writes.
"""

from __future__ import annotations

from models.database import ClinicDatabase
from services.clock import plus_days
from services.gifts.bands import band_stock
from services.gifts.packs import offered
from services.i18n import tr
from services.loyalty.ledger import Lot, usable_lots
from services.loyalty.own_timeline import own_timeline
from services.loyalty.preview import Consequence, preview_tier
from services.loyalty.redemption_list import Offer
from services.money import yuan
from services.programmes.registry import Timeline


def preview_redemption(
    db: ClinicDatabase,
    today: str,
    *,
    person_id: int,
    timeline: Timeline,
    offer: Offer,
    quantity: int = 1,
    gift_id: int | None = None,
) -> tuple[Consequence, ...]:
    """What redeeming so many of an offer would do: points before and after, what is given, the
    stock left at the billing desk of the article `gift_id`, and which points end next (E21)."""
    if offer.why_not:
        return (Consequence("refused", offer.why_not, ""),)
    lots = usable_lots(db, today, person_id, timeline.programme_id)
    have, need = sum(lot.remaining for lot in lots), offer.points * quantity
    if need > have:
        text = tr("要 {need} 分，还差 {n} 分").format(need=f"{need:,}", n=f"{need - have:,}")
        return (Consequence("refused", text, tr("可用 {n} 分").format(n=f"{have:,}")),)
    text = tr("积分 {points}").format(points=f"{-need:+,}")
    why = tr("可用 {before} → {after} 分").format(before=f"{have:,}", after=f"{have - need:,}")
    lines = [Consequence("points", text, why)]
    if offer.kind == "gift":
        lines += _gift_lines(db, today, offer, quantity, gift_id)
    elif offer.kind == "tier":
        rank = int(offer.key.partition(".")[2])
        lines += preview_tier(db, today, person_id=person_id, timeline=timeline, rank=rank)
    else:
        own = own_timeline(db, person_id, timeline)
        lines.append(_given(today, own, offer, quantity))
    return (*lines, *_ending(lots, need))


def short_of(db: ClinicDatabase, today: str, offer: Offer, quantity: int) -> int:
    """How many gifts of an offer the billing desk lacks, beside those that others have bought
    already: these are owed (E32); 0 for others."""
    if offer.kind != "gift":
        return 0
    return band_stock(db, today, offer.value_fen).short(quantity)


def _gift_lines(
    db: ClinicDatabase, today: str, offer: Offer, quantity: int, gift_id: int | None
) -> list[Consequence]:
    article = next((row for row in offered(db, today) if row.gift_id == gift_id), None)
    short = short_of(db, today, offer, quantity)
    handed = 0 if article is None else min(quantity - short, article.desk)
    lines = []
    if article is not None and handed:
        text = tr("现在发 {name} {n} {unit}")
        why = tr("收费室 {desk} → {left}，仓库 {warehouse}").format(
            desk=article.desk, left=article.desk - handed, warehouse=article.warehouse
        )
        text = text.format(name=article.name, n=handed, unit=article.unit)
        lines.append(Consequence("gift", text, why))
    if quantity > handed:
        text = tr("欠领 {name} {n} {unit}")
        text = text.format(name=offer.name, n=quantity - handed, unit=offer.unit)
        lines.append(Consequence("owed", text, _why_owed(db, today, offer, short)))
    return lines


def _why_owed(db: ClinicDatabase, today: str, offer: Offer, short: int) -> str:
    if not short:
        return tr("这一种不够，留在待领名单，再换一种发")
    have = band_stock(db, today, offer.value_fen)
    taken = tr("收费室的货已兑换、待领，") if have.desk and have.waiting else tr("收费室货不够，")
    sentence = tr("仓库有 {n} 份。须由会员管理员或院长批准；留在待领名单，有货再发")
    return taken + sentence.format(n=have.warehouse)


def _given(today: str, timeline: Timeline, offer: Offer, quantity: int) -> Consequence:
    """A service or a coupon, until when it is good, and where it is used."""
    catalogue = timeline.at(today).programme.points.catalogue
    days = next((item.valid_days for item in catalogue if item.key == offer.key), None)
    until = tr("长期有效")
    if days is not None:
        until = tr("{day} 前有效").format(day=plus_days(today, days - 1))
    facts = {"name": offer.name, "n": quantity, "unit": offer.unit}
    if offer.kind == "coupon":
        worth = tr("每张抵 ¥{yuan}，{until}；收费时在“更多项目”里使用")
        text = tr("得到 {name} {n} {unit}").format(**facts)
        return Consequence("coupon", text, worth.format(yuan=yuan(offer.value_fen), until=until))
    text = tr("得到 {name} {n} {unit}").format(**facts)
    return Consequence("service", text, tr("{until}；兑换后按 F8 就可使用").format(until=until))


def _ending(lots: list[Lot], need: int) -> list[Consequence]:
    """What ends next once so many points are gone; lots are consumed in their order (E21)."""
    left: dict[str, int] = {}
    for lot in lots:
        taken = min(lot.remaining, need)
        need -= taken
        if lot.expires_on is not None and lot.remaining > taken:
            left[lot.expires_on] = left.get(lot.expires_on, 0) + lot.remaining - taken
    if not left:
        return []
    day = min(left)
    text = tr("之后最先到期：{day}，{n} 分").format(day=day, n=f"{left[day]:,}")
    return [Consequence("expiry", text, "")]
