"""What happens by itself: a backup when one is due, and a copy on every stick that is there.

Runs beside the window on a thread of its own. A stick that fails costs a sentence, never the
backup on this PC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.backups import making, off_pc, schedule, shelf
from services.backups.making import Progress, make_backup
from services.backups.off_pc import Place
from services.backups.shelf import Backup
from services.clinic import Clinic
from services.errors import AppError, EnvironmentFault, fault_sentence
from services.verify import VerifyCancelled

DUE, LEAVING, NIGHT = "due", "exit", "night"


@dataclass(frozen=True)
class Kept:
    """`made`: a backup was made now; `copied`: onto how many places off this PC, which may be
    taken out now; `problem`: what went wrong with one of them ('' for nothing)."""

    made: bool
    copied: int
    problem: str


def keep(
    clinic: Clinic,
    why: str,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Kept:
    """Make a backup if one is due (`DUE`) or if anything was written (every other `why`), then
    copy the newest to the places that are there: once a day, and at `LEAVING` or by the PC's own
    scheduler at `NIGHT` whenever it is newer.

    Raises EnvironmentFault, BackupRefused, VerifyCancelled.
    """
    made = None
    if why != DUE or _due(clinic):
        made = make_backup(clinic, why, progress=progress, cancelled=cancelled)
    copied, problem = _copy_everywhere(clinic, why, cancelled)
    return Kept(made is not None, copied, problem)


def before_leaving(clinic: Clinic) -> bool:
    """Whether there is something to back up, or a newer backup to copy to where copies go."""
    found = schedule.status(clinic)
    copies = shelf.read_state(shelf.folder_of(clinic.folder)).off_pc
    return found.changed or (bool(copies) and max(copies.values()) < found.last)


def places_here(clinic: Clinic, stopped: Callable[[], bool] = lambda: False) -> list[Place]:
    """Where copies of this clinic may go now: its second folder and its sticks. May be slow.
    Raises VerifyCancelled after `stopped()` said so."""
    home = shelf.folder_of(clinic.folder)
    newest = next(iter(making.mine(home, clinic)), None)
    if newest is None:
        return []
    second = shelf.read_state(home).second
    more = [Path(second)] if second else []
    return off_pc.places(newest.manifest.clinic_id, more, own=clinic.folder, stopped=stopped)


def _due(clinic: Clinic) -> bool:
    with clinic.reading() as reading:
        return schedule.due(schedule.status(reading), clinic.clock.now_local())


def _copy_everywhere(clinic: Clinic, why: str, cancelled: Callable[[], bool]) -> tuple[int, str]:
    home = shelf.folder_of(clinic.folder)
    with clinic.reading() as reading:
        newest = making.latest(reading)
    if newest is None:
        return 0, ""
    copied, problem = 0, ""
    for place in places_here(clinic, cancelled):
        if not _wanted(newest, place, home, why, clinic.clock.today()):
            continue

        def going(_done: int, _total: int) -> None:
            if cancelled():
                raise VerifyCancelled

        try:
            off_pc.copy_out(newest, place, clinic.clock, home, going, cancelled)
        except AppError as refused:
            problem = refused.sentence
        except EnvironmentFault as fault:
            problem = fault_sentence(fault.fault)
        else:
            copied += 1
    return copied, problem


def _wanted(newest: Backup, place: Place, home: Path, why: str, today: str) -> bool:
    if (place.folder / newest.path.name).exists():
        return False
    last = shelf.read_state(home).off_pc.get(place.place_id, "")
    return why in (LEAVING, NIGHT) or last[:10] != today
