"""Python's collector runs on the window's thread only, and never long while somebody works.

Left to itself it runs in whichever thread happens to allocate, also in one that reads a report.
There it looks into widgets while the window's thread is taking them apart, and the process dies.

Looking through everything takes as long as everything is: modules, windows, lists. So what has
come to stay is put aside (`gc.freeze`), and a look at the rest is short. Nothing is put aside
while a dialog is open, which would leave its knots behind for good. Now and then, when nobody has
touched the desk for a while, what was put aside is looked through as well; at a desk that never
rests so long, a short pause has to do in the end.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from ui.idle import quiet_for

EVERY = 1000  # milliseconds
BURST = 20_000  # more new objects than this are work going on: looking through them would be felt
QUIET = 2  # seconds without a hand, for the rest
OVERDUE = 5  # times as long as it should wait: the rest asks for no quiet, everything for QUIET
DEEP = 60  # and for everything
HOUR = 3600.0


class Garbage(QObject):
    """Collects once a second what has come together, each generation as seldom as Python would."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # the modules loaded so far
        self._swept = time.monotonic()
        self._pause = HOUR
        self._every = QTimer(self, interval=EVERY)
        self._every.timeout.connect(self.look)
        self._every.start()

    def look(self) -> None:
        """Collect what is due, as far as this moment allows."""
        young, middle, old = gc.get_count()
        most_young, most_middle, most_old = gc.get_threshold()
        quiet, free = quiet_for(), QApplication.activeModalWidget() is None
        if young > BURST:
            if free:
                gc.freeze()
                self._pause = DEEP  # there may be knots in it
        elif free and self._sweep_due(quiet):
            self.sweep()
        elif old > (most_old if quiet > QUIET else OVERDUE * most_old):
            self._put_aside()
        elif middle > most_middle:
            gc.collect(1)
        elif young > most_young:
            gc.collect(0)

    def _sweep_due(self, quiet: float) -> bool:
        since = time.monotonic() - self._swept
        return since > self._pause and quiet > (QUIET if since > OVERDUE * self._pause else DEEP)

    def sweep(self) -> None:
        """Look through everything; nobody waits for the window now, and no dialog is open."""
        gc.unfreeze()
        self._put_aside()
        self._swept, self._pause = time.monotonic(), HOUR

    def _put_aside(self) -> None:
        gc.collect()
        if QApplication.activeModalWidget() is None:
            gc.freeze()
