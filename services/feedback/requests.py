"""What people ask for or suggest, who looks after it, until when, and what they were told
(R052, R066, R149).

It comes from a call, the desk, the message board, a survey or an activity, and from anybody: the
board knows no names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.followup import Request
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.feedback.checks import check_day, owner_of, said
from services.feedback.deadlines import deadlines
from services.feedback.words import (
    DONE,
    DROPPED,
    OPEN,
    REQUEST,
    REQUEST_SOURCES,
    SUGGESTION,
    request_state_title,
)
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.people.aliases import root_of


@dataclass(frozen=True)
class RequestChanged:
    """A request was written down, or something was done about it."""

    request_id: int
    person_id: int | None
    changes: Changes


def add_request(
    tx: Tx,
    *,
    person_id: int | None,
    text: str,
    kind: str = REQUEST,
    source: str = "call",
    owner_id: int | None = None,
    due_on: str | None = None,
    call_seq: int | None = None,
) -> int:
    """Write down a request or a suggestion inside a command; answers its id.

    Without an owner whoever writes it down looks after it, without a day it gets the clinic's
    usual one. Raises RuleError: nothing said, unknown kind or source, unknown person or owner, a
    day that is past.
    """
    words = said(text, tr("请写明顾客的要求或建议。"))
    if kind not in (REQUEST, SUGGESTION) or source not in REQUEST_SOURCES:
        raise RuleError(tr("请选择是要求还是建议、从哪里来的。"))
    if person_id is not None:
        person_id = root_of(tx.db, person_id)
        check_person(tx, person_id)
    owner, _ = owner_of(tx, owner_id)
    if due_on is not None:
        check_day(tx, due_on)
    return tx.db.insert(
        Request,
        person_id=person_id,
        kind=kind,
        source=source,
        text=words,
        state=OPEN,
        owner_id=owner,
        due_on=due_on or plus_days(tx.today, deadlines(tx.db).request_days),
        call_seq=call_seq,
        received_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


@command("request.open", entity="request")
def open_request(
    tx: Tx,
    *,
    text: str,
    person_id: int | None = None,
    kind: str = REQUEST,
    source: str = "desk",
    owner_id: int | None = None,
    due_on: str | None = None,
) -> RequestChanged:
    """Write down what somebody asked for or suggested. Raises as `add_request`."""
    made = add_request(
        tx,
        person_id=person_id,
        text=text,
        kind=kind,
        source=source,
        owner_id=owner_id,
        due_on=due_on,
    )
    tx.about(made, person=person_id, kind=kind, source=source)
    who = None if person_id is None else root_of(tx.db, person_id)
    return RequestChanged(made, who, _changes(who))


@command("request.assign", entity="request")
def assign_request(
    tx: Tx, *, request_id: int, owner_id: int, due_on: str | None = None
) -> RequestChanged:
    """Hand it to somebody else, or give it another day. Raises RuleError: not open, nothing that
    changes, unknown owner, a day that is past."""
    row = _row(tx, request_id, OPEN)
    owner, name = owner_of(tx, owner_id)
    if due_on is not None and due_on != row.due_on:
        check_day(tx, due_on)
    due = due_on or row.due_on
    if (owner, due) == (row.owner_id, row.due_on):
        raise RuleError(tr("已经由{name}负责，不用再转交。").format(name=name))
    return _write(tx, row, owner_id=owner, due_on=due)


@command("request.answer", entity="request")
def answer_request(tx: Tx, *, request_id: int, answer: str) -> RequestChanged:
    """It is done: what was done, what they were told. Raises RuleError: no words, not open."""
    words = said(answer, tr("请写明怎样答复、办了什么。"))
    row = _row(tx, request_id, OPEN)
    return _write(tx, row, state=DONE, answer=_after(row, words), closed_on=tx.today)


@command("request.drop", entity="request")
def drop_request(tx: Tx, *, request_id: int, reason: str) -> RequestChanged:
    """It will not be done, and why. Raises RuleError: no reason, not open."""
    words = said(reason, tr("请写明为什么不办，例如“与上一条重复”。"))
    row = _row(tx, request_id, OPEN)
    return _write(tx, row, state=DROPPED, answer=_after(row, words), closed_on=tx.today)


@command("request.reopen", entity="request")
def reopen_request(tx: Tx, *, request_id: int, reason: str) -> RequestChanged:
    """It was not done after all; the earlier answer stays below the reason. Raises RuleError: no
    reason, still open."""
    words = said(reason, tr("请写明为什么重新打开。"))
    row = _row(tx, request_id, DONE, DROPPED)
    earlier = tr("{day} {state}：{answer}").format(
        day=row.closed_on, state=request_state_title(row.state), answer=row.answer
    )
    again = tr("{day} 重新打开：{reason}").format(day=tx.today, reason=words)
    return _write(
        tx,
        row,
        state=OPEN,
        answer=f"{earlier}\n{again}",
        closed_on=None,
        due_on=plus_days(tx.today, deadlines(tx.db).request_days),
    )


@dataclass(frozen=True)
class _Row:
    id: int
    person_id: int | None
    state: str
    owner_id: int | None
    due_on: str | None
    answer: str
    closed_on: str | None


def _row(tx: Tx, request_id: int, *states: str) -> _Row:
    """The request as it stands. Raises RuleError when there is none, or in another state."""
    row = tx.db.row(
        Request.select(
            Request.id,
            Request.person_id,
            Request.state,
            Request.owner_id,
            Request.due_on,
            Request.answer,
            Request.closed_on,
        ).where(Request.id == request_id)
    )
    if row is None:
        raise RuleError(tr("没有找到这条要求，请刷新后重试。"))
    found = _Row(*row)
    if found.state not in states:
        if found.state == OPEN:
            raise RuleError(tr("这条还没有答复，不用重新打开。"))
        sentence = tr("这条已经办结({state})。要接着办，请先重新打开。")
        raise RuleError(sentence.format(state=request_state_title(found.state)))
    return found


def _after(row: _Row, words: str) -> str:
    """The answer below what was said before it was opened again."""
    return f"{row.answer}\n{words}" if row.answer else words


def _write(tx: Tx, row: _Row, **values: Any) -> RequestChanged:
    tx.db.write(Request.update(**values).where(Request.id == row.id))
    who = None if row.person_id is None else root_of(tx.db, row.person_id)
    about = {key: value for key, value in values.items() if key != "answer"}
    tx.about(row.id, person=row.person_id, **about)
    return RequestChanged(row.id, who, _changes(who))


def _changes(person_id: int | None) -> Changes:
    return Changes((Kind.PERSON, Kind.FOLLOWUP), person_id)
