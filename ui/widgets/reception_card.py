"""The reception card: how somebody is received, read in one look, ticked off in one go.

Top to bottom: who it is in the colour of the level they are received at; what that level
promises, each promise a word that turns from open to kept; what the doctor must hear; then what
else matters today beside the few fields that are kept with the visit.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from services.care.treating import stands_in_for
from services.desk.appointment_list import AppointmentRow
from services.desk.appointments import arrive
from services.desk.identity_check import checked_by
from services.desk.reception import PassedOn
from services.desk.visits import (
    ReceptionCard,
    VisitRow,
    check_in,
    reception_card,
    update_reception,
)
from services.i18n import tr
from services.people.records import list_doctors
from ui.context import UiContext
from ui.forms import Form, TextEdit, button, label
from ui.theme import GAP
from ui.widgets.gift_kit import (
    Card,
    LetterBox,
    RightNote,
    checks,
    key_button,
    rename,
    shortcut,
)
from ui.widgets.person_picker import PersonPicker
from ui.widgets.reception_parts import WIDTH, Band, Facts, Flow, scrolling
from ui.widgets.reception_words import facts_of, lesson, promises, spoken


class ReceptionPane(Card):
    """Somebody who arrives, or a visit of today. Enter anywhere in it keeps what is typed.

    `checked_in` tells the visit, `saved` that the reception of a visit was written down.
    """

    checked_in = Signal(object)
    saved = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.person_id: int | None = None
        self.visit: VisitRow | None = None
        self.booking: AppointmentRow | None = None  # what they have come to
        self.card: ReceptionCard | None = None
        self._op = uuid4()
        self.setAccessibleName(tr("接待卡"))
        self.setMaximumWidth(WIDTH)
        self.heading.hide()
        self._fields()
        self._build()
        self.submitted.connect(self.submit)
        self.confirm.clicked.connect(self.submit)
        self.show_nobody()

    # --- building ---

    def _fields(self) -> None:
        self.right = RightNote(self._context)
        self.escort = TextEdit(tr("谁带领"))
        self.told = QCheckBox(tr("已告知医生(Alt+T)"))
        self.told.setAccessibleName(tr("已告知接诊医生"))
        self.room = TextEdit(tr("例如 VIP诊室1"))
        self.exception = TextEdit(tr("沟通后不安排的原因"))
        self.doctor = LetterBox()
        self.bringer = PersonPicker(self._context, tr("会员带来的，查找那位会员"))
        self.checked = LetterBox(checks())
        self.voucher = LetterBox()  # a service of somebody else's
        self.emergency = QCheckBox(tr("急诊(Alt+E)"))
        self.emergency.setAccessibleName(tr("急诊"))
        self.remark = TextEdit(tr("可不填"))
        self.confirm = button(tr("登记到诊  Enter"), "primary")
        self.change_doctor = key_button(tr("更换医生(&G)…"), "link")
        self.change_doctor.clicked.connect(self.open_doctor_change)
        self.form = Form()
        ticks = QWidget()
        both = QHBoxLayout(ticks)
        both.setContentsMargins(0, 2, 0, 2)
        for tick, keys in ((self.told, "Alt+T"), (self.emergency, "Alt+E")):
            shortcut(self, keys, tick.toggle)  # at once, not after the look of a pressed button
            both.addWidget(tick)
        both.addStretch(1)
        add = self.form.add
        self._escort_row = add(tr("带领人(&L)"), self.escort)
        self._room_row = add(tr("诊室(&O)"), self.room)
        self._exception_row = add(tr("例外(&X)"), self.exception)
        self.form.add_wide(ticks)
        self._checked_row = add(tr("核验(&C)"), self.checked)
        self._voucher_row = add(tr("凭卡(&V)"), self.voucher)
        self._doctor_row = add(tr("医生(&D)"), self.doctor)
        self.stands_in = label("", "warning")
        self.form.add_wide(self.stands_in)
        self._bringer_row = add(tr("带来人(&B)"), self.bringer)
        self._remark_row = add(tr("备注(&N)"), self.remark)
        self.bringer.chosen.connect(self._lender_changed)
        self.voucher.currentIndexChanged.connect(self._lender_changed)
        self._context.current_person.identified.connect(self._identified)
        self.doctor.currentIndexChanged.connect(self._doctor_changed)
        for line in (self.escort, self.room, self.exception):
            line.textEdited.connect(self._show_promises)
        self.told.toggled.connect(self._show_promises)

    def _build(self) -> None:
        self.body.setContentsMargins(1, 1, 1, 2 * GAP)
        self.body.setSpacing(0)
        self.band = Band()
        self.promises = Flow()
        self.alerts = Flow()
        self.facts = Facts()
        self.teach = label(lesson(), "muted")
        self.teach.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner = QVBoxLayout()
        inner.setContentsMargins(2 * GAP, GAP + 4, 2 * GAP, 0)
        inner.setSpacing(GAP)
        columns = QHBoxLayout()
        columns.setSpacing(2 * GAP)
        columns.addWidget(scrolling(self.facts), 1)
        right = QVBoxLayout()
        right.setSpacing(GAP)
        fields = scrolling(self.form)
        fields.setFixedWidth(33 * GAP)
        fields.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)
        right.addWidget(self.right)
        right.addWidget(fields)
        both = QHBoxLayout()
        both.setSpacing(4)
        both.addWidget(self.confirm, 1)
        both.addWidget(self.change_doctor)
        right.addLayout(both)
        right.addStretch(1)
        columns.addLayout(right)
        for part in (self.promises, self.alerts):
            inner.addWidget(part)
        inner.addLayout(columns, 1)
        self._inside = QWidget()
        self._inside.setLayout(inner)
        self.body.addWidget(self.band)
        self.body.addWidget(self.teach, 1)
        self.body.addWidget(self._inside, 1)

    # --- showing ---

    def show_nobody(self) -> None:
        """Say what this card is for."""
        self.person_id, self.visit, self.card, self.booking = None, None, None, None
        self.band.hide()
        self._inside.hide()
        self.teach.show()

    def show_arrival(self, person_id: int, booking: AppointmentRow | None = None) -> None:
        """Somebody who may be checked in, to their appointment if they had one; what was typed
        for another is gone."""
        same = self.person_id == person_id and self.visit is None
        same = same and _appointment(self.booking) == _appointment(booking)
        self.booking = booking
        if same:
            self._reload()
            return
        self.person_id, self.visit = person_id, None
        self._op = uuid4()
        self._empty()
        if self._reload():
            self._default()

    def show_visit(self, row: VisitRow) -> None:
        """A visit of today; what is typed into it survives a refresh."""
        same = self.visit is not None and self.visit.visit_id == row.visit_id
        before, self.visit, self.person_id = self.visit, row, row.person_id
        self.booking = None
        if not same or before is None or _kept(before) != _kept(row):
            self._op = uuid4()
            self.escort.setText(row.escort)
            self.told.setChecked(row.doctor_told)
            self.room.setText(row.room)
            self.exception.setText(row.room_exception)
            self.checked.choose(row.checked)
        self._reload()

    def _empty(self) -> None:
        for line in (self.escort, self.room, self.exception, self.remark):
            line.clear()
        self.told.setChecked(False)
        self.emergency.setChecked(False)
        self.bringer.set_person(None)
        self.checked.setCurrentIndex(0)
        self._offer_vouchers(())
        doctors = [(row.id, row.name) for row in list_doctors(self._context.db)]
        self.doctor.set_choices([(None, tr("未指定")), *doctors])
        self.doctor.setCurrentIndex(0)

    def _reload(self) -> bool:
        """Read the card again; False when it cannot be shown."""
        context, visit = self._context, self.visit
        lender = visit.brought_by_id if visit else self.bringer.person_id
        voucher = visit.voucher_id if visit else self.voucher.value()
        card = context.alerts.run(
            reception_card, context.db, context.today(), self.person_id, lender, voucher
        )
        if card is None:
            self.show_nobody()
            return False
        self.card = card
        self.bringer.exclude = card.person_id
        self.teach.hide()
        self.band.show_card(card, self._context.today())
        self.facts.show_rows(facts_of(card, self.visit, self.booking))
        self.alerts.show_words([(f"⚠ {text}", "error") for text in card.alerts])
        self._choose_rows(card)
        self._show_promises()
        self.band.show()
        self._inside.show()
        self.setAccessibleDescription(spoken(card))
        return True

    def _choose_rows(self, card: ReceptionCard) -> None:
        arriving = self.visit is None
        self.right.check("visit.check_in" if arriving else "visit.reception")
        self.form.show_row(self._escort_row, bool(card.escort))
        self.told.setVisible(card.tell_doctor)
        self.form.show_row(self._room_row, bool(card.room))
        for row in (self._doctor_row, self._bringer_row, self._remark_row):
            self.form.show_row(row, arriving)
        self.form.show_row(self._voucher_row, arriving and bool(card.vouchers))
        self.emergency.setVisible(arriving)
        self._doctor_changed()
        attended = card.doctor_id is not None
        rename(self.change_doctor, tr("更换医生(&G)…") if attended else tr("定主治医师(&G)…"))
        here = card.visit_id is not None
        again = tr("再登记一次  Enter") if here else tr("登记到诊  Enter")
        self.confirm.setText(again if arriving else tr("保存接待  Enter"))
        self.confirm.setAccessibleName(self.confirm.text().replace("  Enter", ""))
        self.confirm.show()

    def _default(self) -> None:
        """What is so nearly always: the one at the desk leads, the room is the VIP room."""
        assert self.card is not None
        opened = self._context.current_person
        if opened.person_id == self.person_id:
            self.checked.choose(checked_by(opened.found_by))
        if self.card.vouchers:  # who was given one comes for it
            self._offer_vouchers(self.card.vouchers)
            self._reload()
        booking = self.booking
        if booking is not None and booking.introduced_by_id is not None:
            self.bringer.set_person(booking.introduced_by_id, booking.introduced_by)
            self._reload()
        self._default_reception()
        self.doctor.choose(self.card.doctor_id)
        if booking is not None:
            self.remark.setText(booking.note)
            if booking.doctor_id is not None:
                self.doctor.choose(booking.doctor_id)

    def _default_reception(self) -> None:
        assert self.card is not None
        session = self._context.signed_in.session
        if self.card.escort and not self.escort.value() and session is not None:
            self.escort.setText(session.actor.name)
        if self.card.room_required and not self.room.value():
            self.room.setText(tr("VIP诊室"))
        self._show_promises()

    def _doctor_changed(self, *_: object) -> None:
        """Say whose patient this is when another doctor is to treat (R130)."""
        name = ""
        if self.visit is None and self.person_id is not None:
            doctor_id = self.doctor.value()
            name = stands_in_for(self._context.db, self.person_id, doctor_id)
        words = tr("主治医生是{name}；换医生须先申请(Alt+G)。代诊请在备注写原因。")
        self.stands_in.setText(words.format(name=name))
        self.stands_in.setVisible(bool(name))
        self.remark.setPlaceholderText(tr("代诊的原因") if name else tr("可不填"))

    def open_doctor_change(self, *_: object) -> None:
        """The application for another attending doctor (R130)."""
        from ui.dialogs.doctor_change import DoctorChangeDialog

        if self.person_id is not None:
            DoctorChangeDialog(self._context, self.window(), self.person_id).open()

    def _offer_vouchers(self, rows: tuple[PassedOn, ...]) -> None:
        """The first one is what they come for, until another is chosen."""
        self.voucher.blockSignals(True)
        self.voucher.set_choices(
            [*((row.voucher_id, row.text) for row in rows), (None, tr("不凭卡"))]
        )
        self.voucher.setCurrentIndex(0)
        self.voucher.blockSignals(False)

    def _identified(self, found_by: str) -> None:
        """The person who is open showed a card."""
        if self.person_id == self._context.person_id:
            self.checked.choose(checked_by(found_by))

    def _lender_changed(self, *_: object) -> None:
        if self._reload():
            self._default_reception()

    def _show_promises(self, *_: object) -> None:
        if self.card is None:
            return
        lacking = self.card.room_required and not self.room.value()
        self.form.show_row(self._exception_row, lacking or bool(self.exception.value()))
        self.promises.show_words(
            promises(
                self.card,
                escort=self.escort.value(),
                told=self.told.isChecked(),
                room=self.room.value(),
                exception=self.exception.value(),
            )
        )

    # --- keeping ---

    def start(self) -> None:
        """F4: one more Enter checks in."""
        self.confirm.setFocus()

    def submit(self) -> None:
        """Check in, or write the reception down."""
        if self.card is None or not self.confirm.isVisible():
            return
        if self.visit is None:
            self._check_in()
        else:
            self._save()

    def _check_in(self) -> None:
        who: dict[str, Any] = {"person_id": self.person_id}
        if self.booking is not None:
            who = {"appointment_id": self.booking.appointment_id}
        done = self._context.alerts.run(
            check_in if self.booking is None else arrive,
            self._context.session.once(self._op),
            **who,
            doctor_id=self.doctor.value(),
            escort=self.escort.value(),
            doctor_told=self.told.isChecked(),
            room=self.room.value(),
            room_exception=self.exception.value(),
            brought_by_id=self.bringer.person_id,
            emergency=self.emergency.isChecked(),
            note=self.remark.value(),
            checked=self.checked.value(),
            voucher_id=self.voucher.value(),
            as_booked=self.booking is None,  # else the card was filled with it
        )
        if done is not None:
            self._op = uuid4()
            self._empty()
            self.checked_in.emit(done.visit_id)
        elif self.stands_in.isVisible() and not self.remark.value():
            self.remark.setFocus()

    def _save(self) -> None:
        assert self.visit is not None
        done = self._context.alerts.run(
            update_reception,
            self._context.session.once(self._op),
            visit_id=self.visit.visit_id,
            escort=self.escort.value(),
            doctor_told=self.told.isChecked(),
            room=self.room.value(),
            room_exception=self.exception.value(),
            checked=self.checked.value(),
        )
        if done is not None:
            self._op = uuid4()
            self.saved.emit(done.visit_id)


def _appointment(row: AppointmentRow | None) -> int | None:
    return None if row is None else row.appointment_id


def _kept(row: VisitRow) -> tuple[object, ...]:
    """What the fields show of a visit; minutes that pass and states that change are not of it."""
    return (row.escort, row.doctor_told, row.room, row.room_exception, row.checked)
