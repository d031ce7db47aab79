"""In which order people are called, read no further than somebody looks (R146).

Open calls lie in an index by their kind, the tier of whoever is called and the day (schema 6).
One range of it is in order already, so the list is merged from the heads of a few dozen ranges: a
clinic with a hundred thousand calls to make reads as many of them as one with a hundred.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from peewee import Select, fn

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.query import Prepared, slot
from models.system import Staff
from services.followups.cooldown import may_offer_after, rests_since
from services.followups.plans import plans
from services.followups.tasks import UNSUPPORTED

TREATMENT = "item"  # trigger of the plans that look after a treatment
_PAGE = 100

Due = tuple[str, int, int]
"""A call that is due: its day, the task, the person."""


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
            found &= _of_nobody()
        if self.rule:
            found &= FollowupTask.rule == self.rule
        if self.post:
            found &= FollowupTask.post == self.post
        return found


ALL = Wanted()


def _of_nobody() -> Any:
    here = Staff.select(Staff.id).where(Staff.active == 1)
    return FollowupTask.assigned_to.is_null() | FollowupTask.assigned_to.not_in(here)


def _call() -> Any:
    """Condition, as the index has it: somebody is to be telephoned."""
    return (FollowupTask.state == "open") & (FollowupTask.channel == "phone")


def _every_range() -> Any:
    """Each kind of call with the tiers of those who wait for it: one look into the index for each,
    from one to the next."""
    task = FollowupTask.alias()
    call = (task.state == "open") & (task.channel == "phone")
    rules = (
        task.select(fn.MIN(task.rule)).where(call).cte("rules", recursive=True, columns=("rule",))
    )
    next_rule = task.select(fn.MIN(task.rule)).where(call & (task.rule > rules.c.rule))
    rules = rules.union_all(Select([rules], [next_rule]).where(rules.c.rule.is_null(False)))
    highest = task.select(fn.MAX(task.held)).where(call & (task.rule == rules.c.rule))
    tiers = (
        Select([rules], [rules.c.rule, highest])
        .where(rules.c.rule.is_null(False))
        .cte("tiers", recursive=True, columns=("rule", "held"))
    )
    lower = task.select(fn.MAX(task.held)).where(
        call & (task.rule == tiers.c.rule) & (task.held < tiers.c.held)
    )
    tiers = tiers.union_all(
        Select([tiers], [tiers.c.rule, lower]).where(tiers.c.held.is_null(False))
    )
    found = Select([tiers], [tiers.c.rule, tiers.c.held]).where(tiers.c.held.is_null(False))
    return found.with_cte(rules, tiers)


_RANGES = Prepared(_every_range)
_RANGE = Prepared(
    lambda: (
        FollowupTask.select(FollowupTask.due_on, FollowupTask.id, FollowupTask.person_id)
        .where(
            _call()
            & (FollowupTask.rule == slot("rule"))
            & (FollowupTask.held == slot("held"))
            & (FollowupTask.due_on >= slot("day"))
            & ((FollowupTask.due_on > slot("day")) | (FollowupTask.id > slot("after")))
            & (FollowupTask.due_on <= slot("today"))
            & ((slot("overdue") == 0) | (FollowupTask.due_on < slot("today")))
            & (slot("staff").is_null() | (FollowupTask.assigned_to == slot("staff")))
            & ((slot("unassigned") == 0) | _of_nobody())
            & ((slot("post") == "") | (FollowupTask.post == slot("post")))
            & may_offer_after(slot("since"))  # or most of a mailing's people are read in vain
        )
        .order_by(FollowupTask.due_on, FollowupTask.id)
        .limit(slot("limit"))
    )
)


_HOW_MANY = Prepared(
    lambda: FollowupTask.select(fn.COUNT()).where(_call() & (FollowupTask.rule == slot("rule")))
)
_FIRST_DUE = Prepared(
    lambda: FollowupTask.select(fn.MIN(FollowupTask.due_on)).where(
        _call() & (FollowupTask.rule == slot("rule")) & (FollowupTask.held == slot("held"))
    )
)


def waiting_calls(db: ClinicDatabase, rule: str) -> tuple[int, str | None]:
    """How many calls of a rule wait, due or not, and when the first one is due."""
    number = int(_HOW_MANY.rows(db, rule=rule)[0][0])
    days = [_first_due(db, each, held) for each, held in _ranges(db) if each == rule]
    return number, min(days, default=None)


def due_people(
    db: ClinicDatabase, today: str, wanted: Wanted, urgent: Iterable[int]
) -> Iterator[int]:
    """Who has a call due that is wanted, in the order of the list: the `urgent` first, then
    treatments, the highest tier, the longest due; each once.

    Whether there is still something to say, and may be said, is for the reader to see.
    """
    treatments = {plan.key for plan in plans(db) if plan.trigger == TREATMENT}
    ranges = [each for each in _ranges(db) if not wanted.rule or each[0] == wanted.rule]
    first = [each for each in ranges if each[0] in treatments]
    rest = [each for each in ranges if each[0] not in treatments]
    asked = {
        "today": today,
        "overdue": int(wanted.overdue),
        "staff": wanted.staff_id,
        "unassigned": int(wanted.unassigned),
        "post": wanted.post,
        "since": rests_since(db, today),
    }
    streams = (_by_tier(db, asked, some) for some in (first, rest))
    seen: set[int] = set()
    for person_id in chain(_urgent(db, today, wanted, urgent, treatments), *streams):
        if person_id not in seen:
            seen.add(person_id)
            yield person_id


def due_rules(db: ClinicDatabase, today: str) -> list[str]:
    """The rules of which a telephone call is due."""
    due = (rule for rule, held in _ranges(db) if _first_due(db, rule, held) <= today)
    return list(dict.fromkeys(due))


def _first_due(db: ClinicDatabase, rule: str, held: int) -> str:
    return str(_FIRST_DUE.rows(db, rule=rule, held=held)[0][0])


def _ranges(db: ClinicDatabase) -> list[tuple[str, int]]:
    """Every kind of call there is, by name, with each tier of those who wait for it."""
    calls = (each for each in _RANGES.rows(db) if each[0] != UNSUPPORTED)  # a question is no call
    return sorted(calls, key=lambda each: (each[0], -each[1]))


def _by_tier(
    db: ClinicDatabase, asked: dict[str, Any], ranges: list[tuple[str, int]]
) -> Iterator[int]:
    for tier in sorted({held for _, held in ranges}, reverse=True):
        mine = [_walk(db, asked, rule, held) for rule, held in ranges if held == tier]
        for _, _, person_id in heapq.merge(*mine):
            yield person_id


def _walk(db: ClinicDatabase, asked: dict[str, Any], rule: str, held: int) -> Iterator[Due]:
    """One range of the index, a page at a time."""
    rows = _range(db, asked, rule, held)
    while rows:
        yield from rows
        rows = _range(db, asked, rule, held, rows[-1]) if len(rows) == _PAGE else []


def _range(
    db: ClinicDatabase, asked: dict[str, Any], rule: str, held: int, after: Due = ("", 0, 0)
) -> list[Any]:
    return _RANGE.rows(db, rule=rule, held=held, day=after[0], after=after[1], limit=_PAGE, **asked)


def _urgent(
    db: ClinicDatabase, today: str, wanted: Wanted, people: Iterable[int], treatments: set[str]
) -> list[int]:
    query = FollowupTask.select(
        FollowupTask.person_id,
        FollowupTask.rule,
        FollowupTask.held,
        FollowupTask.due_on,
        FollowupTask.id,
    ).where(
        FollowupTask.person_id.in_(sorted(people))
        & _call()
        & (FollowupTask.rule != UNSUPPORTED)
        & wanted.condition(db, today)
    )
    rows = db.rows(query)
    rows.sort(key=lambda row: (row[1] not in treatments, -row[2], *row[3:]))
    return [row[0] for row in rows]
