"""Today's board: who is here, in which order, and what is still to do for them (R008, R015)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.desk import Visit
from models.people import Person
from models.system import Doctor
from services.clock import local_text
from services.desk.reception import LEFT
from services.desk.strip import person_title
from services.i18n import tr
from services.people.aliases import roots
from services.programmes.registry import main_timeline

OVER = ("done", LEFT)
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class VisitRow:
    """A line of today's board.

    `arrived` is the clinic-local 'HH:MM', '' while expected; `waiting_minutes` since then while
    waiting or called, None otherwise; `tier_*` is the level of the reception; `to_do` is what the
    tier promises and nobody has ticked yet.
    """

    visit_id: int
    person_id: int
    number: str
    name: str
    title: str
    state: str
    arrived: str
    waiting_minutes: int | None
    emergency: bool
    first_visit: bool
    reception_rank: int
    queue: int
    tier_name: str
    tier_colour: str
    doctor_name: str
    escort: str
    doctor_told: bool
    room: str
    room_exception: str
    brought_by: str
    brought_by_id: int | None
    note: str
    to_do: tuple[str, ...]


def today_board(db: ClinicDatabase, today: str, now_utc: str) -> list[VisitRow]:
    """Everybody on today's board: who is still here before who is done; then emergencies, the
    tier's place in the queue, and arrival (R008, R015)."""
    bringer = Person.alias()
    query = (
        Visit.select(
            Visit.id,
            Visit.person_id,
            Person.number,
            Person.name,
            Person.sex,
            Person.birthday,
            Visit.state,
            Visit.arrived_at,
            Visit.emergency,
            Visit.first_visit,
            Visit.reception_rank,
            Doctor.name,
            Visit.escort,
            Visit.doctor_told,
            Visit.room,
            Visit.room_exception,
            bringer.name,
            Visit.brought_by_id,
            Visit.note,
        )
        .join(Person, on=(Person.id == Visit.person_id))
        .switch(Visit)
        .join(Doctor, JOIN.LEFT_OUTER, on=(Doctor.id == Visit.doctor_id))
        .switch(Visit)
        .join(bringer, JOIN.LEFT_OUTER, on=(bringer.id == Visit.brought_by_id))
        .where(Visit.visit_date == today)
        .order_by(Visit.arrived_at, Visit.id)
    )
    programme = main_timeline(db).at(today).programme
    survivors = _survivors(db)
    rows = []
    for (
        visit_id,
        person_id,
        number,
        name,
        sex,
        birthday,
        state,
        arrived_at,
        emergency,
        first,
        rank,
        doctor,
        escort,
        told,
        room,
        exception,
        brought_by,
        brought_by_id,
        note,
    ) in db.rows(query):
        who = survivors.get(person_id, (person_id, number, name, sex, birthday))
        person_id, number, name, sex, birthday = who
        tier = programme.tier(rank)
        to_do = []
        if tier is not None and state not in OVER:
            if tier.reception.escort != "none" and not escort:
                to_do.append(tr("安排带领"))
            if tier.reception.tell_doctor and not told:
                to_do.append(tr("告知医生"))
        rows.append(
            VisitRow(
                visit_id=visit_id,
                person_id=person_id,
                number=number,
                name=name,
                title=person_title(sex, birthday, today),
                state=state,
                arrived="" if state == "expected" else local_text(arrived_at)[11:],
                waiting_minutes=(
                    _minutes(arrived_at, now_utc) if state in ("waiting", "called") else None
                ),
                emergency=bool(emergency),
                first_visit=bool(first),
                reception_rank=rank,
                queue=tier.reception.queue if tier else 0,
                tier_name=tier.name if tier else "",
                tier_colour=tier.colour if tier else "",
                doctor_name=doctor or "",
                escort=escort,
                doctor_told=bool(told),
                room=room,
                room_exception=exception,
                brought_by=brought_by or "",
                brought_by_id=brought_by_id,
                note=note,
                to_do=tuple(to_do),
            )
        )
    return sorted(rows, key=lambda row: (row.state in OVER, not row.emergency, -row.queue))


def _survivors(db: ClinicDatabase) -> dict[int, tuple[Any, ...]]:
    """Who stands on the board for each merged person (E62)."""
    merged = roots(db)
    columns = (Person.id, Person.number, Person.name, Person.sex, Person.birthday)
    query = Person.select(*columns).where(Person.id.in_(set(merged.values())))
    known = {row[0]: row for row in db.rows(query)} if merged else {}
    return {person_id: known[root] for person_id, root in merged.items()}


def _minutes(arrived_at: str, now_utc: str) -> int:
    waited = _instant(now_utc) - _instant(arrived_at)
    return max(int(waited.total_seconds()) // 60, 0)


def _instant(utc: str) -> datetime:
    return datetime.strptime(utc, _STAMP).replace(tzinfo=UTC)
