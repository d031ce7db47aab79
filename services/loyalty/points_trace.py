"""Where every point came from and went, and what ends when: to answer a patient who disputes.

Debits are tied to the lots they consumed by stored allocations, so nothing here is reckoned anew
(E20, E27).
"""

from __future__ import annotations

from dataclasses import dataclass

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.ledgers import PointsAllocation, PointsEntry, Receipt
from models.people import Person
from models.query import Prepared, slot
from services.clock import days_between, plus_days
from services.loyalty.ledger import usable_lots
from services.people.aliases import group_of, root_of
from services.programmes.registry import Timeline

BUCKETS = (30, 60, 90)
SOON = BUCKETS[0]

_COLUMNS = (
    PointsEntry.id,
    PointsEntry.occurred_on,
    PointsEntry.kind,
    PointsEntry.expires_on,
    PointsEntry.reason,
    Receipt.number,
    fn.SUM(PointsAllocation.points),
)
_OF_DEBIT = Prepared(
    lambda: (
        PointsAllocation.select(*_COLUMNS)
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.lot_id))
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.id == PointsEntry.receipt_id))
        .where(PointsAllocation.debit_id == slot("id"))
        .group_by(PointsEntry.id)
        .having(fn.SUM(PointsAllocation.points) > 0)
        .order_by(PointsEntry.expires_on, PointsEntry.id)
    )
)
_OF_LOT = Prepared(
    lambda: (
        PointsAllocation.select(*_COLUMNS)
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.debit_id))
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.id == PointsEntry.receipt_id))
        .where(PointsAllocation.lot_id == slot("id"))
        .group_by(PointsEntry.id)
        .having(fn.SUM(PointsAllocation.points) > 0)
        .order_by(PointsEntry.id)
    )
)
_DEBIT = PointsEntry.alias()
_OF_RETURN = Prepared(  # allocations have no index by command: the person's debits lead there
    lambda: (
        _DEBIT.select(*_COLUMNS[:-1], fn.SUM(PointsAllocation.points) * -1)
        .join(PointsAllocation, on=(PointsAllocation.debit_id == _DEBIT.id))
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.lot_id))
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.id == PointsEntry.receipt_id))
        .where(
            (_DEBIT.person_id == slot("person_id"))
            & (_DEBIT.points < 0)
            & (PointsAllocation.seq == slot("seq"))
            & (PointsAllocation.points < 0)
        )
        .group_by(PointsEntry.id)
        .order_by(PointsEntry.expires_on, PointsEntry.id)
    )
)
_ENTRY = Prepared(
    lambda: PointsEntry.select(
        PointsEntry.points, PointsEntry.kind, PointsEntry.seq, PointsEntry.person_id
    ).where(PointsEntry.id == slot("id"))
)


@dataclass(frozen=True)
class Piece:
    """Points that one entry shares with another: of a debit the lot they came from, of a credit
    what they went to, of points given back the lot they are in again."""

    entry_id: int
    occurred_on: str
    kind: str
    expires_on: str | None
    reason: str
    receipt_number: str
    points: int


@dataclass(frozen=True)
class Trace:
    """The other side of an entry. `open_points`: of a credit what is left, of a debit what is
    still owed (E17)."""

    entry_id: int
    points: int
    pieces: tuple[Piece, ...]
    open_points: int


@dataclass(frozen=True)
class Ending:
    """Points of one lot and their last usable day; None lives for ever."""

    entry_id: int
    earned_on: str
    expires_on: str | None
    points: int


@dataclass(frozen=True)
class Schedule:
    """What ends when (E27): sums within 30, 60 and 90 days from today, and every lot."""

    within: tuple[tuple[int, int], ...]
    lots: tuple[Ending, ...]

    @property
    def total(self) -> int:
        """All points that may be spent today."""
        return sum(lot.points for lot in self.lots)


@dataclass(frozen=True)
class Expiring:
    """A person with points that end soon."""

    person_id: int
    number: str
    name: str
    expires_on: str
    points: int


def trace(db: ClinicDatabase, entry_id: int) -> Trace:
    """Both directions of one ledger entry. Raises LookupError for an unknown one."""
    row = _ENTRY.row(db, id=entry_id)
    if row is None:
        raise LookupError(entry_id)
    points, kind, seq, person_id = row
    if kind == "return":  # no lot of its own: the points are back where they came from (E18)
        rows = [
            found
            for each in group_of(db, root_of(db, person_id))
            for found in _OF_RETURN.rows(db, seq=seq, person_id=each)
        ]
    else:
        rows = (_OF_DEBIT if points < 0 else _OF_LOT).rows(db, id=entry_id)
    pieces = tuple(
        Piece(i, on, what, ends, reason, number or "", int(shared))
        for i, on, what, ends, reason, number, shared in rows
    )
    return Trace(entry_id, points, pieces, abs(points) - sum(piece.points for piece in pieces))


def schedule(db: ClinicDatabase, today: str, person_id: int, timeline: Timeline) -> Schedule:
    """A person's lots by their end, those that are over left out (E22, E27)."""
    lots = [
        Ending(lot.id, lot.earned_on, lot.expires_on, lot.remaining)
        for lot in usable_lots(db, today, person_id, timeline.programme_id)
    ]
    within = tuple(
        (days, sum(lot.points for lot in lots if _ends_within(lot, today, days)))
        for days in BUCKETS
    )
    return Schedule(within, tuple(lots))


def _ends_within(lot: Ending, today: str, days: int) -> bool:
    return lot.expires_on is not None and days_between(today, lot.expires_on) <= days


def expiring(db: ClinicDatabase, today: str, days: int, limit: int = 1000) -> list[Expiring]:
    """People whose points end within so many days, the first to end first; for calls and lists
    (R034, E27)."""
    left = PointsEntry.points - fn.COALESCE(fn.SUM(PointsAllocation.points), 0)
    query = (
        PointsEntry.select(PointsEntry.person_id, PointsEntry.expires_on, left)
        .join(PointsAllocation, JOIN.LEFT_OUTER, on=(PointsAllocation.lot_id == PointsEntry.id))
        .where(
            (PointsEntry.expires_on >= today)
            & (PointsEntry.expires_on <= plus_days(today, days))
            & (PointsEntry.points > 0)
            & (PointsEntry.kind != "return")
        )
        .group_by(PointsEntry.id)
        .having(left > 0)
        .order_by(PointsEntry.expires_on, PointsEntry.person_id)
    )
    sums: dict[int, tuple[str, int]] = {}
    for owner, ends, points in db.rows(query):
        person_id = root_of(db, owner)
        first, total = sums.get(person_id, (ends, 0))
        sums[person_id] = (first, total + points)
        if len(sums) > limit:
            break
    names = _names(db, list(sums)[:limit])
    return [
        Expiring(person_id, *names[person_id], ends, points)
        for person_id, (ends, points) in sums.items()
        if person_id in names
    ]


def _names(db: ClinicDatabase, people: list[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(people), 500):
        query = Person.select(Person.id, Person.number, Person.name).where(
            Person.id.in_(people[start : start + 500]) & (Person.state == "active")
        )
        found |= {person_id: (number, name) for person_id, number, name in db.rows(query)}
    return found
