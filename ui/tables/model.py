"""Rows of a frozen dataclass as a table: text, native sort value, alignment, tone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor

from ui import theme

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
SORT_ROLE = Role.UserRole
ROW_ROLE = Role.UserRole + 1
_ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "center": Qt.AlignmentFlag.AlignHCenter,
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


class RowTableModel(QAbstractTableModel):
    """Read-only rows."""

    def __init__(self, columns: Sequence[Column], parent: Any = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: list[Any] = []

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these rows instead."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.TextAlignmentRole:
            return _ALIGN[column.align] | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], self.columns[index.column()]
        if role in (Role.DisplayRole, Role.AccessibleTextRole):
            return column.text(row)
        if role == SORT_ROLE:
            return column.sort(row) if column.sort else column.text(row)
        if role == ROW_ROLE:
            return row
        if role == Role.TextAlignmentRole:
            return _ALIGN[column.align] | Qt.AlignmentFlag.AlignVCenter
        if role == Role.ForegroundRole and column.tone is not None:
            tone = column.tone(row)
            return QColor(theme.tone_colour(tone)) if tone else None
        if role == Role.ToolTipRole:
            return column.tip(row) if column.tip else column.text(row)
        return None


class RowProxy(QSortFilterProxyModel):
    """Sorts by the native value and keeps rows that contain every typed word."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setSortRole(SORT_ROLE)
        self._words: tuple[str, ...] = ()

    def set_words(self, text: str) -> None:
        """Keep rows in which some column contains each word."""
        self.beginFilterChange()
        self._words = tuple(text.casefold().split())
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        if not self._words:
            return True
        model = self.sourceModel()
        assert isinstance(model, RowTableModel)
        row = model.rows[source_row]
        texts = "\n".join(column.text(row) for column in model.columns).casefold()
        return all(word in texts for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        one, two = left.data(SORT_ROLE), right.data(SORT_ROLE)
        if one is None or two is None:
            return one is None and two is not None
        try:
            return bool(one < two)
        except TypeError:
            return str(one) < str(two)
