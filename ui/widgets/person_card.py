"""The open person's record, masked, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from services.i18n import tr
from services.people.birthdays import age_on
from services.people.cards import cards_of
from services.people.identity import id_type_title
from services.people.privacy import mask
from services.people.records import (
    CONSENT_ITEMS,
    PersonRecord,
    alerts_of,
    consents_of,
    household_of,
    list_doctors,
    person,
)
from ui.context import UiContext
from ui.dialogs.consents import ConsentsDialog
from ui.dialogs.family import FamilyDialog
from ui.dialogs.member_card import MemberCardDialog, state_title
from ui.forms import button, label
from ui.theme import GAP, role_of
from ui.widgets.consents import item_title
from ui.widgets.consequences import scrolling
from ui.widgets.enter_key import enter_presses


class PersonCard(QFrame):
    """Lines of label and value; below them 修改, 家人, 会员卡, 同意项."""

    edit_wanted = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(tr("人员资料"))
        self.context = context
        self.heading = label(tr("人员资料"), "subheading")
        self.values: dict[str, QLabel] = {}
        self.edit_button = button(tr("修改资料(&E)"))
        self.family_button = button(tr("家人(&Y)…"))
        self.card_button = button(tr("会员卡(&K)…"))
        self.consents_button = button(tr("同意项(&C)…"), "", tr("同意、撤回，和健康提示"))
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * GAP)
        self._grid.setVerticalSpacing(GAP // 2)
        self._grid.setColumnStretch(1, 1)
        for name, title in _titles().items():
            self._line(name, title)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP + 4, 2 * GAP, GAP + 4)
        column.setSpacing(GAP)
        column.addWidget(self.heading)
        column.addWidget(scrolling(inside), 1)
        row = QHBoxLayout()
        row.setSpacing(GAP // 2)
        buttons = (self.edit_button, self.family_button, self.card_button, self.consents_button)
        for each in buttons:
            row.addWidget(each)
        row.addStretch(1)
        column.addLayout(row)
        enter_presses(*buttons)
        self.edit_button.clicked.connect(self.edit_wanted)
        self.family_button.clicked.connect(self.open_family)
        self.card_button.clicked.connect(self.open_card)
        self.consents_button.clicked.connect(self.open_consents)

    def _line(self, name: str, title: str) -> None:
        words = role_of(QLabel(title), "muted")
        value = label("")
        value.setAccessibleName(title)
        row = self._grid.rowCount()
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(words, row, 0, top | Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(value, row, 1, top)
        self.values[name] = value

    def refresh(self) -> None:
        """Read the record again."""
        person_id = self.context.person_id
        if person_id is None:
            return
        record = person(self.context.db, person_id)
        self.heading.setText(tr("人员资料  {number}").format(number=record.number))
        for name, text in self._texts(record).items():
            self.values[name].setText(text or tr("未填"))
            role_of(self.values[name], "" if text else "muted")

    def _texts(self, record: PersonRecord) -> dict[str, str]:
        form, db = record.form, self.context.db
        family = household_of(db, record.id)
        given = consents_of(db, record.id)
        doctors = {row.id: row.name for row in list_doctors(db, everybody=True)}
        referrer = person(db, form.referrer_id) if form.referrer_id else None
        texts = {
            "name": mask("name", form.name),
            "birth": self._birth(form.birthday, form.sex),
            "phone": "  ".join(mask("phone", p) for p in (form.phone, form.phone_alt) if p),
            "id": form.id_absent_reason,
            "address": mask("address", form.address),
            "guardian": "",
            "source": form.source,
            "doctor": doctors.get(form.doctor_id or 0, ""),
            "alerts": tr("，").join(row.text for row in alerts_of(db, record.id)),
            "family": "、".join(member.name for member in family),
            "card": tr("，").join(
                f"{card.number} {state_title(card.state)}" for card in cards_of(db, record.id)[:2]
            ),
            "consents": "  ".join(
                ("✓ " if item in given and given[item].granted else "✕ ") + item_title(item)
                for item in CONSENT_ITEMS
            ),
            "dates": tr("{day} 建档").format(day=record.created_on),
        }
        if form.id_number:
            kind = id_type_title(form.id_type)
            texts["id"] = f"{mask('id_number', form.id_number)}  {kind}"
        if form.guardian_name:
            parts = (mask("name", form.guardian_name), form.guardian_relation)
            texts["guardian"] = "  ".join((*parts, mask("phone", form.guardian_phone)))
        if referrer is not None:
            words = tr("{source}  介绍人 {name} {number}")
            texts["source"] = words.format(
                source=form.source, name=mask("name", referrer.name), number=referrer.number
            ).strip()
        if record.last_visit_on:
            texts["dates"] += tr("，最近到诊 {day}").format(day=record.last_visit_on)
        return texts

    def _birth(self, birthday: str | None, sex: str) -> str:
        word = {"F": tr("女"), "M": tr("男")}.get(sex, "")
        if not birthday:
            return word
        years = tr("{n} 岁").format(n=age_on(birthday, self.context.today()))
        return "  ".join(part for part in (word, birthday, years) if part)

    # --- doing ---

    def open_family(self, *_: object) -> None:
        """Who belongs together."""
        FamilyDialog(self.context, self.window()).open()

    def open_card(self, *_: object) -> None:
        """The member card."""
        MemberCardDialog(self.context, self.window()).open()

    def open_consents(self, *_: object) -> None:
        """Consents and alerts."""
        ConsentsDialog(self.context, self.window()).open()


def _titles() -> dict[str, str]:
    return {
        "name": tr("姓名"),
        "birth": tr("性别生日"),
        "phone": tr("电话"),
        "id": tr("证件"),
        "address": tr("住址"),
        "guardian": tr("监护人"),
        "source": tr("来源"),
        "doctor": tr("主治医师"),
        "alerts": tr("健康提示"),
        "family": tr("家人"),
        "card": tr("会员卡"),
        "consents": tr("同意项"),
        "dates": tr("日期"),
    }
