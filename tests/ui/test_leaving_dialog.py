"""Leaving by the keys: the worksheet, prepared by one, signed by another, printed; R108, R109,
E59, E60, E61."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from services.commands import Session
from services.forms.leave_paper import leave_paper
from services.forms.paper import texts
from services.loyalty.membership import join, override_tier
from services.loyalty.service_use import use_service
from services.loyalty.standing import joined_on
from services.memberships.leave_form import FormRow, FormWay, LeaveForm
from services.memberships.leaving import prepare_refund, refund_cases
from services.people.enrolment import PersonForm, enrol
from tests.conftest import TODAY
from tests.money_world import grant_id, pay
from tests.services.memberships.world import on_day, payer, with_programme
from tests.ui.desk_hands import looked, on_screen
from tests.ui.dialog_hands import ENTER, ESC, dialog_of, focus, gives_word, press, write
from ui.context import UiContext
from ui.dialogs import refund_case as case_module
from ui.dialogs.approve import ApproveDialog
from ui.dialogs.fee_records import FeeRecordsDialog
from ui.dialogs.leaving import CancelMembershipDialog, LeaveDialog, RefundDialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.refund_case import RefundCaseDialog
from ui.papers import stretches
from ui.tabs.enrollment import EnrollmentTab
from ui.widgets.invite_lists import CASES

Key = Qt.Key


@pytest.fixture
def scheme(director: Session) -> int:
    return with_programme(director)


@pytest.fixture
def wang(frontdesk: Session, scheme: int) -> int:
    """Paid for a year today, used one cleaning."""
    form = PersonForm(name="王芳", phone="13800138000")
    who = enrol(frontdesk, form=form).person_id
    payer(frontdesk, scheme, person_id=who)
    use_service(frontdesk, grant_id=grant_id(frontdesk.clinic, who, "silver.clean@2026-11-20"))
    return who


@pytest.fixture
def tab(context: UiContext, qtbot, billing: Session, wang: int) -> EnrollmentTab:
    context.signed_in.set(billing)
    return on_screen(EnrollmentTab(context), qtbot)


def leaving(tab: EnrollmentTab, who: int, scheme: int) -> RefundDialog:
    tab.open_person(who, scheme)
    press(tab, "W")
    press(tab, Key.Key_T)
    return dialog_of(tab, RefundDialog)


def said(tab: EnrollmentTab) -> str:
    return tab.context.alerts.bar.sentence


def card(dialog: RefundDialog | RefundCaseDialog, method: str) -> str:
    return dialog.ways.cards[method].text()


# -- preparing -------------------------------------------------------------------------------


def test_e59_five_ways_stand_side_by_side_and_the_proposed_one_is_chosen(
    tab, clinic, scheme, wang
) -> None:
    dialog = leaving(tab, wang, scheme)
    assert focus(tab) is dialog.fault
    assert "¥292" in card(dialog, "agreed")
    assert "会费 ¥365 × 80% = ¥292" in card(dialog, "agreed")
    assert "不适用：已经使用过权益" in card(dialog, "cooling")
    assert "不适用：退会是会员自己的原因" in card(dialog, "discounted")
    assert "¥265" in card(dialog, "listed")
    assert "¥365" in card(dialog, "remaining")
    assert dialog.method == "remaining"
    assert dialog.ways.cards["remaining"].property("chosen")
    assert not dialog.ways.cards["cooling"].pick.isVisible()
    assert "2026-12-20" in dialog.hints.text()  # the notice is a hint
    assert "超声波洁牙 1 次 × ¥100" in dialog.facts.accessibleDescription()


def test_e59_whose_wish_and_which_day_change_the_figures(tab, scheme, wang) -> None:
    dialog = leaving(tab, wang, scheme)
    dialog.fault.choose("clinic")
    assert "不适用：退会不是会员的原因" in card(dialog, "listed")
    assert "¥285" in card(dialog, "discounted")
    dialog.leaves.setText("2027-05-20")
    press(tab, ENTER)
    assert "剩余 184 天" in card(dialog, "remaining")
    dialog.leaves.setText("2026-11-01")
    press(tab, ENTER)
    assert "今天或以后" in dialog.hints.text()
    assert not dialog.prepare_button.isEnabled()
    dialog.leaves.setText("soon")
    dialog.reckon()
    assert "19900515" in dialog.hints.text()


def test_a_way_is_picked_by_its_number_and_stays_while_it_applies(tab, scheme, wang) -> None:
    dialog = leaving(tab, wang, scheme)
    press(tab, "4")
    assert dialog.method == "listed"
    assert dialog.ways.cards["listed"].pick.text().startswith("✓")
    assert "建议" in dialog.ways.cards["remaining"].pick.text()
    dialog.fault.choose("clinic")  # then it is no longer the member's doing
    assert dialog.method == "remaining"


def test_r108_prepared_with_a_reason_it_waits_in_the_list(tab, clinic, scheme, wang, qtbot) -> None:
    dialog = leaving(tab, wang, scheme)
    press(tab, ENTER)
    assert focus(tab) is dialog.reason
    press(tab, ENTER)
    assert "原因" in dialog.reason_field.error
    write(tab, "搬家")
    press(tab, ENTER)
    assert focus(tab) is dialog.prepare_button
    assert refund_cases(clinic.db) == []
    press(tab, ENTER)
    (case,) = refund_cases(clinic.db, person_id=wang)
    assert (case.method, case.amount_fen, case.reason) == ("remaining", 36_500, "搬家")
    assert "应退 ¥365" in said(tab)
    assert tab.joining.heading.text() == "退会办理中"
    assert focus(tab) is tab.joining.sign_button
    tab.refresh()
    looked(tab, qtbot)
    assert tab.lists.pages.tabText(CASES) == "退费 1"
    assert joined_on(clinic.db, wang, scheme) == TODAY  # nothing ended yet


def test_the_front_desk_reads_who_prepares_refunds(context, qtbot, frontdesk, scheme, wang) -> None:
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.open_person(wang, scheme)
    tab.joining.more.click()
    menu = tab.joining.more.menu_shown
    (leave,) = (each for each in menu.actions() if each.text().startswith("退会("))
    assert not leave.isEnabled()
    assert "收费" in leave.text()
    menu.close()


# -- signing -----------------------------------------------------------------------------------


@pytest.fixture
def prepared(billing: Session, scheme: int, wang: int) -> int:
    done = prepare_refund(
        billing, person_id=wang, programme_id=scheme, fault="member", reason="搬家"
    )
    return done.case_id


@pytest.fixture
def case(tab: EnrollmentTab, prepared: int, qtbot: Any) -> RefundCaseDialog:
    """The case opened from the list of those that wait."""
    tab.refresh()
    tab.lists.start(CASES)
    looked(tab, qtbot)
    press(tab, ENTER, ENTER)
    return dialog_of(tab, RefundCaseDialog)


def test_e59_another_person_signs_with_a_pin_and_it_is_over(
    tab, case, clinic, scheme, wang, monkeypatch
) -> None:
    assert "应退 ¥365 · 待签字" in case.heading.text()
    assert not case.ways.cards["agreed"].pick.isVisible()  # read only
    case.payment.choose("微信")
    asked = gives_word(monkeypatch, case_module, "member_admin")
    press(tab, ENTER)
    assert asked == ["退费 ¥365，会籍今天结束：搬家"]
    assert joined_on(clinic.db, wang, scheme) is None
    assert "请打印" in case.context.alerts.bar.sentence
    assert "已签字" in case.heading.text()
    assert focus(tab) is case.print_button
    assert not case.sign_button.isVisible()
    case.submit()  # Enter signs nothing twice
    press(tab, ESC)
    assert tab.joining.heading.text() == "还不是会员，可以缴费入会"


def test_the_one_who_prepared_is_not_offered_to_sign(context, qtbot, member_admin, scheme, wang):
    done = prepare_refund(
        member_admin, person_id=wang, programme_id=scheme, fault="member", reason="搬家"
    )
    context.signed_in.set(member_admin)
    dialog = ApproveDialog(
        context, None, "sign.refund", "退费", refund_cases(context.db)[0].prepared_by
    )
    qtbot.addWidget(dialog)
    assert [dialog.who.itemText(n) for n in range(dialog.who.count())] == ["孙院长"]
    assert done.case_id


def test_no_pin_no_signature(tab, case, clinic, scheme, wang, monkeypatch) -> None:
    monkeypatch.setattr(case_module, "ask_approval", lambda *a, **k: None)
    press(tab, ENTER)
    assert joined_on(clinic.db, wang, scheme) == TODAY
    assert case.isVisible()


def test_it_is_signed_on_the_day_it_was_prepared_for(tab, frontdesk, clock, prepared, wang) -> None:
    later = on_day(frontdesk, clock, "2026-11-21")
    tab.context.signed_in.set(later)
    tab.context.current_person.select(wang)
    dialog = RefundCaseDialog(tab.context, tab, prepared)
    dialog.open()
    assert "没有签退费单的权限" in dialog.note.text() or "重新准备" in dialog.note.text()
    assert not dialog.sign_button.isEnabled()
    dialog.submit()
    assert dialog.isVisible()


def test_a_case_is_given_up_after_asking(tab, case, clinic, monkeypatch) -> None:
    answers = iter((False, True))
    monkeypatch.setattr(case.context.alerts, "ask", lambda *a: next(answers))
    press(tab, "X")
    assert refund_cases(clinic.db, state="prepared")
    press(tab, "X")
    assert refund_cases(clinic.db, state="prepared") == []
    assert "已撤销" in said(tab)
    assert tab.joining.heading.text().startswith("会员")


# -- paper -------------------------------------------------------------------------------------


def test_the_form_is_seen_as_a_page_and_kept_as_a_pdf(tab, case, tmp_path, monkeypatch) -> None:
    press(tab, "D")
    paper = dialog_of(tab, PaperDialog)
    assert focus(tab) is paper.print_button
    for part in ("退会申请与退费单", "王*", "五种算法", "会员签字", "批准人签字"):
        assert any(part in text for text in texts(paper.paper)), part
    target = tmp_path / "退费单"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), ""))
    paper.keep_pdf()
    written = target.with_suffix(".pdf")
    assert written.read_bytes().startswith(b"%PDF")
    assert "已存为 退费单.pdf" in paper.context.alerts.bar.sentence
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: ("", ""))
    paper.keep_pdf()
    monkeypatch.setattr("ui.dialogs.paper.print_paper", lambda *a: True)
    press(tab, ENTER)
    assert not any(each.isVisible() for each in tab.window().findChildren(PaperDialog))


def test_a_pdf_that_cannot_be_written_says_so(tab, case, tmp_path: Path, monkeypatch) -> None:
    press(tab, "D")
    paper = dialog_of(tab, PaperDialog)
    paper.write_pdf(tmp_path / "missing" / "x.pdf")
    assert "没有找到文件夹" in paper.context.alerts.bar.sentence


def test_what_was_typed_is_no_markup() -> None:
    way = FormWay("按约定比例", "¥1", "少 ¥1", ("a < b",), chosen=True)
    row = FormRow("原因", "<b>搬家</b>" * 4)
    form = LeaveForm("退费单", "口腔", (row,), (row, row), (way,), (row,), ("提<示",), ("签字",))
    html = "".join(part for part in stretches(leave_paper(form)) if isinstance(part, str))
    assert "<b>搬家" not in html
    assert "&lt;b&gt;搬家" in html
    assert "提&lt;示" in html


def test_a_signed_form_is_found_again_in_the_records(tab, billing, prepared, wang, scheme) -> None:
    tab.open_person(wang, scheme)
    tab.joining.open_records()
    records = dialog_of(tab, FeeRecordsDialog)
    assert [row.reason for row in records.cases.rows()] == ["搬家"]
    records.cases.setFocus()
    records.cases.selectRow(0)
    press(tab, ENTER)
    assert dialog_of(tab, RefundCaseDialog).case_id == prepared


def test_ctrl_p_leads_to_the_newest_form(tab, prepared, wang) -> None:
    tab.open_person(wang)
    assert tab.act("print")
    press(tab, ENTER)
    paper = dialog_of(tab, PaperDialog).paper
    assert (paper.title, paper.number) == ("退会申请与退费单", str(prepared))


# -- leaving without money, and misconduct -----------------------------------------------------


@pytest.fixture
def free(frontdesk: Session) -> int:
    who = enrol(frontdesk, form=PersonForm(name="李娜", phone="13911112222")).person_id
    pay(frontdesk, who, 2000)
    join(frontdesk, person_id=who, benefits_explained=True)
    return who


def test_r108_a_membership_without_a_fee_is_left_with_a_reason(tab, clinic, free) -> None:
    tab.open_person(free, 1)
    press(tab, "W")
    press(tab, Key.Key_T)
    dialog = dialog_of(tab, LeaveDialog)
    press(tab, ENTER)
    assert "原因" in dialog.reason_field.error
    write(tab, "搬家")
    press(tab, ENTER)
    assert joined_on(clinic.db, free, 1) is None
    assert said(tab) == "已退会。"


def test_r109_the_director_ends_a_membership_for_misconduct(tab, director, clinic, free) -> None:
    tab.context.signed_in.set(director)
    tab.open_person(free, 1)
    press(tab, "W")
    press(tab, Key.Key_C)
    dialog = dialog_of(tab, CancelMembershipDialog)
    press(tab, ENTER)
    assert "原因" in dialog.reason_field.error
    write(tab, "借卡给他人")
    press(tab, ENTER)
    assert joined_on(clinic.db, free, 1) is None
    assert said(tab) == "已取消会员资格。"


def test_e37_a_granted_tier_is_let_go(tab, director, clinic, free) -> None:
    tab.context.signed_in.set(director)
    override_tier(director, person_id=free, rank=3, reason="院长批准")
    tab.open_person(free, 1)
    assert tab.joining.badge.text() == "授予"
    press(tab, "W")
    press(tab, Key.Key_B)
    write(tab, "到期")
    press(tab, ENTER)
    assert said(tab) == "等级已下调。"
    assert tab.joining.tier.text() == "普通会员"
