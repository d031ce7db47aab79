"""P1, P4, P8, P9, P11: a kill at any instant of a long action, a backup, a restore, a migration
leaves old or new.

Each action runs in a child on a fresh copy of a clinic and is killed after a random part of the
time it took uninterrupted; then the folder is looked at as the next start would.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.reliability.deeds import DEEDS, deed, director
from bench.reliability.desk import DIRECTOR, PIN, Desk, disagreements, losses, new_desk, work
from models import schema
from services.backups import manifest, restoring, shelf
from services.backups.making import make_backup
from services.clinic import Clinic
from services.clock import ManualClock
from services.desk.daily import catch_up, needed

RECEIPTS = 40
LATER = "2026-11-21"
DAY = "day"
LONG = ("close a Friday", "import", "cut over", "merge", DAY)


@dataclass(frozen=True)
class Interrupted:
    """So many kills of one action; in how many the action was not done; what was found wrong."""

    kills: int
    before: int
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Action:
    """What is killed: `run` does it to a desk, `faults` says what is wrong afterwards, `done`
    whether it happened. `renames`: it ends with them, and that is where to look."""

    run: Callable[[Desk], None]
    faults: Callable[[Desk], list[str]]
    done: Callable[[Desk], bool]
    renames: bool = True


def interrupt(root: Path, start: Desk, action: Action, times: int, seed: int) -> Interrupted:
    """Kill `action` on `times` fresh copies of `start`."""
    chance = random.Random(seed)
    whole = start.copy(root / "whole")
    began = time.perf_counter()
    _child(lambda: action.run(whole), None)
    length = time.perf_counter() - began
    faults = action.faults(whole)
    if not action.done(whole):
        faults.append("the action did not work when nobody killed it")
    before = 0
    for number in range(times):
        desk = start.copy(root / f"try-{number}")
        # every second kill falls near the end, where the renames are
        late = action.renames and number % 2
        life = chance.uniform(0.75 * length if late else 0, 1.25 * length)
        _child(partial(action.run, desk), life)
        before += not action.done(desk)
        faults += [f"kill {number}: {each}" for each in action.faults(desk)]
        shutil.rmtree(desk.root)
    return Interrupted(times, before, tuple(faults))


def _child(call: Callable[[], None], life: float | None) -> None:
    """Run `call` in a fork; kill it after `life` seconds."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            call()
            code = 0
        finally:
            os._exit(code)
    if life is not None:
        time.sleep(life)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


# -- the actions -------------------------------------------------------------------------------


def backup_action() -> Action:
    """P8: what is listed is whole, and the clinic is as it was."""

    def run(desk: Desk) -> None:
        make_backup(desk.open(), "bench")

    def listed(desk: Desk) -> list[shelf.Backup]:
        return shelf.examine(shelf.folder_of(desk.folder))[0]

    def faults(desk: Desk) -> list[str]:
        found = _sound(desk)
        _, spoilt = shelf.examine(shelf.folder_of(desk.folder))
        found += [f"{each.path.name} is listed as {each.why}" for each in spoilt]
        clinic = desk.open()
        for each in listed(desk):
            copy = desk.root / "copy.db"
            shutil.copy(each.path, copy)
            db = type(clinic.db)(copy, clinic.file.key)
            db.open()
            found += losses(db, each.manifest.seq)
            db.close()
        clinic.close()
        return found

    return Action(run, faults, lambda desk: len(listed(desk)) > 1)


def restore_action(key: bytes, backup_name: str, seq_before: int) -> Action:
    """P9: the clinic as it was, or as it was in the backup; never neither."""

    def run(desk: Desk) -> None:
        path = shelf.folder_of(desk.folder) / backup_name
        made = manifest.read(path)
        assert made is not None
        restoring.restore(
            desk.folder,
            shelf.Backup(path, made),
            key,
            clock=ManualClock(LATER),
            vault=desk.vault,
            name=DIRECTOR,
            pin=PIN,
            holder="bench",
        )

    def done(desk: Desk) -> bool:
        clinic = desk.open(LATER)
        newest = manifest.head(clinic.db)[0]
        clinic.close()
        return newest < seq_before

    return Action(run, lambda desk: _sound(desk, LATER), done)


def migration_action() -> Action:
    """P11: the old schema or the new one, and the old file is kept before anything changes."""

    def run(desk: Desk) -> None:
        desk.open(LATER)

    def faults(desk: Desk) -> list[str]:
        found = _sound(desk, LATER)
        kept = shelf.examine(shelf.folder_of(desk.folder))[0]
        if not any(each.manifest.schema < schema.latest_version() for each in kept):
            found.append("the older file was not kept")
        return found

    def done(desk: Desk) -> bool:
        return True  # opening it to look would migrate it

    return Action(run, faults, done)


def deeds_action(*names: str) -> Action:
    """P1, P4: these of `deeds.DEEDS` one after the other, or the whole catch-up of a 'day': each is
    done or not, and with the same command ids once more each is done once."""

    def do(desk: Desk) -> None:
        clinic = desk.open(LATER)
        for name in names:
            session = director(clinic).once(_op_id(name))
            catch_up(session) if name == DAY else deed(name).do(session)
        clinic.close()

    def undone(desk: Desk) -> list[str]:
        clinic = desk.open(LATER)
        found = [name for name in names if _times(clinic, name) != 1]
        clinic.close()
        return found

    def faults(desk: Desk) -> list[str]:
        clinic = desk.open(LATER)
        found = losses(clinic.db, 0)
        clinic.close()
        do(desk)
        found += [f"{name} is not done once" for name in undone(desk)]
        return found + _sound(desk)

    return Action(do, faults, lambda desk: not undone(desk), renames=False)


def _op_id(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, name)


def _times(clinic: Clinic, name: str) -> int:
    """How often something is on record."""
    if name == DAY:
        return int(not needed(clinic.db, LATER))
    sql = "SELECT count(*) FROM audit WHERE op_id = ?"
    return int(clinic.db.execute_sql(sql, (_op_id(name).bytes,)).fetchone()[0])


def desk_before(root: Path, name: str) -> Desk:
    """A closed clinic in which everything was done that comes before a deed."""
    desk, _ = new_desk(root)
    clinic = desk.open()
    for each in DEEDS:
        if each.name == name:
            break
        each.do(director(clinic))
    clinic.close()
    return desk


def _sound(desk: Desk, day: str = LATER) -> list[str]:
    clinic = desk.open(day)
    found = losses(clinic.db, 0) + disagreements(clinic)
    if schema.version_of(clinic.db) != schema.latest_version():
        found.append("neither the old nor the new schema")
    clinic.close()
    return found


def worked_desk(root: Path) -> tuple[Desk, bytes, str, int]:
    """A closed clinic with a backup in the middle of its work: desk, key, the backup's name, and
    the newest audit number."""
    desk, _ = new_desk(root)
    clinic = desk.open()
    made = make_backup(clinic, "bench")
    assert made is not None
    work(clinic, lambda seq: None, RECEIPTS)
    seq, _mac = manifest.head(clinic.db)
    key = clinic.file.key
    clinic.close()
    return desk, key, made.path.name, seq
