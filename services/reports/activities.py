"""活动效果: who came, what it gave and cost, who came to the clinic after it (R012, R095)."""

from __future__ import annotations

from collections.abc import Sequence

from models.database import ClinicDatabase
from services.activities.costs import costs
from services.activities.records import activities
from services.activities.results import AFTER_DAYS, Results, results
from services.activities.words import CANCELLED, PLANNED, kind_title, state_title
from services.i18n import tr
from services.reports.names import day
from services.reports.sheet import Ask, Chart, Column, Row, Sheet, share

CHARTED = 12


def activity_results(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Every activity of the days with its figures, and what was spent on each."""
    found = [
        results(db, row.id)
        for row in activities(db, ask.first, ask.last)
        if row.state not in (PLANNED, CANCELLED)
    ]
    return _overview(found), _costs(db, ask)


def _overview(found: Sequence[Results]) -> Sheet:
    after = tr("{n} 天内来过(位)").format(n=AFTER_DAYS)
    return Sheet(
        tr("活动效果"),
        (
            Column(tr("日期"), 12, "date"),
            Column(tr("活动"), 22, total="count"),
            Column(tr("种类"), 12, detail=True),
            Column(tr("状态"), 12, detail=True),
            Column(tr("邀请未答"), 10, "int", "sum", detail=True),
            Column(tr("到场(位)"), 10, "int", "sum"),
            Column(tr("没来(位)"), 10, "int", "sum"),
            Column(tr("应到(位)"), 10, "int", "sum", adds=(6, 7), detail=True),
            Column(tr("到场率"), 9, "rate", share=(6, 8)),
            Column(tr("含同行(人)"), 11, "int", "sum"),
            Column(tr("现场来的"), 10, "int", "sum", detail=True),
            Column(tr("费用(元)"), 12, "money", "sum"),
            Column(tr("积分"), 9, "int", "sum"),
            Column(tr("积分价值(元)"), 13, "money", "sum", detail=True),
            Column(tr("礼品(件)"), 10, "int", "sum", detail=True),
            Column(tr("礼品价值(元)"), 13, "money", "sum"),
            Column(tr("合计(元)"), 12, "money", "sum", adds=(12, 14, 16)),
            Column(tr("人均(元)"), 10, "money"),
            Column(tr("新客首诊(位)"), 13, "int", "sum"),
            Column(after, 16, "int", "sum"),
        ),
        [_line(each) for each in found],
        notes=(
            tr("到场率 = 到场 ÷ 应到(到场 + 没来)，按顾客算，不含同行；人均按到场人数(含同行)算。"),
            tr("新客首诊：到场的人里，活动当天或以后第一次来院的；数字随以后的到诊增加。"),
        ),
        chart=_chart(found),
    )


def _line(each: Results) -> Row:
    row = each.row
    return (
        day(row.day),
        row.name,
        kind_title(row.kind),
        state_title(row.state),
        row.invited,
        row.attended,
        row.missed,
        row.attended + row.missed,
        share(row.attended, row.attended + row.missed),
        row.present,
        each.walk_ins,
        each.cost_fen,
        each.points,
        each.points_fen,
        each.gifts,
        each.gifts_fen,
        each.total_fen,
        each.per_head_fen,
        each.new_people,
        each.came_after,
    )


def _chart(found: Sequence[Results]) -> Chart | None:
    shown = found[-CHARTED:]
    if not shown:
        return None
    return Chart(
        tr("到场与之后"),
        tuple(each.row.day[5:] for each in shown),
        (
            (tr("到场(位)"), tuple(each.row.attended for each in shown)),
            (tr("之后来院(位)"), tuple(each.came_after for each in shown)),
        ),
    )


def _costs(db: ClinicDatabase, ask: Ask) -> Sheet:
    rows: list[Row] = [
        (day(row.day), row.name, day(cost.occurred_on), cost.what, cost.document, cost.amount_fen)
        for row in activities(db, ask.first, ask.last)
        for cost in reversed(costs(db, row.id))
    ]
    return Sheet(
        tr("活动费用"),
        (
            Column(tr("活动日期"), 12, "date"),
            Column(tr("活动"), 24),
            Column(tr("记账日期"), 12, "date"),
            Column(tr("费用"), 24),
            Column(tr("票据号"), 18),
            Column(tr("金额(元)"), 14, "money", "sum"),
        ),
        rows,
        notes=(tr("负数是冲销；取消的活动也列出已花的费用。"),),
    )
