"""Steps that do not join up, and appointments that went to the wrong visit, are found."""

import pytest

from models.reception import VisitStep
from services.desk.appointments import book
from services.desk.visit_steps import keep_step
from services.desk.visits import change_visit, check_in, undo_step
from services.people.merging import merge_people, unmerge_people
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import came_as_booked, person
from tests.gift_world import in_command


def codes(clinic):
    return {fault.code for fault in verify(clinic).faults if fault.code != "search.missing"}


@pytest.fixture
def patient(frontdesk):
    return person(frontdesk, "M1", "王芳")


def test_a_day_as_it_goes_has_no_fault(clinic, frontdesk, patient):
    visit = came_as_booked(frontdesk, patient)
    change_visit(frontdesk, visit_id=visit, to_state="in_treatment")
    newcomer = check_in(frontdesk, person_id=person(frontdesk, "M2")).visit_id
    undo_step(frontdesk, visit_id=newcomer)
    report = verify(clinic)
    assert (report.checked["visit_steps"], report.checked["appointments"]) == (8, 1)
    assert codes(clinic) == set()


def test_a_step_from_elsewhere_is_found(clinic, frontdesk, patient):
    visit = check_in(frontdesk, person_id=patient).visit_id
    in_command(frontdesk, lambda tx: keep_step(tx, visit, "called", "waiting"))
    assert codes(clinic) == {"visit.steps"}


def test_taking_back_what_is_another_visits_is_found(clinic, frontdesk, patient):
    one = check_in(frontdesk, person_id=patient).visit_id
    change_visit(frontdesk, visit_id=one, to_state="called")
    other = check_in(frontdesk.confirming("already_here"), person_id=patient).visit_id
    change_visit(frontdesk, visit_id=other, to_state="called")
    step = clinic.db.scalar(VisitStep.select(VisitStep.id).where(VisitStep.now == "called"))
    change_visit(frontdesk, visit_id=other, to_state="waiting")
    change_visit(frontdesk, visit_id=other, to_state="called")
    in_command(frontdesk, lambda tx: keep_step(tx, other, "called", "called", undoes_id=step))
    assert codes(clinic) == {"visit.undone"}


def test_e62_an_appointment_of_a_merged_record_is_the_survivors(
    clinic, frontdesk, member_admin, patient
):
    other = person(frontdesk, "M2", "王芳")
    book(frontdesk, day=TODAY, at="10:00", person_id=other)
    merge_people(member_admin, survivor_id=patient, merged_id=other)
    check_in(frontdesk, person_id=patient)
    assert codes(clinic) == set()


def test_e62_parted_again_the_appointment_stays_with_who_came(
    clinic, frontdesk, member_admin, patient
):
    other = person(frontdesk, "M2", "王芳")
    book(frontdesk, day=TODAY, at="10:00", person_id=other)
    merge_people(member_admin, survivor_id=patient, merged_id=other)
    check_in(frontdesk, person_id=patient)
    unmerge_people(member_admin, merged_id=other)
    assert codes(clinic) == set()
