"""The daily run of plans: those that look at the same rows do it together (E66)."""

from __future__ import annotations

import pytest

from services.clock import plus_days, plus_months
from services.commands import read_setting, write_setting
from services.desk.daily import DATE, PLACE, catch_up, catch_up_some
from services.followups.facts import Fact, matching_of, meant
from services.followups.making import Bringing
from tests.conftest import TODAY
from tests.desk_world import person
from tests.gift_world import in_command
from tests.services.followups.plan_world import EXTRACTION, made, on_day, plan, switch, treat

CLEANING, RECALL, CANAL = "care.cleaning", "recall.cleaning", "care.root_canal"
TIER = "tier_reached"
TOMORROW = plus_days(TODAY, 1)


@pytest.fixture
def looks(monkeypatch) -> list[tuple[str, tuple[int, ...]]]:
    """Which plan looked at whom, a page at a time."""
    found: list[tuple[str, tuple[int, ...]]] = []
    people = Bringing.people

    def counted(self, some, **more):
        some = tuple(some)
        found.append((self._plan.key, some))
        return people(self, some, **more)

    monkeypatch.setattr(Bringing, "people", counted)
    return found


def new_day(session, clock, *, batch: int = 300) -> None:
    clock.day = TOMORROW
    catch_up(session.confirming("clock_jump"), batch=batch)


def test_plans_switched_on_together_look_at_a_page_together(frontdesk, member_admin, clock, looks):
    switch(member_admin, EXTRACTION, CANAL, CLEANING, TIER)
    patients = [person(frontdesk, f"M{n}") for n in range(2)]
    for each in patients:
        treat(frontdesk, each)
    treat(frontdesk, patients[1], "根管治疗", "根管")
    new_day(frontdesk, clock)
    treated = [look for look in looks if look[1] == tuple(patients)]
    assert [key for key, _ in treated] == [EXTRACTION, CANAL, CLEANING]
    assert [len(made(frontdesk, each)) for each in patients] == [3, 3]
    assert [len(made(frontdesk, each, CANAL)) for each in patients] == [0, 3]
    marks = {plan(frontdesk, key).seen_seq for key in (EXTRACTION, CANAL, CLEANING, TIER)}
    assert len(marks) == 1
    assert {plan(frontdesk, key).seen_on for key in (EXTRACTION, TIER)} == {TOMORROW}


@pytest.mark.parametrize(
    ("kind", "words", "found"), [("拔牙", "", "ab"), ("", "智齿", "ac"), ("拔牙", "智齿", "a")]
)
def test_a_plan_looks_for_a_class_for_words_or_for_both(kind, words, found):
    facts = [
        Fact("a", "拔牙", "智齿拔除"),
        Fact("b", "拔牙", "乳牙拔除"),
        Fact("c", "检查", "智齿检查"),
    ]
    assert "".join(fact.day for fact in meant(matching_of(kind, words), facts)) == found


def test_one_that_begins_further_back_looks_alone_first_and_with_the_others_from_then_on(
    frontdesk, member_admin, clock, looks
):
    patient = person(frontdesk, "M1")
    treat(frontdesk, patient, "超声波洁牙", "洁牙")
    new_day(frontdesk, clock)
    switch(member_admin, EXTRACTION, RECALL)
    assert plan(frontdesk, RECALL).seen_seq < plan(frontdesk, EXTRACTION).seen_seq
    catch_up(frontdesk)
    assert [day for _, day, _ in made(frontdesk, patient, RECALL)] == [plus_months(TODAY, 6)]
    assert plan(frontdesk, RECALL).seen_seq == plan(frontdesk, EXTRACTION).seen_seq
    treat(frontdesk, patient)
    looks.clear()
    on_day(frontdesk, clock, plus_days(TOMORROW, 1))
    assert [key for key, people in looks if people == (patient,)] == [RECALL, EXTRACTION]
    assert len(made(frontdesk, patient)) == 3


@pytest.mark.parametrize("off", [(EXTRACTION,), (EXTRACTION, CANAL)])
def test_plans_that_are_switched_off_under_way_keep_nobody_from_the_rest(
    frontdesk, member_admin, clock, off
):
    switch(member_admin, EXTRACTION, CANAL, TIER)
    for n in range(4):
        patient = person(frontdesk, f"M{n}")
        treat(frontdesk, patient)
    clock.day = TOMORROW
    desk = frontdesk.confirming("clock_jump")
    catch_up_some(desk, batch=1)
    while f"{plan(desk, EXTRACTION).id},{plan(desk, CANAL).id}" not in read_setting(desk.db, PLACE):
        catch_up_some(desk, batch=2)
    switch(member_admin, *off, on=False)
    catch_up(desk, batch=2)
    assert read_setting(desk.db, DATE) == TOMORROW
    assert plan(desk, TIER).seen_on == TOMORROW
    assert plan(desk, EXTRACTION).seen_on == ""
    assert (plan(desk, CANAL).seen_on == TOMORROW) is (CANAL not in off)


def test_a_place_that_an_older_version_kept_begins_the_plans_again(frontdesk, member_admin, clock):
    switch(member_admin, EXTRACTION)
    patient = person(frontdesk, "M1")
    treat(frontdesk, patient)
    clock.day = TOMORROW
    desk = frontdesk.confirming("clock_jump")
    catch_up_some(desk, batch=1)
    kept = f"{TOMORROW} 14 1000000001|1|99999|"
    in_command(desk, lambda tx: write_setting(tx, PLACE, kept))
    catch_up(desk)
    assert len(made(desk, patient)) == 3
