"""A peewee query compiled once and run many times with other values.

Building a peewee query costs as much as running it; the desk's hottest reads are prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import peewee

from models.database import ClinicDatabase


class _Slot:
    """Stands for a value that is filled in when the query runs."""

    def __init__(self, name: str) -> None:
        self.name = name


def slot(name: str) -> peewee.Value:
    """A named place for a value in a `Prepared` query."""
    return peewee.Value(_Slot(name), converter=False)


def numbers(found: Iterable[int]) -> str:
    """Numbers as one value of a query, for `among`."""
    return msgspec.json.encode(list(found)).decode()


def among(column: Any, listed: Any) -> Any:
    """Condition: a column is one of the `numbers` (or of the slot for them). However many there
    are, they are one value of a query that reads the same."""
    each = peewee.fn.json_each(listed)
    return column.in_(peewee.Select((each,), (peewee.Entity("value"),)))


def _literal(value: int | str | None) -> str:
    """A constant of a query as it is written in it. Bound instead, it would have the library plan
    the query again each time, to see whether the index of such rows may serve."""
    if value is None:
        return "NULL"
    return f"{value:d}" if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


class Prepared:
    """`Prepared(lambda: Person.select(...).where(Person.id == slot("id")))`.

    `steady` names the tables of a select that are written to much less often than they are asked:
    inside a transaction the same question is then answered once, until one of them is written to.
    Nothing is found while one of those it `needs` has no rows (all that are steady, unless some
    are only joined to by an outer join).
    """

    def __init__(
        self,
        build: Callable[[], peewee.BaseQuery],
        *,
        steady: tuple[type[peewee.Model], ...] = (),
        needs: tuple[type[peewee.Model], ...] = (),
    ) -> None:
        self._build = build
        self._sql = ""
        self._names: tuple[str, ...] = ()
        self._writes: type[peewee.Model] | None = None
        self._steady = tuple(table._meta.table_name for table in steady)
        self._needs = tuple(table._meta.table_name for table in needs or steady)

    def rows(self, db: ClinicDatabase, **values: Any) -> list[tuple[Any, ...]]:
        """All rows as tuples; `values` fills every slot by name."""
        filled = self._filled(db, values)
        if self._steady and db.answers.open:
            return self._kept(db, filled).copy()
        return db.fetch(self._sql, filled)

    def row(self, db: ClinicDatabase, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        filled = self._filled(db, values)
        if self._steady and db.answers.open:
            found = self._kept(db, filled)
        else:
            found = db.fetch(self._sql, filled)
        return found[0] if found else None

    def write(self, db: ClinicDatabase, **values: Any) -> int:
        """Run a prepared update; how many rows changed."""
        filled = self._filled(db, values)
        if self._writes is not None:
            db.answers.forget(self._writes)
        return int(db.run(self._sql, filled).rowcount)

    def _filled(self, db: ClinicDatabase, values: dict[str, Any]) -> tuple[Any, ...]:
        if not self._sql:
            self._compile(db)
        return tuple(map(values.__getitem__, self._names))

    def _compile(self, db: ClinicDatabase) -> None:
        query: Any = self._build()
        sql, params = db.get_sql_context().sql(query).query()
        written, *pieces = sql.split(db.param)
        for value, piece in zip(params, pieces, strict=True):
            written += (db.param if isinstance(value, _Slot) else _literal(value)) + piece
        self._names = tuple(value.name for value in params if isinstance(value, _Slot))
        self._writes = None if isinstance(query, peewee.SelectBase) else query.model
        self._sql = written

    def _kept(self, db: ClinicDatabase, filled: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        answers = db.answers
        if answers.many:
            for table in self._needs:
                empty = answers.empty.get(table)
                if self._is_empty(db, table) if empty is None else empty:
                    return []
        kept = answers.of(self, self._steady)
        found: list[tuple[Any, ...]] | None = kept.get(filled)
        if found is None:
            found = kept[filled] = db.fetch(self._sql, filled)
        return found

    def _is_empty(self, db: ClinicDatabase, table: str) -> bool:
        found = db.answers.empty[table] = not db.fetch(f'SELECT 1 FROM "{table}" LIMIT 1', ())
        return found
