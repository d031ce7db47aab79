"""Signing a draft (签署): from when, for whom, what changes; the director's own PIN again."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.commands import Approval
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.programmes.differences import Difference
from services.programmes.next_version import NextVersion, next_version
from services.programmes.signing import sign
from services.staff import approve
from ui.context import UiContext
from ui.forms import DateEdit, Form, PinEdit, TextEdit, label
from ui.long_work import write_beside
from ui.theme import GAP
from ui.widgets.gift_kit import RightNote, Switch, key_button
from ui.widgets.programme_draft import EditedDraft
from ui.widgets.programme_text import Sentences
from ui.widgets.work import Work

RIGHT = "approve.programme"
_LEFT = 54 * GAP
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SignPage(QWidget):
    """Enter goes from field to field; Enter in the PIN signs."""

    signed = Signal(object)

    def __init__(self, context: UiContext, work: Work) -> None:
        super().__init__()
        self._context, self._work = context, work
        self._draft: EditedDraft | None = None
        self._next: NextVersion | None = None
        self._op = uuid.uuid4()
        self.right = RightNote(context)
        self.day = DateEdit()
        self.scope = Switch(
            tr("给谁用"), [("all", tr("全部会员(&L)")), ("new", tr("只给新会员(&N)"))]
        )
        self.note = TextEdit(tr("例如 院务会 11 月 18 日决定"))
        self.pin = PinEdit(tr("密码"))
        self.sign_button = key_button(tr("签署(&Q)"), "primary")
        self.changes = Sentences(tr("和现在不同的地方"))
        self._lay_out()
        self.day.textChanged.connect(self._look_ahead)
        self.scope.chosen.connect(self._look_ahead)
        self.sign_button.clicked.connect(self.sign)

    def _lay_out(self) -> None:
        self.form = Form()
        self.day_field = self.form.add(tr("从哪天起生效(&D)"), self.day)
        self.scope_field = self.form.add(tr("给谁用"), self.scope)
        self.form.add(tr("说明(&W)"), self.note)
        self.pin_field = self.form.add(tr("院长本人的密码(&P)"), self.pin)
        side = QWidget()
        side.setFixedWidth(_LEFT)
        left = QVBoxLayout(side)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(GAP)
        left.addWidget(self.right)
        left.addWidget(self.form)
        words = tr("签署后不能再改，只能再签新版。以前的积分、等级和礼品仍按当时的版本。")
        left.addWidget(label(words, "muted"))
        left.addWidget(self.sign_button)
        left.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3 * GAP)
        row.addWidget(side)
        row.addWidget(self.changes, 1)

    def open(self, draft: EditedDraft) -> None:
        """A complete draft to sign."""
        self._draft = draft
        self._op = uuid.uuid4()
        self.form.clear_errors()
        self.pin.clear()
        self.note.clear()
        self.scope.choose("all")
        self.day.setText(self._context.today())
        self._look_ahead()
        allowed = self.right.check("programme.sign")
        for widget in (self.form, self.sign_button):
            widget.setEnabled(allowed)
        known = self.replaces
        self.form.show_row(self.scope_field, known)
        self.day_field.setEnabled(known)  # a new programme begins today
        if known:
            self.day.setFocus()
            self.day.selectAll()
        else:
            self.note.setFocus()

    @property
    def name(self) -> str:
        """What is to be signed."""
        return self._draft.programme.name if self._draft is not None else ""

    @property
    def replaces(self) -> bool:
        """Whether it takes the place of an earlier version."""
        return self._next is not None and self._next.replaces is not None

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What it changes."""
        return self._next.changes if self._next is not None else ()

    def _look_ahead(self, *_: object) -> None:
        """What would be in force from that day, for whom, and what changes."""
        if self._draft is None:
            return
        try:
            day = self.day.day()
        except RuleError:
            return
        db, today = self._context.db, self._context.today()
        found = self._context.alerts.run(next_version, db, today, self._draft.programme, day)
        if found is not None:
            self._next = found
            intro = introduction(self._draft.programme.name, found, day, str(self.scope.value()))
            self.changes.show_differences(found.changes, intro)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _ENTER:
            super().keyPressEvent(event)
        elif self.pin.hasFocus():
            self.sign()
        else:
            self.focusNextChild()

    # --- signing ---

    def sign(self) -> None:
        """Check the day and the PIN, then sign on another thread."""
        if self._draft is None or self._work.busy:
            return
        try:
            day = self.day.day()
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        session = self._context.session
        try:
            word = approve(self._context.clinic, session.actor.name, self.pin.text(), RIGHT)
        except RuleError as refused:
            self.pin_field.refuse(refused.sentence)
            return
        finally:
            self.pin.clear()
        self._start(day, word)

    def _start(self, day: str, word: Approval, *consent: str) -> None:
        assert self._draft is not None
        call = partial(
            write_beside,
            self._context.session.once(self._op).confirming(*consent),
            sign,
            draft_id=self._draft.id,
            valid_from=day,
            scope=str(self.scope.value()),
            note=self.note.value(),
            approval=word,
        )
        self.setEnabled(False)
        self._work.start(
            tr("正在签署"),
            call,
            self._done,
            progress=True,
            always=self._again,
            ask=partial(self._ask, day, word),
        )

    def _ask(self, day: str, word: Approval, question: Confirmable) -> None:
        if self._context.alerts.ask(tr("请确认"), question.sentence):
            self._start(day, word, question.code)

    def _done(self, done: Any) -> None:
        self._context.alerts.announce(done)
        self.signed.emit(done)

    def _again(self) -> None:
        self.setEnabled(True)
        self.pin.setFocus()


def introduction(name: str, found: NextVersion, day: str, scope: str) -> list[str]:
    """What will be in force from when for whom, in sentences (R058)."""
    for_whom = {"all": tr("给全部会员用"), "new": tr("只给这天起入会的人用")}[scope]
    if found.replaces is None:
        words = [tr("“{name}”是新方案，{day} 起生效，给全部会员用。").format(name=name, day=day)]
        if found.beside:
            beside = tr("、").join(f"“{each}”" for each in found.beside)
            words.append(
                tr("{beside}仍在使用。签署后可以把会员转过来，也可以几个方案并行。").format(
                    beside=beside
                )
            )
        return words
    sentence = tr("“{name}”第 {n} 版，{day} 起生效，{scope}；接替第 {old} 版({start} 起)。")
    words = [
        sentence.format(
            name=name,
            n=found.number,
            day=day,
            scope=for_whom,
            old=found.replaces.number,
            start=found.replaces.valid_from,
        )
    ]
    if scope == "all":
        words.append(tr("够新条件的会员那天就升级；达不到的，各自到期再看，不会当天降级。"))
    else:
        words.append(tr("以前入会的会员留在原来的版本。"))
    if not found.changes:
        words.append(tr("念出来和现在没有不同。"))
    return words
