"""Drafts are kept as they stand, incomplete or not, and nothing follows from them."""

from __future__ import annotations

import uuid

import pytest
from msgspec.structs import replace

from services.errors import RuleError
from services.programmes.definition import to_json
from services.programmes.drafts import (
    DraftRow,
    draft,
    drafts,
    drop_draft,
    save_draft,
    signed,
    taken_keys,
    versions,
)
from services.programmes.editing import keys_of, rename
from services.programmes.gaps import missing
from services.programmes.mistakes import read_toml
from services.programmes.registry import timelines
from services.programmes.toml_text import to_toml
from tests.conftest import STAFF, TODAY
from tests.money_world import session_of, sign, variant
from tests.services.programmes.presets import ALL

A = ALL["医院方案A"]


@pytest.mark.parametrize("name", ["医院方案A", "VIP四级", "空白"])
def test_r058_a_draft_of_a_preset_is_kept_incomplete_as_it_is(clinic, director, name):
    saved = save_draft(director, definition=to_json(ALL[name]))
    assert draft(clinic.db, saved.draft_id) == ALL[name]
    assert saved.gaps == len(missing(ALL[name]))
    assert drafts(clinic.db) == [
        DraftRow(saved.draft_id, name, None, TODAY, STAFF["director"], saved.gaps)
    ]
    assert [timeline.name for timeline in timelines(clinic.db)] == ["医院方案A"]


def test_a_draft_of_a_signed_version_or_a_text(clinic, member_admin):
    began = save_draft(member_admin, definition=to_json(signed(clinic.db, 1)), based_on=1)
    text = to_toml(rename(A, "另一个"))
    other = save_draft(member_admin, definition=to_json(read_toml(text)))
    found = {row.id: (row.name, row.based_on) for row in drafts(clinic.db)}
    assert found == {began.draft_id: ("医院方案A", 1), other.draft_id: ("另一个", None)}


def test_saving_again_replaces_the_whole(clinic, director, member_admin):
    first = save_draft(director, definition=to_json(A), based_on=1)
    again = save_draft(member_admin, definition=to_json(ALL["空白"]), draft_id=first.draft_id)
    assert again.draft_id == first.draft_id
    assert draft(clinic.db, first.draft_id) == ALL["空白"]
    (row,) = drafts(clinic.db)
    assert (row.name, row.based_on, row.staff) == ("空白", 1, STAFF["member_admin"])


def test_saving_the_same_form_twice_counts_once(clinic, director):
    once = director.once(uuid.uuid4())
    first = save_draft(once, definition=to_json(A))
    assert save_draft(once, definition=to_json(A)) == first
    assert len(drafts(clinic.db)) == 1


def test_the_newest_change_stands_first(clinic, director):
    ids = [
        save_draft(director, definition=to_json(ALL[name])).draft_id for name in ("空白", "VIP四级")
    ]
    assert [row.id for row in drafts(clinic.db)] == ids[::-1]
    save_draft(director, definition=to_json(ALL["空白"]), draft_id=ids[0])
    assert [row.id for row in drafts(clinic.db)] == ids


def test_two_drafts_of_one_name_are_refused(clinic, director):
    save_draft(director, definition=to_json(A))
    with pytest.raises(RuleError, match="已有名为“医院方案A”的草稿"):
        save_draft(director, definition=to_json(A))
    other = save_draft(director, definition=to_json(ALL["空白"]))
    with pytest.raises(RuleError, match="已有名为"):
        save_draft(director, definition=to_json(A), draft_id=other.draft_id)


def test_what_cannot_be_read_or_found_is_refused(clinic, director):
    with pytest.raises(RuleError, match="方案读不了"):
        save_draft(director, definition="{}")
    with pytest.raises(RuleError, match="没有找到这份草稿"):
        save_draft(director, definition=to_json(A), draft_id=9)
    with pytest.raises(RuleError, match="没有找到这个版本"):
        save_draft(director, definition=to_json(A), based_on=9)
    with pytest.raises(RuleError, match="没有找到这份草稿"):
        draft(clinic.db, 9)
    with pytest.raises(RuleError, match="没有找到这份草稿"):
        drop_draft(director, draft_id=9)
    assert drafts(clinic.db) == []


def test_a_draft_is_given_up(clinic, director):
    saved = save_draft(director, definition=to_json(A))
    assert drop_draft(director, draft_id=saved.draft_id).draft_id == saved.draft_id
    assert drafts(clinic.db) == []


@pytest.mark.parametrize("role", ["frontdesk", "billing", "marketing"])
def test_the_desk_does_not_write_programmes(clinic, role):
    with pytest.raises(RuleError, match="会员管理员、院长"):
        save_draft(session_of(clinic, role), definition=to_json(A))


# -- signed versions -------------------------------------------------------------------------------


def test_r058_versions_past_current_and_future(clinic, director):
    sign(director, variant(per_yuan=2), "2026-01-01")
    sign(director, variant(per_yuan=3), "2027-01-01")
    sign(director, rename(A, "第二"), "2027-06-01")
    rows = versions(clinic.db, TODAY)
    assert [(row.name, row.number, row.valid_from, row.tense) for row in rows] == [
        ("医院方案A", 3, "2027-01-01", "future"),
        ("医院方案A", 2, "2026-01-01", "current"),
        ("医院方案A", 1, "2000-01-01", "past"),
        ("第二", 1, "2027-06-01", "current"),  # the first one reaches back (E12)
    ]
    assert {(row.state, row.scope, row.signed_by, row.signed_on) for row in rows} == {
        ("active", "all", STAFF["director"], TODAY)
    }


def test_e49_the_keys_of_every_signed_version_are_taken(clinic, director):
    assert taken_keys(clinic.db) == keys_of(A)
    tier = replace(A.tiers[0], benefits=())
    sign(director, replace(A, tiers=(tier, *A.tiers[1:])), "2026-01-01")
    assert "regular.gift" in taken_keys(clinic.db)
