"""Who is here today: the board at the left, the reception card at the right."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.changes import Kind
from services.desk.visits import (
    VisitRow,
    change_visit,
    state_title,
    today_board,
    update_reception,
)
from services.i18n import tr
from ui.context import UiContext
from ui.forms import label
from ui.tabs.base import Tab
from ui.theme import GAP
from ui.widgets.reception_card import ReceptionPane
from ui.widgets.visit_board import TOLD, StepButtons, VisitBoard

MINUTE = 60_000


class CheckinTab(Tab):
    """F4 and Enter check the open person in; single keys move the day along."""

    name = "checkin"
    kinds = (Kind.VISIT, Kind.PERSON, Kind.TIER, Kind.GRANT, Kind.FOLLOWUP, Kind.MONEY)

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.board = VisitBoard(context.settings)
        self.steps = StepButtons(self.board)
        self.pane = ReceptionPane(context)
        self.summary = label("", "muted")
        self._told_already = 0  # the visit F4 said was there: F4 again means it
        self._build()
        self.board.wanted.connect(self._step)
        self.board.current_row_changed.connect(self._row_changed)
        self.board.activated_row.connect(self._open)
        self.pane.checked_in.connect(self._checked_in)
        self.pane.saved.connect(self._saved)
        context.current_person.changed.connect(self._person_changed)
        self._every_minute = QTimer(self, interval=MINUTE)
        self._every_minute.timeout.connect(self.mark_dirty)
        self._every_minute.start()

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(self.summary)
        left.addWidget(self.board, 1)
        left.addLayout(self.steps)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(self.pane, 1)

    def title(self) -> str:
        return tr("到诊")

    def first_focus(self) -> QWidget | None:
        return self.board

    # --- showing ---

    def refresh(self) -> None:
        """The board in its order; the card follows."""
        clock = self.context.clinic.clock
        self.board.set_rows(today_board(self.context.db, clock.today(), clock.now_utc()))
        rows = self.board.rows()
        here = [row for row in rows if row.state in ("waiting", "called")]
        words = tr("候诊 {waiting} 人 · 就诊中 {treated} 人 · 已完成 {done} 人")
        self.summary.setText(
            words.format(
                waiting=len(here),
                treated=sum(row.state == "in_treatment" for row in rows),
                done=sum(row.state == "done" for row in rows),
            )
        )
        self.summary.setVisible(bool(rows))
        self.steps.follow(self.board.current_row())
        self._refresh_card()

    def _refresh_card(self) -> None:
        """The same person as before, as they are now."""
        if self.pane.visit is not None:
            wanted = self.pane.visit.visit_id
            row = next((r for r in self.board.rows() if r.visit_id == wanted), None)
            if row is not None:
                self.pane.show_visit(row)
                return
        if self.pane.person_id is not None and self.pane.visit is None:
            self.pane.show_arrival(self.pane.person_id)
        else:
            self._show_current()

    def _show_current(self) -> None:
        """The open person if there is one, else the row under the cursor."""
        person_id = self.context.person_id
        row = self._row_of(person_id)
        if person_id is None:
            row = self.board.current_row()
            if row is None and self.board.rows():
                row = self.board.rows()[0]
        if row is not None:
            self.board.select_key(row.visit_id)
            self.pane.show_visit(row)
        elif person_id is not None:
            self._show_arrival(person_id)
        else:
            self.pane.show_nobody()

    def _show_arrival(self, person_id: int) -> None:
        """Nobody on the board is meant, so no row of it is current."""
        self.board.leave()
        self.pane.show_arrival(person_id)

    def _row_of(self, person_id: int | None) -> VisitRow | None:
        """The person's newest visit on the board that was not taken back."""
        mine = [r for r in self.board.rows() if r.person_id == person_id and r.state != "no_show"]
        return max(mine, key=lambda row: row.visit_id, default=None)

    def _person_changed(self, _person_id: object) -> None:
        self._told_already = 0
        if self.isVisible() and self.context.signed_in.session is not None:
            self._show_current()
        else:
            self.pane.show_nobody()

    def _row_changed(self, row: VisitRow | None) -> None:
        if row is not None and self.board.hasFocus():
            self.pane.show_visit(row)

    def _open(self, row: VisitRow) -> None:
        """Enter on a row: this person is open everywhere, the keyboard is in their card."""
        self.context.current_person.select(row.person_id)
        self.pane.show_visit(row)
        self.pane.start()

    def _up_to_date(self) -> None:
        """Read before acting, also when the tab is only just being shown."""
        if self.dirty:
            self.dirty = False
            self.refresh()

    # --- keys ---

    def act_check_in(self) -> bool:
        """F4: the reception card of the open person, one Enter away from the board."""
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
            self.pane.show_visit(row)
            sentence = tr("今天 {at} 已登记到诊，现在是“{state}”。要再登记一次，请再按 F4。")
            self.context.alerts.banner(
                sentence.format(at=row.arrived, state=state_title(row.state)), "info"
            )
        self.pane.start()
        return True

    def act_show_today(self) -> bool:
        """The today strip: the list itself."""
        self._up_to_date()
        self.board.setFocus()
        self.board.select_first()
        return True

    def act_back(self) -> bool:
        """Esc: from the card to the list."""
        focus = self.focusWidget()
        if focus is not None and self.pane.isAncestorOf(focus):
            self.board.setFocus()
            return True
        return False

    # --- what happens ---

    def _step(self, row: VisitRow, step: str) -> None:
        if step == TOLD:
            done = self.context.alerts.run_command(
                update_reception,
                self.context.session,
                visit_id=row.visit_id,
                escort=row.escort,
                doctor_told=True,
                room=row.room,
                room_exception=row.room_exception,
            )
            words = tr("已记下：接诊医生知道是 {name}{title}。")
        else:
            done = self.context.alerts.run_command(
                change_visit, self.context.session, visit_id=row.visit_id, to_state=step
            )
            words = tr("{name}{title}：{state}。")
            if step == "done":
                words = tr("{name}{title}：{state}。收费请按 Enter 打开，再按 F6。")
        if done is None:
            return
        state = "" if step == TOLD else state_title(step)
        self.context.alerts.banner(
            words.format(name=row.name, title=row.title, state=state), "success"
        )
        self.dirty = False
        self.context.alerts.run(self.refresh)

    def _checked_in(self, visit_id: int) -> None:
        self._told_already = 0
        self.dirty = False
        self.context.alerts.run(self.refresh)
        self.board.select_key(visit_id)
        self.board.setFocus()
        row = self.board.current_row()
        if row is None:
            return
        self.pane.show_visit(row)
        waiting = [r.visit_id for r in self.board.rows() if r.state in ("waiting", "called")]
        place = waiting.index(visit_id) + 1
        words = tr("已登记到诊：{name}{title}，候诊第 {n} 位。").format(
            name=row.name, title=row.title, n=place
        )
        if row.to_do:
            words += tr("请{todo}。").format(todo="、".join(row.to_do))
        self.context.alerts.banner(words, "success")

    def _saved(self, visit_id: int) -> None:
        self.dirty = False
        self.context.alerts.run(self.refresh)
        self.board.select_key(visit_id)
        self.board.setFocus()
        self.context.alerts.banner(tr("接待已记下。"), "success")
