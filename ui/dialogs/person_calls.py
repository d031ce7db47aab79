"""Every call of one person: those to come, and those that were made."""

from __future__ import annotations

import uuid

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from services.followups.calls import (
    AttemptRow,
    OpenTask,
    attempts_of,
    open_tasks_of,
    outcome_title,
    recovery_title,
    satisfaction_title,
)
from services.followups.plans import channel_title
from services.followups.undoing import undo_call
from services.forms.followup_register import person_followups
from services.i18n import tr
from services.people.records import person
from services.staff import staff_names
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.widgets.gift_kit import key_button, shortcut


class PersonCallsDialog(Dialog):
    """Two lists; Ctrl+Z takes the chosen call of today back."""

    def __init__(self, context: UiContext, parent: QWidget | None, person_id: int) -> None:
        super().__init__(context, parent, tr("回访记录"))
        self.take_room(1040, 560)
        self.person_id = person_id
        self._op = uuid.uuid4()
        record = person(context.db, person_id)
        self.who = label(f"{record.form.name} {record.number}", "heading")
        names = staff_names(context.db)
        self.coming = _coming_table(context.settings, names)
        self.past = _past_table(context.settings)
        for part in (self.who, label(tr("要打的"), "subheading"), self.coming):
            self.body.addWidget(part)
        self.body.addWidget(label(tr("打过的"), "subheading"))
        self.body.addWidget(self.past, 1)
        self.coming.setMaximumHeight(150)
        self.undo_button = key_button(tr("撤销这次(&U)"), tip=tr("只能撤销今天的；别人的须管理员"))
        self.print_button = key_button(tr("打印(&D)…"))
        self.undo_button.clicked.connect(self.undo)
        self.print_button.clicked.connect(self.print_calls)
        shortcut(self, "Ctrl+Z", self.undo)
        self.add_buttons(tr("关闭"), left=(self.undo_button, self.print_button))
        self.reload()
        self.past.setFocus()

    def reload(self) -> None:
        """Read both lists again."""
        db = self.context.db
        self.coming.set_rows(self.context.alerts.run(open_tasks_of, db, self.person_id) or [])
        self.past.set_rows(self.context.alerts.run(attempts_of, db, self.person_id) or [])
        self.past.select_first()
        self.undo_button.setEnabled(bool(self.past.rows()))

    def undo(self, *_: object) -> None:
        """Take the chosen call back."""
        row = self.past.current_row()
        if row is None:
            return
        session = self.context.session.once(self._op)
        undone = self.context.alerts.run_command(undo_call, session, call_seq=row.seq)
        if undone is not None:
            self._op = uuid.uuid4()
            self.reload()
            self.context.alerts.banner(tr("已撤销这次登记，原来的回访又回到名单。"), "success")

    def print_calls(self, *_: object) -> None:
        """The person's own register."""
        from ui.dialogs.paper import PaperDialog

        paper = self.context.alerts.run(person_followups, self.context.db, self.person_id)
        if paper is not None:
            PaperDialog(self.context, self, paper).open()


def _coming_table(settings: QSettings, names: dict[int, str]) -> Table:
    def given(row: OpenTask) -> str:
        return "" if row.assigned_to is None else names.get(row.assigned_to, "")

    return Table(
        "person_calls_coming",
        [
            Column(tr("日期"), lambda row: row.due_on, width=100),
            Column(tr("事由"), lambda row: row.reason, width=360),
            Column(tr("方式"), lambda row: channel_title(row.channel), width=70),
            Column(tr("已打"), _tries, align="right", width=70),
            Column(tr("分派"), given, width=90),
            Column(tr("最早计划"), lambda row: row.planned_on, width=100),
        ],
        settings,
        title=tr("要打的"),
        empty_text=tr("没有要打的电话。"),
    )


def _tries(row: OpenTask) -> str:
    return tr("{n} 次").format(n=row.attempts) if row.attempts else ""


def _past_table(settings: QSettings) -> Table:
    return Table(
        "person_calls_past",
        [
            Column(tr("日期"), lambda row: row.occurred_on, width=100),
            Column(tr("结果"), lambda row: outcome_title(row.outcome), width=100),
            Column(tr("满意度"), _felt, width=80),
            Column(tr("恢复"), lambda row: recovery_title(row.recovery), width=60),
            Column(tr("事由"), lambda row: "、".join(row.reasons), width=220),
            Column(tr("说了什么"), lambda row: row.note, width=220),
            Column(tr("下次"), lambda row: row.next_on or "", width=100),
            Column(tr("回访人"), lambda row: row.staff, width=80),
        ],
        settings,
        title=tr("打过的"),
        empty_text=tr("还没有打过电话。"),
        key=lambda row: row.seq,
    )


def _felt(row: AttemptRow) -> str:
    return satisfaction_title(row.satisfaction) if row.satisfaction else ""
