"""医院方案A by the pure fold: every number of S19-A, every corner of E33–E49."""

from __future__ import annotations

import itertools
import random

import msgspec
import pytest

from services.programmes.definition import Programme
from services.programmes.evaluate import Evaluation, Event, evaluate, points_for
from services.programmes.registry import Timeline, Version, preset

A = preset("医院方案A")
ONE = Timeline(1, (Version(1, "2000-01-01", A),))
DAY = "2026-03-01"

_refs = itertools.count(1)


def buy(yuan: float, on: str = DAY, **more: object) -> Event:
    return Event("money", on, ref=next(_refs), amount_fen=round(yuan * 100), **more)  # type: ignore[arg-type]


def back(event: Event, yuan: float, on: str = DAY) -> Event:
    return event._replace(on=on, amount_fen=-round(yuan * 100))


def fold(*events: Event, as_of: str = DAY, timeline: Timeline = ONE) -> Evaluation:
    return evaluate(timeline, events, as_of)


def use(key: str, on: str = DAY, count: int = 1) -> Event:
    return Event("use", on, key=key, points=count)


def keys(found: Evaluation) -> dict[str, int]:
    """key → what may still be drawn, closed grants left out"""
    return {grant.key: grant.left for grant in found.grants if not grant.closed}


def with_(programme: Programme, **changes: object) -> Programme:
    return msgspec.structs.replace(programme, **changes)


# -- thresholds (R158–R161, E33, E35) ----------

ROUTES = [(1, 1000, 2000), (2, 5000, 8000), (3, 10000, 15000), (4, 20000, 25000)]


@pytest.mark.parametrize(("rank", "single"), [(r, s) for r, s, _ in ROUTES])
@pytest.mark.parametrize("fen", [-1, 0, 1])
def test_e33_single_purchase_to_the_fen(rank, single, fen):
    found = fold(Event("money", DAY, ref=1, amount_fen=single * 100 + fen))
    assert (found.rank, found.supported_rank) == ((rank, rank) if fen >= 0 else (rank - 1,) * 2)
    if fen >= 0:
        assert (found.reached_on, found.route) == (DAY, "single")


@pytest.mark.parametrize(("rank", "total"), [(r, c) for r, _, c in ROUTES])
@pytest.mark.parametrize("fen", [-1, 0, 1])
def test_e33_cumulative_to_the_fen(rank, total, fen):
    """Many receipts below every single threshold; the last one crosses."""
    parts = [Event("money", "2026-01-05", ref=i, amount_fen=99_900) for i in range(total // 1000)]
    rest = total * 100 + fen - 99_900 * len(parts)
    parts.append(Event("money", DAY, ref=99, amount_fen=rest))
    assert rest < 100_000
    found = fold(*parts)
    assert found.spend_fen == total * 100 + fen
    assert found.rank == (rank if fen >= 0 else rank - 1)
    if fen >= 0:
        assert (found.reached_on, found.route) == (DAY, "cumulative")


def test_e1_floored_points_never_decide_a_tier_money_does():
    """20 × 99.99 元 = 1,999.80 元: 1,980 points; 20 fen later it is 2,000.00 元."""
    parts = [Event("money", DAY, ref=i, amount_fen=9_999) for i in range(20)]
    assert (fold(*parts).rank, fold(*parts).earned) == (0, 1_980)
    found = fold(*parts, Event("money", DAY, ref=50, amount_fen=20))
    assert (found.rank, found.earned, found.spend_fen) == (1, 1_980, 200_000)


def test_e33_single_is_named_before_cumulative():
    assert fold(buy(900), buy(1500)).route == "single"


def test_e33_a_way_with_both_conditions_needs_both():
    tier = msgspec.structs.replace(
        A.tiers[0],
        reach=(
            msgspec.structs.replace(
                A.tiers[0].reach[0], single_spend_yuan=1000, cumulative_spend_yuan=2000
            ),
        ),
    )
    both = Timeline(1, (Version(1, "2000-01-01", with_(A, tiers=(tier,))),))
    assert fold(buy(1500), timeline=both).rank == 0
    assert fold(buy(1500), buy(500), timeline=both).rank == 1


def test_a_tier_without_numbers_is_never_reached():
    """待定: a reach with no condition holds for nobody."""
    blank = msgspec.structs.replace(
        A.tiers[0].reach[0], single_spend_yuan=None, cumulative_spend_yuan=None
    )
    tiers = (msgspec.structs.replace(A.tiers[0], reach=(blank,)),)
    found = fold(
        buy(90_000), timeline=Timeline(1, (Version(1, "2000-01-01", with_(A, tiers=tiers)),))
    )
    assert found.rank == 0


def test_e35_a_million_later_the_tier_stays():
    found = fold(buy(1000), as_of="2066-03-01")
    assert (found.rank, found.reached_on) == (1, DAY)


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_the_same_days_posts_gives_the_same_tier(seed):
    events = [buy(yuan) for yuan in (900, 1_000, 4_999.99, 300.5, 7_000)]
    wanted = fold(*events)
    random.Random(seed).shuffle(events)
    found = fold(*events)
    assert (found.rank, found.spend_fen, found.max_single_fen, found.earned) == (
        wanted.rank, wanted.spend_fen, wanted.max_single_fen, wanted.earned,
    )  # fmt: skip


# -- cases (E10) ----------


def test_e10_payments_of_one_case_are_one_single_purchase():
    staged = [buy(2000, case=7), buy(2000, case=7), buy(1000, case=7)]
    found = fold(*staged)
    assert (found.rank, found.route, found.max_single_fen) == (2, "single", 500_000)
    assert fold(*[event._replace(case=0) for event in staged]).rank == 1


def test_e10_a_refund_of_one_part_lowers_the_whole_case():
    one, two = buy(3000, case=7), buy(2000, case=7)
    assert fold(one, two, back(two, 0.01)).max_single_fen == 499_999
    assert fold(one, two, back(two, 0.01)).rank == 1


def test_e10_two_cases_are_two_purchases():
    assert fold(buy(600, case=1), buy(600, case=2)).rank == 0


# -- gifts and services of each tier (R139, R158–R161) ----------

EVERY = {
    1: {"regular.gift": 1},
    2: {"advanced.ultrasonic@2026": 1, "advanced.gift": 1, "advanced.facial": 1},
    3: {"vip.ultrasonic@2026": 2, "vip.gift": 1, "vip.facial": 1, "vip.herbal": 1},
    4: {
        "diamond.airflow@2026": 2,
        "diamond.child@2026": 1,
        "diamond.facial@2026": 1,
        "diamond.herbal@2026": 1,
        "diamond.gift": 1,
    },
}


@pytest.mark.parametrize(("rank", "single"), [(r, s) for r, s, _ in ROUTES])
def test_c20_a_jump_brings_the_benefits_of_its_own_tier_only(rank, single):
    assert keys(fold(buy(single))) == EVERY[rank]


def test_c20_a_programme_may_give_the_skipped_ones_too():
    timeline = Timeline(1, (Version(1, "2000-01-01", with_(A, grant_skipped_tiers=True)),))
    found = keys(fold(buy(10_000), timeline=timeline))
    assert found.keys() >= {"regular.gift", "advanced.gift", "vip.gift", "vip.herbal"}


def test_r139_gifts_are_worth_10_50_100_200_yuan():
    worth = {
        grant.benefit.value_yuan
        for single in (1000, 5000, 10_000, 20_000)
        for grant in fold(buy(single)).grants
        if grant.benefit.kind == "gift"
    }
    assert worth == {10, 50, 100, 200}
    assert all(b.value_yuan == 0 or b.kind == "gift" for t in A.tiers for b in t.benefits)


def test_a_step_up_keeps_the_gift_below_unclaimed_and_open():
    found = keys(fold(buy(1000), buy(5000)))
    assert found["regular.gift"] == found["advanced.gift"] == 1


# -- yearly quotas (E43, E44, E47, E48, C23) ----------


def test_e44_an_upgrade_takes_off_what_was_used():
    found = fold(buy(5000), use("advanced.ultrasonic@2026"), buy(10_000))
    assert keys(found)["vip.ultrasonic@2026"] == 1
    assert keys(found)["advanced.ultrasonic@2026"] == 0


def test_e44_ultrasonic_counts_against_airflow_quota_洁牙():
    found = fold(buy(10_000), use("vip.ultrasonic@2026", count=2), buy(20_000))
    assert keys(found)["diamond.airflow@2026"] == 0
    assert keys(found)["diamond.facial@2026"] == 1


def test_e44_unused_quotas_of_the_old_tier_close():
    found = fold(buy(5000), buy(10_000))
    assert "advanced.ultrasonic@2026" not in keys(found)
    assert keys(found)["vip.ultrasonic@2026"] == 2


def test_c23_a_programme_may_add_quotas_up():
    timeline = Timeline(1, (Version(1, "2000-01-01", with_(A, on_upgrade="sum")),))
    found = keys(fold(buy(5000), buy(10_000), timeline=timeline))
    assert (found["advanced.ultrasonic@2026"], found["vip.ultrasonic@2026"]) == (1, 2)


def test_e47_a_use_taken_back_after_an_upgrade_is_not_lost():
    used = [buy(10_000), use("vip.ultrasonic@2026"), buy(20_000)]
    assert keys(fold(*used))["diamond.airflow@2026"] == 1
    again = keys(fold(*used, use("vip.ultrasonic@2026", count=-1)))
    assert again["diamond.airflow@2026"] == 2
    assert "vip.ultrasonic@2026" not in again


def test_e43_the_first_year_begins_on_the_day_and_every_year_ends_in_december():
    found = fold(buy(5000, on="2026-11-20"), as_of="2028-02-01")
    spans = {
        g.key: (g.valid_from, g.valid_to, g.left) for g in found.grants if "@" in g.key
    }  # fmt: skip
    assert spans == {
        "advanced.ultrasonic@2026": ("2026-11-20", "2026-12-31", 1),
        "advanced.ultrasonic@2027": ("2027-01-01", "2027-12-31", 1),
        "advanced.ultrasonic@2028": ("2028-01-01", "2028-12-31", 1),
    }


def test_e48_nothing_is_carried_over():
    found = fold(buy(10_000, on="2026-01-02"), as_of="2027-06-01")
    assert keys(found)["vip.ultrasonic@2027"] == 2


def test_e12_written_down_after_new_year_the_upgrade_still_replaces_this_years_quota():
    """Reached 高级 in 2026; on 2027-01-03 a receipt of 2026-12-30 makes it VIP."""
    late = buy(10_000, on="2026-12-30", recorded="2027-01-03")
    found = fold(buy(5000, on="2026-05-01"), late, as_of="2027-01-03")
    left = keys(found)
    assert "advanced.ultrasonic@2027" not in left
    assert left["vip.ultrasonic@2027"] == 2
    drawn = fold(
        buy(5000, on="2026-05-01"),
        use("advanced.ultrasonic@2027", on="2027-01-02"),
        late,
        as_of="2027-01-03",
    )
    assert keys(drawn)["vip.ultrasonic@2027"] == 1


def test_history_up_to_a_day_is_a_prefix_of_history_later():
    """What was settled yesterday is never re-dealt: steps and grants only grow."""
    events = [
        buy(1000, on="2026-01-05"),
        Event("override", "2026-02-01", rank=3, until="2026-06-30"),
        buy(20_000, on="2026-06-25", recorded="2026-07-04"),
    ]
    before = fold(*events[:2], as_of="2026-07-03")
    after = fold(*events, as_of="2026-07-04")
    assert after.steps[: len(before.steps)] == before.steps
    assert {g.key for g in before.grants} <= {g.key for g in after.grants}
    assert [(s.on, s.to_rank) for s in after.steps] == [
        ("2026-01-05", 1), ("2026-02-01", 3), ("2026-07-01", 1), ("2026-06-25", 4),
    ]  # fmt: skip


# -- going down (E37, E49, C22) ----------


def test_e37_a_refund_drops_at_once_when_nothing_was_used():
    big = buy(5000)
    found = fold(big, back(big, 0.01))
    assert (found.rank, found.supported_rank, found.unsupported) == (1, 1, False)
    assert keys(found) == {"regular.gift": 1}
    assert [(s.from_rank, s.to_rank) for s in found.steps] == [(0, 2), (2, 1)]


def test_e37_a_used_benefit_keeps_the_tier_for_the_managers_word():
    big = buy(5000)
    events = [big, use("advanced.facial"), back(big, 5000)]
    found = fold(*events)
    assert (found.rank, found.supported_rank, found.unsupported) == (2, 0, True)
    dropped = fold(*events, Event("drop", DAY))
    assert (dropped.rank, dropped.unsupported, dropped.route) == (0, False, None)
    assert keys(dropped) == {"advanced.facial": 0}


def test_e37_a_benefit_used_below_holds_only_its_own_tier():
    small, big = buy(1000), buy(10_000)
    found = fold(small, use("regular.gift"), big, back(big, 10_000), back(small, 500))
    assert (found.rank, found.supported_rank, found.unsupported) == (1, 0, True)


def test_e37_money_again_ends_the_doubt():
    big = buy(5000)
    found = fold(big, use("advanced.facial"), back(big, 5000), buy(5000))
    assert (found.rank, found.unsupported, found.reached_on) == (2, False, DAY)


def test_e37_the_last_use_taken_back_lets_the_tier_go():
    big = buy(5000)
    found = fold(big, use("advanced.facial"), back(big, 5000), use("advanced.facial", count=-1))
    assert (found.rank, found.unsupported) == (0, False)


def test_e49_once_only_is_once_however_often_the_tier_is_reached():
    big = buy(5000)
    found = fold(big, use("advanced.gift"), back(big, 5000), Event("drop", DAY), buy(5000))
    assert keys(found)["advanced.gift"] == 0
    assert [g.key for g in found.grants].count("advanced.gift") == 1


def test_e49_a_gift_never_claimed_comes_back_with_the_tier():
    big = buy(5000)
    down = fold(big, back(big, 5000))
    assert "advanced.gift" not in keys(down)
    assert keys(fold(big, back(big, 5000), buy(5000)))["advanced.gift"] == 1


def test_e44_down_and_up_in_one_year_never_adds_a_cleaning():
    big = buy(10_000)
    events = [big, use("vip.ultrasonic@2026"), back(big, 10_000), Event("drop", DAY), buy(10_000)]
    assert keys(fold(*events))["vip.ultrasonic@2026"] == 1


def test_e41_a_higher_threshold_later_takes_no_tier_away_by_itself():
    harder = tuple(
        msgspec.structs.replace(
            tier,
            reach=tuple(
                msgspec.structs.replace(
                    way,
                    single_spend_yuan=way.single_spend_yuan and way.single_spend_yuan * 10,
                    cumulative_spend_yuan=way.cumulative_spend_yuan
                    and way.cumulative_spend_yuan * 10,
                )
                for way in tier.reach
            ),
        )
        for tier in A.tiers
    )
    timeline = Timeline(
        1, (Version(1, "2000-01-01", A), Version(2, "2026-06-01", with_(A, tiers=harder)))
    )
    found = fold(buy(5000), buy(10, on="2026-07-01"), as_of="2027-01-01", timeline=timeline)
    assert (found.rank, found.unsupported) == (2, False)
    assert (found.supported_rank, found.by_money) == (2, 0)
    assert fold(buy(5000, on="2026-07-01"), as_of="2026-07-01", timeline=timeline).rank == 0


def test_e12_a_receipt_keeps_the_rate_of_its_own_day():
    double = with_(A, points=msgspec.structs.replace(A.points, per_yuan=2))
    timeline = Timeline(1, (Version(1, "2000-01-01", A), Version(2, "2026-06-01", double)))
    old = buy(1000)
    found = fold(old, back(old, 100, on="2026-07-01"), as_of="2026-07-01", timeline=timeline)
    assert found.earned == 900
    new = buy(1000, on="2026-07-01")
    assert fold(old, new, as_of="2026-07-01", timeline=timeline).earned == 3000
    assert points_for(double, 99) == 0


# -- a manager's word (E40) and paper registers (E46) ----------


def override(rank: int, on: str = DAY, until: str | None = None, **more: object) -> Event:
    return Event("override", on, rank=rank, until=until, **more)  # type: ignore[arg-type]


def test_e40_the_higher_of_money_and_word_holds():
    assert fold(override(3)).rank == 3
    assert (fold(override(3)).route, fold(override(3)).supported_rank) == ("manual", 0)
    assert fold(buy(20_000), override(2)).rank == 4
    assert fold(override(2), buy(20_000)).route == "single"


@pytest.mark.parametrize(("as_of", "rank"), [("2026-06-30", 3), ("2026-07-01", 1)])
def test_e40_until_is_the_last_day(as_of, rank):
    found = fold(buy(1000), override(3, until="2026-06-30"), as_of=as_of)
    assert found.rank == rank
    assert keys(found)["vip.ultrasonic@2026"] == 2  # nothing is clawed back


def test_e40_money_of_that_tier_outlives_the_word():
    found = fold(override(3, until="2026-06-30"), buy(10_000), as_of="2026-09-01")
    assert (found.rank, found.reached_on) == (3, DAY)


def test_e40_a_newer_word_replaces_the_older():
    assert fold(override(4), override(2)).rank == 2


def test_e43_e40_whoever_held_the_tier_at_new_year_has_that_years_quota():
    """Settled late or day by day, the same."""
    events = [buy(5000, on="2026-02-01"), override(4, on="2026-12-01", until="2027-06-30")]
    found = fold(*events, as_of="2027-08-01")
    assert found.rank == 2
    assert keys(found)["diamond.airflow@2027"] == 2
    assert "advanced.ultrasonic@2027" not in keys(found)
    ends = fold(
        buy(5000, on="2026-02-01"),
        override(4, on="2026-12-01", until="2026-12-31"),
        as_of="2027-08-01",
    )
    assert keys(ends)["advanced.ultrasonic@2027"] == 1
    assert "diamond.airflow@2027" not in keys(ends)


def opening(yuan: int, *, settled: bool, on: str = DAY) -> Event:
    return Event("opening", on, amount_fen=yuan * 100, points=yuan, flag=settled)


def test_e46_an_opening_counts_for_the_sum_and_not_as_a_single_purchase():
    found = fold(opening(8000, settled=False))
    assert (found.rank, found.route, found.max_single_fen) == (2, "opening", 0)
    assert (found.spend_fen, found.earned) == (800_000, 8000)
    assert keys(found).keys() >= {"advanced.gift", "advanced.facial"}


def test_e46_gifts_settled_on_paper_are_not_due_but_yearly_cleanings_are():
    assert keys(fold(opening(8000, settled=True))) == {"advanced.ultrasonic@2026": 1}


def test_e49_a_gift_given_on_paper_never_comes_back_through_a_refund():
    more = buy(10)
    events = [opening(7_995, settled=True), more, back(more, 10)]
    assert fold(*events).rank == 1
    assert "regular.gift" not in keys(fold(*events))


def test_e49_a_tier_taken_over_by_word_came_with_its_gifts():
    events = [opening(2000, settled=True), override(3, flag=True)]
    assert "vip.gift" not in keys(fold(*events))
    assert keys(fold(*events))["vip.ultrasonic@2026"] == 2
    assert keys(fold(opening(2000, settled=True), override(3)))["vip.gift"] == 1


def test_e46_an_opening_taken_back_leaves_nothing():
    found = fold(
        opening(8000, settled=True),
        Event("opening", DAY, amount_fen=-800_000, points=-8000),
    )
    assert (found.rank, found.spend_fen, found.earned) == (0, 0, 0)


def test_reached_on_is_the_day_of_the_unbroken_holding():
    small, big = buy(1000, on="2026-01-01"), buy(5000, on="2026-02-01")
    found = fold(small, big, back(big, 5000, on="2026-03-01"))
    assert (found.rank, found.reached_on) == (1, "2026-01-01")


def test_a_use_of_an_unknown_grant_is_a_key_error():
    with pytest.raises(KeyError):
        fold(use("nothing"))
