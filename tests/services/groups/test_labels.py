"""Labels: the clinic's own words about people, and who carries them (R169–R173, R176, R178)."""

from __future__ import annotations

import uuid

import pytest

from models.groups import Label, PersonLabel
from models.system import Audit
from services.clock import plus_days
from services.desk.daily import catch_up
from services.desk.reception import reception_card
from services.desk.strip import member_strip
from services.errors import Confirmable, RuleError
from services.followups.script import call_script
from services.groups.carried import NO_CONSENT, alert_labels, labels_of, put_label, take_label
from services.groups.delicate import notice, tells_of
from services.groups.labels import (
    DELICATE,
    MOST_LABELS,
    change_label,
    define_label,
    full_name,
    label,
    label_named,
    labels,
    retire_label,
    take_presets,
)
from services.groups.members import members_of_rule
from services.groups.rule import All, HasLabel
from services.groups.saved import group_choices, save_group
from services.people.consents import set_consent
from services.people.merging import merge_people
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import consent, person
from tests.gift_world import in_command

ALL = ("two_names", "two_sexes", "two_birthdays", "two_visits")
PLAIN = {"sensitive": "", "alert": False, "exclusive": False}


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


@pytest.fixture
def known(member_admin, clinic):
    """The shipped labels by name."""
    take_presets(member_admin)
    return {each.name: each.id for each in labels(clinic.db, health=True)}


def names(db, person_id, health=True):
    return [each.name for each in labels_of(db, person_id, health=health)]


def test_r169_the_shipped_labels_are_dental_and_tell_of_nothing_the_law_protects_most(
    clinic, known
):
    rows = labels(clinic.db, health=True)
    assert {"术前", "种植", "孕妇", "本地"} <= set(known)
    assert {each.sensitive for each in rows} == {"", "health"}
    assert not [each.name for each in rows if tells_of(f"{each.dimension}{each.name}") == "own"]
    assert [each.exclusive for each in rows if each.dimension == "治疗阶段"] == [True] * 3
    assert all(each.alert for each in rows if each.dimension in ("特殊需求", "照顾"))


def test_presets_taken_twice_add_what_is_missing_only(clinic, member_admin, known):
    in_command(
        member_admin, lambda tx: tx.db.write(Label.update(name="孕").where(Label.name == "孕妇"))
    )
    assert take_presets(member_admin).made == 1
    assert take_presets(member_admin).made == 0


def test_a_new_clinic_has_the_shipped_labels_after_its_first_day(
    clinic, frontdesk, member_admin, clock
):
    catch_up(frontdesk)
    shipped = labels(clinic.db, health=True)
    assert {"术前", "种植", "孕妇"} <= {each.name for each in shipped}
    retire_label(member_admin, label_id=shipped[0].id)
    clock.day = plus_days(TODAY, 1)
    catch_up(frontdesk.confirming("clock_jump"))
    assert [each.id for each in labels(clinic.db, health=True)] == [each.id for each in shipped[1:]]


def test_a_clinic_with_labels_of_its_own_keeps_to_them(clinic, frontdesk, member_admin):
    define_label(member_admin, dimension="意向", name="考虑种植")
    catch_up(frontdesk)
    assert [each.name for each in labels(clinic.db, health=True)] == ["考虑种植"]


def test_only_the_desk_sees_labels_about_health(clinic, known):
    seen = {each.name for each in labels(clinic.db, health=False)}
    assert "种植" in seen
    assert "孕妇" not in seen
    with pytest.raises(RuleError, match="没有“孕妇”这个标签"):
        label_named(clinic.db, "孕妇", health=False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("少数民族", "own"), ("高净值", "own"), ("性别重置", "own"), ("有 钱", "own"),
        ("糖尿病", "health"), ("乙肝", "health"), ("hiv", "health"), ("未成年", "minor"),
        ("儿童", "minor"), ("青少年正畸", "minor"), ("带小孩", "minor"), ("孩子怕疼", "minor"),
        ("婴幼儿", "minor"), ("小学生", "minor"), ("中学生", "minor"), ("牙周病", "health"),
        ("病历齐全", ""), ("病案已归档", ""), ("住过病房", ""), ("无穷花社区", ""), ("穷", "own"),
        ("爱喝茶", ""),
    ],
)  # fmt: skip
def test_r169_words_that_tell_of_something_protected_are_known(name, kind):
    assert tells_of(name) == kind


def test_r169_a_protected_label_is_asked_about_and_marked(clinic, member_admin):
    with pytest.raises(Confirmable) as asked:
        define_label(member_admin, dimension="人群", name="高净值")
    assert asked.value.code == f"{DELICATE}:own"
    assert asked.value.sentence == notice("own")
    made = define_label(member_admin.confirming(asked.value.code), dimension="人群", name="高净值")
    assert label(clinic.db, made.label_id).sensitive == "own"
    sick = define_label(member_admin, dimension="人群", name="糖尿病", sensitive="health")
    assert full_name(label(clinic.db, sick.label_id)) == "人群：糖尿病(健康)"


def test_a_label_is_named_once(clinic, member_admin, known):
    for dimension, name in (("", "a"), ("a", " "), ("a" * 21, "b"), ("a", "b" * 21)):
        with pytest.raises(RuleError, match="请填写"):
            define_label(member_admin, dimension=dimension, name=name)
    with pytest.raises(RuleError, match="里已有标签“种植”"):
        define_label(member_admin, dimension="服务线", name=" 种植 ")
    retire_label(member_admin, label_id=known["种植"])
    with pytest.raises(RuleError, match="已停用的标签“种植”"):
        define_label(member_admin, dimension="服务线", name="种植")
    with pytest.raises(RuleError, match="是否敏感"):
        define_label(member_admin, dimension="a", name="b", sensitive="x")


def test_there_is_an_end_to_labels(clinic, member_admin):
    def many(tx):
        rows = (("a", f"n{number}", 1) for number in range(MOST_LABELS))
        tx.db.insert_many(Label, ("dimension", "name", "seq"), rows)

    in_command(member_admin, many)
    with pytest.raises(RuleError, match=f"已有 {MOST_LABELS} 个标签"):
        define_label(member_admin, dimension="a", name="b")


def test_a_new_label_is_exclusive_as_its_dimension_is(clinic, member_admin, known):
    one = define_label(member_admin, dimension="地区", name="郊县").label_id
    assert label(clinic.db, one).exclusive
    two = define_label(member_admin, dimension="新", name="甲", exclusive=True).label_id
    three = define_label(member_admin, dimension="新", name="乙").label_id
    assert label(clinic.db, two).exclusive
    assert label(clinic.db, three).exclusive


def test_r176_one_stage_takes_the_place_of_another(clinic, frontdesk, known):
    who = person(frontdesk, "M1")
    first = put_label(frontdesk, people=(who,), label_id=known["术前"])
    assert (first.done, first.already, first.replaced) == (1, 0, 0)
    second = put_label(frontdesk, people=(who, who), label_id=known["治疗中"])
    assert (second.done, second.replaced) == (1, 1)
    again = put_label(frontdesk, people=(who,), label_id=known["治疗中"])
    assert (again.done, again.already) == (0, 1)
    assert names(clinic.db, who) == ["治疗中"]
    assert members_of_rule(clinic.db, TODAY, HasLabel(known["术前"])) == []


def test_a_double_click_puts_a_label_once(clinic, frontdesk, known):
    who, once = person(frontdesk, "M1"), frontdesk.once(uuid.uuid4())
    first = put_label(once, people=(who,), label_id=known["种植"])
    assert put_label(once, people=(who,), label_id=known["种植"]) == first
    assert clinic.db.scalar(PersonLabel.select().where(PersonLabel.person_id == who)) == 1


def test_a_label_comes_off(clinic, frontdesk, known):
    who, other = person(frontdesk, "M1"), person(frontdesk, "M2")
    put_label(frontdesk, people=(who,), label_id=known["种植"])
    assert take_label(frontdesk, people=(who, other), label_id=known["种植"]).done == 1
    assert names(clinic.db, who) == []
    with pytest.raises(RuleError, match="没有这个标签"):
        take_label(frontdesk, people=(who,), label_id=known["种植"])


def test_labels_are_put_on_people_in_use_only(clinic, frontdesk, known):
    gone = person(frontdesk, "M1", state="withdrawn")
    with pytest.raises(RuleError, match="请先选择顾客"):
        put_label(frontdesk, people=(), label_id=known["种植"])
    with pytest.raises(RuleError, match="已停用或不存在"):
        put_label(frontdesk, people=(gone,), label_id=known["种植"])
    with pytest.raises(RuleError, match="没有找到这个标签"):
        put_label(frontdesk, people=(gone,), label_id=999)


def test_a_retired_label_stays_and_is_offered_no_more(clinic, frontdesk, member_admin, known):
    who = person(frontdesk, "M1")
    put_label(frontdesk, people=(who,), label_id=known["种植"])
    retire_label(member_admin, label_id=known["种植"])
    with pytest.raises(RuleError, match="已经停用"):
        retire_label(member_admin, label_id=known["种植"])
    with pytest.raises(RuleError, match="这个标签已经停用"):
        put_label(frontdesk, people=(who,), label_id=known["种植"])
    assert names(clinic.db, who) == ["种植"]
    assert "种植" not in {each.name for each in labels(clinic.db, health=True)}
    assert "种植" in {each.name for each in labels(clinic.db, health=True, everything=True)}
    retire_label(member_admin, label_id=known["种植"], retired=False)
    with pytest.raises(RuleError, match="正在使用"):
        retire_label(member_admin, label_id=known["种植"], retired=False)


def test_a_health_label_takes_the_word_on_health(clinic, frontdesk, known):
    one, two = person(frontdesk, "M1"), person(frontdesk, "M2")
    with pytest.raises(Confirmable) as asked:
        put_label(frontdesk, people=(one,), label_id=known["孕妇"])
    assert asked.value.code == NO_CONSENT
    consent(frontdesk, two, True, "health")
    both = put_label(frontdesk, people=(one, two), label_id=known["孕妇"])
    assert (both.done, both.no_consent) == (1, 1)
    sure = put_label(frontdesk.confirming(NO_CONSENT), people=(one,), label_id=known["孕妇"])
    assert (sure.done, sure.no_consent) == (1, 0)
    consent(frontdesk, two, False, "health")
    take_label(frontdesk, people=(two,), label_id=known["孕妇"])
    with pytest.raises(Confirmable):
        put_label(frontdesk, people=(two,), label_id=known["孕妇"])


def test_e62_the_newest_word_of_either_record_counts(clinic, director, known):
    one, two, three, four = (person(director, f"M{n}") for n in range(4))
    set_consent(director, person_id=two, item="health", granted=True)
    merge_people(director.confirming(*ALL), survivor_id=one, merged_id=two)
    merge_people(director.confirming(*ALL), survivor_id=three, merged_id=four)
    made = put_label(director, people=(two, three, one), label_id=known["孕妇"])
    assert (made.done, made.no_consent) == (1, 1)
    assert names(clinic.db, one) == ["孕妇"]


def test_e62_labels_are_those_of_the_whole_person(clinic, director, known):
    one, two = person(director, "M1"), person(director, "M2")
    put_label(director, people=(one,), label_id=known["术前"])
    for name in ("治疗中", "种植", "本地"):
        put_label(director, people=(two,), label_id=known[name])
    merge_people(director.confirming(*ALL), survivor_id=one, merged_id=two)
    assert sorted(names(clinic.db, one)) == sorted(["术前", "本地", "种植"])
    assert members_of_rule(clinic.db, TODAY, HasLabel(known["治疗中"])) == []
    assert members_of_rule(clinic.db, TODAY, HasLabel(known["种植"])) == [one]
    assert put_label(director, people=(one,), label_id=known["外地"]).replaced == 1
    assert take_label(director, people=(one,), label_id=known["种植"]).done == 1
    assert sorted(names(clinic.db, one)) == sorted(["外地", "术前"])


def test_r178_alert_labels_are_told_wherever_alerts_are(clinic, frontdesk, known):
    who = person(frontdesk, "M1")
    put_label(frontdesk.confirming(NO_CONSENT), people=(who,), label_id=known["孕妇"])
    put_label(frontdesk, people=(who,), label_id=known["种植"])
    assert alert_labels(clinic.db, who) == ["孕妇"]
    assert "孕妇" in member_strip(clinic.db, TODAY, who).alerts
    assert reception_card(clinic.db, TODAY, who).alerts == ("孕妇",)
    assert "(请留意：孕妇)" in call_script(clinic.db, TODAY, who, ()).lines
    assert names(clinic.db, who, health=False) == ["种植"]


def test_a_change_keeps_who_carries_it_and_marks_groups_anew(clinic, director, known):
    who, label_id = person(director, "M1"), known["时间灵活"]
    put_label(director, people=(who,), label_id=label_id)
    save_group(director, name="甲", rule=HasLabel(label_id))
    save_group(director, name="乙", rule=All((HasLabel(label_id), HasLabel(known["种植"]))))
    change_label(
        director, label_id=label_id, dimension="沟通", name="随时", **(PLAIN | {"sensitive": "own"})
    )
    assert names(clinic.db, who) == ["随时"]
    assert [each.sensitive for each in group_choices(clinic.db)] == [True, True]
    change_label(director, label_id=label_id, dimension="沟通", name="随时", **PLAIN)
    assert [each.sensitive for each in group_choices(clinic.db)] == [False, False]
    with pytest.raises(RuleError, match="里已有标签“种植”"):
        change_label(director, label_id=label_id, dimension="服务线", name="种植", **PLAIN)


def test_a_dimension_becomes_exclusive_once_nobody_carries_two(clinic, director, known):
    who = person(director, "M1")
    for name in ("种植", "正畸"):
        put_label(director, people=(who,), label_id=known[name])
    single = PLAIN | {"exclusive": True}
    with pytest.raises(RuleError, match="有 1 位顾客同时有“服务线”的几个标签"):
        change_label(director, label_id=known["种植"], dimension="服务线", name="种植", **single)
    take_label(director, people=(who,), label_id=known["正畸"])
    change_label(director, label_id=known["种植"], dimension="服务线", name="种植", **single)
    assert label(clinic.db, known["牙周"]).exclusive


def test_a_label_moved_into_another_dimension_goes_by_its_rule(clinic, director, known):
    change_label(director, label_id=known["美学"], dimension="沟通", name="美学", **PLAIN)
    assert label(clinic.db, known["美学"]).dimension == "沟通"
    assert not label(clinic.db, known["喜欢电话"]).exclusive


def test_a_label_is_found_by_its_name_and_by_its_dimension(clinic, member_admin, known):
    define_label(member_admin, dimension="兴趣", name="种植")
    assert label_named(clinic.db, "术前", health=True).id == known["术前"]
    assert label_named(clinic.db, "服务线: 种植".replace(" ", ""), health=True).id == known["种植"]
    with pytest.raises(RuleError, match="服务线：种植、兴趣：种植"):
        label_named(clinic.db, "种植", health=True)
    with pytest.raises(RuleError, match="没有“无”这个标签"):
        label_named(clinic.db, "无", health=True)


def test_a_clinic_without_labels_says_so(clinic):
    with pytest.raises(RuleError, match="可选：还没有标签"):
        label_named(clinic.db, "种植", health=True)


def test_who_carries_a_label_is_counted(clinic, frontdesk, known):
    put_label(
        frontdesk,
        people=tuple(person(frontdesk, f"M{n}") for n in range(3)),
        label_id=known["种植"],
    )
    counted = {each.name: each.people for each in labels(clinic.db, health=True)}
    assert (counted["种植"], counted["正畸"]) == (3, 0)


def test_no_name_stands_in_the_audit(clinic, frontdesk, known):
    who = person(frontdesk, "M1", "欧阳锋")
    put_label(frontdesk, people=(who,), label_id=known["种植"])
    rows = clinic.db.rows(Audit.select(Audit.detail, Audit.result))
    assert not [row for row in rows if "欧阳" in "".join(row)]


@pytest.mark.parametrize("role", ["marketing"])
def test_who_has_no_right_to_people_labels_nobody(clinic, frontdesk, known, role, request):
    who = person(frontdesk, "M1")
    with pytest.raises(RuleError, match="没有这项权限"):
        put_label(request.getfixturevalue(role), people=(who,), label_id=known["种植"])
    with pytest.raises(RuleError, match="没有这项权限"):
        define_label(frontdesk, dimension="a", name="b")
