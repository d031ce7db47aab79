"""The crash report: read first, saved where somebody says. Nothing is ever sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QFontDatabase, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from services import crash_report
from services.crash_report import CrashReport, ReportSaved
from services.i18n import tr
from ui.alerts import Alerts
from ui.context import UiContext
from ui.forms import button, button_row, label
from ui.theme import GAP


class ReportDialog(QDialog):
    """What a report holds, word for word. It opens over the desk as well as over the screen that
    says why there is none, so it needs no clinic."""

    def __init__(
        self, report: CrashReport, name: str, alerts: Alerts, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("错误报告"))
        self.setAccessibleName(self.windowTitle())
        self.report = report
        self._name = name
        self._alerts = alerts.inside(self)
        self.text = QPlainTextEdit(report.text)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("报告全文"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.save_button = button(tr("保存…(&S)"), "primary")
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self.choose)
        close = button(tr("关闭"))
        close.clicked.connect(self.reject)
        words = tr(
            "报告供技术人员排查，全文如下：版本、日志、最近操作的名称和时间、设置的名称。"
            "没有顾客和员工的资料，也没有金额。程序不联网，不会自行发送；保存后由您决定交给谁。"
        )
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        outside.addWidget(self._alerts.bar)
        inside = QVBoxLayout()
        inside.setContentsMargins(3 * GAP, 2 * GAP, 3 * GAP, 2 * GAP)
        inside.setSpacing(2 * GAP)
        inside.addWidget(label(words))
        inside.addWidget(self.text, 1)
        inside.addLayout(button_row(close, self.save_button))
        outside.addLayout(inside, 1)
        self.resize(760, 520)
        self.save_button.setFocus()

    def choose(self, *_: object) -> None:
        """Ask where, and write the zip."""
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        proposal = Path(QStandardPaths.writableLocation(documents)) / self._name
        path: str = QFileDialog.getSaveFileName(
            self, tr("保存错误报告"), str(proposal), tr("压缩文件 (*.zip)")
        )[0]
        if path:
            self.write(Path(path if path.endswith(".zip") else path + ".zip"))

    def write(self, path: Path) -> ReportSaved | None:
        """Write the report to `path`; None after saying why not."""
        saved = self._alerts.run(crash_report.save, self.report, path)
        if saved is not None:
            words = tr("已保存 {name}。请自行交给技术人员，程序不会发送它。")
            self._alerts.banner(words.format(name=path.name), "success")
        return saved


class CrashReportDialog(ReportDialog):
    """The report of the clinic that is open, from 帮助 or after a bug."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        clinic = context.clinic
        report = crash_report.gather(
            clinic.folder,
            clinic.clock,
            clinic=clinic,
            window_settings=context.settings.allKeys(),
        )
        super().__init__(report, crash_report.file_name(clinic.clock), context.alerts, parent)
        lock = QShortcut(QKeySequence("Ctrl+L"), self)
        lock.activated.connect(context.navigator.lock_wanted)
