"""The day of the Friday count: a holiday moves it to the last working day before (R144).

The list of days off and of weekend days worked for them is text that the clinic edits, offline;
the program comes with the State Council's list of 2026 and, of 2027, with the days that the law
itself fixes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from models.database import ClinicDatabase
from services.changes import Changes, Kind
from services.clock import days_between, is_date, plus_days
from services.commands import Tx, command, read_setting, write_setting
from services.errors import RuleError
from services.gifts.fridays import SATURDAY, WEEK, friday_of
from services.i18n import tr
from services.setup import SettingChanged

HOLIDAYS = "calendar.holidays"
_LONGEST = 60  # days in one entry
_MOST_LINES = 400
_LINE = re.compile(
    r"(?P<first>\d{4}-\d{1,2}-\d{1,2})\s*(?:(?:至|到|~)\s*(?P<last>\d{4}-\d{1,2}-\d{1,2}))?"
    r"\s*(?P<kind>休|班)\s*(?P<name>.*)"
)
_SHIPPED = Path(__file__).parents[2] / "resources" / "holidays.txt"


@dataclass(frozen=True)
class Appointment:
    """When the week of a Friday is counted; `because` names the holiday that moved it."""

    friday: str
    day: str
    because: str = ""

    @property
    def moved(self) -> bool:
        """Whether it is not on the Friday."""
        return self.day != self.friday


@lru_cache(maxsize=1)
def shipped_calendar() -> str:
    """The list the program comes with."""
    return _SHIPPED.read_text(encoding="utf-8")


def calendar_text(db: ClinicDatabase) -> str:
    """The clinic's list of days off and weekend days worked."""
    return read_setting(db, HOLIDAYS, shipped_calendar())


def appointment(db: ClinicDatabase, friday: str) -> Appointment:
    """The last working day of the week that ends with this Friday; the Friday itself where the
    whole week is off."""
    return appointment_by(calendar_text(db), friday)


def appointment_by(text: str, friday: str) -> Appointment:
    """The same by a list that is not stored yet. Raises RuleError for a line that is wrong."""
    days = _days(text)
    off = days.get(friday)
    if off is None or off[0]:
        return Appointment(friday, friday)
    for back in range(1, WEEK):
        day = plus_days(friday, -back)
        if _works(days, day):
            return Appointment(friday, day, off[1])
    return Appointment(friday, friday)


def is_working_day(db: ClinicDatabase, day: str) -> bool:
    """Whether the clinic's list of days off, and the weekend where it is silent, lets one work."""
    return _works(_days(calendar_text(db)), day)


def moved_appointments(text: str, today: str, weeks: int = 53) -> list[Appointment]:
    """The counts of the weeks to come that a holiday moves. Raises as `appointment_by`."""
    fridays = (plus_days(friday_of(today), WEEK * n) for n in range(weeks))
    return [one for one in (appointment_by(text, friday) for friday in fridays) if one.moved]


def day_off(db: ClinicDatabase, day: str) -> bool | None:
    """Whether the clinic's list calls a day off (True) or a day worked for another (False); None
    for a day it does not name."""
    listed = _days(calendar_text(db)).get(day)
    return None if listed is None else not listed[0]


@command("clinic.calendar", entity="clinic")
def change_calendar(tx: Tx, *, text: str) -> SettingChanged:
    """Store the list, one entry a line. Raises RuleError naming the line that is wrong."""
    days = _days(text)
    write_setting(tx, HOLIDAYS, text.strip() + "\n" if text.strip() else "")
    tx.about(1, days=len(days))
    return SettingChanged(Changes((Kind.SETTING,)))


def _works(days: dict[str, tuple[bool, str]], day: str) -> bool:
    listed = days.get(day)
    return date.fromisoformat(day).weekday() < SATURDAY if listed is None else listed[0]


@lru_cache(maxsize=4)  # the today strip asks every minute
def _days(text: str) -> dict[str, tuple[bool, str]]:
    """Day → (worked, name). Raises RuleError."""
    lines = text.splitlines()
    if len(lines) > _MOST_LINES:
        raise RuleError(tr("节假日表最多 {n} 行，请删去往年的。").format(n=_MOST_LINES))
    found: dict[str, tuple[bool, str]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        for day, works, name in _entry(number, line.strip()):
            if day in found:
                sentence = tr("第 {n} 行：{day} 在前面已经写过，请只留一行。")
                raise RuleError(sentence.format(n=number, day=day))
            found[day] = (works, name)
    return found


def _entry(number: int, line: str) -> Iterator[tuple[str, bool, str]]:
    parts = _LINE.fullmatch(line)
    if parts is None:
        sentence = tr("第 {n} 行看不懂：请写成“2026-10-01 至 2026-10-07 休 国庆节”。")
        raise RuleError(sentence.format(n=number))
    first = _padded(parts["first"])
    last = _padded(parts["last"]) if parts["last"] else first
    for day in (first, last):
        if not is_date(day):
            raise RuleError(tr("第 {n} 行：没有 {day} 这一天。").format(n=number, day=day))
    length = days_between(first, last) + 1
    if not 1 <= length <= _LONGEST:
        sentence = tr("第 {n} 行：结束日须在开始日之后，最多 {most} 天。")
        raise RuleError(sentence.format(n=number, most=_LONGEST))
    works = parts["kind"] == "班"
    name = parts["name"].strip() or (tr("调休上班") if works else tr("放假"))
    for offset in range(length):
        yield plus_days(first, offset), works, name


def _padded(day: str) -> str:
    year, month, number = day.split("-")
    return f"{year}-{month:0>2}-{number:0>2}"
