"""The PC's scheduler: what is called, what is left behind, what is read back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.errors import RuleError
from services.scheduled import system
from services.scheduled.plan import BACKUP, FRIDAY, Plan
from services.scheduled.system import Ran, UserUnits, WindowsTasks, by_hand, scheduler_here

START = ["/opt/haochi-desk/haochi-desk"]


class Pc:
    """Answers like schtasks and systemctl, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.tasks: dict[str, bytes] = {}
        self.refuses: dict[str, int] = {}

    def __call__(self, words: Sequence[str]) -> Ran:
        words = list(words)
        self.asked.append(words)
        for part, code in self.refuses.items():
            if part in words:
                return Ran(code)
        if words[0] != "schtasks.exe":
            return Ran(0)
        name = words[words.index("/TN") + 1]
        if words[1] == "/Create":
            self.tasks[name] = Path(words[-1]).read_bytes()
        elif words[1] == "/Delete":
            return Ran(0 if self.tasks.pop(name, None) else 1)
        return Ran(0, self.tasks[name]) if name in self.tasks else Ran(1)


@pytest.fixture
def pc() -> Pc:
    return Pc()


@pytest.fixture
def week(tmp_path: Path) -> Plan:
    return Plan(FRIDAY, "18:30", str(tmp_path / "data"), 4, str(tmp_path))


def test_windows_installs_reads_back_and_removes(
    pc: Pc, week: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERNAME", "li")
    monkeypatch.setenv("USERDOMAIN", "DESK")
    windows = WindowsTasks(pc, START)
    assert windows.installed(FRIDAY) is None
    windows.install(week, "2026-11-26 10:00:00")
    found = windows.installed(FRIDAY)
    assert found == week
    assert found is not None
    assert found.since == "2026-11-26 10:00:00"
    assert b"D\0E\0S\0K\0\\\0l\0i" in pc.tasks[r"\HaochiDesk\Friday"]
    made = next(words for words in pc.asked if words[1] == "/Create")
    assert not Path(made[-1]).exists()  # the file was for the call alone
    windows.remove(FRIDAY)
    assert windows.installed(FRIDAY) is None
    windows.remove(FRIDAY)  # nothing there: nothing to refuse
    assert "任务计划" in windows.name()


@pytest.mark.parametrize("code", [1, 127])
def test_windows_does_not_call_removed_what_is_still_there_or_was_not_asked(
    pc: Pc, week: Plan, code: int
) -> None:
    windows = WindowsTasks(pc, START)
    windows.install(week, "2026-11-26 10:00:00")
    pc.refuses["/Delete"] = code
    with pytest.raises(RuleError, match=f"代码 {code}"):
        windows.remove(FRIDAY)
    pc.refuses = {"/Delete": 127, "/Query": 127}  # schtasks itself cannot be called
    with pytest.raises(RuleError, match="代码 127"):
        windows.remove(FRIDAY)


def test_windows_says_what_the_system_refuses(
    pc: Pc, week: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("USERNAME", raising=False)
    pc.refuses["/Create"] = 5
    with pytest.raises(RuleError, match="代码 5"):
        WindowsTasks(pc, START).install(week, "2026-11-26")


def test_systemd_installs_reads_back_and_removes(pc: Pc, week: Plan, tmp_path: Path) -> None:
    units = UserUnits(pc, tmp_path / "units", START)
    assert units.installed(FRIDAY) is None
    units.install(week, "2026-11-26 10:00:00")
    assert sorted(path.name for path in (tmp_path / "units").iterdir()) == [
        "haochi-desk-friday.service",
        "haochi-desk-friday.timer",
    ]
    assert [words[2] for words in pc.asked] == ["daemon-reload", "enable", "restart"]
    found = units.installed(FRIDAY)
    assert found == week
    assert found is not None
    assert found.since == "2026-11-26 10:00:00"
    pc.refuses["is-active"] = 3
    assert units.installed(FRIDAY) is None  # a timer that does not run is none
    pc.refuses.clear()
    units.remove(FRIDAY)
    assert list((tmp_path / "units").iterdir()) == []
    assert "disable" in [words[2] for words in pc.asked]
    units.remove(FRIDAY)
    assert "systemd" in units.name()
    pc.refuses["enable"] = 1
    with pytest.raises(RuleError, match="systemd"):
        units.install(week, "2026-11-26")


def test_which_scheduler_there_is(pc: Pc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert isinstance(scheduler_here(pc, "win32"), WindowsTasks)
    assert isinstance(scheduler_here(pc, "linux"), UserUnits)
    pc.refuses["show-environment"] = 1
    assert scheduler_here(pc, "linux") is None
    assert "cron" in system.none_here()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert system.units_folder() == tmp_path / "systemd" / "user"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert system.units_folder() == Path.home() / ".config" / "systemd" / "user"


def test_what_is_installed_without_a_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "scheduler_here", lambda: None)
    assert system.what_is_installed() == (None, {BACKUP: None, FRIDAY: None})


def test_by_hand_gives_the_line_for_cron(week: Plan) -> None:
    assert by_hand(week, START).startswith("30 18 * * 5 ")
    assert "main.py backup" in by_hand(Plan(BACKUP, "21:00", "/d"))
    with pytest.raises(RuleError):
        by_hand(Plan(BACKUP, "99", "/d"), START)


def test_programs_are_called_without_a_shell_and_are_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say = "print('好; echo x')"
    ran = system.run([sys.executable, "-c", say])
    assert (ran.code, ran.out.decode().strip()) == (0, "好; echo x")
    assert system.run([sys.executable, "-c", "raise SystemExit(4)"]).code == 4
    assert system.run(["/none/such/program"]).code != 0

    def hangs(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("x", 30)

    monkeypatch.setattr(subprocess, "run", hangs)
    assert system.run(["x"]).code != 0
