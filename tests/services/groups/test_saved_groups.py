"""Groups under a name: what a rule may say, who uses it, and what it is read as (R174)."""

from __future__ import annotations

import pytest

from models.followup import FollowupPlan
from models.groups import CustomerGroup, Label, PersonLabel
from services.errors import RuleError
from services.groups import rule as r
from services.groups.filters import MOST_PARTS
from services.groups.labels import define_label
from services.groups.life_cycle import Spans, set_spans, spans, stage_title
from services.groups.members import group_members, members_of_rule
from services.groups.reading import sentence, words
from services.groups.saved import (
    MOST_GROUPS,
    change_group,
    group_choices,
    group_named,
    retire_group,
    save_group,
    saved_groups,
)
from services.people.records import add_doctor
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import member, person
from tests.gift_world import in_command

WOMEN = r.Sex("F")


def kept(db, name):
    return next(each for each in saved_groups(db, everything=True) if each.name == name)


def faults(clinic):
    return [each.code for each in verify(clinic).faults if each.code != "search.missing"]


def test_r174_a_saved_group_is_asked_anew_each_time(clinic, frontdesk, marketing):
    made = save_group(marketing, name=" 女 顾客 ", rule=WOMEN)
    assert [each.name for each in group_choices(clinic.db)] == ["女 顾客"]
    assert group_members(clinic.db, TODAY, made.group_id) == []
    who = person(frontdesk, "M1", sex="F")
    assert group_members(clinic.db, TODAY, made.group_id) == [who]
    assert kept(clinic.db, "女 顾客").staff == "吴市场"


def test_a_group_has_a_name_of_its_own(clinic, marketing):
    made = save_group(marketing, name="甲", rule=WOMEN).group_id
    for name, told in (("", "起个名字"), ("甲", "已有叫“甲”"), ("甲" * 31, "30 个字以内")):
        with pytest.raises(RuleError, match=told):
            save_group(marketing, name=name, rule=WOMEN)
    retire_group(marketing, group_id=made)
    with pytest.raises(RuleError, match="已停用的分组叫“甲”"):
        save_group(marketing, name="甲", rule=WOMEN)


def test_there_is_an_end_to_groups(clinic, marketing):
    def many(tx):
        text = r.to_json(WOMEN)
        rows = ((f"g{number}", text, 1, 1) for number in range(MOST_GROUPS))
        tx.db.insert_many(CustomerGroup, ("name", "rule", "staff_id", "seq"), rows)

    in_command(marketing, many)
    with pytest.raises(RuleError, match=f"已有 {MOST_GROUPS} 个分组"):
        save_group(marketing, name="甲", rule=WOMEN)


def test_two_windows_do_not_overwrite_each_other(clinic, marketing, director):
    made = save_group(marketing, name="甲", rule=WOMEN).group_id
    seen = kept(clinic.db, "甲").seq
    change_group(director, group_id=made, seen_seq=seen, name="乙", rule=r.Sex("M"))
    with pytest.raises(RuleError, match="刚在别处改过"):
        change_group(marketing, group_id=made, seen_seq=seen, name="丙", rule=WOMEN)
    assert kept(clinic.db, "乙").rule == r.Sex("M")
    retire_group(director, group_id=made)
    with pytest.raises(RuleError, match="请先重新启用"):
        change_group(marketing, group_id=made, seen_seq=seen, name="丙", rule=WOMEN)
    with pytest.raises(RuleError, match="没有找到这个分组"):
        change_group(marketing, group_id=99, seen_seq=seen, name="丙", rule=WOMEN)


def test_a_group_is_put_aside_and_taken_up_again(clinic, marketing):
    made = save_group(marketing, name="甲", rule=WOMEN).group_id
    retire_group(marketing, group_id=made)
    assert group_choices(clinic.db) == []
    with pytest.raises(RuleError, match="已经停用"):
        retire_group(marketing, group_id=made)
    with pytest.raises(RuleError, match="已经停用或没有了"):
        group_members(clinic.db, TODAY, made)
    retire_group(marketing, group_id=made, retired=False)
    with pytest.raises(RuleError, match="正在使用"):
        retire_group(marketing, group_id=made, retired=False)
    with pytest.raises(RuleError, match="没有找到这个分组"):
        retire_group(marketing, group_id=99)


def test_a_group_that_is_used_is_not_put_aside(clinic, marketing, director):
    made = save_group(marketing, name="甲", rule=WOMEN).group_id
    save_group(marketing, name="乙", rule=r.Not(r.InGroup(made)))
    with pytest.raises(RuleError, match="还在用这个分组的有：乙"):
        retire_group(marketing, group_id=made)

    def use(tx):
        tx.db.insert(
            FollowupPlan,
            key="x",
            name="洁牙提醒",
            trigger="idle",
            offsets="[0]",
            channel="phone",
            marketing=1,
            group_id=made,
            active=1,
            from_on=TODAY,
            seq=tx.seq,
        )

    in_command(director, use)
    with pytest.raises(RuleError, match="乙、回访计划“洁牙提醒”"):
        retire_group(marketing, group_id=made)


def test_groups_that_go_round_are_refused_with_the_path(clinic, marketing):
    one = save_group(marketing, name="甲", rule=WOMEN).group_id
    two = save_group(marketing, name="乙", rule=r.InGroup(one)).group_id
    seen = kept(clinic.db, "甲").seq
    with pytest.raises(RuleError, match="这个分组 → 乙 → 这个分组"):
        change_group(
            marketing, group_id=one, seen_seq=seen, name="甲", rule=r.Any((r.InGroup(two), WOMEN))
        )
    with pytest.raises(RuleError, match="这个分组 → 这个分组"):
        change_group(marketing, group_id=one, seen_seq=seen, name="甲", rule=r.InGroup(one))


def test_a_group_of_groups_has_an_end(clinic, marketing):
    last = save_group(marketing, name="g", rule=r.Any((WOMEN,) * 40)).group_id
    with pytest.raises(RuleError, match="条件太多"):
        save_group(
            marketing,
            name="h",
            rule=r.Any((r.InGroup(last),) * (MOST_PARTS // 40 + 1)),
        )


def test_a_group_is_sensitive_when_what_it_asks_for_is(clinic, director):
    sick = define_label(director, dimension="a", name="b", sensitive="health").label_id
    first = save_group(director, name="甲", rule=r.HasLabel(sick))
    second = save_group(director, name="乙", rule=r.Any((WOMEN, r.InGroup(first.group_id))))
    minors = save_group(director, name="丙", rule=r.Minor())
    young = save_group(director, name="丁", rule=r.Age(most=13))
    plain = save_group(director, name="戊", rule=r.Age(most=14))
    marked = [each.sensitive for each in (first, second, minors, young, plain)]
    assert marked == [True, True, True, True, False]
    change_group(
        director,
        group_id=first.group_id,
        seen_seq=kept(clinic.db, "甲").seq,
        name="甲",
        rule=WOMEN,
    )
    assert not kept(clinic.db, "乙").sensitive


@pytest.mark.parametrize(
    ("rule", "sensitive"),
    [
        (r.Not(r.Age(least=14)), True),
        (r.Not(r.Age(least=10)), True),
        (r.Not(r.Age(least=14, most=130)), True),
        (r.Not(r.Any((WOMEN, r.Age(least=14)))), True),
        (r.Not(r.Not(r.Age(most=13))), True),
        (r.Not(r.Not(r.Minor())), True),
        (r.Not(r.Age(least=15)), False),
        (r.Not(r.Age(least=10, most=20)), False),
        (r.Not(r.Age(most=13)), False),
        (r.Not(r.Minor()), False),
    ],
)
def test_a_group_that_finds_children_by_leaving_out_grown_ups_is_sensitive(
    clinic, director, rule, sensitive
):
    assert save_group(director, name="甲", rule=rule).sensitive is sensitive


def test_a_group_is_found_by_its_name(clinic, marketing):
    with pytest.raises(RuleError, match="还没有客户分组"):
        group_named(clinic.db, "甲")
    save_group(marketing, name="甲", rule=WOMEN)
    assert group_named(clinic.db, " 甲 ").name == "甲"
    with pytest.raises(RuleError, match="没有“乙”这个分组。可选：甲"):
        group_named(clinic.db, "乙")


# -- what a rule may say -----------------------------------------------------------------------

NESTED = r.All((r.Any((r.All((r.Any((r.All((r.Any((WOMEN,)),)),)),)),)),))


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (r.All(), "至少加一个条件"),
        (r.All((WOMEN, r.Any())), "括号里没有条件"),
        (r.All((WOMEN,) * 41), "最多 40 个条件"),
        (NESTED, "套了太多层"),
        (r.HasLabel(99), "选择一个标签"),
        (r.Age(), "年龄请填"),
        (r.Age(least=-1), "年龄请填"),
        (r.Age(most=131), "年龄请填"),
        (r.Age(60, 30), "写反了"),
        (r.BirthdayMonth(0), "生日月份"),
        (r.BirthdayMonth(13), "生日月份"),
        (r.Lives(" "), "住址里的字"),
        (r.Lives("街" * 41), "住址里的字"),
        (r.Spent(), "消费金额"),
        (r.Spent(least_fen=10**15), "消费金额"),
        (r.Spent(least_fen=1, months=241), "月数请填 1 到 240"),
        (r.Spent(least_fen=1, months=-1), "月数请填 1 到 240"),
        (r.Visits(), "到诊次数"),
        (r.Visits(least=10**9), "到诊次数"),
        (r.Visits(least=1, months=999), "月数请填"),
        (r.Away(0), "月数请填 1"),
        (r.LastVisit(), "最近到诊的日期"),
        (r.LastVisit(first="2026-02-30"), "最近到诊的日期"),
        (r.LastVisit("2026-03-01", "2026-02-01"), "日期写反了"),
        (r.Doctor(9), "选择一位医生"),
        (r.Paid("粮票"), "付款方式"),
        (r.Paid("现金", 999), "月数请填"),
        (r.Treated("理发"), "一类项目"),
        (r.Treated("种植", 999), "月数请填"),
        (r.Tier(9, 1), "选择一个方案"),
        (r.Tier(1, 9), "选择一个等级"),
        (r.Tier(1, 0), "选择一个等级"),
        (r.MemberOf(9), "选择一个方案"),
        (r.Source(""), "请填来源"),
        (r.InGroup(9), "已经停用或没有了"),
    ],
)
def test_a_rule_nobody_can_have_meant_is_refused(clinic, marketing, rule, told):
    with pytest.raises(RuleError, match=told):
        save_group(marketing, name="甲", rule=rule)


@pytest.mark.parametrize(
    "rule",
    [
        r.Age(14, 14), r.BirthdayMonth(12), r.Lives("街"), r.Spent(0, 10**10, 240), r.Visits(0),
        r.Away(240), r.LastVisit("2026-02-01"), r.LastVisit(last="2026-02-01"), r.Paid("保险"),
        r.Treated("种植"), r.Tier(1, 1), r.MemberOf(1), r.Source("路过"), r.Minor(),
    ],
)  # fmt: skip
def test_what_somebody_may_have_meant_is_taken(clinic, director, rule):
    assert save_group(director, name="甲", rule=rule).group_id == 1


def test_a_rule_that_is_none_cannot_be_read(clinic):
    for text in ("", "{}", '{"is":"moon"}', '{"is":"sex","sex":"F","x":1}', "[" * 5000):
        with pytest.raises(RuleError, match="条件读不出来"):
            r.from_json(text)


# -- read aloud ---------------------------------------------------------------------------------


def test_r174_a_rule_is_read_aloud(clinic, director):
    doctor = add_doctor(director, name="陈医生").doctor_id
    tag = define_label(director, dimension="阶段", name="术前").label_id
    group = save_group(director, name="老客", rule=WOMEN).group_id
    rule = r.All(
        (
            r.Any((r.HasLabel(tag), r.InGroup(group))),
            r.Not(r.Any((WOMEN, r.Member()))),
            r.All((r.Age(60),)),
            r.Doctor(doctor),
        )
    )
    save_group(director, name="长", rule=rule)
    assert sentence(clinic.db, rule) == (
        "在用档案里，(有标签“阶段：术前”，或者属于分组“老客”)，并且不符合“性别女，或者是会员”，"
        "并且年龄 60 岁以上，并且主治医师是陈医生的顾客。"
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (r.All(), "所有"),
        (r.Any(), "没有任何"),
        (r.HasLabel(9), "有标签“找不到的标签”"),
        (r.Age(30, 40), "年龄 30 到 40 岁"),
        (r.Age(30, 30), "年龄 正好 30 岁"),
        (r.Age(most=13), "年龄 至多 13 岁"),
        (r.Sex("M"), "性别男"),
        (r.BirthdayMonth(3), "生日在 3 月(农历按今年折算)"),
        (r.Lives("朝阳区"), "住址里有“朝阳区”"),
        (r.Lives("北京", True), "住址以“北京”开头"),
        (r.Spent(500_000), "累计消费 5,000 元以上"),
        (r.Spent(100_000, 200_000, 12), "最近 12 个月消费 1,000 到 2,000 元"),
        (r.Visits(3), "一共到诊 3 次以上"),
        (r.Visits(most=1, months=6), "最近 6 个月到诊 至多 1 次"),
        (r.Away(6), "已有 6 个月没有到诊"),
        (r.LastVisit("2026-01-01", "2026-02-01"), "最近到诊在 2026-01-01 至 2026-02-01"),
        (r.LastVisit("2026-01-01"), "最近到诊在 2026-01-01 或以后"),
        (r.LastVisit(last="2026-01-01"), "最近到诊在 2026-01-01 或以前"),
        (r.Doctor(9, "seen"), "接诊过的医生是找不到的医生"),
        (r.Paid("分期"), "用“分期”付过款"),
        (r.Treated("种植", 6), "最近 6 个月做过“种植”类项目"),
        (r.LifeCycle("asleep"), "生命周期是“沉睡”"),
        (r.Tier(1, 1), "等级是“普通会员”(医院方案A)"),
        (r.Tier(9, 1), "找不到的等级"),
        (r.MemberOf(1), "是“医院方案A”的会员"),
        (r.MemberOf(9), "是“找不到的方案”的会员"),
        (r.Source("路过"), "来源是“路过”"),
        (r.Minor(), "不满 14 岁"),
        (r.InGroup(9), "属于分组“找不到的分组”"),
    ],
)
def test_each_condition_has_its_words(clinic, rule, said):
    assert words(clinic.db, rule) == said


# -- the life cycle -----------------------------------------------------------------------------


def test_r171_the_spans_are_the_clinics_own(clinic, director, frontdesk):
    assert spans(clinic.db) == Spans(6, 12, 24, 1)
    who = person(frontdesk, "M1", last_visit_on="2026-07-20")
    assert members_of_rule(clinic.db, TODAY, r.LifeCycle("new")) == [who]
    set_spans(director, wake=3, asleep=9, lost=12)
    assert members_of_rule(clinic.db, TODAY, r.LifeCycle("to_wake")) == [who]
    for wrong in ({"wake": 0}, {"asleep": 3}, {"lost": 9}, {"lost": 241}):
        with pytest.raises(RuleError, match="从小到大"):
            set_spans(director, **({"wake": 3, "asleep": 9, "lost": 12} | wrong))
    with pytest.raises(RuleError, match="新客的到诊次数"):
        set_spans(director, wake=3, asleep=9, lost=12, new_days=0)


def test_the_edges_of_the_life_cycle(clinic, frontdesk):
    edges = {
        "2026-05-20": "new", "2026-05-19": "to_wake", "2025-11-20": "to_wake",
        "2025-11-19": "asleep", "2024-11-20": "asleep", "2024-11-19": "lost", "": "potential",
    }  # fmt: skip
    people = {
        person(frontdesk, f"M{number}", last_visit_on=on or None): stage
        for number, (on, stage) in enumerate(edges.items())
    }
    for who, stage in people.items():
        assert who in members_of_rule(clinic.db, TODAY, r.LifeCycle(stage)), stage_title(stage)


def test_members_of_a_tier(clinic, frontdesk):
    vip = member(frontdesk, "M1", rank=1)
    person(frontdesk, "M2")
    assert members_of_rule(clinic.db, TODAY, r.Tier(1, 1)) == [vip]
    assert members_of_rule(clinic.db, TODAY, r.Member()) == [vip]


# -- verification -------------------------------------------------------------------------------


def test_verify_finds_labels_that_contradict_each_other(clinic, director):
    who = person(director, "M1")
    one = define_label(director, dimension="a", name="b", exclusive=True).label_id
    two = define_label(director, dimension="a", name="c").label_id

    def spoil(tx):
        for label_id in (one, two):
            tx.db.insert(
                PersonLabel,
                person_id=who,
                label_id=label_id,
                from_on=TODAY,
                staff_id=1,
                seq=tx.seq,
            )
        tx.db.insert(
            PersonLabel,
            person_id=who,
            label_id=one,
            from_on=TODAY,
            until_on="2020-01-01",
            staff_id=1,
            seq=tx.seq,
        )
        other = tx.db.insert(Label, dimension="d", name="e", exclusive=1, seq=tx.seq)
        tx.db.insert(Label, dimension="d", name="f", exclusive=0, seq=tx.seq)
        assert other

    assert faults(clinic) == []
    in_command(director, spoil)
    assert faults(clinic) == ["labels.twice", "labels.backwards", "labels.mixed"]


def test_verify_finds_groups_nobody_can_ask_for(clinic, director):
    one = save_group(director, name="甲", rule=WOMEN).group_id
    two = save_group(director, name="乙", rule=r.InGroup(one)).group_id
    aside = save_group(director, name="丙", rule=r.InGroup(one)).group_id
    retire_group(director, group_id=aside)
    assert faults(clinic) == []

    def spoil(tx):
        put = CustomerGroup.update
        group = CustomerGroup.id
        tx.db.write(put(rule=r.to_json(r.InGroup(two)), sensitive=1).where(group == one))
        text = {"name": "丁", "rule": "?", "staff_id": 1, "seq": tx.seq}
        tx.db.insert(CustomerGroup, **text)

    in_command(director, spoil)
    assert faults(clinic) == ["groups.unreadable", "groups.sensitive", "groups.stuck"]
    assert kept(clinic.db, "丁").rule is None


def test_marketing_sets_no_group_that_asks_for_what_it_may_not_see(clinic, director, marketing):
    with pytest.raises(RuleError, match="须由前台、收费、会员管理员、院长登录后设置"):
        save_group(marketing, name="甲", rule=r.Minor())
    made = save_group(director, name="甲", rule=r.Minor()).group_id
    seen = kept(clinic.db, "甲").seq
    with pytest.raises(RuleError, match="须由前台"):
        change_group(marketing, group_id=made, seen_seq=seen, name="甲", rule=WOMEN)
