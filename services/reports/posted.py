"""Which rows were written in a span of days, found without reading the others.

Commands are numbered in order and the business date never goes back, so the first and last
number of some days are found by halving; so are a ledger's ids, which rise with those numbers.
A row written later for an earlier day belongs to the report of the day it was written: no report
loses it, and a report that was handed over reads the same for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import peewee
from peewee import fn

from models.database import ClinicDatabase
from models.query import Prepared, slot
from models.system import Audit
from services.clock import plus_days

_DAY = Prepared(lambda: Audit.select(Audit.business_date).where(Audit.seq == slot("seq")))


class Posted(NamedTuple):
    """Rows with `after < seq <= until` were written in the days that are meant."""

    after: int
    until: int

    def rows(self, column: Any) -> Any:
        """Condition on an indexed column of such numbers."""
        return (column > self.after) & (column <= self.until)


def posted(db: ClinicDatabase, first: str, last: str) -> Posted:
    """The numbers of the commands of the days from `first` to `last`."""
    return Posted(last_before(db, first), last_before(db, plus_days(last, 1)))


def last_before(db: ClinicDatabase, day: str) -> int:
    """The number of the last command before `day`; 0 when there was none."""

    def earlier(seq: int) -> bool:
        row = _DAY.row(db, seq=seq)
        return row is not None and row[0] < day

    return _last(int(db.scalar(Audit.select(fn.MAX(Audit.seq))) or 0), earlier)


def ids(db: ClinicDatabase, table: type[peewee.Model], span: Posted) -> Posted:
    """The same span in the ids of a table that is only ever added to."""
    key: Any = table._meta.fields["id"]
    number: Any = table._meta.fields["seq"]
    highest = int(db.scalar(table.select(fn.MAX(key))) or 0)

    def up_to(seq: int) -> int:
        def inside(row_id: int) -> bool:
            found = table.select(number).where(key >= row_id).order_by(key).limit(1)
            return int(db.scalar(found)) <= seq

        return _last(highest, inside)

    return Posted(up_to(span.after), up_to(span.until))


def _last(highest: int, holds: Callable[[int], bool]) -> int:
    """The last number from 1 to `highest` that `holds`, which turns false once; 0 for none."""
    low, high = 0, highest
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
