"""A programme as an outline: every field has a place, every gap an owner."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from services.programmes.definition import (
    PENDING,
    Benefit,
    Birthday,
    Discount,
    Enrol,
    Fee,
    MemberDay,
    Points,
    Programme,
    Rate,
    Reach,
    Reception,
    Redeemable,
    Referral,
    Reward,
    Tier,
)
from services.programmes.editing import add, set_value, value_at
from services.programmes.field_rules import applies, default_of, shown
from services.programmes.field_words import words_of
from services.programmes.fields import fields_of, path_of, steps_of
from services.programmes.gaps import missing
from services.programmes.outline import Node, Outline, label_of, outline, read_part, summary
from services.programmes.sentences import describe
from tests.services.programmes.presets import ALL

A = ALL["医院方案A"]


def at(found: Outline, place: str) -> Node:
    node = found.node(place)
    assert node is not None
    return node


@pytest.mark.parametrize("name", ALL)
def test_every_field_stands_in_one_part_and_every_gap_has_an_owner(name: str) -> None:
    programme = ALL[name]
    found = outline(programme)
    paths = [field.path for node in found.walk() for field in node.fields]
    assert len(paths) == len(set(paths))
    top = {path for path in paths if "." not in path and "[" not in path}
    named = {field.name for field in fields_of(programme)}
    parts = {node.place for node in found.walk()}
    assert named <= top | parts | {"leaving"}
    assert all(value_at(programme, path) is not ... for path in paths)
    assert found.gaps == missing(programme)
    assert sum(found.lacking(node) for node in found.nodes) == len(found.gaps)
    for owner in found.owners:
        assert at(found, owner)


def test_parts_are_named_and_counted() -> None:
    found = outline(ALL["VIP四级"])
    assert [node.place for node in found.nodes] == [
        "about", "joining", "points", "tiers", "birthday", "member_days", "referral", "rules",
        "ending",
    ]  # fmt: skip
    silver = at(found, "tiers[1]")
    assert (silver.label, silver.grows, silver.item) == ("2 银卡会员", "tiers", True)
    assert found.lacking(silver) == 4
    assert at(found, "tiers[1].reach").grows == "tiers[1].reach"
    assert at(found, "referral").absent
    assert "每一项都要满足" in at(found, "tiers[1].reach[0]").hint
    assert found.node("nothing") is None
    assert found.trail("nothing") == ()
    trail = [node.place for node in found.trail("tiers[1].reach[0]")]
    assert trail == ["tiers", "tiers[1]", "tiers[1].reach", "tiers[1].reach[0]"]


def test_lists_that_mean_nothing_are_left_out_unless_something_stands_in_them() -> None:
    assert outline(A).node("points.catalogue") is None
    assert outline(ALL["医院方案B"]).node("points.catalogue") is not None
    silent = set_value(ALL["医院方案B"], "points.mode", "none")
    assert outline(silent).node("points.catalogue") is not None


def test_r050_points_of_an_event_are_one_field() -> None:
    programme = add(ALL["医院方案B"], "points.bonuses")
    node = at(outline(programme), "points.bonuses[0]")
    assert [(field.kind, field.path) for field in node.fields] == [("pair", "points.bonuses[0]")]
    assert set(outline(programme).owners) == {"points.bonuses[0]"}


def test_what_no_number_shows_is_owned_by_its_part_too() -> None:
    assert outline(replace(A, name="")).owners == ("about",)
    assert outline(add(A, "tiers")).owners == ("tiers[4].reach",)
    assert outline(add(A, "enrol")).owners == ("enrol[3]",)
    assert outline(set_value(A, "referral", Referral())).owners == ("referral.referrer",)


def test_items_are_called_by_what_they_say() -> None:
    said = {
        label_of(("讲座", 50)): "讲座：加 50 分",
        label_of(("", 5)): "没有名称的活动：加 5 分",
        label_of(Tier(2, "银卡", "#000000", ())): "2 银卡",
        label_of(Reach(visits=3)): "到诊满 3 次",
        label_of(Enrol(approval=True)): "经领导批准",
        label_of(Benefit("k", "service", "洁牙", per="year")): "洁牙：每年 1 次",
        label_of(Benefit("k", "gift", "")): "没有名称：共 1 份",
        label_of(Discount(90)): "全部项目：9 折(付原价的 90%)",
        label_of(Fee(100)): "每年 100 元",
        label_of(Rate(200, member_day=True)): "会员日，全部项目：积分是平常的 200%",
        label_of(Redeemable("k", "gift", "牙膏", 900)): "牙膏：900 分",
        label_of(Redeemable("k", "gift", "", PENDING)): "没有名称：待定 分",
        label_of(MemberDay("会员日", monthly_day=8)): "会员日：每月 8 日",
    }
    assert list(said) == list(said.values())


def test_a_part_in_one_line() -> None:
    assert summary((Reach(visits=1), Reach(fee=True))) == "挂号就诊即可；缴纳会费"
    assert summary(()) == "没有"
    assert summary(Reception()) == "和平常一样"
    assert summary(Reception(tell_doctor=True)) == "告知接诊医生"
    assert summary(Reward()) == "没有"
    assert summary(Reward(points=100)) == "100 积分"
    assert summary(None) == "没有"
    assert summary(Referral()) == "有"


def test_a_part_is_read_by_its_own_section() -> None:
    found, sections = outline(A), describe(A)

    def titles(place: str) -> list[str]:
        return [each.title for each in read_part(sections, found.trail(place))]

    assert titles("about") == ["方案"]
    assert titles("tiers[1].reach[0]") == ["高级会员"]
    assert titles("tiers") == ["普通会员", "高级会员", "VIP会员", "钻石VIP会员"]
    assert titles("points.rates") == ["积分"]
    assert titles("referral") == []
    full = set_value(A, "referral", Referral(Reward(points=9)))
    assert [
        each.title for each in read_part(describe(full), outline(full).trail("referral.referrer"))
    ] == ["推荐"]


# -- which fields are shown ------------------------------------------------------------------------


def test_fields_that_mean_something_beside_another_choice() -> None:
    assert not applies(Discount(90), "start")
    assert applies(Discount(90, window="dates"), "end")
    assert applies(Discount(90, window="weekdays"), "weekdays")
    assert applies(Birthday("around"), "days")
    assert not applies(Birthday(), "days")
    assert applies(Reception(escort="to_floor"), "floor")
    assert applies(Reward(kind="gift"), "value_yuan")
    assert not applies(Reward(), "name")
    assert not applies(A.tiers[0], "renew")
    assert applies(Benefit("k", "gift", "n", per="year"), "carry_over")
    assert not applies(Benefit("k", "gift", "n"), "basis")
    assert applies(Benefit("k", "gift", "n"), "contents")
    assert not applies(Benefit("k", "gift", "n"), "waives_registration")
    assert applies(Redeemable("k", "service", "n", 1), "waives_registration")
    assert not applies(Points("none"), "per_yuan")
    assert not applies(Points("threshold"), "catalogue")
    assert applies(Points("spend"), "catalogue")


def test_nothing_that_is_filled_in_is_hidden() -> None:
    benefit = Benefit("k", "gift", "n")
    assert shown(benefit, "name", everything=False)
    assert not shown(benefit, "voucher", everything=False)
    assert shown(benefit, "voucher", everything=True)
    assert shown(replace(benefit, voucher="card"), "voucher", everything=False)
    assert not shown(benefit, "waives_registration", everything=True)
    assert shown(
        replace(benefit, waives_registration=False), "waives_registration", everything=False
    )
    assert default_of(Benefit, "per") == "once"
    assert default_of(Benefit, "name") is msgspec.NODEFAULT


def test_rules_speak_of_fields_that_there_are() -> None:
    from services.programmes import field_rules

    for struct, name in (*field_rules._ONLY_WITH, *field_rules._RARE):
        assert name in words_of(struct)
        assert default_of(struct, name) is not msgspec.NODEFAULT


def test_places_of_a_whole_programme_can_be_taken_apart() -> None:
    for programme in (A, ALL["诊所付费"]):
        assert isinstance(programme, Programme)
        for node in outline(programme).walk():
            for field in node.fields:
                assert path_of(steps_of(field.path)) == field.path
