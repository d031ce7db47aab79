"""Members with services to claim, for tests of vouchers: 医院方案A, and one with other terms."""

from __future__ import annotations

from typing import Any

import msgspec

from services.clinic import Clinic
from services.commands import Session
from services.programmes.definition import Benefit
from services.verify import verify
from services.vouchers.claim import claim_voucher
from services.vouchers.records import VoucherRow, voucher
from tests.money_world import grant_id, member, sign, variant

CLEANING = "vip.ultrasonic@2026"  # twice a year
FACIAL = "vip.facial"  # once


def vip(session: Session) -> int:
    """Somebody with two cleanings, a facial and a herbal treatment."""
    return member(session, 10_000)


def claimed(session: Session, who: int, key: str = CLEANING, **more: Any) -> int:
    """A voucher of one of the person's services; its id."""
    grant = grant_id(session.clinic, who, key)
    return claim_voucher(session, grant_id=grant, **more).voucher_id


def seen(clinic: Clinic, voucher_id: int) -> VoucherRow:
    return voucher(clinic.db, voucher_id)


def steps(clinic: Clinic, voucher_id: int) -> list[str]:
    rows = clinic.db.execute_sql(
        "SELECT step FROM voucher_step WHERE voucher_id = ? ORDER BY id", (voucher_id,)
    ).fetchall()
    return [row[0] for row in rows]


def signed_with(director: Session, **changes: Any) -> None:
    """医院方案A whose VIP services have other conditions, in force for everybody."""
    plain = variant()

    def other(benefit: Benefit) -> Benefit:
        if benefit.kind != "service":
            return benefit
        return msgspec.structs.replace(benefit, **changes)

    tiers = tuple(
        msgspec.structs.replace(tier, benefits=tuple(other(b) for b in tier.benefits))
        for tier in plain.tiers
    )
    sign(director, msgspec.structs.replace(plain, tiers=tiers))


def calls(clinic: Clinic, person_id: int) -> list[tuple[str, str]]:
    """(cycle, state) of the calls to somebody about vouchers."""
    return clinic.db.execute_sql(
        "SELECT cycle, state FROM followup_task WHERE person_id = ? AND cycle LIKE 'voucher.%'"
        " ORDER BY id",
        (person_id,),
    ).fetchall()


def check_everything(clinic: Clinic) -> None:
    """`verify` finds nothing; people made for tests have no search keys."""
    assert [fault for fault in verify(clinic).faults if fault.code != "search.missing"] == []
