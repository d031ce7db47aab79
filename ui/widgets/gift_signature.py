"""Somebody's word with their own PIN, given inline: a name, a PIN, Enter."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.commands import Approval
from services.errors import EnvironmentFault, RuleError, fault_sentence
from services.i18n import tr
from services.rights import may, role_title
from services.staff import approve, list_staff
from ui.context import UiContext
from ui.forms import Field, PinEdit, button, label
from ui.theme import GAP, role_of
from ui.widgets.gift_kit import Card, LetterBox


class Signature(Card):
    """Name, PIN, Enter → `signed` with the approval, which stays until `reset`."""

    signed = Signal(object)

    def __init__(self, context: UiContext, right: str, title: str, verb: str = "") -> None:
        super().__init__(title)
        self._context = context
        self._right = right
        self._done_words = tr("✓ {name} 已批准") if verb else tr("✓ {name} 已签字")
        self.approval: Approval | None = None
        self.setAccessibleName(title)
        self.name = LetterBox()
        self.name.setMinimumWidth(168)
        self.pin = PinEdit(tr("密码"))
        self.name.setAccessibleName(tr("{title}：姓名").format(title=title))
        self.pin.setAccessibleName(tr("{title}：密码").format(title=title))
        self.pin_field = Field(self.pin)
        self.state = label("")
        self.sign = button(verb or tr("签字"))
        self._lay_out()
        self.sign.clicked.connect(self.submit)
        self.submitted.connect(self.submit)
        self.name.currentIndexChanged.connect(self.pin_field.clear_error)
        self.state.hide()

    def _lay_out(self) -> None:
        """Two lines, so that both signatures and a reason fit under a banner at 768."""
        self.body.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        self.body.removeWidget(self.heading)
        top = QHBoxLayout()
        top.addWidget(self.heading)
        top.addStretch(1)
        top.addWidget(self.name)
        top.addWidget(self.state)
        self._typed = QWidget()
        line = QHBoxLayout(self._typed)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        line.addWidget(self.pin_field, 1)
        line.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(top)
        self.body.addWidget(self._typed)

    def offer(self) -> None:
        """Who may be asked: the post it is named for, then who else may, then the others."""
        rows = list_staff(self._context.db)
        post = self._right.partition(".")[2]
        rows.sort(key=lambda row: (not may(row.role, self._right), row.role != post))
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
        if not self.pin.text():
            self.pin_field.refuse(tr("请输入密码。"))  # no attempt, so none is counted
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
        self.name.setVisible(not done)
        self._typed.setVisible(not done)
        self.state.setVisible(done)
        if self.approval is not None:
            self.state.setText(self._done_words.format(name=self.approval.name))
            role_of(self.state, "success")
