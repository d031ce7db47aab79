"""A whole programme read aloud in plain Chinese, made from its data and from nothing else.

What a director signs, what the desk explains at joining and what the printed sheet says are these
sentences. What is absent is not mentioned; a number that is missing is read as 待定.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from services.i18n import tr
from services.programmes.definition import (
    Benefit,
    MemberDay,
    Points,
    Programme,
    Reach,
    Referral,
    Tier,
)
from services.programmes.words import (
    benefit_words,
    bonus_words,
    discount_words,
    enrol_words,
    fee_words,
    member_day_words,
    number_words,
    rate_words,
    reach_words,
    reception_words,
    redeemable_words,
    reward_words,
    ways_words,
)

__all__ = ["Section", "benefit_words", "describe", "discount_words", "reach_words"]

_PERIODS = ("month", "quarter", "half", "year")


@dataclass(frozen=True)
class Section:
    """A heading and its sentences. `part` is the part of the programme they read, as
    `services.programmes.outline` names it: 'points', 'tiers[1]'."""

    title: str
    lines: tuple[str, ...]
    part: str


def describe(programme: Programme) -> tuple[Section, ...]:
    """The programme in sections, in the order a person would explain it (R122)."""
    parts: list[tuple[str, str, Iterable[str]]] = [
        ("about", tr("方案"), _about(programme)),
        ("joining", tr("入会"), _joining(programme)),
        ("points", tr("积分"), _points(programme.points)),
        *(
            (f"tiers[{index}]", tier.name, _tier(programme, tier))
            for index, tier in enumerate(programme.tiers)
        ),
        ("birthday", tr("生日"), _birthday(programme)),
        ("member_days", tr("会员日"), map(_member_day, programme.member_days)),
        ("referral", tr("推荐"), _referral(programme.referral)),
        ("rules", tr("优惠和升级"), _settings(programme)),
        ("ending", tr("到期和退会"), _ending(programme)),
    ]
    sections = (Section(title, tuple(lines), part) for part, title, lines in parts)
    return tuple(section for section in sections if section.lines)


def _about(programme: Programme) -> Iterator[str]:
    if programme.summary:
        yield programme.summary
    if programme.source:
        yield tr("出处：{source}。").format(source=programme.source)


def _joining(programme: Programme) -> Iterator[str]:
    if not programme.tiers:
        return
    ways = tr("；或者").join(enrol_words(way) for way in programme.enrol)
    yield tr("怎样入会：{ways}。").format(ways=ways or tr("达到任何一个等级的条件"))
    if programme.agreement:
        yield tr("入会要签会员协议。")
    if programme.real_name:
        yield tr("实名入会，核对证件。")
    if programme.min_age is not None:
        yield tr("年满 {n} 周岁才能入会。").format(n=programme.min_age)
    if programme.places is not None:
        yield tr("名额 {n} 人。").format(n=number_words(programme.places))
    if programme.needs_doctor:
        yield tr("入会时安排一位专属医生。")
    yield {
        "lifetime": tr("会籍终身有效。"),
        "paid": tr("会籍到所缴会费的期限为止。"),
    }[programme.term]
    yield {
        "physical": tr("发实体会员卡。"),
        "electronic": tr("用电子会员，不发实体卡。"),
        "both": tr("实体会员卡和电子会员都可以。"),
    }[programme.card]
    if programme.review_months is not None:
        yield tr("每 {n} 个月核对一次会员资料。").format(n=programme.review_months)


def _points(points: Points) -> Iterator[str]:
    if points.mode == "none":
        return
    rest = tr("四舍五入") if points.rounding == "round" else tr("零头不计")
    yield tr("每消费 {step} 元记 {n} 分，按单据实收计算，{rest}。").format(
        step=points.yuan_step, n=number_words(points.per_yuan), rest=rest
    )
    for rate in points.rates:
        yield tr("{what}。").format(what=rate_words(rate))
    for occasion, bonus in points.bonuses:
        yield tr("{what}。").format(what=bonus_words(occasion, bonus))
    yield _expiry(points)
    if points.mode == "threshold":
        yield tr("积分只用来升级，不扣减。")
        return
    yield tr("积分可以使用，用多少扣多少。")
    if points.opens:
        yield tr("开始使用积分的条件：{ways}。").format(ways=ways_words(points.opens))
    if points.per_yuan_off is not None:
        n = number_words(points.per_yuan_off)
        yield tr("付款时每 {n} 分抵 1 元。").format(n=n)
    if points.catalogue:
        yield tr("积分够了就能换，不限次数：")
        for item in points.catalogue:
            yield tr("{what}。").format(what=redeemable_words(item))


def _expiry(points: Points) -> str:
    if points.expiry_months is not None:
        n = number_words(points.expiry_months)
        return tr("积分 {n} 个月内有效，过期作废。").format(n=n)
    if points.expiry_year_ends == 0:
        return tr("积分到当年 12 月 31 日为止，过期作废。")
    if points.expiry_year_ends is not None:
        words = tr("积分到记入后第 {n} 年的 12 月 31 日为止，过期作废。")
        return words.format(n=points.expiry_year_ends)
    return tr("积分长期有效。")


def _tier(programme: Programme, tier: Tier) -> Iterator[str]:
    yield _reached(tier)
    if any(fee.yuan != 0 for fee in tier.fees):
        fees = tr("，或").join(fee_words(fee) for fee in tier.fees)
        yield tr("会费：{fees}。").format(fees=fees)
    yield from _kept(tier)
    below = programme.tier(tier.rank - 1)
    if tier.inherits and below is not None:
        yield tr("包含{name}的全部权益和优惠。").format(name=below.name)
    if tier.points_percent != 100:
        n = number_words(tier.points_percent)
        yield tr("消费积分是平常的 {n}%。").format(n=n)
    for offered in (
        *map(discount_words, tier.discounts),
        *map(benefit_words, tier.benefits),
        *tier.promises,
    ):
        yield tr("{what}。").format(what=offered)
    if tier.warranty_months is not None:
        n = number_words(tier.warranty_months)
        yield tr("售后保障 {n} 个月。").format(n=n)
    received = reception_words(tier.reception)
    if received:
        yield tr("接待：{how}。").format(how=received)
    if tier.card_face:
        yield tr("卡面：{text}。").format(text=tier.card_face)
    if tier.card_note:
        yield tr("卡背：{text}。").format(text=tier.card_note)


def _reached(tier: Tier) -> str:
    if not tier.reach:
        return tr("怎样达到：待定。")
    free = bool(tier.fees) and all(fee.yuan == 0 for fee in tier.fees)
    if free and tier.reach == (Reach(fee=True),):
        return tr("怎样达到：提出申请，不收会费。")
    return tr("怎样达到：{ways}。").format(ways=ways_words(tier.reach))


def _kept(tier: Tier) -> Iterator[str]:
    if tier.valid_months is not None:
        n = number_words(tier.valid_months)
        if tier.renew:
            words = tr("等级保留 {n} 个月，到期时{ways}可以续下去，否则降一级。")
            yield words.format(n=n, ways=ways_words(tier.renew))
        else:
            yield tr("等级保留 {n} 个月，到期时再次达到条件可以续下去，否则降一级。").format(n=n)
    if tier.locked:
        yield tr("达到以后不再降级。")
    if tier.unlimited:
        yield tr("期内就诊不限次数，退会时按剩余天数算。")


def _birthday(programme: Programme) -> Iterator[str]:
    if any(benefit.per == "birthday" for tier in programme.tiers for benefit in tier.benefits):
        rule = programme.birthday
        yield {
            "day": tr("生日权益在生日当天领。"),
            "month": tr("生日权益在生日当月领。"),
            "around": tr("生日权益在生日前后各 {n} 天内领。").format(n=rule.days),
        }[rule.window]


def _member_day(day: MemberDay) -> str:
    return tr("{what}。").format(what=member_day_words(day))


def _referral(referral: Referral | None) -> Iterator[str]:
    if referral is None:
        return
    for side, reward in (
        (tr("推荐人"), reward_words(referral.referrer)),
        (tr("新客"), reward_words(referral.newcomer)),
    ):
        if reward:
            yield tr("{side}：{reward}。").format(side=side, reward=reward)
    paid = tr("新客第一次付款")
    if referral.first_payment_yuan != 0:
        paid = tr("新客第一次付款满 {n} 元").format(n=number_words(referral.first_payment_yuan))
    yield tr("{paid}，过 {days} 天发奖励；{back} 天内退款的收回。").format(
        paid=paid, days=referral.cooling_days, back=referral.reverse_days
    )
    n = number_words(referral.yearly_cap)
    yield tr("每人每年最多得 {n} 次推荐奖励，只算直接推荐。").format(n=n)


def _settings(programme: Programme) -> Iterator[str]:
    """The settings that this programme's own tiers and prices make matter (C12, C21)."""
    ways = [way for tier in programme.tiers for way in tier.reach] + list(programme.points.opens)
    if any(way.single_spend_yuan is not None for way in ways):
        yield {
            "receipt": tr("单笔消费按一张单据算，分次付款的同一疗程合起来算。"),
            "day": tr("同一天的付款合起来算一次单笔消费。"),
        }[programme.single_basis]
    if sum(len(tier.discounts) for tier in programme.tiers) > 1:
        yield {
            "best": tr("几种优惠碰在一起，只用最优惠的一种。"),
            "multiply": tr("几种优惠碰在一起，折上折。"),
            "exclusive": tr(
                "几种优惠碰在一起不叠加：生日、会员日这类优惠代替平常的会员价；免费的仍然免费。"
            ),
        }[programme.stacking]
    benefits = [benefit for tier in programme.tiers for benefit in tier.benefits]
    yield from _counting(programme, [b for b in benefits if b.per in _PERIODS])
    yield from _upgrading(programme, benefits)
    if any(benefit.kind == "gift" for benefit in benefits):
        days = programme.overdue_days
        yield tr("礼品 {n} 天没有领，就回访提醒。").format(n=days)


def _counting(programme: Programme, periodic: list[Benefit]) -> Iterator[str]:
    """Which year it is, and what happens to what is left (C13, R134)."""
    if any(benefit.basis is None for benefit in periodic):
        yield {
            "calendar": tr("按期的次数跟着日历走，从达到等级的当期算起。"),
            "anniversary": tr("按期的次数从达到等级那天起按周年算。"),
        }[programme.year_basis]
    if any(not benefit.carry_over for benefit in periodic):
        yield tr("当期没用完的次数作废，不累积。")


def _upgrading(programme: Programme, benefits: list[Benefit]) -> Iterator[str]:
    """What a higher tier does to the lower one's benefits (C20, C23)."""
    tiers = programme.tiers
    if len(tiers) > 1 and any(benefit.quota for benefit in benefits):
        yield {
            "replace": tr("升级后按新等级的次数，减去已经用掉的。"),
            "sum": tr("升级后新旧等级的次数相加。"),
        }[programme.on_upgrade]
    # a tier that inherits brings what is below it anyway
    if any(
        benefit.per == "once" and not above.inherits
        for tier, above in pairwise(tiers)
        for benefit in tier.benefits
    ):
        yield (
            tr("跨级达到时，补发中间等级的一次性权益。")
            if programme.grant_skipped_tiers
            else tr("跨级达到时，不补发中间等级的一次性权益。")
        )


def _ending(programme: Programme) -> Iterator[str]:
    """Renewal, upgrade and leaving, where there is a fee to speak of (E57, E60, R108)."""
    paid = [tier for tier in programme.tiers if any(fee.yuan != 0 for fee in tier.fees)]
    leaving = programme.leaving
    if paid:
        yield tr("到期后 {n} 天内续费，期限接着算。").format(n=programme.grace_days)
    if len(paid) > 1:
        yield {
            "credit": tr("升级时，没用完的会费折算抵扣。"),
            "extend": tr("升级时，没用完的天数加到新的期限上。"),
            "full": tr("升级时，按新等级缴全额会费。"),
        }[programme.upgrade_fee]
    if paid and leaving.cooling_days:
        days = leaving.cooling_days
        yield tr("缴费 {n} 天内、还没有使用的，退会可以全额退。").format(n=days)
    if leaving.refund_percent is not None:
        n = number_words(leaving.refund_percent)
        yield tr("退会退还会费的 {n}%。").format(n=n)
    if leaving.notice_months:
        yield tr("退会要提前 {n} 个月提出。").format(n=leaving.notice_months)
