"""By which way an offer reaches somebody: in writing only whoever agreed to offers, the others are
called (R146, 消法 29, 广告法 43)."""

from __future__ import annotations

from collections.abc import Iterable

from models.database import ClinicDatabase
from models.people import Person
from services.people.contact import contactable

CALL = "phone"
_CHUNK = 500


def offer_ways(db: ClinicDatabase, people: Iterable[int], channel: str) -> dict[int, str]:
    """The way for each of `people`, who speak for themselves: the one they wish, else `channel`;
    a call where that would be in writing and they never said yes."""
    wanted = list(dict.fromkeys(people))
    wished: dict[int, str] = {}
    for start in range(0, len(wanted), _CHUNK):
        some = Person.id.in_(wanted[start : start + _CHUNK])
        rows = db.rows(Person.select(Person.id, Person.contact_by).where(some))
        wished |= {person_id: by or channel for person_id, by in rows}
    written = [person_id for person_id, way in wished.items() if way != CALL]
    agreed = set(contactable(db, written, "consent").people)
    return wished | {each: CALL for each in written if each not in agreed}
