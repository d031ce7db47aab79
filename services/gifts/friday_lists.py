"""What the Friday tab shows: the blind sheet, the comparison, the drill-down, past shrinkage."""

from __future__ import annotations

from dataclasses import dataclass, replace

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import CountLine, Gift
from models.paperwork import CountEntry
from models.system import Audit, Staff
from services.clock import local_text
from services.errors import RuleError
from services.gifts import stock
from services.gifts.period_lines import ComparedRow, stored_lines
from services.gifts.requisitions import short_deliveries
from services.gifts.stored_periods import PeriodRow, closes_of, period, periods
from services.i18n import tr

WEEKS = 8  # so many weeks the shrinkage is shown for


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
class CountNote:
    """One number as it was entered: when, by whom, 'typed' or from a 'sheet'."""

    at: str
    counted: int
    source: str
    staff: str


@dataclass(frozen=True)
class GiftShrinkage:
    """Counted minus book of one gift in one closed week, both places; worth at today's cost."""

    gift_id: int
    name: str
    difference: int
    cost_fen: int


@dataclass(frozen=True)
class ClosedWeek:
    """A closed period with its differences; gifts without one are left out.

    `corrected`: the close this one took the place of, with who signed it then.
    """

    period: PeriodRow
    shrinkage: tuple[GiftShrinkage, ...]
    corrected: PeriodRow | None = None


@dataclass(frozen=True)
class ShrinkageLine:
    """The differences of one gift, or of all together, week by week."""

    name: str
    differences: tuple[int, ...]


@dataclass(frozen=True)
class Shrinkage:
    """The last weeks, oldest first; `total`, then the gifts with any, the largest first."""

    weeks: tuple[str, ...]
    total: ShrinkageLine
    gifts: tuple[ShrinkageLine, ...]


def count_sheet(db: ClinicDatabase, reconciliation_id: int) -> list[CountRow]:
    """The lines to count, by code, the warehouse first. Blind: there is no book quantity here."""
    return [
        CountRow(row.gift_id, row.code, row.name, row.spec, row.unit, row.place, row.counted)
        for row in stored_lines(db, period(db, reconciliation_id))
    ]


def comparison(db: ClinicDatabase, reconciliation_id: int) -> list[ComparedRow]:
    """Every line with book, count, what was counted first, and difference.

    Raises RuleError before the comparison.
    """
    row = period(db, reconciliation_id)
    if row.state not in ("compared", "closed"):
        raise RuleError(tr("还没有比对。请先点完全部礼品，再点“比对”。"))
    return with_first_counts(db, row, stored_lines(db, row))


def with_first_counts(
    db: ClinicDatabase, row: PeriodRow, lines: list[ComparedRow]
) -> list[ComparedRow]:
    """The lines with what was counted first: in a correction, what the close before it had."""
    first: dict[tuple[int, str], int | None] = {
        (gift_id, place): counted
        for gift_id, place, counted, _ in db.rows(
            CountEntry.select(
                CountEntry.gift_id, CountEntry.place, CountEntry.counted, fn.MIN(CountEntry.id)
            )
            .where(CountEntry.reconciliation_id == row.id)
            .group_by(CountEntry.gift_id, CountEntry.place)
        )
    }
    if row.corrects_id is not None:
        before = stored_lines(db, period(db, row.corrects_id))
        first = {(line.gift_id, line.place): line.counted for line in before}
    return [replace(line, first=first.get((line.gift_id, line.place))) for line in lines]


def count_notes(
    db: ClinicDatabase, reconciliation_id: int, *, gift_id: int, place: str
) -> list[CountNote]:
    """Every number entered for a line, oldest first, with who and when."""
    rows = db.rows(
        CountEntry.select(Audit.at_utc, CountEntry.counted, CountEntry.source, Staff.name)
        .join(Audit, on=(Audit.seq == CountEntry.seq))
        .switch(CountEntry)
        .join(Staff, on=(Staff.id == CountEntry.staff_id))
        .where(
            (CountEntry.reconciliation_id == reconciliation_id)
            & (CountEntry.gift_id == gift_id)
            & (CountEntry.place == place)
        )
        .order_by(CountEntry.id)
    )
    return [CountNote(local_text(row[0]), *row[1:]) for row in rows]


def hints(db: ClinicDatabase, reconciliation_id: int) -> dict[tuple[int, str], str]:
    """What probably explains a difference, by gift and place: deliveries of the period that came
    short are still in the book of the warehouse (R143)."""
    row = period(db, reconciliation_id)
    found: dict[tuple[int, str], list[str]] = {}
    for short in short_deliveries(db, row.from_seq, row.cutoff_seq):
        sentence = tr("申领单 {number} 短少 {n}：{reason}")
        words = sentence.format(number=short.number, n=short.missing, reason=short.reason)
        found.setdefault((short.gift_id, stock.WAREHOUSE), []).append(words)
    return {key: "；".join(words) for key, words in found.items()}


def movements(
    db: ClinicDatabase,
    reconciliation_id: int,
    *,
    gift_id: int | None = None,
    place: str | None = None,
) -> list[stock.MoveRow]:
    """Every move of the period with who and when, newest first: its own count moves, and of a
    correction those of the closes before it, too."""
    row = period(db, reconciliation_id)
    found = stock.moves(
        db, gift_id=gift_id, place=place, after_seq=row.from_seq, until_seq=row.cutoff_seq
    )
    own: list[stock.MoveRow] = []
    for close in reversed(closes_of(db, row)):
        seq = close.closed_seq or 0
        own += stock.moves(db, gift_id=gift_id, place=place, after_seq=seq - 1, until_seq=seq)
    return own + [move for move in found if move.kind != "count"]


def history(
    db: ClinicDatabase, limit: int | None = WEEKS, *, until_id: int | None = None
) -> list[ClosedWeek]:
    """Closed weeks in force, newest first, with what each gift was short (negative) or over.

    `until_id`: none newer than this reconciliation.
    """
    every = {row.id: row for row in periods(db, superseded=True)}
    rows = [row for row in periods(db) if until_id is None or row.id <= until_id][:limit]
    found = _shrinkage(db, [row.id for row in rows])
    return [
        ClosedWeek(
            row,
            tuple(found.get(row.id, ())),
            every.get(row.corrects_id) if row.corrects_id is not None else None,
        )
        for row in rows
    ]


def _shrinkage(db: ClinicDatabase, ids: list[int]) -> dict[int, list[GiftShrinkage]]:
    line = CountLine
    moved = line.received + line.transferred - line.issued + line.returned
    short = fn.SUM(line.counted - (line.opening + moved - line.scrapped + line.adjusted))
    rows = db.rows(
        line.select(line.reconciliation_id, Gift.id, Gift.name, short, Gift.cost_fen)
        .join(Gift, on=(Gift.id == line.gift_id))
        .where(line.reconciliation_id.in_(ids))
        .group_by(line.reconciliation_id, Gift.id)
        .having(short != 0)
        .order_by(line.reconciliation_id, Gift.code)
    )
    found: dict[int, list[GiftShrinkage]] = {}
    for week_id, gift_id, name, difference, cost_fen in rows:
        shrunk = GiftShrinkage(gift_id, name, difference, difference * cost_fen)
        found.setdefault(week_id, []).append(shrunk)
    return found


def shrinkage(db: ClinicDatabase, weeks: int = WEEKS, *, until_id: int | None = None) -> Shrinkage:
    """The last closed weeks as lines to plot: all gifts together, and each that was short or
    over in any of them (R144)."""
    closed = history(db, weeks, until_id=until_id)[::-1]
    gifts: dict[int, tuple[str, list[int]]] = {}
    for number, week in enumerate(closed):
        for gift in week.shrinkage:
            _, values = gifts.setdefault(gift.gift_id, (gift.name, [0] * len(closed)))
            values[number] = gift.difference
    lines = [ShrinkageLine(name, tuple(values)) for name, values in gifts.values()]
    lines.sort(key=lambda line: (-sum(map(abs, line.differences)), line.name))
    sums = tuple(sum(gift.difference for gift in week.shrinkage) for week in closed)
    return Shrinkage(
        tuple(week.period.week for week in closed),
        ShrinkageLine(tr("全部礼品"), sums),
        tuple(lines),
    )
