"""Requests and suggestions: who looks after them, until when, what they were told (R052, R066,
R149)."""

import uuid

import pytest

from models.followup import Request
from services.commands import Tx
from services.errors import RuleError
from services.feedback.request_list import request_row, requests_of
from services.feedback.requests import (
    add_request,
    answer_request,
    assign_request,
    drop_request,
    open_request,
    reopen_request,
)
from services.feedback.voices import count_late, voices
from services.people.merging import merge_people
from tests.conftest import TODAY
from tests.gift_world import add_person, in_command
from tests.money_world import ROLE_IDS, person

ADMIN = ROLE_IDS["member_admin"]


@pytest.fixture
def who(frontdesk):
    return add_person(frontdesk, "M1", "王芳")


def ask(session, text=" 想换周六复诊 ", **more):
    return open_request(session, text=text, **more).request_id


def test_r149_a_request_has_an_owner_and_a_day(clinic, frontdesk, who):
    made = ask(frontdesk, person_id=who)
    row = request_row(clinic.db, TODAY, made)
    assert (row.text, row.kind, row.source, row.state, row.open) == (
        "想换周六复诊", "request", "desk", "open", True,
    )  # fmt: skip
    assert (row.owner, row.staff, row.due_on, row.number, row.name) == (
        "李前台", "李前台", "2026-11-27", "M1", "王芳",
    )  # fmt: skip
    assert (row.overdue, row.closed_on, row.answer) == (False, None, "")
    assert request_row(clinic.db, "2026-11-28", made).overdue
    assert request_row(clinic.db, TODAY, 99) is None


def test_r066_the_message_board_knows_no_names(clinic, marketing):
    made = ask(marketing, "希望有饮水机", kind="suggestion", source="board")
    row = request_row(clinic.db, TODAY, made)
    assert (row.person_id, row.number, row.name, row.kind) == (None, "", "未留姓名", "suggestion")
    done = answer_request(marketing, request_id=made, answer="已添置")
    assert (done.person_id, done.changes.person_id) == (None, None)


def test_r149_a_call_writes_one_down_inside_its_own_command(clinic, frontdesk, who):
    def call(tx: Tx) -> int:
        return add_request(
            tx, person_id=who, text="要病历复印件", owner_id=ADMIN, due_on=TODAY, call_seq=tx.seq
        )

    made = in_command(frontdesk, call)
    (row,) = requests_of(clinic.db, TODAY, who)
    assert (row.id, row.source, row.owner, row.due_on) == (made, "call", "郑管理", TODAY)
    assert clinic.db.scalar(Request.select(Request.call_seq)) == clinic.db.scalar(
        Request.select(Request.seq)
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": " "}, "要求或建议"),
        ({"text": "长" * 2001}, "最多写 2000 个字"),
        ({"kind": "wish"}, "要求还是建议"),
        ({"source": "moon"}, "从哪里来"),
        ({"person_id": 99}, "有效档案"),
        ({"owner_id": 99}, "责任人"),
        ({"due_on": "2026-11-19"}, "今天或以后"),
        ({"due_on": "20-11"}, "今天或以后"),
        ({"due_on": "2028-01-01"}, "最长一年"),
    ],
)
def test_r149_what_a_request_must_say(frontdesk, wrong, sentence):
    with pytest.raises(RuleError, match=sentence):
        open_request(frontdesk, **{"text": "x", **wrong})


def test_r149_handed_over_answered_and_opened_again(clinic, clock, frontdesk, member_admin, who):
    made = ask(frontdesk, person_id=who)
    with pytest.raises(RuleError, match="已经由李前台负责"):
        assign_request(frontdesk, request_id=made, owner_id=ROLE_IDS["frontdesk"])
    with pytest.raises(RuleError, match="今天或以后"):
        assign_request(frontdesk, request_id=made, owner_id=ADMIN, due_on="2026-11-01")
    assign_request(frontdesk, request_id=made, owner_id=ADMIN)
    assign_request(frontdesk, request_id=made, owner_id=ADMIN, due_on="2026-11-23")
    row = request_row(clinic.db, TODAY, made)
    assert (row.owner_id, row.due_on) == (ADMIN, "2026-11-23")
    with pytest.raises(RuleError, match="还没有答复"):
        reopen_request(member_admin, request_id=made, reason="x")
    with pytest.raises(RuleError, match="怎样答复"):
        answer_request(frontdesk, request_id=made, answer=" ")
    answer_request(frontdesk, request_id=made, answer="已改到周六")
    for again in (
        lambda: answer_request(frontdesk, request_id=made, answer="x"),
        lambda: drop_request(member_admin, request_id=made, reason="x"),
        lambda: assign_request(frontdesk, request_id=made, owner_id=ADMIN),
    ):
        with pytest.raises(RuleError, match=r"已经办结\(已答复\)"):
            again()
    clock.day = "2026-11-30"
    with pytest.raises(RuleError, match="为什么重新打开"):
        reopen_request(member_admin, request_id=made, reason=" ")
    reopen_request(member_admin, request_id=made, reason="周六没有号")
    row = request_row(clinic.db, "2026-11-30", made)
    assert (row.open, row.due_on, row.closed_on) == (True, "2026-12-07", None)
    answer_request(frontdesk, request_id=made, answer="改到周日")
    assert request_row(clinic.db, "2026-11-30", made).answer.splitlines() == [
        "2026-11-20 已答复：已改到周六", "2026-11-30 重新打开：周六没有号", "改到周日",
    ]  # fmt: skip


def test_r052_what_will_not_be_done_says_why(clinic, frontdesk, member_admin):
    made = ask(frontdesk, "要免费停车")
    with pytest.raises(RuleError, match="没有这项权限"):
        drop_request(frontdesk, request_id=made, reason="x")
    with pytest.raises(RuleError, match="为什么不办"):
        drop_request(member_admin, request_id=made, reason="")
    drop_request(member_admin, request_id=made, reason="门口没有车位")
    row = request_row(clinic.db, TODAY, made)
    assert (row.state, row.answer, row.open) == ("dropped", "门口没有车位", False)
    with pytest.raises(RuleError, match="没有找到这条要求"):
        answer_request(frontdesk, request_id=99, answer="x")


def test_e2_the_same_form_counts_once(clinic, frontdesk, who):
    op = uuid.uuid4()
    first = open_request(frontdesk.once(op), text="x", person_id=who)
    assert open_request(frontdesk.once(op), text="x", person_id=who) == first
    assert len(voices(clinic.db, TODAY)) == 1


def test_e62_a_merged_record_speaks_through_its_survivor(clinic, frontdesk, member_admin, who):
    other = person(frontdesk)
    ask(frontdesk, person_id=other)
    merge_people(member_admin.confirming("two_names"), survivor_id=who, merged_id=other)
    (row,) = requests_of(clinic.db, TODAY, who)
    assert (row.person_id, row.name) == (who, "王芳")
    assert ask(frontdesk, "再问一次", person_id=other)
    assert requests_of(clinic.db, TODAY, who)[0].person_id == who


def test_r052_overdue_first_then_by_day_and_mine(clinic, clock, frontdesk, member_admin, who):
    late = ask(frontdesk, "晚", due_on="2026-11-21")
    far = ask(frontdesk, "远", person_id=who, owner_id=ADMIN, due_on="2026-12-20")
    near = ask(frontdesk, "近", kind="suggestion", due_on="2026-11-25")
    gone = ask(frontdesk, "完")
    answer_request(frontdesk, request_id=gone, answer="好")
    clock.day = today = "2026-11-23"
    db = clinic.db

    def shown(which, **more):
        return [row.id for row in voices(db, today, which, **more)]

    assert shown("open") == [late, near, far]
    assert shown("late") == [late]
    assert shown("mine", staff_id=ADMIN) == [far]
    assert shown("all") == [late, near, far, gone]
    assert shown("open", kinds=("suggestion",)) == [near]
    assert shown("open", kinds=("complaint",)) == []
    assert shown("all", most=2) == [near, gone]
    assert voices(db, today)[0].key == ("request", late)
    assert count_late(db, today, 9) == (0, 1)
