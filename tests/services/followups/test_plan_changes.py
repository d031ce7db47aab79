"""Changing, adding and switching plans; what would come; one call for many: R146–R150."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.activities import Activity
from models.followup import FollowupPlan, FollowupTask
from models.groups import CustomerGroup, Label
from models.people import Person
from models.system import Audit
from services.clock import plus_days, plus_months
from services.errors import RuleError
from services.followups.calls import log_call
from services.followups.campaign import MOST, plan_many
from services.followups.coming import coming
from services.followups.facts import matching_of
from services.followups.making import catch_up_plans
from services.followups.plan_changes import add_plan, change_plan, switch_plans
from services.followups.plan_checks import (
    PlanForm,
    check_form,
    form_of,
    label_choices,
    offset_words,
    read_offsets,
)
from services.followups.plan_presets import plan_presets
from services.followups.plan_words import plan_rows, sample, sentence, tier_choices
from services.followups.plans import (
    TRIGGERS,
    plan_of,
    plan_titles,
    plans,
    purpose_title,
    trigger_title,
)
from services.followups.tasks import reason_text
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import change as change_person
from tests.desk_world import consent, member, person
from tests.gift_world import in_command
from tests.services.followups.plan_world import (
    EVERYBODY,
    EXTRACTION,
    add_label,
    change,
    close,
    hang,
    made,
    on_day,
    plan,
    switch,
    task,
    treat,
)

OWN = PlanForm(
    name="种植二期后", offsets=(7, 3), scripts=("您好，恢复得怎么样？",), matching="种植:二期"
)


def later(days: int) -> str:
    return plus_days(TODAY, days)


@pytest.fixture
def patient(frontdesk) -> int:
    return person(frontdesk, "M1", name="王小美", sex="F", phone="13812348000")


# -- the presets ---------------------------------------------------------------------------------


def test_front_desk_4_3_every_preset_is_a_plan_that_may_be(clinic):
    found = plans(clinic.db)
    assert [each.key for each in found] == [each.key for each in plan_presets()]
    for each in found:
        check_form(clinic.db, each.key, each.trigger, form_of(each), label_needed=False)
        assert each.shipped
        assert 2 <= len(each.scripts) <= 3
        assert each.medical == (each.trigger in ("item", "recall"))
        assert each.active == (each.key in ("unclaimed_gift", "birthday", "term"))
    assert set(TRIGGERS) == {each.trigger for each in found}
    assert all(trigger_title(each) for each in TRIGGERS)
    assert purpose_title("recovery") == "了解恢复情况和需求"
    assert purpose_title("自定") == "自定"


@pytest.mark.parametrize(
    ("key", "offsets"),
    [
        ("care.extraction", (0, 1, 90)),
        ("care.filling", (0, 1, 90, 180, 360)),
        ("care.root_canal", (0, 1, 15)),
        ("care.prosthesis", (1, 7, 30, 90, 180, 360)),
        ("care.cleaning", (1,)),
        ("care.perio", (1, 30, 90)),
    ],
)
def test_front_desk_4_3_the_days_of_the_table(clinic, key, offsets):
    assert plan_of(clinic.db, key).offsets == offsets


def test_a_reason_names_the_plan_and_what_it_is_about(clinic):
    titles = plan_titles(clinic.db)
    assert reason_text(EXTRACTION, "智齿拔除", titles) == "拔牙后：智齿拔除"
    assert reason_text("survey", "", titles) == "满意度回访"
    assert reason_text("term", "“方案”到期", titles) == "“方案”到期"
    assert plan_of(clinic.db, "manual") is None


# -- changing ------------------------------------------------------------------------------------


def test_a_changed_preset_keeps_its_key_and_says_everything(clinic, member_admin):
    change(member_admin, EXTRACTION, name="拔牙回访", channel="sms", most_tries=2, post="frontdesk")
    found = plan(member_admin, EXTRACTION)
    assert (found.name, found.channel, found.most_tries, found.post) == (
        "拔牙回访", "sms", 2, "frontdesk",
    )  # fmt: skip
    assert (found.offsets, found.active, found.medical) == ((0, 1, 90), False, True)
    change(member_admin, EXTRACTION, most_tries=3)
    assert clinic.db.scalar(FollowupPlan.select(FollowupPlan.id)) == found.id
    assert plan_titles(clinic.db)[EXTRACTION] == "拔牙回访"
    with pytest.raises(RuleError, match="没有改动"):
        change(member_admin, EXTRACTION)
    with pytest.raises(RuleError, match="没有找到这个回访计划"):
        change_plan(member_admin, key="own.9", form=OWN)


def test_other_days_apply_to_everything_since_the_plan_began(
    clinic, frontdesk, member_admin, clock, patient
):
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    on_day(frontdesk, clock, later(5))
    close(frontdesk, patient, cycle=f"{TODAY}.1")
    change(member_admin, EXTRACTION, offsets=(1, 30))
    on_day(frontdesk, clock, later(5))
    assert made(frontdesk, patient) == [
        (f"{TODAY}.0", TODAY, "settled"),
        (f"{TODAY}.1", later(1), "tries"),
        (f"{TODAY}.30", later(30), "open"),
        (f"{TODAY}.90", later(90), "settled"),
    ]


def test_another_item_makes_it_a_plan_that_begins_today(frontdesk, member_admin, clock, patient):
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient, "乳牙拔除", "儿牙")
    on_day(frontdesk, clock, later(1))
    change(member_admin, EXTRACTION, matching="儿牙:拔")
    on_day(frontdesk, clock, later(1))
    assert made(frontdesk, patient) == []
    treat(frontdesk, patient, "乳牙拔除", "儿牙")
    assert catch_up_plans(frontdesk) == 3


def test_open_tasks_take_over_whether_they_are_an_offer(frontdesk, member_admin, patient):
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    change(member_admin, EXTRACTION, marketing=True, purpose="care", post="billing")
    first = task(frontdesk, patient)
    assert (first.marketing, first.purpose, first.post) == (1, "care", "billing")


def test_an_own_plan_is_added_switched_off_and_works_when_it_is_on(
    clinic, frontdesk, member_admin, patient
):
    add_plan(member_admin, trigger="item", form=OWN)
    found = plans(clinic.db)[-1]
    assert (found.key[:4], found.offsets, found.active, found.shipped) == (
        "own.", (3, 7), False, False,
    )  # fmt: skip
    switch(member_admin, found.key)
    treat(frontdesk, patient, "种植二期手术", "种植")
    assert catch_up_plans(frontdesk) == 2
    action = Audit.select(Audit.detail).where(Audit.action == "plan.add")
    assert found.key in clinic.db.scalar(action)


@pytest.mark.parametrize("trigger", ["gift", "nothing"])
def test_some_plans_are_not_added(member_admin, trigger):
    with pytest.raises(RuleError, match="请选择这个计划看什么"):
        add_plan(member_admin, trigger=trigger, form=OWN)


@pytest.mark.parametrize(
    ("trigger", "values", "sentence_"),
    [
        ("item", {"name": " "}, "请填计划名称"),
        ("item", {"name": "很" * 21}, "请填计划名称"),
        ("item", {"name": "拔牙后"}, "已有叫“拔牙后”的计划"),
        ("item", {"matching": ""}, "请选项目类别"),
        ("item", {"matching": "牙:"}, "没有“牙”这个项目类别"),
        ("item", {"matching": "种植:" + "长" * 61}, "项目字样太长"),
        ("idle", {"matching": "种植:", "months": 3, "marketing": True}, "不看项目"),
        ("label", {"matching": "99"}, "请选择一个标签"),
        ("label", {"matching": "x"}, "请选择一个标签"),
        ("item", {"months": 3}, "不按月"),
        ("recall", {"months": 0}, "1 到 60 个月"),
        ("recall", {"months": 61}, "1 到 60 个月"),
        ("item", {"offsets": ()}, "1 到 12 个不同的天数"),
        ("item", {"offsets": (1, 1)}, "1 到 12 个不同的天数"),
        ("item", {"offsets": tuple(range(13))}, "1 到 12 个不同的天数"),
        ("item", {"offsets": (-1,)}, "天数须在 0 到 1080 天"),
        ("item", {"offsets": (1081,)}, "天数须在 0 到 1080 天"),
        ("quota", {"matching": "", "offsets": (1,)}, "提前天数须在 0 到 180 天"),
        ("item", {"scripts": ()}, "1 到 6 条话术"),
        ("item", {"scripts": ("",)}, "1 到 6 条话术"),
        ("item", {"scripts": ("长" * 301,)}, "最多 300 个字"),
        ("item", {"scripts": ("{名字}您好",)}, "只能用这些变量"),
        ("item", {"scripts": ("{姓氏您好",)}, "只能用这些变量"),
        ("item", {"scripts": ("保证不疼",)}, "不能有“保证”"),
        ("item", {"channel": "fax"}, "请选择联系方式"),
        ("item", {"purpose": "x"}, "请选择回访目的"),
        ("item", {"post": "doctor"}, "请选择由哪个岗位"),
        ("idle", {"matching": "", "months": 6, "marketing": False}, "属于营销联系"),
        ("item", {"most_tries": 0}, "最多拨打次数"),
        ("item", {"most_tries": 21}, "最多拨打次数"),
        ("item", {"daily_most": -1}, "每天最多条数"),
        ("item", {"daily_most": 10**9}, "每天最多条数"),
        ("item", {"min_rank": 9}, "没有这个等级"),
        ("item", {"group_id": 99}, "没有找到这个分组"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(member_admin, trigger, values, sentence_):
    with pytest.raises(RuleError, match=sentence_):
        add_plan(member_admin, trigger=trigger, form=replace(OWN, **values))


@pytest.mark.parametrize(
    ("key", "values", "sentence_"),
    [
        ("term", {"offsets": (0, -3)}, "只留一个"),
        ("unclaimed_gift", {"offsets": (-1,)}, "由会员方案规定"),
        ("birthday", {"min_rank": 1}, "不能限定等级或分组"),
        ("birthday", {"marketing": False}, "属于营销联系"),
    ],
)
def test_what_the_program_knows_of_once_is_bound_closer(member_admin, key, values, sentence_):
    with pytest.raises(RuleError, match=sentence_):
        change(member_admin, key, **values)


def test_a_label_of_somebodys_health_is_no_reason_to_call(clinic, frontdesk, member_admin):
    plain, health = add_label(frontdesk), add_label(frontdesk, "糖尿病")
    hide = Label.update(sensitive="health").where(Label.id == health)
    in_command(frontdesk, lambda tx: tx.db.write(hide))
    assert label_choices(clinic.db) == [(plain, "意向·考虑种植")]
    with pytest.raises(RuleError, match="请选择一个标签"):
        change(member_admin, "label.stage", matching=str(health))


@pytest.mark.parametrize("role", ["frontdesk", "billing", "marketing"])
def test_only_who_manages_changes_plans(request, role):
    session = request.getfixturevalue(role)
    with pytest.raises(RuleError, match="会员管理员、院长"):
        add_plan(session, trigger="item", form=OWN)
    with pytest.raises(RuleError, match="会员管理员、院长"):
        switch(session, EXTRACTION)


@pytest.mark.parametrize(
    ("trigger", "text", "wanted"),
    [
        ("item", "90、0,1", (0, 1, 90)),
        ("quota", "30 7", (-30, -7)),
        ("birthday", "-3", (-3,)),
    ],
)
def test_days_are_typed_as_they_are_said(trigger, text, wanted):
    assert read_offsets(trigger, text) == wanted
    assert read_offsets(trigger, offset_words(trigger, wanted)) == wanted


def test_words_of_items_are_kept_apart_however_they_are_typed():
    assert matching_of("治疗", " 补牙,充填，树脂、补牙 ") == "治疗:补牙、充填、树脂"
    assert matching_of("", "") == ":"


@pytest.mark.parametrize("text", ["", "x", "1、二", "1.5"])
def test_days_that_are_none_are_refused(text):
    with pytest.raises(RuleError, match="请填天数"):
        read_offsets("item", text)


# -- switching -----------------------------------------------------------------------------------


def test_switching_twice_is_said_and_several_at_once_go(clinic, member_admin):
    keys = (EXTRACTION, "survey")
    done = switch_plans(member_admin, keys=keys, on=True)
    assert (done.switched, done.stopped) == (2, 0)
    with pytest.raises(RuleError, match="不用再切换"):
        switch(member_admin, *keys)
    assert switch_plans(member_admin, keys=(*keys, "review"), on=True).switched == 1
    with pytest.raises(RuleError, match="没有找到这个回访计划"):
        switch(member_admin, "nothing")


def test_switching_off_keeps_what_waits_or_calls_it_off_for_good(
    frontdesk, member_admin, clock, patient
):
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    switch(member_admin, EXTRACTION, on=False)
    treat(frontdesk, patient, "乳牙拔除")
    assert catch_up_plans(frontdesk) == 0
    assert {how for _, _, how in made(frontdesk, patient)} == {"open"}
    switch(member_admin, EXTRACTION)
    done = switch_plans(member_admin, keys=(EXTRACTION,), on=False, drop_open=True)
    assert done.stopped == 3
    switch(member_admin, EXTRACTION)
    on_day(frontdesk, clock, later(1))
    assert {how for _, _, how in made(frontdesk, patient)} == {"stopped"}


@pytest.mark.parametrize(
    ("more", "sentence_"),
    [
        ({"from_on": "2026-11-21"}, "起算日"),
        ({"from_on": "2025-01-01"}, "起算日"),
        ({"from_on": "昨天"}, "起算日"),
        ({"daily_most": -1}, "每天最多条数"),
        ({"daily_most": 501}, "每天最多条数"),
    ],
)
def test_a_beginning_that_cannot_be_is_refused(member_admin, more, sentence_):
    with pytest.raises(RuleError, match=sentence_):
        switch(member_admin, EXTRACTION, **more)


def test_a_plan_that_lacks_its_label_is_not_switched_on(member_admin):
    with pytest.raises(RuleError, match="请选择一个标签"):
        switch(member_admin, "label.stage")


def test_gifts_birthdays_and_terms_stop_when_their_plans_are_off(frontdesk, member_admin, clock):
    patient = member(frontdesk, "M1", birthday="1990-12-20")
    switch(member_admin, "unclaimed_gift", "birthday", "term", on=False)
    on_day(frontdesk, clock, later(30))
    assert frontdesk.db.rows(FollowupTask.select()) == []
    switch(member_admin, "unclaimed_gift", "birthday")
    on_day(frontdesk, clock, later(30))
    assert made(frontdesk, patient, "unclaimed_gift")[0][2] == "open"
    assert made(frontdesk, patient, "birthday") == [("2026", later(30), "open")]


@pytest.mark.parametrize(("ahead", "due_on"), [(0, "2026-11-27"), (3, "2026-11-24"), (7, TODAY)])
def test_r061_a_birthday_is_thought_of_so_many_days_ahead(
    frontdesk, member_admin, clock, ahead, due_on
):
    if ahead:
        change(member_admin, "birthday", offsets=(-ahead,))
    patient = member(frontdesk, "M1", birthday="1990-11-27")
    late = member(frontdesk, "M2", birthday="1990-11-21")
    on_day(frontdesk, clock, TODAY)
    on_day(frontdesk, clock, later(1))
    cycle = f"2026.-{ahead}" if ahead else "2026"
    assert made(frontdesk, patient, "birthday") == [(cycle, due_on, "open")]
    assert made(frontdesk, late, "birthday")[0][1] == max(TODAY, plus_days(later(1), -ahead))


def test_front_desk_4_3_a_birthday_has_a_call_for_every_day_of_its_plan(
    frontdesk, member_admin, clock
):
    early, late, next_one = (
        member(frontdesk, "M1", birthday="1990-11-29"),
        member(frontdesk, "M2", birthday="1990-11-22"),
        member(frontdesk, "M3", birthday="1990-11-30"),
    )
    change(member_admin, "birthday", offsets=(-7, -3, 0))
    on_day(frontdesk, clock, TODAY)
    assert made(frontdesk, late, "birthday") == [
        ("2026.-3", TODAY, "open"), ("2026", later(2), "open"),
    ]  # fmt: skip
    assert made(frontdesk, early, "birthday") == []
    for day in range(1, 4):
        on_day(frontdesk, clock, later(day))
    assert made(frontdesk, early, "birthday") == [
        ("2026.-7", later(2), "open"), ("2026.-3", later(6), "open"), ("2026", later(9), "open"),
    ]  # fmt: skip
    assert len(made(frontdesk, late, "birthday")) == 2
    assert len(made(frontdesk, next_one, "birthday")) == 3


def test_a_birthday_of_an_older_file_is_not_told_of_twice(frontdesk, member_admin, clock):
    patient = member(frontdesk, "M1", birthday="1990-11-24")
    on_day(frontdesk, clock, TODAY)
    assert made(frontdesk, patient, "birthday") == [("2026", later(4), "open")]
    change(member_admin, "birthday", offsets=(-3,))
    on_day(frontdesk, clock, later(1))
    assert made(frontdesk, patient, "birthday") == [
        ("2026.-3", later(1), "open"), ("2026", later(4), "settled"),
    ]  # fmt: skip
    change(member_admin, "birthday", offsets=(-3, 0))
    on_day(frontdesk, clock, later(2))
    assert [how for *_, how in made(frontdesk, patient, "birthday")] == ["open", "open"]


def test_a_gift_that_came_back_is_told_of_again_unless_a_call_had_done_so(clinic, frontdesk, clock):
    vip = member(frontdesk, "M1")
    on_day(frontdesk, clock, later(30))
    (row,) = made(frontdesk, vip, "unclaimed_gift")
    assert row[2] == "open"
    settle = FollowupTask.update(state="done", closed_as="settled")
    in_command(frontdesk, lambda tx: tx.db.write(settle))
    on_day(frontdesk, clock, later(31))
    assert made(frontdesk, vip, "unclaimed_gift")[0][1:] == (later(31), "open")
    first = task(frontdesk, vip, "unclaimed_gift")
    log_call(frontdesk, person_id=vip, task_ids=(first.id,), outcome="fine")
    on_day(frontdesk, clock, later(32))
    assert made(frontdesk, vip, "unclaimed_gift")[0][2] == "reached"


# -- read aloud, and what would come -------------------------------------------------------------


def test_the_list_says_what_when_and_how_many(clinic, frontdesk, member_admin, patient):
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    rows = {row.key: row for row in plan_rows(clinic.db)}
    row = rows[EXTRACTION]
    assert (row.looks_at, row.days, row.made, row.open, row.next_on) == (
        "做完“拔牙”", "当天、1、90 天后", 3, 3, TODAY,
    )  # fmt: skip
    assert rows["care.filling"].looks_at == "做完“治疗”中含“补牙、充填、树脂”的项目"
    assert rows["birthday"].days == "当天"
    assert rows["quota_ending"].days == "提前 30 天"
    assert rows["unclaimed_gift"].days == "按会员方案"
    assert rows["label.stage"].looks_at == "贴上标签(未选)"
    assert (rows["idle.6"].made, rows["idle.6"].next_on) == (0, None)


def test_a_plan_is_read_aloud(clinic, frontdesk):
    label_id = add_label(frontdesk)
    group = in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            CustomerGroup, name="老顾客", rule=EVERYBODY, staff_id=tx.actor.id, seq=tx.seq
        ),
    )
    form = replace(
        OWN, matching=":二期", post="frontdesk", min_rank=3, group_id=group, daily_most=5
    )
    assert sentence(clinic.db, "item", form) == (
        "做完名称含“二期”的项目，3、7 天后电话联系；为了治疗后服务与口碑；由前台负责；"
        "只联系VIP会员及以上会员；只联系分组“老顾客”；属服务提醒；最多拨 6 次；"
        "补以前的每天最多 5 条。"
    )
    letter = replace(OWN, matching=str(label_id), channel="letter", marketing=True)
    assert sentence(clinic.db, "label", letter) == (
        "贴上标签“考虑种植”，3、7 天后信函联系；为了治疗后服务与口碑；属营销，避开拒绝营销的顾客。"
    )
    assert "项目(未选)" in sentence(clinic.db, "item", replace(OWN, matching=""))
    assert tier_choices(clinic.db)[0] == (0, "不限")


def test_a_sample_has_somebodys_own_values(clinic, patient):
    form = replace(OWN, scripts=("{姓氏}{称谓}，您{几天}前做了{项目}。",))
    assert sample(clinic.db, TODAY, form, None) == "王女士，您7天前做了种植。"
    assert sample(clinic.db, TODAY, form, patient) == "王女士，您7天前做了种植。"
    assert sample(clinic.db, TODAY, replace(form, scripts=()), None) == ""


def test_what_would_come_is_known_before_switching_on(clinic, frontdesk, member_admin, patient):
    treat(frontdesk, patient)
    found = coming(clinic.db, TODAY, plan(frontdesk, EXTRACTION))
    assert (found.total, found.usual) == (2, 2)  # that of day 90 comes later
    assert [(row.number, row.due_on) for row in found.rows] == [("M1", TODAY), ("M1", later(1))]
    assert made(frontdesk, patient) == []
    told = []
    switch(member_admin, EXTRACTION)
    catch_up_plans(frontdesk)
    again = coming(clinic.db, TODAY, plan(frontdesk, EXTRACTION), TODAY, lambda: told.append(1))
    assert again.total == 0
    assert told
    assert not coming(clinic.db, TODAY, plan(frontdesk, "birthday")).known


def test_what_falls_due_in_the_next_days_is_counted_ahead(clinic, frontdesk, patient):
    change_person(frontdesk, patient, last_visit_on=plus_months(later(10), -6))
    silent = person(frontdesk, "M2", last_visit_on=plus_months(later(10), -6))
    consent(frontdesk, silent, granted=False)
    person(frontdesk, "M3", last_visit_on=plus_months(later(40), -6))
    found = coming(clinic.db, TODAY, plan(frontdesk, "idle.6"))
    assert (found.total, found.usual) == (1, None)
    assert found.rows[0].due_on == later(10)


# -- one for many --------------------------------------------------------------------------------


def test_r150_one_call_for_many_leaves_out_who_said_no(clinic, frontdesk, patient):
    silent, gone = person(frontdesk, "M2"), person(frontdesk, "M3", state="withdrawn")
    consent(frontdesk, silent, granted=False)
    people = (patient, silent, gone, patient)
    done = plan_many(
        frontdesk, people=people, due_on=later(1), subject=" 邀请参加会员日 ", marketing=True
    )
    assert (done.made, done.left_out) == (1, 2)
    row = task(frontdesk, patient, "manual")
    assert (row.subject, row.marketing, row.due_on) == ("邀请参加会员日", 1, later(1))
    done = plan_many(
        frontdesk, people=people, due_on=TODAY, subject="停诊通知", marketing=False, channel="sms"
    )
    assert (done.made, done.left_out) == (2, 1)
    none = plan_many(frontdesk, people=(gone,), due_on=TODAY, subject="问", marketing=False)
    assert (none.made, none.changes.kinds) == (0, ())


def test_r150_a_call_hangs_on_its_group_and_activity(clinic, frontdesk, patient):
    def body(tx):
        who = {"staff_id": tx.actor.id, "seq": tx.seq}
        group = tx.db.insert(CustomerGroup, name="甲", rule=EVERYBODY, **who)
        days = {"day": TODAY, "number": "H1", "name": "讲座", "kind": "lecture"}
        open_ = tx.db.insert(Activity, state="open", **days, **who)
        over = tx.db.insert(Activity, state="closed", **{**days, "number": "H2"}, **who)
        return group, open_, over

    group, activity, over = in_command(frontdesk, body)
    values = {"people": (patient,), "due_on": TODAY, "subject": "邀请", "marketing": True}
    plan_many(frontdesk, **values, group_id=group, activity_id=activity)
    row = task(frontdesk, patient, "manual")
    assert (row.group_id, row.activity_id) == (group, activity)
    with pytest.raises(RuleError, match="已结束或取消"):
        plan_many(frontdesk, **values, activity_id=over)
    with pytest.raises(RuleError, match="没有找到这个分组"):
        plan_many(frontdesk, **values, group_id=99)


@pytest.mark.parametrize(
    ("values", "sentence_"),
    [
        ({"subject": " "}, "请写明为什么"),
        ({"subject": "长" * 61}, "最多 60 个字"),
        ({"due_on": "2026-11-19"}, "下次回访日期"),
        ({"channel": "fax"}, "请选择联系方式"),
        ({"people": ()}, "名单是空的"),
        ({"people": (99,)}, "找不到的顾客"),
        ({"people": tuple(range(1, MOST + 2))}, "一次最多安排 5000 位"),
    ],
)
def test_a_call_for_many_that_cannot_be_is_refused(frontdesk, patient, values, sentence_):
    plain = {"people": (patient,), "due_on": TODAY, "subject": "问", "marketing": False}
    with pytest.raises(RuleError, match=sentence_):
        plan_many(frontdesk, **plain | values)


# -- verify --------------------------------------------------------------------------------------


def codes(clinic) -> set[str]:
    return {fault.code for fault in verify(clinic).faults} - {"search.missing"}


def test_a_task_of_no_plan_and_a_plan_nobody_can_read_are_found(
    clinic, frontdesk, member_admin, patient
):
    label_id = add_label(frontdesk)
    hang(frontdesk, patient, label_id)
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    catch_up_plans(frontdesk)
    assert codes(clinic) == set()
    strange = FollowupTask.update(rule="own.7")
    in_command(frontdesk, lambda tx: tx.db.write(strange))
    assert codes(clinic) == {"task.rule"}
    broken = FollowupPlan.update(offsets="?")
    in_command(frontdesk, lambda tx: tx.db.write(broken))
    assert codes(clinic) == {"plan.unreadable"}


def test_e62_a_task_open_twice_for_one_person_is_found(clinic, frontdesk, member_admin, patient):
    from services.people.merging import merge_people

    other = person(frontdesk, "M2", name="王小美")
    switch(member_admin, EXTRACTION)
    treat(frontdesk, patient)
    treat(frontdesk, other)
    catch_up_plans(frontdesk)
    merge_people(member_admin, survivor_id=patient, merged_id=other)
    assert codes(clinic) == set()
    reopened = FollowupTask.update(state="open", closed_as="")
    in_command(frontdesk, lambda tx: tx.db.write(reopened))
    assert codes(clinic) == {"task.twice"}
    assert clinic.db.scalar(Person.select(Person.state).where(Person.id == other)) == "merged"
