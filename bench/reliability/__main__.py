"""`python -m bench.reliability [NAME] [--times N] [--seed S]`: a promise, its figure, its seed.

Without a name every one of them, a line each; `--list` says which promise each is about.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.reliability import (
    canaries,
    device,
    flips,
    full,
    hostile,
    interrupted,
    kills,
    operations,
    powercut,
    record,
    shift,
    strangers,
)
from bench.reliability import desk as desks
from bench.reliability.deeds import DEEDS

FROZEN = Path(__file__).parents[2] / "tests" / "models" / "frozen" / "clinic_v4"

Figures = tuple[str, tuple[str, ...]]  # what was done in words, and what was found wrong


@dataclass(frozen=True)
class Run:
    """A proof of a promise: how often it is usually tried, and what it does."""

    promises: str
    call: Callable[[Path, int, int], Figures]
    times: int
    about: str


def main() -> int:
    """0 when nothing was lost."""
    parser = argparse.ArgumentParser(prog="bench.reliability", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(RUNS))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--times", type=int)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    chosen = parser.parse_args()
    if chosen.list:
        for name, run in RUNS.items():
            print(f"{name:12} {run.promises:12} {run.times:>9,}  {run.about}")
        return 0
    names = [chosen.name] if chosen.name else list(RUNS)
    lost = [_one(name, RUNS[name], chosen.times, chosen.seed) for name in names]
    return 1 if any(lost) else 0


def _one(name: str, run: Run, times: int | None, seed: int) -> int:
    """Run one and say so; answers how many faults it found."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="haochi-reliability-") as folder:
        words, faults = run.call(Path(folder), times or run.times, seed)
    seconds = time.monotonic() - began
    said = f"{len(faults)} faults; seed {seed}; {seconds:.0f} s"
    print(f"{run.promises} {name}: {words}; {said}", flush=True)
    for fault in faults[:20]:
        print(f"  {fault}")
    return len(faults)


def _kills(root: Path, times: int, seed: int) -> Figures:
    done = kills.kill_loop(root, times, seed)
    return f"{done.kills} kills, {done.acknowledged} commits acknowledged", done.faults


def _powercuts(root: Path, times: int, seed: int) -> Figures:
    done = powercut.power_cuts(root, times, seed)
    return f"{done.states} states of {done.acknowledged} commits", done.faults


def _flips(root: Path, times: int, seed: int) -> Figures:
    done = flips.flip_bits(root, times, seed)
    missed = tuple(f"byte {place} was not missed by anybody" for place in done.missed)
    return f"{done.flips} bits flipped", missed


def _backups(root: Path, times: int, seed: int) -> Figures:
    desk, *_ = interrupted.worked_desk(root / "start")
    done = interrupted.interrupt(root, desk, interrupted.backup_action(), times, seed)
    return f"{done.kills} kills in a backup", done.faults


def _restores(root: Path, times: int, seed: int) -> Figures:
    desk, key, name, seq = interrupted.worked_desk(root / "start")
    action = interrupted.restore_action(key, name, seq)
    done = interrupted.interrupt(root, desk, action, times, seed)
    return f"{done.kills} kills in a restore, {done.before} before the swap", done.faults


def _hostile(root: Path, times: int, seed: int) -> Figures:
    done = hostile.feed(root, times, seed)
    figures = f"slowest {done.seconds:.2f} s, most memory {done.megabytes} MB"
    return f"{done.files} hostile files, {figures}", done.faults


def _migrations(root: Path, times: int, seed: int) -> Figures:
    shutil.copytree(FROZEN, root / "start")
    action = interrupted.migration_action()
    done = interrupted.interrupt(root, desks.Desk(root / "start"), action, times, seed)
    return f"{done.kills} kills in a migration", done.faults


def _actions(root: Path, times: int, seed: int) -> Figures:
    faults: list[str] = []
    kills = before = 0
    for number, name in enumerate(interrupted.LONG):
        place = root / str(number)
        desk = interrupted.desk_before(place / "start", name)
        each = max(times // len(interrupted.LONG), 1)
        done = interrupted.interrupt(
            place, desk, interrupted.deeds_action(name), each, seed + number
        )
        kills, before = kills + done.kills, before + done.before
        faults += [f"{name}: {fault}" for fault in done.faults]
    return f"{kills} kills in {', '.join(interrupted.LONG)}; {before} undone", tuple(faults)


def _day(root: Path, times: int, seed: int) -> Figures:
    desk, _ = desks.new_desk(root / "start")
    action = interrupted.deeds_action(*(deed.name for deed in DEEDS))
    done = interrupted.interrupt(root, desk, action, times, seed)
    return f"{done.kills} kills in {len(DEEDS)} actions, each done once in the end", done.faults


def _statements(root: Path, times: int, seed: int) -> Figures:
    done = full.fill_disk(root, times, seed)
    return f"disk full at {done.statements} statements of {done.deeds} actions", done.faults


def _full(root: Path, times: int, seed: int) -> Figures:
    done = device.full_device(root, times, seed)
    return f"disk full {done.times} times in {done.errands} errands", done.faults


def _pulled(root: Path, times: int, seed: int) -> Figures:
    done = device.pulled_stick(root, times, seed)
    return f"stick pulled {done.times} times in {done.errands} errands", done.faults


def _operations(root: Path, times: int, seed: int) -> Figures:
    done = operations.operate(root, times, seed)
    return f"{done.operations:,} operations of {done.kinds} kinds", done.faults


def _rewrites(root: Path, times: int, seed: int) -> Figures:
    done = record.rewrite(root, times, seed)
    return f"{done.tries} statements against rows that only grow", done.faults


def _tamper(root: Path, times: int, seed: int) -> Figures:
    done = record.tamper(root, times, seed)
    return f"{done.tries} tamperings with the audit trail", done.faults


def _strangers(root: Path, times: int, seed: int) -> Figures:
    done = strangers.replace_file(root, times, seed)
    return f"{done.tries} files that are no clinic", done.faults


def _libraries(root: Path, times: int, seed: int) -> Figures:
    done = strangers.judge_libraries(root, times, seed)
    return f"{done.tries} library versions judged", done.faults


def _canaries(root: Path, times: int, seed: int) -> Figures:
    done = canaries.hide(root, times, seed)
    return f"{done.canaries} names, phones, numbers and addresses hidden", done.faults


def _formulas(root: Path, times: int, seed: int) -> Figures:
    done = canaries.probe(root, times, seed)
    return f"{done.canaries} texts that begin like formulas", done.faults


def _shift(root: Path, hours: int, seed: int) -> Figures:
    done = shift.work_a_shift(root, hours, seed)
    memory = f"memory {done.warm_kib:,} to {done.end_kib:,} KiB ({done.growth:+.1%})"
    return f"{hours} hours, {done.actions:,} people served, {memory}", done.faults


RUNS = {
    "kills": Run("P1", _kills, 1000, "kill the program while it posts"),
    "powercuts": Run("P2", _powercuts, 10_000, "cut the power at any write"),
    "operations": Run("P3", _operations, 1_000_000, "random operations on the ledgers"),
    "day": Run("P1 P4", _day, 300, "kill a day's work, then ask for all of it again"),
    "actions": Run("P1 P4", _actions, 500, "kill a Friday, import, cut-over, merge, catch-up"),
    "rewrites": Run("P5", _rewrites, 10_000, "rewrite rows that only grow"),
    "flips": Run("P6", _flips, 10_000, "flip one bit of the file at a time"),
    "strangers": Run("P7", _strangers, 1000, "put another file in the clinic's place"),
    "backups": Run("P8", _backups, 300, "kill a backup"),
    "restores": Run("P9", _restores, 300, "kill a restore"),
    "statements": Run("P10", _statements, 1000, "fill the disk at up to N statements each"),
    "full": Run("P10", _full, 60, "fill the disk at N random bytes of each errand"),
    "pulled": Run("P10", _pulled, 60, "pull the stick at N random bytes of each errand"),
    "migrations": Run("P11", _migrations, 300, "kill a migration"),
    "canaries": Run("P12", _canaries, 1000, "look for people in every file"),
    "tamper": Run("P13", _tamper, 200, "tamper with the audit trail"),
    "formulas": Run("P14", _formulas, 50_000, "write texts that begin like formulas"),
    "hostile": Run("P15", _hostile, 1500, "files of somebody who means harm"),
    "libraries": Run("P16", _libraries, 10_000, "judge versions of the database library"),
    "shift": Run("all day", _shift, 8, "so many hours at the desk, memory flat"),
}

if __name__ == "__main__":
    sys.exit(main())
