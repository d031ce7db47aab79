"""An upgrade taken back, a tier for life beneath another, joining anew after leaving: E57, E61."""

from __future__ import annotations

import pytest

from services.memberships.ending import cancel_membership
from services.memberships.fees import fee_quote, void_fee
from services.memberships.renewals import renewals_due
from tests.conftest import TODAY
from tests.money_world import dump, grants
from tests.services.memberships.world import (
    check_all,
    clinic_fee,
    on_day,
    payer,
    standing,
    tasks_of,
    with_programme,
)


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_all(clinic)


def test_a_void_of_an_upgrade_brings_the_lower_term_and_its_grants_back(
    clinic, frontdesk, director, clock
):
    scheme = with_programme(director)
    who = payer(frontdesk, scheme).person_id
    payer(frontdesk, scheme, person_id=who)  # and a year ahead
    later = on_day(frontdesk, clock, "2027-02-28")
    before, held = dump(clinic), grants(clinic, who)
    up = payer(later, scheme, rank=2, person_id=who)
    assert up.credit_fen == 26_500 + 36_500  # the year ahead counts whole
    back = void_fee(later, fee_id=up.fee_id, reason="收错")
    assert (back.ended, back.rank_after) == (False, 1)
    assert standing(clinic, who, scheme, "rank", "route", "reached_on", "paid_until") == (
        1, "paid", TODAY, "2028-11-19",
    )  # fmt: skip
    now = grants(clinic, who)
    assert {key: now[key] for key in held} == held
    assert {now[key][2] for key in now.keys() - held.keys()} == {"closed"}
    after = dump(clinic)
    told = {"fee_payment", "entitlement_grant", "grant_before", "tier_event", "tier_notice"}
    assert {table for table in before if before[table] != after[table]} <= told


def test_r104_r105_r106_after_silver_lapses_普通_for_life_is_left(
    clinic, frontdesk, director, clock
):
    scheme = with_programme(director, clinic_fee())
    who = payer(frontdesk, scheme, every="once").person_id
    for rank, yuan in ((2, 500), (3, 1000)):
        quote = fee_quote(
            clinic.db, TODAY, person_id=who, programme_id=scheme, rank=rank, every="year"
        )
        assert (quote.due_fen, quote.credit_fen, quote.move) == (yuan * 100, 0, "upgrade")
    payer(frontdesk, scheme, rank=2, person_id=who)
    assert standing(clinic, who, scheme, "rank", "paid_until") == (2, "2027-11-19")
    on_day(frontdesk, clock, "2027-10-20")
    assert [cycle for cycle, _, _ in tasks_of(clinic, who)] == ["renew:2:2027-11-19"]
    later = on_day(frontdesk, clock, "2027-11-25")
    assert standing(clinic, who, scheme, "rank", "route", "paid_until") == (1, "paid", None)
    (due,) = renewals_due(clinic.db, clock.day)
    assert (due.tier_name, due.lapsed) == ("银卡会员", True)
    again = payer(later, scheme, rank=2, person_id=who)
    assert (again.starts_on, again.rank_after) == ("2027-11-20", 2)


def test_e61_coming_back_after_leaving_begins_anew_and_not_in_grace(
    clinic, frontdesk, director, clock
):
    scheme = with_programme(director)
    who = payer(frontdesk, scheme).person_id
    on_day(frontdesk, clock, "2027-02-28")
    cancel_membership(
        director.confirming("clock_jump"), person_id=who, programme_id=scheme, reason="违规"
    )
    on_day(frontdesk, clock, "2027-03-05")
    again = payer(director, scheme, person_id=who)
    assert (again.starts_on, again.ends_on) == ("2027-03-05", "2028-03-04")
