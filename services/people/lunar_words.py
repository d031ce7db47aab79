"""A lunar birthday as people say it: 农历闰八月十五."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.i18n import tr
from services.people.lunar import LunarDate, lunar_of, solar_days


def month_title(month: int, *, leap: bool = False) -> str:
    """'正月' to '腊月', '闰八月'."""
    name = tr("正二三四五六七八九十冬腊")[month - 1]
    return (tr("闰{name}月") if leap else tr("{name}月")).format(name=name)


def day_title(day: int) -> str:
    """'初一' to '三十'."""
    digits = tr("一二三四五六七八九十")
    if day <= 10:
        return tr("初{n}").format(n=digits[day - 1])
    if day < 20:
        return tr("十{n}").format(n=digits[day - 11])
    if day == 20:
        return tr("二十")
    return tr("三十") if day == 30 else tr("廿{n}").format(n=digits[day - 21])


def lunar_title(lunar: LunarDate) -> str:
    """'农历八月十五'."""
    month = month_title(lunar.month, leap=lunar.leap)
    return tr("农历{month}{day}").format(month=month, day=day_title(lunar.day))


def lunar_line(db: ClinicDatabase, today: str, person_id: int) -> str:
    """'农历八月十五(今年 9月25日)'; '' for somebody whose birthday is in the solar calendar."""
    lunar = lunar_of(db, person_id)
    if lunar is None:
        return ""
    day = solar_days(db, person_id).get(int(today[:4]), "")
    if not day:
        return lunar_title(lunar)
    words = tr("{lunar}(今年 {month}月{day}日)")
    return words.format(lunar=lunar_title(lunar), month=int(day[5:7]), day=int(day[8:]))
