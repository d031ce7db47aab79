"""Who belongs to a group: asked anew each time, people as they speak for themselves (R174)."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.people import Person
from services.groups.filters import group_rule, people
from services.groups.rule import Rule
from services.people.privacy import mask_name, mask_phone

SHOWN = 50


@dataclass(frozen=True)
class MemberRow:
    """Somebody of a group as a list shows them: masked."""

    id: int
    number: str
    name_masked: str
    sex: str
    birthday: str | None
    phone_masked: str
    last_visit_on: str | None


@dataclass(frozen=True)
class Looked:
    """How many a rule is true of, and the first of them."""

    count: int
    rows: tuple[MemberRow, ...]


def group_members(db: ClinicDatabase, today: str, group_id: int) -> list[int]:
    """The people of a saved group, each once by the record that speaks for them, by their number.
    Raises RuleError when the group is not there any more, or stands on one that is not."""
    return members_of_rule(db, today, group_rule(db, group_id)[1], group_id)


def members_of_rule(
    db: ClinicDatabase, today: str, rule: Rule, group_id: int | None = None
) -> list[int]:
    """The people a rule is true of, in the order their records were made."""
    return sorted(row[0] for row in db.rows(people(db, today, rule, group_id)))


def count_members(db: ClinicDatabase, today: str, rule: Rule, group_id: int | None = None) -> int:
    """How many people a rule is true of: one statement."""
    found = people(db, today, rule, group_id)
    return int(db.scalar(found.select(fn.COUNT(Person.id))))


def look(
    db: ClinicDatabase, today: str, rule: Rule, group_id: int | None = None, shown: int = SHOWN
) -> Looked:
    """How many, and the first `shown` of them, masked. Raises RuleError like `people`."""
    found = people(db, today, rule, group_id)
    first = found.order_by(Person.id).limit(shown)
    rows = db.rows(
        Person.select(
            Person.id,
            Person.number,
            Person.name,
            Person.sex,
            Person.birthday,
            Person.phone,
            Person.guardian_phone,
            Person.phone_alt,
            Person.last_visit_on,
        )
        .where(Person.id.in_([row[0] for row in db.rows(first)]))
        .order_by(Person.id)
    )
    return Looked(count_members(db, today, rule, group_id), tuple(_row(*row) for row in rows))


def _row(
    person_id: int,
    number: str,
    name: str,
    sex: str,
    birthday: str | None,
    *rest: str | None,
) -> MemberRow:
    *phones, visited = rest
    phone = next((each for each in phones if each), "") or ""
    return MemberRow(person_id, number, mask_name(name), sex, birthday, mask_phone(phone), visited)
