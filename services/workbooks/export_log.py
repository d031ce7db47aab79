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
def log_export(tx: Tx, *, name: str, rows: int, clear: int = 0) -> ExportLogged:
    """Record that a workbook left the program: its file name (no personal data) and its rows; of a
    list in clear text the number under which it was released."""
    tx.about(0, name=name, rows=rows, **({"clear": clear} if clear else {}))
    return ExportLogged(rows, NOTHING)
