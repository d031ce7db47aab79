"""P5, P13: the record is not rewritten, and where somebody did it all the same, it is named.

Random statements against random append-only rows have to be refused and leave the file as it was;
random tamperings with the audit trail, by somebody who took the triggers away first, have to be
found by `verify`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.reliability.desk import Desk, new_desk, work
from bench.reliability.full import fingerprint
from models.database import ClinicDatabase
from models.errors import ConstraintFault
from services.backups.making import make_backup
from services.clinic import Clinic
from services.verify import verify

RECEIPTS = 12


@dataclass(frozen=True)
class Tried:
    """So many tries, and those that were not stopped or not noticed."""

    tries: int
    faults: tuple[str, ...]


def rewrite(root: Path, times: int, seed: int) -> Tried:
    """P5: try to delete, change or replace `times` random rows of append-only tables."""
    chance = random.Random(seed)
    clinic = _worked(root).open()
    db = clinic.db
    tables = _append_only(db)
    before = fingerprint(db)
    faults = []
    for _ in range(times):
        statement = _against(db, chance, chance.choice(tables))
        try:
            with db.immediate():
                db.execute_sql(statement)
        except ConstraintFault:
            continue
        faults.append(f"went through: {statement[:80]}")
    if fingerprint(db) != before:
        faults.append("a refused statement changed something")
    clinic.close()
    return Tried(times, tuple(faults))


def _append_only(db: ClinicDatabase) -> list[str]:
    """Tables that may neither change nor lose a row, as far as they have rows."""
    names = "SELECT name FROM sqlite_master WHERE type = ? ORDER BY name"
    triggers = {row[0] for row in db.execute_sql(names, ("trigger",)).fetchall()}
    tables = [row[0] for row in db.execute_sql(names, ("table",)).fetchall()]
    kept = [t for t in tables if {f"{t}_no_update", f"{t}_no_delete"} <= triggers]
    return [t for t in kept if db.execute_sql(f'SELECT count(*) FROM "{t}"').fetchone()[0]]


def _against(db: ClinicDatabase, chance: random.Random, table: str) -> str:
    count = db.execute_sql(f'SELECT count(*) FROM "{table}"').fetchone()[0]
    columns = [row[1] for row in db.execute_sql(f'PRAGMA table_info("{table}")').fetchall()]
    sql = db.execute_sql(
        "SELECT sql FROM sqlite_master WHERE name = ?", (f"{table}_no_update",)
    ).fetchone()[0]
    guarded = [each for each in columns if " OF " not in sql or each in sql.split(" ON ")[0]]
    row = f'rowid = (SELECT rowid FROM "{table}" LIMIT 1 OFFSET {chance.randrange(count)})'
    column = chance.choice(guarded)
    return chance.choice(
        (
            f'DELETE FROM "{table}" WHERE {row}',
            f'UPDATE "{table}" SET "{column}" = "{column}" WHERE {row}',
            f'UPDATE OR REPLACE "{table}" SET "{column}" = "{column}" WHERE {row}',
            f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}" WHERE {row}',
        )
    )


def tamper(root: Path, times: int, seed: int) -> Tried:
    """P13: tamper with the audit trail of `times` copies of a clinic, look whether it is named."""
    chance = random.Random(seed)
    start = _worked(root)
    faults = []
    for number in range(times):
        desk = start.copy(root / f"try-{number}")
        clinic = desk.open()
        what = _harm(clinic, chance)
        if not any(fault.code.startswith(("audit.", "anchor.")) for fault in verify(clinic).faults):
            faults.append(f"nobody noticed: {what}")
        clinic.close()
    return Tried(times, tuple(faults))


def _worked(root: Path) -> Desk:
    """A closed clinic with some work in it and a backup of the whole of it."""
    desk, _ = new_desk(root / "clinic")
    clinic = desk.open()
    work(clinic, lambda seq: None, RECEIPTS)
    make_backup(clinic, "bench")
    clinic.close()
    return desk


def _harm(clinic: Clinic, chance: random.Random) -> str:
    """One random change of the trail, triggers off; answers what was done."""
    db = clinic.db
    triggers = db.execute_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    known = triggers.fetchall()
    last = db.execute_sql("SELECT max(seq) FROM audit").fetchone()[0]
    seq = chance.randrange(2, last + 1)
    what = chance.choice(tuple(HARM))
    db.execute_sql("PRAGMA foreign_keys=OFF")
    for name, _ in known:
        db.execute_sql(f'DROP TRIGGER "{name}"')
    db.execute_sql(HARM[what](seq))
    for _, sql in known:
        db.execute_sql(sql)
    db.execute_sql("PRAGMA foreign_keys=ON")
    return f"{what} at {seq} of {last}"


HARM: dict[str, Callable[[int], str]] = {
    "detail": lambda seq: f"UPDATE audit SET detail = '{{\"x\":1}}' WHERE seq = {seq}",
    "actor": lambda seq: f"UPDATE audit SET actor_id = actor_id + 1 WHERE seq = {seq}",
    "time": lambda seq: f"UPDATE audit SET at_utc = '2020-01-01T00:00:00Z' WHERE seq = {seq}",
    "result": lambda seq: f"UPDATE audit SET result = '{{}}' WHERE seq = {seq}",
    "deleted": lambda seq: f"DELETE FROM audit WHERE seq = {seq}",
    "cut off": lambda seq: f"DELETE FROM audit WHERE seq >= {seq}",
    "seal": lambda seq: f"UPDATE audit SET mac = randomblob(32) WHERE seq = {seq}",
}
