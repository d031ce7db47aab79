"""Conditions about everything a person has, whichever of their records it stands under (E62).

Merged records are few and rows are many: what stands under a person's own record is found by
itself, what stands under merged ones through a list of merges, and neither slows the other down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.people import Person, PersonAlias


@dataclass(frozen=True)
class Rows:
    """Rows that are added up: the query, the column that says whom a row is about, the sum."""

    query: Any
    person: Any
    total: Any


class Whole:
    """The merges of now as two named tables, put before the query that uses them; where nobody
    was merged, nothing at all."""

    def __init__(self, db: ClinicDatabase) -> None:
        now = PersonAlias.unmerged_seq.is_null()
        self._some = db.row(PersonAlias.select(PersonAlias.id).where(now).limit(1)) is not None
        above, further = PersonAlias.alias(), PersonAlias.alias()
        first = (
            above.select(above.merged_id.alias("record"), above.survivor_id.alias("root"))
            .where(above.unmerged_seq.is_null())
            .cte("spoken", recursive=True, columns=("record", "root"))
        )
        # a record stands before everybody above it; only the last of them is still in use
        self.spoken = first.union_all(
            further.select(first.c.record, further.survivor_id)
            .join(first, on=(further.merged_id == first.c.root))
            .where(further.unmerged_seq.is_null())
        )
        both = self.spoken.select(self.spoken.c.record, self.spoken.c.root).union(
            self.spoken.select(self.spoken.c.root, self.spoken.c.root)
        )
        self.whole = both.cte("whole", columns=("record", "root"))

    def around(self, query: Any) -> Any:
        """The query, with the merges it speaks of."""
        return query.with_cte(self.spoken, self.whole) if self._some else query

    def has(self, rows: Any, person: Any) -> Any:
        """Condition: one of the rows is about the person; `person` is the column that says whom
        a row is about."""
        own = Person.id.in_(rows.select(person))
        if not self._some:
            return own
        merged = rows.join(self.spoken, on=(self.spoken.c.record == person))
        return own | Person.id.in_(merged.select(self.spoken.c.root))

    def reaches(self, rows: Callable[[Any], Rows], least: int, among: Any = None) -> Any:
        """Condition: what the rows about the person come to is `least` or more. `rows` answers
        those of everybody, or of those records only that it is given as a query. `among`: nobody
        else matters."""
        every = rows(among)
        found = every.query.select(every.person).group_by(every.person)
        alone = Person.id.in_(found.having(every.total >= least))
        if not self._some:
            return alone
        record, root = self.whole.c.record, self.whole.c.root
        few = rows(self.whole.select(record))
        joined = few.query.join(self.whole, on=(record == few.person)).select(root)
        together = joined.group_by(root).having(few.total >= least)
        return (alone & Person.id.not_in(self.whole.select(root))) | Person.id.in_(together)
