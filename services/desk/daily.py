"""Once a business day: what the calendar alone brings, caught up after days off (E22, E43, E48).

Expired lots, granted tiers that ran out, the new year's grants, follow-up tasks: worked off in
short steps, so that the desk can post in between. Where it stopped is kept in the clinic; the day
counts as done with the last step, and running it again changes nothing. A wrong PC clock is
asked about by `commands.check_clock` before the first step (E25).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.ledgers import PointsEntry, Standing
from services.changes import NOTHING, Changes, Kind
from services.commands import Session, Tx, command, read_setting, write_setting
from services.desk.appointments import close_missed
from services.duties import editing as duties
from services.errors import IntegrityAlarm
from services.followups.making import plans_page, review_page
from services.followups.tasks import (
    birthday_page,
    close_page,
    next_place,
    place,
    unclaimed_page,
)
from services.gifts.promises import call_arrived
from services.groups import labels
from services.loyalty.ledger import expire_lots
from services.loyalty.standing import open_accounts, settle
from services.memberships.renewals import renewal_page
from services.people.aliases import root_of
from services.people.lunar import top_up_page
from services.people.referral_rewards import reward_page
from services.programmes.registry import timelines
from services.vouchers.expiry import expire_some, void_page

DATE = "daily_date"
PLACE = "daily_place"
ENTRY = "daily_entry"

BATCH = 300
ROWS = 50  # looking at so many rows costs about as much as settling a person


@dataclass(frozen=True)
class CaughtUp:
    """What the day brought: new follow-up tasks, people whose points expired, people who got
    new grants, referrals rewarded. `alarms` are people whose books disagree and who were left
    alone (E64)."""

    tasks: int
    expired_people: int
    grants_rolled: int
    alarms: int
    rewarded: int
    changes: Changes


@dataclass(frozen=True)
class _Page:
    """A piece of a phase: people to settle, tasks made, referrals rewarded, books that disagree,
    vouchers ended, appointments nobody came to, where the next piece begins (None: the phase is
    done), and what it cost in people."""

    people: tuple[int, ...] = ()
    tasks: int = 0
    next: str | None = None
    cost: int = 1
    rewarded: int = 0
    alarms: int = 0
    vouchers: int = 0
    missed: int = 0


def needed(db: ClinicDatabase, today: str) -> bool:
    """Whether the catch-up of this business day is still to be done."""
    return read_setting(db, DATE) < today


def catch_up(session: Session, *, batch: int = BATCH) -> CaughtUp:
    """Do everything this business day brings; nothing when it is done already.

    Each step is a command of its own. Raises Confirmable `clock_jump` before anything (E25).
    """
    session = replace(session, op_id=None)  # every step counts for itself
    done = CaughtUp(0, 0, 0, 0, 0, NOTHING)
    while needed(session.db, session.clinic.clock.today()):
        step = catch_up_some(session, batch=batch)
        done = CaughtUp(
            done.tasks + step.tasks,
            done.expired_people + step.expired_people,
            done.grants_rolled + step.grants_rolled,
            done.alarms + step.alarms,
            done.rewarded + step.rewarded,
            Changes(tuple(dict.fromkeys(done.changes.kinds + step.changes.kinds))),
        )
    return done


@command("clinic.daily", entity="day")
def catch_up_some(tx: Tx, *, batch: int = BATCH) -> CaughtUp:
    """One step of the catch-up: about as much work as settling `batch` people."""
    last = read_setting(tx.db, DATE)
    phase, at = _where(tx)
    expired = rolled = alarms = tasks = settled = rewarded = vouchers = missed = 0
    while phase < len(_PHASES) and batch > 0:
        page = _PHASES[phase](tx, last, at, batch)
        for person_id in page.people:
            try:
                with tx.attempt():
                    gone, made = _settle(tx, person_id)
            except IntegrityAlarm:
                alarms += 1
                continue
            expired += gone > 0
            rolled += made > 0
        tasks += page.tasks
        rewarded += page.rewarded
        alarms += page.alarms
        vouchers += page.vouchers
        missed += page.missed
        settled += len(page.people)
        batch -= page.cost
        phase, at = (phase + 1, "") if page.next is None else (phase, page.next)
    if phase < len(_PHASES):
        write_setting(tx, PLACE, f"{tx.today} {phase} {at}")
    else:
        write_setting(tx, DATE, tx.today)
    # of no entity in particular: many a day, and not in the way of who looks for one
    tx.detail.update(
        tasks=tasks,
        expired=expired,
        rolled=rolled,
        alarms=alarms,
        rewarded=rewarded,
        vouchers=vouchers,
        missed=missed,
    )
    kinds: tuple[Kind, ...] = (Kind.FOLLOWUP,) if tasks or vouchers else ()
    if missed:
        kinds += (Kind.VISIT,)
    if settled or rewarded or vouchers:
        kinds += (Kind.POINTS, Kind.TIER, Kind.GRANT)
    return CaughtUp(tasks, expired, rolled, alarms, rewarded, Changes(kinds))


def _where(tx: Tx) -> tuple[int, str]:
    """Phase and place to go on at; the beginning on a new day."""
    day, _, rest = read_setting(tx.db, PLACE).partition(" ")
    phase, _, at = rest.partition(" ")
    return (int(phase), at) if day == tx.today else (0, "")


def _settle(tx: Tx, person_id: int) -> tuple[int, int]:
    """Points that expired and grants that are new."""
    gone = made = 0
    for account in open_accounts(tx, root_of(tx.db, person_id)):
        gone += expire_lots(account)
        made += len(settle(tx, account).new_grant_ids)
    return gone, made


# -- phases: (tx, day of the last run or '', place, people it may cost) -> page ----------------


def _expired(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Lots whose last usable day has passed since the last run, by that day."""
    day, after = place(at or last)
    query = (
        _lots(tx)
        .where(
            (PointsEntry.expires_on >= day)
            & ((PointsEntry.expires_on > day) | (PointsEntry.id > after))
        )
        .order_by(PointsEntry.expires_on, PointsEntry.id)
        .limit(batch)
    )
    rows = tx.db.rows(query)
    people = tuple(dict.fromkeys(row[2] for row in rows))
    return _Page(people, next=next_place(rows, batch), cost=len(rows))


def _late(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Lots written since the last run that were past their day already (a late receipt)."""
    known = int(read_setting(tx.db, ENTRY, "0"))
    newest = tx.db.scalar(PointsEntry.select(fn.MAX(PointsEntry.id))) or 0
    day = fn.COALESCE(PointsEntry.expires_on, tx.today)  # by id, not through the day's index
    rows = tx.db.rows(_lots(tx, day).where(PointsEntry.id > known)) if last else []
    write_setting(tx, ENTRY, str(newest))
    return _Page(tuple(dict.fromkeys(row[2] for row in rows)), cost=1 + len(rows))


def _lots(tx: Tx, expires_on: Any = PointsEntry.expires_on) -> Any:
    """Lots past their last usable day that were never written off: (day, id, person)."""
    done = PointsEntry.alias()
    return (
        PointsEntry.select(PointsEntry.expires_on, PointsEntry.id, PointsEntry.person_id)
        .join(done, JOIN.LEFT_OUTER, on=(done.expired_lot_id == PointsEntry.id))
        .where((expires_on < tx.today) & done.id.is_null())
    )


def _calendar(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """People for whom the calendar brings something by itself: a granted tier or a paid term that
    ran out, a tier to renew, a new year, quarter or month of a quota (E38, E43, E48, E57)."""
    day, after = place(at)
    query = (
        Standing.select(Standing.next_on, Standing.person_id)
        .where(
            Standing.next_on.is_null(False)
            & (Standing.next_on <= tx.today)
            & (Standing.next_on >= day)
            & ((Standing.next_on > day) | (Standing.person_id > after))
        )
        .order_by(Standing.next_on, Standing.person_id)
        .limit(batch)
    )
    rows = tx.db.rows(query)
    people = tuple(dict.fromkeys(row[1] for row in rows))
    return _Page(people, next=next_place(rows, batch), cost=1 + len(rows))


def _versions(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Everybody in a programme of which a version came into force since the last run: whoever
    reaches a tier by it moves up (E41). A page is a range of person ids."""
    begun = [
        timeline.programme_id
        for timeline in timelines(tx.db)
        if any(last < version.valid_from <= tx.today for version in timeline.versions[1:])
    ]
    if not begun or not last:
        return _Page()
    query = (
        Standing.select(Standing.person_id)
        .where((Standing.person_id > int(at or 0)) & Standing.programme_id.in_(begun))
        .group_by(Standing.person_id)
        .order_by(Standing.person_id)
        .limit(batch)
    )
    people = tuple(row[0] for row in tx.db.rows(query))
    following = str(people[-1]) if len(people) == batch else None
    return _Page(people, next=following, cost=1 + len(people))


def _lunar(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Solar days of lunar birthdays that a new year asks for (E53)."""
    count, following = top_up_page(tx, int(at or 0), batch)
    return _Page(next=None if following is None else str(following), cost=1 + count)


def _referrals(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Referrals whose cooling-off is over (E55)."""
    rewarded, alarms, places = reward_page(tx, place(at), batch)
    following = next_place(places, batch)
    return _Page(next=following, cost=1 + len(places), rewarded=rewarded, alarms=alarms)


def _close(tx: Tx, last: str, at: str, batch: int) -> _Page:
    following = close_page(tx, at, batch * ROWS)
    return _Page(next=following, cost=batch if following else 1)


def _unclaimed(tx: Tx, last: str, at: str, batch: int) -> _Page:
    made, following = unclaimed_page(tx, at, batch * ROWS)
    return _Page(tasks=made, next=following, cost=batch if following else 1)


def _birthdays(tx: Tx, last: str, at: str, batch: int) -> _Page:
    made, following = birthday_page(tx, at, last or None)
    return _Page(tasks=made, next=following, cost=1 + made // ROWS)


def _reviewed(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Tasks of plans that are due and over (E66)."""
    _, following = review_page(tx, at, batch)
    return _Page(next=following, cost=batch if following else 1)


def _planned(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Tasks that plans ask for, late postings and days off included (R146–R148, E66)."""
    tally, people, following = plans_page(tx, at, batch)
    return _Page(tasks=tally.made, next=following, cost=1 + people)


def _arrived(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Owed gifts that can be handed out now (E32)."""
    made = call_arrived(tx)
    return _Page(tasks=made, cost=1 + made // ROWS)


def _renewals(tx: Tx, last: str, at: str, batch: int) -> _Page:
    made, following = renewal_page(tx, at, batch * ROWS)
    return _Page(tasks=made, next=following, cost=1 + made // ROWS)


def _vouchers_over(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Vouchers past their last day (E45)."""
    count = expire_some(tx, batch)
    return _Page(next="on" if count == batch else None, cost=1 + count, vouchers=count)


def _vouchers_void(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Vouchers of grants that were closed for good (E61)."""
    count, seen, following = void_page(tx, int(at or 0), batch)
    after = None if following is None else str(following)
    return _Page(next=after, cost=1 + seen, vouchers=count)


def _missed(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Appointments of days that have passed to which nobody came (R096)."""
    count = close_missed(tx, last, batch * ROWS)
    return _Page(next="on" if count == batch * ROWS else None, cost=1 + count // ROWS, missed=count)


def _presets(tx: Tx, last: str, at: str, batch: int) -> _Page:
    """Shipped duties that are new to this clinic (R151), and labels for one that has none."""
    made = duties.take_up_presets(tx) + labels.take_up_presets(tx)
    return _Page(cost=1 + made // ROWS)


_PHASES: tuple[Callable[[Tx, str, str, int], _Page], ...] = (
    _expired,
    _late,
    _lunar,
    _versions,
    _calendar,
    _referrals,
    _vouchers_over,
    _vouchers_void,
    _close,
    _unclaimed,
    _arrived,
    _birthdays,
    _renewals,
    _reviewed,
    _planned,
    _missed,
    _presets,
)
