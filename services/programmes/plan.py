"""A programme made ready for the fold: fen instead of yuan, lists by rank, nothing pending.

A condition, quantity or rate that is still 待定 holds for nobody, so that an incomplete programme
can be tried out. Plans are made once for each programme and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from services.programmes.definition import (
    PENDING,
    Basis,
    Benefit,
    Programme,
    Rate,
    Reach,
    Tier,
    Whole,
)


@dataclass(frozen=True, slots=True)
class Way:
    """A `Reach` that receipts can fulfil, in fen; all conditions given must hold."""

    route: str
    single_fen: int | None = None
    total_fen: int | None = None
    visits: int | None = None
    drugs_fen: int | None = None
    points: int | None = None
    grade: int | None = None
    within_months: int | None = None

    @property
    def only_money(self) -> bool:
        """Whether two sums, the largest single and the total, decide it."""
        others = (self.visits, self.drugs_fen, self.points, self.grade, self.within_months)
        return all(value is None for value in others)

    def carried_by(self, single_fen: int, total_fen: int) -> bool:
        """Whether these sums fulfil the money conditions."""
        return (self.single_fen is None or single_fen >= self.single_fen) and (
            self.total_fen is None or total_fen >= self.total_fen
        )


@dataclass(frozen=True)
class Needs:
    """What the counters must keep for this programme; most programmes need nothing of it.

    `cutoff`: receipts before this day are summed apart (R154).
    """

    dated: bool = False
    visits: bool = False
    drugs: bool = False
    cutoff: str = ""

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            self.dated or other.dated,
            self.visits or other.visits,
            self.drugs or other.drugs,
            max(self.cutoff, other.cutoff),
        )


class Granted(NamedTuple):
    """The benefits of a rank, inherited ones included: given once, and by period."""

    once: tuple[Benefit, ...]
    periodic: tuple[Benefit, ...]
    keys: frozenset[str]


@dataclass(frozen=True)
class Plan:
    """Lists are by rank; index 0 is no tier. `by_money` are the ways that money alone decides,
    with their ranks, the highest first."""

    programme: Programme
    ways: tuple[tuple[Way, ...], ...]
    by_money: tuple[tuple[int, Way], ...]
    renewals: tuple[tuple[Way, ...], ...]
    opens: tuple[Way, ...]
    granted: tuple[Granted, ...]
    percents: tuple[int, ...]
    flat: bool
    needs: Needs
    single_only: bool
    birthdays: bool

    def gives(self, rank: int) -> Granted:
        """The benefits of a rank; none where this version has no such tier."""
        return self.granted[rank] if rank < len(self.granted) else self.granted[0]

    def basis(self, benefit: Benefit) -> Basis:
        """How the benefit's periods are counted (C13)."""
        return benefit.basis or self.programme.year_basis

    def valid_months(self, rank: int) -> int | None:
        """After how many months the tier has to be renewed; None for a lifetime (E38)."""
        tier = self.programme.tier(rank)
        return None if tier is None else number(tier.valid_months)


_PLANS: dict[int, Plan] = {}


def plan_of(programme: Programme) -> Plan:
    """The plan of a programme. The plan holds the programme, so its identity stays taken."""
    plan = _PLANS.get(id(programme))
    if plan is None or plan.programme is not programme:
        if len(_PLANS) > 256:  # programmes of tests and trials come and go
            _PLANS.clear()
        plan = _PLANS[id(programme)] = _plan(programme)
    return plan


def number(value: Whole | None) -> int | None:
    """The number, or None while it is 待定 or absent."""
    return None if value is None or value == PENDING else value


def purchase_points(tier: Tier) -> int | None:
    """The points that buy a tier; None where points do not (R102)."""
    prices = (number(way.purchase_points) for way in tier.reach)
    return min((price for price in prices if price is not None), default=None)


def effective(programme: Programme, rank: int) -> tuple[Benefit, ...]:
    """The benefits of a rank with what it inherits; the same quota of a lower tier gives way."""
    tier = programme.tier(rank)
    if tier is None:
        return ()
    if not tier.inherits:
        return tier.benefits
    own = {(b.kind, b.quota) for b in tier.benefits if b.quota}
    below = effective(programme, rank - 1)
    return (*(b for b in below if not b.quota or (b.kind, b.quota) not in own), *tier.benefits)


def _plan(programme: Programme) -> Plan:
    ways = tuple(_ways(tier.reach) for tier in programme.tiers)
    renewals = tuple(_ways(tier.renew or tier.reach) for tier in programme.tiers)
    opens = _ways(programme.points.opens)
    every = [way for each in (*ways, *renewals) for way in each]
    every += opens
    percents = tuple(_percent(tier) for tier in programme.tiers)
    rates = [rate for rate in programme.points.rates if number(rate.percent) is not None]
    timed = any(number(tier.valid_months) is not None for tier in programme.tiers)
    cutoffs = [way.seen_before for way in programme.enrol if way.seen_before]
    return Plan(
        programme=programme,
        ways=((), *ways),
        by_money=tuple(
            (rank, way)
            for rank in range(len(ways), 0, -1)
            for way in ways[rank - 1]
            if way.only_money
        ),
        renewals=((), *renewals),
        opens=opens,
        granted=(
            Granted((), (), frozenset()),
            *(_granted(programme, tier.rank) for tier in programme.tiers),
        ),
        percents=(100, *percents),
        flat=not rates and all(percent == 100 for percent in percents),
        needs=Needs(
            dated=timed or any(way.within_months for way in every),
            visits=any(way.visits is not None for way in every),
            drugs=any(way.drugs_fen is not None for way in every),
            cutoff=max(cutoffs, default=""),
        ),
        single_only=programme.single_basis == "receipt",
        birthdays=any(b.per == "birthday" for tier in programme.tiers for b in tier.benefits),
    )


def _percent(tier: Tier) -> int:
    percent = number(tier.points_percent)
    return 100 if percent is None else percent


def _granted(programme: Programme, rank: int) -> Granted:
    known = [b for b in effective(programme, rank) if number(b.quantity) is not None]
    once = tuple(b for b in known if b.per == "once")
    periodic = tuple(b for b in known if b.per != "once")
    return Granted(once, periodic, frozenset(b.key for b in known))


def _ways(reach: tuple[Reach, ...]) -> tuple[Way, ...]:
    return tuple(way for each in reach if (way := _way(each)) is not None)


def _way(reach: Reach) -> Way | None:
    """None for a way that receipts cannot fulfil or that is not filled in yet."""
    conditions = (
        reach.single_spend_yuan,
        reach.cumulative_spend_yuan,
        reach.visits,
        reach.drug_spend_yuan,
        reach.points,
        reach.health_grade,
    )
    by_hand = reach.fee or reach.approval or reach.purchase_points is not None
    if by_hand or PENDING in conditions or all(value is None for value in conditions):
        return None
    single, total, drugs = (
        None if (yuan := number(value)) is None else yuan * 100
        for value in (
            reach.single_spend_yuan,
            reach.cumulative_spend_yuan,
            reach.drug_spend_yuan,
        )
    )
    return Way(
        route="single" if single is not None else "cumulative",
        single_fen=single,
        total_fen=total,
        visits=number(reach.visits),
        drugs_fen=drugs,
        points=number(reach.points),
        grade=number(reach.health_grade),
        within_months=reach.within_months,
    )


def rate_of(
    plan: Plan, on: str, rank: int, lines: tuple[tuple[str, int], ...], payment: str
) -> tuple[int, int]:
    """The earning rate as a fraction of the usual one: tier held before, date, payment kind, and
    item classes by their share of the bill (R094, R074, E39)."""
    above, below = plan.percents[min(rank, len(plan.percents) - 1)], 100
    by_class: list[tuple[tuple[str, ...], int]] = []
    for rate in plan.programme.points.rates:
        percent = number(rate.percent)
        if percent is None or not _in_force(plan.programme, rate, on, payment):
            continue
        if rate.classes:
            by_class.append((rate.classes, percent))
        else:
            above, below = above * percent, below * 100
    total = sum(fen for _, fen in lines if fen > 0)
    if by_class and total:
        weighted = 0
        for name, fen in lines:
            for classes, percent in by_class:
                fen *= percent if name in classes else 100
            weighted += max(fen, 0)
        above, below = above * weighted, below * total * 100 ** len(by_class)
    return above, below


def _in_force(programme: Programme, rate: Rate, on: str, payment: str) -> bool:
    if rate.payments and payment not in rate.payments:
        return False
    if (rate.start and on < rate.start) or (rate.end and on > rate.end):
        return False
    return not rate.member_day or is_member_day(programme, on)


def is_member_day(programme: Programme, on: str) -> bool:
    """Whether `on` is one of the programme's member days (R074, R095)."""
    for day in programme.member_days:
        if day.monthly_day is not None:
            if int(on[8:]) == day.monthly_day:
                return True
        elif (day.start or day.end) and (day.start or "") <= on <= (day.end or "9999"):
            return True
    return False


def gift_bands(programme: Programme) -> list[int]:
    """The values in yuan of the gifts a programme gives or sells for points, ascending (R139)."""
    values = [b.value_yuan for tier in programme.tiers for b in tier.benefits if b.kind == "gift"]
    values += [item.value_yuan for item in programme.points.catalogue if item.kind == "gift"]
    return sorted({yuan for value in values if (yuan := number(value))})
