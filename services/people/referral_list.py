"""Referrals for lists: whom a person brought, and by whom they came (R051, R074)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from models.database import ClinicDatabase
from models.people import Person
from models.schemes import Referral
from services.i18n import tr
from services.people.aliases import group_of
from services.people.referral_states import CLEARED, REFUSED


@dataclass(frozen=True)
class ReferralRow:
    """A referral with both people; days are ISO, None while it has not come so far."""

    id: int
    referrer_id: int
    referrer_number: str
    referrer_name: str
    newcomer_id: int
    newcomer_number: str
    newcomer_name: str
    state: str
    recorded_on: str
    paid_on: str | None
    due_on: str | None
    rewarded_on: str | None
    closed_on: str | None
    reason: str


def referrals_of(db: ClinicDatabase, person_id: int) -> list[ReferralRow]:
    """Whom a person brought and by whom they came themselves, the newest first."""
    group = group_of(db, person_id)
    mine = Referral.referrer_id.in_(group) | Referral.newcomer_id.in_(group)
    return _rows(db, _query().where(mine).order_by(Referral.id.desc()))


def _query() -> Any:
    old, new = Person.alias(), Person.alias()
    return (
        Referral.select(
            Referral.id,
            Referral.referrer_id,
            old.number,
            old.name,
            Referral.newcomer_id,
            new.number,
            new.name,
            Referral.state,
            Referral.recorded_on,
            Referral.paid_on,
            Referral.due_on,
            Referral.rewarded_on,
            Referral.closed_on,
            Referral.reason,
        )
        .join(old, on=(old.id == Referral.referrer_id))
        .switch(Referral)
        .join(new, on=(new.id == Referral.newcomer_id))
        .switch(Referral)
    )


def _rows(db: ClinicDatabase, query: Any) -> list[ReferralRow]:
    rows = [ReferralRow(*values) for values in db.rows(query)]
    return [
        replace(row, reason=tr("登记表上的推荐人已清除"))
        if row.state == REFUSED and row.reason == CLEARED
        else row
        for row in rows
    ]
