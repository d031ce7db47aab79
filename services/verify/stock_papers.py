"""Stock papers against the moves and steps they stand for (R143, C16)."""

from __future__ import annotations

import msgspec
import peewee
from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.gifts import StockMove
from models.paperwork import StockDocument, StockDocumentLine, StockDocumentStep, StockLot
from models.system import Audit
from services.gifts.documents import CANCELLED, PURCHASE, RECEIVED, REQUESTED, REQUISITION, SENT
from services.verify.report import Findings

_ARRIVING = ("purchase.receive", "stock.receive")
_Moved = dict[tuple[int, int], int]
# (kind, state) → the steps it must have taken, and those it may have taken besides
_STEPS: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    (PURCHASE, REQUESTED): ({"request"}, {"receive"}),
    (PURCHASE, RECEIVED): ({"request", "receive"}, {"finish"}),
    (PURCHASE, CANCELLED): ({"request", "cancel"}, set()),
    (REQUISITION, REQUESTED): ({"request"}, set()),
    (REQUISITION, SENT): ({"request", "send"}, set()),
    (REQUISITION, RECEIVED): ({"request", "send", "receive"}, set()),
    (REQUISITION, CANCELLED): ({"request", "cancel"}, {"send"}),
}


def check_stock_papers(db: ClinicDatabase, found: Findings) -> None:
    """What a document says was received is what moved for it; it has the steps of its state, by
    whoever the audit names; lots stand by their arrivals and cost what their command said; a
    transfer leaves nothing behind and changes no cost."""
    documents = {
        number: (kind, state, paper)
        for number, kind, state, paper in db.rows(
            StockDocument.select(
                StockDocument.id, StockDocument.kind, StockDocument.state, StockDocument.number
            )
        )
    }
    _check_received(db, documents, found)
    _check_steps(db, documents, found)
    _check_lots(db, found)
    _check_costs(db, found)
    _check_transfers(db, found)
    found.count("stock_documents", len(documents))


def _check_received(
    db: ClinicDatabase, documents: dict[int, tuple[str, str, str]], found: Findings
) -> None:
    moved = {PURCHASE: _arrived(db), REQUISITION: _handed(db)}
    lines: set[tuple[int, int]] = set()
    query = StockDocumentLine.select(
        StockDocumentLine.document_id,
        StockDocumentLine.gift_id,
        StockDocumentLine.sent,
        StockDocumentLine.received,
    )
    for document_id, gift_id, sent, received in checks.stream(db, query):
        kind, _, paper = documents[document_id]
        key = (document_id, gift_id)
        lines.add(key)
        beyond_sent = kind == REQUISITION and (received or 0) > (sent or 0)
        if (received or 0) != moved[kind].get(key, 0) or beyond_sent:
            found.add("paper.received", paper)
    for document_id, _ in (moved[PURCHASE].keys() | moved[REQUISITION].keys()) - lines:
        found.add("paper.received", documents[document_id][2])


def _arrived(db: ClinicDatabase) -> _Moved:
    """(order, gift) → pieces that arrived for it."""
    query = (
        StockLot.select(StockLot.document_id, StockLot.gift_id, fn.SUM(StockMove.quantity))
        .join(StockMove, on=(StockMove.id == StockLot.move_id))
        .where(StockLot.document_id.is_null(False))
        .group_by(StockLot.document_id, StockLot.gift_id)
    )
    return {(document_id, gift_id): n for document_id, gift_id, n in checks.stream(db, query)}


def _handed(db: ClinicDatabase) -> _Moved:
    """(requisition, gift) → pieces that reached the desk with the step that signed for them."""
    query = (
        StockDocumentStep.select(
            StockDocumentStep.document_id, StockMove.gift_id, fn.SUM(StockMove.quantity)
        )
        .join(StockDocument, on=(StockDocument.id == StockDocumentStep.document_id))
        .switch(StockDocumentStep)
        .join(StockMove, on=(StockMove.seq == StockDocumentStep.seq))
        .where(
            (StockDocument.kind == REQUISITION)
            & (StockDocumentStep.step == "receive")
            & (StockMove.kind == "transfer")
            & (StockMove.place == "desk")
        )
        .group_by(StockDocumentStep.document_id, StockMove.gift_id)
    )
    return {(document_id, gift_id): n for document_id, gift_id, n in checks.stream(db, query)}


def _check_steps(
    db: ClinicDatabase, documents: dict[int, tuple[str, str, str]], found: Findings
) -> None:
    steps: dict[int, set[str]] = {}
    query = StockDocumentStep.select(
        StockDocumentStep.document_id,
        StockDocumentStep.step,
        StockDocumentStep.staff_id,
        Audit.actor_id,
    ).join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == StockDocumentStep.seq))
    for document_id, step, staff_id, actor_id in checks.stream(db, query):
        steps.setdefault(document_id, set()).add(step)
        if staff_id != actor_id:
            found.add("paper.steps", documents[document_id][2])
    for document_id, (kind, state, paper) in documents.items():
        if not _steps_fit(kind, state, steps.get(document_id, set())):
            found.add("paper.steps", paper)


def _steps_fit(kind: str, state: str, have: set[str]) -> bool:
    """Whether a document took the steps its state needs, and none beyond it."""
    needed, allowed = _STEPS[kind, state]
    return needed <= have <= needed | allowed


def _check_lots(db: ClinicDatabase, found: Findings) -> None:
    query: peewee.BaseQuery = (
        StockLot.select(StockLot.move_id)
        .join(StockMove, JOIN.LEFT_OUTER, on=(StockMove.id == StockLot.move_id))
        .where(
            StockMove.id.is_null()
            | (StockMove.gift_id != StockLot.gift_id)
            | (StockMove.seq != StockLot.seq)
            | (StockMove.kind != "receive")
        )
    )
    for (move_id,) in checks.stream(db, query):
        found.add("stock.lot", move_id)


def _check_costs(db: ClinicDatabase, found: Findings) -> None:
    """Arrivals that were told with what they cost altogether (fen)."""
    query = (
        StockMove.select(
            StockMove.seq, Audit.detail, fn.SUM(StockMove.quantity * StockMove.unit_cost_fen)
        )
        .join(Audit, on=(Audit.seq == StockMove.seq))
        .where((StockMove.kind == "receive") & Audit.action.in_(_ARRIVING))
        .group_by(StockMove.seq)
    )
    for seq, detail, fen in checks.stream(db, query):
        if msgspec.json.decode(detail).get("fen", fen) != fen:
            found.add("stock.cost", seq)


def _check_transfers(db: ClinicDatabase, found: Findings) -> None:
    query = (
        StockMove.select(
            StockMove.seq,
            StockMove.gift_id,
            fn.SUM(StockMove.quantity),
            fn.MAX(StockMove.unit_cost_fen) - fn.MIN(StockMove.unit_cost_fen),
        )
        .where(StockMove.kind == "transfer")
        .group_by(StockMove.seq, StockMove.gift_id)
    )
    for seq, gift_id, left, dearer in checks.stream(db, query):
        if left:
            found.add("stock.transfer", f"#{gift_id} {seq}")
        if dearer:
            found.add("stock.cost", seq)
