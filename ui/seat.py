"""Which folder this process shows, that it alone does, and where the next start will look."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from services.presence import UNLOCKED, Presence, Taken, claim

if TYPE_CHECKING:
    from ui.single import Doorbell

LISTEN_AFTER = 1000  # milliseconds: the window is usable first, and a second start is patient


class Seat(QObject):
    """Taken for one folder at a time; `called` when a later start of the same clinic rings."""

    called = Signal()

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self.folder = folder
        self._told: bool | None = None  # whether the start was told where to look
        self._chosen: Path | None = None  # where to look from now on, once it opens
        self._presence: Presence | None = None
        self._doorbell: Doorbell | None = None

    @property
    def taken(self) -> bool:
        """Whether this process may show the folder."""
        return self._presence is not None

    def take(self) -> bool:
        """Be the one that shows this folder; False when another came forward."""
        with suppress(Taken):
            self._presence = claim(self.folder)
        if self._presence is None or self._presence is UNLOCKED:
            from ui.single import arrive

            arrival = arrive(self.folder)
            if arrival.raised:
                return False
            self._presence = arrival.presence
        # where no lock can be kept, only the bell tells the next start
        QTimer.singleShot(0 if self._presence is UNLOCKED else LISTEN_AFTER, self._listen)
        return True

    def _listen(self) -> None:
        from ui.single import Doorbell

        if self._presence is not None and self._doorbell is None:
            self._doorbell = Doorbell(self.folder, self)
            self._doorbell.rung.connect(self.called)

    def leave(self) -> None:
        """Let another process show this folder."""
        if self._doorbell is not None:
            self._doorbell.close()
            self._doorbell.deleteLater()
            self._doorbell = None
        if self._presence is not None:
            self._presence.close()
            self._presence = None

    def move(self, folder: Path) -> bool:
        """Be in another folder; False when another process shows it and came forward."""
        if folder == self.folder:
            return True
        self.leave()
        self.folder = folder
        return self.take()

    # --- where the next start looks ---

    def choose(self, folder: Path) -> None:
        """Look there at every start from the moment a clinic of it was opened; but a start that
        was told where to look is told so again."""
        from services import data_place

        if self._told is None:
            self._told = data_place.said_by_start(self.folder)
        self._chosen = None if self._told else folder

    def choose_for_now(self) -> None:
        """The next start looks where it would have looked."""
        self._chosen = None

    def remember(self) -> None:
        """A clinic was opened here."""
        from services import data_place

        if self._chosen == self.folder:
            data_place.remember(self.folder)
