"""Every point of the open person: where it came from, where it went, what was left."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.points import PointsRow, adjustable, kind_title, points_ledger
from services.loyalty.points_accounts import Balance, balance
from services.programmes.registry import Timeline, main_timeline
from services.rights import may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import button, label
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
        parts.append(tr("已退回") if row.kind == "redeem" else tr("已冲销"))
    return " · ".join(parts) or kind_title(row.kind)


def balance_text(found: Balance) -> str:
    """What an account comes to: available, owed, and all that counts for tiers."""
    parts = [tr("可用 {n} 分").format(n=f"{found.available:,}")] if found.spends else []
    if found.spends or found.deficit:
        parts.append(tr("欠 {n} 分").format(n=f"{found.deficit:,}"))
    parts.append(tr("累计得 {n} 分").format(n=f"{found.lifetime:,}"))
    return " · ".join(parts)


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
    """The ledger, with the way of every point, adjustment, reversal and the statement."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.timeline: Timeline | None = None
        self.balance = label("", "subheading")
        self.table = Table(
            "points/ledger",
            columns(),
            context.settings,
            title=tr("积分明细"),
            empty_text=tr(
                "这里写着每一分的来历：哪张单据得的，为什么少的。\n按 F6 登记第一笔消费。"
            ),
        )
        self.origin = button(tr("来历(&K)…"), "", tr("这笔积分从哪里来，用到哪里去；也可按 Enter"))
        self.adjust = button(tr("人工调整(&J)…"), "", tr("会员管理员和院长可用"))
        self.reverse = button(tr("冲销调整(&X)…"), "", tr("选中一行“人工调整”"))
        self.statement = button(tr("对账单(&S)…"))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for each in (self.origin, self.adjust, self.reverse):
            row.addWidget(each)
        row.addStretch(1)
        row.addWidget(self.statement)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.balance)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        self.origin.clicked.connect(self.open_trace)
        self.table.activated_row.connect(self.open_trace)
        self.adjust.clicked.connect(self.open_adjust)
        self.reverse.clicked.connect(self.open_reverse)
        self.statement.clicked.connect(self.open_statement)
        self.table.current_row_changed.connect(self._show_allowed)

    def refresh(self, timeline: Timeline | None = None) -> None:
        """Read the open person's account under a programme again, by default the main one."""
        db, today, person_id = self.context.db, self.context.today(), self.context.person_id
        self.timeline = timeline or main_timeline(db)
        if person_id is None:
            self.table.set_rows([])
            self.balance.setText("")
        else:
            self.table.set_rows(points_ledger(db, person_id, self.timeline.programme_id))
            self.balance.setText(balance_text(balance(db, today, person_id, self.timeline)))
        self._show_allowed(self.table.current_row())

    def _show_allowed(self, row: PointsRow | None) -> None:
        session = self.context.signed_in.session
        allowed = session is not None and may(session.actor.role, "points.adjust")
        somebody = self.context.person_id is not None
        self.origin.setEnabled(row is not None)
        self.adjust.setEnabled(allowed and somebody and self._keeps_points())
        by_hand = row is not None and row.kind == "adjust" and not row.reversed
        self.reverse.setEnabled(allowed and by_hand)
        self.statement.setEnabled(somebody)

    def _keeps_points(self) -> bool:
        """Whether there are points to adjust in the programme that is shown."""
        shown = self.timeline
        return shown is not None and any(
            each.programme_id == shown.programme_id
            for each in adjustable(self.context.db, self.context.today())
        )

    def open_trace(self, *_: object) -> None:
        """Where the points of the chosen row came from, or went to."""
        from ui.dialogs.trace import TraceDialog

        row = self.table.current_row()
        if row is None:
            return
        words = tr("{day} {kind} {points} 分").format(
            day=row.occurred_on, kind=kind_title(row.kind), points=f"{row.points:+,}"
        )
        title = f"{words} · {explanation(row)}"
        self._open(TraceDialog(self.context, self.window(), row.id, title, row.kind))

    def open_adjust(self, *_: object) -> None:
        """Points by hand."""
        from ui.dialogs.adjust import AdjustDialog

        shown = self.timeline.programme_id if self.timeline else None
        self._open(AdjustDialog(self.context, self.window(), programme_id=shown))

    def open_reverse(self, *_: object) -> None:
        """Take back the chosen adjustment."""
        from ui.dialogs.adjust import ReverseDialog

        row = self.table.current_row()
        if row is not None:
            self._open(ReverseDialog(self.context, self.window(), row))

    def open_statement(self, *_: object) -> None:
        """The statement to print."""
        from ui.dialogs.statement import statement_dialog

        dialog = statement_dialog(self.context, self.window(), self.timeline)
        if dialog is not None:
            self._open(dialog)

    def _open(self, dialog: Dialog) -> None:
        dialog.finished.connect(self.table.setFocus)
        dialog.open()
