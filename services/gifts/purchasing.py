"""申购 → 入库: the marketing department orders, goods arrive with lot, cost and last day (R143).

An order may arrive in several deliveries. It ends by itself when everything is there; what never
comes is ended by hand, with the reason for the shortage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peewee import fn

from models.gifts import StockMove
from services.commands import Tx, command
from services.errors import RuleError
from services.gifts.document_steps import (
    changed,
    new_document,
    reason_given,
    set_line,
    set_state,
    still_open,
    write_step,
)
from services.gifts.documents import (
    PURCHASE,
    RECEIVED,
    DocumentChanged,
    DocumentLine,
    Wanted,
    lines_by_gift,
)
from services.gifts.lots import arrive
from services.i18n import tr


@dataclass(frozen=True)
class Arrival:
    """Goods of one gift and one lot. `unit_cost_fen` None: as ordered; `expires_on` is the last
    usable day, None when the box names none."""

    gift_id: int
    quantity: int
    unit_cost_fen: int | None = None
    lot: str = ""
    expires_on: str | None = None


@command("purchase.request", entity="stock_document")
def request_purchase(tx: Tx, *, lines: Sequence[Wanted], note: str = "") -> DocumentChanged:
    """申购: ask for goods (R143). Raises RuleError: no line, a gift twice, out of use or a pack, a
    number that cannot be."""
    return changed(new_document(tx, PURCHASE, lines, note))


@command("purchase.receive", entity="stock_document")
def receive_purchase(
    tx: Tx, *, document_id: int, arrivals: Sequence[Arrival], reason: str = ""
) -> DocumentChanged:
    """入库: a delivery of an order goes into the warehouse, lot by lot (R143).

    The order ends when every line is complete. Raises RuleError: finished already, nothing
    stated, a gift that was not ordered, more than was ordered without a `reason`, goods that
    have expired.
    """
    row = still_open(tx, document_id, PURCHASE)
    if not arrivals:
        raise RuleError(tr("还没有填到货数量。没有到货请先返回。"))
    lines = lines_by_gift(row)
    there = {line.gift_id: line.received or 0 for line in row.lines}
    for arrival in arrivals:
        line = lines.get(arrival.gift_id)
        if line is None:
            raise RuleError(tr("申购单上没有这种礼品。请另开申购单，或在“库存”里直接登记入库。"))
        cost_fen = line.unit_cost_fen if arrival.unit_cost_fen is None else arrival.unit_cost_fen
        arrive(
            tx,
            gift_id=arrival.gift_id,
            quantity=arrival.quantity,
            unit_cost_fen=cost_fen,
            reason=row.number,
            lot=arrival.lot,
            expires_on=arrival.expires_on,
            document_id=document_id,
        )
        there[arrival.gift_id] += arrival.quantity
    for gift_id in {arrival.gift_id for arrival in arrivals}:
        _write_line(tx, document_id, lines[gift_id], there[gift_id], reason)
    write_step(tx, document_id, "receive", reason)
    if all(there[line.gift_id] >= line.wanted for line in row.lines):
        set_state(tx, document_id, RECEIVED)
    pieces = sum(arrival.quantity for arrival in arrivals)
    worth = StockMove.select(fn.SUM(StockMove.quantity * StockMove.unit_cost_fen))
    fen = tx.db.scalar(worth.where(StockMove.seq == tx.seq))
    tx.about(document_id, number=row.number, pieces=pieces, fen=fen)
    return changed(document_id, pieces)


@command("purchase.finish", entity="stock_document")
def finish_purchase(tx: Tx, *, document_id: int, reason: str) -> DocumentChanged:
    """结束: what has not arrived will not come (R143). Raises RuleError: no reason, finished
    already, nothing has arrived at all (then the order is cancelled)."""
    row = still_open(tx, document_id, PURCHASE)
    reason = reason_given(reason, tr("请填写没有到齐的原因，例如 供货商缺货。"))
    if not any(line.received for line in row.lines):
        raise RuleError(tr("这张申购单一件也没有到货，请用“作废”。"))
    for line in row.lines:
        if line.missing:
            set_line(tx, document_id, line.gift_id, reason=reason)
    write_step(tx, document_id, "finish", reason)
    set_state(tx, document_id, RECEIVED)
    tx.about(document_id, number=row.number, missing=sum(line.missing for line in row.lines))
    return changed(document_id)


def _write_line(tx: Tx, document_id: int, line: DocumentLine, received: int, reason: str) -> None:
    if received <= line.wanted:
        set_line(tx, document_id, line.gift_id, received=received)
        return
    sentence = tr("“{name}”申购 {wanted} {unit}，到货共 {n} {unit}。多到请填写原因。")
    facts = {"name": line.name, "wanted": line.wanted, "unit": line.unit, "n": received}
    reason = reason_given(reason, sentence.format(**facts))
    set_line(tx, document_id, line.gift_id, received=received, reason=reason)
