"""What the desk's dialogs share: one command id, and the good news told by the window behind."""

from __future__ import annotations

import uuid

from PySide6.QtWidgets import QWidget

from services.commands import Session
from services.i18n import tr
from services.loyalty.preview import Consequence, preview_receipt, preview_refund
from services.loyalty.receipt_list import ReceiptRow
from services.money import yuan
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.theme import GAP

WIDTH = 65 * GAP
FORESEEN = 32 * GAP  # room for what will follow


class DeskDialog(Dialog):
    """One form that counts once, however often its button is pressed."""

    def __init__(self, context: UiContext, parent: QWidget | None, title: str) -> None:
        super().__init__(context, parent, title)
        self.setFixedWidth(WIDTH)
        self.person_id = context.person_id or 0
        self._window_alerts = context.alerts
        self._op = uuid.uuid4()

    @property
    def once(self) -> Session:
        """The session acting under this form's command id."""
        return self.context.session.once(self._op)

    def say_done(self, sentence: str) -> None:
        """Close, and let the window say what happened."""
        self.accept()
        self._window_alerts.banner(sentence, "success")


class ReceiptDialog(DeskDialog):
    """About one receipt of the open person."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, title: str, row: ReceiptRow
    ) -> None:
        super().__init__(context, parent, title)
        self.row = row
        self.body.addWidget(label(receipt_line(row), "muted"))

    def foresee_back(self, fen: int) -> tuple[Consequence, ...]:
        """What follows when so much of the receipt goes away again."""
        shown = self.context.alerts.run(
            preview_refund,
            self.context.db,
            self.context.today(),
            person_id=self.person_id,
            receipt_id=self.row.id,
            net_fen=self.row.net_fen,
            amount_fen=fen,
        )
        return shown.consequences if shown else ()

    def foresee_payment(self, fen: int, person_id: int, on: str) -> tuple[Consequence, ...]:
        """What follows when this person pays so much."""
        shown = self.context.alerts.run(
            preview_receipt,
            self.context.db,
            self.context.today(),
            person_id=person_id,
            amount_fen=fen,
            occurred_on=on,
        )
        return shown.consequences if shown else ()


def receipt_line(row: ReceiptRow) -> str:
    """Which receipt this is about."""
    words = tr("单据 {number} · {day} · 实收 ¥{yuan} · 积分 {points}")
    return words.format(
        number=row.number, day=row.occurred_on, yuan=yuan(row.net_fen), points=f"{row.points:,}"
    )
