"""Who treats a person: the care team, its history, and the one way to an attending doctor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.people import Person
from models.reception import CareTeam
from services.care.doctor_change import draft_change
from services.care.doctor_changes import care_lines
from services.care.team import (
    attending_of,
    set_member,
    still_works,
    team_history,
    team_of,
    team_words,
    working_doctor,
)
from services.clinic import Clinic
from services.commands import Session
from services.errors import RuleError
from services.people.enrolment import PersonForm, change_person, enrol
from services.people.merging import merge_people, unmerge_people
from services.people.records import add_doctor
from services.people.records import person as record
from services.roster.undo import undo_import
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import change, doctor, person
from tests.services.people.test_merging import ALL
from tests.services.roster.test_posting import take_in

FORM = PersonForm(name="周小川", phone="13800008000")


def present(clinic: Clinic, person_id: int) -> list[tuple[str, str, str]]:
    return [(each.part, each.doctor_name, each.from_on) for each in team_of(clinic.db, person_id)]


def history(clinic: Clinic, person_id: int) -> list[tuple[str, str, str, str | None]]:
    rows = team_history(clinic.db, person_id)
    return [(row.part, row.doctor_name, row.from_on, row.until_on) for row in rows]


def codes(clinic: Clinic) -> list[str]:
    """What verification finds wrong with doctors."""
    found = [fault.code for fault in verify(clinic).faults]
    return [code for code in found if code.startswith("care.")]


@pytest.fixture
def doctors(frontdesk: Session) -> tuple[int, int, int]:
    return doctor(frontdesk), doctor(frontdesk, "林医生"), doctor(frontdesk, "离职医生", active=0)


def test_r016_a_new_record_with_a_doctor_begins_its_history(clinic, frontdesk, doctors):
    who = enrol(frontdesk, form=replace(FORM, doctor_id=doctors[0])).person_id
    assert present(clinic, who) == [("attending", "陈医生", TODAY)]
    assert history(clinic, who) == [("attending", "陈医生", TODAY, None)]
    assert codes(clinic) == []


def test_r130_a_doctor_from_before_the_history_has_no_first_day(clinic, frontdesk, doctors):
    who = person(frontdesk, "M1", doctor_id=doctors[0])
    assert present(clinic, who) == [("attending", "陈医生", "")]
    assert history(clinic, who) == []
    assert attending_of(clinic.db, who) == (doctors[0], "陈医生")
    assert codes(clinic) == []


def test_r130_the_record_takes_a_first_doctor_but_no_other(clinic, frontdesk, doctors):
    own, other, _ = doctors
    who = enrol(frontdesk, form=FORM).person_id
    assert attending_of(clinic.db, who) is None
    assert care_lines(clinic.db, who) == ()
    form = record(clinic.db, who).form
    change_person(
        frontdesk, person_id=who, form=replace(form, doctor_id=own), document_checked=False
    )
    assert history(clinic, who) == [("attending", "陈医生", TODAY, None)]
    form = record(clinic.db, who).form
    for wanted in (other, None):
        with pytest.raises(RuleError, match="不能直接改"):
            change_person(
                frontdesk,
                person_id=who,
                form=replace(form, doctor_id=wanted),
                document_checked=True,
            )
    change_person(frontdesk, person_id=who, form=replace(form, note="怕疼"), document_checked=False)
    assert attending_of(clinic.db, who) == (own, "陈医生")


def test_r130_a_doctor_who_left_is_not_chosen_and_stays_where_they_attend(
    clinic, frontdesk, doctors
):
    gone = doctors[2]
    with pytest.raises(RuleError, match="离职医生已不在本院"):
        enrol(frontdesk, form=replace(FORM, doctor_id=gone))
    who = enrol(frontdesk, form=FORM).person_id
    form = record(clinic.db, who).form
    with pytest.raises(RuleError, match="离职医生已不在本院"):
        change_person(
            frontdesk, person_id=who, form=replace(form, doctor_id=gone), document_checked=False
        )
    change(frontdesk, who, doctor_id=gone)
    form = record(clinic.db, who).form
    change_person(frontdesk, person_id=who, form=replace(form, note="x"), document_checked=False)
    assert attending_of(clinic.db, who) == (gone, "离职医生")
    assert (still_works(clinic.db, doctors[0]), still_works(clinic.db, gone)) == (True, False)
    assert not still_works(clinic.db, 99)
    assert working_doctor(clinic.db, doctors[0]) == "陈医生"


def test_r175_assistant_and_consultant_are_given_and_taken_by_the_desk(
    clinic, frontdesk, clock, doctors
):
    own, other, _ = doctors
    who = person(frontdesk, "M1", doctor_id=own)
    done = set_member(frontdesk, person_id=who, part="assistant", doctor_id=other)
    assert (done.person_id, done.part, done.doctor_id) == (who, "assistant", other)
    set_member(frontdesk, person_id=who, part="consultant", doctor_id=other)
    assert team_words(clinic.db, who) == ("主治 陈医生", "助理 林医生", "咨询 林医生")
    clock.day = "2026-11-23"
    set_member(frontdesk, person_id=who, part="assistant", doctor_id=own)
    set_member(frontdesk, person_id=who, part="consultant", doctor_id=None)
    assert present(clinic, who) == [
        ("attending", "陈医生", ""), ("assistant", "陈医生", "2026-11-23"),
    ]  # fmt: skip
    assert history(clinic, who) == [
        ("assistant", "陈医生", "2026-11-23", None),
        ("consultant", "林医生", TODAY, "2026-11-23"),
        ("assistant", "林医生", TODAY, "2026-11-23"),
    ]
    assert codes(clinic) == []


def test_r130_the_attending_part_is_set_while_it_is_free(clinic, frontdesk, doctors):
    own, other, gone = doctors
    who = person(frontdesk, "M1")
    with pytest.raises(RuleError, match="已不在本院"):
        set_member(frontdesk, person_id=who, part="attending", doctor_id=gone)
    set_member(frontdesk, person_id=who, part="attending", doctor_id=own)
    assert attending_of(clinic.db, who) == (own, "陈医生")
    for wanted in (other, None):
        with pytest.raises(RuleError, match="请用“更换医生”填写申请"):
            set_member(frontdesk, person_id=who, part="attending", doctor_id=wanted)


def test_what_cannot_be_in_a_team_is_refused(clinic, frontdesk, marketing, doctors):
    own, _, gone = doctors
    who = person(frontdesk, "M1")
    for words, answer in (
        ({"person_id": 99, "part": "assistant", "doctor_id": own}, "没有找到这位顾客"),
        ({"person_id": who, "part": "nurse", "doctor_id": own}, "没有这个分工"),
        ({"person_id": who, "part": "assistant", "doctor_id": 99}, "没有这位医生"),
        ({"person_id": who, "part": "assistant", "doctor_id": gone}, "已不在本院"),
        ({"person_id": who, "part": "assistant", "doctor_id": None}, "没有改动"),
        ({"person_id": who, "part": "attending", "doctor_id": None}, "没有改动"),
    ):
        with pytest.raises(RuleError, match=answer):
            set_member(frontdesk, **words)
    with pytest.raises(RuleError, match="没有这项权限"):
        set_member(marketing, person_id=who, part="assistant", doctor_id=own)
    assert team_of(clinic.db, who) == ()


# -- two records of one person ---------------------------------------------------------------


def test_e62_the_team_of_a_merged_record_follows_the_survivor(
    clinic, frontdesk, member_admin, doctors
):
    own, other, _ = doctors
    mine = enrol(frontdesk, form=FORM).person_id
    theirs = enrol(frontdesk, form=replace(FORM, name="周川", doctor_id=own)).person_id
    set_member(frontdesk, person_id=theirs, part="assistant", doctor_id=other)
    merge_people(member_admin.confirming(*ALL), survivor_id=mine, merged_id=theirs)
    assert present(clinic, mine) == [
        ("attending", "陈医生", TODAY), ("assistant", "林医生", TODAY),
    ]  # fmt: skip
    records = {row.record for row in team_history(clinic.db, mine)}
    assert records == {"", record(clinic.db, theirs).number}
    assert codes(clinic) == []
    unmerge_people(member_admin, merged_id=theirs)
    assert present(clinic, mine) == []
    assert history(clinic, mine) == [("attending", "陈医生", TODAY, TODAY)]
    assert present(clinic, theirs) == [
        ("attending", "陈医生", TODAY), ("assistant", "林医生", TODAY),
    ]  # fmt: skip
    assert codes(clinic) == []


def test_e62_an_assistant_changed_after_the_merge_is_the_assistant_of_both(
    clinic, frontdesk, member_admin, doctors
):
    own, other, _ = doctors
    mine = enrol(frontdesk, form=FORM).person_id
    theirs = enrol(frontdesk, form=replace(FORM, name="周川")).person_id
    set_member(frontdesk, person_id=theirs, part="assistant", doctor_id=other)
    merge_people(member_admin.confirming(*ALL), survivor_id=mine, merged_id=theirs)
    set_member(frontdesk, person_id=mine, part="assistant", doctor_id=own)
    assert team_words(clinic.db, mine) == ("助理 陈医生",)
    with pytest.raises(RuleError, match="没有找到这位顾客"):
        set_member(frontdesk, person_id=theirs, part="assistant", doctor_id=None)
    assert codes(clinic) == []


# -- verification ----------------------------------------------------------------------------


def test_e64_a_doctor_who_is_not_the_newest_of_the_history_is_found(clinic, frontdesk, doctors):
    who = enrol(frontdesk, form=replace(FORM, doctor_id=doctors[0])).person_id
    for wrong in (doctors[1], None):
        clinic.db.write(Person.update(doctor_id=wrong).where(Person.id == who))
        assert codes(clinic) == ["care.attending"]
        assert record(clinic.db, who).number in verify(clinic).faults[0].sentence
    clinic.db.write(Person.update(doctor_id=doctors[0]).where(Person.id == who))
    clinic.db.write(CareTeam.update(until_on=TODAY))
    assert codes(clinic) == ["care.attending"]


def test_e64_two_doctors_in_one_part_are_found(clinic, frontdesk, doctors):
    who = person(frontdesk, "M1")
    set_member(frontdesk, person_id=who, part="assistant", doctor_id=doctors[0])
    set_member(frontdesk, person_id=who, part="assistant", doctor_id=doctors[1])
    clinic.db.execute_sql("DROP INDEX care_team_now")
    clinic.db.write(CareTeam.update(until_on=None))
    assert "care.twice" in codes(clinic)


# -- an old roster ---------------------------------------------------------------------------


def test_r130_the_doctors_of_an_old_roster_begin_with_the_import(clinic, member_admin):
    take_in(
        member_admin,
        {"姓名": "王芳", "电话": "13800138001", "主治医师": "陈医生"},
        {"姓名": "赵敏", "电话": "13800138003", "主治医师": ""},
    )
    assert [present(clinic, each) for each in (1, 2)] == [[("attending", "陈医生", TODAY)], []]
    assert verify(clinic).good
    other = add_doctor(member_admin, name="林医生").doctor_id
    draft_change(member_admin, person_id=1, to_doctor_id=other, reason="离家近")
    with pytest.raises(RuleError, match="1 人已有后来的"):
        undo_import(member_admin, batch_id=1)


def test_e46_an_import_taken_back_leaves_the_doctors_sound(clinic, member_admin):
    take_in(member_admin, {"姓名": "王芳", "电话": "13800138001", "主治医师": "陈医生"})
    undo_import(member_admin, batch_id=1)
    assert verify(clinic).good
