"""Duties by the keys: tick, leave out, take back, go where the work is, change the list (R151)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from services.commands import Session
from services.duties.board import DONE, OPEN, SKIPPED
from services.duties.records import duties
from tests.services.duties.world import by_key, own, row, rows, take_up
from tests.ui.desk_hands import count_again
from tests.ui.dialog_hands import ENTER, ESC, SPACE, dialog_of, focus, press, write
from tests.ui.gift_hands import told
from ui.context import UiContext
from ui.dialogs.duties import DutiesDialog, DutyHistoryDialog, count_words
from ui.dialogs.duty_settings import DutySettingsDialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.recovery import RecoveryDialog
from ui.dialogs.reports import AdminReports
from ui.widgets.today_strip import TodayStrip

TAB = Qt.Key.Key_Tab


@pytest.fixture
def host(context: UiContext, qtbot: Any) -> QWidget:
    made = QWidget()
    made.resize(1366, 768)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def opened(context: UiContext, host: QWidget, director: Session) -> Callable[..., DutiesDialog]:
    """The window of duties, signed in as somebody, with the chosen one under the cursor."""

    def make(session: Session, key: str = "", about: str = "") -> DutiesDialog:
        context.signed_in.set(session)
        dialog = DutiesDialog(context, host)
        dialog.open()
        if key:
            (wanted,) = [each for each in rows(session, key) if not about or each.about == about]
            assert dialog.table.select_key(wanted.id)
        return dialog

    return make


def test_ticked_in_two_goes(opened, host, marketing, director):
    key = own(director, day=5, points=("一", "二"), post="marketing")
    dialog = opened(marketing, key)
    press(host, ENTER)
    assert focus(host) is dialog.panel.boxes[0]
    press(host, SPACE, ENTER)
    assert "已登记勾选的几项" in told(dialog.context)
    assert row(director, key).state == OPEN
    assert not dialog.panel.boxes[0].isEnabled()
    press(host, ENTER)
    assert focus(host) is dialog.panel.boxes[1]
    press(host, SPACE, "N")
    write(host, "都好")
    press(host, ENTER)
    assert "已登记完成" in told(dialog.context)
    done = row(director, key)
    assert (done.state, done.note, done.done_by) == (DONE, "都好", "吴市场")
    assert "已完成：吴市场 2026-11-20 · 都好" in dialog.panel.state.text()
    assert not dialog.done_button.isEnabled()
    dialog.submit()  # nothing is open any more
    press(host, "B")
    assert "已收回" in told(dialog.context)
    assert row(director, key).state == OPEN


def test_one_without_points_is_two_times_enter(opened, host, director):
    key = own(director, day=5)
    dialog = opened(director, key)
    press(host, ENTER)
    assert focus(host) is dialog.panel.note
    press(host, ENTER)
    assert row(director, key).state == DONE


def test_what_is_left_out_has_a_reason(opened, host, director):
    key = own(director, day=5)
    dialog = opened(director, key)
    press(host, "K")
    assert "请先在这里写明原因" in dialog.panel.note_field.error
    assert focus(host) is dialog.panel.note
    write(host, "停电")
    press(host, "K")
    assert (row(director, key).state, row(director, key).note) == (SKIPPED, "停电")
    assert "记为这次不做" in told(dialog.context)


def test_somebody_elses_is_only_looked_at(opened, host, frontdesk, director):
    key = own(director, day=5, points=("一",), post="marketing")
    dialog = opened(frontdesk, key)
    for made in (dialog.done_button, dialog.skip_button, dialog.back_button, dialog.edit_button):
        assert not made.isEnabled()
    assert "会员管理员、院长" in dialog.edit_button.toolTip()
    press(host, ENTER)
    assert focus(host) is dialog.table
    assert "别的岗位 1 项" in dialog.count.text()
    assert count_words([], "director") == "现在没有要办的事项。"


def test_what_is_typed_stays_when_something_else_changes(opened, host, director, context):
    key = own(director, day=5, points=("一", "二"))
    dialog = opened(director, key)
    press(host, ENTER, SPACE, "N")
    write(host, "写到一半")
    from services.changes import Changes, Kind

    context.bus.announce(Changes((Kind.DUTY,)))
    context.bus.announce(Changes((Kind.VISIT,)))
    assert dialog.panel.ticked() == ("一",)
    assert dialog.panel.note.value() == "写到一半"


def test_enter_leads_to_the_work(opened, host, director, clock, context):
    take_up(director)
    clock.day = "2026-12-02"
    dialog = opened(director, "admin")
    press(host, ENTER)
    reports = dialog_of(dialog, AdminReports)
    reports.work.cancel()
    press(host, ESC)
    assert focus(host) is dialog.table
    assert dialog.table.select_key(row(director, "recovery").id)
    press(host, "O")
    dialog_of(dialog, RecoveryDialog).reject()
    gone: list[tuple[str, str]] = []
    context.navigator.wanted.connect(lambda *where: gone.append(where))
    assert dialog.table.select_key(row(director, "advice").id)
    press(host, "O")
    assert gone == [("followups", "show_letters")]


def test_who_may_not_open_the_work_is_told(opened, frontdesk, director):
    take_up(director)
    dialog = opened(frontdesk, "recovery")
    assert not dialog.open_button.isEnabled()
    assert "院长" in dialog.open_button.toolTip()
    dialog.close()


def test_a_fact_says_what_does_it(opened, host, member_admin, director, clock):
    take_up(director)
    clock.day = "2026-12-01"
    dialog = opened(member_admin, "monday")
    assert "签收，就算完成" in dialog.panel.how.text()
    assert "已过 1 天；之前漏了 1 期，只办这一期" in dialog.panel.state.text()
    assert not dialog.done_button.isEnabled()
    dialog.table.select_key(row(director, "backup").id)
    press(host, ENTER)
    assert focus(host) is dialog.panel.note


def test_history_and_the_paper_of_a_training(opened, host, member_admin, director):
    take_up(director)
    dialog = opened(member_admin, "training", "李前台")
    press(host, ENTER, SPACE, ENTER)
    dialog.table.select_key(next(e.id for e in rows(director, "training") if e.about == "李前台"))
    press(host, "L")
    history = dialog_of(dialog, DutyHistoryDialog)
    found = next(each for each in history.table.rows() if each.about == "李前台")
    assert [point.ticked for point in found.points][:2] == [True, False]
    press(host, ESC)
    press(host, "D")
    paper = dialog_of(dialog, PaperDialog)
    assert paper.paper.title == "员工培训记录"
    paper.reject()


def test_nothing_to_print_about_what_is_about_nobody(opened, host, director):
    dialog = opened(director, own(director, day=5))
    assert not dialog.print_button.isEnabled()
    dialog.print_training()
    assert not dialog.findChildren(PaperDialog)


def test_an_empty_list_does_nothing(opened, host, director):
    dialog = opened(director)
    for act in (dialog.submit, dialog.skip, dialog.take_back, dialog.open_work,
                dialog.open_history, dialog.print_training):  # fmt: skip
        act()
    assert dialog.table.rows() == []


def test_one_of_the_clinics_own_is_added_changed_and_switched_off(opened, host, director):
    dialog = opened(director)
    press(host, "E")
    settings = dialog_of(dialog, DutySettingsDialog)
    press(host, "A")
    write(host, "检查急救箱")
    settings.rhythm.choose("quarter")
    settings.month.setText("2")
    settings.day.setText("")
    settings.submit()
    assert "请填写数量" in settings.day_field.error
    settings.day.setText("25")
    settings.ahead.setText("7")
    settings.post.choose("frontdesk")
    settings.points.setPlainText("药品没过期\n\n血压计能用")
    settings.submit()
    assert "已保存" in told(settings.context)
    (made,) = duties(director.db)
    assert (made.name, made.month, made.day, made.ahead, made.post, made.points) == (
        "检查急救箱", 2, 25, 7, "frontdesk", ("药品没过期", "血压计能用"),
    )  # fmt: skip
    assert not settings.rhythm.isEnabled()
    settings.name.setText("检查急救箱和血压计")
    settings.submit()
    assert duties(director.db)[0].name == "检查急救箱和血压计"
    press(host, "W")
    assert "已停用" in told(settings.context)
    press(host, "W")
    assert "从今天起算" in told(settings.context)
    settings.submit()
    assert "没有改动" in told(settings.context)
    press(host, ESC)
    assert [each.duty.name for each in dialog.table.rows()] == ["检查急救箱和血压计"]


def test_the_form_shows_what_a_rhythm_knows(context, host, director):
    take_up(director)
    context.signed_in.set(director)
    settings = DutySettingsDialog(context, host)
    settings.open()

    def shown() -> list[bool]:
        fields = (settings.weekday_field, settings.month_field, settings.day_field,
                  settings.ahead_field, settings.points_field)  # fmt: skip
        return [not field.isHidden() for field in fields]

    settings.table.select_key(by_key(director, "monday").id)
    assert shown() == [True, False, False, True, False]
    assert not settings.weekday.isEnabled()
    settings.new_duty()
    settings.switch()
    for rhythm, wanted in {
        "day": [True, False, False, False, True],
        "week": [True, False, False, True, True],
        "month": [False, False, True, True, True],
        "year": [False, True, True, True, True],
        "staff": [False, False, True, False, True],
        "once": [False, False, True, False, True],
    }.items():
        settings.rhythm.choose(rhythm)
        assert shown() == wanted, rhythm
    settings.rhythm.choose("day")
    settings.weekday.choose(6)
    settings.name.setText("开门检查")
    settings.submit()
    assert by_key(director, [d.key for d in duties(director.db)][-1]).day == 6
    settings.close()


def test_the_today_strip_counts_and_opens_them(context, host, director, clock, qtbot):
    own(director, day=4, post="frontdesk")
    own(director, "另一项", day=4, post="billing")
    clock.day = "2026-11-27"
    strip = TodayStrip(context)
    strip.setParent(host)
    count_again(strip, qtbot)
    assert strip.buttons["duties"].text() == "事项 1(过期 1)"
    strip.buttons["duties"].click()
    dialog_of(strip, DutiesDialog).reject()
