"""划价: bills, what waits for one, who bears what (R142, R145)."""

from __future__ import annotations

import uuid

import pytest

from models.people import Person
from services.errors import RuleError
from services.loyalty.awards import give_award
from services.loyalty.service_use import use_service, uses_of, void_use
from services.people.records import add_doctor
from services.vouchers.billing import bill_use, billed, borne, take_back_bill, unbilled
from services.vouchers.bills import bearer_title, bill_of
from tests.conftest import STAFF, TODAY
from tests.gift_world import in_command
from tests.money_world import grant_id, pay, person
from tests.services.vouchers.voucher_world import (
    CLEANING,
    FACIAL,
    check_everything,
    claimed,
    seen,
    signed_with,
    vip,
)


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_everything(clinic)


@pytest.fixture
def doctor(member_admin):
    return add_doctor(member_admin, name="钱医生").doctor_id


def used(session, who, key=FACIAL, **more):
    return use_service(session, grant_id=grant_id(session.clinic, who, key), **more).use_id


def test_r145_a_use_waits_until_it_is_billed(clinic, frontdesk, billing, doctor):
    who, friend = vip(frontdesk), person(frontdesk)
    use = used(frontdesk, who, CLEANING, beneficiary_id=friend, doctor_id=doctor, quantity=2)
    (row,) = unbilled(clinic.db)
    assert (row.use_id, row.occurred_on, row.quantity, row.doctor) == (use, TODAY, 2, "钱医生")
    assert (row.service, row.amount_fen, row.borne_by) == ("超声波洁牙(带抛光脱敏)", 0, "marketing")
    assert row.owner_number != row.beneficiary_number
    assert (row.staff, row.bill_number, row.billed_on) == (STAFF["frontdesk"], "", "")
    with pytest.raises(RuleError, match="没有定价"):
        bill_use(billing, use_id=use, bill_number="HJ-1")
    done = bill_use(billing, use_id=use, bill_number=" HJ 1 ", amount_fen=30_000)
    assert done.amount_fen == 30_000
    assert unbilled(clinic.db) == []
    (row,) = billed(clinic.db, TODAY, TODAY)
    assert (row.bill_number, row.amount_fen, row.billed_on) == ("HJ 1", 30_000, TODAY)
    assert [use.status for use in uses_of(clinic.db, who)] == ["billed"]


def test_the_worth_of_the_benefit_is_proposed_and_taken(clinic, director, frontdesk, billing):
    signed_with(director, value_yuan=180, borne_by="department")
    use = used(frontdesk, vip(frontdesk), CLEANING, quantity=2)
    (row,) = unbilled(clinic.db)
    assert (row.amount_fen, row.borne_by) == (36_000, "department")
    bill_use(billing, use_id=use, bill_number="HJ-1")
    assert bill_of(clinic.db, use)[:3] == ("HJ-1", 36_000, "department")


def test_the_oldest_come_first_within_the_days_asked_for(clinic, frontdesk, clock):
    who = vip(frontdesk)
    first = used(frontdesk, who)
    clock.day = "2026-11-21"
    second = used(frontdesk, who, "vip.herbal")
    assert [row.use_id for row in unbilled(clinic.db)] == [first, second]
    assert [row.use_id for row in unbilled(clinic.db, first="2026-11-21")] == [second]
    assert [row.use_id for row in unbilled(clinic.db, last=TODAY)] == [first]
    assert [row.use_id for row in unbilled(clinic.db, limit=1)] == [first]


def test_what_costs_nothing_or_was_taken_back_does_not_wait(clinic, director, frontdesk, billing):
    who = vip(frontdesk)
    wrong = used(frontdesk, who)
    void_use(frontdesk, use_id=wrong, reason="点错")
    signed_with(director, kind="advice")
    used(frontdesk, vip(frontdesk))
    assert unbilled(clinic.db) == []
    with pytest.raises(RuleError, match="已撤销，不用划价"):
        bill_use(billing, use_id=wrong, bill_number="HJ-1", amount_fen=100)
    with pytest.raises(RuleError, match="没有找到这次使用"):
        bill_use(billing, use_id=99, bill_number="HJ-1", amount_fen=100)


def test_a_coupon_is_billed_by_its_receipt(clinic, frontdesk, billing, member_admin):
    who = vip(frontdesk)
    coupon = give_award(
        member_admin, person_id=who, kind="coupon", name="券", reason="event", value_fen=5_000
    )
    pay(frontdesk, who, 50, billed_fen=10_000, coupon_ids=(coupon.grant_id,))
    (use,) = uses_of(clinic.db, who)
    assert use.bill_number
    assert unbilled(clinic.db) == []
    with pytest.raises(RuleError, match="券随收款单据"):
        bill_use(billing, use_id=use.id, bill_number="HJ-1", amount_fen=100)


def test_a_second_window_hears_the_first_bill_and_a_correction_says_why(clinic, frontdesk, billing):
    use = used(frontdesk, vip(frontdesk))
    once = billing.once(uuid.uuid4())
    for _ in range(2):  # a double click
        bill_use(once, use_id=use, bill_number="HJ-1", amount_fen=100)
    with pytest.raises(RuleError, match=r"已划价，单号 HJ-1.*写明原因"):
        bill_use(frontdesk, use_id=use, bill_number="HJ-2", amount_fen=100)
    bill_use(frontdesk, use_id=use, bill_number="HJ-2", amount_fen=200, note="单号看错")
    rows = clinic.db.execute_sql("SELECT bill_number, note FROM service_bill").fetchall()
    assert rows == [("HJ-1", ""), ("HJ-2", "单号看错")]
    (row,) = billed(clinic.db, TODAY, TODAY)
    assert (row.bill_number, row.amount_fen) == ("HJ-2", 200)


def test_e47_a_bill_is_taken_back_before_the_use(clinic, frontdesk, billing):
    who = vip(frontdesk)
    use = used(frontdesk, who)
    with pytest.raises(RuleError, match="还没有划价"):
        take_back_bill(billing, use_id=use, note="错")
    bill_use(billing, use_id=use, bill_number="HJ-1", amount_fen=100)
    with pytest.raises(RuleError, match="写明撤回划价的原因"):
        take_back_bill(billing, use_id=use, note=" ")
    take_back_bill(billing, use_id=use, note="划错")
    assert bill_of(clinic.db, use) is None
    assert [row.use_id for row in unbilled(clinic.db)] == [use]
    assert billed(clinic.db, TODAY, TODAY) == borne(clinic.db, TODAY, TODAY) == []
    bill_use(billing, use_id=use, bill_number="HJ-2", amount_fen=100)
    take_back_bill(billing, use_id=use, note="又错")
    void_use(frontdesk, use_id=use, reason="点错")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"bill_number": " "}, "划价单号"),
        ({"bill_number": "1" * 41}, "最长 40"),
        ({"amount_fen": -1}, "0 至 1,000 万元"),
        ({"amount_fen": 1_000_000_001}, "0 至 1,000 万元"),
        ({"borne_by": "patient"}, "市场、医生或科室"),
        ({"borne_by": "doctor"}, "先选是哪位医生"),
    ],
)
def test_what_a_bill_must_be(clinic, frontdesk, billing, wrong, says):
    use = used(frontdesk, vip(frontdesk))
    with pytest.raises(RuleError, match=says):
        bill_use(billing, **{"use_id": use, "bill_number": "HJ-1", "amount_fen": 100, **wrong})
    assert bill_of(clinic.db, use) is None


def test_only_the_desk_bills(clinic, frontdesk, marketing):
    use = used(frontdesk, vip(frontdesk))
    with pytest.raises(RuleError, match="没有这项权限"):
        bill_use(marketing, use_id=use, bill_number="HJ-1", amount_fen=100)


def test_r142_each_doctor_bears_what_is_theirs(clinic, frontdesk, billing, doctor, member_admin):
    other = add_doctor(member_admin, name="孙医生").doctor_id
    who, patient = vip(frontdesk), vip(frontdesk)
    in_command(
        frontdesk,
        lambda tx: tx.db.write(Person.update(doctor_id=other).where(Person.id == patient)),
    )
    uses = [
        (used(frontdesk, who, CLEANING, doctor_id=doctor, quantity=2), 20_000, "doctor"),
        (used(frontdesk, who, FACIAL, doctor_id=doctor), 5_000, "doctor"),
        (used(frontdesk, patient, FACIAL), 7_000, "doctor"),  # of the patient's own doctor
        (used(frontdesk, who, "vip.herbal", doctor_id=doctor), 900, "marketing"),
        (used(frontdesk, patient, "vip.herbal", doctor_id=doctor), 800, "department"),
    ]
    for use, fen, bearer in uses:
        bill_use(billing, use_id=use, bill_number="HJ", amount_fen=fen, borne_by=bearer)
    rows = borne(clinic.db, TODAY, TODAY)
    assert [(row.borne_by, row.doctor, row.uses, row.amount_fen) for row in rows] == [
        ("doctor", "钱医生", 3, 25_000),
        ("doctor", "孙医生", 1, 7_000),
        ("marketing", "", 1, 900),
        ("department", "", 1, 800),
    ]
    assert borne(clinic.db, "2026-11-01", "2026-11-19") == []
    assert [bearer_title(row.borne_by) for row in rows] == ["医生", "医生", "市场", "科室"]


def test_r142_a_doctor_whom_nobody_knows_is_refused(clinic, frontdesk, billing):
    grant = grant_id(clinic, vip(frontdesk), CLEANING)
    with pytest.raises(RuleError, match="没有找到这位医生，请重新选择"):
        use_service(frontdesk, grant_id=grant, doctor_id=999)
    use = use_service(frontdesk, grant_id=grant).use_id
    with pytest.raises(RuleError, match="没有找到这位医生"):
        bill_use(
            billing, use_id=use, bill_number="1", amount_fen=1, borne_by="doctor", doctor_id=999
        )


def test_r142_a_doctor_named_with_the_bill_bears_it(clinic, frontdesk, billing, doctor):
    use = used(frontdesk, vip(frontdesk))
    bill_use(
        billing, use_id=use, bill_number="HJ", amount_fen=9, borne_by="doctor", doctor_id=doctor
    )
    assert [row.doctor for row in borne(clinic.db, TODAY, TODAY)] == ["钱医生"]


def test_a_voucher_says_that_it_was_billed(clinic, frontdesk, billing):
    card = claimed(frontdesk, vip(frontdesk))
    use = use_service(frontdesk, voucher_id=card).use_id
    assert seen(clinic, card).bill == ""
    bill_use(billing, use_id=use, bill_number="HJ-1", amount_fen=100)
    assert seen(clinic, card).bill == "HJ-1"
