"""What a visit brought: the receipt it ended with, and whatever else the person paid that day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from models.database import ClinicDatabase
from models.desk import Visit
from models.ledgers import MoneyEvent, PointsEntry, Receipt
from models.query import Prepared, slot
from services.people.aliases import group_of

_COLUMNS = (
    Receipt.id,
    Receipt.billed_fen,
    Receipt.discount_fen,
    Receipt.insured_fen,
    Receipt.covered_fen,
    Receipt.net_fen,
)
_OF_DAY = Prepared(
    lambda: Receipt.select(*_COLUMNS).where(
        (Receipt.credited_id == slot("person_id"))
        & (Receipt.occurred_on == slot("day"))
        & (Receipt.void == 0)
    )
)
_ONE = Prepared(
    lambda: Receipt.select(*_COLUMNS).where((Receipt.id == slot("id")) & (Receipt.void == 0))
)
_REFUNDED = Prepared(
    lambda: MoneyEvent.select(MoneyEvent.amount_fen).where(
        (MoneyEvent.receipt_id == slot("receipt_id")) & (MoneyEvent.kind == "refund")
    )
)
_POINTS = Prepared(
    lambda: PointsEntry.select(PointsEntry.points).where(
        (PointsEntry.receipt_id == slot("receipt_id"))
        & (PointsEntry.programme_id == slot("programme_id"))
    )
)


class Money(NamedTuple):
    """Receipts in fen, and the points they brought."""

    billed: int = 0
    reduced: int = 0
    received: int = 0
    owed: int = 0
    points: int = 0


class VisitMoney:
    """Tells what each visit of some days brought, each receipt once: a receipt that ended a visit
    with that visit, the others of a day with the person's first one. Asked in the order of the
    visits."""

    def __init__(self, db: ClinicDatabase, first: str, last: str, programme_id: int) -> None:
        self._db, self._programme_id = db, programme_id
        ended = Visit.select(Visit.receipt_id).where(
            (Visit.visit_date >= first)
            & (Visit.visit_date <= last)
            & Visit.receipt_id.is_null(False)
        )
        self._ended = {int(row[0]) for row in db.rows(ended)}
        self._seen: set[tuple[str, int]] = set()

    def of_visit(self, person_id: int, on: str, receipt_id: int | None) -> Money:
        """What a visit of `person_id` (who speaks for the group) on a day brought."""
        rows = [] if receipt_id is None else _ONE.rows(self._db, id=receipt_id)
        if (on, person_id) not in self._seen:
            self._seen.add((on, person_id))
            for each in group_of(self._db, person_id):
                paid = _OF_DAY.rows(self._db, person_id=each, day=on)
                rows += [row for row in paid if row[0] not in self._ended]
        return self._sum(rows)

    def _sum(self, rows: Iterable[tuple[int, ...]]) -> Money:
        found = Money()
        for receipt_id, billed, discount, insured, covered, net in rows:
            back = -sum(row[0] for row in _REFUNDED.rows(self._db, receipt_id=receipt_id))
            points = _POINTS.rows(self._db, receipt_id=receipt_id, programme_id=self._programme_id)
            found = Money(
                found.billed + billed,
                found.reduced + billed - discount,
                found.received + net,
                found.owed + max(billed - discount - insured - covered - net - back, 0),
                found.points + sum(row[0] for row in points),
            )
        return found
