"""What every dialog has: its own banner, buttons, and an end when it is closed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from ui.context import UiContext
from ui.forms import button, button_row
from ui.theme import GAP

MARGIN = QSize(3 * GAP, 5 * GAP)  # of the window behind that stays in sight


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
