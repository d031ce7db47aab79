"""What a programme lacks before it can be signed."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.programmes import definition
from services.programmes.definition import (
    PENDING,
    Benefit,
    Discount,
    Enrol,
    Fee,
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
    to_json,
)
from services.programmes.gaps import Gap, asked_for, missing
from tests.services.programmes.presets import ALL

STRUCTS = [
    each
    for each in vars(definition).values()
    if isinstance(each, type) and issubclass(each, msgspec.Struct) and each is not msgspec.Struct
]
BLANK = ALL["空白"]
MEMBER = Tier(rank=1, name="会员", colour="", reach=(Reach(visits=1),))


def one(**changes: Any) -> Programme:
    """A complete programme of one tier, changed."""
    return replace(BLANK, tiers=(replace(MEMBER, **changes),))


def sentences(programme: Programme) -> list[str]:
    return [gap.sentence for gap in missing(programme)]


def may_be_pending(hint: object) -> bool:
    return PENDING in typing.get_args(hint) or any(map(may_be_pending, typing.get_args(hint)))


# -- nothing forgotten -----------------------------------------------------------------------------


def test_every_number_that_may_be_pending_has_a_question():
    fields = {
        (struct, name)
        for struct in STRUCTS
        for name, hint in typing.get_type_hints(struct).items()
        if may_be_pending(hint)
    }
    assert set(asked_for()) == fields


@pytest.mark.parametrize("name", [*ALL])
def test_no_pending_number_is_overlooked(name):
    gaps = missing(ALL[name])
    undated = sum(gap.path.startswith("member_days") for gap in gaps)
    assert len(gaps) - undated == to_json(ALL[name]).count(PENDING)
    assert len({gap.path for gap in gaps}) == len(gaps)
    assert len({gap.sentence for gap in gaps}) == len(gaps)


COUNTS = {
    "医院方案A": 0, "医院方案B": 0, "卡通三级": 3, "缴费会员": 5, "VIP四级": 18, "黄金白银": 8,
    "三级积分": 18, "自选等级": 9, "生日当月": 7, "体检/矫正会员": 4, "付费期限": 4,
    "专属医生": 5, "入会礼": 4, "时间型 · 项目型 · 访问型": 8, "年费三档": 8, "普通银金": 8,
    "银金钻付费": 13, "诊所付费": 3, "挂号即会员": 17, "空白": 0,
}  # fmt: skip


def test_only_presets_with_every_number_given_are_complete():
    assert {name: len(missing(programme)) for name, programme in ALL.items()} == COUNTS


# -- the lists of some presets ---------------------------------------------------------------------


def test_r001_卡通三级_lacks_its_thresholds():
    assert missing(ALL["卡通三级"]) == tuple(
        Gap(f"tiers[{index}].reach[0].cumulative_spend_yuan", f"{name}：累计消费满多少元")
        for index, name in enumerate(("小白牙会员", "皓齿会员", "钻石牙会员"))
    )


def test_r090_年费三档_lacks_how_often_each_item_is_included():
    assert sentences(ALL["年费三档"]) == [
        "基础会员的牙菌膜清洁：会籍期内多少次",
        "基础会员的牙齿预防性修复：会籍期内多少次",
        "基础会员的牙科洁治：会籍期内多少次",
        "高级会员的口腔检查：会籍期内多少次",
        "高级会员的口腔疾病咨询：会籍期内多少次",
        "高级会员的常见口腔疾病治疗：会籍期内多少次",
        "钻石会员的口腔健康管理全方位咨询：会籍期内多少次",
        "钻石会员的固定修复：会籍期内多少次",
    ]


def test_c18_诊所付费_lacks_the_period_of_its_fees():
    assert sentences(ALL["诊所付费"]) == [
        "银卡会员的会费：多久缴一次",
        "银卡会员的保健品会员价：付原价的百分之几",
        "金卡会员的会费：多久缴一次",
    ]


def test_a_programme_is_asked_about_in_the_order_it_is_read():
    assert sentences(ALL["普通银金"]) == [
        "会员日：积分是平常的百分之几",
        "银卡会员：累计消费满多少元",
        "银卡会员：消费积分是平常的百分之几",
        "银卡会员的全部项目会员价：付原价的百分之几",
        "金卡会员：累计消费满多少元",
        "金卡会员：消费积分是平常的百分之几",
        "金卡会员的全部项目会员价：付原价的百分之几",
        "会员日：每月几日，或者从哪天到哪天",
    ]


# -- every corner of the definition ----------------------------------------------------------------


def test_a_filled_in_programme_lacks_nothing():
    assert missing(one()) == ()


@pytest.mark.parametrize(
    ("changes", "path", "sentence"),
    [
        ({"name": ""}, "name", "方案叫什么名称"),
        ({"name": "待定"}, "name", "方案叫什么名称"),
        ({"places": PENDING}, "places", "名额多少人"),
        (
            {"enrol": (Enrol(cumulative_spend_yuan=PENDING),)},
            "enrol[0].cumulative_spend_yuan",
            "入会：累计消费满多少元",
        ),
        ({"enrol": (Enrol(),)}, "enrol[0]", "入会：达到的条件是什么"),
        (
            {"points": Points(mode="spend", per_yuan=PENDING)},
            "points.per_yuan",
            "每消费 1 元记多少积分",
        ),
        (
            {"points": Points(mode="spend", expiry_months=PENDING)},
            "points.expiry_months",
            "积分多少个月内有效",
        ),
        (
            {"points": Points(mode="spend", opens=(Reach(single_spend_yuan=PENDING),))},
            "points.opens[0].single_spend_yuan",
            "开始使用积分：单笔消费满多少元",
        ),
        (
            {"points": Points(mode="spend", bonuses=(("来诊", 5), ("讲座", PENDING)))},
            "points.bonuses[1]",
            "讲座：加多少积分",
        ),
        (
            {"points": Points(mode="spend", bonuses=((" ", 5),))},
            "points.bonuses[0]",
            "没有名称的一项：是什么活动",
        ),
        (
            {"points": Points(mode="spend", rates=(Rate(percent=PENDING, classes=("洁牙",)),))},
            "points.rates[0].percent",
            "洁牙：积分是平常的百分之几",
        ),
        (
            {"points": Points(mode="spend", rates=(Rate(percent=200, member_day=True),))},
            "points.rates[0].member_day",
            "会员日：哪些天是会员日",
        ),
        (
            {"points": Points(mode="spend", catalogue=(Redeemable("a", "gift", "", 5),))},
            "points.catalogue[0].name",
            "用积分换没有名称的一项：叫什么名称",
        ),
        (
            {"member_days": (MemberDay(name=""), MemberDay(name="周年", start="2026-05-01"))},
            "member_days[0].name",
            "没有名称的一项：叫什么名称",
        ),
        (
            {"referral": Referral(newcomer=Reward(kind="gift", value_yuan=PENDING))},
            "referral.newcomer.value_yuan",
            "新客：奖励的礼品或券价值多少元",
        ),
        ({"referral": Referral()}, "referral.referrer", "推荐奖励给什么"),
        (
            {"referral": Referral(referrer=Reward(points=5), yearly_cap=PENDING)},
            "referral.yearly_cap",
            "每人每年最多奖励几次",
        ),
        (
            {"leaving": Leaving(refund_percent=PENDING)},
            "leaving.refund_percent",
            "退会退还会费的百分之几",
        ),
    ],
)
def test_what_a_programme_may_lack(changes, path, sentence):
    assert missing(replace(one(), **changes))[0] == Gap(path, sentence)


@pytest.mark.parametrize(
    ("changes", "path", "sentence"),
    [
        ({"name": " "}, "name", "没有名称的一项：叫什么名称"),
        ({"reach": ()}, "reach", "会员：怎样达到"),
        ({"reach": (Reach(),)}, "reach[0]", "会员：达到的条件是什么"),
        ({"reach": (Reach(fee=True),)}, "fees", "会员：会费多少元，多久缴一次"),
        ({"fees": (Fee(yuan=9),)}, "reach", "会员：收了会费，达到条件里要有“缴纳会费”"),
        ({"valid_months": PENDING}, "valid_months", "会员：等级保留多少个月"),
        (
            {"valid_months": 12, "renew": (Reach(visits=PENDING),)},
            "renew[0].visits",
            "会员的保级：到诊满多少次",
        ),
        (
            {"benefits": (Benefit("a", "service", "洁牙", quantity=PENDING, per="year"),)},
            "benefits[0].quantity",
            "会员的洁牙：每年多少次",
        ),
        (
            {"benefits": (Benefit("a", "service", "封闭", quantity=PENDING, unit="颗"),)},
            "benefits[0].quantity",
            "会员的封闭：共多少颗",
        ),
        (
            {"discounts": (Discount(90, window="dates"),)},
            "discounts[0].start",
            "会员的全部项目会员价：从哪天到哪天",
        ),
        (
            {"discounts": (Discount(90, window="weekdays", name="周二"),)},
            "discounts[0].weekdays",
            "会员的周二：星期几",
        ),
        (
            {"discounts": (Discount(90, window="member_day", name="特惠"),)},
            "discounts[0].window",
            "会员的特惠：哪些天是会员日",
        ),
    ],
)
def test_what_a_tier_may_lack(changes, path, sentence):
    assert missing(one(**changes)) == (Gap(f"tiers[0].{path}", sentence),)


@pytest.mark.parametrize(
    ("every", "called"),
    [
        ("year", "年费"), ("half", "半年费"), ("quarter", "季费"), ("month", "月费"),
        ("once", "会费"),
    ],
)  # fmt: skip
def test_r023_a_fee_is_called_by_its_period(every, called):
    fee = Fee(yuan=PENDING, every=every)
    assert sentences(one(reach=(Reach(fee=True),), fees=(fee,))) == [f"会员的{called}：多少元"]


@pytest.mark.parametrize(
    "discount",
    [
        Discount(90, window="dates", end="2026-12-31"),
        Discount(90, window="weekdays", weekdays=(2,)),
        Discount(90, window="member_day"),
    ],
)
def test_a_window_with_its_days_lacks_nothing(discount):
    day = MemberDay(name="会员日", monthly_day=8)
    assert missing(replace(one(discounts=(discount,)), member_days=(day,))) == ()


def test_a_name_that_is_only_text_may_say_anything():
    assert missing(one(promises=("待定",))) == ()
