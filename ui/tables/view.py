"""The one table view: sorts, filters (Ctrl+F), copies (Ctrl+C), remembers its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QMetaMethod,
    QModelIndex,
    QSettings,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTableView, QWidget

from services.i18n import tr
from ui.tables.delegate import RowDelegate
from ui.tables.model import Column, RowTableModel

ROW_HEIGHT = 30
_LOOKS = (
    QEvent.Type.EnabledChange,
    QEvent.Type.FontChange,
    QEvent.Type.PaletteChange,
    QEvent.Type.StyleChange,
)


class Table(QTableView):
    """A list of rows. `name` is where its column widths are remembered.

    `key` tells rows apart (default: their `id`), so the same row stays current on refresh.
    """

    activated_row = Signal(object)
    current_row_changed = Signal(object)

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        settings: QSettings,
        *,
        title: str,
        empty_text: str,
        key: Callable[[Any], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.empty_text = empty_text
        self._settings = settings
        self._key = key or _by_id
        self._rows = RowTableModel(columns, self)
        self.setModel(self._rows)
        self._cells = RowDelegate(self, self._rows)
        self.setItemDelegate(self._cells)
        self._configure(columns)
        self.filter_line = QLineEdit(self)
        self.filter_line.setPlaceholderText(tr("筛选，Esc 关闭"))
        self.filter_line.setAccessibleName(tr("筛选") + title)
        self.filter_line.textChanged.connect(self._filter)
        self.filter_line.installEventFilter(self)
        self.filter_line.hide()
        self.doubleClicked.connect(self._activate)
        self.selectionModel().currentRowChanged.connect(self._current_changed)

    def _configure(self, columns: Sequence[Column]) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionsMovable(True)
        header.setMinimumSectionSize(40)
        for number, column in enumerate(columns):
            self.setColumnWidth(number, column.width)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        saved = self._settings.value(f"tables/{self.objectName()}")
        if isinstance(saved, QByteArray):
            header.restoreState(saved)
        header.sectionResized.connect(self._remember)
        header.sectionMoved.connect(self._remember)
        header.sortIndicatorChanged.connect(self._remember)

    # --- rows ---

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these rows; those that are still there stay current and selected, and the current
        one is told again, since what belongs to it may have changed."""
        current, chosen = self.current_row(), self.selected_rows()
        if self._rows.set_rows(rows):
            self._choose_again(current, chosen)
        elif current is not None:
            self.current_row_changed.emit(current)
        self.viewport().update()  # a text may tell of more than its row

    def rows(self) -> list[Any]:
        """The rows as shown: filtered, in their order."""
        return self._rows.shown[:]

    def count(self) -> int:
        """How many rows are shown."""
        return len(self._rows.shown)

    def current_row(self) -> Any | None:
        """The row under the cursor."""
        index = self.currentIndex()
        return self._rows.shown[index.row()] if index.isValid() else None

    def selected_rows(self) -> list[Any]:
        """The selected rows, top to bottom."""
        numbers = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._rows.shown[number] for number in numbers]

    def select_key(self, wanted: object) -> bool:
        """Make the row with this key current; answers whether it is there."""
        for number, row in enumerate(self._rows.shown):
            if self._key(row) == wanted:
                self.selectRow(number)
                return True
        return False

    def select_first(self) -> None:
        """Make the first row current when none is."""
        if not self.currentIndex().isValid() and self._rows.shown:
            self.selectRow(0)

    def _filter(self, text: str) -> None:
        current, chosen = self.current_row(), self.selected_rows()
        self._rows.set_words(text)
        self._choose_again(current, chosen)

    def _choose_again(self, current: Any | None, chosen: list[Any]) -> None:
        """The rows that were current and selected before; of several, the first that is left is
        current when the current one has gone."""
        if len(chosen) < 2:
            if current is not None:
                self.select_key(self._key(current))
            return
        keys = {self._key(row) for row in chosen}
        places = {self._key(row): number for number, row in enumerate(self._rows.shown)}
        left = sorted(places[key] for key in keys & places.keys())
        wanted = places.get(self._key(current)) if current is not None else None
        if wanted is None and left:
            wanted = left[0]
        if wanted is None:
            return
        model, picked = self.selectionModel(), QItemSelection()
        for number in left:
            index = self._rows.index(number, 0)
            picked.select(index, index)
        flag = QItemSelectionModel.SelectionFlag
        model.select(picked, flag.ClearAndSelect | flag.Rows)
        model.setCurrentIndex(self._rows.index(wanted, 0), flag.NoUpdate)

    # --- keys ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Find):
            self.open_filter()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._answers_enter():
            self._activate(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _answers_enter(self) -> bool:
        """A list nobody asked about Enter leaves it to the dialog's main button."""
        return self.isSignalConnected(QMetaMethod.fromSignal(self.activated_row))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming with Tab, Qt makes a row current without showing it."""
        super().focusInEvent(event)
        current = self.currentIndex()
        if current.isValid() and not self.selectionModel().hasSelection():
            self.selectRow(current.row())

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if watched is self.filter_line and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                return self._filter_key(event.key())
        return super().eventFilter(watched, event)

    def _filter_key(self, key: int) -> bool:
        if key == Qt.Key.Key_Escape:
            self.filter_line.clear()
            self.filter_line.hide()
            self.setFocus()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.setFocus()
            self.select_first()
            return True
        return False

    def open_filter(self) -> None:
        """Show the filter line in the list's corner and type into it."""
        self._place_filter()
        self.filter_line.show()
        self.filter_line.raise_()
        self.filter_line.setFocus()

    def copy(self) -> None:
        """Selected rows, with their header, as text a spreadsheet takes."""
        picked = self.selected_rows()
        if not picked:
            return
        columns = self._rows.columns
        lines = ["\t".join(column.title for column in columns)]
        for row in picked:
            lines.append("\t".join(_one_line(column.text(row)) for column in columns))
        QGuiApplication.clipboard().setText("\n".join(lines))

    # --- inside ---

    def _activate(self, index: QModelIndex) -> None:
        if index.isValid():
            self.activated_row.emit(self._rows.shown[index.row()])

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        row = self._rows.shown[current.row()] if current.isValid() else None
        self.current_row_changed.emit(row)

    def _remember(self, *_: object) -> None:
        state = self.horizontalHeader().saveState()
        self._settings.setValue(f"tables/{self.objectName()}", state)

    def _place_filter(self) -> None:
        width = min(240, self.viewport().width() - 16)
        size = self.filter_line.sizeHint().height()
        self.filter_line.setGeometry(
            self.width() - width - 24, self.height() - size - 12, width, size
        )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _LOOKS and hasattr(self, "_cells"):  # Qt's own __init__ changes things
            self._cells.look_again()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._place_filter()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._rows.shown:
            return
        text = tr("没有符合筛选的行。") if self._rows.rows else self.empty_text
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        area = self.viewport().rect().adjusted(24, 16, -24, -16)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(area, flags, text)
        painter.end()


def _by_id(row: Any) -> object:
    return getattr(row, "id", row)


def _one_line(text: str) -> str:
    return " ".join(text.split())
