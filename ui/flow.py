"""A paper as it flows down its pages: stretches of rich text and tables, one below the other.

Lengths are dots of the printer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QImage,
    QPagedPaintDevice,
    QPainter,
    QPalette,
    QTextDocument,
    QTextOption,
)

from services.forms.paper import SLIPS, Break, Grid, Paper
from ui.grid_layout import GridLayout
from ui.pages import Page, Piece, cut_pieces, text_pieces
from ui.papers import BODY, LOGO, SLIP_BODY, stretches
from ui.theme import paper_font


class TextPart:
    """Rich text as wide as the page."""

    def __init__(self, html: str, paper: Paper, device: QPagedPaintDevice, width: float) -> None:
        self._document = document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setDefaultFont(paper_font())
        document.setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        if paper.logo:
            picture = QImage.fromData(paper.logo)
            document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(LOGO), picture)
        document.documentLayout().setPaintDevice(device)  # both before the text: laid out once
        document.setTextWidth(width)
        document.setHtml(html)
        self._scale = device.logicalDpiY() / 96

    @property
    def height(self) -> float:
        """How much of the page it takes."""
        return self._document.size().height()

    @property
    def width(self) -> float:
        """As wide as the page, or wider when something does not fit."""
        return self._document.size().width()

    def pieces(self) -> list[Piece]:
        """Its lines and the rows of its small tables."""
        return list(text_pieces(self._document, self._scale))

    def paint(self, painter: QPainter, top: float, bottom: float) -> None:
        """Paint what stands between two heights."""
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette = QPalette(QColor("#FFFFFF"))  # paper is white, whatever the screen is
        context.palette.setColor(QPalette.ColorRole.Text, QColor("#000000"))
        context.clip = QRectF(0, top, self._document.size().width(), bottom - top)
        self._document.documentLayout().draw(painter, context)


@dataclass(frozen=True)
class _Placed:
    part: TextPart | GridLayout
    top: float
    fresh: bool


class Flow:
    """The parts of a paper, laid out for a device and a width."""

    def __init__(self, paper: Paper, device: QPagedPaintDevice, width: float) -> None:
        self.parts: list[_Placed] = []
        self.width = width
        top, fresh = 0.0, False
        points = SLIP_BODY if paper.size in SLIPS else BODY
        for stretch in stretches(paper):
            if isinstance(stretch, Break):
                fresh = True
                continue
            part = (
                GridLayout(stretch, device, width, points)
                if isinstance(stretch, Grid)
                else TextPart(stretch, paper, device, width)
            )
            self.parts.append(_Placed(part, top, fresh))
            top, fresh = top + part.height, False
        self.height = top

    def pages(self, height: float) -> list[Page]:
        """The pages of at most this height."""
        return cut_pieces(list(self._pieces()), height)

    def _pieces(self) -> Iterator[Piece]:
        """Every piece by its place in the whole; what has a heading above it stays with it."""
        headed = False
        for placed in self.parts:
            for number, piece in enumerate(placed.part.pieces()):
                header = piece.header
                yield replace(
                    piece,
                    top=piece.top + placed.top,
                    bottom=piece.bottom + placed.top,
                    header=header and (header[0] + placed.top, header[1] + placed.top),
                    follows=piece.follows or headed,
                    fresh=placed.fresh and number == 0,
                )
                headed = piece.heading

    def paint(self, painter: QPainter, down: float, top: float, bottom: float) -> None:
        """Paint what stands between two heights so that it begins `down` from the page's top."""
        painter.save()
        painter.translate(0, down - top)
        painter.setClipRect(QRectF(-1, top, self.width + 2, bottom - top))
        for placed in self.parts:
            if placed.top < bottom and placed.top + placed.part.height > top:
                painter.save()
                painter.translate(0, placed.top)
                placed.part.paint(painter, top - placed.top, bottom - placed.top)
                painter.restore()
        painter.restore()
