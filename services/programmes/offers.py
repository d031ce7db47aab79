"""Which member prices a tier gives for a class of items, and why one does not hold on a day.

A price still 待定 is given to nobody. A tier's prices are its own and, where it inherits, those of
the tiers below it (R002).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from services.i18n import tr
from services.programmes.definition import Discount, Programme, Tier
from services.programmes.plan import is_member_day, number
from services.programmes.words import discount_words, span_words, weekday_words

Occasion = tuple[str, str | None, str | None, tuple[int, ...]]


@dataclass(frozen=True)
class Waived:
    """A class that costs nothing on this bill whoever the patient is, and the reason (R133)."""

    item_class: str
    why: str


@dataclass(frozen=True)
class Facts:
    """What prices ask beside the programme. `birthday` is the patient's birthday nearest to `on`,
    None when it is not known; `first_visit` whether nobody saw the patient before."""

    on: str
    birthday: str | None = None
    first_visit: bool = False
    waived: tuple[Waived, ...] = ()


def occasion(discount: Discount) -> Occasion:
    """When a price holds; prices of the same occasion replace each other up the tiers."""
    return discount.window, discount.start, discount.end, discount.weekdays


def covers(discount: Discount, item_class: str) -> bool:
    """Whether a price is for this class; one that names no class is for all."""
    return not discount.classes or item_class in discount.classes


def percent(discount: Discount) -> int:
    """The percentage paid of a price that is filled in; membership never costs more than the
    list price."""
    return min(number(discount.pay_percent) or 0, 100)


def tiers_of(programme: Programme, rank: int) -> tuple[Tier, ...]:
    """The tier of a rank and the tiers whose prices it inherits, the highest first."""
    found = []
    tier = programme.tier(rank)
    while tier is not None:
        found.append(tier)
        tier = programme.tier(tier.rank - 1) if tier.inherits else None
    return tuple(found)


def offers(
    programme: Programme, rank: int, item_class: str
) -> Mapping[Occasion, tuple[Discount, ...]]:
    """The prices a rank has for a class by occasion, whether or not the occasion is today (R005).

    A tier's own price replaces what it inherits for the same class and occasion. Only where its
    own is for everything and an inherited one names the class, as a free re-check does, the lower
    of both stays, so that a higher tier does not lose what the lower one has.
    """
    held: dict[Occasion, tuple[Discount, ...]] = {}
    for tier in tiers_of(programme, rank):
        own: dict[Occasion, tuple[Discount, ...]] = {}
        for each in tier.discounts:
            if number(each.pay_percent) is not None and covers(each, item_class):
                own[occasion(each)] = (*own.get(occasion(each), ()), each)
        for when, given in own.items():
            held[when] = _replaced(held[when], given) if when in held else given
    return held


def _replaced(higher: tuple[Discount, ...], lower: tuple[Discount, ...]) -> tuple[Discount, ...]:
    named = tuple(each for each in lower if each.classes)
    if not named or any(each.classes for each in higher):
        return higher
    return min(higher, named, key=lambda given: min(map(percent, given)))


def pending(programme: Programme, rank: int, item_class: str) -> tuple[Discount, ...]:
    """The prices of a rank for a class that are still 待定."""
    return tuple(
        each
        for tier in tiers_of(programme, rank)
        for each in tier.discounts
        if number(each.pay_percent) is None and covers(each, item_class)
    )


def why_closed(programme: Programme, discount: Discount, facts: Facts) -> str:
    """Why a price does not hold on the day of the bill; '' when it does (R036, R074, R097, R111).

    A period or a list of weekdays that is not filled in holds on no day.
    """
    on, birthday = facts.on, facts.birthday
    if birthday is None and discount.window in ("birthday_day", "birthday_month"):
        return tr("没有登记生日")
    start, end = discount.start, discount.end
    dated = start is not None or end is not None
    is_open, reason = {
        "always": (True, ""),
        "birthday_day": (on == birthday, tr("不是生日当天")),
        "birthday_month": (on[:7] == (birthday or "")[:7], tr("不是生日当月")),
        "member_day": (is_member_day(programme, on), tr("不是会员日")),
        "first_visit": (facts.first_visit, tr("不是首次就诊")),
        "dates": (
            dated and (start or "") <= on <= (end or "9999"),
            tr("不在活动日期内"),
        ),
        "weekdays": (
            date.fromisoformat(on).isoweekday() in discount.weekdays,
            tr("不是优惠的星期"),
        ),
    }[discount.window]
    return "" if is_open else reason


def rule_words(discount: Discount, item_class: str) -> str:
    """A price as it reads for one class: '生日当天优惠(生日当天，检查)：5 折(付原价的 50%)'."""
    classes = (item_class,) if item_class else ()
    return discount_words(msgspec.structs.replace(discount, classes=classes))


def label(discount: Discount) -> str:
    """A price by its name, or by its occasion: '生日价'."""
    if discount.name:
        return discount.name
    if discount.window == "dates":
        return tr("{days} 活动价").format(days=span_words(discount.start, discount.end))
    if discount.window == "weekdays":
        return tr("{days}会员价").format(days=weekday_words(discount.weekdays))
    return {
        "always": tr("会员价"),
        "birthday_day": tr("生日价"),
        "birthday_month": tr("生日当月价"),
        "member_day": tr("会员日价"),
        "first_visit": tr("首诊价"),
    }[discount.window]
