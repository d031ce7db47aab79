"""Stock papers: 申购单 (what the marketing department buys) and 申领单 (what the warehouse owes the
billing desk), their lines, their steps with person and post (R143, C16).

    purchase      requested → received (all there, or finished short)
    requisition   requested → sent → received
    either        → cancelled

Goods move only with what is received; `purchasing` and `requisitions` hold the steps, which are
written by `document_steps`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import peewee

from models.database import ClinicDatabase
from models.gifts import Gift
from models.paperwork import StockDocument, StockDocumentLine, StockDocumentStep
from models.system import Staff
from services.changes import Changes
from services.errors import RuleError
from services.i18n import tr

PURCHASE, REQUISITION = "purchase", "requisition"
REQUESTED, SENT, RECEIVED, CANCELLED = "requested", "sent", "received", "cancelled"
OPEN = (REQUESTED, SENT)


@dataclass(frozen=True)
class Wanted:
    """A line as it is asked for. `unit_cost_fen` is what one is expected to cost (purchases;
    None: the catalogue's cost)."""

    gift_id: int
    quantity: int
    unit_cost_fen: int | None = None


@dataclass(frozen=True)
class DocumentLine:
    """One gift of a document. `sent` and `received` are None until somebody said so; `reason`
    tells why a number is not the one expected."""

    gift_id: int
    code: str
    name: str
    spec: str
    unit: str
    band_fen: int
    wanted: int
    sent: int | None
    received: int | None
    unit_cost_fen: int | None
    reason: str

    @property
    def missing(self) -> int:
        """Wanted and not there yet (purchases)."""
        return max(self.wanted - (self.received or 0), 0)

    @property
    def short(self) -> int:
        """Sent by the warehouse and not found by the desk; 0 until signed for (requisitions)."""
        return 0 if self.received is None else (self.sent or 0) - self.received


@dataclass(frozen=True)
class DocumentStep:
    """One step with the person and the post they held then (C16)."""

    step: str
    note: str
    occurred_on: str
    staff_id: int
    staff: str
    role: str
    seq: int


@dataclass(frozen=True)
class DocumentRow:
    """A document with its lines (by gift code) and its steps (in their order)."""

    id: int
    kind: str
    number: str
    state: str
    note: str
    occurred_on: str
    lines: tuple[DocumentLine, ...]
    steps: tuple[DocumentStep, ...]

    @property
    def open(self) -> bool:
        """Whether something is still to be done with it."""
        return self.state in OPEN

    def last(self, step: str) -> DocumentStep | None:
        """The newest step of this name."""
        return next((each for each in reversed(self.steps) if each.step == step), None)


@dataclass(frozen=True)
class DocumentChanged:
    """A document was made or went a step on; `pieces` moved into or between the places."""

    document_id: int
    pieces: int
    changes: Changes


def lines_by_gift(row: DocumentRow) -> Mapping[int, DocumentLine]:
    """The lines of a document by gift."""
    return {line.gift_id: line for line in row.lines}


# -- words -----------------------------------------------------------------------------------


def document_name(kind: str) -> str:
    """The document as the clinic calls it."""
    return {PURCHASE: tr("申购单"), REQUISITION: tr("申领单")}[kind]


def step_name(kind: str, step: str) -> str:
    """A step of a document as the clinic calls it."""
    return {
        "request": tr("申购") if kind == PURCHASE else tr("申领"),
        "send": tr("送货"),
        "receive": tr("入库") if kind == PURCHASE else tr("签收"),
        "finish": tr("结束"),
        "cancel": tr("作废"),
    }[step]


def state_words(row: DocumentRow) -> str:
    """Where a document stands, in the desk's words."""
    if row.state == CANCELLED:
        return tr("已作废")
    if row.state == SENT:
        return tr("待签收")
    if row.kind == PURCHASE:
        if row.state == REQUESTED:
            return tr("部分到货") if any(line.received for line in row.lines) else tr("待到货")
        return tr("短缺结束") if any(line.missing for line in row.lines) else tr("已到齐")
    if row.state == REQUESTED:
        return tr("待送货")
    return tr("短少签收") if any(line.short for line in row.lines) else tr("已签收")


def next_right(row: DocumentRow) -> str | None:
    """The right that the next step of a document asks for; None when it is finished."""
    return {
        (PURCHASE, REQUESTED): "purchase.receive",
        (REQUISITION, REQUESTED): "requisition.send",
        (REQUISITION, SENT): "requisition.receive",
    }.get((row.kind, row.state))


# -- reading ---------------------------------------------------------------------------------


def documents(
    db: ClinicDatabase,
    *,
    kind: str | None = None,
    states: Sequence[str] = (),
    open_only: bool = False,
    limit: int = 200,
) -> list[DocumentRow]:
    """Documents with lines and steps, newest first: of a kind, in some states, or all open."""
    query = _headers().order_by(StockDocument.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(StockDocument.kind == kind)
    wanted = OPEN if open_only else tuple(states)
    if wanted:
        query = query.where(StockDocument.state.in_(wanted))
    return _whole(db, query)


def document(db: ClinicDatabase, document_id: int) -> DocumentRow:
    """One document. Raises RuleError when there is none."""
    found = _whole(db, _headers().where(StockDocument.id == document_id))
    if not found:
        raise RuleError(tr("没有找到这张单据，请刷新后重试。"))
    return found[0]


def _headers() -> peewee.ModelSelect[StockDocument]:
    return StockDocument.select(
        StockDocument.id,
        StockDocument.kind,
        StockDocument.number,
        StockDocument.state,
        StockDocument.note,
        StockDocument.occurred_on,
    )


def _whole(db: ClinicDatabase, query: peewee.BaseQuery) -> list[DocumentRow]:
    headers = db.rows(query)
    ids = [row[0] for row in headers]
    lines, steps = _lines(db, ids), _steps(db, ids)
    return [
        DocumentRow(
            document_id,
            kind,
            number,
            state,
            note,
            occurred_on,
            tuple(lines.get(document_id, ())),
            tuple(steps.get(document_id, ())),
        )
        for document_id, kind, number, state, note, occurred_on in headers
    ]


def _lines(db: ClinicDatabase, ids: Sequence[int]) -> dict[int, list[DocumentLine]]:
    query = (
        StockDocumentLine.select(
            StockDocumentLine.document_id,
            Gift.id,
            Gift.code,
            Gift.name,
            Gift.spec,
            Gift.unit,
            Gift.band_fen,
            StockDocumentLine.wanted,
            StockDocumentLine.sent,
            StockDocumentLine.received,
            StockDocumentLine.unit_cost_fen,
            StockDocumentLine.reason,
        )
        .join(Gift, on=(Gift.id == StockDocumentLine.gift_id))
        .where(StockDocumentLine.document_id.in_(ids))
        .order_by(StockDocumentLine.document_id, Gift.code)
    )
    found: dict[int, list[DocumentLine]] = {}
    for document_id, *row in db.rows(query):
        found.setdefault(document_id, []).append(DocumentLine(*row))
    return found


def _steps(db: ClinicDatabase, ids: Sequence[int]) -> dict[int, list[DocumentStep]]:
    query = (
        StockDocumentStep.select(
            StockDocumentStep.document_id,
            StockDocumentStep.step,
            StockDocumentStep.note,
            StockDocumentStep.occurred_on,
            Staff.id,
            Staff.name,
            StockDocumentStep.role,
            StockDocumentStep.seq,
        )
        .join(Staff, on=(Staff.id == StockDocumentStep.staff_id))
        .where(StockDocumentStep.document_id.in_(ids))
        .order_by(StockDocumentStep.id)
    )
    found: dict[int, list[DocumentStep]] = {}
    for document_id, *row in db.rows(query):
        found.setdefault(document_id, []).append(DocumentStep(*row))
    return found
