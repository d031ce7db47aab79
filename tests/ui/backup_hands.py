"""A PC with a clinic whose recovery code is known, and the program started on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from tests.conftest import PIN, STAFF
from tests.services.backups.conftest import Desk
from ui.app import Program
from ui.dialogs.approve import ApproveDialog
from ui.main_window import MainWindow

ENTER = Qt.Key.Key_Return
Start = Callable[[Desk], Program]


def sign_in(window: MainWindow, role: str = "director", pin: str = PIN) -> None:
    """Choose a name and type the PIN."""
    names = window.sign_in.names
    row = next(n for n in range(names.count()) if STAFF[role] in names.item(n).text())
    names.setCurrentRow(row)
    QTest.keyClicks(window.sign_in.pin, pin)
    QTest.keyClick(window.sign_in.pin, ENTER)


def window_of(program: Program) -> MainWindow:
    """The window that is open."""
    assert program.window is not None
    return program.window


def opened(window: MainWindow, kind: type[QDialog]) -> Any:
    """The open dialog of a kind."""
    return next(each for each in window.findChildren(kind) if each.isVisible())


def approving(monkeypatch: Any, module: Any, pin: str = PIN) -> list[str]:
    """Give the second word with this PIN wherever `module` asks; answers what was asked."""
    asked: list[str] = []

    def ask(context: Any, parent: Any, right: str, what: str, without: Any = None) -> Any:
        asked.append(what)
        dialog = ApproveDialog(context, parent, right, what, without)
        dialog.pin.setText(pin)
        dialog.submit()
        given = dialog.approval
        dialog.deleteLater()
        return given

    monkeypatch.setattr(module, "ask_approval", ask)
    return asked
