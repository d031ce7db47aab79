"""The open person's receipts and what can become of them: refund, move, void, arrears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.receipt_list import ReceiptRow, list_receipts
from services.money import yuan
from ui.context import UiContext
from ui.dialogs.desk import ReceiptDialog
from ui.forms import button, label, plain
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP


def state_text(row: ReceiptRow) -> str:
    """What became of a receipt, in words."""
    if row.void:
        return tr("已作废")
    parts = []
    if row.refunded_fen:
        parts.append(tr("退 ¥{yuan}").format(yuan=yuan(row.refunded_fen)))
    if row.arrears_fen:
        parts.append(tr("欠 ¥{yuan}").format(yuan=yuan(row.arrears_fen)))
    return " · ".join(parts)


def _state_tone(row: ReceiptRow) -> str:
    if row.void:
        return "muted"
    return "error" if row.arrears_fen else "warning"


def _void_tone(row: ReceiptRow) -> str:
    return "muted" if row.void else ""


def columns() -> list[Column]:
    """A receipt in one line."""
    return [
        Column(tr("日期"), lambda r: r.occurred_on, width=104, tone=_void_tone),
        Column(tr("单号"), lambda r: r.number, width=112, sort=lambda r: r.id, tone=_void_tone),
        Column(
            tr("实收(元)"),
            lambda r: yuan(r.net_fen),
            sort=lambda r: r.net_fen,
            align="right",
            width=96,
            tone=_void_tone,
        ),
        Column(
            tr("积分"), lambda r: f"{r.points:,}", sort=lambda r: r.points, align="right", width=80,
            tone=_void_tone,
        ),
        Column(tr("状态"), state_text, width=128, tone=_state_tone),
        Column(tr("疗程"), lambda r: r.case_name, width=88),
        Column(tr("医生"), lambda r: r.doctor, width=72),
        Column(tr("经手"), lambda r: r.staff, width=72),
        Column(tr("备注"), lambda r: r.note, width=72),
    ]  # fmt: skip


class ReceiptList(QWidget):
    """Enter on a receipt offers what can be done with it."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.table = Table(
            "points/receipts",
            columns(),
            context.settings,
            title=tr("单据"),
            empty_text=tr("这里是这位顾客的消费单据。\n按 F6 输入金额，登记第一笔。"),
        )
        self.refund_button = button(tr("退款(&T)…"))
        self.move_button = button(tr("移给他人(&W)…"), "", tr("录错了人：整张移到正确的人名下"))
        self.void_button = button(tr("作废(&V)…"))
        self.pay_button = button(tr("补交欠款(&B)…"))
        self.total = label("", "muted")
        self.total.setWordWrap(False)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for each in self.buttons():
            row.addWidget(each)
            each.clicked.connect(self._button_clicked)
        row.addStretch(1)
        row.addWidget(self.total)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        self.table.activated_row.connect(self.offer)
        self.table.current_row_changed.connect(self._show_allowed)
        self._show_allowed(None)

    def buttons(self) -> tuple[QPushButton, ...]:
        """In the order of the row and of the menu."""
        return (self.refund_button, self.move_button, self.void_button, self.pay_button)

    def refresh(self) -> None:
        """Read the person's receipts again."""
        person_id = self.context.person_id
        rows = list_receipts(self.context.db, person_id) if person_id else []
        self.table.set_rows(rows)
        live = [row for row in rows if not row.void]
        words = tr("{n} 张，实收合计 ¥{yuan}")
        paid = sum(row.net_fen for row in live)
        self.total.setText(words.format(n=len(live), yuan=yuan(paid)) if live else "")
        self._show_allowed(self.table.current_row())

    def voided(self) -> set[int]:
        """Receipts that count no more."""
        return {row.id for row in self.table.rows() if row.void}

    def _show_allowed(self, row: ReceiptRow | None) -> None:
        live = row is not None and not row.void
        self.refund_button.setEnabled(live and row is not None and row.net_fen > 0)
        self.move_button.setEnabled(live)
        self.void_button.setEnabled(live)
        self.pay_button.setEnabled(live and row is not None and row.arrears_fen > 0)

    def offer(self, row: ReceiptRow) -> None:
        """Enter on a receipt: a short menu at the row."""
        self._show_allowed(row)
        menu = QMenu(self)
        menu.setAccessibleName(tr("单据 {number}").format(number=row.number))
        for each in self.buttons():
            if each.isEnabled():
                menu.addAction(plain(each.text()).rstrip("…")).setData(each)
        if menu.isEmpty():
            note = tr("这张单据已作废，不能再改。请重新登记一张。")
            self.context.alerts.banner(note, "info")
            return
        menu.setActiveAction(menu.actions()[0])
        menu.triggered.connect(self._menu_chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        place = self.table.visualRect(self.table.currentIndex())
        menu.popup(self.table.viewport().mapToGlobal(place.bottomLeft() + QPoint(96, 0)))

    def _menu_chosen(self, action: QAction) -> None:
        self._open(action.data())

    def _button_clicked(self, *_: object) -> None:
        self._open(self.sender())

    def _open(self, which: Any) -> None:
        from ui.dialogs.move_receipt import MoveReceiptDialog
        from ui.dialogs.pay_arrears import PayArrearsDialog
        from ui.dialogs.refund import RefundDialog
        from ui.dialogs.void_receipt import VoidReceiptDialog

        row = self.table.current_row()
        if row is None:
            return
        kinds: dict[Any, Callable[..., ReceiptDialog]] = {
            self.refund_button: RefundDialog,
            self.move_button: MoveReceiptDialog,
            self.void_button: VoidReceiptDialog,
            self.pay_button: PayArrearsDialog,
        }
        dialog = kinds[which](self.context, self.window(), row)
        dialog.finished.connect(self.table.setFocus)
        dialog.open()
