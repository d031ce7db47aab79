"""What points can buy one person now, and what they were spent on: for lists and for choosing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from peewee import JOIN, Value, fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant
from models.schemes import Redemption, RedemptionReturn
from models.system import Staff
from services.i18n import tr
from services.loyalty.ledger import usable_lots
from services.loyalty.own_timeline import own_timeline
from services.loyalty.standing import joined_on, standing_of
from services.people.aliases import group_of
from services.programmes.definition import Redeemable
from services.programmes.plan import number, purchase_points
from services.programmes.registry import Timeline, timelines


@dataclass(frozen=True)
class Offer:
    """Something points buy, and whether this person can afford it now. `most` pieces at most;
    `why_not` says what is missing, '' when it can be had."""

    key: str
    kind: str
    name: str
    unit: str
    points: int
    most: int
    value_fen: int
    why_not: str


@dataclass(frozen=True)
class PointsOff:
    """Points of a programme as money off a receipt (R033): how many there are, how many pay one
    yuan, and `why_not` when they cannot be used."""

    programme_id: int
    name: str
    available: int
    per_yuan: int
    why_not: str


@dataclass(frozen=True)
class RedemptionListRow:
    """A redemption for lists; `returned` points."""

    id: int
    occurred_on: str
    kind: str
    name: str
    quantity: int
    points: int
    returned: int
    grant_id: int | None
    used: int
    staff: str
    programme_id: int


def offers(db: ClinicDatabase, today: str, person_id: int, timeline: Timeline) -> tuple[Offer, ...]:
    """The catalogue for one person, what they can afford first, then by price (R040, F7)."""
    programme = own_timeline(db, person_id, timeline).at(today).programme
    if programme.points.mode != "spend":
        return ()
    standing = standing_of(db, person_id, timeline.programme_id)
    closed = _closed(db, person_id, timeline)
    have = spendable(db, today, person_id, timeline)
    found = [
        _offer(item, number(item.points), have, closed)
        for item in programme.points.catalogue
        if number(item.points) is not None
    ]
    for tier in programme.tiers:
        price = purchase_points(tier)
        if price is not None and tier.rank > standing.rank:
            item = Redeemable(f"tier.{tier.rank}", "service", tier.name, price, unit="")
            offer = _offer(item, price, have, closed)
            found.append(replace(offer, kind="tier", most=min(offer.most, 1)))
    return tuple(sorted(found, key=lambda offer: (bool(offer.why_not), offer.points)))


def spending(db: ClinicDatabase, today: str) -> tuple[Timeline, ...]:
    """The active programmes whose points are spent, the main one first (C2)."""
    return tuple(t for t in timelines(db) if t.at(today).programme.points.mode == "spend")


def points_off(db: ClinicDatabase, today: str, person_id: int) -> tuple[PointsOff, ...]:
    """The programmes whose points pay a part of a receipt, for one person (R033, R102)."""
    found = []
    for timeline in spending(db, today):
        programme = own_timeline(db, person_id, timeline).at(today).programme
        per_yuan = number(programme.points.per_yuan_off)
        if per_yuan:
            have = spendable(db, today, person_id, timeline)
            closed = _closed(db, person_id, timeline) or ("" if have else tr("没有可用积分"))
            found.append(PointsOff(timeline.programme_id, programme.name, have, per_yuan, closed))
    return tuple(found)


def _closed(db: ClinicDatabase, person_id: int, timeline: Timeline) -> str:
    """Why a person may not spend points of a programme at all; '' when they may (R165)."""
    if joined_on(db, person_id, timeline.programme_id) is None:
        return tr("还不是会员")
    if not standing_of(db, person_id, timeline.programme_id).redeemable:
        return tr("还没到兑换点")
    return ""


def _offer(item: Redeemable, price: int | None, have: int, closed: str) -> Offer:
    points = price or 0
    lacking = closed
    if not lacking and have < points:
        lacking = tr("还差 {n} 分").format(n=f"{points - have:,}")
    most = 0 if lacking else have // points if points else 0
    value = (number(item.value_yuan) or 0) * 100
    return Offer(item.key, item.kind, item.name, item.unit, points, most, value, lacking)


def spendable(db: ClinicDatabase, today: str, person_id: int, timeline: Timeline) -> int:
    """Points that may be spent today: lots past their last day do not count (E22)."""
    lots = usable_lots(db, today, person_id, timeline.programme_id)
    return sum(lot.remaining for lot in lots)


def redemptions_of(db: ClinicDatabase, person_id: int) -> list[RedemptionListRow]:
    """What a person spent points on, newest first."""
    back = fn.COALESCE(fn.SUM(RedemptionReturn.points), 0)
    found: list[RedemptionListRow] = []
    for each in group_of(db, person_id):
        rows = db.rows(
            Redemption.select(
                Redemption.id,
                Redemption.occurred_on,
                Redemption.kind,
                Redemption.name,
                Redemption.quantity,
                Redemption.points,
                back,
                EntitlementGrant.id,
                fn.COALESCE(EntitlementGrant.used, 0),
                Staff.name,
                Redemption.programme_id,
            )
            .join(Staff, on=(Staff.id == Redemption.staff_id))
            .switch(Redemption)
            .join(
                RedemptionReturn,
                JOIN.LEFT_OUTER,
                on=(RedemptionReturn.redemption_id == Redemption.id),
            )
            .switch(Redemption)
            .join(
                EntitlementGrant,
                JOIN.LEFT_OUTER,
                on=(
                    (EntitlementGrant.person_id == Redemption.person_id)
                    & (EntitlementGrant.programme_id == Redemption.programme_id)
                    & (EntitlementGrant.grant_key == Value("redeem.").concat(Redemption.id))
                ),
            )
            .where(Redemption.person_id == each)
            .group_by(Redemption.id)
        )
        found += [RedemptionListRow(*row) for row in rows]
    return sorted(found, key=lambda row: -row.id)
