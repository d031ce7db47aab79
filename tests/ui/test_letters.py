"""Letters, labels and number lists by the keys: seen, sent, kept (R037, R095, R146)."""

from __future__ import annotations

from collections.abc import Iterator

import openpyxl
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from models.followup import FollowupTask, Mailing
from models.system import Audit
from services.followups.call_list import calls_today
from services.followups.plans import plan_of
from services.outreach.mailings import mailings, people_of_mailing
from services.people.consents import Wishes, wishes_of
from tests.conftest import TODAY
from tests.desk_world import consent, tasks
from tests.money_world import session_of
from tests.services.outreach.letter_world import post, reader, task
from tests.ui.dialog_hands import ENTER, dialog_of, gives_word, press, write
from ui.context import UiContext
from ui.dialogs import clear_reason
from ui.dialogs import letters as letter_dialogs
from ui.dialogs.clear_reason import ClearReasonDialog
from ui.dialogs.consents import ConsentsDialog
from ui.dialogs.letters import LettersDialog
from ui.dialogs.mailing import MailingDialog
from ui.dialogs.paper import PaperDialog
from ui.widgets.letters_page import LettersPage

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def people(frontdesk) -> list[int]:
    """Somebody who agreed, somebody who did not, one without an address."""
    return [
        reader(frontdesk, "M1", "王小明", sex="M"),
        reader(frontdesk, "M2", "李四", word=False),
        reader(frontdesk, "M3", "赵大海", sex="F", address=""),
    ]


@pytest.fixture
def window(context: UiContext, qtbot) -> Iterator[QWidget]:
    context.signed_in.set(session_of(context.clinic, "member_admin"))
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    yield made
    for dialog in made.findChildren(LettersDialog):
        dialog.reject()


def settled(qtbot, dialog) -> None:
    qtbot.waitUntil(lambda: not dialog.work.busy and not dialog.context.tasks.busy)
    QTest.qWait(0)


def opened(qtbot, window, context, people, title="会员日邀请", **more) -> LettersDialog:
    made = LettersDialog(context, window, tuple(people), title, **more)
    made.open()
    settled(qtbot, made)
    return made


def sends(qtbot, dialog) -> None:
    QTest.keyClick(dialog.focusWidget() or dialog, ENTER, CONTROL)
    settled(qtbot, dialog)


# -- the dialog --------------------------------------------------------------------------------


def test_r146_who_gets_a_letter_is_said_before(context, window, qtbot, people) -> None:
    dialog = opened(qtbot, window, context, people)
    assert dialog.preview.count.text() == "寄给 1 位"
    assert dialog.preview.why.text() == "不寄 2 位：1 位拒绝营销联系、1 位没有住址。"
    assert dialog.form.text.hasFocus()
    sends(qtbot, dialog)
    assert "先写正文" in dialog.form.refusal.text()
    dialog.form.text.setPlainText("{姓氏}{称谓}，周六见。{年龄}")
    qtbot.waitUntil(lambda: "填不出来" in dialog.form.refusal.text())
    dialog.form.text.setPlainText("{姓氏}{称谓}，周六见。")
    qtbot.waitUntil(lambda: "王先生，周六见。" in dialog.preview.said.text())
    assert "马上停寄" in dialog.preview.said.text()
    assert dialog.form.refusal.text() == ""
    press(window, "F")
    settled(qtbot, dialog)
    assert dialog.preview.count.text() == "寄给 2 位"
    assert dialog.preview.place.text() == "第 1 位 / 2"
    press(window, "J")
    assert dialog.preview.said.text() == "李女士/先生，周六见。"
    press(window, "B", "D")
    settled(qtbot, dialog)
    assert dialog.preview.count.text() == "寄给 3 位"
    assert dialog.preview.measure.text() == "14 个字，按 1 条短信计费"


def test_r146_letters_are_on_record_before_they_are_printed(
    context, window, qtbot, people, clinic
) -> None:
    dialog = opened(qtbot, window, context, people, "")
    assert dialog.form.title.hasFocus()
    dialog.form.text.setPlainText("周六见。")
    sends(qtbot, dialog)
    assert "名称" in dialog.form.title_field.error
    dialog.form.title.setText("会员日")
    sends(qtbot, dialog)
    shown = dialog_of(window, PaperDialog)
    assert "周六见" in "".join(str(block) for block in shown.paper.blocks)
    shown.close()
    assert "已登记 XH-20261120-01：寄 1 位。" in dialog.context.alerts.bar.sentence
    sends(qtbot, dialog)  # once more to look, not once more to send
    dialog_of(window, PaperDialog).close()
    assert len(mailings(clinic.db)) == 1
    dialog.labels_button.click()
    settled(qtbot, dialog)
    assert dialog_of(window, PaperDialog).paper.name == "信封标签"
    assert [row.kind for row in mailings(clinic.db)] == ["labels", "letter"]


def test_r037_numbers_leave_with_a_reason_and_a_second_word(
    context, window, qtbot, people, clinic, frontdesk, tmp_path, monkeypatch
) -> None:
    context.signed_in.set(session_of(clinic, "marketing"))
    path = tmp_path / "list.xlsx"
    monkeypatch.setattr(letter_dialogs, "ask_path", lambda *_: path)
    asked = gives_word(monkeypatch, clear_reason, "member_admin")
    dialog = opened(qtbot, window, context, people, kind="numbers", text="周六见。")

    def answer():
        if not [each for each in dialog.findChildren(ClearReasonDialog) if each.isVisible()]:
            QTimer.singleShot(5, answer)
            return
        found = dialog_of(window, ClearReasonDialog)
        press(window, ENTER)
        assert "为什么" in found.field.error
        write(window, "发会员日通知")
        press(window, ENTER)

    QTimer.singleShot(0, answer)
    sends(qtbot, dialog)
    assert "寄给 2 位" in asked[0]
    assert "发会员日通知" in asked[0]
    book = openpyxl.load_workbook(path)
    assert book["名单"].cell(4, 3).value == "13800001000"
    assert clinic.db.row(Mailing.select(Mailing.clear, Mailing.reason)) == (1, "发会员日通知")
    log = clinic.db.scalar(Audit.select(Audit.detail).order_by(Audit.seq.desc()).limit(1))
    assert "list.xlsx" in log


def test_r037_a_masked_list_may_be_looked_through(
    context, window, qtbot, people, clinic, tmp_path, monkeypatch
) -> None:
    path = tmp_path / "list.xlsx"
    monkeypatch.setattr(letter_dialogs, "ask_path", lambda *_: path)
    dialog = opened(qtbot, window, context, people, kind="numbers", text="周六见。")
    press(window, "L")
    settled(qtbot, dialog)
    assert openpyxl.load_workbook(path)["名单"].cell(4, 3).value == "138****1000"


def test_a_file_that_cannot_be_written_is_tried_again_and_not_sent_again(
    context, window, qtbot, people, clinic, tmp_path, monkeypatch
) -> None:
    missing = tmp_path / "none" / "list.xlsx"
    monkeypatch.setattr(letter_dialogs, "ask_path", lambda *_: missing)
    dialog = opened(qtbot, window, context, people, kind="numbers", text="周六见。")
    dialog.save_masked()
    settled(qtbot, dialog)
    assert "没有找到文件夹" in dialog.context.alerts.bar.sentence
    missing.parent.mkdir()
    dialog.submit()
    settled(qtbot, dialog)
    assert missing.exists()
    assert len(mailings(clinic.db)) == 1


def test_going_back_from_the_path_or_the_reason_sends_nothing(
    context, window, qtbot, people, clinic, tmp_path, monkeypatch
) -> None:
    dialog = opened(qtbot, window, context, people, kind="numbers", text="周六见。")
    monkeypatch.setattr(letter_dialogs, "ask_path", lambda *_: None)
    dialog.submit()
    dialog.save_masked()
    monkeypatch.setattr(letter_dialogs, "ask_path", lambda *_: tmp_path / "a.xlsx")
    monkeypatch.setattr(letter_dialogs, "ask_release", lambda *_: None)
    dialog.submit()
    assert mailings(clinic.db) == []


def test_a_post_without_the_right_reads_it_before_typing(
    context, window, qtbot, people, clinic
) -> None:
    context.signed_in.set(session_of(clinic, "frontdesk"))
    dialog = opened(qtbot, window, context, people, kind="numbers", text="周六见。")
    assert not dialog.send_button.isEnabled()
    assert "市场" in dialog.send_button.toolTip()
    assert not dialog.masked_button.isEnabled()


def test_a_service_that_sounds_like_an_offer_is_asked_about_once(
    context, window, qtbot, people, clinic, monkeypatch
) -> None:
    dialog = opened(
        qtbot, window, context, people, kind="labels", title="优惠通知", marketing=False
    )
    asked = []
    monkeypatch.setattr(
        dialog.context.alerts, "ask", lambda *words: asked.append(words[1]) or len(asked) > 1
    )
    dialog.submit()
    settled(qtbot, dialog)
    assert mailings(clinic.db) == []
    dialog.submit()
    settled(qtbot, dialog)
    assert "像是营销" in asked[1]
    assert len(mailings(clinic.db)) == 1


def test_the_words_of_an_offer_make_it_one(context, window, qtbot, people) -> None:
    dialog = opened(qtbot, window, context, people, marketing=False)
    assert dialog.form.purpose.value() is False
    dialog.form.texts.choose("birthday")
    settled(qtbot, dialog)
    assert dialog.form.purpose.value() is True
    assert dialog.preview.count.text() == "寄给 1 位"


# -- the page ----------------------------------------------------------------------------------


@pytest.fixture
def page(context, window, people, frontdesk) -> LettersPage:
    task(frontdesk, people[0], rule="birthday", subject="2026-11-20", marketing=1)
    task(frontdesk, people[2], channel="sms", subject="复查提醒")
    made = LettersPage(context)
    made.setParent(window)
    made.resize(1366, 700)
    made.show()
    made.refresh()
    made.first_focus().setFocus()
    return made


def test_r146_what_waits_is_written_with_one_key(
    context, window, qtbot, page, people, clinic, frontdesk
) -> None:
    assert page.summary.text() == "可寄 2 位，2 类。选中按回车，先看再寄。"
    assert not page.to_phone.isVisible()
    page.waiting.selectRow(0)
    assert page.act_print()
    dialog = dialog_of(window, LettersDialog)
    settled(qtbot, dialog)
    plan = plan_of(clinic.db, "birthday")
    assert dialog.form.written() == plan.scripts[0]
    assert not dialog.form.purpose.buttons[False].isEnabled()
    sends(qtbot, dialog)
    dialog_of(window, PaperDialog).close()
    assert "1 个任务记为已寄" in dialog.context.alerts.bar.sentence
    dialog.close()
    page.refresh()
    assert [row.name for row in page.waiting.rows()] == ["复查提醒"]
    assert clinic.db.scalar(FollowupTask.select(FollowupTask.closed_as)) == "sent"
    assert [row.people for row in page.sent.rows()] == [1]


def test_r146_who_cannot_be_written_to_is_called_with_one_key(
    context, window, qtbot, page, people, clinic, frontdesk
) -> None:
    task(frontdesk, people[2], subject="问复查")  # no address
    nowhere = reader(frontdesk, "M4", "孙远", address="", phone="")
    task(frontdesk, nowhere, subject="问复查")
    page.refresh()
    assert page.summary.text().endswith("不可寄 2 位，选中按 Alt+T 改回电话。")
    page.waiting.selectRow(0)
    page.to_phone.click()
    assert "请先选中“不可寄”的一行" in context.alerts.bar.sentence
    stuck = next(n for n, row in enumerate(page.waiting.rows()) if row.why)
    page.waiting.selectRow(stuck)
    QTest.keyClick(page.waiting, ENTER)
    assert "不能寄：2 位没有住址。" in context.alerts.bar.sentence
    assert not window.findChildren(LettersDialog)
    page.to_phone.click()
    assert context.alerts.bar.sentence == (
        "1 个任务已改回电话，在“1 电话”里打。另有 1 个没有电话，请先补填手机号。"
    )
    assert [row.person_id for row in calls_today(clinic.db, TODAY)] == [people[2]]
    page.waiting.selectRow(next(n for n, row in enumerate(page.waiting.rows()) if row.why))
    page.to_phone.click()
    assert "没有电话，不能打电话" in context.alerts.bar.sentence


def test_r146_what_left_is_looked_at_and_sent_again_past_the_gate(
    context, window, qtbot, page, people, clinic, frontdesk
) -> None:
    sent = post(frontdesk, people[0])
    consent(frontdesk, people[0], False)
    page.refresh()
    page.sent.selectRow(0)
    page.sent.setFocus()
    QTest.keyClick(page.sent, ENTER)
    shown = dialog_of(window, MailingDialog)
    assert [row.name for row in shown.people.rows()] == ["王小明"]
    shown.submit()
    again = dialog_of(window, LettersDialog)
    settled(qtbot, again)
    assert again.preview.count.text() == "寄给 0 位"
    assert people_of_mailing(clinic.db, sent.mailing_id) == [people[0]]
    again.submit()
    settled(qtbot, again)
    assert "没有可以寄的人" in again.context.alerts.bar.sentence
    again.close()
    shown.close()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page.sent.setFocus()
    assert page.act_back()
    assert not page.act_back()


def test_a_letter_to_the_open_person(context, window, qtbot, page, people) -> None:
    page.write_to_open()
    assert "F3" in context.alerts.bar.sentence
    context.current_person.select(people[0])
    page.write_to_open()
    dialog = dialog_of(window, LettersDialog)
    settled(qtbot, dialog)
    assert dialog.form.purpose.value() is False
    assert dialog.preview.count.text() == "寄给 1 位"


# -- wishes ------------------------------------------------------------------------------------


def test_quiet_note_and_review_are_kept_at_once(
    context, window, qtbot, people, clinic, frontdesk
) -> None:
    task(frontdesk, people[0], marketing=1)
    context.current_person.select(people[0])
    dialog = ConsentsDialog(context, window)
    dialog.open()
    dialog.note.setFocus()
    write(window, "下午三点后再打")
    press(window, ENTER)
    assert wishes_of(clinic.db, people[0]).note == "下午三点后再打"
    dialog.by.choose("sms")
    dialog.by.activated.emit(2)
    press(window, "Q")
    qtbot.waitUntil(lambda: wishes_of(clinic.db, people[0]).quiet)
    press(window, "V")
    assert wishes_of(clinic.db, people[0]) == Wishes("sms", "下午三点后再打", True, "2026-11-20")
    assert [row[3] for row in tasks(frontdesk, people[0])] == ["given_up"]
    dialog.submit()
    assert not dialog.isVisible()
