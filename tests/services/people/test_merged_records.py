"""The records merged into a person, as the desk lists them (E62)."""

from __future__ import annotations

from services.feedback.complaints import open_complaint
from services.loyalty.points import adjust_points
from services.people.merged_records import MergedRecord, merged_records
from services.people.merging import merge_people, unmerge_people
from tests.conftest import STAFF, TODAY
from tests.money_world import member, person


def merged(session, survivor, other):
    merge_people(session.confirming("two_names"), survivor_id=survivor, merged_id=other)


def test_e62_they_are_listed_with_who_merged_them_newest_first(clinic, frontdesk, member_admin):
    first, second, third = (person(frontdesk) for _ in range(3))
    merged(member_admin, second, third)
    merged(member_admin, first, second)
    rows = merged_records(clinic.db, first)
    assert [(row.merged_id, row.survivor_id) for row in rows] == [(second, first), (third, second)]
    assert isinstance(rows[0], MergedRecord)
    assert {(row.merged_on, row.staff) for row in rows} == {(TODAY, STAFF["member_admin"])}
    assert [row.tied for row in rows] == [False, False]
    assert rows[0].number.startswith("N")
    unmerge_people(member_admin, merged_id=second)
    assert merged_records(clinic.db, first) == []
    assert [row.merged_id for row in merged_records(clinic.db, second)] == [third]


def test_e62_one_that_is_tied_says_so(clinic, frontdesk, member_admin):
    """A compensation since then stands on the survivor for a complaint of the other one."""
    first, second = member(frontdesk, 2000), person(frontdesk)
    complaint = open_complaint(frontdesk, person_id=second, text="等候太久").complaint_id
    merged(member_admin, first, second)
    assert [row.tied for row in merged_records(clinic.db, first)] == [False]
    adjust_points(
        member_admin,
        person_id=first,
        points=100,
        reason_code="goodwill",
        text="致歉",
        complaint_id=complaint,
    )
    assert [row.tied for row in merged_records(clinic.db, first)] == [True]
