"""Switching follow-up plans: on after seeing what would come, off after seeing what waits."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QCheckBox, QWidget

from services.clinic import Clinic
from services.errors import RuleError
from services.followups.coming import DAYS, Coming, coming
from services.followups.plan_changes import switch_plans
from services.followups.plan_words import PlanRow
from services.followups.plans import Plan
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import DateEdit, Form, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.tasks import Progress, Task
from ui.theme import GAP
from ui.widgets.gift_kit import CountEdit

_NAMED = 3


@dataclass(frozen=True)
class _Row:
    """A task that would come, with the plan that asks for it."""

    plan: str
    due_on: str
    number: str
    name: str
    subject: str


class SwitchOnDialog(Dialog):
    """From which day what happened counts, how many a day, and who would be on the list."""

    def __init__(self, context: UiContext, parent: QWidget | None, rows: Sequence[PlanRow]) -> None:
        super().__init__(context, parent, tr("启用回访计划"))
        self.take_room(112 * GAP, 72 * GAP)
        self.plans = [row.plan for row in rows]
        self._op_id = uuid.uuid4()
        self._task: Task | None = None
        self.body.addWidget(label(tr("启用{which}").format(which=_which(self.plans)), "subheading"))
        self.day = DateEdit()
        self.day.setText(context.today())
        self.most = CountEdit(tr("不限"))
        form = Form()
        hint = tr(
            "今天起的事才产生回访。要补以前的，填更早的日子，并限定每天几条，免得一下子排满。"
        )
        self.day_field = form.add(tr("从哪天的事算起(&D)"), self.day, hint)
        self.most_field = form.add(tr("补以前的每天最多(&N)"), self.most)
        self.body.addWidget(form)
        self.summary = label("", "subheading")
        self.table = _coming_table(context.settings)
        self.body.addWidget(self.summary)
        self.body.addWidget(self.table, 1)
        self.main = self.add_buttons(tr("启用"), tr("取消"))
        self.day.editingFinished.connect(self.look)
        self.finished.connect(self._stop)
        self.look()
        self.main.setFocus()

    def look(self) -> None:
        """Reckon what would come, beside the window."""
        try:
            day = self.day.day()
        except RuleError as refused:
            self.day_field.mark_wrong(refused.sentence)
            return
        self.day_field.clear_error()
        self._stop()
        self.summary.setText(tr("正在算今后 {n} 天会有哪些回访…").format(n=DAYS))
        call = partial(_reckon, self.context.clinic, tuple(self.plans), day)
        self._task = self.context.tasks.start(
            call, progress=True, looks=True, on_done=self._show, on_error=self._failed
        )

    def submit(self) -> None:
        """Switch them on."""
        try:
            day = self.day.day()
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            switch_plans,
            self.context.session.once(self._op_id),
            keys=tuple(plan.key for plan in self.plans),
            on=True,
            from_on=day,
            daily_most=self.most.count() if self.most.value() else None,
        )
        if done is not None:
            words = tr("已启用 {n} 个计划，符合的回访正在排入名单。")
            self.say_done(words.format(n=done.switched))

    def _show(self, found: list[tuple[Plan, Coming]]) -> None:
        rows = [
            _Row(plan.name, each.due_on, each.number, each.name, each.subject)
            for plan, coming_ in found
            for each in coming_.rows
        ]
        self.table.set_rows(sorted(rows, key=lambda row: (row.due_on, row.plan, row.number)))
        total = sum(each.total for _, each in found)
        usual = [each.usual for _, each in found if each.usual is not None]
        words = [tr("今后 {days} 天已知要联系 {n} 人次").format(days=DAYS, n=total)]
        if usual:
            sentence = tr("照最近 {days} 天的诊疗，新做的还会带来约 {n} 人次")
            words.append(sentence.format(days=DAYS, n=sum(usual)))
        if any(not each.known for _, each in found):
            words.append(tr("礼品、生日、会籍提醒照原来的规则，从今天接着排"))
        self.summary.setText("；".join(words) + "。")

    def _failed(self, error: BaseException) -> None:
        self.summary.setText("")
        self.context.alerts.tell(error)

    def _stop(self, *_: object) -> None:
        if self._task is not None and self._task.running:
            self._task.on_done = self._task.on_error = None
            self._task.cancel()
        self._task = None


class SwitchOffDialog(Dialog):
    """What waits stays on the list unless it is called off with the plan."""

    def __init__(self, context: UiContext, parent: QWidget | None, rows: Sequence[PlanRow]) -> None:
        super().__init__(context, parent, tr("停用回访计划"))
        self.rows = list(rows)
        self._op_id = uuid.uuid4()
        words = tr("停用{which}后，不再产生新的回访。")
        self.body.addWidget(label(words.format(which=_which([row.plan for row in rows]))))
        waiting = sum(row.open for row in rows)
        self.drop = QCheckBox(tr("已排未联系的 {n} 个也一并撤下(&X)").format(n=waiting))
        self.drop.setVisible(waiting > 0)
        self.body.addWidget(self.drop)
        self.body.addWidget(label(tr("撤下的以后重新启用也不会再排。"), "muted"))
        self.body.addStretch(1)
        self.main = self.add_buttons(tr("停用"), tr("取消"))
        self.main.setFocus()

    def submit(self) -> None:
        """Switch them off."""
        done = self.context.alerts.run_command(
            switch_plans,
            self.context.session.once(self._op_id),
            keys=tuple(row.plan.key for row in self.rows),
            on=False,
            drop_open=self.drop.isChecked(),
        )
        if done is not None:
            words = tr("已停用 {n} 个计划，撤下 {stopped} 个回访。")
            self.say_done(words.format(n=done.switched, stopped=done.stopped))


def _which(plans: Sequence[Plan]) -> str:
    if len(plans) > _NAMED:
        return tr("其余 {n} 个计划").format(n=len(plans))
    return "、".join(f"“{plan.name}”" for plan in plans)


def _reckon(
    clinic: Clinic, plans: tuple[Plan, ...], day: str, progress: Progress
) -> list[tuple[Plan, Coming]]:
    with clinic.reading() as reader:
        found = []
        for number, plan in enumerate(plans):
            progress.report(number, len(plans))
            told = partial(progress.report, number, len(plans))
            found.append((plan, coming(reader.db, clinic.clock.today(), plan, day, told)))
        return found


def _coming_table(settings: QSettings) -> Table:
    columns = [
        Column(tr("哪天"), lambda r: r.due_on, width=104),
        Column(tr("会员号"), lambda r: r.number, width=104),
        Column(tr("姓名"), lambda r: r.name, width=104),
        Column(tr("计划"), lambda r: r.plan, width=136),
        Column(tr("事由"), lambda r: r.subject, width=320),
    ]
    return Table(
        "followup_coming",
        columns,
        settings,
        title=tr("今后的回访"),
        empty_text=tr(
            "照现在的记录，今后 30 天还没有要联系的人。\n启用后，新做的项目会自己排进来。"
        ),
        key=lambda r: (r.plan, r.due_on, r.number, r.subject),
    )
