"""Which week a scheduler writes, and under which name (R144): nothing signed is written over."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from services.clinic import Clinic
from services.clock import ManualClock
from services.commands import Session
from services.errors import RuleError
from services.gifts.period import week_view
from services.gifts.reconciliation import open_week
from services.gifts.reopening import reopen
from services.headless.friday import run as reconcile
from services.workbooks import friday_place
from services.workbooks.friday import write_friday
from services.workbooks.friday_place import is_of, newest_week, place_for
from tests.gift_world import add_gift, count_all, friday, sign, stocked

FRIDAY, NEXT = "2026-11-20", "2026-11-27"


@pytest.fixture
def billing_desk(clinic: Clinic, marketing: Session, billing: Session) -> Session:
    stocked(marketing, add_gift(marketing), 5, 5)
    return billing


def write(clinic: Clinic, folder: Path) -> Path | None:
    week = newest_week(clinic.db, clinic.clock.today())
    path = place_for(folder, week_view(clinic.db, week, today=clinic.clock.today()))
    if path is not None:
        write_friday(clinic, path, week=week)
    return path


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-11-20", FRIDAY),  # the day of counting has come
        ("2026-11-23", FRIDAY),  # made up for on Monday
        ("2026-11-26", FRIDAY),
        ("2026-11-27", NEXT),
    ],
)
def test_r144_the_newest_week_by_the_day(
    clinic: Clinic, clock: ManualClock, billing_desk: Session, day: str, week: str
) -> None:
    clock.day = day
    assert newest_week(clinic.db, day) == week


def test_r144_a_week_before_the_books_began_is_none(clinic: Clinic) -> None:
    assert newest_week(clinic.db, "2026-11-16") in ("2026-11-20", "2026-11-13")
    assert newest_week(clinic.db, "2026-11-10") == "2026-11-13"


def test_r144_the_week_that_is_being_counted_and_one_counted_early(
    clinic: Clinic, clock: ManualClock, billing_desk: Session
) -> None:
    opened = open_week(billing_desk, week=FRIDAY).reconciliation_id
    clock.day = NEXT
    assert newest_week(clinic.db, NEXT) == FRIDAY
    count_all(billing_desk, opened)
    sign(billing_desk, opened)
    assert newest_week(clinic.db, NEXT) == NEXT
    clock.day = "2026-11-30"
    friday(billing_desk, "2026-12-04")
    assert newest_week(clinic.db, "2026-11-30") == "2026-12-04"


def test_r144_what_is_not_signed_has_a_name_that_says_so_and_is_written_anew(
    clinic: Clinic, billing_desk: Session, tmp_path: Path
) -> None:
    first = write(clinic, tmp_path)
    assert first is not None
    assert first.name == "礼品核对_2026-11-20_未签.xlsx"
    assert write(clinic, tmp_path) == first
    friday(billing_desk)
    assert write(clinic, tmp_path) == tmp_path / "礼品核对_2026-11-20.xlsx"
    assert len(list(tmp_path.glob("*.xlsx"))) == 2


def test_r144_what_was_signed_after_the_hour_is_written_the_week_after(
    clinic: Clinic, clock: ManualClock, billing_desk: Session, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    chosen = Namespace(week="last", out=None, out_dir=out)
    assert reconcile(clinic, chosen) == 0
    friday(billing_desk)  # signed when the scheduler had been there
    clock.day = NEXT
    assert reconcile(clinic, chosen) == 0
    names = ["礼品核对_2026-11-20.xlsx", "礼品核对_2026-11-20_未签.xlsx"]
    assert sorted(path.name for path in out.iterdir()) == [
        *names,
        "礼品核对_2026-11-27_未签.xlsx",
    ]
    view = week_view(clinic.db, FRIDAY, today=NEXT)
    assert is_of(out / names[0], view)
    before = (out / names[0]).read_bytes()
    assert reconcile(clinic, chosen) == 0
    assert (out / names[0]).read_bytes() == before
    one = Namespace(week="last", out=out / "one.xlsx", out_dir=None)
    assert reconcile(clinic, one) == 0  # a file of a given name is of one week
    assert len(list(out.iterdir())) == 4


def test_e51_what_is_signed_is_never_written_over(
    clinic: Clinic,
    billing_desk: Session,
    director: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = friday(billing_desk)
    plain = tmp_path / "礼品核对_2026-11-20.xlsx"
    assert write(clinic, tmp_path) == plain
    assert write(clinic, tmp_path) is None  # it lies there
    again = reopen(director, reconciliation_id=first, reason="漏点一箱").reconciliation_id
    assert write(clinic, tmp_path) is None  # until the correction is signed the first holds
    count_all(billing_desk, again)
    sign(billing_desk, again)
    before = plain.read_bytes()
    second = write(clinic, tmp_path)
    assert second == tmp_path / "礼品核对_2026-11-20_2.xlsx"
    assert write(clinic, tmp_path) is None
    assert plain.read_bytes() == before
    second.write_bytes(b"something of another program")
    assert write(clinic, tmp_path) == tmp_path / "礼品核对_2026-11-20_3.xlsx"
    monkeypatch.setattr(friday_place, "_MOST", 3)
    full = tmp_path / "full"
    full.mkdir()
    for name in (plain.name, second.name):
        (full / name).write_bytes(b"PK")
    with pytest.raises(RuleError, match="太多"):
        write(clinic, full)


def test_a_workbook_of_something_else_is_not_ours(
    clinic: Clinic, billing_desk: Session, tmp_path: Path
) -> None:
    import openpyxl

    friday(billing_desk)
    view = week_view(clinic.db, FRIDAY, today=FRIDAY)
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    assert not is_of(tmp_path / "other.xlsx", view)
    assert book.active is not None
    book.active.title = "说明"
    book.save(tmp_path / "other.xlsx")
    assert not is_of(tmp_path / "other.xlsx", view)
