"""The month's tiers and unclaimed gifts, and the calls made of them (R138, S18-19)."""

from __future__ import annotations

import pytest

from models.followup import FollowupTask
from services.errors import RuleError
from services.gifts.handout import issue_gift
from services.loyalty.receipts import post_receipt, refund
from services.loyalty.tier_notices import tell_tier
from services.people.merging import merge_people
from services.reports.calls import make_calls
from services.reports.registry import MONTH
from tests import gift_world as world
from tests.money_world import member, pay, person
from tests.services.reports.world import column, report, rows

NOVEMBER = ("2026-11-01", "2026-11-30")


def tasks(clinic):
    return clinic.db.rows(
        FollowupTask.select(
            FollowupTask.person_id, FollowupTask.rule, FollowupTask.cycle, FollowupTask.due_on
        ).order_by(FollowupTask.id)
    )


def test_r138_who_reached_which_tier_and_who_told_them(clinic, clock, frontdesk):
    one = member(frontdesk, 3000)
    notice = clinic.db.execute_sql("SELECT id FROM tier_notice WHERE post = 'frontdesk'").fetchone()
    clock.day = "2026-11-21"
    tell_tier(frontdesk, notice_id=notice[0])
    pay(frontdesk, one, 5000)
    clock.day = "2026-12-01"
    post_receipt(frontdesk, person_id=one, amount_fen=1_500_000, occurred_on="2026-11-30")
    found = rows(report(clinic, MONTH, *NOVEMBER), "达标")
    assert [line[2:] for line in found] == [
        [1, "2026-11-20", "医院方案A", "", "普通会员", "单笔", "2026-11-21", None, ""],
        [1, "2026-11-21", "医院方案A", "普通会员", "高级会员", "单笔", None, None, ""],
    ]
    later = report(clinic, MONTH, "2026-12-01", "2026-12-31")
    (line,) = rows(later, "达标")  # written in December, for a day of November
    assert (line[3], line[6]) == ("2026-11-30", "VIP会员")


def test_r138_gifts_that_wait_with_their_days_and_calls(clinic, clock, billing, marketing):
    gift = world.add_gift(marketing)
    world.stocked(marketing, gift, 5, 5)
    first = world.add_member(billing, "M1", "欧阳锋", 2000)
    second = world.add_member(billing, "M2", "李明", 8000)
    issue_gift(billing, grant_id=world.gift_grant(clinic, first), gift_id=gift)
    clock.day = "2026-12-10"
    world.add_member(billing, "M3", "赵新", 2000)  # due after November
    clock.day = "2026-12-25"
    found = report(clinic, MONTH, *NOVEMBER)
    assert rows(found, "未领礼品") == [
        ["M2", "李*", "高级会员", "口腔保健礼品(50元档)", 5000, "2026-11-20", 35, 5, ""]
    ]
    assert found.sheets[1].totals[4] == 5000
    assert second


def test_r138_the_calls_are_made_once(clinic, clock, frontdesk):
    one, two = member(frontdesk, 2000), member(frontdesk, 8000)
    clock.day = "2026-12-01"
    done = make_calls(frontdesk, first=NOVEMBER[0], last=NOVEMBER[1])
    assert (done.listed, done.made) == (2, 2)  # not yet overdue, and called about all the same
    assert [(row[0], row[1], row[3]) for row in tasks(clinic)] == [
        (one, "unclaimed_gift", "2026-12-01"),
        (two, "unclaimed_gift", "2026-12-01"),
    ]
    again = make_calls(frontdesk, first=NOVEMBER[0], last=NOVEMBER[1])
    assert (again.listed, again.made) == (2, 0)
    clinic.db.execute_sql("UPDATE followup_task SET state = 'done'")
    assert make_calls(frontdesk, first=NOVEMBER[0], last=NOVEMBER[1]).made == 0  # E66
    assert len(tasks(clinic)) == 2
    with pytest.raises(RuleError, match="对调"):
        make_calls(frontdesk, first=NOVEMBER[1], last=NOVEMBER[0])


def test_r138_nothing_waits_and_nobody_is_called(clinic, frontdesk):
    done = make_calls(frontdesk, first="2026-11-01", last="2026-11-30")
    assert (done.listed, done.made) == (0, 0)


def test_e62_a_merged_person_is_listed_once(clinic, frontdesk, member_admin):
    survivor, other = person(frontdesk), member(frontdesk, 2000)
    merge_people(member_admin.confirming("two_names"), survivor_id=survivor, merged_id=other)
    found = report(clinic, MONTH, *NOVEMBER)
    (number,) = set(column(found, "达标", "会员号"))
    assert column(found, "未领礼品", "会员号") == [number]


def test_r138_a_tier_taken_back_in_the_meantime_is_marked_and_not_counted(clinic, clock, frontdesk):
    one = member(frontdesk, 2000)
    receipt = pay(frontdesk, one, 6000)
    clock.day = "2026-12-01"
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=600_000, reason="没有做")
    found = report(clinic, MONTH, *NOVEMBER)
    assert column(found, "达标", "备注") == ["", "已退回 2026-12-01"]
    assert column(found, "达标", "新等级") == ["普通会员", "高级会员"]
    assert found.sheets[0].totals[2] == 1
    clock.day = "2026-12-02"
    pay(frontdesk, one, 6000)
    again = report(clinic, MONTH, "2026-12-01", "2026-12-31")
    assert column(again, "达标", "备注") == [""]  # reached anew: counts in its own month


def test_e62_a_tier_both_records_reached_counts_once(clinic, clock, frontdesk, member_admin):
    survivor, other = member(frontdesk, 2000), member(frontdesk, 2100)
    receipt = pay(frontdesk, other, 6000)
    clock.day = "2026-12-01"
    merge_people(
        member_admin.confirming("two_names", "two_memberships"),
        survivor_id=survivor,
        merged_id=other,
    )
    found = report(clinic, MONTH, *NOVEMBER)
    assert column(found, "达标", "新等级") == ["普通会员", "高级会员"]
    assert found.sheets[0].totals[2] == 2
    december = report(clinic, MONTH, "2026-12-01", "2026-12-31")
    assert rows(december, "达标") == []  # the merge itself brought nobody a tier
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=600_000, reason="没有做")
    found = report(clinic, MONTH, *NOVEMBER)
    assert column(found, "达标", "备注") == ["", "已退回 2026-12-01"]


def test_e62_a_tier_only_two_records_together_reach_is_news(clinic, clock, frontdesk, member_admin):
    survivor, other = member(frontdesk, 3000), member(frontdesk, 3000)
    clock.day = "2026-12-01"
    merge_people(
        member_admin.confirming("two_names", "two_memberships"),
        survivor_id=survivor,
        merged_id=other,
    )
    december = column(report(clinic, MONTH, "2026-12-01", "2026-12-31"), "达标", "新等级")
    assert december == column_of_news(clinic, survivor)


def column_of_news(clinic, person_id):
    """The tiers that the merge itself wrote down for the survivor."""
    found = clinic.db.execute_sql(
        "SELECT to_rank FROM tier_event WHERE person_id = ? AND seq ="
        " (SELECT MAX(seq) FROM audit WHERE action = 'person.merge')",
        (person_id,),
    ).fetchall()
    return [["普通会员", "高级会员", "VIP会员"][rank - 1] for (rank,) in found]
