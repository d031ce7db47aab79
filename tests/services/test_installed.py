"""The self-test's look at what came with the program, and that it notices what did not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from models import schema
from services import installed
from services.clock import ManualClock
from services.programmes import registry
from services.selftest import SelfTestFailed, run

CLOCK = ManualClock("2026-11-20")


def test_everything_came_with_the_program(tmp_path: Path) -> None:
    said: list[str] = []
    assert run(installed.steps(tmp_path, CLOCK), said.append), said
    names = [line.split()[1] for line in said]
    assert names == ["programmes", "lists", "numbers", "vault", "migrations", "roster"]


def test_a_scheme_that_was_left_behind_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PRESETS", tmp_path)
    with pytest.raises(SelfTestFailed, match="a file for every scheme"):
        installed.programmes()


def test_a_migration_that_ends_elsewhere_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "expected_schema_text", dict)
    with pytest.raises(SelfTestFailed, match="the same as a new one"):
        installed.migrations(tmp_path, CLOCK)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows protects keys itself")
def test_a_bundle_without_the_secret_service_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "secretstorage", None)
    with pytest.raises(ImportError):
        installed.vault(tmp_path)
