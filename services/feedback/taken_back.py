"""A call that is taken back takes along what it had written down (E66).

Only while nobody has done anything about it: what was looked after already stays.
"""

from __future__ import annotations

from collections.abc import Iterable

from peewee import fn

from models.database import ClinicDatabase
from models.followup import ComplaintStep, FollowupAttempt, Request
from models.people import Complaint
from services.commands import Tx
from services.feedback.complaints import keep_step
from services.feedback.goodwill import goodwill_of
from services.feedback.words import CLOSED, DROPPED, OPEN
from services.i18n import tr


def mistaken(db: ClinicDatabase, complaint_ids: Iterable[int]) -> frozenset[int]:
    """Which of these complaints were closed with the call that had opened them by mistake, and
    were not opened again since."""
    query = (
        Complaint.select(Complaint.id)
        .join(FollowupAttempt, on=(FollowupAttempt.seq == Complaint.call_seq))
        .switch(Complaint)
        .join(
            ComplaintStep,
            on=(
                (ComplaintStep.complaint_id == Complaint.id)
                & (ComplaintStep.seq == FollowupAttempt.undone_seq)
            ),
        )
        .where(Complaint.id.in_(list(complaint_ids)) & (Complaint.state == CLOSED))
    )
    later = ComplaintStep.alias()
    again = later.select(later.id).where(
        (later.complaint_id == Complaint.id) & (later.seq > FollowupAttempt.undone_seq)
    )
    return frozenset(row[0] for row in db.rows(query.where(~fn.EXISTS(again))))


def take_back_call(tx: Tx, call_seq: int) -> int:
    """Close the requests and complaints that the call of this number opened, inside the command
    that takes it back; answers how many."""
    words = tr("登记有误，那次回访已撤回")
    closed = tx.db.write(
        Request.update(state=DROPPED, answer=words, closed_on=tx.today).where(
            (Request.call_seq == call_seq) & (Request.state == OPEN) & (Request.answer == "")
        )
    )
    touched = ComplaintStep.select(fn.COUNT(ComplaintStep.id)).where(
        ComplaintStep.complaint_id == Complaint.id
    )
    fresh = tx.db.rows(
        Complaint.select(Complaint.id).where(
            (Complaint.call_seq == call_seq) & (Complaint.state != CLOSED) & (touched == 1)
        )
    )
    paid = goodwill_of(tx.db, (row[0] for row in fresh))
    alone = [row[0] for row in fresh if row[0] not in paid]
    for complaint_id in alone:
        tx.db.write(
            Complaint.update(
                state=CLOSED,
                outcome=words,
                closed_on=tx.today,
                acknowledged_on=tx.today,
                handled_on=tx.today,
            ).where(Complaint.id == complaint_id)
        )
        keep_step(tx, complaint_id, "close", words)
    return closed + len(alone)
