"""Who waits for a gift that was promised, in which order, and how many pieces that takes (E32)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from peewee import JOIN

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant
from models.ledgers import Standing
from models.paperwork import GiftPromise
from models.people import Person
from models.query import Prepared, slot
from models.system import Staff
from services.people.aliases import root_of


def _standing() -> Any:
    return (Standing.person_id == EntitlementGrant.person_id) & (
        Standing.programme_id == EntitlementGrant.programme_id
    )


def _collectable() -> Any:
    """Condition: the grant may still be drawn by its person."""
    return (
        (EntitlementGrant.state == "open")
        & (EntitlementGrant.valid_to.is_null() | (EntitlementGrant.valid_to >= slot("today")))
        & (Person.state == "active")
        & ((EntitlementGrant.rank == 0) | (Standing.member == 1))
    )


_WAITING = Prepared(
    lambda: (
        GiftPromise.select(
            GiftPromise.band_fen,
            GiftPromise.occurred_on,
            EntitlementGrant.id,
            EntitlementGrant.person_id,
            EntitlementGrant.quantity - EntitlementGrant.used,
            EntitlementGrant.version_id,
            EntitlementGrant.reason,
            EntitlementGrant.programme_id,
            EntitlementGrant.grant_key,
            _collectable(),
            Person.state,
            Staff.name,
        )
        .join(Staff, on=(Staff.id == GiftPromise.staff_id))
        .switch(GiftPromise)
        .join(EntitlementGrant, on=(EntitlementGrant.id == GiftPromise.grant_id))
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
        .switch(EntitlementGrant)
        .join(Standing, JOIN.LEFT_OUTER, on=_standing())
        .where(EntitlementGrant.state != "used")
        .order_by(GiftPromise.seq, GiftPromise.id)
    )
)
_INHERITED = Prepared(  # what became of the grant of somebody who was merged into another (E62)
    lambda: (
        EntitlementGrant.select(
            EntitlementGrant.id,
            EntitlementGrant.person_id,
            EntitlementGrant.quantity - EntitlementGrant.used,
            EntitlementGrant.version_id,
            EntitlementGrant.reason,
        )
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
        .switch(EntitlementGrant)
        .join(Standing, JOIN.LEFT_OUTER, on=_standing())
        .where(
            (EntitlementGrant.person_id == slot("person_id"))
            & (EntitlementGrant.programme_id == slot("programme_id"))
            & (EntitlementGrant.grant_key == slot("key"))
            & _collectable()
        )
    )
)


class Waiting(NamedTuple):
    """A grant that was promised and may still be collected; `left` pieces of it."""

    band_fen: int
    promised_on: str
    staff: str
    grant_id: int
    person_id: int
    left: int
    version_id: int
    reason: str


def waiting(db: ClinicDatabase, today: str) -> Iterator[Waiting]:
    """Every grant that waits, the earliest promise first. Two people who turned out to be one
    have one grant to wait for, at the earlier of their places (E62)."""
    seen: set[int] = set()
    for band, day, *own, programme_id, key, stands, state, staff in _WAITING.rows(db, today=today):
        live: tuple[Any, ...] | None = tuple(own) if stands else None
        if state == "merged":
            person_id = root_of(db, own[1])
            live = _INHERITED.row(
                db, today=today, person_id=person_id, programme_id=programme_id, key=key
            )
        if live is not None and live[0] not in seen:
            seen.add(live[0])
            yield Waiting(band, day, staff, *live)


def ahead_of(db: ClinicDatabase, today: str, grant_id: int) -> dict[int, int]:
    """price band → how many pieces are promised to others before this grant's turn comes."""
    ahead: dict[int, int] = {}
    for each in waiting(db, today):
        if each.grant_id == grant_id:
            break
        ahead[each.band_fen] = ahead.get(each.band_fen, 0) + each.left
    return ahead
