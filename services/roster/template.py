"""An empty roster to fill in: every column the import knows, in one header row."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from services.i18n import tr
from services.roster.mapping import FIELDS, SYNONYMS
from services.workbooks.files import write_whole

FILE_NAME = "会员名册模板.xlsx"
_ROWS = 500
_TEXT = {"phone", "phone_alt", "guardian_phone", "id_number", "number", "file_number"}


def write_template(path: Path) -> None:
    """Write the template; numbers that must keep every digit are text columns.

    Raises what `services.workbooks.files.write_whole` raises.
    """
    write_whole(path, _fill)


def _fill(file: IO[bytes]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = tr("会员名册")
    sheet.freeze_panes = "A2"
    for column, name in enumerate(FIELDS, 1):
        cell = sheet.cell(row=1, column=column, value=SYNONYMS[name][0])
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 16
        if name in _TEXT:
            for row in range(2, _ROWS + 2):
                sheet.cell(row=row, column=column).number_format = "@"
    book.save(file)
