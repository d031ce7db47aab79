"""应领未领 of a closed Friday reads the same whatever comes after it (R144)."""

from __future__ import annotations

import pytest

from services.gifts.handout import issue_gift, return_gift
from services.gifts.period import week_view
from services.loyalty.awards import void_award
from services.loyalty.membership import drop_tier
from services.loyalty.receipts import void_receipt
from services.loyalty.service_use import use_service
from services.memberships.ending import leave_membership
from services.people.merging import merge_people, unmerge_people
from services.staff import approve
from services.verify import verify
from services.workbooks.friday_totals import totals
from services.workbooks.friday_unclaimed import unclaimed
from tests import gift_world as world
from tests.conftest import PIN, STAFF, TODAY
from tests.money_world import grant_id, member, pay

NEXT = "2026-11-27"
MERGE = ("two_names", "two_memberships", "two_openings", "two_visits", "two_gifts")


@pytest.fixture
def gift(director):
    number = world.add_gift(director)
    world.stocked(director, number, 0, 5)
    return number


def rows(clinic, week=TODAY):
    """(number, item) of the week's sheet, as many as its total says."""
    view = week_view(clinic.db, week, today=clinic.clock.today())
    found = list(unclaimed(clinic.db, view))
    assert totals(clinic.db, view).unclaimed == len(found)
    return [(row[0], row[2], row[3][:2]) for row in found]


def closed(clinic, director, clock):
    """The sheet of today, closed; the next week has begun."""
    world.friday(director)
    clock.day = "2026-11-23"
    return rows(clinic)


def test_r131_what_was_given_by_hand_stands_there_for_anybody(clinic, director, gift):
    world.give(director, world.add_person(director, "X1"))
    world.friday(director)
    assert rows(clinic) == [("X1", "", "小礼")]


def test_r144_gifts_collected_and_brought_back_later(clinic, director, gift, clock):
    who = world.add_member(director, "X1")
    before = closed(clinic, director, clock)
    issue = issue_gift(director, grant_id=world.gift_grant(clinic, who), gift_id=gift)
    assert rows(clinic) == before == [("X1", "普通会员", "口腔")]
    assert rows(clinic, NEXT) == []
    return_gift(director, issue_id=issue.issue_id, sellable=True, reason="不要")
    assert rows(clinic) == before == rows(clinic, NEXT)


def test_r144_a_tier_that_rises_and_falls_later(clinic, director, gift, clock):
    who = member(director, 5000)
    before = closed(clinic, director, clock)
    receipt = pay(director, who, 10_000).receipt_id
    word = approve(clinic, STAFF["member_admin"], PIN, "approve.late_void")
    assert len(rows(clinic, NEXT)) > len(before)
    use_service(director, grant_id=grant_id(clinic, who, "vip.facial"))
    risen = rows(clinic, NEXT)
    assert rows(clinic) == before
    world.friday(director, NEXT)
    clock.day = "2026-11-30"
    void_receipt(director, receipt_id=receipt, reason="重复", approval=word)
    drop_tier(director, person_id=who, reason="金额有误")
    assert rows(clinic) == before
    assert rows(clinic, NEXT) == risen != before


def test_r144_a_member_who_leaves_later_and_one_who_left_before(clinic, director, gift, clock):
    stays, gone = world.add_member(director, "X1"), world.add_member(director, "X2")
    leave_membership(director, person_id=gone, reason="搬家")
    before = closed(clinic, director, clock)
    leave_membership(director, person_id=stays, reason="搬家")
    assert rows(clinic) == before == [("X1", "普通会员", "口腔")]
    assert rows(clinic, NEXT) == []


def test_r144_an_award_taken_back_later(clinic, director, gift, clock):
    world.give(director, world.add_person(director, "X1"))
    before = closed(clinic, director, clock)
    void_award(director, award_id=1, reason="发错")
    assert rows(clinic) == before != []
    assert rows(clinic, NEXT) == []


def test_e62_people_merged_and_parted_later(clinic, director, gift, clock):
    survivor, merged = world.add_person(director, "A1"), world.add_member(director, "B1")
    first = world.add_person(director, "C1")
    before = closed(clinic, director, clock)
    assert before == [("B1", "普通会员", "口腔")]
    session = director.confirming(*MERGE)
    merge_people(session, survivor_id=survivor, merged_id=merged)
    merge_people(session, survivor_id=first, merged_id=survivor)
    assert rows(clinic) == before
    assert rows(clinic, NEXT) == [("C1", "普通会员", "口腔")]
    world.friday(director, NEXT)
    unmerge_people(director, merged_id=survivor)
    unmerge_people(director, merged_id=merged)
    assert rows(clinic) == before
    assert rows(clinic, NEXT) == [("C1", "普通会员", "口腔")]
    clock.day = "2026-11-30"
    assert rows(clinic, "2026-12-04") == before
    assert {fault.code for fault in verify(clinic).faults} <= {"search.missing"}
