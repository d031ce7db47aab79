"""A request or a suggestion, of the open person or of nobody by name (R052, R066, R149)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.feedback.deadlines import deadlines
from services.feedback.requests import open_request
from services.feedback.words import (
    REQUEST,
    REQUEST_SOURCES,
    SUGGESTION,
    kind_title,
    source_title,
)
from services.i18n import tr
from services.people.records import person
from services.staff import list_staff
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, DateEdit, Form, TextEdit

_KINDS = (REQUEST, SUGGESTION)


class NewRequestDialog(DeskDialog):
    """What is asked for or suggested, by whom, who looks after it, until when."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("登记要求或建议"))
        self.text = TextEdit(tr("例如 想换周六复诊；希望候诊区有饮水机"))
        self.kind = ChoiceBox([(each, kind_title(each)) for each in _KINDS])
        self.who = ChoiceBox(self._people())
        self.source = ChoiceBox([(each, source_title(each)) for each in REQUEST_SOURCES])
        self.owner = ChoiceBox([(row.id, row.name) for row in list_staff(context.db)])
        self.owner.choose(context.session.actor.id)
        self.due = DateEdit()
        days = deadlines(context.db).request_days
        self.due.setPlaceholderText(tr("不填为 {n} 天").format(n=days))
        form = Form()
        self.text_field = form.add(tr("内容(&T)"), self.text)
        form.add(tr("类别(&C)"), self.kind)
        form.add(tr("顾客(&G)"), self.who)
        form.add(tr("来源(&S)"), self.source)
        form.add(tr("责任人(&W)"), self.owner)
        self.due_field = form.add(tr("期限(&D)"), self.due)
        self.body.addWidget(form)
        self.add_buttons(tr("登记"), tr("取消"))
        self.text.setFocus()

    def _people(self) -> list[tuple[int | None, str]]:
        """The open person, or nobody: the message board knows no names."""
        nobody: list[tuple[int | None, str]] = [(None, tr("不记姓名"))]
        if not self.person_id:
            return nobody
        found = person(self.context.db, self.person_id)
        return [(self.person_id, f"{found.form.name} {found.number}"), *nobody]

    def submit(self) -> None:
        """Write it down."""
        if not self.text.value():
            self.text_field.refuse(tr("请写明顾客的要求或建议。"))
            return
        try:
            due_on = self.due.day_or_none()
        except RuleError as refused:
            self.due_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            open_request,
            self.once,
            text=self.text.value(),
            person_id=self.who.value(),
            kind=self.kind.value(),
            source=self.source.value(),
            owner_id=self.owner.value(),
            due_on=due_on,
        )
        if done is not None:
            words = tr("已登记{kind}，由{owner}答复。")
            self.say_done(
                words.format(kind=self.kind.currentText(), owner=self.owner.currentText())
            )
