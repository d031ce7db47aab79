"""Cells that are filled again and again: openpyxl's own, without the work we have done already.

openpyxl finds out the type of every value, looks up every style and makes a new cell after each
styled one. Here a cell knows its style's number from the start and is told the type. Import this
module inside functions only: it loads openpyxl.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from openpyxl.cell.cell import Cell

_LONGEST = 32_767  # characters a cell may hold


class SheetCell(Cell):
    """A styled cell of a streaming sheet. Its style is set once, its value for every row."""

    __slots__ = ("_style_number",)

    def __init__(self, sheet: Any, style: str, *, quoted: bool = False) -> None:
        super().__init__(sheet, row=1, column=1)
        self.style = style
        if quoted:
            self.quotePrefix = True
        self._style_number = int(super().style_id)

    @property
    def style_id(self) -> int:
        """The number of the style in the workbook, looked up once."""
        return self._style_number

    @property
    def has_style(self) -> bool:
        """Always: that is what this cell is for."""
        return True

    def put(self, value: Any) -> SheetCell:
        """A number, a date, a formula of the program, or nothing."""
        self._value = value
        if isinstance(value, str):
            self.data_type = "f"
        else:
            self.data_type = "d" if isinstance(value, date) else "n"
        return self

    def put_text(self, text: str) -> SheetCell:
        """Text that stays text, whatever it begins with. It must be clean."""
        self._value = text[:_LONGEST] or None
        self.data_type = "s" if text else "n"  # text of no length would be a cell without one
        return self


def take_cells_as_they_are(sheet: Any) -> None:
    """Let a streaming sheet write rows of `SheetCell` without asking what they are."""

    def placed(cells: Sequence[Any], row: int) -> Iterator[Any]:
        for column, cell in enumerate(cells, 1):
            cell.row = row
            cell.column = column
            yield cell

    sheet._values_to_row = placed


def discard_sheet(sheet: Any) -> None:
    """End a streaming sheet that was not saved, and remove its temporary file."""
    if not sheet.closed:
        sheet.close()
    if os.path.exists(sheet._writer.out):
        sheet._writer.cleanup()
