"""One call: whom, why, what to say, and what came of it in one key."""

from __future__ import annotations

import html
from functools import partial
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from services.followups.calls import (
    CallRow,
    attempts_of,
    log_call,
    outcome_title,
    satisfaction_title,
    script,
)
from services.i18n import tr
from services.people.privacy import reveal
from ui.context import UiContext
from ui.forms import DateEdit, Form, TextEdit, button, label
from ui.theme import GAP, role_of
from ui.widgets.call_list import KEYS, REVEAL
from ui.widgets.chip import Chip
from ui.widgets.gift_kit import Card, RightNote, key_button
from ui.widgets.reception_parts import Flow

WIDTH = 72 * GAP
SHOWN_SECONDS = 60
PAST = 3  # calls of the past that are shown


class CallPanel(Card):
    """The call at hand. `logged` tells (row, outcome, result); `entered` that Enter was pressed
    in a field with nothing waiting for it."""

    logged = Signal(object, str, object)
    entered = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.row: CallRow | None = None
        self.pending = ""
        self._op = uuid4()
        self.setAccessibleName(tr("回访"))
        self.setMaximumWidth(WIDTH)
        self.heading.hide()
        self._fields()
        self._build()
        self._hide_again = QTimer(self, singleShot=True, interval=SHOWN_SECONDS * 1000)
        self._hide_again.timeout.connect(self._mask)
        self.submitted.connect(self._enter)
        self.show_call(None)

    # --- building ---

    def _fields(self) -> None:
        self.name = QLabel()
        self.name.setStyleSheet("font-size: 17pt; font-weight: 600;")
        self.tier = Chip()
        self.number = label("", "muted")
        self.phone = QLabel()
        self.phone.setStyleSheet("font-size: 13pt; font-weight: 600;")
        self.reveal_button = button(tr("{key} 显示号码").format(key=REVEAL), "link")
        self.reveal_button.setToolTip(tr("显示一分钟并记入日志"))
        self.reveal_button.clicked.connect(self.reveal)
        self.reasons = Flow(WIDTH - 4 * GAP)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setAccessibleName(tr("话术"))
        self.past = label("", "muted")
        self.right = RightNote(self._context)
        self.steps = Satisfaction()
        self.note = TextEdit(tr("顾客说了什么、有什么要求"))
        self.next = DateEdit(tr("自动"))
        self.hint = label("", "warning")
        self.outcomes: dict[str, QPushButton] = {}
        for key, outcome in KEYS.items():
            role = "primary" if outcome == "fine" else ""
            made = button(f"{key} {outcome_title(outcome)}", role)
            made.setToolTip(tr("列表里按 {key}，输入时按 Alt+{key}").format(key=key))
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.clicked.connect(partial(self._pressed, outcome))
            self.outcomes[outcome] = made

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP + 4)
        for widget in (self.name, self.tier, self.number):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.phone)
        head.addWidget(self.reveal_button)
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        said = QWidget()
        column = QVBoxLayout(said)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(self.past)
        column.addStretch(1)
        scroll.setWidget(said)
        said.setAutoFillBackground(False)  # setWidget switches it on
        keys = QGridLayout()
        keys.setSpacing(6)
        for number, made in enumerate(self.outcomes.values()):
            keys.addWidget(made, number // 3, number % 3)
        form = Form()
        form.add(tr("满意度"), self.steps)
        form.add(tr("备注(&N)"), self._note_and_day())
        inner = QVBoxLayout()
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(GAP)
        inner.addLayout(head)
        inner.addWidget(self.reasons)
        inner.addWidget(scroll, 1)
        for part in (self.right, form, self.hint):
            inner.addWidget(part)
        inner.addLayout(keys)
        self._inside = QWidget()
        self._inside.setLayout(inner)
        self.teach = label(_lesson(), "muted")
        self.teach.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self._inside, 1)
        self.body.addWidget(self.teach, 1)

    def _note_and_day(self) -> QWidget:
        """What was said, and the day to call again, in one row."""
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        words = QLabel(tr("下次(&D)"))
        words.setBuddy(self.next)
        self.note.setAccessibleName(tr("备注"))
        self.next.setAccessibleName(tr("下次"))
        self.next.setFixedWidth(17 * GAP)
        self.next.setToolTip(tr("空着：接通即完成；没接通明天再打，第三次起隔三天；号码不对隔一周"))
        row.addWidget(self.note, 1)
        row.addWidget(words)
        row.addWidget(self.next)
        both.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        both.setFocusProxy(self.note)
        return both

    # --- showing ---

    def show_call(self, row: CallRow | None) -> None:
        """Another call, or none; the same call keeps what was typed."""
        same = row is not None and self.row is not None and row.task_ids == self.row.task_ids
        self.row = row
        self._inside.setVisible(row is not None)
        self.teach.setVisible(row is None)
        if row is None:
            return
        if not same:
            self._empty()
        self.right.check("followup.log")
        self.name.setText(f"{row.name} {row.title}".strip())
        self.tier.show_tier(row.tier_name or tr("非会员"), row.tier_colour)
        self.number.setText(row.number)
        self.reasons.show_words([(reason, "accent") for reason in row.reasons])
        said = self._context.alerts.run(
            script, self._context.db, self._context.today(), row.person_id, row.task_ids
        )
        self.words.setText(_as_steps(said or ""))
        self.past.setText(_past_words(self._context.db, row.person_id))
        self.past.setVisible(bool(self.past.text()))
        if not same:
            self._mask()
        self.setAccessibleDescription("、".join((row.name + row.title, *row.reasons, said or "")))

    def _empty(self) -> None:
        self._op = uuid4()
        self.pending = ""
        self.note.clear()
        self.next.clear()
        self.steps.clear()
        self._say("")

    def _say(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def _mask(self) -> None:
        self._hide_again.stop()
        if self.row is not None:
            self.phone.setText(self.row.phone_masked or tr("没有电话"))
            self.reveal_button.setVisible(bool(self.row.phone_field))

    def reveal(self, *_: object) -> None:
        """Show the number to dial; the service checks the right and logs the look."""
        if self.row is None or not self.row.phone_field:
            return
        number = self._context.alerts.run(
            reveal,
            self._context.session,
            person_id=self.row.person_id,
            field=self.row.phone_field,
        )
        if number is not None:
            self.phone.setText(number)
            self.reveal_button.hide()
            self._hide_again.start()

    # --- logging ---

    def _pressed(self, outcome: str, *_: object) -> None:
        self.log(outcome)

    def log(self, outcome: str) -> None:
        """Write the call down; a request first asks what it is."""
        if self.row is None:
            return
        if outcome == "request" and not self.note.value():
            self.pending = outcome
            self._context.alerts.bar.dismiss()  # so that Esc leaves the note at once
            self._say(tr("写下顾客的要求，再按 Enter 登记。"))
            self.note.setFocus()
            return
        row = self.row
        done = self._context.alerts.run(self._log, row, outcome)
        if done is None:
            return
        self._op = uuid4()
        self.pending = ""
        self.logged.emit(row, outcome, done)

    def _log(self, row: CallRow, outcome: str) -> Any:
        reached = outcome in ("fine", "request")
        return log_call(
            self._context.session.once(self._op),
            person_id=row.person_id,
            task_ids=row.task_ids,
            outcome=outcome,
            satisfaction=self.steps.value() if reached else None,
            note=self.note.value(),
            next_on=self.next.day_or_none(),
        )

    def _enter(self) -> None:
        if self.pending:
            self.log(self.pending)
        else:
            self.entered.emit()

    def cancel(self) -> bool:
        """Esc: a request that was begun is none."""
        was = bool(self.pending)
        self.pending = ""
        self._say("")
        return was


class Satisfaction(QWidget):
    """Four steps of which at most one is down; Alt+letter or Space."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.buttons: list[QPushButton] = []
        for number, letter in enumerate("QWET", 1):
            made = key_button(f"{satisfaction_title(number)}(&{letter})")
            role_of(made, "segment")
            made.setCheckable(True)
            made.clicked.connect(partial(self._clicked, number))
            self.buttons.append(made)
            row.addWidget(made)
        row.addStretch(1)

    def value(self) -> int | None:
        """1 to 4, or nothing said."""
        return next((n for n, made in enumerate(self.buttons, 1) if made.isChecked()), None)

    def clear(self) -> None:
        """Nothing said."""
        for made in self.buttons:
            made.setChecked(False)

    def _clicked(self, number: int, *_: object) -> None:
        for other, made in enumerate(self.buttons, 1):
            if other != number:
                made.setChecked(False)


def _lesson() -> str:
    return tr(
        "选中一位，这里就是要说的话。\n\n"
        "F9 打开下一个电话；0 显示号码；\n"
        "打完按 1–6 记下结果，自动打开下一位。"
    )


def _as_steps(said: str) -> str:
    rows = [
        f'<tr><td style="padding: 0 10px 6px 0">{number}</td>'
        f'<td style="padding-bottom: 6px">{html.escape(line)}</td></tr>'
        for number, line in enumerate(said.splitlines(), 1)
    ]
    return f"<table>{''.join(rows)}</table>"


def _past_words(db: Any, person_id: int) -> str:
    lines = []
    for call in attempts_of(db, person_id)[:PAST]:
        felt = satisfaction_title(call.satisfaction) if call.satisfaction else ""
        parts = (call.occurred_on, call.staff, outcome_title(call.outcome), felt, call.note)
        lines.append(" · ".join(part for part in parts if part))
    return "\n".join([tr("以前的回访："), *lines]) if lines else ""
