"""Money that was still owed on a receipt."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_list import ReceiptRow
from services.loyalty.receipts import pay_arrears
from services.money import yuan
from ui.context import UiContext
from ui.dialogs.desk import FORESEEN, ReceiptDialog
from ui.forms import Form, MoneyEdit
from ui.widgets.consequences import ConsequenceList, scrolling


class PayArrearsDialog(ReceiptDialog):
    """The whole debt is filled in; Enter receives it."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: ReceiptRow) -> None:
        super().__init__(context, parent, tr("补交欠款"), row)
        self.amount = MoneyEdit()
        self.lines = ConsequenceList(tr("补交后的变化"))
        form = Form()
        hint = tr("还欠 ¥{yuan}").format(yuan=yuan(row.arrears_fen))
        self.amount_field = form.add(tr("本次收到(&A)"), self.amount, hint)
        self.body.addWidget(form)
        self.body.addWidget(scrolling(self.lines, height=FORESEEN), 1)
        self.add_buttons(tr("收款"), tr("取消"))
        self.amount.textChanged.connect(self._foresee)
        self.amount.set_fen(row.arrears_fen)
        self.amount.selectAll()
        self.amount.setFocus()

    def _foresee(self, *_: object) -> None:
        fen = self.amount.fen_or_none()
        today = self.context.today()
        self.lines.show_lines(self.foresee_payment(fen, self.person_id, today) if fen else ())

    def submit(self) -> None:
        """Receive."""
        try:
            fen = self.amount.fen()
        except RuleError as refused:
            self.amount_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            pay_arrears, self.once, receipt_id=self.row.id, amount_fen=fen
        )
        if done is not None:
            words = tr("已补收 ¥{yuan}，积分 {points}。")
            self.say_done(words.format(yuan=yuan(fen), points=f"{done.points:+,}"))
