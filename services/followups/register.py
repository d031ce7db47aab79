"""会员回访登记表 as data: a line for every call that was made, with who answers what was said
(R149, R152)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Request
from models.people import Complaint, Person
from models.system import Staff
from services.feedback.words import complaint_state_title, request_state_title
from services.followups.outcomes import recovery_title, standing
from services.followups.plans import plan_titles
from services.followups.tasks import reason_text
from services.i18n import tr
from services.people.aliases import group_of


@dataclass(frozen=True)
class RegisterLine:
    """A call that was made. `planned_on` is the day it was first meant for, `scripts` the plans
    whose words were said, `handled` who looks after what was said, and how far that is."""

    seq: int
    planned_on: str
    occurred_on: str
    person_id: int
    number: str
    name: str
    phone: str
    reasons: tuple[str, ...]
    scripts: tuple[str, ...]
    outcome: str
    recovery: str
    satisfaction: int | None
    nps: int | None
    note: str
    handled: tuple[str, ...]
    next_on: str | None
    staff: str
    channel: str

    @property
    def recovery_words(self) -> str:
        """How the person recovers; somebody reached and fine is well."""
        return recovery_title(self.recovery or ("well" if self.outcome == "fine" else ""))


def register_of(db: ClinicDatabase, inside: Any) -> list[RegisterLine]:
    """The calls among the attempts that are `inside`, a condition on them, in their order."""
    query = (
        FollowupAttempt.select(
            FollowupTask.rule,
            FollowupTask.subject,
            FollowupAttempt.seq,
            # a call of an older file does not know where its task stood
            fn.COALESCE(FollowupTask.planned_on, FollowupAttempt.was_due_on, FollowupTask.due_on),
            FollowupAttempt.occurred_on,
            Person.id,
            Person.number,
            Person.name,
            fn.COALESCE(fn.NULLIF(Person.phone, ""), Person.guardian_phone),
            FollowupAttempt.outcome,
            FollowupAttempt.recovery,
            FollowupAttempt.satisfaction,
            FollowupAttempt.nps,
            FollowupAttempt.note,
            FollowupAttempt.next_on,
            Staff.name,
            FollowupAttempt.channel,
        )
        .join(Person, on=(Person.id == FollowupAttempt.person_id))
        .switch(FollowupAttempt)
        .join(FollowupTask, on=(FollowupTask.id == FollowupAttempt.task_id))
        .switch(FollowupAttempt)
        .join(Staff, on=(Staff.id == FollowupAttempt.staff_id))
        .where(inside & standing())
        .order_by(FollowupAttempt.id)
    )
    titles = plan_titles(db)
    lines: dict[tuple[int, int], RegisterLine] = {}  # a mailing is one command for many people
    for rule, subject, seq, planned_on, *facts in db.rows(query):
        key = (seq, facts[1])
        reason = reason_text(rule, subject, titles)
        words = titles.get(rule, tr("约定的事"))
        known = lines.get(key)
        if known is None:
            lines[key] = _line(seq, planned_on, reason, words, facts)
        else:
            lines[key] = replace(
                known,
                planned_on=min(known.planned_on, planned_on),
                reasons=tuple(dict.fromkeys((*known.reasons, reason))),
                scripts=tuple(dict.fromkeys((*known.scripts, words))),
            )
    handled = _handled(db, [seq for seq, _ in lines])
    return [replace(line, handled=handled.get(line.seq, ())) for line in lines.values()]


def register_of_person(db: ClinicDatabase, person_id: int) -> list[RegisterLine]:
    """Every call to a person, newest first."""
    mine = FollowupAttempt.person_id.in_(group_of(db, person_id))
    return register_of(db, mine)[::-1]


def _line(seq: int, planned_on: str, reason: str, words: str, facts: list[Any]) -> RegisterLine:
    on, person_id, number, name, phone, outcome, recovery, *felt = facts
    satisfaction, nps, note, next_on, staff, channel = felt
    return RegisterLine(
        seq=seq,
        planned_on=planned_on,
        occurred_on=on,
        person_id=person_id,
        number=number,
        name=name,
        phone=phone,
        reasons=(reason,),
        scripts=(words,),
        outcome=outcome,
        recovery=recovery,
        satisfaction=satisfaction,
        nps=nps,
        note=note,
        handled=(),
        next_on=next_on,
        staff=staff,
        channel=channel,
    )


def _handled(db: ClinicDatabase, calls: list[int]) -> dict[int, tuple[str, ...]]:
    """By call: who looks after its request and its complaint, and what came of them."""
    found: dict[int, tuple[str, ...]] = {}
    for call, owner, words, answer in _answers(db, calls):
        parts = (part for part in (owner, words, answer) if part)
        found[call] = (*found.get(call, ()), " ".join(parts))
    return found


def _answers(db: ClinicDatabase, calls: list[int]) -> Iterable[tuple[int, str, str, str]]:
    """(call, owner, how far, answer) of the requests and complaints that calls opened. Neither
    table has an index on the call, so the rows of the calls' own span of numbers are looked at."""
    if not calls:
        return
    first, last = min(calls), max(calls)
    wanted = set(calls)
    for table, title, answer, state_title in (
        (Request, tr("要求"), Request.answer, request_state_title),
        (Complaint, tr("投诉"), Complaint.outcome, complaint_state_title),
    ):
        query = (
            table.select(table.call_seq, Staff.name, table.state, answer)
            .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == table.owner_id))
            .where((table.call_seq >= first) & (table.call_seq <= last))
            .order_by(table.id)
        )
        for call, owner, state, said in db.rows(query):
            if call in wanted:
                words = tr("{what}{state}").format(what=title, state=state_title(state))
                yield call, owner or "", words, said
