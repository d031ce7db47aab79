"""Nobody hears offers too often: after one, a time of rest before the next (front-desk 4.3).

An offer is a call with a marketing reason that reached somebody, or a marketing letter or message.
Only marketing waits; what is a service is said whenever it is due, and a call that somebody agreed
to comes on its day, to count as an offer then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Mailing, MailingPerson
from models.people import PersonAlias
from models.query import Prepared, slot
from services.clock import plus_days
from services.commands import read_setting
from services.followups.outcomes import REACHED, standing
from services.people.aliases import root_of
from services.setup import MARKETING_COOLDOWN

DEFAULT_DAYS = 30
OFFERED = (*REACHED, "sent")


def cooldown_days(db: ClinicDatabase) -> int:
    """How many days lie between two offers to the same person; 0 for no rest."""
    return int(read_setting(db, MARKETING_COOLDOWN, str(DEFAULT_DAYS)))


def resting(db: ClinicDatabase, today: str) -> Any:
    """Condition on `FollowupTask.person_id`: an offer reached the person within the days of rest,
    in whichever of their records (E62)."""
    since = rests_since(db, today)
    told = {row[0] for each in _TO_MERGED for row in each.rows(db, since=since)}
    survivors = sorted({root_of(db, person_id) for person_id in told})
    condition = _told(since)
    return condition | FollowupTask.person_id.in_(survivors) if survivors else condition


def rests_since(db: ClinicDatabase, today: str) -> str:
    """Whoever an offer reached after this day rests."""
    return plus_days(today, -cooldown_days(db))


def may_offer(db: ClinicDatabase, today: str) -> Any:
    """Condition on a task: it is a service, its person may hear an offer again, or asked for it."""
    return (FollowupTask.marketing == 0) | ~resting(db, today) | _agreed()


def may_offer_after(since: Any) -> Any:
    """The same of the records tasks are made for, without those merged into them; `since` as
    `rests_since` has it, or the slot for it."""
    return (FollowupTask.marketing == 0) | ~_told(since) | _agreed()


def _agreed() -> Any:
    """Condition on a task: the command that planned it wrote down a call."""
    call = FollowupAttempt.alias()
    return fn.EXISTS(call.select(call.id).where(call.seq == FollowupTask.seq))


def _told(since: Any) -> Any:
    calls, letters = _offers(since, lambda person: person == FollowupTask.person_id)
    return fn.EXISTS(calls) | fn.EXISTS(letters)


def _offers(since: Any, whom: Callable[[Any], Any]) -> tuple[Any, Any]:
    """The people to whom an offer went after `since`, by calls and by letters; `whom` is a
    condition on the column of their ids."""
    task = FollowupTask.alias()
    calls = (
        FollowupAttempt.select(FollowupAttempt.person_id)
        .join(task, on=(task.id == FollowupAttempt.task_id))
        .where(
            whom(FollowupAttempt.person_id)
            & FollowupAttempt.outcome.in_(OFFERED)
            & (FollowupAttempt.occurred_on > since)
            & (task.marketing == 1)
            & standing()
        )
    )
    letters = (
        MailingPerson.select(MailingPerson.person_id)
        .join(Mailing, on=(Mailing.id == MailingPerson.mailing_id))
        .where(
            whom(MailingPerson.person_id)
            & (Mailing.occurred_on > since)
            & (Mailing.marketing == 1)
            & (Mailing.clear == 1)  # a masked list reaches nobody
        )
    )
    return calls, letters


def _to_merged(which: int) -> Prepared:
    """What went to records that were merged into another one: by calls, or by letters."""
    merged = PersonAlias.select(PersonAlias.merged_id).where(PersonAlias.unmerged_seq.is_null())
    return Prepared(lambda: _offers(slot("since"), lambda person: person.in_(merged))[which])


_TO_MERGED = (_to_merged(0), _to_merged(1))
