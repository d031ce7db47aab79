"""A window's surroundings for tests: no screen, a settings file of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget

from services.clinic import Clinic
from services.commands import Session
from tests.services.backups.conftest import Desk, desk, desk_template  # noqa: F401
from tests.ui.program_hands import put_away
from ui.alerts import Alerts
from ui.app import Program
from ui.bus import Bus
from ui.context import UiContext
from ui.garbage import Garbage
from ui.tasks import Tasks
from ui.theme import Theme


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a window keeps on this PC is this test's alone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """The style `ui.app.make_application` asks for."""
    return ["pytest", "-style", "fusion"]


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    Garbage(qapp)
    return Theme(qapp)


@pytest.fixture
def context(
    theme: Theme, clinic: Clinic, frontdesk: Session, tmp_path: Path, qtbot: object
) -> Iterator[UiContext]:
    """What a tab is given, with 李前台 signed in."""
    host = QWidget()
    bus = Bus()
    tasks = Tasks()
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    made = UiContext(clinic, bus, Alerts(bus, host), tasks, settings)
    made.signed_in.set(frontdesk)
    yield made
    tasks.cancel_all()
    host.deleteLater()


@pytest.fixture
def start(theme: Any, qapp: QApplication, qtbot: Any) -> Iterator[Callable[[Desk], Program]]:
    programs: list[Program] = []

    def begin(pc: Desk) -> Program:
        pc.close()
        made = Program(qapp, pc.folder, pc.clock, pc.vault)
        programs.append(made)
        made.start()
        return made

    yield begin
    put_away(programs, qtbot)
