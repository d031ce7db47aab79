"""Whom a group finds: read aloud, counted, and the first of them, anew after every change."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services.errors import RuleError
from services.groups.asking import Asking
from services.groups.members import SHOWN, Looked
from services.groups.reading import sentence
from services.groups.rule import Rule
from services.i18n import tr
from services.loyalty.everybody import WorkCancelled
from ui.context import UiContext
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP

REST = 200  # milliseconds without a change before it is counted
SLOW = 100  # milliseconds after which it is said that counting goes on


class GroupLook(QWidget):
    """`ask` counts on another thread and forgets what was asked before; `counted` tells when the
    newest answer stands there."""

    counted = Signal()

    def __init__(self, context: UiContext, name: str) -> None:
        super().__init__()
        self._context = context
        self._asking: Asking | None = None
        self._wanted: tuple[Rule, int | None] | None = None
        self.found: Looked | None = None
        self.aloud = label("")
        self.count = label("", "subheading")
        self.table = Table(
            name,
            member_columns(),
            context.settings,
            title=tr("分组里的顾客"),
            empty_text=tr("符合条件的顾客会列在这里，最多 {n} 位，姓名和电话遮蔽。").format(
                n=SHOWN
            ),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.aloud)
        column.addWidget(self.count)
        column.addWidget(self.table, 1)
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._start)
        self._slow = QTimer(self, singleShot=True, interval=SLOW)
        self._slow.timeout.connect(self._say_busy)
        self.destroyed.connect(self._rest.stop)

    def ask(self, rule: Rule, group_id: int | None = None, *, at_once: bool = False) -> None:
        """Count this rule soon, and no other any more."""
        self.give_up()
        self._wanted = (rule, group_id)
        self.aloud.setText(sentence(self._context.db, rule))
        self._rest.start(0 if at_once else REST)
        self._slow.start()

    def say(self, words: str) -> None:
        """Nothing to count, and why."""
        self.give_up()
        self.aloud.setText("")
        self.count.setText(words)
        self.table.set_rows([])

    def give_up(self) -> None:
        """Nobody waits for what was asked."""
        self._rest.stop()
        self._slow.stop()
        self._wanted, self.found = None, None
        if self._asking is not None:
            self._asking.give_up()
            self._asking = None

    def _start(self) -> None:
        if self._wanted is None:
            return
        rule, group_id = self._wanted
        self._asking = Asking(self._context.clinic, rule, group_id)
        _Wait(self, self._asking).start(self._context)

    def _say_busy(self) -> None:
        if self.found is None:
            self.count.setText(tr("正在数…"))

    def answered(self, asking: Asking, found: Looked) -> None:
        """The answer to the newest question; to another one it is too late."""
        if asking is not self._asking:
            return
        self._slow.stop()
        self._asking, self.found = None, found
        words = tr("共 {n} 位").format(n=f"{found.count:,}")
        if found.count > len(found.rows):
            words += tr("，下面列前 {n} 位").format(n=len(found.rows))
        self.count.setText(words)
        self.table.set_rows(found.rows)
        self.counted.emit()

    def failed(self, asking: Asking, error: BaseException) -> None:
        """The newest question has no answer."""
        if asking is not self._asking or isinstance(error, WorkCancelled):
            return
        self._slow.stop()
        self._asking = None
        if isinstance(error, RuleError):
            self.count.setText(error.sentence)
            self.table.set_rows([])
        else:
            self._context.alerts.tell(error)


class _Wait(QWidget):
    """One question's wait for its answer; ends with it, or with the window."""

    def __init__(self, look: GroupLook, asking: Asking) -> None:
        super().__init__(look)
        self._look, self._asking = look, asking

    def start(self, context: UiContext) -> None:
        context.tasks.start(
            self._asking.answer, looks=True, on_done=self._done, on_error=self._failed
        )

    def _done(self, found: Any) -> None:
        self._look.answered(self._asking, found)
        self.deleteLater()

    def _failed(self, error: BaseException) -> None:
        self._look.failed(self._asking, error)
        self.deleteLater()


def member_columns() -> list[Column]:
    """Somebody of a group, masked."""
    return [
        Column(tr("会员号"), lambda row: row.number, width=84),
        Column(tr("姓名"), lambda row: row.name_masked, width=72),
        Column(tr("性别"), lambda row: {"F": tr("女"), "M": tr("男")}.get(row.sex, ""), width=56),
        Column(tr("出生"), lambda row: (row.birthday or "")[:4], width=56),
        Column(tr("电话"), lambda row: row.phone_masked, width=116),
        Column(tr("最近到诊"), lambda row: row.last_visit_on or tr("从未"), width=96),
    ]
