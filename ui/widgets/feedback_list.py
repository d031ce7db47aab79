"""Everything people told the clinic, one line each; a single key starts what is done most."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent

from services.clock import days_between
from services.feedback.complaint_list import FIRST, SECOND
from services.feedback.voices import Voice
from services.feedback.words import kind_title, priority_title
from services.i18n import tr
from ui.tables.model import Column
from ui.tables.view import Table

COMPLAINT_KEY, REQUEST_KEY, POINTS_KEY, AWARD_KEY, PRINT_KEY = "N", "R", "G", "L", "P"
KEYS = (COMPLAINT_KEY, REQUEST_KEY, POINTS_KEY, AWARD_KEY, PRINT_KEY)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class VoiceList(Table):
    """The list. `key_pressed` tells which of KEYS was pressed in it."""

    key_pressed = Signal(str)

    def __init__(self, settings: QSettings) -> None:
        self.today = ""
        super().__init__(
            "feedback/voices",
            self._columns(),
            settings,
            title=tr("投诉和意见"),
            empty_text=tr(
                "没有要办的投诉、要求和建议。\n\n"
                "顾客投诉：打开这位顾客，按 N 登记；要求和建议(留言板的也记)按 R。\n"
                "回访中说的要求和不满意，会自动列在这里。"
            ),
            key=lambda row: row.key,
        )

    def _columns(self) -> list[Column]:
        return [
            Column(tr("类别"), lambda r: kind_title(r.kind), width=52),
            Column(tr("优先"), _priority, sort=lambda r: r.priority, width=92, tone=_urgent),
            Column(tr("顾客"), lambda r: r.name, width=84),
            Column(tr("状态"), lambda r: r.status, width=68, tone=_tone),
            Column(tr("责任人"), lambda r: r.owner, width=68),
            Column(tr("期限"), self._due, sort=lambda r: r.due_on or "9999", width=84, tone=_tone),
            Column(tr("内容"), lambda r: r.text, width=100),
        ]

    def _due(self, row: Voice) -> str:
        """How long there is still time; nothing where it is over."""
        if not row.open or row.due_on is None:
            return ""
        left = days_between(self.today, row.due_on)
        if left < 0:
            return tr("过 {n} 天").format(n=-left)
        return tr("今天") if left == 0 else tr("还有 {n} 天").format(n=left)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.text().upper()
        if key in KEYS and event.modifiers() in _PLAIN and not event.isAutoRepeat():
            self.key_pressed.emit(key)
        else:
            super().keyPressEvent(event)


def _priority(row: Voice) -> str:
    return priority_title(row.priority == FIRST, row.priority == SECOND)


def _urgent(row: Voice) -> str:
    return "error" if row.priority == FIRST else "accent"


def _tone(row: Voice) -> str:
    if row.overdue:
        return "error"
    return "warning" if row.open else "muted"
