"""Requests about one's own data, freezing, copies, and what is given to others (R135)."""

from __future__ import annotations

import msgspec
import pytest
from openpyxl import load_workbook

from models.followup import FollowupTask
from models.people import Person
from models.system import Audit
from services.desk.appointments import book
from services.desk.visits import change_visit, check_in
from services.errors import RuleError
from services.followups.calls import create_task
from services.forms.paper import texts
from services.people.closed import closed, refuse_unreadable
from services.people.contact import may_contact
from services.people.enrolment import change_person
from services.people.merging import merge_people, unmerge_people
from services.people.privacy import reveal
from services.people.records import person
from services.people.search import find
from services.privacy.disclosures import (
    DisclosureForm,
    disclose,
    disclosures_between,
    disclosures_of,
    take_back,
)
from services.privacy.erasing import erase
from services.privacy.freezing import freeze, frozen_people, unfreeze
from services.privacy.my_data import my_data, my_data_paper, my_data_workbook
from services.privacy.requests import (
    LONGEST_ANSWER,
    due_day,
    finish,
    open_requests,
    receive,
    refuse,
    requests_of,
)
from services.verify.run import verify
from tests.conftest import TODAY
from tests.gift_world import in_command
from tests.privacy_world import (
    ADDRESS,
    BOSS,
    CARD,
    GUARDIAN,
    ID_NUMBER,
    NAME,
    PHONE,
    WORDS,
    asked,
    enrolled,
    lived,
)

LETTER = DisclosureForm(
    "市一院口腔科", "姓名、电话、过敏", "转诊", "consent", "2026-11-20 书面同意"
)


@pytest.fixture
def who(frontdesk):
    return enrolled(frontdesk)


def detail(clinic, action):
    row = Audit.select(Audit.detail).where(Audit.action == action).order_by(Audit.seq.desc())
    return msgspec.json.decode(clinic.db.scalar(row.limit(1)))


# -- received, answered ----------------------------------------------------------------------


def test_a_request_waits_fifteen_working_days(clinic, clock, frontdesk, who):
    request_id = asked(frontdesk, who, "copy")
    (row,) = open_requests(clinic.db, TODAY)
    assert (row.id, row.kind, row.state) == (request_id, "copy", "received")
    assert (row.name_masked, row.staff, row.approver) == ("欧阳**", "李前台", "")
    assert row.due_on == due_day(clinic.db, TODAY) == "2026-12-11"
    assert not row.late
    assert requests_of(clinic.db, "2026-12-12", who)[0].late


@pytest.mark.parametrize(
    ("kind", "checked", "words"),
    [
        ("sell", "document", "请选择顾客要求什么"),
        ("copy", "", "请先核对来人身份"),
        ("erase", "retention", "会员管理员、院长"),
    ],
)
def test_a_request_says_what_and_by_whom(frontdesk, who, kind, checked, words):
    with pytest.raises(RuleError, match=words):
        receive(frontdesk, person_id=who, kind=kind, checked=checked)


def test_the_same_request_is_open_once_and_of_somebody_known(frontdesk, who):
    asked(frontdesk, who, "copy")
    with pytest.raises(RuleError, match="“查阅复制”要求还没答复"):
        asked(frontdesk, who, "copy")
    with pytest.raises(RuleError, match="没有找到"):
        asked(frontdesk, 999, "copy")


def test_the_clinic_clears_out_by_itself_through_a_manager(member_admin, clinic, who):
    receive(member_admin, person_id=who, kind="erase", checked="retention")
    assert open_requests(clinic.db, TODAY)[0].checked == "retention"


def test_finishing_answers_copies_and_corrections_once(clinic, frontdesk, who):
    request_id = asked(frontdesk, who, "correct")
    finish(frontdesk, request_id=request_id, answer=" 电话 已更正 ")
    row = requests_of(clinic.db, TODAY, who)[0]
    assert (row.state, row.answer, row.answered_on) == ("done", "电话 已更正", TODAY)
    with pytest.raises(RuleError, match="已经答复"):
        finish(frontdesk, request_id=request_id)
    with pytest.raises(RuleError, match="已经答复"):
        finish(frontdesk, request_id=77)
    with pytest.raises(RuleError, match="不能这样办"):
        finish(frontdesk, request_id=asked(frontdesk, who, "erase"))
    with pytest.raises(RuleError, match=f"最多 {LONGEST_ANSWER} 个字"):
        finish(frontdesk, request_id=asked(frontdesk, who, "copy"), answer="长" * 301)


def test_a_refusal_says_why(clinic, frontdesk, member_admin, who):
    request_id = asked(frontdesk, who, "erase")
    with pytest.raises(RuleError, match="没有这项权限"):
        refuse(frontdesk, request_id=request_id, reason="法定保存期未满")
    with pytest.raises(RuleError, match="须说明理由"):
        refuse(member_admin, request_id=request_id, reason=" ")
    refuse(member_admin, request_id=request_id, reason="法定保存期未满")
    row = requests_of(clinic.db, TODAY, who)[0]
    assert (row.state, row.answer, row.late) == ("refused", "法定保存期未满", False)
    assert detail(clinic, "privacy.refuse") == {"person": who, "state": "refused"}


# -- frozen ----------------------------------------------------------------------------------


def frozen(session, person_id, kind="freeze"):
    return freeze(session, request_id=asked(session, person_id, kind), answer="本人要求停用")


def test_a_frozen_record_is_found_called_and_changed_by_nobody(
    clinic, frontdesk, member_admin, director, who
):
    create_task(frontdesk, person_id=who, due_on=TODAY, subject="复查")
    frozen(member_admin, who)
    assert find(clinic.db, PHONE) == []
    assert not may_contact(clinic.db, who, "service")
    assert clinic.db.rows(FollowupTask.select(FollowupTask.state, FollowupTask.closed_as)) == [
        ("given_up", "stopped")
    ]
    form = person(clinic.db, who).form
    for again in (
        lambda: change_person(frontdesk, person_id=who, form=form, document_checked=True),
        lambda: disclose(member_admin, person_id=who, form=LETTER),
        lambda: merge_people(member_admin, survivor_id=who, merged_id=99),
    ):
        with pytest.raises(RuleError, match="已冻结"):
            again()
    with pytest.raises(RuleError, match="已冻结"):
        check_in(frontdesk, person_id=who)
    for session in (frontdesk, member_admin):
        with pytest.raises(RuleError, match="只有院长能查看"):
            reveal(session, person_id=who, field="phone")
        with pytest.raises(RuleError, match="只有院长能查看"):
            asked(session, who, "copy")
    assert reveal(director, person_id=who, field="phone") == PHONE
    assert asked(director, who, "copy")
    (row,) = frozen_people(clinic.db)
    assert (row.person_id, row.name_masked, row.frozen_on) == (who, "欧阳**", TODAY)
    assert verify(clinic).good


def test_only_the_director_lets_it_be_used_again(clinic, member_admin, director, who):
    frozen(member_admin, who, "erase")  # the law asked for keeping
    with pytest.raises(RuleError, match="没有这项权限"):
        unfreeze(member_admin, person_id=who)
    unfreeze(director, person_id=who)
    assert find(clinic.db, PHONE)[0].person_id == who
    assert closed(clinic.db, who).frozen_on is None
    assert frozen_people(clinic.db) == []
    with pytest.raises(RuleError, match="没有冻结"):
        unfreeze(director, person_id=who)
    refuse_unreadable(clinic.db, "frontdesk", who)
    refuse_unreadable(clinic.db, "frontdesk", 999)


def test_freezing_says_why_and_waits_for_who_is_here(clinic, frontdesk, member_admin, who):
    request_id = asked(member_admin, who, "freeze")
    with pytest.raises(RuleError, match="请写明为什么冻结"):
        freeze(member_admin, request_id=request_id, answer="")
    with pytest.raises(RuleError, match="不能这样办"):
        freeze(member_admin, request_id=asked(member_admin, who, "copy"), answer="停用")
    visit = check_in(frontdesk, person_id=who)
    with pytest.raises(RuleError, match="今天正在就诊"):
        freeze(member_admin, request_id=request_id, answer="停用")
    for state in ("called", "in_treatment", "done"):
        change_visit(frontdesk, visit_id=visit.visit_id, to_state=state)
    book(frontdesk, day="2026-12-01", at="09:00", person_id=who)
    with pytest.raises(RuleError, match="2026-12-01 还有预约"):
        freeze(member_admin, request_id=request_id, answer="停用")


def test_what_is_frozen_is_not_frozen_again(member_admin, director, who):
    frozen(member_admin, who)
    with pytest.raises(RuleError, match="不用再冻结"):
        frozen(director, who)


def test_a_frozen_record_may_be_erased_in_the_end(clinic, member_admin, director, who):
    frozen(member_admin, who)
    erase(director, request_id=asked(director, who, "erase"), approval=BOSS)
    assert frozen_people(clinic.db) == []
    with pytest.raises(RuleError, match="没有冻结"):
        unfreeze(director, person_id=who)
    assert verify(clinic).good


def test_e62_frozen_records_are_not_parted(clinic, frontdesk, member_admin, director, who):
    other = in_command(
        frontdesk,
        lambda tx: tx.db.insert(Person, number="M9", name=NAME, created_on=TODAY, seq=tx.seq),
    )
    merge_people(member_admin, survivor_id=who, merged_id=other)
    frozen(member_admin, other)
    with pytest.raises(RuleError, match="已冻结"):
        unmerge_people(member_admin, merged_id=other)
    unfreeze(director, person_id=other)
    unmerge_people(member_admin, merged_id=other)
    assert verify(clinic).good


# -- a copy ----------------------------------------------------------------------------------


def test_my_data_is_everything_in_clear_for_themselves(
    clinic, frontdesk, member_admin, who, tmp_path
):
    lived(frontdesk, member_admin, who)
    request_id = asked(frontdesk, who, "copy")
    paper = my_data_paper(frontdesk, request_id=request_id, person_id=who)
    words = "\n".join(texts(paper))
    for text in (NAME, GUARDIAN, ID_NUMBER, PHONE, ADDRESS, CARD, WORDS, "1,900", "营销联系"):
        assert text in words
    assert paper.name == "我的资料"
    told = detail(clinic, "privacy.copy")
    assert told == {"form": "paper", "request": request_id, "rows": my_data(clinic.db, who).rows}
    path = tmp_path / "我的资料.xlsx"
    my_data_workbook(frontdesk, request_id=request_id, person_id=who, path=path)
    book = load_workbook(path)
    assert {"本人", "同意与撤回", "投诉", "积分"} <= set(book.sheetnames)
    assert detail(clinic, "privacy.copy")["form"] == "workbook"
    finish(frontdesk, request_id=request_id)
    with pytest.raises(RuleError, match="已经答复"):
        my_data_paper(frontdesk, request_id=request_id, person_id=who)
    assert verify(clinic).good


# -- given to others -------------------------------------------------------------------------


def test_r135_what_is_given_to_others_is_on_record(clinic, member_admin, who):
    done = disclose(member_admin, person_id=who, form=LETTER)
    (row,) = disclosures_of(clinic.db, who)
    assert (row.receiver, row.what, row.basis, row.staff) == (
        "市一院口腔科", "姓名、电话、过敏", "consent", "郑管理",
    )  # fmt: skip
    assert not row.taken_back
    take_back(member_admin, disclosure_id=done.disclosure_id)
    (row,) = disclosures_between(clinic.db, TODAY, TODAY)
    assert row.taken_back
    for number in (done.disclosure_id, done.disclosure_id + 1, 99):
        with pytest.raises(RuleError, match="已经撤回"):
            take_back(member_admin, disclosure_id=number)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"basis": "rumour"}, "请选择依据"),
        ({"receiver": " "}, "请填写“接收方”"),
        ({"basis_note": ""}, "请填写“依据说明”"),
        ({"purpose": "长" * 121}, "“用途”最多 120 个字"),
    ],
)
def test_a_disclosure_leaves_no_gap(member_admin, who, values, words):
    form = DisclosureForm(**{**LETTER.__dict__, **values})
    with pytest.raises(RuleError, match=words):
        disclose(member_admin, person_id=who, form=form)


def test_the_law_may_ask_about_a_frozen_record_but_not_about_nobody(clinic, member_admin, who):
    frozen(member_admin, who)
    by_law = DisclosureForm("区卫健委", "就诊日期", "检查", "law", "医疗纠纷条例 18 条")
    disclose(member_admin, person_id=who, form=by_law)
    assert disclosures_of(clinic.db, who)[0].basis == "law"
    with pytest.raises(RuleError, match="没有找到"):
        disclose(member_admin, person_id=99, form=by_law)
