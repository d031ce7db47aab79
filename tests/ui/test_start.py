"""What the data folder decides: the first start, the screen that says why not, the window."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock
from services.commands import read_setting
from services.errors import Fault
from services.programmes.registry import main_timeline, preset_names
from services.setup import RECOVERY_CONFIRMED, clinic_name
from ui import crashlog
from ui.app import Program
from ui.dialogs.cannot_open import CannotOpen
from ui.dialogs.first_start import DIRECTOR, NAME, PROGRAMME, SHEET, TYPED, FirstStart, same_code

ENTER = Qt.Key.Key_Return


@pytest.fixture
def started(
    theme, qapp: QApplication, qtbot, clock: ManualClock
) -> Iterator[Callable[[Path], Program]]:
    programs: list[Program] = []

    def start(folder: Path) -> Program:
        made = Program(qapp, folder, clock, FileVault(folder.parent / "vault"))
        programs.append(made)
        made.start()
        return made

    yield start
    for program in programs:
        for shown in (program.screen, program.window):
            if shown is not None:
                if isinstance(shown, FirstStart):
                    shown.abandon()
                shown.close()
                shown.deleteLater()
        program.idle.stop()
        program.stop()
        program.deleteLater()
    crashlog.stop()
    qtbot.wait(1)


@pytest.fixture
def folder(clinic_template: Path, tmp_path: Path) -> Path:
    shutil.copytree(clinic_template, tmp_path / "c")
    return tmp_path / "c" / "data"


def prints(folder: Path) -> dict[str, str]:
    """What stands in the clinic's files; the lock file is the program's own."""
    files = [p for p in sorted(folder.glob("*")) if p.is_file() and "lock" not in p.name]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def answer(screen: FirstStart, qtbot, *, pin: str = "274159", again: str = "274159") -> None:
    """Type through the wizard up to the recovery sheet."""
    screen.name.insert("皓齿口腔")
    qtbot.keyClick(screen.name, ENTER)
    assert screen.pages.currentIndex() == PROGRAMME
    qtbot.keyClick(screen.programme, ENTER)
    assert screen.pages.currentIndex() == DIRECTOR
    screen.director.insert("孙院长")
    qtbot.keyClicks(screen.pin, pin)
    qtbot.keyClicks(screen.pin_again, again)
    qtbot.keyClick(screen.pin_again, ENTER)


def test_the_first_start_from_the_name_to_the_desk(started, tmp_path: Path, qtbot) -> None:
    program = started(tmp_path / "fresh" / "data")
    screen = program.screen
    assert isinstance(screen, FirstStart)
    answer(screen, qtbot)
    assert screen.pages.currentIndex() == SHEET
    code = screen.recovery_code
    assert screen.code.text() == code
    assert len(code.replace("-", "")) == 25
    screen.next()
    assert screen.pages.currentIndex() == TYPED
    qtbot.keyClicks(screen.typed, "00000")
    qtbot.keyClick(screen.typed, ENTER)
    assert screen.typed_field.error
    screen.typed.clear()
    qtbot.keyClicks(screen.typed, code.lower().replace("-", " "))
    qtbot.keyClick(screen.typed, ENTER)
    window = program.window
    assert window is not None
    assert window.pages.currentWidget() is window.desk
    assert window.context.session.actor.name == "孙院长"
    assert clinic_name(window.context.clinic) == "皓齿口腔"
    assert read_setting(window.context.db, RECOVERY_CONFIRMED)
    assert screen.recovery_code == ""


@pytest.mark.parametrize(
    ("pin", "again", "field"),
    [("274159", "274158", "again_field"), ("111111", "111111", "pin_field")],
)
def test_a_bad_first_pin_makes_no_clinic(
    started, tmp_path: Path, qtbot, pin: str, again: str, field: str
) -> None:
    folder = tmp_path / "fresh" / "data"
    screen = started(folder).screen
    assert isinstance(screen, FirstStart)
    answer(screen, qtbot, pin=pin, again=again)
    assert screen.pages.currentIndex() == DIRECTOR
    assert getattr(screen, field).error
    assert not folder.exists()


def test_r001_every_preset_is_read_and_one_with_open_questions_cannot_be_the_first(
    started, tmp_path: Path, qtbot
) -> None:
    screen = started(tmp_path / "fresh" / "data").screen
    assert isinstance(screen, FirstStart)
    screen.name.insert("皓齿口腔")
    qtbot.keyClick(screen.name, ENTER)
    assert screen.programme.count() == len(preset_names())
    assert "单笔消费满 5,000 元，或累计消费满 8,000 元" in screen.description.toPlainText()
    qtbot.keyClick(screen.programme, Qt.Key.Key_Down)
    qtbot.keyClick(screen.programme, Qt.Key.Key_Down)
    assert screen.programme.currentItem().text() == "卡通三级  ⚠ 缺 3"
    assert "还缺 3 项，不能直接用" in screen.lacking.text()
    assert "累计消费满多少元" in screen.lacking.text()
    assert "方案 → 编辑方案" in screen.lacking.text()
    assert "⚠" in screen.description.toPlainText()
    qtbot.keyClick(screen.programme, ENTER)
    assert screen.pages.currentIndex() == PROGRAMME
    assert not screen._forward[PROGRAMME].isEnabled()
    qtbot.keyClick(screen.programme, Qt.Key.Key_Up)
    assert screen.lacking.isHidden()
    assert screen._forward[PROGRAMME].isEnabled()


def test_a_clinic_may_start_from_nothing(started, tmp_path: Path, qtbot) -> None:
    screen = started(tmp_path / "fresh" / "data").screen
    assert isinstance(screen, FirstStart)
    screen.name.insert("皓齿口腔")
    qtbot.keyClick(screen.name, ENTER)
    qtbot.keyClick(screen.programme, Qt.Key.Key_End)
    qtbot.keyClick(screen.programme, ENTER)
    screen.director.insert("孙院长")
    qtbot.keyClicks(screen.pin, "274159")
    qtbot.keyClicks(screen.pin_again, "274159")
    qtbot.keyClick(screen.pin_again, ENTER)
    assert screen.pages.currentIndex() == SHEET
    assert screen._clinic is not None
    assert main_timeline(screen._clinic.db).name == "空白"


def test_a_clinic_without_a_name_is_not_made(started, tmp_path: Path, qtbot) -> None:
    screen = started(tmp_path / "fresh" / "data").screen
    assert isinstance(screen, FirstStart)
    qtbot.keyClick(screen.name, ENTER)
    assert screen.pages.currentIndex() == NAME
    assert screen.name_field.error


@pytest.mark.parametrize(
    "typed",
    [
        "ABCD0-11111-22222-33333-44444",
        "abcdo 11111 22222 33333 44444",
        "ABCD0IlI11" + "2" * 5 + "3" * 5 + "4" * 5,
    ],
)
def test_a_recovery_code_may_be_typed_as_people_do(typed: str) -> None:
    assert same_code(typed, "ABCD0-11111-22222-33333-44444")


def damage(folder: Path, fault: Fault) -> None:
    """Bring the clinic into the state of a fault."""
    file = folder / "clinic.db"
    if fault is Fault.MISSING:
        file.unlink()
    elif fault is Fault.EMPTY:
        file.write_bytes(b"")
    elif fault is Fault.FOREIGN:
        file.write_bytes(b"SQLite format 3\x00" + bytes(8192))
    elif fault is Fault.DAMAGED:
        content = bytearray(file.read_bytes())
        content[100:400] = bytes(300)
        file.write_bytes(bytes(content))
    elif fault is Fault.WRONG_KEY:
        shutil.rmtree(folder.parent / "vault")
    elif fault is Fault.KEYS_DAMAGED:
        (folder / "keys.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize(
    "fault",
    [
        Fault.MISSING,
        Fault.EMPTY,
        Fault.FOREIGN,
        Fault.DAMAGED,
        Fault.WRONG_KEY,
        Fault.KEYS_DAMAGED,
    ],
)
def test_each_fault_has_a_screen_that_touches_nothing(
    started, folder: Path, qtbot, fault: Fault
) -> None:
    damage(folder, fault)
    before = prints(folder)
    screen = started(folder).screen
    assert isinstance(screen, CannotOpen)
    assert screen.fault is fault
    assert str(folder) in screen.place.text()
    screen.code.setText("WRONG-WRONG-WRONG-WRONG-WRONG")
    qtbot.mouseClick(screen.retry_button, Qt.MouseButton.LeftButton)
    assert prints(folder) == before


def test_a_clinic_in_use_is_not_opened_twice(started, folder: Path, clock) -> None:
    vault = FileVault(folder.parent / "vault")
    other = open_clinic(folder, clock, holder="another", vault=vault)
    try:
        screen = started(folder).screen
        assert isinstance(screen, CannotOpen)
        assert screen.fault is Fault.LOCKED
    finally:
        other.close()
    screen.try_again()


def test_a_wrong_recovery_code_is_said_below_the_field(started, folder: Path, qtbot) -> None:
    shutil.rmtree(folder.parent / "vault")
    program = started(folder)
    assert isinstance(program.screen, CannotOpen)
    qtbot.keyClicks(program.screen.code, "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA")
    qtbot.keyClick(program.screen.code, ENTER)
    assert isinstance(program.screen, CannotOpen)
    assert program.screen.code_field.error


def test_a_bug_is_written_down_without_what_it_was_about(
    started, folder: Path, qtbot, capsys: pytest.CaptureFixture[str]
) -> None:
    program = started(folder)
    try:
        raise ValueError("王芳 13800138000")
    except ValueError as error:
        program.catch(ValueError, error, None)
    for handler in crashlog.log.handlers:
        handler.flush()
    written = (folder / "logs" / "window.log").read_text(encoding="utf-8")
    assert "ValueError" in written
    assert "test_start.py" in written
    for text in (written, capsys.readouterr().err):
        assert "王芳" not in text
        assert "13800138000" not in text
