"""Receipts, refunds, points and what runs out, by rows of a file."""

from __future__ import annotations

import pytest

from services.programmes.definition import Rate
from tests.services.simulation.trials import A, B, due, left, one, refused, row, run, with_points

# -- receipts (R157, E1, E33) ----------------------------------------------------------------------


def test_r157_one_yuan_is_one_point_and_parts_of_it_none() -> None:
    found = one(A, row("消费", "999.99"), row("消费", "0.01"))
    assert (found.spend_fen, found.points_earned, found.points_available) == (100_000, 999, 999)
    assert (found.tier, found.reached_on, found.route) == (None, None, None)


def test_r158_the_tier_its_day_and_its_route() -> None:
    found = one(A, row("消费", 999), row("消费", 1001, on="2026-04-01"))
    assert (found.tier, found.reached_on, found.route) == ("普通会员", "2026-04-01", "single")
    found = one(A, *[row("消费", 500, on=f"2026-04-0{day}") for day in (1, 2, 3, 4)])
    assert (found.tier, found.reached_on, found.route) == ("普通会员", "2026-04-04", "cumulative")


def test_r139_r131_a_gift_is_due_with_its_reason_and_value() -> None:
    (gift,) = one(A, row("消费", 1000)).gifts_due
    assert (gift.name, gift.reason, gift.value_fen) == ("口腔保健礼品(10元档)", "tier", 1000)


def test_r134_e43_services_of_the_day_and_none_of_last_year() -> None:
    found = one(A, row("消费", 5000, on="2024-05-01"))
    spans = [(e.name, e.start, e.end, e.granted, e.used, e.left) for e in found.entitlements]
    assert spans == [
        ("面部护理", "2024-05-01", None, 1, 0, 1),
        ("超声波洁牙(带抛光脱敏)", "2026-01-01", "2026-12-31", 1, 0, 1),
    ]


def test_rows_are_taken_by_day_and_then_by_row() -> None:
    rows = [row("消费", 5000, on="2026-05-01"), row("消费", 1000, on="2026-02-01")]
    assert due(one(A, *rows)) == ["口腔保健礼品(10元档)", "口腔保健礼品(50元档)"]


def test_r094_the_item_tells_the_class_that_earns_more() -> None:
    programme = with_points(rates=(Rate(percent=200, classes=("种植",)),))
    assert one(programme, row("消费", 100, "种植牙")).points_earned == 200
    assert one(programme, row("消费", 100, "补牙")).points_earned == 100
    assert one(programme, row("消费", 100)).points_earned == 100


# -- refunds (E15–E17, E37) ------------------------------------------------------------------------


def test_e15_a_refund_takes_back_what_the_rest_is_not_worth() -> None:
    found = one(A, row("消费", "100.50", note="R1"), row("退款", "0.51", note="R1"))
    assert (found.spend_fen, found.points_earned, found.points_available) == (9_999, 99, 99)


def test_e37_a_refund_below_the_threshold_takes_the_tier() -> None:
    found = one(A, row("消费", 1000), row("退款", "0.01"))
    assert (found.tier, found.reached_on, found.route, due(found)) == (None, None, None, [])


def test_a_refund_names_its_receipt_by_the_note() -> None:
    bought = [row("消费", 1000, note="R1"), row("消费", 500, note="R2")]
    assert one(A, *bought, row("退款", 100, note="R1")).tier is None
    assert one(A, *bought, row("退款", 100, note="R2")).tier == "普通会员"


@pytest.mark.parametrize("note", ["", "客人不满意"])
def test_e15_a_refund_that_names_nothing_is_of_the_latest_receipt(note: str) -> None:
    bought = [row("消费", 500), row("消费", 1000)]
    assert one(A, *bought, row("退款", 100, note=note)).tier is None
    assert one(A, *reversed(bought), row("退款", 100, note=note)).tier == "普通会员"


def test_e15_the_latest_receipt_is_meant_with_or_without_money_left() -> None:
    bought = [row("消费", 500), row("消费", 300), row("退款", 300)]
    found = run(A, *bought, row("退款", 200))
    assert found.rejected == ((5, "退款超过了这笔消费剩余的金额，没有采用。"),)
    assert found.members[0].spend_fen == 50_000


def test_e15_the_latest_receipt_is_so_by_day_and_then_by_row() -> None:
    bought = [row("消费", 300, on="2026-03-02"), row("消费", 500, on="2026-03-01")]
    assert 4 in refused(A, *bought, row("退款", 301, on="2026-03-03"))
    assert one(A, *bought, row("退款", 300, on="2026-03-03")).spend_fen == 50_000


def test_a_number_on_two_receipts_is_the_latest_with_money() -> None:
    bought = [row("消费", 500, note=12.0), row("消费", 300, note="12")]
    found = one(A, *bought, row("退款", 300, note=12), row("退款", 500, note="12"))
    assert found.spend_fen == 0
    again = run(A, *bought, *[row("退款", 300, note=12)] * 2, row("退款", 201, note=12))
    assert [number for number, _ in again.rejected] == [6]
    assert again.members[0].spend_fen == 20_000


def test_e15_a_number_whose_receipts_are_all_given_back_takes_no_more() -> None:
    rows = [row("消费", 5, note="R1"), row("消费", 9), *[row("退款", 5, note="R1")] * 2]
    assert [*refused(A, *rows)] == [5]


@pytest.mark.parametrize("note", ["R1", ""])
def test_e33_a_refund_above_its_purchase_of_the_day_is_taken_after_it(note: str) -> None:
    rows = [row("退款", 5, note=note), row("消费", 9, note=note), row("退款", 3, note=note)]
    assert one(A, *rows).spend_fen == 100


def test_e33_a_named_refund_waits_for_the_last_of_its_number() -> None:
    old = [row("消费", 9, note="R1", on="2026-02-01"), row("退款", 9, note="R1", on="2026-02-01")]
    rows = [row("退款", 8, note="R1"), row("消费", 7, note="R1"), row("消费", 8, note="R1")]
    assert one(A, *old, *rows).spend_fen == 700


def test_a_refund_before_its_purchase_is_refused_every_time() -> None:
    early = row("退款", 5, note="R9")
    found = refused(A, early, early, row("消费", 9, note="R9", on="2026-03-02"))
    assert [*found] == [2, 3]


def test_e33_a_refund_without_a_name_waits_only_when_nothing_was_bought_before() -> None:
    rows = [row("退款", 5), row("消费", 9)]
    found = one(A, row("消费", 5, on="2026-02-01"), *rows)
    assert (found.spend_fen, found.points_earned) == (900, 9)
    assert 3 in refused(A, row("消费", 4), row("退款", 5), row("消费", 9))
    assert 2 in refused(A, row("退款", 5), row("消费", 9, on="2026-03-02"))


def test_another_members_receipt_is_not_named() -> None:
    found = run(A, row("消费", 500, note="R1"), row("退款", 100, note="R1", member="M2"))
    assert found.rejected == ((3, "这位会员在退款之前没有消费。"),)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row("退款", 5)], "之前没有消费"),
        ([row("消费", 5, on="2026-03-02"), row("退款", 5)], "之前没有消费"),
        ([row("消费", 5), row("退款", "5.01")], "超过了这笔消费"),
        ([row("消费", 5), row("退款", 5), row("退款", "0.01")], "超过了这笔消费"),
        ([row("消费", 5), row("退款", 0)], "须大于 0"),
        (
            [row("消费", 9), row("消费", 5, note="R9", on="2026-03-02"), row("退款", 5, note="R9")],
            "在这笔退款之后",
        ),
        (
            [
                row("消费", 9),
                row("消费", 5, note="R9", on="2026-03-02"),
                row("退款", 10, note="R8"),
            ],
            "超过了这笔消费",
        ),
    ],
)
def test_a_refund_that_is_refused_changes_nothing(
    rows: list[tuple[object, ...]], reason: str
) -> None:
    found = run(A, *rows)
    ((number, said),) = found.rejected
    assert reason in said
    without = [each for at, each in enumerate(rows, 2) if at != number]
    assert found.members == run(A, *without).members


def test_e17_a_refund_of_spent_points_is_owed_and_paid_by_the_next() -> None:
    spent = [
        row("消费", 3000), row("兑换", item="面部护理"), row("退款", 1000), row("消费", 400),
    ]  # fmt: skip
    assert one(B, *spent[:3]).points_deficit == 1000
    found = one(B, *spent)
    assert (found.points_available, found.points_deficit, found.points_earned) == (0, 600, 2400)


def test_e17_points_beyond_what_is_owed_stay() -> None:
    found = one(
        B, row("消费", 3000), row("兑换", item="面部护理"), row("退款", 1000), row("消费", 1500)
    )
    assert (found.points_available, found.points_deficit) == (500, 0)


# -- what runs out (R034, E22, E23) ----------------------------------------------------------------

YEAR = with_points(expiry_months=12)


@pytest.mark.parametrize(
    ("as_of", "available", "expired"), [("2027-03-01", 100, 0), ("2027-03-02", 0, 100)]
)
def test_r034_e23_the_last_day_is_still_usable(as_of: str, available: int, expired: int) -> None:
    found = one(YEAR, row("消费", 100, on="2026-03-01"), as_of=as_of)
    assert (found.points_available, found.points_expired) == (available, expired)
    assert found.points_earned == 100


def test_e22_what_has_run_out_cannot_be_redeemed() -> None:
    rows = [row("消费", 3000, on="2025-01-01"), row("兑换", item="面部护理", on="2026-01-02")]
    assert refused(YEAR, *rows) == {3: "可用积分只有 0，不够扣 3000。"}
    assert refused(YEAR, rows[0], row("兑换", item="面部护理", on="2026-01-01")) == {}


def test_e21_what_ends_first_is_spent_first() -> None:
    rows = [
        row("消费", 3000, on="2025-01-01"),
        row("消费", 3000, on="2025-06-01"),
        row("兑换", item="面部护理", on="2025-12-01"),
    ]
    found = one(YEAR, *rows, as_of="2026-02-01")
    assert (found.points_available, found.points_expired) == (3000, 0)


def test_e28_every_lot_ends_by_itself() -> None:
    rows = [row("消费", 100, on=f"2025-0{month}-15") for month in range(1, 10)]
    found = one(YEAR, *rows, as_of="2026-05-16")
    assert (found.points_available, found.points_expired) == (400, 500)


# -- points for an event (R050) --------------------------------------------------------------------


def test_r050_e36_a_bonus_may_be_spent_and_counts_for_no_tier() -> None:
    found = one(B, row("消费", 1500), row("活动积分", quantity=1500), row("兑换", item="面部护理"))
    assert (found.points_available, found.points_earned, found.spend_fen) == (0, 1500, 150_000)


def test_r050_a_bonus_may_stand_in_the_amount() -> None:
    assert one(B, row("bonus", "200")).points_available == 200


def test_r050_a_bonus_runs_out_too() -> None:
    found = one(YEAR, row("活动积分", quantity=50, on="2025-01-01"))
    assert (found.points_available, found.points_expired) == (0, 50)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (row("活动积分"), "写多少分"),
        (row("活动积分", quantity=0), "写多少分"),
        (row("活动积分", "0"), "写多少分"),
        (row("活动积分", "2.50"), "须是整数"),
    ],
)
def test_r050_a_bonus_that_is_refused(rows: tuple[object, ...], reason: str) -> None:
    assert reason in refused(B, rows)[2]


def test_r050_no_bonus_where_there_are_no_points() -> None:
    assert refused("诊所付费", row("活动积分", quantity=5)) == {2: "这个方案没有积分。"}


def test_left_and_due_are_empty_for_somebody_who_only_paid() -> None:
    found = one(A, row("消费", 10))
    assert (left(found), due(found)) == ({}, [])
