"""Calls, what people said, letters, and the plans that ask for them: four pages behind
Ctrl+Shift+1 … Ctrl+Shift+4."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.forms import label
from ui.tabs.base import Tab
from ui.theme import GAP
from ui.widgets.gift_kit import Switch, shortcut

CALLS, FEEDBACK, LETTERS, PLANS = "calls", "feedback", "letters", "plans"
CLASSES = {
    CALLS: ("call_page", "CallPage"),
    FEEDBACK: ("feedback_page", "FeedbackPage"),
    LETTERS: ("letters_page", "LettersPage"),
    PLANS: ("plans_page", "PlansPage"),
}
PAGES = tuple(CLASSES)


class FollowupsTab(Tab):
    """A page is built the first time it is looked at; only the one that is shown reads."""

    name = "followups"
    kinds = (Kind.FOLLOWUP, Kind.PERSON, Kind.GRANT, Kind.TIER, Kind.SETTING)
    follows_person = False

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.page_name = CALLS
        self._pages: dict[str, Any] = {}
        self.switch = Switch(
            tr("回访的四页"),
            [
                (CALLS, tr("1 电话")),
                (FEEDBACK, tr("2 意见投诉")),
                (LETTERS, tr("3 信函短信")),
                (PLANS, tr("4 计划")),
            ],
        )
        self.stack = QStackedWidget()
        top = QHBoxLayout()
        top.addWidget(self.switch)
        top.addWidget(label(tr("Ctrl+Shift+1 … 4 换页"), "muted"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self.stack, 1)
        for number, name in enumerate(PAGES, 1):
            shortcut(self, f"Ctrl+Shift+{number}", partial(self.show_page, name))
            self.switch.buttons[name].setToolTip(f"Ctrl+Shift+{number}")
        self.switch.choose(CALLS)
        self.switch.chosen.connect(self.show_page)

    def title(self) -> str:
        return tr("回访")

    # --- pages ---

    def page(self, name: str) -> Any:
        """The page of this name, built when it was not."""
        if name not in self._pages:
            module, cls = CLASSES[name]
            made = getattr(import_module(f"ui.widgets.{module}"), cls)(self.context)
            if name == CALLS:
                made.settled.connect(self._settle)
            self._pages[name] = made
            self.stack.addWidget(made)
        return self._pages[name]

    def show_page(self, name: str, *_: object) -> None:
        """Show a page and put the keyboard where its work begins."""
        self.context.alerts.bar.dismiss()  # what was said belongs to the page that is left
        self._turn_to(name)
        self.page(name).first_focus().setFocus()

    def _turn_to(self, name: str) -> None:
        if name != self.page_name:
            self.page_name = name
            self.dirty = True
        self.switch.choose(name)
        self.stack.setCurrentWidget(self.page(name))
        self._up_to_date()

    def _up_to_date(self) -> None:
        """Read before acting, also when the tab is only just being shown."""
        if self.dirty:
            self.dirty = False
            self.context.alerts.run(self.refresh)

    def _settle(self) -> None:
        self.dirty = False

    def refresh(self) -> None:
        self.dirty = False
        page = self.page(self.page_name)
        self.stack.setCurrentWidget(page)
        page.refresh()

    def first_focus(self) -> QWidget | None:
        self.refresh_if_seen()
        focus: QWidget = self.page(self.page_name).first_focus()
        return focus

    # --- what the window asks ---

    def act_next_call(self) -> bool:
        """F9: the next call, its person open."""
        self._turn_to(CALLS)
        self.page(CALLS).next_call()
        return True

    def act_show_today(self) -> bool:
        """The today strip: the list itself."""
        self._turn_to(CALLS)
        self.page(CALLS).calls.setFocus()
        return True

    def act_show_feedback(self) -> bool:
        """The today strip: what people said and nobody answered yet."""
        self._turn_to(FEEDBACK)
        self.page(FEEDBACK).show_waiting()
        return True

    def act_show_letters(self) -> bool:
        """A duty: the letters and messages."""
        self.show_page(LETTERS)
        return True

    def act_undo(self) -> bool:
        """Ctrl+Z: the call that was written down wrongly."""
        return self.page_name == CALLS and bool(self.page(CALLS).undo())

    def act_print(self) -> bool:
        """Ctrl+P: what the page has to print."""
        step = getattr(self.page(self.page_name), "act_print", None)
        return bool(step is not None and step())

    def act_back(self) -> bool:
        """Esc: one step back inside the page."""
        step = getattr(self.page(self.page_name), "act_back", None)
        return bool(step is not None and step())
