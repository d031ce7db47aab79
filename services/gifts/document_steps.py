"""What every step of a stock paper does: lines, number, state, and who did it in which post (C16).

Inside a command of `purchasing` or `requisitions`; cancelling is the same for both and stands here.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.database import ClinicDatabase
from models.paperwork import StockDocument, StockDocumentLine, StockDocumentStep
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.gifts.catalogue import check_unit_cost, gift_facts
from services.gifts.documents import (
    CANCELLED,
    PURCHASE,
    REQUESTED,
    REQUISITION,
    DocumentChanged,
    DocumentRow,
    Wanted,
    document,
    document_name,
    state_words,
)
from services.gifts.stock_ledger import check_quantity, is_pack
from services.i18n import tr
from services.rights import holders, may

MOST_LINES = 200
_PREFIX = {PURCHASE: "SG", REQUISITION: "SL"}


def new_document(tx: Tx, kind: str, lines: Sequence[Wanted], note: str) -> int:
    """Write a document with its first step; answers its id. Numbers run by kind and day:
    SG-20261120-01. Raises RuleError for lines that cannot be."""
    _check_lines(tx.db, lines)
    document_id = tx.db.insert(
        StockDocument,
        kind=kind,
        number=_next_number(tx, kind),
        state=REQUESTED,
        note=note.strip(),
        occurred_on=tx.today,
        seq=tx.seq,
    )
    for line in lines:
        cost_fen = gift_facts(tx.db, line.gift_id)[2]
        if line.unit_cost_fen is not None:
            cost_fen = line.unit_cost_fen
        tx.db.insert(
            StockDocumentLine,
            document_id=document_id,
            gift_id=line.gift_id,
            wanted=line.quantity,
            unit_cost_fen=cost_fen if kind == PURCHASE else None,
        )
    write_step(tx, document_id, "request", note)
    tx.about(document_id, kind=kind, lines=len(lines))
    return document_id


def write_step(tx: Tx, document_id: int, step: str, note: str = "") -> None:
    """A step by the person at work, with the post they hold (C16)."""
    tx.db.insert(
        StockDocumentStep,
        document_id=document_id,
        step=step,
        note=note.strip(),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        role=tx.actor.role,
        seq=tx.seq,
    )


def set_state(tx: Tx, document_id: int, state: str) -> None:
    """Where the document stands from now on."""
    tx.db.update(StockDocument, document_id, state=state)


def set_line(tx: Tx, document_id: int, gift_id: int, **values: int | str | None) -> None:
    """Numbers and reason of one line."""
    tx.db.write(
        StockDocumentLine.update(**values).where(
            (StockDocumentLine.document_id == document_id) & (StockDocumentLine.gift_id == gift_id)
        )
    )


def still_open(tx: Tx, document_id: int, kind: str) -> DocumentRow:
    """The document a step is about. Raises RuleError: of another kind, or finished already,
    with who and when (two windows, a second click)."""
    row = document(tx.db, document_id)
    if row.kind != kind:
        raise RuleError(tr("这是另一种单据，请刷新后重试。"))
    if not row.open:
        last = row.steps[-1]
        sentence = tr("单据 {number} {state}：{day}，经手 {staff}。不用再办。")
        facts = {"number": row.number, "state": state_words(row)}
        raise RuleError(sentence.format(**facts, day=last.occurred_on, staff=last.staff))
    return row


def changed(document_id: int, pieces: int = 0) -> DocumentChanged:
    """The answer of every step."""
    return DocumentChanged(document_id, pieces, Changes((Kind.STOCK,)))


@command("document.cancel", entity="stock_document")
def cancel_document(tx: Tx, *, document_id: int, reason: str) -> DocumentChanged:
    """作废: nothing of this document came or will come; goods on the way stay in the warehouse.

    Whoever may ask for such a document may cancel it. Raises RuleError: no reason, goods have
    arrived already, finished, another post's document.
    """
    row = document(tx.db, document_id)
    still_open(tx, document_id, row.kind)
    right = f"{row.kind}.request"
    if not may(tx.actor.role, right):
        sentence = tr("您不能作废{name}。请由{holders}登录后操作。")
        raise RuleError(sentence.format(name=document_name(row.kind), holders=holders(right)))
    if any(line.received for line in row.lines):
        raise RuleError(tr("这张申购单已有到货，不能作废。没到的不要了，请用“结束”。"))
    write_step(tx, document_id, "cancel", reason_given(reason, tr("请填写作废的原因。")))
    set_state(tx, document_id, CANCELLED)
    tx.about(document_id, number=row.number)
    return changed(document_id)


def reason_given(reason: str, sentence: str) -> str:
    """The reason without blanks around it. Raises RuleError(sentence) when there is none."""
    if not reason.strip():
        raise RuleError(sentence)
    return reason.strip()


def _check_lines(db: ClinicDatabase, lines: Sequence[Wanted]) -> None:
    if not lines:
        raise RuleError(tr("单据上还没有礼品。请先选礼品、填数量，再提交。"))
    if len(lines) > MOST_LINES:
        raise RuleError(tr("一张单据最多 {n} 行，请分成几张。").format(n=MOST_LINES))
    seen: set[int] = set()
    for line in lines:
        name, _, _, active = gift_facts(db, line.gift_id)
        if line.gift_id in seen:
            raise RuleError(tr("“{name}”写了两行，请合成一行。").format(name=name))
        seen.add(line.gift_id)
        if not active:
            raise RuleError(tr("“{name}”已停用，请先在礼品目录里启用。").format(name=name))
        if is_pack(db, line.gift_id):
            sentence = tr("“{name}”是礼包，没有自己的库存。请写其中的礼品。")
            raise RuleError(sentence.format(name=name))
        check_quantity(line.quantity)
        check_unit_cost(line.unit_cost_fen)


def _next_number(tx: Tx, kind: str) -> str:
    start = f"{_PREFIX[kind]}-{tx.today.replace('-', '')}-"
    today = StockDocument.select(StockDocument.id).where(
        (StockDocument.number >= start) & (StockDocument.number < start + "~")
    )
    return f"{start}{today.count(tx.db) + 1:02d}"
