"""`main.py --self-test` passes, leaves nothing behind, and notices what is wrong."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from services.clock import ManualClock
from services.selftest import MemoryVault, SelfTestFailed, Trial, expect, listening, run

ROOT = Path(__file__).resolve().parents[2]
TODAY = "2026-11-20"


def test_the_whole_self_test_passes_and_leaves_nothing(tmp_path: Path) -> None:
    home, scratch, log = tmp_path / "home", tmp_path / "scratch", tmp_path / "log"
    home.mkdir()
    scratch.mkdir()
    env = {
        **os.environ,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "TMPDIR": str(scratch),
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "--self-test", "--log", str(log)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=env,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert log.read_text(encoding="utf-8") == done.stdout
    log.unlink()
    lines = done.stdout.splitlines()
    assert lines[-1] == "self-test passed"
    assert [line.split()[1] for line in lines[:-1]] == [
        *("modules", "programmes", "lists", "numbers", "vault", "migrations", "roster"),
        *("clinic", "people", "tiers", "gift", "friday", "search"),
        *("looks", "window", "paper", "workbook", "verify", "reopen"),
    ]
    assert list(scratch.iterdir()) == []
    left = [p for p in home.rglob("*") if p.is_file() and ".cache" not in p.parts]
    assert left == []


def test_the_services_half_passes_by_itself(tmp_path: Path) -> None:
    trial = Trial(tmp_path, ManualClock(TODAY))
    said: list[str] = []
    try:
        assert run([*trial.steps_before(), *trial.steps_after()], said.append), said
    finally:
        trial.close()
    assert all(line.startswith("ok ") for line in said)


def test_a_broken_step_fails_and_says_no_data(tmp_path: Path) -> None:
    def secret() -> str:
        raise ValueError("13912345678")

    def false() -> str:
        expect(False, "two and two are four")
        return ""

    said: list[str] = []
    assert not run([("a", lambda: "fine"), ("b", secret), ("c", lambda: "never")], said.append)
    assert said[0].startswith("ok a")
    assert said[1].startswith("FAILED b: ValueError")
    assert "139" not in said[1]
    assert len(said) == 2
    assert not run([("c", false)], said.append)
    assert "two and two are four" in said[-1]


@pytest.mark.filterwarnings("default")
def test_warnings_are_heard() -> None:
    with listening() as heard:
        warnings.warn("something is old", DeprecationWarning, stacklevel=1)
        logging.getLogger("haochi.test").warning("look here")
        logging.getLogger("haochi.test").info("not here")
    assert len(heard) == 2
    assert "something is old" in heard[0]
    assert heard[1] == "haochi.test: look here"


def test_a_step_before_its_clinic_fails_by_itself(tmp_path: Path) -> None:
    trial = Trial(tmp_path, ManualClock(TODAY))
    with pytest.raises(SelfTestFailed, match="no clinic"):
        _ = trial.clinic
    with pytest.raises(SelfTestFailed, match="nobody signed in"):
        _ = trial.session
    trial.close()
    assert list(tmp_path.iterdir()) == []


def test_the_vault_of_the_self_test_keeps_nothing_but_in_memory() -> None:
    vault = MemoryVault()
    assert vault.get("a") is None
    vault.set("a", b"secret")
    assert vault.get("a") == b"secret"
    assert MemoryVault().get("a") is None
