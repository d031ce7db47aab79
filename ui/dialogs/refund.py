"""Money back on a receipt: how much, why, and what follows."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_list import ReceiptRow
from services.loyalty.receipts import refund
from services.money import yuan
from ui.context import UiContext
from ui.dialogs.desk import FORESEEN, ReceiptDialog
from ui.forms import Form, MoneyEdit, TextEdit
from ui.widgets.consequences import ConsequenceList, scrolling


class RefundDialog(ReceiptDialog):
    """Enter in the amount goes to the reason; Enter there refunds."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: ReceiptRow) -> None:
        super().__init__(context, parent, tr("退款"), row)
        self.amount = MoneyEdit(tr("最多 {yuan}").format(yuan=yuan(row.net_fen)))
        self.reason = TextEdit(tr("例如 治疗未完成"))
        self.lines = ConsequenceList(tr("退款后的变化"))
        form = Form()
        self.amount_field = form.add(tr("退款金额(&A)"), self.amount)
        self.reason_field = form.add(tr("原因(&R)"), self.reason)
        self.body.addWidget(form)
        self.body.addWidget(scrolling(self.lines, height=FORESEEN), 1)
        self.add_buttons(tr("退款"), tr("取消"))
        self.amount.textChanged.connect(self._foresee)
        self.amount.set_fen(row.net_fen)
        self.amount.selectAll()
        self.amount.setFocus()

    def _foresee(self, *_: object) -> None:
        fen = self.amount.fen_or_none()
        possible = fen is not None and 0 < fen <= self.row.net_fen
        self.lines.show_lines(self.foresee_back(fen or 0) if possible else ())

    def submit(self) -> None:
        """Refund."""
        try:
            fen = self.amount.fen()
        except RuleError as refused:
            self.amount_field.refuse(refused.sentence)
            return
        if not self.reason.value():
            if self.focusWidget() is self.amount:
                self.reason.setFocus()
            else:
                self.reason_field.refuse(tr("请填写退款原因。"))
            return
        done = self.context.alerts.run_command(
            refund, self.once, receipt_id=self.row.id, amount_fen=fen, reason=self.reason.value()
        )
        if done is not None:
            words = tr("已退款 ¥{yuan}，积分 {points}。")
            self.say_done(words.format(yuan=yuan(fen), points=f"{done.points:+,}"))
