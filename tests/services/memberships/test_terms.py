"""Paid terms and their money, replayed from the fees: E57, E58, E61."""

from __future__ import annotations

import pytest

from services.errors import RuleError
from services.memberships.feebook import FeeBook, FeeEntry
from services.memberships.quote import move_title, period_title, quote_fee
from services.programmes.definition import Benefit
from tests.services.memberships.world import (
    GOLD,
    SILVER,
    changed,
    line,
    paid,
    paid_programme,
    spans,
)

DAY = "2026-01-31"


def quoted(*entries: FeeEntry, on: str, rank: int = 1, every: str = "year", programme=None):
    return quote_fee(line(programme), entries, rank=rank, every=every, on=on)


# -- renewing (E57) -----------


@pytest.mark.parametrize(
    ("on", "starts", "move"),
    [
        ("2026-12-01", "2027-01-31", "early"),
        ("2027-01-30", "2027-01-31", "early"),
        ("2027-01-31", "2027-01-31", "grace"),  # the first day after the term
        ("2027-02-13", "2027-01-31", "grace"),  # 14 days late
        ("2027-02-14", "2027-01-31", "grace"),  # 15
        ("2027-02-15", "2027-02-15", "lapsed"),  # 16
    ],
)
def test_e57_a_renewal_early_in_grace_and_too_late(on, starts, move):
    first = paid(1, DAY)
    assert spans(first) == [(DAY, "2027-01-30")]
    quote = quoted(first, on=on)
    assert (quote.starts_on, quote.move) == (starts, move)
    assert quote.covered == (on <= "2027-01-30")
    assert move_title(quote.move)


def test_e57_the_first_fee_begins_today():
    quote = quoted(on=DAY)
    assert (quote.starts_on, quote.ends_on, quote.move) == (DAY, "2027-01-30", "first")
    assert (quote.listed_fen, quote.credit_fen, quote.due_fen) == (36_500, 0, 36_500)
    assert (quote.months, quote.tier_name, quote.covered) == (12, "银卡", False)


def test_e58_monthly_terms_from_the_31st_keep_the_month_ends():
    months = [paid(n, DAY, months=1, fen=4_000) for n in range(1, 6)]
    assert spans(*months) == [
        ("2026-01-31", "2026-02-27"),
        ("2026-02-28", "2026-03-30"),
        ("2026-03-31", "2026-04-29"),
        ("2026-04-30", "2026-05-30"),
        ("2026-05-31", "2026-06-29"),
    ]


@pytest.mark.parametrize(("every", "months"), [("half", 6), ("quarter", 3), ("month", 1)])
def test_r023_a_tier_is_paid_for_by_year_half_quarter_or_month(every, months):
    quote = quoted(on="2026-03-01", every=every)
    assert (quote.months, quote.every) == (months, every)
    assert period_title(months) != period_title(12)


# -- upgrading (E57) -----------


def test_e57_an_upgrade_credits_the_unused_days_down_to_the_fen():
    quote = quoted(paid(1, "2026-01-01"), on="2026-04-11", rank=2)
    assert quote.move == "upgrade"  # 100 of 365 days are gone
    assert (quote.credit_fen, quote.due_fen) == (26_500, 73_500)
    assert (quote.starts_on, quote.ends_on) == ("2026-04-11", "2027-04-10")
    odd = quoted(paid(1, "2026-01-01", fen=36_499), on="2026-04-11", rank=2)
    assert odd.credit_fen == 36_499 * 265 // 365


def test_e57_the_lower_term_ends_the_day_before_and_passes_its_credit_on():
    upgrade = paid(2, "2026-04-11", rank=2, fen=73_500, credit_fen=26_500)
    silver, gold = FeeBook(line(), [paid(1, "2026-01-01"), upgrade]).fees
    assert (silver.start, silver.last) == ("2026-01-01", "2026-04-10")
    assert (silver.passed_fen, gold.value_fen, gold.amount_fen) == (26_500, 100_000, 73_500)


def test_e57_an_upgrade_prolongs_by_the_unused_days_and_credits_nothing():
    programme = paid_programme(upgrade_fee="extend")
    quote = quoted(paid(1, "2026-01-01"), on="2026-04-11", rank=2, programme=programme)
    assert (quote.credit_fen, quote.ends_on) == (0, "2027-12-31")  # a year and 265 days
    both = [paid(1, "2026-01-01"), paid(2, "2026-04-11", rank=2, fen=100_000)]
    silver, gold = FeeBook(line(programme), both).fees
    assert (silver.passed_fen, gold.value_fen) == (26_500, 126_500)


def test_e57_an_upgrade_at_the_full_fee_takes_nothing_over():
    programme = paid_programme(upgrade_fee="full")
    both = [paid(1, "2026-01-01"), paid(2, "2026-04-11", rank=2, fen=100_000)]
    silver, gold = FeeBook(line(programme), both).fees
    assert (silver.passed_fen, silver.last, gold.value_fen) == (0, "2026-04-10", 100_000)
    quote = quoted(paid(1, "2026-01-01"), on="2026-04-11", rank=2, programme=programme)
    assert (quote.credit_fen, quote.ends_on) == (0, "2027-04-10")


def test_the_credit_is_never_more_than_the_new_fee():
    cheap = changed(GOLD, fees=(changed(GOLD.fees[0], yuan=100),))
    programme = paid_programme(SILVER, cheap)
    quote = quoted(paid(1, "2026-01-01"), on="2026-01-02", rank=2, programme=programme)
    assert (quote.credit_fen, quote.due_fen) == (10_000, 0)


def test_a_lower_tier_waits_for_the_higher_one_to_end():
    quote = quoted(paid(1, "2026-01-01", rank=2, fen=100_000), on="2026-06-01")
    assert (quote.move, quote.starts_on) == ("after", "2027-01-01")


def test_a_fee_for_life_counts_whole_towards_a_higher_one_for_life():
    silver = changed(SILVER, fees=(changed(SILVER.fees[0], yuan=2000, every="once"),))
    programme = paid_programme(silver, GOLD)
    life = paid(1, "2026-01-01", months=0, fen=200_000)
    quote = quoted(life, on="2027-01-01", rank=2, every="once", programme=programme)
    assert (quote.move, quote.credit_fen, quote.due_fen) == ("upgrade", 200_000, 300_000)
    assert (quote.ends_on, period_title(quote.months)) == (None, "终身")
    year = quoted(life, on="2027-01-01", rank=2, programme=programme)
    assert (year.credit_fen, year.due_fen) == (0, 100_000)


# -- what cannot be paid -----------


def test_r057_only_a_tier_and_a_period_that_the_programme_has():
    with pytest.raises(RuleError, match="没有这个等级"):
        quoted(on=DAY, rank=3)
    with pytest.raises(RuleError, match="没有这种缴费周期"):
        quoted(on=DAY, rank=2, every="month")


def test_a_fee_for_life_is_paid_once():
    life = paid(1, DAY, rank=2, months=0, fen=500_000)
    for rank in (1, 2):
        with pytest.raises(RuleError, match="终身会费"):
            quoted(life, on="2026-06-01", rank=rank)


def test_r122_the_quote_says_what_the_tier_brings():
    quote = quoted(on=DAY, rank=2)
    words = "\n".join(quote.benefits)
    assert "7 折" in words
    assert "护理套装" in words  # from the tier below
    assert "优先预约" in words


# -- the book itself -----------


def test_e61_leaving_ends_every_term_the_day_before():
    entries = [paid(1, "2026-01-01"), paid(2, "2026-02-01"), FeeEntry("leave", "2026-06-01")]
    assert spans(*entries) == [("2026-01-01", "2026-05-31"), ("2027-01-01", "2026-05-31")]
    book = FeeBook(line(), entries)
    assert book.running("2026-06-01") == []
    assert book.current("2026-05-31") is book.fees[0]
    assert book.current("2026-06-01") is None


def test_a_void_leaves_all_as_if_the_fee_had_never_been_paid():
    first, second = paid(1, "2026-01-01"), paid(2, "2026-02-01")
    void = FeeEntry("void", "2026-03-01", 3, 1, 12, -36_500, voids_id=2)
    assert spans(first, second, void) == spans(first)
    assert FeeBook(line(), [first, second, void]).received_fen == 36_500


def test_two_fees_for_life_of_people_who_were_one_are_both_counted():
    twice = [paid(n, "2026-01-01", rank=2, months=0, fen=500_000) for n in (1, 2)]
    book = FeeBook(line(), twice)
    assert [fee.end for fee in book.fees] == [None, None]
    assert book.earned("2026-01-01") == book.received_fen == 1_000_000


def test_the_benefits_of_a_quota_are_the_higher_tiers():
    own = Benefit("g", "service", "洁牙", quantity=4, per="term", quota="clean")
    below = Benefit("s", "service", "洁牙", quantity=2, per="term", quota="clean")
    programme = paid_programme(changed(SILVER, benefits=(below,)), changed(GOLD, benefits=(own,)))
    words = quoted(on=DAY, rank=2, programme=programme).benefits
    assert len([each for each in words if "洁牙" in each]) == 1
