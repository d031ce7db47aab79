"""Using services of a grant, for oneself or somebody else, and taking a use back (R133, E47)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, ServiceUse
from models.paperwork import ServiceBill
from models.system import Staff
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.beneficiary import check_beneficiary, check_card
from services.loyalty.first_visit import is_first_visit
from services.loyalty.grants import GrantRow, benefit_of, draw, give_back, grant
from services.loyalty.history import draw_event
from services.loyalty.receipt_checks import check_doctor, check_person
from services.loyalty.standing import settle_after, settle_person
from services.people.aliases import group_of, root_of
from services.people.privacy import mask_name
from services.vouchers.bills import (
    Bill,
    bill_of,
    checked_number,
    responsible_doctor,
    voided,
    write_bill,
)
from services.vouchers.expiry import give_back_surplus
from services.vouchers.records import VoucherRow, check_free
from services.vouchers.redeeming import presented, put_back, use_up


@dataclass(frozen=True)
class ServiceUsed:
    """A service was drawn. `registration_waived`: the beneficiary is new, 免挂号费 (R133)."""

    use_id: int
    grant_id: int
    beneficiary_id: int
    left: int
    registration_waived: bool
    changes: Changes


@dataclass(frozen=True)
class UseRow:
    """A service use, for lists; `voided` when a later row took it back. `bill_number` is that of
    its bill, or of the receipt a coupon paid part of."""

    id: int
    grant_id: int
    name: str
    occurred_on: str
    beneficiary_id: int
    quantity: int
    staff: str
    bill_number: str
    registration_waived: bool
    voided: bool

    @property
    def status(self) -> str:
        """used, billed or void (R145)."""
        return "void" if self.voided else "billed" if self.bill_number else "used"


@command("service.use", entity="service_use")
def use_service(
    tx: Tx,
    *,
    grant_id: int | None = None,
    voucher_id: int | None = None,
    beneficiary_id: int | None = None,
    doctor_id: int | None = None,
    bill_number: str = "",
    quantity: int = 1,
    checked: str = "",
) -> ServiceUsed:
    """Use a service of a grant or a voucher for the person or somebody else (R133, R145, R162).

    A yearly quota is drawn from the grant whose period contains today (E43). A voucher that was
    passed on is its holder's; pieces that are on vouchers are not used without them (E45).
    `checked` says how the member was verified ('card', 'document', 'phone'); some services go to
    a friend only against the member's card (R168). With a `bill_number` the use is billed at
    once for what it is worth; where the programme names no price, the number is kept until the
    billing desk gives the amount. Raises RuleError: nothing left, period over, not a service,
    beneficiary not allowed, card not seen, a voucher that cannot be used.
    """
    taken, row = _drawn(tx, grant_id, voucher_id, quantity)
    number = checked_number(bill_number) if bill_number.strip() else ""
    check_doctor(tx.db, doctor_id)
    owner = root_of(tx.db, row.person_id)
    receiver = _receiver(tx, taken, owner, beneficiary_id)
    benefit = benefit_of(tx.db, row)
    passed_on = receiver != owner
    check_beneficiary(tx.db, tx.today, row, benefit, owner, receiver)
    if passed_on and (taken is None or taken.friend_id is None):  # else seen when it was passed on
        check_card(tx.db, row, benefit, checked)
    waived = passed_on and benefit.waives_registration and is_first_visit(tx.db, receiver, tx.today)
    use_id = tx.db.insert(
        ServiceUse,
        grant_id=row.id,
        person_id=row.person_id,
        beneficiary_id=receiver,
        quantity=quantity,
        doctor_id=doctor_id,
        registration_waived=int(waived),
        state="used",
        bill_number=number,
        borne_by=benefit.borne_by,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        checked=checked,
    )
    if taken is not None:
        use_up(tx, taken, use_id)
        give_back_surplus(tx, row.id)
    if number and row.value_fen and row.form != "coupon":
        doctor = responsible_doctor(tx.db, doctor_id, receiver)
        fen = row.value_fen * quantity
        write_bill(tx, use_id, Bill(number, fen, benefit.borne_by, doctor))
        tx.about(use_id, fen=fen, borne_by=benefit.borne_by)
    tx.about(use_id, grant=row.id, quantity=quantity, beneficiary=receiver, voucher=voucher_id)
    drawn = draw_event(tx.today, row.grant_key, quantity)
    settle_after(tx, row.person_id, row.programme_id, (drawn,))
    left = row.quantity - row.used - quantity
    changes = Changes((Kind.GRANT, Kind.FOLLOWUP), None if passed_on else row.person_id)
    return ServiceUsed(use_id, row.id, receiver, left, waived, changes)


def _drawn(
    tx: Tx, grant_id: int | None, voucher_id: int | None, quantity: int
) -> tuple[VoucherRow | None, GrantRow]:
    """The voucher, if one was shown, and the grant the pieces were taken from. Raises RuleError."""
    if quantity < 1:
        raise RuleError(tr("使用次数至少是 1。"))
    taken = None
    if voucher_id is not None:
        taken, grant_id = presented(tx, voucher_id, grant_id, quantity)
    if grant_id is None:
        raise RuleError(tr("请先选择要使用的服务，或扫项目卡。"))
    row = draw(tx, grant_id, quantity)
    if row.kind != "service":
        raise RuleError(tr("“{name}”是礼品，请用“发放礼品”。").format(name=row.name))
    if taken is None:
        check_free(tx.db, row, quantity, tx.today)
    return taken, row


def _receiver(tx: Tx, taken: VoucherRow | None, owner: int, wanted: int | None) -> int:
    """Who enjoys the service: whom the voucher was passed on to, else who was named, else the
    owner. Raises RuleError: another than the voucher's holder, nobody known."""
    receiver = owner if wanted is None else root_of(tx.db, wanted)
    if taken is not None and taken.friend_id is not None:
        holder = root_of(tx.db, taken.friend_id)
        if wanted is not None and receiver != holder:
            sentence = tr("这张卡已转赠给 {number} {name}，只能由对方使用。换人请先收回。")
            name = mask_name(taken.friend_name)
            raise RuleError(sentence.format(number=taken.friend_number, name=name))
        receiver = holder
    check_person(tx, receiver)
    return receiver


@command("service.void", entity="service_use")
def void_use(tx: Tx, *, use_id: int, reason: str, approval: Approval | None = None) -> ServiceUsed:
    """Take back a service use clicked by mistake: the author today, a manager later (E47)."""
    found = tx.db.row(
        ServiceUse.select(
            ServiceUse.grant_id,
            ServiceUse.person_id,
            ServiceUse.beneficiary_id,
            ServiceUse.quantity,
            ServiceUse.occurred_on,
            ServiceUse.staff_id,
            ServiceUse.borne_by,
        ).where((ServiceUse.id == use_id) & (ServiceUse.state == "used"))
    )
    if found is None:
        raise RuleError(tr("没有找到这次使用，请刷新后重试。"))
    grant_id, person_id, beneficiary_id, quantity, used_on, author, borne_by = found
    if voided(tx.db, use_id):
        raise RuleError(tr("这次使用已撤销过，不能再撤销。"))
    _check_no_coupon(tx, use_id, grant_id)
    bill = bill_of(tx.db, use_id)
    if bill is not None:
        sentence = tr("这次使用已划价(单号 {number})。请先在“划价”页撤回划价，再撤销使用。")
        raise RuleError(sentence.format(number=bill.number))
    if not reason.strip():
        raise RuleError(tr("请填写撤销的原因。"))
    if (author, used_on) != (tx.actor.id, tx.today):
        tx.require(
            approval,
            "approve.late_void",
            tr("隔日或他人登记的使用，须由会员管理员或院长批准撤销。"),
        )
    void_id = tx.db.insert(
        ServiceUse,
        grant_id=grant_id,
        person_id=person_id,
        beneficiary_id=beneficiary_id,
        quantity=-quantity,
        state="void",
        borne_by=borne_by,
        voids_id=use_id,
        reason=reason.strip(),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    row = give_back(tx, grant_id, quantity)
    put_back(tx, use_id)
    tx.about(void_id, voids=use_id, approved_by=approval.staff_id if approval else None)
    settle_person(tx, person_id)
    return ServiceUsed(
        void_id,
        grant_id,
        beneficiary_id,
        row.quantity - row.used + quantity,
        False,
        Changes((Kind.GRANT,), person_id),
    )


def _check_no_coupon(tx: Tx, use_id: int, grant_id: int) -> None:
    """A coupon that pays part of a receipt comes back with that receipt only (E18)."""
    row = grant(tx.db, grant_id)
    bill = tx.db.scalar(ServiceUse.select(ServiceUse.bill_number).where(ServiceUse.id == use_id))
    if row.form == "coupon" and row.value_fen and bill:
        sentence = tr("这张券抵在单据 {number} 上，作废或全额退款那张单据时一起退回。")
        raise RuleError(sentence.format(number=bill))


def _about(group: tuple[int, ...]) -> Any:
    """Uses drawn from their grants, and those of others that they enjoyed: each by its index."""
    other = ServiceUse.alias()
    drawn = other.select(other.id).where(other.person_id.in_(group))
    enjoyed = other.select(other.id).where(
        other.beneficiary_id.in_(group) & (other.beneficiary_id != other.person_id)
    )
    return drawn.union_all(enjoyed)


def uses_of(db: ClinicDatabase, person_id: int) -> list[UseRow]:
    """Service uses drawn from a person's grants or enjoyed by that person, newest first (R133)."""
    undo = ServiceUse.alias()
    group = group_of(db, person_id)
    newest = (
        ServiceBill.select(ServiceBill.bill_number)
        .where(ServiceBill.use_id == ServiceUse.id)
        .order_by(ServiceBill.id.desc())
        .limit(1)
    )
    with_receipt = peewee.Case(EntitlementGrant.form, (("coupon", ServiceUse.bill_number),), "")
    rows = db.rows(
        ServiceUse.select(
            ServiceUse.id,
            ServiceUse.grant_id,
            EntitlementGrant.name,
            ServiceUse.occurred_on,
            ServiceUse.beneficiary_id,
            ServiceUse.quantity,
            Staff.name,
            peewee.fn.COALESCE(newest, with_receipt),
            ServiceUse.registration_waived,
            undo.id,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .join(Staff, on=(Staff.id == ServiceUse.staff_id))
        .join(undo, peewee.JOIN.LEFT_OUTER, on=(undo.voids_id == ServiceUse.id))
        .where(ServiceUse.id.in_(_about(group)) & (ServiceUse.state == "used"))
        .order_by(ServiceUse.id.desc())
    )
    return [UseRow(*(*row[:8], bool(row[8]), row[9] is not None)) for row in rows]
