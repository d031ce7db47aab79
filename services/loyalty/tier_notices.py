"""Upgrades that the posts have still to tell people about (R123)."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.ledgers import TierEvent, TierNotice
from models.people import Person
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.programmes.registry import version


@dataclass(frozen=True)
class Notice:
    """An upgrade one post has still to tell the person about (S18-04)."""

    notice_id: int
    person_id: int
    number: str
    name: str
    tier_name: str
    occurred_on: str
    post: str


@dataclass(frozen=True)
class Told:
    """A notice was ticked off."""

    notice_id: int
    changes: Changes


def open_notices(
    db: ClinicDatabase, post: str | None = None, person_id: int | None = None
) -> list[Notice]:
    """Upgrades still to be told, oldest first, for one post or both (R123)."""
    query = (
        TierNotice.select(
            TierNotice.id,
            TierEvent.person_id,
            Person.number,
            Person.name,
            TierEvent.to_rank,
            TierEvent.occurred_on,
            TierNotice.post,
            TierEvent.version_id,
        )
        .join(TierEvent, on=(TierEvent.id == TierNotice.tier_event_id))
        .join(Person, on=(Person.id == TierEvent.person_id))
        .where(TierNotice.told_on.is_null() & (Person.state == "active"))
        .order_by(TierNotice.id)
    )
    if post is not None:
        query = query.where(TierNotice.post == post)
    if person_id is not None:
        query = query.where(TierEvent.person_id == person_id)
    return [
        Notice(nid, pid, number, name, version(db, version_id).tier_name(rank), on, at)
        for nid, pid, number, name, rank, on, at, version_id in db.rows(query)
    ]


@command("tier.tell", entity="tier_notice")
def tell_tier(tx: Tx, *, notice_id: int) -> Told:
    """Tick off that this post told the person about the new tier."""
    changed = tx.db.write(
        TierNotice.update(told_on=tx.today, staff_id=tx.actor.id).where(
            (TierNotice.id == notice_id) & TierNotice.told_on.is_null()
        )
    )
    if changed == 0:
        raise RuleError(tr("这次告知已经登记过了。"))
    tx.about(notice_id)
    return Told(notice_id, Changes((Kind.TIER,)))
