"""What is asked again and again in a transaction is answered once, until it may have changed."""

from __future__ import annotations

import re

import pytest

from models import database
from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, GrantBefore
from models.people import Household, Person
from models.query import Prepared, slot
from models.system import Doctor
from services.clinic import Clinic

DOCTOR = Prepared(
    lambda: Doctor.select(Doctor.name).where(Doctor.id == slot("id")), steady=(Doctor,)
)
WRITES = re.compile(r"(?:INTO|UPDATE(?: OR [A-Z]+)?|DELETE FROM) +\"?(\w+)")
RENAME = Prepared(lambda: Doctor.update(name=slot("name")).where(Doctor.id == slot("id")))


@pytest.fixture
def db(clinic: Clinic) -> ClinicDatabase:
    with clinic.db.immediate():
        clinic.db.insert(Doctor, name="王一", department="口腔", active=1)
    return clinic.db


def newest(db: ClinicDatabase) -> int:
    return int(db.scalar(Doctor.select(Doctor.id).order_by(Doctor.id.desc())))


def rename_unseen(db: ClinicDatabase, row_id: int, name: str) -> None:
    """Past every verb, so that nobody is told."""
    db.connection().execute("UPDATE doctor SET name = ? WHERE id = ?", (name, row_id))


def test_a_steady_answer_is_kept_in_a_transaction_only(db: ClinicDatabase) -> None:
    row_id = newest(db)
    with db.immediate():
        assert DOCTOR.rows(db, id=row_id) == [("王一",)]
        rename_unseen(db, row_id, "王二")
        assert DOCTOR.row(db, id=row_id) == ("王一",)
    assert DOCTOR.row(db, id=row_id) == ("王二",)
    with db.immediate():
        assert DOCTOR.row(db, id=row_id) == ("王二",)


@pytest.mark.parametrize("many", [False, True])
def test_every_verb_that_writes_makes_it_asked_again(db: ClinicDatabase, many: bool) -> None:
    row_id = newest(db)
    with db.immediate(many=many):
        assert DOCTOR.row(db, id=row_id + 1) is None
        db.insert(Doctor, name="李一", department="口腔", active=1)
        assert DOCTOR.row(db, id=row_id + 1) == ("李一",)
        db.insert_many(Doctor, ("name", "department", "active"), [("赵一", "口腔", 1)])
        assert DOCTOR.row(db, id=row_id + 2) == ("赵一",)
        assert db.update(Doctor, row_id, name="王二") == 1
        assert DOCTOR.row(db, id=row_id) == ("王二",)
        assert db.write(Doctor.update(name="王三").where(Doctor.id == row_id)) == 1
        assert DOCTOR.row(db, id=row_id) == ("王三",)
        assert RENAME.write(db, name="王四", id=row_id) == 1
        assert DOCTOR.row(db, id=row_id) == ("王四",)
        assert db.update(Doctor, row_id + 9, name="谁") == 0


def test_what_a_trigger_writes_is_asked_again(db: ClinicDatabase) -> None:
    row_id = newest(db)
    of_a_past = Prepared(
        lambda: Doctor.select(Doctor.name).where(Doctor.id == row_id), steady=(GrantBefore,)
    )
    with db.immediate():
        assert of_a_past.row(db) == ("王一",)
        rename_unseen(db, row_id, "王二")
        db.update(EntitlementGrant, 1, state="closed")
        assert of_a_past.row(db) == ("王二",)


def test_every_trigger_that_writes_another_table_is_known(db: ClinicDatabase) -> None:
    found: dict[str, set[str]] = {}
    triggers = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
    for table, sql in db.execute_sql(triggers).fetchall():
        body = sql.split("BEGIN", 1)[1]
        for other in WRITES.findall(body):
            if other != table:
                found.setdefault(table, set()).add(other)
    assert found == {table: set(others) for table, others in database.BY_TRIGGERS.items()}


def test_a_part_that_is_given_up_is_forgotten(db: ClinicDatabase) -> None:
    row_id = newest(db)
    with db.immediate():
        with pytest.raises(LookupError), db.savepoint():
            db.update(Doctor, row_id, name="王二")
            assert DOCTOR.row(db, id=row_id) == ("王二",)
            raise LookupError
        assert DOCTOR.row(db, id=row_id) == ("王一",)


def test_among_many_commands_an_empty_table_is_asked_once(db: ClinicDatabase) -> None:
    household = Prepared(
        lambda: Household.select(Household.id).where(Household.id == slot("id")),
        steady=(Household, Person),
        needs=(Household,),
    )
    with db.immediate(many=True):
        assert household.rows(db, id=1) == []
        db.connection().execute("INSERT INTO household (id) VALUES (1)")
        assert household.rows(db, id=1) == []
        db.insert(Household, id=2)
        assert household.rows(db, id=1) == [(1,)]


def test_who_changes_an_answer_does_not_change_what_is_kept(db: ClinicDatabase) -> None:
    row_id = newest(db)
    with db.immediate():
        DOCTOR.rows(db, id=row_id).clear()
        assert DOCTOR.rows(db, id=row_id) == [("王一",)]


def test_no_more_is_kept_than_is_worth_it(
    db: ClinicDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_ANSWERS", 0)
    row_id = newest(db)
    with db.immediate():
        DOCTOR.rows(db, id=row_id)
        rename_unseen(db, row_id, "王二")
        assert DOCTOR.rows(db, id=row_id) == [("王二",)]


def test_a_long_job_may_keep_more_of_the_file(db: ClinicDatabase) -> None:
    db.keep_pages(128)
    assert db.execute_sql("PRAGMA cache_size").fetchone() == (-128 * 1024,)
