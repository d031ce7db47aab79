"""Follow-up calls: what makes one, whom to call, what to say, what came of it."""

import msgspec
import pytest

from models.followup import FollowupTask
from models.gifts import EntitlementGrant
from models.ledgers import TierOverride
from models.people import Consent
from services.clock import plus_days
from services.errors import RuleError
from services.followups import call_order
from services.followups import calls as followups
from services.followups.calls import (
    attempts_of,
    calls_today,
    count_calls,
    create_task,
    log_call,
    make_tasks,
    open_tasks_of,
    outcome_title,
    satisfaction_title,
    script,
    tier_questions,
)
from services.loyalty.grants import grants_of
from services.loyalty.membership import drop_tier, join, override_tier
from services.loyalty.receipts import post_receipt, refund
from services.loyalty.service_use import use_service
from services.people.birthdays import age_on, born_on, in_year, nearest
from services.programmes.registry import preset, timelines
from tests import money_world as books
from tests.conftest import TODAY
from tests.desk_world import change, consent, member, person, tasks
from tests.gift_world import add_gift, gift_grant, in_command, stocked
from tests.money_world import pay
from tests.services.memberships.world import payer, with_programme

TOMORROW = "2026-11-21"


def make(session, since=None):
    return in_command(session.confirming("clock_jump"), lambda tx: make_tasks(tx, since))


def later(clock, days):
    clock.day = plus_days(TODAY, days)
    return clock.day


def call(clinic, day=TODAY):
    (row,) = calls_today(clinic.db, day)
    return row


def log(session, row, outcome, **more):
    return log_call(
        session, person_id=row.person_id, task_ids=row.task_ids, outcome=outcome, **more
    )


def cycles(session, person_id, rule):
    return [
        (cycle, due, state) for r, cycle, due, state, _ in tasks(session, person_id) if r == rule
    ]


@pytest.fixture
def patient(frontdesk):
    return person(frontdesk, "M1", name="欧阳小美", sex="F", phone="13812348000")


@pytest.fixture
def planned(frontdesk, patient):
    create_task(frontdesk, person_id=patient, due_on=TODAY, subject="问复查时间")
    return patient


# -- making tasks ----------------------------------------------------------------------------


def test_r138_a_gift_unclaimed_for_thirty_days_is_called_about_once(clinic, frontdesk, clock):
    vip = member(frontdesk, "M1", rank=3)
    later(clock, 29)
    assert make(frontdesk) == 0
    day = later(clock, 30)
    assert make(frontdesk) == 1
    assert cycles(frontdesk, vip, "unclaimed_gift") == [("vip.gift", day, "open")]
    assert call(clinic, day).reasons == ("礼品未领：口腔保健礼品(100元档)",)
    later(clock, 31)
    assert make(frontdesk) == 0


def test_e66_a_task_that_is_done_is_never_made_again(clinic, frontdesk, clock):
    member(frontdesk, "M1")
    day = later(clock, 40)
    make(frontdesk)
    log(frontdesk, call(clinic, day), "fine")
    later(clock, 80)
    assert make(frontdesk) == 0
    assert calls_today(clinic.db, clock.day) == []


def test_a_gift_of_an_older_version_waits_as_long_as_that_version_says(
    clinic, frontdesk, clock, monkeypatch
):
    from services.followups import tasks as followup_tasks

    member(frontdesk, "M1")
    patient = followup_tasks.version(clinic.db, 1)
    import msgspec

    slow = msgspec.structs.replace(patient, overdue_days=60)
    monkeypatch.setattr(followup_tasks, "version", lambda db, version_id: slow)
    later(clock, 59)
    assert make(frontdesk) == 0
    later(clock, 60)
    assert make(frontdesk) == 1


def test_two_programmes_with_the_same_benefit_make_one_task(clinic, frontdesk, clock):
    vip = member(frontdesk, "M1")
    (grant,) = [g for g in grants_of(clinic.db, vip) if g.kind == "gift"]
    from models.programmes import Programme

    def second(tx):
        other = tx.db.insert(Programme, name="第二方案", state="retired")
        row = tx.db.row(EntitlementGrant.select().where(EntitlementGrant.id == grant.id))
        names = [f for f in EntitlementGrant._meta.sorted_field_names if f != "id"]
        values = dict(zip(EntitlementGrant._meta.sorted_field_names, row, strict=True))
        tx.db.insert(EntitlementGrant, **{n: values[n] for n in names} | {"programme_id": other})

    in_command(frontdesk, second)
    later(clock, 30)
    assert make(frontdesk) == 1


def test_a_gift_handed_out_is_not_called_about_and_its_task_closes(
    clinic, frontdesk, marketing, billing, clock
):
    from services.gifts.handout import issue_gift

    vip = member(frontdesk, "M1")
    gift = add_gift(marketing)
    stocked(marketing, gift, warehouse=1, desk=1)
    day = later(clock, 30)
    make(frontdesk)
    assert count_calls(clinic.db, day, 10) == 1
    issue_gift(billing, grant_id=gift_grant(clinic, vip), gift_id=gift)
    assert calls_today(clinic.db, day) == []
    assert count_calls(clinic.db, day, 10) == 0
    make(frontdesk)
    assert cycles(frontdesk, vip, "unclaimed_gift") == [("regular.gift", day, "done")]


def test_e52_birthdays_of_members_a_week_ahead_are_due_on_their_day(clinic, frontdesk):
    born = {"M1": "1990-11-20", "M2": "1990-11-26", "M3": "1990-11-27", "M4": "1990-11-19"}
    ids = {n: member(frontdesk, n, birthday=b) for n, b in born.items()}
    stranger = person(frontdesk, "M5", birthday="1990-11-20")
    assert make(frontdesk) == 2
    assert cycles(frontdesk, ids["M1"], "birthday") == [("2026", TODAY, "open")]
    assert cycles(frontdesk, ids["M2"], "birthday") == [("2026", "2026-11-26", "open")]
    assert tasks(frontdesk, stranger) == []
    assert [row.person_id for row in calls_today(clinic.db, TODAY)] == [ids["M1"]]
    assert call(clinic).reasons == ("生日 11月20日",)
    assert make(frontdesk) == 0


def test_e54_an_edited_birthday_makes_no_second_call_this_year(frontdesk):
    patient = member(frontdesk, "M1", birthday="1990-11-20")
    make(frontdesk)
    change(frontdesk, patient, birthday="1990-11-22")
    assert make(frontdesk) == 0


def test_e52_a_week_over_new_year_uses_the_year_of_the_birthday(frontdesk, clock):
    december = member(frontdesk, "M1", birthday="1990-12-30")
    january = member(frontdesk, "M2", birthday="1990-01-02")
    clock.day = "2026-12-29"
    make(frontdesk)
    assert cycles(frontdesk, december, "birthday")[0][0] == "2026"
    assert cycles(frontdesk, january, "birthday") == [("2027", "2027-01-02", "open")]


def test_e52_the_29th_of_february_is_kept_on_the_28th_in_most_years(frontdesk, clock):
    leapling = member(frontdesk, "M1", birthday="2000-02-29")
    clock.day = "2027-02-28"
    make(frontdesk)
    clock.day = "2028-02-25"
    make(frontdesk)
    assert [row[:2] for row in cycles(frontdesk, leapling, "birthday")] == [
        ("2027", "2027-02-28"), ("2028", "2028-02-29"),
    ]  # fmt: skip


def test_e52_birthdays_of_days_the_computer_was_off_are_caught_up(frontdesk):
    missed = member(frontdesk, "M1", birthday="1990-11-10")
    long_ago = member(frontdesk, "M2", birthday="1990-10-10")
    make(frontdesk, since="2026-09-01")
    assert cycles(frontdesk, missed, "birthday") == [("2026", "2026-11-10", "open")]
    assert tasks(frontdesk, long_ago) == []


def test_a_birthday_long_past_is_given_up_by_itself(frontdesk, clock):
    patient = member(frontdesk, "M1", birthday="1990-11-20")
    make(frontdesk)
    later(clock, 30)
    make(frontdesk)
    assert cycles(frontdesk, patient, "birthday")[0][2] == "open"
    later(clock, 31)
    make(frontdesk)
    assert cycles(frontdesk, patient, "birthday")[0][2] == "given_up"


def test_who_said_no_to_marketing_is_not_greeted_but_called_about_a_gift(clinic, frontdesk, clock):
    silent = member(frontdesk, "M1", birthday="1990-12-20")
    consent(frontdesk, silent, granted=True)
    consent(frontdesk, silent, granted=False)
    willing = member(frontdesk, "M2", birthday="1990-12-20")
    consent(frontdesk, willing, granted=False)
    consent(frontdesk, willing, granted=True)
    day = later(clock, 30)
    make(frontdesk)
    rows = {row.person_id: row.reasons for row in calls_today(clinic.db, day)}
    assert rows[silent] == ("礼品未领：口腔保健礼品(10元档)",)
    assert len(rows[willing]) == 2
    consent(frontdesk, willing, granted=False)  # takes effect at once, tasks or not
    assert all(len(row.reasons) == 1 for row in calls_today(clinic.db, day))


@pytest.mark.parametrize("state", ["withdrawn", "merged", "erased"])
def test_people_whose_record_is_not_active_are_not_called(clinic, frontdesk, clock, state):
    patient = member(frontdesk, "M1", birthday="1990-12-20")
    day = later(clock, 30)
    make(frontdesk)
    change(frontdesk, patient, state=state)
    assert calls_today(clinic.db, day) == []
    assert count_calls(clinic.db, day, 10) == 0
    fresh = member(frontdesk, "M2", birthday=day[:2] + "00-12-20", state=state)
    assert make(frontdesk) == 0
    assert tasks(frontdesk, fresh) == []


# -- planning by hand ------------------------------------------------------------------------


def test_a_call_is_planned_by_hand(clinic, frontdesk, patient):
    made = create_task(frontdesk, person_id=patient, due_on=TOMORROW, subject=" 问复查时间 ")
    assert calls_today(clinic.db, TODAY) == []
    row = call(clinic, TOMORROW)
    assert (row.task_ids, row.reasons) == ((made.task_id,), ("问复查时间",))
    (task,) = open_tasks_of(clinic.db, patient)
    assert (task.id, task.rule, task.reason, task.due_on, task.attempts) == (
        made.task_id, "manual", "问复查时间", TOMORROW, 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("person_id", "due_on", "subject", "sentence"),
    [
        (1, TODAY, "  ", "请写明为什么要回访"),
        (1, "2026-11-19", "问", "下次回访日期"),
        (1, "明天", "问", "下次回访日期"),
        (99, TODAY, "问", "没有找到这位顾客"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(frontdesk, patient, person_id, due_on, subject, sentence):
    with pytest.raises(RuleError, match=sentence):
        create_task(frontdesk, person_id=person_id, due_on=due_on, subject=subject)


# -- the list of today -----------------------------------------------------------------------


def test_one_call_for_everything_there_is_to_say(clinic, frontdesk, clock):
    patient = member(
        frontdesk, "M1", name="王小明", rank=3, birthday="1990-12-22", sex="M", phone="13812348000"
    )
    day = later(clock, 30)
    make(frontdesk)
    create_task(frontdesk, person_id=patient, due_on=day, subject="问复查时间")
    day = later(clock, 33)
    row = call(clinic, day)
    assert row.reasons == ("礼品未领：口腔保健礼品(100元档)", "问复查时间", "生日 12月22日")
    assert (row.number, row.name, row.title, row.phone_masked) == (
        "M1", "王小明", "先生", "138****8000",
    )  # fmt: skip
    assert (row.tier_name, row.tier_colour) == ("VIP会员", "#B7791F")
    assert (row.due_on, row.overdue_days, row.attempts, row.last_outcome) == (
        plus_days(TODAY, 30), 3, 0, None,
    )  # fmt: skip


def test_r146_the_list_is_sorted_by_tier_then_by_how_long_it_waits(clinic, frontdesk, clock):
    ids = [
        person(frontdesk, "M1"),
        member(frontdesk, "M2", rank=1),
        member(frontdesk, "M3", rank=4),
        member(frontdesk, "M4", rank=1),
    ]
    for patient, due in zip(ids, (TODAY, TOMORROW, TOMORROW, TODAY), strict=True):
        create_task(frontdesk, person_id=patient, due_on=due, subject="问")
    rows = calls_today(clinic.db, later(clock, 2))
    assert [row.number for row in rows] == ["M3", "M4", "M2", "M1"]
    assert rows[3].tier_name == ""
    assert len(calls_today(clinic.db, clock.day, limit=2)) == 2
    assert count_calls(clinic.db, clock.day, at_most=3) == 3


def test_a_long_list_is_read_by_pages_and_loses_nobody(clinic, frontdesk, monkeypatch):
    monkeypatch.setattr(call_order, "_PAGE", 2)
    people = [person(frontdesk, f"M{n}") for n in range(5)]
    for patient in (*people, people[0]):
        create_task(frontdesk, person_id=patient, due_on=TODAY, subject="问")
    change(frontdesk, people[1], state="withdrawn")
    left = [people[n] for n in (0, 2, 3, 4)]
    assert [row.person_id for row in calls_today(clinic.db, TODAY)] == left
    assert [row.person_id for row in calls_today(clinic.db, TODAY, limit=2)] == left[:2]


def test_a_child_is_reached_by_the_guardians_number(clinic, frontdesk):
    child = person(frontdesk, "M1", birthday="2020-01-01", guardian_phone="13912341234")
    create_task(frontdesk, person_id=child, due_on=TODAY, subject="问")
    row = call(clinic)
    assert (row.phone_masked, row.phone_field, row.title) == (
        "139****1234", "guardian_phone", "小朋友",
    )  # fmt: skip


def test_somebody_without_any_number_is_on_the_list_all_the_same(clinic, frontdesk):
    create_task(frontdesk, person_id=person(frontdesk, "M1"), due_on=TODAY, subject="问")
    assert (call(clinic).phone_masked, call(clinic).phone_field) == ("", "")


# -- what to say -----------------------------------------------------------------------------


def words(clinic, row, day=TODAY):
    return script(clinic.db, day, row.person_id, row.task_ids)


def test_r148_the_script_says_the_persons_own_values(clinic, frontdesk, clock):
    member(frontdesk, "M1", name="欧阳小美", rank=3, sex="F", last_visit_on="2026-11-01")
    day = later(clock, 30)
    make(frontdesk)
    said = words(clinic, call(clinic, day), day)
    assert said.splitlines() == [
        "您好，请问您是欧阳女士吗？我是试验口腔的前台，现在方便说话吗？",
        "您是我们的VIP会员，有一份“口腔保健礼品(100元档)”还没有领取，一直给您留着。"
        "方便时到收费室报会员号 M1 就能领。",
        "您上次来看牙之后恢复得怎么样？有什么要求，我给您记下来。",
        "您今年的免费项目还有：超声波洁牙 2 次，年底前都可以约。",
        "谢谢您，祝您身体健康。有事随时打我们的电话，再见。",
    ]


@pytest.mark.parametrize(
    ("birthday", "since", "wish"),
    [
        ("1990-11-20", None, "今天是您的生日，祝您生日快乐！"),
        ("1990-11-18", "2026-11-15", "11月18日是您的生日，给您补上一句：生日快乐！"),
        ("1990-11-22", None, "11月22日是您的生日，提前祝您生日快乐！"),
    ],
)
def test_r148_a_birthday_is_wished_in_time(clinic, frontdesk, birthday, since, wish):
    patient = member(frontdesk, "M1", birthday=birthday)
    make(frontdesk, since)
    (task,) = open_tasks_of(clinic.db, patient)
    assert wish in script(clinic.db, TODAY, patient, (task.id,))


def test_without_sex_or_visit_the_script_still_stands(clinic, frontdesk, patient):
    change(frontdesk, patient, sex="")
    create_task(frontdesk, person_id=patient, due_on=TODAY, subject="取模型")
    lines = words(clinic, call(clinic)).splitlines()
    assert lines[0].startswith("您好，请问您是欧阳女士/先生吗？")
    assert lines[1:3] == ["上次说好再联系您：取模型。", "您对我们有什么要求或建议，我给您记下来。"]


def test_who_wants_no_marketing_hears_no_offer(clinic, frontdesk, clock):
    silent = member(frontdesk, "M1", rank=3)
    consent(frontdesk, silent, granted=False)
    day = later(clock, 30)
    make(frontdesk)
    assert "免费项目" not in words(clinic, call(clinic, day), day)


@pytest.mark.parametrize(("guardian", "parent"), [("", "家长"), ("李大妈", "李大妈")])
def test_a_childs_parent_is_spoken_to(clinic, frontdesk, guardian, parent):
    child = member(frontdesk, "M1", name="小强", birthday="2020-11-20", guardian_name=guardian)
    make(frontdesk)
    said = words(clinic, call(clinic))
    assert f"请问您是小强小朋友的{parent}吗？" in said
    assert "今天是孩子的生日" in said
    assert child


def test_a_gift_kept_for_somebody_without_a_tier_is_told_plainly(clinic, frontdesk, patient):
    task = create_task(frontdesk, person_id=patient, due_on=TODAY, subject="牙膏")
    in_command(
        frontdesk,
        lambda tx: tx.db.write(
            FollowupTask.update(rule="unclaimed_gift").where(FollowupTask.id == task.task_id)
        ),
    )
    assert "您是我们的会员，有一份“牙膏”" in script(clinic.db, TODAY, patient, (task.task_id,))


def test_nobody_has_no_script(clinic):
    with pytest.raises(RuleError, match="没有找到这位顾客"):
        script(clinic.db, TODAY, 99, ())


# -- what came of it -------------------------------------------------------------------------


def test_r149_reached_and_fine_finishes_the_call(clinic, frontdesk, planned):
    done = log(frontdesk, call(clinic), "fine", satisfaction=4)
    assert done.attempts == 1
    assert calls_today(clinic.db, TODAY) == []
    assert [row[3:] for row in tasks(frontdesk, planned)] == [("done", 1)]
    (made,) = attempts_of(clinic.db, planned)
    assert (made.outcome, made.satisfaction, made.staff, made.reasons, made.next_on) == (
        "fine", 4, "李前台", ("问复查时间",), None,
    )  # fmt: skip


def test_r149_a_request_is_written_down(clinic, frontdesk, planned):
    with pytest.raises(RuleError, match="要求写在备注里"):
        log(frontdesk, call(clinic), "request", note="  ")
    log(frontdesk, call(clinic), "request", note="想换周六复诊")
    assert attempts_of(clinic.db, planned)[0].note == "想换周六复诊"
    assert [row[3] for row in tasks(frontdesk, planned)] == ["done"]


@pytest.mark.parametrize(("note", "subject"), [("", "约好再联系"), ("问体温", "问体温")])
def test_a_date_agreed_on_the_phone_becomes_the_next_call(
    clinic, frontdesk, planned, note, subject
):
    log(frontdesk, call(clinic), "fine", note=note, next_on="2026-12-01")
    row = call(clinic, "2026-12-01")
    assert (row.reasons, row.due_on, row.last_outcome) == ((subject,), "2026-12-01", "fine")


def test_r146_three_calls_without_answer_wait_longer(clinic, frontdesk, planned, clock):
    due = []
    for outcome in ("no_answer", "busy", "no_answer", "busy"):
        done = log(frontdesk, call(clinic, clock.day), outcome)
        clock.day = tasks(frontdesk, planned)[0][2]
        due.append((done.attempts, clock.day))
    assert due == [(1, "2026-11-21"), (2, "2026-11-22"), (3, "2026-11-25"), (4, "2026-11-28")]
    assert call(clinic, clock.day).last_outcome == "busy"


def test_no_answer_may_be_tried_again_the_same_day(clinic, frontdesk, planned):
    log(frontdesk, call(clinic), "busy", next_on=TODAY)
    assert call(clinic).attempts == 1


def test_a_wrong_number_waits_a_week(clinic, frontdesk, planned):
    log(frontdesk, call(clinic), "wrong_number")
    assert tasks(frontdesk, planned)[0][2:] == ("2026-11-27", "open", 1)


def test_a_refusal_ends_calls_and_marketing_at_once(clinic, frontdesk, clock):
    patient = member(frontdesk, "M1", birthday="1990-12-25")
    consent(frontdesk, patient, granted=True)
    day = later(clock, 30)
    make(frontdesk)
    log(frontdesk, call(clinic, day), "refused")
    assert [row[3] for row in tasks(frontdesk, patient)] == ["given_up", "given_up"]
    newest = clinic.db.row(
        Consent.select(Consent.item, Consent.granted, Consent.notice_version).order_by(
            Consent.id.desc()
        )
    )
    assert newest == ("marketing", 0, "1")


def test_a_merged_call_is_one_line_in_the_history(clinic, frontdesk, planned):
    create_task(frontdesk, person_id=planned, due_on=TODAY, subject="送资料")
    log(frontdesk, call(clinic), "no_answer")
    log(frontdesk, call(clinic, TOMORROW), "fine")
    newest, older = attempts_of(clinic.db, planned)
    assert newest.reasons == older.reasons == ("问复查时间", "送资料")
    assert (older.outcome, older.next_on) == ("no_answer", TOMORROW)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"outcome": "asleep"}, "请选择回访结果"),
        ({"outcome": "busy", "satisfaction": 3}, "满意度只在接通后登记"),
        ({"outcome": "fine", "satisfaction": 5}, "满意度只在接通后登记"),
        ({"outcome": "busy", "next_on": "2026-11-19"}, "下次回访日期"),
        ({"outcome": "refused", "next_on": TOMORROW}, "不能再约下次"),
    ],
)
def test_a_log_that_cannot_be_is_refused(clinic, frontdesk, planned, how, sentence):
    with pytest.raises(RuleError, match=sentence):
        log(frontdesk, call(clinic), **how)


def test_a_call_logged_already_or_somebody_elses_is_refused(clinic, frontdesk, planned):
    row = call(clinic)
    for task_ids in ((), (row.task_ids[0], 99)):
        with pytest.raises(RuleError, match="已经登记过"):
            log_call(frontdesk, person_id=planned, task_ids=task_ids, outcome="fine")
    other = person(frontdesk, "M2")
    with pytest.raises(RuleError, match="已经登记过"):
        log_call(frontdesk, person_id=other, task_ids=row.task_ids, outcome="fine")
    log(frontdesk, row, "fine")
    with pytest.raises(RuleError, match="已经登记过"):
        log(frontdesk, row, "fine")


def test_every_outcome_and_step_has_its_word():
    assert len({outcome_title(o) for o in followups.OUTCOMES}) == 8
    assert [satisfaction_title(n) for n in (1, 2, 3, 4)] == ["不满意", "一般", "满意", "非常满意"]


# -- tiers that wait for the manager ---------------------------------------------------------


@pytest.fixture
def unsupported(frontdesk, clinic):
    """A VIP by one receipt, whose facial was used and whose money went back (E37)."""
    from services.loyalty.membership import join
    from services.loyalty.service_use import use_service

    patient = person(frontdesk, "M1")
    posted = post_receipt(frontdesk, person_id=patient, amount_fen=10_000_00)
    join(frontdesk, person_id=patient, benefits_explained=True)
    service = next(g for g in grants_of(clinic.db, patient) if g.kind == "service")
    use_service(frontdesk, grant_id=service.id)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=9_000_00, reason="退款")
    return patient


def test_e37_a_tier_without_its_money_is_a_question_not_a_call(clinic, frontdesk, unsupported):
    (question,) = tier_questions(clinic.db)
    assert (question.person_id, question.tier_name, question.since) == (
        unsupported, "VIP会员", TODAY,
    )  # fmt: skip
    assert calls_today(clinic.db, TODAY) == []
    assert [t.reason for t in open_tasks_of(clinic.db, unsupported)] == [
        "医院方案A：等级已无消费支持，待管理员决定"
    ]
    with pytest.raises(RuleError, match="已经登记过"):
        log_call(frontdesk, person_id=unsupported, task_ids=(question.task_id,), outcome="fine")
    make(frontdesk)
    assert len(tier_questions(clinic.db)) == 1


def test_e37_the_question_ends_with_the_managers_word(clinic, frontdesk, director, unsupported):
    override_tier(director, person_id=unsupported, rank=3, reason="院长同意保留")
    assert tier_questions(clinic.db) == []
    make(frontdesk)
    assert cycles(frontdesk, unsupported, "tier_unsupported")[0][2] == "done"
    assert clinic.db.scalar(TierOverride.select(TierOverride.kind)) == "grant"


def test_e37_the_question_ends_when_the_tier_is_let_go(
    clinic, frontdesk, member_admin, unsupported
):
    drop_tier(member_admin, person_id=unsupported, reason="退款")
    assert tier_questions(clinic.db) == []


def test_e37_every_programme_asks_for_itself(
    clinic, frontdesk, director, member_admin, unsupported
):
    """A second programme asks its own question; its answer leaves the first one's open."""
    second = msgspec.structs.replace(preset("医院方案A"), name="第二方案")
    patient = person(frontdesk, "M2")
    books.sign(director, second)
    other = next(t.programme_id for t in timelines(clinic.db) if t.name == "第二方案")
    posted = post_receipt(frontdesk, person_id=patient, amount_fen=10_000_00)
    for programme_id in (1, other):
        join(frontdesk, person_id=patient, programme_id=programme_id, benefits_explained=True)
    for row in grants_of(clinic.db, patient):
        if row.name == "口腔全景片" or row.name.startswith("超声波洁牙"):
            use_service(frontdesk, grant_id=row.id)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=9_000_00, reason="退款")
    mine = [(q.programme, q.tier_name) for q in tier_questions(clinic.db) if q.person_id == patient]
    assert mine == [("医院方案A", "VIP会员"), ("第二方案", "VIP会员")]
    assert [cycle for cycle, _, _ in cycles(frontdesk, patient, "tier_unsupported")] == [
        "p1/3:1", f"p{other}/3:1",
    ]  # fmt: skip
    assert {t.reason for t in open_tasks_of(clinic.db, patient)} == {
        "医院方案A：等级已无消费支持，待管理员决定", "第二方案：等级已无消费支持，待管理员决定",
    }  # fmt: skip
    drop_tier(member_admin, person_id=patient, reason="退款", programme_id=other)
    left = [q.programme for q in tier_questions(clinic.db) if q.person_id == patient]
    assert left == ["医院方案A"]
    make(frontdesk)
    states = [state for _, _, state in cycles(frontdesk, patient, "tier_unsupported")]
    assert states == ["open", "done"]
    pay(frontdesk, patient, 10_000)
    assert [q.person_id for q in tier_questions(clinic.db)] == [unsupported]


def test_e37_a_question_from_before_is_the_main_programmes(
    clinic, frontdesk, member_admin, unsupported
):
    """A cycle without a programme was written when there was one programme only."""
    clinic.db.execute_sql("UPDATE followup_task SET cycle = '3:1' WHERE cycle = 'p1/3:1'")
    assert [q.programme for q in tier_questions(clinic.db)] == ["医院方案A"]
    (bill,) = clinic.db.execute_sql("SELECT id FROM receipt").fetchone()
    refund(frontdesk, receipt_id=bill, amount_fen=100, reason="再退")
    assert len(cycles(frontdesk, unsupported, "tier_unsupported")) == 1
    drop_tier(member_admin, person_id=unsupported, reason="退款")
    assert cycles(frontdesk, unsupported, "tier_unsupported")[0][2] == "done"


@pytest.fixture
def scheme(director) -> int:
    """A paid programme beside the clinic's own."""
    return with_programme(director)


def test_e37_a_paid_tier_of_another_programme_answers_nothing(
    clinic, frontdesk, scheme, unsupported
):
    payer(frontdesk, scheme, person_id=unsupported)
    payer(frontdesk, scheme, person_id=unsupported)
    assert [q.person_id for q in tier_questions(clinic.db)] == [unsupported]
    assert cycles(frontdesk, unsupported, "tier_unsupported")[0][2] == "open"


# -- birthdays as such -----------------------------------------------------------------------


def test_e52_the_nearest_birthday_may_be_in_another_year():
    assert nearest("1990-01-02", "2026-12-30") == ("2027-01-02", 3)
    assert nearest("1990-12-30", "2027-01-02") == ("2026-12-30", -3)
    assert in_year("2000-02-29", 2028) == "2028-02-29"
    assert born_on("2028-02-28") == ("02-28",)
    assert born_on("2027-02-28") == ("02-28", "02-29")
    assert born_on("2028-02-29") == ("02-29",)
    assert (age_on("1990-11-20", TODAY), age_on("1990-11-21", TODAY)) == (36, 35)
