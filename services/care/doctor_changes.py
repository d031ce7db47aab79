"""Applications for another attending doctor, as lists and forms show them (R130).

    draft → waiting (for both doctors' word and the leader) → approved → in_force
                                                            → refused
    draft, waiting, approved → withdrawn

An application keeps the record it was written for; who speaks for that record today is whom it
is about (E62).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.people import Person
from models.query import Prepared, slot
from models.reception import DoctorChange
from models.system import Doctor, Staff
from services.care.team import team_words
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import group_of, root_of

DRAFT, WAITING, APPROVED = "draft", "waiting", "approved"
REFUSED, IN_FORCE, WITHDRAWN = "refused", "in_force", "withdrawn"
OPEN = (DRAFT, WAITING, APPROVED)
AGREES, OBJECTS = "agrees", "objects"

_FROM, _TO, _SIGNER = Doctor.alias(), Doctor.alias(), Staff.alias()
_OPEN_OF = Prepared(
    lambda: DoctorChange.select(DoctorChange.id).where(
        (DoctorChange.person_id == slot("person_id")) & DoctorChange.state.in_(OPEN)
    )
)


@dataclass(frozen=True)
class ChangeRow:
    """An application. `person_id`, `person_number` and `person_name` are of whom it is about
    today; `from_here` and `to_here`: that doctor still works here, so their word is asked for.
    Words are '', 'agrees' or 'objects'; `note` is what was said, a line for each who said it."""

    id: int
    number: str
    person_id: int
    person_number: str
    person_name: str
    from_doctor_id: int
    from_doctor: str
    from_here: bool
    to_doctor_id: int
    to_doctor: str
    to_here: bool
    reason: str
    state: str
    from_word: str
    to_word: str
    note: str
    signed_by: str
    signed_on: str | None
    in_force_on: str | None
    occurred_on: str
    staff: str

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in OPEN

    @property
    def asks(self) -> tuple[str, ...]:
        """Whose word is still wanted, as 'from' and 'to'; of who left nobody can ask one."""
        wanted = (("from", self.from_word, self.from_here), ("to", self.to_word, self.to_here))
        return tuple(which for which, word, here in wanted if here and not word)

    @property
    def objected(self) -> bool:
        """Whether a doctor spoke against it."""
        return OBJECTS in (self.from_word, self.to_word)


def state_title(state: str) -> str:
    """The state of an application as the desk says it."""
    return {
        DRAFT: tr("草稿"),
        WAITING: tr("待签"),
        APPROVED: tr("已批"),
        REFUSED: tr("不批准"),
        IN_FORCE: tr("已生效"),
        WITHDRAWN: tr("已撤回"),
    }[state]


def word_title(word: str) -> str:
    """A doctor's word as the desk says it; '' for none yet."""
    return {"": "", AGREES: tr("同意"), OBJECTS: tr("不同意")}[word]


def doctor_change(db: ClinicDatabase, change_id: int) -> ChangeRow:
    """One application. Raises RuleError when there is none."""
    found = _rows(db, DoctorChange.id == change_id)
    if not found:
        raise RuleError(tr("没有找到这张更换医生申请，请刷新后重试。"))
    return found[0]


def changes_of(db: ClinicDatabase, person_id: int) -> list[ChangeRow]:
    """Every application about a person, the newest first; of merged records too."""
    return _rows(db, DoctorChange.person_id.in_(group_of(db, person_id)))


def open_change(db: ClinicDatabase, person_id: int) -> ChangeRow | None:
    """The application about a person that is not done with; there is at most one."""
    for each in group_of(db, root_of(db, person_id)):
        row = _OPEN_OF.row(db, person_id=each)
        if row is not None:
            return doctor_change(db, row[0])
    return None


def open_changes(db: ClinicDatabase) -> list[ChangeRow]:
    """All applications that are not done with, the newest first: the leader's list."""
    return _rows(db, DoctorChange.state.in_(OPEN))


def care_lines(db: ClinicDatabase, person_id: int) -> tuple[str, ...]:
    """The care team in words, and the application under way: for cards (R016, R130)."""
    change = open_change(db, person_id)
    if change is None:
        return team_words(db, person_id)
    words = tr("申请换为{doctor}({state})")
    asked = words.format(doctor=change.to_doctor, state=state_title(change.state))
    return (*team_words(db, person_id), asked)


def _rows(db: ClinicDatabase, where: Any) -> list[ChangeRow]:
    query = (
        DoctorChange.select(
            DoctorChange.id,
            DoctorChange.number,
            DoctorChange.person_id,
            DoctorChange.from_doctor_id,
            _FROM.name,
            _FROM.active,
            DoctorChange.to_doctor_id,
            _TO.name,
            _TO.active,
            DoctorChange.reason,
            DoctorChange.state,
            DoctorChange.from_word,
            DoctorChange.to_word,
            DoctorChange.note,
            _SIGNER.name,
            DoctorChange.signed_on,
            DoctorChange.in_force_on,
            DoctorChange.occurred_on,
            Staff.name,
        )
        .join(_FROM, on=(_FROM.id == DoctorChange.from_doctor_id))
        .switch(DoctorChange)
        .join(_TO, on=(_TO.id == DoctorChange.to_doctor_id))
        .switch(DoctorChange)
        .join(Staff, on=(Staff.id == DoctorChange.staff_id))
        .switch(DoctorChange)
        .join(_SIGNER, JOIN.LEFT_OUTER, on=(_SIGNER.id == DoctorChange.signed_by))
        .where(where)
        .order_by(DoctorChange.id.desc())
    )
    return [_row(db, values) for values in db.rows(query)]


def _row(db: ClinicDatabase, values: tuple[Any, ...]) -> ChangeRow:
    change_id, number, record_id, old, old_name, old_here, new, new_name, new_here = values[:9]
    reason, state, from_word, to_word, note, signer, *days, staff = values[9:]
    person_id = root_of(db, record_id)
    who = db.row(Person.select(Person.number, Person.name).where(Person.id == person_id))
    assert who is not None  # the row refers to its person, and people are never deleted
    return ChangeRow(
        id=change_id,
        number=number,
        person_id=person_id,
        person_number=who[0],
        person_name=who[1],
        from_doctor_id=old,
        from_doctor=old_name,
        from_here=bool(old_here),
        to_doctor_id=new,
        to_doctor=new_name,
        to_here=bool(new_here),
        reason=reason,
        state=state,
        from_word=from_word,
        to_word=to_word,
        note=note,
        signed_by=signer or "",
        signed_on=days[0],
        in_force_on=days[1],
        occurred_on=days[2],
        staff=staff,
    )
