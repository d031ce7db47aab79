"""Thanking both sides of a referral, and taking it back when the money went back (E55, E56)."""

from __future__ import annotations

from peewee import JOIN

from models.ledgers import PointsEntry
from models.people import Person
from models.schemes import Award, Referral
from services.commands import Tx
from services.errors import IntegrityAlarm
from services.i18n import tr
from services.loyalty.awards import insert_award, void_undrawn
from services.loyalty.ledger import Source, credit, debit, expiry_of
from services.loyalty.standing import account_of, settle, settle_person
from services.people.aliases import group_of, root_of
from services.people.referral_states import (
    COLUMNS,
    PAID,
    REFUSED,
    REVERSED,
    REWARDED,
    ReferralHead,
    Terms,
    change,
    terms_on,
)
from services.programmes.definition import Reward
from services.programmes.plan import number
from services.programmes.registry import Timeline, timelines


def reward_page(
    tx: Tx, after: tuple[str, int], limit: int
) -> tuple[int, int, list[tuple[str, int]]]:
    """Reward the next `limit` referrals after (due day, id) whose cooling-off is over.

    Answers how many were rewarded, how many were left alone because books disagree (E64), and
    the places looked at.
    """
    day, last = after
    query = (
        Referral.select(Referral.due_on, *COLUMNS)
        .where(
            (Referral.state == PAID)
            & (Referral.due_on <= tx.today)
            & (Referral.due_on >= day)
            & ((Referral.due_on > day) | (Referral.id > last))
        )
        .order_by(Referral.due_on, Referral.id)
        .limit(limit)
    )
    rewarded = alarms = 0
    places = []
    for due_on, *columns in tx.db.rows(query):
        row = ReferralHead(*columns)
        places.append((due_on, row.id))
        try:
            with tx.attempt():
                rewarded += _reward(tx, row)
        except IntegrityAlarm:
            alarms += 1
    return rewarded, alarms, places


def _reward(tx: Tx, row: ReferralHead) -> bool:
    """Thank both sides, or refuse with the reason; answers whether they were thanked."""
    terms = terms_on(tx.db, row.paid_on or tx.today)
    if terms is None:
        return False
    refusal = _refusal(tx, row, terms)
    if refusal:
        change(tx, row, REFUSED, reason=refusal)
        return False
    change(tx, row, REWARDED, rewarded_on=tx.today)
    sides = ((row.referrer_id, terms.rules.referrer), (row.newcomer_id, terms.rules.newcomer))
    for person_id, reward in sides:
        _give(tx, row.id, root_of(tx.db, person_id), terms.timeline, reward)
    return True


def _refusal(tx: Tx, row: ReferralHead, terms: Terms) -> str:
    """Why a referral is not rewarded though its time has come; '' when it is."""
    referrer_id = root_of(tx.db, row.referrer_id)
    if tx.db.scalar(Person.select(Person.state).where(Person.id == referrer_id)) != "active":
        return tr("推荐人的档案已停用")
    cap = number(terms.rules.yearly_cap)
    year = tx.today[:4]
    rewarded = Referral.select(Referral.id).where(
        Referral.referrer_id.in_(group_of(tx.db, referrer_id))
        & (Referral.state == REWARDED)
        & (Referral.rewarded_on >= f"{year}-01-01")
    )
    if cap is not None and rewarded.count(tx.db) >= cap:
        return tr("推荐人今年的推荐奖励已满 {n} 次").format(n=cap)
    return ""


def _give(tx: Tx, referral_id: int, person_id: int, timeline: Timeline, reward: Reward) -> None:
    points = number(reward.points) or 0
    if points and timeline.at(tx.today).programme.points.mode != "none":
        account = account_of(tx, person_id, timeline.programme_id)
        ends = expiry_of(timeline, tx.today)
        source = Source("bonus", tx.today, tr("推荐奖励"), expires_on=ends, referral_id=referral_id)
        credit(account, points, source)
        settle(tx, account)
    if reward.kind:
        insert_award(
            tx,
            timeline,
            person_id=person_id,
            kind=reward.kind,
            name=reward.name,
            reason="referral",
            quantity=1,
            value_fen=(number(reward.value_yuan) or 0) * 100,
            referral_id=referral_id,
        )
        settle_person(tx, person_id)


def reverse(tx: Tx, row: ReferralHead, reason: str) -> None:
    """Take the rewards back: points even into a deficit (E17), a gift while it was not handed
    out; one that was is noted (E55)."""
    _take_points(tx, row)
    kept = False
    for award_id, person_id in tx.db.rows(
        Award.select(Award.id, Award.person_id).where(
            (Award.referral_id == row.id)
            & Award.voids_id.is_null()
            & Award.id.not_in(
                Award.select(Award.voids_id).where(
                    (Award.referral_id == row.id) & Award.voids_id.is_null(False)
                )
            )
        )
    ):
        kept = void_undrawn(tx, award_id, reason) is None or kept
        settle_person(tx, person_id)
    note = tr("；奖励的礼品或券已领取，未收回") if kept else ""
    change(tx, row, REVERSED, reason=reason + note)


def _take_points(tx: Tx, row: ReferralHead) -> None:
    """Reverse every entry the referral gave that still stands (E17); the books of a programme out
    of use are closed."""
    open_books = {timeline.programme_id for timeline in timelines(tx.db)}
    undone = PointsEntry.alias()
    entries = tx.db.rows(
        PointsEntry.select(
            PointsEntry.id, PointsEntry.person_id, PointsEntry.programme_id, PointsEntry.points
        )
        .join(undone, JOIN.LEFT_OUTER, on=(undone.reverses_id == PointsEntry.id))
        .where((PointsEntry.referral_id == row.id) & undone.id.is_null())
        .order_by(PointsEntry.id)
    )
    for entry_id, owner, programme_id, points in entries:
        if programme_id not in open_books:
            continue
        account = account_of(tx, root_of(tx.db, owner), programme_id)
        source = Source("reversal", tx.today, tr("推荐奖励收回"), reverses_id=entry_id)
        debit(account, points, source, may_owe=True)
        settle(tx, account)
