"""The schema: models mirror it, ledgers cannot be rewritten, migrations are all or nothing."""

from __future__ import annotations

import importlib
import pkgutil
import re

import peewee
import pytest

import models
from models import schema
from models.base import Table
from models.clinic_file import create_file
from models.database import ClinicDatabase
from models.errors import ConstraintFault, Fault, StoreFault
from tests.models.conftest import CODE

for _module in pkgutil.iter_modules(models.__path__):
    importlib.import_module(f"models.{_module.name}")

TABLES = sorted(Table.__subclasses__(), key=lambda table: table._meta.table_name)

APPEND_ONLY = {
    "audit", "programme_version", "consent", "receipt_line", "money_event", "opening_balance",
    "points_entry", "points_allocation", "tier_event", "tier_override", "gift_issue",
    "service_use", "stock_move", "followup_attempt", "health_grade", "fee_payment", "redemption",
    "redemption_return", "award", "benefit_confirmation", "stock_document_step", "stock_lot",
    "gift_promise", "voucher_step", "service_bill", "count_entry", "handover",
    "visit_step", "grant_before", "activity_cost", "complaint_step", "mailing", "mailing_person",
    "duty_done", "partner_statement_line", "disclosure",
}  # fmt: skip
NEVER_DELETED = APPEND_ONLY | {
    "person", "receipt", "entitlement_grant", "reconciliation", "count_line", "complaint",
    "refund_case", "referral", "stock_document", "stock_document_line", "voucher",
    "appointment", "doctor_change", "care_team", "label", "person_label", "customer_group",
    "activity", "activity_place", "followup_plan", "followup_task", "request", "duty", "partner",
    "partner_agreement", "introduction", "partner_statement",
    "data_request",
}  # fmt: skip


@pytest.fixture
def db(closed):
    opened = closed.open()
    yield opened.db
    opened.close()


def tables(db: ClinicDatabase) -> set[str]:
    rows = db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name for (name,) in rows if not name.startswith("sqlite_")}


def test_every_table_has_a_model_and_every_model_a_table(db):
    assert {table._meta.table_name for table in TABLES} == tables(db)


def test_every_table_is_strict(db):
    rows = db.execute_sql("PRAGMA table_list").fetchall()
    loose = [row[1] for row in rows if row[0] == "main" and not row[5]]
    assert [name for name in loose if not name.startswith("sqlite_")] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.table_name)
def test_a_model_says_what_its_table_says(db, table):
    """Same columns, same keys, NULL where the model says so, and never another default."""
    info = db.execute_sql(f'PRAGMA table_info("{table._meta.table_name}")').fetchall()
    fields = {field.column_name: field for field in table._meta.sorted_fields}
    assert set(fields) == {row[1] for row in info}
    key = table._meta.primary_key
    names = key.field_names if isinstance(key, peewee.CompositeKey) else (key.name,)
    assert [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]] == list(names)
    for _, name, kind, not_null, default, in_key in info:
        field = fields[name]
        assert {"INTEGER": "INT", "TEXT": "TEXT", "BLOB": "BLOB"}[kind] == {
            "INT": "INT", "AUTO": "INT", "TEXT": "TEXT", "BLOB": "BLOB",
        }[field.field_type], name  # fmt: skip
        if not in_key:
            assert field.null == (not not_null), name
        if default is None:
            assert field.default is None, name
        else:
            assert field.default in (None, _literal(default)), name


def _literal(text: str) -> object:
    return text[1:-1] if text.startswith("'") else int(text)


def test_the_schema_in_the_file_is_the_schema_of_the_scripts(db):
    assert schema.schema_text(db) == schema.expected_schema_text()
    assert len(schema.schema_text(db)) > 60


def test_a_dropped_trigger_is_seen(db):
    db.execute_sql("DROP TRIGGER points_entry_no_update")
    missing = set(schema.expected_schema_text()) - set(schema.schema_text(db))
    assert missing == {"trigger points_entry_no_update"}


# -- E65: ledgers are append-only --------------------------------------------------------------


def test_e65_the_lists_above_are_the_triggers_there_are(db):
    text = schema.schema_text(db)
    assert {t for t in tables(db) if f"trigger {t}_no_update" in text} == APPEND_ONLY
    assert {t for t in tables(db) if f"trigger {t}_no_delete" in text} == NEVER_DELETED


@pytest.fixture
def filled(db):
    """One row in every protected table, whatever it hangs on."""
    db.execute_sql("PRAGMA foreign_keys=OFF")
    for table in sorted(NEVER_DELETED):
        _insert(db, "INSERT", table)
    yield db
    db.execute_sql("PRAGMA foreign_keys=ON")


def _values(db: ClinicDatabase, table: str) -> dict[str, object]:
    """A row the CHECKs accept."""
    chosen: dict[str, object] = {
        "state": {"person": "active", "service_use": "used", "reconciliation": "counting",
                  "complaint": "received", "refund_case": "prepared",
                  "referral": "recorded", "stock_document": "requested",
                  "voucher": "owned", "appointment": "booked",
                  "doctor_change": "draft", "activity": "planned",
                  "activity_place": "invited", "introduction": "recorded",
                  "partner_statement": "drawn", "data_request": "received"}.get(table, "open"),
        "kind": {"money_event": "payment", "points_entry": "earn", "tier_override": "grant",
                 "stock_move": "receive", "entitlement_grant": "gift", "award": "gift",
                 "redemption": "gift", "fee_payment": "payment",
                 "stock_document": "purchase", "activity": "lecture", "request": "request",
                 "data_request": "copy",
                 "mailing": "letter"}.get(table, "x"),
        "step": {"stock_document_step": "request", "complaint_step": "note"}.get(table, "claim"),
        "source": "call" if table == "request" else "typed",
        "trigger": "item",
        "channel": "phone",
        "rhythm": "month",
        "model": "fixed",
        "direction": "in",
        "basis": "consent",
        "mode": "card",
        "received_by": 2,
        "part": "attending",
        "name": "x",
        "to_doctor_id": 2,
        "fault": "member",
        "method": "agreed",
        "newcomer_id": 2,
        "item": "record",
        "place": "desk",
        "reason": "tier",
        "collected": "self",
        "borne_by": "marketing",
        "outcome": "fine",
        "used": 0,
    }  # fmt: skip
    info = db.execute_sql(f'PRAGMA table_info("{table}")').fetchall()
    row: dict[str, object] = {}
    for _, name, kind, not_null, default, in_key in info:
        if name in chosen and not_null:
            row[name] = chosen[name]
        elif in_key or (not_null and default is None):
            row[name] = 1 if kind == "INTEGER" else (b"1" if kind == "BLOB" else "2026-11-20")
    return row


def _insert(db: ClinicDatabase, verb: str, table: str, more: str = "", **other: object) -> None:
    row = {**_values(db, table), **other}
    marks = ", ".join("?" * len(row))
    names = ", ".join(f'"{name}"' for name in row)
    db.execute_sql(f'{verb} INTO "{table}" ({names}) VALUES ({marks}) {more}', tuple(row.values()))


def _all(db: ClinicDatabase, table: str) -> list[tuple[object, ...]]:
    return db.execute_sql(f'SELECT * FROM "{table}"').fetchall()


@pytest.mark.parametrize("table", sorted(NEVER_DELETED))
def test_e65_no_row_is_ever_deleted_or_replaced(filled, table):
    before = _all(filled, table)
    assert before
    for attempt in (f'DELETE FROM "{table}"', None):
        with pytest.raises(ConstraintFault), filled.immediate():
            if attempt:
                filled.execute_sql(attempt)
            else:
                _insert(filled, "INSERT OR REPLACE", table)
        assert _all(filled, table) == before


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_e65_no_row_is_ever_rewritten(filled, table):
    before = _all(filled, table)
    key = {"audit": "seq", "stock_lot": "move_id", "mailing_person": "mailing_id"}.get(table, "id")
    conflict = "mailing_id, person_id" if table == "mailing_person" else f'"{key}"'
    column = next(n for n in _values(filled, table) if n != key)
    with pytest.raises(ConstraintFault), filled.immediate():
        filled.execute_sql(f'UPDATE "{table}" SET "{column}" = "{column}"')
    with pytest.raises(ConstraintFault), filled.immediate():
        _insert(
            filled,
            "INSERT",
            table,
            f'ON CONFLICT ({conflict}) DO UPDATE SET "{column}" = "{column}"',
        )
    with pytest.raises(ConstraintFault), filled.immediate():
        filled.execute_sql(f'UPDATE OR REPLACE "{table}" SET "{key}" = 5')
    assert _all(filled, table) == before


WORDS = {
    "money_event": ("reason",), "points_entry": ("reason",), "tier_override": ("reason",),
    "gift_issue": ("note",), "service_use": ("reason",), "health_grade": ("note",),
    "fee_payment": ("agreement", "reason"), "redemption_return": ("reason",),
    "award": ("name", "note"), "gift_promise": ("note",), "followup_attempt": ("note",),
    "voucher_step": ("note",), "service_bill": ("note",), "complaint_step": ("text",),
    "grant_before": ("name",),
}  # fmt: skip
LATER = {"followup_attempt": {"undone_seq"}}  # a call is taken back once


@pytest.mark.parametrize("table", sorted(WORDS))
def test_r135_only_the_words_about_somebody_made_anonymous_can_be_emptied(filled, table):
    info = filled.execute_sql(f'PRAGMA table_info("{table}")').fetchall()
    free = {*WORDS[table], *LATER.get(table, ())}
    for column in [row[1] for row in info if row[1] not in free]:
        with pytest.raises(ConstraintFault), filled.immediate():
            filled.execute_sql(f'UPDATE "{table}" SET "{column}" = "{column}"')
    emptied = ", ".join(f"\"{word}\" = ''" for word in WORDS[table])
    for erased_on, words in ((None, emptied), ("2026-11-20", emptied.replace("''", "'other'"))):
        filled.execute_sql("UPDATE person SET erased_on = ?", (erased_on,))
        with pytest.raises(ConstraintFault), filled.immediate():
            filled.execute_sql(f'UPDATE "{table}" SET {words}')
    filled.execute_sql(f'UPDATE "{table}" SET {emptied}')


def test_e65_a_receipt_changes_only_what_its_money_events_say(filled):
    fixed = {row[1] for row in filled.execute_sql("PRAGMA table_info(receipt)").fetchall()}
    free = {"credited_id", "net_fen", "void", "reason", "note"}
    for column in sorted(fixed - free):
        with pytest.raises(ConstraintFault), filled.immediate():
            filled.execute_sql(f'UPDATE receipt SET "{column}" = "{column}"')
    for column in sorted(free):
        filled.execute_sql(f'UPDATE receipt SET "{column}" = "{column}"')


def test_e51_a_closed_reconciliation_and_its_count_never_change(db):
    db.execute_sql("PRAGMA foreign_keys=OFF")
    _insert(db, "INSERT", "reconciliation")
    _insert(db, "INSERT", "count_line")
    db.execute_sql("UPDATE count_line SET counted = 4")
    db.execute_sql(
        "UPDATE reconciliation SET state = 'closed', marketing_signer = 1, billing_signer = 2,"
        " closed_seq = 1"
    )
    for change in (
        "UPDATE count_line SET counted = 5",
        "UPDATE reconciliation SET state = 'counting'",
    ):
        with pytest.raises(ConstraintFault, match="closed"), db.immediate():
            db.execute_sql(change)
    db.execute_sql("PRAGMA foreign_keys=ON")


def test_e51_one_person_cannot_sign_twice(db):
    db.execute_sql("PRAGMA foreign_keys=OFF")
    _insert(db, "INSERT", "reconciliation")
    with pytest.raises(ConstraintFault), db.immediate():
        db.execute_sql("UPDATE reconciliation SET marketing_signer = 1, billing_signer = 1")
    with pytest.raises(ConstraintFault), db.immediate():
        _insert(db, "INSERT", "reconciliation", id=2)  # one at a time
    db.execute_sql("PRAGMA foreign_keys=ON")


def test_e20_allocations_never_exceed_their_lot(db):
    db.execute_sql("PRAGMA foreign_keys=OFF")
    _insert(db, "INSERT", "points_entry", points=10)
    _insert(db, "INSERT", "points_entry", id=2, points=-20)
    for points, good in ((8, True), (3, False), (2, True), (-11, False), (-10, True), (-1, False)):
        if good:
            _insert(db, "INSERT", "points_allocation", id=None, debit_id=2, points=points)
        else:
            with pytest.raises(ConstraintFault, match="exceed"), db.immediate():
                _insert(db, "INSERT", "points_allocation", id=None, debit_id=2, points=points)
    db.execute_sql("PRAGMA foreign_keys=ON")


def test_p4_the_audit_trail_has_no_gaps_and_each_command_once(db):
    _insert(db, "INSERT", "audit", actor_id=None)
    for seq, op in ((3, b"2"), (1, b"2"), (2, b"1")):
        with pytest.raises(ConstraintFault), db.immediate():
            _insert(db, "INSERT", "audit", seq=seq, op_id=op)
    _insert(db, "INSERT", "audit", seq=2, op_id=b"2")


@pytest.mark.parametrize(
    ("table", "column"),
    [("stock_level", "quantity"), ("standing", "available"), ("receipt", "net_fen")],
)
def test_numbers_that_may_not_be_negative_cannot_be(db, table, column):
    db.execute_sql("PRAGMA foreign_keys=OFF")
    with pytest.raises(ConstraintFault), db.immediate():
        _insert(db, "INSERT", table, **{column: -1})
    db.execute_sql("PRAGMA foreign_keys=ON")


def test_every_reference_is_restrict(db):
    for table in sorted(tables(db)):
        for row in db.execute_sql(f'PRAGMA foreign_key_list("{table}")').fetchall():
            assert row[6] == "RESTRICT", (table, row[3])


# -- migrations ----------------------------------------------------------------------------------


@pytest.fixture
def next_script(tmp_path, monkeypatch):
    """Write the next migration for this test alone; answers its number."""
    known = schema.scripts()
    number = known[-1][0] + 1

    def write(text: str) -> int:
        path = tmp_path / f"{number:04d}_next.sql"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(schema, "scripts", lambda: (*known, (number, path)))
        return number

    return write


def test_a_migration_brings_an_old_clinic_on_once(closed, next_script):
    number = next_script("CREATE TABLE extra (a INTEGER) STRICT;\nINSERT INTO extra VALUES (7);")
    for _ in range(2):
        opened = closed.open()
        assert schema.version_of(opened.db) == number
        assert opened.db.execute_sql("SELECT a FROM extra").fetchall() == [(7,)]
        assert schema.schema_text(opened.db) == schema.expected_schema_text()
        opened.close()


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE extra (a INTEGER) STRICT;\nINSERT INTO extra VALUES ('x');",
        "CREATE TABLE extra (a INTEGER) STRICT;\n\nSELECT * FROM nowhere;",
        "DROP TABLE card;\nCREATE TABLE person (a);",
    ],
)
def test_a_migration_that_fails_leaves_the_old_schema_whole(closed, next_script, script):
    before = closed.prints()
    next_script(script)
    with pytest.raises((ConstraintFault, peewee.PeeweeException)):
        closed.open()
    assert closed.prints() == before


def test_a_migration_out_of_room_leaves_the_old_schema_whole(closed, next_script, monkeypatch):
    rows = "".join(f"INSERT INTO extra VALUES ('{'x' * 3000}{i}');\n" for i in range(300))
    next_script(f"CREATE TABLE extra (a TEXT) STRICT;\n{rows}")
    before = closed.prints()
    real = ClinicDatabase._establish

    def small(db: ClinicDatabase) -> None:
        real(db)
        pages = db.execute_sql("PRAGMA page_count").fetchone()[0]
        db.execute_sql(f"PRAGMA max_page_count={pages + 3}")

    monkeypatch.setattr(ClinicDatabase, "_establish", small)
    with pytest.raises(StoreFault) as caught:
        closed.open()
    assert caught.value.fault is Fault.DISK_FULL
    assert closed.prints() == before


def test_a_fresh_clinic_runs_every_script(tmp_path, closed, next_script):
    number = next_script("CREATE TABLE extra (a INTEGER) STRICT;")
    made = create_file(tmp_path / "fresh", closed.vault, CODE, "test")
    assert schema.version_of(made.db) == number
    assert schema.schema_text(made.db) == schema.expected_schema_text()
    made.close()


def test_scripts_are_numbered_without_gaps(tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path)
    (tmp_path / "0001_a.sql").write_text("")
    (tmp_path / "0003_b.sql").write_text("")
    with pytest.raises(RuntimeError, match="gaps"):
        schema.scripts.__wrapped__()
    (tmp_path / "0003_b.sql").rename(tmp_path / "0002_b.sql")
    assert [number for number, _ in schema.scripts.__wrapped__()] == [1, 2]


def test_statements_are_split_around_trigger_bodies():
    script = (
        "-- a note; with a semicolon\nCREATE TABLE t (a);\n"
        "CREATE TRIGGER r BEFORE UPDATE ON t\nBEGIN SELECT 1; SELECT 2; END;\n-- the end\n"
    )
    found = list(schema.statements(script))
    assert [re.sub(r"--.*\n", "", text).split()[1] for text in found] == ["TABLE", "TRIGGER"]
    with pytest.raises(RuntimeError, match="middle"):
        list(schema.statements("CREATE TABLE t (a)"))


def test_no_script_asks_sqlite_for_the_time():
    """E24: dates are parameters."""
    for _, path in schema.scripts():
        text = path.read_text(encoding="utf-8").lower()
        for word in ("current_date", "current_timestamp", "date('now'", "datetime("):
            assert word not in text
