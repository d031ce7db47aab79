"""Until when complaints and requests are answered: the clinic's days (R067, R151)."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

from services.feedback.deadlines import change_deadlines, deadlines
from services.i18n import tr
from services.programmes.registry import main_timeline
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, Form
from ui.theme import GAP


class DeadlinesDialog(DeskDialog):
    """Working days until the first answer, days until the end."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("投诉和要求的期限"))
        now = deadlines(context.db)
        tiers = main_timeline(context.db).at(context.today()).programme.tiers
        ranks = [(rank, each.name) for rank, each in enumerate(tiers, 1)]
        if now.high_rank not in dict(ranks):
            ranks.append((now.high_rank, tr("没有等级算高等级")))
        self.high = ChoiceBox(ranks)
        self.high.choose(now.high_rank)
        self.reply_high = _days(now.reply_days_high, 30, tr(" 个工作日"))
        self.reply = _days(now.reply_days, 30, tr(" 个工作日"))
        self.days = _days(now.days, 365, tr(" 天"))
        self.request = _days(now.request_days, 365, tr(" 天"))
        form = Form()
        form.add(tr("高等级从(&G)"), self.high, tr("这一级和更高的会员，投诉优先。"))
        form.add(tr("高等级首次回应(&A)"), self.reply_high)
        form.add(tr("其他人首次回应(&F)"), self.reply, tr("紧急的投诉当天回应；节假日按节假日表。"))
        form.add(tr("投诉处理完(&D)"), self.days)
        form.add(tr("要求和建议答复(&Y)"), self.request, tr("已登记的，期限不变。"))
        self.body.addWidget(form)
        self.add_buttons(tr("保存"), tr("取消"))
        self.reply_high.setFocus()

    def submit(self) -> None:
        """Save."""
        done = self.context.alerts.run_command(
            change_deadlines,
            self.once,
            reply_days=self.reply.value(),
            reply_days_high=self.reply_high.value(),
            high_rank=self.high.value(),
            days=self.days.value(),
            request_days=self.request.value(),
        )
        if done is not None:
            self.say_done(tr("已保存，新登记的按新的期限。"))


def _days(now: int, most: int, unit: str) -> QSpinBox:
    made = QSpinBox()
    made.setRange(1, most)
    made.setSuffix(unit)
    made.setValue(now)
    made.setFixedWidth(18 * GAP)
    return made
