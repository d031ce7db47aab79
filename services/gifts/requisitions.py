"""申领 → 送货 → 签收: the billing desk asks, the warehouse sends, the desk signs for it (R143).

Sent goods stay in the warehouse's book until somebody at the desk has counted them; only then do
both places change, in one step. What was sent and not found is a difference: it is written on
the line with its reason, stays in the warehouse's book and waits for the Friday count. Sending
and signing need two people, unless one who holds both rights says that they hand it to themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.gifts import Gift
from models.paperwork import StockDocument, StockDocumentLine, StockDocumentStep
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.gifts.catalogue import DESK, WAREHOUSE
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
    RECEIVED,
    REQUESTED,
    REQUISITION,
    SENT,
    DocumentChanged,
    DocumentLine,
    DocumentRow,
    Wanted,
    document,
    documents,
    lines_by_gift,
)
from services.gifts.stock_ledger import level, move, spare
from services.i18n import tr
from services.rights import may

SAME_HANDS = "same_hands"


@dataclass(frozen=True)
class Handed:
    """So many pieces of a gift sent, or found on signing; `reason` when they are not the number
    expected."""

    gift_id: int
    quantity: int
    reason: str = ""


@dataclass(frozen=True)
class ShortDelivery:
    """Sent by the warehouse and not found by the desk: a hint for the next count."""

    number: str
    gift_id: int
    missing: int
    reason: str


@command("requisition.request", entity="stock_document")
def request_requisition(tx: Tx, *, lines: Sequence[Wanted], note: str = "") -> DocumentChanged:
    """申领: the desk asks the warehouse for gifts (R143). Raises RuleError: no line, a gift twice,
    out of use or a pack, a number that cannot be."""
    return changed(new_document(tx, REQUISITION, lines, note))


@command("requisition.send", entity="stock_document")
def send_requisition(
    tx: Tx, *, document_id: int, lines: Sequence[Handed], note: str = ""
) -> DocumentChanged:
    """送货: what leaves the warehouse for the desk; said again, it corrects what was said before.

    Nothing moves in the books yet. Raises RuleError: finished already, a line left out, more than
    was asked for or than the warehouse can spare, nothing without a reason, nothing at all.
    """
    row = still_open(tx, document_id, REQUISITION)
    handed = _by_gift(row.lines, lines, tr("请给每一行填写送出数，没有的填 0 并写明原因。"))
    if not any(each.quantity for each in handed.values()):
        raise RuleError(tr("一件也没有送出。请作废这张申领单并写明原因。"))
    for line in row.lines:
        each = handed[line.gift_id]
        _check_sent(tx.db, line, each)
        reason = each.reason.strip()
        set_line(tx, document_id, line.gift_id, sent=each.quantity, reason=reason)
    write_step(tx, document_id, "send", note)
    if row.state == REQUESTED:
        set_state(tx, document_id, SENT)
    pieces = sum(each.quantity for each in handed.values())
    tx.about(document_id, number=row.number, sent=pieces)
    return changed(document_id)


@command("requisition.receive", entity="stock_document")
def receive_requisition(
    tx: Tx, *, document_id: int, lines: Sequence[Handed], note: str = ""
) -> DocumentChanged:
    """签收: the desk has counted what came; exactly that moves from the warehouse to the desk.

    Raises RuleError: not sent yet, finished already, a line left out, more than was sent or than
    the warehouse's book holds after a count, fewer without a reason, by the sender (Confirmable
    `same_hands` when they hold both rights).
    """
    row = still_open(tx, document_id, REQUISITION)
    if row.state != SENT:
        raise RuleError(tr("仓库还没有登记送货。请市场部先在这张申领单上登记送出数。"))
    _check_hands(tx, row)
    sent = [line for line in row.lines if line.sent]
    handed = _by_gift(sent, lines, tr("请给每一行填写实收数，没收到的填 0 并写明原因。"))
    for line in sent:
        _check_received(tx.db, line, handed[line.gift_id])
    return _sign(tx, row, handed, note)


@command("requisition.hand_over", entity="stock_document")
def hand_over(tx: Tx, *, lines: Sequence[Wanted], note: str = "") -> DocumentChanged:
    """当面交接: ask, send and sign in one go, where one person does all three (C16).

    The paper keeps the three steps. Raises RuleError as each of them.
    """
    document_id = new_document(tx, REQUISITION, lines, note)
    handed = {line.gift_id: Handed(line.gift_id, line.quantity) for line in lines}
    for line in document(tx.db, document_id).lines:
        _check_sent(tx.db, line, handed[line.gift_id])
        set_line(tx, document_id, line.gift_id, sent=handed[line.gift_id].quantity)
    write_step(tx, document_id, "send", note)
    return _sign(tx, document(tx.db, document_id), handed, note)


# -- reading ---------------------------------------------------------------------------------


def unreceived(db: ClinicDatabase) -> list[DocumentRow]:
    """Requisitions whose goods are on the way: a Friday is not opened while there are any."""
    return documents(db, kind=REQUISITION, states=(SENT,))


def may_spare(db: ClinicDatabase, row: DocumentRow) -> dict[int, int]:
    """gift → what the warehouse can give to this requisition: what lies there and is not on the
    way for another one."""
    return {line.gift_id: spare(db, line.gift_id, own=line.sent or 0) for line in row.lines}


def short_deliveries(db: ClinicDatabase, after_seq: int, until_seq: int) -> list[ShortDelivery]:
    """What was sent and not found in requisitions signed for in that span of numbers (R143)."""
    query = (
        StockDocumentLine.select(
            StockDocument.number,
            StockDocumentLine.gift_id,
            StockDocumentLine.sent - StockDocumentLine.received,
            StockDocumentLine.reason,
        )
        .join(StockDocument, on=(StockDocument.id == StockDocumentLine.document_id))
        .join(StockDocumentStep, on=(StockDocumentStep.document_id == StockDocument.id))
        .switch(StockDocumentLine)
        .join(Gift, on=(Gift.id == StockDocumentLine.gift_id))
        .where(
            (StockDocument.kind == REQUISITION)
            & (StockDocument.state == RECEIVED)
            & (StockDocumentStep.step == "receive")
            & (StockDocumentStep.seq > after_seq)
            & (StockDocumentStep.seq <= until_seq)
            & (StockDocumentLine.received < StockDocumentLine.sent)
        )
        .order_by(StockDocument.id, Gift.code)
    )
    return [ShortDelivery(*row) for row in db.rows(query)]


# -- inside ----------------------------------------------------------------------------------


def _by_gift(
    lines: Iterable[DocumentLine], given: Sequence[Handed], sentence: str
) -> Mapping[int, Handed]:
    """What was said about each line, exactly once. Raises RuleError."""
    handed = {each.gift_id: each for each in given}
    if len(handed) < len(given) or handed.keys() != {line.gift_id for line in lines}:
        raise RuleError(sentence)
    if any(each.quantity < 0 for each in given):
        raise RuleError(tr("数量不能小于零。"))
    return handed


def _check_sent(db: ClinicDatabase, line: DocumentLine, each: Handed) -> None:
    facts = {"name": line.name, "unit": line.unit, "n": each.quantity, "wanted": line.wanted}
    if each.quantity > line.wanted:
        sentence = tr(
            "“{name}”只申领了 {wanted} {unit}，不能送 {n} {unit}。多要的请收费室另开申领单。"
        )
        raise RuleError(sentence.format(**facts))
    free = spare(db, line.gift_id, own=line.sent or 0)
    if each.quantity > free:
        sentence = tr(
            "仓库能动用的“{name}”只有 {free} {unit}(已减去在途的)，不够 {n} {unit}。"
            "请改少，或先申购入库。"
        )
        raise RuleError(sentence.format(**facts, free=free))
    if not each.quantity:
        sentence = tr("“{name}”没有送，请写明原因，例如 缺货。")
        reason_given(each.reason, sentence.format(**facts))


def _check_hands(tx: Tx, row: DocumentRow) -> None:
    sender = row.last("send")
    if sender is None or sender.staff_id != tx.actor.id:
        return
    if not may(tx.actor.role, "requisition.hand_over"):
        raise RuleError(tr("这批货是您自己送出的，请收费室的同事登录后签收。"))
    if SAME_HANDS not in tx.confirmed:
        raise Confirmable(
            SAME_HANDS, tr("这批货是您自己送出的。送货和签收是同一个人，确认当面交接吗？")
        )


def _check_received(db: ClinicDatabase, line: DocumentLine, each: Handed) -> None:
    sent = line.sent or 0
    facts = {"name": line.name, "unit": line.unit, "n": each.quantity, "sent": sent}
    if each.quantity > sent:
        sentence = tr("“{name}”送出 {sent} {unit}，却收到 {n} {unit}。请仓库先更正送出数，再签收。")
        raise RuleError(sentence.format(**facts))
    if each.quantity < sent:
        sentence = tr("“{name}”送出 {sent} {unit}，只收到 {n} {unit}。请写明短少的原因。")
        reason_given(each.reason, sentence.format(**facts))
    book = level(db, line.gift_id, WAREHOUSE)
    if each.quantity > book:
        sentence = tr(
            "“{name}”送出 {sent} {unit}，而仓库盘点后账面只有 {book} {unit}，"
            "不能签收 {n} {unit}。请仓库先在这张申领单上更正送出数，再签收。"
        )
        raise RuleError(sentence.format(**facts, book=book))


def _sign(tx: Tx, row: DocumentRow, handed: Mapping[int, Handed], note: str) -> DocumentChanged:
    """The lines, the state, the step, and then the goods: they are no longer on the way."""
    lines = lines_by_gift(row)
    for gift_id, line in lines.items():
        each = handed.get(gift_id, Handed(gift_id, 0, line.reason))
        reason = each.reason.strip() or line.reason
        set_line(tx, row.id, gift_id, received=each.quantity, reason=reason)
    write_step(tx, row.id, "receive", note)
    set_state(tx, row.id, RECEIVED)
    for gift_id, each in handed.items():
        if each.quantity:
            goods: dict[str, Any] = {"gift_id": gift_id, "kind": "transfer", "reason": row.number}
            move(tx, place=WAREHOUSE, quantity=-each.quantity, **goods)
            move(tx, place=DESK, quantity=each.quantity, **goods)
    pieces = sum(each.quantity for each in handed.values())
    tx.about(row.id, number=row.number, pieces=pieces)
    return changed(row.id, pieces)
