"""合作机构: the lists of introductions, of what is due and of statements."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog

from services.i18n import tr
from services.money import yuan
from services.partners.agreements import agreement
from services.partners.introduction_list import IntroductionRow, introduction, introductions
from services.partners.introduction_words import state_title
from services.partners.introductions import ARRIVED, RECORDED
from services.partners.statement_list import DueRow, StatementRow, due, statement, statements
from services.partners.statement_list import state_title as statement_title
from services.partners.terms import OUT, direction_title
from ui.context import UiContext
from ui.dialogs.partner_agreement import ExtendDialog
from ui.dialogs.partner_introduction import (
    ArriveDialog,
    EndIntroductionDialog,
    IntroductionDialog,
    ValueDialog,
)
from ui.dialogs.partner_page import PartnerPage, way
from ui.dialogs.partner_statement import DraftDialog, StatementDialog
from ui.forms import label
from ui.tables.model import Column


class IntroductionsPage(PartnerPage):
    """介绍."""

    def __init__(self, context: UiContext, host: QDialog) -> None:
        super().__init__(context, host)
        empty = tr("还没有介绍。\n\n按 Alt+N 登记：先取得患者的单独同意，再填写。")
        columns = [
            Column(tr("单号"), lambda r: r.number, width=132, tone=_ended),
            Column(tr("方向"), lambda r: way(r.direction), width=60),
            Column(tr("机构"), lambda r: r.partner_name, width=152, tone=_ended),
            Column(tr("顾客"), lambda r: f"{r.person_name} {r.person_number}", width=120),
            Column(tr("项目"), lambda r: r.item_class or tr("全部"), width=60),
            Column(tr("状态"), lambda r: state_title(r.state), width=72, tone=_state),
            Column(tr("到院"), lambda r: r.arrived_on or "", width=104),
            Column(
                tr("对方报金额"), _reported, sort=lambda r: r.value_fen or 0, align="right",
                width=96,
            ),
            Column(tr("上一段"), lambda r: r.before_number, width=132),
            Column(tr("备注"), lambda r: r.ended_why or r.note, width=80),
        ]  # fmt: skip
        self.table = self.table_of("introductions", columns, tr("介绍记录"), empty, self.next_step)
        self.column.addWidget(self.table, 1)
        self.new_button = self.act(tr("登记介绍(&N)…"), self.add)
        self.arrive_button = self.act(tr("到院(&D)…"), self.arrive)
        self.value_button = self.act(tr("对方报的金额(&V)…"), self.value)
        self.end_button = self.act(tr("结束或撤回(&X)…"), self.end)
        self.buttons(self.new_button, self.arrive_button, self.value_button, self.end_button)

    def refresh(self) -> None:
        self.show_rows(self.table, introductions)

    def take_focus(self) -> None:
        self.table.setFocus()

    def _enable(self, *_: object) -> None:
        row: IntroductionRow | None = self.table.current_row()
        self.new_button.setEnabled(self.writable)
        self.arrive_button.setEnabled(self.writable and row is not None and row.state == RECORDED)
        self.value_button.setEnabled(self.writable and row is not None and _reports(row))
        self.end_button.setEnabled(row is not None and row.state != "withdrawn")

    def next_step(self, row: IntroductionRow) -> None:
        """Arrived, or what they spent there."""
        if not self.writable:
            return
        if row.state == RECORDED:
            self.over(ArriveDialog(self.context, self.host, row), self.table)
        elif _reports(row):
            self.over(ValueDialog(self.context, self.host, row), self.table)
        elif row.state == ARRIVED:
            self.over(EndIntroductionDialog(self.context, self.host, row), self.table)

    def add(self, *_: object) -> None:
        """A new one."""
        self.over(IntroductionDialog(self.context, self.host), self.table)

    def arrive(self, *_: object) -> None:
        """The chosen one came."""
        row = self.table.current_row()
        if row is not None:
            self.over(ArriveDialog(self.context, self.host, row), self.table)

    def value(self, *_: object) -> None:
        """What the chosen one spent there."""
        row = self.table.current_row()
        if row is not None:
            self.over(ValueDialog(self.context, self.host, row), self.table)

    def end(self, *_: object) -> None:
        """The chosen one ends."""
        row = self.table.current_row()
        if row is not None:
            self.over(EndIntroductionDialog(self.context, self.host, row), self.table)


class StatementsPage(PartnerPage):
    """结算: what is due when, and the statements."""

    def __init__(self, context: UiContext, host: QDialog) -> None:
        super().__init__(context, host)
        todo = [
            Column(tr("从哪天起"), lambda r: r.on, width=112, tone=self._due_tone),
            Column(tr("机构"), lambda r: r.partner_name, width=208),
            Column(tr("要办的事"), lambda r: r.text, width=480),
        ]
        self.todo = self.table_of(
            "due", todo, tr("待办"), tr("没有要结算、要办的事。"), self.next_step
        )
        columns = [
            Column(tr("单号"), lambda r: r.number, width=136, tone=_void),
            Column(tr("机构"), lambda r: r.partner_name, width=176, tone=_void),
            Column(tr("合同号"), lambda r: r.contract, width=104),
            Column(tr("方向"), lambda r: direction_title(r.direction), width=80),
            Column(tr("结算期"), lambda r: f"{r.first} ~ {r.last}", width=176),
            Column(
                tr("金额(元)"), lambda r: yuan(r.amount_fen), sort=lambda r: r.amount_fen,
                align="right", width=96, tone=_void,
            ),
            Column(tr("状态"), lambda r: statement_title(r.state), width=72, tone=_statement),
            Column(tr("凭证号"), lambda r: r.voucher, width=112),
            Column(tr("结清"), lambda r: r.settled_on or "", width=96),
        ]  # fmt: skip
        empty = tr("还没有结算单。\n\n一期过完，上面的待办里会出现“出结算单”，按 Enter 出单。")
        self.table = self.table_of("statements", columns, tr("结算单"), empty, self.open_one)
        self.column.addWidget(label(tr("待办"), "subheading"))
        self.column.addWidget(self.todo, 2)
        self.column.addWidget(label(tr("结算单"), "subheading"))
        self.column.addWidget(self.table, 3)

    def refresh(self) -> None:
        self.show_rows(self.todo, due, self.context.today())
        self.show_rows(self.table, statements)

    def take_focus(self) -> None:
        (self.todo if self.todo.rows() else self.table).setFocus()

    def _enable(self, *_: object) -> None:
        """Enter on a row is all there is."""

    def _due_tone(self, row: DueRow) -> str:
        return "warning" if row.on <= self.context.today() else ""

    def next_step(self, row: DueRow) -> None:
        """Draw, settle, ask for figures, extend."""
        if row.kind == "settle":
            found = self.context.alerts.run(statement, self.context.db, row.statement_id)
            if found is not None:
                self.open_one(found)
        elif self.writable:
            dialog = self.context.alerts.run(self._dialog, row)
            if dialog is not None:
                self.over(dialog, self.todo)

    def _dialog(self, row: DueRow) -> QDialog:
        db = self.context.db
        if row.kind == "draw":
            return DraftDialog(self.context, self.host, row.agreement_id, row.direction)
        if row.kind == "report":
            return ValueDialog(self.context, self.host, introduction(db, row.introduction_id))
        return ExtendDialog(self.context, self.host, agreement(db, row.agreement_id))

    def open_one(self, row: StatementRow) -> None:
        """A statement: settle it, void it, print it."""
        dialog = StatementDialog(self.context, self.host, row, self.writable)
        self.over(dialog, self.table)


def _ended(row: IntroductionRow) -> str:
    return "" if row.running else "muted"


def _state(row: IntroductionRow) -> str:
    return {RECORDED: "warning", ARRIVED: "success"}.get(row.state, "muted")


def _reports(row: IntroductionRow) -> bool:
    return row.direction == OUT and row.arrived_on is not None


def _reported(row: IntroductionRow) -> str:
    if row.value_fen is None:
        return tr("待报") if _reports(row) else ""
    return yuan(row.value_fen)


def _void(row: StatementRow) -> str:
    return "muted" if row.state == "void" else ""


def _statement(row: StatementRow) -> str:
    return {"drawn": "warning", "settled": "success"}.get(row.state, "muted")
