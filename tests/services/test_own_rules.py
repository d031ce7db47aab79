"""A version signed for new members only: who is under which rules (R058, E41, E30, E57, E59)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.commands import Session
from services.desk.daily import catch_up
from services.loyalty.membership import join
from services.loyalty.own_timeline import all_joinings, own_timeline
from services.loyalty.redemption import redeem
from services.loyalty.redemption_list import offers
from services.loyalty.standing import standing_of
from services.memberships.deferred import fee_income
from services.memberships.ending import leave_membership
from services.memberships.fees import fee_quote
from services.memberships.leaving import leaving_worksheet
from services.memberships.records import active_membership
from services.people.merging import merge_people
from services.programmes.definition import Fee, Leaving, Programme
from services.programmes.registry import Timeline, Version, preset, sign_version, timelines
from tests.conftest import TODAY
from tests.gift_world import in_command
from tests.money_world import member, pay, person, stand, variant
from tests.services.memberships.world import (
    LEAVING,
    SILVER,
    changed,
    paid_programme,
    payer,
    with_programme,
)
from tests.services.programmes.signing_world import faults

TOMORROW = "2026-11-21"
LATER = "2026-11-25"
B = preset("医院方案B")


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    assert faults(clinic) == []


def sign_for_new(session: Session, programme: Programme) -> None:
    """A version for those who join from tomorrow on."""
    in_command(session, lambda tx: sign_version(tx, programme, TOMORROW, scope="new"))


def priced(points: int) -> Programme:
    """B with another price for the facial."""
    catalogue = tuple(
        replace(item, points=points) if item.key == "b.facial" else item
        for item in B.points.catalogue
    )
    return replace(B, points=replace(B.points, catalogue=catalogue))


def spender(session: Session, scheme: int) -> int:
    who = person(session)
    pay(session, who, 9000)
    join(session, person_id=who, benefits_explained=True, programme_id=scheme)
    return who


def line_of(session: Session, scheme: int) -> Timeline:
    return next(each for each in timelines(session.db) if each.programme_id == scheme)


def test_e30_the_price_of_the_rules_that_one_joined_under(clinic, director, clock):
    scheme = with_programme(director, priced(3000))
    old = spender(director, scheme)
    sign_for_new(director, priced(4000))
    clock.day = TOMORROW
    new = spender(director, scheme)
    timeline = line_of(director, scheme)
    for who, price in ((old, 3000), (new, 4000)):
        shown = {each.key: each.points for each in offers(clinic.db, TOMORROW, who, timeline)}
        assert shown["b.facial"] == price
        terms = {"person_id": who, "item_key": "b.facial", "programme_id": scheme}
        assert redeem(director, checked="card", **terms).points == price


def test_e41_whoever_left_and_came_back_is_under_the_new_rules(clinic, director, clock):
    scheme = with_programme(director, priced(3000))
    old = spender(director, scheme)
    sign_for_new(director, priced(4000))
    clock.day = TOMORROW
    terms = {"person_id": old, "item_key": "b.facial", "programme_id": scheme}
    assert redeem(director, checked="card", **terms).points == 3000
    leave_membership(director, person_id=old, reason="搬家", programme_id=scheme)
    clock.day = LATER
    join(director, person_id=old, benefits_explained=True, programme_id=scheme)
    assert redeem(director, checked="card", **terms).points == 4000
    timeline = line_of(director, scheme)
    own = own_timeline(clinic.db, old, timeline)
    assert own.joined == (TODAY, LATER)
    # each stretch under the rules of the joining before it
    days = (TODAY, TOMORROW, "2026-11-24", LATER)
    assert [own.at(day).valid_from >= TOMORROW for day in days] == [False, False, False, True]
    assert (own.starts(TOMORROW), own.starts(LATER)) == (False, True)
    assert own.next_start(TODAY) == LATER
    assert all_joinings(clinic.db, timeline) == {old: (TODAY, LATER)}
    assert all_joinings(clinic.db, timelines(clinic.db)[0]) == {}


def test_e41_points_are_earned_by_the_rules_one_joined_under(clinic, director, clock):
    old = member(director)
    sign_for_new(director, variant(per_yuan=2))
    clock.day = TOMORROW
    new = member(director)
    guest = person(director)
    for who in (old, new, guest):
        pay(director, who, 100)
    # somebody who never joined is under the clinic's rules of the day
    earned = [stand(clinic, who).earned for who in (old, new, guest)]
    assert earned == [2100, 4200, 200]


def test_e41_the_catch_up_leaves_the_old_members_where_they_were(clinic, director, clock):
    old = member(director)
    easier = variant()
    tiers = (easier.tiers[0], replace(easier.tiers[1], reach=easier.tiers[0].reach))
    sign_for_new(director, replace(easier, tiers=(*tiers, *easier.tiers[2:])))
    before = stand(clinic, old)
    clock.day = TOMORROW
    catch_up(director)
    new = member(director)
    assert stand(clinic, old) == before
    assert (before.rank, stand(clinic, new).rank) == (1, 2)


def dearer() -> Programme:
    """Silver at 500 a year, half of it given back."""
    fees = (Fee(500, "year"),)
    leaving = Leaving(refund_percent=50, notice_months=0)
    return paid_programme(changed(SILVER, fees=fees), leaving=leaving)


@pytest.fixture
def scheme(director: Session) -> int:
    return with_programme(director)


def fee_of(session: Session, who: int, scheme: int) -> int:
    quote = fee_quote(
        session.db,
        session.clinic.clock.today(),
        person_id=who,
        rank=1,
        every="year",
        programme_id=scheme,
    )
    return quote.due_fen


def test_e57_fees_and_leaving_are_as_agreed_on_joining(clinic, director, scheme, clock):
    old = payer(director, scheme).person_id
    sign_for_new(director, dearer())
    clock.day = TOMORROW
    guest = person(director)
    assert (fee_of(director, old, scheme), fee_of(director, guest, scheme)) == (36_500, 50_000)
    new = payer(director, scheme, person_id=guest).person_id
    assert fee_of(director, new, scheme) == 50_000
    agreed = {}
    for who in (old, new):
        membership = active_membership(clinic.db, who, scheme)
        sheet = leaving_worksheet(clinic.db, TOMORROW, membership, fault="member")
        agreed[who] = (sheet.facts.refund_percent, sheet.facts.notice_months)
    assert agreed == {old: (LEAVING.refund_percent, LEAVING.notice_months), new: (50, 0)}
    # the renewal of the old member, and what the month's report makes of both
    payer(director, scheme, person_id=old)
    assert standing_of(clinic.db, old, scheme).paid_until == "2028-11-19"
    (month,) = fee_income(clinic.db, scheme, "2026-11", "2026-11")
    assert month.received_fen == 2 * 36_500 + 50_000


def test_e62_two_records_of_one_person_are_under_the_rules_of_the_older_member(
    clinic, director, scheme, clock
):
    old = payer(director, scheme).person_id
    sign_for_new(director, dearer())
    clock.day = TOMORROW
    new = payer(director, scheme).person_id
    asked = ("two_memberships", "two_names", "two_documents")
    merge_people(director.confirming(*asked), survivor_id=new, merged_id=old)
    timeline = line_of(director, scheme)
    assert own_timeline(clinic.db, new, timeline).joined == (TODAY,)
    assert all_joinings(clinic.db, timeline) == {new: (TODAY,)}


def test_e41_a_first_version_for_new_members_holds_for_whoever_was_there_before():
    """A paper register brings members who joined before the programme was signed."""
    first = Version(1, TOMORROW, B, "new")
    own = Timeline(1, (first, Version(2, LATER, B, "new"))).for_member("2015-01-01")
    assert own.versions == (first,)
    assert [own.at(day) for day in ("2014-01-01", "2015-01-01", LATER)] == [first] * 3
