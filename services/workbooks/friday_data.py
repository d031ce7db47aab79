"""What stands in the Friday workbook: the rows of a period.

Rows are read by their sequence number, so a closed period reads the same next year. Names leave
here masked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import peewee
from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.desk import FollowupAttempt
from models.gifts import EntitlementGrant, Gift, GiftIssue, ServiceUse
from models.ledgers import PointsEntry, Standing, TierEvent
from models.people import Membership, Person
from models.programmes import Programme
from models.schemes import Redemption, RedemptionReturn
from models.system import Audit, Doctor, Staff
from services.clock import days_between
from services.desk.followups import outcome_title
from services.gifts.lists import collected_name, reason_name
from services.gifts.period import PeriodView
from services.i18n import tr
from services.people.privacy import mask_name
from services.programmes.registry import version
from services.workbooks.writer import Value

Row = tuple[Value, ...]


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
    tier = _TierNames(db)
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


def uses(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    """服务核销: services drawn and voided, in order."""
    receiver = Person.alias()
    query = (
        ServiceUse.select(
            ServiceUse.occurred_on,
            Person.number,
            Person.name,
            receiver.name,
            EntitlementGrant.name,
            ServiceUse.quantity,
            Doctor.name,
            ServiceUse.registration_waived,
            ServiceUse.state,
            ServiceUse.bill_number,
            ServiceUse.borne_by,
        )
        .join(Person, on=(Person.id == ServiceUse.person_id))
        .switch(ServiceUse)
        .join(receiver, on=(receiver.id == ServiceUse.beneficiary_id))
        .switch(ServiceUse)
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .switch(ServiceUse)
        .join(Doctor, JOIN.LEFT_OUTER, on=(Doctor.id == ServiceUse.doctor_id))
        .where(within(ServiceUse.seq, view))
        .order_by(ServiceUse.id)
    )
    borne = {"marketing": tr("市场"), "doctor": tr("医生"), "department": tr("科室")}
    for on, number, name, to, item, quantity, doctor, waived, state, bill, by in db.rows(query):
        yield (
            _day(on),
            number,
            _masked(name),
            _masked(to),
            item,
            quantity,
            doctor or "",
            tr("是") if waived else "",
            tr("作废") if state == "void" else tr("划价") if bill else tr("使用"),
            bill,
            borne[by],
        )


def unclaimed(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    """应领未领 at the cut-off: gifts, and services promised once (yearly quotas have a list of
    their own). The days are counted from the day due."""
    last = FollowupAttempt.alias()
    newest = (
        last.select(last.person_id, fn.MAX(last.id).alias("id"))
        .where(last.seq <= view.cutoff_seq)
        .group_by(last.person_id)
        .alias("newest")
    )
    query = (
        unclaimed_grants(
            view,
            Person.number,
            Person.name,
            EntitlementGrant.version_id,
            EntitlementGrant.rank,
            EntitlementGrant.name,
            EntitlementGrant.due_on,
            FollowupAttempt.occurred_on,
            FollowupAttempt.outcome,
        )
        .switch(EntitlementGrant)
        .join(newest, JOIN.LEFT_OUTER, on=(newest.c.person_id == EntitlementGrant.person_id))
        .join(FollowupAttempt, JOIN.LEFT_OUTER, on=(FollowupAttempt.id == newest.c.id))
        .order_by(EntitlementGrant.due_on, EntitlementGrant.id)
    )
    tier = _TierNames(db)
    for number, name, version_id, rank, item, due_on, called_on, outcome in db.rows(query):
        yield (
            number,
            _masked(name),
            tier(version_id, rank),
            item,
            _day(due_on),
            days_between(due_on, view.ended_on),
            f"{called_on} {outcome_title(outcome)}" if called_on else "",
        )


def unclaimed_grants(view: PeriodView, *columns: Any) -> Any:
    """The grants that were open at the cut-off, as a query of `columns`."""
    later_issues = _drawn_later(GiftIssue, view)
    later_uses = _drawn_later(ServiceUse, view)
    back = fn.COALESCE(later_issues.c.n, 0) + fn.COALESCE(later_uses.c.n, 0)
    once = (EntitlementGrant.kind == "gift") | EntitlementGrant.valid_to.is_null()
    return (
        EntitlementGrant.select(*columns)
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
        .switch(EntitlementGrant)
        .join(
            Standing,
            on=(
                (Standing.person_id == EntitlementGrant.person_id)
                & (Standing.programme_id == EntitlementGrant.programme_id)
                & (Standing.member == 1)
            ),
        )
        .switch(EntitlementGrant)
        .join(later_issues, JOIN.LEFT_OUTER, on=(later_issues.c.grant_id == EntitlementGrant.id))
        .switch(EntitlementGrant)
        .join(later_uses, JOIN.LEFT_OUTER, on=(later_uses.c.grant_id == EntitlementGrant.id))
        .where(
            (EntitlementGrant.state != "closed")
            & (EntitlementGrant.seq <= view.cutoff_seq)
            & (EntitlementGrant.quantity - EntitlementGrant.used + back > 0)
            & (EntitlementGrant.due_on <= view.ended_on)
            & (EntitlementGrant.valid_to.is_null() | (EntitlementGrant.valid_to >= view.ended_on))
            & once
            & (Person.state == "active")
        )
    )


def _drawn_later(table: type[peewee.Model], view: PeriodView) -> Any:
    """What was drawn from each grant after the cut-off: it was still unclaimed then."""
    drawn: Any = table.alias()
    return (
        drawn.select(drawn.grant_id, fn.SUM(drawn.quantity).alias("n"))
        .where(drawn.seq > view.cutoff_seq)
        .group_by(drawn.grant_id)
        .alias(f"later_{table._meta.table_name}")
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
    documents += db.rows(
        RedemptionReturn.select(
            RedemptionReturn.seq, Redemption.name, 0, fn.SUM(RedemptionReturn.points) * -1
        )
        .join(Redemption, on=(Redemption.id == RedemptionReturn.redemption_id))
        .where(within(RedemptionReturn.seq, view))
        .group_by(RedemptionReturn.seq, Redemption.name)
    )
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
    tier = _TierNames(db)
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


class _TierNames:
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
