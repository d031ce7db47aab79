"""People at the desk for tests: members of a tier, doctors, consents, visits, calls."""

from __future__ import annotations

import msgspec

from models.desk import Visit
from models.followup import FollowupTask
from models.people import Consent, Person
from models.system import Doctor
from services.care.doctor_change import (
    APPROVAL,
    decide,
    doctor_word,
    draft_change,
    put_in_force,
    submit_change,
)
from services.care.team import set_member
from services.commands import Session
from services.desk.appointments import book
from services.desk.visits import change_visit, check_in, undo_step
from services.followups.calls import create_task, log_call
from services.outreach.mailings import send
from services.programmes.definition import Discount
from services.staff import approve
from tests.conftest import PIN, STAFF
from tests.gift_world import add_member, add_person, in_command
from tests.money_world import sign, variant

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


def another_doctor(session: Session, person_id: int) -> None:
    """Somebody without a doctor gets one, and by an application another one (R130)."""
    own, other = doctor(session), doctor(session, "林医生")
    set_member(session, person_id=person_id, part="attending", doctor_id=own)
    change_id = draft_change(
        session, person_id=person_id, to_doctor_id=other, reason="离家近"
    ).change_id
    submit_change(session, change_id=change_id)
    for which in ("from", "to"):
        doctor_word(session, change_id=change_id, which=which, word="agrees")
    approval = approve(session.clinic, STAFF["director"], PIN, APPROVAL)
    decide(session, change_id=change_id, approved=True, approval=approval)
    put_in_force(session, change_id=change_id)


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


def sign_prices(session: Session, *discounts: Discount) -> None:
    """医院方案A with these prices in every tier, in force for everybody."""
    plain = variant()
    tiers = tuple(msgspec.structs.replace(tier, discounts=discounts) for tier in plain.tiers)
    sign(session, msgspec.structs.replace(plain, tiers=tiers))


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


def came_as_booked(session: Session, person_id: int) -> int:
    """Somebody booked for today, came, was called by mistake, and is done; another visit waits.
    Answers the first one."""
    book(session, day=session.clinic.clock.today(), at="10:00", person_id=person_id)
    visit_id = check_in(session, person_id=person_id).visit_id
    change_visit(session, visit_id=visit_id, to_state="called")
    undo_step(session, visit_id=visit_id)
    change_visit(session, visit_id=visit_id, to_state="done")
    check_in(session.confirming("already_here"), person_id=person_id)
    return visit_id


def written_to(session: Session, person_id: int) -> int:
    """Somebody agrees to offers and is sent one; answers the mailing."""
    change(session, person_id, address="人民路 1 号")
    consent(session, person_id, True)
    return send(
        session,
        kind="letter",
        title="会员日邀请",
        text="尊敬的{姓氏}{称谓}：周六见。",
        marketing=True,
        people=(person_id,),
    ).mailing_id


def called_back(session: Session, person_id: int) -> int:
    """Somebody was called and not reached; the call is due again. Answers the task."""
    day = session.clinic.clock.today()
    task_id = create_task(session, person_id=person_id, due_on=day, subject="问复查时间").task_id
    log_call(session, person_id=person_id, task_ids=(task_id,), outcome="no_answer")
    return task_id
