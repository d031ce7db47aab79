"""Booking on the telephone: who, when, with which doctor, and what it will mean; cancelling."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from services.care.treating import stands_in_for
from services.clock import plus_days
from services.desk.appointment_list import AppointmentRow, foresee
from services.desk.appointment_times import parse_day, parse_time
from services.desk.appointments import book, cancel, change
from services.errors import RuleError
from services.i18n import tr
from services.people.records import list_doctors, person
from ui.context import UiContext
from ui.dialogs.desk import WIDTH, DeskDialog
from ui.forms import Form, TextEdit
from ui.theme import GAP
from ui.widgets.appointment_words import day_words, foreseen_words
from ui.widgets.gift_kit import LetterBox, RightNote
from ui.widgets.person_picker import PersonPicker
from ui.widgets.reception_parts import Flow


class WhoPicker(PersonPicker):
    """Somebody on record, or a new name: no list stands in the way when nobody is found."""

    def _show(self, hits: list[Any]) -> None:
        if hits:
            super()._show(hits)
        else:
            self._close()


class AppointmentDialog(DeskDialog):
    """A new appointment, or one to change. `saved` tells (id, day)."""

    saved = Signal(int, str)

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        *,
        day: str = "",
        row: AppointmentRow | None = None,
    ) -> None:
        super().__init__(context, parent, tr("更改预约") if row else tr("新预约"))
        self.row = row
        self.right = RightNote(context)
        self.who = WhoPicker(context, tr("卡号 / 手机后四位 / 姓名；新顾客写姓名"))
        self.phone = TextEdit(tr("新顾客的电话"))
        self.day, self.time = TextEdit(tr("明天、周三、12-5")), TextEdit(tr("930、下午3点半"))
        self.doctor = LetterBox()
        self.item = TextEdit(tr("例如 洁牙，可不填"))
        self.introducer = PersonPicker(context, tr("会员介绍的，查找那位会员"))
        self.remark = TextEdit(tr("可不填"))
        self.words = Flow(WIDTH - 6 * GAP)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._foresee)
        self._build()
        self._fill(day)
        self._wire()
        self._foresee()

    # --- building ---

    def _build(self) -> None:
        form = Form()
        self.who_field = form.add(tr("顾客(&K)"), self.who)
        self.phone_field = form.add(tr("电话(&T)"), self.phone)
        self.day_field = form.add(tr("日期(&D)"), self.day)
        self.time_field = form.add(tr("时间(&S)"), self.time)
        form.add(tr("医生(&Y)"), self.doctor)
        form.add(tr("项目(&X)"), self.item)
        form.add(tr("介绍人(&J)"), self.introducer)
        form.add(tr("备注(&N)"), self.remark)
        self.form = form
        self.body.addWidget(self.right)
        self.body.addWidget(form)
        self.body.addWidget(self.words)
        self.body.addStretch(1)
        words = tr("保存  Enter") if self.row else tr("预约  Enter")
        self.main = self.add_buttons(words, tr("取消"))

    def _fill(self, day: str) -> None:
        self.main.setEnabled(
            self.right.check("appointment.change" if self.row else "appointment.book")
        )
        doctors = [(each.id, each.name) for each in list_doctors(self.context.db)]
        self.doctor.set_choices([(None, tr("未指定")), *doctors])
        self.doctor.setCurrentIndex(0)
        self.day.setText(day or plus_days(self.context.today(), 1))
        if self.row is not None:
            self._fill_from(self.row)
            return
        if self.context.person_id is not None:
            self._choose(self.context.person_id)
        self.form.show_row(self.phone_field, self.who.person_id is None)
        (self.who if self.who.person_id is None else self.time).setFocus()

    def _fill_from(self, row: AppointmentRow) -> None:
        if row.person_id is not None:
            self.who.set_person(row.person_id, f"{row.name} {row.number}")
        else:
            self.who.setText(row.name)
            self.phone.setPlaceholderText(tr("{phone}(不改就留空)").format(phone=row.phone_masked))
        self.form.show_row(self.phone_field, row.person_id is None)
        self.day.setText(row.day)
        self.time.setText(row.at)
        self.doctor.choose(row.doctor_id)
        self.item.setText(row.item)
        self.introducer.set_person(row.introduced_by_id, row.introduced_by)
        self.remark.setText(row.note)
        self.time.setFocus()
        self.time.selectAll()

    def _choose(self, person_id: int) -> None:
        """Somebody on record: their own doctor is theirs here too."""
        record = person(self.context.db, person_id)
        self.who.set_person(person_id, f"{record.name} {record.number}")
        self.doctor.choose(record.form.doctor_id)

    def _wire(self) -> None:
        self.who.chosen.connect(self._who_changed)
        self.introducer.chosen.connect(self._soon_foresee)
        self.doctor.currentIndexChanged.connect(self._soon_foresee)
        for line in (self.day, self.time):
            line.textEdited.connect(self._soon_foresee)
            line.editingFinished.connect(self._complete)

    # --- while typing ---

    def _who_changed(self, hit: Any) -> None:
        self.form.show_row(self.phone_field, hit is None)
        self.who_field.clear_error()
        if hit is not None:
            self._choose(hit.person_id)
            self.introducer.exclude = hit.person_id
            self.time.setFocus()
        self._soon_foresee()

    def _soon_foresee(self, *_: object) -> None:
        self._soon.start()

    def _complete(self) -> None:
        """What was typed as the list will show it, once the hand has left the field."""
        try:
            self.day.setText(parse_day(self.day.value(), self.context.today()))
            self.time.setText(parse_time(self.time.value()))
        except RuleError:
            return  # said when the form is sent, not while it is being filled

    def _foresee(self) -> None:
        """How they will be received, and what else is at that time."""
        today = self.context.today()
        try:
            day = parse_day(self.day.value(), today)
        except RuleError:
            self.words.show_words([])
            return
        words = [(day_words(day, today), "error" if day < today else "muted")]
        try:
            at = parse_time(self.time.value())
        except RuleError:
            self.words.show_words(words)
            return
        found = self.context.alerts.run(
            foresee,
            self.context.db,
            self.context.clinic.clock.now_utc(),
            day=day,
            at=at,
            person_id=self.who.person_id,
            doctor_id=self.doctor.value(),
            introduced_by_id=self.introducer.person_id,
            appointment_id=self.row.appointment_id if self.row else None,
        )
        words[0] = (f"{words[0][0]} · {at}", words[0][1])
        self.words.show_words(words + (foreseen_words(found) if found else []) + self._doctors())

    def _doctors(self) -> list[tuple[str, str]]:
        """Whose patient it is, when another doctor is wanted (R130)."""
        if self.who.person_id is None:
            return []
        own = stands_in_for(self.context.db, self.who.person_id, self.doctor.value())
        return [(tr("主治医生是{name}").format(name=own), "warning")] if own else []

    # --- keeping ---

    def submit(self) -> None:
        """Book, or keep what was changed."""
        self.form.clear_errors()
        today = self.context.today()
        if self.who.person_id is None and not self.who.value():
            self.who_field.refuse(tr("请查找顾客，或写新顾客的姓名。"))
            return
        if self.who.person_id is None and not self.phone.value() and not self._phone_kept():
            self.phone_field.refuse(tr("新顾客请留电话，好提前一天确认。"))
            return
        values: dict[str, str] = {}
        for name, field, line, parse in (
            ("day", self.day_field, self.day, lambda text: parse_day(text, today)),
            ("at", self.time_field, self.time, parse_time),
        ):
            try:
                values[name] = parse(line.value())
            except RuleError as refused:
                field.refuse(refused.sentence)
                return
        self._keep(values["day"], values["at"])

    def _phone_kept(self) -> bool:
        return self.row is not None and self.row.person_id is None

    def _keep(self, day: str, at: str) -> None:
        values: dict[str, Any] = {
            "day": day,
            "at": at,
            "person_id": self.who.person_id,
            "name": self.who.value(),
            "phone": self.phone.value(),
            "doctor_id": self.doctor.value(),
            "item": self.item.value(),
            "introduced_by_id": self.introducer.person_id,
            "note": self.remark.value(),
        }
        run = self.context.alerts.run_command
        if self.row is None:
            done = run(book, self.once, **values)
        else:
            done = run(change, self.once, appointment_id=self.row.appointment_id, **values)
        if done is None:
            return
        self.saved.emit(done.appointment_id, day)
        words = (
            tr("已预约：{day} {at}，{name}。")
            if self.row is None
            else tr("预约改为 {day} {at}，{name}。")
        )
        name = self.who.value().split(" ")[0]
        self.say_done(words.format(day=day_words(day, self.context.today()), at=at, name=name))


class CancelDialog(DeskDialog):
    """Why, and Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: AppointmentRow) -> None:
        super().__init__(context, parent, tr("取消预约"))
        self.row = row
        self.reason = TextEdit(tr("例如 出差，改天再约"))
        form = Form()
        self.reason_field = form.add(tr("原因(&R)"), self.reason)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.add_buttons(tr("取消这个预约"), tr("返回"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Cancel it."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请写明为什么取消。"))
            return
        done = self.context.alerts.run_command(
            cancel,
            self.once,
            appointment_id=self.row.appointment_id,
            reason=self.reason.value(),
        )
        if done is not None:
            words = tr("已取消 {at} {name}的预约。按退格键可以恢复。")
            self.say_done(words.format(at=self.row.at, name=self.row.name))
