"""The fees of a programme by month as a workbook: R059."""

from __future__ import annotations

import openpyxl
import pytest

from services.errors import RuleError
from services.memberships.fees import void_fee
from services.workbooks.fee_income import SHEET, file_name, write_fee_income
from tests.conftest import STAFF
from tests.services.memberships.world import NAME, on_day, payer, with_programme


@pytest.fixture
def scheme(director) -> int:
    return with_programme(director)


def rows_of(path) -> list[tuple]:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [SHEET]
    return list(book[SHEET].iter_rows(values_only=True))


def written(clinic, path, scheme, first="2026-11", last="2027-01"):
    return write_fee_income(
        clinic, path, programme_id=scheme, first=first, last=last, exported_by=STAFF["billing"]
    )


def test_r059_every_month_and_the_totals(clinic, frontdesk, scheme, tmp_path, clock):
    payer(frontdesk, scheme)  # 365 for a year from 2026-11-20: a yuan a day
    later = on_day(frontdesk, clock, "2026-12-05")
    wrong = payer(later, scheme)
    void_fee(later, fee_id=wrong.fee_id, reason="收错了")
    path = tmp_path / file_name("2026-11", "2027-01")
    done = written(clinic, path, scheme)
    assert (done.path, done.rows) == (path, 3)
    rows = rows_of(path)
    assert f"方案 {NAME}" in rows[1][0]
    assert STAFF["billing"] in rows[1][0]
    assert rows[2] == ("月份", "收到(元)", "本月确认(元)", "月末递延(元)")
    assert rows[3:6] == [
        ("2026-11", 365, 11, 354),
        ("2026-12", 0, 31, 323),
        ("2027-01", 0, 31, 292),
    ]
    assert rows[6] == ("合计", 365, 73, 292)
    assert path.name == "会费递延_2026-11_2027-01.xlsx"


def test_no_month_at_all_says_so(clinic, scheme, tmp_path):
    done = written(clinic, tmp_path / "x.xlsx", scheme, "2027-02", "2027-01")
    assert done.rows == 0
    assert rows_of(tmp_path / "x.xlsx")[4][0] == "合计"


def test_a_programme_nobody_signed_is_refused(clinic, tmp_path):
    with pytest.raises(RuleError, match="没有找到这个方案"):
        written(clinic, tmp_path / "x.xlsx", 99)
