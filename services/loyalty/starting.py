"""A programme that starts in a clinic with a past: new, taken up again, or changed today.

The spend ledger is one and feeds every programme (E42): money received before counts for tiers
and for points earned. Nobody gets usable points for it: who earned them under another programme
keeps them there, or is brought over by `services.programmes.cutover`. So for every receipt of the
past the points it is worth are written down and written off at once, and from then on a refund
of it is reckoned like any other (E15, E16).
"""

from __future__ import annotations

from typing import Any

from peewee import fn

from models.ledgers import (
    MoneyEvent,
    OpeningBalance,
    PointsAllocation,
    PointsEntry,
    Standing,
    TierOverride,
)
from models.programmes import ProgrammeChange
from models.query import Prepared, slot
from models.schemes import FeePayment
from services.commands import Tx
from services.errors import IntegrityAlarm, RuleError
from services.i18n import tr
from services.loyalty.everybody import Cancelled, Progress, everybody
from services.loyalty.ledger import (
    Source,
    StoredAccount,
    credit,
    debit,
    expiry_of,
    usable,
)
from services.loyalty.standing import Folded, fold, open_account, standing_of, store
from services.people.aliases import group_of, root_of
from services.programmes.registry import Timeline

_LAPSED = PointsEntry.alias()
_AWARDED = Prepared(
    lambda: (
        PointsEntry.select(PointsEntry.receipt_id, fn.SUM(PointsEntry.points))
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & PointsEntry.receipt_id.is_null(False)
        )
        .group_by(PointsEntry.receipt_id)
    )
)
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
_COUNTED = Prepared(  # what is only counted of a receipt: (what let it lapse, lot, points)
    lambda: (
        PointsAllocation.select(
            PointsAllocation.debit_id, PointsAllocation.lot_id, fn.SUM(PointsAllocation.points)
        )
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.lot_id))
        .switch(PointsAllocation)
        .join(_LAPSED, on=(_LAPSED.id == PointsAllocation.debit_id))
        .where(
            (PointsEntry.receipt_id == slot("receipt_id"))
            & (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (_LAPSED.kind == "expire")
            & _LAPSED.expired_lot_id.is_null()
        )
        .group_by(PointsAllocation.debit_id, PointsAllocation.lot_id)
        .order_by(PointsAllocation.lot_id)
    )
)
_BROUGHT = Prepared(
    lambda: (
        ProgrammeChange.select(ProgrammeChange.id)
        .join(Standing, on=(Standing.programme_id == ProgrammeChange.from_programme_id))
        .where(
            (ProgrammeChange.to_programme_id == slot("programme_id"))
            & ProgrammeChange.reversed_seq.is_null()
            & (Standing.person_id == slot("person_id"))
            & (Standing.available == 0)
        )
        .limit(1)
    )
)
_BESIDE: dict[str, Any] = {"receipt_id": None, "money_event_id": None, "tier_counting": False}
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
    more, less = _differences(tx, account, folded)
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


Differences = list[tuple[int, int]]


def _differences(tx: Tx, account: StoredAccount, folded: Folded) -> tuple[Differences, Differences]:
    """Receipts that are worth more points than they have given, and those worth less."""
    gave: dict[int, int] = {}
    for person_id in account.group:
        ids = {"person_id": person_id, "programme_id": account.programme_id}
        for receipt_id, points in _AWARDED.rows(tx.db, **ids):
            gave[receipt_id] = gave.get(receipt_id, 0) + points
    more: Differences = []
    less: Differences = []
    for receipt_id, worth in folded.evaluation.receipt_points.items():
        difference = worth - gave.get(receipt_id, 0)
        if difference > 0:
            more.append((receipt_id, difference))
        elif difference < 0:
            less.append((receipt_id, -difference))
    return more, less


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
    points -= _release(tx, account, source, points)
    taken = min(points, sum(lot.remaining for lot in usable(account)))
    if taken:
        debit(account, taken, source)
    if points > taken:
        lot = account.entry(points - taken, source._replace(kind="adjust", **_BESIDE))
        account.allocate(account.entry(taken - points, source), lot, points - taken)


# -- refunds of the past ---------------------------------------------------------------------


def take_back(tx: Tx, account: StoredAccount, source: Source, points: int) -> None:
    """Take back points of the receipt `source` names (E15, E17); the debt may exceed what is left.

    Points that were only counted never could be spent, so their refund takes nothing; but where
    a cut-over brought the old programme's points over, they are what it takes (E42).
    """
    counted = 0 if _brought_over(tx, account) else _release(tx, account, source, points)
    if counted:  # the refund has its row already (E2)
        source = source._replace(money_event_id=None)
    if points > counted:
        debit(account, points - counted, source, may_owe=True)


def _release(tx: Tx, account: StoredAccount, source: Source, points: int) -> int:
    """Reverse up to `points` that were only counted for the receipt: the reversal takes them from
    their lots, and what let them lapse takes a new lot instead. Answers how many."""
    parts = _counted_parts(tx, account, source.receipt_id, points)
    total = sum(part for _, _, part in parts)
    if total:
        reversal = account.entry(-total, source)
        balance = account.entry(total, source._replace(kind="adjust", **_BESIDE))
        for lapsed, lot_id, part in parts:
            account.allocate(lapsed, lot_id, -part)
            account.allocate(lapsed, balance, part)
            account.allocate(reversal, lot_id, part)
    return total


def _counted_parts(
    tx: Tx, account: StoredAccount, receipt_id: int | None, points: int
) -> list[tuple[int, int, int]]:
    """(what let it lapse, lot, points) of what is only counted for the receipt, up to `points`."""
    parts = []
    for person_id in account.group:
        ids = {"person_id": person_id, "programme_id": account.programme_id}
        for lapsed, lot_id, counted in _COUNTED.rows(tx.db, receipt_id=receipt_id, **ids):
            part = min(int(counted), points)
            parts.append((lapsed, lot_id, part))
            points -= part
    return [each for each in parts if each[2]]


def _brought_over(tx: Tx, account: StoredAccount) -> bool:
    """Whether a cut-over that still stands brought this person's points into the programme:
    nothing of them stayed behind in the old one."""
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    return bool(_BROUGHT.rows(tx.db, **ids))


# -- a version that comes into force today ---------------------------------------------------


def reckon_today(tx: Tx, timeline: Timeline) -> int:
    """What was posted today before a version of today was signed follows that version (E12);
    answers how many people had anything posted.

    Raises RuleError when somebody would lose a tier that the older version gave them today: a
    version takes nothing away by itself (E41), so this one has to begin tomorrow.
    """
    people = sorted({root_of(tx.db, person_id) for person_id in _today(tx)})
    losing = 0
    for person_id in people:
        account = open_account(tx, person_id, timeline)
        held = standing_of(tx.db, person_id, timeline.programme_id)
        try:
            folded = fold(tx, account)
        except IntegrityAlarm:  # a gift of a tier that the new version does not give
            losing += 1
            continue
        losing += bool(held.member) and folded.evaluation.rank < held.rank
        _reckon(tx, account, folded)
    if losing:
        sentence = tr(
            "今天已按旧版给 {n} 位会员定了等级或发了礼品，和新版对不上。请改成明天起生效。"
        )
        raise RuleError(sentence.format(n=losing))
    return len(people)


def _today(tx: Tx) -> set[int]:
    """Everybody with money, an opening, a word on the tier or a fee of today."""
    tables: tuple[Any, ...] = (MoneyEvent, OpeningBalance, TierOverride, FeePayment)
    return {
        row[0]
        for table in tables
        for row in tx.db.rows(table.select(table.person_id).where(table.occurred_on >= tx.today))
    }


def _reckon(tx: Tx, account: StoredAccount, folded: Folded) -> None:
    ends = expiry_of(account.timeline.for_member(folded.joined), tx.today)
    more, less = _differences(tx, account, folded)
    for receipt_id, points in more:
        credit(account, points, _again(tx, "earn", receipt_id)._replace(expires_on=ends))
    for receipt_id, points in less:
        take_back(tx, account, _again(tx, "reversal", receipt_id), points)
    store(tx, account, folded)


def _again(tx: Tx, kind: str, receipt_id: int) -> Source:
    return Source(kind, tx.today, tr("方案当天换版，按新版重算"), receipt_id, tier_counting=True)
