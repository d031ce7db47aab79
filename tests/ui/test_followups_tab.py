"""The follow-up tab by keyboard: the next call, what to say, one key for what came of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from models.system import Audit
from services.clock import plus_days
from services.followups.calls import attempts_of, calls_today, create_task, make_tasks
from services.loyalty.grants import grants_of
from services.loyalty.membership import join
from services.loyalty.receipts import post_receipt, refund
from services.loyalty.service_use import use_service
from tests.conftest import TODAY
from tests.desk_world import member, person, tasks
from tests.gift_world import in_command
from tests.ui.desk_hands import on_screen, open_person
from tests.ui.gift_hands import ENTER, focus_of, press, told, write
from ui.tabs.followups import FollowupsTab

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


def shown(tab):
    return tab.panel.row.name


def test_f9_opens_the_most_important_call_with_its_person(tab, context, people):
    assert tab.act("next_call")
    assert [row.name for row in tab.calls.rows()] == ["赵贵宾", "王小明", "李小红"]
    assert shown(tab) == "赵贵宾"
    assert context.person_id == people[2]
    assert focus_of(tab) is tab.calls


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
    assert tab.calls.rows() == []
    assert tab.panel.teach.isVisible()
    assert "Alt+A" in tab.calls.empty_text
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
    assert focus_of(tab) is tab.panel.note
    assert "写下顾客的要求" in tab.panel.hint.text()
    write(tab, "想换周六复诊")
    press(tab, ENTER)
    (call,) = attempts_of(clinic.db, people[2])
    assert (call.outcome, call.note) == ("request", "想换周六复诊")
    assert shown(tab) == "王小明"
    assert tab.panel.note.text() == ""
    assert focus_of(tab) is tab.calls


def test_a_request_that_is_none_is_left_with_esc(tab, clinic, people):
    tab.act("next_call")
    press(tab, Key.Key_2)
    assert tab.act("back")
    assert tab.panel.pending == ""
    assert focus_of(tab) is tab.calls
    assert attempts_of(clinic.db, people[2]) == []
    assert not tab.act("back")


def test_digits_in_the_note_are_words_and_alt_digits_are_outcomes(tab, clinic, people):
    tab.act("next_call")
    press(tab, Key.Key_N, modifier=ALT)
    assert focus_of(tab) is tab.panel.note
    write(tab, "3 点再来")
    press(tab, Key.Key_W, modifier=ALT)
    press(tab, Key.Key_1, modifier=ALT)
    (call,) = attempts_of(clinic.db, people[2])
    assert (call.outcome, call.note, call.satisfaction) == ("fine", "3 点再来", 2)


def test_satisfaction_is_one_step_or_none(tab):
    tab.act("next_call")
    steps = tab.panel.steps
    press(tab, Key.Key_Q, modifier=ALT)
    press(tab, Key.Key_T, modifier=ALT)
    assert steps.value() == 4
    press(tab, Key.Key_T, modifier=ALT)
    assert steps.value() is None


def test_enter_in_a_field_leads_back_to_the_keys(tab):
    tab.act("next_call")
    tab.panel.note.setFocus()
    press(tab, ENTER)
    assert focus_of(tab) is tab.calls


def test_the_next_day_may_be_agreed(tab, clinic, people):
    tab.act("next_call")
    tab.panel.next.setFocus()
    write(tab, "20261201")
    press(tab, Key.Key_3, modifier=ALT)
    assert tasks(tab.context.session, people[2])[0][2] == "2026-12-01"


def test_a_day_that_is_none_is_refused_and_nothing_is_lost(tab, context, clinic, people):
    tab.act("next_call")
    tab.panel.next.setFocus()
    write(tab, "99")
    press(tab, Key.Key_3, modifier=ALT)
    assert "日期写成" in told(context)
    assert attempts_of(clinic.db, people[2]) == []
    assert shown(tab) == "赵贵宾"


def test_r148_the_script_has_the_persons_own_values(tab):
    tab.act("next_call")
    said = tab.panel.words.text()
    assert "请问您是赵女士吗？我是试验口腔的前台" in said
    assert "上次说好再联系您：问复查时间。" in said
    assert tab.panel.reasons.texts() == ["问复查时间"]
    assert tab.panel.tier.text() == "VIP会员"


def test_the_number_is_masked_and_one_key_shows_it_on_record(tab, clinic):
    tab.act("next_call")
    assert tab.panel.phone.text() == "137****2222"
    press(tab, Key.Key_0)
    assert tab.panel.phone.text() == "13700002222"
    newest = clinic.db.row(Audit.select(Audit.action).order_by(Audit.seq.desc()))
    assert newest == ("person.reveal",)
    press(tab, Key.Key_1)
    assert tab.panel.phone.text() == "138****8000"


def test_who_has_no_number_is_said_to_have_none(context, qtbot, frontdesk):
    create_task(frontdesk, person_id=person(frontdesk, "M1"), due_on=TODAY, subject="问")
    tab = on_screen(FollowupsTab(context), qtbot)
    assert tab.panel.phone.text() == "没有电话"
    press(tab, Key.Key_0)
    assert tab.panel.phone.text() == "没有电话"


def test_three_tries_suggest_a_letter(tab, context, clinic, people, clock):
    for _ in range(3):
        tab.mark_dirty()
        tab.refresh_if_seen()
        tab.calls.select_key(people[2])
        press(tab, Key.Key_3)
        clock.day = tasks(context.session, people[2])[0][2]
    assert "已 3 次没有接通，可以改寄信函" in told(context)


def test_earlier_calls_are_shown(tab, clinic, clock, people):
    tab.act("next_call")
    press(tab, Key.Key_3)
    clock.day = "2026-11-21"
    tab.mark_dirty()
    tab.refresh_if_seen()
    tab.calls.select_key(people[2])
    assert "2026-11-20 · 李前台 · 无人接听" in tab.panel.past.text()


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
    tab.panel.note.setFocus()
    write(tab, "说到一半")
    done = create_task(
        frontdesk, person_id=person(frontdesk, "M9", name="新来"), due_on=TODAY, subject="问"
    )
    context.alerts.announce(done)
    QApplication.processEvents()
    assert len(tab.calls.rows()) == 4
    assert (shown(tab), tab.panel.note.text()) == ("赵贵宾", "说到一半")


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
    assert "须由前台" in tab.panel.right._label.text()
    press(tab, Key.Key_1)
    assert "没有这项权限" in told(context)
    assert attempts_of(clinic.db, people[2]) == []


def test_r138_an_unclaimed_gift_and_a_birthday_are_one_call(context, qtbot, frontdesk, clock):
    member(frontdesk, "M1", name="韩梅梅", sex="F", birthday="1992-12-20")
    clock.day = plus_days(TODAY, 30)
    in_command(frontdesk, lambda tx: make_tasks(tx))
    tab = on_screen(FollowupsTab(context), qtbot)
    (row,) = tab.calls.rows()
    assert row.reasons == ("礼品未领：口腔保健礼品(10元档)", "生日 12月20日")
    assert "祝您生日快乐" in tab.panel.words.text()
    assert tab.panel.reasons.texts() == list(row.reasons)


def test_overdue_calls_are_counted_in_the_heading(tab, clock):
    clock.day = plus_days(TODAY, 2)
    tab.mark_dirty()
    tab.refresh_if_seen()
    assert tab.summary.text() == "今天待回访 3 位 · 其中过期 3 位"
    assert tab.calls._rows.columns[2].text(tab.calls.rows()[0]) == "过 2 天"


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
    assert "1 位会员的等级已没有消费支持" in tab.questions.text()
    assert "王退款(医院方案A VIP会员)" in tab.questions.text()
    assert tab.calls.rows() == []


def test_the_today_strip_leads_to_the_list(tab):
    assert tab.act("show_today")
    assert focus_of(tab) is tab.calls


def test_nothing_of_the_tab_is_cut_off_at_1366_by_768(tab):
    tab.act("next_call")
    QApplication.processEvents()
    assert not tab.calls.horizontalScrollBar().isVisible()
    for made in tab.panel.outcomes.values():
        assert made.width() >= made.sizeHint().width()
        assert made.geometry().bottom() < tab.panel.height()
