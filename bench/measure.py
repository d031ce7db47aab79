"""Taking turns, medians, and one row of the table."""

from __future__ import annotations

import functools
import os
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

ROUNDS = 7


@dataclass(frozen=True)
class Spread:
    """A measured value: median, smallest, largest; seconds unless `unit` says otherwise."""

    median: float
    least: float
    most: float
    unit: str = "s"

    @staticmethod
    def of(values: Sequence[float], unit: str = "s") -> Spread:
        """The spread of these values."""
        return Spread(statistics.median(values), min(values), max(values), unit)

    def text(self) -> str:
        """'1.23 ms (1.10–1.90)'."""
        if self.unit != "s":
            return f"{self.median:,.1f} {self.unit} ({self.least:,.1f}–{self.most:,.1f})"
        scale, name = next(
            (scale, name)
            for scale, name in ((1, "s"), (1e3, "ms"), (1e6, "µs"))
            if self.median * scale >= 1 or name == "µs"
        )
        low, high = self.least * scale, self.most * scale
        return f"{self.median * scale:.2f} {name} ({low:.2f}–{high:.2f})"


@dataclass(frozen=True)
class Row:
    """One line of the table. `value` is what the promise is about: a ratio, or `ours` itself."""

    what: str
    ours: Spread
    floor: Spread | None
    value: float
    promise: str
    met: bool
    note: str = ""
    told: tuple[str, ...] = ()  # lines below the table

    def telling(self, told: tuple[str, ...]) -> Row:
        """The same row with these lines below the table."""
        return replace(self, told=told)


def ratio_row(what: str, ours: Spread, floor: Spread, most: float, note: str = "") -> Row:
    """A row whose promise is a ratio to the floor."""
    value = ours.median / floor.median if floor.median else float("inf")
    return Row(what, ours, floor, value, f"≤ {most:g}x", value <= most, note)


def limit_row(
    what: str,
    ours: Spread,
    value: float,
    most: float,
    unit: str,
    note: str = "",
    floor: Spread | None = None,
) -> Row:
    """A row whose promise is a limit in itself."""
    return Row(what, ours, floor, value, f"≤ {most:g} {unit}", value <= most, note)


def timed(call: Callable[[], object]) -> float:
    """Seconds one call takes, without those in which other processes had the processor."""
    began = time.perf_counter()  # outside: what is lost between two clocks is never our gain
    queued = waited()
    call()
    queued = waited() - queued
    return time.perf_counter() - began - queued


def waited() -> float:
    """Seconds this thread has been ready to run and was not; 0 where the system does not say."""
    file = _queue_of(threading.get_native_id())
    return int(os.pread(file, 100, 0).split()[1]) / 1e9 if file is not None else 0.0


@functools.cache
def _queue_of(thread: int) -> int | None:
    try:
        return os.open(f"/proc/self/task/{thread}/schedstat", os.O_RDONLY)
    except OSError:
        return None


def take_turns(
    ours: Callable[[], float], floor: Callable[[], float], rounds: int = ROUNDS
) -> tuple[Spread, Spread]:
    """Call both in turn, a round for nothing first; each answers its own measure."""
    ours(), floor()
    pairs = [(ours(), floor()) for _ in range(rounds)]
    return Spread.of([a for a, _ in pairs]), Spread.of([b for _, b in pairs])


def percentile(values: Sequence[float], share: float = 0.99) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
