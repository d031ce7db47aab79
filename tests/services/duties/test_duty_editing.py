"""The clinic's own list of duties."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.duties import editing
from services.duties.editing import DutyWish, add_duty, change_duty, switch_duty
from services.duties.records import duties
from services.errors import RuleError
from tests.services.duties.world import by_key, own, row, take_up

WISH = DutyWish("擦展柜", "week", 2)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "  "}, "请写事项的名称"),
        ({"name": "长" * 31}, "最多 30 个字"),
        ({"rhythm": "decade"}, "请选择多久一次"),
        ({"post": "cleaner"}, "岗位不在名单里"),
        ({"day": 0}, "日子请填 1 至 7"),
        ({"day": 10**9}, "日子请填 1 至 7"),
        ({"rhythm": "day", "day": 4}, "日子请填 5 至 7"),
        ({"rhythm": "month", "day": 32}, "日子请填 1 至 31"),
        ({"rhythm": "staff", "day": -1}, "日子请填 0 至 366"),
        ({"rhythm": "quarter"}, "月份请填 1 至 3"),
        ({"rhythm": "year", "month": 13}, "月份请填 1 至 12"),
        ({"ahead": 7}, "提前天数请填 0 至 6"),
        ({"ahead": -1}, "提前天数请填 0 至 6"),
        ({"rhythm": "once", "ahead": 1}, "提前天数请填 0 至 0"),
        ({"points": ("一", " 一 ")}, "清单里有两条一样的"),
        ({"points": tuple(str(n) for n in range(21))}, "清单最多 20 条"),
        ({"points": ("长" * 61,)}, "每条最多 60 个字"),
        ({"note": "长" * 201}, "说明最多 200 个字"),
    ],
)
def test_what_makes_no_duty_is_refused(director, wrong, sentence):
    with pytest.raises(RuleError, match=sentence):
        add_duty(director, wish=replace(WISH, **wrong))


def test_one_is_added_changed_and_told_apart_by_its_name(director, member_admin):
    key = own(member_admin, points=(" 一 ", "", "二"), month=7)
    made = by_key(director, key)
    assert (made.points, made.month, made.ask) == (("一", "二"), 0, "")
    with pytest.raises(RuleError, match="已有同名的事项"):
        own(director)
    wish = replace(WISH, name="擦两个展柜", points=("一", "二"), ahead=1)
    change_duty(director, duty_id=made.id, wish=wish)
    assert (by_key(director, key).name, by_key(director, key).ahead) == ("擦两个展柜", 1)
    with pytest.raises(RuleError, match="没有改动"):
        change_duty(director, duty_id=made.id, wish=wish)
    with pytest.raises(RuleError, match="周期不能改。请停用它，再新建一项每周的"):
        change_duty(director, duty_id=made.id, wish=replace(wish, rhythm="month"))


def test_what_the_program_does_by_itself_keeps_its_day(director):
    take_up(director)
    monday = by_key(director, "monday")
    wish = DutyWish(monday.name, "week", 2, post="member_admin")
    with pytest.raises(RuleError, match="日子由制度和节假日表决定"):
        change_duty(director, duty_id=monday.id, wish=wish)
    with pytest.raises(RuleError, match="不用清单"):
        change_duty(director, duty_id=monday.id, wish=replace(wish, points=("一",)))
    change_duty(director, duty_id=monday.id, wish=replace(wish, day=1, post="frontdesk"))
    assert by_key(director, "monday").post == "frontdesk"
    calls = by_key(director, "unclaimed")
    wish = DutyWish(calls.name, "month", 8, ahead=3, post=calls.post)
    change_duty(director, duty_id=calls.id, wish=wish)
    assert row(director, "unclaimed").due_on == "2026-12-08"


def test_switching(director):
    made = by_key(director, own(director, rhythm="once", day=1))
    with pytest.raises(RuleError, match="已经启用"):
        switch_duty(director, duty_id=made.id, active=True)
    switch_duty(director, duty_id=made.id, active=False)
    with pytest.raises(RuleError, match="已经停用"):
        switch_duty(director, duty_id=made.id, active=False)
    switch_duty(director, duty_id=made.id, active=True)
    assert duties(director.db) == [made]


def test_there_are_not_endlessly_many(director, monkeypatch):
    monkeypatch.setattr(editing, "MOST_DUTIES", 1)
    own(director)
    with pytest.raises(RuleError, match="事项最多 1 项"):
        own(director, "另一项")


def test_only_who_manages_may(frontdesk, director):
    made = by_key(director, own(director))
    for verb in (
        lambda: add_duty(frontdesk, wish=WISH),
        lambda: change_duty(frontdesk, duty_id=made.id, wish=WISH),
        lambda: switch_duty(frontdesk, duty_id=made.id, active=False),
    ):
        with pytest.raises(RuleError, match="请由会员管理员、院长登录"):
            verb()
