"""A tab of several pages: built when first looked at, and only the one that is shown reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.context import UiContext
from ui.forms import label
from ui.tabs.base import Tab
from ui.theme import GAP
from ui.widgets.gift_kit import Switch, shortcut


class PagedTab(Tab):
    """A subclass says which class of `ui.widgets` each page is, in the order of the pages, and the
    keys that turn to them ('Alt+{n}')."""

    pages: ClassVar[Mapping[str, tuple[str, str]]] = {}
    keys: ClassVar[str] = ""

    def __init__(
        self, context: UiContext, words: Mapping[str, str], spoken: str, hint: str
    ) -> None:
        """`words` stand on the switch, one for each page; `hint` says the keys."""
        super().__init__(context)
        self.page_name = first = next(iter(self.pages))
        self._built: dict[str, Any] = {}
        self.switch = Switch(spoken, list(words.items()))
        self.stack = QStackedWidget()
        top = QHBoxLayout()
        top.addWidget(self.switch)
        top.addWidget(label(hint, "muted"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self.stack, 1)
        for number, name in enumerate(self.pages, 1):
            key = self.keys.format(n=number)
            shortcut(self, key, partial(self.show_page, name))
            self.switch.buttons[name].setToolTip(key)
        self.switch.choose(first)
        self.switch.chosen.connect(self.show_page)

    # --- what a subclass may add to ---

    def wire(self, name: str, page: Any) -> None:
        """A page was built."""

    def begin(self, name: str) -> None:
        """A page was turned to by hand: put the keyboard where its work begins."""
        self.page(name).first_focus().setFocus()

    def settle(self) -> None:
        """The page at hand has read itself again after what was just written."""
        self.dirty = False

    # --- pages ---

    def page(self, name: str) -> Any:
        """The page of this name, built when it was not."""
        if name not in self._built:
            module, cls = self.pages[name]
            made = getattr(import_module(f"ui.widgets.{module}"), cls)(self.context)
            self._built[name] = made
            self.stack.addWidget(made)
            self.wire(name, made)
        return self._built[name]

    def has_page(self, name: str) -> bool:
        """Whether somebody looked at this page before."""
        return name in self._built

    def show_page(self, name: str, *_: object) -> None:
        """Show a page and put the keyboard into it."""
        self.context.alerts.bar.dismiss()  # what was said belongs to the page that is left
        self.turn_to(name)
        self.begin(name)

    def turn_to(self, name: str) -> None:
        """Show a page, up to date, also when the tab is only just being shown."""
        if name != self.page_name:
            self.page_name = name
            self.dirty = True
        self.notice_day()
        self.switch.choose(name)
        self.stack.setCurrentWidget(self.page(name))
        if self.dirty:
            self.context.alerts.run(self.refresh)

    def refresh(self) -> None:
        self.dirty = False
        page = self.page(self.page_name)
        self.stack.setCurrentWidget(page)
        page.refresh()

    def first_focus(self) -> QWidget | None:
        self.refresh_if_seen()
        focus: QWidget = self.page(self.page_name).first_focus()
        return focus
