"""How far plans look while the desk works, after much was written at once (E66)."""

from __future__ import annotations

import pytest

from models.reception import VisitStep
from services.clock import plus_days
from services.commands import head_of_chain
from services.desk.daily import catch_up
from services.desk.visits import check_in
from services.followups import making
from services.followups.making import catch_up_plans, catch_up_written, plans_wait
from tests.conftest import TODAY
from tests.desk_world import person
from tests.gift_world import in_command
from tests.services.followups.plan_world import EXTRACTION, made, on_day, plan, switch, treat


@pytest.fixture
def desk(frontdesk, member_admin, clock, monkeypatch):
    """The desk after the day's catch-up, with a plan that is on and pages of three rows."""
    switch(member_admin, EXTRACTION)
    on_day(frontdesk, clock, TODAY)
    monkeypatch.setattr(making, "SOME", 3)
    return frontdesk


def steps_at_once(session, number: int) -> None:
    """One command that wrote so many steps."""

    def body(tx):
        rows = tx.db.rows(VisitStep.select(*columns).limit(1))
        tx.db.insert_many(VisitStep, names, [(*rows[0], tx.seq)] * number)

    names = ("visit_id", "was", "now", "at_utc", "staff_id", "seq")
    columns = [getattr(VisitStep, name) for name in names[:-1]]
    in_command(session, body)


def seen(session, key: str = EXTRACTION) -> int:
    return plan(session, key).seen_seq


def test_a_full_page_is_looked_at_once_and_the_rest_after_it(desk):
    people = [person(desk, f"M{n}") for n in range(4)]
    for each in people:
        treat(desk, each)
    assert catch_up_plans(desk) == 3 * 3
    first = seen(desk)
    assert catch_up_plans(desk) == 3
    assert seen(desk) > first
    assert [len(made(desk, each)) for each in people] == [3] * 4
    assert catch_up_plans(desk) == 0


def test_a_command_too_large_alone_is_left_to_the_daily_run_and_not_looked_at_again(
    desk, member_admin, clock
):
    patient = person(desk, "M1")
    check_in(desk, person_id=patient)
    begun = seen(desk)
    steps_at_once(desk, 3)
    catch_up_plans(desk)
    treat(desk, patient)
    before = head_of_chain(desk.db)[0]
    assert begun < seen(desk) < before - 2
    assert catch_up_plans(desk) == 0
    assert head_of_chain(desk.db)[0] == before  # nothing was asked once more
    stays = seen(desk)
    switch(member_admin, "tier_reached")
    catch_up_written(desk)
    assert (seen(desk), made(desk, patient)) == (stays, [])
    assert seen(desk, "tier_reached") == head_of_chain(desk.db)[0] - 1
    clock.day = plus_days(TODAY, 1)
    catch_up(desk)
    assert seen(desk) > before
    assert len(made(desk, patient)) == 3


def test_one_command_that_wrote_more_than_a_few_rows_is_looked_at_by_itself(desk, monkeypatch):
    monkeypatch.setattr(making, "FEW", 2)
    monkeypatch.setattr(making, "SOME", 1000)
    patient = person(desk, "M1")
    check_in(desk, person_id=patient)
    steps_at_once(desk, 5)
    treat(desk, patient)
    while plans_wait(desk):
        before = seen(desk)
        catch_up_plans(desk)
        assert seen(desk) > before
    assert len(made(desk, patient)) == 3
