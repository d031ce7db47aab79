"""The switch past the law, institutions and agreements (R179, R183, 4.5.5)."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from models.system import Audit
from services.errors import Confirmable, RuleError
from services.forms.paper import texts
from services.forms.partner_agreement import partner_agreement_paper
from services.partners.agreements import (
    AgreementForm,
    agree,
    agreement,
    agreements,
    agreements_on,
    end_agreement,
    extend,
)
from services.partners.institutions import (
    PartnerForm,
    add_partner,
    change_partner,
    partners,
    retire_partner,
)
from services.partners.introductions import introduce
from services.partners.statements import draw, settle_statement, void_statement
from services.partners.switch import has_records, is_on, notice, phrase, switch_partners
from services.partners.terms import (
    MODELS,
    RHYTHMS,
    Step,
    Terms,
    direction_title,
    model_title,
    owed_words,
    rhythm_title,
)
from tests.conftest import TODAY
from tests.desk_world import doctor
from tests.money_world import pay, person
from tests.services.partners.partner_world import (
    BOSS,
    LICENCE,
    agreed,
    came,
    form,
    partner,
    switched_on,
)


@pytest.fixture
def on(director):
    switched_on(director)


# -- the switch --------------------------------------------------------------------------------


def test_r183_off_until_the_director_typed_past_the_notice(clinic, director, member_admin):
    assert not is_on(clinic.db)
    assert any("廉洁从业九项准则" in text for text in notice())
    assert any("如实入账" in text for text in notice())
    assert any("单独同意" in text for text in notice())
    with pytest.raises(RuleError, match="请由院长登录"):
        switch_partners(member_admin, on=True, typed=phrase())
    for typed in ("", "是", "不付"):
        with pytest.raises(RuleError, match="逐字输入"):
            switch_partners(director, on=True, typed=typed)
    with pytest.raises(RuleError, match="没有启用，不用停用"):
        switch_partners(director, on=False)
    switch_partners(director, on=True, typed=f" “{phrase()}” ")
    assert is_on(clinic.db)
    with pytest.raises(RuleError, match="已经启用"):
        switch_partners(director, on=True, typed=phrase())
    detail = clinic.db.scalar(Audit.select(Audit.detail).order_by(Audit.seq.desc()).limit(1))
    assert '"on":true' in detail


def test_r183_switched_off_again_nothing_new_is_written(clinic, director, member_admin, on):
    where = partner(member_admin)
    made = agreed(member_admin, where, until_on="2027-06-30")
    who = person(member_admin)
    came(member_admin, where, who)
    switch_partners(director, on=False)
    assert has_records(clinic.db)
    assert [row.name for row in partners(clinic.db)] == ["康宁门诊部"]
    ids = {"agreement_id": made}
    for refused in (
        lambda: partner(member_admin, "安康诊所"),
        lambda: agreed(member_admin, where, contract="HT-2"),
        lambda: introduce(member_admin, form=form(where, who)),
        lambda: extend(member_admin, until_on="2028-01-01", approval=BOSS, **ids),
        lambda: draw(member_admin, direction="in", **ids),
        lambda: settle_statement(member_admin, statement_id=1, voucher="x", approval=BOSS),
        lambda: void_statement(member_admin, statement_id=1, reason="x"),
        lambda: retire_partner(member_admin, partner_id=where),
    ):
        with pytest.raises(RuleError, match="合作机构没有启用"):
            refused()
    end_agreement(member_admin, agreement_id=made, on=TODAY, reason="书面通知")


# -- institutions ------------------------------------------------------------------------------


def test_r179_an_institution_is_added_corrected_and_retired(clinic, member_admin, frontdesk, on):
    assert not has_records(clinic.db)
    with pytest.raises(RuleError, match="没有这项权限"):
        partner(frontdesk)
    where = partner(member_admin, " 康宁  门诊部 ", contact="赵主任", phone="010-1")
    (row,) = partners(clinic.db)
    assert (row.name, row.form.licence, row.active, row.agreements) == (
        "康宁 门诊部", LICENCE, True, 0,
    )  # fmt: skip
    change_partner(member_admin, partner_id=where, form=replace(row.form, name="康宁门诊部"))
    agreed(member_admin, where, from_on="2026-12-01", until_on="2026-12-31")
    with pytest.raises(RuleError, match="请先终止协议"):
        retire_partner(member_admin, partner_id=where)
    other = partner(member_admin, "安康诊所")
    retire_partner(member_admin, partner_id=other)
    assert [(row.name, row.active) for row in partners(clinic.db)] == [
        ("康宁门诊部", True), ("安康诊所", False),
    ]  # fmt: skip
    with pytest.raises(RuleError, match="已经是这个状态"):
        retire_partner(member_admin, partner_id=other)
    with pytest.raises(RuleError, match="已停用"):
        agreed(member_admin, other)
    with pytest.raises(RuleError, match="已停用"):
        introduce(member_admin, form=form(other, person(member_admin)))
    retire_partner(member_admin, partner_id=other, active=True)


def test_r179_a_partner_with_a_statement_that_waits_is_not_retired(member_admin, on, clock):
    where = partner(member_admin)
    made = agreed(member_admin, where, until_on="2026-11-30")
    who = person(member_admin)
    came(member_admin, where, who)
    pay(member_admin, who, 100)
    clock.day = "2026-12-01"
    draw(member_admin, agreement_id=made, direction="in")
    with pytest.raises(RuleError, match="请先结清或作废"):
        retire_partner(member_admin, partner_id=where)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "  "}, "机构全称"),
        ({"name": "院" * 61}, "太长"),
        ({"note": "x" * 301}, "太长"),
        ({"licence": ""}, "只登记机构"),
        ({"licence": "12345"}, "只登记机构"),
        ({"licence": "许可证12345"}, "只登记机构"),
        ({"name": "康宁门诊部"}, "已经登记过"),
        ({"name": "郑管理"}, "员工或医生的姓名"),
        ({"name": "陈 医生"}, "员工或医生的姓名"),
    ],
)
def test_r179_what_an_institution_must_be(member_admin, on, values, sentence):
    doctor(member_admin, "陈医生")
    partner(member_admin)
    good = {"name": "安康诊所", "licence": LICENCE}
    with pytest.raises(RuleError, match=sentence):
        add_partner(member_admin, form=PartnerForm(**{**good, **values}))


def test_r179_nobody_is_paid_in_person(member_admin, on):
    """No field of an agreement, a fee or a statement names a member of staff to be paid."""
    for name in ("王小明", "李前台工作室"):
        with pytest.raises(Confirmable, match="像是个人的名字"):
            partner(member_admin, name)
    partner(member_admin.confirming("partner_name"), "李前台工作室")
    with pytest.raises(Confirmable, match="同名"):
        partner(member_admin, "安康诊所", contact="李前台")
    partner(member_admin.confirming("partner_contact"), "安康诊所", contact="李前台")
    assert not {"staff", "doctor", "payee"} & set(AgreementForm.__dataclass_fields__)
    with pytest.raises(RuleError, match="没有找到这家机构"):
        change_partner(member_admin, partner_id=99, form=PartnerForm("安康", LICENCE))


# -- agreements --------------------------------------------------------------------------------


def test_r183_an_agreement_is_signed_by_the_director(clinic, member_admin, on):
    where = partner(member_admin)
    terms = AgreementForm(" HT-1 ", "both", "fixed", Terms(50, 7), "quarter", TODAY, exclusive=True)
    with pytest.raises(RuleError, match="院长输入密码签字"):
        agree(member_admin, partner_id=where, form=terms, approval=None)
    made = agree(member_admin, partner_id=where, form=terms, approval=BOSS).agreement_id
    row = agreement(clinic.db, made)
    assert (row.form.contract, row.form.terms, row.signer, row.last_on) == (
        "HT-1", Terms(50), "孙院长", "9999-12-31",
    )  # fmt: skip
    assert (row.directions, row.takes("out"), row.runs(TODAY), row.runs("2026-11-19")) == (
        ("in", "out"), True, True, False,
    )  # fmt: skip
    assert agreement(clinic.db, agreed(member_admin, where, contract="2")).directions == ("in",)
    assert [each.form.contract for each in agreements(clinic.db, where)] == ["HT-1", "2"]
    with pytest.raises(RuleError, match="没有找到这份协议"):
        agreement(clinic.db, 99)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"contract": " "}, "合同的编号"),
        ({"contract": "x" * 301}, "太长"),
        ({"direction": "up"}, "方向"),
        ({"rhythm": "day"}, "周期"),
        ({"model": "pyramid"}, "没有这种"),
        ({"notice_days": -1}, "0 至 365"),
        ({"notice_days": 366}, "0 至 365"),
        ({"from_on": "11-1"}, "日期写成"),
        ({"from_on": "1999-12-31"}, "日期写成"),
        ({"until_on": "2101-01-01"}, "日期写成"),
        ({"until_on": "2026-10-31"}, "早于开始日"),
        ({"terms": Terms()}, "比例"),
        ({"contract": "HT-1"}, "已有编号"),
    ],
)
def test_r183_what_an_agreement_must_say(member_admin, on, values, sentence):
    where = partner(member_admin)
    agreed(member_admin, where)
    with pytest.raises(RuleError, match=sentence):
        agreed(member_admin, where, **{"contract": "HT-2", **values})


def test_r183_no_second_exclusive_one_of_a_direction_in_the_same_days(member_admin, on):
    one, two = partner(member_admin), partner(member_admin, "安康诊所")
    first = agreed(member_admin, one, direction="out", exclusive=True, until_on="2026-12-31")
    for values in (
        {"direction": "out", "from_on": "2026-12-31"},
        {"direction": "both", "from_on": "2026-01-01", "until_on": "2026-11-01"},
    ):
        with pytest.raises(RuleError, match="同方向已是排他"):
            agreed(member_admin, two, exclusive=True, **values)
    agreed(member_admin, two, exclusive=True)  # the other direction
    later = agreed(
        member_admin, two, contract="2", direction="out", exclusive=True, from_on="2027-01-01"
    )
    with pytest.raises(RuleError, match="同方向已是排他"):
        extend(member_admin, agreement_id=first, until_on="2027-01-01", approval=BOSS)
    with pytest.raises(Confirmable, match="可能违约"):
        agreed(member_admin, two, contract="3", direction="out")
    agreed(member_admin.confirming("partner_exclusive"), two, contract="3", direction="out")
    agreed(member_admin, one, contract="4", direction="out", until_on="2026-11-30")  # its own
    end_agreement(member_admin, agreement_id=later, on="2027-01-31", reason="x")
    agreed(
        member_admin.confirming("partner_exclusive"), one, contract="5", direction="out",
        exclusive=True, from_on="2027-02-01", until_on="2027-02-28",
    )  # fmt: skip


def test_r183_an_agreement_ends_with_notice_and_reason(clinic, member_admin, on):
    where = partner(member_admin)
    made = agreed(member_admin, where, notice_days=30, until_on="2027-06-30")
    ids = {"agreement_id": made}
    for on_day, reason, sentence in (
        ("2026-12-31", " ", "原因和通知方式"),
        ("2026-10-31", "x", "终止日期须在 2026-11-01 以后、原到期日 2027-06-30"),
        ("2027-06-30", "x", "到期的协议不用终止"),
        ("31/12", "x", "日期写成"),
    ):
        with pytest.raises(RuleError, match=sentence):
            end_agreement(member_admin, on=on_day, reason=reason, **ids)
    with pytest.raises(Confirmable, match="提前 30 天通知，2026-12-19 终止不够"):
        end_agreement(member_admin, on="2026-12-19", reason="x", **ids)
    end_agreement(member_admin, on="2026-12-20", reason=" 挂号信通知 ", **ids)
    row = agreement(clinic.db, made)
    assert (row.last_on, row.ending, row.form.until_on) == (
        "2026-12-20",
        "挂号信通知",
        "2027-06-30",
    )
    with pytest.raises(RuleError, match="已在 2026-12-20 终止"):
        end_agreement(member_admin, on="2026-12-19", reason="x", **ids)
    with pytest.raises(RuleError, match="已终止，不能续期"):
        extend(member_admin, until_on="2028-01-01", approval=BOSS, **ids)
    short = agreed(member_admin, where, contract="2", notice_days=5)
    agreed_short = member_admin.confirming("partner_notice")
    end_agreement(agreed_short, agreement_id=short, on=TODAY, reason="双方同意")
    with pytest.raises(RuleError, match=r"原到期日 \(不定期\)"):
        end_agreement(member_admin, agreement_id=agreed(member_admin, where, contract="3"),
                      on="2026-01-01", reason="x")  # fmt: skip


def test_r183_an_agreement_is_extended_with_a_signature(clinic, member_admin, on):
    where = partner(member_admin)
    made = agreed(member_admin, where, until_on="2026-12-31")
    ids = {"agreement_id": made}
    with pytest.raises(RuleError, match="晚于现在的到期日"):
        extend(member_admin, until_on="2026-12-31", approval=BOSS, **ids)
    with pytest.raises(RuleError, match="续期须由院长"):
        extend(member_admin, until_on="2027-12-31", approval=None, **ids)
    extend(member_admin, until_on="2027-12-31", approval=BOSS, **ids)
    assert agreement(clinic.db, made).last_on == "2027-12-31"
    extend(member_admin, until_on=None, approval=BOSS, **ids)
    assert agreement(clinic.db, made).last_on == "9999-12-31"
    with pytest.raises(RuleError, match="不定期，一直有效"):
        extend(member_admin, until_on="2028-12-31", approval=BOSS, **ids)
    found = agreements_on(clinic.db, "2028-01-01", where, "in")
    assert [row.id for row in found] == [made]
    assert agreements_on(clinic.db, TODAY, where, "out") == []


def test_r183_the_summary_on_paper(clinic, member_admin, on):
    where = partner(member_admin, contact="赵主任")
    stepped = Terms(steps=(Step(0, 50), Step(10_000_00, 80)))
    made = agreed(member_admin, where, model="stepped", terms=stepped, notice_days=30)

    def read(agreement_id):
        return "\n".join(texts(partner_agreement_paper(clinic.db, agreement_id)))

    text = read(made)
    for part in ("康宁门诊部", LICENCE, "HT-1", "其他各类满 ¥10,000 起 8%", "不定期", "孙院长",
                 "提前 30 天书面通知", "九项准则"):  # fmt: skip
        assert part in text
    plain = agreed(member_admin, where, contract="2", until_on="2027-01-31", exclusive=True)
    assert "2026-11-01 至 2027-01-31" in read(plain)
    assert "按合同" in read(plain)
    end_agreement(member_admin, agreement_id=plain, on="2026-12-31", reason="协商")
    assert "2026-12-31 终止：协商" in read(plain)


def test_every_word_has_its_title():
    assert len({model_title(each) for each in MODELS}) == len(MODELS)
    assert len({rhythm_title(each) for each in RHYTHMS}) == len(RHYTHMS)
    assert len({direction_title(each) for each in ("in", "out", "both")}) == 3
    assert [owed_words("in", 500), owed_words("in", -500)] == ["应付 ¥5", "应收回 ¥5"]
    assert [owed_words("out", 500), owed_words("out", -500)] == ["应收 ¥5", "应退还 ¥5"]


def test_a_double_click_counts_once(clinic, member_admin, on):
    once = member_admin.once(uuid.uuid4())
    where = PartnerForm("康宁门诊部", LICENCE)
    assert add_partner(once, form=where) == add_partner(once, form=where)
    assert len(partners(clinic.db)) == 1
