"""What the desk will need, loaded in small steps: its first page behind the sign-in page, all
else later, while no hand is on the desk.

A window shows before any of this is there. Each step is short enough for a key to come between.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from PySide6.QtCore import QObject, QTimer

from ui.idle import quiet_for

FIRST = 150  # milliseconds: the sign-in page is painted and takes keys by then
NEXT = 5
# each after what it needs itself, so that no step loads much
STEPS = (
    "services.programmes.registry",
    "models.ledgers",
    "services.programmes.plan",
    "services.programmes.evaluate",
    "services.loyalty.history",
    "services.loyalty.stored_grants",
    "services.loyalty.standing",
    "services.gifts.lists",
    "services.activities.records",
    "services.groups.carried",
    "services.desk.visits",
    "services.desk.today",
    "services.desk.daily",
    "ui.tables.view",
    "ui.widgets.reception_card",
    "ui.widgets.appointment_desk",
    "ui.tabs.checkin",
)

LATER = 5000  # milliseconds after signing in, and then between two looks at the hands
SPARE = 200
QUIET = 1  # seconds without a hand
# the other tabs and pages and what the menus open, in steps of the same kind
REST = (
    *("services.memberships.worksheet", "ui.widgets.invite_lists", "ui.widgets.more"),
    *("services.outreach.waiting", "services.outreach.mailings", "services.partners.agreements"),
    *("services.people.spanning", "ui.widgets.person_card", "ui.tabs.enrollment"),
    *("services.loyalty.money_events", "ui.widgets.receipt_lines", "ui.tabs.points"),
    *("services.loyalty.service_use", "ui.widgets.gift_everybody", "services.forms.paper"),
    *("ui.widgets.gift_handout", "ui.tabs.gifts", "ui.widgets.call_fields", "ui.widgets.plot"),
    *("ui.widgets.call_page", "ui.tabs.followups", "ui.papers", "ui.dialogs.papers"),
    *("ui.widgets.stock_card", "ui.widgets.stock_page", "services.gifts.reopening"),
    *("ui.widgets.friday_page", "ui.widgets.friday_history", "ui.widgets.voucher_billing"),
    *("ui.dialogs.complaint_step", "ui.widgets.feedback_page", "ui.widgets.letters_page"),
    *("ui.widgets.plans_page", "ui.dialogs.redeem", "services.programmes.editing"),
    *("services.programmes.sentences", "services.programmes.activation"),
    *("ui.widgets.programme_text", "ui.dialogs.programme", "ui.widgets.programme_fields"),
    *("ui.widgets.programme_sign_page", "services.workbooks.writer"),
    *("ui.dialogs.programme_editor", "services.simulation.reading"),
    *("services.simulation.source", "ui.dialogs.simulate", "services.reports.followups"),
    *("services.reports.complaints", "services.workbooks.friday", "services.partners.fee"),
    *("services.partners.statement_list", "services.reports.surveys"),
    *("ui.widgets.report_filters", "ui.dialogs.reports", "ui.dialogs.duties"),
    *("services.activities.door", "ui.widgets.activity_invite", "ui.dialogs.activities"),
    *("services.groups.asking", "ui.dialogs.groups", "ui.dialogs.doctor_changes"),
    *("services.partners.statements", "ui.dialogs.partners", "ui.dialogs.import_roster"),
    *("services.privacy.freezing", "services.backups.finding", "ui.dialogs.backups"),
    *("services.scheduled.task_xml", "ui.dialogs.scheduled", "services.privacy.my_data"),
    *("ui.dialogs.privacy", "services.crash_report", "ui.dialogs.crash_report"),
)


class Leisure(QObject):
    """Loads `REST`, and then takes one step of `builds` after the other, while nobody types."""

    def __init__(self, builds: Iterator[object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left = list(REST)
        self._builds = builds
        self._next = QTimer(self, singleShot=True)
        self._next.timeout.connect(self._step)

    def start(self) -> None:
        """Begin in a while, or go on."""
        self._next.start(LATER)

    def stop(self) -> None:
        """Nobody is at the desk."""
        self._next.stop()

    def _step(self) -> None:
        if quiet_for() < QUIET:
            self._next.start(SPARE)
            return
        while self._left and self._left[0] in sys.modules:
            del self._left[0]
        if self._left:
            import_module(self._left.pop(0))
            self._next.start(SPARE)
        elif next(self._builds, self) is not self:
            self._next.start(SPARE)


class Warming(QObject):
    """Loads `STEPS` and then calls `last`, once; `then(call)` calls at once when all is loaded,
    else after the last step."""

    def __init__(self, last: Callable[[], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left = list(STEPS)
        self._waiting: list[Callable[[], Any]] = [last]
        self._begun = False
        self._next = QTimer(self, singleShot=True)
        self._next.timeout.connect(self._step)

    def start(self) -> None:
        """Begin, unless it has."""
        if not self._begun:
            self._begun = True
            self._next.start(FIRST)

    def then(self, call: Callable[[], Any]) -> None:
        """Call when everything is loaded."""
        self._skip()
        if self._left:
            self._waiting.append(call)
            self.start()
        else:
            call()

    def _skip(self) -> None:
        while self._left and self._left[0] in sys.modules:
            del self._left[0]

    def _step(self) -> None:
        self._skip()
        if self._left:
            import_module(self._left.pop(0))
            self._next.start(NEXT)
            return
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()
