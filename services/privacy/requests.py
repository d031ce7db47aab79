"""What somebody asks about their own data: received, then done or refused with a reason, within
fifteen working days (个保法 44–50 条)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.people import Person
from models.privacy import DataRequest
from models.system import Staff
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.gifts.appointment import is_working_day
from services.i18n import tr
from services.people.aliases import group_of, root_of
from services.people.closed import refuse_unreadable
from services.people.privacy import mask_name
from services.privacy.words import (
    CHECKS,
    COPY,
    CORRECT,
    DONE,
    KINDS,
    RECEIVED,
    REFUSED,
    RETENTION,
    kind_title,
)
from services.rights import holders, may

DAYS = 15
LONGEST_ANSWER = 300
RETENTION_RIGHT = "privacy.refuse"
_ANSWERED_BY_HAND = (COPY, CORRECT)


@dataclass(frozen=True)
class RequestChanged:
    """A request was received or answered."""

    request_id: int
    person_id: int
    changes: Changes


@dataclass(frozen=True)
class DataRequestRow:
    """A request; `due_on` is the last day for an answer, `late` when it went by without one."""

    id: int
    person_id: int
    number: str
    name_masked: str
    kind: str
    state: str
    checked: str
    answer: str
    received_on: str
    due_on: str
    answered_on: str | None
    staff: str
    approver: str
    late: bool


@command("privacy.receive", entity="data_request")
def receive(tx: Tx, *, person_id: int, kind: str, checked: str) -> RequestChanged:
    """Write down what somebody asks about their own data, after it was seen that it is they (or
    their guardian) who ask; `checked` 'retention' is the clinic's own clearing out.

    Raises RuleError: an unknown kind or way of checking, a closed record, the same request open
    already.
    """
    if kind not in KINDS:
        raise RuleError(tr("请选择顾客要求什么：查阅复制、更正、冻结或删除。"))
    if checked not in CHECKS:
        raise RuleError(tr("请先核对来人身份，再选择是怎样核对的。"))
    if checked == RETENTION and not may(tx.actor.role, RETENTION_RIGHT):
        sentence = tr("清理过期档案须由{holders}登录后操作。")
        raise RuleError(sentence.format(holders=holders(RETENTION_RIGHT)))
    person_id = root_of(tx.db, person_id)
    if tx.db.row(Person.select(Person.id).where(Person.id == person_id)) is None:
        raise RuleError(tr("没有找到这个人，请刷新后重试。"))
    refuse_unreadable(tx.db, tx.actor.role, person_id)
    same = (
        (DataRequest.person_id == person_id)
        & (DataRequest.kind == kind)
        & (DataRequest.state == RECEIVED)
    )
    if tx.db.row(DataRequest.select(DataRequest.id).where(same)) is not None:
        sentence = tr("这位顾客的“{kind}”要求还没答复，请先办完那一条。")
        raise RuleError(sentence.format(kind=kind_title(kind)))
    request_id = tx.db.insert(
        DataRequest,
        person_id=person_id,
        kind=kind,
        state=RECEIVED,
        checked=checked,
        received_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(request_id, person=person_id, kind=kind, checked=checked)
    return RequestChanged(request_id, person_id, changes_of(person_id))


@command("privacy.finish", entity="data_request")
def finish(tx: Tx, *, request_id: int, answer: str = "") -> RequestChanged:
    """A copy was handed over, or what was wrong was put right. Freezing and erasing answer their
    own requests. Raises RuleError for another kind, or a request that is answered."""
    row = open_request(tx, request_id, _ANSWERED_BY_HAND)
    write_answer(tx, row, DONE, answer)
    tx.about(request_id, person=row.person_id, state=DONE)
    return RequestChanged(request_id, row.person_id, changes_of(row.person_id))


@command("privacy.refuse", entity="data_request")
def refuse(tx: Tx, *, request_id: int, reason: str) -> RequestChanged:
    """Refuse a request and say why: the law asks for the reason (50 条). Raises RuleError without
    one, or when the request is answered."""
    row = open_request(tx, request_id)
    if not reason.strip():
        raise RuleError(tr("拒绝须说明理由，并告诉顾客。请写明依据，例如“法定保存期未满”。"))
    write_answer(tx, row, REFUSED, reason)
    tx.about(request_id, person=row.person_id, state=REFUSED)
    return RequestChanged(request_id, row.person_id, changes_of(row.person_id))


@dataclass(frozen=True)
class OpenRequest:
    """A request that waits for its answer."""

    id: int
    person_id: int
    kind: str


def open_request(tx: Tx, request_id: int, kinds: tuple[str, ...] = KINDS) -> OpenRequest:
    """The request while it waits and is of one of these kinds. Raises RuleError."""
    row = tx.db.row(
        DataRequest.select(
            DataRequest.id, DataRequest.person_id, DataRequest.kind, DataRequest.state
        ).where(DataRequest.id == request_id)
    )
    if row is None or row[3] != RECEIVED:
        raise RuleError(tr("这条要求已经答复，请刷新。"))
    if row[2] not in kinds:
        sentence = tr("“{kind}”的要求不能这样办，请按它自己的按钮办理。")
        raise RuleError(sentence.format(kind=kind_title(row[2])))
    return OpenRequest(row[0], root_of(tx.db, row[1]), row[2])


def write_answer(
    tx: Tx, row: OpenRequest, state: str, answer: str, approved_by: int | None = None
) -> None:
    """Answer a request inside a command. Raises RuleError for too many words."""
    words = " ".join(answer.split())
    if len(words) > LONGEST_ANSWER:
        raise RuleError(tr("答复最多 {n} 个字，请写短一些。").format(n=LONGEST_ANSWER))
    tx.db.write(
        DataRequest.update(
            state=state, answer=words, answered_on=tx.today, approved_by=approved_by
        ).where(DataRequest.id == row.id)
    )


def requests_of(db: ClinicDatabase, today: str, person_id: int) -> list[DataRequestRow]:
    """Every request of a person under any of their records, the newest first."""
    return _rows(db, today, DataRequest.person_id.in_(group_of(db, root_of(db, person_id))))


def open_requests(db: ClinicDatabase, today: str) -> list[DataRequestRow]:
    """Requests that wait for an answer, the newest first."""
    return _rows(db, today, DataRequest.state == RECEIVED)


def due_day(db: ClinicDatabase, received_on: str) -> str:
    """The last of the fifteen working days for an answer."""
    day, left = received_on, DAYS
    while left:
        day = plus_days(day, 1)
        left -= is_working_day(db, day)
    return day


def _rows(db: ClinicDatabase, today: str, wanted: Any) -> list[DataRequestRow]:
    approver = Staff.alias()
    query = (
        DataRequest.select(
            DataRequest.id,
            DataRequest.person_id,
            Person.number,
            Person.name,
            DataRequest.kind,
            DataRequest.state,
            DataRequest.checked,
            DataRequest.answer,
            DataRequest.received_on,
            DataRequest.answered_on,
            Staff.name,
            approver.name,
        )
        .join(Person, on=(Person.id == DataRequest.person_id))
        .switch(DataRequest)
        .join(Staff, on=(Staff.id == DataRequest.staff_id))
        .switch(DataRequest)
        .join(approver, JOIN.LEFT_OUTER, on=(approver.id == DataRequest.approved_by))
        .where(wanted)
        .order_by(DataRequest.id.desc())
    )
    found = []
    for row in db.rows(query):
        row_id, person_id, number, name, kind, state, checked, answer, received, *rest = row
        due_on = due_day(db, received)
        late = state == RECEIVED and due_on < today
        head = (row_id, person_id, number, mask_name(name), kind, state, checked, answer, received)
        found.append(DataRequestRow(*head, due_on, rest[0], rest[1], rest[2] or "", late))
    return found


def changes_of(person_id: int) -> Changes:
    """What an answer changes."""
    return Changes((Kind.PERSON,), person_id)
