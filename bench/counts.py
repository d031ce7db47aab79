"""Counts, not seconds: an action's statements, work inside them, pages read, bytes left behind.

Counts are the same on every machine. A step is one of SQLite's virtual machine's; pages are those
a new connection reads from the file before it has any of them.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from bench import world
from bench.measure import Row, Spread, limit_row
from bench.operations import OPERATIONS, Operation, people
from bench.world import Size
from models.database import PAGE_BYTES, ClinicDatabase
from services.clinic import Clinic

STEPS = 10  # as fine as steps are counted
WARM, TIMES = 1, 12


@dataclass
class Counted:
    """What a connection was asked while it was watched. Texts hold what people are called: they
    are counted, and shown by their first words only."""

    texts: list[str] = field(default_factory=list)
    steps: int = 0

    @property
    def statements(self) -> int:
        """Statements of ours; a trigger's are its statement's."""
        return len(self.texts)


@contextmanager
def counting(db: ClinicDatabase) -> Iterator[Counted]:
    """Count what this connection does meanwhile."""
    seen = Counted()
    connection = db.connection()

    def trace(text: str) -> None:
        if not text.startswith("--"):
            seen.texts.append(text)

    def step() -> int:
        seen.steps += STEPS
        return 0

    connection.set_trace_callback(trace)
    connection.set_progress_handler(step, STEPS)
    try:
        yield seen
    finally:
        connection.set_trace_callback(None)
        connection.set_progress_handler(None, 0)


# at most so many statements, whatever the size of the clinic
STATEMENTS = {
    "find": 13,
    "strip": 17,
    "grants": 2,
    "foresee": 14,
    "board": 6,
    "due": 16,
    "calls": 40,  # one for each kind of call and tier until the list is full
    "today": 34,
    "post": 40,
    "arrive": 28,
    "hand out": 47,
}


def counts(size: Size) -> list[Row]:
    """Statements of each action against what is written down; steps and pages beside them."""
    rows = []
    with world.copied(size, "counts") as place:
        for name, most in STATEMENTS.items():
            rows.append(_count(OPERATIONS[name], place, most))
    return rows


def _count(operation: Operation, place: Path, most: int) -> Row:
    with world.opened(place, read_only=not operation.writes) as clinic:
        calls = operation.calls(clinic)
        found = counted(clinic.db, calls)
        pages = Spread.of([_pages(clinic.db, call) for call in islice(calls, TIMES)])
    statements = Spread.of([each.statements for each in found], "")
    steps = statistics.median(each.steps for each in found)
    note = f"{steps:,.0f} steps, {pages.median:,.0f} pages when none is kept"
    return limit_row(operation.what, statements, statements.most, most, "statements", note)


def counted(db: ClinicDatabase, calls: Iterator[Callable[[], Any]]) -> list[Counted]:
    """What each of some calls does once the program is warm."""
    for call in islice(calls, WARM):
        call()
    found = []
    for call in islice(calls, TIMES):
        with counting(db) as seen:
            call()
        found.append(seen)
    return found


def _pages(db: ClinicDatabase, call: Callable[[], Any]) -> float:
    """Pages of the file that a call reads when the connection keeps none; 0 where the system
    does not say."""
    db.execute_sql("PRAGMA shrink_memory").fetchall()
    before = _read_bytes()
    call()
    return (_read_bytes() - before) / PAGE_BYTES


def _read_bytes() -> int:
    try:
        text = Path("/proc/self/io").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(text.split("rchar: ")[1].split()[0])


# -- bytes -------------------------------------------------------------------------------------

POSTED = 3000
LARGEST = 400_000_000  # bytes of a file whose tables are looked at one by one


def size_of_receipts(size: Size) -> list[Row]:
    """Bytes that a receipt leaves on disk, by table and index."""
    with world.copied(size, "bytes") as place, world.opened(place, read_only=False) as clinic:
        clinic.db.checkpoint()
        before, few = clinic.db.path.stat().st_size, _packed(clinic)
        _post_many(clinic)
        clinic.db.checkpoint()
        each = (clinic.db.path.stat().st_size - before) / POSTED
        many = _packed(clinic)
    grown = {name: (many[name] - few[name]) / POSTED for name in many}
    largest = sorted(grown.items(), key=lambda each: -each[1])
    told = tuple(f"{weight:7.1f} B  {name}" for name, weight in largest if weight)
    note = f"packed: {sum(grown.values()):,.0f} B" if grown else ""
    spread = Spread(each, each, each, "B")
    row = limit_row(f"bytes on disk per receipt ({size.name})", spread, each, 1000, "B", note)
    return [row.telling(told)]


def _post_many(clinic: Clinic) -> None:
    from services.bulk import bulk
    from services.loyalty.receipts import post_receipt

    dice = random.Random(3)
    ids = [row[0] for row in people(clinic, 2000)]
    with bulk(world.director(clinic).confirming("clock_jump")) as (session,):
        for _ in range(POSTED):
            amount = dice.randint(50, 900) * 100
            post_receipt(session, person_id=dice.choice(ids), amount_fen=amount)


def _packed(clinic: Clinic) -> dict[str, int]:
    """Bytes of each table and index, written anew without gaps, in pages of the file's size.

    The library carries no table of its pages (dbstat), so each is copied and weighed.
    """
    if clinic.db.path.stat().st_size > LARGEST:
        return {}
    connection = dbapi2.connect(":memory:", isolation_level=None)
    key = clinic.file.key.hex()
    connection.execute(f"ATTACH ? AS clinic KEY \"x'{key}'\"", (str(clinic.db.path),))
    weights: dict[str, int] = {}
    query = "SELECT type, name, tbl_name, sql FROM clinic.sqlite_schema WHERE sql IS NOT NULL"
    objects = connection.execute(query).fetchall()
    virtual = [name for _, name, _, sql in objects if sql.startswith("CREATE VIRTUAL")]
    for kind, name, _, sql in objects:
        shadow = any(name.startswith(f"{each}_") for each in virtual)
        if kind != "table" or name in virtual or name.startswith("sqlite_") or shadow:
            continue
        indexes = [(n, s) for k, n, table, s in objects if k == "index" and table == name]
        weights |= _weighed(connection, name, sql, indexes)
    connection.close()
    return weights


def _weighed(
    connection: Any, table: str, sql: str, indexes: list[tuple[str, str]]
) -> dict[str, int]:
    """A table and its indexes, each by the pages it adds to an empty database."""

    def pages() -> int:
        return int(connection.execute("PRAGMA main.page_count").fetchone()[0])

    empty = pages()
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute(sql)
    connection.execute(f'INSERT INTO main."{table}" SELECT * FROM clinic."{table}"')
    weights = {table: (pages() - empty) * PAGE_BYTES}
    for name, text in indexes:
        before = pages()
        connection.execute(text)
        weights[f"{table}.{name}"] = (pages() - before) * PAGE_BYTES
    connection.execute(f'DROP TABLE main."{table}"')
    connection.execute("VACUUM main")
    return weights


CASES: dict[str, Callable[[Size], list[Row]]] = {"counts": counts, "bytes": size_of_receipts}
