"""A call planned by hand for the open person."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.followups.calls import create_task
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import DateEdit, Form, TextEdit


class PlanCallDialog(DeskDialog):
    """What about, and when."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("安排回访"))
        self.subject = TextEdit(tr("例如 问周六能不能来复查"))
        self.day = DateEdit()
        self.day.setText(context.today())
        form = Form()
        self.subject_field = form.add(tr("事由(&S)"), self.subject)
        self.day_field = form.add(tr("日期(&D)"), self.day)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.add_buttons(tr("安排"), tr("取消"))
        self.subject.setFocus()

    def submit(self) -> None:
        """Plan it."""
        if not self.subject.value():
            self.subject_field.refuse(tr("请写明为什么要回访。"))
            return
        try:
            day = self.day.day()
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            create_task,
            self.once,
            person_id=self.person_id,
            due_on=day,
            subject=self.subject.value(),
        )
        if done is not None:
            self.say_done(tr("已安排 {day} 回访。").format(day=day))
