"""Periods in which a benefit may be drawn so many times: calendar, anniversary, birthday.

Grants are rows made from these periods, so that no date arithmetic happens at use time (E43).
Dates are inclusive 'YYYY-MM-DD'.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from services.clock import plus_days, plus_months
from services.programmes.definition import Birthday, Per
from services.programmes.events import Profile

NEVER = "9999-12-31"
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}


class Period(NamedTuple):
    """A period with the label that makes its grants unique; `end` None is open."""

    label: str
    start: str
    end: str | None


@lru_cache(maxsize=8192)
def calendar_period(per: Per, day: str) -> Period:
    """The calendar month, quarter, half-year or year that contains `day`."""
    year, month = day[:4], int(day[5:7])
    months = _MONTHS[per]
    index = (month - 1) // months
    first = index * months + 1
    start = f"{year}-{first:02d}-01"
    end = plus_days(plus_months(start, months), -1)
    label = {"month": f"{year}-{month:02d}", "year": year}.get(
        per, f"{year}{'Q' if per == 'quarter' else 'H'}{index + 1}"
    )
    return Period(label, start, end)


def anniversary_period(per: Per, day: str, anchor: str) -> Period:
    """The period counted from `anchor` that contains `day`, clamped at month ends (E26)."""
    start, end = span_within(anchor, _MONTHS[per], day)
    return Period(start, start, end)


def span_within(anchor: str, months: int, day: str) -> tuple[str, str]:
    """The first and last day of the span of so many months, counted from `anchor`, with `day`."""
    gone = (int(day[:4]) - int(anchor[:4])) * 12 + int(day[5:7]) - int(anchor[5:7])
    index = gone // months
    while plus_months(anchor, index * months) > day:
        index -= 1
    start = plus_months(anchor, index * months)
    return start, plus_days(plus_months(anchor, (index + 1) * months), -1)


def birthday_window(rule: Birthday, profile: Profile, year: int) -> Period | None:
    """The window of the birthday that falls into `year` (C11, E52); None without a birthday.

    The label is the year of the birthday, even where the window crosses New Year.
    """
    day = profile.birthday_in(year)
    if day is None:
        return None
    if rule.window == "month":
        month = calendar_period("month", day)
        return Period(str(year), month.start, month.end)
    days = rule.days if rule.window == "around" else 0
    return Period(str(year), plus_days(day, -days), plus_days(day, days))


def birthday_period(rule: Birthday, profile: Profile, day: str) -> Period | None:
    """The birthday window that contains `day`, or None."""
    for year in (int(day[:4]) - 1, int(day[:4]), int(day[:4]) + 1):
        window = birthday_window(rule, profile, year)
        if window is not None and window.start <= day <= str(window.end):
            return window
    return None


def next_birthday(rule: Birthday, profile: Profile, day: str) -> str:
    """The first day after `day` on which a birthday window opens; NEVER without a birthday."""
    for year in range(int(day[:4]) - 1, int(day[:4]) + 3):  # a lunar one may be in January
        window = birthday_window(rule, profile, year)
        if window is not None and window.start > day:
            return window.start
    return NEVER
