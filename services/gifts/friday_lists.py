"""What the Friday tab shows: the blind sheet, the comparison, the drill-down, past shrinkage."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.gifts import Gift
from services.errors import RuleError
from services.gifts import stock
from services.gifts.period import ComparedRow, PeriodRow, period, periods, stored_lines
from services.i18n import tr


@dataclass(frozen=True)
class CountRow:
    """A line to count: never the book quantity (blind)."""

    gift_id: int
    code: str
    name: str
    spec: str
    unit: str
    place: str
    counted: int | None


@dataclass(frozen=True)
class GiftShrinkage:
    """Counted minus book of one gift in one closed week, both places; worth at today's cost."""

    gift_id: int
    name: str
    difference: int
    cost_fen: int


@dataclass(frozen=True)
class ClosedWeek:
    """A closed period with its differences; gifts without one are left out."""

    period: PeriodRow
    shrinkage: tuple[GiftShrinkage, ...]


def count_sheet(db: ClinicDatabase, reconciliation_id: int) -> list[CountRow]:
    """The lines to count, by code, the warehouse first. Blind: there is no book quantity here."""
    return [
        CountRow(row.gift_id, row.code, row.name, row.spec, row.unit, row.place, row.counted)
        for row in stored_lines(db, period(db, reconciliation_id))
    ]


def comparison(db: ClinicDatabase, reconciliation_id: int) -> list[ComparedRow]:
    """Every line with book, count and difference. Raises RuleError before the comparison."""
    row = period(db, reconciliation_id)
    if row.state not in ("compared", "closed"):
        raise RuleError(tr("还没有比对。请先点完全部礼品，再点“比对”。"))
    return stored_lines(db, row)


def movements(
    db: ClinicDatabase,
    reconciliation_id: int,
    *,
    gift_id: int | None = None,
    place: str | None = None,
) -> list[stock.MoveRow]:
    """Every move of the period with who and when, newest first, its own count moves included."""
    row = period(db, reconciliation_id)
    found = stock.moves(
        db, gift_id=gift_id, place=place, after_seq=row.from_seq, until_seq=row.cutoff_seq
    )
    own: list[stock.MoveRow] = []
    if row.closed_seq is not None:
        own = stock.moves(
            db,
            gift_id=gift_id,
            place=place,
            after_seq=row.closed_seq - 1,
            until_seq=row.closed_seq,
        )
    return own + [move for move in found if move.kind != "count"]


def history(db: ClinicDatabase, limit: int | None = 8) -> list[ClosedWeek]:
    """Closed weeks, newest first, with what each gift was short (negative) or over."""
    costs: dict[int, int] = dict(db.rows(Gift.select(Gift.id, Gift.cost_fen)))
    weeks = []
    for row in periods(db, limit=limit):
        found: dict[int, GiftShrinkage] = {}
        for line in stored_lines(db, row):
            before = found.get(line.gift_id)
            difference = (before.difference if before else 0) + (line.difference or 0)
            found[line.gift_id] = GiftShrinkage(
                line.gift_id, line.name, difference, difference * costs[line.gift_id]
            )
        weeks.append(ClosedWeek(row, tuple(gift for gift in found.values() if gift.difference)))
    return weeks
