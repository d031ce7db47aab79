"""The fields of a person. What can be known from a document number or a name fills itself."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from services.i18n import tr
from services.people.birthdays import age_on
from services.people.form import GUARDIAN_BELOW, FormCheck, PersonForm, check_form
from services.people.identity import ID_TYPES, RESIDENT, id_type_title
from services.people.lunar import LunarDate
from services.people.pinyin import full_pinyin
from services.people.records import list_doctors, person
from services.people.referral_checks import referrer_note
from services.rights import may
from ui.context import UiContext
from ui.dialogs.doctor import DoctorDialog
from ui.forms import ChoiceBox, DateEdit, Field, TextEdit, plain
from ui.theme import GAP, role_of
from ui.widgets.lunar_edit import LunarEdit
from ui.widgets.person_picker import PersonPicker

NEW_DOCTOR = -1
GUARDIAN = ("guardian_name", "guardian_relation", "guardian_phone")
_WHOLE = {"id_number": 15, "phone": 11}  # shorter ones are still being typed


class NotedField(Field):
    """A field that may also carry a warning, which forbids nothing and moves nothing."""

    def warn(self, sentence: str) -> None:
        """Show a warning below the control, or the hint when there is none."""
        if self.error:
            return
        self._note.setText(sentence or self._hint)
        self._note.setVisible(bool(sentence or self._hint))
        role_of(self._note, "warning" if sentence else "muted")
        self.control.setAccessibleDescription(sentence or self._hint)

    @property
    def note(self) -> str:
        """What is said below the control."""
        return self._note.text() if not self._note.isHidden() else ""


class PersonFields(QWidget):
    """Two columns. `checked()` answers the form as the services understand it; the lunar
    birthday is kept beside it."""

    changed = Signal(object)
    submitted = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._auto: dict[str, str] = {}
        self._held: dict[str, str] = {}
        self._person_id: int | None = None
        self._doctor_before: int | None = None
        self._referrer_before: int | None = None
        self.lines: dict[str, QLineEdit] = {
            "name": TextEdit(tr("证件上的姓名")),
            "id_number": TextEdit(tr("18 位，自动填生日和性别")),
            "phone": TextEdit(tr("手机，或带区号的座机")),
            "birthday": DateEdit(),
            "pinyin": TextEdit(tr("自动，多音字可改")),
            "phone_alt": TextEdit(tr("选填")),
            "address": TextEdit(tr("选填，寄送资料用")),
            "source": TextEdit(tr("朋友介绍、网络、路过…")),
            "id_absent_reason": TextEdit(tr("例如 未带证件")),
            "note": TextEdit(tr("选填")),
            "guardian_name": TextEdit(),
            "guardian_relation": TextEdit(tr("父亲、母亲…")),
            "guardian_phone": TextEdit(),
        }
        self.sex = ChoiceBox([("", tr("未填")), ("F", tr("女")), ("M", tr("男"))])
        self.id_type = ChoiceBox([(kind, id_type_title(kind)) for kind in ID_TYPES])
        self.doctor = ChoiceBox()
        self.referrer = PersonPicker(context, tr("查找老顾客"))
        self.lunar = LunarEdit()
        self.fields: dict[str, NotedField] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        self._build()
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.recheck)
        self._wire()

    def _build(self) -> None:
        lines = self.lines
        id_row = QWidget()
        row = QHBoxLayout(id_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(lines["id_number"], 1)
        row.addWidget(self.id_type)
        self.id_type.setFixedWidth(16 * GAP)
        self._add("name", tr("姓名(&N)"), lines["name"], 0, 0)
        self._add("pinyin", tr("拼音"), lines["pinyin"], 0, 2)
        self._add("id_number", tr("证件号(&I)"), id_row, 1, 0)
        self._add("birthday", tr("出生日期"), lines["birthday"], 1, 2)
        self._add("phone", tr("手机(&T)"), lines["phone"], 2, 0)
        self._add("sex", tr("性别"), self.sex, 2, 2)
        self._add("guardian_name", tr("监护人"), lines["guardian_name"], 3, 0)
        self._add("guardian_relation", tr("关系"), lines["guardian_relation"], 3, 2)
        self._add("guardian_phone", tr("监护人电话"), lines["guardian_phone"], 4, 0)
        self._add("address", tr("住址"), lines["address"], 5, 0)
        self._add("phone_alt", tr("备用电话"), lines["phone_alt"], 5, 2)
        self._add("source", tr("来源"), lines["source"], 6, 0)
        self._add("referrer_id", tr("介绍人"), self.referrer, 6, 2)
        self._add("doctor_id", tr("主治医师"), self.doctor, 7, 0)
        self._add("id_absent_reason", tr("无证件原因"), lines["id_absent_reason"], 7, 2)
        self._add("note", tr("备注"), lines["note"], 8, 0)
        self._add("lunar", tr("农历生日"), self.lunar, 8, 2)
        lines["id_number"].setAccessibleName(tr("证件号"))
        self.id_type.setAccessibleName(tr("证件类型"))

    def _add(self, name: str, title: str, control: QWidget, row: int, column: int) -> None:
        words = QLabel(title)
        words.setMinimumHeight(32)
        words.setFixedWidth(10 * GAP)
        words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        words.setBuddy(self.lines.get(name, control))
        control.setAccessibleName(plain(title))
        field = NotedField(control)
        field.setFocusProxy(None)  # type: ignore[arg-type]  # a stop of its own would undo our order
        if name == "id_number":
            self.lines[name].textEdited.connect(field.clear_error)
        field.title = words  # type: ignore[attr-defined]
        self.fields[name] = field
        self._grid.addWidget(words, row, column, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(field, row, column + 1, Qt.AlignmentFlag.AlignTop)

    def _wire(self) -> None:
        for line in (*self.lines.values(), self.referrer):
            line.textEdited.connect(self._edited)
            line.returnPressed.connect(self.submitted)
            line.editingFinished.connect(self._edited)
        self.sex.activated.connect(self._edited)
        self.doctor.activated.connect(self._doctor_chosen)
        self.id_type.activated.connect(self._edited)
        self.referrer.chosen.connect(self._edited)
        self.lunar.edited.connect(self._edited)
        order = [
            *(self.lines[name] for name in ("name", "id_number", "phone", *GUARDIAN)),
            self.id_type,
            self.lines["birthday"],
            self.sex,
            self.lines["pinyin"],
            *(self.lines[name] for name in ("address", "phone_alt", "source")),
            self.referrer,
            self.doctor,
            *(self.lines[name] for name in ("id_absent_reason", "note")),
            self.lunar.month,
            self.lunar.day,
            self.lunar.leap,
        ]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    # --- filling ---

    def load(
        self,
        form: PersonForm | None = None,
        *,
        person_id: int | None = None,
        lunar: LunarDate | None = None,
    ) -> None:
        """Show a person's form, or an empty one."""
        given = form or PersonForm()
        self._person_id, self._referrer_before = person_id, given.referrer_id
        self._doctor_before = None if person_id is None else given.doctor_id
        self.lunar.set_value(lunar)
        self._load_doctors(given.doctor_id)
        for name, line in self.lines.items():
            line.setText(getattr(given, name) or "")
        self.sex.choose(given.sex)
        self.id_type.choose(given.id_type or RESIDENT)
        self.referrer.set_person(None)
        if given.referrer_id is not None:
            found = self._context.alerts.run(person, self._context.db, given.referrer_id)
            if found is not None:
                self.referrer.set_person(found.id, f"{found.name} {found.number}")
        automatic = given.pinyin == full_pinyin(given.name)
        self._auto = {"pinyin": given.pinyin if automatic else "", "birthday": "", "sex": ""}
        self._held = {}
        for field in self.fields.values():
            field.clear_error()
        self.recheck()

    def _load_doctors(self, chosen: int | None) -> None:
        listed = partial(list_doctors, everybody=True)
        doctors = self._context.alerts.run(listed, self._context.db) or []
        choices: list[tuple[int | None, str]] = [(None, tr("未定"))]
        choices += [(row.id, row.name) for row in doctors if row.active or row.id == chosen]
        session = self._context.signed_in.session
        if session is not None and may(session.actor.role, "doctor.add"):
            choices.append((NEW_DOCTOR, tr("添加医生…")))
        self.doctor.set_choices(choices)
        self.doctor.setCurrentIndex(0)
        if chosen is not None:
            self.doctor.choose(chosen)
        self.doctor.setEnabled(self._doctor_before is None)

    def _doctor_chosen(self, *_: object) -> None:
        if self.doctor.value() == NEW_DOCTOR:
            dialog = DoctorDialog(self._context, self.window())
            dialog.added.connect(self._load_doctors)
            dialog.rejected.connect(self._no_doctor)
            dialog.open()

    def _no_doctor(self) -> None:
        self._load_doctors(None)

    def form(self) -> PersonForm:
        """As typed; what filled itself counts as not typed, so it follows its source."""
        texts = {name: line.text().strip() for name, line in self.lines.items()}
        for name in ("pinyin", "birthday"):
            if self._auto.get(name) and texts[name] == self._auto[name]:
                texts[name] = ""
        sex = str(self.sex.value() or "")
        return PersonForm(
            sex="" if sex and sex == self._auto.get("sex") else sex,
            id_type=self.id_type.value(),
            referrer_id=self.referrer.person_id,
            doctor_id=None if self.doctor.value() == NEW_DOCTOR else self.doctor.value(),
            **{**texts, "birthday": texts["birthday"] or None},  # type: ignore[arg-type]
        )

    def checked(self) -> FormCheck:
        """The form as it would be kept, with what is wrong or odd."""
        return check_form(self.form(), self._context.today())

    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        empty = replace(PersonForm(), id_type=self.id_type.value())
        return self.form() == empty and self.lunar.month.value() == 0

    def _edited(self, *_: object) -> None:
        self._soon.start()

    def recheck(self) -> None:
        """Fill what is known, warn about what is odd, ask for a guardian when needed."""
        self._soon.stop()
        check = self.checked()
        self._fill(check.form)
        issues = {issue.field: issue.sentence for issue in check.warnings}
        issues["referrer_id"] = self._referrer_note(check.form)
        if self._doctor_before is not None:
            issues["doctor_id"] = tr("换医生须先申请：更多 → 医生团队。")
        for name, field in self.fields.items():
            said = issues.get(name, "")
            shown = self._is_whole(name) or said == self._held.get(name)
            field.warn(said if shown else "")
        born = check.form.birthday
        child = bool(born) and age_on(str(born), self._context.today()) < GUARDIAN_BELOW
        for name in GUARDIAN:
            self._show(name, child)
        self._show("id_absent_reason", not check.form.id_number)
        self.changed.emit(check)

    def _referrer_note(self, form: PersonForm) -> str:
        """What speaks against the referrer who was just chosen."""
        chosen = self.referrer.person_id
        if chosen is None or chosen == self._referrer_before:
            return ""
        phones = {form.phone, form.phone_alt, form.guardian_phone} - {""}
        found = self._context.alerts.run(
            referrer_note,
            self._context.db,
            self._context.today(),
            newcomer_id=self._person_id,
            referrer_id=chosen,
            phones=phones,
        )
        return found or ""

    def _is_whole(self, name: str) -> bool:
        line = self.lines.get(name)
        if line is None or not line.hasFocus():
            return True
        return name in _WHOLE and len(line.text().strip()) >= _WHOLE[name]

    def _fill(self, form: PersonForm) -> None:
        typed = self.form()
        for name, value in (("pinyin", form.pinyin), ("birthday", form.birthday or "")):
            line = self.lines[name]
            if not getattr(typed, name) and not line.hasFocus():
                self._auto[name] = value
                line.setText(value)
        if not typed.sex and self.sex.value() != form.sex:
            self._auto["sex"] = form.sex
            self.sex.choose(form.sex)

    def _show(self, name: str, shown: bool) -> None:
        self.fields[name].setVisible(shown)
        self.fields[name].title.setVisible(shown)  # type: ignore[attr-defined]

    # --- going on ---

    def holds_back(self) -> bool:
        """Whether the field under the hand has a doubt nobody saw yet; it is shown now."""
        here = self.focusWidget()
        name = next((name for name, line in self.lines.items() if line is here), "")
        said = next((i.sentence for i in self.checked().warnings if i.field == name), "")
        if not said or self.fields[name].note == said:
            return False
        self._held[name] = said
        self.recheck()
        return True

    def next_to_fill(self) -> QWidget | None:
        """Where Enter leads: the next of the fields worth typing that is empty."""
        wanted = ["name", "id_number", "phone"]
        wanted += [name for name in GUARDIAN if not self.fields[name].isHidden()]
        here = self.focusWidget()
        names = [name for name, line in self.lines.items() if line is here]
        start = wanted.index(names[0]) + 1 if names and names[0] in wanted else len(wanted)
        for name in wanted[start:]:
            if not self.lines[name].text().strip():
                return self.lines[name]
        return None

    def refuse(self, name: str, sentence: str) -> None:
        """Say below a field what is wrong and go there."""
        field = self.fields.get(name) or self.fields["name"]
        field.refuse(sentence)
        (self.lines.get(name) or field.control).setFocus()
