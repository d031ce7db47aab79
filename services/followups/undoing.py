"""A call that was written down by mistake is taken back, with all that followed from it (E66).

By whoever wrote it down within minutes, or by a manager the same day. What somebody said about
marketing is never taken back this way: a refusal stands until they say otherwise themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Mailing
from models.people import Person
from models.system import Audit
from services.changes import Changes, Kind
from services.commands import Actor, Tx, command
from services.errors import RuleError
from services.feedback.taken_back import take_back_call
from services.followups.outcomes import UNREACHED, standing
from services.followups.tasks import MANUAL
from services.i18n import tr
from services.people.aliases import root_of
from services.people.contact import may_contact
from services.rights import may

MINUTES = 5
_LOOKED_AT = 500  # the newest attempts of all, among which one's own last call is looked for
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class CallUndone:
    """A call was taken back; `answers` are the requests and complaints that went with it."""

    person_id: int
    tasks: int
    answers: int
    changes: Changes


class _Attempt(NamedTuple):
    id: int
    task_id: int
    person_id: int
    outcome: str
    next_on: str | None
    was_due_on: str | None
    was_channel: str
    staff_id: int


def last_call(db: ClinicDatabase, now_utc: str, staff_id: int) -> tuple[int, str] | None:
    """The last call this member of staff wrote down within the minutes in which it can be taken
    back: its number and the name of whom it was to; None without one."""
    newest = db.scalar(FollowupAttempt.select(fn.MAX(FollowupAttempt.id))) or 0
    row = db.row(
        FollowupAttempt.select(FollowupAttempt.seq, Audit.at_utc, Person.name)
        .join(Audit, on=(Audit.seq == FollowupAttempt.seq))
        .switch(FollowupAttempt)
        .join(Person, on=(Person.id == FollowupAttempt.person_id))
        .where(
            (FollowupAttempt.id > newest - _LOOKED_AT)
            & (FollowupAttempt.staff_id == staff_id)
            & (Audit.action == "followup.log")
            & standing()
        )
        .order_by(FollowupAttempt.id.desc())
        .limit(1)
    )
    if row is None or _minutes(row[1], now_utc) > MINUTES:
        return None
    return int(row[0]), str(row[2])


@command("followup.undo", entity="followup_task")
def undo_call(tx: Tx, *, call_seq: int) -> CallUndone:
    """Take back the call that the command `call_seq` wrote down: its tasks are again what they
    were, what it planned and what it asked of others closes.

    Raises RuleError: no such call, taken back already, somebody else's or too old for one who is
    no manager, of another day, a refusal, a letter that left, a task that was worked on since.
    """
    attempts = _attempts(tx, call_seq)
    _check_who(tx, call_seq, attempts[0].staff_id)
    _check_what(tx, call_seq, attempts)
    person_id = root_of(tx.db, attempts[0].person_id)
    _unplan(tx, call_seq)
    tx.db.write(
        FollowupAttempt.update(undone_seq=tx.seq).where(
            (FollowupAttempt.seq == call_seq) & standing()
        )
    )
    for attempt in attempts:
        _restore(tx, attempt)
    answers = take_back_call(tx, call_seq)
    tx.about(attempts[0].task_id, person=person_id, call=call_seq)
    changes = Changes((Kind.FOLLOWUP, Kind.PERSON), person_id)
    return CallUndone(person_id, len(attempts), answers, changes)


def _attempts(tx: Tx, call_seq: int) -> list[_Attempt]:
    columns = (getattr(FollowupAttempt, name) for name in _Attempt._fields)
    rows = tx.db.rows(
        FollowupAttempt.select(*columns)
        .where((FollowupAttempt.seq == call_seq) & standing())
        .order_by(FollowupAttempt.id)
    )
    if not rows:
        raise RuleError(tr("没有找到这次回访，可能已经撤销。请按 F5 刷新。"))
    return [_Attempt(*row) for row in rows]


# -- may it be taken back ----------------------------------------------------------------------


def _check_who(tx: Tx, call_seq: int, staff_id: int) -> None:
    """Raises RuleError unless it is the actor's own of just now, or a manager's day."""
    at_utc, day = tx.db.row(
        Audit.select(Audit.at_utc, Audit.business_date).where(Audit.seq == call_seq)
    ) or ("", "")
    if day != tx.today:
        raise RuleError(tr("只能撤销当天登记的回访。以前的请另打一次，写明更正。"))
    own = staff_id == tx.actor.id and _minutes(at_utc, tx.now_utc) <= MINUTES
    if not own and not _manages(tx.actor):
        sentence = tr("只能撤销自己 {n} 分钟内登记的回访。再早的请会员管理员或院长当天撤销。")
        raise RuleError(sentence.format(n=MINUTES))


def _manages(actor: Actor) -> bool:
    return may(actor.role, "followup.undo_any")


def _minutes(then: str, now: str) -> float:
    earlier, later = (datetime.strptime(each, _STAMP) for each in (then, now))  # noqa: DTZ007 - UTC
    return (later - earlier).total_seconds() / 60


def _check_what(tx: Tx, call_seq: int, attempts: list[_Attempt]) -> None:
    if attempts[0].outcome == "refused":
        raise RuleError(
            tr("拒绝回访已立即生效，不能撤销。顾客改变主意时，请在“同意项”重新登记营销联系。")
        )
    if tx.db.row(Mailing.select(Mailing.id).where(Mailing.seq == call_seq)) is not None:
        raise RuleError(tr("信函短信已经发出，不能撤销。"))
    tasks = [attempt.task_id for attempt in attempts]
    planned = FollowupTask.select(FollowupTask.id).where(_planned_by(call_seq))
    later = FollowupAttempt.select(FollowupAttempt.id).where(
        (FollowupAttempt.task_id.in_(tasks) | FollowupAttempt.task_id.in_(planned))
        & (FollowupAttempt.seq > call_seq)
        & standing()
    )
    if tx.db.row(later) is not None:
        raise RuleError(tr("这个事由后来又回访过。请先撤销后来的那一次。"))


def _planned_by(call_seq: int) -> object:
    """Condition: the call agreed in that call."""
    return (
        (FollowupTask.rule == MANUAL)
        & (FollowupTask.cycle == str(call_seq))
        & (FollowupTask.seq == call_seq)
    )


# -- taking it back ------------------------------------------------------------------------------


def _unplan(tx: Tx, call_seq: int) -> None:
    stop = FollowupTask.update(state="given_up", closed_as="stopped")
    tx.db.write(stop.where(_planned_by(call_seq) & (FollowupTask.state == "open")))


def _restore(tx: Tx, attempt: _Attempt) -> None:
    """The task as it was before the call. What settled itself since stays so, and an offer to
    somebody who said no since stays closed."""
    person_id, state, closed_as, due_on, planned_on, attempts, marketing = tx.db.rows(
        FollowupTask.select(
            FollowupTask.person_id,
            FollowupTask.state,
            FollowupTask.closed_as,
            FollowupTask.due_on,
            FollowupTask.planned_on,
            FollowupTask.attempts,
            FollowupTask.marketing,
        ).where(FollowupTask.id == attempt.task_id)
    )[0]
    due_on = attempt.was_due_on or due_on
    values: dict[str, object] = {
        "state": "open",
        "closed_as": "",
        "due_on": due_on,
        "planned_on": None if planned_on == due_on else planned_on,
        "channel": attempt.was_channel,
        "attempts": max(attempts - (attempt.outcome != "not_called"), 0),
    }
    went_on = attempt.outcome in (*UNREACHED, "not_called") and attempt.next_on is not None
    if went_on and state != "open":
        values |= {"state": state, "closed_as": closed_as}
    elif marketing and not may_contact(tx.db, person_id, "no_objection"):
        values |= {"state": "given_up", "closed_as": "refused"}
    tx.db.write(FollowupTask.update(**values).where(FollowupTask.id == attempt.task_id))
