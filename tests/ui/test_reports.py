"""The reports by the keys: look, go back a week, sign, call, print, keep (R137, R138, R150)."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from models.followup import FollowupTask
from models.system import Audit
from services.clock import ManualClock
from services.commands import Session
from services.reports.handed import MONDAY, handed
from tests.conftest import STAFF
from tests.desk_world import consent
from tests.money_world import member, session_of
from tests.ui.dialog_hands import ENTER, dialog_of, focus, gives_word, press, top, write
from ui.context import UiContext
from ui.dialogs import clear_export as clear_dialog
from ui.dialogs import reports as report_dialogs
from ui.dialogs.clear_export import ClearExportDialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.reports import (
    AdminReports,
    Analysis,
    DailyReports,
    MonthReports,
    PointReports,
    ReportsDialog,
)
from ui.menus import DIALOGS
from ui.widgets import friday_export


@pytest.fixture
def window(context: UiContext, qtbot, clock: ManualClock, frontdesk: Session) -> QWidget:
    """The Monday after two joined, with the member administrator signed in."""
    for _ in range(2):
        consent(frontdesk, member(frontdesk, 2000), True)
    clock.day = "2026-11-23"
    context.signed_in.set(session_of(context.clinic, "member_admin"))
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    return made


def opened(context, window, qtbot, kind=ReportsDialog):
    made = kind(context, window)
    made.open()
    settled(qtbot, made)
    return made


def settled(qtbot, dialog) -> None:
    qtbot.waitUntil(lambda: not dialog.work.busy and not dialog.saver.work.busy)
    QTest.qWait(0)


def texts(dialog, page: int = 0) -> list[list[str]]:
    table = dialog.pages.widget(page).table
    return [[column.text(row) for column in table._rows.columns] for row in table.rows()]


def test_r137_monday_opens_with_last_week_read(context, window, qtbot) -> None:
    dialog = opened(context, window, qtbot)
    assert (dialog.filters.first.text(), dialog.filters.last.text()) == (
        "2026-11-16",
        "2026-11-22",
    )
    assert focus(window) is dialog.filters.choice
    assert [row[1] for row in texts(dialog)] == ["王**", "王**"]
    assert dialog.pages.tabText(0) == "新增会员 2"
    assert dialog.state.text() == "还没有移交签收。"
    assert dialog.sign_button.isEnabled()
    assert not dialog.calls_button.isVisible()
    assert not dialog.clear_button.isVisible()


def test_a_week_back_and_on_by_the_keys_and_no_further(context, window, qtbot) -> None:
    dialog = opened(context, window, qtbot)
    press(window, "B")
    settled(qtbot, dialog)
    assert dialog.filters.first.text() == "2026-11-09"
    assert dialog.pages.tabText(0) == "新增会员 0"
    press(window, "N", "N")
    settled(qtbot, dialog)
    assert dialog.filters.first.text() == "2026-11-23"
    press(window, "N")
    assert "还没有可统计的日子" in dialog.filters.error.text()
    assert focus(window) is dialog.filters.first


def test_days_are_typed_and_wrong_ones_refused(context, window, qtbot) -> None:
    dialog = opened(context, window, qtbot)
    dialog.filters.first.setText("hm")
    dialog.filters.first.setFocus()
    press(window, ENTER)
    assert "日期写成" in dialog.filters.error.text()
    dialog.filters.first.setText("2026.11.20")
    dialog.filters.last.setText("20261119")
    press(window, ENTER)
    assert "对调" in dialog.filters.error.text()
    assert not dialog.saver.save.isEnabled()  # the screen still shows other days
    assert not dialog.print_button.isEnabled()
    assert not dialog.sign_button.isEnabled()
    dialog.filters.last.setText("20261120")
    press(window, ENTER)
    settled(qtbot, dialog)
    assert not dialog.filters.error.isVisible()
    assert dialog.shown.ask.last == "2026-11-20"
    assert dialog.saver.save.isEnabled()


def test_another_report_by_its_first_letters(context, window, qtbot) -> None:
    dialog = opened(context, window, qtbot)
    QTest.keyClicks(focus(window), "dzrb")
    settled(qtbot, dialog)
    assert dialog.filters.report.name == "visits-day"
    assert dialog.filters.first.text() == "2026-11-23"
    assert dialog.shown.report.name == "visits-day"
    assert "等了多久" in dialog.filters.about.text()
    assert not dialog.sign_button.isVisible()


def test_r137_marketing_signs_and_it_is_said(context, window, qtbot, clinic, monkeypatch) -> None:
    asked = gives_word(monkeypatch, report_dialogs, "marketing")
    dialog = opened(context, window, qtbot)
    press(window, "S")
    settled(qtbot, dialog)
    assert asked == ["签收周一会员档案汇总，2026-11-16 至 2026-11-22，共 2 人。"]
    assert handed(clinic.db, MONDAY, "2026-11-16", "2026-11-22").rows == 2
    assert dialog.state.text() == "已签收：郑管理移交，吴市场于 2026-11-23 签收，2 人。"
    press(window, "S")
    assert "内容没有变化" in dialog.context.alerts.bar.sentence
    clinic.db.execute_sql("UPDATE person SET address = '路' WHERE id = 1")
    press(window, ENTER)
    settled(qtbot, dialog)
    assert "此后内容有变动，可再次移交" in dialog.state.text()
    monkeypatch.setattr(report_dialogs, "ask_approval", lambda *_, **__: None)
    press(window, "S")


def test_r138_the_calls_are_made_and_counted(context, window, qtbot, clinic) -> None:
    dialog = opened(context, window, qtbot, MonthReports)
    assert dialog.filters.first.text() == "2026-10-01"
    press(window, "N")
    settled(qtbot, dialog)
    assert len(texts(dialog, 1)) == 2
    press(window, "C")
    settled(qtbot, dialog)
    assert dialog.context.alerts.bar.sentence == (
        "列出 2 件未领礼品，新生成 2 个回访，今天可以打。"
    )
    press(window, "C")
    settled(qtbot, dialog)
    assert "新生成 0 个回访" in dialog.context.alerts.bar.sentence
    assert FollowupTask.select().count(clinic.db) == 2


def test_the_whole_report_is_kept_as_a_workbook_and_on_record(
    context, window, qtbot, clinic, tmp_path: Path, monkeypatch
) -> None:
    dialog = opened(context, window, qtbot)
    path = tmp_path / dialog.saver.file_name()
    assert path.name == "周一会员档案汇总_2026-11-16_2026-11-22.xlsx"
    monkeypatch.setattr(friday_export, "ask_path", lambda *_: path)
    with qtbot.waitSignal(dialog.saver.written):
        press(window, "X")
    assert openpyxl.load_workbook(path).sheetnames == ["新增会员", "按方案和等级"]
    last = clinic.db.row(Audit.select(Audit.action).order_by(Audit.seq.desc()))
    assert last == ("export.workbook",)
    assert dialog.saver.show_file.isVisible()


def test_ctrl_p_shows_it_as_it_comes_out_of_the_printer(context, window, qtbot) -> None:
    dialog = opened(context, window, qtbot)
    QTest.keyClick(focus(window), Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, dialog)
    shown = dialog_of(dialog, PaperDialog)
    assert shown.paper.title == "周一会员档案汇总"
    shown.reject()


def printed(context, window, qtbot) -> PaperDialog:
    dialog = opened(context, window, qtbot)
    press(window, "D")
    settled(qtbot, dialog)
    return dialog_of(dialog, PaperDialog)


def test_r144_a_report_kept_as_a_pdf_is_an_export_and_on_record(
    context, window, qtbot, clinic, tmp_path: Path
) -> None:
    shown = printed(context, window, qtbot)
    shown.write_pdf(tmp_path / "周一.pdf")
    assert (tmp_path / "周一.pdf").read_bytes().startswith(b"%PDF")
    last = clinic.db.row(Audit.select(Audit.action, Audit.detail).order_by(Audit.seq.desc()))
    assert last == ("export.workbook", '{"name":"周一.pdf","rows":3}')
    shown.reject()


def test_r144_who_may_not_export_prints_but_keeps_no_file(
    context, window, qtbot, clinic, tmp_path: Path
) -> None:
    context.signed_in.set(session_of(clinic, "frontdesk"))
    shown = printed(context, window, qtbot)
    assert shown.print_button.isEnabled()
    assert not shown.pdf_button.isEnabled()
    assert "须由收费、市场、会员管理员、院长登录" in shown.pdf_button.toolTip()
    shown.write_pdf(tmp_path / "周一.pdf")
    assert "没有这项权限" in shown.context.alerts.bar.sentence
    assert list(tmp_path.glob("*.pdf")) == []
    shown.reject()


def test_r137_what_changed_while_the_dialog_was_open_is_not_signed_for(
    context, window, qtbot, clinic, monkeypatch
) -> None:
    gives_word(monkeypatch, report_dialogs, "marketing")
    dialog = opened(context, window, qtbot)
    clinic.db.execute_sql("UPDATE person SET address = '路' WHERE id = 1")
    press(window, "S")
    assert dialog.context.alerts.bar.sentence == "内容已变，请再看一遍。"
    assert handed(clinic.db, MONDAY, "2026-11-16", "2026-11-22") is None
    press(window, ENTER)
    settled(qtbot, dialog)
    press(window, "S")
    settled(qtbot, dialog)
    assert handed(clinic.db, MONDAY, "2026-11-16", "2026-11-22") is not None


def test_days_of_another_age_are_one_sentence(context, window, qtbot) -> None:
    dialog = opened(context, window, qtbot)
    for first, last in (("9999-12-31", "9999-12-31"), ("0001-01-01", "0001-01-02")):
        dialog.filters.first.setText(first)
        dialog.filters.last.setText(last)
        dialog.filters.first.setFocus()
        press(window, ENTER)
        assert "2000-01-01 到 2100-12-31 之间" in dialog.filters.error.text()
    dialog.filters.first.setText("2000-01-01")
    dialog.filters.last.setText("2000-01-02")
    dialog.filters.choice.setFocus()
    press(window, "B")
    assert "2000-01-01 到 2100-12-31 之间" in dialog.filters.error.text()
    assert dialog.filters.first.text() == "2000-01-01"


def test_r144_the_friday_report_takes_one_week_and_says_its_own_days(
    context, window, qtbot
) -> None:
    dialog = opened(context, window, qtbot)
    dialog.filters.choice.choose("friday")
    settled(qtbot, dialog)
    dialog.filters.first.setText("2026-11-16")
    dialog.filters.last.setText("2026-11-22")
    press(window, ENTER)
    settled(qtbot, dialog)
    assert (dialog.shown.ask.first, dialog.shown.ask.last) == ("2026-11-14", "2026-11-20")
    assert dialog.saver.file_name() == "周五核对_2026-11-14_2026-11-20.xlsx"
    dialog.filters.last.setText("2026-11-23")
    press(window, ENTER)
    assert "一次只看一周" in dialog.filters.error.text()


def test_a_list_in_clear_text_needs_a_reason_and_a_second_person(
    context, window, qtbot, clinic, tmp_path: Path, monkeypatch
) -> None:
    asked = gives_word(monkeypatch, clear_dialog, "director")
    path = tmp_path / "名单.xlsx"
    names: list[str] = []
    monkeypatch.setattr(friday_export, "ask_path", lambda _, file: names.append(file.name) or path)
    dialog = opened(context, window, qtbot, Analysis)
    dialog.filters.choice.choose("group-list")
    settled(qtbot, dialog)
    assert dialog.filters.people.isVisible()
    assert not dialog.filters.first.isEnabled()
    dialog.filters.tier.choose("普通会员")
    settled(qtbot, dialog)
    press(window, "L")
    assert isinstance(top(window), ClearExportDialog)
    press(window, ENTER)
    assert "为什么" in top(window).field.error
    write(window, "寄请柬")
    with qtbot.waitSignal(dialog.saver.written):
        press(window, ENTER)
    assert asked == ["条件：等级 普通会员，共 2 人。　用途：寄请柬"]
    assert names == ["客户分组名单_2026-11-23(明文).xlsx"]
    sheet = openpyxl.load_workbook(path)["名单"]
    assert sheet["B4"].value == "王小明"
    assert f"导出人 {STAFF['member_admin']}" in sheet.oddHeader.center.text
    assert dialog.saver.wanted.clear == 0  # the next one is masked again
    actions = [row[0] for row in clinic.db.rows(Audit.select(Audit.action).order_by(Audit.seq))]
    assert actions[-2:] == ["export.clear", "export.workbook"]


def test_the_second_person_went_away(context, window, qtbot, clinic, monkeypatch) -> None:
    monkeypatch.setattr(clear_dialog, "ask_approval", lambda *_, **__: None)
    dialog = opened(context, window, qtbot, Analysis)
    dialog.filters.choice.choose("group-list")
    settled(qtbot, dialog)
    dialog.filters.idle.setText("3")
    press(window, ENTER)
    settled(qtbot, dialog)
    assert dialog.shown.ask.filters.idle_months == 3
    press(window, "L")
    write(window, "寄请柬")
    press(window, ENTER)
    assert isinstance(top(window), ClearExportDialog)
    assert Audit.select().where(Audit.action == "export.clear").count(clinic.db) == 0


def test_who_may_not_is_told_before(context, window, qtbot, clinic) -> None:
    context.signed_in.set(session_of(clinic, "marketing"))
    dialog = opened(context, window, qtbot)
    assert not dialog.sign_button.isEnabled()
    assert "须由前台、会员管理员、院长登录后操作" in dialog.sign_button.toolTip()
    context.signed_in.set(session_of(clinic, "frontdesk"))
    desk = opened(context, window, qtbot, PointReports)
    names = [desk.filters.choice.itemData(n) for n in range(desk.filters.choice.count())]
    assert "liability" not in names
    assert "group-list" not in names
    assert {"monday-members", "visits-day", "followups"} <= set(names)


def test_a_plot_stands_beside_the_members_of_each_tier(context, window, qtbot) -> None:
    dialog = opened(context, window, qtbot, AdminReports)
    page = dialog.pages.widget(0)
    assert page.plot.words() == "期末 · 普通会员：2"
    assert "期末 2" in page.total.text()
    assert dialog.pages.widget(2).plot is None


def test_what_was_asked_last_is_what_is_shown(context, window, qtbot) -> None:
    dialog = ReportsDialog(context, window)
    dialog.open()
    assert dialog.work.busy
    dialog.filters.choice.choose("sources")
    settled(qtbot, dialog)
    qtbot.waitUntil(lambda: dialog.shown is not None and not dialog.work.busy)
    assert dialog.shown.report.name == "sources"
    assert dialog.pages.count() == 3


@pytest.mark.parametrize("kind", [DailyReports, PointReports])
def test_each_entry_of_the_menu_begins_with_its_own(context, window, qtbot, kind) -> None:
    dialog = opened(context, window, qtbot, kind)
    assert dialog.shown.report.name == kind.starts_with
    classes = {entry[1] for entry in DIALOGS.values() if entry[0] == "reports"}
    assert kind.__name__ in classes
