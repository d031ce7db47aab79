"""What a receipt is worth: rates by tier, class, payment and date, rounding (E1, E39, R074)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.programmes.counters import points_for
from services.programmes.definition import MemberDay, Points, Rate, Reach
from services.programmes.lots import expiry_of
from tests.services.programmes.fold_world import (
    DAY,
    back,
    buy,
    fold,
    line,
    programme,
    spend,
    tier,
)


def earning(*rates: Rate, **more):
    days = more.pop("member_days", ())
    return programme(points=Points("spend", rates=rates, **more), member_days=days)


def points_of(rules, *events, as_of=DAY):
    return fold(rules, *events, as_of=as_of).earned


def test_r094_the_tier_held_before_the_bill_rates_it():
    """E39: the crossing bill itself earns by the old tier."""
    rules = programme(
        tier(1, spend(100)), tier(2, spend(1000), points_percent=200), points=Points("spend")
    )
    assert points_of(rules, buy(1000)) == 1000
    assert points_of(rules, buy(1000), buy(100)) == 1200


def test_e16_a_refund_keeps_the_rate_of_its_receipt():
    rules = programme(tier(1, spend(1000), points_percent=150), points=Points("spend"))
    first, second = buy(1000), buy(100)
    assert points_of(rules, first, second) == 1150
    assert points_of(rules, first, second, back(first, 1000), back(second, 50)) == 75
    assert fold(rules, first, second).receipt_points == {first.ref: 1000, second.ref: 150}


def test_r074_member_days_and_date_windows():
    days = (
        MemberDay("会员日", monthly_day=8),
        MemberDay("节", start="2026-05-01", end="2026-05-03"),
    )
    rules = earning(Rate(200, member_day=True), member_days=days)
    found = [points_of(rules, buy(10, on), as_of=on) for on in (
        "2026-03-07", "2026-03-08", "2026-04-30", "2026-05-01", "2026-05-03", "2026-05-04",
    )]  # fmt: skip
    assert found == [10, 20, 10, 20, 20, 10]
    rules = earning(Rate(300, start="2026-03-01", end="2026-03-02"))
    assert [points_of(rules, buy(10, f"2026-03-0{n}"), as_of="2026-03-05") for n in (1, 2, 3)] == [
        30, 30, 10,
    ]  # fmt: skip
    assert points_of(rules, buy(10, "2026-02-28"), as_of=DAY) == 10


def test_rates_by_item_class_go_by_the_share_of_the_bill():
    rules = earning(Rate(0, classes=("药品",)), Rate(200, classes=("种植", "正畸")))
    lines = (("药品", 20_000), ("种植", 30_000), ("治疗", 50_000))
    assert points_of(rules, buy(1000, lines=lines)) == 300 * 2 + 500
    assert points_of(rules, buy(500, lines=lines)) == 550  # half paid so far
    assert points_of(rules, buy(1000)) == 1000
    assert points_of(rules, buy(1000, lines=(("药品", 1),))) == 0


def test_rates_by_payment_kind_multiply_with_the_others():
    rules = earning(Rate(50, payments=("分期",)), Rate(200, classes=("种植",)))
    lines = (("种植", 10_000),)
    assert points_of(rules, buy(100, payment="分期")) == 50
    assert points_of(rules, buy(100, payment="现金", lines=lines)) == 200
    assert points_of(rules, buy(100, payment="分期", lines=lines)) == 100


def test_a_pending_rate_changes_nothing():
    assert points_of(earning(Rate("待定")), buy(100)) == 100
    pending = programme(tier(1, spend(1), points_percent="待定"), points=Points("spend"))
    assert points_of(pending, buy(1), buy(100)) == 101
    assert points_of(earning(per_yuan="待定"), buy(100)) == 0


def test_no_points_at_all():
    assert fold(programme(points=Points("none")), buy(100)).earned == 0


@pytest.mark.parametrize(
    ("rounding", "fen", "points"),
    [("floor", 199, 1), ("floor", 200, 2), ("round", 149, 1), ("round", 150, 2), ("round", 49, 0)],
)
def test_r157_whole_yuan_by_floor_or_by_round(rounding, fen, points):
    assert points_for(earning(rounding=rounding), fen) == points


def test_points_per_several_yuan():
    rules = earning(yuan_step=10, per_yuan=3)
    assert [points_for(rules, fen) for fen in (999, 1000, 1999, 2000)] == [0, 3, 3, 6]


@given(
    parts=st.lists(st.integers(1, 100_000), min_size=1, max_size=12), percent=st.integers(1, 400)
)
def test_e1_e16_parts_of_a_receipt_come_to_what_the_whole_is_worth(parts, percent):
    rules = earning(Rate(percent))
    events = [buy(0, ref=1)._replace(amount_fen=part) for part in parts]
    whole = points_for(rules, sum(parts), (100 * percent, 10_000))
    assert points_of(rules, *events) == whole
    events += [event._replace(amount_fen=-event.amount_fen) for event in events]
    assert points_of(rules, *events) == 0


# -- expiry (E26, C1) --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "earned", "ends"),
    [
        ({}, "2026-03-10", None),
        ({"expiry_months": "待定"}, "2026-03-10", None),
        ({"expiry_months": 12}, "2026-03-10", "2027-03-10"),
        ({"expiry_months": 12}, "2028-02-29", "2029-02-28"),
        ({"expiry_months": 1}, "2026-01-31", "2026-02-28"),
        ({"expiry_year_ends": 0}, "2026-03-10", "2026-12-31"),
        ({"expiry_year_ends": 1}, "2026-03-10", "2027-12-31"),
    ],
)
def test_e26_the_last_usable_day_is_stamped_at_birth(rule, earned, ends):
    assert expiry_of(line(earning(**rule)), earned) == ends


# -- the opening mark (R165) --------------------------------------------------------------------


def test_r165_the_mark_may_be_pending_or_absent():
    assert fold(earning(), buy(1)).redeemable
    assert not fold(earning(opens=(Reach(single_spend_yuan="待定"),)), buy(9999)).redeemable
    assert not fold(programme(), buy(9999)).redeemable
