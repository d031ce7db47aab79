"""A peewee query compiled once and run many times with other values.

Building a peewee query costs as much as running it; the desk's hottest reads are prepared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import peewee

from models.database import ClinicDatabase


class _Slot:
    """Stands for a value that is filled in when the query runs."""

    def __init__(self, name: str) -> None:
        self.name = name


def slot(name: str) -> peewee.Value:
    """A named place for a value in a `Prepared` query."""
    return peewee.Value(_Slot(name), converter=False)


class Prepared:
    """`Prepared(lambda: Person.select(...).where(Person.id == slot("id")))`."""

    def __init__(self, build: Callable[[], peewee.BaseQuery]) -> None:
        self._build = build
        self._sql = ""
        self._params: tuple[Any, ...] = ()

    def rows(self, db: ClinicDatabase, **values: Any) -> list[tuple[Any, ...]]:
        """All rows as tuples; `values` fills every slot by name."""
        with db.naming:
            return list(self._run(db, values).fetchall())

    def row(self, db: ClinicDatabase, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found = self.rows(db, **values)
        return found[0] if found else None

    def write(self, db: ClinicDatabase, **values: Any) -> int:
        """Run a prepared update; how many rows changed."""
        with db.naming:
            return int(self._run(db, values).rowcount)

    def _run(self, db: ClinicDatabase, values: dict[str, Any]) -> Any:
        if not self._sql:
            self._sql, params = db.get_sql_context().sql(self._build()).query()
            self._params = tuple(params)
        filled = tuple(values[p.name] if isinstance(p, _Slot) else p for p in self._params)
        return db.execute_sql(self._sql, filled)
