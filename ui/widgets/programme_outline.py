"""A programme's parts as a tree, and what is still missing in it as a list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from services.i18n import tr
from services.programmes.gaps import Gap
from services.programmes.outline import TIERS, Node, Outline
from ui import theme
from ui.widgets.programme_text import WARNING

_PLACE = Qt.ItemDataRole.UserRole
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class OutlineTree(QTreeWidget):
    """Arrows go through the parts, Enter goes into the form of one."""

    chosen = Signal(str)
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setAccessibleName(tr("方案的各部分"))
        self.setIndentation(16)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._opened = {TIERS}
        self.currentItemChanged.connect(self._current_changed)
        self.itemExpanded.connect(self._expanded)
        self.itemCollapsed.connect(self._collapsed)

    def place(self) -> str:
        """Where the cursor is."""
        item = self.currentItem()
        return "" if item is None else str(item.data(0, _PLACE))

    def close_all(self) -> None:
        """As for a programme that nobody looked into yet."""
        self._opened = {TIERS}
        self._items = {}
        self.clear()

    def show_outline(self, found: Outline) -> None:
        """Show these parts; the same part stays current when it is still there."""
        current = self.place()
        blocked = self.blockSignals(True)
        if list(self._items) != [node.place for node in found.walk()]:
            self.clear()
            self._items = {}
            for node in found.nodes:
                self._grow(node, None)
        for node in found.walk():
            self._name(node, found.lacking(node))
        for place, item in self._items.items():
            item.setExpanded(place in self._opened)
        self.blockSignals(blocked)
        if current in self._items:
            self.go(current)

    def go(self, place: str) -> None:
        """Make a part current without telling; what surrounds it opens."""
        item = self._items.get(place)
        if item is None:
            return
        blocked = self.blockSignals(True)
        around = item.parent()
        while around is not None:
            around.setExpanded(True)
            self._opened.add(str(around.data(0, _PLACE)))
            around = around.parent()
        self.setCurrentItem(item)
        self.scrollToItem(item)
        self.blockSignals(blocked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def _grow(self, node: Node, around: QTreeWidgetItem | None) -> None:
        item = QTreeWidgetItem()
        item.setData(0, _PLACE, node.place)
        if around is None:
            self.addTopLevelItem(item)
        else:
            around.addChild(item)
        self._items[node.place] = item
        for child in node.children:
            self._grow(child, item)

    def _name(self, node: Node, lacking: int) -> None:
        item = self._items[node.place]
        words = node.label
        if node.grows and not node.item:
            words = tr("{label} ({n})").format(label=node.label, n=len(node.children))
        if lacking:
            words = tr("{sign} {label} · 缺 {n}").format(sign=WARNING, label=words, n=lacking)
        item.setText(0, words)
        item.setToolTip(0, words)
        shades = theme.shades()
        empty = (node.grows and not node.item and not node.children) or node.absent
        tone = shades.warning if lacking else shades.muted if empty else shades.text
        item.setForeground(0, QColor(tone))

    def _current_changed(self, *_: object) -> None:
        self.chosen.emit(self.place())

    def _expanded(self, item: QTreeWidgetItem) -> None:
        self._opened.add(str(item.data(0, _PLACE)))

    def _collapsed(self, item: QTreeWidgetItem) -> None:
        self._opened.discard(str(item.data(0, _PLACE)))


class GapList(QListWidget):
    """What is missing, in reading order; Enter goes to the field."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("还缺什么"))
        self.setWordWrap(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemDoubleClicked.connect(self._go)

    def show_gaps(self, gaps: Sequence[Gap]) -> None:
        """Show these; the row stays where it was."""
        row = max(self.currentRow(), 0)
        self.clear()
        for gap in gaps:
            item = QListWidgetItem(f"{WARNING} {gap.sentence}", self)
            item.setData(_PLACE, gap.path)
            item.setForeground(QColor(theme.shades().warning))
            item.setToolTip(gap.sentence)
        self.setCurrentRow(min(row, len(gaps) - 1))

    def path(self, row: int) -> str:
        """Where the answer of a row is missing; '' for no row."""
        item = self.item(row)
        return "" if item is None else str(item.data(_PLACE))

    def sentences(self) -> list[str]:
        """The lines as shown."""
        return [self.item(row).text() for row in range(self.count())]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.currentItem() is not None:
            self._go(self.currentItem())
        else:
            super().keyPressEvent(event)

    def _go(self, item: QListWidgetItem) -> None:
        self.wanted.emit(str(item.data(_PLACE)))
