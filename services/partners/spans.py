"""The days a statement is about: months, quarters, halves and years of the calendar (R183)."""

from __future__ import annotations

from services.clock import plus_days, plus_months
from services.partners.terms import EACH

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def period_of(rhythm: str, day: str) -> tuple[str, str]:
    """First and last day of the period that `day` lies in; of 'each' the day itself."""
    if rhythm == EACH:
        return day, day
    length = _MONTHS[rhythm]
    month = (int(day[5:7]) - 1) // length * length + 1
    first = f"{day[:4]}-{month:02d}-01"
    return first, plus_days(plus_months(first, length), -1)
