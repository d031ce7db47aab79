"""Calls against the tasks they were made for, and against what they asked of others."""

from __future__ import annotations

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Request
from models.people import Complaint
from models.system import Audit
from services.followups.outcomes import REACHED, standing
from services.verify.report import Findings


def check_calls(db: ClinicDatabase, found: Findings) -> None:
    """A task that ended by a call has that call, and one that waits has no end; a call that was
    taken back was so by a command; what a call asked of others has the call."""
    _check_ends(db, found)
    _check_undone(db, found)
    _check_answers(db, found)
    found.count("calls", int(db.scalar(FollowupAttempt.select(fn.COUNT(FollowupAttempt.id))) or 0))


def _check_ends(db: ClinicDatabase, found: Findings) -> None:
    attempt = FollowupAttempt
    reached = attempt.select(attempt.id).where(
        (attempt.task_id == FollowupTask.id) & attempt.outcome.in_(REACHED) & standing()
    )
    waits = (FollowupTask.state == "open") & (FollowupTask.closed_as != "")
    ended = (FollowupTask.closed_as == "reached") & ~fn.EXISTS(reached)
    query = FollowupTask.select(FollowupTask.id).where(waits | ended)
    for (task_id,) in db.rows(query.order_by(FollowupTask.id)):
        found.add("call.end", task_id)


def _check_undone(db: ClinicDatabase, found: Findings) -> None:
    query = (
        FollowupAttempt.select(FollowupAttempt.id)
        .join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == FollowupAttempt.undone_seq))
        .where(
            FollowupAttempt.undone_seq.is_null(False)
            & (
                Audit.seq.is_null()
                | (Audit.action != "followup.undo")
                | (FollowupAttempt.undone_seq <= FollowupAttempt.seq)
            )
        )
    )
    for (attempt_id,) in db.rows(query.order_by(FollowupAttempt.id)):
        found.add("call.undone", attempt_id)


def _check_answers(db: ClinicDatabase, found: Findings) -> None:
    for table in (Request, Complaint):
        call = FollowupAttempt.select(FollowupAttempt.id).where(
            FollowupAttempt.seq == table.call_seq
        )
        query = table.select(table.id).where(table.call_seq.is_null(False) & ~fn.EXISTS(call))
        for (row_id,) in db.rows(query.order_by(table.id)):
            found.add("call.answer", row_id)
