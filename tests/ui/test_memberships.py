"""Paid memberships by the keys: joining, renewing, upgrading, voiding, leaving lists; R023, R024,
R057, R070, R081, R107, E38, E57."""

from __future__ import annotations

import pytest

from services.commands import Session
from services.loyalty.membership import join
from services.loyalty.standing import joined_on, standing_of
from services.memberships.records import fee_rows
from services.people.enrolment import PersonForm, enrol
from services.programmes.definition import Benefit, Fee, Reach
from services.programmes.registry import preset
from tests.conftest import STAFF, TODAY
from tests.money_world import pay, sign
from tests.services.memberships.world import (
    NAME,
    SILVER,
    changed,
    on_day,
    paid_programme,
    payer,
    with_programme,
)
from tests.ui.desk_hands import looked, on_screen
from tests.ui.dialog_hands import ENTER, ESC, SPACE, dialog_of, focus, gives_word, press, write
from ui.context import UiContext
from ui.dialogs import fee as fee_module
from ui.dialogs import fee_records as records_module
from ui.dialogs.benefits import BenefitsDialog
from ui.dialogs.fee import FeeDialog
from ui.dialogs.fee_records import FeeRecordsDialog
from ui.tabs.enrollment import EnrollmentTab
from ui.widgets.invite_lists import CASES, INVITED, NOTICES, RENEWALS


@pytest.fixture
def scheme(director: Session) -> int:
    return with_programme(director, paid_programme(agreement=True))


@pytest.fixture
def tab(context: UiContext, qtbot, scheme: int) -> EnrollmentTab:
    return on_screen(EnrollmentTab(context), qtbot)


@pytest.fixture
def wang(frontdesk: Session) -> int:
    form = PersonForm(name="王芳", birthday="1990-05-15", phone="13800138000")
    return enrol(frontdesk, form=form).person_id


def member(session: Session, scheme: int, who: int, rank: int = 1) -> int:
    return payer(session, scheme, rank, person_id=who, agreement="协-1").fee_id


def said(tab: EnrollmentTab) -> str:
    return tab.context.alerts.bar.sentence


def pay_dialog(tab: EnrollmentTab, who: int, scheme: int) -> FeeDialog:
    tab.open_person(who, scheme)
    press(tab, "J")
    return dialog_of(tab, FeeDialog)


# -- several memberships ---------------------------------------------------------------------


def test_r070_every_programme_stands_above_and_the_arrows_choose(
    tab, frontdesk, clinic, scheme, wang
) -> None:
    pay(frontdesk, wang, 2000)
    member(frontdesk, scheme, wang)
    tab.open_person(wang)
    panel = tab.joining
    assert panel.programmes.isVisible()
    assert [view.programme.name for view in panel.programmes.rows()] == ["医院方案A", NAME]
    assert panel.heading.text() == "可以入会"  # joining comes first
    assert panel.explained.hasFocus()
    panel.programmes.setFocus()
    panel.programmes.selectRow(1)
    assert panel.heading.text() == f"会员，{TODAY} 入会"
    assert panel.badge.text() == "缴费"
    assert "会费缴至 2027-11-19；协议 协-1" in panel.how.text()
    assert not panel.join_button.isVisible()
    panel.programmes.selectRow(0)
    press(tab, ENTER)
    assert panel.explained.hasFocus()


def test_with_one_programme_the_list_is_not_shown(context, qtbot, frontdesk) -> None:
    who = enrol(frontdesk, form=PersonForm(name="王芳", phone="13800138000")).person_id
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.open_person(who)
    assert not tab.joining.programmes.isVisible()


def test_a_programme_without_tiers_says_so(context, qtbot, director, frontdesk, wang) -> None:
    blank = with_programme(director, preset("空白"))
    pay(frontdesk, wang, 900)
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.open_person(wang, blank)
    joining = tab.joining
    assert joining.heading.text() == "非会员"
    assert joining.lines_title.text() == "“空白”还没有等级。"
    assert joining.lines.text() == ""
    assert joining.receipt_button.isVisible()
    assert focus(tab) is joining.receipt_button


# -- joining -----------------------------------------------------------------------------------


def test_r024_joining_asks_for_the_agreement_and_the_explanation(tab, clinic, scheme, wang) -> None:
    dialog = pay_dialog(tab, wang, scheme)
    assert focus(tab) is dialog.rank
    assert "应收 ¥365" in dialog.lines.text()
    assert f"{TODAY} 至 2027-11-19" in dialog.lines.text()
    assert "超声波洁牙：会籍期内 2 次" in dialog.lines.text()
    press(tab, ENTER)
    assert focus(tab) is dialog.agreement
    assert dialog.agreement_field.error == ""  # led there, not scolded
    press(tab, ENTER)
    assert "协议编号" in dialog.agreement_field.error
    write(tab, "XY-1")
    press(tab, ENTER)
    assert focus(tab) is dialog.explained
    press(tab, ENTER)
    assert "讲解" in dialog.context.alerts.bar.sentence
    press(tab, SPACE, ENTER)
    assert focus(tab) is dialog.pay_button
    assert joined_on(clinic.db, wang, scheme) is None
    press(tab, ENTER)
    assert joined_on(clinic.db, wang, scheme) == TODAY
    assert f"已收会费 ¥365：银卡，{TODAY} 至 2027-11-19。待领 护理套装" in said(tab)
    (row,) = fee_rows(clinic.db, wang)
    assert (row.agreement, row.amount_fen, row.staff) == ("XY-1", 36_500, STAFF["frontdesk"])
    assert focus(tab) is tab.joining.gifts_button  # what is next


def test_enter_on_the_button_twice_takes_one_fee(tab, clinic, scheme, wang) -> None:
    dialog = pay_dialog(tab, wang, scheme)
    dialog.agreement.setText("XY-1")
    dialog.explained.setChecked(True)
    dialog.pay_button.setFocus()
    dialog.submit()
    dialog.submit()
    assert len(fee_rows(clinic.db, wang)) == 1


def test_r107_who_is_too_young_reads_it_before_typing(context, qtbot, director, frontdesk) -> None:
    scheme = with_programme(director, paid_programme(min_age=18))
    form = PersonForm(
        name="冯小宝", birthday="2015-03-07", guardian_name="冯父", guardian_phone="13800138000",
        guardian_relation="父亲",
    )  # fmt: skip
    who = enrol(frontdesk, form=form).person_id
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.open_person(who, scheme)
    assert "年满 18 周岁" in tab.joining.note.text()
    assert not tab.joining.pay_button.isVisible()


def test_another_amount_wants_a_reason_and_a_second_word(
    tab, clinic, scheme, wang, monkeypatch
) -> None:
    dialog = pay_dialog(tab, wang, scheme)
    dialog.agreement.setText("XY-1")
    dialog.explained.setChecked(True)
    assert not dialog.reason.isVisible()
    press(tab, "A")
    dialog.amount.selectAll()
    write(tab, "300")
    assert dialog.reason.isVisible()
    press(tab, ENTER)
    assert focus(tab) is dialog.reason
    press(tab, ENTER)
    assert "原因" in dialog.reason_field.error
    write(tab, "院长同意")
    asked = gives_word(monkeypatch, fee_module, "member_admin")
    press(tab, ENTER, ENTER)
    assert asked == ["应收会费 ¥365，实收 ¥300：院长同意"]
    assert fee_rows(clinic.db, wang)[0].amount_fen == 30_000


def test_no_word_no_fee(tab, clinic, scheme, wang, monkeypatch) -> None:
    dialog = pay_dialog(tab, wang, scheme)
    dialog.agreement.setText("XY-1")
    dialog.explained.setChecked(True)
    dialog.amount.setText("abc")
    press(tab, ENTER)
    assert dialog.amount_field.error
    dialog.amount.setText("1")
    dialog.reason.setText("院长同意")
    monkeypatch.setattr(fee_module, "ask_approval", lambda *a, **k: None)
    dialog.pay_button.setFocus()
    press(tab, ENTER)
    assert fee_rows(clinic.db, wang) == []
    assert dialog.isVisible()


def test_r104_a_membership_for_nothing_is_applied_for(context, qtbot, director, frontdesk, clinic):
    free = changed(SILVER, fees=(Fee(0, "once"),))
    scheme = with_programme(director, paid_programme(free))
    who = enrol(frontdesk, form=PersonForm(name="王芳", phone="13800138000")).person_id
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.open_person(who, scheme)
    assert tab.joining.pay_button.text() == "申请入会(&J)…"
    press(tab, "J")
    dialog = dialog_of(tab, FeeDialog)
    assert dialog.pay_button.text() == "入会 ⏎"
    press(tab, ENTER, SPACE, ENTER, ENTER)
    assert joined_on(clinic.db, who, scheme) == TODAY
    assert "终身有效" in said(tab)


# -- renewing and upgrading --------------------------------------------------------------------


def test_e57_a_due_renewal_is_enter_enter_enter(
    tab, frontdesk, clinic, clock, scheme, wang, qtbot
) -> None:
    member(frontdesk, scheme, wang)
    tab.context.signed_in.set(on_day(frontdesk, clock, "2027-11-01"))
    tab.act("show_renewals")
    looked(tab, qtbot)
    assert tab.lists.pages.tabText(RENEWALS) == "续费 1"
    press(tab, ENTER)
    panel = tab.joining
    assert "2027-11-19 到期" in panel.note.text()
    assert panel.pay_button.hasFocus()
    assert panel.pay_button.property("role") == "primary"
    press(tab, ENTER)
    dialog = dialog_of(tab, FeeDialog)
    assert "提前续费" in dialog.lines.text()
    assert not dialog.explained.isVisible()  # they know it
    press(tab, ENTER, ENTER)
    assert "2027-11-20 至 2028-11-19" in said(tab)
    looked(tab, qtbot)
    assert tab.lists.pages.tabText(RENEWALS) == "续费 0"


def test_e57_a_lapsed_fee_offers_the_tier_that_lapsed(tab, frontdesk, clock, scheme, wang) -> None:
    member(frontdesk, scheme, wang, rank=2)
    tab.context.signed_in.set(on_day(frontdesk, clock, "2027-11-25"))
    dialog = pay_dialog(tab, wang, scheme)
    assert dialog.rank.currentText() == "金卡"
    assert "宽限期内" in dialog.lines.text()
    assert "2027-12-04 以前续费" in tab.joining.note.text()


def test_r023_an_upgrade_shows_what_the_unused_days_are_worth(
    tab, frontdesk, clock, clinic, scheme, wang
) -> None:
    member(frontdesk, scheme, wang)
    tab.context.signed_in.set(on_day(frontdesk, clock, "2027-05-20"))
    dialog = pay_dialog(tab, wang, scheme)
    assert dialog.agreement.text() == "协-1"
    dialog.rank.choose(2)
    assert "应收 ¥816" in dialog.lines.text()
    assert "减去原会籍未用天数 ¥184" in dialog.lines.text()
    assert [dialog.every.itemText(n) for n in range(dialog.every.count())] == [
        "每年 1,000 元",
        "一次 5,000 元",
    ]
    assert dialog.explained.isVisible()  # a new tier is explained
    dialog.explained.setChecked(True)
    press(tab, ENTER, ENTER)
    assert standing_of(clinic.db, wang, scheme).rank == 2


def test_who_paid_for_life_cannot_pay_again(tab, frontdesk, scheme, wang) -> None:
    payer(frontdesk, scheme, 2, "once", person_id=wang, agreement="协-1")
    dialog = pay_dialog(tab, wang, scheme)
    assert "不必再缴" in dialog.note.text()
    assert not dialog.pay_button.isEnabled()
    dialog.submit()
    assert dialog.isVisible()


# -- records -----------------------------------------------------------------------------------


def open_records(tab: EnrollmentTab, who: int, scheme: int) -> FeeRecordsDialog:
    tab.open_person(who, scheme)
    tab.joining.open_records()
    return dialog_of(tab, FeeRecordsDialog)


def test_a_fee_of_today_is_voided_with_a_reason(tab, frontdesk, clinic, scheme, wang) -> None:
    member(frontdesk, scheme, wang)
    dialog = open_records(tab, wang, scheme)
    assert dialog.fees.rows()[0].tier_name == "银卡"
    press(tab, "V", ENTER)
    voiding = dialog_of(tab, records_module.VoidFeeDialog)
    assert "原因" in voiding.reason_field.error
    write(tab, "收错了人")
    press(tab, ENTER)
    assert "会籍同时取消" in dialog.context.alerts.bar.sentence
    assert [row.kind for row in dialog.fees.rows()] == ["void", "payment"]
    dialog.fees.selectRow(1)
    assert not dialog.void_button.isEnabled()
    press(tab, ESC)
    assert tab.joining.heading.text() == "还不是会员，可以缴费入会"


def test_a_late_void_wants_a_second_word(
    tab, frontdesk, billing, clinic, scheme, wang, monkeypatch
) -> None:
    member(billing, scheme, wang)
    open_records(tab, wang, scheme)
    monkeypatch.setattr(records_module, "ask_approval", lambda *a, **k: None)
    press(tab, "V")
    write(tab, "收错了人")
    press(tab, ENTER)
    assert len(fee_rows(clinic.db, wang)) == 1
    asked = gives_word(monkeypatch, records_module, "member_admin")
    press(tab, ENTER)
    assert len(asked) == 1
    assert len(fee_rows(clinic.db, wang)) == 2


# -- benefits that wait for a word ---------------------------------------------------------------


@pytest.fixture
def waiting(director: Session) -> int:
    benefits = (
        Benefit("w.coupon", "coupon", "入会优惠券", value_yuan=50, given="confirm"),
        Benefit("w.advice", "service", "义诊体验", 2, given="manual"),
    )
    tier = changed(SILVER, benefits=benefits, fees=(Fee(100, "year"),))
    return with_programme(director, paid_programme(tier))


def test_r081_a_benefit_is_confirmed_and_another_given_by_hand(
    context, qtbot, frontdesk, waiting, wang, clinic
) -> None:
    tab = on_screen(EnrollmentTab(context), qtbot)
    payer(frontdesk, waiting, person_id=wang)
    tab.open_person(wang, waiting)
    assert tab.joining.word_button.text() == "待确认 1(&V)…"
    assert tab.joining.word_button.hasFocus()
    press(tab, ENTER)
    dialog = dialog_of(tab, BenefitsDialog)
    assert [line.benefit.name for line in dialog.table.rows()] == ["入会优惠券", "义诊体验"]
    assert not dialog.count.isVisible()
    press(tab, ENTER)
    assert "已确认：入会优惠券" in dialog.context.alerts.bar.sentence
    assert dialog.give_button.text() == "发放 ⏎"
    dialog.count.setText("")
    press(tab, ENTER)
    assert "数量" in dialog.context.alerts.bar.sentence
    dialog.count.setText("2")
    press(tab, ENTER)
    assert "已发放：义诊体验" in dialog.context.alerts.bar.sentence
    assert not dialog.give_button.isEnabled()  # none is left
    press(tab, ESC)
    assert not tab.joining.word_button.isVisible()
    assert "发放手工权益…" in tab.joining.more.texts()


def test_with_nothing_to_confirm_the_dialog_says_so(tab, context, wang, qtbot) -> None:
    context.current_person.select(wang)
    dialog = BenefitsDialog(context, tab)
    qtbot.addWidget(dialog)
    assert dialog.table.rows() == []
    dialog.submit()
    assert not dialog.give_button.isEnabled()


# -- the lists ---------------------------------------------------------------------------------


def test_the_four_lists_count_and_lead_to_the_programme(
    tab, frontdesk, clinic, scheme, director, qtbot
):
    silver = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=())
    sign(director, paid_programme(silver, name="再一个", term="lifetime"))
    who = enrol(frontdesk, form=PersonForm(name="李娜", phone="13911112222")).person_id
    pay(frontdesk, who, 200)
    tab.refresh()
    looked(tab, qtbot)
    texts = [tab.lists.pages.tabText(page) for page in (INVITED, NOTICES, RENEWALS, CASES)]
    assert texts == ["邀请 1", "告知 0", "续费 0", "退费 0"]
    tab.lists.start()
    press(tab, ENTER)
    assert tab.joining.case.programme.name == "再一个"
    press(tab, SPACE, ENTER)
    assert "已入会：银卡" in said(tab)


def test_a_join_with_an_agreement_asks_for_its_number(
    context, qtbot, director, frontdesk, clinic
) -> None:
    silver = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=(), benefits=())
    scheme = with_programme(director, paid_programme(silver, term="lifetime", agreement=True))
    who = enrol(frontdesk, form=PersonForm(name="李娜", phone="13911112222")).person_id
    pay(frontdesk, who, 200)
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.open_person(who, scheme)
    assert tab.joining.agreement.hasFocus()
    tab.joining.join()
    assert "协议编号" in tab.joining.agreement_field.error
    write(tab, "XY-2")
    press(tab, ENTER)
    assert tab.joining.explained.hasFocus()
    press(tab, SPACE, ENTER)
    assert joined_on(clinic.db, who, scheme) == TODAY
    assert "已入会：银卡。" in said(tab)


def test_two_programmes_in_one_day_are_told_apart(tab, frontdesk, scheme, wang, qtbot) -> None:
    pay(frontdesk, wang, 2000)
    join(frontdesk, person_id=wang, benefits_explained=True)
    member(frontdesk, scheme, wang, rank=2)
    tab.refresh()
    looked(tab, qtbot)
    names = {row.tier_name for row in tab.lists.notices.rows()}
    assert names == {"普通会员", "金卡"}
