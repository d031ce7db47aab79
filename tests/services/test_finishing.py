"""From the visit that ends to its receipt (R017, R021, R097, R133)."""

import pytest

from services.desk.finishing import calls_left, finishing
from services.desk.visits import change_visit, check_in
from services.errors import RuleError
from services.followups.calls import create_task
from services.loyalty.receipts import post_receipt, void_receipt
from services.loyalty.service_use import use_service
from services.people.merging import merge_people
from services.programmes.definition import Discount
from services.verify import verify
from services.vouchers.pledge import pledge_voucher
from tests.conftest import TODAY
from tests.desk_world import doctor, person, sign_prices, visit_values
from tests.gift_world import in_command
from tests.money_world import grant_id, member, pay, session_of
from tests.services.vouchers.voucher_world import CLEANING, vip


def visited(session, who, state="done", **more):
    visit = check_in(session.confirming("already_here"), person_id=who, **more).visit_id
    change_visit(session, visit_id=visit, to_state="in_treatment")
    if state == "done":
        change_visit(session, visit_id=visit, to_state="done")
    return visit


def test_a_visit_that_ends_knows_doctor_and_item(clinic, frontdesk):
    who, own = person(frontdesk, "M1"), doctor(frontdesk, "陈医生")
    visit = visited(frontdesk, who, doctor_id=own, item="超声波洁牙")
    found = finishing(clinic.db, TODAY, who)
    assert (found.visit_id, found.doctor_id, found.item_class) == (visit, own, "洁牙")
    assert found.words == "09:00 到诊 · 新诊 · 陈医生 · 超声波洁牙"
    assert found.lines == ()  # 方案A has no prices


def test_nobody_in_treatment_nothing_to_fill_in(clinic, frontdesk):
    who = person(frontdesk, "M1")
    assert finishing(clinic.db, TODAY, who) is None
    check_in(frontdesk, person_id=who)
    assert finishing(clinic.db, TODAY, who) is None


def test_the_newest_visit_without_a_receipt_is_meant(clinic, frontdesk):
    who = person(frontdesk, "M1")
    first, second = visited(frontdesk, who), visited(frontdesk, who, "in_treatment")
    assert finishing(clinic.db, TODAY, who).visit_id == second
    posted = pay(frontdesk, who, 100, visit_id=second)
    assert visit_values(frontdesk, second).receipt_id == posted.receipt_id
    assert finishing(clinic.db, TODAY, who).visit_id == first
    pay(frontdesk, who, 50, visit_id=first)
    assert finishing(clinic.db, TODAY, who) is None


def test_a_void_receipt_ended_nothing_and_the_first_that_stands_stays(clinic, frontdesk):
    who = person(frontdesk, "M1")
    visit = visited(frontdesk, who)
    wrong = pay(frontdesk, who, 100, visit_id=visit)
    void_receipt(frontdesk, receipt_id=wrong.receipt_id, reason="登错")
    assert finishing(clinic.db, TODAY, who).visit_id == visit
    right = pay(frontdesk, who, 90, visit_id=visit)
    pay(frontdesk, who, 10, visit_id=visit)
    assert visit_values(frontdesk, visit).receipt_id == right.receipt_id


def test_a_visit_of_somebody_else_is_refused(clinic, frontdesk):
    one, other = person(frontdesk, "M1"), person(frontdesk, "M2")
    visit = visited(frontdesk, one)
    for wrong in (visit, 999):
        with pytest.raises(RuleError, match="不是这位顾客的"):
            pay(frontdesk, other, 100, visit_id=wrong)
    post_receipt(
        frontdesk, person_id=other, patient_id=one, amount_fen=5_000, visit_id=visit
    )  # the other pays for the one (E9)
    assert visit_values(frontdesk, visit).receipt_id is not None


def test_r097_the_first_examination_and_r021_the_recheck_are_free(clinic, director, frontdesk):
    sign_prices(
        director,
        Discount(pay_percent=0, classes=("检查",), window="first_visit"),
        Discount(pay_percent=0, classes=("复检",)),
        Discount(pay_percent=70, classes=("洁牙", "种植")),
    )
    who = member(frontdesk)  # who came today for the first time
    visited(frontdesk, who, item="喷砂洁牙")
    lines = finishing(clinic.db, TODAY, who).lines
    assert [(line.kind, line.text.split("：")[0]) for line in lines] == [
        ("price", "洁牙"), ("waiver", "检查"), ("waiver", "复检"),
    ]  # fmt: skip
    assert "首次就诊" in lines[1].why
    visited(frontdesk, who, item="全景片")
    again = finishing(clinic.db, TODAY, who)
    assert (again.item_class, again.lines[0].text) == ("检查", "检查：免费")


def test_r133_waived_registration_is_said(clinic, frontdesk):
    owner, friend = vip(frontdesk), person(frontdesk, "M2")
    made = pledge_voucher(frontdesk, grant_id=grant_id(clinic, owner, CLEANING), friend_id=friend)
    visited(frontdesk, friend, voucher_id=made.voucher_id, item="洁牙")
    assert use_service(frontdesk, voucher_id=made.voucher_id).registration_waived
    (line,) = finishing(clinic.db, TODAY, friend).lines
    assert (line.kind, line.text) == ("waiver", "挂号：免费")
    assert "新客免挂号费" in line.why


def test_a_doctor_who_left_is_named_but_not_filled_in(clinic, frontdesk):
    from models.system import Doctor

    who, own = person(frontdesk, "M1"), doctor(frontdesk, "陈医生")
    visited(frontdesk, who, doctor_id=own)
    in_command(frontdesk, lambda tx: tx.db.write(Doctor.update(active=0).where(Doctor.id == own)))
    found = finishing(clinic.db, TODAY, who)
    assert (found.doctor_id, found.doctor_name) == (None, "陈医生")


def test_e62_the_visit_of_a_merged_record_is_the_survivors(clinic, frontdesk):
    survivor, other = person(frontdesk, "M1", name="王芳"), person(frontdesk, "M2", name="王芳")
    visit = visited(frontdesk, other)
    merge_people(session_of(clinic, "member_admin"), survivor_id=survivor, merged_id=other)
    assert finishing(clinic.db, TODAY, survivor).visit_id == visit
    assert finishing(clinic.db, TODAY, other).person_id == survivor
    pay(frontdesk, survivor, 100, visit_id=visit)
    assert visit_values(frontdesk, visit).receipt_id is not None
    assert not [fault for fault in verify(clinic).faults if fault.code.startswith("visit")]


def test_the_calls_that_wait_are_told_three_at_most(clinic, frontdesk):
    who = person(frontdesk, "M1")
    for day in range(1, 5):
        create_task(frontdesk, person_id=who, due_on=f"2026-12-0{day}", subject=f"复查{day}")
    lines = calls_left(clinic.db, who)
    assert [line.text for line in lines] == ["复查1", "复查2", "复查3"]
    assert lines[0].why == "计划 2026-12-01"
