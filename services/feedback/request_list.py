"""Requests and suggestions as they are read: one, a person's, rows of a query (R052, R066)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.followup import Request
from models.people import Person
from models.system import Staff
from services.feedback.words import OPEN
from services.i18n import tr
from services.people.aliases import group_of, root_of


@dataclass(frozen=True)
class RequestRow:
    """A request or a suggestion. `state`: open, done, dropped; `answer` may have several lines."""

    id: int
    person_id: int | None
    number: str
    name: str
    kind: str
    source: str
    text: str
    state: str
    owner: str
    owner_id: int | None
    due_on: str | None
    overdue: bool
    answer: str
    received_on: str
    closed_on: str | None
    staff: str

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == OPEN


def requests_of(db: ClinicDatabase, today: str, person_id: int) -> list[RequestRow]:
    """Every request and suggestion of a person, the newest first."""
    mine = Request.person_id.in_(group_of(db, person_id))
    return request_rows(db, today, request_query().where(mine).order_by(Request.id.desc()))


def request_row(db: ClinicDatabase, today: str, request_id: int) -> RequestRow | None:
    """One request or suggestion."""
    rows = request_rows(db, today, request_query().where(Request.id == request_id))
    return rows[0] if rows else None


def late(today: str) -> Any:
    """Condition: a request waits longer than it should."""
    return (Request.state == OPEN) & (Request.due_on < today)


def request_query() -> Any:
    """Requests with who looks after them and who wrote them down, as `request_rows` reads it."""
    wrote = Staff.alias()
    return (
        Request.select(
            Request.id,
            Request.person_id,
            Request.kind,
            Request.source,
            Request.text,
            Request.state,
            Staff.name,
            Request.owner_id,
            Request.due_on,
            Request.answer,
            Request.received_on,
            Request.closed_on,
            wrote.name,
        )
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Request.owner_id))
        .switch(Request)
        .join(wrote, on=(wrote.id == Request.staff_id))
        .switch(Request)
    )


def request_rows(db: ClinicDatabase, today: str, query: Any) -> list[RequestRow]:
    """The rows of a `request_query`, narrowed and put in order by whoever asks."""
    names = Names(db)
    found = []
    for row in db.rows(query):
        rid, person_id, kind, source, text, state, owner, owner_id, due_on, answer = row[:10]
        received_on, closed_on, staff = row[10:]
        root, number, name = names(person_id)
        overdue = state == OPEN and (due_on or today) < today
        found.append(
            RequestRow(
                id=rid,
                person_id=root,
                number=number,
                name=name,
                kind=kind,
                source=source,
                text=text,
                state=state,
                owner=owner or "",
                owner_id=owner_id,
                due_on=due_on,
                overdue=overdue,
                answer=answer,
                received_on=received_on,
                closed_on=closed_on,
                staff=staff,
            )
        )
    return found


class Names:
    """Number and name of whoever speaks for a person, asked for once."""

    def __init__(self, db: ClinicDatabase) -> None:
        self._db = db
        self._known: dict[int, tuple[int, str, str]] = {}

    def __call__(self, person_id: int | None) -> tuple[int | None, str, str]:
        if person_id is None:
            return None, "", tr("未留姓名")
        if person_id not in self._known:
            root = root_of(self._db, person_id)
            query = Person.select(Person.number, Person.name).where(Person.id == root)
            number, name = self._db.rows(query)[0]
            self._known[person_id] = (root, number, name)
        return self._known[person_id]
