"""Whom a plan is for when its tasks are due, and by which way: R146–R148, front-desk 4.4.12."""

from __future__ import annotations

import pytest

from models.followup import FollowupPlan, FollowupTask
from models.groups import CustomerGroup
from services.clock import plus_days, plus_months
from services.followups import looking
from services.followups.calls import log_call
from services.followups.campaign import plan_many
from services.followups.making import catch_up_plans
from services.people.merging import merge_people
from tests.conftest import TODAY
from tests.desk_world import consent, member, person
from tests.gift_world import in_command
from tests.services.followups.plan_world import (
    EVERYBODY,
    EXTRACTION,
    change,
    made,
    on_day,
    switch,
    task,
    treat,
)


def later(days: int) -> str:
    return plus_days(TODAY, days)


@pytest.fixture
def group(frontdesk, member_admin, monkeypatch):
    """The people of the group that the plan is for, to be changed by a test."""
    people: list[int] = []
    monkeypatch.setattr(looking, "group_members", lambda *_: list(people))
    switch(member_admin, EXTRACTION, "recall.cleaning")

    def body(tx):
        who = {"staff_id": tx.actor.id, "seq": tx.seq}
        made = tx.db.insert(CustomerGroup, name="试", rule=EVERYBODY, **who)
        tx.db.write(FollowupPlan.update(group_id=made))

    in_command(frontdesk, body)
    return people


# -- in writing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["", "letter"])
def test_an_offer_in_writing_is_for_whoever_agreed_the_others_are_called(
    frontdesk, member_admin, wish
):
    change(member_admin, EXTRACTION, marketing=True, channel="phone" if wish else "sms")
    switch(member_admin, EXTRACTION)
    agreed, never_asked = (person(frontdesk, f"M{n}", contact_by=wish) for n in (1, 2))
    consent(frontdesk, agreed, granted=True)
    for each in (agreed, never_asked):
        treat(frontdesk, each)
    catch_up_plans(frontdesk)
    assert task(frontdesk, agreed, EXTRACTION).channel == (wish or "sms")
    assert task(frontdesk, never_asked, EXTRACTION).channel == "phone"


def test_a_service_in_writing_asks_nobody(frontdesk, member_admin):
    change(member_admin, EXTRACTION, channel="letter")
    switch(member_admin, EXTRACTION)
    patient = person(frontdesk, "M1")
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    assert task(frontdesk, patient).channel == "letter"


def test_an_invitation_for_many_is_written_to_whoever_agreed(frontdesk):
    agreed, never_asked, wishes = (
        person(frontdesk, "M1"), person(frontdesk, "M2"), person(frontdesk, "M3", contact_by="sms"),
    )  # fmt: skip
    for each in (agreed, wishes):
        consent(frontdesk, each, granted=True)
    values = {"people": (agreed, never_asked, wishes), "due_on": TODAY, "subject": "邀请"}
    plan_many(frontdesk, marketing=True, channel="letter", **values)
    ways = [task(frontdesk, each, "manual").channel for each in values["people"]]
    assert ways == ["letter", "phone", "sms"]
    plan_many(frontdesk, marketing=False, channel="letter", **values)
    query = FollowupTask.select(FollowupTask.channel).where(FollowupTask.marketing == 0)
    assert [row[0] for row in frontdesk.db.rows(query)] == ["letter"] * 3


def test_offers_in_writing_that_wait_already_become_calls_when_they_are_due(
    frontdesk, member_admin, clock
):
    change(member_admin, "birthday", channel="sms")
    greeted = member(frontdesk, "M1", birthday="1990-11-23")
    invited, agreed = person(frontdesk, "M2"), person(frontdesk, "M3")
    consent(frontdesk, agreed, granted=True)
    plan_many(frontdesk, people=(invited, agreed), due_on=later(3), subject="邀请", marketing=True)
    in_command(frontdesk, lambda tx: tx.db.write(FollowupTask.update(channel="letter")))
    on_day(frontdesk, clock, TODAY)
    assert task(frontdesk, greeted, "birthday").channel == "sms"
    on_day(frontdesk, clock, later(3))
    assert task(frontdesk, greeted, "birthday").channel == "phone"
    assert task(frontdesk, invited, "manual").channel == "phone"
    assert task(frontdesk, agreed, "manual").channel == "letter"


def test_e62_either_record_may_have_agreed(frontdesk, member_admin, clock):
    survivor, other = person(frontdesk, "M1"), person(frontdesk, "M2")
    consent(frontdesk, other, granted=True)
    plan_many(frontdesk, people=(other,), due_on=TODAY, subject="x", marketing=True, channel="sms")
    merge_people(member_admin, survivor_id=survivor, merged_id=other)
    on_day(frontdesk, clock, TODAY)
    query = FollowupTask.select(FollowupTask.channel).where(FollowupTask.rule == "manual")
    assert frontdesk.db.scalar(query) == "sms"


# -- who is meant when it is due -----------------------------------------------------------------


def test_who_came_into_the_group_later_is_called_back_for_the_cleaning(frontdesk, clock, group):
    stays, comes = person(frontdesk, "M1"), person(frontdesk, "M2")
    for each in (stays, comes):
        treat(frontdesk, each, "超声波洁牙", "洁牙")
    catch_up_plans(frontdesk)
    group.append(comes)
    due_on = plus_months(TODAY, 6)
    on_day(frontdesk, clock, due_on)
    assert made(frontdesk, comes, "recall.cleaning") == [(f"{TODAY}.0", due_on, "open")]
    assert made(frontdesk, stays, "recall.cleaning") == [(f"{TODAY}.0", due_on, "settled")]


def test_who_left_the_group_is_not_called_any_more(frontdesk, clock, group):
    leaves, agreed = person(frontdesk, "M1"), person(frontdesk, "M2")
    group += [leaves, agreed]
    for each in (leaves, agreed):
        treat(frontdesk, each)
    catch_up_plans(frontdesk)
    task_id = task(frontdesk, agreed).id
    log_call(
        frontdesk, person_id=agreed, task_ids=(task_id,), outcome="no_answer", next_on=later(1)
    )
    group.clear()
    on_day(frontdesk, clock, later(1))
    assert [how for *_, how in made(frontdesk, leaves)] == ["settled", "settled", "open"]
    assert task(frontdesk, agreed).state == "open"  # somebody is at it
    group.append(leaves)
    treat(frontdesk, leaves, "乳牙拔除", on=TODAY)
    catch_up_plans(frontdesk)
    assert [how for *_, how in made(frontdesk, leaves)] == ["open"] * 3


def test_who_lost_the_tier_is_not_called_any_more(frontdesk, member_admin, clock):
    change(member_admin, EXTRACTION, min_rank=3)
    switch(member_admin, EXTRACTION)
    gold, plain = member(frontdesk, "M1", rank=3), member(frontdesk, "M2", rank=1)
    for each in (gold, plain):
        treat(frontdesk, each)
    catch_up_plans(frontdesk)
    assert [len(made(frontdesk, each)) for each in (gold, plain)] == [3, 1]
    on_day(frontdesk, clock, later(90))
    assert [made(frontdesk, each)[-1][2] for each in (gold, plain)] == ["open", "settled"]
