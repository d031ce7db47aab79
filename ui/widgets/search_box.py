"""The one search box: results as you type, arrows and Enter, Esc back.

A barcode or card reader is a keyboard that ends in Enter: the waiting search is done first.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from services.i18n import tr
from ui import theme
from ui.context import UiContext
from ui.forms import TextEdit
from ui.tables.model import ROW_ROLE, Column, Index, RowTableModel

LIMIT = 12
ROW = 36
WIDTH = 720
# x of each part of a row: name, tier, phone, birth year, last visit, number
PARTS = (16, 150, 276, 408, 484, 612)


class HitDelegate(QStyledItemDelegate):
    """One person in one line, aligned so that two 王芳 can be told apart."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(WIDTH, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        hit = index.data(ROW_ROLE)
        rect, shades = option.rect, theme.shades()
        painter.save()
        if index == self._view.currentIndex():  # the option's state and `fillRect` would load some
            painter.setPen(Qt.PenStyle.NoPen)  # hundred of Qt's words at the first search
            painter.setBrush(QColor(shades.accent_soft))
            painter.drawRect(rect)
        texts = hit_texts(hit)
        plain = QFont(option.font)
        bold = QFont(plain)
        bold.setBold(True)
        ends = (*PARTS[1:], rect.width())
        for number, (text, x, end) in enumerate(zip(texts, PARTS, ends, strict=True)):
            painter.setFont(bold if number == 0 else plain)
            quiet = number in (3, 4) or (number == 1 and not hit.member)
            painter.setPen(shades.muted if quiet else shades.text)
            area = rect.adjusted(x, 0, end - rect.width() - 8, 0)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            shown = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, area.width()
            )
            painter.drawText(area, flags, shown)
        painter.restore()


def hit_texts(hit: Any) -> tuple[str, ...]:
    """What a result row says."""
    born = tr("{year}年生").format(year=hit.birth_year) if hit.birth_year else ""
    seen = tr("{day} 来过").format(day=hit.last_visit_on) if hit.last_visit_on else tr("没来过")
    tier = hit.tier_name or (tr("会员") if hit.member else tr("非会员"))
    return (hit.name, tier, hit.phone_masked or "", born, seen, hit.number or "")


class SearchPopup(QFrame):
    """The results under the box. The keyboard stays in the box."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("card")
        self.model = RowTableModel([Column("", _spoken)], self)
        self.view = QListView()
        self.view.setObjectName("hits")
        self.view.setAccessibleName(tr("查找结果"))
        self.view.setModel(self.model)
        self.view.setItemDelegate(HitDelegate(self.view))
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setUniformItemSizes(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = QLabel(tr("没有找到。换手机后四位或拼音再试，或按 F2 新建人员。"))
        self.nothing.setProperty("role", "muted")
        self.nothing.setContentsMargins(16, 8, 16, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 4, 1, 4)
        column.setSpacing(0)
        column.addWidget(self.view)
        column.addWidget(self.nothing)
        self.hide()

    def show_hits(self, hits: list[Any], under: QWidget) -> None:
        """Show results right below the box, the first one highlighted."""
        self.model.set_rows(hits)
        self.view.setVisible(bool(hits))
        self.nothing.setVisible(not hits)
        if hits:
            self.view.setCurrentIndex(self.model.index(0, 0))
        corner = under.mapTo(self._over, QPoint(0, under.height() + 4))
        width = max(WIDTH, under.width())
        left = max(8, min(corner.x(), self._over.width() - width - 8))
        height = len(hits) * ROW + 12 if hits else 48
        room = self._over.height() - corner.y() - 16
        self.setGeometry(left, corner.y(), width, min(height, room))
        self.raise_()
        self.show()

    def move_by(self, rows: int) -> None:
        """Highlight another row."""
        count = self.model.rowCount()
        if count:
            row = min(max(self.view.currentIndex().row() + rows, 0), count - 1)
            self.view.setCurrentIndex(self.model.index(row, 0))

    def current(self) -> Any | None:
        """The highlighted result."""
        index = self.view.currentIndex()
        return index.data(ROW_ROLE) if index.isValid() else None


def _spoken(hit: Any) -> str:
    return " ".join(hit_texts(hit))


class SearchBox(TextEdit):
    """Finds a person from anywhere; emits the chosen one's id and opens them."""

    chosen = Signal(int)

    def __init__(self, context: UiContext, popup_parent: QWidget) -> None:
        super().__init__(tr("卡号 / 手机后四位 / 姓名 / 拼音    F3"))
        self.setObjectName("searchBox")
        self.setAccessibleName(tr("查找人员"))
        self.setClearButtonEnabled(True)
        icon = QIcon.fromTheme(QIcon.ThemeIcon.EditFind)
        if not icon.isNull():
            self.addAction(icon, TextEdit.ActionPosition.LeadingPosition)
        self._context = context
        self.popup = SearchPopup(popup_parent)
        self.popup.view.clicked.connect(self._clicked)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.search)
        self.textEdited.connect(self._typed)

    def search(self) -> None:
        """Look up what is typed now."""
        self._soon.stop()
        text = self.value()
        if not text:
            self.popup.hide()
            return
        from services.people.search import find

        hits = self._context.alerts.run(find, self._context.db, text, LIMIT)
        if hits is not None:
            self.popup.show_hits(hits, self)

    def start(self) -> None:
        """F3: type over what is there."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def dismiss(self) -> None:
        """Empty the box and close the results."""
        self._soon.stop()
        self.clear()
        self.popup.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.popup.move_by(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.popup.move_by(6 if key == Qt.Key.Key_PageDown else -6)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and (self.text() or self.popup.isVisible())
        ):
            if event.type() == QEvent.Type.KeyPress:
                self.dismiss()
            event.accept()
            return True
        return super().event(event)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.popup.hide()

    def _typed(self, *_: object) -> None:
        self._soon.start()

    def _enter(self) -> None:
        if self._soon.isActive() or (self.value() and not self.popup.isVisible()):
            self.search()
        hit = self.popup.current() if self.popup.isVisible() else None
        if hit is not None:
            self._open(hit)

    def _clicked(self, index: Index) -> None:
        self._open(index.data(ROW_ROLE))

    def _open(self, hit: Any) -> None:
        self.dismiss()
        self._context.current_person.select(hit.person_id, hit.matched)
        self.chosen.emit(hit.person_id)
