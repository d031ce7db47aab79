"""What a person paid in fees and got back: the fee ledger and the refund forms."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.memberships.fees import void_fee
from services.memberships.leaving import refund_cases, state_title
from services.memberships.quote import period_title
from services.memberships.records import FeeRow, fee_kind_title, fee_rows
from services.memberships.worksheet import method_title
from services.money import yuan
from services.rights import may
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.dialogs.refund_case import RefundCaseDialog
from ui.forms import Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button

WIDTH = 118 * GAP


def fee_columns() -> list[Column]:
    """A row of the fee ledger in one line."""
    return [
        Column(tr("日期"), lambda r: r.occurred_on, width=96),
        Column(tr("方案"), lambda r: r.programme, width=112),
        Column(tr("种类"), _kind, width=88, tone=_tone),
        Column(tr("等级"), lambda r: r.tier_name, width=88),
        Column(tr("周期"), _period, width=56),
        Column(
            tr("金额(元)"), lambda r: yuan(r.amount_fen), sort=lambda r: r.amount_fen,
            align="right", width=96, tone=_tone,
        ),
        Column(tr("付款"), lambda r: r.payment, width=72),
        Column(tr("协议"), lambda r: r.agreement, width=104),
        Column(tr("经手"), lambda r: r.staff, width=72),
        Column(tr("原因"), lambda r: r.reason, width=96),
    ]  # fmt: skip


def case_columns() -> list[Column]:
    """A refund case in one line."""
    return [
        Column(tr("退会日期"), lambda r: r.leaves_on, width=96),
        Column(tr("状态"), lambda r: state_title(r.state), width=80, tone=_case_tone),
        Column(
            tr("应退(元)"), lambda r: yuan(r.amount_fen), sort=lambda r: r.amount_fen,
            align="right", width=96,
        ),
        Column(tr("算法"), lambda r: method_title(r.method), width=200),
        Column(tr("原因"), lambda r: r.reason, width=200),
    ]  # fmt: skip


class FeeRecordsDialog(DeskDialog):
    """Enter on a refund form opens it; a fee taken by mistake is voided below."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("会费和退费记录"))
        self.setFixedWidth(WIDTH)
        self.fees = Table(
            "memberships/fees",
            fee_columns(),
            context.settings,
            title=tr("会费记录"),
            empty_text=tr("还没有收过会费。在“入会”页按“缴费入会”收第一笔。"),
        )
        self.fees.setMinimumHeight(8 * ROW_HEIGHT)
        self.cases = Table(
            "memberships/cases",
            case_columns(),
            context.settings,
            title=tr("退费单"),
            empty_text="",
        )
        self.cases.setFixedHeight(4 * ROW_HEIGHT)
        self.cases_title = label(tr("退费单(回车打开)："), "muted")
        self.void_button = key_button(tr("作废这笔会费(&V)…"), "", tr("收错了，从头作废"))
        self.body.addWidget(self.fees, 1)
        self.body.addWidget(self.cases_title)
        self.body.addWidget(self.cases)
        self.add_buttons(tr("关闭"), left=(self.void_button,))
        self.fees.current_row_changed.connect(self._show_allowed)
        self.cases.activated_row.connect(self.open_case)
        self.void_button.clicked.connect(self.open_void)
        self.reload()
        self.fees.setFocus()
        self.fees.select_first()

    def reload(self, *_: object) -> None:
        """Read both lists again."""
        rows = self.context.alerts.run(fee_rows, self.context.db, self.person_id) or []
        cases = self.context.alerts.run(refund_cases, self.context.db, person_id=self.person_id)
        self.fees.set_rows(rows)
        self.cases.set_rows(cases or [])
        self.cases.setVisible(bool(cases))
        self.cases_title.setVisible(bool(cases))
        self._show_allowed(self.fees.current_row())

    def _show_allowed(self, row: FeeRow | None) -> None:
        allowed = may(self.context.session.actor.role, "membership.void_fee")
        live = row is not None and row.kind == "payment" and not row.voided
        self.void_button.setEnabled(allowed and live)

    def open_void(self, *_: object) -> None:
        """A fee that should not be."""
        row = self.fees.current_row()
        if row is not None:
            self._over(VoidFeeDialog(self.context, self, row))

    def open_case(self, row: Any) -> None:
        """A refund form, to read, sign or print."""
        self._over(RefundCaseDialog(self.context, self, row.id))

    def _over(self, dialog: DeskDialog) -> None:
        dialog.finished.connect(self.reload)
        dialog.open()


class VoidFeeDialog(DeskDialog):
    """One reason, Enter; a late one with a second word."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: FeeRow) -> None:
        super().__init__(context, parent, tr("作废会费"))
        self.row = row
        words = tr("{day} {programme} · {tier} ¥{fen}，{staff} 收")
        words = words.format(
            day=row.occurred_on, programme=row.programme, tier=row.tier_name,
            fen=yuan(row.amount_fen), staff=row.staff,
        )  # fmt: skip
        self.body.addWidget(label(words, "muted"))
        self.body.addWidget(
            label(tr("作废后像没收过一样：期限、等级退回原样；因它才入会的，会籍同时取消。"))
        )
        self.reason = TextEdit(tr("例如 收错了人"))
        form = Form()
        self.reason_field = form.add(tr("作废原因(&R)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("作废"), tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Void."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请填写作废原因。"))
            return
        approval = None
        mine = (self.context.session.actor.id, self.context.today())
        if (self.row.staff_id, self.row.occurred_on) != mine:
            what = tr("作废隔日或他人收的会费 ¥{fen}。").format(fen=yuan(self.row.amount_fen))
            approval = ask_approval(self.context, self, "approve.late_void", what)
            if approval is None:
                return
        done = self.context.alerts.run_command(
            void_fee,
            self.once,
            fee_id=self.row.id,
            reason=self.reason.value(),
            approval=approval,
        )
        if done is not None:
            ended = tr("，会籍同时取消") if done.ended else ""
            words = tr("已作废会费 ¥{fen}，请退还顾客{ended}。")
            self.say_done(words.format(fen=yuan(self.row.amount_fen), ended=ended))


def _kind(row: FeeRow) -> str:
    return fee_kind_title(row.kind) + (tr("(已作废)") if row.voided else "")


def _tone(row: FeeRow) -> str:
    if row.voided or row.kind == "void":
        return "muted"
    return "warning" if row.kind == "refund" else ""


def _period(row: FeeRow) -> str:
    return period_title(row.months) if row.kind == "payment" else ""


def _case_tone(row: Any) -> str:
    return {"prepared": "warning", "cancelled": "muted"}.get(row.state, "")
