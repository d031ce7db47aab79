"""A record that is kept but no longer used, where the law asks for keeping (个保法 47 条).

Frozen, it is found by no search, stands on no list, is called by nobody and changed by nothing;
only the director reads it, and only the director lets it be used again.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.activities import ActivityPlace
from models.database import ClinicDatabase
from models.desk import Visit
from models.followup import FollowupTask
from models.people import Person
from models.reception import Appointment
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import group_of, root_of
from services.people.closed import closed
from services.people.privacy import mask_name
from services.people.search import reindex
from services.privacy.requests import open_request, write_answer
from services.privacy.words import DONE, ERASE, FREEZE

_CHANGED = (Kind.PERSON, Kind.FOLLOWUP, Kind.ACTIVITY)


@dataclass(frozen=True)
class Frozen:
    """A record was frozen, or may be used again."""

    person_id: int
    changes: Changes


@dataclass(frozen=True)
class FrozenRow:
    """A frozen record, as the director's list says it."""

    person_id: int
    number: str
    name_masked: str
    frozen_on: str


@command("privacy.freeze", entity="person")
def freeze(tx: Tx, *, request_id: int, answer: str) -> Frozen:
    """Answer a request to freeze, or one to erase while the law asks for keeping, by freezing.

    What waits to be done about the person ends. Raises RuleError: another kind of request, no
    word why, somebody who is here today or booked, a record that is not in use.
    """
    row = open_request(tx, request_id, (FREEZE, ERASE))
    if not answer.strip():
        raise RuleError(tr("请写明为什么冻结，例如“本人要求停用”或“法定保存期未满”。"))
    group = group_of(tx.db, row.person_id)
    if tx.db.scalar(Person.select(Person.state).where(Person.id == row.person_id)) != "active":
        raise RuleError(tr("这份档案已经停用，不用再冻结。"))
    for sentence in under_way(tx.db, tx.today, group):
        raise RuleError(sentence)
    tx.db.write(Person.update(frozen_on=tx.today).where(Person.id.in_(group)))
    tx.db.write(Person.update(state="withdrawn").where(Person.id == row.person_id))
    end_waiting(tx, group)
    reindex(tx.db, row.person_id)
    write_answer(tx, row, DONE, answer)
    tx.about(row.person_id, request=request_id)
    return Frozen(row.person_id, Changes(_CHANGED, row.person_id))


@command("privacy.unfreeze", entity="person")
def unfreeze(tx: Tx, *, person_id: int) -> Frozen:
    """Let a frozen record be used again, at the person's own wish. Raises RuleError when it is
    not frozen."""
    root_id = root_of(tx.db, person_id)
    found = closed(tx.db, root_id)
    if found.frozen_on is None or found.erased_on is not None:
        raise RuleError(tr("这份档案没有冻结，请刷新。"))
    tx.db.write(Person.update(frozen_on=None).where(Person.id.in_(group_of(tx.db, root_id))))
    tx.db.write(Person.update(state="active").where(Person.id == root_id))
    reindex(tx.db, root_id)
    tx.about(root_id, frozen_on=found.frozen_on)
    return Frozen(root_id, Changes(_CHANGED, root_id))


def frozen_people(db: ClinicDatabase) -> list[FrozenRow]:
    """Records that are frozen now, the newest first."""
    query = (
        Person.select(Person.id, Person.number, Person.name, Person.frozen_on)
        .where((Person.state == "withdrawn") & Person.frozen_on.is_null(False))
        .order_by(Person.frozen_on.desc(), Person.id.desc())
    )
    return [FrozenRow(i, number, mask_name(name), on) for i, number, name, on in db.rows(query)]


def under_way(db: ClinicDatabase, today: str, group: tuple[int, ...]) -> list[str]:
    """What must end first because somebody is here or expected, each with what to do."""
    found = []
    booked = Appointment.select(Appointment.day).where(
        Appointment.person_id.in_(group)
        & (Appointment.state == "booked")
        & (Appointment.day >= today)
    )
    day = db.scalar(booked.order_by(Appointment.day).limit(1))
    if day is not None:
        found.append(tr("{day} 还有预约。请先在“到诊”里取消预约。").format(day=day))
    here = Visit.select(Visit.id).where(
        Visit.person_id.in_(group)
        & (Visit.visit_date == today)
        & Visit.state.in_(("waiting", "called", "in_treatment"))
    )
    if db.row(here.limit(1)) is not None:
        found.append(tr("今天正在就诊。请先在“到诊”里点“已完成”。"))
    return found


def end_waiting(tx: Tx, group: tuple[int, ...]) -> None:
    """Nothing waits any more to be done about these records: calls, letters, places."""
    tx.db.write(
        FollowupTask.update(state="given_up", closed_as="stopped").where(
            FollowupTask.person_id.in_(group) & (FollowupTask.state == "open")
        )
    )
    tx.db.write(
        ActivityPlace.update(state="withdrawn").where(
            ActivityPlace.person_id.in_(group)
            & ActivityPlace.state.in_(("invited", "waiting", "signed_up"))
        )
    )
