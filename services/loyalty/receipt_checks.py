"""What a receipt must be before anything is written: date, person, amounts, case."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.ledgers import TreatmentCase
from models.people import Person
from models.query import Prepared, slot
from models.system import Doctor
from services.clock import days_between, is_date
from services.commands import Approval, Tx
from services.errors import RuleError
from services.i18n import tr
from services.money import yuan
from services.people.aliases import group_of

BACKDATED_DAYS = 7
_MOST_FEN = 10_000_000_00

_STATE = Prepared(
    lambda: Person.select(Person.state).where(Person.id == slot("id")), steady=(Person,)
)
_CASE = Prepared(
    lambda: TreatmentCase.select(TreatmentCase.person_id).where(TreatmentCase.id == slot("id"))
)
_DOCTOR = Prepared(
    lambda: Doctor.select(Doctor.id).where(Doctor.id == slot("id")), steady=(Doctor,)
)


def check_date(tx: Tx, on: str, reason: str, approval: Approval | None) -> None:
    """Refuse a future date (E13), and an old one without reason and approval (E12)."""
    if not is_date(on):
        raise RuleError(tr("日期写成 2026-11-20 这样。"))
    if on > tx.today:
        raise RuleError(tr("不能登记未来日期({on})的消费。").format(on=on))
    if days_between(on, tx.today) > BACKDATED_DAYS:
        if not reason.strip():
            raise RuleError(tr("补登 {n} 天以前的消费，请填写原因。").format(n=BACKDATED_DAYS))
        tx.require(
            approval,
            "approve.backdated",
            tr("补登 {n} 天以前的消费，须由会员管理员或院长批准。").format(n=BACKDATED_DAYS),
        )


def check_person(tx: Tx, person_id: int) -> None:
    """Refuse a person who is unknown, withdrawn, merged or erased. Raises RuleError."""
    row = _STATE.row(tx.db, id=person_id)
    if row is None or row[0] != "active":
        raise RuleError(tr("没有找到这位顾客的有效档案，请重新查找。"))


def check_doctor(db: ClinicDatabase, doctor_id: int | None) -> None:
    """Refuse a doctor whom the clinic does not know; None is nobody. Raises RuleError."""
    if doctor_id is not None and _DOCTOR.row(db, id=doctor_id) is None:
        raise RuleError(tr("没有找到这位医生，请重新选择。"))


def check_amounts(amount: int, billed: int, discount: int, insured: int, covered: int) -> None:
    """Refuse amounts (fen) that cannot be: negative, absurd, or more received than is due (E5)."""
    if min(amount, billed, discount, insured, covered) < 0 or max(amount, billed) > _MOST_FEN:
        raise RuleError(tr("金额须在 0 至 1,000 万元之间。退款请用“退款”。"))
    if billed == 0:
        raise RuleError(tr("请填写金额。"))
    due = billed - discount - insured - covered
    if due < 0 or amount > due:
        raise RuleError(
            tr("实收 ¥{amount} 超过应收 ¥{due}(应收已减折扣、医保和抵扣)，请核对。").format(
                amount=yuan(amount), due=yuan(max(due, 0))
            )
        )


def check_case(tx: Tx, case_id: int, person_id: int) -> None:
    """Refuse a treatment case of somebody else (E10)."""
    row = _CASE.row(tx.db, id=case_id)
    if row is None or row[0] not in group_of(tx.db, person_id):
        raise RuleError(tr("这个疗程不是这位顾客的，请重新选择。"))
