"""The audit chain, recomputed row by row, and ledgers that run ahead of it."""

from __future__ import annotations

import hashlib
from typing import Any

import peewee

from models.activities import Activity, ActivityCost, ActivityPlace
from models.database import ClinicDatabase
from models.desk import Visit
from models.duties import Duty, DutyDone
from models.followup import (
    ComplaintStep,
    FollowupAttempt,
    FollowupPlan,
    FollowupTask,
    Mailing,
    Request,
)
from models.gifts import (
    EntitlementGrant,
    Gift,
    GiftIssue,
    GrantBefore,
    Reconciliation,
    ServiceUse,
    StockMove,
)
from models.groups import CustomerGroup, Label, PersonLabel
from models.ledgers import (
    MoneyEvent,
    OpeningBalance,
    PointsAllocation,
    PointsEntry,
    Receipt,
    Standing,
    TierEvent,
    TierOverride,
    TreatmentCase,
)
from models.paperwork import (
    CountEntry,
    GiftPromise,
    ServiceBill,
    StockDocument,
    StockDocumentStep,
    StockLot,
    Voucher,
    VoucherStep,
)
from models.partners import Introduction, Partner, PartnerAgreement, PartnerStatement
from models.people import (
    Alert,
    Card,
    Complaint,
    Consent,
    HealthGrade,
    ImportBatch,
    LunarBirthday,
    Membership,
    Person,
    PersonAlias,
)
from models.privacy import DataRequest, Disclosure
from models.programmes import ProgrammeChange, ProgrammeDraft, ProgrammeVersion
from models.query import Prepared, slot
from models.reception import Appointment, CareTeam, DoctorChange, VisitStep
from models.schemes import (
    Award,
    BenefitConfirmation,
    FeePayment,
    Redemption,
    RedemptionReturn,
    Referral,
    RefundCase,
)
from models.system import Audit
from services.commands import chain_mac
from services.verify.report import Findings, Watch

NUMBERED: tuple[type[peewee.Model], ...] = (
    Activity, ActivityCost, ActivityPlace, Alert, Appointment, Award, BenefitConfirmation, Card,
    CareTeam, Complaint, ComplaintStep, Consent, CountEntry, CustomerGroup, DataRequest, Disclosure,
    DoctorChange, Duty, DutyDone, EntitlementGrant, FeePayment, FollowupAttempt, FollowupPlan,
    FollowupTask, Gift, GiftIssue, GiftPromise, GrantBefore, HealthGrade, ImportBatch, Introduction,
    Label, LunarBirthday, Mailing, Membership, MoneyEvent, OpeningBalance, Partner,
    PartnerAgreement, PartnerStatement, Person, PersonAlias, PersonLabel, PointsAllocation,
    PointsEntry, ProgrammeChange, ProgrammeDraft, ProgrammeVersion, Receipt, Reconciliation,
    Redemption, RedemptionReturn, Referral, RefundCase, Request, ServiceBill, ServiceUse, Standing,
    StockDocument, StockDocumentStep, StockLot, StockMove, TierEvent, TierOverride, TreatmentCase,
    Visit, VisitStep, Voucher, VoucherStep,
)  # fmt: skip
"""Every table whose rows carry the number of the command that wrote them."""

_PAD = 64  # bytes of a SHA-256 block, the width of HMAC's pads
_ROWS = 1024  # rows that SQLite writes out at once, between two looks at the cancel button
_COLUMNS = (
    Audit.action,
    Audit.actor_id,
    Audit.app_version,
    Audit.at_utc,
    Audit.business_date,
    Audit.detail,
    Audit.entity,
    Audit.entity_id,
    Audit.op_id,
    Audit.result,
    Audit.seq,
)
"""What a mac is about, in the canonical order of `services.commands.chain_mac`."""


def _written(column: peewee.Field) -> Any:
    return peewee.fn.LOWER(peewee.fn.HEX(column)) if column is Audit.op_id else column


_PORTION = Prepared(
    lambda: Audit.select(
        peewee.fn.COUNT(Audit.seq),
        peewee.fn.GROUP_CONCAT(
            peewee.fn.JSON_OBJECT(
                *(part for each in _COLUMNS for part in (each.name, _written(each)))
            ),
            "\n",
        ).cast("BLOB"),
        peewee.fn.LOWER(peewee.fn.GROUP_CONCAT(peewee.fn.HEX(Audit.mac), "")),
    ).where(Audit.seq.between(slot("first"), slot("last")))
)
_SINGLY = Prepared(
    lambda: (
        Audit.select(*_COLUMNS, Audit.mac)
        .where(Audit.seq.between(slot("first"), slot("last")))
        .order_by(Audit.seq)
    )
)


def check_chain(
    db: ClinicDatabase,
    key: bytes,
    found: Findings,
    watch: Watch,
    *,
    after: int = 0,
    mac: bytes = b"",
) -> None:
    """Recompute every mac from the first row on, or from the one after row `after`, whose own is
    `mac`; the first bad number is named.

    SQLite writes the rows out in portions, without Python in the way. Only a portion in which
    anything is not as it should be is gone through singly, by `chain_mac` itself.
    """
    newest = db.scalar(Audit.select(peewee.fn.MAX(Audit.seq))) or 0
    inner, outer = (
        hashlib.sha256(bytes(b ^ pad for b in key.ljust(_PAD, b"\0"))) for pad in (0x36, 0x5C)
    )
    previous, expected = mac, after + 1
    while expected <= newest:
        last = min(expected + _ROWS - 1, newest)
        macs = _macs(db, expected, last, previous, inner, outer)
        if macs:
            previous, expected = macs[-1], last + 1
        else:
            previous, expected = _singly(db, key, previous, expected, last, found)
            if expected <= last:
                break
        watch.breathe()
    found.count("audit", expected - 1)


def _macs(
    db: ClinicDatabase, first: int, last: int, previous: bytes, inner: Any, outer: Any
) -> list[bytes]:
    """The macs of the rows from `first` to `last`; none unless every row is there and has its own.

    HMAC is two hashes, each begun over its pad.
    """
    ((count, text, stored),) = _PORTION.rows(db, first=first, last=last)
    macs: list[bytes] = []
    if count != last - first + 1:
        return macs
    for row in text.split(b"\n"):
        inside, outside = inner.copy(), outer.copy()
        inside.update(previous + row)
        outside.update(inside.digest())
        previous = outside.digest()
        macs.append(previous)
    return macs if b"".join(macs).hex() == stored else []


def _singly(
    db: ClinicDatabase, key: bytes, previous: bytes, first: int, last: int, found: Findings
) -> tuple[bytes, int]:
    """Row by row: the mac of the last sound row, and the number of the first that is not sound,
    `last` + 1 when all are."""
    expected = first
    for *values, stored in _SINGLY.rows(db, first=first, last=last):
        row = dict(zip((each.name for each in _COLUMNS), values, strict=True))
        if row["seq"] != expected:
            break
        computed = chain_mac(key, previous, row)
        if computed != stored:
            found.add("audit.mac", expected)
            return previous, expected
        previous, expected = computed, expected + 1
    if expected <= last:
        found.add("audit.gap", expected)
    return previous, expected


def check_numbers(db: ClinicDatabase, found: Findings, watch: Watch) -> None:
    """No ledger row may carry a number that the audit trail has not reached."""
    head = db.scalar(Audit.select(peewee.fn.MAX(Audit.seq))) or 0
    for table in NUMBERED:
        seq = table.seq  # type: ignore[attr-defined]
        newest = db.scalar(table.select(peewee.fn.MAX(seq)))
        if newest is not None and newest > head:
            found.add("audit.ahead", table._meta.table_name)
        watch.breathe()
