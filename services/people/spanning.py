"""Rows written after a merge that tie one record's rows to the other's: with one of them the two
cannot be parted again (E62)."""

from __future__ import annotations

from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import ServiceUse
from models.ledgers import PointsAllocation, PointsEntry, Receipt, TreatmentCase
from models.paperwork import Voucher
from models.people import Complaint, Membership
from models.reception import CareTeam, DoctorChange
from models.schemes import Award, FeePayment, Redemption, RefundCase
from services.people.aliases import Merge, group_of, root_of


def tied(db: ClinicDatabase, merge: Merge) -> bool:
    """Whether something written since a merge keeps its two sides together."""
    theirs = group_of(db, merge.merged_id)
    everybody = group_of(db, root_of(db, merge.merged_id))
    return spans(db, merge, theirs, tuple(each for each in everybody if each not in theirs))


def spans(db: ClinicDatabase, merge: Merge, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether a row since the merge hangs on both the people of `one` and those of `other`."""
    pairs = [pair for query in _ties(merge, (*one, *other)) for pair in db.rows(query)]
    return any(
        (left in one and right in other) or (left in other and right in one)
        for left, right in pairs
    )


def _ties(merge: Merge, group: tuple[int, ...]) -> list[Any]:
    """The pairs of people that rows since the merge bring together."""
    lot, debit = PointsEntry.alias(), PointsEntry.alias()
    return [
        PointsAllocation.select(lot.person_id, debit.person_id)
        .join(lot, on=(lot.id == PointsAllocation.lot_id))
        .join(debit, on=(debit.id == PointsAllocation.debit_id))
        .where((PointsAllocation.seq > merge.seq) & debit.person_id.in_(group))
        .group_by(lot.id, debit.id)
        .having(fn.SUM(PointsAllocation.points) != 0),
        *(
            table.select(table.person_id, owner.person_id)
            .join(owner, on=(owner.id == column))
            .where((table.seq > merge.seq) & table.person_id.in_(group))
            for table, owner, column in (
                (PointsEntry, Complaint, PointsEntry.complaint_id),
                (Award, Complaint, Award.complaint_id),
                (FeePayment, Membership, FeePayment.membership_id),
                (RefundCase, Membership, RefundCase.membership_id),
            )
        ),
        Receipt.select(Receipt.credited_id, TreatmentCase.person_id)
        .join(TreatmentCase, on=(TreatmentCase.id == Receipt.case_id))
        .where((Receipt.seq > merge.seq) & Receipt.credited_id.in_(group)),
        Redemption.select(Redemption.person_id, Receipt.credited_id)
        .join(Receipt, on=(Receipt.id == Redemption.receipt_id))
        .where((Redemption.seq > merge.seq) & Redemption.person_id.in_(group)),
        CareTeam.select(CareTeam.person_id, DoctorChange.person_id)
        .join(DoctorChange, on=(DoctorChange.id == CareTeam.change_id))
        .where((CareTeam.seq > merge.seq) & CareTeam.person_id.in_(group)),
        Voucher.select(Voucher.person_id, ServiceUse.person_id)
        .join(ServiceUse, on=(ServiceUse.id == Voucher.use_id))
        .where((ServiceUse.seq > merge.seq) & Voucher.person_id.in_(group)),
    ]
