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

from services.clock import plus_days, plus_months
from services.programmes.counters import Counters, points_for
from services.programmes.definition import Enrol, Programme
from services.programmes.events import (
    NOBODY,
    Evaluation,
    Event,
    GrantState,
    Profile,
    Step,
)
from services.programmes.grantbook import GrantBook, Held, Rules
from services.programmes.periods import NEVER
from services.programmes.plan import Needs, Plan, number, plan_of
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
    plan = plan_of(programme)
    for rank in range(len(programme.tiers), 0, -1):
        for way in plan.ways[rank]:
            if way.only_money and way.carried_by(max_single_fen, spend_fen):
                return rank, way.route
    return 0, ""


class Fold:
    """The running state of one person under one programme."""

    def __init__(self, timeline: Timeline, person: Profile = NOBODY) -> None:
        self._timeline = timeline
        versions = timeline.versions
        self._plans = {version.id: plan_of(version.programme) for version in versions}
        self._only = versions[0] if len(versions) == 1 else None
        needs = Needs()
        for plan in self._plans.values():
            needs |= plan.needs
        self.counters = Counters(needs)
        self.terms = Terms()
        self.book = GrantBook(person)
        self.steps: list[Step] = []
        self.supported = self.rank = 0
        self.reached_on: str | None = None
        self.route: str | None = None
        self.unsupported = False
        self._override: Event | None = None
        self._bought: dict[int, Event] = {}
        self._grade = 0
        self._day = ""
        self._next = ""  # the next day on which the calendar does something; '' not known
        # a tier that ends unless renewed (E38): its first and last day, where the counting for
        # the next one begins, and the rank that a missed renewal leaves for this period
        self._period: tuple[str, str] | None = None
        self._anchor = ""
        self._since = ""
        self._floor = 0

    def at(self, day: str) -> Version:
        """The version in force on a day."""
        return self._only or self._timeline.at(day)

    def rules(self, day: str) -> Rules:
        """What is in force on a day, ready for the fold."""
        version = self._only or self._timeline.at(day)
        return Rules(self._plans[version.id], version.id)

    def _held(self, day: str) -> Held:
        """How the tier now held is held on `day`."""
        term = self.terms.current(day)
        if term is not None and term.rank == self.rank:
            return Held(self.rank, min(term.anchor, term.start), (term.start, term.end))
        return Held(self.rank, self._anchor or day, self._period)

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
        elif kind == "drop":
            self._drop(event, version)
            return
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
            self._grade = event.rank
        elif kind == "fee":
            self._fee(event, version)
            return
        elif kind in ("fee_void", "leave"):
            self._unpay(event, version)
            return
        elif kind == "purchase":
            self._bought[event.ref] = event
        elif kind == "purchase_void":
            self._bought.pop(event.ref, None)
        elif kind == "award":
            self.book.award(event, version.id)
            return
        elif kind == "award_void":
            self.book.close(event.key)
            return
        else:
            self.book.confirm(event, version.id)
            return
        self._judge(event, version)

    def _drop(self, event: Event, version: Version) -> None:
        """A manager lets go of what money does not carry (E37)."""
        self._override = None
        self._bought.clear()
        self._floor = 0
        self._next = ""
        self._lower(event.on, 0, version, max(self.supported, self.terms.rank(event.on)))

    def _fee(self, event: Event, version: Version) -> None:
        """A membership fee opens or prolongs a term; it never counts as spend (E7, E57)."""
        term = self.terms.pay(event, version.programme)
        self._judge(event, version)
        if self.rank == term.rank and term.start <= self._day:  # else the calendar opens it
            self.book.roll(self.rules(event.on), self._held(term.start), term.start)

    def _unpay(self, event: Event, version: Version) -> None:
        """A fee was a mistake, or the person leaves: what was paid for ends that day (E61). After
        a mistake the lower tier that the fee had ended comes back with what it brings."""
        if event.kind == "leave":
            self.terms.end(event.on)
        else:
            self.terms.void(event.ref)
        target = self._target(event.on)
        if event.kind == "leave":
            self.book.close_above(target)
            self._settle_down(event.on, version, target)
        else:
            self._lower(event.on, 0, version, target)

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
        days = [self._timeline.next_start(self._day)]
        held = self._override
        if held is not None and held.until is not None and held.until < NEVER:
            days.append(plus_days(held.until, 1))
        days.append(self.terms.next_change(self._day))
        if self._period is not None:
            days.append(plus_days(self._period[1], 1))
        if self.rank:
            plan = self.rules(self._day).plan
            days.append(self.book.next_start(plan, self._held(self._day), self._day))
        return min(days)

    def _cross(self, day: str) -> None:
        held = self._override
        if held is not None and held.until is not None and day > held.until:
            self._override = None
            self._settle_down(plus_days(held.until, 1), self.at(day), self._target(day))
        self._cross_term(day)
        if self._period is not None and day > self._period[1]:
            self._renew(plus_days(self._period[1], 1))
        if self._timeline.starts(day):
            self._judge(Event("visit", day), self.at(day))
        if self.rank:
            self.book.roll(self.rules(day), self._held(day), day)

    def _cross_term(self, day: str) -> None:
        """A paid term ends or begins: a lapsed membership keeps what money carries (E57)."""
        if not self.terms.changes(day):
            return
        version, target = self.at(day), self._target(day)
        if target < self.rank:
            self.book.close_above(target, gifts=False)
            self._settle_down(day, version, target)

    def _renew(self, day: str) -> None:
        """The tier's period is over: keep it for another one, or go one step down (E38)."""
        version, plan = self.at(day), self.rules(day).plan
        start = self._period[0] if self._period else day
        ways = plan.renewals[self.rank] if self.rank < len(plan.renewals) else ()
        kept = any(self.counters.holds(way, plus_days(day, -1), self._grade, start) for way in ways)
        tier = version.programme.tier(self.rank)
        locked = tier is not None and tier.locked
        self._since = day
        if not (kept or locked or self._carried(day) >= self.rank):
            self._floor = max(self.rank - 1, self._carried(day))
            self._move(day, self._floor, self.route or "manual", 0, version)
        self._open_period(day, plan)

    def _open_period(self, day: str, plan: Plan) -> None:
        """Begin the period of the tier now held; none for a tier held for life."""
        months = plan.valid_months(self.rank)
        self._period = None
        if months is not None:
            self._period = (day, plus_days(plus_months(day, months), -1))
        self._anchor = day
        self._next = ""

    # -- tiers -----------------------------------------------------------------------------

    def _target(self, day: str) -> int:
        """The tier that money, a fee, a word or bought points hold up on `day` (E40)."""
        return max(self.supported, self._carried(day))

    def _carried(self, day: str) -> int:
        """The tier held up by anything but receipts."""
        word = self._override.rank if self._override is not None else 0
        bought = max((event.rank for event in self._bought.values()), default=0)
        return max(word, bought, self.terms.rank(day))

    def _earned_rank(self, plan: Plan, day: str) -> tuple[int, str]:
        """The highest tier that receipts carry, and by which route (E33)."""
        counters, grade = self.counters, self._grade
        for rank in range(len(plan.ways) - 1, 0, -1):
            since = self._since if plan.needs.dated and plan.valid_months(rank) else ""
            for way in plan.ways[rank]:
                if counters.holds(way, day, grade, since):
                    return (rank, way.route) if self._eligible(plan) else (0, "")
        return 0, ""

    def _eligible(self, plan: Plan) -> bool:
        ways = plan.programme.enrol
        return not ways or any(self._enrols(way) for way in ways)

    def _enrols(self, way: Enrol) -> bool:
        """Whether receipts fulfil one way to be eligible (R154); a word or fee needs no receipt."""
        counters = self.counters
        if way.fee or way.approval:
            return False
        if way.seen_from and counters.last_on < way.seen_from:
            return False
        if way.seen_before and not (counters.first_on and counters.first_on < way.seen_before):
            return False
        total = number(way.cumulative_spend_yuan)
        spent = counters.before if way.seen_before else counters.spend
        if way.cumulative_spend_yuan is not None and (total is None or spent < total * 100):
            return False
        single = number(way.single_spend_yuan)
        return way.single_spend_yuan is None or (
            single is not None and counters.max_single >= single * 100
        )

    def _judge(self, event: Event, version: Version) -> None:
        plan = self._plans[version.id]
        self.supported, route = self._earned_rank(plan, event.on)
        target = self.supported
        if self._override is not None or self._bought or self.terms:
            paid = self.terms.rank(self._day)
            target = max(target, self._carried(self._day))
            if target > self.supported:
                route = "paid" if paid == target else "manual"
        if event.kind == "opening" and target == self.supported:
            route = "opening"
        ref = event.ref if event.kind == "money" else 0
        if target > self.rank:
            self._raise(event.on, ref, version, target, route, flag=event.flag)
        elif target < self.rank and _takes_away(event):
            floor = max(target, self.book.highest_used(self.rank), self._kept(version.programme))
            self._lower(event.on, ref, version, floor)
        doubtful = self.unsupported or _takes_away(event)
        self.unsupported = doubtful and self.rank > max(target, self._kept(version.programme))

    def _kept(self, programme: Programme) -> int:
        """The rank no refund can take: a locked tier, or what a missed renewal left."""
        if self.rank == 0:
            return 0
        locked = (tier.rank for tier in programme.tiers[: self.rank] if tier.locked)
        return max(min(self._floor, self.rank), max(locked, default=0))

    def _raise(
        self, on: str, ref: int, version: Version, target: int, route: str, *, flag: bool
    ) -> None:
        programme, plan = version.programme, self._plans[version.id]
        first = self.rank + 1 if programme.grant_skipped_tiers else target
        self._move(on, target, route, ref, version)
        self._floor = 0
        self._open_period(on, plan)
        if flag:
            self.book.settle_on_paper(programme, target)
        for rank in range(first, target + 1):
            self._grant_tier(rank, version, on)

    def _lower(self, on: str, ref: int, version: Version, target: int) -> None:
        """Take a tier back (a refund, a word): what is left of its grants closes (E37)."""
        if target >= self.rank:
            return
        _, route = self._earned_rank(self._plans[version.id], on)
        if self.terms.rank(self._day) == target:
            route = route or "paid"
        self._move(on, target, route or "manual", ref, version)
        self._open_period(on, self._plans[version.id])
        self.book.close_above(target)
        self._grant_tier(target, version, on)

    def _settle_down(self, on: str, version: Version, target: int) -> None:
        """The calendar ended what held the tier up: nothing is clawed back (E44)."""
        if target >= self.rank:
            return
        _, route = self._earned_rank(self._plans[version.id], on)
        paid = target > 0 and self.terms.rank(on) == target
        self._move(on, target, "paid" if paid else route or "manual", 0, version)
        self._open_period(on, self._plans[version.id])

    def _move(self, on: str, target: int, route: str, ref: int, version: Version) -> None:
        self.steps.append(Step(on, self.rank, target, route, ref, version.id))
        self.rank = target
        self.reached_on = self._held_since(target) if target else None
        self.route = route if target else None
        self.unsupported = False
        self._next = ""

    def _held_since(self, rank: int) -> str:
        """The day from which the person has held at least `rank` without a break."""
        since = self.steps[-1].on
        for step in reversed(self.steps):
            if step.to_rank < rank:
                break
            since = step.on
        return since

    def _grant_tier(self, rank: int, version: Version, on: str) -> None:
        """Give what a tier brings; one that was written down late begins with today's period."""
        if not rank:
            return
        held = self._held(on)._replace(rank=rank)
        self.book.enter(Rules(self._plans[version.id], version.id), held, on)
        self.book.enter_periods(self.rules, held, on, self._day)

    def result(self) -> Evaluation:
        """The evaluation so far."""
        counters = self.counters
        following = self._next or (self._schedule() if self._day else NEVER)
        return Evaluation(
            spend_fen=counters.spend,
            max_single_fen=counters.max_single,
            earned=counters.earned,
            supported_rank=self.supported,
            rank=self.rank,
            reached_on=self.reached_on,
            route=self.route,
            unsupported=self.unsupported,
            steps=tuple(self.steps),
            grants=tuple(self.book.grants.values()),
            receipt_points={ref: found.points for ref, found in counters.receipts.items()},
            redeemable=self.redeemable(),
            terms=self.terms.all(),
            awaiting=self.book.awaiting(self._day),
            next_on=following if following < NEVER else None,
            tier_ends_on=self._period[1] if self._period else None,
        )

    def redeemable(self) -> bool:
        """Whether this person may spend points: at once, or from the opening mark on (R165)."""
        plan = self.rules(self._day).plan
        points = plan.programme.points
        if points.mode != "spend":
            return False
        return not points.opens or any(
            self.counters.holds(way, self._day, self._grade) for way in plan.opens
        )


def _takes_away(event: Event) -> bool:
    """Only money given back, a use taken back or another word on the tier can lower it: passing
    days and other thresholds of a later version do not (C22, E41)."""
    return (
        event.kind in ("override", "purchase_void")
        or event.amount_fen < 0
        or (event.kind == "use" and event.points < 0)
    )
