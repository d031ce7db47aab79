"""划价: the bills of services used, what is not billed yet, and who bears what (R142, R145)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, ServiceUse
from models.paperwork import ServiceBill
from models.people import Person
from models.query import Prepared, slot
from models.system import Staff
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import check_doctor
from services.people.records import list_doctors
from services.vouchers.bills import Bill, bill_of, responsible_doctor, voided, write_bill

LIMIT = 500

_BENEFICIARY = Person.alias()
_UNDO = ServiceUse.alias()
_USE = Prepared(
    lambda: (
        ServiceUse.select(
            ServiceUse.person_id,
            ServiceUse.beneficiary_id,
            ServiceUse.doctor_id,
            ServiceUse.borne_by,
            EntitlementGrant.name,
            EntitlementGrant.value_fen * ServiceUse.quantity,
            EntitlementGrant.form,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .where((ServiceUse.id == slot("use_id")) & (ServiceUse.state == "used"))
    )
)


@dataclass(frozen=True)
class UseBilled:
    """A use has a bill, or, with `amount_fen` 0 and no row that counts, none any more."""

    use_id: int
    amount_fen: int
    changes: Changes


@dataclass(frozen=True)
class BillableUse:
    """A use of a service for the billing desk. `amount_fen` is that of its bill, or what it is
    worth; `borne_by` and `doctor_id` are the bill's, or what the benefit and the person say.
    `billed_on` is '' while it waits; a `bill_number` may have been noted with the use then."""

    use_id: int
    occurred_on: str
    owner_number: str
    owner_name: str
    beneficiary_number: str
    beneficiary_name: str
    service: str
    quantity: int
    doctor_id: int | None
    doctor: str
    amount_fen: int
    borne_by: str
    bill_number: str
    billed_on: str
    staff: str


@dataclass(frozen=True)
class Borne:
    """What somebody bears: `doctor` is '' for marketing and the department. `uses` counts pieces;
    `amount_fen` in fen."""

    borne_by: str
    doctor_id: int | None
    doctor: str
    uses: int
    amount_fen: int


# -- writing ---------------------------------------------------------------------------------


@command("service.bill", entity="service_use")
def bill_use(
    tx: Tx,
    *,
    use_id: int,
    bill_number: str,
    amount_fen: int | None = None,
    borne_by: str | None = None,
    doctor_id: int | None = None,
    note: str = "",
) -> UseBilled:
    """Bill a use, or correct its bill with another row (R145, R142).

    `amount_fen` None is what the benefit is worth; `borne_by` None is whom the benefit says;
    `doctor_id` None is who treated, else the beneficiary's own doctor. Raises RuleError: no such
    use, taken back, a coupon, no number, no amount, billed already and no reason to correct it.
    """
    use = _use(tx.db, use_id)
    earlier = bill_of(tx.db, use_id)
    if earlier is not None and not note.strip():
        sentence = tr("这次使用已划价，单号 {number}。要更正请写明原因。")
        raise RuleError(sentence.format(number=earlier.number))
    if amount_fen is None and not use.worth_fen:
        raise RuleError(tr("“{name}”没有定价，请填写划价金额。").format(name=use.service))
    amount = use.worth_fen if amount_fen is None else amount_fen
    bearer = borne_by or use.borne_by
    check_doctor(tx.db, doctor_id)
    doctor = responsible_doctor(tx.db, doctor_id or use.doctor_id, use.beneficiary_id)
    write_bill(tx, use_id, Bill(bill_number, amount, bearer, doctor), note.strip())
    tx.about(use_id, fen=amount, borne_by=bearer, corrects=earlier is not None)
    return UseBilled(use_id, amount, Changes((Kind.GRANT,), use.person_id))


@command("service.take_back_bill", entity="service_use")
def take_back_bill(tx: Tx, *, use_id: int, note: str) -> UseBilled:
    """Take the bill of a use back: it waits to be billed again, or may be voided (E47).

    Raises RuleError: no reason, no bill.
    """
    use = _use(tx.db, use_id)
    bill = bill_of(tx.db, use_id)
    if bill is None:
        raise RuleError(tr("这次使用还没有划价，请刷新后查看。"))
    if not note.strip():
        raise RuleError(tr("请写明撤回划价的原因。"))
    tx.db.insert(
        ServiceBill,
        use_id=use_id,
        bill_number="",
        amount_fen=0,
        borne_by=bill.borne_by,
        doctor_id=bill.doctor_id,
        note=note.strip(),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(use_id, fen=-bill.amount_fen)
    return UseBilled(use_id, 0, Changes((Kind.GRANT,), use.person_id))


@dataclass(frozen=True)
class _Use:
    person_id: int
    beneficiary_id: int
    doctor_id: int | None
    borne_by: str
    service: str
    worth_fen: int


def _use(db: ClinicDatabase, use_id: int) -> _Use:
    found = _USE.row(db, use_id=use_id)
    if found is None:
        raise RuleError(tr("没有找到这次使用，请刷新后重试。"))
    if voided(db, use_id):
        raise RuleError(tr("这次使用已撤销，不用划价。请刷新后查看。"))
    if found[6] == "coupon":
        raise RuleError(tr("券随收款单据一起结算，不用划价。"))
    return _Use(*found[:6])


# -- lists -----------------------------------------------------------------------------------


def unbilled(
    db: ClinicDatabase, first: str | None = None, last: str | None = None, limit: int = LIMIT
) -> list[BillableUse]:
    """未划价清单: services used and not taken back that have no bill, the oldest first, of the days
    from `first` to `last` (None leaves a side open). Advice and waived fees cost nothing and are
    left out."""
    newest = (
        ServiceBill.select(ServiceBill.bill_number)
        .where(ServiceBill.use_id == ServiceUse.id)
        .order_by(ServiceBill.id.desc())
        .limit(1)
    )
    query = (
        _uses(fn.COALESCE(newest, ServiceUse.bill_number))
        .join(_UNDO, JOIN.LEFT_OUTER, on=(_UNDO.voids_id == ServiceUse.id))
        .where(
            (ServiceUse.state == "used")
            & _UNDO.id.is_null()
            & (EntitlementGrant.form == "")
            & (fn.COALESCE(newest, "") == "")
        )
    )
    if first is not None:
        query = query.where(ServiceUse.occurred_on >= first)
    if last is not None:
        query = query.where(ServiceUse.occurred_on <= last)
    rows = db.rows(query.order_by(ServiceUse.occurred_on, ServiceUse.id).limit(limit))
    doctors = _doctor_names(db)
    found = []
    for *who, treated, own, worth_fen, borne_by, staff, number in rows:
        doctor = treated or own
        name = doctors.get(doctor, "")
        values = (*who, doctor, name, worth_fen, borne_by, number, "", staff)
        found.append(BillableUse(*values))
    return found


def billed(
    db: ClinicDatabase, first: str, last: str, limit: int | None = None
) -> list[BillableUse]:
    """Uses whose bill was written, or last corrected, on the days from `first` to `last`, the
    newest first."""
    query = (
        _uses(
            ServiceBill.amount_fen,
            ServiceBill.borne_by,
            ServiceBill.doctor_id,
            ServiceBill.bill_number,
            ServiceBill.occurred_on,
        )
        .join(ServiceBill, on=(ServiceBill.use_id == ServiceUse.id))
        .where(_counting(first, last))
        .order_by(ServiceBill.id.desc())
        .limit(limit)
    )
    doctors = _doctor_names(db)
    found = []
    for *head, fen, borne_by, doctor, number, on in db.rows(query):
        who, staff = head[:8], head[12]
        name = doctors.get(doctor, "")
        values = (*who, doctor, name, fen, borne_by, number, on, staff)
        found.append(BillableUse(*values))
    return found


def borne(db: ClinicDatabase, first: str, last: str) -> list[Borne]:
    """医生承担额: what each doctor bears of the bills of these days, then marketing and the
    department (R142). The day of a bill is the day it was written or last corrected."""
    query = (
        ServiceBill.select(
            ServiceBill.borne_by,
            ServiceBill.doctor_id,
            fn.SUM(ServiceUse.quantity),
            fn.SUM(ServiceBill.amount_fen),
        )
        .join(ServiceUse, on=(ServiceUse.id == ServiceBill.use_id))
        .where(_counting(first, last))
        .group_by(ServiceBill.borne_by, ServiceBill.doctor_id)
    )
    doctors = _doctor_names(db)
    sums: dict[tuple[str, int | None], list[int]] = {}
    for bearer, doctor_id, uses, fen in db.rows(query):
        key = (bearer, doctor_id if bearer == "doctor" else None)
        total = sums.setdefault(key, [0, 0])
        total[0] += uses
        total[1] += fen
    rows = [
        Borne(bearer, doctor_id, doctors.get(doctor_id, ""), uses, fen)
        for (bearer, doctor_id), (uses, fen) in sums.items()
    ]
    order = {"doctor": 0, "marketing": 1, "department": 2}
    return sorted(rows, key=lambda row: (order[row.borne_by], -row.amount_fen, row.doctor))


def _uses(*more: Any) -> Any:
    """Uses with the people and the service they are about."""
    return (
        ServiceUse.select(
            ServiceUse.id,
            ServiceUse.occurred_on,
            Person.number,
            Person.name,
            _BENEFICIARY.number,
            _BENEFICIARY.name,
            EntitlementGrant.name,
            ServiceUse.quantity,
            ServiceUse.doctor_id,
            _BENEFICIARY.doctor_id,
            EntitlementGrant.value_fen * ServiceUse.quantity,
            ServiceUse.borne_by,
            Staff.name,
            *more,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .switch(ServiceUse)
        .join(Person, on=(Person.id == ServiceUse.person_id))
        .switch(ServiceUse)
        .join(_BENEFICIARY, on=(_BENEFICIARY.id == ServiceUse.beneficiary_id))
        .switch(ServiceUse)
        .join(Staff, on=(Staff.id == ServiceUse.staff_id))
        .switch(ServiceUse)
    )


def _counting(first: str, last: str) -> Any:
    """Condition: a bill of these days that counts: no later row of its use, and not taken back."""
    later = ServiceBill.alias()
    newer = later.select(later.id).where(
        (later.use_id == ServiceBill.use_id) & (later.id > ServiceBill.id)
    )
    return (
        (ServiceBill.occurred_on >= first)
        & (ServiceBill.occurred_on <= last)
        & (ServiceBill.bill_number != "")
        & ~fn.EXISTS(newer)
    )


def _doctor_names(db: ClinicDatabase) -> dict[int | None, str]:
    return {row.id: row.name for row in list_doctors(db, everybody=True)}
