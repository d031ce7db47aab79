"""Hands for the check-in and follow-up tabs in tests: a shown tab, keys, what is said."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget

from ui.context import UiContext
from ui.looking import Looking
from ui.tabs.base import Tab
from ui.widgets.today_strip import TodayStrip

T = TypeVar("T", bound=Tab)


def on_screen(made: T, qtbot: Any) -> T:
    """The tab on the screen, as large as at 1366×768, with the keyboard in it."""
    qtbot.addWidget(made)
    made.resize(1366, 520)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    focus = made.first_focus()
    if focus is not None:
        focus.setFocus()
    return made


def open_person(context: UiContext, tab: Tab, person_id: int | None) -> None:
    """As the search box does it: the person is open, the keyboard back in the tab."""
    context.current_person.select(person_id)
    focus = tab.first_focus()
    if focus is not None:
        focus.setFocus()


def count_again(strip: TodayStrip, qtbot: Any) -> None:
    """Let the strip count to the end."""
    strip.refresh_soon()
    qtbot.waitUntil(lambda: not (strip._soon.isActive() or strip._beside.busy))


def looked(view: QWidget, qtbot: Any) -> None:
    """Let a view show what it reads beside the window."""
    beside = view.findChildren(Looking)
    qtbot.waitUntil(lambda: not any(each.busy for each in beside))
