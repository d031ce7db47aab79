"""`python -m bench`: measure, print one table."""

from __future__ import annotations

import argparse
import faulthandler
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from bench import world
from bench.growth import growth
from bench.measure import Row
from bench.operations import OPERATIONS
from bench.world import SIZES, Size

MODULES = (
    *("ui_cases", "cases", "posting", "sheets", "simulate"),
    *("counts", "day", "stalls", "groups", "bundle"),
)

Case = tuple[str, Callable[[], Iterable[Row]]]


@dataclass(frozen=True)
class Written:
    """What `--json` writes: where this was measured, what could not be, and the table."""

    facts: dict[str, Any]
    failed: list[str]
    rows: list[Row]


def main() -> int:
    """0 when every promise that was measured is met."""
    faulthandler.enable()
    known: dict[str, Callable[[Size], list[Row]]] = {}
    for name in MODULES:
        known |= import_module(f"bench.{name}").CASES
    chosen = _arguments(known)
    size = SIZES[chosen.size]
    rows: list[Row] = []
    failed = []
    if chosen.growth:
        work = _growing(chosen)
    elif len(chosen.only) > 1:
        work = ((name, partial(_apart, name, size)) for name in chosen.only)
    else:
        work = _saying((name, partial(known[name], size)) for name in chosen.only)
    for name, call in work:
        try:
            rows += call()
        except Exception:
            traceback.print_exc()
            failed.append(name)
    print(table(rows))
    for row in rows:
        if row.told:
            print(f"\n{row.what}:", *row.told, sep="\n  ")
    for name in failed:
        print(f"{name}: could not be measured")
    facts = _facts(size)
    print("\n" + ", ".join(f"{name} {value}" for name, value in facts.items()))
    if chosen.json:
        text = msgspec.json.format(msgspec.json.encode(Written(facts, failed, rows)), indent=1)
        chosen.json.write_bytes(text + b"\n")
    return 0 if not failed and all(row.met for row in rows) else 1


def _arguments(known: Iterable[str]) -> Any:
    parser = argparse.ArgumentParser(prog="bench", description="Ratios to a floor.")
    parser.add_argument("--size", choices=list(SIZES), default="normal")
    parser.add_argument("--only", action="append", metavar="NAME", help="may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--growth", action="store_true", help="how cost grows with the clinic")
    parser.add_argument("--huge", action="store_true", help="make the huge clinic for --growth")
    parser.add_argument("--list", action="store_true", help="say what can be measured")
    chosen = parser.parse_args()
    names = list(OPERATIONS if chosen.growth else known)
    if chosen.list:
        print("\n".join(names))
        sys.exit(0)
    for name in chosen.only or ():
        if name not in names:
            parser.error(f"--only {name}: one of {', '.join(names)}")
    chosen.only = chosen.only or names
    return chosen


def _saying(work: Iterable[Case]) -> Iterable[Case]:
    for name, call in work:
        world.say(f"measuring {name} …")
        yield name, call


def _apart(name: str, size: Size) -> Iterable[Row]:
    """Measure in a process of its own: what one case leaves in memory is no part of the next."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "rows.json"
        call = [sys.executable, "-m", "bench", "--size", size.name, "--only", name]
        subprocess.run(
            [*call, "--json", str(answer)], cwd=world.ROOT, stdout=subprocess.DEVNULL, check=False
        )
        written = msgspec.json.decode(answer.read_bytes(), type=Written)
    if written.failed:
        raise RuntimeError(f"{name} failed in its own process")
    return written.rows


def _growing(chosen: Any) -> Iterable[Case]:
    """The huge clinic only where it is there, or asked for."""
    sizes = [SIZES["small"], SIZES["normal"]]
    if chosen.huge or (world.cache() / "huge" / "finished").exists():
        sizes.append(SIZES["huge"])
    yield from _saying((name, partial(growth, sizes, [name])) for name in chosen.only)


def table(rows: list[Row]) -> str:
    """what | ours | floor | ratio | measured | promise | met | note"""
    head = ("what", "ours (least–most)", "floor (least–most)", "ratio", "measured", "promise")
    lines = [(*head, "met", "note")]
    for row in rows:
        ratio = f"{row.ours.median / row.floor.median:.2f}x" if row.floor else "—"
        unit = row.promise.split()[-1]
        measured = ratio if unit.endswith("x") else f"{row.value:,.2f} {unit}"
        lines.append(
            (
                row.what,
                row.ours.text(),
                row.floor.text() if row.floor else "—",
                ratio,
                measured,
                row.promise,
                "yes" if row.met else "NO",
                row.note,
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([text[0], "-" * len(text[0]), *text[1:]])


def _facts(size: Size) -> dict[str, Any]:
    """Where and on what this was measured."""
    from sqlcipher3 import dbapi2

    return {
        "size": f"{size.name} ({size.people:,} people)",
        "commit": _commit(),
        "on": datetime.now(UTC).strftime("%Y-%m-%d"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": dbapi2.sqlite_version,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "pace": f"{_pace():.2f}",
    }


def _commit() -> str:
    """Which program; with a + when it was changed since."""
    call = ["git", "describe", "--always", "--dirty=+", "--abbrev=10"]
    try:
        done = subprocess.run(call, cwd=world.ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def _pace() -> float:
    """How much longer a fixed piece of work takes at most times than at its best: 1 on a machine
    that does nothing else."""
    times = []
    for _ in range(50):
        began = time.thread_time()
        sum(range(100_000))
        times.append(time.thread_time() - began)
    return statistics.median(times) / min(times)


if __name__ == "__main__":
    sys.exit(main())
