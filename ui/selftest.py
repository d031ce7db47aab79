"""`main.py --self-test`: does this installation work, from the keys to the workbook?

Everything happens in a temporary folder; no window appears. The clinic's part of it is
`services.selftest`; here the window is built around the same clinic. A warning that nobody
expects, of Qt or of Python, is a failure too.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from services.selftest import SelfTestFailed, Trial, expect, listening, run

# said by Qt's plug-in without a screen, true and harmless
_OF_NO_SCREEN = ("This plugin does not support", "QFontDatabase: Cannot find font directory")


def self_test() -> int:
    """0 when everything works; each step and what failed are written to the terminal."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="haochi-self-test-") as folder, listening() as heard:
        trial = Trial(Path(folder))
        steps = [
            *trial.steps_before(),
            ("window", lambda: build_window(trial, heard)),
            *trial.steps_after(),
        ]
        try:
            good = run(steps, _say)
        finally:
            trial.close()
    for line in heard:
        _say(f"FAILED warning: {line}")
    good = good and not heard
    _say("self-test passed" if good else "self-test FAILED")
    return 0 if good else 1


def _say(line: str) -> None:
    if sys.stdout is not None:  # a windowed program on Windows has none
        sys.stdout.write(line + "\n")


def build_window(trial: Trial, heard: list[str]) -> str:
    """The window with every tab, off screen, showing the person of the trial."""
    from PySide6.QtCore import QSettings, QtMsgType, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from ui.alerts import Alerts
    from ui.app import make_application
    from ui.bus import Bus
    from ui.context import UiContext
    from ui.idle import IdleWatch
    from ui.main_window import MainWindow
    from ui.tasks import Tasks
    from ui.widgets.tab_area import NAMES

    def listen(kind: QtMsgType, _: Any, words: str) -> None:
        quiet = kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        if not quiet and not words.startswith(_OF_NO_SCREEN):
            heard.append(f"Qt: {words}")

    earlier = qInstallMessageHandler(listen)
    try:
        app = QApplication.instance() or make_application(["haochi-desk"])
        if not isinstance(app, QApplication):
            raise SelfTestFailed("another kind of application is running")
        settings = QSettings(str(trial.folder / "window.ini"), QSettings.Format.IniFormat)
        bus = Bus()
        tasks = Tasks()
        context = UiContext(trial.clinic, bus, Alerts(bus), tasks, settings)
        window = MainWindow(context, IdleWatch(app))
        window.show()
        window.enter(trial.session)
        for name in NAMES:
            window.show_tab(name)
            context.current_person.select(trial.person_id)
            window.tabs.current().refresh()
            QApplication.processEvents()
        kind = context.alerts.bar.kind
        window.close()
        window.deleteLater()
        tasks.cancel_all()
        QApplication.processEvents()
        expect(kind != "error", "a banner reported a fault")
    finally:
        qInstallMessageHandler(earlier)
    return f"{len(NAMES)} tabs"
