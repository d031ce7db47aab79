"""What can still be read of a damaged file, table by table.

SQLCipher refuses a page whose seal is broken, and refuses everything after it on the same
connection. So a range of rows that fails is halved on a fresh connection until the rows around
the bad page are had. The file handed in is a copy: reading may write beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee

from models.base import Table
from models.database import ClinicDatabase
from models.errors import StoreFault, classify

_RANGE = 4096  # rows asked for at once
_BEYOND = 4 * _RANGE  # rows past the last known one, when the end cannot be read
_MOST_FAILURES = 120  # of one range: more than a bad page takes
_FEW_FAILURES = 13  # of a range after one without any row: down to one row of it
_DEAD_RANGES = 8  # one after the other: the table's root is lost


@dataclass(frozen=True)
class Readable:
    """Rows of a table as tuples in the order of its fields, and how many reads failed."""

    rows: list[tuple[Any, ...]]
    failures: int


class DamagedFile:
    """A copy of a damaged clinic file, read with its key."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._db: ClinicDatabase | None = None

    def __enter__(self) -> DamagedFile:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _open(self) -> ClinicDatabase:
        if self._db is None:
            db = ClinicDatabase(self._path, self._key, read_only=True)
            db.open()
            self._db = db
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _ask(self, query: peewee.BaseQuery) -> list[tuple[Any, ...]] | None:
        """The rows; None when the pages they stand on cannot be read."""
        try:
            return self._open().rows(query)
        except Exception as error:
            if not isinstance(error, StoreFault) and classify(error) is None:
                raise
            self._close()  # its next answer would be about the same page
            return None

    def rows(
        self,
        table: type[Table],
        *,
        after_seq: int = 0,
        known_last: int = 0,
        going: Callable[[], object] = lambda: None,
    ) -> Readable:
        """Rows of `table` after an audit row, the newest first. `known_last` is the last row a
        backup had, for a file whose end cannot be read. Raises what `going` raises."""
        key = table._meta.primary_key
        query = table.select()
        if after_seq:
            query = query.where(table._meta.fields["seq"] > after_seq)
        found: list[tuple[Any, ...]] = []
        failures = dead = 0
        for first in reversed(range(0, self._last(table, known_last) + 1, _RANGE)):
            limit = _FEW_FAILURES if dead else _MOST_FAILURES
            rows, failed = self._range(query, key, first, limit, going)
            found += rows
            failures += failed
            dead = dead + 1 if failed and not rows else 0
            if dead == _DEAD_RANGES:
                break
        return Readable(found, failures)

    def _range(
        self, query: Any, key: Any, first: int, limit: int, going: Callable[[], object]
    ) -> tuple[list[tuple[Any, ...]], int]:
        """What can be read of one range, halved around what cannot, and how many reads failed."""
        halves = [(first, first + _RANGE)]
        found: list[tuple[Any, ...]] = []
        failures = 0
        while halves and failures < limit:
            going()
            low, past = halves.pop()
            rows = self._ask(query.where((key >= low) & (key < past)))
            if rows is not None:
                found += rows
                continue
            failures += 1
            if past - low > 1:
                middle = (low + past) // 2
                halves += [(low, middle), (middle, past)]
        return found, failures

    def _last(self, table: type[Table], known_last: int) -> int:
        found = self._ask(table.select(peewee.fn.max(table._meta.primary_key)))
        return known_last + _BEYOND if found is None else int(found[0][0] or 0)
