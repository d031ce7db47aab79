"""Vouchers by keyboard: claimed, passed on, scanned, used, taken back, printed (R132, E45)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from services.forms.paper import SLIPS, Size
from services.loyalty.redemption import redeem
from services.loyalty.service_use import use_service, uses_of
from services.people.search import reindex
from services.staff import sign_in
from services.vouchers.claim import claim_voucher
from services.vouchers.pledge import pledge_voucher
from services.vouchers.records import vouchers_of
from tests.conftest import PIN, STAFF
from tests.gift_world import add_member, add_person
from tests.money_world import grant_id, sign
from tests.services.test_redemption import B, member, under
from tests.services.vouchers.voucher_world import CLEANING, signed_with
from tests.ui.dialog_hands import dialog_of
from tests.ui.gift_hands import ALT, ENTER, focus_of, press, shown, told, write
from ui.dialogs.paper import PaperDialog
from ui.dialogs.papers import PapersDialog
from ui.dialogs.pledge import PledgeDialog
from ui.dialogs.vouchers import VouchersDialog

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def vip(frontdesk, context):
    """医院方案A, VIP: two cleanings, a facial, a herbal treatment."""
    who = add_member(frontdesk, "M0000002", name="李小红", spend_yuan=16_000)
    context.current_person.select(who)
    return who


@pytest.fixture
def friend(frontdesk, clinic):
    friend = add_person(frontdesk, "P0000009", name="赵新")
    reindex(clinic.db, friend)
    return friend


@pytest.fixture
def cleaning(clinic, vip):
    return grant_id(clinic, vip, CLEANING)


def card(tab):
    return tab.page("handout").use


def at_cleaning(tab):
    """F8 on the cleaning."""
    page = tab.page("handout")
    page.refresh()
    page.claims.select_key(grant_id(tab.context.clinic, tab.context.person_id, CLEANING))
    tab.act("use_service")
    return page


def key(widget, *keys, modifier=Qt.KeyboardModifier.NoModifier):
    for each in keys:
        QTest.keyClick(widget.focusWidget() or widget, each, modifier)
        QApplication.sendPostedEvents()


def text(widget, words):
    if words.isascii():
        QTest.keyClicks(widget.focusWidget(), words)
    else:
        widget.focusWidget().insert(words)


def test_r132_claiming_says_the_number_and_draws_nothing(context, qtbot, clinic, vip):
    tab = shown(context, qtbot)
    at_cleaning(tab)
    press(tab, Qt.Key.Key_C, modifier=ALT)
    (row,) = vouchers_of(clinic.db, vip)
    assert f"卡号 {row.number}，有效期至 2026-12-31" in told(context)
    page = tab.page("handout")
    assert "项目卡 1 张可用：超声波洁牙" in page.vouchers.words.text()
    at_cleaning(tab)
    assert card(tab).grant.left == 2
    assert "其中 1 次已领成卡" in card(tab).facts.text()
    statuses = {r.grant.name: r.status for r in page.claims.rows()}
    assert statuses["超声波洁牙(带抛光脱敏)"] == "可使用，1 次在卡上"


def test_r132_a_printed_card_is_shown_before_it_is_printed(context, qtbot, director, frontdesk):
    signed_with(director, voucher="card")
    context.current_person.select(add_member(frontdesk, "M0000003", spend_yuan=16_000))
    tab = shown(context, qtbot)
    at_cleaning(tab)
    card(tab).claim.click()
    paper = dialog_of(tab, PaperDialog)
    assert paper.paper.title == "院内服务项目卡"
    paper.reject()


def test_e45_a_scanner_chooses_the_card_and_enter_uses_it(context, qtbot, clinic, frontdesk, vip):
    cleaning = grant_id(clinic, vip, CLEANING)
    numbers = []
    for _ in range(2):
        claim_voucher(frontdesk, grant_id=cleaning)
        numbers.append(vouchers_of(clinic.db, vip)[0].number)
    tab = shown(context, qtbot)
    at_cleaning(tab)
    assert not card(tab).claim.isEnabled()
    card(tab).card.setFocus()
    write(tab, numbers[1])
    press(tab, ENTER)
    states = {row.number: row.state for row in vouchers_of(clinic.db, vip)}
    assert states == {numbers[0]: "owned", numbers[1]: "used"}


def test_a_card_scanned_where_services_are_chosen_is_found(
    context, qtbot, clinic, frontdesk, vip, friend, cleaning
):
    other = add_member(frontdesk, "M0000008", name="单雄信", spend_yuan=16_000)
    theirs = claim_voucher(frontdesk, grant_id=grant_id(clinic, other, CLEANING)).voucher_id
    claim_voucher(frontdesk, grant_id=cleaning)
    mine, foreign = (vouchers_of(clinic.db, each)[0].number for each in (vip, other))
    tab = shown(context, qtbot)
    at_cleaning(tab)
    assert focus_of(tab) is card(tab).service
    write(tab, foreign)  # somebody else's: looked up first, used by another Enter
    cards = dialog_of(tab, VouchersDialog)
    assert cards.number.text() == foreign
    key(cards, ENTER)
    assert cards.table.current_row().id == theirs
    assert uses_of(clinic.db, other) == []
    cards.reject()
    at_cleaning(tab)
    write(tab, mine)
    assert card(tab).card.currentText().startswith(mine)
    press(tab, ENTER)
    assert [row.state for row in vouchers_of(clinic.db, vip)] == ["used"]


def test_e45_a_friends_card_is_never_used_by_enter_alone(
    context, qtbot, clinic, frontdesk, vip, friend
):
    facial = grant_id(clinic, vip, "vip.facial")
    given = claim_voucher(frontdesk, grant_id=facial).voucher_id
    pledge_voucher(frontdesk, voucher_id=given, friend_id=friend)
    tab = shown(context, qtbot)
    tab.act("use_service")
    write(tab, "mb")
    press(tab, ENTER)
    assert "已转赠成卡" in card(tab).card_field.error
    assert uses_of(clinic.db, vip) == []
    press(tab, Qt.Key.Key_Down)  # the friend's card, chosen on purpose
    assert not card(tab).whom.isVisible()
    press(tab, ENTER)
    (use,) = uses_of(clinic.db, vip)
    assert (use.beneficiary_id, use.registration_waived) == (friend, True)
    assert "免挂号费" in told(context)


def test_e45_passing_on_to_somebody_on_record(context, qtbot, clinic, vip, friend):
    tab = shown(context, qtbot)
    at_cleaning(tab)
    press(tab, Qt.Key.Key_Z, modifier=ALT)
    pledge = dialog_of(tab, PledgeDialog)
    assert focus_of(pledge) is pledge.friend
    text(pledge, "P0000009")
    key(pledge, ENTER)  # the friend is chosen
    assert not pledge.name.isVisible()
    key(pledge, ENTER)
    (row,) = vouchers_of(clinic.db, vip)
    assert (row.state, row.friend_id) == ("pledged", friend)
    assert f"已转赠：超声波洁牙(带抛光脱敏) → 赵*，卡号 {row.number}" in told(context)
    assert "已登记为会员推荐" in told(context)
    context.current_person.select(friend)
    tab.page("handout").show_person()
    assert "好友送的" in tab.page("handout").vouchers.words.text()


def test_e45_passing_on_to_a_name_and_a_phone(context, qtbot, clinic, vip, monkeypatch):
    asked = []

    def agree(self, title, sentence, yes_text=""):
        asked.append(sentence)
        return True

    monkeypatch.setattr("ui.alerts.Alerts.ask", agree)
    tab = shown(context, qtbot)
    at_cleaning(tab)
    card(tab).give.click()
    pledge = dialog_of(tab, PledgeDialog)
    key(pledge, ENTER)
    assert focus_of(pledge) is pledge.name
    key(pledge, ENTER)
    assert "请填写朋友的姓名" in pledge.name_field.error
    text(pledge, "钱多")
    key(pledge, ENTER)
    assert focus_of(pledge) is pledge.phone
    text(pledge, "13700137000")
    key(pledge, ENTER)
    assert len(asked) == 1
    assert "对方同意登记" in asked[0]
    (row,) = vouchers_of(clinic.db, vip)
    assert row.friend_name == "钱多"


def test_a_friend_half_typed_is_no_friend(context, qtbot, vip, friend):
    tab = shown(context, qtbot)
    at_cleaning(tab)
    card(tab).give.click()
    pledge = dialog_of(tab, PledgeDialog)
    text(pledge, "zz")
    key(pledge, Qt.Key.Key_Escape, ENTER)  # nobody was found
    assert "还没有选定" in pledge.friend_field.error
    pledge.phone.setFocus()
    text(pledge, "12345678901")
    assert pledge.phone_field.error
    pledge.reject()


def test_r168_passing_on_what_points_bought_asks_for_the_card(
    context, qtbot, clinic, director, frontdesk, friend
):
    sign(director, under(B))
    who = member(frontdesk, 20_000)
    redeem(frontdesk, person_id=who, item_key="b.facial", quantity=2)
    context.current_person.select(who)
    tab = shown(context, qtbot)
    tab.act("use_service")
    card(tab).give.click()
    pledge = dialog_of(tab, PledgeDialog)
    text(pledge, "P0000009")
    key(pledge, ENTER)
    assert focus_of(pledge) is pledge.checked
    pledge.submit()
    assert "刷会员卡" in pledge.checked_field.error
    pledge.checked.choose("card")
    pledge.submit()
    assert vouchers_of(clinic.db, who)[0].friend_id == friend


def test_the_friend_shows_the_card_and_nobody_is_open(
    context, qtbot, clinic, frontdesk, vip, friend, cleaning
):
    given = pledge_voucher(frontdesk, grant_id=cleaning, friend_id=friend).voucher_id
    number = vouchers_of(clinic.db, vip)[0].number
    context.current_person.select(None)
    tab = shown(context, qtbot)
    tab.act("use_service")
    scan = dialog_of(tab, VouchersDialog)
    assert focus_of(scan) is scan.number
    text(scan, "QK0000000000")
    key(scan, ENTER)
    assert "没有卡号" in scan.number_field.error
    text(scan, number.lower())  # over the selected text
    key(scan, ENTER)
    assert [row.id for row in scan.table.rows()] == [given]
    assert "由 赵* P0000009 使用一次" in scan.facts.text()
    assert uses_of(clinic.db, vip) == []  # the scanner's Enter uses nothing
    key(scan, ENTER)
    (use,) = uses_of(clinic.db, friend)
    assert use.beneficiary_id == friend
    assert "已登记使用：超声波洁牙" in told(context)
    assert "免挂号费" in told(context)


def test_e45_recalled_and_given_back_from_the_list(
    context, qtbot, clinic, frontdesk, vip, friend, cleaning
):
    pledge_voucher(frontdesk, grant_id=cleaning, friend_id=friend)
    tab = shown(context, qtbot)
    tab.page("handout").refresh()
    press(tab, Qt.Key.Key_J, modifier=ALT)
    cards = dialog_of(tab, VouchersDialog)
    assert focus_of(cards) is cards.table
    assert not cards.give.isEnabled()
    key(cards, Qt.Key.Key_S, modifier=ALT)
    assert vouchers_of(clinic.db, vip)[0].state == "owned"
    assert cards.give.isEnabled()
    assert not cards.recall.isEnabled()
    cards.open_pledge()
    pledge = dialog_of(tab, PledgeDialog)
    assert pledge.card == cards.table.current_row()
    pledge.reject()
    cards = dialog_of(tab, VouchersDialog)
    key(cards, Qt.Key.Key_T, modifier=ALT)
    assert vouchers_of(clinic.db, vip)[0].state == "returned"
    assert "已作废" in cards.facts.text()
    for button in (cards.use_button, cards.give, cards.recall, cards.back):
        assert not button.isEnabled()
    cards.submit()
    assert "请先扫卡" in cards.number_field.error
    cards.reject()


def test_a_used_and_an_expired_card_say_so(context, qtbot, clinic, frontdesk, vip, clock, cleaning):
    used = claim_voucher(frontdesk, grant_id=cleaning).voucher_id
    use_service(frontdesk, voucher_id=used)
    claim_voucher(frontdesk, grant_id=cleaning)
    clock.day = "2027-01-02"
    cards = VouchersDialog(context, None, vip)
    qtbot.addWidget(cards)
    assert "已过期" in cards.facts.text()
    cards.table.select_key(used)
    assert "这张卡已使用" in cards.facts.text()


def test_the_card_is_printed_again_from_the_list_and_with_ctrl_p(
    context, qtbot, frontdesk, vip, cleaning
):
    claim_voucher(frontdesk, grant_id=cleaning)
    tab = shown(context, qtbot)
    tab.page("handout").show_person()
    tab.act("print")
    papers = dialog_of(tab, PapersDialog)
    assert papers.offers[0].title.startswith("项目卡 QK")
    papers.reject()
    tab.page("handout").vouchers.show_all()
    cards = dialog_of(tab, VouchersDialog)
    key(cards, Qt.Key.Key_P, modifier=CTRL)
    papers = dialog_of(tab, PapersDialog)
    assert [offer.make().size for offer in papers.offers] == [Size.A4, *SLIPS]
    assert papers.offers[1].make().title == "项目卡"
    papers.reject()
    cards.reject()


def test_marketing_is_told_before_typing(context, qtbot, clinic, vip):
    context.signed_in.set(sign_in(clinic, STAFF["marketing"], PIN))
    tab = shown(context, qtbot)
    at_cleaning(tab)
    assert "没有这项权限" in card(tab).note._label.text()
    assert not card(tab).claim.isEnabled()
    assert not card(tab).give.isEnabled()
    assert not VouchersDialog(context, tab, vip).use_button.isEnabled()


def test_what_the_other_window_took_is_said(context, qtbot, clinic, billing, vip, cleaning):
    tab = shown(context, qtbot)
    at_cleaning(tab)
    use_service(billing, grant_id=cleaning, quantity=2)
    card(tab).take_card()
    assert "没有剩余次数" in told(context)
    assert vouchers_of(clinic.db, vip) == []
