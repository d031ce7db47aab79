"""P2: … and a power cut.

A child works at the desk while everything it does to the files is written down. Then the power is
cut at random places of that record: what was flushed is there, of what was not each piece may be
there, missing or torn. Each such folder is opened and asked for everything that had been
acknowledged by then. The same with flushing switched off has to lose something, or the harness
proves nothing.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench.reliability.desk import Desk, losses, new_desk, work
from models.database import ClinicDatabase
from models.errors import StoreFault

SHIM = Path(__file__).with_name("shim.c")
ACKS = "acks"
SECTOR = 512
_HEAD = struct.Struct("<c128sqI")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Op:
    """One thing done to a file: 'w'rite, 't'runcate, 's'ync, 'u'nlink."""

    kind: str
    name: str
    offset: int
    data: bytes


@dataclass
class _File:
    """What is surely on the disk, and what was done since."""

    sure: bytearray = field(default_factory=bytearray)
    since: list[Op] = field(default_factory=list)


@dataclass(frozen=True)
class PowerCuts:
    """So many states, commits acknowledged in the whole record, and what was found wrong."""

    states: int
    acknowledged: int
    faults: tuple[str, ...]


def have_compiler() -> bool:
    """Whether the record can be made here."""
    return sys.platform == "linux" and shutil.which("cc") is not None


def power_cuts(root: Path, states: int, seed: int, *, flush: bool = True) -> PowerCuts:
    """Record some work, cut the power at `states` places of it, look at each."""
    chance = random.Random(seed)
    desk, _ = new_desk(root / "clinic")
    before = {p.name: p.read_bytes() for p in desk.folder.iterdir() if p.is_file()}
    ops = _record(root, desk, commits=60, flush=flush)
    clinic = desk.open()
    key = clinic.file.key
    clinic.close()
    last = 0
    faults = []
    for number in sorted(chance.randrange(1, len(ops) + 1) for _ in range(states)):
        place = root / "state"
        last = _cut(before, ops[:number], place, chance)
        faults += [f"cut at {number}: {each}" for each in _look(place, key, last)]
        shutil.rmtree(place)
    return PowerCuts(states, max((_acked(ops), last)), tuple(faults))


def _record(root: Path, desk: Desk, commits: int, *, flush: bool) -> list[Op]:
    library = root / "shim.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SHIM), "-ldl"], check=True
    )
    trace = root / "trace"
    words = [sys.executable, "-m", "bench.reliability.powercut", str(desk.root), str(commits)]
    subprocess.run(
        [*words, "on" if flush else "off"],
        check=True,
        cwd=ROOT,
        env={
            **os.environ,
            "LD_PRELOAD": str(library),
            "HAOCHI_WATCH": str(desk.folder),
            "HAOCHI_TRACE": str(trace),
        },
    )
    return list(_parse(trace.read_bytes()))


def _parse(text: bytes) -> list[Op]:
    found, at = [], 0
    while at < len(text):
        kind, name, offset, length = _HEAD.unpack_from(text, at)
        at += _HEAD.size
        data = text[at : at + length]
        at += length
        found.append(Op(kind.decode(), name.rstrip(b"\0").decode(), offset, data))
    return found


def _acked(ops: list[Op]) -> int:
    lines = [op.data for op in ops if op.name == ACKS and op.kind == "w"]
    return max((int(line) for line in lines), default=0)


def _cut(before: dict[str, bytes], ops: list[Op], place: Path, chance: random.Random) -> int:
    """The folder after a power cut behind `ops`; answers what had been acknowledged."""
    files = {name: _File(bytearray(data)) for name, data in before.items()}
    for op in ops:
        if op.name == ACKS:
            continue
        if op.kind == "u":
            files.pop(op.name, None)
            continue
        file = files.setdefault(op.name, _File())
        if op.kind == "s":
            for each in file.since:
                _apply(file.sure, each, each.data)
            file.since.clear()
        else:
            file.since.append(op)
    place.mkdir()
    for name, file in files.items():
        _some(file, chance)
        (place / name).write_bytes(file.sure)
    return _acked(ops)


def _some(file: _File, chance: random.Random) -> None:
    """What was not flushed: a part of it, in any order, its last pieces perhaps torn."""
    luck = chance.choice((0.0, 0.3, 0.7, 1.0))
    pending = [op for op in file.since if chance.random() < luck]
    if chance.random() < 0.5:
        chance.shuffle(pending)
    for op in pending:
        data = op.data
        if op.kind == "w" and chance.random() < 0.2:
            data = data[: chance.randrange(0, len(data) // SECTOR + 1) * SECTOR]
        _apply(file.sure, op, data)


def _apply(target: bytearray, op: Op, data: bytes) -> None:
    if op.kind == "t":
        if op.offset < len(target):
            del target[op.offset :]
        else:
            target.extend(bytes(op.offset - len(target)))
        return
    if len(target) < op.offset:
        target.extend(bytes(op.offset - len(target)))
    target[op.offset : op.offset + len(data)] = data


def _look(place: Path, key: bytes, acknowledged: int) -> list[str]:
    db = ClinicDatabase(place / "clinic.db", key)
    try:
        db.open()
        return losses(db, acknowledged)
    except StoreFault as error:
        return [str(error)]
    except Exception as error:  # whatever the library says of such a file is a finding
        return [f"{type(error).__name__}: {error}"]
    finally:
        if not db.is_closed():
            db.close()


def _child(root: Path, commits: int, *, flush: bool) -> None:
    """The work that is written down; the WAL is folded in often, so that cuts fall into it."""
    desk = Desk(root)
    clinic = desk.open()
    clinic.db.execute_sql("PRAGMA wal_autocheckpoint=40")
    if not flush:
        clinic.db.execute_sql("PRAGMA synchronous=OFF")
    acks = os.open(desk.folder / ACKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    work(clinic, lambda seq: os.write(acks, f"{seq}\n".encode()), commits)
    os._exit(0)  # as a power cut ends it: nothing is folded in or closed


if __name__ == "__main__":
    _child(Path(sys.argv[1]), int(sys.argv[2]), flush=sys.argv[3] == "on")
