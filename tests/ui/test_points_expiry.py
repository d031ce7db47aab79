"""积分 by the keys: what ends when, where every point came from, one account of several."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from services.clock import plus_days
from services.forms.paper import Grid, texts
from services.forms.statement import points_statement
from services.loyalty.receipts import refund
from services.loyalty.redemption import redeem, return_redemption
from tests.conftest import TODAY
from tests.gift_world import add_person
from tests.money_world import pay, person, sign
from tests.services.test_redemption import B, member, under
from tests.ui.gift_hands import ALT, ENTER, focus_of, press
from ui.tabs.points import PointsTab

Key = Qt.Key


@pytest.fixture
def b(director):
    sign(director, under(B, expiry_months=1))


@pytest.fixture
def who(b, frontdesk, clock):
    """2,000 points that end on 20 December, 3,000 that end on the 25th."""
    who = member(frontdesk, 2000)
    clock.day = plus_days(TODAY, 5)
    pay(frontdesk, who, 3000)
    return who


def on_screen(context, qtbot) -> PointsTab:
    made = PointsTab(context)
    qtbot.addWidget(made)
    made.resize(1366, 520)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def tab(context, qtbot, who):
    made = on_screen(context, qtbot)
    context.current_person.select(who)
    made.refresh()
    return made


def dialog_of(tab) -> QDialog:
    return next(each for each in tab.findChildren(QDialog) if each.isVisible())


def trace_of(tab, number: int) -> QDialog:
    """Enter on a row of the ledger."""
    tab.pages.setCurrentIndex(1)
    tab.ledger.table.setFocus()
    tab.ledger.table.selectRow(number)
    press(tab, ENTER)
    return dialog_of(tab)


# -- 到期 ------------------------------------------------------------------------------------------


def test_e27_what_ends_within_30_60_and_90_days(tab):
    tab.pages.setCurrentIndex(2)
    assert tab.expiry.sums.text() == (
        "30 天内到期 5,000 分 · 60 天内到期 5,000 分 · 90 天内到期 5,000 分 · 可用合计 5,000 分"
    )
    assert [(row.expires_on, row.points) for row in tab.expiry.table.rows()] == [
        ("2026-12-20", 2000),
        ("2026-12-25", 3000),
    ]
    assert focus_of(tab) is tab.expiry.table


def test_enter_on_a_lot_says_where_it_went(tab, frontdesk, who):
    redeem(frontdesk, person_id=who, item_key="b.gift10", approval=owed())
    tab.refresh()
    tab.pages.setCurrentIndex(2)
    tab.expiry.table.selectRow(0)
    press(tab, ENTER)
    dialog = dialog_of(tab)
    assert "2026-11-20 得到的积分，现在剩 1,000 分" in dialog.what.text()
    assert [row.points for row in dialog.table.rows()] == [1000]
    QTest.keyClick(dialog.table, ENTER)
    assert not dialog.isVisible()


def owed():
    from tests.services.test_undo_redemption import OWED

    return OWED


def test_points_that_live_for_ever_say_so(context, qtbot, director, frontdesk):
    sign(director, under(B))
    who = member(frontdesk, 2000)
    tab = on_screen(context, qtbot)
    context.current_person.select(who)
    tab.refresh()
    model = tab.expiry.table.model()
    assert [model.index(0, n).data() for n in range(4)] == ["长期", "", "2,000", TODAY]


def test_r034_nobody_open_lists_whose_points_end_soon(context, qtbot, clinic, who):
    tab = on_screen(context, qtbot)
    qtbot.waitUntil(tab.people.table.isVisible)
    (row,) = tab.people.table.rows()
    assert (row.person_id, row.points) == (who, 5000)
    assert "顾客 1 位" in tab.people.heading.text()
    QTest.keyClick(tab, Key.Key_E, ALT)
    assert focus_of(tab) is tab.people.table
    press(tab, ENTER)
    assert context.person_id == who
    assert tab.pages.currentWidget() is tab.expiry
    assert focus_of(tab) is tab.expiry.table


def test_nobody_whose_points_end_leaves_the_page_plain(context, qtbot, frontdesk):
    add_person(frontdesk, "N1")
    tab = on_screen(context, qtbot)
    qtbot.waitUntil(lambda: not context.tasks.busy)
    assert not tab.people.table.isVisible()
    assert tab.first_focus() is None
    tab.people.start()


def test_a_change_while_the_list_is_read_is_read_afterwards(context, qtbot, frontdesk, who):
    tab = on_screen(context, qtbot)
    tab.people.refresh()  # a second time before the first one is back
    other = member(frontdesk, 4000)
    qtbot.waitUntil(lambda: len(tab.people.table.rows()) == 2)
    assert {row.person_id for row in tab.people.table.rows()} == {who, other}


def test_trouble_while_reading_is_told(context, qtbot, monkeypatch):
    def broken(_clinic, _today):
        raise RuntimeError

    monkeypatch.setattr("ui.widgets.expiry_page._read", broken)
    tab = on_screen(context, qtbot)
    qtbot.waitUntil(lambda: context.alerts.bar.kind == "error")
    assert not tab.people.table.isVisible()


def test_more_people_than_are_listed_is_said(context, qtbot, who, monkeypatch):
    monkeypatch.setattr("ui.widgets.expiry_page.MOST", 1)
    tab = on_screen(context, qtbot)
    qtbot.waitUntil(tab.people.table.isVisible)
    assert "最先到期的 1 位" in tab.people.heading.text()


# -- 来历 ------------------------------------------------------------------------------------------


def test_e20_enter_on_a_debit_names_the_receipts_it_was_taken_from(tab, frontdesk, who):
    redeem(frontdesk, person_id=who, item_key="b.facial")
    tab.refresh()
    dialog = trace_of(tab, 0)
    assert "兑换 -3,000 分 · 兑换：面部护理" in dialog.what.text()
    assert dialog.direction.text() == "用的是这些积分："
    assert [(row.points, row.expires_on) for row in dialog.table.rows()] == [
        (2000, "2026-12-20"),
        (1000, "2026-12-25"),
    ]
    assert all("单据" in dialog.table._rows.columns[3].text(row) for row in dialog.table.rows())
    assert "不欠分" in dialog.rest.text()


def test_a_credit_says_what_it_went_to_and_what_is_left(tab, frontdesk, who):
    dialog = trace_of(tab, 0)
    assert dialog.direction.text() == "这些积分还没有用过。"
    assert "还剩 3,000 分" in dialog.rest.text()
    dialog.reject()
    redeem(frontdesk, person_id=who, item_key="b.sealant")
    tab.refresh()
    dialog = trace_of(tab, 2)
    assert dialog.direction.text() == "这些积分用到了这里："
    assert dialog.rest.text() == "已经全部用掉。"


def test_e17_a_debit_that_lacks_points_says_what_is_owed(tab, frontdesk, who):
    redeem(frontdesk, person_id=who, item_key="b.ultrasonic")
    last = tab.receipts.table.rows()[0]
    refund(frontdesk, receipt_id=last.id, amount_fen=1000_00, reason="退")
    tab.refresh()
    assert "欠 1,000 分" in tab.ledger.balance.text()
    assert "还欠 1,000 分" in trace_of(tab, 0).rest.text()


def test_e18_points_given_back_say_where_they_are_again(tab, frontdesk, who):
    done = redeem(frontdesk, person_id=who, item_key="b.facial")
    return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")
    tab.refresh()
    dialog = trace_of(tab, 0)
    assert "退回到这些批次" in dialog.direction.text()
    assert dialog.rest.text() == ""
    assert [row.points for row in dialog.table.rows()] == [2000, 1000]
    dialog.reject()
    texts = [tab.ledger.table._rows.columns[4].text(row) for row in tab.ledger.table.rows()]
    assert "已退回" in texts[1]


def test_the_button_does_what_enter_does_and_needs_a_row(tab):
    tab.ledger.table.clearSelection()
    tab.ledger.table.setCurrentIndex(tab.ledger.table.model().index(-1, 0))
    assert not tab.ledger.origin.isEnabled()
    tab.ledger.open_trace()
    assert not [each for each in tab.findChildren(QDialog) if each.isVisible()]
    tab.pages.setCurrentIndex(1)
    tab.ledger.table.selectRow(0)
    tab.ledger.origin.click()
    assert dialog_of(tab).isVisible()


# -- accounts --------------------------------------------------------------------------------------


def test_the_balance_says_available_owed_and_lifetime(tab, frontdesk, who):
    redeem(frontdesk, person_id=who, item_key="b.facial")
    tab.refresh()
    assert tab.ledger.balance.text() == "可用 2,000 分 · 欠 0 分 · 累计得 5,000 分"
    assert not tab.programme.isVisible()


def test_in_threshold_mode_only_the_lifetime_counts(context, qtbot, frontdesk):
    who = member(frontdesk, 2000)
    tab = on_screen(context, qtbot)
    context.current_person.select(who)
    tab.refresh()
    assert tab.ledger.balance.text() == "累计得 2,000 分"
    stranger = person(frontdesk)
    context.current_person.select(stranger)
    tab.refresh()
    assert tab.ledger.balance.text() == "累计得 0 分"


@pytest.fixture
def two(director, frontdesk, context, qtbot):
    """Points in 医院方案A and in a second programme; the tab with the person open."""
    sign(director, msgspec.structs.replace(under(B, expiry_months=1), name="第二方案"))
    who = member(frontdesk, 2000)
    tab = on_screen(context, qtbot)
    context.current_person.select(who)
    tab.refresh()
    return tab


def test_a_choice_appears_where_there_are_several_accounts(two, member_admin):
    two.context.signed_in.set(member_admin)
    two.refresh()
    assert two.programme.isVisible()
    assert two.expiry.table.rows()[0].expires_on is None
    assert two.ledger.adjust.isEnabled()
    QTest.keyClick(two, Key.Key_Y, ALT)
    assert focus_of(two) is two.programme
    two.programme.setCurrentIndex(1)
    two.programme.activated.emit(1)
    assert two.expiry.table.rows()[0].expires_on == "2026-12-20"
    assert "可用 2,000 分" in two.ledger.balance.text()
    assert two.ledger.adjust.isEnabled()
    two.refresh()
    assert two.programme.currentIndex() == 1
    two.context.current_person.select(None)
    assert two.ledger.table.rows() == []
    assert two.expiry.sums.text() == ""


# -- the statement --------------------------------------------------------------------------------


def test_the_statement_names_what_was_redeemed_and_what_ends(tab, context, frontdesk, who):
    done = redeem(frontdesk, person_id=who, item_key="b.sealant", quantity=2)
    redeem(frontdesk, person_id=who, item_key="b.gift10", approval=owed())
    return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")
    paper = points_statement(context.db, context.today(), who)
    ends, redeemed, entries = (block for block in paper.blocks if isinstance(block, Grid))
    assert ("2026-12-20", "2026-11-20", "2,000") in ends.rows
    assert (
        context.today(),
        "儿童窝沟封闭(进口材料) × 2",
        "-4,000",
        "已退回 4,000 分",
    ) in redeemed.rows
    assert redeemed.rows[0][1:] == ("口腔保健礼品(10元档)", "-1,000", "")
    assert any(row[3] == "兑换：口腔保健礼品(10元档)" for row in entries.rows)
    assert not any("兑换 兑换" in row[3] for row in entries.rows)


def test_the_statement_is_of_the_account_that_is_looked_at(two, context):
    two.programme.setCurrentIndex(1)
    two.programme.activated.emit(1)
    assert two.act("print")
    paper = dialog_of(two).paper
    assert paper.subject == "第二方案　截至 2026-11-20"
    assert ("可用积分", "2,000") in paper.blocks[0].rows
    assert ("2026-12-20", "2026-11-20", "2,000") in paper.blocks[3].rows
    plain = set(texts(points_statement(context.db, context.today(), context.person_id)))
    assert not plain & {"到期日", "兑换日期"}
