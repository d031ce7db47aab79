"""What stands in the Friday workbook: the rows of a period.

Rows are read by their sequence number, so a closed period reads the same next year. Names leave
here masked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, Gift, GiftIssue
from models.ledgers import PointsEntry, TierEvent
from models.people import Membership, Person
from models.programmes import Programme
from models.schemes import Redemption, RedemptionReturn
from models.system import Audit, Staff
from services.gifts.lists import collected_name, reason_name
from services.gifts.period import PeriodView
from services.i18n import tr
from services.people.privacy import mask_name
from services.programmes.registry import version
from services.workbooks.writer import Value

Row = tuple[Value, ...]
STILL_OPEN = ("claim", "pledge", "recall", "unuse")  # a voucher after one of these steps


@lru_cache(maxsize=4096)
def _moment(at_utc: str) -> datetime:
    # as clock.local_text, without the detour over text: 50,000 rows ask
    instant = datetime.fromisoformat(at_utc).astimezone()
    return instant.replace(second=0, tzinfo=None)


@lru_cache(maxsize=1024)
def _day(day: str) -> date:
    return date.fromisoformat(day)


def _masked(name: str | None) -> str:
    return mask_name(name) if name else ""


def within(column: Any, view: PeriodView) -> Any:
    """The condition that a row with this sequence number belongs to the period."""
    return (column > view.from_seq) & (column <= view.cutoff_seq)


# -- the sheets ------------------------------------------------------------------------------


def issues(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    """发放明细: gifts handed out and taken back, in order."""
    receiver = Person.alias()
    ranks = _ranks_of_issues(db, view)
    query = (
        GiftIssue.select(
            Audit.at_utc,
            Person.number,
            Person.name,
            EntitlementGrant.version_id,
            EntitlementGrant.rank,
            GiftIssue.reason,
            Gift.name,
            GiftIssue.quantity,
            GiftIssue.points,
            receiver.name,
            GiftIssue.collected,
            Staff.name,
            GiftIssue.person_id,
        )
        .join(Person, on=(Person.id == GiftIssue.person_id))
        .switch(GiftIssue)
        .join(Gift, on=(Gift.id == GiftIssue.gift_id))
        .switch(GiftIssue)
        .join(Staff, on=(Staff.id == GiftIssue.staff_id))
        .switch(GiftIssue)
        .join(Audit, on=(Audit.seq == GiftIssue.seq))
        .switch(GiftIssue)
        .join(EntitlementGrant, JOIN.LEFT_OUTER, on=(EntitlementGrant.id == GiftIssue.grant_id))
        .switch(GiftIssue)
        .join(receiver, JOIN.LEFT_OUTER, on=(receiver.id == GiftIssue.beneficiary_id))
        .where(within(GiftIssue.seq, view))
        .order_by(GiftIssue.id)
    )
    tier = TierNames(db)
    for row in db.rows(query):
        at, number, name, version_id, rank, reason, gift, quantity, points = row[:9]
        beneficiary, collected, staff, person_id = row[9:]
        if version_id is None:
            version_id, rank = ranks.get(person_id, (None, 0))
        basis = reason_name(reason)
        yield (
            _moment(at),
            number,
            _masked(name),
            tier(version_id, rank),
            basis if quantity > 0 else tr("{basis}(退回)").format(basis=basis),
            gift,
            quantity,
            points,
            _masked(beneficiary),
            collected_name(collected),
            staff,
        )


def spent(view: PeriodView) -> Any:
    """Condition: a ledger entry of the period that spent points or gave spent ones back."""
    returned = RedemptionReturn.select(RedemptionReturn.seq)
    return within(PointsEntry.seq, view) & (
        (PointsEntry.kind == "redeem")
        | (PointsEntry.kind.in_(("return", "grace")) & PointsEntry.seq.in_(returned))
    )


def points(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    """积分对照: per item the points on the redemption documents and those on the ledger, joined by
    the number of the command that wrote both. The difference is a formula of the sheet."""
    documents = db.rows(
        Redemption.select(
            Redemption.seq, Redemption.name, fn.COUNT(Redemption.id), fn.SUM(Redemption.points)
        )
        .where(within(Redemption.seq, view))
        .group_by(Redemption.seq, Redemption.name)
    )
    returned = db.rows(
        RedemptionReturn.select(
            RedemptionReturn.seq, Redemption.name, fn.SUM(RedemptionReturn.points)
        )
        .join(Redemption, on=(Redemption.id == RedemptionReturn.redemption_id))
        .where(within(RedemptionReturn.seq, view))
        .group_by(RedemptionReturn.seq, Redemption.name)
    )
    documents += [(seq, item, 0, -given_back) for seq, item, given_back in returned]
    ledger: dict[int, int] = dict(
        db.rows(
            PointsEntry.select(PointsEntry.seq, fn.SUM(PointsEntry.points))
            .where(spent(view))
            .group_by(PointsEntry.seq)
        )
    )
    found: dict[str, list[int]] = {}
    for seq, item, count, on_document in documents:
        row = found.setdefault(item, [0, 0, 0])
        row[0] += count
        row[1] += on_document
        row[2] -= ledger.pop(seq, 0)
    if ledger:
        found[tr("(没有兑换单据的扣分)")] = [0, 0, -sum(ledger.values())]
    for item, (count, on_document, on_ledger) in sorted(found.items()):
        yield item, count, on_document, on_ledger


def joined(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    """新增会员: who joined in the period, with the tier held at the cut-off."""
    ranks: dict[tuple[int, int], tuple[int, int]] = {}
    for person_id, programme_id, version_id, rank in db.rows(
        TierEvent.select(
            TierEvent.person_id, TierEvent.programme_id, TierEvent.version_id, TierEvent.to_rank
        )
        .join(
            Membership,
            on=(
                (Membership.person_id == TierEvent.person_id)
                & (Membership.programme_id == TierEvent.programme_id)
            ),
        )
        .where(within(Membership.seq, view) & (TierEvent.seq <= view.cutoff_seq))
        .order_by(TierEvent.id)
    ):
        ranks[person_id, programme_id] = (version_id, rank)
    query = (
        Membership.select(
            Membership.person_id,
            Membership.programme_id,
            Person.number,
            Person.name,
            Membership.joined_on,
            Programme.name,
            Membership.basis,
            Staff.name,
        )
        .join(Person, on=(Person.id == Membership.person_id))
        .switch(Membership)
        .join(Programme, on=(Programme.id == Membership.programme_id))
        .switch(Membership)
        .join(Staff, on=(Staff.id == Membership.staff_id))
        .where(within(Membership.seq, view))
        .order_by(Membership.id)
    )
    tier = TierNames(db)
    for person_id, programme_id, number, name, on, programme, basis, staff in db.rows(query):
        version_id, rank = ranks.get((person_id, programme_id), (None, 0))
        yield (
            number,
            _masked(name),
            _day(on),
            programme,
            tier(version_id, rank),
            basis_name(basis),
            staff,
            None,
        )


def _ranks_of_issues(db: ClinicDatabase, view: PeriodView) -> dict[int, tuple[int | None, int]]:
    """The tier at the cut-off of people who got a gift without a grant."""
    rows = db.rows(
        TierEvent.select(TierEvent.person_id, TierEvent.version_id, TierEvent.to_rank)
        .join(GiftIssue, on=(GiftIssue.person_id == TierEvent.person_id))
        .where(
            within(GiftIssue.seq, view)
            & GiftIssue.grant_id.is_null()
            & (TierEvent.seq <= view.cutoff_seq)
        )
        .order_by(TierEvent.id)
    )
    return {person_id: (version_id, rank) for person_id, version_id, rank in rows}


class TierNames:
    """Tier names by programme version and rank, each looked up once."""

    def __init__(self, db: ClinicDatabase) -> None:
        self._db = db
        self._known: dict[tuple[int | None, int], str] = {}

    def __call__(self, version_id: int | None, rank: int) -> str:
        key = (version_id, rank)
        if key not in self._known:
            name = "" if version_id is None else version(self._db, version_id).tier_name(rank)
            self._known[key] = name
        return self._known[key]


# -- names -----------------------------------------------------------------------------------


def basis_name(basis: str) -> str:
    """入会依据 as the clinic calls it."""
    return {
        "single": tr("单笔"),
        "cumulative": tr("累计"),
        "paid": tr("缴费"),
        "manual": tr("批准"),
        "opening": tr("期初"),
        "any_visit": tr("到诊"),
    }[basis]
