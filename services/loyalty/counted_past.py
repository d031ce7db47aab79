"""Points of a receipt that are only counted: written down for a past before the programme, and
never to be spent. What receipts gave so far, and what a refund of them takes (E15, E17, E42).
"""

from __future__ import annotations

from typing import Any

from peewee import fn

from models.ledgers import PointsAllocation, PointsEntry, Standing
from models.programmes import ProgrammeChange
from models.query import Prepared, slot
from services.commands import Tx
from services.loyalty.ledger import Source, StoredAccount, debit
from services.loyalty.standing import Folded

_LAPSED = PointsEntry.alias()
_AWARDED = Prepared(
    lambda: (
        PointsEntry.select(PointsEntry.receipt_id, fn.SUM(PointsEntry.points))
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & PointsEntry.receipt_id.is_null(False)
        )
        .group_by(PointsEntry.receipt_id)
    )
)
_COUNTED = Prepared(  # what is only counted of a receipt: (what let it lapse, lot, points)
    lambda: (
        PointsAllocation.select(
            PointsAllocation.debit_id, PointsAllocation.lot_id, fn.SUM(PointsAllocation.points)
        )
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.lot_id))
        .switch(PointsAllocation)
        .join(_LAPSED, on=(_LAPSED.id == PointsAllocation.debit_id))
        .where(
            (PointsEntry.receipt_id == slot("receipt_id"))
            & (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (_LAPSED.kind == "expire")
            & (fn.COALESCE(_LAPSED.expired_lot_id, 0) == 0)  # not by the index: most have none
        )
        .group_by(PointsAllocation.debit_id, PointsAllocation.lot_id)
        .order_by(PointsAllocation.lot_id)
    )
)
_BROUGHT = Prepared(
    lambda: (
        ProgrammeChange.select(ProgrammeChange.id)
        .join(Standing, on=(Standing.programme_id == ProgrammeChange.from_programme_id))
        .where(
            (ProgrammeChange.to_programme_id == slot("programme_id"))
            & ProgrammeChange.reversed_seq.is_null()
            & (Standing.person_id == slot("person_id"))
            & (Standing.available == 0)
        )
        .limit(1)
    )
)
BESIDE: dict[str, Any] = {"receipt_id": None, "money_event_id": None, "tier_counting": False}


Differences = list[tuple[int, int]]


def differences(tx: Tx, account: StoredAccount, folded: Folded) -> tuple[Differences, Differences]:
    """Receipts that are worth more points than they have given, and those worth less."""
    gave: dict[int, int] = {}
    for person_id in account.group:
        ids = {"person_id": person_id, "programme_id": account.programme_id}
        for receipt_id, points in _AWARDED.rows(tx.db, **ids):
            gave[receipt_id] = gave.get(receipt_id, 0) + points
    more: Differences = []
    less: Differences = []
    for receipt_id, worth in folded.evaluation.receipt_points.items():
        difference = worth - gave.get(receipt_id, 0)
        if difference > 0:
            more.append((receipt_id, difference))
        elif difference < 0:
            less.append((receipt_id, -difference))
    return more, less


def take_back(tx: Tx, account: StoredAccount, source: Source, points: int) -> None:
    """Take back points of the receipt `source` names (E15, E17); the debt may exceed what is left.

    Points that were only counted never could be spent, so their refund takes nothing; but where
    a cut-over brought the old programme's points over, they are what it takes (E42).
    """
    counted = 0 if _brought_over(tx, account) else release(tx, account, source, points)
    if counted:  # the refund has its row already (E2)
        source = source._replace(money_event_id=None)
    if points > counted:
        debit(account, points - counted, source, may_owe=True)


def release(tx: Tx, account: StoredAccount, source: Source, points: int) -> int:
    """Reverse up to `points` that were only counted for the receipt: the reversal takes them from
    their lots, and what let them lapse takes a new lot instead. Answers how many."""
    parts = _counted_parts(tx, account, source.receipt_id, points)
    total = sum(part for _, _, part in parts)
    if total:
        reversal = account.entry(-total, source)
        balance = account.entry(total, source._replace(kind="adjust", **BESIDE))
        for lapsed, lot_id, part in parts:
            account.allocate(lapsed, lot_id, -part)
            account.allocate(lapsed, balance, part)
            account.allocate(reversal, lot_id, part)
    return total


def _counted_parts(
    tx: Tx, account: StoredAccount, receipt_id: int | None, points: int
) -> list[tuple[int, int, int]]:
    """(what let it lapse, lot, points) of what is only counted for the receipt, up to `points`."""
    parts = []
    for person_id in account.group:
        ids = {"person_id": person_id, "programme_id": account.programme_id}
        for lapsed, lot_id, counted in _COUNTED.rows(tx.db, receipt_id=receipt_id, **ids):
            part = min(int(counted), points)
            parts.append((lapsed, lot_id, part))
            points -= part
    return [each for each in parts if each[2]]


def _brought_over(tx: Tx, account: StoredAccount) -> bool:
    """Whether a cut-over that still stands brought this person's points into the programme:
    nothing of them stayed behind in the old one."""
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    return bool(_BROUGHT.rows(tx.db, **ids))
