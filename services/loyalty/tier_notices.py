"""Upgrades that the posts have still to tell people about (R123)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.ledgers import TierEvent, TierNotice
from models.people import Person
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.programmes.registry import version

POSTS = ("frontdesk", "billing")  # both tell

_TELL = Prepared(
    lambda: TierNotice.update(told_on=slot("on"), staff_id=slot("staff_id")).where(
        (TierNotice.id == slot("id")) & TierNotice.told_on.is_null()
    )
)


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
    db: ClinicDatabase,
    post: str | None = None,
    person_id: int | None = None,
    limit: int | None = None,
) -> list[Notice]:
    """Upgrades still to be told, oldest first, for one post or both (R123), at most `limit`."""
    most = -1 if limit is None else limit
    posts = POSTS if post is None else (post,)
    if person_id is None:  # each post's lie in order in their index
        found = [row for each in posts for row in _OF_POST.rows(db, post=each, most=most)]
    else:
        rows = _OF_PERSON.rows(db, person_id=person_id)
        found = [row for row in rows if row[6] in posts]
    found = sorted(found)[:limit]
    signed = {each: version(db, each) for each in {row[-1] for row in found}}
    return [
        Notice(nid, pid, number, name, signed[version_id].tier_name(rank), on, at)
        for nid, pid, number, name, rank, on, at, version_id in found
    ]


def _open(which: Any) -> Any:
    return (
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
        .where(TierNotice.told_on.is_null() & (Person.state == "active") & which)
        .order_by(TierNotice.id)
    )


_OF_POST = Prepared(lambda: _open(TierNotice.post == slot("post")).limit(slot("most")))
_OF_PERSON = Prepared(lambda: _open(TierEvent.person_id == slot("person_id")))


@command("tier.tell", entity="tier_notice")
def tell_tier(tx: Tx, *, notice_id: int) -> Told:
    """Tick off that this post told the person about the new tier."""
    if _TELL.write(tx.db, id=notice_id, on=tx.today, staff_id=tx.actor.id) == 0:
        raise RuleError(tr("这次告知已经登记过了。"))
    tx.about(notice_id)
    return Told(notice_id, Changes((Kind.TIER,)))
