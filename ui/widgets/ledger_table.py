"""Every point of the open person: where it came from, where it went, what was left."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.points import PointsRow, kind_title, points_ledger
from services.rights import may
from ui.context import UiContext
from ui.dialogs.adjust import AdjustDialog, ReverseDialog
from ui.dialogs.statement import StatementDialog
from ui.forms import button
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP


def explanation(row: PointsRow) -> str:
    """Why this row is there, in one line."""
    parts = []
    if row.receipt_number:
        parts.append(tr("单据 {number}").format(number=row.receipt_number))
    if row.reason:
        parts.append(row.reason)
    if row.reversed:
        parts.append(tr("已冲销"))
    return " · ".join(parts) or kind_title(row.kind)


def _tone(row: PointsRow) -> str:
    return "success" if row.points > 0 else "error"


def columns() -> list[Column]:
    """A ledger row in one line."""
    return [
        Column(tr("日期"), lambda r: r.occurred_on, width=104, sort=lambda r: r.id),
        Column(tr("类型"), lambda r: kind_title(r.kind), width=88),
        Column(
            tr("积分"), lambda r: f"{r.points:+,}", sort=lambda r: r.points, align="right",
            width=88, tone=_tone,
        ),
        Column(
            tr("结余"), lambda r: f"{r.balance:,}", sort=lambda r: r.id, align="right", width=88
        ),
        Column(tr("说明"), explanation, width=232),
        Column(tr("有效期至"), lambda r: r.expires_on or "", width=104),
        Column(tr("经手"), lambda r: r.staff, width=72),
    ]  # fmt: skip


class LedgerTable(QWidget):
    """The ledger, with adjustment, reversal and the statement."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.table = Table(
            "points/ledger",
            columns(),
            context.settings,
            title=tr("积分明细"),
            empty_text=tr(
                "这里写着每一分的来历：哪张单据得的，为什么少的。\n按 F6 登记第一笔消费。"
            ),
        )
        self.adjust = button(tr("人工调整(&J)…"), "", tr("会员管理员和院长可用"))
        self.reverse = button(tr("冲销调整(&X)…"), "", tr("选中一行“人工调整”"))
        self.statement = button(tr("对账单(&S)…"))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for each in (self.adjust, self.reverse):
            row.addWidget(each)
        row.addStretch(1)
        row.addWidget(self.statement)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        self.adjust.clicked.connect(self.open_adjust)
        self.reverse.clicked.connect(self.open_reverse)
        self.statement.clicked.connect(self.open_statement)
        self.table.current_row_changed.connect(self._show_allowed)

    def refresh(self) -> None:
        """Read the ledger again."""
        person_id = self.context.person_id
        self.table.set_rows(points_ledger(self.context.db, person_id) if person_id else [])
        self._show_allowed(self.table.current_row())

    def _show_allowed(self, row: PointsRow | None) -> None:
        session = self.context.signed_in.session
        allowed = session is not None and may(session.actor.role, "points.adjust")
        self.adjust.setEnabled(allowed and self.context.person_id is not None)
        by_hand = row is not None and row.kind == "adjust" and not row.reversed
        self.reverse.setEnabled(allowed and by_hand)
        self.statement.setEnabled(self.context.person_id is not None)

    def open_adjust(self, *_: object) -> None:
        """Points by hand."""
        self._open(AdjustDialog(self.context, self.window()))

    def open_reverse(self, *_: object) -> None:
        """Take back the chosen adjustment."""
        row = self.table.current_row()
        if row is not None:
            self._open(ReverseDialog(self.context, self.window(), row))

    def open_statement(self, *_: object) -> None:
        """The statement to print."""
        self._open(StatementDialog(self.context, self.window()))

    def _open(self, dialog: AdjustDialog | ReverseDialog | StatementDialog) -> None:
        dialog.finished.connect(self.table.setFocus)
        dialog.open()
