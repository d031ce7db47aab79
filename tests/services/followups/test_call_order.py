"""The order of the call list: what its index says of a task is what the standing says (R146)."""

from __future__ import annotations

import uuid

from models.followup import FollowupTask
from models.programmes import Programme
from services.followups import call_order
from services.followups.call_list import calls_today
from services.followups.call_order import Wanted, due_people, due_rules
from services.followups.calls import create_task, log_call
from services.loyalty.membership import join
from services.people.merging import merge_people
from services.programmes.registry import preset
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import member, person
from tests.gift_world import in_command
from tests.money_world import pay, sign

TOMORROW = "2026-11-21"


def held(clinic):
    """Person and tier of every open task, in the order the tasks were made."""
    query = FollowupTask.select(FollowupTask.person_id, FollowupTask.held)
    rows = clinic.db.rows(query.where(FollowupTask.state == "open").order_by(FollowupTask.id))
    assert not [fault for fault in verify(clinic).faults if fault.code == "task.held"]
    return rows


def plan(session, person_id, due_on=TODAY):
    return create_task(session, person_id=person_id, due_on=due_on, subject="问复查时间").task_id


def test_r146_a_task_knows_the_tier_from_the_start(clinic, frontdesk):
    vip, nobody = member(frontdesk, "M1", rank=3), person(frontdesk, "M2")
    plan(frontdesk, nobody)
    plan(frontdesk, vip)
    assert held(clinic) == [(nobody, 0), (vip, 3)]


def test_r146_a_tier_that_rises_moves_what_waits(clinic, frontdesk):
    patient = person(frontdesk, "M1")
    plan(frontdesk, patient)
    pay(frontdesk, patient, 8000)
    assert held(clinic) == [(patient, 0)]  # reached, but not joined
    join(frontdesk, person_id=patient, benefits_explained=True)
    assert held(clinic) == [(patient, 2)]
    pay(frontdesk, patient, 20_000)
    assert held(clinic) == [(patient, 4)]


def test_r146_a_task_that_is_opened_again_has_the_tier_of_that_day(clinic, frontdesk):
    patient = member(frontdesk, "M1", rank=1)
    task = plan(frontdesk, patient)
    log_call(frontdesk, person_id=patient, task_ids=(task,), outcome="fine")
    pay(frontdesk, patient, 20_000)
    again = FollowupTask.update(state="open", closed_as="").where(FollowupTask.id == task)
    in_command(frontdesk, lambda tx: tx.db.write(again))
    assert held(clinic) == [(patient, 4)]


def test_e62_a_merged_record_leaves_its_tier_to_the_survivor(clinic, frontdesk, member_admin):
    survivor, other = person(frontdesk, "M1"), member(frontdesk, "M2", rank=3)
    plan(frontdesk, survivor)
    merge_people(member_admin, survivor_id=survivor, merged_id=other)
    assert held(clinic) == [(survivor, 3)]


def test_another_main_programme_orders_the_list_anew(clinic, frontdesk, director):
    vip = member(frontdesk, "M1", rank=3)
    sign(director, preset("医院方案B"))
    pay(frontdesk, vip, 100)
    plan(frontdesk, vip)
    retire = Programme.update(state="retired").where(Programme.id == 1)
    in_command(director, lambda tx: tx.db.write(retire))
    assert held(clinic) == [(vip, 0)]


def test_only_another_main_programme_looks_through_the_list(clinic, frontdesk, director):
    vip, other = member(frontdesk, "M1", rank=3), person(frontdesk, "M2")
    sign(director, preset("医院方案B"))
    plan(frontdesk, vip)
    plan(frontdesk, other)

    def wrong_then(programme_id, state):
        clinic.db.execute_sql("UPDATE followup_task SET held = 9 WHERE person_id = ?", (vip,))
        change = Programme.update(state=state).where(Programme.id == programme_id)
        before = clinic.db.connection().total_changes
        in_command(director, lambda tx: tx.db.write(change))
        query = FollowupTask.select(FollowupTask.person_id, FollowupTask.held)
        changes = clinic.db.connection().total_changes - before
        return dict(clinic.db.rows(query))[vip], changes

    untouched, few = wrong_then(2, "retired")
    assert untouched == 9
    assert wrong_then(2, "active") == (9, few)
    assert wrong_then(1, "retired") == (0, few + 1)  # the other one's task stays as it was
    assert wrong_then(1, "active") == (3, few + 1)


def test_a_tier_that_disagrees_is_found(clinic, frontdesk):
    plan(frontdesk, member(frontdesk, "M1", rank=3))
    in_command(frontdesk, lambda tx: tx.db.write(FollowupTask.update(held=1)))
    found = {fault.code: fault.count for fault in verify(clinic).faults}
    assert found["task.held"] == 1


def test_only_as_many_are_read_as_are_looked_at(clinic, frontdesk, monkeypatch):
    monkeypatch.setattr(call_order, "_PAGE", 2)
    people = [person(frontdesk, f"M{n}") for n in range(9)]
    for patient in people:
        plan(frontdesk, patient)
    pages = []
    read = call_order._range

    def counted(*args):
        pages.append(args)
        return read(*args)

    monkeypatch.setattr(call_order, "_range", counted)
    walk = due_people(clinic.db, TODAY, Wanted(), ())
    assert [next(walk), next(walk)] == people[:2]
    assert len(pages) == 1
    assert list(walk) == people[2:]


def test_what_is_due_later_is_neither_a_kind_nor_a_call(clinic, frontdesk):
    plan(frontdesk, person(frontdesk, "M1"), due_on=TOMORROW)
    assert due_rules(clinic.db, TODAY) == []
    assert calls_today(clinic.db, TODAY) == []
    assert due_rules(clinic.db, TOMORROW) == ["manual"]


def test_r146_who_is_urgent_stands_in_the_order_of_the_others(clinic, frontdesk):
    late, vip = person(frontdesk, "M1"), member(frontdesk, "M2", rank=3)
    first = member(frontdesk, "M3", rank=4)
    for patient in (late, vip, first):
        plan(frontdesk, patient)
    found = list(due_people(clinic.db, TODAY, Wanted(), (late, vip)))
    assert found == [vip, late, first]


def test_whoever_rests_takes_no_place_on_a_page(clinic, frontdesk, monkeypatch):
    monkeypatch.setattr(call_order, "_PAGE", 2)
    people = [person(frontdesk, f"M{n}") for n in range(6)]
    for patient in people:
        offer = _offer(frontdesk, patient)
        if patient not in people[3:5]:
            log_call(frontdesk, person_id=patient, task_ids=(offer,), outcome="fine")
            _offer(frontdesk, patient)
    assert list(due_people(clinic.db, TODAY, Wanted(), ())) == people[3:5]
    assert due_rules(clinic.db, TODAY) == ["idle.6"]


def _offer(session, person_id):
    row = {"cycle": uuid.uuid4().hex, "state": "open", "subject": "会员日", "marketing": 1}
    return in_command(
        session,
        lambda tx: tx.db.insert(
            FollowupTask, person_id=person_id, rule="idle.6", due_on=TODAY, seq=tx.seq, **row
        ),
    )
