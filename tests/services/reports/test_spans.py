"""The days of a report: usual, typed, one period on or back."""

from __future__ import annotations

import random

import pytest

from models.ledgers import PointsEntry
from models.system import Audit
from services.errors import RuleError
from services.reports.posted import ids, last_before, posted
from services.reports.spans import around, checked, shifted, typed, usual
from tests.money_world import member, pay

TODAY = "2026-11-20"  # a Friday


@pytest.mark.parametrize(
    ("period", "span"),
    [
        ("day", ("2026-11-20", "2026-11-20")),
        ("week", ("2026-11-09", "2026-11-15")),
        ("friday", ("2026-11-14", "2026-11-20")),
        ("month", ("2026-10-01", "2026-10-31")),
        ("year", ("2026-01-01", "2026-12-31")),
        ("weeks", ("2026-08-24", "2026-11-15")),
        ("all", ("2016-11-13", "2026-11-20")),
    ],
)
def test_a_report_has_its_usual_days(period, span):
    assert usual(period, TODAY) == span
    assert checked(TODAY, *span) == span


@pytest.mark.parametrize(
    ("period", "span", "before"),
    [
        ("day", ("2026-03-01", "2026-03-01"), ("2026-02-28", "2026-02-28")),
        ("week", ("2026-11-09", "2026-11-15"), ("2026-11-02", "2026-11-08")),
        ("friday", ("2026-11-14", "2026-11-20"), ("2026-11-07", "2026-11-13")),
        ("month", ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        ("month", ("2026-03-05", "2026-03-14"), ("2026-02-23", "2026-03-04")),
        ("year", ("2024-01-01", "2024-12-31"), ("2023-01-01", "2023-12-31")),
        ("weeks", ("2026-08-24", "2026-11-15"), ("2026-08-17", "2026-11-08")),
    ],
)
def test_one_period_back_and_on_again(period, span, before):
    assert shifted(period, span, -1) == before
    assert shifted(period, before, 1) == span


@pytest.mark.parametrize(
    ("period", "first", "last", "span"),
    [
        ("week", None, None, ("2026-11-09", "2026-11-15")),
        ("week", "2026-11-16", None, ("2026-11-16", "2026-11-22")),
        ("month", "2026-09-01", None, ("2026-09-01", "2026-09-30")),
        ("month", None, "2026-09-12", ("2026-09-01", "2026-09-12")),
        ("day", "2026-09-12", None, ("2026-09-12", "2026-09-12")),
        ("month", "2026-09-12", "2026-09-30", ("2026-09-12", "2026-09-30")),
    ],
)
def test_what_is_not_typed_comes_from_the_usual_period(period, first, last, span):
    assert typed(period, TODAY, first, last) == span


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2026-2-1", None, "年-月-日"),
        (None, "2026-02-30", "年-月-日"),
        ("2026-11-02", "2026-11-01", "对调"),
        ("2026-11-21", None, "今天以后"),
        ("2016-01-01", "2026-11-01", "最多统计十年"),
        ("9999-12-31", None, "2000-01-01 到 2100-12-31 之间"),
        (None, "0001-01-01", "2000-01-01 到 2100-12-31 之间"),
        ("2026-11-01", "9999-12-31", "2000-01-01 到 2100-12-31 之间"),
    ],
)
def test_days_that_make_no_period_are_refused(first, last, sentence):
    with pytest.raises(RuleError, match=sentence):
        typed("week", TODAY, first, last)


def test_no_period_leaves_the_years_of_a_clinic():
    with pytest.raises(RuleError, match="之间，请改日期"):
        shifted("all", usual("all", TODAY), -2)
    with pytest.raises(RuleError, match="之间，请改日期"):
        shifted("month", ("2100-12-01", "2100-12-31"), 1)
    with pytest.raises(RuleError, match="之间，请改日期"):
        shifted("day", ("0001-01-01", "0001-01-01"), -1)
    with pytest.raises(RuleError, match="之间，请改日期"):
        checked(TODAY, "0001-01-01", TODAY)


def test_a_week_begins_on_monday():
    assert around("week", "2026-11-22") == ("2026-11-16", "2026-11-22")
    assert around("week", "2026-11-16")[0] == "2026-11-16"


def test_rows_of_some_days_are_found_by_halving(clinic, clock, frontdesk):
    days = ["2026-11-20", "2026-11-21", "2026-11-21", "2026-11-24", "2026-12-01"]
    choose = random.Random(3)
    for day in days:
        clock.day = day
        for _ in range(choose.randrange(3)):
            member(frontdesk, 3000)
        pay(frontdesk, member(frontdesk, 2000), 10)
    rows = clinic.db.rows(Audit.select(Audit.seq, Audit.business_date).order_by(Audit.seq))
    entries = clinic.db.rows(
        PointsEntry.select(PointsEntry.id, Audit.business_date)
        .join(Audit, on=(Audit.seq == PointsEntry.seq))
        .order_by(PointsEntry.id)
    )
    for first in ("2020-01-01", "2026-11-20", "2026-11-22", "2026-12-01", "2027-01-01"):
        for last in ("2026-11-19", "2026-11-21", "2026-11-24", "2026-12-31"):
            span = posted(clinic.db, first, last)
            inside = [seq for seq, day in rows if first <= day <= last]
            assert [s for s, _ in rows if span.after < s <= span.until] == inside
            found = ids(clinic.db, PointsEntry, span)
            assert [i for i, _ in entries if found.after < i <= found.until] == [
                i for i, day in entries if first <= day <= last
            ]
    assert last_before(clinic.db, "2000-01-01") == 0


def test_a_ledger_without_rows_has_no_ids(clinic):
    assert tuple(ids(clinic.db, PointsEntry, posted(clinic.db, TODAY, TODAY))) == (0, 0)
