"""Processes that are measured from outside: the bare window and ours. `python -m bench.windows`.

Each says 'ready' and the processor's seconds so far when its window is painted (and, ours, when
the search answers and five tabs are there), then stays for three seconds and says how much memory
it has. Ours says 'board' when the day's board is painted too.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path


def resident_mib() -> float:
    """What this process keeps in memory, by the system's own account (Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _report() -> None:
    from PySide6.QtCore import QTimer

    print(f"ready {time.process_time():.4f}", flush=True)

    def memory() -> None:
        print(f"memory {resident_mib():.1f}", flush=True)
        os._exit(0)  # ours, closed as people close it, would first make the day's last backup

    QTimer.singleShot(3000, memory)


def bare() -> None:
    """The floor: a window with nothing in it."""
    from bench.bare_window import show

    app, _window = show()
    app.processEvents()
    _report()
    app.exec()


def ours(home: Path) -> None:
    """The desk, signed in, as `ui.app.run` makes it."""
    from ui.steady import keep_singletons, load_qt

    keep_singletons()
    load_qt()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from models.vault import FileVault
    from services.clock import SystemClock
    from services.commands import Actor, Session
    from ui.app import Program, make_application

    app = make_application(sys.argv[:1])
    os.environ["XDG_CONFIG_HOME"] = str(home / "config")  # where the window keeps its places
    program = Program(app, home / "data", SystemClock(), FileVault(home / "vault"))
    program.start()
    window = program.window
    if window is None:
        raise RuntimeError("no window")
    window.enter(Session(window.context.clinic, Actor(1, "bench", "director")))
    QApplication.processEvents()
    box = window.header.search
    box.setText("wang")
    box.search()
    QApplication.processEvents()
    if window.tabs.count() != 5 or not box.popup.isVisible():
        raise RuntimeError("the window is not usable")
    _report()
    box.dismiss()
    window.warming.then(partial(QTimer.singleShot, 0, partial(print, "board", flush=True)))
    app.exec()


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        ours(Path(sys.argv[2]))
