"""A report as a workbook: every sheet print-ready, its totals live formulas (workbooks.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from models.database import ClinicDatabase
from services.clinic import Clinic
from services.commands import read_setting
from services.i18n import tr
from services.reports import friday
from services.reports.clear_text import check_released, watermark
from services.reports.reading import Tally, read_inside
from services.reports.sheet import Ask, Column, Progress, Report, Row, Sheet, Value
from services.setup import CLINIC_NAME
from services.workbooks import writer

_WIDE = 8  # columns from which on a sheet lies on its side
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31


@dataclass(frozen=True)
class ReportWritten:
    """The report was written; `rows` counts the lines of all sheets, for the export log; `clear` is
    the number it carries when it was released in clear text."""

    path: Path
    rows: int
    clear: int = 0


def file_name(report: Report, ask: Ask) -> str:
    """The file's name without its ending: no personal data in it."""
    days = ask.first if ask.first == ask.last else f"{ask.first}_{ask.last}"
    return f"{report.title}_{days}"


def write_workbook(
    clinic: Clinic,
    path: Path,
    report: Report,
    ask: Ask,
    *,
    exported_by: str = "",
    progress: Progress | None = None,
) -> ReportWritten:
    """Write a report; needs a reading connection only. The Friday report is the Friday workbook.

    Raises RuleError: days or filters that the report cannot answer, a clear-text list nobody
    released, a file open in Excel; EnvironmentFault for disk and folder.
    """
    ask = report.days(ask)
    if report.name == friday.NAME:
        return ReportWritten(path, friday.write(clinic, path, ask, exported_by))
    with clinic.db.atomic("DEFERRED"):  # every sheet shows the same instant
        mark = ""
        if ask.clear:
            check_released(clinic.db, report, ask, exported_by)
            mark = watermark(clinic.db, ask.clear)
        sheets = report.sheets(clinic.db, ask)
        if report.handed_over:
            sheets = (_signed(clinic.db, report, ask, sheets[0]), *sheets[1:])
        book = writer.Book(
            clinic=read_setting(clinic.db, CLINIC_NAME),
            subject=_subject(ask, exported_by, clinic.clock.now_local()),
            watermark=mark,
        )
        try:
            rows = sum(_write(book, report, sheet, progress) for sheet in sheets)
        except BaseException:
            book.discard()
            raise
    book.save(path)
    return ReportWritten(path, rows, ask.clear)


def _signed(db: ClinicDatabase, report: Report, ask: Ask, first: Sheet) -> Sheet:
    """The first sheet with who signed for it: that takes reading the report once before."""
    known = read_inside(db, report, ask, limit=0).sheets[0].sheet
    return replace(first, notes=known.notes)


def _subject(ask: Ask, exported_by: str, now_local: str) -> str:
    words = tr("{first} 至 {last}　导出人：{name}　导出时间：{now}")
    return words.format(
        first=ask.first, last=ask.last, name=exported_by or tr("命令行"), now=now_local[:16]
    )


def sheet_name(name: str) -> str:
    """A name that a workbook takes for a sheet."""
    return _NOT_IN_A_NAME.sub("、", name)[:_LONGEST_NAME]


def _write(book: writer.Book, report: Report, sheet: Sheet, progress: Progress | None) -> int:
    columns = [writer.Column(c.header, c.width, c.kind) for c in sheet.columns]
    made = book.sheet(
        sheet_name(sheet.name),
        columns,
        title=f"{report.title} · {sheet.name}",
        landscape=len(columns) > _WIDE,
    )
    tally = Tally(sheet.columns)
    below = made.row_number
    first, last = made.rows(_cells(sheet.columns, tally.over(sheet.rows, progress), below))
    totals = tally.totals()
    if totals:
        made.total(_totals(sheet.columns, made.letters, first, last))
    made.filter_to(last)
    for note in sheet.notes:
        made.line(note)
    if sheet.signers:
        line = tr("{label}:________________")
        made.signatures([line.format(label=label) for label in sheet.signers])
    return tally.count


def _cells(
    columns: tuple[Column, ...], rows: Iterable[Row], below: int
) -> Iterator[tuple[writer.Value, ...]]:
    """Rows as cells; what is reckoned from other columns is a formula."""
    plain = all(c.kind != "money" and not c.adds and not c.share for c in columns)
    for number, row in enumerate(rows, below + 1):
        if plain:
            yield row
        else:
            yield tuple(_cell(c, v, number) for c, v in zip(columns, row, strict=True))


def _cell(column: Column, value: Value, number: int) -> writer.Value:
    if column.adds:
        signs = "".join(f"{'+' if n > 0 else '-'}{_letter(abs(n))}{number}" for n in column.adds)
        return writer.Formula("=" + signs.removeprefix("+"))
    if column.share:
        return _share(column.share, number)
    if column.kind == "money" and isinstance(value, int):
        return Decimal(value) / 100
    return value


def _totals(
    columns: tuple[Column, ...], letters: tuple[str, ...], first: int, last: int
) -> list[writer.Value]:
    values: list[writer.Value] = ["" for _ in columns]
    values[0] = tr("合计")
    for i, (column, letter) in enumerate(zip(columns, letters, strict=True)):
        if column.once is not None:
            values[i] = column.once
        elif column.total == "sum":
            values[i] = writer.Formula(f"=SUM({letter}{first}:{letter}{last})")
        elif column.total == "count":
            values[i] = writer.Formula(f"=COUNTA(A{first}:A{last})")
        elif column.share:
            values[i] = _share(column.share, last + 1)
    return values


def _share(share: tuple[int, int], number: int) -> writer.Formula:
    part, whole = (f"{_letter(n)}{number}" for n in share)
    return writer.Formula(f'=IF(N({whole})=0,"",{part}/{whole})')


def _letter(number: int) -> str:
    return chr(ord("A") + number - 1)
