"""更换主治医师申请: one dialog for its whole way, in which Enter is always the next step (R130)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.care.doctor_change import (
    APPROVAL,
    decide,
    doctor_word,
    draft_change,
    put_in_force,
    submit_change,
    withdraw,
)
from services.care.doctor_changes import (
    AGREES,
    APPROVED,
    DRAFT,
    OBJECTS,
    WAITING,
    ChangeRow,
    changes_of,
    doctor_change,
    open_change,
)
from services.care.team import ATTENDING, attending_of, set_member
from services.forms.doctor_change import doctor_change_form, doctor_change_paper
from services.i18n import tr
from services.people.records import list_doctors, person
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.dialogs.paper import PaperDialog
from ui.forms import Field, Form, TextEdit, label
from ui.theme import GAP
from ui.widgets.doctor_change_words import earlier, facts, next_words, steps
from ui.widgets.gift_kit import LetterBox, RightNote, key_button, rename
from ui.widgets.reception_parts import Facts, Flow

WIDTH = 88 * GAP
_OLD = 3  # applications done with that are shown


class DoctorChangeDialog(DeskDialog):
    """The open application of a person, a given one, or an empty one. Enter: the next step."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        person_id: int,
        change_id: int | None = None,
    ) -> None:
        super().__init__(context, parent, tr("更换主治医师"))
        self.setFixedWidth(WIDTH)
        self.person_id = person_id
        self.change_id = change_id
        self.row: ChangeRow | None = None
        self._own: tuple[int, str] | None = None
        self.heading = label("", "subheading")
        self.steps = Flow(WIDTH - 6 * GAP)
        self.next = label("", "muted")
        self.facts = Facts()
        self.right = RightNote(context)
        self._fields()
        for part in (self.heading, self.steps, self.facts, self.next, self.right, self.form):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.print_button = key_button(tr("打印(&D)…"))
        self.withdraw_button = key_button(tr("撤回申请(&X)…"))
        self.refuse_button = key_button(tr("不批准(&F)…"))
        left = (self.print_button, self.withdraw_button, self.refuse_button)
        self.main = self.add_buttons(tr("保存申请 ⏎"), tr("关闭"), left=left)
        self.print_button.clicked.connect(self.open_paper)
        self.withdraw_button.clicked.connect(self.give_up)
        self.refuse_button.clicked.connect(self.refuse)
        self.reload()

    def _fields(self) -> None:
        self.doctor = LetterBox()
        self.reason = TextEdit(tr("顾客为什么要换"))
        words = [("", tr("还没问")), (AGREES, tr("同意")), (OBJECTS, tr("不同意"))]
        self.words = {which: LetterBox(words) for which in ("from", "to")}
        self.notes = {which: TextEdit(tr("医生怎么说；不同意必填")) for which in ("from", "to")}
        self.remark = TextEdit(tr("选填"))
        self.form = Form()
        self._doctor_row = self.form.add(tr("医生(&W)"), self.doctor)
        self._reason_row = self.form.add(tr("原因(&Y)"), self.reason)
        self._word_rows = {
            "from": self._word_row("from", tr("原医师(&A)")),
            "to": self._word_row("to", tr("新医师(&B)")),
        }
        self._remark_row = self.form.add(tr("领导批注(&N)"), self.remark)
        self.doctor.currentIndexChanged.connect(self._name_step)
        self.reason.textEdited.connect(self._name_step)
        for box in self.words.values():
            box.currentIndexChanged.connect(self._name_step)

    def _word_row(self, which: str, title: str) -> Field:
        holder = QWidget()
        both = QHBoxLayout(holder)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(GAP)
        self.words[which].setFixedWidth(14 * GAP)
        both.addWidget(self.words[which])
        both.addWidget(self.notes[which], 1)
        holder.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that its letter leads there
        holder.setFocusProxy(self.words[which])
        row = self.form.add(title, holder)
        for part in (self.words[which], self.notes[which]):
            part.setAccessibleName(holder.accessibleName())
        self.notes[which].textEdited.connect(row.clear_error)
        return row

    # --- showing ---

    def reload(self) -> None:
        """Read again and put the keyboard on what is next."""
        if self.context.alerts.run(self._read) is None:
            return
        self._op = uuid.uuid4()
        self.form.clear_errors()
        row = self.row
        state = row.state if row else ""
        editing = state in ("", DRAFT)
        self.steps.show_words([] if self._own is None else steps(row))
        self.next.setText(self._next())
        self._show_facts()
        self.form.show_row(self._doctor_row, editing)
        self.form.show_row(self._reason_row, editing and self._own is not None)
        for which, field in self._word_rows.items():
            here = row is not None and (row.from_here if which == "from" else row.to_here)
            self.form.show_row(field, state == WAITING and here)
        ready = row is not None and state == WAITING and not row.asks
        self.form.show_row(self._remark_row, ready)
        self.form.setVisible(editing or state == WAITING)
        must = row is not None and row.objected
        self.remark.setPlaceholderText(tr("答复不同意的医生") if must else tr("选填"))
        self.refuse_button.setVisible(ready)
        self.withdraw_button.setVisible(row is not None and row.open)
        self.print_button.setVisible(self._own is not None)
        self.main.setVisible(row is None or row.open)
        allowed = self.right.check("doctor_change.draft")
        for made in (self.main, self.refuse_button, self.withdraw_button):
            made.setEnabled(allowed)
        self._name_step()
        self._start()
        self._fit()

    def _fit(self) -> None:
        """No room is kept for what an earlier step showed."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.adjustSize()

    def _read(self) -> bool:
        db = self.context.db
        if self.change_id is None:
            there = open_change(db, self.person_id)
            self.change_id = None if there is None else there.id
        self.row = None if self.change_id is None else doctor_change(db, self.change_id)
        self._own = attending_of(db, self.person_id)
        record = person(db, self.person_id)
        words = tr("{name} {number} · 主治医师 {doctor}")
        own = tr("还没有") if self._own is None else self._own[1]
        self.heading.setText(words.format(name=record.name, number=record.number, doctor=own))
        own_id = None if self._own is None else self._own[0]
        others = [(each.id, each.name) for each in list_doctors(db) if each.id != own_id]
        self.doctor.set_choices([(None, tr("请选择")), *others])
        if self.row is not None:
            self.doctor.choose(self.row.to_doctor_id)
            self.reason.setText(self.row.reason)
            self.words["from"].choose(self.row.from_word)
            self.words["to"].choose(self.row.to_word)
        for line in (*self.notes.values(), self.remark):
            line.clear()
        return True

    def _next(self) -> str:
        if self._own is None:
            return tr("还没有主治医师，选好就行，不用申请。")
        return next_words(self.row)

    def _show_facts(self) -> None:
        rows = [] if self.row is None else facts(self.row)
        if self.row is not None and self.row.state == DRAFT:
            rows = rows[:1]  # the rest stands in the fields
        past = [
            row
            for row in changes_of(self.context.db, self.person_id)
            if not row.open and row.id != self.change_id
        ][:_OLD]
        if past:
            rows.append((tr("以前"), earlier(past), "muted"))
        self.facts.show_rows(rows)
        self.facts.setVisible(bool(rows))

    def _start(self) -> None:
        row = self.row
        if row is None or row.state == DRAFT:
            wanted: QWidget = self.doctor if row is None else self.main
        elif row.state == WAITING:
            wanted = self.words[row.asks[0]] if row.asks else self._for_the_leader()
        else:
            wanted = self.main if row.open else self.print_button
        wanted.setFocus()

    def _for_the_leader(self) -> QWidget:
        assert self.row is not None
        return self.remark if self.row.objected else self.main

    # --- the next step ---

    def _changed_draft(self) -> bool:
        row = self.row
        return row is None or (self.doctor.value(), self.reason.value()) != (
            row.to_doctor_id,
            row.reason,
        )

    def _changed_words(self) -> list[str]:
        row = self.row
        if row is None:
            return []
        before = {"from": row.from_word, "to": row.to_word}
        return [
            which for which, box in self.words.items() if box.value() not in ("", before[which])
        ]

    def _step(self) -> tuple[str, Callable[[], None]]:
        """What Enter does now, and its words."""
        if self._own is None:
            return tr("定为主治医师 ⏎"), self._choose_first
        row = self.row
        if row is None or (row.state == DRAFT and self._changed_draft()):
            return tr("保存申请 ⏎"), self._draft
        if row.state == DRAFT:
            return tr("提交 ⏎"), partial(self._move, submit_change, tr("已提交，请问两位医师。"))
        if row.state == APPROVED:
            return tr("今天起生效 ⏎"), self._in_force
        if row.asks or self._changed_words():
            return tr("记下意见 ⏎"), self._keep_words
        return tr("领导签字批准 ⏎"), partial(self._decide, approved=True)

    def _name_step(self, *_: object) -> None:
        rename(self.main, self._step()[0])

    def submit(self) -> None:
        """The next step."""
        if self.main.isVisible() and self.main.isEnabled():
            self._step()[1]()

    def _choose_first(self) -> None:
        if self.doctor.value() is None:
            self._doctor_row.refuse(tr("请选主治医师。"))
            return
        done = self.context.alerts.run_command(
            set_member,
            self.once,
            person_id=self.person_id,
            part=ATTENDING,
            doctor_id=self.doctor.value(),
        )
        if done is not None:
            words = tr("主治医师是{name}。").format(name=self.doctor.currentText())
            self.say_done(words)

    def _draft(self) -> None:
        if self.doctor.value() is None:
            self._doctor_row.refuse(tr("请选要换成哪位医生。"))
            return
        if not self.reason.value():
            self._reason_row.refuse(tr("请写明更换原因。"))
            return
        done = self.context.alerts.run_command(
            draft_change,
            self.once,
            person_id=self.person_id,
            to_doctor_id=self.doctor.value(),
            reason=self.reason.value(),
        )
        if done is not None:
            self.change_id = done.change_id
            self._say(tr("申请已保存。打印请顾客签字，再提交。"))

    def _keep_words(self) -> None:
        changed = self._changed_words()
        if not changed:
            assert self.row is not None
            self._word_rows[self.row.asks[0]].mark_wrong(tr("请选同意或不同意(按 t 或 b)。"))
            self.words[self.row.asks[0]].setFocus()
            return
        for which in changed:
            if self.words[which].value() == OBJECTS and not self.notes[which].value():
                self._word_rows[which].mark_wrong(tr("不同意请写理由，领导签字时要看。"))
                self.notes[which].setFocus()
                return
        for which in changed:
            done = self.context.alerts.run_command(
                doctor_word,
                self.context.session.once(uuid.uuid4()),
                change_id=self.change_id,
                which=which,
                word=self.words[which].value(),
                note=self.notes[which].value(),
            )
            if done is None:
                return
        self._say(tr("意见已记下。"))

    def refuse(self, *_: object) -> None:
        """The leader says no."""
        if not self.remark.value():
            self._remark_row.refuse(tr("请写明不批准的理由，好答复顾客。"))
            return
        self._decide(approved=False)

    def _decide(self, *, approved: bool) -> None:
        row = self.row
        assert row is not None
        if row.objected and not self.remark.value():
            self._remark_row.refuse(tr("有医生不同意，请在批注里答复。"))
            return
        words = tr("{who}：主治医师由{old}换为{new}。{verdict}")
        what = words.format(
            who=row.person_number,
            old=row.from_doctor,
            new=row.to_doctor,
            verdict=tr("签字批准。") if approved else tr("签字不批准。"),
        )
        approval = ask_approval(self.context, self, APPROVAL, what)
        if approval is None:
            return
        done = self.context.alerts.run_command(
            decide,
            self.once,
            change_id=self.change_id,
            approved=approved,
            note=self.remark.value(),
            approval=approval,
        )
        if done is not None:
            self._say(tr("已批准。") if approved else tr("没有批准，主治医师不变。"))

    def _in_force(self) -> None:
        assert self.row is not None
        words = tr("已生效：从今天起主治医师是{name}。").format(name=self.row.to_doctor)
        done = self.context.alerts.run_command(put_in_force, self.once, change_id=self.change_id)
        if done is not None:
            self.say_done(words)

    def _move(self, call: Callable[..., Any], words: str) -> None:
        done = self.context.alerts.run_command(call, self.once, change_id=self.change_id)
        if done is not None:
            self._say(words)

    def _say(self, words: str) -> None:
        self.reload()
        self.context.alerts.banner(words, "success")

    # --- beside it ---

    def give_up(self, *_: object) -> None:
        """Withdraw; the doctor stays."""
        sentence = tr("撤回后主治医师不变，要换须重新申请。撤回这张申请吗？")
        if self.context.alerts.ask(tr("撤回申请"), sentence, tr("撤回(&Y)")):
            self._move(withdraw, tr("申请已撤回。"))

    def open_paper(self, *_: object) -> None:
        """The form as it is printed, as far as it is filled in."""
        db = self.context.db
        made = (
            self.context.alerts.run(doctor_change_form, db, self.context.today(), self.person_id)
            if self.change_id is None
            else self.context.alerts.run(doctor_change_paper, db, self.change_id)
        )
        if made is not None:
            PaperDialog(self.context, self, made).open()
