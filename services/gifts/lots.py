"""Lots: what is known of the goods of an arrival, what is left of each, what expires.

Nobody writes down from which lot a gift was handed out. What is left is derived: the days are
replayed. What was handed out on a day left from what expired next and was still good; goods
without a last day leave after those that have one, and what is past its last day is not handed
out. Scrapped goods and corrections leave from what expires first, which is what has expired. A
transfer changes nothing here, both places are one shelf.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.gifts import Gift, StockLevel, StockMove
from models.paperwork import StockLot
from models.query import Prepared, slot
from services.clock import days_between, is_date, plus_days
from services.commands import Tx
from services.errors import RuleError
from services.gifts.catalogue import WAREHOUSE, check_unit_cost, gift_facts
from services.gifts.stock_ledger import check_quantity, move
from services.i18n import tr

WARNING_DAYS = 90
LONGEST_LOT = 40
_LAST = "9999-12-31"  # where goods without a last day stand in the order

_Arrived = tuple[str, int, int, str | None, str | None]  # day, move, pieces, lot, last day
_HANDED, _SCRAPPED, _CORRECTED = range(3)
_CLASSES = {
    "issue": _HANDED,
    "return": _HANDED,
    "scrap": _SCRAPPED,
    "adjust": _CORRECTED,
    "count": _CORRECTED,
}

_ARRIVED = Prepared(
    lambda: (
        StockMove.select(
            StockMove.occurred_on,
            StockMove.id,
            StockMove.quantity,
            StockLot.lot,
            StockLot.expires_on,
        )
        .join(StockLot, JOIN.LEFT_OUTER, on=(StockLot.move_id == StockMove.id))
        .where((StockMove.gift_id == slot("gift_id")) & (StockMove.kind == "receive"))
        .order_by(StockMove.id)
    )
)
_OTHERS = Prepared(
    lambda: (
        StockMove.select(StockMove.occurred_on, StockMove.kind, fn.SUM(StockMove.quantity))
        .where(
            (StockMove.gift_id == slot("gift_id"))
            & (StockMove.kind != "receive")
            & (StockMove.kind != "transfer")
        )
        .group_by(StockMove.occurred_on, StockMove.kind)
    )
)
_CAME_BACK_BAD = Prepared(lambda: _came_back_bad())


def _came_back_bad() -> Any:
    """What came back opened and was scrapped in the same command: these very pieces left."""
    back = StockMove.alias()
    same = (back.seq == StockMove.seq) & (back.gift_id == StockMove.gift_id)
    came_back = fn.EXISTS(back.select(back.id).where(same & (back.kind == "return")))
    return (
        StockMove.select(StockMove.occurred_on, fn.SUM(StockMove.quantity))
        .where(
            (StockMove.gift_id == slot("gift_id"))
            & (StockMove.kind == "scrap")
            & (StockMove.kind != "receive")
            & (StockMove.kind != "transfer")
            & came_back
        )
        .group_by(StockMove.occurred_on)
    )


_OVER = Prepared(
    lambda: (
        StockLot.select(StockLot.move_id)
        .where((StockLot.gift_id == slot("gift_id")) & (StockLot.expires_on < slot("today")))
        .limit(1)
    )
)
_ANY_OVER = Prepared(
    lambda: StockLot.select(StockLot.gift_id).where(StockLot.expires_on < slot("today")).distinct()
)
_HELD = Prepared(
    lambda: StockLevel.select(fn.COALESCE(fn.SUM(StockLevel.quantity), 0)).where(
        StockLevel.gift_id == slot("gift_id")
    )
)


@dataclass(frozen=True)
class LotLeft:
    """What is left of one arrival. `move_id` None: pieces that no arrival is known for (found by
    a count or an adjustment). `expires_on` is the last day on which they may be handed out."""

    move_id: int | None
    lot: str
    expires_on: str | None
    arrived_on: str | None
    received: int
    left: int


@dataclass(frozen=True)
class _EndingLot:
    """What is left of a lot that has a last day."""

    lot: str
    expires_on: str
    left: int


@dataclass(frozen=True)
class ExpiringLot:
    """Pieces whose last day is over (`days_left` below zero) or near, for the warning list."""

    gift_id: int
    code: str
    name: str
    unit: str
    lot: str
    expires_on: str
    days_left: int
    left: int


# -- an arrival ------------------------------------------------------------------------------


def arrive(
    tx: Tx,
    *,
    gift_id: int,
    quantity: int,
    unit_cost_fen: int | None = None,
    place: str = WAREHOUSE,
    reason: str = "",
    lot: str = "",
    expires_on: str | None = None,
    document_id: int | None = None,
) -> int:
    """入库 inside a command: the move, and its lot when something is known of it (R143).

    Answers the move's id. Money is fen. Raises RuleError: quantity, cost, a gift out of use, a
    date that is none, goods whose last day is over already.
    """
    check_quantity(quantity)
    check_unit_cost(unit_cost_fen)
    name, _, _, active = gift_facts(tx.db, gift_id)
    if not active:
        raise RuleError(tr("这种礼品已停用。请先在礼品目录里启用，再入库。"))
    lot = lot.strip()
    _check_lot(tx, name, lot, expires_on)
    move_id = move(
        tx,
        gift_id=gift_id,
        place=place,
        kind="receive",
        quantity=quantity,
        unit_cost_fen=unit_cost_fen,
        reason=reason,
    )
    if lot or expires_on or document_id is not None:
        tx.db.insert(
            StockLot,
            move_id=move_id,
            gift_id=gift_id,
            document_id=document_id,
            lot=lot,
            expires_on=expires_on,
            seq=tx.seq,
        )
    return move_id


def _check_lot(tx: Tx, name: str, lot: str, expires_on: str | None) -> None:
    if len(lot) > LONGEST_LOT:
        raise RuleError(tr("批号太长，请只写包装上的批号(最多 40 个字)。"))
    if expires_on is None:
        return
    if not is_date(expires_on):
        raise RuleError(tr("有效期写成 20270531，只有年月的写 2027-05。"))
    if expires_on < tx.today:
        sentence = tr("“{name}”的有效期 {day} 已过，不能入库。请核对有效期，或退给供货商。")
        raise RuleError(sentence.format(name=name, day=expires_on))


# -- what is left ----------------------------------------------------------------------------


def _held(db: ClinicDatabase, gift_id: int) -> int:
    found = _HELD.row(db, gift_id=gift_id)
    return int(found[0]) if found else 0


def lots_left(db: ClinicDatabase, gift_id: int) -> list[LotLeft]:
    """What is left of every arrival of a gift at both places, what expires first at the top."""
    arrivals = _ARRIVED.rows(db, gift_id=gift_id)
    return [lot for lot in _replay(arrivals, _gone(db, gift_id)) if lot.left]


def expired_pieces(db: ClinicDatabase, gift_id: int, today: str) -> int:
    """How many pieces of a gift, at both places together, are past their last day."""
    if _OVER.row(db, gift_id=gift_id, today=today) is None:
        return 0
    return sum(lot.left for lot in _ending(db, gift_id, plus_days(today, -1)))


def expired_of(db: ClinicDatabase, gift_ids: Iterable[int], today: str) -> dict[int, int]:
    """gift → `expired_pieces`, of these gifts those that have a lot whose last day is over."""
    over = {gift_id for (gift_id,) in _ANY_OVER.rows(db, today=today)}
    return {
        gift_id: sum(lot.left for lot in _ending(db, gift_id, plus_days(today, -1)))
        for gift_id in gift_ids
        if gift_id in over
    }


def usable(db: ClinicDatabase, gift_id: int, today: str) -> int:
    """How many pieces of a gift, at both places together, may be handed out today."""
    return _held(db, gift_id) - expired_pieces(db, gift_id, today)


def split_usable(warehouse: int, desk: int, expired: int) -> tuple[int, int]:
    """How many pieces may be handed out of what lies in the warehouse and at the desk: nobody
    knows on which shelf the expired ones lie, so they are taken from the desk's last."""
    gone = min(expired, warehouse)
    return warehouse - gone, desk - (expired - gone)


def _ending(db: ClinicDatabase, gift_id: int, until: str) -> list[_EndingLot]:
    """What is left of the lots whose last day is `until` or earlier."""
    if not _held(db, gift_id):
        return []
    return [
        _EndingLot(lot.lot, lot.expires_on, lot.left)
        for lot in lots_left(db, gift_id)
        if lot.expires_on is not None and lot.expires_on <= until
    ]


def expiring(db: ClinicDatabase, today: str, days: int = WARNING_DAYS) -> list[ExpiringLot]:
    """What is left of lots that expire within so many days or have expired, earliest first."""
    until = plus_days(today, days)
    rows = [
        ExpiringLot(
            gift_id,
            code,
            name,
            unit,
            lot.lot,
            lot.expires_on,
            days_between(today, lot.expires_on),
            lot.left,
        )
        for gift_id, code, name, unit in db.rows(_near(until))
        for lot in _ending(db, gift_id, until)
    ]
    return sorted(rows, key=lambda row: (row.expires_on, row.code, row.lot))


def _near(until: str) -> peewee.BaseQuery:
    """Gifts on a shelf of which some lot ends by that day."""
    held = (
        StockLevel.select(StockLevel.gift_id)
        .group_by(StockLevel.gift_id)
        .having(fn.SUM(StockLevel.quantity) > 0)
    )
    ending = StockLot.select(StockLot.gift_id).where(StockLot.expires_on <= until)
    return Gift.select(Gift.id, Gift.code, Gift.name, Gift.unit).where(
        Gift.id.in_(held) & Gift.id.in_(ending)
    )


def _gone(db: ClinicDatabase, gift_id: int) -> dict[str, list[int]]:
    """day → what was handed out, scrapped and corrected on it, each less what came back."""
    days: dict[str, list[int]] = {}
    for day, kind, quantity in _OTHERS.rows(db, gift_id=gift_id):
        sums = days.setdefault(day, [0, 0, 0])
        sums[_CLASSES[kind]] += quantity
    for day, quantity in _CAME_BACK_BAD.rows(db, gift_id=gift_id):
        days[day][_SCRAPPED] -= quantity
        days[day][_HANDED] += quantity
    return days


class _Shelf:
    """Lots in the order in which they expire, and loose pieces, from which things leave."""

    def __init__(self) -> None:
        self.left: dict[int, int] = {}
        self.order: list[tuple[str, int]] = []  # last day, move
        self.loose = 0

    def arrive(self, expires_on: str | None, move_id: int, quantity: int) -> None:
        self.left[move_id] = quantity
        insort(self.order, (expires_on or _LAST, move_id))

    def take(self, quantity: int, since: str = "") -> None:
        """So many leave from what ends on `since` or later; from what ended before it only when
        nothing else is there, which the desk does not do."""
        if not quantity:
            return
        first = bisect_left(self.order, (since, 0))
        quantity = self._take_from(self.order[first:], quantity)
        loose = min(self.loose, quantity)
        self.loose -= loose
        self._take_from(self.order[:first], quantity - loose)
        self.order = [key for key in self.order if self.left[key[1]]]

    def _take_from(self, keys: list[tuple[str, int]], quantity: int) -> int:
        """Answers how many are still to be taken."""
        for _, move_id in keys:
            taken = min(self.left[move_id], quantity)
            self.left[move_id] -= taken
            quantity -= taken
        return quantity


def _replay(arrivals: list[_Arrived], others: dict[str, list[int]]) -> list[LotLeft]:
    """Every lot in the order in which it leaves, with what is left of it."""
    shelf = _Shelf()
    days = _by_day(arrivals)
    for day in sorted(days.keys() | others.keys()):
        for _, move_id, quantity, _lot, expires_on in days.get(day, ()):
            shelf.arrive(expires_on, move_id, quantity)
        handed, scrapped, corrected = others.get(day, (0, 0, 0))
        shelf.loose += max(handed, 0) + max(corrected, 0)
        shelf.take(max(-handed, 0), day)
        shelf.take(-scrapped + max(-corrected, 0))
    facts = {row[1]: row for row in arrivals}
    told = _told(shelf.order, shelf.left, facts)
    return [*told, LotLeft(None, "", None, None, 0, shelf.loose)]


def _by_day(
    arrivals: list[_Arrived],
) -> dict[str, list[_Arrived]]:
    days: dict[str, list[_Arrived]] = {}
    for row in arrivals:
        days.setdefault(row[0], []).append(row)
    return days


def _told(
    order: list[tuple[str, int]],
    left: dict[int, int],
    facts: dict[int, _Arrived],
) -> Iterator[LotLeft]:
    for _, move_id in order:
        arrived_on, _, received, lot, expires_on = facts[move_id]
        yield LotLeft(move_id, lot or "", expires_on, arrived_on, received, left[move_id])
