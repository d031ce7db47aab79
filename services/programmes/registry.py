"""Programmes of a clinic: shipped presets, signed versions, and which one was in force when."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models.database import ClinicDatabase
from models.programmes import Programme as ProgrammeTable
from models.programmes import ProgrammeVersion
from models.query import Prepared, slot
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import Programme, from_json, from_toml, to_json

PRESETS = Path(__file__).parents[2] / "resources" / "programmes"
_BEGINNING = "1900-01-01"

_ACTIVE = Prepared(
    lambda: (
        ProgrammeVersion.select(
            ProgrammeVersion.programme_id, ProgrammeVersion.id, ProgrammeVersion.valid_from
        )
        .join(ProgrammeTable, on=(ProgrammeTable.id == ProgrammeVersion.programme_id))
        .where(ProgrammeTable.state == "active")
        .order_by(
            ProgrammeVersion.programme_id, ProgrammeVersion.valid_from, ProgrammeVersion.number
        )
    )
)
_DEFINITION = Prepared(
    lambda: ProgrammeVersion.select(ProgrammeVersion.definition).where(
        ProgrammeVersion.id == slot("id")
    )
)


@dataclass(frozen=True)
class Version:
    """A signed version: from which day it is in force, and what it says."""

    id: int
    valid_from: str
    programme: Programme


@dataclass(frozen=True)
class Timeline:
    """The signed versions of one programme, oldest first."""

    programme_id: int
    versions: tuple[Version, ...]

    def at(self, day: str) -> Version:
        """The version in force on `day`; the first one reaches back before its date (E12)."""
        starts = [version.valid_from for version in self.versions]
        return self.versions[max(bisect_right(starts, day) - 1, 0)]

    @property
    def name(self) -> str:
        """The programme's name."""
        return self.versions[-1].programme.name


def preset_names() -> list[str]:
    """The names of the shipped presets."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def preset(name: str) -> Programme:
    """A shipped preset. Raises RuleError when there is none of that name."""
    path = PRESETS / f"{name}.toml"
    if name not in preset_names():
        sentence = tr("没有“{name}”这个方案。可选：{names}。")
        raise RuleError(sentence.format(name=name, names="、".join(preset_names())))
    return from_toml(path.read_text(encoding="utf-8"))


def sign_version(tx: Tx, programme: Programme, valid_from: str, note: str = "") -> int:
    """Keep a programme as a new immutable version in force from a day; answers its id."""
    found = tx.db.row(
        ProgrammeTable.select(ProgrammeTable.id).where(ProgrammeTable.name == programme.name)
    )
    programme_id = (
        found[0] if found else tx.db.insert(ProgrammeTable, name=programme.name, state="active")
    )
    numbers = ProgrammeVersion.select(ProgrammeVersion.number).where(
        ProgrammeVersion.programme_id == programme_id
    )
    number = max((row[0] for row in tx.db.rows(numbers)), default=0) + 1
    return tx.db.insert(
        ProgrammeVersion,
        programme_id=programme_id,
        number=number,
        valid_from=valid_from,
        definition=to_json(programme),
        note=note,
        seq=tx.seq,
    )


def timelines(db: ClinicDatabase) -> list[Timeline]:
    """The active programmes with their versions. Definitions are parsed once per process."""
    by_programme: dict[int, list[Version]] = {}
    for programme_id, version_id, valid_from in _ACTIVE.rows(db):
        version = Version(version_id, valid_from, _definition(db, version_id))
        by_programme.setdefault(programme_id, []).append(version)
    return [Timeline(pid, tuple(versions)) for pid, versions in by_programme.items()]


def main_timeline(db: ClinicDatabase) -> Timeline:
    """The clinic's first active programme: what the desk means when it names none."""
    return timelines(db)[0]


def version(db: ClinicDatabase, version_id: int) -> Programme:
    """What a signed version says."""
    return _definition(db, version_id)


@lru_cache(maxsize=256)
def _parsed(definition: str) -> Programme:
    return from_json(definition)


def _definition(db: ClinicDatabase, version_id: int) -> Programme:
    row = _DEFINITION.row(db, id=version_id)
    if row is None:
        raise LookupError(version_id)
    return _parsed(str(row[0]))
