"""Places of two records that become one person, and two again (E62)."""

from __future__ import annotations

from collections.abc import Iterable

from peewee import fn

from models.activities import Activity, ActivityPlace
from services.activities.records import activity
from services.activities.seats import GivenUp, move_up, one_place, seats_free
from services.activities.words import OPEN, SIGNED, WAITING, WITHDRAWN
from services.commands import Tx
from services.people.aliases import group_of


def join_places(tx: Tx, person_id: int) -> tuple[GivenUp, ...]:
    """Somebody with two records has one place in each activity that takes people; who waits there
    moves up. Answers what was given up, for `part_places`."""
    query = (
        ActivityPlace.select(ActivityPlace.activity_id)
        .join(Activity, on=(Activity.id == ActivityPlace.activity_id))
        .where(ActivityPlace.person_id.in_(group_of(tx.db, person_id)) & (Activity.state == OPEN))
        .group_by(ActivityPlace.activity_id)
        .having(fn.COUNT(ActivityPlace.id) > 1)
    )
    given_up: list[GivenUp] = []
    for (activity_id,) in tx.db.rows(query):
        given_up += one_place(tx, activity_id, person_id)
        move_up(tx, activity(tx.db, activity_id))
    return tuple(given_up)


def part_places(tx: Tx, given_up: Iterable[GivenUp]) -> None:
    """Give places back that nobody has touched since and whose activity still takes people: a seat
    where there is one, else the old place in line."""
    for each in given_up:
        place = (ActivityPlace.id == each.place_id) & (ActivityPlace.seq == each.seq)
        activity_id = tx.db.scalar(
            ActivityPlace.select(ActivityPlace.activity_id).where(
                place & (ActivityPlace.state == WITHDRAWN)
            )
        )
        row = None if activity_id is None else activity(tx.db, activity_id)
        if row is None or row.state != OPEN:
            continue
        companions = min(each.companions, row.companions)
        free = seats_free(tx, row)
        no_seat = each.state == SIGNED and free is not None and free <= companions
        state = WAITING if no_seat else each.state
        update = ActivityPlace.update(state=state, companions=companions, signed_on=each.signed_on)
        tx.db.write(update.where(place))
        move_up(tx, row)
