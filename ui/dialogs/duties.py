"""What comes round by itself: what is to be done now, who did what (R137, R138, R144, R151)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from importlib import import_module

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from services.changes import Changes, Kind
from services.duties.board import DONE, LATER, MISSED, OPEN, SKIPPED, DutyRow, duty_board, is_mine
from services.duties.board import duty_history as history
from services.duties.doing import do_duty, may_do, skip_duty, take_back
from services.duties.presets import opens
from services.duties.records import DutyRecord
from services.i18n import tr
from services.rights import holders, may, role_title
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.menus import DIALOGS
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.duty_panel import DutyPanel
from ui.widgets.gift_kit import key_button, shortcut

_PANEL = 46 * GAP


class DutiesDialog(Dialog):
    """Enter on a duty opens its work or goes to its points; Enter there puts it on record."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("周期事项"))
        self.take_room(160 * GAP, 76 * GAP)
        self._op = uuid.uuid4()
        self.count = label("", "subheading")
        self.table = Table(
            "duties",
            columns(),
            context.settings,
            title=tr("周期事项"),
            empty_text=tr(
                "还没有周期事项。\n\n每周、每月该办的事列在这里；"
                "程序自带的在当天第一次登录时加入，自己的按 Alt+E 添加。"
            ),
        )
        self.panel = DutyPanel()
        self.open_button = self._button(tr("打开去办(&O)"), self.open_work)
        self.skip_button = self._button(tr("这次不做(&K)"), self.skip)
        self.back_button = self._button(tr("收回(&B)"), self.take_back)
        self._build()
        self.table.current_row_changed.connect(self._show)
        self.table.activated_row.connect(self._activate)
        context.bus.changed.connect(self._something_changed)
        self.reload()
        self.table.setFocus()
        self.table.select_first()

    def _build(self) -> None:
        self.body.addWidget(self.count)
        side = QWidget()
        side.setFixedWidth(_PANEL)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.panel, 1)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for each in (self.open_button, self.skip_button, self.back_button):
            row.addWidget(each)
        row.addStretch(1)
        column.addLayout(row)
        both = QHBoxLayout()
        both.setSpacing(2 * GAP)
        both.addWidget(self.table, 1)
        both.addWidget(side)
        self.body.addLayout(both, 1)
        self.history_button = self._button(tr("历次(&L)…"), self.open_history)
        self.print_button = self._button(tr("培训记录(&D)…"), self.print_training)
        self.edit_button = self._button(tr("设置事项(&E)…"), self.open_settings)
        left = (self.history_button, self.print_button, self.edit_button)
        self.done_button = self.add_buttons(tr("登记办好 ⏎"), tr("关闭"), left=left)
        allowed = may(self.context.session.actor.role, "duty.change")
        self.edit_button.setEnabled(allowed)
        if not allowed:
            words = tr("须由{holders}登录后操作。").format(holders=holders("duty.change"))
            self.edit_button.setToolTip(words)
        print_key = QKeySequence(QKeySequence.StandardKey.Print).toString()
        shortcut(self, print_key, self.print_training)

    def _button(self, words: str, call: Callable[..., None]) -> QPushButton:
        made = key_button(words)
        made.clicked.connect(call)
        return made

    # -- reading -----------------------------------------------------------------------------

    @property
    def role(self) -> str:
        """The post of who is signed in."""
        return self.context.session.actor.role

    def reload(self) -> None:
        """Read the list again; the chosen one stays chosen."""
        rows = self.context.alerts.run(duty_board, self.context.db, self.context.today(), self.role)
        self.table.set_rows(rows or [])
        self.count.setText(count_words(rows or [], self.role))
        self.table.select_first()
        self._show(self.table.current_row())

    def _something_changed(self, changes: Changes) -> None:
        kinds = (Kind.DUTY, Kind.REPORT, Kind.RECONCILIATION, Kind.FOLLOWUP, Kind.SETTING)
        if changes.touch(*kinds, Kind.STAFF):
            self.reload()

    def _show(self, row: DutyRow | None) -> None:
        allowed = row is not None and may_do(row.duty, self.role)
        self.panel.show_row(row, allowed=allowed)
        now = row is not None and row.state == OPEN and allowed
        by_hand = row is not None and not row.duty.ask
        self.done_button.setEnabled(now and by_hand)
        self.skip_button.setEnabled(now)
        self.back_button.setEnabled(row is not None and row.row_id > 0)
        self.history_button.setEnabled(row is not None)
        self.print_button.setEnabled(row is not None and row.about_id > 0)
        self._show_work(row)

    def _show_work(self, row: DutyRow | None) -> None:
        """Where the work is done, if it is somewhere, and who may go there."""
        place = opens(row.duty.key) if row is not None else ""
        right = DIALOGS[place][2] if place in DIALOGS else ""
        allowed = not right or may(self.role, right)
        self.open_button.setVisible(bool(place))
        self.open_button.setEnabled(allowed)
        words = "" if allowed else tr("须由{holders}登录后操作。").format(holders=holders(right))
        self.open_button.setToolTip(words)

    # -- doing -------------------------------------------------------------------------------

    def _activate(self, row: DutyRow) -> None:
        """Enter on a duty: its work, else its points."""
        if opens(row.duty.key) and self.open_button.isEnabled():
            self.open_work()
        elif self.done_button.isEnabled():
            self.panel.first_focus().setFocus(Qt.FocusReason.TabFocusReason)
        elif self.skip_button.isEnabled():
            self.panel.note.setFocus()

    def open_work(self, *_: object) -> None:
        """Go where the work of the chosen one is done."""
        row = self.table.current_row()
        place = opens(row.duty.key) if row is not None else ""
        if "/" in place:
            self.accept()
            self.context.navigator.go(*place.split("/"))
        elif place:
            module, name, _right = DIALOGS[place]
            dialog = getattr(import_module(f"ui.dialogs.{module}"), name)(self.context, self)
            dialog.finished.connect(self._came_back)
            dialog.open()

    def _came_back(self, *_: object) -> None:
        self.reload()
        self.table.setFocus()

    def submit(self) -> None:
        """Put what is ticked on record."""
        row = self.table.current_row()
        if row is None or not self.done_button.isEnabled():
            return
        done = self.context.alerts.run_command(
            do_duty,
            self.context.session.once(self._op),
            duty_id=row.duty.id,
            cycle=row.cycle,
            ticked=self.panel.ticked(),
            note=self.panel.note.value(),
        )
        if done is None:
            return
        words = tr("“{name}”已登记完成。") if done.complete else tr("“{name}”已登记勾选的几项。")
        self._said(words.format(name=row.title))

    def skip(self, *_: object) -> None:
        """This time it is not done, and why."""
        row = self.table.current_row()
        if row is None:
            return
        if not self.panel.note.value():
            self.panel.note_field.refuse(tr("请先在这里写明原因，再按“这次不做”。"))
            return
        done = self.context.alerts.run_command(
            skip_duty,
            self.context.session.once(self._op),
            duty_id=row.duty.id,
            cycle=row.cycle,
            reason=self.panel.note.value(),
        )
        if done is not None:
            self._said(tr("“{name}”已记为这次不做。").format(name=row.title))

    def take_back(self, *_: object) -> None:
        """Take back the last thing put on record about the chosen one."""
        row = self.table.current_row()
        if row is None:
            return
        done = self.context.alerts.run_command(
            take_back, self.context.session.once(self._op), row_id=row.row_id
        )
        if done is not None:
            self._said(tr("“{name}”的登记已收回，记录保留。").format(name=row.title))

    def _said(self, sentence: str) -> None:
        self._op = uuid.uuid4()
        self.panel.note.clear()
        self.reload()
        self.table.setFocus()
        self.context.alerts.banner(sentence, "success")

    # -- windows over this one -----------------------------------------------------------------

    def open_history(self, *_: object) -> None:
        """Turn by turn, what became of the chosen one."""
        row = self.table.current_row()
        if row is not None:
            DutyHistoryDialog(self.context, self, row.duty).open()

    def open_settings(self, *_: object) -> None:
        """Change the list of duties."""
        from ui.dialogs.duty_settings import DutySettingsDialog

        dialog = DutySettingsDialog(self.context, self)
        dialog.finished.connect(self._came_back)
        dialog.open()

    def print_training(self, *_: object) -> None:
        """The training of the chosen member of staff as a paper to sign."""
        row = self.table.current_row()
        if row is None or not row.about_id:
            return
        from services.forms.training_record import training_record
        from ui.dialogs.paper import PaperDialog

        paper = self.context.alerts.run(
            training_record, self.context.db, self.context.today(), row.about_id
        )
        if paper is not None:
            PaperDialog(self.context, self, paper).open()


class DutyHistoryDialog(Dialog):
    """What was due, what was done and what nobody did."""

    def __init__(self, context: UiContext, parent: QWidget | None, duty: DutyRecord) -> None:
        super().__init__(context, parent, tr("历次：{name}").format(name=duty.name))
        self.take_room(120 * GAP, 60 * GAP)
        self.table = Table(
            "duties/history",
            history_columns(),
            context.settings,
            title=tr("历次"),
            empty_text=tr("还没有到过应办的日子。"),
        )
        self.body.addWidget(self.table, 1)
        self.add_buttons(tr("关闭"))
        rows = self.context.alerts.run(history, context.db, context.today(), duty)
        self.table.set_rows(rows or [])
        self.table.setFocus()
        self.table.select_first()


def count_words(rows: list[DutyRow], role: str) -> str:
    """How much there is to do, and of it how much is this post's."""
    waiting = [row for row in rows if row.state == OPEN]
    mine = [row for row in waiting if is_mine(row.duty, role)]
    late = sum(row.late > 0 for row in mine)
    if not waiting:
        return tr("现在没有要办的事项。")
    words = tr("您的岗位要办 {mine} 项，其中过了日子 {late} 项；别的岗位 {others} 项。")
    return words.format(mine=len(mine), late=late, others=len(waiting) - len(mine))


def columns() -> list[Column]:
    """A turn in one line."""
    return [
        Column(tr("事项"), lambda r: r.title, width=256, tone=_quiet),
        Column(tr("应办"), lambda r: r.due_on, width=100, tone=_quiet),
        Column(tr("岗位"), _post, width=92, tone=_quiet),
        Column(tr("状态"), _state, width=150, tone=_tone),
    ]


def history_columns() -> list[Column]:
    """What became of a turn."""
    return [
        Column(tr("哪一期"), lambda r: r.about or r.title.partition(" · ")[2], width=150),
        Column(tr("应办"), lambda r: r.due_on, width=100),
        Column(tr("结果"), state_title, width=130, tone=_tone),
        Column(tr("谁办的"), lambda r: f"{r.done_on} {r.done_by}".strip(), width=230),
        Column(tr("做了哪些"), _ticked, width=160),
        Column(tr("备注"), lambda r: r.note, width=100),
    ]


def state_title(row: DutyRow) -> str:
    """What became of it, in a word or two."""
    if row.state == OPEN:
        points = sum(point.ticked for point in row.points)
        words = tr("过了 {n} 天").format(n=row.late) if row.late else tr("要办")
        if row.missed:
            words += tr("，漏 {n} 期").format(n=row.missed)
        return words + (f" {points}/{len(row.points)}" if points else "")
    return {
        DONE: tr("已完成"),
        SKIPPED: tr("这次不做"),
        LATER: tr("没到时候"),
        MISSED: tr("漏办"),
    }[row.state]


def _post(row: DutyRow) -> str:
    return role_title(row.duty.post) if row.duty.post else tr("不分岗位")


def _state(row: DutyRow) -> str:
    return f"{state_title(row)} {_who(row)}" if row.state in (DONE, SKIPPED) else state_title(row)


def _who(row: DutyRow) -> str:
    return f"{row.done_on[5:]} {row.done_by}" if row.done_by else ""


def _ticked(row: DutyRow) -> str:
    return "、".join(point.text for point in row.points if point.ticked)


def _quiet(row: DutyRow) -> str:
    return "" if row.state == OPEN else "muted"


def _tone(row: DutyRow) -> str:
    if row.state == OPEN:
        return "error" if row.late else "warning"
    return {DONE: "success", MISSED: "error"}.get(row.state, "muted")
