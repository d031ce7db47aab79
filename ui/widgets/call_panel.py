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

from services.clock import plus_days
from services.errors import RuleError
from services.followups.assigning import callers, change_channel
from services.followups.calls import (
    CallRow,
    attempts_of,
    log_call,
    outcome_title,
    recovery_title,
    satisfaction_title,
)
from services.followups.outcomes import REACHED
from services.followups.script import call_script
from services.i18n import tr
from services.people.privacy import REVEAL_SECONDS, reveal
from ui.context import UiContext
from ui.forms import ChoiceBox, DateEdit, Form, TextEdit, button, label, plain
from ui.theme import GAP
from ui.widgets.call_fields import LaterBar, recovery_steps, satisfaction_steps
from ui.widgets.call_list import KEYS, LATER, LETTER, NOT_CALLED, REVEAL, key_title, mark_title
from ui.widgets.chip import Chip
from ui.widgets.gift_kit import Card, RightNote, key_button, rename
from ui.widgets.reception_parts import Flow

WIDTH = 76 * GAP
PAST = 3  # calls of the past that are shown
KEYS_A_ROW = 5


class CallPanel(Card):
    """The call at hand. `logged` tells (row, what came of it, result); `entered` that Enter was
    pressed in a field with nothing waiting for it."""

    logged = Signal(object, str, object)
    entered = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.row: CallRow | None = None
        self.pending = ""
        self.turn = 0
        self._op = uuid4()
        self.setAccessibleName(tr("回访"))
        self.setMaximumWidth(WIDTH)
        self.heading.hide()
        self._head()
        self._fields()
        self._keys()
        self._build()
        self._hide_again = QTimer(self, singleShot=True, interval=REVEAL_SECONDS * 1000)
        self._hide_again.timeout.connect(self._mask)
        self.submitted.connect(self._enter)
        self.later.chosen.connect(self._put_off)
        self.later.day_wanted.connect(self.next.setFocus)
        self.show_call(None)

    # --- building ---

    def _head(self) -> None:
        self.name = QLabel()
        self.name.setStyleSheet("font-size: 17pt; font-weight: 600;")
        self.tier = Chip()
        self.number = label("", "muted")
        self.phone = QLabel()
        self.phone.setStyleSheet("font-size: 13pt; font-weight: 600;")
        self.reveal_button = button(tr("{key} 显示号码").format(key=REVEAL), "link")
        self.reveal_button.setToolTip(tr("显示 10 秒并记入日志"))
        self.reveal_button.clicked.connect(self.reveal)
        self.reasons = Flow(WIDTH - 4 * GAP)
        self.wish = label("", "warning")

    def _fields(self) -> None:
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setAccessibleName(tr("话术"))
        self.other_words = key_button(
            tr("换一种说法(&C)"), "link", tr("同一件事的另一种话术，轮流显示")
        )
        self.other_words.clicked.connect(self.turn_script)
        self.past = label("", "muted")
        self.right = RightNote(self._context)
        self.steps = satisfaction_steps()
        self.recovery = recovery_steps()
        self.nps = TextEdit("0–10")
        self.owner = ChoiceBox()
        self.note = TextEdit(tr("顾客说了什么、有什么要求"))
        self.next = DateEdit(tr("自动"))
        self.hint = label("", "warning")
        self.later = LaterBar()

    def _keys(self) -> None:
        self.outcomes: dict[str, QPushButton] = {}
        for key, wanted in KEYS.items():
            role = "primary" if wanted == "fine" else ""
            made = button(f"{key} {key_title(wanted)}", role)
            made.setToolTip(tr("列表里按 {key}，输入时按 Alt+{key}").format(key=key))
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.clicked.connect(partial(self._pressed, wanted))
            made.setStyleSheet("padding-left: 6px; padding-right: 6px;")  # nine in two rows
            self.outcomes[wanted] = made
        self.past_button = key_button(tr("记录(&B)…"), "link", tr("这位顾客所有要打的和打过的电话"))

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP + 4)
        for widget in (self.name, self.tier, self.number):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.phone)
        head.addWidget(self.reveal_button)
        keys = QGridLayout()
        keys.setSpacing(4)
        for number, made in enumerate((*self.outcomes.values(), self.past_button)):
            keys.addWidget(made, number // KEYS_A_ROW, number % KEYS_A_ROW)
        form = Form()
        self.nps_word = _word(tr("推荐(&I)"), self.nps, 8 * GAP)
        owner_word = _word(tr("处理人(&U)"), self.owner, 15 * GAP)
        next_word = _word(tr("下次(&D)"), self.next, 15 * GAP)
        form.add(tr("满意度"), _side_by_side(self.steps, self.nps_word, self.nps))
        form.add(tr("恢复"), _side_by_side(self.recovery, owner_word, self.owner))
        form.add(tr("备注(&N)"), _side_by_side(self.note, next_word, self.next))
        self.form = form
        self.next.setToolTip(tr("空着：接通即完成；没接通明天再打，第三次起隔三天；号码不对隔一周"))
        self.owner.setToolTip(tr("顾客的要求、投诉和不适由谁处理"))
        inner = QVBoxLayout()
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(GAP)
        inner.addLayout(head)
        inner.addWidget(self.reasons)
        inner.addWidget(self.wish)
        inner.addWidget(self._said(), 1)
        for part in (self.right, form, self.hint, self.later):
            inner.addWidget(part)
        inner.addLayout(keys)
        self._inside = QWidget()
        self._inside.setLayout(inner)
        self.teach = label(_lesson(), "muted")
        self.teach.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        self.body.addWidget(self._inside, 1)
        self.body.addWidget(self.teach, 1)

    def _said(self) -> QWidget:
        """The words to say and the calls of the past: all that may have to be scrolled."""
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.viewport().setAutoFillBackground(False)
        said = QWidget()
        column = QVBoxLayout(said)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.other_words, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.words)
        column.addWidget(self.past)
        column.addStretch(1)
        scroll.setWidget(said)
        said.setAutoFillBackground(False)  # setWidget switches it on
        return scroll

    # --- showing ---

    def show_call(self, row: CallRow | None) -> None:
        """Another call, or none; that of the same person keeps what was typed, whatever joined or
        left its reasons meanwhile."""
        same = row is not None and self.row is not None and row.person_id == self.row.person_id
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
        marks = [(mark_title(row.mark), "error")] if row.mark else []
        self.reasons.show_words([*marks, *((reason, "accent") for reason in row.reasons)])
        self.wish.setText(tr("顾客希望：{wish}").format(wish=row.wish))
        self.wish.setVisible(bool(row.wish))
        for part in (self.nps_word, self.nps):
            part.setVisible(row.survey)
        self._show_words()
        self.past.setText(_past_words(self._context.db, row.person_id))
        self.past.setVisible(bool(self.past.text()))
        if not same:
            self._mask()

    def _show_words(self) -> None:
        assert self.row is not None
        row = self.row
        said = self._context.alerts.run(
            call_script,
            self._context.db,
            self._context.today(),
            row.person_id,
            row.task_ids,
            self.turn,
        )
        lines = said.lines if said is not None else ()
        self.words.setText(_as_steps(lines))
        turns = said.turns if said is not None else 1
        self.other_words.setVisible(turns > 1)
        words = tr("换一种说法({at}/{n})(&C)")
        rename(self.other_words, words.format(at=self.turn % turns + 1, n=turns))
        self.setAccessibleDescription("、".join((row.name + row.title, *row.reasons, *lines)))

    def turn_script(self, *_: object) -> None:
        """The next way to say it."""
        self.turn += 1
        if self.row is not None:
            self._show_words()

    def _empty(self) -> None:
        self._op = uuid4()
        self.pending = ""
        self.turn = 0
        for field in (self.note, self.next, self.nps):
            field.clear()
        self.steps.clear()
        self.recovery.clear()
        session = self._context.signed_in.session
        own = session.actor.id if session is not None else 0
        others = [(r.id, r.name) for r in callers(self._context.db) if r.id != own]
        self.owner.set_choices([(None, tr("我自己")), *others])
        self.owner.setCurrentIndex(0)
        self._say("")

    def _say(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        self.later.setVisible(self.pending == LATER)
        for field in self.form.fields[:2]:  # how somebody feels is not asked of who was not called
            self.form.show_row(field, self.pending not in (LATER, NOT_CALLED))

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

    def _pressed(self, wanted: str, *_: object) -> None:
        self.log(wanted)

    def log(self, wanted: str) -> None:
        """Write the call down; what needs words or a day first asks for them."""
        if self.row is None or self._asks(wanted):
            return
        row = self.row
        done = self._context.alerts.run(self._log, row, wanted)
        if done is None:
            return
        self._empty()
        self.logged.emit(row, wanted, done)

    def _asks(self, wanted: str) -> bool:
        """Ask for what is missing; answers whether something is."""
        asked = {
            "request": tr("写下顾客的要求，再按 Enter 登记。"),
            NOT_CALLED: tr("写明为什么不打，再按 Enter 登记。"),
            LATER: "",
        }
        lacks = self.next if wanted == LATER else self.note
        if wanted not in asked or lacks.value():
            return False
        self.pending = wanted
        self._context.alerts.bar.dismiss()  # so that Esc leaves the field at once
        self._say(asked[wanted])
        (self.later if wanted == LATER else self.note).setFocus()
        return True

    def _put_off(self, days: int) -> None:
        self.next.setText(plus_days(self._context.today(), days))
        self.log(LATER)

    def _log(self, row: CallRow, wanted: str) -> Any:
        session = self._context.session.once(self._op)
        if wanted == LETTER:
            return change_channel(session, task_ids=row.task_ids, channel="letter")
        reached = wanted in REACHED
        return log_call(
            session,
            person_id=row.person_id,
            task_ids=row.task_ids,
            outcome=NOT_CALLED if wanted == LATER else wanted,
            satisfaction=self.steps.value() if reached else None,
            recovery=(self.recovery.value() or "") if reached else "",
            nps=_score(self.nps.value()) if reached and row.survey else None,
            note=self.note.value(),
            next_on=None if wanted == NOT_CALLED else self.next.day_or_none(),
            owner_id=self.owner.value(),
        )

    def _enter(self) -> None:
        if self.pending:
            self.log(self.pending)
        else:
            self.entered.emit()

    def cancel(self) -> bool:
        """Esc: what was begun is none."""
        was = bool(self.pending)
        self.pending = ""
        self._say("")
        return was


def _word(words: str, control: QWidget, width: int) -> QLabel:
    """The word before a control that shares its row with another."""
    made = QLabel(words)
    made.setBuddy(control)
    control.setAccessibleName(plain(words))
    control.setFixedWidth(width)
    return made


def _side_by_side(first: QWidget, *others: QWidget) -> QWidget:
    """Controls in one row, the first one growing."""
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP)
    row.addWidget(first, 1)
    for each in others:
        row.addWidget(each)
    both.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    both.setFocusProxy(first)
    return both


def _score(text: str) -> int | None:
    """0 to 10 as typed; None for nothing. Raises RuleError."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:3]) <= 10 and len(text) <= 2):
        raise RuleError(tr("推荐意愿请填 0 至 10 的整数，没问就空着。"))
    return int(text)


def _lesson() -> str:
    return tr(
        "选中一位，这里就是要说的话。\n\n"
        "F9 打开下一个电话；0 显示号码；\n"
        "打完按 1–6 记下结果，自动打开下一位；\n"
        "7 改天再打，8 写明原因不打，9 改寄信函；记错了按 Ctrl+Z。"
    )


def _as_steps(lines: tuple[str, ...]) -> str:
    rows = [
        f'<tr><td style="padding: 0 10px 6px 0">{number}</td>'
        f'<td style="padding-bottom: 6px">{html.escape(line)}</td></tr>'
        for number, line in enumerate(lines, 1)
    ]
    return f"<table>{''.join(rows)}</table>"


def _past_words(db: Any, person_id: int) -> str:
    lines = []
    for call in attempts_of(db, person_id)[:PAST]:
        felt = satisfaction_title(call.satisfaction) if call.satisfaction else ""
        how = tr("恢复{how}").format(how=recovery_title(call.recovery)) if call.recovery else ""
        parts = (call.occurred_on, call.staff, outcome_title(call.outcome), felt, how, call.note)
        lines.append(" · ".join(part for part in parts if part))
    return "\n".join([tr("以前的回访："), *lines]) if lines else ""
