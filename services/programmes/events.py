"""What happened to a person, and what it comes to: the values that `evaluate` folds and answers.

Amounts are fen, dates 'YYYY-MM-DD'. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from services.clock import plus_days
from services.people.birthdays import in_year
from services.programmes.definition import Benefit, Programme

EventKind = Literal[
    "money",
    "opening",
    "override",
    "drop",
    "use",
    "visit",
    "grade",
    "fee",
    "fee_void",
    "leave",
    "purchase",
    "purchase_void",
    "award",
    "award_void",
    "confirm",
    "cut_over",
]


class Event(NamedTuple):
    """One thing that happened. Which fields matter depends on `kind`:

    money: `ref` receipt id, `case` treatment case id or 0, `amount_fen` signed (a refund, a void
    or a move away is negative), `lines` (item class, fen) and `payment` for rates, `flag` when
    the receipt was a mistake and no visit; opening: `amount_fen`, `points`, `flag` gifts settled
    on paper; override: `rank`, `until`, `flag` its gifts settled on paper; drop: nothing more;
    use: `key` of the grant, `points` signed count; grade: `rank` the health grade; fee: `ref`,
    `rank` paid for, `months` (0 for ever); fee_void: `ref`; purchase: a tier bought with points,
    `ref`, `rank`; award: `key`, `benefit`, `points` how many, `until` its last day; award_void:
    `key`, `points` how many pieces of it, 0 for the whole award; confirm:
    `key` of a benefit that waited for a word, `flag` when read together with somebody else's
    past; cut_over: this programme took the place of another one (E42). `recorded` is the day it
    was written down, when that is later than `on`: what the calendar brought until then has
    happened already. `opened` is how a receipt of people who were merged later was rated: the
    programme and the rate (E62).
    """

    kind: EventKind
    on: str
    ref: int = 0
    case: int = 0
    amount_fen: int = 0
    points: int = 0
    key: str = ""
    rank: int = 0
    until: str | None = None
    flag: bool = False
    recorded: str = ""
    months: int = 0
    benefit: Benefit | None = None
    lines: tuple[tuple[str, int], ...] = ()
    payment: str = ""
    opened: tuple[Programme, tuple[int, int]] | None = None


@dataclass(frozen=True)
class Profile:
    """What a programme asks of a person beside their history: the birthday, when known.

    `moved` holds the solar dates of a lunar birthday by year (E53).
    """

    born: str | None = None
    moved: Mapping[int, str] = field(default_factory=dict)

    def birthday_in(self, year: int) -> str | None:
        """The birthday in a year; None when it is not known."""
        if year in self.moved:
            return self.moved[year]
        return None if self.born is None else in_year(self.born, year)


NOBODY = Profile()


@dataclass(frozen=True)
class Step:
    """A change of the tier held: when, from where to where, by which route and receipt."""

    on: str
    from_rank: int
    to_rank: int
    route: str
    ref: int
    version_id: int


@dataclass(slots=True)
class GrantState:
    """A grant that should exist. `closed` ones stay known, so that none is given twice (E49)."""

    key: str
    benefit: Benefit
    rank: int
    version_id: int
    due_on: str
    valid_from: str
    valid_to: str | None
    quantity: int
    used: int = 0
    closed: bool = False

    @property
    def left(self) -> int:
        """What may still be drawn."""
        return 0 if self.closed else max(self.quantity - self.used, 0)

    def valid_on(self, day: str) -> bool:
        """Whether `day` is inside the grant's period."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Term:
    """A paid term (E57, E58): the tier paid for and its first and last day, None for ever.

    The term after this one ends so many more `months` from `anchor`, so that a term of 31 January
    keeps its month ends.
    """

    ref: int
    rank: int
    start: str
    end: str | None
    anchor: str
    months: int

    def covers(self, day: str) -> bool:
        """Whether `day` is inside the term."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Evaluation:
    """Where a history leads. `unsupported`: a tier kept though money no longer carries it (E37).

    `supported_rank`: the tier that receipts hold up; `by_money`: the one they would reach anew
    under the rules and on the day of the last event.

    `receipt_points`: what each receipt is worth in all (E1). `redeemable`: spending is open
    (R165). `awaiting`: benefits that wait for somebody's word. `next_on`: the next day on which
    the calendar alone may change something, None for never. `tier_ends_on`: the last day of a
    tier that has to be renewed (E38).
    """

    spend_fen: int
    max_single_fen: int
    earned: int
    supported_rank: int
    by_money: int
    rank: int
    reached_on: str | None
    route: str | None
    unsupported: bool
    steps: tuple[Step, ...]
    grants: tuple[GrantState, ...]
    receipt_points: Mapping[int, int]
    redeemable: bool = False
    terms: tuple[Term, ...] = ()
    awaiting: tuple[tuple[str, Benefit], ...] = ()
    next_on: str | None = None
    tier_ends_on: str | None = None

    def paid_until(self, day: str) -> str | None:
        """The last day of the highest tier paid for on `day`, with what follows it without a gap;
        None when nothing is paid for or it never ends."""
        last, rank = plus_days(day, -1), 0
        while True:
            inside = [t for t in self.terms if t.rank >= rank and t.covers(plus_days(last, 1))]
            held = max(inside, key=lambda term: term.rank, default=None)
            if held is None:
                return last if rank else None
            if held.end is None:
                return None
            last, rank = held.end, held.rank
