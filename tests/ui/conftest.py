"""A window's surroundings for tests: no screen, a settings file of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget

from services.clinic import Clinic
from services.commands import Session
from ui.alerts import Alerts
from ui.bus import Bus
from ui.context import UiContext
from ui.tasks import Tasks
from ui.theme import Theme


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
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
