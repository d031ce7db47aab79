"""Reading beside the window: what takes longer than a key may wait, in a clinic of any size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from ui.context import UiContext

Read = Callable[[Any], Any]  # of a connection
_MIB = 16  # of pages that are kept for one look


class Looking(QObject):
    """Shows what is read on another thread. One look at a time; of what is asked for meanwhile,
    the newest is read afterwards and only that is shown."""

    def __init__(self, context: UiContext, show: Callable[[Any], None], view: QObject) -> None:
        super().__init__(view)
        self._context, self._show = context, show
        self._wanted: Read | None = None
        self.busy = False

    def look(self, read: Read) -> None:
        """Show what `read(db)` answers; `db` is a connection of its own that can only read."""
        self._wanted = read
        if not self.busy:
            self._begin(read)

    def _begin(self, read: Read) -> None:
        self.busy, self._wanted = True, None
        self._context.tasks.start(
            partial(_read, self._context.clinic, read),
            looks=True,
            on_done=self._done,
            on_error=self._failed,
        )

    def _done(self, found: Any) -> None:
        self.busy = False
        if self._wanted is not None:
            self._begin(self._wanted)
        elif self._context.signed_in.session is not None:  # who signs in next looks anew
            self._context.alerts.run(self._show, found)

    def _failed(self, error: BaseException) -> None:
        self.busy = False
        self._context.alerts.tell(error)


def _read(clinic: Any, read: Read) -> Any:
    with clinic.reading() as beside:
        beside.db.keep_pages(_MIB)
        return read(beside.db)
