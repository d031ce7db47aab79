"""What is to be done now, what was missed, and facts that do a duty by themselves."""

import pytest

from services.backups.drill import note_drill
from services.clock import plus_days
from services.desk import daily
from services.desk.today import today_counts
from services.duties.board import (
    DONE,
    LATER,
    MISSED,
    OPEN,
    SKIPPED,
    count_duties,
    duty_board,
    duty_history,
)
from services.duties.doing import do_duty, skip_duty, take_back
from services.duties.editing import switch_duty
from services.duties.presets import opens, presets
from services.gifts.reconciliation import open_week
from services.reports.calls import make_calls
from services.reports.handover import hand_over
from services.reports.reading import read_inside
from services.reports.registry import find
from services.reports.sheet import Ask
from services.rights import ROLES
from services.setup import confirm_recovery
from services.staff import add_staff, approve, change_staff
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, count_all, sign, stocked
from tests.services.duties.world import by_key, own, row, rows, take_up
from ui.menus import DIALOGS

MONDAY = "2026-11-23"


def keys(clinic, day=TODAY, state=OPEN):
    return [each.duty.key for each in duty_board(clinic.db, day, "director") if each.state == state]


def test_the_shipped_ones_are_sound_and_lead_somewhere(clinic, director):
    take_up(director)
    for each in presets().values():
        assert each.post in ("", *ROLES)
        assert by_key(director, each.key).points == each.points
        assert not (each.ask and each.points)
        assert not each.opens or "/" in each.opens or each.opens in DIALOGS
    assert opens("monday") == "report_monday"
    assert opens("own.7") == ""


def test_the_first_start_takes_them_up_and_the_next_one_nothing(clinic, director, clock):
    daily.catch_up(director)
    count = len(duty_board(clinic.db, TODAY, "director"))
    clock.day = "2026-11-21"
    daily.catch_up(director)
    assert len(duty_board(clinic.db, TODAY, "director")) == count > len(presets())
    assert by_key(director, "monday").from_on == TODAY


def test_nothing_counts_that_was_due_before_it_was_taken_up(clinic, director):
    take_up(director)
    assert "monday" not in keys(clinic)
    later = row(director, "monday")
    assert (later.state, later.due_on, later.from_on) == (LATER, MONDAY, MONDAY)
    assert row(director, "learning").state == OPEN  # due today
    assert row(director, "admin").due_on == "2026-12-05"
    assert duty_history(clinic.db, TODAY, by_key(director, "monday")) == []


def test_notice_comes_some_days_before(clinic, director, clock):
    take_up(director)
    assert row(director, "admin").state == LATER
    clock.day = "2026-12-01"
    found = row(director, "admin")
    assert (found.state, found.due_on, found.late) == (OPEN, "2026-12-05", 0)


# -- facts -----------------------------------------------------------------------------------


def sign_monday(clinic, member_admin, first="2026-11-16", last="2026-11-22"):
    found = find("monday-members")
    today = clinic.clock.today()
    seen = read_inside(clinic.db, found, Ask(first, last, today), limit=0).digest
    hand_over(
        member_admin,
        report="monday-members",
        first=first,
        last=last,
        seen=seen,
        approval=approve(clinic, STAFF["marketing"], PIN, "sign.handover"),
    )


def test_r137_monday_is_done_by_the_signature(clinic, member_admin, clock):
    take_up(member_admin)
    clock.day = "2026-11-24"
    found = row(member_admin, "monday")
    assert (found.state, found.late, found.title) == (OPEN, 1, "周一档案汇总移交 · 11-23 至 11-29")
    sign_monday(clinic, member_admin)
    done = row(member_admin, "monday")
    assert (done.state, done.done_on, done.done_by) == (
        DONE, "2026-11-24", "郑管理移交、吴市场签收",
    )  # fmt: skip


def test_r137_no_monday_in_the_first_week_even_on_a_monday(clinic, member_admin, director, clock):
    clock.day = MONDAY
    take_up(director)
    assert row(director, "monday").state == OPEN  # the clinic opened the Friday before
    from models.system import Audit

    clinic.db.execute_sql("DROP TRIGGER audit_no_update")
    clinic.db.write(Audit.update(business_date=MONDAY).where(Audit.seq == 1))
    assert row(director, "monday").due_on == "2026-11-30"
    assert row(director, "monday").state == LATER


def test_a_hand_over_of_two_weeks_does_both_mondays(clinic, member_admin, clock):
    take_up(member_admin)
    clock.day = "2026-12-01"
    assert row(member_admin, "monday").missed == 1
    sign_monday(clinic, member_admin, "2026-11-16", "2026-11-29")
    duty = by_key(member_admin, "monday")
    assert [each.state for each in duty_history(clinic.db, clock.day, duty)] == [DONE, DONE]


def test_r144_friday_is_done_by_the_close_and_waits_for_gifts(
    clinic, marketing, billing, director, clock
):
    take_up(director)
    assert row(director, "friday").state == LATER
    gift = add_gift(marketing)
    stocked(marketing, gift, 5, 5)
    assert row(director, "friday").state == OPEN
    week = open_week(marketing, week=TODAY).reconciliation_id
    count_all(marketing, week)
    sign(marketing, week)
    found = row(director, "friday")
    assert (found.state, found.done_on) == (DONE, TODAY)
    assert found.done_by == "吴市场、周收费签字"


def test_r138_the_months_calls_do_it(clinic, member_admin, clock):
    take_up(member_admin)
    clock.day = "2026-12-02"
    assert row(member_admin, "unclaimed").state == OPEN
    make_calls(member_admin, first="2026-11-01", last="2026-11-30")
    found = row(member_admin, "unclaimed")
    assert (found.state, found.done_on, found.done_by) == (DONE, "2026-12-02", "郑管理")


def test_the_recovery_code_does_it(clinic, director, monkeypatch):
    take_up(director)
    monkeypatch.setattr("services.setup.unlock_with_code", lambda *_: clinic.file.key)
    confirm_recovery(director, typed="x")
    clinic.clock.day = "2026-12-10"
    assert row(director, "recovery").state == DONE
    clinic.clock.day = "2027-06-01"
    assert row(director, "recovery").state == OPEN


def test_a_drill_does_it(clinic, director):
    take_up(director)
    clinic.clock.day = "2026-12-03"
    assert row(director, "backup").state == OPEN
    note_drill(director, backup="a", faults=0)
    assert (row(director, "backup").state, row(director, "backup").done_by) == (DONE, "孙院长")


# -- days off --------------------------------------------------------------------------------


def test_after_days_off_the_newest_is_to_be_done_and_the_others_were_missed(
    clinic, director, clock
):
    key = own(director)  # on Tuesdays
    clock.day = "2026-12-24"
    found = row(director, key)
    assert (found.cycle, found.due_on, found.late, found.missed) == (
        "2026-W52", "2026-12-22", 2, 4,
    )  # fmt: skip
    duty = by_key(director, key)
    assert [each.state for each in duty_history(clinic.db, clock.day, duty)] == [
        OPEN, MISSED, MISSED, MISSED, MISSED,
    ]  # fmt: skip
    do_duty(director.confirming("clock_jump"), duty_id=duty.id, cycle="2026-W52")
    clock.day = "2026-12-29"
    found = row(director, key)
    assert (found.state, found.missed, found.late) == (OPEN, 0, 0)


def test_a_daily_one_skips_sundays_and_holidays(clinic, director, clock):
    key = own(director, rhythm="day", day=6)
    clock.day = "2026-11-22"  # a Sunday
    assert (row(director, key).cycle, row(director, key).missed) == ("2026-11-21", 1)
    clock.day = MONDAY
    assert (row(director, key).cycle, row(director, key).missed) == (MONDAY, 2)


def test_a_daily_one_made_on_a_sunday_begins_on_monday(clinic, director, clock):
    clock.day = "2026-11-22"
    key = own(director, rhythm="day", day=6)
    assert (row(director, key).state, row(director, key).due_on) == (LATER, MONDAY)


def test_counting_what_was_missed_has_an_end(clinic, director, clock, monkeypatch):
    key = own(director, rhythm="day", day=7)
    monkeypatch.setattr("services.duties.board.MOST_MISSED", 5)
    clock.day = "2026-12-20"
    assert row(director, key).missed == 5
    duty = by_key(director, key)
    monkeypatch.setattr("services.duties.board.LOOK_BACK", 3)
    assert len(duty_history(clinic.db, clock.day, duty)) == 4


def test_a_switched_off_one_misses_nothing(clinic, director, clock):
    key = own(director)
    duty = by_key(director, key)
    switch_duty(director, duty_id=duty.id, active=False)
    clock.day = "2026-12-24"
    assert rows(director, key) == []
    switch_duty(director.confirming("clock_jump"), duty_id=duty.id, active=True)
    assert (row(director, key).state, row(director, key).due_on) == (LATER, "2026-12-29")


@pytest.mark.parametrize(
    ("rhythm", "cycle"),
    [
        ("day", "2026-11-20"),
        ("week", "2026-W47"),
        ("month", "2026-11"),
        ("quarter", "2026-Q4"),
        ("half", "2026-H2"),
        ("year", "2026"),
    ],
)
def test_switching_off_and_on_keeps_what_was_done(clinic, director, clock, rhythm, cycle):
    days = {"day": 7, "week": 5}
    dates = {"quarter": 2, "half": 5, "year": 11}
    key = own(director, rhythm=rhythm, day=days.get(rhythm, 20), month=dates.get(rhythm, 0))
    duty = by_key(director, key)
    session = director.confirming("clock_jump")
    do_duty(session, duty_id=duty.id, cycle=cycle)
    switch_duty(session, duty_id=duty.id, active=False)
    clock.day = "2028-01-05"
    switch_duty(session, duty_id=duty.id, active=True)
    told = duty_history(clinic.db, clock.day, by_key(director, key))
    assert [(each.cycle, each.state) for each in told if each.due_on < clock.day] == [(cycle, DONE)]
    assert told[-1].due_on == TODAY


def test_what_was_taken_back_before_a_pause_is_no_history(clinic, director, clock):
    key = own(director, day=5)
    duty = by_key(director, key)
    done = do_duty(director, duty_id=duty.id, cycle="2026-W47")
    take_back(director, row_id=done.row_id)
    switch_duty(director, duty_id=duty.id, active=False)
    clock.day = "2026-12-24"
    switch_duty(director.confirming("clock_jump"), duty_id=duty.id, active=True)
    assert duty_history(clinic.db, clock.day, by_key(director, key)) == []


# -- about staff, and once --------------------------------------------------------------------


def test_r151_everybody_who_works_here_is_trained_once(clinic, director, member_admin, clock):
    take_up(director)
    found = rows(director, "training")
    assert {each.about for each in found} == set(STAFF.values())
    new = add_staff(director, name="新来", role="frontdesk", pin=PIN).staff_id
    duty = by_key(director, "training")
    do_duty(member_admin, duty_id=duty.id, cycle=f"s{new}", ticked=duty.points[:2], note="讲了")
    half = next(each for each in rows(director, "training") if each.about == "新来")
    assert [point.ticked for point in half.points] == [True, True, *[False] * 5]
    assert (half.state, half.done_by, half.note) == (OPEN, "郑管理", "讲了")
    do_duty(member_admin, duty_id=duty.id, cycle=f"s{new}", ticked=duty.points)
    assert "新来" in {each.about for each in rows(director, "training") if each.state == DONE}
    clock.day = plus_days(TODAY, 8)
    assert "新来" not in {each.about for each in rows(director, "training")}
    left = {each.id for each in rows(director, "training")}
    change_staff(director, staff_id=new, active=False)
    gone = next(each.about_id for each in rows(director, "training") if each.about == "李前台")
    change_staff(director, staff_id=gone, active=False)
    assert {each.id for each in rows(director, "training")} == left - {(duty.id, f"s{gone}")}
    told = duty_history(clinic.db, clock.day, duty)
    assert "新来" in {each.about for each in told}
    assert "李前台" not in {each.about for each in told}


def test_once_is_once(clinic, director, clock):
    key = own(director, rhythm="once", day=3)
    found = row(director, key)
    assert (found.state, found.due_on, found.title) == (OPEN, "2026-11-23", "擦展柜")
    skip_duty(director, duty_id=found.duty.id, cycle="once", reason="展柜撤了")
    assert row(director, key).state == SKIPPED
    clock.day = plus_days(TODAY, 8)
    assert rows(director, key) == []


# -- the list and the strip ------------------------------------------------------------------


def test_ones_own_come_first_then_what_is_late(clinic, director, clock):
    own(director, "甲", post="billing")
    own(director, "乙", post="marketing", day=1)
    own(director, "丙", day=3)
    done = by_key(director, own(director, "丁", day=4))
    clock.day = "2026-11-27"
    do_duty(director, duty_id=done.id, cycle="2026-W48")

    def names(role):
        return [each.duty.name for each in duty_board(clinic.db, clock.day, role)]

    assert names("billing") == ["甲", "丙", "乙", "丁"]
    assert names("marketing") == ["乙", "丙", "甲", "丁"]
    assert names("director") == ["丙", "乙", "甲", "丁"]
    found = count_duties(clinic.db, clock.day, "billing")
    assert (found.mine, found.everybody, found.late) == (2, 3, 2)
    strip = today_counts(clinic.db, clock.day, "billing")
    assert (strip.duties, strip.duties_late, strip.duties_of_others) == (2, 2, 1)


def test_what_was_taken_back_is_to_be_done_again(clinic, director):
    key = own(director, day=5, points=("一", "二"))
    duty = by_key(director, key)
    do_duty(director, duty_id=duty.id, cycle="2026-W47", ticked=("一",))
    last = do_duty(director, duty_id=duty.id, cycle="2026-W47", ticked=("二",))
    assert last.complete
    done = row(director, key)
    assert (done.state, [p.text for p in done.points], done.row_id) == (
        DONE, ["一", "二"], last.row_id,
    )  # fmt: skip
    take_back(director, row_id=last.row_id)
    again = row(director, key)
    assert (again.state, [p.ticked for p in again.points]) == (OPEN, [True, False])


@pytest.mark.parametrize("role", ["", "frontdesk"])
def test_an_empty_clinic_has_no_duties(clinic, role):
    assert count_duties(clinic.db, TODAY, role).everybody == 0
