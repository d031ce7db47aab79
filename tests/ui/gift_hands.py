"""Hands for the gift pages in tests: a shown tab, keys, and what stands on the screen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ui.context import UiContext
from ui.tabs.gifts import GiftsTab

ENTER = Qt.Key.Key_Return
ALT = Qt.KeyboardModifier.AltModifier


def shown(context: UiContext, qtbot: Any) -> GiftsTab:
    """The tab on the screen with the keyboard in it."""
    tab = GiftsTab(context)
    qtbot.addWidget(tab)
    tab.resize(1366, 520)
    with qtbot.waitActive(tab):
        tab.show()
        tab.activateWindow()
    focus = tab.first_focus()
    if focus is not None:
        focus.setFocus()
    return tab


def focus_of(tab: QWidget) -> QWidget:
    """Where the keyboard is."""
    found = tab.window().focusWidget()
    assert found is not None
    return found


def press(tab: QWidget, *keys: Any, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Keys as the hand presses them, wherever the keyboard is."""
    for key in keys:
        QTest.keyClick(focus_of(tab), key, modifier)
        QApplication.sendPostedEvents()


def write(tab: QWidget, text: str) -> None:
    """Letters and digits from the keyboard; Chinese as an input method commits it."""
    if text.isascii():
        for char in text:  # the first digit may open an editor that takes the rest
            QTest.keyClick(focus_of(tab), char)
    else:
        focus_of(tab).insert(text)  # type: ignore[attr-defined]


def told(context: UiContext) -> str:
    """The sentence in the banner."""
    return context.alerts.bar._text.text()
