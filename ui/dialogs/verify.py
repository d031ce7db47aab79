"""Is everything in the file as it should be? Looks, never mends."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.clinic import Clinic
from services.errors import RuleError
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Field, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.tasks import Cancelled, Progress
from ui.theme import role_of
from ui.widgets.work import Work


class VerifyDialog(Dialog):
    """Start, watch, read what was found."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("校验数据"))
        self.resize(760, 440)
        words = tr(
            "核对文件、账目、等级、积分、礼品、库存和操作记录是否互相一致。只看，不改任何数据。"
        )
        self.body.addWidget(label(words, "muted"))
        self.head = TextEdit(tr("可不填；照收尾单或周五核对表上的写，例如 1a2b3c4d #123"))
        self.head.setAccessibleName(tr("链末端"))
        self.head_field = Field(self.head)
        row = QHBoxLayout()
        row.addWidget(label(tr("链末端")))
        row.addWidget(self.head_field, 1)
        self.body.addLayout(row)
        self.verdict = label("", "subheading")
        self.verdict.hide()
        self.body.addWidget(self.verdict)
        columns = [
            Column(tr("发现"), _sentence, width=560, tip=_sentence),
            Column(tr("数量"), _count_text, sort=_count, align="right", width=80),
        ]
        self.table = Table(
            "verify",
            columns,
            context.settings,
            title=tr("发现的问题"),
            empty_text=tr("按“开始校验”。校验时可以照常工作。"),
            key=_sentence,
        )
        self.body.addWidget(self.table, 1)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.start_button = self.add_buttons(tr("开始校验"), tr("关闭"))
        self.finished.connect(self.work.cancel)

    def submit(self) -> None:
        """Check everything on another thread, and the head of the chain off a paper."""
        from services.verify import anchors

        self.head_field.clear_error()
        try:
            heads = [anchors.typed(self.head.value())] if self.head.value() else []
        except RuleError as error:
            self.head_field.refuse(error.sentence)
            return
        self.start_button.setEnabled(False)
        self.verdict.hide()
        self.table.set_rows([])
        call = partial(check, self.context.clinic, heads)
        self.work.start(tr("正在校验"), call, self._done, progress=True, always=self._again)

    def _done(self, report: Any) -> None:
        self.table.empty_text = ""
        self.table.set_rows(report.faults)
        checked = tr("、").join(f"{what} {n:,}" for what, n in report.checked.items() if n)
        self.table.setToolTip(checked)
        self.verdict.show()
        if report.good:
            self.verdict.setText(tr("✓ 全部一致，没有发现问题。"))
            role_of(self.verdict, "success")
        else:
            words = tr("✕ 发现 {n} 类问题。请不要自行修改数据，把这张表交给技术人员。")
            self.verdict.setText(words.format(n=len(report.faults)))
            role_of(self.verdict, "error")

    def _again(self) -> None:
        self.start_button.setEnabled(True)


def check(clinic: Clinic, heads: list[Any], progress: Progress) -> Any:
    """The work itself; it brings its own reading connections."""
    from services.verify import VerifyCancelled, verify

    try:
        return verify(clinic, progress.show, progress.stopped, heads=heads)
    except VerifyCancelled as stopped:
        raise Cancelled from stopped


def _sentence(fault: Any) -> str:
    return str(fault.sentence)


def _count_text(fault: Any) -> str:
    return f"{fault.count:,}"


def _count(fault: Any) -> int:
    return int(fault.count)
