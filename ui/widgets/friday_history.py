"""历史: closed weeks with what was short, the last eight as a plot, their workbooks, and the
director's way back into the newest."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.gifts.friday_lists import shrinkage
from services.gifts.reconciliation import (
    ClosedWeek,
    GiftShrinkage,
    history,
    last_close,
    reopen,
)
from services.i18n import tr
from services.money import yuan
from services.rights import holders, may
from ui.context import UiContext
from ui.forms import Form, TextEdit, button, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.friday_export import FridayExport
from ui.widgets.gift_kit import Card
from ui.widgets.plot import Plot, PlotSeries

WEEKS = 104


class HistoryPage(QWidget):
    """Weeks at the left, the shrinkage of one at the right; Enter saves its workbook again."""

    reopened = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("历史"))
        self.title = label("", "subheading")
        self.weeks = weeks_table(context.settings)
        self.lost_title = label("", "muted")
        self.lost = lost_table(context.settings)
        self.export = FridayExport(context)
        self.plot = Plot(
            tr("近八周盈亏(件) · ↑↓ 换礼品，←→ 换周"),
            signed=True,
            empty_text=tr("结过账的周会画在这里：每种礼品近八周多出或短少几件。"),
        )
        self._op = uuid4()
        self.reason = TextEdit(tr("为什么要重新打开；按回车打开"))
        self.reopen_button = button(tr("重新打开"), "danger")
        self.reopen_card = Card(tr("更正"))
        self._build()
        self._wire()

    def _build(self) -> None:
        self.form = form = Form()
        self.reason_field = form.add(tr("理由(&W)"), self.reason)
        self.reopen_words = label("", "muted")
        self.reopen_card.body.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        for widget in (self.reopen_words, form):
            self.reopen_card.body.addWidget(widget)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.reopen_button)
        self.reopen_card.body.addLayout(line)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(GAP)
        left.addWidget(self.title)
        left.addWidget(self.weeks, 1)
        left.addWidget(self.export)
        left.addWidget(self.reopen_card)
        right.addWidget(self.lost_title)
        right.addWidget(self.lost, 2)
        right.addWidget(self.plot, 3)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 3)
        row.addLayout(right, 2)

    def _wire(self) -> None:
        self.weeks.activated_row.connect(self._export)
        self.weeks.current_row_changed.connect(self._show_week)
        self.lost.current_row_changed.connect(self._show_gift)
        self.reopen_card.submitted.connect(self._reopen)
        self.reopen_button.clicked.connect(self._reopen)

    def refresh(self) -> None:
        """Read the closed weeks again."""
        rows = history(self.context.db, WEEKS)
        self.weeks.set_rows(rows)
        self.weeks.select_first()
        self.title.setText(tr("已结账的核对({n} 周)。Enter 重新导出。").format(n=len(rows)))
        past = shrinkage(self.context.db)
        self.plot.set_data(
            past.weeks,
            [PlotSeries(line.name, line.differences) for line in (past.total, *past.gifts)],
        )
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
        self._show_reopening(row)

    def _show_gift(self, row: GiftShrinkage | None) -> None:
        if row is not None:
            self.plot.show_series(row.name)

    def _show_reopening(self, row: ClosedWeek | None) -> None:
        """Only the newest close can be opened again, and only by the director."""
        session = self.context.signed_in.session
        newest = last_close(self.context.db)
        fits = row is not None and newest is not None and row.period.id == newest.id
        allowed = session is not None and may(session.actor.role, "reconciliation.reopen")
        self.reopen_card.setVisible(row is not None and (fits or bool(row.period.corrects_id)))
        self.form.setVisible(fits and allowed)
        self.reopen_button.setVisible(fits and allowed)
        if row is None:
            return
        words = []
        if row.corrected is not None:
            sentence = tr(
                "更正：{reason}({name}重新打开)。原来 {day} 由{marketing}、{billing}签字。"
            )
            words.append(
                sentence.format(
                    reason=row.period.reason,
                    name=row.period.opened_by,
                    day=row.corrected.closed_on,
                    marketing=row.corrected.marketing_signer,
                    billing=row.corrected.billing_signer,
                )
            )
        if fits and allowed:
            words.append(
                tr("点错了可以重新打开这一周：原来的核对留着，改好、再由两人签字后才换成新的。")
            )
        elif fits:
            words.append(
                tr("点错了要重新打开这一周，须由{holders}登录后操作。").format(
                    holders=holders("reconciliation.reopen")
                )
            )
        self.reopen_words.setText("\n".join(words))

    def _reopen(self, *_: object) -> None:
        row = self.weeks.current_row()
        if row is None:
            return
        if self.context.alerts.run(self._write, row.period.id) is not None:
            self._op = uuid4()
            self.reason.clear()
            self.reopened.emit()

    def _write(self, reconciliation_id: int) -> Any:
        return reopen(
            self.context.session.once(self._op),
            reconciliation_id=reconciliation_id,
            reason=self.reason.value(),
        )

    def _export(self, row: ClosedWeek) -> None:
        self._show_week(row)
        self.export.ask()


def _lost_fen(row: ClosedWeek) -> int:
    return sum(gift.cost_fen for gift in row.shrinkage)


def weeks_table(settings: QSettings) -> Table:
    """Closed weeks, newest first."""
    columns = [
        Column(tr("核对日"), _week, width=128),
        Column(tr("结账"), lambda r: r.period.closed_on or "", width=104),
        Column(tr("签字"), _signers, width=136),
        Column(tr("差异"), _result, sort=lambda r: len(r.shrinkage), width=128, tone=_tone),
        Column(
            tr("盈亏金额(元)"),
            lambda r: yuan(_lost_fen(r)) if r.shrinkage else "0",
            sort=_lost_fen,
            align="right",
            width=104,
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


def _week(row: ClosedWeek) -> str:
    """The Friday; a correction says that it is one."""
    corrected = row.period.corrects_id is not None
    return tr("{week} 更正").format(week=row.period.week) if corrected else row.period.week


def _signers(row: ClosedWeek) -> str:
    return f"{row.period.marketing_signer}、{row.period.billing_signer}"


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
