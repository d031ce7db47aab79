"""What was done for a person, as plans look at it: items of receipts, items of finished visits.

A receipt says what was done; where none is tied to a finished visit, or the one that is says no
item, the visit's own item counts. What was voided was never done.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.desk import Visit
from models.followup import FollowupTask
from models.ledgers import Receipt, ReceiptLine
from models.people import Person
from models.query import Prepared, among, numbers, slot
from services.followups.plans import plans
from services.followups.tasks import SETTLED
from services.people.aliases import group_of
from services.programmes.items import item_class

_SINCE = slot("since")


def _asked(person: Any) -> Any:
    """Condition on a column of persons: one of those asked about."""
    return among(person, slot("people"))


def _lines(own: bool) -> Prepared:
    """Lines of standing receipts of patients: those they are credited with themselves, or the
    others; each half has an index of its own."""
    whose = (
        _asked(Receipt.credited_id) & (Receipt.patient_id == Receipt.credited_id)
        if own
        else _asked(Receipt.patient_id) & (Receipt.patient_id != Receipt.credited_id)
    )
    return Prepared(
        lambda: (
            Receipt.select(
                Receipt.patient_id, Receipt.occurred_on, ReceiptLine.item_class, ReceiptLine.item
            )
            .join(
                ReceiptLine,
                JOIN.LEFT_OUTER,
                on=((ReceiptLine.receipt_id == Receipt.id) & (ReceiptLine.void == 0)),
            )
            .where(whose & (Receipt.occurred_on >= _SINCE) & (Receipt.void == 0))
            .order_by(Receipt.occurred_on, Receipt.id, ReceiptLine.id)
        )
    )


_RECEIPTS = (_lines(own=True), _lines(own=False))
_FOR_OTHERS = Prepared(
    lambda: Receipt.select(Receipt.id).where(Receipt.patient_id != Receipt.credited_id).limit(1)
)
_HAS_LINES = fn.EXISTS(
    ReceiptLine.select(ReceiptLine.id).where(
        (ReceiptLine.receipt_id == Receipt.id) & (ReceiptLine.void == 0)
    )
)
_VISITS = Prepared(
    lambda: (
        Visit.select(
            Visit.person_id,
            Visit.visit_date,
            Visit.item,
            Visit.first_visit,
            Visit.state,
            Receipt.id,
            _HAS_LINES,
        )
        .join(Receipt, JOIN.LEFT_OUTER, on=((Receipt.id == Visit.receipt_id) & (Receipt.void == 0)))
        .where(_asked(Visit.person_id) & (Visit.visit_date >= _SINCE))
        .order_by(Visit.visit_date, Visit.id)
    ),
    steady=(Visit, Receipt, ReceiptLine),
    needs=(Visit,),
)
_TASKS = Prepared(
    lambda: (
        FollowupTask.select(
            FollowupTask.person_id,
            FollowupTask.rule,
            FollowupTask.id,
            FollowupTask.cycle,
            FollowupTask.state,
            FollowupTask.closed_as,
            FollowupTask.due_on,
            FollowupTask.attempts,
        )
        .where(_asked(FollowupTask.person_id))
        .order_by(FollowupTask.id)
    )
)
_RECORDS = Prepared(
    lambda: Person.select(
        Person.id, Person.state, Person.contact_by, fn.COALESCE(Person.last_visit_on, "")
    ).where(_asked(Person.id))
)


class Record(NamedTuple):
    """What a record itself says: whether it is in use, how the person wishes to be reached, when
    they were last here ('' for never)."""

    state: str
    contact_by: str
    last_visit_on: str


class Told(NamedTuple):
    """A task there is already."""

    id: int
    cycle: str
    state: str
    closed_as: str
    due_on: str
    attempts: int

    @property
    def standing(self) -> int:
        """Which of two tasks with one cycle counts: open, then worked off, then settled."""
        if self.state == "open":
            return 2
        return 0 if self.closed_as == SETTLED else 1


class Fact(NamedTuple):
    """Something done on a day; `item` is '' where only the visit or the money is on record."""

    day: str
    item_class: str
    item: str


class Seen(NamedTuple):
    """A visit that ended: with the doctor's part done, or with a receipt."""

    day: str
    item: str
    first: bool
    billed: bool


_by_day = attrgetter("day")


class FactBook:
    """What was done for people, what tasks they have and which plans call them back, read once
    for all the plans that look at them: each of these looks at a person once and at the tasks of
    its own rule, so it need not see what the others made meanwhile."""

    def __init__(self, db: ClinicDatabase) -> None:
        self.db = db
        self._facts: dict[int, tuple[str, list[Fact], list[str]]] = {}
        self._visits: dict[int, tuple[str, list[Seen]]] = {}
        self._known: dict[int, tuple[Record, dict[str, list[Told]]]] = {}
        self._groups: dict[int, tuple[int, ...]] = {}

    @cached_property
    def _halves(self) -> tuple[Prepared, ...]:
        """The others' half is asked for only where somebody ever paid for somebody else."""
        return _RECEIPTS if _FOR_OTHERS.rows(self.db) else _RECEIPTS[:1]

    @cached_property
    def recalls(self) -> dict[str, int]:
        """The plans that call people back, by the rule of their tasks, with their months."""
        return {plan.key: plan.months for plan in plans(self.db) if plan.trigger == "recall"}

    def read_ahead(self, people: Collection[int], since: str = "") -> None:
        """Read at once what will be asked about each of these records: their tasks and, if a day
        is given, what was done since then; not what was read before. What is not read ahead is read
        when it is asked for."""
        strangers = [each for each in people if each not in self._known]
        if strangers:
            self._read(strangers)
        unknown = [each for each in people if each not in self._facts] if since else []
        if unknown:
            self._read_facts(unknown, since)

    def group(self, person_id: int) -> tuple[int, ...]:
        """Somebody who speaks for themselves, and the records merged into theirs."""
        found = self._groups.get(person_id)
        if found is None:
            found = self._groups[person_id] = group_of(self.db, person_id)
        return found

    def tasks(self, person_id: int, rule: str) -> list[Told]:
        """The tasks of a plan that were made for a record, in their order."""
        return self._about(person_id)[1].get(rule, [])

    def record(self, person_id: int) -> Record:
        """What a record itself says."""
        return self._about(person_id)[0]

    def facts(self, group: tuple[int, ...], since: str) -> list[Fact]:
        """Everything done for a person since a day, in the order of the days."""
        found: list[Fact] = []
        for person_id in group:
            known = self._facts.get(person_id)
            if known is None or since < known[0]:
                self._read_facts([person_id], since)
                known = self._facts[person_id]
            found += known[1][bisect_left(known[2], since) :]
        return found if len(group) == 1 else sorted(found, key=_by_day)

    def visits(self, group: tuple[int, ...], since: str) -> list[Seen]:
        """The visits of a person since a day that came to their end."""
        found: list[Seen] = []
        for person_id in group:
            known = self._visits.get(person_id)
            if known is None or since < known[0]:
                self._read_visits([person_id], since)
                known = self._visits[person_id]
            found += known[1]
        return [seen for seen in found if seen.day >= since]

    def _about(self, person_id: int) -> tuple[Record, dict[str, list[Told]]]:
        if person_id not in self._known:
            self._read([person_id])
        return self._known[person_id]

    def _read(self, people: list[int]) -> None:
        """Records, and their tasks by rule."""
        asked, known = numbers(people), self._known
        for person_id, *record in _RECORDS.rows(self.db, people=asked):
            known[person_id] = (Record(*record), defaultdict(list))
        for person_id, rule, *task in _TASKS.rows(self.db, people=asked):
            known[person_id][1][rule].append(Told(*task))

    def _read_facts(self, people: list[int], since: str) -> None:
        done: dict[int, list[Fact]] = {person_id: [] for person_id in people}
        asked = numbers(people)
        for half in self._halves:
            for person_id, day, kind, item in half.rows(self.db, people=asked, since=since):
                done[person_id].append(Fact(day, kind or item_class(item or ""), item or ""))
        self._read_visits(people, since)
        for person_id, facts in done.items():
            for seen in self._visits[person_id][1]:
                if not seen.billed:
                    facts.append(Fact(seen.day, item_class(seen.item), seen.item))
            facts.sort(key=_by_day)
            self._facts[person_id] = (since, facts, [fact.day for fact in facts])

    def _read_visits(self, people: list[int], since: str) -> None:
        ended: dict[int, list[Seen]] = {person_id: [] for person_id in people}
        rows = _VISITS.rows(self.db, people=numbers(people), since=since)
        for person_id, day, item, first, state, receipt_id, lines in rows:
            if state == "done" or receipt_id is not None:
                ended[person_id].append(Seen(day, item, bool(first), billed=bool(lines)))
        for person_id, visits in ended.items():
            self._visits[person_id] = (since, visits)


# -- which items a plan means ------------------------------------------------------------------

WORDS = "、"


def matching_of(kind: str, words: str) -> str:
    """How a plan keeps what it looks for: a class of items ('' for any), words of their names."""
    cleaned = (each.strip() for each in words.replace(",", WORDS).replace("，", WORDS).split(WORDS))
    return f"{kind}:{WORDS.join(dict.fromkeys(each for each in cleaned if each))}"


def matching_parts(matching: str) -> tuple[str, str]:
    """The class and the words a plan looks for."""
    kind, _, words = matching.partition(":")
    return kind, words


def meant(matching: str, facts: Iterable[Fact]) -> list[Fact]:
    """What a plan looks for among what was done: things of the class, if it names one, with one of
    its words, if it names any."""
    kind, words = matching_parts(matching)
    if kind:
        facts = [fact for fact in facts if fact.item_class == kind]
    if words:
        parts = words.split(WORDS)
        facts = [fact for fact in facts if any(word in fact.item for word in parts)]
    return list(facts)
