"""Saves a week's workbook: asks where, writes on another thread, says when it is there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from services.clinic import Clinic
from services.i18n import tr
from services.rights import holders, may
from ui.context import UiContext
from ui.theme import GAP
from ui.widgets.gift_kit import key_button
from ui.widgets.work import Work

FOLDER = "export/folder"


class FridayExport(QWidget):
    """One button and a bar that shows only while it works."""

    written = Signal(str)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._week = ""
        self._path = ""
        self.save = key_button(tr("导出(&X)"))
        self.show_file = key_button(tr("打开文件(&O)"))
        self.show_file.hide()
        self.work = Work(context.tasks, context.alerts)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for widget in (self.save, self.show_file):
            row.addWidget(widget)
        row.addWidget(self.work, 1)
        row.addStretch(0)
        self.save.clicked.connect(self.ask)
        self.show_file.clicked.connect(self._open)

    def set_week(self, week: str) -> None:
        """Which week is saved."""
        if week != self._week:
            self.show_file.hide()
        self._week = week
        self.save.setText(tr("导出 {week} 工作簿…(&X)").format(week=week))
        self.save.setShortcut(QKeySequence())  # its own key stays the quick one
        self.save.setEnabled(bool(week) and not self.work.busy)

    def ask(self, *_: object) -> None:
        """Ask where; the name is made already."""
        from services.workbooks.friday import file_name

        actor = self._context.session.actor
        if not may(actor.role, "export.workbook"):
            sentence = tr("您没有导出的权限,须由{holders}登录后导出。")
            words = sentence.format(holders=holders("export.workbook"))
            self._context.alerts.banner(words, "warning")
            return
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        folder = Path(str(self._context.settings.value(FOLDER, documents)))
        path = ask_path(self, folder / file_name(self._week))
        if path is not None:
            self.export(path)

    def export(self, path: Path) -> None:
        """Write the workbook on another thread."""
        self._context.settings.setValue(FOLDER, str(path.parent))
        self.save.setEnabled(False)
        call = partial(
            write, self._context.clinic, path, self._week, self._context.session.actor.name
        )
        self.work.start(tr("正在导出工作簿"), call, self._done, always=self._again)

    def _done(self, written: Any) -> None:
        self._path = str(written.path)
        sentence = tr("已导出 {name}。").format(name=Path(written.path).name)
        self._context.alerts.banner(sentence, "success")
        self.show_file.show()
        self.written.emit(self._path)

    def _again(self) -> None:
        self.save.setEnabled(True)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._path))


def ask_path(parent: QWidget, proposal: Path) -> Path | None:
    """Where to save; None when the person went back."""
    path, _ = QFileDialog.getSaveFileName(
        parent, tr("导出礼品核对工作簿"), str(proposal), tr("Excel 工作簿 (*.xlsx)")
    )
    if not path:
        return None
    return Path(path if path.endswith(".xlsx") else path + ".xlsx")


def write(clinic: Clinic, path: Path, week: str, exported_by: str) -> Any:
    """The work itself, over a reading connection of its own."""
    from services.workbooks.friday import write_friday

    with clinic.reading() as reader:
        return write_friday(reader, path, week=week, exported_by=exported_by)
