"""The tier that a person's receipts carry, and on what it rests.

A tier rests on conditions that held on a certain day under the rules of that day. Passing days
and stricter rules of a later version do not take it away; a refund does only when the conditions
it rests on no longer hold (E37, E41), and then leads back to what was held before. One with a
period has to be renewed, and a missed renewal leads one step down (E38). Nothing else than
receipts has a say here: words, fees and bought tiers stand beside it in `evaluate`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from services.clock import plus_days, plus_months
from services.programmes.counters import Counters
from services.programmes.definition import Enrol
from services.programmes.events import Event
from services.programmes.plan import Plan, Way, number


class Basis(NamedTuple):
    """What a tier rests on: the conditions for reaching or renewing it as they held on `day` with
    receipts from `since` on; or 'given', when there is nothing to look at again."""

    kind: Literal["reach", "renewal", "given"]
    plan: Plan | None = None
    day: str = ""
    since: str = ""


class Holding(NamedTuple):
    """A tier held: from which day, for which period (None: for life) and on what it rests.
    `below`: what was held when it was reached, to come back to."""

    rank: int
    route: str
    day: str
    period: tuple[str, str] | None
    basis: Basis
    below: Holding | None


class Missed(NamedTuple):
    """A renewal that failed: of which tier and for which period."""

    rank: int
    route: str
    period: tuple[str, str]
    plan: Plan


_GIVEN = Basis("given")


class EarnedTier:
    """The tier carried by receipts. `by_money`: what they would carry if it were reached anew."""

    __slots__ = (
        "_basis",
        "_below",
        "_counters",
        "_missed",
        "_since",
        "by_money",
        "day",
        "grade",
        "period",
        "rank",
        "route",
    )

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self.grade = 0  # the health grade, for tiers that ask for one
        self.rank = self.by_money = 0
        self.route = ""
        self.day = ""  # the day from which the rank has been held, or held again
        self.period: tuple[str, str] | None = None  # first and last day; None: for life
        self._since = ""  # the day from which receipts count towards the next period
        self._basis = _GIVEN
        self._below: Holding | None = None
        self._missed: Missed | None = None

    def judge(self, plan: Plan, event: Event) -> None:
        """Look at the tier again after an event that the counters have taken."""
        self.by_money, route, day = self._reached(plan, event.on, len(plan.ways) - 1)
        if event.kind == "opening":
            route = "opening"
        if self._missed is not None and event.amount_fen > 0:
            self._make_up(event.on, self._missed)
        if self.by_money > self.rank:
            below = self._holding() if self.rank else None
            self._rest(self.by_money, route, plan, day, Basis("reach", plan, day, self._since))
            self._below = below
        elif self.by_money < self.rank and takes_away(event):
            self._fall(plan, event.on, route)

    def _rest(self, rank: int, route: str, plan: Plan, day: str, basis: Basis) -> None:
        """Hold a rank from `day` on, for its period."""
        self.rank, self.route, self.day = rank, route, day
        self._basis, self._below = basis, None
        months = plan.valid_months(rank)
        self.period = None
        if months is not None:
            self.period = (day, plus_days(plus_months(day, months), -1))

    def let_go(self, plan: Plan, on: str) -> None:
        """Hold no more than what receipts carry today."""
        self.by_money, route, _ = self._reached(plan, on, len(plan.ways) - 1)
        if self.by_money < self.rank:
            self._rest(self.by_money, route, plan, on, Basis("reach", plan, on, self._since))

    def _holding(self) -> Holding:
        return Holding(self.rank, self.route, self.day, self.period, self._basis, self._below)

    def _fall(self, plan: Plan, on: str, route: str) -> None:
        """Money was given back: keep what still holds of what the tier rests on, or of what was
        held before it; a period of that one which is over meanwhile had to be renewed."""
        held = self._holding()
        found, whole = self._still(held), False
        locked = (tier.rank for tier in plan.programme.tiers[: self.rank] if tier.locked)
        kept = max((each for each in locked), default=0)
        if max(found.rank, kept) == self.rank:
            return
        before = held.below
        while before is not None:
            each = self._still(before)
            if each.rank >= found.rank:
                found, whole = each, each.rank == before.rank
            before = before.below
        if whole:
            self.rank, self.route, self.day, self.period, self._basis, self._below = found
            while self.period is not None and self.period[1] < on:
                self.renew(plan)
        else:
            self._rest(found.rank, found.route, plan, on, found.basis)
            self._below = _beneath(found)
        if kept > max(self.rank, self.by_money):
            self._rest(kept, held.route, plan, on, _GIVEN)
        elif self.by_money > self.rank:
            self._rest(self.by_money, route, plan, on, Basis("reach", plan, on, self._since))

    def _still(self, held: Holding) -> Holding:
        """The holding as far as the conditions it was reached or renewed by still carry it."""
        rank, basis = held.rank, held.basis
        if basis.plan is None:
            return held
        if basis.kind == "renewal":
            if self._any(basis.plan.renewals[rank], basis.day, basis.since):
                return held
            return held._replace(rank=rank - 1, basis=_GIVEN)
        found, route, day = self._reached(basis.plan, basis.day, rank, basis.since)
        if found == rank:
            return held
        return held._replace(rank=found, route=route, basis=basis._replace(day=day))

    # -- renewal ---------------------------------------------------------------------------

    def renew(self, plan: Plan) -> None:
        """The period is over: keep the tier for another one, or go one step down (E38)."""
        assert self.period is not None
        start, end = self.period
        day = plus_days(end, 1)
        self._since = day
        ways = plan.renewals[self.rank] if self.rank < len(plan.renewals) else ()
        tier = plan.programme.tier(self.rank)
        if self._any(ways, end, start):
            self._rest(self.rank, self.route, plan, day, Basis("renewal", plan, end, start))
        elif tier is not None and tier.locked:
            self._rest(self.rank, self.route, plan, day, _GIVEN)
        else:
            self._missed = Missed(self.rank, self.route, self.period, plan)
            self._rest(self.rank - 1, self.route, plan, day, _GIVEN)
        self.by_money, _, _ = self._reached(plan, day, len(plan.ways) - 1)

    def _make_up(self, on: str, missed: Missed) -> None:
        """A receipt of a period that is over was written down late: the renewal may not have been
        missed after all."""
        start, end = missed.period
        if missed.rank > self.rank and start <= on <= end:
            plan = missed.plan
            if self._any(plan.renewals[missed.rank], end, start):
                basis = Basis("renewal", plan, end, start)
                self._rest(missed.rank, missed.route, plan, plus_days(end, 1), basis)
                self._missed = None

    # -- conditions ------------------------------------------------------------------------

    def _any(self, ways: Iterable[Way], day: str, since: str) -> bool:
        return any(self._counters.holds(way, day, self.grade, since) for way in ways)

    def _reached(
        self, plan: Plan, on: str, highest: int, since: str | None = None
    ) -> tuple[int, str, str]:
        """The highest rank up to `highest` that receipts carry, by which route, and the day on
        which its conditions held (E33): `on`, or that of a later receipt when one of before was
        written down late."""
        counters, grade = self._counters, self.grade
        days: tuple[str, ...] = (on,)
        if plan.needs.dated:
            days = (on, *counters.days_after(on))
            since = self._since if since is None else since
        for rank in range(min(highest, len(plan.ways) - 1), 0, -1):
            start = since if since and plan.valid_months(rank) else ""
            for way in plan.ways[rank]:
                for day in days:
                    if counters.holds(way, day, grade, start):
                        return (rank, way.route, day) if self._eligible(plan) else (0, "", on)
        return 0, "", on

    def _eligible(self, plan: Plan) -> bool:
        ways = plan.programme.enrol
        return not ways or any(self._enrols(way) for way in ways)

    def _enrols(self, way: Enrol) -> bool:
        """Whether receipts fulfil one way to be eligible (R154); a word or fee needs no receipt."""
        counters = self._counters
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


def _beneath(held: Holding) -> Holding | None:
    """What was held before and is lower than what is left of a holding."""
    below = held.below
    while below is not None and below.rank >= held.rank:
        below = below.below
    return below


def takes_away(event: Event) -> bool:
    """Only money given back, a use taken back or another word on the tier can lower it: passing
    days and other thresholds of a later version do not (C22, E41)."""
    return (
        event.kind in ("override", "purchase_void")
        or event.amount_fen < 0
        or (event.kind == "use" and event.points < 0)
    )
