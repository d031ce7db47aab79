"""What a new member signs and takes home: form, agreement, notice, benefits, card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.system import Audit
from services.clinic import Clinic
from services.commands import Session
from services.errors import RuleError
from services.forms.agreement import membership_agreement
from services.forms.benefit_notice import benefit_notice
from services.forms.enrolment_form import blank_enrolment_form, filled_enrolment_form
from services.forms.member_card import member_card
from services.forms.members import NOBODY, member_of
from services.forms.paper import Face, Pairs, Paper, Size, Ticks, texts
from services.forms.printed import personal_paper
from services.forms.privacy_notice import privacy_notice
from services.forms.scheme_text import tier_ranks
from services.loyalty.membership import join
from services.memberships.overview import memberships_of
from services.people.cards import issue_card
from services.people.consents import set_consent
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.people.records import add_alert, add_doctor
from services.programmes.definition import Programme
from services.programmes.registry import main_timeline, preset, preset_names
from services.setup import change_settings
from tests.conftest import TODAY
from tests.money_world import pay

ID = "11010519491231002X"


def words(paper: Paper) -> str:
    return "\n".join(texts(paper))


def filled(paper: Paper) -> dict[str, str]:
    return {name: text for b in paper.blocks if isinstance(b, Pairs) for name, text in b.rows}


def ticks(paper: Paper) -> list[bool]:
    return [on for block in paper.blocks if isinstance(block, Ticks) for on, _ in block.items]


@pytest.fixture
def wang(frontdesk: Session, member_admin: Session) -> int:
    doctor = add_doctor(member_admin, name="陈医生").doctor_id
    friend = enrol(frontdesk, form=PersonForm(name="赵大伟", phone="13700000001"))
    form = PersonForm(
        name="王小明",
        id_number=ID,
        phone="13800008000",
        address="静安区南京西路 1 号",
        source="朋友",
        referrer_id=friend.person_id,
        doctor_id=doctor,
    )
    who = enrol(frontdesk, form=form).person_id
    add_alert(frontdesk, person_id=who, text="牙齿敏感")
    set_consent(frontdesk, person_id=who, item="record", granted=True)
    set_consent(frontdesk, person_id=who, item="marketing", granted=False)
    pay(frontdesk, who, 5000)
    join(frontdesk, person_id=who, benefits_explained=True)
    return who


def programme_of(clinic: Clinic) -> Programme:
    return main_timeline(clinic.db).at(TODAY).programme


def member(clinic: Clinic, who: int) -> Any:
    return member_of(clinic.db, who, memberships_of(clinic.db, TODAY, who)[0])


def test_r136_the_enrolment_form_holds_every_column_and_is_on_record(clinic, frontdesk, wang):
    paper = filled_enrolment_form(frontdesk, wang)
    facts = filled(paper)
    assert facts["姓名"] == "王小明"
    assert facts["性别"] == "女"
    assert facts["身份证号(选填)"] == ID
    assert facts["手机"] == "13800008000"
    assert facts["住址"] == "静安区南京西路 1 号"
    assert facts["监护人"] == "无"
    assert facts["来源/推荐人"].startswith("朋友　赵**")
    assert facts["主治医师"] == "陈医生"
    assert facts["提示医生"] == "牙齿敏感"
    assert (facts["方案"], facts["等级"], facts["入会依据"]) == (
        "医院方案A",
        "高级会员",
        "单笔消费",
    )
    assert ticks(paper) == [True, False, False, False]
    assert paper.name == "入会登记表"
    row = clinic.db.row(
        Audit.select(Audit.action, Audit.entity_id, Audit.detail).order_by(Audit.seq.desc())
    )
    assert row[:2] == ("paper.personal", wang)
    assert "王小明" not in row[2]


def test_r136_a_form_of_somebody_who_has_not_joined_and_of_a_child(frontdesk):
    form = PersonForm(
        name="李小宝",
        birthday="2020-05-01",
        sex="M",
        id_absent_reason="没带",
        guardian_name="李大宝",
        guardian_relation="父亲",
        guardian_phone="13900001111",
    )
    who = enrol(frontdesk, form=form).person_id
    facts = filled(filled_enrolment_form(frontdesk, who))
    assert facts["监护人"] == "李大宝 父亲 13900001111"
    assert facts["身份证号(选填)"] == "没带"
    assert facts["来源/推荐人"] == "未填"
    assert facts["提示医生"] == "无"
    assert "方案" not in facts


def test_the_form_of_nobody_and_without_the_right_is_refused(frontdesk, marketing, wang):
    with pytest.raises(RuleError, match="没有找到"):
        filled_enrolment_form(frontdesk, 999)
    with pytest.raises(RuleError, match="没有这项权限"):
        filled_enrolment_form(marketing, wang)


def test_r024_the_agreement_of_a_person_is_on_record_and_takes_the_right(
    clinic, frontdesk, marketing, wang
):
    def make() -> Paper:
        return membership_agreement(clinic.db, programme_of(clinic), member(clinic, wang))

    with pytest.raises(RuleError, match="没有这项权限"):
        personal_paper(marketing, wang, make)
    assert personal_paper(frontdesk, wang, make) == make()
    row = clinic.db.row(
        Audit.select(Audit.action, Audit.entity_id, Audit.detail).order_by(Audit.seq.desc())
    )
    assert row == ("paper.personal", wang, '{"form":"会员协议"}')


def test_r038_an_empty_form_leaves_room_to_write(clinic):
    paper = blank_enrolment_form(clinic.db)
    assert all(not text.strip() or "☐" in text for text in filled(paper).values())
    assert "医院方案A" in words(paper)
    assert ticks(paper) == [False] * 4


def test_r024_the_agreement_says_what_the_programme_says(clinic, wang):
    paper = membership_agreement(clinic.db, programme_of(clinic), member(clinic, wang))
    said = words(paper)
    assert filled(paper)["乙方(会员)"] == "王小明"
    for part in ("单笔消费满 5,000 元", "超声波洁牙", "本方案不收会费", "乙方签字", "甲方(盖章"):
        assert part in said
    assert "会费期限至" not in said
    assert "钻石VIP会员" not in said  # nobody signs for what they do not get


def test_r108_leaving_a_paid_membership_names_agreement_and_law(clinic):
    said = words(membership_agreement(clinic.db, preset("诊所付费")))
    for part in (
        "退会退还会费的 80%",
        "提前 1 个月",
        "自付款之日起 7 日内",
        "五种算法",
        "依法应当计息的，利息按法律规定计算",
        "会费：500 元",
    ):
        assert part in said
    assert "不影响乙方依法退会" in said


def test_every_programme_has_an_agreement_and_a_notice(clinic):
    for name in preset_names():
        programme = preset(name)
        for paper in (membership_agreement, benefit_notice):
            said = words(paper(clinic.db, programme))
            assert programme.name in said
            assert "解释权" not in said
            assert "概不" not in said


def test_r122_the_notice_of_benefits_is_of_the_tier_held(clinic, wang):
    paper = benefit_notice(clinic.db, programme_of(clinic), member(clinic, wang))
    said = words(paper)
    assert "超声波洁牙(带抛光脱敏)：每年 1 次" in said
    assert "喷砂洁牙" not in said
    assert ticks(paper) == [True]
    blank = benefit_notice(clinic.db, programme_of(clinic))
    assert "喷砂洁牙" in words(blank)
    assert ticks(blank) == [False]


def test_r002_inherited_tiers_are_told_too():
    paid = preset("诊所付费")
    assert tier_ranks(paid, 3) == (3, 2, 1)
    assert tier_ranks(preset("医院方案A"), 4) == (4,)
    assert tier_ranks(paid, 0) == (1, 2, 3)
    assert tier_ranks(paid, 9) == (9,)


def test_4_4_2_the_privacy_notice_names_who_keeps_what_and_why(clinic, director, wang):
    blank = privacy_notice(clinic.db)
    assert ticks(blank) == [False] * 4
    assert "请到前台询问" in words(blank)
    change_settings(director, address="南京西路 1 号", phone="021-1")
    paper = privacy_notice(clinic.db, wang)
    assert "联系方式：南京西路 1 号　电话 021-1" in words(paper)
    assert ticks(paper) == [True, False, False, False]
    assert paper.subject == "第 1 版"
    for part in ("敏感个人信息", "保存到会籍结束后", "随时撤回", "未满 14 岁", "监护人签字"):
        assert part in words(paper)


def test_r006_r007_the_card_has_the_tiers_colour_and_something_worth_knowing(
    clinic, frontdesk, wang
):
    programme = programme_of(clinic)
    paper = member_card(clinic.db, programme, member(clinic, wang))
    face, back = paper.blocks
    assert paper.size is Size.CARD
    assert isinstance(face, Face)
    assert isinstance(back, Face)
    assert face.colour == programme.tiers[1].colour
    assert face.large.startswith("M")
    assert face.lines == ("王小明",)
    assert "刷" in back.lines[0]
    issue_card(frontdesk, person_id=wang, number="8800001")
    carded = member(clinic, wang)
    assert carded.card == "8800001"
    first = member_card(clinic.db, programme, carded).blocks[0]
    assert isinstance(first, Face)
    assert first.large == "8800001"


def test_r007_a_programmes_own_words_stand_on_the_back(clinic):
    toothy = preset("卡通三级")
    one = replace(NOBODY, name="李四", number="M2", rank=1, tier="小白牙", paid_until="2027-01-01")
    face, back = member_card(clinic.db, toothy, one).blocks
    assert isinstance(face, Face)
    assert isinstance(back, Face)
    assert "有效期至 2027-01-01" in face.foot
    assert toothy.tiers[0].card_note in back.lines
    plain = member_card(clinic.db, toothy, replace(one, rank=0, tier="")).blocks[0]
    assert isinstance(plain, Face)
    assert "卡通三级" in plain.heading


def test_somebody_who_has_not_joined_has_a_name_only(clinic, frontdesk):
    who = enrol(frontdesk, form=PersonForm(name="孙七", phone="13700000009")).person_id
    found = member(clinic, who)
    assert (found.name, found.rank, found.joined) == ("孙七", 0, "")
