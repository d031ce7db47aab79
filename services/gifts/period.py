"""What a Friday period holds: which week it is, and its figures stored or live.

A period is a span of audit sequence numbers, `from_seq < seq <= cutoff_seq`; it begins where the
last closed one was cut off. Its count moves are written at closing and so carry a later number;
they belong to the period they close, which is why no period ever reads moves of kind 'count':
the opening of a period is simply what was counted at the end of the one before.

    opening(n + 1) = counted(n) = book(n) + its count moves
    level = opening + every move after from_seq that is not a count   (nothing open)

A correction has the span of the close it corrects. Its count moves are what it changed about
that count, so both equations hold for the close that is in force (`stored_periods`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.database import ClinicDatabase
from models.system import Audit
from services.clock import plus_days
from services.commands import head_of_chain
from services.errors import RuleError
from services.gifts.appointment import appointment
from services.gifts.fridays import WEEK, check_week, friday_of
from services.gifts.period_lines import ComparedRow, computed_lines, stored_lines
from services.gifts.stored_periods import (
    OPEN,
    PeriodRow,
    closes_of,
    current,
    cut_off_day,
    cut_off_instant,
    instant_of,
    last_close,
    period,
    periods,
)
from services.i18n import tr

__all__ = [
    "ComparedRow",
    "PeriodRow",
    "PeriodView",
    "check_week",
    "closes_of",
    "computed_lines",
    "current",
    "cut_off_instant",
    "default_week",
    "first_day",
    "friday_of",
    "instant_of",
    "last_close",
    "period",
    "periods",
    "stored_lines",
    "week_view",
]


@dataclass(frozen=True)
class PeriodView:
    """A week for the workbook. `state`: closed, compared, counting, or live (not opened yet).

    `since` and `until` are the local instants of the two cut-offs; None before the first.
    `correcting`: a correction of this closed week is open; until it is closed this one holds.
    """

    week: str
    state: str
    from_seq: int
    cutoff_seq: int
    since: str | None
    until: str | None
    ended_on: str
    row: PeriodRow | None
    lines: tuple[ComparedRow, ...]
    correcting: PeriodRow | None = None

    @property
    def signed(self) -> bool:
        """Whether both signatures are there."""
        return self.state == "closed"


# -- which week ------------------------------------------------------------------------------


def default_week(db: ClinicDatabase, today: str) -> str:
    """The Friday to open for: this week's, but until its day of counting the one before, if nobody
    counted that; it covers all that were missed before it (R144)."""
    ending = friday_of(today)
    missed = plus_days(ending, -WEEK)
    last = last_close(db)
    if today >= appointment(db, ending).day or (last is not None and last.week >= missed):
        return ending
    began = cut_off_day(db, last) if last else first_day(db)
    return missed if began <= missed else ending


def first_day(db: ClinicDatabase) -> str:
    """The business day on which the books begin."""
    return str(db.scalar(Audit.select(Audit.business_date).where(Audit.seq == 1)))


# -- a week as a whole -----------------------------------------------------------------------


def week_view(db: ClinicDatabase, week: str, *, today: str) -> PeriodView:
    """The period of a week, closed or open; live up to now when it was not opened. Writes nothing.

    Before the comparison the counts stay hidden (counting is blind). A closed week stays what it
    is until its correction is closed, too. Raises RuleError: not a Friday, a week to come or from
    before the books begin, or one that was missed and is part of a later period.
    """
    check_week(week, first_day(db))
    known = periods(db, states=("closed", *OPEN))
    correcting = next((row for row in known if row.corrects_id and row.state != "closed"), None)
    row = next((row for row in known if row.week == week and row is not correcting), None)
    if row is not None:
        return _stored_view(db, row, correcting if _is_of(correcting, row) else None)
    later = min((row.week for row in known if row.week > week), default=None)
    if later is not None:
        sentence = tr("{week} 没有单独核对，它并入了 {later} 的核对。请改用 {later}。")
        raise RuleError(sentence.format(week=week, later=later))
    still_open = next((row for row in known if row.state != "closed"), None)
    if still_open is not None:
        sentence = tr("{week} 的核对还没有结账。请先完成它，再看下一周。")
        raise RuleError(sentence.format(week=still_open.week))
    last = known[0] if known else None
    ending = friday_of(today)
    running = plus_days(ending, WEEK) if last is not None and last.week == ending else ending
    if week > running:
        raise RuleError(tr("{week} 这一周还没有到。").format(week=week))
    return _live_view(db, week, last, today)


def _is_of(correcting: PeriodRow | None, row: PeriodRow) -> bool:
    return correcting is not None and correcting.corrects_id == row.id


def _stored_view(db: ClinicDatabase, row: PeriodRow, correcting: PeriodRow | None) -> PeriodView:
    lines = stored_lines(db, row)
    if row.state == "counting":
        lines = [_blind(line) for line in lines]
    return PeriodView(
        row.week,
        row.state,
        row.from_seq,
        row.cutoff_seq,
        cut_off_instant(db, row.from_seq),
        cut_off_instant(db, row.cutoff_seq),
        cut_off_day(db, row),
        row,
        tuple(lines),
        correcting,
    )


def _live_view(db: ClinicDatabase, week: str, last: PeriodRow | None, today: str) -> PeriodView:
    from_seq = last.cutoff_seq if last else 0
    cutoff_seq = head_of_chain(db)[0]
    return PeriodView(
        week,
        "live",
        from_seq,
        cutoff_seq,
        cut_off_instant(db, from_seq),
        instant_of(db, cutoff_seq),
        today,
        None,
        tuple(computed_lines(db, from_seq, cutoff_seq)),
    )


def _blind(line: ComparedRow) -> ComparedRow:
    return replace(line, counted=None, reason="")
