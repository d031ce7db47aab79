"""ID numbers, phones and dates as they are typed (front-desk.md 4.1). All numbers are made up."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from services.people.birthdays import age_on
from services.people.identity import (
    HKMT_PERMIT,
    ID_TYPES,
    OTHER,
    PASSPORT,
    check_id,
    check_phone,
    clean_text,
    id_type_title,
    iso_date,
    parse_date,
)

SAMPLE = "11010519491231002X"  # the example of GB 11643-1999


def wide(text: str) -> str:
    """The full-width form an input method leaves behind."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.mark.parametrize(
    "typed",
    [
        SAMPLE,
        SAMPLE.lower(),
        "110105491231002",
        "110105 19491231 002x",
        "110105-19491231-002X",
        wide(SAMPLE),
        "11010519491231002\u00d7",
    ],
)
def test_r121_every_way_to_write_the_sample_number_is_the_same_number(typed: str) -> None:
    check = check_id(typed)
    assert (check.number, check.birthday, check.sex) == (SAMPLE, "1949-12-31", "F")
    assert check.warning == ""


def test_r121_nothing_typed_is_no_number() -> None:
    assert check_id("  ").number == ""


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("110105194912310021", "末位"),
        ("11010519491231", "18 位"),
        ("1101051949123100", "18 位"),
        ("11010519491231ABCD", "18 位"),
    ],
)
def test_r121_a_failed_check_warns_and_keeps_what_was_typed(typed: str, word: str) -> None:
    check = check_id(typed)
    assert check.number == typed
    assert word in check.warning
    assert check.birthday is None


def _with_check_digit(first_17: str) -> str:
    return first_17 + ric.calc_check_digit(first_17 + "0")


def test_r121_a_birthday_that_is_no_day_warns() -> None:
    assert "出生日期不存在" in check_id(_with_check_digit("11010519491331002")).warning


def test_r121_a_birthday_after_today_warns() -> None:
    number = _with_check_digit("11010520271231002")
    assert "今天之后" in check_id(number, today="2026-11-20").warning
    assert check_id(number, today="2027-12-31").warning == ""


def test_r121_an_unknown_region_warns_but_birthday_and_sex_are_filled() -> None:
    check = check_id(_with_check_digit("99990119491231003"))
    assert "地区" in check.warning
    assert (check.birthday, check.sex) == ("1949-12-31", "F" if int("3") % 2 == 0 else "M")


def test_r121_a_residence_permit_of_hong_kong_is_made_the_same_way() -> None:
    number = _with_check_digit("81000019940823002")
    for id_type in ("resident", HKMT_PERMIT):
        check = check_id(number, id_type)
        assert (check.birthday, check.sex, check.warning) == ("1994-08-23", "F", "")


@pytest.mark.parametrize(
    ("id_type", "typed", "odd"),
    [
        (HKMT_PERMIT, "h12345678", False),
        (HKMT_PERMIT, "12345678", False),
        (HKMT_PERMIT, "123", True),
        (PASSPORT, "e12345678", False),
        (PASSPORT, "e1", True),
        (OTHER, "军 1", False),
    ],
)
def test_r121_other_documents_have_other_shapes(id_type: str, typed: str, odd: bool) -> None:
    check = check_id(typed, id_type)
    assert bool(check.warning) is odd
    assert check.number == typed.upper().replace(" ", "")


def test_every_document_type_has_a_title() -> None:
    assert len({id_type_title(id_type) for id_type in ID_TYPES}) == 4


@given(
    st.dates(date(1900, 1, 1), date(1999, 12, 31)),
    st.integers(0, 999),
)
def test_r121_fifteen_digits_round_trip_to_the_eighteen_they_became(day: date, order: int) -> None:
    old = f"110105{day:%y%m%d}{order:03d}"
    new = check_id(old)
    if not new.warning:
        assert new.number[:6] + new.number[8:17] == old
        assert new.birthday == day.isoformat()
        assert new.sex == ("M" if order % 2 else "F")
        assert check_id(new.number) == new


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800138000", "13800138000"),
        ("138 0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("008613800138000", "13800138000"),
        (wide("13800138000"), "13800138000"),
        ("010-62345678", "010-62345678"),
        ("(0571)87654321", "0571-87654321"),
        ("057187654321", "0571-87654321"),
        ("0755 2345 6789 转 803", "0755-23456789转803"),
        ("+852 6123 4567", "+85261234567"),
        ("4008123123", "4008123123"),
        ("", ""),
    ],
)
def test_r121_phones_are_kept_in_one_form(typed: str, number: str) -> None:
    check = check_phone(typed)
    assert (check.number, check.warning, check.error) == (number, "", "")


@pytest.mark.parametrize(
    "typed", ["62345678", "12345", "1380013800", "13000000", "+999 12", "2" * 30]
)
def test_r121_an_odd_phone_warns_and_is_kept(typed: str) -> None:
    check = check_phone(typed)
    assert check.warning
    assert check.number
    assert not check.error


def test_r121_an_unassigned_mobile_prefix_warns() -> None:
    assert check_phone("15400000000").warning


def test_r121_an_odd_foreign_number_warns() -> None:
    assert check_phone("+852 1").warning


@pytest.mark.parametrize("typed", ["无", "+", "不知道"])
def test_r121_a_phone_without_digits_is_an_error(typed: str) -> None:
    assert check_phone(typed).error


@given(st.integers(13000000000, 19999999999))
def test_r121_a_mobile_is_never_changed(number: int) -> None:
    assert check_phone(str(number)).number == str(number)
    assert check_phone(check_phone(f"+86 {number}").number).number == str(number)


@pytest.mark.parametrize(
    "typed",
    [
        "19900515",
        "1990-5-15",
        "1990.5.15",
        "1990/05/15",
        "1990年5月15日",
        "1990 5 15",
        wide("1990-5-15"),
    ],
)
def test_dates_are_read_however_they_are_typed(typed: str) -> None:
    assert parse_date(typed) == "1990-05-15"


@pytest.mark.parametrize(
    "typed", ["", "1990", "1990-5", "1990-2-30", "19900230", "5/15/1990", "abc"]
)
def test_what_is_no_date_is_none(typed: str) -> None:
    assert parse_date(typed) is None


@given(st.dates(date(1900, 1, 1)), st.sampled_from(["{:%Y%m%d}", "{0.year}.{0.month}.{0.day}"]))
def test_dates_round_trip(day: date, form: str) -> None:
    text = form.format(day)
    assert parse_date(text.zfill(8)) == day.isoformat()


def test_iso_date_knows_leap_years() -> None:
    assert iso_date(2028, 2, 29) == "2028-02-29"
    assert iso_date(2026, 2, 29) is None


def test_e26_age_changes_on_the_birthday() -> None:
    assert age_on("2012-11-21", "2026-11-20") == 13
    assert age_on("2012-11-20", "2026-11-20") == 14


def test_text_is_tidied() -> None:
    assert clean_text("  ABC  东 路 ") == "ABC 东 路"
