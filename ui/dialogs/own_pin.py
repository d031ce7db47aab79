"""A new PIN for the person at the desk."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.i18n import tr
from services.staff import change_own_pin, check_pin_form, sign_in
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Form, PinEdit


class OwnPinDialog(Dialog):
    """The old PIN once, the new one twice."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("更改我的密码"))
        self.setMinimumWidth(420)
        self.old, self.new, self.again = PinEdit(), PinEdit(), PinEdit(tr("再输入一次"))
        form = Form()
        self.old_field = form.add(tr("现在的密码(&O)"), self.old)
        self.new_field = form.add(tr("新密码(&N)"), self.new)
        self.again_field = form.add(tr("再输一次(&A)"), self.again)
        self.body.addWidget(form)
        self.add_buttons(tr("更改"), tr("取消"))

    def submit(self) -> None:
        """Check the old one, then change."""
        if self.new.text() != self.again.text():
            self.again_field.refuse(tr("两次输入的密码不一样，请重新输入。"))
            return
        try:
            check_pin_form(self.new.text())
        except RuleError as refused:
            self.new_field.refuse(refused.sentence)
            return
        try:
            sign_in(self.context.clinic, self.context.session.actor.name, self.old.text())
        except RuleError as refused:
            self.old_field.refuse(refused.sentence)
            return
        session = self.context.session
        if self.context.alerts.run_command(change_own_pin, session, new_pin=self.new.text()):
            self.accept()
