"""Small widgets side by side that go on in the next line where the room ends."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import GAP


class FlowRow(QWidget):
    """Keeps the order it was given; its height follows its width."""

    def __init__(self, widgets: Sequence[QWidget]) -> None:
        super().__init__()
        self._widgets = tuple(widgets)
        for each in self._widgets:
            each.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(width, move=False)

    def sizeHint(self) -> QSize:
        return QSize(40 * GAP, self._place(max(self.width(), 40 * GAP), move=False))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(self.width(), move=True)

    def _place(self, width: int, *, move: bool) -> int:
        x = y = height = 0
        for each in self._widgets:
            size = each.sizeHint()
            if x and x + size.width() > width:
                x, y, height = 0, y + height + GAP // 2, 0
            if move:
                each.setGeometry(QRect(x, y, size.width(), size.height()))
            x += size.width() + GAP // 2
            height = max(height, size.height())
        return y + height
