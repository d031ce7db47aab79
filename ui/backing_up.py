"""Backups as the window keeps them: quietly while people work, visibly when they leave.

Its work runs on a pool of its own: it is nobody's task, so neither the idle lock nor the question
at closing waits for it, and it goes on behind the lock screen. What makes and checks a backup is
loaded there too, after the window can be used.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from services.changes import Changes, Kind
from services.clinic import Clinic
from services.errors import AppError, EnvironmentFault, fault_sentence
from services.i18n import tr
from ui import crashlog
from ui.context import UiContext
from ui.tasks import LEAVING_MS, Cancelled, Progress, Task, Tasks

if TYPE_CHECKING:
    from services.backups.keeping import Kept
    from services.backups.schedule import BackupStatus
    from ui.main_window import MainWindow

MINUTE = 60_000
FIND_OUT_AFTER = 2_000  # milliseconds after signing in: the desk is painted first
AFTER_SIGN_IN = 30_000  # and the first moments belong to who stands there


class Keeper(QObject):
    """Looks after signing in and once a minute from then on; `told` carries the status and what
    went wrong."""

    told = Signal(object, str)

    def __init__(self, context: UiContext, window: MainWindow) -> None:
        super().__init__(window)
        self._context, self._window = context, window
        self._tasks = Tasks(self)
        self._task: Task | None = None
        self._leaving = self._one_more = self._released = False
        self._loaded = False  # the services, by the first look
        self._problem = self._said = ""
        self._minute = QTimer(self, interval=MINUTE)
        self._minute.timeout.connect(self.look)
        self._soon = QTimer(self, singleShot=True, interval=AFTER_SIGN_IN)
        self._soon.timeout.connect(self.look)
        self._first = QTimer(self, singleShot=True, interval=FIND_OUT_AFTER)
        self._first.timeout.connect(self.find_out)
        context.signed_in.changed.connect(self._signed_in)
        context.bus.changed.connect(self._changed)
        window.farewell.leave.connect(self.leave_now)

    # --- while people work ---

    def look(self) -> None:
        """Back up if it is time, copy to a stick that is there."""
        if self._task is None and not self._leaving:
            self._start("due")

    def find_out(self) -> None:
        """Say how old the backups are as soon as that can be said."""
        if not self._loaded and self._task is None and not self._leaving:
            call = partial(status_beside, self._context.clinic)
            self._tasks.start(call, on_done=self._found_out, on_error=crashlog.report)

    def _found_out(self, found: BackupStatus) -> None:
        if not self._loaded:
            self._loaded = True
            self.told.emit(found, self._problem)

    def tell(self) -> None:
        """Say how old the backups are, once that is known."""
        if not self._loaded or self._context.clinic.db.is_closed():
            return
        from services.backups import schedule

        found = self._context.alerts.run(schedule.status, self._context.clinic)
        if found is not None:
            self.told.emit(found, self._problem)

    def _start(self, why: str) -> None:
        call = partial(keep_beside, self._context.clinic, why)
        self._task = self._tasks.start(
            call, progress=True, on_done=self._kept, on_error=self._failed
        )
        self._task.progress.connect(self._window.farewell.moved)

    def _kept(self, kept: Kept) -> None:
        self._task, self._loaded = None, True
        self._problem = kept.problem
        if kept.problem:
            self._warn(kept.problem)
        else:
            self._said = ""
        if kept.copied and not kept.problem:
            self._notice(tr("备份已复制到 U 盘或第二文件夹并读回核对，可以拔出 U 盘了。"))
        self._after()

    def _failed(self, error: BaseException) -> None:
        self._task, self._loaded = None, True
        if not isinstance(error, Cancelled):
            crashlog.report(error)
            self._problem = sentence_of(error)
            self._warn(self._problem)
        self._after()

    def _after(self) -> None:
        if self._released:
            return  # the window is closed
        if self._leaving and self._problem:
            self._window.farewell.say(self._problem)
        elif self._leaving and self._one_more and self._something_new():
            self._one_more = False
            self._start("exit")
        elif self._leaving:
            self.leave_now()
        else:
            self.tell()

    def _warn(self, sentence: str) -> None:
        """Once for each trouble, until something succeeds."""
        if sentence != self._said and not self._leaving:
            self._said = sentence
            self._notice(tr("备份没有完成：{why}").format(why=sentence), "warning")

    def _notice(self, sentence: str, kind: Any = "success") -> None:
        alerts = self._context.alerts
        if self._context.signed_in.session is not None and not alerts.bar.sentence:
            alerts.banner(sentence, kind)

    def _signed_in(self, session: object) -> None:
        if session is not None:
            self.tell()
            for timer in (self._first, self._soon, self._minute):
                timer.start()

    def _changed(self, changes: Changes) -> None:
        if Kind.SETTING in changes.kinds:
            self.tell()

    # --- when they leave ---

    @property
    def leaving(self) -> bool:
        """Whether the window is on its way out: nothing more is asked."""
        return self._leaving or self._released

    def sees_out(self) -> bool:
        """Whether the window stays a moment longer, to back up what was written."""
        app = QGuiApplication.instance()
        saving = isinstance(app, QGuiApplication) and app.isSavingSession()
        if self._released or saving:  # a PC that shuts down does not wait
            return False
        if self._leaving:
            return True
        if self._task is None and not self._something_new():
            return False
        self._leaving = self._one_more = True
        self._minute.stop()
        self._window.lock()
        self._window.pages.setCurrentWidget(self._window.farewell)
        if self._task is None:
            self._one_more = False
            self._start("exit")
        return True

    def _something_new(self) -> bool:
        from services.backups.keeping import before_leaving

        try:
            return before_leaving(self._context.clinic)
        except EnvironmentFault as fault:  # a file that failed holds nobody back
            crashlog.report(fault)
            return False

    def leave_now(self) -> None:
        """Close without waiting; what was begun is given up."""
        self._released = True
        if self._task is not None:
            self._task.cancel()
        self._window.close()

    def stop(self) -> None:
        """End the work: the clinic is about to be closed."""
        self._minute.stop()
        self._first.stop()
        self._soon.stop()
        self._tasks.cancel_all(LEAVING_MS)

    def release(self) -> None:
        """Let the window close at once (a restore takes its place)."""
        self._released = True


def sentence_of(error: BaseException) -> str:
    """What the desk reads about a backup that failed."""
    if isinstance(error, EnvironmentFault):
        return fault_sentence(error.fault)
    if isinstance(error, AppError):
        return error.sentence
    return tr("程序出错({name})，已记入日志。").format(name=type(error).__name__)


def status_beside(clinic: Clinic) -> BackupStatus:
    """How old the backups are."""
    from services.backups import schedule

    with clinic.reading() as reading:
        return schedule.status(reading)


def keep_beside(clinic: Clinic, why: str, progress: Progress) -> Kept:
    """The work itself; it brings its own reading connections."""
    from services.backups import keeping
    from services.verify import VerifyCancelled

    try:
        return keeping.keep(clinic, why, progress=progress.show, cancelled=progress.stopped)
    except VerifyCancelled as stopped:
        raise Cancelled from stopped
