"""走势: the weeks side by side, to look at (screens.md, plots)."""

from __future__ import annotations

from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.desk import Visit
from models.followup import FollowupTask
from models.gifts import GiftIssue
from models.ledgers import MoneyEvent
from models.people import Membership
from services.clock import plus_days
from services.i18n import tr
from services.reports.call_rates import counted
from services.reports.movements import members_sheet
from services.reports.names import day
from services.reports.points import moved
from services.reports.posted import Posted, ids, posted
from services.reports.sheet import Ask, Chart, Column, Row, Sheet
from services.reports.spans import around


def trends(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Points in and out, gifts, visits, calls, members and money by week; the tier pyramid."""
    rows = [_week(db, first, last) for first, last in _weeks(ask)]
    labels = tuple(str(row[0])[5:] for row in rows)

    def chart(title: str, *columns: int) -> Chart:
        series = tuple((_headers()[at], tuple(int(str(row[at])) for row in rows)) for at in columns)
        return Chart(title, labels, series)

    return (
        _sheet(tr("积分"), rows, (1, 2), chart(tr("每周积分增减"), 1, 2)),
        _sheet(tr("礼品"), rows, (3,), chart(tr("每周发放礼品"), 3)),
        _sheet(tr("到诊"), rows, (4,), chart(tr("每周到诊"), 4)),
        _sheet(
            tr("回访完成"),
            rows,
            (5, 6),
            chart(tr("每周回访应做与完成"), 5, 6),
            rate=True,
        ),
        _sheet(tr("新会员与收款"), rows, (7, 8), chart(tr("每周新会员"), 7)),
        members_sheet(db, posted(db, ask.first, ask.last)),
    )


def _headers() -> tuple[str, ...]:
    return (
        tr("周一"),
        tr("积分增加"),
        tr("积分减少"),
        tr("礼品发放"),
        tr("到诊人次"),
        tr("回访应做"),
        tr("回访完成"),
        tr("新会员"),
        tr("实收(元)"),
    )


def _sheet(
    name: str, rows: list[Row], columns: tuple[int, ...], chart: Chart, *, rate: bool = False
) -> Sheet:
    headers = _headers()
    made = [Column(headers[0], 14, "date")]
    for at in columns:
        made.append(Column(headers[at], 14, "money" if at == 8 else "int", "sum"))
    if rate:
        made.append(Column(tr("完成率"), 12, "rate", share=(3, 2)))
    end: Row = (None,) if rate else ()
    picked = [(row[0], *(row[at] for at in columns), *end) for row in rows]
    return Sheet(name, tuple(made), picked, chart=chart)


def _weeks(ask: Ask) -> list[tuple[str, str]]:
    """The weeks the days lie in, the first and the last cut to them."""
    found, first = [], ask.first
    while first <= ask.last:
        last = min(around("week", first)[1], ask.last)
        found.append((first, last))
        first = plus_days(last, 1)
    return found


def _week(db: ClinicDatabase, first: str, last: str) -> Row:
    span = posted(db, first, last)
    moves = moved(db, span).values()
    gained = sum(each["gained"] + each["back"] for each in moves)
    spent = sum(each["redeemed"] + each["expired"] + each["taken"] for each in moves)
    due, done = _calls(db, first, last)
    return (
        day(first),
        gained,
        spent,
        _sum(db, GiftIssue.select(fn.SUM(GiftIssue.quantity)).where(span.rows(GiftIssue.seq))),
        _visits(db, first, last),
        due,
        done,
        _joined(db, span),
        _received(db, span),
    )


def _calls(db: ClinicDatabase, first: str, last: str) -> tuple[int, int]:
    done = fn.SUM(FollowupTask.state == "done")
    row = db.row(
        FollowupTask.select(fn.COUNT(FollowupTask.id), done).where(
            (FollowupTask.due_on >= first) & (FollowupTask.due_on <= last) & counted()
        )
    )
    assert row is not None  # a count has a row
    return int(row[0]), int(row[1] or 0)


def _visits(db: ClinicDatabase, first: str, last: str) -> int:
    came = (Visit.visit_date >= first) & (Visit.visit_date <= last)
    stayed = Visit.state.not_in(("expected", "no_show"))
    return _sum(db, Visit.select(fn.COUNT(Visit.id)).where(came & stayed))


def _joined(db: ClinicDatabase, span: Posted) -> int:
    new = span.rows(Membership.seq) & (Membership.basis != "opening")
    return _sum(db, Membership.select(fn.COUNT(Membership.id)).where(new))


def _received(db: ClinicDatabase, span: Posted) -> int:
    inside = ids(db, MoneyEvent, span).rows(MoneyEvent.id)
    return _sum(db, MoneyEvent.select(fn.SUM(MoneyEvent.amount_fen)).where(inside))


def _sum(db: ClinicDatabase, query: Any) -> int:
    return int(db.scalar(query) or 0)
