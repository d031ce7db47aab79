"""Weeks of the gifts are named by the Friday that ends them (Saturday to Friday, R144)."""

from __future__ import annotations

from datetime import date

from services.clock import is_date, plus_days
from services.errors import RuleError
from services.i18n import tr

FRIDAY = 4
SATURDAY = 5
WEEK = 7


def friday_of(day: str) -> str:
    """The Friday that ends the week of `day`."""
    return plus_days(day, (FRIDAY - date.fromisoformat(day).weekday()) % WEEK)


def check_week(week: str, began: str) -> None:
    """A week is named by its Friday and not over before the books `began`. Raises RuleError
    naming the right one."""
    if not is_date(week):
        raise RuleError(tr("日期请写成 年-月-日，例如 2026-11-20。"))
    if friday_of(week) != week:
        sentence = tr("{day} 不是星期五。这一周的核对日是 {friday}。")
        raise RuleError(sentence.format(day=week, friday=friday_of(week)))
    if week < began:
        sentence = tr("{week} 时还没有开始记账({began} 开始)，没有可核对的。最早一周是 {first}。")
        raise RuleError(sentence.format(week=week, began=began, first=friday_of(began)))
