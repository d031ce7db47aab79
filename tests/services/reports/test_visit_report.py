"""到诊日报: the columns of front-desk.md 4.6, and when people come."""

from models.desk import Visit
from services.desk.appointments import book
from services.desk.visits import change_visit, check_in, undo_step
from services.loyalty.receipts import post_receipt, void_receipt
from services.people.records import add_doctor
from tests.conftest import TODAY
from tests.desk_world import change
from tests.gift_world import in_command
from tests.money_world import pay, person
from tests.services.reports.world import column, report, rows, sheet

DAY = (TODAY, TODAY)
SPEC = [
    *("日期", "到达", "等待(分)", "接诊医生", "咨询", "责任医生", "会员号", "姓名(遮蔽)", "性别"),
    *("年龄", "等级", "接待等级", "来源", "介绍人", "预约人", "初复诊", "状态", "应收", "折后"),
    *("实收", "欠款", "积分"),
]


def test_every_column_of_the_specification_is_there(clinic):
    found = report(clinic, "visits-day", "2026-11-19", TODAY)
    headers = [each.header for each in found.sheets[0].sheet.columns]
    assert set(SPEC) <= set(headers)
    assert "核验" in headers


def test_who_booked_who_advises_and_how_they_were_identified(clinic, frontdesk, member_admin):
    from models.reception import CareTeam

    one, two = person(frontdesk), person(frontdesk)
    adviser = add_doctor(member_admin, name="顾问").doctor_id
    in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            CareTeam, person_id=one, part="consultant", doctor_id=adviser, from_on=TODAY,
            staff_id=tx.actor.id, seq=tx.seq,
        ),
    )  # fmt: skip
    book(frontdesk, day=TODAY, at="09:30", person_id=one)
    check_in(frontdesk, person_id=one, checked="phone")
    check_in(frontdesk, person_id=two)
    found = report(clinic, "visits-day", *DAY)
    assert column(found, "到诊", "预约人") == ["李前台", ""]
    assert column(found, "到诊", "咨询") == ["顾问", ""]
    assert column(found, "到诊", "核验") == ["电话", ""]


def test_a_receipt_stands_at_the_visit_it_ended(clinic, clock, frontdesk):
    one, other = person(frontdesk), person(frontdesk)
    check_in(frontdesk, person_id=one)
    clock.time = "11:00:00"
    second = check_in(frontdesk.confirming("already_here"), person_id=one).visit_id
    third = check_in(frontdesk, person_id=other).visit_id
    pay(frontdesk, one, 70)  # of the day, of no visit
    pay(frontdesk, one, 100, visit_id=second)
    post_receipt(frontdesk, person_id=one, patient_id=other, amount_fen=4_000, visit_id=third)
    found = report(clinic, "visits-day", *DAY)
    assert column(found, "到诊", "实收") == [7_000, 10_000, 4_000]


def test_a_void_receipt_brings_nothing(clinic, frontdesk):
    one = person(frontdesk)
    visit = check_in(frontdesk, person_id=one).visit_id
    wrong = pay(frontdesk, one, 100, visit_id=visit)
    void_receipt(frontdesk, receipt_id=wrong.receipt_id, reason="登错")
    assert column(report(clinic, "visits-day", *DAY), "到诊", "实收") == [0]


def test_a_check_in_that_was_taken_back_was_no_visit(clinic, frontdesk):
    visit = check_in(frontdesk, person_id=person(frontdesk)).visit_id
    undo_step(frontdesk, visit_id=visit)
    found = report(clinic, "visits-day", *DAY)
    assert rows(found, "到诊") == []
    assert rows(found, "按钟点") == []


def test_waiting_of_a_visit_older_than_the_steps_is_read_from_the_trail(clinic, clock, frontdesk):
    called, gone = (check_in(frontdesk, person_id=person(frontdesk)).visit_id for _ in range(2))
    clock.time = "09:12:00"
    change_visit(frontdesk, visit_id=called, to_state="called")
    clock.time = "09:20:00"
    change_visit(frontdesk, visit_id=called, to_state="in_treatment")
    for trigger in ("visit_step_no_delete",):
        clinic.db.execute_sql(f"DROP TRIGGER {trigger}")
    clinic.db.execute_sql("DELETE FROM visit_step")
    assert column(report(clinic, "visits-day", *DAY), "到诊", "等待(分)") == [20, None]
    assert gone


def test_visits_by_hour_and_weekday_are_plotted(clinic, clock, frontdesk):
    monday = check_in(frontdesk, person_id=person(frontdesk)).visit_id
    moved = Visit.update(visit_date="2026-11-16").where(Visit.id == monday)
    in_command(frontdesk, lambda tx: tx.db.write(moved))
    for time in ("09:10:00", "09:50:00", "11:05:00"):
        clock.time = time
        check_in(frontdesk, person_id=person(frontdesk))
    left = check_in(frontdesk, person_id=person(frontdesk)).visit_id
    change_visit(frontdesk, visit_id=left, to_state="no_show")
    old = person(frontdesk)
    change(frontdesk, old, last_visit_on="2026-01-01")
    check_in(frontdesk, person_id=old)
    found = report(clinic, "visits-day", *DAY)
    assert rows(found, "按钟点") == [
        ["09:00—09:59", 2, 2],
        ["10:00—10:59", 0, 0],
        ["11:00—11:59", 2, 1],
    ]
    chart = sheet(found, "按钟点").sheet.chart
    assert (chart.labels, chart.series[0]) == (("9 点", "10 点", "11 点"), ("到诊人次", (2, 0, 2)))
    by_day = {row[0]: row[1] for row in rows(found, "按星期")}
    assert (by_day["星期一"], by_day["星期五"], by_day["星期日"]) == (1, 4, 0)
    assert "2026-08-29 至 2026-11-20" in sheet(found, "按星期").sheet.notes[0]


def test_an_empty_day_has_no_plot(clinic):
    found = report(clinic, "visits-day", *DAY)
    assert (rows(found, "按钟点"), rows(found, "按星期")) == ([], [])
    assert sheet(found, "按钟点").sheet.chart.labels == ()
