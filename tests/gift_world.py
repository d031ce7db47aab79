"""Members, gifts and Fridays for tests: the shortest honest way to each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from models.ledgers import OpeningBalance
from models.people import Membership, Person
from services.changes import NOTHING
from services.clinic import Clinic
from services.commands import Session, Tx, _begin, _record, writing
from services.gifts import stock
from services.gifts.lists import due_gifts
from services.gifts.reconciliation import (
    CountEntry,
    close,
    compare,
    count_sheet,
    enter_count,
    open_week,
)
from services.loyalty.standing import settle_opening
from services.programmes.registry import main_timeline
from services.staff import approve
from tests.conftest import PIN, STAFF

R = TypeVar("R")


def in_command(session: Session, body: Callable[[Tx], R]) -> R:
    """Run `body` as a command of its own, audit row included."""
    with writing(session.clinic) as db:
        tx = _begin(session, db)
        result = body(tx)
        _record(tx, "test.setup", "test", uuid.uuid4().bytes, NOTHING)
    return result


def add_person(session: Session, number: str, name: str = "王小明") -> int:
    return in_command(
        session,
        lambda tx: tx.db.insert(Person, number=number, name=name, created_on=tx.today, seq=tx.seq),
    )


def add_member(session: Session, number: str, name: str = "王小明", spend_yuan: int = 2000) -> int:
    """A person who joined today with so much paid before; the gifts of the tier are due."""
    person_id = add_person(session, number, name)
    timeline = main_timeline(session.db)
    ids = {"person_id": person_id, "programme_id": timeline.programme_id}

    def join(tx: Tx) -> None:
        tx.db.insert(
            Membership,
            **ids,
            version_id=timeline.versions[-1].id,
            state="active",
            joined_on=tx.today,
            basis="cumulative",
            staff_id=tx.actor.id,
            seq=tx.seq,
        )
        opening = tx.db.insert(
            OpeningBalance,
            **ids,
            spend_fen=spend_yuan * 100,
            points=spend_yuan,
            gifts_settled=0,
            occurred_on=tx.today,
            seq=tx.seq,
        )
        settle_opening(tx, person_id, opening)

    in_command(session, join)
    return person_id


def gift_grant(clinic: Clinic, person_id: int) -> int:
    """The first gift the person may collect."""
    due = due_gifts(clinic.db, clinic.clock.today())
    return next(row.grant_id for row in due if row.person_id == person_id)


def add_gift(
    session: Session, code: str = "G10", name: str = "牙膏", band_yuan: int = 10, **more: object
) -> int:
    defined = stock.define_gift(
        session, code=code, name=name, band_fen=band_yuan * 100, cost_fen=600, **more
    )
    return defined.gift_id


def stocked(session: Session, gift_id: int, warehouse: int, desk: int) -> None:
    """Receive goods and bring some to the desk."""
    stock.receive(session, gift_id=gift_id, quantity=warehouse + desk)
    if desk:
        stock.transfer(session, gift_id=gift_id, quantity=desk)


def levels(clinic: Clinic, gift_id: int) -> tuple[int, int]:
    """(warehouse, desk)"""
    return tuple(stock.level(clinic.db, gift_id, place) for place in stock.PLACES)  # type: ignore[return-value]


def count_all(session: Session, reconciliation_id: int, **other: int) -> None:
    """Count every line; `other` maps 'gift_id@place' (as 'g1_desk') to what was counted, and the
    rest is counted as it lies there now."""
    entries = tuple(
        CountEntry(
            row.gift_id,
            row.place,
            other.get(
                f"g{row.gift_id}_{row.place}", stock.level(session.db, row.gift_id, row.place)
            ),
        )
        for row in count_sheet(session.db, reconciliation_id)
    )
    enter_count(session, reconciliation_id=reconciliation_id, counts=entries)
    compare(session, reconciliation_id=reconciliation_id)


def sign(session: Session, reconciliation_id: int) -> None:
    """Close with the two right signers."""
    close(
        session,
        reconciliation_id=reconciliation_id,
        marketing=approve(session.clinic, STAFF["marketing"], PIN, "sign.marketing"),
        billing=approve(session.clinic, STAFF["billing"], PIN, "sign.billing"),
    )


def friday(session: Session, week: str | None = None, **other: int) -> int:
    """A whole Friday: open, count, compare, sign. Answers the reconciliation's id."""
    opened = open_week(session, week=week)
    count_all(session, opened.reconciliation_id, **other)
    sign(session, opened.reconciliation_id)
    return opened.reconciliation_id
