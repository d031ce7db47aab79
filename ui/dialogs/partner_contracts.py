"""合作机构: the lists of institutions and of agreements."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog

from services.forms.partner_agreement import (
    ending_words,
    partner_agreement_paper,
    span_words,
)
from services.i18n import tr
from services.partners.agreement_days import OPEN_END
from services.partners.agreements import AgreementRow, agreements
from services.partners.institutions import PartnerRow, partners, retire_partner
from services.partners.terms import model_title, rhythm_title
from ui.context import UiContext
from ui.dialogs.paper import PaperDialog
from ui.dialogs.partner_agreement import AgreementDialog, EndAgreementDialog, ExtendDialog
from ui.dialogs.partner_institution import InstitutionDialog
from ui.dialogs.partner_page import PartnerPage, way
from ui.tables.model import Column


class InstitutionsPage(PartnerPage):
    """机构."""

    def __init__(self, context: UiContext, host: QDialog) -> None:
        super().__init__(context, host)
        empty = tr("还没有合作机构。\n\n按 Alt+N 登记第一家：只登记机构，不登记个人。")
        columns = [
            Column(tr("机构"), lambda r: r.name, width=240, tone=_quiet),
            Column(tr("许可证号或信用代码"), lambda r: r.form.licence, width=180, tone=_quiet),
            Column(tr("联系人"), lambda r: r.form.contact, width=120, tone=_quiet),
            Column(tr("电话"), lambda r: r.form.phone, width=140, tone=_quiet),
            Column(
                tr("协议"), lambda r: tr("{n} 份").format(n=r.agreements),
                sort=lambda r: r.agreements, align="right", width=72,
            ),
            Column(tr("状态"), _use, width=80, tone=_quiet),
        ]  # fmt: skip
        self.table = self.table_of("institutions", columns, tr("合作机构"), empty, self.edit)
        self.column.addWidget(self.table, 1)
        self.new_button = self.act(tr("登记机构(&N)…"), self.add)
        self.edit_button = self.act(tr("修改(&E)…"), self.edit_chosen)
        self.agree_button = self.act(tr("登记协议(&G)…"), self.agree)
        self.retire_button = self.act(tr("停用或恢复(&U)"), self.retire)
        self.buttons(self.new_button, self.edit_button, self.agree_button, self.retire_button)

    def refresh(self) -> None:
        self.show_rows(self.table, partners)

    def take_focus(self) -> None:
        self.table.setFocus()

    def _enable(self, *_: object) -> None:
        row: PartnerRow | None = self.table.current_row()
        self.new_button.setEnabled(self.writable)
        self.edit_button.setEnabled(self.writable and row is not None)
        self.agree_button.setEnabled(self.writable and row is not None and row.active)
        self.retire_button.setEnabled(self.writable and row is not None)

    def add(self, *_: object) -> None:
        """A new one."""
        self.over(InstitutionDialog(self.context, self.host, None), self.table)

    def edit_chosen(self, *_: object) -> None:
        """Correct the chosen one."""
        row = self.table.current_row()
        if row is not None:
            self.edit(row)

    def edit(self, row: PartnerRow) -> None:
        """Correct one."""
        if self.writable:
            self.over(InstitutionDialog(self.context, self.host, row), self.table)

    def agree(self, *_: object) -> None:
        """An agreement with the chosen one."""
        row = self.table.current_row()
        if row is not None:
            self.over(AgreementDialog(self.context, self.host, row), self.table)

    def retire(self, *_: object) -> None:
        """Nothing new with the chosen one, or again."""
        row: PartnerRow | None = self.table.current_row()
        if row is None:
            return
        done = self.context.alerts.run_command(
            retire_partner, self.context.session, partner_id=row.id, active=not row.active
        )
        if done is not None:
            words = tr("已停用。") if row.active else tr("已恢复使用。")
            self.context.alerts.banner(words, "success")


class AgreementsPage(PartnerPage):
    """协议."""

    def __init__(self, context: UiContext, host: QDialog) -> None:
        super().__init__(context, host)
        empty = tr("还没有协议。\n\n先在“机构”里选一家，按 Alt+G 登记签好的书面协议。")
        columns = [
            Column(tr("机构"), lambda r: r.partner_name, width=168, tone=self._tone),
            Column(tr("合同号"), lambda r: r.form.contract, width=104, tone=self._tone),
            Column(tr("方向"), lambda r: way(r.form.direction), width=60),
            Column(tr("方式"), lambda r: model_title(r.form.model), width=132),
            Column(tr("条款"), lambda r: r.words, width=160),
            Column(tr("结算"), lambda r: rhythm_title(r.form.rhythm), width=60),
            Column(tr("排他"), lambda r: tr("排他") if r.form.exclusive else "", width=52),
            Column(tr("期限"), span_words, sort=lambda r: r.last_on, width=188, tone=self._tone),
            Column(tr("终止"), ending_words, width=96),
        ]
        self.table = self.table_of("agreements", columns, tr("合作协议"), empty, self.print_one)
        self.column.addWidget(self.table, 1)
        self.print_button = self.act(tr("协议摘要(&D)…"), self.print_chosen)
        self.extend_button = self.act(tr("续期(&E)…"), self.extend)
        self.end_button = self.act(tr("终止(&X)…"), self.end)
        self.buttons(self.print_button, self.extend_button, self.end_button)

    def refresh(self) -> None:
        self.show_rows(self.table, agreements)

    def take_focus(self) -> None:
        self.table.setFocus()

    def _enable(self, *_: object) -> None:
        row: AgreementRow | None = self.table.current_row()
        going = row is not None and row.ended_on is None
        dated = row is not None and row.last_on != OPEN_END
        self.print_button.setEnabled(row is not None)
        self.extend_button.setEnabled(self.writable and going and dated)
        self.end_button.setEnabled(going)

    def _tone(self, row: AgreementRow) -> str:
        return "" if row.last_on >= self.context.today() else "muted"

    def print_chosen(self, *_: object) -> None:
        """The summary of the chosen one."""
        row = self.table.current_row()
        if row is not None:
            self.print_one(row)

    def print_one(self, row: AgreementRow) -> None:
        """The summary on paper."""
        paper = self.context.alerts.run(partner_agreement_paper, self.context.db, row.id)
        if paper is not None:
            self.over(PaperDialog(self.context, self.host, paper), self.table)

    def extend(self, *_: object) -> None:
        """Let the chosen one run longer."""
        row = self.table.current_row()
        if row is not None:
            self.over(ExtendDialog(self.context, self.host, row), self.table)

    def end(self, *_: object) -> None:
        """End the chosen one."""
        row = self.table.current_row()
        if row is not None:
            self.over(EndAgreementDialog(self.context, self.host, row), self.table)


def _use(row: PartnerRow) -> str:
    return tr("在用") if row.active else tr("已停用")


def _quiet(row: PartnerRow) -> str:
    return "" if row.active else "muted"
