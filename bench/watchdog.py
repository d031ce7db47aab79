"""Sees every stall of an event loop: how long, how much of it was ours, where, doing what.

A timer beats inside the loop. A thread beside it looks at the stack of the window's thread while
a beat is late. What the system took away for other processes does not count: Linux says how long
a thread was ready to run and could not. While the window waits for another thread of ours, that
one's time in the queue does not count either.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

BEAT_MS = 4
LOOK = 0.004  # seconds between two looks at the stack
LATE = 0.015  # a beat this late is worth a look
LEAST = 0.050  # a stall
DEEP, TOLD = 4, 3  # places of a stack, and stacks of a stall that are told
ROOT = str(Path(__file__).resolve().parent.parent) + os.sep
PASSING = (  # they stand on every stack
    *("ui/alerts.py", "models/database.py", "models/query.py", "services/commands.py"),
    "ui/widgets/enter_key.py",
)
TASKS = "/proc/self/task"
OWN = ("ui" + os.sep, "services" + os.sep, "models" + os.sep, "main.py")


@dataclass(frozen=True)
class Stall:
    """Seconds the loop stood: by the clock, without what other processes took, on the processor,
    collecting garbage; and where it was seen, with its part of the looks, the most first."""

    doing: str
    wall: float
    own: float
    cpu: float
    garbage: float
    places: tuple[str, ...]

    def text(self) -> str:
        """One line, and the places below it."""
        garbage = f", garbage {self.garbage * 1e3:.0f}" if self.garbage >= 0.001 else ""
        figures = f"{self.own * 1e3:.0f} ms (wall {self.wall * 1e3:.0f}, cpu {self.cpu * 1e3:.0f}"
        lines = "".join(f"\n      {line}" for line in self.places)
        return f"{figures}{garbage})  {self.doing}{lines}"


class Watchdog:
    """`with Watchdog() as watch: app.exec()`; say in `doing` what is being done."""

    def __init__(self) -> None:
        self.doing = "after signing in"
        self.stalls: list[Stall] = []
        self.beats = 0
        self._main = threading.main_thread().ident or 0
        self._ready = _Waiting()
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._garbage = self._began_garbage = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._timer: Any = None
        self._last = self._cpu = self._waited = self._others = 0.0

    def __enter__(self) -> Watchdog:
        from PySide6.QtCore import Qt, QTimer

        gc.callbacks.append(self._collecting)
        self._mark()
        self._timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()
        self._over.set()
        self._thread.join()
        gc.callbacks.remove(self._collecting)
        self._ready.close()

    def _mark(self) -> None:
        self._last = time.perf_counter()
        self._cpu, self._garbage = time.thread_time(), 0.0
        self._waited, self._others = self._ready.seconds()

    def _beat(self) -> None:
        self.beats += 1
        wall = time.perf_counter() - self._last - BEAT_MS / 1e3
        if wall >= LEAST:
            self._judge(wall)
        self._seen = Counter()
        self._mark()

    def _judge(self, wall: float) -> None:
        cpu = time.thread_time() - self._cpu
        waited, others = self._ready.seconds()
        own = wall - (waited - self._waited)
        away = max(others - self._others, 0.0)  # less when a thread has ended
        own = max(own - away, min(own, cpu))
        if own >= LEAST:
            seen, self._seen = self._seen, Counter()  # the other thread adds to it
            places = tuple(_places(seen))
            self.stalls.append(Stall(self.doing, wall, own, cpu, self._garbage, places))

    def _collecting(self, phase: str, _: dict[str, int]) -> None:
        if threading.get_ident() != self._main:
            return
        if phase == "start":
            self._began_garbage = time.perf_counter()
        else:
            self._garbage += time.perf_counter() - self._began_garbage

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            if time.perf_counter() - self._last > LATE:
                frame = sys._current_frames().get(self._main)
                if frame is not None:
                    self._seen[_lines(frame)] += 1


class _Waiting:
    """How long threads have waited for a processor; 0 where the system does not say."""

    def __init__(self) -> None:
        self._mine = threading.get_native_id()
        self._files: dict[int, int] = {}

    def seconds(self) -> tuple[float, float]:
        """Seconds in the queue: of the thread that made this, and of all others together."""
        try:
            threads = {int(name) for name in os.listdir(TASKS)}
        except OSError:
            return 0.0, 0.0
        for thread in [*self._files]:
            if thread not in threads:
                os.close(self._files.pop(thread))
        mine = others = 0
        for thread in threads:
            waited = self._of(thread)
            if thread == self._mine:
                mine = waited
            else:
                others += waited
        return mine / 1e9, others / 1e9

    def _of(self, thread: int) -> int:
        try:
            if thread not in self._files:
                self._files[thread] = os.open(f"{TASKS}/{thread}/schedstat", os.O_RDONLY)
            return int(os.pread(self._files[thread], 100, 0).split()[1])
        except OSError:  # it has just ended
            return 0

    def close(self) -> None:
        """Close the system's files."""
        while self._files:
            os.close(self._files.popitem()[1])


def _lines(frame: FrameType | None) -> tuple[str, ...]:
    """The program's own places on a stack, innermost first."""
    found: list[str] = []
    while frame is not None and len(found) < DEEP:
        path = frame.f_code.co_filename.removeprefix(ROOT)
        if path.startswith(OWN) and path not in PASSING:
            found.append(f"{path} {frame.f_code.co_name}")
        frame = frame.f_back
    return tuple(found) or ("Qt itself: layout, style, painting",)


def _places(seen: Counter[tuple[str, ...]]) -> Iterator[str]:
    """Where the looks found it, and who had called that."""
    total = seen.total()
    for stack, times in seen.most_common(TOLD):
        yield f"{times / total:4.0%} {' < '.join(stack)}"
