"""Vouchers against their steps and uses, bills against the uses they are of."""

from __future__ import annotations

import msgspec
from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, ServiceUse
from models.paperwork import ServiceBill, Voucher, VoucherStep
from models.system import Audit
from services.commands import LAST_BUSINESS_DATE, read_setting
from services.people.aliases import root_of
from services.verify.report import Findings
from services.vouchers.records import OPEN

_LEADS_TO = {
    "claim": ("owned",),
    "pledge": ("pledged",),
    "recall": ("owned",),
    "use": ("used",),
    "unuse": ("owned", "pledged"),
    "return": ("returned",),
    "expire": ("expired",),
}


def check_vouchers(db: ClinicDatabase, found: Findings) -> None:
    """The state is that of the last step, the friend that step's; a used one was used once, from a
    grant of its owner; it ends when its claim said; those that are open do not exceed what is left
    (E45)."""
    _check_steps(db, found)
    _check_uses(db, found)
    _check_ends(db, found)
    _check_reserved(db, found)
    found.count("vouchers", db.scalar(Voucher.select(fn.COUNT(Voucher.id))))


def _check_steps(db: ClinicDatabase, found: Findings) -> None:
    newest = VoucherStep.alias()
    last = (
        newest.select(newest.voucher_id, fn.MAX(newest.id).alias("id"))
        .group_by(newest.voucher_id)
        .alias("last")
    )
    query = (
        Voucher.select(
            Voucher.id, Voucher.state, Voucher.pledged_to, VoucherStep.step, VoucherStep.friend_id
        )
        .join(last, JOIN.LEFT_OUTER, on=(last.c.voucher_id == Voucher.id))
        .join(VoucherStep, JOIN.LEFT_OUTER, on=(VoucherStep.id == last.c.id))
    )
    for voucher_id, state, friend, step, with_whom in checks.stream(db, query):
        if state not in _LEADS_TO.get(step, ()) or friend != with_whom:
            found.add("voucher.state", voucher_id)


def _check_uses(db: ClinicDatabase, found: Findings) -> None:
    undo, drawn = ServiceUse.alias(), EntitlementGrant.alias()
    query = (
        Voucher.select(
            Voucher.id,
            EntitlementGrant.programme_id,
            Voucher.person_id,
            drawn.programme_id,
            ServiceUse.person_id,
            ServiceUse.quantity,
            undo.id,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == Voucher.grant_id))
        .switch(Voucher)
        .join(ServiceUse, on=(ServiceUse.id == Voucher.use_id))
        .join(drawn, on=(drawn.id == ServiceUse.grant_id))
        .switch(ServiceUse)
        .join(undo, JOIN.LEFT_OUTER, on=(undo.voids_id == ServiceUse.id))
        .where(Voucher.state == "used")
    )
    for voucher_id, claimed_of, owner, drawn_of, user, quantity, undone in checks.stream(db, query):
        same = claimed_of == drawn_of and root_of(db, owner) == root_of(db, user)
        if not same or quantity != 1 or undone is not None:
            found.add("voucher.use", voucher_id)


def _check_ends(db: ClinicDatabase, found: Findings) -> None:
    query = Voucher.select(Voucher.id, Voucher.valid_to, Audit.entity_id, Audit.detail).join(
        Audit, JOIN.LEFT_OUTER, on=(Audit.seq == Voucher.seq)
    )
    for voucher_id, valid_to, entity_id, detail in checks.stream(db, query):
        told = msgspec.json.decode(detail or "{}")
        if entity_id != voucher_id or told.get("until", "") != valid_to:
            found.add("voucher.until", voucher_id)


def _check_reserved(db: ClinicDatabase, found: Findings) -> None:
    """Those past their last day hold nothing, and neither do those of closed grants: the daily run
    ends them."""
    day = read_setting(db, LAST_BUSINESS_DATE)
    query = (
        Voucher.select(Voucher.grant_id)
        .join(EntitlementGrant, on=(EntitlementGrant.id == Voucher.grant_id))
        .where(
            Voucher.state.in_(OPEN)
            & (Voucher.valid_to.is_null() | (Voucher.valid_to >= day))
            & (EntitlementGrant.state != "closed")
        )
        .group_by(Voucher.grant_id)
        .having(fn.COUNT(Voucher.id) > EntitlementGrant.quantity - EntitlementGrant.used)
    )
    for (grant_id,) in checks.stream(db, query):
        found.add("voucher.reserved", grant_id)


def check_bills(db: ClinicDatabase, found: Findings) -> None:
    """No bill stands on a use that was taken back, and none on the row that takes it back (E47);
    each says what its command said about the money (R142)."""
    later, undo = ServiceBill.alias(), ServiceUse.alias()
    newer = later.select(later.id).where(
        (later.use_id == ServiceBill.use_id) & (later.id > ServiceBill.id)
    )
    query = (
        ServiceBill.select(ServiceBill.id)
        .join(ServiceUse, on=(ServiceUse.id == ServiceBill.use_id))
        .join(undo, JOIN.LEFT_OUTER, on=(undo.voids_id == ServiceUse.id))
        .where(
            (ServiceBill.bill_number != "")
            & ~fn.EXISTS(newer)
            & ((ServiceUse.state == "void") | undo.id.is_null(False))
        )
    )
    for (bill_id,) in checks.stream(db, query):
        found.add("bill.void", bill_id)
    _check_money(db, found)
    found.count("bills", db.scalar(ServiceBill.select(fn.COUNT(ServiceBill.id))))


def _check_money(db: ClinicDatabase, found: Findings) -> None:
    """Bills from before they were kept apart were noted with their use and have no word on it."""
    query = ServiceBill.select(
        ServiceBill.id,
        ServiceBill.bill_number,
        ServiceBill.amount_fen,
        ServiceBill.borne_by,
        Audit.action,
        Audit.detail,
    ).join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == ServiceBill.seq))
    for bill_id, number, fen, borne_by, action, detail in checks.stream(db, query):
        told = msgspec.json.decode(detail or "{}")
        if action == "service.use" and "fen" not in told:
            continue
        taken_back = action == "service.take_back_bill"
        good = (number, fen) == ("", 0) if taken_back else told.get("fen") == fen and number != ""
        if not good or (not taken_back and told.get("borne_by") != borne_by):
            found.add("bill.money", bill_id)
