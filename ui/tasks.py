"""Long work off the window's thread: progress, cancel, one callback on the main thread."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot
from shiboken6 import isValid

LEAVING_MS = 2000  # how long closing waits for work that nobody asked for
HAND_OVER = 0.00005  # seconds after which work beside the window lets go of the interpreter
_LEFT: list[tuple[tuple[QThreadPool, ...], tuple[Task, ...]]] = []


def left_behind() -> bool:
    """Whether work is still held up somewhere that nobody waits for any more."""
    return bool(_LEFT)


class Cancelled(Exception):
    """Raised inside the work after the person pressed cancel."""


class Progress:
    """Handed to the work: `report(done, total)` shows how far, and raises when cancelled."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __call__(self, done: int, total: int) -> None:
        self.report(done, total)

    def report(self, done: int, total: int) -> None:
        """Say how far the work is. Raises Cancelled when it should stop."""
        if self._task.cancelled:
            raise Cancelled
        self._task.progress.emit(done, total)

    def show(self, done: int, total: int) -> None:
        """Say how far, without stopping (for work that asks `stopped` by itself)."""
        self._task.progress.emit(done, total)

    def stopped(self) -> bool:
        """Whether the person asked to stop."""
        return self._task.cancelled


class Task(QObject):
    """One piece of work under way. Its signals arrive on the main thread."""

    progress = Signal(int, int)
    _returned = Signal(object)
    _raised = Signal(object)
    finished = Signal()

    def __init__(self, parent: QObject | None = None, *, looks: bool = False) -> None:
        super().__init__(parent)
        self.cancelled = False
        self.running = True
        self.looks = looks
        self.on_done: Callable[[Any], None] | None = None
        self.on_error: Callable[[BaseException], None] | None = None
        self._returned.connect(self._done, Qt.ConnectionType.QueuedConnection)
        self._raised.connect(self._failed, Qt.ConnectionType.QueuedConnection)

    def cancel(self) -> None:
        """Ask the work to stop at its next report."""
        self.cancelled = True

    @Slot(object)
    def _done(self, result: object) -> None:
        self._end()
        if self.on_done is not None and _alive(self.on_done):
            self.on_done(result)

    @Slot(object)
    def _failed(self, error: BaseException) -> None:
        self._end()
        if self.on_error is not None and _alive(self.on_error):
            self.on_error(error)

    def _end(self) -> None:
        self.running = False
        self.finished.emit()


def _alive(callback: Callable[..., None]) -> bool:
    """Whether the view that waits for the answer is still there."""
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or isValid(owner)


class _Work(QRunnable):
    def __init__(self, task: Task, call: Callable[..., Any], progress: bool) -> None:
        super().__init__()
        self._task = task
        self._call = call
        self._progress = progress

    def run(self) -> None:
        try:
            result = self._call(Progress(self._task)) if self._progress else self._call()
        except BaseException as error:
            self._task._raised.emit(error)
        else:
            self._task._returned.emit(result)


class Tasks(QObject):
    """Starts work on two small pools: what is only looked at waits for no export."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # a click takes the interpreter back dozens of times, after every statement and every word
        # with Qt; at Python's own 5 ms each, one click beside an export took a quarter of a second
        sys.setswitchinterval(HAND_OVER)
        self._pools = self._new_pools()
        self._running: set[Task] = set()

    def start(
        self,
        call: Callable[..., Any],
        *,
        progress: bool = False,
        looks: bool = False,
        on_done: Callable[[Any], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> Task:
        """Run `call()` (or `call(Progress)`) on another thread; `looks` when it only reads what
        is to be shown, and nothing is lost when it is not done.

        Exactly one of the callbacks is called, on the main thread, unless it belongs to a view
        that was closed meanwhile. The work must bring its own
        connection (`clinic.reading()` or `clinic.long_writing()`).
        """
        task = Task(self, looks=looks)
        task.on_done, task.on_error = on_done, on_error
        self._running.add(task)
        task.finished.connect(self._forget)
        self._pools[looks].start(_Work(task, call, progress))
        return task

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return bool(self._running)

    @property
    def unfinished(self) -> bool:
        """Whether work is under way that somebody would miss."""
        return not all(task.looks for task in self._running)

    def cancel_all(self, wait_ms: int = -1) -> bool:
        """Ask all work to stop and wait for it, at most `wait_ms` (-1: however long it takes).

        Answers whether all of it ended. What did not is left behind: a device that no longer
        answers holds its thread, and nothing here can end that.
        """
        for task in self._running:
            task.cancel()
        if all(pool.waitForDone(wait_ms) for pool in self._pools):
            return True
        for task in self._running:
            task.on_done = task.on_error = None
            task.setParent(None)
        for pool in self._pools:
            pool.setParent(None)  # its end would wait too
        _LEFT.append((self._pools, tuple(self._running)))
        self._pools, self._running = self._new_pools(), set()
        return False

    def _new_pools(self) -> tuple[QThreadPool, QThreadPool]:
        """For work, and for looks."""
        pools = QThreadPool(self), QThreadPool(self)
        for pool in pools:
            pool.setMaxThreadCount(2)
        return pools

    @Slot()
    def _forget(self) -> None:
        task = self.sender()
        if isinstance(task, Task):
            self._running.discard(task)
            task.deleteLater()
