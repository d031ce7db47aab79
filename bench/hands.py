"""The real window of a measured clinic, and hands on its keyboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import world

if TYPE_CHECKING:
    from ui.app import Program
    from ui.context import UiContext
    from ui.main_window import MainWindow

SETTLE_MS = 400  # after the window came up
REST_MS = 3000  # after which what follows a sign-in has begun
Step = tuple[str, Callable[[], object]]  # what is done, in words, and how
NAMED = {"Enter": "Return", "Esc": "Escape"}


class Hands:
    """Keys in, wherever the keyboard is."""

    def __init__(self, app: Any, program: Program) -> None:
        assert program.window is not None
        self.app, self.program = app, program
        self.window: MainWindow = program.window

    @property
    def context(self) -> UiContext:
        """What the window works with."""
        return self.window.context

    def press(self, key: str) -> None:
        """'F6', 'Enter', 'Alt+3', 'Ctrl+Shift+4' …"""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        from ui import idle

        idle.hand()  # what a test presses does not come through the window system
        *modifiers, last = key.split("+")
        held = Qt.KeyboardModifier.NoModifier
        for name in modifiers:
            word = {"Ctrl": "ControlModifier", "Alt": "AltModifier", "Shift": "ShiftModifier"}[name]
            held |= getattr(Qt.KeyboardModifier, word)
        QTest.keyClick(self.focus(), getattr(Qt.Key, f"Key_{NAMED.get(last, last)}"), held)

    def type(self, text: str) -> None:
        """Letters and digits key by key; Chinese as an input method commits it."""
        from PySide6.QtGui import QInputMethodEvent
        from PySide6.QtTest import QTest

        from ui import idle

        idle.hand()
        if text.isascii():
            QTest.keyClicks(self.focus(), text)
        else:
            event = QInputMethodEvent()
            event.setCommitString(text)
            self.app.sendEvent(self.focus(), event)

    def focus(self) -> Any:
        """Where the keyboard is: an open menu, a dialog, the window."""
        popup = self.app.activePopupWidget()
        if popup is not None:
            return popup
        top = self.app.activeModalWidget() or self.window
        if not top.isActiveWindow():
            top.activateWindow()
        return top.focusWidget() or top

    def rest(self) -> None:
        """Let the program work off what it begins by itself; the first backup of the day, which it
        would begin half a minute after signing in, at once."""
        from PySide6.QtCore import QEventLoop, QTimer

        if self.window.keeper is not None:
            self.window.keeper.look()
        loop = QEventLoop()

        def look() -> None:
            keeper = self.window.keeper
            if not self.context.tasks.busy and (keeper is None or keeper._task is None):
                loop.quit()

        timer = QTimer(interval=REST_MS)
        timer.timeout.connect(look)
        timer.start()
        loop.exec()
        timer.stop()

    def follow(
        self, steps: Iterator[Step], pause_ms: int, doing: Callable[[str], None] = lambda _: None
    ) -> None:
        """Do one step after another inside the event loop, each an event of its own; `doing` is
        told what comes. Questions are agreed to."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        wrong: list[Exception] = []

        def following() -> None:
            try:
                step()
            except Exception as error:
                wrong.append(error)
                loop.quit()

        def step() -> None:
            if self.consent():
                QTimer.singleShot(pause_ms, following)
                return
            doing("nothing")
            found = next(steps, None)
            if found is None:
                loop.quit()
                return
            what, call = found
            doing(what)
            QTimer.singleShot(pause_ms, following)  # first: the step may ask a question and wait
            call()

        QTimer.singleShot(SETTLE_MS, following)
        loop.exec()
        if wrong:
            raise wrong[0]

    def consent(self) -> bool:
        """Say yes to a question that stands in the way; whether there was one."""
        from PySide6.QtWidgets import QMessageBox

        box = self.app.activeModalWidget()
        if not isinstance(box, QMessageBox):
            return False
        for button in box.buttons():
            if box.buttonRole(button) == QMessageBox.ButtonRole.AcceptRole:
                button.click()
                return True
        box.reject()
        return True

    def close_dialogs(self) -> None:
        """Leave whatever lies over the window."""
        from PySide6.QtWidgets import QDialog

        for dialog in self.window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()


@contextmanager
def desk(place: Path) -> Iterator[Hands]:
    """The window over the clinic of a home (a copy: it writes), the director signed in, the day
    caught up with."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from ui.steady import keep_singletons, load_qt

    keep_singletons()
    load_qt()
    from PySide6.QtWidgets import QApplication

    from models.vault import FileVault
    from services.clock import SystemClock
    from services.desk.daily import catch_up
    from ui.app import Program, make_application

    with world.opened(place, read_only=False) as clinic:
        catch_up(world.director(clinic).confirming("clock_jump"))
    app: Any = QApplication.instance() or make_application(["bench"])
    os.environ["XDG_CONFIG_HOME"] = str(place / "config")  # where the window keeps its places
    program = Program(app, place / "data", SystemClock(), FileVault(place / "vault"))
    program.start()
    if program.window is None:
        raise RuntimeError("no window")
    program.window.enter(world.director(program.window.context.clinic))
    program.idle.stop()  # keys of a test are no sign of life, and nobody is to be locked out
    app.processEvents()
    try:
        yield Hands(app, program)
    finally:
        if program.window.keeper is not None:
            program.window.keeper.release()
        program.tasks.cancel_all()
        program.window.close()
        program.idle.stop()
        program._closed()
        program.window.deleteLater()
        app.processEvents()
