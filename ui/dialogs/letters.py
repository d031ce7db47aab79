"""Letters, labels or a number list for people chosen elsewhere: seen before they leave."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths, QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.clinic import Clinic
from services.commands import Approval, Session
from services.errors import Confirmable, RuleError
from services.forms.envelopes import envelope_labels
from services.forms.letter import letters
from services.forms.paper import Paper
from services.i18n import tr
from services.outreach.mailings import MailingSent, send
from services.outreach.preview import Foreseen, foresee, sample, texts_for
from services.outreach.texts import LABELS, LETTER, NUMBERS, check_text
from services.outreach.waiting import are_offers, subjects_of
from services.reports.clear_text import COMMAND, EXPORTED
from services.rights import holders, may
from services.workbooks.export_log import log_export
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.clear_reason import ask_release
from ui.dialogs.paper import FOLDER, PaperDialog
from ui.forms import plain
from ui.tasks import Progress
from ui.theme import GAP
from ui.widgets.friday_export import ask_path
from ui.widgets.gift_kit import key_button, rename, shortcut
from ui.widgets.letter_form import LetterForm
from ui.widgets.letter_preview import LetterPreview
from ui.widgets.work import Work

SOON = 150  # milliseconds of rest after typing before the letter is read again


@dataclass(frozen=True)
class Release:
    """Where a number list goes, and for one in full the reason and the second person's word."""

    path: Path
    clear: bool
    reason: str = ""
    approval: Approval | None = None


class LettersDialog(Dialog):
    """Ctrl+Enter sends: on record first, then the paper or the file of exactly these people.

    `task_ids` are what is answered by it, `rule` the plan that asked.
    """

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        people: tuple[int, ...],
        title: str = "",
        activity_id: int | None = None,
        group_id: int | None = None,
        *,
        kind: str = LETTER,
        text: str = "",
        marketing: bool = True,
        task_ids: tuple[int, ...] = (),
        rule: str = "",
    ) -> None:
        super().__init__(context, parent, title or tr("信函短信"))
        self.take_room(1180, 660)
        self._people, self._tasks = people, task_ids
        self._about = {"activity_id": activity_id, "group_id": group_id}
        self._subjects = subjects_of(self.context.db, task_ids)
        self._op = uuid.uuid4()
        self._round = 0
        self.sent: MailingSent | None = None
        self.release: Release | None = None
        self._confirmed: tuple[str, ...] = ()
        texts = texts_for(self.context.db, rule, activity=activity_id is not None)
        self.form = LetterForm(texts, activity_id)
        self.preview = LetterPreview()
        self.work = Work(context.tasks, self.context.alerts)
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._build()
        self.form.begin(kind, title, text, marketing=marketing)
        if are_offers(self.context.db, task_ids):
            self.form.lock_purpose(tr("这些是营销类的任务，只能发给同意的人。"))
        self._name_button()
        self._wire()
        self._read_people()
        (self.form.text if self.form.title.value() else self.form.title).setFocus()

    def _build(self) -> None:
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        both.addWidget(self.form)
        both.addWidget(self.preview, 1)
        self.body.addLayout(both, 1)
        self.body.addWidget(self.work)
        self.masked_button = key_button(tr("遮蔽名单(&L)…"), tip=tr("号码遮蔽，只供核对"))
        self.labels_button = key_button(tr("再打信封标签(&V)…"))
        self.labels_button.hide()
        left = (self.masked_button, self.labels_button)
        self.send_button = self.add_buttons("", tr("关闭"), left=left)
        self.send_button.setDefault(False)  # Enter is a new line of the letter

    def _wire(self) -> None:
        self.form.changed.connect(self._changed)
        self.form.form.submitted.connect(self.form.text.setFocus)
        self.preview.wanted.connect(self._show_sample)
        self.masked_button.clicked.connect(self.save_masked)
        self.labels_button.clicked.connect(self.print_labels)
        self._soon.timeout.connect(self._show_sample)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut(self, keys, self.submit)
        shortcut(self, "PgDown", partial(self.preview.turn, 1))
        shortcut(self, "PgUp", partial(self.preview.turn, -1))

    def done(self, result: int) -> None:
        """Nothing is read again for a window that is closing."""
        self._soon.stop()
        self._round += 1
        super().done(result)

    # -- reading ---------------------------------------------------------------------------------

    def _changed(self, people_too: bool) -> None:
        if people_too:
            self._name_button()
            self._read_people()
        else:
            self._soon.start()

    def _read_people(self) -> None:
        """Who may be written to, gone through on another thread; the newest question counts."""
        self._round += 1
        self.preview.say_reading()
        kind, marketing = self.form.kind.value(), bool(self.form.purpose.value())
        call = partial(look, self.context.clinic, self._round, self._people, kind, marketing)
        self.context.tasks.start(call, looks=True, on_done=self._seen, on_error=self._not_seen)

    def _seen(self, answer: tuple[int, Foreseen]) -> None:
        number, found = answer
        if number == self._round:
            self.preview.show_people(found)

    def _not_seen(self, error: BaseException) -> None:
        self.preview.show_people(Foreseen((), 0, ""))
        self.context.alerts.tell(error)

    def _show_sample(self, *_: object) -> None:
        person_id = self.preview.person_id
        if self.sent is not None:
            return
        self.form.refuse("")
        begun = bool(self.form.written()) or self.form.kind.value() == LABELS
        if person_id is None or not begun:
            self.preview.show_sample(None)
            return
        try:
            found = sample(
                self.context.db,
                self.context.today(),
                person_id,
                self.form.kind.value(),
                self.form.written(),
                marketing=bool(self.form.purpose.value()),
                subjects=self._subjects,
                activity_id=self._about["activity_id"],
            )
        except RuleError as refused:
            self.preview.show_sample(None)
            self.form.refuse(refused.sentence)
        else:
            self.preview.show_sample(found)

    def _name_button(self) -> None:
        """What Ctrl+Enter does, and whether this post may."""
        kind = self.form.kind.value()
        numbers = kind == NUMBERS
        words = tr("导出号码…  Ctrl+⏎") if numbers else tr("打印预览…  Ctrl+⏎")
        rename(self.send_button, words)
        self.send_button.setAccessibleName(plain(words))
        role = self.context.session.actor.role
        right = COMMAND if numbers else "paper.personal"
        self._allow(self.send_button, may(role, right), right)
        self.masked_button.setVisible(numbers)
        self._allow(self.masked_button, may(role, EXPORTED), EXPORTED)

    def _allow(self, made: Any, allowed: bool, right: str) -> None:
        made.setEnabled(allowed and self.sent is None)
        words = tr("须由{holders}登录后操作。").format(holders=holders(right))
        made.setToolTip("" if allowed else words)

    # -- sending ---------------------------------------------------------------------------------

    def submit(self, *_: object) -> None:
        """On record, then the preview of the paper or the file."""
        if self.work.busy or not self.send_button.isEnabled():
            return
        if self.sent is not None:
            self._make()
            return
        if not self._checked():
            return
        self.release = None
        if self.form.kind.value() == NUMBERS:
            path = self._ask_path(clear=True)
            count = self.preview.count.text()
            said = None if path is None else ask_release(self.context, self, count)
            if path is None or said is None:
                return
            self.release = Release(path, clear=True, reason=said[0], approval=said[1])
        self._send()

    def save_masked(self, *_: object) -> None:
        """The list with masked numbers, to look through."""
        if self.work.busy or not self.masked_button.isEnabled() or not self._checked():
            return
        path = self._ask_path(clear=False)
        if path is not None:
            self.release = Release(path, clear=False)
            self._send()

    def _checked(self) -> bool:
        if not self.form.title.value():
            self.form.title_field.refuse(tr("请写这批信函的名称，例如“十二月会员日邀请”。"))
            return False
        try:
            check_text(self.form.kind.value(), self.form.written(), self._about["activity_id"])
        except RuleError as refused:
            self.form.refuse(refused.sentence)
            self.form.text.setFocus()
            return False
        return True

    def _send(self) -> None:
        values = {
            "kind": self.form.kind.value(),
            "title": self.form.title.value(),
            "text": self.form.written() if self.form.kind.value() != LABELS else "",
            "marketing": bool(self.form.purpose.value()),
            "people": self._people,
            "task_ids": self._tasks,
            **self._about,
        }
        if self.release is not None:
            values |= {
                "clear": self.release.clear,
                "reason": self.release.reason,
                "approval": self.release.approval,
            }
        session = self.context.session.once(self._op).confirming(*self._confirmed)
        self.work.start(tr("正在登记"), partial(post, session, values), self._sent, ask=self._ask)

    def _ask(self, question: Confirmable) -> None:
        if self.context.alerts.ask(tr("请确认"), question.sentence):
            self._confirmed = (*self._confirmed, question.code)
            self._send()

    def _sent(self, done: MailingSent) -> None:
        self.sent = done
        self.context.alerts.announce(done)
        self.form.set_open(False)
        self.send_button.setFocus()
        self.masked_button.setEnabled(False)
        self._make()

    # -- making ----------------------------------------------------------------------------------

    def _make(self) -> None:
        """The paper or file of a mailing that is on record; again after something went wrong."""
        assert self.sent is not None
        session, mailing_id = self.context.session, self.sent.mailing_id
        kind = self.form.kind.value()
        if kind == NUMBERS:
            assert self.release is not None
            call: Callable[..., Any] = partial(
                save, session, self.release.path, mailing_id, self._subjects
            )
            self.work.start(tr("正在存名单"), call, self._saved, progress=True)
            self.work.cancel_button.hide()  # what is on record is also made
            return
        across = int(self.form.sheet.value()) if kind == LABELS else 0
        call = partial(lay_out, session, mailing_id, self._subjects, across)
        self.work.start(tr("正在排版"), call, self._laid)

    def _laid(self, paper: Paper) -> None:
        self._say_sent()
        self.labels_button.setVisible(self.form.kind.value() == LETTER)
        PaperDialog(self.context, self, paper).open()

    def print_labels(self, *_: object) -> None:
        """Labels for the envelopes of the letters that were just printed."""
        if self.work.busy:
            return
        self.form.kind.choose(LABELS)
        self._op, self.sent, self._tasks = uuid.uuid4(), None, ()
        self._send()

    def _saved(self, written: Any) -> None:
        name = written.path.name
        done = self.context.alerts.run(
            log_export, self.context.session, name=name, rows=written.rows, clear=written.clear
        )
        if done is None:
            return
        words = tr("已存为 {name}：{rows} 个号码，按 {n} 条短信计费。")
        words = words.format(name=name, rows=f"{written.rows:,}", n=f"{written.messages:,}")
        self.say_done(words)

    def _say_sent(self) -> None:
        assert self.sent is not None
        words = tr("已登记 {number}：寄 {n} 位。").format(
            number=self.sent.number, n=f"{self.sent.people:,}"
        )
        if self.sent.answered:
            words += tr("{n} 个任务记为已寄。").format(n=f"{self.sent.answered:,}")
        self.context.alerts.banner(words, "success")

    def _ask_path(self, *, clear: bool) -> Path | None:
        from services.outreach.number_list import file_name

        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        folder = Path(str(self.context.settings.value(FOLDER, documents)))
        name = file_name(self.context.today(), clear=clear)
        path = ask_path(self, folder / f"{name}.xlsx")
        if path is not None:
            self.context.settings.setValue(FOLDER, str(path.parent))
        return path


def look(
    clinic: Clinic, number: int, people: tuple[int, ...], kind: str, marketing: bool
) -> tuple[int, Foreseen]:
    """Who may be written to, with the number of the question; over a connection of its own."""
    with clinic.reading() as reader:
        return number, foresee(reader.db, people, kind, marketing=marketing)


def post(session: Session, values: dict[str, Any]) -> MailingSent:
    """The mailing on record, over a second writing connection."""
    with session.clinic.long_writing() as writer:
        return send(replace(session, clinic=writer), **values)


def lay_out(
    session: Session, mailing_id: int, subjects: dict[int, tuple[str, str]], across: int
) -> Paper:
    """The letters, or labels so many across, over a reading connection of its own."""
    with session.clinic.reading() as reader:
        beside = replace(session, clinic=reader)
        if across:
            return envelope_labels(beside, mailing_id, across=across)
        return letters(beside, mailing_id, subjects=subjects)


def save(
    session: Session,
    path: Path,
    mailing_id: int,
    subjects: dict[int, tuple[str, str]],
    progress: Progress,
) -> Any:
    """The number list, over a reading connection of its own."""
    from services.outreach.number_list import write_numbers

    with session.clinic.reading() as reader:
        return write_numbers(
            reader,
            path,
            mailing_id,
            session.actor,
            subjects=subjects,
            progress=progress.show,
        )
