"""The cards that use a service or lead a coupon to its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal

from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of
from services.loyalty.service_use import use_service
from services.money import yuan
from services.people.records import list_doctors
from services.programmes.definition import Benefit
from ui.context import UiContext
from ui.forms import TextEdit, button, button_row, label
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import Card, CountEdit, LetterBox, RightNote, RowForm, checks
from ui.widgets.person_picker import PersonPicker


class UseCard(Card):
    """Use a service for the person or somebody else: letters choose it, Enter notes the use.

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
        self._op = uuid4()
        self.note = RightNote(context)
        self.service = LetterBox()
        self.whom = PersonPicker(context, tr("空着 = 本人；转赠时查找受益人"))
        self.doctor = LetterBox()
        self.bill = TextEdit(tr("收费处划价单号，可不填"))
        self.checked = LetterBox(checks())
        self.times = CountEdit()
        self.form = RowForm()
        self.service_field = self.form.add(tr("服务(&V)"), self.service)
        self.form.add(tr("受益人(&W)"), self.whom)
        self.form.add(tr("医生(&D)"), self.doctor)
        self.form.add(tr("划价单号(&K)"), self.bill)
        self.checked_field = self.form.add(tr("核验(&Y)"), self.checked)
        self.times_field = self.form.add(tr("次数(&N)"), self.times)
        self.facts = label("", "muted")
        self.use = button(tr("登记使用  Enter"), "primary")
        self.body.addWidget(self.note)
        self.body.addWidget(scrolling(self.form, self.facts), 1)
        self.body.addLayout(button_row(self.use))
        self.submitted.connect(self.submit)
        self.use.clicked.connect(self.submit)
        self.service.currentIndexChanged.connect(self._service_chosen)
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
        doctors: list[tuple[Any, str]] = [(None, tr("未指定"))]
        doctors += [(row.id, row.name) for row in list_doctors(self._context.db)]
        self.doctor.set_choices(doctors)
        self.form.show_row(self.times_field, grant.left > 1)
        self._say_facts()

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

    def start(self) -> None:
        """The keyboard goes to the choice of services, or with one only to the beneficiary; Enter
        alone means the person."""
        (self.service if self.service.count() > 1 else self.whom).setFocus()

    def submit(self) -> None:
        """Note the use."""
        if self.grant is None:
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

    def _card_lacking(self) -> str:
        """Said below the field before the service refuses it: a transfer against the card."""
        self.checked_field.clear_error()
        asked = self._benefit is not None and self._benefit.card_required
        if asked and self.whom.person_id is not None and self.checked.value() != "card":
            return tr("转给他人要凭会员卡。刷卡或核对卡号后，这里选“刷会员卡”。")
        return ""

    def _use(self) -> Any:
        assert self.grant is not None
        if self.whom.value() and self.whom.person_id is None:
            raise RuleError(tr("还没有选定受益人。输入后按 Enter 从结果里选，本人使用请清空。"))
        return use_service(
            self._context.session.once(self._op),
            grant_id=self.grant.id,
            beneficiary_id=self.whom.person_id,
            doctor_id=self.doctor.value(),
            bill_number=self.bill.value(),
            quantity=self.times.count() if self.grant.left > 1 else 1,
            checked=self.checked.value(),
        )

    def _empty(self) -> None:
        self.whom.set_person(None)
        self.bill.clear()
        self.checked.setCurrentIndex(0)
        self.checked_field.clear_error()
        self.times.setText("1")

    def _service_chosen(self, *_: object) -> None:
        if self.service.value() is not None:
            self.picked.emit(self.service.value())

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
        if self.whom.person_id is not None:
            text += tr("使用记在受益人名下；受益人若是新诊，免挂号费。")
        self.facts.setText(text + _transfer_words(self._benefit))


def _service_words(grant: GrantRow) -> str:
    return f"{grant.name} · " + tr("剩 {n}").format(n=max(grant.left, 0))


def _transfer_words(benefit: Benefit) -> str:
    """Who but the member may have it, and what that needs (R168)."""
    if benefit.beneficiary == "family":
        return tr("只给会员的家人。")
    if benefit.beneficiary == "self" or not benefit.transferable:
        return tr("只限会员本人使用。")
    return tr("转给他人要凭会员卡。") if benefit.card_required else ""


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
