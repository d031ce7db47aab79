"""Points that moved, that end soon, and what is outstanding (R034, E27, S6-06); fees; leavings."""

from __future__ import annotations

import msgspec
import pytest

from models.ledgers import Standing
from services.desk.daily import catch_up
from services.errors import RuleError
from services.gifts.reconciliation import open_week
from services.loyalty.membership import join
from services.loyalty.receipts import refund
from services.loyalty.redemption import redeem, return_redemption
from services.memberships.ending import cancel_membership
from services.memberships.leaving import prepare_refund, sign_refund
from services.people.merging import merge_people
from services.programmes.registry import preset
from services.reports.friday import week_of
from services.reports.handover import usual_span
from services.reports.paper import as_paper
from services.reports.registry import find
from services.reports.sheet import Ask
from services.reports.workbook import file_name
from tests.gift_world import add_gift, count_all, stocked
from tests.money_world import member, pay, person, sign
from tests.services.memberships.world import NAME, payer, with_programme, word
from tests.services.reports.world import column, report, rows, sheet

WEEK = ("2026-11-16", "2026-11-22")


@pytest.fixture
def spending(director):
    """医院方案B as the clinic's main programme, 100 points a yuan, living two months."""
    programme = preset("医院方案B")
    points = msgspec.structs.replace(programme.points, per_yuan_off=100, expiry_months=2)
    sign(director, msgspec.structs.replace(programme, name="医院方案A", points=points))


@pytest.fixture
def one(spending, frontdesk, marketing):
    stocked(marketing, add_gift(marketing), warehouse=0, desk=20)
    who = person(frontdesk)
    pay(frontdesk, who, 8000)
    join(frontdesk, person_id=who, benefits_explained=True)
    return who


def test_r034_every_entry_of_the_week_and_what_it_comes_to(clinic, clock, frontdesk, one):
    bought = redeem(frontdesk, person_id=one, item_key="b.gift10")
    back = redeem(frontdesk, person_id=one, item_key="b.gift10")
    return_redemption(frontdesk, redemption_id=back.redemption_id, reason="点错")
    receipt = pay(frontdesk, one, 500)
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=10_000, reason="多收")
    found = report(clinic, "points", *WEEK)
    cost = bought.points
    assert rows(found, "积分合计") == [
        ["医院方案A", 8500, cost, 2 * cost, 0, 100, 8400 - cost],
    ]
    entries = rows(found, "积分变动")
    assert [(line[4], line[5]) for line in entries] == [
        ("消费得分", 8000),
        ("兑换", -cost),
        ("兑换", -cost),
        ("退回", cost),
        ("消费得分", 500),
        ("退款冲回", -100),
    ]
    assert entries[0][6] == "2027-01-20"
    assert sheet(found, "积分变动").totals[5] == 8400 - cost
    assert rows(report(clinic, "points", "2026-11-09", "2026-11-15"), "积分变动") == []


def test_r144_the_friday_report_sets_documents_beside_the_ledger(clinic, frontdesk, one):
    cost = redeem(frontdesk, person_id=one, item_key="b.gift10").points
    found = report(clinic, "friday", *WEEK)
    (line,) = rows(found, "积分对照")
    assert line[1:] == [1, cost, cost, 0]
    assert column(found, "收发存", "账面") == [0, 20]
    assert "核对日 2026-11-20" in found.sheets[0].sheet.notes[0]
    assert week_of(Ask("2026-11-16", "2026-11-18", "2026-11-20")) == "2026-11-20"
    assert (found.ask.first, found.ask.last) == ("2026-11-14", "2026-11-20")  # the week's own
    assert "期间 2026-11-14 至 2026-11-20" in as_paper(clinic.db, found).subject
    assert file_name(found.report, found.ask) == "周五核对_2026-11-14_2026-11-20"
    with pytest.raises(RuleError, match="一次只看一周，请选不超过七天"):
        report(clinic, "friday", "2026-11-13", "2026-11-20")
    assert usual_span(clinic.db, find("friday"), "2026-11-20") == ("2026-11-14", "2026-11-20")


def test_e51_while_it_is_counted_the_friday_report_says_nothing_to_be_found(
    clinic, marketing, director, one
):
    opened = open_week(marketing).reconciliation_id
    found = report(clinic, "friday", "2026-11-14", "2026-11-20")
    assert all(line[5:15] == [None] * 10 for line in rows(found, "收发存"))
    assert sheet(found, "收发存").totals == ()
    assert "盲点" in found.sheets[0].sheet.notes[1]
    count_all(marketing, opened)
    assert column(report(clinic, "friday", "2026-11-14", "2026-11-20"), "收发存", "差异") == [0, 0]


def test_e27_lots_that_end_within_thirty_sixty_and_ninety_days(clinic, clock, frontdesk, one):
    found = report(clinic, "points", *WEEK)
    assert [line[2:] for line in rows(found, "即将到期")] == [
        ["医院方案A", "2027-01-20", 61, 0, 0, 8000]
    ]
    clock.day = "2026-12-25"
    found = report(clinic, "points", *WEEK)
    assert [line[4:] for line in rows(found, "即将到期")] == [[26, 8000, 8000, 8000]]
    assert sheet(found, "即将到期").totals[5:] == (8000, 8000, 8000)


def test_s6_outstanding_points_roll_forward_to_what_they_may_cost(
    clinic, clock, frontdesk, member_admin, one
):
    cost = redeem(frontdesk, person_id=one, item_key="b.gift10").points
    clock.day = "2026-12-05"
    pay(frontdesk, one, 101)
    clock.day = "2027-01-04"
    pay(frontdesk, one, 50)
    clock.day = "2027-01-25"
    catch_up(frontdesk)
    found = rows(report(clinic, "liability", "2026-12-01", "2026-12-31"), "未兑换积分")
    left = 8000 - cost
    assert found == [
        ["医院方案A", left, 101, 0, 0, 0, 0, left + 101, 0, left + 101, left + 101],
    ]
    (line,) = rows(report(clinic, "liability", "2027-01-01", "2027-01-31"), "未兑换积分")
    assert line[1:8] == [left + 101, 50, 0, 0, left, 0, 151]
    available = clinic.db.scalar(Standing.select(Standing.available))
    assert line[7] == available


def test_s6_points_that_only_count_cost_nothing_and_a_merge_changes_no_sum(
    clinic, frontdesk, member_admin
):
    survivor, other = member(frontdesk, 3000), person(frontdesk)
    pay(frontdesk, other, 700)
    merge_people(member_admin.confirming("two_names"), survivor_id=survivor, merged_id=other)
    (line,) = rows(report(clinic, "liability", *WEEK), "未兑换积分")
    assert line == ["医院方案A", 0, 3700, 0, 0, 0, 0, 3700, 0, 3700, 0]


def test_s6_a_deficit_stands_beside_what_others_may_redeem(clinic, clock, frontdesk, one):
    """It used to be taken off: but what one person owes cannot be claimed from what the clinic owes
    another, so the liability is that of the points that can be redeemed."""
    other = person(frontdesk)
    pay(frontdesk, other, 300)
    receipt = pay(frontdesk, one, 2000)
    for _ in range(9):
        redeem(frontdesk, person_id=one, item_key="b.gift10")
    spent = clinic.db.scalar(Standing.select(Standing.available).where(Standing.person_id == one))
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=200_000, reason="退")
    owed = clinic.db.scalar(Standing.select(Standing.deficit).where(Standing.person_id == one))
    assert owed == 2000 - spent > 0
    (line,) = rows(report(clinic, "liability", *WEEK), "未兑换积分")
    assert line[7:] == [300 - owed, owed, 300, 300]
    clock.day = "2026-12-05"
    pay(frontdesk, one, 5000)  # later days do not change what the week ended with
    assert rows(report(clinic, "liability", *WEEK), "未兑换积分") == [line]


# -- fees ------------------------------------------------------------------------------------


def test_r059_fees_by_month_of_every_programme_that_took_any(clinic, clock, frontdesk, director):
    assert rows(report(clinic, "fee-income", "2026-01-01", "2026-12-31"), "会费递延") == []
    payer(frontdesk, with_programme(director))
    found = report(clinic, "fee-income", "2026-10-01", "2026-12-31")
    assert [each.sheet.name for each in found.sheets] == [NAME]
    assert rows(found, NAME) == [["2026-10", 0, 0, 0], ["2026-11", 36_500, 1100, 35_400]]
    assert found.sheets[0].totals == ("", 36_500, 1100, "")
    assert found.sheets[0].sheet.chart.series == (("月末递延(元)", (0, 354)),)


def test_r059_a_retired_programme_keeps_its_fee_income(clinic, frontdesk, director):
    payer(frontdesk, with_programme(director))
    clinic.db.execute_sql("UPDATE programme SET state = 'retired' WHERE name = ?", (NAME,))
    found = report(clinic, "fee-income", "2026-11-01", "2026-11-30")
    assert rows(found, NAME) == [["2026-11", 36_500, 1100, 35_400]]


# -- leaving ---------------------------------------------------------------------------------


def test_r108_who_left_with_fee_refund_and_reckoning(clinic, clock, frontdesk, billing, director):
    scheme = with_programme(director)
    who = payer(frontdesk, scheme).person_id
    other = member(frontdesk, 2000)
    clock.day = "2026-12-01"
    case = prepare_refund(
        billing,
        person_id=who,
        programme_id=scheme,
        fault="member",
        reason="搬到外地",
        method="remaining",
    )
    sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"), payment="现金")
    cancel_membership(director, person_id=other, reason="冒用")
    found = report(clinic, "leavings", "2026-12-01", "2026-12-31")
    assert [line[2:] for line in rows(found, "退会")] == [
        [
            NAME, "2026-11-20", "2026-12-01", "退会", "搬到外地", 36_500, case.amount_fen,
            "按剩余期限", "周收费", "郑管理",
        ],
        ["医院方案A", "2026-11-20", "2026-12-01", "取消资格", "冒用", 0, 0, "", "", ""],
    ]  # fmt: skip
    assert found.sheets[0].totals[7:9] == (36_500, case.amount_fen)
    assert rows(report(clinic, "leavings", *WEEK), "退会") == []
