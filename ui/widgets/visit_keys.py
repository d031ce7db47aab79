"""What the keys of the board do with a visit: its states, the word to the doctor, the way back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from services.desk.visits import VisitRow, change_visit, state_title, undo_step, update_reception
from services.i18n import tr
from ui.context import UiContext
from ui.widgets.to_receipt import to_receipt
from ui.widgets.visit_board import TOLD, UNDO


class VisitKeys(QObject):
    """`moved` tells that a visit was written, before the good news is told."""

    moved = Signal()

    def __init__(self, context: UiContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    def step(self, row: VisitRow, step: str) -> None:
        """A key: a state, 'told' or 'undo'. After 'done' the receipt is next."""
        if step == UNDO:
            self._undo(row)
        elif step == TOLD:
            self._tell(row)
        else:
            self._move(row, step)

    def _move(self, row: VisitRow, step: str) -> None:
        done = self._context.alerts.run_command(
            change_visit, self._context.session, visit_id=row.visit_id, to_state=step
        )
        if done is None:
            return
        self._say(tr("{name}{title}：{state}。"), row, state_title(step))
        if step == "done":
            to_receipt(self._context, row)

    def _tell(self, row: VisitRow) -> None:
        done = self._context.alerts.run_command(
            update_reception,
            self._context.session,
            visit_id=row.visit_id,
            escort=row.escort,
            doctor_told=True,
            room=row.room,
            room_exception=row.room_exception,
        )
        if done is not None:
            self._say(tr("已记下：接诊医生知道是 {name}{title}。"), row)

    def _undo(self, row: VisitRow) -> None:
        """The newest step, as long as it is the one the board shows."""
        last = row.last_step
        if last is None:
            self._context.alerts.banner(tr("这次到诊没有可以撤销的步骤。"), "info")
            return
        done = self._context.alerts.run_command(
            undo_step, self._context.session, visit_id=row.visit_id, seen=last.id
        )
        if done is None:
            self.moved.emit()  # perhaps somebody else was quicker: show what they did
        elif last.was:
            self._say(tr("{name}{title}：退回{state}。"), row, state_title(last.was))
        else:
            self._say(tr("{name}{title}：已撤销到诊登记。"), row)

    def _say(self, words: str, row: VisitRow, state: str = "") -> None:
        self.moved.emit()
        self._context.alerts.banner(
            words.format(name=row.name, title=row.title, state=state), "success"
        )
