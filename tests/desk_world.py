"""People at the desk for tests: members of a tier, doctors, consents, visits, calls."""

from __future__ import annotations

from models.desk import FollowupTask, Visit
from models.people import Consent, Person
from models.system import Doctor
from services.commands import Session
from tests.gift_world import add_member, add_person, in_command

SPEND = {0: 0, 1: 2000, 2: 8000, 3: 15000, 4: 25000}


def person(session: Session, number: str, name: str = "王小明", **values: object) -> int:
    """Somebody who is no member, with any fields set as given."""
    person_id = add_person(session, number, name)
    return change(session, person_id, **values)


def member(
    session: Session, number: str, name: str = "王小明", rank: int = 1, **values: object
) -> int:
    """A member holding a tier from today on."""
    person_id = add_member(session, number, name, SPEND[rank])
    return change(session, person_id, **values)


def change(session: Session, person_id: int, **values: object) -> int:
    if values:
        update = Person.update(**values).where(Person.id == person_id)
        in_command(session, lambda tx: tx.db.write(update))
    return person_id


def doctor(session: Session, name: str = "陈医生", active: int = 1) -> int:
    return in_command(session, lambda tx: tx.db.insert(Doctor, name=name, active=active))


def consent(session: Session, person_id: int, granted: bool, item: str = "marketing") -> None:
    in_command(
        session,
        lambda tx: tx.db.insert(
            Consent,
            person_id=person_id,
            item=item,
            granted=int(granted),
            notice_version="1",
            seq=tx.seq,
        ),
    )


def visit_values(session: Session, visit_id: int) -> Visit:
    return next(iter(Visit.select().where(Visit.id == visit_id).execute(session.db)))


def tasks(session: Session, person_id: int) -> list[tuple[str, str, str, str, int]]:
    """(rule, cycle, due_on, state, attempts) of a person, in the order made."""
    return session.db.rows(
        FollowupTask.select(
            FollowupTask.rule,
            FollowupTask.cycle,
            FollowupTask.due_on,
            FollowupTask.state,
            FollowupTask.attempts,
        )
        .where(FollowupTask.person_id == person_id)
        .order_by(FollowupTask.id)
    )
