"""What points can buy one person now, and what they were spent on: for lists and for choosing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from peewee import JOIN, Value, fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant
from models.schemes import Redemption, RedemptionReturn
from models.system import Staff
from services.i18n import tr
from services.loyalty.ledger import open_lots
from services.loyalty.redemption import tier_price
from services.loyalty.standing import joined_on, standing_of
from services.people.aliases import group_of
from services.programmes.definition import Redeemable
from services.programmes.plan import number
from services.programmes.registry import Timeline


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


def offers(db: ClinicDatabase, today: str, person_id: int, timeline: Timeline) -> tuple[Offer, ...]:
    """The catalogue for one person, what they can afford first, then by price (R040, F7)."""
    programme = timeline.at(today).programme
    if programme.points.mode != "spend":
        return ()
    standing = standing_of(db, person_id, timeline.programme_id)
    closed = ""
    if joined_on(db, person_id, timeline.programme_id) is None:
        closed = tr("还不是会员")
    elif not standing.redeemable:
        closed = tr("还没到兑换点")
    have = spendable(db, today, person_id, timeline)
    found = [
        _offer(item, number(item.points), have, closed)
        for item in programme.points.catalogue
        if number(item.points) is not None
    ]
    for tier in programme.tiers:
        price = tier_price(programme, tier.rank)
        if price is not None and tier.rank > standing.rank:
            item = Redeemable(f"tier.{tier.rank}", "service", tier.name, price, unit="")
            offer = _offer(item, price, have, closed)
            found.append(replace(offer, kind="tier", most=min(offer.most, 1)))
    return tuple(sorted(found, key=lambda offer: (bool(offer.why_not), offer.points)))


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
    lots = open_lots(db, group_of(db, person_id), timeline.programme_id)
    return sum(lot.remaining for lot in lots if lot.expires_on is None or lot.expires_on >= today)


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
