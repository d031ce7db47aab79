"""Whatever the order of fees: no gaps, nothing lost, a void undoes exactly its fee (E57, E58)."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.clock import days_between, plus_days
from services.memberships.deferred import fee_months, month_end, months_between
from services.memberships.feebook import FeeBook, FeeEntry, PaidFee
from services.memberships.quote import quote_fee
from services.programmes.definition import MONTHS
from services.programmes.evaluate import evaluate
from services.programmes.events import Event
from tests.services.memberships.world import GOLD, SILVER, changed, line, paid_programme

START = "2026-01-31"
PERIODS = {1: ("year", "half", "quarter", "month"), 2: ("year", "once")}


def pay(entries: list[FeeEntry], rank: int, every: str, on: str, programme=None) -> None:
    """A fee as the desk would take it: what is due, with the credit of an upgrade."""
    quote = quote_fee(line(programme), entries, rank=rank, every=every, on=on)
    fee_id = len(entries) + 1
    entries.append(
        FeeEntry("payment", on, fee_id, rank, quote.months, quote.due_fen, quote.credit_fen)
    )


def fees_of(entries: list[FeeEntry]) -> list[PaidFee]:
    return FeeBook(line(), entries).fees


@given(
    st.lists(st.tuples(st.sampled_from(PERIODS[1]), st.integers(0, 10_000)), min_size=1, max_size=9)
)
def test_e57_e58_renewed_in_time_there_is_never_a_gap(renewals):
    """Each renewal comes on any day up to 15 days after the end of what was paid so far."""
    entries: list[FeeEntry] = []
    day = START
    for every, ahead in renewals:
        if entries:
            last = fees_of(entries)[-1].end
            day = max(day, plus_days(last, 15 - ahead % (days_between(day, last) + 16)))
        pay(entries, 1, every, day)
    fees = fees_of(entries)
    for before, after in pairwise(fees):
        assert after.start == plus_days(before.end, 1)
    months = sum(fee.months for fee in fees)
    whole = FeeBook(line(), [FeeEntry("payment", START, 1, 1, months, 1)]).fees[0]
    assert fees[-1].end == whole.end  # as if paid in one piece: month ends are not lost


@st.composite
def _fees(draw) -> list[FeeEntry]:
    """Up to six fees of both tiers in any rhythm, as the desk takes them."""
    entries: list[FeeEntry] = []
    day = START
    for _ in range(draw(st.integers(1, 6))):
        day = plus_days(day, draw(st.integers(0, 250)))
        rank = draw(st.sampled_from((1, 2)))
        if not any(fee.end is None for fee in fees_of(entries)):
            pay(entries, rank, draw(st.sampled_from(PERIODS[rank])), day)
    return entries


@given(_fees(), st.sampled_from(("credit", "extend", "full")))
def test_r059_over_all_months_what_was_received_is_earned(entries, policy):
    programme = paid_programme(upgrade_fee=policy)
    taken: list[FeeEntry] = []
    for entry in entries:
        every = next(name for name, months in MONTHS.items() if months == entry.months)
        pay(taken, entry.rank, every, entry.on, programme)
    months = months_between("2026-01", "2045-12")
    rows = fee_months(line(programme), taken, months)
    received = sum(entry.amount_fen for entry in taken)
    assert sum(row.received_fen for row in rows) == received
    assert sum(row.earned_fen for row in rows) == received
    assert rows[-1].deferred_fen == 0
    assert all(row.deferred_fen >= 0 and row.earned_fen >= 0 for row in rows)


@given(_fees(), st.integers(0, 400), st.integers(0, 100))
def test_r059_with_a_refund_what_was_kept_is_earned(entries, days, percent):
    day = plus_days(entries[-1].on, days)
    running = FeeBook(line(), entries).running(day)
    back = sum(fee.value_fen for fee in running) * percent // 100
    left = [*entries, FeeEntry("refund", day, 99, amount_fen=-back), FeeEntry("leave", day)]
    rows = fee_months(line(), left, months_between("2026-01", day[:7]))
    received = sum(entry.amount_fen for entry in entries) - back
    assert sum(row.earned_fen for row in rows) == sum(row.received_fen for row in rows) == received
    assert rows[-1].deferred_fen == 0


@given(_fees(), st.integers(0, 30))
def test_a_void_of_the_newest_fee_is_as_if_it_had_never_been_paid(entries, days):
    *kept, newest = entries
    void = FeeEntry(
        "void", plus_days(newest.on, days), 99, newest.rank, newest.months,
        -newest.amount_fen, voids_id=newest.fee_id,
    )  # fmt: skip
    assert fees_of([*entries, void]) == fees_of(kept)
    months = months_between("2026-01", "2045-12")
    assert sum(r.earned_fen for r in fee_months(line(), [*entries, void], months)) == sum(
        entry.amount_fen for entry in kept
    )


@given(_fees(), st.integers(0, 60))
def test_r059_a_month_that_is_over_never_changes(entries, months):
    """What is reported at a month's end stays so, whatever is paid later."""
    over = months_between("2026-01", "2031-12")
    cut = over[months]
    known = [entry for entry in entries if entry.on <= month_end(cut)]
    before = fee_months(line(), known, over)[: months + 1]
    assert fee_months(line(), entries, over)[: months + 1] == before


@given(_fees())
def test_the_money_book_and_the_fold_know_the_same_terms(entries):
    events = [Event("fee", e.on, e.fee_id, rank=e.rank, months=e.months) for e in entries]
    terms = evaluate(line(), events, entries[-1].on).terms
    assert {(t.ref, t.start, t.end) for t in terms} == {
        (fee.fee_id, fee.start, fee.last)
        for fee in fees_of(entries)
        if fee.last is None or fee.last >= fee.start
    }


@given(st.integers(1, 2_000), st.integers(1, 364))
def test_e57_the_credit_is_the_unused_days_share_down_to_the_fen(yuan, days):
    silver = changed(SILVER, fees=(changed(SILVER.fees[0], yuan=yuan),))
    gold = changed(GOLD, fees=(changed(GOLD.fees[0], yuan=5_000),))
    programme = paid_programme(silver, gold)
    entries: list[FeeEntry] = []
    pay(entries, 1, "year", START, programme)
    on = plus_days(START, days)
    quote = quote_fee(line(programme), entries, rank=2, every="year", on=on)
    assert quote.credit_fen == yuan * 100 * (365 - days) // 365
    assert quote.due_fen == 500_000 - quote.credit_fen
