"""One signal that carries what a write changed to every view."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from services.changes import Changes


class Bus(QObject):
    """Emits a `Changes` once after each write. Visible views refresh, hidden ones go dirty."""

    changed = Signal(object)

    def announce(self, changes: Changes) -> None:
        """Tell every view."""
        if changes.kinds:
            self.changed.emit(changes)
