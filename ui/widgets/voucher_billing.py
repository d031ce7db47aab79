"""划价: what waits for a bill, what has one, and who bears what this month (R142, R145)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.clock import plus_days
from services.errors import RuleError
from services.i18n import tr
from services.money import yuan
from services.people.privacy import mask_name
from services.people.records import list_doctors
from services.vouchers.billing import (
    LIMIT,
    BillableUse,
    Borne,
    bill_use,
    billed,
    borne,
    take_back_bill,
    unbilled,
)
from services.vouchers.bills import BEARERS, bearer_title
from ui.context import UiContext
from ui.forms import MoneyEdit, TextEdit, button, button_row, label
from ui.looking import Looking
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import Card, LetterBox, RightNote, RowForm, Switch, key_button

WAITING, DONE = "waiting", "done"
THIS, LAST = "this", "last"
CARD_WIDTH = 400
SUMS_WIDTH = 344
YEAR = 366  # days; what is older stands in the report


@dataclass(frozen=True)
class _Billing:
    """What was read: uses that wait for a bill or have one, and who bears what in a month."""

    waiting: bool
    month: str
    uses: list[BillableUse]
    sums: list[Borne]

    def title(self) -> str:
        """How many there are, and what Enter does."""
        words = tr("{month} 已划价 {n} 次。Enter 更正或撤回。")
        if self.waiting:
            words = tr("近一年未划价 {n} 次，最早的在最上面。Enter 划价。")
            if len(self.uses) >= LIMIT:
                words = tr("近一年未划价 {n} 次以上，先列最早的。Enter 划价。")
        return words.format(n=len(self.uses), month=self.month)


def _read(waiting: bool, since: str, days: tuple[str, str], db: Any) -> _Billing:
    """On another thread."""
    uses = unbilled(db, since) if waiting else billed(db, *days, LIMIT)
    return _Billing(waiting, days[0][:7], uses, borne(db, *days))


class BillingPage(QWidget):
    """The uses at the left, the card at the right; number, Enter, and the next use is there."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("划价"))
        self.which = Switch(
            tr("看哪些使用"), [(WAITING, tr("未划价(&U)")), (DONE, tr("已划价(&I)"))]
        )
        self.month = Switch(tr("哪个月"), [(THIS, tr("本月(&E)")), (LAST, tr("上月(&G)"))])
        self.title = label("", "subheading")
        self.uses = uses_table(context.settings)
        self.sums_title = label("", "muted")
        self.sums = sums_table(context.settings)
        self.card = BillCard(context)
        self.card.setFixedWidth(CARD_WIDTH)
        self._beside = Looking(context, self._show_read, self)
        self._build()
        self.which.choose(WAITING)
        self.month.choose(THIS)
        self.which.chosen.connect(self._turn)
        self.month.chosen.connect(self._turn)
        self.uses.current_row_changed.connect(self._show)
        self.uses.activated_row.connect(self._enter)
        self.card.done.connect(self._posted)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.which, 1)
        head.addWidget(self.month)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addLayout(head)
        left.addWidget(self.title)
        left.addWidget(self.uses, 1)
        left.addWidget(self.sums_title)
        left.addWidget(self.sums)
        right = QVBoxLayout()
        right.addWidget(self.card)
        right.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addLayout(right)

    def refresh(self) -> None:
        """Read again what is shown, beside the window: what was billed is passed over on the way to
        what was not."""
        waiting = self.which.value() == WAITING
        since = plus_days(self.context.today(), -YEAR)
        self._beside.look(partial(_read, waiting, since, self._days()))

    def _show_read(self, found: _Billing) -> None:
        self.title.setText(found.title())
        self.uses.set_rows(found.uses)
        self.uses.select_first()
        if not found.uses:
            self._show(None)
        total = sum(row.amount_fen for row in found.sums)
        words = tr("{month} 成本承担，共 ¥{yuan}")
        self.sums_title.setText(words.format(month=found.month, yuan=yuan(total)))
        self.sums.set_rows(found.sums)

    def first_focus(self) -> QWidget:
        """The list in which Enter bills."""
        self.uses.select_first()
        return self.uses

    def go_back(self) -> bool:
        """Esc: from the card to the list."""
        focus = self.focusWidget()
        if focus is not None and self.card.isAncestorOf(focus):
            self.uses.setFocus()
            return True
        return False

    def _days(self) -> tuple[str, str]:
        """The first and last day of the month that is shown."""
        first = self.context.today()[:8] + "01"
        if self.month.value() == THIS:
            return first, self.context.today()
        last = plus_days(first, -1)
        return last[:8] + "01", last

    def _turn(self, *_: object) -> None:
        self.context.alerts.run(self.refresh)
        self.first_focus().setFocus()

    def _show(self, row: BillableUse | None) -> None:
        self.card.load(row)

    def _enter(self, row: BillableUse) -> None:
        self.card.load(row)
        self.card.start()

    def _posted(self) -> None:
        """The next use is at hand; the hand stays in the card while uses wait."""
        posted, rows = self.card.row, self.uses.rows()
        if self.which.value() == WAITING and posted is not None:
            self.uses.set_rows([row for row in rows if row.use_id != posted.use_id])
            self.uses.select_first()
        self.refresh()
        if self.which.value() == WAITING and self.uses.rows():
            self.card.start()
        else:
            self.first_focus().setFocus()


class BillCard(Card):
    """The number of the bill, what it comes to, who bears it; Enter posts."""

    done = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__(tr("划价"))
        self._context = context
        self.row: BillableUse | None = None
        self._op = uuid4()
        self.note = RightNote(context)
        self.facts = label("", "muted")
        self.number = TextEdit(tr("收费处的单号"))
        self.amount = MoneyEdit()
        self.bearer = LetterBox([(each, bearer_title(each)) for each in BEARERS])
        self.doctor = LetterBox()
        self.reason = TextEdit(tr("为什么更正或撤回"))
        self.form = RowForm()
        self.number_field = self.form.add(tr("划价单号(&K)"), self.number)
        self.amount_field = self.form.add(tr("金额(&A)"), self.amount)
        self.form.add(tr("成本承担(&B)"), self.bearer)
        self.doctor_field = self.form.add(tr("医生(&D)"), self.doctor)
        self.reason_field = self.form.add(tr("原因(&W)"), self.reason)
        self.post = button(tr("划价  Enter"), "primary")
        self.take_back = key_button(tr("撤回划价(&T)"))
        self.body.addWidget(self.note)
        self.body.addWidget(self.facts)
        self.body.addWidget(self.form)
        self.body.addLayout(button_row(self.post, left=(self.take_back,)))
        self.submitted.connect(self.submit)
        self.post.clicked.connect(self.submit)
        self.take_back.clicked.connect(self.undo)
        self.bearer.currentIndexChanged.connect(self._bearer_chosen)

    def load(self, row: BillableUse | None) -> None:
        """Show a use; what was typed stays while it is the same one."""
        allowed = self.note.check("service.bill")
        same = row is not None and self.row is not None and row.use_id == self.row.use_id
        again = same and row is not None and self.row is not None and row == self.row
        self.row = row
        for widget in (self.form, self.post, self.take_back):
            widget.setEnabled(row is not None and allowed)
        if row is None:
            self.facts.setText(tr("没有选中的使用。"))
            self.take_back.hide()
            return
        if again:
            return
        self._op = uuid4()
        doctors: list[tuple[Any, str]] = [(None, tr("未指定"))]
        doctors += [(d.id, d.name) for d in list_doctors(self._context.db, everybody=True)]
        self.doctor.set_choices(doctors)
        self._fill(row)

    def _fill(self, row: BillableUse) -> None:
        self.form.clear_errors()
        billed_already = bool(row.billed_on)
        self.heading.setText(
            (tr("更正划价 · {name}") if billed_already else tr("划价 · {name}")).format(
                name=row.service
            )
        )
        self.post.setText(tr("更正  Enter") if billed_already else tr("划价  Enter"))
        self.number.setText(row.bill_number)
        self.amount.setText("")
        if row.amount_fen or billed_already:
            self.amount.set_fen(row.amount_fen)
        self.bearer.choose(row.borne_by)
        self.doctor.choose(row.doctor_id)
        self.reason.clear()
        self.form.show_row(self.reason_field, billed_already)
        self.take_back.setVisible(billed_already)
        self._bearer_chosen()
        words = tr("{day} {owner} → {beneficiary}，{n} 次，{staff} 登记。")
        self.facts.setText(
            words.format(
                day=row.occurred_on,
                owner=mask_name(row.owner_name),
                beneficiary=_beneficiary(row),
                n=row.quantity,
                staff=row.staff,
            )
        )

    def start(self) -> None:
        """The keyboard goes to the number."""
        self.number.setFocus()
        self.number.selectAll()

    def submit(self) -> None:
        """Post the bill, or go where something is missing."""
        if self.row is None:
            return
        self.form.clear_errors()
        if not self.number.value():
            self.number_field.refuse(tr("请填写收费处的划价单号。"))
            return
        try:
            fen = self.amount.fen()
        except RuleError as refused:
            if self.amount.value():
                self.amount_field.refuse(refused.sentence)
            else:
                self.amount_field.refuse(tr("请填写划价金额，不收费的填 0。"))
            return
        if self.bearer.value() == "doctor" and self.doctor.value() is None:
            self.doctor_field.mark_wrong(tr("由医生承担的，请选是哪位医生。"))
            self.doctor.setFocus()
            return
        if self.row.billed_on and not self.reason.value():
            self.reason_field.refuse(tr("请写明更正的原因。"))
            return
        row = self.row
        done = self._context.alerts.run_command(
            bill_use,
            self._context.session.once(self._op),
            use_id=row.use_id,
            bill_number=self.number.value(),
            amount_fen=fen,
            borne_by=self.bearer.value(),
            doctor_id=self.doctor.value(),
            note=self.reason.value(),
        )
        if done is not None:
            words = tr("已划价：{service}，单号 {number}，¥{yuan}，{bearer}承担。")
            sentence = words.format(
                service=row.service,
                number=self.number.value(),
                yuan=yuan(fen),
                bearer=self.bearer.currentText(),
            )
            self._context.alerts.banner(sentence, "success")
            self.done.emit()

    def undo(self, *_: object) -> None:
        """Take the bill back."""
        if self.row is None:
            return
        if not self.reason.value():
            self.reason_field.refuse(tr("请写明撤回的原因。"))
            return
        session = self._context.session.once(self._op)
        done = self._context.alerts.run_command(
            take_back_bill, session, use_id=self.row.use_id, note=self.reason.value()
        )
        if done is not None:
            words = tr("已撤回划价：{service}，回到“未划价”。")
            self._context.alerts.banner(words.format(service=self.row.service), "success")
            self.done.emit()

    def _bearer_chosen(self, *_: object) -> None:
        self.form.show_row(self.doctor_field, self.bearer.value() == "doctor")


def _beneficiary(row: BillableUse) -> str:
    if row.beneficiary_number == row.owner_number:
        return tr("本人")
    return f"{mask_name(row.beneficiary_name)} {row.beneficiary_number}"


def uses_table(settings: QSettings) -> Table:
    """Uses to bill, or billed."""
    columns = [
        Column(tr("日期"), lambda r: r.occurred_on, width=96),
        Column(tr("会员"), lambda r: f"{mask_name(r.owner_name)} {r.owner_number}", width=128),
        Column(tr("受益人"), _beneficiary, width=120),
        Column(tr("服务"), lambda r: r.service, width=168),
        Column(tr("次数"), lambda r: str(r.quantity), sort=lambda r: r.quantity, align="right",
               width=48),
        Column(tr("医生"), lambda r: r.doctor, width=72),
        Column(tr("金额"), _amount, sort=lambda r: r.amount_fen, align="right", width=72),
        Column(tr("承担"), lambda r: bearer_title(r.borne_by), width=56),
        Column(tr("划价单号"), lambda r: r.bill_number, width=136),
    ]  # fmt: skip
    return Table(
        "voucher_uses",
        columns,
        settings,
        title=tr("使用和划价"),
        empty_text=tr(
            "没有使用要列在这里。\n在“领取”页按 F8 登记使用以后，收费处在这里填单号和金额。"
        ),
        key=lambda r: r.use_id,
    )


def _amount(row: BillableUse) -> str:
    return yuan(row.amount_fen) if row.amount_fen or row.billed_on else ""


def sums_table(settings: QSettings) -> Table:
    """Who bears how much."""
    made = Table(
        "voucher_borne",
        [
            Column(tr("承担方"), _who, width=136),
            Column(
                tr("次数"), lambda r: str(r.uses), sort=lambda r: r.uses, align="right", width=72
            ),
            Column(
                tr("金额"),
                lambda r: yuan(r.amount_fen),
                sort=lambda r: r.amount_fen,
                align="right",
                width=112,
            ),
        ],
        settings,
        title=tr("成本承担"),
        empty_text=tr("这个月还没有划价。"),
        key=lambda r: (r.borne_by, r.doctor_id),
    )
    made.setFixedHeight(5 * ROW_HEIGHT)
    made.setFixedWidth(SUMS_WIDTH)
    return made


def _who(row: Borne) -> str:
    if row.borne_by != "doctor":
        return bearer_title(row.borne_by)
    return row.doctor or tr("(没有登记医生)")
