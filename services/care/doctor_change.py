"""更换主治医师申请, step by step: written, submitted, both doctors heard, signed, in force (R130).

The desk writes down what the two doctors said; a leader signs with their own PIN. A doctor's
objection does not bind the leader, but is answered. Visits keep the doctor who treated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.people import Person
from models.reception import DoctorChange
from services.care.doctor_changes import (
    AGREES,
    APPROVED,
    DRAFT,
    IN_FORCE,
    OBJECTS,
    OPEN,
    REFUSED,
    WAITING,
    WITHDRAWN,
    ChangeRow,
    open_change,
    state_title,
    word_title,
)
from services.care.doctor_changes import doctor_change as load
from services.care.team import attending_of, set_attending, working_doctor
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr

APPROVAL = "approve.doctor_change"
_PREFIX = "GH"


@dataclass(frozen=True)
class ChangeMoved:
    """An application was written or took a step; `person_id` is whom it is about today."""

    change_id: int
    person_id: int
    state: str
    changes: Changes


@command("doctor_change.draft", entity="doctor_change")
def draft_change(tx: Tx, *, person_id: int, to_doctor_id: int, reason: str) -> ChangeMoved:
    """Write an application down, or put right the draft there is.

    Raises RuleError: unknown person, nobody to change from, the same or a retired doctor, no
    reason, or an application that was submitted already.
    """
    state = tx.db.scalar(Person.select(Person.state).where(Person.id == person_id))
    if state != "active":
        raise RuleError(tr("没有找到这位顾客，或资料已停用。请按 F3 重新查找。"))
    own = attending_of(tx.db, person_id)
    if own is None:
        raise RuleError(tr("这位顾客还没有主治医师，直接选好就行，不用申请。"))
    if own[0] == to_doctor_id:
        raise RuleError(tr("{name}已经是主治医师，请选另一位。").format(name=own[1]))
    working_doctor(tx.db, to_doctor_id)
    if not reason.strip():
        raise RuleError(tr("请写明更换原因。"))
    there = open_change(tx.db, person_id)
    if there is not None and there.state != DRAFT:
        sentence = tr("申请 {number} 还没有办完({state})。请先办完或撤回，再填新的。")
        raise RuleError(sentence.format(number=there.number, state=state_title(there.state)))
    values = {"from_doctor_id": own[0], "to_doctor_id": to_doctor_id, "reason": reason.strip()}
    if there is not None:
        change_id = there.id
        tx.db.write(DoctorChange.update(**values).where(DoctorChange.id == change_id))
    else:
        change_id = tx.db.insert(
            DoctorChange,
            number=_next_number(tx),
            person_id=person_id,
            state=DRAFT,
            occurred_on=tx.today,
            staff_id=tx.actor.id,
            seq=tx.seq,
            **values,
        )
    tx.about(change_id, person=person_id, was=own[0], wanted=to_doctor_id, new=there is None)
    return _moved(change_id, person_id, DRAFT)


def _next_number(tx: Tx) -> str:
    start = f"{_PREFIX}-{tx.today.replace('-', '')}-"
    today = DoctorChange.select(DoctorChange.id).where(
        (DoctorChange.number >= start) & (DoctorChange.number < start + "~")
    )
    return f"{start}{today.count(tx.db) + 1:02d}"


@command("doctor_change.submit", entity="doctor_change")
def submit_change(tx: Tx, *, change_id: int) -> ChangeMoved:
    """Lay a draft before the two doctors and the leader. Raises RuleError when it is no draft, or
    no longer true: another doctor attends, or the wanted one has left."""
    row = _at(tx, change_id, DRAFT)
    _still_true(tx, row)
    return _step(tx, row, WAITING)


@command("doctor_change.word", entity="doctor_change")
def doctor_word(tx: Tx, *, change_id: int, which: str, word: str, note: str = "") -> ChangeMoved:
    """Write down what the present ('from') or the wanted ('to') doctor said: 'agrees' or
    'objects'; said again, the last word counts. Raises RuleError when it does not wait, or for an
    objection without its reason."""
    row = _at(tx, change_id, WAITING)
    if which not in ("from", "to") or word not in (AGREES, OBJECTS):
        raise RuleError(tr("请选原医师或新医师，再选同意或不同意。"))
    if word == OBJECTS and not note.strip():
        raise RuleError(tr("医生不同意，请写明理由，领导签字时要看。"))
    doctor = row.from_doctor if which == "from" else row.to_doctor
    said = tr("{day} {who}{word}").format(day=tx.today, who=doctor, word=word_title(word))
    values = {f"{which}_word": word, "note": _noted(row, said, note)}
    return _step(tx, row, WAITING, values, which=which, word=word)


@command("doctor_change.decide", entity="doctor_change")
def decide(
    tx: Tx, *, change_id: int, approved: bool, note: str = "", approval: Approval | None
) -> ChangeMoved:
    """The leader's signature under an application, for or against (R130).

    Raises RuleError when it does not wait, a doctor who works here was not heard, nobody with
    `approve.doctor_change` signs, or the note lacks the answer to an objection or the reason of
    a refusal.
    """
    row = _at(tx, change_id, WAITING)
    if row.asks:
        names = {"from": row.from_doctor, "to": row.to_doctor}
        sentence = tr("{names}还没有表态。请先问过，记下同意或不同意，再请领导签字。")
        raise RuleError(sentence.format(names="、".join(names[which] for which in row.asks)))
    if not note.strip():
        if not approved:
            raise RuleError(tr("请写明不批准的理由，好答复顾客。"))
        if row.objected:
            raise RuleError(tr("有医生不同意。批准也可以，但请在批注里答复。"))
    given = tx.require(approval, APPROVAL, tr("更换主治医师须院长或会员管理员签字。"))
    if approved:
        _still_true(tx, row)
    verdict = tr("批准") if approved else tr("不批准")
    said = tr("{day} {who}{word}").format(day=tx.today, who=given.name, word=verdict)
    values = {
        "signed_by": given.staff_id,
        "signed_on": tx.today,
        "note": _noted(row, said, note),
    }
    return _step(tx, row, APPROVED if approved else REFUSED, values, approved_by=given.staff_id)


@command("doctor_change.in_force", entity="doctor_change")
def put_in_force(tx: Tx, *, change_id: int) -> ChangeMoved:
    """From today on the wanted doctor attends (R130); visits keep who treated. Raises RuleError
    when it was not approved, or is no longer true."""
    row = _at(tx, change_id, APPROVED)
    _still_true(tx, row)
    set_attending(tx, row.person_id, row.to_doctor_id, change_id=change_id)
    return _step(tx, row, IN_FORCE, {"in_force_on": tx.today})


@command("doctor_change.withdraw", entity="doctor_change")
def withdraw(tx: Tx, *, change_id: int) -> ChangeMoved:
    """Give an application up before it is in force; the doctor stays. Raises RuleError when it
    is done with."""
    return _step(tx, _at(tx, change_id, *OPEN), WITHDRAWN)


def _at(tx: Tx, change_id: int, *states: str) -> ChangeRow:
    row = load(tx.db, change_id)
    if row.state not in states:
        sentence = tr("申请 {number} 现在是“{state}”，这一步不能做。请刷新后看下一步。")
        raise RuleError(sentence.format(number=row.number, state=state_title(row.state)))
    return row


def _still_true(tx: Tx, row: ChangeRow) -> None:
    """The present doctor is the one named, and the wanted one can be had."""
    own = attending_of(tx.db, row.person_id)
    if own is None or own[0] != row.from_doctor_id:
        sentence = tr("主治医师现在不是申请里的{name}。请撤回这张申请，需要时重新填写。")
        raise RuleError(sentence.format(name=row.from_doctor))
    working_doctor(tx.db, row.to_doctor_id)


def _noted(row: ChangeRow, said: str, note: str) -> str:
    line = tr("{said}：{note}").format(said=said, note=note.strip()) if note.strip() else said
    return "\n".join(part for part in (row.note, line) if part)


def _step(
    tx: Tx, row: ChangeRow, state: str, values: dict[str, Any] | None = None, **detail: object
) -> ChangeMoved:
    tx.db.write(DoctorChange.update(state=state, **(values or {})).where(DoctorChange.id == row.id))
    tx.about(row.id, person=row.person_id, was=row.state, now=state, **detail)
    return _moved(row.id, row.person_id, state)


def _moved(change_id: int, person_id: int, state: str) -> ChangeMoved:
    return ChangeMoved(change_id, person_id, state, Changes((Kind.PERSON,), person_id))
