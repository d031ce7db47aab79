"""What was given to put complaints right, and what it comes to (E67)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.ledgers import PointsEntry
from models.schemes import Award
from services.programmes.definition import Programme
from services.programmes.plan import number
from services.programmes.registry import every_timeline

PER_YUAN = 100
_CHUNK = 500


@dataclass(frozen=True)
class Goodwill:
    """For one complaint, net of what was taken back: `points` and what they are worth in fen,
    the names of things and their worth in fen."""

    points: int = 0
    points_fen: int = 0
    awards: tuple[str, ...] = ()
    value_fen: int = 0

    @property
    def cost_fen(self) -> int:
        """What all of it comes to."""
        return self.points_fen + self.value_fen


NONE = Goodwill()


def goodwill_of(db: ClinicDatabase, complaints: Iterable[int]) -> dict[int, Goodwill]:
    """What each of these complaints cost; those that cost nothing are left out."""
    wanted = sorted(set(complaints))
    found: dict[int, Goodwill] = {}
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        points, things = _points(db, some), _things(db, some)
        for each in sorted({*points, *things}):
            number, worth = points.get(each, (0, 0))
            names, value = things.get(each, ((), 0))
            found[each] = Goodwill(number, worth, names, value)
    return found


def _points(db: ClinicDatabase, complaints: list[int]) -> dict[int, tuple[int, int]]:
    """Points given, less those taken back by a reversal, and their worth in fen."""
    undo = PointsEntry.alias()
    net = fn.SUM(PointsEntry.points + fn.COALESCE(undo.points, 0))
    query = (
        PointsEntry.select(PointsEntry.complaint_id, PointsEntry.programme_id, net)
        .join(undo, JOIN.LEFT_OUTER, on=(undo.reverses_id == PointsEntry.id))
        .where(PointsEntry.complaint_id.in_(complaints))
        .group_by(PointsEntry.complaint_id, PointsEntry.programme_id)
    )
    programmes = {each.programme_id: each.versions[-1].programme for each in every_timeline(db)}
    found: dict[int, tuple[int, int]] = {}
    for complaint_id, programme_id, points in db.rows(query):
        if points:
            earlier = found.get(complaint_id, (0, 0))
            worth = points_fen(programmes[programme_id], points)
            found[complaint_id] = (earlier[0] + points, earlier[1] + worth)
    return found


def points_fen(programme: Programme, points: int) -> int:
    """What so many points of goodwill come to in fen, rounded up: what they pay of a bill where
    points pay bills, else 100 are one yuan, also where points are only counted."""
    return -(-points * 100 // (number(programme.points.per_yuan_off) or PER_YUAN))


def _things(db: ClinicDatabase, complaints: list[int]) -> dict[int, tuple[tuple[str, ...], int]]:
    """Names and worth of what was given and not taken back."""
    void = Award.alias()
    query = (
        Award.select(Award.complaint_id, Award.name, Award.quantity, Award.value_fen)
        .join(void, JOIN.LEFT_OUTER, on=(void.voids_id == Award.id))
        .where(Award.complaint_id.in_(complaints) & Award.voids_id.is_null() & void.id.is_null())
        .order_by(Award.id)
    )
    names: dict[int, list[str]] = defaultdict(list)
    worth: dict[int, int] = defaultdict(int)
    for complaint_id, name, count, fen in db.rows(query):
        names[complaint_id].append(name if count == 1 else f"{name}×{count}")
        worth[complaint_id] += count * fen
    return {each: (tuple(names[each]), worth[each]) for each in names}
