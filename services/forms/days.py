"""Where a day begins in a ledger that only grows: by halving, without an index on the day."""

from __future__ import annotations

from typing import Any

from peewee import fn

from models.database import ClinicDatabase


def first_of_day(db: ClinicDatabase, table: Any, day: str) -> int:
    """The id from which on the rows of a ledger are of `day` or later; one beyond the last row
    when there are none. The ledger has an id and an `occurred_on` that never goes back."""
    low, high = 1, int(db.scalar(table.select(fn.MAX(table.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = db.row(
            table.select(table.id, table.occurred_on)
            .where(table.id >= middle)
            .order_by(table.id)
            .limit(1)
        )
        if found is None or found[1] >= day:
            high = middle
        else:
            low = int(found[0]) + 1
    return low
