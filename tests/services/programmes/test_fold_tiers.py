"""Every way to a tier, alone and together (R003, R027, R047, R054, R102, R153, R154, E33–E41)."""

from __future__ import annotations

import msgspec
import pytest

from services.programmes.definition import Enrol, Reach
from services.programmes.events import Event
from services.programmes.registry import preset
from tests.services.programmes.fold_world import (
    DAY,
    back,
    buy,
    fold,
    line,
    open_grants,
    programme,
    service,
    spend,
    tier,
    use,
)

# -- metrics -------------------------------------------------------------------------------------


def test_r047_visits_are_days_not_receipts():
    rules = programme(tier(1, Reach(visits=2)))
    assert fold(rules, buy(10), buy(10)).rank == 0
    found = fold(rules, buy(10), buy(10, "2026-03-02"), as_of="2026-03-02")
    assert (found.rank, found.route) == (1, "cumulative")


def test_r047_a_visit_without_a_receipt_counts_and_a_day_counts_once():
    rules = programme(tier(1, Reach(visits=2)))
    assert fold(rules, Event("visit", DAY), buy(10)).rank == 0
    assert fold(rules, Event("visit", "2026-02-01"), buy(10)).rank == 1


def test_a_receipt_that_was_a_mistake_was_no_visit_a_refunded_one_was():
    rules = programme(tier(1, Reach(visits=2)))
    first, second = buy(10), buy(10, "2026-03-02")
    assert fold(rules, first, second, back(second, 10, "2026-03-02")).rank == 1
    assert fold(rules, first, second, back(second, 10, "2026-03-02", flag=True)).rank == 0
    again = second._replace(on="2026-03-03")
    voided = back(second, 10, "2026-03-02", flag=True)
    assert fold(rules, first, second, voided, again, as_of="2026-03-03").rank == 1


def test_r047_money_for_medicine_counts_by_its_share_of_the_bill():
    rules = programme(tier(1, Reach(drug_spend_yuan=100)))
    lines = (("药品", 10_000), ("治疗", 10_000))
    assert fold(rules, buy(199.98, lines=lines)).rank == 0
    bill = buy(200, lines=lines)
    assert fold(rules, bill).rank == 1
    assert fold(rules, bill, back(bill, 0.02)).rank == 0
    assert fold(rules, buy(5000)).rank == 0  # nothing says what for


def test_r027_a_health_grade_by_hand_is_a_way_of_its_own_or_a_condition():
    alone = programme(tier(1, Reach(health_grade=3)))
    assert fold(alone, Event("grade", DAY, rank=2)).rank == 0
    assert fold(alone, Event("grade", DAY, rank=3)).rank == 1
    both = programme(tier(1, Reach(health_grade=3, cumulative_spend_yuan=100)))
    assert fold(both, Event("grade", DAY, rank=3), buy(99.99)).rank == 0
    assert fold(both, buy(100), Event("grade", DAY, rank=3)).rank == 1


def test_points_earned_are_a_way_and_spending_them_changes_nothing():
    """E34, E35: earned, not what is left."""
    rules = programme(tier(1, Reach(points=100)))
    assert fold(rules, buy(99.99)).rank == 0
    assert fold(rules, buy(100)).rank == 1


def test_c21_all_payments_of_a_day_may_be_one_purchase():
    by_day = programme(tier(1, Reach(single_spend_yuan=1000)), single_basis="day")
    bill = buy(600)
    assert fold(by_day, bill, buy(399.99)).rank == 0
    assert fold(by_day, bill, buy(400)).rank == 1
    assert fold(by_day, bill, buy(400, "2026-03-02"), as_of="2026-03-02").rank == 0
    refunded = fold(by_day, bill, buy(400), back(bill, 1, "2026-03-05"), as_of="2026-03-05")
    assert (refunded.rank, refunded.max_single_fen) == (0, 99_900)
    by_case = buy(600, case=7), buy(400, "2026-04-01", case=7)
    assert fold(by_day, *by_case, as_of="2026-04-01").rank == 1


def test_e33_a_window_of_months_lets_old_money_go():
    rules = programme(tier(1, spend(1000, within_months=12)))
    old = buy(600, "2025-03-01")
    assert fold(rules, old, buy(400, "2026-03-01")).rank == 0
    assert fold(rules, old, buy(400, "2026-02-28"), as_of="2026-02-28").rank == 1
    kept = fold(rules, old, buy(400, "2026-02-28"), as_of="2030-01-01")
    assert kept.rank == 1  # C22: passing time takes nothing away


def test_e33_the_largest_purchase_inside_a_window_sums_a_case():
    rules = programme(tier(1, Reach(single_spend_yuan=1000, within_months=6)))
    assert fold(rules, buy(500, "2025-01-01", case=3), buy(500, case=3)).rank == 0
    assert fold(rules, buy(500, case=3), buy(500, case=3)).rank == 1


def test_visits_inside_a_window():
    rules = programme(tier(1, Reach(visits=2, within_months=3)))
    assert fold(rules, buy(1, "2025-11-30"), buy(1)).rank == 0
    assert fold(rules, buy(1, "2025-12-02"), buy(1)).rank == 1


# -- ways that no receipt is ---------------------------------------------------------------------


def test_r102_points_buy_a_tier_and_a_return_takes_it_back():
    rules = programme(tier(1, spend(100)), tier(2, Reach(purchase_points=500)))
    bought = Event("purchase", DAY, 9, rank=2)
    found = fold(rules, buy(100), bought)
    assert (found.rank, found.route, found.supported_rank) == (2, "manual", 1)
    assert fold(rules, buy(100), bought, Event("purchase_void", DAY, 9)).rank == 1


def test_r153_an_approval_is_no_matter_of_receipts():
    rules = programme(tier(1, Reach(approval=True)))
    assert fold(rules, buy(1_000_000)).rank == 0
    assert fold(rules, Event("override", DAY, rank=1)).rank == 1


def test_a_condition_still_open_holds_for_nobody():
    rules = programme(tier(1, Reach(cumulative_spend_yuan="待定")), tier(2, spend(100)))
    assert fold(rules, buy(99)).rank == 0
    assert fold(rules, buy(100)).rank == 2


# -- who is eligible (R154, C8) ------------------------------------------------------------------

A = preset("医院方案A")


@pytest.mark.parametrize(("yuan", "rank"), [(19_999.99, 0), (20_000, 4), (20_000.01, 4)])
def test_r154_seen_only_before_2013_10_01_needs_20000(yuan, rank):
    assert fold(A, buy(yuan, "2013-09-30")).rank == rank


def test_r154_whoever_came_since_is_under_the_ordinary_rule():
    assert fold(A, buy(1000, "2013-10-01")).rank == 1
    assert fold(A, buy(1999, "2013-09-30"), buy(1, "2013-10-01")).rank == 1
    assert fold(A, buy(1999, "2013-09-30"), as_of="2020-01-01").rank == 0


def test_r154_a_leaders_word_asks_for_no_receipt():
    found = fold(A, buy(10, "2013-01-01"), Event("override", "2013-02-01", rank=3))
    assert (found.rank, found.route) == (3, "manual")


def test_r154_a_refund_of_old_money_counts_against_the_20000():
    bill = buy(20_000, "2013-09-30")
    assert fold(A, bill, back(bill, 0.01, "2026-01-01")).rank == 0


def test_enrol_ways_may_ask_for_money_of_their_own():
    rules = programme(
        tier(1, spend(1)), enrol=(Enrol(single_spend_yuan=500), Enrol(cumulative_spend_yuan=900))
    )
    assert fold(rules, buy(499)).rank == 0
    assert fold(rules, buy(500)).rank == 1
    assert fold(rules, buy(450), buy(450)).rank == 1
    open_ = programme(
        tier(1, spend(1)),
        enrol=(Enrol(single_spend_yuan="待定"), Enrol(cumulative_spend_yuan="待定")),
    )
    assert fold(open_, buy(10_000)).rank == 0


def test_opening_balances_count_for_the_date_rule_and_the_windows():
    old = Event("opening", "2013-09-01", amount_fen=2_000_000)
    assert fold(A, old).rank == 3
    assert fold(A, old._replace(amount_fen=1_999_999)).rank == 0
    window = programme(tier(1, spend(1000, within_months=1)))
    assert fold(window, Event("opening", DAY, amount_fen=100_000)).rank == 1
    visit = programme(tier(1, Reach(visits=1)))
    assert fold(visit, Event("opening", DAY, amount_fen=1)).rank == 1
    assert fold(visit, Event("opening", DAY)).rank == 0


# -- terms of a tier (E38) -----------------------------------------------------------------------

YEARLY = programme(
    tier(1, spend(1000), valid_months=12),
    tier(2, spend(5000), valid_months=12, benefits=(service("clean", per="term", quantity=2),)),
    tier(3, spend(90_000)),
)


def test_e38_kept_by_what_was_spent_in_the_period():
    events = (buy(5000, "2026-01-10"), buy(5000, "2026-06-01"))
    rules = programme(*YEARLY.tiers[:2])
    found = fold(rules, *events, as_of="2027-01-09")
    assert (found.rank, found.tier_ends_on, found.next_on) == (2, "2027-01-09", "2027-01-10")
    found = fold(rules, *events, as_of="2027-01-10")
    assert (found.rank, found.tier_ends_on) == (2, "2028-01-09")
    assert open_grants(found) == {"clean@2026-01-10": 2, "clean@2027-01-10": 2}


def test_e38_missed_it_is_one_step_down_and_never_two():
    found = fold(YEARLY, buy(5000, "2026-01-10"), as_of="2027-01-10")
    assert found.rank == 2  # what reached it was spent in the period
    found = fold(YEARLY, buy(5000, "2026-01-10"), as_of="2028-01-10")
    assert (found.rank, found.tier_ends_on) == (1, "2029-01-09")
    assert [(s.from_rank, s.to_rank, s.on) for s in found.steps][-1] == (2, 1, "2028-01-10")
    assert fold(YEARLY, buy(5000, "2026-01-10"), as_of="2029-01-10").rank == 0


def test_e38_a_step_down_is_not_undone_by_old_money():
    events = (buy(5000, "2026-01-10"), buy(100, "2028-02-01"))
    assert fold(YEARLY, *events, as_of="2028-02-01").rank == 1
    events += (buy(4900, "2028-03-01"),)
    assert fold(YEARLY, *events, as_of="2028-03-01").rank == 2


def test_e38_reached_in_mid_year_restarts_the_period():
    events = (buy(1000, "2026-01-10"), buy(4000, "2026-07-01"))
    assert fold(YEARLY, *events, as_of="2026-12-31").tier_ends_on == "2027-06-30"


def test_e38_a_refund_after_a_step_down_leaves_that_step():
    bill = buy(5000, "2026-01-10")
    found = fold(YEARLY, bill, back(bill, 5000, "2028-02-01"), as_of="2028-02-01")
    assert found.rank == 1


def test_e38_a_tier_for_life_above_ends_the_period():
    found = fold(YEARLY, buy(90_000, "2026-01-10"), as_of="2040-01-01")
    assert (found.rank, found.tier_ends_on) == (3, None)


def test_e38_renewal_may_ask_for_less_and_a_locked_tier_asks_for_nothing():
    easy = programme(tier(1, spend(1000), valid_months=12, renew=(Reach(visits=1),)))
    events = (buy(1000, "2026-01-10"), buy(1, "2027-05-01"))
    assert fold(easy, *events, as_of="2028-01-10").rank == 1
    assert fold(easy, buy(1000, "2026-01-10"), as_of="2028-01-10").rank == 0
    locked = programme(tier(1, spend(1000), valid_months=12, locked=True))
    assert fold(locked, buy(1000, "2026-01-10"), as_of="2040-01-10").rank == 1


def test_e38_a_word_carries_the_tier_over_its_renewal():
    events = (buy(1000, "2026-01-10"), Event("override", "2026-02-01", rank=1))
    assert fold(YEARLY, *events, as_of="2030-01-10").rank == 1


def test_a_locked_tier_is_not_lost_to_a_refund():
    rules = programme(tier(1, spend(100)), tier(2, spend(500), locked=True), tier(3, spend(900)))
    bill = buy(900)
    found = fold(rules, bill, back(bill, 900))
    assert (found.rank, found.unsupported) == (2, False)
    assert fold(rules, bill, back(bill, 900), Event("drop", DAY)).rank == 0


# -- versions (E41) ------------------------------------------------------------------------------


def test_e41_a_lower_threshold_lifts_people_on_its_first_day():
    easier = msgspec.structs.replace(programme(tier(1, spend(500))), name="试")
    rules = line(programme(tier(1, spend(1000))), easier, starts=("2000-01-01", "2026-06-01"))
    assert fold(rules, buy(600), as_of="2026-05-31").rank == 0
    assert fold(rules, buy(600), as_of="2026-05-31").next_on == "2026-06-01"
    found = fold(rules, buy(600), as_of="2026-06-01")
    assert (found.rank, found.reached_on, found.steps[0].version_id) == (1, "2026-06-01", 2)


def test_e41_whoever_joined_before_a_version_for_new_members_stays_on_the_old_one():
    harder = programme(tier(1, spend(9000)))
    rules = line(programme(tier(1, spend(1000))), harder, starts=("2000-01-01", "2026-06-01"))
    new = msgspec.structs.replace(harder)
    versions = (rules.versions[0], type(rules.versions[1])(2, "2026-06-01", new, "new"))
    rules = type(rules)(1, versions)
    assert rules.for_member("2026-05-31").versions == versions[:1]
    assert rules.for_member("2026-06-01").versions == versions
    assert rules.for_member(None) is rules
    assert (
        fold(rules.for_member("2026-05-31"), buy(1000, "2026-07-01"), as_of="2026-07-01").rank == 1
    )


# -- inheritance (R002) --------------------------------------------------------------------------


def test_r002_an_upper_tier_brings_what_it_inherits_once():
    rules = programme(
        tier(1, spend(100), benefits=(service("a"), service("b", per="year"))),
        tier(2, spend(200), inherits=True, benefits=(service("c"),)),
        tier(3, spend(300), benefits=(service("d"),)),
    )
    assert open_grants(fold(rules, buy(200))) == {"a": 1, "c": 1, "b@2026": 1}
    stepped = fold(rules, buy(100), use("a"), buy(100))
    assert open_grants(stepped) == {"a": 0, "b@2026": 1, "c": 1}
    assert open_grants(fold(rules, buy(300))) == {"d": 1}


def test_r029_a_quota_of_the_upper_tier_replaces_the_inherited_one():
    """S3: 护理套餐 1, 2 and 4 times, not 1 + 2 + 4."""
    care = [service(f"care{n}", name="护理套餐", quota="护理套餐", quantity=n) for n in (1, 2, 4)]
    rules = programme(
        tier(1, spend(100), benefits=(care[0],)),
        tier(2, spend(200), inherits=True, benefits=(care[1],)),
        tier(3, spend(300), inherits=True, benefits=(care[2],)),
    )
    assert open_grants(fold(rules, buy(300))) == {"care4": 4}
    stepped = fold(rules, buy(100), use("care1"), buy(100))
    assert open_grants(stepped) == {"care1": 0, "care2": 1}
    back_one = fold(rules, buy(100), use("care1"), buy(100), use("care1", count=-1))
    assert open_grants(back_one)["care2"] == 1
    added = msgspec.structs.replace(rules, on_upgrade="sum")
    assert open_grants(fold(added, buy(100), buy(100))) == {"care1": 1, "care2": 2}
