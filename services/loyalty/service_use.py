"""Using services of a grant, for oneself or somebody else, and taking a use back (R133, E47)."""

from __future__ import annotations

from dataclasses import dataclass

import peewee

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, ServiceUse
from models.ledgers import Receipt
from models.people import Person
from models.system import Staff
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of, draw, give_back, grant
from services.loyalty.receipt_checks import check_person
from services.loyalty.standing import settle_person
from services.people.aliases import group_of, root_of
from services.people.birthdays import age_on
from services.programmes.definition import Benefit


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
    """A service use, for lists; `voided` when a later row took it back."""

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


@command("service.use", entity="service_use")
def use_service(
    tx: Tx,
    *,
    grant_id: int,
    beneficiary_id: int | None = None,
    doctor_id: int | None = None,
    bill_number: str = "",
    quantity: int = 1,
    checked: str = "",
) -> ServiceUsed:
    """Use a service of a grant for the person or somebody else (R133, R145, R162).

    A yearly quota is drawn from the grant whose period contains today (E43). `checked` says how
    the member was verified ('card', 'document', 'phone'); some services go to a friend only
    against the member's card (R168). Raises RuleError: nothing left, period over, not a service,
    beneficiary not allowed, card not seen.
    """
    if quantity < 1:
        raise RuleError(tr("使用次数至少是 1。"))
    row = draw(tx, grant_id, quantity)
    if row.kind != "service":
        raise RuleError(tr("“{name}”是礼品，请用“发放礼品”。").format(name=row.name))
    owner = root_of(tx.db, row.person_id)
    receiver = owner if beneficiary_id is None else beneficiary_id
    check_person(tx, receiver)
    benefit = benefit_of(tx.db, row)
    passed_on = receiver != owner
    _check_beneficiary(tx, row, benefit, owner, receiver)
    if benefit.card_required and passed_on and checked != "card":
        sentence = tr("“{name}”转给他人，要凭会员卡。请刷卡或核对卡号后再登记。")
        raise RuleError(sentence.format(name=row.name))
    is_new = passed_on and _is_new(tx, receiver)
    waived = is_new and benefit.waives_registration
    use_id = tx.db.insert(
        ServiceUse,
        grant_id=row.id,
        person_id=row.person_id,
        beneficiary_id=receiver,
        quantity=quantity,
        doctor_id=doctor_id,
        registration_waived=int(waived),
        state="used",
        bill_number=bill_number,
        borne_by=benefit.borne_by,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        checked=checked,
    )
    tx.about(use_id, grant=row.id, quantity=quantity, beneficiary=receiver)
    settle_person(tx, row.person_id)
    return ServiceUsed(
        use_id,
        row.id,
        receiver,
        row.quantity - row.used - quantity,
        waived,
        Changes((Kind.GRANT,), row.person_id),
    )


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
    if tx.db.row(ServiceUse.select(ServiceUse.id).where(ServiceUse.voids_id == use_id)):
        raise RuleError(tr("这次使用已撤销过，不能再撤销。"))
    _check_no_coupon(tx, use_id, grant_id)
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


def uses_of(db: ClinicDatabase, person_id: int) -> list[UseRow]:
    """Service uses drawn from a person's grants or enjoyed by that person, newest first (R133)."""
    undo = ServiceUse.alias()
    group = group_of(db, person_id)
    rows = db.rows(
        ServiceUse.select(
            ServiceUse.id,
            ServiceUse.grant_id,
            EntitlementGrant.name,
            ServiceUse.occurred_on,
            ServiceUse.beneficiary_id,
            ServiceUse.quantity,
            Staff.name,
            ServiceUse.bill_number,
            ServiceUse.registration_waived,
            undo.id,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .join(Staff, on=(Staff.id == ServiceUse.staff_id))
        .join(undo, peewee.JOIN.LEFT_OUTER, on=(undo.voids_id == ServiceUse.id))
        .where(
            (ServiceUse.person_id.in_(group) | ServiceUse.beneficiary_id.in_(group))
            & (ServiceUse.state == "used")
        )
        .order_by(ServiceUse.id.desc())
    )
    found = []
    for use_id, grant_id, name, on, receiver, quantity, staff, bill, waived, undone in rows:
        voided = undone is not None
        found.append(
            UseRow(
                use_id, grant_id, name, on, receiver, quantity, staff, bill, bool(waived), voided
            )
        )
    return found


def _check_beneficiary(tx: Tx, row: GrantRow, benefit: Benefit, owner: int, receiver: int) -> None:
    if benefit.beneficiary == "family":
        _check_family(tx, row, benefit, owner, receiver)
    elif receiver != owner and (benefit.beneficiary == "self" or not benefit.transferable):
        raise RuleError(tr("“{name}”只限会员本人使用。").format(name=row.name))


def _check_family(tx: Tx, row: GrantRow, benefit: Benefit, owner: int, receiver: int) -> None:
    age_from, age_below = benefit.beneficiary_age_from, benefit.beneficiary_age_below
    columns = (Person.household_id, Person.birthday)
    mine = tx.db.row(Person.select(*columns).where(Person.id == owner))
    theirs = tx.db.row(Person.select(*columns).where(Person.id == receiver))
    if receiver == owner or not mine or not theirs or not mine[0] or mine[0] != theirs[0]:
        raise RuleError(
            tr("“{name}”只限会员的家人。请先把孩子登记为家人，再选择孩子。").format(name=row.name)
        )
    if age_below is None and age_from is None:
        return
    if not theirs[1]:
        raise RuleError(tr("请先补登孩子的出生日期，“{name}”有年龄限制。").format(name=row.name))
    age = age_on(theirs[1], tx.today)
    if age_from is not None and age < age_from:
        sentence = tr("“{name}”限满 {age} 岁，这位家人今年 {actual} 岁。")
        raise RuleError(sentence.format(name=row.name, age=age_from, actual=age))
    if age_below is not None and age >= age_below:
        sentence = tr("“{name}”限 {age} 岁以下，这位家人今年 {actual} 岁。")
        raise RuleError(sentence.format(name=row.name, age=age_below, actual=age))


def _is_new(tx: Tx, person_id: int) -> bool:
    """New means: nothing before today, no visit, receipt or service (免挂号费 is for 新诊 only)."""
    seen = tx.db.scalar(Person.select(Person.last_visit_on).where(Person.id == person_id))
    if seen is not None and seen < tx.today:
        return False
    earlier = Receipt.occurred_on < tx.today
    drawn = ServiceUse.occurred_on < tx.today
    # each half has its own index; "patient or credited" in one condition would read them all
    traces = (
        Receipt.select(Receipt.id).where((Receipt.credited_id == person_id) & earlier),
        Receipt.select(Receipt.id).where(
            (Receipt.patient_id == person_id)
            & (Receipt.patient_id != Receipt.credited_id)
            & earlier
        ),
        ServiceUse.select(ServiceUse.id).where((ServiceUse.person_id == person_id) & drawn),
        ServiceUse.select(ServiceUse.id).where(
            (ServiceUse.beneficiary_id == person_id)
            & (ServiceUse.beneficiary_id != ServiceUse.person_id)
            & drawn
        ),
    )
    return all(tx.db.row(trace.limit(1)) is None for trace in traces)
