"""Gifts, services and coupons given for an occasion or a complaint, and taken back (R012, E67)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.feedback.complaints import complaints_of
from services.i18n import tr
from services.loyalty.awards import KINDS, REASONS, AwardRow, awards_of, give_award, void_award
from services.money import yuan
from services.rights import may
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, DateEdit, Form, MoneyEdit, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import CountEdit, key_button

COMPENSATION = "compensation"


def kind_title(kind: str) -> str:
    """A kind of award as the desk says it."""
    return {"gift": tr("礼品"), "service": tr("服务"), "coupon": tr("券")}[kind]


def reason_title(reason: str) -> str:
    """Why something was given, as the desk says it."""
    return {
        "event": tr("活动"),
        "scholarship": tr("奖学金"),
        COMPENSATION: tr("补偿"),
        "referral": tr("推荐奖励"),
    }.get(reason, tr("等级权益"))


class AwardsDialog(DeskDialog):
    """Enter gives something; the chosen one is taken back below, while it was not drawn."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("赠送"))
        self.setFixedWidth(112 * GAP)
        self.table = Table(
            "people/awards",
            columns(),
            context.settings,
            title=tr("赠送记录"),
            empty_text=tr(
                "还没有送过东西。\n\n活动礼品、奖学金、投诉补偿从这里送，之后按平常的办法领取。"
            ),
        )
        self.table.setMinimumHeight(7 * ROW_HEIGHT)
        self.void_button = key_button(tr("收回(&V)…"))
        self.body.addWidget(self.table, 1)
        self.give_button = self.add_buttons(tr("赠送(&N)… ⏎"), tr("关闭"), left=(self.void_button,))
        self.table.current_row_changed.connect(self._show_allowed)
        self.void_button.clicked.connect(self.open_void)
        self.reload()
        self.give_button.setFocus()

    def reload(self, *_: object) -> None:
        """Read what was given."""
        rows = self.context.alerts.run(awards_of, self.context.db, self.person_id)
        self.table.set_rows(rows or [])
        self._show_allowed(self.table.current_row())

    def _show_allowed(self, row: AwardRow | None) -> None:
        allowed = may(self.context.session.actor.role, "award.void")
        self.void_button.setEnabled(
            allowed and row is not None and not row.voided and row.drawn == 0
        )

    def submit(self) -> None:
        """Give something."""
        self._over(GiveAwardDialog(self.context, self))

    def open_void(self, *_: object) -> None:
        """Take the chosen one back."""
        row = self.table.current_row()
        if row is not None:
            self._over(VoidAwardDialog(self.context, self, row))

    def _over(self, dialog: DeskDialog) -> None:
        dialog.finished.connect(self.reload)
        dialog.open()


class GiveAwardDialog(DeskDialog):
    """What, how many, why; a compensation names its complaint."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, complaint_id: int | None = None
    ) -> None:
        super().__init__(context, parent, tr("赠送"))
        self.kind = ChoiceBox([(kind, kind_title(kind)) for kind in KINDS])
        self.name = TextEdit(tr("例如 口腔护理小套装"))
        self.count = CountEdit()
        self.count.setText("1")
        self.value = MoneyEdit(tr("选填，每件价值，整元"))
        self.reason = ChoiceBox([(reason, reason_title(reason)) for reason in REASONS])
        self.complaint = ChoiceBox(self._complaints())
        self.until = DateEdit(tr("选填，不填长期有效"))
        self.note = TextEdit(tr("选填"))
        self.form = form = Form()
        form.add(tr("种类(&G)"), self.kind)
        self.name_field = form.add(tr("名称(&T)"), self.name)
        self.count_field = form.add(tr("数量(&N)"), self.count)
        self.value_field = form.add(tr("价值(&A)"), self.value)
        form.add(tr("原因(&Y)"), self.reason)
        hint = "" if self.complaint.count() else tr("没有未结的投诉，请先登记投诉。")
        self.complaint_field = form.add(tr("投诉(&C)"), self.complaint, hint)
        self.until_field = form.add(tr("有效期至(&D)"), self.until)
        form.add(tr("备注(&K)"), self.note)
        self.body.addWidget(form)
        self.add_buttons(tr("赠送"), tr("取消"))
        self.reason.currentIndexChanged.connect(self._show_complaint)
        if complaint_id is not None:
            self.reason.choose(COMPENSATION)
            self.complaint.choose(complaint_id)
        self._show_complaint()
        self.name.setFocus()

    def _complaints(self) -> list[tuple[int, str]]:
        db, today = self.context.db, self.context.today()
        rows = self.context.alerts.run(complaints_of, db, today, self.person_id) or []
        words = tr("{day} {text}")
        return [
            (row.id, words.format(day=row.received_on, text=row.text)) for row in rows if row.open
        ]

    def _show_complaint(self, *_: object) -> None:
        self.form.show_row(self.complaint_field, self.reason.value() == COMPENSATION)

    def submit(self) -> None:
        """Give it."""
        if not self.name.value():
            self.name_field.refuse(tr("请写明送的是什么，例如“口腔护理小套装”。"))
            return
        field = self.count_field
        try:
            quantity = self.count.count()
            field = self.value_field
            value_fen = self.value.fen() if self.value.value() else 0
            field = self.until_field
            valid_to = self.until.day_or_none()
        except RuleError as refused:
            field.refuse(refused.sentence)
            return
        compensates = self.reason.value() == COMPENSATION
        done = self.context.alerts.run_command(
            give_award,
            self.once,
            person_id=self.person_id,
            kind=self.kind.value(),
            name=self.name.value(),
            reason=self.reason.value(),
            quantity=quantity,
            value_fen=value_fen,
            valid_to=valid_to,
            complaint_id=self.complaint.value() if compensates else None,
            note=self.note.value(),
        )
        if done is not None:
            self.say_done(tr("已赠送：{name}。").format(name=self.name.value()))


class VoidAwardDialog(DeskDialog):
    """One reason, Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: AwardRow) -> None:
        super().__init__(context, parent, tr("收回赠送"))
        self.row = row
        words = tr("{day} {name} × {n}，{staff} 送")
        words = words.format(day=row.occurred_on, name=row.name, n=row.quantity, staff=row.staff)
        self.body.addWidget(label(words, "muted"))
        self.reason = TextEdit(tr("例如 送错了人"))
        form = Form()
        self.reason_field = form.add(tr("收回原因(&Y)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("收回"), tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Take it back."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请填写收回的原因。"))
            return
        done = self.context.alerts.run_command(
            void_award, self.once, award_id=self.row.id, reason=self.reason.value()
        )
        if done is not None:
            self.say_done(tr("已收回：{name}。").format(name=self.row.name))


def columns() -> list[Column]:
    """An award in one line."""
    return [
        Column(tr("日期"), lambda r: r.occurred_on, width=96),
        Column(tr("名称"), lambda r: r.name, width=192, tone=_tone),
        Column(tr("种类"), lambda r: kind_title(r.kind), width=64),
        Column(tr("已领/共"), lambda r: f"{r.drawn}/{r.quantity}", width=80, align="right"),
        Column(
            tr("每件(元)"), lambda r: yuan(r.value_fen), sort=lambda r: r.value_fen,
            align="right", width=88,
        ),
        Column(tr("原因"), lambda r: reason_title(r.reason), width=80),
        Column(tr("状态"), _state, width=112, tone=_tone),
        Column(tr("经手"), lambda r: r.staff, width=72),
    ]  # fmt: skip


def _state(row: AwardRow) -> str:
    if row.voided:
        return tr("已收回")
    if row.drawn >= row.quantity:
        return tr("已领完")
    return tr("{day} 前有效").format(day=row.valid_to) if row.valid_to else tr("待领")


def _tone(row: AwardRow) -> str:
    return "muted" if row.voided or row.drawn >= row.quantity else ""
