"""Typing the recovery code back: the proof that the paper is still there."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.i18n import tr
from services.setup import confirm_recovery
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Form, TextEdit, label


class RecoveryDialog(Dialog):
    """One field; the code is compared with the clinic's own slot and never kept."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("核对恢复码"))
        self.setMinimumWidth(480)
        hint = label(tr("找出建诊所时打印的恢复页，照着输入。大小写和横线都不要紧。"), "muted")
        self.body.addWidget(hint)
        self.typed = TextEdit("XXXXX-XXXXX-XXXXX-XXXXX-XXXXX")
        form = Form()
        self.field = form.add(tr("恢复码(&R)"), self.typed)
        self.body.addWidget(form)
        self.add_buttons(tr("核对"), tr("取消"))

    def submit(self) -> None:
        """Compare, and note the day."""
        try:
            done = confirm_recovery(self.context.session, typed=self.typed.value())
        except RuleError as refused:
            self.field.refuse(refused.sentence)
            return
        self.context.bus.announce(done.changes)
        self.say_done(tr("恢复码正确。请把它放回安全的地方，不要和电脑放在一起。"))
