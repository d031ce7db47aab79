"""What a receipt may say beyond its amount: date, doctor, insured part, case, payer, note."""

from __future__ import annotations

import uuid
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from services.clock import days_between
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import BACKDATED_DAYS
from services.loyalty.receipt_list import list_cases
from services.loyalty.receipts import open_case
from services.money import yuan
from services.people.records import list_doctors
from ui.context import UiContext
from ui.forms import ChoiceBox, DateEdit, Field, MoneyEdit, TextEdit, plain
from ui.theme import GAP
from ui.widgets.person_picker import PersonPicker

NEW_CASE = -1


class ReceiptDetails(QWidget):
    """Four rows of two. `values()` answers them as `post_receipt` wants them."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.day = DateEdit(tr("今天"))
        self.doctor = ChoiceBox()
        self.billed, self.discount = MoneyEdit(tr("同实收")), MoneyEdit("0")
        self.insured = MoneyEdit("0")
        self.case = ChoiceBox()
        self.case_name = TextEdit(tr("疗程名称，回车建立"))
        self.patient = PersonPicker(context, tr("就是这位"))
        self.note = TextEdit(tr("选填"))
        self.reason = TextEdit(tr("为什么补登"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        self.day_field = self._add(tr("日期"), self.day, 0, 0)
        self._add(tr("医生"), self.doctor, 0, 2)
        self.billed_field = self._add(tr("应收"), self.billed, 1, 0)
        self.discount_field = self._add(tr("折扣"), self.discount, 1, 2)
        self.insured_field = self._add(tr("医保部分"), self.insured, 2, 0)
        self._add(tr("疗程"), self.case, 2, 2)
        self.patient_field = self._add(tr("就诊人"), self.patient, 3, 0)
        self._add(tr("备注"), self.note, 3, 2)
        self.case_field = self._add(tr("新疗程"), self.case_name, 4, 2)
        self.reason_field = self._add(tr("补登原因"), self.reason, 5, 0, wide=True)
        self._show_row(self.case_field, False)
        self._show_row(self.reason_field, False)
        self._wire()

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
        lines = (self.day, self.billed, self.discount, self.insured, self.note, self.reason)
        for line in lines:
            line.textEdited.connect(self._edited)
            line.returnPressed.connect(self.submitted)
        self.day.editingFinished.connect(self._edited)
        self.patient.chosen.connect(self._edited)
        self.patient.returnPressed.connect(self.submitted)
        self.doctor.activated.connect(self._edited)
        self.case.activated.connect(self._case_chosen)
        self.case_name.returnPressed.connect(self._open_case)

    # --- filling ---

    def load(self) -> None:
        """Offer this clinic's doctors and this person's cases; forget what was typed."""
        db, person_id = self._context.db, self._context.person_id
        doctors = self._context.alerts.run(list_doctors, db) or []
        self.doctor.set_choices([(None, tr("未填")), *((row.id, row.name) for row in doctors)])
        self.doctor.setCurrentIndex(0)
        self._load_cases(None)
        for line in (self.day, self.billed, self.discount, self.insured, self.note, self.reason):
            line.setText("")
        self.case_name.setText("")
        self.patient.set_person(None)
        self.patient.exclude = person_id or 0
        self._show_row(self.case_field, False)
        self._show_row(self.reason_field, False)
        self.clear_errors()

    def _load_cases(self, chosen: int | None) -> None:
        person_id = self._context.person_id
        rows = self._context.alerts.run(list_cases, self._context.db, person_id or 0) or []
        words = tr("{name}(已付 ¥{paid})")
        cases = [(row.id, words.format(name=row.name, paid=yuan(row.paid_fen))) for row in rows]
        self.case.set_choices([(None, tr("不属于疗程")), *cases, (NEW_CASE, tr("新疗程…"))])
        self.case.setCurrentIndex(0)
        if chosen is not None:
            self.case.choose(chosen)

    def _edited(self, *_: object) -> None:
        self._show_row(self.reason_field, self.is_backdated())
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

    def is_backdated(self) -> bool:
        """Whether the date needs a reason and a second person's word (E12)."""
        on = self.occurred_on()
        return on is not None and days_between(on, self._context.today()) > BACKDATED_DAYS

    def values(self) -> dict[str, Any] | None:
        """Keyword arguments for `post_receipt`; None after saying below a field what is wrong."""
        self.clear_errors()
        found: dict[str, Any] = {}
        try:
            field = self.day_field
            found["occurred_on"] = self.day.day_or_none()
            for name, money, line in (
                ("billed_fen", self.billed_field, self.billed),
                ("discount_fen", self.discount_field, self.discount),
                ("insured_fen", self.insured_field, self.insured),
            ):
                field = money
                if line.value():
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
        except RuleError as refused:
            field.refuse(refused.sentence)
            return None
        found["patient_id"] = self.patient.person_id
        found["doctor_id"] = self.doctor.value()
        found["case_id"] = self.case_id()
        found["reason"], found["note"] = self.reason.value(), self.note.value()
        return found
