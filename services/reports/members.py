"""Monday's new members (R137)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.ledgers import TierEvent
from models.people import Consent, LunarBirthday, Membership, Person
from models.system import Doctor, Staff
from services.i18n import tr
from services.people.birthdays import age_on
from services.people.form import GUARDIAN_BELOW
from services.people.privacy import mask_name
from services.reports.names import TierNames, Who, day
from services.reports.posted import Posted, posted
from services.reports.sheet import Ask, Column, Row, Sheet
from services.workbooks.friday_data import basis_name


def new_members(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Who became a member in these days, what is missing in their records, and a count by tier."""
    rows = list(_new_members(db, posted(db, ask.first, ask.last)))
    columns = (
        Column(tr("会员号"), 12),
        Column(tr("姓名(遮蔽)"), 11, total="count"),
        Column(tr("入会日期"), 12, "date"),
        Column(tr("方案"), 16),
        Column(tr("等级"), 13),
        Column(tr("入会依据"), 10),
        Column(tr("主治医师"), 10),
        Column(tr("资料缺项"), 26),
        Column(tr("经办"), 10),
        Column(tr("核对"), 9, "note"),
        Column(tr("签收"), 9, "note"),
    )
    counted = Counter((str(row[3]), str(row[4])) for row in rows)
    return (
        Sheet(
            tr("新增会员"),
            columns,
            rows,
            notes=(
                tr("按登记入会的日期统计，不含从旧名册导入的会员；等级为期末等级。"),
                tr("资料缺项按现在的档案；身份证号写明不填原因的不算缺项。"),
            ),
            signers=(tr("会员管理员移交"), tr("市场部签收"), tr("日期")),
        ),
        Sheet(
            tr("按方案和等级"),
            (
                Column(tr("方案"), 24),
                Column(tr("等级"), 20),
                Column(tr("新增人数"), 12, "int", "sum"),
            ),
            [(programme, tier, n) for (programme, tier), n in sorted(counted.items())],
        ),
    )


@dataclass
class _New:
    """Somebody who became a member of a programme, and under which records they did."""

    on: str
    basis: str
    staff: str
    explained: bool = False
    people: list[int] = field(default_factory=list)


def _new_members(db: ClinicDatabase, span: Posted) -> Iterator[Row]:
    """A line per person and programme; what a merged record lacks the survivor's may hold (E62)."""
    tiers, who = TierNames(db), Who(db)
    found = _found(db, span, who)
    people = _concerned(span, found)
    records, ranks, told = _records(db, people), _ranks(db, span, people), _told(db, span, people)
    for (person_id, programme_id), new in found.items():
        number, name, doctor, *asked = records[person_id]
        lacks = missing(asked, new.on)
        if not new.explained:
            lacks.append(tr("待遇未讲解"))
        group = [person_id, *new.people]
        if told.isdisjoint(group):
            lacks.append(tr("建档同意"))
        rank = next((ranks[p, programme_id] for p in group if (p, programme_id) in ranks), 0)
        yield (
            number,
            mask_name(name),
            day(new.on),
            tiers.programme(programme_id),
            tiers.now(programme_id, rank),
            basis_name(new.basis),
            doctor or "",
            "、".join(lacks),
            new.staff,
            None,
            None,
        )


def _found(db: ClinicDatabase, span: Posted, who: Who) -> dict[tuple[int, int], _New]:
    """The new members of the days by who speaks for them and programme, the earliest joining of
    each."""
    found: dict[tuple[int, int], _New] = {}
    query = (
        _joined(span)
        .select(
            Membership.person_id,
            Membership.programme_id,
            Membership.joined_on,
            Membership.basis,
            Staff.name,
            Membership.benefits_explained,
        )
        .join(Staff, on=(Staff.id == Membership.staff_id))
        .order_by(Membership.id)
    )
    for person_id, programme_id, on, basis, staff, explained in db.rows(query):
        new = found.setdefault((who.root(person_id), programme_id), _New(on, basis, staff))
        new.explained |= bool(explained)
        new.people.append(person_id)
    return found


def _concerned(span: Posted, found: dict[tuple[int, int], _New]) -> Any:
    """The records that tell of them, to be looked up in: their own, and those of survivors."""
    survivors = {place[0] for place, new in found.items() if place[0] not in new.people}
    return _joined(span).select(Membership.person_id) | Person.select(Person.id).where(
        Person.id.in_(survivors)
    )


def _records(db: ClinicDatabase, people: Any) -> dict[int, tuple[Any, ...]]:
    """Number, name, doctor, and what the form asks for."""
    query = (
        Person.select(Person.id, Person.number, Person.name, Doctor.name, *_ASKED_FOR)
        .join(Doctor, JOIN.LEFT_OUTER, on=(Doctor.id == Person.doctor_id))
        .switch(Person)
        .join(LunarBirthday, JOIN.LEFT_OUTER, on=(LunarBirthday.person_id == Person.id))
        .where(Person.id.in_(people))
    )
    return {row[0]: row[1:] for row in db.rows(query)}


_ASKED_FOR = (
    Person.sex,
    Person.birthday,
    LunarBirthday.month,
    Person.phone,
    Person.phone_alt,
    Person.guardian_phone,
    Person.guardian_name,
    Person.id_number,
    Person.id_absent_reason,
    Person.address,
    Person.doctor_id,
)


def missing(asked: list[Any], on: str) -> list[str]:
    """What a record lacks of what the clinic's form asks for (R120, R136), as of the day `on`;
    `asked` are the values of a record in the order of the form."""
    sex, birthday, lunar, phone, other, guardians, guardian, number, reason, address, doctor = asked
    child = birthday is not None and birthday <= on and age_on(birthday, on) < GUARDIAN_BELOW
    lacks = (
        (not sex, tr("性别")),
        (not birthday and lunar is None, tr("出生日期")),
        (not (phone or other or guardians), tr("电话")),
        (child and not guardian, tr("监护人")),
        (not (number or reason), tr("身份证号")),
        (not address, tr("住址")),
        (doctor is None, tr("主治医师")),
    )
    return [word for lacking, word in lacks if lacking]


def _joined(span: Posted) -> Any:
    """Those who became members in these days; whoever came with an old roster is not new."""
    return Membership.select().where(span.rows(Membership.seq) & (Membership.basis != "opening"))


def _ranks(db: ClinicDatabase, span: Posted, people: Any) -> dict[tuple[int, int], int]:
    """The tier at the end of the days, by person and programme."""
    query = (
        TierEvent.select(TierEvent.person_id, TierEvent.programme_id, TierEvent.to_rank)
        .where(TierEvent.person_id.in_(people) & (TierEvent.seq <= span.until))
        .order_by(TierEvent.id)
    )
    return {(person_id, programme_id): rank for person_id, programme_id, rank in db.rows(query)}


def _told(db: ClinicDatabase, span: Posted, people: Any) -> set[int]:
    """Who of them ever agreed to having a record."""
    query = (
        Consent.select(Consent.person_id)
        .where(
            Consent.person_id.in_(people)
            & (Consent.item == "record")
            & (Consent.granted == 1)
            & (Consent.seq <= span.until)
        )
        .distinct()
    )
    return {row[0] for row in db.rows(query)}
