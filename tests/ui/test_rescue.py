"""From the screen that says the clinic does not open: back to a backup, its keys, its rows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtWidgets import QFileDialog, QPushButton

from services.backups import making, off_pc
from services.errors import Fault
from tests.conftest import PIN, STAFF
from tests.services.backups.conftest import Desk, enter
from tests.ui.backup_hands import ENTER, sign_in, window_of
from tests.ui.test_start import damage as harm
from ui.app import Program
from ui.dialogs.cannot_open import CannotOpen
from ui.dialogs.first_start import FirstStart
from ui.dialogs.rescue import RescueScreen


@pytest.fixture
def backup(desk: Desk):
    """A backup of one person; a second one came after it."""
    made = making.make_backup(desk.clinic, "by hand")
    enter(desk.session(), "李小红", "13911112222")
    desk.close()
    return made


def damage(pc: Desk, fault: Fault) -> None:
    harm(pc.folder, fault)


def rescue(program: Program, qtbot, fault: Fault) -> RescueScreen:
    screen = program.screen
    assert isinstance(screen, CannotOpen)
    assert screen.fault is fault
    qtbot.keyClick(screen.rescue_button, ENTER)
    found = program.screen
    assert isinstance(found, RescueScreen)
    qtbot.waitUntil(lambda: not found.work.busy)
    return found


def people(program: Program) -> int:
    db = window_of(program).context.db
    return db.execute_sql("SELECT count(*) FROM person").fetchone()[0]


def idle(screen: RescueScreen, qtbot) -> None:
    qtbot.waitUntil(lambda: not screen.work.busy, timeout=10_000)


@pytest.mark.parametrize("fault", [Fault.MISSING, Fault.EMPTY, Fault.FOREIGN, Fault.DAMAGED])
def test_p6_back_to_the_newest_good_backup_by_the_code_and_a_pin(
    desk,
    backup,
    start,
    qtbot,
    fault,
) -> None:
    damage(desk, fault)
    program = start(desk)
    screen = rescue(program, qtbot, fault)
    assert len(screen.table.rows()) == 1
    assert "恢复到 2026-11-20 09:00：顾客 1" in screen.meaning.text()
    qtbot.keyClick(screen.table, ENTER)  # this PC has the key, which says nothing of who is there
    assert "请输入" in screen.code_field.error
    screen.code.setText(desk.code)
    qtbot.keyClick(screen.code, ENTER)
    idle(screen, qtbot)
    assert screen.who.currentText() == STAFF["director"]
    assert screen.salvage_button.isVisible() == (fault is Fault.DAMAGED)
    qtbot.keyClicks(screen.pin, "111222")
    qtbot.keyClick(screen.pin, ENTER)
    qtbot.waitUntil(lambda: "密码不对" in screen.pin_field.error)
    qtbot.keyClicks(screen.pin, PIN)
    qtbot.keyClick(screen.pin, ENTER)
    qtbot.waitUntil(lambda: program.window is not None)
    assert people(program) == 1
    assert "已恢复到" in window_of(program).sign_in.why.text()
    sign_in(window_of(program))
    assert "已恢复到" in window_of(program).context.alerts.bar.sentence
    old = list((desk.folder / "set-aside").glob("*/clinic.db"))
    assert len(old) == (0 if fault is Fault.MISSING else 1)


@pytest.mark.parametrize("harmed", ["{", None])
def test_damaged_keys_are_taken_back_and_nothing_is_lost(
    desk,
    backup,
    start,
    qtbot,
    harmed,
) -> None:
    keys = desk.folder / "keys.json"
    keys.unlink() if harmed is None else keys.write_text(harmed)
    program = start(desk)
    screen = rescue(program, qtbot, Fault.KEYS_DAMAGED)
    assert screen.go_button.text() == "取回钥匙并打开"
    qtbot.keyClick(screen.table, ENTER)
    assert "请输入" in screen.code_field.error
    screen.code.setText("0" * 25)
    qtbot.keyClick(screen.code, ENTER)
    qtbot.waitUntil(lambda: "恢复码或口令不对" in screen.code_field.error)
    screen.code.setText(desk.code)
    qtbot.keyClick(screen.code, ENTER)
    qtbot.waitUntil(lambda: program.window is not None)
    assert people(program) == 2
    assert "钥匙已取回" in window_of(program).sign_in.why.text()


def test_keys_and_file_damaged_leads_on_to_the_whole_backup(desk, backup, start, qtbot) -> None:
    damage(desk, Fault.KEYS_DAMAGED)
    damage(desk, Fault.DAMAGED)
    program = start(desk)
    screen = rescue(program, qtbot, Fault.KEYS_DAMAGED)
    screen.code.setText(desk.code)
    screen.go()
    qtbot.waitUntil(lambda: "请恢复整份备份" in screen.code_field.error)
    qtbot.keyClick(screen.whole_button, ENTER)
    assert screen.heading.text() == "从备份恢复"
    screen.go()
    idle(screen, qtbot)
    screen.pin.setText(PIN)
    screen.go()
    qtbot.waitUntil(lambda: program.window is not None)
    assert people(program) == 1


def test_p9_another_pc_with_a_stick_and_the_code(
    desk,
    backup,
    start,
    qtbot,
    tmp_path,
    monkeypatch,
) -> None:
    """Everything of this PC is gone but what somebody holds in their hand."""
    stick = tmp_path / "usb"
    stick.mkdir()
    place = off_pc.adopt(stick, backup.manifest.clinic_id)
    off_pc.copy_out(backup, place, desk.clock, backup.path.parent)
    monkeypatch.setattr(off_pc, "_devices", lambda: [stick])
    shutil.rmtree(desk.root / "vault")
    shutil.rmtree(desk.folder / "backups")
    damage(desk, Fault.MISSING)
    program = start(desk)
    screen = rescue(program, qtbot, Fault.MISSING)
    assert len(screen.table.rows()) == 1
    assert screen.code_field.isVisible()
    screen.code.setText("0" * 25)
    screen.go()
    qtbot.waitUntil(lambda: "恢复码或口令不对" in screen.code_field.error)
    screen.code.setText(desk.code)
    screen.go()
    idle(screen, qtbot)
    screen.pin.setText(PIN)
    screen.go()
    qtbot.waitUntil(lambda: program.window is not None)
    assert people(program) == 1


def test_p9_a_new_pc_begins_with_the_stick_instead_of_a_new_clinic(
    desk, backup, start, qtbot, tmp_path, monkeypatch
) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    place = off_pc.adopt(stick, backup.manifest.clinic_id)
    off_pc.copy_out(backup, place, desk.clock, backup.path.parent)
    monkeypatch.setattr(off_pc, "_devices", lambda: [stick])
    fresh = Desk(tmp_path / "new-pc", desk.code, desk.clock)
    program = start(fresh)
    first = program.screen
    assert isinstance(first, FirstStart)
    first.restore_wanted.emit()
    screen = program.screen
    assert isinstance(screen, RescueScreen)
    idle(screen, qtbot)
    qtbot.keyClick(screen.leave_button, ENTER)
    assert isinstance(program.screen, FirstStart)  # and not a clinic that is missing
    link = next(b for b in program.screen.findChildren(QPushButton) if "备份恢复" in b.text())
    qtbot.keyClick(link, ENTER)
    screen = program.screen
    idle(screen, qtbot)
    screen.code.setText(desk.code)
    screen.go()
    idle(screen, qtbot)
    screen.pin.setText(PIN)
    screen.go()
    qtbot.waitUntil(lambda: program.window is not None)
    assert people(program) == 1


def test_a_file_may_be_chosen_and_the_way_leads_back(
    desk,
    backup,
    start,
    qtbot,
    tmp_path,
) -> None:
    for path in backup.path.parent.glob("haochi-*"):
        shutil.move(path, tmp_path / path.name)
    damage(desk, Fault.EMPTY)
    program = start(desk)
    screen = rescue(program, qtbot, Fault.EMPTY)
    assert screen.table.rows() == []
    assert not screen.go_button.isEnabled()
    screen.take_file(tmp_path / "nothing.db")
    assert "没有找到这份备份" in screen.alerts.bar.sentence
    screen.take_file(tmp_path / backup.path.name)
    assert len(screen.table.rows()) == 1
    assert screen.go_button.isEnabled()
    qtbot.keyClick(screen.leave_button, ENTER)
    assert isinstance(program.screen, CannotOpen)


def test_rows_that_no_backup_has_come_out_with_code_and_pin(
    desk,
    backup,
    start,
    qtbot,
    tmp_path: Path,
    monkeypatch,
) -> None:
    file = desk.folder / "clinic.db"
    content = bytearray(file.read_bytes())
    content[:8] = bytes(8)  # the salt: nothing opens, every row is there
    file.write_bytes(bytes(content))
    program = start(desk)
    assert isinstance(program.screen, CannotOpen)
    fault = program.screen.fault
    screen = rescue(program, qtbot, fault)
    screen._fault = Fault.DAMAGED
    screen.code.setText(desk.code)
    screen.go()
    idle(screen, qtbot)
    screen.code.clear()
    asked: list[str] = []
    monkeypatch.setattr(screen.alerts, "ask", lambda *words: asked.append(words[1]) or True)
    path = tmp_path / "out.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    qtbot.keyClick(screen.salvage_button, ENTER)
    assert "恢复码" in screen.code_field.error
    screen.code.setText("0" * 25)
    qtbot.keyClick(screen.salvage_button, ENTER)
    assert "院长" in screen.pin_field.error
    screen.pin.setText(PIN)
    qtbot.keyClick(screen.salvage_button, ENTER)
    qtbot.waitUntil(lambda: "口令不对" in screen.pin_field.error)
    assert "没有加密，用完请销毁" in asked[0]
    screen.code.setText(desk.code)
    screen.pin.setText(PIN)
    qtbot.keyClick(screen.salvage_button, ENTER)
    qtbot.waitUntil(lambda: "已取出" in screen.alerts.bar.sentence, timeout=10_000)
    names = [row[1] for row in load_workbook(path)["顾客"].iter_rows(min_row=4, values_only=True)]
    assert names == ["李小红"]
