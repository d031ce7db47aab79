"""One appointment read in a look: when, who, how they will be received, what to say on the
telephone."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from services.desk.appointment_list import AppointmentRow
from services.desk.appointments import outcome_title, reveal_phone
from services.i18n import tr
from services.people.privacy import REVEAL_SECONDS
from ui.context import UiContext
from ui.forms import button, label
from ui.theme import GAP, role_of
from ui.widgets.appointment_words import day_words, late_words, promise_words, state_words
from ui.widgets.call_list import REVEAL
from ui.widgets.gift_kit import key_button
from ui.widgets.reception_parts import WIDTH, Facts, Flow


class AppointmentCard(QFrame):
    """At the right of the list; reading it opens nobody. `arrived` asks to check somebody new in,
    `change_wanted` to change the appointment."""

    arrived = Signal(object)
    change_wanted = Signal(object)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.row: AppointmentRow | None = None
        self.setProperty("role", "card")
        self.setMaximumWidth(WIDTH)
        self.setAccessibleName(tr("预约"))
        self.when, self.name = QLabel(), QLabel()
        role_of(self.when, "muted")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setStyleSheet("font-size: 17pt; font-weight: 600;")
        self.phone = QLabel()
        self.phone.setStyleSheet("font-size: 13pt; font-weight: 600;")
        self.reveal_button = button(tr("{key} 显示号码").format(key=REVEAL), "link")
        self.reveal_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.reveal_button.setToolTip(tr("显示 10 秒并记入日志"))
        self.reveal_button.clicked.connect(self.reveal)
        self.promises, self.facts = Flow(), Facts()
        self.hint = label("", "muted")
        self.confirm = button(tr("到诊并建档  Enter"), "primary")
        self.confirm.clicked.connect(self._arrive)
        self.change = key_button(tr("更改预约(&W)…"), "link")
        self.change.clicked.connect(self._change)
        self._hide_again = QTimer(self, singleShot=True, interval=REVEAL_SECONDS * 1000)
        self._hide_again.timeout.connect(self._mask)
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        column.setSpacing(GAP)
        phone = QHBoxLayout()
        phone.addWidget(self.phone)
        phone.addWidget(self.reveal_button)
        phone.addStretch(1)
        for part in (self.when, self.name):
            column.addWidget(part)
        column.addLayout(phone)
        column.addWidget(self.promises)
        column.addWidget(self.facts, 1)
        column.addWidget(self.hint)
        column.addWidget(self.confirm)
        column.addWidget(self.change)

    def show_row(
        self, row: AppointmentRow | None, hint: str = "", *, arriving: bool = False
    ) -> None:
        """Show a line of the list, or what this card is for; `arriving` offers to check in."""
        same = self.row is not None and row is not None
        same = same and self.row.appointment_id == row.appointment_id  # type: ignore[union-attr]
        self.row = row
        for part in (self.when, self.name, self.promises, self.facts):
            part.setVisible(row is not None)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.confirm.setVisible(arriving)
        self.change.setVisible(row is not None and row.open)
        if row is None:
            self._mask()
            return
        self.when.setText(f"{day_words(row.day, self._context.today())} · {row.at}")
        self.name.setText(f"{row.name} {row.title}".strip())
        self.promises.show_words(promise_words(row))
        self.facts.show_rows(_facts(row))
        if not same:
            self._mask()
        self.setAccessibleDescription(
            "、".join([row.at, row.name, *(words for words, _ in promise_words(row))])
        )

    def _arrive(self, *_: object) -> None:
        if self.row is not None:
            self.arrived.emit(self.row)

    def _change(self, *_: object) -> None:
        if self.row is not None:
            self.change_wanted.emit(self.row)

    def _mask(self) -> None:
        self._hide_again.stop()
        shown = self.row is not None
        self.phone.setVisible(shown)
        self.reveal_button.setVisible(shown and bool(self.row and self.row.phone_masked))
        if self.row is not None:
            self.phone.setText(self.row.phone_masked or tr("没有电话"))

    def reveal(self, *_: object) -> None:
        """Show the number to dial for 10 s; the service checks the right and logs the look."""
        if self.row is None or not self.row.phone_masked:
            return
        number = self._context.alerts.run(
            reveal_phone, self._context.session, appointment_id=self.row.appointment_id
        )
        if number is not None:
            self.phone.setText(number)
            self.reveal_button.hide()
            self._hide_again.start()


def _facts(row: AppointmentRow) -> list[tuple[str, tuple[str, ...], str]]:
    record = row.number or tr("新顾客，还没有档案")
    said = ""
    if row.confirmed_on:
        said = tr("{day} {outcome}").format(
            day=row.confirmed_on, outcome=outcome_title(row.confirmed)
        )
    lines = [
        (tr("档案"), record, ""),
        (tr("状态"), " · ".join(filter(None, (state_words(row), late_words(row)))), ""),
        (tr("医生"), row.doctor_name or tr("未指定"), ""),
        (tr("项目"), row.item, ""),
        (tr("介绍人"), row.introduced_by, ""),
        (tr("备注"), row.note, ""),
        (tr("电话确认"), said, ""),
    ]
    return [(title, (text,), tone) for title, text, tone in lines if text]
