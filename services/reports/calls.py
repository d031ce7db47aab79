"""The month's unclaimed gifts become calls (R138)."""

from __future__ import annotations

from dataclasses import dataclass

from models.followup import FollowupTask
from models.gifts import EntitlementGrant
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.followups.tasks import UNCLAIMED
from services.reports.month import unclaimed
from services.reports.sheet import Ask
from services.reports.spans import checked

_CHUNK = 500
_COLUMNS = ("person_id", "rule", "cycle", "due_on", "state", "subject", "seq")


@dataclass(frozen=True)
class CallsMade:
    """Of so many gifts that wait, so many got a call of their own now."""

    listed: int
    made: int
    changes: Changes


@command("report.make_calls", entity="followup_task")
def make_calls(tx: Tx, *, first: str, last: str) -> CallsMade:
    """Plan a call for today about every gift of the month's list that has none yet, also when it
    is not overdue; a gift that was called about once is not listed again (E66).

    Raises RuleError for days that make no period.
    """
    checked(tx.today, first, last)
    listed = unclaimed(tx.db, Ask(first, last, tx.today))
    made: dict[tuple[int, str], tuple[object, ...]] = {}
    for start in range(0, len(listed), _CHUNK):
        some = [row.grant_id for row in listed[start : start + _CHUNK]]
        known = _known(tx, some)
        for person_id, key, name in _grants(tx, some):
            if (person_id, key) not in known:
                task = (person_id, UNCLAIMED, key, tx.today, "open", name, tx.seq)
                made[person_id, key] = task
    tx.db.insert_many(FollowupTask, _COLUMNS, made.values())
    tx.about(0, first=first, last=last, listed=len(listed), made=len(made))
    return CallsMade(len(listed), len(made), Changes((Kind.FOLLOWUP,)))


def _grants(tx: Tx, grant_ids: list[int]) -> list[tuple[int, str, str]]:
    columns = (EntitlementGrant.person_id, EntitlementGrant.grant_key, EntitlementGrant.name)
    return tx.db.rows(EntitlementGrant.select(*columns).where(EntitlementGrant.id.in_(grant_ids)))


def _known(tx: Tx, grant_ids: list[int]) -> set[tuple[int, str]]:
    """Who has a call about which of these gifts already, open or done."""
    query = (
        FollowupTask.select(FollowupTask.person_id, FollowupTask.cycle)
        .join(
            EntitlementGrant,
            on=(
                (EntitlementGrant.person_id == FollowupTask.person_id)
                & (EntitlementGrant.grant_key == FollowupTask.cycle)
            ),
        )
        .where((FollowupTask.rule == UNCLAIMED) & EntitlementGrant.id.in_(grant_ids))
    )
    return set(tx.db.rows(query))
