"""申购 → 入库 → 申领 → 送货 → 签收 by keyboard, what to order, what expires (R139, R143, C16)."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from services.errors import RuleError
from services.gifts import stock
from services.gifts.documents import Wanted, document, documents, state_words
from services.gifts.lots import lots_left
from services.gifts.purchasing import Arrival, receive_purchase, request_purchase
from services.gifts.requisitions import Handed, request_requisition, send_requisition
from tests.conftest import TODAY
from tests.gift_world import add_gift, levels, stocked
from tests.ui.gift_hands import ALT, ENTER, focus_of, press, shown, told, write
from ui.dialogs.base import Dialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.stock_end import CancelDialog, FinishDialog
from ui.dialogs.stock_order import OrderDialog
from ui.dialogs.stock_step import ArrivalDialog, SendDialog, SignDialog
from ui.widgets.stock_lines import parse_expiry
from ui.widgets.stock_papers import StockPapers


@pytest.fixture
def paste(marketing):
    return add_gift(marketing)


@pytest.fixture
def floss(marketing):
    return add_gift(marketing, code="G11", name="牙线")


@pytest.fixture
def tab(context, qtbot, marketing, paste, floss):
    context.signed_in.set(marketing)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_2, modifier=ALT)
    press(tab, Qt.Key.Key_D, modifier=ALT)
    return tab


def papers(tab) -> StockPapers:
    view = tab.page("stock").view("papers")
    assert isinstance(view, StockPapers)
    return view


def opened(tab, cls: type[Dialog]) -> Any:
    """The newest dialog of this kind over the tab."""
    return [w for w in tab.window().findChildren(cls) if w.isVisible()][-1]


def type_in(dialog, *parts: Any) -> None:
    """Keys and texts into a dialog, as the hand sends them."""
    for part in parts:
        target = dialog.focusWidget() or dialog
        if isinstance(part, str):
            QTest.keyClicks(target, part)
        else:
            QTest.keyClick(target, part)
        QApplication.sendPostedEvents()


def turn_to(tab, context, session) -> None:
    """Somebody else signs in at this window."""
    context.signed_in.set(session)
    tab.page("stock").refresh()
    papers(tab).papers.setFocus()


def test_r143_from_order_to_the_desk_by_three_people_and_keys(
    tab, context, clinic, billing, marketing, paste, floss
):
    press(tab, Qt.Key.Key_N, modifier=ALT)
    order = opened(tab, OrderDialog)
    type_in(order, "yg", ENTER, "10", ENTER, "yx", ENTER, "4", ENTER)
    assert [(line.gift.name, line.quantity) for line in order.lines] == [("牙膏", 10), ("牙线", 4)]
    type_in(order, ENTER, ENTER)  # the gift, then the empty number
    (row,) = documents(clinic.db)
    assert told(context) == f"已开申购单 {row.number}。"
    assert papers(tab).papers.current_row().id == row.id

    press(tab, ENTER)
    arrival = opened(tab, ArrivalDialog)
    type_in(arrival, "8", ENTER)  # the number proposed is selected: typing replaces it
    arrival.lots[0].setText("A7")
    arrival.days[0].setText("2027-05")
    type_in(arrival, ENTER)
    assert "已入库 12 件" in told(context)
    assert levels(clinic, paste) == (8, 0)
    lot = lots_left(clinic.db, paste)[0]
    assert (lot.lot, lot.expires_on) == ("A7", "2027-05-31")
    assert state_words(document(clinic.db, row.id)) == "部分到货"

    turn_to(tab, context, billing)
    assert not papers(tab).buy.isEnabled()
    assert "须由市场" in papers(tab).card.note._label.text()
    press(tab, Qt.Key.Key_L, modifier=ALT)
    asked = opened(tab, OrderDialog)
    assert not asked.now.isVisible()
    type_in(asked, "yg", ENTER, "5", ENTER, ENTER, ENTER)
    number = documents(clinic.db)[0].id

    turn_to(tab, context, marketing)
    papers(tab).papers.select_key(number)
    press(tab, ENTER)
    type_in(opened(tab, SendDialog), ENTER)
    assert "等收费室签收" in told(context)
    assert levels(clinic, paste) == (8, 0)

    turn_to(tab, context, billing)
    papers(tab).papers.select_key(number)
    press(tab, ENTER)
    sign = opened(tab, SignDialog)
    type_in(sign, "4", ENTER)
    assert "请写明短少的原因" in sign.context.alerts.bar.sentence
    sign.reasons[0].setText("少一支")
    type_in(sign, ENTER)
    assert "已签收 4 件" in told(context)
    assert levels(clinic, paste) == (4, 4)
    assert state_words(document(clinic.db, number)) == "短少签收"
    assert "收费 周收费" in papers(tab).card.steps.text()


def test_c16_one_who_holds_every_right_hands_over_at_once(
    tab, context, clinic, marketing, member_admin, paste
):
    stocked(marketing, paste, warehouse=5, desk=0)
    turn_to(tab, context, member_admin)
    press(tab, Qt.Key.Key_L, modifier=ALT)
    dialog = opened(tab, OrderDialog)
    dialog.now.setChecked(True)
    type_in(dialog, "yg", ENTER, "9", ENTER, ENTER, ENTER)
    assert "只有 5 份" in dialog.context.alerts.bar.sentence
    type_in(dialog, "2")
    dialog.gift.choose(paste)
    type_in(dialog, ENTER, ENTER, ENTER)
    assert "已当面交接" in told(context)
    assert levels(clinic, paste) == (3, 2)
    assert papers(tab).papers.current_row().lines[0].received == 2


def test_e2_two_presses_of_the_button_make_one_document(tab, clinic, paste):
    press(tab, Qt.Key.Key_N, modifier=ALT)
    dialog = opened(tab, OrderDialog)
    type_in(dialog, "yg", ENTER, "3")
    dialog.submit()
    dialog.submit()
    assert len(documents(clinic.db)) == 1


def test_r143_a_line_is_corrected_and_taken_away(tab, clinic, paste, floss):
    press(tab, Qt.Key.Key_N, modifier=ALT)
    dialog = opened(tab, OrderDialog)
    type_in(dialog, ENTER, "0", ENTER)
    assert "1 以上" in dialog.field._note.text()
    dialog.quantity.clear()
    type_in(dialog, "3", ENTER)
    dialog.gift.choose(paste)
    type_in(dialog, ENTER, "7", ENTER)
    assert [line.quantity for line in dialog.lines] == [7]
    dialog.gift.choose(floss)
    dialog.cost.setText("1.5")
    type_in(dialog, ENTER, "2", ENTER)
    assert "预计合计 ¥45" in dialog.facts.text()
    dialog.table.select_key(paste)
    dialog.remove.click()
    assert [line.gift.name for line in dialog.lines] == ["牙线"]
    dialog.remove.click()
    dialog.submit()
    assert "还没有礼品" in dialog.context.alerts.bar.sentence
    assert documents(clinic.db) == []


def test_r143_what_is_typed_wrong_is_said_where_it_stands(tab, marketing, clinic, paste):
    request_purchase(marketing, lines=[Wanted(paste, 3)])
    papers(tab).refresh()
    papers(tab).papers.setFocus()
    press(tab, ENTER)
    dialog = opened(tab, ArrivalDialog)
    dialog.days[0].setText("明年")
    type_in(dialog, ENTER)
    assert "有效期写成" in dialog.context.alerts.bar.sentence
    assert dialog.focusWidget() is dialog.days[0]
    dialog.days[0].clear()
    dialog.costs[0].setText("x")
    dialog.submit()
    assert "金额写成" in dialog.context.alerts.bar.sentence
    assert levels(clinic, paste) == (0, 0)


def test_r143_finish_and_cancel_ask_for_one_reason(tab, context, clinic, marketing, paste):
    first = request_purchase(marketing, lines=[Wanted(paste, 3)]).document_id
    second = request_requisition(marketing, lines=[Wanted(paste, 1)]).document_id
    receive_purchase(marketing, document_id=first, arrivals=[Arrival(paste, 1)])
    papers(tab).refresh()
    papers(tab).papers.select_key(first)
    assert not papers(tab).card.cancel.isVisible()
    press(tab, Qt.Key.Key_E, modifier=ALT)
    finish = opened(tab, FinishDialog)
    type_in(finish, ENTER)
    assert "请填写原因" in finish.field._note.text()
    finish.reason.setText("缺货")
    type_in(finish, ENTER)
    assert "没到的不再等" in told(context)
    assert papers(tab).which.value() == "all"  # it is no longer among the open ones
    send_requisition(marketing, document_id=second, lines=[Handed(paste, 1)])
    papers(tab).refresh()
    papers(tab).papers.select_key(second)
    papers(tab).papers.setFocus()
    press(tab, Qt.Key.Key_X, modifier=ALT)
    cancel = opened(tab, CancelDialog)
    cancel.reason.setText("改天")
    type_in(cancel, ENTER)
    assert state_words(document(clinic.db, second)) == "已作废"
    press(tab, ENTER)  # nothing more to do with it
    assert not papers(tab).card.primary.isVisible()


def test_r143_the_warehouse_corrects_what_it_sent(tab, clinic, marketing, paste):
    stocked(marketing, paste, warehouse=5, desk=0)
    number = request_requisition(marketing, lines=[Wanted(paste, 4)]).document_id
    send_requisition(marketing, document_id=number, lines=[Handed(paste, 4)])
    papers(tab).refresh()
    press(tab, Qt.Key.Key_C, modifier=ALT)
    type_in(opened(tab, SendDialog), "3", ENTER)
    assert document(clinic.db, number).lines[0].sent == 3


def test_the_paper_is_printed_from_the_card_and_by_ctrl_p(tab, marketing, paste):
    assert tab.page("stock").paper_offers() == []
    request_purchase(marketing, lines=[Wanted(paste, 3)])
    papers(tab).refresh()
    press(tab, Qt.Key.Key_V, modifier=ALT)
    dialog = opened(tab, PaperDialog)
    assert dialog.paper.number == "SG-20261120-01"
    dialog.reject()
    (offer,) = tab.page("stock").paper_offers()
    assert offer.make().title == "申购单"
    press(tab, Qt.Key.Key_S, modifier=ALT)
    assert tab.page("stock").paper_offers() == []


def test_esc_goes_from_the_card_to_the_list_to_the_shelves(tab, marketing, paste):
    request_purchase(marketing, lines=[Wanted(paste, 3)])
    papers(tab).refresh()
    papers(tab).card.print.setFocus()
    assert tab.act("back")
    assert focus_of(tab) is papers(tab).papers
    assert tab.act("back")
    assert tab.page("stock").switch.value() == "shelf"
    tab.page("stock").first_focus().setFocus()
    assert not tab.act("back")


# -- what to order, what expires -------------------------------------------------------------


def test_r139_what_is_missing_becomes_an_order_in_one_key(tab, qtbot, clinic, marketing, paste):
    stock.change_gift(marketing, gift_id=paste, safety_stock=20)
    stocked(marketing, paste, warehouse=5, desk=0)
    press(tab, Qt.Key.Key_O, modifier=ALT)
    view = tab.page("stock").view("order")
    qtbot.waitUntil(lambda: view.order.isEnabled())
    assert "1 种礼品该订，预计 ¥90" in view.title.text()
    press(tab, ENTER)
    dialog = opened(tab, OrderDialog)
    assert [(line.gift.name, line.quantity) for line in dialog.lines] == [("牙膏", 15)]
    type_in(dialog, ENTER)
    assert documents(clinic.db)[0].lines[0].wanted == 15
    assert tab.page("stock").switch.value() == "papers"
    press(tab, Qt.Key.Key_O, modifier=ALT)
    qtbot.waitUntil(lambda: "都够用" in view.title.text())
    assert not view.order.isEnabled()
    press(tab, ENTER)
    assert tab.act("back")


def test_r143_expired_goods_lead_to_scrapping(tab, context, clinic, clock, marketing, paste):
    stock.receive(marketing, gift_id=paste, quantity=3, lot="A", expires_on="2026-12-01")
    stock.receive(marketing, gift_id=paste, quantity=3, lot="B", expires_on="2027-01-01")
    press(tab, Qt.Key.Key_Y, modifier=ALT)
    view = tab.page("stock").view("expiry")
    assert view.title.text() == "90 天内到期 6 件"
    press(tab, ENTER)  # nothing has expired yet
    assert tab.page("stock").switch.value() == "expiry"
    clock.day = "2026-12-02"
    view.refresh()
    assert "⚠ 已过期 3 件，请报损" in view.title.text()
    press(tab, ENTER)
    card = tab.page("stock").shelf.card
    assert (card.kind.value(), card.quantity.text(), card.reason.text()) == ("scrap", "3", "过期")
    assert tab.page("stock").shelf.stock.rows()[0].gift_id == paste
    press(tab, ENTER)
    assert levels(clinic, paste) == (3, 0)
    press(tab, Qt.Key.Key_Y, modifier=ALT)
    assert [row.lot for row in view.table.rows()] == ["B"]
    assert tab.act("back")


def test_r143_goods_without_an_order_come_with_lot_and_month(tab, context, clinic, paste):
    press(tab, Qt.Key.Key_S, modifier=ALT)
    press(tab, Qt.Key.Key_I, modifier=ALT)
    card = tab.page("stock").shelf.card
    card.choose_gift(paste)
    card.expires.setText("下月")
    press(tab, ENTER)
    write(tab, "6")
    press(tab, ENTER)
    assert "有效期写成" in card.fields["expires"]._note.text()
    card.expires.setText("2027年5月")
    card.lot.setText("C3")
    press(tab, ENTER)
    assert "已入库：牙膏 6 份" in told(context)
    assert [(lot.lot, lot.expires_on) for lot in lots_left(clinic.db, paste)] == [
        ("C3", "2027-05-31")
    ]


def test_c16_the_card_hands_over_for_who_holds_every_right(
    tab, context, clinic, marketing, member_admin, paste
):
    stocked(marketing, paste, warehouse=5, desk=0)
    context.signed_in.set(member_admin)
    press(tab, Qt.Key.Key_S, modifier=ALT)
    press(tab, Qt.Key.Key_T, modifier=ALT)
    card = tab.page("stock").shelf.card
    card.choose_gift(paste)
    card.way.choose("now")
    press(tab, ENTER)
    write(tab, "2")
    press(tab, ENTER)
    assert "已申领：牙膏 2 份" in told(context)
    assert levels(clinic, paste) == (3, 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-05", "2027-05-31"),
        ("202702", "2027-02-28"),
        ("2028.2", "2028-02-29"),
        ("2027/12", "2027-12-31"),
        ("2027年5月", "2027-05-31"),
        ("20270515", "2027-05-15"),
        ("2027-5-15", "2027-05-15"),
    ],
)
def test_r143_a_last_day_is_read_as_boxes_print_it(text, day):
    assert parse_expiry(text) == day


@pytest.mark.parametrize("text", ["2027-13", "27-05", "x", "2027-02-30", TODAY + "x1"])
def test_r143_what_is_no_date_is_refused(text):
    with pytest.raises(RuleError, match="有效期写成"):
        parse_expiry(text)
