"""What makes a follow-up task, what settles one, and in which words it is told.

A task is unique by person, rule and cycle, so one that is done is never made again (E66).
Unclaimed gifts are a service and are called about whatever the person said about marketing;
birthday greetings are not, and a refusal ends them at once (front-desk 4.4.12).
"""

from __future__ import annotations

from typing import Any

from peewee import JOIN, Value, fn

from models.birthdays import born
from models.followup import FollowupTask
from models.gifts import EntitlementGrant
from models.ledgers import Standing, TierOverride
from models.paperwork import GiftPromise
from models.people import LunarBirthday, LunarDay, Person
from services.clock import days_between, is_date, plus_days
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.tier_questions import UNSUPPORTED, asks_about
from services.people import birthdays
from services.people.aliases import roots
from services.people.contact import may_contact, welcomes
from services.programmes.registry import main_timeline, timelines, version

UNCLAIMED = "unclaimed_gift"
BIRTHDAY = "birthday"
MANUAL = "manual"
CALLS = (UNCLAIMED, BIRTHDAY, MANUAL)
ARRIVED = "arrived."  # before the key of a grant: the call that an owed gift is there (E32)

BIRTHDAY_AHEAD = 7
BIRTHDAY_STALE = 30
PAGE = 2000

TASK_COLUMNS = ("person_id", "rule", "cycle", "due_on", "state", "subject", "seq")


def reason_text(rule: str, subject: str) -> str:
    """Why somebody is called, in a few words."""
    if rule == UNCLAIMED:
        return tr("礼品未领：{gift}").format(gift=subject)
    if rule == BIRTHDAY:
        return tr("生日 {month}月{day}日").format(month=int(subject[5:7]), day=int(subject[8:]))
    if rule == UNSUPPORTED:
        asked = tr("等级已无消费支持，待管理员决定")
        return (
            tr("{programme}：{asked}").format(programme=subject, asked=asked) if subject else asked
        )
    return subject


# -- making, a page at a time ----------------------------------------------------------------


def make_tasks(tx: Tx, since: str | None = None) -> int:
    """Make the tasks that today asks for and close those that time has settled; idempotent.

    Answers how many were made: gifts unclaimed for the programme's `overdue_days` (R138), and
    birthdays of members from the day after `since` (the last run, at most 30 days back) to the
    seventh day from today on, today included (E52). The daily catch-up does the same by pages.
    """
    at: str | None = ""
    while at is not None:
        at = close_page(tx, at, PAGE)
    made = 0
    at = ""
    while at is not None:
        more, at = unclaimed_page(tx, at, PAGE)
        made += more
    at = ""
    while at is not None:
        more, at = birthday_page(tx, at, since)
        made += more
    return made


def unclaimed_page(tx: Tx, at: str, limit: int) -> tuple[int, str | None]:
    """Tasks for the gifts among the next `limit` open ones after `at` that wait too long.

    Answers how many were made and where the next page begins, None after the last.
    """
    patience = min(v.programme.overdue_days for t in timelines(tx.db) for v in t.versions)
    day, after = place(at)
    query = (
        EntitlementGrant.select(
            EntitlementGrant.due_on,
            EntitlementGrant.id,
            EntitlementGrant.person_id,
            EntitlementGrant.grant_key,
            EntitlementGrant.name,
            EntitlementGrant.version_id,
            EntitlementGrant.valid_to,
            Person.state,
            FollowupTask.id,
        )
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
        .switch(EntitlementGrant)
        .join(GiftPromise, JOIN.LEFT_OUTER, on=(GiftPromise.grant_id == EntitlementGrant.id))
        .switch(EntitlementGrant)
        .join(
            FollowupTask,
            JOIN.LEFT_OUTER,
            on=(
                (FollowupTask.person_id == EntitlementGrant.person_id)
                & (FollowupTask.rule == UNCLAIMED)
                & (FollowupTask.cycle == EntitlementGrant.grant_key)
            ),
        )
        .where(
            (EntitlementGrant.state == "open")
            & (EntitlementGrant.kind == "gift")
            & GiftPromise.id.is_null()  # owed: they are called when it is there
            & (EntitlementGrant.due_on <= plus_days(tx.today, -patience))
            & (EntitlementGrant.due_on >= day)
            & ((EntitlementGrant.due_on > day) | (EntitlementGrant.id > after))
        )
        .order_by(EntitlementGrant.due_on, EntitlementGrant.id)
        .limit(limit)
    )
    rows = tx.db.rows(query)
    made = {}
    for due_on, _, person_id, key, name, version_id, valid_to, state, task_id in rows:
        wanted = task_id is None and state == "active" and (valid_to or tx.today) >= tx.today
        if wanted and days_between(due_on, tx.today) >= version(tx.db, version_id).overdue_days:
            made[person_id, key] = (person_id, UNCLAIMED, key, tx.today, "open", name, tx.seq)
    tx.db.insert_many(FollowupTask, TASK_COLUMNS, made.values())
    return len(made), next_place(rows, limit)


def birthday_page(tx: Tx, at: str, since: str | None) -> tuple[int, str | None]:
    """Tasks for the members whose birthday is the day `at` ('' for the first of the window).

    Answers like `unclaimed_page`; a page is a day.
    """
    oldest = plus_days(tx.today, -BIRTHDAY_STALE)
    first = tx.today if since is None else max(oldest, min(plus_days(since, 1), tx.today))
    day = at or first
    survivors = set(roots(tx.db).values())
    made = [
        (person_id, BIRTHDAY, str(year), day, "open", day, tx.seq, 1)
        for person_id, year in _birthdays_on(tx, day)
        if person_id not in survivors or may_contact(tx.db, person_id, "no_objection")
    ]
    tx.db.insert_many(FollowupTask, (*TASK_COLUMNS, "marketing"), made)
    last = plus_days(tx.today, BIRTHDAY_AHEAD - 1)
    return len(made), plus_days(day, 1) if day < last else None


def _birthdays_on(tx: Tx, day: str) -> list[tuple[int, int]]:
    """Members to congratulate whose birthday, solar or lunar, is that day, and of which year it
    is; not those who have their task of that year (E52, E53)."""
    solar = (
        Person.select(Person.id, Value(int(day[:4])))
        .join(LunarBirthday, JOIN.LEFT_OUTER, on=(LunarBirthday.person_id == Person.id))
        .where(born(birthdays.born_on(day)) & LunarBirthday.person_id.is_null())
    )
    lunar = (
        Person.select(Person.id, LunarDay.year)
        .join(LunarDay, on=(LunarDay.person_id == Person.id))
        .where(LunarDay.day == day)
    )
    members = Standing.select(Standing.person_id).where(
        (Standing.person_id == Person.id) & (Standing.member == 1)
    )
    found: list[tuple[int, int]] = []
    for query, year in ((solar, day[:4]), (lunar, LunarDay.year.cast("TEXT"))):
        known = FollowupTask.select(FollowupTask.id).where(
            (FollowupTask.person_id == Person.id)
            & (FollowupTask.rule == BIRTHDAY)
            & (FollowupTask.cycle == year)
        )
        wanted = (Person.state == "active") & fn.EXISTS(members) & ~fn.EXISTS(known)
        found += tx.db.rows(query.where(wanted & welcomes(Person.id)))
    return found


def close_page(tx: Tx, at: str, limit: int) -> str | None:
    """Close, among the next `limit` open tasks after `at`, those of gifts handed out, of
    birthdays long past, of tiers decided or supported again; answers where the next page begins."""
    day, after = place(at)
    query = (
        FollowupTask.select(
            FollowupTask.due_on,
            FollowupTask.id,
            FollowupTask.rule,
            FollowupTask.subject,
            still_unclaimed(),
            undecided(main_timeline(tx.db).programme_id),
        )
        .where(
            (FollowupTask.state == "open")
            & (FollowupTask.due_on >= day)
            & ((FollowupTask.due_on > day) | (FollowupTask.id > after))
        )
        .order_by(FollowupTask.due_on, FollowupTask.id)
        .limit(limit)
    )
    rows = tx.db.rows(query)
    stale = plus_days(tx.today, -BIRTHDAY_STALE)
    for _, task_id, rule, subject, unclaimed, asked in rows:
        past = rule == BIRTHDAY and subject < stale
        if past or (rule == UNCLAIMED and not unclaimed) or (rule == UNSUPPORTED and not asked):
            state = "given_up" if past else "done"
            tx.db.write(FollowupTask.update(state=state).where(FollowupTask.id == task_id))
    return next_place(rows, limit)


def place(at: str) -> tuple[str, int]:
    """A stored place as (day, id): what comes after it is the next page."""
    day, _, after = at.partition("/")
    return day, int(after or 0)


def next_place(rows: list[tuple[Any, ...]], limit: int) -> str | None:
    """Where the page after `rows` (day and id first) begins; None when they were the last."""
    return None if len(rows) < limit else f"{rows[-1][0]}/{rows[-1][1]}"


def plan_task(tx: Tx, person_id: int, due_on: str, subject: str) -> int:
    """A call planned by hand, inside a command; answers the task's id."""
    return tx.db.insert(
        FollowupTask,
        person_id=person_id,
        rule=MANUAL,
        cycle=str(tx.seq),
        due_on=due_on,
        state="open",
        subject=subject,
        seq=tx.seq,
    )


def check_next(tx: Tx, day: str) -> None:
    """A day to call again is today or later. Raises RuleError."""
    if not is_date(day) or day < tx.today:
        raise RuleError(tr("下次回访日期须在今天或以后，写成 2027-01-15 这样。"))


# -- conditions --------------------------------------------------------------------------------


def still_unclaimed() -> Any:
    """Condition: the gift of an unclaimed-gift task still waits."""
    return fn.EXISTS(
        EntitlementGrant.select(EntitlementGrant.id).where(
            (EntitlementGrant.person_id == FollowupTask.person_id)
            & (
                (EntitlementGrant.grant_key == FollowupTask.cycle)
                | (Value(ARRIVED).concat(EntitlementGrant.grant_key) == FollowupTask.cycle)
            )
            & (EntitlementGrant.state == "open")
        )
    )


def undecided(main_id: int) -> Any:
    """Condition: a tier of the programme that is asked about is above what the money carries, and
    no word on it came after the question. `main_id` is the main programme."""
    return fn.EXISTS(
        Standing.select(Standing.person_id).where(
            (Standing.person_id == FollowupTask.person_id)
            & (Standing.rank > Standing.supported_rank)
            & asks_about(Standing.programme_id, main_id)
        )
    ) & ~fn.EXISTS(
        TierOverride.select(TierOverride.id).where(
            (TierOverride.person_id == FollowupTask.person_id)
            & (TierOverride.seq > FollowupTask.seq)
            & asks_about(TierOverride.programme_id, main_id)
        )
    )


def due_call(today: str) -> Any:
    """Condition: a task is a call of today, whatever happened since it was made."""
    return (
        (FollowupTask.state == "open")
        & (FollowupTask.due_on <= today)
        & FollowupTask.rule.in_(CALLS)
        & ((FollowupTask.rule != UNCLAIMED) | still_unclaimed())
        & ((FollowupTask.rule != BIRTHDAY) | welcomes(FollowupTask.person_id))
    )
