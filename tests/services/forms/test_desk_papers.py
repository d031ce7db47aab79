"""What the desk keeps: registers, slips, forms, the check, statement, labels, the letterhead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.gifts import GiftIssue
from services.clock import plus_days
from services.commands import Session
from services.errors import RuleError
from services.followups.calls import create_task, log_call
from services.forms import gift_register as register
from services.forms.days import first_of_day
from services.forms.doctor_change import doctor_change_form
from services.forms.followup_register import (
    blank_followup_register,
    followup_register,
    person_followups,
)
from services.forms.gift_check import gift_check
from services.forms.gift_register import blank_gift_register, gift_register, gift_slip
from services.forms.leave_paper import leave_paper
from services.forms.letterhead import LARGEST_LOGO, change_logo, contact_line, logo_of, stamped
from services.forms.paper import (
    Break,
    Cells,
    Face,
    Grid,
    Heading,
    Pairs,
    Paper,
    Signatures,
    Size,
    Text,
    Ticks,
    texts,
)
from services.forms.programme_sheet import programme_sheet
from services.forms.recovery_sheet import recovery_sheet, recovery_text
from services.forms.statement import LATEST, points_statement
from services.gifts.handout import issue_gift
from services.gifts.reconciliation import open_week
from services.loyalty.redemption import redeem, return_redemption
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.people.records import add_doctor
from services.programmes.drafts import versions
from services.programmes.registry import preset
from services.programmes.sentences import describe
from services.setup import change_settings
from tests.conftest import STAFF, TODAY
from tests.gift_world import add_gift, add_member, count_all, friday, gift_grant, stocked
from tests.money_world import member, pay, person, sign
from tests.services.memberships.world import paid_programme

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def words(paper: Paper) -> str:
    return "\n".join(texts(paper))


def grids(paper: Paper) -> list[Grid]:
    return [block for block in paper.blocks if isinstance(block, Grid)]


def pairs(paper: Paper) -> dict[str, str]:
    return {name: text for b in paper.blocks if isinstance(b, Pairs) for name, text in b.rows}


# -- gifts -------------------------------------------------------------------------------------


@pytest.fixture
def handed_out(clinic: Any, director: Session, frontdesk: Session) -> tuple[int, int]:
    """(member, issue)"""
    who = add_member(director, "M1")
    gift = add_gift(director)
    stocked(director, gift, 5, 5)
    issued = issue_gift(frontdesk, grant_id=gift_grant(clinic, who), gift_id=gift)
    return who, issued.issue_id


def test_r152_the_register_lists_what_was_handed_out_masked_with_room_to_sign(clinic, handed_out):
    paper = gift_register(clinic.db, TODAY, TODAY, TODAY)
    (grid,) = grids(paper)
    assert grid.rows == (
        (TODAY, "M1", "王**", "普通会员", "等级", "牙膏", "1 份", "", "", "本人", "", "李前台"),
    )
    assert grid.headers[10] == "领取人签字"
    assert grid.blank == 0
    assert paper.subject == TODAY
    assert paper.size is Size.A4_LANDSCAPE
    assert "王小明" not in words(paper)


def test_r152_a_register_of_other_days_is_empty(clinic, handed_out):
    before = gift_register(clinic.db, TODAY, plus_days(TODAY, -9), plus_days(TODAY, -1))
    assert grids(before)[0].rows == ()
    assert grids(before)[0].blank
    assert "至" in before.subject
    assert grids(gift_register(clinic.db, TODAY, plus_days(TODAY, 1), plus_days(TODAY, 2)))[0].blank
    assert grids(blank_gift_register(clinic.db))[0].blank
    with pytest.raises(RuleError, match="对调"):
        gift_register(clinic.db, TODAY, TODAY, plus_days(TODAY, -1))


def test_a_register_that_is_too_long_says_so(clinic, handed_out, monkeypatch):
    monkeypatch.setattr(register, "MOST", 0)
    with pytest.raises(RuleError, match="分几段"):
        gift_register(clinic.db, TODAY, TODAY, TODAY)


def test_a_gift_that_came_back_is_told_apart(clinic, handed_out, frontdesk):
    from services.gifts.taking_back import return_gift

    return_gift(frontdesk, issue_id=handed_out[1], sellable=True, reason="不要了")
    bases = [row[4] for row in grids(gift_register(clinic.db, TODAY, TODAY, TODAY))[0].rows]
    assert bases == ["等级", "等级(退回)"]


def test_r131_the_slip_has_a_line_to_sign_on(clinic, handed_out):
    _, issue = handed_out
    paper = gift_slip(clinic.db, TODAY, issue, Size.SLIP_58)
    facts = pairs(paper)
    assert facts["礼品"] == "牙膏 × 1 份"
    assert facts["姓名"] == "王**"
    assert "扣分" not in facts
    assert paper.size is Size.SLIP_58
    assert Signatures(("领取人签字",)) in paper.blocks
    with pytest.raises(RuleError, match="没有找到"):
        gift_slip(clinic.db, TODAY, 999)


def test_r131_the_slip_of_a_redemption_tells_points_before_and_after(clinic, director, frontdesk):
    sign(director, preset("医院方案B"))
    programme_id = clinic.db.execute_sql(
        "SELECT id FROM programme WHERE name = '医院方案B'"
    ).fetchone()[0]
    from services.loyalty.membership import join

    who = person(frontdesk)
    pay(frontdesk, who, 3000)
    join(frontdesk, person_id=who, benefits_explained=True, programme_id=programme_id)
    gift = add_gift(director)
    stocked(director, gift, 5, 5)
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", programme_id=programme_id)
    issued = issue_gift(frontdesk, grant_id=done.grant_id, gift_id=gift)
    facts = pairs(gift_slip(clinic.db, TODAY, issued.issue_id))
    assert facts["扣分"] == "1,000"
    assert facts["积分变动"] == "3,000 → 2,000"
    assert facts["依据"] == "兑换"
    said = words(points_statement(clinic.db, TODAY, who))
    assert "累计得分" in said


def test_a_day_in_a_ledger_is_found_by_halving(clinic, director, frontdesk, clock):
    assert first_of_day(clinic.db, GiftIssue, TODAY) == 1
    gift = add_gift(director)
    stocked(director, gift, 9, 9)
    for number in range(3):
        clock.day = plus_days(TODAY, number)
        who = add_member(director, f"M{number}")
        issue_gift(frontdesk, grant_id=gift_grant(clinic, who), gift_id=gift)
    found = [first_of_day(clinic.db, GiftIssue, plus_days(TODAY, n)) for n in (-1, 0, 1, 2, 3)]
    assert found == [1, 1, 2, 3, 4]


# -- Friday ------------------------------------------------------------------------------------


def test_r144_the_check_says_whether_it_is_signed(clinic, director):
    gift = add_gift(director)
    stocked(director, gift, 5, 3)
    live = gift_check(clinic.db, TODAY, TODAY)
    assert "未开始清点，未签" in live.subject
    opened = open_week(director).reconciliation_id
    counting = gift_check(clinic.db, TODAY, TODAY)
    assert "清点中，未签" in counting.subject
    assert all(not text for row in grids(counting)[0].rows for text in row[5:])  # E51: blind
    assert grids(live)[0].rows[0][12] == "5"
    assert pairs(live)["有差异"] == "还没有比对"
    count_all(director, opened)
    compared = gift_check(clinic.db, TODAY, TODAY)
    assert "未签" in compared.subject
    assert pairs(compared)["有差异"] == "无"
    assert grids(compared)[0].rows[0][-3:] == ("5", "0", "")


def test_r144_a_closed_check_names_both_signers_and_the_differences(clinic, director):
    gift = add_gift(director)
    stocked(director, gift, 5, 3)
    friday(director)
    said = words(gift_check(clinic.db, TODAY, TODAY))
    assert "已签字" in said
    assert f"市场部签字({STAFF['marketing']} 已签)" in said
    assert f"收费室签字({STAFF['billing']} 已签)" in said


# -- calls -------------------------------------------------------------------------------------


@pytest.fixture
def called(frontdesk: Session) -> int:
    form = PersonForm(name="周小川", phone="13800008000", address="人民路 1 号", sex="M")
    who = enrol(frontdesk, form=form).person_id
    tasks = tuple(
        create_task(frontdesk, person_id=who, due_on=TODAY, subject=subject).task_id
        for subject in ("问恢复", "问复查")
    )
    log_call(
        frontdesk, person_id=who, task_ids=tasks, outcome="request", satisfaction=4, note="想换时间"
    )
    return who


def test_r149_a_register_that_is_too_long_says_so(clinic, frontdesk, called, monkeypatch):
    create_task(frontdesk, person_id=called, due_on=TODAY, subject="问疼不疼")
    whole = followup_register(clinic.db, TODAY, TODAY)
    assert len(grids(whole)[0].rows) == 2
    assert "没印出来" not in words(whole)
    monkeypatch.setattr("services.forms.followup_register.MOST", 1)
    cut = followup_register(clinic.db, TODAY, TODAY)
    assert len(grids(cut)[0].rows) == 1
    assert "最多印 1 行，这里还有没印出来的" in words(cut)


def test_r149_the_register_of_calls_has_every_column(clinic, frontdesk, called):
    other = enrol(frontdesk, form=PersonForm(name="吴小军", phone="13900009000")).person_id
    create_task(frontdesk, person_id=other, due_on=TODAY, subject="问疼不疼")
    (grid,) = grids(followup_register(clinic.db, TODAY, TODAY))
    made, due = grid.rows
    assert made[:2] == (TODAY, TODAY)
    assert made[3] == "138****8000"
    assert made[4] == "问恢复；问复查"
    assert made[5:11] == (
        "约定的事", "接通·有要求", "", "非常满意", "想换时间", "李前台 要求未答复",
    )  # fmt: skip
    assert made[-1] == "李前台"
    assert due[4] == "问疼不疼"
    assert set(due[5:]) == {""}
    assert len(grid.headers) == 13
    assert grids(followup_register(clinic.db, TODAY, plus_days(TODAY, -1)))[0].blank
    assert grids(blank_followup_register(clinic.db))[0].blank


def test_r149_the_calls_of_one_person(clinic, frontdesk, called):
    (grid,) = grids(person_followups(clinic.db, called))
    assert [row[4] for row in grid.rows] == ["问恢复；问复查"]
    nobody = enrol(frontdesk, form=PersonForm(name="吴小军", phone="13900009000")).person_id
    assert grids(person_followups(clinic.db, nobody))[0].blank


def test_r130_the_form_for_another_doctor_names_the_one_of_today(clinic, frontdesk, member_admin):
    doctor = add_doctor(member_admin, name="陈医生").doctor_id
    form = PersonForm(name="周小川", phone="13800008000", doctor_id=doctor)
    who = enrol(frontdesk, form=form).person_id
    facts = pairs(doctor_change_form(clinic.db, TODAY, who))
    assert facts["会员"] == "周**"
    assert facts["原主治医师"] == "陈医生"
    assert facts["申请日期"] == TODAY
    assert {"原医师意见", "新医师意见", "领导意见", "协商情况", "生效日"} <= set(facts)
    assert pairs(doctor_change_form(clinic.db, TODAY))["会员"] == ""
    without = enrol(frontdesk, form=PersonForm(name="吴小军", phone="13900009000")).person_id
    assert pairs(doctor_change_form(clinic.db, TODAY, without))["原主治医师"] == "未指定"


# -- the statement -----------------------------------------------------------------------------


@pytest.fixture
def spender(director: Session, frontdesk: Session) -> int:
    from tests.services.test_redemption import under

    sign(director, under(preset("医院方案B"), expiry_months=1))
    return member(frontdesk, 6000)


def test_r034_the_statement_tells_what_ends_and_what_was_redeemed(clinic, frontdesk, spender):
    done = redeem(frontdesk, person_id=spender, item_key="b.sealant", quantity=2)
    redeem(frontdesk, person_id=spender, item_key="b.sealant")
    return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")
    paper = points_statement(clinic.db, TODAY, spender)
    facts = pairs(paper)
    assert facts["可用积分"] == "4,000"
    assert facts["欠分"] == "0"
    said = words(paper)
    assert "30 天内到期 4,000 分" in said
    assert "儿童窝沟封闭(进口材料) × 2" in said
    assert "已退回 4,000 分" in said
    assert "兑换 兑换" not in said
    assert "王小明" in said
    assert grids(paper)[-1].headers[-1] == "有效期至"


def test_a_statement_without_points_and_a_very_long_one(clinic, frontdesk, monkeypatch):
    empty = points_statement(clinic.db, TODAY, person(frontdesk))
    assert "还没有积分记录" in words(empty)
    assert pairs(empty)["等级"] == "非会员"
    monkeypatch.setattr("services.forms.statement.LATEST", 1)
    who = member(frontdesk, 2000)
    pay(frontdesk, who, 100)
    paper = points_statement(clinic.db, TODAY, who)
    assert "更早 1 行略" in words(paper)
    assert grids(paper)[-1].headers[-1] == "说明"
    assert LATEST == 200


# -- the rest ----------------------------------------------------------------------------------


def test_r108_the_refund_form_is_a_paper() -> None:
    from services.memberships.leave_form import FormRow, FormWay, LeaveForm

    ways = (
        FormWay("按约定比例", "¥1", "相同", ("a", "b"), chosen=True),
        FormWay("冷静期全额", "¥2", "多 ¥1", ("c",), chosen=False),
    )
    row = FormRow("原因", "搬家")
    form = LeaveForm("退费单", "口腔", (row,), (row,), ways, (row,), ("提示",), ("签字",), "7")
    paper = leave_paper(form)
    assert (paper.number, paper.name) == ("7", "退费单7")
    (grid,) = grids(paper)
    assert grid.rows == (
        ("✓", "按约定比例", "¥1", "", "a\nb"),
        ("", "冷静期全额", "¥2", "多 ¥1", "c"),
    )


def test_r014_a_version_is_read_aloud_on_paper(clinic):
    (row,) = versions(clinic.db, TODAY)
    said = words(programme_sheet(clinic.db, row, describe(preset("医院方案A"))))
    assert "第 1 版" in said
    assert "喷砂洁牙" in said


def test_p_the_recovery_sheet_tells_when_and_how() -> None:
    code = "ABCDE-FGHIJ-KLMNO-PQRST-UVWXY"
    said = words(recovery_sheet("试验口腔", code))
    assert code in said
    assert "不要拍照" in said
    assert code in recovery_text("试验口腔", code)


def test_every_kind_of_block_tells_its_texts() -> None:
    paper = Paper(
        "题",
        "名",
        "所",
        (
            Heading("a"),
            Text(("b",)),
            Pairs((("c", "d"),)),
            Grid(("e",), (("f",),)),
            Ticks(((True, "g"),)),
            Signatures(("h",)),
            Cells((("i",),)),
            Face("#000000", "j", "k", ("l",), "m"),
            Break(),
        ),
        number="1",
    )
    assert "".join(texts(paper)) == "所题1abcdefghijklm"


def test_the_letterhead_has_contact_day_and_printer(clinic, director):
    assert contact_line(clinic.db) == ""
    change_settings(director, address="人民路 1 号")
    assert contact_line(clinic.db) == "人民路 1 号"
    change_settings(director, phone=" 021-1 ")
    paper = stamped(director, Paper("题", "名", "所", ()))
    assert paper.contact == "人民路 1 号　电话 021-1"
    assert paper.printed == f"{TODAY} {STAFF['director']} 打印"
    assert paper.logo == b""


def test_the_logo_is_a_small_picture(clinic, director, frontdesk):
    change_logo(director, data=PNG)
    assert logo_of(clinic.db) == PNG
    change_logo(director, data=b"\xff\xd8\xff0")
    assert logo_of(clinic.db).startswith(b"\xff\xd8")
    with pytest.raises(RuleError, match="PNG 或 JPEG"):
        change_logo(director, data=b"GIF89a")
    with pytest.raises(RuleError, match="512 KB"):
        change_logo(director, data=PNG + b"0" * LARGEST_LOGO)
    with pytest.raises(RuleError, match="没有这项权限"):
        change_logo(frontdesk, data=PNG)
    assert change_logo(director, data=b"").size == 0
    assert logo_of(clinic.db) == b""


def test_the_settings_have_bounds(director):
    with pytest.raises(RuleError, match="0 至 365"):
        change_settings(director, gift_return_days=366)
    with pytest.raises(RuleError, match="1 至 120"):
        change_settings(director, idle_minutes=0)
    with pytest.raises(RuleError, match="诊所名称"):
        change_settings(director, name=" ")


FORBIDDEN = ("解释权", "概不退", "一律不退", "不予退", "遗失不补", "最终决定权")


def test_r113_no_form_keeps_the_last_word_or_excludes_refunds() -> None:
    root = Path(__file__).parents[3]
    for path in [*root.glob("services/forms/*.py"), *root.glob("services/memberships/*.py")]:
        source = path.read_text(encoding="utf-8")
        assert not [phrase for phrase in FORBIDDEN if phrase in source], path.name


def test_r113_the_agreement_of_a_paid_programme_says_nothing_of_the_kind(clinic):
    from services.forms.agreement import membership_agreement

    said = words(membership_agreement(clinic.db, paid_programme()))
    assert not [phrase for phrase in FORBIDDEN if phrase in said]
