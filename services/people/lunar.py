"""Birthdays kept in the lunar calendar: month, day, leap month, and the solar day of each year.

borax knows the calendar (1900 to 2100); it is loaded when first needed. The solar days are stored
by year, so that lists and grants look them up and never convert (E53).
"""

from __future__ import annotations

from dataclasses import dataclass

from peewee import JOIN

from models.database import ClinicDatabase
from models.people import LunarBirthday, LunarDay, Person
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.history import asks_birthday
from services.loyalty.standing import resettle_person

BEFORE, AHEAD = 1, 2  # years around this one whose solar days are stored

_OF = Prepared(
    lambda: LunarBirthday.select(LunarBirthday.month, LunarBirthday.day, LunarBirthday.leap).where(
        LunarBirthday.person_id == slot("person_id")
    )
)
_DAYS = Prepared(
    lambda: LunarDay.select(LunarDay.year, LunarDay.day).where(
        LunarDay.person_id == slot("person_id")
    )
)


@dataclass(frozen=True)
class LunarDate:
    """A day of the lunar year; `leap`: of the leap month of that number."""

    month: int
    day: int
    leap: bool = False


@dataclass(frozen=True)
class LunarSet:
    """A lunar birthday was set, or cleared."""

    person_id: int
    changes: Changes


def solar_day(lunar: LunarDate, lunar_year: int) -> str:
    """The solar day of a lunar one in a lunar year: a leap month the year does not have is the
    ordinary month of that number, the 30th of a short month its last day (E53)."""
    from borax.calendars.lunardate import LCalendars
    from borax.calendars.lunardate import LunarDate as Day

    leap = int(lunar.leap and LCalendars.leap_month(lunar_year) == lunar.month)
    last = LCalendars.ndays(lunar_year, lunar.month, leap)
    found = Day(lunar_year, lunar.month, min(lunar.day, last), leap).to_solar_date()
    return str(found.isoformat())


def birthday_in(lunar: LunarDate, year: int) -> str:
    """The birthday of a year: the one of the same lunar year, of the twelfth month the one of
    the lunar year before, which falls into the first weeks.

    So every year has exactly one, also where a solar year holds two or none: one of the eleventh
    month may lie in the first days of the next year, one of the twelfth in the last of the year
    before (E52).
    """
    return solar_day(lunar, year - 1 if lunar.month == 12 else year)


def lunar_of(db: ClinicDatabase, person_id: int) -> LunarDate | None:
    """The lunar birthday on record."""
    row = _OF.row(db, person_id=person_id)
    return None if row is None else LunarDate(row[0], row[1], bool(row[2]))


def solar_days(db: ClinicDatabase, person_id: int) -> dict[int, str]:
    """The stored solar days of a lunar birthday by year; empty for others."""
    return {int(year): str(day) for year, day in _DAYS.rows(db, person_id=person_id)}


@command("person.lunar_birthday", entity="person")
def set_lunar_birthday(tx: Tx, *, person_id: int, lunar: LunarDate | None) -> LunarSet:
    """Keep a person's birthday in the lunar calendar, or no longer (None) (E53).

    Gifts and calls follow from now on; a year whose gift was given brings no second one (E54).
    Raises RuleError: no such day, no active person.
    """
    if tx.db.scalar(Person.select(Person.state).where(Person.id == person_id)) != "active":
        raise RuleError(tr("没有找到这个人，请刷新后重试。"))
    if lunar is not None and not (1 <= lunar.month <= 12 and 1 <= lunar.day <= 30):
        raise RuleError(tr("农历生日请填 1 至 12 月、初一至三十(1 至 30)。"))
    before = lunar_of(tx.db, person_id)
    write_lunar(tx, person_id, lunar)
    resettle_person(tx, person_id, asks_birthday)
    tx.about(
        person_id,
        lunar=[
            None if each is None else [each.month, each.day, each.leap] for each in (before, lunar)
        ],
    )
    changes = Changes((Kind.PERSON, Kind.GRANT, Kind.FOLLOWUP), person_id)
    return LunarSet(person_id, changes)


def write_lunar(tx: Tx, person_id: int, lunar: LunarDate | None) -> None:
    """Store a lunar birthday with its solar days; those of years gone by stay as they were. The
    caller settles the person."""
    mine = LunarDay.person_id == person_id
    if lunar is None:
        tx.db.write(LunarDay.delete().where(mine))
        tx.db.write(LunarBirthday.delete().where(LunarBirthday.person_id == person_id))
        return
    values = {"month": lunar.month, "day": lunar.day, "leap": int(lunar.leap), "seq": tx.seq}
    update = LunarBirthday.update(**values).where(LunarBirthday.person_id == person_id)
    if tx.db.write(update) == 0:
        tx.db.insert(LunarBirthday, person_id=person_id, **values)
    year = int(tx.today[:4])
    tx.db.write(LunarDay.delete().where(mine & (LunarDay.year >= year - BEFORE)))
    _store(tx, person_id, lunar, range(year - BEFORE, year + AHEAD + 1))


def _store(tx: Tx, person_id: int, lunar: LunarDate, years: range) -> None:
    known = solar_days(tx.db, person_id)
    for year in years:
        if year not in known:
            tx.db.insert(LunarDay, person_id=person_id, year=year, day=birthday_in(lunar, year))


def top_up_page(tx: Tx, after: int, limit: int) -> tuple[int, int | None]:
    """Store the solar days that a new year asks for, of the next `limit` people after `after`.

    Answers how many people there were and the id to go on after, None after the last.
    """
    year = int(tx.today[:4])
    newest = year + AHEAD
    query = (
        LunarBirthday.select(
            LunarBirthday.person_id, LunarBirthday.month, LunarBirthday.day, LunarBirthday.leap
        )
        .join(
            LunarDay,
            JOIN.LEFT_OUTER,
            on=((LunarDay.person_id == LunarBirthday.person_id) & (LunarDay.year == newest)),
        )
        .where(LunarDay.day.is_null() & (LunarBirthday.person_id > after))
        .order_by(LunarBirthday.person_id)
        .limit(limit)
    )
    rows = tx.db.rows(query)
    for person_id, month, day, leap in rows:
        _store(tx, person_id, LunarDate(month, day, bool(leap)), range(year - BEFORE, newest + 1))
    return len(rows), rows[-1][0] if len(rows) == limit else None
