"""A person's complaints: written down, put right, closed; with what each has cost (E67, R025)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCheckBox, QWidget

from services.errors import RuleError
from services.feedback.complaints import (
    ComplaintRow,
    complaint,
    complaints_of,
    open_complaint,
)
from services.feedback.deadlines import deadlines
from services.feedback.words import (
    CLOSED,
    HANDLED,
    RECEIVED,
    SOURCES,
    complaint_state_title,
    source_title,
)
from services.i18n import tr
from services.money import yuan
from services.people.records import person
from services.rights import may
from services.staff import list_staff
from ui.context import UiContext
from ui.dialogs.adjust import AdjustDialog
from ui.dialogs.awards import GiveAwardDialog
from ui.dialogs.complaint_step import CloseComplaintDialog, SayDialog, topic_box
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
        self.next_button = key_button(tr("下一步(&K)…"))
        self.close_button = key_button(tr("结案(&J)…"))
        self.points_button = key_button(tr("补偿积分(&P)…"))
        self.award_button = key_button(tr("补偿礼品(&L)…"))
        self.body.addWidget(self.table, 1)
        left = (self.next_button, self.close_button, self.points_button, self.award_button)
        self.new_button = self.add_buttons(tr("登记投诉(&N)… ⏎"), tr("关闭"), left=left)
        self.table.current_row_changed.connect(self._show_allowed)
        self.next_button.clicked.connect(self.open_next)
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
        step = "" if row is None else next_step(row)
        self.next_button.setEnabled(bool(step) and may(role, f"complaint.{step}"))
        for made, right in (
            (self.close_button, "complaint.close"),
            (self.points_button, "points.adjust"),
            (self.award_button, "award.give"),
        ):
            made.setEnabled(waits and may(role, right))

    def submit(self) -> None:
        """Write a new one down."""
        self._over(NewComplaintDialog(self.context, self))

    def open_next(self, *_: object) -> None:
        """What is to be done about the chosen one now."""
        self._with(self._next_dialog)

    def open_close(self, *_: object) -> None:
        """Close the chosen one."""
        self._with(self._close_dialog)

    def open_points(self, *_: object) -> None:
        """Points of goodwill for the chosen one."""
        self._with(self._points_dialog)

    def open_award(self, *_: object) -> None:
        """A gift, service or coupon for the chosen one."""
        self._with(self._award_dialog)

    def _next_dialog(self, row: ComplaintRow) -> DeskDialog:
        return step_dialog(self.context, self, row, next_step(row))

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
    """What was said, about what, who looks after it, until when."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("登记投诉"))
        who = person(context.db, self.person_id)
        self.body.addWidget(label(f"{who.form.name} {who.number}", "subheading"))
        self.text = TextEdit(tr("顾客说了什么，例如 等候太久"))
        self.topic = topic_box()
        self.source = ChoiceBox([(each, source_title(each)) for each in SOURCES])
        self.urgent = QCheckBox(tr("紧急，今天就要回应"))
        self.owner = ChoiceBox([(row.id, row.name) for row in list_staff(context.db)])
        self.owner.choose(context.session.actor.id)
        self.due = DateEdit(tr("不填按诊所规定"))
        form = Form()
        self.text_field = form.add(tr("内容(&T)"), self.text)
        form.add(tr("类别(&C)"), self.topic)
        form.add(tr("来源(&S)"), self.source)
        form.add(tr("紧急(&U)"), self.urgent)
        form.add(tr("责任人(&W)"), self.owner)
        self.due_field = form.add(tr("期限(&D)"), self.due, self._promise())
        self.body.addWidget(form)
        self.add_buttons(tr("登记"), tr("取消"))
        self.text.setFocus()

    def _promise(self) -> str:
        """What the clinic's days are."""
        asked = deadlines(self.context.db)
        words = tr("高等级会员 {high} 个工作日内首次回应，其他人 {n} 个；{days} 天内处理完。")
        return words.format(high=asked.reply_days_high, n=asked.reply_days, days=asked.days)

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
            topic=self.topic.value(),
            source=self.source.value(),
            urgent=self.urgent.isChecked(),
        )
        if done is not None:
            row = complaint(self.context.db, self.context.today(), done.complaint_id)
            words = tr("已登记投诉，{reply} 前首次回应，{due} 前处理完。")
            self.say_done(words.format(reply=row.reply_by, due=row.due_on))


def next_step(row: ComplaintRow) -> str:
    """What is to be done about a complaint now; '' when it is closed."""
    return {CLOSED: "", HANDLED: "close", RECEIVED: "acknowledge"}.get(row.state, "handle")


def step_dialog(
    context: UiContext, parent: QWidget | None, row: ComplaintRow, step: str
) -> DeskDialog:
    """The dialog of a step."""
    if step == "close":
        return CloseComplaintDialog(context, parent, row)
    return SayDialog(context, parent, row, step)


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
    return tr("超期") if row.overdue else complaint_state_title(row.state)


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
