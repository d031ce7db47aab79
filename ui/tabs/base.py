"""What a tab is: it refreshes when it is looked at, and acts when a key asks."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from services.changes import Changes, Kind
from ui.context import UiContext


class Tab(QWidget):
    """One tab. A subclass says its `name`, `title()`, the `kinds` it shows, and `refresh()`.

    `act_back()` answers False when there is nothing to go back from.

    The base calls `refresh` when the tab is visible and something it shows changed, or when it
    becomes visible after a change. `act('receipt')` calls `act_receipt()` when there is one.
    """

    name: ClassVar[str] = ""
    kinds: ClassVar[tuple[Kind, ...]] = ()
    follows_person: ClassVar[bool] = True

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.dirty = True
        self.setAccessibleName(self.title())
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh_if_seen)
        context.bus.changed.connect(self._something_changed)
        context.signed_in.changed.connect(self.mark_dirty)
        if self.follows_person:
            context.current_person.changed.connect(self.mark_dirty)

    def title(self) -> str:
        """The word on the tab."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Read what is shown and show it."""

    def first_focus(self) -> QWidget | None:
        """Where the keyboard goes when the tab is opened."""
        return None

    def act(self, action: str) -> bool:
        """Do what a key or a button of the window asks.

        Answers False when the tab does not know it, or its `act_…` method answered False.
        """
        method = getattr(self, f"act_{action}", None)
        return method is not None and method() is not False

    def mark_dirty(self, *_: object) -> None:
        """What is shown is old: refresh now when seen, else when shown next."""
        self.dirty = True
        if self.isVisible():
            self._soon.start()

    def refresh_if_seen(self) -> None:
        """Refresh when that is due and somebody looks."""
        if self.dirty and self.isVisible() and self.context.signed_in.session is not None:
            self.dirty = False
            self.context.alerts.run(self.refresh)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh_if_seen()

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(*self.kinds):
            self.mark_dirty()
