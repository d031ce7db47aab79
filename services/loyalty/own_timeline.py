"""Which versions of a programme apply to a person: asked by whoever needs the rules in force.

A version signed for new members only applies to those who joined under it, and leaves everybody
else on the rules they joined under; whoever left and came back joined anew (E41).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from models.database import ClinicDatabase
from models.people import Membership
from models.query import Prepared, slot
from services.people.aliases import group_of, root_of
from services.programmes.registry import Timeline

_JOININGS = Prepared(
    lambda: (
        Membership.select(Membership.joined_on, Membership.state)
        .where(
            (Membership.person_id == slot("person_id"))
            & (Membership.programme_id == slot("programme_id"))
        )
        .order_by(Membership.joined_on, Membership.id)
    )
)


class Joinings(NamedTuple):
    """The days on which somebody joined a programme, and whether they are a member now."""

    days: tuple[str, ...]
    member: bool


def joinings_of(db: ClinicDatabase, person_id: int, programme_id: int) -> Joinings:
    """The joinings that stand in the person's own memberships, ended ones too."""
    rows = _JOININGS.rows(db, person_id=person_id, programme_id=programme_id)
    return Joinings(tuple(row[0] for row in rows), any(row[1] == "active" for row in rows))


def together(group: Iterable[Joinings]) -> tuple[str, ...]:
    """The joinings of people who are one person: those of the oldest member (E62)."""
    joined = [each for each in group if each.days]
    ranked = sorted(joined, key=lambda each: (not each.member, each.days[-1]))
    return ranked[0].days if ranked else ()


def own_timeline(db: ClinicDatabase, person_id: int, timeline: Timeline) -> Timeline:
    """The versions as they apply to a person; those of the clinic for somebody who never joined.
    Nothing is looked up while every version is for everybody."""
    if timeline.for_everybody:
        return timeline
    programme_id = timeline.programme_id
    group = (joinings_of(db, each, programme_id) for each in group_of(db, person_id))
    return timeline.for_member(*together(group))


def all_joinings(db: ClinicDatabase, timeline: Timeline) -> dict[int, tuple[str, ...]]:
    """The joinings of everybody who ever joined, by who speaks for them; empty while every version
    is for everybody."""
    if timeline.for_everybody:
        return {}
    query = Membership.select(Membership.person_id).where(
        Membership.programme_id == timeline.programme_id
    )
    everybody = {root_of(db, row[0]) for row in db.rows(query.distinct())}
    return {each: own_timeline(db, each, timeline).joined for each in everybody}
