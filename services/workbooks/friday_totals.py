"""What the ledgers themselves say about a period: the totals that prove the Friday sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, GiftIssue, Reconciliation, ServiceUse, StockMove
from models.ledgers import PointsEntry
from models.people import Membership
from models.programmes import Programme, ProgrammeVersion
from services.gifts.period import PeriodView, closes_of
from services.i18n import tr
from services.workbooks.friday_data import spent, within
from services.workbooks.friday_unclaimed import unclaimed_grants


@dataclass(frozen=True)
class Totals:
    """Sums asked of the ledgers directly, not of the rows above: they prove the sheets."""

    book: int
    received: int
    transferred: int
    issued: int
    returned: int
    scrapped: int
    adjusted: int
    difference: int | None
    handed_out: int
    used: int
    unclaimed: int
    points: int
    joined: int


def totals(db: ClinicDatabase, view: PeriodView) -> Totals:
    """The period's totals straight from the ledgers (workbooks.md, sheet 说明)."""
    moved: dict[str, int] = dict(
        db.rows(
            StockMove.select(StockMove.kind, fn.SUM(StockMove.quantity))
            .where(within(StockMove.seq, view) & (StockMove.kind != "count"))
            .group_by(StockMove.kind)
        )
    )
    counted_before = (
        StockMove.select(fn.SUM(StockMove.quantity))
        .join(Reconciliation, on=(Reconciliation.id == StockMove.reconciliation_id))
        .where(Reconciliation.cutoff_seq <= view.from_seq)
    )
    moved_before = StockMove.select(fn.SUM(StockMove.quantity)).where(
        (StockMove.seq <= view.cutoff_seq) & (StockMove.kind != "count")
    )
    difference = None
    if view.row is not None and view.signed:
        # a correction posted only what it changed: the closes before it count with it
        closes = [row.id for row in closes_of(db, view.row)]
        own = StockMove.select(fn.SUM(StockMove.quantity))
        difference = _number(db, own.where(StockMove.reconciliation_id.in_(closes)))
    return Totals(
        book=_number(db, moved_before) + _number(db, counted_before),
        received=moved.get("receive", 0),
        transferred=moved.get("transfer", 0),
        issued=-moved.get("issue", 0),
        returned=moved.get("return", 0),
        scrapped=-moved.get("scrap", 0),
        adjusted=moved.get("adjust", 0),
        difference=difference,
        handed_out=_number(
            db,
            GiftIssue.select(fn.SUM(GiftIssue.quantity)).where(within(GiftIssue.seq, view)),
        ),
        used=_number(
            db,
            ServiceUse.select(fn.SUM(ServiceUse.quantity)).where(within(ServiceUse.seq, view)),
        ),
        unclaimed=_number(db, unclaimed_grants(view, fn.COUNT(EntitlementGrant.id))),
        points=-_number(db, PointsEntry.select(fn.SUM(PointsEntry.points)).where(spent(view))),
        joined=_number(
            db, Membership.select(fn.COUNT(Membership.id)).where(within(Membership.seq, view))
        ),
    )


def _number(db: ClinicDatabase, query: Any) -> int:
    return int(db.scalar(query) or 0)


def programmes(db: ClinicDatabase, view: PeriodView) -> list[str]:
    """Every signed programme version in force at the end of the period: name, number, since."""
    rows = db.rows(
        ProgrammeVersion.select(
            Programme.name, ProgrammeVersion.number, ProgrammeVersion.valid_from
        )
        .join(Programme, on=(Programme.id == ProgrammeVersion.programme_id))
        .where(
            (Programme.state == "active")
            & (ProgrammeVersion.valid_from <= view.ended_on)
            & (ProgrammeVersion.seq <= view.cutoff_seq)
        )
        .order_by(Programme.name, ProgrammeVersion.valid_from, ProgrammeVersion.number)
    )
    sentence = tr("{name} 第 {number} 版({since} 起)")
    newest = {
        name: sentence.format(name=name, number=number, since=since) for name, number, since in rows
    }
    return list(newest.values())
