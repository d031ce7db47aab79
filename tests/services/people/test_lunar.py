"""Lunar birthdays: the calendar, the stored days, gifts, calls and the desk (E52–E54)."""

from __future__ import annotations

import msgspec
import pytest

from models.followup import FollowupTask
from models.people import LunarDay
from services.desk.daily import catch_up
from services.desk.reception import reception_card
from services.desk.strip import member_strip
from services.errors import RuleError
from services.gifts.handout import issue_gift
from services.gifts.lists import due_gifts
from services.loyalty.grants import grants_of
from services.people.birthdays import nearest
from services.people.enrolment import PersonForm, change_person
from services.people.lunar import (
    LunarDate,
    birthday_in,
    lunar_of,
    set_lunar_birthday,
    solar_day,
    solar_days,
    top_up_page,
)
from services.people.merging import merge_people, unmerge_people
from services.people.records import person as record
from services.programmes.definition import Benefit, Birthday, Programme
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import change, tasks
from tests.gift_world import add_gift, in_command, stocked
from tests.money_world import grants, member, pay, person, sign, variant


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


def cakes(window: str = "month", days: int = 0) -> Programme:
    """方案A with a birthday gift for everybody."""
    programme = variant()
    cake = Benefit(
        key="cake", kind="gift", name="生日礼", per="birthday", value_yuan=10, reason="birthday"
    )
    first = msgspec.structs.replace(
        programme.tiers[0], benefits=(*programme.tiers[0].benefits, cake)
    )
    rule = Birthday(window=window, days=days)  # type: ignore[arg-type]
    return msgspec.structs.replace(programme, tiers=(first, *programme.tiers[1:]), birthday=rule)


def cake(clinic, person_id):
    """(period, left) of every birthday gift."""
    return sorted(
        (row.grant_key, row.valid_from, row.valid_to, row.left)
        for row in grants_of(clinic.db, person_id)
        if row.grant_key.startswith("cake")
    )


# -- the calendar ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lunar", "year", "day"),
    [
        (LunarDate(1, 1), 2026, "2026-02-17"),  # 春节
        (LunarDate(8, 15), 2026, "2026-09-25"),  # 中秋
        (LunarDate(6, 1), 2025, "2025-06-25"),
        (LunarDate(6, 1, True), 2025, "2025-07-25"),  # 2025 has a leap sixth month
        (LunarDate(6, 1, True), 2026, "2026-07-14"),  # 2026 has none: the ordinary one
        (LunarDate(6, 30), 2025, "2025-07-24"),
        (LunarDate(6, 30, True), 2025, "2025-08-22"),  # it has 29 days
        (LunarDate(12, 30), 2024, "2025-01-28"),  # 除夕
    ],
)
def test_e53_the_solar_day_of_a_lunar_one(lunar, year, day):
    assert solar_day(lunar, year) == day


def test_e53_every_year_has_exactly_one_birthday():
    for lunar in (
        LunarDate(m, d, leap) for m in range(1, 13) for d in (1, 15, 30) for leap in (0, 1)
    ):
        days = [birthday_in(lunar, year) for year in range(2000, 2060)]
        assert days == sorted(set(days))
        for year, day in zip(range(2000, 2060), days, strict=True):
            assert f"{year - 1}-12-20" <= day <= f"{year + 1}-01-20"


def test_e52_the_nearest_birthday():
    assert nearest("1990-11-22", TODAY) == ("2026-11-22", 2)
    assert nearest("1990-11-22", TODAY, {2026: "2026-12-01"}) == ("2026-12-01", 11)
    assert nearest(None, TODAY, {2027: "2027-01-05"}) == ("2027-01-05", 46)
    assert nearest(None, TODAY) is None


# -- the record ----------------------------------------------------------------------------------


def test_e53_setting_changing_and_clearing(clinic, frontdesk, clock):
    who = person(frontdesk)
    assert (lunar_of(clinic.db, who), solar_days(clinic.db, who)) == (None, {})
    set_lunar_birthday(frontdesk, person_id=who, lunar=LunarDate(1, 1))
    assert solar_days(clinic.db, who) == {
        2025: "2025-01-29", 2026: "2026-02-17", 2027: "2027-02-06", 2028: "2028-01-26",
    }  # fmt: skip
    clock.day = "2028-03-01"
    session = frontdesk.confirming("clock_jump")
    set_lunar_birthday(session, person_id=who, lunar=LunarDate(8, 15))
    assert solar_days(clinic.db, who)[2026] == "2026-02-17"  # what is over stays as it was
    assert solar_days(clinic.db, who)[2028] == "2028-10-03"
    assert lunar_of(clinic.db, who) == LunarDate(8, 15)
    set_lunar_birthday(session, person_id=who, lunar=None)
    assert (lunar_of(clinic.db, who), solar_days(clinic.db, who)) == (None, {})


@pytest.mark.parametrize(
    "lunar", [LunarDate(0, 1), LunarDate(13, 1), LunarDate(1, 0), LunarDate(1, 31)]
)
def test_e53_there_is_no_such_day(clinic, frontdesk, lunar):
    who = person(frontdesk)
    with pytest.raises(RuleError, match="农历"):
        set_lunar_birthday(frontdesk, person_id=who, lunar=lunar)
    with pytest.raises(RuleError, match="没有找到"):
        set_lunar_birthday(frontdesk, person_id=99, lunar=None)


def test_e53_a_new_year_is_topped_up(clinic, frontdesk, clock):
    people = [person(frontdesk) for _ in range(3)]
    for who in people:
        set_lunar_birthday(frontdesk, person_id=who, lunar=LunarDate(1, 1))
    clock.day = "2027-01-02"
    catch_up(frontdesk.confirming("clock_jump"))
    assert [solar_days(clinic.db, who)[2029] for who in people] == ["2029-02-13"] * 3
    before = clinic.db.rows(LunarDay.select())
    clock.day = "2030-01-02"

    def page(tx):
        return [top_up_page(tx, 0, 2), top_up_page(tx, people[1], 2), top_up_page(tx, 0, 2)]

    session = frontdesk.confirming("clock_jump")
    assert in_command(session, page) == [(2, people[1]), (1, None), (0, None)]
    days = solar_days(clinic.db, people[2])
    assert sorted(days) == list(range(2025, 2033))
    assert set(before) < set(clinic.db.rows(LunarDay.select()))


# -- gifts ---------------------------------------------------------------------------------------


def test_e53_the_gift_comes_in_the_month_of_the_lunar_birthday(clinic, frontdesk, director, clock):
    sign(director, cakes())
    who = member(frontdesk)
    change(frontdesk, who, birthday="1990-03-05")
    set_lunar_birthday(frontdesk, person_id=who, lunar=LunarDate(10, 20))  # 2026-11-28
    assert cake(clinic, who) == [("cake@2026", "2026-11-20", "2026-11-30", 1)]
    clock.day = "2027-11-02"
    catch_up(frontdesk.confirming("clock_jump"))
    assert cake(clinic, who)[1] == ("cake@2027", "2027-11-01", "2027-11-30", 1)


def test_e52_a_lunar_birthday_in_january_is_the_year_befores(clinic, frontdesk, director, clock):
    sign(director, cakes("around", 3))
    who = member(frontdesk)
    set_lunar_birthday(frontdesk, person_id=who, lunar=LunarDate(11, 28))  # 2027-01-05
    assert cake(clinic, who) == []
    clock.day = "2027-01-03"
    catch_up(frontdesk.confirming("clock_jump"))
    assert cake(clinic, who) == [("cake@2026", "2027-01-02", "2027-01-08", 1)]


def given_cake(clinic, billing, marketing):
    """The birthday gift of today was handed out."""
    gift = add_gift(marketing, name="蛋糕")
    stocked(marketing, gift, 0, 9)
    (due,) = [row for row in due_gifts(clinic.db, clinic.clock.day) if row.gift_name == "生日礼"]
    issue_gift(billing, grant_id=due.grant_id, gift_id=gift)


def with_birthday(session, person_id, day):
    form = record(session.db, person_id).form
    changed = msgspec.convert({**form.__dict__, "birthday": day}, PersonForm)
    change_person(
        session.confirming("no_phone"), person_id=person_id, form=changed, document_checked=True
    )


def test_e54_an_edited_birthday_brings_no_second_gift(
    clinic, frontdesk, billing, marketing, director, clock
):
    sign(director, cakes())
    who = member(frontdesk)
    with_birthday(frontdesk, who, "1990-11-25")
    given_cake(clinic, billing, marketing)
    with_birthday(frontdesk, who, "1990-12-25")
    assert [row[3] for row in cake(clinic, who)] == [0]
    clock.day = "2026-12-01"
    catch_up(frontdesk)
    assert [row[3] for row in cake(clinic, who)] == [0]  # one a year (E52)
    set_lunar_birthday(frontdesk, person_id=who, lunar=LunarDate(11, 17))  # 2026-12-25
    assert [row[3] for row in cake(clinic, who)] == [0]
    pay(frontdesk, who, 100)  # and the books go on
    clock.day = "2027-12-20"
    catch_up(frontdesk.confirming("clock_jump"))
    assert [row[3] for row in cake(clinic, who)] == [0, 1]


def test_e54_a_corrected_birthday_moves_a_gift_nobody_collected(clinic, frontdesk, director, clock):
    sign(director, cakes())
    who = member(frontdesk)
    with_birthday(frontdesk, who, "1990-11-25")
    assert cake(clinic, who) == [("cake@2026", "2026-11-20", "2026-11-30", 1)]
    with_birthday(frontdesk, who, "1990-12-25")
    assert [row for row in cake(clinic, who) if row[3]] == []  # not before December
    clock.day = "2026-12-02"
    catch_up(frontdesk)
    assert cake(clinic, who) == [("cake@2026", "2026-12-01", "2026-12-31", 1)]


def test_e54_without_birthday_gifts_an_edit_settles_nothing(clinic, frontdesk):
    who = person(frontdesk)
    with_birthday(frontdesk, who, "1990-11-25")
    assert grants(clinic, who) == {}
    assert clinic.db.execute_sql("SELECT count(*) FROM standing").fetchone()[0] == 0


# -- calls and the desk --------------------------------------------------------------------------


def test_e53_the_call_and_the_desk_go_by_the_lunar_birthday(clinic, frontdesk, clock):
    who = member(frontdesk)
    change(frontdesk, who, birthday="1990-11-21")
    set_lunar_birthday(frontdesk, person_id=who, lunar=LunarDate(10, 17))  # 2026-11-25
    catch_up(frontdesk)
    assert [row[:3] for row in tasks(frontdesk, who) if row[0] == "birthday"] == [
        ("birthday", "2026", "2026-11-25")
    ]
    assert "5 天后生日" in member_strip(clinic.db, TODAY, who).facts
    assert reception_card(clinic.db, TODAY, who).birthday_note == "5 天后生日"
    catch_up(frontdesk)
    clock.day = "2026-11-26"
    catch_up(frontdesk)
    assert len([row for row in tasks(frontdesk, who) if row[0] == "birthday"]) == 1


def test_e52_a_missed_lunar_birthday_is_caught_up_with_its_year(clinic, frontdesk, clock):
    who = member(frontdesk)
    set_lunar_birthday(frontdesk, person_id=who, lunar=LunarDate(11, 28))  # 2027-01-05, of 2026
    catch_up(frontdesk)
    clock.day = "2027-01-08"
    catch_up(frontdesk.confirming("clock_jump"))
    query = FollowupTask.select(FollowupTask.cycle, FollowupTask.subject)
    assert clinic.db.rows(query.where(FollowupTask.rule == "birthday")) == [("2026", "2027-01-05")]


# -- merges --------------------------------------------------------------------------------------


def test_e62_a_lunar_birthday_is_taken_over_and_given_back(clinic, frontdesk, member_admin):
    first, second = person(frontdesk), person(frontdesk)
    set_lunar_birthday(frontdesk, person_id=second, lunar=LunarDate(1, 1, True))
    done = merge_people(member_admin, survivor_id=first, merged_id=second)
    assert done.filled == ("lunar",)
    assert lunar_of(clinic.db, first) == LunarDate(1, 1, True)
    unmerge_people(member_admin, merged_id=second)
    assert lunar_of(clinic.db, first) is None
    merge_people(member_admin, survivor_id=first, merged_id=second)
    set_lunar_birthday(frontdesk, person_id=first, lunar=LunarDate(2, 2))
    unmerge_people(member_admin, merged_id=second)
    assert lunar_of(clinic.db, first) == LunarDate(2, 2)  # corrected since
    with pytest.raises(Exception, match="农历生日不同"):
        merge_people(member_admin, survivor_id=first, merged_id=second)
    merge_people(member_admin.confirming("two_lunar"), survivor_id=first, merged_id=second)


def test_e62_a_birthday_gift_of_the_same_year_is_given_once(
    clinic, frontdesk, billing, marketing, member_admin, director
):
    sign(director, cakes())
    first, second = member(frontdesk), member(frontdesk)
    for who in (first, second):
        change(frontdesk, who, birthday="1990-11-25")
        pay(frontdesk, who, 1)
    gift = add_gift(marketing, name="蛋糕")
    stocked(marketing, gift, 0, 9)
    due = [row for row in due_gifts(clinic.db, TODAY) if row.gift_name == "生日礼"]
    assert len(due) == 2
    issue_gift(billing, grant_id=due[0].grant_id, gift_id=gift)
    merge_people(member_admin.confirming("two_memberships"), survivor_id=second, merged_id=first)
    assert [row for row in due_gifts(clinic.db, TODAY) if row.gift_name == "生日礼"] == []
    unmerge_people(member_admin, merged_id=first)
    due = [row for row in due_gifts(clinic.db, TODAY) if row.gift_name == "生日礼"]
    assert [row.person_id for row in due] == [second]
