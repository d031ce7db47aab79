"""历史: closed weeks with what was short, and their workbooks again."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.gifts.reconciliation import ClosedWeek, history
from services.i18n import tr
from services.money import yuan
from ui.context import UiContext
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.friday_export import FridayExport

WEEKS = 104


class HistoryPage(QWidget):
    """Weeks at the left, the shrinkage of one at the right; Enter saves its workbook again."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("历史"))
        self.title = label("", "subheading")
        self.weeks = weeks_table(context.settings)
        self.lost_title = label("", "muted")
        self.lost = lost_table(context.settings)
        self.export = FridayExport(context)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(GAP)
        left.addWidget(self.title)
        left.addWidget(self.weeks, 1)
        left.addWidget(self.export)
        right.addWidget(self.lost_title)
        right.addWidget(self.lost, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 3)
        row.addLayout(right, 2)
        self.weeks.activated_row.connect(self._export)
        self.weeks.current_row_changed.connect(self._show_week)

    def refresh(self) -> None:
        """Read the closed weeks again."""
        rows = history(self.context.db, WEEKS)
        self.weeks.set_rows(rows)
        self.weeks.select_first()
        self.title.setText(tr("已结账的核对({n} 周)。Enter 重新导出。").format(n=len(rows)))
        self._show_week(self.weeks.current_row())

    def first_focus(self) -> QWidget:
        """The list of weeks."""
        self.weeks.select_first()
        return self.weeks

    def _show_week(self, row: ClosedWeek | None) -> None:
        self.export.set_week(row.period.week if row is not None else "")
        self.lost.set_rows(row.shrinkage if row is not None else [])
        self.lost_title.setText(
            tr("{week} 的差异").format(week=row.period.week) if row is not None else ""
        )

    def _export(self, row: ClosedWeek) -> None:
        self._show_week(row)
        self.export.ask()


def _lost_fen(row: ClosedWeek) -> int:
    return sum(gift.cost_fen for gift in row.shrinkage)


def weeks_table(settings: QSettings) -> Table:
    """Closed weeks, newest first."""
    columns = [
        Column(tr("核对日"), lambda r: r.period.week, width=112),
        Column(tr("结账"), lambda r: r.period.closed_on or "", width=112),
        Column(tr("市场部"), lambda r: r.period.marketing_signer or "", width=104),
        Column(tr("收费室"), lambda r: r.period.billing_signer or "", width=104),
        Column(tr("差异"), _result, sort=lambda r: len(r.shrinkage), width=144, tone=_tone),
        Column(
            tr("盈亏金额(元)"),
            lambda r: yuan(_lost_fen(r)) if r.shrinkage else "0",
            sort=_lost_fen,
            align="right",
            width=112,
        ),
    ]
    return Table(
        "friday_weeks",
        columns,
        settings,
        title=tr("已结账的核对"),
        empty_text=tr("还没有结过账的核对。\n按 Alt+3 开始本周的周五核对。"),
        key=lambda r: r.period.id,
    )


def _result(row: ClosedWeek) -> str:
    if not row.shrinkage:
        return tr("✓ 相符")
    return tr("⚠ {n} 种有差异").format(n=len(row.shrinkage))


def _tone(row: ClosedWeek) -> str:
    return "warning" if row.shrinkage else "success"


def lost_table(settings: QSettings) -> Table:
    """The gifts of a week that were short or over."""
    columns = [
        Column(tr("礼品"), lambda r: r.name, width=200),
        Column(
            tr("差异"),
            lambda r: f"{r.difference:+d}",
            sort=lambda r: r.difference,
            align="right",
            width=72,
            tone=lambda r: "error" if r.difference < 0 else "warning",
        ),
        Column(
            tr("金额(元)"),
            lambda r: yuan(r.cost_fen),
            sort=lambda r: r.cost_fen,
            align="right",
            width=96,
        ),
    ]
    return Table(
        "friday_lost",
        columns,
        settings,
        title=tr("这一周的差异"),
        empty_text=tr("这一周全部相符，没有短少。"),
        key=lambda r: r.gift_id,
    )
