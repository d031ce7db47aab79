"""The gifts tab by keyboard: handing out, services, stock, the catalogue."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from services.errors import RuleError
from services.gifts import handout as gifts
from services.gifts import stock
from services.gifts.documents import documents
from services.loyalty.grants import grants_of
from services.loyalty.service_use import uses_of
from services.staff import sign_in
from services.vouchers.billing import unbilled
from tests.conftest import PIN, STAFF
from tests.gift_world import add_gift, add_member, add_person, gift_grant, levels, stocked
from tests.ui.gift_hands import ALT, ENTER, focus_of, press, shown, told, write
from ui.widgets.gift_handout import HandoutPage


@pytest.fixture
def toothpaste(marketing):
    gift_id = add_gift(marketing)
    stocked(marketing, gift_id, warehouse=5, desk=3)
    return gift_id


@pytest.fixture
def member(frontdesk, toothpaste):
    return add_member(frontdesk, "M0000001")


@pytest.fixture
def tab(context, qtbot, member):
    return shown(context, qtbot)


def page(tab) -> HandoutPage:
    return tab.page("handout")


def test_the_due_list_opens_the_person_and_two_enters_hand_the_gift_out(
    tab, context, clinic, member, toothpaste
):
    assert [row.number for row in page(tab).due.rows()] == ["M0000001"]
    press(tab, ENTER)  # opens the person
    assert context.person_id == member
    press(tab, ENTER, ENTER)  # into the card, and out goes the gift
    assert "已发放：牙膏" in told(context)
    assert levels(clinic, toothpaste) == (5, 2)
    (row,) = page(tab).past.rows()
    assert (row.what, row.staff, row.how) == ("牙膏", STAFF["frontdesk"], "等级 · 本人")


def test_first_letters_choose_the_gift_and_how_it_is_collected(
    tab, context, clinic, marketing, member
):
    brush = add_gift(marketing, code="G11", name="牙刷")
    stocked(marketing, brush, warehouse=0, desk=1)
    press(tab, ENTER, ENTER)
    write(tab, "ys")
    assert page(tab).issue.gift.currentText().startswith("牙刷")
    press(tab, Qt.Key.Key_Tab)
    write(tab, "dl")
    press(tab, ENTER)
    (issue,) = gifts.issues_of(clinic.db, member)
    assert (issue.gift_name, issue.collected) == ("牙刷", "proxy")


def test_a_gift_issued_at_the_other_window_is_refused_with_who_and_when(
    tab, context, clinic, billing, member, toothpaste
):
    press(tab, ENTER, ENTER)
    gifts.issue_gift(billing, grant_id=gift_grant(clinic, member), gift_id=toothpaste)
    press(tab, ENTER)
    assert context.alerts.bar.kind == "warning"
    assert "已领取：2026-11-20，经手 周收费" in told(context)
    assert levels(clinic, toothpaste) == (5, 2)


def test_an_issued_gift_stays_in_the_list_and_says_who_had_it(tab, context, clinic, toothpaste):
    press(tab, ENTER, ENTER, ENTER)
    (row,) = page(tab).claims.rows()
    assert row.status == "已领取 2026-11-20 · 李前台"
    press(tab, ENTER, ENTER)
    assert "不能重复发放" in told(context)
    assert levels(clinic, toothpaste) == (5, 2)


def test_an_empty_desk_says_where_the_stock_is_and_leads_there(
    context, qtbot, clinic, marketing, billing
):
    gift_id = add_gift(marketing)
    stocked(marketing, gift_id, warehouse=5, desk=0)
    add_member(billing, "M0000001")
    context.signed_in.set(billing)
    tab = shown(context, qtbot)
    press(tab, ENTER, ENTER)
    card = page(tab).issue
    assert "仓库有 5" in card.stock.text()
    press(tab, ENTER)
    assert "请先从仓库申领(仓库有 5 份)" in told(context)
    press(tab, Qt.Key.Key_F, modifier=ALT)
    assert tab.page_name == "stock"
    write(tab, "2")
    press(tab, ENTER)
    (paper,) = documents(clinic.db, open_only=True)
    assert (paper.kind, paper.lines[0].wanted) == ("requisition", 2)
    assert f"已开申领单 {paper.number}：牙膏 2 份" in told(context)
    assert levels(clinic, gift_id) == (5, 0)  # nothing moves before it is signed for


def test_a_value_without_any_gift_says_what_to_do(context, qtbot, frontdesk):
    add_member(frontdesk, "M0000001")
    tab = shown(context, qtbot)
    press(tab, ENTER)
    assert "没有 10 元档的礼品" in page(tab).issue.stock.text()


def test_f7_without_a_person_shows_who_waits(tab, context):
    assert tab.act("redeem")
    assert "F3" in told(context)
    assert focus_of(tab) is page(tab).due


def test_f8_uses_a_service_for_the_person(tab, context, clinic, frontdesk):
    rich = add_member(frontdesk, "M0000002", name="李小红", spend_yuan=8000)
    context.current_person.select(rich)
    assert tab.act("use_service")
    press(tab, ENTER)
    assert "已登记使用" in told(context)
    (use,) = uses_of(clinic.db, rich)
    assert use.beneficiary_id == rich


def test_f8_uses_a_service_for_somebody_new_who_pays_no_registration(
    tab, context, clinic, frontdesk
):
    from services.people.search import reindex

    rich = add_member(frontdesk, "M0000002", name="李小红", spend_yuan=8000)
    friend = add_person(frontdesk, "P0000009", name="赵新")
    reindex(clinic.db, friend)
    context.current_person.select(rich)
    tab.act("use_service")
    tab.act("use_service")  # the next service: 面部护理
    press(tab, Qt.Key.Key_Tab)
    write(tab, "P0000009")
    press(tab, ENTER)
    assert page(tab).use.whom.person_id == friend
    write(tab, "B77")
    press(tab, ENTER)
    (use,) = uses_of(clinic.db, rich)
    assert (use.beneficiary_id, use.registration_waived) == (friend, True)
    (waits,) = unbilled(clinic.db)  # the service has no price: the number is kept for its bill
    assert (waits.use_id, waits.bill_number) == (use.id, "B77")
    assert "免挂号费" in told(context)
    assert "免挂号费" in page(tab).past.rows()[0].how


def test_a_use_is_voided_the_same_day_with_a_reason(tab, context, clinic, frontdesk):
    rich = add_member(frontdesk, "M0000002", name="李小红", spend_yuan=8000)
    context.current_person.select(rich)
    tab.act("use_service")
    press(tab, ENTER)
    page(tab).past.setFocus()
    page(tab).past.select_first()
    press(tab, ENTER)
    press(tab, ENTER)
    assert "请填写撤销的原因" in told(context)
    write(tab, "点错了")
    press(tab, ENTER)
    assert uses_of(clinic.db, rich)[0].voided
    assert page(tab).past.rows()[0].undone == "已撤销"


def test_a_gift_comes_back_and_may_be_issued_again(tab, context, clinic, member, toothpaste):
    press(tab, ENTER, ENTER, ENTER)
    page(tab).past.setFocus()
    page(tab).past.select_first()
    press(tab, ENTER)
    write(tab, "不喜欢")
    press(tab, ENTER)
    assert "已退回" in told(context)
    assert levels(clinic, toothpaste) == (5, 3)
    assert grants_of(clinic.db, member)[0].left == 1


def test_a_late_return_asks_the_manager_inline(tab, context, clinic, clock, member, toothpaste):
    press(tab, ENTER, ENTER, ENTER)
    clock.day = "2026-12-05"
    page(tab).refresh()
    page(tab).past.setFocus()
    page(tab).past.select_first()
    press(tab, ENTER)
    write(tab, "过敏")
    press(tab, ENTER)
    approver = page(tab).back.approvers["approve.return"]
    assert approver.name.value() == STAFF["director"]
    write(tab, "111222")
    press(tab, ENTER)
    assert "密码不对" in approver.pin_field.error
    write(tab, PIN)
    press(tab, ENTER)
    assert "已退回" in told(context)
    assert levels(clinic, toothpaste) == (5, 3)


def test_e31_an_opened_gift_asks_the_manager_inline(tab, context, clinic, member, toothpaste):
    press(tab, ENTER, ENTER, ENTER)
    page(tab).past.setFocus()
    page(tab).past.select_first()
    press(tab, ENTER)
    back = page(tab).back
    approver = back.approvers["approve.return"]
    write(tab, "拆开了")
    assert not approver.isVisible()
    back.state.choose(False)
    assert approver.isVisible()
    assert back.facts.text() == "已拆封或损坏的，须由会员管理员或院长批准。"
    press(tab, ENTER)
    write(tab, PIN)
    press(tab, ENTER)
    assert "已退回" in told(context)
    assert levels(clinic, toothpaste) == (5, 2)


def test_esc_goes_from_the_card_to_the_list(tab):
    press(tab, ENTER, ENTER)
    assert tab.act("back")
    assert focus_of(tab) is page(tab).claims
    assert not tab.act("back")


# -- stock ---------------------------------------------------------------------------------


@pytest.fixture
def stock_tab(context, qtbot, marketing, toothpaste):
    context.signed_in.set(marketing)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_2, modifier=ALT)
    return tab


def test_goods_arrive_and_go_back_to_the_warehouse_by_keys(stock_tab, context, clinic, toothpaste):
    press(stock_tab, Qt.Key.Key_I, modifier=ALT)
    write(stock_tab, "yg")
    press(stock_tab, ENTER)
    write(stock_tab, "10")
    press(stock_tab, ENTER)
    assert levels(clinic, toothpaste) == (15, 3)
    press(stock_tab, Qt.Key.Key_T, modifier=ALT)
    stock_tab.page("stock").shelf.card.way.choose("back")
    press(stock_tab, ENTER)
    write(stock_tab, "2")
    press(stock_tab, ENTER)
    assert levels(clinic, toothpaste) == (17, 1)
    assert "已退库：牙膏 2 份" in told(context)
    first = stock_tab.page("stock").shelf.moves.rows()[0]
    assert (first.staff, abs(first.quantity)) == (STAFF["marketing"], 2)


def test_too_few_at_the_desk_is_refused_in_words(stock_tab, context, clinic, toothpaste):
    stock_tab.page("stock").shelf.card.way.choose("back")
    press(stock_tab, ENTER)
    write(stock_tab, "99")
    press(stock_tab, ENTER)
    assert "收费室只剩 3 份" in told(context)
    assert levels(clinic, toothpaste) == (5, 3)


def test_scrapping_needs_a_reason(stock_tab, context, clinic, toothpaste):
    press(stock_tab, Qt.Key.Key_B, modifier=ALT)
    press(stock_tab, ENTER)
    write(stock_tab, "1")
    press(stock_tab, ENTER)
    assert "请填写报损的原因" in told(context)
    stock_tab.page("stock").shelf.card.reason.setFocus()
    write(stock_tab, "过期")
    press(stock_tab, ENTER)
    assert levels(clinic, toothpaste) == (5, 2)


def test_who_may_not_adjust_reads_it_before_typing(stock_tab):
    press(stock_tab, Qt.Key.Key_J, modifier=ALT)
    assert "须由院长登录" in stock_tab.page("stock").shelf.card.note._label.text()


def test_a_gift_below_its_safety_stock_warns(stock_tab, marketing, toothpaste):
    stock.change_gift(marketing, gift_id=toothpaste, safety_stock=20)
    stock_tab.page("stock").refresh()
    assert "1 种礼品低于安全库存" in stock_tab.page("stock").shelf.title.text()


def test_a_new_gift_comes_into_the_catalogue_by_keys(stock_tab, context, clinic, qtbot):
    press(stock_tab, Qt.Key.Key_N, modifier=ALT)
    from ui.dialogs.stock_gift import GiftDialog

    dialog = next(w for w in stock_tab.window().findChildren(GiftDialog))
    dialog.name.setText("电动牙刷")
    dialog.submit()
    assert "请填写价值档" in dialog.context.alerts.bar.sentence
    dialog.band.setText("200")
    qtbot.keyClick(dialog.band, ENTER)
    assert [g.name for g in stock.list_gifts(clinic.db)] == ["电动牙刷", "牙膏"]
    assert stock_tab.page("stock").shelf.stock.current_row().name == "电动牙刷"


def test_a_receptionist_may_not_receive(frontdesk, toothpaste):
    with pytest.raises(RuleError):
        stock.receive(frontdesk, gift_id=toothpaste, quantity=1)


def test_the_first_gift_is_taught_when_there_is_none(context, qtbot, clinic):
    context.signed_in.set(sign_in(clinic, STAFF["marketing"], PIN))
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_2, modifier=ALT)
    assert "Alt+N" in tab.page("stock").shelf.stock.empty_text
    assert focus_of(tab) is tab.page("stock").shelf.new


def test_what_waits_is_the_open_persons_gift_or_everybodys(tab, context, frontdesk, member):
    nobody = add_person(frontdesk, "P0000009", name="赵新")
    context.current_person.select(member)
    tab.act("show_due")
    assert not page(tab).everybody
    assert page(tab).claims.current_row().order == 0
    press(tab, Qt.Key.Key_L, modifier=ALT)
    assert page(tab).everybody
    context.current_person.select(nobody)
    tab.act("show_due")
    assert page(tab).everybody


def test_a_held_enter_does_not_hand_a_gift_out(tab, context, clinic, toothpaste):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    press(tab, ENTER, ENTER)
    none = Qt.KeyboardModifier.NoModifier
    for _ in range(3):
        held = QKeyEvent(QEvent.Type.KeyPress, ENTER, none, "\r", True, 1)
        QApplication.sendEvent(focus_of(tab), held)
    assert levels(clinic, toothpaste) == (5, 3)
