"""The steps of a visit: each is kept, the newest can be taken back, and they tell how long people
waited; the order of the board."""

import uuid

import pytest

from models.desk import Visit
from models.reception import VisitStep
from services.desk.appointment_list import booking
from services.desk.appointments import book
from services.desk.undo import undo_last
from services.desk.visit_board import day_board, first_come, today_board
from services.desk.visit_steps import (
    TRANSITIONS,
    keep_step,
    state_title,
    step_title,
    steps_between,
    steps_of,
)
from services.desk.visits import change_visit, check_in, undo_step
from services.errors import RuleError
from services.loyalty.receipts import post_receipt
from services.people.merging import merge_people
from services.setup import change_settings
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import member, person, visit_values
from tests.gift_world import in_command


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


def arrived(session, number="M1", **values):
    return check_in(session, person_id=person(session, number, **values)).visit_id


def walk(session, visit, *states):
    for state in states:
        change_visit(session, visit_id=visit, to_state=state)


def pairs(clinic, visit):
    return [(step.was, step.now) for step in steps_of(clinic.db, visit)]


def state_of(session, visit):
    return visit_values(session, visit).state


def board(clinic):
    return today_board(clinic.db, TODAY, clinic.clock.now_utc())


# -- every step is kept ----------------------------------------------------------------------


def test_r096_every_step_is_kept_with_who_and_when(clinic, frontdesk, billing, clock):
    visit = arrived(frontdesk)
    clock.time = "09:20:00"
    walk(billing, visit, "called", "in_treatment")
    rows = clinic.db.rows(
        VisitStep.select(VisitStep.was, VisitStep.now, VisitStep.at_utc, VisitStep.staff_id)
    )
    assert rows == [
        ("", "waiting", f"{TODAY}T09:00:00Z", frontdesk.actor.id),
        ("waiting", "called", f"{TODAY}T09:20:00Z", billing.actor.id),
        ("called", "in_treatment", f"{TODAY}T09:20:00Z", billing.actor.id),
    ]


def test_a_refused_step_leaves_none(clinic, frontdesk):
    visit = arrived(frontdesk)
    with pytest.raises(RuleError, match="不能直接改成"):
        change_visit(frontdesk, visit_id=visit, to_state="expected")
    assert pairs(clinic, visit) == [("", "waiting")]


# -- taking back -----------------------------------------------------------------------------


@pytest.mark.parametrize("pair", sorted(TRANSITIONS), ids="→".join)
def test_every_step_can_be_taken_back(clinic, frontdesk, pair):
    was, now = pair
    visit = arrived(frontdesk)

    def stands(tx):
        keep_step(tx, visit, "waiting", was)
        tx.db.write(Visit.update(state=was).where(Visit.id == visit))

    in_command(frontdesk, stands)
    change_visit(frontdesk, visit_id=visit, to_state=now)
    assert step_title(steps_of(clinic.db, visit)[-1]) == f"{state_title(was)}→{state_title(now)}"
    undo_step(frontdesk, visit_id=visit)
    assert state_of(frontdesk, visit) == was


def test_steps_come_back_one_by_one_to_the_door(clinic, frontdesk):
    visit = arrived(frontdesk)
    walk(frontdesk, visit, "called", "in_treatment", "done")
    states = []
    for _ in range(3):
        undo_step(frontdesk, visit_id=visit)
        states.append(state_of(frontdesk, visit))
    assert states == ["in_treatment", "called", "waiting"]
    assert pairs(clinic, visit) == [("", "waiting")]


def test_what_was_taken_back_is_not_taken_back_twice(clinic, frontdesk):
    visit = arrived(frontdesk)
    walk(frontdesk, visit, "called")
    undo_step(frontdesk, visit_id=visit)
    walk(frontdesk, visit, "in_treatment")
    undo_step(frontdesk, visit_id=visit)
    assert pairs(clinic, visit) == [("", "waiting")]
    assert state_of(frontdesk, visit) == "waiting"


def test_a_check_in_taken_back_leaves_the_board_and_the_last_visit(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    visit = check_in(frontdesk, person_id=patient).visit_id
    assert step_title(steps_of(clinic.db, visit)[0]) == "登记到诊"
    undo_step(frontdesk, visit_id=visit)
    assert (state_of(frontdesk, visit), board(clinic)) == ("no_show", [])
    assert steps_between(clinic.db, TODAY, TODAY) == {visit: ()}
    with pytest.raises(RuleError, match="没有可以撤销的步骤"):
        undo_step(frontdesk, visit_id=visit)
    assert check_in(frontdesk, person_id=patient).first_visit  # nobody asks, nothing is left


def test_r096_an_arrival_taken_back_awaits_the_person_again(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    made = book(frontdesk, day=TODAY, at="10:00", person_id=patient)
    visit = check_in(frontdesk, person_id=patient).visit_id
    assert booking(clinic.db, made.appointment_id).visit_id == visit
    undo_step(frontdesk, visit_id=visit)
    head = booking(clinic.db, made.appointment_id)
    assert (head.state, head.visit_id) == ("booked", None)
    (row,) = day_board(clinic.db, TODAY, clinic.clock.now_utc())
    assert row.appointment_id == made.appointment_id
    again = check_in(frontdesk, person_id=patient).visit_id
    assert booking(clinic.db, made.appointment_id).visit_id == again


def test_a_step_that_came_meanwhile_is_not_taken_back_by_mistake(clinic, frontdesk, billing):
    visit = arrived(frontdesk)
    walk(frontdesk, visit, "called")
    seen = board(clinic)[0].last_step.id
    walk(billing, visit, "in_treatment")
    with pytest.raises(RuleError, match="刚才又变了"):
        undo_step(frontdesk, visit_id=visit, seen=seen)
    undo_step(frontdesk, visit_id=visit, seen=board(clinic)[0].last_step.id)
    assert state_of(frontdesk, visit) == "called"


def test_taking_back_twice_with_one_command_counts_once(frontdesk):
    visit = arrived(frontdesk)
    walk(frontdesk, visit, "called", "in_treatment")
    once = frontdesk.once(uuid.uuid4())
    assert undo_step(once, visit_id=visit) == undo_step(once, visit_id=visit)
    assert state_of(frontdesk, visit) == "called"


def test_only_todays_steps_are_taken_back(frontdesk, clock):
    visit = arrived(frontdesk)
    clock.day = "2026-11-21"
    with pytest.raises(RuleError, match="只能撤销当天"):
        undo_step(frontdesk, visit_id=visit)


def test_an_arrival_with_a_receipt_is_not_taken_back(frontdesk):
    patient = person(frontdesk, "M1")
    visit = check_in(frontdesk, person_id=patient).visit_id
    posted = post_receipt(frontdesk, person_id=patient, amount_fen=100_00)
    in_command(
        frontdesk,
        lambda tx: tx.db.write(Visit.update(receipt_id=posted.receipt_id).where(Visit.id == visit)),
    )
    with pytest.raises(RuleError, match="先到“积分”作废单据"):
        undo_step(frontdesk, visit_id=visit)


def test_ctrl_z_elsewhere_takes_ones_own_last_step_back(frontdesk, billing, clock):
    visit = arrived(frontdesk)
    walk(frontdesk, visit, "called")
    with pytest.raises(RuleError, match="自己 30 秒内"):
        undo_last(billing)
    assert undo_last(frontdesk).sentence == "已撤销刚才的到诊步骤。"
    assert state_of(frontdesk, visit) == "waiting"


def test_marketing_takes_nothing_back(frontdesk, marketing):
    with pytest.raises(RuleError, match="没有这项权限"):
        undo_step(marketing, visit_id=arrived(frontdesk))


# -- waiting ---------------------------------------------------------------------------------


def test_r096_waiting_lasts_from_the_arrival_to_the_treatment(clinic, frontdesk, clock):
    visit = arrived(frontdesk)

    def minutes(time):
        clock.time = time
        return board(clinic)[0].waiting_minutes

    assert minutes("09:10:00") == 10
    walk(frontdesk, visit, "called")
    assert minutes("09:12:00") == 12
    walk(frontdesk, visit, "in_treatment")
    assert minutes("09:50:00") == 12
    walk(frontdesk, visit, "waiting")  # a slip of the key: they wait on
    assert minutes("09:55:00") == 55
    walk(frontdesk, visit, "in_treatment", "done")
    assert minutes("11:00:00") == 55
    walk(frontdesk, visit, "waiting", "no_show")
    assert minutes("11:00:00") is None


def test_a_visit_older_than_the_steps_has_no_waiting_time(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            Visit, person_id=patient, visit_date=TODAY, arrived_at=tx.now_utc, state="done",
            first_visit=1, reception_rank=0, staff_id=tx.actor.id, seq=tx.seq,
        ),
    )  # fmt: skip
    (row,) = board(clinic)
    assert (row.waiting_minutes, row.last_step) == (None, None)


# -- the order -------------------------------------------------------------------------------


@pytest.fixture
def three(frontdesk, clock):
    """先来 first, then a diamond, then an emergency."""
    check_in(frontdesk, person_id=person(frontdesk, "M1", "先来"))
    clock.time = "09:01:00"
    check_in(frontdesk, person_id=member(frontdesk, "M2", "钻石", rank=4), room="VIP诊室")
    clock.time = "09:02:00"
    check_in(frontdesk, person_id=person(frontdesk, "M3", "急诊"), emergency=True)


def names(clinic):
    return [row.name for row in board(clinic)]


def test_r015_the_emergency_then_the_tier_then_who_came_first(clinic, three):
    assert not first_come(clinic.db)
    assert names(clinic) == ["急诊", "钻石", "先来"]


def test_r087_the_clinic_may_let_arrival_go_before_the_tier(clinic, director, three):
    change_settings(director, first_come=True)
    assert first_come(clinic.db)
    assert names(clinic) == ["急诊", "先来", "钻石"]
    change_settings(director, first_come=False)
    assert names(clinic) == ["急诊", "钻石", "先来"]


def test_one_list_has_those_here_those_awaited_and_those_done(clinic, frontdesk, clock, three):
    for at, number in (("15:00", "M8"), ("09:30", "M9")):
        book(frontdesk, day=TODAY, at=at, person_id=person(frontdesk, number, f"约{at[:2]}"))
    first = next(row for row in board(clinic) if row.name == "先来")
    walk(frontdesk, first.visit_id, "done")
    rows = day_board(clinic.db, TODAY, clinic.clock.now_utc())
    assert [row.name for row in rows] == ["急诊", "钻石", "约09", "约15", "先来"]


def test_e62_a_merged_persons_visit_stands_under_the_survivor(clinic, frontdesk, member_admin):
    one, other = person(frontdesk, "M1", "王芳"), person(frontdesk, "M2", "王芳芳")
    visit = check_in(frontdesk, person_id=other).visit_id
    merge_people(member_admin.confirming("two_names"), survivor_id=one, merged_id=other)
    (row,) = board(clinic)
    assert (row.visit_id, row.person_id, row.number, row.name) == (visit, one, "M1", "王芳")
    undo_step(frontdesk, visit_id=visit)
    assert board(clinic) == []
