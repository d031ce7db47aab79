"""The today strip: numbers that are right, and that cost the same in a clinic of any size."""

from services.clock import plus_days
from services.desk import today
from services.desk.today import today_counts
from services.desk.visits import change_visit, check_in
from services.followups.calls import create_task
from services.gifts import reconciliation
from services.gifts.lists import count_due, due_gifts
from services.loyalty.tier_notices import open_notices, tell_tier
from tests.conftest import TODAY
from tests.desk_world import member, person
from tests.gift_world import add_gift, friday


def counts(clinic, day=TODAY):
    return today_counts(clinic.db, day)


def test_a_new_clinic_has_nothing_to_do_but_its_first_friday(clinic):
    empty = counts(clinic)
    assert (empty.visits, empty.waiting, empty.gifts_due, empty.calls_due, empty.notices) == (
        0, 0, 0, 0, 0,
    )  # fmt: skip
    assert (empty.friday_in_days, empty.reconciliation_open, empty.friday_missed) == (
        0, False, False,
    )  # fmt: skip


def test_visits_and_those_who_wait(clinic, frontdesk):
    visits = [check_in(frontdesk, person_id=person(frontdesk, f"M{n}")).visit_id for n in range(4)]
    for visit, state in zip(visits, ("called", "in_treatment", "no_show"), strict=False):
        change_visit(frontdesk, visit_id=visit, to_state=state)
    found = counts(clinic)
    assert (found.visits, found.waiting) == (3, 2)


def test_r131_gifts_due_are_those_the_gift_list_shows(clinic, frontdesk):
    member(frontdesk, "M1")
    member(frontdesk, "M2", rank=3)
    person(frontdesk, "M3")
    assert counts(clinic).gifts_due == 2 == count_due(clinic.db, TODAY)
    assert len(due_gifts(clinic.db, TODAY)) == 2


def test_r138_calls_are_counted_by_person(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    for subject in ("问复查时间", "送资料"):
        create_task(frontdesk, person_id=patient, due_on=TODAY, subject=subject)
    create_task(frontdesk, person_id=person(frontdesk, "M2"), due_on="2026-11-21", subject="问")
    assert counts(clinic).calls_due == 1


def test_r123_upgrades_still_to_be_told_by_a_post_are_counted(clinic, frontdesk):
    member(frontdesk, "M1", rank=3)
    assert counts(clinic).notices == 2
    tell_tier(frontdesk, notice_id=open_notices(clinic.db)[0].notice_id)
    assert counts(clinic).notices == 1


def test_counting_stops_at_the_cap(clinic, frontdesk, monkeypatch):
    monkeypatch.setattr(today, "CAP", 1)
    for n in range(3):
        member(frontdesk, f"M{n}")
    found = counts(clinic)
    assert (found.gifts_due, found.notices) == (1, 1)


# -- Friday ----------------------------------------------------------------------------------


def test_friday_comes_nearer_and_is_today(clinic):
    days = [counts(clinic, plus_days("2026-11-14", n)).friday_in_days for n in range(8)]
    assert days == [6, 5, 4, 3, 2, 1, 0, 6]


def test_a_friday_that_is_closed_makes_way_for_the_next(clinic, marketing):
    add_gift(marketing)
    friday(marketing)
    assert counts(clinic).friday_in_days == 7
    assert counts(clinic, "2026-11-21").friday_in_days == 6
    assert not counts(clinic, "2026-11-27").friday_missed


def test_a_friday_under_way_is_told(clinic, marketing):
    add_gift(marketing)
    reconciliation.open_week(marketing)
    assert counts(clinic).reconciliation_open


def test_a_friday_nobody_closed_was_missed_only_when_there_were_gifts(clinic, marketing, clock):
    assert not counts(clinic, "2026-11-23").friday_missed
    clock.day = "2026-11-23"
    add_gift(marketing, "G2", "牙线")
    assert not counts(clinic, "2026-11-24").friday_missed
    assert counts(clinic, "2026-11-28").friday_missed
