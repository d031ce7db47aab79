"""Whom a plan has to look at again: what was written since it last looked, and what a day brings.

Rows are found by their numbers (so a receipt of last week that is written today is not missed) or
by an index of days; no table that grows is read from end to end. A page answers people and where
the next page begins.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import peewee

from models.database import ClinicDatabase
from models.desk import Visit
from models.gifts import EntitlementGrant, GrantBefore, ServiceUse
from models.groups import PersonLabel
from models.ledgers import MoneyEvent, PointsEntry, Receipt, TierEvent
from models.people import Person
from models.query import Prepared, slot
from models.reception import VisitStep
from services.clock import plus_days, plus_months
from services.followups.plans import Plan
from services.followups.tasks import next_place, place
from services.reports.posted import Posted, command_of, ids, posted

_SLACK = 3  # days that month ends may add to a sum of months


class Looking(NamedTuple):
    """What a plan has not looked at yet: commands after `after` up to `until`, and due days from
    `first` to `last`."""

    plan: Plan
    after: int
    until: int
    first: str
    last: str


class Found(NamedTuple):
    """People to look at, and the place of the next page; None after the last one."""

    people: tuple[int, ...]
    next: str | None


Page = Callable[[ClinicDatabase, Looking, str, int], Found]


class Source(NamedTuple):
    """Where a plan looks: by pages of so many rows, from a place on ('' for the first); `table`
    is the append-only one whose new rows are meant, None for the calendar. `common`: every plan
    that has looked as far finds the same people here."""

    page: Page
    table: type[peewee.Model] | None = None
    common: bool = False


class Heads:
    """How far the tables that plans look at are written, asked once for all the plans."""

    def __init__(self, db: ClinicDatabase) -> None:
        self._db = db
        row = _newest()[1].rows(db)[0]
        self._seq = dict(zip(_newest()[0], (int(seq or 0) for seq in row), strict=True))
        self._next: dict[tuple[type[peewee.Model], int, int], tuple[int, bool]] = {}

    def waiting(self, plan: Plan) -> bool:
        """Whether something was written that the plan may mean and has not looked at."""
        return any(self._seq[table] > plan.seen_seq for table in _tables(plan))

    def too_large(self, plan: Plan, most: int) -> bool:
        """Whether the next command a plan has to look at wrote as many as `most` rows into one
        table, as a large import does: nobody waits for that at the desk."""
        spans = [
            self._next_command(table, plan.seen_seq, most)
            for table in _tables(plan)
            if self._seq[table] > plan.seen_seq
        ]
        first = min((seq for seq, _ in spans), default=0)
        return any(seq == first and many for seq, many in spans)

    def _next_command(self, table: type[peewee.Model], after: int, most: int) -> tuple[int, bool]:
        """The first command after `after` that wrote into a table, and whether it wrote `most`
        rows or more."""
        found = self._next.get((table, after, most))
        if found is None:
            begin = ids(self._db, table, Posted(after, after)).until
            first = command_of(self._db, table, begin + 1)
            last = command_of(self._db, table, begin + most)
            found = self._next[table, after, most] = (first, first == last)
        return found


def complete(db: ClinicDatabase, source: Source, found: Found, until: int) -> int:
    """The last command of which a page of a source says everything: `until`, or when the page is
    full the one before that of its last row."""
    if found.next is None or source.table is None:
        return until
    return command_of(db, source.table, int(found.next)) - 1


def _tables(plan: Plan) -> list[type[peewee.Model]]:
    return [each.table for each in sources(plan, days=False) if each.table is not None]


@cache
def _newest() -> tuple[tuple[type[peewee.Model], ...], Prepared]:
    """The tables plans look at, and the newest command of each in one statement."""
    each = {source.table: None for of in _WRITTEN.values() for source in of if source.table}
    tables = tuple(each)
    return tables, Prepared(lambda: peewee.Select(None, [_last_of(table) for table in tables]))


def _last_of(table: type[peewee.Model]) -> Any:
    older: Any = table.alias()
    key: Any = table._meta.fields["id"]
    number: Any = table._meta.fields["seq"]
    return table.select(number).where(key == older.select(peewee.fn.MAX(older.id)))


def sources(plan: Plan, *, days: bool) -> tuple[Source, ...]:
    """Where a plan looks, in order: at what was written, then, with `days`, at the calendar."""
    return _WRITTEN.get(plan.trigger, ()) + (_DAYS.get(plan.trigger, ()) if days else ())


def in_common(plan: Plan) -> tuple[Source, ...]:
    """Where a plan looks, if it finds the same people there as every other plan that looks there;
    else nothing."""
    found = sources(plan, days=True)
    return found if all(source.common for source in found) else ()


# -- what was written --------------------------------------------------------------------------


def _written(
    table: type[peewee.Model],
    query: Callable[[], Any],
    values: Callable[[Plan, str], dict[str, Any]] | None = None,
) -> Source:
    """Rows of an append-only table by their ids; `query` selects id and person, `values` fills
    its slots from the plan and the last day."""
    key: Any = table._meta.fields["id"]
    rows_of = Prepared(
        lambda: (
            query()
            .where((key > slot("after")) & (key <= slot("until")))
            .order_by(key)
            .limit(slot("limit"))
        )
    )

    def page(db: ClinicDatabase, looking: Looking, at: str, limit: int) -> Found:
        span = ids(db, table, Posted(looking.after, looking.until))
        after = max(span.after, int(at or 0))
        if after >= span.until:
            return Found((), None)
        more = {} if values is None else values(looking.plan, looking.last)
        rows = rows_of.rows(db, after=after, until=span.until, limit=limit, **more)
        following = str(rows[-1][0]) if len(rows) == limit else None
        return Found(tuple(dict.fromkeys(row[1] for row in rows)), following)

    return Source(page, table, common=values is None)


def _receipts() -> Any:
    """Of a patient's receipts on and on, the last: nobody is looked at for those before it."""
    later = Receipt.alias()
    again = later.select(later.id).where(
        (later.credited_id == Receipt.patient_id)
        & (later.patient_id == Receipt.patient_id)
        & (later.occurred_on >= Receipt.occurred_on)
        & (later.id > Receipt.id)
        & (later.id <= slot("until"))
    )
    return Receipt.select(Receipt.id, Receipt.patient_id).where(~peewee.fn.EXISTS(again))


def _taken_back() -> Any:
    """Money given back or moved: the receipt may be void, or somebody else's now."""
    return (
        MoneyEvent.select(MoneyEvent.id, Receipt.patient_id)
        .join(Receipt, on=(Receipt.id == MoneyEvent.receipt_id))
        .where(MoneyEvent.kind != "payment")
    )


def _steps() -> Any:
    return VisitStep.select(VisitStep.id, Visit.person_id).join(
        Visit, on=(Visit.id == VisitStep.visit_id)
    )


def _tiers() -> Any:
    return TierEvent.select(TierEvent.id, TierEvent.person_id)


def _new_grants() -> Any:
    """Grants that end so soon that the calendar has gone past them already."""
    return EntitlementGrant.select(EntitlementGrant.id, EntitlementGrant.person_id).where(
        (EntitlementGrant.kind == "service") & (EntitlementGrant.valid_to <= slot("soon"))
    )


def _soon(plan: Plan, last: str) -> dict[str, Any]:
    return {"soon": plus_days(last, -min(plan.offsets))}


def _changed_grants() -> Any:
    """Grants that were closed, opened again, or made more or less."""
    return GrantBefore.select(GrantBefore.id, EntitlementGrant.person_id).join(
        EntitlementGrant, on=(EntitlementGrant.id == GrantBefore.grant_id)
    )


def _uses() -> Any:
    return ServiceUse.select(ServiceUse.id, ServiceUse.person_id)


def _entries() -> Any:
    return PointsEntry.select(PointsEntry.id, PointsEntry.person_id)


def _people() -> Any:
    return Person.select(Person.id, Person.id)


def _labels() -> Any:
    return PersonLabel.select(PersonLabel.id, PersonLabel.person_id).where(
        PersonLabel.label_id == slot("label_id")
    )


def _label_of(plan: Plan, _last: str) -> dict[str, Any]:
    return {"label_id": int(plan.matching or 0)}


def _brought() -> Any:
    return Person.select(Person.id, Person.referrer_id).where(Person.referrer_id.is_null(False))


def _brought_came() -> Any:
    """Who brought whoever came, if that was said only later."""
    return (
        VisitStep.select(VisitStep.id, Person.referrer_id)
        .join(Visit, on=(Visit.id == VisitStep.visit_id))
        .join(Person, on=(Person.id == Visit.person_id))
        .where(Person.referrer_id.is_null(False))
    )


_TREATED = (
    _written(Receipt, _receipts),
    _written(MoneyEvent, _taken_back),
    _written(VisitStep, _steps),
)
_WRITTEN: dict[str, tuple[Source, ...]] = {
    "item": _TREATED,
    "recall": _TREATED,
    "first_visit": _TREATED,
    "survey": _TREATED,
    "tier": (_written(TierEvent, _tiers),),
    "quota": (
        _written(EntitlementGrant, _new_grants, _soon),
        _written(GrantBefore, _changed_grants),
        _written(ServiceUse, _uses),
    ),
    "points": (_written(PointsEntry, _entries),),
    "idle": (_written(VisitStep, _steps), _written(Person, _people)),
    "label": (_written(PersonLabel, _labels, _label_of),),
    "referral": (_written(Person, _brought), _written(VisitStep, _brought_came)),
}


# -- what a day brings -------------------------------------------------------------------------


def _on_days(table: type[peewee.Model], column: Any, person: Any, *conditions: Any) -> Source:
    """Rows by an index of days, in the order of the days."""
    key: Any = table._meta.fields["id"]

    def page(db: ClinicDatabase, looking: Looking, at: str, limit: int) -> Found:
        first, last = _window(looking)
        day, after = place(at or first)
        query = table.select(column, key, person).where(
            (column >= day) & ((column > day) | (key > after)) & (column <= last), *conditions
        )
        rows = db.rows(query.order_by(column, key).limit(limit))
        return Found(tuple(dict.fromkeys(row[2] for row in rows)), next_place(rows, limit))

    return Source(page)


def _enrolled(db: ClinicDatabase, looking: Looking, at: str, limit: int) -> Found:
    """People by the day their record was made, which rises with its number."""
    span = ids(db, Person, posted(db, *_window(looking)))
    key: Any = Person.id
    after = max(span.after, int(at or 0))
    query = Person.select(key).where((key > after) & (key <= span.until)).order_by(key)
    people = tuple(row[0] for row in db.rows(query.limit(limit)))
    return Found(people, str(people[-1]) if len(people) == limit else None)


def _window(looking: Looking) -> tuple[str, str]:
    """The days of events whose due days are meant, rather too many than too few."""
    offsets, months = looking.plan.offsets, -looking.plan.months
    first = plus_days(plus_months(looking.first, months), -max(offsets) - _SLACK)
    return first, plus_days(plus_months(looking.last, months), -min(offsets) + _SLACK)


_DAYS: dict[str, tuple[Source, ...]] = {
    "quota": (
        _on_days(
            EntitlementGrant,
            EntitlementGrant.valid_to,
            EntitlementGrant.person_id,
            EntitlementGrant.state == "open",
            EntitlementGrant.kind == "service",
        ),
    ),
    "points": (_on_days(PointsEntry, PointsEntry.expires_on, PointsEntry.person_id),),
    "idle": (_on_days(Person, Person.last_visit_on, Person.id),),
    "review": (_on_days(Person, Person.reviewed_on, Person.id), Source(_enrolled)),
}
