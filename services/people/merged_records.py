"""The records merged into a person, for the desk: which, since when, and whether they can be
parted again (E62)."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Person, PersonAlias
from models.system import Staff
from services.people.aliases import Merge, group_of
from services.people.spanning import tied


@dataclass(frozen=True)
class MergedRecord:
    """A record that `survivor_id` speaks for. `tied`: rows since then hang on both."""

    merged_id: int
    survivor_id: int
    number: str
    name: str
    merged_on: str
    staff: str
    tied: bool


def merged_records(db: ClinicDatabase, person_id: int) -> list[MergedRecord]:
    """Every record merged into a person, directly or by another one, the newest first."""
    query = (
        PersonAlias.select(
            PersonAlias.merged_id,
            PersonAlias.survivor_id,
            Person.number,
            Person.name,
            PersonAlias.merged_on,
            Staff.name,
            PersonAlias.seq,
        )
        .join(Person, on=(Person.id == PersonAlias.merged_id))
        .switch(PersonAlias)
        .join(Staff, on=(Staff.id == PersonAlias.staff_id))
        .where(
            PersonAlias.survivor_id.in_(group_of(db, person_id))
            & PersonAlias.unmerged_seq.is_null()
        )
        .order_by(PersonAlias.id.desc())
    )
    return [
        MergedRecord(
            merged, survivor, number, name, on, staff, tied(db, Merge(seq, survivor, merged))
        )
        for merged, survivor, number, name, on, staff, seq in db.rows(query)
    ]
