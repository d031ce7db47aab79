"""One step of a complaint or a request: a few words, Enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QCheckBox, QWidget

from services.errors import RuleError
from services.feedback.complaint_list import ComplaintRow
from services.feedback.complaint_steps import (
    acknowledge,
    assign_complaint,
    change_complaint,
    handle_complaint,
    note_complaint,
    reopen_complaint,
    report_complaint,
)
from services.feedback.complaints import close_complaint
from services.feedback.request_list import RequestRow
from services.feedback.requests import (
    answer_request,
    assign_request,
    drop_request,
    reopen_request,
)
from services.feedback.words import TOPICS, topic_title
from services.followups.calls import satisfaction_title
from services.i18n import tr
from services.staff import list_staff
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, DateEdit, Form, TextEdit, label

Row = ComplaintRow | RequestRow


@dataclass(frozen=True)
class Saying:
    """A step that takes words: its title, what the field is called and holds, what to say when
    it is empty, when it is done, and the command with the name of its words."""

    title: str
    field: str
    example: str
    missing: str
    done: str
    button: str
    command: Callable[..., Any]
    words: str = "text"


def sayings() -> dict[str, Saying]:
    """The steps of complaints and of requests by name."""
    return {**_complaint_sayings(), **_request_sayings()}


def _complaint_sayings() -> dict[str, Saying]:
    return {
        "acknowledge": Saying(
            tr("回应顾客"),
            tr("怎样回应(&T)"),
            tr("例如 已致电说明，三天内答复"),
            tr("请写明怎样回应了顾客。"),
            tr("已登记首次回应。"),
            tr("已回应"),
            acknowledge,
        ),
        "note": Saying(
            tr("记录情况"),
            tr("情况(&T)"),
            tr("例如 当事护士说明了经过"),
            tr("请写下要记录的情况。"),
            tr("已记录。"),
            tr("记录"),
            note_complaint,
        ),
        "report": Saying(
            tr("上报院长"),
            tr("报告什么(&T)"),
            tr("例如 顾客要求退费，请院长定"),
            tr("请写明向院长报告了什么。"),
            tr("已登记上报院长。"),
            tr("已上报"),
            report_complaint,
        ),
        "handle": Saying(
            tr("处理"),
            tr("怎样处理(&T)"),
            tr("例如 退还差价并当面致歉"),
            tr("请写明怎样处理的。"),
            tr("已登记处理，问过顾客意见后结案。"),
            tr("已处理"),
            handle_complaint,
        ),
        "reopen": Saying(
            tr("重新打开"),
            tr("原因(&T)"),
            tr("例如 顾客不接受处理结果"),
            tr("请写明为什么重新打开。"),
            tr("已重新打开，请接着处理。"),
            tr("重新打开"),
            reopen_complaint,
            "reason",
        ),
    }


def _request_sayings() -> dict[str, Saying]:
    return {
        "answer": Saying(
            tr("答复"),
            tr("怎样答复(&T)"),
            tr("例如 已改到周六，并电话告知"),
            tr("请写明怎样答复、办了什么。"),
            tr("已登记答复。"),
            tr("办结"),
            answer_request,
            "answer",
        ),
        "drop": Saying(
            tr("不办"),
            tr("原因(&T)"),
            tr("例如 与上一条重复"),
            tr("请写明为什么不办。"),
            tr("已登记不办的原因。"),
            tr("不办"),
            drop_request,
            "reason",
        ),
        "reopen_request": Saying(
            tr("重新打开"),
            tr("原因(&T)"),
            tr("例如 周六没有号，要再约"),
            tr("请写明为什么重新打开。"),
            tr("已重新打开。"),
            tr("重新打开"),
            reopen_request,
            "reason",
        ),
    }


def about(row: Row) -> str:
    """Which one it is about, in a line."""
    words = tr("{name} {number} · {day} 登记：{text}")
    return words.format(name=row.name, number=row.number, day=row.received_on, text=row.text)


def _which(row: Row) -> dict[str, int]:
    key = "complaint_id" if isinstance(row, ComplaintRow) else "request_id"
    return {key: row.id}


class SayDialog(DeskDialog):
    """What was said or done, in words."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: Row, step: str) -> None:
        self.saying = sayings()[step]
        super().__init__(context, parent, self.saying.title)
        self.row = row
        self.body.addWidget(label(about(row), "muted"))
        self.text = TextEdit(self.saying.example)
        form = Form()
        self.text_field = form.add(self.saying.field, self.text)
        self.body.addWidget(form)
        self.add_buttons(self.saying.button, tr("取消"))
        self.text.setFocus()

    def submit(self) -> None:
        """Write it down."""
        if not self.text.value():
            self.text_field.refuse(self.saying.missing)
            return
        done = self.context.alerts.run_command(
            self.saying.command,
            self.once,
            **_which(self.row),
            **{self.saying.words: self.text.value()},
        )
        if done is not None:
            self.say_done(self.saying.done)


class CloseComplaintDialog(DeskDialog):
    """What came of it and whether the person is content, Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: ComplaintRow) -> None:
        super().__init__(context, parent, tr("投诉结案"))
        self.row = row
        self.body.addWidget(label(about(row), "muted"))
        self.outcome = TextEdit(tr("例如 已电话致歉，顾客接受"))
        steps = [(step, satisfaction_title(step)) for step in (4, 3, 2, 1)]
        self.satisfied = ChoiceBox([(None, tr("没有问到")), *steps])
        form = Form()
        self.outcome_field = form.add(tr("处理结果(&Y)"), self.outcome)
        form.add(tr("顾客意见(&S)"), self.satisfied)
        self.body.addWidget(form)
        self.add_buttons(tr("结案"), tr("取消"))
        self.outcome.setFocus()

    def submit(self) -> None:
        """Close it."""
        if not self.outcome.value():
            self.outcome_field.refuse(tr("请写明处理结果，再结案。"))
            return
        done = self.context.alerts.run_command(
            close_complaint,
            self.once,
            complaint_id=self.row.id,
            outcome=self.outcome.value(),
            satisfied=self.satisfied.value(),
        )
        if done is not None:
            self.say_done(tr("投诉已结案。"))


class AssignDialog(DeskDialog):
    """Somebody else looks after it; a request may get another day with it."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: Row) -> None:
        super().__init__(context, parent, tr("转交"))
        self.row = row
        self.body.addWidget(label(about(row), "muted"))
        self.owner = ChoiceBox([(each.id, each.name) for each in list_staff(context.db)])
        self.owner.choose(row.owner_id)
        self.reason = TextEdit(tr("选填，例如 须由诊室说明"))
        self.due = DateEdit()
        self.due.setText(row.due_on or "")
        self.form = form = Form()
        self.owner_field = form.add(tr("交给谁(&W)"), self.owner)
        complains = isinstance(row, ComplaintRow)
        form.show_row(form.add(tr("原因(&T)"), self.reason), complains)
        self.due_field = form.add(tr("期限(&D)"), self.due)
        form.show_row(self.due_field, not complains)
        self.body.addWidget(form)
        self.add_buttons(tr("转交"), tr("取消"))
        self.owner.setFocus()

    def submit(self) -> None:
        """Hand it over."""
        if isinstance(self.row, ComplaintRow):
            done: Any = self.context.alerts.run_command(
                assign_complaint,
                self.once,
                complaint_id=self.row.id,
                owner_id=self.owner.value(),
                reason=self.reason.value(),
            )
        else:
            try:
                due_on = self.due.day_or_none()
            except RuleError as refused:
                self.due_field.refuse(refused.sentence)
                return
            done = self.context.alerts.run_command(
                assign_request,
                self.once,
                request_id=self.row.id,
                owner_id=self.owner.value(),
                due_on=due_on,
            )
        if done is not None:
            self.say_done(tr("已转交{name}。").format(name=self.owner.currentText()))


class ChangeComplaintDialog(DeskDialog):
    """What it is about, whether it is urgent, until when."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: ComplaintRow) -> None:
        super().__init__(context, parent, tr("改类别和期限"))
        self.row = row
        self.body.addWidget(label(about(row), "muted"))
        self.topic = topic_box()
        self.topic.choose(row.topic)
        self.urgent = QCheckBox(tr("紧急，今天就要回应"))
        self.urgent.setChecked(row.urgent)
        self.due = DateEdit()
        self.due.setText(row.due_on or "")
        form = Form()
        form.add(tr("类别(&C)"), self.topic)
        form.add(tr("紧急(&U)"), self.urgent)
        self.due_field = form.add(tr("期限(&D)"), self.due)
        self.body.addWidget(form)
        self.add_buttons(tr("保存"), tr("取消"))
        self.due.setFocus()

    def submit(self) -> None:
        """Save."""
        try:
            due_on = self.due.day()
        except RuleError as refused:
            self.due_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            change_complaint,
            self.once,
            complaint_id=self.row.id,
            topic=self.topic.value(),
            urgent=self.urgent.isChecked(),
            due_on=due_on,
        )
        if done is not None:
            self.say_done(tr("已保存。"))


def topic_box() -> ChoiceBox:
    """What a complaint may be about."""
    return ChoiceBox([("", tr("未分类")), *((each, topic_title(each)) for each in TOPICS)])
