"""The voucher on paper (R132, R133, R145)."""

from __future__ import annotations

import pytest

from services.forms.paper import Pairs, Size, texts
from services.forms.service_card import service_card
from services.loyalty.service_use import use_service
from services.people.enrolment import PersonForm, enrol
from services.people.records import add_doctor
from services.vouchers.billing import bill_use
from services.vouchers.claim import claim_voucher
from services.vouchers.pledge import pledge_voucher
from tests.money_world import grant_id, member
from tests.services.vouchers.voucher_world import FACIAL, claimed, seen, signed_with, vip


def filled(paper):
    return dict(next(block for block in paper.blocks if isinstance(block, Pairs)).rows)


def test_r132_a_card_says_what_until_when_and_leaves_the_rest_to_write(clinic, frontdesk):
    card = claimed(frontdesk, vip(frontdesk))
    paper = service_card(clinic.db, card, Size.SLIP_80)
    assert (paper.title, paper.number) == ("项目卡", seen(clinic, card).number)
    assert service_card(clinic.db, card).title == "院内服务项目卡"
    assert (paper.size, paper.clinic) == (Size.SLIP_80, "试验口腔")
    rows = filled(paper)
    assert (rows["项目"], rows["有效期至"]) == ("超声波洁牙(带抛光脱敏)", "2026-12-31")
    assert rows["受益人"] == rows["医生"] == rows["使用日期"] == rows["划价单号"] == ""
    assert rows["成本承担"] == "市场"
    words = " ".join(texts(paper))
    assert "送给朋友" in words
    assert "解释权" not in words
    assert seen(clinic, card).owner_name not in words


def test_what_never_ends_says_so(clinic, frontdesk):
    card = claimed(frontdesk, vip(frontdesk), FACIAL)
    assert filled(service_card(clinic.db, card))["有效期至"] == "长期有效"


def test_r133_the_slip_of_a_friend_names_both_masked(clinic, frontdesk):
    friend = enrol(frontdesk, form=PersonForm(name="赵新", phone="13900139000")).person_id
    card = claimed(frontdesk, vip(frontdesk))
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    paper = service_card(clinic.db, card)
    assert paper.title == "院内服务转赠单"
    assert service_card(clinic.db, card, Size.SLIP_58).title == "转赠单"
    assert filled(paper)["受益人"].startswith("赵*(")
    words = " ".join(texts(paper))
    assert "免挂号费" in words
    assert "赵新" not in words


def test_r162_a_card_for_the_family_says_that_it_stays_there(clinic, frontdesk):
    who = member(frontdesk, 20_000)
    card = claimed(frontdesk, who, "diamond.child@2026")
    assert "不能转赠" in " ".join(texts(service_card(clinic.db, card)))


def test_without_a_waiver_nothing_is_said_of_it(clinic, director, frontdesk):
    signed_with(director, waives_registration=False)
    friend = enrol(frontdesk, form=PersonForm(name="赵新", phone="13900139000")).person_id
    card = claimed(frontdesk, vip(frontdesk))
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    assert "免挂号费" not in " ".join(texts(service_card(clinic.db, card)))


@pytest.mark.parametrize("billed_at_once", [True, False])
def test_r145_a_used_card_is_the_note_of_its_use(
    clinic, director, frontdesk, billing, member_admin, billed_at_once
):
    signed_with(director, value_yuan=180)
    doctor = add_doctor(member_admin, name="钱医生").doctor_id
    who = vip(frontdesk)
    card = claim_voucher(frontdesk, grant_id=grant_id(clinic, who, FACIAL)).voucher_id
    bill = "HJ-1" if billed_at_once else ""
    use = use_service(frontdesk, voucher_id=card, doctor_id=doctor, bill_number=bill).use_id
    rows = filled(service_card(clinic.db, card))
    assert (rows["医生"], rows["使用日期"], rows["划价单号"]) == ("钱医生", "2026-11-20", bill)
    if not billed_at_once:
        bill_use(billing, use_id=use, bill_number="HJ-2", amount_fen=1, borne_by="doctor")
        rows = filled(service_card(clinic.db, card))
        assert (rows["划价单号"], rows["成本承担"]) == ("HJ-2", "医生")
