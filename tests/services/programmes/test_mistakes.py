"""What cannot be read is said in Chinese, with the place."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from services.errors import RuleError
from services.programmes.definition import (
    Benefit,
    DefinitionError,
    Discount,
    Enrol,
    MemberDay,
    Points,
    Reach,
    to_json,
)
from services.programmes.mistakes import LONGEST, read_json, read_toml, refusal, sound
from tests.services.programmes.presets import ALL

GOOD = """
name = "x"
kind = "tiered_points"
[points]
mode = "threshold"
[[tiers]]
rank = 1
name = "一"
colour = "#000000"
reach = [{ single_spend_yuan = 10 }]
[[tiers.benefits]]
key = "a"
kind = "gift"
name = "g"
"""
CHINESE = re.compile(r"[一-鿿]")


def said(text: str) -> str:
    with pytest.raises(RuleError) as caught:
        read_toml(text)
    assert CHINESE.search(caught.value.sentence)
    assert caught.value.sentence.endswith("。")
    return caught.value.sentence


def test_a_good_text_is_read():
    assert read_toml(GOOD).tier_name(1) == "一"


COLOUR = 'colour = "#000000"'
SINGLE = "single_spend_yuan = 10"
SPENT = ("达到条件第 1 项的单笔消费满(元)", "填整数，还不知道就填“待定”")
MODE = 'mode = "threshold"'


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        (SINGLE, "single_spend_yuan = 1.5", *SPENT),
        (SINGLE, 'single_spend_yuan = "多"', *SPENT),
        ("rank = 1", 'rank = "一"', "级次", "填整数"),
        (COLOUR, "colour = 3", "颜色", "填文字"),
        (COLOUR, COLOUR + "\nlocked = 1", "达到以后不再降级", "填 true 或 false"),
        (COLOUR, COLOUR + "\npromises = [1]", "其他待遇第 1 项", "填几段文字"),
        (COLOUR, COLOUR + "\nreception = 1", "接待", "内容的格式不对"),
        (COLOUR, COLOUR + "\nfees = 1", "会费", "内容的格式不对"),
        (
            COLOUR, COLOUR + '\ndiscounts = [{ pay_percent = 1, weekdays = ["一"] }]',
            "会员价第 1 项的星期几第 1 项", "填几个 1 至 7 的数字",
        ),
        ('key = "a"', 'key = "a"\nvalue_yuan = -1', "权益第 1 项的每份价值(元)", "数字不能小于 0"),
        ('key = "a"', "", "权益第 1 项", "缺少“编号”(key)"),
        ('key = "a"', 'key = "a"\nfoo = 1', "权益第 1 项", "没有“foo”这一项，请检查拼写"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_tier_names_the_field_and_what_may_stand_there(old, new, place, reason):
    assert old in GOOD
    assert said(GOOD.replace(old, new, 1)) == f"方案的“等级第 1 项的{place}”不对：{reason}。"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (MODE, 'mode = "x"', "方案的“积分的积分怎么用”不对：只能是 threshold、spend、none。"),
        (
            MODE, MODE + '\nbonuses = [["a"]]',
            "方案的“积分的活动加分第 1 项”不对：填几对名称和积分。",
        ),
        ('name = "x"', "", "方案读不了：缺少“方案名称”(name)。"),
        ('name = "x"', 'name = "x"\nfoo = 1', "方案读不了：没有“foo”这一项，请检查拼写。"),
        (
            'name = "x"', 'name = "x"\nenrol = [{ seen_from = 2013-10-01 }]',
            '方案的“入会条件第 1 项的从哪天起就诊”不对：填文字，日期写成 "2026-11-20" 这样。',
        ),
        ("rank = 1", "rank = 2", "等级的级次要从 1 起依次排列。请按从低到高的次序填写 rank。"),
        ('name = "一"', 'name = ""', "每个等级都要有名称，而且不能重复。请换一个名称。"),
        ('key = "a"', 'key = ""', "权益和兑换项目的编号不能是空的，也不能含 @。请换一个 key。"),
        ('key = "a"', 'key = "a"\nquantity = 0', "编号是“a”的权益，数量至少填 1。"),
        (
            'key = "a"', 'key = "a"\ngiven = "manual"\nreason = "points"',
            "编号是“a”的权益由员工手工给，名目不能是“兑换”。请换一个名目。",
        ),
    ],
)  # fmt: skip
def test_a_mistake_anywhere_else_is_named_too(old, new, sentence):
    assert old in GOOD
    assert said(GOOD.replace(old, new, 1)) == sentence


@pytest.mark.parametrize("key", ["redeem.1", "award.a", "tier.2"])
def test_r166_keys_of_what_no_tier_brings_are_reserved(key):
    sentence = "的开头已留给兑换、赠送和等级用。请换一个 key。"
    assert said(GOOD.replace('key = "a"', f'key = "{key}"', 1)) == f"编号“{key}”{sentence}"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("rank = 1", "rank = ", "第 7 行写得不对，可能少了引号、括号或等号"),
        ('name = "g"', 'name = "g', "第 14 行写得不对，可能少了引号、括号或等号"),
        ('name = "g"\n', "name = [", "到结尾还没写完，可能少了引号或括号"),
    ],
)
def test_a_text_that_is_no_toml_names_the_line(old, new, where):
    assert said(GOOD.replace(old, new, 1)) == f"方案文本{where}。请改好再读。"


def test_every_complaint_of_the_definition_is_known():
    benefit = ALL["医院方案A"].tiers[0].benefits[0]
    tier = replace(ALL["医院方案A"].tiers[0], benefits=(benefit, benefit))
    with pytest.raises(RuleError, match="编号不能重复"):
        sound(replace(ALL["医院方案A"], tiers=(tier,)))
    priced = replace(tier, benefits=(), discounts=(Discount(90, weekdays=(8,)),))
    with pytest.raises(RuleError, match="星期几"):
        sound(replace(ALL["医院方案A"], tiers=(priced,)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"enrol": (Enrol(seen_from="2013-02-30"),)},
            "方案的“入会条件第 1 项的从哪天起就诊”不对：日期写成 2026-11-20 这样。",
        ),
        ({"points": Points("none", yuan_step=0)}, "方案的“积分的每消费几元记一次”不对：至少填 1。"),
        (
            {"member_days": (MemberDay("八号", monthly_day=32),)},
            "方案的“会员日第 1 项的每月几日”不对：填 1 至 31。",
        ),
        ({"min_age": 10**9 + 1}, "方案的“最低入会年龄”不对：数字太大。"),
        (
            {"points": Points("none", bonuses=(("来诊", 10**10),))},
            "方案的“积分的活动加分第 1 项”不对：数字太大。",
        ),
        (
            {"points": Points("spend", opens=(Reach(points=10**10),))},
            "方案的“积分的开始使用积分的条件第 1 项的累计积分满(分)”不对：数字太大。",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(changes, sentence):
    with pytest.raises(RuleError) as caught:
        sound(replace(ALL["空白"], **changes))
    assert caught.value.sentence == sentence


def test_what_a_draft_may_hold_is_answered():
    programme = replace(ALL["空白"], points=Points("none", bonuses=(("来诊", "待定"),)))
    assert sound(programme) is programme


@pytest.mark.parametrize("text", ["{", "", "[]", '{"name": 3}', "null"])
def test_a_broken_draft_text_is_refused(text):
    with pytest.raises(RuleError, match="方案"):
        read_json(text)


def test_json_is_read_and_checked():
    assert read_json(to_json(ALL["医院方案A"])) == ALL["医院方案A"]
    tier = replace(ALL["医院方案A"].tiers[0], benefits=(Benefit("", "gift", "礼品"),))
    with pytest.raises(RuleError, match="编号"):
        read_json(to_json(replace(ALL["医院方案A"], tiers=(tier,))))


def test_a_text_that_is_none_of_ours_is_refused_quickly():
    with pytest.raises(RuleError, match="太大"):
        read_toml("#" * (LONGEST + 1))
    with pytest.raises(RuleError, match="名称套得太深"):  # the parser would take half a minute
        read_toml("[" + "a." * 190_000 + "a]")
    with pytest.raises(RuleError, match="名称套得太深"):
        read_toml('"a"' + ' . "a"' * 60 + " = 1")
    with pytest.raises(RuleError, match="套得太深"):
        read_toml("a = " + "[" * 100_000)


def test_what_is_wrong_deep_inside_nothing_known_is_still_said():
    assert refusal(DefinitionError("Expected `object`, got `int`")).sentence == (
        "方案读不了：内容的格式不对。"
    )
    missing = "Object missing required field `x` - at `$.name.deep`"
    assert refusal(DefinitionError(missing)).sentence == "方案的“方案名称”不对：缺少“x”(x)。"
