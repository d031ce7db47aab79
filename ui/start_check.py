"""Once after a start: does the record go on where it stood when it was last checked in full?

A pool of its own: nobody asked for this work, so closing the window asks nobody about it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer

from services.clinic import Clinic
from services.i18n import tr
from ui.context import UiContext
from ui.tasks import LEAVING_MS, Cancelled, Progress, Tasks

AFTER = 2000  # milliseconds after signing in: the day's own work goes first


class StartCheck(QObject):
    """Runs beside the window, says nothing when all is well. `details` opens the full check."""

    def __init__(
        self, context: UiContext, details: Callable[[], Any], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context, self._details = context, details
        self.tasks = Tasks(self)
        self._wait = QTimer(self, singleShot=True, interval=AFTER)
        self._wait.timeout.connect(self.begin)
        context.signed_in.changed.connect(self._signed_in)

    def _signed_in(self, session: object) -> None:
        if session is not None:
            self._context.signed_in.changed.disconnect(self._signed_in)
            self._wait.start()

    def begin(self) -> None:
        """Check on another thread."""
        call = partial(check, self._context.clinic)
        self.tasks.start(call, progress=True, on_done=self.done, on_error=self._failed)

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, Cancelled):
            self._context.alerts.tell(error)

    def stop(self) -> None:
        """End what was begun: the clinic is about to be closed."""
        self._wait.stop()
        self.tasks.cancel_all(LEAVING_MS)

    def done(self, report: Any) -> None:
        """Say the first thing that is wrong, and where to read all of it."""
        if report.good or self._context.signed_in.session is None:
            return
        alerts = self._context.alerts
        alerts.banner(report.faults[0].sentence, "error")
        alerts.bar.offer(tr("校验数据…"), self._details)


def check(clinic: Clinic, progress: Progress) -> Any:
    """The work itself; what it needs is loaded there, after the window can be used."""
    from services.verify import VerifyCancelled, quick_check

    try:
        return quick_check(clinic, progress.stopped)
    except VerifyCancelled as stopped:
        raise Cancelled from stopped
