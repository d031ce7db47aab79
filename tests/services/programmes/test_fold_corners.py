"""Corners of the fold: written down late, waited for, counted by anniversary."""

from __future__ import annotations

import msgspec

from services.programmes.definition import Enrol, Reach
from services.programmes.events import Event
from services.programmes.plan import effective
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


def test_e40_a_word_written_down_after_its_end_holds_nothing_up():
    rules = programme(tier(1, spend(100)), tier(2, spend(900)))
    late = Event("override", "2026-01-10", rank=2, until="2026-02-01", recorded=DAY)
    found = fold(rules, buy(100), late)
    assert (found.rank, found.next_on) == (1, None)


def test_e40_a_word_for_all_time_is_no_date_to_reckon_with():
    rules = programme(tier(1, spend(100)))
    word = Event("override", DAY, rank=1, until="9999-12-31")
    assert fold(rules, word, as_of="2090-01-01").rank == 1


def test_r154_whoever_was_never_seen_before_is_under_another_rule():
    rules = programme(
        tier(1, spend(1)), enrol=(Enrol(seen_before="2013-10-01", cumulative_spend_yuan=10),)
    )
    assert fold(rules, buy(1000)).rank == 0
    assert fold(rules, buy(10, "2013-09-30")).rank == 1


def test_two_payments_of_one_receipt_are_one_visit():
    rules = programme(tier(1, Reach(visits=2)))
    first = buy(10)
    assert fold(rules, first, first._replace(on="2026-03-05"), as_of="2026-03-05").rank == 0
    voided = first._replace(amount_fen=-1000, flag=True)
    assert fold(rules, first, voided, voided._replace(amount_fen=0)).rank == 0


def test_the_lowest_tier_has_nothing_to_inherit():
    rules = programme(tier(1, spend(1), inherits=True, benefits=(service("a"),)))
    assert [benefit.key for benefit in effective(rules, 1)] == ["a"]


def test_c23_a_once_only_quota_of_another_tier_closes():
    below, above = service("a", quota="护理"), service("b", quota="护理", quantity=3)
    rules = programme(tier(1, spend(1), benefits=(below,)), tier(2, spend(9), benefits=(above,)))
    assert open_grants(fold(rules, buy(1), buy(8))) == {"b": 3}
    assert open_grants(fold(rules, buy(1), use("a"), buy(8))) == {"a": 0, "b": 2}


def test_r081_what_waits_for_a_word_goes_with_its_tier_and_its_period():
    ask = service("q", per="quarter", given="confirm")
    rules = programme(
        tier(1, spend(100), benefits=(ask,)), tier(2, spend(900), benefits=(service("top"),))
    )
    waiting = [key for key, _ in fold(rules, buy(100)).awaiting]
    assert waiting == ["q@2026Q1"]
    assert fold(rules, buy(100), buy(800)).awaiting == ()
    bill = buy(100)
    assert fold(rules, bill, bill._replace(amount_fen=-10_000)).awaiting == ()
    later = fold(rules, buy(100), as_of="2026-04-01")
    assert [key for key, _ in later.awaiting] == ["q@2026Q2"]
    word = Event("confirm", "2026-03-20", key="q@2026Q1")
    assert spans(fold(rules, buy(100), word)) == {"q@2026Q1": ("2026-03-20", "2026-03-31")}
    moot = Event("confirm", DAY, key="gone", flag=True)
    assert fold(rules, buy(100), moot).grants == ()


def test_a_waiting_gift_outlives_a_lapsed_term_a_service_does_not():
    gift = msgspec.structs.replace(service("kit", given="confirm"), kind="gift")
    paid = programme(
        tier(1, Reach(fee=True), benefits=(gift, service("spa", given="confirm"))), term="paid"
    )
    lapsed = fold(paid, fee(1, 1), as_of="2026-06-01")
    assert [key for key, _ in lapsed.awaiting] == ["kit"]


def test_c13_an_anniversary_of_the_31st_in_a_short_month():
    rules = programme(
        tier(1, spend(1), benefits=(service("m", per="month"),)), year_basis="anniversary"
    )
    found = fold(rules, buy(1, "2026-01-31"), as_of="2026-03-30")
    assert spans(found) == {
        "m@2026-01-31": ("2026-01-31", "2026-02-27"),
        "m@2026-02-28": ("2026-02-28", "2026-03-30"),
    }


def test_c23_adding_up_keeps_what_an_inherited_quota_has_left():
    rules = programme(
        tier(1, spend(1), benefits=(service("a", per="year"),)),
        tier(2, spend(9), inherits=True, benefits=(service("b", per="year"),)),
        on_upgrade="sum",
    )
    assert open_grants(fold(rules, buy(1), buy(8))) == {"a@2026": 1, "b@2026": 1}
