"""On what a tier rests: receipts, renewals, words, terms beside them (E33, E37–E41, E44, E57)."""

from __future__ import annotations

import pytest

from services.programmes.definition import Benefit, Enrol, Fee, Reach
from services.programmes.events import Event
from tests.services.programmes.fold_world import (
    DAY,
    back,
    buy,
    fee,
    fold,
    line,
    open_grants,
    programme,
    service,
    spans,
    spend,
    tier,
    use,
)

SILVER = tier(1, spend(1000))
# reached with 5000, kept for another year with 300
GOLD = tier(2, spend(5000), valid_months=12, renew=(spend(300),))
CLUB = programme(SILVER, GOLD)
REACHED = buy(5000, "2026-01-10")


def word(rank: int, on: str, until: str | None = None) -> Event:
    return Event("override", on, rank=rank, until=until)


# -- a word beside a tier with a period (E38, E40) ------------------------------------------------


def test_e40_after_a_word_a_missed_renewal_comes_to_light():
    yearly = programme(tier(1, spend(1000), valid_months=12), GOLD)
    events = (REACHED, word(2, "2027-06-01", "2028-03-31"))
    held = fold(yearly, *events, as_of="2028-03-31")
    assert (held.rank, held.supported_rank, held.route) == (2, 1, "cumulative")
    ended = fold(yearly, *events, as_of="2028-04-01")
    # the year of silver began when gold was not renewed, not when the word ended
    assert (ended.rank, ended.tier_ends_on) == (1, "2029-01-09")
    assert (ended.reached_on, ended.next_on) == ("2026-01-10", "2029-01-10")


def test_e40_after_a_word_the_tier_earned_goes_on_with_its_own_period():
    three = programme(*CLUB.tiers, tier(3, spend(90_000)))
    events = (REACHED, word(3, "2026-05-01", "2026-08-31"))
    assert fold(three, *events, as_of="2026-08-31").tier_ends_on is None
    found = fold(three, *events, as_of="2026-09-01")
    assert (found.rank, found.tier_ends_on, found.reached_on) == (2, "2027-01-09", "2026-01-10")


def test_e38_a_tier_earned_under_a_word_has_its_period_on_the_calendar():
    yearly = tier(1, spend(1000), valid_months=12, renew=(spend(5000),))
    two = programme(yearly, tier(2, spend(50_000)))
    lent = word(2, "2026-01-01", "2028-12-31")
    found = fold(two, lent, buy(1, "2026-02-01"), buy(1000, "2026-03-01"), as_of="2027-06-01")
    assert (found.rank, found.supported_rank) == (2, 0)  # not renewed, which the word hides


def test_c13_anniversaries_go_on_when_a_word_ends():
    rules = programme(
        tier(1, spend(100), benefits=(service("q", per="quarter"),)),
        tier(2, spend(900)),
        year_basis="anniversary",
    )
    events = (buy(100, "2026-01-31"), word(2, "2026-02-10", "2026-03-20"))
    found = fold(rules, *events, as_of="2026-04-30")
    assert spans(found)["q@2026-04-30"] == ("2026-04-30", "2026-07-30")
    assert (found.rank, found.reached_on) == (1, "2026-01-31")


# -- a receipt given back that the tier does not rest on (E37, E41) --------------------------------


def test_e37_a_later_receipt_given_back_leaves_a_renewed_tier():
    later = buy(200, "2027-03-01")
    found = fold(CLUB, REACHED, later, back(later, 200, "2027-03-02"), as_of="2027-03-02")
    assert (found.rank, found.by_money, found.tier_ends_on) == (2, 1, "2028-01-09")


def test_e37_a_renewal_whose_money_went_back_is_one_step_down():
    kept = buy(300, "2027-03-01")
    renewed = fold(CLUB, REACHED, kept, as_of="2028-01-10")
    assert (renewed.rank, renewed.tier_ends_on) == (2, "2029-01-09")
    found = fold(CLUB, REACHED, kept, back(kept, 1, "2028-02-01"), as_of="2028-02-01")
    assert (found.rank, found.tier_ends_on) == (1, None)


def test_e41_a_later_receipt_given_back_leaves_a_tier_of_older_rules():
    harder = programme(tier(1, spend(9000)))
    rules = line(programme(tier(1, spend(1000))), harder, starts=("2000-01-01", "2026-06-01"))
    first, later = buy(1000), buy(50, "2026-07-01")
    events = (first, later, back(later, 50, "2026-07-02"))
    assert fold(rules, *events, as_of="2026-07-02").rank == 1
    events += (back(first, 1, "2026-07-03"),)
    assert fold(rules, *events, as_of="2026-07-03").rank == 0


def test_e41_a_use_put_back_leaves_a_tier_of_older_rules():
    easy = programme(tier(1, spend(1000), benefits=(service("a"),)))
    rules = line(easy, programme(tier(1, spend(9000))), starts=("2000-01-01", "2026-06-01"))
    events = (buy(1000), use("a", "2026-07-01"), use("a", "2026-07-01", -1))
    found = fold(rules, *events, as_of="2026-07-01")
    assert (found.rank, open_grants(found)) == (1, {"a": 1})


def test_e33_a_later_receipt_given_back_leaves_a_tier_of_a_window_that_is_over():
    rules = programme(tier(1, spend(1000, within_months=6)))
    later = buy(50, "2027-03-01")
    events = (buy(1000, "2026-01-10"), later, back(later, 50, "2027-03-02"))
    found = fold(rules, *events, as_of="2027-03-02")
    assert (found.rank, found.by_money) == (1, 0)


@pytest.mark.parametrize("amount", [4000, 9000])
def test_e37_a_higher_tier_given_back_leads_to_the_one_held_before(amount):
    """Whatever that one rests on: a window that is over, a renewal, a version out of force."""
    big = buy(amount, "2027-05-01")
    again = (big, back(big, amount, "2027-05-02"))
    of_a_window = programme(tier(1, spend(1000, within_months=6)), tier(2, spend(5000)))
    events = (buy(1000, "2026-01-10"),)
    alone = fold(of_a_window, *events, as_of="2027-05-02")
    found = fold(of_a_window, *events, *again, as_of="2027-05-02")
    assert [step.to_rank for step in found.steps] == [1, 2, 1]
    assert (found.rank, found.reached_on) == (alone.rank, alone.reached_on) == (1, "2026-01-10")
    renewed = programme(
        tier(1, spend(1000), valid_months=12, renew=(spend(1),)), tier(2, spend(3000))
    )
    alone = fold(renewed, *events, as_of="2027-05-02")
    found = fold(renewed, *events, *again, as_of="2027-05-02")
    assert (found.rank, found.tier_ends_on) == (alone.rank, alone.tier_ends_on) == (1, "2028-01-09")


def test_e37_of_the_tiers_held_before_those_that_still_hold():
    rules = programme(*(tier(n, spend(1000 * n, within_months=12)) for n in (1, 2, 3)))
    first, second, third = (buy(1000, f"2026-0{n}-10") for n in (1, 2, 3))
    events = (first, second, third, back(second, 1000, "2026-04-01"))
    found = fold(rules, *events, as_of="2026-04-01")
    assert found.rank == 2  # the first and the third
    events += (back(third, 1000, "2026-04-02"),)
    found = fold(rules, *events, as_of="2026-04-02")
    assert (found.rank, found.reached_on) == (1, "2026-01-10")
    assert fold(rules, *events, back(first, 1000, "2026-04-03"), as_of="2026-04-03").rank == 0


def test_e37_step_by_step_down_to_the_tier_held_before():
    """A renewed tier below, and a bill above it that is given back in parts."""
    rules = programme(
        tier(1, spend(1000), valid_months=12, renew=(spend(1),)),
        tier(2, spend(3000, within_months=3)),
        tier(3, spend(6000, within_months=3)),
    )
    old, big = buy(1000, "2026-01-10"), buy(6000, "2027-05-01")
    events = (old, big, back(big, 2500, "2027-05-02"))
    found = fold(rules, *events, as_of="2027-05-02")
    assert (found.rank, found.tier_ends_on) == (2, None)
    events += (back(big, 3400, "2027-05-03"),)
    found = fold(rules, *events, as_of="2027-05-03")
    assert (found.rank, found.tier_ends_on) == (1, "2028-01-09")
    last = back(old, 1000, "2027-05-04")
    assert fold(rules, *events, last, as_of="2027-05-04").rank == 0


def test_e37_what_is_left_of_a_renewal_held_before():
    rules = programme(
        SILVER, tier(2, spend(2000), valid_months=12, renew=(spend(300),)), tier(3, spend(9000))
    )
    kept, big = buy(300, "2027-03-01"), buy(9000, "2028-03-01")
    events = (buy(2000, "2026-01-10"), kept, big)
    both = (back(kept, 300, "2028-03-02"), back(big, 9000, "2028-03-03"))
    assert fold(rules, *events, both[1], as_of="2028-03-03").rank == 2
    assert fold(rules, *events, *both, as_of="2028-03-03").rank == 1


def test_e41_what_is_left_may_carry_more_under_an_easier_version():
    easier = programme(tier(1, spend(500)), tier(2, spend(2000)), tier(3, spend(4000)))
    harder = programme(tier(1, spend(1500)), tier(2, spend(2000)))
    rules = line(harder, easier, starts=("2000-01-01", "2026-06-01"))
    first = buy(2000)
    assert fold(rules, first, back(first, 1300, "2026-06-02"), as_of="2026-06-02").rank == 1
    second = buy(2000, "2026-06-02")
    events = (first, second, back(first, 1300, "2026-06-03"), back(second, 2000, "2026-06-04"))
    found = fold(rules, *events, as_of="2026-06-04")
    assert [step.to_rank for step in found.steps] == [2, 3, 2, 1]
    both = (first, second, back(second, 2000, "2026-06-03"), back(first, 1300, "2026-06-04"))
    assert fold(rules, *both, as_of="2026-06-04").rank == 1
    once = buy(4000, "2026-06-02")
    void = (first, once, back(first, 2000, "2026-06-03"), back(once, 3300, "2026-06-04"))
    assert fold(rules, *void, as_of="2026-06-04").rank == 1


def test_e38_the_period_of_the_tier_held_before_had_to_be_renewed_meanwhile():
    """Back from a tier for life two years later: the year of silver was renewed once."""
    rules = programme(tier(1, spend(1000), valid_months=12), tier(2, spend(5000)))
    big = buy(5000, "2026-06-01")
    events = (buy(1000, "2026-01-10"), big)
    soon = fold(rules, *events, back(big, 5000, "2026-07-01"), as_of="2026-07-01")
    assert (soon.rank, soon.tier_ends_on) == (1, "2027-01-09")
    later = fold(rules, *events, back(big, 5000, "2027-07-01"), as_of="2027-07-01")
    assert (later.rank, later.tier_ends_on) == (1, "2028-01-09")
    late = fold(rules, *events, back(big, 5000, "2028-07-01"), as_of="2028-07-01")
    assert late.rank == 0


def test_e37_what_is_left_of_the_receipts_carries_a_lower_tier():
    rules = programme(tier(1, spend(1000, within_months=6)), tier(2, spend(5000, within_months=6)))
    bill, late = buy(5000, "2026-01-10"), "2027-01-10"
    found = fold(rules, bill, back(bill, 3000, late), as_of=late)
    # the window of that day held 2000, today's holds nothing
    assert (found.rank, found.by_money, found.supported_rank) == (1, 0, 1)
    assert fold(rules, bill, back(bill, 4500, late), as_of=late).rank == 0


def test_a_locked_tier_is_kept_above_what_is_left():
    locked = programme(SILVER, tier(2, spend(3000), locked=True), tier(3, spend(9000)))
    bill = buy(9000)
    found = fold(locked, bill, back(bill, 7000))
    assert (found.rank, found.supported_rank) == (2, 2)
    two = programme(SILVER, tier(2, spend(3000), locked=True))
    again = back(bill, 9000)
    assert fold(two, bill, again).rank == 2


# -- written down late (E33, E38) ------------------------------------------------------------------


def test_e33_a_receipt_written_down_late_completes_a_window_of_before():
    rules = programme(tier(1, spend(1000, within_months=12), benefits=(service("q", per="year"),)))
    late = buy(400, "2025-06-01", recorded="2026-05-01")
    found = fold(rules, buy(600, "2026-03-01"), late, as_of="2026-05-01")
    # together they made a thousand on the day of the later receipt
    assert (found.rank, found.reached_on) == (1, "2026-03-01")
    too_old = buy(400, "2025-02-28", recorded="2026-05-01")
    assert fold(rules, buy(600, "2026-03-01"), too_old, as_of="2026-05-01").rank == 0


def late(yuan: float, on: str) -> Event:
    return buy(yuan, on, recorded="2028-02-01")


@pytest.mark.parametrize(
    ("yuan", "on", "rank"),
    [
        (300, "2027-01-10", 2),
        (300, "2028-01-09", 2),
        (299, "2027-05-01", 1),
        (300, "2027-01-09", 1),  # of the period before
        (300, "2028-01-10", 1),  # of the period after
    ],
)
def test_e38_a_receipt_written_down_late_makes_up_a_missed_renewal(yuan, on, rank):
    found = fold(CLUB, REACHED, late(yuan, on), as_of="2028-02-01")
    assert found.rank == rank
    assert found.tier_ends_on == ("2029-01-09" if rank == 2 else None)
    assert [step.to_rank for step in found.steps] == [2, 1, 2][: rank + 1]


def test_e38_made_up_it_is_missed_no_more():
    """Its money given back, the tier goes a step down again, once."""
    bill = late(300, "2027-05-01")
    events = (REACHED, bill, back(bill, 300, "2028-03-01"))
    assert fold(CLUB, *events, as_of="2028-03-01").rank == 1
    more = buy(50, "2028-03-01")
    assert fold(CLUB, REACHED, bill, more, as_of="2028-03-01").rank == 2


def test_e38_what_was_reached_anew_needs_no_making_up():
    events = (REACHED, buy(5000, "2028-01-20"), late(300, "2027-05-01"))
    found = fold(CLUB, *events, as_of="2028-02-01")
    assert (found.rank, found.tier_ends_on) == (2, "2029-01-19")


def test_e38_a_tier_that_a_later_version_does_not_have_is_not_renewed():
    fewer = line(CLUB, programme(SILVER), starts=("2000-01-01", "2026-06-01"))
    assert fold(fewer, REACHED, as_of="2027-01-10").rank == 1


# -- terms and words end (E44, E57, E61) -----------------------------------------------------------

CARE = service("care", per="year", quantity=2)
HOUSE = programme(
    tier(1, spend(1000), benefits=(CARE, Benefit(key="kit", kind="gift", name="套装"))),
    tier(2, Reach(fee=True), fees=(Fee(300),), benefits=(service("spa", per="term"),)),
    term="paid",
)
BEFORE = (buy(1000, "2026-01-10"), use("care@2026", "2026-01-20"))


def test_e57_after_a_term_the_tier_by_money_is_back_with_what_it_brings():
    events = (*BEFORE, fee(2, 1))
    inside = fold(HOUSE, *events, as_of="2026-03-31")
    assert (inside.rank, inside.route) == (2, "paid")
    assert open_grants(inside) == {"kit": 1, "spa@2026-03-01": 1}
    over = fold(HOUSE, *events, as_of="2026-04-01")
    assert (over.rank, over.route, over.reached_on) == (1, "cumulative", "2026-01-10")
    assert open_grants(over) == {"care@2026": 1, "kit": 1}


def test_e61_after_leaving_and_after_a_fee_was_void_too():
    paid = fee(2, 12)
    for end in (Event("leave", "2026-04-01"), Event("fee_void", "2026-04-01", paid.ref)):
        found = fold(HOUSE, *BEFORE, paid, end, as_of="2026-04-01")
        assert (found.rank, found.route) == (1, "cumulative"), end.kind
        assert open_grants(found) == {"care@2026": 1, "kit": 1}, end.kind


def test_e57_money_that_reached_the_tier_holds_it_when_the_term_is_over():
    rules = programme(tier(1, Reach(fee=True), spend(5000), fees=(Fee(300),)), term="paid")
    events = (fee(1, 1), buy(5000, "2026-03-10"))
    assert fold(rules, *events, as_of="2026-03-31").route == "paid"
    over = fold(rules, *events, as_of="2026-04-01")
    assert (over.rank, over.route, len(over.steps)) == (1, "cumulative", 1)
    void = fold(rules, *events, Event("fee_void", "2026-03-20", events[0].ref), as_of="2026-03-20")
    assert (void.rank, void.route) == (1, "cumulative")


def test_e57_a_term_over_leaves_a_word_of_the_same_tier():
    rules = programme(tier(1, Reach(fee=True), fees=(Fee(300),)), term="paid")
    found = fold(rules, fee(1, 1), word(1, "2026-03-10"), as_of="2026-04-01")
    assert (found.rank, found.supported_rank) == (1, 0)


# -- kept, because something of it was used (E37) --------------------------------------------------

PERK = service("perk")


def kept(*more: Event, as_of: str, valid_months: int | None = None):
    rules = programme(SILVER, tier(2, spend(5000), valid_months=valid_months, benefits=(PERK,)))
    events = (REACHED, use("perk", "2026-02-01"), back(REACHED, 4000, "2026-03-01"))
    return fold(rules, *events, *more, as_of=as_of)


def test_e37_a_kept_tier_for_life_waits_for_the_managers_word():
    found = kept(as_of="2040-01-01")
    assert (found.rank, found.supported_rank, found.unsupported) == (2, 1, True)
    assert (found.tier_ends_on, found.next_on) == (None, None)
    dropped = kept(Event("drop", "2026-05-01"), as_of="2026-05-01")
    assert (dropped.rank, dropped.unsupported) == (1, False)
    confirmed = kept(word(2, "2026-05-01"), as_of="2026-05-01")
    assert (confirmed.rank, confirmed.unsupported) == (2, False)


def test_e37_a_kept_tier_with_a_period_is_held_until_its_end():
    found = kept(as_of="2027-01-09", valid_months=12)
    assert (found.rank, found.unsupported) == (2, True)
    assert (found.tier_ends_on, found.next_on) == ("2027-01-09", "2027-01-10")
    over = kept(as_of="2027-01-10", valid_months=12)
    assert (over.rank, over.unsupported, over.next_on) == (1, False, None)


def test_e37_paid_again_it_is_kept_no_more():
    found = kept(buy(4000, "2026-04-01"), as_of="2026-04-01", valid_months=12)
    assert (found.rank, found.unsupported, found.tier_ends_on) == (2, False, "2027-03-31")


def test_e37_another_refund_of_a_kept_tier_does_not_make_it_last():
    more = buy(10, "2026-04-01")
    found = kept(more, back(more, 10, "2026-04-02"), as_of="2026-04-02", valid_months=12)
    assert (found.rank, found.tier_ends_on) == (2, "2027-01-09")


def test_e37_the_use_was_a_mistake_the_tier_goes():
    found = kept(use("perk", "2026-02-01", -1), as_of="2026-03-02")
    assert (found.rank, found.unsupported) == (1, False)


def test_e37_a_manager_lets_go_of_a_tier_that_receipts_would_not_reach_any_more():
    events = (REACHED, Event("drop", "2027-03-01"))
    found = fold(CLUB, *events, as_of="2027-03-01")
    assert (found.rank, found.supported_rank) == (1, 1)  # nothing came in since the renewal
    for_life = programme(SILVER, tier(2, spend(5000)))
    assert fold(for_life, *events, as_of="2027-03-01").rank == 2


# -- benefits that come back (C23, E43) ------------------------------------------------------------


def test_c23_a_once_only_quota_given_back_is_what_is_left_of_it():
    below = service("a", quota="护理", quantity=2)
    above = service("b", quota="护理", quantity=5)
    rules = programme(
        tier(1, spend(100), benefits=(below, service("y"))),
        tier(2, spend(900), benefits=(above,)),
    )
    big = buy(800)
    up = (buy(100), use("a"), big)
    assert open_grants(fold(rules, *up)) == {"b": 4, "y": 1}
    down = (*up, back(big, 800))
    assert open_grants(fold(rules, *down)) == {"a": 1, "y": 1}
    again = (*down, buy(800))
    assert open_grants(fold(rules, *again)) == {"b": 4, "y": 1}
    used = (*down, use("a"), buy(800))
    assert open_grants(fold(rules, *used)) == {"a": 0, "b": 3, "y": 1}


def test_r154_eligible_by_a_fee_or_a_word_needs_no_receipt():
    rules = programme(tier(1, spend(100)), enrol=(Enrol(fee=True), Enrol(approval=True)))
    assert fold(rules, buy(900)).rank == 0
    assert fold(rules, buy(900), word(1, DAY)).rank == 1
