"""The doctor's slip: alerts first, nothing that a desk should not show (R010)."""

import pytest

from models.desk import Visit
from models.people import Alert
from services.desk.visits import check_in
from services.errors import RuleError
from services.forms.paper import Size, texts
from services.forms.visit_slip import visit_slip
from services.people.merging import merge_people
from services.vouchers.pledge import pledge_voucher
from tests.conftest import TODAY
from tests.desk_world import doctor, member, person
from tests.gift_world import in_command
from tests.money_world import grant_id, session_of


def slip(clinic, visit_id, size=Size.SLIP_80):
    return visit_slip(clinic.db, TODAY, visit_id, size)


def pairs(paper):
    return dict(next(block.rows for block in paper.blocks if hasattr(block, "rows")))


def test_r010_alerts_come_before_everything(clinic, frontdesk):
    who = member(
        frontdesk, "M1", name="王丽华", rank=4, sex="F", birthday="1968-11-20",
        phone="13812345678", id_number="11010519491231002X",
    )  # fmt: skip
    in_command(
        frontdesk, lambda tx: tx.db.insert(Alert, person_id=who, text="青霉素过敏", seq=tx.seq)
    )
    own, helper = doctor(frontdesk, "陈医生"), doctor(frontdesk, "林医生")
    visit = check_in(
        frontdesk, person_id=who, doctor_id=own, room="VIP诊室", escort="小张", item="洁牙",
        checked="card", note="轮椅", emergency=True,
    ).visit_id  # fmt: skip
    team = Visit.update(assistant_id=helper, consultant_id=helper).where(Visit.id == visit)
    in_command(frontdesk, lambda tx: tx.db.write(team))
    paper = slip(clinic, visit)
    words = list(texts(paper))
    assert words[4:6] == ["请医生注意", "⚠ 青霉素过敏"]
    assert pairs(paper) == {
        "顾客": "王** · 女 · 58 岁",
        "会员号": "M1",
        "等级": "钻石VIP会员",
        "到诊": f"{TODAY} · 09:00 · 新诊 · 急诊",
        "核验": "刷卡",
        "接待等级": "钻石VIP会员",
        "接待": "全程专人引导 · 小张 · VIP诊室",
        "医生": "陈医生",
        "助理": "林医生",
        "咨询": "林医生",
        "项目": "洁牙",
        "可用权益": pairs(paper)["可用权益"],
        "备注": "轮椅",
    }
    assert "喷砂洁牙" in pairs(paper)["可用权益"]
    for secret in ("丽华", "13812345678", "11010519491231002X"):
        assert secret not in "".join(words)
        assert secret not in paper.name


def test_a_newcomer_has_a_short_slip(clinic, frontdesk):
    visit = check_in(frontdesk, person_id=person(frontdesk, "M2", name="新人")).visit_id
    paper = slip(clinic, visit, Size.A4)
    assert paper.size is Size.A4
    assert pairs(paper) == {
        "顾客": "新*",
        "会员号": "M2",
        "等级": "非会员",
        "到诊": f"{TODAY} · 09:00 · 新诊",
        "核验": "未核验",
        "接待等级": "普通",
        "医生": "未指定",
    }


def test_r128_the_service_of_somebody_else_and_the_level_it_lends(clinic, frontdesk):
    owner, friend = member(frontdesk, "M1", rank=3), person(frontdesk, "M2")
    grant = grant_id(clinic, owner, "vip.ultrasonic@2026")
    made = pledge_voucher(frontdesk, grant_id=grant, friend_id=friend)
    visit = check_in(frontdesk, person_id=friend, voucher_id=made.voucher_id).visit_id
    found = pairs(slip(clinic, visit))
    assert found["凭卡"].startswith("超声波洁牙(带抛光脱敏) · QK")
    assert (found["接待等级"], found["等级"]) == ("VIP会员", "非会员")
    assert found["接待"] == "带领至二楼 · 可预约 VIP 诊室"


def test_e62_the_slip_of_a_merged_record_names_the_survivor(clinic, frontdesk):
    survivor, other = person(frontdesk, "M1", name="王芳"), person(frontdesk, "M2", name="王芳")
    visit = check_in(frontdesk, person_id=other).visit_id
    merge_people(session_of(clinic, "member_admin"), survivor_id=survivor, merged_id=other)
    assert pairs(slip(clinic, visit))["会员号"] == "M1"


def test_an_unknown_visit_is_refused(clinic):
    with pytest.raises(RuleError, match="没有找到这次到诊"):
        slip(clinic, 9)
