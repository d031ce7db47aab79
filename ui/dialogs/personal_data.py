"""个人信息: what somebody asked about their own data, and what of it was given to others (R135)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from services.i18n import tr
from services.people.closed import closed
from services.people.privacy import mask_name
from services.people.records import person
from services.privacy.disclosures import DisclosureRow, disclosures_of, take_back
from services.privacy.freezing import freeze, unfreeze
from services.privacy.minors import asks_anew
from services.privacy.my_data import NAME, my_data_paper, my_data_workbook
from services.privacy.requests import DataRequestRow, finish, refuse, requests_of
from services.privacy.words import (
    COPY,
    CORRECT,
    ERASE,
    FREEZE,
    RECEIVED,
    basis_title,
    check_title,
    kind_title,
    state_title,
)
from services.rights import holders, may
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.personal_data_forms import (
    AnswerDialog,
    DisclosureDialog,
    EraseDialog,
    NewRequestDialog,
)
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button

FOLDER = "papers/folder"


class PersonalDataDialog(DeskDialog):
    """Enter writes a request down; what can be done about the chosen one stands below the list."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, person_id: int | None = None
    ) -> None:
        super().__init__(context, parent, tr("个人信息"))
        self.setFixedWidth(124 * GAP)
        self.person_id = person_id or self.person_id
        record = person(context.db, self.person_id)
        self.heading = label(f"{mask_name(record.name)}  {record.number}", "subheading")
        self.notice = label("", "muted")
        self.requests = _requests_table(context)
        self.given = _given_table(context)
        self.paper_button = key_button(tr("打印我的资料(&D)…"))
        self.book_button = key_button(tr("存为 Excel(&E)…"))
        self.done_button = key_button(tr("已办(&F)"))
        self.freeze_button = key_button(tr("冻结(&Z)…"))
        self.erase_button = key_button(tr("删除(&X)…"))
        self.refuse_button = key_button(tr("拒绝(&J)…"))
        self.unfreeze_button = key_button(tr("解除冻结(&U)"))
        self.give_button = key_button(tr("登记对外提供(&T)…"))
        self.back_button = key_button(tr("撤回登记(&B)"))
        self._lay_out()
        self.reload()
        self.requests.select_first()
        (self.requests if self.requests.rows() else self.new_button).setFocus()

    def _lay_out(self) -> None:
        for part in (self.heading, self.notice, label(tr("本人的要求"), "subheading")):
            self.body.addWidget(part)
        self.requests.setMinimumHeight(5 * ROW_HEIGHT)
        self.body.addWidget(self.requests, 1)
        steps = QHBoxLayout()
        steps.setSpacing(GAP)
        for made, call in (
            (self.paper_button, self.print_copy),
            (self.book_button, self.save_copy),
            (self.done_button, self.finish),
            (self.freeze_button, self.open_freeze),
            (self.erase_button, self.open_erase),
            (self.refuse_button, self.open_refuse),
        ):
            made.clicked.connect(call)
            steps.addWidget(made)
        steps.addStretch(1)
        self.body.addLayout(steps)
        self.body.addWidget(label(tr("对外提供"), "subheading"))
        self.given.setMinimumHeight(3 * ROW_HEIGHT)
        self.body.addWidget(self.given)
        left = (self.give_button, self.back_button, self.unfreeze_button)
        self.new_button = self.add_buttons(tr("登记要求(&N)… ⏎"), tr("关闭"), left=left)
        self.give_button.clicked.connect(self.open_give)
        self.back_button.clicked.connect(self.take_back)
        self.unfreeze_button.clicked.connect(self.unfreeze)
        self.requests.current_row_changed.connect(self._show_allowed)
        self.given.current_row_changed.connect(self._show_allowed)

    def reload(self, *_: object) -> None:
        """Read both lists again."""
        db, today = self.context.db, self.context.today()
        state = closed(db, self.person_id)
        notice = ""
        if state.erased_on is not None:
            notice = tr("{day} 已匿名化。").format(day=state.erased_on)
        elif state.frozen_on is not None:
            notice = tr("{day} 起冻结：不查找、不联系、不导出，只有院长能看。").format(
                day=state.frozen_on
            )
        elif asks_anew(db, today, self.person_id):
            notice = tr("已满 14 岁：以前由监护人同意，请在“同意项”里由本人重新同意。")
        self.notice.setText(notice)
        self.notice.setVisible(bool(notice))
        alerts = self.context.alerts
        self.requests.set_rows(alerts.run(requests_of, db, today, self.person_id) or [])
        self.given.set_rows(alerts.run(disclosures_of, db, self.person_id) or [])
        self._show_allowed()

    def _show_allowed(self, *_: object) -> None:
        row, given = self._row(), self.given.current_row()
        kind = row.kind if row is not None and row.state == RECEIVED else ""
        state = closed(self.context.db, self.person_id)
        gone = state.erased_on is not None
        for made, kinds, right in (
            (self.paper_button, (COPY,), "privacy.copy"),
            (self.book_button, (COPY,), "privacy.copy"),
            (self.done_button, (COPY, CORRECT), "privacy.finish"),
            (self.freeze_button, (FREEZE, ERASE), "privacy.freeze"),
            (self.erase_button, (ERASE,), "privacy.erase"),
            (self.refuse_button, (COPY, CORRECT, FREEZE, ERASE), "privacy.refuse"),
        ):
            made.setVisible(kind in kinds)
            self._allow(made, right, now=kind in kinds)
        self._allow(self.new_button, "privacy.receive", now=not gone)
        self._allow(self.give_button, "privacy.disclose", now=not gone)
        self._allow(
            self.back_button, "privacy.take_back", now=given is not None and not given.taken_back
        )
        frozen = state.frozen_on is not None and not gone
        self.unfreeze_button.setVisible(frozen)
        self._allow(self.unfreeze_button, "privacy.unfreeze", now=frozen)

    def _allow(self, made: QPushButton, right: str, *, now: bool) -> None:
        """Grey what this role may not do and say there who may."""
        allowed = may(self.context.session.actor.role, right)
        made.setEnabled(now and allowed)
        words = tr("须由{holders}登录").format(holders=holders(right))
        made.setToolTip("" if allowed else words)

    def _row(self) -> DataRequestRow | None:
        row: DataRequestRow | None = self.requests.current_row()
        return row

    # --- doing ---

    def submit(self) -> None:
        """Write a request down."""
        self._over(NewRequestDialog(self.context, self, self.person_id))

    def print_copy(self, *_: object) -> None:
        """Show the copy as it will be printed."""
        row = self._row()
        if row is None:
            return
        paper = self.context.alerts.run(
            my_data_paper, self.context.session, request_id=row.id, person_id=self.person_id
        )
        if paper is not None:
            PaperDialog(self.context, self, paper).open()

    def save_copy(self, *_: object) -> None:
        """Ask where, and write the copy as a workbook."""
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        folder = Path(str(self.context.settings.value(FOLDER, documents)))
        path: str = QFileDialog.getSaveFileName(
            self, tr("存为 Excel"), str(folder / f"{NAME}.xlsx"), tr("Excel 工作簿 (*.xlsx)")
        )[0]
        if path:
            self.write_copy(Path(path if path.endswith(".xlsx") else path + ".xlsx"))

    def write_copy(self, path: Path) -> None:
        """Write the copy to `path`."""
        row = self._row()
        if row is None:
            return
        self.context.settings.setValue(FOLDER, str(path.parent))
        made = self.context.alerts.run(
            my_data_workbook,
            self.context.session,
            request_id=row.id,
            person_id=self.person_id,
            path=path,
        )
        if made is not None:
            words = tr("已存为 {name}。请当面交给本人，不要留在电脑上。")
            self.context.alerts.banner(words.format(name=path.name), "success")

    def finish(self, *_: object) -> None:
        """The copy was handed over, or the record was put right."""
        row = self._row()
        if row is not None and self._do(finish, request_id=row.id):
            self.context.alerts.banner(tr("已登记：办完并答复。"), "success")

    def open_freeze(self, *_: object) -> None:
        """Stop using the record."""
        words = tr("冻结后不查找、不联系、不导出，只有院长能看，也只有院长能解除。")
        self._answer(tr("冻结"), words, freeze, "answer")

    def open_refuse(self, *_: object) -> None:
        """Refuse with a reason."""
        words = tr("拒绝须向本人说明理由(个人信息保护法第五十条)。")
        self._answer(tr("拒绝"), words, refuse, "reason")

    def _answer(self, title: str, words: str, call: Callable[..., Any], said_as: str) -> None:
        row = self._row()
        if row is not None:
            self._over(AnswerDialog(self.context, self, title, words, call, said_as, row.id))

    def open_erase(self, *_: object) -> None:
        """Make the record anonymous, once nothing stands in the way."""
        row = self._row()
        if row is not None:
            self._over(EraseDialog(self.context, self, row))

    def open_give(self, *_: object) -> None:
        """Write down what is given to somebody else."""
        self._over(DisclosureDialog(self.context, self, self.person_id))

    def take_back(self, *_: object) -> None:
        """The chosen disclosure never happened."""
        row: DisclosureRow | None = self.given.current_row()
        if row is not None and self._do(take_back, disclosure_id=row.id):
            self.context.alerts.banner(tr("已撤回这条登记，两条都留在记录里。"), "success")

    def unfreeze(self, *_: object) -> None:
        """Let the record be used again."""
        if self._do(unfreeze, person_id=self.person_id):
            self.context.alerts.banner(tr("已解除冻结，可以照常使用。"), "success")

    def _do(self, call: Callable[..., Any], **said: Any) -> bool:
        session = self.context.session.once(uuid.uuid4())
        done = self.context.alerts.run_command(call, session, **said)
        self.reload()
        return done is not None

    def _over(self, dialog: DeskDialog) -> None:
        dialog.finished.connect(self.reload)
        dialog.open()


def _requests_table(context: UiContext) -> Table:
    return Table(
        "people/data_requests",
        [
            Column(tr("收到"), lambda r: r.received_on, width=96),
            Column(tr("要求"), lambda r: kind_title(r.kind), width=128),
            Column(tr("核对"), lambda r: check_title(r.checked), width=168),
            Column(tr("状态"), _state, width=112),
            Column(tr("答复期限"), lambda r: r.due_on, width=96),
            Column(tr("答复"), lambda r: r.answer, width=184),
            Column(tr("经办"), lambda r: r.staff, width=72),
            Column(tr("批准"), lambda r: r.approver, width=72),
        ],
        context.settings,
        title=tr("本人的要求"),
        empty_text=tr(
            "还没有要求。\n\n本人要查阅、更正、停用或删除资料时，回车登记，15 个工作日内答复。"
        ),
    )


def _state(row: DataRequestRow) -> str:
    return tr("逾期未答复") if row.late else state_title(row.state)


def _given_table(context: UiContext) -> Table:
    return Table(
        "people/disclosures",
        [
            Column(tr("日期"), lambda r: r.occurred_on, width=96),
            Column(tr("接收方"), lambda r: r.receiver, width=152),
            Column(tr("提供什么"), lambda r: r.what, width=168),
            Column(tr("用途"), lambda r: r.purpose, width=120),
            Column(tr("依据"), lambda r: basis_title(r.basis), width=112),
            Column(tr("说明"), lambda r: r.basis_note, width=136),
            Column(tr("经办"), lambda r: r.staff, width=72),
            Column(tr("状态"), lambda r: tr("已撤回") if r.taken_back else "", width=64),
        ],
        context.settings,
        title=tr("对外提供"),
        empty_text=tr("没有向外提供过。"),
    )
