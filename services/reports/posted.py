"""Which rows were written in a span of days, found without reading the others.

Commands are numbered in order and the business date never goes back, so the first and last
number of some days are found by halving; so are a ledger's ids, which rise with those numbers.
A row written later for an earlier day belongs to the report of the day it was written: no report
loses it, and a report that was handed over reads the same for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
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


def day_of(db: ClinicDatabase, seq: int) -> str:
    """The business day of a command."""
    return str(_DAY.rows(db, seq=seq)[0][0])


def ids(db: ClinicDatabase, table: type[peewee.Model], span: Posted) -> Posted:
    """The same span in the ids of a table that is only ever added to."""
    newest, number = _probes(table)
    highest = int((newest.row(db) or (0,))[0] or 0)

    def up_to(seq: int) -> int:
        return _last(highest, lambda row_id: number.rows(db, id=row_id)[0][0] <= seq)

    return Posted(up_to(span.after), up_to(span.until))


def command_of(db: ClinicDatabase, table: type[peewee.Model], row_id: int) -> int:
    """The command that wrote a row, or the first one after it; 0 after the newest."""
    row = _probes(table)[1].row(db, id=row_id)
    return 0 if row is None else int(row[0])


@cache
def _probes(table: type[peewee.Model]) -> tuple[Prepared, Prepared]:
    """The highest id of a table, and the command that wrote a row or the first one after it: the
    daily catch-up asks for these thousands of times, the same plan after plan."""
    key: Any = table._meta.fields["id"]
    number: Any = table._meta.fields["seq"]
    found = table.select(number).where(key >= slot("id")).order_by(key).limit(1)
    newest = Prepared(lambda: table.select(fn.MAX(key)), steady=(table,))
    return newest, Prepared(lambda: found, steady=(table,))


def _last(highest: int, holds: Callable[[int], bool]) -> int:
    """The last number from 1 to `highest` that `holds`, which turns false once; 0 for none."""
    if highest and holds(highest):  # as a rule nothing was written since
        return highest
    low, high, step = 0, max(highest - 1, 0), 1
    while high > step and not holds(high - step):  # what is asked for is mostly near the end
        high -= step + 1
        step *= 2
    low = max(high - step, 0)
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
