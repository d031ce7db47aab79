"""Complaints whose days and steps do not agree, goodwill without a complaint, mute requests."""

import pytest

from models.followup import Request
from models.ledgers import PointsEntry
from models.people import Complaint
from models.schemes import Award
from services.feedback.complaint_steps import (
    acknowledge,
    handle_complaint,
    reopen_complaint,
    report_complaint,
)
from services.feedback.complaints import close_complaint, open_complaint
from services.feedback.requests import answer_request, open_request
from services.loyalty.awards import give_award
from services.loyalty.points import adjust_points
from services.people.merging import merge_people
from services.verify import verify
from tests.gift_world import in_command
from tests.money_world import person


def codes(clinic):
    return {fault.code for fault in verify(clinic).faults if fault.code != "search.missing"}


def write(session, query):
    in_command(session, lambda tx: tx.db.write(query))


@pytest.fixture
def who(frontdesk):
    return person(frontdesk)


@pytest.fixture
def made(frontdesk, who):
    return open_complaint(frontdesk, person_id=who, text="等候太久").complaint_id


def test_a_whole_way_has_no_fault(clinic, clock, frontdesk, member_admin, who, made):
    acknowledge(frontdesk, complaint_id=made, text="x")
    clock.day = "2026-11-21"
    report_complaint(frontdesk, complaint_id=made, text="x")
    adjust_points(
        member_admin, person_id=who, points=9, reason_code="goodwill", text="x", complaint_id=made
    )
    handle_complaint(frontdesk, complaint_id=made, text="x")
    clock.day = "2026-11-22"
    close_complaint(member_admin, complaint_id=made, outcome="x", satisfied=4)
    assert codes(clinic) == set()
    clock.day = "2026-11-23"
    reopen_complaint(member_admin, complaint_id=made, reason="x")
    assert codes(clinic) == set()
    clock.day = "2026-11-24"
    close_complaint(member_admin, complaint_id=made, outcome="x")
    spot = open_complaint(frontdesk, person_id=who, text="y").complaint_id
    close_complaint(member_admin, complaint_id=spot, outcome="x")
    asked = open_request(frontdesk, text="x").request_id
    answer_request(frontdesk, request_id=asked, answer="x")
    other = person(frontdesk)
    merge_people(member_admin.confirming("two_names"), survivor_id=other, merged_id=who)
    report = verify(clinic)
    assert codes(clinic) == set()
    assert (report.checked["complaints"], report.checked["requests"]) == (2, 1)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"acknowledged_on": "2026-11-19"}, "complaint.steps"),
        ({"received_on": "2026-11-19"}, "complaint.steps"),
        ({"reported_on": "2026-11-20"}, "complaint.steps"),
        ({"outcome": "x"}, "complaint.outcome"),
        ({"satisfied": 2}, "complaint.outcome"),
    ],
)
def test_days_and_words_without_a_step_are_found(clinic, frontdesk, made, values, code):
    write(frontdesk, Complaint.update(**values))
    assert codes(clinic) == {code}


def test_an_older_complaint_has_no_steps(clinic, frontdesk, made):
    write(frontdesk, Complaint.update(reply_by=None, acknowledged_on="2026-11-20"))
    assert codes(clinic) == set()


def test_e67_goodwill_without_its_complaint_is_found(clinic, frontdesk, member_admin, who, made):
    adjust_points(member_admin, person_id=who, points=5, reason_code="mistake", text="x")
    given = adjust_points(
        member_admin, person_id=who, points=9, reason_code="goodwill", text="x", complaint_id=made
    )
    award = give_award(
        member_admin, person_id=who, kind="gift", name="牙刷", reason="compensation",
        complaint_id=made,
    )  # fmt: skip
    write(frontdesk, Complaint.update(person_id=person(frontdesk)))
    assert codes(clinic) == {"goodwill.points", "goodwill.award"}
    for table, row in ((PointsEntry, given.entry_id), (Award, award.award_id)):
        name = table._meta.table_name
        clinic.db.execute_sql(f"DROP TRIGGER {name}_no_update")
        write(frontdesk, table.update(complaint_id=None).where(table.id == row))
    assert codes(clinic) >= {"goodwill.points", "goodwill.award"}


def test_r052_a_request_that_is_done_says_what_was_done(clinic, frontdesk):
    asked = open_request(frontdesk, text="x").request_id
    answer_request(frontdesk, request_id=asked, answer="x")
    write(frontdesk, Request.update(answer=""))
    assert codes(clinic) == {"request.answer"}
