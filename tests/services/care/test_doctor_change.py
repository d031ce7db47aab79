"""更换主治医师申请 (R130, R152): every step from every state, both words, the signature."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace

import pytest

from models.query import Prepared
from models.reception import CareTeam, DoctorChange
from models.system import Audit, Doctor
from services.care.doctor_change import (
    APPROVAL,
    ChangeMoved,
    decide,
    doctor_word,
    draft_change,
    put_in_force,
    submit_change,
    withdraw,
)
from services.care.doctor_changes import (
    ChangeRow,
    care_lines,
    changes_of,
    doctor_change,
    open_change,
    open_changes,
    state_title,
    word_title,
)
from services.care.team import attending_of, team_history
from services.care.treating import stands_in_for
from services.clinic import Clinic
from services.commands import Approval, Session
from services.desk.visits import check_in
from services.errors import RuleError
from services.forms.doctor_change import doctor_change_form, doctor_change_paper
from services.forms.paper import Pairs, Paper
from services.people.enrolment import PersonForm, change_person, enrol
from services.people.merge_facts import conflicts
from services.people.merging import merge_people, unmerge_people
from services.people.records import person as record
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import doctor, visit_values
from tests.services.people.test_merging import ALL

LEADER = Approval(5, "郑管理", "member_admin", APPROVAL)
STATES = ("draft", "waiting", "approved", "refused", "in_force", "withdrawn")
MONDAY = "2026-11-23"


@pytest.fixture
def own(frontdesk: Session) -> int:
    return doctor(frontdesk)


@pytest.fixture
def other(frontdesk: Session) -> int:
    return doctor(frontdesk, "林医生")


@pytest.fixture
def who(frontdesk: Session, own: int) -> int:
    return patient(frontdesk, own)


def patient(session: Session, doctor_id: int | None, name: str = "周小川") -> int:
    form = PersonForm(name=name, phone="13800008000", doctor_id=doctor_id)
    return enrol(session.confirming("possible_duplicate"), form=form).person_id


def drafted(session: Session, person_id: int, to: int, reason: str = "离家近") -> int:
    return draft_change(session, person_id=person_id, to_doctor_id=to, reason=reason).change_id


def heard(session: Session, change_id: int, *words: str) -> int:
    """Submitted, and both doctors asked."""
    submit_change(session, change_id=change_id)
    for which, word in zip(("from", "to"), words or ("agrees", "agrees"), strict=True):
        note = "疗程没完" if word == "objects" else ""
        doctor_word(session, change_id=change_id, which=which, word=word, note=note)
    return change_id


def brought_to(session: Session, change_id: int, state: str) -> int:
    """An application in that state."""
    if state in ("draft", "withdrawn"):
        if state == "withdrawn":
            withdraw(session, change_id=change_id)
        return change_id
    heard(session, change_id)
    if state != "waiting":
        approved = state != "refused"
        decide(session, change_id=change_id, approved=approved, note="知道了", approval=LEADER)
    if state == "in_force":
        put_in_force(session, change_id=change_id)
    return change_id


def seen(clinic: Clinic, change_id: int) -> ChangeRow:
    return doctor_change(clinic.db, change_id)


def good(clinic: Clinic) -> bool:
    return verify(clinic).good


# -- the way ---------------------------------------------------------------------------------


def test_r130_the_whole_way_of_an_application(clinic, frontdesk, clock, who, own, other):
    change_id = drafted(frontdesk, who, other)
    row = seen(clinic, change_id)
    assert (row.number, row.state, row.reason) == ("GH-20261120-01", "draft", "离家近")
    assert (row.from_doctor, row.to_doctor, row.staff) == ("陈医生", "林医生", "李前台")
    assert (row.person_id, row.person_name, row.occurred_on) == (who, "周小川", TODAY)
    assert care_lines(clinic.db, who) == ("主治 陈医生", "申请换为林医生(草稿)")
    heard(frontdesk, change_id)
    assert seen(clinic, change_id).asks == ()
    clock.day = MONDAY
    decide(frontdesk, change_id=change_id, approved=True, approval=LEADER)
    row = seen(clinic, change_id)
    assert (row.state, row.signed_by, row.signed_on) == ("approved", "郑管理", MONDAY)
    assert attending_of(clinic.db, who) == (own, "陈医生")
    done = put_in_force(frontdesk, change_id=change_id)
    assert (done.person_id, done.state) == (who, "in_force")
    assert seen(clinic, change_id).in_force_on == MONDAY
    assert attending_of(clinic.db, who) == (other, "林医生")
    history = team_history(clinic.db, who)
    assert [(r.doctor_name, r.from_on, r.until_on, r.change_number) for r in history] == [
        ("林医生", MONDAY, None, "GH-20261120-01"), ("陈医生", TODAY, MONDAY, ""),
    ]  # fmt: skip
    assert open_changes(clinic.db) == []
    assert good(clinic)


def test_r130_numbers_run_by_the_day(clinic, frontdesk, clock, own, other):
    first, second = (drafted(frontdesk, patient(frontdesk, own), other) for _ in range(2))
    clock.day = MONDAY
    third = drafted(frontdesk, patient(frontdesk, own), other)
    numbers = [seen(clinic, each).number for each in (first, second, third)]
    assert numbers == ["GH-20261120-01", "GH-20261120-02", "GH-20261123-01"]
    assert [row.id for row in open_changes(clinic.db)] == [third, second, first]


def test_r130_a_draft_can_be_put_right_until_it_is_submitted(clinic, frontdesk, who, own, other):
    change_id = drafted(frontdesk, who, other)
    third = doctor(frontdesk, "赵医生")
    assert drafted(frontdesk, who, third, " 时间合适 ") == change_id
    row = seen(clinic, change_id)
    assert (row.to_doctor, row.reason, row.number) == ("赵医生", "时间合适", "GH-20261120-01")
    submit_change(frontdesk, change_id=change_id)
    with pytest.raises(RuleError, match="GH-20261120-01 还没有办完"):
        drafted(frontdesk, who, other)


def test_r130_what_no_application_can_be_written_for(clinic, frontdesk, marketing, who, own, other):
    gone = doctor(frontdesk, "离职医生", active=0)
    alone = patient(frontdesk, None, "吴小军")
    for person_id, to, reason, answer in (
        (99, other, "近", "没有找到这位顾客"),
        (alone, other, "近", "还没有主治医师"),
        (who, own, "近", "陈医生已经是主治医师"),
        (who, gone, "近", "离职医生已不在本院"),
        (who, 99, "近", "没有这位医生"),
        (who, other, " ", "请写明更换原因"),
    ):
        with pytest.raises(RuleError, match=answer):
            drafted(frontdesk, person_id, to, reason)
    with pytest.raises(RuleError, match="没有这项权限"):
        drafted(marketing, who, other)
    assert changes_of(clinic.db, who) == []


STEPS = {
    "submit": (submit_change, {}, {"draft": "waiting"}),
    "word": (doctor_word, {"which": "to", "word": "agrees"}, {"waiting": "waiting"}),
    "approve": (decide, {"approved": True, "approval": LEADER}, {"waiting": "approved"}),
    "refuse": (
        decide, {"approved": False, "note": "不必", "approval": LEADER}, {"waiting": "refused"},
    ),
    "put in force": (put_in_force, {}, {"approved": "in_force"}),
    "withdraw": (withdraw, {}, dict.fromkeys(("draft", "waiting", "approved"), "withdrawn")),
}  # fmt: skip


@pytest.mark.parametrize(("state", "step"), list(itertools.product(STATES, STEPS)))
def test_r130_every_step_from_every_state(clinic, frontdesk, who, other, state, step):
    change_id = brought_to(frontdesk, drafted(frontdesk, who, other), state)
    call, words, ways = STEPS[step]
    if state in ways:
        assert call(frontdesk, change_id=change_id, **words).state == ways[state]
    else:
        with pytest.raises(RuleError, match=f"现在是“{state_title(state)}”"):
            call(frontdesk, change_id=change_id, **words)
    assert seen(clinic, change_id).state == ways.get(state, state)
    assert good(clinic)


def test_r130_there_is_no_application_with_that_number(clinic, frontdesk):
    with pytest.raises(RuleError, match="没有找到这张更换医生申请"):
        submit_change(frontdesk, change_id=9)
    assert open_change(clinic.db, 9) is None


def test_p4_a_step_pressed_twice_counts_once(clinic, frontdesk, who, other):
    once = frontdesk.once(uuid.uuid4())
    first = draft_change(once, person_id=who, to_doctor_id=other, reason="近")
    assert draft_change(once, person_id=who, to_doctor_id=other, reason="近") == first
    once = frontdesk.once(uuid.uuid4())
    brought_to(frontdesk, first.change_id, "approved")
    assert put_in_force(once, change_id=first.change_id) == put_in_force(
        once, change_id=first.change_id
    )
    assert isinstance(first, ChangeMoved)
    assert len(team_history(clinic.db, who)) == 2


def test_r130_another_application_may_follow_one_that_is_done_with(
    clinic, frontdesk, who, own, other
):
    first = brought_to(frontdesk, drafted(frontdesk, who, other), "in_force")
    back = brought_to(frontdesk, drafted(frontdesk, who, own, "搬家"), "refused")
    assert [row.id for row in changes_of(clinic.db, who)] == [back, first]
    assert attending_of(clinic.db, who) == (other, "林医生")
    assert good(clinic)


# -- words and signature ---------------------------------------------------------------------


def test_r130_both_doctors_are_heard_before_the_leader_signs(clinic, frontdesk, who, other):
    change_id = drafted(frontdesk, who, other)
    submit_change(frontdesk, change_id=change_id)
    with pytest.raises(RuleError, match="陈医生、林医生还没有表态"):
        decide(frontdesk, change_id=change_id, approved=True, approval=LEADER)
    doctor_word(frontdesk, change_id=change_id, which="from", word="agrees")
    assert seen(clinic, change_id).asks == ("to",)
    with pytest.raises(RuleError, match="林医生还没有表态"):
        decide(frontdesk, change_id=change_id, approved=True, approval=LEADER)


@pytest.mark.parametrize(("which", "word"), [("both", "agrees"), ("from", "perhaps")])
def test_r130_a_word_is_one_of_two_by_one_of_two(frontdesk, who, other, which, word):
    change_id = drafted(frontdesk, who, other)
    submit_change(frontdesk, change_id=change_id)
    with pytest.raises(RuleError, match="请选原医师或新医师"):
        doctor_word(frontdesk, change_id=change_id, which=which, word=word)


def test_r130_an_objection_has_a_reason_and_is_answered(clinic, frontdesk, who, other):
    change_id = drafted(frontdesk, who, other)
    submit_change(frontdesk, change_id=change_id)
    with pytest.raises(RuleError, match="请写明理由"):
        doctor_word(frontdesk, change_id=change_id, which="from", word="objects")
    heard_of = {"change_id": change_id, "which": "from"}
    doctor_word(frontdesk, **heard_of, word="objects", note="疗程没完")
    doctor_word(frontdesk, change_id=change_id, which="to", word="agrees")
    assert seen(clinic, change_id).objected
    with pytest.raises(RuleError, match="请在批注里答复"):
        decide(frontdesk, change_id=change_id, approved=True, approval=LEADER)
    decide(frontdesk, change_id=change_id, approved=True, note="交接好病历", approval=LEADER)
    assert seen(clinic, change_id).note.splitlines() == [
        "2026-11-20 陈医生不同意：疗程没完",
        "2026-11-20 林医生同意",
        "2026-11-20 郑管理批准：交接好病历",
    ]


def test_r130_a_doctor_may_think_again_before_the_signature(clinic, frontdesk, who, other):
    change_id = heard(frontdesk, drafted(frontdesk, who, other), "objects", "agrees")
    doctor_word(frontdesk, change_id=change_id, which="from", word="agrees")
    row = seen(clinic, change_id)
    assert (word_title(row.from_word), row.objected) == ("同意", False)
    assert "陈医生不同意：疗程没完" in row.note


def test_r130_a_refusal_has_a_reason_for_the_patient(clinic, frontdesk, who, own, other):
    change_id = heard(frontdesk, drafted(frontdesk, who, other))
    with pytest.raises(RuleError, match="不批准的理由"):
        decide(frontdesk, change_id=change_id, approved=False, note=" ", approval=LEADER)
    decide(frontdesk, change_id=change_id, approved=False, note="先做完根管", approval=LEADER)
    row = seen(clinic, change_id)
    assert (row.state, row.signed_by, row.signed_on, row.open) == (
        "refused", "郑管理", TODAY, False,
    )  # fmt: skip
    assert attending_of(clinic.db, who) == (own, "陈医生")


@pytest.mark.parametrize(
    "approval", [None, replace(LEADER, right="approve.fee"), replace(LEADER, role="frontdesk")]
)
def test_r130_only_a_leader_signs(frontdesk, who, other, approval):
    change_id = heard(frontdesk, drafted(frontdesk, who, other))
    with pytest.raises(RuleError, match="须院长或会员管理员签字"):
        decide(frontdesk, change_id=change_id, approved=True, approval=approval)


def retire(clinic: Clinic, doctor_id: int) -> None:
    clinic.db.write(Doctor.update(active=0).where(Doctor.id == doctor_id))


def test_r130_of_a_doctor_who_left_nobody_asks_a_word(clinic, frontdesk, who, own, other):
    retire(clinic, own)
    change_id = drafted(frontdesk, who, other)
    submit_change(frontdesk, change_id=change_id)
    assert seen(clinic, change_id).asks == ("to",)
    doctor_word(frontdesk, change_id=change_id, which="to", word="agrees")
    decide(frontdesk, change_id=change_id, approved=True, approval=LEADER)
    put_in_force(frontdesk, change_id=change_id)
    assert attending_of(clinic.db, who) == (other, "林医生")


@pytest.mark.parametrize("state", ["draft", "waiting", "approved"])
def test_r130_nobody_comes_under_a_doctor_who_left_meanwhile(
    clinic, frontdesk, who, own, other, state
):
    change_id = brought_to(frontdesk, drafted(frontdesk, who, other), state)
    retire(clinic, other)
    steps = {
        "draft": (submit_change, {}),
        "waiting": (decide, {"approved": True, "approval": LEADER}),
        "approved": (put_in_force, {}),
    }
    call, words = steps[state]
    with pytest.raises(RuleError, match="林医生已不在本院"):
        call(frontdesk, change_id=change_id, **words)
    assert attending_of(clinic.db, who) == (own, "陈医生")


def test_p14_no_reason_and_no_word_stands_in_the_audit_trail(clinic, frontdesk, who, other):
    change_id = heard(frontdesk, drafted(frontdesk, who, other, "不喜欢他"), "objects", "agrees")
    decide(frontdesk, change_id=change_id, approved=True, note="劝过了", approval=LEADER)
    texts = str(clinic.db.rows(Audit.select(Audit.detail, Audit.result)))
    assert not any(words in texts for words in ("不喜欢", "疗程没完", "劝过了", "周小川"))


# -- who treats meanwhile --------------------------------------------------------------------


def test_r130_another_doctor_treats_with_a_reason(clinic, frontdesk, who, own, other):
    again = frontdesk.confirming("already_here")
    with pytest.raises(RuleError, match="主治医生是陈医生；换医生须先申请"):
        check_in(again, person_id=who, doctor_id=other, note=" ")
    check_in(again, person_id=who, doctor_id=own)
    check_in(again, person_id=who)
    for reason in ({"note": "陈医生休假"}, {"emergency": True}):
        visit = check_in(again, person_id=who, doctor_id=other, **reason).visit_id
        assert visit_values(frontdesk, visit).doctor_id == other
    assert stands_in_for(clinic.db, who, other) == "陈医生"
    assert stands_in_for(clinic.db, who, None) == ""


def test_r130_an_application_under_way_is_the_reason(clinic, frontdesk, who, other):
    third = doctor(frontdesk, "赵医生")
    drafted(frontdesk, who, other)
    visit = check_in(frontdesk, person_id=who, doctor_id=other).visit_id
    assert stands_in_for(clinic.db, who, third) == "陈医生"
    brought_to(frontdesk, open_changes(clinic.db)[0].id, "in_force")
    assert visit_values(frontdesk, visit).doctor_id == other


def test_r130_who_has_nobody_or_somebody_who_left_is_seen_by_anybody(
    clinic, frontdesk, who, own, other
):
    alone = patient(frontdesk, None, "吴小军")
    check_in(frontdesk, person_id=alone, doctor_id=other)
    retire(clinic, own)
    check_in(frontdesk, person_id=who, doctor_id=other)


# -- two records of one person ---------------------------------------------------------------


def test_e62_two_doctors_are_asked_about_and_two_applications_forbid(
    clinic, frontdesk, member_admin, who, own, other
):
    double = patient(frontdesk, other, "周川")
    drafted(frontdesk, who, other)
    admin = member_admin.confirming(*ALL)
    found = {each.code: each for each in conflicts(clinic.db, TODAY, who, double)}
    assert found["two_doctors"].sentence == (
        "两份档案的主治医师不同：陈医生 和 林医生。合并后以 陈医生 为准。"
    )
    assert "two_doctor_changes" not in found
    drafted(frontdesk, double, own)
    with pytest.raises(RuleError, match="GH-20261120-01、GH-20261120-02"):
        merge_people(admin, survivor_id=who, merged_id=double)


def test_e62_an_application_of_a_merged_record_goes_on_for_the_survivor(
    clinic, frontdesk, member_admin, who, own, other
):
    double = patient(frontdesk, own, "周川")
    change_id = drafted(frontdesk, double, other)
    merge_people(member_admin.confirming(*ALL), survivor_id=who, merged_id=double)
    row = seen(clinic, change_id)
    assert (row.person_id, row.person_number) == (who, record(clinic.db, who).number)
    assert [each.id for each in changes_of(clinic.db, who)] == [change_id]
    assert open_change(clinic.db, double) == open_change(clinic.db, who) == row
    assert drafted(frontdesk, who, other, "更方便") == change_id
    brought_to(frontdesk, change_id, "in_force")
    assert attending_of(clinic.db, who) == (other, "林医生")
    assert good(clinic)
    with pytest.raises(RuleError, match="不能再拆开"):
        unmerge_people(member_admin, merged_id=double)


def test_e62_an_application_that_is_not_true_for_the_survivor_is_withdrawn(
    clinic, frontdesk, member_admin, who, own, other
):
    third = doctor(frontdesk, "赵医生")
    double = patient(frontdesk, other, "周川")
    change_id = drafted(frontdesk, double, third)
    admin = member_admin.confirming(*ALL, "two_doctors")
    merge_people(admin, survivor_id=who, merged_id=double)
    with pytest.raises(RuleError, match="主治医师现在不是申请里的林医生"):
        submit_change(frontdesk, change_id=change_id)
    withdraw(frontdesk, change_id=change_id)
    unmerge_people(member_admin, merged_id=double)
    assert attending_of(clinic.db, double) == (other, "林医生")
    assert good(clinic)


def test_e62_nobody_to_change_from_after_parting(clinic, frontdesk, member_admin, own, other):
    mine, theirs = patient(frontdesk, None, "吴小军"), patient(frontdesk, own, "吴军")
    merge_people(member_admin.confirming(*ALL), survivor_id=mine, merged_id=theirs)
    change_id = drafted(frontdesk, mine, other)
    unmerge_people(member_admin, merged_id=theirs)
    with pytest.raises(RuleError, match="请撤回这张申请"):
        submit_change(frontdesk, change_id=change_id)
    form = record(clinic.db, mine).form
    change_person(
        frontdesk, person_id=mine, form=replace(form, doctor_id=other), document_checked=False
    )
    assert good(clinic)


# -- the form --------------------------------------------------------------------------------


def pairs(paper: Paper) -> dict[str, str]:
    found = [block for block in paper.blocks if isinstance(block, Pairs)]
    return {name: text.strip() for block in found for name, text in block.rows}


def test_r152_the_form_is_filled_as_far_as_it_has_come(clinic, frontdesk, who, own, other):
    blank = doctor_change_form(clinic.db, TODAY)
    assert pairs(blank)["单号"] == ""
    change_id = drafted(frontdesk, who, other)
    paper = doctor_change_paper(clinic.db, change_id)
    assert (paper.number, pairs(paper)["会员"]) == ("GH-20261120-01", "周**")
    assert pairs(paper)["拟换医师"] == "林医生"
    assert pairs(paper)["申请人(前台)"] == "李前台"
    assert "单号" not in pairs(paper)
    for name in ("原医师意见", "新医师意见", "领导意见", "生效日", "协商情况"):
        assert pairs(paper)[name] == ""
    brought_to(frontdesk, change_id, "in_force")
    found = pairs(doctor_change_paper(clinic.db, change_id))
    assert (found["原医师意见"], found["新医师意见"]) == ("同意", "同意")
    assert (found["领导意见"], found["生效日"]) == ("批准　郑管理　2026-11-20", TODAY)
    assert found["协商情况"].endswith("郑管理批准：知道了")


def test_r152_the_form_of_an_application_that_came_to_nothing(clinic, frontdesk, who, own, other):
    given_up = brought_to(frontdesk, drafted(frontdesk, who, other), "withdrawn")
    found = pairs(doctor_change_paper(clinic.db, given_up))
    assert (found["原医师意见"], found["领导意见"]) == ("未征求", "已撤回，未签字")
    refused = brought_to(frontdesk, drafted(frontdesk, who, other), "refused")
    assert pairs(doctor_change_paper(clinic.db, refused))["领导意见"].startswith("不批准　郑管理")
    retire(clinic, own)
    found = pairs(doctor_change_paper(clinic.db, drafted(frontdesk, who, other)))
    assert found["原医师意见"] == "已不在本院，不征求意见"


# -- verification ----------------------------------------------------------------------------


def codes(clinic: Clinic) -> list[str]:
    return [fault.code for fault in verify(clinic).faults]


def test_e64_an_application_that_is_not_what_happened_is_found(clinic, frontdesk, who, own, other):
    change_id = brought_to(frontdesk, drafted(frontdesk, who, other), "in_force")
    clinic.db.write(CareTeam.update(change_id=None))
    assert codes(clinic) == ["care.application"]
    clinic.db.write(CareTeam.update(change_id=change_id).where(CareTeam.until_on.is_null()))
    assert good(clinic)
    stranger = patient(frontdesk, other, "钱明")
    clinic.db.write(CareTeam.update(change_id=None))
    clinic.db.write(CareTeam.update(change_id=change_id).where(CareTeam.person_id == stranger))
    assert codes(clinic) == ["care.application"]
    assert "编号 1" in verify(clinic).faults[0].sentence


def test_e65_an_application_done_with_is_fixed(clinic, frontdesk, who, other):
    change_id = brought_to(frontdesk, drafted(frontdesk, who, other), "refused")
    fix = Prepared(
        lambda: DoctorChange.update(state="approved").where(DoctorChange.id == change_id)
    )
    with pytest.raises(Exception, match="never changes"):
        fix.write(clinic.db)
