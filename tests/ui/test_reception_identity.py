"""How a visitor was identified and whose service they come for, on the reception card."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from services.desk.appointments import book
from services.desk.visits import today_board
from services.people.cards import change_card, issue_card
from services.vouchers.pledge import pledge_voucher
from tests.conftest import TODAY
from tests.desk_world import change, member, person, visit_values
from tests.money_world import grant_id
from tests.ui.desk_hands import on_screen, open_person
from tests.ui.gift_hands import ALT, ENTER, press, told, write
from ui.tabs.checkin import CheckinTab

Key = Qt.Key


@pytest.fixture
def tab(context, qtbot):
    return on_screen(CheckinTab(context), qtbot)


def board(clinic):
    return today_board(clinic.db, TODAY, clinic.clock.now_utc())


@pytest.mark.parametrize(
    ("found_by", "checked"), [("card", "card"), ("phone_tail", "phone"), ("name", "")]
)
def test_r039_how_they_were_found_is_how_they_are_known(
    tab, context, clinic, frontdesk, found_by, checked
):
    context.current_person.select(person(frontdesk, "M1"), found_by)
    tab.act("check_in")
    press(tab, ENTER)
    assert board(clinic)[0].checked == checked


def test_r039_it_is_changed_by_letters_and_written_down_later_too(tab, context, clinic, frontdesk):
    open_person(context, tab, person(frontdesk, "M1"))
    tab.act("check_in")
    press(tab, Key.Key_C, modifier=ALT)
    write(tab, "hd")
    press(tab, ENTER)
    (row,) = board(clinic)
    assert row.checked == "document"
    assert "证件核验" in tab.pane.facts.text()
    tab.pane.checked.setFocus()
    write(tab, "dh")
    press(tab, ENTER)
    assert told(context) == "接待已记下。"
    assert visit_values(frontdesk, row.visit_id).checked == "phone"


def test_r039_a_card_shown_at_the_desk_counts_for_who_is_open(tab, context, frontdesk):
    open_person(context, tab, person(frontdesk, "M1"))
    tab.act("check_in")
    tab.pane.remark.setFocus()
    write(tab, "轮椅")
    context.current_person.identify("card")
    assert tab.pane.checked.value() == "card"
    assert tab.pane.remark.text() == "轮椅"


def test_r039_what_one_was_found_by_says_nothing_of_another(tab, context, frontdesk):
    awaited = person(frontdesk, "M2", name="预约人")
    book(frontdesk, day=TODAY, at="10:00", person_id=awaited)
    context.current_person.select(person(frontdesk, "M1"), "card")
    tab.pane.show_arrival(awaited)
    assert tab.pane.checked.value() == ""
    context.current_person.identify("card")
    assert tab.pane.checked.value() == ""


def test_r124_a_lost_card_is_said_and_refused(tab, context, clinic, frontdesk):
    who = person(frontdesk, "M1")
    card = issue_card(frontdesk, person_id=who, number="80012345").card_id
    change_card(frontdesk, card_id=card, to_state="lost", document_checked=True)
    context.current_person.select(who, "name")
    tab.act("check_in")
    assert "会员卡已挂失，请核对证件" in tab.pane.facts.text()
    tab.pane.checked.choose("card")
    press(tab, ENTER)
    assert "会员卡已挂失" in told(context)
    assert board(clinic) == []


def test_r128_who_was_given_a_service_comes_for_it(tab, context, clinic, frontdesk):
    owner = member(frontdesk, "M1", name="赵国强", rank=3)
    friend = person(frontdesk, "M2", name="孙朋友")
    made = pledge_voucher(
        frontdesk, grant_id=grant_id(clinic, owner, "vip.ultrasonic@2026"), friend_id=friend
    )
    change(frontdesk, friend, referrer_id=None)
    open_person(context, tab, friend)
    pane = tab.pane
    assert pane.voucher.isVisible()
    assert pane.band.level.text() == "VIP会员"
    assert pane.band.why.text() == "赵国强 转赠服务，本次同等接待(本人非会员)"
    tab.act("check_in")
    press(tab, Key.Key_V, modifier=ALT)
    write(tab, "b")  # 不凭卡
    assert pane.band.level.text() == "非会员"
    pane.voucher.choose(made.voucher_id)
    assert pane.band.level.text() == "VIP会员"
    press(tab, ENTER)
    (row,) = board(clinic)
    assert (row.voucher_id, row.reception_rank, row.escort) == (made.voucher_id, 3, "李前台")
    assert not pane.voucher.isVisible()
    assert "赵** 转赠" in pane.facts.text()


def test_r126_whom_a_diamond_introduced_is_received_like_them(tab, context, frontdesk):
    diamond = member(frontdesk, "M1", name="钱大", rank=4)
    friend = person(frontdesk, "M2", name="孙朋友", referrer_id=diamond)
    open_person(context, tab, friend)
    assert tab.pane.band.why.text() == "钱大 介绍，本次同等接待(本人非会员)"
    assert not tab.pane.voucher.isVisible()


def test_ctrl_p_offers_the_slip_of_todays_visit(tab, context, frontdesk, qtbot):
    from ui.dialogs.papers import PapersDialog
    from ui.paper_offers import checkin_offers

    who = person(frontdesk, "M1")
    assert "就诊单" not in checkin_offers(context, who)[0].title
    open_person(context, tab, who)
    tab.act("check_in")
    press(tab, ENTER)
    offers = checkin_offers(context, who)
    assert [offer.title for offer in offers[:2]] == ["就诊单(80 mm)", "就诊单(A4)"]
    assert offers[0].make().title == "就诊单"
    tab.act("print")
    dialog = tab.window().findChild(PapersDialog)
    assert dialog.list.item(0).text() == "就诊单(80 mm)"
    dialog.reject()


def test_p13_ctrl_p_with_nobody_open_offers_the_slip_of_the_day(context):
    from ui.paper_offers import checkin_offers

    offers = checkin_offers(context, None)
    assert [offer.title for offer in offers[:2]] == ["今日收尾单(80 mm)", "今日收尾单(A4)"]
    assert [offer.make().size.value for offer in offers[:2]] == ["slip_80", "a4"]
