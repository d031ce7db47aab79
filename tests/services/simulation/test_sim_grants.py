"""Drawing from grants, paying fees, leaving, a leader's word: by rows of a file."""

from __future__ import annotations

import msgspec
import pytest

from services.programmes.definition import PENDING, Fee, Programme
from services.programmes.registry import preset
from tests.services.simulation.trials import (
    A,
    B,
    due,
    left,
    one,
    refused,
    row,
    run,
    with_tier,
)

# -- drawing (R131, R145, E43, E48) ----------------------------------------------------------------

VIP = row("消费", 10_000, on="2025-06-01")
ULTRASONIC = "超声波洁牙(带抛光脱敏)"


@pytest.mark.parametrize(
    "item",
    ["超声波洁牙(带抛光脱敏)", "超声波洁牙", "洁牙", "vip.ultrasonic", "vip.ultrasonic@2026"],
)
def test_e43_a_use_is_drawn_from_the_year_of_its_day(item: str) -> None:
    found = one(A, VIP, row("使用权益", item=item, on="2026-02-01"))
    assert left(found) == {ULTRASONIC: 1, "面部护理": 1, "中草药热疗": 1}


def test_e43_last_years_use_leaves_this_years_whole() -> None:
    found = one(A, VIP, row("使用权益", item="洁牙", quantity=2, on="2025-12-31"))
    assert left(found)[ULTRASONIC] == 2


def test_c23_e44_an_upgrade_in_the_year_takes_off_what_was_used() -> None:
    rows = [row("消费", 5000), row("使用权益", item="洁牙"), row("消费", 10_000, on="2026-04-01")]
    assert left(one(A, *rows))[ULTRASONIC] == 1


def test_e44_a_quota_used_up_is_not_listed_beside_the_one_in_its_place() -> None:
    rows = [row("消费", 5000), row("使用权益", item="洁牙"), row("消费", 10_000, on="2026-04-01")]
    listed = [e for e in one(A, *rows).entitlements if e.name == ULTRASONIC]
    assert [(e.start, e.granted, e.used, e.left) for e in listed] == [("2026-04-01", 1, 0, 1)]


def test_e44_a_quota_used_up_is_listed_while_its_tier_is_held() -> None:
    (found,) = [
        e
        for e in one(A, row("消费", 5000), row("使用权益", item="洁牙")).entitlements
        if e.name == ULTRASONIC
    ]
    assert (found.granted, found.used, found.left) == (1, 1, 0)


def test_e44_what_is_given_once_is_listed_used_up_or_not() -> None:
    rows = [row("消费", 5000), row("使用权益", item="面部护理"), row("消费", 10_000)]
    used = [e.used for e in one(A, *rows).entitlements if e.name == "面部护理"]
    assert sorted(used) == [0, 1]


def test_e44_a_tier_that_lapses_leaves_its_quota_to_the_end_of_the_period() -> None:
    word = row("手动等级", item="VIP", note="至 2026-06-30")
    found = one(A, word, row("使用权益", item="洁牙", quantity=2), as_of="2026-07-01")
    assert found.tier is None
    assert [e.left for e in found.entitlements if e.name == ULTRASONIC] == [0]


def test_e44_a_lapsed_tiers_used_up_quota_gives_way_to_the_next_tiers() -> None:
    rows = [
        row("手动等级", item="VIP", note="至 2026-06-30"),
        row("使用权益", item="洁牙", quantity=2),
        row("消费", 5000, on="2026-08-01"),
    ]
    found = one(A, *rows)
    listed = [(e.start, e.granted) for e in found.entitlements if e.name == ULTRASONIC]
    assert (found.tier, listed) == ("高级会员", [("2026-08-01", 0)])


def test_e44_where_quotas_add_up_every_one_is_listed() -> None:
    programme = msgspec.structs.replace(preset(A), on_upgrade="sum")
    rows = [row("消费", 5000), row("使用权益", item="洁牙"), row("消费", 10_000, on="2026-04-01")]
    listed = [e for e in one(programme, *rows).entitlements if e.name == ULTRASONIC]
    assert [(e.granted, e.left) for e in listed] == [(1, 0), (2, 2)]


def test_e44_an_inherited_quota_is_listed_as_long_as_it_runs() -> None:
    programme = with_tier(A, 3, inherits=True, benefits=())
    rows = [row("消费", 5000), row("使用权益", item="advanced.ultrasonic"), row("消费", 10_000)]
    listed = [e for e in one(programme, *rows).entitlements if e.name == ULTRASONIC]
    assert [(e.granted, e.left) for e in listed] == [(1, 0)]


def test_the_grant_that_ends_first_is_drawn_first() -> None:
    """Somebody who rose from 高级 to 钻石 has 面部护理 once for ever and once a year."""
    rows = [row("消费", 5000), row("消费", 20_000), row("使用权益", item="面部护理")]
    used = {(e.end, e.used) for e in one(A, *rows).entitlements if e.name == "面部护理"}
    assert used == {(None, 0), ("2026-12-31", 1)}


def test_r131_a_gift_is_handed_out_by_its_name() -> None:
    found = one(A, row("消费", 5000), row("使用权益", item="口腔保健礼品"))
    assert due(found) == []


def test_r131_several_of_a_gift_are_several_lines() -> None:
    benefit = msgspec.structs.replace(preset(A).tiers[0].benefits[0], quantity=3)
    programme = with_tier(A, 1, benefits=(benefit,))
    rows = [row("消费", 1000), row("使用权益", item=benefit.name, quantity=1)]
    assert due(one(programme, *rows)) == [benefit.name] * 2
    assert run(programme, *rows).totals.gifts_due_fen == 2000


def test_a_gift_past_its_last_day_is_not_due() -> None:
    benefit = msgspec.structs.replace(preset(A).tiers[0].benefits[0], valid_days=30)
    programme = with_tier(A, 1, benefits=(benefit,))
    bought = row("消费", 1000, on="2026-03-01")
    assert due(one(programme, bought, as_of="2026-03-30")) == [benefit.name]
    assert due(one(programme, bought, as_of="2026-03-31")) == []


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row("使用权益", item="面部护理")], "没有这项权益"),
        ([VIP, row("使用权益", item="种植")], "没有这项权益"),
        ([VIP, row("使用权益")], "写权益的名称"),
        ([VIP, row("使用权益", item="洁牙", quantity=0)], "1 或更大"),
        ([VIP, row("使用权益", item="洁牙", quantity=3)], "只剩 2 次"),
        ([VIP, row("使用权益", item="面部护理", quantity=2)], "只剩 1 次"),
        ([VIP, row("使用权益", item="vip.ultrasonic@2025")], "没有可用的次数"),
        ([VIP, row("使用权益", item="面部护理", on="2025-05-31")], "没有这项权益"),
    ],
)
def test_e48_a_use_that_is_refused_takes_nothing(
    rows: list[tuple[object, ...]], reason: str
) -> None:
    found = run(A, *rows)
    assert [said for _, said in found.rejected if reason not in said] == []
    assert found.members == run(A, *rows[:-1]).members


# -- fees (R023, R088–R090, R104–R106, E57) --------------------------------------------------------


@pytest.mark.parametrize(
    ("yuan", "tier"), [(100, "基础会员"), (300, "高级会员"), (800, "钻石会员")]
)
@pytest.mark.parametrize("named", [True, False])
def test_r088_r089_r090_a_fee_buys_a_year(yuan: int, tier: str, named: bool) -> None:
    paid = row("缴费", yuan, tier if named else "年费", on="2026-01-10")
    found = one("年费三档", paid, as_of="2027-01-09")
    assert (found.tier, found.route, found.reached_on) == (tier, "paid", "2026-01-10")
    assert (found.spend_fen, found.points_earned) == (0, 0)  # E7
    assert one("年费三档", paid, as_of="2027-01-10").tier is None


SEVERAL = with_tier(
    "缴费会员",
    1,
    fees=(Fee(yuan=300, every="year"), Fee(yuan=100, every="quarter"), Fee(yuan=PENDING)),
)


def test_e57_an_upgrade_whose_fee_is_pending_is_taken_with_any_amount() -> None:
    programme = msgspec.structs.replace(preset("银金钻付费"), upgrade_fee="credit")
    rows = [row("缴费", 9, "银卡", on="2026-01-01"), row("缴费", 12, "金卡")]
    assert one(programme, *rows).tier == "金卡会员"


def test_several_periods_at_once() -> None:
    paid = row("缴费", 200, quantity=2, on="2026-01-10")
    assert one("年费三档", paid, as_of="2028-01-09").tier == "基础会员"
    assert one("年费三档", paid, as_of="2028-01-10").tier is None


@pytest.mark.parametrize(("yuan", "tier"), [(0, "普通会员"), (500, "银卡会员"), (1000, "金卡会员")])
def test_r104_r105_r106_a_period_that_is_pending_is_for_ever(yuan: int, tier: str) -> None:
    found = one("诊所付费", row("缴费", yuan), as_of="2099-01-01")
    assert (found.tier, found.route) == (tier, "paid")
    assert [gift.name for gift in found.gifts_due] == ["口腔护理套装"] * (yuan == 1000)  # R106


def test_r104_an_application_without_a_fee_needs_no_amount() -> None:
    assert one("诊所付费", row("缴费", item="普通")).tier == "普通会员"


@pytest.mark.parametrize("amount", ["", 1, 12345])
def test_a_fee_that_is_pending_is_taken_with_any_amount(amount: object) -> None:
    assert one("银金钻付费", row("缴费", amount, "金卡")).tier == "金卡会员"


def test_r023_the_amount_tells_the_period() -> None:
    paid = row("缴费", 100, "会员", on="2026-01-01")
    assert one(SEVERAL, paid, as_of="2026-03-31").tier == "会员"
    assert one(SEVERAL, paid, as_of="2026-04-01").tier is None


@pytest.mark.parametrize(("tier", "quantity"), [("钻石会员", ""), ("钻石", 2)])
def test_r090_a_tier_with_one_fee_needs_no_amount(tier: str, quantity: object) -> None:
    paid = row("缴费", "", tier, quantity, on="2026-01-10")
    last = 2026 + int(str(quantity or 1))
    assert one("年费三档", paid, as_of=f"{last}-01-09").tier == "钻石会员"
    assert one("年费三档", paid, as_of=f"{last}-01-10").tier is None


def test_e57_a_fee_without_its_amount_is_worth_the_listed_one_to_an_upgrade() -> None:
    left = 100 * 183 * 100 // 365
    upgrade = row("缴费", f"{(30_000 - left) / 100:.2f}", "高级会员", on="2026-07-02")
    assert one("年费三档", row("缴费", "", "基础", on="2026-01-01"), upgrade).tier == "高级会员"


def test_e57_an_upgrade_may_cost_less_by_the_unused_days():
    """100 元 for 2026; on 2 July 183 of 365 days are left and come off the 300 元, to the fen."""
    silver, gold = row("缴费", 100, on="2026-01-01"), "2026-07-02"
    left = 100 * 183 * 100 // 365
    found = run(
        "年费三档",
        silver,
        row("缴费", "250.00", "高级会员", on=gold),
        row("缴费", f"{(30_000 - left) / 100:.2f}", "高级会员", on=gold),
        row("缴费", "", "钻石会员", on="2026-12-31"),
        as_of="2026-12-31",
    )
    assert [number for number, _ in found.rejected] == [3]
    assert found.members[0].tier == "钻石会员"


def test_e7_a_fee_where_there_are_none_changes_nothing() -> None:
    found = one(A, row("消费", 500), row("缴费", 500), row("缴费"))
    assert (found.tier, found.spend_fen, found.points_earned) == (None, 50_000, 500)


@pytest.mark.parametrize(
    ("programme", "cells", "reason"),
    [
        ("年费三档", row("缴费", 101), "没有哪个等级的会费是这个金额"),
        ("年费三档", row("缴费", 200), "没有哪个等级的会费是这个金额"),
        ("年费三档", row("缴费", 100, quantity=2), "没有哪个等级的会费是这个金额"),
        ("年费三档", row("缴费"), "写等级，或者写金额"),
        ("年费三档", row("缴费", 100, "钻石会员"), "金额不是“钻石会员”的会费"),
        (SEVERAL, row("缴费", item="会员"), "“会员”的会费不止一种，请写金额。"),
        ("年费三档", row("缴费", 100, quantity=0), "1 或更大"),
        ("年费三档", row("缴费", 10_100, quantity=101), "期数太多"),
        ("体检/矫正会员", row("缴费", 0), "不止一个等级"),
        ("挂号即会员", row("缴费", 5, "普通"), "“普通会员”不收会费"),
        ("银金钻付费", row("缴费", 5), "没有哪个等级的会费是这个金额"),
        ("体检/矫正会员", row("缴费", 0, "会员体检矫正"), "请写全名"),
    ],
)
def test_a_fee_that_is_refused(
    programme: Programme | str, cells: tuple[object, ...], reason: str
) -> None:
    found = run(programme, cells)
    assert reason in dict(found.rejected)[2]
    assert found.members == ()


def test_fees_for_centuries_are_refused_one_by_one() -> None:
    rows = [row("缴费", 10_000, quantity=100)] * 5
    assert refused("年费三档", *rows) == dict.fromkeys(
        (4, 5, 6), "会费已经缴到一百多年以后，没有采用。"
    )


# -- leaving (E61) ---------------------------------------------------------------------------------


def test_e61_leaving_ends_what_was_paid_for() -> None:
    rows = [row("缴费", 1000, on="2026-01-01"), row("退会", on="2026-03-01")]
    assert one("诊所付费", rows[0]).tier == "金卡会员"
    found = one("诊所付费", *rows)
    assert (found.tier, found.route, due(found)) == (None, None, [])


def test_e61_what_receipts_carry_stays() -> None:
    found = one(A, row("消费", 1000), row("退会", on="2026-04-01"))
    assert (found.tier, found.points_available) == ("普通会员", 1000)


# -- a leader's word (R153, E40) -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "note", "tier"),
    [
        ("VIP会员", "", "VIP会员"), ("VIP", "", "VIP会员"), ("vip", "", "VIP会员"),
        ("钻石", "", "钻石VIP会员"), (3, "", "VIP会员"), ("3", "", "VIP会员"), (3.0, "", "VIP会员"),
        ("", "VIP", "VIP会员"), ("", "VIP 至 2027-12-31", "VIP会员"),
        ("高级", "领导到场批准", "高级会员"),
    ],
)  # fmt: skip
def test_r153_a_tier_by_name_or_rank(item: object, note: str, tier: str) -> None:
    found = one(A, row("手动等级", item=item, note=note))
    assert (found.tier, found.route, found.reached_on) == (tier, "manual", "2026-03-01")


@pytest.mark.parametrize(
    "note",
    [
        "至 2026-06-30",
        "至2026年6月30日止",
        "until 2026-06-30",
        "Until: 2026/6/30",
        "2026-03-01到20260630",
    ],
)
def test_e40_until_is_the_last_day(note: str) -> None:
    granted = row("手动等级", item="VIP", note=note)
    assert one(A, granted, as_of="2026-06-30").tier == "VIP会员"
    assert one(A, granted, as_of="2026-07-01").tier is None


def test_e40_a_day_far_off_is_for_life() -> None:
    found = one(A, row("手动等级", item="VIP", note="至 9999-12-31"), as_of="2150-01-01")
    assert found.tier == "VIP会员"


@pytest.mark.parametrize(
    ("item", "note", "reason"),
    [
        ("", "", "写等级的名称或级别号"), ("白金", "", "写等级的名称或级别号"),
        ("5", "", "写等级的名称或级别号"), ("0", "", "写等级的名称或级别号"),
        ("VIP", "至 2026-13-01", "截止日期看不懂"), ("VIP", "至 2026-02-28", "早于授予的日期"),
        ("IP", "", "请写全名"),
    ],
)  # fmt: skip
def test_r153_a_word_that_is_refused(item: str, note: str, reason: str) -> None:
    assert reason in refused(A, row("手动等级", item=item, note=note))[2]


def test_b_has_one_tier_and_it_may_be_granted() -> None:
    assert one(B, row("手动等级", item="会员")).tier == "会员"
