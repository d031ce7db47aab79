"""The stored points account: rows of the append-only ledger under the verbs of `lots`.

The verbs run inside a command and keep the account in step; the caller stores it with
`services.loyalty.standing.settle`. A merged person's lots are the survivor's (E62).
"""

from __future__ import annotations

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.ledgers import PointsAllocation, PointsEntry, Receipt
from models.query import Prepared, slot
from services.commands import Tx
from services.people.aliases import group_of
from services.programmes.lots import (
    GRACE_DAYS,
    Account,
    Lot,
    Source,
    credit,
    debit,
    expire_lots,
    expiry_of,
    give_back,
    pay_owed,
    usable,
)
from services.programmes.registry import Timeline

__all__ = [
    "GRACE_DAYS",
    "Account",
    "Lot",
    "Source",
    "StoredAccount",
    "awarded",
    "credit",
    "debit",
    "expire_lots",
    "expiry_of",
    "give_back",
    "open_lots",
    "pay_owed",
    "usable",
    "usable_lots",
]

_AWARDED = Prepared(
    lambda: PointsEntry.select(fn.COALESCE(fn.SUM(PointsEntry.points), 0)).where(
        (PointsEntry.receipt_id == slot("receipt_id"))
        & (PointsEntry.person_id == slot("person_id"))
        & (PointsEntry.programme_id == slot("programme_id"))
    )
)
_LOTS = Prepared(
    lambda: (
        PointsEntry.select(
            PointsEntry.id,
            PointsEntry.points - fn.COALESCE(fn.SUM(PointsAllocation.points), 0),
            PointsEntry.receipt_id,
            PointsEntry.expires_on,
            PointsEntry.occurred_on,
        )
        .join(PointsAllocation, JOIN.LEFT_OUTER, on=(PointsAllocation.lot_id == PointsEntry.id))
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (PointsEntry.points > 0)
            & (PointsEntry.kind != "return")
        )
        .group_by(PointsEntry.id)
    )
)
_OWED = Prepared(  # only reversals may lack points (E17)
    lambda: (
        PointsEntry.select(
            PointsEntry.id,
            PointsEntry.points * -1 - fn.COALESCE(fn.SUM(PointsAllocation.points), 0),
        )
        .join(PointsAllocation, JOIN.LEFT_OUTER, on=(PointsAllocation.debit_id == PointsEntry.id))
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (PointsEntry.points < 0)
            & (PointsEntry.kind == "reversal")
        )
        .group_by(PointsEntry.id)
    )
)
_CREDITED = Prepared(lambda: Receipt.select(Receipt.credited_id).where(Receipt.id == slot("id")))
_ENTERED = Prepared(
    lambda: PointsEntry.select(PointsEntry.person_id).where(PointsEntry.id == slot("id"))
)
_TAKEN = Prepared(
    lambda: (
        PointsAllocation.select(
            PointsAllocation.lot_id, PointsAllocation.points, PointsEntry.expires_on
        )
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.lot_id))
        .where((PointsAllocation.debit_id == slot("debit_id")) & (PointsAllocation.points > 0))
        .order_by(PointsAllocation.id.desc())
    )
)


class StoredAccount(Account):
    """A person's points under one programme, as rows of the clinic. `group`: the person and those
    merged into them, where that is known without looking."""

    def __init__(
        self,
        tx: Tx,
        person_id: int,
        timeline: Timeline,
        available: int = 0,
        deficit: int = 0,
        *,
        group: tuple[int, ...] = (),
    ) -> None:
        super().__init__(timeline, available, deficit)
        self._tx = tx
        self.person_id = person_id
        self.seq = 0  # of the command that stored the standing
        self._group = group

    @property
    def programme_id(self) -> int:
        """The programme whose points these are."""
        return self.timeline.programme_id

    @property
    def today(self) -> str:
        return self._tx.today

    @property
    def group(self) -> tuple[int, ...]:
        """The person and those merged into them; looked up when first needed."""
        self._group = self._group or group_of(self._tx.db, self.person_id)
        return self._group

    def lots(self) -> list[Lot]:
        return open_lots(self._tx.db, self.group, self.programme_id)

    def owed(self) -> list[tuple[int, int]]:
        rows = [
            (int(debit_id), int(lacks))
            for person_id in self.group
            for debit_id, lacks in _OWED.rows(
                self._tx.db, person_id=person_id, programme_id=self.programme_id
            )
        ]
        return sorted(rows)

    def taken(self, debit_id: int) -> list[tuple[int, int, str | None]]:
        return [(row[0], row[1], row[2]) for row in _TAKEN.rows(self._tx.db, debit_id=debit_id)]

    def entry(self, points: int, source: Source) -> int:
        return self._tx.db.insert(
            PointsEntry,
            person_id=self._owner(source),
            programme_id=self.programme_id,
            version_id=self.timeline.at(source.on).id,
            kind=source.kind,
            points=points,
            tier_counting=int(source.tier_counting),
            receipt_id=source.receipt_id,
            money_event_id=source.money_event_id,
            reverses_id=source.reverses_id,
            expired_lot_id=source.expired_lot_id,
            occurred_on=source.on,
            expires_on=source.expires_on,
            reason=source.reason,
            seq=self._tx.seq,
            complaint_id=source.complaint_id,
            referral_id=source.referral_id,
        )

    def _owner(self, source: Source) -> int:
        """Whose row it is: what hangs on a merged person's row stays theirs (E62)."""
        if len(self.group) > 1:
            db = self._tx.db
            for row in (
                _CREDITED.row(db, id=source.receipt_id),
                _ENTERED.row(db, id=source.reverses_id),
                _ENTERED.row(db, id=source.expired_lot_id),
            ):
                if row is not None and row[0] in self.group:
                    return int(row[0])
        return self.person_id

    def recount(self) -> None:
        """Take the balance from the rows instead of the standing: a merge or its end moves it."""
        lots = self.lots()
        self.available = sum(lot.remaining for lot in lots)
        self.deficit = sum(lacks for _, lacks in self.owed())

    def allocate(self, debit_id: int, lot_id: int, points: int) -> None:
        self._tx.db.insert(
            PointsAllocation, debit_id=debit_id, lot_id=lot_id, points=points, seq=self._tx.seq
        )


def awarded(db: ClinicDatabase, group: tuple[int, ...], programme_id: int, receipt_id: int) -> int:
    """Points a receipt has given this person so far, net of reversals (E1)."""
    total = 0
    for person_id in group:
        row = _AWARDED.row(
            db, receipt_id=receipt_id, person_id=person_id, programme_id=programme_id
        )
        total += int(row[0]) if row else 0
    return total


def open_lots(db: ClinicDatabase, group: tuple[int, ...], programme_id: int) -> list[Lot]:
    """Lots with something left, in the order they are consumed: expiry, earned, id (E21)."""
    lots = [
        Lot(*row)
        for person_id in group
        for row in _LOTS.rows(db, person_id=person_id, programme_id=programme_id)
        if row[1] > 0
    ]
    return sorted(lots, key=lambda lot: (lot.expires_on or "9999", lot.earned_on, lot.id))


def usable_lots(db: ClinicDatabase, today: str, person_id: int, programme_id: int) -> list[Lot]:
    """The lots that a person may spend today, in the order they are consumed (E21, E22): `usable`
    for those who only read."""
    lots = open_lots(db, group_of(db, person_id), programme_id)
    return [lot for lot in lots if lot.usable_on(today)]
