"""Membership fees: paying one, taking one back.

A fee is no treatment: it earns no points and counts for no tier's spend (E7). It opens or
prolongs a paid term; which one says the fold, and `quote` before anything is posted.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, GiftIssue, ServiceUse
from models.people import Membership
from models.query import Prepared, slot
from models.schemes import FeePayment
from services.changes import Changes
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.admission import (
    check_admission,
    check_fee_age,
    check_not_expelled,
    check_places,
)
from services.loyalty.membership import insert_membership
from services.loyalty.own_timeline import own_timeline
from services.loyalty.receipt_checks import check_person
from services.loyalty.standing import Settled, settle_person, standing_of
from services.memberships.ending import CHANGED, end_membership
from services.memberships.quote import FeeQuote, quote_fee
from services.memberships.records import (
    ActiveMembership,
    active_membership,
    fee_book,
    fee_entries,
    member_timeline,
    open_case,
)
from services.memberships.renewals import reopen_reminder, settle_reminders
from services.money import yuan
from services.people.aliases import group_of, root_of
from services.programmes.active import active_timeline
from services.programmes.registry import Timeline

_FEE = Prepared(
    lambda: FeePayment.select(
        FeePayment.person_id,
        FeePayment.programme_id,
        FeePayment.version_id,
        FeePayment.membership_id,
        FeePayment.kind,
        FeePayment.rank,
        FeePayment.months,
        FeePayment.amount_fen,
        FeePayment.occurred_on,
        FeePayment.staff_id,
        FeePayment.seq,
    ).where(FeePayment.id == slot("id"))
)


@dataclass(frozen=True)
class FeePaid:
    """A fee was received: fen, the term it pays for ('' for no end), ranks before and after."""

    fee_id: int
    membership_id: int
    person_id: int
    programme_id: int
    rank: int
    amount_fen: int
    credit_fen: int
    starts_on: str
    ends_on: str
    joined: bool
    rank_before: int
    rank_after: int
    new_grant_ids: tuple[int, ...]
    changes: Changes


@dataclass(frozen=True)
class FeeVoided:
    """A fee was taken back; `ended` when the membership it had opened went with it."""

    fee_id: int
    voids_id: int
    person_id: int
    amount_fen: int
    rank_after: int
    ended: bool
    changes: Changes


@dataclass(frozen=True)
class _Fee:
    """A stored payment."""

    id: int
    person_id: int
    programme_id: int
    version_id: int
    membership_id: int
    kind: str
    rank: int
    months: int
    amount_fen: int
    occurred_on: str
    staff_id: int
    seq: int


def fee_quote(
    db: ClinicDatabase,
    today: str,
    *,
    person_id: int,
    rank: int,
    every: str,
    programme_id: int | None = None,
) -> FeeQuote:
    """What `pay_fee` would do today, without posting it (R023, E57). Raises RuleError."""
    timeline = _joining_timeline(db, today, person_id, programme_id)
    entries = fee_entries(db, person_id, timeline.programme_id)
    return quote_fee(timeline, entries, rank=rank, every=every, on=today)


@command("membership.pay_fee", entity="fee_payment")
def pay_fee(
    tx: Tx,
    *,
    person_id: int,
    rank: int,
    every: str,
    programme_id: int | None = None,
    amount_fen: int | None = None,
    payment: str = "",
    agreement: str = "",
    benefits_explained: bool = False,
    note: str = "",
    approval: Approval | None = None,
) -> FeePaid:
    """Receive a membership fee: join, renew or upgrade (R023, R024, R057, R107, E57, E58).

    `amount_fen` None takes what is due; another amount wants a note and somebody else's approval.
    `benefits_explained` is asked for unless a member renews the same tier. Raises RuleError: no
    such tier or period, paid for life already, no agreement number, too young, no place left,
    shut out for misconduct.
    """
    check_person(tx, person_id)
    timeline = _joining_timeline(tx.db, tx.today, person_id, programme_id)
    entries = fee_entries(tx.db, person_id, timeline.programme_id)
    quote = quote_fee(timeline, entries, rank=rank, every=every, on=tx.today)
    membership = active_membership(tx.db, person_id, timeline.programme_id)
    agreement = agreement.strip() or (membership.agreement if membership else "")
    renews = membership is not None and quote.move in ("early", "grace", "lapsed")
    check_admission(
        tx,
        timeline.at(tx.today).programme,
        person_id,
        agreement=agreement,
        benefits_explained=benefits_explained or renews,
    )
    if membership is None:
        check_not_expelled(tx, person_id, timeline.programme_id)
    if not quote.covered:
        check_places(tx, timeline)
    amount = quote.due_fen if amount_fen is None else amount_fen
    check_fee_age(tx, timeline.at(tx.today).programme, person_id, amount)
    approved_by = _check_amount(tx, quote, amount, note, approval)
    membership_id = _membership_for(tx, timeline, person_id, membership, agreement)
    words = {"payment": payment.strip(), "agreement": agreement, "reason": note.strip()}
    fee_id = _insert_payment(tx, timeline, person_id, membership_id, quote, amount, words)
    settled = _settled(tx, person_id, timeline.programme_id)
    settle_reminders(tx, person_id, timeline.programme_id)
    tx.about(fee_id, person=person_id, fen=amount, rank=rank, approved_by=approved_by)
    return FeePaid(
        fee_id=fee_id,
        membership_id=membership_id,
        person_id=person_id,
        programme_id=timeline.programme_id,
        rank=rank,
        amount_fen=amount,
        credit_fen=quote.credit_fen,
        starts_on=quote.starts_on,
        ends_on=quote.ends_on or "",
        joined=membership is None,
        rank_before=settled.rank_before if membership else 0,
        rank_after=settled.evaluation.rank,
        new_grant_ids=settled.new_grant_ids,
        changes=Changes(CHANGED, person_id),
    )


def _insert_payment(
    tx: Tx,
    timeline: Timeline,
    person_id: int,
    membership_id: int,
    quote: FeeQuote,
    amount_fen: int,
    words: dict[str, str],
) -> int:
    return tx.db.insert(
        FeePayment,
        person_id=person_id,
        programme_id=timeline.programme_id,
        version_id=timeline.at(tx.today).id,
        membership_id=membership_id,
        kind="payment",
        rank=quote.rank,
        months=quote.months,
        amount_fen=amount_fen,
        listed_fen=quote.listed_fen,
        credit_fen=quote.credit_fen,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        **words,
    )


def _joining_timeline(
    db: ClinicDatabase, today: str, person_id: int, programme_id: int | None
) -> Timeline:
    """The versions that apply to a member, or to somebody who joins today (E41)."""
    timeline = active_timeline(db, programme_id)
    own = own_timeline(db, person_id, timeline)
    if active_membership(db, person_id, timeline.programme_id) is not None:
        return own
    return timeline.for_member(*own.joined, today)


def _check_amount(
    tx: Tx, quote: FeeQuote, amount_fen: int, note: str, approval: Approval | None
) -> int | None:
    """Who approved another amount than the one due, if that is what was taken."""
    if amount_fen == quote.due_fen:
        return None
    if not 0 <= amount_fen <= quote.listed_fen:
        sentence = tr("会费须在 0 至 ¥{listed} 之间，应收 ¥{due}。")
        raise RuleError(sentence.format(listed=yuan(quote.listed_fen), due=yuan(quote.due_fen)))
    if not note.strip():
        sentence = tr("应收会费 ¥{due}，收别的金额请写明原因。")
        raise RuleError(sentence.format(due=yuan(quote.due_fen)))
    sentence = tr("应收会费 ¥{due}，收别的金额须由会员管理员或院长批准。")
    approved = tx.require(approval, "approve.fee", sentence.format(due=yuan(quote.due_fen)))
    if approved.staff_id == tx.actor.id:
        raise RuleError(tr("收款人和批准人须是两个人。"))
    return approved.staff_id


def _membership_for(
    tx: Tx,
    timeline: Timeline,
    person_id: int,
    membership: ActiveMembership | None,
    agreement: str,
) -> int:
    """The membership a fee belongs to: a new one for whoever has none."""
    if membership is None:
        return insert_membership(
            tx, timeline, person_id, tx.today, "paid", explained=True, agreement=agreement
        )
    if agreement != membership.agreement:
        tx.db.write(Membership.update(agreement=agreement).where(Membership.id == membership.id))
    return membership.id


def _settled(tx: Tx, person_id: int, programme_id: int) -> Settled:
    return next(s for s in settle_person(tx, person_id) if s.programme_id == programme_id)


# -- taking back -----------------------------------------------------------------------------


@command("membership.void_fee", entity="fee_payment")
def void_fee(tx: Tx, *, fee_id: int, reason: str, approval: Approval | None = None) -> FeeVoided:
    """Take back a fee received by mistake: the author the same day, later with approval.

    Everything is as if it had never been paid; a membership it had opened ends with it when
    nothing else holds the member. Fees are taken back newest first. Raises RuleError: no reason,
    void already, a later fee, something drawn from what it brought, the membership over.
    """
    fee = _payment(tx, fee_id)
    if not reason.strip():
        raise RuleError(tr("请填写作废原因。"))
    if (fee.staff_id, fee.occurred_on) != (tx.actor.id, tx.today):
        sentence = tr("隔日或他人收的会费，须由会员管理员或院长批准作废。")
        tx.require(approval, "approve.late_void", sentence)
    person_id = root_of(tx.db, fee.person_id)
    membership = active_membership(tx.db, person_id, fee.programme_id)
    if membership is None or membership.id != fee.membership_id:
        raise RuleError(tr("这笔会费所属的会籍已经结束，不能作废。"))
    if open_case(tx.db, membership.id) is not None:
        raise RuleError(tr("有一张退费单还没有签字，请先签字或撤销它。"))
    _check_newest(tx, fee, person_id)
    void_id = tx.db.insert(
        FeePayment,
        person_id=fee.person_id,
        programme_id=fee.programme_id,
        version_id=fee.version_id,
        membership_id=fee.membership_id,
        kind="void",
        rank=fee.rank,
        months=fee.months,
        amount_fen=-fee.amount_fen,
        listed_fen=0,
        voids_id=fee_id,
        reason=reason.strip(),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    rank = _settled(tx, person_id, fee.programme_id).evaluation.rank
    ended = membership.seq == fee.seq and rank == 0
    if ended:
        end_membership(tx, membership, "cancelled", reason.strip())
    else:
        _remind_again(tx, person_id, fee.programme_id)
    approved_by = approval.staff_id if approval else None
    tx.about(void_id, voids=fee_id, fen=-fee.amount_fen, approved_by=approved_by)
    changes = Changes(CHANGED, person_id)
    return FeeVoided(void_id, fee_id, person_id, -fee.amount_fen, rank, ended, changes)


def _payment(tx: Tx, fee_id: int) -> _Fee:
    """A payment that still stands. Raises RuleError."""
    row = _FEE.row(tx.db, id=fee_id)
    fee = None if row is None else _Fee(fee_id, *row)
    if fee is None or fee.kind != "payment":
        raise RuleError(tr("没有找到这笔会费，请刷新后重试。"))
    if tx.db.row(FeePayment.select(FeePayment.id).where(FeePayment.voids_id == fee_id)):
        raise RuleError(tr("这笔会费已作废过。"))
    return fee


def _check_newest(tx: Tx, fee: _Fee, person_id: int) -> None:
    """Nothing was built on the fee: no later fee, and nothing drawn from its term."""
    timeline = member_timeline(tx.db, person_id, fee.programme_id)
    fees = fee_book(tx.db, person_id, timeline).fees
    if fees[-1].fee_id != fee.id:
        raise RuleError(tr("后面还有一笔会费，请先作废最近的那一笔。"))
    if _drawn_since(tx, fee, person_id, fees[-1].start):
        raise RuleError(
            tr("这笔会费带来的权益已经用过。请先撤销使用或退回礼品，或者改办“退会退费”。")
        )


def _drawn_since(tx: Tx, fee: _Fee, person_id: int, start: str) -> bool:
    """Whether something of the grants of the fee's own term was drawn, net of what came back."""
    total = 0
    for table in (GiftIssue, ServiceUse):
        query = (
            table.select(table.quantity)
            .join(EntitlementGrant, on=(EntitlementGrant.id == table.grant_id))
            .where(
                table.person_id.in_(group_of(tx.db, person_id))
                & (table.seq > fee.seq)
                & (EntitlementGrant.programme_id == fee.programme_id)
                & (EntitlementGrant.rank == fee.rank)
                & (EntitlementGrant.valid_from >= start)
            )
        )
        total += sum(row[0] for row in tx.db.rows(query))
    return total > 0


def _remind_again(tx: Tx, person_id: int, programme_id: int) -> None:
    ends_on = standing_of(tx.db, person_id, programme_id).paid_until
    if ends_on is not None:
        reopen_reminder(tx, person_id, programme_id, ends_on)
