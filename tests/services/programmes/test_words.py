"""The phrases a programme is made of."""

from __future__ import annotations

import pytest

from services.programmes.definition import (
    PENDING,
    Benefit,
    Discount,
    Enrol,
    Fee,
    Reach,
    Reception,
    Reward,
)
from services.programmes.words import (
    benefit_words,
    discount_words,
    enrol_words,
    fee_words,
    price_words,
    reach_words,
    reception_words,
    reward_words,
)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Reach(single_spend_yuan=1000), "单笔消费满 1,000 元"),
        (
            Reach(visits=3, drug_spend_yuan=500, points=2000),
            "到诊满 3 次，并且购药满 500 元，并且累计积分满 2,000 分",
        ),
        (Reach(visits=1), "挂号就诊即可"),
        (Reach(visits=1, fee=True), "到诊满 1 次，并且缴纳会费"),
        (Reach(health_grade=PENDING), "口腔健康评级达到 待定 级"),
        (Reach(cumulative_spend_yuan=5000, within_months=12), "12 个月内累计消费满 5,000 元"),
        (Reach(purchase_points=3000), "用 3,000 积分换取"),
        (Reach(approval=True), "经领导批准"),
        (Reach(), "条件待定"),
    ],
)
def test_r027_r047_r102_r153_ways_to_a_tier(way, words):
    assert reach_words(way) == words


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Enrol(any_visit=True), "挂号就诊即可"),
        (Enrol(single_spend_yuan=1000), "单笔消费满 1,000 元"),
        (Enrol(fee=True, approval=True), "缴纳所选等级的会费，并且经领导批准"),
        (Enrol(), "条件待定"),
    ],
)
def test_c8_ways_to_join(way, words):
    assert enrol_words(way) == words


@pytest.mark.parametrize(
    ("fee", "words"),
    [
        (Fee(yuan=0, every="once"), "不收会费"),
        (Fee(yuan=100), "每年 100 元"),
        (Fee(yuan=1200, every="half"), "每半年 1,200 元"),
        (Fee(yuan=30, every="quarter"), "每季度 30 元"),
        (Fee(yuan=PENDING, every="month"), "每月 待定 元"),
        (Fee(yuan=500, every="once"), "一次 500 元"),
        (Fee(yuan=500, every=PENDING), "500 元，多久缴一次待定"),
    ],
)
def test_r023_r104_fees(fee, words):
    assert fee_words(fee) == words


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (0, "免费"),
        (5, "0.5 折(付原价的 5%)"),
        (85, "8.5 折(付原价的 85%)"),
        (90, "9 折(付原价的 90%)"),
        (100, "原价"),
        (120, "付原价的 120%"),
        (PENDING, "会员价待定"),
    ],
)
def test_r005_r104_a_price_as_the_trade_says_it(percent, words):
    assert price_words(percent) == words


@pytest.mark.parametrize(
    ("discount", "words"),
    [
        (Discount(90, classes=("正畸", "种植")), "正畸、种植：9 折(付原价的 90%)"),
        (Discount(80), "全部项目：8 折(付原价的 80%)"),
        (Discount(0, classes=("复诊",), name="术后复诊"), "术后复诊(复诊)：免费"),
        (Discount(50, window="birthday_month"), "生日当月，全部项目：5 折(付原价的 50%)"),
        (
            Discount(80, window="weekdays", weekdays=(2, 7)),
            "星期二、星期日，全部项目：8 折(付原价的 80%)",
        ),
        (
            Discount(80, window="dates", start="2026-06-01", end="2026-06-30"),
            "2026-06-01 至 2026-06-30，全部项目：8 折(付原价的 80%)",
        ),
        (Discount(PENDING, window="dates"), "日期待定，全部项目：会员价待定"),
    ],
)
def test_r005_r021_r111_member_prices(discount, words):
    assert discount_words(discount) == words


@pytest.mark.parametrize(
    ("benefit", "words"),
    [
        (Benefit("a", "gift", "礼品", value_yuan=10), "礼品：共 1 份，每份价值 10 元，可以转赠"),
        (
            Benefit("a", "service", "洁牙", 2, per="half"),
            "洁牙：每半年 2 次，可以转赠，新客免挂号费",
        ),
        (
            Benefit("a", "service", "洁牙", per="month", waives_registration=False),
            "洁牙：每月 1 次，可以转赠",
        ),
        (
            Benefit("a", "coupon", "券", per="birthday", transferable=False, valid_days=30),
            "券：每年生日 1 张，不能转赠，30 天内有效",
        ),
        (Benefit("a", "advice", "建议", per="quarter"), "建议：每季度 1 次"),
        (
            Benefit(
                "a", "service", "检查", per="year", basis="anniversary", carry_over=True,
                beneficiary="self",
            ),
            "检查：每年 1 次，从达成日起按周年算，没用完的可以结转，限本人",
        ),
        (
            Benefit(
                "a", "service", "义齿", per="term", unit="颗", quantity=PENDING,
                beneficiary="family", beneficiary_age_from=60, beneficiary_age_below=90,
            ),
            "义齿：会籍期内 待定 颗，限 60 岁及以上，90 岁以下的家人",
        ),
        (
            Benefit("a", "service", "涂氟", beneficiary_age_below=12, transferable=False),
            "涂氟：共 1 次，限 12 岁以下的人，不能转赠",
        ),
        (
            Benefit(
                "a", "gift", "礼包", reason="enrol", contents=("牙刷", "牙膏"), given="confirm",
                card_required=True, voucher="card", borne_by="doctor", transferable=False,
            ),
            "礼包：共 1 份，入会时给，含牙刷、牙膏，不能转赠，凭会员卡，费用由医生承担，"
            "发项目卡，员工确认后给",
        ),
    ],
)  # fmt: skip
def test_r133_r134_r161_benefits(benefit, words):
    assert benefit_words(benefit) == words


@pytest.mark.parametrize(
    ("reception", "words"),
    [
        (Reception(), ""),
        (
            Reception(escort="to_floor", tell_doctor=True, room="bookable"),
            "有人带到诊区，告知接诊医生，可以预约 VIP 诊室",
        ),
        (Reception(lounge="接待室", extra_minutes=15), "请到接待室，就诊时间多留 15 分钟"),
    ],
)
def test_r126_r127_c15_reception(reception, words):
    assert reception_words(reception) == words


@pytest.mark.parametrize(
    ("reward", "words"),
    [
        (Reward(), ""),
        (Reward(points=100), "100 积分"),
        (
            Reward(points=PENDING, kind="gift", name="牙刷", value_yuan=PENDING),
            "待定 积分和牙刷(每份价值 待定 元)",
        ),
    ],
)
def test_r051_rewards(reward, words):
    assert reward_words(reward) == words
