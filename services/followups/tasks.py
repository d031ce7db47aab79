"""What makes a follow-up task, what settles one, and in which words it is told.

A task is unique by person, rule and cycle, so one that is done is never made again (E66).
Unclaimed gifts are a service and are called about whatever the person said about marketing;
birthday greetings are not, and a refusal ends them at once (front-desk 4.4.12).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peewee import JOIN, Value, fn

from models.birthdays import born
from models.followup import FollowupTask
from models.gifts import EntitlementGrant
from models.ledgers import Standing, TierOverride
from models.paperwork import GiftPromise
from models.people import LunarBirthday, LunarDay, Person
from models.query import Prepared, slot
from services.clock import days_between, is_date, plus_days
from services.commands import Tx
from services.errors import RuleError
from services.followups.plans import Plan, plan_of, plans
from services.i18n import tr
from services.loyalty.tier_questions import UNSUPPORTED, asks_about
from services.people import birthdays
from services.people.aliases import group_of, roots
from services.people.contact import may_contact, welcomes
from services.programmes.registry import main_timeline, timelines, version

UNCLAIMED = "unclaimed_gift"
BIRTHDAY = "birthday"
TERM = "term"
MANUAL = "manual"
TELLING = (TERM, MANUAL)  # their subject says it all
ARRIVED = "arrived."  # before the key of a grant: the call that an owed gift is there (E32)

BIRTHDAY_AHEAD = 7
BIRTHDAY_STALE = 30
PAGE = 2000
_YEAR = 4  # digits a birthday's cycle begins with
SETTLED = "settled"  # closed by what happened, not by a call

TASK_COLUMNS = ("person_id", "rule", "cycle", "due_on", "state", "subject", "seq")
PLAN_COLUMNS = ("channel", "purpose", "marketing", "post", "plan_id")  # what a plan adds to it


def is_call() -> Any:
    """Condition: somebody is called or written to about it; a tier to decide on is no call."""
    return FollowupTask.rule != UNSUPPORTED


def reason_text(rule: str, subject: str, titles: Mapping[str, str] | None = None) -> str:
    """Why somebody is called, in a few words; `titles` are the names of the plans by rule."""
    if rule == UNCLAIMED:
        return tr("礼品未领：{gift}").format(gift=subject)
    if rule == BIRTHDAY:
        return tr("生日 {month}月{day}日").format(month=int(subject[5:7]), day=int(subject[8:]))
    if rule == UNSUPPORTED:
        asked = tr("等级已无消费支持，待管理员决定")
        return (
            tr("{programme}：{asked}").format(programme=subject, asked=asked) if subject else asked
        )
    title = "" if rule in TELLING else (titles or {}).get(rule, "")
    if title and subject:
        return tr("{plan}：{what}").format(plan=title, what=subject)
    return title or subject


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
    plan = active_plan(tx, UNCLAIMED)
    if plan is None:
        return 0, None
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
            FollowupTask.closed_as,
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
    made, again = {}, []
    survivors = set(roots(tx.db).values())
    for due_on, _, person_id, key, name, version_id, valid_to, state, task_id, closed_as in rows:
        wanted = state == "active" and (valid_to or tx.today) >= tx.today
        if not wanted or (task_id is not None and closed_as != SETTLED):
            continue
        if days_between(due_on, tx.today) < version(tx.db, version_id).overdue_days:
            continue
        if task_id is not None:  # the gift came back
            again.append(task_id)
        elif person_id not in survivors or not told(tx, person_id, UNCLAIMED, key):
            task = (person_id, UNCLAIMED, key, tx.today, "open", name, tx.seq)
            made[person_id, key] = (*task, *plan_values(plan))
    tx.db.insert_many(FollowupTask, TASK_COLUMNS + PLAN_COLUMNS, made.values())
    for task_id in again:
        reopened = FollowupTask.update(state="open", closed_as="", due_on=tx.today)
        tx.db.write(reopened.where(FollowupTask.id == task_id))
    return len(made) + len(again), next_place(rows, limit)


def active_plan(tx: Tx, rule: str) -> Plan | None:
    """One of the program's own plans, as long as it is switched on."""
    plan = plan_of(tx.db, rule)
    return plan if plan is not None and plan.active else None


def plan_values(plan: Plan) -> tuple[object, ...]:
    """What a plan says about its tasks, in the order of `PLAN_COLUMNS`."""
    return plan.channel, plan.purpose, int(plan.marketing), plan.post, plan.id


def told(tx: Tx, person_id: int, rule: str, cycle: str) -> bool:
    """Whether somebody, under any of their records, has the task already (E62)."""
    query = FollowupTask.select(FollowupTask.id).where(
        FollowupTask.person_id.in_(group_of(tx.db, person_id))
        & (FollowupTask.rule == rule)
        & (FollowupTask.cycle == cycle)
    )
    return tx.db.scalar(query.limit(1)) is not None


def birthday_page(tx: Tx, at: str, since: str | None) -> tuple[int, str | None]:
    """Tasks for the members whose birthday is the day `at` ('' for the first of the window), one
    for each offset of the plan; of offsets that are past when they are seen, the latest only.

    Answers like `unclaimed_page`; a page is a day.
    """
    plan = active_plan(tx, BIRTHDAY)
    if plan is None:
        return 0, None
    oldest = plus_days(tx.today, -BIRTHDAY_STALE)
    first = tx.today if since is None else max(oldest, min(plus_days(since, 1), tx.today))
    day = at or first
    survivors = set(roots(tx.db).values())
    begun = [each for each in plan.offsets if plus_days(day, each) <= tx.today]
    made, again = [], 0
    for ahead in (*begun[-1:], *plan.offsets[len(begun) :]):
        due_on = max(plus_days(day, ahead), min(day, tx.today))
        for person_id, cycle in _birthdays_on(tx, day, ahead):
            if person_id in survivors and (
                not may_contact(tx.db, person_id, "no_objection")
                or told(tx, person_id, BIRTHDAY, cycle)
            ):
                continue
            if _wait_again(tx, person_id, cycle, due_on):
                again += 1
            else:
                task = (person_id, BIRTHDAY, cycle, due_on, "open", day, tx.seq)
                made.append((*task, *plan_values(plan)))
    tx.db.insert_many(FollowupTask, TASK_COLUMNS + PLAN_COLUMNS, made)
    last = plus_days(tx.today, max(BIRTHDAY_AHEAD - 1, -min(plan.offsets)))
    return len(made) + again, plus_days(day, 1) if day < last else None


def _ending(ahead: int) -> str:
    """What the cycle of a birthday has behind the year: nothing for the call of the day itself."""
    return f".{ahead}" if ahead else ""


_AGAIN = Prepared(
    lambda: FollowupTask.update(state="open", closed_as="", due_on=slot("due_on")).where(
        (FollowupTask.person_id == slot("person_id"))
        & (FollowupTask.rule == BIRTHDAY)
        & (FollowupTask.cycle == slot("cycle"))
    )
)


def _wait_again(tx: Tx, person_id: int, cycle: str, due_on: str) -> bool:
    """A birthday whose offset the plan had lost for a while is due again; False for a new one."""
    return bool(_AGAIN.write(tx.db, person_id=person_id, cycle=cycle, due_on=due_on))


def _greeted(cycle: Any) -> Any:
    """Condition on a person: a member in use who welcomes it and has no task of that cycle."""
    members = Standing.select(Standing.person_id).where(
        (Standing.person_id == Person.id) & (Standing.member == 1)
    )
    known = FollowupTask.select(FollowupTask.id).where(
        (FollowupTask.person_id == Person.id)
        & (FollowupTask.rule == BIRTHDAY)
        & (FollowupTask.cycle == cycle)
        & (FollowupTask.closed_as != SETTLED)
    )
    return (Person.state == "active") & fn.EXISTS(members) & ~fn.EXISTS(known) & welcomes(Person.id)


_SOLAR = Prepared(
    lambda: (
        Person.select(Person.id)
        .join(LunarBirthday, JOIN.LEFT_OUTER, on=(LunarBirthday.person_id == Person.id))
        .where(
            born((slot("first"), slot("second")))
            & LunarBirthday.person_id.is_null()
            & _greeted(slot("cycle"))
        )
    )
)
_LUNAR = Prepared(
    lambda: (
        Person.select(Person.id, LunarDay.year)
        .join(LunarDay, on=(LunarDay.person_id == Person.id))
        .where(
            (LunarDay.day == slot("day"))
            & _greeted(LunarDay.year.cast("TEXT").concat(slot("ending")))
        )
    )
)


def _birthdays_on(tx: Tx, day: str, ahead: int) -> list[tuple[int, str]]:
    """Members to congratulate whose birthday, solar or lunar, is that day, and the cycle of their
    task so many days ahead; not those who have it (E52, E53)."""
    ending = _ending(ahead)
    cycle = f"{day[:4]}{ending}"
    dates = birthdays.born_on(day)
    solar = _SOLAR.rows(tx.db, first=dates[0], second=dates[-1], cycle=cycle)
    lunar = _LUNAR.rows(tx.db, day=day, ending=ending)
    return [
        *((person_id, cycle) for (person_id,) in solar),
        *((person_id, f"{year}{ending}") for person_id, year in lunar),
    ]


def close_page(tx: Tx, at: str, limit: int) -> str | None:
    """Close, among the next `limit` open tasks after `at`, those of gifts handed out, of
    birthdays long past or of days the plan has lost, of tiers decided or supported again; answers
    where the next page begins."""
    day, after = place(at)
    days = (plan.offsets for plan in plans(tx.db) if plan.key == BIRTHDAY)
    endings = {_ending(each) for offsets in days for each in offsets}
    query = (
        FollowupTask.select(
            FollowupTask.due_on,
            FollowupTask.id,
            FollowupTask.rule,
            FollowupTask.subject,
            FollowupTask.cycle,
            still_unclaimed(),
            undecided(main_timeline(tx.db).programme_id),
        )
        .where(
            (FollowupTask.state == "open")
            & FollowupTask.rule.in_((UNCLAIMED, BIRTHDAY, UNSUPPORTED))
            & (FollowupTask.due_on >= day)
            & ((FollowupTask.due_on > day) | (FollowupTask.id > after))
        )
        .order_by(FollowupTask.due_on, FollowupTask.id)
        .limit(limit)
    )
    rows = tx.db.rows(query)
    stale = plus_days(tx.today, -BIRTHDAY_STALE)
    for _, task_id, rule, subject, cycle, unclaimed, asked in rows:
        past = rule == BIRTHDAY and subject < stale
        over = {
            UNCLAIMED: not unclaimed,
            BIRTHDAY: cycle[_YEAR:] not in endings,
            UNSUPPORTED: not asked,
        }
        if past or over[rule]:
            state, how = ("given_up", "stopped") if past else ("done", SETTLED)
            tx.db.update(FollowupTask, task_id, state=state, closed_as=how)
    return next_place(rows, limit)


def place(at: str) -> tuple[str, int]:
    """A stored place as (day, id): what comes after it is the next page."""
    day, _, after = at.partition("/")
    return day, int(after or 0)


def next_place(rows: list[tuple[Any, ...]], limit: int) -> str | None:
    """Where the page after `rows` (day and id first) begins; None when they were the last."""
    return None if len(rows) < limit else f"{rows[-1][0]}/{rows[-1][1]}"


def plan_task(tx: Tx, person_id: int, due_on: str, subject: str, **more: object) -> int:
    """A call planned by hand, inside a command; `more` are other columns of the task. Answers its
    id."""
    return tx.db.insert(
        FollowupTask,
        person_id=person_id,
        rule=MANUAL,
        cycle=str(tx.seq),
        due_on=due_on,
        state="open",
        subject=subject,
        seq=tx.seq,
        **more,
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
        & is_call()
        & ((FollowupTask.rule != UNCLAIMED) | still_unclaimed())
        & ((FollowupTask.marketing == 0) | welcomes(FollowupTask.person_id))
    )
