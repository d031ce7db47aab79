"""Every number of every preset, a fen or a point below it, at it and above it, through `simulate`.

A preset whose numbers are 待定 has no threshold to test; `test_presets` says which these are.
"""

from __future__ import annotations

import pytest

from services.programmes.registry import preset, preset_names
from services.simulation.result import MemberResult
from services.simulation.run import simulate
from services.simulation.source import Trial
from tests.services.programmes.presets import ALL, AT_A_VISIT

DAY = "2026-03-01"
AROUND = pytest.mark.parametrize("more", [-1, 0, 1])


def row(
    kind: str, fen: int | None = None, item: str = "", quantity: object = "", on: str = DAY
) -> tuple[object, ...]:
    amount = "" if fen is None else f"{'-' * (fen < 0)}{abs(fen) // 100}.{abs(fen) % 100:02d}"
    return on, "M1", kind, amount, item, quantity, ""


def run(
    name: str, *rows: tuple[object, ...], as_of: str = DAY
) -> tuple[MemberResult | None, list[str]]:
    """The member (None when nothing was taken) and the reasons of rows left out."""
    found = simulate(Trial(preset(name), "preset"), list(enumerate(rows, 2)), as_of)
    return next(iter(found.members), None), [reason for _, reason in found.rejected]


def member(name: str, *rows: tuple[object, ...], as_of: str = DAY) -> MemberResult:
    found, refused = run(name, *rows, as_of=as_of)
    assert (refused, found is None) == ([], False)
    assert found is not None
    return found


def small_parts(fen: int) -> list[tuple[object, ...]]:
    """So much in receipts below every single threshold."""
    whole, rest = divmod(fen, 90_000)
    return [row("消费", 90_000)] * whole + ([row("消费", rest)] if rest else [])


# -- 医院方案A: 1000/2000, 5000/8000, 10000/15000, 20000/25000 -------------------------------------

R158_R161 = [
    pytest.param(1, "普通会员", 1000, 2000, 10, id="R158"),
    pytest.param(2, "高级会员", 5000, 8000, 50, id="R159"),
    pytest.param(3, "VIP会员", 10_000, 15_000, 100, id="R160"),
    pytest.param(4, "钻石VIP会员", 20_000, 25_000, 200, id="R161"),
]
OF_A = pytest.mark.parametrize(("rank", "tier", "single", "total", "gift"), R158_R161)
BELOW = (None, "普通会员", "高级会员", "VIP会员")


@OF_A
@AROUND
def test_r158_r159_r160_r161_at_once(
    rank: int, tier: str, single: int, total: int, gift: int, more: int
) -> None:
    found = member("医院方案A", row("消费", single * 100 + more))
    assert found.tier == (tier if more >= 0 else BELOW[rank - 1])
    if more >= 0:
        assert (found.reached_on, found.route) == (DAY, "single")
        assert [each.value_fen for each in found.gifts_due] == [gift * 100]  # R139


@OF_A
@AROUND
def test_r158_r159_r160_r161_in_all(
    rank: int, tier: str, single: int, total: int, gift: int, more: int
) -> None:
    found = member("医院方案A", *small_parts(total * 100 + more))
    assert found.spend_fen == total * 100 + more
    assert found.tier == (tier if more >= 0 else BELOW[rank - 1])
    if more >= 0:
        assert (found.reached_on, found.route) == (DAY, "cumulative")


@pytest.mark.parametrize(
    ("single", "services"),
    [
        pytest.param(1000, {}, id="R158"),
        pytest.param(5000, {"超声波洁牙(带抛光脱敏)": 1, "面部护理": 1}, id="R159"),
        pytest.param(
            10_000, {"超声波洁牙(带抛光脱敏)": 2, "面部护理": 1, "中草药热疗": 1}, id="R160"
        ),
        pytest.param(
            20_000,
            {
                "喷砂洁牙(带抛光脱敏)": 2,
                "儿童防龋(氟保护漆等、全口)": 1,
                "面部护理": 1,
                "中草药热疗": 1,
            },
            id="R161",
        ),
    ],
)
def test_r158_r159_r160_r161_what_the_year_brings(single: int, services: dict[str, int]) -> None:
    found = member("医院方案A", row("消费", single * 100))
    assert {each.name: each.left for each in found.entitlements} == services


def test_r134_nothing_is_carried_over_new_year() -> None:
    rows = [row("消费", 1_000_000, on="2025-12-31"), row("使用权益", item="超声波洁牙")]
    (ultrasonic,) = (
        each for each in member("医院方案A", *rows).entitlements if "超声波" in each.name
    )
    assert (ultrasonic.start, ultrasonic.granted, ultrasonic.left) == ("2026-01-01", 2, 1)


@pytest.mark.parametrize("name", ["医院方案A", "医院方案B"])
@AROUND
def test_r154_before_october_2013_twenty_thousand_were_needed(name: str, more: int) -> None:
    old = row("消费", 2_000_000 + more, on="2013-09-30")
    assert (member(name, old).tier is not None) == (more >= 0)


@pytest.mark.parametrize("name", ["医院方案A", "医院方案B"])
@pytest.mark.parametrize(("day", "joins"), [("2013-09-30", False), ("2013-10-01", True)])
def test_r154_seen_since_that_day_the_usual_marks_hold(name: str, day: str, joins: bool) -> None:
    assert (member(name, row("消费", 200_000, on=day)).tier is not None) == joins


# -- R120, R165: 1000 at once or 2000 in all, in both 方案 -----------------------------------------


@pytest.mark.parametrize(("name", "tier"), [("医院方案A", "普通会员"), ("医院方案B", "会员")])
@AROUND
def test_r120_who_is_invited_to_join(name: str, tier: str, more: int) -> None:
    for rows in ([row("消费", 100_000 + more)], small_parts(200_000 + more)):
        assert member(name, *rows).tier == (tier if more >= 0 else None)


@pytest.mark.parametrize("way", ["single", "total"])
@AROUND
def test_r165_when_points_may_be_spent(way: str, more: int) -> None:
    bought = [row("消费", 100_000 + more)] if way == "single" else small_parts(200_000 + more)
    wish = row("兑换", item="口腔保健礼品(10元档)")
    _, refused = run("医院方案B", *bought, row("活动积分", quantity=9000), wish)
    assert (refused == []) == (more >= 0)
    assert more >= 0 or "起点" in refused[0]


CATALOGUE = [
    ("口腔保健礼品(10元档)", 1000),
    ("口腔保健礼品(50元档)", 5000),
    ("口腔保健礼品(100元档)", 10_000),
    ("口腔保健礼品(200元档)", 20_000),
    ("超声波洁牙", 5000),
    ("喷砂洁牙", 6000),
    ("氟保护漆", 2000),
    ("窝沟封闭", 2000),
    ("面部护理", 3000),
    ("中草药热疗", 5000),
]


@pytest.mark.parametrize(("item", "price"), CATALOGUE)
@AROUND
def test_r139_r141_r166_to_the_point(item: str, price: int, more: int) -> None:
    """The mark is reached by the money, the rest of the points is a bonus."""
    points = price + more - 1000
    rows = [row("消费", 100_000)]
    if points > 0:
        rows.append(row("活动积分", quantity=points))
    if points < 0:
        rows.append(row("退款", 100))
        rows.insert(0, row("消费", 100_000))
        rows.append(row("兑换", item="口腔保健礼品(10元档)"))
    found, refused = run("医院方案B", *rows, row("兑换", item=item))
    assert found is not None
    assert (refused == []) == (more >= 0)
    assert found.points_available == (more if more >= 0 else price - 1)


# -- fees: R088–R090, R104–R106 --------------------------------------------------------------------

FEES = [
    pytest.param("年费三档", "基础会员", 100, id="R088"),
    pytest.param("年费三档", "高级会员", 300, id="R089"),
    pytest.param("年费三档", "钻石会员", 800, id="R090"),
    pytest.param("诊所付费", "普通会员", 0, id="R104"),
    pytest.param("诊所付费", "银卡会员", 500, id="R105"),
    pytest.param("诊所付费", "金卡会员", 1000, id="R106"),
]


@pytest.mark.parametrize(("name", "tier", "yuan"), FEES)
@pytest.mark.parametrize("item", ["", "named"])
@AROUND
def test_r088_r089_r090_r104_r105_r106_to_the_fen(
    name: str, tier: str, yuan: int, item: str, more: int
) -> None:
    found, refused = run(name, row("缴费", yuan * 100 + more, item and tier))
    if more == 0:
        assert (refused, found and found.tier, found and found.route) == ([], tier, "paid")
    else:
        assert (found, len(refused)) == (None, 1)
        assert ("会费" if yuan * 100 + more > 0 else "负数") in refused[0]


@pytest.mark.parametrize(("name", "tier", "yuan"), FEES)
def test_e7_money_alone_buys_no_paid_tier(name: str, tier: str, yuan: int) -> None:
    assert member(name, row("消费", 100_000_000)).tier is None


@pytest.mark.parametrize(("name", "tier", "yuan"), FEES[:3])
@pytest.mark.parametrize(("as_of", "held"), [("2027-02-28", True), ("2027-03-01", False)])
def test_r088_r089_r090_a_year_to_the_day(
    name: str, tier: str, yuan: int, as_of: str, held: bool
) -> None:
    found = member(name, row("缴费", yuan * 100), as_of=as_of)
    assert found.tier == (tier if held else None)


def test_r106_gold_brings_the_kit_and_the_others_do_not() -> None:
    kits = [
        [gift.name for gift in member("诊所付费", row("缴费", fen)).gifts_due]
        for fen in (0, 50_000, 100_000)
    ]
    assert kits == [[], [], ["口腔护理套装"]]


# -- a visit makes a member: R038, R042, R048, R061, R094, R114 ------------------------------------

BY_A_VISIT = sorted(
    name for name, programme in ALL.items() if programme.tiers[:1] and
    programme.tiers[0].reach == AT_A_VISIT
)  # fmt: skip


@pytest.mark.parametrize("name", BY_A_VISIT)
@pytest.mark.parametrize("fen", [0, 1])
def test_r038_r042_r048_r061_r094_r114_the_first_receipt_is_enough(name: str, fen: int) -> None:
    found = member(name, row("消费", fen))
    assert (found.tier, found.reached_on) == (ALL[name].tiers[0].name, DAY)


@pytest.mark.parametrize("name", sorted({*preset_names()} - {"医院方案A", "医院方案B"}))
def test_a_threshold_that_is_pending_holds_for_nobody(name: str) -> None:
    found = member(name, row("消费", 99_999_999_900))
    first = ALL[name].tiers[0].name if name in BY_A_VISIT else None
    assert found.tier == first


# -- VIP四级: R029–R035 ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "kits"),
    [
        pytest.param("普通", 0, id="R028"),
        pytest.param("银卡", 1, id="R029"),
        pytest.param("金卡", 2, id="R030"),
        pytest.param("白金卡", 4, id="R031"),
    ],
)
def test_r029_r030_r031_the_care_kits(tier: str, kits: int) -> None:
    found = member("VIP四级", row("手动等级", item=tier))
    assert sum(each.left for each in found.entitlements if "护理套餐" in each.name) == kits


@AROUND
def test_r033_a_hundred_points_are_one_yuan(more: int) -> None:
    rows = [row("消费", 10_000), row("兑换", 100 + more, "抵现")]
    found, refused = run("VIP四级", *rows)
    assert found is not None
    assert (refused == []) == (more <= 0)
    assert found.points_available == (-more if more <= 0 else 100)


@pytest.mark.parametrize(("as_of", "left"), [("2027-03-01", 5), ("2027-03-02", 0)])
def test_r034_points_live_a_year(as_of: str, left: int) -> None:
    found = member("VIP四级", row("消费", 500), as_of=as_of)
    assert (found.points_available, found.points_expired) == (left, 5 - left)
