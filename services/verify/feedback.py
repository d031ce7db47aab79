"""What people said against what was done about it: days and steps of complaints, the end of each,
goodwill and its complaint, requests that are closed and say nothing."""

from __future__ import annotations

from collections import defaultdict

from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.followup import ComplaintStep, Request
from models.ledgers import PointsEntry
from models.people import Complaint
from models.schemes import Award
from models.system import Audit
from services.loyalty.points import GOODWILL
from services.people.aliases import root_of
from services.verify.report import Findings

_COMPENSATION = "compensation"
_Days = tuple[str | None, str | None, str | None, str | None]


def check_feedback(db: ClinicDatabase, found: Findings) -> None:
    """A complaint's days are those of its steps; a closed one has its outcome, an open one has
    none; goodwill has a complaint of the same person; a request that is done says what was done
    (R025, R052, R151, E67)."""
    _check_complaints(db, found)
    _check_goodwill(db, found)
    mute = Request.select(Request.id).where((Request.state != "open") & (Request.answer == ""))
    for (request_id,) in checks.stream(db, mute):
        found.add("request.answer", request_id)
    found.count("complaints", db.scalar(Complaint.select(fn.COUNT(Complaint.id))))
    found.count("requests", db.scalar(Request.select(fn.COUNT(Request.id))))


def _check_complaints(db: ClinicDatabase, found: Findings) -> None:
    steps: dict[int, list[tuple[str, str]]] = defaultdict(list)
    query = ComplaintStep.select(
        ComplaintStep.complaint_id, ComplaintStep.step, ComplaintStep.occurred_on
    ).order_by(ComplaintStep.id)
    for complaint_id, step, on in checks.stream(db, query):
        steps[complaint_id].append((step, on))
    rows = Complaint.select(
        Complaint.id,
        Complaint.state,
        Complaint.outcome,
        Complaint.satisfied,
        Complaint.received_on,
        Complaint.reply_by,
        Complaint.acknowledged_on,
        Complaint.handled_on,
        Complaint.closed_on,
        Complaint.reported_on,
    )
    for row in checks.stream(db, rows):
        complaint_id, state, outcome, satisfied, received_on, reply_by, *days = row
        closed = state == "closed"
        if closed != bool(outcome) or (satisfied is not None and not closed):
            found.add("complaint.outcome", complaint_id)
        if reply_by is None:
            continue  # written down before there were steps
        mine = steps.get(complaint_id, [])
        if mine[:1] != [("receive", received_on)] or tuple(days) != _days(mine):
            found.add("complaint.steps", complaint_id)


def _days(steps: list[tuple[str, str]]) -> _Days:
    """Acknowledged, handled, closed and reported as the steps tell it."""
    acknowledged = handled = closed = reported = None
    for step, on in steps:
        if step in ("acknowledge", "handle", "close", "reopen"):
            acknowledged = acknowledged or on
        if step == "reopen":
            handled = closed = None
        if step in ("handle", "close"):
            handled = handled or on
        if step == "close":
            closed = on
        if step == "report":
            reported = reported or on
    return acknowledged, handled, closed, reported


def _check_goodwill(db: ClinicDatabase, found: Findings) -> None:
    """Goodwill without a complaint, or for one of somebody else (E67)."""
    code = f'%"code":"{GOODWILL}"%'
    alone = (
        PointsEntry.select(PointsEntry.id)
        .join(Audit, on=(Audit.seq == PointsEntry.seq))
        .where(
            (PointsEntry.kind == "adjust")
            & PointsEntry.complaint_id.is_null()
            & (Audit.action == "points.adjust")
            & (Audit.detail**code)
        )
    )
    for (entry_id,) in checks.stream(db, alone):
        found.add("goodwill.points", entry_id)
    gifts = Award.select(Award.id).where(
        (Award.reason == _COMPENSATION) & Award.complaint_id.is_null() & Award.voids_id.is_null()
    )
    for (award_id,) in checks.stream(db, gifts):
        found.add("goodwill.award", award_id)
    for table, word in ((PointsEntry, "goodwill.points"), (Award, "goodwill.award")):
        others = table.select(table.id, table.person_id, Complaint.person_id).join(
            Complaint, JOIN.INNER, on=(Complaint.id == table.complaint_id)
        )
        for row_id, given, complained in checks.stream(db, others):
            if root_of(db, given) != root_of(db, complained):
                found.add(word, row_id)
