"""Friday, the rest of it: the sheet read back, single lines counted anew, a week opened again,
the plot, the holidays and the reminder, each by keyboard."""

from __future__ import annotations

import openpyxl
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest

from services.gifts import stock
from services.gifts.appointment import calendar_text, change_calendar
from services.gifts.documents import Wanted
from services.gifts.reconciliation import comparison, count_sheet, current, last_close
from services.gifts.requisitions import (
    Handed,
    receive_requisition,
    request_requisition,
    send_requisition,
)
from services.workbooks.count_sheet import write_count_sheet
from tests.conftest import TODAY
from tests.gift_world import add_gift, friday, stocked
from tests.gift_world import sign as sign_elsewhere
from tests.ui.desk_hands import count_again
from tests.ui.gift_hands import ALT, ENTER, focus_of, press, shown, told, write
from tests.ui.test_friday import GIFTS, count, page, sign
from ui.dialogs.holidays import HolidaysDialog
from ui.theme import DARK, LIGHT
from ui.widgets import friday_sheet
from ui.widgets.plot import Plot, PlotSeries
from ui.widgets.today_strip import TodayStrip, texts_of


@pytest.fixture
def gift_ids(marketing):
    ids = [add_gift(marketing, code=f"G{n}", name=name) for n, name in enumerate(GIFTS)]
    for gift_id in ids:
        stocked(marketing, gift_id, warehouse=5, desk=3)
    return ids


@pytest.fixture
def tab(context, qtbot, billing, gift_ids):
    context.signed_in.set(billing)
    made = shown(context, qtbot)
    press(made, Qt.Key.Key_3, modifier=ALT)
    return made


@pytest.fixture
def filled(clinic, tmp_path):
    """Fill in the open week's sheet with what lies there, changed by (row, count) pairs."""

    def fill(number, *changes):
        path = tmp_path / "sheet.xlsx"
        write_count_sheet(clinic, path, reconciliation_id=number)
        book = openpyxl.load_workbook(path)
        for row, line in enumerate(count_sheet(clinic.db, number), 4):
            level = stock.level(clinic.db, line.gift_id, line.place)
            book["清点"].cell(row, 6).value = level
        for row, counted in changes:
            book["清点"].cell(row, 6).value = counted
        book.save(path)
        return path

    return fill


def read_back(tab, qtbot, monkeypatch, path):
    """Alt+B, and the file that is chosen."""
    monkeypatch.setattr(friday_sheet, "ask_sheet", lambda *_: path)
    press(tab, Qt.Key.Key_B, modifier=ALT)
    qtbot.waitUntil(lambda: not page(tab).sheet_back.work.busy, timeout=20_000)


# -- the sheet ---------------------------------------------------------------------------------


def test_a_good_sheet_is_taken_over_and_enter_compares(
    tab,
    context,
    clinic,
    qtbot,
    monkeypatch,
    filled,
):
    press(tab, ENTER)
    number = current(clinic.db).id
    read_back(tab, qtbot, monkeypatch, filled(number))
    assert "已采用清点表上的 6 个数，0 项不变，还有 0 项没有清点" in told(context)
    assert focus_of(tab) is page(tab).compare_button
    press(tab, ENTER)
    assert "全部相符" in page(tab).comparison.title.text()


def test_a_sheet_with_problems_takes_nothing_unless_somebody_says_so(
    tab,
    context,
    clinic,
    qtbot,
    monkeypatch,
    filled,
):
    press(tab, ENTER)
    path = filled(current(clinic.db).id, (5, "约 3"), (6, None))
    read_back(tab, qtbot, monkeypatch, path)
    problems = page(tab).problems
    assert [row.row for row in problems.list.rows()] == [5, 6]
    assert "有 2 处问题，一个数也没有采用" in problems.title.text()
    assert focus_of(tab) is problems.leave
    assert tab.act_back()
    assert "已点 0/6 项" in page(tab).count_words.text()
    read_back(tab, qtbot, monkeypatch, path)
    press(tab, Qt.Key.Key_T, modifier=ALT)
    assert "已采用清点表上的 4 个数" in told(context)
    assert "已点 4/6 项" in page(tab).count_words.text()
    assert focus_of(tab) is page(tab).grid
    press(tab, Qt.Key.Key_B, modifier=ALT)  # the same sheet again: only its problems are left
    qtbot.waitUntil(lambda: not page(tab).sheet_back.work.busy, timeout=20_000)
    assert problems.good.isHidden()
    press(tab, ENTER)
    assert focus_of(tab) is page(tab).grid


def test_a_sheet_that_brings_nothing_new_says_so(
    tab,
    context,
    clinic,
    qtbot,
    monkeypatch,
    filled,
):
    press(tab, ENTER)
    path = filled(current(clinic.db).id)
    read_back(tab, qtbot, monkeypatch, path)
    read_back(tab, qtbot, monkeypatch, path)
    assert "和已经填的一样" in page(tab).problems.title.text()
    press(tab, ENTER)
    assert focus_of(tab) is page(tab).compare_button


def test_another_file_is_refused_in_a_sentence(
    tab,
    context,
    clinic,
    qtbot,
    monkeypatch,
    tmp_path,
):
    press(tab, ENTER)
    monkeypatch.setattr(friday_sheet, "ask_sheet", lambda *_: None)
    press(tab, Qt.Key.Key_B, modifier=ALT)
    read_back(tab, qtbot, monkeypatch, tmp_path / "nowhere.xlsx")
    assert "没有找到这个文件" in told(context)
    assert page(tab).sheet_back.open.isEnabled()


# -- one line counted anew ---------------------------------------------------------------------


def test_one_line_is_counted_anew_beside_the_book(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 2)
    press(tab, ENTER)
    view = page(tab).comparison
    view.sign.start()
    sign(tab)
    view.lines.setFocus()
    view.lines.select_key((3, "desk"))
    press(tab, Qt.Key.Key_N, modifier=ALT)
    assert focus_of(tab) is view.again_count
    press(tab, ENTER)
    assert view.again_field.error == "请填写数量(整数)。"
    write(tab, "3")
    press(tab, ENTER)
    assert "全部相符" in view.title.text()
    assert view.sign.marketing.approval is None  # a number changed: whoever signed signs again
    assert focus_of(tab) is view.lines
    view.lines.select_key((3, "desk"))
    assert "原点 2 → 复点 3(周收费" in view.notes.text()
    index = view.lines.currentIndex().siblingAtColumn(10)
    assert index.data() == "2 → 3"


def test_a_recount_that_still_differs_asks_for_its_reason(tab, context, clinic):
    press(tab, ENTER)
    count(tab, 5, 5, 5, 3, 3, 2)
    press(tab, ENTER)
    view = page(tab).comparison
    press(tab, Qt.Key.Key_N, modifier=ALT)
    write(tab, "1")
    press(tab, ENTER)
    assert focus_of(tab) is view.reason
    assert "▼ 短少 2" in view.reason_card.heading.text()


def test_a_short_delivery_is_offered_as_the_reason(
    context,
    qtbot,
    clinic,
    billing,
    marketing,
    gift_ids,
):
    asked = request_requisition(billing, lines=(Wanted(gift_ids[0], 4),)).document_id
    send_requisition(marketing, document_id=asked, lines=(Handed(gift_ids[0], 4),))
    got = (Handed(gift_ids[0], 3, "路上摔坏"),)
    receive_requisition(billing, document_id=asked, lines=got)
    context.signed_in.set(billing)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_3, modifier=ALT)
    press(tab, ENTER)
    count(tab, 1, 5, 5, 6, 3, 3)
    press(tab, ENTER)
    view = page(tab).comparison
    assert "短少 1：路上摔坏" in view.reason.text()
    assert "原因已代填" in view.notes.text()
    press(tab, ENTER)
    (row,) = [r for r in comparison(clinic.db, current(clinic.db).id) if r.difference]
    assert row.reason.endswith("短少 1：路上摔坏")


# -- opened again ------------------------------------------------------------------------------


def test_the_director_opens_the_newest_week_again_with_a_reason(
    context,
    qtbot,
    clinic,
    billing,
    director,
    gift_ids,
):
    first = friday(billing)
    context.signed_in.set(director)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_4, modifier=ALT)
    history = tab.page("history")
    press(tab, Qt.Key.Key_W, modifier=ALT)
    assert focus_of(tab) is history.reason
    press(tab, ENTER)
    assert "请写明为什么要重新打开" in told(context)
    write(tab, "漏点一盒")
    press(tab, ENTER)
    assert "孙院长重新打开了这一周(漏点一盒)" in page(tab).corrects.text()
    view = page(tab).comparison
    assert focus_of(tab) is view.lines
    view.lines.select_key((gift_ids[0], "desk"))
    press(tab, Qt.Key.Key_N, modifier=ALT)
    write(tab, "4")
    press(tab, ENTER)
    write(tab, "漏点")
    press(tab, ENTER)
    assert last_close(clinic.db).id == first
    sign_elsewhere(billing, current(clinic.db).id)
    press(tab, Qt.Key.Key_4, modifier=ALT)
    (row,) = history.weeks.rows()
    assert (row.period.id, row.corrected.id) == (2, first)
    assert "更正：漏点一盒(孙院长重新打开)" in history.reopen_words.text()
    assert page(tab).corrects.isHidden() or current(clinic.db) is None


def test_others_read_who_may_open_a_week_again(tab, context, clinic, billing):
    friday(billing)
    press(tab, Qt.Key.Key_4, modifier=ALT)
    history = tab.page("history")
    assert "须由院长登录后操作" in history.reopen_words.text()
    assert history.form.isHidden()


def test_giving_a_correction_up_says_that_the_old_close_stays(
    context,
    qtbot,
    clinic,
    billing,
    director,
    gift_ids,
    monkeypatch,
):
    first = friday(billing)
    context.signed_in.set(director)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_4, modifier=ALT)
    press(tab, Qt.Key.Key_W, modifier=ALT)
    write(tab, "漏点一盒")
    press(tab, ENTER)
    asked = []
    monkeypatch.setattr(context.alerts, "ask", lambda *words: asked.append(words[1]) or True)
    press(tab, Qt.Key.Key_Q, modifier=ALT)
    assert "原来已签字的核对继续有效" in asked[0]
    assert last_close(clinic.db).id == first


# -- the plot ----------------------------------------------------------------------------------


@pytest.fixture
def plot(theme, qtbot):
    made = Plot("近八周盈亏(件)", signed=True)
    qtbot.addWidget(made)
    made.resize(420, 220)
    series = [PlotSeries("全部礼品", (-1, 0, 4)), PlotSeries("牙膏", (0, 0, 4))]
    made.set_data(("2026-11-06", "2026-11-13", "2026-11-20"), series)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_plot_is_read_with_the_arrows(plot):
    assert plot.words() == "全部礼品 · 2026-11-20：+4"
    QTest.keyClick(plot, Qt.Key.Key_Left)
    QTest.keyClick(plot, Qt.Key.Key_Left)
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert plot.words() == "全部礼品 · 2026-11-06：-1"
    QTest.keyClick(plot, Qt.Key.Key_Down)
    assert plot.words() == "牙膏 · 2026-11-06：0"
    assert plot.accessibleDescription() == "牙膏：2026-11-06 0，2026-11-13 0，2026-11-20 +4"
    QTest.keyClick(plot, Qt.Key.Key_A)
    plot.show_series("没有这一种")
    assert plot.current().name == "牙膏"


def test_the_plot_is_read_with_the_mouse(plot):
    def move(x):
        where = QPointF(x, 100)
        no = Qt.MouseButton.NoButton
        event = QMouseEvent(
            QEvent.Type.MouseMove, where, where, no, no, Qt.KeyboardModifier.NoModifier
        )
        plot.mouseMoveEvent(event)

    move(40)
    assert "2026-11-06" in plot.words()
    move(2000)
    assert "2026-11-06" in plot.words()


def test_the_plot_paints_in_light_and_dark_and_with_nothing(plot, theme):
    pictures = []
    for shades in (LIGHT, DARK):
        theme.use(shades)
        pictures.append(plot.grab().toImage())
    theme.use(LIGHT)
    assert pictures[0] != pictures[1]
    plot.set_data(("2026-11-06",), [PlotSeries("全部礼品", (0,))])
    plot.grab()
    plot.set_data((), [])
    plot.grab()
    assert plot.words() == "还没有可以画的数字。"
    QTest.keyClick(plot, Qt.Key.Key_Left)


def test_history_plots_the_gift_that_is_looked_at(
    tab,
    context,
    clinic,
    billing,
    marketing,
    gift_ids,
    clock,
):
    friday(billing)
    stocked(marketing, gift_ids[0], warehouse=1, desk=0)
    press(tab, Qt.Key.Key_4, modifier=ALT)
    plot = tab.page("history").plot
    assert plot.words() == f"全部礼品 · {TODAY}：0"


# -- holidays and the reminder -----------------------------------------------------------------


def test_the_list_of_holidays_says_what_it_moves_and_is_saved(context, qtbot, clinic, member_admin):
    context.signed_in.set(member_admin)
    dialog = HolidaysDialog(context, None)
    with qtbot.waitExposed(dialog):
        dialog.show()
    assert "2027-01-01 提前到 2026-12-31(元旦)" in dialog.moved.text()
    dialog.text.setPlainText("2026-12-04 休\n明天")
    assert "第 2 行看不懂" in dialog.moved.text()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, control)
    assert "第 2 行看不懂" in dialog.context.alerts.bar.sentence
    dialog.text.setPlainText("2026-12-04 休")
    assert "2026-12-04 提前到 2026-12-03(放假)" in dialog.moved.text()
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, control)
    assert calendar_text(clinic.db) == "2026-12-04 休\n"


def test_an_empty_list_moves_nothing_and_the_shipped_one_comes_back(context, qtbot, director):
    context.signed_in.set(director)
    change_calendar(director, text="")
    dialog = HolidaysDialog(context, None)
    qtbot.addWidget(dialog)
    assert dialog.moved.text() == "今后一年没有要提前的核对。"
    dialog.restore.click()
    assert "元旦" in dialog.moved.text()


def test_many_moved_counts_are_named_in_part(context, qtbot, director):
    change_calendar(
        director,
        text="\n".join(f"2026-12-{day:02d} 休" for day in (4, 11, 18, 25))
        + "\n"
        + "\n".join(f"2027-01-{day:02d} 休" for day in (1, 8, 15)),
    )
    context.signed_in.set(director)
    dialog = HolidaysDialog(context, None)
    qtbot.addWidget(dialog)
    assert dialog.moved.text().endswith("；等 7 次")


@pytest.mark.parametrize(
    ("days", "because", "text"),
    [
        (0, "国庆节", "周五核对 今天(因国庆节提前)"),
        (2, "国庆节", "周五核对 2 天后(因国庆节提前)"),
        (-1, "国庆节", "周五核对 过了 1 天"),
        (0, "", "周五核对 今天"),
    ],
)
def test_the_strip_says_why_the_count_is_early(days, because, text):
    from services.desk.today import TodayCounts

    counts = TodayCounts(
        0, 0, 0, 0, 0, days,
        reconciliation_open=False, friday_missed=False, friday_moved_by=because,
    )  # fmt: skip
    assert texts_of(counts)["friday"] == text


def test_a_missed_friday_reminds_once_a_day_and_leads_there(
    context,
    qtbot,
    clinic,
    clock,
    gift_ids,
):
    strip = TodayStrip(context)
    qtbot.addWidget(strip)
    wanted = []
    context.navigator.wanted.connect(lambda *where: wanted.append(where))
    clock.day = "2026-11-23"
    context.alerts.banner("别的提示", "info")
    count_again(strip, qtbot)
    assert told(context) == "别的提示"  # another notice is not covered
    context.alerts.bar.dismiss()
    count_again(strip, qtbot)
    assert "2026-11-20 没有核对礼品，请现在补做" in told(context)
    context.alerts.bar._action.click()
    assert wanted == [("gifts", "show_reconciliation")]
    assert not context.alerts.bar.sentence
    count_again(strip, qtbot)
    assert not context.alerts.bar.sentence
    clock.day = "2026-11-24"
    count_again(strip, qtbot)
    assert context.alerts.bar.sentence
    context.alerts.banner("又一条", "info")
    assert context.alerts.bar._action.isHidden()


def test_the_reminder_says_what_can_still_be_done(
    context,
    qtbot,
    clinic,
    clock,
    director,
    gift_ids,
):
    strip = TodayStrip(context)
    qtbot.addWidget(strip)
    clock.day = "2026-11-21"
    count_again(strip, qtbot)
    assert "2026-11-20 没有核对礼品，请现在补做" in told(context)
    clock.day = "2026-11-26"
    change_calendar(director, text="2026-11-26 至 2026-11-27 休 店庆")
    context.alerts.bar.dismiss()
    count_again(strip, qtbot)
    assert "因店庆提前到 2026-11-25，还没有做，请现在补做" in told(context)
    change_calendar(director, text="")
    clock.day = "2026-11-27"
    context.alerts.bar.dismiss()
    count_again(strip, qtbot)
    assert "2026-11-20 没有核对礼品，它并入下一次核对" in told(context)
