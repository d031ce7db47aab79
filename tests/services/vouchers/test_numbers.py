"""The number on a voucher (R132)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import RuleError
from services.vouchers.numbers import make_number, read_number


@given(st.integers(0, 999_999_999))
def test_a_number_is_read_as_it_was_made(seq):
    number = make_number(seq)
    assert read_number(number) == number
    assert read_number(f" {number.lower()[:5]} {number[5:]}\n") == number
    assert read_number(number[2:]) == number


def test_full_width_hyphens_and_blanks_are_understood():
    number = make_number(42)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    assert read_number(wide) == read_number(f"qk-{number[2:7]}-{number[7:]}") == number


@given(st.integers(0, 999_999_999), st.integers(0, 9), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(seq, place, off):
    digits = list(make_number(seq)[2:])
    digits[place] = str((int(digits[place]) + off) % 10)
    with pytest.raises(RuleError, match="有一位不对"):
        read_number("".join(digits))


@pytest.mark.parametrize("text", ["", "QK", "QK12", "M0000001", "1380013800a", "QK12345678901"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(RuleError, match="QK 加 10 位数字"):
        read_number(text)
