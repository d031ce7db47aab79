"""Activities and the places in them as rows for lists: the calendar, the door, a person's card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import JOIN, fn

from models.activities import Activity, ActivityPlace
from models.database import ClinicDatabase
from models.ledgers import PointsEntry
from models.people import Person
from models.query import Prepared, slot
from models.system import Staff
from services.activities.words import (
    ATTENDED,
    DECLINED,
    INVITED,
    MISSED,
    OPEN,
    ORDER,
    SIGNED,
    WAITING,
)
from services.clock import local_text
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import group_of, root_of, roots
from services.people.contact import may_contact
from services.people.privacy import mask_phone
from services.people.search import find

_HITS = 12
_UPCOMING = Prepared(
    lambda: (
        ActivityPlace.select(
            Activity.id,
            Activity.name,
            Activity.day,
            Activity.at,
            ActivityPlace.state,
            ActivityPlace.companions,
        )
        .join(Activity, on=(Activity.id == ActivityPlace.activity_id))
        .where(
            (ActivityPlace.person_id == slot("person_id"))
            & (Activity.day >= slot("today"))
            & (Activity.state == OPEN)
            & ActivityPlace.state.in_((INVITED, WAITING, SIGNED, ATTENDED))
        )
    )
)


@dataclass(frozen=True)
class ActivityRow:
    """An activity. `signed` and `present` count people with their companions, `attended`,
    `missed`, `invited`, `declined` and `waiting` the customers alone; `gift_fen` is one piece."""

    id: int
    number: str
    name: str
    kind: str
    state: str
    day: str
    at: str
    place: str
    capacity: int | None
    companions: int
    members_only: bool
    points: int
    gift_name: str
    gift_fen: int
    group_id: int | None
    owner_id: int | None
    owner: str
    note: str
    summary: str
    invited: int
    declined: int
    waiting: int
    signed: int
    attended: int
    present: int
    missed: int

    @property
    def taken(self) -> int:
        """Seats taken: those who signed up and those who are there, with their companions."""
        return self.signed + self.present

    @property
    def free(self) -> int | None:
        """Seats left, None where there is no limit."""
        return None if self.capacity is None else max(self.capacity - self.taken, 0)

    @property
    def full(self) -> bool:
        """Whether nobody can be let in any more."""
        return self.capacity is not None and self.taken >= self.capacity


@dataclass(frozen=True)
class PlaceRow:
    """Somebody's place; `id` 0 and `state` '' for somebody who has none. `turn` is the number on
    the waiting list, `time` when they came, `walk_in`: came without having signed up."""

    id: int
    person_id: int
    number: str
    name: str
    phone_masked: str
    state: str
    companions: int
    signed_on: str | None
    time: str
    points: int
    turn: int
    walk_in: bool
    note: str


# -- activities --------------------------------------------------------------------------------


def activities(db: ClinicDatabase, first: str = "", last: str = "9999") -> list[ActivityRow]:
    """The activities of some days, by day and time; all without days."""
    return _activities(db, (Activity.day >= first) & (Activity.day <= last))


def activity(db: ClinicDatabase, activity_id: int) -> ActivityRow:
    """One activity. Raises RuleError when there is none."""
    found = _activities(db, Activity.id == activity_id)
    if not found:
        raise RuleError(tr("没有找到这个活动，请刷新后重试。"))
    return found[0]


def _activities(db: ClinicDatabase, wanted: Any) -> list[ActivityRow]:
    query = (
        Activity.select(
            Activity.id,
            Activity.number,
            Activity.name,
            Activity.kind,
            Activity.state,
            Activity.day,
            Activity.at,
            Activity.place,
            Activity.capacity,
            Activity.companions,
            Activity.members_only,
            Activity.points,
            Activity.gift_name,
            Activity.gift_fen,
            Activity.group_id,
            Activity.owner_id,
            Staff.name,
            Activity.note,
            Activity.summary,
        )
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Activity.owner_id))
        .where(wanted)
        .order_by(Activity.day, Activity.at, Activity.id)
    )
    rows = db.rows(query)
    counts = _counts(db, [row[0] for row in rows])
    return [_row(row, counts.get(row[0], {})) for row in rows]


def _row(row: tuple[Any, ...], counts: dict[str, tuple[int, int]]) -> ActivityRow:
    def people(state: str) -> int:
        return counts.get(state, (0, 0))[0]

    def seats(state: str) -> int:
        return sum(counts.get(state, (0, 0)))

    values: list[Any] = [*row]
    values[10] = bool(row[10])
    values[16] = row[16] or ""
    values += [people(state) for state in (INVITED, DECLINED, WAITING)]
    values += [seats(SIGNED), people(ATTENDED), seats(ATTENDED), people(MISSED)]
    return ActivityRow(*values)


def _counts(db: ClinicDatabase, ids: list[int]) -> dict[int, dict[str, tuple[int, int]]]:
    query = (
        ActivityPlace.select(
            ActivityPlace.activity_id,
            ActivityPlace.state,
            fn.COUNT(ActivityPlace.id),
            fn.SUM(ActivityPlace.companions),
        )
        .where(ActivityPlace.activity_id.in_(ids))
        .group_by(ActivityPlace.activity_id, ActivityPlace.state)
    )
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for activity_id, state, people, companions in db.rows(query):
        found.setdefault(activity_id, {})[state] = (people, companions)
    return found


# -- places ------------------------------------------------------------------------------------


def places(db: ClinicDatabase, activity_id: int, states: Iterable[str] = ORDER) -> list[PlaceRow]:
    """Everybody whose place stands in one of these ways, those who are there first, each person
    once (E62)."""
    wanted = ActivityPlace.state.in_(tuple(states))
    return _read(db, (ActivityPlace.activity_id == activity_id) & wanted)


def _read(db: ClinicDatabase, wanted: Any) -> list[PlaceRow]:
    merged = roots(db)
    rows = db.rows(_places_query().where(wanted))
    names = _people(db, {merged[row[1]] for row in rows if row[1] in merged})
    found: dict[int, PlaceRow] = {}
    turn = 0
    for place_id, person_id, *rest in sorted(rows, key=_standing):
        root = merged.get(person_id, person_id)
        if root not in found:
            turn += rest[3] == WAITING
            found[root] = _place(place_id, root, names.get(root), rest, turn)
    return list(found.values())


def _places_query() -> Any:
    return (
        ActivityPlace.select(
            ActivityPlace.id,
            ActivityPlace.person_id,
            Person.number,
            Person.name,
            Person.phone,
            ActivityPlace.state,
            ActivityPlace.companions,
            ActivityPlace.signed_on,
            ActivityPlace.attended_at,
            PointsEntry.points,
            ActivityPlace.note,
            ActivityPlace.seq,
        )
        .join(Person, on=(Person.id == ActivityPlace.person_id))
        .switch(ActivityPlace)
        .join(PointsEntry, JOIN.LEFT_OUTER, on=(PointsEntry.id == ActivityPlace.points_entry_id))
    )


def _standing(row: tuple[Any, ...]) -> tuple[int, str, int, int]:
    """Sorted by state; who came last stands first, who queued first before the others."""
    state = row[5]
    came = row[8] or ""
    newest = "".join(chr(0x7F - ord(char)) for char in came)
    return ORDER.index(state), newest, row[11], row[0]


def _place(
    place_id: int,
    person_id: int,
    known: tuple[str, str, str] | None,
    rest: list[Any],
    turn: int,
) -> PlaceRow:
    number, name, phone = known or tuple(rest[:3])
    state, companions, signed_on, attended_at, points, note = rest[3:9]
    return PlaceRow(
        id=place_id,
        person_id=person_id,
        number=number,
        name=name,
        phone_masked=mask_phone(phone),
        state=state,
        companions=companions,
        signed_on=signed_on,
        time=local_text(attended_at)[11:] if attended_at else "",
        points=points or 0,
        turn=turn if state == WAITING else 0,
        walk_in=state == ATTENDED and signed_on is None,
        note=note,
    )


def _people(db: ClinicDatabase, ids: set[int]) -> dict[int, tuple[str, str, str]]:
    query = Person.select(Person.id, Person.number, Person.name, Person.phone)
    return {row[0]: row[1:] for row in db.rows(query.where(Person.id.in_(ids)))} if ids else {}


def door_hits(db: ClinicDatabase, activity_id: int, text: str) -> list[PlaceRow]:
    """Who may be meant at the door: what the search box finds, those who signed up first."""
    hits = find(db, text, _HITS)
    records = [each for hit in hits for each in group_of(db, hit.person_id)]
    theirs = (ActivityPlace.activity_id == activity_id) & ActivityPlace.person_id.in_(records)
    mine = {row.person_id: row for row in _read(db, theirs)}
    found = [
        mine.get(hit.person_id)
        or PlaceRow(
            0,
            hit.person_id,
            hit.number,
            hit.name,
            hit.phone_masked,
            "",
            0,
            None,
            "",
            0,
            0,
            False,
            "",
        )
        for hit in hits
    ]
    return sorted(found, key=_at_door)


def _at_door(row: PlaceRow) -> int:
    """Who signed up is meant first, who is here already last."""
    order = (SIGNED, WAITING, INVITED, MISSED, DECLINED)
    return order.index(row.state) if row.state in order else 5 + (row.state == ATTENDED)


def place_in(db: ClinicDatabase, activity_id: int, person_id: int) -> tuple[Any, ...] | None:
    """The place that speaks for a person: (id, person, state, companions, invited, signed, attended
    at, points entry, seq), whichever of their records it was written for (E62)."""
    query = ActivityPlace.select(
        ActivityPlace.id,
        ActivityPlace.person_id,
        ActivityPlace.state,
        ActivityPlace.companions,
        ActivityPlace.invited_on,
        ActivityPlace.signed_on,
        ActivityPlace.attended_at,
        ActivityPlace.points_entry_id,
        ActivityPlace.seq,
    ).where(
        (ActivityPlace.activity_id == activity_id)
        & ActivityPlace.person_id.in_(group_of(db, root_of(db, person_id)))
    )
    return min(db.rows(query), key=lambda row: (ORDER.index(row[2]), row[0]), default=None)


def with_place(db: ClinicDatabase, activity_id: int, states: Iterable[str]) -> tuple[int, ...]:
    """The people whose place stands in one of these ways, in the order they got it, each once."""
    rows = sorted(places(db, activity_id, states), key=lambda row: row.id)
    return tuple(row.person_id for row in rows)


def activity_lines(db: ClinicDatabase, today: str, person_id: int) -> tuple[str, ...]:
    """What a person has signed up for or may be asked to, a line each, the next one first:
    '已报名 11-28 14:00 健康讲座，同行 2 位'. Who refuses offers since is not asked any more."""
    rows = sorted(
        (row for each in group_of(db, person_id) for row in _UPCOMING.rows(
            db, person_id=each, today=today
        )),
        key=lambda row: (row[2], row[3], row[0], ORDER.index(row[4])),
    )  # fmt: skip
    best = {row[0]: row for row in reversed(rows)}
    asked = any(row[4] == INVITED for row in best.values())
    if asked and not may_contact(db, person_id, "no_objection"):
        best = {key: row for key, row in best.items() if row[4] != INVITED}
    return tuple(_line(row) for row in sorted(best.values(), key=lambda row: (row[2], row[3])))


def _line(row: tuple[Any, ...]) -> str:
    _, name, day, at, state, companions = row
    words = {
        INVITED: tr("可邀请 {day} {name}"),
        WAITING: tr("候补 {day} {name}"),
        SIGNED: tr("已报名 {day} {name}"),
        ATTENDED: tr("已签到 {day} {name}"),
    }[state].format(day=f"{day[5:]} {at}".strip(), name=name)
    with_them = tr("，同行 {n} 位").format(n=companions)
    return words + (with_them if companions else "")
