"""Edits of a programme, as a form makes them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.errors import RuleError
from services.programmes.definition import (
    PENDING,
    Benefit,
    Fee,
    Points,
    Reach,
    Redeemable,
    Referral,
    Reward,
    Tier,
    check,
)
from services.programmes.editing import (
    add,
    duplicate,
    keys_of,
    move,
    remove,
    rename,
    set_value,
    value_at,
)
from services.programmes.gaps import missing
from tests.services.programmes.made import PROGRAMMES
from tests.services.programmes.presets import ALL

A, B, BLANK = ALL["医院方案A"], ALL["医院方案B"], ALL["空白"]


# -- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tiers[2].reach[0].single_spend_yuan", 12_000),
        ("tiers[2].reach[0].single_spend_yuan", PENDING),
        ("tiers[2].reach[0].single_spend_yuan", None),
        ("tiers[0].name", "小白牙"),
        ("tiers[1].inherits", True),
        ("tiers[3].promises", ("优先预约", "专人陪同")),
        ("tiers[3].promises", ()),
        ("tiers[1].benefits[0].basis", "anniversary"),
        ("tiers[1].benefits[0].basis", None),
        ("tiers[1].reach[1]", Reach(visits=3)),
        ("points.expiry_months", 12),
        ("points.mode", "spend"),
        ("enrol[1].seen_before", "2014-01-01"),
        ("referral", Referral(referrer=Reward(points=100))),
        ("referral", None),
        ("min_age", 18),
    ],
)
def test_a_value_stands_where_it_was_put_and_nothing_else_changed(path, value):
    edited = set_value(A, path, value)
    assert value_at(edited, path) == value
    assert set_value(edited, path, value_at(A, path)) == A


def test_r001_every_gap_is_closed_at_the_place_it_names():
    programme = ALL["VIP四级"]
    for gap in missing(programme):
        programme = set_value(programme, gap.path, 7)
    assert missing(programme) == ()


def test_a_bonus_is_a_pair():
    programme = replace(BLANK, points=Points("spend", bonuses=(("来诊", PENDING),)))
    edited = set_value(programme, "points.bonuses[0]", ("讲座", 50))
    assert edited.points.bonuses == (("讲座", 50),)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tiers[0].name", 5),
        ("tiers[0].name", None),
        ("tiers[0].inherits", 1),
        ("tiers[0].reach[0].single_spend_yuan", "多"),
        ("tiers[0].reach[0].single_spend_yuan", True),
        ("tiers[0].reach[0].single_spend_yuan", 1.5),
        ("tiers[0].promises", (1,)),
        ("points.mode", "magic"),
        ("min_age", PENDING),
    ],
)
def test_what_does_not_fit_is_refused_by_its_label(path, value):
    with pytest.raises(RuleError, match="不能填"):
        set_value(A, path, value)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("tiers[0].name", "", "都要有名称"),
        ("tiers[0].name", "VIP会员", "不能重复"),
        ("tiers[0].rank", 3, "级次"),
        ("tiers[0].reach[0].single_spend_yuan", -1, "小于 0"),
        ("enrol[0].seen_from", "去年", "日期"),
        ("tiers[0].benefits[0].quantity", 0, "数量"),
    ],
)
def test_what_no_draft_may_hold_is_refused(path, value, sentence):
    with pytest.raises(RuleError, match=sentence):
        set_value(A, path, value)


@pytest.mark.parametrize(
    "path", ["", "nothing", "tiers[9].name", "tiers[0].nothing", "name.more", "tiers[0][1]", "a..b"]
)
def test_no_such_place(path):
    with pytest.raises(LookupError):
        set_value(A, path, 1)


def test_r058_a_new_name():
    assert rename(A, " 皓齿会员 ").name == "皓齿会员"
    assert rename(A, "皓齿会员").tiers == A.tiers


# -- lists -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "tiers", "tiers[1].reach", "tiers[1].renew", "tiers[1].benefits", "tiers[1].discounts",
        "tiers[1].fees", "points.opens", "points.rates", "points.catalogue", "points.bonuses",
        "enrol", "member_days",
    ],
)  # fmt: skip
def test_an_empty_item_is_appended_and_asks_to_be_filled_in(path):
    edited = add(A, path)
    before = len(value_at(A, path))
    assert len(value_at(edited, path)) == before + 1
    assert value_at(edited, path)[:before] == value_at(A, path)
    assert missing(edited)
    assert remove(edited, f"{path}[{before}]") == A


def test_c4_ranks_follow_the_order_of_the_tiers():
    edited = add(A, "tiers")
    assert [tier.rank for tier in edited.tiers] == [1, 2, 3, 4, 5]
    assert edited.tiers[4].name == "新等级"
    moved = move(edited, "tiers[4]", -9)
    assert [(tier.rank, tier.name) for tier in moved.tiers][:2] == [(1, "新等级"), (2, "普通会员")]
    assert move(moved, "tiers[0]", 9) == edited
    assert move(A, "tiers[1]", 1).tiers[2].name == "高级会员"
    assert [t.rank for t in remove(A, "tiers[0]").tiers] == [1, 2, 3]


def test_two_new_tiers_have_names_of_their_own():
    edited = add(add(BLANK, "tiers"), "tiers")
    assert [tier.name for tier in edited.tiers] == ["新等级", "新等级 2"]
    assert edited.tiers[0].colour != edited.tiers[1].colour
    assert move(edited, "tiers[0]", 1).tiers[0].name == "新等级 2"


def test_e49_a_new_benefit_gets_a_key_that_nobody_ever_had():
    edited = add(add(A, "tiers[0].benefits"), "tiers[0].benefits")
    assert [each.key for each in edited.tiers[0].benefits] == ["regular.gift", "item.1", "item.2"]
    assert add(B, "points.catalogue", {"item.1", "item.3"}).points.catalogue[-1].key == "item.2"
    assert keys_of(B) == {item.key for item in B.points.catalogue}


def test_a_copy_of_a_tier_has_a_name_and_keys_of_its_own():
    edited = duplicate(A, "tiers[1]", {"item.2"})
    check(edited)
    copy = edited.tiers[2]
    assert (copy.name, copy.rank) == ("高级会员 2", 3)
    assert [each.key for each in copy.benefits] == ["item.1", "item.3", "item.4"]
    assert [each.name for each in copy.benefits] == [each.name for each in A.tiers[1].benefits]


def test_copies_of_smaller_things():
    assert duplicate(A, "tiers[1].reach[0]").tiers[1].reach[1] == A.tiers[1].reach[0]
    edited = duplicate(A, "tiers[1].benefits[0]")
    assert edited.tiers[1].benefits[1] == replace(A.tiers[1].benefits[0], key="item.1")
    bought = duplicate(B, "points.catalogue[0]").points.catalogue[1]
    assert bought == replace(B.points.catalogue[0], key="item.1")


def test_new_items_are_as_empty_as_they_can_be():
    tier = Tier(1, "会员", "#000000", ())
    programme = replace(BLANK, tiers=(tier,))
    assert add(programme, "tiers[0].benefits").tiers[0].benefits == (Benefit("item.1", "gift", ""),)
    assert add(programme, "tiers[0].fees").tiers[0].fees == (Fee(PENDING),)
    assert add(programme, "points.catalogue").points.catalogue == (
        Redeemable("item.1", "gift", "", PENDING, "份"),
    )
    assert add(programme, "points.bonuses").points.bonuses == (("", PENDING),)


@pytest.mark.parametrize("path", ["name", "points", "tiers[0].promises", "tiers[9].reach", ""])
def test_what_is_no_list_of_items_takes_none(path):
    with pytest.raises(LookupError):
        add(A, path)


@pytest.mark.parametrize("path", ["tiers", "tiers[9]", "name[0]", "tiers[0].name"])
def test_what_is_no_item_is_neither_moved_nor_removed(path):
    with pytest.raises(LookupError):
        remove(A, path)
    with pytest.raises(LookupError):
        move(A, path, 1)


@given(PROGRAMMES, st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_programme_stays_sound_under_any_edit(programme, data):
    edited = duplicate(add(programme, "tiers"), f"tiers[{len(programme.tiers)}]")
    index = data.draw(st.integers(0, len(edited.tiers) - 1))
    edited = move(edited, f"tiers[{index}]", data.draw(st.integers(-3, 3)))
    check(add(remove(edited, f"tiers[{index}]"), "points.catalogue"))
