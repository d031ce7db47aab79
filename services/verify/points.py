"""Points: entries against the standing, allocations against lots and debits."""

from __future__ import annotations

from operator import add

import peewee
from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.ledgers import PointsAllocation, PointsEntry, Standing
from services.people.aliases import roots
from services.verify.report import Findings, Watch

_ZERO = (0, 0, 0, 0)


def check_points(db: ClinicDatabase, found: Findings, watch: Watch) -> None:
    """earned, available and deficit of every standing are what the points ledger says.

    Σ entries = available − deficit; available = Σ what is left of lots; deficit = Σ what debits
    still lack; earned = Σ entries that count for tiers. People who were merged are one account;
    in a programme out of use their standings lie beside each other still (E62).
    """
    merged = roots(db)
    taken = _by_root(_taken(db), merged)
    watch.breathe()
    sums = _by_root(_sums(db), merged)
    watch.breathe()
    query = Standing.select(
        Standing.person_id,
        Standing.programme_id,
        Standing.earned,
        Standing.available,
        Standing.deficit,
    )
    standings = {(row[0], row[1]): row[2:] for row in checks.stream(db, query)}
    for account, (earned, available, deficit) in _by_root(standings, merged).items():
        person_id = account[0]
        total, counting, lots, debits = sums.pop(account, _ZERO)
        from_lots, for_debits = taken.get(account, (0, 0))
        if earned != counting:
            found.add("standing.earned", person_id)
        if available - deficit != total:
            found.add("standing.balance", person_id)
        if available != lots - from_lots:
            found.add("standing.available", person_id)
        if deficit != debits - for_debits:
            found.add("standing.deficit", person_id)
    for person_id, _ in sums:
        found.add("standing.missing", person_id)
    found.count("points_entries", db.scalar(PointsEntry.select(fn.COUNT(PointsEntry.id))))


def _by_root(
    figures: dict[tuple[int, int], tuple[int, ...]], merged: dict[int, int]
) -> dict[tuple[int, int], tuple[int, ...]]:
    """Figures by account, those of merged people added to the survivor's."""
    if not merged:
        return figures
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for (person_id, programme_id), row in figures.items():
        account = (merged.get(person_id, person_id), programme_id)
        known = found.get(account, (0,) * len(row))
        found[account] = tuple(map(add, known, row))
    return found


def _when(condition: object, value: object) -> peewee.Case:
    return peewee.Case(None, ((condition, value),), 0)


def _sums(db: ClinicDatabase) -> dict[tuple[int, int], tuple[int, ...]]:
    """Per account: Σ all, Σ tier counting, Σ lots, Σ debits not given back (positive).

    A 'return' is no lot: it undoes a debit, whose points go back to the lots they came from.
    """
    points, kind = PointsEntry.points, PointsEntry.kind
    person = PointsEntry.person_id + 0
    lot = _when((points > 0) & (kind != "return"), points)
    debit = _when((points < 0) | (kind == "return"), points * -1)
    query = PointsEntry.select(
        person,
        PointsEntry.programme_id,
        fn.SUM(points),
        fn.SUM(points * PointsEntry.tier_counting),
        fn.SUM(lot),
        fn.SUM(debit),
    ).group_by(person, PointsEntry.programme_id)
    return {(row[0], row[1]): row[2:] for row in checks.stream(db, query)}


def _taken(db: ClinicDatabase) -> dict[tuple[int, int], tuple[int, ...]]:
    """Per account: points allocated from its lots, and to its debits. `+ 0` keeps SQLite from going
    through every entry for the few that were allocated."""
    taken: dict[tuple[int, int], tuple[int, ...]] = {}
    person = PointsEntry.person_id + 0
    for index, side in enumerate((PointsAllocation.lot_id, PointsAllocation.debit_id)):
        query = (
            PointsAllocation.select(
                person, PointsEntry.programme_id, fn.SUM(PointsAllocation.points)
            )
            .join(PointsEntry, on=(PointsEntry.id == side))
            .group_by(person, PointsEntry.programme_id)
        )
        for person_id, programme_id, points in checks.stream(db, query):
            pair = list(taken.get((person_id, programme_id), (0, 0)))
            pair[index] = points
            taken[person_id, programme_id] = (pair[0], pair[1])
    return taken


def check_allocations(db: ClinicDatabase, found: Findings) -> None:
    """0 ≤ Σ per lot ≤ lot; 0 ≤ Σ per debit ≤ debit; both sides of one account."""
    used = fn.SUM(PointsAllocation.points)
    lots = (
        PointsAllocation.select(PointsAllocation.lot_id)
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.lot_id))
        .group_by(PointsAllocation.lot_id)
        .having((used < 0) | (used > PointsEntry.points))
    )
    for (entry_id,) in checks.stream(db, lots):
        found.add("points.lot", entry_id)
    back = PointsEntry.alias()
    given_back = fn.COALESCE(back.points, 0)
    debits = (
        PointsAllocation.select(PointsAllocation.debit_id)
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.debit_id))
        .join(
            back,
            JOIN.LEFT_OUTER,
            on=((back.reverses_id == PointsEntry.id) & (back.kind == "return")),
        )
        .group_by(PointsAllocation.debit_id)
        .having((used < 0) | (used + PointsEntry.points + given_back > 0))
    )
    for (entry_id,) in checks.stream(db, debits):
        found.add("points.debit", entry_id)
    lot, debit = PointsEntry.alias(), PointsEntry.alias()
    crossed = (
        PointsAllocation.select(
            fn.MIN(PointsAllocation.id),
            lot.person_id,
            debit.person_id,
            (lot.programme_id != debit.programme_id) | (lot.points < 0) | (debit.points > 0),
            fn.SUM(PointsAllocation.points),
        )
        .join(lot, on=(lot.id == PointsAllocation.lot_id))
        .join(debit, on=(debit.id == PointsAllocation.debit_id))
        .where(
            (lot.person_id != debit.person_id)
            | (lot.programme_id != debit.programme_id)
            | (lot.points < 0)
            | (debit.points > 0)
        )
        .group_by(PointsAllocation.lot_id, PointsAllocation.debit_id)
    )
    merged = roots(db)
    for allocation_id, of_lot, of_debit, wrong, points in checks.stream(db, crossed):
        strangers = merged.get(of_lot, of_lot) != merged.get(of_debit, of_debit)
        if wrong or (strangers and points):  # a merge that ended gave back what it had paid
            found.add("points.allocation", allocation_id)
    found.count("allocations", db.scalar(PointsAllocation.select(fn.COUNT(PointsAllocation.id))))
