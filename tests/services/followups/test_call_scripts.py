"""The words of a call: the plan's own, with the person's values, and never a bracket (R148)."""

from __future__ import annotations

import re

import pytest

from services.followups.attempts import attempts_of
from services.followups.open_tasks import open_tasks_of
from services.followups.plan_presets import plan_presets
from services.followups.script import call_script
from services.followups.words import VARIABLES, callee_of, fill, values_of
from services.setup import change_settings
from tests.conftest import TODAY
from tests.desk_world import change, consent, doctor, member, person
from tests.money_world import sign
from tests.services.followups.test_calls_logged import plan
from tests.services.test_redemption import B, under
from tests.services.test_redemption import member as joined

YESTERDAY = "2026-11-19"


@pytest.fixture
def patient(frontdesk):
    return person(frontdesk, "M1", name="欧阳小美", sex="F", last_visit_on="2026-11-10")


def said(clinic, person_id, turn=0):
    ids = tuple(task.id for task in open_tasks_of(clinic.db, person_id))
    return call_script(clinic.db, TODAY, person_id, ids, turn)


def test_fill_leaves_out_a_sentence_whose_blank_has_no_value():
    values = {"姓氏": "王", "几天": ""}
    assert fill("{姓氏}女士好。{几天}前来过？再见！", values) == "王女士好。再见！"
    assert fill("{没有这个}。", values) == ""
    assert fill("没有空。", {}) == "没有空。"
    assert fill("", values) == ""


def test_r148_the_words_of_the_plan_with_the_persons_values(clinic, frontdesk, patient):
    change(frontdesk, patient, doctor_id=doctor(frontdesk, "陈医生"))
    plan(frontdesk, patient, rule="care.extraction", cycle=f"{YESTERDAY}.1", subject="拔牙")
    lines = said(clinic, patient).lines
    assert lines[1].startswith("欧阳女士，您1天前在我们这里做了拔牙")
    assert "报告医生" in lines[3]
    turns = said(clinic, patient).turns
    others = [said(clinic, patient, turn).lines for turn in range(1, turns)]
    assert lines not in others
    assert said(clinic, patient, turn=turns).lines == lines


def test_a_parent_is_spoken_to_about_the_child(clinic, frontdesk):
    child = person(frontdesk, "M1", name="王小明", birthday="2020-01-01", doctor_id=None)
    plan(frontdesk, child, rule="care.extraction", cycle=f"{YESTERDAY}.1", subject="拔牙")
    assert any("王小朋友家长" in line for line in said(clinic, child).lines)


def test_where_the_plan_has_no_word_that_fits_the_reason_is_said(clinic, frontdesk, patient):
    plan(frontdesk, patient, rule="own.7", subject="")
    plan(frontdesk, patient, rule="own.8", subject="取牙套")
    lines = said(clinic, patient).lines
    assert "这次打电话是为了：取牙套。" in lines


def test_who_wants_no_offers_hears_none(clinic, frontdesk):
    silent = member(frontdesk, "M1", rank=3)
    consent(frontdesk, silent, granted=False)
    plan(frontdesk, silent, rule="idle.6", marketing=1)
    values = values_of(clinic.db, TODAY, callee_of(clinic.db, TODAY, silent))
    assert (values["可用分"], values["权益余次"]) == ("", "")
    assert len(said(clinic, silent).lines) == 3  # greeting, how it is, good-bye


def test_every_variable_has_its_value(clinic, director, frontdesk):
    change_settings(director, phone="0571-8888")
    vip = member(frontdesk, "M1", name="欧阳小美", rank=3, sex="F", last_visit_on="2026-11-10")
    change(frontdesk, vip, doctor_id=doctor(frontdesk, "陈医生"))
    values = values_of(clinic.db, TODAY, callee_of(clinic.db, TODAY, vip), "洁牙")
    assert (values["医生"], values["项目"]) == ("陈医生", "洁牙")
    assert set(values) == set(VARIABLES)
    assert (values["电话"], values["几天"], values["诊所"]) == ("0571-8888", "10天", "试验口腔")
    assert "超声波洁牙 2 次" in values["权益余次"]
    assert values["可用分"] == ""  # 医院方案A counts points towards tiers only


def test_points_to_spend_are_said(clinic, director, frontdesk):
    sign(director, under(B))
    spender = joined(frontdesk, 3000)
    values = values_of(clinic.db, TODAY, callee_of(clinic.db, TODAY, spender))
    assert values["可用分"] == "3,000"


def test_r148_no_shipped_script_says_a_blank_or_a_latin_word(clinic, frontdesk):
    """Whoever is called, with all values or hardly any."""
    rich = member(
        frontdesk, "M1", name="欧阳小美", rank=3, sex="F", last_visit_on="2026-11-10",
        doctor_id=doctor(frontdesk, "陈医生"),
    )  # fmt: skip
    poor = person(frontdesk, "M2", name="王")
    for preset in plan_presets():
        for patient in (rich, poor):
            marketing = int(preset.marketing)
            cycle = f"{YESTERDAY}.{preset.key}"
            subject = TODAY if preset.key == "birthday" else "洁牙"
            plan(frontdesk, patient, preset.key, cycle=cycle, subject=subject, marketing=marketing)
    for patient in (rich, poor):
        for turn in range(6):
            for line in said(clinic, patient, turn).lines:
                assert line.strip()
                assert not re.search(r"[{}]|[A-Za-z]{3,}", line.replace("VIP", "")), line
    assert attempts_of(clinic.db, rich) == []
