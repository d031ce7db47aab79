"""The presets of S6 to S17: what is bought, joined on application, or given to whoever comes."""

from __future__ import annotations

from services.programmes.definition import PENDING, Enrol, Fee, MemberDay, Rate, Reach
from services.programmes.items import TREATMENT_CLASSES
from tests.services.programmes.presets import ALL, AT_A_VISIT, BY_FEE, FREE, benefits, pays, tier

# -- the presets of S6 to S12 ----------------------------------------------------------------------


def test_r054_r056_r057_自选等级_is_bought():
    tiers = ALL["自选等级"].tiers
    assert 3 <= len(tiers) <= 4
    assert all(step.reach == BY_FEE for step in tiers)
    assert all(step.fees == (Fee(yuan=PENDING, every=PENDING),) for step in tiers)
    assert ALL["自选等级"].agreement
    assert [step.reception.queue for step in tiers] == [1, 2, 3]  # R055
    assert all(step.reception.lounge == "会员候诊室" for step in tiers)


def test_r060_r061_生日当月():
    programme = ALL["生日当月"]
    assert programme.birthday.window == "month"
    assert benefits("生日当月", "普通会员")["生日礼品"].per == "birthday"
    assert {item.kind for item in programme.points.catalogue} == {"gift", "service"}
    assert [step.reach for step in programme.tiers] == [
        AT_A_VISIT, (Reach(cumulative_spend_yuan=PENDING),),
    ]  # fmt: skip


def test_r064_r065_体检_at_90_and_矫正_at_80():
    name = "体检/矫正会员"
    assert [(t.name, t.reach, t.fees) for t in ALL[name].tiers] == [
        ("体检会员", BY_FEE, FREE), ("矫正会员", BY_FEE, FREE),
    ]  # fmt: skip
    assert pays(name, "体检会员") == [(90, ("检查",), "always")]
    assert pays(name, "矫正会员") == [(80, ("正畸",), "always")]
    assert {item.kind for item in ALL[name].points.catalogue} == {"gift", "service"}


def test_r068_the_birthday_of_体检会员_is_a_service_and_a_coupon():
    found = tier("体检/矫正会员", "体检会员").benefits
    assert [(b.kind, b.per) for b in found] == [("service", "birthday"), ("coupon", "birthday")]


def test_r070_付费期限_leaves_fee_time_items_and_prices_open():
    member = tier("付费期限", "会员")
    assert (member.reach, member.fees) == (BY_FEE, (Fee(yuan=PENDING, every=PENDING),))
    assert pays("付费期限", "会员") == [(PENDING, (), "always")]
    assert [(b.quantity, b.per) for b in member.benefits] == [(PENDING, "term")]


def test_r072_r075_r076_r077_专属医生():
    programme = ALL["专属医生"]
    assert (programme.needs_doctor, programme.agreement, programme.min_age) == (True, True, 18)
    assert programme.review_months == 12
    assert (tier("专属医生", "会员").reach, tier("专属医生", "会员").fees) == (BY_FEE, FREE)


def test_r074_专属医生_has_member_days_and_rewards_referrals():
    programme = ALL["专属医生"]
    assert programme.member_days == (MemberDay(name="会员节"), MemberDay(name="会员特惠日"))
    assert pays("专属医生", "会员") == [(PENDING, (), "member_day")]
    assert programme.referral is not None
    assert programme.referral.referrer.value_yuan == PENDING


def test_r080_r081_入会礼_by_itself_after_a_word_or_by_hand():
    found = tier("入会礼", "会员").benefits
    assert [(b.kind, b.given, b.reason) for b in found] == [
        ("gift", "auto", "enrol"), ("coupon", "confirm", "enrol"), ("advice", "manual", "tier"),
    ]  # fmt: skip


def test_r083_r084_r085_r086_three_kinds_of_paid_membership():
    programme = ALL["时间型 · 项目型 · 访问型"]
    assert programme.places == PENDING
    assert [(t.name, [f.every for f in t.fees]) for t in programme.tiers] == [
        ("时间型会员", ["year", "half"]), ("项目型会员", ["once"]), ("访问型会员", [PENDING]),
    ]  # fmt: skip
    assert [[d.classes for d in t.discounts] for t in programme.tiers] == [
        [()], [("根管", "正畸")], [],
    ]  # fmt: skip
    assert not any(step.inherits for step in programme.tiers)
    assert [step.unlimited for step in programme.tiers] == [False, False, True]


# -- the presets of S13 to S17 ---------------------------------------------------------------------


def test_r088_r089_r090_年费三档_100_300_800_a_year():
    tiers = ALL["年费三档"].tiers
    assert [(t.name, t.reach, t.fees, t.inherits) for t in tiers] == [
        ("基础会员", BY_FEE, (Fee(yuan=100, every="year"),), False),
        ("高级会员", BY_FEE, (Fee(yuan=300, every="year"),), True),
        ("钻石会员", BY_FEE, (Fee(yuan=800, every="year"),), True),
    ]
    assert [[b.name for b in t.benefits] for t in tiers] == [
        ["牙菌膜清洁", "牙齿预防性修复", "牙科洁治"],
        ["口腔检查", "口腔疾病咨询", "常见口腔疾病治疗"],
        ["口腔健康管理全方位咨询", "固定修复"],
    ]
    inclusions = [b for t in tiers for b in t.benefits]
    assert all((b.quantity, b.per) == (PENDING, "term") for b in inclusions)


def test_r094_r095_普通银金_earns_by_tier_and_on_the_member_day():
    programme = ALL["普通银金"]
    assert [(t.name, t.points_percent) for t in programme.tiers] == [
        ("普通会员", 100), ("银卡会员", PENDING), ("金卡会员", PENDING),
    ]  # fmt: skip
    assert programme.tiers[0].reach == AT_A_VISIT
    assert programme.member_days == (MemberDay(name="会员日"),)
    assert programme.points.rates == (Rate(percent=PENDING, member_day=True),)


def test_r100_r102_银金钻付费_by_fee_or_points():
    programme = ALL["银金钻付费"]
    bought = (Reach(fee=True), Reach(purchase_points=PENDING))
    assert [(t.name, t.reach) for t in programme.tiers] == [
        ("银卡会员", BY_FEE), ("金卡会员", bought), ("钻石卡会员", bought),
    ]  # fmt: skip
    assert all(t.fees == (Fee(yuan=PENDING, every=PENDING),) for t in programme.tiers)
    assert (programme.points.mode, programme.points.per_yuan_off) == ("spend", PENDING)
    assert len(programme.points.catalogue) == 1


def test_r097_r098_r099_the_prices_of_银金钻付费():
    listed = ("检查", "治疗", "洁牙", "正畸")
    assert pays("银金钻付费", "银卡会员") == [
        (0, ("检查",), "first_visit"), (PENDING, listed, "always"), (0, ("复检",), "always"),
    ]  # fmt: skip
    assert pays("银金钻付费", "金卡会员") == [(PENDING, listed, "always")]


def test_r104_r105_r106_诊所付费_0_500_1000_at_90_80_70():
    tiers = ALL["诊所付费"].tiers
    assert [(t.name, t.fees, t.reach) for t in tiers] == [
        ("普通会员", FREE, BY_FEE),
        ("银卡会员", (Fee(yuan=500, every=PENDING),), BY_FEE),
        ("金卡会员", (Fee(yuan=1000, every=PENDING),), BY_FEE),
    ]
    always = [
        next(d.pay_percent for d in t.discounts if d.classes == TREATMENT_CLASSES) for t in tiers
    ]
    assert always == [90, 80, 70]


def test_r111_c12_诊所付费_half_price_on_the_birthday_itself():
    birthday = tier("诊所付费", "普通会员").discounts[1]
    assert (birthday.pay_percent, birthday.window) == (50, "birthday_day")
    assert birthday.classes == TREATMENT_CLASSES
    assert ALL["诊所付费"].stacking == "best"
    assert all(step.inherits for step in ALL["诊所付费"].tiers[1:])


def test_r106_the_gold_kit_has_three_parts():
    kit = benefits("诊所付费", "金卡会员")["口腔护理套装"]
    assert (kit.kind, kit.quantity, kit.contents) == ("gift", 1, ("牙刷", "牙膏", "漱口水"))


def test_r107_r108_诊所付费_from_18_and_how_it_is_left():
    programme = ALL["诊所付费"]
    assert programme.min_age == 18
    assert (programme.leaving.refund_percent, programme.leaving.notice_months) == (80, 1)


def test_r110_goods_are_not_care_and_have_a_price_of_their_own():
    assert (PENDING, ("保健品",), "always") in pays("诊所付费", "银卡会员")
    assert not {"保健品", "药品", "挂号"} & set(TREATMENT_CLASSES)


def test_r114_whoever_registers_is_普通():
    programme = ALL["挂号即会员"]
    assert programme.enrol == (Enrol(any_visit=True),)
    assert [(t.name, t.reach) for t in programme.tiers] == [
        ("普通会员", AT_A_VISIT), ("银卡会员", BY_FEE), ("金卡会员", BY_FEE), ("钻石会员", BY_FEE),
    ]  # fmt: skip


def test_r115_r116_r117_r119_what_the_paid_tiers_of_挂号即会员_bring():
    tiers = ALL["挂号即会员"].tiers
    assert [t.warranty_months for t in tiers] == [None, None, PENDING, PENDING]
    assert [t.reception.queue for t in tiers] == [0, 1, 2, 3]
    assert [[b.name for b in t.benefits] for t in tiers[1:]] == [
        ["医生营养咨询", "口腔健康检查"],
        ["专家面诊", "影像学检查"],
        ["口腔和全身体检", "口腔SPA"],
    ]


def test_空白_holds_nothing():
    programme = ALL["空白"]
    assert (programme.tiers, programme.points.mode, programme.enrol) == ((), "none", ())
