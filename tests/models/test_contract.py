"""The connection contract of the storage specification, read back from a live connection."""

from __future__ import annotations

import threading

import pytest

from models import database, schema
from models.database import (
    APPLICATION_ID,
    ClinicDatabase,
    assert_library,
    library_version,
)
from models.errors import ConstraintFault, Fault, StoreFault
from models.people import Person
from models.query import Prepared, slot
from models.system import Setting

CONTRACT = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "recursive_triggers": 1,
    "secure_delete": 1,
    "cache_size": -65536,
    "mmap_size": 0,
    "application_id": APPLICATION_ID,
    "user_version": schema.latest_version(),
}


@pytest.mark.parametrize("connection", ["window", "reader", "second writer"])
def test_every_connection_keeps_the_whole_contract(closed, connection):
    opened = closed.open()
    db = {
        "window": lambda: opened.db,
        "reader": opened.reader,
        "second writer": opened.second_writer,
    }[connection]()
    found = {name: db.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in CONTRACT}
    assert found == CONTRACT
    assert db.execute_sql("PRAGMA query_only").fetchone() == (int(connection == "reader"),)
    assert db.execute_sql("PRAGMA cipher_version").fetchone()[0]
    if db is not opened.db:
        db.close()
    opened.close()


def test_nothing_of_a_clinic_spills_into_plain_temporary_files(closed):
    opened = closed.open()
    options = {row[0] for row in opened.db.execute_sql("PRAGMA compile_options")}
    assert "TEMP_STORE=2" in options or "TEMP_STORE=3" in options
    opened.close()


def test_the_main_file_is_whole_after_closing(closed):
    opened = closed.open()
    opened.db.execute_sql("UPDATE setting SET value = 'x'")
    wal = closed.folder / "clinic.db-wal"
    assert wal.stat().st_size > 0
    opened.close()
    assert not wal.exists()


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_a_library_that_may_lose_commits_is_refused(version, good):
    if good:
        assert_library(version)
    else:
        with pytest.raises(StoreFault) as caught:
            assert_library(version)
        assert caught.value.fault is Fault.LIBRARY


def test_the_library_in_use_is_good():
    assert_library()
    assert library_version() >= (3, 51, 3)


def test_opening_asks_for_the_library(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "library_version", lambda: (3, 40, 1))
    with pytest.raises(StoreFault, match="library"):
        ClinicDatabase(tmp_path / "x.db", bytes(32)).open()
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize(
    ("name", "fault"),
    [("journal_mode", Fault.NO_WAL), ("foreign_keys", Fault.LIBRARY)],
)
def test_a_pragma_that_does_not_hold_is_refused(tmp_path, monkeypatch, name, fault):
    """A network drive answers 'delete' to journal_mode=WAL."""
    real = ClinicDatabase._pragma
    monkeypatch.setattr(
        ClinicDatabase, "_pragma", lambda db, asked: "?" if asked == name else real(db, asked)
    )
    db = ClinicDatabase(tmp_path / "x.db", bytes(32))
    with pytest.raises(StoreFault) as caught:
        db.open()
    assert caught.value.fault is fault
    assert db.is_closed()


def test_a_library_without_encryption_is_refused(tmp_path, monkeypatch):
    real = ClinicDatabase._pragma
    monkeypatch.setattr(
        ClinicDatabase,
        "_pragma",
        lambda db, asked: None if asked == "cipher_version" else real(db, asked),
    )
    with pytest.raises(StoreFault, match="cipher_version"):
        ClinicDatabase(tmp_path / "x.db", bytes(32)).open()


def test_a_bug_while_opening_stays_a_bug_and_closes(tmp_path, monkeypatch):
    def bug(db: ClinicDatabase) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ClinicDatabase, "_establish", bug)
    db = ClinicDatabase(tmp_path / "x.db", bytes(32))
    with pytest.raises(ZeroDivisionError):
        db.open()
    assert db.is_closed()


def test_a_key_has_32_bytes(tmp_path):
    with pytest.raises(ValueError, match="32"):
        ClinicDatabase(tmp_path / "x.db", b"short")


def test_a_path_that_cannot_be_opened_is_unreadable(tmp_path):
    with pytest.raises(StoreFault) as caught:
        ClinicDatabase(tmp_path / "nowhere" / "x.db", bytes(32)).open()
    assert caught.value.fault is Fault.UNREADABLE


# -- transactions and verbs -----------------------------------------------------------------


@pytest.fixture
def db(closed):
    opened = closed.open()
    yield opened.db
    opened.close()


def settings(db: ClinicDatabase) -> dict[str, str]:
    return dict(db.rows(Setting.select(Setting.key, Setting.value)))


def test_a_transaction_keeps_all_or_nothing(db):
    before = settings(db)
    with pytest.raises(ZeroDivisionError), db.immediate():
        db.insert(Setting, key="a", value="1")
        raise ZeroDivisionError
    assert settings(db) == before
    with db.immediate():
        db.insert(Setting, key="a", value="1")
    assert settings(db) == {**before, "a": "1"}


def test_what_the_schema_refuses_is_a_constraint_fault_and_rolls_back(db):
    before = settings(db)
    with pytest.raises(ConstraintFault), db.immediate():
        db.insert(Setting, key="a", value="1")
        db.insert(Setting, key="a", value="2")
    with pytest.raises(ConstraintFault), db.immediate():
        db.execute_sql("INSERT INTO card VALUES (1, 99, 'C1', 'active', NULL, 1)")
    assert settings(db) == before


def test_the_write_lock_is_taken_before_anything_is_read(closed):
    """Two writers: the second waits and then reads what the first wrote."""
    opened = closed.open()
    seen: list[str] = []
    inside, go = threading.Event(), threading.Event()

    def second() -> None:
        writer = opened.second_writer()
        inside.set()
        with writer.immediate():
            seen.append(settings(writer)["clinic_name"])
        writer.close()

    worker = threading.Thread(target=second)
    with opened.db.immediate():
        opened.db.write(Setting.update(value="first").where(Setting.key == "clinic_name"))
        worker.start()
        assert inside.wait(5)
        go.wait(0.05)
        assert seen == []
    worker.join(5)
    assert seen == ["first"]
    opened.close()


def test_verbs_answer_tuples_counts_and_none(db):
    with db.immediate():
        db.insert_many(Setting, ("key", "value"), [("a", "1"), ("b", "2")])
        assert db.write(Setting.update(value="3").where(Setting.key.in_(["a", "b"]))) == 2
    assert db.row(Setting.select(Setting.value).where(Setting.key == "a")) == ("3",)
    assert db.scalar(Setting.select(Setting.value).where(Setting.key == "b")) == "3"
    nothing = Setting.select().where(Setting.key == "none")
    assert (db.row(nothing), db.scalar(nothing), db.rows(nothing)) == (None, None, [])


def test_a_prepared_query_fills_its_slots_each_time(db):
    by_key = Prepared(lambda: Setting.select(Setting.value).where(Setting.key == slot("key")))
    change = Prepared(lambda: Setting.update(value=slot("value")).where(Setting.key == slot("key")))
    with db.immediate():
        db.insert(Setting, key="a", value="1")
        assert change.write(db, key="a", value="9") == 1
        assert change.write(db, key="zz", value="9") == 0
    assert by_key.row(db, key="a") == ("9",)
    assert by_key.rows(db, key="clinic_name") == [("试验口腔",)]
    assert by_key.row(db, key="none") is None
    with pytest.raises(KeyError):
        by_key.rows(db)


def test_text_that_looks_like_sql_is_only_text(db):
    name = "'); DROP TABLE person; --"
    with db.immediate():
        person_id = db.insert(Person, number="1", name=name, created_on="2026-11-20", seq=1)
    assert db.scalar(Person.select(Person.name).where(Person.id == person_id)) == name
