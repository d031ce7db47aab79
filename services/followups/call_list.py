"""Whom to call today: every reason of a person merged into one call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from peewee import JOIN, Case, fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Request
from models.ledgers import Standing
from models.people import Complaint, Person
from models.query import Prepared, among, numbers, slot
from models.system import Staff
from services.clock import days_between
from services.desk.strip import person_title
from services.followups.attempts import last_outcome, last_outcomes
from services.followups.call_order import ALL, Wanted, due_people
from services.followups.cooldown import may_offer
from services.followups.open_tasks import OpenTask, open_task, task_rows
from services.followups.outcomes import standing
from services.followups.plans import plan_titles, plans
from services.followups.tasks import due_call
from services.people.aliases import roots
from services.people.privacy import mask_phone
from services.programmes.registry import main_timeline

PHONES = ("phone", "guardian_phone", "phone_alt")  # in the order they are tried
COMPLAINS, UNWELL = "complaint", "unwell"  # why somebody stands before everybody else
SURVEY = "survey"  # trigger of plans


@dataclass(frozen=True)
class CallRow:
    """One call of today. `title` is 女士, 先生, 小朋友 or ''; `phone_field` the field of the
    person the number stands in (for `privacy.reveal`), '' without any number.

    `due_on` is when the oldest reason was due and `overdue_days` how long ago that was;
    `attempts` is the most tried for one reason; `last_outcome` that of the newest call ever.
    `mark`: 'complaint' while one is open, 'unwell' while nobody answered that; '' else.
    `assigned`: the names of those who are to call; `survey`: 0 to 10 is asked for; `wish`: when
    and how the person wants to be called.
    """

    person_id: int
    number: str
    name: str
    title: str
    phone_field: str
    phone_masked: str
    tier_name: str
    tier_colour: str
    reasons: tuple[str, ...]
    task_ids: tuple[int, ...]
    due_on: str
    overdue_days: int
    attempts: int
    last_outcome: str | None
    mark: str
    assigned: tuple[str, ...]
    survey: bool
    wish: str


_PEOPLE = Prepared(
    lambda: (
        Person.select(
            Person.id,
            Person.number,
            Person.name,
            Person.sex,
            Person.birthday,
            Person.contact_note,
            Person.phone,
            Person.guardian_phone,
            Person.phone_alt,
            fn.COALESCE(Standing.rank * Standing.member, 0),
        )
        .join(
            Standing,
            JOIN.LEFT_OUTER,
            on=(Standing.person_id == Person.id) & (Standing.programme_id == slot("programme_id")),
        )
        .where(among(Person.id, slot("people")) & (Person.state == "active"))
    )
)


def call_due(db: ClinicDatabase, today: str) -> Any:
    """Condition: a task is a telephone call to be made today, offers only after their rest."""
    return may_offer(db, today) & due_call(today) & (FollowupTask.channel == "phone")


def calls_today(
    db: ClinicDatabase, today: str, limit: int = 200, wanted: Wanted = ALL
) -> list[CallRow]:
    """Today's calls, one per person: who complained or is unwell first, then treatments, then the
    highest tier, then the longest due (R146)."""
    marks = urgent_people(db)
    due = call_due(db, today)
    people = due_people(db, today, wanted, marks)
    found: list[CallRow] = []
    while len(found) < limit and (some := list(islice(people, limit))):
        tasks = reasons(db, due, some, wanted.condition(db, today))
        left = [person_id for person_id in some if person_id in tasks]
        found += _calls(db, today, left, tasks, marks)
    return found[:limit]


def urgent_people(db: ClinicDatabase) -> dict[int, str]:
    """Who has an open complaint, or said to be unwell and nobody answered yet, with the mark."""
    unwell = (
        Request.select(Request.person_id)
        .join(FollowupAttempt, on=(FollowupAttempt.seq == Request.call_seq))
        .where((Request.state == "open") & (FollowupAttempt.recovery == UNWELL) & standing())
    )
    complains = Complaint.select(Complaint.person_id).where(
        (Complaint.state != "closed") & Complaint.person_id.is_null(False)
    )
    merged = roots(db)
    marks: dict[int, str] = {}
    for query, mark in ((unwell, UNWELL), (complains, COMPLAINS)):
        marks |= {merged.get(row[0], row[0]): mark for row in db.rows(query)}
    return marks


def _calls(
    db: ClinicDatabase,
    today: str,
    people: list[int],
    tasks: dict[int, list[OpenTask]],
    marks: dict[int, str],
) -> list[CallRow]:
    """The calls of these people, in their order, those whose record is in use."""
    timeline = main_timeline(db)
    programme = timeline.at(today).programme
    asked = {"people": numbers(people), "programme_id": timeline.programme_id}
    known = {row[0]: row[1:] for row in _PEOPLE.rows(db, **asked)}
    outcomes = _outcomes(db, people)
    names = dict(db.rows(Staff.select(Staff.id, Staff.name)))
    surveys = {plan.key for plan in plans(db) if plan.trigger == SURVEY}
    rows = []
    for person_id in people:
        if person_id not in known:
            continue
        number, name, sex, birthday, wish, *phones, rank = known[person_id]
        field, phone = next((f for f in zip(PHONES, phones, strict=True) if f[1]), ("", ""))
        mine = tasks[person_id]
        tier = programme.tier(rank)
        rows.append(
            CallRow(
                person_id,
                number,
                name,
                person_title(sex, birthday, today),
                field,
                mask_phone(phone),
                tier.name if tier else "",
                tier.colour if tier else "",
                tuple(dict.fromkeys(task.reason for task in mine)),
                tuple(task.id for task in mine),
                mine[0].due_on,
                days_between(mine[0].due_on, today),
                max(task.attempts for task in mine),
                outcomes.get(person_id),
                marks.get(person_id, ""),
                _assigned(mine, names),
                any(task.rule in surveys for task in mine),
                wish,
            )
        )
    return rows


def _assigned(tasks: list[OpenTask], names: dict[int, str]) -> tuple[str, ...]:
    found = (names[task.assigned_to] for task in tasks if task.assigned_to is not None)
    return tuple(dict.fromkeys(found))


def _outcomes(db: ClinicDatabase, people: list[int]) -> dict[int, str]:
    """The newest outcome of each, whichever of their records it was written for."""
    found = last_outcomes(db, people)
    for survivor in set(roots(db).values()) & set(people):
        newest = last_outcome(db, survivor)
        if newest is not None:
            found[survivor] = newest
    return found


def reasons(
    db: ClinicDatabase, due: Any, people: Iterable[int], wanted: Any = None
) -> dict[int, list[OpenTask]]:
    """What there is to say to each of these people: their tasks that `due` is true of, the oldest
    first, where `wanted` is true of at least one of them."""
    fits = Case(None, [(due if wanted is None else wanted, 1)], 0)
    found: dict[int, list[OpenTask]] = {}
    looked_for = set()
    titles = plan_titles(db)
    query = task_rows(fits)
    asked = among(FollowupTask.person_id, numbers(people))
    for person_id, *task, fitting in db.rows(query.where(asked & due)):
        found.setdefault(person_id, []).append(open_task(titles, *task))
        if fitting:
            looked_for.add(person_id)
    return {person_id: tasks for person_id, tasks in found.items() if person_id in looked_for}
