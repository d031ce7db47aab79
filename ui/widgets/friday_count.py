"""The blind count: gifts down, the two places across, a number and Enter, next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRegularExpression, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QTableView,
    QWidget,
)

from services.gifts.reconciliation import CountRow
from services.gifts.stock import PLACES, place_name
from services.i18n import tr
from ui import theme
from ui.tables.model import Index
from ui.widgets.gift_kit import parse_count

ROW_HEIGHT = 30
FACTS = 4  # code, name, spec, unit; the places follow
_WIDTHS = (88, 280, 120, 64, 144, 144)
Role = Qt.ItemDataRole


class CountModel(QAbstractTableModel):
    """What was counted so far; there is no book quantity in here to be seen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.gifts: list[CountRow] = []
        self.lines: dict[tuple[int, str], CountRow] = {}

    def set_rows(self, rows: list[CountRow]) -> None:
        """Show the sheet; only the numbers change when the lines are the same."""
        lines = {(row.gift_id, row.place): row for row in rows}
        if lines.keys() == self.lines.keys():
            for key, line in lines.items():
                if line != self.lines[key]:  # only these: an editor that is open keeps its digits
                    self.put(line)
            return
        self.beginResetModel()
        self.lines = lines
        self.gifts = list({row.gift_id: row for row in rows}.values())
        self.endResetModel()

    def put(self, line: CountRow) -> None:
        """One line with another number."""
        self.lines[line.gift_id, line.place] = line
        row = next(n for n, gift in enumerate(self.gifts) if gift.gift_id == line.gift_id)
        cell = self.index(row, FACTS + PLACES.index(line.place))
        self.dataChanged.emit(cell, cell)

    def line(self, index: Index) -> CountRow | None:
        """The line to count in this cell."""
        if not index.isValid() or index.column() < FACTS:
            return None
        key = (self.gifts[index.row()].gift_id, PLACES[index.column() - FACTS])
        return self.lines.get(key)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.gifts)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else FACTS + len(PLACES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section >= FACTS else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role != Role.DisplayRole:
            return None
        titles = [tr("编号"), tr("礼品"), tr("规格"), tr("单位")]
        titles += [tr("{place}实盘").format(place=place_name(place)) for place in PLACES]
        return titles[section]

    def data(self, index: Index, role: int = 0) -> Any:
        line = self.line(index)
        if role in (Role.DisplayRole, Role.EditRole):
            return self._text(index, line)
        if role == Role.AccessibleTextRole:
            return self._spoken(index, line)
        if role == Role.TextAlignmentRole and index.column() >= FACTS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Role.BackgroundRole and line is not None and line.counted is None:
            return QColor(theme.shades().accent_soft)
        if role == Role.FontRole and line is not None:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.line(index) is None:
            return Qt.ItemFlag.ItemIsEnabled
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsEditable

    def _text(self, index: Index, line: CountRow | None) -> str:
        if line is not None:
            return "" if line.counted is None else str(line.counted)
        if index.column() >= FACTS:
            return "—"
        gift = self.gifts[index.row()]
        return (gift.code, gift.name, gift.spec, gift.unit)[index.column()]

    def _spoken(self, index: Index, line: CountRow | None) -> str:
        if line is None:
            return self._text(index, line)
        count = tr("还没有清点") if line.counted is None else str(line.counted)
        return f"{line.name} {place_name(line.place)} {count}"


class _Digits(QStyledItemDelegate):
    """A line of digits; Enter hands it over, an empty one leaves the cell as it was."""

    def createEditor(self, parent: QWidget, option: object, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        pattern = QRegularExpression(r"[0-9\x{ff10}-\x{ff19}]{0,7}")
        editor.setValidator(QRegularExpressionValidator(pattern, editor))
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        editor.setAccessibleName(str(index.data(Role.AccessibleTextRole)))
        editor.setStyleSheet("QLineEdit { border-radius: 0; padding: 0 6px; min-height: 0; }")
        return editor

    def setModelData(self, editor: QWidget, model: object, index: Index) -> None:
        view = self.parent()
        assert isinstance(view, CountGrid)
        assert isinstance(editor, QLineEdit)
        view.take(index, editor.text())


class CountGrid(QTableView):
    """Type a number, Enter: it is saved and the next cell below waits, then the next place."""

    finished = Signal()

    def __init__(self, save: Callable[[CountRow, int], bool]) -> None:
        super().__init__()
        self._save = save
        self._stay = False
        self.rows_model = CountModel(self)
        self.setModel(self.rows_model)
        self.setItemDelegate(_Digits(self))
        self.setAccessibleName(tr("盲盘表"))
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            triggers.AnyKeyPressed | triggers.EditKeyPressed | triggers.DoubleClicked
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.setMaximumWidth(sum(_WIDTHS) + 24)  # the eye stays on the line

    def set_rows(self, rows: list[CountRow]) -> None:
        """Show the sheet without disturbing the hand that types."""
        self.rows_model.set_rows(rows)

    def start(self) -> None:
        """The first cell still to count, or the very first."""
        order = self._order()
        if not order:
            return
        missing = [index for index in order if self._missing(index)]
        self.setFocus()
        self.setCurrentIndex(missing[0] if missing else order[0])

    def take(self, index: Index, text: str) -> None:
        """A typed number belongs to this cell."""
        line = self.rows_model.line(index)
        if line is not None and text.strip():
            count = parse_count(text)
            if count != line.counted:
                self._stay = not self._save(line, count)
                if not self._stay:
                    self.rows_model.put(replace(line, counted=count))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # while a number is being typed its editor hands it over and then closes
            if self.state() != QAbstractItemView.State.EditingState:
                self._next()
        else:
            super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        end = QAbstractItemDelegate.EndEditHint
        super().closeEditor(editor, end.NoHint)
        stay, self._stay = self._stay, False
        if hint in (end.SubmitModelCache, end.EditNextItem) and not stay:
            self._next()

    def _next(self) -> None:
        order = self._order()
        here = self.currentIndex()
        place = next((n for n, index in enumerate(order) if index == here), -1)
        if place + 1 < len(order):
            self.setCurrentIndex(order[place + 1])
            self.scrollTo(order[place + 1])
        else:
            self.finished.emit()

    def _missing(self, index: QModelIndex) -> bool:
        line = self.rows_model.line(index)
        return line is not None and line.counted is None

    def _order(self) -> list[QModelIndex]:
        """Down the first place, then down the second: the way one walks."""
        model = self.rows_model
        cells = [
            model.index(row, column)
            for column in range(FACTS, model.columnCount())
            for row in range(model.rowCount())
        ]
        return [index for index in cells if model.line(index) is not None]
