"""What signing a draft would put in force, in the place of what, before it is signed."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from services.programmes.definition import Programme
from services.programmes.differences import Difference, differences
from services.programmes.drafts import VersionRow, versions
from services.programmes.registry import timelines


@dataclass(frozen=True)
class NextVersion:
    """The version that a programme would become. `replaces`: what is in force on its first day,
    None for the first version of a new programme; `beside`: other programmes that stay in use."""

    number: int
    replaces: VersionRow | None
    changes: tuple[Difference, ...]
    beside: tuple[str, ...]


def next_version(db: ClinicDatabase, today: str, programme: Programme, day: str) -> NextVersion:
    """What signing the programme for a day would mean (R058)."""
    active = timelines(db)
    beside = tuple(each.name for each in active if each.name != programme.name)
    known = next((each for each in active if each.name == programme.name), None)
    rows = [row for row in versions(db, today) if row.name == programme.name]
    number = max((row.number for row in rows), default=0) + 1
    if known is None:
        return NextVersion(number, None, (), beside)
    held = known.at(day)
    replaces = next(row for row in rows if row.id == held.id)
    return NextVersion(number, replaces, differences(held.programme, programme), beside)
