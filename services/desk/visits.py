"""Visits: checking in with the promised reception, and the states of a visit, back and forth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypedDict, Unpack

from peewee import fn

from models.desk import Visit
from models.ledgers import Receipt
from models.people import Person
from models.reception import Appointment
from models.system import Doctor
from services.care.team import still_works, team_of
from services.care.treating import check_reason
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.desk.appointment_list import Booking, booking_of_today
from services.desk.identity_check import check_identity
from services.desk.reception import (
    LEFT,
    ReceptionCard,
    is_first_visit,
    reception_card,
    visit_of_today,
)
from services.desk.reception_level import check_passed_on, reception_level
from services.desk.visit_board import VisitRow, today_board
from services.desk.visit_steps import (
    ARRIVAL,
    EXPECTED,
    NOT_COME,
    OVER,
    STATES,
    TRANSITIONS,
    keep_step,
    state_title,
    steps_of,
)
from services.errors import Confirmable, IntegrityAlarm, RuleError
from services.i18n import tr
from services.loyalty.scheme_past import asks_visits
from services.loyalty.standing import open_accounts, resettle_person, settle
from services.people.aliases import group_of, root_of
from services.people.closed import refuse_closed
from services.programmes.registry import main_timeline

__all__ = [
    "OVER",
    "STATES",
    "TRANSITIONS",
    "Arrival",
    "CheckedIn",
    "ReceptionCard",
    "VisitChanged",
    "VisitRow",
    "change_visit",
    "check_in",
    "receive",
    "reception_card",
    "state_title",
    "today_board",
    "undo_step",
    "update_reception",
]

ALREADY_HERE = "already_here"


class Said(TypedDict, total=False):
    """What the desk may say of an arrival; what it leaves out is as `Arrival` has it."""

    doctor_id: int | None
    escort: str
    doctor_told: bool
    room: str
    room_exception: str
    brought_by_id: int | None
    emergency: bool
    note: str
    item: str
    checked: str
    voucher_id: int | None
    as_booked: bool


@dataclass(frozen=True)
class Arrival:
    """What the desk says about somebody who arrives; texts as typed.

    Without a doctor the appointment's, else the person's own; without an item or somebody who
    brought them the appointment's. `checked` says how they were identified (R039), `voucher_id`
    is a service of somebody else's that they come to use (R128). Not `as_booked`: the desk had
    what was booked before its eyes, and who brought them and the note are as it left them.
    """

    person_id: int
    doctor_id: int | None = None
    escort: str = ""
    doctor_told: bool = False
    room: str = ""
    room_exception: str = ""
    brought_by_id: int | None = None
    emergency: bool = False
    note: str = ""
    item: str = ""
    checked: str = ""
    voucher_id: int | None = None
    as_booked: bool = True


@dataclass(frozen=True)
class CheckedIn:
    """Somebody is on the board. `reception_rank` is the level they are received at."""

    visit_id: int
    reception_rank: int
    first_visit: bool
    changes: Changes


@dataclass(frozen=True)
class VisitChanged:
    """A visit moved on, or its reception was written down."""

    visit_id: int
    changes: Changes


# -- checking in -----------------------------------------------------------------------------


@command("visit.check_in", entity="visit")
def check_in(tx: Tx, *, person_id: int, **said: Unpack[Said]) -> CheckedIn:
    """Put somebody who arrived on the board, received as the programme promises (R126–R129).

    Without `doctor_id` the person's own doctor (谁的病人谁接诊, R130). Somebody who had booked for
    today has come to that appointment, whichever way they were found. Asks `already_here` when
    the person was checked in today. Raises RuleError: unknown or erased person, unknown bringer
    or doctor, another doctor than the own one without a reason, a tier that requires a room with
    neither a room nor the reason (R127), a lost card, a voucher that is not theirs to use.
    """
    booking = booking_of_today(tx.db, tx.today, person_id)
    return receive(tx, Arrival(person_id, **said), booking)


def receive(tx: Tx, arrival: Arrival, booking: Booking | None) -> CheckedIn:
    """Check somebody in inside a command, to an appointment when they had one. Raises like
    `check_in`."""
    person_id = arrival.person_id
    row = tx.db.row(Person.select(Person.state, Person.doctor_id).where(Person.id == person_id))
    if row is None or row[0] in ("merged", "erased"):
        raise RuleError(tr("没有找到这位顾客，或资料已停用。请按 F3 重新查找。"))
    refuse_closed(tx.db, person_id)
    arrival = _as_booked(tx, arrival, booking)
    check_identity(tx.db, person_id, arrival.checked)
    if arrival.voucher_id is not None:
        check_passed_on(tx.db, tx.today, person_id, arrival.voucher_id)
    level = reception_level(tx.db, tx.today, person_id, arrival.brought_by_id, arrival.voucher_id)
    _check_room(level.care.room, arrival.room, arrival.room_exception)
    team = {each.part: each.doctor_id for each in team_of(tx.db, person_id)}
    own = _working(tx, row[1])
    doctor = own if arrival.doctor_id is None else _known_doctor(tx, arrival.doctor_id)
    check_reason(tx.db, person_id, doctor, emergency=arrival.emergency, note=arrival.note)
    if ALREADY_HERE not in tx.confirmed and visit_of_today(tx.db, tx.today, person_id):
        raise Confirmable(ALREADY_HERE, tr("这位顾客今天已经登记过到诊。要再登记一次吗？"))
    first = is_first_visit(tx.db, tx.today, person_id)
    visit_id = tx.db.insert(
        Visit,
        person_id=person_id,
        visit_date=tx.today,
        arrived_at=tx.now_utc,
        state="waiting",
        emergency=int(arrival.emergency),
        first_visit=int(first),
        reception_rank=level.rank,
        doctor_id=doctor,
        escort=arrival.escort.strip(),
        doctor_told=int(arrival.doctor_told),
        room=arrival.room.strip(),
        room_exception=arrival.room_exception.strip(),
        brought_by_id=arrival.brought_by_id,
        note=arrival.note.strip(),
        item=arrival.item.strip(),
        staff_id=tx.actor.id,
        seq=tx.seq,
        checked=arrival.checked,
        voucher_id=arrival.voucher_id,
        assistant_id=team.get("assistant"),
        consultant_id=team.get("consultant"),
    )
    keep_step(tx, visit_id, ARRIVAL, "waiting")
    if booking is not None:
        here = Appointment.update(state="arrived", visit_id=visit_id, person_id=person_id)
        tx.db.write(here.where(Appointment.id == booking.id))
    _set_last_visit(tx, person_id, tx.today)
    counted = _count_visits(tx, person_id)
    tx.about(
        visit_id,
        person=person_id,
        rank=level.rank,
        lender=level.lender_id,
        checked=arrival.checked,
    )
    changes = Changes((Kind.VISIT, Kind.PERSON, *counted), person_id)
    return CheckedIn(visit_id, level.rank, first, changes)


def _as_booked(tx: Tx, arrival: Arrival, booking: Booking | None) -> Arrival:
    """What was said on the telephone, where nothing else is said at the desk (R128, R129)."""
    if booking is None:
        return arrival
    introducer = booking.introduced_by_id
    if introducer is not None:
        introducer = root_of(tx.db, introducer)
        introducer = None if introducer == arrival.person_id else introducer
    arrival = replace(
        arrival,
        doctor_id=arrival.doctor_id or _working(tx, booking.doctor_id),
        item=arrival.item.strip() or booking.item,
    )
    if not arrival.as_booked:
        return arrival
    return replace(
        arrival,
        brought_by_id=introducer if arrival.brought_by_id is None else arrival.brought_by_id,
        note=arrival.note.strip() or booking.note,
    )


def _count_visits(tx: Tx, person_id: int) -> tuple[Kind, ...]:
    """Settle the programmes in which a visit is a way to a tier (R027, R114); what may have
    changed by it."""
    accounts = [
        account
        for account in open_accounts(tx, person_id)
        if any(asks_visits(version.programme) for version in account.timeline.versions)
    ]
    for account in accounts:
        settle(tx, account)
    return (Kind.TIER, Kind.GRANT) if accounts else ()


def _check_room(promise: str, room: str, room_exception: str) -> None:
    if promise == "required" and not room.strip() and not room_exception.strip():
        raise RuleError(tr("这一级会员须安排 VIP 诊室。请填诊室，或写明不能安排的原因。"))


def _working(tx: Tx, doctor_id: int | None) -> int | None:
    """The doctor nobody chose today, as long as they still receive patients."""
    return doctor_id if doctor_id is not None and still_works(tx.db, doctor_id) else None


def _known_doctor(tx: Tx, doctor_id: int) -> int:
    if tx.db.row(Doctor.select(Doctor.id).where((Doctor.id == doctor_id) & (Doctor.active == 1))):
        return doctor_id
    raise RuleError(tr("没有这位医生，请重新选择。"))


def _set_last_visit(tx: Tx, person_id: int, day: str | None) -> None:
    tx.db.write(Person.update(last_visit_on=day).where(Person.id == person_id))


# -- moving on -------------------------------------------------------------------------------


def _visit(tx: Tx, visit_id: int, *columns: Any) -> tuple[Any, ...]:
    row = tx.db.row(Visit.select(*columns).where(Visit.id == visit_id))
    if row is None:
        raise RuleError(tr("没有找到这次到诊，请刷新后重试。"))
    return row


@command("visit.change", entity="visit")
def change_visit(tx: Tx, *, visit_id: int, to_state: str) -> VisitChanged:
    """Move a visit to another state (R008, R096). Raises RuleError for a step that is not in
    TRANSITIONS.

    Arriving stamps the time; 未到/离开 takes the visit off the person's last-visit date again.
    """
    state, receipt_id = _visit(tx, visit_id, Visit.state, Visit.receipt_id)
    if (state, to_state) not in TRANSITIONS:
        if to_state not in STATES:
            raise RuleError(tr("没有这个状态，请重新选择。"))
        sentence = tr("“{now}”不能直接改成“{then}”。")
        raise RuleError(sentence.format(now=state_title(state), then=state_title(to_state)))
    if to_state in NOT_COME:
        _check_no_receipt(tx, receipt_id)
    return _move(tx, visit_id, to_state)


@command("visit.undo", entity="visit")
def undo_step(tx: Tx, *, visit_id: int, seen: int | None = None) -> VisitChanged:
    """Take the newest standing step of one of today's visits back; from the arrival itself the
    visit is taken off the board, and an appointment waits for its person again.

    `seen` is the step the desk meant. Raises RuleError: an older day, nothing to take back,
    another step has come since, or an arrival on which a receipt was written.
    """
    day, receipt_id = _visit(tx, visit_id, Visit.visit_date, Visit.receipt_id)
    if day != tx.today:
        raise RuleError(tr("只能撤销当天到诊的步骤。"))
    steps = steps_of(tx.db, visit_id)
    if not steps:
        raise RuleError(tr("这次到诊没有可以撤销的步骤。"))
    last = steps[-1]
    if seen is not None and seen != last.id:
        raise RuleError(tr("这位顾客的状态刚才又变了。请看清现在的状态，再按一次撤销。"))
    if last.was != ARRIVAL:
        return _move(tx, visit_id, last.was, undoes_id=last.id)
    _check_no_receipt(tx, receipt_id)
    waits = Appointment.update(state="booked", visit_id=None)
    tx.db.write(waits.where(Appointment.visit_id == visit_id))
    return _move(tx, visit_id, LEFT, undoes_id=last.id)


def _check_no_receipt(tx: Tx, receipt_id: int | None) -> None:
    """Whoever paid was here: only a receipt that was voided lets a visit be taken back."""
    if receipt_id is None:
        return
    live = Receipt.select(Receipt.id).where((Receipt.id == receipt_id) & (Receipt.void == 0))
    if tx.db.row(live) is not None:
        raise RuleError(tr("这次到诊已开了单据。请先到“积分”作废单据，再撤销到诊。"))


def _move(tx: Tx, visit_id: int, to_state: str, undoes_id: int | None = None) -> VisitChanged:
    """Write the state, the step, and what follows for the person. Raises RuleError when
    something was drawn that only this visit had brought."""
    columns = (Visit.state, Visit.person_id, Visit.visit_date, Visit.first_visit)
    state, person_id, day, first = _visit(tx, visit_id, *columns)
    values: dict[str, Any] = {"state": to_state}
    if state == EXPECTED and to_state == "waiting":
        values["arrived_at"] = tx.now_utc
    tx.db.write(Visit.update(**values).where(Visit.id == visit_id))
    keep_step(tx, visit_id, state, to_state, undoes_id)
    person_id = root_of(tx.db, person_id)
    counted: tuple[Kind, ...] = ()
    if to_state in NOT_COME:
        _take_back(tx, person_id, day, bool(first))
        if state not in NOT_COME:
            counted = _uncount_visit(tx, person_id)
    elif state in NOT_COME:
        _set_last_visit(tx, person_id, day)
        counted = _count_visits(tx, person_id)
    tx.about(visit_id, person=person_id, was=state, now=to_state, undoes=undoes_id)
    return VisitChanged(visit_id, Changes((Kind.VISIT, Kind.PERSON, *counted), person_id))


def _uncount_visit(tx: Tx, person_id: int) -> tuple[Kind, ...]:
    """The past reads without this visit now. Raises RuleError when something was drawn that only
    the visit had brought."""
    try:
        settled = resettle_person(tx, person_id, asks_visits)
    except IntegrityAlarm as alarm:
        raise RuleError(
            tr("这次到诊带来的权益已经用过，不能改成未到。请先撤销那次使用或退回礼品。")
        ) from alarm
    return (Kind.TIER, Kind.GRANT) if settled else ()


def _take_back(tx: Tx, person_id: int, day: str, first: bool) -> None:
    """The visit did not happen: the last visit is the one before, as far as the board knows."""
    last = tx.db.scalar(Person.select(Person.last_visit_on).where(Person.id == person_id))
    if last != day:
        return
    before = tx.db.scalar(
        Visit.select(fn.MAX(Visit.visit_date)).where(
            Visit.person_id.in_(group_of(tx.db, person_id)) & Visit.state.not_in(NOT_COME)
        )
    )
    if before is not None or first:
        _set_last_visit(tx, person_id, before)


@command("visit.reception", entity="visit")
def update_reception(
    tx: Tx,
    *,
    visit_id: int,
    escort: str,
    doctor_told: bool,
    room: str,
    room_exception: str,
    checked: str | None = None,
) -> VisitChanged:
    """Write down who led the person, that the doctor knows, the room (R126, R127) and, unless it
    is None, how they were identified (R039).

    Raises RuleError when the level of the visit requires a room and nothing is said about it, or
    for a card that was reported lost.
    """
    columns = (Visit.person_id, Visit.reception_rank, Visit.checked)
    person_id, rank, before = _visit(tx, visit_id, *columns)
    checked = before if checked is None else checked
    if checked != before:
        check_identity(tx.db, person_id, checked)
    tier = main_timeline(tx.db).at(tx.today).programme.tier(rank)
    _check_room(tier.reception.room if tier else "none", room, room_exception)
    tx.db.write(
        Visit.update(
            escort=escort.strip(),
            doctor_told=int(doctor_told),
            room=room.strip(),
            room_exception=room_exception.strip(),
            checked=checked,
        ).where(Visit.id == visit_id)
    )
    tx.about(visit_id, person=person_id, told=doctor_told, checked=checked)
    return VisitChanged(visit_id, Changes((Kind.VISIT,), person_id))
