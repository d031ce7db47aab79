"""The points accounts of a person: one for each programme, and what each comes to."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.ledgers import PointsEntry
from models.query import Prepared, slot
from services.loyalty.redemption_list import spendable
from services.loyalty.standing import standing_of
from services.people.aliases import group_of
from services.programmes.registry import Timeline, timelines

_ANY = Prepared(
    lambda: (
        PointsEntry.select(PointsEntry.id)
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
        )
        .limit(1)
    )
)


@dataclass(frozen=True)
class Balance:
    """Points of an account. `available` may be spent today, `deficit` is owed (E17), `lifetime`
    is what counts for tiers (E36); `spends` is False where points only reach thresholds."""

    available: int
    deficit: int
    lifetime: int
    spends: bool


def accounts_of(db: ClinicDatabase, person_id: int) -> tuple[Timeline, ...]:
    """The active programmes in which a person has points entries, the main one first."""
    group = group_of(db, person_id)
    return tuple(
        timeline
        for timeline in timelines(db)
        if any(
            _ANY.row(db, person_id=each, programme_id=timeline.programme_id) is not None
            for each in group
        )
    )


def balance(db: ClinicDatabase, today: str, person_id: int, timeline: Timeline) -> Balance:
    """What an account comes to today (E20): lots past their last day are not available (E22)."""
    standing = standing_of(db, person_id, timeline.programme_id)
    return Balance(
        spendable(db, today, person_id, timeline),
        standing.deficit,
        standing.earned,
        timeline.at(today).programme.points.mode == "spend",
    )
