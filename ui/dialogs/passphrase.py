"""The owner's passphrase: a second way to open the clinic beside the recovery code."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from services.commands import Session
from services.errors import RuleError
from services.i18n import tr
from services.recovery import change_passphrase, check_passphrase_form, has_passphrase
from services.staff import sign_in
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Form, PinEdit, TextEdit, label
from ui.widgets.gift_kit import key_button
from ui.widgets.work import Work


class PassphraseDialog(Dialog):
    """Twice the passphrase and the director's PIN; or the PIN alone to take it away."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("备用口令"))
        self.setMinimumWidth(520)
        there = bool(context.alerts.run(has_passphrase, context.clinic))
        state = tr("现在有备用口令。") if there else tr("现在没有备用口令。")
        hint = tr(
            "这台电脑打不开数据时，备用口令和恢复码都能打开。选一句只有您知道的话，"
            "不要写在电脑旁边；之后的备份才认得它。"
        )
        self.body.addWidget(label(state, "subheading"))
        self.body.addWidget(label(hint, "muted"))
        self.new, self.again, self.pin = _hidden(), _hidden(), PinEdit(tr("您登录的密码"))
        form = Form()
        self.new_field = form.add(tr("新口令(&N)"), self.new, tr("至少 6 个汉字，或 12 个字符。"))
        self.again_field = form.add(tr("再输一次(&A)"), self.again)
        self.pin_field = form.add(tr("密码(&P)"), self.pin)
        self.body.addWidget(form)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.remove_button = key_button(tr("取消口令(&X)"))
        self.remove_button.setVisible(there)
        self.remove_button.clicked.connect(self.remove)
        words = tr("更换") if there else tr("设置")
        self.save_button = self.add_buttons(words, tr("关闭"), left=(self.remove_button,))
        self.new.setFocus()

    def submit(self) -> None:
        """Set or change it."""
        try:
            check_passphrase_form(self.new.text())
        except RuleError as refused:
            self.new_field.refuse(refused.sentence)
            return
        if self.new.text() != self.again.text():
            self.again_field.refuse(tr("两次输入的口令不一样，请重新输入。"))
            return
        self._change(self.new.text(), tr("备用口令已设置。请再备份一次，让备份也认得它。"))

    def remove(self, *_: object) -> None:
        """Take it away."""
        self._change("", tr("备用口令已取消。以前的备份仍认得它。"))

    def _change(self, passphrase: str, done: str) -> None:
        session = self.context.session
        if self.work.busy:
            return
        try:
            sign_in(self.context.clinic, session.actor.name, self.pin.text())
        except RuleError as refused:
            self.pin_field.refuse(refused.sentence)
            return
        call = partial(change_beside, session, passphrase)
        self.work.start(tr("正在更换钥匙"), call, partial(self._done, done))

    def _done(self, sentence: str, changed: Any) -> None:
        self.context.bus.announce(changed.changes)
        self.say_done(sentence)


def _hidden() -> TextEdit:
    made = TextEdit()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def change_beside(session: Session, passphrase: str) -> Any:
    """The work itself: half a second of stretching, off the window's thread."""
    with session.clinic.long_writing() as writer:
        return change_passphrase(replace(session, clinic=writer), passphrase=passphrase)
