"""Putting a page of text on paper."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


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
