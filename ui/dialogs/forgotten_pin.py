"""A director forgot their PIN: the recovery code sets a new one, on the sign-in page."""

from __future__ import annotations

import uuid

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from services.clinic import Clinic
from services.errors import EnvironmentFault, RuleError, fault_sentence
from services.i18n import tr
from services.recovery import new_pin_by_code
from services.rights import DIRECTOR
from services.staff import StaffRow, check_pin_form, list_staff
from ui.forms import ChoiceBox, Form, PinEdit, TextEdit, button, button_row, label
from ui.theme import GAP


class ForgottenPin(QDialog):
    """Who, the code, and twice the new PIN. Nobody is signed in yet."""

    def __init__(self, clinic: Clinic, parent: QWidget | None, staff_id: int = 0) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("忘记密码"))
        self.setMinimumWidth(520)
        self._clinic = clinic
        self._op = uuid.uuid4()
        self.staff_id = 0
        directors = [row for row in list_staff(clinic.db) if row.role == DIRECTOR]
        words = tr("院长忘记密码：用恢复码重设。其他人忘记密码，请院长登录后在“管理 → 员工”重设。")
        self.who = ChoiceBox([(row.id, _name(row)) for row in directors])
        self.who.choose(staff_id)
        self.code = TextEdit(tr("5 组、每组 5 个字符，横线可以不写"))
        self.new, self.again = PinEdit(), PinEdit(tr("再输入一次"))
        form = Form()
        form.add(tr("院长(&W)"), self.who)
        self.code_field = form.add(tr("恢复码(&R)"), self.code)
        self.new_field = form.add(tr("新密码(&N)"), self.new)
        self.again_field = form.add(tr("再输一次(&A)"), self.again)
        main, back = button(tr("重设密码"), "primary"), button(tr("取消"))
        main.setDefault(True)
        main.clicked.connect(self.submit)
        back.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GAP, 2 * GAP, 3 * GAP, 2 * GAP)
        column.setSpacing(2 * GAP)
        column.addWidget(label(words, "muted"))
        column.addWidget(form)
        column.addLayout(button_row(back, main))
        self.code.setFocus()

    def submit(self, *_: object) -> None:
        """Set it, or say below the field why not."""
        if self.new.text() != self.again.text():
            self.again_field.refuse(tr("两次输入的密码不一样，请重新输入。"))
            return
        try:
            check_pin_form(self.new.text())
        except RuleError as refused:
            self.new_field.refuse(refused.sentence)
            return
        try:
            done = new_pin_by_code(
                self._clinic,
                staff_id=int(self.who.value() or 0),
                code=self.code.value(),
                new_pin=self.new.text(),
                op_id=self._op,
            )
        except RuleError as refused:
            self.code_field.refuse(refused.sentence)
            return
        except EnvironmentFault as fault:
            self.code_field.refuse(fault_sentence(fault.fault))
            return
        self.staff_id = done.staff_id
        self.accept()


def _name(row: StaffRow) -> str:
    return row.name
