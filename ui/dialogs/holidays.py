"""The clinic's list of days off, and which Friday counts it moves, read while it is typed."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from services.errors import RuleError
from services.gifts.appointment import (
    Appointment,
    calendar_text,
    change_calendar,
    moved_appointments,
    shipped_calendar,
)
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import button, label
from ui.theme import GAP, role_of

_NAMED = 6


class HolidaysDialog(Dialog):
    """One entry a line; Ctrl+Enter saves."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("节假日表"))
        self.take_room(80 * GAP, 68 * GAP)
        words = tr(
            "周五遇放假，礼品核对提前到这一周最后一个上班日。一行写一段：放假写“休”，"
            "周末补班写“班”。每年国务院公布以后在这里补上，不用联网。"
        )
        self.body.addWidget(label(words, "muted"))
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("节假日表"))
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(tr("2027-10-01 至 2027-10-07 休 国庆节"))
        self.text.setPlainText(calendar_text(context.db))
        self.body.addWidget(self.text, 1)
        self.moved = label("")
        self.body.addWidget(self.moved)
        self.restore = button(tr("换回程序自带的表(&B)"))
        self.restore.clicked.connect(self._restore)
        self.save = self.add_buttons(tr("保存  Ctrl+Enter"), tr("取消"), left=(self.restore,))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.submit)
        self.text.textChanged.connect(self._read)
        self._read()
        self.text.setFocus()

    def submit(self) -> None:
        """Save the list."""
        saved = self.context.alerts.run_command(
            change_calendar, self.context.session, text=self.text.toPlainText()
        )
        if saved is not None:
            self.say_done(tr("节假日表已保存。"))

    def _restore(self) -> None:
        self.text.setPlainText(shipped_calendar())
        self.text.setFocus()

    def _read(self) -> None:
        """What the list means for the year to come, or which line is wrong."""
        try:
            moved = moved_appointments(self.text.toPlainText(), self.context.today())
        except RuleError as error:
            self.moved.setText("⚠ " + error.sentence)
            role_of(self.moved, "error")
            return
        self.moved.setText(moved_words(moved))
        role_of(self.moved, "subheading")


def moved_words(moved: list[Appointment]) -> str:
    """The counts that are moved, the nearest ones by name."""
    if not moved:
        return tr("今后一年没有要提前的核对。")
    one = tr("{friday} 提前到 {day}({because})")
    named = [
        one.format(friday=each.friday, day=each.day, because=each.because)
        for each in moved[:_NAMED]
    ]
    more = tr("；等 {n} 次").format(n=len(moved)) if len(moved) > _NAMED else ""
    return tr("要提前的核对：") + "；".join(named) + more
