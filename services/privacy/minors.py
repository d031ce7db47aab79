"""Children: a guardian speaks for whoever is under fourteen; from then on they are asked
themselves, anew (个保法 28, 31 条)."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.people import Consent, Person
from models.query import Prepared, slot
from models.system import Audit
from services.clock import plus_months
from services.people.form import GUARDIAN_BELOW
from services.people.privacy import mask_name

_MONTHS = 12 * GUARDIAN_BELOW
_BORN = Prepared(
    lambda: Person.select(Person.birthday, Person.created_on).where(Person.id == slot("id"))
)
_ASKED = Prepared(
    lambda: (
        Consent.select(fn.MAX(Audit.business_date))
        .join(Audit, on=(Audit.seq == Consent.seq))
        .where(Consent.person_id == slot("id"))
    )
)
# days of enrolment rise with the numbers: nobody was a child then who was born so long before
_FIRST = Prepared(lambda: Person.select(Person.created_on).order_by(Person.id).limit(1))
_ENROLLED_AS_CHILDREN = Prepared(
    lambda: (
        Person.select(Person.id, Person.number, Person.name, Person.birthday, Person.created_on)
        .where(
            (Person.state == "active")
            & (Person.birthday >= slot("after"))
            & (Person.birthday <= slot("until"))
            & (Person.created_on < fn.DATE(Person.birthday, f"+{GUARDIAN_BELOW} years"))
        )
        .order_by(Person.birthday, Person.id)
    )
)


@dataclass(frozen=True)
class GrownUp:
    """Somebody who turned fourteen on `day` and has not been asked since."""

    person_id: int
    number: str
    name_masked: str
    day: str


def asks_anew(db: ClinicDatabase, today: str, person_id: int) -> bool:
    """Whether what was agreed to was agreed by a guardian, and the person is fourteen now."""
    row = _BORN.row(db, id=person_id)
    if row is None or row[0] is None:
        return False
    day = plus_months(row[0], _MONTHS)
    return row[1] < day <= today and _not_asked_since(db, person_id, day)


def grown_up(db: ClinicDatabase, today: str) -> list[GrownUp]:
    """Everybody who is fourteen by now, was a child when they were enrolled, and has said nothing
    since; the one waiting longest first. The consents are taken in 同意项."""
    first = _FIRST.row(db)
    if first is None:
        return []
    born = {"after": plus_months(first[0], -_MONTHS), "until": plus_months(today, -_MONTHS)}
    found = []
    for person_id, number, name, birthday, created_on in _ENROLLED_AS_CHILDREN.rows(db, **born):
        day = plus_months(birthday, _MONTHS)
        if created_on < day <= today and _not_asked_since(db, person_id, day):
            found.append(GrownUp(person_id, number, mask_name(name), day))
    return found


def _not_asked_since(db: ClinicDatabase, person_id: int, day: str) -> bool:
    """Whether nothing was agreed to or taken back from that day on."""
    asked_on = _ASKED.rows(db, id=person_id)[0][0]
    return asked_on is None or asked_on < day
