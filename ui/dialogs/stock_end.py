"""The end of a stock paper before its time: finished short, or cancelled. One reason, Enter."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from services.gifts.document_steps import cancel_document
from services.gifts.documents import DocumentRow, document_name
from services.gifts.purchasing import finish_purchase
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Form, TextEdit, label
from ui.theme import GAP


class EndDialog(Dialog):
    """`made` tells the document when it has ended."""

    made = Signal(int)

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        row: DocumentRow,
        words: tuple[str, str, str, str],
        ending: tuple[Any, str],
    ) -> None:
        title, hint, example, send = words
        self._command, self._said = ending  # what ends the paper, and what is said then
        super().__init__(context, parent, f"{title} · {row.number}")
        self.setFixedWidth(65 * GAP)
        self._op = uuid4()
        self.row = row
        self.reason = TextEdit(example)
        self.body.addWidget(label(hint))
        form = Form()
        self.field = form.add(tr("原因(&K)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(send, tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """End it; stays open with the reason when refused."""
        if not self.reason.value():
            self.field.refuse(tr("请填写原因。"))
            return
        session = self.context.session.once(self._op)
        result = self.context.alerts.run_command(
            self._command, session, document_id=self.row.id, reason=self.reason.value()
        )
        if result is not None:
            self.made.emit(self.row.id)
            self.say_done(self._said.format(number=self.row.number))


class FinishDialog(EndDialog):
    """结束: the rest of an order will not come."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: DocumentRow) -> None:
        missing = "、".join(
            f"{line.name} {line.missing} {line.unit}" for line in row.lines if line.missing
        )
        hint = tr("还没到：{lines}。结束以后这些不再等，需要时另开申购单。")
        words = (
            tr("结束申购"),
            hint.format(lines=missing),
            tr("例如 供货商缺货"),
            tr("结束  Enter"),
        )
        said = tr("{number} 已结束，没到的不再等。")
        super().__init__(context, parent, row, words, (finish_purchase, said))


class CancelDialog(EndDialog):
    """作废: nothing of it came or will come."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: DocumentRow) -> None:
        name = document_name(row.kind)
        hint = tr("作废以后这张{name}不能再办；库存不变，单据和经手人都留着。")
        sent = tr("已送出的货请放回仓库，账面一直在仓库，不用另登记。")
        text = hint.format(name=name) + (sent if row.last("send") else "")
        words = (
            tr("作废{name}").format(name=name),
            text,
            tr("例如 改天再领"),
            tr("作废  Enter"),
        )
        said = tr("{number} 已作废。")
        super().__init__(context, parent, row, words, (cancel_document, said))
