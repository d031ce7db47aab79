"""合作机构 by the keys: the notice, a contract, an introduction, a statement (R179–R183)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from services.commands import Session
from services.partners.agreements import agreements
from services.partners.institutions import partners
from services.partners.introduction_list import introductions
from services.partners.statement_list import statements
from services.partners.switch import is_on, phrase, switch_partners
from services.partners.terms import Step, Terms
from services.people.enrolment import PersonForm, enrol
from tests.money_world import pay
from tests.services.partners.partner_world import (
    agreed,
    came,
    introduced,
    partner,
    switched_on,
)
from tests.ui.desk_hands import on_screen
from tests.ui.dialog_hands import ENTER, ESC, SPACE, dialog_of, focus, gives_word, press, write
from ui.context import UiContext
from ui.dialogs import partner_agreement, partner_statement
from ui.dialogs.paper import PaperDialog
from ui.dialogs.partner_agreement import AgreementDialog, EndAgreementDialog, ExtendDialog
from ui.dialogs.partner_institution import InstitutionDialog
from ui.dialogs.partner_introduction import (
    ArriveDialog,
    EndIntroductionDialog,
    IntroductionDialog,
    ValueDialog,
)
from ui.dialogs.partner_statement import DraftDialog, StatementDialog, VoidDialog
from ui.dialogs.partners import PartnersDialog
from ui.tabs.enrollment import EnrollmentTab
from ui.widgets.report_filters import ReportFilters

DOWN, TAB = Qt.Key.Key_Down, Qt.Key.Key_Tab


@pytest.fixture
def wang(frontdesk: Session) -> int:
    form = PersonForm(name="王芳", birthday="1990-05-15", phone="13800138000")
    return enrol(frontdesk, form=form).person_id


@pytest.fixture
def open_as(context: UiContext, qtbot):
    """Open the dialog over a window, as somebody."""
    host = QWidget()
    host.resize(1366, 768)
    qtbot.addWidget(host)
    host.show()

    def opened(session: Session) -> PartnersDialog:
        context.signed_in.set(session)
        made = PartnersDialog(context, host)
        made.open()
        return made

    return opened


def said(where) -> str:
    return where.context.alerts.bar.sentence


def lines(table) -> list[tuple[str, ...]]:
    return [tuple(column.text(row) for column in table._rows.columns) for row in table.rows()]


def test_r183_the_director_reads_types_and_switches_it_on(clinic, open_as, director):
    dialog = open_as(director)
    assert focus(dialog) is dialog.notice.typed
    assert not dialog.off_button.isVisible()
    press(dialog, ENTER)
    assert "逐字输入" in said(dialog)
    assert not is_on(clinic.db)
    write(dialog, phrase())
    press(dialog, ENTER)
    assert is_on(clinic.db)
    assert dialog.pages[0].table.isVisible()
    assert "还没有合作机构" in dialog.pages[0].table.empty_text


def test_r183_nobody_else_can(clinic, open_as, member_admin):
    dialog = open_as(member_admin)
    assert "须由院长登录" in dialog.notice.right._label.text()
    assert not dialog.main.isEnabled()
    write(dialog, phrase())
    press(dialog, ENTER)
    assert not is_on(clinic.db)


def test_r183_off_again_what_there_is_can_be_read(
    clinic, open_as, director, member_admin, wang, monkeypatch
):
    switched_on(director)
    where = partner(member_admin)
    agreed(member_admin, where, until_on="2027-06-30")
    came(member_admin, where, wang)
    dialog = open_as(director)
    asked: list[str] = []
    monkeypatch.setattr(
        type(dialog.context.alerts), "ask", lambda _s, title, *_: not asked.append(title)
    )
    press(dialog, "T")
    assert asked == ["停用合作机构"]
    assert not is_on(clinic.db)
    assert dialog.notice.typed.isVisible()
    press(dialog, "T")
    institutions, contracts, people, _ = dialog.pages
    assert [row[0] for row in lines(institutions.table)] == ["康宁门诊部"]
    assert "只能查看" in dialog.state.text()
    for made in (institutions.new_button, institutions.edit_button, institutions.retire_button):
        assert not made.isEnabled()
    press(dialog, ENTER)  # nothing is edited
    press(dialog, "B")
    assert not contracts.extend_button.isEnabled()
    assert contracts.end_button.isEnabled()
    press(dialog, "I", ENTER)
    assert not people.new_button.isEnabled()
    assert people.end_button.isEnabled()
    press(dialog, "S", "T")
    assert dialog.notice.typed.isVisible()


def test_r179_an_institution_by_keys(clinic, open_as, director, member_admin):
    switched_on(director)
    dialog = open_as(member_admin)
    press(dialog, "N")
    made = dialog_of(dialog, InstitutionDialog)
    press(dialog, ENTER)
    assert "机构全称" in made.name_field.error
    write(dialog, "康宁门诊部")
    press(dialog, ENTER)
    assert "许可证号" in made.licence_field.error
    write(dialog, "PDY123456")
    press(dialog, ENTER)
    (row,) = partners(clinic.db)
    assert (row.name, row.form.licence) == ("康宁门诊部", "PDY123456")
    assert "Alt+G" in said(dialog)
    press(dialog, ENTER)  # the chosen row is opened for correction
    made = dialog_of(dialog, InstitutionDialog)
    press(dialog, "T")
    write(dialog, "010-1234")
    press(dialog, ENTER)
    assert partners(clinic.db)[0].form.phone == "010-1234"
    press(dialog, "E", ESC, "U")
    assert not partners(clinic.db)[0].active
    press(dialog, "G", "U")
    assert partners(clinic.db)[0].active


def test_r181_a_contract_by_keys(clinic, open_as, director, member_admin, monkeypatch):
    switched_on(director)
    partner(member_admin)
    asked = gives_word(monkeypatch, partner_agreement, "director")
    dialog = open_as(member_admin)
    press(dialog, "G")
    made = dialog_of(dialog, AgreementDialog)
    press(dialog, ENTER)
    assert "合同的编号" in made.contract_field.error
    write(dialog, "HT-1")
    assert "不收不付" in made.words.text()
    press(dialog, "F")
    write(dialog, "jt")  # 阶梯
    assert "填完条款" in made.words.text()
    press(dialog, ENTER)
    assert made.steps_field.error
    press(dialog, "T", TAB, TAB)
    write(dialog, "5")
    press(dialog, TAB, TAB)  # past the class
    write(dialog, "10000")
    press(dialog, TAB)
    write(dialog, "8")
    assert "¥10,000 × 5% = ¥500" in made.words.text()
    press(dialog, "J")
    press(dialog, "Q")
    write(dialog, "x")
    press(dialog, ENTER)
    assert made.span_field.error
    made.first.setText("20261101")
    press(dialog, ENTER)
    (row,) = agreements(clinic.db)
    assert row.form.terms == Terms(steps=(Step(0, 50), Step(10_000_00, 80)))
    assert (row.form.from_on, row.form.notice_days, row.signer) == ("2026-11-01", 30, "孙院长")
    assert "每档只算超过的部分" in asked[0]


def test_r181_the_form_asks_what_the_model_needs(open_as, director, member_admin, monkeypatch):
    switched_on(director)
    partner(member_admin)
    dialog = open_as(member_admin)
    press(dialog, "G")
    made = dialog_of(dialog, AgreementDialog)
    made.contract.setText("HT-1")
    made.model.choose("mixed")
    made.rate.setText("3")
    assert made.rate_field.isVisible()
    assert made.sum_field.isVisible()
    press(dialog, ENTER)
    assert made.sum_field.error
    made.model.choose("once")
    made.sum.setText("200")
    made._show_terms()
    assert not made.rate_field.isVisible()
    assert "每位 ¥200" in made.words.text()
    monkeypatch.setattr(partner_agreement, "ask_approval", lambda *_, **__: None)
    press(dialog, ENTER)  # no signature, nothing written
    assert agreements(dialog.context.db) == []


def test_r183_a_contract_is_extended_ended_and_printed(
    clinic, open_as, director, member_admin, monkeypatch
):
    switched_on(director)
    where = partner(member_admin)
    agreed(member_admin, where, until_on="2026-12-31")
    gives_word(monkeypatch, partner_agreement, "director")
    dialog = open_as(member_admin)
    press(dialog, "B", ENTER)
    assert "合作协议摘要" in dialog_of(dialog, PaperDialog).windowTitle()
    press(dialog, ESC, "E")
    made = dialog_of(dialog, ExtendDialog)
    write(dialog, "x")
    press(dialog, ENTER)
    assert made.field.error
    made.last.setText("20271231")
    press(dialog, ENTER)
    assert agreements(clinic.db)[0].last_on == "2027-12-31"
    press(dialog, "X")
    made = dialog_of(dialog, EndAgreementDialog)
    press(dialog, ENTER)
    assert "原因" in made.reason_field.error
    write(dialog, "协商")
    made.day.setText("x")
    press(dialog, ENTER)
    assert made.day_field.error
    made.day.setText("20261125")
    press(dialog, ENTER)
    assert agreements(clinic.db)[0].last_on == "2026-11-25"
    assert not dialog.pages[1].end_button.isEnabled()


def test_r180_an_introduction_by_keys(clinic, open_as, director, member_admin, context, wang):
    switched_on(director)
    where = partner(member_admin)
    agreed(member_admin, where, direction="both")
    context.current_person.select(wang)
    dialog = open_as(member_admin)
    press(dialog, "I", "N")
    made = dialog_of(dialog, IntroductionDialog)
    assert made.who.person_id == wang
    assert made.agreement.currentText().startswith("HT-1 · 金额的 5%")
    press(dialog, "D", DOWN, ENTER)
    assert "单独同意" in made.agreed_field.error
    press(dialog, SPACE, ENTER)
    assert "怎样同意" in made.note_field.error
    write(dialog, "签书面同意书")
    press(dialog, ENTER)
    assert "交给对方" in made.handed_field.error
    press(dialog, SPACE)
    made.consent_on.setText("x")
    press(dialog, ENTER)
    assert made.on_field.error
    made.consent_on.setText("20261120")
    press(dialog, ENTER)
    (row,) = introductions(clinic.db)
    assert (row.direction, row.handed, row.consent_on) == ("out", ("name",), "2026-11-20")
    press(dialog, ENTER)  # the next step: there
    dialog_of(dialog, ArriveDialog)
    press(dialog, ENTER)
    assert introductions(clinic.db)[0].state == "arrived"
    press(dialog, ENTER)  # the next step: what they spent
    made = dialog_of(dialog, ValueDialog)
    press(dialog, ENTER)
    assert made.field.error
    write(dialog, "3000")
    press(dialog, ENTER)
    assert introductions(clinic.db)[0].value_fen == 3_000_00
    press(dialog, "V", ESC, "X")
    made = dialog_of(dialog, EndIntroductionDialog)
    press(dialog, DOWN, ENTER)
    assert introductions(clinic.db)[0].state == "withdrawn"
    assert "通知康宁门诊部停止使用" in said(dialog)


def test_r180_what_is_missing_is_said_at_its_field(
    clinic, open_as, director, member_admin, context, wang
):
    switched_on(director)
    dialog = open_as(member_admin)
    press(dialog, "I", "N")
    made = dialog_of(dialog, IntroductionDialog)
    press(dialog, ENTER)
    assert "还没有在用的机构" in made.partner_field.error
    press(dialog, ESC)
    where = partner(member_admin)
    press(dialog, "N")
    made = dialog_of(dialog, IntroductionDialog)
    press(dialog, ENTER)
    assert "选中顾客" in made.who_field.error
    press(dialog, ESC)
    introduced(member_admin, where, wang)
    press(dialog, "A", "I", "D")
    made = dialog_of(dialog, ArriveDialog)
    made.day.setText("x")
    press(dialog, ENTER)
    assert made.field.error
    made.day.setText("20261120")
    press(dialog, ENTER, ENTER)
    made = dialog_of(dialog, EndIntroductionDialog)
    made.how.choose("mistake")
    press(dialog, ENTER)
    assert "登记错" in made.reason_field.error
    write(dialog, "认错人")
    press(dialog, ENTER)
    assert introductions(clinic.db)[0].ended_why == "登记有误：认错人"
    assert not dialog.pages[2].end_button.isEnabled()


def test_r183_a_statement_by_keys(
    clinic, open_as, director, member_admin, wang, clock, monkeypatch
):
    switched_on(director)
    agreed(member_admin, partner(member_admin))
    came(member_admin, 1, wang)
    pay(member_admin, wang, 1000)
    clock.day = "2026-12-01"
    asked = gives_word(monkeypatch, partner_statement, "director")
    dialog = open_as(member_admin)
    press(dialog, "S", ENTER)
    made = dialog_of(dialog, DraftDialog)
    assert lines(made.table)[0][2:] == ("1,000", "¥1,000 × 5% = ¥50", "50", "0", "50")
    press(dialog, ENTER)
    (row,) = statements(clinic.db)
    assert "应付 ¥50" in said(dialog)
    press(dialog, "S", ENTER)
    made = dialog_of(dialog, StatementDialog)
    press(dialog, "X")
    void = dialog_of(dialog, VoidDialog)
    press(dialog, ENTER)
    assert "作废的原因" in void.field.error
    write(dialog, "核对")
    press(dialog, ENTER)
    assert statements(clinic.db)[0].state == "void"
    press(dialog, "S", ENTER, ENTER, "S", ENTER)
    made = dialog_of(dialog, StatementDialog)
    assert lines(made.table)[0][1].startswith("王* ")
    press(dialog, ENTER)
    assert "凭证号" in made.field.error
    write(dialog, "J-12")
    press(dialog, ENTER)
    row = statements(clinic.db)[0]
    assert (row.state, row.voucher, row.approver) == ("settled", "J-12", "孙院长")
    assert "凭证号 J-12" in asked[0]
    assert lines(dialog.pages[3].table)[0][5:8] == ("50", "已结清", "J-12")
    dialog.pages[3].table.selectRow(0)
    press(dialog, ENTER, ENTER)  # the settled one is printed
    assert dialog_of(dialog, PaperDialog).paper.number == row.number
    press(dialog, ESC, ESC)
    dialog.pages[3].table.selectRow(1)
    press(dialog, ENTER)
    assert "已作废" in dialog_of(dialog, StatementDialog)._ended()


def test_r183_a_director_alone_is_told_who_has_to_do_it(
    clinic, open_as, director, member_admin, wang, clock
):
    switched_on(director)
    agreed(member_admin, partner(member_admin), model="once", terms=Terms(sum_fen=5), rhythm="each")
    came(member_admin, 1, wang)
    dialog = open_as(director)
    press(dialog, "S", ENTER, ENTER, "S", ENTER)
    made = dialog_of(dialog, StatementDialog)
    write(dialog, "J-12")
    press(dialog, ENTER)
    assert "须是两个人" in said(made)


def test_r183_what_is_due_leads_to_its_dialog(clinic, open_as, director, member_admin, wang):
    switched_on(director)
    agreed(member_admin, partner(member_admin), direction="out", until_on="2026-12-15")
    came(member_admin, 1, wang, "out")
    dialog = open_as(member_admin)
    press(dialog, "S", ENTER)
    dialog_of(dialog, ValueDialog)
    press(dialog, ESC, DOWN, ENTER)
    dialog_of(dialog, ExtendDialog)


def test_r180_one_line_on_the_persons_page_and_reports_while_it_is_on(
    context, qtbot, director, member_admin, wang
):
    context.signed_in.set(member_admin)
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.open_person(wang)
    card = tab.card
    assert not card.values["introductions"].isVisible()

    def names() -> list[str]:
        made = ReportFilters(context, "sources")
        qtbot.addWidget(made)
        return [made.choice.itemData(number) for number in range(made.choice.count())]

    assert "partner-chains" not in names()
    switched_on(director)
    came(member_admin, partner(member_admin), wang)
    card.refresh()
    assert card.values["introductions"].text() == "2026-11-20 由康宁门诊部介绍来，已到院"
    assert "partner-chains" in names()
    switch_partners(director, on=False)
    card.refresh()
    assert not card.values["introductions"].isVisible()
