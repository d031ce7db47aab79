"""The steps of a visit against its state, and appointments against the visits they became."""

from __future__ import annotations

from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.desk import Visit
from models.ledgers import Receipt
from models.people import PersonAlias
from models.reception import Appointment, VisitStep
from services.desk.identity_check import CHECKS
from services.desk.reception import LEFT
from services.verify.report import Findings


def check_visits(db: ClinicDatabase, found: Findings) -> None:
    """Each step begins where the one before ended, the last one led to the visit's state, and one
    that takes another back leads where that came from."""
    query = (
        VisitStep.select(
            VisitStep.id,
            VisitStep.visit_id,
            VisitStep.was,
            VisitStep.now,
            VisitStep.undoes_id,
            Visit.state,
        )
        .join(Visit, on=(Visit.id == VisitStep.visit_id))
        .order_by(VisitStep.visit_id, VisitStep.id)
    )
    before: tuple[int, str, str] | None = None  # visit, where it stands, its state
    taken: dict[int, tuple[str, str]] = {}  # step → where taking it back leads, and from where
    steps = 0
    for step_id, visit_id, was, now, undoes_id, state in checks.stream(db, query):
        if before is not None and before[0] != visit_id:
            _check_end(before, found)
            before, taken = None, {}
        if before is not None and was != before[1]:
            found.add("visit.steps", visit_id)
        undone = taken.get(undoes_id or 0)
        if undoes_id is not None and (undone is None or undone != (now, was)):
            found.add("visit.undone", visit_id)
        taken[step_id] = (was or LEFT, now)
        before = (visit_id, now, state)
        steps += 1
    if before is not None:
        _check_end(before, found)
    found.count("visit_steps", steps)


def _check_end(last: tuple[int, str, str], found: Findings) -> None:
    if last[1] != last[2]:
        found.add("visit.steps", last[0])


def check_appointments(db: ClinicDatabase, found: Findings) -> None:
    """An appointment that was come to has the visit of that day, of that person."""
    query = (
        Appointment.select(
            Appointment.id,
            Appointment.day,
            Appointment.person_id,
            Visit.visit_date,
            Visit.person_id,
        )
        .join(Visit, JOIN.INNER, on=(Visit.id == Appointment.visit_id))
        .order_by(Appointment.id)
    )
    for appointment_id, day, person_id, visit_day, visitor_id in checks.stream(db, query):
        if (day, person_id) != (visit_day, visitor_id):
            found.add("appointment.visit", appointment_id)
    found.count("appointments", db.scalar(Appointment.select(fn.COUNT(Appointment.id))))


def check_links(db: ClinicDatabase, found: Findings) -> None:
    """How a visitor was identified is a word that is known; the receipt a visit ended with is of
    the same patient, or of a record that was merged with theirs at some time."""
    for (visit_id,) in db.rows(Visit.select(Visit.id).where(Visit.checked.not_in(CHECKS))):
        found.add("visit.checked", visit_id)
    query = (
        Visit.select(Visit.id, Visit.person_id, Receipt.patient_id)
        .join(Receipt, on=(Receipt.id == Visit.receipt_id))
        .where(Receipt.patient_id != Visit.person_id)
        .order_by(Visit.id)
    )
    for visit_id, visitor, patient in checks.stream(db, query):
        if visitor not in _ever_one(db, patient):
            found.add("visit.receipt", visit_id)


def _ever_one(db: ClinicDatabase, person_id: int) -> set[int]:
    """Everybody who was merged with a person at some time, parted or not."""
    known, fresh = {person_id}, {person_id}
    while fresh:
        pairs = db.rows(
            PersonAlias.select(PersonAlias.survivor_id, PersonAlias.merged_id).where(
                PersonAlias.survivor_id.in_(fresh) | PersonAlias.merged_id.in_(fresh)
            )
        )
        fresh = {each for pair in pairs for each in pair} - known
        known |= fresh
    return known
