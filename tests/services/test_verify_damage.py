"""A file that gives way while it is verified, and what only some clinics have to be verified."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from models import checks
from models.clinic_file import ClinicFile
from models.ledgers import Receipt
from services.clinic import Clinic
from services.gifts.reconciliation import open_week
from services.loyalty.receipts import move_receipt, post_receipt, refund
from services.people.cards import issue_card
from services.people.enrolment import PersonForm, enrol
from services.verify import VerifyCancelled, chain, money, verify
from services.verify.report import Findings
from tests.conftest import TODAY
from tests.gift_world import add_gift, count_all, stocked


class Damage(Exception):
    """What SQLite raises for a page that cannot be read."""

    sqlite_errorname = "SQLITE_CORRUPT_VTAB"


def damaged(*_: Any) -> Any:
    raise Damage


def codes(clinic: Clinic) -> list[str]:
    return [fault.code for fault in verify(clinic).faults]


def test_e64_damage_in_a_ledger_is_said_and_ends_the_checks(clinic, monkeypatch):
    monkeypatch.setattr(money, "check_receipts", damaged)
    report = verify(clinic)
    (fault,) = report.faults
    assert fault.code == "file.unreadable"
    assert "receipts: SQLITE_CORRUPT_VTAB" in fault.sentence
    assert "audit" in report.checked
    assert "grants" not in report.checked


def test_e64_damage_in_the_file_is_said_beside_the_ledgers(clinic, monkeypatch):
    monkeypatch.setattr(checks, "structure_faults", damaged)
    report = verify(clinic)
    assert [fault.code for fault in report.faults] == ["file.unreadable"]
    assert "file: SQLITE_CORRUPT_VTAB" in report.faults[0].sentence
    assert "grants" in report.checked


def test_e64_a_file_that_opens_only_once_is_said_too(clinic, monkeypatch):
    opened: list[int] = []
    reader = ClinicFile.reader

    def once(file: ClinicFile) -> Any:
        opened.append(1)
        return reader(file) if len(opened) == 1 else damaged()

    monkeypatch.setattr(ClinicFile, "reader", once)
    assert codes(clinic) == ["file.unreadable"]


def test_a_mistake_of_the_program_is_not_taken_for_damage(clinic, monkeypatch):
    def wrong(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(money, "check_receipts", wrong)
    with pytest.raises(ZeroDivisionError):
        verify(clinic)


def test_a_number_that_cannot_be_asked_for_any_more_is_an_id(clinic, frontdesk, monkeypatch):
    who = enrol(frontdesk, form=PersonForm(name="单自检", phone="13800138001")).person_id
    posted = post_receipt(frontdesk, person_id=who, amount_fen=100)
    found = Findings()
    found.add("receipt.net", posted.receipt_id)
    asked = found.report(clinic.db).faults[0].sentence
    assert clinic.db.scalar(Receipt.select(Receipt.number)) in asked
    monkeypatch.setattr(clinic.db, "scalar", damaged)
    assert f"#{posted.receipt_id}" in found.report(clinic.db).faults[0].sentence


def test_a_long_chain_can_be_stopped_in_the_middle(clinic, monkeypatch):
    monkeypatch.setattr(chain, "_ROWS", 2)
    looked: list[int] = []

    def cancelled() -> bool:
        looked.append(1)
        return len(looked) > 2

    with pytest.raises(VerifyCancelled):
        verify(clinic, cancelled=cancelled)


def test_stopping_ends_the_check_of_the_file_too(clinic, monkeypatch):
    stopped = threading.Event()

    def until_stopped(_: Any) -> list[str]:
        assert stopped.wait(30)
        raise Damage

    def never(_: Any) -> list[str]:
        raise AssertionError("whoever stops does not wait for the pages")

    monkeypatch.setattr(checks, "stopper", lambda _: stopped.set)
    monkeypatch.setattr(checks, "structure_faults", until_stopped)
    monkeypatch.setattr(checks, "page_faults", never)
    with pytest.raises(VerifyCancelled):
        verify(clinic, cancelled=lambda: True)
    assert stopped.is_set()


def test_a_file_that_takes_longer_than_the_ledgers_can_be_stopped_too(clinic, monkeypatch):
    running, stopped = threading.Event(), threading.Event()
    steps: list[tuple[int, int]] = []

    def until_stopped(_: Any) -> list[str]:
        running.set()
        assert stopped.wait(30)
        raise Damage

    def ledgers_done() -> bool:
        return bool(steps) and steps[-1][0] == steps[-1][1] - 1 and running.is_set()

    monkeypatch.setattr(checks, "stopper", lambda _: stopped.set)
    monkeypatch.setattr(checks, "structure_faults", until_stopped)
    with pytest.raises(VerifyCancelled):
        verify(clinic, lambda *step: steps.append(step), ledgers_done)
    assert stopped.is_set()


def test_e64_damage_in_a_free_page_is_noticed_too(clinic):
    db = clinic.db
    db.execute_sql("CREATE TABLE gone AS SELECT zeroblob(40000) AS content")
    db.execute_sql("DROP TABLE gone")
    assert checks.free_pages(db) > 5
    db.checkpoint()
    assert codes(clinic) == []
    content = bytearray(db.path.read_bytes())
    content[-2000] ^= 1  # a table made last lay at the end
    db.path.write_bytes(content)
    assert "file.pages" in codes(clinic)


def test_a_file_too_large_for_the_memory_is_checked_in_parts_of_it(clinic):
    def kept(most_mib: int) -> int:
        with clinic.reading() as reading:
            checks.cache_for_checks(reading.db, most_mib)
            return int(reading.db.execute_sql("PRAGMA cache_size").fetchone()[0])

    whole = clinic.db.path.stat().st_size // 2**20 + 2
    assert kept(checks.MOST_MIB) == -whole * 1024
    assert kept(1) == -1024


def test_e62_a_receipt_moved_there_and_back_is_one_receipt(clinic, frontdesk, member_admin):
    one, other = (
        enrol(frontdesk, form=PersonForm(name="单自检", phone=phone)).person_id
        for phone in ("13800138001", "13800138002")
    )
    posted = post_receipt(frontdesk, person_id=one, amount_fen=90_000).receipt_id
    for to in (other, one, other):
        move_receipt(member_admin, receipt_id=posted, to_person_id=to, reason="录错人")
    refund(member_admin, receipt_id=posted, amount_fen=10_000, reason="多收")
    assert codes(clinic) == []


def test_a_week_still_counted_and_a_card_are_looked_at(clinic, director):
    gift = add_gift(director)
    stocked(director, gift, 10, 5)
    week = open_week(director, week=TODAY).reconciliation_id
    count_all(director, week, **{f"g{gift}_desk": 3})
    form = PersonForm(name="单自检", phone="13800138001")
    who = enrol(director, form=form, consents=("record",)).person_id
    issue_card(director, person_id=who, number="C0001")
    report = verify(clinic)
    assert report.good, report.faults
    assert report.checked["week_lines"] == 2
