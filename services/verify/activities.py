"""Places in activities against seats, points and gifts; costs against what took them back."""

from __future__ import annotations

from collections import defaultdict

from peewee import JOIN, fn

from models import checks
from models.activities import Activity, ActivityCost, ActivityPlace
from models.database import ClinicDatabase
from models.ledgers import PointsEntry
from models.people import PersonAlias
from models.schemes import Award
from services.activities.words import (
    ATTENDED,
    CANCELLED,
    CLOSED,
    HELD,
    INVITED,
    OPEN,
    PLANNED,
    SEATED,
    SIGNED,
    WAITING,
)
from services.people.aliases import roots
from services.verify.report import Findings


def check_activities(db: ClinicDatabase, found: Findings) -> None:
    """Nobody sits where there is no seat or holds two; places fit the activity; points and gifts
    went to those who were there, once; a cost is taken back once and whole (R012, R013, R050, E62).
    """
    families = _families(db)
    _check_seats(db, found)
    _check_twice(db, found)
    _check_places(db, found)
    _check_points(db, found, families)
    _check_awards(db, found, families)
    _check_costs(db, found)
    found.count("activities", db.scalar(Activity.select(fn.COUNT(Activity.id))))
    found.count("activity_places", db.scalar(ActivityPlace.select(fn.COUNT(ActivityPlace.id))))


def _families(db: ClinicDatabase) -> dict[int, int]:
    """Who was ever one person with whom: what was given in that time stays where it is (E62)."""
    heads: dict[int, int] = {}

    def head(person_id: int) -> int:
        while person_id in heads:
            person_id = heads[person_id]
        return person_id

    for survivor, merged in db.rows(
        PersonAlias.select(PersonAlias.survivor_id, PersonAlias.merged_id)
    ):
        one, other = head(survivor), head(merged)
        if one != other:
            heads[other] = one
    return {person_id: head(person_id) for person_id in heads}


def _check_seats(db: ClinicDatabase, found: Findings) -> None:
    taken = fn.SUM(ActivityPlace.companions + 1)
    query = (
        Activity.select(Activity.id)
        .join(ActivityPlace, on=(ActivityPlace.activity_id == Activity.id))
        .where(ActivityPlace.state.in_(SEATED) & Activity.capacity.is_null(False))
        .group_by(Activity.id)
        .having(taken > Activity.capacity)
    )
    for (activity_id,) in checks.stream(db, query):
        found.add("activity.seats", activity_id)


def _check_twice(db: ClinicDatabase, found: Findings) -> None:
    """Of the records of one person, one holds a place; two who had both come stay so."""
    merged = roots(db)
    query = (
        ActivityPlace.select(
            ActivityPlace.activity_id, ActivityPlace.person_id, ActivityPlace.state
        )
        .join(Activity, on=(Activity.id == ActivityPlace.activity_id))
        .where((Activity.state == OPEN) & ActivityPlace.state.in_((*SEATED, WAITING, INVITED)))
    )
    held: dict[tuple[int, int], list[str]] = defaultdict(list)
    for activity_id, person_id, state in checks.stream(db, query) if merged else ():
        held[activity_id, merged.get(person_id, person_id)].append(state)
    for (activity_id, _), states in held.items():
        if len(states) > 1 and set(states) != {ATTENDED}:
            found.add("activity.twice", activity_id)


def _check_places(db: ClinicDatabase, found: Findings) -> None:
    """A place fits its times, its activity's state and its limit of companions."""
    state, limit = ActivityPlace.state, Activity.companions
    there = state == ATTENDED
    wrong = (
        (there & ActivityPlace.attended_at.is_null())
        | (~there & ActivityPlace.attended_at.is_null(False))
        | (~there & ActivityPlace.points_entry_id.is_null(False))
        | (state.in_((SIGNED, WAITING)) & ActivityPlace.signed_on.is_null())
        | (state.in_((*SEATED, WAITING)) & (ActivityPlace.companions > limit))
        | (Activity.state == PLANNED)
        | ((state == SIGNED) & Activity.state.in_((HELD, CLOSED)))
        | (there & (Activity.state == CANCELLED))
    )
    query = (
        ActivityPlace.select(ActivityPlace.id)
        .join(Activity, on=(Activity.id == ActivityPlace.activity_id))
        .where(wrong)
    )
    for (place_id,) in checks.stream(db, query):
        found.add("activity.place", place_id)


def _check_points(db: ClinicDatabase, found: Findings, families: dict[int, int]) -> None:
    """The points of a place are a bonus of the activity's height to that person, not taken back,
    and no other place's."""
    undone = PointsEntry.alias()
    query = (
        ActivityPlace.select(
            ActivityPlace.id,
            ActivityPlace.person_id,
            ActivityPlace.points_entry_id,
            Activity.points,
            PointsEntry.person_id,
            PointsEntry.kind,
            PointsEntry.points,
            undone.id,
        )
        .join(Activity, on=(Activity.id == ActivityPlace.activity_id))
        .switch(ActivityPlace)
        .join(PointsEntry, on=(PointsEntry.id == ActivityPlace.points_entry_id))
        .join(undone, JOIN.LEFT_OUTER, on=(undone.reverses_id == PointsEntry.id))
    )
    seen: set[int] = set()
    for place_id, person_id, entry_id, due, owner, kind, points, back in checks.stream(db, query):
        mine = families.get(person_id, person_id) == families.get(owner, owner)
        if not mine or (kind, points) != ("bonus", due) or back is not None or entry_id in seen:
            found.add("activity.points", place_id)
        seen.add(entry_id)


def _check_awards(db: ClinicDatabase, found: Findings, families: dict[int, int]) -> None:
    """A gift of an activity is an event's, and its owner was there unless it was taken back."""
    there: dict[int, set[int]] = defaultdict(set)
    attended = ActivityPlace.select(ActivityPlace.activity_id, ActivityPlace.person_id)
    for activity_id, person_id in checks.stream(
        db, attended.where(ActivityPlace.state == ATTENDED)
    ):
        there[activity_id].add(families.get(person_id, person_id))
    void = Award.alias()
    query = (
        Award.select(Award.id, Award.activity_id, Award.person_id, Award.reason)
        .join(void, JOIN.LEFT_OUTER, on=(void.voids_id == Award.id))
        .where(Award.activity_id.is_null(False) & Award.voids_id.is_null() & void.id.is_null())
    )
    for award_id, activity_id, person_id, reason in checks.stream(db, query):
        if reason != "event" or families.get(person_id, person_id) not in there[activity_id]:
            found.add("activity.award", award_id)


def _check_costs(db: ClinicDatabase, found: Findings) -> None:
    first = ActivityCost.alias()
    query = (
        ActivityCost.select(ActivityCost.id)
        .join(first, JOIN.LEFT_OUTER, on=(first.id == ActivityCost.takes_back_id))
        .where(
            (ActivityCost.takes_back_id.is_null() & (ActivityCost.amount_fen < 0))
            | (
                ActivityCost.takes_back_id.is_null(False)
                & (
                    (ActivityCost.amount_fen + first.amount_fen != 0)
                    | (ActivityCost.activity_id != first.activity_id)
                    | first.takes_back_id.is_null(False)
                )
            )
        )
    )
    for (cost_id,) in checks.stream(db, query):
        found.add("activity.cost", cost_id)
