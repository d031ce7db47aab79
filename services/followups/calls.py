"""Follow-up calls: planning one by hand and writing down what came of one.

The tasks come from `tasks` and the plans, the list of today from `call_list`, the words to say
from `script`; this module is the door to all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from models.followup import FollowupAttempt, FollowupTask
from models.people import Person
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.feedback.complaints import receive
from services.feedback.requests import add_request
from services.followups.attempts import AttemptRow, attempts_of
from services.followups.call_counts import count_calls
from services.followups.call_list import SURVEY, CallRow, calls_today
from services.followups.open_tasks import OpenTask, open_tasks_of
from services.followups.outcomes import (
    OUTCOMES,
    REACHED,
    RECOVERIES,
    TRIED,
    outcome_title,
    recovery_title,
    satisfaction_title,
)
from services.followups.plans import Plan, plans
from services.followups.script import script
from services.followups.tasks import check_next, is_call, make_tasks, plan_task, reason_text
from services.followups.tiers_asked import QuestionRow, tier_questions
from services.i18n import tr
from services.people.aliases import root_of
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
    "recovery_title",
    "satisfaction_title",
    "script",
    "tier_questions",
]

TRIES = 3
RETRY_DAYS = 1
LATE_RETRY_DAYS = 3
WRONG_NUMBER_DAYS = 7
MOST_TRIES = 6  # of a call planned by hand
LONGEST_WAIT = 731  # days
LONGEST_NOTE = 1000
MOST_REASONS = 200


@dataclass(frozen=True)
class CallLogged:
    """A call was written down. `attempts` is how often this was tried by now and `ended` how many
    reasons will not be tried again; what it opened: a request, a complaint."""

    attempts: int
    ended: int
    request_id: int | None
    complaint_id: int | None
    changes: Changes


@dataclass(frozen=True)
class TaskCreated:
    """A call was planned by hand."""

    task_id: int
    changes: Changes


@dataclass(frozen=True)
class _Said:
    """What came of a call, checked."""

    outcome: str
    satisfaction: int | None
    note: str
    next_on: str | None
    recovery: str
    nps: int | None


class _Task(NamedTuple):
    id: int
    rule: str
    due_on: str
    planned_on: str | None
    attempts: int
    channel: str
    assigned_to: int | None
    marketing: int
    group_id: int | None
    activity_id: int | None
    post: str


def next_day(today: str, outcome: str, attempts: int) -> str | None:
    """When to try again by itself: tomorrow, every third day from the third try on
    (三次未接通), a week for a wrong number; None when the call is over. `attempts` includes
    the one at hand."""
    if outcome in ("no_answer", "busy"):
        return plus_days(today, LATE_RETRY_DAYS if attempts >= TRIES else RETRY_DAYS)
    return plus_days(today, WRONG_NUMBER_DAYS) if outcome == "wrong_number" else None


@command("followup.create", entity="followup_task")
def create_task(tx: Tx, *, person_id: int, due_on: str, subject: str) -> TaskCreated:
    """Plan a call by hand. Raises RuleError: no subject, a day that is past or too far, an unknown
    person."""
    if not subject.strip():
        raise RuleError(tr("请写明为什么要回访，例如“问复查时间”。"))
    check_day(tx, due_on)
    person_id = root_of(tx.db, person_id)
    if tx.db.scalar(Person.select(Person.state).where(Person.id == person_id)) != "active":
        raise RuleError(tr("没有找到这位顾客，或资料已停用。请刷新后重试。"))
    task_id = plan_task(tx, person_id, due_on, subject.strip())
    tx.about(task_id, person=person_id, due_on=due_on)
    return TaskCreated(task_id, Changes((Kind.FOLLOWUP,), person_id))


def check_day(tx: Tx, day: str) -> None:
    """A day to call on is today or later, and within two years. Raises RuleError."""
    check_next(tx, day)
    if day > plus_days(tx.today, LONGEST_WAIT):
        raise RuleError(tr("下次回访最远排到两年后，请改一个近些的日期。"))


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
    recovery: str = "",
    nps: int | None = None,
    owner_id: int | None = None,
) -> CallLogged:
    """Write down one call for all its reasons, and what follows from it (R149, E66).

    fine and request finish the tasks (a `next_on` then plans another call); no_answer and busy try
    again tomorrow, from the third try on in three days; wrong_number stays open for a week; at the
    most tries of its plan a task ends. refused gives the tasks up and withdraws the consent to
    marketing at once. not_called moves them to `next_on`, or ends them with the reason in `note`;
    sent ends letters and messages.

    Who is not satisfied has a complaint and who asks for something a request, with `owner_id`
    (default the caller) to look after it; who is unwell has one for today. `recovery` is well,
    slow or unwell; `nps`, 0 to 10, is for survey calls.

    Raises RuleError: unknown outcome, step or word, a task that is not open any more, a day that
    is past, a request or a reason without words.
    """
    person_id = root_of(tx.db, person_id)
    tasks = _open_tasks(tx, person_id, task_ids)
    plan_by_rule = {plan.key: plan for plan in plans(tx.db)}
    said = _Said(outcome, satisfaction, note.strip(), next_on, recovery, nps)
    _check(tx, said, tasks, plan_by_rule)
    attempts = max(task.attempts for task in tasks) + (outcome != "not_called")
    again = next_on if outcome == "not_called" else next_day(tx.today, outcome, attempts)
    due_on = None if again is None else (next_on or again)
    ended = 0
    for task in tasks:
        after = _after(task, outcome, due_on, plan_by_rule.get(task.rule))
        ended += after["state"] != "open"
        _write(tx, person_id, said, task, after)
    request_id, complaint_id = _answers(tx, person_id, said, owner_id)
    kinds = [Kind.FOLLOWUP]
    if outcome == "refused":
        refuse(tx, person_id)
    elif outcome in REACHED and next_on is not None:
        _plan_next(tx, person_id, next_on, said.note, tasks)
    if outcome == "refused" or complaint_id is not None:
        kinds.append(Kind.PERSON)
    tx.about(tasks[0].id, person=person_id, outcome=outcome, tasks=[task.id for task in tasks])
    return CallLogged(attempts, ended, request_id, complaint_id, Changes(tuple(kinds), person_id))


# -- checking ---------------------------------------------------------------------------------


def _check(tx: Tx, said: _Said, tasks: list[_Task], plan_by_rule: dict[str, Plan]) -> None:
    if said.outcome not in OUTCOMES:
        raise RuleError(tr("请选择回访结果。"))
    if len(said.note) > LONGEST_NOTE:
        raise RuleError(tr("备注最多 {n} 个字，请写要点。").format(n=LONGEST_NOTE))
    _check_felt(said, survey=_asks(tasks, plan_by_rule, SURVEY))
    if said.outcome == "request" and not said.note:
        raise RuleError(tr("请把顾客的要求写在备注里，再登记。"))
    if said.outcome == "not_called" and not (said.note or said.next_on):
        raise RuleError(tr("请在备注里写明为什么不打，例如“顾客正在住院”；只是改天，请选日期。"))
    if said.outcome == "sent" and any(task.channel == "phone" for task in tasks):
        raise RuleError(tr("这是电话回访，请按打电话的结果登记；要改寄信函，先按 9。"))
    if said.next_on is not None:
        if said.outcome == "refused":
            raise RuleError(tr("顾客拒绝回访，不能再约下次。请清空下次日期。"))
        if said.outcome == "sent":
            raise RuleError(tr("信函短信发出即完成。要再联系，请另外安排回访。"))
        check_day(tx, said.next_on)


def _check_felt(said: _Said, *, survey: bool) -> None:
    """How somebody is and feels is known when they were reached."""
    reached = said.outcome in REACHED
    if said.satisfaction is not None and not (reached and 1 <= said.satisfaction <= 4):
        raise RuleError(tr("满意度只在接通后登记：1 不满意、2 一般、3 满意、4 非常满意。"))
    if said.recovery and not (reached and said.recovery in RECOVERIES):
        raise RuleError(tr("恢复情况只在接通后登记：良好、较慢或不适。"))
    if said.nps is not None and not (reached and survey and 0 <= said.nps <= 10):
        raise RuleError(tr("推荐意愿只在满意度回访接通后登记，填 0 至 10。"))


def _asks(tasks: list[_Task], plan_by_rule: dict[str, Plan], trigger: str) -> bool:
    found = (plan_by_rule.get(task.rule) for task in tasks)
    return any(plan is not None and plan.trigger == trigger for plan in found)


def _open_tasks(tx: Tx, person_id: int, task_ids: tuple[int, ...]) -> list[_Task]:
    """The tasks of the call. Raises RuleError when one is not open."""
    wanted = sorted(set(task_ids))
    if len(wanted) > MOST_REASONS:
        raise RuleError(tr("一次回访的事由太多，请分几次登记。"))
    rows = tx.db.rows(
        FollowupTask.select(*(getattr(FollowupTask, name) for name in _Task._fields))
        .where(
            FollowupTask.id.in_(wanted)
            & (FollowupTask.person_id == person_id)
            & is_call()
            & (FollowupTask.state == "open")
        )
        .order_by(FollowupTask.id)
    )
    if not rows or len(rows) != len(wanted):
        raise RuleError(tr("这个回访已经登记过，请按 F9 打开下一个。"))
    return [_Task(*row) for row in rows]


# -- writing ----------------------------------------------------------------------------------


def _after(task: _Task, outcome: str, due_on: str | None, plan: Plan | None) -> dict[str, object]:
    """What becomes of a task."""
    attempts = task.attempts + (outcome != "not_called")
    values: dict[str, object] = {"attempts": attempts, "state": "open"}
    most = MOST_TRIES if plan is None else plan.most_tries
    if outcome in REACHED or outcome == "sent":
        values |= {"state": "done", "closed_as": "sent" if outcome == "sent" else "reached"}
    elif outcome == "refused":
        values |= {"state": "given_up", "closed_as": "refused"}
    elif due_on is None:
        values |= {"state": "given_up", "closed_as": "stopped"}
    elif outcome != "not_called" and attempts >= most:
        values |= {"state": "given_up", "closed_as": "tries"}
    else:
        values |= {"due_on": due_on, "planned_on": task.planned_on or task.due_on}
    return values


def _write(tx: Tx, person_id: int, said: _Said, task: _Task, after: dict[str, object]) -> None:
    goes_on = after["due_on"] if after["state"] == "open" else None
    tx.db.insert(
        FollowupAttempt,
        task_id=task.id,
        person_id=person_id,
        outcome=said.outcome,
        satisfaction=said.satisfaction,
        note=said.note,
        next_on=goes_on or (said.next_on if said.outcome in REACHED else None),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        channel="phone" if said.outcome in TRIED else task.channel,
        recovery=said.recovery,
        nps=said.nps,
        was_due_on=task.due_on,
        was_channel=task.channel,
    )
    tx.db.update(FollowupTask, task.id, **after)


def _plan_next(tx: Tx, person_id: int, day: str, note: str, tasks: list[_Task]) -> None:
    """The call that was agreed, for whoever was to make this one. It offers what every reason of
    this one offered, so that a no to marketing stops it, and an activity that is over too."""
    groups = {task.group_id for task in tasks}
    activities = {task.activity_id for task in tasks}
    plan_task(
        tx,
        person_id,
        day,
        note or tr("约好再联系"),
        assigned_to=next((task.assigned_to for task in tasks if task.assigned_to), None),
        post=next((task.post for task in tasks if task.post), ""),
        marketing=int(all(task.marketing for task in tasks)),
        group_id=groups.pop() if len(groups) == 1 else None,
        activity_id=activities.pop() if len(activities) == 1 else None,
    )


def _answers(
    tx: Tx, person_id: int, said: _Said, owner_id: int | None
) -> tuple[int | None, int | None]:
    """What must be answered: a request, a complaint."""
    request_id = complaint_id = None
    unwell = said.recovery == "unwell"
    if said.outcome == "request" or unwell:
        text = said.note
        if unwell:
            text = tr("术后不适，请医生今天回复。{note}").format(note=said.note)
        request_id = add_request(
            tx,
            person_id=person_id,
            text=text,
            owner_id=owner_id,
            due_on=tx.today if unwell else None,
            call_seq=tx.seq,
        )
    if said.satisfaction == 1:
        complaint_id = receive(
            tx,
            person_id=person_id,
            text=said.note or tr("回访时表示不满意，请联系顾客了解原因。"),
            source="call",
            call_seq=tx.seq,
            owner_id=owner_id,
        )
    return request_id, complaint_id
