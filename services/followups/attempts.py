"""The calls that were made to somebody, without those that were taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask
from models.query import Prepared, among, numbers, slot
from models.system import Staff
from services.followups.outcomes import standing
from services.followups.plans import plan_titles
from services.followups.tasks import reason_text
from services.people.aliases import group_of


def _newest() -> Any:
    last = (
        FollowupAttempt.select(fn.MAX(FollowupAttempt.id))
        .where(among(FollowupAttempt.person_id, slot("people")) & standing())
        .group_by(FollowupAttempt.person_id)
    )
    return FollowupAttempt.select(FollowupAttempt.person_id, FollowupAttempt.outcome).where(
        FollowupAttempt.id.in_(last)
    )


_NEWEST = Prepared(_newest)


@dataclass(frozen=True)
class AttemptRow:
    """A call that was made, with the reasons it had. `seq` names it for `undo_call`; `rules` are
    those of its reasons; `planned_on` is the day its oldest reason was first planned for."""

    occurred_on: str
    outcome: str
    satisfaction: int | None
    note: str
    next_on: str | None
    staff: str
    reasons: tuple[str, ...]
    seq: int
    recovery: str
    nps: int | None
    channel: str
    planned_on: str
    rules: tuple[str, ...]


def last_outcomes(db: ClinicDatabase, people: Iterable[int]) -> dict[int, str]:
    """What came of the newest call to each of these records."""
    return dict(_NEWEST.rows(db, people=numbers(people)))


def last_outcome(db: ClinicDatabase, person_id: int) -> str | None:
    """What came of the newest call to a person."""
    query = FollowupAttempt.select(FollowupAttempt.outcome).where(
        FollowupAttempt.person_id.in_(group_of(db, person_id)) & standing()
    )
    return db.scalar(query.order_by(FollowupAttempt.id.desc()).limit(1))


def attempts_of(db: ClinicDatabase, person_id: int) -> list[AttemptRow]:
    """Every call to a person, newest first; a call with several reasons is one row."""
    query = (
        FollowupAttempt.select(
            FollowupAttempt.seq,
            FollowupTask.rule,
            FollowupTask.subject,
            fn.COALESCE(FollowupTask.planned_on, FollowupTask.due_on),
            FollowupAttempt.occurred_on,
            FollowupAttempt.outcome,
            FollowupAttempt.satisfaction,
            FollowupAttempt.note,
            FollowupAttempt.next_on,
            Staff.name,
            FollowupAttempt.recovery,
            FollowupAttempt.nps,
            FollowupAttempt.channel,
        )
        .join(Staff, on=(Staff.id == FollowupAttempt.staff_id))
        .switch(FollowupAttempt)
        .join(FollowupTask, on=(FollowupTask.id == FollowupAttempt.task_id))
        .where(FollowupAttempt.person_id.in_(group_of(db, person_id)) & standing())
        .order_by(FollowupAttempt.seq.desc(), FollowupAttempt.id)
    )
    titles = plan_titles(db)
    calls: dict[int, AttemptRow] = {}
    for seq, rule, subject, planned_on, *facts in db.rows(query):
        on, outcome, satisfaction, note, next_on, staff, recovery, nps, channel = facts
        reasons: tuple[str, ...] = (reason_text(rule, subject, titles),)
        rules: tuple[str, ...] = (rule,)
        if seq in calls:
            reasons = (*calls[seq].reasons, *reasons)
            rules = (*calls[seq].rules, *rules)
            planned_on = min(calls[seq].planned_on, planned_on)
        calls[seq] = AttemptRow(
            occurred_on=on,
            outcome=outcome,
            satisfaction=satisfaction,
            note=note,
            next_on=next_on,
            staff=staff,
            reasons=reasons,
            seq=seq,
            recovery=recovery,
            nps=nps,
            channel=channel,
            planned_on=planned_on,
            rules=rules,
        )
    return list(calls.values())
