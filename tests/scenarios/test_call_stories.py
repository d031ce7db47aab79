"""Stories of calls, told by the keys that were pressed (E66, R146–R149)."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from models.followup import Request
from models.people import Complaint
from services.clinic import Clinic
from services.clock import ManualClock, plus_days
from services.commands import Session
from services.followups.assigning import tasks_of_staff
from services.followups.call_counts import waiting_papers
from services.followups.call_list import calls_today
from services.followups.calls import attempts_of, create_task
from services.people.enrolment import PersonForm, enrol
from services.people.records import consents_of
from tests.conftest import TODAY
from tests.scenarios.conftest import Desk
from tests.ui.desk_hands import looked
from ui.widgets.call_page import CallPage


@pytest.fixture
def three(frontdesk: Session) -> list[int]:
    """王一, 李二 and 张三, to be called today in this order."""
    found = []
    for number, name in enumerate(("王一", "李二", "张三")):
        form = PersonForm(name=name, sex="F", phone=f"1381234567{number}", address="人民路 1 号")
        found.append(enrol(frontdesk, form=form, consents={"marketing"}).person_id)
        create_task(frontdesk, person_id=found[-1], due_on=TODAY, subject="问复查时间")
    return found


def page(desk: Desk) -> CallPage:
    shown = desk.tab("followups").page("calls")
    assert isinstance(shown, CallPage)
    return shown


def outcomes(clinic: Clinic, person_id: int) -> list[str]:
    return [call.outcome for call in attempts_of(clinic.db, person_id)]


def names(desk: Desk) -> list[str]:
    return [row.name for row in page(desk).calls.rows()]


def test_a_morning_of_calls_is_two_keys_each(desk: Desk, clinic: Clinic, three: list[int]) -> None:
    desk.press("F9", "1", "3", "4")
    assert [outcomes(clinic, each)[0] for each in three] == ["fine", "no_answer", "busy"]
    assert "今天的电话都打完了" in desk.told


def test_a_wrong_key_is_taken_back_and_the_right_one_pressed(
    desk: Desk, clinic: Clinic, three: list[int]
) -> None:
    desk.press("F9", "5", "Ctrl+Z")
    assert "已撤销刚才的登记：王一" in desk.told
    assert names(desk) == ["王一", "李二", "张三"]
    desk.press("1")
    assert outcomes(clinic, three[0]) == ["fine"]


def test_ctrl_z_from_another_tab_takes_the_call_back_as_well(
    desk: Desk, clinic: Clinic, three: list[int]
) -> None:
    desk.press("F9", "1", "Ctrl+3", "Ctrl+Z")
    assert outcomes(clinic, three[0]) == []
    assert desk.told == "已撤销刚才的回访登记。"


def test_without_a_call_of_ones_own_ctrl_z_means_the_last_posting(
    desk: Desk, three: list[int]
) -> None:
    desk.press("F9", "Ctrl+Z")
    assert "不能用 Ctrl+Z 撤销" in desk.told


def test_not_this_week_then_in_three_days(
    desk: Desk, clinic: Clinic, clock: ManualClock, three: list[int]
) -> None:
    desk.press("F9", "7", "3")
    assert names(desk) == ["李二", "张三"]
    desk.press("7", "Enter")
    desk.type("20261201").press("Enter")
    assert names(desk) == ["张三"]
    found = [row.name for row in calls_today(clinic.db, plus_days(TODAY, 3))]
    assert found == ["张三", "王一"]


def test_putting_off_is_given_up_with_esc(desk: Desk, clinic: Clinic, three: list[int]) -> None:
    desk.press("F9", "7", "Esc", "1")
    assert outcomes(clinic, three[0]) == ["fine"]


def test_not_called_and_why(desk: Desk, clinic: Clinic, three: list[int]) -> None:
    desk.press("F9", "8")
    desk.type("正在住院").press("Enter")
    (call,) = attempts_of(clinic.db, three[0])
    assert (call.outcome, call.note) == ("not_called", "正在住院")


def test_not_satisfied_is_a_complaint_before_the_next_call(
    desk: Desk, clinic: Clinic, three: list[int]
) -> None:
    desk.press("F9", "Alt+Q", "1")
    assert "不满意已转投诉" in desk.told
    assert Complaint.select().count(clinic.db) == 1
    assert outcomes(clinic, three[0]) == ["fine"]


def test_a_request_goes_to_a_colleague(
    desk: Desk, clinic: Clinic, billing: Session, three: list[int]
) -> None:
    desk.press("F9", "Alt+L", "2")
    desk.type("还有点疼")
    page(desk).panel.owner.choose(billing.actor.id)
    desk.press("Enter")
    (row,) = Request.select().execute(clinic.db)
    assert (row.owner_id, row.due_on) == (billing.actor.id, TODAY)
    assert "要求已交处理人" in desk.told


def test_three_times_nobody_and_then_a_letter(
    desk: Desk, clinic: Clinic, clock: ManualClock, three: list[int], qtbot: Any
) -> None:
    for _ in range(3):
        desk.press("F9")
        page(desk).calls.select_key(three[0])
        desk.press("3")
        clock.day = next(row.next_on for row in attempts_of(clinic.db, three[0]))
        page(desk).refresh()
    desk.press("F9")
    page(desk).calls.select_key(three[0])
    desk.press("9")
    assert "改寄信函。在“3 信函短信”里打印" in desk.told
    assert waiting_papers(clinic.db, clock.day)["letter"] == 1
    looked(page(desk), qtbot)
    assert "信函 1 待发" in page(desk).aside.text()


def test_no_means_no_at_once(desk: Desk, clinic: Clinic, three: list[int]) -> None:
    desk.press("F9", "6")
    assert not consents_of(clinic.db, three[0])["marketing"].granted
    desk.press("Ctrl+Z")
    assert "不能撤销" in desk.told


def test_calls_are_shared_out_and_each_sees_their_own(
    desk: Desk, clinic: Clinic, billing: Session, three: list[int]
) -> None:
    desk.press("F9", "Shift+Down", "Alt+G")
    (dialog,) = [each for each in desk.window.findChildren(QDialog) if each.isVisible()]
    assert dialog.what.currentText() == "选中的 2 位"
    dialog.to.choose(billing.actor.id)
    desk.press("Enter")
    assert desk.told == "已把 2 个回访交给周收费。"
    assert tasks_of_staff(clinic.db, billing.actor.id) == 2
    assert [row.assigned for row in page(desk).calls.rows()] == [("周收费",), ("周收费",), ()]
    page(desk).filter.whose.choose("nobody")
    page(desk).filter.changed.emit()
    assert names(desk) == ["张三"]
    assert page(desk).summary.text() == "筛选出 1 位"


def test_who_leaves_hands_their_calls_over(
    desk: Desk, clinic: Clinic, member_admin: Session, billing: Session, three: list[int]
) -> None:
    desk.press("F9", "Alt+G")
    (dialog,) = [each for each in desk.window.findChildren(QDialog) if each.isVisible()]
    dialog.to.choose(billing.actor.id)
    desk.press("Enter")
    desk.window.enter(member_admin)
    desk.press("F9", "Alt+G")
    (dialog,) = [each for each in desk.window.findChildren(QDialog) if each.isVisible()]
    dialog.what.choose(billing.actor.id)
    assert dialog.what.currentText() == "周收费名下全部 1 个"
    dialog.to.choose(member_admin.actor.id)
    desk.press("Enter")
    assert tasks_of_staff(clinic.db, member_admin.actor.id) == 1


def test_the_plot_of_the_weeks_and_back(desk: Desk, qtbot, three: list[int]) -> None:
    desk.press("F9", "1", "Esc", "Alt+S")
    stats = page(desk).stats
    assert stats is not None
    qtbot.waitUntil(lambda: bool(stats.plot.labels))
    assert len(stats.plot.labels) == 8
    assert "接通率" in {series.name for series in stats.plot.series}
    desk.press("Esc")
    assert page(desk).panel.isVisible()


def test_behind_the_plot_no_key_logs_a_call(desk: Desk, clinic: Clinic, three: list[int]) -> None:
    desk.press("F9", "Alt+S")
    page(desk).calls.setFocus()
    desk.press("1")
    assert outcomes(clinic, three[0]) == []
    assert page(desk).panel.isVisible()


def test_a_manager_takes_a_call_of_the_day_back_in_the_record(
    desk: Desk, clinic: Clinic, clock: ManualClock, member_admin: Session, three: list[int]
) -> None:
    desk.press("F9", "3")
    clock.time = "11:00:00"
    desk.window.enter(member_admin)
    desk.press("F9")
    create_task(member_admin, person_id=three[0], due_on=TODAY, subject="再问")
    page(desk).refresh()
    page(desk).calls.select_key(three[0])
    desk.press("Alt+B")
    (dialog,) = [each for each in desk.window.findChildren(QDialog) if each.isVisible()]
    assert len(dialog.past.rows()) == 1
    desk.press("Ctrl+Z")
    assert outcomes(clinic, three[0]) == []
    assert dialog.past.rows() == []
    desk.press("Esc")
    QApplication.processEvents()


def test_the_pages_are_four_keys(desk: Desk, three: list[int]) -> None:
    desk.press("Ctrl+5", "Ctrl+Shift+2")
    assert desk.tab("followups").page_name == "feedback"
    desk.press("Ctrl+Shift+3", "Ctrl+Shift+4", "Ctrl+Shift+1")
    assert desk.tab("followups").page_name == "calls"
    assert desk.focus() is page(desk).calls
