"""Holidays move the Friday count; the list is the clinic's own text (R144, requirements 2.6)."""

import pytest

from services.desk.today import FridayMissed, friday_missed, today_counts
from services.errors import RuleError
from services.gifts import reconciliation as friday
from services.gifts.appointment import (
    appointment,
    calendar_text,
    change_calendar,
    moved_appointments,
    shipped_calendar,
)
from tests import gift_world as world


def set_list(session, text):
    return change_calendar(session, text=text)


@pytest.mark.parametrize(
    ("week", "day", "because"),
    [
        ("2026-11-20", "2026-11-20", ""),
        ("2026-10-02", "2026-09-30", "国庆节"),  # Thursday is off, too
        ("2026-09-25", "2026-09-24", "中秋节"),
        ("2026-02-20", "2026-02-14", "春节"),  # only the Saturday worked for the holiday is left
        ("2026-05-01", "2026-04-30", "劳动节"),
        ("2027-01-01", "2026-12-31", "元旦"),
        ("2027-10-01", "2027-09-30", "国庆节"),
    ],
)
def test_r144_a_holiday_moves_the_count_to_the_working_day_before(clinic, week, day, because):
    found = appointment(clinic.db, week)
    assert (found.day, found.because, found.moved) == (day, because, day != week)


def test_r144_a_week_that_is_off_from_end_to_end_keeps_its_friday(clinic, director):
    set_list(director, "2026-11-14 至 2026-11-20 休 装修")
    assert appointment(clinic.db, "2026-11-20").day == "2026-11-20"


def test_r144_a_friday_that_is_worked_stays(clinic, member_admin):
    set_list(member_admin, "2026-11-20 班 年会前一天\n\n2026-11-19 休")
    assert not appointment(clinic.db, "2026-11-20").moved


def test_r144_the_list_is_the_clinics_text(clinic, director, member_admin, frontdesk):
    assert calendar_text(clinic.db) == shipped_calendar()
    set_list(member_admin, " 2026-11-20到2026-11-22 休\n2026-11-28 班 ")
    assert calendar_text(clinic.db) == "2026-11-20到2026-11-22 休\n2026-11-28 班\n"
    assert appointment(clinic.db, "2026-11-20").because == "放假"
    set_list(director, "  ")
    assert calendar_text(clinic.db) == ""
    with pytest.raises(RuleError, match="请由会员管理员、院长登录"):
        set_list(frontdesk, "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-10-01 休\n国庆", "第 2 行看不懂：请写成"),
        ("2026-02-30 休", "第 1 行：没有 2026-02-30 这一天"),
        ("2026-10-07 至 2026-10-01 休", "第 1 行：结束日须在开始日之后，最多 60 天"),
        ("2026-01-01 至 2026-12-31 休", "最多 60 天"),
        ("2026-10-01 至 2026-10-07 休\n2026-10-03 班", "第 2 行：2026-10-03 在前面已经写过"),
        ("\n" * 401, "节假日表最多 400 行"),
    ],
)
def test_r144_a_line_that_is_wrong_is_named(director, text, sentence):
    with pytest.raises(RuleError, match=sentence):
        set_list(director, text)


def test_r144_the_moved_counts_of_the_year_to_come():
    moved = moved_appointments(shipped_calendar(), "2026-09-01")
    assert [(one.friday, one.day) for one in moved] == [
        ("2026-09-25", "2026-09-24"),
        ("2026-10-02", "2026-09-30"),
        ("2027-01-01", "2026-12-31"),
        ("2027-02-05", "2027-02-04"),
    ]


# -- the today strip and the reminder ----------------------------------------------------------


def test_r144_the_strip_counts_to_the_moved_day(clinic):
    counts = today_counts(clinic.db, "2026-09-28")
    assert (counts.friday_in_days, counts.friday_moved_by) == (2, "国庆节")
    assert today_counts(clinic.db, "2026-10-01").friday_in_days == -1
    counts = today_counts(clinic.db, "2026-10-05")
    assert (counts.friday_in_days, counts.friday_moved_by) == (4, "")


def test_r144_on_the_moved_day_the_week_of_its_friday_opens(clinic, marketing, director, clock):
    set_list(director, "2026-11-26 至 2026-11-27 休 店庆")
    clock.day = "2026-11-25"
    world.add_gift(marketing)
    assert friday.open_week(marketing).week == "2026-11-27"


def test_r144_nothing_was_missed_before_there_were_gifts(clinic, clock):
    assert friday_missed(clinic.db, "2026-11-23") is None


def test_r144_a_missed_friday_is_told_with_what_can_be_done(clinic, marketing):
    world.add_gift(marketing)
    assert friday_missed(clinic.db, "2026-11-20") is None
    week = "2026-11-20"
    assert friday_missed(clinic.db, "2026-11-21") == FridayMissed(week, week, "", merged=False)
    assert friday_missed(clinic.db, "2026-11-23") == FridayMissed(week, week, "", merged=False)
    assert friday_missed(clinic.db, "2026-11-27") == FridayMissed(week, week, "", merged=True)
    friday.open_week(marketing)
    assert friday_missed(clinic.db, "2026-11-23") is None  # it is under way


def test_r144_a_moved_day_that_passed_is_told_in_the_same_week(clinic, marketing, director, clock):
    set_list(director, "2026-11-26 至 2026-11-27 休 店庆")
    world.add_gift(marketing)
    world.friday(marketing)
    assert friday_missed(clinic.db, "2026-11-25") is None
    missed = friday_missed(clinic.db, "2026-11-26")
    assert missed == FridayMissed("2026-11-27", "2026-11-25", "店庆", merged=False)
    later = friday_missed(clinic.db, "2026-12-01")
    assert later == FridayMissed("2026-11-27", "2026-11-25", "店庆", merged=False)
    assert friday.default_week(clinic.db, "2026-11-26") == "2026-11-27"
    assert friday.default_week(clinic.db, "2026-12-01") == "2026-11-27"
