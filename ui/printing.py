"""Putting a page of text on paper, or into a PDF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

MARGIN = 15  # mm


def print_text(text: str, parent: QWidget) -> bool:
    """Ask for a printer and print plain text; answers whether it was sent."""
    from PySide6.QtGui import QFont, QTextDocument
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, parent)
    sent = dialog.exec() == QPrintDialog.DialogCode.Accepted
    if sent:
        document = QTextDocument()
        font = QFont(parent.font())
        font.setPointSizeF(14)
        document.setDefaultFont(font)
        document.setPlainText(text)
        document.print_(printer)
    dialog.deleteLater()
    return sent


def a4() -> QPrinter:
    """A printer set to A4 with the margins every page has."""
    from PySide6.QtCore import QMarginsF
    from PySide6.QtGui import QPageLayout, QPageSize
    from PySide6.QtPrintSupport import QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
    printer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    return printer


def paint(html: str, printer: QPrinter) -> None:
    """Lay rich text out for the printer's page, in the program's font, and print it."""
    from PySide6.QtCore import QSizeF
    from PySide6.QtGui import QGuiApplication, QTextDocument

    from ui.theme import ui_font

    document = QTextDocument()
    document.setDefaultFont(ui_font())
    document.setDocumentMargin(0)
    document.setHtml(html)
    # Qt lays a document out in the dots of the screen; without a size it would add margins
    dots = QGuiApplication.primaryScreen().logicalDotsPerInch() / 72
    document.setPageSize(QSizeF(printer.pageLayout().paintRectPoints().size()) * dots)
    document.print_(printer)


def print_page(html: str, parent: QWidget) -> bool:
    """Ask for a printer and print rich text on A4; answers whether it was sent."""
    from PySide6.QtPrintSupport import QPrintDialog

    printer = a4()
    dialog = QPrintDialog(printer, parent)
    sent = dialog.exec() == QPrintDialog.DialogCode.Accepted
    if sent:
        paint(html, printer)
    dialog.deleteLater()
    return sent


def save_pdf(html: str, path: Path) -> bool:
    """Write rich text as an A4 PDF; answers whether the file could be written."""
    from PySide6.QtPrintSupport import QPrinter

    printer = a4()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    paint(html, printer)
    return printer.printerState() != QPrinter.PrinterState.Error and path.exists()
