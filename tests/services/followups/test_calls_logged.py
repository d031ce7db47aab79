"""What a call leaves behind: requests, complaints, tries, letters, and its own undoing (E66)."""

from __future__ import annotations

import uuid

import pytest

from models.activities import Activity
from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Mailing, MailingPerson, Request
from models.people import Complaint, Consent
from services.activities.seats import settle_calls
from services.clock import plus_days
from services.desk.undo import undo_last
from services.errors import RuleError
from services.followups import call_counts
from services.followups.assigning import (
    assign,
    callers,
    change_channel,
    hand_over,
    tasks_of_staff,
)
from services.followups.attempts import last_outcome
from services.followups.call_counts import count_calls, count_resting, waiting_papers
from services.followups.call_list import calls_today
from services.followups.call_order import Wanted, due_rules
from services.followups.calls import attempts_of, log_call
from services.followups.open_tasks import open_tasks_of
from services.followups.register import register_of, register_of_person
from services.followups.undoing import last_call, undo_call
from services.people.consents import set_consent
from services.people.merging import merge_people
from services.setup import change_settings
from services.staff import change_staff
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import change, consent, member, person
from tests.gift_world import in_command
from tests.services.outreach.letter_world import post

TOMORROW = "2026-11-21"


def plan(session, person_id, rule="manual", due_on=TODAY, **values):
    """A task as a plan makes it."""
    row = {"cycle": uuid.uuid4().hex, "state": "open", "subject": "问恢复"} | values
    return in_command(
        session,
        lambda tx: tx.db.insert(
            FollowupTask, person_id=person_id, rule=rule, due_on=due_on, seq=tx.seq, **row
        ),
    )


def offer(session, person_id, **values):
    return plan(session, person_id, rule="idle.6", marketing=1, **values)


def log(session, person_id, outcome, *task_ids, **more):
    chosen = task_ids or tuple(task.id for task in open_tasks_of(session.db, person_id))
    return log_call(session, person_id=person_id, task_ids=chosen, outcome=outcome, **more)


def task(session, task_id):
    (row,) = FollowupTask.select().where(FollowupTask.id == task_id).execute(session.db)
    return row


def attempt(session):
    query = FollowupAttempt.select().order_by(FollowupAttempt.id.desc()).limit(1)
    (row,) = query.execute(session.db)
    return row


def newest(session, table):
    return next(iter(table.select().order_by(table.id.desc()).limit(1).execute(session.db)), None)


@pytest.fixture
def patient(frontdesk):
    return person(frontdesk, "M1", name="欧阳小美", sex="F", phone="13812348000", address="人民路")


@pytest.fixture
def task_id(frontdesk, patient):
    return plan(frontdesk, patient)


# -- what follows from a call ------------------------------------------------------------------


def test_r149_a_request_has_somebody_to_answer_it(frontdesk, billing, patient, task_id):
    done = log(frontdesk, patient, "request", note="想换周六", owner_id=billing.actor.id)
    row = newest(frontdesk, Request)
    assert (row.id, row.text, row.owner_id, row.source, row.call_seq) == (
        done.request_id, "想换周六", billing.actor.id, "call", attempt(frontdesk).seq,
    )  # fmt: skip
    assert done.complaint_id is None
    assert task(frontdesk, task_id).closed_as == "reached"


def test_r062_who_is_not_satisfied_always_has_a_complaint(clinic, frontdesk, patient, task_id):
    done = log(frontdesk, patient, "fine", satisfaction=1)
    row = newest(frontdesk, Complaint)
    assert (row.id, row.source, row.owner_id) == (done.complaint_id, "call", frontdesk.actor.id)
    assert "不满意" in row.text
    plan(frontdesk, patient)
    assert [row.mark for row in calls_today(clinic.db, TODAY)] == ["complaint"]


def test_e67_words_of_the_call_are_those_of_the_complaint(frontdesk, patient, task_id):
    done = log(frontdesk, patient, "request", satisfaction=1, note="等了两小时")
    assert newest(frontdesk, Complaint).text == newest(frontdesk, Request).text == "等了两小时"
    assert None not in (done.request_id, done.complaint_id)


def test_who_is_unwell_is_reported_to_the_doctor_today(clinic, frontdesk, patient, task_id):
    log(frontdesk, patient, "fine", recovery="unwell", note="还疼")
    row = newest(frontdesk, Request)
    assert (row.due_on, row.text) == (TODAY, "术后不适，请医生今天回复。还疼")
    plan(frontdesk, patient)
    assert [row.mark for row in calls_today(clinic.db, TODAY)] == ["unwell"]
    assert attempts_of(clinic.db, patient)[0].recovery == "unwell"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"outcome": "spoke"}, "请选择回访结果"),
        ({"outcome": "request"}, "要求写在备注里"),
        ({"outcome": "not_called"}, "写明为什么不打"),
        ({"outcome": "not_called", "note": "  "}, "写明为什么不打"),
        ({"outcome": "sent"}, "这是电话回访"),
        ({"outcome": "busy", "satisfaction": 3}, "满意度只在接通后"),
        ({"outcome": "fine", "satisfaction": 5}, "满意度只在接通后"),
        ({"outcome": "busy", "recovery": "well"}, "恢复情况只在接通后"),
        ({"outcome": "fine", "recovery": "dead"}, "恢复情况只在接通后"),
        ({"outcome": "fine", "nps": 5}, "推荐意愿只在满意度回访"),
        ({"outcome": "fine", "note": "长" * 1001}, "最多 1000 个字"),
        ({"outcome": "fine", "next_on": "2026-11-19"}, "今天或以后"),
        ({"outcome": "fine", "next_on": "9999-12-31"}, "两年后"),
        ({"outcome": "refused", "next_on": TOMORROW}, "不能再约下次"),
        ({"outcome": "request", "note": "换", "owner_id": 99}, "没有找到责任人"),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(frontdesk, patient, task_id, more, sentence):
    with pytest.raises(RuleError, match=sentence):
        log(frontdesk, patient, **more)
    assert attempt_count(frontdesk) == 0
    assert newest(frontdesk, Request) is None


def attempt_count(session):
    return FollowupAttempt.select().count(session.db)


def test_a_call_about_too_much_is_refused(frontdesk, patient):
    with pytest.raises(RuleError, match="事由太多"):
        log(frontdesk, patient, "fine", *range(1, 300))


@pytest.mark.parametrize("nps", [-1, 11])
def test_nps_is_a_number_from_0_to_10_of_a_survey(frontdesk, patient, nps):
    plan(frontdesk, patient, rule="survey")
    with pytest.raises(RuleError, match="0 至 10"):
        log(frontdesk, patient, "fine", nps=nps)
    log(frontdesk, patient, "fine", nps=10)
    assert attempt(frontdesk).nps == 10


def test_the_agreed_call_stays_with_who_was_to_make_this_one(frontdesk, billing, patient, task_id):
    assign(frontdesk, task_ids=(task_id,), staff_id=billing.actor.id)
    log(frontdesk, patient, "fine", next_on="2026-12-01")
    (following,) = open_tasks_of(frontdesk.db, patient)
    assert (following.due_on, following.assigned_to) == ("2026-12-01", billing.actor.id)


def test_a_no_to_marketing_ends_the_call_agreed_during_an_offer(clinic, frontdesk, patient):
    log(frontdesk, patient, "fine", offer(frontdesk, patient, post="billing"), next_on=TOMORROW)
    (agreed,) = open_tasks_of(clinic.db, patient)
    assert (agreed.marketing, agreed.post) == (True, "billing")
    set_consent(frontdesk, person_id=patient, item="marketing", granted=False)
    assert task(frontdesk, agreed.id).closed_as == "refused"
    assert calls_today(clinic.db, TOMORROW) == []


def test_a_call_agreed_about_care_as_well_is_no_offer(clinic, frontdesk, patient):
    both = (offer(frontdesk, patient), plan(frontdesk, patient))
    log(frontdesk, patient, "fine", *both, next_on=TOMORROW)
    set_consent(frontdesk, person_id=patient, item="marketing", granted=False)
    assert [row.reasons for row in calls_today(clinic.db, TOMORROW)] == [("约好再联系",)]


def test_a_call_agreed_during_an_offer_comes_on_its_day_and_counts_as_one(
    clinic, frontdesk, clock, patient
):
    log(frontdesk, patient, "fine", offer(frontdesk, patient), next_on=TOMORROW)
    other = offer(frontdesk, patient, due_on=TOMORROW)
    clock.day = TOMORROW
    (agreed,) = calls_today(clinic.db, TOMORROW)
    assert agreed.reasons == ("约好再联系",)
    log(frontdesk, patient, "fine", *agreed.task_ids)
    assert calls_today(clinic.db, plus_days(TODAY, 30)) == []  # it is 30 days after the second
    assert calls_today(clinic.db, plus_days(TOMORROW, 30))[0].task_ids == (other,)


def test_a_call_agreed_about_an_activity_ends_with_it(clinic, frontdesk, patient):
    def setup(tx):
        return tx.db.insert(
            Activity, number="H1", name="讲座", kind="lecture", state="open", day="2026-12-05",
            staff_id=tx.actor.id, seq=tx.seq,
        )  # fmt: skip

    activity_id = in_command(frontdesk, setup)
    log(
        frontdesk, patient, "fine", offer(frontdesk, patient, activity_id=activity_id),
        next_on=TOMORROW,
    )  # fmt: skip
    (agreed,) = open_tasks_of(clinic.db, patient)
    assert task(frontdesk, agreed.id).activity_id == activity_id
    in_command(frontdesk, lambda tx: settle_calls(tx, activity_id))
    assert open_tasks_of(clinic.db, patient) == []


def test_e62_the_call_of_a_record_that_was_merged_meanwhile_is_the_survivors(
    clinic, frontdesk, member_admin, patient, task_id
):
    survivor = person(frontdesk, "M2", name="欧阳小美")
    merge_people(
        member_admin.confirming("two_names", "two_phones"), survivor_id=survivor, merged_id=patient
    )
    done = log_call(frontdesk, person_id=patient, task_ids=(task_id,), outcome="no_answer")
    assert done.changes.person_id == survivor
    assert last_outcome(clinic.db, survivor) == "no_answer"


def test_e62_who_was_merged_and_never_called_has_no_outcome(clinic, frontdesk, member_admin):
    survivor, other = person(frontdesk, "M1"), person(frontdesk, "M2")
    merge_people(member_admin, survivor_id=survivor, merged_id=other)
    plan(frontdesk, survivor)
    assert calls_today(clinic.db, TODAY)[0].last_outcome is None


def test_what_others_asked_in_between_is_not_on_ones_register(clinic, frontdesk, patient):
    other = person(frontdesk, "M2")
    log(frontdesk, patient, "fine", plan(frontdesk, patient))
    log(frontdesk, other, "request", plan(frontdesk, other), note="换医生")
    log(frontdesk, patient, "fine", plan(frontdesk, patient))
    assert [line.handled for line in register_of_person(clinic.db, patient)] == [(), ()]


def test_r149_a_mailing_is_a_line_for_everybody_it_went_to(clinic, frontdesk):
    people = [
        person(frontdesk, number, name=name, address="人民路")
        for number, name in (("M1", "王小明"), ("M2", "李小红"))
    ]
    for each in people:
        plan(frontdesk, each, channel="letter", subject="问复查")
    letters = tuple(task_id for each in people for task_id in task_ids(frontdesk, each))
    post(frontdesk, *people, marketing=False, text="请来复查。", task_ids=letters)
    for each, name in zip(people, ("王小明", "李小红"), strict=True):
        assert [line.name for line in register_of_person(clinic.db, each)] == [name]
    lines = register_of(clinic.db, FollowupAttempt.id > 0)
    assert [(line.name, line.reasons) for line in lines] == [
        ("王小明", ("问复查",)), ("李小红", ("问复查",)),
    ]  # fmt: skip
    assert len({line.seq for line in lines}) == 1


def task_ids(session, person_id):
    return tuple(task.id for task in open_tasks_of(session.db, person_id))


# -- tries, snooze, letters ----------------------------------------------------------------------


def test_e66_a_task_moved_on_keeps_the_day_it_was_planned_for(clinic, frontdesk, patient, task_id):
    log(frontdesk, patient, "no_answer")
    log(frontdesk, patient, "busy", next_on="2026-11-25")
    row = task(frontdesk, task_id)
    assert (row.due_on, row.planned_on, row.attempts) == ("2026-11-25", TODAY, 2)
    assert register_of_person(clinic.db, patient)[0].planned_on == TODAY


def test_e66_at_the_most_tries_a_task_ends(frontdesk, patient, task_id):
    for _ in range(5):
        assert log(frontdesk, patient, "no_answer").ended == 0
    done = log(frontdesk, patient, "no_answer")
    assert (done.attempts, done.ended) == (6, 1)
    row = task(frontdesk, task_id)
    assert (row.state, row.closed_as) == ("given_up", "tries")
    assert attempt(frontdesk).next_on is None


def test_a_call_put_off_is_no_try(clinic, frontdesk, patient, task_id):
    log(frontdesk, patient, "not_called", next_on="2026-11-23")
    row = task(frontdesk, task_id)
    assert (row.due_on, row.attempts, row.state) == ("2026-11-23", 0, "open")
    assert calls_today(clinic.db, TODAY) == []
    assert len(calls_today(clinic.db, "2026-11-23")) == 1


def test_a_call_not_made_for_a_reason_ends_with_it(frontdesk, patient, task_id):
    log(frontdesk, patient, "not_called", note="正在住院")
    row = task(frontdesk, task_id)
    assert (row.state, row.closed_as, row.attempts) == ("given_up", "stopped", 0)
    assert attempt(frontdesk).note == "正在住院"


def test_r146_after_three_tries_a_letter(clinic, frontdesk, patient, task_id):
    for _ in range(3):
        log(frontdesk, patient, "no_answer")
    change_channel(frontdesk, task_ids=(task_id,), channel="letter")
    row = task(frontdesk, task_id)
    assert (row.channel, row.due_on, row.planned_on) == ("letter", TODAY, TODAY)
    assert calls_today(clinic.db, TODAY) == []
    assert count_calls(clinic.db, TODAY, 10) == 0
    assert waiting_papers(clinic.db, TODAY) == {"sms": 0, "letter": 1}
    log(frontdesk, patient, "sent")
    assert (task(frontdesk, task_id).closed_as, attempt(frontdesk).channel) == ("sent", "letter")


def test_a_letter_that_left_is_not_agreed_again(frontdesk, patient, task_id):
    change_channel(frontdesk, task_ids=(task_id,), channel="letter")
    with pytest.raises(RuleError, match="发出即完成"):
        log(frontdesk, patient, "sent", next_on=TOMORROW)


def test_no_letter_without_an_address_and_no_message_without_a_number(frontdesk):
    nobody = person(frontdesk, "M9")
    wanted = plan(frontdesk, nobody)
    with pytest.raises(RuleError, match="没有地址"):
        change_channel(frontdesk, task_ids=(wanted,), channel="letter")
    with pytest.raises(RuleError, match="没有电话"):
        change_channel(frontdesk, task_ids=(wanted,), channel="sms")
    with pytest.raises(RuleError, match="请选择联系方式"):
        change_channel(frontdesk, task_ids=(wanted,), channel="fax")


def test_an_offer_is_written_only_to_who_said_yes_and_wants_it(frontdesk, patient):
    wanted = offer(frontdesk, patient)
    with pytest.raises(RuleError, match="没有同意过"):
        change_channel(frontdesk, task_ids=(wanted,), channel="letter")
    consent(frontdesk, patient, granted=True)
    change(frontdesk, patient, contact_by="phone")
    with pytest.raises(RuleError, match="希望用电话联系"):
        change_channel(frontdesk, task_ids=(wanted,), channel="letter")
    change(frontdesk, patient, contact_by="letter")
    assert change_channel(frontdesk, task_ids=(wanted,), channel="letter").tasks == 1


def test_what_cannot_be_written_stays_with_the_phone(frontdesk, patient, task_id):
    stays = offer(frontdesk, patient)
    done = change_channel(frontdesk, task_ids=(task_id, stays), channel="letter")
    assert done.tasks == 1
    assert (task(frontdesk, task_id).channel, task(frontdesk, stays).channel) == ("letter", "phone")


def test_letters_that_nobody_may_send_are_not_counted_as_waiting(clinic, frontdesk, patient):
    offer(frontdesk, patient, channel="letter")
    assert waiting_papers(clinic.db, TODAY)["letter"] == 0
    consent(frontdesk, patient, granted=True)
    assert waiting_papers(clinic.db, TODAY)["letter"] == 1


# -- time of rest after an offer ------------------------------------------------------------------


def test_after_an_offer_the_next_one_waits_and_a_service_does_not(
    clinic, clock, director, frontdesk, patient
):
    log(frontdesk, patient, "fine", offer(frontdesk, patient))
    later = offer(frontdesk, patient)
    assert calls_today(clinic.db, TODAY) == []
    assert (count_calls(clinic.db, TODAY, 10), count_resting(clinic.db, TODAY)) == (0, 1)
    plan(frontdesk, patient)
    (row,) = calls_today(clinic.db, TODAY)
    assert row.reasons == ("问恢复",)
    assert count_resting(clinic.db, TODAY) == 0
    again = plus_days(TODAY, 30)
    assert later in calls_today(clinic.db, again)[0].task_ids
    change_settings(director, marketing_cooldown_days=0)
    assert later in calls_today(clinic.db, TODAY)[0].task_ids


def test_an_offer_that_reached_nobody_is_none(clinic, frontdesk, patient):
    wanted = offer(frontdesk, patient)
    log(frontdesk, patient, "no_answer")
    assert [row.task_ids for row in calls_today(clinic.db, TOMORROW)] == [(wanted,)]


def test_e62_an_offer_to_either_record_counts(clinic, frontdesk, member_admin, patient):
    log(frontdesk, patient, "fine", offer(frontdesk, patient))
    survivor = person(frontdesk, "M2", name="欧阳小美")
    merge_people(
        member_admin.confirming("two_names", "two_phones"), survivor_id=survivor, merged_id=patient
    )
    offer(frontdesk, survivor)
    assert calls_today(clinic.db, TODAY) == []
    assert count_resting(clinic.db, TODAY) == 1


@pytest.mark.parametrize(("clear", "resting"), [(1, 1), (0, 0)])
def test_a_marketing_letter_is_an_offer_and_a_masked_list_is_none(
    clinic, frontdesk, patient, clear, resting
):
    def sent(tx):
        mailing = tx.db.insert(
            Mailing, number="X1", kind="numbers", title="会员日", marketing=1, clear=clear,
            occurred_on=TODAY, staff_id=1, seq=tx.seq,
        )  # fmt: skip
        tx.db.insert(MailingPerson, mailing_id=mailing, person_id=patient)

    in_command(frontdesk, sent)
    offer(frontdesk, patient)
    assert count_resting(clinic.db, TODAY) == resting


def test_who_was_told_and_has_nothing_due_is_not_even_read(clinic, frontdesk, monkeypatch):
    for number in range(5):
        patient = person(frontdesk, f"M{number}")
        log(frontdesk, patient, "fine", offer(frontdesk, patient))
    read = []
    rows = ClinicDatabase.rows

    def seen(db, query):
        read.append(rows(db, query))
        return read[-1]

    monkeypatch.setattr(ClinicDatabase, "rows", seen)
    assert count_resting(clinic.db, TODAY) == 0
    assert read == [[]]


def test_counting_who_rests_stops(clinic, frontdesk, monkeypatch):
    monkeypatch.setattr(call_counts, "COUNTED", 2)
    for number in range(3):
        patient = person(frontdesk, f"M{number}")
        log(frontdesk, patient, "fine", offer(frontdesk, patient))
        offer(frontdesk, patient)
        offer(frontdesk, patient)
    assert count_resting(clinic.db, TODAY) == 2


@pytest.mark.parametrize("days", [-1, 366])
def test_the_days_of_rest_are_a_year_at_most(director, days):
    with pytest.raises(RuleError, match="0 至 365"):
        change_settings(director, marketing_cooldown_days=days)


# -- the list ------------------------------------------------------------------------------------


def test_r146_complaints_then_treatments_then_tiers(clinic, frontdesk):
    plain = person(frontdesk, "M1")
    vip = member(frontdesk, "M2", rank=4)
    treated = person(frontdesk, "M3")
    cross = person(frontdesk, "M4")
    for one in (plain, vip, cross):
        plan(frontdesk, one)
    plan(frontdesk, treated, rule="care.extraction")
    log(frontdesk, cross, "fine", plan(frontdesk, cross), satisfaction=1)
    order = [row.number for row in calls_today(clinic.db, TODAY)]
    assert order == ["M4", "M3", "M2", "M1"]


def test_the_list_is_narrowed_and_a_call_keeps_all_its_reasons(
    clinic, frontdesk, billing, director, patient
):
    mine = plan(frontdesk, patient, rule="review", due_on="2026-11-19", post="billing")
    plan(frontdesk, patient)
    other = person(frontdesk, "M2")
    gone = plan(frontdesk, other)
    assign(frontdesk, task_ids=(mine,), staff_id=frontdesk.actor.id)
    assign(frontdesk, task_ids=(gone,), staff_id=billing.actor.id)

    def numbers(**wanted):
        return [row.number for row in calls_today(clinic.db, TODAY, wanted=Wanted(**wanted))]

    assert numbers(staff_id=frontdesk.actor.id) == ["M1"]
    (row,) = calls_today(clinic.db, TODAY, wanted=Wanted(staff_id=frontdesk.actor.id))
    assert len(row.reasons) == 2
    assert row.assigned == ("李前台",)
    assert numbers(unassigned=True) == ["M1"]
    assert numbers(rule="review") == ["M1"]
    assert numbers(post="billing") == ["M1"]
    assert numbers(overdue=True) == ["M1"]
    assert numbers(rule="birthday") == []
    assert due_rules(clinic.db, TODAY) == ["manual", "review"]
    change_staff(director, staff_id=billing.actor.id, active=False)
    assert numbers(unassigned=True) == ["M1", "M2"]  # nobody who left is to call anybody


def test_the_wish_how_to_be_called_is_on_the_row(clinic, frontdesk, patient, task_id):
    change(frontdesk, patient, contact_note="下午三点后再打")
    assert calls_today(clinic.db, TODAY)[0].wish == "下午三点后再打"


# -- whose calls -----------------------------------------------------------------------------------


def test_r063_calls_are_given_and_handed_over(clinic, frontdesk, billing, member_admin, patient):
    wanted = plan(frontdesk, patient)
    assign(frontdesk, task_ids=(wanted,), staff_id=billing.actor.id)
    assert tasks_of_staff(clinic.db, billing.actor.id) == 1
    done = hand_over(member_admin, from_staff=billing.actor.id, to_staff=frontdesk.actor.id)
    assert done.tasks == 1
    hand_over(member_admin, from_staff=frontdesk.actor.id, to_staff=None)
    assert task(frontdesk, wanted).assigned_to is None
    assert {row.role for row in callers(clinic.db)} == {
        "frontdesk", "billing", "member_admin", "director",
    }  # fmt: skip


def test_giving_what_is_not_there_or_to_nobody_is_refused(
    frontdesk, marketing, member_admin, billing, patient, task_id
):
    refused = [
        ((), None, "先在名单里选中"),
        ((task_id, 99), None, "已经登记过了"),
        ((task_id,), 99, "在职员工"),
        ((task_id,), marketing.actor.id, "岗位不登记回访"),
        (tuple(range(1, 5002)), None, "一次最多处理 5000"),
    ]
    for task_ids, staff_id, sentence in refused:
        with pytest.raises(RuleError, match=sentence):
            assign(frontdesk, task_ids=task_ids, staff_id=staff_id)
    with pytest.raises(RuleError, match="没有待办的回访"):
        hand_over(member_admin, from_staff=billing.actor.id, to_staff=None)
    with pytest.raises(RuleError, match="同一位"):
        hand_over(member_admin, from_staff=2, to_staff=2)
    with pytest.raises(RuleError, match="没有这项权限"):
        hand_over(frontdesk, from_staff=2, to_staff=None)


# -- taken back ------------------------------------------------------------------------------------


def seq_of(session):
    return attempt(session).seq


def test_a_call_written_down_wrongly_is_as_if_it_had_not_been(clinic, frontdesk, patient, task_id):
    log(
        frontdesk, patient, "request", note="错了", satisfaction=1, recovery="unwell",
        next_on="2026-12-01",
    )  # fmt: skip
    assert last_call(clinic.db, clinic.clock.now_utc(), frontdesk.actor.id) == (
        seq_of(frontdesk), "欧阳小美",
    )  # fmt: skip
    undone = undo_call(frontdesk, call_seq=seq_of(frontdesk))
    assert (undone.person_id, undone.tasks, undone.answers) == (patient, 1, 2)
    row = task(frontdesk, task_id)
    assert (row.state, row.closed_as, row.due_on, row.planned_on, row.attempts) == (
        "open", "", TODAY, None, 0,
    )  # fmt: skip
    assert [each.id for each in open_tasks_of(clinic.db, patient)] == [task_id]
    assert attempts_of(clinic.db, patient) == []
    assert last_outcome(clinic.db, patient) is None
    assert calls_today(clinic.db, TODAY)[0].mark == ""
    assert register_of_person(clinic.db, patient) == []
    assert last_call(clinic.db, clinic.clock.now_utc(), frontdesk.actor.id) is None
    assert [f.code for f in verify(clinic).faults if f.code.startswith("call")] == []


def test_ctrl_z_anywhere_takes_ones_last_call_back(clinic, clock, frontdesk, patient, task_id):
    log(frontdesk, patient, "no_answer")
    clock.time = "09:04:00"  # a receipt could not be taken back any more
    assert undo_last(frontdesk).sentence == "已撤销刚才的回访登记。"
    assert attempts_of(clinic.db, patient) == []


def test_a_try_that_is_taken_back_is_due_when_it_was(frontdesk, patient, task_id):
    log(frontdesk, patient, "no_answer")
    log(frontdesk, patient, "busy")
    undo_call(frontdesk, call_seq=seq_of(frontdesk))
    row = task(frontdesk, task_id)
    assert (row.due_on, row.planned_on, row.attempts) == (TOMORROW, TODAY, 1)
    log(frontdesk, patient, "no_answer")
    assert task(frontdesk, task_id).attempts == 2


def test_a_call_put_off_by_mistake_is_due_again(frontdesk, patient, task_id):
    log(frontdesk, patient, "not_called", next_on="2026-12-01")
    undo_call(frontdesk, call_seq=seq_of(frontdesk))
    assert (task(frontdesk, task_id).due_on, task(frontdesk, task_id).attempts) == (TODAY, 0)


def test_what_settled_itself_since_stays_settled(clinic, frontdesk, patient, task_id):
    log(frontdesk, patient, "no_answer")
    in_command(
        frontdesk,
        lambda tx: tx.db.write(FollowupTask.update(state="done", closed_as="settled")),
    )
    undo_call(frontdesk, call_seq=seq_of(frontdesk))
    assert (task(frontdesk, task_id).state, task(frontdesk, task_id).closed_as) == (
        "done", "settled",
    )  # fmt: skip


def test_an_offer_taken_back_stays_closed_to_who_said_no_since(frontdesk, patient):
    wanted = offer(frontdesk, patient)
    log(frontdesk, patient, "fine")
    consent(frontdesk, patient, granted=False)
    undo_call(frontdesk, call_seq=seq_of(frontdesk))
    assert task(frontdesk, wanted).closed_as == "refused"


def test_a_refusal_is_never_taken_back(frontdesk, patient, task_id):
    log(frontdesk, patient, "refused")
    assert newest(frontdesk, Consent).granted == 0
    with pytest.raises(RuleError, match="不能撤销"):
        undo_call(frontdesk, call_seq=seq_of(frontdesk))


def test_a_call_is_taken_back_once(frontdesk, patient, task_id):
    log(frontdesk, patient, "no_answer")
    seq = seq_of(frontdesk)
    undo_call(frontdesk, call_seq=seq)
    for wrong in (seq, 99_999):
        with pytest.raises(RuleError, match="没有找到这次回访"):
            undo_call(frontdesk, call_seq=wrong)


def test_others_and_later_only_a_manager_and_only_today(
    clock, frontdesk, billing, member_admin, patient, task_id
):
    log(frontdesk, patient, "no_answer")
    seq = seq_of(frontdesk)
    with pytest.raises(RuleError, match="只能撤销自己 5 分钟内"):
        undo_call(billing, call_seq=seq)
    clock.time = "09:05:01"
    with pytest.raises(RuleError, match="只能撤销自己 5 分钟内"):
        undo_call(frontdesk, call_seq=seq)
    assert last_call(frontdesk.db, frontdesk.clinic.clock.now_utc(), frontdesk.actor.id) is None
    undo_call(member_admin, call_seq=seq)
    log(frontdesk, patient, "no_answer")
    clock.day = TOMORROW
    with pytest.raises(RuleError, match="当天"):
        undo_call(member_admin, call_seq=seq_of(frontdesk))


def test_what_was_worked_on_since_is_taken_back_first(frontdesk, patient, task_id):
    log(frontdesk, patient, "fine", next_on=TODAY, note="再约")
    seq = seq_of(frontdesk)
    log(frontdesk, patient, "no_answer")
    with pytest.raises(RuleError, match="先撤销后来的"):
        undo_call(frontdesk, call_seq=seq)
    undo_call(frontdesk, call_seq=seq_of(frontdesk))
    undo_call(frontdesk, call_seq=seq)
    assert [each.id for each in open_tasks_of(frontdesk.db, patient)] == [task_id]


def test_a_letter_that_left_the_house_is_not_taken_back(frontdesk, patient, task_id):
    change_channel(frontdesk, task_ids=(task_id,), channel="letter")
    log(frontdesk, patient, "sent")
    seq = seq_of(frontdesk)
    in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            Mailing, number="X1", kind="letter", title="信", marketing=0, clear=0,
            occurred_on=TODAY, staff_id=1, seq=seq,
        ),
    )  # fmt: skip
    with pytest.raises(RuleError, match="已经发出"):
        undo_call(frontdesk, call_seq=seq)


def test_a_double_click_counts_once(frontdesk, patient, task_id):
    once = frontdesk.once(uuid.uuid4())
    first = log(once, patient, "no_answer", task_id)
    assert log(once, patient, "no_answer", task_id) == first
    assert attempt_count(frontdesk) == 1


# -- verification ------------------------------------------------------------------------------


def codes(clinic):
    return {f.code for f in verify(clinic).faults if f.code.startswith("call")}


def test_verify_finds_calls_that_contradict_their_tasks(clinic, frontdesk, patient, task_id):
    log(frontdesk, patient, "no_answer")
    assert codes(clinic) == set()
    in_command(frontdesk, lambda tx: tx.db.write(FollowupTask.update(closed_as="reached")))
    assert codes(clinic) == {"call.end"}
    in_command(frontdesk, lambda tx: tx.db.write(FollowupTask.update(closed_as="")))
    in_command(frontdesk, lambda tx: tx.db.write(FollowupAttempt.update(undone_seq=tx.seq)))
    assert codes(clinic) == {"call.undone"}
    in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            Request, kind="request", source="call", text="无", state="open", call_seq=1,
            received_on=TODAY, staff_id=1, seq=tx.seq,
        ),
    )  # fmt: skip
    assert codes(clinic) == {"call.undone", "call.answer"}
