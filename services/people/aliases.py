"""One person recorded twice: who speaks for whom (E62).

Ledger rows keep the person they were written for; whoever reads a person's past reads the whole
group. The survivor comes first.
"""

from __future__ import annotations

from typing import NamedTuple

from models.database import ClinicDatabase
from models.people import PersonAlias
from models.query import Prepared, slot

_MERGED = Prepared(
    lambda: (
        PersonAlias.select(PersonAlias.merged_id, PersonAlias.seq)
        .where((PersonAlias.survivor_id == slot("person_id")) & PersonAlias.unmerged_seq.is_null())
        .order_by(PersonAlias.id)
    ),
    steady=(PersonAlias,),
)
_SURVIVOR = Prepared(
    lambda: PersonAlias.select(PersonAlias.survivor_id).where(
        (PersonAlias.merged_id == slot("person_id")) & PersonAlias.unmerged_seq.is_null()
    ),
    steady=(PersonAlias,),
)
_EVERYBODY = Prepared(
    lambda: PersonAlias.select(PersonAlias.merged_id, PersonAlias.survivor_id).where(
        PersonAlias.unmerged_seq.is_null()
    ),
    steady=(PersonAlias,),
)


class Merge(NamedTuple):
    """Somebody speaks for somebody else from the command `seq` on."""

    seq: int
    survivor_id: int
    merged_id: int


def group_of(db: ClinicDatabase, person_id: int) -> tuple[int, ...]:
    """The person and everybody merged into them; just the person as a rule."""
    merged = _MERGED.rows(db, person_id=person_id)
    if not merged:
        return (person_id,)
    found = [person_id]
    for other, _ in merged:
        found += group_of(db, other)
    return tuple(found)


def merges_into(db: ClinicDatabase, person_id: int) -> list[Merge]:
    """The merges that made the person's group, each before those below it."""
    found: list[Merge] = []
    for other, seq in _MERGED.rows(db, person_id=person_id):
        found += [Merge(seq, person_id, other), *merges_into(db, other)]
    return found


def root_of(db: ClinicDatabase, person_id: int) -> int:
    """Who speaks for this person: themselves, or the survivor they were merged into."""
    row = _SURVIVOR.row(db, person_id=person_id)
    return person_id if row is None else root_of(db, int(row[0]))


def roots(db: ClinicDatabase) -> dict[int, int]:
    """Every merged person and who speaks for them."""
    into = dict(_EVERYBODY.rows(db))
    found = {}
    for merged_id, survivor_id in into.items():
        while survivor_id in into:
            survivor_id = into[survivor_id]
        found[merged_id] = survivor_id
    return found
