"""Before names and phones leave in full: the reason, and a second person's word."""

from __future__ import annotations

import uuid

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.reports.clear_text import APPROVAL, release_clear
from services.reports.sheet import Filters, Report
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.base import Dialog
from ui.forms import Form, TextEdit, label


class ClearExportDialog(Dialog):
    """`released` carries the file's number once the second person said yes."""

    released = Signal(int)

    def __init__(
        self, context: UiContext, parent: QWidget | None, report: Report, filters: Filters, who: str
    ) -> None:
        super().__init__(context, parent, tr("导出明文名单"))
        self.setMinimumWidth(520)
        self._report, self._filters, self._who = report, filters, who
        self._op = uuid.uuid4()
        self.body.addWidget(label(who))
        self.body.addWidget(
            label(
                tr(
                    "文件里是完整的姓名和电话，每页印导出人、批准人、时间和文件号，并记入操作记录。"
                ),
                "muted",
            )
        )
        self.reason = TextEdit(tr("例如：寄会员日请柬"))
        form = Form()
        self.field = form.add(tr("用途(&U)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("请人批准 ⏎"), tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Ask the second person, then release the list."""
        reason = self.reason.value()
        if not reason:
            self.field.refuse(tr("请写明为什么要导出明文，例如“寄会员日请柬”。"))
            return
        session = self.context.session
        what = tr("{who}　用途：{reason}").format(who=self._who, reason=reason)
        approval = ask_approval(self.context, self, APPROVAL, what, without=session.actor.id)
        if approval is None:
            return
        done = self.context.alerts.run(
            release_clear,
            session.once(self._op),
            report=self._report.name,
            reason=reason,
            approval=approval,
            tier=self._filters.tier,
            birthday_month=self._filters.birthday_month,
            idle_months=self._filters.idle_months,
            group=self._filters.group,
            label=self._filters.label,
        )
        if done is not None:
            self.accept()
            self.released.emit(done.number)
