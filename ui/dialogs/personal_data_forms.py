"""The forms of 个人信息: a new request, an answer in words, erasing, what is given to others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.privacy.disclosures import DisclosureForm, disclose
from services.privacy.erasing import APPROVAL, erase
from services.privacy.open_matters import open_matters
from services.privacy.requests import DataRequestRow, receive
from services.privacy.words import (
    BASES,
    CARD,
    DOCUMENT,
    GUARDIAN,
    KINDS,
    RETENTION,
    basis_title,
    check_title,
    kind_title,
)
from services.rights import may
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, Form, TextEdit, label
from ui.theme import GAP


class NewRequestDialog(DeskDialog):
    """What is asked for, and how it was seen that it is they who ask."""

    def __init__(self, context: UiContext, parent: QWidget | None, person_id: int) -> None:
        super().__init__(context, parent, tr("登记个人信息要求"))
        self.person_id = person_id
        words = tr("先核对来人是本人或监护人，再登记。须在 15 个工作日内答复。")
        self.body.addWidget(label(words, "muted"))
        self.kind = ChoiceBox([(kind, kind_title(kind)) for kind in KINDS])
        ways = [DOCUMENT, CARD, GUARDIAN]
        if may(context.session.actor.role, "privacy.refuse"):
            ways.append(RETENTION)
        self.checked = ChoiceBox(
            [("", tr("请选择怎样核对的")), *((w, check_title(w)) for w in ways)]
        )
        form = Form()
        form.add(tr("要求(&K)"), self.kind)
        self.checked_field = form.add(tr("核对(&H)"), self.checked)
        self.body.addWidget(form)
        self.add_buttons(tr("登记"), tr("取消"))
        self.kind.setFocus()

    def submit(self) -> None:
        """Write it down."""
        if not self.checked.value():
            self.checked_field.refuse(tr("请先核对来人身份，再选择是怎样核对的。"))
            return
        done = self.context.alerts.run_command(
            receive,
            self.once,
            person_id=self.person_id,
            kind=str(self.kind.value()),
            checked=str(self.checked.value()),
        )
        if done is not None:
            self.say_done(tr("已登记。请在 15 个工作日内答复。"))


class AnswerDialog(DeskDialog):
    """An answer in words: why something is refused, or why a record is frozen."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        title: str,
        about: str,
        call: Callable[..., Any],
        said_as: str,
        request_id: int,
    ) -> None:
        super().__init__(context, parent, title)
        self._call, self._said_as, self._request_id = call, said_as, request_id
        self.body.addWidget(label(about, "muted"))
        self.text = TextEdit(tr("例如 法定保存期未满"))
        form = Form()
        self.text_field = form.add(tr("理由(&L)"), self.text)
        self.body.addWidget(form)
        self.add_buttons(title, tr("取消"))
        self.text.setFocus()

    def submit(self) -> None:
        """Answer with these words."""
        if not self.text.value():
            self.text_field.refuse(tr("请写明理由，顾客有权知道。"))
            return
        said = {"request_id": self._request_id, self._said_as: self.text.value()}
        if self.context.alerts.run_command(self._call, self.once, **said) is not None:
            self.say_done(tr("已答复并记录。"))


class EraseDialog(DeskDialog):
    """What stands in the way, or what will be gone; the director's word."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: DataRequestRow) -> None:
        super().__init__(context, parent, tr("删除个人信息"))
        self.row = row
        found = self.context.alerts.run(
            open_matters, self.context.db, self.context.today(), row.person_id
        )
        self.matters = tuple(found or ())
        self.body.addWidget(label(f"{row.name_masked} {row.number}", "subheading"))
        self.setFixedWidth(88 * GAP)
        for line in self._lines():
            self.body.addWidget(label(line))
        self.main = self.add_buttons(
            tr("知道了") if self.matters else tr("匿名化(&X)…"), "" if self.matters else tr("取消")
        )
        self.main.setFocus()

    def _lines(self) -> tuple[str, ...]:
        if self.matters:
            return (tr("现在还不能删除，请先办完："), *(f"· {line}" for line in self.matters))
        return (
            tr("会清空：姓名、证件、电话、住址、监护人、生日、卡号、健康提示、所有文字记录。"),
            tr("会保留：金额、积分、日期、礼品数量和操作记录，看不出是谁。"),
            tr("不能撤销。以前的备份按期限清理；恢复旧备份以后，须重新删除。"),
        )

    def submit(self) -> None:
        """Ask for the word and erase; or go back to what is open."""
        if self.matters:
            self.reject()
            return
        words = tr("将删除 {number} 的个人信息，不能撤销。").format(number=self.row.number)
        approval = ask_approval(self.context, self, APPROVAL, words)
        if approval is None:
            return
        done = self.context.alerts.run_command(
            erase, self.once, request_id=self.row.id, approval=approval
        )
        if done is not None:
            if self.context.person_id == done.person_id:
                self.context.current_person.select(None)
            self.say_done(tr("已匿名化，这个人不再能被认出。"))


class DisclosureDialog(DeskDialog):
    """To whom, what, what for, and on what ground; written before it is given."""

    def __init__(self, context: UiContext, parent: QWidget | None, person_id: int) -> None:
        super().__init__(context, parent, tr("登记对外提供"))
        self.person_id = person_id
        words = tr("提供以前先登记。除法律规定外，须本人单独同意；只写类别，不写具体号码。")
        self.body.addWidget(label(words, "muted"))
        self.receiver = TextEdit(tr("例如 市一院口腔科"))
        self.what = TextEdit(tr("例如 姓名、电话、过敏史"))
        self.purpose = TextEdit(tr("例如 转诊"))
        self.basis = ChoiceBox([(basis, basis_title(basis)) for basis in BASES])
        self.basis_note = TextEdit(tr("例如 今天书面同意，或法律名称和条款"))
        form = Form()
        form.add(tr("接收方(&R)"), self.receiver)
        form.add(tr("提供什么(&W)"), self.what)
        form.add(tr("用途(&U)"), self.purpose)
        form.add(tr("依据(&G)"), self.basis)
        form.add(tr("依据说明(&S)"), self.basis_note)
        self.body.addWidget(form)
        self.add_buttons(tr("登记"), tr("取消"))
        self.receiver.setFocus()

    def submit(self) -> None:
        """Write it down."""
        said = DisclosureForm(
            self.receiver.value(),
            self.what.value(),
            self.purpose.value(),
            str(self.basis.value()),
            self.basis_note.value(),
        )
        done = self.context.alerts.run_command(
            disclose, self.once, person_id=self.person_id, form=said
        )
        if done is not None:
            self.say_done(tr("已登记对外提供。"))
