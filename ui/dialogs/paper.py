"""A page before it is printed: seen as it will be on A4, printed or kept as a PDF."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QWidget

from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import button
from ui.printing import a4, paint, print_page, save_pdf

FOLDER = "export/folder"


class PaperDialog(Dialog):
    """Enter prints, Esc closes. `name` is what the PDF is called, without its ending."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, title: str, html: str, name: str
    ) -> None:
        from PySide6.QtPrintSupport import QPrinter, QPrintPreviewWidget

        super().__init__(context, parent, title)
        self.resize(760, 600)
        self.html, self._name = html, name
        self._printer: QPrinter = a4()
        self.preview = QPrintPreviewWidget(self._printer, self)
        self.preview.setAccessibleName(tr("{title}预览").format(title=title))
        self.preview.paintRequested.connect(self._paint)
        self.preview.fitToWidth()
        for view in self.preview.findChildren(QGraphicsView):
            view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self.preview, 1)
        self.pdf_button = button(tr("存为 PDF(&S)…"))
        self.pdf_button.clicked.connect(self.keep_pdf)
        self.print_button = self.add_buttons(tr("打印 ⏎"), tr("关闭"), left=(self.pdf_button,))
        self.print_button.setFocus()

    def _paint(self, printer: object) -> None:
        paint(self.html, printer)  # type: ignore[arg-type]

    def submit(self) -> None:
        """Print."""
        if print_page(self.html, self):
            self.accept()

    def keep_pdf(self, *_: object) -> None:
        """Ask where, and write the PDF."""
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        folder = Path(str(self.context.settings.value(FOLDER, documents)))
        proposal = str(folder / f"{self._name}.pdf")
        path: str = QFileDialog.getSaveFileName(
            self, tr("存为 PDF"), proposal, tr("PDF 文件 (*.pdf)")
        )[0]
        if path:
            self.write_pdf(Path(path if path.endswith(".pdf") else path + ".pdf"))

    def write_pdf(self, path: Path) -> None:
        """Write the page to `path`."""
        self.context.settings.setValue(FOLDER, str(path.parent))
        if save_pdf(self.html, path):
            words = tr("已存为 {name}。").format(name=path.name)
            self.context.alerts.banner(words, "success")
        else:
            words = tr("没能写入 {name}，请换一个文件夹，或先关闭已打开的同名文件。")
            self.context.alerts.banner(words.format(name=path.name), "error")
