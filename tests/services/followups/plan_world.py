"""Plans, what they look at, and the tasks they made, for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from models.followup import FollowupTask
from models.groups import Label, PersonLabel
from services.clock import ManualClock
from services.commands import Session
from services.desk.daily import catch_up
from services.followups.plan_changes import change_plan, switch_plans
from services.followups.plan_checks import form_of
from services.followups.plans import Plan, plan_of
from services.loyalty.money_events import ReceiptPosted
from services.loyalty.receipts import Line, post_receipt
from services.staff import approve
from tests.conftest import PIN, STAFF
from tests.gift_world import in_command

EXTRACTION = "care.extraction"
EVERYBODY = '{"is":"all"}'  # a group's rule


def on_day(session: Session, clock: ManualClock, day: str) -> None:
    """Another day begins, with its catch-up."""
    clock.day = day
    catch_up(session.confirming("clock_jump"))


def switch(session: Session, *keys: str, on: bool = True, **more: Any) -> None:
    switch_plans(session.confirming("clock_jump"), keys=keys, on=on, **more)


def change(session: Session, key: str, **values: Any) -> None:
    form = replace(form_of(plan(session, key)), **values)
    change_plan(session.confirming("clock_jump"), key=key, form=form)


def plan(session: Session, key: str) -> Plan:
    found = plan_of(session.db, key)
    assert found is not None
    return found


def treat(
    session: Session,
    person_id: int,
    item: str = "智齿拔除",
    kind: str = "拔牙",
    on: str | None = None,
    **more: Any,
) -> ReceiptPosted:
    """A receipt that says what was done, today or on a day before."""
    if on is not None and on < session.clinic.clock.today():
        word = approve(session.clinic, STAFF["member_admin"], PIN, "approve.backdated")
        more |= {"occurred_on": on, "reason": "补录", "approval": word}
    lines = (Line(kind, item, 20_000),)
    return post_receipt(session, person_id=person_id, amount_fen=20_000, lines=lines, **more)


def made(session: Session, person_id: int, rule: str = EXTRACTION) -> list[tuple[str, str, str]]:
    """(cycle, day it is due, how it stands) of a person's tasks of a plan, by day."""
    query = FollowupTask.select(
        FollowupTask.cycle, FollowupTask.due_on, FollowupTask.state, FollowupTask.closed_as
    ).where((FollowupTask.person_id == person_id) & (FollowupTask.rule == rule))
    rows = session.db.rows(query.order_by(FollowupTask.due_on, FollowupTask.cycle))
    return [(cycle, due_on, how or state) for cycle, due_on, state, how in rows]


def task(session: Session, person_id: int, rule: str = EXTRACTION) -> FollowupTask:
    query = FollowupTask.select().where(
        (FollowupTask.person_id == person_id) & (FollowupTask.rule == rule)
    )
    return next(iter(query.order_by(FollowupTask.due_on).execute(session.db)))


def close(session: Session, person_id: int, rule: str = EXTRACTION, cycle: str = "") -> None:
    """Somebody gave up trying, so that it is over for good."""
    query = FollowupTask.update(state="given_up", closed_as="tries").where(
        (FollowupTask.person_id == person_id)
        & (FollowupTask.rule == rule)
        & FollowupTask.cycle.startswith(cycle)
        & (FollowupTask.state == "open")
    )
    in_command(session, lambda tx: tx.db.write(query))


def add_label(session: Session, name: str = "考虑种植") -> int:
    return in_command(
        session, lambda tx: tx.db.insert(Label, dimension="意向", name=name, seq=tx.seq)
    )


def hang(session: Session, person_id: int, label_id: int, until: str | None = None) -> int:
    return in_command(
        session,
        lambda tx: tx.db.insert(
            PersonLabel,
            person_id=person_id,
            label_id=label_id,
            from_on=tx.today,
            until_on=until,
            staff_id=tx.actor.id,
            seq=tx.seq,
        ),
    )
