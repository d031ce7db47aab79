"""What a history is worth under a programme: a pure fold, the only place that decides tiers.

`evaluate` takes a person's events in ledger order and answers the standing they lead to: spend,
points of every receipt, tier, how and when it was reached, and every grant that should exist.
Preview folds one more, hypothetical event; posting folds and stores the difference; import and
simulation fold too. Amounts are fen, dates 'YYYY-MM-DD'.

The calendar is part of the fold: before an event is taken, `advance` crosses one by one the days
on which something begins or ends by itself: a granted tier, a paid term, a tier that must be
renewed, a new version of the programme, a period of a quota.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.clock import plus_days
from services.programmes.counters import Counters, points_for
from services.programmes.definition import Programme
from services.programmes.earned import EarnedTier, takes_away
from services.programmes.events import (
    NOBODY,
    Evaluation,
    Event,
    GrantState,
    Profile,
    Step,
)
from services.programmes.grantbook import GrantBook, Held, Rules
from services.programmes.periods import NEVER, span_within
from services.programmes.plan import Needs, plan_of
from services.programmes.registry import Timeline, Version
from services.programmes.terms import Terms

__all__ = [
    "Evaluation",
    "Event",
    "Fold",
    "GrantState",
    "Profile",
    "Step",
    "evaluate",
    "points_for",
    "supported",
]


def evaluate(
    timeline: Timeline, events: Iterable[Event], as_of: str, person: Profile = NOBODY
) -> Evaluation:
    """Fold `events` (ledger order) up to the business date `as_of`."""
    fold = Fold(timeline, person)
    for event in events:
        fold.take(event)
    fold.advance(as_of)
    return fold.result()


def supported(programme: Programme, max_single_fen: int, spend_fen: int) -> tuple[int, str]:
    """The highest tier that money alone carries, and the route: single before cumulative (E33).

    For those who know no more of a person than two sums: the roster import and `verify`.
    """
    for rank, way in plan_of(programme).by_money:
        if way.carried_by(max_single_fen, spend_fen):
            return rank, way.route
    return 0, ""


class Fold:
    """The running state of one person under one programme.

    The tier held is the highest that anything holds up: receipts (`earned`), a word, a fee or
    points that bought it (`_lent`), or a benefit that was used before the money went back
    (`_kept`, E37, E40).
    """

    def __init__(self, timeline: Timeline, person: Profile = NOBODY) -> None:
        self._timeline = timeline
        versions = timeline.versions
        self._plans = {version.id: plan_of(version.programme) for version in versions}
        self._only = versions[0] if len(versions) == 1 else None
        needs = Needs()
        for plan in self._plans.values():
            needs |= plan.needs
        self.counters = Counters(needs)
        self.earned = EarnedTier(self.counters)
        self.terms = Terms()
        self.book = GrantBook(person)
        self.steps: list[Step] = []
        self.rank = 0
        self.reached_on: str | None = None
        self.route: str | None = None
        self._override: Event | None = None
        self._bought: dict[int, Event] = {}
        self._kept = 0
        self._kept_until: str | None = None
        self._day = ""
        self._next = ""  # the next day on which the calendar does something; '' not known

    def at(self, day: str) -> Version:
        """The version in force on a day."""
        return self._only or self._timeline.at(day)

    def rules(self, day: str) -> Rules:
        """What is in force on a day, ready for the fold."""
        version = self._only or self._timeline.at(day)
        return Rules(self._plans[version.id], version.id)

    # -- events ----------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Apply one event and judge the tier again."""
        on = event.on
        self.advance(event.recorded if event.recorded > on else on)
        version = self._only or self._timeline.at(on)
        kind = event.kind
        if kind == "money":
            self.counters.money(event, self._plans[version.id], self.rank)
        elif kind == "use":
            self.book.use(event, version.id)
        elif kind == "opening":
            self.counters.opening(event)
        else:
            self._other(event, version)
            return
        self._judge(event, version)

    def _other(self, event: Event, version: Version) -> None:
        """Events that only some programmes know."""
        kind = event.kind
        self._next = ""
        if kind == "override":
            self._override = event
        elif kind == "visit":
            self.counters.visit(event.on)
        elif kind == "grade":
            self.earned.grade = event.rank
        elif kind == "purchase":
            self._bought[event.ref] = event
        elif kind == "purchase_void":
            self._bought.pop(event.ref, None)
        else:
            self._aside(event, version)
            return
        self._judge(event, version)

    def _aside(self, event: Event, version: Version) -> None:
        """Events after which there is no tier to judge, or not in the usual way."""
        kind = event.kind
        if kind == "drop":
            self._drop(event, version)
        elif kind == "fee":
            self._fee(event, version)
        elif kind in ("fee_void", "leave"):
            self._unpay(event, version)
        elif kind == "award":
            self.book.award(event, version.id)
        elif kind == "award_void":
            self.book.take_back(event.key, event.points)
        elif kind == "cut_over":
            self.book.settle_all_on_paper()
        else:
            self.book.confirm(event, version.id)

    def _drop(self, event: Event, version: Version) -> None:
        """A manager lets go of what neither money nor a fee carries (E37): of what stands above
        the tier earned, or else of one that receipts would not carry any more."""
        if self.rank == self.earned.rank:
            self.earned.let_go(self._plans[version.id], event.on)
        self._override = None
        self._bought.clear()
        self._keep(0, None)
        self._lower(event.on, 0, version, max(self.earned.rank, self.terms.rank(event.on)))

    def _fee(self, event: Event, version: Version) -> None:
        """A membership fee opens or prolongs a term; it never counts as spend (E7, E57)."""
        term = self.terms.pay(event, version.programme)
        self._judge(event, version)
        if self.rank == term.rank and term.start <= self._day:  # else the calendar opens it
            self.book.roll(self.rules(event.on), self._held(term.start), term.start)

    def _unpay(self, event: Event, version: Version) -> None:
        """A fee was a mistake, or the person leaves: what was paid for ends that day (E61), and
        the lower tier that the fee had ended comes back with what it brings."""
        if event.kind == "leave":
            self.terms.end(event.on)
            self.book.close_above(self._target(event.on))
        else:
            self.terms.void(event.ref)
        self._lower(event.on, 0, version, self._target(event.on))
        self._reroute(event.on)

    # -- the calendar ----------------------------------------------------------------------

    def advance(self, day: str) -> None:
        """Let time pass up to `day`, crossing every day on which something happens by itself."""
        if not self._day:
            self._day = day
            return
        if not self._next:
            self._next = self._schedule()
        while self._next <= day:
            at = self._next
            if at > self._day:
                self._day = at
            self._cross(at)
            self._next = self._schedule()
        if day > self._day:
            self._day = day

    def _schedule(self) -> str:
        """The next day to cross; one that is past already when it was written down late."""
        days = [self._timeline.next_start(self._day), self.terms.next_change(self._day)]
        word = self._override
        if word is not None and word.until is not None and word.until < NEVER:
            days.append(plus_days(word.until, 1))
        if self._kept and self._kept_until is not None:
            days.append(plus_days(self._kept_until, 1))
        if self.earned.period is not None:
            days.append(plus_days(self.earned.period[1], 1))
        if self.rank:
            held = self._held(self._day)
            if held.span is not None and held.span[1] is not None:
                days.append(plus_days(held.span[1], 1))
            plan = self.rules(self._day).plan
            days.append(self.book.next_start(plan, held, self._day))
        return min(days)

    def _cross(self, day: str) -> None:
        """Let everything end that ends the day before, and begin what begins. Nothing that was
        given is clawed back (E44), but a membership that lapsed keeps only what is still held up,
        and gifts (E57)."""
        word = self._override
        if word is not None and word.until is not None and day > word.until:
            self._override = None
        if self.earned.period is not None and day > self.earned.period[1]:
            self.earned.renew(self.rules(day).plan)
        if self._kept_until is not None and day > self._kept_until:
            self._keep(0, None)
        target = self._target(day)
        if target < self.rank:
            version, lapsed = self.at(day), self.terms.changes(day)
            if lapsed:
                self.book.close_above(target, gifts=False)
            self._move(day, target, self._holder(target, day), 0, version)
            if lapsed:
                self._grant_tier(target, version, day)
        self._reroute(day)
        if self._timeline.starts(day):
            self._judge(Event("visit", day), self.at(day))
        if self.rank:
            self.book.roll(self.rules(day), self._held(day), day)

    # -- tiers -----------------------------------------------------------------------------

    def _target(self, day: str) -> int:
        """The tier that anything holds up on `day` (E40)."""
        return max(self.earned.rank, self._lent(day), self._kept)

    def _lent(self, day: str) -> int:
        """The tier held up by a word, a fee or points that bought it."""
        word = self._override.rank if self._override is not None else 0
        bought = max((event.rank for event in self._bought.values()), default=0)
        return max(word, bought, self.terms.rank(day))

    def _holder(self, rank: int, day: str) -> str:
        """The route by which a rank is held."""
        if 0 < rank <= self.earned.rank:
            return self.earned.route
        return "paid" if rank and self.terms.rank(day) == rank else "manual"

    def _reroute(self, day: str) -> None:
        """What a fee or a word had held up, receipts may hold up now."""
        if self.route in ("paid", "manual") and self.rank and self._lent(day) < self.rank:
            self.route = self._holder(self.rank, day)

    def _judge(self, event: Event, version: Version) -> None:
        earned = self.earned
        before, span = earned.rank, earned.period
        earned.judge(self._plans[version.id], event)
        held, route = earned.rank, earned.route
        if self._override is not None or self._bought or self.terms:
            lent = self._lent(self._day)
            if lent > held:
                held, route = lent, self._holder(lent, self._day)
        if earned.rank != before or earned.period != span:
            self._next = ""
        if self._kept and self._kept <= held:
            self._keep(0, None)
        ref = event.ref if event.kind == "money" else 0
        if held > self.rank:
            self._raise(event, ref, version, held, route)
        elif held < self.rank and takes_away(event):
            used = self.book.highest_used(self.rank)
            if used <= held:
                self._keep(0, None)
            elif used != self._kept:
                self._keep(used, span[1] if span is not None and before >= used else None)
            self._lower(event.on, ref, version, max(held, used))

    def _keep(self, rank: int, until: str | None) -> None:
        """Keep a tier that nothing holds up, because something of it was used (E37)."""
        self._kept, self._kept_until = rank, until
        self._next = ""

    def _raise(self, event: Event, ref: int, version: Version, target: int, route: str) -> None:
        on = event.on
        if self.earned.rank == target:  # a receipt written down late may carry from a later day
            on = max(on, self.earned.day)
        first = self.rank + 1 if version.programme.grant_skipped_tiers else target
        self._move(on, target, route, ref, version)
        if event.flag:
            self.book.settle_on_paper(version.programme, target)
        for rank in range(first, target + 1):
            self._grant_tier(rank, version, on)

    def _lower(self, on: str, ref: int, version: Version, target: int) -> None:
        """Take a tier back (a refund, a word): what is left of its grants closes (E37)."""
        if target >= self.rank:
            return
        self._move(on, target, self._holder(target, on), ref, version)
        self.book.close_above(target)
        self._grant_tier(target, version, on)

    def _move(self, on: str, target: int, route: str, ref: int, version: Version) -> None:
        self.steps.append(Step(on, self.rank, target, route, ref, version.id))
        self.rank = target
        self.reached_on = self._held_since(target) if target else None
        self.route = route if target else None
        self._next = ""

    def _held_since(self, rank: int) -> str:
        """The day from which the person has held at least `rank` without a break."""
        since = self.steps[-1].on
        for step in reversed(self.steps):
            if step.to_rank < rank:
                break
            since = step.on
        return since

    def _held(self, day: str) -> Held:
        """How the tier now held is held on `day`: anniversaries count from when it was reached."""
        term = self.terms.current(day)
        if term is not None and term.rank == self.rank:
            return Held(self.rank, min(term.anchor, term.start), (term.start, term.end))
        since = self.reached_on or day
        span: tuple[str, str | None] | None = self.earned.period
        if self.earned.rank != self.rank:  # a word or bought points: its periods follow one another
            months = self.rules(day).plan.valid_months(self.rank)
            span = None if months is None else span_within(since, months, day)
        return Held(self.rank, since, span)

    def _grant_tier(self, rank: int, version: Version, on: str) -> None:
        """Give what a tier brings; one that was written down late begins with today's period."""
        if not rank:
            return
        held = self._held(on)._replace(rank=rank)
        self.book.enter(Rules(self._plans[version.id], version.id), held, on)
        self.book.enter_periods(self.rules, held, on, self._day)

    # -- the answer ------------------------------------------------------------------------

    def result(self) -> Evaluation:
        """The evaluation so far."""
        counters, earned = self.counters, self.earned
        following = self._next or (self._schedule() if self._day else NEVER)
        return Evaluation(
            spend_fen=counters.spend,
            max_single_fen=counters.max_single,
            earned=counters.earned,
            supported_rank=earned.rank,
            by_money=earned.by_money,
            rank=self.rank,
            reached_on=self.reached_on,
            route=self.route,
            unsupported=self._kept > 0,
            steps=tuple(self.steps),
            grants=tuple(self.book.grants.values()),
            receipt_points={ref: found.points for ref, found in counters.receipts.items()},
            redeemable=self.redeemable(),
            terms=self.terms.all(),
            awaiting=self.book.awaiting(self._day),
            next_on=following if following < NEVER else None,
            tier_ends_on=self._ends_on(),
        )

    def _ends_on(self) -> str | None:
        """The last day of a tier that has to be renewed, or that is only kept (E37, E38)."""
        if self.earned.period is not None and self.earned.rank == self.rank:
            return self.earned.period[1]
        return self._kept_until if self._kept == self.rank else None

    def redeemable(self) -> bool:
        """Whether this person may spend points: at once, or from the opening mark on (R165)."""
        plan = self.rules(self._day).plan
        points = plan.programme.points
        if points.mode != "spend":
            return False
        return not points.opens or any(
            self.counters.holds(way, self._day, self.earned.grade) for way in plan.opens
        )
