"""One open clinic: the file, the clock, the keys derived for its audit and its fingerprints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from models import clinic_file, keys
from models.clinic_file import ClinicFile
from models.database import ClinicDatabase
from models.vault import Vault, system_vault
from services.backups import swap
from services.clock import Clock


@dataclass(frozen=True)
class Clinic:
    """An open clinic. `db` is the writing connection of the window's thread, or a reader."""

    file: ClinicFile
    db: ClinicDatabase
    clock: Clock
    audit_key: bytes = field(repr=False)
    fingerprint_key: bytes = field(repr=False)

    @property
    def folder(self) -> Path:
        """Where the clinic's files live."""
        return self.file.folder

    def close(self) -> None:
        """Fold the WAL in, close the file, release the lock."""
        self.file.close()

    @contextmanager
    def reading(self) -> Iterator[Clinic]:
        """The same clinic over a connection of its own that can only read (other threads)."""
        reader = self.file.reader()
        try:
            yield replace(self, db=reader)
        finally:
            reader.close()

    @contextmanager
    def long_writing(self) -> Iterator[Clinic]:
        """The same clinic over a second writing connection, for one long job on its thread."""
        writer = self.file.second_writer()
        try:
            yield replace(self, db=writer)
        finally:
            writer.close()


def clinic_exists(folder: Path) -> bool:
    """Whether `folder` holds a clinic, or the remains of one."""
    return clinic_file.exists(folder)


def open_clinic(
    folder: Path,
    clock: Clock,
    *,
    holder: str,
    vault: Vault | None = None,
    code: str | None = None,
    read_only: bool = False,
    wait_seconds: float = 0,
) -> Clinic:
    """Open the clinic in `folder`. Raises EnvironmentFault; see `models.clinic_file.open_file`.

    A restore that was interrupted is finished first; an older file is kept before it is brought
    to this program's schema (P11).
    """
    opened = clinic_file.open_file(
        folder,
        vault or system_vault(),
        holder=holder,
        code=code,
        read_only=read_only,
        wait_seconds=wait_seconds,
        before_migration=partial(_keep_older, folder, clock),
        mend=partial(swap.finish, folder) if swap.unfinished(folder) else None,
    )
    return _wrap(opened, clock)


def _keep_older(folder: Path, clock: Clock, db: ClinicDatabase) -> None:
    from services.backups.before_migration import keep_older  # only after an upgrade

    keep_older(db, folder, clock)


def new_clinic_file(folder: Path, clock: Clock, vault: Vault | None = None) -> tuple[Clinic, str]:
    """Make an empty clinic file; answers it with its recovery code, shown once.

    `services.setup.create_clinic` fills it with name, programme and first director.
    """
    code = keys.new_recovery_code()
    made = clinic_file.create_file(folder, vault or system_vault(), code, "setup")
    return _wrap(made, clock), code


def _wrap(opened: ClinicFile, clock: Clock) -> Clinic:
    return Clinic(
        file=opened,
        db=opened.db,
        clock=clock,
        audit_key=keys.derive(opened.key, "audit"),
        fingerprint_key=keys.derive(opened.key, "fingerprint"),
    )
