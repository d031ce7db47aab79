"""Cells of an old roster, in every old manner (workbooks.md Import). All numbers are made up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.roster import cells

TODAY = "2026-11-20"
ID = "11010519491231002X"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  张 三 ", "张 三"),
        ("'00123", "00123"),
        ("王芳", "王芳"),
        ("ABC", "ABC"),
        ("无", ""),
        ("-", ""),
        ("#N/A", ""),
        (True, ""),
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (datetime.fromisoformat("1990-05-15T08:00:00"), "1990-05-15"),
        (date(1990, 5, 15), "1990-05-15"),
        (timedelta(days=1), "1 day, 0:00:00"),
    ],
)
def test_any_cell_as_text(value: Any, text: str) -> None:
    assert cells.text(value) == text


@pytest.mark.parametrize(
    ("value", "first", "second", "code"),
    [
        (13800138000, "13800138000", "", ""),
        (13800138000.0, "13800138000", "", ""),
        ("13800138000", "13800138000", "", ""),
        ("1.3800138E+10", "", "", "lost"),
        ("1.3800138000E+10", "13800138000", "", ""),
        ("1.38001380000E+10", "13800138000", "", ""),
        ("1.38E+10", "", "", "lost"),
        ("1.38001e10", "", "", "lost"),
        (1.5, "", "", "lost"),
        ("13800138000/13900139000", "13800138000", "13900139000", ""),
        ("13800138000、13900139000", "13800138000", "13900139000", ""),
        ("13800138000 13900139000", "13800138000", "13900139000", ""),
        ("13800138000(妈妈的手机号)", "13800138000", "", ""),
        ("13800138000；妈妈没有手机", "13800138000", "", ""),
        ("0571-87654321", "0571-87654321", "", ""),
        ("87654321", "87654321", "", "odd"),
        ("没有电话", "", "", "bad"),
        ("无", "", "", ""),
        (None, "", "", ""),
    ],
)
def test_phones_are_recovered_or_said_to_be_lost(
    value: Any, first: str, second: str, code: str
) -> None:
    assert cells.phones(value) == (first, second, code)


@given(st.integers(13000000000, 19999999999))
def test_a_phone_written_in_full_scientific_notation_comes_back(number: int) -> None:
    assert cells.digits(f"{number:.10E}") == (str(number), False)
    assert cells.digits(float(number)) == (str(number), False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ID, (ID, "1949-12-31", "F", "")),
        ("110105491231002", (ID, "1949-12-31", "F", "")),
        (110105491231002, (ID, "1949-12-31", "F", "")),
        (110105194912310000, ("", None, "", "lost")),
        (1.1010519491231e17, ("", None, "", "lost")),
        ("1.10105E+17", ("", None, "", "lost")),
        ("110105194912310021", ("110105194912310021", None, "", "odd")),
        (None, ("", None, "", "")),
        (True, ("", None, "", "")),
    ],
)
def test_documents_that_lost_digits_are_told_from_whole_ones(
    value: Any, expected: tuple[str, str | None, str, str]
) -> None:
    assert cells.id_number(value, TODAY) == expected


@pytest.mark.parametrize(
    ("value", "found", "code"),
    [
        (datetime.fromisoformat("1990-05-15"), "1990-05-15", ""),
        (date(1990, 5, 15), "1990-05-15", ""),
        ("1990.5.15", "1990-05-15", ""),
        ("1990-05-15 00:00:00", "1990-05-15", ""),
        ("1990年5月15日", "1990-05-15", ""),
        ("19900515", "1990-05-15", ""),
        (19900515, "1990-05-15", ""),
        (33008, "1990-05-15", ""),
        (33008.0, "1990-05-15", ""),
        (33008.75, "1990-05-15", ""),
        ("33008", "1990-05-15", ""),
        ("1990年5月", "1990-05-01", "month"),
        ("1990-05", "1990-05-01", "month"),
        ("1990.5", "1990-05-01", "month"),
        (199005, "1990-05-01", "month"),
        ("199005", "1990-05-01", "month"),
        (1990.5, "1990-05-01", "month"),
        (1990.05, "1990-05-01", "month"),
        (1990.12, "1990-12-01", "month"),
        (1990.1, None, "bad"),
        (1990.15, None, "bad"),
        ("15/5/1990", "1990-05-15", ""),
        ("5/15/1990", "1990-05-15", ""),
        ("5/5/1990", "1990-05-05", ""),
        ("5/6/1990", None, "bad"),
        ("13/13/1990", None, "bad"),
        ("90-5-15", None, "bad"),
        ("1990", None, "bad"),
        (1990, None, "bad"),
        (5, None, "bad"),
        ("1990-13", None, "bad"),
        ("很久以前", None, "bad"),
        (date(1899, 1, 1), None, "bad"),
        (timedelta(1), None, "bad"),
        ("2026-11-21", None, "future"),
        ("2026-11-20", "2026-11-20", ""),
        (None, None, ""),
        ("", None, ""),
        ("无", None, ""),
        (True, None, ""),
    ],
)
def test_dates_in_every_manner(value: Any, found: str | None, code: str) -> None:
    assert cells.day(value, TODAY) == (found, code)


@given(st.dates(date(1905, 1, 1), date(2026, 11, 20)))
def test_serials_and_texts_of_a_day_are_the_same_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    if not 1900 <= serial <= 2100:
        assert cells.day(serial, TODAY) == (day.isoformat(), "")
    assert cells.day(f"{day.year}.{day.month}.{day.day}", TODAY) == (day.isoformat(), "")


@pytest.mark.parametrize(
    ("value", "fen", "code"),
    [
        (1234, 123400, ""),
        (1234.5, 123450, ""),
        (0.1 + 0.2, 30, ""),
        ("¥1,234.50", 123450, ""),
        ("¥1234", 123400, ""),
        ("1234元", 123400, ""),
        ("1234元整", 123400, ""),
        ("1,234", 123400, ""),
        ("1.2万", 1200000, ""),
        ("1.2万元", 1200000, ""),
        ("RMB 12", 1200, ""),
        (None, None, ""),
        ("-", None, ""),
        (True, None, ""),
        (-1, None, "negative"),
        ("-3.5", None, "negative"),
        ("约三千", None, "bad"),
        ("99999999999", None, "bad"),
        (float("inf"), None, "bad"),
    ],
)
def test_amounts_become_fen(value: Any, fen: int | None, code: str) -> None:
    assert cells.amount_fen(value) == (fen, code)


def test_a_column_in_ten_thousands() -> None:
    assert cells.amount_fen(2, ten_thousand=True) == (2_000_000, "")
    assert cells.amount_fen("1.5", ten_thousand=True) == (1_500_000, "")


@given(st.integers(0, 10**10))
def test_amounts_round_trip(fen: int) -> None:
    assert cells.amount_fen(f"¥{fen // 100:,}.{fen % 100:02d}") == (fen, "")


@pytest.mark.parametrize(
    ("value", "points", "code"),
    [
        (1234, 1234, ""),
        ("1,234分", 1234, ""),
        (1234.0, 1234, ""),
        (1234.5, 1234, "part"),
        ("很多", None, "bad"),
        (-5, None, "negative"),
        (None, None, ""),
    ],
)
def test_points_are_whole(value: Any, points: int | None, code: str) -> None:
    assert cells.points(value) == (points, code)


@pytest.mark.parametrize(
    ("value", "sex"),
    [("男", "M"), ("女", "F"), ("女士", "F"), ("Male", "M"), ("?", ""), (None, ""), (1, "")],
)
def test_sex(value: Any, sex: str) -> None:
    assert cells.sex(value) == sex
