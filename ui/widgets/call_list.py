"""Today's calls: one line a person, a single key for what came of it."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent

from services.followups.call_list import COMPLAINS, UNWELL, CallRow
from services.followups.outcomes import TRIED, outcome_title
from services.i18n import tr
from ui.tables.model import Column
from ui.tables.view import Table

REVEAL = "0"
ROOMY = 560  # width from which on every column has its place
SPARE = (4, 5)  # the last outcome, and whose it is
LATER, NOT_CALLED, LETTER = "later", "not_called", "letter"
# key → what came of the call, in the order they are offered
KEYS = {str(number): each for number, each in enumerate((*TRIED, LATER, NOT_CALLED, LETTER), 1)}


def key_title(wanted: str) -> str:
    """What a key does, as the desk says it."""
    titles = {LATER: tr("改天"), NOT_CALLED: tr("不打"), LETTER: tr("改寄信函")}
    return titles.get(wanted) or outcome_title(wanted)


def mark_title(mark: str) -> str:
    """Why somebody stands before everybody else; '' for nobody special."""
    return {COMPLAINS: tr("投诉未结"), UNWELL: tr("不适待回复")}.get(mark, "")


class CallList(Table):
    """The list. `wanted` asks for an outcome, `reveal_wanted` for the number in full."""

    wanted = Signal(str)
    reveal_wanted = Signal()

    def __init__(self, settings: QSettings) -> None:
        super().__init__(
            "call_list",
            _columns(),
            settings,
            title=tr("今日回访"),
            empty_text=tr(
                "今天没有要打的电话。\n\n"
                "礼品达标 30 天没领、会员生日当天，会自动排到这里；\n"
                "更多种类在“4 计划”里打开。\n"
                "也可以打开一位顾客，按 Alt+A 自己安排一次回访。"
            ),
            key=lambda row: row.person_id,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, what the panel tells as well is left out."""
        for number in SPARE:
            self.setColumnHidden(number, event.size().width() < ROOMY)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if self.current_row() is None or not plain or event.isAutoRepeat():
            super().keyPressEvent(event)
        elif event.text() in KEYS:
            self.wanted.emit(KEYS[event.text()])
        elif event.text() == REVEAL:
            self.reveal_wanted.emit()
        else:
            super().keyPressEvent(event)


def _columns() -> list[Column]:
    return [
        Column(tr("姓名"), lambda row: f"{row.name}{row.title}", width=112),
        Column(tr("等级"), _tier, width=100, tone=lambda row: row.tier_colour or "muted"),
        Column(
            tr("到期"),
            _late,
            sort=lambda row: -row.overdue_days,
            align="right",
            width=72,
            tone=lambda row: "warning" if row.overdue_days else "",
        ),
        Column(
            tr("已打"),
            lambda row: tr("{n} 次").format(n=row.attempts) if row.attempts else "",
            sort=lambda row: row.attempts,
            align="right",
            width=48,
        ),
        Column(tr("上次"), _last, width=88, tone=lambda row: "muted"),
        Column(tr("分派"), lambda row: "、".join(row.assigned), width=64),
        Column(
            tr("事由"),
            lambda row: "、".join(filter(None, (mark_title(row.mark), *row.reasons))),
            width=96,
            tone=lambda row: "error" if row.mark else "",
        ),
    ]


def _tier(row: CallRow) -> str:
    return row.tier_name or tr("非会员")


def _late(row: CallRow) -> str:
    if row.overdue_days == 0:
        return tr("今天")
    return tr("过 {n} 天").format(n=row.overdue_days)


def _last(row: CallRow) -> str:
    """The outcome in the width of its column: whoever was reached was reached."""
    return outcome_title(row.last_outcome).removeprefix(tr("接通·")) if row.last_outcome else ""
