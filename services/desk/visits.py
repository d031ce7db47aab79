"""Visits: checking in with the promised reception, the states of a visit, today's board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.desk import Visit
from models.people import Person
from models.system import Doctor
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.desk.reception import (
    LEFT,
    ReceptionCard,
    is_first_visit,
    reception_card,
    reception_level,
    visit_of_today,
)
from services.desk.visit_board import OVER, VisitRow, today_board
from services.errors import Confirmable, IntegrityAlarm, RuleError
from services.i18n import tr
from services.loyalty.scheme_past import asks_visits
from services.loyalty.standing import open_accounts, resettle_person, settle
from services.people.aliases import group_of, root_of
from services.programmes.registry import main_timeline

__all__ = [
    "OVER",
    "STATES",
    "TRANSITIONS",
    "CheckedIn",
    "ReceptionCard",
    "VisitChanged",
    "VisitRow",
    "change_visit",
    "check_in",
    "reception_card",
    "state_title",
    "today_board",
    "update_reception",
]

STATES = ("expected", "waiting", "called", "in_treatment", "done", LEFT)
ALREADY_HERE = "already_here"

# every change the desk may make; the way back of each step is there too
TRANSITIONS = frozenset(
    {
        ("expected", "waiting"),
        ("expected", LEFT),
        ("waiting", "called"),
        ("waiting", "in_treatment"),
        ("waiting", "done"),
        ("waiting", LEFT),
        ("called", "waiting"),
        ("called", "in_treatment"),
        ("called", LEFT),
        ("in_treatment", "called"),
        ("in_treatment", "waiting"),
        ("in_treatment", "done"),
        ("done", "waiting"),
        ("done", "in_treatment"),
        (LEFT, "waiting"),
    }
)


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


def state_title(state: str) -> str:
    """A state as the desk says it."""
    return {
        "expected": tr("预约未到"),
        "waiting": tr("候诊"),
        "called": tr("已叫号"),
        "in_treatment": tr("就诊中"),
        "done": tr("完成"),
        LEFT: tr("未到/离开"),
    }[state]


# -- checking in -----------------------------------------------------------------------------


@command("visit.check_in", entity="visit")
def check_in(
    tx: Tx,
    *,
    person_id: int,
    doctor_id: int | None = None,
    escort: str = "",
    doctor_told: bool = False,
    room: str = "",
    room_exception: str = "",
    brought_by_id: int | None = None,
    emergency: bool = False,
    note: str = "",
) -> CheckedIn:
    """Put somebody who arrived on the board, received as the programme promises (R126–R129).

    Without `doctor_id` the person's own doctor (谁的病人谁接诊, R130). Asks `already_here` when
    the person was checked in today. Raises RuleError: unknown or erased person, unknown bringer
    or doctor, a tier that requires a room with neither a room nor the reason (R127).
    """
    row = tx.db.row(Person.select(Person.state, Person.doctor_id).where(Person.id == person_id))
    if row is None or row[0] in ("merged", "erased"):
        raise RuleError(tr("没有找到这位顾客，或资料已停用。请按 F3 重新查找。"))
    level = reception_level(tx.db, tx.today, person_id, brought_by_id)
    _check_room(level.care.room, room, room_exception)
    if ALREADY_HERE not in tx.confirmed and visit_of_today(tx.db, tx.today, person_id):
        raise Confirmable(ALREADY_HERE, tr("这位顾客今天已经登记过到诊。要再登记一次吗？"))
    first = is_first_visit(tx.db, tx.today, person_id)
    visit_id = tx.db.insert(
        Visit,
        person_id=person_id,
        visit_date=tx.today,
        arrived_at=tx.now_utc,
        state="waiting",
        emergency=int(emergency),
        first_visit=int(first),
        reception_rank=level.rank,
        doctor_id=row[1] if doctor_id is None else _known_doctor(tx, doctor_id),
        escort=escort.strip(),
        doctor_told=int(doctor_told),
        room=room.strip(),
        room_exception=room_exception.strip(),
        brought_by_id=brought_by_id,
        note=note.strip(),
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    _set_last_visit(tx, person_id, tx.today)
    counted = _count_visits(tx, person_id)
    tx.about(visit_id, person=person_id, rank=level.rank, brought_by=brought_by_id)
    changes = Changes((Kind.VISIT, Kind.PERSON, *counted), person_id)
    return CheckedIn(visit_id, level.rank, first, changes)


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
    """Move a visit to another state. Raises RuleError for a step that is not in TRANSITIONS.

    Arriving stamps the time; 未到/离开 takes the visit off the person's last-visit date again.
    """
    columns = (Visit.state, Visit.person_id, Visit.visit_date, Visit.first_visit)
    state, person_id, day, first = _visit(tx, visit_id, *columns)
    if (state, to_state) not in TRANSITIONS:
        if to_state not in STATES:
            raise RuleError(tr("没有这个状态，请重新选择。"))
        sentence = tr("“{now}”不能直接改成“{then}”。")
        raise RuleError(sentence.format(now=state_title(state), then=state_title(to_state)))
    values: dict[str, Any] = {"state": to_state}
    if state == "expected" and to_state == "waiting":
        values["arrived_at"] = tx.now_utc
    tx.db.write(Visit.update(**values).where(Visit.id == visit_id))
    person_id = root_of(tx.db, person_id)
    counted: tuple[Kind, ...] = ()
    if to_state == LEFT:
        _take_back(tx, person_id, day, bool(first))
        if state != "expected":
            counted = _uncount_visit(tx, person_id)
    elif state in ("expected", LEFT):
        _set_last_visit(tx, person_id, day)
        counted = _count_visits(tx, person_id)
    tx.about(visit_id, person=person_id, was=state, now=to_state)
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
            Visit.person_id.in_(group_of(tx.db, person_id)) & Visit.state.not_in(("expected", LEFT))
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
) -> VisitChanged:
    """Write down who led the person, that the doctor knows, and the room (R126, R127).

    Raises RuleError when the level of the visit requires a room and nothing is said about it.
    """
    person_id, rank = _visit(tx, visit_id, Visit.person_id, Visit.reception_rank)
    tier = main_timeline(tx.db).at(tx.today).programme.tier(rank)
    _check_room(tier.reception.room if tier else "none", room, room_exception)
    tx.db.write(
        Visit.update(
            escort=escort.strip(),
            doctor_told=int(doctor_told),
            room=room.strip(),
            room_exception=room_exception.strip(),
        ).where(Visit.id == visit_id)
    )
    tx.about(visit_id, person=person_id, told=doctor_told)
    return VisitChanged(visit_id, Changes((Kind.VISIT,), person_id))
