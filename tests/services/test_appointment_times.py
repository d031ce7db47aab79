"""Days and times as they are said on the telephone."""

import pytest

from services.desk.appointment_times import parse_day, parse_time, weekday_of
from services.errors import RuleError

TODAY = "2026-11-20"  # a Friday


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("930", "09:30"), ("0930", "09:30"), ("9:30", "09:30"), ("9：30", "09:30"),
        ("9", "09:00"), ("15", "15:00"), ("1530", "15:30"), ("15点", "15:00"),
        ("15点05", "15:05"), ("15时5分", "15:05"), ("下午3点半", "15:30"), ("下午330", "15:30"),
        ("3点半", "15:30"), ("330", "15:30"), ("上午8点一刻", "08:15"), ("晚上7点三刻", "19:45"),
        ("下午三点半", "15:30"), ("十点", "10:00"), ("十一点二十", "11:20"), ("中午12点", "12:00"),
        ("中午1点", "13:00"), ("上午3点", "03:00"), ("下午 2 点", "14:00"),
        ("十点二十五分", "10:25"), ("9.30", "09:30"),
        ("上午十点十分", "10:10"), ("下午13点", "13:00"),
    ],
)  # fmt: skip
def test_a_time_may_be_written_as_it_is_said(typed, time):
    assert parse_time(typed) == time


@pytest.mark.parametrize("typed", ["", "25", "9:75", "明天", "9点99", "12345", "下午"])
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(RuleError, match="时间写成"):
        parse_time(typed)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("今天", "2026-11-20"), ("明天", "2026-11-21"), ("后天", "2026-11-22"),
        ("大后天", "2026-11-23"), ("周五", "2026-11-20"), ("周六", "2026-11-21"),
        ("周三", "2026-11-25"), ("星期天", "2026-11-22"), ("下周五", "2026-11-27"),
        ("下周一", "2026-11-23"), ("28", "2026-11-28"), ("28号", "2026-11-28"),
        ("5", "2026-12-05"), ("31日", "2026-12-31"), ("12-5", "2026-12-05"),
        ("12月5日", "2026-12-05"), ("1205", "2026-12-05"), ("1-9", "2027-01-09"),
        ("20261205", "2026-12-05"), ("2026.12.5", "2026-12-05"), ("2026-11-19", "2026-11-19"),
    ],
)  # fmt: skip
def test_a_day_may_be_written_as_it_is_said(typed, day):
    assert parse_day(typed, TODAY) == day


@pytest.mark.parametrize("typed", ["", "32", "13-1", "2-30", "20261301", "昨天", "周八"])
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(RuleError, match="日期写成"):
        parse_day(typed, TODAY)


def test_the_weekday_of_a_day():
    assert [weekday_of(f"2026-11-{day}") for day in (20, 21, 22, 23)] == ["五", "六", "日", "一"]
