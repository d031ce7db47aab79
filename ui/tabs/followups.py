"""Calls, what people said, letters, and the plans that ask for them: four pages behind
Ctrl+Shift+1 … Ctrl+Shift+4."""

from __future__ import annotations

from typing import Any

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.tabs.paged import PagedTab

CALLS, FEEDBACK, LETTERS, PLANS = "calls", "feedback", "letters", "plans"


class FollowupsTab(PagedTab):
    """Who is to be called, who is to be answered, who is written to."""

    name = "followups"
    kinds = (Kind.FOLLOWUP, Kind.PERSON, Kind.GRANT, Kind.TIER, Kind.SETTING)
    follows_person = False
    keys = "Ctrl+Shift+{n}"
    pages = {
        CALLS: ("call_page", "CallPage"),
        FEEDBACK: ("feedback_page", "FeedbackPage"),
        LETTERS: ("letters_page", "LettersPage"),
        PLANS: ("plans_page", "PlansPage"),
    }

    def __init__(self, context: UiContext) -> None:
        words = {
            CALLS: tr("1 电话"),
            FEEDBACK: tr("2 意见投诉"),
            LETTERS: tr("3 信函短信"),
            PLANS: tr("4 计划"),
        }
        super().__init__(context, words, tr("回访的四页"), tr("Ctrl+Shift+1 … 4 换页"))

    def title(self) -> str:
        return tr("回访")

    def wire(self, name: str, page: Any) -> None:
        if name == CALLS:
            page.settled.connect(self.settle)

    # --- what the window asks ---

    def act_next_call(self) -> bool:
        """F9: the next call, its person open."""
        self.turn_to(CALLS)
        self.page(CALLS).next_call()
        return True

    def act_show_today(self) -> bool:
        """The today strip: the list itself."""
        self.turn_to(CALLS)
        self.page(CALLS).calls.setFocus()
        return True

    def act_show_feedback(self) -> bool:
        """The today strip: what people said and nobody answered yet."""
        self.turn_to(FEEDBACK)
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
