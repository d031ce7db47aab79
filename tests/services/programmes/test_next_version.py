"""What signing would change, in sentences; programmes in files."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from services.errors import RuleError
from services.programmes.activation import retire
from services.programmes.definition import Referral, Reward
from services.programmes.differences import Difference, differences
from services.programmes.editing import remove, rename, set_value
from services.programmes.next_version import next_version
from services.programmes.toml_files import file_name, read_file, write_file
from tests.conftest import TODAY
from tests.services.programmes.presets import ALL
from tests.services.programmes.signing_world import sign_draft

A, B = ALL["医院方案A"], ALL["医院方案B"]
LOWER = set_value(A, "tiers[1].reach[0].single_spend_yuan", 4000)


def test_nothing_changed_says_nothing() -> None:
    assert differences(A, A) == ()
    assert differences(A, set_value(A, "tiers[0].colour", "#000000")) == ()


def test_r058_a_changed_number_is_one_sentence_for_another() -> None:
    assert differences(A, LOWER) == (
        Difference(
            "高级会员",
            ("怎样达到：单笔消费满 5,000 元，或累计消费满 8,000 元。",),
            ("怎样达到：单笔消费满 4,000 元，或累计消费满 8,000 元。",),
        ),
    )


def test_r058_another_name_of_a_tier_is_told() -> None:
    renamed = set_value(A, "tiers[1].name", "金牌会员")
    assert differences(A, renamed) == (
        Difference("金牌会员", ("名称：高级会员。",), ("名称：金牌会员。",)),
    )


def test_r058_what_is_new_and_what_is_dropped_whole() -> None:
    more = set_value(A, "referral", Referral(Reward(points=100)))
    (added,) = differences(A, more)
    assert (added.title, added.gone) == ("推荐", ())
    assert added.new[0] == "推荐人：100 积分。"
    (dropped,) = differences(more, A)
    assert (dropped.title, dropped.new) == ("推荐", ())
    fewer = differences(A, remove(A, "tiers[3]"))
    assert fewer[-1].title == "钻石VIP会员"
    assert fewer[-1].new == ()


def test_r058_the_next_version_replaces_the_one_in_force_that_day(clinic, director) -> None:
    found = next_version(clinic.db, TODAY, LOWER, TODAY)
    assert found.replaces is not None
    assert (found.number, found.replaces.number, found.beside) == (2, 1, ())
    assert [each.title for each in found.changes] == ["高级会员"]
    sign_draft(director, LOWER, valid_from="2026-12-01")
    sooner = next_version(clinic.db, TODAY, A, "2026-11-30")
    later = next_version(clinic.db, TODAY, A, "2026-12-02")
    assert sooner.replaces is not None
    assert later.replaces is not None
    assert (sooner.number, sooner.replaces.number, sooner.changes) == (3, 1, ())
    assert (later.replaces.number, len(later.changes)) == (2, 1)


def test_e42_a_new_programme_stands_beside_the_others(clinic, director) -> None:
    found = next_version(clinic.db, TODAY, B, TODAY)
    assert (found.number, found.replaces, found.changes) == (1, None, ())
    assert found.beside == ("医院方案A",)
    sign_draft(director, B)
    retire(director, programme_id=1)
    again = next_version(clinic.db, TODAY, A, TODAY)
    assert (again.number, again.replaces, again.beside) == (2, None, ("医院方案B",))


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_a_programme_goes_through_a_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / "p.toml"
    write_file(ALL[name], path)
    assert read_file(path) == ALL[name]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name = ", "还没写完"),
        (b"\xff\xfe", "UTF-8 文本"),
        (b"#" * 2_000_000, "太大"),
        (None, "没有找到方案文件"),
    ],
)
def test_a_file_that_is_no_programme(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "p.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RuleError, match=reason):
        read_file(path)
    with pytest.raises(RuleError, match="读不了"):
        read_file(tmp_path)


def test_a_file_is_named_after_its_programme() -> None:
    assert file_name(A) == "医院方案A.toml"
    assert file_name(ALL["体检/矫正会员"]) == "体检矫正会员.toml"
    assert file_name(replace(A, name=" ..")) == "方案.toml"
    assert file_name(rename(A, "a:b")) == "ab.toml"
