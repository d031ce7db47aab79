"""One window per clinic, with real processes: the second start raises the first and leaves, two
starts at once make one window, and a program that was killed locks nobody out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from models.clinic_file import take_lock
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import SystemClock
from services.errors import EnvironmentFault, Fault
from services.presence import UNLOCKED, Taken, claim, kept_here
from services.setup import create_clinic
from tests.conftest import PIN
from ui.app import Program
from ui.dialogs.cannot_open import CannotOpen
from ui.single import Doorbell, arrive, raise_first

ROOT = Path(__file__).parents[2]
LONG = 60.0  # seconds a loaded machine may take for a start


class Pc:
    """A home of its own, and starts of the program in it."""

    def __init__(self, home: Path) -> None:
        self.data = home / "data"
        self.vault = FileVault(home / "config" / "haochi-desk")
        self.running: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_CONFIG_HOME": str(home / "config"),
            "APPDATA": str(home / "config"),
            "LOCALAPPDATA": str(home / "config"),
            "HAOCHI_DATA": str(self.data),
        }
        self.environment.pop("DBUS_SESSION_BUS_ADDRESS", None)

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(ROOT / "main.py")]
        quiet = subprocess.DEVNULL
        made = subprocess.Popen(command, env=self.environment, stdout=quiet, stderr=quiet)
        self.running.append(made)
        return made

    def make_clinic(self) -> None:
        create_clinic(
            self.data,
            SystemClock(),
            name="试验口腔",
            programme="医院方案A",
            director="孙院长",
            pin=PIN,
            vault=self.vault,
        )[0].close()

    def wait_until(self, what: Callable[[], bool]) -> None:
        give_up = time.monotonic() + LONG
        while not what():
            assert time.monotonic() < give_up, "it never happened"
            time.sleep(0.05)

    def answers(self) -> bool:
        return raise_first(self.data)


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[Pc]:
    made = Pc(tmp_path)
    yield made
    for process in made.running:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_a_second_start_raises_the_first_also_before_there_is_a_clinic(pc: Pc) -> None:
    first = pc.start()
    pc.wait_until(pc.answers)
    assert pc.start().wait(LONG) == 0
    assert first.poll() is None
    assert not pc.data.exists()


def test_two_starts_at_once_make_one_window(pc: Pc) -> None:
    pc.make_clinic()
    both = [pc.start(), pc.start()]
    pc.wait_until(lambda: any(each.poll() is not None for each in both))
    left = [each for each in both if each.poll() is None]
    assert [each.returncode for each in both if each not in left] == [0]
    assert len(left) == 1
    pc.wait_until(pc.answers)
    assert f"(pid {left[0].pid})" in (pc.data / "clinic.lock").read_text()


def test_a_killed_program_locks_nobody_out_and_the_next_start_asks_nothing(pc: Pc) -> None:
    pc.make_clinic()
    first = pc.start()
    pc.wait_until(pc.answers)
    first.kill()
    first.wait()
    open_clinic(pc.data, SystemClock(), holder="test", vault=pc.vault).close()
    second = pc.start()
    pc.wait_until(pc.answers)
    assert f"(pid {second.pid})" in (pc.data / "clinic.lock").read_text()


# --- the parts, in one process ---


def test_who_shows_a_clinic_is_asked_and_answers(tmp_path: Path, qapp, qtbot) -> None:
    folder = tmp_path / "data"
    held = claim(folder)
    bell = Doorbell(folder)
    script = (
        f"from pathlib import Path; from ui.single import arrive; arrive(Path({str(folder)!r}))"
    )
    with qtbot.waitSignal(bell.rung, timeout=int(LONG * 1000)):
        asking = subprocess.Popen([sys.executable, "-c", f"{script}.raised or exit(3)"], cwd=ROOT)
    qtbot.waitUntil(lambda: asking.poll() is not None, timeout=int(LONG * 1000))
    assert asking.returncode == 0
    bell.close()
    bell.deleteLater()
    silent = arrive(folder, patience=0)
    assert (silent.raised, silent.presence) == (False, None)
    held.close()
    free = arrive(folder)
    assert free.presence is not None
    free.presence.close()


def test_a_window_s_files_are_this_user_s_and_the_same_by_every_way_to_the_clinic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    held = claim(tmp_path / "data")
    with pytest.raises(Taken):
        claim(tmp_path / "link")
    assert kept_here(tmp_path / "link", "ini") == kept_here(tmp_path / "data", "ini")
    for ending in ("lock", "ini"):
        assert kept_here(tmp_path / "data", ending).is_relative_to(tmp_path / "config")
    assert [path.name for path in tmp_path.iterdir() if "data" in path.name] == ["data"]
    monkeypatch.setenv("USERNAME", "another")  # the clinic's own lock stands between two users
    claim(tmp_path / "data").close()
    held.close()


def test_where_no_lock_can_be_kept_the_bell_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp, qtbot
) -> None:
    folder = tmp_path / "data"
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert claim(folder) is UNLOCKED
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    kept_here(folder, "lock").mkdir(parents=True)
    assert claim(folder) is UNLOCKED
    assert arrive(folder).presence is UNLOCKED
    bell = Doorbell(folder)
    script = (
        f"from pathlib import Path; from ui.single import arrive; arrive(Path({str(folder)!r}))"
    )
    with qtbot.waitSignal(bell.rung, timeout=int(LONG * 1000)):
        asking = subprocess.Popen([sys.executable, "-c", f"{script}.raised or exit(3)"], cwd=ROOT)
    qtbot.waitUntil(lambda: asking.poll() is not None, timeout=int(LONG * 1000))
    bell.close()
    bell.deleteLater()
    assert asking.returncode == 0
    UNLOCKED.close()


def test_a_second_start_raises_the_first_where_no_lock_can_be_kept(pc: Pc) -> None:
    pc.data.parent.joinpath("config").write_text("", encoding="utf-8")
    first = pc.start()
    pc.wait_until(pc.answers)
    assert pc.start().wait(LONG) == 0
    assert first.poll() is None


def test_a_clinic_that_another_user_has_open_is_said_at_once(
    pc: Pc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp, theme, qtbot
) -> None:
    pc.make_clinic()
    monkeypatch.setenv("USERNAME", "li")
    held, other = claim(pc.data), take_lock(pc.data, "window")
    monkeypatch.setenv("USERNAME", "wang")
    monkeypatch.setattr("ui.single.arrive", None)  # nobody is waited for
    program = Program(qapp, pc.data, SystemClock(), pc.vault)
    assert program.start()
    assert isinstance(program.screen, CannotOpen)
    assert program.screen.fault is Fault.LOCKED
    said = [each.text() for each in program.screen.findChildren(QLabel)]
    assert any("用户 li" in words for words in said)
    reports: list[str] = []
    monkeypatch.setattr(program, "_report", reports.append)
    program._cannot_open(EnvironmentFault(Fault.LOCKED, "window (pid 12) li@DESK-2"), "")
    program.screen.report.emit()
    program._cannot_open(EnvironmentFault(Fault.DAMAGED, "salt"), "")
    program.screen.report.emit()
    assert reports == ["LOCKED", "DAMAGED salt"]
    program.screen.close()
    program.idle.stop()
    program.stop()
    program.deleteLater()
    other.close()
    held.close()
