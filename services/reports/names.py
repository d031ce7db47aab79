"""Names in reports: masked, of whoever speaks for a person, and of tiers."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from models.database import ClinicDatabase
from models.people import Person
from services.people.aliases import roots
from services.people.privacy import mask_name
from services.programmes.registry import every_timeline, version


@lru_cache(maxsize=4096)
def day(text: str) -> date:
    """A stored day as a date."""
    return date.fromisoformat(text)


def day_or_none(text: str | None) -> date | None:
    """A stored day that may be missing."""
    return None if text is None else day(text)


class Who:
    """Number and masked name of a person, of the survivor for somebody who was merged (E62)."""

    def __init__(self, db: ClinicDatabase) -> None:
        self.roots = roots(db)
        query = Person.select(Person.id, Person.number, Person.name)
        found = db.rows(query.where(Person.id.in_(set(self.roots.values())))) if self.roots else []
        self._known = {person_id: (number, name) for person_id, number, name in found}

    def __call__(self, person_id: int, number: str, name: str) -> tuple[str, str]:
        number, name = self._known.get(self.root(person_id), (number, name))
        return number, mask_name(name)

    def root(self, person_id: int) -> int:
        """Who speaks for a person."""
        return self.roots.get(person_id, person_id)


class TierNames:
    """Names of tiers by signed version, and of the newest version of a programme by its id."""

    def __init__(self, db: ClinicDatabase) -> None:
        self._db = db
        self._known: dict[tuple[int, int], str] = {}
        self._newest = {
            each.programme_id: each.versions[-1].programme for each in every_timeline(db)
        }

    def of_version(self, version_id: int, rank: int) -> str:
        """A tier as the version says it; '' without one."""
        key = (version_id, rank)
        if key not in self._known:
            self._known[key] = version(self._db, version_id).tier_name(rank)
        return self._known[key]

    def now(self, programme_id: int, rank: int) -> str:
        """A tier as the programme's newest version says it; '' without one."""
        return self._newest[programme_id].tier_name(rank)

    def programme(self, programme_id: int) -> str:
        """A programme's name."""
        return self._newest[programme_id].name
