"""A programme written as TOML is the same programme when it is read again."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from services.programmes.definition import (
    PENDING,
    Leaving,
    Programme,
    Reach,
    Referral,
    Reward,
    from_toml,
)
from services.programmes.mistakes import sound
from services.programmes.registry import PRESETS
from services.programmes.toml_text import to_toml
from tests.services.programmes.made import PROGRAMMES
from tests.services.programmes.presets import ALL


@pytest.mark.parametrize("name", [*ALL])
def test_r058_a_preset_comes_back_equal(name):
    assert from_toml(to_toml(ALL[name])) == ALL[name]


@given(PROGRAMMES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_r058_any_programme_comes_back_equal(programme):
    assert from_toml(to_toml(sound(programme))) == programme


def test_what_is_at_its_default_is_left_out():
    assert to_toml(ALL["空白"]) == (
        'name = "空白"\nkind = "tiered_points"\ntiers = []\n'
        'summary = "从空白开始：没有等级，不记积分，自己一条一条加。"\nreal_name = false\n'
        '\n[points]\nmode = "none"\n'
    )


def test_it_reads_like_the_shipped_ones():
    text = to_toml(ALL["医院方案A"])
    assert "reach = [{ single_spend_yuan = 1000 }, { cumulative_spend_yuan = 2000 }]\n" in text
    assert '\n[[tiers.benefits]]\nkey = "regular.gift"\nkind = "gift"\n' in text
    assert '\n[tiers.reception]\nescort = "to_floor"\n' in text
    shipped = (PRESETS / "医院方案A.toml").read_text(encoding="utf-8")
    assert len(text.splitlines()) < len(shipped.splitlines())
    assert max(map(len, text.splitlines())) <= 100


def test_a_long_list_is_broken_into_lines():
    promises = tuple(f"很长的一条待遇说明，第 {n} 条" * 2 for n in range(5))
    programme = _one(promises=promises)
    text = to_toml(programme)
    assert "promises = [\n" in text
    assert from_toml(text) == programme


@pytest.mark.parametrize("name", ['引"号', "反\\斜", "换\n行", "制\t表", "\x07\x7f", "表[情]🦷#"])
def test_any_character_survives(name):
    programme = replace(ALL["空白"], summary=name)
    assert from_toml(to_toml(programme)) == programme


def test_empty_tables_are_not_forgotten():
    programme = replace(ALL["空白"], referral=Referral(), leaving=Leaving(notice_months=1))
    assert "[referral]\n" in to_toml(programme)
    assert from_toml(to_toml(programme)) == programme
    rewarded = replace(programme, referral=Referral(referrer=Reward(points=PENDING)))
    assert 'referrer = { points = "待定" }' in to_toml(rewarded)
    assert from_toml(to_toml(rewarded)) == rewarded
    anything = _one(reach=(Reach(),))
    assert "reach = [{}]" in to_toml(anything)
    assert from_toml(to_toml(anything)) == anything


def _one(**changes: object) -> Programme:
    tier = replace(ALL["医院方案B"].tiers[0], **changes)
    return replace(ALL["医院方案B"], tiers=(tier,))
