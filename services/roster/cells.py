"""What stands in a roster's cell: phones, document numbers, dates, amounts, in every old manner.

Every function takes the raw value of a cell (None, str, int, float, bool, datetime) and never
raises; what cannot be read is said by a code that `preview` turns into a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from services.people.identity import check_id, check_phone, iso_date, parse_date

_NOTHING = frozenset(
    {"", "-", "--", "—", "/", "无", "没有", "不详", "未知", "暂无", "null", "none", "nan", "#n/a"}
)
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})")
_TWO_PHONES = re.compile(r"[/、,,;;|\n或]+|\s{2,}|(?<=\d{11})\s+(?=\d{11})")
_MONTH = re.compile(r"(\d{4})\s*(?:[-./年]\s*(\d{1,2})\s*月?)|(\d{4})(\d{2})")
_DAY_LAST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_CLOCK = re.compile(r"[ T]+\d{1,2}:\d{2}(:\d{2})?(\.\d+)?$")
_EPOCH = date(1899, 12, 30)  # serial 1 is 1900-01-01 and the sheet's leap day of 1900 never was
_FIRST_SERIAL = 367  # 1901-01-01; smaller numbers in a date column are no dates
_MALE = frozenset({"男", "m", "male", "先生", "男性", "男士"})
_FEMALE = frozenset({"女", "f", "female", "女士", "小姐", "女性"})
_EXCEL_DIGITS = 15  # a spreadsheet number keeps no more


def text(value: Any) -> str:
    """A cell as text: whole floats lose '.0', dates become ISO, blanks are tidied."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value.isalnum() and len(value) > 1 and "\u4e00" <= value[0] <= "\u9fa5":
            return value if value not in _NOTHING else ""  # the common case, in short
        tidy = " ".join(unicodedata.normalize("NFKC", value).split()).lstrip("'")
        return "" if tidy.lower() in _NOTHING else tidy
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    return str(value)


def digits(value: Any) -> tuple[str, bool]:
    """A long number as text, and whether digits were lost to scientific notation."""
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 10**_EXCEL_DIGITS:
            return str(int(value)), False
        return text(value), True
    typed = text(value)
    found = _SCIENTIFIC.fullmatch(typed)
    if found is None:
        return typed, False
    first, decimals, power = found.group(1), found.group(2) or "", int(found.group(3))
    if len(decimals) >= power and not decimals[power:].strip("0"):
        return first + decimals[:power], False
    return typed, True


def phones(value: Any) -> tuple[str, str, str]:
    """Two numbers of a cell (the second mostly '') and a code: '', 'lost', 'bad' or 'odd'."""
    typed, lost = digits(value)
    if lost:
        return "", "", "lost"
    if not typed:
        return "", "", ""
    parts = [typed]
    if len(typed) > 13:
        parts = [part.strip() for part in _TWO_PHONES.split(typed) if part.strip()]
    checked = [check_phone(part) for part in parts[:2]]
    if checked[0].error:
        return "", "", "bad"
    code = "odd" if any(check.warning for check in checked) else ""
    second = checked[1].number if len(checked) > 1 and not checked[1].error else ""
    return checked[0].number, second, code


def id_number(value: Any, today: str) -> tuple[str, str | None, str, str]:
    """Number, birthday, sex and a code: '', 'lost' (digits gone for good) or 'odd'."""
    typed, lost = digits(value)
    if lost:
        return "", None, "", "lost"
    if not typed:
        return "", None, "", ""
    check = check_id(typed, today=today)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and len(typed) > _EXCEL_DIGITS and typed.endswith("000"):
        return "", None, "", "lost"
    return check.number, check.birthday, check.sex, "odd" if check.warning else ""


def day(value: Any, today: str) -> tuple[str | None, str]:
    """ISO date and a code: '', 'month' (only year and month known), 'bad', 'future'."""
    if isinstance(value, str):
        return _text_day(value, today)
    if value is None or isinstance(value, bool):
        return None, ""
    if isinstance(value, datetime):
        return _judged(value.date().isoformat(), "", today)
    if isinstance(value, date):
        return _judged(value.isoformat(), "", today)
    if isinstance(value, float) and not value.is_integer():
        return _fraction_day(value, today)
    if isinstance(value, (int, float)):
        return _number_day(int(value), today)
    return None, "bad"


@lru_cache(maxsize=65536)
def _text_day(value: str, today: str) -> tuple[str | None, str]:
    typed = text(value)
    if not typed:
        return None, ""
    typed = _CLOCK.sub("", typed).strip()
    found = parse_date(typed)
    if found is not None:
        return _judged(found, "", today)
    if typed.isdigit() and len(typed) in (4, 5, 6):
        return _number_day(int(typed), today)
    month = _MONTH.fullmatch(typed)
    if month:
        year, number = month.group(1) or month.group(3), month.group(2) or month.group(4)
        return _judged(iso_date(int(year), int(number), 1), "month", today)
    last = _DAY_LAST.fullmatch(typed)
    if last:
        first, second, year = (int(part) for part in last.groups())
        if first > 12 >= second:  # only one reading is possible
            return _judged(iso_date(year, second, first), "", today)
        if second > 12 >= first or first == second:
            return _judged(iso_date(year, first, second), "", today)
    return None, "bad"


def _number_day(number: int, today: str) -> tuple[str | None, str]:
    if 19000101 <= number <= 29991231:
        return _judged(parse_date(str(number)), "", today)
    if 190001 <= number <= 299912:
        return _judged(iso_date(number // 100, number % 100, 1), "month", today)
    if _FIRST_SERIAL <= number <= 99999 and not 1900 <= number <= 2100:
        return _judged((_EPOCH + timedelta(days=number)).isoformat(), "", today)
    return None, "bad"


def _fraction_day(value: float, today: str) -> tuple[str | None, str]:
    if value > 10000:  # a serial with a time of day
        return _number_day(int(value), today)
    month = round((value - int(value)) * 100)
    if 1900 <= value < 2100 and month % 10 and 1 <= month <= 12:
        return _judged(iso_date(int(value), month, 1), "month", today)  # 1990.05
    if 1900 <= value < 2100 and month % 10 == 0 and 20 <= month <= 90:
        return _judged(iso_date(int(value), month // 10, 1), "month", today)  # 1990.5
    return None, "bad"  # 1990.1 may be January or October


def _judged(found: str | None, code: str, today: str) -> tuple[str | None, str]:
    if found is None or found < "1900-01-01":
        return None, "bad"
    return (None, "future") if found > today else (found, code)


def amount_fen(value: Any, *, ten_thousand: bool = False) -> tuple[int | None, str]:
    """Fen and a code: '', 'bad' or 'negative'. '¥1,234.50', '1234元', '1.2万' are understood."""
    if isinstance(value, int) and not isinstance(value, bool):
        fen = value * (1_000_000 if ten_thousand else 100)
        return (fen, "") if fen >= 0 else (None, "negative")
    typed = repr(value) if isinstance(value, float) else text(value)
    if not typed:
        return None, ""
    typed = typed.replace(",", "").replace(" ", "").lstrip("¥$").removeprefix("RMB")
    typed = typed.removesuffix("整").removesuffix("元")
    if typed.endswith("万"):
        typed, ten_thousand = typed[:-1], True
    try:
        yuan = Decimal(typed)
    except InvalidOperation:
        return None, "bad"
    if not yuan.is_finite() or yuan > 10**9:
        return None, "bad"
    if yuan < 0:
        return None, "negative"
    # a sheet's sums carry the dust of binary fractions; a fen is what remains
    return int((yuan * (10_000 if ten_thousand else 1) * 100).to_integral_value()), ""


def points(value: Any) -> tuple[int | None, str]:
    """Whole points and a code: '', 'bad', 'negative' or 'part' (a fraction was dropped)."""
    if isinstance(value, str):
        value = text(value).removesuffix("分")
    fen, code = amount_fen(value)
    if fen is None:
        return None, code
    return fen // 100, "part" if fen % 100 else ""


def sex(value: Any) -> str:
    """'M', 'F' or ''."""
    if value in ("男", "女"):
        return "M" if value == "男" else "F"
    typed = text(value).lower()
    return "M" if typed in _MALE else "F" if typed in _FEMALE else ""
