"""A small closed clinic file, and its bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from models import clinic_file
from models.clinic_file import ClinicFile
from models.vault import FileVault

CODE = "23456-789AB-CDEFG-HJKMN-PQRST"


class Closed:
    """A closed clinic in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "data"
        self.vault = FileVault(root / "vault")
        self.path = self.folder / clinic_file.DATABASE_FILE
        made = clinic_file.create_file(self.folder, self.vault, CODE, "test")
        made.db.execute_sql("INSERT INTO setting VALUES ('clinic_name', '试验口腔')")
        made.close()

    def open(self, **how: object) -> ClinicFile:
        return clinic_file.open_file(self.folder, self.vault, holder="test", **how)  # type: ignore[arg-type]

    def prints(self) -> dict[str, str]:
        """What stands in the folder; the lock is the program's own."""
        files = [p for p in sorted(self.folder.iterdir()) if p.name != clinic_file.LOCK_FILE]
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files if p.is_file()}


@pytest.fixture
def closed(tmp_path: Path) -> Closed:
    return Closed(tmp_path)
