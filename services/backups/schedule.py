"""When a backup is due, and how old the newest is in a word for the today strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.backups import making, off_pc, shelf
from services.clinic import Clinic
from services.commands import head_of_chain

EVERY_MINUTES = 30
Level = Literal["good", "late", "alarm"]


@dataclass(frozen=True)
class BackupStatus:
    """`last` is the local time of the newest backup ('' for none), `changed` that something was
    written since; `off_pc_days` days since the last copy off this PC, None for never. `level`:
    'late' from 3 days on, 'alarm' from 7 or when the last check failed."""

    last: str
    changed: bool
    off_pc_days: int | None
    failed: bool
    level: Level


def status(clinic: Clinic) -> BackupStatus:
    """How old the backups are; reads a few small files."""
    folder = shelf.folder_of(clinic.folder)
    newest = making.latest(clinic)
    state = shelf.read_state(folder)
    today = clinic.clock.today()
    days = off_pc.days_since(state, today)
    seq, head = head_of_chain(clinic.db)
    failed = bool(state.failed_on) and (
        newest is None or newest.manifest.made_at[:10] < state.failed_on
    )
    level: Level = "good"
    if failed or days is None or days >= off_pc.RED_DAYS:
        level = "alarm"
    elif days >= off_pc.AMBER_DAYS:
        level = "late"
    return BackupStatus(
        newest.manifest.made_at if newest else "",
        newest is None or (newest.manifest.seq, newest.manifest.head[:8]) != (seq, head),
        days,
        failed,
        level,
    )


def due(found: BackupStatus, now_local: str) -> bool:
    """Whether to back up now: something changed, and the newest is of another day or half an hour
    old; a clock that was turned back counts as old."""
    if not found.changed:
        return False
    if not found.last or found.last[:10] != now_local[:10]:
        return True
    minutes = _minutes(now_local) - _minutes(found.last)
    return minutes >= EVERY_MINUTES or minutes < 0


def _minutes(moment: str) -> int:
    """Minutes of the day of 'YYYY-MM-DD HH:MM:SS'."""
    return int(moment[11:13]) * 60 + int(moment[14:16])
