"""When a duty comes round: the cycle a day lies in, its due day, the one before and after.

A cycle is told apart by its key for ever: '2026-11-20', '2026-W47', '2026-11', '2026-Q4',
'2026-H2', '2026', 's7' (about the member of staff 7), 'once'. The due day follows from the duty as
it is now; moving it never makes a cycle anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.database import ClinicDatabase
from services.clock import plus_days, plus_months
from services.duties.records import DutyRecord
from services.gifts.appointment import appointment, day_off
from services.i18n import tr

FRIDAY_ASK = "friday"
STAFF_RHYTHM = "staff"
ONCE = "once"
PERIODIC = ("day", "week", "month", "quarter", "half", "year")
SINGLE = (STAFF_RHYTHM, ONCE)
RHYTHMS = (*PERIODIC, *SINGLE)
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_FRIDAY = 4


@dataclass(frozen=True)
class Cycle:
    """One turn of a duty: the days it is about and the day by which it is to be done. `counts` is
    False for a day on which nobody works."""

    key: str
    first: str
    last: str
    due: str
    counts: bool = True


def cycle_at(db: ClinicDatabase, duty: DutyRecord, day: str) -> Cycle:
    """The turn of a duty that comes round in which `day` lies."""
    if duty.rhythm == "day":
        return Cycle(day, day, day, day, _works(db, day, duty.day))
    if duty.rhythm == "week":
        return _week(db, duty, day)
    length = MONTHS[duty.rhythm]
    year, number = int(day[:4]), (int(day[5:7]) - 1) // length
    first = f"{year:04}-{number * length + 1:02}-01"
    last = plus_days(plus_months(first, length), -1)
    month = plus_months(first, max(duty.month, 1) - 1)
    due = min(plus_days(month, duty.day - 1), plus_days(plus_months(month, 1), -1))
    key = {
        "month": first[:7],
        "quarter": f"{year:04}-Q{number + 1}",
        "half": f"{year:04}-H{number + 1}",
        "year": f"{year:04}",
    }[duty.rhythm]
    return Cycle(key, first, last, due)


def _week(db: ClinicDatabase, duty: DutyRecord, day: str) -> Cycle:
    year, week, weekday = date.fromisoformat(day).isocalendar()
    monday = plus_days(day, 1 - weekday)
    due = plus_days(monday, duty.day - 1)
    if duty.ask == FRIDAY_ASK:
        due = appointment(db, plus_days(monday, _FRIDAY)).day
    return Cycle(f"{year:04}-W{week:02}", monday, plus_days(monday, 6), due)


def _works(db: ClinicDatabase, day: str, days_a_week: int) -> bool:
    off = day_off(db, day)
    return date.fromisoformat(day).weekday() < days_a_week if off is None else not off


def cycle_of(db: ClinicDatabase, duty: DutyRecord, key: str) -> Cycle:
    """The turn of a duty that comes round with this key."""
    year, _, part = key.partition("-")
    if part.startswith("W"):
        first = date.fromisocalendar(int(year), int(part[1:]), 1).isoformat()
    elif part[:1] in ("Q", "H"):
        length = MONTHS["quarter" if part.startswith("Q") else "half"]
        first = f"{year}-{(int(part[1:]) - 1) * length + 1:02}-01"
    else:
        first = f"{key}-01-01"[:10]  # a day, a month or a year
    return cycle_at(db, duty, first)


def before(db: ClinicDatabase, duty: DutyRecord, cycle: Cycle) -> Cycle:
    """The turn before."""
    return cycle_at(db, duty, plus_days(cycle.first, -1))


def after(db: ClinicDatabase, duty: DutyRecord, cycle: Cycle) -> Cycle:
    """The turn after."""
    return cycle_at(db, duty, plus_days(cycle.last, 1))


def single(duty: DutyRecord, came_on: str = "", staff_id: int = 0) -> Cycle:
    """The only turn there is: about somebody who came on a day, or of a duty that comes once."""
    first = max(came_on, duty.from_on)
    return Cycle(f"s{staff_id}" if staff_id else ONCE, first, first, plus_days(first, duty.day))


def staff_of(key: str) -> int | None:
    """The member of staff a turn is about; None for days and for what comes once."""
    return int(key[1:]) if key[:1] == "s" and key[1:].isdigit() else None


def cycle_words(key: str) -> str:
    """A turn as the desk calls it; '' for one that is told by a name."""
    year, _, part = key.partition("-")
    if key == ONCE or staff_of(key) is not None:
        return ""
    if not part:
        return tr("{year}年").format(year=year)
    if part.startswith("W"):
        monday = date.fromisocalendar(int(year), int(part[1:]), 1)
        first, last = monday.isoformat(), plus_days(monday.isoformat(), 6)
        return tr("{first} 至 {last}").format(first=first[5:], last=last[5:])
    if part.startswith("Q"):
        return tr("{year}年第{n}季度").format(year=year, n=part[1:])
    if part.startswith("H"):
        return (tr("{year}年上半年") if part == "H1" else tr("{year}年下半年")).format(year=year)
    month, _, day = part.partition("-")
    if day:
        return key
    return tr("{year}年{n}月").format(year=year, n=int(month))


def rhythm_words(duty: DutyRecord) -> str:
    """When a duty is due, in words."""
    if duty.rhythm == "day":
        return {5: tr("周一至周五"), 6: tr("周一至周六"), 7: tr("每天")}[duty.day]
    if duty.rhythm == "week":
        words = tr("每周{day}(节假日提前)") if duty.ask == FRIDAY_ASK else tr("每周{day}")
        return words.format(day=weekday_words(duty.day))
    if duty.rhythm == STAFF_RHYTHM:
        return tr("员工到岗后 {n} 天内").format(n=duty.day)
    if duty.rhythm == ONCE:
        return tr("一次，{day} 前").format(day=plus_days(duty.from_on, duty.day))
    words = {
        "month": tr("每月{day}日"),
        "quarter": tr("每季度第{month}个月{day}日"),
        "half": tr("每半年第{month}个月{day}日"),
        "year": tr("每年{month}月{day}日"),
    }[duty.rhythm]
    return words.format(month=max(duty.month, 1), day=duty.day)


def weekday_words(day: int) -> str:
    """A day of the week, 1 for Monday."""
    return (
        *(tr("一"), tr("二"), tr("三"), tr("四"), tr("五"), tr("六"), tr("日")),
    )[day - 1]  # fmt: skip


def rhythm_title(rhythm: str) -> str:
    """What a rhythm is called."""
    return {
        "day": tr("每天"),
        "week": tr("每周"),
        "month": tr("每月"),
        "quarter": tr("每季度"),
        "half": tr("每半年"),
        "year": tr("每年"),
        STAFF_RHYTHM: tr("每位员工一次"),
        ONCE: tr("只有一次"),
    }[rhythm]
