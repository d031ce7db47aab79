"""The reception card: how somebody is received, read in one look, ticked off in one go.

Top to bottom: who it is in the colour of the level they are received at; what that level
promises, each promise a word that turns from open to kept; what the doctor must hear; then what
else matters today beside the few fields that are kept with the visit.
"""

from __future__ import annotations

from uuid import uuid4

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

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
from ui.widgets.gift_kit import Card, LetterBox, RightNote, shortcut
from ui.widgets.person_picker import PersonPicker
from ui.widgets.reception_parts import WIDTH, Band, Facts, Flow
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
        self.emergency = QCheckBox(tr("急诊(Alt+E)"))
        self.emergency.setAccessibleName(tr("急诊"))
        self.remark = TextEdit(tr("可不填"))
        self.confirm = button(tr("登记到诊  Enter"), "primary")
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
        self._doctor_row = add(tr("医生(&D)"), self.doctor)
        self._bringer_row = add(tr("带来人(&B)"), self.bringer)
        self._remark_row = add(tr("备注(&N)"), self.remark)
        self.bringer.chosen.connect(self._bringer_changed)
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
        columns.addWidget(_scrolling(self.facts), 1)
        right = QVBoxLayout()
        right.setSpacing(GAP)
        fields = _scrolling(self.form)
        fields.setFixedWidth(33 * GAP)
        fields.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)
        right.addWidget(self.right)
        right.addWidget(fields)
        right.addWidget(self.confirm)
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
        self.person_id, self.visit, self.card = None, None, None
        self.band.hide()
        self._inside.hide()
        self.teach.show()

    def show_arrival(self, person_id: int) -> None:
        """Somebody who may be checked in; what was typed for another is gone."""
        if self.person_id == person_id and self.visit is None:
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
        if not same or before != row:
            self._op = uuid4()
            self.escort.setText(row.escort)
            self.told.setChecked(row.doctor_told)
            self.room.setText(row.room)
            self.exception.setText(row.room_exception)
        self._reload()

    def _empty(self) -> None:
        for line in (self.escort, self.room, self.exception, self.remark):
            line.clear()
        self.told.setChecked(False)
        self.emergency.setChecked(False)
        self.bringer.set_person(None)
        doctors = [(row.id, row.name) for row in list_doctors(self._context.db)]
        self.doctor.set_choices([(None, tr("未指定")), *doctors])
        self.doctor.setCurrentIndex(0)

    def _reload(self) -> bool:
        """Read the card again; False when it cannot be shown."""
        lender = self.visit.brought_by_id if self.visit else self.bringer.person_id
        card = self._context.alerts.run(
            reception_card, self._context.db, self._context.today(), self.person_id, lender
        )
        if card is None:
            self.show_nobody()
            return False
        self.card = card
        self.bringer.exclude = card.person_id
        self.teach.hide()
        self.band.show_card(card, self._context.today())
        self.facts.show_rows(facts_of(card, self.visit))
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
        self.emergency.setVisible(arriving)
        here = card.visit_id is not None
        again = tr("再登记一次  Enter") if here else tr("登记到诊  Enter")
        self.confirm.setText(again if arriving else tr("保存接待  Enter"))
        self.confirm.setAccessibleName(self.confirm.text().replace("  Enter", ""))
        self.confirm.setVisible(arriving or bool(card.escort or card.room or card.tell_doctor))

    def _default(self) -> None:
        """What is so nearly always: the one at the desk leads, the room is the VIP room."""
        assert self.card is not None
        self._default_reception()
        self.doctor.choose(self.card.doctor_id)

    def _default_reception(self) -> None:
        assert self.card is not None
        session = self._context.signed_in.session
        if self.card.escort and not self.escort.value() and session is not None:
            self.escort.setText(session.actor.name)
        if self.card.room_required and not self.room.value():
            self.room.setText(tr("VIP诊室"))
        self._show_promises()

    def _bringer_changed(self, _hit: object) -> None:
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
        done = self._context.alerts.run(
            check_in,
            self._context.session.once(self._op),
            person_id=self.person_id,
            doctor_id=self.doctor.value(),
            escort=self.escort.value(),
            doctor_told=self.told.isChecked(),
            room=self.room.value(),
            room_exception=self.exception.value(),
            brought_by_id=self.bringer.person_id,
            emergency=self.emergency.isChecked(),
            note=self.remark.value(),
        )
        if done is not None:
            self._op = uuid4()
            self._empty()
            self.checked_in.emit(done.visit_id)

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
        )
        if done is not None:
            self._op = uuid4()
            self.saved.emit(done.visit_id)


def _scrolling(inner: QWidget) -> QScrollArea:
    """`inner` as it is, scrolling only where a small window leaves it no room."""
    area = _Area()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    area.viewport().setAutoFillBackground(False)
    inner.setAutoFillBackground(False)  # setWidget switches it on
    return area


class _Area(QScrollArea):
    """As tall as what is in it wants to be, also when that changes."""

    def sizeHint(self) -> QSize:
        inner = self.widget()
        return super().sizeHint() if inner is None else inner.sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
