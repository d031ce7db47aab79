"""P10: the disk is full at any statement of any action: nothing of it is there, and it works as
soon as there is room again.

SQLite rolls back before it says that the disk is full, so that is what happens here as well. The
other harness, `device`, lets the real library meet a full or vanished disk.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from bench.reliability.deeds import DEEDS, Deed, director
from bench.reliability.desk import disagreements, new_desk
from models.database import ClinicDatabase
from services.clinic import Clinic
from services.commands import Session
from services.errors import EnvironmentFault, Fault

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "COMMIT", "BEGIN", "SAVEPOINT", "RELEASE")


@dataclass(frozen=True)
class Filled:
    """So many deeds, full at so many statements in all; what was found wrong."""

    deeds: int
    statements: int
    faults: tuple[str, ...]


class _GivenUp(Exception):
    """The deed was done to count its statements."""


class _Full:
    """Counts what is written over a connection, and says at the Nth that the disk is full."""

    def __init__(self, db: ClinicDatabase, at: int) -> None:
        self._db, self._at = db, at
        self._run, self._many = db.execute_sql, db.insert_many
        self.seen = 0
        self.give_up = False  # what is done is not kept

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """One statement."""
        if sql.lstrip().upper().startswith(_WRITES):
            self._count()
        if sql == "COMMIT" and self.give_up:
            raise _GivenUp
        return self._run(sql, params)

    def insert_many(self, *rows: Any) -> None:
        """Many rows at once."""
        self._count()
        self._many(*rows)

    def _count(self) -> None:
        self.seen += 1
        if self.seen == self._at:
            if self._db.connection().in_transaction:
                self._run("ROLLBACK")
            error = dbapi2.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error


@contextmanager
def full_at(db: ClinicDatabase, at: int) -> Iterator[_Full]:
    """The disk is full at the `at`th writing statement (0: never)."""
    counting = _Full(db, at)
    watched = {"execute_sql": counting.execute_sql, "insert_many": counting.insert_many}
    for name, verb in watched.items():
        setattr(db, name, verb)
    try:
        yield counting
    finally:
        for name in watched:
            delattr(db, name)


def fill_disk(root: Path, times: int, seed: int) -> Filled:
    """Do every deed, each first with a full disk at up to `times` of its statements."""
    chance = random.Random(seed)
    desk, _ = new_desk(root / "clinic")
    clinic = desk.open()
    faults: list[str] = []
    statements = 0
    for deed in DEEDS:
        length = _length(clinic, deed)
        # the first and the commit always
        places = set(chance.sample(range(1, length + 1), min(times, length))) | {1, length}
        for place in sorted(places):
            faults += _fill(clinic, deed, place)
        statements += len(places)
        deed.do(director(clinic))
    faults += disagreements(clinic)
    clinic.close()
    return Filled(len(DEEDS), statements, tuple(faults))


def _length(clinic: Clinic, deed: Deed) -> int:
    """How many statements a deed writes, its commit included; nothing of it is kept."""
    with full_at(clinic.db, 0) as counting:
        counting.give_up = True
        try:
            deed.do(director(clinic))
        except _GivenUp:
            return counting.seen
    raise AssertionError(f"{deed.name} commits nothing")


def _fill(clinic: Clinic, deed: Deed, place: int) -> list[str]:
    before = fingerprint(clinic.db)
    said = _said(clinic.db, director(clinic), deed, place)
    found = [] if said == Fault.DISK_FULL else [f"{deed.name}, statement {place}: {said}"]
    if clinic.db.is_closed() or clinic.db.connection().in_transaction:
        found.append(f"{deed.name}, statement {place}: the connection is no use any more")
    if fingerprint(clinic.db) != before:
        found.append(f"{deed.name}, statement {place}: half of it is there")
    return found


def _said(db: ClinicDatabase, session: Session, deed: Deed, place: int) -> str:
    """The fault a deed ends with, or what else it came to."""
    with full_at(db, place):
        try:
            deed.do(session)
        except EnvironmentFault as error:
            return error.fault
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return "nobody noticed"


def fingerprint(db: ClinicDatabase) -> str:
    """Everything in the file in one number."""
    found = hashlib.sha256()
    names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    for (name,) in db.execute_sql(names).fetchall():
        for row in db.execute_sql(f'SELECT * FROM "{name}"').fetchall():
            found.update(repr((name, row)).encode())
    return found.hexdigest()
