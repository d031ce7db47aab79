"""Benefits a tier gives by hand only: who may have one, how many are left, and giving it (R081)."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.schemes import Award
from services.clock import plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.awards import AwardGiven, given, insert_award
from services.loyalty.history import birthday_profile
from services.loyalty.own_timeline import own_timeline
from services.loyalty.receipt_checks import check_person
from services.loyalty.standing import StandingRow, standing_of
from services.people.aliases import group_of
from services.programmes.definition import Benefit
from services.programmes.periods import (
    Period,
    anniversary_period,
    birthday_period,
    calendar_period,
)
from services.programmes.plan import Plan, number, plan_of
from services.programmes.registry import Timeline, timelines


@dataclass(frozen=True)
class HandBenefit:
    """A benefit of the person's tier that is given by hand. `left` of `quantity` may still be
    given in the period that ends on `until` (None: once for good)."""

    programme_id: int
    programme: str
    key: str
    kind: str
    name: str
    unit: str
    quantity: int
    left: int
    until: str | None


def hand_benefits(db: ClinicDatabase, today: str, person_id: int) -> list[HandBenefit]:
    """What a member's tiers give by hand today."""
    return [
        found
        for timeline in timelines(db)
        for benefit, period in _benefits(db, today, person_id, timeline)
        for found in (_row(db, person_id, timeline, benefit, period),)
    ]


def _benefits(
    db: ClinicDatabase, today: str, person_id: int, timeline: Timeline
) -> list[tuple[Benefit, Period]]:
    standing = standing_of(db, person_id, timeline.programme_id)
    if not standing.member:
        return []
    kept = own_timeline(db, person_id, timeline)
    plan = plan_of(kept.at(today).programme)
    granted = plan.gives(standing.rank)
    found = []
    for benefit in (*granted.once, *granted.periodic):
        if benefit.given == "manual":
            period = _period(db, person_id, plan, benefit, standing, today)
            if period is not None:
                found.append((benefit, period))
    return found


def _period(
    db: ClinicDatabase,
    person_id: int,
    plan: Plan,
    benefit: Benefit,
    standing: StandingRow,
    today: str,
) -> Period | None:
    """The period that today is in; None outside a birthday."""
    since = standing.reached_on or today
    if benefit.per == "once":
        return Period("", "", None)
    if benefit.per == "term":
        return Period("", since, standing.paid_until or standing.tier_ends_on)
    if benefit.per == "birthday":
        return birthday_period(plan.programme.birthday, birthday_profile(db, person_id), today)
    if plan.basis(benefit) == "anniversary":
        return anniversary_period(benefit.per, today, min(since, today))
    return calendar_period(benefit.per, today)


def _row(
    db: ClinicDatabase, person_id: int, timeline: Timeline, benefit: Benefit, period: Period
) -> HandBenefit:
    quantity = number(benefit.quantity) or 0
    gave = _given_since(db, person_id, timeline.programme_id, benefit.key, period.start)
    return HandBenefit(
        timeline.programme_id,
        timeline.name,
        benefit.key,
        benefit.kind,
        benefit.name,
        benefit.unit,
        quantity,
        max(quantity - gave, 0),
        period.end,
    )


def _given_since(
    db: ClinicDatabase, person_id: int, programme_id: int, key: str, since: str
) -> int:
    void = Award.alias()
    query = (
        Award.select(fn.COALESCE(fn.SUM(Award.quantity), 0))
        .join(void, JOIN.LEFT_OUTER, on=(void.voids_id == Award.id))
        .where(
            Award.person_id.in_(group_of(db, person_id))
            & (Award.programme_id == programme_id)
            & (Award.benefit_key == key)
            & (Award.occurred_on >= since)
            & Award.voids_id.is_null()
            & void.id.is_null()
        )
    )
    return int(db.scalar(query))


@command("benefit.give", entity="award")
def give_benefit(
    tx: Tx, *, person_id: int, programme_id: int, key: str, quantity: int = 1, note: str = ""
) -> AwardGiven:
    """Give a benefit of the person's tier that is given by hand; it may be drawn from today on,
    to the end of its period (R081).

    Raises RuleError: not of this tier, not by hand, no more left in the period.
    """
    check_person(tx, person_id)
    for timeline in timelines(tx.db):
        if timeline.programme_id != programme_id:
            continue
        for benefit, period in _benefits(tx.db, tx.today, person_id, timeline):
            if benefit.key == key:
                return _give(tx, person_id, timeline, benefit, period, quantity, note)
    raise RuleError(tr("这位会员现在的等级没有这项可以手动发放的权益，请刷新后查看。"))


def _give(
    tx: Tx,
    person_id: int,
    timeline: Timeline,
    benefit: Benefit,
    period: Period,
    quantity: int,
    note: str,
) -> AwardGiven:
    row = _row(tx.db, person_id, timeline, benefit, period)
    if not 1 <= quantity <= row.left:
        sentence = tr("“{name}”本期还可发放 {left}{unit}，请改数量。")
        raise RuleError(sentence.format(name=row.name, left=row.left, unit=row.unit or tr("次")))
    until = period.end
    if benefit.valid_days is not None:
        last = plus_days(tx.today, benefit.valid_days - 1)
        until = last if until is None else min(until, last)
    award_id = insert_award(
        tx,
        timeline,
        person_id=person_id,
        kind=benefit.kind,
        name=benefit.name,
        reason=benefit.reason,
        quantity=quantity,
        value_fen=(number(benefit.value_yuan) or 0) * 100,
        benefit_key=benefit.key,
        valid_to=until,
        note=note.strip(),
    )
    return given(tx, award_id, person_id)
