"""Who may join, who just came in, and who has to be told."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QWidget

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.tabs.base import Tab
from ui.theme import GAP
from ui.widgets.invite_lists import NOTICES, RENEWALS, InviteLists
from ui.widgets.join_panel import JoinPanel
from ui.widgets.person_card import PersonCard
from ui.widgets.person_page import PersonPage

LISTS_WIDTH, LISTS_LEAST = 440, 264  # in a small window the lists give way first
JOINING_LEAST, CARD_LEAST = 304, 464
DESK, FORM = 0, 1


class EnrollmentTab(Tab):
    """F2 a new person; Enter in the list, Space, Enter: joined."""

    name = "enrollment"
    kinds = (Kind.PERSON, Kind.TIER, Kind.MONEY, Kind.GRANT)
    follows_person = False  # the lists are the same whoever is open

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._person_due = True
        self.lists = InviteLists(context)
        self.lists.setMinimumWidth(LISTS_LEAST)
        self.lists.setMaximumWidth(LISTS_WIDTH)
        self.joining = JoinPanel(context)
        self.joining.setMinimumWidth(JOINING_LEAST)
        self.card = PersonCard(context)
        self.card.setMinimumWidth(CARD_LEAST)
        self.form = PersonPage(context)
        self.side = QStackedWidget()
        self.side.addWidget(self._nobody())
        self.side.addWidget(self._person())
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self._desk())
        self.stack.addWidget(self.form)
        column = QHBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.lists.chosen.connect(self.open_person)
        self.card.edit_wanted.connect(self.edit)
        self.form.saved.connect(self._saved)
        self.form.left.connect(self._left)
        context.current_person.changed.connect(self._person_changed)
        context.signed_in.changed.connect(self._signed_in)

    def _nobody(self) -> QWidget:
        words = QLabel(
            tr(
                "这里建档和办理入会。\n\n"
                "新顾客按 F2：姓名、证件号、手机，回车保存。\n"
                "老顾客按 F3 查找，或在左边名单里选中，按回车。"
            )
        )
        words.setObjectName("emptyState")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return words

    def _person(self) -> QWidget:
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addWidget(self.joining, 10)
        row.addWidget(self.card, 11)
        return both

    def _desk(self) -> QWidget:
        desk = QWidget()
        row = QHBoxLayout(desk)
        row.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        row.setSpacing(2 * GAP)
        row.addWidget(self.lists, 100)
        row.addWidget(self.side, 1)
        return desk

    def title(self) -> str:
        return tr("入会")

    def first_focus(self) -> QWidget | None:
        if self.stack.currentIndex() == FORM:
            return self.form.fields.lines["name"]
        if self.context.person_id is None:
            return self.lists.current()
        if self._person_due or self.dirty:
            self.context.alerts.run(self._show_person)
        return self.joining.next_stop() or self.card.edit_button

    def refresh(self) -> None:
        self.lists.refresh()
        self._show_person()

    def refresh_if_seen(self) -> None:
        """All of it when something changed, only the person when another one was opened."""
        super().refresh_if_seen()
        seen = self.isVisible() and self.context.signed_in.session is not None
        if self._person_due and seen:
            self.context.alerts.run(self._show_person)

    def _show_person(self) -> None:
        self._person_due = False
        self.side.setCurrentIndex(0 if self.context.person_id is None else 1)
        if self.context.person_id is not None:
            self.joining.refresh()
            self.card.refresh()

    def _person_changed(self, person_id: int | None) -> None:
        self.side.setCurrentIndex(0 if person_id is None else 1)
        if self.form.person_id is not None and self.form.person_id != person_id:
            self.form.forget()
            self.stack.setCurrentIndex(DESK)
        self._person_due = True
        if self.isVisible():
            self._wanted.emit()

    def _signed_in(self, session: object) -> None:
        if session is None:
            self.form.forget()
            self.stack.setCurrentIndex(DESK)

    def open_person(self, person_id: int, programme_id: int = 0) -> None:
        """Open somebody and go to what is next for them, in this programme when one is named."""
        self.context.current_person.select(person_id)
        self.context.alerts.run(self._show_person)
        if programme_id:
            self.joining.choose(programme_id)
        if not self.joining.start():
            self.card.edit_button.setFocus()

    def edit(self) -> None:
        """The record of the open person."""
        person_id = self.context.person_id
        if person_id is not None and self.form.start_edit(person_id):
            self.stack.setCurrentIndex(FORM)
            self.form.fields.lines["name"].setFocus()

    def _saved(self, person_id: int) -> None:
        self.form.forget()
        self.stack.setCurrentIndex(DESK)
        self.context.alerts.run(self.lists.refresh)
        self.open_person(person_id)

    def _left(self) -> None:
        self.stack.setCurrentIndex(DESK)
        self.lists.current().setFocus()

    # --- keys ---

    def act_new_person(self) -> bool:
        """F2. What was being typed stays when it is a new person already."""
        typing = self.stack.currentIndex() == FORM and self.form.is_touched()
        if not typing:
            self.stack.setCurrentIndex(FORM)
            self.form.start_new()
        self.form.fields.lines["name"].setFocus()
        return True

    def act_join(self) -> bool:
        """The strip's invitation: to the tick and to Enter."""
        if self.context.person_id is None:
            self.lists.start()
            return True
        self.stack.setCurrentIndex(DESK)
        self.open_person(self.context.person_id)
        return True

    def act_show_notices(self) -> bool:
        """The today strip's count of upgrades to tell."""
        self.stack.setCurrentIndex(DESK)
        self.lists.refresh()
        self.lists.start(NOTICES)
        return True

    def act_show_renewals(self) -> bool:
        """Who should be asked to renew."""
        self.stack.setCurrentIndex(DESK)
        self.lists.refresh()
        self.lists.start(RENEWALS)
        return True

    def act_show_monday(self) -> bool:
        """Last week's new members, to be handed over and signed for."""
        from ui.dialogs.reports import ReportsDialog

        ReportsDialog(self.context, self.window()).open()
        return True

    def act_print(self) -> bool:
        """Ctrl+P: what the open person signs and takes home, or empty forms."""
        from ui.dialogs.papers import PapersDialog
        from ui.paper_offers import enrollment_offers

        offers = enrollment_offers(self.context)
        PapersDialog(self.context, self.window(), tr("打印"), offers).open()
        return True

    def act_back(self) -> bool:
        """Esc: out of the form, then from the person to the list."""
        if self.stack.currentIndex() == FORM:
            self.form.leave()
            return True
        focus = self.focusWidget()
        if focus is not None and self.side.isAncestorOf(focus):
            self.lists.current().setFocus()
            return True
        return False
