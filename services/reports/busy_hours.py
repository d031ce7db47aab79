"""When people come: visits by hour of the day and by day of the week, to look at (R046)."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from peewee import fn

from models.checks import stream
from models.database import ClinicDatabase
from models.desk import Visit
from services.clock import local_text, plus_days
from services.i18n import tr
from services.programmes.words import weekday_words
from services.reports.sheet import Ask, Chart, Column, Sheet

WEEKS = 12  # of which a day of the week is told, or a single one would say nothing


def busy_hours(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Who came at which hour of the days asked for, and on which days of the week."""
    return _by_hour(db, ask), _by_weekday(db, ask)


def _came(first: str, last: str) -> Any:
    return (
        (Visit.visit_date >= first)
        & (Visit.visit_date <= last)
        & Visit.state.not_in(("expected", "no_show"))
    )


def _by_hour(db: ClinicDatabase, ask: Ask) -> Sheet:
    visits: Counter[int] = Counter()
    new: Counter[int] = Counter()
    query = Visit.select(Visit.arrived_at, Visit.first_visit).where(_came(ask.first, ask.last))
    for arrived_at, first in stream(db, query):
        hour = int(local_text(arrived_at)[11:13])
        visits[hour] += 1
        new[hour] += first
    hours = range(min(visits), max(visits) + 1) if visits else ()
    chart = Chart(
        tr("各钟点到诊人次"),
        tuple(tr("{n} 点").format(n=hour) for hour in hours),
        (
            (tr("到诊人次"), tuple(visits[hour] for hour in hours)),
            (tr("其中初诊"), tuple(new[hour] for hour in hours)),
        ),
    )
    rows = [(f"{hour:02d}:00—{hour:02d}:59", visits[hour], new[hour]) for hour in hours]
    return Sheet(tr("按钟点"), _columns(tr("到达钟点")), rows, chart=chart)


def _by_weekday(db: ClinicDatabase, ask: Ask) -> Sheet:
    first = min(ask.first, plus_days(ask.last, 1 - 7 * WEEKS))
    visits: Counter[int] = Counter()
    new: Counter[int] = Counter()
    query = (
        Visit.select(Visit.visit_date, fn.COUNT(Visit.id), fn.SUM(Visit.first_visit))
        .where(_came(first, ask.last))
        .group_by(Visit.visit_date)
    )
    for on, count, fresh in db.rows(query):
        weekday = date.fromisoformat(on).isoweekday()
        visits[weekday] += count
        new[weekday] += fresh
    days = range(1, 8) if visits else ()
    names = tuple(weekday_words((day,)) for day in days)
    chart = Chart(
        tr("各星期到诊人次"),
        names,
        (
            (tr("到诊人次"), tuple(visits[day] for day in days)),
            (tr("其中初诊"), tuple(new[day] for day in days)),
        ),
    )
    rows = [(name, visits[day], new[day]) for name, day in zip(names, days, strict=True)]
    note = tr("星期按 {first} 至 {last} 的到诊统计。").format(first=first, last=ask.last)
    return Sheet(tr("按星期"), _columns(tr("星期")), rows, notes=(note,), chart=chart)


def _columns(what: str) -> tuple[Column, ...]:
    return (
        Column(what, 16),
        Column(tr("到诊人次"), 12, "int", "sum"),
        Column(tr("其中初诊"), 12, "int", "sum"),
    )
