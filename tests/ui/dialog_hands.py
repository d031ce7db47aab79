"""Hands for the dialogs of the enrolment tab: keys wherever the keyboard is, and what is said."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from services.staff import approve
from tests.conftest import PIN, STAFF

D = TypeVar("D", bound=QDialog)
ENTER, ESC, SPACE = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space
ALT = Qt.KeyboardModifier.AltModifier


def top(tab: QWidget) -> QWidget:
    """What is in front: an open menu, the newest dialog, the tab's window."""
    popup = QApplication.activePopupWidget()
    return popup or QApplication.activeModalWidget() or tab.window()


def focus(tab: QWidget) -> QWidget:
    """Where the keyboard is."""
    shown = top(tab)
    return shown if QApplication.activePopupWidget() else shown.focusWidget() or shown


def press(tab: QWidget, *keys: Any) -> None:
    """Keys as the hand presses them; a letter is Alt and the letter."""
    for key in keys:
        if QApplication.activePopupWidget() is None:
            _in_front(top(tab))
        if isinstance(key, str):
            QTest.keyClick(focus(tab), getattr(Qt.Key, f"Key_{key}"), ALT)
        else:
            QTest.keyClick(focus(tab), key)
        QTest.qWait(0)


def write(tab: QWidget, text: str) -> None:
    """Letters and digits key by key; Chinese as an input method commits it."""
    line = focus(tab)
    if text.isascii():
        QTest.keyClicks(line, text)
    else:
        assert isinstance(line, QLineEdit), line
        line.insert(text)
        line.textEdited.emit(line.text())
    QTest.qWait(0)


def dialog_of(tab: QWidget, kind: type[D]) -> D:
    """The open dialog of a kind."""
    found = [each for each in tab.window().findChildren(kind) if each.isVisible()]
    _in_front(found[-1])
    return found[-1]


def _in_front(window: QWidget) -> None:
    """Until the window has the keyboard: its own keys work from then on."""
    for _ in range(400):
        if window.isActiveWindow():
            return
        window.activateWindow()  # the window manager's part, which there is none of here
        QTest.qWait(5)
    raise AssertionError(f"{window.windowTitle()} never came to the front")


def gives_word(monkeypatch: Any, module: Any, role: str) -> list[str]:
    """Somebody of that role gives every approval asked for in `module`; answers what was asked."""
    asked: list[str] = []

    def given(context: Any, _parent: Any, right: str, what: str, without: int | None = None) -> Any:
        asked.append(what)
        return approve(context.clinic, STAFF[role], PIN, right)

    monkeypatch.setattr(module, "ask_approval", given)
    return asked
