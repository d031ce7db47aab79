"""Dates: clinic-local text, whole months from the anchor (E23–E26, E58)."""

from __future__ import annotations

import pytest

from services.clock import (
    ManualClock,
    SystemClock,
    days_between,
    is_date,
    is_moment,
    local_text,
    plus_days,
    plus_months,
)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2026-10-31", 4, "2027-02-28"),
        ("2026-12-15", 12, "2027-12-15"),
        ("2026-11-30", 1, "2026-12-30"),
        ("2026-12-01", 0, "2026-12-01"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -13, "2024-12-15"),
    ],
)
def test_e26_e58_months_from_the_anchor_are_clamped(day, months, then):
    assert plus_months(day, months) == then


def test_e58_every_period_is_counted_from_the_anchor_not_from_the_last():
    ends = [plus_months("2026-01-31", k) for k in range(1, 5)]
    assert ends == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


def test_days():
    assert plus_days("2026-12-31", 1) == "2027-01-01"
    assert plus_days("2028-03-01", -1) == "2028-02-29"
    assert days_between("2026-12-31", "2027-01-02") == 2


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-11-20", True), ("2026-02-29", False), ("2026-1-2", False), ("20261120", False),
        ("", False), ("2026-11-20 ", False), ("2026-W47-5", False), ("昨天", False),
    ],
)  # fmt: skip
def test_e23_a_date_is_text_of_one_form(text, good):
    assert is_date(text) is good


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-11-20 08:01:02", True),
        ("2026-11-20 8:01:02", False),
        ("2026-02-29 08:01:02", False),
        ("2026-11-20T08:01:02", False),
        ("2026-11-20 08:01:02+08:00", False),
        ("2026-11-20", False),
        ("", False),
    ],
)
def test_a_moment_is_written_in_one_way(text, good):
    assert is_moment(text) is good


def test_a_clock_set_by_hand():
    clock = ManualClock("2026-11-20", "08:01:02")
    assert (clock.today(), clock.now_utc(), clock.now_local()) == (
        "2026-11-20", "2026-11-20T08:01:02Z", "2026-11-20 08:01:02",
    )  # fmt: skip


def test_the_pcs_clock_speaks_the_same_forms():
    clock = SystemClock()
    assert is_date(clock.today())
    assert clock.now_utc()[10] == "T"
    assert clock.now_utc().endswith("Z")
    assert len(clock.now_local()) == 19
    assert len(local_text(clock.now_utc())) == 16
