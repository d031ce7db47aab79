"""Today's board: who is here, in which order, who is still awaited, and what is to do for them
(R008, R015, R087)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, Desc, fn

from models.database import ClinicDatabase
from models.desk import Visit
from models.people import Person
from models.query import Prepared, slot
from models.reception import Appointment, VisitStep
from models.system import Doctor
from services.clock import local_text
from services.commands import read_setting
from services.desk.appointment_list import BOOKED, MISSED, AppointmentRow, appointments_of
from services.desk.strip import person_title
from services.desk.visit_steps import EXPECTED, HERE, OVER, Step, steps_of_visits, waited
from services.i18n import tr
from services.people.aliases import group_of, root_of
from services.programmes.definition import Tier
from services.programmes.registry import main_timeline
from services.setup import FIRST_COME

OVER_SHOWN = 300  # of those who are done with: more than anybody looks through

_IDENTITY = Prepared(
    lambda: Person.select(Person.id, Person.number, Person.name, Person.sex, Person.birthday).where(
        Person.id == slot("id")
    )
)


@dataclass(frozen=True)
class VisitRow:
    """A line of today's board.

    `arrived` is the clinic-local 'HH:MM', '' while expected; `booked_at` the time of the
    appointment they came to, '' without one; `waiting_minutes` from the arrival to the treatment,
    until now for those who still wait (None when nobody knows); `tier_*` is the level of the
    reception; `to_do` is what the tier promises and nobody has ticked yet; `last_step` what can be
    taken back; `checked` how the visitor was identified (R039), `voucher_id` the service of
    somebody else's they came to use.
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
    doctor_id: int | None = None
    item: str = ""
    booked_at: str = ""
    receipt_id: int | None = None
    last_step: Step | None = None
    checked: str = ""
    voucher_id: int | None = None


def first_come(db: ClinicDatabase) -> bool:
    """Whether the clinic lets arrival go before the tier; an emergency still goes first (R087)."""
    return read_setting(db, FIRST_COME) == "1"


def day_board(
    db: ClinicDatabase, today: str, now_utc: str, person_id: int | None = None
) -> list[VisitRow | AppointmentRow]:
    """Everybody of today in one list: who is here, who is awaited (by time), who is done with or
    did not come. Of those who are done with the newest and whatever is `person_id`'s."""
    visits = today_board(db, today, now_utc, person_id)
    booked = appointments_of(db, today, now_utc)
    return [
        *(row for row in visits if row.state not in OVER),
        *(row for row in booked if row.state == BOOKED),
        *(row for row in visits if row.state in OVER),
        *(row for row in booked if row.state == MISSED),
    ]


def today_board(
    db: ClinicDatabase,
    today: str,
    now_utc: str,
    person_id: int | None = None,
    *,
    over: int = OVER_SHOWN,
) -> list[VisitRow]:
    """Everybody who came today: who is still here before who is done; then emergencies, the
    tier's place in the queue unless the clinic goes by arrival, and arrival (R008, R015, R087).

    A check-in that was taken back is not on it. Of those who are done, the `over` who were so
    last, and every visit of `person_id`.
    """
    programme = main_timeline(db).at(today).programme
    found = _HERE.rows(db, today=today) + _OVER.rows(db, today=today, most=over)
    if person_id is not None:
        shown = {row[0] for row in found}
        found += [row for row in _visits_of(db, today, person_id) if row[0] not in shown]
    steps = steps_of_visits(db, [row[0] for row in found])
    rows = []
    for row in sorted(found, key=lambda row: (row[8], row[0])):
        visit_id, reception_rank = row[0], row[12]
        stood = steps.get(visit_id)
        if stood != ():
            tier = programme.tier(reception_rank)
            rows.append(_row(db, today, now_utc, row, tier, stood or ()))
    by_arrival = first_come(db)
    return sorted(
        rows,
        key=lambda row: (
            row.state in OVER,
            row.state == EXPECTED,
            not row.emergency,
            0 if by_arrival else -row.queue,
        ),
    )


def count_done(db: ClinicDatabase, today: str) -> int:
    """How many of today's visits are done, on the board or not."""
    return int(_DONE.rows(db, today=today)[0][0])


def came_today(db: ClinicDatabase, today: str, person_id: int) -> bool:
    """Whether somebody has a visit of today, in whichever of their records."""
    return any(_CAME.row(db, today=today, person_id=each) for each in group_of(db, person_id))


def _visits_of(db: ClinicDatabase, today: str, person_id: int) -> list[tuple[Any, ...]]:
    group = group_of(db, root_of(db, person_id))
    return [row for each in group for row in _OF_PERSON.rows(db, today=today, person_id=each)]


def _visits(which: Any) -> Any:
    bringer = Person.alias()
    return (
        Visit.select(
            Visit.id,
            Visit.person_id,
            Person.number,
            Person.name,
            Person.sex,
            Person.birthday,
            Person.state,
            Visit.state,
            Visit.arrived_at,
            Visit.emergency,
            Visit.first_visit,
            Visit.doctor_id,
            Visit.reception_rank,
            Doctor.name,
            Visit.escort,
            Visit.doctor_told,
            Visit.room,
            Visit.room_exception,
            bringer.name,
            Visit.brought_by_id,
            Visit.note,
            Visit.item,
            Visit.receipt_id,
            Appointment.at,
            Visit.checked,
            Visit.voucher_id,
        )
        .join(Person, on=(Person.id == Visit.person_id))
        .switch(Visit)
        .join(Doctor, JOIN.LEFT_OUTER, on=(Doctor.id == Visit.doctor_id))
        .switch(Visit)
        .join(bringer, JOIN.LEFT_OUTER, on=(bringer.id == Visit.brought_by_id))
        .switch(Visit)
        .join(Appointment, JOIN.LEFT_OUTER, on=(Appointment.visit_id == Visit.id))
        .where((Visit.visit_date == slot("today")) & which)
    )


def _last_over() -> Any:
    """Whose last step is the newest: what was just done can still be taken back on the board."""
    over = Visit.alias()
    newest = VisitStep.select(fn.MAX(VisitStep.id)).where(VisitStep.visit_id == over.id)
    return (
        over.select(over.id)
        .where((over.visit_date == slot("today")) & over.state.in_(OVER))
        .order_by(Desc(newest), over.id.desc())
        .limit(slot("most"))
    )


_HERE = Prepared(lambda: _visits(Visit.state.in_(HERE)))
_OVER = Prepared(lambda: _visits(Visit.id.in_(_last_over())))
_OF_PERSON = Prepared(lambda: _visits(Visit.person_id == slot("person_id")))
_CAME = Prepared(
    lambda: Visit.select(Visit.id).where(
        (Visit.visit_date == slot("today")) & (Visit.person_id == slot("person_id"))
    )
)
_DONE = Prepared(
    lambda: Visit.select(fn.COUNT(Visit.id)).where(
        (Visit.visit_date == slot("today")) & (Visit.state == "done")
    )
)


def _row(
    db: ClinicDatabase,
    today: str,
    now_utc: str,
    row: tuple[Any, ...],
    tier: Tier | None,
    steps: tuple[Step, ...],
) -> VisitRow:
    visit_id, person_id, number, name, sex, birthday, person_state, state, arrived_at = row[:9]
    emergency, first, doctor_id, rank, doctor, escort, told, room, exception = row[9:18]
    brought_by, brought_by_id, note, item, receipt_id, booked_at, *seen = row[18:]
    if person_state == "merged":  # the survivor stands on the board (E62)
        survivor = _IDENTITY.row(db, id=root_of(db, person_id)) or ()
        person_id, number, name, sex, birthday = survivor
    if brought_by_id is not None:
        bringer = root_of(db, brought_by_id)
        if bringer == person_id:  # they turned out to be one person
            brought_by, brought_by_id = "", None
        elif bringer != brought_by_id:
            brought_by, brought_by_id = (_IDENTITY.row(db, id=bringer) or ("",) * 3)[2], bringer
    return VisitRow(
        visit_id=visit_id,
        person_id=person_id,
        number=number,
        name=name,
        title=person_title(sex, birthday, today),
        state=state,
        arrived="" if state == EXPECTED else local_text(arrived_at)[11:],
        waiting_minutes=waited(arrived_at, state, steps, now_utc),
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
        to_do=() if state in OVER else _to_do(tier, escort, bool(told)),
        doctor_id=doctor_id,
        item=item,
        booked_at=booked_at or "",
        receipt_id=receipt_id,
        last_step=steps[-1] if steps else None,
        checked=seen[0],
        voucher_id=seen[1],
    )


def _to_do(tier: Tier | None, escort: str, told: bool) -> tuple[str, ...]:
    """What the level promises at the door and nobody has ticked yet (R126)."""
    if tier is None:
        return ()
    open_promises = (
        (tier.reception.escort != "none" and not escort, tr("安排带领")),
        (tier.reception.tell_doctor and not told, tr("告知医生")),
    )
    return tuple(words for still, words in open_promises if still)
