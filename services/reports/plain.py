"""A report as JSON: plain figures and rows, for other programs.

Money is fen and rates are per mille, as whole numbers; days are 'YYYY-MM-DD' text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from services.reports.reading import ReadReport
from services.workbooks.files import write_whole

_KINDS = {"money": "fen", "rate": "permille", "signed": "int", "note": "text"}


def as_json(found: ReadReport) -> bytes:
    """The report: name, days, who signed for it, and its sheets with columns, rows, totals and
    notes."""
    ask, signed = found.ask, found.signed
    top = {
        "report": found.report.name,
        "title": found.report.title,
        "from": ask.first,
        "to": ask.last,
        "as_of": ask.today,
        "signed": None
        if signed is None
        else {
            "on": signed.on,
            "handed_by": signed.handed_by,
            "received_by": signed.received_by,
            "rows": signed.rows,
            "changed_since": found.changed,
        },
        "sheets": [
            {
                "name": each.sheet.name,
                "columns": [
                    {"header": column.header, "kind": _KINDS.get(column.kind, column.kind)}
                    for column in each.sheet.columns
                ],
                "rows": each.rows,
                "total": each.totals or None,
                "notes": each.sheet.notes,
            }
            for each in found.sheets
        ],
    }
    return msgspec.json.format(msgspec.json.encode(_empty_to_null(top)), indent=1)


def write_json(found: ReadReport, path: Path) -> None:
    """Write the JSON, whole or not at all. Raises as `write_whole`."""
    data = as_json(found)
    write_whole(path, lambda file: file.write(data + b"\n"))


def _empty_to_null(top: dict[str, Any]) -> dict[str, Any]:
    for sheet in top["sheets"]:
        if sheet["total"] is not None:
            sheet["total"] = [None if value == "" else value for value in sheet["total"]]
    return top
