"""Patients introduced: consent, what was handed over, arrival, ends, chains (R180, 个保法 23)."""

from __future__ import annotations

import msgspec
import pytest

from models.partners import Introduction
from models.system import Audit
from services.clock import plus_days
from services.errors import RuleError
from services.partners.introduction_list import (
    introduction,
    introduction_line,
    introductions,
)
from services.partners.introduction_words import (
    HANDED,
    consent_words,
    handed_words,
    state_title,
)
from services.partners.introductions import (
    arrive,
    end_introduction,
    introduce,
    report_value,
)
from services.partners.switch import switch_partners
from services.people.merging import merge_people
from tests.conftest import TODAY
from tests.desk_world import change, consent
from tests.gift_world import add_person
from tests.services.partners.partner_world import (
    agreed,
    came,
    form,
    introduced,
    partner,
    switched_on,
)


@pytest.fixture
def where(director, member_admin):
    switched_on(director)
    return partner(member_admin)


@pytest.fixture
def who(frontdesk):
    return add_person(frontdesk, "M1")


def test_r180_in_and_out_again_is_one_chain(clinic, member_admin, where, who):
    other = partner(member_admin, "安康诊所")
    earlier = introduced(member_admin, where, who)  # never arrived: no part of the chain
    end_introduction(member_admin, introduction_id=earlier, how="done")
    alone = introduced(member_admin, where, who, "out")
    brought = came(member_admin, where, who, item_class="种植", purpose="缺牙")
    sent = introduced(member_admin, other, who, "out", handed=("image", "name"))
    row = introduction(clinic.db, sent)
    assert (row.before_id, row.before_number, row.handed) == (
        brought, f"JR-{TODAY.replace('-', '')}-02", ("name", "image"),
    )  # fmt: skip
    assert introduction(clinic.db, alone).before_id is None
    first = introduction(clinic.db, brought)
    assert (first.person_name, first.person_number, first.state, first.arrived_on) == (
        "王**", "M1", "arrived", TODAY,
    )  # fmt: skip
    assert [r.id for r in introductions(clinic.db)] == [sent, brought, alone, earlier]
    assert introductions(clinic.db, partner_id=other) == [row]
    assert introductions(clinic.db, plus_days(TODAY, 1)) == []
    with pytest.raises(RuleError, match="没有找到这条介绍"):
        introduction(clinic.db, 99)


def test_4_4_10_what_was_handed_over_is_in_the_register(clinic, member_admin, where, who):
    sent = introduced(member_admin, where, who, "out", handed=("phone", "name"))
    action, detail = clinic.db.row(
        Audit.select(Audit.action, Audit.detail)
        .where((Audit.entity == "introduction") & (Audit.entity_id == sent))
        .limit(1)
    )
    said = msgspec.json.decode(detail)
    assert action == "partner.introduce"
    assert (said["handed"], said["partner"], said["direction"]) == (["name", "phone"], where, "out")
    assert "王小明" not in detail


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"consent_on": None}, "没有患者的单独同意"),
        ({"consent_note": " "}, "怎样同意"),
        ({"consent_on": "2026-11-21"}, "今天以后"),
        ({"consent_on": "11-1"}, "日期写成"),
        ({"consent_on": "2026-11-10", "occurred_on": "2026-11-09"}, "先取得同意再介绍"),
        ({"occurred_on": "2026-11-21"}, "今天以后"),
        ({"consent_by": "friend"}, "本人还是监护人"),
        ({"direction": "both"}, "进来还是介绍出去"),
        ({"item_class": "整形"}, "没有这类项目"),
        ({"handed": ("soul",)}, "没有这种资料"),
        ({"direction": "out", "handed": ()}, "勾选交给对方的资料"),
        ({"person_id": 99}, "没有找到这位顾客"),
        ({"partner_id": 99}, "没有找到这家机构"),
        ({"agreement_id": 99}, "不适用"),
    ],
)
def test_r180_what_an_introduction_must_say(member_admin, where, who, values, sentence):
    good = {"partner_id": where, "person_id": who}
    with pytest.raises(RuleError, match=sentence):
        introduce(member_admin, form=form(**{**good, **values}))


def test_4_4_4_for_a_child_the_guardian_agrees(member_admin, where, who):
    change(member_admin, who, birthday="2012-11-21")  # 14 tomorrow
    with pytest.raises(RuleError, match="监护人同意"):
        introduced(member_admin, where, who)
    introduced(member_admin, where, who, consent_by="guardian")
    grown = change(member_admin, add_person(member_admin, "M2"), birthday="2012-11-20")
    introduced(member_admin, where, grown)


def test_4_4_3_whoever_refused_to_be_kept_track_of_is_not_introduced(member_admin, where, who):
    consent(member_admin, who, False, "transfer")
    with pytest.raises(RuleError, match="不同意记录介绍关系"):
        introduced(member_admin, where, who)
    consent(member_admin, who, True, "transfer")
    introduced(member_admin, where, who)


def test_r180_one_that_runs_at_a_time_in_all_records_of_a_person(member_admin, where, who):
    double = add_person(member_admin, "M2")
    other = partner(member_admin, "安康诊所")
    first = introduced(member_admin, where, who)
    merge_people(member_admin, survivor_id=double, merged_id=who)
    with pytest.raises(RuleError, match="没有找到这位顾客"):
        introduced(member_admin, where, who)
    with pytest.raises(RuleError, match="没结束的介绍进来"):
        introduced(member_admin, other, double)
    introduced(member_admin, where, double, "out")
    with pytest.raises(RuleError, match="没结束的介绍出去"):
        introduced(member_admin, where, double, "out")
    introduced(member_admin, other, double, "out")  # another institution
    end_introduction(member_admin, introduction_id=first, how="done")
    introduced(member_admin, other, double)


def test_r179_the_agreement_of_its_day(clinic, member_admin, where, who):
    def used(introduction_id):
        return introduction(clinic.db, introduction_id).agreement_id

    alone = introduced(member_admin, where, who, "out")
    assert used(alone) is None
    assert not introduction(clinic.db, alone).paid
    one = agreed(member_admin, where)
    first = introduced(member_admin, where, who)
    assert used(first) == one
    assert introduction(clinic.db, first).paid
    agreed(member_admin, where, contract="2", model="alliance")
    more = [add_person(member_admin, f"N{n}") for n in range(3)]
    with pytest.raises(RuleError, match="请选择按哪一份"):
        introduced(member_admin, where, more[0])
    assert used(introduced(member_admin, where, more[0], agreement_id=one)) == one
    assert used(introduced(member_admin, where, more[1], agreement_id=0)) is None
    before = introduced(
        member_admin, where, more[2], occurred_on="2026-10-31", consent_on="2026-10-31"
    )
    assert used(before) is None


def test_r180_somebody_arrives_once_and_not_before(clinic, member_admin, where, who):
    made = introduced(member_admin, where, who, occurred_on="2026-11-10")
    ids = {"introduction_id": made}
    for day, sentence in (
        ("2026-11-09", "不能早于介绍日期"), ("2026-11-21", "今天以后"), ("x", "日期写成"),
    ):  # fmt: skip
        with pytest.raises(RuleError, match=sentence):
            arrive(member_admin, on=day, **ids)
    arrive(member_admin, on="2026-11-10", **ids)
    with pytest.raises(RuleError, match="已登记过到院"):
        arrive(member_admin, **ids)
    with pytest.raises(RuleError, match="没有找到这条介绍"):
        arrive(member_admin, introduction_id=99)
    with pytest.raises(RuleError, match="自动计算"):
        report_value(member_admin, value_fen=5, **ids)


def test_r181_what_they_spent_there_is_what_the_partner_says(clinic, member_admin, where, who):
    made = introduced(member_admin, where, who, "out")
    ids = {"introduction_id": made}
    with pytest.raises(RuleError, match="先登记到院"):
        report_value(member_admin, value_fen=5, **ids)
    arrive(member_admin, **ids)
    for fen in (-1, 10**12):
        with pytest.raises(RuleError, match="金额须在"):
            report_value(member_admin, value_fen=fen, **ids)
    report_value(member_admin, value_fen=500_00, **ids)
    report_value(member_admin, value_fen=0, **ids)
    row = introduction(clinic.db, made)
    assert (row.value_fen, row.reported_on) == (0, TODAY)


def test_r180_it_ends_in_one_of_three_ways(clinic, director, member_admin, where):
    people = [add_person(member_admin, f"N{n}") for n in range(4)]
    made = [came(member_admin, where, each) for each in people]
    with pytest.raises(RuleError, match="怎样结束"):
        end_introduction(member_admin, introduction_id=made[0], how="x")
    with pytest.raises(RuleError, match="哪里登记错"):
        end_introduction(member_admin, introduction_id=made[2], how="mistake")
    switch_partners(director, on=False)  # a word can be taken back at any time
    for each, how, reason in zip(
        made, ("done", "withdrawn", "mistake", "withdrawn"), ("", "", "认错人", "搬家"), strict=True
    ):
        end_introduction(member_admin, introduction_id=each, how=how, reason=reason)
    assert not any(row.running for row in introductions(clinic.db))
    states = clinic.db.rows(
        Introduction.select(
            Introduction.state, Introduction.arrived_on, Introduction.ended_why
        ).order_by(Introduction.id)
    )
    assert states == [
        ("ended", TODAY, ""), ("withdrawn", TODAY, "撤回同意"),
        ("withdrawn", None, "登记有误：认错人"), ("withdrawn", TODAY, "搬家"),
    ]  # fmt: skip
    for how in ("done", "withdrawn", "mistake"):
        with pytest.raises(RuleError, match="已经结束"):
            end_introduction(member_admin, introduction_id=made[1], how=how, reason="x")
    with pytest.raises(RuleError, match="已经结束"):
        end_introduction(member_admin, introduction_id=made[0], how="done")
    end_introduction(member_admin, introduction_id=made[0], how="mistake", reason="不是她")
    assert introduction(clinic.db, made[0]).arrived_on is None


def test_r180_one_line_on_the_persons_page_while_it_is_on(
    clinic, director, member_admin, where, who
):
    assert introduction_line(clinic.db, who) == ""
    came(member_admin, where, who)
    introduced(member_admin, where, who, "out")
    assert introduction_line(clinic.db, who) == (
        f"{TODAY} 介绍到康宁门诊部，待到院；{TODAY} 由康宁门诊部介绍来，已到院"
    )
    switch_partners(director, on=False)
    assert introduction_line(clinic.db, who) == ""


def test_words():
    assert handed_words(()) == "没有"
    assert handed_words(HANDED).count("、") == len(HANDED) - 1
    assert state_title("recorded") == "待到院"
    assert consent_words("guardian", TODAY, "签字") == f"{TODAY} 监护人签字"
    assert consent_words("self", TODAY, "签字") == f"{TODAY} 本人签字"
