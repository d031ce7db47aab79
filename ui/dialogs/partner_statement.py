"""A statement: what it would bear before it is drawn, then its voucher, its paper, its end."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from services.forms.partner_statement import partner_statement_paper
from services.i18n import tr
from services.money import yuan
from services.partners.agreements import SIGNATURE
from services.partners.drafts import Draft, DraftLine, draft
from services.partners.introduction_list import introductions_under
from services.partners.statement_list import (
    StatementLine,
    StatementRow,
    state_title,
    statement,
    statement_lines,
)
from services.partners.statements import draw, settle_statement, void_statement
from services.partners.terms import direction_title, owed_words
from services.rights import may
from services.staff import list_staff
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.dialogs.paper import PaperDialog
from ui.forms import Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button

WIDTH = 130 * GAP


class DraftDialog(DeskDialog):
    """Every line with its why; Enter draws the statement."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, agreement_id: int, direction: str
    ) -> None:
        super().__init__(context, parent, tr("出结算单"))
        self.setFixedWidth(WIDTH)
        self.found: Draft = draft(context.db, context.today(), agreement_id, direction)
        row = self.found.agreement
        words = tr("{name} · 合同“{no}” · {way} · {first} 至 {last}")
        head = words.format(
            name=row.partner_name,
            no=row.form.contract,
            way=direction_title(direction),
            first=self.found.first,
            last=self.found.last,
        )
        self.body.addWidget(label(head, "subheading"))
        self.body.addWidget(label(row.words, "muted"))
        self.table = _lines_table(context, _draft_columns())
        self.table.set_rows(self.found.lines)
        self.body.addWidget(self.table, 1)
        total = tr("本期合计：{owed}").format(owed=owed_words(direction, self.found.amount_fen))
        self.body.addWidget(label(total, "subheading"))
        note = tr("出单以后再有收款或退款，在下一张里更正。出错可以在结清前作废。")
        self.body.addWidget(label(note, "muted"))
        self.main = self.add_buttons(tr("出结算单 ⏎"), tr("取消"))
        self.main.setFocus()

    def submit(self) -> None:
        """Draw it, and go on to its voucher."""
        done = self.context.alerts.run_command(
            draw,
            self.once,
            agreement_id=self.found.agreement.id,
            direction=self.found.direction,
        )
        if done is None:
            return
        words = tr("结算单已出，{owed}。财务入账以后登记凭证号结清。")
        self.say_done(words.format(owed=owed_words(self.found.direction, done.amount_fen)))


class StatementDialog(DeskDialog):
    """Its lines; while it waits, Enter settles it under the voucher typed."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, row: StatementRow, writable: bool
    ) -> None:
        super().__init__(context, parent, tr("结算单 {number}").format(number=row.number))
        self.setFixedWidth(WIDTH)
        self.row = statement(context.db, row.id)
        self.waits = self.row.waits and writable
        words = tr("{name} · 合同“{no}” · {way} · {first} 至 {last} · {state}")
        head = words.format(
            name=self.row.partner_name,
            no=self.row.contract,
            way=direction_title(self.row.direction),
            first=self.row.first,
            last=self.row.last,
            state=state_title(self.row.state),
        )
        self.body.addWidget(label(head, "subheading"))
        self.table = _lines_table(context, _line_columns(self._people()))
        self.table.set_rows(statement_lines(context.db, self.row.id))
        self.body.addWidget(self.table, 1)
        owed = owed_words(self.row.direction, self.row.amount_fen)
        self.body.addWidget(label(tr("合计：{owed}").format(owed=owed), "subheading"))
        self.body.addWidget(label(self._ended(), "muted"))
        self.voucher = TextEdit(tr("财务入账的凭证号，例如 记-128"))
        form = Form()
        hint = tr("款项通过对公账户收付并如实入账；由院长输入密码批准。")
        self.field = form.add(tr("凭证号(&N)"), self.voucher, hint)
        form.setVisible(self.waits)
        self.body.addWidget(form)
        self.print_button = key_button(tr("打印(&D)…"))
        self.void_button = key_button(tr("作废(&X)…"))
        self.void_button.setVisible(self.waits)
        self.print_button.clicked.connect(self.print_paper)
        self.void_button.clicked.connect(self.void)
        self.main = self.add_buttons(
            tr("结清 ⏎") if self.waits else tr("打印 ⏎"),
            tr("关闭"),
            left=(self.print_button, self.void_button),
        )
        self.print_button.setVisible(self.waits)
        (self.voucher if self.waits else self.main).setFocus()

    def _people(self) -> dict[int, str]:
        rows = introductions_under(self.context.db, self.row.agreement_id, self.row.direction)
        return {row.id: f"{row.person_name} {row.person_number}" for row in rows}

    def _ended(self) -> str:
        if self.row.settled_on:
            words = tr("{day} 结清，凭证号 {no}，{who}批准。")
            return words.format(day=self.row.settled_on, no=self.row.voucher, who=self.row.approver)
        if self.row.reason:
            return tr("已作废：{why}").format(why=self.row.reason)
        return tr("由{who}出单。结清要有财务凭证号；办理和批准须是两个人。").format(
            who=self.row.drawn_by
        )

    def submit(self) -> None:
        """Settle it while it waits, else print it."""
        if not self.waits:
            self.print_paper()
            return
        if not self.voucher.value():
            self.field.refuse(tr("请填写财务的凭证号。没有入账凭证不能结清。"))
            return
        actor = self.context.session.actor.id
        others = (each for each in list_staff(self.context.db) if each.id != actor)
        if not any(may(each.role, SIGNATURE) for each in others):
            sentence = tr("办理和批准须是两个人。请由会员管理员登录办理，院长批准。")
            self.context.alerts.banner(sentence, "warning")
            return
        what = tr("结清 {number}，{owed}，凭证号 {no}。").format(
            number=self.row.number,
            owed=owed_words(self.row.direction, self.row.amount_fen),
            no=self.voucher.value(),
        )
        approval = ask_approval(self.context, self, SIGNATURE, what, without=actor)
        if approval is None:
            return
        done = self.context.alerts.run_command(
            settle_statement,
            self.once,
            statement_id=self.row.id,
            voucher=self.voucher.value(),
            approval=approval,
        )
        if done is not None:
            self.say_done(tr("结算单 {number} 已结清。").format(number=self.row.number))

    def print_paper(self, *_: object) -> None:
        """The paper with its lines to sign on."""
        paper = self.context.alerts.run(partner_statement_paper, self.context.db, self.row.id)
        if paper is not None:
            PaperDialog(self.context, self, paper).open()

    def void(self, *_: object) -> None:
        """Void it, with a reason."""
        dialog = VoidDialog(self.context, self, self.row)
        dialog.accepted.connect(self.accept)
        dialog.open()


class VoidDialog(DeskDialog):
    """Why."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: StatementRow) -> None:
        super().__init__(context, parent, tr("作废 {number}").format(number=row.number))
        self.row = row
        words = tr("作废以后，这些介绍留到下一张结算单。")
        self.body.addWidget(label(words, "muted"))
        self.reason = TextEdit(tr("例如 金额要先和对方核对"))
        form = Form()
        self.field = form.add(tr("原因(&Y)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("作废"), tr("返回"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Void it."""
        if not self.reason.value():
            self.field.refuse(tr("请填写作废的原因。"))
            return
        done = self.context.alerts.run_command(
            void_statement, self.once, statement_id=self.row.id, reason=self.reason.value()
        )
        if done is not None:
            self.accept()


def _lines_table(context: UiContext, columns: list[Column]) -> Table:
    made = Table(
        "partners/lines",
        columns,
        context.settings,
        title=tr("结算明细"),
        empty_text=tr("没有要结算的介绍。"),
        key=_key,
    )
    made.setMinimumHeight(6 * ROW_HEIGHT)
    return made


def _key(row: Any) -> int:
    return int(row.introduction.id if isinstance(row, DraftLine) else row.introduction_id)


def _money_columns(value: Any, why: Any, whole: Any) -> list[Column]:
    return [
        Column(tr("累计金额"), lambda r: yuan(value(r)), sort=value, align="right", width=104),
        Column(tr("怎样算"), why, width=336, tip=why),
        Column(tr("累计费用"), lambda r: yuan(whole(r)), sort=whole, align="right", width=96),
        Column(
            tr("已结"), lambda r: yuan(r.before_fen), sort=lambda r: r.before_fen, align="right",
            width=88,
        ),
        Column(
            tr("本期"), lambda r: yuan(r.amount_fen), sort=lambda r: r.amount_fen, align="right",
            width=88, tone=_back,
        ),
    ]  # fmt: skip


def _draft_columns() -> list[Column]:
    return [
        Column(tr("介绍单号"), lambda r: r.introduction.number, width=128),
        Column(
            tr("顾客"),
            lambda r: f"{r.introduction.person_name} {r.introduction.person_number}",
            width=136,
        ),
        *_money_columns(
            lambda r: r.reckoned.value_fen,
            lambda r: r.reckoned.fee.why,
            lambda r: r.reckoned.fee.fen,
        ),
    ]


def _line_columns(people: dict[int, str]) -> list[Column]:
    return [
        Column(tr("介绍单号"), lambda r: r.number, width=128),
        Column(tr("顾客"), lambda r: people.get(r.introduction_id, ""), width=136),
        *_money_columns(lambda r: r.value_fen, lambda r: r.why, lambda r: r.fee_fen),
    ]


def _back(row: DraftLine | StatementLine) -> str:
    return "warning" if row.amount_fen < 0 else ""
