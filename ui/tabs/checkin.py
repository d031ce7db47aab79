"""Who is here today and who is awaited: the board or a day's appointments at the left, the card
of the line at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from services.changes import Kind
from services.clock import plus_days
from services.desk.appointment_list import AppointmentRow, count_unconfirmed
from services.desk.visit_board import came_today, count_done, day_board, first_come
from services.desk.visits import (
    VisitRow,
    state_title,
)
from services.i18n import tr
from ui.context import UiContext
from ui.forms import button, label
from ui.tabs.base import Tab
from ui.theme import GAP
from ui.widgets.appointment_desk import AppointmentDesk
from ui.widgets.gift_kit import Switch, rename, shortcut
from ui.widgets.reception_card import ReceptionPane
from ui.widgets.reception_parts import WIDTH
from ui.widgets.visit_board import (
    UNDO,
    Line,
    StepButtons,
    VisitBoard,
    key_of,
    possible,
    undo_words,
)
from ui.widgets.visit_keys import VisitKeys

MINUTE = 60_000


class CheckinTab(Tab):
    """F4 and Enter check the open person in; single keys move the day along; Alt+Y turns to the
    appointments, Alt+J back."""

    name = "checkin"
    kinds = (
        Kind.SETTING,
        Kind.VISIT,
        Kind.PERSON,
        Kind.TIER,
        Kind.GRANT,
        Kind.FOLLOWUP,
        Kind.MONEY,
    )
    follows_person = False  # the board is the same whoever is open, and the card follows at once

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.board = VisitBoard(context.settings)
        self.steps = StepButtons(self.board)
        self.pane = ReceptionPane(context)
        self.desk = AppointmentDesk(context, self)
        self.keys = VisitKeys(context, self)
        self.pages = Switch(tr("到诊"), [("today", tr("今天(&J)")), ("booked", tr("预约(&Y)"))])
        self.new_booking = button(tr("新预约  Ctrl+N"))
        self.summary = label("", "muted")
        self.undo = button("", "link")
        self._leading = False  # the cursor follows the card, not the card the cursor
        self._told_already = 0  # the visit F4 said was there: F4 again means it
        self._build()
        self.board.wanted.connect(self._step)
        self.board.current_row_changed.connect(self._row_changed)
        self.board.current_row_changed.connect(self._offer_undo)
        self.undo.clicked.connect(self._undo_pressed)
        self.pages.chosen.connect(self._turn)
        self.new_booking.clicked.connect(self.act_book)
        shortcut(self, "Ctrl+N", self.act_book)
        self.keys.moved.connect(self._after)
        self.desk.changed.connect(self._after)
        self.desk.booked.connect(self._booked)
        self.desk.arrived.connect(self._checked_in)
        self.board.activated_row.connect(self._open)
        self.pane.checked_in.connect(self._checked_in)
        self.pane.saved.connect(self._saved)
        context.current_person.changed.connect(self._person_changed)
        self._every_minute = QTimer(self, interval=MINUTE)
        self._every_minute.timeout.connect(self.mark_dirty)
        self._every_minute.start()

    def _build(self) -> None:
        self.pages.choose("today")
        self.undo.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        policy = self.undo.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the list does not jump when it comes and goes
        self.undo.setSizePolicy(policy)
        top = QHBoxLayout()
        top.addWidget(self.pages, 1)
        top.addWidget(self.new_booking)
        said = QHBoxLayout()
        said.addWidget(self.summary, 1)
        said.addWidget(self.undo)
        today = QWidget()
        column = QVBoxLayout(today)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(said)
        column.addWidget(self.board, 1)
        column.addLayout(self.steps)
        self.left, self.right = QStackedWidget(), QStackedWidget()
        for part in (today, self.desk.page):
            self.left.addWidget(part)
        for card in (self.pane, self.desk.card):
            self.right.addWidget(card)
        self.right.setMaximumWidth(WIDTH)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addLayout(top)
        left.addWidget(self.left, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(self.right, 1)

    def title(self) -> str:
        return tr("到诊")

    def first_focus(self) -> QWidget | None:
        return self.desk.page.list if self.on_appointments else self.board

    @property
    def on_appointments(self) -> bool:
        """Whether the appointments are shown, not today's board."""
        return self.left.currentWidget() is self.desk.page

    # --- showing ---

    def refresh(self) -> None:
        """The board in its order, or the day's appointments; the card follows."""
        clock = self.context.clinic.clock
        self._count_tomorrow(clock.today())
        if self.on_appointments:
            self.desk.page.refresh()
            return
        self._read_board()
        self._sum_up(self.board.rows())
        self.steps.follow(self.board.current_row())
        self._offer_undo(self.board.current_row())
        self._refresh_card()

    def _read_board(self) -> None:
        """Where many came, of those who are done with the newest, and the person at hand."""
        clock, person_id = self.context.clinic.clock, self.context.person_id or self.pane.person_id
        rows = day_board(self.context.db, clock.today(), clock.now_utc(), person_id)
        self._leading = True
        self.board.set_rows(rows)
        self._leading = False

    def _sum_up(self, rows: list[Line]) -> None:
        """How many are where, and that the clinic goes by arrival when it does (R087)."""
        counts = [
            (tr("候诊 {n} 人"), ("waiting", "called")),
            (tr("就诊中 {n} 人"), ("in_treatment",)),
            (tr("预约未到 {n} 人"), ("booked",)),
        ]
        parts = [words.format(n=sum(row.state in of for row in rows)) for words, of in counts]
        done = count_done(self.context.db, self.context.today())
        listed = sum(row.state == "done" for row in rows)
        words = tr("已完成 {n} 人") if listed == done else tr("已完成 {n} 人(列出最近 {listed} 人)")
        parts.append(words.format(n=done, listed=listed))
        if first_come(self.context.db):
            parts.append(tr("按到达先后排队(急诊优先)"))
        self.summary.setText(" · ".join(parts) if rows else "")

    def _count_tomorrow(self, today: str) -> None:
        """On the switch: whom to call today about tomorrow."""
        waiting = count_unconfirmed(self.context.db, plus_days(today, 1))
        words = tr("预约 · 明天待确认 {n}(&Y)").format(n=waiting) if waiting else tr("预约(&Y)")
        rename(self.pages.buttons["booked"], words)

    def _offer_undo(self, row: Line | None) -> None:
        words = undo_words(row)
        self.undo.setText(words)
        self.undo.setVisible(bool(words))

    def _refresh_card(self) -> None:
        """The same person as before, as they are now."""
        current = self.board.current_row()
        if current is not None and current.person_id is None:
            self._read(current)
            return
        self.right.setCurrentWidget(self.pane)
        if self.pane.visit is not None:
            wanted = self.pane.visit.visit_id
            row = next((r for r in self.board.rows() if r.visit_id == wanted), None)
            if row is not None:
                self.pane.show_visit(row)
                return
        if self.pane.person_id is not None and self.pane.visit is None:
            self._show_arrival(self.pane.person_id)
        else:
            self._show_current()

    def _show_current(self) -> None:
        """The open person if there is one, else the row under the cursor."""
        person_id = self.context.person_id
        row: Line | None = self._row_of(person_id)
        if person_id is None:
            row = self.board.current_row()
            if row is None and self.board.rows():
                row = self.board.rows()[0]
        if row is not None:
            self._lead(row)
            self._read(row)
        elif person_id is not None:
            self._show_arrival(person_id)
        else:
            self.right.setCurrentWidget(self.pane)
            self.pane.show_nobody()

    def _lead(self, row: Line) -> None:
        """Put the cursor on the line of the card that is being shown."""
        self._leading = True
        self.board.select_key(key_of(row))
        self._leading = False

    def _read(self, row: Line) -> None:
        """The card of a line: a visit, somebody who is awaited, or a new name."""
        if isinstance(row, AppointmentRow) and row.person_id is None:
            self.right.setCurrentWidget(self.desk.card)
            self.desk.read_newcomer(row)
            return
        self.right.setCurrentWidget(self.pane)
        if isinstance(row, VisitRow):
            self.pane.show_visit(row)
        else:
            self.pane.show_arrival(row.person_id or 0, row)

    def _show_arrival(self, person_id: int) -> None:
        """Somebody awaited stands on the board; else no row of it is meant."""
        self.right.setCurrentWidget(self.pane)
        awaited = self._awaited(person_id)
        if awaited is None:
            self.board.leave()
        else:
            self._lead(awaited)
        self.pane.show_arrival(person_id, awaited)

    def _row_of(self, person_id: int | None) -> VisitRow | None:
        """The person's newest visit of today that was not taken back."""
        found = self._on_board(person_id)
        if found is None and person_id is not None and self._came(person_id):
            self._read_board()
            found = self._on_board(person_id)
        return found

    def _came(self, person_id: int) -> bool:
        return came_today(self.context.db, self.context.today(), person_id)

    def _on_board(self, person_id: int | None) -> VisitRow | None:
        mine = [
            row
            for row in self.board.rows()
            if isinstance(row, VisitRow) and row.person_id == person_id and row.state != "no_show"
        ]
        return max(mine, key=lambda row: row.visit_id, default=None)

    def _awaited(self, person_id: int) -> AppointmentRow | None:
        """The appointment of today somebody may have come to: the earliest that still waits."""
        mine = [
            row
            for row in self.board.rows()
            if isinstance(row, AppointmentRow) and row.person_id == person_id
        ]
        return min(mine, key=lambda row: (not row.open, row.at), default=None)

    def _person_changed(self, _person_id: object) -> None:
        self._told_already = 0
        if self.on_appointments:
            return
        if self.isVisible() and self.context.signed_in.session is not None:
            self._show_current()
        else:
            self.pane.show_nobody()
            self.mark_dirty()  # whoever is open then is shown with the tab

    def _row_changed(self, row: Line | None) -> None:
        if row is not None and self.board.hasFocus() and not self._leading:
            self._read(row)

    def _open(self, row: Line) -> None:
        """Enter on a row: this person is open everywhere, the keyboard is in their card."""
        if row.person_id is None:
            self._read(row)
            self.desk.card.confirm.setFocus()
            return
        self.context.current_person.select(row.person_id)
        self._read(row)
        self.pane.start()

    def _turn(self, page: str) -> None:
        """To the appointments or back to the board, the keyboard in the list."""
        booked = page == "booked"
        self.left.setCurrentIndex(int(booked))
        self.right.setCurrentWidget(self.desk.card if booked else self.pane)
        self._after()
        focus = self.first_focus()
        if focus is not None:
            focus.setFocus()

    def _up_to_date(self) -> None:
        """Read before acting, also when the tab is only just being shown."""
        if self.dirty:
            self.dirty = False
            self.refresh()

    # --- keys ---

    def act_check_in(self) -> bool:
        """F4: the reception card of the open person, one Enter away from the board."""
        self._to_board()
        self._up_to_date()
        person_id = self.context.person_id
        if person_id is None:
            sentence = tr("先按 F3 找到顾客，回车打开，再按 F4 登记到诊。")
            self.context.alerts.banner(sentence, "info")
            return True
        row = self._row_of(person_id)
        arriving = self.pane.person_id == person_id and self.pane.visit is None
        self.context.alerts.bar.dismiss()  # what was said was about somebody else
        if row is None or arriving or self._told_already == row.visit_id:
            self._show_arrival(person_id)
        else:
            self._told_already = row.visit_id
            self.board.select_key(row.visit_id)
            self._read(row)
            sentence = tr("今天 {at} 已登记到诊，现在是“{state}”。要再登记一次，请再按 F4。")
            self.context.alerts.banner(
                sentence.format(at=row.arrived, state=state_title(row.state)), "info"
            )
        self.pane.start()
        return True

    def act_show_today(self) -> bool:
        """The today strip: the list itself."""
        self._to_board()
        self._up_to_date()
        self.board.setFocus()
        self.board.select_first()
        return True

    def act_print(self) -> bool:
        """Ctrl+P: the application for another doctor."""
        from ui.dialogs.papers import PapersDialog
        from ui.paper_offers import checkin_offers

        person_id = self.context.person_id or self.pane.person_id
        offers = checkin_offers(self.context, person_id)
        PapersDialog(self.context, self.window(), tr("打印"), offers).open()
        return True

    def act_back(self) -> bool:
        """Esc: from the card to the list, from the appointments to the board."""
        focus = self.focusWidget()
        page = self.desk.page
        away = focus is not None and (
            self.right.isAncestorOf(focus) or (page.isAncestorOf(focus) and focus is not page.list)
        )
        if not away and not self.on_appointments:
            return False
        if not away:
            self._to_board()
        target = self.first_focus()
        if target is not None:
            target.setFocus()
        return True

    def act_book(self, *_: object) -> bool:
        """Ctrl+N: an appointment on the telephone, on the day that is shown."""
        day = self.desk.page.day if self.on_appointments else ""
        self.desk.open_new(day if day >= self.context.today() else "")
        return True

    def _to_board(self) -> None:
        if self.on_appointments:
            self.pages.choose("today")
            self._turn("today")

    # --- what happens ---

    def _step(self, row: Line, step: str) -> None:
        if isinstance(row, AppointmentRow):
            self._step_awaited(row, step)
        else:
            self.keys.step(row, step)

    def _step_awaited(self, row: AppointmentRow, step: str) -> None:
        """1: they are here, received as the card has it. 5: they did not come. Backspace: they are
        awaited again."""
        if step == "reveal":
            self.desk.step(row, step)
        elif not possible(row, step):
            sentence = tr("{name}还没有到。到了按 1，没有来按 5。")
            self.context.alerts.banner(sentence.format(name=row.name), "info")
        elif step != "waiting":
            self.desk.step(row, step)
        elif row.person_id is None:
            self.desk.arrive(row)
        else:
            self._read(row)
            self.pane.submit()

    def _undo_pressed(self, *_: object) -> None:
        row = self.board.current_row()
        if row is not None:
            self._step(row, UNDO)

    def _after(self) -> None:
        """Something was written: read again at once."""
        self.dirty = False
        self.context.alerts.run(self.refresh)

    def _booked(self, appointment_id: int, day: str) -> None:
        """To the line that was booked or moved."""
        if self.on_appointments:
            self.desk.page.show_day(day, appointment_id)
        self._after()

    def _checked_in(self, visit_id: int) -> None:
        self._told_already = 0
        self._after()
        self.board.select_key(visit_id)
        self.board.setFocus()
        row = self.board.current_row()
        if not isinstance(row, VisitRow):
            return
        self._read(row)
        waiting = [r.visit_id for r in self.board.rows() if r.state in ("waiting", "called")]
        place = waiting.index(visit_id) + 1
        words = tr("已登记到诊：{name}{title}，候诊第 {n} 位。").format(
            name=row.name, title=row.title, n=place
        )
        if row.to_do:
            words += tr("请{todo}。").format(todo="、".join(row.to_do))
        self.context.alerts.banner(words, "success")

    def _saved(self, visit_id: int) -> None:
        self._after()
        self.board.select_key(visit_id)
        self.board.setFocus()
        self.context.alerts.banner(tr("接待已记下。"), "success")
