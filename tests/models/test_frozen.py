"""Every schema ever released has a frozen clinic that this program opens, migrates and verifies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models import schema
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock
from services.commands import head_of_chain
from services.staff import sign_in
from services.verify import verify
from tests.conftest import PIN, STAFF
from tests.models.frozen.make import HERE
from tests.money_world import check_books, pay

FROZEN = sorted(HERE.glob("clinic_v*"))


def test_every_schema_has_its_frozen_clinic():
    """A new migration script wants `python -m tests.models.frozen.make`."""
    names = [f"clinic_v{number}" for number, _ in schema.scripts()]
    assert [folder.name for folder in FROZEN] == names


@pytest.fixture(params=FROZEN, ids=lambda folder: folder.name)
def old(request, tmp_path: Path):
    shutil.copytree(request.param, tmp_path / "old")
    opened = open_clinic(
        tmp_path / "old" / "data",
        ManualClock("2026-11-21"),
        holder="test",
        vault=FileVault(tmp_path / "old" / "vault"),
    )
    yield opened
    opened.close()


def test_a_frozen_clinic_opens_migrates_and_verifies(old):
    assert schema.version_of(old.db) == schema.latest_version()
    assert schema.schema_text(old.db) == schema.expected_schema_text(), (
        "a released script was changed; while it is unreleased, make the frozen clinic anew:"
        " python -m tests.models.frozen.make"
    )
    report = verify(old)
    assert report.good, report.faults


def test_a_frozen_clinic_says_what_it_said(old):
    rows = old.db.execute_sql(
        "SELECT spend_fen, max_single_fen, earned, available, deficit, supported_rank, rank,"
        " member, receipts FROM standing ORDER BY person_id"
    ).fetchall()
    assert rows == [
        (595_100, 495_100, 5950, 5950, 0, 1, 3, 1, 3),
        (1_000_000, 1_000_000, 10_000, 9_800, 0, 3, 3, 1, 3),
        (30_000, 30_000, 300, 300, 0, 0, 0, 0, 1),
    ]
    check_books(old)


def test_work_goes_on_in_a_frozen_clinic(old):
    session = sign_in(old, STAFF["frontdesk"], PIN)
    head = head_of_chain(old.db)[0]
    assert pay(session, 1, 10).points == 10
    assert head_of_chain(old.db)[0] == head + 1
    assert verify(old).good
