"""What the cells of one event say: when, who, what, how much, in every manner people write it.

A row that cannot be an event is refused with one sentence; what the sentence says is never a
cell's own text, which may name a person. Amounts become fen, dates 'YYYY-MM-DD'.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any, NamedTuple

from services.errors import RuleError
from services.i18n import tr
from services.roster import cells
from services.simulation.files import UNREADABLE
from services.simulation.reading import Values

_KINDS = {
    "purchase": ("消费", "purchase"),
    "refund": ("退款", "refund"),
    "redeem": ("兑换", "redeem"),
    "use": ("使用权益", "use"),
    "fee": ("缴费", "fee"),
    "leave": ("退会", "leave"),
    "tier": ("手动等级", "grant-tier"),
    "bonus": ("活动积分", "bonus"),
}
_KIND = {name: kind for kind, names in _KINDS.items() for name in names}
_NEEDS_AMOUNT = frozenset({"purchase", "refund"})

LAST_DAY = "2199-12-31"  # no simulation reckons with later days; "for ever" is written like one

_MAX_DIGITS = 9  # of whole yuan, as everywhere at the desk
_AMOUNT = re.compile(r"(-?)¥?(-?)(\d{1,9})(?:\.(\d*))?元?")
_QUANTITY = re.compile(r"(-?)(\d{1,9})(?:\.0*)?[\u4e00-\u9fff]{0,2}")
_SHEET_DIGITS = ".15g"  # a spreadsheet shows no more; behind them lies the dust of binary sums


class Row(NamedTuple):
    """One event as written; ordered by day, then by row. `fen` and `quantity` None: left out.

    `note` is the raw cell: of a million purchases hardly one is asked for its note.
    """

    on: str
    number: int
    kind: str
    fen: int | None
    item: str
    quantity: int | None
    note: Any = ""


def kind_names() -> list[str]:
    """What a row may be, as people write it."""
    return [names[0] for names in _KINDS.values()]


def count_of(row: Row) -> int:
    """How many of it; one when it is left out. Raises RuleError for none at all."""
    if row.quantity == 0:
        raise RuleError(tr("数量须是 1 或更大的整数。"))
    return row.quantity or 1


class Parser:
    """Reads rows for a simulation up to `as_of`; every distinct text is read once."""

    def __init__(self, as_of: str) -> None:
        self._as_of = as_of
        self._dates: dict[Any, str] = {}
        self._texts: dict[str, str] = {"": ""}
        self._kinds: dict[Any, str] = dict(_KIND)

    def member(self, values: Values) -> str:
        """The member number as text, '' when there is none."""
        return self._text(values[1])

    def row(self, number: int, values: Values) -> Row:
        """The event of a row. Raises RuleError with why it is none."""
        day, who, what, amount, item, quantity, note = values
        kind = self._kinds.get(what) or self._kind(what)
        on = self._dates.get(day) or self._date(day)
        member = self._text(who)
        if not member:
            raise RuleError(tr("没有写会员号。"))
        if UNREADABLE in member:  # no other cell that is needed can be read with one in it
            raise RuleError(tr("会员号里有读不出来的字符，请改正后再试算。"))
        fen = None if amount is None or amount == "" else fen_of(amount)
        if fen is None and kind in _NEEDS_AMOUNT:
            raise RuleError(tr("没有写金额。"))
        count = None if quantity is None or quantity == "" else quantity_of(quantity)
        return Row(on, number, kind, fen, self._text(item), count, note)

    def _text(self, value: Any) -> str:
        if type(value) is not str:
            return cells.text(value)
        found = self._texts.get(value)
        if found is None:
            found = self._texts[value] = cells.text(value)
        return found

    @staticmethod
    def blank(values: Values) -> bool:
        """Whether there is nothing but blanks in a row."""
        return not any(map(cells.text, values))

    def _kind(self, value: Any) -> str:
        kind = _KIND.get(cells.text(value).lower())
        if kind is None:
            names = "、".join(kind_names())
            raise RuleError(tr("类型看不懂，只能是：{names}。").format(names=names))
        self._kinds[value] = kind
        return kind

    def _date(self, value: Any) -> str:
        on, code = cells.day(value, self._as_of)
        if code == "future":
            raise RuleError(tr("日期在截止日之后，没有采用。"))
        if on is None or code:
            raise RuleError(tr("日期看不懂，请写成 2026-11-20 这样。"))
        self._dates[value] = on
        return on


def fen_of(value: Any) -> int | None:
    """Fen of an amount in yuan, exact; None for a blank cell.

    Raises RuleError for what is no amount, for a negative one and for parts of a fen.
    """
    if type(value) is str:
        whole, dot, part = value.partition(".")
        if whole.isdecimal() and len(whole) <= _MAX_DIGITS:  # nearly every amount of a text file
            if not dot:
                return int(whole) * 100
            if part.isdecimal() and len(part) <= 2:
                return int(whole) * 100 + int(part if len(part) == 2 else part + "0")
    typed = _plain(value)
    if not typed:
        return None
    found = _AMOUNT.fullmatch(typed)
    if found is None:
        raise RuleError(tr("金额看不懂，请写成 860 或 860.50 这样。"))
    before, after, whole, part = found.groups()
    part = (part or "").rstrip("0")
    if len(part) > 2:
        raise RuleError(tr("金额最多两位小数。"))
    fen = int(whole) * 100 + int(part.ljust(2, "0"))
    if (before or after) and fen:
        raise RuleError(tr("金额不能是负数；退钱请用“退款”这一类型。"))
    return fen


def quantity_of(value: Any) -> int | None:
    """A whole number, with or without its counting word; None for a blank cell.

    Raises RuleError for anything else and for a negative number.
    """
    typed = _plain(value)
    if not typed:
        return None
    found = _QUANTITY.fullmatch(typed)
    if found is None:
        raise RuleError(tr("数量看不懂，请写成整数。"))
    count = int(found.group(2))
    if found.group(1) and count:
        raise RuleError(tr("数量不能是负数。"))
    return count


def _plain(value: Any) -> str:
    """A number as it stands in the sheet, without blanks and thousands separators."""
    if isinstance(value, float):
        return f"{Decimal(format(value, _SHEET_DIGITS)):f}"
    typed = unicodedata.normalize("NFKC", cells.text(value))
    return typed.replace(",", "").replace(" ", "")
