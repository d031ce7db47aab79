"""What a rule may say: within reach, about what is there, not too large, not in a circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.database import ClinicDatabase
from models.groups import CustomerGroup, Label
from models.system import Doctor
from services.clock import is_date
from services.errors import RuleError
from services.groups import rule as r
from services.groups.filters import people
from services.groups.payments import WAYS
from services.i18n import tr
from services.people.form import GUARDIAN_BELOW
from services.programmes.items import ITEM_CLASSES
from services.programmes.registry import every_timeline

OLDEST = 130
LONGEST = 240  # months
MOST_FEN = 100_000_000_00
MOST_VISITS = 10_000
LONGEST_WORDS = 40


def check_rule(db: ClinicDatabase, today: str, rule: r.Rule, group_id: int | None = None) -> None:
    """Refuse what nobody can have meant. `group_id` is the saved group the rule is written for.

    Raises RuleError with what to change.
    """
    parts = list(r.parts_of(rule))
    conditions = [part for part in parts if not isinstance(part, r.All | r.Any | r.Not)]
    if not conditions:
        raise RuleError(tr("请至少加一个条件。"))
    if any(isinstance(part, r.All | r.Any) and not part.of for part in parts):
        raise RuleError(tr("有一个括号里没有条件，请加上条件，或去掉括号。"))
    if len(conditions) > r.MOST_CONDITIONS:
        sentence = tr("一个分组最多 {n} 个条件，请拆成几个分组再合起来。")
        raise RuleError(sentence.format(n=r.MOST_CONDITIONS))
    if r.depth_of(rule) > r.DEEPEST:
        raise RuleError(tr("括号套了太多层，请把里面的条件另存成一个分组再引用。"))
    for each in conditions:
        check = _CHECKS.get(type(each))
        if check is not None:
            check(db, each)
    people(db, today, rule, group_id)


def sensitive(db: ClinicDatabase, rule: r.Rule) -> bool:
    """Whether a rule asks for health, for minors, or for what the clinic marked as sensitive
    (个保法 28)."""
    if _finds_minors(rule):
        return True
    for part in r.parts_of(rule):
        if isinstance(part, r.HasLabel) and db.scalar(
            Label.select(Label.sensitive).where(Label.id == part.label_id)
        ):
            return True
        if isinstance(part, r.InGroup) and db.scalar(
            CustomerGroup.select(CustomerGroup.sensitive).where(CustomerGroup.id == part.group_id)
        ):
            return True
    return False


def _finds_minors(rule: r.Rule, wanted: bool = True) -> bool:
    """Whether a part of a rule is true of minors only; `wanted` turns within 'not', where it is
    the ages left over that count."""
    if isinstance(rule, r.All | r.Any):
        return any(_finds_minors(part, wanted) for part in rule.of)
    if isinstance(rule, r.Not):
        return _finds_minors(rule.of, not wanted)
    if isinstance(rule, r.Age):
        if wanted:
            return rule.most is not None and rule.most < GUARDIAN_BELOW
        grown = rule.least is not None and rule.least <= GUARDIAN_BELOW
        return grown and (rule.most is None or rule.most >= OLDEST)
    return wanted and isinstance(rule, r.Minor)


def _range(least: int | None, most: int | None, biggest: int, sentence: str) -> None:
    if least is None and most is None:
        raise RuleError(sentence)
    for end in (least, most):
        if end is not None and not 0 <= end <= biggest:
            raise RuleError(sentence)
    if least is not None and most is not None and least > most:
        raise RuleError(tr("从多少到多少写反了，请把小的数字写在前面。"))


def _months(months: int, least: int = 0) -> None:
    if not least <= months <= LONGEST:
        sentence = tr("月数请填 {least} 到 {most}。")
        raise RuleError(sentence.format(least=least or 1, most=LONGEST))


def _words(words: str, sentence: str) -> None:
    if not words.strip() or len(words) > LONGEST_WORDS:
        raise RuleError(sentence)


def _label(db: ClinicDatabase, rule: r.HasLabel) -> None:
    if db.row(Label.select(Label.id).where(Label.id == rule.label_id)) is None:
        raise RuleError(tr("请选择一个标签。"))


def _age(_: ClinicDatabase, rule: r.Age) -> None:
    _range(rule.least, rule.most, OLDEST, tr("年龄请填 0 到 {n} 岁。").format(n=OLDEST))


def _birthday_month(_: ClinicDatabase, rule: r.BirthdayMonth) -> None:
    if not 1 <= rule.month <= 12:
        raise RuleError(tr("生日月份请填 1 到 12。"))


def _lives(_: ClinicDatabase, rule: r.Lives) -> None:
    sentence = tr("请填住址里的字，例如“朝阳区”，最多 {n} 个字。")
    _words(rule.words, sentence.format(n=LONGEST_WORDS))


def _spent(_: ClinicDatabase, rule: r.Spent) -> None:
    sentence = tr("消费金额请填 0 到 {n} 元。").format(n=f"{MOST_FEN // 100:,}")
    _range(rule.least_fen, rule.most_fen, MOST_FEN, sentence)
    _months(rule.months)


def _visits(_: ClinicDatabase, rule: r.Visits) -> None:
    sentence = tr("到诊次数请填 0 到 {n}。").format(n=f"{MOST_VISITS:,}")
    _range(rule.least, rule.most, MOST_VISITS, sentence)
    _months(rule.months)


def _away(_: ClinicDatabase, rule: r.Away) -> None:
    _months(rule.months, 1)


def _last_visit(_: ClinicDatabase, rule: r.LastVisit) -> None:
    days = [day for day in (rule.first, rule.last) if day]
    if not days or not all(is_date(day) for day in days):
        raise RuleError(tr("请填最近到诊的日期，写成 20260315 或 2026-3-15。"))
    if rule.first and rule.last and rule.first > rule.last:
        raise RuleError(tr("日期写反了，请把早的日期写在前面。"))


def _doctor(db: ClinicDatabase, rule: r.Doctor) -> None:
    if db.row(Doctor.select(Doctor.id).where(Doctor.id == rule.doctor_id)) is None:
        raise RuleError(tr("请选择一位医生。"))


def _paid(_: ClinicDatabase, rule: r.Paid) -> None:
    if rule.payment not in WAYS:
        raise RuleError(tr("请选择一种付款方式。"))
    _months(rule.months)


def _treated(_: ClinicDatabase, rule: r.Treated) -> None:
    if rule.item_class not in ITEM_CLASSES:
        raise RuleError(tr("请选择一类项目。"))
    _months(rule.months)


def _tier(db: ClinicDatabase, rule: r.Tier) -> None:
    _member_of(db, r.MemberOf(rule.programme_id))
    programme = next(
        each.versions[-1].programme
        for each in every_timeline(db)
        if each.programme_id == rule.programme_id
    )
    if programme.tier(rule.rank) is None:
        raise RuleError(tr("请选择一个等级。"))


def _member_of(db: ClinicDatabase, rule: r.MemberOf) -> None:
    if rule.programme_id not in [each.programme_id for each in every_timeline(db)]:
        raise RuleError(tr("请选择一个方案。"))


def _source(_: ClinicDatabase, rule: r.Source) -> None:
    _words(rule.source, tr("请填来源，和档案里写的一样。"))


_CHECKS: dict[type, Callable[[ClinicDatabase, Any], None]] = {
    r.HasLabel: _label,
    r.Age: _age,
    r.BirthdayMonth: _birthday_month,
    r.Lives: _lives,
    r.Spent: _spent,
    r.Visits: _visits,
    r.Away: _away,
    r.LastVisit: _last_visit,
    r.Doctor: _doctor,
    r.Paid: _paid,
    r.Treated: _treated,
    r.Tier: _tier,
    r.MemberOf: _member_of,
    r.Source: _source,
}
