"""The today strip: what waits, in numbers that cost next to nothing."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.desk import Visit
from models.gifts import Gift
from models.ledgers import TierEvent, TierNotice
from models.people import Person
from models.query import Prepared, slot
from models.system import Audit
from services.clock import days_between, plus_days
from services.desk.visit_steps import QUEUE
from services.duties.board import count_duties
from services.feedback.voices import count_late
from services.followups.calls import count_calls
from services.gifts.appointment import Appointment, appointment
from services.gifts.lists import count_due
from services.gifts.period import current, default_week, friday_of, last_close
from services.gifts.promises import open_promises
from services.reports.handed import handover_due

CAP = 1000
CAME = (*QUEUE, "in_treatment", "done")
WEEK = 7
_STATES = Prepared(
    lambda: (
        Visit.select(Visit.state, fn.COUNT())
        .where(Visit.visit_date == slot("today"))
        .group_by(Visit.state)
    )
)
_NOTICES = Prepared(
    lambda: (
        TierNotice.select(TierNotice.id)
        .join(TierEvent, on=(TierEvent.id == TierNotice.tier_event_id))
        .join(Person, on=(Person.id == TierEvent.person_id))
        .where(TierNotice.told_on.is_null() & (Person.state == "active"))
        .limit(slot("cap"))
    )
)


@dataclass(frozen=True)
class TodayCounts:
    """What the day holds. A count stops at `CAP` (1,000): show '999+'.

    `visits` are people who came today, `waiting` those not yet treated; `notices` upgrades one
    of the two posts has still to tell. `friday_in_days` until the next count that is not closed
    (0: today; negative: a holiday moved it, and nobody did it); `friday_moved_by`: the holiday
    that moves it; `friday_missed`: the last one was not closed though there were gifts.
    `arrived` are people whose owed gift is there now; `monday_due`: last week's new members are
    still to be handed over and signed for (R137). `duties` wait for this post, `duties_late` of
    them are past their day, `duties_of_others` wait for other posts. `voices_due` are
    complaints, requests and suggestions to be answered by today, `voices_late` those of them
    that wait too long (R151).
    """

    visits: int
    waiting: int
    gifts_due: int
    calls_due: int
    notices: int
    friday_in_days: int
    reconciliation_open: bool
    friday_missed: bool
    friday_moved_by: str = ""
    arrived: int = 0
    monday_due: bool = False
    duties: int = 0
    duties_late: int = 0
    duties_of_others: int = 0
    voices_due: int = 0
    voices_late: int = 0


@dataclass(frozen=True)
class FridayMissed:
    """A count that was due and is not done. `friday` names its week, `day` was its day.

    `merged`: it can no longer be done alone, as the next count is due; that takes its week in.
    """

    friday: str
    day: str
    because: str
    merged: bool


def today_counts(db: ClinicDatabase, today: str, role: str = "") -> TodayCounts:
    """Count what waits today; of duties what waits for a post."""
    due = _friday_due(db, today)
    duties = count_duties(db, today, role)
    visits: dict[str, int] = dict(_STATES.rows(db, today=today))
    return TodayCounts(
        visits=sum(visits.get(state, 0) for state in CAME),
        waiting=sum(visits.get(state, 0) for state in QUEUE),
        gifts_due=count_due(db, today, CAP),
        arrived=len({each.person_id for each in open_promises(db, today) if each.servable}),
        calls_due=count_calls(db, today, CAP),
        notices=_notices(db),
        friday_in_days=days_between(today, due.day),
        reconciliation_open=current(db) is not None,
        friday_missed=_friday_missed(db, today),
        friday_moved_by=due.because,
        monday_due=handover_due(db, today),
        duties=duties.mine,
        duties_late=duties.late,
        duties_of_others=duties.everybody - duties.mine,
        voices_due=sum(count_late(db, plus_days(today, 1), CAP)),
        voices_late=sum(count_late(db, today, CAP)),
    )


def _notices(db: ClinicDatabase) -> int:
    return len(_NOTICES.rows(db, cap=CAP))


def friday_missed(db: ClinicDatabase, today: str) -> FridayMissed | None:
    """The count that was due before today and is not done, to be reminded of (R144)."""
    if current(db) is not None:
        return None
    due = _friday_due(db, today)
    if due.day < today and _gifts_known(db, due.day):
        return FridayMissed(due.friday, due.day, due.because, merged=False)
    if not _friday_missed(db, today):
        return None
    last = appointment(db, plus_days(friday_of(today), -WEEK))
    merged = default_week(db, today) != last.friday
    return FridayMissed(last.friday, last.day, last.because, merged)


def _friday_due(db: ClinicDatabase, today: str) -> Appointment:
    friday = friday_of(today)
    last = last_close(db)
    if last is not None and last.week >= friday:
        friday = plus_days(last.week, WEEK)
    return appointment(db, friday)


def _friday_missed(db: ClinicDatabase, today: str) -> bool:
    friday = plus_days(friday_of(today), -WEEK)
    last = last_close(db)
    if last is not None and last.week >= friday:
        return False
    return _gifts_known(db, friday)


def _gifts_known(db: ClinicDatabase, day: str) -> bool:
    known = Gift.select(Gift.id).join(Audit, on=(Audit.seq == Gift.seq))
    return db.row(known.where(Audit.business_date <= day).limit(1)) is not None
