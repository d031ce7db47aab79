"""Reading a report once, from one instant, with its totals: what every way to show it shares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from models.database import ClinicDatabase
from services.i18n import tr
from services.money import yuan
from services.reports.handed import HandoverRow, handed, signed_words
from services.reports.sheet import Ask, Column, Progress, Report, Row, Sheet, Value, share

PREVIEW = 500  # rows of a sheet that are shown in the window
_BREATH = 500  # rows between two words about progress


@dataclass
class Tally:
    """The totals of a sheet while its rows go by."""

    columns: tuple[Column, ...]
    count: int = 0
    sums: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sums = [0] * len(self.columns)

    def over(self, rows: Iterable[Row], progress: Progress | None = None) -> Iterator[Row]:
        """The rows, each counted as it passes, with its rates filled in. `progress(done, 0)` is
        told now and then and may raise to stop."""
        summed = [i for i, column in enumerate(self.columns) if column.total == "sum"]
        rates = [(i, column.share) for i, column in enumerate(self.columns) if column.share]
        for row in rows:
            self.count += 1
            if progress is not None and self.count % _BREATH == 0:
                progress(self.count, 0)
            for i in summed:
                value = row[i]
                if isinstance(value, int):
                    self.sums[i] += value
            yield _rated(row, rates) if rates else row

    def totals(self) -> Row:
        """The row below the others; empty when nothing is totalled."""
        if not any(column.total or column.share for column in self.columns):
            return ()
        values: list[Value] = ["" for _ in self.columns]
        for i, column in enumerate(self.columns):
            if column.once is not None:
                values[i] = column.once
            elif column.total == "sum":
                values[i] = self.sums[i]
            elif column.total == "count":
                values[i] = self.count
        rates = [(i, column.share) for i, column in enumerate(self.columns) if column.share]
        return _rated(tuple(values), rates)


def _rated(row: Row, rates: Iterable[tuple[int, tuple[int, int]]]) -> Row:
    values = list(row)
    for i, (part, whole) in rates:
        one, two = values[part - 1], values[whole - 1]
        values[i] = share(one, two) if isinstance(one, int) and isinstance(two, int) else None
    return tuple(values)


@dataclass(frozen=True)
class ReadSheet:
    """A sheet with its first rows, how many there are in all, and the totals of all."""

    sheet: Sheet
    rows: tuple[Row, ...]
    count: int
    totals: Row


@dataclass(frozen=True)
class ReadReport:
    """A report as read; `digest` tells whether two readings say the same. `signed`: who signed for
    just these days, where the report is one that is handed over."""

    report: Report
    ask: Ask
    sheets: tuple[ReadSheet, ...]
    digest: str
    signed: HandoverRow | None = None

    @property
    def changed(self) -> bool:
        """Whether it reads differently from what was signed for."""
        return self.signed is not None and self.signed.digest != self.digest

    @property
    def count(self) -> int:
        """Rows of all sheets."""
        return sum(each.count for each in self.sheets)


def read(
    db: ClinicDatabase,
    report: Report,
    ask: Ask,
    *,
    limit: int | None = None,
    progress: Progress | None = None,
) -> ReadReport:
    """Read a report from one instant, keeping at most `limit` rows of each sheet.

    Raises RuleError for days or filters that the report cannot answer.
    """
    with db.atomic("DEFERRED"):
        return read_inside(db, report, ask, limit=limit, progress=progress)


def read_inside(
    db: ClinicDatabase,
    report: Report,
    ask: Ask,
    *,
    limit: int | None = None,
    progress: Progress | None = None,
) -> ReadReport:
    """The same inside a transaction that is open already."""
    ask = report.days(ask)
    digest = hashlib.sha256(report.name.encode())
    sheets = report.sheets(db, ask)
    found = tuple(_read(sheet, digest, limit, progress) for sheet in sheets)
    made = ReadReport(report, ask, found, digest.hexdigest())
    return _with_signature(db, made) if report.handed_over else made


def _with_signature(db: ClinicDatabase, made: ReadReport) -> ReadReport:
    """The first sheet says whether the days were signed for, wherever it is shown (R137)."""
    signed = handed(db, made.report.name, made.ask.first, made.ask.last)
    first, *others = made.sheets
    notes = (signed_words(signed, made.digest), *first.sheet.notes)
    first = replace(first, sheet=replace(first.sheet, notes=notes))
    return replace(made, sheets=(first, *others), signed=signed)


def _read(
    sheet: Sheet, digest: hashlib._Hash, limit: int | None, progress: Progress | None
) -> ReadSheet:
    tally = Tally(sheet.columns)
    kept: list[Row] = []
    encoder = msgspec.json.Encoder()
    digest.update(sheet.name.encode())
    for row in tally.over(sheet.rows, progress):
        digest.update(encoder.encode(row))
        if limit is None or len(kept) < limit:
            kept.append(row)
    return ReadSheet(sheet, tuple(kept), tally.count, tally.totals())


def words(column: Column, value: Value) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return ""
    if isinstance(value, date):  # a moment is a date too
        return str(value)[:16]
    if isinstance(value, int):
        if column.kind == "money":
            return yuan(value)
        if column.kind == "rate":
            return f"{value // 10}.{value % 10}%"
        return f"{value:+,}" if column.kind == "signed" and value else f"{value:,}"
    return value


def total_words(sheet: Sheet, totals: Row) -> tuple[str, ...]:
    """The totals row as people read it, with its label where a column has no total."""
    texts = [words(c, v) for c, v in zip(sheet.columns, totals, strict=True)]
    if texts and not texts[0]:
        texts[0] = tr("合计")
    return tuple(texts)
