"""The cards that use a service, claim it or pass it on, or lead a coupon to its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal

from services.errors import RuleError
from services.i18n import tr
from services.loyalty.beneficiary import asks_for_card, passes_on
from services.loyalty.grants import GrantRow, benefit_of
from services.loyalty.service_use import use_service
from services.money import yuan
from services.people.records import list_doctors
from services.programmes.definition import Benefit
from services.rights import may
from services.vouchers.claim import claim_voucher
from services.vouchers.numbers import PREFIX
from services.vouchers.records import VoucherRow, held, voucher
from ui.context import UiContext
from ui.forms import TextEdit, button, button_row, label
from ui.widgets.card_seen import card_seen
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import (
    Card,
    CountEdit,
    LetterBox,
    RightNote,
    RowForm,
    checks,
    key_button,
)
from ui.widgets.person_picker import PersonPicker
from ui.widgets.voucher_scan import ScanBox
from ui.widgets.voucher_words import end_words, held_words, show_paper


class UseCard(Card):
    """Use a service for the person or somebody else: letters choose it, Enter notes the use; or
    put one piece on a voucher (领卡), or pass it on (转赠).

    `picked` tells the id of the grant that letters chose.
    """

    done = Signal()
    picked = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.grant: GrantRow | None = None
        self._benefit: Benefit | None = None
        self._choices: list[tuple[int, str]] = []
        self._held: list[VoucherRow] = []
        self._op = uuid4()
        self.note = RightNote(context)
        self.service = ScanBox()
        self.card = ScanBox()
        self.whom = PersonPicker(context, tr("空着 = 本人；转赠时查找受益人"))
        self.doctor = LetterBox()
        self.bill = TextEdit(tr("收费处划价单号，可不填"))
        self.checked = LetterBox(checks())
        self.times = CountEdit()
        self.form = RowForm()
        self.service_field = self.form.add(tr("服务(&V)"), self.service)
        self.card_field = self.form.add(tr("凭卡(&X)"), self.card, tr("扫卡或按卡号选"))
        self.whom_field = self.form.add(tr("受益人(&W)"), self.whom)
        self.form.add(tr("医生(&D)"), self.doctor)
        self.form.add(tr("划价单号(&K)"), self.bill)
        self.checked_field = self.form.add(tr("核验(&Y)"), self.checked)
        self.times_field = self.form.add(tr("次数(&N)"), self.times)
        self.facts = label("", "muted")
        self.use = button(tr("登记使用  Enter"), "primary")
        self.claim = key_button(tr("领卡(&C)"), tip=tr("领一张项目卡，用的时候才扣次数"))
        self.give = key_button(
            tr("转赠(&Z)…"), tip=tr("送给朋友：记下姓名和电话，用的时候才扣次数")
        )
        self.body.addWidget(self.note)
        self.body.addWidget(scrolling(self.form, self.facts), 1)
        self.body.addLayout(button_row(self.use, left=(self.claim, self.give)))
        self.submitted.connect(self.submit)
        self.use.clicked.connect(self.submit)
        self.claim.clicked.connect(self.take_card)
        self.give.clicked.connect(self.pass_on)
        for box in (self.service, self.card):
            box.scanned.connect(self._scanned)
        self.service.currentIndexChanged.connect(self._service_chosen)
        self.card.currentIndexChanged.connect(self._card_chosen)
        self.whom.chosen.connect(self._beneficiary_chosen)
        self.whom.textEdited.connect(self._say_facts)

    def load(self, grant: GrantRow, usable: Sequence[GrantRow]) -> None:
        """Show what is left of this service; the others that may be used are letters away."""
        if self.grant is None or self.grant.id != grant.id:
            self._op = uuid4()
            self._empty()
        self.grant = grant
        self._benefit = benefit_of(self._context.db, grant)
        self.whom.exclude = grant.person_id
        self.note.check("service.use")
        self.heading.setText(tr("使用 · {name}").format(name=grant.name))
        self._offer(usable if grant in usable else (grant, *usable))
        self._offer_cards()
        doctors: list[tuple[Any, str]] = [(None, tr("未指定"))]
        doctors += [(row.id, row.name) for row in list_doctors(self._context.db)]
        self.doctor.set_choices(doctors)
        self.claim.setEnabled(self._free() > 0 and self._may("voucher.claim"))
        self._say_facts()

    def take_scan(self, code: str) -> bool:
        """The member's card verifies them, a voucher is used (R040, R132)."""
        if self.grant is None:
            return False
        if code.upper().startswith(PREFIX):
            self._scanned(code.upper())
            return True
        owner = self.grant.person_id
        return card_seen(self._context, code, owner, self.checked, self.checked_field)

    def _free(self) -> int:
        """The pieces that are on no card."""
        assert self.grant is not None
        return max(self.grant.left - len(self._held), 0)

    def _to_give(self) -> bool:
        """Whether a piece can be passed on: a free one, or the chosen card if it is the owner's."""
        chosen = self._chosen()
        return self._free() > 0 if chosen is None else chosen.friend_id is None

    def _chosen(self) -> VoucherRow | None:
        """The card that will be used, None without."""
        wanted = self.card.value()
        return next((row for row in self._held if row.id == wanted), None)

    def _offer(self, usable: Sequence[GrantRow]) -> None:
        assert self.grant is not None
        choices = [(each.id, _service_words(each)) for each in usable]
        self.service.blockSignals(True)
        if choices != self._choices:  # the same ones stay, and with them the letters typed so far
            self._choices = choices
            self.service.set_choices(choices)
        self.service.choose(self.grant.id)
        self.service.blockSignals(False)
        self.form.show_row(self.service_field, len(usable) > 1)

    def _offer_cards(self) -> None:
        assert self.grant is not None
        db, today = self._context.db, self._context.today()
        found = held(db, self.grant, today)
        self._held = [voucher(db, each.voucher_id) for each in found]
        # what is the person's own comes first: a friend's card is used by choosing it
        self._held.sort(key=lambda row: row.friend_id is not None)
        choices: list[tuple[Any, str]] = [(row.id, held_words(row)) for row in self._held]
        if self._free() or not self._held:
            choices.insert(0, (None, tr("不用卡")))
        elif self._held[0].friend_id is not None:
            choices.insert(0, (None, tr("请扫卡，或选一张")))
        self.card.blockSignals(True)
        self.card.set_choices(choices)
        self.card.blockSignals(False)
        self.form.show_row(self.card_field, bool(self._held))
        self._card_chosen()

    def start(self) -> None:
        """The keyboard goes to the choice of services, or with one only to the beneficiary; Enter
        alone means the person."""
        if self.service.count() > 1:
            self.service.setFocus()
        else:
            (self.card if self._held else self.whom).setFocus()

    def submit(self) -> None:
        """Note the use."""
        if self.grant is None:
            return
        if self.card.value() is None and self._held and not self._free():
            self.card_field.refuse(tr("剩下的次数都已转赠成卡。请扫朋友的卡，或选一张卡。"))
            return
        lacking = self._card_lacking()
        if lacking:
            self.checked_field.refuse(lacking)
            return
        result = self._context.alerts.run(self._use)
        if result is None:
            return
        self._op = uuid4()
        parts = [
            tr("已登记使用：{name}，还剩 {n} 次。").format(name=self.grant.name, n=result.left)
        ]
        if result.registration_waived:
            parts.append(tr("受益人是新诊：免挂号费。"))
        self._context.alerts.banner("".join(parts), "success")
        self._empty()
        self.done.emit()

    def take_card(self, *_: object) -> None:
        """领卡: one piece on a voucher; a card is shown to be printed."""
        if self.grant is None:
            return
        context = self._context
        done = context.alerts.run_command(
            claim_voucher, context.session.once(self._op), grant_id=self.grant.id
        )
        if done is None:
            return
        self._op = uuid4()
        row = voucher(context.db, done.voucher_id)
        words = tr("已领取：{service}，卡号 {number}，{end}。用的时候才扣次数。")
        sentence = words.format(service=row.service, number=row.number, end=end_words(row))
        context.alerts.banner(sentence, "success")
        self.done.emit()
        if row.mode == "card":
            show_paper(context, self.window(), row.id)

    def pass_on(self, *_: object) -> None:
        """转赠: to whom, and what follows, in a dialog."""
        from ui.dialogs.pledge import PledgeDialog

        if self.grant is None:
            return
        dialog = PledgeDialog(self._context, self.window(), self.grant, self._chosen())
        dialog.pledged.connect(self.done)
        dialog.open()

    def _card_lacking(self) -> str:
        """Said below the field before the service refuses it: a transfer against the card."""
        self.checked_field.clear_error()
        if self.whom.person_id is None or not self._asks_for_card():
            return ""
        if self.checked.value() != "card":
            return tr("转给他人要凭会员卡。刷卡或核对卡号后，这里选“刷会员卡”。")
        return ""

    def _asks_for_card(self) -> bool:
        return (
            self.grant is not None
            and self._benefit is not None
            and asks_for_card(self._benefit, self.grant)
        )

    def _use(self) -> Any:
        assert self.grant is not None
        if self.whom.value() and self.whom.person_id is None:
            raise RuleError(tr("还没有选定受益人。输入后按 Enter 从结果里选，本人使用请清空。"))
        several = self._free() > 1 and self.card.value() is None
        return use_service(
            self._context.session.once(self._op),
            grant_id=self.grant.id,
            voucher_id=self.card.value(),
            beneficiary_id=self.whom.person_id,
            doctor_id=self.doctor.value(),
            bill_number=self.bill.value(),
            quantity=self.times.count() if several else 1,
            checked=self.checked.value(),
        )

    def _empty(self) -> None:
        self.whom.set_person(None)
        self.bill.clear()
        self.checked.setCurrentIndex(0)
        self.checked_field.clear_error()
        self.times.setText("1")
        self.card.setCurrentIndex(0)

    def _service_chosen(self, *_: object) -> None:
        if self.service.value() is not None:
            self.picked.emit(self.service.value())

    def _scanned(self, number: str) -> None:
        """A card of this service is chosen, to be used by Enter; another one is looked up."""
        row = next((row for row in self._held if row.number == number), None)
        if row is not None:
            self.card.choose(row.id)
            self.card.setFocus()
            return
        from ui.dialogs.vouchers import VouchersDialog

        dialog = VouchersDialog(self._context, self.window(), self._context.person_id, number)
        dialog.finished.connect(self._left_cards)
        dialog.open()

    def _left_cards(self, *_: object) -> None:
        self.done.emit()

    def _card_chosen(self, *_: object) -> None:
        """A card that was passed on is its holder's: nobody else is asked for."""
        self.card_field.clear_error()
        if self.grant is None or self._benefit is None:
            return
        row = self._chosen()
        given = row is not None and row.friend_id is not None
        if given:
            self.whom.set_person(None)
        self.form.show_row(self.whom_field, not given)
        self.form.show_row(self.checked_field, not given)
        self.form.show_row(self.times_field, self._free() > 1 and row is None)
        to_give = passes_on(self._benefit) and self._to_give()
        self.give.setEnabled(to_give and self._may("voucher.pledge"))
        self._say_facts()

    def _may(self, right: str) -> bool:
        session = self._context.signed_in.session
        return session is not None and may(session.actor.role, right)

    def _beneficiary_chosen(self, hit: object) -> None:
        self._say_facts()
        if hit is not None:
            self.bill.setFocus()

    def _say_facts(self, *_: object) -> None:
        if self.grant is None or self._benefit is None:
            return
        text = tr("还剩 {left} 次，共 {all} 次。").format(
            left=max(self.grant.left, 0), all=self.grant.quantity
        )
        if self._held:
            text += tr("其中 {n} 次已领成卡，用的时候才扣。").format(n=len(self._held))
        row = self._chosen()
        if row is not None and row.friend_id is not None:
            text += tr("这张卡已转赠，使用记在受赠人名下；受赠人若是新诊，免挂号费。")
        elif self.whom.person_id is not None:
            text += tr("使用记在受益人名下；受益人若是新诊，免挂号费。")
        self.facts.setText(text + _transfer_words(self._benefit, self._asks_for_card()))


def _service_words(grant: GrantRow) -> str:
    return f"{grant.name} · " + tr("剩 {n}").format(n=max(grant.left, 0))


def _transfer_words(benefit: Benefit, card: bool) -> str:
    """Who but the member may have it, and what that needs (R168)."""
    if benefit.beneficiary == "family":
        return tr("只给会员的家人。")
    if not passes_on(benefit):
        return tr("只限会员本人使用。")
    return tr("转给他人要凭会员卡。") if card else ""


class CouponCard(Card):
    """A coupon is used while money is received: Enter leads there."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.facts = label("")
        self.go = button(tr("去登记消费  Enter"), "primary")
        self.body.addWidget(self.facts)
        self.body.addLayout(button_row(self.go))
        self.body.addStretch(1)
        self.submitted.connect(self.wanted)
        self.go.clicked.connect(self.wanted)

    def load(self, grant: GrantRow) -> None:
        """Say what the coupon is worth and where it is used."""
        self.heading.setText(tr("券 · {name}").format(name=grant.name))
        text = tr("每张抵 ¥{yuan}，还剩 {n} 张。收费时在“更多项目”里选这张券，不找零，不积分。")
        self.facts.setText(text.format(yuan=yuan(grant.value_fen), n=max(grant.left, 0)))
        self.go.setEnabled(grant.left > 0)

    def start(self) -> None:
        """The keyboard goes to the button."""
        self.go.setFocus()
