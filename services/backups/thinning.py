"""Which backups are kept: a pure function of when they were made.

All of today and yesterday, the newest of each of 14 days, of 8 weeks and of 12 months, and always
the newest. Nothing is thinned for a week after a restore or a failed check: the copy somebody
needs then may be any of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.clock import days_between

DAYS, WEEKS, MONTHS = 14, 8, 12
PAUSE_DAYS = 7


@dataclass(frozen=True)
class Made:
    """A backup, as far as thinning asks: `at` is 'YYYY-MM-DD HH:MM:SS'."""

    name: str
    at: str

    @property
    def day(self) -> str:
        """The day it was made."""
        return self.at[:10]


def keep(backups: Iterable[Made], today: str) -> set[str]:
    """The names of the backups to keep on `today`; days to come count as today."""
    newest_first = sorted(backups, key=lambda each: (each.at, each.name), reverse=True)
    kept = {each.name for each in newest_first[:1]}
    kept |= {each.name for each in newest_first if days_between(each.day, today) <= 1}
    for period, most in ((_day, DAYS), (_week, WEEKS), (_month, MONTHS)):
        newest: dict[str, str] = {}
        for each in newest_first:
            newest.setdefault(period(each.day), each.name)
        kept |= set(list(newest.values())[:most])
    return kept


def paused(today: str, *happened: str) -> bool:
    """Whether thinning waits, because of a restore or a failed check on one of these days."""
    return any(day and days_between(day, today) < PAUSE_DAYS for day in happened)


def _day(day: str) -> str:
    return day


def _week(day: str) -> str:
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02d}"


def _month(day: str) -> str:
    return day[:7]
