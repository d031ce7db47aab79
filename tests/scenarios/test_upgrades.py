"""From every schema ever released, through the door the program itself goes through: the old file
is kept first, brought on, checked, and shown; a file of a newer program is refused as it is (P11).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from models import keys, schema
from models.clinic_file import DATABASE_FILE
from models.database import ClinicDatabase
from models.vault import FileVault
from services.backups import manifest as manifests
from services.backups import shelf
from services.clock import ManualClock
from services.errors import Fault
from services.verify import verify
from tests.conftest import PIN, STAFF
from tests.models.frozen.make import HERE
from tests.ui.program_hands import put_away
from ui.app import Program
from ui.dialogs.cannot_open import CannotOpen

FROZEN = sorted(HERE.glob("clinic_v*"))
NEWEST = schema.latest_version()

Start = Callable[[Path], Program]


@pytest.fixture(autouse=True)
def nothing_flashes() -> None:
    """Here a screen that is no main window is meant: it says why nothing opened."""


@pytest.fixture
def start(
    qapp: QApplication, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Start]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    programs: list[Program] = []

    def begin(root: Path) -> Program:
        made = Program(qapp, root / "data", ManualClock("2026-11-26"), FileVault(root / "vault"))
        programs.append(made)
        assert made.start()
        return made

    yield begin
    put_away(programs, qtbot)


@pytest.fixture(params=FROZEN, ids=lambda folder: folder.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A PC with the clinic of an earlier program."""
    shutil.copytree(request.param, tmp_path / "pc")
    return tmp_path / "pc"


def released(root: Path) -> int:
    """The schema this folder was frozen with."""
    db = opened(root, root / "data" / DATABASE_FILE)
    try:
        return schema.version_of(db)
    finally:
        db.close()


def opened(root: Path, file: Path) -> ClinicDatabase:
    """A file of this clinic by itself, as no program of today would write it."""
    key = keys.unlock_with_device(root / "data", FileVault(root / "vault"))
    db = ClinicDatabase(file, key, read_only=True)
    db.open()
    return db


def who_and_what(db: ClinicDatabase) -> dict[str, list[tuple[object, ...]]]:
    """People, memberships' points and money, stock: what an upgrade may never move."""
    asked = {
        "people": "SELECT id, name, phone FROM person ORDER BY id",
        "points": "SELECT person_id, sum(points) FROM points_entry GROUP BY 1 ORDER BY 1",
        "standing": "SELECT person_id, spend_fen, available, rank FROM standing ORDER BY 1",
        "receipts": "SELECT id, credited_id, net_fen FROM receipt ORDER BY id",
        "stock": "SELECT gift_id, place, sum(quantity) FROM stock_move GROUP BY 1, 2 ORDER BY 1, 2",
        "trail": "SELECT seq, action, mac FROM audit ORDER BY seq",
        "staff": "SELECT id, name, role, active FROM staff ORDER BY id",
    }
    return {what: db.execute_sql(sql).fetchall() for what, sql in asked.items()}


def prints(folder: Path) -> dict[str, str]:
    """What stands in the clinic's files; the lock is the program's own."""
    files = [
        path for path in sorted(folder.glob("*")) if path.is_file() and "lock" not in path.name
    ]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_p11_an_older_clinic_is_kept_brought_on_checked_and_shown(old: Path, start: Start) -> None:
    version = released(old)
    db = opened(old, old / "data" / DATABASE_FILE)
    before = who_and_what(db)
    db.close()
    program = start(old)
    window = program.window
    assert window is not None
    assert window.isVisible()
    names = window.sign_in.names
    assert names.count() == len(STAFF)
    clinic = window.context.clinic
    assert schema.version_of(clinic.db) == NEWEST
    assert who_and_what(clinic.db) == before
    report = verify(clinic)
    assert report.good, report.faults
    kept = shelf.known(shelf.folder_of(old / "data"))
    assert len(kept) == (0 if version == NEWEST else 1)
    for backup in kept:
        assert backup.manifest.why == "migration"
        assert backup.manifest.schema == version
        assert shelf.same_bytes(backup.path, backup.manifest)
        assert manifests.seal_holds(backup.manifest, clinic.file.key)
        db = opened(old, backup.path)
        assert schema.version_of(db) == version
        assert who_and_what(db) == before
        db.close()


def test_p11_work_goes_on_in_the_window_after_an_upgrade(old: Path, start: Start, qtbot) -> None:
    window = start(old).window
    assert window is not None
    sign_in = window.sign_in
    sign_in.names.setCurrentRow(0)
    qtbot.keyClicks(sign_in.pin, PIN)
    sign_in.submit()
    assert window.pages.currentWidget() is window.desk
    assert window.context.session.actor.name in STAFF.values()


@pytest.mark.parametrize("ahead", [1, 7])
def test_p11_a_clinic_of_a_newer_program_is_refused_and_left_as_it_is(
    tmp_path: Path, start: Start, ahead: int
) -> None:
    shutil.copytree(FROZEN[-1], tmp_path / "pc")
    folder = tmp_path / "pc" / "data"
    key = keys.unlock_with_device(folder, FileVault(tmp_path / "pc" / "vault"))
    db = ClinicDatabase(folder / DATABASE_FILE, key)
    db.open()
    db.execute_sql(f"PRAGMA user_version={NEWEST + ahead}")
    db.checkpoint()
    db.close()
    before = prints(folder)
    screen = start(tmp_path / "pc").screen
    assert isinstance(screen, CannotOpen)
    assert screen.fault is Fault.NEWER
    assert "请先升级程序" in screen.sentence.text()
    screen.try_again()
    assert prints(folder) == before
    assert not shelf.folder_of(folder).exists()
