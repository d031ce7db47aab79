"""What is still to be said to somebody: open tasks as lists and cards read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.followup import FollowupTask
from services.followups.plans import plan_titles
from services.followups.tasks import reason_text
from services.people.aliases import group_of


@dataclass(frozen=True)
class OpenTask:
    """An open task of a person. `planned_on` is the day it was first meant for; `assigned_to`
    the member of staff who is to do it, None for anybody; `post` the role, '' for any."""

    id: int
    rule: str
    reason: str
    due_on: str
    attempts: int
    channel: str
    planned_on: str
    assigned_to: int | None
    post: str
    marketing: bool


def open_tasks_of(db: ClinicDatabase, person_id: int) -> list[OpenTask]:
    """Every open task of a person, also those of a later day, the oldest first."""
    mine = FollowupTask.person_id.in_(group_of(db, person_id))
    query = task_rows().where(mine & (FollowupTask.state == "open"))
    titles = plan_titles(db)
    return [open_task(titles, *task) for _, *task in db.rows(query)]


def task_rows(*more: Any) -> Any:
    """Tasks, the oldest first: whose, what `open_task` is made of, and `more`."""
    return FollowupTask.select(
        FollowupTask.person_id,
        FollowupTask.id,
        FollowupTask.rule,
        FollowupTask.subject,
        FollowupTask.due_on,
        FollowupTask.attempts,
        FollowupTask.channel,
        FollowupTask.planned_on,
        FollowupTask.assigned_to,
        FollowupTask.post,
        FollowupTask.marketing,
        *more,
    ).order_by(FollowupTask.due_on, FollowupTask.id)


def open_task(
    titles: dict[str, str],
    task_id: int,
    rule: str,
    subject: str,
    due_on: str,
    attempts: int,
    channel: str,
    planned_on: str | None,
    assigned_to: int | None,
    post: str,
    marketing: int,
) -> OpenTask:
    """A task from a row of `task_rows`; `titles` are the names of the plans by rule."""
    return OpenTask(
        id=task_id,
        rule=rule,
        reason=reason_text(rule, subject, titles),
        due_on=due_on,
        attempts=attempts,
        channel=channel,
        planned_on=planned_on or due_on,
        assigned_to=assigned_to,
        post=post,
        marketing=bool(marketing),
    )
