"""The audit chain, recomputed row by row, and ledgers that run ahead of it."""

from __future__ import annotations

import hashlib

import msgspec
import peewee

from models import checks
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

_BLOCK = 64  # bytes of a SHA-256 block, the width of HMAC's pads
_BREATH = 8192  # rows between two looks at the cancel button


class _Row(msgspec.Struct):
    """An audit row with its fields in the canonical order of `services.commands.chain_mac`."""

    action: str
    actor_id: int | None
    app_version: str
    at_utc: str
    business_date: str
    detail: str
    entity: str
    entity_id: int | None
    op_id: str
    result: str
    seq: int


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

    The same function as `chain_mac`, unrolled: HMAC is two hashes over two pads.
    """
    query = Audit.select(
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
        Audit.mac,
    ).order_by(Audit.seq)
    if after:
        query = query.where(Audit.seq > after)
    inner = bytes(byte ^ 0x36 for byte in key.ljust(_BLOCK, b"\0"))
    outer = bytes(byte ^ 0x5C for byte in key.ljust(_BLOCK, b"\0"))
    sha256, encode = hashlib.sha256, msgspec.json.Encoder().encode
    previous, expected = mac, after + 1
    for act, actor, app, at, day, detail, entity, eid, op, result, seq, stored in checks.stream(
        db, query
    ):
        if seq != expected:
            found.add("audit.gap", expected)
            break
        row = encode(_Row(act, actor, app, at, day, detail, entity, eid, op.hex(), result, seq))
        previous = sha256(outer + sha256(inner + previous + row).digest()).digest()
        if previous != stored:
            found.add("audit.mac", seq)
            break
        expected += 1
        if not seq % _BREATH:
            watch.breathe()
    found.count("audit", expected - 1)


def check_numbers(db: ClinicDatabase, found: Findings, watch: Watch) -> None:
    """No ledger row may carry a number that the audit trail has not reached."""
    head = db.scalar(Audit.select(peewee.fn.MAX(Audit.seq))) or 0
    for table in NUMBERED:
        seq = table.seq  # type: ignore[attr-defined]
        newest = db.scalar(table.select(peewee.fn.MAX(seq)))
        if newest is not None and newest > head:
            found.add("audit.ahead", table._meta.table_name)
        watch.breathe()
