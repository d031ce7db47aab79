"""A table on paper, measured and painted by itself.

Qt's rich text needs some three milliseconds for a row of ten columns, which a report of a thousand
rows would make the window wait for. Lengths are dots of the printer; `scale` of them are a dot of
the screen (1/96 inch), in which the distances are given.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPagedPaintDevice,
    QPainter,
    QPen,
    QTextLayout,
    QTextOption,
)

from services.forms.paper import Grid
from ui.pages import Piece
from ui.theme import paper_font

_DENSE = 9  # columns from which a table is set smaller
_LINE, _SHADE = QColor("#9a9a9a"), QColor("#f2f2f2")
_WRITE = 26.0  # height of a row to write in
_GAP = 8.0  # below the table


class GridLayout:
    """One table as wide as the page; `height` with the distance below it."""

    def __init__(self, grid: Grid, device: QPagedPaintDevice, width: float, points: float) -> None:
        self._grid, self._device = grid, device
        self._scale = device.logicalDpiY() / 96
        dense = len(grid.headers) >= _DENSE
        self._pad = (2.0 if dense else 4.0) * self._scale
        self._font = _font(points - 2 if dense else points, bold=False)
        self._bold = _font(points - 2 if dense else points, bold=True)
        self._metrics = QFontMetricsF(self._font, device)
        relative = grid.widths or (1,) * len(grid.headers)
        share = width / sum(relative)
        self._columns = [0.0, *accumulate(share * each for each in relative)]
        self._wrapped: dict[tuple[int, int], QTextLayout] = {}
        rows = [grid.headers, *grid.rows]
        heights = [self._row_height(number, row) for number, row in enumerate(rows)]
        heights += [_WRITE * self._scale] * grid.blank
        self._edges = [0.0, *accumulate(heights)]

    @property
    def height(self) -> float:
        """How much of the page it takes."""
        return self._edges[-1] + _GAP * self._scale

    def pieces(self) -> list[Piece]:
        """The rows, each with the header that comes again above it."""
        edges, line = self._edges, self._scale
        header = (edges[0], edges[1] + line)
        found = [Piece(edges[0], edges[1] + line)]
        for number in range(1, len(edges) - 1):
            follows = number == 1
            found.append(Piece(edges[number], edges[number + 1] + line, header, follows))
        return found

    # --- measuring ---

    def _row_height(self, number: int, row: Sequence[str]) -> float:
        least = self._metrics.lineSpacing()
        tallest = max(
            (self._cell_height(number, column, text) for column, text in enumerate(row)),
            default=least,
        )
        return max(least, tallest) + 2 * self._pad

    def _cell_height(self, number: int, column: int, text: str) -> float:
        """The height of a text; one that needs several lines is kept laid out."""
        room = self._columns[column + 1] - self._columns[column] - 2 * self._pad
        font = self._font if number else self._bold
        metrics = self._metrics if number else QFontMetricsF(self._bold, self._device)
        if "\n" not in text and metrics.horizontalAdvance(text) <= room:
            return metrics.lineSpacing()
        laid = QTextLayout(text.replace("\n", "\u2028"), font, self._device)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        laid.setTextOption(option)
        laid.beginLayout()
        height = 0.0
        while (line := laid.createLine()).isValid():
            line.setLineWidth(room)
            inset = room - line.naturalTextWidth() if column in self._grid.figures else 0.0
            line.setPosition(QPointF(inset, height))
            height += metrics.lineSpacing()
        laid.endLayout()
        self._wrapped[number, column] = laid
        return height

    # --- painting ---

    def paint(self, painter: QPainter, top: float, bottom: float) -> None:
        """Paint the rows between two heights of the table."""
        first = max(bisect_right(self._edges, top) - 1, 0)
        # a row shows the line below it, and nothing of the row that begins there
        last = min(bisect_left(self._edges, bottom - 1.5 * self._scale), len(self._edges) - 1)
        right = self._columns[-1]
        if first == 0:
            painter.fillRect(QRectF(0, 0, right, self._edges[1]), _SHADE)
        painter.setPen(QColor("#000000"))
        for number in range(first, last):
            self._paint_row(painter, number)
        painter.setPen(QPen(_LINE, self._scale))
        for edge in self._edges[first : last + 1]:
            painter.drawLine(QPointF(0, edge), QPointF(right, edge))
        for across in self._columns:
            painter.drawLine(
                QPointF(across, self._edges[first]), QPointF(across, self._edges[last])
            )

    def _paint_row(self, painter: QPainter, number: int) -> None:
        rows = self._grid.rows
        if number > len(rows):
            return  # a row to write in
        row = rows[number - 1] if number else self._grid.headers
        painter.setFont(self._font if number else self._bold)
        top = self._edges[number] + self._pad
        for column, text in enumerate(row):
            left = self._columns[column] + self._pad
            laid = self._wrapped.get((number, column))
            if laid is not None:
                laid.draw(painter, QPointF(left, top))
            elif text:
                if column in self._grid.figures:
                    inner = self._columns[column + 1] - self._pad
                    left = inner - painter.fontMetrics().horizontalAdvance(text)
                painter.drawText(QPointF(left, top + self._metrics.ascent()), text)


def _font(points: float, *, bold: bool) -> QFont:
    font = paper_font()
    font.setPointSizeF(points)
    font.setBold(bold)
    return font
