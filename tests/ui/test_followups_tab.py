"""The follow-up tab by keyboard: the next call, what to say, one key for what came of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from models.system import Audit
from services.changes import Changes, Kind
from services.clock import plus_days
from services.followups import making
from services.followups.calls import (
    attempts_of,
    calls_today,
    create_task,
    log_call,
    make_tasks,
)
from services.followups.making import plans_wait
from services.loyalty.grants import grants_of
from services.loyalty.membership import join
from services.loyalty.receipts import post_receipt, refund
from services.loyalty.service_use import use_service
from tests.conftest import TODAY
from tests.desk_world import change, member, person, tasks
from tests.gift_world import in_command
from tests.services.followups.plan_world import EXTRACTION, on_day, switch, treat
from tests.services.followups.plan_world import change as change_plan
from tests.services.followups.test_calls_logged import plan
from tests.ui.desk_hands import looked, on_screen, open_person
from tests.ui.gift_hands import ENTER, focus_of, press, told, write
from ui.tabs.followups import FollowupsTab
from ui.widgets import call_page

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def people(frontdesk):
    """Three to call: a VIP with an unclaimed gift, then two by age of the reason."""
    made = [
        person(frontdesk, "M1", name="王小明", sex="M", phone="13812348000"),
        person(frontdesk, "M2", name="李小红", sex="F", phone="13900001111"),
        member(frontdesk, "M3", name="赵贵宾", rank=3, sex="F", phone="13700002222"),
    ]
    for patient in made:
        create_task(frontdesk, person_id=patient, due_on=TODAY, subject="问复查时间")
    return made


@pytest.fixture
def tab(context, qtbot, people):
    return on_screen(FollowupsTab(context), qtbot)


def calls_of(tab):
    """The page of the calls."""
    return tab.page("calls")


def shown(tab):
    return calls_of(tab).panel.row.name


def test_f9_opens_the_most_important_call_with_its_person(tab, context, people):
    assert tab.act("next_call")
    assert [row.name for row in calls_of(tab).calls.rows()] == ["赵贵宾", "王小明", "李小红"]
    assert shown(tab) == "赵贵宾"
    assert context.person_id == people[2]
    assert focus_of(tab) is calls_of(tab).calls


def treated(tab):
    """How many of the list were treated today."""
    return sum(any("拔牙" in why for why in row.reasons) for row in calls_of(tab).calls.rows())


@pytest.fixture
def much(frontdesk, member_admin, clock, monkeypatch, people):
    """More was posted than one step looks at."""
    switch(member_admin, EXTRACTION)
    change_plan(member_admin, EXTRACTION, offsets=(0,))
    on_day(frontdesk, clock, TODAY)
    monkeypatch.setattr(making, "FEW", 1)
    for patient in people:
        treat(frontdesk, patient)


def test_the_page_looks_at_what_was_posted_step_by_step_while_keys_come_first(
    context, qtbot, much, people, frontdesk
):
    tab = on_screen(FollowupsTab(context), qtbot)
    assert treated(tab) < len(people)
    qtbot.waitUntil(lambda: treated(tab) == len(people))
    assert not plans_wait(frontdesk)


@pytest.mark.parametrize("how", ["shown", "F9"])
def test_what_a_page_did_not_come_to_before_it_was_left_is_looked_at_when_it_is_back(
    context, qtbot, much, people, how
):
    tab = on_screen(FollowupsTab(context), qtbot)
    tab.hide()
    qtbot.waitUntil(lambda: tab.dirty)
    assert treated(tab) < len(people)
    tab.show()
    if how == "F9":
        assert tab.act("next_call")
    qtbot.waitUntil(lambda: treated(tab) == len(people))
    tab.hide()
    qtbot.wait(2 * call_page.PAUSE)
    assert not tab.dirty  # nothing is left


def test_what_the_steps_made_is_told_to_the_strip_and_read_once(
    context, qtbot, much, people, monkeypatch
):
    told_kinds, read = [], []
    context.bus.changed.connect(lambda changes: told_kinds.append(changes.kinds))
    real = call_page.calls_today
    monkeypatch.setattr(call_page, "calls_today", lambda *args: read.append(1) or real(*args))
    tab = on_screen(FollowupsTab(context), qtbot)
    assert told_kinds == []  # the list that is there comes first
    qtbot.waitUntil(lambda: treated(tab) == len(people))
    qtbot.wait(2 * call_page.PAUSE)
    assert told_kinds == [(Kind.FOLLOWUP,)]
    assert len(read) == 2


def test_rows_chosen_to_be_assigned_stay_chosen_when_the_list_is_read_again(
    tab, context, frontdesk
):
    page = calls_of(tab)
    page.calls.selectAll()
    later = person(frontdesk, "M4", name="钱多多", phone="13600003333")
    create_task(frontdesk, person_id=later, due_on=TODAY, subject="问复查时间")
    context.bus.announce(Changes((Kind.FOLLOWUP,)))
    QApplication.sendPostedEvents()
    assert page.calls.count() == 4
    assert [row.name for row in page.calls.selected_rows()] == ["赵贵宾", "王小明", "李小红"]


def test_f9_also_works_while_the_tab_is_only_being_built(context, qtbot, people):
    tab = FollowupsTab(context)
    qtbot.addWidget(tab)
    assert tab.act("next_call")
    assert context.person_id == people[2]


def test_one_key_logs_reached_and_fine_and_opens_the_next(tab, context, clinic, people):
    tab.act("next_call")
    press(tab, Key.Key_1)
    assert [call.outcome for call in attempts_of(clinic.db, people[2])] == ["fine"]
    assert shown(tab) == "王小明"
    assert context.person_id == people[0]
    assert told(context) == "已登记：赵贵宾女士，接通·良好。还有 2 位。"
    press(tab, Key.Key_1)
    assert shown(tab) == "李小红"


def test_the_last_call_ends_in_a_page_that_teaches(tab, context):
    tab.act("next_call")
    press(tab, Key.Key_1, Key.Key_1, Key.Key_1)
    assert "今天的电话都打完了" in told(context)
    assert calls_of(tab).calls.rows() == []
    assert calls_of(tab).panel.teach.isVisible()
    assert "Alt+A" in calls_of(tab).calls.empty_text
    tab.act("next_call")
    assert told(context) == "今天没有要打的电话了。"


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        (Key.Key_1, "fine"),
        (Key.Key_3, "no_answer"),
        (Key.Key_4, "busy"),
        (Key.Key_5, "wrong_number"),
        (Key.Key_6, "refused"),
    ],
)
def test_every_outcome_is_one_key(tab, clinic, people, key, outcome):
    tab.act("next_call")
    press(tab, key)
    assert attempts_of(clinic.db, people[2])[0].outcome == outcome


def test_r149_a_request_asks_for_its_words_first(tab, clinic, people):
    tab.act("next_call")
    press(tab, Key.Key_2)
    assert focus_of(tab) is calls_of(tab).panel.note
    assert "写下顾客的要求" in calls_of(tab).panel.hint.text()
    write(tab, "想换周六复诊")
    press(tab, ENTER)
    (call,) = attempts_of(clinic.db, people[2])
    assert (call.outcome, call.note) == ("request", "想换周六复诊")
    assert shown(tab) == "王小明"
    assert calls_of(tab).panel.note.text() == ""
    assert focus_of(tab) is calls_of(tab).calls


def test_a_request_that_is_none_is_left_with_esc(tab, clinic, people):
    tab.act("next_call")
    press(tab, Key.Key_2)
    assert tab.act("back")
    assert calls_of(tab).panel.pending == ""
    assert focus_of(tab) is calls_of(tab).calls
    assert attempts_of(clinic.db, people[2]) == []
    assert not tab.act("back")


def test_digits_in_the_note_are_words_and_alt_digits_are_outcomes(tab, clinic, people):
    tab.act("next_call")
    press(tab, Key.Key_N, modifier=ALT)
    assert focus_of(tab) is calls_of(tab).panel.note
    write(tab, "3 点再来")
    press(tab, Key.Key_W, modifier=ALT)
    press(tab, Key.Key_1, modifier=ALT)
    (call,) = attempts_of(clinic.db, people[2])
    assert (call.outcome, call.note, call.satisfaction) == ("fine", "3 点再来", 2)


def test_satisfaction_is_one_step_or_none(tab):
    tab.act("next_call")
    steps = calls_of(tab).panel.steps
    press(tab, Key.Key_Q, modifier=ALT)
    press(tab, Key.Key_T, modifier=ALT)
    assert steps.value() == 4
    press(tab, Key.Key_T, modifier=ALT)
    assert steps.value() is None


def test_enter_in_a_field_leads_back_to_the_keys(tab):
    tab.act("next_call")
    calls_of(tab).panel.note.setFocus()
    press(tab, ENTER)
    assert focus_of(tab) is calls_of(tab).calls


def test_the_next_day_may_be_agreed(tab, clinic, people):
    tab.act("next_call")
    calls_of(tab).panel.next.setFocus()
    write(tab, "20261201")
    press(tab, Key.Key_3, modifier=ALT)
    assert tasks(tab.context.session, people[2])[0][2] == "2026-12-01"


def test_a_day_that_is_none_is_refused_and_nothing_is_lost(tab, context, clinic, people):
    tab.act("next_call")
    calls_of(tab).panel.next.setFocus()
    write(tab, "99")
    press(tab, Key.Key_3, modifier=ALT)
    assert "日期写成" in told(context)
    assert attempts_of(clinic.db, people[2]) == []
    assert shown(tab) == "赵贵宾"


def test_r148_the_script_has_the_persons_own_values(tab):
    tab.act("next_call")
    said = calls_of(tab).panel.words.text()
    assert "请问您是赵女士吗？我是试验口腔的前台" in said
    assert "上次说好再联系您：问复查时间。" in said
    assert calls_of(tab).panel.reasons.texts() == ["问复查时间"]
    assert calls_of(tab).panel.tier.text() == "VIP会员"


def test_the_number_is_masked_and_one_key_shows_it_on_record(tab, clinic):
    tab.act("next_call")
    assert calls_of(tab).panel.phone.text() == "137****2222"
    press(tab, Key.Key_0)
    assert calls_of(tab).panel.phone.text() == "13700002222"
    newest = clinic.db.row(Audit.select(Audit.action).order_by(Audit.seq.desc()))
    assert newest == ("person.reveal",)
    press(tab, Key.Key_1)
    assert calls_of(tab).panel.phone.text() == "138****8000"


def test_who_has_no_number_is_said_to_have_none(context, qtbot, frontdesk):
    create_task(frontdesk, person_id=person(frontdesk, "M1"), due_on=TODAY, subject="问")
    tab = on_screen(FollowupsTab(context), qtbot)
    assert calls_of(tab).panel.phone.text() == "没有电话"
    press(tab, Key.Key_0)
    assert calls_of(tab).panel.phone.text() == "没有电话"


def test_three_tries_suggest_a_letter(tab, context, clinic, people, clock):
    for _ in range(3):
        tab.mark_dirty()
        tab.refresh_if_seen()
        calls_of(tab).calls.select_key(people[2])
        press(tab, Key.Key_3)
        clock.day = tasks(context.session, people[2])[0][2]
    assert "已 3 次没有接通，可以改寄信函" in told(context)


def test_earlier_calls_are_shown(tab, clinic, clock, people):
    tab.act("next_call")
    press(tab, Key.Key_3)
    clock.day = "2026-11-21"
    tab.mark_dirty()
    tab.refresh_if_seen()
    calls_of(tab).calls.select_key(people[2])
    assert "2026-11-20 · 李前台 · 无人接听" in calls_of(tab).panel.past.text()


def test_f9_again_goes_on_to_the_next_and_round(tab, context):
    names = []
    for _ in range(4):
        tab.act("next_call")
        names.append(shown(tab))
    assert names == ["赵贵宾", "王小明", "李小红", "赵贵宾"]


def test_the_arrows_read_and_enter_opens(tab, context, people):
    press(tab, Key.Key_Down)
    assert shown(tab) == "王小明"
    assert context.person_id is None
    press(tab, ENTER)
    assert context.person_id == people[0]


def test_news_from_elsewhere_keeps_what_is_typed(tab, context, frontdesk, people):
    tab.act("next_call")
    calls_of(tab).panel.note.setFocus()
    write(tab, "说到一半")
    done = create_task(
        frontdesk, person_id=person(frontdesk, "M9", name="新来"), due_on=TODAY, subject="问"
    )
    context.alerts.announce(done)
    QApplication.processEvents()
    assert len(calls_of(tab).calls.rows()) == 4
    assert (shown(tab), calls_of(tab).panel.note.text()) == ("赵贵宾", "说到一半")


def test_a_call_is_planned_for_the_open_person(tab, context, clinic, people, qtbot):
    press(tab, Key.Key_A, modifier=ALT)
    assert "先按 F3 找到顾客" in told(context)
    open_person(context, tab, people[1])
    press(tab, Key.Key_A, modifier=ALT)
    (dialog,) = tab.findChildren(QDialog)
    dialog.submit()
    assert dialog.subject_field.error
    dialog.subject.setText("送资料")
    dialog.day.setText("明天")
    dialog.submit()
    assert dialog.day_field.error
    dialog.day.setText("20261122")
    dialog.submit()
    assert told(context) == "已安排 2026-11-22 回访。"
    assert [row.reasons for row in calls_today(clinic.db, "2026-11-22")][-1] == (
        "问复查时间", "送资料",
    )  # fmt: skip


def test_marketing_reads_and_is_told_who_may_log(tab, context, clinic, marketing, people):
    context.signed_in.set(marketing)
    QApplication.processEvents()
    tab.act("next_call")
    assert "须由前台" in calls_of(tab).panel.right._label.text()
    press(tab, Key.Key_1)
    assert "没有这项权限" in told(context)
    assert attempts_of(clinic.db, people[2]) == []


def test_r138_an_unclaimed_gift_and_a_birthday_are_one_call(context, qtbot, frontdesk, clock):
    member(frontdesk, "M1", name="韩梅梅", sex="F", birthday="1992-12-20")
    clock.day = plus_days(TODAY, 30)
    in_command(frontdesk, lambda tx: make_tasks(tx))
    tab = on_screen(FollowupsTab(context), qtbot)
    (row,) = calls_of(tab).calls.rows()
    assert row.reasons == ("礼品未领：口腔保健礼品(10元档)", "生日 12月20日")
    assert "祝您生日快乐" in calls_of(tab).panel.words.text()
    assert calls_of(tab).panel.reasons.texts() == list(row.reasons)


def test_overdue_calls_are_counted_in_the_heading(tab, clock):
    clock.day = plus_days(TODAY, 2)
    tab.mark_dirty()
    tab.refresh_if_seen()
    assert calls_of(tab).summary.text() == "今天待回访 3 位 · 其中过期 3 位"
    assert calls_of(tab).calls._rows.columns[2].text(calls_of(tab).calls.rows()[0]) == "过 2 天"


def test_e37_tiers_that_wait_for_the_manager_are_said_below_the_list(
    context, qtbot, frontdesk, clinic
):
    patient = person(frontdesk, "M1", name="王退款")
    posted = post_receipt(frontdesk, person_id=patient, amount_fen=10_000_00)
    join(frontdesk, person_id=patient, benefits_explained=True)
    service = next(g for g in grants_of(clinic.db, patient) if g.kind == "service")
    use_service(frontdesk, grant_id=service.id)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=9_000_00, reason="退款")
    tab = on_screen(FollowupsTab(context), qtbot)
    looked(tab, qtbot)
    assert "1 位会员的等级已没有消费支持" in calls_of(tab).questions.text()
    assert "王退款(医院方案A VIP会员)" in calls_of(tab).questions.text()
    assert calls_of(tab).calls.rows() == []


def test_the_today_strip_leads_to_the_list(tab):
    assert tab.act("show_today")
    assert focus_of(tab) is calls_of(tab).calls


def test_nothing_of_the_tab_is_cut_off_at_1366_by_768(tab):
    tab.act("next_call")
    QApplication.processEvents()
    assert not calls_of(tab).calls.horizontalScrollBar().isVisible()
    for made in calls_of(tab).panel.outcomes.values():
        assert made.width() >= made.sizeHint().width()
        assert made.geometry().bottom() < calls_of(tab).panel.height()


def test_r148_the_next_way_to_say_it_is_one_key(context, qtbot, frontdesk):
    patient = person(frontdesk, "M1", name="王小明", sex="M", last_visit_on="2026-11-10")
    plan(frontdesk, patient, rule="survey", subject="")
    tab = on_screen(FollowupsTab(context), qtbot)
    first = calls_of(tab).panel.words.text()
    press(tab, Key.Key_C, modifier=ALT)
    assert calls_of(tab).panel.words.text() != first
    assert "(2/2)" in calls_of(tab).panel.other_words.text()
    press(tab, Key.Key_C, modifier=ALT)
    assert calls_of(tab).panel.words.text() == first


def test_a_survey_asks_for_a_number_and_others_do_not(tab, context, qtbot, frontdesk, clinic):
    tab.act("next_call")
    assert not calls_of(tab).panel.nps.isVisible()
    patient = person(frontdesk, "M9", name="刘调查")
    plan(frontdesk, patient, rule="survey", subject="")
    tab.mark_dirty()
    tab.refresh_if_seen()
    calls_of(tab).calls.select_key(patient)
    panel = calls_of(tab).panel
    assert panel.nps.isVisible()
    panel.nps.setText("11")
    press(tab, Key.Key_1, modifier=ALT)
    assert "0 至 10" in told(context)
    panel.nps.setText("9")
    press(tab, Key.Key_1, modifier=ALT)
    assert attempts_of(clinic.db, patient)[0].nps == 9


def test_the_wish_how_to_be_called_stands_above_the_words(tab, frontdesk, people):
    change(frontdesk, people[2], contact_note="下午三点后再打")
    tab.mark_dirty()
    tab.refresh_if_seen()
    assert calls_of(tab).panel.wish.text() == "顾客希望：下午三点后再打"


def test_what_was_typed_stays_while_the_reasons_change(tab, clinic, frontdesk, people):
    tab.act("next_call")
    panel = calls_of(tab).panel
    press(tab, Key.Key_2)
    write(tab, "想换周六")
    panel.next.setText("2026-12-01")
    plan(frontdesk, people[2], subject="问恢复")
    tab.mark_dirty()
    tab.refresh_if_seen()
    assert panel.row.reasons == ("问复查时间", "问恢复")
    assert (panel.note.text(), panel.next.text()) == ("想换周六", "2026-12-01")
    press(tab, ENTER)  # the question what they want is still open
    assert attempts_of(clinic.db, people[2])[0].note == "想换周六"


def test_what_was_typed_is_gone_once_it_is_written_down(tab, frontdesk, clinic, people):
    tab.act("next_call")
    panel = calls_of(tab).panel
    panel.note.setText("下午再打")
    panel.next.setText(TODAY)  # the same person is called again today
    press(tab, Key.Key_3, modifier=ALT)
    calls_of(tab).calls.select_key(people[2])
    assert (panel.row.name, panel.note.text(), panel.next.text()) == ("赵贵宾", "", "")


def test_an_offer_nobody_agreed_to_is_not_turned_into_a_letter(tab, context, frontdesk, people):
    change(frontdesk, people[2], address="人民路 1 号")
    plan(frontdesk, people[2], rule="idle.6", marketing=1)
    tab.act("next_call")
    tab.mark_dirty()
    tab.refresh_if_seen()
    press(tab, Key.Key_9)
    assert "不能寄的营销事由仍打电话。" in told(context)
    calls_of(tab).calls.select_key(people[2])
    press(tab, Key.Key_9)
    assert "没有同意过" in told(context)


def test_recovery_is_said_once_somebody_was_reached(tab, clinic, people):
    tab.act("next_call")
    press(tab, Key.Key_K, modifier=ALT)
    press(tab, Key.Key_1, modifier=ALT)
    assert attempts_of(clinic.db, people[2])[0].recovery == "slow"


def test_overdue_calls_alone(tab, context, frontdesk, people):
    plan(frontdesk, people[0], due_on="2026-11-18")
    press(tab, Key.Key_V, modifier=ALT)
    assert [row.name for row in calls_of(tab).calls.rows()] == ["王小明"]
    assert calls_of(tab).summary.text() == "筛选出 1 位 · 其中过期 1 位"
    tab.act("next_call")
    press(tab, Key.Key_1)
    tab.act("next_call")
    assert "筛选的回访都打完了" in told(context)


def test_who_heard_an_offer_lately_is_counted_below_the_list(
    context, qtbot, frontdesk, clinic, people
):
    offered = plan(frontdesk, people[0], rule="idle.6", marketing=1)
    log_call(frontdesk, person_id=people[0], task_ids=(offered,), outcome="fine")
    other = person(frontdesk, "M8")
    for _ in range(2):
        wanted = plan(frontdesk, other, rule="idle.6", marketing=1)
    log_call(frontdesk, person_id=other, task_ids=(wanted,), outcome="fine")
    tab = on_screen(FollowupsTab(context), qtbot)
    looked(tab, qtbot)
    assert calls_of(tab).aside.text() == "另有 1 位在冷却期，到期再列出"


def test_in_little_room_the_list_needs_no_scroll_bar(tab):
    tab.resize(1100, 420)
    QApplication.processEvents()
    assert not calls_of(tab).calls.horizontalScrollBar().isVisible()
    assert calls_of(tab).calls.isColumnHidden(4)
