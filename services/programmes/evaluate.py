"""What a history is worth under a programme: a pure fold, the only place that decides tiers.

`evaluate` takes a person's events in ledger order and answers the standing they lead to: spend,
tier, how and when it was reached, and every grant that should exist. Preview folds one more,
hypothetical event; posting folds and stores the difference; import and simulation fold too.
Amounts are fen, dates 'YYYY-MM-DD'.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from services.clock import plus_days
from services.programmes.definition import Benefit, Programme, Reach, Tier
from services.programmes.registry import Timeline, Version

EventKind = Literal["money", "opening", "override", "drop", "use"]


class Event(NamedTuple):
    """One thing that happened. Which fields matter depends on `kind`:

    money: `ref` receipt id, `case` treatment case id or 0, `amount_fen` signed (a refund, a void
    or a move away is negative); opening: `amount_fen`, `points`, `flag` gifts settled on paper;
    override: `rank`, `until`, `flag` its gifts settled on paper; drop: nothing more; use: `key`
    of the grant, `points` signed count. `recorded` is the day it was written down, when that is
    later than `on`: what the calendar brought until then has happened already.
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


@dataclass(frozen=True)
class Evaluation:
    """Where a history leads. `unsupported`: a tier kept though money no longer carries it (E37)."""

    spend_fen: int
    max_single_fen: int
    earned: int
    supported_rank: int
    rank: int
    reached_on: str | None
    route: str | None
    unsupported: bool
    steps: tuple[Step, ...]
    grants: tuple[GrantState, ...]


def evaluate(timeline: Timeline, events: Iterable[Event], as_of: str) -> Evaluation:
    """Fold `events` (ledger order) up to the business date `as_of`."""
    fold = _Fold(timeline)
    for event in events:
        fold.take(event)
    fold.advance(as_of)
    return fold.result()


def points_for(programme: Programme, net_fen: int) -> int:
    """Points a receipt is worth in all: whole yuan of money received × rate (E1)."""
    return net_fen // 100 * programme.points.per_yuan


def supported(programme: Programme, max_single_fen: int, spend_fen: int) -> tuple[int, str]:
    """The highest tier the money carries, and the route: single before cumulative (E33)."""
    for tier in reversed(programme.tiers):
        for way in tier.reach:
            if _holds(way, max_single_fen, spend_fen):
                return tier.rank, "single" if way.single_spend_yuan is not None else "cumulative"
    return 0, ""


def _holds(way: Reach, max_single_fen: int, spend_fen: int) -> bool:
    if way.single_spend_yuan is None and way.cumulative_spend_yuan is None:
        return False
    single_ok = way.single_spend_yuan is None or max_single_fen >= way.single_spend_yuan * 100
    total_ok = way.cumulative_spend_yuan is None or spend_fen >= way.cumulative_spend_yuan * 100
    return single_ok and total_ok


class _Fold:
    """The running state of one person under one programme."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        # receipt → (net fen, points, the programme it was earned under: E12)
        self._receipts: dict[int, tuple[int, int, Programme]] = {}
        self._units: dict[int, int] = {}  # receipt id, or −case id → fen (E10)
        self._spend = self._max_single = self._earned = 0
        self._supported = self._rank = 0
        self._reached_on: str | None = None
        self._route: str | None = None
        self._override: Event | None = None
        self._unsupported = False
        self._year = 0
        self._steps: list[Step] = []
        self._grants: dict[str, GrantState] = {}
        self._on_paper: set[str] = set()  # once-only benefits the old register had given (E49)

    # -- events ----------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Apply one event and judge the tier again."""
        self.advance(max(event.on, event.recorded))
        version = self._timeline.at(event.on)
        if event.kind == "money":
            self._money(event, version)
        elif event.kind == "opening":
            self._spend += event.amount_fen
            self._earned += event.points
        elif event.kind == "override":
            self._override = event
        elif event.kind == "drop":
            self._override = None
            self._lower(event, version, self._supported)
            return
        else:
            self._use(self._grants[event.key], event.points)
        self._judge(event, version)

    def _money(self, event: Event, version: Version) -> None:
        net, points, programme = self._receipts.get(event.ref, (0, 0, version.programme))
        net += event.amount_fen
        worth = points_for(programme, net)
        self._receipts[event.ref] = (net, worth, programme)
        self._earned += worth - points
        self._spend += event.amount_fen
        unit = -event.case if event.case else event.ref
        amount = self._units.get(unit, 0) + event.amount_fen
        self._units[unit] = amount
        if event.amount_fen >= 0:
            self._max_single = max(self._max_single, amount)
        else:
            self._max_single = max(self._units.values(), default=0)

    def _use(self, grant: GrantState, count: int) -> None:
        """Draw from a grant, or put back: what a closed yearly grant gets back, its successor
        had been given less (C23, E47)."""
        grant.used += count
        if count < 0 and grant.closed and grant.benefit.per == "year":
            year, quota = grant.valid_from[:4], _quota(grant.benefit)
            for other in self._grants.values():
                same = other.benefit.per == "year" and other.valid_from[:4] == year
                if same and not other.closed and _quota(other.benefit) == quota:
                    other.quantity = min(other.quantity - count, other.benefit.quantity)

    def advance(self, day: str) -> None:
        """Let time pass: an override runs out, a new year brings its yearly grants (E43, E48)."""
        year = int(day[:4])
        for new_year in range(self._year + 1, year + 1) if self._year else ():
            self._end_override(f"{new_year}-01-01")
            self._yearly(new_year, f"{new_year}-01-01")
        self._end_override(day)
        self._year = max(self._year, year)

    def _end_override(self, day: str) -> None:
        held = self._override
        if held is not None and held.until is not None and day > held.until:
            self._override = None
            ended = plus_days(held.until, 1)
            if self._rank > self._supported:
                self._move(ended, self._supported, "manual", 0, self._timeline.at(ended))

    # -- tiers -----------------------------------------------------------------------------

    def _judge(self, event: Event, version: Version) -> None:
        programme = version.programme
        self._supported, route = supported(programme, self._max_single, self._spend)
        target = self._supported
        if self._override is not None and self._override.rank > target:
            target, route = self._override.rank, "manual"
        elif event.kind == "opening":
            route = "opening"
        if target > self._rank:
            self._raise(event, version, target, route)
        elif target < self._rank and _takes_away(event):
            self._lower(event, version, max(target, self._highest_used()))
        doubtful = self._unsupported or _takes_away(event)
        self._unsupported = doubtful and self._rank > target

    def _raise(self, event: Event, version: Version, target: int, route: str) -> None:
        programme = version.programme
        first = self._rank + 1 if programme.grant_skipped_tiers else target
        self._move(event.on, target, route, event.ref, version)
        if event.flag:
            self._settle_on_paper(programme, target)
        for rank in range(first, target + 1):
            tier = programme.tier(rank)
            if tier is not None:
                self._grant_tier(tier, version, event.on)

    def _settle_on_paper(self, programme: Programme, rank: int) -> None:
        for tier in programme.tiers[:rank]:
            self._on_paper |= {b.key for b in tier.benefits if b.per == "once"}

    def _lower(self, event: Event, version: Version, target: int) -> None:
        if target >= self._rank:
            return
        _, route = supported(version.programme, self._max_single, self._spend)
        self._move(event.on, target, route or "manual", event.ref, version)
        for grant in self._grants.values():
            if grant.rank > target and grant.left > 0:
                grant.closed = True
        tier = version.programme.tier(target)
        if tier is not None:
            self._grant_tier(tier, version, event.on)

    def _highest_used(self) -> int:
        """The highest rank with a benefit drawn; such a tier is not dropped at once (E37)."""
        used = (grant.rank for grant in self._grants.values() if grant.used > 0)
        return max((rank for rank in used if rank <= self._rank), default=0)

    def _move(self, on: str, target: int, route: str, ref: int, version: Version) -> None:
        self._steps.append(Step(on, self._rank, target, route, ref, version.id))
        self._rank = target
        self._reached_on = self._held_since(target) if target else None
        self._route = route if target else None
        self._unsupported = False

    def _held_since(self, rank: int) -> str:
        """The day from which the person has held at least `rank` without a break."""
        since = self._steps[-1].on
        for step in reversed(self._steps):
            if step.to_rank < rank:
                break
            since = step.on
        return since

    # -- grants ----------------------------------------------------------------------------

    def _grant_tier(self, tier: Tier, version: Version, on: str) -> None:
        for benefit in tier.benefits:
            if benefit.per == "once" and benefit.key not in self._on_paper:
                self._give(benefit.key, benefit, tier.rank, version, on, None, benefit.quantity)
        year = int(on[:4])
        if self._year <= year:
            self._grant_year(tier, version, year, on)
            return
        # written down in a later year: the quotas of years that are over lapsed unseen (E48)
        start = f"{self._year}-01-01"
        rules = self._timeline.at(start)
        self._grant_year(rules.programme.tier(tier.rank) or tier, rules, self._year, start)

    def _grant_year(self, tier: Tier, version: Version, year: int, start: str) -> None:
        replace = version.programme.on_upgrade == "replace"
        used = self._replace_yearly(tier.rank, year) if replace else {}
        for benefit in tier.benefits:
            if benefit.per == "year":
                left = max(benefit.quantity - used.get(_quota(benefit), 0), 0)
                self._give_year(benefit, tier.rank, version, start, year, left)

    def _replace_yearly(self, rank: int, year: int) -> dict[str, int]:
        """Close the year's grants of other tiers; answer what was used of each quota (C23, E44)."""
        used: dict[str, int] = {}
        for grant in self._grants.values():
            if grant.benefit.per == "year" and int(grant.valid_from[:4]) == year:
                quota = _quota(grant.benefit)
                used[quota] = used.get(quota, 0) + grant.used
                if grant.rank != rank and grant.left > 0:
                    grant.closed = True
        return used

    def _yearly(self, year: int, start: str) -> None:
        version = self._timeline.at(start)
        tier = version.programme.tier(self._rank)
        for benefit in tier.benefits if tier is not None else ():
            if benefit.per == "year":
                self._give_year(benefit, self._rank, version, start, year, benefit.quantity)

    def _give_year(
        self, benefit: Benefit, rank: int, version: Version, start: str, year: int, quantity: int
    ) -> None:
        key = f"{benefit.key}@{year}"
        self._give(key, benefit, rank, version, start, f"{year}-12-31", quantity)

    def _give(
        self,
        key: str,
        benefit: Benefit,
        rank: int,
        version: Version,
        start: str,
        end: str | None,
        quantity: int,
    ) -> None:
        known = self._grants.get(key)
        if known is None:
            self._grants[key] = GrantState(
                key, benefit, rank, version.id, start, start, end, quantity
            )
        elif known.closed:
            known.closed = False
            if benefit.per == "year":
                known.quantity = quantity + known.used

    def result(self) -> Evaluation:
        """The evaluation so far."""
        return Evaluation(
            spend_fen=self._spend,
            max_single_fen=self._max_single,
            earned=self._earned,
            supported_rank=self._supported,
            rank=self._rank,
            reached_on=self._reached_on,
            route=self._route,
            unsupported=self._unsupported,
            steps=tuple(self._steps),
            grants=tuple(self._grants.values()),
        )


def _takes_away(event: Event) -> bool:
    """Only money given back, a use taken back or another word on the tier can lower it: passing
    days and other thresholds of a later version do not (C22, E41)."""
    return (
        event.kind == "override"
        or event.amount_fen < 0
        or (event.kind == "use" and event.points < 0)
    )


def _quota(benefit: Benefit) -> str:
    return benefit.quota or benefit.name
