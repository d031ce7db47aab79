"""Which programme is tried: a file, a shipped preset, a draft, or what the clinic signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.database import ClinicDatabase
from services.programmes.definition import Programme
from services.programmes.drafts import draft, signed, versions
from services.programmes.registry import preset
from services.programmes.toml_files import SUFFIX, read_file


@dataclass(frozen=True)
class Trial:
    """A programme to try. `version` is the number of a signed version, 'preset', 'draft' or
    'file'."""

    programme: Programme
    version: int | str


def named(text: str) -> Trial:
    """The programme of a .toml file, else the preset of that name.

    Raises RuleError for a file that is no programme and for an unknown name.
    """
    path = Path(text)
    if path.suffix.lower() == SUFFIX or path.is_file():
        return Trial(read_file(path), "file")
    return Trial(preset(text), "preset")


def of_draft(db: ClinicDatabase, draft_id: int) -> Trial:
    """A draft of the clinic, incomplete as it may be. Raises RuleError for an unknown one."""
    return Trial(draft(db, draft_id), "draft")


def of_version(db: ClinicDatabase, today: str, version_id: int) -> Trial:
    """A version the clinic signed. Raises RuleError for an unknown one."""
    programme = signed(db, version_id)
    number = next(row.number for row in versions(db, today) if row.id == version_id)
    return Trial(programme, number)
