"""The crash report: offered after a bug, from 帮助 and where nothing opens; seen before saved."""

import shutil
import zipfile
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from models.vault import FileVault
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.verify import anchors
from tests.services.test_verify import tamper
from ui import crashlog
from ui.app import Program
from ui.dialogs.cannot_open import CannotOpen
from ui.dialogs.crash_report import CrashReportDialog, ReportDialog
from ui.dialogs.verify import VerifyDialog
from ui.start_check import StartCheck

ENTER = Qt.Key.Key_Return
PHONE = "13812345678"


@pytest.fixture
def dialog(context, qtbot):
    opened = CrashReportDialog(context, context.alerts.host)
    qtbot.addWidget(opened)
    opened.show()
    return opened


@pytest.fixture
def answer(monkeypatch):
    def to(path):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path or ""), ""))

    return to


def test_what_is_shown_is_what_is_saved(dialog, qtbot, tmp_path, answer):
    answer(tmp_path / "报告")
    assert dialog.focusWidget() is dialog.save_button
    qtbot.keyClick(dialog.save_button, ENTER)
    with zipfile.ZipFile(tmp_path / "报告.zip") as archive:
        for name in archive.namelist():
            assert archive.read(name).decode() in dialog.text.toPlainText()
    assert "程序不会发送" in dialog._alerts.bar.sentence


def test_no_place_chosen_and_a_place_that_is_not_there(dialog, tmp_path, answer):
    answer(None)
    dialog.choose()
    assert dialog._alerts.bar.sentence == ""
    assert dialog.write(tmp_path / "none" / "a.zip") is None
    assert "没有找到文件夹" in dialog._alerts.bar.sentence


def test_p12_nothing_of_anybody_is_shown(context, frontdesk, qtbot):
    enrol(frontdesk, form=PersonForm(name="欧阳晓明", phone=PHONE))
    context.settings.setValue("window/tab", PHONE)
    opened = CrashReportDialog(context, context.alerts.host)
    qtbot.addWidget(opened)
    text = opened.text.toPlainText()
    assert "person.enrol" in text
    assert "window window/tab" in text
    for canary in ("欧阳", PHONE, "李前台", str(context.clinic.folder)):
        assert canary not in text


def test_a_bug_offers_the_report_in_a_dialog_too(context):
    opened = []
    context.alerts.on_bug = partial(opened.append, 1)
    context.alerts.inside(context.alerts.host).bug(ZeroDivisionError())
    context.alerts.bug(ZeroDivisionError())
    context.alerts.bar._action.click()
    assert opened == [1]


@pytest.fixture
def unreadable(clinic_template, tmp_path):
    shutil.copytree(clinic_template, tmp_path / "c")
    folder = tmp_path / "c" / "data"
    (folder / "clinic.db").write_bytes(b"")
    return folder


def test_where_nothing_opens_there_is_a_report_too(theme, qapp, qtbot, clock, unreadable):
    program = Program(qapp, unreadable, clock, FileVault(unreadable.parent / "vault"))
    program.start()
    screen = program.screen
    assert isinstance(screen, CannotOpen)
    screen.report.emit()
    shown = screen.findChild(ReportDialog)
    assert "cannot open: EMPTY" in shown.text.toPlainText()
    assert "no file is open" in shown.text.toPlainText()
    shown.reject()
    screen.close()
    screen.deleteLater()
    program.idle.stop()
    program.stop()
    program.deleteLater()
    crashlog.stop()


def test_p13_the_start_looks_at_the_chain_and_says_where_to_read_more(context, frontdesk, qtbot):
    opened = []
    check = StartCheck(context, partial(opened.append, 1), context.alerts.host)
    context.signed_in.set(None)
    context.signed_in.set(frontdesk)
    assert check._wait.isActive()
    check.begin()
    qtbot.waitUntil(lambda: not check.tasks.busy, timeout=20_000)
    assert context.alerts.bar.sentence == ""
    tamper(context.db, "UPDATE audit SET detail = '{}' WHERE seq = 2")
    check.begin()
    qtbot.waitUntil(lambda: context.alerts.bar.sentence != "", timeout=20_000)
    assert "第 2 号" in context.alerts.bar.sentence
    context.alerts.bar._action.click()
    assert opened == [1]
    check.stop()  # or the start it waits for comes in the middle of another test


def test_p13_nothing_is_said_over_the_lock_screen(context, qtbot):
    check = StartCheck(context, lambda: None, context.alerts.host)
    tamper(context.db, "UPDATE audit SET detail = '{}' WHERE seq = 2")
    check.begin()
    context.signed_in.set(None)
    qtbot.waitUntil(lambda: not check.tasks.busy, timeout=20_000)
    assert context.alerts.bar.sentence == ""


def test_p13_the_head_on_a_slip_is_compared(context, qtbot):
    dialog = VerifyDialog(context, context.alerts.host)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.head.setText("第 3 号")
    dialog.submit()
    assert "1a2b3c4d #123" in dialog.head_field.error
    dialog.head.setText(anchors.written(context.db).replace("#", "# "))
    dialog.submit()
    qtbot.waitUntil(lambda: dialog.start_button.isEnabled(), timeout=60_000)
    assert "全部一致" in dialog.verdict.text()
    dialog.head.setText("00000000 #2")
    dialog.submit()
    qtbot.waitUntil(lambda: dialog.start_button.isEnabled(), timeout=60_000)
    (row,) = dialog.table.rows()
    assert "00000000 #2" in row.sentence
