"""Somebody's word with their own PIN, given inline: a name, a PIN, Enter."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from services.commands import Approval
from services.errors import EnvironmentFault, RuleError, fault_sentence
from services.i18n import tr
from services.rights import may, role_title
from services.staff import approve, list_staff
from ui.context import UiContext
from ui.forms import Field, Form, PinEdit, button, label
from ui.theme import role_of
from ui.widgets.gift_kit import Card, LetterBox


class Signature(Card):
    """Name, PIN, Enter → `signed` with the approval, which stays until `reset`."""

    signed = Signal(object)

    def __init__(self, context: UiContext, right: str, title: str) -> None:
        super().__init__(title)
        self._context = context
        self._right = right
        self.approval: Approval | None = None
        self.setAccessibleName(title)
        self.name = LetterBox()
        self.pin = PinEdit(tr("密码"))
        form = Form()
        self.name_field = form.add(tr("姓名"), self.name)
        self.pin_field: Field = form.add(tr("密码"), self.pin)
        self._form: QWidget = form
        self.state = label("")
        self.sign = button(tr("签字"))
        for widget in (form, self.sign, self.state):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.sign.clicked.connect(self.submit)
        self.submitted.connect(self.submit)
        self.name.currentIndexChanged.connect(self.pin_field.clear_error)
        self.state.hide()

    def offer(self) -> None:
        """Who may be asked: those who hold the right first, the others say so themselves."""
        rows = list_staff(self._context.db)
        rows.sort(key=lambda row: not may(row.role, self._right))
        self.name.set_choices([(row.name, f"{row.name} · {role_title(row.role)}") for row in rows])
        session = self._context.signed_in.session
        if session is not None and may(session.actor.role, self._right):
            self.name.choose(session.actor.name)
        else:
            self.name.setCurrentIndex(0)

    def reset(self) -> None:
        """Not signed."""
        self.approval = None
        self.pin.clear()
        self.pin_field.clear_error()
        self._show()

    def start(self) -> None:
        """The keyboard goes where the hand does: the PIN; the name is one Shift+Tab away."""
        self.pin.setFocus()

    def submit(self) -> None:
        """Try the PIN."""
        if self.approval is not None:
            return
        try:
            given = approve(
                self._context.clinic, self.name.value() or "", self.pin.text(), self._right
            )
        except RuleError as refused:
            self.pin.clear()
            self.pin_field.refuse(refused.sentence)
            return
        except EnvironmentFault as trouble:
            self.pin.clear()
            self.pin_field.refuse(fault_sentence(trouble.fault))
            return
        self.approval = given
        self.pin.clear()
        self._show()
        self.signed.emit(given)

    def _show(self) -> None:
        done = self.approval is not None
        self._form.setVisible(not done)
        self.sign.setVisible(not done)
        self.state.setVisible(done)
        if self.approval is not None:
            self.state.setText(tr("✓ {name} 已签字").format(name=self.approval.name))
            role_of(self.state, "success")
