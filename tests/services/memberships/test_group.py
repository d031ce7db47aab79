"""A group chosen for one word on their tier: R153."""

from __future__ import annotations

from services.memberships.group import group_row, people_of_numbers
from services.people.merging import merge_people
from services.programmes.registry import main_timeline
from tests.conftest import TODAY
from tests.gift_world import add_person
from tests.money_world import member, person
from tests.services.memberships.world import set_person


def test_r153_pasted_numbers_are_people_each_once(clinic, frontdesk, member_admin):
    line = main_timeline(clinic.db)
    first = add_person(frontdesk, "M0000001")
    second = member(frontdesk, 2000)
    set_person(frontdesk, second, number="A-77")
    gone = add_person(frontdesk, "M0000009")
    set_person(frontdesk, gone, state="withdrawn")
    text = "m0000001, A-77；M0000001\nX1  M0000009"
    rows, unknown = people_of_numbers(clinic.db, TODAY, line, text)
    assert [row.person_id for row in rows] == [first, second]
    assert unknown == ["X1", "M0000009"]
    assert [(row.member, row.rank, row.tier_name) for row in rows] == [
        (False, 0, ""),
        (True, 1, "普通会员"),
    ]
    merge_people(member_admin.confirming("two_names"), survivor_id=second, merged_id=first)
    rows, _ = people_of_numbers(clinic.db, TODAY, line, "M0000001 A-77")
    assert [row.person_id for row in rows] == [second]  # who was merged is the survivor
    assert people_of_numbers(clinic.db, TODAY, line, " ,") == ([], [])


def test_nobody_has_no_row(clinic, frontdesk):
    line = main_timeline(clinic.db)
    assert group_row(clinic.db, TODAY, line, 99) is None
    who = person(frontdesk)
    assert group_row(clinic.db, TODAY, line, who).number.startswith("N")
