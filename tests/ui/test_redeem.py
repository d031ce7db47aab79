"""F7, letters, Enter, Enter: spending points by the keys, and taking it back."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from services.desk.undo import undo_last
from services.gifts.handout import due_gifts, issue_gift, issues_of
from services.loyalty.grants import grants_of
from services.loyalty.redemption import redeem
from services.loyalty.redemption_list import redemptions_of
from services.loyalty.service_use import uses_of
from services.programmes.definition import Reach, Redeemable, Tier
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, levels, stocked
from tests.money_world import pay, person, sign, stand
from tests.services.test_redemption import B, member, under
from tests.services.test_strip_points import enter, second
from tests.ui.gift_hands import ENTER, focus_of, press, shown, told, write
from ui.dialogs.redeem import RedeemDialog
from ui.dialogs.vouchers import VouchersDialog

Key = Qt.Key
ESC = Key.Key_Escape
COUPON = Redeemable("b.coupon", "coupon", "抵用券", 500, unit="张", value_yuan=50)


@pytest.fixture
def who(director, frontdesk, context):
    sign(director, under(B, catalogue=(*B.points.catalogue, COUPON)))
    who = member(frontdesk, 8000)
    context.current_person.select(who)
    return who


@pytest.fixture
def gift(marketing):
    made = add_gift(marketing)
    stocked(marketing, made, warehouse=2, desk=2)
    return made


@pytest.fixture
def tab(context, qtbot, who):
    return shown(context, qtbot)


def f7(tab) -> RedeemDialog:
    tab.act("redeem")
    return dialog_of(tab)


def dialog_of(tab) -> RedeemDialog:
    return next(each for each in tab.findChildren(QDialog) if each.isVisible())


def hit(dialog: QWidget, *keys, text: str = "") -> None:
    """Letters, then keys, wherever the keyboard is inside the dialog."""
    for char in text:
        QTest.keyClick(dialog.focusWidget() or dialog, char)
    for key in keys:
        QTest.keyClick(dialog.focusWidget() or dialog, key)


def page(tab):
    return tab.page("handout")


# -- F7, first letters, Enter, Enter ----------------------------------------------------------


def test_r040_letters_and_two_enters_redeem_a_gift_and_hand_it_out(tab, context, clinic, who, gift):
    dialog = f7(tab)
    assert dialog.focusWidget() is dialog.list.search
    assert "可用 8,000 分" in dialog.balance.text()
    hit(dialog, text="kq")
    assert dialog.list.row.offer.key == "b.gift10"
    assert "可用 8,000 → 7,000 分" in dialog.lines.text()
    assert "收费室 2 → 1，仓库 2" in dialog.lines.text()
    hit(dialog, ENTER)
    assert dialog.armed
    assert redemptions_of(clinic.db, who) == []
    assert "再按回车兑换" in dialog.hint.text()
    hit(dialog, ENTER)
    assert stand(clinic, who).available == 7000
    assert levels(clinic, gift) == (2, 1)
    assert "已兑换 口腔保健礼品(10元档)，积分 -1,000，还剩 7,000 分" in told(context)
    assert "已发出 牙膏 1 份" in told(context)
    (issue,) = issues_of(clinic.db, who)
    assert (issue.reason, issue.points, issue.collected) == ("points", 1000, "self")
    assert page(tab).claims.rows()[0].basis == "兑换"


def test_f8_uses_at_once_what_was_just_redeemed(tab, context, clinic, who):
    redeem_by_keys(tab, "cs")
    assert "现在使用按 F8" in told(context)
    assert focus_of(tab) is page(tab).claims
    tab.act("use_service")
    press(tab, ENTER)
    assert [use.name for use in uses_of(clinic.db, who)] == ["超声波洁牙(带抛光脱敏)"]


def redeem_by_keys(tab, letters: str) -> None:
    dialog = f7(tab)
    hit(dialog, ENTER, ENTER, text=letters)


def test_a_held_enter_only_looks(tab, clinic, who):
    dialog = f7(tab)
    hit(dialog, ENTER, text="mb")
    none = Qt.KeyboardModifier.NoModifier
    for _ in range(3):
        held = QKeyEvent(QEvent.Type.KeyPress, ENTER, none, "\r", True, 1)
        QApplication.sendEvent(dialog.list.search, held)
    assert redemptions_of(clinic.db, who) == []
    assert dialog.isVisible()


def test_esc_goes_back_step_by_step(tab, clinic, who):
    dialog = f7(tab)
    hit(dialog, ENTER, ESC, text="mb")
    assert not dialog.armed
    assert dialog.list.search.text() == "mb"
    hit(dialog, ESC)
    assert (dialog.list.search.text(), dialog.isVisible()) == ("", True)
    assert len(dialog.list.table.rows()) == len(B.points.catalogue) + 1
    hit(dialog, ESC)
    assert redemptions_of(clinic.db, who) == []
    assert focus_of(tab) is page(tab).claims


def test_an_edit_after_the_first_enter_starts_over(tab, clinic, who):
    dialog = f7(tab)
    hit(dialog, ENTER, text="etf")
    dialog.quantity.setFocus()
    dialog.quantity.selectAll()
    hit(dialog, ENTER, text="3")
    assert redemptions_of(clinic.db, who) == []
    assert "可用 8,000 → 2,000 分" in dialog.lines.text()
    hit(dialog, ENTER)
    found = [(row.name, row.quantity) for row in redemptions_of(clinic.db, who)]
    assert found == [("儿童氟保护漆防龋护理", 3)]


def test_the_arrows_choose_while_the_letters_stay(tab, who):
    dialog = f7(tab)
    hit(dialog, Key.Key_Down, text="et")
    assert dialog.list.row is dialog.list.table.rows()[-1]
    hit(dialog, Key.Key_Down, Key.Key_Up, Key.Key_Up)
    assert dialog.list.row is dialog.list.table.rows()[0]
    assert dialog.list.search.text() == "et"


def test_a_part_of_the_name_finds_too(tab, who):
    dialog = f7(tab)
    hit(dialog, text="50")
    assert [row.offer.key for row in dialog.list.table.rows()] == ["b.gift50"]
    dialog.list.search.setText("热疗")
    dialog.list._filter()
    assert [row.offer.key for row in dialog.list.table.rows()] == ["b.herbal"]
    hit(dialog, text="zzz")
    hit(dialog, ENTER)
    assert "没有这样的兑换项目" in dialog.list.field.error


def test_what_cannot_be_afforded_says_how_much_is_missing(tab, clinic, who):
    dialog = f7(tab)
    hit(dialog, ENTER, text="200")
    assert "还差 12,000 分" in dialog.list.field.error
    assert not dialog.form.isVisible()
    assert redemptions_of(clinic.db, who) == []


def test_no_number_is_refused_below_the_field(tab, who):
    dialog = f7(tab)
    hit(dialog, text="mb")
    dialog.quantity.setText("")
    hit(dialog, ENTER)
    assert "数量至少是 1" in dialog.quantity_field.error


def test_how_it_is_collected_and_checked_goes_on_record(tab, clinic, who, gift):
    dialog = f7(tab)
    hit(dialog, text="kq")
    dialog.collected.setFocus()
    hit(dialog, text="dl")
    dialog.remark.insert("儿子")
    dialog.checked.setFocus()
    hit(dialog, text="s")
    assert dialog.checked.value() == "card"
    hit(dialog, ENTER, ENTER)
    (issue,) = issues_of(clinic.db, who)
    assert (issue.collected, issue.note) == ("proxy", "儿子")
    row = clinic.db.execute_sql("SELECT checked FROM redemption").fetchone()
    assert row == ("card",)


# -- stock ------------------------------------------------------------------------------------


def test_e32_what_is_not_in_stock_is_owed_with_a_managers_word(
    tab, context, clinic, who, monkeypatch
):
    asked = []

    def word(_context, _parent, right, what):
        asked.append((right, what))
        return approve(clinic, STAFF["member_admin"], PIN, right)

    monkeypatch.setattr("ui.dialogs.redeem.ask_approval", word)
    dialog = f7(tab)
    hit(dialog, text="10")
    assert "欠领" in dialog.lines.text()
    hit(dialog, ENTER, ENTER)
    assert asked[0][0] == "approve.owed_gift"
    assert "欠领“口腔保健礼品(10元档)”1 份" in asked[0][1]
    assert stand(clinic, who).available == 7000
    assert [row.person_id for row in due_gifts(clinic.db, TODAY)] == [who]
    assert "还有 1 份在待领名单" in told(context)


def test_without_the_word_nothing_is_posted(tab, clinic, who, monkeypatch):
    monkeypatch.setattr("ui.dialogs.redeem.ask_approval", lambda *_: None)
    dialog = f7(tab)
    hit(dialog, ENTER, ENTER, text="10")
    assert redemptions_of(clinic.db, who) == []
    assert dialog.isVisible()


def test_two_of_which_one_article_is_short_leave_one_waiting(
    tab, context, clinic, marketing, who, gift
):
    other = add_gift(marketing, code="G11", name="牙刷")
    stocked(marketing, other, warehouse=0, desk=1)
    dialog = f7(tab)
    hit(dialog, text="kq")
    dialog.quantity.setText("3")
    dialog._edited()
    assert "这一种不够" in dialog.lines.text()
    hit(dialog, ENTER, ENTER)
    assert levels(clinic, gift) == (2, 0)
    assert "已发出 牙膏 2 份" in told(context)
    assert "还有 1 份在待领名单" in told(context)


def test_a_gift_gone_meanwhile_stays_due_and_says_so(tab, context, clinic, marketing, who, gift):
    dialog = f7(tab)
    hit(dialog, ENTER, text="kq")
    from services.gifts import stock

    stock.scrap(marketing, gift_id=gift, place="desk", quantity=2, reason="过期")
    other = add_gift(marketing, code="G11", name="牙刷")
    stocked(marketing, other, warehouse=0, desk=1)  # the band is there, the article is not
    hit(dialog, ENTER)
    assert "还有 1 份在待领名单" in told(context)
    assert "收费室" in told(context)
    assert stand(clinic, who).available == 7000


def test_points_gone_meanwhile_are_refused_inside_the_dialog(tab, context, clinic, billing, who):
    dialog = f7(tab)
    hit(dialog, ENTER, text="mb")
    for _ in range(2):
        redeem(billing, person_id=who, item_key="b.facial")
    hit(dialog, ENTER)
    assert "可用积分只有 2000" in dialog.context.alerts.bar.sentence
    assert "可用 2,000 分" in dialog.balance.text()
    assert not dialog.armed


# -- tiers, coupons, several programmes ---------------------------------------------------------


def test_r102_a_tier_is_in_the_same_list(tab, context, clinic, director, frontdesk):
    gold = Tier(2, "金卡", "#B7791F", (Reach(purchase_points=3000),))
    programme = under(B)
    sign(
        director,
        msgspec.structs.replace(programme, tiers=(*programme.tiers, gold)),
        valid_from="2000-01-03",
    )
    buyer = member(frontdesk, 4000)
    context.current_person.select(buyer)
    dialog = f7(tab)
    hit(dialog, text="jk")
    assert dialog.list.row.note == "换等级"
    assert "升为 金卡" in dialog.lines.text()
    hit(dialog, ENTER, ENTER)
    assert stand(clinic, buyer).rank == 2


def test_r032_a_coupon_leads_to_the_receipt(tab, context, clinic, who):
    redeem_by_keys(tab, "dy")
    assert "收费时在“更多项目”里选这张券" in told(context)
    (row,) = page(tab).claims.rows()
    assert row.status == "券，收费时抵 ¥50"
    went = []
    context.navigator.wanted.connect(lambda *where: went.append(where))
    press(tab, ENTER, ENTER)
    assert went == [("points", "coupon")]
    tab.act("use_service")
    dialog = tab.window().findChild(VouchersDialog)  # no service is left: a card may be scanned
    assert "请扫卡或输入卡号" in dialog.facts.text()
    dialog.reject()


def test_several_programmes_are_chosen_on_top(tab, context, clinic, director, frontdesk, who):
    item = Redeemable("v.check", "service", "全景片", 100)
    timeline = second(director, clinic, under(B, catalogue=(item,)))
    only = person(frontdesk)
    pay(frontdesk, only, 3000)
    enter(frontdesk, only, timeline.programme_id, timeline.versions[0].id)
    dialog = f7(tab)
    assert dialog.programme.isVisible()
    assert dialog.timeline.name == "医院方案A"
    dialog.reject()
    context.current_person.select(only)
    dialog = f7(tab)
    assert dialog.timeline.name == "贵宾卡"
    hit(dialog, ENTER, ENTER, text="qj")
    assert redemptions_of(clinic.db, only)[0].programme_id == timeline.programme_id
    dialog = f7(tab)
    dialog.programme.setCurrentIndex(0)
    dialog.programme.activated.emit(0)
    assert {row.note for row in dialog.list.table.rows()} == {"还不是会员"}


def test_a_role_without_the_right_is_told_before_typing(tab, context, marketing):
    context.signed_in.set(marketing)
    assert "须由" in f7(tab).note._label.text()


# -- where points are not spent ------------------------------------------------------------------


def test_r163_in_threshold_mode_f7_hands_out_the_gift_and_says_so(
    context, qtbot, clinic, frontdesk, gift
):
    who = member(frontdesk, 2000)
    context.current_person.select(who)
    tab = shown(context, qtbot)
    tab.act("redeem")
    assert "“医院方案A”的积分不用来兑换，发放不扣积分" in page(tab).issue.cost.text()
    press(tab, ENTER)
    assert levels(clinic, gift) == (2, 1)
    tab.act("redeem")
    assert "没有待领的礼品" in told(context)
    assert "“医院方案A”的积分不用来兑换" in told(context)


def test_a_gift_that_waits_is_one_key_away(tab, context, clinic, frontdesk, who, gift):
    from tests.services.test_undo_redemption import OWED

    redeem(frontdesk, person_id=who, item_key="b.gift50", approval=OWED)
    dialog = f7(tab)
    assert "有 1 份礼品待领" in dialog.to_gifts.text()
    dialog.to_gifts.click()
    assert page(tab).issue.grant.name == "口腔保健礼品(50元档)"
    assert "兑换时已扣积分" in page(tab).issue.cost.text()


# -- taking it back --------------------------------------------------------------------------------


def choose_past(tab, kind: str) -> None:
    tab.refresh()
    table = page(tab).past
    row = next(each for each in table.rows() if each.kind == kind)
    table.select_key(row.id)
    table.setFocus()
    press(tab, ENTER)


def test_e31_a_redeemed_gift_comes_back_with_its_points(tab, context, clinic, who, gift):
    redeem_by_keys(tab, "kq")
    choose_past(tab, "礼品")
    assert page(tab).back.after.isVisible()
    write(tab, "不喜欢")
    press(tab, ENTER)
    assert "积分已退回" in told(context)
    assert stand(clinic, who).available == 8000
    assert [row.undone for row in page(tab).past.rows() if row.kind == "兑换"] == ["已退回"]


def test_e18_one_of_two_gives_its_own_points_and_the_rest_comes_back_as_a_redemption(
    tab, context, clinic, frontdesk, who, gift
):
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", quantity=2)
    issue_gift(frontdesk, grant_id=done.grant_id, gift_id=gift)
    choose_past(tab, "礼品")
    write(tab, "不喜欢")
    press(tab, ENTER)
    assert "积分已退回：+1,000。" in told(context)
    assert stand(clinic, who).available == 7000
    (row,) = (row for row in page(tab).past.rows() if row.kind == "兑换")
    assert row.undone == ""
    choose_past(tab, "兑换")
    write(tab, "都不要了")
    press(tab, ENTER)
    assert "积分 +1,000。" in told(context)
    assert stand(clinic, who).available == 8000


def test_e31_another_piece_instead_keeps_the_points_spent(tab, context, clinic, who, gift):
    redeem_by_keys(tab, "kq")
    choose_past(tab, "礼品")
    write(tab, "换一个颜色")
    page(tab).back.after.choose(False)
    press(tab, ENTER)
    assert "可以重新发放" in told(context)
    assert stand(clinic, who).available == 7000
    assert next(g for g in grants_of(clinic.db, who) if g.kind == "gift").left == 1


def test_e18_one_of_two_pieces_that_are_out_gives_its_own_points(tab, context, clinic, who, gift):
    dialog = f7(tab)
    hit(dialog, text="kq")
    dialog.quantity.setText("2")
    dialog._edited()
    hit(dialog, ENTER, ENTER)
    choose_past(tab, "礼品")
    write(tab, "不喜欢")
    press(tab, ENTER)
    assert "积分已退回：+1,000。" in told(context)
    assert stand(clinic, who).available == 7000


def test_a_redemption_is_given_back_whole(tab, context, clinic, who):
    redeem_by_keys(tab, "mb")
    choose_past(tab, "兑换")
    assert "退回兑换 · 面部护理" in page(tab).back.heading.text()
    assert not page(tab).back.after.isVisible()
    write(tab, "不做了")
    press(tab, ENTER)
    assert "已退回：面部护理。积分 +3,000" in told(context)
    assert stand(clinic, who).available == 8000
    choose_past(tab, "兑换")
    assert page(tab).back.facts.text() == "已退回"
    press(tab, ENTER)
    assert stand(clinic, who).available == 8000


def test_a_late_redemption_asks_a_manager(tab, context, clinic, clock, who):
    redeem_by_keys(tab, "mb")
    clock.day = "2026-12-05"
    tab.refresh_if_seen()
    choose_past(tab, "兑换")
    assert "已超过 7 天" in page(tab).back.facts.text()
    write(tab, "不做了")
    press(tab, ENTER)
    write(tab, PIN)
    press(tab, ENTER)
    assert stand(clinic, who).available == 8000


@pytest.mark.parametrize(("letters", "sentence"), [("kq", "礼品已经发出"), ("mb", "服务已经使用")])
def test_what_was_drawn_comes_back_first(tab, clinic, who, gift, letters, sentence):
    redeem_by_keys(tab, letters)
    if letters == "mb":
        tab.act("use_service")
        press(tab, ENTER)
    choose_past(tab, "兑换")
    assert sentence in page(tab).back.facts.text()
    assert not page(tab).back.take.isEnabled()


def test_money_off_comes_back_with_its_receipt(tab, context, clinic, director, frontdesk):
    sign(director, under(B, per_yuan_off=100), valid_from="2000-01-03")
    payer = member(frontdesk, 2000)
    pay(frontdesk, payer, 1, points_used=500)
    context.current_person.select(payer)
    choose_past(tab, "兑换")
    assert "积分抵现随单据一起退" in page(tab).back.facts.text()
    assert not page(tab).back.take.isEnabled()


def test_ctrl_z_after_f7_takes_gift_and_points_back(tab, context, clinic, who, gift):
    redeem_by_keys(tab, "kq")
    undo_last(context.session)
    assert stand(clinic, who).available == 8000
    assert levels(clinic, gift) == (2, 2)
    tab.refresh()
    assert {row.undone for row in page(tab).past.rows()} == {f"已退回 {TODAY}", "已退回"}
