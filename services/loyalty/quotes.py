"""What a bill, or a class of items, costs a person of this clinic on a day (R018, R071, E11).

Reads what `services.programmes.pricing` asks: the memberships of that day with the rank held
before the bill (E39), the patient's birthday, whether it is the first visit, and what was waived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from peewee import JOIN, Expression

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, ServiceUse
from models.people import Membership
from models.query import Prepared, slot
from services.clock import days_between
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.first_visit import is_first_visit
from services.loyalty.grants import grants_of
from services.loyalty.history import birthday_profile
from services.loyalty.standing import joined_on, rebuild
from services.people.aliases import group_of, root_of
from services.programmes.events import Evaluation
from services.programmes.items import ITEM_CLASSES, item_class
from services.programmes.offers import Facts, Waived
from services.programmes.pricing import (
    BillLine,
    PriceRules,
    Quote,
    price,
    price_of,
    share_words,
)
from services.programmes.registry import Timeline, timelines

_MEMBER = Prepared(
    lambda: Membership.select(Membership.joined_on).where(
        (Membership.person_id == slot("person_id"))
        & (Membership.programme_id == slot("programme_id"))
        & (Membership.joined_on <= slot("day"))
        & ((Membership.state == "active") | (Membership.ended_on > slot("day")))
    )
)
_UNDO = ServiceUse.alias()


def _waivers(whose: Expression) -> Prepared:
    """Uses of a day that waive something: 免挂号费 for a new guest, or a waiver of one's own."""
    return Prepared(
        lambda: (
            ServiceUse.select(
                EntitlementGrant.name, EntitlementGrant.form, ServiceUse.registration_waived
            )
            .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
            .switch(ServiceUse)
            .join(_UNDO, JOIN.LEFT_OUTER, on=(_UNDO.voids_id == ServiceUse.id))
            .where(
                whose
                & (ServiceUse.occurred_on == slot("day"))
                & (ServiceUse.state == "used")
                & _UNDO.id.is_null()
                & ((ServiceUse.registration_waived == 1) | (EntitlementGrant.form == "waiver"))
            )
            .order_by(ServiceUse.id)
        )
    )


# the owner's own uses and those given to somebody are found by different indexes
_WAIVERS = (
    _waivers(
        (ServiceUse.person_id == slot("person_id"))
        & (ServiceUse.beneficiary_id == ServiceUse.person_id)
    ),
    _waivers(
        (ServiceUse.beneficiary_id == slot("person_id"))
        & (ServiceUse.beneficiary_id != ServiceUse.person_id)
    ),
)


@dataclass(frozen=True)
class PriceRow:
    """What a class costs a person today: '7 折(付原价的 70%)', why, and the prices not taken."""

    item_class: str
    price: str
    why: str
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Coupon:
    """A coupon that may pay part of a receipt today: its worth in fen, and how many are left."""

    grant_id: int
    programme_id: int
    name: str
    value_fen: int
    left: int
    valid_to: str | None


def quote_receipt(
    db: ClinicDatabase,
    today: str,
    *,
    person_id: int,
    lines: Sequence[BillLine],
    patient_id: int | None = None,
    occurred_on: str | None = None,
) -> Quote:
    """What a bill comes to before it is posted, in fen (R018, R104–R106, E11).

    The memberships are those of `person_id`, whom the receipt is credited to; birthday, first
    visit and waivers are the patient's (default the same person, E9). A backdated bill is priced
    as of its day (E12). Raises RuleError for a negative amount.
    """
    if any(line.list_fen < 0 for line in lines):
        raise RuleError(tr("项目金额不能是负数，请核对后重填。"))
    on = occurred_on or today
    rules = _memberships(db, today, person_id, on)
    return price(rules, lines, _facts(db, patient_id or person_id, on))


def member_prices(db: ClinicDatabase, today: str, person_id: int) -> tuple[PriceRow, ...]:
    """The price list of one person for today, class by class (R071, R110)."""
    rules = _memberships(db, today, person_id, today)
    facts = _facts(db, person_id, today)
    found = ((name, price_of(rules, name, facts)) for name in ITEM_CLASSES)
    return tuple(
        PriceRow(name, share_words(each.share), each.why, each.unused) for name, each in found
    )


def coupons_of(db: ClinicDatabase, today: str, person_id: int) -> tuple[Coupon, ...]:
    """Coupons a person may pay with today, those that end first in front (R032, R051, E6).

    A coupon without a value pays nothing and is left out. What a tier brought is for members
    only; what was redeemed or awarded stays with whoever got it.
    """
    found = [
        Coupon(row.id, row.programme_id, row.name, row.value_fen, row.left, row.valid_to)
        for row in grants_of(db, person_id)
        if row.form == "coupon"
        and row.value_fen > 0
        and row.left > 0
        and row.due_on <= today
        and row.valid_on(today)
        and (row.rank == 0 or joined_on(db, person_id, row.programme_id) is not None)
    ]
    return tuple(sorted(found, key=lambda each: (each.valid_to or "9999", each.grant_id)))


def _memberships(db: ClinicDatabase, today: str, person_id: int, on: str) -> list[PriceRules]:
    """The active programmes in which the person was a member on a day, with the rank held then.

    A membership that ended gives no price from the day of its end on, nor does a term that ran
    out, whether or not the catch-up of the day has been through (E61).
    """
    root = root_of(db, person_id)
    found = []
    for timeline in timelines(db):
        joined = _member_since(db, root, timeline, on)
        if joined is not None:
            programme = timeline.for_member(joined).at(on).programme
            rank = _rank_on(rebuild(db, timeline, root, today), on)
            found.append(PriceRules(programme, rank))
    return found


def _member_since(db: ClinicDatabase, person_id: int, timeline: Timeline, on: str) -> str | None:
    days = [
        str(row[0])
        for each in group_of(db, person_id)
        for row in _MEMBER.rows(db, person_id=each, programme_id=timeline.programme_id, day=on)
    ]
    return min(days, default=None)


def _rank_on(found: Evaluation, day: str) -> int:
    """The rank held on a day, by the last step up to it."""
    return next((step.to_rank for step in reversed(found.steps) if step.on <= day), 0)


def _facts(db: ClinicDatabase, patient_id: int, on: str) -> Facts:
    patient = root_of(db, patient_id)
    return Facts(
        on,
        _nearest_birthday(db, patient, on),
        is_first_visit(db, patient, on),
        tuple(_waived(db, patient, on)),
    )


def _nearest_birthday(db: ClinicDatabase, person_id: int, on: str) -> str | None:
    """The birthday nearest to a day, lunar ones by their solar date (E53); around New Year that
    may be one of another year."""
    profile = birthday_profile(db, person_id)
    year = int(on[:4])
    days = [profile.birthday_in(each) for each in (year - 1, year, year + 1)]
    known = (day for day in days if day is not None)
    return min(known, key=lambda day: abs(days_between(day, on)), default=None)


def _waived(db: ClinicDatabase, person_id: int, on: str) -> Iterator[Waived]:
    for each in group_of(db, person_id):
        for query in _WAIVERS:
            for name, form, registration in query.rows(db, person_id=each, day=on):
                if registration:
                    yield Waived("挂号", tr("使用转赠的“{name}”，新客免挂号费").format(name=name))
                if form == "waiver" and item_class(name):
                    yield Waived(item_class(name), tr("已用“{name}”").format(name=name))
