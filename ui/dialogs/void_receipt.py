"""A receipt that should not be: voided by reversing rows, late ones with a second word."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.loyalty.money_events import receipt_header
from services.loyalty.receipt_list import ReceiptRow
from services.loyalty.receipts import void_receipt
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import FORESEEN, ReceiptDialog
from ui.forms import Form, TextEdit
from ui.widgets.consequences import ConsequenceList, scrolling


class VoidReceiptDialog(ReceiptDialog):
    """One reason, Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: ReceiptRow) -> None:
        super().__init__(context, parent, tr("作废单据"), row)
        self.reason = TextEdit(tr("例如 重复登记"))
        self.lines = ConsequenceList(tr("作废后的变化"))
        form = Form()
        self.reason_field = form.add(tr("作废原因(&R)"), self.reason)
        self.body.addWidget(form)
        self.body.addWidget(scrolling(self.lines, height=FORESEEN), 1)
        self.add_buttons(tr("作废"), tr("取消"))
        self.lines.show_lines(self.foresee_back(row.net_fen))
        self.reason.setFocus()

    def submit(self) -> None:
        """Void."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请填写作废原因。"))
            return
        approval = None
        if self._needs_approval():
            what = tr("作废隔日或他人登记的单据 {number}。").format(number=self.row.number)
            approval = ask_approval(self.context, self, "approve.late_void", what)
            if approval is None:
                return
        done = self.context.alerts.run_command(
            void_receipt,
            self.once,
            receipt_id=self.row.id,
            reason=self.reason.value(),
            approval=approval,
        )
        if done is not None:
            words = tr("单据 {number} 已作废，积分 {points}。")
            self.say_done(words.format(number=self.row.number, points=f"{done.points:+,}"))

    def _needs_approval(self) -> bool:
        header = self.context.alerts.run(receipt_header, self.context.db, self.row.id)
        mine = (self.context.session.actor.id, self.context.today())
        return header is not None and (header.staff_id, header.recorded_on) != mine
