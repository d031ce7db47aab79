"""Appointments: booked, changed, confirmed the day before, come to, or not (R096, R098, R129).

A light list: who, when, with which doctor, what for in a word, and who introduced them. Somebody
who is new has a name and a phone here and becomes a person when they arrive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Unpack

from models.database import ClinicDatabase
from models.people import Person
from models.reception import Appointment
from models.system import Doctor
from services.changes import NOTHING, Changes, Kind
from services.clock import days_between, is_date
from services.commands import Session, Tx, command
from services.desk.appointment_list import (
    ARRIVED,
    BOOKED,
    CANCELLED,
    MISSED,
    Booking,
    booking,
)
from services.desk.appointment_times import parse_time
from services.desk.visits import Arrival, CheckedIn, Said, receive
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import root_of
from services.people.enrolment import PersonForm, find_duplicates, keep_person
from services.people.identity import check_phone, clean_text
from services.people.privacy import reveal
from services.vouchers.friends import refer

OUTCOMES = ("yes", "no_answer", "wants_change")
LONGEST = 366  # days ahead; further on it is a slip of the hand


@dataclass(frozen=True)
class Booked:
    """An appointment was written or changed. `person_id` None: nobody on record yet."""

    appointment_id: int
    person_id: int | None
    changes: Changes


def outcome_title(outcome: str) -> str:
    """What was said on the telephone; '' means nobody has called yet."""
    return {
        "": tr("未确认"),
        "yes": tr("能来"),
        "no_answer": tr("没接通"),
        "wants_change": tr("要改期"),
    }[outcome]


def appointment_title(state: str) -> str:
    """A state of an appointment as the desk says it."""
    return {
        BOOKED: tr("预约未到"),
        ARRIVED: tr("已到"),
        MISSED: tr("没有来"),
        CANCELLED: tr("已取消"),
    }[state]


# -- booking ---------------------------------------------------------------------------------


@command("appointment.book", entity="appointment")
def book(
    tx: Tx,
    *,
    day: str,
    at: str,
    person_id: int | None = None,
    name: str = "",
    phone: str = "",
    doctor_id: int | None = None,
    item: str = "",
    introduced_by_id: int | None = None,
    note: str = "",
) -> Booked:
    """Write an appointment down for a person on record, or for a name and a phone (R129).

    A name and phone that are on record once are taken for that person. Raises RuleError: a day
    that has passed or is more than a year ahead, an impossible time, nobody named, an unknown
    person, doctor or introducer, a new name without a phone. The same time twice is only warned
    of (`appointment_list.foresee`).
    """
    values = _checked(tx, day, at, person_id, name, phone, doctor_id, introduced_by_id)
    appointment_id = tx.db.insert(
        Appointment,
        state=BOOKED,
        item=item.strip(),
        note=note.strip(),
        staff_id=tx.actor.id,
        seq=tx.seq,
        **values,
    )
    return _written(tx, appointment_id, values["person_id"], day=day)


@command("appointment.change", entity="appointment")
def change(
    tx: Tx,
    *,
    appointment_id: int,
    day: str,
    at: str,
    person_id: int | None = None,
    name: str = "",
    phone: str = "",
    doctor_id: int | None = None,
    item: str = "",
    introduced_by_id: int | None = None,
    note: str = "",
) -> Booked:
    """Put other words in the place of an appointment that still waits. An empty `phone` keeps the
    one there is; another day or time has to be confirmed anew. Raises RuleError like `book`, and
    for an appointment that is over."""
    before = _waiting(tx, appointment_id)
    phone = phone.strip() or before.phone
    values = _checked(tx, day, at, person_id, name, phone, doctor_id, introduced_by_id)
    if (values["day"], values["at"]) != (before.day, before.at):
        values |= {"confirmed": "", "confirmed_on": None}
    update = Appointment.update(item=item.strip(), note=note.strip(), seq=tx.seq, **values)
    tx.db.write(update.where(Appointment.id == appointment_id))
    return _written(tx, appointment_id, values["person_id"], was=before.day, day=day)


def _checked(
    tx: Tx,
    day: str,
    at: str,
    person_id: int | None,
    name: str,
    phone: str,
    doctor_id: int | None,
    introduced_by_id: int | None,
) -> dict[str, Any]:
    """The columns of what was said. Raises RuleError."""
    if not is_date(day) or day < tx.today:
        raise RuleError(tr("预约的日期已经过去，请填今天或以后的日期。"))
    if days_between(tx.today, day) > LONGEST:
        raise RuleError(tr("预约的日期在一年以后，请核对年份。"))
    introduced_by_id = None if introduced_by_id is None else root_of(tx.db, introduced_by_id)
    person_id = None if person_id is None else root_of(tx.db, person_id)
    if doctor_id is not None and not _active_doctor(tx, doctor_id):
        raise RuleError(tr("没有这位医生，请重新选择。"))
    who: dict[str, Any] = {"person_id": person_id, "name": "", "phone": ""}
    if person_id is None:
        who = _new_name(tx, name, phone)
    elif not _active_person(tx, person_id):
        raise RuleError(tr("没有找到这位顾客，或资料已停用。请重新查找。"))
    if introduced_by_id is not None and (
        introduced_by_id == who["person_id"] or not _active_person(tx, introduced_by_id)
    ):
        raise RuleError(tr("介绍人须是另一位在册人员，请重新选择。"))
    return {
        "day": day,
        "at": parse_time(at),
        "doctor_id": doctor_id,
        "introduced_by_id": introduced_by_id,
        **who,
    }


def _new_name(tx: Tx, name: str, phone: str) -> dict[str, Any]:
    """Somebody by name and phone, or the one person on record under both."""
    name, number = clean_text(name), check_phone(phone)
    if not name:
        raise RuleError(tr("请填写姓名：查找已建档的顾客，或写新顾客的姓名。"))
    if number.error or not number.number:
        raise RuleError(tr("新顾客请留电话，好提前一天确认。"))
    known = known_as(tx.db, name, number.number)
    if known is not None:
        return {"person_id": known, "name": "", "phone": ""}
    return {"person_id": None, "name": name, "phone": number.number}


def known_as(db: ClinicDatabase, name: str, phone: str) -> int | None:
    """The one person on record who has this name and this phone; None for nobody or several."""
    form = PersonForm(name=clean_text(name), phone=check_phone(phone).number)
    found = find_duplicates(db, form) if form.name and form.phone else []
    return found[0].person_id if len(found) == 1 else None


def _active_person(tx: Tx, person_id: int) -> bool:
    query = Person.select(Person.id).where((Person.id == person_id) & (Person.state == "active"))
    return tx.db.row(query) is not None


def _active_doctor(tx: Tx, doctor_id: int) -> bool:
    query = Doctor.select(Doctor.id).where((Doctor.id == doctor_id) & (Doctor.active == 1))
    return tx.db.row(query) is not None


# -- before the day --------------------------------------------------------------------------


@command("appointment.cancel", entity="appointment")
def cancel(tx: Tx, *, appointment_id: int, reason: str) -> Booked:
    """Cancel an appointment that still waits; the reason is added to its note. Raises RuleError
    without a reason, or when it is over."""
    before = _waiting(tx, appointment_id)
    if not reason.strip():
        raise RuleError(tr("请写明为什么取消。"))
    note = tr("取消：{reason}").format(reason=reason.strip())
    return _moved(tx, before, CANCELLED, note=" · ".join(filter(None, (before.note, note))))


@command("appointment.confirm", entity="appointment")
def confirm(tx: Tx, *, appointment_id: int, outcome: str) -> Booked:
    """Keep what was said when the person was called: 'yes', 'no_answer' or 'wants_change'; the
    last word counts. Raises RuleError for another word, or an appointment that is over."""
    before = _waiting(tx, appointment_id)
    if outcome not in OUTCOMES:
        raise RuleError(tr("请选能来、没接通或要改期。"))
    update = Appointment.update(confirmed=outcome, confirmed_on=tx.today, seq=tx.seq)
    tx.db.write(update.where(Appointment.id == appointment_id))
    return _written(tx, appointment_id, before.person_id, confirmed=outcome)


# -- on the day ------------------------------------------------------------------------------


@command("appointment.arrive", entity="appointment")
def arrive(tx: Tx, *, appointment_id: int, **said: Unpack[Said]) -> CheckedIn:
    """Check somebody in to their appointment of today, also one they are late for (R128, R129).

    Doctor, item, note and the one who introduced them are the appointment's where nothing else is
    said; the introducer's level passes on, and brings them as a referral when they are new (E56). A
    new name becomes a person with that phone; consents are for the desk to ask for later. Raises
    RuleError and Confirmable like `check_in` and, for a new name, `enrolment.enrol`.
    """
    head = _booking(tx, appointment_id)
    if head.state not in (BOOKED, MISSED):
        raise RuleError(_over(head))
    if head.day != tx.today:
        raise RuleError(tr("这个预约不是今天的，请先改到今天，再登记到诊。"))
    person_id = _person_of(tx, head)
    if head.introduced_by_id is not None:
        refer(tx, root_of(tx.db, head.introduced_by_id), person_id)
    done = receive(tx, Arrival(person_id, **said), head)
    tx.about(appointment_id, visit=done.visit_id, new=head.person_id is None)
    return done


def _person_of(tx: Tx, head: Booking) -> int:
    """Who has come: the person booked for, or the record made of a new name now."""
    if head.person_id is not None:
        return root_of(tx.db, head.person_id)
    known = known_as(tx.db, head.name, head.phone)
    if known is not None:
        return known
    return keep_person(tx, PersonForm(name=head.name, phone=head.phone))


@command("appointment.no_show", entity="appointment")
def no_show(tx: Tx, *, appointment_id: int) -> Booked:
    """Somebody did not come. Raises RuleError before the day, or when it is over."""
    before = _waiting(tx, appointment_id)
    if before.day > tx.today:
        raise RuleError(tr("还没到预约的日子。不来了请用取消，并写明原因。"))
    return _moved(tx, before, MISSED)


@command("appointment.reopen", entity="appointment")
def reopen(tx: Tx, *, appointment_id: int) -> Booked:
    """Wait again for somebody who was cancelled or did not come. Raises RuleError when they are
    here or awaited, or the day has passed."""
    before = _booking(tx, appointment_id)
    if before.state not in (MISSED, CANCELLED):
        raise RuleError(tr("这个预约没有取消，也没有记成没来，不用恢复。"))
    if before.day < tx.today:
        raise RuleError(tr("预约的日期已经过去，请另约一次。"))
    return _moved(tx, before, BOOKED)


def close_missed(tx: Tx, last: str, limit: int) -> int:
    """Note at most `limit` appointments of days since `last` that have passed as not come to;
    answers how many. Running it again finds nothing."""
    past = (
        Appointment.select(Appointment.id)
        .where(
            (Appointment.day >= last) & (Appointment.day < tx.today) & (Appointment.state == BOOKED)
        )
        .order_by(Appointment.day, Appointment.at)
        .limit(limit)
    )
    ids = [row[0] for row in tx.db.rows(past)]
    if ids:
        tx.db.write(Appointment.update(state=MISSED, seq=tx.seq).where(Appointment.id.in_(ids)))
    return len(ids)


# -- the telephone ---------------------------------------------------------------------------


@command("appointment.reveal", entity="appointment")
def _log_reveal(tx: Tx, *, appointment_id: int) -> Booked:
    tx.about(_booking(tx, appointment_id).id, field="phone")
    return Booked(appointment_id, None, NOTHING)


def reveal_phone(session: Session, *, appointment_id: int) -> str:
    """The whole number to call somebody by, after the look is on record (4.4.15).

    Raises RuleError for an unknown appointment, or a missing right.
    """
    head = booking(session.db, appointment_id)
    if head is not None and head.person_id is not None:
        return reveal(session, person_id=root_of(session.db, head.person_id), field="phone")
    _log_reveal(session, appointment_id=appointment_id)
    return head.phone if head is not None else ""


# -- inside ----------------------------------------------------------------------------------


def _booking(tx: Tx, appointment_id: int) -> Booking:
    found = booking(tx.db, appointment_id)
    if found is None:
        raise RuleError(tr("没有找到这个预约，请刷新后重试。"))
    return found


def _waiting(tx: Tx, appointment_id: int) -> Booking:
    """An appointment that may still be changed. Raises RuleError."""
    found = _booking(tx, appointment_id)
    if found.state != BOOKED:
        raise RuleError(_over(found))
    return found


def _over(head: Booking) -> str:
    sentence = tr("这个预约{state}，不能再改。请另约一次，或先恢复。")
    if head.state == ARRIVED:
        sentence = tr("这位顾客{state}，请在今天的列表里接着办。")
    return sentence.format(state=appointment_title(head.state))


def _moved(tx: Tx, before: Booking, state: str, **values: Any) -> Booked:
    update = Appointment.update(state=state, seq=tx.seq, **values)
    tx.db.write(update.where(Appointment.id == before.id))
    return _written(tx, before.id, before.person_id, was=before.state, now=state)


def _written(tx: Tx, appointment_id: int, person_id: int | None, **detail: Any) -> Booked:
    tx.about(appointment_id, person=person_id, **detail)
    return Booked(appointment_id, person_id, Changes((Kind.VISIT,), person_id))
