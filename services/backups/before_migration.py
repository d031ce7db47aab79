"""The file as the older program left it, kept before a new schema changes it (P11)."""

from __future__ import annotations

from pathlib import Path

from models import checks, durable, keys, schema
from models.database import ClinicDatabase
from models.errors import Fault, StoreFault
from services.backups import manifest as manifests
from services.backups import shelf
from services.backups.manifest import Manifest
from services.clock import Clock
from services.version import VERSION


def keep_older(db: ClinicDatabase, folder: Path, clock: Clock) -> None:
    """Keep a backup of a file whose schema is older than this program's.

    What an older schema holds cannot be reckoned again by this program: its pages and structure
    are checked only. Raises StoreFault; the file is not migrated then.
    """
    home = shelf.folder_of(folder)
    shelf.prepare(home)
    seq, mac = manifests.head(db)
    part = home / f".{shelf.name_for(clock.now_local(), seq)}{durable.PART}"
    try:
        db.copy_into(part)
        _check(part, db.key)
        with durable.explained("backup"):
            made = Manifest(
                made_at=clock.now_local(),
                business_date=clock.today(),
                app_version=VERSION,
                schema=schema.version_of(db),
                size=part.stat().st_size,
                sha256=durable.digest(part),
                seq=seq,
                head=mac.hex(),
                counts={},
                keys=keys.plain(keys.for_travel(keys.load(folder))),
                why="migration",
            )
            shelf.place(part, home, manifests.sealed(made, db.key))
    finally:
        shelf.sweep(home)


def _check(part: Path, key: bytes) -> None:
    copy = ClinicDatabase(part, key)
    copy.open()
    try:
        bad = checks.page_faults(copy) or checks.structure_faults(copy)
        copy.checkpoint()
    finally:
        copy.close()
    if bad:
        raise StoreFault(Fault.DAMAGED, "before migration")
