"""The cards beside the lists: hand a gift out, use a service, take something back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal

from services.clock import days_between
from services.errors import RuleError
from services.gifts.handout import COLLECTED, RETURN_DAYS, collected_name, issue_gift, return_gift
from services.gifts.stock import StockRow, stock_levels
from services.i18n import tr
from services.loyalty.grants import GrantRow, use_service, void_use
from services.money import yuan
from services.people.records import list_doctors
from ui.context import UiContext
from ui.forms import ChoiceBox, Form, TextEdit, button, button_row, label
from ui.theme import role_of
from ui.widgets.gift_kit import Card, LetterBox, RightNote, RowForm, key_button
from ui.widgets.gift_lists import PastRow
from ui.widgets.gift_signature import Signature
from ui.widgets.person_picker import PersonPicker


class IssueCard(Card):
    """Which gift, how it is collected, Enter. `fetch` asks for the transfer page with a gift."""

    done = Signal()
    fetch = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.grant: GrantRow | None = None
        self._op = uuid4()
        self._levels: list[StockRow] = []
        self.note = RightNote(context)
        self.gift = LetterBox()
        self.collected = LetterBox([(how, collected_name(how)) for how in COLLECTED])
        self.remark = TextEdit(tr("代领人姓名、邮寄单号等，可不填"))
        form = Form()
        form.add(tr("礼品(&G)"), self.gift, tr("按拼音首字母选，例如 yg"))
        form.add(tr("领取方式(&W)"), self.collected)
        form.add(tr("备注(&K)"), self.remark)
        self.stock = label("")
        self.issue = button(tr("发放  Enter"), "primary")
        self.go_fetch = key_button(tr("去申领(&F)"))
        self.body.addWidget(self.note)
        self.body.addWidget(form)
        self.body.addWidget(self.stock)
        self.body.addLayout(button_row(self.go_fetch, self.issue))
        self.body.addStretch(1)
        self.submitted.connect(self.submit)
        self.issue.clicked.connect(self.submit)
        self.go_fetch.clicked.connect(self._fetch)
        self.gift.currentIndexChanged.connect(self._say_stock)

    def load(self, grant: GrantRow) -> None:
        """Offer the gifts of this grant's value, the best stocked first."""
        if self.grant is None or self.grant.id != grant.id:
            self._op = uuid4()
            self.collected.setCurrentIndex(0)
            self.remark.clear()
        same = self.grant is not None and self.grant.id == grant.id
        chosen = self.gift.value() if same else None
        self.grant = grant
        self.note.check("gift.issue")
        self.heading.setText(tr("发放 · {name}").format(name=grant.name))
        fitting = [row for row in stock_levels(self._context.db) if row.band_fen == grant.value_fen]
        self._levels = sorted(fitting, key=lambda row: (-row.desk, -row.warehouse, row.code))
        self.gift.set_choices([(row.gift_id, _gift_words(row)) for row in self._levels])
        self.gift.setCurrentIndex(0)
        if chosen is not None:
            self.gift.choose(chosen)
        self.issue.setEnabled(bool(self._levels))
        self._say_stock()

    def start(self) -> None:
        """The keyboard goes to the gift."""
        self.gift.setFocus()

    def submit(self) -> None:
        """Hand it out."""
        if self.grant is None or self.gift.value() is None:
            return
        chosen = self._chosen()
        words = chosen.name if chosen is not None else ""
        result = self._context.alerts.run(self._issue)
        if result is None:
            self._say_stock()
            return
        self._op = uuid4()
        sentence = tr("已发放：{gift}。收费室还剩 {n}。请顾客在领取登记表上签字。")
        self._context.alerts.banner(sentence.format(gift=words, n=result.left_in_stock), "success")
        self.done.emit()

    def _issue(self) -> Any:
        assert self.grant is not None
        return issue_gift(
            self._context.session.once(self._op),
            grant_id=self.grant.id,
            gift_id=self.gift.value(),
            collected=self.collected.value(),
            note=self.remark.value(),
        )

    def _chosen(self) -> StockRow | None:
        wanted = self.gift.value()
        return next((row for row in self._levels if row.gift_id == wanted), None)

    def _say_stock(self, *_: object) -> None:
        row = self._chosen()
        self.go_fetch.setVisible(row is not None and row.desk == 0)
        if row is None:
            value = yuan(self.grant.value_fen) if self.grant else ""
            text = tr("礼品目录里没有 {value} 元档的礼品。请市场部在“库存”页新建并入库。")
            self._tell(text.format(value=value), "warning")
        elif row.desk:
            text = tr("收费室 {desk} {unit} · 仓库 {warehouse} {unit}")
            self._tell(text.format(desk=row.desk, unit=row.unit, warehouse=row.warehouse), "muted")
        elif row.warehouse:
            text = tr("⚠ 收费室没有货，仓库有 {n} {unit}。先申领再发放(Alt+F)。")
            self._tell(text.format(n=row.warehouse, unit=row.unit), "warning")
        else:
            text = tr("⚠ 收费室和仓库都没有货，请市场部先申购入库。")
            self._tell(text, "warning")

    def _tell(self, text: str, role: str) -> None:
        self.stock.setText(text)
        role_of(self.stock, role)

    def _fetch(self) -> None:
        if self.gift.value() is not None:
            self.fetch.emit(self.gift.value())


def _gift_words(row: StockRow) -> str:
    name = f"{row.name} {row.spec}".strip()
    return f"{name} · " + tr("收费室 {n}").format(n=row.desk)


class UseCard(Card):
    """Use a service for the person or somebody else: bill number, Enter."""

    done = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.grant: GrantRow | None = None
        self._op = uuid4()
        self.note = RightNote(context)
        self.whom = PersonPicker(context, tr("空着 = 本人；转赠时查找受益人"))
        self.doctor = LetterBox()
        self.bill = TextEdit(tr("收费处划价单号，可不填"))
        form = Form()
        form.add(tr("受益人(&W)"), self.whom)
        form.add(tr("医生(&D)"), self.doctor)
        form.add(tr("划价单号(&K)"), self.bill)
        self.facts = label("", "muted")
        self.use = button(tr("登记使用  Enter"), "primary")
        self.body.addWidget(self.note)
        self.body.addWidget(form)
        self.body.addWidget(self.facts)
        self.body.addLayout(button_row(self.use))
        self.body.addStretch(1)
        self.submitted.connect(self.submit)
        self.use.clicked.connect(self.submit)
        self.whom.chosen.connect(self._beneficiary_chosen)
        self.whom.textEdited.connect(self._say_facts)

    def load(self, grant: GrantRow) -> None:
        """Show what is left of this service."""
        if self.grant is None or self.grant.id != grant.id:
            self._op = uuid4()
            self._empty()
        self.grant = grant
        self.whom.exclude = grant.person_id
        self.note.check("service.use")
        self.heading.setText(tr("使用 · {name}").format(name=grant.name))
        doctors: list[tuple[Any, str]] = [(None, tr("未指定"))]
        doctors += [(row.id, row.name) for row in list_doctors(self._context.db)]
        self.doctor.set_choices(doctors)
        self._say_facts()

    def start(self) -> None:
        """The keyboard goes to the beneficiary; Enter alone means the person."""
        self.whom.setFocus()

    def submit(self) -> None:
        """Note the use."""
        if self.grant is None:
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
        )

    def _empty(self) -> None:
        self.whom.set_person(None)
        self.bill.clear()

    def _beneficiary_chosen(self, hit: object) -> None:
        self._say_facts()
        if hit is not None:
            self.bill.setFocus()

    def _say_facts(self, *_: object) -> None:
        if self.grant is None:
            return
        text = tr("还剩 {left} 次，共 {all} 次。").format(
            left=max(self.grant.left, 0), all=self.grant.quantity
        )
        if self.whom.person_id is not None:
            text += tr("使用记在受益人名下；受益人若是新诊，免挂号费。")
        self.facts.setText(text)


class BackCard(Card):
    """Take a gift back, or a use that was clicked by mistake: a reason, Enter."""

    done = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.row: PastRow | None = None
        self._op = uuid4()
        self.reason = TextEdit(tr("为什么"))
        self.state = ChoiceBox(
            [(True, tr("未拆封，放回收费室")), (False, tr("已拆封或损坏，报损"))]
        )
        form = RowForm()
        form.add(tr("原因(&K)"), self.reason)
        self._state_field = form.add(tr("礼品状态(&W)"), self.state)
        self._form = form
        self.facts = label("", "muted")
        self.take = button("", "primary")
        self.approvers = {
            right: Signature(context, right, tr("会员管理员或院长批准"), tr("批准"))
            for right in ("approve.return", "approve.late_void")
        }
        for widget in (form, self.facts, *self.approvers.values()):
            self.body.addWidget(widget)
        self.body.addLayout(button_row(self.take))
        self.body.addStretch(1)
        self.submitted.connect(self.submit)
        self.take.clicked.connect(self.submit)
        for approver in self.approvers.values():
            approver.signed.connect(self.submit)

    def load(self, row: PastRow) -> None:
        """Ask for the reason and, when it is late, for a manager's word."""
        if self.row is None or self.row.id != row.id:
            self._op = uuid4()
            self.reason.clear()
            self.state.setCurrentIndex(0)
        self.row = row
        gift = row.issue is not None
        title = tr("退回 · {what}") if gift else tr("撤销 · {what}")
        self.heading.setText(title.format(what=row.what))
        self.take.setText(tr("退回  Enter") if gift else tr("撤销  Enter"))
        self.take.setAccessibleName(tr("退回") if gift else tr("撤销"))
        self._form.show_row(self._state_field, gift)
        right = self._needs()
        for name, approver in self.approvers.items():
            approver.setVisible(name == right)
            approver.reset()
            approver.offer()
        self.facts.setText(row.undone or self._facts(right))

    def start(self) -> None:
        """The keyboard goes to the reason."""
        self.reason.setFocus()

    def submit(self, *_: object) -> None:
        """Take it back; a late one first asks the manager for a PIN."""
        if self.row is None:
            return
        right = self._needs()
        if right and self.reason.value() and self.approvers[right].approval is None:
            self.approvers[right].start()
            return
        result = self._context.alerts.run(self._take)
        if result is None:
            return
        self._op = uuid4()
        sentence = (
            tr("已退回：{what}。可以重新发放。") if self.row.issue else tr("已撤销：{what}。")
        )
        self._context.alerts.banner(sentence.format(what=self.row.what), "success")
        self.done.emit()

    def _take(self) -> Any:
        assert self.row is not None
        session = self._context.session.once(self._op)
        right = self._needs()
        approval = self.approvers[right].approval if right else None
        reason = self.reason.value()
        if self.row.issue is not None:
            return return_gift(
                session,
                issue_id=self.row.issue.id,
                sellable=self.state.value(),
                reason=reason,
                approval=approval,
            )
        assert self.row.use is not None
        return void_use(session, use_id=self.row.use.id, reason=reason, approval=approval)

    def _needs(self) -> str:
        """The right a manager has to lend; '' when none is needed."""
        assert self.row is not None
        if self.row.undone:
            return ""
        if self.row.issue is not None:
            days = days_between(self.row.day, self._context.today())
            return "approve.return" if days > RETURN_DAYS else ""
        session = self._context.signed_in.session
        mine = session is not None and self.row.staff == session.actor.name
        return "" if mine and self.row.day == self._context.today() else "approve.late_void"

    def _facts(self, right: str) -> str:
        if right == "approve.return":
            return tr("发出已超过 {n} 天，须由会员管理员或院长批准。").format(n=RETURN_DAYS)
        if right:
            return tr("隔日或他人登记的使用，须由会员管理员或院长批准撤销。")
        return tr("{day} 由 {staff} 登记。").format(day=self.row.day, staff=self.row.staff)  # type: ignore[union-attr]
