"""The points, tiers and grants of two records that become one, and of one that becomes two again
(E62).

The rows of both stay where they are. The survivor's standing is settled from both pasts, the
merged one's is emptied; parting settles each from its own past.
"""

from __future__ import annotations

from peewee import JOIN

from models.gifts import EntitlementGrant
from models.ledgers import PointsAllocation, PointsEntry, Standing, TierEvent, TierNotice
from services.commands import Tx
from services.errors import IntegrityAlarm, RuleError
from services.i18n import tr
from services.loyalty.ledger import StoredAccount, pay_owed
from services.loyalty.standing import (
    Settled,
    StandingRow,
    blank_standing,
    fold,
    open_account,
    open_accounts,
    standing_of,
    store,
)
from services.loyalty.stored_steps import announce_step
from services.people.aliases import Merge, group_of
from services.programmes.events import Evaluation
from services.programmes.registry import Timeline, timelines

_NOBODY = StandingRow()


def join_accounts(tx: Tx, survivor_id: int, merged_id: int) -> None:
    """Settle the survivor from both pasts; the alias row is there already.

    What one owed is paid from what the other had (E17). A programme out of use stands still as
    it is. Raises IntegrityAlarm when the books of either disagree with themselves (E64).
    """
    for timeline in timelines(tx.db):
        mine = standing_of(tx.db, survivor_id, timeline.programme_id)
        theirs = standing_of(tx.db, merged_id, timeline.programme_id)
        if mine == theirs == _NOBODY and not _given(tx, merged_id, timeline.programme_id):
            continue
        account = open_account(tx, survivor_id, timeline)
        both = (mine.available + theirs.available, mine.deficit + theirs.deficit)
        if (account.available, account.deficit) != both:
            raise IntegrityAlarm(tr("这两份档案的积分账对不上，不能合并。请院长运行“校验”。"))
        pay_owed(account)
        settled = store(tx, account, fold(tx, account), reread=tx.seq)
        _tell(tx, settled, mine, theirs, merged_id)


def _given(tx: Tx, person_id: int, programme_id: int) -> bool:
    """Whether somebody who never paid was given something all the same (an award)."""
    query = EntitlementGrant.select(EntitlementGrant.id).where(
        (EntitlementGrant.person_id == person_id) & (EntitlementGrant.programme_id == programme_id)
    )
    return tx.db.row(query.limit(1)) is not None


def _tell(tx: Tx, settled: Settled, mine: StandingRow, theirs: StandingRow, merged_id: int) -> None:
    """A tier is news when neither record held it, or when the other had not been told of it."""
    rank = settled.evaluation.rank
    held = mine.rank if mine.member else 0
    known = theirs.rank if theirs.member else 0
    if not settled.new_step_ids or rank <= held:
        return
    if rank > known or _untold(tx, merged_id):
        announce_step(tx, settled.new_step_ids[-1])


def _untold(tx: Tx, person_id: int) -> bool:
    query = (
        TierNotice.select(TierNotice.id)
        .join(TierEvent, on=(TierEvent.id == TierNotice.tier_event_id))
        .where((TierEvent.person_id == person_id) & TierNotice.told_on.is_null())
    )
    return tx.db.row(query.limit(1)) is not None


def worth_of_receipts(tx: Tx, person_id: int) -> dict[tuple[int, int], int]:
    """What every receipt is worth by (programme, receipt), as the person's past reads now."""
    return {
        (account.programme_id, receipt_id): points
        for account in open_accounts(tx, person_id)
        for receipt_id, points in fold(tx, account).evaluation.receipt_points.items()
    }


def part_accounts(
    tx: Tx, merge: Merge, survivor_id: int, worth: dict[tuple[int, int], int]
) -> None:
    """Settle both sides from their own pasts; the alias row has ended already.

    `worth` is what `worth_of_receipts` said before. Raises RuleError when something since the
    merge stands on both: a grant drawn that neither had alone, a receipt rated by the common
    tier, an expired lot that had paid the other's debt.
    """
    _unpay(tx, merge)
    apart: dict[tuple[int, int], int] = {}
    for person_id in (survivor_id, merge.merged_id):
        for timeline in timelines(tx.db):
            found = _settle_alone(tx, person_id, timeline, merge)
            for receipt_id, points in found.receipt_points.items():
                key = (timeline.programme_id, receipt_id)
                apart[key] = apart.get(key, 0) + points
    if apart != worth:
        raise RuleError(
            tr("合并以后有单据按合起来的等级计了积分，不能拆开。请先作废那些单据，拆开后再登记。")
        )
    for timeline in timelines(tx.db, "retired"):
        if _was_joined(tx, merge, timeline.programme_id):
            for person_id in (survivor_id, merge.merged_id):
                _settle_alone(tx, person_id, timeline, merge)
    _hush(tx, merge, survivor_id)


def _settle_alone(tx: Tx, person_id: int, timeline: Timeline, merge: Merge) -> Evaluation:
    account = StoredAccount(tx, person_id, timeline)
    account.recount()
    try:
        folded = fold(tx, account)
        store(tx, account, folded, reread=merge.seq)
    except IntegrityAlarm as alarm:
        raise RuleError(
            tr("合并以后用过两份档案合起来才有的权益，不能拆开。请先撤销那次使用或退回礼品。")
        ) from alarm
    if not folded.events and folded.joined is None:
        blank_standing(tx, person_id, timeline.programme_id)
    return folded.evaluation


def _was_joined(tx: Tx, merge: Merge, programme_id: int) -> bool:
    """Whether the merge, or something since, emptied the merged one's standing."""
    query = Standing.select(Standing.seq).where(
        (Standing.person_id == merge.merged_id) & (Standing.programme_id == programme_id)
    )
    return (tx.db.scalar(query) or 0) >= merge.seq


def _unpay(tx: Tx, merge: Merge) -> None:
    """Take back what the merge paid of one's debt from the other's points."""
    gone, lot, debit = PointsEntry.alias(), PointsEntry.alias(), PointsEntry.alias()
    theirs = group_of(tx.db, merge.merged_id)
    rows = tx.db.rows(
        PointsAllocation.select(
            debit.id, lot.id, PointsAllocation.points, gone.id, debit.person_id, lot.person_id
        )
        .join(lot, on=(lot.id == PointsAllocation.lot_id))
        .join(debit, on=(debit.id == PointsAllocation.debit_id))
        .join(gone, JOIN.LEFT_OUTER, on=(gone.expired_lot_id == PointsAllocation.lot_id))
        .where(PointsAllocation.seq == merge.seq)
    )
    for debit_id, lot_id, points, expired, owed_by, paid_by in rows:
        if (owed_by in theirs) == (paid_by in theirs):
            continue
        if expired is not None:
            raise RuleError(
                tr("合并时抵了欠分的积分后来已到期，不能拆开。请用人工调整更正两边的积分。")
            )
        tx.db.insert(PointsAllocation, debit_id=debit_id, lot_id=lot_id, points=-points, seq=tx.seq)


def _hush(tx: Tx, merge: Merge, survivor_id: int) -> None:
    """Nobody is told any more of a tier that only both together held."""
    steps = TierEvent.select(TierEvent.id).where(
        (TierEvent.person_id == survivor_id) & (TierEvent.seq == merge.seq)
    )
    tx.db.write(
        TierNotice.delete().where(
            TierNotice.tier_event_id.in_(steps) & TierNotice.told_on.is_null()
        )
    )
