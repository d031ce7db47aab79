"""Birthdays as days of a year (E52). Somebody born on 29 February has it on the 28th in a year
without that day. Dates are 'YYYY-MM-DD'."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.clock import days_between, is_date

_LEAP = "02-29"


def in_year(birthday: str, year: int) -> str:
    """The birthday in a year."""
    day = f"{year:04d}-{birthday[5:]}"
    return day if is_date(day) else f"{year:04d}-02-28"


def nearest(
    birthday: str | None, today: str, moved: Mapping[int, str] = MappingProxyType({})
) -> tuple[str, int] | None:
    """The birthday nearest to today and the days until it, negative when it is past; None when
    it is not known. `moved` are the solar days of a lunar one by year (E53)."""
    year = int(today[:4])
    days = [moved.get(y) or (birthday and in_year(birthday, y)) for y in (year - 1, year, year + 1)]
    known = ((day, days_between(today, day)) for day in days if day)
    return min(known, key=lambda found: abs(found[1]), default=None)


def born_on(day: str) -> tuple[str, ...]:
    """The 'MM-DD' whose birthday falls on `day`: two of them on 28 February of most years."""
    month_day = day[5:]
    if month_day == "02-28" and not is_date(f"{day[:4]}-{_LEAP}"):
        return (month_day, _LEAP)
    return (month_day,)


def age_on(birthday: str, day: str) -> int:
    """Whole years from a birthday to a day, both ISO."""
    return int(day[:4]) - int(birthday[:4]) - (day[5:] < birthday[5:])
