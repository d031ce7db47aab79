"""What a plan finds about one person, by reading: tasks that are missing, tasks that are over."""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

from models.database import ClinicDatabase
from models.ledgers import Standing
from models.query import Prepared, slot
from services.clock import plus_days
from services.errors import RuleError
from services.followups.facts import FactBook, Told
from services.followups.plans import Plan
from services.followups.triggers import About, Wanted, wanted
from services.groups.members import group_members
from services.people.contact import may_contact
from services.programmes.registry import main_timeline

STALE = 30
FAR = 30  # days: whoever is not in the group yet may be by then

_RANK = Prepared(
    lambda: Standing.select(Standing.rank * Standing.member).where(
        (Standing.person_id == slot("person_id")) & (Standing.programme_id == slot("programme_id"))
    )
)

_by_standing = attrgetter("standing")


class Found(NamedTuple):
    """A person's tasks of a plan: what is missing, with the id of the settled task that waits
    again if there is one, the ids of open tasks that are over, and of those that are due and about
    which nobody has called yet."""

    person_id: int
    contact_by: str
    missing: tuple[tuple[Wanted, int | None], ...]
    over: tuple[int, ...]
    due: tuple[int, ...]


class Look:
    """One plan looking at people. `until` is the last due day that is of interest where a task is
    made when it is due."""

    def __init__(
        self,
        db: ClinicDatabase,
        today: str,
        plan: Plan,
        until: str | None = None,
        book: FactBook | None = None,
    ) -> None:
        self._db = db
        self._book = book or FactBook(db)
        self._today = today
        self._plan = plan
        self._until = until or today
        self._members: frozenset[int] | None = None

    def at(self, person_id: int) -> Found:
        """What there is about somebody who speaks for themselves."""
        book = self._book
        group = book.group(person_id)
        rows = [task for each in group for task in book.tasks(each, self._plan.key)]
        known = {task.cycle: task for task in sorted(rows, key=_by_standing)}
        record = book.record(person_id)
        asked = self._asked(group, known) if record.state == "active" else {}
        if not rows and not asked:  # as a rule
            return Found(person_id, record.contact_by, (), (), ())
        waiting = [task for task in rows if task.state == "open"]
        over = tuple(task.id for task in waiting if task.cycle not in asked)
        due = tuple(
            task.id
            for task in waiting
            if task.cycle in asked and task.due_on <= self._today and not task.attempts
        )
        return Found(person_id, record.contact_by, self._missing(asked, known), over, due)

    def _asked(self, group: tuple[int, ...], known: dict[str, Told]) -> dict[str, Wanted]:
        about = About(self._book, self._today, self._until, self._plan, group)
        if known:
            cycles: tuple[list[str], list[str], list[str]] = ([], [], [])
            for cycle, task in known.items():
                cycles[task.standing].append(cycle)
            settled, worked, opened = map(frozenset, cycles)
            about = about._replace(open=opened, worked=worked, settled=settled)
        return {each.cycle: each for each in wanted(about)}

    def _missing(
        self, asked: dict[str, Wanted], known: dict[str, Told]
    ) -> tuple[tuple[Wanted, int | None], ...]:
        """What is to be made, and what waits again. Of days that are long past when they are seen
        first, nothing is made but the newest, where nothing else tells of the fact."""
        wishes = sorted(asked.values(), key=lambda each: (each.due_on, each.cycle))
        told = {cycle.rpartition(".")[0] for cycle in known}
        newest = {each.fact: each.due_on for each in wishes if each.due_on <= self._today}
        stale = plus_days(self._today, -STALE)
        found: list[tuple[Wanted, int | None]] = []
        for each in wishes:
            task = known.get(each.cycle)
            if not each.fresh or (task is not None and task.standing > 0):
                continue
            if task is not None:
                found.append((each, task.id))
            elif each.due_on >= stale or (
                each.fact not in told and newest[each.fact] == each.due_on
            ):
                found.append((each, None))
        return tuple(found)

    def meant_for(self, person_id: int) -> bool:
        """Whether the plan is for this person: offers for whoever has not said no, and the tier
        and the group it names."""
        return self.welcome(person_id) and self.chosen(person_id)

    def welcome(self, person_id: int) -> bool:
        """Whether this person may hear of it: offers are for whoever has not said no."""
        return not self._plan.marketing or may_contact(self._db, person_id, "no_objection")

    def chosen(self, person_id: int) -> bool:
        """Whether this person is of the tier and the group the plan names."""
        plan, db = self._plan, self._db
        if plan.min_rank and plan.trigger != "tier":
            programme_id = main_timeline(db).programme_id
            row = _RANK.row(db, person_id=person_id, programme_id=programme_id)
            if row is None or row[0] < plan.min_rank:
                return False
        return plan.group_id is None or person_id in self._group(plan.group_id)

    def _group(self, group_id: int) -> frozenset[int]:
        """The people of the plan's group; nobody when it is not in use any more."""
        if self._members is None:
            try:
                self._members = frozenset(group_members(self._db, self._today, group_id))
            except RuleError:
                self._members = frozenset()
        return self._members
