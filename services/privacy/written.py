"""Every place where somebody may have written about a person in words, emptied in one go.

Figures, days and kinds are not words: they stay. Rows that never change let go of their words
only once the record is anonymous (migration 0005).
"""

from __future__ import annotations

from typing import Any

from models.activities import ActivityPlace
from models.desk import Visit
from models.followup import ComplaintStep, FollowupAttempt, FollowupTask, Request
from models.gifts import EntitlementGrant, GiftIssue, GrantBefore, ServiceUse
from models.ledgers import (
    MoneyEvent,
    PointsEntry,
    Receipt,
    TierOverride,
    TreatmentCase,
)
from models.paperwork import GiftPromise, ServiceBill, Voucher, VoucherStep
from models.partners import Introduction
from models.people import Complaint, HealthGrade, Membership
from models.privacy import DataRequest
from models.reception import DoctorChange
from models.schemes import Award, FeePayment, RedemptionReturn, Referral, RefundCase
from services.commands import Tx

# table → the columns in which somebody writes freely about `person_id`
WORDS: dict[Any, tuple[str, ...]] = {
    ActivityPlace: ("note",),
    DataRequest: ("answer",),
    DoctorChange: ("reason", "note"),
    FeePayment: ("agreement", "reason"),
    FollowupAttempt: ("note",),
    FollowupTask: ("subject",),
    GiftIssue: ("note",),
    GiftPromise: ("note",),
    HealthGrade: ("note",),
    Introduction: ("purpose", "consent_note", "note", "ended_why"),
    Membership: ("agreement", "end_reason"),
    MoneyEvent: ("reason",),
    PointsEntry: ("reason",),
    RedemptionReturn: ("reason",),
    RefundCase: ("reason",),
    ServiceUse: ("reason",),
    TierOverride: ("reason",),
    TreatmentCase: ("name",),
    Visit: ("escort", "note", "room_exception"),
}
# where something must be said, a word stands that says nothing
ANSWERED: dict[Any, tuple[str, ...]] = {
    Complaint: ("text", "outcome"),
    Request: ("text", "answer"),
}
NOBODY = "已匿名"


def empty_words(tx: Tx, group: tuple[int, ...]) -> None:
    """Empty everything that was written about these records."""
    for table, columns in WORDS.items():
        _empty(tx, table, columns, table.person_id.in_(group))
    for table, columns in ANSWERED.items():
        for column in columns:  # an answer stays one: that there were words is no secret
            mine = table.person_id.in_(group) & (getattr(table, column) != "")
            tx.db.write(table.update(**{column: NOBODY}).where(mine))
    _empty(tx, Award, ("note",), Award.person_id.in_(group))
    _empty(tx, Receipt, ("reason", "note"), Receipt.patient_id.in_(group))
    _empty(tx, Referral, ("reason",), Referral.newcomer_id.in_(group))
    for table, link, owner in (
        (VoucherStep, VoucherStep.voucher_id, Voucher),
        (ServiceBill, ServiceBill.use_id, ServiceUse),
    ):
        theirs = owner.select(owner.id).where(owner.person_id.in_(group))
        _empty(tx, table, ("note",), link.in_(theirs))
    complaints = Complaint.select(Complaint.id).where(Complaint.person_id.in_(group))
    _empty(tx, ComplaintStep, ("text",), ComplaintStep.complaint_id.in_(complaints))


def empty_names(tx: Tx, group: tuple[int, ...], names: frozenset[str]) -> None:
    """Empty the names of what was given by hand where they name the person themselves."""
    awards = tx.db.rows(Award.select(Award.id, Award.name).where(Award.person_id.in_(group)))
    for award_id, name in awards:
        if any(each in name for each in names):
            _empty(tx, Award, ("name", "note"), Award.id == award_id)
    grants = EntitlementGrant.select(EntitlementGrant.id, EntitlementGrant.name).where(
        EntitlementGrant.person_id.in_(group)
    )
    for grant_id, name in tx.db.rows(grants):
        if any(each in name for each in names):
            _empty(tx, EntitlementGrant, ("name",), EntitlementGrant.id == grant_id)
            _empty(tx, GrantBefore, ("name",), GrantBefore.grant_id == grant_id)


def _empty(tx: Tx, table: Any, columns: tuple[str, ...], whose: Any) -> None:
    tx.db.write(table.update(**dict.fromkeys(columns, "")).where(whose))
