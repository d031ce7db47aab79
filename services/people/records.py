"""What hangs on a person: the whole record for the edit form, consents, alerts, household,
and the doctors a person can have.
"""

from __future__ import annotations

from dataclasses import dataclass

import peewee

from models.database import ClinicDatabase
from models.people import Alert, Consent, Household, Person
from models.query import Prepared, slot
from models.system import Doctor
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import group_of
from services.people.form import FORM_FIELDS, PersonForm
from services.people.privacy import mask_phone

NOTICE_VERSION = "1"  # of 《个人信息告知与同意书》, kept with every consent (4.4.2)
CONSENT_ITEMS = ("record", "health", "marketing", "transfer")

_RECORD = Prepared(
    lambda: Person.select(
        Person.id,
        Person.number,
        Person.state,
        Person.household_id,
        Person.last_visit_on,
        Person.created_on,
        Person.import_batch_id,
        *(getattr(Person, name) for name in FORM_FIELDS),
    ).where(Person.id == slot("id"))
)
_ALERTS = Prepared(
    lambda: (
        Alert.select(Alert.id, Alert.text, Alert.active)
        .where((Alert.person_id == slot("person_id")) & (Alert.active == 1))
        .order_by(Alert.id)
    )
)
_CONSENTS = Prepared(
    lambda: (
        Consent.select(Consent.item, Consent.granted, Consent.notice_version, Consent.seq)
        .where(Consent.person_id == slot("person_id"))
        .order_by(Consent.id)
    )
)
_FAMILY = Prepared(
    lambda: (
        Person.select(
            Person.id, Person.number, Person.name, Person.birthday, Person.sex, Person.phone
        )
        .where(
            (Person.household_id == slot("household_id"))
            & (Person.household_id.is_null(False))
            & (Person.state == "active")
        )
        .order_by(peewee.fn.COALESCE(Person.birthday, "9999"), Person.id)
    )
)

_HOUSEHOLD = Prepared(
    lambda: Person.select(Person.household_id).where(
        (Person.id == slot("id")) & (Person.state == "active")
    )
)
_LAST_HOUSEHOLD = Prepared(
    lambda: Household.select(Household.id).order_by(Household.id.desc()).limit(1)
)


@dataclass(frozen=True)
class PersonRecord:
    """A person as stored; `form` is what the edit form shows and gives back."""

    id: int
    number: str
    state: str
    household_id: int | None
    last_visit_on: str | None
    created_on: str
    import_batch_id: int | None
    form: PersonForm

    @property
    def name(self) -> str:
        """The whole name."""
        return self.form.name


@dataclass(frozen=True)
class AlertRow:
    """Something the doctor must know (牙齿敏感, 过敏…)."""

    id: int
    text: str


@dataclass(frozen=True)
class ConsentRow:
    """The latest word on one consent item."""

    item: str
    granted: bool
    notice_version: str
    seq: int


@dataclass(frozen=True)
class FamilyMember:
    """Somebody of the same household."""

    person_id: int
    number: str
    name: str
    birthday: str | None
    sex: str
    phone_masked: str


@dataclass(frozen=True)
class DoctorRow:
    """A doctor of the clinic."""

    id: int
    name: str
    department: str
    active: bool


@dataclass(frozen=True)
class AlertChanged:
    """An alert was added or closed."""

    alert_id: int
    person_id: int
    changes: Changes


@dataclass(frozen=True)
class HouseholdJoined:
    """Two people are of one household now."""

    household_id: int
    person_id: int
    changes: Changes


@dataclass(frozen=True)
class DoctorAdded:
    """A doctor can be chosen now."""

    doctor_id: int
    changes: Changes


# -- reads ---------------------------------------------------------------------------------


def person(db: ClinicDatabase, person_id: int) -> PersonRecord:
    """The whole record, whatever its state. Raises RuleError when there is none."""
    row = _RECORD.row(db, id=person_id)
    if row is None:
        raise _unknown()
    number, state, household_id, last_visit_on, created_on, batch_id = row[1:7]
    form = PersonForm(*row[7:])
    return PersonRecord(
        person_id, number, state, household_id, last_visit_on, created_on, batch_id, form
    )


def alerts_of(db: ClinicDatabase, person_id: int) -> list[AlertRow]:
    """Open alerts, oldest first; those of people merged into this one too (E62)."""
    rows = [row for each in group_of(db, person_id) for row in _ALERTS.rows(db, person_id=each)]
    return [AlertRow(row[0], row[1]) for row in sorted(rows)]


def consents_of(db: ClinicDatabase, person_id: int) -> dict[str, ConsentRow]:
    """The latest word per item; an item never asked about is missing (4.4.3)."""
    rows = [row for each in group_of(db, person_id) for row in _CONSENTS.rows(db, person_id=each)]
    rows.sort(key=lambda row: row[3])
    return {row[0]: ConsentRow(row[0], bool(row[1]), row[2], row[3]) for row in rows}


def household_of(db: ClinicDatabase, person_id: int) -> list[FamilyMember]:
    """The other active people of the household, eldest first."""
    household_id = db.scalar(Person.select(Person.household_id).where(Person.id == person_id))
    rows = _FAMILY.rows(db, household_id=household_id) if household_id is not None else []
    return [
        FamilyMember(found, number, name, birthday, sex, mask_phone(phone))
        for found, number, name, birthday, sex, phone in rows
        if found != person_id
    ]


def list_doctors(db: ClinicDatabase, *, everybody: bool = False) -> list[DoctorRow]:
    """Doctors who work here (or ever did), by name."""
    query = Doctor.select(Doctor.id, Doctor.name, Doctor.department, Doctor.active)
    found = db.rows(query.order_by(Doctor.name))
    rows = [DoctorRow(i, name, department, bool(active)) for i, name, department, active in found]
    return [row for row in rows if everybody or row.active]


# -- commands ------------------------------------------------------------------------------


@command("person.alert", entity="person")
def add_alert(tx: Tx, *, person_id: int, text: str) -> AlertChanged:
    """Add an alert for the doctor. Raises RuleError when it is empty."""
    if not text.strip():
        raise RuleError(tr("请填写警示内容，例如“牙齿敏感”。"))
    existing(tx, person_id)
    alert_id = tx.db.insert(Alert, person_id=person_id, text=text.strip(), seq=tx.seq)
    tx.about(person_id, alert=alert_id, active=True)
    return AlertChanged(alert_id, person_id, Changes((Kind.PERSON,), person_id))


@command("person.alert_close", entity="person")
def close_alert(tx: Tx, *, alert_id: int) -> AlertChanged:
    """Put an alert away. Raises RuleError when it is not open."""
    found = tx.db.row(
        Alert.select(Alert.person_id).where((Alert.id == alert_id) & (Alert.active == 1))
    )
    if found is None:
        raise RuleError(tr("这条警示已经撤下，请刷新。"))
    tx.db.write(Alert.update(active=0).where(Alert.id == alert_id))
    tx.about(found[0], alert=alert_id, active=False)
    return AlertChanged(alert_id, found[0], Changes((Kind.PERSON,), found[0]))


@command("person.household", entity="person")
def join_household(tx: Tx, *, person_id: int, with_person_id: int) -> HouseholdJoined:
    """Make a person part of another's household, leaving an earlier one (R133, family quotas)."""
    household_id = put_in_household(tx, person_id, with_person_id)
    tx.about(person_id, household=household_id, joined=with_person_id)
    return HouseholdJoined(household_id, person_id, Changes((Kind.PERSON,), person_id))


def existing(tx: Tx, person_id: int) -> int | None:
    """The household of a person in use; RuleError when there is no such person."""
    row = _HOUSEHOLD.row(tx.db, id=person_id)
    if row is None:
        raise _unknown()
    return None if row[0] is None else int(row[0])


def put_in_household(tx: Tx, person_id: int, with_person_id: int) -> int:
    """The household shared with `with_person_id` from now on, made when there was none."""
    if person_id == with_person_id:
        raise RuleError(tr("请选择另一位家人。"))
    existing(tx, person_id)
    household_id = existing(tx, with_person_id)
    if household_id is None:
        household_id = tx.db.insert(Household, **{"id": _next_household(tx.db)})
        _move(tx, with_person_id, household_id)
    _move(tx, person_id, household_id)
    return household_id


@command("doctor.add", entity="doctor")
def add_doctor(tx: Tx, *, name: str, department: str = "") -> DoctorAdded:
    """Add a doctor. Raises RuleError for an empty or taken name."""
    name = name.strip()
    if not name:
        raise RuleError(tr("请填写医生姓名。"))
    if tx.db.row(Doctor.select(Doctor.id).where(Doctor.name == name)):
        raise RuleError(tr("已有同名医生，请在姓名后加注以便区分。"))
    doctor_id = tx.db.insert(Doctor, name=name, department=department.strip())
    tx.about(doctor_id)
    return DoctorAdded(doctor_id, Changes((Kind.PERSON,)))


def _unknown() -> RuleError:
    return RuleError(tr("没有找到这个人，请刷新后重试。"))


def _next_household(db: ClinicDatabase) -> int:
    row = _LAST_HOUSEHOLD.row(db)
    return 1 if row is None else int(row[0]) + 1


def _move(tx: Tx, person_id: int, household_id: int) -> None:
    tx.db.update(Person, person_id, household_id=household_id)
