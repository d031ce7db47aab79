"""Whether anybody posted anything since a command: what may only be undone before that (E42)."""

from __future__ import annotations

from typing import Any

import peewee

from models.database import ClinicDatabase
from models.gifts import GiftIssue, ServiceUse
from models.ledgers import MoneyEvent, OpeningBalance, PointsEntry, TierOverride
from models.people import Membership, PersonAlias
from models.schemes import (
    Award,
    BenefitConfirmation,
    FeePayment,
    Redemption,
    RedemptionReturn,
)

_POSTED: tuple[type[peewee.Model], ...] = (
    MoneyEvent,
    PointsEntry,
    OpeningBalance,
    TierOverride,
    Membership,
    GiftIssue,
    ServiceUse,
    FeePayment,
    Redemption,
    RedemptionReturn,
    Award,
    BenefitConfirmation,
    PersonAlias,
)


def posted_since(db: ClinicDatabase, seq: int) -> bool:
    """Whether a later command moved money, points, tiers, memberships, grants or people."""
    for table in _POSTED:
        columns: Any = table
        newest = db.scalar(table.select(columns.seq).order_by(columns.id.desc()).limit(1))
        if newest is not None and newest > seq:
            return True
    ended = Membership.select(Membership.id).where(Membership.end_seq > seq)
    return db.row(ended.limit(1)) is not None
