"""What a plan would bring if it were switched on: how many tasks in the next days, and for whom.

The facts of today are known; what will be done in the next weeks is not. For plans that follow a
treatment or a visit the last days stand in for the next ones. Reading only; it looks at many
people, so a window runs it beside itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from models.database import ClinicDatabase
from models.people import Person
from services.clock import plus_days
from services.commands import head_of_chain
from services.followups.facts import FactBook
from services.followups.looking import Look
from services.followups.plan_changes import beginning_of
from services.followups.plans import Plan
from services.followups.sources import Looking, sources
from services.followups.triggers import MADE_HERE, Wanted
from services.people.aliases import root_of
from services.reports.posted import last_before

DAYS = 30
SHOWN = 200
_PAGE = 500
_FOLLOWING = (
    "item",
    "first_visit",
    "tier",
    "survey",
    "label",
    "referral",
)  # on facts nobody knows ahead


@dataclass(frozen=True)
class ComingRow:
    """A task that would come."""

    person_id: int
    number: str
    name: str
    due_on: str
    subject: str


@dataclass(frozen=True)
class Coming:
    """`total` tasks are due by the last day, of which `rows` are the first; `usual` is how many the
    last days would have brought where nobody knows what will be done, else None. `known` is False
    for a plan that has always been on and is not reckoned ahead."""

    total: int
    rows: tuple[ComingRow, ...]
    usual: int | None
    known: bool = True


def coming(
    db: ClinicDatabase,
    today: str,
    plan: Plan,
    from_on: str | None = None,
    told: Callable[[], None] | None = None,
) -> Coming:
    """What would be due from today until `DAYS` days on if the plan began on `from_on` (today by
    default). `told` is called now and then and may raise to stop it."""
    if plan.trigger not in MADE_HERE:
        return Coming(0, (), None, known=False)
    last = plus_days(today, DAYS)
    found = [
        (each.due_on, person_id, each.subject)
        for person_id, each in _tasks(db, today, plan, from_on or today, last, told)
        if each.due_on <= last
    ]
    usual = None
    if plan.trigger in _FOLLOWING:
        before = plus_days(today, -DAYS)
        usual = sum(
            int(each.cycle.rpartition(".")[2]) <= DAYS
            for _, each in _tasks(db, today, plan, before, today, told)
        )
    found.sort()
    return Coming(len(found), _rows(db, found[:SHOWN]), usual)


def _tasks(
    db: ClinicDatabase,
    today: str,
    plan: Plan,
    from_on: str,
    last: str,
    told: Callable[[], None] | None,
) -> Iterator[tuple[int, Wanted]]:
    """Every task the plan would make, by people; what was done already is not asked again."""
    begun = replace(plan, active=True, from_on=from_on, seen_on="")
    after = last_before(db, beginning_of(begun, from_on))
    looking = Looking(begun, after, head_of_chain(db)[0], from_on, last)
    look = Look(db, today, begun, last, FactBook(db))
    seen: set[int] = set()
    for source in sources(begun, days=True):
        at: str | None = ""
        while at is not None:
            if told is not None:
                told()
            found = source.page(db, looking, at, _PAGE)
            for person_id in (root_of(db, each) for each in found.people):
                if person_id not in seen:
                    seen.add(person_id)
                    missing = look.at(person_id).missing
                    if missing and look.meant_for(person_id):
                        yield from ((person_id, each) for each, _ in missing)
            at = found.next


def _rows(db: ClinicDatabase, found: list[tuple[str, int, str]]) -> tuple[ComingRow, ...]:
    columns = (Person.id, Person.number, Person.name)
    people = Person.select(*columns).where(Person.id.in_([each[1] for each in found]))
    known = {person_id: (number, name) for person_id, number, name in db.rows(people)}
    return tuple(
        ComingRow(person_id, *known[person_id], due_on, subject)
        for due_on, person_id, subject in found
    )
