"""The appointments of the check-in tab: its page of a day, its card, and what the keys ask for."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from services.desk.appointment_list import AppointmentRow
from services.desk.appointments import arrive, confirm, no_show, outcome_title, reopen
from services.i18n import tr
from ui.context import UiContext
from ui.widgets.appointment_card import AppointmentCard
from ui.widgets.appointment_page import AppointmentPage, may_reopen


class AppointmentDesk(QObject):
    """`page` lists a day, `card` reads a line. `changed` tells that something was written, `booked`
    the id and day of a line that was booked or moved, `arrived` the visit of somebody new."""

    changed = Signal()
    booked = Signal(int, str)
    arrived = Signal(object)

    def __init__(self, context: UiContext, host: QWidget) -> None:
        super().__init__(host)
        self._context = context
        self._host = host
        self.page = AppointmentPage(context)
        self.card = AppointmentCard(context)
        self.page.wanted.connect(self.step)
        self.page.opened.connect(self.open_change)
        self.page.current.connect(self._read)
        self.card.change_wanted.connect(self.open_change)
        self.card.arrived.connect(self.arrive)

    def _read(self, row: AppointmentRow | None) -> None:
        lesson = "" if row else tr("选一个预约，这里显示怎样接待、要不要告知医生，和电话。")
        self.card.show_row(row, lesson)

    def read_newcomer(self, row: AppointmentRow) -> None:
        """Somebody awaited today who has no record yet."""
        hint = tr("新顾客。到了按 1：用这个姓名和电话建档，再补证件和知情同意。")
        self.card.show_row(row, hint, arriving=row.state != "cancelled")

    # --- dialogs ---

    def open_new(self, day: str = "") -> None:
        """Ctrl+N: book, for the open person if there is one."""
        from ui.dialogs.appointment import AppointmentDialog

        dialog = AppointmentDialog(self._context, self._host.window(), day=day)
        dialog.saved.connect(self.booked)
        dialog.open()

    def open_change(self, row: AppointmentRow) -> None:
        """Enter: other words in its place, while the person is awaited."""
        from ui.dialogs.appointment import AppointmentDialog

        if not row.open:
            self._say(tr("这个预约已经办过，不能再改。按退格键可以恢复没有来或取消的。"), "info")
            return
        dialog = AppointmentDialog(self._context, self._host.window(), row=row)
        dialog.saved.connect(self.booked)
        dialog.open()

    def open_cancel(self, row: AppointmentRow) -> None:
        """Del: why it is cancelled."""
        from ui.dialogs.appointment import CancelDialog

        dialog = CancelDialog(self._context, self._host.window(), row)
        dialog.finished.connect(self._tell_changed)
        dialog.open()

    # --- keys ---

    def step(self, row: AppointmentRow, what: str) -> None:
        """A key of the list or of the board."""
        if what == "reveal":
            self.card.reveal()
        elif what == "cancel":
            if row.open:
                self.open_cancel(row)
            else:
                self._say(tr("这个预约已经办过，不用取消。"), "info")
        elif what in ("reopen", "undo"):
            self._reopen(row)
        elif what == "no_show":
            self._run(no_show, row, tr("{name}：记为没有来。按退格键可以恢复。"))
        else:
            words = tr("{name}：{outcome}。")
            if what == "wants_change":
                words = tr("{name}：{outcome}。按 Enter 改日期和时间。")
            self._run(confirm, row, words, outcome=what)

    def _reopen(self, row: AppointmentRow) -> None:
        if may_reopen(row):
            self._run(reopen, row, tr("{name}：恢复为预约未到。"))
        else:
            self._say(tr("这个预约没有取消，也没有记成没来，不用恢复。"), "info")

    def arrive(self, row: AppointmentRow) -> None:
        """Somebody new is here: the record is made now. As on the card of somebody known, the one
        at the desk leads and the room is the VIP room."""
        session = self._context.session
        done = self._context.alerts.run_command(
            arrive,
            session.once(uuid4()),
            appointment_id=row.appointment_id,
            escort=session.actor.name if row.escort else "",
            room=tr("VIP诊室") if row.room_required else "",
        )
        if done is not None:
            self.arrived.emit(done.visit_id)

    def _run(self, verb: Any, row: AppointmentRow, words: str, **values: Any) -> None:
        done = self._context.alerts.run_command(
            verb, self._context.session, appointment_id=row.appointment_id, **values
        )
        if done is None:
            return
        outcome = outcome_title(values.get("outcome", ""))
        self._say(words.format(name=row.name, outcome=outcome), "success")
        self.changed.emit()

    def _say(self, sentence: str, kind: Any) -> None:
        self._context.alerts.banner(sentence, kind)

    def _tell_changed(self, *_: object) -> None:
        self.changed.emit()
