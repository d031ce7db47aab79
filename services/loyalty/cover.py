"""What pays part of a receipt beside money: points and coupons (E6, E18, R033, R051).

It earns nothing. A refund gives points back pro rata; a void gives everything back.
"""

from __future__ import annotations

from typing import Protocol

from peewee import JOIN

from models.gifts import EntitlementGrant, ServiceUse
from models.query import Prepared, slot
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import draw as draw_grant
from services.loyalty.grants import give_back as put_back
from services.loyalty.grants import grant
from services.loyalty.money_off import (
    money_off_fen,
    paid_with_points,
    pay_with_points,
    return_with_refund,
)
from services.people.aliases import group_of
from services.programmes.active import active_timeline

_UNDO = ServiceUse.alias()
_COUPONS = Prepared(
    lambda: (
        ServiceUse.select(
            ServiceUse.id, ServiceUse.grant_id, ServiceUse.person_id, ServiceUse.beneficiary_id
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .switch(ServiceUse)
        .join(_UNDO, JOIN.LEFT_OUTER, on=(_UNDO.voids_id == ServiceUse.id))
        .where(
            (ServiceUse.bill_number == slot("number"))
            & (EntitlementGrant.form == "coupon")
            & (ServiceUse.state == "used")
            & _UNDO.id.is_null()
        )
    )
)


class Bill(Protocol):
    """What is asked of a stored receipt here."""

    @property
    def id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def covered_fen(self) -> int: ...


def worth(
    tx: Tx,
    person_id: int,
    points_used: int,
    coupon_ids: tuple[int, ...],
    programme_id: int | None,
) -> int:
    """What points and coupons pay, in fen, before anything is taken. Raises RuleError."""
    total = 0
    if points_used:
        programme = active_timeline(tx.db, programme_id).at(tx.today).programme
        fen = money_off_fen(programme, points_used)
        if fen <= 0:
            raise RuleError(tr("这个方案的积分不能抵现，或分数太少，抵不了一分钱。"))
        total += fen
    for coupon_id in coupon_ids:
        row = grant(tx.db, coupon_id)
        if row.form != "coupon" or row.person_id not in group_of(tx.db, person_id):
            raise RuleError(tr("这张券不是这位顾客的，请重新选择。"))
        total += row.value_fen
    return total


def draw(
    tx: Tx,
    person_id: int,
    receipt_id: int,
    number: str,
    points_used: int,
    coupon_ids: tuple[int, ...],
    programme_id: int | None,
) -> None:
    """Take the points and coupons that pay part of a receipt. Raises RuleError."""
    if points_used:
        pay_with_points(tx, person_id, receipt_id, points_used, programme_id)
    for coupon_id in coupon_ids:
        row = draw_grant(tx, coupon_id)
        tx.db.insert(
            ServiceUse,
            grant_id=coupon_id,
            person_id=row.person_id,
            beneficiary_id=person_id,
            quantity=1,
            state="used",
            bill_number=number,
            borne_by="marketing",
            occurred_on=tx.today,
            staff_id=tx.actor.id,
            seq=tx.seq,
        )


def give_back(tx: Tx, bill: Bill, *, received: int, left: int, reason: str) -> None:
    """Return what paid part of a receipt: points pro rata to the money given back, coupons when
    nothing of the receipt is left (E18). Amounts are fen received in all and left after this."""
    if not bill.covered_fen:
        return
    return_with_refund(tx, bill.id, received, left, reason)
    if left:
        return
    for use_id, grant_id, person_id, beneficiary_id in _COUPONS.rows(tx.db, number=bill.number):
        put_back(tx, grant_id)
        tx.db.insert(
            ServiceUse,
            grant_id=grant_id,
            person_id=person_id,
            beneficiary_id=beneficiary_id,
            quantity=-1,
            state="void",
            bill_number=bill.number,
            borne_by="marketing",
            voids_id=use_id,
            reason=reason,
            occurred_on=tx.today,
            staff_id=tx.actor.id,
            seq=tx.seq,
        )


def refuse_move(tx: Tx, bill: Bill) -> None:
    """Points and coupons belong to who spent them: such a receipt is voided and written anew
    (E14)."""
    if not bill.covered_fen:
        return
    if paid_with_points(tx.db, bill.id):
        raise RuleError(tr("这张单据用积分抵扣过，不能移单。请作废后重新开单。"))
    raise RuleError(tr("这张单据用券抵扣过，不能移单。请作废后重新开单。"))
