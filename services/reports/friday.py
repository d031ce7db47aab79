"""周五核对 among the other reports: the week of the last Friday among the days.

As a workbook it is the Friday workbook itself; on paper and as JSON the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from models.database import ClinicDatabase
from services.clinic import Clinic
from services.clock import days_between, plus_days
from services.errors import RuleError
from services.gifts.period import ComparedRow, PeriodView, friday_of, week_view
from services.gifts.stock import place_name
from services.i18n import tr
from services.reports.sheet import Ask, Column, Row, Sheet, Total
from services.workbooks import friday, friday_data, friday_services, friday_unclaimed

NAME = "friday"


def friday_report(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """The sheets of the week's reconciliation. Raises RuleError for a week nobody can count yet."""
    view = week_view(db, week_of(ask), today=ask.today)
    blind = view.state == "counting"  # whoever counts is not to know what to find (E51)
    signers = (tr("市场部"), tr("收费室"), tr("日期"))
    state = tr("核对日 {week}　截止号 {cutoff}　{state}").format(
        week=view.week, cutoff=view.cutoff_seq, state=friday.state_name(view)
    )
    return (
        Sheet(
            friday.STOCK,
            _stock_columns(blind=blind),
            [_stock(line, blind=blind) for line in view.lines],
            notes=(state, tr("正在盲点，比对以后才有账面和差异。")) if blind else (state,),
            signers=signers,
        ),
        *(Sheet(name, columns, rows(db, view)) for name, columns, rows in _lists()),
    )


def write(clinic: Clinic, path: Path, ask: Ask, exported_by: str) -> int:
    """The Friday workbook of the week; answers its rows. Raises as `write_friday`."""
    week = week_of(ask)
    return friday.write_friday(clinic, path, week=week, exported_by=exported_by).rows


def week_of(ask: Ask) -> str:
    """The last Friday among the days; the one that ends their week when there is none."""
    before = friday_of(plus_days(ask.last, -6))
    return before if before >= ask.first else friday_of(ask.last)


def whole_week(ask: Ask) -> Ask:
    """The days of the week that is told, Saturday to Friday. Raises RuleError for more than one."""
    if days_between(ask.first, ask.last) >= 7:
        raise RuleError(tr("周五核对一次只看一周，请选不超过七天。"))
    week = week_of(ask)
    return replace(ask, first=plus_days(week, -6), last=week)


def _stock_columns(*, blind: bool) -> tuple[Column, ...]:
    """While it is being counted there is no book to be the sum of what moved."""
    adds = () if blind else (6, 7, 8, -9, 10, -11, 12)
    total: Total = "" if blind else "sum"
    figures = (tr("期初"), tr("入库"), tr("申领"), tr("发放"), tr("退回"), tr("报损"), tr("调整"))
    return (
        Column(tr("礼品编号"), 10),
        Column(tr("礼品"), 22),
        Column(tr("规格"), 12),
        Column(tr("单位"), 6),
        Column(tr("库位"), 8),
        *(Column(each, 8, "int", total) for each in figures),
        Column(tr("账面"), 8, "int", total, adds=adds),
        Column(tr("实盘"), 8, "int"),
        Column(tr("差异"), 8, "signed"),
        Column(tr("差异原因"), 20),
    )


def _stock(line: ComparedRow, *, blind: bool) -> Row:
    figures = (
        line.opening,
        line.received,
        line.transferred,
        line.issued,
        line.returned,
        line.scrapped,
        line.adjusted,
        line.book,
        line.counted,
        line.difference,
    )
    return (
        line.code,
        line.name,
        line.spec,
        line.unit,
        place_name(line.place),
        *((None for _ in figures) if blind else figures),
        line.reason if line.difference else "",
    )


def _lists() -> tuple[tuple[str, tuple[Column, ...], Any], ...]:
    """The other sheets: name, columns, rows."""
    number, name = Column(tr("会员号"), 12), Column(tr("姓名(遮蔽)"), 11, total="count")
    other, tier = Column(tr("受益人(遮蔽)"), 12), Column(tr("等级"), 13)
    count, staff = Column(tr("数量"), 7, "int", "sum"), Column(tr("经手"), 10)
    issues = (
        Column(tr("日期时间"), 17, "moment"), number, name, tier, Column(tr("依据"), 12),
        Column(tr("礼品"), 22), count, Column(tr("扣分"), 9, "int", "sum"), other,
        Column(tr("领取方式"), 9), staff,
    )  # fmt: skip
    uses = (
        Column(tr("日期"), 12, "date"), number, name, other, Column(tr("项目"), 22), count,
        Column(tr("医生"), 10), Column(tr("免挂号"), 8), Column(tr("状态"), 9),
        Column(tr("划价单号"), 16), Column(tr("成本承担"), 9),
    )  # fmt: skip
    unclaimed = (
        number, name, tier, Column(tr("礼品或项目"), 26), Column(tr("应领日期"), 12, "date"),
        Column(tr("逾期天数"), 9, "int"), Column(tr("最近回访"), 20),
    )  # fmt: skip
    points = (
        Column(tr("礼品"), 28), Column(tr("兑换单数"), 12, "int", "sum"),
        Column(tr("单据扣分合计"), 14, "int", "sum"), Column(tr("流水扣分合计"), 14, "int", "sum"),
        Column(tr("差额"), 12, "signed", "sum", adds=(3, -4)),
    )  # fmt: skip
    joined = (
        number, name, Column(tr("入会日期"), 12, "date"), Column(tr("方案"), 18), tier,
        Column(tr("入会依据"), 10), Column(tr("经办"), 10), Column(tr("核对"), 9, "note"),
    )  # fmt: skip
    return (
        (friday.ISSUES, issues, friday_data.issues),
        (friday.USES, uses, friday_services.uses),
        (friday.UNCLAIMED, unclaimed, friday_unclaimed.unclaimed),
        (friday.POINTS, points, _points),
        (friday.JOINED, joined, friday_data.joined),
    )


def _points(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    for row in cast("Iterator[tuple[str, int, int, int]]", friday_data.points(db, view)):
        yield (*row, row[2] - row[3])
