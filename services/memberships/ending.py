"""How a membership ends: left without a fee, cancelled for misconduct, undone with its fee.

Whatever ends it, the fold is told first, so that it takes back what was paid for (E61); what
receipts or a leader's word carry stays on the books and takes effect again on joining anew.
Leaving with money to give back is in `leaving`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.gifts import EntitlementGrant
from models.people import Membership
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.standing import settle_person
from services.memberships.records import (
    ActiveMembership,
    active_membership,
    fee_book,
    member_timeline,
    open_case,
)
from services.memberships.renewals import drop_reminders
from services.people.aliases import group_of, root_of
from services.programmes.active import active_timeline

CHANGED = (Kind.PERSON, Kind.MONEY, Kind.TIER, Kind.GRANT, Kind.FOLLOWUP)


@dataclass(frozen=True)
class MembershipEnded:
    """A membership is over; `rank` is the tier that receipts or a word still carry on the books."""

    membership_id: int
    person_id: int
    rank: int
    changes: Changes


@command("membership.cancel", entity="membership")
def cancel_membership(
    tx: Tx, *, person_id: int, reason: str, programme_id: int | None = None
) -> MembershipEnded:
    """End a membership for misconduct (R109); the director's right, with a reason.

    Gives no money back: a refund is prepared and signed instead. Raises RuleError: no reason, no
    member, a refund that waits for its signature.
    """
    if not reason.strip():
        raise RuleError(tr("请写明取消会员资格的原因。"))
    membership = member_of(tx, person_id, programme_id)
    return _ended(tx, membership, "cancelled", reason.strip())


@command("membership.leave", entity="membership")
def leave_membership(
    tx: Tx, *, person_id: int, reason: str, programme_id: int | None = None
) -> MembershipEnded:
    """Leave a membership on which no paid fee runs (R108, E61).

    Raises RuleError: no reason, no member, or a fee that still runs and so may have to be given
    back in part.
    """
    if not reason.strip():
        raise RuleError(tr("请写明退会的原因。"))
    membership = member_of(tx, person_id, programme_id)
    timeline = member_timeline(tx.db, person_id, membership.programme_id)
    running = fee_book(tx.db, person_id, timeline).running(tx.today)
    if any(fee.value_fen for fee in running):
        raise RuleError(tr("会费还没到期，请用“退会退费”先算清应退的会费。"))
    return _ended(tx, membership, "left", reason.strip())


def _ended(
    tx: Tx, membership: ActiveMembership, state: Literal["left", "cancelled"], reason: str
) -> MembershipEnded:
    rank = end_membership(tx, membership, state, reason)
    person_id = root_of(tx.db, membership.person_id)
    tx.about(membership.id, person=person_id, state=state)
    return MembershipEnded(membership.id, person_id, rank, Changes(CHANGED, person_id))


def member_of(tx: Tx, person_id: int, programme_id: int | None) -> ActiveMembership:
    """The running membership of a person. Raises RuleError when there is none."""
    timeline = active_timeline(tx.db, programme_id)
    found = active_membership(tx.db, person_id, timeline.programme_id)
    if found is None:
        raise RuleError(tr("这位顾客不是这个方案的会员，请刷新后重试。"))
    return found


def end_membership(
    tx: Tx, membership: ActiveMembership, state: Literal["left", "cancelled"], reason: str
) -> int:
    """End a membership today, inside a command; answers the tier that is left on the books.

    The person is settled as a member once more, so that the fold's closed grants and the step
    down are written, and then as nobody's member. Raises RuleError while a refund waits.
    """
    person_id, programme_id = root_of(tx.db, membership.person_id), membership.programme_id
    group = group_of(tx.db, person_id)
    running = (
        Membership.person_id.in_(group)
        & (Membership.programme_id == programme_id)
        & (Membership.state == "active")
    )
    if any(
        open_case(tx.db, row[0])
        for row in tx.db.rows(Membership.select(Membership.id).where(running))
    ):
        raise RuleError(tr("有一张退费单还没有签字，请先签字或撤销它。"))
    ended = Membership.update(ended_on=tx.today, end_reason=reason, end_seq=tx.seq)
    tx.db.write(ended.where(running))
    settle_person(tx, person_id)
    tx.db.write(Membership.update(state=state).where(running))
    _close_grants(tx, group, programme_id)
    drop_reminders(tx, person_id, programme_id)
    settled = settle_person(tx, person_id)
    return next(s.evaluation.rank for s in settled if s.programme_id == programme_id)


def _close_grants(tx: Tx, group: tuple[int, ...], programme_id: int) -> None:
    """What any tier had brought is for members only; the fold opens it again on joining anew."""
    tx.db.write(
        EntitlementGrant.update(state="closed").where(
            EntitlementGrant.person_id.in_(group)
            & (EntitlementGrant.programme_id == programme_id)
            & (EntitlementGrant.rank > 0)
            & (EntitlementGrant.state == "open")
        )
    )
