"""Posting: a receipt with all its consequences against the same rows written raw."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import floors, world
from bench.growth import growth
from bench.measure import ROUNDS, Row, Spread, ratio_row, timed
from bench.operations import OPERATIONS
from bench.world import SIZES, Size
from services.clinic import Clinic

MIRRORED = (
    *("receipt", "money_event", "points_entry", "points_allocation"),
    *("tier_event", "tier_notice", "entitlement_grant", "followup_task", "audit"),
)
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|REPLACE INTO|DELETE FROM) "?(\w+)')


def post(size: Size) -> list[Row]:
    """A receipt with all its consequences, durable, against the same rows written raw; flat in
    the size of the clinic."""
    with world.copied(size, "post") as place, world.copied(size, "floor") as other:
        ours, floor = _post_against_raw(place, other)
    rows = [ratio_row(f"post a receipt ({size.name})", ours, floor, 5)]
    if size.people > SIZES["small"].people:
        rows += growth((SIZES["small"], size), ["post"])
    return rows


def _post_against_raw(place: Path, other: Path) -> tuple[Spread, Spread]:
    from services.desk.daily import catch_up

    with (
        world.opened(other, read_only=False) as twin,
        world.opened(place, read_only=False) as clinic,
    ):
        catch_up(world.director(twin).confirming("clock_jump"))
        calls = OPERATIONS["post"].calls(clinic)
        first = next(calls)  # the day is caught up with, as the twin's
        mirror = _Mirror(clinic, twin)
        mirror.check(first)
        pairs = []
        for _ in range(40 * ROUNDS):
            mine = timed(next(calls))
            pairs.append((mine, mirror.write()))
        mirror.close()
    return Spread.of([a for a, _ in pairs[40:]]), Spread.of([b for _, b in pairs[40:]])


class _Mirror:
    """Writes what the newest command wrote into a twin of the clinic, raw, in one commit."""

    def __init__(self, clinic: Clinic, twin: Clinic) -> None:
        self._clinic = clinic
        self._reader = floors.raw(clinic)
        self._writer = floors.raw(twin)
        self._last = {table: self._newest(table) for table in MIRRORED}

    def _newest(self, table: str) -> int:
        return int(self._reader.execute(f"SELECT MAX(rowid) FROM {table}").fetchone()[0] or 0)

    def check(self, post: Callable[[], object]) -> None:
        """Both files are copies that did the same day's work, so their audit heads agree; and
        posting writes to no table that the mirror does not know."""
        query = "SELECT MAX(seq) FROM audit"
        heads = [c.execute(query).fetchone()[0] for c in (self._reader, self._writer)]
        if heads[0] != heads[1]:
            raise RuntimeError(f"the twins differ: {heads}")
        seen: list[str] = []
        connection = self._clinic.db.connection()
        connection.set_trace_callback(seen.append)
        post()
        connection.set_trace_callback(None)
        written = {found[1] for text in seen if (found := _WRITES.match(text))}
        if unknown := written - {*MIRRORED, "standing", "person"}:
            raise RuntimeError(f"posting writes to {unknown} as well")
        self.write()

    def write(self) -> float:
        """Seconds the raw commit took."""
        statements = list(self._statements())
        write = self._writer.execute

        def commit() -> None:
            write("BEGIN IMMEDIATE")
            for sql, values in statements:
                write(sql, values)
            write("COMMIT")

        return timed(commit)

    def _statements(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        read = self._reader.execute
        people = set()
        for table in MIRRORED:
            query = f"SELECT * FROM {table} WHERE rowid > ?"
            for row in read(query, (self._last[table],)).fetchall():
                self._last[table] = row[0]
                if table == "money_event":
                    people.add(row[2])
                yield f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row
        for person in people:
            row = read("SELECT * FROM standing WHERE person_id = ?", (person,)).fetchone()
            marks = ", ".join("?" * len(row))
            yield f"INSERT OR REPLACE INTO standing VALUES ({marks})", row
            last = read("SELECT last_visit_on FROM person WHERE id = ?", (person,)).fetchone()
            yield "UPDATE person SET last_visit_on = ? WHERE id = ?", (last[0], person)

    def close(self) -> None:
        """Close both connections."""
        self._reader.close()
        self._writer.close()


CASES: dict[str, Callable[[Size], list[Row]]] = {"post": post}
