"""Visits, services, sources, calls and the weeks side by side."""

from __future__ import annotations

import openpyxl
import pytest

from models.followup import FollowupTask
from services.desk.visits import change_visit, check_in
from services.followups.calls import create_task, log_call
from services.loyalty.receipts import post_receipt, refund, void_receipt
from services.loyalty.service_use import use_service
from services.people.enrolment import PersonForm, enrol
from services.people.merging import merge_people
from services.people.records import add_doctor
from services.reports.calls import make_calls
from services.reports.workbook import write_workbook
from services.vouchers.billing import bill_use
from tests.desk_world import change
from tests.money_world import grant_id, member, pay, person
from tests.services.reports.world import column, report, rows, sheet
from tests.services.vouchers.voucher_world import CLEANING, vip

TODAY = "2026-11-20"
DAY = (TODAY, TODAY)


# -- visits ----------------------------------------------------------------------------------


@pytest.fixture
def doctor(member_admin):
    return add_doctor(member_admin, name="钱医生").doctor_id


def test_the_day_with_waiting_money_and_points(clinic, clock, frontdesk, doctor):
    old = change(frontdesk, person(frontdesk), name="欧阳锋")
    one = member(frontdesk, 2000)
    change(frontdesk, one, sex="F", birthday="1990-11-21", source="公众号", referrer_id=old)
    visit = check_in(frontdesk, person_id=one, doctor_id=doctor)
    clock.time = "09:25:00"
    change_visit(frontdesk, visit_id=visit.visit_id, to_state="called")
    change_visit(frontdesk, visit_id=visit.visit_id, to_state="in_treatment")
    clock.time = "10:00:00"
    again = check_in(frontdesk.confirming("already_here"), person_id=one)
    receipt = post_receipt(
        frontdesk, person_id=one, amount_fen=30_000, billed_fen=50_000, discount_fen=5_000
    )
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=1_000, reason="多收")
    mistake = pay(frontdesk, one, 9)
    void_receipt(frontdesk, receipt_id=mistake.receipt_id, reason="重复")
    found = report(clinic, "visits-day", *DAY)
    headers = [each.header for each in found.sheets[0].sheet.columns]
    assert "日期" not in headers
    first, second = rows(found, "到诊")
    assert first[3:17] == [
        25, "钱医生", "", "", "女", 35, "普通会员", "普通会员", "公众号", "欧阳*", "", "",
        "初诊", "就诊中",
    ]  # fmt: skip
    assert first[17:] == [250_000, 245_000, 229_000, 15_000, 2290]
    assert (second[3], second[16], second[17:]) == (None, "候诊", [0, 0, 0, 0, 0])
    assert rows(found, "按接诊医生") == [["(未定)", 1, 1, 0], ["钱医生", 1, 1, 229_000]]
    assert again


def test_somebody_expected_or_gone_brings_no_money(clinic, frontdesk, doctor):
    one = person(frontdesk)
    visit = check_in(frontdesk, person_id=one)
    pay(frontdesk, one, 100)
    change_visit(frontdesk, visit_id=visit.visit_id, to_state="no_show")
    found = report(clinic, "visits-day", "2026-11-19", TODAY)
    (line,) = rows(found, "到诊")
    assert line[0] == TODAY
    assert line[-5:] == [0] * 5
    assert rows(found, "按接诊医生") == []  # nobody came to anybody
    assert sheet(found, "到诊").totals[2] == 0


def test_e62_the_money_of_both_records_stands_at_the_survivors_visit(
    clinic, frontdesk, member_admin
):
    survivor, other = person(frontdesk), person(frontdesk)
    check_in(frontdesk, person_id=other)
    pay(frontdesk, other, 100)
    pay(frontdesk, survivor, 50)
    merge_people(member_admin.confirming("two_names"), survivor_id=survivor, merged_id=other)
    assert column(report(clinic, "visits-day", *DAY), "到诊", "实收") == [15_000]


# -- services --------------------------------------------------------------------------------


def test_r145_what_is_not_billed_yet(clinic, clock, frontdesk, billing, doctor):
    one, friend = vip(frontdesk), person(frontdesk)
    grant = grant_id(clinic, one, CLEANING)
    use_service(frontdesk, grant_id=grant, beneficiary_id=friend, doctor_id=doctor)
    clock.day = "2026-11-25"
    found = report(clinic, "unbilled", "2026-11-01", "2026-11-30")
    (line,) = rows(found, "未划价")
    assert line[0] == TODAY
    assert line[4:] == ["超声波洁牙(带抛光脱敏)", 1, "钱医生", 0, 5, "李前台", None]
    assert rows(report(clinic, "unbilled", "2026-11-21", "2026-11-30"), "未划价") == []


def test_r142_who_bears_it_and_every_bill_of_a_doctor(clinic, frontdesk, billing, doctor):
    one = vip(frontdesk)
    grant = grant_id(clinic, one, CLEANING)
    first, second = (
        use_service(frontdesk, grant_id=grant, doctor_id=doctor).use_id for _ in range(2)
    )
    bill_use(billing, use_id=first, bill_number="HJ-1", amount_fen=30_000)
    bill_use(billing, use_id=second, bill_number="HJ-2", amount_fen=20_000, borne_by="doctor")
    found = report(clinic, "doctor-cost", "2026-11-01", "2026-11-30")
    assert rows(found, "承担汇总") == [
        ["医生", "钱医生", 1, 20_000],
        ["市场", "", 1, 30_000],
    ]
    (line,) = rows(found, "医生承担明细")
    assert line[5:] == [1, "钱医生", 20_000, "HJ-2", TODAY]
    assert sheet(found, "承担汇总").totals == ("", "", 2, 50_000)


def test_r134_the_years_quotas_that_are_left(clinic, clock, frontdesk):
    one = vip(frontdesk)
    use_service(frontdesk, grant_id=grant_id(clinic, one, CLEANING))
    found = report(clinic, "quotas-left", "2026-01-01", "2026-12-31")
    (line,) = rows(found, "额度未用")
    assert line[2:] == [
        "VIP会员", "超声波洁牙(带抛光脱敏)", TODAY, "2026-12-31", 2, 1, 1, 1, 0,
    ]  # fmt: skip
    clock.day = "2027-01-05"
    (line,) = rows(report(clinic, "quotas-left", "2026-01-01", "2026-12-31"), "额度未用")
    assert line[-3:] == [1, 0, 1]  # what was not used is gone (E48)


# -- where people come from ------------------------------------------------------------------


def test_r051_new_people_by_source_and_referrals(clinic, frontdesk, member_admin):
    old = enrol(frontdesk, form=PersonForm(name="王老", phone="13800138001")).person_id
    new = enrol(
        frontdesk,
        form=PersonForm(name="李新", phone="13800138002", source="老顾客", referrer_id=old),
    ).person_id
    pay(frontdesk, new, 300)
    found = report(clinic, "sources", "2026-11-01", "2026-11-30")
    assert rows(found, "来源") == [
        ["(未填)", 1, 0, 0, 0, 0],
        ["老顾客", 1, 0, 0, 1, 30_000],
    ]
    (line,) = rows(found, "推荐明细")
    assert (line[1], line[3], line[4]) == ("王*", "李*", TODAY)
    assert sum(count for _, count in rows(found, "推荐状态")) == 1
    assert [title for title, _ in rows(found, "推荐状态")] == [
        "已登记", "已消费", "已奖励", "已收回", "不奖励",
    ]  # fmt: skip


# -- calls -----------------------------------------------------------------------------------


def test_r045_completion_and_satisfaction(clinic, frontdesk, billing):
    one, two = person(frontdesk), person(frontdesk)
    tasks = {
        who: [
            create_task(frontdesk, person_id=who, due_on=TODAY, subject=subject).task_id
            for subject in ("甲", "乙")
        ]
        for who in (one, two)
    }
    log_call(frontdesk, person_id=one, task_ids=tuple(tasks[one]), outcome="fine", satisfaction=3)
    log_call(billing, person_id=two, task_ids=(tasks[two][0],), outcome="refused")
    found = report(clinic, "followups", "2026-11-16", "2026-11-22")
    assert rows(found, "回访完成") == [
        ["礼品未领", 0, 0, 0, 0, None, 0, 0, 0, 0, 0],
        ["生日", 0, 0, 0, 0, None, 0, 0, 0, 0, 0],
        ["约定和到期", 4, 2, 1, 1, 500, 2, 1, 0, 1, 0],  # two promises, one call
    ]
    assert sheet(found, "回访完成").totals[5] == 500
    assert rows(found, "回访人") == [
        ["周收费", 1, 0, 0, 0, 1, 0, 0, 0, None, 0, 0, None],
        ["李前台", 1, 1, 0, 0, 0, 1000, 1, 1, 1000, 0, 0, None],  # two reasons, one call
    ]
    assert rows(found, "满意度")[1] == ["满意", 1, 1, 1000]


def test_r149_a_call_about_several_kinds_of_things_is_one_call(clinic, frontdesk):
    one = member(frontdesk, 2000)
    make_calls(frontdesk, first=TODAY, last=TODAY)
    create_task(frontdesk, person_id=one, due_on=TODAY, subject="甲")
    tasks = clinic.db.rows(FollowupTask.select(FollowupTask.id))
    log_call(frontdesk, person_id=one, task_ids=tuple(row[0] for row in tasks), outcome="fine")
    found = report(clinic, "followups", "2026-11-16", "2026-11-22")
    assert column(found, "回访完成", "联系次数") == [1, 0, 1]
    assert sheet(found, "回访完成").totals[6:] == (1, 1, 0, 0, 0)
    assert "每类各算一次，合计只算一次" in sheet(found, "回访完成").sheet.notes[1]
    write_workbook(clinic, tmp := clinic.file.folder / "a.xlsx", found.report, found.ask)
    total = [cell.value for cell in openpyxl.load_workbook(tmp)["回访完成"][7]]
    assert total[6:8] == [1, 1]


# -- the weeks side by side ------------------------------------------------------------------


def test_weeks_side_by_side_with_their_plots(clinic, clock, frontdesk):
    one = member(frontdesk, 2000)
    check_in(frontdesk, person_id=one)
    create_task(frontdesk, person_id=one, due_on="2026-11-24", subject="甲")
    clock.day = "2026-11-24"
    receipt = pay(frontdesk, one, 100)
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=3_000, reason="多收")
    found = report(clinic, "trends", "2026-11-18", "2026-11-25")
    assert rows(found, "积分") == [["2026-11-18", 2000, 0], ["2026-11-23", 100, 30]]
    assert rows(found, "到诊") == [["2026-11-18", 1], ["2026-11-23", 0]]
    assert rows(found, "回访完成") == [
        ["2026-11-18", 0, 0, None],
        ["2026-11-23", 1, 0, 0],
    ]
    assert rows(found, "新会员与收款") == [
        ["2026-11-18", 1, 200_000],
        ["2026-11-23", 0, 7_000],
    ]
    assert rows(found, "礼品") == [["2026-11-18", 0], ["2026-11-23", 0]]
    chart = sheet(found, "积分").sheet.chart
    assert chart.labels == ("11-18", "11-23")
    assert chart.series == (("积分增加", (2000, 100)), ("积分减少", (0, 30)))
