"""Rows about duties that contradict each other are found."""

from __future__ import annotations

import pytest

from models.duties import Duty, DutyDone
from services.duties.doing import do_duty, skip_duty, take_back
from services.verify import verify
from tests.gift_world import in_command
from tests.services.duties.world import by_key, own, rows, take_up


@pytest.fixture
def done(clinic, director):
    """Something of every kind; answers the id of the row that was done."""
    take_up(director)
    duty = by_key(director, own(director, day=5, points=("一",)))
    about = next(each for each in rows(director, "training") if each.about_id != director.actor.id)
    do_duty(director, duty_id=about.duty.id, cycle=about.cycle, ticked=about.duty.points[:1])
    wrong = skip_duty(director, duty_id=duty.id, cycle="2026-W47", reason="忙").row_id
    take_back(director, row_id=wrong)
    row = do_duty(director, duty_id=duty.id, cycle="2026-W47", ticked=("一",)).row_id
    assert verify(clinic).faults == ()
    clinic.db.execute_sql("DROP TRIGGER duty_done_no_update")
    return row


def codes(clinic):
    return [each.code for each in verify(clinic).faults if each.code.startswith("duty")]


@pytest.mark.parametrize(
    "values",
    [
        {"staff_id": 2},
        {"ticked": "nonsense"},
        {"about_id": 2},
        {"cycle": "s2", "about_id": 2},
    ],
)
def test_a_row_that_does_not_fit(clinic, done, values):
    clinic.db.write(DutyDone.update(**values).where(DutyDone.id == done))
    assert codes(clinic) == ["duty.row"]


def test_a_taking_back_of_something_else(clinic, done):
    clinic.db.write(DutyDone.update(cycle="2026-W46").where(DutyDone.takes_back_id.is_null(False)))
    assert codes(clinic) == ["duty.row"]


def test_a_turn_done_twice(clinic, director, done):
    duty_id = clinic.db.scalar(DutyDone.select(DutyDone.duty_id).where(DutyDone.id == done))

    def again(tx):
        tx.about(duty_id)
        tx.db.insert(
            DutyDone, duty_id=duty_id, cycle="2026-W47", complete=1, occurred_on=tx.today,
            staff_id=tx.actor.id, seq=tx.seq,
        )  # fmt: skip

    in_command(director, again)
    assert codes(clinic) == ["duty.twice"]


def test_a_fact_ticked_by_hand_and_a_list_nobody_can_read(clinic, done):
    duty_id = clinic.db.scalar(DutyDone.select(DutyDone.duty_id).where(DutyDone.id == done))
    clinic.db.write(Duty.update(ask="monday", points="{").where(Duty.id == duty_id))
    assert codes(clinic) == ["duty.list", "duty.by_hand"]
