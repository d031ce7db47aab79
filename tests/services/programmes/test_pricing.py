"""Member prices by the pure function: the seeds' numbers, windows, stacking, rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.programmes.definition import (
    PENDING,
    Discount,
    MemberDay,
    Programme,
    Reach,
    Tier,
)
from services.programmes.items import TREATMENT_CLASSES
from services.programmes.offers import Facts, Waived, label, offers, percent, why_closed
from services.programmes.pricing import (
    BillLine,
    Price,
    PriceRules,
    price,
    price_of,
    share_words,
)
from tests.services.programmes.presets import ALL

DAY = "2026-11-20"  # a Friday
S16 = ALL["诊所付费"]
GOLD = 3


def paid(rules: PriceRules, item_class: str, fen: int = 100_00, **facts: Any) -> int:
    """What a line of so many fen costs."""
    known = Facts(**{"on": DAY, **facts})
    return price([rules], [BillLine(item_class, item_class, fen)], known).pay_fen


def tier(rank: int, *discounts: Discount, inherits: bool = True) -> Tier:
    return Tier(rank, f"{rank}级", "", (Reach(visits=1),), inherits=inherits, discounts=discounts)


def programme(*tiers: Tier, **more: Any) -> Programme:
    return replace(ALL["空白"], name="试验", tiers=tiers, **more)


def one(*discounts: Discount, **more: Any) -> PriceRules:
    """A programme of one tier with these prices."""
    return PriceRules(programme(tier(1, *discounts), **more), 1)


# -- the seeds' own numbers ------------------------------------------------------------------


@pytest.mark.parametrize(("rank", "pays"), [(1, 90_00), (2, 80_00), (3, 70_00)])
@pytest.mark.parametrize("item_class", TREATMENT_CLASSES)
def test_r104_r105_r106_the_three_prices_of_诊所付费(rank, pays, item_class):
    assert paid(PriceRules(S16, rank), item_class) == pays


@pytest.mark.parametrize(
    ("on", "pays"), [("2026-11-19", 70_00), ("2026-11-20", 50_00), ("2026-11-21", 70_00)]
)
def test_r111_c12_half_price_on_the_birthday_itself(on, pays):
    assert paid(PriceRules(S16, GOLD), "治疗", on=on, birthday="2026-11-20") == pays


def test_r111_the_birthday_price_is_explained_with_what_it_replaced():
    found = price_of([PriceRules(S16, GOLD)], "治疗", Facts(DAY, birthday=DAY))
    assert found == Price(
        Fraction(1, 2),
        "金卡会员(诊所付费)，生日当天优惠(生日当天，治疗)：5 折(付原价的 50%)",
        ("治疗：7 折(付原价的 70%)，没有用：生日当天优惠更低",),
    )


def test_r111_without_a_birthday_on_record_the_price_says_so():
    found = price_of([PriceRules(S16, GOLD)], "治疗", Facts(DAY))
    assert found.why == "金卡会员(诊所付费)，治疗：7 折(付原价的 70%)"
    assert found.unused == (
        "生日当天优惠(生日当天，治疗)：5 折(付原价的 50%)，没有用：没有登记生日",
    )


def test_r110_goods_are_not_treatment_and_their_price_is_still_missing():
    found = price_of([PriceRules(S16, GOLD)], "保健品", Facts(DAY, birthday=DAY))
    assert found == Price(
        Fraction(1),
        "原价，没有会员价",
        ("保健品：会员价待定，没有用：还没有定价",),
    )


def test_r110_goods_get_the_member_price_once_it_is_filled_in():
    silver = replace(S16.tiers[1], discounts=(Discount(95, classes=("保健品",)),))
    filled = replace(S16, tiers=(S16.tiers[0], silver, S16.tiers[2]))
    assert paid(PriceRules(filled, 1), "保健品") == 100_00
    assert paid(PriceRules(filled, 2), "保健品") == 95_00
    assert paid(PriceRules(filled, GOLD), "保健品") == 95_00


@pytest.mark.parametrize(
    ("rank", "item_class", "pays"),
    [
        (1, "正畸", 100_00),
        (2, "正畸", 90_00),
        (2, "种植", 90_00),
        (2, "洁牙", 100_00),
        (3, "正畸", 90_00),
        (3, "种植", 90_00),
    ],
)
def test_r005_九折_on_orthodontics_and_implants_from_皓齿_up(rank, item_class, pays):
    assert paid(PriceRules(ALL["卡通三级"], rank), item_class) == pays


@pytest.mark.parametrize(("name", "rank"), [("缴费会员", 1), ("银金钻付费", 1), ("银金钻付费", 3)])
def test_r017_r097_the_first_examination_is_free_and_no_later_one(name, rank):
    rules = PriceRules(ALL[name], rank)
    assert paid(rules, "检查", first_visit=True) == 0
    assert paid(rules, "检查", first_visit=False) == 100_00


@pytest.mark.parametrize(
    ("name", "rank", "item_class"),
    [("缴费会员", 1, "复诊"), ("银金钻付费", 1, "复检"), ("银金钻付费", 3, "复检")],
)
def test_r021_r099_reviews_after_treatment_are_free(name, rank, item_class):
    rules = PriceRules(ALL[name], rank)
    assert paid(rules, item_class) == 0
    assert "免费" in price_of([rules], item_class, Facts(DAY)).why


def test_r028_a_price_still_missing_is_given_to_nobody():
    rules = PriceRules(ALL["VIP四级"], 4)
    assert paid(rules, "洁牙", birthday=DAY) == 100_00
    assert price_of([rules], "治疗", Facts(DAY, birthday=DAY)).share == 1


# -- windows, both sides ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "pays"),
    [
        ("2026-10-31", 100_00),
        ("2026-11-01", 50_00),
        ("2026-11-30", 50_00),
        ("2026-12-01", 100_00),
    ],
)
def test_r044_c11_the_birthday_month_ends_with_the_month(on, pays):
    rules = one(Discount(50, window="birthday_month"))
    assert paid(rules, "治疗", on=on, birthday="2026-11-20") == pays
    assert paid(rules, "治疗", on=on) == 100_00


@pytest.mark.parametrize(
    ("on", "pays"), [("2026-11-17", 100_00), ("2026-11-18", 80_00), ("2026-11-19", 100_00)]
)
def test_r074_r095_the_member_day_of_every_month(on, pays):
    rules = one(
        Discount(80, window="member_day"), member_days=(MemberDay("会员日", monthly_day=18),)
    )
    assert paid(rules, "治疗", on=on) == pays


@pytest.mark.parametrize(
    ("on", "pays"),
    [
        ("2026-05-31", 100_00),
        ("2026-06-01", 80_00),
        ("2026-06-30", 80_00),
        ("2026-07-01", 100_00),
    ],
)
def test_r074_r093_a_period_of_dates_with_its_first_and_last_day(on, pays):
    festival = one(
        Discount(80, window="member_day"),
        member_days=(MemberDay("会员节", start="2026-06-01", end="2026-06-30"),),
    )
    assert paid(festival, "治疗", on=on) == pays
    dated = one(Discount(80, window="dates", start="2026-06-01", end="2026-06-30"))
    assert paid(dated, "治疗", on=on) == pays


def test_r093_a_period_may_be_open_at_one_side_but_not_at_both():
    assert paid(one(Discount(80, window="dates", start=DAY)), "治疗") == 80_00
    assert paid(one(Discount(80, window="dates", start="2026-11-21")), "治疗") == 100_00
    assert paid(one(Discount(80, window="dates", end=DAY)), "治疗") == 80_00
    assert paid(one(Discount(80, window="dates", end="2026-11-19")), "治疗") == 100_00
    assert paid(one(Discount(80, window="dates")), "治疗") == 100_00


@pytest.mark.parametrize("day", range(16, 23))  # 2026-11-16 is a Monday
def test_r093_weekdays_count_from_monday(day):
    rules = one(Discount(80, window="weekdays", weekdays=(1, 7)))
    pays = 80_00 if day in (16, 22) else 100_00
    assert paid(rules, "治疗", on=f"2026-11-{day}") == pays
    assert paid(one(Discount(80, window="weekdays")), "治疗", on=f"2026-11-{day}") == 100_00


@pytest.mark.parametrize(
    ("discount", "reason"),
    [
        (Discount(80, window="birthday_day"), "不是生日当天"),
        (Discount(80, window="birthday_month"), "不是生日当月"),
        (Discount(80, window="member_day"), "不是会员日"),
        (Discount(80, window="first_visit"), "不是首次就诊"),
        (Discount(80, window="dates", start="2027-01-01"), "不在活动日期内"),
        (Discount(80, window="weekdays", weekdays=(6,)), "不是优惠的星期"),
        (Discount(80), ""),
    ],
)
def test_a_price_that_does_not_hold_says_why(discount, reason):
    facts = Facts(DAY, birthday="2026-08-01")
    assert why_closed(programme(), discount, facts) == reason


@pytest.mark.parametrize(
    ("discount", "words"),
    [
        (Discount(80, name="周年庆"), "周年庆"),
        (Discount(80), "会员价"),
        (Discount(80, window="birthday_day"), "生日价"),
        (Discount(80, window="birthday_month"), "生日当月价"),
        (Discount(80, window="member_day"), "会员日价"),
        (Discount(80, window="first_visit"), "首诊价"),
        (Discount(80, window="dates", start="2026-06-01"), "2026-06-01 起 活动价"),
        (Discount(80, window="weekdays", weekdays=(2, 7)), "星期二、星期日会员价"),
    ],
)
def test_a_price_is_called_by_its_name_or_occasion(discount, words):
    assert label(discount) == words


# -- which tier's price ----------------------------------------------------------------------


def test_r002_r029_a_tier_has_the_prices_of_the_tier_below_only_when_it_inherits():
    below = tier(1, Discount(90, classes=("洁牙",)))
    assert paid(PriceRules(programme(below, tier(2)), 2), "洁牙") == 90_00
    assert paid(PriceRules(programme(below, tier(2, inherits=False)), 2), "洁牙") == 100_00


def test_r002_the_own_price_for_a_class_replaces_the_inherited_one_even_when_dearer():
    below = tier(1, Discount(70, classes=("洁牙", "牙周")), Discount(60, window="birthday_day"))
    rules = PriceRules(programme(below, tier(2, Discount(85, classes=("洁牙",)))), 2)
    assert paid(rules, "洁牙") == 85_00
    assert paid(rules, "牙周") == 70_00
    assert paid(rules, "洁牙", birthday=DAY) == 60_00  # another occasion


def test_r021_a_price_for_everything_does_not_take_an_inherited_free_review_away():
    below = tier(1, Discount(0, classes=("复诊",)), Discount(95, classes=("洁牙",)), Discount(90))
    rules = PriceRules(programme(below, tier(2, Discount(80)), stacking="multiply"), 2)
    assert paid(rules, "复诊") == 0
    assert paid(rules, "洁牙") == 80_00  # and the two tiers' prices do not add up
    assert paid(rules, "根管") == 80_00


def test_a_pending_price_replaces_nothing():
    rules = PriceRules(programme(tier(1, Discount(90)), tier(2, Discount(PENDING))), 2)
    assert paid(rules, "治疗") == 90_00


# -- stacking (C12) --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stacking", "birthday_percent", "pays"),
    [
        ("best", 50, 50_00),
        ("best", 80, 70_00),
        ("multiply", 50, 35_00),
        ("multiply", 80, 56_00),
        ("exclusive", 50, 50_00),
        ("exclusive", 80, 80_00),
    ],
)
def test_c12_a_birthday_price_beside_the_tiers_own(stacking, birthday_percent, pays):
    rules = one(Discount(70), Discount(birthday_percent, window="birthday_day"), stacking=stacking)
    assert paid(rules, "治疗", birthday=DAY) == pays
    assert paid(rules, "治疗", birthday="2026-11-21") == 70_00


@pytest.mark.parametrize("stacking", ["best", "multiply", "exclusive"])
def test_r021_c12_what_is_free_stays_free_on_every_occasion(stacking):
    rules = one(
        Discount(0, classes=("复诊",)), Discount(50, window="birthday_day"), stacking=stacking
    )
    assert paid(rules, "复诊", birthday=DAY) == 0


def test_c12_of_several_occasions_the_lowest_stands_in_for_the_everyday_price():
    rules = one(
        Discount(70),
        Discount(90, window="birthday_day"),
        Discount(85, window="weekdays", weekdays=(5,)),
        stacking="exclusive",
    )
    found = price_of([rules], "治疗", Facts(DAY, birthday=DAY))
    assert found.share == Fraction(85, 100)
    assert found.unused == (
        "治疗：7 折(付原价的 70%)，没有用：优惠不叠加，按星期五会员价算",
        "生日当天，治疗：9 折(付原价的 90%)，没有用：星期五会员价更低",
    )


def test_c12_discounts_on_discounts_are_explained_with_what_they_come_to():
    rules = one(Discount(70), Discount(85, window="birthday_day"), stacking="multiply")
    found = price_of([rules], "治疗", Facts(DAY, birthday=DAY))
    assert found.why == (
        "1级(试验)，治疗：7 折(付原价的 70%)；生日当天，治疗：8.5 折(付原价的 85%)；"
        "折上折，付原价的 59.5%"
    )
    assert found.unused == ()


def test_c12_of_equal_prices_one_is_taken():
    rules = one(Discount(80), Discount(80, window="birthday_day"))
    found = price_of([rules], "治疗", Facts(DAY, birthday=DAY))
    assert found.share == Fraction(4, 5)
    assert found.unused == ("生日当天，治疗：8 折(付原价的 80%)，没有用：和会员价一样，只用一种",)


def test_nobody_pays_more_than_the_list_price_for_being_a_member():
    assert paid(one(Discount(120)), "治疗") == 100_00


# -- several memberships, and none -----------------------------------------------------------


def test_r064_of_several_memberships_each_line_gets_the_best():
    first = one(Discount(90, classes=("检查",)), Discount(80, classes=("正畸",)))
    other = PriceRules(replace(first.programme, name="另一方案", tiers=(tier(1, Discount(85)),)), 1)
    lines = [BillLine("检查", "拍片", 100_00), BillLine("正畸", "托槽", 100_00)]
    found = price([first, other], lines, Facts(DAY))
    assert [line.pay_fen for line in found.lines] == [85_00, 80_00]
    assert found.lines[0].unused == (
        "1级(试验)，检查：9 折(付原价的 90%)，没有用：另一方案的价更低",
    )
    assert found.lines[1].unused == (
        "1级(另一方案)，正畸：8.5 折(付原价的 85%)，没有用：试验的价更低",
    )


def test_r064_between_equal_memberships_the_first_programme_is_named():
    first = one(Discount(80))
    other = PriceRules(replace(first.programme, name="另一方案"), 1)
    none = PriceRules(programme(tier(1)), 1)
    found = price_of([none, first, other], "治疗", Facts(DAY))
    assert found.why == "1级(试验)，治疗：8 折(付原价的 80%)"
    assert found.unused == ("1级(另一方案)，治疗：8 折(付原价的 80%)，没有用：价钱一样",)


@pytest.mark.parametrize(
    "rules",
    [[], [PriceRules(S16, GOLD, member=False)], [PriceRules(S16, 0)], [PriceRules(S16, 9)]],
)
def test_e61_without_membership_or_tier_the_list_price_holds(rules):
    found = price(rules, [BillLine("治疗", "补牙", 100_00)], Facts(DAY, birthday=DAY))
    assert (found.pay_fen, found.discount_fen) == (100_00, 0)
    assert found.lines[0].why == "原价，没有会员价"


def test_r133_what_is_waived_is_free_for_anybody():
    waived = (Waived("挂号", "新客免挂号费"),)
    lines = [BillLine("挂号", "挂号费", 10_00), BillLine("检查", "拍片", 80_00)]
    found = price([], lines, Facts(DAY, waived=waived))
    assert [line.pay_fen for line in found.lines] == [0, 80_00]
    assert found.lines[0].why == "新客免挂号费"


def test_an_item_of_no_class_has_the_prices_for_everything_only():
    rules = one(Discount(90), Discount(80, classes=("治疗",)))
    found = price([rules], [BillLine("", "其他收费", 100_00)], Facts(DAY))
    assert found.pay_fen == 90_00
    assert found.lines[0].why == "1级(试验)，全部项目：9 折(付原价的 90%)"


# -- rounding --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fen", "pay_percent", "pays"),
    [
        (99, 50, 50),
        (98, 50, 49),
        (1, 50, 1),
        (1, 49, 0),
        (0, 50, 0),
        (33_35, 90, 30_02),  # 3001.5
        (33_34, 90, 30_01),  # 3000.6
        (33_32, 90, 29_99),  # 2998.8
        (33_36, 90, 30_02),  # 3002.4
    ],
)
def test_a_line_is_rounded_half_up_to_the_fen(fen, pay_percent, pays):
    assert paid(one(Discount(pay_percent)), "治疗", fen) == pays


def test_each_line_is_rounded_and_the_bill_is_their_sum():
    lines = [BillLine("治疗", "补牙", 99), BillLine("治疗", "补牙", 99, 2)]
    found = price([one(Discount(50))], lines, Facts(DAY))
    assert (found.list_fen, found.pay_fen, found.discount_fen) == (198, 100, 98)
    assert [line.discount_fen for line in found.lines] == [49, 49]


def test_rounding_is_explained_where_there_was_any():
    lines = [BillLine("治疗", "种植体", 1_234_567), BillLine("治疗", "补牙", 100_00)]
    found = price([one(Discount(85))], lines, Facts(DAY))
    assert [line.rounding for line in found.lines] == [
        "¥10,493.8195 四舍五入到分，是 ¥10,493.82",
        "",
    ]


def test_discounts_multiplied_are_rounded_once():
    rules = one(Discount(85), Discount(50, window="birthday_day"), stacking="multiply")
    assert paid(rules, "治疗", 10, birthday=DAY) == 4  # 4.25; 9 and then 5 would be wrong


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (Fraction(1), "原价"),
        (Fraction(7, 10), "7 折(付原价的 70%)"),
        (Fraction(0), "免费"),
        (Fraction(595, 1000), "付原价的 59.5%"),
    ],
)
def test_a_share_as_the_trade_says_it(share, words):
    assert share_words(share) == words


# -- properties ------------------------------------------------------------------------------

CLASSES = ("检查", "洁牙", "复诊")
DISCOUNTS = st.builds(
    Discount,
    pay_percent=st.one_of(st.integers(0, 120), st.just(PENDING)),
    classes=st.sampled_from([(), ("检查",), ("洁牙", "复诊"), CLASSES]),
    window=st.sampled_from(["always", "birthday_day", "member_day", "first_visit", "weekdays"]),
    weekdays=st.sampled_from([(), (5,), (6,)]),
)
PROGRAMMES = st.builds(
    lambda given, inherits, stacking: programme(
        *(tier(rank, *each, inherits=inherits) for rank, each in enumerate(given, 1)),
        stacking=stacking,
        member_days=(MemberDay("会员日", monthly_day=20),),
    ),
    st.lists(st.lists(DISCOUNTS, max_size=4), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from(["best", "multiply", "exclusive"]),
)
RULES = st.lists(st.builds(PriceRules, PROGRAMMES, st.integers(0, 3)), max_size=3)
LINES = st.lists(
    st.builds(
        BillLine, st.sampled_from((*CLASSES, "")), st.just("项目"), st.integers(0, 1_000_000)
    ),
    max_size=5,
)
FACTS = st.builds(Facts, st.just(DAY), st.sampled_from([None, DAY, "2026-11-21"]), st.booleans())


@given(RULES, LINES, FACTS)
def test_e11_nobody_pays_more_than_the_list_price_and_the_sums_are_the_lines(rules, lines, facts):
    found = price(rules, lines, facts)
    assert all(0 <= line.pay_fen <= line.line.list_fen for line in found.lines)
    assert found.list_fen == sum(line.list_fen for line in lines)
    assert found.pay_fen == sum(line.pay_fen for line in found.lines)
    assert found.discount_fen == found.list_fen - found.pay_fen
    assert all(line.why for line in found.lines)


@given(RULES, LINES, FACTS, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(rules, lines, facts, random):
    mixed = random.sample(lines, len(lines))
    found, other = price(rules, lines, facts), price(rules, mixed, facts)
    assert found.pay_fen == other.pay_fen
    assert sorted(map(repr, found.lines)) == sorted(map(repr, other.lines))


@given(PROGRAMMES, st.integers(1, 3), st.sampled_from((*CLASSES, "")), FACTS)
def test_c12_the_best_is_no_dearer_than_any_single_price_and_multiplying_no_dearer_than_it(
    given_programme, rank, item_class, facts
):
    shares = {
        stacking: price_of(
            [PriceRules(replace(given_programme, stacking=stacking), rank)], item_class, facts
        ).share
        for stacking in ("best", "multiply", "exclusive")
    }
    single = [
        Fraction(percent(each), 100)
        for group in offers(given_programme, rank, item_class).values()
        for each in group
        if not why_closed(given_programme, each, facts)
    ]
    assert shares["best"] == min(single, default=1)
    assert shares["multiply"] <= shares["best"] <= shares["exclusive"]


@given(RULES, RULES, LINES, FACTS)
def test_r064_another_membership_never_makes_a_bill_dearer(some, more, lines, facts):
    assert price([*some, *more], lines, facts).pay_fen <= price(some, lines, facts).pay_fen
