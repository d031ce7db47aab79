"""A receipt on the wrong person: moved to the right one in a single step."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.receipt_list import ReceiptRow
from services.loyalty.receipts import move_receipt
from ui.context import UiContext
from ui.dialogs.desk import FORESEEN, ReceiptDialog
from ui.forms import Form, TextEdit, label
from ui.theme import GAP
from ui.widgets.consequences import ConsequenceList, scrolling
from ui.widgets.person_picker import PersonPicker


class MoveReceiptDialog(ReceiptDialog):
    """Find the right person, Enter; Enter again moves."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: ReceiptRow) -> None:
        super().__init__(context, parent, tr("移给正确的人"), row)
        self.setFixedWidth(110 * GAP)
        self.who = PersonPicker(self.context, exclude=self.person_id)
        self.reason = TextEdit()
        self.reason.setText(tr("录错人"))
        self.here = ConsequenceList(tr("现在这位的变化"))
        self.there = ConsequenceList(tr("正确的人的变化"))
        self.there_title = label(tr("正确的人"), "subheading")
        form = Form()
        self.who_field = form.add(tr("移给谁(&W)"), self.who)
        self.reason_field = form.add(tr("原因(&R)"), self.reason)
        self.body.addWidget(form)
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        for title, lines in (
            (label(tr("现在这位"), "subheading"), self.here),
            (self.there_title, self.there),
        ):
            side = QVBoxLayout()
            side.addWidget(title)
            side.addWidget(scrolling(lines, height=FORESEEN), 1)
            both.addLayout(side, 1)
        self.body.addLayout(both, 1)
        self.add_buttons(tr("移单"), tr("取消"))
        self.who.chosen.connect(self._chosen)
        leaving = self.foresee_back(row.net_fen)
        self.here.show_lines([line for line in leaving if line.kind != "road"])
        self.who.setFocus()

    def _chosen(self, hit: Any) -> None:
        if hit is None:
            self.there_title.setText(tr("正确的人"))
            self.there.show_lines(())
            return
        self.who_field.clear_error()
        self.there_title.setText(f"{hit.name} {hit.number}")
        self.there.show_lines(
            self.foresee_payment(self.row.net_fen, hit.person_id, self.row.occurred_on)
        )
        self.reason.setFocus()
        self.reason.selectAll()

    def submit(self) -> None:
        """Move."""
        if self.who.person_id is None:
            self.who_field.refuse(tr("请输入并选中这张单据真正的主人。"))
            return
        if not self.reason.value():
            self.reason_field.refuse(tr("请填写移单原因，例如“录错人”。"))
            return
        done = self.context.alerts.run_command(
            move_receipt,
            self.once,
            receipt_id=self.row.id,
            to_person_id=self.who.person_id,
            reason=self.reason.value(),
        )
        if done is not None:
            words = tr("单据 {number} 已移到 {who} 名下，对方积分 {points}。")
            number, who = self.row.number, self.who.value()
            self.say_done(words.format(number=number, who=who, points=f"{done.points:+,}"))
