"""The grants of one person: what each tier and period brings, what was drawn, what closed.

A grant is a row with its own period; nobody is given the same one twice (E43, E49). On an upgrade
quotas that replace each other give the new number less what was used (C23, E44).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from services.clock import plus_days
from services.programmes.definition import Benefit, Programme
from services.programmes.events import Event, GrantState, Profile
from services.programmes.periods import (
    NEVER,
    Period,
    anniversary_period,
    birthday_period,
    calendar_period,
    next_birthday,
)
from services.programmes.plan import Plan


class Rules(NamedTuple):
    """A plan and the id of the version it stands for."""

    plan: Plan
    version_id: int


class Held(NamedTuple):
    """How a rank is held: the day its anniversaries count from, and the first and last day of
    the term or period it is held for (None: for life)."""

    rank: int
    anchor: str
    span: tuple[str, str | None] | None


class Waiting(NamedTuple):
    """A benefit that waits for somebody's word: of which rank, for which period, how much."""

    benefit: Benefit
    rank: int
    period: Period
    quantity: int


class GrantBook:
    """All grants of a person, by key."""

    def __init__(self, person: Profile) -> None:
        self.grants: dict[str, GrantState] = {}
        self._person = person
        self._newest: dict[str, GrantState] = {}  # benefit key → its newest periodic grant
        self._on_paper: set[str] = set()  # once-only benefits the old register had given (E49)
        self._awaiting: dict[str, Waiting] = {}
        self._agreed: set[str] = set()  # words that came before what they are for (E62)

    # -- drawing ---------------------------------------------------------------------------

    def use(self, event: Event, version_id: int) -> None:
        """Draw from a grant, or put back: what a closed grant of a period gets back, its
        successor had been given less (C23, E47).

        Raises KeyError for an unknown grant, unless the event says what was drawn (E54, E62).
        """
        key, count = event.key, event.points
        if key not in self.grants and event.benefit is not None:
            self._draw_unknown(event, event.benefit, version_id)
        grant = self.grants[key]
        grant.used += count
        if count < 0 and grant.closed:
            for other in self.grants.values():
                same = _quota(other.benefit) == _quota(grant.benefit)
                if same and not other.closed and other.valid_to == grant.valid_to:
                    other.quantity = min(other.quantity - count, _number(other.benefit))

    def _draw_unknown(self, event: Event, benefit: Benefit, version_id: int) -> None:
        """Note a grant that this past, read anew, never gave, and take what is drawn from the
        running one of the same quota: the larger number less what both used (E62)."""
        self.grants[event.key] = GrantState(
            event.key, benefit, 0, version_id, event.on, event.on, event.until, 0, closed=True
        )
        if benefit.per == "once" and not benefit.quota:
            return
        for other in self.grants.values():
            same = _quota(other.benefit) == _quota(benefit)
            if same and not other.closed and other.valid_on(event.on):
                other.quantity = max(other.quantity - event.points, other.used)

    def highest_used(self, rank: int) -> int:
        """The highest rank up to `rank` with a benefit drawn; it is not dropped at once (E37)."""
        used = (grant.rank for grant in self.grants.values() if grant.used > 0)
        return max((each for each in used if each <= rank), default=0)

    # -- giving ----------------------------------------------------------------------------

    def enter(self, rules: Rules, held: Held, on: str) -> None:
        """Give what a tier brings once."""
        granted = rules.plan.gives(held.rank)
        for benefit in granted.once:
            quantity = _number(benefit)
            if benefit.quota and rules.plan.programme.on_upgrade == "replace":
                quantity = max(quantity - self._replace_once(benefit, granted.keys), 0)
            self._offer(benefit.key, benefit, held.rank, rules, Period("", on, None), quantity)

    def _replace_once(self, benefit: Benefit, keys: frozenset[str]) -> int:
        """Close other grants of the same quota; answer what was used of them."""
        used = 0
        for grant in self.grants.values():
            if grant.benefit.per == "once" and grant.benefit.quota == benefit.quota:
                used += grant.used if grant.key != benefit.key else 0
                if grant.benefit.key not in keys and grant.left > 0:
                    grant.closed = True
        return used

    def enter_periods(
        self, rules_on: Callable[[str], Rules], held: Held, on: str, day: str
    ) -> None:
        """Give the current period of what a tier brings again and again.

        Written down after that period was over, it begins with the period of `day`: quotas of
        periods that are over lapsed unseen (E48).
        """
        rules = rules_on(on)
        used = self._replace(rules.plan, held.rank, day)
        for benefit in rules.plan.gives(held.rank).periodic:
            period, given = self._period(rules.plan, benefit, held, on), benefit
            start, under = on, rules
            if period is not None and period.end is not None and period.end < day:
                period = self._period(rules.plan, benefit, held, day)
                if period is not None:
                    start, under = period.start, rules_on(period.start)
                    given = _same(under.plan, held.rank, benefit)
            if period is None:
                continue
            if rules.plan.programme.on_upgrade == "replace":
                self._end_others(given.key, _key(given, period), start)
            quantity = max(_number(given) - used.get(_quota(given), 0), 0)
            self._offer(
                _key(given, period), given, held.rank, under, period._replace(start=start), quantity
            )

    def _replace(self, plan: Plan, rank: int, day: str) -> dict[tuple[str, str], int]:
        """Close the running grants of other tiers; answer what was used of each quota."""
        used: dict[tuple[str, str], int] = {}
        if plan.programme.on_upgrade != "replace":
            return used
        keys = plan.gives(rank).keys
        for key, waiting in list(self._awaiting.items()):
            if waiting.benefit.per != "once" and waiting.benefit.key not in keys:
                del self._awaiting[key]
        for grant in self.grants.values():
            benefit = grant.benefit
            if benefit.per == "once" or (grant.valid_to or NEVER) < day:
                continue
            used[_quota(benefit)] = used.get(_quota(benefit), 0) + grant.used
            if grant.rank != rank and benefit.key not in keys and grant.left > 0:
                grant.closed = True
        return used

    def _end_others(self, benefit_key: str, key: str, start: str) -> None:
        """Close running grants of an inherited benefit that count by another term or anchor: what
        was used of them is taken off the new one (C23)."""
        for grant in self.grants.values():
            same = grant.benefit.key == benefit_key and grant.key != key
            if same and grant.left > 0 and (grant.valid_to or NEVER) >= start:
                grant.closed = True

    def roll(self, rules: Rules, held: Held, day: str) -> None:
        """Give every benefit whose period begins on `day`."""
        for benefit in rules.plan.gives(held.rank).periodic:
            period = self._period(rules.plan, benefit, held, day)
            if period is None or period.start != day:
                continue
            quantity = _number(benefit)
            before = self._newest.get(benefit.key)
            if benefit.carry_over and before is not None and before.key != _key(benefit, period):
                quantity += before.left
            self._offer(_key(benefit, period), benefit, held.rank, rules, period, quantity)

    def next_start(self, plan: Plan, held: Held, day: str) -> str:
        """The first day after `day` on which a period of the tier's benefits begins."""
        first = NEVER
        for benefit in plan.gives(held.rank).periodic:
            if benefit.per == "birthday":
                start = next_birthday(plan.programme.birthday, self._person, day)
            elif benefit.per == "term":
                continue  # the term itself is on the calendar
            else:
                period = self._period(plan, benefit, held, day)
                start = NEVER if period is None else plus_days(str(period.end), 1)
            first = min(first, start)
        return first

    def _period(self, plan: Plan, benefit: Benefit, held: Held, day: str) -> Period | None:
        if benefit.per == "birthday":
            return birthday_period(plan.programme.birthday, self._person, day)
        if benefit.per == "term":
            if held.span is None:
                return Period("", day, None)
            return Period(held.span[0], *held.span)
        if plan.basis(benefit) == "anniversary":
            return anniversary_period(benefit.per, day, min(held.anchor, day))
        return calendar_period(benefit.per, day)

    def _offer(
        self,
        key: str,
        benefit: Benefit,
        rank: int,
        rules: Rules,
        period: Period,
        quantity: int,
    ) -> None:
        """Give, or wait for somebody's word; what is given by hand only is never offered."""
        if key in self._on_paper or benefit.given == "manual":
            return
        if benefit.given == "confirm" and key not in self.grants and key not in self._agreed:
            self._awaiting[key] = Waiting(benefit, rank, period, quantity)
            return
        self._give(key, benefit, rank, rules.version_id, period, quantity)

    def _give(
        self, key: str, benefit: Benefit, rank: int, version_id: int, period: Period, quantity: int
    ) -> None:
        known = self.grants.get(key)
        if known is None:
            made = GrantState(
                key, benefit, rank, version_id, period.start, period.start, _end(benefit, period),
                quantity,
            )  # fmt: skip
            self.grants[key] = made
            if benefit.per != "once":
                self._newest[benefit.key] = made
        elif known.closed:
            known.closed = False
            if benefit.per == "birthday":  # one a year, whatever day the birthday is (E52, E54)
                known.quantity = max(quantity, known.used)
                known.rank, known.version_id = rank, version_id
                if known.valid_to != _end(benefit, period):
                    known.due_on = known.valid_from = period.start
                    known.valid_to = _end(benefit, period)
            elif benefit.per != "once":
                known.quantity = quantity + known.used
            elif benefit.quota:  # what was used of it is in the number already
                known.quantity = max(quantity, known.used)

    def confirm(self, event: Event, version_id: int) -> None:
        """Somebody's word for a benefit that waited: it begins now and ends with its period
        (R081). Raises KeyError when none waits, unless it was given to one of two people who
        turned out to be one: it counts when its time comes (E62)."""
        if event.flag and event.key not in self._awaiting:
            self._agreed.add(event.key)
            return
        benefit, rank, period, quantity = self._awaiting.pop(event.key)
        period = period._replace(start=max(event.on, period.start))
        self._give(event.key, benefit, rank, version_id, period, quantity)

    def awaiting(self, day: str) -> tuple[tuple[str, Benefit], ...]:
        """Benefits that wait for a word and whose period is not over on `day`, with the key
        their grant will have."""
        return tuple(
            (key, waiting.benefit)
            for key, waiting in self._awaiting.items()
            if (waiting.period.end or NEVER) >= day
        )

    def award(self, event: Event, version_id: int) -> None:
        """Something given or redeemed by itself: it belongs to no tier."""
        assert event.benefit is not None
        period = Period("", event.on, event.until)
        self._give(event.key, event.benefit, 0, version_id, period, event.points)

    # -- closing ---------------------------------------------------------------------------

    def settle_on_paper(self, programme: Programme, rank: int) -> None:
        """The old register had handed out what tiers up to `rank` bring once (E49)."""
        for tier in programme.tiers[:rank]:
            self._on_paper |= {b.key for b in tier.benefits if b.per == "once"}

    def settle_all_on_paper(self) -> None:
        """Another programme has given what this one's past comes to: nothing of it is given a
        second time, and the quotas of running periods begin with the next one (E42, E49)."""
        for key, grant in self.grants.items():
            self._on_paper.add(key)
            grant.closed = True
        self._on_paper |= self._awaiting.keys()
        self._awaiting.clear()

    def take_back(self, key: str, pieces: int) -> None:
        """Take an award back, or only so many pieces of it."""
        if pieces:
            self.grants[key].quantity -= pieces
        else:
            self.grants[key].closed = True

    def close_above(self, rank: int, *, gifts: bool = True) -> None:
        """Close what is left of the grants of higher tiers; gifts only when they are meant."""
        for grant in self.grants.values():
            if grant.rank > rank and grant.left > 0 and (gifts or grant.benefit.kind != "gift"):
                grant.closed = True
        for key, waiting in list(self._awaiting.items()):
            if waiting.rank > rank and (gifts or waiting.benefit.kind != "gift"):
                del self._awaiting[key]


def _key(benefit: Benefit, period: Period) -> str:
    return f"{benefit.key}@{period.label}" if period.label else benefit.key


def _end(benefit: Benefit, period: Period) -> str | None:
    """The last day of a grant: of its period, or `valid_days` after it began."""
    if benefit.valid_days is None:
        return period.end
    last = plus_days(period.start, benefit.valid_days - 1)
    return last if period.end is None else min(period.end, last)


def _number(benefit: Benefit) -> int:
    """The quantity; plans hold no benefit whose quantity is pending."""
    assert benefit.quantity != "待定"
    return benefit.quantity


def _quota(benefit: Benefit) -> tuple[str, str]:
    return benefit.per, benefit.quota or benefit.name


def _same(plan: Plan, rank: int, benefit: Benefit) -> Benefit:
    """The benefit as another version of the programme words it."""
    found = (b for b in plan.gives(rank).periodic if b.key == benefit.key)
    return next(found, benefit)
