"""P10: folders that cannot be written, clinics that are open elsewhere, clocks that are wrong,
targets somebody holds: each a sentence of its own, nothing half-done, the next try works."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.reliability.desk import PIN, Desk, losses, new_desk
from bench.reliability.full import fingerprint
from models import durable, keys
from models.database import ClinicDatabase
from services import headless
from services.backups import off_pc, shelf
from services.backups.making import make_backup
from services.clinic import clinic_exists, open_clinic
from services.desk.daily import catch_up
from services.errors import Confirmable, EnvironmentFault, Fault, RuleError, fault_sentence
from services.roster.template import write_template
from services.setup import create_clinic
from services.workbooks.files import write_whole
from services.workbooks.friday import write_friday
from tests.conftest import TODAY
from tests.money_world import dump, pay, person


def fault_of(call: Callable[[], object]) -> Fault:
    with pytest.raises(EnvironmentFault) as caught:
        call()
    return caught.value.fault


def refuse(number: int) -> Callable[..., None]:
    def no(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return no


# -- the folder ------------------------------------------------------------------------------------


def test_a_folder_that_went_away_is_said_and_nothing_is_called_damaged(clinic, frontdesk):
    """What a pulled stick leaves: a library that reads nothing, and a folder that takes nothing."""
    who = person(frontdesk)
    gone = clinic.folder.with_name("elsewhere")
    db = clinic.db
    clinic.folder.rename(gone)
    try:
        error = RuntimeError("malformed")
        error.sqlite_errorname = "SQLITE_CORRUPT"  # type: ignore[attr-defined]
        with pytest.raises(EnvironmentFault) as caught, db.naming:
            raise error
        assert caught.value.fault is Fault.UNREADABLE
        assert fault_of(lambda: pay(frontdesk, who, 1)) is Fault.UNREADABLE
    finally:
        gone.rename(clinic.folder)
    with pytest.raises(EnvironmentFault) as caught, db.naming:
        raise error
    assert caught.value.fault is Fault.DAMAGED
    pay(frontdesk, who, 1)


@pytest.mark.parametrize(
    ("name", "fault"), [("SQLITE_IOERR", Fault.DISK_FULL), ("SQLITE_CORRUPT", Fault.DAMAGED)]
)
def test_a_library_that_finds_no_room_for_its_own_files_is_a_full_disk_and_damage_stays_damage(
    clinic, monkeypatch, name, fault
):
    error = RuntimeError(name)
    error.sqlite_errorname = name  # type: ignore[attr-defined]
    monkeypatch.setattr(os, "write", refuse(errno.ENOSPC))
    with pytest.raises(EnvironmentFault) as caught, clinic.db.naming:
        raise error
    monkeypatch.undo()
    assert caught.value.fault is fault
    assert not list(clinic.folder.glob("*.part"))


def test_keys_of_a_folder_that_is_gone_are_not_called_damaged(clinic):
    assert fault_of(lambda: keys.load(clinic.folder / "gone")) is Fault.UNREADABLE


def test_after_a_fault_that_closed_it_every_verb_says_so(clinic, frontdesk):
    who = person(frontdesk)
    clinic.db.close()
    assert fault_of(lambda: pay(frontdesk, who, 1)) is Fault.UNREADABLE
    assert fault_of(lambda: catch_up(frontdesk)) is Fault.UNREADABLE
    clinic.close()
    assert clinic.file.lock is None


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (errno.ENOSPC, Fault.DISK_FULL),
        (errno.EROFS, Fault.READ_ONLY),
        (errno.EACCES, Fault.READ_ONLY),
        (errno.EIO, Fault.UNREADABLE),
        (errno.ENODEV, Fault.UNREADABLE),
    ],
)
def test_a_workbook_a_template_and_a_backup_that_cannot_be_written(
    clinic, tmp_path, monkeypatch, number, fault
):
    monkeypatch.setattr(os, "fsync", refuse(number))
    target = tmp_path / "friday.xlsx"
    assert fault_of(lambda: write_friday(clinic, target, week=TODAY)) is fault
    assert fault_of(lambda: write_template(tmp_path / "roster.xlsx")) is fault
    assert fault_of(lambda: make_backup(clinic, "test")) is fault
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]
    assert shelf.paths(shelf.folder_of(clinic.folder)) == []
    write_friday(clinic, target, week=TODAY)
    assert make_backup(clinic, "test") is not None


@pytest.mark.parametrize(
    ("number", "fault"), [(errno.ENOSPC, Fault.DISK_FULL), (errno.EROFS, Fault.READ_ONLY)]
)
def test_a_stick_that_is_full_or_switched_to_read_only(
    clinic, tmp_path, monkeypatch, number, fault
):
    home = shelf.folder_of(clinic.folder)
    made = make_backup(clinic, "test")
    assert made is not None
    stick = tmp_path / "stick"
    stick.mkdir()
    place = off_pc.adopt(stick, made.manifest.clinic_id)
    monkeypatch.setattr(off_pc, "_copy", refuse(number))
    assert fault_of(lambda: off_pc.copy_out(made, place, clinic.clock, home)) is fault
    monkeypatch.undo()
    assert shelf.paths(stick) == []
    off_pc.copy_out(made, place, clinic.clock, home)
    assert len(shelf.paths(stick)) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write(clinic, clock, tmp_path):
    folder, vault = clinic.folder, Desk(tmp_path / "clinic").vault
    clinic.close()
    folder.chmod(0o500)
    try:
        again = lambda: open_clinic(folder, clock, holder="t", vault=vault)  # noqa: E731
        assert fault_of(again) is Fault.READ_ONLY
    finally:
        folder.chmod(0o700)


def test_a_place_that_keeps_no_wal_is_refused_and_nothing_is_left_there(tmp_path, monkeypatch):
    """A network drive."""
    plain = ClinicDatabase._pragma

    def pragma(self: ClinicDatabase, name: str) -> object:
        return "delete" if name == "journal_mode" else plain(self, name)

    monkeypatch.setattr(ClinicDatabase, "_pragma", pragma)
    assert fault_of(lambda: new_desk(tmp_path)) is Fault.NO_WAL
    monkeypatch.undo()
    assert not clinic_exists(Desk(tmp_path).folder)
    new_desk(tmp_path)


# -- a clinic that was cut short while it was made -------------------------------------------------


class Killed(BaseException):
    """The process ended here: nothing is cleared up."""


def test_a_clinic_that_was_never_finished_does_not_stand_in_the_way(tmp_path, monkeypatch):
    """Nobody saw its recovery code, nobody can sign in: the next start makes a new one and throws
    nothing away."""
    from models.clinic_file import ClinicFile
    from services import setup

    def cut(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(setup, "_fill", cut)
    monkeypatch.setattr(ClinicFile, "discard", ClinicFile.close)
    with pytest.raises(Killed):
        new_desk(tmp_path)
    monkeypatch.undo()
    desk = Desk(tmp_path)
    assert (desk.folder / "clinic.db").exists()
    assert not clinic_exists(desk.folder)
    made, _ = new_desk(tmp_path)
    clinic = made.open()
    assert losses(clinic.db, 1) == []
    clinic.close()
    (aside,) = desk.folder.glob("unfinished-*")
    assert (aside / "clinic.db").stat().st_size > 0
    assert clinic_exists(desk.folder)


def test_nobody_begins_a_clinic_over_another_or_beside_somebody_who_makes_one(clinic, clock):
    def again() -> object:
        return create_clinic(
            clinic.folder, clock, name="x", programme="医院方案A", director="孙", pin=PIN
        )

    before = fingerprint(clinic.db)
    assert fault_of(again) is Fault.LOCKED
    (clinic.folder / "clinic.making").touch()  # and another window is at it just now
    assert fault_of(again) is Fault.LOCKED
    assert fingerprint(clinic.db) == before
    (clinic.folder / "clinic.making").unlink()


# -- a second window, a second command -------------------------------------------------------------


def headless_says(*words: str, pin: str = "") -> tuple[int, str]:
    code = "import sys; from services import headless; sys.exit(headless.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        input=pin,
        capture_output=True,
        text=True,
        cwd=Path(headless.__file__).parents[2],
        timeout=60,
    )
    return done.returncode, done.stderr


def test_a_command_that_would_write_says_who_holds_the_clinic(clinic):
    """A second window is raised by `ui.single`; see tests/ui."""
    before = fingerprint(clinic.db)
    words = ("add-staff", "--data", str(clinic.folder), "--as", "孙院长")
    code, said = headless_says(*words, "--name", "新来的", "--role", "前台", pin=f"{PIN}\n582914\n")
    assert code != 0
    assert fault_sentence(Fault.LOCKED) in said
    assert "占用者：test。" in said
    assert fingerprint(clinic.db) == before


# -- the clock -------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-11-19", "2026-10-20", "1999-12-31"])
def test_e25_a_clock_that_was_set_back_writes_nothing_not_even_the_catch_up(
    clinic, frontdesk, clock, day
):
    who = person(frontdesk)
    before = dump(clinic)
    clock.day = day
    for call in (lambda: pay(frontdesk, who, 1), lambda: catch_up(frontdesk)):
        with pytest.raises(RuleError, match="请先校正电脑日期"):
            call()
    assert dump(clinic) == before
    clock.day = TODAY
    pay(frontdesk, who, 1)


def test_e25_a_clock_a_month_ahead_is_asked_about_first(clinic, frontdesk, clock):
    who = person(frontdesk)
    before = dump(clinic)
    clock.day = "2026-12-25"
    for call in (lambda: pay(frontdesk, who, 1), lambda: catch_up(frontdesk)):
        with pytest.raises(Confirmable, match="请先核对电脑日期"):
            call()
    assert dump(clinic) == before


def test_a_backup_made_under_a_clock_that_was_set_back_harms_no_other(clinic, frontdesk, clock):
    first = make_backup(clinic, "test")
    pay(frontdesk, person(frontdesk), 1)
    clock.day = "2026-11-01"
    second = make_backup(clinic, "test")
    assert first is not None
    assert second is not None
    names = {path.name for path in shelf.paths(shelf.folder_of(clinic.folder))}
    assert names == {first.path.name, second.path.name}


# -- somebody holds the target ---------------------------------------------------------------------


class Scanner:
    """A virus scanner that lets go after a while."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self.left, self._replace = times, os.replace
        self.slept = 0.0
        monkeypatch.setattr(os, "replace", self)
        monkeypatch.setattr(durable.time, "sleep", self.wait)

    def __call__(self, part: Path, target: Path) -> None:
        if self.left:
            self.left -= 1
            raise PermissionError(errno.EACCES, "held")
        self._replace(part, target)

    def wait(self, seconds: float) -> None:
        self.slept += seconds


def test_a_scanner_that_holds_a_target_for_a_moment_is_waited_for(clinic, tmp_path, monkeypatch):
    scanner = Scanner(monkeypatch, times=3)
    write_whole(tmp_path / "list.xlsx", lambda stream: stream.write(b"x"))
    assert (tmp_path / "list.xlsx").read_bytes() == b"x"
    scanner.left = 3
    assert make_backup(clinic, "test") is not None
    assert scanner.slept > 0


def test_a_target_that_stays_held_is_said_and_the_old_file_is_left(tmp_path, monkeypatch):
    target = tmp_path / "list.xlsx"
    target.write_bytes(b"old")
    scanner = Scanner(monkeypatch, times=10_000)
    with pytest.raises(RuleError, match="Excel 正打开着"):
        write_whole(target, lambda stream: stream.write(b"new"))
    assert scanner.slept < 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"list.xlsx": b"old"}


def test_a_backup_whose_name_stays_held_is_no_backup(clinic, frontdesk, monkeypatch):
    Scanner(monkeypatch, times=10_000)
    assert fault_of(lambda: make_backup(clinic, "test")) is Fault.READ_ONLY
    monkeypatch.undo()
    assert shelf.paths(shelf.folder_of(clinic.folder)) == []
    assert make_backup(clinic, "test") is not None
