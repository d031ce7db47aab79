"""openpyxl's way through a sheet, less two detours that take half of the time.

It reads a sheet that does not state its size from end to end to find it out, which is not asked
here; and it builds three objects for a text that stands in its own cell, as exports write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet import _read_only
from openpyxl.worksheet._reader import INLINE_STRING, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

_TEXT = f"{{{SHEET_MAIN_NS}}}t"


class _Parser(WorkSheetParser):
    def parse_cell(self, element: Any) -> dict[str, Any]:
        """A cell; the common one is a plain text with its place, and nothing else."""
        text, place = _plain(element), element.get("r")
        if text is None or not place:
            return super().parse_cell(element)
        row, self.col_counter = coordinate_to_tuple(place)
        kind = {"value": text, "data_type": "s", "style_id": int(element.get("s", 0))}
        return {"row": row, "column": self.col_counter, **kind}


def _plain(cell: Any) -> str | None:
    """The text of `<c t="inlineStr"><is><t>…</t></is></c>`; None for anything else."""
    if cell.get("t") != "inlineStr" or len(cell) != 1:
        return None
    holder = cell[0]
    if holder.tag != INLINE_STRING or len(holder) != 1 or holder[0].tag != _TEXT:
        return None
    return holder[0].text or ""


@contextmanager
def quick_sheets() -> Iterator[None]:
    """Have openpyxl read so, for as long as the block runs (in a process of its own)."""
    sheet: Any = _read_only.ReadOnlyWorksheet
    module: Any = _read_only
    size, parser = sheet._get_size, module.WorkSheetParser
    sheet._get_size, module.WorkSheetParser = lambda _: None, _Parser
    try:
        yield
    finally:
        sheet._get_size, module.WorkSheetParser = size, parser
