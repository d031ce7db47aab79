"""Rows of a frozen dataclass as a table: text, native sort value, alignment, tone.

The model sorts and filters by itself: a sort is one pass in Python, where a proxy would ask for
two values across the border to Qt at every comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor

from ui import theme

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ROW_ROLE = Role.UserRole + 1
_DISPLAY, _TIP, _ALIGNMENT, _TEXT_COLOUR, _SPOKEN, _ROW = (
    int(role)
    for role in (
        Role.DisplayRole, Role.ToolTipRole, Role.TextAlignmentRole, Role.ForegroundRole,
        Role.AccessibleTextRole, ROW_ROLE,
    )
)  # fmt: skip
_ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    "center": Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter,
}


@dataclass(frozen=True)
class Column:
    """One column. `tone` answers '' or a tone of the theme: muted, accent, success, warning,
    error; or a '#rrggbb', which is corrected until it can be read."""

    title: str
    text: Callable[[Any], str]
    sort: Callable[[Any], Any] | None = None
    align: Literal["left", "right", "center"] = "left"
    width: int = 120
    tone: Callable[[Any], str] | None = None
    tip: Callable[[Any], str] | None = None

    @property
    def alignment(self) -> Qt.AlignmentFlag:
        """Where the text stands in its cell."""
        return _ALIGN[self.align]


class RowTableModel(QAbstractTableModel):
    """Read-only rows: `rows` are all of them, `shown` those that are filtered in, in order."""

    def __init__(self, columns: Sequence[Column], parent: Any = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: list[Any] = []
        self.shown: list[Any] = []
        self._words: tuple[str, ...] = ()
        self._sorted = -1
        self._falling = False

    def set_rows(self, rows: Sequence[Any]) -> bool:
        """Show these rows instead; answers False when they are the same and nothing was done."""
        new = list(rows)
        if new == self.rows:
            return False
        self.beginResetModel()
        self.rows = new
        self.shown = self._arranged()
        self.endResetModel()
        return True

    def set_words(self, text: str) -> None:
        """Keep rows in which some column contains each word."""
        self.beginResetModel()
        self._words = tuple(text.casefold().split())
        self.shown = self._arranged()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By the native value of a column; -1: as they came."""
        self._sorted, self._falling = column, order is Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        held, before = self.persistentIndexList(), self.shown
        self.shown = self._arranged()
        places = {id(row): number for number, row in enumerate(self.shown)}
        moved = [self.index(places[id(before[each.row()])], each.column()) for each in held]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _arranged(self) -> list[Any]:
        shown = [row for row in self.rows if self._fits(row)] if self._words else self.rows[:]
        if 0 <= self._sorted < len(self.columns):
            column = self.columns[self._sorted]
            native = column.sort or column.text
            try:
                shown.sort(key=lambda row: _native(native(row)), reverse=self._falling)
            except TypeError:  # values of several kinds
                shown.sort(key=lambda row: str(native(row)), reverse=self._falling)
        return shown

    def _fits(self, row: Any) -> bool:
        texts = "\n".join(column.text(row) for column in self.columns).casefold()
        return all(word in texts for word in self._words)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role not in (_DISPLAY, _ALIGNMENT) or orientation is not Qt.Orientation.Horizontal:
            return None
        if section >= len(self.columns):
            return None
        column = self.columns[section]
        return column.title if role == _DISPLAY else column.alignment

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        row, column = self.shown[index.row()], self.columns[index.column()]
        if role in (_DISPLAY, _SPOKEN):
            return column.text(row)
        if role == _ROW:
            return row
        if role == _ALIGNMENT:
            return column.alignment
        if role == _TEXT_COLOUR and column.tone is not None:
            tone = column.tone(row)
            return QColor(theme.tone_colour(tone)) if tone else None
        if role == _TIP:
            return column.tip(row) if column.tip else column.text(row)
        return None


def _native(value: Any) -> tuple[bool, Any]:
    """What is not there comes before everything."""
    return (False, 0) if value is None else (True, value)
