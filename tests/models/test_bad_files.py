"""P7: every file that cannot be opened is named by its own fault, and its bytes are left alone."""

from __future__ import annotations

import errno
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from models import clinic_file, keys, schema
from models.clinic_file import create_file
from models.database import PAGE_BYTES, ClinicDatabase
from models.errors import Fault, StoreFault, classify
from models.system import Setting
from models.vault import FileVault
from tests.models.conftest import CODE, Closed


def refused(closed: Closed, **how: object) -> Fault:
    """The fault of trying to open; fails when a byte changed or the lock stayed taken."""
    before = closed.prints()
    with pytest.raises(StoreFault) as caught:
        closed.open(**how)
    assert closed.prints() == before
    clinic_file.take_lock(closed.folder, "next").close()
    return caught.value.fault


def test_a_good_file_opens_twice_and_a_read_leaves_its_bytes(closed):
    before = closed.prints()
    for _ in range(2):
        opened = closed.open()
        assert opened.db.execute_sql("SELECT value FROM setting").fetchone() == ("试验口腔",)
        opened.close()
    assert closed.prints() == before


def test_missing(closed):
    closed.path.unlink()
    assert refused(closed) is Fault.MISSING
    assert clinic_file.exists(closed.folder)  # lone keys are the remains of a clinic


def test_empty(closed):
    closed.path.write_bytes(b"")
    assert refused(closed) is Fault.EMPTY


@pytest.mark.parametrize(
    "content",
    [
        b"Dear front desk,\r\nthis is a letter.\r\n" * 200,
        "会员名单：张三、李四、王五。".encode() * 400,
        b"PK\x03\x04" + bytes(9000),
        b"%PDF-1.7\n" + bytes(9000),
        random.Random(1).randbytes(3 * PAGE_BYTES),
    ],
    ids=["ascii", "utf8", "zip", "pdf", "noise"],
)
def test_a_file_of_something_else_is_foreign(closed, content):
    closed.path.write_bytes(content)
    assert refused(closed) is Fault.FOREIGN


def test_a_plain_database_of_another_program_is_foreign(closed):
    closed.path.unlink()
    other = sqlite3.connect(closed.path)
    other.execute("CREATE TABLE t (a)")
    other.commit()
    other.close()
    assert refused(closed) is Fault.FOREIGN


def test_a_clinic_under_another_key_is_foreign(closed, tmp_path):
    stranger = Closed(tmp_path / "stranger")
    closed.path.write_bytes(stranger.path.read_bytes())
    assert refused(closed) is Fault.FOREIGN


def test_an_encrypted_file_that_is_no_clinic_is_foreign(closed):
    opened = closed.open()
    opened.db.execute_sql("PRAGMA application_id=7")
    opened.close()
    assert refused(closed) is Fault.FOREIGN


def test_newer(closed):
    opened = closed.open()
    opened.db.execute_sql(f"PRAGMA user_version={schema.latest_version() + 1}")
    opened.close()
    assert refused(closed) is Fault.NEWER


@pytest.mark.parametrize("keep", [3, 15, 16, 100, PAGE_BYTES, PAGE_BYTES + 7, 5 * PAGE_BYTES])
def test_truncated_is_damaged(closed, keep):
    whole = closed.path.read_bytes()
    assert keep < len(whole)
    closed.path.write_bytes(whole[:keep])
    assert refused(closed) is Fault.DAMAGED


def test_a_flipped_bit_is_damaged_at_once_or_found_by_the_page_check(closed):
    """Every region of every page: salt, content, nonce, page code. None may go unnoticed."""
    whole = closed.path.read_bytes()
    chance = random.Random(7)
    pages = len(whole) // PAGE_BYTES
    wanted = sorted({0, 1, 2, pages // 2, pages - 1} | set(chance.sample(range(pages), 5)))
    for page in wanted:
        regions = [(0, 16), (16, 100), (100, 4000), (4000, 4016), (4032, 4096)]
        for low, high in regions:
            spot = page * PAGE_BYTES + chance.randrange(low, high)
            bad = bytearray(whole)
            bad[spot] ^= 1 << chance.randrange(8)
            closed.path.write_bytes(bad)
            if page == 0:
                assert refused(closed) is Fault.DAMAGED, (page, low)
            else:
                assert _damage_seen(closed), (page, low)
    closed.path.write_bytes(whole)
    closed.open().close()


def _damage_seen(closed: Closed) -> bool:
    try:
        opened = closed.open()
    except StoreFault as error:
        return error.fault is Fault.DAMAGED
    try:
        return bool(opened.db.execute_sql("PRAGMA cipher_integrity_check").fetchall())
    finally:
        opened.close()


def test_damage_met_later_closes_the_connection_for_good(closed):
    whole = bytearray(closed.path.read_bytes())
    opened = closed.open()
    root = opened.db.execute_sql(
        "SELECT rootpage FROM sqlite_master WHERE name = 'person'"
    ).fetchone()[0]
    opened.close()
    whole[(root - 1) * PAGE_BYTES + 200] ^= 4
    closed.path.write_bytes(whole)
    opened = closed.open()
    with pytest.raises(StoreFault) as caught, opened.db.immediate():
        opened.db.execute_sql("SELECT * FROM person NOT INDEXED").fetchall()
    assert caught.value.fault is Fault.DAMAGED
    assert opened.db.is_closed()
    opened.close()
    assert opened.lock is None


def test_read_only_file(closed, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert refused(closed) is Fault.READ_ONLY


def test_a_file_that_cannot_be_read(closed, monkeypatch):
    def no(self: Path, *args: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "open", no)
    with pytest.raises(StoreFault) as caught:
        clinic_file.look(closed.folder)
    assert caught.value.fault is Fault.UNREADABLE


def test_read_only_folder(closed, monkeypatch):
    def no(*args: object, **how: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(clinic_file, "LockFile", no)
    with pytest.raises(StoreFault) as caught:
        closed.open()
    assert caught.value.fault is Fault.READ_ONLY
    monkeypatch.undo()
    closed.open().close()


def test_a_second_process_is_told_who_has_it(closed):
    opened = closed.open()
    code = (
        "import sys; from pathlib import Path\n"
        "from models.clinic_file import take_lock\n"
        "from models.errors import StoreFault\n"
        "try: take_lock(Path(sys.argv[1]), 'second')\n"
        "except StoreFault as e: print(e.fault, e.detail)\n"
    )
    command = [sys.executable, "-c", code, str(closed.folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert told.stdout.startswith(f"locked test (pid {os.getpid()}) ")
    opened.close()
    free = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert free.stdout.strip() == ""


def test_locked_says_nothing_when_the_holder_is_unknown(closed):
    opened = closed.open()
    (closed.folder / clinic_file.LOCK_FILE).write_text("")
    with pytest.raises(StoreFault) as caught:
        closed.open()
    assert (caught.value.fault, caught.value.detail) == (Fault.LOCKED, "")
    opened.close()


def test_a_writer_of_another_program_is_locked_not_a_bug(closed):
    opened, second = closed.open(), None
    try:
        second = opened.second_writer()
        opened.db.execute_sql("PRAGMA busy_timeout=0")
        with second.immediate(), pytest.raises(StoreFault) as caught, opened.db.immediate():
            pass
        assert caught.value.fault is Fault.LOCKED
        assert not opened.db.is_closed()
    finally:
        if second is not None:
            second.close()
        opened.close()


def test_a_reader_reads_while_the_window_writes_and_can_never_write(closed):
    opened = closed.open()
    reader = opened.reader()
    with pytest.raises(StoreFault) as caught, reader.immediate():
        reader.execute_sql("INSERT INTO setting VALUES ('a', 'b')")
    assert caught.value.fault is Fault.READ_ONLY
    opened.db.execute_sql("UPDATE setting SET value = 'neu'")
    assert reader.execute_sql("SELECT value FROM setting").fetchone() == ("neu",)
    reader.close()
    opened.close()


def test_read_only_opening_needs_no_lock_and_gives_no_writer(closed):
    writing = closed.open()
    reading = closed.open(read_only=True)
    assert reading.lock is None
    with pytest.raises(StoreFault, match="read_only"):
        reading.second_writer()
    reading.close()
    writing.close()


def test_read_only_opening_never_migrates(closed, monkeypatch):
    monkeypatch.setattr(schema, "latest_version", lambda: schema.scripts()[-1][0] + 1)
    assert refused(closed, read_only=True) is Fault.READ_ONLY


# -- making one ------------------------------------------------------------------------------


def test_a_clinic_is_never_made_over_another_or_over_its_remains(closed):
    before = closed.prints()
    for gone in (None, clinic_file.DATABASE_FILE):
        if gone:
            (closed.folder / gone).unlink()
            before.pop(gone)
        with pytest.raises(StoreFault):
            create_file(closed.folder, closed.vault, CODE, "test")
        assert closed.prints() == before


def test_a_clinic_that_could_not_be_finished_leaves_nothing_in_the_way(tmp_path, monkeypatch):
    folder, vault = tmp_path / "data", FileVault(tmp_path / "vault")

    def full(db: ClinicDatabase, version: object = None) -> None:
        db.execute_sql("CREATE TABLE half (a)")
        raise StoreFault(Fault.DISK_FULL)

    monkeypatch.setattr(schema, "migrate", full)
    with pytest.raises(StoreFault):
        create_file(folder, vault, CODE, "test")
    assert not clinic_file.exists(folder)
    monkeypatch.undo()
    create_file(folder, vault, CODE, "test").close()


def test_a_clinic_that_never_opened_leaves_nothing_either(tmp_path, monkeypatch):
    def no(db: ClinicDatabase) -> None:
        raise StoreFault(Fault.NO_WAL)

    monkeypatch.setattr(ClinicDatabase, "open", no)
    with pytest.raises(StoreFault):
        create_file(tmp_path / "data", FileVault(tmp_path / "vault"), CODE, "test")
    assert not clinic_file.exists(tmp_path / "data")


def test_waiting_for_the_lock_ends_when_it_is_free(closed):
    opened = closed.open()
    with pytest.raises(StoreFault, match="locked"):
        closed.open(wait_seconds=0.15)
    worker = threading.Timer(0.05, lambda: opened.lock.close())
    worker.start()
    closed.open(wait_seconds=5).lock.close()
    worker.join()
    opened.db.close()


def test_a_folder_that_cannot_be_made_is_read_only(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreFault) as caught:
        create_file(tmp_path / "file" / "data", FileVault(tmp_path / "v"), CODE, "test")
    assert caught.value.fault is Fault.READ_ONLY


@pytest.mark.parametrize(
    ("number", "fault"), [(errno.ENOSPC, Fault.DISK_FULL), (errno.EACCES, Fault.READ_ONLY)]
)
def test_keys_that_cannot_be_written_leave_the_old_ones_and_no_litter(
    closed, monkeypatch, number, fault
):
    def no(source: str, target: Path) -> None:
        raise OSError(number, "no")

    before = closed.prints()
    monkeypatch.setattr(os, "replace", no)
    with pytest.raises(StoreFault) as caught:
        keys.remember_salt(closed.folder, b"0" * 16)
    assert caught.value.fault is fault
    assert closed.prints() == before


def test_disk_full_is_named_though_the_rollback_would_hide_it(closed):
    opened = closed.open()
    pages = opened.db.execute_sql("PRAGMA page_count").fetchone()[0]
    opened.db.execute_sql(f"PRAGMA max_page_count={pages + 2}")
    rows = [(f"key{number}", "x" * 3000) for number in range(2000)]
    with pytest.raises(StoreFault) as caught, opened.db.immediate():
        opened.db.insert_many(Setting, ("key", "value"), rows)
    assert caught.value.fault is Fault.DISK_FULL
    assert not opened.db.is_closed()  # the desk goes on when there is room again
    opened.db.execute_sql("PRAGMA max_page_count=1000000")
    assert opened.db.execute_sql("SELECT count(*) FROM setting").fetchone() == (1,)
    with opened.db.immediate():
        opened.db.execute_sql("INSERT INTO setting VALUES ('a', 'b')")
    opened.close()


# -- what hides behind an exception ----------------------------------------------------------


def _raised(name: str) -> Exception:
    error = RuntimeError(name)
    error.sqlite_errorname = name  # type: ignore[attr-defined]
    return error


def test_the_most_specific_name_wins_wherever_it_stands():
    outer = _raised("SQLITE_READONLY")
    outer.__context__ = _raised("SQLITE_ERROR")
    outer.__context__.__cause__ = _raised("SQLITE_CORRUPT_INDEX")
    found = classify(outer)
    assert found is not None
    assert (found.fault, found.detail) == (Fault.DAMAGED, "SQLITE_CORRUPT_INDEX")


def test_a_chain_that_bites_its_tail_ends():
    one, two = _raised("a"), _raised("b")
    one.__cause__, two.__context__ = two, one
    assert classify(one) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("SQLITE_FULL", Fault.DISK_FULL),
        ("SQLITE_NOTADB", Fault.DAMAGED),
        ("SQLITE_IOERR_WRITE", Fault.UNREADABLE),
        ("SQLITE_READONLY_DIRECTORY", Fault.READ_ONLY),
        ("SQLITE_BUSY_SNAPSHOT", Fault.LOCKED),
        ("SQLITE_LOCKED", Fault.LOCKED),
        ("SQLITE_CANTOPEN", Fault.UNREADABLE),
    ],
)
def test_every_name_has_its_fault(name, fault):
    found = classify(_raised(name))
    assert found is not None
    assert found.fault is fault
    assert str(found) == f"{fault}: {name}"


def test_a_rule_is_no_fault():
    assert classify(ValueError("no")) is None
    assert str(StoreFault(Fault.EMPTY)) == "empty"


# -- keys ------------------------------------------------------------------------------------


def test_the_code_is_forgiving_about_how_it_is_typed(closed):
    code = keys.new_recovery_code()
    assert len(code) == 29
    for typed in (CODE, CODE.lower(), CODE.replace("-", " "), f" {CODE.replace('-', '')}\n"):
        assert keys.unlock_with_code(closed.folder, typed)
    assert keys.normalise_code("oO-iI-lL") == "001111"


def test_another_code_does_not_fit(closed):
    other = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
    assert refused(closed, code=other) is Fault.WRONG_KEY


def test_a_pc_that_lost_its_half_is_asked_for_the_code_which_mends_it(closed, tmp_path):
    closed.vault = FileVault(tmp_path / "new pc")
    assert refused(closed) is Fault.WRONG_KEY
    db_before = closed.prints()[clinic_file.DATABASE_FILE]
    closed.open(code=CODE).close()
    closed.open().close()
    closed.open(code=CODE).close()
    assert closed.prints()[clinic_file.DATABASE_FILE] == db_before


def test_another_secret_under_the_same_name_is_a_wrong_key(closed):
    closed.vault.set(keys.load(closed.folder).clinic_id, os.urandom(32))
    assert refused(closed) is Fault.WRONG_KEY


def test_a_pc_that_cannot_keep_its_half_opens_by_code_all_the_same(closed, monkeypatch):
    def no(self: FileVault, clinic_id: str, secret: bytes) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(FileVault, "set", no)
    closed.open(code=CODE).close()


def test_reading_by_code_changes_no_slot(closed):
    before = closed.prints()
    closed.open(code=CODE, read_only=True).close()
    assert closed.prints() == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: None,
        lambda raw: "{",
        lambda raw: "[]",
        lambda raw: json.dumps({**raw, "slots": 3}),
        lambda raw: json.dumps({**raw, "slots": {}}),
        lambda raw: json.dumps({**raw, "slots": {"device": {"nonce": "x"}}}),
        lambda raw: json.dumps({k: v for k, v in raw.items() if k != "check"}),
        lambda raw: json.dumps({**raw, "check": "AAAA"}),
    ],
    ids=["missing", "cut", "list", "number", "no slot", "half a slot", "no check", "other check"],
)
def test_damaged_keys_are_their_own_fault(closed, spoil):
    path = closed.folder / keys.KEYS_FILE
    text = spoil(json.loads(path.read_text()))
    path.unlink() if text is None else path.write_text(text)
    assert refused(closed) is Fault.KEYS_DAMAGED


def test_the_keys_file_gives_nothing_away(closed):
    key = keys.unlock_with_code(closed.folder, CODE)
    text = (closed.folder / keys.KEYS_FILE).read_text()
    assert key.hex() not in text
    assert keys._text(key) not in text
    stored = [p for p in closed.folder.parent.rglob("*") if p.is_file()]
    assert all(key not in p.read_bytes() for p in stored)
    assert all("试验口腔".encode() not in p.read_bytes() for p in stored)


def test_the_secret_of_this_pc_is_for_this_user_only(closed, tmp_path):
    (secret,) = (tmp_path / "vault").iterdir()
    assert secret.stat().st_mode & 0o077 == 0


def test_a_salt_that_is_known_already_is_not_written_again(closed):
    before = (closed.folder / keys.KEYS_FILE).stat().st_mtime_ns
    keys.remember_salt(closed.folder, keys.load(closed.folder).file_salt)
    assert (closed.folder / keys.KEYS_FILE).stat().st_mtime_ns == before


def test_a_holder_nobody_can_read_is_nobody(tmp_path):
    assert clinic_file._holder(tmp_path / "none") == ""


def test_a_short_text_is_foreign_and_a_stub_of_ours_that_looks_like_text_is_damaged(closed):
    salt = keys.load(closed.folder).file_salt
    closed.path.write_bytes(b"hello")
    expected = Fault.DAMAGED if salt.startswith(b"hello") else Fault.FOREIGN
    assert refused(closed) is expected
    keys.remember_salt(closed.folder, b"abc" + salt[3:])
    closed.path.write_bytes(b"abc")
    assert refused(closed) is Fault.DAMAGED
