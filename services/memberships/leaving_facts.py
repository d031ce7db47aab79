"""What the clinic's books say about somebody who wants to leave a paid membership (E59)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, Gift, GiftIssue, ServiceUse
from models.ledgers import Receipt
from models.schemes import FeePayment
from services.memberships.feebook import PaidFee
from services.memberships.records import ActiveMembership, fee_book, member_timeline
from services.memberships.worksheet import Fault, FeeFacts, GiftItem, LeavingFacts, UsedItem
from services.people.aliases import group_of, root_of
from services.programmes.definition import Programme
from services.programmes.items import item_class
from services.programmes.plan import number


def leaving_facts(
    db: ClinicDatabase,
    membership: ActiveMembership,
    *,
    applied_on: str,
    leaves_on: str,
    fault: Fault,
) -> LeavingFacts:
    """The facts of leaving on `leaves_on`: the fees that run then, and what was had of each.

    What was agreed is what was in force when the fee that runs first was paid.
    """
    person_id = root_of(db, membership.person_id)
    timeline = member_timeline(db, person_id, membership.programme_id)
    running = fee_book(db, person_id, timeline).running(leaves_on)
    contract = timeline.at(running[0].paid_on if running else applied_on).programme
    reader = _Reader(db, group_of(db, person_id), membership.programme_id, running)
    tiers = [timeline.at(fee.paid_on).programme.tier(fee.rank) for fee in running]
    counts_none = bool(tiers) and all(tier is not None and tier.unlimited for tier in tiers)
    unlimited = contract.kind == "visit" or counts_none
    return LeavingFacts(
        applied_on=applied_on,
        leaves_on=leaves_on,
        fault=fault,
        by_time=unlimited or contract.kind in ("fee_term", "mixed"),
        unlimited=unlimited,
        refund_percent=number(contract.leaving.refund_percent),
        notice_months=contract.leaving.notice_months,
        cooling_days=contract.leaving.cooling_days,
        fees=tuple(reader.facts(fee, timeline.at(fee.paid_on).programme) for fee in running),
        refunded_fen=_refunded(db, membership.id),
    )


_Drawn = tuple[str, int, str, int, int]
"""Day, rank of the tier that brought it, name, fen each, how many."""


class _Reader:
    """What was drawn, handed out and let off since the first running fee began.

    Something belongs to the highest fee that covered its day; a service or gift only when it was
    that fee's tier that brought it.
    """

    def __init__(
        self, db: ClinicDatabase, group: tuple[int, ...], programme_id: int, fees: list[PaidFee]
    ) -> None:
        self._db = db
        self._group = group
        self._programme_id = programme_id
        self._fees = fees
        since = min((fee.start for fee in fees), default="9999")
        self._uses = list(self._drawn_services(since))
        self._issues = list(self._drawn_gifts(since))
        self._discounts = self._let_off(since)

    def facts(self, fee: PaidFee, programme: Programme) -> FeeFacts:
        """One fee and what was had of it."""
        used, gifts = self._had(fee, self._uses), self._had(fee, self._issues)
        return FeeFacts(
            fee_id=fee.fee_id,
            tier_name=programme.tier_name(fee.rank),
            paid_on=fee.paid_on,
            value_fen=fee.value_fen,
            starts_on=fee.start,
            ends_on=fee.end,
            used=tuple(
                UsedItem(name, n, fen, member_percent(programme, fee.rank, name))
                for (name, fen), n in sorted(used.items())
            ),
            gifts=tuple(GiftItem(name, n, fen) for (name, fen), n in sorted(gifts.items())),
            discounts_fen=sum(fen for day, fen in self._discounts if self._owner(day) is fee),
        )

    def _had(self, fee: PaidFee, drawn: list[_Drawn]) -> Counter[tuple[str, int]]:
        """(name, fen each) → how many of what this fee's tier brought."""
        found: Counter[tuple[str, int]] = Counter()
        for day, rank, name, fen, quantity in drawn:
            if rank == fee.rank and self._owner(day) is fee:
                found[name, fen] += quantity
        return found

    def _owner(self, day: str) -> PaidFee | None:
        inside = [fee for fee in self._fees if fee.covers(day)]
        return max(inside, key=lambda fee: fee.rank, default=None)

    def _drawn_services(self, since: str) -> Iterator[_Drawn]:
        """Services at list prices, of uses that were not taken back."""
        rows = self._db.rows(
            ServiceUse.select(
                ServiceUse.id,
                ServiceUse.voids_id,
                ServiceUse.occurred_on,
                EntitlementGrant.rank,
                EntitlementGrant.name,
                EntitlementGrant.value_fen,
                ServiceUse.quantity,
            )
            .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
            .where(
                ServiceUse.person_id.in_(self._group)
                & (EntitlementGrant.programme_id == self._programme_id)
                & (ServiceUse.occurred_on >= since)
            )
            .order_by(ServiceUse.id)
        )
        taken_back = {row[1] for row in rows}
        return (row[2:] for row in rows if row[1] is None and row[0] not in taken_back)

    def _drawn_gifts(self, since: str) -> Iterator[_Drawn]:
        """Gifts at cost that did not come back."""
        rows = self._db.rows(
            GiftIssue.select(
                GiftIssue.id,
                GiftIssue.returns_id,
                GiftIssue.occurred_on,
                EntitlementGrant.rank,
                Gift.name,
                Gift.cost_fen,
                GiftIssue.quantity,
            )
            .join(EntitlementGrant, on=(EntitlementGrant.id == GiftIssue.grant_id))
            .join(Gift, on=(Gift.id == GiftIssue.gift_id))
            .where(
                GiftIssue.person_id.in_(self._group)
                & (EntitlementGrant.programme_id == self._programme_id)
                & (GiftIssue.occurred_on >= since)
            )
            .order_by(GiftIssue.id)
        )
        came_back = {row[1] for row in rows}
        return (row[2:] for row in rows if row[1] is None and row[0] not in came_back)

    def _let_off(self, since: str) -> list[tuple[str, int]]:
        """(day, fen) of the discounts on receipts that stand."""
        query = Receipt.select(Receipt.occurred_on, Receipt.discount_fen).where(
            Receipt.credited_id.in_(self._group)
            & (Receipt.void == 0)
            & (Receipt.discount_fen > 0)
            & (Receipt.occurred_on >= since)
        )
        return [(day, fen) for day, fen in self._db.rows(query)]


def member_percent(programme: Programme, rank: int, name: str) -> int:
    """The percent of the list price that a tier always pays for a service of that name."""
    tier = programme.tier(rank)
    if tier is None:
        return 100
    own = [
        percent
        for discount in tier.discounts
        if discount.window == "always"
        and (percent := number(discount.pay_percent)) is not None
        and (not discount.classes or item_class(name) in discount.classes)
    ]
    if own:
        return min(own)
    return member_percent(programme, rank - 1, name) if tier.inherits else 100


def _refunded(db: ClinicDatabase, membership_id: int) -> int:
    """What was given back on a membership before, as a positive sum."""
    query = FeePayment.select(fn.COALESCE(fn.SUM(FeePayment.amount_fen), 0)).where(
        (FeePayment.membership_id == membership_id) & (FeePayment.kind == "refund")
    )
    return -int(db.scalar(query))
