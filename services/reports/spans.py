"""The days a report is about: its usual period, the one before and after, and typed days."""

from __future__ import annotations

from datetime import date

from services.clock import days_between, is_date, plus_days, plus_months
from services.errors import RuleError
from services.gifts.period import friday_of
from services.i18n import tr
from services.reports.sheet import Period

Span = tuple[str, str]

WEEKS = 12
LONGEST = 3660  # days
EARLIEST, LATEST = "2000-01-01", "2100-12-31"  # no record of a clinic lies outside
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7, "friday": 7, "weeks": 7 * WEEKS, "all": LONGEST}


def around(period: Period, day: str) -> Span:
    """The period that `day` lies in; of 'weeks' the twelve weeks that end with its own. A week is
    Monday to Sunday, that of a count Saturday to Friday."""
    if period == "month":
        first = f"{day[:7]}-01"
        return first, plus_days(plus_months(first, 1), -1)
    if period == "year":
        return f"{day[:4]}-01-01", f"{day[:4]}-12-31"
    if period == "week":
        first = plus_days(day, -date.fromisoformat(day).weekday())
        return first, plus_days(first, 6)
    if period == "friday":
        last = friday_of(day)
        return plus_days(last, -6), last
    if period == "weeks":
        last = around("week", day)[1]
        return plus_days(last, 1 - _DAYS["weeks"]), last
    if period == "all":
        return plus_days(day, 1 - LONGEST), day
    return day, day


def usual(period: Period, today: str) -> Span:
    """What a report is about when nobody says: the last full week, weeks or month, else the day or
    the year of today."""
    first, last = around(period, today)
    return (
        shifted(period, (first, last), -1)
        if period in ("week", "weeks", "month")
        else (
            first,
            last,
        )
    )


def shifted(period: Period, span: Span, steps: int) -> Span:
    """So many periods later (or earlier): a month stays a month, other spans keep their length.
    Raises RuleError where there are no records any more."""
    first, last = _bounded(*span)
    if period in _MONTHS and span == around(period, first):
        return _bounded(*around(period, plus_months(first, steps * _MONTHS[period])))
    if period == "weeks":
        return _bounded(plus_days(first, 7 * steps), plus_days(last, 7 * steps))
    days = (days_between(first, last) + 1) * steps
    return _bounded(plus_days(first, days), plus_days(last, days))


def _bounded(first: str, last: str) -> Span:
    """The same days. Raises RuleError for years in which no clinic has records."""
    if first < EARLIEST or last > LATEST:
        sentence = tr("报表的日期须在 {first} 到 {last} 之间，请改日期。")
        raise RuleError(sentence.format(first=EARLIEST, last=LATEST))
    return first, last


def typed(period: Period, today: str, first: str | None, last: str | None) -> Span:
    """The days as typed; what is missing comes from the usual period. Raises RuleError for what is
    no day, a year no clinic knows, a last day before the first, a first day in the future, more
    than ten years."""
    for day in (first, last):
        if day is not None and not is_date(day):
            raise RuleError(tr("日期请写成 年-月-日，例如 2026-11-20。"))
        if day is not None:
            _bounded(day, day)
    if first is None and last is None:
        return usual(period, today)
    if first is None and last is not None:
        first = around(period, last)[0]
    elif last is None and first is not None:
        last = max(first, min(_end(period, first), max(around(period, today)[1], first)))
    assert first is not None
    assert last is not None
    return checked(today, first, last)


def checked(today: str, first: str, last: str) -> Span:
    """The same days. Raises RuleError when they make no period."""
    _bounded(first, last)
    if first > last:
        raise RuleError(tr("结束日期早于开始日期，请把两个日期对调。"))
    if first > today:
        raise RuleError(tr("开始日期在今天以后，还没有可统计的记录。请改早一些。"))
    if days_between(first, last) >= LONGEST:
        raise RuleError(tr("一次最多统计十年，请缩短时间段。"))
    return first, last


def _end(period: Period, first: str) -> str:
    """The last day of a period that begins with `first`."""
    if period in _MONTHS:
        return plus_days(plus_months(first, _MONTHS[period]), -1)
    return plus_days(first, _DAYS[period] - 1)
