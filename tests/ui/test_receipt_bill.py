"""更多项目 by the keys: items and their member prices, payment, points and coupons."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel

from services.loyalty.receipt_list import list_receipts
from services.loyalty.redemption import redeem
from services.programmes.definition import Discount, Rate
from tests.money_world import member, pay, person, sign, stand
from tests.services.test_bill import priced
from tests.services.test_redemption import B, under
from tests.services.test_redemption import member as spender
from tests.services.test_strip_points import enter, second
from tests.ui.gift_hands import ALT, ENTER, press, write
from ui.tabs.points import PointsTab
from ui.widgets.receipt_lines import MOST

Key = Qt.Key
TAB = Key.Key_Tab


@pytest.fixture
def who(director, frontdesk, context):
    """A member of a programme with everything: 洁牙 9 折, points as money, coupons."""
    sign(director, priced(rates=(Rate(percent=200, payments=("现金",)),)))
    who = spender(frontdesk, 3000)
    context.current_person.select(who)
    return who


@pytest.fixture
def tab(context, qtbot, who):
    made = PointsTab(context)
    qtbot.addWidget(made)
    made.resize(1366, 520)
    context.current_person.select(who)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.form.start()
    return made


def details(tab):
    return tab.form.details


def open_more(tab) -> None:
    press(tab, Key.Key_O, modifier=ALT)
    if not tab.form.more.isChecked():  # offscreen, the mnemonic waits for the window
        tab.form.more.click()


def item(tab, row: int, letters: str, yuan: str) -> None:
    line = details(tab).items.rows[row]
    line.kind.setFocus()
    write(tab, letters)
    press(tab, TAB)
    write(tab, yuan)


def posted(clinic, who):
    return list_receipts(clinic.db, who)[0]


def row_of(clinic, receipt_id: int, *columns: str):
    names = ", ".join(columns)
    return clinic.db.execute_sql(
        f"SELECT {names} FROM receipt WHERE id = ?", (receipt_id,)
    ).fetchone()


# -- items and their prices (R018, R104–R106) -----------------------------------------------------


def test_r018_items_bring_the_member_price_into_the_amount(tab, clinic, who):
    open_more(tab)
    item(tab, 0, "jy", "600")
    item(tab, 1, "jc", "100")
    rows = details(tab).items.rows
    assert rows[0].kind.value() == "洁牙"
    assert rows[0].pays.text() == "→ ¥540"
    assert "9 折" in rows[0].why.text()
    assert rows[1].pays.text() == "→ ¥100"
    assert tab.form.amount.text() == "640"
    assert "会员价省 ¥60" in tab.form.lines.text()
    press(tab, ENTER, ENTER)
    row = posted(clinic, who)
    assert (row.net_fen, row.billed_fen, row.arrears_fen) == (640_00, 700_00, 0)
    assert row_of(clinic, row.id, "discount_fen") == (60_00,)
    found = clinic.db.execute_sql("SELECT item_class, amount_fen FROM receipt_line").fetchall()
    assert [tuple(each) for each in found] == [("洁牙", 600_00), ("检查", 100_00)]


def test_a_row_more_than_was_filled_and_no_more_than_fit(tab):
    open_more(tab)
    assert [row.isVisible() for row in details(tab).items.rows] == [True]
    for number in range(MOST):
        item(tab, number, "jc", "1")
    assert len(details(tab).items.rows) == MOST
    details(tab).items.clear()
    assert [row.isVisible() for row in details(tab).items.rows] == [True] + [False] * (MOST - 1)


def test_a_line_half_filled_is_refused_where_it_lacks(tab, clinic, who):
    open_more(tab)
    item(tab, 0, "jy", "600")
    item(tab, 1, "jc", "")
    press(tab, ENTER)
    assert details(tab).items.rows[1].field.error == "填写原价"
    details(tab).items.rows[1].kind.setCurrentIndex(0)
    details(tab).items.rows[1].listed.setFocus()
    write(tab, "50")
    press(tab, ENTER)
    assert details(tab).items.rows[1].kind_field._note.text() == "选类别"
    assert not tab.form.armed
    assert len(list_receipts(clinic.db, who)) == 1


def test_what_was_typed_by_hand_stays_when_it_is_less(tab, clinic, who):
    write(tab, "500")
    open_more(tab)
    item(tab, 0, "jy", "1000")
    assert tab.form.amount.text() == "500"
    assert "欠 ¥400" in tab.form.lines.text()
    press(tab, ENTER, ENTER)
    assert posted(clinic, who).arrears_fen == 400_00


def test_what_was_typed_by_hand_gives_way_when_it_is_more(tab):
    write(tab, "600")
    open_more(tab)
    item(tab, 0, "jy", "600")
    assert tab.form.amount.text() == "540"


def test_more_than_is_due_is_refused_in_the_amount(tab, clinic, who):
    open_more(tab)
    item(tab, 0, "jy", "600")
    tab.form.start()
    write(tab, "541")
    press(tab, ENTER)
    assert "应收只有 ¥540" in tab.form.field.error
    assert not tab.form.armed


def test_a_discount_by_hand_replaces_the_member_price(tab):
    open_more(tab)
    item(tab, 0, "jy", "600")
    assert details(tab).discount.placeholderText() == "60"
    details(tab).discount.setFocus()
    write(tab, "100")
    assert tab.form.amount.text() == "500"
    assert not details(tab).billed.isEnabled()


def test_e4_a_bill_without_items_fills_the_amount_too(tab, clinic, who):
    open_more(tab)
    details(tab).billed.setFocus()
    write(tab, "800")
    details(tab).insured.setFocus()
    write(tab, "300")
    assert tab.form.amount.text() == "500"
    for _ in range(3):
        press(tab, Key.Key_Backspace)
    details(tab).billed.setFocus()
    for _ in range(3):
        press(tab, Key.Key_Backspace)
    assert tab.form.amount.text() == ""


def test_a_patient_and_a_day_change_the_price(tab, clinic, director, frontdesk, who):
    """E9, E12: the price is that of the day and of the patient."""
    made = priced()
    first = Discount(50, ("检查",), window="first_visit")
    tiers = (msgspec.structs.replace(made.tiers[0], discounts=(first,)),)
    sign(director, msgspec.structs.replace(made, tiers=tiers), valid_from="2000-01-03")
    newcomer = person(frontdesk)
    open_more(tab)
    item(tab, 0, "jc", "100")
    assert tab.form.amount.text() == "50"  # the first visit was today, too
    details(tab).day.setFocus()
    write(tab, "20261121")
    details(tab).patient.set_person(newcomer, "新客")
    details(tab)._edited()
    assert tab.form.amount.text() == "50"


def test_enter_in_the_date_looks_and_the_next_one_posts(tab, clinic, who):
    write(tab, "100")
    open_more(tab)
    details(tab).day.setFocus()
    write(tab, "20261119")
    press(tab, ENTER)
    assert tab.form.armed
    press(tab, ENTER)
    (row,) = [each for each in list_receipts(clinic.db, who) if each.net_fen == 100_00]
    assert row.occurred_on == "2026-11-19"


# -- payment and rates ---------------------------------------------------------------------------


def test_r074_the_kind_of_payment_is_foreseen_and_kept(tab, clinic, who):
    write(tab, "100")
    open_more(tab)
    details(tab).payment.setFocus()
    write(tab, "xj")
    assert details(tab).payment.value() == "现金"
    assert "积分 +200" in tab.form.lines.text()
    press(tab, ENTER, ENTER)
    row = posted(clinic, who)
    assert (row.points, row_of(clinic, row.id, "payment")) == (200, ("现金",))


def test_f6_stays_as_quick_as_it_was(tab, clinic, who):
    write(tab, "860")
    press(tab, ENTER, ENTER)
    row = posted(clinic, who)
    assert (row.net_fen, row.billed_fen) == (860_00, 860_00)
    assert row_of(clinic, row.id, "payment", "covered_fen") == ("", 0)
    assert tab.form.amount.hasFocus()


# -- points and coupons --------------------------------------------------------------------------


def test_r033_all_points_pay_and_say_what_is_left(tab, clinic, who):
    open_more(tab)
    item(tab, 0, "jy", "600")
    details(tab).points.points.setFocus()
    details(tab).points.points.insert("全部")  # as an input method commits
    details(tab).points.changed.emit()
    assert details(tab).points.note.text() == "3,000 分抵 ¥30，还剩 0 分"
    assert tab.form.amount.text() == "510"
    assert "用 3,000 分抵 ¥30" in tab.form.lines.text()
    press(tab, ENTER, ENTER)
    row = posted(clinic, who)
    assert (row.net_fen, row_of(clinic, row.id, "covered_fen")) == (510_00, (30_00,))
    assert stand(clinic, who).available == 510
    assert "用 3,000 分抵 ¥30" in tab.form.lines.text()


@pytest.mark.parametrize(
    ("typed", "sentence"), [("3001", "可用积分只有 3,000 分"), ("12x", "请填写数量")]
)
def test_points_that_cannot_pay_are_refused_below_the_field(tab, clinic, who, typed, sentence):
    open_more(tab)
    details(tab).billed.setFocus()
    write(tab, "500")
    details(tab).points.points.setFocus()
    write(tab, typed)
    press(tab, ENTER)
    assert sentence in details(tab).points.field.error
    assert len(list_receipts(clinic.db, who)) == 1


def test_points_without_a_bill_ask_for_it(tab, clinic, who):
    write(tab, "500")
    open_more(tab)
    details(tab).points.points.setFocus()
    write(tab, "100")
    press(tab, ENTER)
    assert "请填写应收" in details(tab).billed_field.error
    write(tab, "500")
    assert tab.form.amount.text() == "499"
    press(tab, ENTER, ENTER)
    assert posted(clinic, who).net_fen == 499_00


def test_r051_coupons_are_counted(context, tab, clinic, frontdesk, who):
    redeem(frontdesk, person_id=who, item_key="b.coupon", quantity=3)
    open_more(tab)
    item(tab, 0, "jy", "600")
    assert len(details(tab).coupons.counts) == 1
    details(tab).coupons.start()
    write(tab, "2")
    assert tab.form.amount.text() == "440"
    press(tab, ENTER, ENTER)
    assert posted(clinic, who).net_fen == 440_00
    open_more(tab)
    assert "剩 1 张" in details(tab).coupons._lines[0].findChildren(QLabel)[0].text()
    details(tab).coupons.start()
    write(tab, "2")
    details(tab).billed.setFocus()
    write(tab, "100")
    press(tab, ENTER)
    assert "只剩 1 张" in details(tab).coupons.note.text()
    assert not tab.form.armed


def test_what_was_typed_survives_closing_and_opening(tab, clinic, frontdesk, who):
    redeem(frontdesk, person_id=who, item_key="b.coupon")
    open_more(tab)
    details(tab).billed.setFocus()
    write(tab, "500")
    details(tab).coupons.start()
    write(tab, "1")
    tab.form.more.click()
    tab.form.more.click()
    assert details(tab).coupons.ids() != ()
    assert tab.form.amount.text() == "450"
    press(tab, ENTER, ENTER)
    assert posted(clinic, who).net_fen == 450_00


def test_a_coupon_bought_meanwhile_is_offered(tab, frontdesk, who):
    open_more(tab)
    assert not details(tab).coupons.isVisible()
    redeem(frontdesk, person_id=who, item_key="b.coupon")
    tab.refresh()
    assert details(tab).coupons.isVisible()


def test_a_coupon_gives_no_change(tab, clinic, frontdesk, who):
    redeem(frontdesk, person_id=who, item_key="b.coupon")
    open_more(tab)
    details(tab).billed.setFocus()
    write(tab, "30")
    details(tab).coupons.start()
    write(tab, "1")
    assert "券不找零" in details(tab).coupons.note.text()
    tab.form.start()
    write(tab, "0")
    press(tab, ENTER)
    assert not tab.form.armed


def test_the_gift_page_leads_to_the_coupons(tab, clinic, frontdesk, who):
    redeem(frontdesk, person_id=who, item_key="b.coupon")
    assert tab.act("coupon")
    assert tab.form.more.isChecked()
    assert details(tab).coupons.counts[0].hasFocus()
    tab.context.current_person.select(None)
    assert tab.act("coupon")


def test_nothing_is_offered_where_there_is_nothing_to_pay_with(context, qtbot, frontdesk):
    context.current_person.select(member(frontdesk))
    tab = PointsTab(context)
    qtbot.addWidget(tab)
    context.current_person.select(context.person_id)
    with qtbot.waitExposed(tab):
        tab.show()
    tab.form.more.click()
    assert not details(tab).points.isVisible()
    assert not details(tab).coupons.isVisible()


def test_points_of_two_programmes_are_told_apart(tab, clinic, director, frontdesk):
    timeline = second(director, clinic, under(B, per_yuan_off=10))
    who = person(frontdesk)
    pay(frontdesk, who, 2000)
    enter(frontdesk, who, timeline.programme_id, timeline.versions[0].id)
    tab.context.current_person.select(who)
    open_more(tab)
    assert details(tab).points.account.isVisible()
    assert details(tab).points.programme_id() == timeline.programme_id
    details(tab).points.account.setCurrentIndex(0)
    details(tab).points.account.activated.emit(0)
    assert details(tab).points.note.text() == "还不是会员"
    details(tab).billed.setFocus()
    write(tab, "100")
    details(tab).points.points.setFocus()
    write(tab, "100")
    press(tab, ENTER)
    assert "还不是会员" in details(tab).points.field.error
    details(tab).points.account.setCurrentIndex(1)
    details(tab).points.account.activated.emit(1)
    press(tab, ENTER, ENTER)
    assert posted(clinic, who).net_fen == 90_00


def test_another_person_finds_an_empty_form(tab, frontdesk, who):
    open_more(tab)
    item(tab, 0, "jy", "600")
    other = spender(frontdesk, 2000)
    tab.context.current_person.select(other)
    assert details(tab).items.lines() == ()
    assert tab.form.amount.text() == ""
    assert details(tab).bill is None


# -- the price list (R071) -------------------------------------------------------------------------


def test_r071_the_price_list_says_why(tab, who):
    open_more(tab)
    tab.form.prices.click()
    dialog = next(each for each in tab.findChildren(QDialog) if each.isVisible())
    rows = {row.item_class: row.price for row in dialog.table.rows()}
    assert rows["洁牙"] == "9 折(付原价的 90%)"
    assert rows["种植"] == "原价"
    dialog.table.select_key("洁牙")
    assert "会员" in dialog.more.text()
    QTest.keyClick(dialog.table, ENTER)
    assert not dialog.isVisible()


def test_the_card_of_the_person_shows_the_price_list_too(context, qtbot, who):
    from ui.widgets.person_card import PersonCard

    card = PersonCard(context)
    qtbot.addWidget(card)
    with qtbot.waitExposed(card):
        card.show()
    card.refresh()
    card.prices_button.click()
    dialog = next(each for each in card.findChildren(QDialog) if each.isVisible())
    assert "洁牙" in [row.item_class for row in dialog.table.rows()]
    dialog.reject()


def test_esc_closes_the_details_last(tab):
    open_more(tab)
    item(tab, 0, "jy", "600")
    assert tab.act("back")
    assert tab.form.amount.text() == ""
    assert tab.act("back")
    assert not tab.form.more.isChecked()


def test_an_emptied_amount_is_filled_again_by_enter(tab):
    open_more(tab)
    item(tab, 0, "jy", "600")
    tab.act("back")
    press(tab, ENTER)
    assert tab.form.amount.text() == "540"
    assert tab.form.armed
