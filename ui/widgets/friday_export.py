"""Saves a workbook: asks where, writes on another thread, puts it on record, says it is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from services.clinic import Clinic
from services.commands import Session
from services.gifts.period import PeriodRow
from services.i18n import tr
from services.rights import holders, may
from services.workbooks.export_log import log_export
from ui.context import UiContext
from ui.theme import GAP
from ui.widgets.gift_kit import key_button
from ui.widgets.work import Work

FOLDER = "export/folder"


class WorkbookSaver(QWidget):
    """One button and a bar that shows only while it works. A subclass says what is written."""

    written = Signal(str)

    def __init__(self, context: UiContext, words: str) -> None:
        super().__init__()
        self._context = context
        self._path = ""
        self.save = key_button(words)
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

    def file_name(self) -> str:
        """The name that is proposed."""
        raise NotImplementedError

    def job(self, path: Path) -> Callable[[], Any]:
        """What writes the file, on another thread; answers something with `path` and `rows`."""
        raise NotImplementedError

    def on_record(self, written: Any) -> dict[str, int]:
        """What the export log keeps of a file besides its name."""
        return {"rows": written.rows}

    def ask(self, *_: object) -> None:
        """Ask where; the name is made already."""
        if self.work.busy:
            return
        actor = self._context.session.actor
        if not may(actor.role, "export.workbook"):
            sentence = tr("您没有导出的权限，须由{holders}登录后导出。")
            words = sentence.format(holders=holders("export.workbook"))
            self._context.alerts.banner(words, "warning")
            return
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        folder = Path(str(self._context.settings.value(FOLDER, documents)))
        path = ask_path(self, folder / self.file_name())
        if path is not None:
            self.export(path)

    def export(self, path: Path) -> None:
        """Write the workbook on another thread."""
        self._context.settings.setValue(FOLDER, str(path.parent))
        self.save.setEnabled(False)
        done = partial(self._done, self._context.session)
        self.work.start(tr("正在导出工作簿"), self.job(path), done, always=self._again)

    def _done(self, session: Session, written: Any) -> None:
        name = Path(written.path).name
        said = self.on_record(written)
        if self._context.alerts.run(log_export, session, name=name, **said) is None:
            return
        self._path = str(written.path)
        self._context.alerts.banner(tr("已导出 {name}。").format(name=name), "success")
        self.show_file.show()
        self.written.emit(self._path)

    def _again(self) -> None:
        self.save.setEnabled(True)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._path))


class FridayExport(WorkbookSaver):
    """The workbook of a week, signed or not."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context, tr("导出(&X)"))
        self._week = ""

    def set_week(self, week: str) -> None:
        """Which week is saved."""
        if week != self._week:
            self.show_file.hide()
        self._week = week
        self.save.setText(tr("导出 {week} 工作簿(&X)…").format(week=week))
        self.save.setShortcut(QKeySequence())  # its own key stays the quick one
        self.save.setEnabled(bool(week) and not self.work.busy)

    def file_name(self) -> str:
        from services.workbooks.friday import file_name

        return file_name(self._week)

    def job(self, path: Path) -> Callable[[], Any]:
        name = self._context.session.actor.name
        return partial(write, self._context.clinic, path, self._week, name)


class CountSheetExport(WorkbookSaver):
    """The blind sheet of the open week, to count with a pencil."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context, tr("导出清点表(&X)…"))
        self.period: PeriodRow | None = None

    def file_name(self) -> str:
        from services.workbooks.count_sheet import file_name

        assert self.period is not None
        return file_name(self.period.week)

    def job(self, path: Path) -> Callable[[], Any]:
        assert self.period is not None
        return partial(write_sheet, self._context.clinic, path, self.period.id)


def ask_path(parent: QWidget, proposal: Path) -> Path | None:
    """Where to save; None when the person went back."""
    path, _ = QFileDialog.getSaveFileName(
        parent, tr("导出工作簿"), str(proposal), tr("Excel 工作簿 (*.xlsx)")
    )
    if not path:
        return None
    return Path(path if path.endswith(".xlsx") else path + ".xlsx")


def write(clinic: Clinic, path: Path, week: str, exported_by: str) -> Any:
    """The work itself, over a reading connection of its own."""
    from services.workbooks.friday import write_friday

    with clinic.reading() as reader:
        return write_friday(reader, path, week=week, exported_by=exported_by)


def write_sheet(clinic: Clinic, path: Path, reconciliation_id: int) -> Any:
    """The count sheet, over a reading connection of its own."""
    from services.workbooks.count_sheet import write_count_sheet

    with clinic.reading() as reader:
        return write_count_sheet(reader, path, reconciliation_id=reconciliation_id)
