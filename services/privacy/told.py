"""How a table of somebody's data is declared and its values are said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.system import Audit
from services.i18n import tr
from services.money import yuan

Render = Callable[[Any], str]


@dataclass(frozen=True)
class Told:
    """A column: its header, the field, and how a value is said."""

    header: str
    field: Any
    render: Render


@dataclass(frozen=True)
class Part:
    """A table: its title, the field that says whose row it is, the columns."""

    title: str
    table: Any
    whose: Any
    columns: tuple[Told, ...]


class Words:
    """How values are said; names of what rows point at are read once."""

    def __init__(self, db: ClinicDatabase) -> None:
        self._db = db

    def named(self, table: Any, name: Any) -> Render:
        """The name of the row an id stands for."""
        known = dict(self._db.rows(table.select(table._meta.primary_key, name)))
        return lambda value: str(known.get(value, "")) if value is not None else ""

    def day_of(self) -> Render:
        """The business day of the command that wrote a row."""

        def render(seq: Any) -> str:
            day = self._db.scalar(Audit.select(Audit.business_date).where(Audit.seq == seq))
            return as_text(day)

        return render


def as_text(value: Any) -> str:
    """A value as it stands, '' for none."""
    return "" if value is None else str(value)


def as_yuan(value: Any) -> str:
    """Fen as yuan."""
    return "" if value is None else yuan(value)


def as_yes(value: Any) -> str:
    """A tick as a word."""
    return tr("是") if value else tr("否")


def plain(title: str, field: Any, render: Render = as_text) -> Told:
    """A column, its values as they stand unless said otherwise."""
    return Told(title, field, render)


def is_state(wanted: str) -> Render:
    """Whether a state is this one."""
    return lambda value: as_yes(value == wanted)
