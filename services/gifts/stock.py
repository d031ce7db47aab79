"""Stock: two places and the append-only moves between them; the catalogue is told here too.

`stock_move` is the ledger, `stock_level` its projection; both are written by `move` alone, in one
transaction, and never below zero (R143, E32, E65). Corrections are moves of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import peewee

from models.database import ClinicDatabase
from models.gifts import Gift, StockLevel, StockMove
from models.query import Prepared, slot
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
    gift_facts,
    list_gifts,
)
from services.i18n import tr

LARGEST = 1_000_000
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

_LEVELS = Prepared(
    lambda: StockLevel.select(StockLevel.place, StockLevel.quantity).where(
        StockLevel.gift_id == slot("gift_id")
    )
)


@dataclass(frozen=True)
class StockRow:
    """What lies where. `below_safety`: both places together hold less than the safety stock."""

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
            warehouse + desk < gift.safety_stock,
            gift.active,
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
) -> StockMoved:
    """入库: goods arrive, each at `unit_cost_fen` (None: the catalogue's cost).

    Raises RuleError for a quantity below one or a gift out of use.
    """
    _check_quantity(quantity)
    if unit_cost_fen is not None and unit_cost_fen < 0:
        raise RuleError(tr("成本不能小于零。"))
    if not gift_facts(tx.db, gift_id)[3]:
        raise RuleError(tr("这种礼品已停用。请先在礼品目录里启用，再入库。"))
    move_id = move(
        tx,
        gift_id=gift_id,
        place=place,
        kind="receive",
        quantity=quantity,
        unit_cost_fen=unit_cost_fen,
        reason=reason,
    )
    return _moved(tx, move_id, gift_id, place, quantity)


@command("stock.transfer", entity="stock_move")
def transfer(
    tx: Tx,
    *,
    gift_id: int,
    quantity: int,
    from_place: str = WAREHOUSE,
    to_place: str = DESK,
    reason: str = "",
) -> StockMoved:
    """申领: from one place to the other, two rows that cancel out (R143).

    Raises RuleError when the first place holds too few.
    """
    _check_quantity(quantity)
    if from_place == to_place:
        raise RuleError(tr("申领的两个库位相同，请重新选择。"))
    move_id = move(
        tx, gift_id=gift_id, place=from_place, kind="transfer", quantity=-quantity, reason=reason
    )
    move(tx, gift_id=gift_id, place=to_place, kind="transfer", quantity=quantity, reason=reason)
    return _moved(tx, move_id, gift_id, from_place, quantity)


@command("stock.scrap", entity="stock_move")
def scrap(tx: Tx, *, gift_id: int, quantity: int, place: str, reason: str) -> StockMoved:
    """报损: broken or expired goods leave. Raises RuleError: no reason, too few there."""
    _check_quantity(quantity)
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


def move(
    tx: Tx,
    *,
    gift_id: int,
    place: str,
    kind: str,
    quantity: int,
    unit_cost_fen: int | None = None,
    issue_id: int | None = None,
    reconciliation_id: int | None = None,
    reason: str = "",
) -> int:
    """Write one move and the level it leads to: the only place that does. Answers the row's id.

    `quantity` is signed. Raises RuleError with both places' quantities when the place holds too
    few (E32); the CHECK of `stock_level` is the net under it.
    """
    name, unit, cost_fen, _ = gift_facts(tx.db, gift_id)
    if place not in PLACES:
        raise RuleError(tr("库位请选“仓库”或“收费室”。"))
    levels = _levels(tx.db, gift_id)
    if levels[place] + quantity < 0:
        raise RuleError(_too_few(name, unit, place, -quantity, levels))
    tx.db.write(
        StockLevel.update(quantity=StockLevel.quantity + quantity).where(
            (StockLevel.gift_id == gift_id) & (StockLevel.place == place)
        )
    )
    return tx.db.insert(
        StockMove,
        gift_id=gift_id,
        place=place,
        kind=kind,
        quantity=quantity,
        unit_cost_fen=cost_fen if unit_cost_fen is None else unit_cost_fen,
        issue_id=issue_id,
        reconciliation_id=reconciliation_id,
        reason=reason.strip(),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def level(db: ClinicDatabase, gift_id: int, place: str) -> int:
    """How many of a gift lie at a place."""
    return _levels(db, gift_id)[place]


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


def _levels(db: ClinicDatabase, gift_id: int) -> dict[str, int]:
    return dict.fromkeys(PLACES, 0) | dict(_LEVELS.rows(db, gift_id=gift_id))


def _too_few(name: str, unit: str, place: str, wanted: int, levels: dict[str, int]) -> str:
    facts = {
        "name": name,
        "unit": unit,
        "wanted": wanted,
        "here": levels[place],
        "warehouse": levels[WAREHOUSE],
        "desk": levels[DESK],
    }
    if place == WAREHOUSE:
        sentence = tr(
            "仓库只剩 {here} {unit}“{name}”，不够 {wanted} {unit}"
            "(收费室有 {desk} {unit})。请先入库。"
        )
    elif levels[WAREHOUSE]:
        sentence = tr(
            "收费室只剩 {here} {unit}“{name}”，不够 {wanted} {unit}。"
            "请先从仓库申领(仓库有 {warehouse} {unit})。"
        )
    else:
        sentence = tr(
            "收费室只剩 {here} {unit}“{name}”，不够 {wanted} {unit}，仓库也没有(0 {unit})。"
            "请市场部先申购入库。"
        )
    return sentence.format(**facts)


def _check_quantity(quantity: int) -> None:
    if not 0 < quantity <= LARGEST:
        raise RuleError(tr("数量请填 1 至 1000000 的整数。"))


def _given(reason: str, sentence: str) -> str:
    if not reason.strip():
        raise RuleError(sentence)
    return reason.strip()


def _moved(tx: Tx, move_id: int, gift_id: int, place: str, quantity: int) -> StockMoved:
    tx.about(move_id, gift=gift_id, place=place, quantity=quantity)
    return StockMoved(move_id, gift_id, level(tx.db, gift_id, place), Changes((Kind.STOCK,)))
