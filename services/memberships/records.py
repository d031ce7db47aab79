"""Fees and memberships as they are stored, read for one person or for a whole programme.

A merged person's rows are read with the survivor's (E62), in the order of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.people import Membership
from models.query import Prepared, slot
from models.schemes import FeePayment, RefundCase
from models.system import Staff
from services.i18n import tr
from services.loyalty.own_timeline import own_timeline
from services.memberships.feebook import FeeBook, FeeEntry
from services.people.aliases import group_of, roots
from services.programmes.active import active_timeline
from services.programmes.registry import Timeline, timelines, version

_FEE_COLUMNS = (
    FeePayment.person_id,
    FeePayment.seq,
    FeePayment.id,
    FeePayment.kind,
    FeePayment.occurred_on,
    FeePayment.rank,
    FeePayment.months,
    FeePayment.amount_fen,
    FeePayment.credit_fen,
    FeePayment.voids_id,
)
_LEAVE_COLUMNS = (Membership.person_id, Membership.end_seq, Membership.id, Membership.ended_on)

_FEES = Prepared(
    lambda: FeePayment.select(*_FEE_COLUMNS).where(
        (FeePayment.person_id == slot("person_id"))
        & (FeePayment.programme_id == slot("programme_id"))
    )
)
_LEAVINGS = Prepared(
    lambda: Membership.select(*_LEAVE_COLUMNS).where(
        (Membership.person_id == slot("person_id"))
        & (Membership.programme_id == slot("programme_id"))
        & Membership.end_seq.is_null(False)
    )
)
_MEMBERSHIP_COLUMNS = (
    Membership.id,
    Membership.person_id,
    Membership.programme_id,
    Membership.version_id,
    Membership.joined_on,
    Membership.basis,
    Membership.agreement,
    Membership.seq,
)
_ACTIVE = Prepared(
    lambda: Membership.select(*_MEMBERSHIP_COLUMNS).where(
        (Membership.person_id == slot("person_id"))
        & (Membership.programme_id == slot("programme_id"))
        & (Membership.state == "active")
    )
)
_MEMBERSHIP = Prepared(
    lambda: Membership.select(*_MEMBERSHIP_COLUMNS).where(
        (Membership.id == slot("id")) & (Membership.state == "active")
    )
)
_OPEN_CASE = Prepared(
    lambda: RefundCase.select(RefundCase.id).where(
        (RefundCase.membership_id == slot("membership_id")) & (RefundCase.state == "prepared")
    )
)

Numbered = tuple[tuple[int, int, int], FeeEntry]


@dataclass(frozen=True)
class ActiveMembership:
    """A membership that runs. `seq` is the command that made it."""

    id: int
    person_id: int
    programme_id: int
    version_id: int
    joined_on: str
    basis: str
    agreement: str
    seq: int


@dataclass(frozen=True)
class PaidTermRow:
    """A paid term, for lists: fen paid and the days it covers; `ends_on` None is for life."""

    programme_id: int
    programme: str
    fee_id: int
    rank: int
    tier_name: str
    paid_on: str
    paid_fen: int
    starts_on: str
    ends_on: str | None


@dataclass(frozen=True)
class FeeRow:
    """A row of the fee ledger, for lists; `voided` when a later row took it back."""

    id: int
    programme_id: int
    programme: str
    kind: str
    occurred_on: str
    tier_name: str
    months: int
    amount_fen: int
    listed_fen: int
    credit_fen: int
    payment: str
    agreement: str
    reason: str
    staff: str
    staff_id: int
    voided: bool


def fee_kind_title(kind: str) -> str:
    """A kind of fee row as the desk says it."""
    return {"payment": tr("缴费"), "void": tr("作废"), "refund": tr("退费")}[kind]


def active_membership(
    db: ClinicDatabase, person_id: int, programme_id: int
) -> ActiveMembership | None:
    """The running membership of a person, or of somebody merged into them; the oldest one."""
    found = [
        ActiveMembership(*row)
        for each in group_of(db, person_id)
        for row in _ACTIVE.rows(db, person_id=each, programme_id=programme_id)
    ]
    return min(found, key=lambda row: row.seq, default=None)


def membership_by_id(db: ClinicDatabase, membership_id: int) -> ActiveMembership | None:
    """A running membership by its id; None when it is over."""
    row = _MEMBERSHIP.row(db, id=membership_id)
    return None if row is None else ActiveMembership(*row)


def open_case(db: ClinicDatabase, membership_id: int) -> int | None:
    """The refund case of a membership that waits for its signature."""
    row = _OPEN_CASE.row(db, membership_id=membership_id)
    return None if row is None else int(row[0])


def member_timeline(db: ClinicDatabase, person_id: int, programme_id: int | None) -> Timeline:
    """The versions of a programme that apply to a person. Raises RuleError for a retired one."""
    timeline = active_timeline(db, programme_id)
    return own_timeline(db, person_id, timeline)


def fee_entries(db: ClinicDatabase, person_id: int, programme_id: int) -> list[FeeEntry]:
    """The fees of a person in a programme and the days they left it, in ledger order."""
    found: list[Numbered] = []
    for each in group_of(db, person_id):
        ids = {"person_id": each, "programme_id": programme_id}
        found += [_fee(row) for row in _FEES.rows(db, **ids)]
        found += [_leaving(row) for row in _LEAVINGS.rows(db, **ids)]
    return _in_order(found)


def fee_book(db: ClinicDatabase, person_id: int, timeline: Timeline) -> FeeBook:
    """The person's fees replayed; `timeline` as `member_timeline` answers it."""
    return FeeBook(timeline, fee_entries(db, person_id, timeline.programme_id))


def all_fee_entries(db: ClinicDatabase, programme_id: int) -> dict[int, list[FeeEntry]]:
    """Everybody's fees in a programme, by the person who speaks for them, in ledger order."""
    survivors = roots(db)
    found: dict[int, list[Numbered]] = {}
    fees = FeePayment.select(*_FEE_COLUMNS).where(FeePayment.programme_id == programme_id)
    for row in db.rows(fees):
        found.setdefault(survivors.get(row[0], row[0]), []).append(_fee(row))
    if not found:
        return {}
    leavings = Membership.select(*_LEAVE_COLUMNS).where(
        (Membership.programme_id == programme_id) & Membership.end_seq.is_null(False)
    )
    for row in db.rows(leavings):
        person_id = survivors.get(row[0], row[0])
        if person_id in found:
            found[person_id].append(_leaving(row))
    return {person_id: _in_order(entries) for person_id, entries in found.items()}


def _fee(row: tuple[Any, ...]) -> Numbered:
    """The same order as in the fold's history: a fee comes before a leaving of its command."""
    _, seq, fee_id, kind, on, rank, months, fen, credit, voids = row
    return (seq, 5, fee_id), FeeEntry(kind, on, fee_id, rank, months, fen, credit, voids or 0)


def _leaving(row: tuple[Any, ...]) -> Numbered:
    return (row[1], 6, row[2]), FeeEntry("leave", row[3])


def _in_order(found: list[Numbered]) -> list[FeeEntry]:
    return [entry for _, entry in sorted(found, key=lambda numbered: numbered[0])]


# -- lists ---------------------------------------------------------------------------------


def paid_terms(db: ClinicDatabase, person_id: int) -> list[PaidTermRow]:
    """What a person has paid for in every active programme, the newest term first (R070); a term
    that was over before it began is left out."""
    found = []
    for timeline in timelines(db):
        own = own_timeline(db, person_id, timeline)
        for fee in fee_book(db, person_id, own).fees:
            if fee.last is not None and fee.last < fee.start:
                continue
            name = own.at(fee.paid_on).programme.tier_name(fee.rank)
            found.append(
                PaidTermRow(
                    timeline.programme_id, timeline.name, fee.fee_id, fee.rank, name,
                    fee.paid_on, fee.amount_fen, fee.start, fee.last,
                )
            )  # fmt: skip
    return sorted(found, key=lambda row: (row.starts_on, row.fee_id), reverse=True)


def fee_rows(db: ClinicDatabase, person_id: int) -> list[FeeRow]:
    """Every row of a person's fee ledger, newest first (front-desk 4.5: it can be shown)."""
    undo = FeePayment.alias()
    rows = db.rows(
        FeePayment.select(
            FeePayment.id,
            FeePayment.programme_id,
            FeePayment.version_id,
            FeePayment.kind,
            FeePayment.occurred_on,
            FeePayment.rank,
            FeePayment.months,
            FeePayment.amount_fen,
            FeePayment.listed_fen,
            FeePayment.credit_fen,
            FeePayment.payment,
            FeePayment.agreement,
            FeePayment.reason,
            Staff.name,
            FeePayment.staff_id,
            undo.id,
        )
        .join(Staff, on=(Staff.id == FeePayment.staff_id))
        .join(undo, JOIN.LEFT_OUTER, on=(undo.voids_id == FeePayment.id))
        .where(FeePayment.person_id.in_(group_of(db, person_id)))
        .order_by(FeePayment.seq.desc(), FeePayment.id.desc())
    )
    found = []
    for row in rows:
        fee_id, programme_id, version_id, kind, on, rank, *rest, undone = row
        programme = version(db, version_id)
        tier = programme.tier_name(rank)
        values = (fee_id, programme_id, programme.name, kind, on, tier, *rest, undone is not None)
        found.append(FeeRow(*values))
    return found
