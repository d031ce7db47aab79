"""How cost grows with the clinic: each operation at ten times the people, and again.

What is flat stays within half as much again; what grows does so no faster than its data.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bench import world
from bench.counts import counting
from bench.measure import ROUNDS, Row, Spread, timed
from bench.operations import OPERATIONS, Operation
from bench.world import Size
from services.clinic import Clinic

MOST = 1.5
STEPPED = 10  # calls whose steps are counted


def growth(sizes: Sequence[Size], names: Sequence[str]) -> Iterator[Row]:
    """Rows of these operations over these sizes, smallest first, all sizes taking turns."""
    for name in names:
        operation = OPERATIONS[name]
        with ExitStack() as stack:
            clinics = [stack.enter_context(_clinic(size, operation)) for size in sizes]
            measured = _turns(operation, clinics)
        for (few, less), (many, more) in pairwise(zip(sizes, measured, strict=True)):
            yield _row(operation, (few, many), less, more)


class _clinic:  # noqa: N801 - a context manager, read as a verb
    """A clinic of a size, a copy where the operation writes."""

    def __init__(self, size: Size, operation: Operation) -> None:
        self._stack = ExitStack()
        self._size, self._writes = size, operation.writes

    def __enter__(self) -> Clinic:
        place = world.home(self._size)
        if self._writes:
            place = self._stack.enter_context(world.copied(self._size, f"growth-{self._size.name}"))
        return self._stack.enter_context(world.opened(place, read_only=not self._writes))

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@dataclass(frozen=True)
class Cost:
    """Seconds of a call, the steps of SQLite's machine in it, how much its answer holds."""

    seconds: Spread
    steps: float
    data: float


def _turns(operation: Operation, clinics: list[Clinic]) -> list[Cost]:
    """The cost in each clinic."""
    calls = [operation.calls(clinic) for clinic in clinics]
    for each in calls:
        _round(operation, each)
    rounds = [[_round(operation, each) for each in calls] for _ in range(ROUNDS)]
    spreads = [Spread.of([each[n] for each in rounds]) for n in range(len(calls))]
    costs = []
    for spread, clinic, each in zip(spreads, clinics, calls, strict=True):
        steps, data = [], 1.0
        for _ in range(min(operation.often, STEPPED)):
            with counting(clinic.db) as seen:
                answer = next(each)()
            steps.append(seen.steps)
            data = max(operation.data(answer), 1.0) if operation.data else 1.0
        costs.append(Cost(spread, statistics.median(steps), data))
    return costs


def _round(operation: Operation, calls: Iterator[Callable[[], Any]]) -> float:
    return statistics.median(timed(next(calls)) for _ in range(operation.often))


def _row(operation: Operation, sizes: tuple[Size, Size], less: Cost, more: Cost) -> Row:
    """The factor from one size to the next, beside that of its data."""
    factor = more.seconds.median / less.seconds.median
    data = max(more.data / less.data, 1.0)
    expected = "flat"
    if data > 1.0:
        expected = f"its data: {less.data:,.0f} to {more.data:,.0f}"
    steps = f"steps {less.steps:,.0f} to {more.steps:,.0f}"
    what = f"{operation.what}: {sizes[0].people:,} to {sizes[1].people:,} people"
    most, note = MOST * data, f"{expected}; {steps}"
    promise = f"≤ {most:.3g}x"
    return Row(what, more.seconds, less.seconds, factor, promise, factor <= most, note)
