"""The key file taken back from a backup, when it is all that is damaged.

The slots travel with every backup. They are put in place only after a copy of the clinic's file
was opened by them; a damaged key file is kept under another name.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from models import durable, keys, schema
from models.clinic_file import DATABASE_FILE, take_lock
from models.database import ClinicDatabase
from models.errors import Fault, StoreFault
from models.vault import Vault, system_vault
from services.backups.shelf import Backup
from services.clock import Clock

_PARTS = ("", "-wal")


def take_back(
    folder: Path,
    backup: Backup,
    typed: str,
    *,
    clock: Clock,
    holder: str,
    vault: Vault | None = None,
) -> None:
    """Put the key slots of `backup` beside the clinic's file, with a new one for this PC.

    `typed` is the recovery code or the owner's passphrase. Raises StoreFault: WRONG_KEY when it
    opens no slot, DAMAGED when the clinic's file is another's or damaged too, LOCKED, DISK_FULL.
    """
    travel = backup.manifest.key_file()
    key = keys.open_with_words(travel, typed)
    lock = take_lock(folder, holder)
    try:
        _prove(folder, key)
        with durable.explained("keys"):
            old = folder / keys.KEYS_FILE
            if old.exists():
                durable.replace(old, _kept(folder, clock))
        keys.put(folder, travel)
        with suppress(OSError, StoreFault):  # a PC without a vault asks for the code again
            keys.rebuild_device_slot(folder, key, vault or system_vault())
    finally:
        lock.close()


def _kept(folder: Path, clock: Clock) -> Path:
    """A name for the damaged key file that no earlier one has: it may be all there is of a slot."""
    stem = "keys-damaged-" + clock.now_local().translate({ord(c): None for c in "-: "})
    path, number = folder / f"{stem}.json", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.json"
    return path


def _prove(folder: Path, key: bytes) -> None:
    """Open a copy of the clinic's file by the key; the file itself is not touched."""
    with tempfile.TemporaryDirectory(prefix="haochi-keys-") as name:
        part = Path(name) / DATABASE_FILE
        with durable.explained("keys"):
            for suffix in _PARTS:
                source = folder / f"{DATABASE_FILE}{suffix}"
                if source.exists():
                    shutil.copyfile(source, part.with_name(part.name + suffix))
        if not part.exists():
            raise StoreFault(Fault.MISSING)
        db = ClinicDatabase(part, key, read_only=True)
        db.open()
        try:
            schema.check_identity(db)
        finally:
            db.close()
