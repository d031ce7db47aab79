"""Complaints: who looks after one, until when, how it ended, and what it cost (R025, R067, E67).

Points of goodwill and gifts of compensation are given for a complaint and never without one, so
that its row tells what was paid to put it right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.ledgers import PointsEntry
from models.people import Complaint, Person
from models.schemes import Award
from models.system import Staff
from services.changes import Changes, Kind
from services.clock import is_date
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.people.aliases import group_of, root_of

_CHANGED = (Kind.PERSON, Kind.FOLLOWUP)


@dataclass(frozen=True)
class ComplaintRow:
    """A complaint. `points` and `value_fen` are what was given for it, net of what was taken
    back; `overdue` when its day is past and it is still open."""

    id: int
    person_id: int
    number: str
    name: str
    text: str
    open: bool
    owner: str
    received_on: str
    due_on: str | None
    overdue: bool
    closed_on: str | None
    outcome: str
    points: int
    awards: tuple[str, ...]
    value_fen: int


@dataclass(frozen=True)
class ComplaintChanged:
    """A complaint was received or closed."""

    complaint_id: int
    person_id: int
    changes: Changes


@command("complaint.open", entity="complaint")
def open_complaint(
    tx: Tx, *, person_id: int, text: str, owner_id: int | None = None, due_on: str | None = None
) -> ComplaintChanged:
    """Write down a complaint, who looks after it (default the one who writes it) and until when
    (R025, R151). Raises RuleError: nothing said, unknown person or owner, a day that is past."""
    if not text.strip():
        raise RuleError(tr("请写明投诉内容。"))
    if due_on is not None and (not is_date(due_on) or due_on < tx.today):
        raise RuleError(tr("处理期限须在今天或以后，写成 2027-01-15 这样。"))
    check_person(tx, person_id)
    owner = tx.actor.id if owner_id is None else owner_id
    works = Staff.select(Staff.id).where((Staff.id == owner) & (Staff.active == 1))
    if tx.db.row(works) is None:
        raise RuleError(tr("没有找到责任人，请重新选择在岗的员工。"))
    complaint_id = tx.db.insert(
        Complaint,
        person_id=person_id,
        text=text.strip(),
        state="received",
        owner_id=owner,
        due_on=due_on,
        received_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(complaint_id, person=person_id, owner=owner, due_on=due_on)
    return ComplaintChanged(complaint_id, person_id, Changes(_CHANGED, person_id))


@command("complaint.close", entity="complaint")
def close_complaint(tx: Tx, *, complaint_id: int, outcome: str) -> ComplaintChanged:
    """Close a complaint with what came of it. Raises RuleError: no outcome, not open."""
    if not outcome.strip():
        raise RuleError(tr("请写明处理结果，再结案。"))
    row = _open_row(tx.db, complaint_id)
    tx.db.write(
        Complaint.update(state="closed", outcome=outcome.strip(), closed_on=tx.today).where(
            Complaint.id == complaint_id
        )
    )
    tx.about(complaint_id, person=row)
    return ComplaintChanged(complaint_id, row, Changes(_CHANGED, root_of(tx.db, row)))


def check_complaint(tx: Tx, person_id: int, complaint_id: int | None) -> None:
    """Refuse a compensation without an open complaint of the person's own (E67)."""
    if complaint_id is None:
        raise RuleError(tr("补偿须关联一条投诉。请先登记投诉，或选择已登记的投诉。"))
    owner = _open_row(tx.db, complaint_id)
    if owner not in group_of(tx.db, person_id):
        raise RuleError(tr("这条投诉不是这位顾客的，请重新选择。"))


def _open_row(db: ClinicDatabase, complaint_id: int) -> int:
    """Whose complaint it is. Raises RuleError unless it is open."""
    row = db.row(
        Complaint.select(Complaint.person_id, Complaint.state).where(Complaint.id == complaint_id)
    )
    if row is None or row[1] == "closed":
        raise RuleError(tr("没有找到这条未结的投诉，请刷新后重试。"))
    return int(row[0])


# -- lists -----------------------------------------------------------------------------------


def complaints_of(db: ClinicDatabase, today: str, person_id: int) -> list[ComplaintRow]:
    """Every complaint of a person, the newest first."""
    mine = Complaint.person_id.in_(group_of(db, person_id))
    return _rows(db, today, _query().where(mine).order_by(Complaint.id.desc()))


def open_complaints(db: ClinicDatabase, today: str) -> list[ComplaintRow]:
    """Complaints that wait, the earliest day first; those without a day come last (R151)."""
    waiting = _query().where(Complaint.state != "closed")
    return _rows(db, today, waiting.order_by(fn.COALESCE(Complaint.due_on, "9999"), Complaint.id))


def _query() -> Any:
    return (
        Complaint.select(
            Complaint.id,
            Complaint.person_id,
            Complaint.text,
            Complaint.state,
            Staff.name,
            Complaint.received_on,
            Complaint.due_on,
            Complaint.closed_on,
            Complaint.outcome,
        )
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Complaint.owner_id))
        .switch(Complaint)
    )


def _rows(db: ClinicDatabase, today: str, query: Any) -> list[ComplaintRow]:
    found = []
    for cid, person_id, text, state, owner, received_on, due_on, closed_on, outcome in db.rows(
        query
    ):
        root = root_of(db, person_id)
        number, name = db.rows(Person.select(Person.number, Person.name).where(Person.id == root))[
            0
        ]
        awards, value_fen = _awards(db, cid)
        is_open = state != "closed"
        found.append(
            ComplaintRow(
                id=cid,
                person_id=root,
                number=number,
                name=name,
                text=text,
                open=is_open,
                owner=owner or "",
                received_on=received_on,
                due_on=due_on,
                overdue=is_open and due_on is not None and due_on < today,
                closed_on=closed_on,
                outcome=outcome,
                points=_points(db, cid),
                awards=awards,
                value_fen=value_fen,
            )
        )
    return found


def _points(db: ClinicDatabase, complaint_id: int) -> int:
    """Points given for a complaint, less those taken back by a reversal."""
    undo = PointsEntry.alias()
    query = (
        PointsEntry.select(fn.SUM(PointsEntry.points + fn.COALESCE(undo.points, 0)))
        .join(undo, JOIN.LEFT_OUTER, on=(undo.reverses_id == PointsEntry.id))
        .where(PointsEntry.complaint_id == complaint_id)
    )
    return int(db.scalar(query) or 0)


def _awards(db: ClinicDatabase, complaint_id: int) -> tuple[tuple[str, ...], int]:
    """Names and worth of what was given for a complaint and not taken back."""
    void = Award.alias()
    query = (
        Award.select(Award.name, Award.quantity, Award.value_fen)
        .join(void, JOIN.LEFT_OUTER, on=(void.voids_id == Award.id))
        .where((Award.complaint_id == complaint_id) & Award.voids_id.is_null() & void.id.is_null())
        .order_by(Award.id)
    )
    rows = db.rows(query)
    names = tuple(name if count == 1 else f"{name}×{count}" for name, count, _ in rows)
    return names, sum(count * fen for _, count, fen in rows)
