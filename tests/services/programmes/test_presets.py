"""The shipped presets say what the source documents say, number by number."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from services.errors import RuleError
from services.programmes.definition import (
    PENDING,
    Benefit,
    DefinitionError,
    Discount,
    Enrol,
    Points,
    Programme,
    Reach,
    Redeemable,
    check,
    from_json,
    from_toml,
    to_json,
)
from services.programmes.items import ITEM_CLASSES
from services.programmes.plan import gift_bands
from services.programmes.registry import PRESETS, preset, preset_names
from tests.services.programmes.presets import ALL, AT_A_VISIT, BY_FEE, benefits, pays, tier

# -- the files -------------------------------------------------------------------------------------


def test_the_names_stand_in_the_order_of_the_table():
    assert preset_names() == [
        "医院方案A", "医院方案B", "卡通三级", "缴费会员", "VIP四级", "黄金白银", "三级积分",
        "自选等级", "生日当月", "体检/矫正会员", "付费期限", "专属医生", "入会礼",
        "时间型 · 项目型 · 访问型", "年费三档", "普通银金", "银金钻付费", "诊所付费",
        "挂号即会员", "空白",
    ]  # fmt: skip


def test_every_file_is_offered_under_the_name_inside_it():
    inside = {
        path.name: from_toml(path.read_text(encoding="utf-8")).name
        for path in PRESETS.glob("*.toml")
    }
    assert sorted(inside.values()) == sorted(preset_names())
    assert all(name.replace("/", "") + ".toml" == file for file, name in inside.items())


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_sound_and_comes_back_from_json(name):
    programme = ALL[name]
    check(programme)
    assert from_json(to_json(programme)) == programme
    assert programme.name == name
    assert programme.summary.endswith("。")
    assert programme.source or name == "空白"
    assert all(re.fullmatch("#[0-9A-F]{6}", each.colour) for each in programme.tiers)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("体检矫正会员", "体检/矫正会员"),
        ("体检 / 矫正会员", "体检/矫正会员"),
        ("时间型项目型访问型", "时间型 · 项目型 · 访问型"),
        ("时间型·项目型·访问型", "时间型 · 项目型 · 访问型"),
        (" VIP四级 ", "VIP四级"),
    ],
)
def test_blanks_dots_and_slashes_may_be_left_out(said, meant):
    assert preset(said).name == meant


@pytest.mark.parametrize("name", ["", " ", "/", "vip", "医院方案", "../医院方案A"])
def test_an_unknown_name_is_answered_with_the_choices(name):
    with pytest.raises(RuleError, match=r"没有“.*”这个方案。可选：医院方案A、.*、空白。"):
        preset(name)


def discounts(programme: Programme) -> list[Discount]:
    return [each for step in programme.tiers for each in step.discounts]


@pytest.mark.parametrize("name", preset_names())
def test_classes_are_the_clinics_own(name):
    programme = ALL[name]
    used = [c for d in discounts(programme) for c in d.classes]
    used += [c for rate in programme.points.rates for c in rate.classes]
    assert set(used) <= set(ITEM_CLASSES)


@pytest.mark.parametrize("name", sorted({*ALL} - {"医院方案A", "医院方案B"}))
def test_c19_no_document_is_asked_for_where_the_source_asks_for_none(name):
    assert ALL[name].real_name is False


@pytest.mark.parametrize("name", sorted(name for name, p in ALL.items() if p.term == "paid"))
def test_r107_a_paid_contract_is_for_adults(name):
    assert ALL[name].min_age == 18
    assert all(any(way.fee for way in step.reach) for step in ALL[name].tiers)


@pytest.mark.parametrize("name", sorted(name for name, p in ALL.items() if p.points.mode != "none"))
def test_r157_one_yuan_is_one_point_unless_said_otherwise(name):
    points = ALL[name].points
    assert (points.per_yuan, points.yuan_step, points.rounding) == (1, 1, "floor")
    assert (points.expiry_months, points.expiry_year_ends) == (
        12 if name == "VIP四级" else None, None,
    )  # fmt: skip


# -- 医院方案A, 医院方案B (S18, S19) ---------------------------------------------------------------

ENROL = (
    Enrol(seen_from="2013-10-01"),
    Enrol(seen_before="2013-10-01", cumulative_spend_yuan=20_000),
    Enrol(approval=True),
)


@pytest.mark.parametrize("name", ["医院方案A", "医院方案B"])
def test_r154_r155_r153_who_may_join_and_for_how_long(name):
    programme = ALL[name]
    assert (programme.enrol, programme.term, programme.real_name) == (ENROL, "lifetime", True)


def test_r139_a_gifts_are_one_percent_of_the_single_purchase():
    bands = [
        (step.reach[0].single_spend_yuan, benefit.value_yuan)
        for step in ALL["医院方案A"].tiers
        for benefit in step.benefits
        if benefit.kind == "gift"
    ]
    assert bands == [(1000, 10), (5000, 50), (10_000, 100), (20_000, 200)]


def test_r165_b_spends_its_points_from_1000_at_once_or_2000_in_all():
    points = ALL["医院方案B"].points
    opens = (Reach(single_spend_yuan=1000), Reach(cumulative_spend_yuan=2000))
    assert (points.mode, points.opens) == ("spend", opens)
    assert [(step.name, step.reach) for step in ALL["医院方案B"].tiers] == [("会员", opens)]


def test_r139_r141_r166_what_b_has_in_its_catalogue():
    catalogue = ALL["医院方案B"].points.catalogue
    assert [(item.kind, item.name, item.points, item.unit) for item in catalogue] == [
        ("gift", "口腔保健礼品(10元档)", 1000, "份"),
        ("gift", "口腔保健礼品(50元档)", 5000, "份"),
        ("gift", "口腔保健礼品(100元档)", 10_000, "份"),
        ("gift", "口腔保健礼品(200元档)", 20_000, "份"),
        ("service", "超声波洁牙(带抛光脱敏)", 5000, "次"),
        ("service", "喷砂洁牙(带抛光脱敏)", 6000, "次"),
        ("service", "儿童氟保护漆防龋护理", 2000, "全口"),
        ("service", "儿童窝沟封闭(进口材料)", 2000, "颗"),
        ("service", "面部护理", 3000, "次"),
        ("service", "中草药热疗", 5000, "次"),
    ]
    assert [item.value_yuan for item in catalogue] == [10, 50, 100, 200, 0, 0, 0, 0, 0, 0]


def test_r168_b_transfers_its_services_with_the_card():
    services = [item for item in ALL["医院方案B"].points.catalogue if item.kind == "service"]
    assert all(item.card_required and item.transferable for item in services)
    assert ALL["医院方案B"].card == "physical"


# -- the presets of S1 to S5 -----------------------------------------------------------------------


def test_r001_r006_卡通三级_blue_green_and_gold_by_spend():
    pending = (Reach(cumulative_spend_yuan=PENDING),)
    assert [(t.name, t.reach, t.card_face[:2]) for t in ALL["卡通三级"].tiers] == [
        ("小白牙会员", pending, "简洁"),
        ("皓齿会员", pending, "绿色"),
        ("钻石牙会员", pending, "金色"),
    ]
    assert "蓝" in tier("卡通三级", "小白牙会员").card_face
    assert (ALL["卡通三级"].card, ALL["卡通三级"].points.mode) == ("physical", "none")
    assert all(step.card_note for step in ALL["卡通三级"].tiers)  # R007


def test_r002_r003_r004_r005_what_皓齿_brings():
    bright = benefits("卡通三级", "皓齿会员")
    advice, whitening = bright["专业牙齿护理建议"], bright["牙齿美白体验"]
    assert tier("卡通三级", "皓齿会员").inherits
    assert (advice.kind, advice.quantity, advice.per) == ("advice", 1, "quarter")
    assert (whitening.kind, whitening.quantity, whitening.per) == ("service", 1, "term")
    assert pays("卡通三级", "皓齿会员") == [(90, ("正畸", "种植"), "always")]


def test_r008_r009_members_are_seen_first_and_钻石牙_has_a_lounge():
    receptions = [step.reception for step in ALL["卡通三级"].tiers]
    assert [each.queue for each in receptions] == [1, 1, 2]
    assert [bool(each.lounge) for each in receptions] == [False, False, True]


def test_r017_r021_r023_r024_缴费会员():
    programme = ALL["缴费会员"]
    assert (programme.agreement, programme.enrol) == (True, (Enrol(fee=True),))
    member = tier("缴费会员", "会员")
    assert member.reach == BY_FEE
    assert [(fee.yuan, fee.every) for fee in member.fees] == [
        (PENDING, "year"), (PENDING, "quarter"), (PENDING, "month"),
    ]  # fmt: skip
    assert pays("缴费会员", "会员") == [
        (PENDING, (), "always"), (0, ("检查",), "first_visit"), (0, ("复诊",), "always"),
    ]  # fmt: skip
    assert programme.needs_doctor  # R016
    assert (member.reception.queue, member.reception.escort) == (1, "full")  # R015, R019


def test_r027_VIP四级_by_spend_visits_or_health():
    ways = (
        Reach(cumulative_spend_yuan=PENDING),
        Reach(visits=PENDING),
        Reach(health_grade=PENDING),
    )
    assert [(t.name, t.reach, t.inherits) for t in ALL["VIP四级"].tiers] == [
        ("普通会员", AT_A_VISIT, False),
        ("银卡会员", ways, True),
        ("金卡会员", ways, True),
        ("白金卡会员", ways, True),
    ]


def test_r029_r030_r031_the_care_kit_0_1_2_4_times_200_yuan():
    kits = {
        step.name: [
            (b.quantity, b.value_yuan, b.per, b.quota, b.kind)
            for b in step.benefits
            if "护理套餐" in b.name
        ]
        for step in ALL["VIP四级"].tiers
    }
    assert kits == {
        "普通会员": [],
        "银卡会员": [(1, 200, "once", "护理套餐", "service")],
        "金卡会员": [(2, 200, "once", "护理套餐", "service")],
        "白金卡会员": [(4, 200, "once", "护理套餐", "service")],
    }


def test_r028_r029_r030_r036_the_member_prices_of_VIP四级():
    found = {step.name: pays("VIP四级", step.name) for step in ALL["VIP四级"].tiers}
    assert found == {
        "普通会员": [
            (PENDING, ("检查", "治疗", "洁牙"), "always"),
            (PENDING, ("治疗", "美容"), "birthday_day"),
        ],
        "银卡会员": [(PENDING, ("牙周", "根管", "美容"), "always")],
        "金卡会员": [(PENDING, ("修复", "正畸", "种植"), "always")],
        "白金卡会员": [],
    }


def test_r033_r034_r035_points_of_VIP四级_and_its_birthday():
    points = ALL["VIP四级"].points
    assert (points.mode, points.per_yuan_off, points.expiry_months) == ("spend", 100, 12)
    assert [item.kind for item in points.catalogue] == ["gift", "coupon"]  # R032
    assert ALL["VIP四级"].birthday.window == "day"
    gift = benefits("VIP四级", "普通会员")["生日礼物"]
    assert (gift.kind, gift.quantity, gift.per, gift.reason) == ("gift", 1, "birthday", "birthday")


def test_r042_r044_黄金白银():
    pending = (Reach(cumulative_spend_yuan=PENDING),)
    assert [(t.name, t.reach) for t in ALL["黄金白银"].tiers] == [
        ("普通会员", AT_A_VISIT), ("白银会员", pending), ("黄金会员", pending),
    ]  # fmt: skip
    assert pays("黄金白银", "普通会员") == []
    assert pays("黄金白银", "白银会员") == [(PENDING, (), "always")]
    assert pays("黄金白银", "黄金会员") == [(PENDING, (), "always"), (0, ("检查",), "always")]
    assert "优先预约" in tier("黄金白银", "白银会员").promises
    assert "优先预约" in tier("黄金白银", "黄金会员").promises
    assert benefits("黄金白银", "普通会员")["生日礼包"].per == "birthday"
    assert {item.kind for item in ALL["黄金白银"].points.catalogue} == {"gift", "service"}


def test_r047_r048_三级积分():
    ways = (
        Reach(visits=PENDING),
        Reach(drug_spend_yuan=PENDING),
        Reach(cumulative_spend_yuan=PENDING),
    )
    assert [(t.name, t.reach, t.points_percent) for t in ALL["三级积分"].tiers] == [
        ("初级会员", AT_A_VISIT, 100), ("中级会员", ways, PENDING), ("高级会员", ways, PENDING),
    ]  # fmt: skip
    assert pays("三级积分", "初级会员") == [
        (PENDING, ("挂号", "检查"), "first_visit"), (0, ("检查",), "always"),
    ]  # fmt: skip
    assert pays("三级积分", "高级会员") == [(PENDING, ("修复",), "always")]


def test_r049_r050_r051_what_points_of_三级积分_come_from_and_go_to():
    programme = ALL["三级积分"]
    assert programme.points.bonuses == (("参加活动", PENDING),)
    assert {item.kind for item in programme.points.catalogue} == {"gift", "coupon"}
    assert programme.referral is not None
    reward = programme.referral.referrer
    assert (reward.points, reward.kind, reward.name) == (PENDING, "coupon", "抵用券")


# -- what the editor may not make of one -----------------------------------------------------------


@pytest.mark.parametrize("day", [0, 8])
def test_weekdays_are_one_to_seven(day):
    member = tier("医院方案B", "会员")
    wrong = replace(member, discounts=(Discount(80, window="weekdays", weekdays=(day,)),))
    with pytest.raises(DefinitionError, match="Monday"):
        check(replace(ALL["医院方案B"], tiers=(wrong,)))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": ""}, "a name of its own"),
        ({"benefits": (Benefit("a@2026", "gift", "礼品"),)}, "no @"),
        ({"benefits": (Benefit("a", "gift", "礼品", value_yuan=-1),)}, "below zero"),
    ],
)
def test_tiers_are_named_keys_plain_and_numbers_not_negative(changes, complaint):
    wrong = replace(tier("医院方案B", "会员"), **changes)
    with pytest.raises(DefinitionError, match=complaint):
        check(replace(ALL["医院方案B"], tiers=(wrong,)))


def test_two_tiers_of_one_name_cannot_be_told_apart():
    member = tier("医院方案B", "会员")
    with pytest.raises(DefinitionError, match="a name of its own"):
        check(replace(ALL["医院方案B"], tiers=(member, replace(member, rank=2))))


def test_r139_the_gift_bands_of_a_programme_ascend():
    assert gift_bands(ALL["医院方案A"]) == [10, 50, 100, 200]
    priced = Redeemable("x", "gift", "礼", 100, value_yuan=30)
    open_ = Redeemable("y", "gift", "礼", 100, value_yuan="待定")
    points = Points("spend", catalogue=(priced, open_))
    assert gift_bands(replace(ALL["空白"], points=points)) == [30]
