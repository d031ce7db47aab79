"""Doctors by the keys: the application for another one, the care team, the leader's list (R130)."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from services.care.doctor_change import doctor_word, draft_change, submit_change
from services.care.doctor_changes import changes_of, doctor_change
from services.care.team import attending_of, team_words
from services.clinic import Clinic
from services.commands import Session
from services.people.enrolment import PersonForm, enrol
from services.people.records import person as record
from tests.desk_world import change, doctor, person
from tests.ui.desk_hands import on_screen, open_person
from tests.ui.dialog_hands import ENTER, dialog_of, focus, gives_word, press, write
from tests.ui.gift_hands import told
from ui.alerts import Alerts
from ui.context import UiContext
from ui.dialogs import doctor_change as module
from ui.dialogs.care_team import CareTeamDialog
from ui.dialogs.doctor_change import DoctorChangeDialog
from ui.dialogs.doctor_changes import DoctorChangesDialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.papers import PapersDialog
from ui.tabs.checkin import CheckinTab
from ui.tabs.enrollment import EnrollmentTab

TAB = Qt.Key.Key_Tab


@pytest.fixture
def doctors(frontdesk: Session) -> tuple[int, int]:
    return doctor(frontdesk, "陈医生"), doctor(frontdesk, "林医生")


@pytest.fixture
def who(frontdesk: Session, doctors: tuple[int, int]) -> int:
    form = PersonForm(name="王丽华", phone="13800138000", doctor_id=doctors[0])
    return enrol(frontdesk, form=form).person_id


@pytest.fixture
def tab(context: UiContext, qtbot: Any) -> CheckinTab:
    return on_screen(CheckinTab(context), qtbot)


@pytest.fixture
def dialog(tab: CheckinTab, context: UiContext, who: int) -> DoctorChangeDialog:
    """Alt+G on the open person."""
    open_person(context, tab, who)
    press(tab, "G")
    return dialog_of(tab, DoctorChangeDialog)


def said(dialog: DoctorChangeDialog) -> str:
    return dialog.context.alerts.bar._text.text()


def at_hand(dialog: DoctorChangeDialog) -> str:
    return next(text for text in dialog.steps.texts() if text.startswith(("●", "✕")))


def drafted(tab: CheckinTab) -> None:
    write(tab, "l")
    press(tab, TAB)
    write(tab, "离家近")
    press(tab, ENTER)


def heard(tab: CheckinTab) -> None:
    drafted(tab)
    press(tab, ENTER)  # submitted
    write(tab, "t")
    press(tab, "B")
    write(tab, "t")
    press(tab, ENTER)


def test_r130_the_whole_way_by_the_keys(tab, context, clinic, dialog, who, monkeypatch):
    asked = gives_word(monkeypatch, module, "director")
    assert focus(tab) is dialog.doctor
    assert dialog.heading.text() == f"王丽华 {record(clinic.db, who).number} · 主治医师 陈医生"
    drafted(tab)
    assert said(dialog) == "申请已保存。打印请顾客签字，再提交。"
    assert (dialog.main.text(), at_hand(dialog)) == ("提交 ⏎", "● 填写申请")
    press(tab, ENTER)
    assert (dialog.main.text(), at_hand(dialog)) == ("记下意见 ⏎", "● 两位医师意见")
    assert focus(tab) is dialog.words["from"]
    write(tab, "t")
    press(tab, ENTER)
    assert focus(tab) is dialog.words["to"]
    write(tab, "t")
    press(tab, ENTER)
    assert (dialog.main.text(), at_hand(dialog)) == ("领导签字批准 ⏎", "● 领导签字")
    press(tab, ENTER)
    assert asked[0].endswith("主治医师由陈医生换为林医生。签字批准。")
    assert (dialog.main.text(), at_hand(dialog)) == ("今天起生效 ⏎", "● 生效")
    assert "今天已登记的到诊不变" in dialog.next.text()
    press(tab, ENTER)
    assert told(context) == "已生效：从今天起主治医师是林医生。"
    assert team_words(clinic.db, who) == ("主治 林医生",)
    assert tab.pane.facts.text().startswith("团队\n主治 林医生")


def test_r130_nothing_is_kept_without_doctor_and_reason(tab, clinic, dialog, who):
    press(tab, ENTER)
    assert dialog._doctor_row.error == "请选要换成哪位医生。"
    write(tab, "l")
    press(tab, ENTER)
    assert dialog._reason_row.error == "请写明更换原因。"
    assert focus(tab) is dialog.reason
    assert changes_of(clinic.db, who) == []


def test_r130_a_draft_is_put_right_before_it_is_submitted(tab, clinic, dialog, who):
    drafted(tab)
    press(tab, "Y")
    write(tab, "时间合适")
    assert dialog.main.text() == "保存申请 ⏎"
    press(tab, ENTER, ENTER)
    (row,) = changes_of(clinic.db, who)
    assert (row.reason, row.state) == ("时间合适", "waiting")


def test_r130_an_objection_is_said_with_its_reason_and_answered(
    tab, clinic, dialog, who, monkeypatch
):
    gives_word(monkeypatch, module, "member_admin")
    drafted(tab)
    press(tab, ENTER, ENTER)
    assert dialog._word_rows["from"].error == "请选同意或不同意(按 t 或 b)。"
    write(tab, "b")
    press(tab, ENTER)
    assert dialog._word_rows["from"].error == "不同意请写理由，领导签字时要看。"
    assert focus(tab) is dialog.notes["from"]
    write(tab, "疗程没完")
    assert dialog._word_rows["from"].error == ""
    press(tab, "B")
    write(tab, "t")
    press(tab, ENTER)
    assert focus(tab) is dialog.remark
    press(tab, ENTER)
    assert dialog._remark_row.error == "有医生不同意，请在批注里答复。"
    write(tab, "做完再交接")
    press(tab, ENTER)
    (row,) = changes_of(clinic.db, who)
    assert (row.state, row.signed_by) == ("approved", "郑管理")
    assert "陈医生：不同意" in dialog.facts.text()


def test_r130_a_word_may_be_put_right_before_the_signature(tab, clinic, dialog, who):
    heard(tab)
    press(tab, "A")
    write(tab, "b")
    assert dialog.main.text() == "记下意见 ⏎"
    press(tab, TAB)
    write(tab, "想起来了")
    press(tab, ENTER)
    assert changes_of(clinic.db, who)[0].from_word == "objects"


def test_r130_the_leader_refuses_with_a_reason(tab, clinic, dialog, who, monkeypatch):
    asked = gives_word(monkeypatch, module, "director")
    heard(tab)
    press(tab, "F")
    assert dialog._remark_row.error == "请写明不批准的理由，好答复顾客。"
    assert asked == []
    write(tab, "先做完根管")
    press(tab, "F")
    assert asked[0].endswith("签字不批准。")
    assert at_hand(dialog) == "✕ 不批准"
    assert not dialog.main.isVisible()
    assert focus(tab) is dialog.print_button
    assert changes_of(clinic.db, who)[0].state == "refused"


def test_r130_without_the_leaders_word_nothing_is_signed(tab, clinic, dialog, who, monkeypatch):
    heard(tab)
    monkeypatch.setattr(module, "ask_approval", lambda *_, **__: None)
    press(tab, ENTER)
    assert changes_of(clinic.db, who)[0].state == "waiting"


def test_r130_an_application_is_withdrawn_after_asking(tab, clinic, dialog, who, monkeypatch):
    drafted(tab)
    answers = [False, True]
    monkeypatch.setattr(Alerts, "ask", lambda *_: answers.pop(0))
    press(tab, "X")
    assert changes_of(clinic.db, who)[0].state == "draft"
    press(tab, "X")
    assert changes_of(clinic.db, who)[0].state == "withdrawn"
    assert at_hand(dialog) == "✕ 已撤回"


def test_r130_somebody_else_was_quicker(tab, frontdesk, clinic, dialog, who):
    drafted(tab)
    (row,) = changes_of(clinic.db, who)
    submit_change(frontdesk, change_id=row.id)
    press(tab, ENTER)
    assert "现在是“待签”" in said(dialog)


def test_r130_of_a_doctor_who_left_no_word_is_asked(tab, context, frontdesk, clinic, doctors):
    gone = doctor(frontdesk, "离职医生", active=0)
    left = change(frontdesk, person(frontdesk, "M7", "钱明"), doctor_id=gone)
    change_id = draft_change(
        frontdesk, person_id=left, to_doctor_id=doctors[1], reason="医生走了"
    ).change_id
    submit_change(frontdesk, change_id=change_id)
    open_person(context, tab, left)
    press(tab, "G")
    dialog = dialog_of(tab, DoctorChangeDialog)
    assert not dialog.words["from"].isVisible()
    assert focus(tab) is dialog.words["to"]
    assert "离职医生(已不在本院) → 林医生" in dialog.facts.text()


def test_r130_who_has_nobody_gets_a_doctor_without_application(
    tab, context, frontdesk, clinic, doctors
):
    alone = person(frontdesk, "M8", "吴小军")
    open_person(context, tab, alone)
    assert tab.pane.change_doctor.text() == "定主治医师(&G)…"
    press(tab, "G")
    dialog = dialog_of(tab, DoctorChangeDialog)
    press(tab, ENTER)
    assert dialog._doctor_row.error == "请选主治医师。"
    write(tab, "l")
    press(tab, ENTER)
    assert attending_of(clinic.db, alone) == (doctors[1], "林医生")
    assert told(context) == "主治医师是林医生。"


def test_r130_marketing_reads_and_is_told_who_may(tab, context, marketing, who):
    context.signed_in.set(marketing)
    open_person(context, tab, who)
    press(tab, "G")
    dialog = dialog_of(tab, DoctorChangeDialog)
    assert "须由前台" in dialog.right._label.text()
    assert not dialog.main.isEnabled()
    dialog.submit()
    assert dialog._doctor_row.error == ""


def test_r152_the_form_is_printed_from_the_dialog_and_from_ctrl_p(tab, context, dialog, who):
    press(tab, "D")
    paper = dialog_of(tab, PaperDialog)
    assert paper.paper.number == ""
    paper.reject()
    drafted(tab)
    press(tab, "D")
    paper = dialog_of(tab, PaperDialog)
    assert paper.paper.number == "GH-20261120-01"
    paper.reject()
    dialog.reject()
    tab.act("print")
    offers = dialog_of(tab, PapersDialog).offers
    assert [offer.title for offer in offers] == [
        "更换主治医师申请表 · GH-20261120-01(草稿)", "更换主治医师申请表", "空白更换主治医师申请表",
        "今日收尾单(80 mm)", "今日收尾单(A4)",
    ]  # fmt: skip
    assert offers[0].make().number == "GH-20261120-01"


# -- the leader's list -----------------------------------------------------------------------


def test_r130_the_list_opens_what_waits_and_follows(
    tab, context, frontdesk, clinic, who, doctors, monkeypatch
):
    gives_word(monkeypatch, module, "director")
    empty = DoctorChangesDialog(context, tab.window())
    empty.open()
    assert "没有待办的申请" in empty.table.empty_text
    empty.submit()
    empty.reject()
    change_id = draft_change(
        frontdesk, person_id=who, to_doctor_id=doctors[1], reason="近"
    ).change_id
    submit_change(frontdesk, change_id=change_id)
    listed = DoctorChangesDialog(context, tab.window())
    listed.open()
    wait = listed.table._rows.columns[4]
    (row,) = listed.table.rows()
    assert (wait.text(row), wait.tone(row)) == ("陈医生、林医生表态", "warning")
    for which, word in (("from", "objects"), ("to", "agrees")):
        doctor_word(frontdesk, change_id=change_id, which=which, word=word, note="没完")
    listed.reload()
    (row,) = listed.table.rows()
    assert (wait.text(row), wait.tone(row)) == ("领导签字", "error")
    assert listed.count.text() == "没办完 1 张，其中等领导签字 1 张。"
    press(tab, ENTER)
    dialog_of(tab, DoctorChangeDialog)
    write(tab, "交接好")
    press(tab, ENTER)
    assert doctor_change(clinic.db, change_id).state == "approved"
    assert wait.text(listed.table.rows()[0]) == "生效"
    press(tab, ENTER)
    assert listed.table.rows() == []
    assert not listed.open_button.isEnabled()


# -- the care team ---------------------------------------------------------------------------


@pytest.fixture
def people_tab(context: UiContext, qtbot: Any, who: int) -> EnrollmentTab:
    made = on_screen(EnrollmentTab(context), qtbot)
    made.open_person(who)
    return made


def test_r016_assistant_and_consultant_by_their_letters(people_tab, context, clinic, who):
    tab = people_tab
    assert "医生团队…" in tab.card.more.texts()
    tab.card.open_care_team()
    dialog = dialog_of(tab, CareTeamDialog)
    assert focus(tab) is dialog.boxes["assistant"]
    assert not dialog.boxes["attending"].isEnabled()
    write(tab, "l")
    press(tab, "C")
    write(tab, "c")
    press(tab, ENTER)
    assert told(context) == "医生团队已保存：助理、咨询。"
    words = ("主治 陈医生", "助理 林医生", "咨询 陈医生")
    assert team_words(clinic.db, who) == words
    tab.card.refresh()
    assert tab.card.values["doctor"].text() == " · ".join(words)
    tab.card.open_care_team()
    dialog = dialog_of(tab, CareTeamDialog)
    assert len(dialog.table.rows()) == 3
    press(tab, ENTER)  # nothing changed: it just closes
    assert QApplication.activeModalWidget() is None


def test_r130_the_team_leads_to_the_application(people_tab, context, clinic, who, monkeypatch):
    tab = people_tab
    gives_word(monkeypatch, module, "director")
    tab.card.open_care_team()
    team = dialog_of(tab, CareTeamDialog)
    press(tab, "G")
    dialog_of(tab, DoctorChangeDialog)
    heard(tab)
    press(tab, ENTER, ENTER)
    assert team.boxes["attending"].currentText() == "林医生"
    text = [column.text(team.table.rows()[0]) for column in team.table._rows.columns]
    assert text == ["主治", "林医生", "2026-11-20", "现在", "申请 GH-20261120-01"]


def test_r130_a_first_doctor_is_chosen_in_the_team(people_tab, frontdesk, clinic, doctors):
    tab = people_tab
    alone = person(frontdesk, "M8", "吴小军")
    tab.open_person(alone)
    tab.card.open_care_team()
    dialog = dialog_of(tab, CareTeamDialog)
    assert not dialog.change_button.isVisible()
    write(tab, "c")
    press(tab, ENTER)
    assert attending_of(clinic.db, alone) == (doctors[0], "陈医生")


def test_r130_a_doctor_who_left_stays_shown_where_they_are(people_tab, frontdesk, clinic, doctors):
    tab = people_tab
    gone = doctor(frontdesk, "离职医生", active=0)
    left = change(frontdesk, person(frontdesk, "M7", "钱明"), doctor_id=gone)
    tab.open_person(left)
    tab.card.open_care_team()
    dialog = dialog_of(tab, CareTeamDialog)
    assert dialog.boxes["attending"].currentText() == "离职医生"
    dialog.reject()
    assert tab.form.start_edit(left)
    assert tab.form.fields.doctor.currentText() == "离职医生"
    assert tab.form.fields.form().doctor_id == gone


def test_marketing_cannot_change_the_team(people_tab, context, marketing):
    context.signed_in.set(marketing)
    people_tab.card.open_care_team()
    dialog = dialog_of(people_tab, CareTeamDialog)
    assert not dialog.save_button.isEnabled()
    assert "须由前台" in dialog.right._label.text()


def test_r130_the_record_says_how_a_doctor_is_changed(people_tab, clinic: Clinic, who, doctors):
    page = people_tab.form
    assert page.start_edit(who)
    fields = page.fields
    assert not fields.doctor.isEnabled()
    assert fields.fields["doctor_id"].note == "换医生须先申请：更多 → 医生团队。"
    fields.lines["note"].setText("怕疼")
    page.save()
    assert record(clinic.db, who).form.note == "怕疼"
    assert attending_of(clinic.db, who) == (doctors[0], "陈医生")
    page.start_new()
    assert fields.doctor.isEnabled()
    assert fields.fields["doctor_id"].note == ""
