"""A small kit for print-ready workbooks over openpyxl's streaming writer.

Every text cell is typed as a string, so that `= + - @` never becomes a formula, and marked as
quoted where it begins like one, so that it stays text when somebody edits it. Styles are named,
made once for a workbook, and every column writes through a few cells of its own that are used
again for each row: that is what keeps 50,000 rows near the speed of openpyxl alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from services.i18n import tr
from services.workbooks.files import write_whole

if TYPE_CHECKING:
    from openpyxl import Workbook

    from services.workbooks.cells import SheetCell

Kind = Literal["text", "int", "signed", "money", "rate", "date", "moment", "input", "note"]
Value = str | int | Decimal | date | datetime | None

HEADER_ROW = 3
FIRST_ROW = HEADER_ROW + 1
_A4 = 9
_FONT = "微软雅黑"
_LINE = 18  # points a line of text takes, with a little air
_CHART_ROWS = 15  # rows of that height that a chart covers
_RISKY = frozenset("=+-@\t\r=+-@")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

# kind: number format, horizontal place, wrapped
_FORMATS: dict[str, tuple[str, str, bool]] = {
    "text": ("@", "left", True),
    "int": ("#,##0", "right", False),
    "signed": ("+#,##0;-#,##0;0", "right", False),
    "money": ("#,##0.00", "right", False),
    "rate": ("0.0%", "right", False),
    "date": ("yyyy-mm-dd", "center", False),
    "moment": ("yyyy-mm-dd hh:mm", "center", False),
    "input": ("0", "right", False),
    "note": ("@", "left", True),
}


@dataclass(frozen=True)
class Column:
    """A column: its header, its width in half-width characters, what stands in it."""

    header: str
    width: int
    kind: Kind = "text"


class Formula(str):
    """A formula the program wrote; any other text that begins with '=' is just text."""

    __slots__ = ()


def clean(text: str) -> str:
    """`text` without the characters that no workbook may hold."""
    return _UNPRINTABLE.sub("", text) if _UNPRINTABLE.search(text) else text


class Book:
    """A workbook being written. `clinic` and `subject` stand on top of every sheet, a `watermark`
    above and below every printed page."""

    def __init__(self, *, clinic: str, subject: str, watermark: str = "") -> None:
        from openpyxl import Workbook

        self.workbook: Workbook = Workbook(write_only=True)
        self.clinic = clean(clinic)
        self.subject = clean(subject)
        self.watermark = clean(watermark)
        self.workbook.properties.creator = tr("皓齿前台")
        _add_styles(self.workbook)

    def sheet(
        self, name: str, columns: Sequence[Column], *, title: str, landscape: bool = True
    ) -> Sheet:
        """A new sheet with its title, the subject line and the header row."""
        return Sheet(self, name, columns, title=title, landscape=landscape)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises RuleError when Excel has it open or the folder is not there, EnvironmentFault
        for a full disk or a folder that cannot be written.
        """
        try:
            write_whole(path, self.workbook.save)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Give the workbook up: nothing of it stays in the temporary folder."""
        from services.workbooks.cells import discard_sheet

        for sheet in self.workbook.worksheets:
            discard_sheet(sheet)


class Sheet:
    """One sheet: rows one after the other, then totals, then signature lines."""

    def __init__(
        self, book: Book, name: str, columns: Sequence[Column], *, title: str, landscape: bool
    ) -> None:
        from openpyxl.utils import get_column_letter

        from services.workbooks.cells import take_cells_as_they_are

        self.book = book
        self.name = name
        self.columns = tuple(columns)
        self.letters = tuple(get_column_letter(i) for i in range(1, len(columns) + 1))
        self.row_number = 0
        self._sheet: Any = book.workbook.create_sheet(name)
        take_cells_as_they_are(self._sheet)
        self._page(landscape)
        self._cells = [self._cell(column.kind) for column in columns]
        self._quoted = [self._cell(column.kind, quoted=True) for column in columns]
        self._totals = [self._cell(f"total_{column.kind}") for column in columns]
        self._banner(title, "title", 24)
        self._banner(f"{book.clinic}　{book.subject}", "subject")
        for column in columns:
            self._grow(column.header, column.width)
        self._append([self._text("head", column.header) for column in columns])

    def _page(self, landscape: bool) -> None:
        from openpyxl.worksheet.properties import PageSetupProperties

        sheet = self._sheet
        for letter, column in zip(self.letters, self.columns, strict=True):
            sheet.column_dimensions[letter].width = column.width
        sheet.sheet_format.defaultRowHeight = _LINE
        sheet.sheet_format.customHeight = True
        sheet.freeze_panes = f"A{FIRST_ROW}"
        sheet.print_title_rows = f"1:{HEADER_ROW}"
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
        sheet.print_options.horizontalCentered = True
        margins = sheet.page_margins
        margins.left = margins.right = 0.4
        margins.top, margins.bottom, margins.footer = 0.5, 0.7, 0.3
        footer = sheet.oddFooter
        footer.left.text = (self.book.clinic + " " + self.name).replace("&", "&&")
        footer.right.text = tr("第 {page} 页，共 {pages} 页").format(page="&P", pages="&N")
        if self.book.watermark:
            mark = self.book.watermark.replace("&", "&&")
            sheet.oddHeader.center.text = footer.center.text = mark

    # -- rows --------------------------------------------------------------------------------

    def rows(self, rows: Iterable[Sequence[Value]]) -> tuple[int, int]:
        """Write rows of values in column order; answers the first and last row number.

        Without any row one is written that says so, so that totals have something to sum.
        """
        first = self.row_number + 1
        wrapped = [
            (i, column.width) for i, column in enumerate(self.columns) if _FORMATS[column.kind][2]
        ]
        for row in rows:
            for i, width in wrapped:
                text = row[i]
                # no reader but Excel grows a row by itself; most texts are short enough by far
                if type(text) is str and len(text) * 2 >= width:
                    self._grow(text, width)
            self._append([self._fill(i, value) for i, value in enumerate(row)])
        if self.row_number < first:
            cells = [self._fill(i, None) for i in range(len(self.columns))]
            cells[1] = self._text("text", tr("本期没有记录"))
            self._append(cells)
        return first, self.row_number

    def total(self, values: Sequence[Value]) -> int:
        """The totals row; answers its number."""
        cells = zip(self._totals, values, strict=True)
        self._append(
            [
                cell.put_text(clean(value)) if type(value) is str else cell.put(value)
                for cell, value in cells
            ]
        )
        return self.row_number

    def line(self, text: str) -> None:
        """A line of text across the sheet."""
        self._banner(text, "subject")

    def pair(self, label: str, text: str) -> None:
        """A label and its text, which takes the rest of the row."""
        width = sum(column.width for column in self.columns[1:])
        self._grow(text, width)
        row = self.row_number + 1
        self._sheet.merged_cells.add(f"B{row}:{self.letters[-1]}{row}")
        cells = [self._text("text", part) for part in (label, text)]
        self._append(cells + [self._cell("text") for _ in self.columns[2:]])

    def heading(self, *headers: str) -> None:
        """A second header row, after an empty one."""
        self._append([])
        self._append([self._text("head", header) for header in headers])

    def check(self, label: str, ours: int, formula: str) -> None:
        """The program's own figure beside what the workbook adds up to, and whether they agree."""
        row = self.row_number + 1
        yes, no = tr("一致"), tr("不一致")
        values = (ours, formula, f'=IF(B{row}=C{row},"{yes}","{no}")')
        cells = [self._text("text", label)]
        styles = ("int", "int", "total_text")
        cells += [self._cell(style).put(v) for style, v in zip(styles, values, strict=True)]
        self._append(cells)

    def figures(self, label: str, values: Sequence[int]) -> int:
        """A label and signed numbers beside it; answers the row's number."""
        cells = [self._text("text", label)]
        self._append(cells + [self._cell("signed").put(value) for value in values])
        return self.row_number

    def bars(self, title: str, *, header: int, first: int, last: int, width: int) -> None:
        """A chart of `figures` rows: a row is a series, the header row says what its columns
        are. It floats over the rows after this one; they are left empty for it."""
        from openpyxl.chart import BarChart, Reference, Series

        chart = BarChart()
        chart.title, chart.type, chart.gapWidth = title, "col", 60
        chart.height, chart.width = 8, 24  # centimetres
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.x_axis.tickLblPos = "low"  # the weeks stand below bars that hang down
        chart.legend.position = "b"
        for row in range(first, last + 1):
            reach = Reference(self._sheet, min_col=2, max_col=width, min_row=row)
            named = Reference(self._sheet, min_col=1, min_row=row)
            series = Series(reach)
            series.tx = _named_by(str(named))
            chart.series.append(series)
        chart.set_categories(Reference(self._sheet, min_col=2, max_col=width, min_row=header))
        self._sheet.add_chart(chart, f"A{self.row_number + 2}")
        for _ in range(_CHART_ROWS):
            self._append([])

    def _banner(self, text: str, style: str, height: int = _LINE) -> None:
        row = self.row_number + 1
        self._sheet.merged_cells.add(f"A{row}:{self.letters[-1]}{row}")
        self._grow(text, sum(column.width for column in self.columns), height)
        self._append([self._text(style, text)])

    def _grow(self, text: str, width: int, height: int = _LINE) -> None:
        """Make the row to come as high as `text` needs in `width`."""
        lines = -(-_width(text) // (width - 1))
        if lines < 2 and height == _LINE:
            return  # the usual height; a dimension of its own would cost more than the row
        row = self._sheet.row_dimensions[self.row_number + 1]
        row.height = max(height * max(lines, 1), row.height or 0)

    def signatures(self, parts: Sequence[str]) -> None:
        """A line to sign on under the table, the parts spread over its width."""
        width = sum(column.width for column in self.columns)
        gap = (width - sum(_width(part) for part in parts)) // len(parts)
        self._append([])
        self._banner((" " * max(gap, 3)).join(parts), "subject", 2 * _LINE)

    def filter_to(self, last_row: int) -> None:
        """Let the reader filter by the header row."""
        self._sheet.auto_filter.ref = f"A{HEADER_ROW}:{self.letters[-1]}{last_row}"

    def colour_differences(self, letter: str, first: int, last: int) -> None:
        """Colour what is short (red) or over (amber); the sign says the same in print."""
        from openpyxl.formatting.rule import FormulaRule
        from openpyxl.styles import Font, PatternFill

        area = f"{letter}{first}:{letter}{last}"
        for sign, fill, font in (("<", "FFC7CE", "9C0006"), (">", "FFEB9C", "7F6000")):
            rule = FormulaRule(
                formula=[f"AND(ISNUMBER({letter}{first}),{letter}{first}{sign}0)"],
                fill=PatternFill(bgColor=fill, fill_type="solid"),
                font=Font(color=font, bold=True),
            )
            self._sheet.conditional_formatting.add(area, rule)

    def accept_counts(self, letter: str, first: int, last: int) -> None:
        """Take only whole numbers from 0 in these cells, and lock everything else.

        The lock has no password: it guards against slips, not against people.
        """
        from openpyxl.worksheet.datavalidation import DataValidation

        wanted = tr("实盘请填 0 或更大的整数。")
        rule = DataValidation(
            type="whole",
            operator="greaterThanOrEqual",
            formula1="0",
            allow_blank=True,
            showErrorMessage=True,
            errorTitle=tr("实盘"),
            error=wanted,
            showInputMessage=True,
            promptTitle=tr("实盘"),
            prompt=wanted,
        )
        rule.add(f"{letter}{first}:{letter}{last}")
        self._sheet.data_validations.append(rule)
        lock = self._sheet.protection
        lock.enable()
        lock.formatColumns = lock.formatRows = lock.autoFilter = lock.sort = False

    # -- cells -------------------------------------------------------------------------------

    def _cell(self, style: str, *, quoted: bool = False) -> SheetCell:
        from services.workbooks.cells import SheetCell

        return SheetCell(self._sheet, f"hcd_{style}", quoted=quoted)

    def _fill(self, index: int, value: Value) -> SheetCell:
        if type(value) is str and value:
            cells = self._quoted if value[0] in _RISKY else self._cells
            return cells[index].put_text(clean(value))
        return self._cells[index].put(None if value == "" else value)

    def _text(self, style: str, text: str) -> SheetCell:
        return self._cell(style).put_text(clean(text))

    def _append(self, cells: Sequence[Any]) -> None:
        self._sheet.append(cells)
        self.row_number += 1


def _named_by(reference: str) -> Any:
    from openpyxl.chart.data_source import StrRef
    from openpyxl.chart.series import SeriesLabel

    return SeriesLabel(strRef=StrRef(reference))


def _width(text: str) -> int:
    """Width of a text in half-width characters."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _add_styles(workbook: Workbook) -> None:
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side

    side = Side(style="thin", color="BFBFBF")
    border = Border(left=side, right=side, top=side, bottom=side)
    for kind, (number_format, place, wrap) in _FORMATS.items():
        for prefix in ("", "total_"):
            style = NamedStyle(f"hcd_{prefix}{kind}")
            # a formula in a cell of text format would turn into text when it is edited
            general = prefix and number_format == "@"
            style.number_format = "General" if general else number_format
            style.alignment = Alignment(
                horizontal=place, vertical="center", wrap_text=wrap, indent=int(place != "center")
            )
            style.border = border
            style.font = Font(_FONT, bold=bool(prefix), size=10)
            if prefix:
                style.fill = PatternFill("solid", fgColor="F2F2F2")
            elif kind in ("input", "note"):
                style.protection = Protection(locked=False)
                style.fill = PatternFill("solid", fgColor="FFF9DB")
            workbook.add_named_style(style)
    for name, font, fill in (
        ("title", Font(_FONT, bold=True, size=14), None),
        ("subject", Font(_FONT, size=10), None),
        ("head", Font(_FONT, bold=True, size=10), "DCE6F1"),
    ):
        style = NamedStyle(f"hcd_{name}", font=font, number_format="@")
        style.alignment = Alignment(vertical="center", wrap_text=True)
        if fill:
            style.fill = PatternFill("solid", fgColor=fill)
            style.border = border
            style.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        workbook.add_named_style(style)
