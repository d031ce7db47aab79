"""A programme in plain Chinese."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from services.programmes.definition import (
    PENDING,
    Birthday,
    Leaving,
    MemberDay,
    Points,
    Programme,
    Rate,
    Reach,
    Redeemable,
    Referral,
    Reward,
    Tier,
)
from services.programmes.sentences import describe
from tests.services.programmes.presets import ALL

BRANDS = {"VIP", "SPA", "A", "B"}


def lines(programme: Programme, title: str) -> list[str]:
    """The sentences under a heading; [] when there is no such heading."""
    found = [section.lines for section in describe(programme) if section.title == title]
    return list(found[0]) if found else []


def text(programme: Programme) -> str:
    return "\n".join(line for section in describe(programme) for line in section.lines)


def points(**more: Any) -> list[str]:
    return lines(replace(ALL["空白"], points=Points(**{"mode": "spend", **more})), "积分")


def member(**more: Any) -> Tier:
    return Tier(**{"rank": 1, "name": "会员", "colour": "", "reach": (Reach(visits=1),), **more})


def of_tier(**more: Any) -> list[str]:
    return lines(replace(ALL["空白"], tiers=(member(**more),)), "会员")


# -- all presets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ALL])
def test_a_preset_is_read_in_chinese_sentences(name):
    found = describe(ALL[name])
    assert all(section.title and section.lines for section in found)
    every = [line for section in found for line in section.lines]
    assert all(line.endswith(("。", "：")) for line in every)
    words = {word.upper() for word in re.findall("[A-Za-z_]+", "".join(every))}
    assert words <= BRANDS
    assert not re.search(r"[{}]|None|True|False|\b_", "".join(every))


@pytest.mark.parametrize("name", [*ALL])
def test_every_tier_benefit_and_offer_is_named(name):
    programme = ALL[name]
    names = {item.name for item in programme.points.catalogue}
    for step in programme.tiers:
        assert lines(programme, step.name)
        names |= {each.name for each in step.benefits} | set(step.promises)
    assert all(each in text(programme) for each in names)


@pytest.mark.parametrize("name", [*ALL])
def test_pending_is_read_as_pending(name):
    pending = "待定" in text(ALL[name])
    assert pending == (name not in ("医院方案A", "医院方案B", "空白"))


def test_空白_says_only_what_it_is():
    assert [section.title for section in describe(ALL["空白"])] == ["方案"]
    assert lines(ALL["空白"], "方案") == ["从空白开始：没有等级，不记积分，自己一条一条加。"]


def test_a_draft_without_a_summary_gives_its_source_only():
    assert lines(replace(ALL["卡通三级"], summary=""), "方案") == ["出处：《牙科会员管理方案》。"]


# -- whole presets ---------------------------------------------------------------------------------


def test_s19_方案A_read_aloud():
    a = ALL["医院方案A"]
    assert lines(a, "入会") == [
        "怎样入会：2013-10-01 起到院就诊；或者2013-10-01 以前到院就诊，并且累计消费满 20,000 元；"
        "或者经领导批准。",
        "实名入会，核对证件。",
        "会籍终身有效。",
        "用电子会员，不发实体卡。",
    ]
    assert lines(a, "积分") == [
        "每消费 1 元记 1 分，按单据实收计算，零头不计。",
        "积分长期有效。",
        "积分只用来升级，不扣减。",
    ]
    assert lines(a, "钻石VIP会员") == [
        "怎样达到：单笔消费满 20,000 元，或累计消费满 25,000 元。",
        "喷砂洁牙(带抛光脱敏)：每年 2 次，可以转赠，新客免挂号费。",
        "儿童防龋(氟保护漆等、全口)：每年 1 次，限 12 岁以下的家人。",
        "面部护理：每年 1 次，可以转赠，新客免挂号费。",
        "中草药热疗：每年 1 次，可以转赠，新客免挂号费。",
        "口腔保健礼品(200元档)：共 1 份，每份价值 200 元，不能转赠。",
        "接待：全程有人陪同，告知接诊医生，每次安排 VIP 诊室，优先候诊(第 2 级)。",
    ]
    assert lines(a, "优惠和升级") == [
        "单笔消费按一张单据算，分次付款的同一疗程合起来算。",
        "按期的次数跟着日历走，从达到等级的当期算起。",
        "当期没用完的次数作废，不累积。",
        "升级后按新等级的次数，减去已经用掉的。",
        "跨级达到时，不补发中间等级的一次性权益。",
        "礼品 30 天没有领，就回访提醒。",
    ]
    assert lines(a, "到期和退会") == []


def test_r141_r165_r168_方案B_read_aloud():
    found = lines(ALL["医院方案B"], "积分")
    assert "开始使用积分的条件：单笔消费满 1,000 元，或累计消费满 2,000 元。" in found
    assert found[-4] == ("儿童氟保护漆防龋护理：2,000 分/全口，可以转赠，新客免挂号费，凭会员卡。")
    assert found[5] == "口腔保健礼品(10元档)：1,000 分/份，每份价值 10 元，不能转赠。"


def test_s16_诊所付费_read_aloud():
    programme = ALL["诊所付费"]
    assert lines(programme, "普通会员")[:3] == [
        "怎样达到：提出申请，不收会费。",
        "各类诊疗项目：9 折(付原价的 90%)。",
        "生日当天优惠(生日当天，各类诊疗项目)：5 折(付原价的 50%)。",
    ]
    assert lines(programme, "金卡会员") == [
        "怎样达到：缴纳会费。",
        "会费：1,000 元，多久缴一次待定。",
        "包含银卡会员的全部权益和优惠。",
        "各类诊疗项目：7 折(付原价的 70%)。",
        "口腔护理套装：共 1 份，含牙刷、牙膏、漱口水，不能转赠。",
        "优先预约。",
        "接待：优先候诊(第 1 级)。",
    ]
    assert lines(programme, "到期和退会") == [
        "到期后 15 天内续费，期限接着算。",
        "升级时，没用完的会费折算抵扣。",
        "缴费 7 天内、还没有使用的，退会可以全额退。",
        "退会退还会费的 80%。",
        "退会要提前 1 个月提出。",
    ]


# -- joining ---------------------------------------------------------------------------------------


def test_what_is_asked_for_at_joining():
    programme = replace(
        ALL["医院方案A"],
        agreement=True, min_age=18, places=50, needs_doctor=True, term="paid", card="both",
        review_months=12, enrol=(), real_name=False,
    )  # fmt: skip
    assert lines(programme, "入会") == [
        "怎样入会：达到任何一个等级的条件。",
        "入会要签会员协议。",
        "年满 18 周岁才能入会。",
        "名额 50 人。",
        "入会时安排一位专属医生。",
        "会籍到所缴会费的期限为止。",
        "实体会员卡和电子会员都可以。",
        "每 12 个月核对一次会员资料。",
    ]


# -- points ----------------------------------------------------------------------------------------


def test_r157_how_points_are_counted():
    assert points(per_yuan=2, yuan_step=10, rounding="round")[0] == (
        "每消费 10 元记 2 分，按单据实收计算，四舍五入。"
    )
    assert points(per_yuan=PENDING)[0].startswith("每消费 1 元记 待定 分，")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "积分长期有效。"),
        ({"expiry_months": 12}, "积分 12 个月内有效，过期作废。"),
        ({"expiry_year_ends": 0}, "积分到当年 12 月 31 日为止，过期作废。"),
        ({"expiry_year_ends": 2}, "积分到记入后第 2 年的 12 月 31 日为止，过期作废。"),
    ],
)
def test_c1_how_long_points_live(more, sentence):
    assert sentence in points(**more)


def test_r033_r050_points_pay_and_come_from_events():
    found = points(per_yuan_off=100, bonuses=(("参加讲座", 50),))
    assert "付款时每 100 分抵 1 元。" in found
    assert "参加讲座：加 50 分。" in found
    assert "积分可以使用，用多少扣多少。" in found
    assert "积分够了就能换，不限次数：" not in found


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (Rate(200, member_day=True), "会员日，全部项目：积分是平常的 200%。"),
        (Rate(50, classes=("种植",)), "种植：积分是平常的 50%。"),
        (
            Rate(PENDING, start="2026-01-01", end="2026-01-31", payments=("现金",)),
            "2026-01-01 至 2026-01-31，用现金付款，全部项目：积分是平常的 待定%。",
        ),
        (Rate(150, end="2026-01-31"), "2026-01-31 止，全部项目：积分是平常的 150%。"),
    ],
)
def test_r094_other_rates(rate, sentence):
    assert sentence in points(rates=(rate,))


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        (
            Redeemable("a", "service", "洁牙", 500, beneficiary="self", valid_days=90),
            "洁牙：500 分/次，限本人，90 天内有效。",
        ),
        (
            Redeemable("a", "coupon", "券", 500, unit="张", value_yuan=5, borne_by="department"),
            "券：500 分/张，每张价值 5 元，可以转赠，费用由科室承担。",
        ),
        (Redeemable("a", "service", "涂氟", 5, beneficiary="family"), "涂氟：5 分/次，限家人。"),
    ],
)
def test_r166_what_points_buy(item, sentence):
    assert sentence in points(catalogue=(item,))


# -- tiers -----------------------------------------------------------------------------------------


def test_e38_how_long_a_tier_is_kept():
    assert "等级保留 12 个月，到期时再次达到条件可以续下去，否则降一级。" in of_tier(
        valid_months=12
    )
    kept = of_tier(valid_months=12, renew=(Reach(cumulative_spend_yuan=3000),))
    assert "等级保留 12 个月，到期时累计消费满 3,000 元可以续下去，否则降一级。" in kept
    assert "达到以后不再降级。" in of_tier(locked=True)


def test_a_tier_nobody_can_reach_says_so():
    assert of_tier(reach=())[0] == "怎样达到：待定。"


def test_r094_r116_rate_and_warranty_of_a_tier():
    found = of_tier(points_percent=150, warranty_months=24, card_face="蓝色", card_note="早晚刷牙")
    assert found[1:] == [
        "消费积分是平常的 150%。", "售后保障 24 个月。", "卡面：蓝色。", "卡背：早晚刷牙。",
    ]  # fmt: skip


def test_the_lowest_tier_has_nothing_to_inherit():
    assert of_tier(inherits=True) == ["怎样达到：挂号就诊即可。"]


# -- birthday, member day, referral ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (Birthday("day"), "生日权益在生日当天领。"),
        (Birthday("month"), "生日权益在生日当月领。"),
        (Birthday("around", 7), "生日权益在生日前后各 7 天内领。"),
    ],
)
def test_c11_when_the_birthday_is(rule, sentence):
    assert lines(replace(ALL["生日当月"], birthday=rule), "生日") == [sentence]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (MemberDay("会员日", monthly_day=8), "会员日：每月 8 日。"),
        (MemberDay("会员节", start="2026-05-01"), "会员节：2026-05-01 起。"),
        (MemberDay("会员节"), "会员节：日期待定。"),
    ],
)
def test_r074_r095_the_member_day(day, sentence):
    assert lines(replace(ALL["普通银金"], member_days=(day,)), "会员日") == [sentence]


def test_e55_e56_referral():
    referral = Referral(
        referrer=Reward(points=200),
        newcomer=Reward(kind="coupon", name="抵用券", value_yuan=50),
        first_payment_yuan=300,
    )
    assert lines(replace(ALL["空白"], referral=referral), "推荐") == [
        "推荐人：200 积分。",
        "新客：抵用券(每张价值 50 元)。",
        "新客第一次付款满 300 元，过 7 天发奖励；30 天内退款的收回。",
        "每人每年最多得 10 次推荐奖励，只算直接推荐。",
    ]
    gift = Referral(referrer=Reward(kind="gift"))
    assert lines(replace(ALL["空白"], referral=gift), "推荐")[0] == "推荐人：奖励。"


# -- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"single_basis": "day"}, "同一天的付款合起来算一次单笔消费。"),
        ({"year_basis": "anniversary"}, "按期的次数从达到等级那天起按周年算。"),
        ({"on_upgrade": "sum"}, "升级后新旧等级的次数相加。"),
        ({"grant_skipped_tiers": True}, "跨级达到时，补发中间等级的一次性权益。"),
    ],
)
def test_c13_c20_c21_c23_settings_of_方案A(changes, sentence):
    assert sentence in lines(replace(ALL["医院方案A"], **changes), "优惠和升级")


@pytest.mark.parametrize(
    ("stacking", "sentence"),
    [
        ("multiply", "几种优惠碰在一起，折上折。"),
        (
            "exclusive",
            "几种优惠碰在一起不叠加：生日、会员日这类优惠代替平常的会员价；免费的仍然免费。",
        ),
    ],
)
def test_c12_stacking(stacking, sentence):
    assert sentence in lines(replace(ALL["诊所付费"], stacking=stacking), "优惠和升级")


def test_what_never_ends_unused_is_not_said_to_end():
    benefit = replace(ALL["医院方案A"].tiers[1].benefits[0], carry_over=True, basis="calendar")
    found = lines(replace(ALL["空白"], tiers=(member(benefits=(benefit,)),)), "优惠和升级")
    assert found == []


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("extend", "升级时，没用完的天数加到新的期限上。"),
        ("full", "升级时，按新等级缴全额会费。"),
    ],
)
def test_e57_upgrades_of_a_fee(rule, sentence):
    assert sentence in lines(replace(ALL["年费三档"], upgrade_fee=rule), "到期和退会")


def test_e60_without_cooling_off_nothing_is_promised():
    programme = replace(ALL["年费三档"], leaving=Leaving(cooling_days=0))
    assert not any("全额退" in line for line in lines(programme, "到期和退会"))
