"""A lunar birthday in words."""

from __future__ import annotations

from services.people.lunar import LunarDate, set_lunar_birthday
from services.people.lunar_words import day_title, lunar_line, lunar_title, month_title
from tests.conftest import TODAY
from tests.money_world import person


def test_months_and_days_are_said_as_people_say_them():
    assert [month_title(n) for n in (1, 2, 10, 11, 12)] == ["正月", "二月", "十月", "冬月", "腊月"]
    days = {1: "初一", 10: "初十", 11: "十一", 19: "十九", 20: "二十", 21: "廿一", 29: "廿九"}
    assert {n: day_title(n) for n in days} == days
    assert day_title(30) == "三十"
    assert lunar_title(LunarDate(8, 15, leap=True)) == "农历闰八月十五"


def test_e53_the_line_says_the_solar_day_of_this_year(clinic, frontdesk):
    who = person(frontdesk)
    assert lunar_line(clinic.db, TODAY, who) == ""
    set_lunar_birthday(frontdesk, person_id=who, lunar=LunarDate(8, 15))
    assert lunar_line(clinic.db, TODAY, who) == "农历八月十五(今年 9月25日)"
    assert lunar_line(clinic.db, "2030-01-01", who) == "农历八月十五"  # not stored yet
