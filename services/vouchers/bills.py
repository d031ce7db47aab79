"""The bill of a service use as stored: the newest row counts, one without a number takes the bill
back (R142, R145). A coupon that paid part of a receipt is billed by that receipt."""

from __future__ import annotations

from typing import NamedTuple

from models.database import ClinicDatabase
from models.gifts import ServiceUse
from models.paperwork import ServiceBill
from models.people import Person
from models.query import Prepared, slot
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr

BEARERS = ("marketing", "doctor", "department")
MOST_FEN = 10_000_000_00
_LONGEST = 40

_NEWEST = Prepared(
    lambda: (
        ServiceBill.select(
            ServiceBill.bill_number,
            ServiceBill.amount_fen,
            ServiceBill.borne_by,
            ServiceBill.doctor_id,
        )
        .where(ServiceBill.use_id == slot("use_id"))
        .order_by(ServiceBill.id.desc())
        .limit(1)
    )
)
_VOIDED = Prepared(
    lambda: ServiceUse.select(ServiceUse.id).where(ServiceUse.voids_id == slot("use_id"))
)
_OWN_DOCTOR = Prepared(lambda: Person.select(Person.doctor_id).where(Person.id == slot("id")))


class Bill(NamedTuple):
    """The bill that counts for a use; `amount_fen` in fen."""

    number: str
    amount_fen: int
    borne_by: str
    doctor_id: int | None


def bill_of(db: ClinicDatabase, use_id: int) -> Bill | None:
    """The bill of a use; None when it has none, or it was taken back."""
    found = _NEWEST.row(db, use_id=use_id)
    return Bill(*found) if found and found[0] else None


def bearer_title(borne_by: str) -> str:
    """Who bears what a service costs (R142), as the clinic calls it."""
    return {"marketing": tr("市场"), "doctor": tr("医生"), "department": tr("科室")}[borne_by]


def responsible_doctor(
    db: ClinicDatabase, doctor_id: int | None, beneficiary_id: int
) -> int | None:
    """Whose patient it is (R142: 谁患者谁负责): who treated, else the beneficiary's own doctor."""
    if doctor_id is not None:
        return doctor_id
    found = _OWN_DOCTOR.row(db, id=beneficiary_id)
    return None if found is None else found[0]


def write_bill(tx: Tx, use_id: int, bill: Bill, note: str = "") -> None:
    """Write a bill inside a command. Raises RuleError: no number or too long a one, an amount that
    cannot be, nobody known who bears it."""
    number = checked_number(bill.number)
    if not 0 <= bill.amount_fen <= MOST_FEN:
        raise RuleError(tr("划价金额须在 0 至 1,000 万元之间，请核对。"))
    if bill.borne_by not in BEARERS:
        raise RuleError(tr("成本承担请选市场、医生或科室。"))
    if bill.borne_by == "doctor" and bill.doctor_id is None:
        raise RuleError(tr("由医生承担的，请先选是哪位医生；没有医生的，改由市场或科室承担。"))
    tx.db.insert(
        ServiceBill,
        use_id=use_id,
        bill_number=number,
        amount_fen=bill.amount_fen,
        borne_by=bill.borne_by,
        doctor_id=bill.doctor_id,
        note=note,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def checked_number(text: str) -> str:
    """A bill number as it is kept. Raises RuleError: none, too long."""
    number = " ".join(text.split())
    if not number or len(number) > _LONGEST:
        raise RuleError(tr("请填写收费处的划价单号，最长 {n} 个字。").format(n=_LONGEST))
    return number


def voided(db: ClinicDatabase, use_id: int) -> bool:
    """Whether a use was taken back."""
    return _VOIDED.row(db, use_id=use_id) is not None
