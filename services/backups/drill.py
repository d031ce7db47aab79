"""The monthly drill: the newest copy off this PC is opened as somebody would after a fire.

By the recovery code, in a temporary place, with no help from this PC; the counts are shown, and
the result is an audit row (P9).
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from models import durable, keys
from models.clinic_file import DATABASE_FILE
from services.backups import shelf
from services.backups.shelf import Backup
from services.changes import Changes, Kind
from services.clinic import open_clinic
from services.clock import Clock, days_between
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.verify import verify

MONTH_DAYS = 31


@dataclass(frozen=True)
class Drilled:
    """What the drill found in the backup: rows by table, kinds of fault."""

    backup: str
    counts: dict[str, int]
    faults: int


@dataclass(frozen=True)
class DrillNoted:
    """The drill is on record."""

    changes: Changes


class _NoVault:
    """A PC that has never seen the clinic."""

    def get(self, clinic_id: str) -> bytes | None:
        return None  # pragma: no cover - it is opened by the code

    def set(self, clinic_id: str, secret: bytes) -> None:
        return None


def drill(backup: Backup, code: str, clock: Clock) -> Drilled:
    """Open a copy of the backup by the recovery code and check it; nothing of it stays.

    Raises RuleError for spoilt bytes, StoreFault(WRONG_KEY) for another code.
    """
    if not shelf.same_bytes(backup.path, backup.manifest):
        raise RuleError(tr("这份备份已损坏，演练没有通过。请马上再备份一份。"))
    with tempfile.TemporaryDirectory(prefix="haochi-drill-") as name:
        place = Path(name) / "data"
        with durable.explained("drill"):
            place.mkdir(mode=0o700)
            shutil.copyfile(backup.path, place / DATABASE_FILE)
        keys.put(place, backup.manifest.key_file())
        clinic = open_clinic(place, clock, holder="drill", vault=_NoVault(), code=code)
        try:
            report = verify(clinic, by_itself=True)
        finally:
            clinic.close()
    return Drilled(backup.path.name, dict(report.checked), len(report.faults))


@command("backup.drilled", entity="clinic")
def note_drill(tx: Tx, *, backup: str, faults: int) -> DrillNoted:
    """Put a drill on record."""
    tx.about(1, backup=backup, faults=faults)
    return DrillNoted(Changes((Kind.SETTING,)))


def remember_drill(home: Path, today: str) -> None:
    """The clinic's own backups remember when the last drill was. Raises StoreFault."""
    with durable.explained("drill"):
        state = shelf.read_state(home)
        state.drilled_on = today
        shelf.write_state(home, state)


def due(state: shelf.State, today: str) -> bool:
    """Whether a month went by since the last drill."""
    return not state.drilled_on or days_between(state.drilled_on, today) >= MONTH_DAYS
