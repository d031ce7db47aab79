"""What a report is: sheets of rows with real numbers, told apart from how they are shown.

Money is fen, rates are per mille, days are `date`. A row is a tuple in column order. Names and
phones in rows are masked, except in a list that was released in clear text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from models.database import ClinicDatabase

Kind = Literal["text", "int", "signed", "money", "rate", "date", "moment", "note"]
Total = Literal["", "sum", "count"]
Period = Literal["day", "week", "friday", "month", "year", "weeks", "all"]
Value = str | int | date | datetime | None
Row = tuple[Value, ...]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Column:
    """A column: header, width in half-width characters, what stands in it, how it is totalled.

    `adds`: the numbers (from 1) of the columns this one is the sum of, negative ones taken off.
    `share`: part and whole of a rate; its value is reckoned from these two columns.
    `detail`: left out on the screen, where there is less room than in a file or on paper.
    `once`: the total where the rows of a column add up to more than there is.
    """

    header: str
    width: int
    kind: Kind = "text"
    total: Total = ""
    adds: tuple[int, ...] = ()
    share: tuple[int, int] | None = None
    detail: bool = False
    once: int | None = None


@dataclass(frozen=True)
class Chart:
    """The same figures to look at: a value per label and series."""

    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Sheet:
    """A table of a report. `rows` is read once and may be a generator over the database."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    notes: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True)
class Filters:
    """Whom a list is about: a tier of the main programme by name, a month of birth (1–12), no
    visit for so many months, a saved group and a label by name; '' and 0 for no matter."""

    tier: str = ""
    birthday_month: int = 0
    idle_months: int = 0
    group: str = ""
    label: str = ""


@dataclass(frozen=True)
class Ask:
    """What is asked of a report: the days, both included, and the business date. `clear` is the
    number of the command that released the clear text, 0 for a masked list."""

    first: str
    last: str
    today: str
    filters: Filters = field(default_factory=Filters)
    clear: int = 0


def as_asked(ask: Ask) -> Ask:
    """Just the days that were asked for."""
    return ask


@dataclass(frozen=True)
class Report:
    """A report: its names (`name` on a command line, `title` for people), what it is for, how long
    its usual period is, and the right that reading it takes ('' for everybody). `days` answers
    what is asked with the days that are really told, and refuses what one report cannot tell."""

    name: str
    title: str
    about: str
    period: Period
    sheets: Callable[[ClinicDatabase, Ask], tuple[Sheet, ...]]
    right: str = ""
    filtered: bool = False
    handed_over: bool = False
    makes_calls: bool = False
    days: Callable[[Ask], Ask] = as_asked


def share(part: int, whole: int) -> int | None:
    """Part of a whole in per mille, rounded half up; None of nothing."""
    return None if whole == 0 else (part * 2000 + whole) // (2 * whole)
