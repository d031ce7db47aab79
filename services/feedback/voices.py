"""Everything people told the clinic in one list: complaints, requests, suggestions (R052, R151).

What is overdue comes first, then urgent complaints, those of members of high tiers, the earliest
day; what is done with, the newest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from peewee import JOIN

from models.database import ClinicDatabase
from models.followup import Request
from models.people import Complaint
from models.system import Staff
from services.feedback.complaint_list import FIRST, SECOND, THIRD, overdue, state_of
from services.feedback.deadlines import deadlines
from services.feedback.request_list import Names, late, request_query, request_rows
from services.feedback.words import (
    COMPLAINT,
    KINDS,
    OPEN,
    complaint_state_title,
    request_state_title,
)

Which = Literal["open", "mine", "late", "all"]
MOST = 500


@dataclass(frozen=True)
class Voice:
    """A line of the list. `person_id` None and `name` '' for somebody who left no name; `priority`
    is 1 to 3 as a complaint's; `status` how far it is, `open` whether it waits."""

    kind: str
    id: int
    person_id: int | None
    number: str
    name: str
    text: str
    status: str
    open: bool
    owner: str
    received_on: str
    due_on: str | None
    overdue: bool
    priority: int

    @property
    def key(self) -> tuple[str, int]:
        """What tells one line from another."""
        return self.kind, self.id


def voices(
    db: ClinicDatabase,
    today: str,
    which: Which = "open",
    *,
    kinds: tuple[str, ...] = KINDS,
    staff_id: int = 0,
    most: int = MOST,
) -> list[Voice]:
    """What waits ('open'), what of it `staff_id` looks after ('mine'), what waits too long
    ('late'), or everything, at most `most` lines."""
    found: list[Voice] = []
    if COMPLAINT in kinds:
        found += _complaints(db, today, which, staff_id, most)
    asked = tuple(kind for kind in kinds if kind != COMPLAINT)
    if asked:
        found += _requests(db, today, which, asked, staff_id, most)
    waiting = sorted((each for each in found if each.open), key=_urgency)
    past = sorted((each for each in found if not each.open), key=_age, reverse=True)
    return (waiting + past)[:most]


def count_late(db: ClinicDatabase, today: str, at_most: int) -> tuple[int, int]:
    """How many complaints, and how many requests and suggestions, wait too long; each count stops
    at `at_most`."""
    complaints = Complaint.select(Complaint.id).where(overdue(today)).limit(at_most)
    asked = Request.select(Request.id).where(late(today)).limit(at_most)
    return int(complaints.count(db)), int(asked.count(db))


def _urgency(voice: Voice) -> tuple[bool, int, str, int]:
    return not voice.overdue, voice.priority, voice.due_on or "9999", voice.id


def _age(voice: Voice) -> tuple[str, int]:
    return voice.received_on, voice.id


def _complaints(
    db: ClinicDatabase, today: str, which: Which, staff_id: int, most: int
) -> list[Voice]:
    query = (
        Complaint.select(
            Complaint.id,
            Complaint.person_id,
            Complaint.text,
            Staff.name,
            Complaint.received_on,
            Complaint.due_on,
            Complaint.reply_by,
            Complaint.acknowledged_on,
            Complaint.handled_on,
            Complaint.closed_on,
            Complaint.urgent,
            Complaint.rank,
        )
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Complaint.owner_id))
        .switch(Complaint)
        .limit(most)
    )
    waits = Complaint.state != "closed"
    if which == "all":
        query = query.order_by(Complaint.id.desc())
    else:
        query = query.order_by(Complaint.due_on, Complaint.id)
        if which == "late":
            waits = overdue(today)
        elif which == "mine":
            waits &= Complaint.owner_id == staff_id
        query = query.where(waits)
    high = deadlines(db).high_rank
    names = Names(db)
    found = []
    for row in db.rows(query):
        cid, person_id, text, owner, received_on, due_on, reply_by, told, handled, closed = row[:10]
        urgent, rank = row[10:]
        is_open = closed is None
        reply_late = is_open and told is None and (reply_by or today) < today
        root, number, name = names(person_id)
        until = due_on if told or reply_by is None else min(reply_by, due_on or reply_by)
        found.append(
            Voice(
                kind=COMPLAINT,
                id=cid,
                person_id=root,
                number=number,
                name=name,
                text=text,
                status=complaint_state_title(state_of(told, handled, closed)),
                open=is_open,
                owner=owner or "",
                received_on=received_on,
                due_on=until,
                overdue=reply_late or (is_open and (due_on or today) < today),
                priority=FIRST if urgent else SECOND if rank >= high else THIRD,
            )
        )
    return found


def _requests(
    db: ClinicDatabase,
    today: str,
    which: Which,
    kinds: tuple[str, ...],
    staff_id: int,
    most: int,
) -> list[Voice]:
    query = request_query().where(Request.kind.in_(kinds)).limit(most)
    if which == "all":
        query = query.order_by(Request.id.desc())
    else:
        query = query.where(late(today) if which == "late" else Request.state == OPEN)
        if which == "mine":
            query = query.where(Request.owner_id == staff_id)
        query = query.order_by(Request.due_on, Request.id)
    return [
        Voice(
            kind=row.kind,
            id=row.id,
            person_id=row.person_id,
            number=row.number,
            name=row.name,
            text=row.text,
            status=request_state_title(row.state),
            open=row.open,
            owner=row.owner,
            received_on=row.received_on,
            due_on=row.due_on,
            overdue=row.overdue,
            priority=THIRD,
        )
        for row in request_rows(db, today, query)
    ]
