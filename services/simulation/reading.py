"""The rows of an events file: which column is which, and raw values in one fixed order.

Row numbers are those a spreadsheet shows, blank rows included. What a cell means is decided by
`services.simulation.rows`.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from services.errors import RuleError
from services.i18n import tr
from services.roster.mapping import plain
from services.simulation.files import EventsFile, damaged

MAX_ROWS = 1_000_000  # a sheet of the answer must be able to hold them

Values = tuple[Any, ...]
RawRow = tuple[int, Values]
Reached = Callable[[float], None]
Refuse = Callable[[int, str], None]

_NAMES = {
    "date": ("日期", "date"),
    "member": ("会员号", "member"),
    "kind": ("类型", "kind"),
    "amount": ("金额", "amount"),
    "item": ("项目", "item"),
    "quantity": ("数量", "quantity"),
    "note": ("备注", "note"),
}
FIELDS = tuple(_NAMES)
_REQUIRED = ("date", "member", "kind")
_FIELD = {name: field for field, names in _NAMES.items() for name in names}
_DELIMITERS = (",", ";", "\t")
_EVERY = 4096


def headers() -> tuple[str, ...]:
    """The columns of an events file as its header names them in Chinese."""
    return tuple(names[0] for names in _NAMES.values())


def read_rows(file: EventsFile, reached: Reached, refuse: Refuse) -> Iterator[RawRow]:
    """(row number, values in the order of `FIELDS`) of every row that holds any of them.

    `reached(share)` is told now and then how far the reading is, 0 to 1; `refuse(row number,
    reason)` is told of a row that cannot be read. Raises RuleError when a required column is
    missing, the file is damaged, or there are too many rows.
    """
    rows = _csv_rows(file, reached) if file.encoding else _sheet_rows(file, reached)
    for count, (number, values) in enumerate(rows, 1):
        if count > MAX_ROWS:
            raise RuleError(tr("事件超过 100 万行。请按会员拆成几个文件，分几次试算。"))
        if values is None:
            refuse(number, tr("这一行的引号没有成对，读不出来，请改正后再试算。"))
        else:
            yield number, values


class _Columns:
    """Where the fields stand; a field without a column is blank."""

    def __init__(self, header: Sequence[object]) -> None:
        found: dict[str, int] = {}
        for at, cell in enumerate(header):
            name = _FIELD.get(plain(str(cell))) if cell else None
            if name is not None:
                found.setdefault(name, at)
        self.count = len(found)
        self.missing = [_NAMES[name][0] for name in _REQUIRED if name not in found]
        self.width = max(found.values(), default=0) + 1
        # the reader appends a blank to every row: that is the last one
        self.pick: Callable[[Sequence[Any]], Values] = itemgetter(
            *(found.get(name, -1) for name in FIELDS)
        )

    def check(self) -> None:
        """Raises RuleError that names the columns that must be there and are not."""
        if self.missing:
            sentence = tr("事件表的第一行要有列名，缺少：{names}。")
            raise RuleError(sentence.format(names="、".join(self.missing)))


# -- csv -----------------------------------------------------------------------------------


class _Lines:
    """The physical lines of a text, which may be read again from the second of a record on."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: list[str] = []  # the next line last
        self.record: list[str] = []  # the lines of the record that is being read

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._text)
        self.record.append(line)
        return line

    def give_up_one(self) -> None:
        """Let the first line of the record go; the others are read anew."""
        self._again += reversed(self.record[1:])
        self.record.clear()


def _csv_rows(file: EventsFile, reached: Reached) -> Iterator[tuple[int, Values | None]]:
    """Rows read strictly; where quotes do not pair, the line they begin in is one row that cannot
    be read (None): an open quote would swallow the rest of the file without a word."""
    raw = io.BytesIO(file.data)
    raw.seek(file.start)
    with io.TextIOWrapper(raw, encoding=file.encoding, errors="replace", newline="") as text:
        number, columns, delimiter = _csv_header(text)
        columns.check()
        pick, size, lines = columns.pick, len(file.data), _Lines(text)
        records = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            number += 1
            if not number % _EVERY:
                reached(raw.tell() / size)
            try:
                row = next(records)
            except StopIteration:
                return
            except csv.Error:
                lines.give_up_one()
                yield number, None
                continue
            lines.record.clear()
            row.append("")
            try:
                values = pick(row)
            except IndexError:
                values = pick(row + [""] * columns.width)
            if any(values):
                yield number, values


def _csv_header(text: io.TextIOWrapper) -> tuple[int, _Columns, str]:
    """How many lines to the header and with it, its columns, and what separates them."""
    skipped = 0
    for line in iter(text.readline, ""):
        skipped += 1
        if line.strip(" \t\r\n,;"):
            break
    else:
        raise RuleError(tr("事件文件里没有内容，请重新选择。"))
    read = [(_Columns(next(csv.reader([line], delimiter=each))), each) for each in _DELIMITERS]
    columns, delimiter = max(read, key=lambda found: found[0].count)
    return skipped, columns, delimiter


# -- workbooks -----------------------------------------------------------------------------


def _sheet_rows(file: EventsFile, reached: Reached) -> Iterator[RawRow]:
    """The rows of the first visible sheet that has the columns."""
    headed = [(sheet, sheet.max_row or 1, *_sheet_header(sheet)) for sheet in _sheets(file)]
    if not headed:
        raise RuleError(tr("这个工作簿里没有可见的工作表，请重新选择。"))
    sheet, claimed, at, columns = min(headed, key=lambda found: len(found[3].missing))
    columns.check()
    for number, row in _filled(sheet, at + 1):
        if not number % _EVERY:
            reached(min(number / claimed, 1.0))
        try:
            values = columns.pick((*row, None))
        except IndexError:
            values = columns.pick((*row, *[None] * columns.width))
        if any(value is not None and value != "" for value in values):
            yield number, values


def _sheets(file: EventsFile) -> list[Any]:
    """The visible sheets of a workbook. Raises RuleError for a file that is none."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a workbook without styles is no news for the reader
            book = load_workbook(
                io.BytesIO(file.data), read_only=True, data_only=True, keep_links=False
            )
        return [each for each in book.worksheets if each.sheet_state == "visible"]
    except Exception:  # whatever a spreadsheet library makes of a file that is none
        raise damaged() from None


def _sheet_header(sheet: Any) -> tuple[int, _Columns]:
    """The first row that holds anything, and its columns."""
    sheet.reset_dimensions()  # exports lie about their size
    for number, row in _filled(sheet, 1):
        if any(row):
            return number, _Columns(row)
    return 0, _Columns(())


def _filled(sheet: Any, start: int) -> Iterator[RawRow]:
    """Rows as the library reads them; what it stumbles over is damage."""
    rows = sheet.iter_rows(min_row=start, values_only=True)
    number = start - 1
    while True:
        try:
            row = next(rows, None)
        except Exception:
            raise damaged() from None
        if row is None:
            return
        number += 1
        if number > 2 * MAX_ROWS:  # blank rows cost time as well, and a file may claim any number
            raise RuleError(tr("事件表的空行太多。请删去空行，另存一份再试算。"))
        yield number, row
