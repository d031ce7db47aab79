"""Leaving a membership: the refund worksheet, or just a reason where nothing is to be given back
(E59–E61, R108), and the director's end for misconduct (R109)."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.errors import RuleError
from services.i18n import tr
from services.memberships.ending import cancel_membership, leave_membership
from services.memberships.leave_form import fact_rows
from services.memberships.leaving import leaving_worksheet, prepare_refund
from services.memberships.overview import MembershipView
from services.memberships.worksheet import Worksheet, fault_title
from services.money import yuan
from services.people.privacy import mask_name
from services.people.records import person
from services.rights import holders
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, DateEdit, Form, TextEdit, label
from ui.theme import GAP
from ui.widgets.consequences import scrolling
from ui.widgets.worksheet import FactRows, WorksheetView

WIDTH = 132 * GAP
FORM = 52 * GAP
FACTS = 21 * GAP


def leaving_dialog(context: UiContext, parent: QWidget | None, view: MembershipView) -> DeskDialog:
    """The dialog that fits: with a worksheet while a paid fee still runs."""
    made = RefundDialog if view.refundable else LeaveDialog
    return made(context, parent, view)


class RefundDialog(DeskDialog):
    """Whose wish, which day, why; the five ways follow what is typed. Enter goes to what is
    missing, then to the button, then prepares."""

    def __init__(self, context: UiContext, parent: QWidget | None, view: MembershipView) -> None:
        super().__init__(context, parent, tr("退会退费 · {name}").format(name=view.programme.name))
        assert view.membership is not None
        self.setFixedWidth(WIDTH)
        self.membership = view.membership
        self.sheet: Worksheet | None = None
        self._wanted = ""
        self.fault = ChoiceBox([(each, fault_title(each)) for each in ("member", "clinic")])
        self.applied = DateEdit()
        self.leaves = DateEdit()
        self.reason = TextEdit(tr("为什么退会，为什么用这种算法"))
        self.facts = FactRows(tr("会费和使用情况"))
        self.ways = WorksheetView()
        self.hints = label("", "warning")
        self._build(view)
        self.fault.currentIndexChanged.connect(self.reckon)
        for line in (self.applied, self.leaves):
            line.editingFinished.connect(self.reckon)
        self.ways.picked.connect(self._pick)
        self.reckon()
        self.fault.setFocus()

    def _build(self, view: MembershipView) -> None:
        form = Form()
        form.add(tr("谁的原因(&F)"), self.fault)
        self.applied_field = form.add(tr("申请日期(&D)"), self.applied)
        self.leaves_field = form.add(tr("退会日期(&L)"), self.leaves)
        self.reason_field = form.add(tr("原因(&Y)"), self.reason)
        form.setFixedWidth(FORM)
        today = self.context.today()
        self.applied.setText(today)
        self.leaves.setText(today)
        record = person(self.context.db, self.person_id)
        words = tr("{name} {number} · {tier} · {day} 入会")
        tier = view.tier.name if view.tier else view.programme.name
        head = words.format(
            name=mask_name(record.form.name), number=record.number, tier=tier, day=view.joined
        )
        self.body.setSpacing(GAP)
        self.body.addWidget(label(head, "subheading"))
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        both.addWidget(form)
        both.addWidget(scrolling(self.facts, height=FACTS), 1)
        self.body.addLayout(both)
        self.body.addWidget(self.ways, 1)
        self.body.addWidget(self.hints)
        note = tr("准备后须由另一位{holders}输入密码签字，签字当天会籍才结束。")
        self.body.addWidget(label(note.format(holders=holders("sign.refund")), "muted"))
        self.prepare_button = self.add_buttons(tr("准备退费单 ⏎"), tr("取消"))

    # --- reckoning ---

    def reckon(self, *_: object) -> None:
        """The worksheet of what is typed; a date that is none is said at its field."""
        self.applied_field.clear_error()
        self.leaves_field.clear_error()
        try:
            applied, leaves = self.applied.day(), self.leaves.day()
            sheet = leaving_worksheet(
                self.context.db,
                self.context.today(),
                self.membership,
                fault=self.fault.value(),
                applied_on=applied,
                leaves_on=leaves,
            )
        except RuleError as refused:
            self.sheet = None
            self.prepare_button.setEnabled(False)
            self._say(refused.sentence)
            return
        self.sheet = sheet
        self.prepare_button.setEnabled(True)
        self.facts.show_rows(fact_rows(sheet.facts))
        self.ways.show_sheet(sheet, self.method)
        self._say("\n".join(sheet.hints))

    def _say(self, words: str) -> None:
        self.hints.setText(words)
        self.hints.setVisible(bool(words))

    @property
    def method(self) -> str:
        """The way that will be used: the one picked while it applies, else the proposed one."""
        assert self.sheet is not None
        picked = self.sheet.calculation(self._wanted)
        return self._wanted if picked is not None and picked.applies else self.sheet.proposed

    def _pick(self, method: str) -> None:
        self._wanted = method
        if self.sheet is not None:
            self.ways.show_sheet(self.sheet, self.method)

    # --- preparing ---

    def submit(self) -> None:
        """To the reason, to the button, then prepare."""
        self.reckon()
        if self.sheet is None:
            return
        if not self.reason.value():
            if self.focusWidget() in (self.reason, self.prepare_button):
                self.reason_field.refuse(tr("请写明退会的原因和选用这种算法的理由。"))
            self.reason.setFocus()
            return
        if self.focusWidget() is not self.prepare_button:
            self.prepare_button.setFocus()
            return
        done = self.context.alerts.run_command(
            prepare_refund,
            self.once,
            person_id=self.person_id,
            programme_id=self.membership.programme_id,
            fault=self.fault.value(),
            reason=self.reason.value(),
            applied_on=self.applied.day(),
            leaves_on=self.leaves.day(),
            method=self.method,
        )
        if done is not None:
            words = tr("退费单已准备，应退 ¥{fen}，等{holders}签字。")
            self.say_done(words.format(fen=yuan(done.amount_fen), holders=holders("sign.refund")))


class LeaveDialog(DeskDialog):
    """Nothing to give back: one reason, Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None, view: MembershipView) -> None:
        super().__init__(context, parent, tr("退会 · {name}").format(name=view.programme.name))
        self.view = view
        words = tr("没有还在期限内的会费，不用退费。退会后等级和没领的权益收回，积分保留。")
        self.body.addWidget(label(words, "muted"))
        self.reason = TextEdit(tr("例如 会员搬家"))
        form = Form()
        self.reason_field = form.add(tr("原因(&Y)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("退会"), tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Leave."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请写明退会的原因。"))
            return
        done = self.context.alerts.run_command(
            leave_membership,
            self.once,
            person_id=self.person_id,
            programme_id=self.view.programme_id,
            reason=self.reason.value(),
        )
        if done is not None:
            self.say_done(tr("已退会。"))


class CancelMembershipDialog(DeskDialog):
    """The director ends a membership for misconduct: one reason, Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None, view: MembershipView) -> None:
        title = tr("取消会员资格 · {name}").format(name=view.programme.name)
        super().__init__(context, parent, title)
        self.view = view
        words = tr("会员有不当行为时由院长取消资格。会籍今天结束，不退会费；要退费请改办“退会”。")
        self.body.addWidget(label(words, "warning"))
        self.reason = TextEdit(tr("例如 把会员卡借给他人使用"))
        form = Form()
        self.reason_field = form.add(tr("原因(&Y)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("取消资格"), tr("返回"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Cancel the membership."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请写明取消会员资格的原因。"))
            return
        done = self.context.alerts.run_command(
            cancel_membership,
            self.once,
            person_id=self.person_id,
            programme_id=self.view.programme_id,
            reason=self.reason.value(),
        )
        if done is not None:
            self.say_done(tr("已取消会员资格。"))
