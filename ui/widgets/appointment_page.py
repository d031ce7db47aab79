"""A day's appointments: the list to call, turned over by the arrow keys."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from services.clock import plus_days
from services.desk.appointment_list import AppointmentRow, appointments_of
from services.desk.appointment_times import parse_day
from services.errors import RuleError
from services.i18n import tr
from ui.context import UiContext
from ui.forms import TextEdit, button, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP, mark
from ui.widgets.appointment_words import (
    count_words,
    day_words,
    remark_words,
    state_tone,
    state_words,
)
from ui.widgets.call_list import REVEAL
from ui.widgets.gift_kit import shortcut

# key → what is asked for
KEYS = {
    "1": "yes",
    "2": "no_answer",
    "3": "wants_change",
    REVEAL: "reveal",
}

NARROW = 640
_ON_THE_CARD = (2, 5)  # phone, item


class AppointmentList(Table):
    """The lines of the day. `wanted` asks for (row, what): an outcome of the call, 'reveal',
    'cancel', 'reopen'; `turned` for another day, by so many."""

    wanted = Signal(object, str)
    turned = Signal(int)

    def __init__(self, settings: QSettings) -> None:
        super().__init__(
            "appointments",
            _columns(),
            settings,
            title=tr("预约"),
            empty_text=tr(
                "这一天还没有预约。\n\n"
                "按 Ctrl+N 新预约；← → 翻到别的日子。\n"
                "前一天给每位打电话确认：1 能来，2 没接通，3 要改期。"
            ),
            key=lambda row: row.appointment_id,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window what the card tells anyway gives way."""
        super().resizeEvent(event)
        for column in _ON_THE_CARD:
            self.setColumnHidden(column, self.width() < NARROW)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        turn = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        row = self.current_row()
        wanted = KEYS.get(event.text())
        if event.key() == Qt.Key.Key_Delete:
            wanted = "cancel"
        elif event.key() == Qt.Key.Key_Backspace:
            wanted = "reopen"
        if plain and turn is not None:
            self.turned.emit(turn)
        elif plain and row is not None and wanted and not event.isAutoRepeat():
            self.wanted.emit(row, wanted)
        else:
            super().keyPressEvent(event)


def _columns() -> list[Column]:
    return [
        Column(tr("时间"), lambda row: row.at, width=62, tone=_quiet),
        Column(tr("姓名"), lambda row: f"{row.name}{row.title}", width=124, tone=_quiet),
        Column(tr("电话"), lambda row: row.phone_masked, width=112, tone=_quiet),
        Column(tr("确认"), state_words, width=76, tone=state_tone),
        Column(tr("医生"), lambda row: row.doctor_name, width=72, tone=_quiet),
        Column(tr("项目"), lambda row: row.item, width=88, tone=_quiet),
        Column(tr("留意"), remark_words, width=80, tone=_remark_tone),
    ]


def _quiet(row: AppointmentRow) -> str:
    return "" if row.open else "muted"


def _remark_tone(row: AppointmentRow) -> str:
    if not row.open:
        return "muted"
    return "warning" if row.tell_doctor or row.clashes else ""


class AppointmentPage(QWidget):
    """The day chosen, its list, and its keys as buttons. `wanted` as in the list; `current` tells
    the row under the cursor, `opened` that Enter was pressed on it."""

    wanted = Signal(object, str)
    current = Signal(object)
    opened = Signal(object)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.day = ""
        self.heading = label("", "subheading")
        self.heading.setWordWrap(False)
        self.where = TextEdit(tr("翻到(Alt+A)"))
        self.where.setAccessibleName(tr("翻到日期"))
        self.where.setToolTip(tr("日期，如 周三、12-5、20261205，按 Enter"))
        self.where.setFixedWidth(14 * GAP)
        self.list = AppointmentList(context.settings)
        self.buttons: dict[str, QPushButton] = {}
        self._build()
        self.where.returnPressed.connect(self._go)
        self.where.textEdited.connect(partial(self._mark, False))
        self.list.turned.connect(self.turn)
        self.list.wanted.connect(self.wanted)
        self.list.activated_row.connect(self.opened)
        self.list.current_row_changed.connect(self._follow)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.heading, 1)
        head.addWidget(self.where)
        shortcut(self, "Alt+A", self.where.setFocus)
        for days, word in ((-1, "←"), (1, "→")):
            made = button(word, tip=tr("前一天") if days < 0 else tr("后一天"))
            made.setAccessibleName(made.toolTip())
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.setFixedWidth(6 * GAP)
            made.clicked.connect(partial(self.turn, days))
            head.addWidget(made)
        keys = QHBoxLayout()
        keys.setSpacing(4)
        words = {
            "yes": tr("1 能来"),
            "no_answer": tr("2 没接通"),
            "wants_change": tr("3 要改期"),
            "cancel": tr("Del 取消"),
            "reopen": tr("退格 恢复"),
        }
        for what, word in words.items():
            made = button(word)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.clicked.connect(partial(self._press, what))
            self.buttons[what] = made
            keys.addWidget(made)
        keys.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        column.addLayout(keys)

    # --- showing ---

    def show_day(self, day: str, select: int | None = None) -> None:
        """Turn to a day, and to an appointment on it."""
        self.day = day
        self.refresh()
        if select is not None:
            self.list.select_key(select)

    def refresh(self) -> None:
        """Read the day again."""
        context = self._context
        self.day = self.day or plus_days(context.today(), 1)
        rows = appointments_of(context.db, self.day, context.clinic.clock.now_utc())
        self.list.set_rows(rows)
        words = day_words(self.day, context.today())
        self.heading.setText(f"{words} · {count_words(rows)}" if rows else words)
        self.list.select_first()
        self._follow(self.list.current_row())

    def turn(self, days: int, *_: object) -> None:
        """So many days on or back."""
        self.day = plus_days(self.day, days)
        self._context.alerts.run(self.refresh)

    def _go(self) -> None:
        """Enter in the date field: that day, the keyboard in its list."""
        try:
            day = parse_day(self.where.value(), self._context.today())
        except RuleError as refused:
            self._mark(True)
            self._context.alerts.tell(refused)
            return
        self.where.clear()
        self.day = day
        self._context.alerts.run(self.refresh)
        self.list.setFocus()

    def _mark(self, wrong: bool, *_: object) -> None:
        mark(self.where, "wrong", wrong)

    def _follow(self, row: AppointmentRow | None) -> None:
        """Offer what is possible for this line."""
        waits = row is not None and row.open
        for what, made in self.buttons.items():
            made.setEnabled(waits if what != "reopen" else row is not None and may_reopen(row))
        self.current.emit(row)

    def _press(self, what: str, *_: object) -> None:
        row = self.list.current_row()
        if row is not None:
            self.wanted.emit(row, what)


def may_reopen(row: AppointmentRow) -> bool:
    """Whether a line may wait again."""
    return row.state in ("no_show", "cancelled")
