"""What a tab is: it refreshes when it is looked at, and acts when a key asks."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from services.changes import Changes, Kind
from ui.context import UiContext


class Tab(QWidget):
    """One tab. A subclass says its `name`, `title()`, the `kinds` it shows, and `refresh()`.

    `act_back()` answers False when there is nothing to go back from.

    The base calls `refresh` when the tab is visible and something it shows changed, or when it
    becomes visible after a change or on another day. `act('receipt')` calls `act_receipt()` when
    there is one.
    """

    _wanted = Signal()
    name: ClassVar[str] = ""
    kinds: ClassVar[tuple[Kind, ...]] = ()
    follows_person: ClassVar[bool] = True

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.dirty = True
        self._shown = False
        self._day = ""  # the business date when somebody last looked
        self.setAccessibleName(self.title())
        # after the slot at hand, and before the paint: a timer would come after a first paint
        self._wanted.connect(self.refresh_if_seen, Qt.ConnectionType.QueuedConnection)
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
            self._wanted.emit()

    def refresh_if_seen(self) -> None:
        """Refresh when that is due and somebody looks."""
        self.notice_day()
        if self.dirty and self.isVisible() and self.context.signed_in.session is not None:
            self.dirty = False
            self.context.alerts.run(self.refresh)

    def notice_day(self) -> None:
        """What was read on another day is old, whether anything changed or not."""
        today = self.context.today()
        self.dirty = self.dirty or self._day != today
        self._day = today

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._shown:
            self.refresh_if_seen()
        else:  # it was built just now: keys come before it reads
            self._shown = True
            QTimer.singleShot(0, self.refresh_if_seen)

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(*self.kinds):
            self.mark_dirty()
