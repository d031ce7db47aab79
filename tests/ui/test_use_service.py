"""F8: letters choose the service, a transfer asks for the card, several times at once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from services.loyalty.redemption import redeem
from services.loyalty.service_use import uses_of
from services.people.search import reindex
from tests.gift_world import add_member, add_person
from tests.money_world import sign
from tests.services.test_redemption import B, member, under
from tests.ui.gift_hands import ENTER, focus_of, press, shown, told, write

TAB = Qt.Key.Key_Tab


@pytest.fixture
def rich(frontdesk, context):
    """医院方案A, 高级会员: one cleaning a year and one facial."""
    rich = add_member(frontdesk, "M0000002", name="李小红", spend_yuan=8000)
    context.current_person.select(rich)
    return rich


@pytest.fixture
def spender(director, frontdesk, context):
    """医院方案B with three facials and one cleaning redeemed."""
    sign(director, under(B))
    who = member(frontdesk, 20000)
    redeem(frontdesk, person_id=who, item_key="b.facial", quantity=3)
    redeem(frontdesk, person_id=who, item_key="b.ultrasonic")
    context.current_person.select(who)
    return who


@pytest.fixture
def friend(frontdesk, clinic):
    friend = add_person(frontdesk, "P0000009", name="赵新")
    reindex(clinic.db, friend)
    return friend


def card(tab):
    return tab.page("handout").use


def test_letters_choose_among_all_services(context, qtbot, clinic, rich):
    tab = shown(context, qtbot)
    tab.act("use_service")
    assert focus_of(tab) is card(tab).service
    assert card(tab).service.count() == 2
    write(tab, "mb")
    assert tab.page("handout").claims.current_row().grant.name == "面部护理"
    assert "使用 · 面部护理" in card(tab).heading.text()
    press(tab, ENTER)
    assert [use.name for use in uses_of(clinic.db, rich)] == ["面部护理"]


def test_letters_go_on_while_the_choice_moves(context, qtbot, clinic, frontdesk, spender):
    for key in ("b.fluoride", "b.sealant"):
        redeem(frontdesk, person_id=spender, item_key=key)
    tab = shown(context, qtbot)
    tab.act("use_service")
    write(tab, "et")
    assert card(tab).grant.name.startswith("儿童氟保护漆")
    write(tab, "w")
    assert card(tab).grant.name.startswith("儿童窝沟封闭")


def test_f8_again_goes_to_the_next(context, qtbot, rich):
    tab = shown(context, qtbot)
    tab.act("use_service")
    first = card(tab).grant.id
    tab.act("use_service")
    assert card(tab).grant.id != first
    tab.act("use_service")
    assert card(tab).grant.id == first


def test_f8_begins_with_the_line_that_was_chosen(context, qtbot, rich):
    tab = shown(context, qtbot)
    table = tab.page("handout").claims
    row = next(each for each in table.rows() if each.grant.name == "面部护理")
    table.select_key(row.id)
    tab.act("use_service")
    assert card(tab).grant.name == "面部护理"


def test_r168_a_transfer_asks_for_the_card(context, qtbot, clinic, spender, friend):
    tab = shown(context, qtbot)
    tab.act("use_service")
    write(tab, "cs")
    assert "转给他人要凭会员卡" in card(tab).facts.text()
    press(tab, TAB)
    write(tab, "P0000009")
    press(tab, ENTER, ENTER)
    assert "这里选“刷会员卡”" in card(tab).checked_field.error
    assert focus_of(tab) is card(tab).checked
    write(tab, "s")
    press(tab, ENTER)
    (use,) = uses_of(clinic.db, spender)
    assert use.beneficiary_id == friend
    assert clinic.db.execute_sql("SELECT checked FROM service_use").fetchone() == ("card",)


def test_several_times_at_once(context, qtbot, clinic, spender):
    tab = shown(context, qtbot)
    tab.act("use_service")
    write(tab, "mb")
    assert card(tab).times.isVisible()
    card(tab).times.setText("2")
    press(tab, ENTER)
    assert "还剩 1 次" in told(context)
    assert [use.quantity for use in uses_of(clinic.db, spender)] == [2]
    tab.act("use_service")
    write(tab, "cs")
    assert not card(tab).times.isVisible()


def test_no_number_of_times_is_said(context, qtbot, clinic, spender):
    tab = shown(context, qtbot)
    tab.act("use_service")
    write(tab, "mb")
    card(tab).times.setText("")
    press(tab, ENTER)
    assert "请填写数量" in told(context)
    assert uses_of(clinic.db, spender) == []


def test_a_service_for_the_family_says_so(context, qtbot, frontdesk):
    top = add_member(frontdesk, "M0000003", name="钱多", spend_yuan=25000)
    context.current_person.select(top)
    tab = shown(context, qtbot)
    tab.act("use_service")
    write(tab, "et")
    assert "只给会员的家人" in card(tab).facts.text()
