"""After signing in: what this PC did by itself since and did not manage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from services.i18n import tr
from services.rights import may
from ui.context import UiContext
from ui.tasks import LEAVING_MS, Tasks

if TYPE_CHECKING:
    from pathlib import Path

    from services.scheduled.morning import News

AFTER = 3000  # milliseconds after signing in: the desk is painted first
CATCHING_UP = 30 * 60_000  # milliseconds in which the PC makes up for what it was off for
TOLD = "scheduled/told"  # the day and the run that was told last, on this PC


class NightNews(QObject):
    """Says once a day which duty failed, was cut off or did not run. `details` opens the duties.

    The PC's scheduler is asked on another thread, once a day, and once more when it has had time to
    catch up.
    """

    def __init__(
        self, context: UiContext, details: Callable[[], Any], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context, self._details = context, details
        self._tasks = Tasks(self)  # of its own, as nobody asked for this work
        self._looked: tuple[str, bool] | None = None
        self._caught_up = False
        self._news: list[News] = []
        self._wait = QTimer(self, singleShot=True, interval=AFTER)
        self._wait.timeout.connect(self.look)
        self._catching_up = QTimer(self, singleShot=True, interval=CATCHING_UP)
        self._catching_up.timeout.connect(self._look_again)
        self._catching_up.start()
        context.signed_in.changed.connect(self._signed_in)

    def _signed_in(self, session: object) -> None:
        if session is None:
            self._wait.stop()
        else:
            self._wait.start()

    def _look_again(self) -> None:
        self._caught_up = True
        self.look()

    def look(self) -> None:
        """Find out what there is, and say it."""
        context = self._context
        if context.signed_in.session is None:
            return
        occasion = (context.today(), self._caught_up)
        if self._looked == occasion:
            self._say()
            return
        self._looked = occasion
        call = partial(
            _find, context.clinic.folder, context.clinic.clock.now_local(), self._caught_up
        )
        self._tasks.start(call, on_done=self._found, on_error=context.alerts.tell)

    def stop(self) -> None:
        """End what was begun: the window is about to close."""
        self._wait.stop()
        self._catching_up.stop()
        self._tasks.cancel_all(LEAVING_MS)

    def _found(self, news: list[News]) -> None:
        self._news = news
        self._say()

    def _say(self) -> None:
        """The first that was not told yet: not over another notice, but after it."""
        context = self._context
        for each in self._news:
            run = f"{context.today()} {each.duty} {each.run}"
            if context.settings.value(f"{TOLD}/{each.duty}") == run:
                continue
            if context.signed_in.session is None or context.alerts.bar.sentence:
                self._wait_on()
                return
            context.settings.setValue(f"{TOLD}/{each.duty}", run)
            if may(context.session.actor.role, "schedule.change"):
                context.alerts.offer(each.sentence, tr("定时任务…"), self._details)
            else:
                context.alerts.banner(each.sentence, "warning")
            self._wait_on()
            return

    def _wait_on(self) -> None:
        if self._context.signed_in.session is not None:
            self._wait.start()


def _find(folder: Path, now_local: str, caught_up: bool) -> list[News]:
    from services.scheduled.morning import news

    return news(folder, now_local, caught_up=caught_up)
