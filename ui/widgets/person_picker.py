"""A field that finds one person: type, arrows, Enter. The main search box opens people, this
one only names them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem

from services.i18n import tr
from services.people.search import find
from ui.context import UiContext
from ui.forms import TextEdit

LIMIT = 8
ROW = 30
WIDTH = 440


def hit_text(hit: Any) -> str:
    """One person in one line, so that two 王芳 can be told apart."""
    born = tr("{year}年生").format(year=hit.birth_year) if hit.birth_year else ""
    seen = tr("{day} 来过").format(day=hit.last_visit_on) if hit.last_visit_on else ""
    parts = (hit.name, hit.number, hit.phone_masked, born, hit.tier_name, seen)
    return "   ".join(part for part in parts if part)


class PersonPicker(TextEdit):
    """`person_id` is the chosen person; None while nobody is chosen."""

    chosen = Signal(object)

    def __init__(self, context: UiContext, placeholder: str = "", *, exclude: int = 0) -> None:
        super().__init__(placeholder or tr("卡号 / 手机后四位 / 姓名 / 拼音"))
        self.person_id: int | None = None
        self.exclude = exclude
        self._context = context
        self._list: QListWidget | None = None
        self.textEdited.connect(self._typed)

    # --- value ---

    def set_person(self, person_id: int | None, text: str = "") -> None:
        """Show somebody as chosen, or nobody."""
        self.person_id = person_id
        self.setText(text)
        self._close()

    # --- finding ---

    def _typed(self, text: str) -> None:
        if self.person_id is not None:
            self.person_id = None
            self.chosen.emit(None)
        hits = self._context.alerts.run(find, self._context.db, text.strip(), LIMIT) or []
        hits = [hit for hit in hits if hit.person_id != self.exclude]
        if not text.strip():
            self._close()
        else:
            self._show(hits)

    def _show(self, hits: list[Any]) -> None:
        shown = self._popup()
        shown.clear()
        for hit in hits:
            item = QListWidgetItem(hit_text(hit))
            item.setData(Qt.ItemDataRole.UserRole, hit)
            shown.addItem(item)
        if not hits:
            item = QListWidgetItem(tr("没有找到。换手机后四位或拼音再试。"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            shown.addItem(item)
        else:
            shown.setCurrentRow(0)
        window = self.window()
        width = min(max(WIDTH, self.width()), window.width() - 16)
        height = shown.count() * ROW + 10
        corner = self.mapTo(window, QPoint(0, self.height() + 2))
        if corner.y() + height > window.height() - 8:
            corner = self.mapTo(window, QPoint(0, -height - 2))
        left = max(8, min(corner.x(), window.width() - width - 8))
        shown.setGeometry(left, corner.y(), width, height)
        shown.raise_()
        shown.show()

    def _popup(self) -> QListWidget:
        if self._list is None or self._list.parentWidget() is not self.window():
            self._close()
            made = QListWidget(self.window())
            made.setAccessibleName(tr("查找结果"))
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.setFrameShape(QFrame.Shape.StyledPanel)
            made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            made.itemClicked.connect(self._choose)
            self._list = made
        return self._list

    def _close(self) -> None:
        if self._list is not None:
            self._list.hide()

    def is_open(self) -> bool:
        """Whether results are shown."""
        return self._list is not None and self._list.isVisible()

    def _choose(self, item: QListWidgetItem) -> None:
        hit = item.data(Qt.ItemDataRole.UserRole)
        if hit is not None:
            self.set_person(hit.person_id, f"{hit.name} {hit.number}")
            self.chosen.emit(hit)

    # --- keys ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self._list
        if shown is not None and shown.isVisible():
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                shown.setCurrentRow(min(max(shown.currentRow() + step, 0), shown.count() - 1))
                return
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if shown.currentItem() is not None:
                    self._choose(shown.currentItem())
                return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self.is_open():
            if event.type() == QEvent.Type.KeyPress:
                self._close()
            event.accept()
            return True
        return super().event(event)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self._close()
