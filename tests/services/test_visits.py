"""Checking in: everyone is received as the programme promises, and the board says in what order."""

import itertools
from functools import partial

import pytest

from models.desk import Visit
from models.ledgers import Standing
from models.people import Alert, Person
from services.desk.visit_board import came_today, count_done
from services.desk.visits import (
    STATES,
    TRANSITIONS,
    change_visit,
    check_in,
    reception_card,
    state_title,
    today_board,
    update_reception,
)
from services.errors import Confirmable, RuleError
from services.followups.calls import create_task, log_call
from services.loyalty.grants import grants_of
from services.loyalty.receipts import post_receipt
from services.loyalty.service_use import use_service
from tests.conftest import TODAY
from tests.desk_world import change, doctor, member, person, visit_values
from tests.gift_world import in_command

YESTERDAY = "2026-11-19"


def card(clinic, person_id, brought_by=None):
    return reception_card(clinic.db, TODAY, person_id, brought_by)


def board(clinic, minutes=0):
    return today_board(clinic.db, TODAY, f"{TODAY}T09:{minutes:02d}:00Z")


def last_visit(clinic, person_id):
    return clinic.db.scalar(Person.select(Person.last_visit_on).where(Person.id == person_id))


# -- the reception card ----------------------------------------------------------------------


def test_r126_a_vip_is_led_to_the_second_floor_and_the_doctor_told(clinic, frontdesk):
    vip = card(clinic, member(frontdesk, "M1", rank=3, sex="F"))
    assert (vip.tier_name, vip.rank, vip.title) == ("VIP会员", 3, "女士")
    assert (vip.escort, vip.tell_doctor, vip.queue) == ("带领至二楼", True, 1)
    assert (vip.room, vip.room_required) == ("可预约 VIP 诊室", False)


def test_r126_a_diamond_is_led_all_the_way_and_r127_has_a_room(clinic, frontdesk):
    diamond = card(clinic, member(frontdesk, "M1", rank=4))
    assert (diamond.escort, diamond.tell_doctor, diamond.queue) == ("全程专人引导", True, 2)
    assert (diamond.room, diamond.room_required) == ("必须 VIP 诊室", True)
    assert (diamond.received_as, diamond.received_colour) == ("钻石VIP会员", "#5B4B8A")


def test_r125_a_member_of_the_first_tier_is_received_like_everybody(clinic, frontdesk):
    plain = card(clinic, member(frontdesk, "M1", rank=1))
    assert (plain.rank, plain.tier_name, plain.escort, plain.tell_doctor, plain.room) == (
        1, "普通会员", "", False, "",
    )  # fmt: skip
    assert plain.passed_from == ""


def test_r120_somebody_with_the_money_of_a_vip_who_never_joined_is_no_vip(clinic, frontdesk):
    person_id = person(frontdesk, "M1")
    ids = {"person_id": person_id, "programme_id": 1}
    zero = dict.fromkeys(("max_single_fen", "earned", "available"), 0)
    in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            Standing, **ids, **zero, spend_fen=1_500_000, deficit=3, supported_rank=3, rank=3,
            member=0, seq=tx.seq,
        ),
    )  # fmt: skip
    shown = card(clinic, person_id)
    assert (shown.rank, shown.tier_name, shown.received_as) == (0, "", "")
    assert shown.notices == ("已达VIP会员条件，请邀请入会", "欠 3 分")


def test_the_card_of_nobody_is_refused(clinic):
    with pytest.raises(RuleError, match="没有找到这位顾客"):
        card(clinic, 99)


def test_r128_brought_by_a_vip_is_received_as_a_vip(clinic, frontdesk):
    vip = member(frontdesk, "M1", name="赵贵宾", rank=3)
    friend = member(frontdesk, "M2", rank=1)
    shown = card(clinic, friend, brought_by=vip)
    assert (shown.rank, shown.received_as, shown.passed_from) == (3, "VIP会员", "赵贵宾")
    assert (shown.tier_name, shown.escort) == ("普通会员", "带领至二楼")


def test_r128_a_lower_bringer_lends_nothing(clinic, frontdesk):
    vip = member(frontdesk, "M1", rank=3)
    shown = card(clinic, vip, brought_by=member(frontdesk, "M2", rank=1))
    assert (shown.rank, shown.passed_from) == (3, "")


@pytest.mark.parametrize("bringer", ["self", "nobody"])
def test_r128_the_bringer_is_somebody_else_who_is_known(clinic, frontdesk, bringer):
    vip = member(frontdesk, "M1", rank=3)
    with pytest.raises(RuleError, match="带来的会员"):
        card(clinic, vip, brought_by=vip if bringer == "self" else 99)


def test_r131_gifts_due_quota_and_notices_are_on_the_card(clinic, frontdesk):
    shown = card(clinic, member(frontdesk, "M1", rank=3))
    assert shown.gifts_due == ("口腔保健礼品(100元档)",)
    assert shown.quota_left == (
        "今年超声波洁牙 剩 2/2", "面部护理 剩 1 次", "中草药热疗 剩 1 次",
    )  # fmt: skip
    assert shown.notices == ("已升为VIP会员，前台、收费还没有告知",)


def test_e48_a_used_up_yearly_quota_is_still_told_and_a_used_up_service_is_not(clinic, frontdesk):
    vip = member(frontdesk, "M1", rank=2)
    for grant in grants_of(clinic.db, vip):
        if grant.kind == "service":
            use_service(frontdesk, grant_id=grant.id)
    assert card(clinic, vip).quota_left == ("今年超声波洁牙 剩 0/1",)
    next_year = reception_card(clinic.db, "2027-01-01", vip)
    assert next_year.quota_left == ()


def test_r010_alerts_for_the_doctor_are_on_the_card(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    rows = (("牙齿敏感", 1), ("旧警示", 0), ("青霉素过敏", 1))
    for text, active in rows:
        in_command(
            frontdesk,
            lambda tx, text=text, active=active: tx.db.insert(
                Alert, person_id=patient, text=text, active=active, seq=tx.seq
            ),
        )
    assert card(clinic, patient).alerts == ("牙齿敏感", "青霉素过敏")


@pytest.mark.parametrize(
    ("birthday", "note"),
    [
        (None, ""),
        ("1990-11-20", "今天生日，请祝生日快乐"),
        ("1990-11-23", "3 天后生日"),
        ("1990-11-27", "7 天后生日"),
        ("1990-11-28", ""),
        ("1990-11-18", "2 天前刚过生日"),
        ("1990-11-12", ""),
    ],
)
def test_e52_the_birthday_is_on_the_card_a_week_around_it(clinic, frontdesk, birthday, note):
    assert card(clinic, person(frontdesk, "M1", birthday=birthday)).birthday_note == note


def test_open_follow_ups_and_a_wrong_number_are_on_the_card(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    task = create_task(frontdesk, person_id=patient, due_on=TODAY, subject="问复查时间")
    assert card(clinic, patient).open_followups == ("问复查时间",)
    log_call(frontdesk, person_id=patient, task_ids=(task.task_id,), outcome="wrong_number")
    assert card(clinic, patient).notices == ("上次回访号码不对，请当面核对电话",)


def test_r130_the_card_names_the_persons_own_doctor(clinic, frontdesk):
    own = doctor(frontdesk)
    shown = card(clinic, person(frontdesk, "M1", doctor_id=own))
    assert (shown.doctor_id, shown.doctor_name) == (own, "陈医生")


def test_r125_first_or_returning(clinic, frontdesk):
    newcomer = person(frontdesk, "M1")
    known = person(frontdesk, "M2", last_visit_on=YESTERDAY)
    paid_today = person(frontdesk, "M3", last_visit_on=TODAY)
    assert card(clinic, newcomer).first_visit
    assert not card(clinic, known).first_visit
    assert card(clinic, paid_today).first_visit
    assert check_in(frontdesk, person_id=newcomer).first_visit
    assert card(clinic, newcomer).first_visit  # still, for the rest of the day
    assert not reception_card(clinic.db, "2026-11-21", newcomer).first_visit


@pytest.mark.parametrize("credited", ["self", "parent"])
def test_r125_somebody_treated_before_is_not_new(clinic, frontdesk, clock, credited):
    patient, parent = person(frontdesk, "M1"), person(frontdesk, "M2")
    pays = patient if credited == "self" else parent
    post_receipt(frontdesk, person_id=pays, patient_id=patient, amount_fen=100_00)
    clock.day = "2026-11-21"
    for known in (patient, parent):
        change(frontdesk, known, last_visit_on=None)
    assert not reception_card(clinic.db, "2026-11-21", patient).first_visit
    assert reception_card(clinic.db, "2026-11-21", parent).first_visit  # paying is not a visit


# -- checking in -----------------------------------------------------------------------------


def test_checking_in_puts_the_person_on_the_board_and_keeps_the_reception(clinic, frontdesk):
    own = doctor(frontdesk)
    vip = member(frontdesk, "M1", rank=3, doctor_id=own)
    done = check_in(
        frontdesk, person_id=vip, escort=" 李前台 ", doctor_told=True, room="VIP诊室", note="轮椅"
    )
    assert (done.reception_rank, done.first_visit) == (3, True)
    row = visit_values(frontdesk, done.visit_id)
    assert (row.escort, row.doctor_told, row.room, row.note) == ("李前台", 1, "VIP诊室", "轮椅")
    assert (row.state, row.doctor_id, row.arrived_at) == ("waiting", own, f"{TODAY}T09:00:00Z")
    assert last_visit(clinic, vip) == TODAY
    assert card(clinic, vip).visit_id == done.visit_id


def test_r130_another_doctor_may_be_chosen_when_known(clinic, frontdesk):
    own, other = doctor(frontdesk), doctor(frontdesk, "林医生")
    gone = doctor(frontdesk, "离职医生", active=0)
    patient = person(frontdesk, "M1", doctor_id=own)
    with pytest.raises(RuleError, match="没有这位医生"):
        check_in(frontdesk, person_id=patient, doctor_id=gone)
    with pytest.raises(RuleError, match="主治医生是陈医生"):
        check_in(frontdesk, person_id=patient, doctor_id=other)
    done = check_in(frontdesk, person_id=patient, doctor_id=other, note="陈医生休假")
    assert visit_values(frontdesk, done.visit_id).doctor_id == other


def test_r127_a_diamond_needs_a_room_or_the_reason_why_not(clinic, frontdesk):
    diamond = member(frontdesk, "M1", rank=4)
    with pytest.raises(RuleError, match="须安排 VIP 诊室"):
        check_in(frontdesk, person_id=diamond, room=" ")
    first = check_in(frontdesk, person_id=diamond, room_exception="诊室维修，已与会员说明")
    assert visit_values(frontdesk, first.visit_id).room_exception == "诊室维修，已与会员说明"
    again = check_in(frontdesk.confirming("already_here"), person_id=diamond, room="VIP诊室")
    assert visit_values(frontdesk, again.visit_id).room == "VIP诊室"


def test_r128_the_lent_level_counts_for_this_visit(clinic, frontdesk):
    diamond = member(frontdesk, "M1", name="钱钻石", rank=4)
    friend = person(frontdesk, "M2", name="孙朋友")
    with pytest.raises(RuleError, match="须安排 VIP 诊室"):
        check_in(frontdesk, person_id=friend, brought_by_id=diamond)
    check_in(frontdesk, person_id=friend, brought_by_id=diamond, room="VIP诊室")
    (row,) = board(clinic)
    assert (row.reception_rank, row.tier_name, row.brought_by) == (4, "钻石VIP会员", "钱钻石")


def test_the_same_person_twice_on_a_day_is_asked(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    check_in(frontdesk, person_id=patient)
    with pytest.raises(Confirmable) as asked:
        check_in(frontdesk, person_id=patient)
    assert asked.value.code == "already_here"
    check_in(frontdesk.confirming("already_here"), person_id=patient)
    assert len(board(clinic)) == 2


def test_somebody_who_left_may_come_back_without_a_question(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    done = check_in(frontdesk, person_id=patient)
    change_visit(frontdesk, visit_id=done.visit_id, to_state="no_show")
    assert card(clinic, patient).visit_id is None
    assert check_in(frontdesk, person_id=patient).first_visit


@pytest.mark.parametrize("state", ["merged", "erased"])
def test_a_record_that_is_no_more_cannot_arrive(frontdesk, state):
    with pytest.raises(RuleError, match="没有找到这位顾客"):
        check_in(frontdesk, person_id=person(frontdesk, "M1", state=state))


def test_somebody_unknown_cannot_arrive(frontdesk):
    with pytest.raises(RuleError, match="没有找到这位顾客"):
        check_in(frontdesk, person_id=99)


def test_marketing_does_not_check_in(marketing, frontdesk):
    patient = person(frontdesk, "M1")
    with pytest.raises(RuleError, match="没有这项权限"):
        check_in(marketing, person_id=patient)


# -- moving on -------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", list(itertools.product(STATES, STATES)), ids="→".join)
def test_every_pair_of_states_is_either_a_step_or_refused(clinic, frontdesk, pair):
    now, then = pair
    patient = person(frontdesk, "M1")
    visit = check_in(frontdesk, person_id=patient).visit_id
    in_command(
        frontdesk,
        lambda tx: tx.db.write(Visit.update(state=now, arrived_at="").where(Visit.id == visit)),
    )
    if pair in TRANSITIONS:
        change_visit(frontdesk, visit_id=visit, to_state=then)
        row = visit_values(frontdesk, visit)
        assert row.state == then
        assert row.arrived_at == (f"{TODAY}T09:00:00Z" if pair == ("expected", "waiting") else "")
        assert last_visit(clinic, patient) == (None if then == "no_show" else TODAY)
    else:
        with pytest.raises(RuleError, match=f"“{state_title(now)}”不能直接改成"):
            change_visit(frontdesk, visit_id=visit, to_state=then)


def test_every_step_has_a_way_back_on_the_board():
    stuck = {now for now, then in TRANSITIONS if now != "expected"}
    assert stuck == {"waiting", "called", "in_treatment", "done", "no_show"}
    for now, then in TRANSITIONS:
        if now != "expected":
            assert (then, now) in TRANSITIONS or (then, "waiting") in TRANSITIONS


def test_a_state_or_a_visit_that_does_not_exist_is_refused(frontdesk):
    visit = check_in(frontdesk, person_id=person(frontdesk, "M1")).visit_id
    with pytest.raises(RuleError, match="没有这个状态"):
        change_visit(frontdesk, visit_id=visit, to_state="asleep")
    with pytest.raises(RuleError, match="没有找到这次到诊"):
        change_visit(frontdesk, visit_id=99, to_state="done")


def test_a_visit_taken_back_gives_the_last_visit_back(clinic, frontdesk, clock):
    patient = person(frontdesk, "M1")
    check_in(frontdesk, person_id=patient)
    clock.day = "2026-11-24"
    second = check_in(frontdesk, person_id=patient)
    change_visit(frontdesk, visit_id=second.visit_id, to_state="no_show")
    assert last_visit(clinic, patient) == TODAY
    change_visit(frontdesk, visit_id=second.visit_id, to_state="waiting")
    assert last_visit(clinic, patient) == "2026-11-24"


def test_a_visit_taken_back_leaves_what_the_old_roster_knew(clinic, frontdesk):
    patient = person(frontdesk, "M1", last_visit_on="2025-03-01")
    done = check_in(frontdesk, person_id=patient)
    change_visit(frontdesk, visit_id=done.visit_id, to_state="no_show")
    assert last_visit(clinic, patient) == TODAY  # the older day is not known any more


def test_an_old_visit_taken_back_does_not_touch_a_newer_one(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    done = check_in(frontdesk, person_id=patient)
    change(frontdesk, patient, last_visit_on="2026-12-01")
    change_visit(frontdesk, visit_id=done.visit_id, to_state="no_show")
    assert last_visit(clinic, patient) == "2026-12-01"


# -- writing the reception down --------------------------------------------------------------


def test_r126_who_led_and_that_the_doctor_knows_is_kept(clinic, frontdesk):
    vip = check_in(frontdesk, person_id=member(frontdesk, "M1", rank=3)).visit_id
    assert board(clinic)[0].to_do == ("安排带领", "告知医生")
    update_reception(
        frontdesk, visit_id=vip, escort="小李", doctor_told=True, room="二楼1号", room_exception=""
    )
    (row,) = board(clinic)
    assert (row.escort, row.doctor_told, row.room, row.to_do) == ("小李", True, "二楼1号", ())


def test_r127_the_room_of_a_diamond_cannot_be_emptied_without_a_reason(frontdesk):
    diamond = member(frontdesk, "M1", rank=4)
    visit = check_in(frontdesk, person_id=diamond, room="VIP诊室").visit_id
    empty = {"visit_id": visit, "escort": "", "doctor_told": False, "room": ""}
    with pytest.raises(RuleError, match="须安排 VIP 诊室"):
        update_reception(frontdesk, **empty, room_exception="")
    update_reception(frontdesk, **empty, room_exception="会员自己要求在一楼")


def test_the_reception_of_somebody_without_a_tier_may_stay_empty(frontdesk):
    visit = check_in(frontdesk, person_id=person(frontdesk, "M1")).visit_id
    update_reception(
        frontdesk, visit_id=visit, escort="", doctor_told=False, room="", room_exception=""
    )


# -- the board -------------------------------------------------------------------------------


def test_r015_emergencies_come_first_then_the_tier_then_arrival(clinic, frontdesk, clock):
    def arrive(minute, number, name, rank=0, **how):
        clock.time = f"09:{minute:02d}:00"
        made = member(frontdesk, number, name, rank) if rank else person(frontdesk, number, name)
        return check_in(frontdesk, person_id=made, **how).visit_id

    arrive(0, "M1", "先来")
    arrive(1, "M2", "普通", rank=1)
    arrive(2, "M3", "贵宾", rank=3)
    arrive(3, "M4", "钻石", rank=4, room="VIP诊室")
    arrive(4, "M5", "急诊", emergency=True)
    gone = arrive(5, "M6", "看完", emergency=True)
    change_visit(frontdesk, visit_id=gone, to_state="done")
    rows = board(clinic, 10)
    assert [row.name for row in rows] == ["急诊", "钻石", "贵宾", "先来", "普通", "看完"]
    assert [row.waiting_minutes for row in rows] == [6, 7, 8, 10, 9, 0]
    assert rows[0].emergency
    assert rows[1].queue == 2


def test_the_board_shows_clinic_time_doctor_and_nothing_to_do_when_over(clinic, frontdesk):
    own = doctor(frontdesk)
    vip = member(frontdesk, "M1", rank=3, doctor_id=own, sex="M")
    done = check_in(frontdesk, person_id=vip)
    (row,) = board(clinic)
    assert (row.doctor_name, row.title, row.first_visit) == ("陈医生", "先生", True)
    assert len(row.arrived) == 5
    change_visit(frontdesk, visit_id=done.visit_id, to_state="done")
    (row,) = board(clinic)
    assert (row.state, row.to_do, row.waiting_minutes) == ("done", (), 0)


def test_somebody_expected_has_not_arrived(clinic, frontdesk):
    visit = check_in(frontdesk, person_id=person(frontdesk, "M1")).visit_id
    in_command(
        frontdesk,
        lambda tx: tx.db.write(
            Visit.update(state="expected", arrived_at="").where(Visit.id == visit)
        ),
    )
    (row,) = board(clinic)
    assert (row.arrived, row.waiting_minutes, row.doctor_name) == ("", None, "")


def test_a_clock_set_back_waits_no_negative_minutes(clinic, frontdesk):
    check_in(frontdesk, person_id=person(frontdesk, "M1"))
    (row,) = today_board(clinic.db, TODAY, f"{TODAY}T08:00:00Z")
    assert row.waiting_minutes == 0


def test_yesterdays_visits_are_not_on_todays_board(clinic, frontdesk, clock):
    check_in(frontdesk, person_id=person(frontdesk, "M1"))
    assert today_board(clinic.db, "2026-11-21", "2026-11-21T09:00:00Z") == []


def test_of_those_who_are_done_the_board_shows_the_last_and_whoever_is_asked_about(
    clinic, frontdesk
):
    patients = [person(frontdesk, f"M{n}") for n in range(4)]
    visits = [check_in(frontdesk, person_id=each).visit_id for each in patients]
    for visit in (visits[2], visits[0], visits[1]):
        change_visit(frontdesk, visit_id=visit, to_state="done")
    shown = partial(today_board, clinic.db, TODAY, f"{TODAY}T09:00:00Z")
    assert [row.visit_id for row in shown(over=1)] == [visits[3], visits[1]]
    assert [row.visit_id for row in shown(patients[2], over=1)] == [visits[3], *visits[1:3]]
    assert [row.visit_id for row in shown(patients[3], over=0)] == [visits[3]]
    assert count_done(clinic.db, TODAY) == 3
    assert came_today(clinic.db, TODAY, patients[0])
    assert not came_today(clinic.db, "2026-11-21", patients[0])
