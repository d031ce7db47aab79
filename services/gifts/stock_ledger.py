"""The stock ledger: the one place that writes a move and the level it leads to.

`stock_move` only grows, `stock_level` is its projection; neither place ever falls below zero, and
what the warehouse has sent to the billing desk is spoken for until it is signed for (R143, E32).
"""

from __future__ import annotations

import peewee
from peewee import fn

from models.database import ClinicDatabase
from models.gifts import StockLevel, StockMove
from models.paperwork import GiftPart, StockDocument, StockDocumentLine
from models.query import Prepared, slot
from services.commands import Tx
from services.errors import RuleError
from services.gifts.catalogue import DESK, MOST_PIECES, PLACES, WAREHOUSE, gift_facts
from services.i18n import tr

LARGEST = MOST_PIECES
# what may not take goods that are on the way; a correction of the books may
_BOUND = ("transfer", "issue", "scrap")

_LEVELS = Prepared(
    lambda: StockLevel.select(StockLevel.place, StockLevel.quantity).where(
        StockLevel.gift_id == slot("gift_id")
    )
)
_PACK = Prepared(
    lambda: GiftPart.select(GiftPart.part_id).where(GiftPart.gift_id == slot("gift_id")).limit(1)
)
_MOVE = Prepared(
    lambda: StockLevel.update(quantity=StockLevel.quantity + slot("quantity")).where(
        (StockLevel.gift_id == slot("gift_id")) & (StockLevel.place == slot("place"))
    )
)
_SENT = Prepared(lambda: _sent_lines().where(StockDocumentLine.gift_id == slot("gift_id")))


def _sent_lines() -> peewee.ModelSelect[StockDocumentLine]:
    """Σ sent of the requisitions nobody has signed for yet."""
    return (
        StockDocumentLine.select(fn.COALESCE(fn.SUM(StockDocumentLine.sent), 0))
        .join(StockDocument, on=(StockDocument.id == StockDocumentLine.document_id))
        .where((StockDocument.kind == "requisition") & (StockDocument.state == "sent"))
    )


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
    """Write one move and the level it leads to. Answers the row's id.

    `quantity` is signed, `unit_cost_fen` is what one costs (None: the catalogue's cost). Raises
    RuleError with both places' quantities when the place holds too few (E32), when the goods are
    on the way to the desk, for a pack (it has no stock of its own) and an unknown place; the CHECK
    of `stock_level` is the net under it.
    """
    name, unit, cost_fen, _ = gift_facts(tx.db, gift_id)
    if place not in PLACES:
        raise RuleError(tr("库位请选“仓库”或“收费室”。"))
    if is_pack(tx.db, gift_id):
        raise RuleError(tr("“{name}”是礼包，没有自己的库存。请登记其中的礼品。").format(name=name))
    levels = _levels(tx.db, gift_id)
    if levels[place] + quantity < 0:
        raise RuleError(_too_few(name, unit, place, -quantity, levels))
    if quantity < 0 and place == WAREHOUSE and kind in _BOUND:
        _check_on_the_way(tx.db, gift_id, name, unit, levels[WAREHOUSE], -quantity)
    _MOVE.write(tx.db, gift_id=gift_id, place=place, quantity=quantity)
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


def on_the_way(db: ClinicDatabase, gift_id: int) -> int:
    """How many of a gift the warehouse has sent and the desk has not signed for (R143)."""
    found = _SENT.row(db, gift_id=gift_id)
    return int(found[0]) if found else 0


def spare(db: ClinicDatabase, gift_id: int, *, own: int = 0) -> int:
    """How many of a gift the warehouse may still give: what lies there less what is on the way;
    for a requisition that is corrected without its `own` pieces on the way."""
    return max(level(db, gift_id, WAREHOUSE) - (on_the_way(db, gift_id) - own), 0)


def is_pack(db: ClinicDatabase, gift_id: int) -> bool:
    """Whether a gift is put together of others and so never lies on a shelf itself."""
    return _PACK.row(db, gift_id=gift_id) is not None


def check_quantity(quantity: int) -> None:
    """Raises RuleError for a quantity that no move may have."""
    if not 0 < quantity <= LARGEST:
        raise RuleError(tr("数量请填 1 至 1000000 的整数。"))


def _levels(db: ClinicDatabase, gift_id: int) -> dict[str, int]:
    return dict.fromkeys(PLACES, 0) | dict(_LEVELS.rows(db, gift_id=gift_id))


def _check_on_the_way(
    db: ClinicDatabase, gift_id: int, name: str, unit: str, here: int, wanted: int
) -> None:
    sent = on_the_way(db, gift_id)
    if here - sent < wanted:
        sentence = tr(
            "仓库账面有 {here} {unit}“{name}”，其中 {sent} {unit}已送出、等收费室签收，"
            "动不了 {wanted} {unit}。请先在“单据”里签收或更正申领单。"
        )
        facts = {"here": here, "unit": unit, "name": name, "sent": sent, "wanted": wanted}
        raise RuleError(sentence.format(**facts))


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
