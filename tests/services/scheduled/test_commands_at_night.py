"""The commands as a scheduler runs them: beside the window, without a PIN, their end kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.system import Audit, Setting
from services.backups import keeping, off_pc, shelf
from services.clinic import Clinic
from services.errors import EnvironmentFault, Fault, RuleError
from services.headless import main as headless
from services.scheduled import outcomes
from services.scheduled.plan import Plan
from services.scheduled.system import Scheduler
from services.setup import DEMO
from tests.conftest import PIN, STAFF
from tests.services.backups.conftest import Desk, enter

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command on the desk's folder; answers exit code, output, complaints."""
    from services.headless import verbs

    monkeypatch.setattr("services.clinic.system_vault", lambda: desk.vault)
    monkeypatch.setattr(verbs, "SystemClock", lambda: desk.clock)
    monkeypatch.setattr("services.clock.SystemClock", lambda: desk.clock)

    def call(*words: str) -> tuple[int, str, str]:
        code = headless([*words, "--data", str(desk.folder)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def ended(desk: Desk, duty: str) -> outcomes.Outcome:
    return outcomes.last(desk.folder)[duty]


def test_the_nightly_backup_beside_the_open_window_copies_to_the_second_folder(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    assert run("backup")[0] == 0
    assert outcomes.last(desk.folder) == {}  # a person saw how it ended
    second = tmp_path / "second"
    second.mkdir()
    home = shelf.folder_of(desk.folder)
    off_pc.adopt(second, shelf.known(home)[0].manifest.clinic_id)
    off_pc.remember_second(home, second)
    enter(desk.session(), "李小红", "13911112222")
    code, out, _ = run("backup", "--scheduled")
    assert code == 0
    assert "复制到 1 处" in out
    assert len(shelf.known(home)) == 2
    assert len(shelf.known(second)) == 1
    assert ended(desk, "backup") == outcomes.Outcome("2026-11-20 09:00:00", True)
    code, out, _ = run("backup", "--scheduled")  # nothing new: that is as good
    assert code == 0
    assert len(shelf.known(home)) == 2


def test_the_night_s_backup_leaves_the_pc_though_the_morning_s_did_already(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    assert desk.clinic is not None
    keeping.keep(desk.clinic, keeping.DUE)
    home, second = shelf.folder_of(desk.folder), tmp_path / "second"
    second.mkdir()
    off_pc.adopt(second, shelf.known(home)[0].manifest.clinic_id)
    off_pc.remember_second(home, second)
    keeping.keep(desk.clinic, keeping.DUE)
    assert len(shelf.known(second)) == 1  # the morning's
    enter(desk.session(), "李小红", "13911112222")
    desk.clock.time = "21:00:00"
    assert run("backup", "--scheduled")[0] == 0
    newest = shelf.known(second)[0]
    assert newest.path.name == shelf.known(home)[0].path.name
    assert newest.manifest.why == keeping.NIGHT


def test_a_run_is_marked_from_its_beginning(
    desk: Desk, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[outcomes.Outcome] = []
    from services.headless import backups

    kept = backups.keep

    def watched(clinic: Clinic, why: str) -> keeping.Kept:
        seen.append(ended(desk, "backup"))
        return kept(clinic, why)

    monkeypatch.setattr(backups, "keep", watched)
    assert run("backup", "--scheduled")[0] == 0
    assert seen == [outcomes.begun("2026-11-20 09:00:00")]
    assert ended(desk, "backup").ended


def test_who_stands_in_the_way_is_said_in_words_and_not_kept(
    desk: Desk, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(*_: object) -> None:
        raise EnvironmentFault(Fault.LOCKED, "window (pid 12) %E6%9D%8E%E5%A7%90@DESK-2")

    monkeypatch.setattr("services.headless.backups.keep", held)
    code, _, err = run("backup", "--scheduled")
    assert code == 1
    assert "占用者：另一个皓齿前台窗口(电脑 DESK-2，用户 李姐)。" in err
    kept = outcomes.file_of(desk.folder, "backup").read_text(encoding="utf-8")
    assert ended(desk, "backup").sentence
    assert "DESK-2" not in kept
    assert "李姐" not in kept


def test_a_copy_that_failed_and_books_with_faults_are_told_in_the_morning(
    desk: Desk, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.headless import backups

    kept = backups.keep

    def with_trouble(clinic: object, why: str) -> object:
        from dataclasses import replace

        return replace(kept(clinic, why), problem="U 盘已满。")  # type: ignore[arg-type]

    monkeypatch.setattr(backups, "keep", with_trouble)
    code, _, err = run("backup", "--scheduled")
    assert code == 1
    assert "没有复制到" in err
    assert ended(desk, "backup").sentence == err.strip()
    monkeypatch.setattr(backups, "keep", kept)
    assert desk.clinic is not None
    desk.clinic.db.execute_sql("DELETE FROM search_key")
    enter(desk.session(), "李小红", "13911112222")
    desk.clinic.db.execute_sql("DELETE FROM search_key WHERE person_id = 1")
    assert run("backup", "--scheduled")[0] == 1
    assert "校验数据" in ended(desk, "backup").sentence
    monkeypatch.setattr(backups, "latest", lambda clinic: None)
    assert run("backup", "--scheduled")[0] == 1
    assert "马上备份" in ended(desk, "backup").sentence


def test_what_was_not_done_is_kept_with_why(desk: Desk, run: Run, tmp_path: Path) -> None:
    code, _, err = run(
        "reconcile", "--week", "last", "--out-dir", str(tmp_path / "gone"), "--scheduled"
    )
    assert code == 1
    assert "没有找到文件夹" in err
    assert ended(desk, "friday") == outcomes.Outcome("2026-11-20 09:00:00", False, err.strip())
    out_dir = str(tmp_path)
    code, out, _ = run("reconcile", "--week", "last", "--out-dir", out_dir, "--scheduled")
    assert code == 0
    assert "礼品核对_2026-11-20_未签.xlsx" in out
    assert ended(desk, "friday").good
    desk.close()
    (desk.folder / "keys.json").write_text("{", encoding="utf-8")
    assert run("backup", "--scheduled")[0] == 1
    assert "keys.json" in ended(desk, "backup").sentence


def test_a_bug_at_night_is_kept_and_opens_no_dialog(
    desk: Desk, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("王芳")

    monkeypatch.setattr("services.headless.backups.keep", broken)
    code, out, err = run("backup", "--scheduled")
    assert (code, out, err.strip()) == (1, "", "程序出错(ZeroDivisionError)。")
    assert ended(desk, "backup").sentence == err.strip()


def test_an_older_clinic_is_no_full_disk_at_night(
    desk: Desk, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models import schema

    newest = schema.latest_version()
    monkeypatch.setattr(schema, "latest_version", lambda: newest + 1)
    assert run("backup", "--scheduled")[0] == 1
    assert "先打开一次窗口" in ended(desk, "backup").sentence


# --- schedule ---


class Kept:
    """A scheduler that only remembers."""

    def __init__(self) -> None:
        self.plans: dict[str, Plan] = {}

    def name(self) -> str:
        return "试验"

    def install(self, plan: Plan, now_local: str) -> None:
        self.plans[plan.duty] = plan

    def remove(self, duty: str) -> None:
        self.plans.pop(duty, None)

    def installed(self, duty: str) -> Plan | None:
        return self.plans.get(duty)


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    kept = Kept()
    monkeypatch.setattr("services.headless.schedule.scheduler_here", lambda: kept)
    return kept


@pytest.fixture
def boss(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The window is closed, and the director stands at the terminal."""
    desk.close()
    monkeypatch.setattr("services.headless.verbs.read_pin", lambda words: PIN)
    return "--as", STAFF["director"]


def trail(desk: Desk) -> list[str]:
    """What is on record of the duties."""
    rows = desk.open().db.rows(Audit.select(Audit.detail).where(Audit.action == "schedule.change"))
    return [row[0] for row in rows]


def test_duties_are_listed_installed_and_removed(
    desk: Desk, run: Run, scheduler: Kept, boss: tuple[str, str], tmp_path: Path
) -> None:
    code, out, _ = run("schedule", "--list")
    assert code == 0
    assert out.count("没有安装") == 2
    assert "--scheduled" in out
    run("backup", "--scheduled")
    words = ("--at", "19:00", "--weekday", "1", "--out-dir", str(tmp_path))
    code, out, _ = run("schedule", "--install", "friday", *words, *boss)
    assert (code, out) == (0, "已安装：每周核对表，每周星期一 19:00\n")
    wanted = Plan("friday", "19:00", str(desk.folder), 0, str(tmp_path))
    assert scheduler.installed("friday") == wanted
    assert run("schedule", "--install", "backup", *boss)[0] == 0
    out = run("schedule", "--list")[1]
    assert "每天 21:00；上次 2026-11-20 09:00:00：成功" in out
    assert run("schedule", "--remove", "backup", *boss)[0] == 0
    assert scheduler.installed("backup") is None
    assert run("schedule")[0] == 2
    assert trail(desk) == [
        '{"duty":"friday","when":"1 19:00"}',
        '{"duty":"backup","when":"21:00"}',
        '{"duty":"backup","when":""}',
    ]


def test_duties_are_changed_by_who_may_in_a_real_clinic_that_opens(
    desk: Desk, run: Run, scheduler: Kept, boss: tuple[str, str]
) -> None:
    install = ("schedule", "--install", "backup")
    code, _, err = run(*install)
    assert code == 2
    assert "--as" in err
    code, _, err = run(*install, "--as", STAFF["frontdesk"])
    assert code == 1
    assert "会员管理员" in err
    desk.open().db.write(Setting.update(value="1").where(Setting.key == DEMO))
    assert "占用者" in run(*install, *boss)[2]  # the window has it
    desk.close()
    assert "演示诊所" in run(*install, *boss)[2]
    (desk.root / "vault").rename(desk.root / "gone")  # nobody could type the code at night
    assert "恢复码" in run(*install, *boss)[2]
    desk.folder.rename(desk.root / "moved")
    assert run(*install, *boss)[0] == 1
    assert scheduler.plans == {}


def test_a_pc_without_a_scheduler_gets_the_line_for_cron(
    desk: Desk, run: Run, boss: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.headless.schedule.scheduler_here", lambda: None)
    code, out, err = run("schedule", "--install", "backup", "--at", "20:15", *boss)
    assert code == 1
    assert out.startswith("15 20 * * * ")
    assert "cron" in err
    assert "cron" in run("schedule", "--list")[1]
    assert run("schedule", "--remove", "backup", *boss)[0] == 1
    assert trail(desk) == []


def test_a_refused_plan_says_why(
    run: Run, boss: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Strict(Kept):
        def install(self, plan: Plan, now_local: str) -> None:
            raise RuleError("不行。")

    monkeypatch.setattr("services.headless.schedule.scheduler_here", Strict)
    assert run("schedule", "--install", "backup", *boss)[2] == "不行。\n"
