"""Monday's new members, handed over and signed for (R137, S18-17)."""

from __future__ import annotations

import json

import openpyxl
import pytest

from services.errors import RuleError
from services.forms.paper import texts
from services.loyalty.membership import join
from services.people.enrolment import PersonForm, enrol
from services.people.merging import merge_people
from services.reports.handed import MONDAY, handed, handed_until, handover_due
from services.reports.handover import hand_over, usual_span
from services.reports.members import missing
from services.reports.paper import as_paper
from services.reports.plain import as_json
from services.reports.registry import find
from services.reports.workbook import write_workbook
from services.staff import approve
from services.verify import verify
from tests.conftest import PIN, STAFF
from tests.desk_world import consent
from tests.gift_world import add_member
from tests.money_world import member, pay, person
from tests.services.reports.world import column, report, rows
from tests.services.test_verify import tamper

WEEK = ("2026-11-16", "2026-11-22")
MONDAY_DAY = "2026-11-23"


@pytest.fixture
def signed(clinic):
    return approve(clinic, STAFF["marketing"], PIN, "sign.handover")


def seen(clinic, first=WEEK[0], last=WEEK[1]):
    """What is on the screen of whoever signs."""
    return report(clinic, MONDAY, first, last).digest


def given(clinic, session, approval, first=WEEK[0], last=WEEK[1], **more):
    values = {"report": MONDAY, "first": first, "last": last, "approval": approval}
    return hand_over(session, **({"seen": seen(clinic, first, last)} | values | more))


def test_r137_who_joined_in_the_week_with_what_their_records_lack(clinic, clock, frontdesk):
    full = PersonForm(
        name="王小明",
        sex="M",
        birthday="1990-05-15",
        phone="13800138000",
        id_absent_reason="不愿填写",
        address="解放路 1 号",
    )
    done = enrol(frontdesk, form=full).person_id
    consent(frontdesk, done, True, "record")
    pay(frontdesk, done, 1000)
    join(frontdesk, person_id=done, benefits_explained=True)
    bare = person(frontdesk)
    pay(frontdesk, bare, 12_000)
    join(frontdesk, person_id=bare, benefits_explained=True)
    tamper(
        clinic.db,
        f"UPDATE membership SET benefits_explained = 0 WHERE person_id = {bare}",
    )
    add_member(frontdesk, "M9", spend_yuan=2000)
    clock.day = MONDAY_DAY
    member(frontdesk, 2000)  # belongs to the next week
    found = report(clinic, MONDAY, *WEEK)
    lines = rows(found, "新增会员")
    assert [line[1] for line in lines] == ["王**"] * 3
    assert lines[0][2:8] == [
        "2026-11-20", "医院方案A", "普通会员", "单笔", "", "主治医师",
    ]  # fmt: skip
    assert lines[1][4:8] == [
        "VIP会员", "单笔", "",
        "性别、出生日期、电话、身份证号、住址、主治医师、待遇未讲解、建档同意",
    ]  # fmt: skip
    assert lines[0][8:] == [STAFF["frontdesk"], None, None]
    assert rows(found, "按方案和等级") == [
        ["医院方案A", "VIP会员", 1],
        ["医院方案A", "普通会员", 2],
    ]
    assert found.sheets[0].totals[1] == 3


def test_r137_a_child_lacks_a_guardian_and_a_lunar_birthday_is_one():
    asked = ["F", "2020-01-01", None, "1", "", "", "", "", "没带", "路", 1]
    assert missing(asked, "2026-11-20") == ["监护人"]
    asked = ["F", None, 8, "", "", "1", "", "1", "", "路", 1]
    assert missing(asked, "2026-11-20") == []


def test_r137_an_imported_member_is_not_new(clinic, frontdesk):
    one = member(frontdesk, 2000)
    tamper(clinic.db, f"UPDATE membership SET basis = 'opening' WHERE person_id = {one}")
    assert rows(report(clinic, MONDAY, *WEEK), "新增会员") == []


def test_e62_a_merged_member_stands_under_the_survivor(clinic, frontdesk, member_admin):
    survivor, other = person(frontdesk), member(frontdesk, 2000)
    merge_people(member_admin.confirming("two_names"), survivor_id=survivor, merged_id=other)
    (number,) = column(report(clinic, MONDAY, *WEEK), "新增会员", "会员号")
    assert (
        number
        == clinic.db.execute_sql("SELECT number FROM person WHERE id = ?", (survivor,)).fetchone()[
            0
        ]
    )


def test_e62_two_members_who_are_one_person_are_one_line_with_the_survivors_record(
    clinic, frontdesk, member_admin
):
    full = PersonForm(
        name="王小明", sex="M", birthday="1990-05-15", phone="13800138000",
        id_absent_reason="不愿填写", address="解放路 1 号",
    )  # fmt: skip
    survivor = enrol(frontdesk, form=full).person_id
    consent(frontdesk, survivor, True, "record")
    pay(frontdesk, survivor, 1000)
    join(frontdesk, person_id=survivor, benefits_explained=True)
    other = member(frontdesk, 8000)
    merge_people(
        member_admin.confirming("two_names", "two_memberships"),
        survivor_id=survivor,
        merged_id=other,
    )
    found = report(clinic, MONDAY, *WEEK)
    (line,) = rows(found, "新增会员")
    assert (line[4], line[7]) == ("高级会员", "主治医师")
    assert found.sheets[0].totals[1] == 1
    assert rows(found, "按方案和等级") == [["医院方案A", "高级会员", 1]]


# -- handing over ----------------------------------------------------------------------------


def test_r137_marketing_signs_and_the_report_says_so(
    clinic, clock, frontdesk, member_admin, signed
):
    member(frontdesk, 2000)
    clock.day = MONDAY_DAY
    assert handover_due(clinic.db, MONDAY_DAY)
    assert usual_span(clinic.db, find(MONDAY), MONDAY_DAY) == WEEK
    done = given(clinic, member_admin, signed, note=" 已核对 ")
    assert done.rows == 1
    row = handed(clinic.db, MONDAY, *WEEK)
    assert (row.handed_by, row.received_by, row.on, row.rows, row.note) == (
        STAFF["member_admin"], STAFF["marketing"], MONDAY_DAY, 1, "已核对",
    )  # fmt: skip
    assert row.digest == report(clinic, MONDAY, *WEEK).digest
    assert not handover_due(clinic.db, MONDAY_DAY)
    assert handed_until(clinic.db, MONDAY) == WEEK[1]
    assert "handover.signed" not in {fault.code for fault in verify(clinic).faults}


def test_r137_nothing_falls_between_two_hand_overs(clinic, clock, member_admin, signed):
    clock.day = MONDAY_DAY
    given(clinic, member_admin, signed)
    assert usual_span(clinic.db, find(MONDAY), MONDAY_DAY) == WEEK  # signed: shown again
    assert usual_span(clinic.db, find(MONDAY), "2026-12-08") == ("2026-11-23", "2026-12-06")
    assert usual_span(clinic.db, find("points"), "2026-12-08") == ("2026-11-30", "2026-12-06")
    assert handover_due(clinic.db, "2026-12-01")
    clock.day = "2026-12-08"
    again = approve(clinic, STAFF["director"], PIN, "sign.handover")
    given(clinic, member_admin, again, "2026-11-23", "2026-12-06")
    assert not handover_due(clinic.db, "2026-12-08")


def test_r137_in_its_first_week_a_clinic_hands_nothing_over(clinic):
    assert not handover_due(clinic.db, "2026-11-20")
    assert handover_due(clinic.db, "2026-11-24")


def test_r137_changed_afterwards_it_is_seen_and_may_be_handed_over_again(
    clinic, clock, frontdesk, member_admin, signed
):
    one = member(frontdesk, 2000)
    clock.day = MONDAY_DAY
    first = given(clinic, member_admin, signed)
    with pytest.raises(RuleError, match=r"已由吴市场于 2026-11-23 签收，内容没有变化"):
        given(clinic, member_admin, signed)
    tamper(clinic.db, f"UPDATE person SET address = '解放路 2 号' WHERE id = {one}")
    assert handed(clinic.db, MONDAY, *WEEK).digest != report(clinic, MONDAY, *WEEK).digest
    assert given(clinic, member_admin, signed).handover_id > first.handover_id


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"report": "points"}, "不用移交"),
        ({"report": "无此表"}, "没有“无此表”"),
        ({"last": "2026-11-23"}, "请在 2026-11-24 以后移交"),
        ({"first": "2026-11-30"}, "对调"),
        ({"approval": None}, "请市场部输入自己的密码"),
    ],
)
def test_r137_refused_and_says_what_to_do(clinic, clock, member_admin, signed, values, sentence):
    clock.day = MONDAY_DAY
    asked = {"report": MONDAY, "first": WEEK[0], "last": WEEK[1], "approval": signed}
    asked |= {"seen": seen(clinic)}
    with pytest.raises(RuleError, match=sentence):
        hand_over(member_admin, **(asked | values))
    assert handed(clinic.db, MONDAY, *WEEK) is None


def test_r137_nobody_signs_for_what_they_hand_over(clinic, clock, director):
    clock.day = MONDAY_DAY
    own = approve(clinic, STAFF["director"], PIN, "sign.handover")
    with pytest.raises(RuleError, match="须是两个人"):
        given(clinic, director, own)


def test_r137_nobody_signs_for_what_changed_after_they_looked(
    clinic, clock, frontdesk, member_admin, signed
):
    one = member(frontdesk, 2000)
    clock.day = MONDAY_DAY
    looked = seen(clinic)
    tamper(clinic.db, f"UPDATE person SET address = '解放路 2 号' WHERE id = {one}")
    with pytest.raises(RuleError, match=r"内容已变，请再看一遍。"):
        given(clinic, member_admin, signed, seen=looked)
    assert handed(clinic.db, MONDAY, *WEEK) is None


def test_r137_no_day_is_lost_and_none_handed_over_twice(clinic, clock, member_admin, signed):
    clock.day = "2026-12-14"
    given(clinic, member_admin, signed)
    with pytest.raises(RuleError, match="不能漏掉日子，请从 2026-11-23 开始"):
        given(clinic, member_admin, signed, "2026-11-24", "2026-11-29")
    for first, last in (
        ("2026-11-17", WEEK[1]),
        (WEEK[0], "2026-11-29"),
        ("2026-11-01", "2026-11-10"),
    ):
        with pytest.raises(RuleError, match="到 2026-11-22 为止已经移交过，请从 2026-11-23"):
            given(clinic, member_admin, signed, first, last)
    given(clinic, member_admin, signed, "2026-11-23", "2026-12-13")
    assert handed_until(clinic.db, MONDAY) == "2026-12-13"
    assert not handover_due(clinic.db, "2026-12-14")


def test_r137_what_is_due_goes_by_the_days_that_are_covered(clinic, clock, member_admin, signed):
    clock.day = "2026-12-14"
    given(clinic, member_admin, signed)
    given(clinic, member_admin, signed, "2026-11-23", "2026-12-13")
    tamper(clinic.db, "UPDATE handover SET first_day = '2026-12-01' WHERE id = 2")
    assert handed_until(clinic.db, MONDAY) == WEEK[1]  # a week between was never signed for
    assert handover_due(clinic.db, "2026-12-14")
    assert usual_span(clinic.db, find(MONDAY), "2026-12-14") == ("2026-11-23", "2026-12-13")


def test_r137_paper_workbook_and_json_say_who_signed_and_whether_it_changed(
    clinic, clock, frontdesk, member_admin, signed, tmp_path
):
    one = member(frontdesk, 2000)
    clock.day = MONDAY_DAY

    def said():
        found = report(clinic, MONDAY, *WEEK)
        paper = "\n".join(texts(as_paper(clinic.db, found)))
        write_workbook(clinic, tmp_path / "a.xlsx", find(MONDAY), found.ask)
        cells = (
            openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0].iter_rows(values_only=True)
        )
        book = "\n".join(str(row[0]) for row in cells)
        return json.loads(as_json(found))["signed"], paper, book

    plain, *shown = said()
    assert plain is None
    assert all("还没有移交签收。" in text for text in shown)
    given(clinic, member_admin, signed)
    words = f"已签收：郑管理移交，吴市场于 {MONDAY_DAY} 签收，1 人"
    plain, *shown = said()
    assert plain == {
        "on": MONDAY_DAY, "handed_by": "郑管理", "received_by": "吴市场", "rows": 1,
        "changed_since": False,
    }  # fmt: skip
    assert all(f"{words}。" in text for text in shown)
    tamper(clinic.db, f"UPDATE person SET address = '解放路 2 号' WHERE id = {one}")
    plain, *shown = said()
    assert plain["changed_since"] is True
    assert all(f"{words}；此后内容有变动" in text for text in shown)


@pytest.mark.parametrize(
    "change",
    [
        "row_count = 7",
        "digest = 'x'",
        "received_by = 1",
        "handed_by = 2",
        "last_day = '2026-11-21'",
    ],
)
def test_verify_finds_a_signature_that_was_changed(clinic, clock, member_admin, signed, change):
    clock.day = MONDAY_DAY
    given(clinic, member_admin, signed)
    tamper(clinic.db, f"UPDATE handover SET {change}")
    assert [fault.code for fault in verify(clinic).faults] == ["handover.signed"]
