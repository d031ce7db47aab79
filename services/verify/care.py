"""Doctors and applications: the attending doctor against the history, applications against it."""

from __future__ import annotations

from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.people import Person
from models.reception import CareTeam, DoctorChange
from services.care.doctor_changes import IN_FORCE
from services.care.team import ATTENDING
from services.people.aliases import root_of
from services.verify.report import Findings


def check_care(db: ClinicDatabase, found: Findings) -> None:
    """Nobody has two doctors in one part; whoever has a history of attending doctors has its
    newest; an application in force, and only one, put its doctor there (R130)."""
    twice = (
        CareTeam.select(CareTeam.person_id)
        .where(CareTeam.until_on.is_null())
        .group_by(CareTeam.person_id, CareTeam.part)
        .having(fn.COUNT(CareTeam.id) > 1)
    )
    for (person_id,) in checks.stream(db, twice):
        found.add("care.twice", person_id)
    _check_attending(db, found)
    _check_applications(db, found)
    found.count("care_team", db.scalar(CareTeam.select(fn.COUNT(CareTeam.id))))
    found.count("doctor_changes", db.scalar(DoctorChange.select(fn.COUNT(DoctorChange.id))))


def _check_attending(db: ClinicDatabase, found: Findings) -> None:
    now = CareTeam.alias()
    query = (
        CareTeam.select(CareTeam.person_id)
        .join(Person, on=(Person.id == CareTeam.person_id))
        .switch(CareTeam)
        .join(
            now,
            JOIN.LEFT_OUTER,
            on=(
                (now.person_id == CareTeam.person_id)
                & (now.part == ATTENDING)
                & now.until_on.is_null()
            ),
        )
        .where(
            (CareTeam.part == ATTENDING)
            & (fn.COALESCE(now.doctor_id, 0) != fn.COALESCE(Person.doctor_id, 0))
        )
        .distinct()
    )
    for (person_id,) in checks.stream(db, query):
        found.add("care.attending", person_id)


def _check_applications(db: ClinicDatabase, found: Findings) -> None:
    query = DoctorChange.select(
        DoctorChange.id,
        DoctorChange.state,
        DoctorChange.to_doctor_id,
        DoctorChange.in_force_on,
        CareTeam.doctor_id,
        CareTeam.part,
        CareTeam.from_on,
        DoctorChange.person_id,
        CareTeam.person_id,
    ).join(CareTeam, JOIN.LEFT_OUTER, on=(CareTeam.change_id == DoctorChange.id))
    for row in checks.stream(db, query):
        change_id, state, wanted, since, doctor, part, from_on, applied, who = row
        right = (doctor, part, from_on) == (
            (wanted, ATTENDING, since) if state == IN_FORCE else (None, None, None)
        )
        same = who is None or root_of(db, who) == root_of(db, applied)
        if not (right and same):
            found.add("care.application", change_id)
