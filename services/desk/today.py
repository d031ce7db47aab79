"""The today strip: what waits, in numbers that cost next to nothing."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.desk import Visit
from models.gifts import Gift
from models.ledgers import TierEvent, TierNotice
from models.people import Person
from models.system import Audit
from services.clock import days_between, plus_days
from services.desk.followups import count_calls
from services.gifts.lists import count_due
from services.gifts.period import current, friday_of, last_close

CAP = 1000
WEEK = 7


@dataclass(frozen=True)
class TodayCounts:
    """What the day holds. A count stops at `CAP` (1,000): show '999+'.

    `visits` are people who came today, `waiting` those not yet treated; `notices` upgrades one
    of the two posts has still to tell. `friday_in_days` until the next Friday whose count is
    not closed (0: today); `friday_missed`: the last one was not closed though there were gifts.
    """

    visits: int
    waiting: int
    gifts_due: int
    calls_due: int
    notices: int
    friday_in_days: int
    reconciliation_open: bool
    friday_missed: bool


def today_counts(db: ClinicDatabase, today: str) -> TodayCounts:
    """Count what waits today."""
    return TodayCounts(
        visits=_visits(db, today, ("waiting", "called", "in_treatment", "done")),
        waiting=_visits(db, today, ("waiting", "called")),
        gifts_due=count_due(db, today, CAP),
        calls_due=count_calls(db, today, CAP),
        notices=_notices(db),
        friday_in_days=_friday_in_days(db, today),
        reconciliation_open=current(db) is not None,
        friday_missed=_friday_missed(db, today),
    )


def _visits(db: ClinicDatabase, today: str, states: tuple[str, ...]) -> int:
    query = Visit.select(Visit.state).where((Visit.visit_date == today) & Visit.state.in_(states))
    return int(query.count(db))


def _notices(db: ClinicDatabase) -> int:
    query = (
        TierNotice.select(TierNotice.id)
        .join(TierEvent, on=(TierEvent.id == TierNotice.tier_event_id))
        .join(Person, on=(Person.id == TierEvent.person_id))
        .where(TierNotice.told_on.is_null() & (Person.state == "active"))
    )
    return int(query.limit(CAP).count(db))


def _friday_in_days(db: ClinicDatabase, today: str) -> int:
    friday = friday_of(today)
    last = last_close(db)
    if last is not None and last.week >= friday:
        friday = plus_days(last.week, WEEK)
    return days_between(today, friday)


def _friday_missed(db: ClinicDatabase, today: str) -> bool:
    friday = plus_days(friday_of(today), -WEEK)
    last = last_close(db)
    if last is not None and last.week >= friday:
        return False
    known = Gift.select(Gift.id).join(Audit, on=(Audit.seq == Gift.seq))
    return db.row(known.where(Audit.business_date <= friday).limit(1)) is not None
