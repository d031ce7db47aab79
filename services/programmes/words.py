"""A programme's parts in Chinese phrases, without a full stop: a way, a price, a benefit.

What is 待定 is read as 待定, and what is absent is not mentioned.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.i18n import tr
from services.programmes.definition import (
    PENDING,
    Benefit,
    Discount,
    Enrol,
    Fee,
    MemberDay,
    Rate,
    Reach,
    Reception,
    Redeemable,
    Reward,
    Whole,
)
from services.programmes.items import TREATMENT_CLASSES


def number_words(value: Whole) -> str:
    """'1,000', or 待定."""
    return tr("待定") if value == PENDING else f"{value:,}"


def list_words(names: Iterable[str]) -> str:
    """'牙刷、牙膏、漱口水'."""
    return tr("、").join(names)


def clauses(parts: Iterable[str]) -> str:
    """The phrases that say something, one after the other with commas."""
    return tr("，").join(part for part in parts if part)


def ways_words(ways: Iterable[Reach]) -> str:
    """Alternative ways: 'A，或B'."""
    return tr("，或").join(reach_words(way) for way in ways)


def reach_words(way: Reach) -> str:
    """One way to a tier, all of whose conditions must hold (R120, R027, R047, R102, R153)."""
    if way.visits == 1 and way == Reach(visits=1):
        return tr("挂号就诊即可")
    counted = (
        (way.single_spend_yuan, tr("单笔消费满 {n} 元")),
        (way.cumulative_spend_yuan, tr("累计消费满 {n} 元")),
        (way.visits, tr("到诊满 {n} 次")),
        (way.drug_spend_yuan, tr("购药满 {n} 元")),
        (way.points, tr("累计积分满 {n} 分")),
        (way.health_grade, tr("口腔健康评级达到 {n} 级")),
        (way.purchase_points, tr("用 {n} 积分换取")),
    )
    parts = [words.format(n=number_words(n)) for n, words in counted if n is not None]
    if way.fee:
        parts.append(tr("缴纳会费"))
    if way.approval:
        parts.append(tr("经领导批准"))
    if not parts:
        return tr("条件待定")
    joined = tr("，并且").join(parts)
    if way.within_months is None:
        return joined
    return tr("{n} 个月内{way}").format(n=way.within_months, way=joined)


def enrol_words(way: Enrol) -> str:
    """One way to be eligible (C8): everything given must hold."""
    parts = []
    if way.any_visit:
        parts.append(tr("挂号就诊即可"))
    if way.seen_from is not None:
        parts.append(tr("{day} 起到院就诊").format(day=way.seen_from))
    if way.seen_before is not None:
        parts.append(tr("{day} 以前到院就诊").format(day=way.seen_before))
    if way.single_spend_yuan is not None:
        parts.append(tr("单笔消费满 {n} 元").format(n=number_words(way.single_spend_yuan)))
    if way.cumulative_spend_yuan is not None:
        parts.append(tr("累计消费满 {n} 元").format(n=number_words(way.cumulative_spend_yuan)))
    if way.fee:
        parts.append(tr("缴纳所选等级的会费"))
    if way.approval:
        parts.append(tr("经领导批准"))
    return tr("，并且").join(parts) or tr("条件待定")


def fee_words(fee: Fee) -> str:
    """'每年 100 元' (R023); a fee of nothing is said so (R104)."""
    if fee.yuan == 0:
        return tr("不收会费")
    words = {
        "year": tr("每年 {n} 元"),
        "half": tr("每半年 {n} 元"),
        "quarter": tr("每季度 {n} 元"),
        "month": tr("每月 {n} 元"),
        "once": tr("一次 {n} 元"),
        PENDING: tr("{n} 元，多久缴一次待定"),
    }[fee.every]
    return words.format(n=number_words(fee.yuan))


def price_words(pay_percent: Whole) -> str:
    """'9 折(付原价的 90%)': the share that is paid, as the trade says it."""
    if pay_percent == PENDING:
        return tr("会员价待定")
    if pay_percent == 0:
        return tr("免费")
    if pay_percent >= 100:
        return tr("原价") if pay_percent == 100 else tr("付原价的 {n}%").format(n=pay_percent)
    whole, rest = divmod(pay_percent, 10)
    tenths = f"{whole}.{rest}" if rest else str(whole)
    return tr("{tenths} 折(付原价的 {n}%)").format(tenths=tenths, n=pay_percent)


def class_words(classes: tuple[str, ...]) -> str:
    """What a price or a rate is for: no classes mean everything."""
    if not classes:
        return tr("全部项目")
    if set(classes) == set(TREATMENT_CLASSES):
        return tr("各类诊疗项目")
    return list_words(classes)


def discount_words(discount: Discount) -> str:
    """A member price with when and for what it holds (R005, R036, R111)."""
    scope = clauses((_window_words(discount), class_words(discount.classes)))
    subject = tr("{name}({scope})").format(name=discount.name, scope=scope)
    return tr("{what}：{price}").format(
        what=subject if discount.name else scope, price=price_words(discount.pay_percent)
    )


def _window_words(discount: Discount) -> str:
    if discount.window == "dates":
        return span_words(discount.start, discount.end)
    if discount.window == "weekdays":
        return weekday_words(discount.weekdays)
    return {
        "always": "",
        "birthday_day": tr("生日当天"),
        "birthday_month": tr("生日当月"),
        "member_day": tr("会员日"),
        "first_visit": tr("首次就诊"),
    }[discount.window]


def weekday_words(weekdays: Iterable[int]) -> str:
    """'星期二、星期日'; Monday is 1."""
    days = tr("一二三四五六日")
    return list_words(tr("星期{day}").format(day=days[n - 1]) for n in weekdays)


def span_words(start: str | None, end: str | None) -> str:
    """'2026-01-01 至 2026-03-31', open at either side; 待定 without any date."""
    if start and end:
        return tr("{start} 至 {end}").format(start=start, end=end)
    if start:
        return tr("{start} 起").format(start=start)
    return tr("{end} 止").format(end=end) if end else tr("日期待定")


def rate_words(rate: Rate) -> str:
    """When and for what points are earned at another rate (R050, R074, R095)."""
    dated = rate.start is not None or rate.end is not None
    when = clauses(
        (
            tr("会员日") if rate.member_day else "",
            span_words(rate.start, rate.end) if dated else "",
            tr("用{ways}付款").format(ways=list_words(rate.payments)) if rate.payments else "",
            class_words(rate.classes),
        )
    )
    n = number_words(rate.percent)
    return tr("{when}：积分是平常的 {n}%").format(when=when, n=n)


def bonus_words(occasion: str, points: Whole) -> str:
    """The points of an event (R050)."""
    named = occasion or tr("没有名称的活动")
    return tr("{occasion}：加 {n} 分").format(occasion=named, n=number_words(points))


def member_day_words(day: MemberDay) -> str:
    """Which days are a member day (R074, R095)."""
    if day.monthly_day is not None:
        return tr("{name}：每月 {n} 日").format(name=day.name, n=day.monthly_day)
    return tr("{name}：{when}").format(name=day.name, when=span_words(day.start, day.end))


def benefit_words(benefit: Benefit) -> str:
    """A benefit: how many and how often, what it is, for whom, under which conditions."""
    return clauses(benefit_parts(benefit))


def benefit_parts(benefit: Benefit) -> tuple[str, str]:
    """A benefit as it is explained: what and how often, and everything else about it ('' for
    nothing)."""
    often = count_words(benefit, number_words(benefit.quantity))
    more = (
        tr("入会时给") if benefit.reason == "enrol" else "",
        tr("从达成日起按周年算") if benefit.basis == "anniversary" else "",
        tr("没用完的可以结转") if benefit.carry_over else "",
        _value_words(benefit.value_yuan, benefit.unit or unit_words(benefit.kind)),
        tr("含{parts}").format(parts=list_words(benefit.contents)) if benefit.contents else "",
        _who_words(benefit),
        *_terms_words(benefit),
        tr("发项目卡") if benefit.voucher == "card" else "",
        {"auto": "", "confirm": tr("员工确认后给"), "manual": tr("由员工手工给")}[benefit.given],
    )
    return tr("{what}：{price}").format(what=benefit.name, price=often), clauses(more)


def count_words(benefit: Benefit, n: str) -> str:
    """How often a benefit comes: '每年 2 次' for an `n` of '2'."""
    words = {
        "once": tr("共 {n} {unit}"),
        "month": tr("每月 {n} {unit}"),
        "quarter": tr("每季度 {n} {unit}"),
        "half": tr("每半年 {n} {unit}"),
        "year": tr("每年 {n} {unit}"),
        "term": tr("会籍期内 {n} {unit}"),
        "birthday": tr("每年生日 {n} {unit}"),
    }[benefit.per]
    return words.format(n=n, unit=benefit.unit or unit_words(benefit.kind))


def redeemable_words(item: Redeemable) -> str:
    """Something points buy: its price and conditions (R141, R166, R168)."""
    more = (
        tr("{n} 分/{unit}").format(n=number_words(item.points), unit=item.unit),
        _value_words(item.value_yuan, item.unit),
        {"self": tr("限本人"), "family": tr("限家人"), "anyone": ""}[item.beneficiary],
        *_terms_words(item),
    )
    return tr("{what}：{price}").format(what=item.name, price=clauses(more))


def unit_words(kind: str) -> str:
    """The counting word of a kind of benefit."""
    return {"gift": tr("份"), "coupon": tr("张")}.get(kind, tr("次"))


def _value_words(value: Whole, unit: str) -> str:
    if value == 0:
        return ""
    return tr("每{unit}价值 {n} 元").format(unit=unit, n=number_words(value))


def _who_words(benefit: Benefit) -> str:
    start, below = benefit.beneficiary_age_from, benefit.beneficiary_age_below
    ages = clauses(
        (
            "" if start is None else tr("{n} 岁及以上").format(n=start),
            "" if below is None else tr("{n} 岁以下").format(n=below),
        )
    )
    who = {"self": tr("本人"), "family": tr("家人"), "anyone": tr("人")}[benefit.beneficiary]
    if ages:
        return tr("限 {ages}的{who}").format(ages=ages, who=who)
    return "" if benefit.beneficiary == "anyone" else tr("限{who}").format(who=who)


def _terms_words(offer: Benefit | Redeemable) -> tuple[str, ...]:
    """Transfer, card, life and cost: what benefits and redemptions have in common."""
    return (
        _transfer_words(offer),
        tr("凭会员卡") if offer.card_required else "",
        tr("{n} 天内有效").format(n=offer.valid_days) if offer.valid_days is not None else "",
        {
            "marketing": "",
            "doctor": tr("费用由医生承担"),
            "department": tr("费用由科室承担"),
        }[offer.borne_by],
    )


def _transfer_words(offer: Benefit | Redeemable) -> str:
    """Silent where it is plain from the beneficiary, or where nothing can change hands."""
    if offer.beneficiary != "anyone" or offer.kind in ("advice", "waiver"):
        return ""
    if not offer.transferable:
        return tr("不能转赠")
    free = offer.kind == "service" and offer.waives_registration
    return tr("可以转赠，新客免挂号费") if free else tr("可以转赠")


def reward_words(reward: Reward) -> str:
    """What one side of a referral receives (R051, R074); '' for nothing."""
    parts = []
    if reward.points != 0:
        parts.append(tr("{n} 积分").format(n=number_words(reward.points)))
    if reward.kind:
        value = _value_words(reward.value_yuan, unit_words(reward.kind))
        words = tr("{name}({value})") if value else "{name}"
        parts.append(words.format(name=reward.name or tr("奖励"), value=value))
    return tr("和").join(parts)


def reception_words(reception: Reception) -> str:
    """How a tier is received (R126–R128, C15, R008, R009); '' for as everybody."""
    floor, minutes = reception.floor or tr("诊区"), tr("就诊时间多留 {n} 分钟")
    return clauses(
        (
            {
                "none": "",
                "to_floor": tr("有人带到{floor}").format(floor=floor),
                "full": tr("全程有人陪同"),
            }[reception.escort],
            tr("告知接诊医生") if reception.tell_doctor else "",
            {
                "none": "",
                "bookable": tr("可以预约 VIP 诊室"),
                "required": tr("每次安排 VIP 诊室"),
            }[reception.room],
            tr("优先候诊(第 {n} 级)").format(n=reception.queue) if reception.queue else "",
            tr("请到{lounge}").format(lounge=reception.lounge) if reception.lounge else "",
            minutes.format(n=reception.extra_minutes) if reception.extra_minutes else "",
        )
    )
