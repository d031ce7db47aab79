"""A manager's word on a tier: granted by approval, or let go when money no longer carries it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.i18n import tr
from services.loyalty.membership import drop_tier, override_tier
from services.memberships.overview import MembershipView
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, DateEdit, Form, TextEdit, label


class GrantTierDialog(DeskDialog):
    """Which tier, why, until when."""

    def __init__(self, context: UiContext, parent: QWidget | None, view: MembershipView) -> None:
        title = tr("经批准授予等级 · {name}").format(name=view.programme.name)
        super().__init__(context, parent, title)
        self.view = view
        words = tr("不看消费，由领导批准授予；还不是会员的同时入会。会记下依据和批准人。")
        self.body.addWidget(label(words, "muted"))
        rank = view.standing.rank
        higher = [(tier.rank, tier.name) for tier in view.programme.tiers if tier.rank > rank]
        self.rank = ChoiceBox(higher)
        self.reason = TextEdit(tr("例如 院长批准，合作单位职工"))
        self.until = DateEdit(tr("不填为长期"))
        form = Form()
        form.add(tr("等级(&T)"), self.rank)
        self.reason_field = form.add(tr("依据(&R)"), self.reason)
        self.until_field = form.add(tr("截止(&U)"), self.until)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.add_buttons(tr("授予"), tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Grant."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请填写授予等级的依据。"))
            return
        try:
            until = self.until.day_or_none()
        except RuleError as refused:
            self.until_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            override_tier,
            self.once,
            person_id=self.person_id,
            programme_id=self.view.programme_id,
            rank=self.rank.value(),
            reason=self.reason.value(),
            until=until,
        )
        if done is not None:
            self.say_done(tr("已授予 {tier}。").format(tier=self.rank.currentText()))


class DropTierDialog(DeskDialog):
    """Why."""

    def __init__(self, context: UiContext, parent: QWidget | None, view: MembershipView) -> None:
        super().__init__(context, parent, tr("下调等级 · {name}").format(name=view.programme.name))
        self.view = view
        words = tr("现等级已没有消费支持。下调到消费支持的等级，用过的权益不追回。")
        self.body.addWidget(label(words, "muted"))
        self.reason = TextEdit(tr("例如 退款后与顾客说明"))
        form = Form()
        self.reason_field = form.add(tr("原因(&R)"), self.reason)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.add_buttons(tr("下调"), tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Drop."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请填写下调等级的原因。"))
            return
        done = self.context.alerts.run_command(
            drop_tier,
            self.once,
            person_id=self.person_id,
            programme_id=self.view.programme_id,
            reason=self.reason.value(),
        )
        if done is not None:
            self.say_done(tr("等级已下调。"))
