"""Programmes as data: presets, signed versions, which one was in force when."""

from __future__ import annotations

import msgspec
import pytest

from services.errors import RuleError
from services.programmes.definition import (
    DefinitionError,
    Reach,
    check,
    from_json,
    from_toml,
    to_json,
)
from services.programmes.registry import (
    main_timeline,
    preset,
    preset_names,
    timelines,
    version,
)
from tests.gift_world import in_command
from tests.money_world import sign, variant

A = preset("医院方案A")


def test_方案A_is_shipped_and_says_what_s19_a_says():
    assert "医院方案A" in preset_names()
    assert (A.kind, A.term, A.card, A.real_name) == (
        "tiered_points", "lifetime", "electronic", True,
    )  # fmt: skip
    assert (A.points.mode, A.points.per_yuan, A.points.expiry_months) == ("threshold", 1, None)
    assert (A.on_upgrade, A.grant_skipped_tiers) == ("replace", False)
    assert [(t.rank, t.name, t.reach) for t in A.tiers] == [
        (rank, name, (Reach(single_spend_yuan=single), Reach(cumulative_spend_yuan=total)))
        for rank, name, single, total in (
            (1, "普通会员", 1000, 2000),
            (2, "高级会员", 5000, 8000),
            (3, "VIP会员", 10_000, 15_000),
            (4, "钻石VIP会员", 20_000, 25_000),
        )
    ]
    per = {
        (tier.rank, b.name): (b.quantity, b.per) for tier in A.tiers for b in tier.benefits
        if b.kind == "service"
    }  # fmt: skip
    assert per == {
        (2, "超声波洁牙(带抛光脱敏)"): (1, "year"),
        (2, "面部护理"): (1, "once"),
        (3, "超声波洁牙(带抛光脱敏)"): (2, "year"),
        (3, "面部护理"): (1, "once"),
        (3, "中草药热疗"): (1, "once"),
        (4, "喷砂洁牙(带抛光脱敏)"): (2, "year"),
        (4, "儿童防龋(氟保护漆等、全口)"): (1, "year"),
        (4, "面部护理"): (1, "year"),
        (4, "中草药热疗"): (1, "year"),
    }


def test_c15_rooms_and_escorts_of_each_tier():
    found = [(t.reception.room, t.reception.escort, t.reception.tell_doctor) for t in A.tiers]
    assert found == [
        ("none", "none", False),
        ("none", "none", False),
        ("bookable", "to_floor", True),
        ("required", "full", True),
    ]


def test_r161_the_child_is_below_twelve_and_of_the_family():
    child = next(b for t in A.tiers for b in t.benefits if b.key == "diamond.child")
    assert (child.beneficiary, child.beneficiary_age_below, child.transferable) == (
        "family", 12, False,
    )  # fmt: skip


def test_names_belong_to_their_programme():
    assert (A.tier_name(4), A.tier_name(0), A.tier(9)) == ("钻石VIP会员", "", None)


def test_a_signed_text_comes_back_equal():
    assert from_json(to_json(A)) == A


def test_no_preset_of_that_name():
    for name in ("医院方案Z", "../secrets", ""):
        with pytest.raises(RuleError, match="医院方案A"):
            preset(name)


GOOD = """
name = "x"
kind = "tiered_points"
term = "lifetime"
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


def test_a_small_programme_of_ones_own():
    assert from_toml(GOOD).tier_name(1) == "一"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rank = 1", "rank = 2"),
        ('mode = "threshold"', 'mode = "magic"'),
        ('name = "x"', ""),
        ('name = "x"', 'name = "x"\nunknown = 1'),
        ('key = "a"', 'key = "a"\nquantity = 0'),
        ("single_spend_yuan = 10", "single_spend_yuan = 10.5"),
        ("[points]", "[points"),
    ],
)
def test_a_text_that_cannot_be_read_names_the_place(old, new):
    assert old in GOOD
    with pytest.raises(DefinitionError):
        from_toml(GOOD.replace(old, new, 1))


def test_a_key_is_used_once():
    twice = A.tiers[0].benefits * 2
    tier = msgspec.structs.replace(A.tiers[0], benefits=twice)
    with pytest.raises(DefinitionError, match="once"):
        check(msgspec.structs.replace(A, tiers=(tier,)))


# -- versions --------------------------------------------------------------------------------------


def test_the_version_in_force_on_a_day(clinic, director):
    sign(director, variant(per_yuan=2), valid_from="2026-06-01")
    sign(director, variant(per_yuan=3), valid_from="2026-06-01")
    timeline = main_timeline(clinic.db)
    rates = {
        day: timeline.at(day).programme.points.per_yuan
        for day in ("1999-12-31", "2000-01-01", "2026-05-31", "2026-06-01", "2099-01-01")
    }
    assert rates == {
        "1999-12-31": 1, "2000-01-01": 1, "2026-05-31": 1, "2026-06-01": 3, "2099-01-01": 3,
    }  # fmt: skip
    assert timeline.name == "医院方案A"
    assert len(timelines(clinic.db)) == 1
    numbers = clinic.db.execute_sql("SELECT number FROM programme_version").fetchall()
    assert numbers == [(1,), (2,), (3,)]


def test_a_version_says_for_ever_what_was_signed(clinic):
    assert version(clinic.db, 1) == A
    with pytest.raises(LookupError):
        version(clinic.db, 99)


def test_a_retired_programme_takes_part_no_more(clinic, director):
    second = msgspec.structs.replace(A, name="第二")
    sign(director, second)
    assert [t.name for t in timelines(clinic.db)] == ["医院方案A", "第二"]
    in_command(
        director,
        lambda tx: tx.db.execute_sql("UPDATE programme SET state = 'retired' WHERE id = 2"),
    )
    assert [t.name for t in timelines(clinic.db)] == ["医院方案A"]
