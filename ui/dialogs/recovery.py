"""Typing the recovery code back: the proof that the paper is still there."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.forms.recovery_sheet import recovery_sheet
from services.i18n import tr
from services.setup import clinic_name, confirm_recovery
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Form, TextEdit, label
from ui.widgets.gift_kit import key_button


class RecoveryDialog(Dialog):
    """One field; the code is compared with the clinic's own slot and never kept. A page that has
    become hard to read can be printed anew from the code that was typed."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("核对恢复码"))
        self.setMinimumWidth(480)
        hint = label(tr("找出建诊所时打印的恢复页，照着输入。大小写和横线都不要紧。"), "muted")
        self.body.addWidget(hint)
        self.typed = TextEdit(tr("5 组、每组 5 个字符，横线可以不写"))
        form = Form()
        self.field = form.add(tr("恢复码(&R)"), self.typed)
        self.body.addWidget(form)
        self.print_button = key_button(tr("核对并重新打印(&D)…"))
        self.print_button.clicked.connect(self.print_again)
        self.add_buttons(tr("核对"), tr("取消"), left=(self.print_button,))

    def submit(self) -> None:
        """Compare, and note the day."""
        if self._fits():
            self.say_done(tr("恢复码正确。请把它放回安全的地方，不要和电脑放在一起。"))

    def print_again(self, *_: object) -> None:
        """Compare, and print the page once more: straight to the printer, nowhere else."""
        from ui.printing import print_paper

        if not self._fits():
            return
        sheet = recovery_sheet(clinic_name(self.context.clinic), self.typed.value().upper())
        if print_paper(sheet, self):
            self.say_done(tr("已打印恢复密钥页。请签字封好，旧的一张请销毁。"))

    def _fits(self) -> bool:
        try:
            done = confirm_recovery(self.context.session, typed=self.typed.value())
        except RuleError as refused:
            self.field.refuse(refused.sentence)
            return False
        self.context.bus.announce(done.changes)
        return True
