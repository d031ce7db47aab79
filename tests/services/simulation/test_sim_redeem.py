"""What points buy in a file of events: the catalogue, money off, a tier (R033, R102, R165–R167)."""

from __future__ import annotations

import msgspec
import pytest

from services.programmes.definition import PENDING, Reach, Redeemable
from services.programmes.registry import preset
from tests.services.simulation.trials import (
    A,
    B,
    due,
    one,
    refused,
    row,
    run,
    with_points,
    with_tier,
)

RICH = row("消费", 20_000, on="2026-01-01")
CASH = with_points(per_yuan_off=100)


@pytest.mark.parametrize(
    ("item", "points"),
    [
        ("超声波洁牙(带抛光脱敏)", 5000), ("超声波洁牙（带抛光脱敏）", 5000), ("超声波洁牙", 5000),
        ("喷砂", 6000), ("氟保护漆", 2000), ("窝沟封闭", 2000), ("美容科面部护理", 3000),
        ("中草药热疗一次", 5000), ("口腔保健礼品(50元档)", 5000), (" 面部 护理 ", 3000),
    ],
)  # fmt: skip
def test_r141_r166_prices_by_the_names_people_write(item: str, points: int) -> None:
    assert one(B, RICH, row("兑换", item=item)).points_available == 20_000 - points


def test_r166_a_key_of_the_catalogue_means_that_thing() -> None:
    assert one(B, RICH, row("兑换", item="b.gift50")).points_available == 15_000
    assert "不在积分兑换目录里" in refused(B, RICH, row("兑换", item="b.gift"))[3]


def test_r033_a_refund_gives_back_no_points_that_were_money_off() -> None:
    rows = [
        RICH,
        row("兑换", "50", "抵现"),
        row("消费", 100, note="R1"),
        row("退款", 100, note="R1"),
    ]
    assert one(CASH, *rows).points_available == 15_000


def test_r141_by_the_tooth() -> None:
    found = one(B, RICH, row("兑换", item="窝沟封闭", quantity="4颗"))
    assert found.points_available == 12_000
    assert [(e.name, e.granted, e.left) for e in found.entitlements] == [
        ("儿童窝沟封闭(进口材料)", 4, 4)
    ]


def test_r167_no_yearly_limit() -> None:
    rows = [row("兑换", item="面部护理")] * 6
    assert one(B, RICH, *rows).points_available == 2000


def test_r166_a_service_stays_until_it_is_used() -> None:
    rows = [RICH, row("兑换", item="面部护理"), row("使用权益", item="面部护理")]
    (before,) = one(B, *rows[:2]).entitlements
    assert (before.start, before.end, before.used, before.left) == ("2026-03-01", None, 0, 1)
    (after,) = one(B, *rows).entitlements
    assert (after.used, after.left) == (1, 0)


def test_r166_a_redeemed_gift_is_handed_over_at_once() -> None:
    found = run(B, RICH, row("兑换", item="口腔保健礼品(10元档)", quantity=2))
    assert due(found.members[0]) == []
    assert found.members[0].entitlements == ()
    assert (found.totals.gifts_due_fen, found.totals.gifts_granted_fen) == (0, 2000)


def test_a_coupon_may_lapse_after_its_days() -> None:
    item = Redeemable(key="c", kind="coupon", name="优惠券", points=10, valid_days=30)
    programme = with_points(catalogue=(item,))
    rows = [RICH, row("兑换", item="优惠券")]
    (coupon,) = one(programme, *rows, as_of="2026-03-30").entitlements
    assert (coupon.name, coupon.end) == ("优惠券", "2026-03-30")
    assert one(programme, *rows, as_of="2026-03-31").entitlements == ()
    late = row("使用权益", item="优惠券", on="2026-03-31")
    assert "没有可用的次数" in refused(programme, *rows, late)[4]


@pytest.mark.parametrize("item", ["抵现", "抵扣", "现金", "cash", "CASH", ""])
def test_r033_100_points_pay_one_yuan(item: str) -> None:
    assert one(CASH, RICH, row("兑换", "12.34", item)).points_available == 20_000 - 1234


def test_r033_points_are_rounded_up_to_whole_ones() -> None:
    programme = with_points(per_yuan_off=30)
    assert one(programme, RICH, row("兑换", "0.05", "抵现")).points_available == 20_000 - 2


def test_r033_points_may_be_named_instead() -> None:
    assert one(CASH, RICH, row("兑换", item="抵现", quantity=500)).points_available == 19_500


BUY = with_tier(
    "银金钻付费", 2, reach=(Reach(fee=True), Reach(purchase_points=800))
)  # 金卡会员 for 800 points


@pytest.mark.parametrize("item", ["金卡会员", "金卡"])
def test_r102_points_buy_a_tier(item: str) -> None:
    found = one(BUY, row("消费", 1000), row("兑换", item=item, quantity=3))
    assert (found.tier, found.route, found.reached_on) == ("金卡会员", "manual", "2026-03-01")
    assert found.points_available == 200


@pytest.mark.parametrize(
    ("programme", "rows", "reason"),
    [
        (A, [RICH, row("兑换", item="面部护理")], "积分不用于兑换"),
        ("诊所付费", [RICH, row("兑换", item="面部护理")], "积分不用于兑换"),
        (B, [row("消费", "999.99"), row("兑换", item="面部护理")], "起点"),
        (B, [RICH, row("兑换", item="种植牙")], "不在积分兑换目录里"),
        (B, [RICH, row("兑换", item="会员")], "不在积分兑换目录里"),
        (B, [RICH, row("兑换")], "没有写兑换什么"),
        (B, [RICH, row("兑换", item="洁牙")], "超声波洁牙(带抛光脱敏)、喷砂洁牙(带抛光脱敏)。"),
        (B, [RICH, row("兑换", item="口腔保健礼品")], "请写全名"),
        (B, [RICH, row("兑换", item="面部护理", quantity=0)], "1 或更大"),
        (B, [RICH, row("兑换", item="面部护理", quantity=7)], "只有 20000，不够扣 21000"),
        (B, [RICH, row("兑换", 5, "抵现")], "不能抵现金"),
        (with_points(per_yuan_off=PENDING), [RICH, row("兑换", 5, "抵现")], "还没有定"),
        (CASH, [RICH, row("兑换", item="抵现")], "抵现要写金额"),
        (CASH, [RICH, row("兑换", 0, "抵现")], "抵现要写金额"),
        (CASH, [RICH, row("兑换", "200.01", "抵现")], "不够扣 20001"),
        (preset("银金钻付费"), [RICH, row("兑换", item="金卡会员")], "要多少积分还没有定"),
        (preset("VIP四级"), [RICH, row("兑换", item="优惠券")], "要多少积分还没有定"),
        (BUY, [row("消费", 799), row("兑换", item="金卡会员")], "不够扣 800"),
        (BUY, [RICH, row("缴费", 9, "钻石卡"), row("兑换", item="金卡")], "不需要再换"),
    ],
)
def test_a_redemption_that_is_refused_takes_nothing(
    programme: object, rows: list[tuple[object, ...]], reason: str
) -> None:
    found = run(programme, *rows)  # type: ignore[arg-type]
    ((number, said),) = found.rejected
    assert number == len(rows) + 1
    assert reason in said
    assert found.members == run(programme, *rows[:-1]).members  # type: ignore[arg-type]


@pytest.mark.parametrize(("yuan", "opened"), [(["999.99"], False), (["1000"], True)])
def test_r165_e33_spending_opens_at_the_mark(yuan: list[str], opened: bool) -> None:
    programme = with_points(
        catalogue=(msgspec.structs.replace(preset(B).points.catalogue[0], points=1),)
    )
    rows = [*(row("消费", each) for each in yuan), row("兑换", item="口腔保健礼品")]
    assert (refused(programme, *rows) == {}) is opened
