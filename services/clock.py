"""The only place that asks what time it is.

Business dates are clinic-local `YYYY-MM-DD` text; instants are UTC text. Everything that needs
the time takes a `Clock`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Tells the business date and the instant."""

    def today(self) -> str:
        """The clinic-local date, 'YYYY-MM-DD'."""

    def now_utc(self) -> str:
        """The instant, 'YYYY-MM-DDTHH:MM:SSZ'."""

    def now_local(self) -> str:
        """The clinic-local wall clock, 'YYYY-MM-DD HH:MM:SS'."""


class SystemClock:
    """The PC's clock."""

    def today(self) -> str:
        return datetime.now().astimezone().date().isoformat()

    def now_utc(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def now_local(self) -> str:
        return datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class ManualClock:
    """A clock that is set by hand: the demo clinic's two years, simulations, tests."""

    day: str
    time: str = "09:00:00"

    def today(self) -> str:
        return self.day

    def now_utc(self) -> str:
        return f"{self.day}T{self.time}Z"

    def now_local(self) -> str:
        return f"{self.day} {self.time}"


def local_text(utc: str) -> str:
    """A stored UTC instant as clinic-local 'YYYY-MM-DD HH:MM'."""
    return datetime.fromisoformat(utc).astimezone().isoformat(" ")[:16]


@lru_cache(maxsize=8192)  # the same few days come again and again
def plus_days(day: str, days: int) -> str:
    """`day` moved by `days`."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


@lru_cache(maxsize=8192)
def plus_months(day: str, months: int) -> str:
    """`day` moved by whole months from the anchor, clamped to the month's end (E26, E58)."""
    start = date.fromisoformat(day)
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(start.day, last)).isoformat()


def days_between(earlier: str, later: str) -> int:
    """Whole days from `earlier` to `later`."""
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def is_moment(text: str) -> bool:
    """Whether `text` is a real wall-clock time written YYYY-MM-DD HH:MM:SS."""
    try:
        return len(text) == 19 and datetime.fromisoformat(text).isoformat(" ") == text
    except ValueError:
        return False


def is_date(text: str) -> bool:
    """Whether `text` is a real date written YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
