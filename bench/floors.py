"""The floors: raw sqlcipher3 and openpyxl, with nothing of ours in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from services.clinic import Clinic

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "secure_delete=ON",
    "cache_size=-65536",
)


def raw(clinic: Clinic) -> Any:
    """A bare connection to the same file with the same contract."""
    connection = dbapi2.connect(str(clinic.file.db.path), isolation_level=None)
    connection.execute(f"PRAGMA key=\"x'{clinic.file.key.hex()}'\"")
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def write_only(sheets: dict[str, list[tuple[Any, ...]]], path: str) -> None:
    """openpyxl's fastest way to write these cells."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def read_only(path: Path) -> int:
    """openpyxl's fastest way to read all cells of a workbook; answers how many rows."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    rows = sum(1 for sheet in book.worksheets for _ in sheet.iter_rows(values_only=True))
    book.close()
    return rows
