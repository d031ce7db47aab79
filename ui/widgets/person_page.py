"""A new person, or a person's record to change: three fields typed, Enter saves."""

from __future__ import annotations

import uuid
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services.i18n import tr
from services.people.enrolment import change_person, enrol, find_duplicates
from services.people.form import FormCheck, PersonForm
from services.people.lunar import LunarDate, lunar_of, set_lunar_birthday
from services.people.privacy import reveal
from services.people.records import person
from ui.context import UiContext
from ui.forms import button, button_row, label
from ui.theme import GAP, role_of
from ui.widgets.alert_chips import AlertChips
from ui.widgets.consents import ConsentBoxes
from ui.widgets.consequences import scrolling
from ui.widgets.enter_key import enter_presses
from ui.widgets.person_fields import PersonFields

SIDE = 376
ENTER_SAVES = (QCheckBox, QComboBox)  # lines of text say so themselves
ENOUGH = 2  # characters of a name before anybody is looked for


class PersonPage(QWidget):
    """`saved(person_id)` after a new or a changed record; `left()` without one."""

    saved = Signal(int)
    left = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.person_id: int | None = None
        self._op, self._lunar_op = uuid.uuid4(), uuid.uuid4()
        self._before: PersonForm | None = None
        self._lunar_before: LunarDate | None = None
        self.heading = label("", "heading")
        self.fields = PersonFields(context)
        self.chips = AlertChips()
        self.alerts_note = label("", "warning")
        self.document = QCheckBox(tr("已核对本人证件"))
        self.document.setAccessibleName(tr("已核对本人证件"))
        self.consents = ConsentBoxes(SIDE - 4 * GAP)
        self.rules = label(
            tr(
                "改姓名、出生日期、证件或手机，须先核对本人证件并勾选；补填空着的项目不必。\n\n"
                "每次修改都留痕：谁、何时、改了哪一项，改前改后遮蔽保存。"
            ),
            "muted",
        )
        self.twins = QListWidget()
        self.twins.setAccessibleName(tr("可能已有档案"))
        self.twins_title = label("", "subheading")
        self.open_button = button(tr("打开已有档案(&U)"))
        self.save_button = button("", "primary")
        self.cancel_button = button(tr("取消  Esc"))
        self._build()
        self._look_soon = QTimer(self, singleShot=True, interval=80)
        self._look_soon.timeout.connect(self._look_for_twins)
        self._wire()

    def _build(self) -> None:
        self.chips_row = QWidget()
        row = QHBoxLayout(self.chips_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        words = label(tr("健康提示"))
        words.setWordWrap(False)
        words.setFixedWidth(10 * GAP)
        words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(words)
        row.addWidget(self.chips, 1)
        card = QFrame()
        card.setProperty("role", "card")
        left = QVBoxLayout(card)
        left.setContentsMargins(2 * GAP, GAP + 4, 2 * GAP, GAP + 4)
        left.setSpacing(GAP)
        left.addWidget(self.heading)
        proof = QWidget()
        proof_row = QHBoxLayout(proof)
        proof_row.setContentsMargins(11 * GAP, 0, 0, 0)
        proof_row.addWidget(self.document)
        left.addWidget(scrolling(self.fields, self.chips_row, self.alerts_note, proof), 1)
        buttons = button_row(self.cancel_button, self.save_button)
        left.addLayout(buttons)
        side = QFrame()
        side.setProperty("role", "card")
        side.setFixedWidth(SIDE)
        right = QVBoxLayout(side)
        right.setContentsMargins(2 * GAP, GAP + 4, 2 * GAP, GAP + 4)
        right.setSpacing(GAP)
        right.addWidget(self.twins_title)
        right.addWidget(self.twins)
        right.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.consent_title = label(tr("顾客同意的事项"), "subheading")
        right.addWidget(self.consent_title)
        right.addWidget(self.consents)
        right.addWidget(self.rules)
        right.addStretch(1)
        both = QHBoxLayout(self)
        both.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        both.setSpacing(2 * GAP)
        both.addWidget(card, 1)
        both.addWidget(side)
        self.twins.setMaximumHeight(14 * GAP)
        self.twins.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _wire(self) -> None:
        self.fields.changed.connect(self._changed)
        self.fields.submitted.connect(self.advance)
        self.chips.submitted.connect(self.save)
        self.chips.changed.connect(self._note_alerts)
        self.consents.toggled.connect(self._note_alerts)
        self.save_button.clicked.connect(self.save)
        self.cancel_button.clicked.connect(self.leave)
        self.open_button.clicked.connect(self.open_twin)
        self.twins.itemActivated.connect(self.open_twin)
        enter_presses(self.save_button, self.cancel_button, self.open_button)

    # --- starting ---

    def start_new(self) -> None:
        """F2: an empty form with a command id of its own."""
        self.person_id, self._before, self._lunar_before = None, None, None
        self._op, self._lunar_op = uuid.uuid4(), uuid.uuid4()
        self.context.alerts.bar.dismiss()
        self.heading.setText(tr("新建人员"))
        self._name_save(tr("保存建档 ⏎"))
        self.chips.clear()
        self.consents.set_granted({"record"})
        self._show_parts(new=True)
        self.fields.load()
        self.fields.lines["name"].setFocus()

    def start_edit(self, person_id: int) -> bool:
        """The record of a person; looking at what lists mask goes on record first."""
        record = self.context.alerts.run(self._whole_record, person_id)
        if record is None:
            return False
        self.person_id, self._before = person_id, record.form
        self._lunar_before = lunar_of(self.context.db, person_id)
        self._op, self._lunar_op = uuid.uuid4(), uuid.uuid4()
        self.heading.setText(tr("修改资料  {number}").format(number=record.number))
        self._name_save(tr("保存修改 ⏎"))
        self.document.setChecked(False)
        self._show_parts(new=False)
        self.fields.load(record.form, person_id=person_id, lunar=self._lunar_before)
        self.fields.lines["name"].setFocus()
        return True

    def _name_save(self, text: str) -> None:
        self.save_button.setText(text)
        self.save_button.setAccessibleName(text.removesuffix(" ⏎"))

    def _whole_record(self, person_id: int) -> Any:
        record = person(self.context.db, person_id)
        for field in ("phone", "id_number"):
            if getattr(record.form, field):
                reveal(self.context.session, person_id=person_id, field=field)
        return record

    def _show_parts(self, *, new: bool) -> None:
        for widget in (self.chips_row, self.consent_title, self.consents):
            widget.setVisible(new)
        self.document.setVisible(not new)
        self.rules.setVisible(not new)
        self._note_alerts()
        self._show_twins([])

    # --- while typing ---

    def _changed(self, check: FormCheck) -> None:
        self._look_soon.start()

    def _note_alerts(self, *_: object) -> None:
        missing = bool(self.chips.alerts()) and not self.consents.boxes["health"].isChecked()
        self.alerts_note.setVisible(missing and self.person_id is None)
        self.alerts_note.setText(
            tr("健康提示是敏感信息，请先征得顾客单独同意，再勾选右边的“健康提示”。")
        )

    def _look_for_twins(self) -> None:
        form = self.fields.checked().form
        found = None
        if len(form.name) >= ENOUGH or form.id_number:
            found = self.context.alerts.run(
                find_duplicates, self.context.db, form, exclude=self.person_id
            )
        self._show_twins(found or [])

    def _show_twins(self, found: list[Any]) -> None:
        self.twins.clear()
        for hint in found:
            born = tr("{year}年生").format(year=hint.birth_year) if hint.birth_year else ""
            first = "  ".join((hint.name, hint.number, hint.reason))
            rest = "  ".join(part for part in (hint.phone_masked, born) if part)
            item = QListWidgetItem(f"{first}\n{rest}" if rest else first)
            item.setData(Qt.ItemDataRole.UserRole, hint.person_id)
            self.twins.addItem(item)
        if found:
            self.twins.setCurrentRow(0)
        strong = any(hint.strong for hint in found)
        self.twins_title.setText(
            tr("⚠ 证件号相同，多半是同一个人") if strong else tr("⚠ 可能已有档案，请核对")
        )
        role_of(self.twins_title, "error" if strong else "warning")
        for widget in (self.twins_title, self.twins, self.open_button):
            widget.setVisible(bool(found))

    def open_twin(self, *_: object) -> None:
        """Use the record that is there instead of a second one."""
        item = self.twins.currentItem()
        if item is not None:
            self.saved.emit(item.data(Qt.ItemDataRole.UserRole))

    # --- Enter and Esc ---

    def advance(self) -> None:
        """Enter: the next field worth filling, or save."""
        self.fields.recheck()
        onward = self.fields.next_to_fill() if self.person_id is None else None
        if self.fields.holds_back():
            return  # a doubt is read before it is passed over with a second Enter
        if onward is not None:
            onward.setFocus()
        else:
            self.save()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.isAutoRepeat() and isinstance(self.focusWidget(), ENTER_SAVES):
            self.advance()
        else:
            super().keyPressEvent(event)

    def save(self, *_: object) -> None:
        """Keep the record."""
        check = self.fields.checked()
        if check.errors:
            issue = check.errors[0]
            self.fields.refuse(issue.field, issue.sentence)
            return
        if self.fields.lunar.half:
            self.fields.refuse("lunar", tr("请选农历生日的日子，或选“不用农历”。"))
            return
        self._look_soon.stop()
        if self.person_id is None:
            self._enrol(check.form)
        else:
            self._change(check.form, self.person_id)

    def _enrol(self, form: PersonForm) -> None:
        done = self.context.alerts.run_command(
            enrol,
            self.context.session.once(self._op),
            form=form,
            consents=self.consents.granted(),
            alerts=self.chips.alerts(),
        )
        if done is not None and self._keep_lunar(done.person_id):
            words = tr("已建档：{name} {number}。登记消费按 F6，到诊按 F4。")
            self.context.alerts.banner(words.format(name=form.name, number=done.number), "success")
            self.saved.emit(done.person_id)

    def _keep_lunar(self, person_id: int) -> bool:
        """Keep the lunar birthday when it is another one than before."""
        lunar = self.fields.lunar.value()
        if lunar == self._lunar_before:
            return True
        done = self.context.alerts.run_command(
            set_lunar_birthday,
            self.context.session.once(self._lunar_op),
            person_id=person_id,
            lunar=lunar,
        )
        return done is not None

    def _change(self, form: PersonForm, person_id: int) -> None:
        done = self.context.alerts.run_command(
            change_person,
            self.context.session.once(self._op),
            person_id=person_id,
            form=form,
            document_checked=self.document.isChecked(),
        )
        if done is not None and self._keep_lunar(person_id):
            self.context.alerts.banner(tr("资料已修改。"), "success")
            self.saved.emit(person_id)

    def is_touched(self) -> bool:
        """Whether something typed would be lost."""
        if self.person_id is None:
            return not self.fields.is_empty()
        return self._before is not None and (
            self.fields.checked().form != self._before
            or self.fields.lunar.value() != self._lunar_before
        )

    def leave(self, *_: object) -> None:
        """Esc: back, after asking when something was typed."""
        if self.is_touched() and not self.context.alerts.ask(
            tr("放弃填写"), tr("填好的内容还没有保存。放弃吗？"), tr("放弃(&Y)")
        ):
            return
        self.forget()
        self.left.emit()

    def forget(self) -> None:
        """Nothing of anybody stays in the fields."""
        self._look_soon.stop()
        self.person_id, self._before, self._lunar_before = None, None, None
        self.fields.load()
        self.chips.clear()
