"""Backups in the window: by themselves, by hand, back to one, and back again; leaving."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from services.backups import making, off_pc, shelf
from services.errors import Fault, StoreFault
from tests.conftest import PIN
from tests.services.backups.conftest import Desk, enter
from tests.ui.backup_hands import ENTER, approving, opened, sign_in, window_of
from ui.dialogs import backups, set_aside
from ui.dialogs.backups import BackupsDialog
from ui.dialogs.drill import DrillDialog
from ui.dialogs.forgotten_pin import ForgottenPin
from ui.dialogs.passphrase import PassphraseDialog
from ui.dialogs.set_aside import SetAsideDialog

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def stick(desk: Desk, tmp_path: Path, monkeypatch) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    monkeypatch.setattr(off_pc, "_devices", lambda: [folder])
    return folder


def copies(desk: Desk) -> list[Path]:
    return shelf.paths(shelf.folder_of(desk.folder))


def test_a_backup_is_made_beside_the_work_and_the_strip_tells(desk, start, qtbot) -> None:
    window = window_of(start(desk))
    sign_in(window)
    assert not window.today.backup.isVisible()  # nothing is known yet
    assert window.keeper is not None
    window.keeper.look()
    window.keeper.look()  # one at a time
    qtbot.waitUntil(lambda: window.today.backup.text() == "备份 09:00 ✓ · U 盘 从未 ✕")
    assert window.today.backup.property("tone") == "error"
    assert len(copies(desk)) == 1
    qtbot.mouseClick(window.today.backup, LEFT)
    assert opened(window, BackupsDialog)


def test_the_strip_tells_before_the_first_backup_of_the_day(
    desk, start, qtbot, monkeypatch
) -> None:
    monkeypatch.setattr("ui.backing_up.FIND_OUT_AFTER", 0)
    window = window_of(start(desk))
    assert window.today.backup.text() == ""
    sign_in(window)
    qtbot.waitUntil(lambda: window.today.backup.text() != "")
    assert window.today.backup.text() == "备份 还没有 ✕ · U 盘 从未"
    assert not copies(desk)
    window.keeper.find_out()  # it is known
    assert not window.keeper._tasks.busy


def test_the_first_backup_of_a_day_comes_by_itself_after_signing_in(
    desk, start, qtbot, monkeypatch
) -> None:
    monkeypatch.setattr("ui.backing_up.AFTER_SIGN_IN", 0)
    monkeypatch.setattr("ui.backing_up.MINUTE", 1)
    window = window_of(start(desk))
    sign_in(window)
    qtbot.waitUntil(lambda: window.today.backup.text() == "备份 09:00 ✓ · U 盘 从未 ✕")
    assert len(copies(desk)) == 1


def test_a_stick_gets_its_copy_and_may_be_taken_out(desk, start, stick, qtbot) -> None:
    off_pc.adopt(stick, making.make_backup(desk.clinic, "start").manifest.clinic_id)
    window = window_of(start(desk))
    sign_in(window)
    window.context.alerts.bar.dismiss()
    window.keeper.look()
    qtbot.waitUntil(lambda: "可以拔出 U 盘了" in window.context.alerts.bar.sentence)
    assert window.today.backup.text() == "备份 09:00 ✓ · U 盘 今天"
    assert len(shelf.paths(stick)) == 1


def test_trouble_is_said_once_and_stays_on_the_strip(desk, start, monkeypatch, qtbot) -> None:
    def full(*_, **__):
        raise StoreFault(Fault.DISK_FULL)

    monkeypatch.setattr("services.backups.keeping.make_backup", full)
    window = window_of(start(desk))
    sign_in(window)
    bar = window.context.alerts.bar
    bar.dismiss()
    window.keeper.look()
    qtbot.waitUntil(lambda: "磁盘已满" in bar.sentence)
    assert window.today.backup.text().startswith("备份 没有完成 ✕")
    assert "磁盘已满" in window.today.backup.toolTip()
    bar.dismiss()
    window.keeper.look()
    qtbot.waitUntil(lambda: window.keeper._task is None)
    assert bar.sentence == ""


def test_leaving_backs_up_what_was_written_and_closes_by_itself(desk, start, qtbot) -> None:
    program = start(desk)
    window = window_of(program)
    sign_in(window)
    window.close()
    assert window.isVisible()
    assert window.pages.currentWidget() is window.farewell
    assert window.context.signed_in.session is None
    window.close()  # once more changes nothing
    qtbot.waitUntil(lambda: not window.isVisible())
    assert program._clinic is None
    assert len(copies(desk)) == 1
    desk.open()  # the lock is free


def test_leaving_at_once_gives_the_backup_up(desk, start, qtbot) -> None:
    program = start(desk)
    window = window_of(program)
    sign_in(window)
    window.close()
    qtbot.keyClick(window.farewell.leave_button, ENTER)
    assert not window.isVisible()
    assert program._clinic is None
    desk.open()


def test_with_nothing_to_back_up_the_window_just_closes(desk, start, qtbot) -> None:
    making.make_backup(desk.clinic, "start")
    window = window_of(start(desk))
    window.close()
    assert not window.isVisible()


def test_a_file_that_failed_holds_nobody_back(desk, start) -> None:
    window = window_of(start(desk))
    sign_in(window)
    window.context.db.close()
    window.close()
    assert not window.isVisible()


def test_a_backup_that_fails_at_leaving_says_so_and_does_not_hold_anybody(
    desk,
    start,
    monkeypatch,
    qtbot,
) -> None:
    def full(*_, **__):
        raise StoreFault(Fault.DISK_FULL)

    monkeypatch.setattr("services.backups.keeping.make_backup", full)
    window = window_of(start(desk))
    sign_in(window)
    window.close()
    qtbot.waitUntil(lambda: "磁盘已满" in window.farewell.hint.text())
    assert "都已保存" in window.farewell.hint.text()
    qtbot.keyClick(window.farewell.leave_button, ENTER)
    assert not window.isVisible()


def test_a_backup_under_way_is_waited_for_at_leaving(desk, start, qtbot) -> None:
    window = window_of(start(desk))
    sign_in(window)
    window.keeper.look()
    enter(window.context.session, "李小红", "13911112222")
    window.close()
    assert window.isVisible()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert len(copies(desk)) >= 1


def on_the_stick(dialog: BackupsDialog) -> bool:
    """Whether a copy off this PC is listed (the day's own work may add backups here meanwhile)."""
    return any(row.place == "away" for row in dialog.table.rows())


def backups_dialog(window, qtbot) -> BackupsDialog:
    window.menus.open("backups")
    dialog = opened(window, BackupsDialog)
    qtbot.waitUntil(lambda: not dialog.work.busy)
    return dialog


def test_p9_back_to_a_backup_from_the_window_and_undone(
    desk,
    start,
    monkeypatch,
    qtbot,
) -> None:
    asked = approving(monkeypatch, backups)
    again = approving(monkeypatch, set_aside)
    making.make_backup(desk.clinic, "by hand")
    enter(desk.session(), "李小红", "13911112222")
    desk.clock.time = "11:00:00"
    program = start(desk)
    window = window_of(program)
    sign_in(window)
    dialog = backups_dialog(window, qtbot)
    qtbot.keyClick(dialog.table, ENTER)
    qtbot.waitUntil(lambda: program.window is not None and program.window is not window)
    assert "恢复到 2026-11-20 09:00：顾客 1，单据 0" in asked[0]
    assert "搁置之后的" in asked[0]
    window = window_of(program)
    assert "已恢复到 2026-11-20 09:00" in window.sign_in.why.text()
    sign_in(window)
    assert "已恢复到 2026-11-20 09:00" in window.context.alerts.bar.sentence
    assert found(window, "李小红") == 0
    assert len(copies(desk)) >= 2  # what was there was backed up first

    qtbot.mouseClick(window.context.alerts.bar._action, LEFT)
    aside = opened(window, SetAsideDialog)
    assert aside.table.rows()
    qtbot.keyClick(aside.table, ENTER)
    qtbot.waitUntil(lambda: program.window is not None and program.window is not window)
    assert "2026-11-20 11:00:00" in again[0]
    window = window_of(program)
    sign_in(window)
    assert found(window, "李小红") == 1


def found(window, name: str) -> int:
    query = "SELECT count(*) FROM person WHERE name = ?"
    return window.context.db.execute_sql(query, (name,)).fetchone()[0]


def test_a_wrong_pin_restores_nothing(desk, start, monkeypatch, qtbot) -> None:
    approving(monkeypatch, backups, pin="111222")
    making.make_backup(desk.clinic, "by hand")
    program = start(desk)
    window = window_of(program)
    sign_in(window)
    dialog = backups_dialog(window, qtbot)
    dialog.submit()
    assert dialog.isVisible()
    assert program.window is window


def test_a_restore_that_fails_opens_the_clinic_as_it_was(
    desk,
    start,
    monkeypatch,
    qtbot,
) -> None:
    approving(monkeypatch, backups)
    made = making.make_backup(desk.clinic, "by hand")
    program = start(desk)
    window = window_of(program)
    sign_in(window)
    dialog = backups_dialog(window, qtbot)
    made.path.write_bytes(b"other")  # after it was read through
    dialog.submit()
    qtbot.waitUntil(lambda: program.window is not None and program.window is not window)
    window = window_of(program)
    assert "没有恢复，数据和原来一样" in window.sign_in.why.text()
    sign_in(window)
    assert "已损坏" in window.context.alerts.bar.sentence


def test_the_desk_looks_copies_and_makes_but_does_not_restore(
    desk,
    start,
    stick,
    qtbot,
) -> None:
    window = window_of(start(desk))
    sign_in(window, "frontdesk")
    dialog = backups_dialog(window, qtbot)
    assert dialog.table.rows() == []
    assert not dialog.restore_button.isEnabled()
    dialog.make()
    qtbot.waitUntil(lambda: bool(dialog.table.rows()) and not dialog.work.busy)
    dialog.copy_to(stick)
    qtbot.waitUntil(lambda: on_the_stick(dialog) and not dialog.work.busy)
    assert "U 盘 今天" in dialog.state.text()
    shelf.paths(stick)[0].write_bytes(b"other")
    dialog.copy_to(stick, second=True)
    qtbot.waitUntil(lambda: not dialog.work.busy)
    assert shelf.read_state(shelf.folder_of(desk.folder)).second == str(stick)
    copies(desk)[0].write_bytes(b"other")
    dialog.examine()
    qtbot.waitUntil(lambda: not dialog.work.busy)
    assert "已损坏" in dialog.spoilt.text()
    dialog.restore(None)


def test_p9_the_drill_by_its_keys(desk, start, stick, qtbot) -> None:
    making.make_backup(desk.clinic, "by hand")
    window = window_of(start(desk))
    sign_in(window)
    dialog = backups_dialog(window, qtbot)
    assert "该做恢复演练了" in dialog.state.text()
    dialog.copy_to(stick)
    qtbot.waitUntil(lambda: on_the_stick(dialog) and not dialog.work.busy)
    dialog.open_drill()
    drill = opened(window, DrillDialog)
    qtbot.keyClick(drill.code, ENTER)
    assert drill.field.error
    drill.code.setText("0" * 25)
    drill.submit()
    qtbot.waitUntil(lambda: "恢复码不对" in drill.field.error)
    drill.code.setText(desk.code)
    drill.submit()
    qtbot.waitUntil(lambda: "顾客 1" in drill.outcome.text(), timeout=10_000)
    assert drill.code.text() == ""
    drill.close()
    assert "该做恢复演练了" not in dialog.state.text()


def test_the_passphrase_is_set_and_taken_away(desk, start, qtbot) -> None:
    window = window_of(start(desk))
    sign_in(window)
    window.menus.open("passphrase")
    dialog = opened(window, PassphraseDialog)
    dialog.new.setText("短")
    dialog.submit()
    assert dialog.new_field.error
    dialog.new.setText("春天的牙齿四颗")
    dialog.submit()
    assert dialog.again_field.error
    dialog.again.setText("春天的牙齿四颗")
    dialog.pin.setText("111222")
    dialog.submit()
    assert dialog.pin_field.error
    dialog.pin.setText(PIN)
    dialog.submit()
    qtbot.waitUntil(lambda: "备用口令已设置" in window.context.alerts.bar.sentence)
    window.menus.open("passphrase")
    dialog = opened(window, PassphraseDialog)
    assert dialog.remove_button.isVisible()
    dialog.pin.setText(PIN)
    dialog.remove()
    qtbot.waitUntil(lambda: "已取消" in window.context.alerts.bar.sentence)


def test_a_director_who_forgot_the_pin_sets_a_new_one(desk, start, qtbot) -> None:
    window = window_of(start(desk))
    window.sign_in.ask_code()
    dialog = opened(window, ForgottenPin)
    assert dialog.who.currentText() == "孙院长"
    dialog.new.setText("860421")
    dialog.submit()
    assert dialog.again_field.error
    dialog.again.setText("860421")
    dialog.code.setText("0" * 25)
    dialog.submit()
    assert "恢复码不对" in dialog.code_field.error
    dialog.code.setText(desk.code)
    dialog.submit()
    assert "请用新密码登录" in window.sign_in.why.text()
    sign_in(window, pin="860421")
    assert window.context.signed_in.session is not None


@pytest.mark.parametrize("way", ["forgotten", "keyring"])
def test_opened_by_the_code_is_on_record(desk, start, qtbot, way) -> None:
    import shutil

    desk.close()
    if way == "forgotten":
        shutil.rmtree(desk.root / "vault")
    else:  # the keyring answers with something else, as after a changed Windows password
        for path in (desk.root / "vault").iterdir():
            path.write_bytes(bytes(32))
    program = start(desk)
    assert program.screen.fault is Fault.WRONG_KEY
    program.screen.code.setText(desk.code)
    qtbot.keyClick(program.screen.code, ENTER)
    sign_in(window_of(program), "frontdesk")
    db = window_of(program).context.db
    rows = db.execute_sql("SELECT action FROM audit ORDER BY seq DESC LIMIT 1").fetchall()
    assert rows == [("clinic.way_in",)]
