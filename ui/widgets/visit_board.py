"""Today's board: who is here, in the order they are seen, and who is awaited; single keys move
them on, Backspace takes the last step back."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from services.desk.appointment_list import AppointmentRow
from services.desk.appointments import appointment_title
from services.desk.identity_check import check_words
from services.desk.visit_steps import QUEUE, step_title
from services.desk.visits import OVER, TRANSITIONS, VisitRow, state_title
from services.i18n import tr
from ui.forms import button
from ui.tables.model import Column
from ui.tables.view import Table
from ui.widgets.appointment_words import late_words, remark_words
from ui.widgets.call_list import REVEAL

Line = VisitRow | AppointmentRow

LONG_WAIT = 30  # minutes
NARROW = 640
_ON_THE_CARD = (4, 5)  # time, doctor
TOLD = "told"
UNDO = "undo"
# key → the state it leads to
STEPS = {"1": "waiting", "2": "called", "3": "in_treatment", "4": "done", "5": "no_show"}
_NEXT = {
    "expected": "waiting",
    "waiting": "called",
    "called": "in_treatment",
    "in_treatment": "done",
}
_TONES = {"waiting": "warning", "called": "accent", "in_treatment": "success"}
# what a key may do with somebody who is awaited: they came, they did not, they are awaited again
_AWAITED = {
    "booked": frozenset({"waiting", "no_show"}),
    "no_show": frozenset({"waiting", UNDO}),
}


def key_of(row: Line) -> object:
    """What tells lines apart: a visit by its id, an appointment beside it."""
    return row.visit_id if isinstance(row, VisitRow) else ("booked", row.appointment_id)


def possible(row: Line, step: str) -> bool:
    """Whether a key leads somewhere from this line."""
    if isinstance(row, AppointmentRow):
        return step in _AWAITED[row.state]
    if step == TOLD:
        return not row.doctor_told and row.state not in OVER
    if step == UNDO:
        return row.last_step is not None
    return (row.state, step) in TRANSITIONS


def undo_words(row: Line | None) -> str:
    """What Backspace would take back; '' for nothing."""
    if isinstance(row, VisitRow) and row.last_step is not None:
        return tr("退格 撤销：{step}").format(step=step_title(row.last_step))
    if isinstance(row, AppointmentRow) and possible(row, UNDO):
        return tr("退格 撤销：{state}").format(state=appointment_title(row.state))
    return ""


class VisitBoard(Table):
    """The list. `wanted` asks for a step: (row, state), (row, 'told') or (row, 'undo')."""

    wanted = Signal(object, str)

    def __init__(self, settings: QSettings) -> None:
        super().__init__(
            "visit_board",
            _columns(),
            settings,
            title=tr("今日到诊"),
            empty_text=tr(
                "今天还没有人到诊。\n\n"
                "按 F3，输入手机后四位、姓名或卡号，回车打开；\n"
                "按 F4 看接待卡，再按回车，就登记好了。\n\n"
                "有人来电预约，按 Ctrl+N；今天的预约也列在这里。"
            ),
            key=key_of,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window what the card tells anyway gives way."""
        super().resizeEvent(event)
        for column in _ON_THE_CARD:
            self.setColumnHidden(column, self.width() < NARROW)

    def leave(self) -> None:
        """No row is current: the keys below mean nobody."""
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def event(self, event: QEvent) -> bool:
        """Ctrl+Z means the line under the cursor here, not the last posting."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Undo)
            and undo_words(self.current_row())
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current_row()
        back = event.key() == Qt.Key.Key_Backspace or event.matches(QKeySequence.StandardKey.Undo)
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if row is None or not (plain or back) or event.isAutoRepeat():
            super().keyPressEvent(event)
        elif back:
            self.wanted.emit(row, UNDO)
        elif event.text() in STEPS:
            self.wanted.emit(row, STEPS[event.text()])
        elif event.text() == REVEAL and row.person_id is None:
            self.wanted.emit(row, "reveal")
        elif event.text() == "6":
            self.wanted.emit(row, TOLD)
        elif event.key() == Qt.Key.Key_Space:
            following = _NEXT.get("expected" if row.state == "booked" else row.state)
            if following is not None:
                self.wanted.emit(row, following)
        else:
            super().keyPressEvent(event)


def _columns() -> list[Column]:
    return [
        Column(tr("状态"), _state, width=84, tone=_state_tone),
        Column(tr("已等"), _waited, sort=_waited_sort, align="right", width=94, tone=_waited_tone),
        Column(tr("姓名"), _name, width=118, tone=_quiet),
        Column(tr("接待等级"), _level, width=124, tone=_level_tone),
        Column(tr("时间"), _arrived, width=62, tone=_arrived_tone, tip=_arrived_tip),
        Column(tr("医生"), lambda row: row.doctor_name, width=72, tone=_quiet),
        Column(tr("接待"), reception_text, width=80, tone=_reception_tone),
    ]


def _over(row: Line) -> bool:
    return row.state in OVER


def _state(row: Line) -> str:
    if isinstance(row, AppointmentRow):
        return appointment_title(row.state)
    return state_title(row.state)


def _state_tone(row: Line) -> str:
    return _TONES.get(row.state, "muted")


def _quiet(row: Line) -> str:
    return "muted" if _over(row) else ""


def _waited(row: Line) -> str:
    """How long they wait or waited; how late somebody awaited is."""
    if isinstance(row, AppointmentRow):
        return late_words(row)
    if row.waiting_minutes is None:
        return ""
    if row.waiting_minutes == 0 and row.state in QUEUE:
        return tr("刚到")
    return tr("{n} 分钟").format(n=row.waiting_minutes)


def _waited_sort(row: Line) -> int:
    waited = row.late_minutes if isinstance(row, AppointmentRow) else row.waiting_minutes
    return -1 if waited is None else waited


def _waited_tone(row: Line) -> str:
    if isinstance(row, AppointmentRow):
        return "warning"
    if row.state not in QUEUE:
        return "muted"
    return "error" if (row.waiting_minutes or 0) >= LONG_WAIT else ""


def _name(row: Line) -> str:
    return f"{row.name}{row.title}"


def _arrived(row: Line) -> str:
    """When they came; when somebody awaited said they would."""
    return row.arrived if isinstance(row, VisitRow) else row.at


def _arrived_tone(row: Line) -> str:
    return "muted" if _over(row) or isinstance(row, AppointmentRow) else ""


def _arrived_tip(row: Line) -> str:
    words = tr("预约时间") if isinstance(row, AppointmentRow) else tr("到达时间")
    return f"{words} {_arrived(row)}"


def _level(row: Line) -> str:
    tier = row.tier_name or tr("普通")
    if isinstance(row, AppointmentRow):
        return tier
    return tr("急诊 · {tier}").format(tier=tier) if row.emergency else tier


def _level_tone(row: Line) -> str:
    if _over(row):
        return "muted"
    urgent = isinstance(row, VisitRow) and row.emergency
    return "error" if urgent else row.tier_colour


def _reception_tone(row: Line) -> str:
    if isinstance(row, AppointmentRow):
        return "warning" if row.open and (row.tell_doctor or row.clashes) else "muted"
    return "warning" if row.to_do else "muted"


def reception_text(row: Line) -> str:
    """What is still to do at the door, or what was done; what was booked."""
    if isinstance(row, AppointmentRow):
        new = "" if row.person_id else tr("新顾客")
        return " · ".join(part for part in (new, row.item, remark_words(row)) if part)
    new = tr("新诊") if row.first_visit else ""
    if row.to_do:
        return " · ".join(part for part in ("○ " + "、".join(row.to_do), new) if part)
    done = [
        new,
        row.item,
        tr("{who}带领").format(who=row.escort) if row.escort else "",
        tr("医生已知") if row.doctor_told else "",
        row.room or row.room_exception,
        check_words(row.checked),
        tr("{who}带来").format(who=row.brought_by) if row.brought_by else "",
        row.note,
    ]
    return " · ".join(part for part in done if part)


class StepButtons(QHBoxLayout):
    """The keys of the board, for the mouse and to be learnt; those that cannot be are grey."""

    def __init__(self, board: VisitBoard) -> None:
        super().__init__()
        self.setSpacing(4)
        self._board = board
        self.buttons: dict[str, QPushButton] = {}
        words = {
            "waiting": tr("1 候诊"),
            "called": tr("2 叫号"),
            "in_treatment": tr("3 就诊"),
            "done": tr("4 完成"),
            "no_show": tr("5 未到/离开"),
            TOLD: tr("6 已告知医生"),
        }
        for step, word in words.items():
            made = button(word)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.clicked.connect(lambda _=False, wanted=step: self._press(wanted))
            self.buttons[step] = made
            self.addWidget(made)
        self.addStretch(1)
        board.current_row_changed.connect(self.follow)

    def follow(self, row: Any) -> None:
        """Offer what is possible for this row."""
        for step, made in self.buttons.items():
            made.setEnabled(row is not None and possible(row, step))

    def _press(self, step: str) -> None:
        row = self._board.current_row()
        if row is not None:
            self._board.wanted.emit(row, step)
