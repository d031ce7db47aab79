"""What makes a plan's task and what settles it: R146–R148, E66, front-desk 4.3."""

from __future__ import annotations

import pytest

from models.followup import FollowupPlan, FollowupTask
from models.groups import CustomerGroup, Label, PersonLabel
from models.people import Person
from models.schemes import Referral
from services.clock import plus_days, plus_months
from services.desk.daily import catch_up
from services.desk.visits import change_visit, check_in, undo_step
from services.followups import looking, making, plan_checks
from services.followups.making import catch_up_plans
from services.loyalty.grants import grants_of
from services.loyalty.receipts import post_receipt, refund, void_receipt
from services.loyalty.service_use import use_service, void_use
from services.people.contact import refuse
from services.people.merging import merge_people
from services.staff import approve
from services.verify import verify
from tests.conftest import PIN, STAFF, TODAY
from tests.desk_world import change as change_person
from tests.desk_world import consent, member, person
from tests.gift_world import in_command
from tests.money_world import sign, variant
from tests.services.followups.plan_world import (
    EVERYBODY,
    EXTRACTION,
    add_label,
    change,
    close,
    hang,
    made,
    on_day,
    plan,
    switch,
    task,
    treat,
)


def later(days: int) -> str:
    return plus_days(TODAY, days)


@pytest.fixture
def patient(frontdesk) -> int:
    return person(frontdesk, "M1", phone="13812348000")


@pytest.fixture(autouse=True)
def _nothing_contradicts(clinic):
    yield
    assert {fault.code for fault in verify(clinic).faults} <= {"search.missing"}


# -- items ---------------------------------------------------------------------------------------


def test_r148_a_finished_item_makes_a_call_for_every_offset_at_once(
    clinic, frontdesk, member_admin, clock, patient
):
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    on_day(frontdesk, clock, TODAY)
    assert made(frontdesk, patient) == [
        (f"{TODAY}.0", TODAY, "open"),
        (f"{TODAY}.1", later(1), "open"),
        (f"{TODAY}.90", later(90), "open"),
    ]
    first = task(frontdesk, patient)
    assert (first.subject, first.channel, first.purpose, first.marketing, first.post) == (
        "智齿拔除", "phone", "recovery", 0, "",
    )  # fmt: skip
    assert first.plan_id == plan(frontdesk, EXTRACTION).id
    on_day(frontdesk, clock, later(1))
    assert len(made(frontdesk, patient)) == 3


def test_nothing_is_made_while_a_plan_is_off_nor_for_what_happened_before(
    frontdesk, member_admin, clock, patient
):
    treat(frontdesk, patient)
    on_day(frontdesk, clock, later(1))
    switch(member_admin, EXTRACTION)
    on_day(frontdesk, clock, later(2))
    assert made(frontdesk, patient) == []


def test_a_backlog_is_made_on_demand_so_many_a_day(frontdesk, member_admin, clock):
    people = [person(frontdesk, f"M{n}") for n in range(5)]
    for each in people:
        treat(frontdesk, each)
    on_day(frontdesk, clock, later(5))
    switch(member_admin, EXTRACTION, from_on=TODAY, daily_most=2)
    on_day(frontdesk, clock, later(5))
    due = sorted(
        (due_on, planned_on)
        for due_on, planned_on in frontdesk.db.rows(
            FollowupTask.select(FollowupTask.due_on, FollowupTask.planned_on).where(
                FollowupTask.due_on < later(90)
            )
        )
    )
    assert [day for day, _ in due] == [later(5 + n // 2) for n in range(10)]
    assert {planned for _, planned in due} == {TODAY, later(1)}
    assert [made(frontdesk, each)[2] for each in people] == [(f"{TODAY}.90", later(90), "open")] * 5


def test_a_backlog_leaves_the_calls_of_today_on_their_days(frontdesk, member_admin, clock):
    old = [person(frontdesk, f"M{n}") for n in range(4)]
    for each in old:
        treat(frontdesk, each)
    on_day(frontdesk, clock, later(5))
    switch(member_admin, EXTRACTION, from_on=TODAY, daily_most=1)
    on_day(frontdesk, clock, later(5))
    fresh = person(frontdesk, "M9")
    treat(frontdesk, fresh)
    catch_up_plans(frontdesk)
    assert [due_on for _, due_on, _ in made(frontdesk, fresh)] == [later(5), later(6), later(95)]
    on_day(frontdesk, clock, later(7))
    late = person(frontdesk, "M10")
    treat(frontdesk, late, on=later(4))
    catch_up_plans(frontdesk)
    assert [due_on for _, due_on, _ in made(frontdesk, late)] == [
        later(5), later(13), later(94),
    ]  # fmt: skip


def test_e66_of_days_long_past_only_the_newest_is_made(frontdesk, member_admin, clock, patient):
    change(member_admin, EXTRACTION, offsets=(0, 1, 10, 100, 140))
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    on_day(frontdesk, clock, later(60))
    assert [cycle for cycle, _, _ in made(frontdesk, patient)] == [
        f"{TODAY}.10", f"{TODAY}.100", f"{TODAY}.140",
    ]  # fmt: skip


def test_e66_a_receipt_of_last_week_written_today_counts(frontdesk, member_admin, clock, patient):
    switch(member_admin, EXTRACTION)
    on_day(frontdesk, clock, later(6))
    treat(frontdesk, patient, on=later(1))
    on_day(frontdesk, clock, later(7))
    assert made(frontdesk, patient)[0] == (f"{later(1)}.0", later(1), "open")


def test_a_call_of_the_same_day_is_there_when_the_list_is_opened(
    clinic, frontdesk, member_admin, clock, patient
):
    assert catch_up_plans(frontdesk) == 0
    switch(member_admin, EXTRACTION)
    on_day(frontdesk, clock, TODAY)
    seq = plan(frontdesk, EXTRACTION).seen_seq
    assert catch_up_plans(frontdesk) == 0
    treat(frontdesk, patient)
    assert catch_up_plans(frontdesk) == 3
    assert plan(frontdesk, EXTRACTION).seen_seq > seq
    assert catch_up_plans(frontdesk) == 0
    treat(frontdesk, patient)
    clock.day = later(1)  # the day's catch-up comes first
    assert catch_up_plans(frontdesk) == 0


def test_a_command_that_wrote_very_much_is_left_to_the_daily_catch_up(
    frontdesk, member_admin, clock, patient, monkeypatch
):
    switch(member_admin, EXTRACTION)
    on_day(frontdesk, clock, TODAY)
    monkeypatch.setattr(making, "SOME", 1)
    for _ in range(3):
        treat(frontdesk, patient)
    seq = plan(frontdesk, EXTRACTION).seen_seq
    catch_up_plans(frontdesk)
    assert plan(frontdesk, EXTRACTION).seen_seq == seq
    clock.day = later(1)
    catch_up(frontdesk, batch=1)
    assert plan(frontdesk, EXTRACTION).seen_seq > seq
    assert len(made(frontdesk, patient)) == 3


def test_a_voided_receipt_settles_what_is_open_and_a_new_one_wakes_it(
    frontdesk, member_admin, clock, patient
):
    switch(member_admin, EXTRACTION)
    posted = treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    close(frontdesk, patient, cycle=f"{TODAY}.0")
    void_receipt(frontdesk, receipt_id=posted.receipt_id, reason="录错")
    assert catch_up_plans(frontdesk) == 0
    assert [how for _, _, how in made(frontdesk, patient)] == ["tries", "settled", "settled"]
    treat(frontdesk, patient)
    assert catch_up_plans(frontdesk) == 2
    assert [how for _, _, how in made(frontdesk, patient)] == ["tries", "open", "open"]


def test_a_refund_alone_changes_nothing(frontdesk, member_admin, patient):
    switch(member_admin, EXTRACTION)
    posted = treat(frontdesk, patient)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=100, reason="优惠")
    assert catch_up_plans(frontdesk) == 3


def test_done_again_the_newer_series_takes_over(frontdesk, member_admin, clock, patient):
    change(member_admin, "care.cleaning", offsets=(1, 180))
    switch(member_admin, "care.cleaning")
    treat(frontdesk, patient, "超声波洁牙", "洁牙")
    on_day(frontdesk, clock, later(170))
    treat(frontdesk, patient, "超声波洁牙", "洁牙")
    catch_up_plans(frontdesk)
    assert made(frontdesk, patient, "care.cleaning") == [
        (f"{TODAY}.1", later(1), "open"),
        (f"{later(170)}.1", later(171), "open"),
        (f"{TODAY}.180", later(180), "settled"),
        (f"{later(170)}.180", later(350), "open"),
    ]


@pytest.mark.parametrize(
    ("item", "kind", "wanted"),
    [
        ("树脂充填", "治疗", "care.filling"),
        ("局麻", "治疗", ""),
        ("根管充填", "根管", "care.root_canal"),
        ("烤瓷冠", "修复", "care.prosthesis"),
        ("龈下刮治", "牙周", "care.perio"),
        ("托槽粘接", "正畸", "care.ortho"),
        ("植体植入", "种植", "care.implant"),
    ],
)
def test_the_presets_know_their_items(frontdesk, member_admin, patient, item, kind, wanted):
    keys = ("filling", "root_canal", "prosthesis", "perio", "ortho", "implant", "extraction")
    switch(member_admin, *(f"care.{key}" for key in keys))
    treat(frontdesk, patient, item, kind)
    catch_up_plans(frontdesk)
    rules = {row[0] for row in frontdesk.db.rows(FollowupTask.select(FollowupTask.rule))}
    assert rules == ({wanted} if wanted else set())


def test_a_visit_without_a_receipt_counts_by_its_item_once_done(
    frontdesk, member_admin, clock, patient
):
    switch(member_admin, EXTRACTION)
    visit = check_in(frontdesk, person_id=patient, item="拔智齿").visit_id
    assert catch_up_plans(frontdesk) == 0
    change_visit(frontdesk, visit_id=visit, to_state="done")
    assert catch_up_plans(frontdesk) == 3
    undo_step(frontdesk, visit_id=visit)
    catch_up_plans(frontdesk)
    assert {how for _, _, how in made(frontdesk, patient)} == {"settled"}


def test_a_receipt_says_better_than_its_visit_what_was_done(frontdesk, member_admin, patient):
    switch(member_admin, EXTRACTION)
    visit = check_in(frontdesk, person_id=patient, item="拔智齿").visit_id
    treat(frontdesk, patient, "牙片", "检查", visit_id=visit)
    assert catch_up_plans(frontdesk) == 0


def test_a_child_whose_parent_pays_is_the_one_who_is_asked_after(frontdesk, member_admin, patient):
    child = person(frontdesk, "M2")
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient, patient_id=child)
    catch_up_plans(frontdesk)
    assert made(frontdesk, patient) == []
    assert len(made(frontdesk, child)) == 3


def test_a_record_not_in_use_settles_what_is_due(frontdesk, member_admin, clock, patient):
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    change_person(frontdesk, patient, state="withdrawn")
    on_day(frontdesk, clock, later(1))
    assert [how for _, _, how in made(frontdesk, patient)] == ["settled"] * 3


def test_e62_one_task_for_a_person_recorded_twice(frontdesk, member_admin, clock, patient):
    switch(member_admin, EXTRACTION)
    other = person(frontdesk, "M2", name="王小明")
    treat(frontdesk, other)
    catch_up_plans(frontdesk)
    close(frontdesk, other, cycle=f"{TODAY}.0")
    merge_people(
        member_admin,
        survivor_id=patient,
        merged_id=other,
    )
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    assert [row[0] for row in made(frontdesk, patient)] == [f"{TODAY}.1", f"{TODAY}.90"]
    assert [row[2] for row in made(frontdesk, other)] == ["tries"]


# -- whom ----------------------------------------------------------------------------------------


def test_offers_are_made_for_those_only_who_have_not_said_no(frontdesk, member_admin, patient):
    change(member_admin, EXTRACTION, marketing=True)
    switch(member_admin, EXTRACTION)
    silent, quiet = person(frontdesk, "M2"), person(frontdesk, "M3", quiet=1)
    consent(frontdesk, silent, granted=False)
    for each in (patient, silent, quiet):
        treat(frontdesk, each)
    assert catch_up_plans(frontdesk) == 3
    in_command(frontdesk, lambda tx: refuse(tx, patient))
    consent(frontdesk, patient, granted=True)
    treat(frontdesk, patient)
    assert catch_up_plans(frontdesk) == 0
    assert {how for _, _, how in made(frontdesk, patient)} == {"refused"}


def test_a_plan_may_be_for_a_tier_and_for_a_group(frontdesk, member_admin, monkeypatch):
    gold, plain_, stranger = (
        member(frontdesk, "M1", rank=3),
        member(frontdesk, "M2", rank=1),
        person(frontdesk, "M3"),
    )
    change(member_admin, EXTRACTION, min_rank=3)
    switch(member_admin, EXTRACTION)
    for each in (gold, plain_, stranger):
        treat(frontdesk, each)
    assert catch_up_plans(frontdesk) == 3 + 1 + 1  # whoever is gold in 90 days
    monkeypatch.setattr(plan_checks, "_check_whom", lambda *_: None)
    monkeypatch.setattr(looking, "group_members", lambda *_: [plain_])
    group = in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            CustomerGroup, name="试", rule=EVERYBODY, staff_id=tx.actor.id, seq=tx.seq
        ),
    )
    change(member_admin, EXTRACTION, min_rank=0, group_id=group)
    for each in (gold, plain_, stranger):
        treat(frontdesk, each, "乳牙拔除")
    catch_up_plans(frontdesk)
    assert (len(made(frontdesk, gold)), len(made(frontdesk, plain_))) == (3, 3)


def test_a_plan_for_a_group_that_is_gone_is_for_nobody(frontdesk, member_admin, clock, patient):
    switch(member_admin, EXTRACTION)
    group = in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            CustomerGroup, name="旧", rule=EVERYBODY, active=0, staff_id=tx.actor.id, seq=tx.seq
        ),
    )
    in_command(frontdesk, lambda tx: tx.db.write(FollowupPlan.update(group_id=group)))
    treat(frontdesk, patient)
    assert catch_up_plans(frontdesk) == 1
    on_day(frontdesk, clock, later(90))
    assert made(frontdesk, patient) == [(f"{TODAY}.90", later(90), "settled")]


def test_r146_who_wants_letters_gets_a_letter(frontdesk, member_admin, patient):
    switch(member_admin, EXTRACTION)
    change_person(frontdesk, patient, contact_by="letter")
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    assert task(frontdesk, patient).channel == "letter"


# -- the other triggers --------------------------------------------------------------------------


def test_the_first_visit_is_thanked_for_once(frontdesk, member_admin, clock, patient):
    switch(member_admin, "first_visit")
    visit = check_in(frontdesk, person_id=patient, item="检查").visit_id
    treat(frontdesk, patient, "牙片", "检查", visit_id=visit)
    catch_up_plans(frontdesk)
    assert made(frontdesk, patient, "first_visit") == [(f"{TODAY}.1", later(1), "open")]
    on_day(frontdesk, clock, later(10))
    change_visit(
        frontdesk,
        visit_id=check_in(frontdesk, person_id=patient).visit_id,
        to_state="done",
    )
    catch_up_plans(frontdesk)
    assert len(made(frontdesk, patient, "first_visit")) == 1


def test_a_tier_that_was_reached_is_thanked_for_and_a_tier_lost_is_not(
    frontdesk, member_admin, clock
):
    opened = member(frontdesk, "M1", rank=1)
    switch(member_admin, "tier_reached")
    fresh = member(frontdesk, "M2", rank=1)
    catch_up_plans(frontdesk)
    assert made(frontdesk, opened, "tier_reached") + made(frontdesk, fresh, "tier_reached") == []
    posted = post_receipt(frontdesk, person_id=fresh, amount_fen=600_000)
    catch_up_plans(frontdesk)
    assert made(frontdesk, fresh, "tier_reached") == [("1:2.1", later(1), "open")]
    assert task(frontdesk, fresh, "tier_reached").subject
    word = approve(frontdesk.clinic, STAFF["member_admin"], PIN, "approve.late_void")
    void_receipt(frontdesk, receipt_id=posted.receipt_id, reason="错", approval=word)
    on_day(frontdesk, clock, later(1))
    assert [how for _, _, how in made(frontdesk, fresh, "tier_reached")] == ["settled"]
    post_receipt(frontdesk, person_id=fresh, amount_fen=600_000)
    catch_up_plans(frontdesk)
    assert made(frontdesk, fresh, "tier_reached") == [("1:2.1", later(2), "open")]


def quota(session, person_id):
    return next(g for g in grants_of(session.db, person_id) if g.kind == "service" and g.valid_to)


def test_a_quota_about_to_end_is_told_of_and_settles_once_used(frontdesk, member_admin, clock):
    switch(member_admin, "quota_ending")
    vip = member(frontdesk, "M1", rank=3)
    end = quota(frontdesk, vip).valid_to
    due_on = plus_days(end, -30)
    on_day(frontdesk, clock, plus_days(due_on, -1))
    assert made(frontdesk, vip, "quota_ending") == []
    on_day(frontdesk, clock, due_on)
    assert made(frontdesk, vip, "quota_ending") == [(f"{end}.-30", due_on, "open")]
    assert "到期" in task(frontdesk, vip, "quota_ending").subject
    uses = [
        use_service(frontdesk, grant_id=quota(frontdesk, vip).id).use_id
        for _ in range(quota(frontdesk, vip).left)
    ]
    assert all(g.left == 0 for g in grants_of(frontdesk.db, vip) if g.valid_to == end)
    catch_up_plans(frontdesk)
    assert [how for _, _, how in made(frontdesk, vip, "quota_ending")] == ["settled"]
    void_use(frontdesk, use_id=uses[0], reason="没做")
    catch_up_plans(frontdesk)
    assert [how for _, _, how in made(frontdesk, vip, "quota_ending")] == ["open"]
    on_day(frontdesk, clock, plus_days(end, 1))
    assert made(frontdesk, vip, "quota_ending")[0][2] == "settled"


def test_a_quota_given_within_the_last_days_is_told_of_at_once(frontdesk, member_admin, clock):
    on_day(frontdesk, clock, "2026-12-20")
    switch(member_admin, "quota_ending", from_on="2026-12-01")
    on_day(frontdesk, clock, "2026-12-20")
    vip = member(frontdesk, "M1", rank=3)
    assert catch_up_plans(frontdesk) == 1
    assert made(frontdesk, vip, "quota_ending")[0][1] == "2026-12-01"


def test_points_about_to_end_are_told_of_and_settle_once_spent(
    director, frontdesk, member_admin, clock
):
    sign(director, variant(mode="spend", expiry_months=12))
    switch(member_admin, "points_ending")
    vip = person(frontdesk, "M1")
    posted = post_receipt(frontdesk, person_id=vip, amount_fen=50_000)
    (end,) = {
        row[0]
        for row in frontdesk.db.execute_sql(
            "SELECT expires_on FROM points_entry WHERE kind = 'earn'"
        )
    }
    on_day(frontdesk, clock, plus_days(end, -30))
    rows = made(frontdesk, vip, "points_ending")
    assert (f"{end}.-30", plus_days(end, -30), "open") in rows
    word = approve(frontdesk.clinic, STAFF["member_admin"], PIN, "approve.late_void")
    void_receipt(frontdesk, receipt_id=posted.receipt_id, reason="错", approval=word)
    catch_up_plans(frontdesk)
    assert [how for cycle, _, how in made(frontdesk, vip, "points_ending") if end in cycle] == [
        "settled"
    ]


def test_r148_a_recall_comes_six_months_after_the_last_cleaning(
    frontdesk, member_admin, clock, patient
):
    treat(frontdesk, patient, "超声波洁牙", "洁牙")
    on_day(frontdesk, clock, later(30))
    switch(member_admin, "recall.cleaning")
    on_day(frontdesk, clock, later(30))
    due_on = plus_months(TODAY, 6)
    assert made(frontdesk, patient, "recall.cleaning") == [(f"{TODAY}.0", due_on, "open")]
    on_day(frontdesk, clock, due_on)
    assert made(frontdesk, patient, "recall.cleaning")[0][2] == "open"
    check_in(frontdesk, person_id=patient)
    on_day(frontdesk, clock, plus_days(due_on, 1))
    assert made(frontdesk, patient, "recall.cleaning")[0][2] == "settled"


def test_who_has_not_been_here_for_half_a_year_is_asked_after_until_they_come(
    frontdesk, member_admin, clock, patient
):
    switch(member_admin, "idle.6")
    change_person(frontdesk, patient, last_visit_on=TODAY)
    due_on = plus_months(TODAY, 6)
    on_day(frontdesk, clock, plus_days(due_on, -1))
    assert made(frontdesk, patient, "idle.6") == []
    on_day(frontdesk, clock, plus_days(due_on, 3))
    assert made(frontdesk, patient, "idle.6") == [(f"{TODAY}.0", due_on, "open")]
    visit = check_in(frontdesk, person_id=patient).visit_id
    catch_up_plans(frontdesk)
    assert made(frontdesk, patient, "idle.6")[0][2] == "settled"
    undo_step(frontdesk, visit_id=visit)
    change_person(frontdesk, patient, last_visit_on=TODAY)
    catch_up_plans(frontdesk)
    assert made(frontdesk, patient, "idle.6")[0][2] == "open"
    stranger = person(frontdesk, "M2")
    on_day(frontdesk, clock, plus_days(due_on, 4))
    assert made(frontdesk, stranger, "idle.6") == []


def test_who_is_called_back_for_a_cleaning_is_not_missed_as_well(
    frontdesk, member_admin, clock, patient
):
    switch(member_admin, "idle.6", "idle.12", "recall.cleaning")
    treat(frontdesk, patient, "超声波洁牙", "洁牙")
    half, year = plus_months(TODAY, 6), plus_months(TODAY, 12)
    on_day(frontdesk, clock, half)
    assert len(made(frontdesk, patient, "recall.cleaning")) == 1
    assert made(frontdesk, patient, "idle.6") == []
    close(frontdesk, patient, "recall.cleaning")
    on_day(frontdesk, clock, plus_days(half, 1))
    assert made(frontdesk, patient, "idle.6") == []
    on_day(frontdesk, clock, year)
    assert made(frontdesk, patient, "idle.12") == [(f"{TODAY}.0", year, "open")]
    assert made(frontdesk, patient, "idle.6") == []


def test_a_recall_that_settled_is_none(frontdesk, member_admin, clock, patient):
    switch(member_admin, "idle.6", "recall.cleaning")
    gone = treat(frontdesk, patient, "超声波洁牙", "洁牙").receipt_id
    catch_up_plans(frontdesk)
    treat(frontdesk, patient, "牙片", "检查")
    void_receipt(frontdesk, receipt_id=gone, reason="错")
    half = plus_months(TODAY, 6)
    on_day(frontdesk, clock, half)
    assert [how for *_, how in made(frontdesk, patient, "recall.cleaning")] == ["settled"]
    assert [how for *_, how in made(frontdesk, patient, "idle.6")] == ["open"]


def test_records_are_gone_through_a_year_after_they_were(frontdesk, member_admin, clock, patient):
    switch(member_admin, "review")
    year = plus_months(TODAY, 12)
    on_day(frontdesk, clock, plus_days(year, -1))
    assert made(frontdesk, patient, "review") == []
    on_day(frontdesk, clock, year)
    assert made(frontdesk, patient, "review") == [(f"{TODAY}.0", year, "open")]
    change_person(frontdesk, patient, reviewed_on=year)
    on_day(frontdesk, clock, plus_days(year, 1))
    assert made(frontdesk, patient, "review")[0][2] == "settled"
    on_day(frontdesk, clock, plus_months(year, 12))
    assert made(frontdesk, patient, "review")[1] == (f"{year}.0", plus_months(year, 12), "open")


def test_nobody_is_asked_twice_in_half_a_year_how_satisfied_they_are(
    frontdesk, member_admin, clock, patient
):
    switch(member_admin, "survey")
    treat(frontdesk, patient)
    on_day(frontdesk, clock, later(10))
    treat(frontdesk, patient)
    on_day(frontdesk, clock, later(20))
    assert made(frontdesk, patient, "survey") == [(f"{TODAY}.3", later(3), "open")]
    close(frontdesk, patient, "survey")
    half = plus_months(TODAY, 6)
    on_day(frontdesk, clock, half)
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    assert [row[0] for row in made(frontdesk, patient, "survey")] == [f"{TODAY}.3", f"{half}.3"]


def test_front_desk_4_3_who_brings_somebody_new_is_thanked_once(
    frontdesk, member_admin, clock, patient
):
    def brought(who: int, state: str) -> None:
        values = {"referrer_id": patient, "newcomer_id": who, "state": state, "seq": 1}
        in_command(frontdesk, lambda tx: tx.db.insert(Referral, recorded_on=tx.today, **values))

    switch(member_admin, "referral")
    first = person(frontdesk, "M2", referrer_id=patient)
    brought(first, "recorded")
    assert catch_up_plans(frontdesk) == 1
    assert made(frontdesk, patient, "referral") == [(f"{first}.1", later(1), "open")]
    thanks = task(frontdesk, patient, "referral")
    assert (thanks.subject, thanks.marketing) == ("", 0)  # nothing about the friend
    known = person(frontdesk, "M3")
    brought(known, "refused")
    told_later = person(frontdesk, "M4")
    change_person(frontdesk, told_later, referrer_id=patient)
    brought(told_later, "recorded")
    check_in(frontdesk, person_id=told_later)
    assert catch_up_plans(frontdesk) == 1
    on_day(frontdesk, clock, later(1))
    assert len(made(frontdesk, patient, "referral")) == 2
    ended = Referral.update(state="refused").where(Referral.newcomer_id == first)
    in_command(frontdesk, lambda tx: tx.db.write(ended))
    on_day(frontdesk, clock, later(2))
    hows = {cycle: how for cycle, _, how in made(frontdesk, patient, "referral")}
    assert hows == {f"{first}.1": "settled", f"{told_later}.1": "open"}


def test_a_label_is_followed_up_until_it_is_taken_off(frontdesk, member_admin, clock, patient):
    label_id = add_label(frontdesk)
    change(member_admin, "label.stage", matching=str(label_id))
    switch(member_admin, "label.stage")
    hung = hang(frontdesk, patient, label_id)
    hang(frontdesk, patient, add_label(frontdesk, "别的"))
    assert catch_up_plans(frontdesk) == 1
    assert made(frontdesk, patient, "label.stage") == [(f"{TODAY}.3", later(3), "open")]
    assert task(frontdesk, patient, "label.stage").subject == "考虑种植"
    off = PersonLabel.update(until_on=later(2)).where(PersonLabel.id == hung)
    in_command(frontdesk, lambda tx: tx.db.write(off))
    on_day(frontdesk, clock, later(3))
    assert made(frontdesk, patient, "label.stage")[0][2] == "settled"


def test_e62_after_a_merge_the_label_of_the_survivor_counts(
    frontdesk, member_admin, clock, patient
):
    thinking, decided = add_label(frontdesk), add_label(frontdesk, "已决定")
    single = Label.update(exclusive=1)
    in_command(frontdesk, lambda tx: tx.db.write(single))
    change(member_admin, "label.stage", matching=str(thinking))
    switch(member_admin, "label.stage")
    other = person(frontdesk, "M2")
    hang(frontdesk, other, thinking)
    hang(frontdesk, patient, decided)
    catch_up_plans(frontdesk)
    assert len(made(frontdesk, other, "label.stage")) == 1
    merge_people(member_admin, survivor_id=patient, merged_id=other)
    on_day(frontdesk, clock, later(3))
    assert [how for *_, how in made(frontdesk, patient, "label.stage")] == ["settled"]


def test_a_label_that_was_marked_sensitive_is_no_reason_any_more(
    frontdesk, member_admin, clock, patient
):
    label_id = add_label(frontdesk)
    change(member_admin, "label.stage", matching=str(label_id))
    switch(member_admin, "label.stage")
    hang(frontdesk, patient, label_id)
    catch_up_plans(frontdesk)
    in_command(frontdesk, lambda tx: tx.db.write(Label.update(sensitive="minor")))
    on_day(frontdesk, clock, later(3))
    assert [how for *_, how in made(frontdesk, patient, "label.stage")] == ["settled"]


def test_somebody_new_who_was_last_here_long_ago_is_not_missed(frontdesk, member_admin, clock):
    switch(member_admin, "idle.6", from_on=TODAY)
    on_day(frontdesk, clock, later(10))
    moved = person(frontdesk, "M9", last_visit_on=plus_months(later(5), -6))
    assert catch_up_plans(frontdesk) == 1
    assert len(made(frontdesk, moved, "idle.6")) == 1
    assert frontdesk.db.scalar(Person.select(Person.state).where(Person.id == moved)) == "active"


def test_somebody_of_whom_a_plan_finds_nothing_gets_nothing(
    frontdesk, member_admin, clock, patient
):
    keys = ("first_visit", "recall.cleaning", "points_ending", "tier_reached", "survey", EXTRACTION)
    switch(member_admin, *keys)
    change_visit(
        frontdesk, visit_id=check_in(frontdesk, person_id=patient).visit_id, to_state="done"
    )
    undo = check_in(frontdesk, person_id=person(frontdesk, "M2")).visit_id
    undo_step(frontdesk, visit_id=undo)
    treat(frontdesk, person(frontdesk, "M3"), "牙片", "检查")
    catch_up_plans(frontdesk)
    rules = {row[0] for row in frontdesk.db.rows(FollowupTask.select(FollowupTask.rule))}
    assert rules == {"first_visit", "survey"}


def test_e62_gifts_and_birthdays_are_told_of_once_whichever_record_was_called_about(
    frontdesk, member_admin, clock
):
    one, other = (member(frontdesk, f"M{n}", birthday="1990-12-20") for n in (1, 2))
    on_day(frontdesk, clock, later(30))
    for each in (one, other):
        close(frontdesk, each, "unclaimed_gift")
        close(frontdesk, each, "birthday")
    again = FollowupTask.update(cycle="old").where(FollowupTask.person_id == one)
    in_command(frontdesk, lambda tx: tx.db.write(again.where(FollowupTask.rule == "birthday")))
    gifts = FollowupTask.update(cycle="older").where(FollowupTask.person_id == one)
    in_command(
        frontdesk, lambda tx: tx.db.write(gifts.where(FollowupTask.rule == "unclaimed_gift"))
    )
    questions = ("two_memberships", "two_openings", "two_gifts")
    merge_people(member_admin.confirming(*questions), survivor_id=one, merged_id=other)
    on_day(frontdesk, clock, later(31))
    assert {how for _, _, how in made(frontdesk, one, "birthday")} == {"tries"}
    assert {how for _, _, how in made(frontdesk, one, "unclaimed_gift")} == {"tries"}
