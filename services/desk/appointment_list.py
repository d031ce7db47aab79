"""Who is coming on a day, as the desk reads it: times, levels, whom to tell (R019, R129).

A light list without clinical content. Phones are masked; names are whole, because the desk has to
ask for people by them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.people import Person
from models.query import Prepared, slot
from models.reception import Appointment
from models.system import Doctor
from services.clock import local_text
from services.commands import read_setting
from services.desk.reception import escort_text
from services.desk.strip import person_title
from services.loyalty.standing import standing_of
from services.people.aliases import group_of, root_of
from services.people.privacy import mask_phone
from services.programmes.definition import Tier
from services.programmes.registry import Timeline, main_timeline
from services.setup import APPOINTMENT_MINUTES, DEFAULT_APPOINTMENT_MINUTES

BOOKED = "booked"
ARRIVED = "arrived"
MISSED = "no_show"
CANCELLED = "cancelled"
TO_CALL = ("", "no_answer")

_HEAD = (
    Appointment.id,
    Appointment.day,
    Appointment.at,
    Appointment.person_id,
    Appointment.name,
    Appointment.phone,
    Appointment.doctor_id,
    Appointment.item,
    Appointment.introduced_by_id,
    Appointment.note,
    Appointment.state,
    Appointment.confirmed,
    Appointment.confirmed_on,
    Appointment.visit_id,
)
_ONE = Prepared(lambda: Appointment.select(*_HEAD).where(Appointment.id == slot("id")))
_OF_PERSON = Prepared(
    lambda: (
        Appointment.select(*_HEAD)
        .where(
            (Appointment.person_id == slot("person_id"))
            & (Appointment.day == slot("day"))
            & Appointment.state.in_((BOOKED, MISSED))
        )
        .order_by(Appointment.at, Appointment.id)
    )
)
_PERSON = Prepared(
    lambda: Person.select(
        Person.id, Person.number, Person.name, Person.sex, Person.birthday, Person.phone
    ).where(Person.id == slot("id"))
)


@dataclass(frozen=True)
class Booking:
    """An appointment as stored; `at` is 'HH:MM'; `name`, `phone` of somebody without a record."""

    id: int
    day: str
    at: str
    person_id: int | None
    name: str
    phone: str
    doctor_id: int | None
    item: str
    introduced_by_id: int | None
    note: str
    state: str
    confirmed: str
    confirmed_on: str | None
    visit_id: int | None


@dataclass(frozen=True)
class AppointmentRow:
    """A line of a day's list.

    `person_id` None: nobody on record yet. `tier_*`, `escort`, `tell_doctor`, `room_required` and
    `extra_minutes` are of the level they will be received at: the higher of their own and the
    introducer's, whom `lent_by` names when it is theirs (R128, R129). `late_minutes` since the
    time that passed, None before it and for those who came. `clashes` are other appointments of
    the doctor at that time.
    """

    appointment_id: int
    day: str
    at: str
    state: str
    person_id: int | None
    number: str
    name: str
    title: str
    phone_masked: str
    doctor_id: int | None
    doctor_name: str
    item: str
    introduced_by_id: int | None
    introduced_by: str
    note: str
    confirmed: str
    confirmed_on: str | None
    visit_id: int | None
    tier_name: str = ""
    tier_colour: str = ""
    lent_by: str = ""
    escort: str = ""
    tell_doctor: bool = False
    room_required: bool = False
    extra_minutes: int = 0
    late_minutes: int | None = None
    clashes: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the person is still awaited."""
        return self.state == BOOKED


@dataclass(frozen=True)
class Foreseen:
    """What an appointment would mean, before it is written down: the level of the reception, and
    what else is at that time. Each of `clashes` and `same_day` is 'HH:MM name'."""

    tier_name: str
    lent_by: str
    escort: str
    tell_doctor: bool
    extra_minutes: int
    clashes: tuple[str, ...]
    same_day: tuple[str, ...]


def booking(db: ClinicDatabase, appointment_id: int) -> Booking | None:
    """An appointment; None when there is none of that number."""
    row = _ONE.row(db, id=appointment_id)
    return None if row is None else Booking(*row)


def booking_of_today(db: ClinicDatabase, today: str, person_id: int) -> Booking | None:
    """The appointment somebody who arrives now has come to: the earliest of today that still
    waits, or one they were too late for."""
    found = [
        Booking(*row)
        for each in group_of(db, person_id)
        for row in _OF_PERSON.rows(db, person_id=each, day=today)
    ]
    return min(found, key=lambda each: (each.state != BOOKED, each.at, each.id), default=None)


def slot_minutes(db: ClinicDatabase) -> int:
    """How long an appointment takes before what a tier adds (R019)."""
    return int(read_setting(db, APPOINTMENT_MINUTES, str(DEFAULT_APPOINTMENT_MINUTES)))


def count_unconfirmed(db: ClinicDatabase, day: str) -> int:
    """How many of a day's appointments are still to be called about: nobody did, or nobody
    answered."""
    query = Appointment.select(fn.COUNT(Appointment.id)).where(
        (Appointment.day == day)
        & (Appointment.state == BOOKED)
        & Appointment.confirmed.in_(TO_CALL)
    )
    return int(db.scalar(query) or 0)


def appointments_of(db: ClinicDatabase, day: str, now_utc: str) -> list[AppointmentRow]:
    """A day's appointments by time, cancelled ones too."""
    query = (
        Appointment.select(
            *_HEAD,
            Person.number,
            Person.name,
            Person.sex,
            Person.birthday,
            Person.phone,
            Person.state,
            Doctor.name,
        )
        .join(Person, JOIN.LEFT_OUTER, on=(Person.id == Appointment.person_id))
        .switch(Appointment)
        .join(Doctor, JOIN.LEFT_OUTER, on=(Doctor.id == Appointment.doctor_id))
        .where(Appointment.day == day)
        .order_by(Appointment.at, Appointment.id)
    )
    now, timeline = local_text(now_utc), main_timeline(db)
    rows = [_row(db, timeline, now, *row) for row in db.rows(query)]
    length = slot_minutes(db)
    return [replace(row, clashes=_clashes(row, rows, length)) for row in rows]


def _row(db: ClinicDatabase, timeline: Timeline, now: str, *row: Any) -> AppointmentRow:
    head = Booking(*row[:14])
    person, doctor_name = row[14:20], row[20]
    person_id = head.person_id
    if person[5] == "merged":
        person_id, *fields = _PERSON.row(db, id=root_of(db, person_id or 0)) or ()
        person = (*fields, "active")
    number, name, sex, birthday, phone, _ = person
    introducer, introduced_by = _introducer(db, head.introduced_by_id, person_id)
    level = _Level(db, timeline, head.day, person_id, introducer)
    return AppointmentRow(
        appointment_id=head.id,
        day=head.day,
        at=head.at,
        state=head.state,
        person_id=person_id,
        number=number or "",
        name=head.name if person_id is None else name,
        title="" if person_id is None else person_title(sex, birthday, head.day),
        phone_masked=mask_phone(head.phone if person_id is None else phone),
        doctor_id=head.doctor_id,
        doctor_name=doctor_name or "",
        item=head.item,
        introduced_by_id=introducer,
        introduced_by=introduced_by,
        note=head.note,
        confirmed=head.confirmed,
        confirmed_on=head.confirmed_on,
        visit_id=head.visit_id,
        tier_name=level.name,
        tier_colour=level.tier.colour if level.tier else "",
        lent_by=introduced_by if level.lent else "",
        escort=level.escort,
        tell_doctor=level.tell_doctor,
        room_required=level.room_required,
        extra_minutes=level.extra_minutes,
        late_minutes=_late(head, now),
    )


def _introducer(
    db: ClinicDatabase, introducer: int | None, person_id: int | None
) -> tuple[int | None, str]:
    """Who introduced them, as of today; nobody when the two turned out to be one person (E62)."""
    root = None if introducer is None else root_of(db, introducer)
    row = None if root in (None, person_id) else _PERSON.row(db, id=root)
    return (None, "") if row is None else (root, str(row[2]))


def _late(head: Booking, now: str) -> int | None:
    """Minutes since the time of an appointment of today that nobody has come to."""
    today, clock = now[:10], now[11:16]
    if head.state != BOOKED or head.day != today:
        return None
    late = minutes_of(clock) - minutes_of(head.at)
    return late if late > 0 else None


class _Level:
    """The level somebody will be received at, as far as it is known before they come."""

    def __init__(
        self,
        db: ClinicDatabase,
        timeline: Timeline,
        day: str,
        person_id: int | None,
        introduced_by: int | None,
    ) -> None:
        held = partial(_held, db, timeline.programme_id)
        own, theirs = held(person_id), held(introduced_by)
        self.lent = theirs > own
        self.tier: Tier | None = timeline.at(day).programme.tier(max(own, theirs))
        care = self.tier.reception if self.tier else None
        self.name = self.tier.name if self.tier else ""
        self.escort = escort_text(care) if care else ""
        self.tell_doctor = bool(care and care.tell_doctor)
        self.room_required = care is not None and care.room == "required"
        self.extra_minutes = care.extra_minutes if care else 0


def _held(db: ClinicDatabase, programme_id: int, person_id: int | None) -> int:
    if person_id is None:
        return 0
    standing = standing_of(db, root_of(db, person_id), programme_id)
    return standing.rank if standing.member else 0


def foresee(
    db: ClinicDatabase,
    now_utc: str,
    *,
    day: str,
    at: str,
    person_id: int | None,
    doctor_id: int | None,
    introduced_by_id: int | None,
    appointment_id: int | None = None,
) -> Foreseen:
    """What this appointment would mean (R019, R129); `appointment_id` is the one being changed."""
    level = _Level(db, main_timeline(db), day, person_id, introduced_by_id)
    others = [
        row
        for row in appointments_of(db, day, now_utc)
        if row.appointment_id != appointment_id and row.state in (BOOKED, ARRIVED)
    ]
    length = slot_minutes(db)
    mine = minutes_of(at)
    taken = [
        _named(row)
        for row in others
        if doctor_id is not None
        and row.doctor_id == doctor_id
        and _overlap(mine, length + level.extra_minutes, row, length)
    ]
    lender = None if introduced_by_id is None else _PERSON.row(db, id=introduced_by_id)
    return Foreseen(
        tier_name=level.name,
        lent_by=str(lender[2]) if level.lent and lender else "",
        escort=level.escort,
        tell_doctor=level.tell_doctor,
        extra_minutes=level.extra_minutes,
        clashes=tuple(taken),
        same_day=tuple(
            _named(row)
            for row in others
            if person_id is not None and row.person_id == root_of(db, person_id)
        ),
    )


def _clashes(row: AppointmentRow, rows: list[AppointmentRow], length: int) -> tuple[str, ...]:
    """Who else is down for the same doctor while this appointment lasts."""
    if row.state != BOOKED or row.doctor_id is None:
        return ()
    mine = minutes_of(row.at)
    return tuple(
        _named(other)
        for other in rows
        if other.appointment_id != row.appointment_id
        and other.doctor_id == row.doctor_id
        and other.state in (BOOKED, ARRIVED)
        and _overlap(mine, length + row.extra_minutes, other, length)
    )


def _overlap(begin: int, length: int, other: AppointmentRow, slot_length: int) -> bool:
    theirs = minutes_of(other.at)
    return begin < theirs + slot_length + other.extra_minutes and theirs < begin + length


def _named(row: AppointmentRow) -> str:
    return f"{row.at} {row.name}"


def minutes_of(at: str) -> int:
    """Minutes from midnight of 'HH:MM'."""
    hours, minutes = at.split(":")
    return int(hours) * 60 + int(minutes)
