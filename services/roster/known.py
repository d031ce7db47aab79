"""What the clinic knows already, as far as an import must not repeat it."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.database import ClinicDatabase
from models.people import Person
from services.people.aliases import roots


@dataclass(frozen=True)
class Known:
    """Member numbers of active people by document, by name and phone, by name and birthday;
    `numbers` holds every number ever given out."""

    ids: dict[str, str] = field(default_factory=dict)
    phones: dict[tuple[str, str], str] = field(default_factory=dict)
    birthdays: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)


NOBODY = Known()


def known_people(db: ClinicDatabase) -> Known:
    """Everybody in the clinic, in one pass; a merged record names its survivor (E62)."""
    found = Known()
    query = Person.select(
        Person.id,
        Person.number,
        Person.state,
        Person.name,
        Person.id_number,
        Person.phone,
        Person.birthday,
    )
    rows = db.rows(query)
    survivors = roots(db)
    numbers = {row[0]: row[1] for row in rows} if survivors else {}
    for person_id, number, state, name, id_number, phone, birthday in rows:
        found.numbers[number] = number
        if state == "merged":
            number = numbers[survivors[person_id]]
        elif state != "active":
            continue
        if id_number:
            found.ids[id_number] = number
        if phone:
            found.phones[name, phone] = number
        if birthday:
            found.birthdays[name, birthday] = number
    return found
