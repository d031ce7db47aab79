"""A whole simulation: rows gathered by member, members run one after the other, totals.

A million receipts of 100,000 members take about half a minute. Only the rows are kept for all
members; the working state of a member is gone when the next one begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from services.clock import is_date
from services.collecting import no_collecting
from services.errors import IntegrityAlarm, RuleError
from services.i18n import tr
from services.programmes.gaps import missing
from services.simulation.files import load
from services.simulation.member import Member
from services.simulation.notes import left_out
from services.simulation.outcome import Sums, member_result
from services.simulation.reading import RawRow, read_rows
from services.simulation.refunds import in_order
from services.simulation.result import MemberResult, Simulation
from services.simulation.rows import LAST_DAY, Parser, Row
from services.simulation.scheme import Scheme
from services.simulation.source import Trial

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]
Rejected = list[tuple[int, str]]

_READING = 30  # percent of the time; the rest is the fold
_EVERY = 500  # members


class SimulationCancelled(RuleError):
    """Somebody pressed cancel; there was nothing to take back."""

    def __init__(self) -> None:
        super().__init__(tr("已取消试算。"))


def simulate_file(
    trial: Trial,
    path: Path,
    as_of: str,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Simulation:
    """Run a programme over the events of a .csv or .xlsx file up to the business date `as_of`.

    `progress(percent, 100)` and `cancelled()` are called now and then. Raises RuleError for a
    file or a date that cannot be read, SimulationCancelled when `cancelled()` says so. A single
    bad row never raises: it is answered in `rejected`.
    """
    file = load(path)
    steps = _Steps(progress, cancelled)
    rejected: Rejected = []
    rows = read_rows(file, steps.reading, lambda row, reason: rejected.append((row, reason)))
    found = _simulate(trial, rows, as_of, rejected, steps)
    return replace(found, digest=file.digest)


def simulate(trial: Trial, rows: Iterable[RawRow], as_of: str) -> Simulation:
    """The same for rows that are read already: (row number, values in the order of
    `reading.FIELDS`). Raises RuleError for a date that cannot be read."""
    return _simulate(trial, rows, as_of, [], _Steps(None, None))


class _Steps:
    """Tells how far the work is and stops it when asked to."""

    def __init__(self, progress: Progress | None, cancelled: Cancelled | None) -> None:
        self._progress = progress
        self._cancelled = cancelled

    def reading(self, share: float) -> None:
        self._tell(int(share * _READING))

    def folding(self, done: int, total: int) -> None:
        self._tell(_READING + (100 - _READING) * done // max(total, 1))

    def _tell(self, percent: int) -> None:
        if self._cancelled is not None and self._cancelled():
            raise SimulationCancelled
        if self._progress is not None:
            self._progress(percent, 100)


def _simulate(
    trial: Trial, rows: Iterable[RawRow], as_of: str, rejected: Rejected, steps: _Steps
) -> Simulation:
    """`rejected` may get rows from whoever reads them, meanwhile."""
    if not is_date(as_of) or as_of > LAST_DAY:
        raise RuleError(tr("截止日期请写成 年-月-日，例如 2026-11-20。"))
    programme = trial.programme
    scheme, sums = Scheme(programme), Sums()
    found: list[MemberResult] = []
    with no_collecting():
        histories = _by_member(rows, as_of, rejected)
        steps.folding(0, len(histories))
        for count, (who, events) in enumerate(histories.items(), 1):
            member = _run_member(scheme, events, as_of, rejected)
            events.clear()
            if member is not None:
                found.append(member_result(programme, who, member, as_of))
                sums.add(member, found[-1])
            if not count % _EVERY:
                steps.folding(count, len(histories))
        steps.folding(len(histories), len(histories))
    rejected.sort()
    tiers = dict.fromkeys([*(tier.name for tier in programme.tiers), ""], 0)
    for result in found:
        tiers[result.tier or ""] += 1
    return Simulation(
        programme=programme.name,
        version=trial.version,
        as_of=as_of,
        digest="",
        members=tuple(found),
        tiers=tiers,
        rejected=tuple(rejected),
        missing=missing(programme),
        left_out=left_out(programme),
        totals=sums.totals(programme, len(found)),
    )


def _by_member(rows: Iterable[RawRow], as_of: str, rejected: Rejected) -> dict[str, list[Row]]:
    """Events by member number, members in order of first appearance."""
    parser = Parser(as_of)
    histories: dict[str, list[Row]] = {}
    for row_number, values in rows:
        who = parser.member(values)
        events = histories.get(who)
        if events is None:
            events = histories[who] = []
        try:
            events.append(parser.row(row_number, values))
        except RuleError as refusal:
            if not parser.blank(values):
                rejected.append((row_number, refusal.sentence))
    return histories


def _run_member(scheme: Scheme, events: list[Row], as_of: str, rejected: Rejected) -> Member | None:
    """A member's events, applied in order; None when not one of them could be taken.

    A number that cannot be stops this member and nobody else (E64).
    """
    ordered = in_order(events)
    member = Member(scheme, ordered)
    refused: Rejected = []
    try:
        for row in ordered:
            try:
                member.take(row)
            except RuleError as refusal:
                refused.append((row.number, refusal.sentence))
        member.come_to(as_of)
    except IntegrityAlarm as alarm:
        rejected += [(row.number, alarm.sentence) for row in events]
        return None
    rejected += refused
    return member if member.taken else None
