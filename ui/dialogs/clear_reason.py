"""Why numbers leave in full, and a second person's word for it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.commands import Approval
from services.i18n import tr
from services.reports.clear_text import APPROVAL
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.base import Dialog
from ui.forms import Form, TextEdit, label


class ClearReasonDialog(Dialog):
    """`said` is the reason with the approval once both were given."""

    def __init__(self, context: UiContext, parent: QWidget | None, who: str) -> None:
        super().__init__(context, parent, tr("导出明文号码"))
        self.setMinimumWidth(520)
        self.said: tuple[str, Approval] | None = None
        self._who = who
        self.body.addWidget(label(tr("{who}，完整的姓名和号码。").format(who=who)))
        self.body.addWidget(
            label(tr("每页印导出人、批准人、时间和文件号，名单上的每个人都记入操作记录。"), "muted")
        )
        self.reason = TextEdit(tr("例如：交短信平台发会员日通知"))
        form = Form()
        self.field = form.add(tr("用途(&U)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("请人批准 ⏎"), tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Ask the second person."""
        reason = self.reason.value()
        if not reason:
            self.field.refuse(tr("请写明为什么要导出明文，例如“交短信平台发会员日通知”。"))
            return
        what = tr("{who}，导出明文号码。用途：{reason}").format(who=self._who, reason=reason)
        actor = self.context.session.actor
        approval = ask_approval(self.context, self, APPROVAL, what, without=actor.id)
        if approval is not None:
            self.said = (reason, approval)
            self.accept()


def ask_release(
    context: UiContext, parent: QWidget | None, who: str
) -> tuple[str, Approval] | None:
    """The reason and the second person's word; None when either was not given."""
    dialog = ClearReasonDialog(context, parent, who)
    dialog.exec()
    return dialog.said
