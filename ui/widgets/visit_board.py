"""Today's board: who is here, in the order they are seen, moved on by single keys."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from services.desk.visits import OVER, TRANSITIONS, VisitRow, state_title
from services.i18n import tr
from ui.forms import button
from ui.tables.model import Column
from ui.tables.view import Table

LONG_WAIT = 30  # minutes
TOLD = "told"
# key → the state it leads to
STEPS = {"1": "waiting", "2": "called", "3": "in_treatment", "4": "done", "5": "no_show"}
_NEXT = {
    "expected": "waiting",
    "waiting": "called",
    "called": "in_treatment",
    "in_treatment": "done",
}
_TONES = {"waiting": "warning", "called": "accent", "in_treatment": "success"}


class VisitBoard(Table):
    """The list. `wanted` asks for a step: (row, state) or (row, 'told')."""

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
                "按 F4 看接待卡，再按回车，就登记好了。"
            ),
            key=lambda row: row.visit_id,
        )

    def leave(self) -> None:
        """No row is current: the keys below mean nobody."""
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current_row()
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if row is None or not plain or event.isAutoRepeat():
            super().keyPressEvent(event)
        elif event.text() in STEPS:
            self.wanted.emit(row, STEPS[event.text()])
        elif event.text() == "6":
            self.wanted.emit(row, TOLD)
        elif event.key() == Qt.Key.Key_Space:
            if row.state in _NEXT:
                self.wanted.emit(row, _NEXT[row.state])
        else:
            super().keyPressEvent(event)


def _columns() -> list[Column]:
    return [
        Column(
            tr("状态"),
            lambda row: state_title(row.state),
            width=84,
            tone=lambda row: _TONES.get(row.state, "muted"),
        ),
        Column(
            tr("已等"),
            _waited,
            sort=lambda row: -1 if row.waiting_minutes is None else row.waiting_minutes,
            align="right",
            width=76,
            tone=lambda row: "error" if (row.waiting_minutes or 0) >= LONG_WAIT else "",
        ),
        Column(tr("姓名"), _name, width=124, tone=_quiet),
        Column(tr("接待等级"), _level, width=132, tone=_level_tone),
        Column(tr("到达"), lambda row: row.arrived, width=62, tone=_quiet),
        Column(tr("医生"), lambda row: row.doctor_name, width=76, tone=_quiet),
        Column(
            tr("接待"),
            reception_text,
            width=160,
            tone=lambda row: "warning" if row.to_do else "muted",
        ),
    ]


def _quiet(row: VisitRow) -> str:
    return "muted" if row.state in OVER else ""


def _waited(row: VisitRow) -> str:
    if row.waiting_minutes is None:
        return ""
    return tr("{n} 分钟").format(n=row.waiting_minutes) if row.waiting_minutes else tr("刚到")


def _name(row: VisitRow) -> str:
    return f"{row.name}{row.title}"


def _level(row: VisitRow) -> str:
    tier = row.tier_name or tr("普通")
    return tr("急诊 · {tier}").format(tier=tier) if row.emergency else tier


def _level_tone(row: VisitRow) -> str:
    if row.state in OVER:
        return "muted"
    return "error" if row.emergency else row.tier_colour


def reception_text(row: VisitRow) -> str:
    """What is still to do at the door, or what was done."""
    new = tr("新诊") if row.first_visit else ""
    if row.to_do:
        return " · ".join(part for part in ("○ " + "、".join(row.to_do), new) if part)
    done = [
        new,
        tr("{who}带领").format(who=row.escort) if row.escort else "",
        tr("医生已知") if row.doctor_told else "",
        row.room or row.room_exception,
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

    def follow(self, row: VisitRow | None) -> None:
        """Offer what is possible for this row."""
        for step, made in self.buttons.items():
            if step == TOLD:
                possible = row is not None and not row.doctor_told and row.state not in OVER
            else:
                possible = row is not None and (row.state, step) in TRANSITIONS
            made.setEnabled(possible)

    def _press(self, step: str) -> None:
        row = self._board.current_row()
        if row is not None:
            self._board.wanted.emit(row, step)
