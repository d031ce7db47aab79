"""Receipts of a person, for lists and for choosing what to refund, void or move."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import JOIN

from models.database import ClinicDatabase
from models.ledgers import MoneyEvent, PointsEntry, Receipt, TreatmentCase
from models.query import Prepared, slot
from models.system import Doctor, Staff
from services.people.aliases import group_of
from services.programmes.registry import main_timeline


@dataclass(frozen=True)
class ReceiptRow:
    """A receipt credited to a person. Fen; `refunded_fen` is positive, `points` are those of the
    main programme."""

    id: int
    number: str
    occurred_on: str
    net_fen: int
    billed_fen: int
    insured_fen: int
    refunded_fen: int
    arrears_fen: int
    points: int
    void: bool
    case_name: str
    doctor: str
    staff: str
    note: str


@dataclass(frozen=True)
class CaseRow:
    """A declared treatment case and what its payments come to (E10)."""

    id: int
    name: str
    opened_on: str
    paid_fen: int


_RECEIPTS = Prepared(
    lambda: (
        Receipt.select(
            Receipt.id,
            Receipt.number,
            Receipt.occurred_on,
            Receipt.net_fen,
            Receipt.billed_fen,
            Receipt.insured_fen,
            Receipt.discount_fen + Receipt.covered_fen,
            Receipt.void,
            TreatmentCase.name,
            Doctor.name,
            Staff.name,
            Receipt.note,
        )
        .join(TreatmentCase, JOIN.LEFT_OUTER, on=(TreatmentCase.id == Receipt.case_id))
        .join(Doctor, JOIN.LEFT_OUTER, on=(Doctor.id == Receipt.doctor_id))
        .join(Staff, on=(Staff.id == Receipt.staff_id))
        .where(Receipt.credited_id == slot("person_id"))
        .order_by(Receipt.occurred_on.desc(), Receipt.id.desc())
        .limit(slot("limit"))
    )
)
_POINTS = Prepared(
    lambda: PointsEntry.select(PointsEntry.receipt_id, PointsEntry.points).where(
        (PointsEntry.person_id == slot("person_id"))
        & (PointsEntry.programme_id == slot("programme_id"))
        & PointsEntry.receipt_id.is_null(False)
    )
)
_REFUNDS = Prepared(
    lambda: (
        MoneyEvent.select(MoneyEvent.receipt_id, MoneyEvent.amount_fen)
        .join(Receipt, on=(Receipt.id == MoneyEvent.receipt_id))
        .where((Receipt.credited_id == slot("person_id")) & (MoneyEvent.kind == "refund"))
    )
)
_CASES = Prepared(
    lambda: (
        TreatmentCase.select(TreatmentCase.id, TreatmentCase.name, TreatmentCase.opened_on)
        .where(TreatmentCase.person_id == slot("person_id"))
        .order_by(TreatmentCase.id.desc())
    )
)
_CASE_PAID = Prepared(
    lambda: Receipt.select(Receipt.case_id, Receipt.net_fen).where(
        (Receipt.credited_id == slot("person_id")) & Receipt.case_id.is_null(False)
    )
)


def _sums(rows: list[tuple[int, int]]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for key, amount in rows:
        totals[key] = totals.get(key, 0) + amount
    return totals


def list_receipts(db: ClinicDatabase, person_id: int, limit: int = 500) -> list[ReceiptRow]:
    """Receipts credited to a person, or to somebody merged into them (E62), newest first."""
    group = group_of(db, person_id)
    main = main_timeline(db).programme_id  # the desk means the points of the main programme
    points = _sums(
        [row for each in group for row in _POINTS.rows(db, person_id=each, programme_id=main)]
    )
    refunds = _sums([row for each in group for row in _REFUNDS.rows(db, person_id=each)])
    rows = [row for each in group for row in _RECEIPTS.rows(db, person_id=each, limit=limit)]
    if len(group) > 1:
        rows = sorted(rows, key=lambda row: (row[2], row[0]), reverse=True)[:limit]
    found = []
    for row in rows:
        receipt_id, number, on, net, billed, insured, other, void, case, doctor, staff, note = row
        refunded = -refunds.get(receipt_id, 0)
        owed = 0 if void else max(billed - insured - other - net - refunded, 0)
        found.append(
            ReceiptRow(
                receipt_id,
                number,
                on,
                net,
                billed,
                insured,
                refunded,
                owed,
                points.get(receipt_id, 0),
                bool(void),
                case or "",
                doctor or "",
                staff,
                note,
            )
        )
    return found


def list_cases(db: ClinicDatabase, person_id: int) -> list[CaseRow]:
    """The person's treatment cases, newest first, with what has been paid on each."""
    group = group_of(db, person_id)
    paid = _sums([row for each in group for row in _CASE_PAID.rows(db, person_id=each)])
    cases = [row for each in group for row in _CASES.rows(db, person_id=each)]
    return [
        CaseRow(case_id, name, opened, paid.get(case_id, 0))
        for case_id, name, opened in sorted(cases, reverse=True)
    ]
