"""What only SQLite and SQLCipher can tell about a file, behind names.

Everything here reads. `services.verify` asks; the answers hold table, index and page names only,
never the content of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import peewee

from models.database import ClinicDatabase

_ROWS_NAMED = 20
_MIB = 1024 * 1024
MOST_MIB = 384
_PART_MIB = 192


def page_faults(db: ClinicDatabase) -> list[str]:
    """Pages whose HMAC does not fit what is on the disk (`cipher_integrity_check`)."""
    return [str(row[0]) for row in _answer(db, "cipher_integrity_check")]


def free_pages(db: ClinicDatabase) -> int:
    """Pages of the file that hold nothing now."""
    return int(_answer(db, "freelist_count")[0][0])


def structure_faults(db: ClinicDatabase) -> list[str]:
    """What `integrity_check` finds in the trees, indexes and constraints; at most 20 lines.

    It reads every page but the free ones; one whose HMAC does not fit is a line, or the query
    raises.
    """
    found = [str(row[0]) for row in _answer(db, f"integrity_check({_ROWS_NAMED})")]
    return [line for line in found if line != "ok"]


def orphans(db: ClinicDatabase) -> dict[tuple[str, str], int]:
    """Rows that point at nothing: how many by (table, the table they should point at)."""
    found: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in _answer(db, "foreign_key_check"):
        found[table, parent] = found.get((table, parent), 0) + 1
    return found


def cache_for_checks(db: ClinicDatabase, most_mib: int = MOST_MIB) -> None:
    """Let this connection keep the pages of a file that is not too large in memory; of a larger one
    as many as the indexes of its largest table take, if so many may be kept.

    A check of the structure visits every page several times, and those of an index in the order of
    the table; a small cache decrypts each anew. Part of what is gone through from end to end is
    of no use: it is pushed out before it is wanted again.
    """
    whole = db.path.stat().st_size // _MIB + 2
    db.keep_pages(whole if whole <= most_mib else min(_PART_MIB, most_mib))


def stream(db: ClinicDatabase, query: peewee.BaseQuery) -> Iterator[tuple[Any, ...]]:
    """The rows of a query one by one, never all of them in memory."""
    sql, params = db.get_sql_context().sql(query).query()
    rows: Iterator[tuple[Any, ...]] = iter(db.execute_sql(sql, params))
    return rows


def stopper(db: ClinicDatabase) -> Callable[[], None]:
    """What stops the connection's long query from any thread; the query raises where it runs."""
    stop: Callable[[], None] = db.connection().interrupt
    return stop


def _answer(db: ClinicDatabase, pragma: str) -> list[tuple[Any, ...]]:
    return list(db.execute_sql(f"PRAGMA {pragma}").fetchall())
