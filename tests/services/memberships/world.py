"""Paid programmes and payers for tests of fees, renewals and leaving."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from models.people import Person
from services.clinic import Clinic
from services.clock import ManualClock
from services.commands import Approval, Session
from services.desk.daily import catch_up
from services.memberships.feebook import FeeBook, FeeEntry
from services.memberships.fees import FeePaid, pay_fee
from services.programmes.definition import (
    PENDING,
    Benefit,
    Discount,
    Fee,
    Leaving,
    Points,
    Programme,
    Reach,
    Tier,
)
from services.programmes.registry import Timeline, Version, preset, timelines
from services.verify import verify
from tests.conftest import STAFF
from tests.gift_world import in_command
from tests.money_world import check_books, person, sign

S = TypeVar("S", bound=msgspec.Struct)
BY_FEE = (Reach(fee=True),)
NAME = "试缴费"
SILVER = Tier(
    rank=1,
    name="银卡",
    colour="#000000",
    reach=BY_FEE,
    fees=(Fee(365, "year"), Fee(200, "half"), Fee(100, "quarter"), Fee(40, "month")),
    discounts=(Discount(80),),
    benefits=(
        Benefit("silver.clean", "service", "超声波洁牙", 2, per="term", value_yuan=100, quota="c"),
        Benefit("silver.kit", "gift", "护理套装", value_yuan=30),
    ),
)
GOLD = Tier(
    rank=2,
    name="金卡",
    colour="#111111",
    reach=BY_FEE,
    fees=(Fee(1000, "year"), Fee(5000, "once")),
    discounts=(Discount(70),),
    benefits=(
        Benefit("gold.clean", "service", "超声波洁牙", 4, per="term", value_yuan=100, quota="c"),
    ),
    inherits=True,
    promises=("优先预约",),
)
LEAVING = Leaving(refund_percent=80, notice_months=1)


def paid_programme(*tiers: Tier, **more: Any) -> Programme:
    more = {"name": NAME, "kind": "fee_term", "term": "paid", "leaving": LEAVING} | more
    return Programme(points=Points("none"), tiers=tiers or (SILVER, GOLD), **more)


def clinic_fee() -> Programme:
    """诊所付费 with its blanks filled in: silver and gold by the year."""
    programme = preset("诊所付费")
    tiers = [programme.tiers[0]] + [
        changed(
            tier,
            fees=(changed(tier.fees[0], every="year"),),
            discounts=tuple(
                changed(each, pay_percent=90) if each.pay_percent == PENDING else each
                for each in tier.discounts
            ),
        )
        for tier in programme.tiers[1:]
    ]
    return changed(programme, tiers=tuple(tiers), min_age=None)


def changed(struct: S, **more: Any) -> S:
    return msgspec.structs.replace(struct, **more)


def line(programme: Programme | None = None) -> Timeline:
    return Timeline(2, (Version(2, "2000-01-02", programme or paid_programme()),))


def paid(
    fee_id: int, on: str, rank: int = 1, months: int = 12, fen: int = 36_500, credit_fen: int = 0
) -> FeeEntry:
    return FeeEntry("payment", on, fee_id, rank, months, fen, credit_fen)


def spans(*entries: FeeEntry, programme: Programme | None = None) -> list[tuple[str, str | None]]:
    """First and last day of every fee, in the order of payment."""
    return [(fee.start, fee.last) for fee in FeeBook(line(programme), entries).fees]


def with_programme(director: Session, programme: Programme | None = None) -> int:
    """Sign a paid programme beside the clinic's own; answers its id."""
    programme = programme or paid_programme()
    sign(director, programme)
    return next(t.programme_id for t in timelines(director.db) if t.name == programme.name)


def set_person(session: Session, person_id: int, **values: Any) -> None:
    in_command(
        session,
        lambda tx: tx.db.write(Person.update(**values).where(Person.id == person_id)),
    )


def payer(
    session: Session, programme_id: int, rank: int = 1, every: str = "year", **more: Any
) -> FeePaid:
    """Somebody new who pays a fee today."""
    more.setdefault("benefits_explained", True)
    who = more.pop("person_id", None) or person(session)
    return pay_fee(
        session, person_id=who, programme_id=programme_id, rank=rank, every=every, **more
    )


def word(right: str, role: str = "member_admin") -> Approval:
    ids = {"director": 1, "frontdesk": 2, "billing": 3, "marketing": 4, "member_admin": 5}
    return Approval(ids[role], STAFF[role], role, right)


def standing(clinic: Clinic, person_id: int, programme_id: int, *columns: str) -> tuple[Any, ...]:
    row = clinic.db.execute_sql(
        f"SELECT {', '.join(columns)} FROM standing WHERE person_id = ? AND programme_id = ?",
        (person_id, programme_id),
    ).fetchone()
    return tuple(row)


def check_all(clinic: Clinic, *known: str) -> None:
    """The books agree, by the tests' own eyes and by `verify` (people made here have no keys)."""
    check_books(clinic)
    assert {fault.code for fault in verify(clinic).faults} <= {"search.missing", *known}


def on_day(session: Session, clock: ManualClock, day: str) -> Session:
    """The same person on another day, the day's catch-up done."""
    clock.day = day
    session = session.confirming("clock_jump")
    catch_up(session)
    return session


def tasks_of(clinic: Clinic, person_id: int) -> list[tuple[str, str, str]]:
    """(cycle, state, subject) of the calls about renewing that are planned for somebody."""
    return clinic.db.execute_sql(
        "SELECT cycle, state, subject FROM followup_task"
        " WHERE person_id = ? AND rule = 'term' ORDER BY id",
        (person_id,),
    ).fetchall()
