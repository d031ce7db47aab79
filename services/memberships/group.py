"""A group of people chosen for one word on their tier (R153)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Person
from models.query import Prepared, slot
from services.loyalty.standing import standing_of
from services.people.aliases import root_of
from services.programmes.registry import Timeline

_BREAKS = re.compile(r"[\s,，、;；]+")
_BY_NUMBER = Prepared(lambda: Person.select(Person.id).where(Person.number == slot("number")))
_ONE = Prepared(
    lambda: Person.select(Person.number, Person.name).where(
        (Person.id == slot("id")) & (Person.state == "active")
    )
)


@dataclass(frozen=True)
class GroupRow:
    """Somebody in the group, with the tier they hold in the programme now ('' for none)."""

    person_id: int
    number: str
    name: str
    rank: int
    tier_name: str
    member: bool


def group_row(
    db: ClinicDatabase, today: str, timeline: Timeline, person_id: int
) -> GroupRow | None:
    """One person for the list; whoever was merged is their survivor. None for nobody active."""
    root = root_of(db, person_id)
    row = _ONE.row(db, id=root)
    if row is None:
        return None
    standing = standing_of(db, root, timeline.programme_id)
    name = timeline.at(today).programme.tier_name(standing.rank)
    return GroupRow(root, row[0], row[1], standing.rank, name, bool(standing.member))


def people_of_numbers(
    db: ClinicDatabase, today: str, timeline: Timeline, text: str
) -> tuple[list[GroupRow], list[str]]:
    """The people whose member numbers stand in a pasted text, each once, and the numbers nobody
    has. Numbers are parted by blanks, line ends, commas or semicolons; case does not matter."""
    found: dict[int, GroupRow] = {}
    unknown = []
    for number in filter(None, _BREAKS.split(text)):
        known = _BY_NUMBER.row(db, number=number) or _BY_NUMBER.row(db, number=number.upper())
        row = None if known is None else group_row(db, today, timeline, known[0])
        if row is None:
            unknown.append(number)
        else:
            found.setdefault(row.person_id, row)
    return list(found.values()), unknown
