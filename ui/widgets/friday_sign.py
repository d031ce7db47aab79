"""Two signatures side by side on the page: 市场部 and 收费室, each with their own PIN."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services.gifts.reconciliation import close
from services.i18n import tr
from ui.context import UiContext
from ui.forms import label
from ui.theme import GAP
from ui.widgets.gift_kit import key_button
from ui.widgets.gift_signature import Signature


class SignPanel(QWidget):
    """The first signature leads to the second, the second closes the week."""

    closed = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._id = 0
        self._op = uuid4()
        self.marketing = Signature(context, "sign.marketing", tr("市场部签字"))
        self.billing = Signature(context, "sign.billing", tr("收费室签字"))
        self.note = label(tr("两位不同的人各输入自己的密码；第二个签字后结账。"), "muted")
        self.finish = key_button(tr("结账(&J)"), "primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        for widget in (self.marketing, self.billing, self.note, self.finish):
            column.addWidget(widget)
        self.marketing.signed.connect(self._signed)
        self.billing.signed.connect(self._signed)
        self.finish.clicked.connect(self.submit)
        self.finish.hide()

    def show_period(self, reconciliation_id: int) -> None:
        """Another period: nobody has signed."""
        self._id = reconciliation_id
        self._op = uuid4()
        self.reset()

    def reset(self) -> None:
        """Nobody has signed."""
        for signature in (self.marketing, self.billing):
            signature.reset()
            signature.offer()
        self.finish.hide()

    def start(self) -> None:
        """To the signature that is missing."""
        if self.marketing.approval is None:
            self.marketing.start()
        elif self.billing.approval is None:
            self.billing.start()
        else:
            self.finish.setFocus()

    def submit(self) -> None:
        """Close the week with both signatures."""
        if self._context.alerts.run(self._close) is None:
            self.finish.show()  # both signed, but a number or a reason has to be mended first
            return
        self._op = uuid4()
        self.closed.emit()

    def _signed(self, *_: object) -> None:
        if self.marketing.approval is not None and self.billing.approval is not None:
            self.submit()
        else:
            self.start()

    def _close(self) -> Any:
        return close(
            self._context.session.once(self._op),
            reconciliation_id=self._id,
            marketing=self.marketing.approval,
            billing=self.billing.approval,
        )
