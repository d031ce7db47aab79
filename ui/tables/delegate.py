"""Paints the cells of a table by itself.

Qt's own delegate asks the model seven questions for each cell, each of them a call from Qt into
Python, and lays the text out anew: three quarters of what a list costs. Here a cell is its row, its
column's text and tone, one text that was shortened once.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from ui import theme
from ui.tables.model import RowTableModel

PADDING = 8  # as `QTableView::item` in the stylesheet
MARGIN = PADDING + 3  # and what a focus frame would take
KEPT = 4000  # shortened texts


class RowDelegate(QStyledItemDelegate):
    """One line of text in its tone on the ground of its row."""

    def __init__(self, view: QTableView, model: RowTableModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._plain = self._picked = self._chosen = QColor()
        self._tones: dict[str, QColor] = {}
        self._short: dict[tuple[str, int], str] = {}
        self._metrics = QFontMetrics(view.font())
        self.look_again()

    def look_again(self) -> None:
        """The colours or the letters are others now."""
        palette, text = self._view.palette(), QPalette.ColorRole.Text
        self._picked = palette.color(QPalette.ColorGroup.Active, text)
        off = palette.color(QPalette.ColorGroup.Disabled, text)
        self._plain = self._picked if self._view.isEnabled() else off
        self._chosen = QColor(theme.shades().accent_soft)
        self._metrics = self._view.fontMetrics()
        self._tones.clear()
        self._short.clear()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row, column = self._model.shown[index.row()], self._model.columns[index.column()]
        rect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, self._chosen)
            painter.setPen(self._picked)
        else:
            tone = column.tone(row) if column.tone is not None else ""
            painter.setPen(self._tone(tone) if tone else self._plain)
        text = self._shortened(column.text(row), rect.width() - 2 * MARGIN)
        painter.drawText(rect.adjusted(MARGIN, 0, -MARGIN, 0), int(column.alignment), text)

    def _tone(self, tone: str) -> QColor:
        if tone not in self._tones:
            self._tones[tone] = QColor(theme.tone_colour(tone))
        return self._tones[tone]

    def _shortened(self, text: str, width: int) -> str:
        found = self._short.get((text, width))
        if found is None:
            if len(self._short) >= KEPT:
                self._short.clear()
            line = " ".join(text.splitlines())
            found = self._metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
            self._short[text, width] = found
        return found
