"""Every export by a signed-in person is on record (storage.md, audit trail)."""

from __future__ import annotations

from dataclasses import dataclass

from services.changes import NOTHING, Changes
from services.commands import Tx, command


@dataclass(frozen=True)
class ExportLogged:
    """The export is on record."""

    rows: int
    changes: Changes


@command("export.workbook", entity="export")
def log_export(tx: Tx, *, name: str, rows: int) -> ExportLogged:
    """Record that a workbook left the program: its file name (no personal data) and its rows."""
    tx.about(0, name=name, rows=rows)
    return ExportLogged(rows, NOTHING)
