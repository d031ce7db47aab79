"""One clinic = one folder: the encrypted file, its keys, its lock.

`open_file` is the only way in. It looks before it connects, so that a missing, empty, foreign,
newer, damaged, read-only or locked file is named and its bytes are left alone (promise P7).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from zc.lockfile import LockError, LockFile

from models import durable, keys, schema
from models.database import PAGE_BYTES, ClinicDatabase
from models.errors import Fault, StoreFault
from models.vault import Vault

DATABASE_FILE = "clinic.db"
LOCK_FILE = "clinic.lock"
MAKING = "clinic.making"  # stands beside a clinic until it has its first director
OLDER_SCHEMA = "an older schema must be opened for writing once"
UNFINISHED = "unfinished"  # what was left of one that never got so far
_ITS_FILES = (DATABASE_FILE, f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm", keys.KEYS_FILE)
_SALT_BYTES = 16
_LOOK_AGAIN = 0.1  # seconds
_LONGEST_HOLDER = 500  # bytes


@dataclass
class ClinicFile:
    """An open clinic file: the writing connection, the data key and the lock that guards it."""

    folder: Path
    db: ClinicDatabase
    key: bytes = field(repr=False)
    lock: LockFile | None
    name: str = DATABASE_FILE  # a backup keeps the name it was given

    def reader(self) -> ClinicDatabase:
        """A second, query-only connection for long reads on another thread (caller closes)."""
        reader = ClinicDatabase(self.folder / self.name, self.key, read_only=True)
        reader.open()
        return reader

    def second_writer(self) -> ClinicDatabase:
        """A writing connection for one long job on another thread (caller closes).

        The window's own connection must stay quiet meanwhile.
        """
        if self.lock is None:
            raise StoreFault(Fault.READ_ONLY, "opened for reading")
        writer = ClinicDatabase(self.folder / DATABASE_FILE, self.key)
        writer.open()
        return writer

    def close(self) -> None:
        """Fold the WAL in, close, give the lock back."""
        if not self.db.is_closed():
            if not self.db.read_only:
                with suppress(StoreFault):  # what is in the WAL stays there for the next start
                    self.db.checkpoint()
            self.db.close()
        if self.lock is not None:
            self.lock.close()
            self.lock = None

    def discard(self) -> None:
        """Take back a clinic that this process made a moment ago and could not finish: what is
        left of it would stand in the way of the next try."""
        if not self.db.is_closed():
            self.db.close()
        for name in (*_ITS_FILES, MAKING):
            (self.folder / name).unlink(missing_ok=True)
        self.close()


def exists(folder: Path) -> bool:
    """Whether a clinic was ever made here (a lone file or lone keys count: never start fresh)."""
    return not (folder / MAKING).exists() and any((folder / name).exists() for name in _ITS_FILES)


def begin_making(folder: Path) -> None:
    """Note that a clinic is being made here: if that is cut short, nobody was ever shown its code
    and it holds nobody's data, so the next try puts its remains aside and begins again.

    Raises StoreFault, LOCKED when there is a clinic or somebody else is making one.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreFault(Fault.READ_ONLY, type(error).__name__) from error
    if exists(folder):
        raise StoreFault(Fault.LOCKED, "a clinic exists here")
    lock = take_lock(folder, "setup")
    try:
        with durable.explained("making"):
            remains = [folder / name for name in _ITS_FILES if (folder / name).exists()]
            if remains:
                aside = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}-", dir=folder))
                for path in remains:
                    durable.replace(path, aside / path.name)
            durable.write_text(folder / MAKING, "")
    finally:
        lock.close()


def end_making(folder: Path) -> None:
    """The clinic stands. Raises StoreFault."""
    with durable.explained("making"):
        (folder / MAKING).unlink(missing_ok=True)
        durable.flush_folder(folder)


def take_lock(
    folder: Path, holder: str, wait_seconds: float = 0, name: str = LOCK_FILE
) -> LockFile:
    """The right to write this clinic (or to do what another `name` stands for), for one at a time;
    a crash gives it back.

    Raises StoreFault(LOCKED, who) when another process has it; READ_ONLY, DISK_FULL, UNREADABLE
    when the folder cannot be written.
    """
    path = folder / name
    give_up = time.monotonic() + wait_seconds
    while True:
        try:
            return LockFile(str(path), content_template=f"{holder} (pid {{pid}}) {me()}")
        except LockError as error:
            if time.monotonic() >= give_up:
                raise StoreFault(Fault.LOCKED, _holder(path)) from error
            time.sleep(_LOOK_AGAIN)
        except OSError as error:
            raise StoreFault(durable.fault_of(error), type(error).__name__) from error


def me() -> str:
    """'user@pc', each written in plain letters: a folder may be shared by several PCs."""
    user = os.environ.get("USERNAME") or os.environ.get("USER") or ""
    host = os.environ.get("COMPUTERNAME") or (os.uname().nodename if os.name == "posix" else "")
    return f"{quote(user)}@{quote(host)}"


def _holder(path: Path) -> str:
    try:
        with path.open("rb", buffering=0) as stream:
            stream.seek(1)  # Windows lets nobody read the byte that is locked
            return stream.read(_LONGEST_HOLDER).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def create_file(
    folder: Path, vault: Vault, code: str, holder: str, version: int | None = None
) -> ClinicFile:
    """Make a new, empty clinic in `folder`, of an older schema where `version` says so.

    Raises StoreFault when one is there already.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreFault(Fault.READ_ONLY, type(error).__name__) from error
    if exists(folder):
        raise StoreFault(Fault.LOCKED, "a clinic exists here")
    lock = take_lock(folder, holder)
    key = keys.new_data_key()
    made = ClinicFile(folder, ClinicDatabase(folder / DATABASE_FILE, key), key, lock)
    try:
        keys.create(folder, key, code, vault)
        made.db.open()
        schema.migrate(made.db, version)
        made.db.checkpoint()
        keys.remember_salt(folder, made.db.salt())
    except BaseException:
        made.discard()
        raise
    return made


def open_file(
    folder: Path,
    vault: Vault,
    *,
    holder: str,
    code: str | None = None,
    read_only: bool = False,
    wait_seconds: float = 0,
    before_migration: Callable[[ClinicDatabase], object] = lambda db: None,
    mend: Callable[[], object] | None = None,
) -> ClinicFile:
    """Open the clinic in `folder` by this PC's secret, or by the recovery code or the
    owner's passphrase when given as `code`.

    `mend` finishes, under the lock, what an interrupted process left in the folder.

    Raises StoreFault: MISSING, EMPTY, FOREIGN, NEWER, DAMAGED, READ_ONLY, LOCKED, WRONG_KEY,
    KEYS_DAMAGED, NO_WAL, LIBRARY. The bytes are left alone in every such case.
    """
    lock = None
    try:
        if mend is not None and not read_only:
            lock = take_lock(folder, holder, wait_seconds)  # another process may be at it
            mend()
        look(folder)
        if lock is None and not read_only:
            lock = take_lock(folder, holder, wait_seconds)
        key = (
            keys.open_with_words(keys.load(folder), code)
            if code
            else keys.unlock_with_device(folder, vault)
        )
        db = _connect(folder, key, before_migration, read_only=read_only)
    except BaseException:
        if lock is not None:
            lock.close()
        raise
    if code and not read_only:
        # a PC that cannot keep its half asks for the code again; the clinic opens all the same
        with suppress(OSError, StoreFault):
            keys.rebuild_device_slot(folder, key, vault)
    return ClinicFile(folder, db, key, lock)


def look(folder: Path) -> None:
    """What can be told without a key. Raises StoreFault."""
    path = folder / DATABASE_FILE
    if not path.exists():
        raise StoreFault(Fault.MISSING)
    try:
        with path.open("rb") as stream:
            head = stream.read(PAGE_BYTES)
    except OSError as error:
        raise StoreFault(Fault.UNREADABLE, type(error).__name__) from error
    if not head:
        raise StoreFault(Fault.EMPTY)
    if _plainly_foreign(head):
        raise StoreFault(Fault.FOREIGN, "header")
    if not os.access(path, os.W_OK):
        raise StoreFault(Fault.READ_ONLY, "file")


def _plainly_foreign(head: bytes) -> bool:
    if head.startswith((b"SQLite format 3\x00", b"PK\x03\x04", b"%PDF")):
        return True
    # a clinic cut off after a few bytes may look like text; its salt will tell
    text = all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head[:64])
    return text and len(head) >= _SALT_BYTES


def _connect(
    folder: Path,
    key: bytes,
    before_migration: Callable[[ClinicDatabase], object],
    *,
    read_only: bool,
) -> ClinicDatabase:
    db = ClinicDatabase(folder / DATABASE_FILE, key, read_only=read_only)
    try:
        _refuse_stub(folder)
        db.open()
        schema.check_identity(db)
        if not read_only:
            if schema.version_of(db) != schema.latest_version():
                before_migration(db)
            schema.migrate(db)
            db.checkpoint()  # after a crash the file alone is whole again, as checks read it
        elif schema.version_of(db) != schema.latest_version():
            raise StoreFault(Fault.READ_ONLY, OLDER_SCHEMA)
    except BaseException as error:
        if not db.is_closed():
            db.close()
        damaged = isinstance(error, StoreFault) and error.fault is Fault.DAMAGED
        if damaged and not _same_file(folder):
            raise StoreFault(Fault.FOREIGN, "salt") from error
        raise
    return db


def _refuse_stub(folder: Path) -> None:
    """SQLite takes the very shortest file for a new one and fills it (P7)."""
    if (folder / DATABASE_FILE).stat().st_size < PAGE_BYTES:
        raise StoreFault(Fault.DAMAGED, "cut short")


def _salt(folder: Path) -> bytes:
    with (folder / DATABASE_FILE).open("rb") as stream:
        return stream.read(_SALT_BYTES)


def _same_file(folder: Path) -> bool:
    """Whether the file began as ours: its salt is the remembered one but for a few bits."""
    remembered = keys.load(folder).file_salt
    found = _salt(folder)
    differing = sum((a ^ b).bit_count() for a, b in zip(remembered, found, strict=False))
    return differing <= (8 if len(found) == len(remembered) else 0)
