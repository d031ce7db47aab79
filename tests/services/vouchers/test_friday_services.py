"""服务核销 of a Friday: claimed, used, billed, as it was at the cut-off (R145, E51)."""

from __future__ import annotations

import pytest

from services.gifts.period import PeriodView
from services.loyalty.awards import give_award
from services.loyalty.service_use import use_service, uses_of, void_use
from services.people.records import add_doctor
from services.vouchers.billing import bill_use, take_back_bill
from services.vouchers.claim import return_voucher
from services.vouchers.pledge import pledge_voucher, recall_voucher
from services.workbooks.friday_services import uses
from services.workbooks.friday_totals import totals
from services.workbooks.friday_unclaimed import unclaimed
from tests.conftest import TODAY
from tests.money_world import grant_id, pay, person
from tests.services.vouchers.voucher_world import CLEANING, FACIAL, claimed, vip


def head(clinic) -> int:
    return clinic.db.execute_sql("SELECT MAX(seq) FROM audit").fetchone()[0]


def week(clinic, start, end):
    """(service, quantity, state, bill, bearer) of each row; the sum is the ledger's."""
    view = PeriodView(TODAY, "live", start, end, None, None, TODAY, None, ())
    rows = list(uses(clinic.db, view))
    assert sum(row[5] for row in rows) == totals(clinic.db, view).used
    return [(row[4][:2], row[5], row[8], row[9], row[10]) for row in rows]


@pytest.fixture
def who(frontdesk):
    return vip(frontdesk)


def test_r145_claimed_then_used_then_billed_each_in_its_week(clinic, frontdesk, billing, who):
    start = head(clinic)
    card = claimed(frontdesk, who)
    first = head(clinic)
    use = use_service(frontdesk, voucher_id=card).use_id
    second = head(clinic)
    bill_use(billing, use_id=use, bill_number="HJ-1", amount_fen=9, borne_by="department")
    third = head(clinic)
    bill_use(billing, use_id=use, bill_number="HJ-2", amount_fen=9, note="看错")
    assert week(clinic, start, first) == [("超声", 0, "领取", "", "")]
    assert week(clinic, start, second) == [("超声", 1, "使用", "", "市场")]
    assert week(clinic, first, second) == [("超声", 1, "使用", "", "市场")]
    assert week(clinic, first, third) == [("超声", 1, "划价", "HJ-1", "科室")]
    assert week(clinic, second, third) == [("超声", 0, "划价", "HJ-1", "科室")]
    assert week(clinic, third, head(clinic)) == [("超声", 0, "划价", "HJ-2", "市场")]


def test_what_was_taken_back_reads_so(clinic, frontdesk, billing, who):
    start = head(clinic)
    card = claimed(frontdesk, who)
    use = use_service(frontdesk, voucher_id=card).use_id
    bill_use(frontdesk, use_id=use, bill_number="HJ-1", amount_fen=9)
    used = head(clinic)
    take_back_bill(billing, use_id=use, note="划错")
    assert week(clinic, used, head(clinic)) == []
    void_use(frontdesk, use_id=use, reason="点错")
    assert week(clinic, start, head(clinic)) == [
        ("超声", 1, "使用", "", "市场"),
        ("超声", -1, "作废", "", "市场"),
        ("超声", 0, "领取", "", ""),  # the card is the member's again
    ]
    assert week(clinic, start, used) == [("超声", 1, "划价", "HJ-1", "市场")]


def test_a_card_names_who_held_it_at_the_end(clinic, frontdesk, who):
    start = head(clinic)
    friend = person(frontdesk)
    card, gone = claimed(frontdesk, who), claimed(frontdesk, who, FACIAL)
    return_voucher(frontdesk, voucher_id=gone)
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    pledged = head(clinic)
    recall_voucher(frontdesk, voucher_id=card)
    view = PeriodView(TODAY, "live", start, pledged, None, None, TODAY, None, ())
    (row,) = uses(clinic.db, view)
    assert row[1] != ""
    assert row[2][0] == row[3][0]  # both are called 王小明 here
    assert week(clinic, start, head(clinic)) == [("超声", 0, "领取", "", "")]


def test_a_coupon_stands_with_its_receipt(clinic, frontdesk, member_admin, who):
    start = head(clinic)
    coupon = give_award(
        member_admin, person_id=who, kind="coupon", name="券", reason="event", value_fen=5_000
    )
    pay(frontdesk, who, 50, billed_fen=10_000, coupon_ids=(coupon.grant_id,))
    number = uses_of(clinic.db, who)[0].bill_number
    assert week(clinic, start, head(clinic)) == [("券", 1, "划价", number, "市场")]


def test_the_doctor_and_the_waived_fee_stand_there(clinic, frontdesk, member_admin, who):
    doctor = add_doctor(member_admin, name="钱医生").doctor_id
    start = head(clinic)
    use_service(
        frontdesk,
        grant_id=grant_id(clinic, who, CLEANING),
        beneficiary_id=person(frontdesk),
        doctor_id=doctor,
    )
    view = PeriodView(TODAY, "live", start, head(clinic), None, None, TODAY, None, ())
    (row,) = uses(clinic.db, view)
    assert row[6:8] == ("钱医生", "是")


def test_r131_what_is_on_a_card_is_claimed(clinic, frontdesk, who):
    def waiting(end):
        view = PeriodView(TODAY, "live", 0, end, None, None, TODAY, None, ())
        rows = list(unclaimed(clinic.db, view))
        assert len(rows) == totals(clinic.db, view).unclaimed
        return {row[3] for row in rows}

    before = head(clinic)
    card = claimed(frontdesk, who, FACIAL)
    kept = head(clinic)
    return_voucher(frontdesk, voucher_id=card)
    assert "面部护理" in waiting(before)
    assert "面部护理" not in waiting(kept)
    assert "面部护理" in waiting(head(clinic))
