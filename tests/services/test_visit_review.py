"""Visits that other work touches: merges, receipts, doctors who leave, the care team (R016, R128,
R130, E62)."""

from __future__ import annotations

import dataclasses

import pytest

from models.desk import Visit
from services.care.team import set_member
from services.desk.visits import (
    Arrival,
    Said,
    change_visit,
    check_in,
    reception_card,
    today_board,
    undo_step,
)
from services.desk.waiting_list import waiting_list
from services.errors import RuleError
from services.loyalty.receipts import post_receipt, void_receipt
from services.people.merging import merge_people
from tests.conftest import TODAY
from tests.desk_world import change, doctor, member, person
from tests.gift_world import in_command
from tests.services.people.test_merging import ALL

NOW = f"{TODAY}T09:00:00Z"


def test_r128_e62_a_visitor_who_proves_to_be_the_bringer_is_received_as_themselves(
    clinic, frontdesk, member_admin
):
    friend, vip = person(frontdesk, "M1", name="孙朋友"), member(frontdesk, "M2", rank=3)
    check_in(frontdesk, person_id=friend, brought_by_id=vip)
    merge_people(member_admin.confirming(*ALL), survivor_id=vip, merged_id=friend)
    (row,) = today_board(clinic.db, TODAY, NOW)
    assert (row.person_id, row.brought_by, row.brought_by_id) == (vip, "", None)
    assert reception_card(clinic.db, TODAY, row.person_id, row.brought_by_id).rank == 3


def test_r128_e62_a_bringer_who_was_merged_is_named_as_the_survivor(
    clinic, frontdesk, member_admin
):
    friend, vip = person(frontdesk, "M1", name="孙朋友"), member(frontdesk, "M2", rank=3)
    survivor = person(frontdesk, "M3", name="郑合一")
    check_in(frontdesk, person_id=friend, brought_by_id=vip)
    merge_people(member_admin.confirming(*ALL), survivor_id=survivor, merged_id=vip)
    (row,) = today_board(clinic.db, TODAY, NOW)
    assert (row.brought_by, row.brought_by_id) == ("郑合一", survivor)


def test_r096_who_paid_was_here_until_the_receipt_is_voided(clinic, frontdesk):
    who = person(frontdesk, "M1")
    visit = check_in(frontdesk, person_id=who).visit_id
    paid = post_receipt(frontdesk, person_id=who, amount_fen=100, visit_id=visit)
    for back in (
        lambda: change_visit(frontdesk, visit_id=visit, to_state="no_show"),
        lambda: undo_step(frontdesk, visit_id=visit),
    ):
        with pytest.raises(RuleError, match="已开了单据"):
            back()
    void_receipt(frontdesk, receipt_id=paid.receipt_id, reason="录错")
    change_visit(frontdesk, visit_id=visit, to_state="no_show")
    assert [row.state for row in today_board(clinic.db, TODAY, NOW)] == ["no_show"]


def test_r130_a_doctor_who_left_is_nobodys_choice(clinic, frontdesk):
    gone = doctor(frontdesk, active=0)
    who = change(frontdesk, person(frontdesk, "M1"), doctor_id=gone)
    visit = check_in(frontdesk, person_id=who).visit_id
    assert clinic.db.scalar(Visit.select(Visit.doctor_id).where(Visit.id == visit)) is None


def test_r016_the_team_comes_with_the_visit(clinic, frontdesk):
    who = person(frontdesk, "M1")
    helper, adviser = doctor(frontdesk, "林助理"), doctor(frontdesk, "何咨询")
    set_member(frontdesk, person_id=who, part="assistant", doctor_id=helper)
    set_member(frontdesk, person_id=who, part="consultant", doctor_id=adviser)
    visit = check_in(frontdesk, person_id=who).visit_id
    columns = (Visit.assistant_id, Visit.consultant_id)
    assert clinic.db.row(Visit.select(*columns).where(Visit.id == visit)) == (helper, adviser)


def test_r096_who_was_called_last_stands_first_on_the_screen(clinic, frontdesk):
    visits = [
        check_in(frontdesk, person_id=person(frontdesk, f"M{n}", name=f"{name}某")).visit_id
        for n, name in enumerate("赵钱孙李周")
    ]
    for visit in reversed(visits):
        change_visit(frontdesk, visit_id=visit, to_state="called")
    names = [each.name for each in waiting_list(today_board(clinic.db, TODAY, NOW)).called]
    assert names == ["赵*", "钱*", "孙*", "李*", "周*"]


def test_a_visit_from_before_steps_were_kept_is_shown_last(clinic, frontdesk):
    old = person(frontdesk, "M1", name="旧某")
    values = {
        "person_id": old, "visit_date": TODAY, "arrived_at": NOW, "state": "called",
        "first_visit": 0, "reception_rank": 0, "staff_id": 1, "seq": 1,
    }  # fmt: skip
    in_command(frontdesk, lambda tx: tx.db.insert(Visit, **values))
    new = check_in(frontdesk, person_id=person(frontdesk, "M2", name="新某")).visit_id
    change_visit(frontdesk, visit_id=new, to_state="called")
    names = [each.name for each in waiting_list(today_board(clinic.db, TODAY, NOW)).called]
    assert names == ["新*", "旧*"]


def test_what_may_be_said_is_what_an_arrival_holds():
    held = {field.name for field in dataclasses.fields(Arrival)}
    assert set(Said.__annotations__) == held - {"person_id"}
