"""What this PC does for the clinic by itself: the nightly backup and the weekly workbook.

The PC's own scheduler is asked what is installed; it is slow to answer, so it is asked on another
thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from services.commands import Session
from services.errors import RuleError
from services.i18n import tr
from services.scheduled.commands import as_typed, command, program
from services.scheduled.outcomes import Outcome, last
from services.scheduled.plan import (
    BACKUP,
    DUTIES,
    FRIDAY,
    USUAL_TIMES,
    USUAL_WEEKDAY,
    Plan,
    checked,
    duty_name,
    good_time,
    next_run,
    weekday_name,
    when_words,
)
from services.scheduled.switching import note_change, noted_time, refuse_demo
from services.scheduled.system import Scheduler, by_hand, none_here, what_is_installed
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.friday_export import FOLDER
from ui.forms import ChoiceBox, Field, TextEdit, label, plain
from ui.theme import GAP, role_of
from ui.widgets.gift_kit import key_button, rename
from ui.widgets.work import Work

# duty → the letters of: install, remove, copy, time
_LETTERS = {BACKUP: ("I", "D", "C", "T"), FRIDAY: ("N", "G", "K", "Y")}


class DutyBox(QFrame):
    """One duty: its state, when it is to run, and what can be done about it."""

    def __init__(self, duty: str, folder: Path) -> None:
        super().__init__()
        self.duty = duty
        self.setProperty("role", "card")
        install, remove, copy, time = _LETTERS[duty]
        self.state = label(tr("正在读取…"), "muted")
        self.ended = label("")
        self.ended.hide()
        self.time = TextEdit(USUAL_TIMES[duty])
        self.time.setText(USUAL_TIMES[duty])
        self.time.setFixedWidth(10 * GAP)
        self.weekday = ChoiceBox([(n, weekday_name(n)) for n in range(7)])
        self.weekday.choose(USUAL_WEEKDAY)
        self.weekday.setFixedWidth(16 * GAP)
        self.folder = TextEdit()
        self.folder.setText(str(folder))
        self.folder.textEdited.connect(self._folder_typed)
        self.install_words = tr("安装(&{letter})").format(letter=install)
        self.change_words = tr("更新(&{letter})").format(letter=install)
        self.install = key_button(self.install_words)
        self.remove = key_button(tr("移除(&{letter})").format(letter=remove))
        self.copy = key_button(tr("复制命令(&{letter})").format(letter=copy))
        self.choose = key_button(tr("选择(&L)…"))
        self._build(time)

    def _build(self, letter: str) -> None:
        inside = QVBoxLayout(self)
        inside.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        inside.setSpacing(GAP)
        inside.addWidget(label(duty_name(self.duty), "subheading"))
        for words in (label(about(self.duty), "muted"), self.state, self.ended):
            inside.addWidget(words)
        when = QHBoxLayout()
        when.setSpacing(GAP)
        self.time_field = _beside(when, tr("时间(&{letter})").format(letter=letter), self.time)
        if self.duty == FRIDAY:
            _beside(when, tr("星期(&W)"), self.weekday)
        when.addStretch(1)
        for each in (self.install, self.remove, self.copy):
            when.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
        inside.addLayout(when)
        if self.duty == FRIDAY:
            where = QHBoxLayout()
            where.setSpacing(GAP)
            self.folder_field = _beside(where, tr("存到(&O)"), self.folder, 1)
            where.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignTop)
            inside.addLayout(where)

    def _folder_typed(self, *_: object) -> None:
        self.folder_field.clear_error()

    def plan(self, data: Path) -> Plan:
        """What is typed."""
        folder = self.folder.value() if self.duty == FRIDAY else ""
        return Plan(self.duty, self.time.value(), str(data), self.weekday.value(), folder)

    def fill(self, plan: Plan | None, data: Path, now_local: str) -> None:
        """Show what is installed."""
        rename(self.install, self.change_words if plan else self.install_words)
        self.remove.setEnabled(plan is not None)
        role_of(self.state, "success" if plan else "muted")
        if plan is None:
            self.state.setText(tr("没有安装。"))
            return
        self.time.setText(plan.time)
        self.weekday.choose(plan.weekday)
        if plan.folder:
            self.folder.setText(plan.folder)
        words = tr("已安装：{when}，下次 {next}。")
        self.state.setText(words.format(when=when_words(plan), next=next_run(plan, now_local)))
        if Path(plan.data) != data:
            self.state.setText(tr("装的是另一份诊所数据的任务。按“更新”改为现在这一份。"))
            role_of(self.state, "warning")

    def show_ended(self, outcome: Outcome | None) -> None:
        """How the last run ended."""
        self.ended.setVisible(outcome is not None)
        if outcome is None:
            return
        words = tr("上次运行 {at}，成功。") if outcome.good else tr("上次 {at} 没有成功：{why}")
        self.ended.setText(words.format(at=outcome.at[:16], why=outcome.sentence))
        role_of(self.ended, "success" if outcome.good else "error")


class ScheduledDialog(Dialog):
    """Both duties, installed and removed on request."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("定时任务"))
        self.setMinimumWidth(90 * GAP)
        self.scheduler: Scheduler | None = None
        self._changing = False
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        folder = Path(str(context.settings.value(FOLDER, documents)))
        self.boxes = {duty: DutyBox(duty, folder) for duty in DUTIES}
        self.conditions = label(conditions(), "muted")
        self.work = Work(context.tasks, self.context.alerts)
        self.body.setSpacing(GAP)
        self.body.addWidget(self.conditions)
        for box in self.boxes.values():
            self.body.addWidget(box)
            box.install.clicked.connect(partial(self.install, box))
            box.remove.clicked.connect(partial(self.remove, box))
            box.copy.clicked.connect(partial(self.copy, box))
        self.boxes[FRIDAY].choose.clicked.connect(self._choose)
        self.body.addWidget(self.work)
        self.add_buttons(tr("关闭"))
        self._allow(False)
        self.read()
        self.boxes[BACKUP].time.setFocus()

    # --- what there is ---

    def read(self) -> None:
        """Ask the PC what is installed."""
        self.work.start(tr("正在读取"), what_is_installed, self._read)

    def _read(self, found: Any) -> None:
        self.scheduler, plans = found
        if self.scheduler is None:
            self.conditions.setText(none_here())
            role_of(self.conditions, "warning")
        self._allow(self.scheduler is not None)
        folder = self.context.clinic.folder
        outcomes = last(folder)
        for duty, box in self.boxes.items():
            box.fill(plans[duty], folder, self.context.clinic.clock.now_local())
            box.show_ended(outcomes.get(duty))

    def _allow(self, allowed: bool) -> None:
        for box in self.boxes.values():
            box.install.setEnabled(allowed)
            box.remove.setEnabled(False)

    # --- what can be done ---

    def install(self, box: DutyBox, *_: object) -> None:
        """Let this PC do it, as typed."""
        plan = self._checked(box)
        if plan is None or self.scheduler is None:
            return
        try:
            refuse_demo(self.context.db)
        except RuleError as refused:
            self.context.alerts.tell(refused)
            return
        call = partial(self.scheduler.install, plan, self.context.clinic.clock.now_local())
        self._change(tr("正在安装"), call, plan.duty, plan)

    def remove(self, box: DutyBox, *_: object) -> None:
        """Let this PC do it no more."""
        if self.scheduler is not None:
            call = partial(self.scheduler.remove, box.duty)
            self._change(tr("正在移除"), call, box.duty, None)

    def _change(self, words: str, call: Callable[[], object], duty: str, plan: Plan | None) -> None:
        """Once the PC has begun there is no way out before it is on record, in the name of who
        began it."""
        if self.work.busy:
            return
        self._changing = True
        done = partial(self._changed, self.context.session, duty, plan)
        self.work.start(words, call, done, always=self._answered)

    def _answered(self) -> None:
        self._changing = False
        if self.context.signed_in.session is None:  # locked meanwhile
            self.reject()

    def done(self, result: int) -> None:
        """Closes, but not between a change and its record."""
        if not self._changing:
            super().done(result)

    def copy(self, box: DutyBox, *_: object) -> None:
        """The command as text: for the terminal, or the line for cron where nothing installs."""
        plan = self._checked(box)
        if plan is None:
            return
        by_itself = self.scheduler is not None
        line = as_typed(command(plan, program())) if by_itself else by_hand(plan)
        QGuiApplication.clipboard().setText(line)
        words = (
            tr("已复制命令，可以粘贴到终端里试。") if by_itself else tr("已复制 crontab 的一行。")
        )
        self.context.alerts.banner(words, "success")

    def _checked(self, box: DutyBox) -> Plan | None:
        """What is typed, or None after saying at the field what is wrong with it."""
        plan = box.plan(self.context.clinic.folder)
        try:
            return checked(plan)
        except RuleError as refused:
            if not good_time(plan.time):
                box.time_field.refuse(refused.sentence)
            elif box.duty == FRIDAY and not Path(plan.folder).is_dir():
                box.folder_field.refuse(refused.sentence)
            else:
                self.context.alerts.tell(refused)
        return None

    def _changed(self, session: Session, duty: str, plan: Plan | None, _done: object) -> None:
        when = "" if plan is None else noted_time(plan)
        noted = self.context.alerts.run_command(note_change, session, duty=duty, when=when)
        if noted is None or self.context.signed_in.session is None:
            return
        name = duty_name(duty)
        words = tr("已安装：{name}。") if plan is not None else tr("已移除：{name}。")
        self.context.alerts.banner(words.format(name=name), "success")
        self.read()

    def _choose(self, *_: object) -> None:
        box = self.boxes[FRIDAY]
        picked = QFileDialog.getExistingDirectory(self, tr("核对表存到"), box.folder.value())
        if picked:
            box.folder.setText(picked)


def _beside(row: QHBoxLayout, words: str, control: QWidget, stretch: int = 0) -> Field:
    """A control with its words before it, in a row of several."""
    before = QLabel(words)
    before.setBuddy(control)
    before.setMinimumHeight(4 * GAP)
    control.setAccessibleName(plain(words))
    field = Field(control)
    row.addWidget(before, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(field, stretch, Qt.AlignmentFlag.AlignTop)
    return field


def about(duty: str) -> str:
    """What the duty does."""
    if duty == BACKUP:
        return tr("备份并检查，再复制到接着的 U 盘和第二文件夹；没有新登记的日子不重复备份。")
    return tr("把最近一次周五核对写成工作簿。还没有签字的，文件名带“未签”；已签的文件不会被覆盖。")


def conditions() -> str:
    """What has to hold at that hour."""
    return tr(
        "到点时电脑要开着、登录着这个系统用户(可以锁屏，窗口开不开都行)；"
        "那时关着机的，下次登录后补做。没有成功的，第二天登录时会提醒。"
    )
