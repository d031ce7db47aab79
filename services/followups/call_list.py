"""Whom to call today: every reason of a person merged into one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask
from models.ledgers import Standing
from models.people import Person
from models.system import Staff
from services.clock import days_between
from services.desk.strip import person_title
from services.followups.tasks import UNSUPPORTED, due_call, reason_text, undecided
from services.loyalty.tier_questions import asks_about
from services.people.aliases import group_of
from services.people.privacy import mask_phone
from services.programmes.registry import main_timeline, timelines

PAGE = 1000
PHONES = ("phone", "guardian_phone", "phone_alt")  # in the order they are tried


@dataclass(frozen=True)
class CallRow:
    """One call of today. `title` is 女士, 先生, 小朋友 or ''; `phone_field` the field of the
    person the number stands in (for `privacy.reveal`), '' without any number.

    `due_on` is when the oldest reason was due and `overdue_days` how long ago that was;
    `attempts` is the most tried for one reason; `last_outcome` that of the newest call ever.
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


@dataclass(frozen=True)
class OpenTask:
    """An open task of a person."""

    id: int
    rule: str
    reason: str
    due_on: str
    attempts: int


@dataclass(frozen=True)
class QuestionRow:
    """A tier of a programme that money no longer carries: the manager keeps it or lets it go
    (E37)."""

    task_id: int
    person_id: int
    number: str
    name: str
    programme: str
    tier_name: str
    since: str


@dataclass(frozen=True)
class AttemptRow:
    """A call that was made, with the reasons it had."""

    occurred_on: str
    outcome: str
    satisfaction: int | None
    note: str
    next_on: str | None
    staff: str
    reasons: tuple[str, ...]


def count_calls(db: ClinicDatabase, today: str, at_most: int) -> int:
    """How many people are to be called today; counting stops at `at_most`."""
    people = (
        FollowupTask.select(FollowupTask.person_id)
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .where(due_call(today) & (Person.state == "active"))
        .distinct()
        .limit(at_most)
    )
    return int(people.count(db))


def calls_today(db: ClinicDatabase, today: str, limit: int = 500) -> list[CallRow]:
    """Today's calls, one per person: the highest tier first, then the longest due."""
    found: list[CallRow] = []
    people: list[int] = []
    page, more = 0, True
    while more and len(found) < limit:
        rows = _candidates(db, today, page)
        seen = len(people)
        people = list(dict.fromkeys(people + rows))
        while seen < len(people) and len(found) < limit:
            some = people[seen : seen + limit - len(found)]
            found += _calls(db, today, some)
            seen += len(some)
        page, more = page + 1, len(rows) == PAGE
    return found


def _candidates(db: ClinicDatabase, today: str, page: int) -> list[int]:
    """People with open tasks in the order of the list, some of them more than once.

    Whether a task still stands is looked up for those who are shown only, so that a long list
    costs little more than a short one.
    """
    query = (
        FollowupTask.select(FollowupTask.person_id)
        .join(
            Standing,
            JOIN.LEFT_OUTER,
            on=(
                (Standing.person_id == FollowupTask.person_id)
                & (Standing.programme_id == main_timeline(db).programme_id)
            ),
        )
        .where((FollowupTask.state == "open") & (FollowupTask.due_on <= today))
        .order_by(_held().desc(), FollowupTask.due_on, FollowupTask.id)
        .limit(PAGE)
        .offset(page * PAGE)
    )
    return [row[0] for row in db.rows(query)]


def _held() -> Any:
    return fn.COALESCE(Standing.rank * Standing.member, 0)


def _calls(db: ClinicDatabase, today: str, people: list[int]) -> list[CallRow]:
    """The calls of these people, in their order, as far as there is still something to say."""
    timeline = main_timeline(db)
    programme = timeline.at(today).programme
    query = (
        Person.select(
            Person.id,
            Person.number,
            Person.name,
            Person.sex,
            Person.birthday,
            Person.phone,
            Person.guardian_phone,
            Person.phone_alt,
            _held(),
        )
        .join(
            Standing,
            JOIN.LEFT_OUTER,
            on=(
                (Standing.person_id == Person.id) & (Standing.programme_id == timeline.programme_id)
            ),
        )
        .where(Person.id.in_(people) & (Person.state == "active"))
    )
    known = {row[0]: row[1:] for row in db.rows(query)}
    tasks = _tasks_by_person(db, today, people)
    outcomes = _last_outcomes(db, people)
    rows = []
    for person_id in people:
        if person_id not in known or person_id not in tasks:
            continue
        number, name, sex, birthday, *numbers, rank = known[person_id]
        field, phone = next((f for f in zip(PHONES, numbers, strict=True) if f[1]), ("", ""))
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
                tuple(task.reason for task in mine),
                tuple(task.id for task in mine),
                mine[0].due_on,
                days_between(mine[0].due_on, today),
                max(task.attempts for task in mine),
                outcomes.get(person_id),
            )
        )
    return rows


def _tasks_by_person(
    db: ClinicDatabase, today: str, people: list[int]
) -> dict[int, list[OpenTask]]:
    found: dict[int, list[OpenTask]] = {}
    query = _tasks().where(FollowupTask.person_id.in_(people) & due_call(today))
    for person_id, *task in db.rows(query):
        found.setdefault(person_id, []).append(_open_task(*task))
    return found


def open_tasks_of(db: ClinicDatabase, person_id: int) -> list[OpenTask]:
    """Every open task of a person, also those of a later day, the oldest first."""
    query = _tasks().where((FollowupTask.person_id == person_id) & (FollowupTask.state == "open"))
    return [_open_task(*task) for _, *task in db.rows(query)]


def _tasks() -> Any:
    return FollowupTask.select(
        FollowupTask.person_id,
        FollowupTask.id,
        FollowupTask.rule,
        FollowupTask.subject,
        FollowupTask.due_on,
        FollowupTask.attempts,
    ).order_by(FollowupTask.due_on, FollowupTask.id)


def _open_task(task_id: int, rule: str, subject: str, due_on: str, attempts: int) -> OpenTask:
    return OpenTask(task_id, rule, reason_text(rule, subject), due_on, attempts)


def _last_outcomes(db: ClinicDatabase, people: list[int]) -> dict[int, str]:
    newest = (
        FollowupAttempt.select(fn.MAX(FollowupAttempt.id))
        .where(FollowupAttempt.person_id.in_(people))
        .group_by(FollowupAttempt.person_id)
    )
    query = FollowupAttempt.select(FollowupAttempt.person_id, FollowupAttempt.outcome)
    return dict(db.rows(query.where(FollowupAttempt.id.in_(newest))))


def last_outcome(db: ClinicDatabase, person_id: int) -> str | None:
    """What came of the newest call to a person."""
    query = FollowupAttempt.select(FollowupAttempt.outcome).where(
        FollowupAttempt.person_id.in_(group_of(db, person_id))
    )
    return db.scalar(query.order_by(FollowupAttempt.id.desc()).limit(1))


def tier_questions(db: ClinicDatabase) -> list[QuestionRow]:
    """Tiers that wait for the manager's word, the oldest question first (E37)."""
    programmes = {each.programme_id: each.versions[-1].programme for each in timelines(db)}
    main_id = main_timeline(db).programme_id
    query = (
        FollowupTask.select(
            FollowupTask.id,
            FollowupTask.person_id,
            Person.number,
            Person.name,
            Standing.programme_id,
            Standing.rank,
            FollowupTask.due_on,
        )
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .switch(FollowupTask)
        .join(
            Standing,
            on=(
                (Standing.person_id == FollowupTask.person_id)
                & asks_about(Standing.programme_id, main_id)
            ),
        )
        .where(
            Standing.programme_id.in_(list(programmes))
            & (FollowupTask.state == "open")
            & (FollowupTask.rule == UNSUPPORTED)
            & (Person.state == "active")
            & undecided(main_id)
        )
        .order_by(FollowupTask.due_on, FollowupTask.id)
    )
    return [
        QuestionRow(
            task_id,
            person_id,
            number,
            name,
            programmes[programme_id].name,
            programmes[programme_id].tier_name(rank),
            since,
        )
        for task_id, person_id, number, name, programme_id, rank, since in db.rows(query)
    ]


def attempts_of(db: ClinicDatabase, person_id: int) -> list[AttemptRow]:
    """Every call to a person, newest first; a call with several reasons is one row."""
    query = (
        FollowupAttempt.select(
            FollowupAttempt.seq,
            FollowupAttempt.occurred_on,
            FollowupAttempt.outcome,
            FollowupAttempt.satisfaction,
            FollowupAttempt.note,
            FollowupAttempt.next_on,
            Staff.name,
            FollowupTask.rule,
            FollowupTask.subject,
        )
        .join(Staff, on=(Staff.id == FollowupAttempt.staff_id))
        .switch(FollowupAttempt)
        .join(FollowupTask, on=(FollowupTask.id == FollowupAttempt.task_id))
        .where(FollowupAttempt.person_id.in_(group_of(db, person_id)))
        .order_by(FollowupAttempt.seq.desc(), FollowupAttempt.id)
    )
    calls: dict[int, AttemptRow] = {}
    for seq, on, outcome, satisfaction, note, next_on, staff, rule, subject in db.rows(query):
        earlier = calls[seq].reasons if seq in calls else ()
        reasons = (*earlier, reason_text(rule, subject))
        calls[seq] = AttemptRow(on, outcome, satisfaction, note, next_on, staff, reasons)
    return list(calls.values())
