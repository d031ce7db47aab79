"""Points as lots: credits, debits tied to the lots they consumed, deficits, expiry.

Balance = Σ remaining of lots − deficit = Σ of all entries once expired lots are caught up (E20,
E22). Only reversals may go into deficit (E17); the next credits pay it first. The verbs work on
any `Account`: the stored one posts rows, the one of a simulation keeps them in memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from services.clock import plus_days, plus_months
from services.errors import IntegrityAlarm, RuleError
from services.i18n import tr
from services.programmes.plan import number
from services.programmes.registry import Timeline

GRACE_DAYS = 30


class Lot(NamedTuple):
    """A credit and what is left of it; `expires_on` is its last usable day (E23)."""

    id: int
    remaining: int
    receipt_id: int | None
    expires_on: str | None
    earned_on: str

    def usable_on(self, day: str) -> bool:
        """Whether it may be spent on a day; its last one included (E22, E23)."""
        return self.expires_on is None or day <= self.expires_on


class Source(NamedTuple):
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
    complaint_id: int | None = None
    referral_id: int | None = None


class Account(ABC):
    """A person's points under one programme while something works on them."""

    def __init__(self, timeline: Timeline, available: int = 0, deficit: int = 0) -> None:
        self.timeline = timeline
        self.available = available
        self.deficit = deficit

    @property
    @abstractmethod
    def today(self) -> str:
        """The business date of what is being done."""

    @abstractmethod
    def lots(self) -> list[Lot]:
        """Lots with something left, in any order."""

    @abstractmethod
    def owed(self) -> list[tuple[int, int]]:
        """Debits that still lack points, oldest first: (entry, points)."""

    def taken(self, debit_id: int) -> list[tuple[int, int, str | None]]:
        """What a debit took, last taken first: (lot, points, the lot's last usable day). Nothing
        where debits are never given back."""
        return []

    @abstractmethod
    def entry(self, points: int, source: Source) -> int:
        """Write an entry; answers its id."""

    @abstractmethod
    def allocate(self, debit_id: int, lot_id: int, points: int) -> None:
        """Tie points of a debit to a lot; negative gives them back."""

    def check(self) -> None:
        """Raises IntegrityAlarm for a number that cannot be (E64)."""
        if self.available < 0 or self.deficit < 0:
            raise IntegrityAlarm(tr("这位会员的积分账对不上，已停止登记。请联系院长运行“校验”。"))


def expiry_of(timeline: Timeline, earned_on: str) -> str | None:
    """The last usable day of points earned on a day, stamped once and for ever (E26, E28).

    So many months later the day of the same number is the last one (民法典 202 条).
    """
    points = timeline.at(earned_on).programme.points
    if points.expiry_year_ends is not None:
        return f"{int(earned_on[:4]) + points.expiry_year_ends}-12-31"
    months = number(points.expiry_months)
    return None if months is None else plus_months(earned_on, months)


def usable(account: Account) -> list[Lot]:
    """Lots that may still be spent, in the order they are consumed: expiry, earned, id (E21)."""
    lots = [lot for lot in account.lots() if lot.usable_on(account.today)]
    return sorted(lots, key=lambda lot: (lot.expires_on or "9999", lot.earned_on, lot.id))


def credit(account: Account, points: int, source: Source) -> int:
    """Add a lot of `points`; what is owed is paid from it first (E17). Answers the entry's id."""
    entry_id = account.entry(points, source)
    account.available += points
    if account.deficit:
        _pay_owed(account, entry_id, points)
    account.check()
    return entry_id


def _pay_owed(account: Account, lot_id: int, points: int) -> None:
    """Pay what is owed, oldest first, from `points` that just came into a lot (E17)."""
    left = points
    for debit_id, owed in account.owed() if account.deficit else ():
        paid = min(owed, left)
        if paid > 0:
            account.allocate(debit_id, lot_id, paid)
            left -= paid
    account.available -= points - left
    account.deficit -= points - left


def pay_owed(account: Account) -> None:
    """Pay what is owed from the lots there are: only a merge finds both at once (E17, E62)."""
    for lot in usable(account) if account.deficit else ():
        _pay_owed(account, lot.id, lot.remaining)
    account.check()


def debit(account: Account, points: int, source: Source, *, may_owe: bool = False) -> int:
    """Take `points`: the lot it reverses or the receipt's own lots first, then by expiry
    (E15, E21).

    Raises RuleError when there are too few, unless `may_owe` (reversals only, E17).
    """
    lots = usable(account)
    if source.reverses_id is not None:
        lots.sort(key=lambda lot: lot.id != source.reverses_id)
    elif source.receipt_id is not None:
        lots.sort(key=lambda lot: lot.receipt_id != source.receipt_id)
    have = sum(lot.remaining for lot in lots)
    if not may_owe and have < points:
        raise RuleError(tr("可用积分只有 {have}，不够扣 {need}。").format(have=have, need=points))
    entry_id = account.entry(-points, source)
    left = points
    for lot in lots:
        taken = min(lot.remaining, left)
        if taken > 0:
            account.allocate(entry_id, lot.id, taken)
            left -= taken
    account.available -= points - left
    account.deficit += left
    account.check()
    return entry_id


def give_back(
    account: Account, debit_id: int, source: Source, *, points: int | None = None, before: int = 0
) -> int:
    """Reverse a debit, or `points` of it after `before` were given back already: they return to
    the lots they came from, last taken first (E18).

    What came from a lot that has run out since is given anew, for 30 days of grace (E19).
    Answers the id of the first entry, 0 when there was nothing to give.
    """
    pieces = _pieces(account.taken(debit_id), before, points)
    late = [piece for piece in pieces if piece[2] is not None and piece[2] < account.today]
    alive = [piece for piece in pieces if piece not in late]
    entry_id = 0
    if alive:
        total = sum(piece[1] for piece in alive)
        entry_id = account.entry(total, source)
        account.available += total
        for lot_id, amount, _ in alive:
            account.allocate(debit_id, lot_id, -amount)
            _pay_owed(account, lot_id, amount)
    if late:
        grace = source._replace(
            kind="grace",
            expires_on=plus_days(account.today, GRACE_DAYS),
            reverses_id=None if entry_id else source.reverses_id,
        )
        grace_id = credit(account, sum(piece[1] for piece in late), grace)
        entry_id = entry_id or grace_id
    account.check()
    return entry_id


def _pieces(
    taken: list[tuple[int, int, str | None]], before: int, points: int | None
) -> list[tuple[int, int, str | None]]:
    """The part of what was taken that comes after `before`, `points` long."""
    wanted = sum(amount for _, amount, _ in taken) - before if points is None else points
    pieces = []
    for lot_id, amount, ends in taken:
        skipped = min(before, amount)
        before -= skipped
        part = min(amount - skipped, wanted)
        wanted -= part
        if part:
            pieces.append((lot_id, part, ends))
    return pieces


def expire_lots(account: Account) -> int:
    """Write the expiry of every lot whose last usable day is past; answers the points expired.

    Dated the day after that last day, once per lot (E22, E23).
    """
    gone = 0
    for lot in account.lots():
        if lot.expires_on is not None and not lot.usable_on(account.today):
            source = Source("expire", plus_days(lot.expires_on, 1), expired_lot_id=lot.id)
            entry_id = account.entry(-lot.remaining, source)
            account.allocate(entry_id, lot.id, lot.remaining)
            account.available -= lot.remaining
            gone += lot.remaining
    account.check()
    return gone
