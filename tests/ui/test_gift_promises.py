"""The handing-out page by keyboard: filters, packs, gifts that are owed (R044, R131, E32)."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from services.gifts.catalogue import list_gifts
from services.gifts.handout import issues_of, return_gift
from services.gifts.packs import parts_of
from services.gifts.promises import open_promises, promise_gift
from services.programmes.definition import Benefit
from tests.conftest import PIN, TODAY
from tests.gift_world import (
    add_gift,
    add_member,
    add_pack,
    gift_grant,
    give,
    levels,
    owed_word,
    stocked,
)
from tests.money_world import member as joined
from tests.money_world import sign, variant
from tests.ui.gift_hands import ALT, ENTER, focus_of, press, shown, told, write
from ui.dialogs.gift_pack import PackDialog
from ui.dialogs.stock_gift import GiftDialog


@pytest.fixture
def paste(marketing):
    return add_gift(marketing)


@pytest.fixture
def member(frontdesk, paste):
    return add_member(frontdesk, "M0000001")


def page(tab):
    return tab.page("handout")


# -- 欠领 ----------------------------------------------------------------------------------------


def test_e32_what_is_not_there_is_promised_by_keys(context, qtbot, clinic, member):
    tab = shown(context, qtbot)
    press(tab, ENTER, ENTER)
    card = page(tab).issue
    assert "登记欠领(Alt+Q)" in card.stock.text()
    press(tab, Qt.Key.Key_Q, modifier=ALT)
    assert card.approver.isVisible()
    write(tab, "111222")
    press(tab, ENTER)
    assert "密码不对" in card.approver.pin_field.error
    write(tab, PIN)
    press(tab, ENTER)
    assert told(context) == "已登记欠领：口腔保健礼品(10元档)。到货后会提醒回访，按先后发放。"
    (promise,) = open_promises(clinic.db, TODAY)
    assert promise.person_id == member
    (row,) = page(tab).claims.rows()
    assert row.status == "欠领，等货"
    assert not card.owe.isVisible()
    assert "登记了欠领。排在第一，等货。" in card.turn.text()


def test_e32_whose_turn_it_is_and_that_the_goods_are_there(
    context, qtbot, clinic, frontdesk, marketing, member, paste
):
    second = add_member(frontdesk, "M0000002", name="李小红")
    third = add_member(frontdesk, "M0000003", name="赵三")
    word = owed_word(clinic)
    for who in (member, second):
        promise_gift(frontdesk, grant_id=gift_grant(clinic, who), approval=word)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_D, modifier=ALT)  # 欠领
    assert page(tab).all.title.text() == "欠领 2 份，按登记先后。Enter 打开这位会员。"
    stocked(marketing, paste, 0, 1)
    page(tab).refresh()
    assert "已到货，可通知 1 位" in page(tab).all.title.text()
    press(tab, Qt.Key.Key_Down, ENTER)
    assert context.person_id == second
    assert "前面还有 1 份，等货" in page(tab).issue.turn.text()
    press(tab, ENTER, ENTER)
    assert "前面还有 1 份 10 元档的欠领" in told(context)
    context.current_person.select(third)
    page(tab).show_person()
    page(tab).first_focus().setFocus()
    press(tab, ENTER)
    assert "都留给前面的欠领了" in page(tab).issue.stock.text()
    press(tab, Qt.Key.Key_Q, modifier=ALT)
    write(tab, PIN)
    press(tab, ENTER)
    assert "前面还有 2 份" in told(context)
    context.current_person.select(member)
    page(tab).show_person()
    page(tab).first_focus().setFocus()
    assert page(tab).claims.rows()[0].status == "欠领，已到货"
    press(tab, ENTER)
    assert "已到货，可以发放" in page(tab).issue.turn.text()
    press(tab, ENTER)
    assert "已发放：牙膏" in told(context)
    assert levels(clinic, paste) == (0, 0)


def test_e32_a_promise_that_lost_its_reason_is_refused(
    context, qtbot, clinic, marketing, member, paste
):
    tab = shown(context, qtbot)
    press(tab, ENTER, ENTER)
    press(tab, Qt.Key.Key_Q, modifier=ALT)
    stocked(marketing, paste, 0, 1)  # at the other window
    write(tab, PIN)
    press(tab, ENTER)
    assert "收费室现在有货可发" in told(context)
    assert open_promises(clinic.db, TODAY) == []
    assert not page(tab).issue.approver.isVisible()


# -- lists ---------------------------------------------------------------------------------------


def test_r131_the_list_is_asked_by_reason_and_by_what_became_of_it(
    context, qtbot, clinic, frontdesk, marketing, member_admin, member, paste, clock
):
    stocked(marketing, paste, 0, 3)
    give(member_admin, member, "活动礼品")
    clock.day = "2026-12-19"
    tab = shown(context, qtbot)
    every = page(tab).all
    assert [row.reason for row in every.due.rows()] == ["tier", "event"]
    clock.day = "2026-12-20"
    press(tab, Qt.Key.Key_B, modifier=ALT)
    write(tab, "hd")  # 活动
    assert [row.gift_name for row in every.due.rows()] == ["活动礼品"]
    press(tab, ENTER, ENTER)  # to the list, to the person
    press(tab, ENTER, ENTER)
    assert "已发放" in told(context)
    press(tab, Qt.Key.Key_L, modifier=ALT)
    press(tab, Qt.Key.Key_C, modifier=ALT)  # 已领
    (row,) = every.claimed.rows()
    assert (row.gift_name, row.reason, row.person_id) == ("牙膏", "event", member)
    assert every.title.text() == "最近领取 1 份。Enter 打开这位会员。"
    press(tab, ENTER)
    assert focus_of(tab) is page(tab).past
    assert page(tab).past.current_row().what == "牙膏"
    return_gift(frontdesk, issue_id=row.issue_id, sellable=True, reason="x")
    every.show_due()
    assert len(every.due.rows()) == 2
    clock.day = "2026-12-21"
    press(tab, Qt.Key.Key_L, modifier=ALT)
    press(tab, Qt.Key.Key_O, modifier=ALT)  # 逾期
    assert every.title.text() == "逾期未领 2 份。Enter 打开这位会员。"


# -- packs ---------------------------------------------------------------------------------------


def test_r044_a_pack_is_handed_out_and_comes_back_as_one(
    context, qtbot, clinic, marketing, member_admin, member, paste
):
    pack = add_pack(marketing, (paste, 2))
    stocked(marketing, paste, 0, 3)
    give(member_admin, member, "入会礼包", 50)
    context.current_person.select(member)
    tab = shown(context, qtbot)
    rows = page(tab).claims.rows()
    page(tab).claims.select_key(next(r.id for r in rows if r.grant.name == "入会礼包"))
    press(tab, ENTER)
    assert "礼包：牙膏 × 2。收费室 1 份" in page(tab).issue.stock.text()
    press(tab, ENTER)
    assert "已发放：口腔护理套装。收费室还剩 0" in told(context)
    assert levels(clinic, paste) == (0, 1)
    (row,) = page(tab).past.rows()
    assert (row.what, row.how) == ("口腔护理套装", "活动 · 牙膏 × 2 · 本人")
    page(tab).past.setFocus()
    page(tab).past.select_first()
    press(tab, ENTER)
    write(tab, "不要")
    press(tab, ENTER)
    assert levels(clinic, paste) == (0, 3)
    assert parts_of(clinic.db, pack)[0].quantity == 2


def test_r106_the_parts_a_programme_names_are_chosen_one_by_one(
    context, qtbot, clinic, director, marketing, frontdesk
):
    programme = variant()
    kit = Benefit("kit", "gift", "护理套装", contents=("牙刷", "漱口水"), reason="enrol")
    tier = msgspec.structs.replace(programme.tiers[0], benefits=(kit,))
    sign(director, msgspec.structs.replace(programme, tiers=(tier, *programme.tiers[1:])))
    who = joined(frontdesk)
    context.current_person.select(who)
    tab = shown(context, qtbot)
    card = page(tab).issue
    assert "没有名称带“牙刷”“漱口水”的礼品" in card.stock.text()
    brush = add_gift(marketing, code="B1", name="软毛牙刷", band_yuan=0)
    water = add_gift(marketing, code="B2", name="漱口水", band_yuan=0)
    stocked(marketing, brush, 0, 1)
    page(tab).refresh()
    press(tab, ENTER)
    assert card.gift.currentText() == "按内容选：牙刷、漱口水"
    assert "收费室没有：漱口水" in card.stock.text()
    stocked(marketing, water, 0, 1)
    page(tab).refresh()
    assert card.stock.text() == "收费室可以配 1 套。"
    press(tab, ENTER)
    assert "已发放：软毛牙刷、漱口水" in told(context)
    assert issues_of(clinic.db, who)[0].parts == "软毛牙刷、漱口水"
    assert (levels(clinic, brush), levels(clinic, water)) == ((0, 0), (0, 0))


def test_r044_what_is_in_a_pack_is_written_down_by_keys(context, qtbot, clinic, marketing, paste):
    brush = add_gift(marketing, code="B1", name="牙刷")
    pack = add_gift(marketing, code="K1", name="护理礼包", band_yuan=50)
    context.signed_in.set(marketing)
    over = QWidget()
    over.resize(1000, 700)
    qtbot.addWidget(over)
    over.show()
    gift = GiftDialog(context, over, pack)
    gift.open()
    gift.pack.click()
    dialog = gift.findChild(PackDialog)
    write(dialog, "1")
    press(dialog, ENTER)
    write(dialog, "2")
    assert dialog.cost.text() == "共 3 件，成本 ¥18。"
    press(dialog, ENTER)
    found = {part.gift_id: part.quantity for part in parts_of(clinic.db, pack)}
    assert found == {brush: 1, paste: 2}
    gift.pack.click()
    again = gift.findChildren(PackDialog)[-1]
    for count in again.counts:
        count.clear()
    again.submit()
    assert parts_of(clinic.db, pack) == ()
    again = PackDialog(context, over, next(r for r in list_gifts(clinic.db) if r.id == brush))
    again.counts[0].setText("0")
    again.submit()
    assert "件数请填 1 至 99" in again.context.alerts.bar.sentence


def test_who_may_not_hand_out_reads_it_before_typing(context, qtbot, marketing, member):
    context.signed_in.set(marketing)
    tab = shown(context, qtbot)
    press(tab, ENTER)
    assert "须由前台、收费、会员管理员、院长登录" in page(tab).issue.note._label.text()
