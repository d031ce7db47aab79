"""Membership fees: the terms they pay for against the standing, voids, and money given back."""

from __future__ import annotations

from typing import Any

from peewee import fn

from models import checks
from models.database import ClinicDatabase
from models.ledgers import Standing
from models.schemes import FeePayment, RefundCase
from models.system import Audit
from services.loyalty.own_timeline import all_joinings
from services.memberships.feebook import FeeEntry
from services.memberships.records import all_fee_entries
from services.programmes.evaluate import Event, evaluate
from services.programmes.registry import Timeline, timelines
from services.verify.report import Findings, Watch


def check_terms(db: ClinicDatabase, found: Findings, watch: Watch) -> None:
    """paid_until of every standing is what the fees said on the day it was settled (E57)."""
    for timeline in timelines(db):
        programme_id = timeline.programme_id
        fees = all_fee_entries(db, programme_id)
        joined = all_joinings(db, timeline) if fees else {}
        found.count("paid_terms", len(fees))
        for person_id, stored, day in checks.stream(db, _standings(programme_id, bool(fees))):
            entries = fees.pop(person_id, [])
            own = timeline.for_member(*joined.get(person_id, ()))
            if stored != _paid_until(own, entries, day):
                found.add("standing.paid_until", person_id)
        for person_id in fees:
            found.add("standing.missing", person_id)
        watch.breathe()


def _standings(programme_id: int, with_fees: bool) -> Any:
    """(person, paid_until, business day of the settling); where nobody ever paid a fee, only
    standings that say somebody did."""
    query = (
        Standing.select(Standing.person_id, Standing.paid_until, Audit.business_date)
        .join(Audit, on=(Audit.seq == Standing.seq))
        .where(Standing.programme_id == programme_id)
    )
    return query if with_fees else query.where(Standing.paid_until.is_null(False))


def _paid_until(timeline: Timeline, entries: list[FeeEntry], day: str) -> str | None:
    """The fold's own answer, from the fees alone."""
    if not entries:
        return None
    events = []
    for entry in entries:
        if entry.kind == "payment":
            paid = Event("fee", entry.on, entry.fee_id, rank=entry.rank, months=entry.months)
            events.append(paid)
        elif entry.kind == "void":
            events.append(Event("fee_void", entry.on, entry.voids_id))
        elif entry.kind == "leave":
            events.append(Event("leave", entry.on))
    return evaluate(timeline, events, day).paid_until(day)


def check_fees(db: ClinicDatabase, found: Findings) -> None:
    """A void takes back exactly its payment; what was given back on a membership is what its
    signed cases say, and not more than was received (E59)."""
    paid = FeePayment.alias()
    wrong = (
        FeePayment.select(FeePayment.id)
        .join(paid, on=(paid.id == FeePayment.voids_id))
        .where(
            (paid.kind != "payment")
            | (paid.amount_fen + FeePayment.amount_fen != 0)
            | (paid.membership_id != FeePayment.membership_id)
        )
    )
    for (fee_id,) in checks.stream(db, wrong):
        found.add("fee.void", fee_id)
    refunds = _sums(db, FeePayment.kind == "refund")
    net = _sums(db, FeePayment.kind.is_null(False))
    signed = dict(
        db.rows(
            RefundCase.select(RefundCase.membership_id, fn.SUM(RefundCase.amount_fen))
            .where(RefundCase.state == "signed")
            .group_by(RefundCase.membership_id)
        )
    )
    for membership_id in sorted(refunds.keys() | signed.keys()):
        if refunds.get(membership_id, 0) + signed.get(membership_id, 0) != 0:
            found.add("fee.refund", membership_id)
    for membership_id, fen in net.items():
        if fen < 0:
            found.add("fee.negative", membership_id)
    found.count("fees", db.scalar(FeePayment.select(fn.COUNT(FeePayment.id))))


def _sums(db: ClinicDatabase, wanted: Any) -> dict[int, int]:
    query = (
        FeePayment.select(FeePayment.membership_id, fn.SUM(FeePayment.amount_fen))
        .where(wanted)
        .group_by(FeePayment.membership_id)
    )
    return dict(db.rows(query))
