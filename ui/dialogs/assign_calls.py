"""Calls given to somebody: the chosen ones, or all of a colleague who leaves or is away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from services.followups.assigning import assign, callers, hand_over, tasks_of_staff
from services.followups.call_list import CallRow
from services.i18n import tr
from services.rights import role_title
from services.staff import staff_names
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, Form
from ui.widgets.gift_kit import RightNote

CHOSEN = 0


class AssignCallsDialog(DeskDialog):
    """What is given, and to whom."""

    def __init__(self, context: UiContext, parent: QWidget | None, rows: Sequence[CallRow]) -> None:
        super().__init__(context, parent, tr("分派回访"))
        self.task_ids = tuple(task for row in rows for task in row.task_ids)
        staff = callers(context.db)
        self.what = ChoiceBox(self._offers(len(rows)))
        self.to = ChoiceBox(
            [
                *((row.id, f"{row.name} · {role_title(row.role)}") for row in staff),
                (None, tr("不指定人")),
            ]
        )
        self.to.choose(context.session.actor.id)
        form = Form()
        form.add(tr("哪些(&W)"), self.what)
        self.to_field = form.add(tr("交给(&T)"), self.to, tr("分派后各人按“我的”筛选自己的名单。"))
        self.note = RightNote(context)
        self.body.addWidget(form)
        self.body.addWidget(self.note)
        self.body.addStretch(1)
        self.main = self.add_buttons(tr("分派"), tr("取消"))
        self.what.currentIndexChanged.connect(self._check)
        self._check()
        self.to.setFocus()

    def _offers(self, people: int) -> list[tuple[int, str]]:
        """The chosen rows, then everybody who has calls, those who left as well."""
        names = staff_names(self.context.db)
        owners = [(staff_id, tasks_of_staff(self.context.db, staff_id)) for staff_id in names]
        words = tr("{name}名下全部 {n} 个")
        others = [
            (each, words.format(name=names[each], n=count)) for each, count in owners if count
        ]
        chosen = tr("选中的 {n} 位").format(n=people)
        return [*([(CHOSEN, chosen)] if people else []), *others]

    def _check(self, *_: object) -> None:
        right = "followup.assign" if self.what.value() == CHOSEN else "followup.hand_over"
        allowed = self.note.check(right)
        self.main.setEnabled(allowed and self.what.value() is not None)

    def submit(self) -> None:
        """Give them."""
        what, to = self.what.value(), self.to.value()
        if what is None:
            self.to_field.refuse(tr("请先在名单里选中要分派的回访(Shift+方向键多选)。"))
            return
        alerts = self.context.alerts
        if what == CHOSEN:
            done = alerts.run_command(assign, self.once, task_ids=self.task_ids, staff_id=to)
        else:
            done = alerts.run_command(hand_over, self.once, from_staff=what, to_staff=to)
        if done is not None:
            words = tr("已把 {n} 个回访交给{name}。") if to else tr("{n} 个回访现在不指定人。")
            name = staff_names(self.context.db).get(to, "") if to else ""
            self.say_done(words.format(n=done.tasks, name=name))
