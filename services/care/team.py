"""Who treats a person: attending, assistant and consultant, from when until when (R016, R175).

`person.doctor_id` is the attending doctor of today; every change of it goes through here and
leaves its row in `care_team`. Who has had the same doctor since before there were rows has none:
their history begins with the first change. A row ends on the day the next one begins.

Each record keeps its own rows. For a merged person the survivor's doctors count; a part the
survivor has nobody for is taken from the records they speak for (E62).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.people import Person
from models.query import Prepared, slot
from models.reception import CareTeam, DoctorChange
from models.system import Doctor
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import group_of

ATTENDING, ASSISTANT, CONSULTANT = "attending", "assistant", "consultant"
PARTS = (ATTENDING, ASSISTANT, CONSULTANT)

_DOCTOR = Prepared(
    lambda: Doctor.select(Doctor.name, Doctor.active).where(Doctor.id == slot("doctor_id"))
)
_ATTENDING = Prepared(
    lambda: (
        Person.select(Person.doctor_id, Doctor.name)
        .join(Doctor, on=(Doctor.id == Person.doctor_id))
        .where(Person.id == slot("person_id"))
    )
)
_NOW = Prepared(
    lambda: (
        CareTeam.select(CareTeam.part, CareTeam.doctor_id, Doctor.name, CareTeam.from_on)
        .join(Doctor, on=(Doctor.id == CareTeam.doctor_id))
        .where((CareTeam.person_id == slot("person_id")) & CareTeam.until_on.is_null())
    )
)
_COLUMNS = ("person_id", "part", "doctor_id", "from_on", "staff_id", "seq")


@dataclass(frozen=True)
class TeamMember:
    """A doctor who treats a person now. `from_on` is '' when it was so before the history."""

    part: str
    doctor_id: int
    doctor_name: str
    from_on: str


@dataclass(frozen=True)
class TeamRow:
    """A line of the history. `until_on` None: still so. `change_number` is the application it
    came with, `record` the member number of a record merged into the person, '' as a rule."""

    id: int
    part: str
    doctor_name: str
    from_on: str
    until_on: str | None
    change_number: str
    record: str


@dataclass(frozen=True)
class TeamChanged:
    """A part of the care team is with another doctor now, or with nobody (`doctor_id` None)."""

    person_id: int
    part: str
    doctor_id: int | None
    changes: Changes


def part_title(part: str) -> str:
    """A part as the desk says it."""
    return {ATTENDING: tr("主治"), ASSISTANT: tr("助理"), CONSULTANT: tr("咨询")}[part]


# -- reads -----------------------------------------------------------------------------------


def attending_of(db: ClinicDatabase, person_id: int) -> tuple[int, str] | None:
    """Whose patient somebody is: the doctor's id and name; None while nobody was chosen."""
    row = _ATTENDING.row(db, person_id=person_id)
    return None if row is None else (int(row[0]), str(row[1]))


def team_of(db: ClinicDatabase, person_id: int) -> tuple[TeamMember, ...]:
    """The doctors of a person as of today, in the order of PARTS (R016)."""
    found: dict[str, TeamMember] = {}
    for each in group_of(db, person_id):
        for part, doctor_id, name, from_on in _NOW.rows(db, person_id=each):
            if part != ATTENDING or each == person_id:
                found.setdefault(part, TeamMember(part, doctor_id, name, from_on))
    own = attending_of(db, person_id)
    if own is not None and ATTENDING not in found:
        found[ATTENDING] = TeamMember(ATTENDING, *own, "")
    return tuple(found[part] for part in PARTS if part in found)


def team_words(db: ClinicDatabase, person_id: int) -> tuple[str, ...]:
    """The care team in words for cards: '主治 陈医生'."""
    return tuple(f"{part_title(each.part)} {each.doctor_name}" for each in team_of(db, person_id))


def team_history(db: ClinicDatabase, person_id: int) -> list[TeamRow]:
    """Who treated a person in which part, the newest first; of merged records too (R130)."""
    query = (
        CareTeam.select(
            CareTeam.id,
            CareTeam.part,
            Doctor.name,
            CareTeam.from_on,
            CareTeam.until_on,
            DoctorChange.number,
            CareTeam.person_id,
            Person.number,
        )
        .join(Doctor, on=(Doctor.id == CareTeam.doctor_id))
        .switch(CareTeam)
        .join(Person, on=(Person.id == CareTeam.person_id))
        .switch(CareTeam)
        .join(DoctorChange, JOIN.LEFT_OUTER, on=(DoctorChange.id == CareTeam.change_id))
        .where(CareTeam.person_id.in_(group_of(db, person_id)))
        .order_by(CareTeam.from_on.desc(), CareTeam.id.desc())
    )
    return [
        TeamRow(row_id, part, name, begun, ended, change or "", "" if who == person_id else number)
        for row_id, part, name, begun, ended, change, who, number in db.rows(query)
    ]


def working_doctor(db: ClinicDatabase, doctor_id: int | None) -> str:
    """The name of a doctor who can be chosen. Raises RuleError: unknown, or no longer here."""
    row = _DOCTOR.row(db, doctor_id=doctor_id)
    if row is None:
        raise RuleError(tr("没有这位医生，请重新选择。"))
    if not row[1]:
        raise RuleError(tr("{name}已不在本院接诊，请另选一位医生。").format(name=row[0]))
    return str(row[0])


def still_works(db: ClinicDatabase, doctor_id: int) -> bool:
    """Whether a doctor still receives patients here."""
    row = _DOCTOR.row(db, doctor_id=doctor_id)
    return row is not None and bool(row[1])


# -- writes ----------------------------------------------------------------------------------


@command("care.team", entity="person")
def set_member(tx: Tx, *, person_id: int, part: str, doctor_id: int | None) -> TeamChanged:
    """Give a part of the care team to a doctor, or to nobody (R016, R175).

    The attending part only while there is none: another attending doctor takes an application
    (R130). Raises RuleError for that, an unknown person, part or doctor, and for no change.
    """
    state = tx.db.scalar(Person.select(Person.state).where(Person.id == person_id))
    if state != "active":
        raise RuleError(tr("没有找到这位顾客，或资料已停用。请按 F3 重新查找。"))
    if part not in PARTS:
        raise RuleError(tr("没有这个分工，请重新选择。"))
    now = next((each for each in team_of(tx.db, person_id) if each.part == part), None)
    if (None if now is None else now.doctor_id) == doctor_id:
        raise RuleError(tr("没有改动：请选另一位医生再保存。"))
    if part == ATTENDING:
        check_first(tx.db, person_id, doctor_id)
        set_attending(tx, person_id, doctor_id)
    else:
        if doctor_id is not None:
            working_doctor(tx.db, doctor_id)
        _end(tx, group_of(tx.db, person_id), part)
        _begin(tx, person_id, part, doctor_id, None)
    tx.about(person_id, part=part, was=now.doctor_id if now else None, now=doctor_id)
    return TeamChanged(person_id, part, doctor_id, Changes((Kind.PERSON,), person_id))


def check_first(db: ClinicDatabase, person_id: int, doctor_id: int | None) -> None:
    """Raises RuleError unless the person has no attending doctor yet and this one can be chosen:
    whose patient it is, treats, and another doctor takes an application (R130)."""
    own = attending_of(db, person_id)
    if own is not None:
        sentence = tr("主治医师是{name}，不能直接改。请用“更换医生”填写申请，批准后生效。")
        raise RuleError(sentence.format(name=own[1]))
    working_doctor(db, doctor_id)


def set_attending(
    tx: Tx, person_id: int, doctor_id: int | None, *, change_id: int | None = None
) -> None:
    """Write down whose patient somebody is from today on, with its row (R130). Inside a command
    that has checked what stands against it."""
    tx.db.write(Person.update(doctor_id=doctor_id).where(Person.id == person_id))
    _end(tx, (person_id,), ATTENDING)
    _begin(tx, person_id, ATTENDING, doctor_id, change_id)


def begin_attending(tx: Tx, pairs: Iterable[tuple[int, int | None]]) -> None:
    """The first rows of people whose records are new: (person id, doctor id or None)."""
    rows = [
        (person_id, ATTENDING, doctor_id, tx.today, tx.actor.id, tx.seq)
        for person_id, doctor_id in pairs
        if doctor_id is not None
    ]
    if rows:
        tx.db.insert_many(CareTeam, _COLUMNS, rows)


def _end(tx: Tx, people: tuple[int, ...], part: str) -> None:
    tx.db.write(
        CareTeam.update(until_on=tx.today).where(
            CareTeam.person_id.in_(people) & (CareTeam.part == part) & CareTeam.until_on.is_null()
        )
    )


def _begin(tx: Tx, person_id: int, part: str, doctor_id: int | None, change_id: int | None) -> None:
    if doctor_id is None:
        return
    values: dict[str, Any] = {"part": part, "doctor_id": doctor_id, "change_id": change_id}
    tx.db.insert(
        CareTeam,
        person_id=person_id,
        from_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        **values,
    )
