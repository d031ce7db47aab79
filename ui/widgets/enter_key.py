"""Enter presses the button that has the keyboard, on every platform."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton


class _EnterPresses(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QAbstractButton)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            if not event.isAutoRepeat():
                watched.click()
            return True
        return False


def enter_presses(*buttons: QAbstractButton) -> None:
    """Let Enter do on these buttons what Space does."""
    for button in buttons:
        button.installEventFilter(_EnterPresses(button))
