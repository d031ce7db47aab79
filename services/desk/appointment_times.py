"""Days and times as the desk writes them on the telephone, without a window."""

from __future__ import annotations

import re
import unicodedata

from services.clock import days_between, is_date, plus_days, plus_months
from services.errors import RuleError
from services.i18n import tr

_NOON = 12
_EARLIEST = 7  # '3点半' said without more is the afternoon's

_TIME = re.compile(
    r"(?P<half>上午|早上|早|中午|下午|晚上|晚)?"
    r"(?P<hour>\d{1,2})(?:[:点时.](?P<minute>\d{1,2}|半|一刻|三刻)?分?)?"
)
_PLAIN = re.compile(r"(?P<half>上午|早上|早|中午|下午|晚上|晚)?(?P<hour>\d{1,2})(?P<minute>\d{2})")
_MINUTES = {"半": 30, "一刻": 15, "三刻": 45}
_DIGITS = str.maketrans({"零": "0", "一": "1", "二": "2", "两": "2", "三": "3", "四": "4",
                         "五": "5", "六": "6", "七": "7", "八": "8", "九": "9"})  # fmt: skip
_WORDS = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3}
_WEEKDAYS = "一二三四五六日"
_WEEKDAY = re.compile(r"(下)?(?:周|星期|礼拜)([一二三四五六日天])")
_DAY = re.compile(r"(?:(?:(\d{4})[-./年])?(\d{1,2})[-./月])?(\d{1,2})[日号]?")
_COMPACT = re.compile(r"(\d{4})?(\d{2})(\d{2})")


def parse_time(text: str) -> str:
    """'HH:MM' of 930, 9:30, 1530, 15点, 下午3点半. An hour before seven with no word is the
    afternoon's. Raises RuleError for anything else."""
    folded = _folded(text)
    found = _PLAIN.fullmatch(folded) or _TIME.fullmatch(_spoken(folded))
    if found is not None:
        half, hour = found["half"] or "", int(found["hour"])
        minute = _MINUTES.get(found["minute"] or "") or int(_number(found["minute"]))
        if _afternoon(half, hour):
            hour += _NOON
        if hour < 24 and minute < 60:
            return f"{hour:02d}:{minute:02d}"
    raise RuleError(tr("时间写成 930、15:30 或 下午3点半。"))


def _afternoon(half: str, hour: int) -> bool:
    if hour >= _NOON:
        return False
    if half in ("下午", "晚上", "晚"):
        return True
    return hour < _EARLIEST and (half == "" or (half == "中午" and hour > 0))


def _number(minute: str | None) -> str:
    return minute if minute and minute.isdigit() else "0"


def _spoken(text: str) -> str:
    """Chinese numerals as digits, the quarters left as they are: 十点半 is 10点半."""
    head, mark, tail = text.partition("点")
    if not mark:
        return text
    return _figures(head) + mark + (tail if tail in _MINUTES else _figures(tail))


def _figures(text: str) -> str:
    """'下午三' is '下午3', '十一' '11', '二十五分' '25分'."""
    digits = text.translate(_DIGITS)
    digits = re.sub(r"(\d)十(\d)", r"\1\2", digits)
    digits = re.sub(r"(\d)十", r"\g<1>0", digits)
    digits = re.sub(r"十(\d)", r"1\1", digits)
    return digits.replace("十", "10")


def parse_day(text: str, today: str) -> str:
    """'YYYY-MM-DD' of 明天, 周三, 下周三, 28, 12-5, 1205 or a whole date, on or after `today`
    where the year or the month is left out. Raises RuleError for anything else."""
    folded = _folded(text)
    if folded in _WORDS:
        return plus_days(today, _WORDS[folded])
    weekday = _WEEKDAY.fullmatch(folded)
    if weekday is not None:
        return _weekday(today, weekday[2].replace("天", "日"), bool(weekday[1]))
    found = _COMPACT.fullmatch(folded) or _DAY.fullmatch(folded)
    day = None if found is None else _completed(today, *found.groups())
    if day is None:
        raise RuleError(tr("日期写成 明天、周三、12-5 或 20261205。"))
    return day


def _weekday(today: str, word: str, next_week: bool) -> str:
    """The next such weekday from today on; 下周 counts from next Monday."""
    monday = _monday(today)
    wanted = plus_days(monday, _WEEKDAYS.index(word) + (7 if next_week else 0))
    return wanted if wanted >= today else plus_days(wanted, 7)


def weekday_of(day: str) -> str:
    """'一' to '日'."""
    return _WEEKDAYS[days_between(_monday(day), day)]


def _monday(day: str) -> str:
    """The Monday of a day's week; the first of January 2001 was one."""
    return plus_days(day, -(days_between("2001-01-01", day) % 7))


def _completed(today: str, year: str | None, month: str | None, day: str) -> str | None:
    """The written day, or the first one on or after today that fits what was left out."""
    if month is None:
        candidates = [plus_months(f"{today[:7]}-01", n)[:8] + f"{int(day):02d}" for n in range(3)]
    elif year is None:
        years = (int(today[:4]), int(today[:4]) + 1)
        candidates = [f"{each}-{int(month):02d}-{int(day):02d}" for each in years]
    else:
        written = f"{year}-{int(month):02d}-{int(day):02d}"
        return written if is_date(written) else None
    return next((each for each in candidates if is_date(each) and each >= today), None)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
