"""The Friday workbook of a week, as a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from services.clinic import Clinic
from services.gifts.period import default_week, friday_of, periods
from services.i18n import tr
from services.workbooks.export_log import log_export
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, Form, button, label
from ui.widgets.friday_export import ask_path
from ui.widgets.work import Work

FOLDER = "export/folder"


class FridayExportDialog(Dialog):
    """Choose the week, say where, open it."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("周五核对工作簿"))
        self.setMinimumWidth(520)
        self.week = ChoiceBox(self._weeks())
        form = Form()
        form.add(tr("核对日(&W)"), self.week)
        self.body.addWidget(
            label(tr("导出七张表的 Excel 工作簿，供签字存档。姓名和电话按规则遮蔽。"), "muted")
        )
        self.body.addWidget(form)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.open_button = button(tr("打开文件"))
        self.open_button.hide()
        self.open_button.clicked.connect(self._open)
        self.save_button = self.add_buttons(tr("导出…"), tr("关闭"), left=(self.open_button,))
        self._written = Path()

    def _weeks(self) -> list[tuple[str, str]]:
        now = default_week(self.context.db, self.context.today())
        closed = [row.week for row in periods(self.context.db, limit=104)]
        this = now == friday_of(self.context.today())
        title = tr("{week}(本周)") if this else tr("{week}(上周，没有核对)")
        weeks = [(now, title.format(week=now))]
        return weeks + [
            (week, tr("{week} 已签").format(week=week)) for week in closed if week != now
        ]

    def submit(self) -> None:
        """Ask where, then write on another thread."""
        from services.workbooks.friday import file_name

        week = str(self.week.value())
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        folder = Path(str(self.context.settings.value(FOLDER, documents)))
        path = ask_path(self, folder / file_name(week))
        if path is not None:
            self.export(week, path)

    def export(self, week: str, path: Path) -> None:
        """Write the workbook of `week` to `path`."""
        self.context.settings.setValue(FOLDER, str(path.parent))
        self.save_button.setEnabled(False)
        name = self.context.session.actor.name
        call = partial(write, self.context.clinic, path, week, name)
        self.work.start(tr("正在导出"), call, self._done, always=self._again)

    def _done(self, written: Any) -> None:
        name, session = Path(written.path).name, self.context.session
        if self.context.alerts.run(log_export, session, name=name, rows=written.rows) is None:
            return
        self._written = Path(written.path)
        sentence = tr("已导出 {name}。").format(name=self._written.name)
        self.context.alerts.banner(sentence, "success")
        self.open_button.show()

    def _again(self) -> None:
        self.save_button.setEnabled(True)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written)))


def write(clinic: Clinic, path: Path, week: str, exported_by: str) -> Any:
    """The work itself, over a reading connection of its own."""
    from services.workbooks.friday import write_friday

    with clinic.reading() as reader:
        return write_friday(reader, path, week=week, exported_by=exported_by)
