"""Locks the desk after minutes without a hand on it.

Only keys and mouse of this program's own windows count, and they are seen where the window
system hands them over, once per event instead of once per widget.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_HAND = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
}
_last_hand = time.monotonic()


def hand() -> None:
    """Somebody touched a key or the mouse just now."""
    global _last_hand
    _last_hand = time.monotonic()


def quiet_for() -> float:
    """Seconds since somebody touched a key or the mouse."""
    return time.monotonic() - _last_hand


class IdleWatch(QObject):
    """Emits `idle` once after the given minutes; `start` again after signing in."""

    idle = Signal()

    def __init__(self, app: QGuiApplication) -> None:
        super().__init__(app)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.idle)
        self._watched: set[int] = set()
        app.focusWindowChanged.connect(self._watch)

    def start(self, minutes: float) -> None:
        """Count from now."""
        self._timer.start(int(minutes * 60_000))

    def stop(self) -> None:
        """Stop counting (behind the lock screen)."""
        self._timer.stop()

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _HAND:
            hand()
            if self._timer.isActive():
                self._timer.start()
        return False
