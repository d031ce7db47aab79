"""What every dialog has: its own banner, buttons, and an end when it is closed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ui.context import UiContext
from ui.forms import button, button_row
from ui.theme import GAP

MARGIN = QSize(3 * GAP, 5 * GAP)  # of the window behind that stays in sight
TITLE = QSize(0, 5 * GAP)  # what a window's own title takes of the screen


class Scrolled(QScrollArea):
    """Content that is as high as it wants to be where the screen has room, and scrolls where an
    enlarged one has not."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = content
        self.setWidget(content)
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        return self._content.sizeHint() + QSize(self.verticalScrollBar().sizeHint().width(), 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.sizeHint().width(), 20 * GAP)


class Dialog(QDialog):
    """A modal window over the main one that is deleted on close.

    Put content into `self.body`; `add_buttons` adds the row at the bottom. Refusals shown by
    `self.context.alerts` appear in this dialog.
    """

    def __init__(self, context: UiContext, parent: QWidget | None, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.outer = context.alerts
        lock = QShortcut(QKeySequence("Ctrl+L"), self)
        lock.activated.connect(context.navigator.lock_wanted)
        alerts = context.alerts.inside(self)
        self.context = context.with_alerts(alerts)
        frame = QVBoxLayout(self)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.setSpacing(0)
        frame.addWidget(alerts.bar)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(3 * GAP, 2 * GAP, 3 * GAP, 2 * GAP)
        self.body.setSpacing(2 * GAP)
        frame.addLayout(self.body, 1)

    def take_room(self, width: int, height: int) -> None:
        """Be as large as wanted, as far as the window behind has room for it."""
        parent = self.parentWidget()
        if parent is not None:
            width = min(width, parent.width() - MARGIN.width())
            height = min(height, parent.height() - MARGIN.height())
        self.resize(width, height)

    def showEvent(self, event: QShowEvent) -> None:
        """No higher than the screen: the buttons at the bottom stay in reach."""
        super().showEvent(event)
        room = (self.screen().availableSize() - TITLE).height()
        wanted = self.height()
        if self.findChild(Scrolled) is not None:  # of which Qt itself would show less
            wanted = max(wanted, self.sizeHint().height())
        if min(wanted, room) != self.height():
            self.resize(self.width(), min(wanted, room))

    def add_buttons(
        self, primary: str, cancel: str = "", *, left: tuple[QWidget, ...] = ()
    ) -> QPushButton:
        """The bottom row: `primary` calls `submit`, `cancel` closes. Answers the primary one."""
        main = button(primary, "primary")
        main.setDefault(True)
        main.clicked.connect(self.submit)
        buttons: list[QWidget] = []
        if cancel:
            other = button(cancel)
            other.clicked.connect(self.reject)
            buttons.append(other)
        self.body.addLayout(button_row(*buttons, main, left=left))
        return main

    def submit(self) -> None:
        """The obvious next thing; closes unless a subclass says otherwise."""
        self.accept()

    def say_done(self, sentence: str) -> None:
        """Close, and say in the window behind what was done."""
        self.outer.banner(sentence, "success")
        self.accept()
