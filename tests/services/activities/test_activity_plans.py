"""Planning an activity, changing it, holding, closing and cancelling it (R012, R013, R095)."""

from __future__ import annotations

import pytest

from models.followup import FollowupTask
from models.groups import CustomerGroup
from models.system import Staff
from services.activities.door import attend
from services.activities.planning import (
    ActivityForm,
    cancel_activity,
    close_activity,
    hold_activity,
    open_activity,
    plan_activity,
)
from services.activities.records import activities, activity, activity_lines
from services.activities.sign_up import sign_up
from services.activities.words import KINDS, kind_title, place_title, state_title
from services.clock import plus_days
from services.errors import RuleError
from services.staff import approve
from tests.activity_world import DAY, altered, faults, opened, planned, stands
from tests.conftest import PIN, STAFF, TODAY
from tests.desk_world import member, person
from tests.gift_world import in_command
from tests.money_world import sign, variant


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert faults(clinic) == []


def calls(session, activity_id):
    query = FollowupTask.select(
        FollowupTask.person_id, FollowupTask.state, FollowupTask.marketing, FollowupTask.subject
    )
    return session.db.rows(query.where(FollowupTask.activity_id == activity_id))


def test_r012_an_activity_is_planned_opened_held_and_closed(clinic, marketing, clock):
    first = planned(marketing, name=" 护牙讲座 ", at="下午2点", capacity=30, place="二楼")
    row = activity(clinic.db, first)
    assert (row.name, row.at, row.state, row.free, row.full) == (
        "护牙讲座", "14:00", "planned", 30, False,
    )  # fmt: skip
    assert row.number == "HD-20261120-01"
    assert planned(marketing)
    assert len(activities(clinic.db)) == 2
    assert activities(clinic.db, "2027-01-01") == []
    with pytest.raises(RuleError, match="先按“开放报名”"):
        hold_activity(marketing, activity_id=first)
    open_activity(marketing, activity_id=first)
    with pytest.raises(RuleError, match="现在是“报名中”"):
        open_activity(marketing, activity_id=first)
    with pytest.raises(RuleError, match="还没有到"):
        hold_activity(marketing, activity_id=first)
    clock.day = DAY
    hold_activity(marketing, activity_id=first)
    with pytest.raises(RuleError, match="几句总结"):
        close_activity(marketing, activity_id=first, summary="  ")
    with pytest.raises(RuleError, match="最多 1000 字"):
        close_activity(marketing, activity_id=first, summary="好" * 1001)
    close_activity(marketing, activity_id=first, summary="来了十人")
    assert activity(clinic.db, first).summary == "来了十人"
    with pytest.raises(RuleError, match="现在是“已总结”"):
        altered(marketing, first, name="别的")


def test_the_words_are_chinese():
    assert all(kind_title(kind) for kind in KINDS)
    assert state_title("cancelled") == "已取消"
    assert place_title("waiting") == "候补"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "活动名称"),
        ({"kind": "party"}, "种类"),
        ({"name": "长" * 41}, "最多各 40 字"),
        ({"place": "长" * 41}, "最多各 40 字"),
        ({"note": "长" * 1001}, "备注"),
        ({"day": "28 号"}, "写成"),
        ({"day": plus_days(TODAY, -1)}, "今天或以后"),
        ({"day": "2036-01-01"}, "超过两年"),
        ({"at": "25点"}, "时间"),
        ({"capacity": 0}, "不限名额就留空"),
        ({"capacity": 10**9}, "名额"),
        ({"companions": -1}, "同行"),
        ({"companions": 21}, "同行"),
        ({"capacity": 2, "companions": 2}, "少于名额"),
        ({"points": -5}, "到场积分"),
        ({"points": 10_001}, "到场积分"),
        ({"gift_fen": 100}, "送什么"),
        ({"gift_name": "牙刷", "gift_fen": 150}, "整元"),
        ({"gift_name": "牙刷", "gift_fen": -100}, "整元"),
        ({"group_id": 99}, "客户分组"),
        ({"owner_id": 99}, "负责人"),
    ],
)
def test_r012_what_cannot_be_is_refused(clinic, member_admin, values, sentence):
    with pytest.raises(RuleError, match=sentence):
        planned(member_admin, **values)
    assert activities(clinic.db) == []


def test_an_unknown_activity_is_refused(clinic, marketing):
    with pytest.raises(RuleError, match="没有找到这个活动"):
        open_activity(marketing, activity_id=7)


def test_r012_an_owner_and_a_group_in_use_are_taken(clinic, director):
    owner = clinic.db.scalar(Staff.select(Staff.id).where(Staff.name == STAFF["marketing"]))
    group = in_command(
        director,
        lambda tx: tx.db.insert(
            CustomerGroup, name="全部", rule='{"is":"all"}', active=1, staff_id=1, seq=tx.seq
        ),
    )
    made = planned(director, owner_id=owner, group_id=group)
    assert activity(clinic.db, made).owner == STAFF["marketing"]


def test_r050_points_and_gifts_are_set_by_a_manager(clinic, marketing, member_admin):
    for values in ({"points": 50}, {"gift_name": "牙刷", "gift_fen": 1000}):
        with pytest.raises(RuleError, match="须由会员管理员、院长登录后设定"):
            planned(marketing, **values)
    first = planned(member_admin, points=50, gift_name="牙刷", gift_fen=1000)
    altered(marketing, first, name="新名字")  # what it gives stays
    assert activity(clinic.db, first).points == 50
    with pytest.raises(RuleError, match="须由"):
        altered(marketing, first, points=60)


def test_e63_more_than_500_points_take_the_directors_word(clinic, member_admin, director):
    form = ActivityForm("护牙讲座", "lecture", DAY, points=501)
    with pytest.raises(RuleError, match="超过 500 分"):
        plan_activity(member_admin, form=form)
    word = approve(clinic, STAFF["director"], PIN, "approve.adjustment")
    with pytest.raises(RuleError, match="两个人"):
        plan_activity(director, form=form, approval=word)
    made = plan_activity(member_admin, form=form, approval=word).activity_id
    altered(member_admin, made, gift_name="牙刷")  # the points stay as they were agreed to
    assert activity(clinic.db, made).points == 501


def test_r050_where_no_points_are_kept_none_are_promised(clinic, director, frontdesk):
    sign(director, variant(mode="none"))
    with pytest.raises(RuleError, match="不记积分"):
        planned(director, points=5)


def test_r012_another_day_is_told_to_those_who_signed_up(clinic, frontdesk, member_admin):
    first = opened(member_admin, capacity=2, companions=1)
    one, two = member(frontdesk, "M1", "王小明"), person(frontdesk, "M2", "李四")
    sign_up(frontdesk, activity_id=first, person_id=one, companions=1)
    sign_up(frontdesk, activity_id=first, person_id=two)
    changed = altered(member_admin, first, day=plus_days(DAY, 7), place="三楼")
    assert changed.calls == 2
    again = altered(member_admin, first, at="9:30")
    assert again.calls == 2
    told = calls(frontdesk, first)
    assert [(row[1], row[2]) for row in told] == [("given_up", 0)] * 2 + [("open", 0)] * 2
    assert "12-05 09:30 护牙讲座，三楼" in told[-1][3]
    assert altered(member_admin, first, note="带健康手册").calls == 0


def test_r012_nobody_loses_a_seat_by_a_change(clinic, frontdesk, member_admin, clock):
    first = opened(member_admin, capacity=5, companions=2)
    one, two = person(frontdesk, "M1", "王小明"), person(frontdesk, "M2", "李四")
    sign_up(frontdesk, activity_id=first, person_id=one, companions=2)
    for values, sentence in (
        ({"capacity": 2, "companions": 1}, "名额不能少于 3"),
        ({"companions": 1}, "不能少于 2"),
        ({"members_only": True}, "只限会员"),
        ({"points": 5}, "已有人报名"),
    ):
        with pytest.raises(RuleError, match=sentence):
            altered(member_admin, first, **values)
    sign_up(frontdesk, activity_id=first, person_id=two, companions=2)
    assert stands(clinic, first)[two] == "waiting"
    assert altered(member_admin, first, capacity=6).moved_up == 1
    assert stands(clinic, first)[two] == "signed_up"
    assert calls(frontdesk, first)[0][2:] == (0, "候补转正：11-28 护牙讲座")
    clock.day = DAY
    attend(frontdesk, activity_id=first, person_id=one)
    with pytest.raises(RuleError, match="日期不能再改"):
        altered(member_admin, first, day=plus_days(DAY, 1))
    assert altered(member_admin, first, day=DAY, capacity=None).moved_up == 0


def test_r012_whose_day_is_past_is_opened_no_more(clinic, marketing, clock):
    first = planned(marketing)
    clock.day = plus_days(DAY, 1)
    with pytest.raises(RuleError, match="已过"):
        open_activity(marketing, activity_id=first)
    altered(marketing, first, name="改名不改期")
    altered(marketing, first, day=plus_days(DAY, 3))
    open_activity(marketing, activity_id=first)


def test_r012_who_signed_up_is_called_back_when_it_is_cancelled(clinic, frontdesk, marketing):
    first = opened(marketing, capacity=1)
    one, two = person(frontdesk, "M1", "王小明"), person(frontdesk, "M2", "李四")
    sign_up(frontdesk, activity_id=first, person_id=one)
    sign_up(frontdesk, activity_id=first, person_id=two)
    assert activity_lines(clinic.db, TODAY, one) == ("已报名 11-28 护牙讲座",)
    with pytest.raises(RuleError, match="取消的原因"):
        cancel_activity(marketing, activity_id=first, reason=" ")
    assert cancel_activity(marketing, activity_id=first, reason="老师病了").calls == 2
    told = calls(frontdesk, first)
    assert {row[0] for row in told} == {one, two}
    assert told[0][1:] == ("open", 0, "活动取消：11-28 护牙讲座。原因：老师病了")
    assert activity_lines(clinic.db, TODAY, one) == ()
    with pytest.raises(RuleError, match="已取消"):
        sign_up(frontdesk, activity_id=first, person_id=one)


def test_r012_who_was_there_keeps_it_from_being_cancelled(clinic, frontdesk, marketing):
    first = opened(marketing, day=TODAY)
    one, two = person(frontdesk, "M1", "王小明"), person(frontdesk, "M2", "李四")
    sign_up(frontdesk, activity_id=first, person_id=two)
    attend(frontdesk, activity_id=first, person_id=one)
    with pytest.raises(RuleError, match="已有人签到"):
        cancel_activity(marketing, activity_id=first, reason="下雨")
    assert hold_activity(marketing, activity_id=first).missed == 1
    assert stands(clinic, first) == {one: "attended", two: "missed"}
    attend(frontdesk, activity_id=first, person_id=two)  # found on the paper list
    assert activity(clinic.db, first).attended == 2


def test_rights_of_activities(frontdesk, billing):
    for session in (frontdesk, billing):
        with pytest.raises(RuleError, match="没有这项权限"):
            planned(session)
