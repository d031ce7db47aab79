"""Who may tick what, what is refused, and taking back."""

from __future__ import annotations

import uuid

import pytest

from models.duties import DutyDone
from services.duties.board import DONE, OPEN, SKIPPED
from services.duties.doing import do_duty, may_do, skip_duty, take_back
from services.duties.editing import switch_duty
from services.errors import RuleError
from tests.conftest import TODAY
from tests.services.duties.world import by_key, own, row, rows, take_up

WEEK = "2026-W47"


@pytest.fixture
def duty(director):
    return by_key(director, own(director, day=5, post="marketing", points=("一", "二")))


def test_one_form_counts_once(clinic, marketing, duty):
    once = marketing.once(uuid.uuid4())
    first = do_duty(once, duty_id=duty.id, cycle=WEEK, ticked=("一",))
    assert do_duty(once, duty_id=duty.id, cycle=WEEK, ticked=("一",)) == first
    assert len(DutyDone.select().execute(clinic.db)) == 1


def test_only_its_post_and_those_who_oversee_may(frontdesk, marketing, member_admin, duty):
    for verb in (
        lambda: do_duty(frontdesk, duty_id=duty.id, cycle=WEEK, ticked=("一",)),
        lambda: skip_duty(frontdesk, duty_id=duty.id, cycle=WEEK, reason="忙"),
    ):
        with pytest.raises(RuleError, match="由市场办理，请由市场、会员管理员或院长登录"):
            verb()
    do_duty(marketing, duty_id=duty.id, cycle=WEEK, ticked=("一",))
    do_duty(member_admin, duty_id=duty.id, cycle=WEEK, ticked=("二",))
    assert may_do(duty, "marketing")
    assert not may_do(duty, "billing")


def test_the_second_window_hears_who_was_first(marketing, director, duty):
    do_duty(marketing, duty_id=duty.id, cycle=WEEK, ticked=("一", "二"), note="都好")
    found = row(director, duty.key)
    assert (found.state, found.done_by, found.done_on, found.note) == (
        DONE, "吴市场", TODAY, "都好",
    )  # fmt: skip
    with pytest.raises(RuleError, match=f"已由吴市场于 {TODAY} 完成，不用再做"):
        do_duty(director, duty_id=duty.id, cycle=WEEK, ticked=("一",))
    with pytest.raises(RuleError, match="不用再做"):
        skip_duty(director, duty_id=duty.id, cycle=WEEK, reason="忙")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"cycle": "2026-W40", "ticked": ("一",)}, "这一期已经过去"),
        ({"duty_id": 99}, "没有这项事项"),
        ({"ticked": ("三",)}, "清单已经改过"),
        ({}, "请至少勾一项"),
        ({"ticked": ("一",), "note": "长" * 501}, "备注最多 500 个字"),
    ],
)
def test_what_cannot_be_done_is_refused(marketing, duty, wrong, sentence):
    values = {"duty_id": duty.id, "cycle": WEEK, **wrong}
    with pytest.raises(RuleError, match=sentence):
        do_duty(marketing, **values)


def test_the_same_point_twice_is_nothing_new(marketing, duty):
    do_duty(marketing, duty_id=duty.id, cycle=WEEK, ticked=("一", "一"))
    with pytest.raises(RuleError, match="请至少勾一项"):
        do_duty(marketing, duty_id=duty.id, cycle=WEEK, ticked=("一",))


def test_not_before_its_time(director):
    key = own(director, rhythm="month", day=25, ahead=2)
    with pytest.raises(RuleError, match="要到 2026-11-23 才办"):
        do_duty(director, duty_id=by_key(director, key).id, cycle="2026-11")


def test_a_fact_is_not_ticked_but_may_be_left_out(director, clock):
    take_up(director)
    clock.day = "2026-11-23"
    monday = by_key(director, "monday")
    with pytest.raises(RuleError, match="“周一档案汇总移交”不用勾选：市场部在"):
        do_duty(director, duty_id=monday.id, cycle="2026-W48")
    with pytest.raises(RuleError, match="请写明这次为什么不做"):
        skip_duty(director, duty_id=monday.id, cycle="2026-W48", reason="  ")
    skipped = skip_duty(director, duty_id=monday.id, cycle="2026-W48", reason="停业装修")
    assert not skipped.complete
    assert (row(director, "monday").state, row(director, "monday").note) == (SKIPPED, "停业装修")
    with pytest.raises(RuleError, match="记为这次不做"):
        do_duty(director, duty_id=monday.id, cycle="2026-W48")
    take_back(director, row_id=skipped.row_id)
    assert row(director, "monday").state == OPEN


def test_r151_nobody_ticks_their_own_training(director, member_admin):
    take_up(director)
    duty = by_key(director, "training")
    about = next(each for each in rows(director, "training") if each.about == "郑管理")
    with pytest.raises(RuleError, match="自己的“上岗培训”不能自己勾"):
        do_duty(member_admin, duty_id=duty.id, cycle=about.cycle, ticked=duty.points)
    done = do_duty(director, duty_id=duty.id, cycle=about.cycle, ticked=duty.points)
    assert done.complete


def test_a_switched_off_one_is_not_done(director, duty):
    switch_duty(director, duty_id=duty.id, active=False)
    with pytest.raises(RuleError, match="已停用"):
        do_duty(director, duty_id=duty.id, cycle=WEEK, ticked=("一",))


# -- taking back -----------------------------------------------------------------------------


def test_ones_own_of_the_day_or_by_who_oversees(marketing, billing, member_admin, duty, clock):
    done = do_duty(marketing, duty_id=duty.id, cycle=WEEK, ticked=("一", "二")).row_id
    with pytest.raises(RuleError, match="只能收回自己当天的记录"):
        take_back(billing, row_id=done)
    take_back(marketing, row_id=done, note="勾错")
    with pytest.raises(RuleError, match=f"已由吴市场于 {TODAY} 收回"):
        take_back(marketing, row_id=done)
    again = do_duty(marketing, duty_id=duty.id, cycle=WEEK, ticked=("一", "二")).row_id
    clock.day = "2026-11-21"
    with pytest.raises(RuleError, match="只能收回自己当天的记录"):
        take_back(marketing, row_id=again)
    take_back(member_admin, row_id=again)
    with pytest.raises(RuleError, match="没有这条记录"):
        take_back(member_admin, row_id=999)


def test_the_last_one_first(marketing, duty):
    first = do_duty(marketing, duty_id=duty.id, cycle=WEEK, ticked=("一",)).row_id
    last = do_duty(marketing, duty_id=duty.id, cycle=WEEK, ticked=("二",)).row_id
    with pytest.raises(RuleError, match="请先收回最后一条"):
        take_back(marketing, row_id=first)
    back = take_back(marketing, row_id=last).row_id
    with pytest.raises(RuleError, match="没有这条记录"):
        take_back(marketing, row_id=back)  # what takes back is not taken back itself
    take_back(marketing, row_id=first)
