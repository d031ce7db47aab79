"""The blind count sheet of an open period: what to count and where, and never how much (E51)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.clinic import Clinic
from services.commands import read_setting
from services.gifts.friday_lists import count_sheet
from services.gifts.period import period
from services.gifts.stock import place_name
from services.i18n import tr
from services.setup import CLINIC_NAME
from services.workbooks.writer import FIRST_ROW, Book, Column, Value

SHEET = "清点"
CODE, NAME, PLACE, COUNTED = "礼品编号", "礼品", "库位", "实盘"
# how `count_sheet_reading` tells a sheet from another week's
SUBJECT = re.compile(r"核对日 (\d{4}-\d{2}-\d{2})\s+核对号 (\d+)\s+截止号 (\d+)")
_COLUMNS = (
    Column(CODE, 12),
    Column(NAME, 28),
    Column("规格", 16),
    Column("单位", 8),
    Column(PLACE, 10),
    Column(COUNTED, 12, "input"),
    Column("备注", 20, "note"),
)


@dataclass(frozen=True)
class CountSheetWritten:
    """The sheet was written with so many lines to count."""

    path: Path
    reconciliation_id: int
    rows: int


def file_name(week: str) -> str:
    """The file's name: no personal data in it."""
    return f"礼品清点_{week}.xlsx"


def write_count_sheet(clinic: Clinic, path: Path, *, reconciliation_id: int) -> CountSheetWritten:
    """Write the sheet a counter fills in; what was entered already stands in it.

    The subject line names week, number and cut-off, so that a filled-in sheet can be told from
    another week's. Raises RuleError and EnvironmentFault as `write_friday`.
    """
    row = period(clinic.db, reconciliation_id)
    lines = count_sheet(clinic.db, reconciliation_id)
    subject = tr("核对日 {week}　核对号 {number}　截止号 {cutoff}　清点人：__________")
    book = Book(
        clinic=read_setting(clinic.db, CLINIC_NAME),
        subject=subject.format(week=row.week, number=row.id, cutoff=row.cutoff_seq),
    )
    sheet = book.sheet(SHEET, _COLUMNS, title=tr("礼品清点表(盲点)"), landscape=False)

    def rows() -> Iterator[tuple[Value, ...]]:
        for line in lines:
            place = place_name(line.place)
            yield line.code, line.name, line.spec, line.unit, place, line.counted, ""

    _, last = sheet.rows(rows())
    sheet.accept_counts("F", FIRST_ROW, last)
    blank = tr("{label}:________________")
    sheet.signatures([blank.format(label=label) for label in (tr("清点"), tr("复核"), tr("日期"))])
    book.save(path)
    return CountSheetWritten(path, reconciliation_id, len(lines))
