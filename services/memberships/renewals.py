"""Who should be asked to renew: paid terms and tiers that end soon, terms that just lapsed.

A month before the end, or as long before as the clinic's plan says, a follow-up task says so, once
for each date (E38, E66, R023); whoever pays every month is asked a week before. A contract that
ends is a service to tell about, so no consent to marketing is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from peewee import JOIN, Value

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.ledgers import Standing
from models.people import Person
from models.query import Prepared, slot
from models.schemes import FeePayment
from services.clock import plus_days, plus_months
from services.commands import Tx
from services.followups.tasks import (
    MANUAL,
    PLAN_COLUMNS,
    SETTLED,
    TASK_COLUMNS,
    TERM,
    active_plan,
    next_place,
    place,
    plan_values,
    told,
)
from services.i18n import tr
from services.loyalty.own_timeline import all_joinings
from services.memberships.feebook import FeeBook, FeeEntry, PaidFee
from services.memberships.records import all_fee_entries
from services.people.aliases import roots
from services.programmes.plan import number
from services.programmes.registry import Timeline, timelines

DAYS_AHEAD = 30
DAYS_AHEAD_MONTHLY = 7
_SLACK = 3  # days that month ends may add to a sum of months

What = Literal["paid", "tier"]
_CYCLES: dict[What, str] = {"paid": "renew", "tier": "keep"}
_RULES = (TERM, MANUAL)  # the second: reminders from before they had a plan of their own

_LAST_MONTHS = Prepared(
    lambda: (
        FeePayment.select(FeePayment.months)
        .where(
            (FeePayment.person_id == slot("person_id"))
            & (FeePayment.programme_id == slot("programme_id"))
            & (FeePayment.kind == "payment")
        )
        .order_by(FeePayment.seq.desc())
        .limit(1)
    )
)


@dataclass(frozen=True)
class RenewalDue:
    """A membership to renew: `what` is 'paid' for a fee or 'tier' for a tier to be kept (E38).

    `ends_on` is its last day; until `grace_until` a fee still follows it without a gap (E57),
    and `lapsed` says that the last day is past already.
    """

    person_id: int
    number: str
    name: str
    programme_id: int
    programme: str
    tier_name: str
    what: What
    ends_on: str
    grace_until: str | None
    lapsed: bool


def renewals_due(db: ClinicDatabase, today: str, days: int = DAYS_AHEAD) -> list[RenewalDue]:
    """Paid terms and tiers that end within `days`, and terms that lapsed within the days of
    grace; the first to end first (E38, E57)."""
    last = plus_days(today, days)
    found: list[RenewalDue] = []
    for timeline in timelines(db):
        for what in _CYCLES:
            ending = _ending(what, timeline.programme_id, today, last)
            for ends_on, person_id, rank in db.rows(ending):
                found.append(_due(db, timeline, person_id, rank, what, ends_on, today))
        for person_id, rank, ends_on in _lapsed(db, timeline, today):
            found.append(_due(db, timeline, person_id, rank, "paid", ends_on, today))
    return sorted(found, key=lambda row: (row.ends_on, row.person_id, row.what))


def renewal_page(tx: Tx, at: str, limit: int) -> tuple[int, str | None]:
    """Tasks for the next `limit` members whose paid term or tier ends within a month.

    A page stays within one programme and one kind of end. Answers how many tasks were made and
    where the next page begins, None after the last.
    """
    plan = active_plan(tx, TERM)
    rooms = [(timeline, what) for timeline in timelines(tx.db) for what in _CYCLES]
    room, _, within = at.partition(" ")
    index = int(room or 0)
    if plan is None or index >= len(rooms):
        return 0, None
    timeline, what = rooms[index]
    most = -plan.offsets[0]
    rows = tx.db.rows(_untold(tx, timeline, what, within, most, limit))
    survivors = set(roots(tx.db).values())
    made = {}
    for ends_on, person_id, rank, task_id in rows:
        ahead = _days_ahead(tx, timeline, what, person_id, rank, most)
        key = _cycle(what, timeline.programme_id, ends_on)
        wanted = task_id is None and ends_on <= plus_days(tx.today, ahead)
        if wanted and not (person_id in survivors and told(tx, person_id, TERM, key)):
            subject = _subject(timeline, what, rank, ends_on, tx.today)
            task = (person_id, TERM, key, tx.today, "open", subject, tx.seq)
            made[person_id] = (*task, *plan_values(plan))
    tx.db.insert_many(FollowupTask, TASK_COLUMNS + PLAN_COLUMNS, made.values())
    following = next_place(rows, limit)
    if following is not None:
        return len(made), f"{index} {following}"
    return len(made), str(index + 1) if index + 1 < len(rooms) else None


def _column(what: What) -> Any:
    return Standing.paid_until if what == "paid" else Standing.tier_ends_on


def _ending(what: What, programme_id: int, first: str, last: str) -> Any:
    """Active members whose paid term or tier ends in these days: (day, person, tier held)."""
    column = _column(what)
    return (
        Standing.select(column, Standing.person_id, Standing.rank)
        .join(Person, on=(Person.id == Standing.person_id))
        .switch(Standing)
        .where(
            (Standing.programme_id + 0 == programme_id)  # the few that end are found by their day
            & (Standing.member == 1)
            & (Person.state == "active")
            & (column >= first)
            & (column <= last)
        )
        .order_by(column, Standing.person_id)
    )


def _untold(tx: Tx, timeline: Timeline, what: What, within: str, ahead: int, limit: int) -> Any:
    """Members whose end is so near, with the id of the task that says so already."""
    day, after = place(within)
    column = _column(what)
    prefix = _cycle(what, timeline.programme_id, "")
    return (
        _ending(what, timeline.programme_id, tx.today, plus_days(tx.today, ahead))
        .select_extend(FollowupTask.id)
        .join(
            FollowupTask,
            JOIN.LEFT_OUTER,
            on=(
                (FollowupTask.person_id == Standing.person_id)
                & FollowupTask.rule.in_(_RULES)
                & (FollowupTask.cycle == Value(prefix).concat(column))
            ),
        )
        .where((column > day) | ((column == day) & (Standing.person_id > after)))
        .limit(limit)
    )


def _days_ahead(
    tx: Tx, timeline: Timeline, what: What, person_id: int, rank: int, most: int
) -> int:
    """How long before the end somebody is asked: a week where it ends every month anyway."""
    if what == "paid":
        row = _LAST_MONTHS.row(tx.db, person_id=person_id, programme_id=timeline.programme_id)
        months = None if row is None else row[0]
    else:
        tier = timeline.at(tx.today).programme.tier(rank)
        months = None if tier is None else number(tier.valid_months)
    return min(DAYS_AHEAD_MONTHLY, most) if months == 1 else most


def _cycle(what: What, programme_id: int, ends_on: str) -> str:
    return f"{_CYCLES[what]}:{programme_id}:{ends_on}"


def _subject(timeline: Timeline, what: What, rank: int, ends_on: str, today: str) -> str:
    sentence = {
        "paid": tr("“{programme}”{tier} {day} 到期，问是否续费"),
        "tier": tr("“{programme}”{tier} {day} 到期，说明怎样保级"),
    }[what]
    tier_name = timeline.at(today).programme.tier_name(rank)
    return sentence.format(programme=timeline.name, tier=tier_name, day=ends_on)


def _due(
    db: ClinicDatabase,
    timeline: Timeline,
    person_id: int,
    rank: int,
    what: What,
    ends_on: str,
    today: str,
) -> RenewalDue:
    programme = timeline.at(today).programme
    row = db.row(Person.select(Person.number, Person.name).where(Person.id == person_id))
    assert row is not None  # both lists join the person
    return RenewalDue(
        person_id=person_id,
        number=row[0],
        name=row[1],
        programme_id=timeline.programme_id,
        programme=timeline.name,
        tier_name=programme.tier_name(rank),
        what=what,
        ends_on=ends_on,
        grace_until=plus_days(ends_on, programme.grace_days) if what == "paid" else None,
        lapsed=ends_on < today,
    )


def _lapsed(db: ClinicDatabase, timeline: Timeline, today: str) -> list[tuple[int, int, str]]:
    """Members whose last paid term is over, but not longer than the days of grace (E57): person,
    tier paid for, last day. Their standing says nothing of it any more: the fees do."""
    grace_days = timeline.at(today).programme.grace_days
    fees = all_fee_entries(db, timeline.programme_id)
    if not fees:
        return []
    query = (
        Standing.select(Standing.person_id)
        .join(Person, on=(Person.id == Standing.person_id))
        .where(
            (Standing.programme_id == timeline.programme_id)
            & (Standing.member == 1)
            & (Person.state == "active")
            & (Standing.paid_until.is_null() | (Standing.paid_until < today))
        )
    )
    unpaid = {row[0] for row in db.rows(query)}
    joined = all_joinings(db, timeline)
    found = []
    oldest = plus_days(today, -grace_days)
    for person_id, entries in fees.items():
        if person_id not in unpaid or _long_over(entries, oldest):
            continue
        book = FeeBook(timeline.for_member(*joined.get(person_id, ())), entries)
        fee = lapsed_fee(book, today, grace_days)
        if fee is not None:
            found.append((person_id, fee.rank, str(fee.end)))
    return found


def _long_over(entries: Sequence[FeeEntry], oldest: str) -> bool:
    """Whether the fees ended before `oldest` however they were strung together: nobody replays
    those of many years ago."""
    payments = [each for each in entries if each.kind == "payment"]
    if any(each.months == 0 for each in payments):
        return False
    months = sum(each.months for each in payments)
    return plus_days(plus_months(payments[-1].on, months), _SLACK) < oldest


def lapsed_fee(book: FeeBook, today: str, grace_days: int) -> PaidFee | None:
    """The fee whose term is over, but not longer than the days of grace, unless another one has
    taken its place (E57)."""
    oldest = plus_days(today, -grace_days)
    over = [
        fee
        for fee in book.fees
        if fee.closed_on is None and fee.end is not None and oldest <= fee.end < today
    ]
    newest = max(over, key=lambda fee: (fee.rank, str(fee.end)), default=None)
    if newest is None or any(fee.rank >= newest.rank for fee in book.running(today)):
        return None
    return newest


def renewal_asked(today: str, ends_on: str | None, months: int) -> bool:
    """Whether a fee for so many months ends soon enough to ask for the next one (E38, R023)."""
    ahead = DAYS_AHEAD_MONTHLY if months == 1 else DAYS_AHEAD
    return ends_on is not None and ends_on <= plus_days(today, ahead)


# -- reminders that have done their work -------------------------------------------------------


def settle_reminders(tx: Tx, person_id: int, programme_id: int) -> None:
    """The fee was paid: what reminded of it is done."""
    _move_reminders(tx, person_id, _cycle("paid", programme_id, ""), "done", SETTLED)


def drop_reminders(tx: Tx, person_id: int, programme_id: int) -> None:
    """The membership is over: nobody is called about it any more."""
    for what in _CYCLES:
        _move_reminders(tx, person_id, _cycle(what, programme_id, ""), "given_up", "stopped")


def reopen_reminder(tx: Tx, person_id: int, programme_id: int, ends_on: str) -> None:
    """The payment was a mistake: the reminder it had settled waits again. One that was settled
    by a call stays done (E66)."""
    tx.db.write(
        FollowupTask.update(state="open", closed_as="").where(
            (FollowupTask.person_id == person_id)
            & FollowupTask.rule.in_(_RULES)
            & (FollowupTask.cycle == _cycle("paid", programme_id, ends_on))
            & (FollowupTask.state == "done")
            & (FollowupTask.attempts == 0)
        )
    )


def _move_reminders(tx: Tx, person_id: int, prefix: str, state: str, how: str) -> None:
    tx.db.write(
        FollowupTask.update(state=state, closed_as=how).where(
            (FollowupTask.person_id == person_id)
            & FollowupTask.rule.in_(_RULES)
            & FollowupTask.cycle.startswith(prefix)
            & (FollowupTask.state == "open")
        )
    )
