"""个人信息 by the keys: requests, copies, freezing, erasing, what is given to others (R135)."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from models.system import Audit
from services.people.closed import closed
from services.privacy.disclosures import disclosures_of
from services.privacy.freezing import freeze
from services.privacy.requests import receive, requests_of
from services.privacy.retention import retention
from tests.conftest import TODAY
from tests.privacy_world import PHONE, asked, enrolled, finished, lived
from tests.ui.desk_hands import on_screen
from tests.ui.dialog_hands import ENTER, ESC, dialog_of, gives_word, press, write
from ui.copying import CopyWatch
from ui.dialogs import personal_data_forms
from ui.dialogs.personal_data import PersonalDataDialog
from ui.dialogs.personal_data_forms import (
    AnswerDialog,
    DisclosureDialog,
    EraseDialog,
    NewRequestDialog,
)
from ui.dialogs.privacy import PrivacyDialog, RetentionDialog
from ui.tabs.enrollment import EnrollmentTab


@pytest.fixture
def who(frontdesk):
    return enrolled(frontdesk)


@pytest.fixture
def tab(context, qtbot, member_admin, who):
    context.signed_in.set(member_admin)
    made = on_screen(EnrollmentTab(context), qtbot)
    made.open_person(who)
    return made


def opened(tab):
    tab.card.open_personal_data()
    return dialog_of(tab, PersonalDataDialog)


def said(where):
    return where.context.alerts.bar.sentence


def lines(table):
    return [tuple(column.text(row) for column in table._rows.columns) for row in table.rows()]


def test_a_request_is_written_down_and_answered_by_the_keys(tab, clinic, who, qtbot):
    assert "个人信息(P)…" in tab.card.more.texts() or "个人信息…" in tab.card.more.texts()
    dialog = opened(tab)
    press(tab, ENTER)
    asking = dialog_of(tab, NewRequestDialog)
    press(tab, ENTER)
    assert "请先核对来人身份" in asking.checked_field.error
    asking.checked.choose("document")
    press(tab, ENTER)
    assert lines(dialog.requests)[0][:4] == (TODAY, "查阅复制", "核对本人证件", "待答复")
    dialog.requests.select_first()
    assert dialog.paper_button.isVisible()
    assert not dialog.erase_button.isVisible()
    press(tab, "D")
    press(tab, ESC)
    press(tab, "F")
    assert said(dialog) == "已登记：办完并答复。"
    assert requests_of(clinic.db, TODAY, who)[0].state == "done"
    assert not dialog.paper_button.isVisible()


def test_the_copy_goes_into_a_workbook(tab, frontdesk, who, tmp_path, monkeypatch):
    asked(frontdesk, who, "copy")
    dialog = opened(tab)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "我的资料"), "")
    )
    press(tab, "E")
    assert (tmp_path / "我的资料.xlsx").exists()
    assert said(dialog).startswith("已存为 我的资料.xlsx")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: ("", ""))
    press(tab, "E")


def test_refusing_and_freezing_say_why(tab, clinic, frontdesk, who):
    asked(frontdesk, who, "correct")
    asked(frontdesk, who, "freeze")
    dialog = opened(tab)
    dialog.requests.select_first()
    assert dialog.freeze_button.isVisible()
    dialog.requests.selectRow(1)
    press(tab, "J", ENTER)
    answering = dialog_of(tab, AnswerDialog)
    assert "请写明理由" in answering.text_field.error
    write(tab, "已经是对的")
    press(tab, ENTER)
    dialog.requests.selectRow(0)
    press(tab, "Z")
    write(tab, "本人要求停用")
    press(tab, ENTER)
    assert closed(clinic.db, who).frozen_on == TODAY
    assert "起冻结" in dialog.notice.text()
    assert not dialog.unfreeze_button.isEnabled()  # the director's alone
    assert "院长" in dialog.unfreeze_button.toolTip()


def test_what_is_open_is_shown_before_anybody_is_erased(tab, frontdesk, member_admin, who):
    lived(frontdesk, member_admin, who)
    asked(frontdesk, who, "erase")
    opened(tab).requests.select_first()
    press(tab, "X")
    dialog = dialog_of(tab, EraseDialog)
    assert len(dialog.matters) == 3
    press(tab, ENTER)
    assert not [each for each in tab.window().findChildren(EraseDialog) if each.isVisible()]


def test_erasing_takes_the_directors_word(tab, clinic, frontdesk, member_admin, who, monkeypatch):
    lived(frontdesk, member_admin, who)
    finished(member_admin, who)
    asked(frontdesk, who, "erase")
    dialog = opened(tab)
    dialog.requests.select_first()
    press(tab, "X")
    monkeypatch.setattr("ui.dialogs.personal_data_forms.ask_approval", lambda *_args: None)
    press(tab, ENTER)
    assert closed(clinic.db, who).erased_on is None
    gives_word(monkeypatch, personal_data_forms, "director")
    press(tab, ENTER)
    assert closed(clinic.db, who).erased_on == TODAY
    assert tab.context.person_id is None
    assert "已匿名化" in dialog.notice.text()
    assert not dialog.new_button.isEnabled()


def test_what_is_given_to_others_is_written_down_and_taken_back(tab, clinic, who):
    dialog = opened(tab)
    press(tab, "T")
    giving = dialog_of(tab, DisclosureDialog)
    press(tab, ENTER)
    assert "请填写“接收方”" in said(giving)
    for line, text in (
        (giving.receiver, "市一院"),
        (giving.what, "姓名"),
        (giving.purpose, "转诊"),
        (giving.basis_note, "书面同意"),
    ):
        line.setText(text)
    press(tab, ENTER)
    dialog.given.select_first()
    press(tab, "B")
    assert disclosures_of(clinic.db, who)[0].taken_back
    assert lines(dialog.given)[0][-1] == "已撤回"
    assert not dialog.back_button.isEnabled()


def test_the_directors_overview_opens_a_frozen_record_and_lets_it_go(
    context, qtbot, clinic, member_admin, director, who
):
    freeze(member_admin, request_id=asked(member_admin, who, "freeze"), answer="停用")
    context.signed_in.set(director)
    host = on_screen(EnrollmentTab(context), qtbot)
    dialog = PrivacyDialog(context, host.window())
    dialog.open()
    dialog.pages.setCurrentIndex(1)
    assert lines(dialog.tables[1]) == [("M0000001", "欧阳**", TODAY)]
    press(host, ENTER)
    inner = dialog_of(host, PersonalDataDialog)
    press(host, "U")
    assert closed(clinic.db, who).frozen_on is None
    assert said(inner) == "已解除冻结，可以照常使用。"
    press(host, ESC)
    assert lines(dialog.tables[1]) == []
    press(host, "Y")
    years = dialog_of(host, RetentionDialog)
    years.keep.setText("0")
    press(host, ENTER)
    assert "1 至 30 年" in years.keep_field.error
    years.keep.setText("5")
    years.legal.setText("15")
    press(host, ENTER)
    assert retention(clinic.db).legal_years == 15
    assert "法定保存 15 年" in dialog.keeping.text()


def test_who_is_no_director_reads_no_frozen_list(context, qtbot, member_admin, who):
    receive(member_admin, person_id=who, kind="erase", checked="retention")
    context.signed_in.set(member_admin)
    host = on_screen(EnrollmentTab(context), qtbot)
    dialog = PrivacyDialog(context, host.window())
    dialog.open()
    assert lines(dialog.tables[0])[0][:3] == ("M0000001", "欧阳**", "删除(匿名化)")
    assert not dialog.years_button.isEnabled()


def test_copies_of_names_and_numbers_are_on_record(context, qtbot, clinic, frontdesk, who):
    host = on_screen(EnrollmentTab(context), qtbot)
    watch = CopyWatch(context, host)
    clipboard = QGuiApplication.clipboard()

    def logged():
        return len(clinic.db.rows(Audit.select(Audit.seq).where(Audit.action == "privacy.copied")))

    clipboard.setText("牙膏 12")
    assert logged() == 0
    clipboard.setText(f"电话 {PHONE}")
    assert logged() == 1
    context.signed_in.set(None)
    clipboard.setText(f"电话  {PHONE}")
    assert logged() == 1
    clipboard.clear()
    watch.deleteLater()
