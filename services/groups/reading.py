"""A rule read aloud, so that whoever made it hears what it asks (R174)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.database import ClinicDatabase
from models.groups import CustomerGroup
from models.system import Doctor
from services.errors import RuleError
from services.groups import rule as r
from services.groups.labels import full_name, label
from services.groups.life_cycle import stage_title
from services.i18n import tr
from services.money import yuan
from services.people.form import GUARDIAN_BELOW
from services.programmes.registry import every_timeline


def sentence(db: ClinicDatabase, rule: r.Rule) -> str:
    """Whom a rule finds, in one sentence."""
    return tr("在用档案里，{rule}的顾客。").format(rule=_aloud(db, rule, outer=True))


def words(db: ClinicDatabase, rule: r.Rule) -> str:
    """A part of a rule in words."""
    return _aloud(db, rule, outer=True)


def part_title(part: str) -> str:
    """The part a doctor has in somebody's care, as a condition calls it."""
    return {
        "attending": tr("主治医师"),
        "assistant": tr("助理医师"),
        "consultant": tr("咨询"),
        "seen": tr("接诊过的医生"),
    }[part]


def _aloud(db: ClinicDatabase, rule: r.Rule, *, outer: bool = False) -> str:
    if isinstance(rule, r.All | r.Any):
        joined = tr("，并且") if isinstance(rule, r.All) else tr("，或者")
        text = joined.join(_aloud(db, part) for part in rule.of)
        if not rule.of:
            return tr("所有") if isinstance(rule, r.All) else tr("没有任何")
        return text if outer or len(rule.of) == 1 else f"({text})"
    if isinstance(rule, r.Not):
        return tr("不符合“{rule}”").format(rule=_aloud(db, rule.of, outer=True))
    return _WORDS[type(rule)](db, rule)


def _span(least: Any, most: Any, unit: str) -> str:
    """'60 岁以上', '至多 13 岁', '30 到 40 岁'."""
    if least is not None and most is not None:
        form = tr("{least} 到 {most}{unit}") if least != most else tr("正好 {least}{unit}")
        return form.format(least=least, most=most, unit=unit)
    if most is not None:
        return tr("至多 {most}{unit}").format(most=most, unit=unit)
    return tr("{least}{unit}以上").format(least=least, unit=unit)


def _within(months: int, since_ever: str) -> str:
    return tr("最近 {n} 个月").format(n=months) if months else since_ever


def _label(db: ClinicDatabase, rule: r.HasLabel) -> str:
    try:
        name = full_name(label(db, rule.label_id))
    except RuleError:
        name = tr("找不到的标签")
    return tr("有标签“{name}”").format(name=name)


def _age(_: ClinicDatabase, rule: r.Age) -> str:
    return tr("年龄 {span}").format(span=_span(rule.least, rule.most, tr(" 岁")))


def _sex(_: ClinicDatabase, rule: r.Sex) -> str:
    return tr("性别女") if rule.sex == "F" else tr("性别男")


def _birthday_month(_: ClinicDatabase, rule: r.BirthdayMonth) -> str:
    return tr("生日在 {n} 月(农历按今年折算)").format(n=rule.month)


def _lives(_: ClinicDatabase, rule: r.Lives) -> str:
    form = tr("住址以“{words}”开头") if rule.begins else tr("住址里有“{words}”")
    return form.format(words=rule.words)


def _spent(_: ClinicDatabase, rule: r.Spent) -> str:
    least, most = (None if fen is None else yuan(fen) for fen in (rule.least_fen, rule.most_fen))
    when = _within(rule.months, tr("累计"))
    return tr("{when}消费 {span}").format(when=when, span=_span(least, most, tr(" 元")))


def _visits(_: ClinicDatabase, rule: r.Visits) -> str:
    when = _within(rule.months, tr("一共"))
    return tr("{when}到诊 {span}").format(when=when, span=_span(rule.least, rule.most, tr(" 次")))


def _away(_: ClinicDatabase, rule: r.Away) -> str:
    return tr("已有 {n} 个月没有到诊").format(n=rule.months)


def _last_visit(_: ClinicDatabase, rule: r.LastVisit) -> str:
    if rule.first and rule.last:
        form = tr("最近到诊在 {first} 至 {last}")
    else:
        form = tr("最近到诊在 {first} 或以后") if rule.first else tr("最近到诊在 {last} 或以前")
    return form.format(first=rule.first, last=rule.last)


def _doctor(db: ClinicDatabase, rule: r.Doctor) -> str:
    name = db.scalar(Doctor.select(Doctor.name).where(Doctor.id == rule.doctor_id))
    form = tr("{part}是{doctor}")
    return form.format(part=part_title(rule.part), doctor=name or tr("找不到的医生"))


def _paid(_: ClinicDatabase, rule: r.Paid) -> str:
    form = tr("{when}用“{payment}”付过款")
    return form.format(when=_within(rule.months, ""), payment=rule.payment)


def _treated(_: ClinicDatabase, rule: r.Treated) -> str:
    form = tr("{when}做过“{item}”类项目")
    return form.format(when=_within(rule.months, ""), item=rule.item_class)


def _life_cycle(_: ClinicDatabase, rule: r.LifeCycle) -> str:
    return tr("生命周期是“{stage}”").format(stage=stage_title(rule.stage))


def _tier(db: ClinicDatabase, rule: r.Tier) -> str:
    for each in every_timeline(db):
        if each.programme_id == rule.programme_id:
            programme = each.versions[-1].programme
            form = tr("等级是“{tier}”({programme})")
            return form.format(tier=programme.tier_name(rule.rank), programme=programme.name)
    return tr("找不到的等级")


def _member_of(db: ClinicDatabase, rule: r.MemberOf) -> str:
    names = {each.programme_id: each.versions[-1].programme.name for each in every_timeline(db)}
    return tr("是“{programme}”的会员").format(
        programme=names.get(rule.programme_id, tr("找不到的方案"))
    )


def _member(_: ClinicDatabase, __: r.Member) -> str:
    return tr("是会员")


def _source(_: ClinicDatabase, rule: r.Source) -> str:
    return tr("来源是“{source}”").format(source=rule.source)


def _minor(_: ClinicDatabase, __: r.Minor) -> str:
    return tr("不满 {n} 岁").format(n=GUARDIAN_BELOW)


def _group(db: ClinicDatabase, rule: r.InGroup) -> str:
    query = CustomerGroup.select(CustomerGroup.name).where(CustomerGroup.id == rule.group_id)
    return tr("属于分组“{name}”").format(name=db.scalar(query) or tr("找不到的分组"))


_WORDS: dict[type, Callable[[ClinicDatabase, Any], str]] = {
    r.HasLabel: _label,
    r.Age: _age,
    r.Sex: _sex,
    r.BirthdayMonth: _birthday_month,
    r.Lives: _lives,
    r.Spent: _spent,
    r.Visits: _visits,
    r.Away: _away,
    r.LastVisit: _last_visit,
    r.Doctor: _doctor,
    r.Paid: _paid,
    r.Treated: _treated,
    r.LifeCycle: _life_cycle,
    r.Tier: _tier,
    r.MemberOf: _member_of,
    r.Member: _member,
    r.Source: _source,
    r.Minor: _minor,
    r.InGroup: _group,
}
