"""A backup: copied over a connection, opened, checked as a clinic, then given its name.

The window may go on posting meanwhile: the copy is what was committed when it began. Until the
last rename there is no backup; whatever an interruption leaves has another name.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models import durable, keys, schema
from models.clinic_file import ClinicFile
from models.database import ClinicDatabase, CopyStopped
from models.errors import Fault, StoreFault
from services.backups import manifest as manifests
from services.backups import shelf, thinning
from services.backups.manifest import Manifest
from services.backups.shelf import Backup
from services.clinic import Clinic
from services.errors import AppError
from services.i18n import tr
from services.verify import VerifyCancelled, anchors
from services.version import VERSION

Progress = Callable[[int, int], None]
_PAGES_MIB = 64  # nobody waits for the check, and what it took the program keeps for the day

SLACK_BYTES = 16 << 20


class BackupRefused(AppError):
    """The copy is not what was copied; nothing was added to the backups, none was taken away."""


@dataclass(frozen=True)
class Checked:
    """What opening a copy said: the newest audit row, rows by table, faults of the books."""

    seq: int
    head: str
    counts: dict[str, int]
    faults: tuple[str, ...]


def make_backup(
    clinic: Clinic,
    why: str,
    *,
    always: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Backup | None:
    """Make and check a backup beside the clinic; None when nothing was written since the newest
    (`always` makes one all the same). May run on any thread.

    Raises EnvironmentFault (disk full, folder read-only, damage), BackupRefused when the copy
    does not pass, VerifyCancelled after `cancelled()` said so.
    """
    folder = shelf.folder_of(clinic.folder)
    with shelf.alone(folder, cancelled):
        return _make(clinic, folder, why, always, progress, cancelled)


def _make(
    clinic: Clinic,
    folder: Path,
    why: str,
    always: bool,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> Backup | None:
    shelf.prepare(folder)
    with clinic.reading() as reading:
        seq, mac = manifests.head(reading.db)
        newest = None if always else latest(reading)
        if newest is not None and _head(newest) == (seq, mac.hex()):
            return None
        _check_space(folder, reading.db.path.stat().st_size)
        part = folder / f".{shelf.name_for(clinic.clock.now_local(), seq)}{durable.PART}"
        try:
            with durable.explained("backup"):
                reading.db.copy_into(part, cancelled)
            found = check_copy(clinic, part, progress, cancelled)
            _refuse_fewer(folder, clinic, found)
            return _finish(clinic, folder, part, found, why)
        except CopyStopped:
            raise VerifyCancelled from None
        except BackupRefused:
            _remember_failure(folder, clinic.clock.today())
            raise
        finally:
            shelf.sweep(folder)


def check_copy(
    clinic: Clinic,
    path: Path,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Checked:
    """Open a copy of `clinic` and check it as a clinic. Raises BackupRefused when the file itself
    is not sound; faults of the books are named, as the copy is true to them."""
    from services.verify import verify  # a start asks for the backups that are there, no more

    db = ClinicDatabase(path, clinic.file.key)
    db.open()  # also sets its journal to WAL, as a clinic's is
    copy = Clinic(
        file=ClinicFile(path.parent, db, clinic.file.key, None, path.name),
        db=db,
        clock=clinic.clock,
        audit_key=clinic.audit_key,
        fingerprint_key=clinic.fingerprint_key,
    )
    try:
        report = verify(copy, progress, cancelled, home=clinic.folder, most_mib=_PAGES_MIB)
        seq, mac = manifests.head(db)
    finally:
        copy.close()
    codes = tuple(fault.code for fault in report.faults)
    if any(code.startswith("file.") for code in codes):
        raise BackupRefused(tr("备份没有通过检查，没有列入备份。请检查磁盘，再备份一次。"))
    return Checked(seq, mac.hex(), dict(report.checked), codes)


def thin(folder: Path, today: str, state: shelf.State) -> int:
    """Take away what need not be kept, unless thinning is paused by `state`, what the clinic's
    own backups remember; answers how many went."""
    if thinning.paused(today, state.restored_on, state.failed_on):
        return 0
    backups = shelf.known(folder)
    kept = thinning.keep(
        (thinning.Made(each.path.name, shelf.made_at(each.path)) for each in backups), today
    )
    gone = [each for each in backups if each.path.name not in kept]
    for each in gone:
        shelf.remove(each.path)
    return len(gone)


def _finish(clinic: Clinic, folder: Path, part: Path, found: Checked, why: str) -> Backup:
    with durable.explained("backup"):
        made = Manifest(
            made_at=clinic.clock.now_local(),
            business_date=clinic.clock.today(),
            app_version=VERSION,
            schema=schema.latest_version(),
            size=part.stat().st_size,
            sha256=durable.digest(part),
            seq=found.seq,
            head=found.head,
            counts=found.counts,
            keys=keys.plain(keys.for_travel(keys.load(clinic.folder))),
            why=why,
            faults=found.faults,
        )
        backup = shelf.place(part, folder, manifests.sealed(made, clinic.file.key))
    if found.faults:
        _remember_failure(folder, clinic.clock.today())
    thin(folder, clinic.clock.today(), shelf.read_state(folder))
    return backup


def _head(backup: Backup) -> tuple[int, str]:
    """Number and seal: after a restore the same number may be another row."""
    return backup.manifest.seq, backup.manifest.head


def latest(clinic: Clinic) -> Backup | None:
    """The backup that holds most of the clinic as it stands, whatever its clock said: of those
    whose row is in the chain the one with the highest number; of all, when none is (the rest
    are of a state that a restore gave up). None without a backup."""
    backups = mine(shelf.folder_of(clinic.folder), clinic)
    backups.sort(key=lambda each: each.manifest.seq, reverse=True)  # the same row: by time
    heads = ((each, anchors.Anchor(each.path.name, *_head(each))) for each in backups)
    on_chain = (each for each, head in heads if anchors.fits(clinic.db, head))
    return next(on_chain, backups[0] if backups else None)


def mine(folder: Path, clinic: Clinic) -> list[Backup]:
    """Backups whose seal is this clinic's, the newest first."""
    key = clinic.file.key
    return [each for each in shelf.known(folder) if manifests.seal_holds(each.manifest, key)]


def _check_space(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < size + SLACK_BYTES:
        raise StoreFault(Fault.DISK_FULL, "backup")


def _refuse_fewer(folder: Path, clinic: Clinic, found: Checked) -> None:
    """Rows are never deleted, so a copy with fewer than the newest backup has lost some; not
    asked of one that is older than it (after a restore)."""
    earlier = next((each.manifest for each in mine(folder, clinic) if each.manifest.counts), None)
    if earlier is None or earlier.seq > found.seq:
        return
    watched = ("people", "receipts", "points_entries", "stock_moves", "audit")
    if any(found.counts.get(name, 0) < earlier.counts.get(name, 0) for name in watched):
        raise BackupRefused(
            tr("数据比上次备份时少了，没有列入备份，旧备份都留着。请先校验数据，再联系技术人员。")
        )


def _remember_failure(folder: Path, today: str) -> None:
    state = shelf.read_state(folder)
    state.failed_on = today
    shelf.write_state(folder, state)
