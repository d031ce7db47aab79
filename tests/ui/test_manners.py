"""What an installed program minds: fonts, typing, where the data goes, an enlarged screen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from services import data_place
from services.errors import Fault
from tests.services.backups.conftest import Desk
from ui import fonts, input_method
from ui.alerts import Alerts
from ui.app import Program
from ui.bus import Bus
from ui.context import UiContext
from ui.dialogs.base import Dialog, Scrolled
from ui.dialogs.cannot_open import CannotOpen
from ui.dialogs.first_start import DIRECTOR, NAME, PROGRAMME, FirstStart

Start = Callable[[Desk], Program]


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, {}),
        ({"QT_IM_MODULE": "fcitx"}, {"QT_IM_MODULE": "ibus"}),
        ({"QT_IM_MODULE": "fcitx5"}, {"QT_IM_MODULE": "ibus"}),
        ({"QT_IM_MODULE": "ibus"}, {}),
        ({"QT_IM_MODULE": "compose", "XMODIFIERS": "@im=fcitx"}, {}),
        ({"XMODIFIERS": "@im=fcitx"}, {"QT_IM_MODULE": "ibus"}),
        ({"XMODIFIERS": "@im=ibus"}, {"QT_IM_MODULE": "ibus"}),
        ({"XMODIFIERS": "@im=none"}, {}),
        ({"GTK_IM_MODULE": "fcitx"}, {"QT_IM_MODULE": "ibus"}),
        ({"QT_IM_MODULE": "xim", "XMODIFIERS": "@im=fcitx"}, {"QT_IM_MODULE": "ibus"}),
        ({"QT_IM_MODULES": "wayland;fcitx;ibus"}, {"QT_IM_MODULES": "wayland;ibus"}),
        ({"QT_IM_MODULES": "wayland;ibus", "QT_IM_MODULE": "fcitx"}, {}),
    ],
)
def test_chinese_can_be_typed_through_fcitx_and_ibus(
    environment: dict[str, str], wanted: dict[str, str]
) -> None:
    assert input_method.working(environment) == wanted


def test_a_missing_font_is_said_and_what_installs_one_is_copied(qapp: QApplication) -> None:
    host = QWidget()
    alerts = Alerts(Bus(host), host)
    fonts.offer_font(alerts)
    assert alerts.bar.sentence.startswith("No Chinese font on this PC.")
    assert alerts.bar._action.text().startswith("Copy the command")
    alerts.bar._act()
    assert QGuiApplication.clipboard().text() == "sudo apt install fonts-noto-cjk"
    assert alerts.bar.sentence.startswith("Copied: sudo apt install fonts-noto-cjk")
    host.deleteLater()


def test_a_missing_font_is_said_on_the_first_screen_there_is(
    start: Start, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    monkeypatch.setattr(fonts, "has_chinese", lambda: False)
    program = start(desk)
    assert program.window is not None
    notices = program.window.sign_in.notices
    qtbot.waitUntil(lambda: notices.bar.sentence.startswith("No Chinese font"))
    fresh = Desk(tmp_path / "fresh", "", desk.clock)
    screen = start(fresh).screen
    assert isinstance(screen, FirstStart)
    assert screen._alerts.bar.sentence.startswith("No Chinese font")


# --- where the data goes ---


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user whose usual places are empty."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("HAOCHI_DATA", raising=False)
    return tmp_path


def picks(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Choose this folder wherever one is asked for."""
    for module in ("first_start", "cannot_open"):
        monkeypatch.setattr(
            f"ui.dialogs.{module}.QFileDialog.getExistingDirectory", lambda *_: str(folder)
        )


def at(root: Path, desk: Desk) -> Desk:
    """A PC whose clinic would stand in root/data."""
    return Desk(root, "", desk.clock)


def test_a_synced_place_is_warned_of_before_a_clinic_is_made(
    start: Start, desk: Desk, home: Path
) -> None:
    screen = start(at(home / "OneDrive", desk)).screen
    assert isinstance(screen, FirstStart)
    assert not screen.place_note.isHidden()
    assert "OneDrive" in screen.place_note.text()
    screen.name.insert("皓齿口腔")
    screen.next()
    assert screen.pages.currentIndex() == PROGRAMME  # warned, not forbidden


def test_beside_the_program_no_clinic_is_made(
    start: Start, desk: Desk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.place_probe.program_folder", lambda: home / "program")
    screen = start(at(home / "program", desk)).screen
    assert isinstance(screen, FirstStart)
    assert "不能建在这里" in screen.place_note.text()
    screen.name.insert("皓齿口腔")
    screen.next()
    assert screen.pages.currentIndex() == NAME


def test_another_place_is_chosen_and_found_again_at_the_next_start(
    start: Start, desk: Desk, home: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    usual = Desk(home / "XDG_DATA_HOME", "", desk.clock)
    program = start(usual)
    program.stop()
    program.seat.folder = data_place.usual()
    program._first_start()
    (home / "disk").mkdir()
    (home / "disk" / "photos").mkdir()
    picks(monkeypatch, home / "disk")
    screen = program.screen
    assert isinstance(screen, FirstStart)
    screen.place_button.click()
    screen = program.screen
    assert isinstance(screen, FirstStart)
    chosen = home / "disk" / "haochi-desk"
    assert program.folder == chosen
    assert data_place.remembered() is None  # nothing is there yet
    screen.name.insert("皓齿口腔")
    screen.next()
    screen.next()
    assert screen.pages.currentIndex() == DIRECTOR
    screen.director.insert("孙院长")
    screen.pin.insert("274159")
    screen.pin_again.insert("274159")
    screen.next()
    screen.next()
    screen.typed.setText(screen.recovery_code)
    screen.next()
    assert program.window is not None
    qtbot.waitUntil(lambda: data_place.remembered() == chosen)
    assert data_place.data_folder(None) == chosen


def test_a_clinic_that_is_there_is_opened_from_the_first_start(
    start: Start, desk: Desk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.close()
    monkeypatch.setattr("services.clinic.system_vault", lambda: desk.vault)
    program = start(at(home / "fresh", desk))
    program._vault = None
    picks(monkeypatch, desk.folder)
    assert isinstance(program.screen, FirstStart)
    program.screen.place_button.click()
    assert program.window is not None
    assert program.window.context.clinic.folder == desk.folder
    assert data_place.remembered() is None  # this start was told where to look


def test_a_remembered_disk_that_is_not_there_makes_nothing_new(
    start: Start, desk: Desk, home: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    data_place.remember(home / "gone" / "data")
    program = start(at(home / "gone", desk))
    screen = program.screen
    assert isinstance(screen, CannotOpen)
    assert screen.fault is Fault.MISSING
    desk.close()
    program._vault = desk.vault
    screen.choose.emit(desk.folder)
    assert program.window is not None
    qtbot.waitUntil(lambda: data_place.remembered() == desk.folder)


def test_a_folder_opened_in_trouble_is_for_this_start_only(
    start: Start, desk: Desk, home: Path, qtbot: Any
) -> None:
    desk.close()
    data_place.remember(home / "disk" / "data")
    shutil.copytree(desk.root, home / "disk")
    (home / "disk" / "data" / "keys.json").write_text("{", encoding="utf-8")
    program = start(at(home / "disk", desk))
    assert isinstance(program.screen, CannotOpen)
    assert program.screen.fault is Fault.KEYS_DAMAGED
    program._vault = desk.vault
    program.screen.choose.emit(home / "empty")  # nothing is there: that changes nothing
    assert isinstance(program.screen, CannotOpen)
    program.screen.choose.emit(desk.folder)
    assert program.window is not None
    program._when_shown()
    assert data_place.remembered() == home / "disk" / "data"


def test_a_remembered_clinic_in_a_synced_place_names_the_button_that_will_be_there(
    start: Start, desk: Desk, home: Path, qtbot: Any
) -> None:
    desk.close()
    shutil.copytree(desk.root, home / "Dropbox")
    data_place.remember(home / "Dropbox" / "data")
    program = start(at(home / "Dropbox", desk))
    assert program.window is not None
    notices = program.window.sign_in.notices
    qtbot.waitUntil(lambda: "选择其他位置" in notices.bar.sentence)


def test_a_clinic_in_a_synced_place_opens_and_says_so_before_anybody_signs_in(
    start: Start, desk: Desk, home: Path, qtbot: Any
) -> None:
    desk.close()
    shutil.copytree(desk.root, home / "Dropbox")
    program = start(at(home / "Dropbox", desk))
    assert program.window is not None
    notices = program.window.sign_in.notices
    qtbot.waitUntil(lambda: "Dropbox" in notices.bar.sentence)
    assert "另选数据位置" in notices.bar.sentence
    assert notices.bar.kind == "error"  # which stays


# --- an enlarged screen ---


def test_a_dialog_is_no_higher_than_the_screen_and_its_content_scrolls(
    context: UiContext, qtbot: Any
) -> None:
    dialog = Dialog(context, None, "高")
    tall = QLabel("x\n" * 100)
    dialog.body.addWidget(Scrolled(tall))
    close = dialog.add_buttons("关闭")
    dialog.show()
    qtbot.waitExposed(dialog)
    assert dialog.height() <= dialog.screen().availableSize().height()
    assert close.mapTo(dialog, close.rect().bottomLeft()).y() < dialog.height()
    dialog.close()
