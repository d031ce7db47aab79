"""服务核销 in the Friday workbook: services claimed, used and billed in a period (R145).

As in `friday_data`, rows are read by their sequence number, so a closed period reads the same
next year although vouchers and bills go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import peewee
from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, ServiceUse
from models.paperwork import ServiceBill, Voucher, VoucherStep
from models.people import Person
from models.system import Doctor
from services.gifts.period import PeriodView
from services.i18n import tr
from services.people.privacy import mask_name
from services.vouchers.bills import bearer_title
from services.workbooks.friday_data import STILL_OPEN, Row, within

_RECEIVER = Person.alias()


def uses(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    """Services drawn and voided, in order; then those claimed in the period and not used by its
    end, and those used earlier and billed in it, both without a quantity, so that the sum is what
    the ledger says."""
    for row in db.rows(_used(view).where(within(ServiceUse.seq, view))):
        yield _use_row(row)
    yield from _claimed(db, view)
    billed = ServiceBill.select(ServiceBill.use_id).where(within(ServiceBill.seq, view))
    late = _used(view).where(ServiceUse.id.in_(billed) & (ServiceUse.seq <= view.from_seq))
    for row in db.rows(late):
        if row[9]:
            yield _use_row((*row[:5], 0, *row[6:]))


def _used(view: PeriodView) -> Any:
    """Uses with their bill as it was at the end of the period; a coupon's is its receipt."""
    receipt = peewee.Case(EntitlementGrant.form, (("coupon", ServiceUse.bill_number),), "")
    return (
        ServiceUse.select(
            ServiceUse.occurred_on,
            Person.number,
            Person.name,
            _RECEIVER.name,
            EntitlementGrant.name,
            ServiceUse.quantity,
            Doctor.name,
            ServiceUse.registration_waived,
            ServiceUse.state,
            fn.COALESCE(_bill(ServiceBill.bill_number, view), receipt),
            fn.COALESCE(_bill(ServiceBill.borne_by, view), ServiceUse.borne_by),
        )
        .join(Person, on=(Person.id == ServiceUse.person_id))
        .switch(ServiceUse)
        .join(_RECEIVER, on=(_RECEIVER.id == ServiceUse.beneficiary_id))
        .switch(ServiceUse)
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .switch(ServiceUse)
        .join(Doctor, JOIN.LEFT_OUTER, on=(Doctor.id == ServiceUse.doctor_id))
        .order_by(ServiceUse.id)
    )


def _bill(column: Any, view: PeriodView) -> Any:
    """A column of the bill that counted at the end of the period."""
    return (
        ServiceBill.select(column)
        .where((ServiceBill.use_id == ServiceUse.id) & (ServiceBill.seq <= view.cutoff_seq))
        .order_by(ServiceBill.id.desc())
        .limit(1)
    )


def _use_row(row: tuple[Any, ...]) -> Row:
    on, number, name, to, item, quantity, doctor, waived, state, bill, borne_by = row
    return (
        date.fromisoformat(on),
        number,
        mask_name(name),
        mask_name(to),
        item,
        quantity,
        doctor or "",
        tr("是") if waived else "",
        tr("作废") if state == "void" else tr("划价") if bill else tr("使用"),
        bill,
        bearer_title(borne_by),
    )


def _claimed(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    """Vouchers claimed in the period that were still open at its end, with who held them then."""
    newest = VoucherStep.alias()
    then = newest.select(fn.MAX(newest.id)).where(
        (newest.voucher_id == Voucher.id) & (newest.seq <= view.cutoff_seq)
    )
    query = (
        Voucher.select(
            Voucher.occurred_on,
            Person.number,
            Person.name,
            fn.COALESCE(_RECEIVER.name, Person.name),
            EntitlementGrant.name,
        )
        .join(VoucherStep, on=(VoucherStep.id == then))
        .switch(Voucher)
        .join(Person, on=(Person.id == Voucher.person_id))
        .switch(Voucher)
        .join(EntitlementGrant, on=(EntitlementGrant.id == Voucher.grant_id))
        .join(_RECEIVER, JOIN.LEFT_OUTER, on=(_RECEIVER.id == VoucherStep.friend_id))
        .where(within(Voucher.seq, view) & VoucherStep.step.in_(STILL_OPEN))
        .order_by(Voucher.id)
    )
    for on, number, name, to, item in db.rows(query):
        day = date.fromisoformat(on)
        yield (
            day, number, mask_name(name), mask_name(to), item, 0, "", "", tr("领取"), "", "",
        )  # fmt: skip
