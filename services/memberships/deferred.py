"""Fee income by month: received, earned by the days of the terms, still to be earned (R059).

A month that is over never changes: whatever happens later (a refund, a void, an upgrade, a
leaving) is counted in the month it happens in. Amounts are fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.database import ClinicDatabase
from services.clock import plus_days, plus_months
from services.loyalty.own_timeline import all_joinings
from services.memberships.feebook import FeeBook, FeeEntry
from services.memberships.records import all_fee_entries
from services.programmes.active import known_timeline
from services.programmes.registry import Timeline


@dataclass(frozen=True)
class FeeMonth:
    """Fees of one month 'YYYY-MM': received net of voids and refunds, earned in the month, and
    deferred at its end. `earned_fen` is below zero where more was given back than was unearned."""

    month: str
    received_fen: int
    earned_fen: int
    deferred_fen: int


def months_between(first: str, last: str) -> list[str]:
    """The months 'YYYY-MM' from `first` to `last`, both included."""
    found, day = [], f"{first}-01"
    while day[:7] <= last:
        found.append(day[:7])
        day = plus_months(day, 1)
    return found


def month_end(month: str) -> str:
    """The last day of a month 'YYYY-MM'."""
    return plus_days(plus_months(f"{month}-01", 1), -1)


def fee_months(
    timeline: Timeline, entries: Sequence[FeeEntry], months: Sequence[str]
) -> list[FeeMonth]:
    """One person's fees by month; `months` are consecutive and may begin anywhere.

    Over all months received and earned come to the same (the last day of a term takes the
    remainder), and deferred is what lies between them.
    """
    book, waiting = FeeBook(timeline), list(reversed(entries))
    found: list[FeeMonth] = []
    if not months:
        return found
    received = earned = 0
    for month in (_month_before(months[0]), *months):
        last = month_end(month)
        while waiting and waiting[-1].on <= last:
            book.take(waiting.pop())
        before = (received, earned)
        received, earned = book.received_fen - book.refunded_fen, book.earned(last)
        found.append(FeeMonth(month, received - before[0], earned - before[1], received - earned))
    return found[1:]


def _month_before(month: str) -> str:
    return plus_months(f"{month}-01", -1)[:7]


def fee_income(
    db: ClinicDatabase, programme_id: int, first_month: str, last_month: str
) -> list[FeeMonth]:
    """The fee income of a programme by month, also of one that is out of use by now (S6-06, R059).
    Raises RuleError for a programme nobody signed."""
    timeline = known_timeline(db, programme_id)
    months = months_between(first_month, last_month)
    joined = all_joinings(db, timeline)
    people = (
        fee_months(timeline.for_member(*joined.get(person_id, ())), entries, months)
        for person_id, entries in all_fee_entries(db, programme_id).items()
    )
    return _sum(months, people)


def _sum(months: Sequence[str], people: Iterable[Sequence[FeeMonth]]) -> list[FeeMonth]:
    totals = {month: [0, 0, 0] for month in months}
    for rows in people:
        for row in rows:
            total = totals[row.month]
            total[0] += row.received_fen
            total[1] += row.earned_fen
            total[2] += row.deferred_fen
    return [FeeMonth(month, *totals[month]) for month in months]
