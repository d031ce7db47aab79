"""What makes a follow-up task, what settles one, and in which words it is told.

A task is unique by person, rule and cycle, so one that is done is never made again (E66).
Unclaimed gifts are a service and are called about whatever the person said about marketing;
birthday greetings are not, and a refusal ends them at once (front-desk 4.4.12).
"""

from __future__ import annotations

from typing import Any

from peewee import JOIN, fn

from models.birthdays import born
from models.desk import FollowupTask
from models.gifts import EntitlementGrant
from models.ledgers import Standing, TierOverride
from models.people import Consent, Membership, Person
from services import birthdays
from services.clock import days_between, is_date, plus_days
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.programmes.registry import timelines, version

UNCLAIMED = "unclaimed_gift"
BIRTHDAY = "birthday"
UNSUPPORTED = "tier_unsupported"
MANUAL = "manual"
CALLS = (UNCLAIMED, BIRTHDAY, MANUAL)
MARKETING = "marketing"

BIRTHDAY_AHEAD = 7
BIRTHDAY_STALE = 30

_COLUMNS = ("person_id", "rule", "cycle", "due_on", "state", "subject", "seq")


def reason_text(rule: str, subject: str) -> str:
    """Why somebody is called, in a few words."""
    if rule == UNCLAIMED:
        return tr("礼品未领:{gift}").format(gift=subject)
    if rule == BIRTHDAY:
        return tr("生日 {month}月{day}日").format(month=int(subject[5:7]), day=int(subject[8:]))
    if rule == UNSUPPORTED:
        return tr("等级已无消费支持,待管理员决定")
    return subject


# -- making ----------------------------------------------------------------------------------


def make_tasks(tx: Tx, since: str | None = None) -> int:
    """Make the tasks that today asks for and close those that time has settled; idempotent.

    Answers how many were made: gifts unclaimed for the programme's `overdue_days` (R138), and
    birthdays of members from the day after `since` (the last run, at most 30 days back) to the
    seventh day from today on, today included (E52). Runs inside the daily catch-up.
    """
    close_settled(tx)
    made = _unclaimed(tx) + _birthdays(tx, since)
    tx.db.insert_many(FollowupTask, _COLUMNS, made)
    return len(made)


def _unclaimed(tx: Tx) -> list[tuple[Any, ...]]:
    patience = min(v.programme.overdue_days for t in timelines(tx.db) for v in t.versions)
    query = (
        EntitlementGrant.select(
            EntitlementGrant.person_id,
            EntitlementGrant.grant_key,
            EntitlementGrant.name,
            EntitlementGrant.due_on,
            EntitlementGrant.version_id,
        )
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
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
            & (EntitlementGrant.due_on <= plus_days(tx.today, -patience))
            & (EntitlementGrant.valid_to.is_null() | (EntitlementGrant.valid_to >= tx.today))
            & (Person.state == "active")
            & FollowupTask.id.is_null()
        )
    )
    made = {}
    for person_id, key, name, due_on, version_id in tx.db.rows(query):
        if days_between(due_on, tx.today) >= version(tx.db, version_id).overdue_days:
            made[person_id, key] = (person_id, UNCLAIMED, key, tx.today, "open", name, tx.seq)
    return list(made.values())


def _birthdays(tx: Tx, since: str | None) -> list[tuple[Any, ...]]:
    oldest = plus_days(tx.today, -BIRTHDAY_STALE)
    first = tx.today if since is None else max(oldest, min(plus_days(since, 1), tx.today))
    made = []
    for day in birthdays.days_from(first, plus_days(tx.today, BIRTHDAY_AHEAD - 1)):
        query = (
            Person.select(Person.id)
            .join(
                Membership,
                on=((Membership.person_id == Person.id) & (Membership.state == "active")),
            )
            .switch(Person)
            .join(
                FollowupTask,
                JOIN.LEFT_OUTER,
                on=(
                    (FollowupTask.person_id == Person.id)
                    & (FollowupTask.rule == BIRTHDAY)
                    & (FollowupTask.cycle == day[:4])
                ),
            )
            .where(
                born(birthdays.born_on(day))
                & (Person.state == "active")
                & FollowupTask.id.is_null()
                & welcomes_marketing(Person.id)
            )
            .distinct()
        )
        for (person_id,) in tx.db.rows(query):
            made.append((person_id, BIRTHDAY, day[:4], day, "open", day, tx.seq))
    return made


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
        raise RuleError(tr("下次回访日期须在今天或以后,写成 2027-01-15 这样。"))


# -- settled meanwhile -----------------------------------------------------------------------


def close_settled(tx: Tx) -> None:
    """Close tasks of gifts handed out, birthdays long past, tiers decided or supported again."""
    claimed = (FollowupTask.rule == UNCLAIMED) & ~still_unclaimed()
    stale = plus_days(tx.today, -BIRTHDAY_STALE)
    past = (FollowupTask.rule == BIRTHDAY) & (FollowupTask.subject < stale)
    decided = (FollowupTask.rule == UNSUPPORTED) & ~undecided()
    for condition, state in ((claimed, "done"), (past, "given_up"), (decided, "done")):
        found = FollowupTask.select(FollowupTask.id).where(
            (FollowupTask.state == "open") & condition
        )
        for (task_id,) in tx.db.rows(found):
            tx.db.write(FollowupTask.update(state=state).where(FollowupTask.id == task_id))


def welcomes_marketing(person: Any) -> Any:
    """Condition: the last word about marketing is not a no (never asked is no objection)."""
    last = (
        Consent.select(Consent.granted)
        .where((Consent.person_id == person) & (Consent.item == MARKETING))
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return fn.COALESCE(last, 1) == 1


def still_unclaimed() -> Any:
    """Condition: the gift of an unclaimed-gift task still waits."""
    return fn.EXISTS(
        EntitlementGrant.select(EntitlementGrant.id).where(
            (EntitlementGrant.person_id == FollowupTask.person_id)
            & (EntitlementGrant.grant_key == FollowupTask.cycle)
            & (EntitlementGrant.state == "open")
        )
    )


def undecided() -> Any:
    """Condition: a tier is above what the money carries, and no word came after the question."""
    return fn.EXISTS(
        Standing.select(Standing.person_id).where(
            (Standing.person_id == FollowupTask.person_id)
            & (Standing.rank > Standing.supported_rank)
        )
    ) & ~fn.EXISTS(
        TierOverride.select(TierOverride.id).where(
            (TierOverride.person_id == FollowupTask.person_id)
            & (TierOverride.seq > FollowupTask.seq)
        )
    )


def due_call(today: str) -> Any:
    """Condition: a task is a call of today, whatever happened since it was made."""
    return (
        (FollowupTask.state == "open")
        & (FollowupTask.due_on <= today)
        & FollowupTask.rule.in_(CALLS)
        & ((FollowupTask.rule != UNCLAIMED) | still_unclaimed())
        & ((FollowupTask.rule != BIRTHDAY) | welcomes_marketing(FollowupTask.person_id))
    )
