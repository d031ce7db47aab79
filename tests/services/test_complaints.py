"""Complaints and what is given to put them right (R025, R067, R151, E67)."""

import pytest

from services.errors import RuleError
from services.feedback.complaints import (
    close_complaint,
    complaints_of,
    open_complaint,
    open_complaints,
)
from services.loyalty.awards import give_award, void_award
from services.loyalty.points import adjust_points, points_ledger, reverse_adjustment
from tests.conftest import TODAY
from tests.money_world import person


@pytest.fixture
def who(frontdesk):
    return person(frontdesk)


def complain(session, person_id, **more):
    return open_complaint(session, person_id=person_id, text=" 等候太久 ", **more).complaint_id


def test_r025_received_looked_after_and_closed(clinic, frontdesk, member_admin, who, clock):
    first = complain(frontdesk, who, due_on="2026-11-25", owner_id=member_admin.actor.id)
    second = complain(frontdesk, who)
    waiting = open_complaints(clinic.db, TODAY)
    assert [row.id for row in waiting] == [first, second]
    (row, other) = waiting
    assert (row.text, row.owner, row.due_on, row.overdue) == (
        "等候太久",
        "郑管理",
        "2026-11-25",
        False,
    )
    assert (other.owner, other.due_on, other.overdue) == ("李前台", "2026-11-27", False)
    assert open_complaints(clinic.db, "2026-11-26")[0].overdue
    with pytest.raises(RuleError, match="处理结果"):
        close_complaint(member_admin, complaint_id=first, outcome=" ")
    with pytest.raises(RuleError, match="没有这项权限"):
        close_complaint(frontdesk, complaint_id=first, outcome="x")
    close_complaint(member_admin, complaint_id=first, outcome="已当面致歉")
    with pytest.raises(RuleError, match="未结的投诉"):
        close_complaint(member_admin, complaint_id=first, outcome="x")
    rows = complaints_of(clinic.db, "2026-11-26", who)
    assert [(row.id, row.open, row.outcome, row.closed_on, row.overdue) for row in rows] == [
        (second, True, "", None, True), (first, False, "已当面致歉", TODAY, False),
    ]  # fmt: skip


def test_r025_what_a_complaint_must_say(clinic, frontdesk, who):
    good = {"person_id": who, "text": "x"}
    for wrong, sentence in (
        ({"text": " "}, "投诉内容"),
        ({"due_on": "2026-11-19"}, "今天或以后"),
        ({"due_on": "11-19"}, "今天或以后"),
        ({"owner_id": 99}, "责任人"),
        ({"person_id": 99}, "有效档案"),
    ):
        with pytest.raises(RuleError, match=sentence):
            open_complaint(frontdesk, **{**good, **wrong})


def test_e67_goodwill_points_are_given_for_a_complaint(clinic, frontdesk, member_admin, who):
    good = {"person_id": who, "points": 100, "reason_code": "goodwill", "text": "赔礼"}
    with pytest.raises(RuleError, match="须关联一条投诉"):
        adjust_points(member_admin, **good)
    stranger = complain(frontdesk, person(frontdesk))
    with pytest.raises(RuleError, match="不是这位顾客"):
        adjust_points(member_admin, complaint_id=stranger, **good)
    mine = complain(frontdesk, who)
    given = adjust_points(member_admin, complaint_id=mine, **good)
    again = adjust_points(member_admin, complaint_id=mine, **{**good, "points": 20})
    reverse_adjustment(member_admin, entry_id=again.entry_id, text="多给")
    (row,) = complaints_of(clinic.db, TODAY, who)
    assert row.points == 100
    assert clinic.db.execute_sql(
        "SELECT complaint_id FROM points_entry WHERE id = ?", (given.entry_id,)
    ).fetchone() == (mine,)
    close_complaint(member_admin, complaint_id=mine, outcome="已赔礼")
    with pytest.raises(RuleError, match="未结的投诉"):
        adjust_points(member_admin, complaint_id=mine, **good)
    assert points_ledger(clinic.db, who)[0].balance == 100


def test_e67_a_gift_of_compensation_is_given_for_a_complaint(clinic, frontdesk, member_admin, who):
    good = {
        "person_id": who, "kind": "gift", "name": "电动牙刷", "reason": "compensation",
        "value_fen": 100_00,
    }  # fmt: skip
    with pytest.raises(RuleError, match="须关联一条投诉"):
        give_award(member_admin, **good)
    mine = complain(frontdesk, who)
    give_award(member_admin, complaint_id=mine, **good)
    two = give_award(
        member_admin, complaint_id=mine,
        **{**good, "kind": "coupon", "name": "洁牙券", "quantity": 2},
    )  # fmt: skip
    (row,) = complaints_of(clinic.db, TODAY, who)
    assert (row.awards, row.value_fen) == (("电动牙刷", "洁牙券×2"), 300_00)
    void_award(member_admin, award_id=two.award_id, reason="改送礼品")
    (row,) = complaints_of(clinic.db, TODAY, who)
    assert (row.awards, row.value_fen) == (("电动牙刷",), 100_00)
