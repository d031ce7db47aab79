"""Putting a paper on a printer or into a PDF: page sizes, pages, their feet.

`render_pdf` needs no window, so the program can write a PDF from the command line as well.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)
from PySide6.QtWidgets import QWidget

from services.forms.paper import SLIPS, Paper, Size
from services.i18n import tr
from services.workbooks.files import write_whole
from ui import paper_cells
from ui.flow import Flow
from ui.theme import paper_font

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

MARGIN = 15  # mm, of A4
_SLIP_WIDTH = {Size.SLIP_80: 80, Size.SLIP_58: 58}
_SLIP_MARGIN = 4
_SLIP_LONGEST = 3000  # mm
_FOOT = 8  # mm at the bottom of an A4 page
_FOOT_POINTS = 8.5
_DOTS = 600  # of a PDF, to the inch
_INCH = 25.4  # mm
_STANDARD = QPageLayout.Mode.StandardMode
_FULL = QPageLayout.Mode.FullPageMode


# -- pages -----------------------------------------------------------------------------------


def set_page(device: QPagedPaintDevice, paper: Paper) -> None:
    """Give a printer or PDF the paper's page: a slip is as long as what is on it."""
    if paper.size in SLIPS:
        _set_layout(device, _slip(paper, _SLIP_LONGEST), _SLIP_MARGIN)
        height = _flow(device, paper).height / device.logicalDpiY() * _INCH
        length = min(height + 2 * _SLIP_MARGIN + 1, _SLIP_LONGEST)
        _set_layout(device, _slip(paper, length), _SLIP_MARGIN)
    elif paper.size is Size.CARD:
        _set_layout(device, paper_cells.CARD, 0)
    elif paper.size is Size.LABELS:
        _set_layout(device, paper_cells.A4, 0)
    else:
        _set_layout(device, paper_cells.A4, MARGIN, wide=paper.size is Size.A4_LANDSCAPE)


def _slip(paper: Paper, length: float) -> QSizeF:
    return QSizeF(_SLIP_WIDTH[paper.size], length)


def _set_layout(
    device: QPagedPaintDevice, size: QSizeF, margin: float, *, wide: bool = False
) -> None:
    directions = QPageLayout.Orientation
    layout = QPageLayout(
        QPageSize(size, QPageSize.Unit.Millimeter),
        directions.Landscape if wide else directions.Portrait,
        QMarginsF(margin, margin, margin, margin),
        QPageLayout.Unit.Millimeter,
    )
    layout.setMode(_STANDARD if margin else _FULL)
    device.setPageLayout(layout)


def _room(device: QPagedPaintDevice) -> QSizeF:
    """The part of the page that is written on, in dots of the device."""
    points = device.pageLayout().paintRectPoints().size()
    return QSizeF(points) * (device.logicalDpiX() / 72)


def _flow(device: QPagedPaintDevice, paper: Paper) -> Flow:
    """The paper as it flows over the device's pages."""
    return Flow(paper, device, _room(device).width())


def paint(paper: Paper, device: QPagedPaintDevice) -> int:
    """Paint the paper on a printer or PDF whose page was set; answers how many pages it took."""
    painter = QPainter(device)
    try:
        if paper.size is Size.LABELS:
            return _paint_labels(paper, device, painter)
        if paper.size is Size.CARD:
            return _paint_card(paper, device, painter)
        return _paint_flow(paper, device, painter)
    finally:
        painter.end()


def _paint_flow(paper: Paper, device: QPagedPaintDevice, painter: QPainter) -> int:
    flow = _flow(device, paper)
    if paper.size in SLIPS:
        flow.paint(painter, 0, 0, flow.height)
        return 1
    found = flow.pages(_room(device).height() - _FOOT / _INCH * device.logicalDpiY())
    for number, page in enumerate(found):
        if number:
            device.newPage()
        down = 0.0
        if page.header is not None:
            flow.paint(painter, 0, *page.header)
            down = page.header[1] - page.header[0]
        flow.paint(painter, down, page.top, page.bottom)
        _paint_foot(paper, device, painter, number + 1, len(found))
    return len(found)


def _paint_foot(
    paper: Paper, device: QPagedPaintDevice, painter: QPainter, number: int, count: int
) -> None:
    """Where the clinic is and who printed at the left, the page at the right."""
    room = _room(device)
    height = _FOOT / _INCH * device.logicalDpiY()
    area = QRectF(0, room.height() - height, room.width(), height)
    font = paper_font()
    font.setPointSizeF(_FOOT_POINTS)
    painter.setFont(font)
    painter.setPen(QColor("#444444"))
    bottom = Qt.AlignmentFlag.AlignBottom
    page = tr("第 {n} 页 共 {count} 页").format(n=number, count=count)
    said = [paper.contact, paper.printed]
    if paper.letters:
        page, said = "", [paper.contact]
    painter.drawText(area, bottom | Qt.AlignmentFlag.AlignRight, page)
    left = area.adjusted(0, 0, -area.width() * 0.18, 0)
    words = tr("　").join(text for text in said if text)
    flags = bottom | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
    painter.drawText(left, int(flags), words)


def _paint_labels(paper: Paper, device: QPagedPaintDevice, painter: QPainter) -> int:
    painter.scale(device.logicalDpiX() / _INCH, device.logicalDpiY() / _INCH)
    pages = paper_cells.label_pages(paper)
    for number, (across, cells) in enumerate(pages):
        if number:
            device.newPage()
        paper_cells.paint_labels(painter, across, cells)
    return len(pages)


def _paint_card(paper: Paper, device: QPagedPaintDevice, painter: QPainter) -> int:
    painter.scale(device.logicalDpiX() / _INCH, device.logicalDpiY() / _INCH)
    faces = paper_cells.faces(paper)
    for number, face in enumerate(faces):
        if number:
            device.newPage()
        paper_cells.paint_face(painter, face, paper.logo if number == 0 else b"")
    return len(faces)


# -- where it goes ---------------------------------------------------------------------------


def new_printer() -> QPrinter:
    """The default printer."""
    from PySide6.QtPrintSupport import QPrinter

    return QPrinter(QPrinter.PrinterMode.HighResolution)


def print_paper(paper: Paper, parent: QWidget) -> bool:
    """Ask for a printer and print; answers whether it was sent."""
    from PySide6.QtPrintSupport import QPrintDialog

    printer = new_printer()
    set_page(printer, paper)
    dialog = QPrintDialog(printer, parent)
    sent = dialog.exec() == QPrintDialog.DialogCode.Accepted
    if sent:
        set_page(printer, paper)  # the dialog takes the page of the printer that was chosen
        paint(paper, printer)
    dialog.deleteLater()
    return sent


def save_paper_pdf(paper: Paper, path: Path) -> int:
    """Write the paper as a PDF, whole or not at all; answers its pages.

    Raises RuleError and EnvironmentFault as `services.workbooks.files.write_whole`.
    """
    data, pages = pdf_bytes(paper)
    write_whole(path, lambda file: file.write(data))
    return pages


def render_pdf(paper: Paper, path: Path) -> int:
    """`save_paper_pdf` for a program without a window: sees to it that Qt can measure letters."""
    _ensure_application()
    return save_paper_pdf(paper, path)


def pdf_bytes(paper: Paper) -> tuple[bytes, int]:
    """The paper as a PDF in memory, and how many pages it has."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DOTS)
    writer.setTitle(paper.title)
    writer.setCreator(tr("皓齿前台"))
    set_page(writer, paper)
    pages = paint(paper, writer)
    buffer.close()
    return bytes(buffer.data().data()), pages


_application: list[QGuiApplication] = []  # Qt ends with the last reference


def _ensure_application() -> None:
    if QGuiApplication.instance() is not None:
        return
    if sys.platform.startswith("linux"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    _application.append(QGuiApplication(sys.argv[:1]))
