"""What a receipt may say beyond its amount: date, doctor, payment, items with their member prices,
insured part, points and coupons, case, patient, note."""

from __future__ import annotations

import uuid
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from services.clock import days_between
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.bill import Bill, BillDraft, reckon
from services.loyalty.receipt_checks import BACKDATED_DAYS
from services.loyalty.receipt_list import list_cases
from services.loyalty.receipts import Line, open_case
from services.money import yuan
from services.people.records import list_doctors
from services.programmes.items import PAYMENTS
from ui.context import UiContext
from ui.forms import ChoiceBox, DateEdit, Field, MoneyEdit, TextEdit, plain
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox
from ui.widgets.person_picker import PersonPicker
from ui.widgets.receipt_cover import CouponPart, PointsPart
from ui.widgets.receipt_lines import LineRows

NEW_CASE = -1


class ReceiptDetails(QWidget):
    """Rows of two, and the items across. `values()` answers them as `post_receipt` wants them."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._bill: Bill | None = None
        self.day = DateEdit(tr("今天"))
        self.doctor = ChoiceBox()
        self.payment = LetterBox([("", tr("未填")), *((name, name) for name in PAYMENTS)])
        self.case = ChoiceBox()
        self.case_name = TextEdit(tr("疗程名称，回车建立"))
        self.items = LineRows()
        self.billed, self.discount = MoneyEdit(), MoneyEdit("0")
        self.insured = MoneyEdit("0")
        self.patient = PersonPicker(context, tr("就是这位"))
        self.points = PointsPart(context)
        self.coupons = CouponPart(context)
        self.note = TextEdit(tr("选填"))
        self.reason = TextEdit(tr("为什么补登"))
        self._grid = QGridLayout(self)
        self._build()
        self._wire()

    def _build(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        self.day_field = self._add(tr("日期"), self.day, 0, 0)
        self._add(tr("医生"), self.doctor, 0, 2)
        self._add(tr("支付方式"), self.payment, 1, 0)
        self._add(tr("疗程"), self.case, 1, 2)
        self.case_field = self._add(tr("新疗程"), self.case_name, 2, 2)
        self._add(tr("项目"), self.items, 3, 0, wide=True)
        self.billed_field = self._add(tr("应收"), self.billed, 4, 0)
        self.discount_field = self._add(tr("折扣"), self.discount, 4, 2)
        self.insured_field = self._add(tr("医保部分"), self.insured, 5, 0)
        self.patient_field = self._add(tr("就诊人"), self.patient, 5, 2)
        self.points_field = self._add(tr("积分抵现"), self.points, 6, 0, wide=True)
        self.coupons_field = self._add(tr("券"), self.coupons, 7, 0, wide=True)
        self._add(tr("备注"), self.note, 8, 0, wide=True)
        self.reason_field = self._add(tr("补登原因"), self.reason, 9, 0, wide=True)
        for field in (self.case_field, self.reason_field, self.points_field, self.coupons_field):
            self._show_row(field, False)

    def _add(
        self, title: str, control: QWidget, row: int, column: int, *, wide: bool = False
    ) -> Field:
        words = QLabel(title)
        words.setBuddy(control)
        words.setMinimumHeight(32)
        words.setFixedWidth(8 * GAP)
        words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        control.setAccessibleName(plain(title))
        control.setMinimumWidth(80)
        field = Field(control)
        field.title = words  # type: ignore[attr-defined]
        self._grid.addWidget(words, row, column, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(field, row, column + 1, 1, 3 if wide else 1)
        return field

    def _show_row(self, field: Field, shown: bool) -> None:
        field.setVisible(shown)
        field.title.setVisible(shown)  # type: ignore[attr-defined]

    def _wire(self) -> None:
        for line in self._texts():
            line.textEdited.connect(self._edited)
            line.returnPressed.connect(self.submitted)
        self.patient.chosen.connect(self._edited)
        self.patient.returnPressed.connect(self.submitted)
        self.doctor.activated.connect(self._edited)
        self.payment.currentIndexChanged.connect(self._edited)
        self.case.activated.connect(self._case_chosen)
        self.case_name.returnPressed.connect(self._open_case)
        for part in (self.items, self.points, self.coupons):
            part.changed.connect(self._edited)
            part.submitted.connect(self.submitted)

    def _texts(self) -> tuple[TextEdit, ...]:
        return (self.day, self.billed, self.discount, self.insured, self.note, self.reason)

    # --- filling ---

    def load(self) -> None:
        """Offer this clinic's doctors and this person's cases; forget what was typed."""
        db, person_id = self._context.db, self._context.person_id
        self.blockSignals(True)
        doctors = self._context.alerts.run(list_doctors, db) or []
        self.doctor.set_choices([(None, tr("未填")), *((row.id, row.name) for row in doctors)])
        self.doctor.setCurrentIndex(0)
        self.payment.setCurrentIndex(0)
        self._load_cases(None)
        for line in self._texts():
            line.setText("")
        self.case_name.setText("")
        self.items.clear()
        self.patient.set_person(None)
        self.patient.exclude = person_id or 0
        self._show_row(self.case_field, False)
        self._show_row(self.reason_field, False)
        self.points.points.setText("")
        self.coupons.clear()
        self.offer()
        self.clear_errors()
        self.blockSignals(False)

    def offer(self) -> None:
        """Read again which points and coupons the open person could pay with, unless some are
        typed already."""
        if self.points.points.value() or not self.coupons.is_empty():
            return
        self._show_row(self.points_field, self.points.load())
        self._show_row(self.coupons_field, self.coupons.load())
        self._reckon()

    def begin(self, doctor_id: int | None, item_class: str) -> None:
        """What is known of a visit that ends; with an item the keyboard goes to its price."""
        self.doctor.choose(doctor_id)
        if item_class:
            self.items.begin(item_class)

    def start_coupons(self) -> None:
        """The keyboard goes to the coupons."""
        self.coupons.start()

    def _load_cases(self, chosen: int | None) -> None:
        person_id = self._context.person_id
        rows = self._context.alerts.run(list_cases, self._context.db, person_id or 0) or []
        cases = [(row.id, f"{row.name} ¥{yuan(row.paid_fen)}") for row in rows]
        self.case.set_choices([(None, tr("不属于疗程")), *cases, (NEW_CASE, tr("新疗程…"))])
        self.case.setCurrentIndex(0)
        if chosen is not None:
            self.case.choose(chosen)

    def _edited(self, *_: object) -> None:
        self._show_row(self.reason_field, self.is_backdated())
        self._reckon()
        self.changed.emit()

    def _case_chosen(self, *_: object) -> None:
        fresh = self.case.value() == NEW_CASE
        self._show_row(self.case_field, fresh)
        if fresh:
            self.case_name.setFocus()
        self.changed.emit()

    def _open_case(self) -> None:
        context = self._context
        made = context.alerts.run_command(
            open_case,
            context.session.once(uuid.uuid4()),
            person_id=context.person_id or 0,
            name=self.case_name.value(),
        )
        if made is not None:
            self._load_cases(made.case_id)
            self.case_name.setText("")
            self._show_row(self.case_field, False)
            self.case.setFocus()
            self.changed.emit()

    # --- the bill ---

    @property
    def bill(self) -> Bill | None:
        """What the items, points and coupons come to; None while nothing of it was typed."""
        return self._bill

    def _draft(self) -> BillDraft:
        return BillDraft(
            lines=self.items.lines(),
            billed_fen=self.billed.fen_or_none(),
            discount_fen=self.discount.fen_or_none(),
            insured_fen=self.insured.fen_or_none() or 0,
            points=self.points.count_or_none(),
            programme_id=self.points.programme_id(),
            coupon_ids=self.coupons.ids_or_none(),
            patient_id=self.patient.person_id,
            occurred_on=self.occurred_on(),
        )

    def _reckon(self) -> None:
        """Work out the bill anew and show the prices beside the items."""
        context, draft = self._context, self._draft()
        asked = bool(draft.lines or draft.points or draft.coupon_ids)
        self._bill = None
        if context.person_id is not None and (asked or draft.billed_fen is not None):
            self._bill = context.alerts.run(
                reckon, context.db, context.today(), context.person_id, draft
            )
        bill = self._bill
        quote = None if bill is None else bill.quote
        self.items.show_quote(quote)
        self.points.show_bill(bill)
        self.coupons.show_bill(bill)
        self.billed.setEnabled(quote is None)
        self.billed.setPlaceholderText(yuan(quote.list_fen) if quote else tr("同实收"))
        self.discount.setPlaceholderText(yuan(quote.discount_fen) if quote else "0")

    # --- reading ---

    def clear_errors(self) -> None:
        """Forget every refusal."""
        for field in self._fields():
            field.clear_error()

    def _fields(self) -> tuple[Field, ...]:
        return (
            self.day_field,
            self.billed_field,
            self.discount_field,
            self.insured_field,
            self.patient_field,
            self.case_field,
            self.reason_field,
            self.points.field,
        )

    def occurred_on(self) -> str | None:
        """The date typed; None for today or while it is no date yet."""
        try:
            return self.day.day_or_none()
        except RuleError:
            return None

    def case_id(self) -> int | None:
        """The chosen case."""
        value = self.case.value()
        return value if value and value > 0 else None

    def foresight(self) -> dict[str, Any]:
        """Keyword arguments for `preview_receipt`."""
        return {
            "occurred_on": self.occurred_on(),
            "case_id": self.case_id(),
            "lines": tuple((line.item_class, line.list_fen) for line in self.items.lines()),
            "payment": self.payment.value(),
        }

    def is_backdated(self) -> bool:
        """Whether the date needs a reason and a second person's word (E12)."""
        on = self.occurred_on()
        return on is not None and days_between(on, self._context.today()) > BACKDATED_DAYS

    def values(self) -> dict[str, Any] | None:
        """Keyword arguments for `post_receipt`; None after saying below a field what is wrong."""
        self.clear_errors()
        found: dict[str, Any] = {}
        field = self.day_field
        try:
            found["occurred_on"] = self.day.day_or_none()
            for name, money, line in (
                ("billed_fen", self.billed_field, self.billed),
                ("discount_fen", self.discount_field, self.discount),
                ("insured_fen", self.insured_field, self.insured),
            ):
                field = money
                if line.value() and line.isEnabled():
                    found[name] = line.fen()
            field = self.patient_field
            if self.patient.value() and self.patient.person_id is None:
                raise RuleError(tr("请从查找结果里选一位就诊人，或清空。"))
            field = self.case_field
            if self.case.value() == NEW_CASE:
                raise RuleError(tr("请填写疗程名称，按回车建立。"))
            field = self.reason_field
            if self.is_backdated() and not self.reason.value():
                raise RuleError(tr("补登 {n} 天以前的消费，请填写原因。").format(n=BACKDATED_DAYS))
            field = self.points.field
            self.points.count()
        except RuleError as refused:
            field.refuse(refused.sentence)
            return None
        if self.items.refuse_half() or not self._covered():
            return None
        found["patient_id"] = self.patient.person_id
        found["doctor_id"] = self.doctor.value()
        found["case_id"] = self.case_id()
        found["reason"], found["note"] = self.reason.value(), self.note.value()
        return found | self._bill_values()

    def _covered(self) -> bool:
        """Whether points and coupons can pay what was typed; says below the field when not."""
        bill = self._bill
        try:
            self.coupons.ids()
        except RuleError as refused:
            self.coupons.say(refused.sentence)
            self.coupons.start()
            return False
        if bill is None:
            return True
        if bill.billed_problem:
            self.billed_field.refuse(bill.billed_problem)
        elif bill.points_problem:
            self.points.field.refuse(bill.points_problem)
        elif bill.coupon_problem:
            self.coupons.start()
        else:
            return True
        return False

    def _bill_values(self) -> dict[str, Any]:
        found: dict[str, Any] = {"payment": self.payment.value()}
        bill = self._bill
        if bill is None:
            return found
        if bill.quote is not None:
            found["lines"] = tuple(
                Line(each.line.item_class, each.line.item, each.line.list_fen)
                for each in bill.quote.lines
            )
            found["discount_fen"] = bill.discount_fen
        if bill.points:
            found["points_used"] = bill.points
            found["programme_id"] = self.points.programme_id()
        found["coupon_ids"] = self.coupons.ids()
        return found
