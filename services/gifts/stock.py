"""Stock: what lies at the two places, and the verbs that move it; the catalogue is told here too.

Every verb goes through `stock_ledger.move` (R143, E32, E65). Corrections are moves of their own.
Goods come from the warehouse to the billing desk by requisition only (`requisitions`), which takes
the right posts; `transfer` is the way back.
"""

from __future__ import annotations

from dataclasses import dataclass

import peewee

from models.database import ClinicDatabase
from models.gifts import Gift, StockLevel, StockMove
from models.system import Audit, Staff
from services.changes import Changes, Kind
from services.clock import local_text
from services.commands import Tx, command
from services.errors import RuleError
from services.gifts.catalogue import (
    DESK,
    PLACES,
    WAREHOUSE,
    GiftDefined,
    GiftRow,
    change_gift,
    define_gift,
    list_gifts,
)
from services.gifts.lots import arrive
from services.gifts.stock_ledger import LARGEST, check_quantity, level, move
from services.i18n import tr

__all__ = [
    "DESK",
    "PLACES",
    "WAREHOUSE",
    "GiftDefined",
    "GiftRow",
    "MoveRow",
    "StockMoved",
    "StockRow",
    "adjust",
    "change_gift",
    "define_gift",
    "kind_name",
    "level",
    "list_gifts",
    "move",
    "moves",
    "place_name",
    "receive",
    "scrap",
    "stock_levels",
    "transfer",
]


@dataclass(frozen=True)
class StockRow:
    """What lies where. `below_safety`: both places together hold less than the safety stock. A
    `pack` has no stock of its own."""

    gift_id: int
    code: str
    name: str
    spec: str
    unit: str
    band_fen: int
    warehouse: int
    desk: int
    safety_stock: int
    below_safety: bool
    active: bool
    pack: bool = False


@dataclass(frozen=True)
class MoveRow:
    """One stock move, for the drill-down: what, where, who and when (clinic-local)."""

    id: int
    seq: int
    at: str
    gift_id: int
    gift_name: str
    place: str
    kind: str
    quantity: int
    reason: str
    staff: str
    issue_id: int | None
    reconciliation_id: int | None


@dataclass(frozen=True)
class StockMoved:
    """A move was written. `left` is what now lies at the place it took from (or put to)."""

    move_id: int
    gift_id: int
    left: int
    changes: Changes


def place_name(place: str) -> str:
    """The stock place as the clinic calls it."""
    return {WAREHOUSE: tr("仓库"), DESK: tr("收费室")}[place]


def kind_name(kind: str) -> str:
    """The kind of a stock move as the clinic calls it."""
    return {
        "receive": tr("入库"),
        "transfer": tr("申领"),
        "issue": tr("发放"),
        "return": tr("退回"),
        "scrap": tr("报损"),
        "adjust": tr("调整"),
        "count": tr("盘点"),
    }[kind]


# -- levels --------------------------------------------------------------------------------


def stock_levels(db: ClinicDatabase, *, everything: bool = False) -> list[StockRow]:
    """What lies in both places, by gift code; gifts out of use only when `everything`."""
    levels: dict[tuple[int, str], int] = {
        (gift_id, place): quantity
        for gift_id, place, quantity in db.rows(
            StockLevel.select(StockLevel.gift_id, StockLevel.place, StockLevel.quantity)
        )
    }
    return [
        StockRow(
            gift.id,
            gift.code,
            gift.name,
            gift.spec,
            gift.unit,
            gift.band_fen,
            warehouse := levels.get((gift.id, WAREHOUSE), 0),
            desk := levels.get((gift.id, DESK), 0),
            gift.safety_stock,
            not gift.pack and warehouse + desk < gift.safety_stock,
            gift.active,
            gift.pack,
        )
        for gift in list_gifts(db, everything=everything)
    ]


# -- moves ---------------------------------------------------------------------------------


@command("stock.receive", entity="stock_move")
def receive(
    tx: Tx,
    *,
    gift_id: int,
    quantity: int,
    unit_cost_fen: int | None = None,
    place: str = WAREHOUSE,
    reason: str = "",
    lot: str = "",
    expires_on: str | None = None,
) -> StockMoved:
    """入库: goods that were not ordered arrive, each at `unit_cost_fen` (None: the catalogue's).

    `lot` and `expires_on` (last usable day) are what the box says. Raises RuleError: quantity,
    cost, a gift out of use, goods that have expired.
    """
    move_id = arrive(
        tx,
        gift_id=gift_id,
        quantity=quantity,
        unit_cost_fen=unit_cost_fen,
        place=place,
        reason=reason,
        lot=lot,
        expires_on=expires_on,
    )
    return _moved(tx, move_id, gift_id, place, quantity)


@command("stock.transfer", entity="stock_move")
def transfer(
    tx: Tx,
    *,
    gift_id: int,
    quantity: int,
    from_place: str = DESK,
    to_place: str = WAREHOUSE,
    reason: str = "",
) -> StockMoved:
    """退库: from the desk back to the warehouse, two rows that cancel out (R143).

    Raises RuleError when the desk holds too few, and for any other way: goods for the desk are
    requisitioned.
    """
    check_quantity(quantity)
    if (from_place, to_place) != (DESK, WAREHOUSE):
        raise RuleError(tr("这里只能从收费室退回仓库。仓库的货请开申领单，送到后由收费室签收。"))
    move_id = move(
        tx, gift_id=gift_id, place=from_place, kind="transfer", quantity=-quantity, reason=reason
    )
    move(tx, gift_id=gift_id, place=to_place, kind="transfer", quantity=quantity, reason=reason)
    return _moved(tx, move_id, gift_id, from_place, quantity)


@command("stock.scrap", entity="stock_move")
def scrap(tx: Tx, *, gift_id: int, quantity: int, place: str, reason: str) -> StockMoved:
    """报损: broken or expired goods leave. Raises RuleError: no reason, too few there."""
    check_quantity(quantity)
    move_id = move(
        tx,
        gift_id=gift_id,
        place=place,
        kind="scrap",
        quantity=-quantity,
        reason=_given(reason, tr("请填写报损的原因。")),
    )
    return _moved(tx, move_id, gift_id, place, -quantity)


@command("stock.adjust", entity="stock_move")
def adjust(tx: Tx, *, gift_id: int, quantity: int, place: str, reason: str) -> StockMoved:
    """调整: a signed correction with a reason (E63). Raises RuleError: no reason, zero, too few."""
    if not 0 < abs(quantity) <= LARGEST:
        raise RuleError(tr("调整的数量不能是零。增加写正数，减少写负数。"))
    move_id = move(
        tx,
        gift_id=gift_id,
        place=place,
        kind="adjust",
        quantity=quantity,
        reason=_given(reason, tr("请填写调整的原因。")),
    )
    return _moved(tx, move_id, gift_id, place, quantity)


def moves(
    db: ClinicDatabase,
    *,
    gift_id: int | None = None,
    place: str | None = None,
    after_seq: int = 0,
    until_seq: int | None = None,
    limit: int | None = None,
) -> list[MoveRow]:
    """Stock moves with who and when, newest first: of a gift, a place, a span of numbers."""
    wanted = StockMove.seq > after_seq
    if until_seq is not None:
        wanted &= StockMove.seq <= until_seq
    if gift_id is not None:
        wanted &= StockMove.gift_id == gift_id
    if place is not None:
        wanted &= StockMove.place == place
    query = (
        StockMove.select(
            StockMove.id,
            StockMove.seq,
            Audit.at_utc,
            StockMove.gift_id,
            Gift.name,
            StockMove.place,
            StockMove.kind,
            StockMove.quantity,
            StockMove.reason,
            Staff.name,
            StockMove.issue_id,
            StockMove.reconciliation_id,
        )
        .join(Gift, on=(Gift.id == StockMove.gift_id))
        .switch(StockMove)
        .join(Audit, peewee.JOIN.LEFT_OUTER, on=(Audit.seq == StockMove.seq))
        .switch(StockMove)
        .join(Staff, on=(Staff.id == StockMove.staff_id))
        .where(wanted)
        .order_by(StockMove.seq.desc(), StockMove.id.desc())
        .limit(limit)
    )
    return [MoveRow(row[0], row[1], local_text(row[2]), *row[3:]) for row in db.rows(query)]


def _given(reason: str, sentence: str) -> str:
    if not reason.strip():
        raise RuleError(sentence)
    return reason.strip()


def _moved(tx: Tx, move_id: int, gift_id: int, place: str, quantity: int) -> StockMoved:
    tx.about(move_id, gift=gift_id, place=place, quantity=quantity)
    return StockMoved(move_id, gift_id, level(tx.db, gift_id, place), Changes((Kind.STOCK,)))
