"""会员管理员报表: what was, came and went is what is (R150)."""

from __future__ import annotations

import random

import pytest

from models.ledgers import Standing
from services.feedback.complaints import close_complaint, open_complaint
from services.followups.calls import create_task, log_call
from services.gifts.handout import issue_gift, return_gift
from services.loyalty.points import adjust_points
from services.loyalty.receipts import refund
from services.memberships.ending import leave_membership
from services.people.merging import merge_people
from services.reports.movements import movements
from services.reports.posted import posted
from tests import gift_world as world
from tests.money_world import member, pay, person, sign, variant
from tests.services.reports.world import report, rows, sheet
from tests.services.test_verify import tamper

NOVEMBER = ("2026-11-01", "2026-11-30")


def test_r150_members_by_tier_before_and_after(clinic, clock, frontdesk, director):
    stays, climbs, leaves = (member(frontdesk, 2000) for _ in range(3))
    clock.day = "2026-12-01"
    pay(frontdesk, climbs, 5000)
    member(frontdesk, 20_000)
    leave_membership(frontdesk, person_id=leaves, reason="搬家")
    short = member(frontdesk, 5000)
    leave_membership(frontdesk, person_id=short, reason="误登")
    found = report(clinic, "admin-monthly", "2026-12-01", "2026-12-31")
    assert rows(found, "会员数") == [
        ["医院方案A", "普通会员", 3, 0, 0, 0, 1, 1, 1],
        ["医院方案A", "高级会员", 0, 1, 1, 0, 0, 1, 1],
        ["医院方案A", "钻石VIP会员", 0, 1, 0, 0, 0, 0, 1],
    ]
    assert sheet(found, "会员数").totals[2:] == (3, 2, 1, 0, 1, 2, 3)
    chart = sheet(found, "会员数").sheet.chart
    assert chart.labels == ("普通会员", "高级会员", "钻石VIP会员")
    assert chart.series == (("期末", (1, 1, 1)),)
    before = rows(report(clinic, "admin-monthly", *NOVEMBER), "会员数")
    assert before == [["医院方案A", "普通会员", 0, 3, 0, 0, 0, 0, 3]]
    assert stays
    assert director


def test_r150_a_fall_is_a_move_down(clinic, clock, frontdesk, member_admin):
    one = member(frontdesk, 1500)
    receipt = pay(frontdesk, one, 5000).receipt_id
    clock.day = "2026-12-01"
    refund(frontdesk, receipt_id=receipt, amount_fen=400_000, reason="多收")
    found = report(clinic, "admin-monthly", "2026-12-01", "2026-12-31")
    assert rows(found, "会员数") == [
        ["医院方案A", "普通会员", 0, 0, 0, 1, 0, 0, 1],
        ["医院方案A", "高级会员", 1, 0, 0, 0, 1, 0, 0],
    ]


def test_r150_whatever_happens_the_sums_agree_and_end_in_the_standings(
    clinic, clock, frontdesk, director, member_admin
):
    choose = random.Random(7)
    sign(director, variant(), "2026-11-25")
    people = []
    for day in range(20, 31):
        clock.day = f"2026-11-{day}"
        people.append(member(frontdesk, choose.choice((2000, 5000, 10_000))))
        for _ in range(3):
            one = choose.choice(people)
            step = choose.randrange(4)
            if step == 0:
                leave_membership(frontdesk, person_id=one, reason="搬家")
                people.remove(one)
                people.append(member(frontdesk, 2000))
            elif step == 1 and len(people) > 3:
                other = choose.choice([each for each in people if each != one])
                asked = ("two_names", "two_memberships", "once_twice", "two_birthdays")
                merge_people(member_admin.confirming(*asked), survivor_id=one, merged_id=other)
                people.remove(other)
            else:
                pay(frontdesk, one, choose.choice((500, 3000, 9000)))
    for first, last in ((20, 24), (25, 30), (22, 22)):
        span = posted(clinic.db, f"2026-11-{first}", f"2026-11-{last}")
        for found in movements(clinic.db, span).values():
            gained = found["joined"] + found["up"] + found["down"] - found["out"] - found["left"]
            assert found["before"] + gained == found["after"]
    ends = movements(clinic.db, posted(clinic.db, "2026-11-25", "2026-11-30"))
    held = clinic.db.rows(
        Standing.select(Standing.rank).where(Standing.member == 1).order_by(Standing.rank)
    )
    ours = sorted(rank for (_, rank), found in ends.items() for _ in range(found["after"]))
    assert ours == [row[0] for row in held]


def test_r150_points_gained_redeemed_and_taken(clinic, clock, frontdesk, member_admin):
    one = member(frontdesk, 2000)
    receipt = pay(frontdesk, one, 300).receipt_id
    adjust_points(member_admin, person_id=one, points=40, reason_code="mistake", text="补录")
    adjust_points(member_admin, person_id=one, points=-15, reason_code="mistake", text="多录")
    refund(frontdesk, receipt_id=receipt, amount_fen=10_000, reason="多收")
    found = report(clinic, "admin-weekly", "2026-11-16", "2026-11-22")
    assert rows(found, "积分合计") == [["医院方案A", 2340, 0, 0, 0, 115, 2225]]


def test_r150_gifts_due_handed_out_and_waiting(clinic, clock, billing, marketing):
    gift = world.add_gift(marketing)
    world.stocked(marketing, gift, 5, 5)
    first = world.add_member(billing, "M1", spend_yuan=2000)
    second = world.add_member(billing, "M2", spend_yuan=2000)
    world.add_member(billing, "M3", spend_yuan=2000)
    issue_gift(billing, grant_id=world.gift_grant(clinic, first), gift_id=gift)
    back = issue_gift(billing, grant_id=world.gift_grant(clinic, second), gift_id=gift)
    return_gift(billing, issue_id=back.issue_id, sellable=True, reason="不要")
    found = report(clinic, "admin-weekly", "2026-11-16", "2026-11-22")
    lines = rows(found, "礼品")
    assert lines[0] == ["等级", 3, 2, 1, 2]
    assert [line[1:] for line in lines[1:]] == [[0, 0, 0, 0]] * 7
    later = report(clinic, "admin-weekly", "2026-11-09", "2026-11-15")
    assert rows(later, "礼品")[0] == ["等级", 0, 0, 0, 0]


def test_r150_calls_complaints_and_suggestions(clinic, clock, frontdesk, member_admin):
    one = member(frontdesk, 2000)
    tasks = [
        create_task(frontdesk, person_id=one, due_on="2026-11-20", subject=subject).task_id
        for subject in ("问复查", "问满意度", "问礼品")
    ]
    log_call(
        frontdesk,
        person_id=one,
        task_ids=(tasks[0], tasks[1]),
        outcome="request",
        satisfaction=4,
        note="想换下午",
        next_on="2026-11-27",
    )
    log_call(frontdesk, person_id=one, task_ids=(tasks[2],), outcome="no_answer")
    first = open_complaint(frontdesk, person_id=one, text="等太久", due_on="2026-11-20")
    open_complaint(frontdesk, person_id=one, text="停车难")
    late = open_complaint(frontdesk, person_id=one, text="太吵", due_on="2026-11-21")
    close_complaint(member_admin, complaint_id=first.complaint_id, outcome="已道歉")
    clock.day = "2026-11-24"
    found = report(clinic, "admin-weekly", "2026-11-16", "2026-11-22")
    assert rows(found, "回访完成")[2] == ["约定和到期", 3, 2, 0, 1, 667, 2, 1, 1, 0, 0]
    assert [line[3:] for line in rows(found, "投诉与建议")] == [
        ["投诉", "等太久", "李前台", "已结案", "已道歉"],
        ["投诉", "停车难", "李前台", "处理中", ""],
        ["投诉", "太吵", "李前台", "已逾期", ""],
        ["要求", "想换下午", "李前台", "未答复", ""],
    ]
    assert late


def test_r150_a_membership_of_an_older_file_ended_on_its_day(clinic, clock, frontdesk):
    for _ in range(2):
        one = member(frontdesk, 2000)
        leave_membership(frontdesk, person_id=one, reason="搬家")
    tamper(clinic.db, "UPDATE membership SET end_seq = NULL")
    found = movements(clinic.db, posted(clinic.db, *NOVEMBER))
    assert [dict(each) for each in found.values()] == [{"joined": 2, "left": 2}]


@pytest.mark.parametrize("name", ["admin-weekly", "admin-monthly"])
def test_r150_an_empty_clinic_has_a_report_too(clinic, name):
    found = report(clinic, name, *NOVEMBER)
    assert [each.sheet.name for each in found.sheets] == [
        "会员数", "积分合计", "礼品", "回访完成", "投诉与建议",
    ]  # fmt: skip
    assert found.sheets[4].count == 0


def test_e62_two_records_of_one_member_count_once(clinic, frontdesk, member_admin):
    survivor, other = person(frontdesk), member(frontdesk, 5000)
    merge_people(member_admin.confirming("two_names"), survivor_id=survivor, merged_id=other)
    found = report(clinic, "admin-monthly", *NOVEMBER)
    assert rows(found, "会员数") == [["医院方案A", "高级会员", 0, 1, 0, 0, 0, 0, 1]]
