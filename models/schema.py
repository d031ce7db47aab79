"""Schema versions: numbered SQL scripts, run in order, all or nothing.

A fresh clinic is made by running every script, so a fresh schema and a migrated one are the
same by construction. Scripts never use the live models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sqlcipher3 import dbapi2

from models.database import APPLICATION_ID, ClinicDatabase
from models.errors import Fault, StoreFault

MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def scripts() -> tuple[tuple[int, Path], ...]:
    """The migration scripts as (version, path), ascending and without gaps."""
    found = sorted((int(path.name[:4]), path) for path in MIGRATIONS.glob("[0-9]*.sql"))
    if [number for number, _ in found] != list(range(1, len(found) + 1)):
        raise RuntimeError("migration scripts have gaps")
    return tuple(found)


def latest_version() -> int:
    """The schema version this program writes."""
    return scripts()[-1][0]


def version_of(db: ClinicDatabase) -> int:
    """The schema version of an open file."""
    return int(db.execute_sql("PRAGMA user_version").fetchone()[0])


def check_identity(db: ClinicDatabase) -> None:
    """Refuse a file that is not a clinic (FOREIGN) or was written by a newer program (NEWER)."""
    if int(db.execute_sql("PRAGMA application_id").fetchone()[0]) != APPLICATION_ID:
        raise StoreFault(Fault.FOREIGN, "application_id")
    if version_of(db) > latest_version():
        raise StoreFault(Fault.NEWER, f"schema {version_of(db)} > {latest_version()}")


def migrate(db: ClinicDatabase, version: int | None = None) -> None:
    """Bring the file to the latest schema in one transaction; `user_version` is written last.

    An older `version` makes a file as programs before this one left it, to be tried with.
    """
    current, wanted = version_of(db), version or latest_version()
    if current == wanted:
        return
    with db.immediate():
        for number, path in scripts():
            if current < number <= wanted:
                for statement in statements(path.read_text(encoding="utf-8")):
                    db.execute_sql(statement)
        if current == 0:
            db.execute_sql(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute_sql(f"PRAGMA user_version={wanted}")


def statements(script: str) -> Iterator[str]:
    """The single statements of a script (a trigger body holds semicolons of its own)."""
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if dbapi2.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if re.sub(r"--[^\n]*", "", pending).strip():
        raise RuntimeError("a migration script ends in the middle of a statement")


def schema_text(db: ClinicDatabase) -> dict[str, str]:
    """Normalised CREATE text of every table, index and trigger, by 'type name'."""
    found = db.execute_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {f"{kind} {name}": " ".join(sql.split()) for kind, name, sql in found.fetchall()}


def expected_schema_text() -> dict[str, str]:
    """What `schema_text` must answer for a file at the latest version."""
    memory = dbapi2.connect(":memory:")
    try:
        for _, path in scripts():
            memory.executescript(path.read_text(encoding="utf-8"))
        found = memory.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {f"{kind} {name}": " ".join(sql.split()) for kind, name, sql in found.fetchall()}
    finally:
        memory.close()
