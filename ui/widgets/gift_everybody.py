"""Everybody's gifts: what is due, overdue, owed or handed out, for one reason or for all."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from services.gifts.lists import REASONS, DueGift, claimed_gifts, due_gifts, reason_name
from services.i18n import tr
from ui.context import UiContext
from ui.forms import label
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox, Switch
from ui.widgets.gift_lists import claimed_table, due_table

DUE, OVERDUE, OWED, CLAIMED = "due", "overdue", "owed", "claimed"
MOST = 1000  # lines; who looks for more looks for somebody
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class EverybodyList(QWidget):
    """A line is a gift; Enter on it opens its person: `opened` tells the row."""

    opened = Signal(object)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.due = due_table(context.settings)
        self.claimed = claimed_table(context.settings)
        self.title = label("", "subheading")
        self.which = Switch(
            tr("看哪些礼品"),
            [
                (DUE, tr("应领(&A)")),
                (OVERDUE, tr("逾期(&O)")),
                (OWED, tr("欠领(&D)")),
                (CLAIMED, tr("已领(&C)")),
            ],
        )
        self.reason = LetterBox([(None, tr("全部原因")), *((r, reason_name(r)) for r in REASONS)])
        self.reason.setAccessibleName(tr("原因"))
        self.reason.setMaximumWidth(18 * GAP)
        self._lay_out()
        self.which.choose(DUE)
        self.which.chosen.connect(self._turn)
        self.reason.currentIndexChanged.connect(self._ask_again)
        self.due.activated_row.connect(self.opened)
        self.claimed.activated_row.connect(self.opened)

    def _lay_out(self) -> None:
        words = label(tr("原因(&B)"))
        words.setWordWrap(False)
        words.setBuddy(self.reason)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.which, 1)
        row.addWidget(words)
        row.addWidget(self.reason)
        self.tables = QStackedWidget()
        self.tables.addWidget(self.due)
        self.tables.addWidget(self.claimed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(row)
        column.addWidget(self.title)
        column.addWidget(self.tables, 1)

    def table(self) -> Table:
        """The list that is shown."""
        return self.claimed if self.which.value() == CLAIMED else self.due

    def refresh(self) -> None:
        """Read again what is shown."""
        which, reason = self.which.value(), self.reason.value()
        table = self.table()
        self.tables.setCurrentWidget(table)
        if which == CLAIMED:
            rows = claimed_gifts(self._context.db, reason=reason)
            table.set_rows(rows)
            self.title.setText(tr("最近领取 {n} 份。Enter 打开这位会员。").format(n=len(rows)))
        else:
            due = due_gifts(
                self._context.db,
                self._context.today(),
                MOST,
                reason=reason,
                overdue=which == OVERDUE,
                promised=which == OWED,
            )
            table.set_rows(due)
            self.title.setText(_due_words(which, due))
        table.select_first()

    def show_due(self) -> None:
        """Back to everything that is due."""
        self.which.choose(DUE)
        self.reason.setCurrentIndex(0)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.reason.hasFocus():
            self.table().setFocus()
            return
        super().keyPressEvent(event)

    def _ask_again(self, *_: object) -> None:
        self._context.alerts.run(self.refresh)

    def _turn(self, *_: object) -> None:
        self._ask_again()
        self.table().setFocus()


def _due_words(which: str, rows: list[DueGift]) -> str:
    late = sum(1 for row in rows if row.overdue_days and row.promised is None)
    owed = [row.promised for row in rows if row.promised is not None]
    told = len({promise.person_id for promise in owed if promise.servable})
    head = {
        DUE: tr("待领礼品 {n} 份，其中逾期 {late} 份。"),
        OVERDUE: tr("逾期未领 {n} 份。"),
        OWED: tr("欠领 {n} 份，按登记先后。"),
    }[which]
    if len(rows) == MOST:
        head = tr("待领礼品很多，先列最早的 {n} 份，其中逾期 {late} 份。")
    words = head.format(n=len(rows), late=late)
    if owed and which == DUE:
        words += tr("欠领 {n} 份。").format(n=len(owed))
    if told:
        words += tr("已到货，可通知 {n} 位。").format(n=told)
    return words + tr("Enter 打开这位会员。")
