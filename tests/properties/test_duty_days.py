"""Duties over random days off: every turn that was due is there once, done, left out or missed, and
only the newest is to be done."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock, plus_days
from services.duties.board import DONE, LATER, MISSED, OPEN, SKIPPED, DutyBoard, duty_history
from services.duties.cycles import cycle_at
from services.duties.doing import do_duty, skip_duty
from services.duties.editing import DutyWish, add_duty
from services.duties.records import DutyRecord, duty
from services.verify import verify
from tests.conftest import TODAY
from tests.money_world import session_of

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

WISHES = st.one_of(
    st.builds(DutyWish, st.just("试"), st.just("day"), st.integers(5, 7)),
    st.builds(DutyWish, st.just("试"), st.just("week"), st.integers(1, 7), ahead=st.integers(0, 6)),
    st.builds(
        DutyWish, st.just("试"), st.just("month"), st.integers(1, 31), ahead=st.integers(0, 27)
    ),
    st.builds(
        DutyWish,
        st.just("试"),
        st.just("quarter"),
        st.integers(1, 31),
        month=st.integers(1, 3),
        ahead=st.integers(0, 60),
    ),
)
# days until the clinic opens again, and what is done then
STEPS = st.lists(st.tuples(st.integers(1, 29), st.sampled_from("dds-")), min_size=3, max_size=14)


@SLOW
@given(wish=WISHES, steps=STEPS)
def test_no_turn_is_lost_or_counted_twice(clinic_template, wish, steps):
    root = Path(tempfile.mkdtemp())
    shutil.copytree(clinic_template, root / "clinic")
    clock = ManualClock(TODAY)
    vault = FileVault(root / "clinic" / "vault")
    clinic = open_clinic(root / "clinic" / "data", clock, holder="test", vault=vault)
    try:
        session = session_of(clinic, "director").confirming("clock_jump")
        walk(session, clock, wish, steps)
    finally:
        clinic.close()
        shutil.rmtree(root)


def walk(session, clock, wish, steps):
    db = session.db
    duty_id = add_duty(session, wish=wish).duty_id
    expected: dict[str, str] = {}
    for pause, act in steps:
        clock.day = plus_days(clock.day, pause)
        (row,) = DutyBoard(db, clock.day).rows_of(duty(db, duty_id))
        assert row.state in (OPEN, DONE, SKIPPED, LATER)
        if row.state != OPEN or act == "-":
            continue
        if act == "d":
            do_duty(session, duty_id=duty_id, cycle=row.cycle)
        else:
            skip_duty(session, duty_id=duty_id, cycle=row.cycle, reason="停业")
        expected[row.cycle] = DONE if act == "d" else SKIPPED
    one = duty(db, duty_id)
    told = duty_history(db, clock.day, one)
    due = every_turn(db, one, TODAY, plus_days(clock.day, one.ahead))
    assert [row.cycle for row in told] == due[: len(told)]
    assert len(told) == min(len(due), 60)
    for number, row in enumerate(told):
        assert row.state == expected.get(row.cycle, MISSED if number else OPEN)
    assert {row.cycle for row in told} >= {key for key in expected if len(due) <= 60}
    assert verify(session.clinic).faults == ()


def every_turn(db, one: DutyRecord, first: str, last: str) -> list[str]:
    """Turns whose due day lies in these days, newest first, found day by day."""
    found: dict[str, str] = {}
    day = first
    while day <= plus_days(last, 31):
        cycle = cycle_at(db, one, day)
        if cycle.counts and first <= cycle.due <= last:
            found[cycle.key] = cycle.due
        day = plus_days(day, 1)
    return sorted(found, key=lambda key: found[key], reverse=True)
