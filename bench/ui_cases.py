"""What is measured of the window: starting, memory, a keystroke, opening a person."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench import world
from bench.hands import Hands, desk
from bench.measure import ROUNDS, Row, Spread, limit_row, percentile, ratio_row, timed
from bench.operations import people
from bench.world import SIZES, Size


@dataclass(frozen=True)
class Started:
    """One start: seconds to a usable window, the processor's share of them, MiB three seconds
    later, and ours: seconds to the day's board."""

    usable: float
    worked: float
    memory: float
    board: float = 0.0


def start(size: Size) -> list[Row]:
    """Start to a usable window, and memory three seconds later, against the bare window."""
    runs: dict[str, list[Started]] = {"ours": [], "bare": [], "tiny": []}
    with world.copied(size, "start") as place, world.copied(SIZES["tiny"], "tiny") as tiny:
        commands = {"ours": ("ours", str(place)), "bare": ("bare",), "tiny": ("ours", str(tiny))}
        for turn in range(ROUNDS + 1):
            for name, command in commands.items():
                found = _run(*command)
                if turn:  # the first one warms the disk and catches the day up
                    runs[name].append(found)
    spread = {name: Spread.of([run.usable for run in found]) for name, found in runs.items()}
    memory = {name: Spread.of([run.memory for run in found], "MiB") for name, found in runs.items()}
    worked = {name: Spread.of([run.worked for run in found]) for name, found in runs.items()}
    board = Spread.of([run.board for run in runs["ours"]])
    rows = [
        ratio_row(
            f"start to usable window ({size.name})",
            spread["ours"],
            spread["bare"],
            1.6,
            f"processor alone {_ratio(worked, 'bare')}; the day's board after {board.text()}",
        )
    ]
    if size.name != "tiny":
        note = f"flat; processor alone {_ratio(worked, 'tiny')}"
        rows.append(
            ratio_row("start, against 200 people", spread["ours"], spread["tiny"], 1.05, note)
        )
    title = f"memory 3 s after start ({size.name})"
    rows.append(ratio_row(title, memory["ours"], memory["bare"], 1.6))
    return rows


def _ratio(worked: dict[str, Spread], floor: str) -> str:
    """What other people's work on this machine changes least."""
    return f"{worked['ours'].median / worked[floor].median:.2f}x"


def _run(*command: str) -> Started:
    env = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.windows", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
        text=True,
        cwd=world.ROOT,
    )
    assert process.stdout is not None
    at: dict[str, float] = {}
    said = {}
    for line in process.stdout:
        what, _, value = line.strip().partition(" ")
        at[what] = time.perf_counter() - began
        said[what] = value
    if process.wait() or "ready" not in at or "memory" not in said:
        raise RuntimeError(f"{command[0]} did not start")
    board = at.get("board", 0.0)
    return Started(at["ready"], float(said["ready"]), float(said["memory"]), board)


def keys(size: Size) -> list[Row]:
    """A keystroke in the search box until its results are painted; opening a person."""
    strokes: list[float] = []
    opens: dict[str, list[float]] = {}
    with world.copied(size, "keys") as place, desk(place) as hands:
        hands.rest()
        some = people(hands.context.clinic, 60, seed=4)
        box, select = hands.window.header.search, hands.context.current_person.select
        for text in _typed(some):
            box.start()
            box.clear()
            for letter in text:
                strokes.append(timed(partial(_painted, hands, partial(hands.type, letter))))
            box.dismiss()
        for tab in ("points", "gifts", "enrollment", "checkin", "followups"):
            hands.window.show_tab(tab)
            hands.rest()  # its first showing is for `stalls` to tell
            for row in some:
                seconds = timed(partial(_painted, hands, partial(select, row[0])))
                opens.setdefault(tab, []).append(seconds)
    every = [seconds for found in opens.values() for seconds in found]
    stroke, opened = percentile(strokes) * 1e3, percentile(every) * 1e3
    told = tuple(
        f"{tab}: {Spread.of(found).text()}, p99 {percentile(found) * 1e3:.1f} ms"
        for tab, found in opens.items()
    )
    opening = limit_row(f"open a person, p99 ({size.name})", Spread.of(every), opened, 50, "ms")
    return [
        limit_row(f"keystroke to painted, p99 ({size.name})", Spread.of(strokes), stroke, 16, "ms"),
        opening.telling(told),
    ]


def _painted(hands: Hands, call: Callable[[], object]) -> None:
    """Do it and let the window paint it."""
    call()
    hands.app.processEvents()


def _typed(some: list[tuple[Any, ...]]) -> list[str]:
    """Pinyin, the end of a phone, its beginning."""
    texts = [row[3].replace(" ", "")[:6] for row in some[:30]]
    texts += [row[4][-4:] for row in some[30:45] if row[4]]
    return texts + [row[4][:8] for row in some[45:] if row[4]]


CASES: dict[str, Callable[[Size], list[Row]]] = {"start": start, "keys": keys}
