"""Yuan as people type and read them; never through a float."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import RuleError
from services.money import parse_yuan, yuan


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("860", 86_000), ("860.5", 86_050), ("860.05", 86_005), ("0", 0), ("0.01", 1),
        ("1,234.50", 123_450), ("¥860", 86_000), ("¥ 860元", 86_000), (" 860 元 ", 86_000),
        ("860.50", 86_050), ("1,234", 123_400), ("999999999.99", 99_999_999_999),
        ("8.29", 829), ("1.15", 115), ("007", 700),
    ],
)  # fmt: skip
def test_what_people_type(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", "元", "-1", "+1", "1.234", "1.", ".5", "1e3", "八百", "1 2", "1.2.3", "nan", "1000000000",
     "0x10", "86o", "¥", "1;2"],
)  # fmt: skip
def test_what_is_no_amount(text):
    with pytest.raises(RuleError):
        parse_yuan(text)


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0"), (1, "0.01"), (86_000, "860"), (86_050, "860.50"), (123_456_789, "1,234,567.89"),
     (-5, "-0.05"), (-100_000, "-1,000")],
)  # fmt: skip
def test_what_people_read(fen, text):
    assert yuan(fen) == text


@given(st.integers(0, 10**11 - 1))
def test_what_is_read_can_be_typed(fen):
    assert parse_yuan(yuan(fen)) == fen
