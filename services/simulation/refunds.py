"""Which purchase a refund is of, and when in its day a refund is taken (E15, E33).

A refund names its purchase by the purchase's own note; one whose note names nothing is of the
member's latest purchase. Whoever wrote the file need not have put a day's rows in order: a refund
that stands above its purchase is taken after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from services.errors import RuleError
from services.i18n import tr
from services.roster import cells
from services.simulation.rows import Row


def in_order(rows: list[Row]) -> list[Row]:
    """A member's rows by day and row, a refund below the purchases of its day that it may be of:
    those its note names, or any when it names none and nothing was bought before it."""
    rows.sort()
    if not any(row.kind == "refund" for row in rows):
        return rows
    notes = _notes(rows)
    ordered: list[Row] = []
    bought = False
    for _, day in groupby(rows, attrgetter("on")):
        today = list(day)
        ordered += _day(today, notes, bought=bought)
        bought = bought or any(row.kind == "purchase" for row in today)
    return ordered


def _day(rows: list[Row], notes: frozenset[str], *, bought: bool) -> Iterator[Row]:
    """The rows of one day; `bought`: whether there was a purchase on a day before."""
    last: dict[str, int] = {}  # note → the last purchase of the day with it, '' for any
    for at, row in enumerate(rows):
        if row.kind == "purchase":
            last[cells.text(row.note)] = last[""] = at
    waiting: dict[int, list[Row]] = {}
    for at, row in enumerate(rows):
        bought = bought or row.kind == "purchase"
        after = -1
        if row.kind == "refund":
            note = cells.text(row.note)
            if note in notes:
                after = last.get(note, -1)
            elif not bought:
                after = last.get("", -1)
        if after > at:
            waiting.setdefault(after, []).append(row)
        else:
            yield row
            yield from waiting.pop(at, ())


def _notes(rows: Iterable[Row]) -> frozenset[str]:
    """What a refund may name: the notes of all purchases."""
    notes = {cells.text(row.note) for row in rows if row.kind == "purchase"}
    return frozenset(notes - {""})


class Purchases:
    """What a member bought so far, found again by note; `rows` are all of the member's events."""

    __slots__ = ("_by_note", "_past", "_rows", "_to_come", "_unread")

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self._past: list[Row] = []
        self._unread = 0  # the first purchase whose note was not asked for yet
        self._by_note: dict[str, list[Row]] = {}
        self._to_come: frozenset[str] | None = None

    def add(self, row: Row) -> None:
        """One more purchase."""
        self._past.append(row)

    def refunded(self, refund: Row, left: Callable[[Row], int]) -> Row:
        """The purchase that a refund is of; `left` tells the fen that remain of a purchase.

        Named: the latest of that note that has money left, else the latest of that note. Not
        named: the latest purchase, whether or not money is left of it. Raises RuleError when
        there is none, or when the one that is named comes later.
        """
        note = cells.text(refund.note)
        named = self._named(note) if note else []
        if named:
            return next((each for each in reversed(named) if left(each)), named[-1])
        if note and self._comes_later(note):
            raise RuleError(tr("备注写的那笔消费在这笔退款之后，请核对日期。"))
        if not self._past:
            raise RuleError(tr("这位会员在退款之前没有消费。"))
        return self._past[-1]

    def _named(self, note: str) -> list[Row]:
        for each in self._past[self._unread :]:
            self._by_note.setdefault(cells.text(each.note), []).append(each)
        self._unread = len(self._past)
        return self._by_note.get(note, [])

    def _comes_later(self, note: str) -> bool:
        if self._to_come is None:
            self._to_come = _notes(self._rows)
        return note in self._to_come
