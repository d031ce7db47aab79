"""Paid terms of one person: joining, renewing early or late, upgrading, leaving (E57, E58, E61)."""

from __future__ import annotations

from services.clock import days_between, plus_days, plus_months
from services.programmes.definition import Programme
from services.programmes.events import Event, Term
from services.programmes.periods import NEVER


class Terms:
    """The terms paid for so far; later ones may lie in the future."""

    __slots__ = ("_left", "_log", "_terms")

    def __init__(self) -> None:
        self._log: list[tuple[Event, Programme | None]] = []
        self._clear()

    def _clear(self) -> None:
        self._terms: list[Term] = []
        self._left = ""  # the day the membership was left last; nothing continues from before it

    def __bool__(self) -> bool:
        return bool(self._terms)

    def pay(self, event: Event, programme: Programme) -> Term:
        """Add the term a fee pays for and answer it.

        The same tier again: early, or late within the days of grace, the new term follows the
        old one without a gap; later it begins with the payment. A higher tier begins at once and
        ends the lower ones, which are credited in money or in days; a lower one waits. A term
        for life goes on beneath a higher one.
        """
        self._log.append((event, programme))
        return self._pay(event, programme)

    def _pay(self, event: Event, programme: Programme) -> Term:
        same = [t for t in self._terms if t.rank == event.rank and (t.end or NEVER) >= self._left]
        last = max(same, key=lambda term: term.end or NEVER, default=None)
        if last is not None and last.end is None:
            return last
        if last is not None and self._follows(str(last.end), event.on, programme.grace_days):
            term = _after(last, event)
        else:
            term = self._begin(event, programme)
        self._terms.append(term)
        return term

    @staticmethod
    def _follows(end: str, paid_on: str, grace_days: int) -> bool:
        return paid_on <= end or days_between(end, paid_on) <= grace_days

    def _begin(self, event: Event, programme: Programme) -> Term:
        start, unused = event.on, 0
        above = [t for t in self._terms if t.rank > event.rank and (t.end or NEVER) >= start]
        ends = [term.end for term in above]
        if above and None not in ends:
            start = plus_days(max(end for end in ends if end is not None), 1)
        for term in [t for t in self._terms if t.rank < event.rank]:
            if term.end is not None and term.end >= start:
                unused += days_between(max(start, term.start), term.end) + 1
                self._cut(term, start)
        end = _end(start, event.months)
        if end is None or not unused or programme.upgrade_fee != "extend":
            return Term(event.ref, event.rank, start, end, start, event.months)
        end = plus_days(end, unused)  # prolonged by days, it is the anchor of what follows
        return Term(event.ref, event.rank, start, end, plus_days(end, 1), 0)

    def _cut(self, term: Term, day: str) -> None:
        """End a term the day before `day`; one that had not begun is gone."""
        self._terms.remove(term)
        if term.start < day:
            last = plus_days(day, -1)
            self._terms.append(
                Term(term.ref, term.rank, term.start, last, term.anchor, term.months)
            )

    def void(self, ref: int) -> None:
        """The fee was a mistake: all is as if it had never been paid."""
        self._log = [
            (event, programme)
            for event, programme in self._log
            if event.kind != "fee" or event.ref != ref
        ]
        self._clear()
        for event, programme in self._log:
            if programme is None:
                self._end(event.on)
            else:
                self._pay(event, programme)

    def end(self, day: str) -> None:
        """Everything paid for ends with the day before `day` (E61)."""
        self._log.append((Event("leave", day), None))
        self._end(day)

    def _end(self, day: str) -> None:
        for term in [term for term in self._terms if (term.end or NEVER) >= day]:
            self._cut(term, day)
        self._left = day

    def rank(self, day: str) -> int:
        """The highest tier paid for on `day`; 0 for none."""
        if not self._terms:
            return 0
        return max((term.rank for term in self._terms if term.covers(day)), default=0)

    def current(self, day: str) -> Term | None:
        """The term of the highest tier paid for on `day`."""
        inside = [term for term in self._terms if term.covers(day)]
        return max(inside, key=lambda term: term.rank, default=None)

    def changes(self, day: str) -> bool:
        """Whether a term begins on `day` or ended the day before."""
        return any(
            term.start == day or (term.end is not None and plus_days(term.end, 1) == day)
            for term in self._terms
        )

    def next_change(self, day: str) -> str:
        """The first day after `day` on which a term begins or is over; NEVER for none."""
        days = [term.start for term in self._terms if term.start > day]
        days += [plus_days(term.end, 1) for term in self._terms if term.end and term.end >= day]
        return min(days, default=NEVER)

    def all(self) -> tuple[Term, ...]:
        """Every term, by its first day."""
        return tuple(sorted(self._terms, key=lambda term: (term.start, term.rank)))


def _after(last: Term, event: Event) -> Term:
    months = last.months + event.months
    start = plus_days(str(last.end), 1)
    end = None if event.months == 0 else plus_days(plus_months(last.anchor, months), -1)
    return Term(event.ref, event.rank, start, end, last.anchor, months)


def _end(start: str, months: int) -> str | None:
    return None if months == 0 else plus_days(plus_months(start, months), -1)
