"""What is copied out of this window is on record when it says who somebody is (4.4.15)."""

from __future__ import annotations

import uuid

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from services.i18n import tr
from ui.context import UiContext


class CopyWatch(QObject):
    """Looks at the clipboard whenever this program put something there."""

    def __init__(self, context: UiContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._clipboard = QGuiApplication.clipboard()
        self._clipboard.dataChanged.connect(self._changed)

    def _changed(self) -> None:
        session = self._context.signed_in.session
        ours = self._clipboard.ownsClipboard() or QGuiApplication.focusWindow() is not None
        text = self._clipboard.text() if ours else ""
        if session is None or not text:
            return
        from services.privacy.copying import clear_values, log_copy

        values = self._context.alerts.run(clear_values, self._context.db, text)
        if values:
            self._context.alerts.run_command(
                log_copy,
                session.once(uuid.uuid4()),
                place=_place(),
                values=values,
                person_id=self._context.person_id,
            )


def _place() -> str:
    """The list or window the hand is in, by its own title: never a person's name."""
    widget = QApplication.focusWidget()
    while widget is not None:
        if widget.accessibleName():
            return widget.accessibleName()
        widget = widget.parentWidget()
    return tr("主窗口")
