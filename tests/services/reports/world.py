"""Reports as tests read them: a sheet as lists of plain values."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.clinic import Clinic
from services.reports.reading import ReadReport, ReadSheet, read
from services.reports.registry import find
from services.reports.sheet import Ask, Filters


def ask(clinic: Clinic, first: str, last: str, **filters: Any) -> Ask:
    return Ask(first, last, clinic.clock.today(), Filters(**filters))


def report(clinic: Clinic, name: str, first: str, last: str, **filters: Any) -> ReadReport:
    return read(clinic.db, find(name), ask(clinic, first, last, **filters))


def sheet(found: ReadReport, name: str) -> ReadSheet:
    return next(each for each in found.sheets if each.sheet.name == name)


def rows(found: ReadReport, name: str) -> list[list[Any]]:
    """Rows with days as text."""
    return [
        [str(value) if isinstance(value, date) else value for value in row]
        for row in sheet(found, name).rows
    ]


def column(found: ReadReport, name: str, header: str) -> list[Any]:
    headers = [each.header for each in sheet(found, name).sheet.columns]
    at = headers.index(header)
    return [row[at] for row in rows(found, name)]
