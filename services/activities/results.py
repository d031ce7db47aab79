"""What came of an activity: who was there, what it gave and cost, who came to the clinic after it
(R012, R095)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from peewee import JOIN, fn

from models.activities import ActivityPlace
from models.database import ClinicDatabase
from models.desk import Visit
from models.ledgers import PointsEntry
from models.schemes import Award
from services.activities.costs import cost_fen, per_head
from services.activities.records import ActivityRow, activity
from services.activities.words import ATTENDED
from services.clock import plus_days
from services.people.aliases import group_of, root_of
from services.programmes.registry import version
from services.programmes.worth import liability_fen

AFTER_DAYS = 30
_CHUNK = 500


@dataclass(frozen=True)
class Results:
    """Figures of one activity. `points_fen` and `gifts_fen` are what the points and gifts are
    worth; `new_people` came to the clinic for the first time on its day or later; `came_after`
    were there within 30 days after it, `visits` so many times."""

    row: ActivityRow
    walk_ins: int
    cost_fen: int
    per_head_fen: int | None
    points: int
    points_fen: int
    gifts: int
    gifts_fen: int
    new_people: int
    came_after: int
    visits: int

    @property
    def total_fen(self) -> int:
        """What it cost with what was given."""
        return self.cost_fen + self.points_fen + self.gifts_fen


def results(db: ClinicDatabase, activity_id: int) -> Results:
    """Figures of an activity as they stand today. Raises RuleError when there is none."""
    row = activity(db, activity_id)
    people, walk_ins = _there(db, activity_id)
    points, points_fen = _points(db, activity_id)
    gifts, gifts_fen = _gifts(db, activity_id)
    fen = cost_fen(db, activity_id)
    new, came, visits = _afterwards(db, row.day, people)
    return Results(
        row=row,
        walk_ins=walk_ins,
        cost_fen=fen,
        per_head_fen=per_head(fen + points_fen + gifts_fen, row.present),
        points=points,
        points_fen=points_fen,
        gifts=gifts,
        gifts_fen=gifts_fen,
        new_people=new,
        came_after=came,
        visits=visits,
    )


def _there(db: ClinicDatabase, activity_id: int) -> tuple[set[int], int]:
    """Who was there, by the record that speaks for them, and how many had not signed up."""
    query = ActivityPlace.select(ActivityPlace.person_id, ActivityPlace.signed_on).where(
        (ActivityPlace.activity_id == activity_id) & (ActivityPlace.state == ATTENDED)
    )
    rows = db.rows(query)
    people = {root_of(db, person_id) for person_id, _ in rows}
    return people, sum(signed_on is None for _, signed_on in rows)


def _points(db: ClinicDatabase, activity_id: int) -> tuple[int, int]:
    query = (
        PointsEntry.select(PointsEntry.version_id, fn.SUM(PointsEntry.points))
        .join(ActivityPlace, on=(ActivityPlace.points_entry_id == PointsEntry.id))
        .where(ActivityPlace.activity_id == activity_id)
        .group_by(PointsEntry.version_id)
    )
    rows = db.rows(query)
    worth = sum(liability_fen(version(db, version_id), points) for version_id, points in rows)
    return sum(points for _, points in rows), worth


def _gifts(db: ClinicDatabase, activity_id: int) -> tuple[int, int]:
    """Pieces given and what they are worth, without those taken back."""
    void = Award.alias()
    query = (
        Award.select(
            fn.COALESCE(fn.SUM(Award.quantity), 0),
            fn.COALESCE(fn.SUM(Award.quantity * Award.value_fen), 0),
        )
        .join(void, JOIN.LEFT_OUTER, on=(void.voids_id == Award.id))
        .where((Award.activity_id == activity_id) & Award.voids_id.is_null() & void.id.is_null())
    )
    found = db.row(query)
    assert found is not None  # sums always answer a row
    return int(found[0]), int(found[1])


def _afterwards(db: ClinicDatabase, day: str, people: set[int]) -> tuple[int, int, int]:
    """How many saw the clinic for the first time since, how many came within the days after, and
    how often."""
    records = {each: person_id for person_id in people for each in group_of(db, person_id)}
    ids = sorted(records)
    visits: Counter[int] = Counter()
    new: set[int] = set()
    last = plus_days(day, AFTER_DAYS)
    for start in range(0, len(ids), _CHUNK):
        query = Visit.select(Visit.person_id, Visit.visit_date, Visit.first_visit).where(
            Visit.person_id.in_(ids[start : start + _CHUNK])
            & (Visit.visit_date >= day)
            & (Visit.state != "no_show")
        )
        for person_id, on, first in db.rows(query):
            if first:
                new.add(records[person_id])
            if day < on <= last:
                visits[records[person_id]] += 1
    return len(new), len(visits), visits.total()
