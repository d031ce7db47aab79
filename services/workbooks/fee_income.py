"""The fees of a programme by month: received, recognised by the days of the terms, and deferred
(R059), as one sheet for the accountant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from services.clinic import Clinic
from services.commands import read_setting
from services.i18n import tr
from services.memberships.deferred import FeeMonth, fee_income
from services.programmes.active import known_timeline
from services.setup import CLINIC_NAME
from services.workbooks.writer import Book, Column, Value

SHEET = "会费递延"
_COLUMNS = (
    Column("月份", 12),
    Column("收到(元)", 16, "money"),
    Column("本月确认(元)", 16, "money"),
    Column("月末递延(元)", 16, "money"),
)


@dataclass(frozen=True)
class FeeIncomeWritten:
    """The sheet was written with so many months."""

    path: Path
    rows: int


def file_name(first: str, last: str) -> str:
    """The file's name: no personal data in it."""
    return f"会费递延_{first}_{last}.xlsx"


def write_fee_income(
    clinic: Clinic, path: Path, *, programme_id: int, first: str, last: str, exported_by: str
) -> FeeIncomeWritten:
    """Write the months 'YYYY-MM' from `first` to `last`, both included, with their totals.

    Received is net of voids and refunds. Raises RuleError for a programme nobody signed, and as
    `write_friday` for a file that cannot be written.
    """
    timeline = known_timeline(clinic.db, programme_id)
    months = fee_income(clinic.db, programme_id, first, last)
    subject = tr("方案 {programme}　{first} 至 {last}　导出人：{name}")
    book = Book(
        clinic=read_setting(clinic.db, CLINIC_NAME),
        subject=subject.format(programme=timeline.name, first=first, last=last, name=exported_by),
    )
    sheet = book.sheet(SHEET, _COLUMNS, title=tr("会费收入与递延"), landscape=False)
    sheet.rows(_rows(months))
    received = sum(each.received_fen for each in months)
    earned = sum(each.earned_fen for each in months)
    deferred = months[-1].deferred_fen if months else 0
    sheet.total([tr("合计"), _yuan(received), _yuan(earned), _yuan(deferred)])
    sheet.line(tr("收到已扣除作废和退费；确认按会籍天数逐月计算；递延是月末还没到期的部分。"))
    book.save(path)
    return FeeIncomeWritten(path, len(months))


def _rows(months: Sequence[FeeMonth]) -> Iterator[tuple[Value, ...]]:
    for each in months:
        amounts = (each.received_fen, each.earned_fen, each.deferred_fen)
        yield (each.month, *map(_yuan, amounts))


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100
