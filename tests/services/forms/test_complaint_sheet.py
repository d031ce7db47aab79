"""投诉与纠纷处理单: facts, steps, the end, and room for every signature (R151, S19)."""

import pytest

from services.errors import RuleError
from services.feedback.complaint_steps import acknowledge, note_complaint, report_complaint
from services.feedback.complaints import close_complaint, open_complaint
from services.forms.complaint_sheet import blank_complaint_sheet, complaint_sheet
from services.forms.paper import Grid, Pairs, Signatures, texts
from services.loyalty.awards import give_award
from services.loyalty.points import adjust_points
from tests.conftest import TODAY
from tests.desk_world import change
from tests.money_world import member, person


def pairs(paper):
    return {name: text for b in paper.blocks if isinstance(b, Pairs) for name, text in b.rows}


def grid(paper):
    return next(block for block in paper.blocks if isinstance(block, Grid))


def test_r151_the_sheet_tells_the_whole_way(clinic, frontdesk, member_admin):
    who = change(frontdesk, member(frontdesk), phone="13800138000")
    made = open_complaint(
        frontdesk, person_id=who, text="等候太久", topic="waiting", urgent=True
    ).complaint_id
    acknowledge(frontdesk, complaint_id=made, text="已致电")
    report_complaint(frontdesk, complaint_id=made, text="请定补偿")
    adjust_points(
        member_admin, person_id=who, points=100, reason_code="goodwill", text="x",
        complaint_id=made,
    )  # fmt: skip
    give_award(
        member_admin, person_id=who, kind="gift", name="牙刷", reason="compensation",
        value_fen=30_00, complaint_id=made,
    )  # fmt: skip
    close_complaint(member_admin, complaint_id=made, outcome="接受", satisfied=4)
    paper = complaint_sheet(clinic.db, TODAY, made)
    known = pairs(paper)
    assert (paper.number, known["顾客"], known["联系电话"]) == (
        "1",
        "王小明",
        "13800138000",
    )
    assert (known["投诉时等级"], known["类别"], known["优先"]) == ("普通会员", "等候", "紧急")
    assert (known["经过"], known["处理结果"], known["补偿"]) == (
        "等候太久", "接受", "100 积分、牙刷(合 ¥31)",
    )  # fmt: skip
    assert (known["顾客意见"], known["上报院长"]) == ("非常满意", TODAY)
    assert [row[1:3] for row in grid(paper).rows] == [
        ("首次回应", "已致电"), ("上报院长", "请定补偿"), ("结案", "接受"),
    ]  # fmt: skip
    assert grid(paper).blank == 2
    (signs,) = [block for block in paper.blocks if isinstance(block, Signatures)]
    assert "顾客签字" in signs.names
    assert "王小明" not in paper.name


def test_r151_an_open_one_leaves_room(clinic, frontdesk):
    made = open_complaint(frontdesk, person_id=person(frontdesk), text="吵").complaint_id
    for number in range(6):
        note_complaint(frontdesk, complaint_id=made, text=str(number))
    paper = complaint_sheet(clinic.db, TODAY, made)
    known = pairs(paper)
    assert (known["投诉时等级"], known["优先"], known["上报院长"]) == ("非会员", "一般", "未上报")
    assert known["补偿"] == known["处理结果"] == "\n\n"
    assert grid(paper).blank == 0
    with pytest.raises(RuleError, match="没有找到这条投诉"):
        complaint_sheet(clinic.db, TODAY, 99)


def test_r151_closed_without_compensation_says_none(clinic, frontdesk, member_admin):
    made = open_complaint(frontdesk, person_id=person(frontdesk), text="吵").complaint_id
    close_complaint(member_admin, complaint_id=made, outcome="致歉")
    assert pairs(complaint_sheet(clinic.db, TODAY, made))["补偿"] == "无"


def test_an_empty_sheet_to_fill_in_by_hand(clinic):
    paper = blank_complaint_sheet(clinic.db)
    assert set(pairs(paper).values()) == {"", "\n\n"}
    assert (grid(paper).rows, grid(paper).blank) == ((), 5)
    assert "投诉与纠纷处理单" in set(texts(paper))
