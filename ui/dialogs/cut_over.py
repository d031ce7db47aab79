"""From one programme to another (换方案, E42): what it would move, doing it, taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from services.errors import Confirmable
from services.i18n import tr
from services.money import yuan
from services.programmes.cutover import cut_over, undo_cut_over
from services.programmes.cutover_report import Moved, last_cut_over, preview_cut_over
from services.programmes.registry import timelines
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, Form, button_row, label
from ui.long_work import read_beside, write_beside
from ui.theme import GAP
from ui.widgets.gift_kit import Switch, key_button
from ui.widgets.work import Work

_WIDTH = 80 * GAP
_REPORT = 12 * GAP  # room for what would move


class CutOverDialog(Dialog):
    """The first Enter looks ahead, the second one changes over."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, to_programme_id: int | None = None
    ) -> None:
        super().__init__(context, parent, tr("换方案"))
        self.setFixedWidth(_WIDTH)
        self._op = uuid.uuid4()
        self.seen: Moved | None = None
        self.last = label("", "muted")
        self.undo_button = key_button(tr("撤销这次切换(&U)"), "danger")
        self.origin, self.target = ChoiceBox(), ChoiceBox()
        self.carry = Switch(
            tr("积分"),
            [(True, tr("一起转过去(&C)")), (False, tr("留在原方案，不能再用(&L)"))],
        )
        self.words = label("")
        self.words.setMinimumHeight(_REPORT)
        self.work = Work(context.tasks, self.context.alerts)
        self._lay_out()
        self._offer(to_programme_id)
        self.finished.connect(self.work.cancel)
        self.undo_button.clicked.connect(self.undo)
        for box in (self.origin, self.target):
            box.currentIndexChanged.connect(self._forget)
        self.carry.chosen.connect(self._forget)

    def _lay_out(self) -> None:
        words = tr(
            "原方案的会员全部成为新方案的会员；已发的礼品和次数照常用到期。原方案随后停用。"
            "切换以后，第一笔新登记以前都可以撤销。"
        )
        self.body.addWidget(label(words, "muted"))
        self.body.addWidget(self.last)
        self.body.addLayout(button_row(left=(self.undo_button,)))
        self.form = Form()
        self.form.add(tr("从(&F)"), self.origin)
        self.form.add(tr("转到(&T)"), self.target)
        self.form.add(tr("积分"), self.carry)
        self.body.addWidget(self.form)
        self.body.addWidget(self.words)
        self.body.addWidget(self.work)
        self.body.addStretch(1)
        self.go_button = key_button("", "primary")
        self.go_button.clicked.connect(self.submit)
        self.go_button.setDefault(True)
        self.close_button = key_button(tr("关闭(&Z)"))
        self.close_button.clicked.connect(self.reject)
        self.body.addLayout(button_row(self.close_button, self.go_button))

    def _offer(self, target: int | None = None) -> None:
        """Read programmes and the last change again."""
        active = [(each.programme_id, each.name) for each in timelines(self.context.db)]
        for box in (self.origin, self.target):
            box.set_choices(active)
        self.carry.choose(True)
        newest = max((key for key, _ in active), default=None)
        self.target.choose(newest if target is None else target)
        self.origin.choose(next((k for k, _ in active if k != self.target.value()), None))
        possible = len(active) > 1
        self.form.setVisible(possible)
        self.go_button.setVisible(possible)
        last = self.context.alerts.run(last_cut_over, self.context.db)
        self._change_id = last.id if last is not None else 0
        self.last.setVisible(last is not None or not possible)
        self.undo_button.setVisible(last is not None and last.open)
        if last is not None:
            words = tr("{day} 已从“{old}”转到“{new}”。").format(
                day=last.occurred_on, old=last.from_name, new=last.to_name
            )
            more = "" if last.open else tr("其后已有新的登记，不能撤销了。")
            self.last.setText(words + more)
        elif not possible:
            self.last.setText(tr("现在只有一个方案在使用。先签署另一个方案，再来切换。"))
        self._forget()
        (self.origin if possible else self.close_button).setFocus()

    def _forget(self, *_: object) -> None:
        self.seen = None
        self.words.clear()
        self.go_button.setText(tr("先看会怎样"))

    # --- looking, changing over, taking back ---

    def submit(self) -> None:
        """Look ahead; once that was read, change over."""
        if self.work.busy:
            return
        if self.origin.value() == self.target.value():
            self.context.alerts.banner(tr("请选择两个不同的方案。"), "warning")
        elif self.seen is None:
            call = partial(read_beside, self.context.clinic, preview_cut_over, **self._values())
            self._start(tr("正在计算"), call, self._looked)
        else:
            self._change()

    def _values(self) -> dict[str, Any]:
        return {
            "from_programme_id": self.origin.value(),
            "to_programme_id": self.target.value(),
            "carry": self.carry.value(),
        }

    def _looked(self, found: Moved) -> None:
        self.seen = found
        self.words.setText("\n".join(report(found)))
        self.go_button.setText(tr("把会员转过去"))

    def _change(self, *consent: str) -> None:
        session = self.context.session.once(self._op).confirming(*consent)
        call = partial(write_beside, session, cut_over, **self._values())
        self._start(tr("正在切换"), call, self._changed, ask=self._ask)

    def _ask(self, question: Confirmable) -> None:
        if self.context.alerts.ask(tr("请确认"), question.sentence):
            self._change(question.code)

    def _changed(self, done: Any) -> None:
        self._op = uuid.uuid4()
        self.context.alerts.announce(done)
        self._offer()
        words = tr("已把 {n} 位会员转到新方案。").format(n=f"{done.moved.members:,}")
        self.context.alerts.banner(words, "success")

    def undo(self) -> None:
        """Take the last change back."""
        words = tr("会员回到原方案，积分逐笔转回去；两个方案都恢复使用。")
        if self.work.busy or not self.context.alerts.ask(tr("撤销切换"), words, tr("撤销(&Y)")):
            return
        session = self.context.session.once(self._op)
        call = partial(write_beside, session, undo_cut_over, change_id=self._change_id)
        self._start(tr("正在撤销"), call, self._undone)

    def _undone(self, done: Any) -> None:
        self._op = uuid.uuid4()
        self.context.alerts.announce(done)
        self._offer()
        words = tr("已撤销切换，{n} 位会员回到原方案。").format(n=f"{done.members:,}")
        self.context.alerts.banner(words, "success")

    def _start(
        self, words: str, call: Any, done: Callable[[Any], None], *, ask: Any = None
    ) -> None:
        self.context.alerts.bar.dismiss()
        self.form.setEnabled(False)
        self.go_button.setEnabled(False)
        self.undo_button.setEnabled(False)
        self.work.start(words, call, done, progress=True, always=self._again, ask=ask)

    def _again(self) -> None:
        self.form.setEnabled(True)
        self.go_button.setEnabled(True)
        self.undo_button.setEnabled(True)
        (self.go_button if self.go_button.isVisible() else self.close_button).setFocus()


def report(found: Moved) -> list[str]:
    """What changes hands, in sentences; before and after (E42)."""
    lines = [tr("{n} 位会员转到新方案。").format(n=f"{found.members:,}")]
    if found.points:
        words = tr("{n} 分逐笔转过去，各自的到期日不变。")
        lines.append(words.format(n=f"{found.points:,}"))
    if found.owed:
        lines.append(tr("欠的 {n} 分也转过去。").format(n=f"{found.owed:,}"))
    if found.left_behind:
        words = tr("{n} 分留在原方案，不能再用。")
        lines.append(words.format(n=f"{found.left_behind:,}"))
    words = tr("会员手里的积分，现在折合 ¥{before}，以后折合 ¥{after}。")
    before, after = yuan(found.liability_before_fen), yuan(found.liability_after_fen)
    return [*lines, words.format(before=before, after=after)]
