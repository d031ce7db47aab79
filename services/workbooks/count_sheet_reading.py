"""The count sheet read back: whose it is, which rows are as they were, what stands in 实盘 (E51).

A file that is no sheet of this count is refused whole. Everything else is told row by row with
what to do; with a problem anywhere nothing is taken over, unless somebody chooses to take the
rows that are good. The file is judged by size and content before openpyxl opens it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from services.clinic import Clinic
from services.commands import Session
from services.errors import RuleError
from services.gifts import stock
from services.gifts.counting import SHEET as FROM_SHEET
from services.gifts.counting import CountEntered, CountEntry, enter_count, open_period
from services.gifts.friday_lists import CountRow, count_sheet
from services.gifts.stock import PLACES, place_name
from services.gifts.stored_periods import PeriodRow
from services.i18n import tr
from services.roster import caps
from services.roster.caps import RosterFault
from services.workbooks.count_sheet import CODE, COUNTED, NAME, PLACE, SUBJECT
from services.workbooks.writer import clean

_MOST_UNZIPPED = 8 * 1024 * 1024  # a sheet of a thousand gifts takes a tenth of it
_MOST_ROWS = 5000
_LOOK = 12  # rows among which subject and header are looked for
_FULL_WIDTH = {0xFEE0 + ord(digit): digit for digit in "0123456789"}
_SIGNED = re.compile("(?:清点|复核|日期)(?:人|)[ ]{0,1}[:：_ ]")  # the signature line, also signed


@dataclass(frozen=True)
class SheetProblem:
    """Something to mend, and how. `row`: its number in the sheet, 0 for the sheet itself."""

    row: int
    sentence: str


@dataclass(frozen=True)
class CountSheetRead:
    """What a sheet says: the numbers that are new (of them `replaced` stand for another one),
    how many lines stay as they are, and what is wrong."""

    reconciliation_id: int
    entries: tuple[CountEntry, ...]
    replaced: int
    unchanged: int
    problems: tuple[SheetProblem, ...]


def read_count_sheet(clinic: Clinic, path: Path, reconciliation_id: int) -> CountSheetRead:
    """Read a filled-in sheet of an open period; writes nothing (E51).

    Raises RuleError: not a workbook, not a count sheet, another week's or period's, hidden, its
    columns changed; or the period is closed.
    """
    row = open_period(clinic.db, reconciliation_id)
    formulas, values = _opened(path)
    try:
        sheet = _sheet_of(formulas, row)
        lines = count_sheet(clinic.db, reconciliation_id)
        reading = _Reading(sheet, values[sheet.title], lines)
        reading.read()
    finally:
        formulas.close()
        values.close()
    return reading.result(row.id)


def take_counts(
    session: Session, read: CountSheetRead, *, despite_problems: bool = False
) -> CountEntered:
    """Take the numbers of a sheet over: all of a sheet without problems, or, when somebody chose
    so, of its good rows; the other lines stay uncounted.

    Raises RuleError: problems and no such choice, nothing new, or as `enter_count`.
    """
    if read.problems and not despite_problems:
        sentence = tr("清点表有 {n} 处问题，一个数也没有采用。请改好再读回，或只采用没问题的行。")
        raise RuleError(sentence.format(n=len(read.problems)))
    if not read.entries:
        raise RuleError(tr("清点表里没有新的数字可以采用。"))
    return enter_count(
        session,
        reconciliation_id=read.reconciliation_id,
        counts=read.entries,
        source=FROM_SHEET,
    )


# -- the file --------------------------------------------------------------------------------


def _opened(path: Path) -> tuple[Any, Any]:
    """The workbook with its formulas, and with what they came to. Raises RuleError."""
    from openpyxl import load_workbook

    try:
        data = caps.load(path)
        caps.check_zip(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNZIPPED:
                raise RosterFault("too_much")
    except RosterFault as fault:
        raise caps.refusal(fault.code) from None
    try:
        return (
            load_workbook(io.BytesIO(data), keep_links=False),
            load_workbook(io.BytesIO(data), keep_links=False, data_only=True),
        )
    except Exception:  # whatever openpyxl stumbles over, the file is no sheet of ours
        raise caps.refusal("damaged") from None


def _sheet_of(book: Any, row: PeriodRow) -> Any:
    """The count sheet of this period. Raises RuleError."""
    found = [(sheet, named) for sheet in book.worksheets if (named := _subject(sheet))]
    if not found:
        raise RuleError(
            tr("这不是清点表：没有找到“核对日、核对号、截止号”那一行。请选从这里导出的清点表。")
        )
    shown = [(sheet, named) for sheet, named in found if sheet.sheet_state == "visible"]
    if not shown:
        raise RuleError(tr("清点表被隐藏了。请在 Excel 里取消隐藏，看过以后保存再读回。"))
    if len(shown) > 1:
        raise RuleError(tr("这个工作簿里有 {n} 张清点表，请只留一张。").format(n=len(shown)))
    sheet, (week, number, cutoff) = shown[0]
    again = tr("请选对文件，或重新导出清点表。")
    if week != row.week:
        sentence = tr("这是 {theirs} 的清点表，现在核对的是 {ours}。")
        raise RuleError(sentence.format(theirs=week, ours=row.week) + again)
    if (int(number), int(cutoff)) != (row.id, row.cutoff_seq):
        sentence = tr("这张表属于 {week} 的另一次核对(核对号 {theirs})，现在是核对号 {ours}。")
        raise RuleError(sentence.format(week=week, theirs=number, ours=row.id) + again)
    return sheet


def _subject(sheet: Any) -> tuple[str, ...] | None:
    for cells in sheet.iter_rows(max_row=_LOOK, max_col=4):
        for cell in cells:
            named = SUBJECT.search(cell.value) if isinstance(cell.value, str) else None
            if named is not None:
                return named.groups()
    return None


# -- its rows --------------------------------------------------------------------------------


@dataclass
class _Reading:
    """One pass over the rows of a sheet; `values` is the same sheet with formulas worked out."""

    sheet: Any
    values: Any
    lines: list[CountRow]
    found: dict[tuple[int, str], int | None] = field(default_factory=dict)
    rows: dict[tuple[int, str], int] = field(default_factory=dict)
    problems: list[SheetProblem] = field(default_factory=list)

    def read(self) -> None:
        """Every row, then the lines that no row was for. Raises RuleError for other columns."""
        header, columns = self._header()
        for number in self._filled(header):
            self._row(number, columns)
        for line in self.lines:
            if (line.gift_id, line.place) not in self.rows:
                sentence = tr("表上缺少“{name}”({place})这一行。请重新导出清点表，或在窗口里点。")
                self._wrong(0, sentence.format(name=line.name, place=place_name(line.place)))

    def result(self, reconciliation_id: int) -> CountSheetRead:
        """What was found."""
        counted = {(line.gift_id, line.place): line.counted for line in self.lines}
        new = {
            key: number
            for key, number in self.found.items()
            if number is not None and number != counted[key]
        }
        return CountSheetRead(
            reconciliation_id,
            tuple(CountEntry(*key, number) for key, number in new.items()),
            sum(1 for key in new if counted[key] is not None),
            len(self.found) - len(new),
            tuple(sorted(self.problems, key=lambda problem: (problem.row == 0, problem.row))),
        )

    def _header(self) -> tuple[int, dict[str, int]]:
        """Number of the header row, and the column of each header that is needed."""
        number, columns = 0, dict[str, int]()
        while CODE not in columns and COUNTED not in columns:
            number += 1
            if number > _LOOK:
                raise RuleError(tr("清点表的表头不见了。请重新导出清点表再填。"))
            columns = {_text(cell.value): cell.column for cell in self.sheet[number]}
        missing = [name for name in (CODE, NAME, PLACE, COUNTED) if name not in columns]
        if missing:
            sentence = tr("清点表少了“{names}”列。请重新导出清点表再填。")
            raise RuleError(sentence.format(names="、".join(missing)))
        from openpyxl.utils import get_column_letter

        letter = get_column_letter(columns[COUNTED])
        if self.sheet.column_dimensions[letter].hidden:
            raise RuleError(tr("清点表的“实盘”列被隐藏了。请取消隐藏，看过以后保存再读回。"))
        return number, columns

    def _filled(self, header: int) -> Iterator[int]:
        """The rows below the header that hold anything, down to the signatures."""
        if self.sheet.max_row > _MOST_ROWS:
            sentence = tr("清点表超过 {n} 行，不是导出时的样子。请重新导出清点表再填。")
            raise RuleError(sentence.format(n=_MOST_ROWS))
        codes = {_text(clean(line.code)) for line in self.lines}
        for number in range(header + 1, self.sheet.max_row + 1):
            texts = [text for cell in self.sheet[number] if (text := _text(cell.value))]
            if texts and _SIGNED.search(texts[0]) and codes.isdisjoint(texts):
                return
            if texts:
                yield number

    def _row(self, number: int, columns: dict[str, int]) -> None:
        def text(name: str) -> str:
            return _text(self.values.cell(number, columns[name]).value)

        line = self._line(number, text(CODE), text(NAME), text(PLACE))
        if line is None:
            return
        key = (line.gift_id, line.place)
        if key in self.rows:
            sentence = tr("“{name}”({place})在第 {first} 行已有一行。请只留一行。")
            self._wrong(
                number,
                sentence.format(name=line.name, place=place_name(line.place), first=self.rows[key]),
            )
            self.found.pop(key, None)  # which of the two is meant, nobody can say
            return
        self.rows[key] = number
        if self.sheet.row_dimensions[number].hidden:
            self._wrong(number, tr("这一行被隐藏或筛掉了。请显示出来，核对以后再读回。"))
            return
        counted = self._counted(number, columns[COUNTED], line)
        if isinstance(counted, str):
            self._wrong(number, counted)
        else:
            self.found[key] = counted

    def _line(self, number: int, code: str, name: str, place: str) -> CountRow | None:
        """The line a row is for; None after saying why there is none."""
        known = [line for line in self.lines if _text(clean(line.code)) == code]
        if not known:
            sentence = tr("“{code} {name}”不在这次核对里，是后来加的行。请删去这一行。")
            self._wrong(number, sentence.format(code=code, name=name))
            return None
        if _text(clean(known[0].name)) != name:
            sentence = tr("礼品“{code}”的名称是“{ours}”，表上写成“{theirs}”。请改回原来的名称。")
            self._wrong(number, sentence.format(code=code, ours=known[0].name, theirs=name))
            self._seen(known, place, number)
            return None
        line = next((line for line in known if place_name(line.place) == place), None)
        if line is None:
            sentence = tr("库位写成“{place}”。请写“{warehouse}”或“{desk}”，与导出时一样。")
            words = dict(zip(("warehouse", "desk"), map(place_name, PLACES), strict=True))
            self._wrong(number, sentence.format(place=place, **words))
        return line

    def _seen(self, known: list[CountRow], place: str, number: int) -> None:
        """A row with a changed name is still there: it is not told missing as well."""
        for line in known:
            if place_name(line.place) == place:
                self.rows.setdefault((line.gift_id, line.place), number)

    def _counted(self, number: int, column: int, line: CountRow) -> int | str | None:
        """The number of a row, a sentence for what is none, or None where the count already
        entered stands."""
        cell = self.sheet.cell(number, column)
        value = self.values.cell(number, column).value
        if value is None or (isinstance(value, str) and not value.strip()):
            if cell.data_type == "f":
                return tr("实盘是公式，没有算出的值。请直接填数字。")
            if line.counted is not None:
                return None
            return tr("“{name}”({place})没有填实盘。没有货请填 0。").format(
                name=line.name, place=place_name(line.place)
            )
        return count_in(value)

    def _wrong(self, row: int, sentence: str) -> None:
        self.problems.append(SheetProblem(row, sentence))


def count_in(value: object) -> int | str:
    """The count in a cell's value, or the sentence that says why it is none."""
    if isinstance(value, str):
        digits = value.translate(_FULL_WIDTH).strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= len(str(stock.LARGEST)):
            value = int(digits)
        else:
            return tr("实盘“{text}”不是数字。请只填整数，不写单位和“约”。").format(
                text=value.strip()[:20]
            )
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        kind = tr("日期") if isinstance(value, (date, time, timedelta)) else tr("是或否")
        return tr("实盘被存成了{kind}。请把单元格改成数字再填。").format(kind=kind)
    if value != value or abs(value) > 10 * stock.LARGEST or int(value) != value:
        return tr("实盘 {text} 不是整数。请填 0 至 {most} 的整数。").format(
            text=value, most=stock.LARGEST
        )
    if not 0 <= value <= stock.LARGEST:
        return tr("实盘 {text} 不对。请填 0 至 {most} 的整数。").format(
            text=int(value), most=stock.LARGEST
        )
    return int(value)


def _text(value: object) -> str:
    """A cell as text, blanks put together."""
    return "" if value is None else " ".join(str(value).split())
