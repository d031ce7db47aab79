"""What was done for a person, as plans look at it: items of receipts, items of finished visits.

A receipt says what was done; where none is tied to a finished visit, or the one that is says no
item, the visit's own item counts. What was voided was never done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.desk import Visit
from models.followup import FollowupTask
from models.ledgers import Receipt, ReceiptLine
from models.people import Person
from models.query import Prepared, slot
from services.followups.plans import plans
from services.followups.tasks import SETTLED
from services.programmes.items import item_class

_PERSON, _SINCE = slot("person_id"), slot("since")


def _lines(own: bool) -> Prepared:
    """Lines of standing receipts of a patient: those they are credited with themselves, or the
    others; each half has an index of its own."""
    whose = (
        (Receipt.credited_id == _PERSON) & (Receipt.patient_id == Receipt.credited_id)
        if own
        else (Receipt.patient_id == _PERSON) & (Receipt.patient_id != Receipt.credited_id)
    )
    return Prepared(
        lambda: (
            Receipt.select(Receipt.occurred_on, ReceiptLine.item_class, ReceiptLine.item)
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
            Visit.visit_date, Visit.item, Visit.first_visit, Visit.state, Receipt.id, _HAS_LINES
        )
        .join(Receipt, JOIN.LEFT_OUTER, on=((Receipt.id == Visit.receipt_id) & (Receipt.void == 0)))
        .where((Visit.person_id == _PERSON) & (Visit.visit_date >= _SINCE))
        .order_by(Visit.visit_date, Visit.id)
    ),
    steady=(Visit, Receipt, ReceiptLine),
    needs=(Visit,),
)


_TASKS = Prepared(
    lambda: (
        FollowupTask.select(
            FollowupTask.rule,
            FollowupTask.id,
            FollowupTask.cycle,
            FollowupTask.state,
            FollowupTask.closed_as,
            FollowupTask.due_on,
            FollowupTask.attempts,
        )
        .where(FollowupTask.person_id == _PERSON)
        .order_by(FollowupTask.id)
    )
)
_RECORD = Prepared(
    lambda: Person.select(Person.state, Person.contact_by).where(Person.id == _PERSON)
)


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


class FactBook:
    """What was done for people, what tasks they have and which plans call them back, read once
    for all the plans that look at them: each of these looks at a person once and at the tasks of
    its own rule, so it need not see what the others made meanwhile."""

    def __init__(self, db: ClinicDatabase) -> None:
        self.db = db
        self._facts: dict[tuple[int, ...], tuple[str, list[Fact]]] = {}
        self._visits: dict[tuple[int, ...], tuple[str, list[Seen]]] = {}
        self._tasks: dict[int, dict[str, list[Told]]] = {}
        self._records: dict[int, tuple[str, str]] = {}

    @cached_property
    def _halves(self) -> tuple[Prepared, ...]:
        """The others' half is asked for only where somebody ever paid for somebody else."""
        return _RECEIPTS if _FOR_OTHERS.rows(self.db) else _RECEIPTS[:1]

    @cached_property
    def recalls(self) -> dict[str, int]:
        """The plans that call people back, by the rule of their tasks, with their months."""
        return {plan.key: plan.months for plan in plans(self.db) if plan.trigger == "recall"}

    def tasks(self, person_id: int, rule: str) -> list[Told]:
        """The tasks of a plan that were made for a record, in their order."""
        known = self._tasks.get(person_id)
        if known is None:
            known = self._tasks[person_id] = defaultdict(list)
            for of, *task in _TASKS.rows(self.db, person_id=person_id):
                known[of].append(Told(*task))
        return known.get(rule, [])

    def record(self, person_id: int) -> tuple[str, str]:
        """The state of a record, and how the person wishes to be reached."""
        known = self._records.get(person_id)
        if known is None:
            known = self._records[person_id] = _RECORD.rows(self.db, person_id=person_id)[0]
        return known

    def facts(self, group: tuple[int, ...], since: str) -> list[Fact]:
        """Everything done for a person since a day, in the order of the days."""
        start, known = self._facts.get(group, ("", []))
        if not start or since < start:
            known = sorted(self._read(group, since), key=lambda fact: fact.day)
            self._facts[group] = (since, known)
        return [fact for fact in known if fact.day >= since]

    def visits(self, group: tuple[int, ...], since: str) -> list[Seen]:
        """The visits of a person since a day that came to their end."""
        start, known = self._visits.get(group, ("", []))
        if not start or since < start:
            rows = [
                row for each in group for row in _VISITS.rows(self.db, person_id=each, since=since)
            ]
            known = [
                Seen(day, item, bool(first), billed=bool(lines))
                for day, item, first, state, receipt_id, lines in rows
                if state == "done" or receipt_id is not None
            ]
            self._visits[group] = (since, known)
        return [seen for seen in known if seen.day >= since]

    def _read(self, group: tuple[int, ...], since: str) -> Iterator[Fact]:
        for person_id in group:
            for half in self._halves:
                for day, kind, item in half.rows(self.db, person_id=person_id, since=since):
                    yield Fact(day, kind or item_class(item or ""), item or "")
        for seen in self.visits(group, since):
            if not seen.billed:
                yield Fact(seen.day, item_class(seen.item), seen.item)


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


def meant(matching: str, fact: Fact) -> bool:
    """Whether a plan looks for what was done: the class, if it names one, and one of its words,
    if it names any."""
    kind, words = matching_parts(matching)
    if kind and kind != fact.item_class:
        return False
    return not words or any(word in fact.item for word in words.split(WORDS))
