"""Whom to call today: every reason of a person merged into one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, Case, fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Request
from models.ledgers import Standing
from models.people import Complaint, Person
from models.system import Staff
from services.clock import days_between
from services.desk.strip import person_title
from services.followups.attempts import last_outcome, last_outcomes
from services.followups.cooldown import may_offer, resting
from services.followups.outcomes import standing
from services.followups.plans import plan_titles, plans
from services.followups.tasks import UNSUPPORTED, due_call, is_call, reason_text, undecided
from services.loyalty.tier_questions import asks_about
from services.people.aliases import group_of, roots
from services.people.contact import welcomes
from services.people.privacy import mask_phone
from services.programmes.registry import main_timeline, timelines

PAGE = 1000
COUNTED = 200  # people in cool-down are counted so far
PHONES = ("phone", "guardian_phone", "phone_alt")  # in the order they are tried
COMPLAINS, UNWELL = "complaint", "unwell"  # why somebody stands before everybody else
TREATMENT, SURVEY = "item", "survey"  # triggers of plans


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


@dataclass(frozen=True)
class Wanted:
    """Which calls are looked at: those of a member of staff, those of nobody, of a rule, of a
    post, those overdue. A call is shown when one of its reasons fits, with all its reasons."""

    staff_id: int | None = None
    unassigned: bool = False
    rule: str = ""
    post: str = ""
    overdue: bool = False

    def condition(self, db: ClinicDatabase, today: str) -> Any:
        """Condition on a task."""
        found = FollowupTask.due_on < today if self.overdue else FollowupTask.due_on <= today
        if self.staff_id is not None:
            found &= FollowupTask.assigned_to == self.staff_id
        if self.unassigned:
            here = Staff.select(Staff.id).where(Staff.active == 1)
            found &= FollowupTask.assigned_to.is_null() | FollowupTask.assigned_to.not_in(here)
        if self.rule:
            found &= FollowupTask.rule == self.rule
        if self.post:
            found &= FollowupTask.post == self.post
        return found


ALL = Wanted()


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


# -- today -----------------------------------------------------------------------------------


def call_due(db: ClinicDatabase, today: str) -> Any:
    """Condition: a task is a telephone call to be made today, offers only after their rest."""
    return due_call(today) & (FollowupTask.channel == "phone") & may_offer(db, today)


def count_calls(db: ClinicDatabase, today: str, at_most: int) -> int:
    """How many people are to be called today; counting stops at `at_most`."""
    people = (
        FollowupTask.select(FollowupTask.person_id)
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .where(call_due(db, today) & (Person.state == "active"))
        .distinct()
        .limit(at_most)
    )
    return int(people.count(db))


def due_rules(db: ClinicDatabase, today: str) -> list[str]:
    """The rules of which a telephone call is due."""
    query = FollowupTask.select(FollowupTask.rule).where(
        (FollowupTask.state == "open")
        & (FollowupTask.due_on <= today)
        & (FollowupTask.channel == "phone")
        & is_call()
    )
    return sorted(row[0] for row in db.rows(query.distinct()))


def waiting_papers(db: ClinicDatabase, today: str) -> dict[str, int]:
    """How many text messages and letters are due and may be sent, offers only to those who agreed:
    {'sms': …, 'letter': …}."""
    query = (
        FollowupTask.select(FollowupTask.channel, fn.COUNT(FollowupTask.id))
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .where(
            due_call(today)
            & (FollowupTask.channel != "phone")
            & ((FollowupTask.marketing == 0) | welcomes(FollowupTask.person_id, "consent"))
            & (Person.state == "active")
        )
        .group_by(FollowupTask.channel)
    )
    return {"sms": 0, "letter": 0} | dict(db.rows(query))


def count_resting(db: ClinicDatabase, today: str) -> int:
    """How many people are not on today's list only because they heard an offer lately; counting
    stops at `COUNTED`."""
    query = (
        FollowupTask.select(FollowupTask.person_id)
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .where(
            due_call(today)
            & (FollowupTask.channel == "phone")
            & (FollowupTask.marketing == 1)
            & resting(db, today)
            & (Person.state == "active")
        )
        .distinct()
        .limit(COUNTED)
    )
    held = [row[0] for row in db.rows(query)]
    return len(set(held) - set(_tasks_by_person(db, today, held)))


def calls_today(
    db: ClinicDatabase, today: str, limit: int = 200, wanted: Wanted = ALL
) -> list[CallRow]:
    """Today's calls, one per person: who complained or is unwell first, then treatments, then the
    highest tier, then the longest due (R146)."""
    found: list[CallRow] = []
    people: list[int] = []
    marks = urgent_people(db)
    page, more = 0, True
    while more and len(found) < limit:
        rows = _candidates(db, today, page, wanted, sorted(marks))
        seen = len(people)
        people = list(dict.fromkeys(people + rows))
        while seen < len(people) and len(found) < limit:
            some = people[seen : seen + limit - len(found)]
            found += _calls(db, today, some, wanted, marks)
            seen += len(some)
        page, more = page + 1, len(rows) == PAGE
    return found


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


def _candidates(
    db: ClinicDatabase, today: str, page: int, wanted: Wanted, urgent: list[int]
) -> list[int]:
    """People with open tasks in the order of the list, some of them more than once.

    Whether a task still stands is looked up for those who are shown only, so that a long list
    costs little more than a short one.
    """
    treatments = [plan.key for plan in plans(db) if plan.trigger == TREATMENT]
    first = [FollowupTask.person_id.in_(urgent).desc()] if urgent else []
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
        .where(
            (FollowupTask.state == "open")
            & is_call()
            & (FollowupTask.channel == "phone")
            & wanted.condition(db, today)
            & (may_offer(db, today) if wanted.rule else True)  # else most of a page may rest
        )
        .order_by(
            *first,
            FollowupTask.rule.in_(treatments).desc(),
            _held().desc(),
            FollowupTask.due_on,
            FollowupTask.id,
        )
        .limit(PAGE)
        .offset(page * PAGE)
    )
    return [row[0] for row in db.rows(query)]


def _held() -> Any:
    return fn.COALESCE(Standing.rank * Standing.member, 0)


def _calls(
    db: ClinicDatabase, today: str, people: list[int], wanted: Wanted, marks: dict[int, str]
) -> list[CallRow]:
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
            Person.contact_note,
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
    tasks = _tasks_by_person(db, today, people, wanted)
    outcomes = _outcomes(db, people)
    names = dict(db.rows(Staff.select(Staff.id, Staff.name)))
    surveys = {plan.key for plan in plans(db) if plan.trigger == SURVEY}
    rows = []
    for person_id in people:
        if person_id not in known or person_id not in tasks:
            continue
        number, name, sex, birthday, wish, *numbers, rank = known[person_id]
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


def _tasks_by_person(
    db: ClinicDatabase, today: str, people: list[int], wanted: Wanted = ALL
) -> dict[int, list[OpenTask]]:
    """What there is to say to each of these people, of whom at least one reason is wanted."""
    fits = Case(None, [(wanted.condition(db, today), 1)], 0)
    found: dict[int, list[OpenTask]] = {}
    looked_for = set()
    titles = plan_titles(db)
    query = _tasks(fits).where(FollowupTask.person_id.in_(people) & call_due(db, today))
    for person_id, *task, wanted_one in db.rows(query):
        found.setdefault(person_id, []).append(_open_task(titles, *task))
        if wanted_one:
            looked_for.add(person_id)
    return {person_id: tasks for person_id, tasks in found.items() if person_id in looked_for}


# -- one person -------------------------------------------------------------------------------


def open_tasks_of(db: ClinicDatabase, person_id: int) -> list[OpenTask]:
    """Every open task of a person, also those of a later day, the oldest first."""
    mine = FollowupTask.person_id.in_(group_of(db, person_id))
    query = _tasks().where(mine & (FollowupTask.state == "open"))
    titles = plan_titles(db)
    return [_open_task(titles, *task) for _, *task in db.rows(query)]


def _tasks(*more: Any) -> Any:
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


def _open_task(
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


# -- tiers in question -------------------------------------------------------------------------


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
