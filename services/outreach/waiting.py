"""Tasks that are answered in writing: what waits, by what asked for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.people import Person
from services.followups.plans import plan_titles
from services.followups.tasks import UNCLAIMED, still_unclaimed
from services.outreach.audience import chunks, left_out_lines, reachable
from services.outreach.texts import LETTER, NUMBERS
from services.people.aliases import roots
from services.people.contact import contactable, welcomes

CHANNELS = ("letter", "sms")


@dataclass(frozen=True)
class WaitingRow:
    """Tasks of one rule and channel that are due, and the people they are about; `activity_id` and
    `group_id` are what they were planned for. `why` says why nobody of these can be written to, ''
    for those who can."""

    rule: str
    name: str
    channel: str
    marketing: bool
    since: str
    people: tuple[int, ...]
    task_ids: tuple[int, ...]
    activity_id: int | None
    group_id: int | None
    why: str = ""


def waiting(db: ClinicDatabase, today: str) -> list[WaitingRow]:
    """What is to be written today, the longest waiting first, by the name of its plan; a task
    planned by hand is called by its subject. Who cannot be written to stands in a row of their
    own."""
    names = plan_titles(db)
    query = (
        FollowupTask.select(
            FollowupTask.rule,
            FollowupTask.subject,
            FollowupTask.channel,
            FollowupTask.marketing,
            FollowupTask.activity_id,
            FollowupTask.group_id,
            FollowupTask.due_on,
            FollowupTask.person_id,
            FollowupTask.id,
        )
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .where(due_in_writing(today) & (Person.state == "active"))
        .order_by(FollowupTask.due_on, FollowupTask.id)
    )
    found: dict[tuple[Any, ...], list[tuple[str, int, int]]] = {}
    for rule, subject, *kept, due_on, person_id, task_id in db.rows(query):
        key = (rule, names.get(rule, "") or subject, *kept)
        found.setdefault(key, []).append((due_on, person_id, task_id))
    merged = roots(db)
    return [row for key, tasks in found.items() for row in _split(db, merged, key, tasks)]


def _split(
    db: ClinicDatabase,
    merged: dict[int, int],
    key: tuple[Any, ...],
    tasks: list[tuple[str, int, int]],
) -> Iterator[WaitingRow]:
    """Who can be written to, then who cannot, as far as there is anybody; `tasks` are (due,
    person, id) in order, `merged` says who speaks for whom."""
    rule, name, channel, marketing, activity_id, group_id = key
    people = [person_id for _, person_id, _ in tasks]
    kind = NUMBERS if channel == "sms" else LETTER
    gate = contactable(db, people, "consent" if marketing else "service")
    found = reachable(db, gate, kind, marketing=bool(marketing))
    kept = set(found.people)
    for stuck in (False, True):
        rows = [row for row in tasks if (merged.get(row[1], row[1]) not in kept) == stuck]
        if rows:
            yield WaitingRow(
                rule,
                name,
                channel,
                bool(marketing),
                rows[0][0],
                tuple(dict.fromkeys(person_id for _, person_id, _ in rows)),
                tuple(task_id for _, _, task_id in rows),
                activity_id,
                group_id,
                left_out_lines(found, kind) if stuck else "",
            )


def due_in_writing(today: str) -> Any:
    """Condition: a task is to be answered by a letter or a message, and still stands."""
    return (
        (FollowupTask.state == "open")
        & (FollowupTask.due_on <= today)
        & FollowupTask.channel.in_(CHANNELS)
        & (FollowupTask.channel != "phone")  # as their index has it
        & ((FollowupTask.rule != UNCLAIMED) | still_unclaimed())
        & ((FollowupTask.marketing == 0) | welcomes(FollowupTask.person_id))
    )


def tasks_answered(
    db: ClinicDatabase,
    people: Sequence[int],
    channel: str,
    task_ids: Collection[int],
    group_id: int | None,
    activity_id: int | None,
) -> list[tuple[int, int, int, str, str]]:
    """Open tasks of the people that a mailing answers, as (id, person, attempts, due, channel):
    those it was made for, and those planned in its channel for the same group or activity."""
    query = FollowupTask.select(
        FollowupTask.group_id,
        FollowupTask.activity_id,
        FollowupTask.id,
        FollowupTask.person_id,
        FollowupTask.attempts,
        FollowupTask.due_on,
        FollowupTask.channel,
    ).where(
        FollowupTask.person_id.in_(list(people))
        & (FollowupTask.state == "open")
        & FollowupTask.channel.in_(CHANNELS)
    )
    return [
        (task_id, *rest, meant)
        for group, activity, task_id, *rest, meant in db.rows(query.order_by(FollowupTask.id))
        if task_id in task_ids
        or (meant == channel and group is not None and group == group_id)
        or (meant == channel and activity is not None and activity == activity_id)
    ]


def still_open(db: ClinicDatabase, task_ids: Sequence[int]) -> set[int]:
    """The people of those of the tasks that nobody has answered yet."""
    return {
        person_id
        for some in chunks(task_ids)
        for (person_id,) in db.rows(
            FollowupTask.select(FollowupTask.person_id).where(
                FollowupTask.id.in_(some) & (FollowupTask.state == "open")
            )
        )
    }


def are_offers(db: ClinicDatabase, task_ids: Sequence[int]) -> bool:
    """Whether any of these tasks offers something."""
    return any(
        db.row(
            FollowupTask.select(FollowupTask.id)
            .where(FollowupTask.id.in_(some) & (FollowupTask.marketing == 1))
            .limit(1)
        )
        for some in chunks(task_ids)
    )


def subjects_of(db: ClinicDatabase, task_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """What the oldest of these tasks of each person is about: its subject and cycle."""
    found: dict[int, tuple[str, str]] = {}
    for some in chunks(task_ids):
        query = (
            FollowupTask.select(FollowupTask.person_id, FollowupTask.subject, FollowupTask.cycle)
            .where(FollowupTask.id.in_(some))
            .order_by(FollowupTask.due_on, FollowupTask.id)
        )
        for person_id, subject, cycle in db.rows(query):
            found.setdefault(person_id, (subject, cycle))
    return found
