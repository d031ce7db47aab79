"""Complaints: received, looked after, closed; what they are read by is behind the same door
(R025, R067, R151, E67).

What happens in between stands in `complaint_steps`. Points of goodwill and gifts of compensation
are given for a complaint and never without one, so that its row tells what was paid to put it
right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.followup import ComplaintStep
from models.people import Complaint
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.feedback.checks import check_day, owner_of, said
from services.feedback.complaint_list import (
    ComplaintRow,
    StepRow,
    complaint,
    complaints_of,
    open_complaints,
    steps_of,
)
from services.feedback.deadlines import deadlines, reply_by
from services.feedback.words import CLOSED, RECEIVED, SOURCES, TOPICS
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.loyalty.standing import standing_of
from services.people.aliases import group_of, root_of
from services.programmes.registry import main_timeline

__all__ = [
    "ComplaintChanged",
    "ComplaintRow",
    "Open",
    "StepRow",
    "changed",
    "check_complaint",
    "close_complaint",
    "complaint",
    "complaints_of",
    "keep_step",
    "open_complaint",
    "open_complaints",
    "open_row",
    "receive",
    "steps_of",
]

SATISFIED = (1, 2, 3, 4)


@dataclass(frozen=True)
class ComplaintChanged:
    """A complaint was received, or something was done about it."""

    complaint_id: int
    person_id: int
    changes: Changes


@dataclass(frozen=True)
class Open:
    """An open complaint as it stands while a command looks at it."""

    id: int
    person_id: int
    owner_id: int | None
    due_on: str | None
    acknowledged_on: str | None
    handled_on: str | None
    reported_on: str | None


def receive(
    tx: Tx,
    *,
    person_id: int,
    text: str,
    source: str = "",
    topic: str = "",
    call_seq: int | None = None,
    owner_id: int | None = None,
    due_on: str | None = None,
    urgent: bool = False,
) -> int:
    """Write down a complaint inside a command; answers its id (R025, R067, R151).

    Whoever writes it down looks after it unless somebody else is named. The first answer and the
    end get the days of the clinic (`deadlines`), by the tier held now. Raises RuleError: nothing
    said, unknown topic or way, unknown person or owner, a day that is past.
    """
    words = said(text, tr("请写明投诉内容。"))
    if topic not in ("", *TOPICS) or source not in ("", *SOURCES):
        raise RuleError(tr("请从名单中选择投诉的类别和来源。"))
    if due_on is not None:
        check_day(tx, due_on)
    root = root_of(tx.db, person_id)
    check_person(tx, root)
    owner, _ = owner_of(tx, owner_id)
    rank = _rank(tx, root)
    complaint_id = tx.db.insert(
        Complaint,
        person_id=root,
        text=words,
        state=RECEIVED,
        owner_id=owner,
        due_on=due_on or plus_days(tx.today, deadlines(tx.db).days),
        received_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        topic=topic,
        source=source,
        rank=rank,
        urgent=int(urgent),
        reply_by=reply_by(tx.db, tx.today, rank=rank, urgent=urgent),
        call_seq=call_seq,
    )
    keep_step(tx, complaint_id, "receive", words)
    return complaint_id


@command("complaint.open", entity="complaint")
def open_complaint(
    tx: Tx,
    *,
    person_id: int,
    text: str,
    owner_id: int | None = None,
    due_on: str | None = None,
    topic: str = "",
    source: str = "desk",
    urgent: bool = False,
) -> ComplaintChanged:
    """Write down a complaint. Raises as `receive`; a record that was merged into another one is
    refused, so that the desk looks at the one in use."""
    said(text, tr("请写明投诉内容。"))
    check_person(tx, person_id)
    made = receive(
        tx,
        person_id=person_id,
        text=text,
        source=source,
        topic=topic,
        owner_id=owner_id,
        due_on=due_on,
        urgent=urgent,
    )
    tx.about(made, person=person_id, topic=topic, source=source, urgent=urgent)
    return ComplaintChanged(made, person_id, _kinds(person_id))


@command("complaint.close", entity="complaint")
def close_complaint(
    tx: Tx, *, complaint_id: int, outcome: str, satisfied: int | None = None
) -> ComplaintChanged:
    """Close a complaint with what came of it, and whether the person is satisfied (1 to 4, None
    where nobody asked). What was settled on the spot is answered and handled with it. Raises
    RuleError: no outcome, no such step of satisfaction, not open."""
    words = said(outcome, tr("请写明处理结果，再结案。"))
    if satisfied is not None and satisfied not in SATISFIED:
        raise RuleError(tr("满意度请选：1 不满意、2 一般、3 满意、4 非常满意。"))
    row = open_row(tx, complaint_id)
    tx.db.write(
        Complaint.update(
            state=CLOSED,
            outcome=words,
            closed_on=tx.today,
            acknowledged_on=row.acknowledged_on or tx.today,
            handled_on=row.handled_on or tx.today,
            satisfied=satisfied,
        ).where(Complaint.id == complaint_id)
    )
    keep_step(tx, complaint_id, "close", words)
    return changed(tx, row, satisfied=satisfied)


def check_complaint(tx: Tx, person_id: int, complaint_id: int | None) -> None:
    """Refuse a compensation without an open complaint of the person's own (E67)."""
    if complaint_id is None:
        raise RuleError(tr("补偿须关联一条投诉。请先登记投诉，或选择已登记的投诉。"))
    row = open_row(tx, complaint_id)
    if row.person_id not in group_of(tx.db, person_id):
        raise RuleError(tr("这条投诉不是这位顾客的，请重新选择。"))


# -- what the steps share ----------------------------------------------------------------------


def open_row(tx: Tx, complaint_id: int) -> Open:
    """The complaint as it stands. Raises RuleError unless it is open."""
    row = tx.db.row(
        Complaint.select(
            Complaint.id,
            Complaint.person_id,
            Complaint.owner_id,
            Complaint.due_on,
            Complaint.acknowledged_on,
            Complaint.handled_on,
            Complaint.reported_on,
        ).where((Complaint.id == complaint_id) & (Complaint.state != CLOSED))
    )
    if row is None:
        raise RuleError(tr("没有找到这条未结的投诉，请刷新后重试。"))
    return Open(*row)


def keep_step(tx: Tx, complaint_id: int, step: str, text: str) -> None:
    """Put on record who did what about a complaint."""
    tx.db.insert(
        ComplaintStep,
        complaint_id=complaint_id,
        step=step,
        text=text,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def changed(tx: Tx, row: Open, **detail: Any) -> ComplaintChanged:
    """What a step answers; `detail` goes into the audit row and holds no words."""
    tx.about(row.id, person=row.person_id, **detail)
    who = root_of(tx.db, row.person_id)
    return ComplaintChanged(row.id, who, _kinds(who))


def _rank(tx: Tx, person_id: int) -> int:
    """The tier of the main programme somebody holds now; 0 for somebody who is no member."""
    standing = standing_of(tx.db, person_id, main_timeline(tx.db).programme_id)
    return standing.rank if standing.member else 0


def _kinds(person_id: int) -> Changes:
    return Changes((Kind.PERSON, Kind.FOLLOWUP), person_id)
