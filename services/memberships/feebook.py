"""The fees of one person in one programme, replayed: which term each of them pays for, and what
of its money is earned, passed on to an upgrade, or still to be earned (E57–E59, R059).

The terms themselves are those of the fold (`services.programmes.terms`); this adds the money.
Amounts are fen. A fee without an end is earned at once: there are no days to spread it over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.clock import days_between, plus_days
from services.programmes.definition import Programme
from services.programmes.events import Event, Term
from services.programmes.registry import Timeline
from services.programmes.terms import Terms

Move = Literal["first", "early", "grace", "lapsed", "upgrade", "after"]


@dataclass(frozen=True)
class FeeEntry:
    """A row of the fee ledger, or the day a membership ended ('leave').

    `amount_fen` is signed as in the ledger; `credit_fen` is what an upgrade was let off for the
    unused days of lower tiers; `months` 0 pays for ever.
    """

    kind: Literal["payment", "void", "refund", "leave"]
    on: str
    fee_id: int = 0
    rank: int = 0
    months: int = 0
    amount_fen: int = 0
    credit_fen: int = 0
    voids_id: int = 0


@dataclass(slots=True)
class PaidFee:
    """A fee with the term it pays for; `end` None is for ever.

    `value_fen` is the money received plus what lower fees passed on to it, `passed_fen` what it
    passed on itself. `closed_on`: the first day the term was cut short from. `offered_fen`: what
    the unused days of the lower tiers it replaces are worth.
    """

    fee_id: int
    rank: int
    months: int
    paid_on: str
    amount_fen: int
    start: str
    end: str | None
    value_fen: int
    move: Move = "first"
    offered_fen: int = 0
    passed_fen: int = 0
    closed_on: str | None = None

    @property
    def days(self) -> int:
        """The days of the whole term; 0 when it never ends."""
        return 0 if self.end is None else days_between(self.start, self.end) + 1

    @property
    def last(self) -> str | None:
        """The last day that counts, after any cut; None when it never ends."""
        if self.closed_on is None:
            return self.end
        before = plus_days(self.closed_on, -1)
        return before if self.end is None else min(before, self.end)

    def covers(self, day: str) -> bool:
        """Whether `day` is inside the term, as far as it was not cut short."""
        return self.start <= day and (self.last is None or day <= self.last)

    def runs_on(self, day: str) -> bool:
        """Whether something of the term is left on `day`, begun or not."""
        return self.closed_on is None and (self.end is None or self.end >= day)

    def unused_days(self, day: str) -> int:
        """The days of a term with an end from `day` on."""
        assert self.end is not None
        return days_between(max(day, self.start), self.end) + 1

    def earned(self, day: str) -> int:
        """Fen earned by the end of `day`, by days of the term; the last day takes the rest."""
        over = self.closed_on is not None and day >= self.closed_on
        if over or self.end is None or day >= self.end:
            return self.value_fen - self.passed_fen
        if day < self.start:
            return 0
        return self.value_fen * (days_between(self.start, day) + 1) // self.days


class FeeBook:
    """All fees of a person in a programme. `timeline` holds the versions that apply to them."""

    def __init__(self, timeline: Timeline, entries: Iterable[FeeEntry] = ()) -> None:
        self._timeline = timeline
        self._restart()
        for entry in entries:
            self.take(entry)

    def _restart(self) -> None:
        self._entries: list[FeeEntry] = []
        self._terms = Terms()
        self.fees: list[PaidFee] = []
        self._left = 0  # so many fees belong to memberships that are over
        self.received_fen = self.refunded_fen = 0

    def take(self, entry: FeeEntry) -> None:
        """Apply one entry; they come in ledger order. After a void all is as if the fee had
        never been paid."""
        if entry.kind == "void":
            kept = [each for each in self._entries if each.fee_id != entry.voids_id]
            self._restart()
            for each in kept:
                self.take(each)
            return
        self._entries.append(entry)
        if entry.kind == "payment":
            self._pay(entry)
        elif entry.kind == "refund":
            self.refunded_fen -= entry.amount_fen
        else:
            self._leave(entry.on)

    def running(self, day: str) -> list[PaidFee]:
        """The fees of which something is left on `day`, in the order of payment."""
        return [fee for fee in self.fees if fee.runs_on(day)]

    def current(self, day: str) -> PaidFee | None:
        """The fee of the highest tier paid for on `day`."""
        inside = [fee for fee in self.fees if fee.covers(day)]
        return max(inside, key=lambda fee: fee.rank, default=None)

    def earned(self, day: str) -> int:
        """Fen earned by the end of `day`, net of money given back."""
        return sum(fee.earned(day) for fee in self.fees) - self.refunded_fen

    def _leave(self, on: str) -> None:
        self._terms.end(on)
        for fee in self.running(on):
            fee.closed_on = on
        self._left = len(self.fees)

    def _pay(self, entry: FeeEntry) -> None:
        programme = self._timeline.at(entry.on).programme
        before = self._by_ref()
        event = Event("fee", entry.on, entry.fee_id, rank=entry.rank, months=entry.months)
        term = self._terms.pay(event, programme)
        after = self._by_ref()
        cut = [
            fee for fee in self.running(entry.on) if before.get(fee.fee_id) != after.get(fee.fee_id)
        ]
        fee = PaidFee(
            fee_id=entry.fee_id,
            rank=entry.rank,
            months=entry.months,
            paid_on=entry.on,
            amount_fen=entry.amount_fen,
            start=term.start,
            end=term.end,
            value_fen=entry.amount_fen,
            move=self._move(entry, term),
        )
        if entry.months == 0:  # for life above for life: the lower one has nothing left to do
            cut += [
                each
                for each in self.running(entry.on)
                if each.end is None and each.rank < entry.rank and each not in cut
            ]
        for each in cut:
            _take_over(fee, each, entry.credit_fen, programme)
        self.fees.append(fee)
        self.received_fen += fee.amount_fen

    def _by_ref(self) -> dict[int, Term]:
        return {term.ref: term for term in self._terms.all()}

    def _move(self, entry: FeeEntry, term: Term) -> Move:
        fees = self.fees[self._left :]
        same = [fee for fee in fees if fee.rank == entry.rank]
        follows = any(fee.last == plus_days(term.start, -1) for fee in same)
        if term.start > entry.on:
            return "early" if follows else "after"
        if any(fee.rank < entry.rank and fee.covers(term.start) for fee in fees):
            return "upgrade"
        if follows:
            return "grace"
        return "lapsed" if same else "first"


def _take_over(fee: PaidFee, lower: PaidFee, credit_fen: int, programme: Programme) -> None:
    """What a fee takes from a lower one that it ends: money, days, or nothing; never both (E57).

    `credit_fen` is what the whole upgrade was let off.
    """
    if programme.upgrade_fee == "credit":
        worth = _unused_worth(lower, fee)
        fee.offered_fen += worth
        lower.passed_fen = min(credit_fen - (fee.value_fen - fee.amount_fen), worth)
    elif programme.upgrade_fee == "extend" and lower.end is not None:
        lower.passed_fen = lower.value_fen - lower.earned(plus_days(fee.start, -1))
    fee.value_fen += lower.passed_fen
    lower.closed_on = fee.start


def _unused_worth(lower: PaidFee, fee: PaidFee) -> int:
    """What the unused days of a lower fee are worth: fee × unused days ÷ days of the term, down
    to the fen; a fee for life counts whole, towards another one for life only."""
    if lower.end is None:
        return lower.value_fen if fee.end is None else 0
    return lower.value_fen * lower.unused_days(fee.start) // lower.days
