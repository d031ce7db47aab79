"""What the calendar brings, worked off in small steps between two keystrokes after signing in."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from services.changes import Changes, Kind
from services.commands import Session
from ui.context import UiContext

STEP = 40  # people: well under a tenth of a second
MINUTE = 60_000


class Daily(QObject):
    """Starts after signing in, when midnight passes over a desk that stays signed in, and when
    a programme that was signed today asks for the day's work once more (E41)."""

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._refused = False
        self._kinds: dict[object, None] = {}
        self._next = QTimer(self, singleShot=True, interval=10)
        self._next.timeout.connect(self.step)
        self._first = QTimer(self, singleShot=True, interval=200)
        self._first.timeout.connect(self.look)
        self._look = QTimer(self, interval=MINUTE)
        self._look.timeout.connect(self.look)
        context.signed_in.changed.connect(self._signed_in)
        context.bus.changed.connect(self._changed)

    def look(self) -> None:
        """Begin when this day's work is still to be done."""
        context = self._context
        if context.signed_in.session is None or self._refused or context.tasks.unfinished:
            return
        if self._needed():
            self._next.start()

    def _needed(self) -> bool:
        from services.desk.daily import needed

        return needed(self._context.db, self._context.today())

    def step(self) -> None:
        """One batch; the views hear of it when all is done."""
        session = self._context.signed_in.session
        if session is None:
            return
        done = self._context.alerts.run(self._some, session)
        if done is None:
            self._refused = True  # said once; asked again at the next sign-in
            return
        self._kinds.update(dict.fromkeys(done.kinds))
        if self._needed():
            self._next.start()
        else:
            self._context.bus.announce(Changes(tuple(self._kinds)))  # type: ignore[arg-type]
            self._kinds.clear()

    def _some(self, session: Session) -> Changes:
        from services.desk.daily import catch_up_some

        return catch_up_some(replace(session, op_id=None), batch=STEP).changes

    def _changed(self, changes: Changes) -> None:
        if Kind.SETTING in changes.kinds and self._context.signed_in.session is not None:
            self._first.start()

    def _signed_in(self, session: object) -> None:
        self._refused = False
        if session is None:
            for timer in (self._first, self._next, self._look):
                timer.stop()
        else:
            self._look.start()

    def begin(self) -> None:
        """The desk is shown: look soon."""
        if self._context.signed_in.session is not None:
            self._first.start()
