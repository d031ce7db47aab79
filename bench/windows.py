"""Processes that are measured from outside: the bare window and ours. `python -m bench.windows`.

Each says 'ready' when its window is painted (and, ours, when the search answers and five tabs
are there), then stays for three seconds and says how much memory it has.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resident_mib() -> float:
    """What this process keeps in memory, by the system's own account (Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _report(app: object) -> None:
    from PySide6.QtCore import QTimer

    print("ready", flush=True)

    def memory() -> None:
        print(f"memory {resident_mib():.1f}", flush=True)
        app.quit()  # type: ignore[attr-defined]

    QTimer.singleShot(3000, memory)


def bare() -> None:
    """A QMainWindow with five empty tabs."""
    from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget, QWidget

    app = QApplication(sys.argv[:1])
    window = QMainWindow()
    tabs = QTabWidget()
    for name in ("入会", "到诊", "积分", "礼品", "回访"):
        tabs.addTab(QWidget(), name)
    window.setCentralWidget(tabs)
    window.resize(1366, 720)
    window.show()
    app.processEvents()
    _report(app)
    app.exec()


def ours(home: Path) -> None:
    """The desk, signed in, as `ui.app.run` makes it."""
    from PySide6.QtWidgets import QApplication

    from models.vault import FileVault
    from services.clock import SystemClock
    from services.commands import Actor, Session
    from ui.app import Program, make_application
    from ui.steady import keep_singletons

    keep_singletons()
    app = make_application(sys.argv[:1])
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
    _report(app)
    box.dismiss()
    app.exec()
    window.close()


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        ours(Path(sys.argv[2]))
