"""Receipts and what becomes of them: payment, refund, void, moving to the right person.

A receipt is a document that never changes; money received is a ledger of signed events, and
every event posts only the difference between what the receipt is worth and what it has already
given (E1). Amounts are fen of money received from the person; insured and covered parts earn
nothing (E6, E8).
"""

from __future__ import annotations

from dataclasses import dataclass

from peewee import JOIN

from models.desk import Visit
from models.ledgers import MoneyEvent, Receipt, ReceiptLine, TreatmentCase
from models.people import Person
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty import cover
from services.loyalty.money_events import (
    CHANGED,
    ReceiptHeader,
    ReceiptPosted,
    money,
    receipt_header,
)
from services.loyalty.receipt_checks import (
    check_amounts,
    check_case,
    check_date,
    check_doctor,
    check_person,
)
from services.money import yuan
from services.people.aliases import root_of

_SEEN = Prepared(
    lambda: Person.update(last_visit_on=slot("on")).where(
        (Person.id == slot("id"))
        & (Person.last_visit_on.is_null() | (Person.last_visit_on < slot("on")))
    )
)
_PAYMENTS = Prepared(
    lambda: MoneyEvent.select(MoneyEvent.amount_fen).where(
        (MoneyEvent.receipt_id == slot("receipt_id")) & (MoneyEvent.kind == "payment")
    )
)
_LAST_ID = Prepared(lambda: Receipt.select(Receipt.id).order_by(Receipt.id.desc()).limit(1))


@dataclass(frozen=True)
class Line:
    """A line of a receipt: what for, how many, fen; a void line earns nothing (E5)."""

    item_class: str
    item: str
    amount_fen: int
    quantity: int = 1
    void: bool = False


@dataclass(frozen=True)
class CaseOpened:
    """A treatment case exists."""

    case_id: int
    changes: Changes


@command("case.open", entity="treatment_case")
def open_case(tx: Tx, *, person_id: int, name: str) -> CaseOpened:
    """Declare a treatment case whose payments count as one single purchase (E10)."""
    if not name.strip():
        raise RuleError(tr("请填写疗程名称，例如“右下种植”。"))
    case_id = tx.db.insert(
        TreatmentCase, person_id=person_id, name=name.strip(), opened_on=tx.today, seq=tx.seq
    )
    tx.about(case_id)
    return CaseOpened(case_id, Changes((Kind.MONEY,), person_id))


@command("receipt.post", entity="receipt")
def post_receipt(
    tx: Tx,
    *,
    person_id: int,
    amount_fen: int,
    billed_fen: int | None = None,
    discount_fen: int = 0,
    insured_fen: int = 0,
    covered_fen: int = 0,
    occurred_on: str | None = None,
    patient_id: int | None = None,
    case_id: int | None = None,
    doctor_id: int | None = None,
    lines: tuple[Line, ...] = (),
    earns: bool = True,
    replaces_id: int | None = None,
    reason: str = "",
    note: str = "",
    payment: str = "",
    points_used: int = 0,
    coupon_ids: tuple[int, ...] = (),
    programme_id: int | None = None,
    visit_id: int | None = None,
    approval: Approval | None = None,
) -> ReceiptPosted:
    """Post a receipt: `amount_fen` received from the person credited (default the patient, E9).

    `billed_fen` more than received leaves arrears (E4). `points_used` of a programme and coupons
    (grant ids) pay a part, beside what `covered_fen` names; none of it earns (E6). `visit_id` is
    the patient's visit that ends with it. Raises RuleError: amount, date in the future (E13), more
    than 7 days back without reason and approval (E12), unknown person, points or coupons that
    cannot be used, a visit of somebody else.
    """
    on = occurred_on or tx.today
    check_date(tx, on, reason, approval)
    check_person(tx, person_id)
    if patient_id is not None:
        check_person(tx, patient_id)
    check_doctor(tx.db, doctor_id)
    covered_fen += cover.worth(tx, person_id, points_used, coupon_ids, programme_id)
    if lines:
        billed_fen = sum(line.amount_fen for line in lines if not line.void)
    billed = (
        amount_fen + insured_fen + covered_fen + discount_fen if billed_fen is None else billed_fen
    )
    check_amounts(amount_fen, billed, discount_fen, insured_fen, covered_fen)
    if case_id is not None:
        check_case(tx, case_id, person_id)
    last = _LAST_ID.row(tx.db)
    number = f"{tx.today[2:4]}{tx.today[5:7]}{tx.today[8:]}-{(last[0] if last else 0) + 1}"
    receipt_id = tx.db.insert(
        Receipt,
        number=number,
        patient_id=patient_id or person_id,
        credited_id=person_id,
        case_id=case_id,
        doctor_id=doctor_id,
        occurred_on=on,
        recorded_on=tx.today,
        billed_fen=billed,
        discount_fen=discount_fen,
        insured_fen=insured_fen,
        covered_fen=covered_fen,
        net_fen=amount_fen,
        earns=int(earns),
        replaces_id=replaces_id,
        reason=reason,
        note=note,
        staff_id=tx.actor.id,
        seq=tx.seq,
        payment=payment,
    )
    for line in lines:
        tx.db.insert(
            ReceiptLine,
            receipt_id=receipt_id,
            item_class=line.item_class,
            item=line.item,
            quantity=line.quantity,
            amount_fen=line.amount_fen,
            void=int(line.void),
        )
    cover.draw(tx, person_id, receipt_id, number, points_used, coupon_ids, programme_id)
    _seen(tx, patient_id or person_id, on)
    if visit_id is not None:
        _end_visit(tx, visit_id, patient_id or person_id, receipt_id)
    tx.about(receipt_id, fen=amount_fen, on=on, approved_by=approval.staff_id if approval else None)
    header = ReceiptHeader(
        id=receipt_id,
        number=number,
        patient_id=patient_id or person_id,
        credited_id=person_id,
        occurred_on=on,
        recorded_on=tx.today,
        billed_fen=billed,
        discount_fen=discount_fen,
        insured_fen=insured_fen,
        covered_fen=covered_fen,
        net_fen=amount_fen,
        earns=int(earns),
        void=0,
        staff_id=tx.actor.id,
        case_id=case_id,
        payment=payment,
    )
    drawn = bool(points_used or coupon_ids)
    return money(tx, header, person_id, "payment", amount_fen, amount_fen, alone=not drawn, gave=0)


@command("receipt.pay", entity="receipt")
def pay_arrears(tx: Tx, *, receipt_id: int, amount_fen: int) -> ReceiptPosted:
    """Receive money that was still owed on a receipt (E4). Raises RuleError above the arrears."""
    header = _live(tx, receipt_id)
    owed = _arrears(tx, header)
    if not 0 < amount_fen <= owed:
        sentence = tr("这张单据还欠 ¥{owed}，补交金额须在此以内。")
        raise RuleError(sentence.format(owed=yuan(owed)))
    tx.about(receipt_id, fen=amount_fen)
    net = header.net_fen + amount_fen
    credited = header.credited_id
    return money(tx, header, credited, "payment", amount_fen, net, on=tx.today, alone=True)


@command("receipt.refund", entity="receipt")
def refund(tx: Tx, *, receipt_id: int, amount_fen: int, reason: str) -> ReceiptPosted:
    """Give money back on a receipt; points follow what remains (E15–E17), tiers too (E37)."""
    header = _live(tx, receipt_id)
    if not 0 < amount_fen <= header.net_fen:
        sentence = tr("这张单据实收还剩 ¥{net}，退款须大于 0 且不超过它。")
        raise RuleError(sentence.format(net=yuan(header.net_fen)))
    if not reason.strip():
        raise RuleError(tr("请填写退款原因。"))
    tx.about(receipt_id, fen=-amount_fen)
    net = header.net_fen - amount_fen
    cover.give_back(tx, header, received=_received(tx, header), left=net, reason=reason)
    return money(
        tx,
        header,
        header.credited_id,
        "refund",
        -amount_fen,
        net,
        on=tx.today,
        reason=reason.strip(),
    )


@command("receipt.void", entity="receipt")
def void_receipt(
    tx: Tx, *, receipt_id: int, reason: str, approval: Approval | None = None
) -> ReceiptPosted:
    """Void a receipt by reversing rows (E3): the author on the same day, with approval later."""
    header = _live(tx, receipt_id)
    if not reason.strip():
        raise RuleError(tr("请填写作废原因。"))
    if (header.staff_id, header.recorded_on) != (tx.actor.id, tx.today):
        tx.require(
            approval, "approve.late_void", tr("隔日或他人的单据，须由会员管理员或院长批准作废。")
        )
    tx.about(receipt_id, fen=-header.net_fen, approved_by=approval.staff_id if approval else None)
    cover.give_back(tx, header, received=_received(tx, header), left=0, reason=reason)
    return money(
        tx,
        header,
        header.credited_id,
        "void",
        -header.net_fen,
        0,
        on=tx.today,
        reason=reason.strip(),
    )


@command("receipt.move", entity="receipt")
def move_receipt(tx: Tx, *, receipt_id: int, to_person_id: int, reason: str) -> ReceiptPosted:
    """Credit a receipt to the right person (E9, E14): reversed on one, awarded to the other.

    The original date (and so the expiry) stays. Answers what happened to the new person.
    """
    header = _live(tx, receipt_id)
    if root_of(tx.db, to_person_id) == root_of(tx.db, header.credited_id):
        raise RuleError(tr("这张单据已记在这位名下。"))
    if not reason.strip():
        raise RuleError(tr("请填写移单原因，例如“录错人”。"))
    cover.refuse_move(tx, header)
    check_person(tx, to_person_id)
    tx.about(receipt_id, moved_from=header.credited_id, moved_to=to_person_id)
    net = header.net_fen
    money(
        tx,
        header,
        header.credited_id,
        "move_out",
        -net,
        net,
        on=header.occurred_on,
        reason=reason.strip(),
    )
    tx.db.write(Receipt.update(credited_id=to_person_id).where(Receipt.id == receipt_id))
    moved = money(
        tx, header, to_person_id, "move_in", net, net, on=header.occurred_on, reason=reason.strip()
    )
    return ReceiptPosted(**{**moved.__dict__, "changes": Changes(CHANGED)})


def _end_visit(tx: Tx, visit_id: int, patient_id: int, receipt_id: int) -> None:
    """Note on a visit the receipt it ended with; the first one that stands stays."""
    row = tx.db.row(
        Visit.select(Visit.person_id, Receipt.void)
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.id == Visit.receipt_id))
        .where(Visit.id == visit_id)
    )
    if row is None or root_of(tx.db, row[0]) != root_of(tx.db, patient_id):
        raise RuleError(tr("这次到诊不是这位顾客的，请重新打开顾客再登记。"))
    if row[1] != 0:
        tx.db.write(Visit.update(receipt_id=receipt_id).where(Visit.id == visit_id))


def _arrears(tx: Tx, header: ReceiptHeader) -> int:
    """What is billed and was never received; money given back is not owed again (E4)."""
    due = header.billed_fen - header.discount_fen - header.insured_fen - header.covered_fen
    return max(due - _received(tx, header), 0)


def _received(tx: Tx, header: ReceiptHeader) -> int:
    """All money received on a receipt, in fen; what was given back since does not lessen it."""
    return sum(row[0] for row in _PAYMENTS.rows(tx.db, receipt_id=header.id))


def _live(tx: Tx, receipt_id: int) -> ReceiptHeader:
    header = receipt_header(tx.db, receipt_id)
    if header.void:
        raise RuleError(tr("这张单据已作废，不能再改。请重新开一张。"))
    return header


def _seen(tx: Tx, person_id: int, on: str) -> None:
    _SEEN.write(tx.db, id=person_id, on=on)
