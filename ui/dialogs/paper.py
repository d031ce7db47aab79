"""A paper before it is printed: seen as it will come out, printed or kept as a PDF."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, QStandardPaths, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QScrollBar, QWidget

from services.forms.letterhead import stamped
from services.forms.paper import SLIPS, Paper, Size
from services.i18n import tr
from services.rights import holders, may
from services.workbooks.export_log import log_export
from ui.context import UiContext
from ui.dialogs.base import MARGIN, Dialog
from ui.forms import button
from ui.printing import new_printer, paint, print_paper, save_paper_pdf, set_page

FOLDER = "export/folder"
EXPORT = "export.workbook"
WANTED = QSize(820, 700)
LEAST = QSize(480, 400)


class PaperDialog(Dialog):
    """Enter prints, the page keys turn, Esc closes. The paper gets the clinic's letterhead here.

    `export_rows`: the paper is a report of so many rows, and a file of it is an export like the
    workbook, with its right and its place in the log; printing it is not."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        paper: Paper,
        *,
        export_rows: int | None = None,
    ) -> None:
        from PySide6.QtPrintSupport import QPrintPreviewWidget

        super().__init__(context, parent, paper.title)
        self._take_room()
        self.paper = stamped(context.session, paper)
        self._printer = new_printer()
        set_page(self._printer, self.paper)
        self.preview = QPrintPreviewWidget(self._printer, self)
        self.preview.setAccessibleName(tr("{title}预览").format(title=paper.title))
        self.preview.paintRequested.connect(self._paint)
        self._fit()
        self.body.addWidget(self.preview, 1)
        self.pdf_button = button(tr("存为 PDF(&S)…"))
        self.pdf_button.clicked.connect(self.keep_pdf)
        self._export_rows = export_rows
        if export_rows is not None and not may(context.session.actor.role, EXPORT):
            self.pdf_button.setEnabled(False)
            words = tr("须由{holders}登录后操作。").format(holders=holders(EXPORT))
            self.pdf_button.setToolTip(words)
        self.print_button = self.add_buttons(tr("打印 ⏎"), tr("关闭"), left=(self.pdf_button,))
        self.print_button.setFocus()

    def _fit(self) -> None:
        """A page as wide as the dialog, something small as a whole; the page keys turn it."""
        small = self.paper.size in (*SLIPS, Size.CARD)
        (self.preview.fitInView if small else self.preview.fitToWidth)()
        for view in self.preview.findChildren(QGraphicsView):
            view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            bar = view.verticalScrollBar()
            for key, step in (("PgDown", 1), ("PgUp", -1)):
                turn = QShortcut(QKeySequence(key), self)
                turn.activated.connect(partial(self._turn, bar, step))

    def _turn(self, bar: QScrollBar, step: int) -> None:
        bar.setValue(bar.value() + step * bar.pageStep())

    def _take_room(self) -> None:
        """As large as the main window allows, whichever dialog this opens over."""
        behind = self.parentWidget()
        while behind is not None and behind.parentWidget() is not None:
            behind = behind.parentWidget()
        room = WANTED if behind is None else WANTED.boundedTo(behind.size() - MARGIN)
        self.resize(room.expandedTo(LEAST))

    def _paint(self, printer: object) -> None:
        paint(self.paper, printer)  # type: ignore[arg-type]

    def submit(self) -> None:
        """Print."""
        if print_paper(self.paper, self):
            self.accept()

    def keep_pdf(self, *_: object) -> None:
        """Ask where, and write the PDF."""
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        folder = Path(str(self.context.settings.value(FOLDER, documents)))
        proposal = str(folder / f"{self.paper.name}.pdf")
        path: str = QFileDialog.getSaveFileName(
            self, tr("存为 PDF"), proposal, tr("PDF 文件 (*.pdf)")
        )[0]
        if path:
            self.write_pdf(Path(path if path.endswith(".pdf") else path + ".pdf"))

    def write_pdf(self, path: Path) -> None:
        """Write the paper to `path`."""
        self.context.settings.setValue(FOLDER, str(path.parent))
        if self.context.alerts.run(self._write, path) is not None:
            words = tr("已存为 {name}。").format(name=path.name)
            self.context.alerts.banner(words, "success")

    def _write(self, path: Path) -> int:
        """The pages written. An export is put on record first: no file without its row."""
        if self._export_rows is not None:
            log_export(self.context.session, name=path.name, rows=self._export_rows)
        return save_paper_pdf(self.paper, path)
