"""What every page of an activity shares: Enter sends it, one command id at a time, one way to tell
what was written."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from services.activities.records import ActivityRow
from services.i18n import tr
from services.rights import holders, may
from ui.context import UiContext
from ui.widgets.gift_kit import Card

R = TypeVar("R")


class ActivityPage(Card):
    """Enter anywhere in it is `submit`. `written`: something was, so everything is read again."""

    written = Signal()

    def __init__(self, context: UiContext, title: str = "") -> None:
        super().__init__(title)
        self.heading.setVisible(bool(title))
        self.context = context
        self.row: ActivityRow | None = None
        self._op = uuid.uuid4()
        self.submitted.connect(self.submit)

    def show_row(self, row: ActivityRow) -> None:
        """Show the activity as it stands now."""
        self.row = row
        self.refresh()

    def refresh(self) -> None:
        """Read again what the page shows of it."""

    def first_focus(self) -> QWidget:
        """Where the work on this page begins."""
        return self

    def submit(self) -> None:
        """What Enter does here."""

    def write(self, call: Callable[..., R], **values: Any) -> R | None:
        """Run a command once, however often the key is pressed; None after showing why not."""
        session = self.context.session.once(self._op)
        done = self.context.alerts.run_command(call, session, **values)
        if done is not None:
            self._op = uuid.uuid4()
            self.written.emit()
        return done

    def allow(self, made: QWidget, right: str, *, when: bool = True) -> bool:
        """Grey a control out where the post lacks the right, and say there who has it."""
        allowed = may(self.context.session.actor.role, right)
        made.setEnabled(allowed and when)
        if not allowed:
            made.setToolTip(_who(right))
        return allowed


def _who(right: str) -> str:
    return tr("须由{holders}登录后操作。").format(holders=holders(right))
