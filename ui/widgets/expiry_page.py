"""What ends when: the lots of the open person, or everybody whose points end soon (E27, R034)."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from services.clock import days_between
from services.i18n import tr
from services.loyalty.points_trace import BUCKETS, Ending, Expiring, Schedule, expiring, schedule
from services.programmes.registry import Timeline, main_timeline
from ui.context import UiContext
from ui.forms import label
from ui.looking import Looking
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP

SOON = BUCKETS[-1]
MOST = 1000


def sums_text(found: Schedule) -> str:
    """'30 天内到期 120 分 · 60 天内 300 分 · 90 天内 300 分 · 共 1,240 分可用'."""
    parts = [
        tr("{days} 天内到期 {n} 分").format(days=days, n=f"{points:,}")
        for days, points in found.within
    ]
    return " · ".join([*parts, tr("可用合计 {n} 分").format(n=f"{found.total:,}")])


class ExpiryPage(QWidget):
    """The lots of one account by their last usable day; Enter shows where a lot comes from."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.sums = label("", "subheading")
        self.table = Table(
            "points/expiry",
            self._columns(),
            context.settings,
            title=tr("积分到期"),
            empty_text=tr("这位顾客现在没有可用的积分。\n登记消费得到的积分，会按到期日排在这里。"),
            key=lambda row: row.entry_id,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.sums)
        column.addWidget(self.table, 1)
        self.table.activated_row.connect(self._trace)

    def _columns(self) -> list[Column]:
        return [
            Column(
                tr("有效期至"),
                lambda r: r.expires_on or tr("长期"),
                sort=lambda r: r.expires_on or "9999",
                width=120,
            ),
            Column(tr("还有"), self._days, sort=self._days_left, align="right", width=88,
                   tone=self._tone),
            Column(
                tr("积分"),
                lambda r: f"{r.points:,}",
                sort=lambda r: r.points,
                align="right",
                width=96,
            ),
            Column(tr("得分日期"), lambda r: r.earned_on, width=120),
        ]  # fmt: skip

    def _days_left(self, row: Ending) -> int:
        if row.expires_on is None:
            return 1_000_000
        return days_between(self.context.today(), row.expires_on)

    def _days(self, row: Ending) -> str:
        return "" if row.expires_on is None else tr("{n} 天").format(n=self._days_left(row))

    def _tone(self, row: Ending) -> str:
        return "warning" if self._days_left(row) <= BUCKETS[0] else ""

    def refresh(self, timeline: Timeline | None = None) -> None:
        """Read the open person's account under a programme again, by default the main one."""
        person_id = self.context.person_id
        if person_id is None:
            self.table.set_rows([])
            self.sums.setText("")
            return
        timeline = timeline or main_timeline(self.context.db)
        found = schedule(self.context.db, self.context.today(), person_id, timeline)
        self.sums.setText(sums_text(found))
        self.table.set_rows(found.lots)

    def _trace(self, row: Ending) -> None:
        from ui.dialogs.trace import TraceDialog

        words = tr("{day} 得到的积分，现在剩 {n} 分")
        title = words.format(day=row.earned_on, n=f"{row.points:,}")
        dialog = TraceDialog(self.context, self.window(), row.entry_id, title, "earn")
        dialog.finished.connect(self.table.setFocus)
        dialog.open()


def _read(today: str, db: Any) -> list[Expiring]:
    found: list[Expiring] = expiring(db, today, SOON, MOST)
    return found


class ExpiringPeople(QWidget):
    """Nobody is open: what the tab is for, and whose points end within three months."""

    chosen = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self._beside = Looking(context, self._show, self)
        self.words = QLabel(
            tr(
                "这里登记消费，查看积分的来历。\n\n"
                "先按 F3 找到顾客(卡号、手机后四位、姓名、拼音)，回车打开；\n"
                "再按 F6，输入实收金额，回车核对，再回车登记。"
            )
        )
        self.words.setObjectName("emptyState")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.heading = label("", "subheading")
        self.table = Table(
            "points/expiring",
            self._columns(),
            context.settings,
            title=tr("积分快到期的顾客"),
            empty_text="",
            key=lambda row: row.person_id,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.words, 1)
        column.addWidget(self.heading)
        column.addWidget(self.table, 3)
        self.table.activated_row.connect(self._open)
        self._show([])

    def _columns(self) -> list[Column]:
        return [
            Column(tr("姓名"), lambda r: r.name, width=128),
            Column(tr("会员号"), lambda r: r.number, width=128),
            Column(
                tr("90 天内到期(分)"),
                lambda r: f"{r.points:,}",
                sort=lambda r: r.points,
                align="right",
                width=144,
            ),
            Column(
                tr("还有"), self._days, sort=lambda r: r.expires_on, align="right", width=96,
                tone=self._tone,
            ),
            Column(tr("最早到期"), lambda r: r.expires_on, width=120),
        ]  # fmt: skip

    def _left(self, row: Expiring) -> int:
        return days_between(self.context.today(), row.expires_on)

    def _days(self, row: Expiring) -> str:
        return tr("{n} 天").format(n=self._left(row))

    def _tone(self, row: Expiring) -> str:
        return "warning" if self._left(row) <= BUCKETS[0] else ""

    def refresh(self) -> None:
        """Read the clinic on another thread; what changes meanwhile is read afterwards."""
        self._beside.look(partial(_read, self.context.today()))

    def _show(self, rows: list[Expiring]) -> None:
        self.table.set_rows(rows)
        self.heading.setVisible(bool(rows))
        self.table.setVisible(bool(rows))
        words = tr("90 天内有积分到期的顾客 {n} 位，先到期的在前(Alt+E)。Enter 打开。")
        if len(rows) >= MOST:
            words = tr("90 天内有积分到期的顾客，最先到期的 {n} 位(Alt+E)。Enter 打开。")
        self.heading.setText(words.format(n=len(rows)))

    def start(self) -> None:
        """Alt+E: the keyboard goes to the list when there is one."""
        if self.table.isVisible():
            self.table.select_first()
            self.table.setFocus()

    def _open(self, row: Expiring) -> None:
        self.chosen.emit(row.person_id)
