"""What a programme still lacks before it can be signed, in phrases a director understands.

A generic walk over the structs finds every 待定; a table says what each such number is asked for.
Beside it stand the few things that no number shows: a tier nobody can reach, a fee nobody pays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import (
    PENDING,
    Benefit,
    Discount,
    Enrol,
    Fee,
    Leaving,
    MemberDay,
    Points,
    Programme,
    Rate,
    Reach,
    Redeemable,
    Referral,
    Reward,
    Tier,
)
from services.programmes.words import class_words, count_words

# The order in which `sentences.describe` reads; fields that are not named here follow.
_ORDER: dict[type[msgspec.Struct], tuple[str, ...]] = {
    Programme: ("enrol", "places", "points", "tiers", "birthday", "member_days", "referral"),
    Points: ("per_yuan", "rates", "bonuses", "expiry_months", "opens", "per_yuan_off"),
    Tier: ("reach", "fees", "valid_months", "renew", "points_percent", "discounts", "benefits"),
}


@dataclass(frozen=True)
class Gap:
    """Something missing: its place in the definition, and what to ask the director for."""

    path: str
    sentence: str


def missing(programme: Programme) -> tuple[Gap, ...]:
    """Everything that has to be filled in before signing, in reading order; () when complete.

    Serves R001, R090 and the rule that a programme with 待定 cannot be signed.
    """
    return tuple(_Walk(programme, asked_for()).struct(programme, "", ()))


def asked_for() -> dict[tuple[type[msgspec.Struct], str], str]:
    """The question for every field that may be 待定."""
    spent = {
        "single_spend_yuan": tr("单笔消费满多少元"),
        "cumulative_spend_yuan": tr("累计消费满多少元"),
    }
    reach = {
        **spent,
        "visits": tr("到诊满多少次"),
        "drug_spend_yuan": tr("购药满多少元"),
        "points": tr("累计积分满多少分"),
        "health_grade": tr("口腔健康评级达到几级"),
        "purchase_points": tr("用多少积分换取"),
    }
    by_struct: dict[type[msgspec.Struct], dict[str, str]] = {
        Programme: {"places": tr("名额多少人")},
        Enrol: spent,
        Reach: reach,
        Points: {
            "per_yuan": tr("每消费 1 元记多少积分"),
            "expiry_months": tr("积分多少个月内有效"),
            "per_yuan_off": tr("多少积分抵 1 元"),
            "bonuses": tr("加多少积分"),
        },
        Rate: {"percent": tr("积分是平常的百分之几")},
        Redeemable: {"points": tr("要多少积分"), "value_yuan": tr("价值多少元")},
        Tier: {
            "points_percent": tr("消费积分是平常的百分之几"),
            "valid_months": tr("等级保留多少个月"),
            "warranty_months": tr("售后保障多少个月"),
        },
        Benefit: {"quantity": tr("{count}"), "value_yuan": tr("价值多少元")},
        Discount: {"pay_percent": tr("付原价的百分之几")},
        Fee: {"yuan": tr("多少元"), "every": tr("多久缴一次")},
        Reward: {
            "points": tr("奖励多少积分"),
            "value_yuan": tr("奖励的礼品或券价值多少元"),
        },
        Referral: {
            "first_payment_yuan": tr("新客第一次付款满多少元才奖励"),
            "yearly_cap": tr("每人每年最多奖励几次"),
        },
        Leaving: {"refund_percent": tr("退会退还会费的百分之几")},
    }
    return {(kind, name): ask for kind, asks in by_struct.items() for name, ask in asks.items()}


@dataclass(frozen=True)
class _Walk:
    """A walk over a programme's structs, with the names of what surrounds each of them."""

    programme: Programme
    asks: dict[tuple[type[msgspec.Struct], str], str]

    def struct(self, value: msgspec.Struct, path: str, owners: tuple[str, ...]) -> Iterator[Gap]:
        """The gaps of one struct and of all within it."""
        own = _label(value)
        labels = (*owners, own) if own else owners
        for place, ask in _incomplete(self.programme, value):
            yield _gap(f"{path}.{place}", labels, ask)
        for name in _in_reading_order(value):
            yield from self._field(value, name, f"{path}.{name}", labels)

    def _field(
        self, value: msgspec.Struct, name: str, path: str, labels: tuple[str, ...]
    ) -> Iterator[Gap]:
        part: Any = getattr(value, name)
        ask = self.asks.get((type(value), name), "")
        if ask and part == PENDING:
            yield _gap(path, labels, _filled(value, ask))
        added = _field_label(value, name)
        inside = (*labels, added) if added else labels
        if isinstance(part, msgspec.Struct):
            yield from self.struct(part, path, inside)
        for index, each in enumerate(part if isinstance(part, tuple) else ()):
            place = f"{path}[{index}]"
            if isinstance(each, msgspec.Struct):
                yield from self.struct(each, place, inside)
            elif isinstance(each, tuple):  # an occasion and its points
                nameless = _nameless(each[0])
                whose = (*inside, tr("没有名称的一项") if nameless else each[0])
                if nameless:
                    yield _gap(place, whose, tr("是什么活动"))
                if each[1] == PENDING:
                    yield _gap(place, whose, ask)


def _in_reading_order(value: msgspec.Struct) -> list[str]:
    first = _ORDER.get(type(value), ())
    return [*first, *(name for name in value.__struct_fields__ if name not in first)]


def _filled(value: msgspec.Struct, ask: str) -> str:
    """The question with the period and the counting word of a benefit in it."""
    if not isinstance(value, Benefit):
        return ask
    return ask.format(count=count_words(value, tr("多少")).replace(" ", ""))


def _gap(path: str, labels: tuple[str, ...], ask: str) -> Gap:
    path = path.strip(".")
    if not labels:
        return Gap(path, ask)
    return Gap(path, tr("{whose}：{what}").format(whose=tr("的").join(labels), what=ask))


def _label(value: msgspec.Struct) -> str:
    """What a struct is called in a phrase; '' where its owner's name is enough."""
    if isinstance(value, (Tier, Benefit, MemberDay)):
        return tr("没有名称的一项") if _nameless(value.name) else value.name
    if isinstance(value, Redeemable):
        name = tr("没有名称的一项") if _nameless(value.name) else value.name
        return tr("用积分换{name}").format(name=name)
    if isinstance(value, Discount):
        return value.name or tr("{classes}会员价").format(classes=class_words(value.classes))
    if isinstance(value, Rate):
        return tr("会员日") if value.member_day else class_words(value.classes)
    if isinstance(value, Fee):
        return {
            "year": tr("年费"),
            "half": tr("半年费"),
            "quarter": tr("季费"),
            "month": tr("月费"),
        }.get(value.every, tr("会费"))
    return ""


def _field_label(value: msgspec.Struct, field: str) -> str:
    """What a field adds to the names of what stands in it."""
    labels: dict[tuple[type[msgspec.Struct], str], str] = {
        (Programme, "enrol"): tr("入会"),
        (Points, "opens"): tr("开始使用积分"),
        (Tier, "renew"): tr("保级"),
        (Referral, "referrer"): tr("推荐人"),
        (Referral, "newcomer"): tr("新客"),
    }
    return labels.get((type(value), field), "")


def _incomplete(programme: Programme, value: msgspec.Struct) -> Iterator[tuple[str, str]]:
    """What no number shows: the field to mend and the question."""
    if isinstance(value, (Tier, Benefit, Redeemable, MemberDay)) and _nameless(value.name):
        yield "name", tr("叫什么名称")
    if isinstance(value, Programme) and _nameless(value.name):
        yield "name", tr("方案叫什么名称")
    elif isinstance(value, Tier):
        yield from _incomplete_tier(value)
    elif isinstance(value, (Reach, Enrol)):
        if value == type(value)():
            yield "", tr("达到的条件是什么")
    elif isinstance(value, Discount):
        yield from _incomplete_window(programme, value)
    elif isinstance(value, Rate) and value.member_day and not programme.member_days:
        yield "member_day", tr("哪些天是会员日")
    elif isinstance(value, MemberDay):
        if value.monthly_day is None and value.start is None and value.end is None:
            yield "monthly_day", tr("每月几日，或者从哪天到哪天")
    elif isinstance(value, Referral) and value.referrer == value.newcomer == Reward():
        yield "referrer", tr("推荐奖励给什么")


def _nameless(name: str) -> bool:
    return name.strip() in ("", PENDING)


def _incomplete_tier(tier: Tier) -> Iterator[tuple[str, str]]:
    by_fee = any(way.fee for way in tier.reach)
    if not tier.reach:
        yield "reach", tr("怎样达到")
    if by_fee and not tier.fees:
        yield "fees", tr("会费多少元，多久缴一次")
    if tier.fees and not by_fee:
        yield "reach", tr("收了会费，达到条件里要有“缴纳会费”")


def _incomplete_window(programme: Programme, discount: Discount) -> Iterator[tuple[str, str]]:
    if discount.window == "dates" and discount.start is None and discount.end is None:
        yield "start", tr("从哪天到哪天")
    elif discount.window == "weekdays" and not discount.weekdays:
        yield "weekdays", tr("星期几")
    elif discount.window == "member_day" and not programme.member_days:
        yield "window", tr("哪些天是会员日")


def refuse_incomplete(programme: Programme) -> None:
    """Raises RuleError with the list of what is missing; such a programme cannot be signed."""
    gaps = missing(programme)
    if gaps:
        sentence = tr("“{name}”还缺 {n} 项，补全以后才能签署：{gaps}。")
        found = "；".join(gap.sentence for gap in gaps)
        raise RuleError(sentence.format(name=programme.name, n=len(gaps), gaps=found))
