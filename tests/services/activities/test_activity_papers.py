"""活动效果 as a report and the 签到表 on paper (R012)."""

from __future__ import annotations

from services.activities.costs import add_cost
from services.activities.door import attend
from services.activities.planning import cancel_activity, hold_activity
from services.activities.sign_up import sign_up
from services.forms import activity_sheet as sheets
from services.forms.activity_sheet import activity_sheet
from services.forms.paper import Grid, texts
from tests.activity_world import opened, planned
from tests.conftest import TODAY
from tests.desk_world import change, person
from tests.services.reports.world import report, rows


def test_r012_the_report_tells_what_came_of_it(clinic, frontdesk, billing, member_admin):
    first = opened(
        member_admin, day=TODAY, companions=1, capacity=9, gift_name="牙刷", gift_fen=500
    )
    planned(member_admin, day=TODAY)
    off = opened(member_admin, day=TODAY, name="郊游", kind="outing")
    one, two = person(frontdesk, "M1", "王小明"), person(frontdesk, "M2", "李四")
    sign_up(frontdesk, activity_id=first, person_id=two)
    attend(frontdesk, activity_id=first, person_id=one, companions=1)
    hold_activity(member_admin, activity_id=first)
    add_cost(billing, activity_id=first, what="场地", amount_fen=1_000, document="FP-9")
    add_cost(billing, activity_id=off, what="订金", amount_fen=2_000)
    cancel_activity(member_admin, activity_id=off, reason="下雨")
    found = report(clinic, "activities", "2026-01-01", "2026-12-31")
    assert rows(found, "活动效果") == [
        [TODAY, "护牙讲座", "健康讲座", "已办，待总结", 0, 1, 1, 2, 500, 2, 1,
         1000, 0, 0, 1, 500, 1500, 750, 0, 0],
    ]  # fmt: skip
    assert rows(found, "活动费用") == [
        [TODAY, "护牙讲座", TODAY, "场地", "FP-9", 1000],
        [TODAY, "郊游", TODAY, "订金", "", 2000],
    ]
    assert found.sheets[0].sheet.chart is not None
    empty = report(clinic, "activities", "2025-01-01", "2025-12-31")
    assert empty.sheets[0].sheet.chart is None


def test_r012_the_sheet_to_sign_on_is_masked(clinic, frontdesk, marketing, monkeypatch):
    first = opened(marketing, day=TODAY, capacity=2, companions=1, place="二楼会议室")
    one, two, three = (person(frontdesk, f"M{n}", f"王小明{n}") for n in range(3))
    change(frontdesk, one, phone="13812348000")
    sign_up(frontdesk, activity_id=first, person_id=one)
    sign_up(frontdesk, activity_id=first, person_id=two)
    sign_up(frontdesk, activity_id=first, person_id=three)
    attend(frontdesk, activity_id=first, person_id=two)
    paper = activity_sheet(clinic.db, first)
    (grid,) = [block for block in paper.blocks if isinstance(block, Grid)]
    assert [row[1:6] for row in grid.rows] == [
        ("M0", "王***", "138****8000", "", ""),
        ("M1", "王***", "", "", "已签到"),
        ("M2", "王***", "", "", "候补"),
    ]
    assert "王小明0" not in "".join(texts(paper))
    assert "二楼会议室" in texts(paper)
    monkeypatch.setattr(sheets, "MOST", 2)
    assert "另有 1 位没有印在这张表上。" in texts(activity_sheet(clinic.db, first))
    assert "不限" in texts(activity_sheet(clinic.db, planned(marketing)))
