"""A complaint from receipt to its end, its days, its cost (R025, R067, R151, E62, E67)."""

import uuid
from datetime import date

import pytest

from models.people import Complaint
from services.clock import plus_days
from services.commands import Tx
from services.errors import RuleError
from services.feedback.complaint_steps import (
    acknowledge,
    assign_complaint,
    change_complaint,
    handle_complaint,
    note_complaint,
    reopen_complaint,
    report_complaint,
)
from services.feedback.complaints import (
    close_complaint,
    complaint,
    complaints_of,
    open_complaint,
    open_complaints,
    receive,
    steps_of,
)
from services.feedback.deadlines import change_deadlines, deadlines, reply_by
from services.feedback.goodwill import NONE, goodwill_of
from services.feedback.request_list import requests_of
from services.feedback.requests import add_request, answer_request
from services.feedback.taken_back import take_back_call
from services.feedback.voices import count_late, voices
from services.feedback.words import complaint_state_title, kind_title, priority_title
from services.gifts.appointment import change_calendar
from services.loyalty.awards import give_award
from services.loyalty.membership import join
from services.loyalty.points import adjust_points, reverse_adjustment
from services.people.merging import merge_people
from tests.conftest import TODAY
from tests.gift_world import in_command
from tests.money_world import ROLE_IDS, member, pay, person, sign, variant

ADMIN = ROLE_IDS["member_admin"]
DAYS = {"reply_days": 2, "reply_days_high": 1, "high_rank": 2, "days": 7, "request_days": 7}


@pytest.fixture
def who(frontdesk):
    return person(frontdesk)


@pytest.fixture
def made(frontdesk, who):
    return open_complaint(frontdesk, person_id=who, text="等候太久", topic="waiting").complaint_id


def steps(clinic, complaint_id):
    return [row.step for row in steps_of(clinic.db, complaint_id)]


def test_r151_every_step_has_who_and_when(clinic, clock, frontdesk, member_admin, who, made):
    today = TODAY
    assert complaint(clinic.db, today, made).state == "received"
    clock.day = "2026-11-21"
    acknowledge(frontdesk, complaint_id=made, text="已致电")
    assert complaint(clinic.db, today, made).state == "acknowledged"
    note_complaint(frontdesk, complaint_id=made, text="当天停电")
    assign_complaint(frontdesk, complaint_id=made, owner_id=ADMIN, reason="院内协调")
    report_complaint(member_admin, complaint_id=made, text="请定补偿")
    clock.day = "2026-11-23"
    handle_complaint(member_admin, complaint_id=made, text="致歉，下次免挂号")
    assert complaint(clinic.db, today, made).state == "handled"
    done = close_complaint(member_admin, complaint_id=made, outcome="接受", satisfied=3)
    assert (done.complaint_id, done.person_id, done.changes.person_id) == (made, who, who)
    row = complaint(clinic.db, today, made)
    assert (row.state, row.owner, row.acknowledged_on, row.reported_on, row.handled_on) == (
        "closed", "郑管理", "2026-11-21", "2026-11-21", "2026-11-23",
    )  # fmt: skip
    assert (row.closed_on, row.outcome, row.satisfied, row.open) == (
        "2026-11-23", "接受", 3, False,
    )  # fmt: skip
    told = [(r.step, r.text, r.occurred_on, r.staff) for r in steps_of(clinic.db, made)]
    assert told == [
        ("receive", "等候太久", "2026-11-20", "李前台"),
        ("acknowledge", "已致电", "2026-11-21", "李前台"),
        ("note", "当天停电", "2026-11-21", "李前台"),
        ("assign", "交给郑管理：院内协调", "2026-11-21", "李前台"),
        ("report", "请定补偿", "2026-11-21", "郑管理"),
        ("handle", "致歉，下次免挂号", "2026-11-23", "郑管理"),
        ("close", "接受", "2026-11-23", "郑管理"),
    ]


def test_r151_a_step_that_was_done_or_is_over_is_refused(frontdesk, member_admin, made):
    acknowledge(frontdesk, complaint_id=made, text="x")
    with pytest.raises(RuleError, match="已经回应过"):
        acknowledge(frontdesk, complaint_id=made, text="x")
    report_complaint(frontdesk, complaint_id=made, text="x")
    with pytest.raises(RuleError, match="已经上报过"):
        report_complaint(frontdesk, complaint_id=made, text="x")
    with pytest.raises(RuleError, match="已经由李前台负责"):
        assign_complaint(frontdesk, complaint_id=made, owner_id=ROLE_IDS["frontdesk"])
    with pytest.raises(RuleError, match="还在处理中"):
        reopen_complaint(member_admin, complaint_id=made, reason="x")
    assign_complaint(frontdesk, complaint_id=made, owner_id=ADMIN)
    handle_complaint(frontdesk, complaint_id=made, text="x")
    with pytest.raises(RuleError, match="等结案"):
        handle_complaint(frontdesk, complaint_id=made, text="x")
    with pytest.raises(RuleError, match="满意度请选"):
        close_complaint(member_admin, complaint_id=made, outcome="x", satisfied=5)
    close_complaint(member_admin, complaint_id=made, outcome="x")
    for late in (acknowledge, note_complaint, report_complaint, handle_complaint):
        with pytest.raises(RuleError, match="未结的投诉"):
            late(member_admin, complaint_id=made, text="x")
    with pytest.raises(RuleError, match="未结的投诉"):
        assign_complaint(member_admin, complaint_id=made, owner_id=1)
    with pytest.raises(RuleError, match="没有找到这条投诉"):
        reopen_complaint(member_admin, complaint_id=99, reason="x")


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (acknowledge, "怎样回应"),
        (note_complaint, "记录的情况"),
        (report_complaint, "向院长报告"),
        (handle_complaint, "怎样处理"),
    ],
)
def test_r151_a_step_says_something(frontdesk, made, step, sentence):
    with pytest.raises(RuleError, match=sentence):
        step(frontdesk, complaint_id=made, text=" ")


def test_r151_settled_on_the_spot_answers_and_handles(clinic, member_admin, made):
    close_complaint(member_admin, complaint_id=made, outcome="当场致歉")
    row = complaint(clinic.db, TODAY, made)
    assert (row.acknowledged_on, row.handled_on, row.satisfied) == (TODAY, TODAY, None)
    assert steps(clinic, made) == ["receive", "close"]


def test_r151_what_was_not_settled_is_opened_again(clinic, clock, frontdesk, member_admin, made):
    with pytest.raises(RuleError, match="为什么重新打开"):
        reopen_complaint(member_admin, complaint_id=made, reason="")
    handle_complaint(frontdesk, complaint_id=made, text="致歉")
    reopen_complaint(member_admin, complaint_id=made, reason="不接受")
    row = complaint(clinic.db, TODAY, made)
    assert (row.state, row.due_on) == ("acknowledged", "2026-11-27")
    close_complaint(member_admin, complaint_id=made, outcome="退差价", satisfied=2)
    clock.day = "2026-12-15"
    with pytest.raises(RuleError, match="没有这项权限"):
        reopen_complaint(frontdesk, complaint_id=made, reason="又来")
    reopen_complaint(member_admin, complaint_id=made, reason="又来")
    row = complaint(clinic.db, "2026-12-15", made)
    assert (row.state, row.open, row.outcome, row.satisfied, row.due_on) == (
        "acknowledged", True, "", None, "2026-12-22",
    )  # fmt: skip
    assert row.acknowledged_on == TODAY


def test_r067_the_first_answer_comes_sooner_to_a_high_tier(clinic, frontdesk, member_admin):
    plain, vip = member(frontdesk), person(frontdesk)
    pay(frontdesk, vip, 100_000)
    join(frontdesk, person_id=vip, benefits_explained=True)
    rows = {}
    for patient in (plain, vip, person(frontdesk)):
        rows[patient] = complaint(
            clinic.db,
            TODAY,
            open_complaint(frontdesk, person_id=patient, text="x").complaint_id,
        )
    assert [(row.rank, row.high, row.reply_by) for row in rows.values()] == [
        (1, False, "2026-11-24"), (4, True, "2026-11-23"), (0, False, "2026-11-24"),
    ]  # fmt: skip
    urgent = open_complaint(frontdesk, person_id=plain, text="出血", urgent=True).complaint_id
    assert complaint(clinic.db, TODAY, urgent).reply_by == TODAY
    waiting = open_complaints(clinic.db, TODAY)
    assert [row.priority for row in waiting] == [1, 2, 3, 3]
    assert waiting[0].id == urgent
    listed = voices(clinic.db, TODAY)
    assert [each.priority for each in listed] == [1, 2, 3, 3]
    assert listed[0].due_on == TODAY  # the first answer, before the last day


def test_r067_days_off_are_no_working_days(clinic, member_admin):
    db = clinic.db
    assert date.fromisoformat(TODAY).strftime("%A") == "Friday"
    assert reply_by(db, TODAY, rank=0, urgent=False) == "2026-11-24"
    change_calendar(member_admin, text="2026-11-23 休 院庆\n2026-11-22 班")
    assert reply_by(db, TODAY, rank=0, urgent=False) == "2026-11-24"
    assert reply_by(db, TODAY, rank=2, urgent=False) == "2026-11-22"


def test_r151_the_clinic_sets_its_own_days(clinic, frontdesk, member_admin, who):
    assert deadlines(clinic.db) == deadlines(clinic.db)
    for wrong, sentence in (
        ({"reply_days": 0, "reply_days_high": 0}, "工作日"),
        ({"reply_days": 31}, "工作日"),
        ({"reply_days_high": 3}, "不能比其他人更长"),
        ({"high_rank": 0}, "第几级"),
        ({"days": 0}, "1 至 365"),
        ({"request_days": 366}, "1 至 365"),
    ):
        with pytest.raises(RuleError, match=sentence):
            change_deadlines(member_admin, **{**DAYS, **wrong})
    with pytest.raises(RuleError, match="没有这项权限"):
        change_deadlines(frontdesk, **DAYS)
    change_deadlines(member_admin, **{**DAYS, "days": 30, "reply_days": 5})
    made = open_complaint(frontdesk, person_id=who, text="x").complaint_id
    row = complaint(clinic.db, TODAY, made)
    assert (row.due_on, row.reply_by) == ("2026-12-20", "2026-11-27")


def test_r151_late_with_the_answer_or_with_the_end(clinic, frontdesk, made):
    db = clinic.db
    assert not complaint(db, "2026-11-24", made).overdue
    assert complaint(db, "2026-11-25", made).reply_late
    assert count_late(db, "2026-11-25", 9) == (1, 0)
    acknowledge(frontdesk, complaint_id=made, text="x")
    row = complaint(db, "2026-11-25", made)
    assert (row.reply_late, row.overdue) == (False, False)
    assert count_late(db, "2026-11-25", 9) == (0, 0)
    assert complaint(db, "2026-11-28", made).overdue
    assert count_late(db, "2026-11-28", 9) == (1, 0)
    assert [each.id for each in voices(db, "2026-11-28", "late")] == [made]
    assert voices(db, "2026-11-28", "mine", staff_id=ADMIN) == []
    assert [each.status for each in voices(db, TODAY, "mine", staff_id=2)] == ["处理中"]
    assert [each.id for each in voices(db, TODAY, "all", kinds=("complaint",))] == [made]


def test_r067_the_manager_changes_topic_urgency_and_day(clinic, frontdesk, member_admin, made):
    now = {"complaint_id": made, "topic": "waiting", "urgent": False, "due_on": "2026-11-27"}
    for wrong, sentence in (
        ({}, "没有改动"),
        ({"topic": "moon"}, "类别"),
        ({"due_on": "2026-11-01"}, "今天或以后"),
    ):
        with pytest.raises(RuleError, match=sentence):
            change_complaint(member_admin, **{**now, **wrong})
    with pytest.raises(RuleError, match="没有这项权限"):
        change_complaint(frontdesk, **{**now, "urgent": True})
    change_complaint(member_admin, **{**now, "urgent": True, "topic": "service"})
    row = complaint(clinic.db, TODAY, made)
    assert (row.urgent, row.topic, row.reply_by) == (True, "service", TODAY)
    assert steps_of(clinic.db, made)[-1].text == "类别改为服务，改为紧急"
    change_complaint(member_admin, **{**now, "topic": "", "due_on": "2026-12-01"})
    row = complaint(clinic.db, TODAY, made)
    assert (row.urgent, row.topic, row.due_on) == (False, "", "2026-12-01")
    told = steps_of(clinic.db, made)[-1].text
    assert told == "类别改为未分类，不再紧急，期限改为 2026-12-01"


def test_r025_topic_and_way_are_from_the_list(frontdesk, who):
    for wrong in ({"topic": "moon"}, {"source": "moon"}):
        with pytest.raises(RuleError, match="类别和来源"):
            open_complaint(frontdesk, person_id=who, text="x", **wrong)


def test_e67_what_it_cost_in_points_and_things(clinic, frontdesk, member_admin, who, made):
    adjust_points(
        member_admin, person_id=who, points=250, reason_code="goodwill", text="致歉",
        complaint_id=made,
    )  # fmt: skip
    give_award(
        member_admin, person_id=who, kind="gift", name="牙刷", reason="compensation",
        value_fen=30_00, quantity=2, complaint_id=made,
    )  # fmt: skip
    given = complaint(clinic.db, TODAY, made).goodwill
    assert (given.points, given.points_fen, given.awards, given.value_fen, given.cost_fen) == (
        250, 250, ("牙刷×2",), 60_00, 62_50,
    )  # fmt: skip
    assert goodwill_of(clinic.db, ()) == {}
    other = open_complaint(frontdesk, person_id=who, text="y").complaint_id
    wrong = adjust_points(
        member_admin, person_id=who, points=9, reason_code="goodwill", text="x",
        complaint_id=other,
    )  # fmt: skip
    reverse_adjustment(member_admin, entry_id=wrong.entry_id, text="多给")
    assert goodwill_of(clinic.db, (other,)) == {}
    assert NONE.cost_fen == 0


def test_e67_points_that_pay_bills_cost_what_they_pay(clinic, director, member_admin, who, made):
    sign(director, variant(per_yuan_off=20))
    adjust_points(
        member_admin, person_id=who, points=100, reason_code="goodwill", text="致歉",
        complaint_id=made,
    )  # fmt: skip
    assert complaint(clinic.db, TODAY, made).goodwill.points_fen == 500


def test_e62_a_call_about_a_merged_record_complains_for_the_survivor(
    clinic, frontdesk, member_admin, who, made
):
    survivor = person(frontdesk)
    merge_people(member_admin.confirming("two_names"), survivor_id=survivor, merged_id=who)

    def call(tx: Tx) -> int:
        return receive(tx, person_id=who, text="又等", source="call", call_seq=tx.seq)

    second = in_command(frontdesk, call)
    assert {row.id for row in complaints_of(clinic.db, TODAY, survivor)} == {made, second}
    assert {row.person_id for row in open_complaints(clinic.db, TODAY)} == {survivor}
    with pytest.raises(RuleError, match="有效档案"):
        open_complaint(frontdesk, person_id=who, text="x")
    assert acknowledge(frontdesk, complaint_id=made, text="x").person_id == survivor


def test_e2_a_step_under_the_same_id_counts_once(clinic, frontdesk, made):
    op = uuid.uuid4()
    first = note_complaint(frontdesk.once(op), complaint_id=made, text="x")
    assert note_complaint(frontdesk.once(op), complaint_id=made, text="x") == first
    assert steps(clinic, made) == ["receive", "note"]


def test_e66_a_call_taken_back_takes_along_what_nobody_touched(
    clinic, frontdesk, member_admin, who
):
    def call(tx: Tx) -> tuple[int, ...]:
        asked = [add_request(tx, person_id=who, text=t, call_seq=tx.seq) for t in ("一", "二")]
        said = [
            receive(tx, person_id=who, text=t, source="call", call_seq=tx.seq) for t in "甲乙丙"
        ]
        return (tx.seq, *asked, *said)

    seq, _, answered, _, told, paid = in_command(frontdesk, call)
    answer_request(frontdesk, request_id=answered, answer="好")
    acknowledge(frontdesk, complaint_id=told, text="x")
    adjust_points(
        member_admin, person_id=who, points=5, reason_code="goodwill", text="y", complaint_id=paid
    )
    assert in_command(frontdesk, lambda tx: take_back_call(tx, seq)) == 2
    assert [row.state for row in requests_of(clinic.db, TODAY, who)] == ["done", "dropped"]
    states = [row.state for row in complaints_of(clinic.db, TODAY, who)]
    assert states == ["received", "acknowledged", "closed"]


def test_a_complaint_from_before_the_steps_still_runs(clinic, frontdesk, member_admin, who):
    """Rows of an older file have no steps, no first answer, perhaps no day and no owner."""

    def old(tx: Tx) -> int:
        return tx.db.insert(
            Complaint, person_id=who, text="旧", state="received", received_on=tx.today,
            staff_id=tx.actor.id, seq=tx.seq,
        )  # fmt: skip

    made = in_command(frontdesk, old)
    row = complaint(clinic.db, plus_days(TODAY, 99), made)
    assert (row.owner, row.due_on, row.overdue, row.priority) == ("", None, False, 3)
    assert voices(clinic.db, TODAY)[0].due_on is None
    now = {"complaint_id": made, "topic": "", "due_on": "2026-12-01"}
    change_complaint(member_admin, urgent=True, **now)
    assert complaint(clinic.db, TODAY, made).reply_by == TODAY
    close_complaint(member_admin, complaint_id=made, outcome="x")
    reopen_complaint(member_admin, complaint_id=made, reason="x")
    assert complaint(clinic.db, TODAY, made).open
    with pytest.raises(RuleError, match="没有找到这条投诉"):
        complaint(clinic.db, TODAY, 99)


def test_words_of_the_desk():
    assert [priority_title(*each) for each in ((True, True), (False, True), (False, False))] == [
        "紧急", "会员优先", "",
    ]  # fmt: skip
    assert kind_title("suggestion") == "建议"
    assert complaint_state_title("handled") == "待结案"
