"""意见投诉 by keyboard: what waits, the next step on Enter (R025, R052, R066, R067, R151, E67)."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from models.system import Audit
from services.feedback.complaint_steps import handle_complaint
from services.feedback.complaints import (
    complaint,
    complaints_of,
    open_complaint,
    steps_of,
)
from services.feedback.deadlines import deadlines
from services.feedback.request_list import request_row, requests_of
from services.feedback.requests import open_request
from tests.conftest import TODAY
from tests.desk_world import person
from tests.money_world import ROLE_IDS
from tests.ui.desk_hands import on_screen
from tests.ui.dialog_hands import ENTER, ESC, dialog_of, focus, press, write
from ui.dialogs.adjust import AdjustDialog
from ui.dialogs.awards import GiveAwardDialog
from ui.dialogs.complaint_days import DeadlinesDialog
from ui.dialogs.complaint_request import NewRequestDialog
from ui.dialogs.complaint_step import (
    AssignDialog,
    ChangeComplaintDialog,
    CloseComplaintDialog,
    SayDialog,
)
from ui.dialogs.complaints import ComplaintsDialog, NewComplaintDialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.papers import PapersDialog
from ui.tabs.followups import FEEDBACK, FollowupsTab
from ui.widgets.today_strip import PLACES, texts_of

Key = Qt.Key
ADMIN = ROLE_IDS["member_admin"]


@pytest.fixture
def wang(frontdesk):
    return person(frontdesk, "M1", name="王芳", phone="13800138000")


@pytest.fixture
def waits(frontdesk, wang):
    return open_complaint(frontdesk, person_id=wang, text="等候太久").complaint_id


@pytest.fixture
def tab(context, qtbot, member_admin):
    context.signed_in.set(member_admin)
    made = on_screen(FollowupsTab(context), qtbot)
    made.show_page(FEEDBACK)
    return made


@pytest.fixture
def page(waits, tab):
    found = tab.page(FEEDBACK)
    found.refresh()
    return found


def said(where: Any) -> str:
    return where.context.alerts.bar.sentence


def shown(page: Any) -> list[tuple[str, ...]]:
    """Kind, who, state and time left of each line."""
    columns = page.list._rows.columns
    return [tuple(columns[at].text(row) for at in (0, 2, 3, 5)) for row in page.list.rows()]


def test_r151_enter_is_the_next_step_until_it_is_closed(tab, page, clinic, waits):
    assert shown(page) == [("投诉", "王芳", "待回应", "还有 4 天")]
    assert focus(tab) is page.list
    press(tab, ENTER, ENTER)
    saying = dialog_of(tab, SayDialog)
    assert saying.windowTitle() == "回应顾客"
    assert "怎样回应" in saying.text_field.error
    write(tab, "已致电")
    press(tab, ENTER)
    assert said(tab) == "已登记首次回应。"
    assert tab.context.person_id is not None
    assert shown(page)[0][2] == "处理中"
    press(tab, ENTER)
    write(tab, "致歉")
    press(tab, ENTER)
    assert shown(page)[0][2] == "待结案"
    press(tab, ENTER, ENTER)
    closing = dialog_of(tab, CloseComplaintDialog)
    assert "处理结果" in closing.outcome_field.error
    write(tab, "接受")
    closing.satisfied.choose(3)
    press(tab, ENTER)
    row = complaint(clinic.db, TODAY, waits)
    assert (row.state, row.outcome, row.satisfied) == ("closed", "接受", 3)
    assert page.list.rows() == []
    assert page.card.teach.isVisible()
    page.card.take_next()  # nothing is chosen
    press(tab, "V")
    assert shown(page) == [("投诉", "王芳", "已结案", "")]
    assert not page.card.next.isVisible()
    press(tab, ENTER)  # nothing is left to do
    press(tab, "K")
    write(tab, "又来了")
    press(tab, ENTER)
    assert [row.step for row in steps_of(clinic.db, waits)][-1] == "reopen"
    assert page.card.steps.text().startswith("首次回应\n已致电　2026-11-20 郑管理")


@pytest.mark.parametrize(
    ("letter", "step"), [("J", "note"), ("B", "report"), ("C", "close"), ("K", "")]
)
def test_what_else_can_be_done_has_its_letter(tab, page, clinic, waits, letter, step):
    page.list.setFocus()
    press(tab, letter)
    if step:
        write(tab, "说明")
        press(tab, ENTER)
    steps = [row.step for row in steps_of(clinic.db, waits)]
    assert steps == (["receive", step] if step else ["receive"])


def test_r025_handed_over_and_given_another_day(tab, page, clinic, waits):
    press(tab, "Z")
    handing = dialog_of(tab, AssignDialog)
    press(tab, ENTER)
    assert "已经由李前台负责" in said(handing)
    handing.owner.choose(ADMIN)
    press(tab, ENTER)
    assert complaint(clinic.db, TODAY, waits).owner == "郑管理"
    press(tab, "I")
    assert len(page.list.rows()) == 1
    press(tab, "D")
    changing = dialog_of(tab, ChangeComplaintDialog)
    changing.due.setText("x")
    press(tab, ENTER)
    assert changing.due_field.error
    changing.due.setText("20261230")
    changing.urgent.setChecked(True)
    changing.topic.choose("waiting")
    press(tab, ENTER)
    row = complaint(clinic.db, TODAY, waits)
    assert (row.urgent, row.topic, row.due_on) == (True, "waiting", "2026-12-30")
    assert page.card.words.texts() == ["投诉 1 号", "待回应", "紧急", "等候"]


def test_n_writes_down_a_complaint_of_the_open_person(tab, page, clinic, wang):
    press(tab, Key.Key_N)
    assert "先按 F3" in said(tab)
    tab.context.current_person.select(wang)
    press(tab, Key.Key_N)
    writing = dialog_of(tab, NewComplaintDialog)
    write(tab, "贵")
    writing.urgent.setChecked(True)
    writing.topic.choose("charge")
    writing.source.choose("phone")
    press(tab, ENTER)
    row = complaints_of(clinic.db, TODAY, wang)[0]
    assert (row.text, row.urgent, row.topic, row.source) == ("贵", True, "charge", "phone")
    assert said(tab) == "已登记投诉，2026-11-20 前首次回应，2026-11-27 前处理完。"
    assert shown(page)[0][3] == "今天"


def test_r066_r_writes_down_what_the_board_says_without_a_name(tab, page, clinic):
    press(tab, Key.Key_R, ENTER)
    writing = dialog_of(tab, NewRequestDialog)
    assert "要求或建议" in writing.text_field.error
    assert [writing.who.itemText(n) for n in range(writing.who.count())] == ["不记姓名"]
    write(tab, "要饮水机")
    writing.due.setText("x")
    press(tab, ENTER)
    assert writing.due_field.error
    writing.due.setText("")
    writing.kind.choose("suggestion")
    writing.source.choose("board")
    press(tab, ENTER)
    assert said(tab) == "已登记建议，由郑管理答复。"
    page.kinds.choose("suggestion")
    assert shown(page) == [("建议", "未留姓名", "未答复", "还有 7 天")]
    assert page.card.words.texts() == ["建议", "未答复", "留言板"]
    row = request_row(clinic.db, TODAY, 1)
    assert (row.kind, row.source, row.person_id) == ("suggestion", "board", None)


def test_r149_a_request_of_the_open_person_is_answered(tab, page, clinic, wang):
    tab.context.current_person.select(wang)
    press(tab, "Q")
    write(tab, "换周六")
    press(tab, ENTER)
    page.kinds.choose("request")
    press(tab, "Z")
    handing = dialog_of(tab, AssignDialog)
    handing.due.setText("x")
    press(tab, ENTER)
    assert handing.due_field.error
    handing.due.setText("20261225")
    press(tab, ENTER)
    press(tab, ENTER)
    write(tab, "已改")
    press(tab, ENTER)
    (row,) = requests_of(clinic.db, TODAY, wang)
    assert (row.state, row.answer, row.due_on) == ("done", "已改", "2026-12-25")
    press(tab, "V", "K")
    write(tab, "没有号")
    press(tab, ENTER)
    press(tab, "X")
    write(tab, "撤回")
    press(tab, ENTER)
    (row,) = requests_of(clinic.db, TODAY, wang)
    assert row.state == "dropped"
    assert not page.card.buttons["drop"].isVisible()


def test_e67_goodwill_points_and_gifts_by_one_key(tab, page, clinic, waits):
    press(tab, Key.Key_G)
    points = dialog_of(tab, AdjustDialog)
    assert "等候太久" in points.complaint.currentText()
    write(tab, "100")
    points.text.setText("致歉")
    press(tab, ENTER)
    press(tab, Key.Key_L)
    giving = dialog_of(tab, GiveAwardDialog)
    write(tab, "牙刷")
    giving.value.setText("20")
    press(tab, ENTER)
    assert complaint(clinic.db, TODAY, waits).goodwill.cost_fen == 21_00
    assert "100 积分、牙刷(合 ¥21)" in page.card.facts.text()


def test_r151_p_prints_the_sheet_and_it_is_on_record(tab, page, clinic):
    press(tab, Key.Key_P)
    dialog = dialog_of(tab, PaperDialog)
    assert dialog.paper.title == "投诉与纠纷处理单"
    logged = clinic.db.row(
        Audit.select(Audit.entity_id, Audit.detail).where(Audit.action == "paper.personal")
    )
    assert logged[0] == page.card.row.person_id
    press(tab, ESC)
    assert tab.act("print")
    offers = dialog_of(tab, PapersDialog)
    assert [each.title for each in offers.offers] == [
        "投诉与纠纷处理单 · 1 号 王芳",
        "空白投诉与纠纷处理单",
    ]


def test_the_front_desk_is_told_who_may_close(tab, page, context, frontdesk, waits):
    handle_complaint(frontdesk, complaint_id=waits, text="x")
    context.signed_in.set(frontdesk)
    page.refresh()
    assert "会员管理员、院长" in page.card.right.findChild(type(page.summary)).text()
    press(tab, ENTER, Key.Key_G, Key.Key_L)
    assert tab.window().findChildren(CloseComplaintDialog) == []
    assert tab.window().findChildren(AdjustDialog) == []
    enabled = {name for name, each in page.card.buttons.items() if each.isEnabled()}
    assert enabled == {"note", "assign", "assign_request", "report", "print"}
    assert not page.days_button.isVisible()


def test_marketing_looks_after_what_it_was_given(tab, page, context, marketing, clinic, waits):
    context.signed_in.set(marketing)
    page.refresh()
    press(tab, Key.Key_N)
    assert tab.window().findChildren(NewComplaintDialog) == []
    press(tab, ENTER)
    write(tab, "已说明")
    press(tab, ENTER)
    assert complaint(clinic.db, TODAY, waits).state == "acknowledged"


def test_r151_the_manager_sets_the_days(tab, page, clinic):
    press(tab, "F")
    days = dialog_of(tab, DeadlinesDialog)
    days.reply.setValue(3)
    days.high.choose(3)
    press(tab, ENTER)
    assert (deadlines(clinic.db).reply_days, deadlines(clinic.db).high_rank) == (3, 3)


def test_r151_the_strip_leads_to_what_is_late(tab, page, clock, frontdesk, waits):
    open_request(frontdesk, text="x", due_on=TODAY)
    clock.day = "2026-11-28"
    assert PLACES["voices"] == ("followups", "show_feedback")
    assert tab.act("show_feedback")
    assert [line[0] for line in shown(page)] == ["要求", "投诉"]
    assert page.summary.text() == "未结 2 条 · 过期 2 条"
    assert page.card.words.texts()[1] == "未答复 · 超期"
    page.list.selectRow(1)
    assert page.card.words.texts()[1] == "待回应 · 超期"
    press(tab, "O")
    assert len(page.list.rows()) == 2


def test_the_strip_says_how_many_are_late(context, frontdesk, waits):
    from services.desk.today import today_counts

    def said_on(day: str) -> str:
        return texts_of(today_counts(context.db, day))["voices"]

    days = (TODAY, "2026-11-24", "2026-11-28")
    assert [said_on(day) for day in days] == ["", "意见投诉 1", "意见投诉 1(过期 1)"]


def test_esc_leads_from_the_card_to_the_list(tab, page):
    page.card.buttons["note"].setFocus()
    assert tab.act("back")
    assert focus(tab) is page.list
    assert not tab.act("back")


def test_the_persons_own_list_knows_the_next_step(
    tab, page, context, clinic, frontdesk, wang, waits
):
    context.current_person.select(wang)
    dialog = ComplaintsDialog(context, tab)
    dialog.open()
    press(tab, "K")
    write(tab, "已致电")
    press(tab, ENTER)
    assert complaint(clinic.db, TODAY, waits).state == "acknowledged"
    press(tab, "K")
    write(tab, "已办")
    press(tab, ENTER)
    press(tab, "K")
    assert dialog_of(tab, CloseComplaintDialog).outcome.hasFocus()
    press(tab, ESC, ESC)
