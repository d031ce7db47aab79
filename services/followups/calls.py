"""Follow-up calls: planning one by hand and writing down what came of one.

The tasks come from `followup_tasks`, the list of today from `call_list`, the words to say from
`call_script`; this module is the door to all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.followup import FollowupAttempt, FollowupTask
from models.people import Person
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.followups.call_list import (
    AttemptRow,
    CallRow,
    OpenTask,
    QuestionRow,
    attempts_of,
    calls_today,
    count_calls,
    open_tasks_of,
    tier_questions,
)
from services.followups.script import script
from services.followups.tasks import (
    CALLS,
    check_next,
    make_tasks,
    plan_task,
    reason_text,
)
from services.i18n import tr
from services.people.contact import refuse

__all__ = [
    "OUTCOMES",
    "TRIES",
    "AttemptRow",
    "CallLogged",
    "CallRow",
    "OpenTask",
    "QuestionRow",
    "TaskCreated",
    "attempts_of",
    "calls_today",
    "count_calls",
    "create_task",
    "log_call",
    "make_tasks",
    "next_day",
    "open_tasks_of",
    "outcome_title",
    "reason_text",
    "satisfaction_title",
    "script",
    "tier_questions",
]

OUTCOMES = ("fine", "request", "no_answer", "busy", "wrong_number", "refused")
REACHED = ("fine", "request")
TRIES = 3
RETRY_DAYS = 1
LATE_RETRY_DAYS = 3
WRONG_NUMBER_DAYS = 7


@dataclass(frozen=True)
class CallLogged:
    """A call was written down; `attempts` is how often this was tried by now."""

    attempts: int
    changes: Changes


@dataclass(frozen=True)
class TaskCreated:
    """A call was planned by hand."""

    task_id: int
    changes: Changes


def outcome_title(outcome: str) -> str:
    """An outcome as the desk says it."""
    return {
        "fine": tr("接通·良好"),
        "request": tr("接通·有要求"),
        "no_answer": tr("无人接听"),
        "busy": tr("占线"),
        "wrong_number": tr("号码不对"),
        "refused": tr("拒绝回访"),
    }[outcome]


def satisfaction_title(step: int) -> str:
    """A step of satisfaction, 1 to 4, as the desk says it (S18-28)."""
    return (tr("不满意"), tr("一般"), tr("满意"), tr("非常满意"))[step - 1]


def next_day(today: str, outcome: str, attempts: int) -> str | None:
    """When to try again by itself: tomorrow, every third day from the third try on
    (三次未接通), a week for a wrong number; None when the call is over. `attempts` includes
    the one at hand."""
    if outcome in ("no_answer", "busy"):
        return plus_days(today, LATE_RETRY_DAYS if attempts >= TRIES else RETRY_DAYS)
    return plus_days(today, WRONG_NUMBER_DAYS) if outcome == "wrong_number" else None


@command("followup.create", entity="followup_task")
def create_task(tx: Tx, *, person_id: int, due_on: str, subject: str) -> TaskCreated:
    """Plan a call by hand. Raises RuleError: no subject, a day that is past, an unknown person."""
    if not subject.strip():
        raise RuleError(tr("请写明为什么要回访，例如“问复查时间”。"))
    check_next(tx, due_on)
    if tx.db.scalar(Person.select(Person.state).where(Person.id == person_id)) != "active":
        raise RuleError(tr("没有找到这位顾客，或资料已停用。请刷新后重试。"))
    task_id = plan_task(tx, person_id, due_on, subject.strip())
    tx.about(task_id, person=person_id, due_on=due_on)
    return TaskCreated(task_id, Changes((Kind.FOLLOWUP,), person_id))


@command("followup.log", entity="followup_task")
def log_call(
    tx: Tx,
    *,
    person_id: int,
    task_ids: tuple[int, ...],
    outcome: str,
    satisfaction: int | None = None,
    note: str = "",
    next_on: str | None = None,
) -> CallLogged:
    """Write down one call for all its reasons (R149, E66).

    fine and request finish the tasks (a request needs its note; a `next_on` then plans another
    call); no_answer and busy try again tomorrow, from the third try on in three days;
    wrong_number stays open for a week; refused gives the tasks up and withdraws the consent to
    marketing at once. Raises RuleError: unknown outcome or step of satisfaction, a task that is
    not open any more, a day that is past.
    """
    note = note.strip()
    _check(tx, outcome, satisfaction, note, next_on)
    tried = _open_tries(tx, person_id, task_ids)
    attempts = max(tried.values()) + 1
    again = next_day(tx.today, outcome, attempts)
    due_on = None if again is None else (next_on or again)
    for task_id in sorted(tried):
        tx.db.insert(
            FollowupAttempt,
            task_id=task_id,
            person_id=person_id,
            outcome=outcome,
            satisfaction=satisfaction,
            note=note,
            next_on=due_on or (next_on if outcome in REACHED else None),
            occurred_on=tx.today,
            staff_id=tx.actor.id,
            seq=tx.seq,
        )
        state = "open" if due_on else ("given_up" if outcome == "refused" else "done")
        values = {"attempts": tried[task_id] + 1, "state": state}
        if due_on:
            values["due_on"] = due_on
        tx.db.write(FollowupTask.update(**values).where(FollowupTask.id == task_id))
    kinds = [Kind.FOLLOWUP]
    if outcome == "refused":
        refuse(tx, person_id)
        kinds.append(Kind.PERSON)
    elif outcome in REACHED and next_on is not None:
        plan_task(tx, person_id, next_on, note or tr("约好再联系"))
    tx.about(min(tried), person=person_id, outcome=outcome, tasks=sorted(tried))
    return CallLogged(attempts, Changes(tuple(kinds), person_id))


def _check(tx: Tx, outcome: str, satisfaction: int | None, note: str, next_on: str | None) -> None:
    if outcome not in OUTCOMES:
        raise RuleError(tr("请选择回访结果。"))
    if satisfaction is not None and not (outcome in REACHED and 1 <= satisfaction <= 4):
        raise RuleError(tr("满意度只在接通后登记：1 不满意、2 一般、3 满意、4 非常满意。"))
    if outcome == "request" and not note:
        raise RuleError(tr("请把顾客的要求写在备注里，再登记。"))
    if next_on is not None:
        if outcome == "refused":
            raise RuleError(tr("顾客拒绝回访，不能再约下次。请清空下次日期。"))
        check_next(tx, next_on)


def _open_tries(tx: Tx, person_id: int, task_ids: tuple[int, ...]) -> dict[int, int]:
    """The attempts so far of each task of the call. Raises RuleError when one is not open."""
    rows = tx.db.rows(
        FollowupTask.select(FollowupTask.id, FollowupTask.attempts).where(
            FollowupTask.id.in_(task_ids)
            & (FollowupTask.person_id == person_id)
            & FollowupTask.rule.in_(CALLS)
            & (FollowupTask.state == "open")
        )
    )
    if not rows or len(rows) != len(set(task_ids)):
        raise RuleError(tr("这个回访已经登记过，请按 F9 打开下一个。"))
    return dict(rows)
