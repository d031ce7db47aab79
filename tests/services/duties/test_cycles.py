"""When duties come round."""

import pytest

from services.duties.cycles import (
    after,
    before,
    cycle_at,
    cycle_words,
    rhythm_title,
    rhythm_words,
    single,
    staff_of,
)
from services.duties.records import DutyRecord


def duty(rhythm, day=1, month=0, ask="", from_on="2026-01-01"):
    return DutyRecord(1, "k", "n", rhythm, day, month, 0, "", ask, (), "", True, from_on)


@pytest.mark.parametrize(
    ("made", "day", "key", "due"),
    [
        (duty("week", 1), "2026-11-22", "2026-W47", "2026-11-16"),
        (duty("week", 7), "2027-01-01", "2026-W53", "2027-01-03"),
        (duty("month", 31), "2028-02-10", "2028-02", "2028-02-29"),
        (duty("month", 5), "2026-12-31", "2026-12", "2026-12-05"),
        (duty("quarter", 15, 2), "2026-10-01", "2026-Q4", "2026-11-15"),
        (duty("half", 31, 6), "2026-06-30", "2026-H1", "2026-06-30"),
        (duty("half", 1, 1), "2026-07-01", "2026-H2", "2026-07-01"),
        (duty("year", 30, 2), "2026-11-20", "2026", "2026-02-28"),
        (duty("day", 7), "2026-11-22", "2026-11-22", "2026-11-22"),
    ],
)
def test_a_day_lies_in_one_turn_with_one_due_day(clinic, made, day, key, due):
    found = cycle_at(clinic.db, made, day)
    assert (found.key, found.due, found.counts) == (key, due, True)
    assert found.first <= day <= found.last
    assert after(clinic.db, made, before(clinic.db, made, found)) == found


def test_r144_a_holiday_moves_the_friday(clinic):
    friday = duty("week", 5, ask="friday")
    assert cycle_at(clinic.db, friday, "2026-09-30").due == "2026-09-30"  # National Day on Thursday
    assert cycle_at(clinic.db, friday, "2026-11-20").due == "2026-11-20"


def test_a_daily_duty_has_no_turn_on_a_day_off(clinic):
    def counts(day, days):
        return cycle_at(clinic.db, duty("day", days), day).counts

    assert (counts("2026-11-22", 6), counts("2026-11-21", 6), counts("2026-11-21", 5)) == (
        False, True, False,
    )  # fmt: skip
    assert not counts("2026-10-01", 7)  # National Day
    assert counts("2026-10-10", 5)  # a Saturday worked for it


def test_single_turns_count_from_when_somebody_came_or_the_duty_began():
    training = duty("staff", 7, from_on="2026-11-20")
    assert single(training, "2026-11-25", 3).due == "2026-12-02"
    assert single(training, "2020-01-01", 3).due == "2026-11-27"
    assert single(duty("once", 2, from_on="2026-11-20")).key == "once"
    assert (staff_of("s3"), staff_of("once"), staff_of("2026")) == (3, None, None)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-W47", "11-16 至 11-22"),
        ("2026-11", "2026年11月"),
        ("2026-Q4", "2026年第4季度"),
        ("2026-H1", "2026年上半年"),
        ("2026-H2", "2026年下半年"),
        ("2026", "2026年"),
        ("s12", ""),
        ("once", ""),
    ],
)
def test_a_turn_has_a_name(key, words):
    assert cycle_words(key) == words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (duty("day", 6), "周一至周六"),
        (duty("week", 1), "每周一"),
        (duty("week", 5, ask="friday"), "每周五(节假日提前)"),
        (duty("month", 5), "每月5日"),
        (duty("quarter", 15, 2), "每季度第2个月15日"),
        (duty("half", 30, 6), "每半年第6个月30日"),
        (duty("year", 1, 11), "每年11月1日"),
        (duty("staff", 7), "员工到岗后 7 天内"),
        (duty("once", 2, from_on="2026-11-20"), "一次，2026-11-22 前"),
    ],
)
def test_when_it_is_due_is_said(made, words):
    assert rhythm_words(made) == words
    assert rhythm_title(made.rhythm)
