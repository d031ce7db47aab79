"""Complaints as they are read: one, a person's, and those that wait (R025, R067, R151)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.followup import ComplaintStep
from models.people import Complaint, Person
from models.system import Audit, Staff
from services.errors import RuleError
from services.feedback.deadlines import deadlines
from services.feedback.goodwill import NONE, Goodwill, goodwill_of
from services.feedback.words import ACKNOWLEDGED, CLOSED, HANDLED, RECEIVED
from services.i18n import tr
from services.people.aliases import group_of, root_of

_LATE = '"late":true'  # as `complaint_steps` says it
FIRST, SECOND, THIRD = 1, 2, 3  # urgent, members of high tiers, everybody else


@dataclass(frozen=True)
class ComplaintRow:
    """A complaint of the person who speaks for whoever complained.

    `state` follows from the days: received, acknowledged, handled, closed. `rank` is the tier that
    was held when it came; `high` says that it counts as a high one. `reply_late`: the first answer
    is overdue; `due_late`: its last day is past and it is still open; `overdue`: either. `points`,
    `awards` and `value_fen` are what was given for it, net of what was taken back; `cost_fen` all
    of it.
    """

    id: int
    person_id: int
    number: str
    name: str
    text: str
    open: bool
    owner: str
    received_on: str
    due_on: str | None
    overdue: bool
    closed_on: str | None
    outcome: str
    goodwill: Goodwill
    state: str
    owner_id: int | None
    staff: str
    topic: str
    source: str
    rank: int
    urgent: bool
    high: bool
    reply_by: str | None
    reply_late: bool
    due_late: bool
    acknowledged_on: str | None
    handled_on: str | None
    reported_on: str | None
    satisfied: int | None

    @property
    def points(self) -> int:
        """Points given for it."""
        return self.goodwill.points

    @property
    def awards(self) -> tuple[str, ...]:
        """Things given for it."""
        return self.goodwill.awards

    @property
    def value_fen(self) -> int:
        """What the things are worth, in fen."""
        return self.goodwill.value_fen

    @property
    def priority(self) -> int:
        """Who comes first, 1 to 3 (R067)."""
        return FIRST if self.urgent else SECOND if self.high else THIRD


@dataclass(frozen=True)
class StepRow:
    """A step of a complaint: which, what was said, when and by whom."""

    step: str
    text: str
    occurred_on: str
    staff: str


def state_of(acknowledged_on: str | None, handled_on: str | None, closed_on: str | None) -> str:
    """How far a complaint has come, by its days."""
    if closed_on is not None:
        return CLOSED
    if handled_on is not None:
        return HANDLED
    return RECEIVED if acknowledged_on is None else ACKNOWLEDGED


def complaint(db: ClinicDatabase, today: str, complaint_id: int) -> ComplaintRow:
    """One complaint. Raises RuleError when there is none."""
    rows = _rows(db, today, _query().where(Complaint.id == complaint_id))
    if not rows:
        raise RuleError(tr("没有找到这条投诉，请刷新后重试。"))
    return rows[0]


def steps_of(db: ClinicDatabase, complaint_id: int) -> list[StepRow]:
    """What was done about a complaint, the oldest first."""
    query = (
        ComplaintStep.select(
            ComplaintStep.step, ComplaintStep.text, ComplaintStep.occurred_on, Staff.name
        )
        .join(Staff, on=(Staff.id == ComplaintStep.staff_id))
        .where(ComplaintStep.complaint_id == complaint_id)
        .order_by(ComplaintStep.id)
    )
    return [StepRow(*row) for row in db.rows(query)]


def complaints_of(db: ClinicDatabase, today: str, person_id: int) -> list[ComplaintRow]:
    """Every complaint of a person, the newest first."""
    mine = Complaint.person_id.in_(group_of(db, person_id))
    return _rows(db, today, _query().where(mine).order_by(Complaint.id.desc()))


def open_complaints(db: ClinicDatabase, today: str) -> list[ComplaintRow]:
    """Complaints that wait: urgent ones, then members of high tiers, then by their day; those
    without a day come last (R067, R151)."""
    waiting = _query().where(Complaint.state != CLOSED)
    rows = _rows(db, today, waiting.order_by(fn.COALESCE(Complaint.due_on, "9999"), Complaint.id))
    return sorted(rows, key=lambda row: row.priority)


def complaint_rows(db: ClinicDatabase, today: str, wanted: Any) -> list[ComplaintRow]:
    """The complaints that `wanted`, a condition, picks, in the order they came."""
    return _rows(db, today, _query().where(wanted).order_by(Complaint.id))


def late_before(db: ClinicDatabase, complaint_ids: Iterable[int]) -> frozenset[int]:
    """Which of these complaints had gone past their last day when they got another one: the
    commands that give one say so, whatever the days say now (R151)."""
    query = Audit.select(Audit.entity_id).where(
        (Audit.entity == "complaint")
        & Audit.entity_id.in_(list(complaint_ids))
        & Audit.detail.contains(_LATE)
    )
    return frozenset(row[0] for row in db.rows(query))


def overdue(today: str) -> Any:
    """Condition: a complaint waits longer than it should, for an answer or for its end."""
    no_answer = Complaint.acknowledged_on.is_null() & (Complaint.reply_by < today)
    return (Complaint.state != CLOSED) & ((Complaint.due_on < today) | no_answer)


def _query() -> Any:
    wrote = Staff.alias()
    return (
        Complaint.select(
            Complaint.id,
            Complaint.person_id,
            Complaint.text,
            Staff.name,
            Complaint.received_on,
            Complaint.due_on,
            Complaint.closed_on,
            Complaint.outcome,
            Complaint.owner_id,
            wrote.name,
            Complaint.topic,
            Complaint.source,
            Complaint.rank,
            Complaint.urgent,
            Complaint.reply_by,
            Complaint.acknowledged_on,
            Complaint.handled_on,
            Complaint.reported_on,
            Complaint.satisfied,
        )
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Complaint.owner_id))
        .switch(Complaint)
        .join(wrote, on=(wrote.id == Complaint.staff_id))
        .switch(Complaint)
    )


def _rows(db: ClinicDatabase, today: str, query: Any) -> list[ComplaintRow]:
    rows = db.rows(query)
    given = goodwill_of(db, (row[0] for row in rows))
    high = deadlines(db).high_rank
    return [_row(db, today, row, given.get(row[0], NONE), high) for row in rows]


def _row(
    db: ClinicDatabase, today: str, row: tuple[Any, ...], given: Goodwill, high: int
) -> ComplaintRow:
    cid, person_id, text, owner, received_on, due_on, closed_on, outcome, owner_id, staff = row[:10]
    topic, source, rank, urgent, reply_by, acknowledged_on, handled_on, reported_on = row[10:18]
    root = root_of(db, person_id)
    number, name = db.rows(Person.select(Person.number, Person.name).where(Person.id == root))[0]
    is_open = closed_on is None
    reply_late = is_open and acknowledged_on is None and (reply_by or today) < today
    due_late = is_open and (due_on or today) < today
    return ComplaintRow(
        id=cid,
        person_id=root,
        number=number,
        name=name,
        text=text,
        open=is_open,
        owner=owner or "",
        received_on=received_on,
        due_on=due_on,
        overdue=reply_late or due_late,
        closed_on=closed_on,
        outcome=outcome,
        goodwill=given,
        state=state_of(acknowledged_on, handled_on, closed_on),
        owner_id=owner_id,
        staff=staff,
        topic=topic,
        source=source,
        rank=rank,
        urgent=bool(urgent),
        high=rank >= high,
        reply_by=reply_by,
        reply_late=reply_late,
        due_late=due_late,
        acknowledged_on=acknowledged_on,
        handled_on=handled_on,
        reported_on=reported_on,
        satisfied=row[18],
    )
