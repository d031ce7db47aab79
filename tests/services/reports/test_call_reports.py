"""回访登记表 and the rates of calls by week and by person (R149, R152)."""

from __future__ import annotations

from models.followup import Request
from services.followups.assigning import assign
from services.followups.calls import create_task, log_call
from services.followups.undoing import undo_call
from services.reports.call_rates import Rates, rates_chart
from tests.gift_world import in_command
from tests.money_world import person
from tests.services.reports.world import report, rows, sheet

TODAY = "2026-11-20"
WEEK = ("2026-11-16", "2026-11-22")


def called(session, who, outcome, subject="甲", **more):
    made = create_task(session, person_id=who, due_on=session.clinic.clock.today(), subject=subject)
    log_call(session, person_id=who, task_ids=(made.task_id,), outcome=outcome, **more)
    return made.task_id


def test_r149_the_register_tells_every_call_and_who_answers(clinic, frontdesk):
    one = person(frontdesk)
    called(frontdesk, one, "request", note="想换周六", satisfaction=1, recovery="slow")
    called(frontdesk, one, "no_answer")
    seq = clinic.db.execute_sql("SELECT max(seq) FROM followup_attempt").fetchone()[0]
    undo_call(frontdesk, call_seq=seq)
    (line,) = rows(report(clinic, "followup-register", *WEEK), "会员回访登记表")
    assert line[:2] == [TODAY, TODAY]
    assert line[5:] == [
        "甲", "约定的事", "电话", "接通·有要求", "较慢", "不满意", None, "想换周六",
        "李前台 要求未答复；李前台 投诉待回应", None, "李前台",
    ]  # fmt: skip


def test_a_request_of_another_call_in_between_is_not_this_ones(clinic, frontdesk, clock):
    one = person(frontdesk)
    called(frontdesk, one, "fine")
    clock.day = "2026-11-23"
    called(frontdesk, one, "request", note="甲")
    clock.day = "2026-11-24"
    called(frontdesk, one, "busy")
    in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            Request, kind="request", source="call", text="无", state="open", call_seq=tx.seq - 1,
            received_on=TODAY, staff_id=1, seq=tx.seq,
        ),
    )  # fmt: skip
    called(frontdesk, one, "busy")
    found = rows(report(clinic, "followup-register", "2026-11-16", "2026-11-24"), "会员回访登记表")
    assert [line[13] for line in found] == ["", "李前台 要求未答复", "要求未答复", ""]


def test_r149_rates_by_week_and_by_person(clinic, clock, frontdesk, billing):
    one = person(frontdesk)
    called(frontdesk, one, "fine", satisfaction=4)
    called(frontdesk, one, "no_answer")
    made = create_task(frontdesk, person_id=one, due_on=TODAY, subject="乙")
    assign(frontdesk, task_ids=(made.task_id,), staff_id=billing.actor.id)
    clock.day = "2026-11-24"
    called(billing, one, "fine", satisfaction=2)
    found = report(clinic, "followups", "2026-11-16", "2026-11-29")
    assert rows(found, "按周") == [
        ["2026-11-16", 3, 1, 333, 2, 1, 1, 500, 1, 1, 1000],
        ["2026-11-23", 1, 1, 1000, 1, 1, 0, 1000, 1, 0, 0],
    ]
    assert sheet(found, "按周").sheet.chart.series == (
        ("完成率", (33, 100)), ("接通率", (50, 100)), ("满意率", (100, 0)),
    )  # fmt: skip
    by_person = {line[0]: line[1:] for line in rows(found, "回访人")}
    assert by_person["周收费"] == [1, 1, 0, 0, 0, 1000, 1, 0, 0, 1, 0, 0]


def test_rates_of_nothing_are_nothing():
    assert rates_chart(("11-16",), (Rates(),)).series[0][1] == (0,)


def test_r150_what_was_asked_in_calls_of_an_older_file_is_told(clinic, frontdesk):
    one = person(frontdesk)
    called(frontdesk, one, "request", note="想换下午", next_on="2026-11-27")
    called(frontdesk, one, "request", note="想换周六")
    in_command(frontdesk, lambda tx: tx.db.write(Request.update(call_seq=None, person_id=None)))
    found = rows(report(clinic, "admin-weekly", *WEEK), "投诉与建议")
    assert [line[3:] for line in found] == [
        ["要求", "想换下午", "李前台", "未答复", ""],
        ["要求", "想换周六", "李前台", "未答复", ""],
        ["要求建议", "想换下午", "李前台", "已登记", "约 2026-11-27 再联系"],
        ["要求建议", "想换周六", "李前台", "已登记", ""],
    ]
    assert found[0][1] == ""  # the message board knows no names
