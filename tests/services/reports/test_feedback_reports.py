"""投诉与意见, 满意度与 NPS: what is counted, of whom, when (R045, R052, R066, R151)."""

from __future__ import annotations

import openpyxl
import pytest

from models.followup import FollowupAttempt, FollowupTask
from services.care.doctor_change import (
    decide,
    doctor_word,
    draft_change,
    put_in_force,
    submit_change,
)
from services.care.team import set_member
from services.commands import Session, Tx
from services.feedback.complaint_steps import (
    acknowledge,
    change_complaint,
    reopen_complaint,
    report_complaint,
)
from services.feedback.complaints import close_complaint, open_complaint, receive
from services.feedback.requests import answer_request, drop_request, open_request
from services.feedback.surveys import Answer, Score, answers, score
from services.followups.attempts import attempts_of
from services.followups.calls import create_task, log_call
from services.followups.open_tasks import open_tasks_of
from services.followups.undoing import undo_call
from services.loyalty.awards import give_award
from services.loyalty.points import adjust_points
from services.people.merging import merge_people
from services.people.records import add_doctor
from services.reports.posted import posted
from services.reports.workbook import write_workbook
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import in_command
from tests.money_world import person
from tests.services.reports.world import column, report, rows, sheet

SPAN = ("2026-11-01", "2026-12-31")
_cycle = iter(range(10**6))


def answered(
    session: Session,
    who: int,
    satisfaction: int | None = None,
    nps: int | None = None,
    *,
    rules: tuple[str, ...] = ("manual",),
    complains: bool = False,
    undone: bool = False,
) -> int:
    """A call with an answer, as `followup.log` writes it; its number."""

    def call(tx: Tx) -> int:
        for rule in rules:
            task = tx.db.insert(
                FollowupTask, person_id=who, rule=rule, cycle=f"c{next(_cycle)}", due_on=tx.today,
                state="done", seq=tx.seq,
            )  # fmt: skip
            tx.db.insert(
                FollowupAttempt, task_id=task, person_id=who, outcome="fine", nps=nps,
                satisfaction=satisfaction, note="说明", occurred_on=tx.today,
                staff_id=tx.actor.id, seq=tx.seq, undone_seq=tx.seq if undone else None,
            )  # fmt: skip
        if complains:
            receive(tx, person_id=who, text="不满意", source="call", call_seq=tx.seq)
        return tx.seq

    return in_command(session, call)


# -- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "nps"),
    [
        ((), None),
        ((10, 9, 8, 7), 50),
        ((10, 0), 0),
        ((0, 6, 7), -67),
        ((9, 7, 8), 33),
        ((6, 9, 8, 8, 8, 8, 8, 10), 13),  # 12.5, away from 0
        ((9, 6, 8, 8, 8, 8, 8, 0), -13),
    ],
)
def test_r045_nps_is_promoters_less_detractors_in_points(given, nps):
    def one(number: int) -> Answer:
        return Answer(1, 1, "", "", "2026-11-20", None, number, "", (), None, None)

    assert score(map(one, given)).nps == nps


def test_r045_satisfied_are_the_two_upper_steps():
    found = Score(steps=(1, 2, 3, 4))
    assert (found.rated, found.content, found.asked) == (10, 7, 0)


def test_r045_by_month_with_a_chart(clinic, clock, frontdesk):
    one, two = person(frontdesk), person(frontdesk)
    answered(frontdesk, one, 4, 10)
    answered(frontdesk, two, 1, 3)
    answered(frontdesk, two, 3, undone=True)
    clock.day = "2026-12-01"
    answered(frontdesk, one, 3)
    answered(frontdesk, one, 2)
    found = report(clinic, "satisfaction", *SPAN)
    assert rows(found, "按月") == [
        ["2026-11", 1, 0, 0, 1, 2, 1, 500, 1, 0, 1, 0],
        ["2026-12", 0, 1, 1, 0, 2, 1, 500, 0, 0, 0, None],
    ]
    made = sheet(found, "按月")
    assert list(made.totals[1:9]) == [1, 1, 1, 1, 4, 2, 500, 1]
    assert "合计 0 分" in made.sheet.notes[0] + made.sheet.notes[1]
    assert made.sheet.chart.labels == ("2026-11", "2026-12")
    assert [series for _, series in made.sheet.chart.series] == [(1, 1), (1, 1)]


def test_r045_nobody_asked_makes_no_chart(clinic):
    found = report(clinic, "满意度与 NPS", *SPAN)
    assert [rows(found, name) for name in ("按月", "按主治医师", "按回访事由", "低分")] == [[]] * 4
    assert sheet(found, "按月").sheet.chart is None
    assert "没有人回答推荐意愿" in sheet(found, "按月").sheet.notes[1]


def test_r045_the_doctor_is_who_treated_them_on_the_day(clinic, clock, frontdesk, member_admin):
    old, new = (add_doctor(member_admin, name=n).doctor_id for n in ("钱医生", "孙医生"))
    changed, plain, nobody = (person(frontdesk) for _ in range(3))
    set_member(frontdesk, person_id=changed, part="attending", doctor_id=old)
    set_member(frontdesk, person_id=plain, part="attending", doctor_id=new)
    clock.day = "2026-11-21"
    answered(frontdesk, changed, 1, 2)
    answered(frontdesk, plain, 4)
    answered(frontdesk, nobody, 2)
    made = draft_change(frontdesk, person_id=changed, to_doctor_id=new, reason="太远").change_id
    submit_change(frontdesk, change_id=made)
    for which in ("from", "to"):
        doctor_word(frontdesk, change_id=made, which=which, word="agrees")
    word = approve(clinic, STAFF["member_admin"], PIN, "approve.doctor_change")
    decide(frontdesk, change_id=made, approved=True, approval=word)
    clock.day = "2026-11-23"
    put_in_force(frontdesk, change_id=made)
    answered(frontdesk, changed, 3)  # about the one before, until the day is over
    clock.day = "2026-11-24"
    answered(frontdesk, changed, 4)
    found = report(clinic, "satisfaction", *SPAN)
    assert [line[:5] for line in rows(found, "按主治医师")] == [
        ["孙医生", 2, 0, 0, 0], ["钱医生", 0, 1, 0, 1], ["(未定)", 0, 0, 1, 0],
    ]  # fmt: skip


def test_r045_a_history_that_begins_with_the_change_knows_who_it_was(
    clinic, clock, frontdesk, member_admin
):
    """A doctor from before there was a history has no row; the application names them."""
    from services.feedback.surveys import _Doctors

    who = person(frontdesk)
    doctors = _Doctors(clinic.db, {who})
    doctors._past[who] = [("2026-11-10", None, 8, 7)]
    assert [doctors.on(who, day) for day in ("2026-11-01", "2026-11-10", "2026-11-11")] == [7, 7, 8]
    doctors._past[who] = [("2026-11-10", "2026-11-15", 8, None)]
    assert [doctors.on(who, day) for day in ("2026-11-01", "2026-11-12", "2026-11-16")] == [
        None, 8, None,
    ]  # fmt: skip


def test_r045_by_what_the_call_was_about_and_each_once_in_the_total(clinic, frontdesk):
    who = person(frontdesk)
    answered(frontdesk, who, 4, rules=("birthday", "manual", "manual"))
    answered(frontdesk, who, 2)
    found = report(clinic, "satisfaction", *SPAN)
    lines = {line[0]: line[5] for line in rows(found, "按回访事由")}
    assert sum(lines.values()) == 3
    assert lines["约定和其他"] == 2
    made = sheet(found, "按回访事由")
    assert made.totals[5] == 2
    assert "每类各算一次" in made.sheet.notes[0]


def test_r045_who_was_not_happy_and_what_became_of_it(clinic, frontdesk, member_admin):
    one, two = person(frontdesk), person(frontdesk)
    answered(frontdesk, one, 1, complains=True)
    answered(frontdesk, two, None, 6)
    answered(frontdesk, two, 2, 7)
    merge_people(member_admin.confirming("two_names"), survivor_id=two, merged_id=one)
    lines = rows(report(clinic, "satisfaction", *SPAN), "低分")
    assert [line[3:] for line in lines] == [
        ["不满意", None, "说明", "投诉 1 号，待回应"], ["", 6, "说明", "没有登记投诉"],
    ]  # fmt: skip
    assert lines[0][1:3] == lines[1][1:3]
    assert lines[0][2] == "王**"
    assert [each.person_id for each in answers(clinic.db, posted(clinic.db, *SPAN))] == [two] * 3


# -- complaints --------------------------------------------------------------------------------


@pytest.fixture
def told(clinic, clock, frontdesk, member_admin):
    who = person(frontdesk)
    ids = [
        open_complaint(frontdesk, person_id=who, text="等太久", topic="waiting").complaint_id,
        open_complaint(
            frontdesk, person_id=who, text="贵", topic="charge", urgent=True
        ).complaint_id,
    ]
    report_complaint(frontdesk, complaint_id=ids[0], text="请定")
    adjust_points(
        member_admin, person_id=who, points=250, reason_code="goodwill", text="x",
        complaint_id=ids[0],
    )  # fmt: skip
    give_award(
        member_admin, person_id=who, kind="gift", name="牙刷", reason="compensation",
        value_fen=30_00, complaint_id=ids[0],
    )  # fmt: skip
    clock.day = "2026-11-23"
    close_complaint(member_admin, complaint_id=ids[0], outcome="接受", satisfied=3)
    acknowledge(frontdesk, complaint_id=ids[1], text="x")
    clock.day = "2026-12-02"
    ids.append(open_complaint(frontdesk, person_id=who, text="吵").complaint_id)
    close_complaint(member_admin, complaint_id=ids[2], outcome="换了诊室")
    return who, ids


def test_r151_each_complaint_with_its_days_and_its_cost(clinic, told):
    lines = rows(report(clinic, "complaints", *SPAN), "投诉")
    assert [line[4:] for line in lines] == [
        ["", "等候", "前台当面", "等太久", "李前台", "已结案", "2026-11-27", "2026-11-23",
         "2026-11-23", 3, "接受", "满意", 250, "牙刷", 32_50, "是"],
        ["紧急", "收费", "前台当面", "贵", "李前台", "处理中(超期)", "2026-11-27", "2026-11-23",
         None, None, "", "", 0, "", 0, ""],
        ["", "", "前台当面", "吵", "李前台", "已结案", "2026-12-09", "2026-12-02",
         "2026-12-02", 0, "换了诊室", "", 0, "", 0, ""],
    ]  # fmt: skip
    assert lines[0][3] == "王**"


def test_r151_the_trend_by_month_and_topic(clinic, told):
    found = report(clinic, "投诉与意见", *SPAN)
    assert rows(found, "按月") == [
        ["2026-11", 2, 1, 1, 1, 500, 3, 32_50, 0],
        ["2026-12", 1, 1, 0, 0, 1000, 0, 0, 0],
    ]
    chart = sheet(found, "按月").sheet.chart
    assert (chart.labels, chart.series) == (
        ("2026-11", "2026-12"), (("受理", (2, 1)), ("已结案", (1, 1))),
    )  # fmt: skip
    assert rows(found, "按类别") == [
        ["收费", 1, 3, 333, 0], ["等候", 1, 3, 333, 32_50], ["(未分类)", 1, 3, 333, 0],
    ]  # fmt: skip
    assert sheet(found, "按类别").sheet.chart.labels == ("收费", "等候", "(未分类)")


@pytest.mark.parametrize("how", ["reopen", "change"])
def test_r151_what_was_late_stays_late_whatever_day_it_gets(
    clinic, clock, frontdesk, member_admin, how
):
    who = person(frontdesk)
    late, in_time = (
        open_complaint(frontdesk, person_id=who, text=text).complaint_id for text in ("慢", "吵")
    )
    for each in (late, in_time):
        acknowledge(frontdesk, complaint_id=each, text="x")
    now = {"topic": "", "urgent": False}
    if how == "change":
        change_complaint(member_admin, complaint_id=in_time, due_on="2026-12-20", **now)
        clock.day = "2026-12-01"
        change_complaint(member_admin, complaint_id=late, due_on="2026-12-20", **now)
    else:
        close_complaint(member_admin, complaint_id=in_time, outcome="x")
        clock.day = "2026-12-01"
        close_complaint(member_admin, complaint_id=late, outcome="x")
        for each in (late, in_time):
            reopen_complaint(member_admin, complaint_id=each, reason="x")
    for each in (late, in_time):
        close_complaint(member_admin, complaint_id=each, outcome="x")
    assert column(report(clinic, "complaints", *SPAN), "按月", "超期过") == [1]


def test_e66_a_complaint_taken_back_with_its_call_is_in_no_rate(clinic, frontdesk, member_admin):
    who = person(frontdesk)
    create_task(frontdesk, person_id=who, due_on=TODAY, subject="问恢复")
    done = log_call(
        frontdesk, person_id=who, outcome="fine", satisfaction=1, note="等太久",
        task_ids=tuple(each.id for each in open_tasks_of(clinic.db, who)),
    )  # fmt: skip
    real = open_complaint(frontdesk, person_id=who, text="贵", topic="charge").complaint_id
    assert column(report(clinic, "complaints", *SPAN), "按月", "受理") == [2]
    assert done.complaint_id != real
    undo_call(frontdesk, call_seq=attempts_of(clinic.db, who)[0].seq)
    found = report(clinic, "complaints", *SPAN)
    assert column(found, "投诉", "状态") == ["登记有误", "待回应"]
    assert column(found, "投诉", "用时(天)") == [None, None]
    assert rows(found, "按月") == [["2026-11", 1, 0, 1, 0, 0, None, 0, 1]]
    assert rows(found, "按类别") == [["收费", 1, 1, 1000, 0]]
    reopen_complaint(member_admin, complaint_id=done.complaint_id, reason="确有其事")
    close_complaint(member_admin, complaint_id=done.complaint_id, outcome="致歉")
    assert column(report(clinic, "complaints", *SPAN), "按月", "登记有误") == [0]


def test_r052_requests_and_suggestions_with_their_answer(clinic, clock, frontdesk, member_admin):
    who = person(frontdesk)
    first = open_request(frontdesk, text="换周六", person_id=who).request_id
    open_request(frontdesk, text="要饮水机", kind="suggestion", source="board")
    third = open_request(frontdesk, text="免费停车").request_id
    answer_request(frontdesk, request_id=first, answer="已改")
    drop_request(member_admin, request_id=third, reason="没有车位")
    clock.day = "2026-12-05"
    lines = rows(report(clinic, "complaints", *SPAN), "要求与建议")
    assert [line[1:2] + line[3:] for line in lines] == [
        ["要求", "王**", "前台当面", "换周六", "李前台", "已答复", "2026-11-27", "2026-11-20",
         "已改"],
        ["建议", "未留姓名", "留言板", "要饮水机", "李前台", "超期", "2026-11-27", None, ""],
        ["要求", "未留姓名", "前台当面", "免费停车", "李前台", "不办", "2026-11-27", "2026-11-20",
         "没有车位"],
    ]  # fmt: skip
    assert column(report(clinic, "complaints", *SPAN), "投诉", "投诉号") == []


def test_a_quiet_month_makes_no_charts(clinic):
    found = report(clinic, "complaints", *SPAN)
    assert sheet(found, "按月").sheet.chart is None
    assert sheet(found, "按类别").sheet.chart is None


@pytest.mark.parametrize("name", ["complaints", "satisfaction"])
def test_both_make_a_workbook(clinic, told, frontdesk, tmp_path, name):
    answered(frontdesk, told[0], 1, 0, complains=True)
    found = report(clinic, name, *SPAN)
    path = tmp_path / "x.xlsx"
    write_workbook(clinic, path, found.report, found.ask)
    assert len(openpyxl.load_workbook(path).sheetnames) >= 4
