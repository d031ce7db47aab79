"""Referrals: a member brings somebody new, and both are thanked after the first payment (E55, E56).

One level only: nobody is thanked for whom a newcomer brings. The states are in
`referral_states`, the rewards in `referral_rewards`, who may refer whom in `referral_checks`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.database import ClinicDatabase
from models.ledgers import Receipt
from models.query import Prepared, slot
from models.schemes import Referral
from services.changes import Changes, Kind
from services.clock import days_between, plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.first_visit import is_first_visit
from services.people.aliases import group_of, root_of
from services.people.referral_checks import check_locked, check_referrer, is_new
from services.people.referral_rewards import reverse
from services.people.referral_states import (
    CLEARED,
    COLUMNS,
    PAID,
    RECORDED,
    REFUSED,
    REVERSED,
    REWARDED,
    TRANSITIONS,
    ReferralHead,
    change,
    terms_on,
)

_ONE = Prepared(lambda: Referral.select(*COLUMNS).where(Referral.id == slot("id")))
_OF_NEWCOMER = Prepared(
    lambda: Referral.select(*COLUMNS).where(Referral.newcomer_id == slot("newcomer_id")),
    steady=(Referral,),
)
_OF_RECEIPT = Prepared(
    lambda: Referral.select(*COLUMNS).where(
        (Referral.receipt_id == slot("receipt_id")) & Referral.state.in_((PAID, REWARDED))
    ),
    steady=(Referral,),
)
_RECEIPT = Prepared(
    lambda: Receipt.select(
        Receipt.net_fen, Receipt.patient_id, Receipt.credited_id, Receipt.earns
    ).where(Receipt.id == slot("id"))
)


@dataclass(frozen=True)
class ReferralChanged:
    """A referral was refused by hand."""

    referral_id: int
    changes: Changes


# -- recording -------------------------------------------------------------------------------


def record_referral(tx: Tx, newcomer_id: int, referrer_id: int | None) -> None:
    """Keep who brought a person, or that nobody did after all; the record itself is written.

    Somebody who is not new is kept as refused (E56). Raises RuleError and Confirmable, see
    `referral_checks.check_referrer`, and RuleError once the newcomer has paid.
    """
    found = _OF_NEWCOMER.row(tx.db, newcomer_id=newcomer_id)
    row = None if found is None else ReferralHead(*found)
    check_locked(tx, newcomer_id)
    if referrer_id is None:
        if row is not None and row.state == RECORDED:
            change(tx, row, REFUSED, reason=CLEARED)
        return
    check_referrer(tx, newcomer_id, referrer_id)
    referrer_id = root_of(tx.db, referrer_id)
    new = is_new(tx.db, newcomer_id, tx.today)
    if row is None:
        tx.db.insert(
            Referral,
            referrer_id=referrer_id,
            newcomer_id=newcomer_id,
            state=RECORDED if new else REFUSED,
            recorded_on=tx.today,
            closed_on=None if new else tx.today,
            reason="" if new else tr("以前来过，不算新顾客"),
            seq=tx.seq,
        )
    elif row.state == RECORDED:
        update = Referral.update(referrer_id=referrer_id, seq=tx.seq)
        tx.db.write(update.where(Referral.id == row.id))
    elif new and row.state == REFUSED and _reason(tx.db, row.id) == CLEARED:
        change(
            tx, row, RECORDED, referrer_id=referrer_id, recorded_on=tx.today,
            closed_on=None, reason="",
        )  # fmt: skip


def _reason(db: ClinicDatabase, referral_id: int) -> str:
    return str(db.scalar(Referral.select(Referral.reason).where(Referral.id == referral_id)))


@command("referral.refuse", entity="referral")
def refuse_referral(tx: Tx, *, referral_id: int, reason: str) -> ReferralChanged:
    """Decide that a referral is not rewarded. Raises RuleError: no reason, rewarded or closed."""
    if not reason.strip():
        raise RuleError(tr("请填写不奖励的原因。"))
    found = _ONE.row(tx.db, id=referral_id)
    if found is None or (found[3], REFUSED) not in TRANSITIONS:
        raise RuleError(tr("这条推荐已奖励或已结束，不能再改为不奖励。"))
    change(tx, ReferralHead(*found), REFUSED, reason=reason.strip())
    tx.about(referral_id)
    return ReferralChanged(referral_id, Changes((Kind.PERSON,)))


# -- money -----------------------------------------------------------------------------------


def referral_after_money(tx: Tx, receipt_id: int, person_id: int, kind: str, on: str) -> None:
    """What a money event means for a referral; the receipt says already what is left of it.

    The first payment that is large enough starts the cooling-off; a refund below that inside
    `reverse_days` takes the rewards back, a receipt that was a mistake or somebody else's always
    does (E55, E14).
    """
    if kind in ("payment", "move_in"):
        for each in group_of(tx.db, root_of(tx.db, person_id)):
            found = _OF_NEWCOMER.row(tx.db, newcomer_id=each)
            if found is not None and found[3] == RECORDED:
                _try_payment(tx, ReferralHead(*found), receipt_id, on)
        return
    for found in _OF_RECEIPT.rows(tx.db, receipt_id=receipt_id):
        _lose_payment(tx, ReferralHead(*found), kind)


def _try_payment(tx: Tx, row: ReferralHead, receipt_id: int, on: str) -> bool:
    terms, receipt = terms_on(tx.db, on), _RECEIPT.row(tx.db, id=receipt_id)
    if terms is None or receipt is None:
        return False
    net_fen, patient_id, _, earns = receipt
    theirs = root_of(tx.db, patient_id) == root_of(tx.db, row.referrer_id)
    if not earns or theirs or net_fen < terms.least_fen:
        return False
    due_on = plus_days(on, terms.rules.cooling_days)
    change(tx, row, PAID, paid_on=on, receipt_id=receipt_id, due_on=due_on)
    return True


def _lose_payment(tx: Tx, row: ReferralHead, kind: str) -> None:
    paid_on = row.paid_on or tx.today
    terms, receipt = terms_on(tx.db, paid_on), _RECEIPT.row(tx.db, id=row.receipt_id)
    if terms is None or receipt is None:
        return
    gone = kind in ("void", "move_out")
    if not gone and receipt[0] >= terms.least_fen:
        return
    if row.state == PAID and gone:
        change(tx, row, RECORDED, paid_on=None, receipt_id=None, due_on=None)
        _look_for_payment(tx, row)
    elif row.state == PAID:
        change(tx, row, REVERSED, reason=tr("首次付款已退"))
    elif gone or days_between(paid_on, tx.today) <= terms.rules.reverse_days:
        reverse(tx, row, tr("首次付款已退"))


def _look_for_payment(tx: Tx, lost: ReferralHead) -> None:
    """Another receipt of the newcomer may be the first payment instead."""
    row = replace(lost, state=RECORDED, receipt_id=None, paid_on=None)
    group = group_of(tx.db, root_of(tx.db, row.newcomer_id))
    others = Receipt.select(Receipt.id, Receipt.occurred_on).where(
        Receipt.credited_id.in_(group) & (Receipt.void == 0) & (Receipt.id != lost.receipt_id)
    )
    for receipt_id, on in tx.db.rows(others.order_by(Receipt.id)):
        if _try_payment(tx, row, receipt_id, on):
            return


# -- merges ----------------------------------------------------------------------------------


def referrals_after_merge(tx: Tx, survivor_id: int) -> None:
    """Two records turned out to be one person: nobody refers oneself, and somebody who was here
    before was not new (E56, E62)."""
    group = group_of(tx.db, survivor_id)
    query = (
        Referral.select(*COLUMNS)
        .where(Referral.newcomer_id.in_(group) & Referral.state.in_((RECORDED, PAID, REWARDED)))
        .order_by(Referral.id)
    )
    first = True
    for columns in tx.db.rows(query):
        row = ReferralHead(*columns)
        if row.referrer_id in group:
            _end(tx, row, tr("推荐人与被推荐人是同一人"))
        elif not first or not is_first_visit(tx.db, survivor_id, row.recorded_on):
            if row.state != REWARDED:
                change(tx, row, REFUSED, reason=tr("合并档案后发现不是新顾客"))
        else:
            first = False


def _end(tx: Tx, row: ReferralHead, reason: str) -> None:
    if row.state != REWARDED:
        change(tx, row, REFUSED, reason=reason)
        return
    if terms_on(tx.db, row.paid_on or tx.today) is not None:  # else its books are closed
        reverse(tx, row, reason)
