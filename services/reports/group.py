"""客户分组名单: whom the clinic may contact, by tier, month of birth, how long they stayed away, a
saved group or a label.

Only people whose last word about marketing is yes; masked, unless the list was released in clear
text (`clear_text`), which leaves the program as a workbook with a watermark only (R046, R174).
What is sensitive about people is no reason to put them on a list that anybody may take out: a
group or a label of that kind is listed only once a manager gave the reason and a second one agreed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import JOIN, fn

from models.checks import stream
from models.database import ClinicDatabase
from models.ledgers import Standing
from models.people import Person
from models.system import Doctor
from services.clock import plus_months
from services.errors import RuleError
from services.groups.conditions import born_in
from services.groups.filters import group_rule, people
from services.groups.labels import label_named
from services.groups.rule import HasLabel
from services.groups.saved import group_named
from services.i18n import tr
from services.people.contact import may_contact, welcomes
from services.people.privacy import mask_name, mask_phone
from services.programmes.registry import Timeline, main_timeline
from services.reports.names import Who, day_or_none
from services.reports.sheet import Ask, Column, Filters, Row, Sheet

NAME = "group-list"
LONGEST_IDLE = 240  # months


def group_list(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """The people of the filters who agreed to be contacted. Raises RuleError for a tier nobody
    knows, a month that is none, months away below zero."""
    timeline = main_timeline(db)
    clear = bool(ask.clear)
    if not clear and is_sensitive(db, ask.filters):
        raise RuleError(
            tr(
                "这个分组或标签涉及健康、未成年人或敏感信息，名单不能直接导出。"
                "请由会员管理员或院长点“导出明文…”，写明理由，由另一位批准。"
            )
        )
    query = _query(db, timeline, ask)
    return (
        Sheet(
            tr("名单"),
            (
                Column(tr("会员号"), 12),
                Column(tr("姓名") if clear else tr("姓名(遮蔽)"), 14, total="count"),
                Column(tr("性别"), 7),
                Column(tr("出生月份"), 10, "int"),
                Column(tr("电话") if clear else tr("电话(遮蔽)"), 16),
                Column(tr("等级"), 14),
                Column(tr("主治医师"), 12),
                Column(tr("最近到诊"), 12, "date"),
            ),
            _rows(db, timeline, query, clear=clear),
            notes=(
                filters_words(ask.filters),
                tr("只列同意营销联系的顾客；没有问过、已撤回或拒绝回访的都不在名单里。"),
            ),
        ),
    )


def filters_words(filters: Filters) -> str:
    """Whom the list is about, read aloud."""
    parts = []
    if filters.tier:
        parts.append(tr("等级 {tier}").format(tier=filters.tier))
    if filters.birthday_month:
        parts.append(tr("{n} 月生日").format(n=filters.birthday_month))
    if filters.idle_months:
        parts.append(tr("{n} 个月没有到诊").format(n=filters.idle_months))
    if filters.group:
        parts.append(tr("分组“{name}”").format(name=filters.group))
    if filters.label:
        parts.append(tr("标签“{name}”").format(name=filters.label))
    return tr("条件：{parts}").format(parts="，".join(parts) or tr("全部"))


def tier_choices(db: ClinicDatabase) -> list[str]:
    """The names of the tiers to filter by."""
    return [tier.name for tier in main_timeline(db).versions[-1].programme.tiers]


def is_sensitive(db: ClinicDatabase, filters: Filters) -> bool:
    """Whether a list asks for health, minors, or what the clinic marked as sensitive. Raises
    RuleError for a group or a label that is not there."""
    return bool(
        (filters.group and group_named(db, filters.group).sensitive)
        or (filters.label and label_named(db, filters.label, health=True).sensitive)
    )


def _rank(timeline: Timeline, filters: Filters) -> int:
    """The rank of the tier that is asked for, 0 for any."""
    if not 0 <= filters.birthday_month <= 12:
        raise RuleError(tr("生日月份请填 1 到 12。"))
    if not 0 <= filters.idle_months <= LONGEST_IDLE:
        raise RuleError(tr("未到诊月数请填 1 到 {most}。").format(most=LONGEST_IDLE))
    if not filters.tier:
        return 0
    programme = timeline.versions[-1].programme
    for rank, tier in enumerate(programme.tiers, 1):
        if tier.name == filters.tier:
            return rank
    sentence = tr("没有“{tier}”这个等级。可选：{names}。")
    names = "、".join(tier.name for tier in programme.tiers)
    raise RuleError(sentence.format(tier=filters.tier, names=names))


def _query(db: ClinicDatabase, timeline: Timeline, ask: Ask) -> Any:
    rank = _rank(timeline, ask.filters)
    wanted = (Person.state == "active") & welcomes(Person.id, "consent")
    if rank:
        wanted &= (Standing.member == 1) & (Standing.rank == rank)
    if ask.filters.birthday_month:
        wanted &= born_in(ask.filters.birthday_month, ask.today[:4])
    if ask.filters.idle_months:
        since = plus_months(ask.today, -ask.filters.idle_months)
        wanted &= fn.COALESCE(Person.last_visit_on, Person.created_on) < since
    if ask.filters.group:
        group_id = group_named(db, ask.filters.group).id
        rule = group_rule(db, group_id)[1]
        wanted &= Person.id.in_(people(db, ask.today, rule, group_id))
    if ask.filters.label:
        label_id = label_named(db, ask.filters.label, health=True).id
        wanted &= Person.id.in_(people(db, ask.today, HasLabel(label_id)))
    return (
        Person.select(
            Person.id,
            Person.number,
            Person.name,
            Person.sex,
            Person.birthday,
            Person.phone,
            Person.guardian_phone,
            Person.phone_alt,
            Standing.rank,
            Standing.member,
            Person.doctor_id,
            Person.last_visit_on,
        )
        .join(
            Standing,
            JOIN.LEFT_OUTER,
            on=(
                (Standing.person_id == Person.id) & (Standing.programme_id == timeline.programme_id)
            ),
        )
        .where(wanted)
        .order_by(Person.id)
    )


def _rows(db: ClinicDatabase, timeline: Timeline, query: Any, *, clear: bool) -> Iterator[Row]:
    programme = timeline.versions[-1].programme
    doctors = _doctors(db)
    survivors = set(Who(db).roots.values())
    for row in stream(db, query):
        person_id, number, name, sex, birthday, *phones, rank, member, doctor, visited = row
        if person_id in survivors and not may_contact(db, person_id, "consent"):
            continue  # the record merged into this one said no
        phone = next((each for each in phones if each), "")
        yield (
            number,
            name if clear else mask_name(name),
            {"F": tr("女"), "M": tr("男")}.get(sex, ""),
            int(birthday[5:7]) if birthday else None,
            phone if clear else mask_phone(phone),
            programme.tier_name(rank) if member else "",
            doctors.get(doctor, ""),
            day_or_none(visited),
        )


def _doctors(db: ClinicDatabase) -> dict[int | None, str]:
    return dict(db.rows(Doctor.select(Doctor.id, Doctor.name)))
