"""Whether anybody posted anything since a command: what may only be undone before that (E42)."""

from __future__ import annotations

from typing import Any

import peewee

from models.database import ClinicDatabase
from models.gifts import GiftIssue, ServiceUse
from models.ledgers import MoneyEvent, OpeningBalance, PointsEntry, TierOverride
from models.paperwork import GiftPromise
from models.people import Membership, PersonAlias
from models.schemes import (
    Award,
    BenefitConfirmation,
    FeePayment,
    Redemption,
    RedemptionReturn,
)
from models.system import Audit

_POSTED: tuple[type[peewee.Model], ...] = (
    MoneyEvent,
    PointsEntry,
    OpeningBalance,
    TierOverride,
    Membership,
    GiftIssue,
    GiftPromise,
    ServiceUse,
    FeePayment,
    Redemption,
    RedemptionReturn,
    Award,
    BenefitConfirmation,
    PersonAlias,
)


_BY_ITSELF = "clinic.daily"  # what only a day that passed brings about


def posted_since(db: ClinicDatabase, seq: int) -> bool:
    """Whether a later command moved money, points, tiers, memberships, grants or people."""
    if any(_newest_by_hand(db, table, seq) for table in _POSTED):
        return True
    ended = Membership.select(Membership.id).where(Membership.end_seq > seq)
    return db.row(ended.limit(1)) is not None


def _newest_by_hand(db: ClinicDatabase, table: type[peewee.Model], seq: int) -> bool:
    """Whether a row came after `seq`, read from the end back over what came by itself."""
    columns: Any = table
    rows = table.select(columns.seq).order_by(columns.id.desc()).limit(1)
    newest = db.scalar(rows)
    while newest is not None and newest > seq:
        action = Audit.select(Audit.action).where(Audit.seq == newest)
        if db.scalar(action) != _BY_ITSELF:
            return True
        newest = db.scalar(rows.where(columns.seq < newest))
    return False
