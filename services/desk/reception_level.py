"""The level somebody is received at, and who lends it for one visit (R126–R128).

A visitor has their own tier's reception, or a higher one that is passed on: by the member who
brings them, by the owner of a service they come to use, or, on their first visit, by a member
with full escort who introduced them. Reception only: no price and no benefit passes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.database import ClinicDatabase
from models.people import Person
from models.query import Prepared, slot
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.first_visit import is_first_visit
from services.loyalty.standing import standing_of
from services.people.aliases import group_of, root_of
from services.programmes.definition import Reception, Tier
from services.programmes.registry import main_timeline
from services.vouchers.records import VoucherRow, status, voucher, vouchers_of

How = Literal["", "brought", "voucher", "introduced"]

_REFERRER = Prepared(lambda: Person.select(Person.referrer_id).where(Person.id == slot("id")))
_KNOWN = Prepared(lambda: Person.select(Person.id).where(Person.id == slot("id")))


@dataclass(frozen=True)
class Level:
    """The level a person is received at. `lender_id` is the member it is passed on by and `how`
    they do: brought, voucher, introduced; None and '' when it is the person's own."""

    rank: int
    tier: Tier | None
    lender_id: int | None = None
    how: How = ""

    @property
    def care(self) -> Reception:
        """What the tier promises at the door."""
        return self.tier.reception if self.tier is not None else Reception()


def reception_level(
    db: ClinicDatabase,
    today: str,
    person_id: int,
    brought_by: int | None = None,
    voucher_id: int | None = None,
) -> Level:
    """At which level a person is received today: their own, or the highest that is passed on to
    them (R126, R128).

    A voucher lends its owner's level also once it was used. Raises RuleError when the one who
    brings is the person or is not known, and for an unknown voucher.
    """
    programme = main_timeline(db).at(today).programme
    held = _held(db, person_id)
    best = Level(held, programme.tier(held))
    for lender, how in _lenders(db, today, person_id, brought_by, voucher_id):
        rank = _held(db, root_of(db, lender))
        tier = programme.tier(rank)
        full = tier is not None and tier.reception.escort == "full"
        if rank > best.rank and (how != "introduced" or full):
            best = Level(rank, tier, lender, how)
    return best


def _lenders(
    db: ClinicDatabase, today: str, person_id: int, brought_by: int | None, voucher_id: int | None
) -> list[tuple[int, How]]:
    found: list[tuple[int, How]] = []
    if brought_by is not None:
        if root_of(db, brought_by) == root_of(db, person_id) or not _KNOWN.row(db, id=brought_by):
            raise RuleError(tr("带来的会员须是另一位在册人员，请重新选择。"))
        found.append((brought_by, "brought"))
    if voucher_id is not None:
        row = voucher(db, voucher_id)
        if row.friend_id in group_of(db, root_of(db, person_id)):
            found.append((row.owner_id, "voucher"))
    known = _REFERRER.row(db, id=person_id)
    if known is not None and known[0] is not None and is_first_visit(db, person_id, today):
        found.append((int(known[0]), "introduced"))
    return found


def _held(db: ClinicDatabase, person_id: int) -> int:
    standing = standing_of(db, person_id, main_timeline(db).programme_id)
    return standing.rank if standing.member else 0


# -- vouchers of others ------------------------------------------------------------------------


def vouchers_for(db: ClinicDatabase, today: str, person_id: int) -> list[VoucherRow]:
    """Vouchers others passed on to a person and that can be used today, oldest first (R133)."""
    group = group_of(db, root_of(db, person_id))
    return [
        row
        for row in reversed(vouchers_of(db, person_id))
        if row.friend_id in group and status(db, row, today) == "pledged"
    ]


def check_passed_on(db: ClinicDatabase, today: str, person_id: int, voucher_id: int) -> None:
    """Refuse a voucher that was not passed on to the person or cannot be used today. Raises
    RuleError."""
    row = voucher(db, voucher_id)
    if row.id not in {each.id for each in vouchers_for(db, today, person_id)}:
        sentence = tr("卡 {number} 不是转赠给这位顾客的，或已不能使用。请重新选择。")
        raise RuleError(sentence.format(number=row.number))
