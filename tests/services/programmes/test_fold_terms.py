"""Paid terms: joining, renewing early and late, upgrading, leaving (E7, E57, E58, E60, E61)."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import plus_days, plus_months
from services.programmes.definition import Benefit, Fee, Reach
from services.programmes.events import Event
from tests.services.programmes.fold_world import (
    DAY,
    buy,
    fee,
    fold,
    open_grants,
    programme,
    service,
    spans,
    spend,
    tier,
    use,
)

PAID = Reach(fee=True)
KIT = Benefit(key="kit", kind="gift", name="套装")
CLUB = programme(
    tier(1, PAID, fees=(Fee(100),), benefits=(service("care", per="term", quantity=3),)),
    tier(2, PAID, fees=(Fee(300),), benefits=(service("spa", per="term"), KIT)),
    term="paid",
)


def ends(found):
    return [(term.start, term.end) for term in found.terms]


def test_e7_a_fee_opens_the_tier_and_counts_as_no_spend():
    found = fold(CLUB, fee(1, 12))
    assert (found.rank, found.route, found.reached_on) == (1, "paid", DAY)
    assert (found.spend_fen, found.earned, found.supported_rank) == (0, 0, 0)
    assert found.paid_until(DAY) == "2027-02-28"
    assert spans(found) == {"care@2026-03-01": (DAY, "2027-02-28")}
    assert found.steps[0].ref == 0  # no receipt


def test_money_alone_opens_no_paid_tier():
    assert fold(CLUB, buy(100_000)).rank == 0


@pytest.mark.parametrize(("as_of", "rank"), [("2027-02-28", 1), ("2027-03-01", 0)])
def test_e57_the_last_day_of_the_term_is_the_last(as_of, rank):
    found = fold(CLUB, fee(1, 12), as_of=as_of)
    assert found.rank == rank
    if not rank:
        assert [g.key for g in found.grants if not g.closed] == []
        assert found.next_on is None


def test_e57_an_early_renewal_follows_the_old_term():
    found = fold(CLUB, fee(1, 12), fee(1, 12, "2026-12-01"), as_of="2026-12-01")
    assert ends(found) == [(DAY, "2027-02-28"), ("2027-03-01", "2028-02-29")]
    assert found.paid_until("2026-12-01") == "2028-02-29"
    assert open_grants(found) == {"care@2026-03-01": 3}
    later = fold(
        CLUB, fee(1, 12), fee(1, 12, "2026-12-01"), use("care@2026-03-01"), as_of="2027-03-01"
    )
    assert (later.rank, later.reached_on) == (1, DAY)
    assert open_grants(later)["care@2027-03-01"] == 3
    assert [step.to_rank for step in later.steps] == [1]


@pytest.mark.parametrize(
    ("paid_on", "start"),
    [("2027-03-01", "2027-03-01"), ("2027-03-15", "2027-03-01"), ("2027-03-16", "2027-03-16")],
)
def test_e57_fifteen_days_of_grace_then_from_the_day_of_payment(paid_on, start):
    found = fold(CLUB, fee(1, 12), fee(1, 12, paid_on), as_of=paid_on)
    assert found.terms[-1].start == start
    assert (found.rank, found.reached_on) == (1, paid_on)
    assert open_grants(found) == {f"care@{start}": 3}


def test_e58_months_keep_their_anchor():
    events = [fee(1, 1, "2026-01-31"), fee(1, 1, "2026-02-20"), fee(1, 1, "2026-03-20")]
    found = fold(CLUB, *events, as_of="2026-03-20")
    assert ends(found) == [
        ("2026-01-31", "2026-02-27"),
        ("2026-02-28", "2026-03-30"),
        ("2026-03-31", "2026-04-29"),
    ]


def test_a_fee_for_ever_never_ends_and_is_not_paid_twice():
    found = fold(CLUB, fee(1, 0), fee(1, 0, "2027-01-01"), as_of="2040-01-01")
    assert (found.rank, ends(found), found.paid_until(DAY)) == (1, [(DAY, None)], None)
    assert spans(found) == {"care@2026-03-01": (DAY, None)}


def test_e57_an_upgrade_begins_at_once_and_ends_the_old_term():
    found = fold(CLUB, fee(1, 12), fee(2, 12, "2026-06-01"), as_of="2026-06-01")
    assert ends(found) == [(DAY, "2026-05-31"), ("2026-06-01", "2027-05-31")]
    assert (found.rank, found.route) == (2, "paid")
    assert open_grants(found) == {"kit": 1, "spa@2026-06-01": 1}


def test_e57_or_the_unused_days_prolong_the_new_term():
    days = msgspec.structs.replace(CLUB, upgrade_fee="extend")
    found = fold(days, fee(1, 12), fee(2, 12, "2026-06-01"), as_of="2026-06-01")
    unused = 273  # 2026-06-01 to 2027-02-28
    assert found.terms[-1].end == plus_days("2027-05-31", unused)
    renewed = fold(
        days, fee(1, 12), fee(2, 12, "2026-06-01"), fee(2, 12, "2027-06-01"), as_of="2027-06-01"
    )
    assert renewed.terms[-1].start == plus_days("2027-05-31", unused + 1)
    assert renewed.terms[-1].end == plus_days(plus_months(renewed.terms[-1].start, 12), -1)


def test_an_upgrade_from_a_term_not_begun_or_without_end():
    found = fold(CLUB, fee(1, 12), fee(1, 12, "2026-04-01"), fee(2, 12, "2026-05-01"),
                 as_of="2026-05-01")  # fmt: skip
    assert ends(found)[0] == (DAY, "2026-04-30")
    for_ever = fold(CLUB, fee(1, 0), fee(2, 12, "2026-05-01"), as_of="2026-05-01")
    assert ends(for_ever) == [(DAY, None), ("2026-05-01", "2027-04-30")]


def test_a_lower_tier_waits_for_the_end_of_the_higher_one():
    found = fold(CLUB, fee(2, 12), fee(1, 12, "2026-06-01"), as_of="2026-06-01")
    assert (found.rank, ends(found)[-1]) == (2, ("2027-03-01", "2028-02-29"))
    found = fold(CLUB, fee(2, 12), fee(1, 12, "2026-06-01"), as_of="2027-03-01")
    assert (found.rank, found.route, found.reached_on) == (1, "paid", DAY)
    beside = fold(CLUB, fee(2, 0), fee(1, 12, "2026-06-01"), as_of="2026-06-01")
    assert beside.rank == 2


def test_a_fee_taken_by_mistake_never_was():
    first = fee(1, 12)
    found = fold(CLUB, first, Event("fee_void", DAY, first.ref))
    assert (found.rank, found.terms, open_grants(found)) == (0, (), {})


def test_e61_whoever_leaves_loses_what_was_paid_for_that_day():
    leave = Event("leave", "2026-06-01")
    found = fold(CLUB, fee(2, 12), leave, as_of="2026-06-01")
    assert (found.rank, open_grants(found)) == (0, {})
    assert ends(found) == [(DAY, "2026-05-31")]
    assert fold(CLUB, fee(2, 12), leave._replace(on=DAY)).terms == ()


def test_e61_spend_and_a_word_still_hold_a_tier():
    rules = programme(tier(1, spend(100), benefits=(service("a"),)), *(
        msgspec.structs.replace(CLUB.tiers[1], rank=2),
    ), term="paid")  # fmt: skip
    events = [buy(100), fee(2, 12), Event("leave", "2026-06-01")]
    found = fold(rules, *events, as_of="2026-06-01")
    assert (found.rank, found.route, open_grants(found)) == (1, "cumulative", {"a": 1})
    word = Event("override", DAY, rank=2)
    assert fold(rules, *events[:2], word, events[2], as_of="2026-06-01").rank == 2


def test_e40_the_highest_of_money_fee_and_word_holds():
    found = fold(CLUB, fee(1, 12), Event("override", "2026-04-01", rank=2, until="2026-04-30"),
                 as_of="2026-04-15")  # fmt: skip
    assert (found.rank, found.route) == (2, "manual")
    found = fold(CLUB, fee(1, 12), Event("override", "2026-04-01", rank=2, until="2026-04-30"),
                 as_of="2026-05-01")  # fmt: skip
    assert (found.rank, found.route) == (1, "paid")
    assert fold(CLUB, fee(2, 12), Event("drop", "2026-04-01"), as_of="2026-04-01").rank == 2


def test_a_gift_not_collected_outlives_a_lapsed_term_but_not_leaving():
    lapsed = fold(CLUB, fee(2, 1), as_of="2026-05-01")
    assert open_grants(lapsed) == {"kit": 1}
    back_again = fold(CLUB, fee(2, 1), fee(2, 1, "2026-06-01"), as_of="2026-06-01")
    assert open_grants(back_again) == {"kit": 1, "spa@2026-06-01": 1}


def test_a_fee_written_down_when_its_term_is_over_changes_nothing():
    found = fold(CLUB, buy(1), fee(1, 1, "2026-01-01"), as_of=DAY)
    assert (found.rank, found.next_on) == (0, None)


@given(
    gaps=st.lists(st.integers(0, 45), min_size=1, max_size=8),
    months=st.lists(st.sampled_from([1, 3, 6, 12]), min_size=8, max_size=8),
)
def test_e57_renewals_are_gapless_until_grace_is_over(gaps, months):
    """Terms never overlap; after a payment within grace there is no day between two of them."""
    day, events = "2026-01-31", [fee(1, months[0], "2026-01-31")]
    for gap, length in zip(gaps, months[1:], strict=False):
        day = plus_days(day, gap)
        events.append(fee(1, length, day))
    terms = fold(CLUB, *events, as_of=day).terms
    for before, after in itertools.pairwise(terms):
        assert before.end < after.start
        late = after.start != plus_days(before.end, 1)
        assert not late or after.start > plus_days(before.end, 15)


def test_c23_an_inherited_benefit_by_term_is_not_had_twice_after_an_upgrade():
    above = programme(
        *CLUB.tiers[:1], msgspec.structs.replace(CLUB.tiers[1], inherits=True), term="paid"
    )
    found = fold(
        above, fee(1, 12), use("care@2026-03-01"), fee(2, 12, "2026-05-01"), as_of="2026-05-01"
    )
    assert open_grants(found)["care@2026-05-01"] == 2
    assert "care@2026-03-01" not in open_grants(found)
