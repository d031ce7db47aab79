"""One complaint, request or suggestion: whose, what, what was done, and the one next step."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.feedback.complaint_list import ComplaintRow, StepRow, complaint, steps_of
from services.feedback.request_list import RequestRow, request_row
from services.feedback.voices import Voice
from services.feedback.words import (
    COMPLAINT,
    complaint_state_title,
    kind_title,
    priority_title,
    request_state_title,
    source_title,
    step_title,
    topic_title,
)
from services.followups.calls import satisfaction_title
from services.forms.complaint_sheet import goodwill_words
from services.i18n import tr
from services.rights import may
from ui.context import UiContext
from ui.dialogs.complaints import next_step
from ui.forms import button, label
from ui.theme import GAP
from ui.widgets.feedback_list import AWARD_KEY, POINTS_KEY, PRINT_KEY
from ui.widgets.gift_kit import Card, RightNote, key_button
from ui.widgets.reception_parts import Facts, Flow, scrolling

WIDTH = 66 * GAP
Row = ComplaintRow | RequestRow

# step → right it takes
RIGHTS = {
    "acknowledge": "complaint.acknowledge",
    "handle": "complaint.handle",
    "close": "complaint.close",
    "note": "complaint.note",
    "assign": "complaint.assign",
    "report": "complaint.report",
    "change": "complaint.change",
    "reopen": "complaint.reopen",
    "points": "points.adjust",
    "award": "award.give",
    "answer": "request.answer",
    "assign_request": "request.assign",
    "drop": "request.drop",
    "reopen_request": "request.reopen",
    "print": "paper.personal",
}


class VoiceCard(Card):
    """The one at hand. `wanted` asks for a step by name."""

    wanted = Signal(str)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.row: Row | None = None
        self.setAccessibleName(tr("投诉和意见"))
        self.setMaximumWidth(WIDTH)
        self.heading.hide()
        self.name = QLabel()
        self.name.setStyleSheet("font-size: 15pt; font-weight: 600;")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.number = label("", "muted")
        self.words = Flow(WIDTH - 4 * GAP)
        self.said = label("")
        self.facts = Facts()
        self.steps = Facts()
        self.right = RightNote(context)
        self.next = button("", "primary")
        self.buttons: dict[str, QPushButton] = {}
        self._build()
        self.next.clicked.connect(self.take_next)
        self.submitted.connect(self.take_next)
        self.show_voice(None)

    # --- building ---

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP + 4)
        head.addWidget(self.name)
        head.addWidget(self.number, 1)
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP + 4)
        for part in (self.said, self.facts, self.steps):
            column.addWidget(part)
        column.addStretch(1)
        self._inside = QWidget()
        inner = QVBoxLayout(self._inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(GAP)
        inner.addLayout(head)
        inner.addWidget(self.words)
        inner.addWidget(scrolling(told), 1)
        inner.addWidget(self.right)
        for names in _rows():
            last = self._row(names)
            inner.addLayout(last)
        last.addWidget(self.next)
        self.teach = label(_lesson(), "muted")
        self.teach.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self._inside, 1)
        self.body.addWidget(self.teach, 1)

    def _row(self, names: tuple[str, ...]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for name in names:
            text = _buttons()[name]
            made = key_button(text)
            made.clicked.connect(partial(self._pressed, name))
            self.buttons[name] = made
            row.addWidget(made)
        row.addStretch(1)
        return row

    # --- showing ---

    def show_voice(self, voice: Voice | None) -> None:
        """Show what is chosen in the list; a lesson when nothing is."""
        db, today = self._context.db, self._context.today()
        if voice is None:
            self.row = None
        elif voice.kind == COMPLAINT:
            self.row = complaint(db, today, voice.id)
        else:
            self.row = request_row(db, today, voice.id)
        self._inside.setVisible(self.row is not None)
        self.teach.setVisible(self.row is None)
        if self.row is None:
            return
        self.name.setText(self.row.name)
        self.number.setText(self.row.number)
        self.said.setText(self.row.text)
        if isinstance(self.row, ComplaintRow):
            self.words.show_words(_complaint_words(self.row))
            self.facts.show_rows(_complaint_facts(self.row))
            self.steps.show_rows([_step(each) for each in steps_of(db, self.row.id)[1:]])
        else:
            self.words.show_words(_request_words(self.row))
            self.facts.show_rows(_request_facts(self.row))
            self.steps.show_rows([])
        self._show_buttons(self.row)

    def _show_buttons(self, row: Row) -> None:
        offered = self.offered(row)
        session = self._context.signed_in.session
        role = "" if session is None else session.actor.role
        for name, made in self.buttons.items():
            made.setVisible(name in offered)
            made.setEnabled(may(role, RIGHTS[name]))
        step = self.next_of(row)
        self.next.setVisible(bool(step))
        allowed = self.right.check(RIGHTS[step]) if step else self.right.check()
        self.next.setEnabled(allowed)
        if step:
            self.next.setText(tr("{step} ⏎").format(step=_next_words()[step]))
            self.next.setAccessibleName(_next_words()[step])

    def next_of(self, row: Row) -> str:
        """What is to be done now; '' when it is over."""
        if isinstance(row, ComplaintRow):
            return next_step(row)
        return "answer" if row.open else ""

    def offered(self, row: Row) -> set[str]:
        """What else can be done about it."""
        if isinstance(row, RequestRow):
            return {"assign_request", "drop"} if row.open else {"reopen_request"}
        if not row.open:
            return {"reopen", "print"}
        found = {"note", "assign", "change", "points", "award", "print"}
        if row.reported_on is None:
            found.add("report")
        found.add("reopen" if row.handled_on is not None else "close")
        return found

    # --- doing ---

    def take_next(self, *_: object) -> None:
        """Enter: the next step."""
        if self.row is not None:
            self.take(self.next_of(self.row))

    def take(self, step: str) -> None:
        """Ask for a step, if it is one that can be taken now by whoever is signed in."""
        if self.row is None or not step:
            return
        known = self.buttons.get(step, self.next)
        if known.isEnabled() and (step == self.next_of(self.row) or step in self.offered(self.row)):
            self.wanted.emit(step)

    def _pressed(self, step: str, *_: object) -> None:
        self.take(step)


def _rows() -> tuple[tuple[str, ...], ...]:
    return (
        ("note", "assign", "assign_request", "report", "change", "drop"),
        ("points", "award", "print"),
        ("close", "reopen", "reopen_request"),
    )


def _buttons() -> dict[str, str]:
    return {
        "note": tr("记录(&J)…"),
        "assign": tr("转交(&Z)…"),
        "assign_request": tr("转交(&Z)…"),
        "report": tr("上报(&B)…"),
        "change": tr("改期限(&D)…"),
        "close": tr("直接结案(&C)…"),
        "drop": tr("不办(&X)…"),
        "reopen": tr("重新打开(&K)…"),
        "reopen_request": tr("重新打开(&K)…"),
        "points": tr("{key} 补偿积分…").format(key=POINTS_KEY),
        "award": tr("{key} 补偿礼品…").format(key=AWARD_KEY),
        "print": tr("{key} 打印…").format(key=PRINT_KEY),
    }


def _next_words() -> dict[str, str]:
    return {
        "acknowledge": tr("回应顾客"),
        "handle": tr("处理"),
        "close": tr("结案"),
        "answer": tr("答复"),
    }


def _complaint_words(row: ComplaintRow) -> list[tuple[str, str]]:
    tone = "error" if row.overdue else "warning" if row.open else "success"
    state = complaint_state_title(row.state)
    if row.overdue:
        state = tr("{state} · 超期").format(state=state)
    priority = priority_title(row.urgent, row.high)
    words = [
        (tr("投诉 {n} 号").format(n=row.id), "muted"),
        (state, tone),
        (priority, "error" if row.urgent else "accent"),
        (topic_title(row.topic), "muted"),
        (tr("已上报院长") if row.reported_on else "", "warning"),
    ]
    return [each for each in words if each[0]]


def _complaint_facts(row: ComplaintRow) -> list[tuple[str, tuple[str, ...], str]]:
    received = (row.received_on, source_title(row.source), tr("{name} 受理").format(name=row.staff))
    late = "error" if row.due_late else ""
    rows: list[tuple[str, str, str]] = [
        (tr("受理"), " · ".join(part for part in received if part), ""),
        (tr("责任人"), row.owner or tr("没有"), "" if row.owner else "warning"),
    ]
    if row.open and row.acknowledged_on is None and row.reply_by:
        words = tr("{day} 前").format(day=row.reply_by)
        rows.append((tr("首次回应"), words, "error" if row.reply_late else ""))
    if row.open and row.due_on:
        rows.append((tr("处理期限"), tr("{day} 前").format(day=row.due_on), late))
    rows.append((tr("补偿"), goodwill_words(row), ""))
    rows.append((tr("结果"), row.outcome, ""))
    if row.satisfied:
        rows.append((tr("顾客意见"), satisfaction_title(row.satisfied), ""))
    return [(title, (text,), tone) for title, text, tone in rows if text]


def _request_words(row: RequestRow) -> list[tuple[str, str]]:
    tone = "error" if row.overdue else "warning" if row.open else "success"
    state = request_state_title(row.state)
    if row.overdue:
        state = tr("{state} · 超期").format(state=state)
    return [
        (kind_title(row.kind), "muted"),
        (state, tone),
        (source_title(row.source), "muted"),
    ]


def _request_facts(row: RequestRow) -> list[tuple[str, tuple[str, ...], str]]:
    received = tr("{day} · {name} 登记").format(day=row.received_on, name=row.staff)
    due = tr("{day} 前").format(day=row.due_on) if row.open and row.due_on else ""
    rows = (
        (tr("登记"), received, ""),
        (tr("责任人"), row.owner, ""),
        (tr("期限"), due, "error" if row.overdue else ""),
        (tr("办结"), row.closed_on or "", ""),
        (tr("答复"), row.answer, ""),
    )
    return [(title, (text,), tone) for title, text, tone in rows if text]


def _step(each: StepRow) -> tuple[str, tuple[str, ...], str]:
    words: Any = tr("{text}　{day} {staff}")
    said = words.format(text=each.text, day=each.occurred_on, staff=each.staff)
    return step_title(each.step), (said,), ""


def _lesson() -> str:
    return tr(
        "选中一条，这里是经过和下一步。\n\n"
        "回车办下一步；N 登记投诉，R 登记要求或建议；\n"
        "G 补偿积分，L 补偿礼品，P 打印处理单。"
    )
