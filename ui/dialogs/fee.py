"""A membership fee: which tier, for how long, what it costs and brings; Enter, Enter."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from services.commands import Approval
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import grant
from services.memberships.explain import fee_lines, term_words, tier_lines
from services.memberships.fees import FeePaid, fee_quote, pay_fee
from services.memberships.overview import MembershipView
from services.memberships.quote import FeeQuote, fee_offers
from services.money import yuan
from services.programmes.items import PAYMENTS
from services.programmes.words import fee_words
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, Form, MoneyEdit, TextEdit, label
from ui.theme import GAP
from ui.widgets.consequences import ConsequenceList, scrolling
from ui.widgets.gift_kit import LetterBox

WIDTH = 112 * GAP
FORM = 48 * GAP
LINES = 38 * GAP
RENEWS = ("early", "grace", "lapsed")


class FeeDialog(DeskDialog):
    """The form at the left, what it does at the right. Enter goes to what is missing, then to
    the button, then posts."""

    def __init__(self, context: UiContext, parent: QWidget | None, view: MembershipView) -> None:
        super().__init__(context, parent, _title(view))
        self.setFixedWidth(WIDTH)
        self.view = view
        self.quote: FeeQuote | None = None
        member = view.membership
        offers = fee_offers(view.programme)
        self._fees = {tier.rank: fees for tier, fees in offers}
        self.rank = ChoiceBox([(tier.rank, tier.name) for tier, _ in offers])
        self.every = ChoiceBox()
        self.agreement = TextEdit(tr("纸质协议上的编号"))
        self.payment = LetterBox([("", tr("未填")), *((name, name) for name in PAYMENTS)])
        self.amount = MoneyEdit()
        self.reason = TextEdit(tr("例如 院长同意减免"))
        self.explained = QCheckBox(tr("已讲解待遇(空格勾选)"))
        self.explained.setAccessibleName(tr("已讲解待遇"))
        self.note = label(view.obstacle, "warning")
        self.note.setVisible(bool(view.obstacle))
        self.lines = ConsequenceList(tr("缴费后的变化"))
        self._build()
        if member is not None:
            self.agreement.setText(member.agreement)
        self.rank.choose(view.paid_rank or view.standing.rank)
        self._offer_periods()
        self.rank.currentIndexChanged.connect(self._offer_periods)
        self.every.currentIndexChanged.connect(self._foresee)
        self.amount.textChanged.connect(self._amount_changed)
        (self.payment if view.step == "renew" else self.rank).setFocus()

    def _build(self) -> None:
        self.form = form = Form()
        self.rank_field = form.add(tr("等级(&T)"), self.rank)
        form.add(tr("缴费周期(&Q)"), self.every)
        self.agreement_field = form.add(tr("协议编号(&N)"), self.agreement)
        form.show_row(self.agreement_field, self.view.programme.agreement)
        form.add(tr("付款方式(&W)"), self.payment)
        self.amount_field = form.add(tr("实收(&A)"), self.amount)
        self.reason_field = form.add(tr("改收原因(&Y)"), self.reason)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(self.note)
        left.addWidget(form)
        left.addWidget(self.explained)
        left.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        both.addLayout(left, 1)
        both.addWidget(scrolling(self.lines, height=LINES), 1)
        self.body.addLayout(both, 1)
        form.setFixedWidth(FORM)
        self.pay_button = self.add_buttons(tr("收款 ⏎"), tr("取消"))

    # --- while choosing ---

    def _offer_periods(self, *_: object) -> None:
        fees = self._fees[self.rank.value()]
        self.every.blockSignals(True)
        self.every.set_choices([(fee.every, fee_words(fee)) for fee in fees])
        self.every.blockSignals(False)
        self._foresee()

    def _foresee(self, *_: object) -> None:
        """Quote again and show what comes of it."""
        try:
            quote = fee_quote(
                self.context.db,
                self.context.today(),
                person_id=self.person_id,
                programme_id=self.view.programme_id,
                rank=self.rank.value(),
                every=self.every.value(),
            )
        except RuleError as refused:
            self.quote = None
            self.note.setText(refused.sentence)
            self.lines.show_lines(())
        else:
            self.quote = quote
            self.note.setText("" if quote.covered else self.view.obstacle)
            brought = tier_lines(self.view.programme, quote.rank)
            self.lines.show_lines([*fee_lines(quote), *brought])
            self.amount.set_fen(quote.due_fen)
            self._name_button(quote)
            self.explained.setVisible(not self._renews(quote))
        self.note.setVisible(bool(self.note.text()))
        self.pay_button.setEnabled(not self.note.text())
        self._amount_changed()

    def _name_button(self, quote: FeeQuote) -> None:
        words = tr("收款 ⏎") if quote.due_fen else tr("入会 ⏎")
        self.pay_button.setText(words)
        self.pay_button.setAccessibleName(words.removesuffix(" ⏎"))

    def _renews(self, quote: FeeQuote) -> bool:
        return self.view.membership is not None and quote.move in RENEWS

    def _other_amount(self) -> bool:
        return self.quote is not None and self.amount.fen_or_none() != self.quote.due_fen

    def _amount_changed(self, *_: object) -> None:
        self.form.show_row(self.reason_field, self._other_amount())

    # --- posting ---

    def submit(self) -> None:
        """To what is missing, to the button, then post."""
        if self.quote is None or not self._complete():
            return
        if self.focusWidget() is not self.pay_button:
            self.pay_button.setFocus()
            return
        approval = None
        if self._other_amount():
            approval = self._approval(self.quote)
            if approval is None:
                return
        self._pay(self.quote, approval)

    def _complete(self) -> bool:
        here = self.focusWidget()
        if self.view.programme.agreement and not self.agreement.value():
            if here is self.agreement or here is self.pay_button:
                self.agreement_field.refuse(tr("请先签协议，填写协议编号。"))
            self.agreement.setFocus()
            return False
        try:
            self.amount.fen()
        except RuleError as refused:
            self.amount_field.refuse(refused.sentence)
            return False
        if self._other_amount() and not self.reason.value():
            if here is self.amount:
                self.reason.setFocus()
            else:
                self.reason_field.refuse(tr("收的不是应收金额，请写明原因。"))
            return False
        if self.explained.isVisible() and not self.explained.isChecked():
            if here is self.explained or here is self.pay_button:
                words = tr("请先向顾客讲解右边的待遇，再按空格勾选“已讲解待遇”。")
                self.context.alerts.banner(words, "warning")
            self.explained.setFocus()
            return False
        return True

    def _approval(self, quote: FeeQuote) -> Approval | None:
        what = tr("应收会费 ¥{due}，实收 ¥{fen}：{reason}").format(
            due=yuan(quote.due_fen), fen=yuan(self.amount.fen()), reason=self.reason.value()
        )
        me = self.context.session.actor.id
        return ask_approval(self.context, self, "approve.fee", what, without=me)

    def _pay(self, quote: FeeQuote, approval: Approval | None) -> None:
        done = self.context.alerts.run_command(
            pay_fee,
            self.once,
            person_id=self.person_id,
            programme_id=self.view.programme_id,
            rank=quote.rank,
            every=quote.every,
            amount_fen=self.amount.fen(),
            payment=self.payment.value(),
            agreement=self.agreement.value(),
            benefits_explained=self.explained.isChecked(),
            note=self.reason.value() if self._other_amount() else "",
            approval=approval,
        )
        if done is not None:
            self.say_done(self._said(quote, done))

    def _said(self, quote: FeeQuote, done: FeePaid) -> str:
        words = (
            tr("已收会费 ¥{fen}：{tier}，{term}。") if done.amount_fen else tr("{tier}，{term}。")
        )
        words = words.format(
            fen=yuan(done.amount_fen),
            tier=quote.tier_name,
            term=term_words(done.starts_on, done.ends_on or None),
        )
        grants = [grant(self.context.db, grant_id) for grant_id in done.new_grant_ids]
        gifts = tr("、").join(row.name for row in grants if row.kind == "gift")
        if not gifts:
            return words
        return words + tr("待领 {names}，到“礼品”页(Ctrl+4)。").format(names=gifts)


def _title(view: MembershipView) -> str:
    joins = tr("申请入会 · {programme}") if view.free else tr("缴费入会 · {programme}")
    words = {
        "renew": tr("续费 · {programme}"),
        "pay": joins,
        "join": joins,
    }.get(view.step, tr("续费或升级 · {programme}"))
    return words.format(programme=view.programme.name)
