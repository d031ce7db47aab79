"""A person's complaints: written down, put right, closed; with what each has cost (E67, R025)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.feedback.complaints import (
    ComplaintRow,
    close_complaint,
    complaints_of,
    open_complaint,
)
from services.i18n import tr
from services.money import yuan
from services.rights import may
from services.staff import list_staff
from ui.context import UiContext
from ui.dialogs.adjust import AdjustDialog
from ui.dialogs.awards import GiveAwardDialog
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, DateEdit, Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button


class ComplaintsDialog(DeskDialog):
    """Enter writes a new one down; what is done about the chosen one stands at the left."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("投诉"))
        self.setFixedWidth(112 * GAP)
        self.table = Table(
            "people/complaints",
            columns(),
            context.settings,
            title=tr("投诉记录"),
            empty_text=tr(
                "这位顾客没有投诉。\n\n有投诉先登记在这里，补偿的积分和礼品都记在它名下。"
            ),
        )
        self.table.setMinimumHeight(7 * ROW_HEIGHT)
        self.close_button = key_button(tr("结案(&J)…"))
        self.points_button = key_button(tr("补偿积分(&P)…"))
        self.award_button = key_button(tr("补偿礼品(&L)…"))
        self.body.addWidget(self.table, 1)
        left = (self.close_button, self.points_button, self.award_button)
        self.new_button = self.add_buttons(tr("登记投诉(&N)… ⏎"), tr("关闭"), left=left)
        self.table.current_row_changed.connect(self._show_allowed)
        self.close_button.clicked.connect(self.open_close)
        self.points_button.clicked.connect(self.open_points)
        self.award_button.clicked.connect(self.open_award)
        self.reload()
        if self.table.rows():
            self.table.setFocus()
            self.table.select_first()
        else:
            self.new_button.setFocus()

    def reload(self, *_: object) -> None:
        """Read the complaints again."""
        db, today = self.context.db, self.context.today()
        rows = self.context.alerts.run(complaints_of, db, today, self.person_id)
        self.table.set_rows(rows or [])
        self._show_allowed(self.table.current_row())

    def _show_allowed(self, row: ComplaintRow | None) -> None:
        waits = row is not None and row.open
        role = self.context.session.actor.role
        for made, right in (
            (self.close_button, "complaint.close"),
            (self.points_button, "points.adjust"),
            (self.award_button, "award.give"),
        ):
            made.setEnabled(waits and may(role, right))

    def submit(self) -> None:
        """Write a new one down."""
        self._over(NewComplaintDialog(self.context, self))

    def open_close(self, *_: object) -> None:
        """Close the chosen one."""
        self._with(self._close_dialog)

    def open_points(self, *_: object) -> None:
        """Points of goodwill for the chosen one."""
        self._with(self._points_dialog)

    def open_award(self, *_: object) -> None:
        """A gift, service or coupon for the chosen one."""
        self._with(self._award_dialog)

    def _close_dialog(self, row: ComplaintRow) -> DeskDialog:
        return CloseComplaintDialog(self.context, self, row)

    def _points_dialog(self, row: ComplaintRow) -> DeskDialog:
        return AdjustDialog(self.context, self, complaint_id=row.id)

    def _award_dialog(self, row: ComplaintRow) -> DeskDialog:
        return GiveAwardDialog(self.context, self, complaint_id=row.id)

    def _with(self, make: Callable[[Any], DeskDialog]) -> None:
        row = self.table.current_row()
        if row is not None:
            self._over(make(row))

    def _over(self, dialog: DeskDialog) -> None:
        dialog.finished.connect(self.reload)
        dialog.open()


class NewComplaintDialog(DeskDialog):
    """What was said, who looks after it, until when."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("登记投诉"))
        self.text = TextEdit(tr("顾客说了什么，例如 等候太久"))
        self.owner = ChoiceBox([(row.id, row.name) for row in list_staff(context.db)])
        self.owner.choose(context.session.actor.id)
        self.due = DateEdit(tr("选填，哪天以前答复"))
        form = Form()
        self.text_field = form.add(tr("内容(&T)"), self.text)
        form.add(tr("责任人(&W)"), self.owner)
        self.due_field = form.add(tr("期限(&D)"), self.due)
        self.body.addWidget(form)
        self.add_buttons(tr("登记"), tr("取消"))
        self.text.setFocus()

    def submit(self) -> None:
        """Write it down."""
        if not self.text.value():
            self.text_field.refuse(tr("请写明投诉内容。"))
            return
        try:
            due_on = self.due.day_or_none()
        except RuleError as refused:
            self.due_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            open_complaint,
            self.once,
            person_id=self.person_id,
            text=self.text.value(),
            owner_id=self.owner.value(),
            due_on=due_on,
        )
        if done is not None:
            self.say_done(tr("已登记投诉。"))


class CloseComplaintDialog(DeskDialog):
    """What came of it, Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: ComplaintRow) -> None:
        super().__init__(context, parent, tr("投诉结案"))
        self.row = row
        words = tr("{day} {text}").format(day=row.received_on, text=row.text)
        self.body.addWidget(label(words, "muted"))
        self.outcome = TextEdit(tr("例如 已电话致歉，顾客接受"))
        form = Form()
        self.outcome_field = form.add(tr("处理结果(&Y)"), self.outcome)
        self.body.addWidget(form)
        self.add_buttons(tr("结案"), tr("取消"))
        self.outcome.setFocus()

    def submit(self) -> None:
        """Close it."""
        if not self.outcome.value():
            self.outcome_field.refuse(tr("请写明处理结果，再结案。"))
            return
        done = self.context.alerts.run_command(
            close_complaint, self.once, complaint_id=self.row.id, outcome=self.outcome.value()
        )
        if done is not None:
            self.say_done(tr("投诉已结案。"))


def columns() -> list[Column]:
    """A complaint in one line."""
    return [
        Column(tr("登记"), lambda r: r.received_on, width=96),
        Column(tr("状态"), _state, width=72, tone=_tone),
        Column(tr("内容"), lambda r: r.text, width=224),
        Column(tr("责任人"), lambda r: r.owner, width=72),
        Column(tr("期限"), lambda r: r.due_on or "", width=96, tone=_tone),
        Column(tr("补偿"), _cost, width=144),
        Column(tr("处理结果"), lambda r: r.outcome, width=120),
    ]


def _state(row: ComplaintRow) -> str:
    if not row.open:
        return tr("已结案")
    return tr("超期") if row.overdue else tr("处理中")


def _tone(row: ComplaintRow) -> str:
    if row.overdue:
        return "error"
    return "warning" if row.open else "muted"


def _cost(row: ComplaintRow) -> str:
    parts = [tr("{n} 分").format(n=f"{row.points:,}")] if row.points else []
    parts += row.awards
    if row.value_fen:
        parts.append(tr("值 ¥{fen}").format(fen=yuan(row.value_fen)))
    return tr("，").join(parts)
