"""Points: credits (lots), debits tied to the lots they consumed, deficits, expiry.

The ledger is append-only. Balance = Σ remaining of lots − deficit = Σ of all entries once
expired lots are caught up (E20, E22). Only reversals may go into deficit (E17); the next
credits pay it first. Verbs here run inside a command and keep `Account` in step; the caller
stores the account with `services.loyalty.standing.settle`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.ledgers import PointsAllocation, PointsEntry
from models.query import Prepared, slot
from services.clock import plus_days, plus_months
from services.commands import Tx
from services.errors import IntegrityAlarm, RuleError
from services.i18n import tr
from services.programmes.registry import Timeline

GRACE_DAYS = 30

_AWARDED = Prepared(
    lambda: PointsEntry.select(fn.COALESCE(fn.SUM(PointsEntry.points), 0)).where(
        (PointsEntry.receipt_id == slot("receipt_id"))
        & (PointsEntry.person_id == slot("person_id"))
        & (PointsEntry.programme_id == slot("programme_id"))
    )
)
_LOTS = Prepared(
    lambda: (
        PointsEntry.select(
            PointsEntry.id,
            PointsEntry.points - fn.COALESCE(fn.SUM(PointsAllocation.points), 0),
            PointsEntry.receipt_id,
            PointsEntry.expires_on,
            PointsEntry.occurred_on,
        )
        .join(PointsAllocation, JOIN.LEFT_OUTER, on=(PointsAllocation.lot_id == PointsEntry.id))
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (PointsEntry.points > 0)
            & (PointsEntry.kind != "return")
        )
        .group_by(PointsEntry.id)
    )
)
_UNDO = PointsEntry.alias()
_OWED = Prepared(  # a debit that was given back owes nothing any more
    lambda: (
        PointsEntry.select(
            PointsEntry.id,
            PointsEntry.points * -1 - fn.COALESCE(fn.SUM(PointsAllocation.points), 0),
        )
        .join(PointsAllocation, JOIN.LEFT_OUTER, on=(PointsAllocation.debit_id == PointsEntry.id))
        .switch(PointsEntry)
        .join(_UNDO, JOIN.LEFT_OUTER, on=(_UNDO.reverses_id == PointsEntry.id))
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (PointsEntry.points < 0)
            & _UNDO.id.is_null()
        )
        .group_by(PointsEntry.id)
        .order_by(PointsEntry.id)
    )
)


@dataclass
class Account:
    """A person's points under one programme while a command works on them."""

    person_id: int
    timeline: Timeline
    available: int
    deficit: int

    @property
    def programme_id(self) -> int:
        """The programme whose points these are."""
        return self.timeline.programme_id


@dataclass(frozen=True)
class Lot:
    """A credit and what is left of it; `expires_on` is its last usable day (E23)."""

    id: int
    remaining: int
    receipt_id: int | None
    expires_on: str | None
    earned_on: str


@dataclass(frozen=True)
class Source:
    """Why an entry is made: kind, business date, and what it hangs on."""

    kind: str
    on: str
    reason: str = ""
    receipt_id: int | None = None
    money_event_id: int | None = None
    reverses_id: int | None = None
    expired_lot_id: int | None = None
    expires_on: str | None = None
    tier_counting: bool = False


def awarded(db: ClinicDatabase, account: Account, receipt_id: int) -> int:
    """Points a receipt has given this person so far, net of reversals (E1)."""
    row = _AWARDED.row(
        db, receipt_id=receipt_id, person_id=account.person_id, programme_id=account.programme_id
    )
    return int(row[0]) if row else 0


def open_lots(db: ClinicDatabase, account: Account) -> list[Lot]:
    """Lots with something left, in the order they are consumed: expiry, earned, id (E21)."""
    rows = _LOTS.rows(db, person_id=account.person_id, programme_id=account.programme_id)
    lots = [Lot(*row) for row in rows if row[1] > 0]
    return sorted(lots, key=lambda lot: (lot.expires_on or "9999", lot.earned_on, lot.id))


def expiry_of(account: Account, earned_on: str) -> str | None:
    """The last usable day of points earned on a day, stamped once and for ever (E26, E28)."""
    months = account.timeline.at(earned_on).programme.points.expiry_months
    return None if months is None else plus_days(plus_months(earned_on, months), -1)


def credit(tx: Tx, account: Account, points: int, source: Source) -> int:
    """Add a lot of `points`; what is owed is paid from it first (E17). Answers the entry's id."""
    entry_id = _entry(tx, account, points, source)
    account.available += points
    _pay_owed(tx, account, entry_id, points)
    _check(account)
    return entry_id


def _pay_owed(tx: Tx, account: Account, lot_id: int, points: int) -> None:
    """Pay what is owed, oldest first, from `points` that just came into a lot (E17)."""
    left = points
    for debit_id, owed in (
        _OWED.rows(tx.db, person_id=account.person_id, programme_id=account.programme_id)
        if account.deficit
        else ()
    ):
        paid = min(owed, left)
        if paid > 0:
            _allocate(tx, debit_id, lot_id, paid)
            left -= paid
    account.available -= points - left
    account.deficit -= points - left


def debit(tx: Tx, account: Account, points: int, source: Source, *, may_owe: bool = False) -> int:
    """Take `points`: the lot it reverses or the receipt's own lots first, then by expiry
    (E15, E21).

    Raises RuleError when there are too few, unless `may_owe` (reversals only, E17).
    """
    lots = [lot for lot in open_lots(tx.db, account) if not _expired(lot, tx.today)]
    if source.reverses_id is not None:
        lots.sort(key=lambda lot: lot.id != source.reverses_id)
    elif source.receipt_id is not None:
        lots.sort(key=lambda lot: lot.receipt_id != source.receipt_id)
    have = sum(lot.remaining for lot in lots)
    if not may_owe and have < points:
        raise RuleError(tr("可用积分只有 {have}，不够扣 {need}。").format(have=have, need=points))
    entry_id = _entry(tx, account, -points, source)
    left = points
    for lot in lots:
        taken = min(lot.remaining, left)
        if taken > 0:
            _allocate(tx, entry_id, lot.id, taken)
            left -= taken
    account.available -= points - left
    account.deficit += left
    _check(account)
    return entry_id


def give_back(tx: Tx, account: Account, debit_id: int, source: Source) -> int:
    """Reverse a whole debit: points return to the lots they came from, last taken first (E18).

    What came from a lot that has run out since is given anew, for 30 days of grace (E19).
    """
    taken = tx.db.rows(
        PointsAllocation.select(
            PointsAllocation.lot_id, fn.SUM(PointsAllocation.points), PointsEntry.expires_on
        )
        .join(PointsEntry, on=(PointsEntry.id == PointsAllocation.lot_id))
        .where(PointsAllocation.debit_id == debit_id)
        .group_by(PointsAllocation.lot_id)
        .order_by(fn.MAX(PointsAllocation.id).desc())
    )
    late = sum(amount for _, amount, ends in taken if ends is not None and ends < tx.today)
    points = sum(amount for _, amount, _ in taken) - late
    entry_id = None
    if points:
        entry_id = _entry(tx, account, points, source)
        account.available += points
        for lot_id, amount, ends in taken:
            if ends is None or ends >= tx.today:
                _allocate(tx, debit_id, lot_id, -amount)
                _pay_owed(tx, account, lot_id, amount)
    if late:
        grace = replace(
            source,
            kind="grace",
            expires_on=plus_days(tx.today, GRACE_DAYS),
            reverses_id=None if entry_id else source.reverses_id,
        )
        grace_id = credit(tx, account, late, grace)
        entry_id = entry_id or grace_id
    _check(account)
    return entry_id or 0


def expire_lots(tx: Tx, account: Account) -> int:
    """Write the expiry of every lot whose last usable day is past; answers the points expired.

    Dated the day after that last day, once per lot (E22, E23).
    """
    gone = 0
    for lot in open_lots(tx.db, account):
        if lot.expires_on is not None and _expired(lot, tx.today):
            source = Source("expire", plus_days(lot.expires_on, 1), expired_lot_id=lot.id)
            entry_id = _entry(tx, account, -lot.remaining, source)
            _allocate(tx, entry_id, lot.id, lot.remaining)
            account.available -= lot.remaining
            gone += lot.remaining
    _check(account)
    return gone


def _expired(lot: Lot, today: str) -> bool:
    return lot.expires_on is not None and lot.expires_on < today


def _entry(tx: Tx, account: Account, points: int, source: Source) -> int:
    return tx.db.insert(
        PointsEntry,
        person_id=account.person_id,
        programme_id=account.programme_id,
        version_id=account.timeline.at(source.on).id,
        kind=source.kind,
        points=points,
        tier_counting=int(source.tier_counting),
        receipt_id=source.receipt_id,
        money_event_id=source.money_event_id,
        reverses_id=source.reverses_id,
        expired_lot_id=source.expired_lot_id,
        occurred_on=source.on,
        expires_on=source.expires_on,
        reason=source.reason,
        seq=tx.seq,
    )


def _allocate(tx: Tx, debit_id: int, lot_id: int, points: int) -> None:
    tx.db.insert(PointsAllocation, debit_id=debit_id, lot_id=lot_id, points=points, seq=tx.seq)


def _check(account: Account) -> None:
    if account.available < 0 or account.deficit < 0:
        raise IntegrityAlarm(tr("这位会员的积分账对不上，已停止登记。请联系院长运行“校验”。"))
