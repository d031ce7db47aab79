"""Friday by keyboard: open, count blind, compare, explain, sign twice, save."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from models.system import Audit
from services.clock import plus_days
from services.gifts import stock
from services.gifts.appointment import change_calendar
from services.gifts.reconciliation import current, history, last_close
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, count_all, friday, levels, stocked
from tests.ui.gift_hands import ALT, ENTER, focus_of, press, shown, told, write
from ui.dialogs.friday_export import FridayExportDialog
from ui.widgets import friday_export
from ui.widgets.friday_page import FridayPage

GIFTS = ("牙膏", "牙刷", "漱口水")


@pytest.fixture
def gift_ids(marketing):
    ids = [add_gift(marketing, code=f"G{n}", name=name) for n, name in enumerate(GIFTS)]
    for gift_id in ids:
        stocked(marketing, gift_id, warehouse=5, desk=3)
    return ids


@pytest.fixture
def tab(context, qtbot, billing, gift_ids):
    context.signed_in.set(billing)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_3, modifier=ALT)
    return tab


def page(tab) -> FridayPage:
    return tab.page("friday")


def count(tab, *numbers: int) -> None:
    """Each number and Enter, as the counter's hand does it."""
    for number in numbers:
        write(tab, str(number))
        press(tab, ENTER)


def sign(tab, pin: str = PIN) -> None:
    write(tab, pin)
    press(tab, ENTER)


def visible_texts(tab) -> str:
    """Everything the counter can read in the table."""
    model = page(tab).grid.model()
    return " ".join(
        str(model.index(row, column).data())
        for row in range(model.rowCount())
        for column in range(model.columnCount())
    )


def test_the_week_opens_with_enter_and_says_period_and_cut_off(tab, context, clinic):
    assert TODAY in page(tab).begin_button.text()
    press(tab, ENTER)
    period = current(clinic.db)
    assert period is not None
    assert period.week == TODAY
    assert str(period.cutoff_seq) in page(tab).facts.text()
    assert "启用 至 2026-11-20" in page(tab).facts.text()


def test_r144_a_holiday_and_another_day_are_seen_by_alt_3(tab, context, director, clock):
    press(tab, Qt.Key.Key_1, modifier=ALT)
    press(tab, Qt.Key.Key_3, modifier=ALT)
    assert "提前" not in page(tab).facts.text()
    context.alerts.run_command(change_calendar, director, text=f"{TODAY} 休 校庆")
    press(tab, Qt.Key.Key_3, modifier=ALT)
    assert "因校庆提前到 2026-11-19" in page(tab).facts.text()
    clock.day = plus_days(TODAY, 7)  # midnight passed, and nothing was posted
    press(tab, Qt.Key.Key_3, modifier=ALT)
    assert plus_days(TODAY, 7) in page(tab).begin_button.text()


def test_the_count_is_blind_and_enter_moves_down(tab, clinic, gift_ids):
    press(tab, ENTER)
    assert "5" not in visible_texts(tab).replace("G", "")
    count(tab, 5)
    grid = page(tab).grid
    assert grid.currentIndex().row() == 1
    assert visible_texts(tab).count("5") == 1
    count(tab, 5, 5)
    assert (grid.currentIndex().row(), grid.currentIndex().column()) == (0, 5)


def test_a_friday_without_differences_by_keyboard_alone(
    tab, context, clinic, qtbot, tmp_path, monkeypatch
):
    target = tmp_path / "out.xlsx"
    proposed: list[str] = []

    def ask(_parent: object, proposal: Path) -> Path:
        proposed.append(proposal.name)
        return target

    monkeypatch.setattr(friday_export, "ask_path", ask)
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 3)
    press(tab, ENTER)  # compare
    assert "全部相符" in page(tab).comparison.title.text()
    sign(tab)
    assert page(tab).comparison.sign.marketing.state.text() == f"✓ {STAFF['marketing']} 已签字"
    sign(tab)
    closed = last_close(clinic.db)
    assert (closed.marketing_signer, closed.billing_signer) == (
        STAFF["marketing"],
        STAFF["billing"],
    )
    assert "已结账" in told(context)
    press(tab, ENTER)
    qtbot.waitUntil(lambda: not context.tasks.busy and target.exists(), timeout=20_000)
    assert proposed == [f"礼品核对_{TODAY}.xlsx"]
    assert "已导出" in told(context)


def test_a_difference_needs_its_reason_and_posts_a_count_move(tab, context, clinic, gift_ids):
    press(tab, ENTER)
    count(tab, 5, 4, 5, 3, 3, 5)
    press(tab, ENTER)
    view = page(tab).comparison
    assert "2 项有差异，还有 2 项没有原因" in view.title.text()
    assert focus_of(tab) is view.reason
    assert "▼ 短少 1" in view.reason_card.heading.text()
    press(tab, ENTER)
    assert "请填写差异的原因" in told(context)
    write(tab, "破损未登记")
    press(tab, ENTER)
    assert "▲ 多出 2" in view.reason_card.heading.text()
    write(tab, "漏记入库")
    press(tab, ENTER)
    sign(tab)
    sign(tab)
    assert last_close(clinic.db) is not None
    assert levels(clinic, gift_ids[1]) == (4, 3)
    assert levels(clinic, gift_ids[2]) == (5, 5)
    (week,) = history(clinic.db)
    assert {g.name: g.difference for g in week.shrinkage} == {"牙刷": -1, "漱口水": 2}


def test_signing_before_the_reasons_is_refused_and_can_be_mended(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 2)
    press(tab, ENTER)
    view = page(tab).comparison
    view.sign.start()
    sign(tab)
    sign(tab)
    assert "这些差异还没有原因：“漱口水”(收费室)" in told(context)
    assert current(clinic.db) is not None
    view.start()
    write(tab, "破损")
    press(tab, ENTER)
    assert focus_of(tab) is view.sign.finish
    press(tab, ENTER)
    assert last_close(clinic.db) is not None


def test_a_partial_count_is_refused_with_the_list(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5)
    page(tab).compare_button.setFocus()
    press(tab, ENTER)
    assert "还有 4 项没有清点：“牙膏”(收费室)" in told(context)
    index = page(tab).grid.currentIndex()
    assert (index.row(), index.column()) == (2, 4)


def test_a_wrong_pin_says_so_below_the_field_and_a_right_one_goes_on(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 3)
    press(tab, ENTER)
    first = page(tab).comparison.sign.marketing
    sign(tab, "999111")
    assert first.pin_field.error == "密码不对，还可以试 4 次。"
    assert first.pin.text() == ""
    assert first.approval is None
    sign(tab)
    assert first.approval is not None


def test_somebody_of_neither_post_cannot_sign(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 3)
    press(tab, ENTER)
    first = page(tab).comparison.sign.marketing
    first.name.choose(STAFF["director"])
    sign(tab)
    assert "孙院长没有这项批准权限，请由市场、会员管理员批准" in first.pin_field.error
    assert first.approval is None


def test_the_same_person_cannot_sign_twice(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 3)
    press(tab, ENTER)
    panel = page(tab).comparison.sign
    sign(tab)
    panel.billing.name.choose(STAFF["marketing"])
    sign(tab)
    assert "没有这项批准权限" in panel.billing.pin_field.error
    assert current(clinic.db) is not None


def test_a_third_signer_finds_the_week_closed(tab, context, clinic, billing, gift_ids):
    from tests.gift_world import sign as sign_elsewhere

    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 3)
    press(tab, ENTER)
    sign_elsewhere(billing, current(clinic.db).id)  # the other window was quicker
    panel = page(tab).comparison.sign
    panel.marketing.name.choose(STAFF["member_admin"])
    sign(tab)
    sign(tab)
    assert "已由吴市场和周收费签字结账，不能再改或加签" in told(context)
    closed = last_close(clinic.db)
    assert (closed.marketing_signer, closed.billing_signer) == (
        STAFF["marketing"],
        STAFF["billing"],
    )


def test_a_recount_drops_the_signatures_and_keeps_what_was_counted(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 2)
    press(tab, ENTER)
    view = page(tab).comparison
    view.sign.start()
    sign(tab)
    press(tab, Qt.Key.Key_Z, modifier=ALT)
    grid = page(tab).grid
    grid.setCurrentIndex(grid.model().index(2, 5))
    count(tab, 3)
    assert view.sign.marketing.approval is None
    press(tab, ENTER)
    assert "全部相符" in view.title.text()


def test_an_unfinished_count_is_there_again_tomorrow(tab, context, qtbot, clinic):
    press(tab, ENTER)
    count(tab, 5, 5)
    again = shown(context, qtbot)
    press(again, Qt.Key.Key_3, modifier=ALT)
    assert "已点 2/6 项" in page(again).count_words.text()
    assert page(again).grid.currentIndex().row() == 2


def test_giving_up_asks_once_and_leaves_the_stock(tab, context, clinic, gift_ids, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(context.alerts, "ask", lambda *words: asked.append(words[1]) or True)
    press(tab, ENTER)
    count(tab, 1)
    page(tab).grid.setFocus()
    press(tab, Qt.Key.Key_Q, modifier=ALT)
    assert len(asked) == 1
    assert current(clinic.db) is None
    assert levels(clinic, gift_ids[0]) == (5, 3)
    assert focus_of(tab) is page(tab).begin_button


def test_the_moves_behind_a_line_are_shown(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 3)
    press(tab, ENTER)
    view = page(tab).comparison
    view.lines.setFocus()
    view.lines.select_key((1, "desk"))
    (move,) = view.moves.rows()
    assert (move.kind, move.quantity, move.staff) == ("transfer", 3, STAFF["marketing"])


def test_a_number_typed_while_the_page_refreshes_is_not_lost(tab, context, qtbot):
    press(tab, ENTER)
    count(tab, 5)
    write(tab, "1")
    qtbot.wait(20)  # what the last number changed is announced and the page reads again
    editor = focus_of(tab)
    assert isinstance(editor, QLineEdit)
    assert editor.text() == "1"


def test_a_count_of_twenty_gifts_takes_little_machine_time(context, qtbot, billing, marketing):
    ids = [add_gift(marketing, code=f"G{n:02d}", name=f"礼品{n}") for n in range(20)]
    for gift_id in ids:
        stocked(marketing, gift_id, warehouse=12, desk=7)
    context.signed_in.set(billing)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_3, modifier=ALT)
    started = time.monotonic()
    press(tab, ENTER)
    count(tab, *[12] * 20, *[7] * 20)
    press(tab, ENTER)
    sign(tab)
    sign(tab)
    assert last_close(context.db) is not None
    assert time.monotonic() - started < 30


def test_history_shows_closed_weeks_and_their_shrinkage(tab, context, clinic, billing, gift_ids):
    friday(billing)
    press(tab, Qt.Key.Key_4, modifier=ALT)
    shown_page = tab.page("history")
    (row,) = shown_page.weeks.rows()
    assert (row.period.week, row.period.marketing_signer) == (TODAY, STAFF["marketing"])
    assert shown_page.lost.rows() == []
    assert "全部相符" in shown_page.lost.empty_text


def test_a_closed_week_says_who_signed_and_offers_the_workbook(tab, context, billing):
    friday(billing)
    press(tab, Qt.Key.Key_1, modifier=ALT)
    press(tab, Qt.Key.Key_3, modifier=ALT)
    assert "已由吴市场和周收费签字结账" in page(tab).begin_words.text()
    assert focus_of(tab) is page(tab).export.save


def test_r144_a_missed_friday_is_done_later_under_its_own_name(
    tab, context, clinic, billing, clock, qtbot
):
    for day, week, words in (
        (TODAY, TODAY, None),
        ("2026-11-23", TODAY, "现在补做；到了本周的核对日照常再核对一次"),
    ):
        clock.day = day
        page(tab).refresh()
        assert f"打开 {week} 的核对" in page(tab).begin_button.text()
        assert (words or "") in page(tab).begin_words.text()
        assert ("\n2026" in page(tab).begin_words.text()) == bool(words)
    dialog = FridayExportDialog(context, None)
    qtbot.addWidget(dialog)
    assert dialog.week.itemText(0) == f"{TODAY}(上周，没有核对)"
    friday(billing)
    page(tab).refresh()
    assert "打开 2026-11-27 的核对" in page(tab).begin_button.text()
    assert "就是 2026-11-27 这一周的核对" in page(tab).begin_words.text()


def test_a_receptionist_reads_who_may_open_the_week(context, qtbot, gift_ids):
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_3, modifier=ALT)
    assert "须由" in page(tab).note._label.text()
    press(tab, ENTER)
    assert "没有这项权限" in told(context)


def test_what_is_posted_after_the_cut_off_is_told_beside_the_line(
    tab, context, clinic, billing, gift_ids
):
    press(tab, ENTER)
    period = current(clinic.db)
    stock.scrap(billing, gift_id=gift_ids[0], quantity=1, place="desk", reason="破损")
    count_all(billing, period.id, **{f"g{gift_ids[0]}_desk": 3})
    page(tab).refresh()
    view = page(tab).comparison
    view.lines.select_key((gift_ids[0], "desk"))
    assert "截止后又变动 -1" in view.moves_title.text()


def test_an_empty_pin_is_no_attempt(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 3)
    press(tab, ENTER)
    for _ in range(6):
        press(tab, ENTER)
    first = page(tab).comparison.sign.marketing
    assert first.pin_field.error == "请输入密码。"
    sign(tab)
    assert first.approval is not None


def test_the_blind_sheet_can_be_taken_along_and_is_on_record(
    tab, context, clinic, qtbot, tmp_path, monkeypatch
):
    target = tmp_path / "sheet.xlsx"
    monkeypatch.setattr(friday_export, "ask_path", lambda _parent, _proposal: target)
    press(tab, ENTER)
    press(tab, Qt.Key.Key_X, modifier=ALT)
    qtbot.waitUntil(lambda: "已导出" in told(context), timeout=20_000)
    sheet = load_workbook(target).active
    numbers = [cell.value for row in sheet.iter_rows() for cell in row if cell.value in (3, 5)]
    assert numbers == []
    action, detail = clinic.db.row(
        Audit.select(Audit.action, Audit.detail).order_by(Audit.seq.desc())
    )
    assert action == "export.workbook"
    assert "sheet.xlsx" in detail
