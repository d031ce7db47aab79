"""A second person's word: name and PIN for one right."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.commands import Approval
from services.errors import RuleError
from services.i18n import tr
from services.rights import holders, may
from services.staff import approve, list_staff
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, Form, PinEdit, label


class ApproveDialog(Dialog):
    """`approval` is None until it was given. `without` is the id of who may not give it."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        right: str,
        what: str,
        without: int | None = None,
    ) -> None:
        super().__init__(context, parent, tr("需要批准"))
        self.setMinimumWidth(440)
        self.approval: Approval | None = None
        self._right = right
        self.body.addWidget(label(what))
        words = tr("请由{holders}输入自己的密码。").format(holders=holders(right))
        self.body.addWidget(label(words, "muted"))
        people = [
            row for row in list_staff(context.db) if may(row.role, right) and row.id != without
        ]
        self.who = ChoiceBox([(row.name, row.name) for row in people])
        self.pin = PinEdit(tr("密码"))
        form = Form()
        form.add(tr("批准人(&W)"), self.who)
        self.field = form.add(tr("密码(&P)"), self.pin)
        self.body.addWidget(form)
        self.add_buttons(tr("批准"), tr("取消"))
        self.pin.setFocus()

    def submit(self) -> None:
        """Check the PIN and the right."""
        try:
            name = str(self.who.value() or "")
            self.approval = approve(self.context.clinic, name, self.pin.text(), self._right)
        except RuleError as refused:
            self.field.refuse(refused.sentence)
        else:
            self.accept()
        finally:
            self.pin.clear()


def ask_approval(
    context: UiContext, parent: QWidget | None, right: str, what: str, without: int | None = None
) -> Approval | None:
    """Ask for a second person's word; None when it was not given."""
    dialog = ApproveDialog(context, parent, right, what, without)
    dialog.exec()
    return dialog.approval
