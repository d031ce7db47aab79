"""The monthly drill: is the copy off this PC good for a day when this PC is gone?"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from services.backups import drill, keeping, off_pc, shelf
from services.backups.shelf import Backup
from services.clinic import Clinic
from services.errors import EnvironmentFault, Fault, RuleError
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.backups import counts_words
from ui.dialogs.base import Dialog
from ui.forms import Form, TextEdit, label
from ui.theme import role_of
from ui.widgets.gift_kit import key_button
from ui.widgets.work import Work


class DrillDialog(Dialog):
    """The recovery code; then what stands in the newest copy off this PC."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("恢复演练"))
        self.take_room(600, 340)
        hint = tr(
            "插上 U 盘，输入恢复码。程序在临时位置打开 U 盘上最新的备份，就像这台电脑已经不在了；"
            "核对后自动清除，现在的数据不受影响。每月做一次。"
        )
        self.body.addWidget(label(hint, "muted"))
        self.code = TextEdit(tr("5 组、每组 5 个字符，横线可以不写"))
        form = Form()
        self.field = form.add(tr("恢复码(&R)"), self.code)
        self.body.addWidget(form)
        self.outcome = label("")
        self.outcome.hide()
        self.body.addWidget(self.outcome)
        self.body.addStretch(1)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.folder_button = key_button(tr("另选备份位置(&F)…"))
        self.folder_button.clicked.connect(self._choose)
        self.start_button = self.add_buttons(tr("开始演练"), tr("关闭"), left=(self.folder_button,))
        self.finished.connect(self.work.cancel)
        self.code.setFocus()

    def submit(self) -> None:
        """Drill with the newest copy of the places that are there."""
        self.start(None)

    def start(self, folder: Path | None) -> None:
        """Drill with the newest copy of `folder`, or of any known place."""
        code = self.code.value()
        if not code:
            self.field.refuse(tr("请输入建立诊所时打印的恢复码。"))
            return
        if self.work.busy:
            return
        self.outcome.hide()
        self.start_button.setEnabled(False)
        call = partial(_drill, self.context.clinic, folder, code)
        self.work.start(tr("正在打开备份并核对"), call, self._done, always=self._again)

    def _done(self, found: drill.Drilled | str) -> None:
        if isinstance(found, str):
            self.field.refuse(found)
            return
        clinic = self.context.clinic
        self.context.alerts.run(drill.remember_drill, shelf.folder_of(clinic.folder), self._today)
        self.context.alerts.run(
            drill.note_drill, self.context.session, backup=found.backup, faults=found.faults
        )
        words = tr("✓ 用恢复码打开了 {name}：{counts}。")
        if found.faults:
            words = tr("⚠ 用恢复码打开了 {name}：{counts}；账目有 {n} 类问题，请校验数据。")
        self.outcome.setText(
            words.format(name=found.backup, counts=counts_words(found.counts), n=found.faults)
        )
        role_of(self.outcome, "warning" if found.faults else "success")
        self.outcome.show()
        self.code.clear()

    @property
    def _today(self) -> str:
        return self.context.today()

    def _again(self) -> None:
        self.start_button.setEnabled(True)

    def _choose(self) -> None:
        picked = QFileDialog.getExistingDirectory(self, tr("选择存放备份的位置"))
        if picked:
            self.start(Path(picked))


# --- the work itself, on another thread ---


def _drill(clinic: Clinic, folder: Path | None, code: str) -> drill.Drilled | str:
    """What was found; a sentence when the code does not fit. Raises RuleError without a copy."""
    try:
        return drill.drill(_newest_away(clinic, folder), code, clinic.clock)
    except EnvironmentFault as fault:
        if fault.fault is not Fault.WRONG_KEY:
            raise
        return tr("恢复码不对，请逐组核对：共 5 组，每组 5 个字母或数字。")


def _newest_away(clinic: Clinic, folder: Path | None) -> Backup:
    folders = [folder] if folder else [place.folder for place in keeping.places_here(clinic)]
    copies = [each for each in map(off_pc.newest, folders) if each is not None]
    if not copies:
        raise RuleError(tr("没有找到 U 盘上的备份。请插好 U 盘，或先复制一份备份到 U 盘。"))
    return max(copies, key=lambda each: each.manifest.made_at)
