"""A programme that starts in a clinic with a past: new, or taken up again.

The spend ledger is one and feeds every programme (E42): money received before counts for tiers
and for points earned. Nobody gets usable points for it: who earned them under another programme
keeps them there, or is brought over by `services.programmes.cutover`. So for every receipt of the
past the points it is worth are written down and written off at once, and from then on a refund
of it is reckoned like any other (E15, E16).
"""

from __future__ import annotations

from peewee import fn

from models.ledgers import OpeningBalance, Standing
from models.query import Prepared, slot
from services.commands import Tx
from services.i18n import tr
from services.loyalty.counted_past import BESIDE, differences, release
from services.loyalty.everybody import Cancelled, Progress, everybody
from services.loyalty.ledger import Source, StoredAccount, debit, usable
from services.loyalty.standing import fold, open_account, store
from services.people.aliases import group_of
from services.programmes.registry import Timeline

_PAPER = Prepared(
    lambda: (
        OpeningBalance.select(
            OpeningBalance.programme_id,
            fn.SUM(OpeningBalance.spend_fen),
            fn.SUM(OpeningBalance.points),
            fn.MAX(OpeningBalance.gifts_settled),
        )
        .where(OpeningBalance.person_id == slot("person_id"))
        .group_by(OpeningBalance.programme_id)
        .order_by(fn.MIN(OpeningBalance.id))
    )
)
_FRESH = {
    "max_single_fen": 0,
    "earned": 0,
    "available": 0,
    "deficit": 0,
    "supported_rank": 0,
    "rank": 0,
    "member": 0,
}


def start_programme(
    tx: Tx,
    timeline: Timeline,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> int:
    """Count everybody's past in a programme that starts, or starts again; answers how many people.

    Idempotent. Raises WorkCancelled, IntegrityAlarm (E64).
    """
    people = 0
    for person_id in everybody(tx.db, progress, cancelled):
        count_past(tx, person_id, timeline)
        people += 1
    return people


def count_past(tx: Tx, person_id: int, timeline: Timeline) -> None:
    """Count one person's past and settle them."""
    account = open_account(tx, person_id, timeline)
    on_paper = _bring_paper(tx, account)
    folded = fold(tx, account)
    _open_standing(tx, account, folded.evaluation.spend_fen)
    more, less = differences(tx, account, folded)
    _count_only(account, [*more, *([(None, on_paper)] if on_paper > 0 else [])])
    for receipt_id, points in less:
        _settle_pause(tx, account, receipt_id, points)
    store(tx, account, folded)


def count_paper(tx: Tx, person_id: int, timeline: Timeline) -> None:
    """Count the past of somebody whose paper register was taken in after the programme started:
    it was entered for another one (E46). Nothing for everybody else."""
    if any(_missing_paper(tx, each, timeline.programme_id) for each in group_of(tx.db, person_id)):
        count_past(tx, person_id, timeline)


def _missing_paper(tx: Tx, person_id: int, programme_id: int) -> tuple[int, int, int] | None:
    """What the paper register had (fen, points, gifts settled), unless the programme knows it."""
    rows = _PAPER.rows(tx.db, person_id=person_id)
    if any(row[0] == programme_id for row in rows):
        return None
    return next(((row[1], row[2], row[3]) for row in rows if row[1] or row[2]), None)


def _bring_paper(tx: Tx, account: StoredAccount) -> int:
    """What the paper register had counts in this programme too; answers its points (E46)."""
    brought = 0
    for person_id in account.group:
        paper = _missing_paper(tx, person_id, account.programme_id)
        if paper is not None:
            spend_fen, points, gifts_settled = paper
            tx.db.insert(
                OpeningBalance,
                person_id=person_id,
                programme_id=account.programme_id,
                spend_fen=spend_fen,
                points=points,
                gifts_settled=gifts_settled,
                occurred_on=tx.today,
                seq=tx.seq,
            )
            brought += points
    return brought


def _open_standing(tx: Tx, account: StoredAccount, spend_fen: int) -> None:
    """The standing begins with what the ledger says; settling finds it in step."""
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    known = Standing.update(spend_fen=spend_fen).where(
        (Standing.person_id == account.person_id) & (Standing.programme_id == account.programme_id)
    )
    if tx.db.write(known) == 0:
        tx.db.insert(Standing, **ids, **_FRESH, spend_fen=spend_fen, seq=tx.seq)


def _count_only(account: StoredAccount, more: list[tuple[int | None, int]]) -> None:
    """Points that count as earned and cannot be spent: lots, and one entry that lets them lapse."""
    if not more:
        return
    reason = tr("开始前的消费，只计累计")
    lots = []
    for receipt_id, points in more:
        source = Source("opening", account.today, reason, receipt_id, tier_counting=True)
        lots.append((account.entry(points, source), points))
    total = sum(points for _, points in lots)
    lapsed = account.entry(-total, Source("expire", account.today, reason))
    for lot_id, points in lots:
        account.allocate(lapsed, lot_id, points)


def _settle_pause(tx: Tx, account: StoredAccount, receipt_id: int, points: int) -> None:
    """A refund of the time when the programme stood still: it takes what is there to take, and
    nobody runs into debt by it."""
    source = Source("reversal", tx.today, tr("停用期间的退款"), receipt_id, tier_counting=True)
    points -= release(tx, account, source, points)
    taken = min(points, sum(lot.remaining for lot in usable(account)))
    if taken:
        debit(account, taken, source)
    if points > taken:
        lot = account.entry(points - taken, source._replace(kind="adjust", **BESIDE))
        account.allocate(account.entry(taken - points, source), lot, points - taken)
