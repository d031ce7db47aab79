"""定时任务 by the keys: what is installed, changing it, the command; and the morning after."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from models.system import Audit, Setting
from services.commands import Session
from services.errors import RuleError
from services.scheduled import system
from services.scheduled.outcomes import Outcome, note
from services.scheduled.plan import BACKUP, FRIDAY, Plan
from services.setup import DEMO
from tests.ui.dialog_hands import focus, press, write
from tests.ui.gift_hands import told
from ui.context import UiContext
from ui.dialogs import scheduled
from ui.dialogs.scheduled import ScheduledDialog
from ui.night_news import NightNews


class Kept:
    """A scheduler that only remembers."""

    def __init__(self) -> None:
        self.plans: dict[str, Plan] = {}
        self.refuses = False
        self.may_answer = threading.Event()
        self.may_answer.set()

    def name(self) -> str:
        return "试验"

    def install(self, plan: Plan, now_local: str) -> None:
        self.may_answer.wait(60)
        if self.refuses:
            raise RuleError("系统没有接受。")
        self.plans[plan.duty] = plan

    def remove(self, duty: str) -> None:
        self.plans.pop(duty)

    def installed(self, duty: str) -> Plan | None:
        return self.plans.get(duty)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    made = Kept()
    monkeypatch.setattr(system, "scheduler_here", lambda: made)
    return made


@pytest.fixture
def opened(
    context: UiContext, member_admin: Session, qtbot: Any, tmp_path: Path
) -> Callable[[], ScheduledDialog]:
    host = QWidget()
    host.resize(1366, 768)
    qtbot.addWidget(host)
    host.show()
    context.signed_in.set(member_admin)
    context.settings.setValue("export/folder", str(tmp_path))

    def make() -> ScheduledDialog:
        dialog = ScheduledDialog(context, host)
        dialog.open()
        qtbot.waitUntil(lambda: not dialog.work.busy)
        return dialog

    return make


def done(qtbot: Any, dialog: ScheduledDialog) -> None:
    """Until the scheduler has answered, and was asked again."""
    qtbot.waitUntil(lambda: not dialog.work.busy)
    qtbot.waitUntil(lambda: not dialog.work.busy)


def trail(context: UiContext) -> list[str]:
    rows = context.db.rows(Audit.select(Audit.detail).where(Audit.action == "schedule.change"))
    return [row[0] for row in rows]


def test_a_duty_is_installed_changed_and_removed_by_keys(
    opened: Callable[[], ScheduledDialog], kept: Kept, context: UiContext, qtbot: Any
) -> None:
    dialog = opened()
    box = dialog.boxes[BACKUP]
    assert box.state.text() == "没有安装。"
    assert not box.remove.isEnabled()
    assert focus(dialog) is box.time
    box.time.selectAll()
    write(dialog, "20:30")
    press(dialog, "I")
    qtbot.waitUntil(
        lambda: box.state.text().startswith("已安装：每天 20:30，下次 2026-11-20 20:30")
    )
    assert kept.plans[BACKUP] == Plan(BACKUP, "20:30", str(context.clinic.folder))
    assert "已安装：夜间备份" in told(dialog.context)
    assert box.install.text() == "更新(&I)"
    press(dialog, "D")
    qtbot.waitUntil(lambda: box.state.text() == "没有安装。")
    assert kept.plans == {}
    assert trail(context) == [
        '{"duty":"backup","when":"20:30"}',
        '{"duty":"backup","when":""}',
    ]


def test_the_weekly_workbook_wants_a_day_and_a_folder(
    opened: Callable[[], ScheduledDialog],
    kept: Kept,
    context: UiContext,
    qtbot: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog = opened()
    box = dialog.boxes[FRIDAY]
    box.folder.setText(str(tmp_path / "none"))
    press(dialog, "N")
    assert "文件夹" in box.folder_field.error
    picked = lambda *_: str(tmp_path)  # noqa: E731
    monkeypatch.setattr(scheduled.QFileDialog, "getExistingDirectory", picked)
    press(dialog, "L")
    assert box.folder.value() == str(tmp_path)
    box.folder.textEdited.emit(str(tmp_path))
    assert not box.folder_field.error
    box.time.setText("25:00")
    press(dialog, "N")
    assert "21:00" in box.time_field.error
    box.time.setText("17:00")
    box.weekday.choose(0)
    press(dialog, "N")
    qtbot.waitUntil(lambda: "每周星期一 17:00" in box.state.text())
    assert kept.plans[FRIDAY].folder == str(tmp_path)
    assert trail(context) == ['{"duty":"friday","when":"1 17:00"}']


def test_what_the_scheduler_refuses_is_said_and_not_on_record(
    opened: Callable[[], ScheduledDialog], kept: Kept, context: UiContext, qtbot: Any
) -> None:
    kept.refuses = True
    dialog = opened()
    press(dialog, "I")
    qtbot.waitUntil(lambda: told(dialog.context) == "系统没有接受。")
    assert trail(context) == []


def test_a_dialog_that_is_left_meanwhile_stays_until_it_is_on_record(
    opened: Callable[[], ScheduledDialog], kept: Kept, context: UiContext, qtbot: Any
) -> None:
    kept.may_answer.clear()
    dialog = opened()
    press(dialog, "I")
    press(dialog, "N")  # one thing at a time
    dialog.reject()
    dialog.submit()
    assert dialog.isVisible()
    kept.may_answer.set()
    qtbot.waitUntil(lambda: len(trail(context)) == 1)
    qtbot.waitUntil(lambda: not dialog.work.busy)
    dialog.reject()
    assert not dialog.isVisible()
    assert list(kept.plans) == [BACKUP]


def test_a_lock_meanwhile_leaves_the_record_in_the_name_of_who_began(
    opened: Callable[[], ScheduledDialog], kept: Kept, context: UiContext, qtbot: Any
) -> None:
    kept.may_answer.clear()
    dialog = opened()
    press(dialog, "I")
    dialog.reject()
    context.signed_in.set(None)
    kept.may_answer.set()
    qtbot.waitUntil(lambda: len(trail(context)) == 1)
    qtbot.waitUntil(lambda: not isValid(dialog))


def test_a_demo_clinic_installs_nothing(
    opened: Callable[[], ScheduledDialog], kept: Kept, context: UiContext
) -> None:
    context.db.write(Setting.update(value="1").where(Setting.key == DEMO))
    dialog = opened()
    press(dialog, "I")
    assert "演示诊所" in told(dialog.context)
    assert kept.plans == {}


def test_tasks_of_another_folder_are_named_so(
    opened: Callable[[], ScheduledDialog], kept: Kept
) -> None:
    kept.plans[BACKUP] = Plan(BACKUP, "21:00", "/somewhere/else")
    assert "另一份诊所数据" in opened().boxes[BACKUP].state.text()


def test_the_command_is_copied_and_without_a_scheduler_the_line_for_cron(
    opened: Callable[[], ScheduledDialog], kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened()
    press(dialog, "C")
    assert "backup --scheduled --data" in QGuiApplication.clipboard().text()
    monkeypatch.setattr(system, "scheduler_here", lambda: None)
    dialog = opened()
    assert "cron" in dialog.conditions.text()
    assert not dialog.boxes[BACKUP].install.isEnabled()
    press(dialog, "C")
    assert QGuiApplication.clipboard().text().startswith("0 21 * * * ")
    dialog.boxes[BACKUP].time.setText("x")
    press(dialog, "C")
    assert dialog.boxes[BACKUP].time_field.error


# --- the morning after ---

BAD = Outcome("2026-11-19 21:00:03", False, "磁盘已满。")


Listen = Callable[..., NightNews]


@pytest.fixture
def listen(context: UiContext, kept: Kept, qtbot: Any) -> Iterator[Listen]:
    """Looks at once and waits for the answer of the scheduler."""
    made: list[NightNews] = []

    def look(details: Callable[[], Any] = lambda: None) -> NightNews:
        if not made:
            made.append(NightNews(context, details, context.alerts.host))
        made[0].look()
        qtbot.waitUntil(lambda: not made[0]._tasks.busy)
        return made[0]

    yield look
    for each in made:
        each.stop()
        each.deleteLater()


def test_a_night_that_failed_is_told_once_a_day_with_the_way_to_it(
    context: UiContext, member_admin: Session, frontdesk: Session, listen: Listen
) -> None:
    asked: list[str] = []
    note(context.clinic.folder, "backup", BAD)
    context.signed_in.set(member_admin)
    news = listen(lambda: asked.append("opened"))
    assert told(context) == "2026-11-19 21:00 的夜间备份没有成功：磁盘已满。"
    context.alerts.bar._act()
    assert asked == ["opened"]
    listen()
    assert context.alerts.bar.sentence == ""
    context.clinic.clock.day = "2026-11-21"  # type: ignore[attr-defined]
    context.signed_in.set(None)
    assert not news._wait.isActive()
    listen()
    assert context.alerts.bar.sentence == ""
    context.signed_in.set(frontdesk)
    assert news._wait.isActive()
    listen()
    assert "磁盘已满" in told(context)


def test_news_wait_while_another_notice_stands(context: UiContext, listen: Listen) -> None:
    note(context.clinic.folder, "friday", Outcome("2026-11-19 18:30:03", True))
    note(context.clinic.folder, "backup", BAD)
    context.alerts.banner("别的事。", "info")
    news = listen()
    assert told(context) == "别的事。"
    assert news._wait.isActive()
    context.alerts.bar.dismiss()
    news._wait.timeout.emit()
    assert "磁盘已满" in told(context)


def test_a_night_on_which_nothing_ran_is_told_when_the_pc_had_time_to_catch_up(
    context: UiContext, listen: Listen, kept: Kept, qtbot: Any
) -> None:
    folder = context.clinic.folder
    since = "2026-11-10 10:00:00"
    kept.plans[BACKUP] = Plan(BACKUP, "21:00", str(folder), since=since)
    note(folder, "backup", Outcome("2026-11-18 21:00:40", True))
    news = listen()
    assert told(context) == ""
    assert news._catching_up.isActive()
    news._catching_up.timeout.emit()
    qtbot.waitUntil(lambda: told(context).startswith("2026-11-19 21:00 的夜间备份没有运行"))


def test_duties_that_were_left_at_the_old_place_are_told(
    context: UiContext, listen: Listen, kept: Kept
) -> None:
    kept.plans[BACKUP] = Plan(BACKUP, "21:00", "/somewhere/else")
    listen()
    assert "另一个位置" in told(context)


def test_a_failed_run_stands_in_the_dialog(
    opened: Callable[[], ScheduledDialog], kept: Kept, context: UiContext
) -> None:
    note(context.clinic.folder, "backup", BAD)
    note(context.clinic.folder, "friday", Outcome("2026-11-19 18:30:03", True))
    dialog = opened()
    assert dialog.boxes[BACKUP].ended.text() == "上次 2026-11-19 21:00 没有成功：磁盘已满。"
    assert dialog.boxes[FRIDAY].ended.text() == "上次运行 2026-11-19 18:30，成功。"
