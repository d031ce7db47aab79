"""A bill while it is typed: member prices, points and coupons, what is left to receive."""

from __future__ import annotations

import msgspec
import pytest

from services.errors import RuleError
from services.loyalty.bill import ALL_POINTS, BillDraft, arrears, reckon, too_much
from services.loyalty.receipt_list import list_receipts
from services.loyalty.receipts import move_receipt, post_receipt, refund, void_receipt
from services.loyalty.redemption import redeem
from services.loyalty.service_use import uses_of, void_use
from services.programmes.definition import Discount, Redeemable
from services.programmes.pricing import BillLine
from tests.conftest import TODAY
from tests.money_world import pay, person, sign, stand
from tests.services.test_redemption import B, member, under

COUPON = Redeemable("b.coupon", "coupon", "洁牙抵用券", 500, unit="张", value_yuan=50)
WASH = BillLine("洁牙", "", 600_00)


def priced(**points):
    """医院方案B with money off, a coupon and a member price."""
    made = under(B, per_yuan_off=100, catalogue=(*B.points.catalogue, COUPON), **points)
    tiers = (msgspec.structs.replace(made.tiers[0], discounts=(Discount(90, ("洁牙",)),)),)
    return msgspec.structs.replace(made, tiers=tiers)


@pytest.fixture
def who(director, frontdesk):
    sign(director, priced())
    return member(frontdesk, 3000)


def coupon(frontdesk, who):
    return redeem(frontdesk, person_id=who, item_key="b.coupon").grant_id


def words(bill):
    return "\n".join(f"{line.text}（{line.why}）" for line in bill.lines)


def test_r018_lines_bring_the_member_price_and_what_is_due(clinic, who):
    bill = reckon(clinic.db, TODAY, who, BillDraft(lines=(WASH, BillLine("检查", "", 100_00))))
    assert (bill.due_fen, bill.discount_fen) == (640_00, 60_00)
    assert [line.pay_fen for line in bill.quote.lines] == [540_00, 100_00]
    assert "会员价省 ¥60（原价 ¥700 → ¥640）" in words(bill)


def test_a_discount_typed_by_hand_replaces_the_member_price(clinic, who):
    bill = reckon(clinic.db, TODAY, who, BillDraft(lines=(WASH,), discount_fen=100_00))
    assert bill.due_fen == 500_00
    assert "折扣 ¥100" in words(bill)


def test_nothing_typed_is_nothing_due(clinic, who):
    bill = reckon(clinic.db, TODAY, who, BillDraft())
    assert (bill.due_fen, bill.lines, bill.quote) == (None, (), None)
    assert too_much(bill, 100_00) == ""
    assert arrears(bill, 100_00) == ()


def test_e4_less_than_is_due_is_owed_and_more_is_too_much(clinic, who):
    bill = reckon(clinic.db, TODAY, who, BillDraft(billed_fen=500_00, insured_fen=100_00))
    assert bill.due_fen == 400_00
    assert (too_much(bill, 400_00), arrears(bill, 400_00)) == ("", ())
    assert "应收只有 ¥400" in too_much(bill, 400_01)
    assert arrears(bill, 399_99)[0].text == "欠 ¥0.01"


def test_r033_points_pay_at_the_rate_and_say_what_is_left(clinic, who):
    bill = reckon(clinic.db, TODAY, who, BillDraft(billed_fen=500_00, points=250))
    assert (bill.points, bill.points_fen, bill.due_fen) == (250, 2_50, 497_50)
    assert "用 250 分抵 ¥2.50" in words(bill)
    assert "可用 3,000 → 2,750 分" in words(bill)


@pytest.mark.parametrize(("billed", "points"), [(500_00, 3000), (12_34, 1234), (0, 0)])
def test_all_points_pay_no_more_than_is_due(clinic, who, billed, points):
    draft = BillDraft(billed_fen=billed, points=ALL_POINTS)
    bill = reckon(clinic.db, TODAY, who, draft)
    assert (bill.points, bill.points_problem) == (points, "")
    assert bill.due_fen == billed - bill.points_fen


def test_points_and_coupons_ask_what_is_due(clinic, who):
    bill = reckon(clinic.db, TODAY, who, BillDraft(points=ALL_POINTS))
    assert (bill.points, bill.due_fen) == (3000, None)
    assert "请填写应收" in bill.billed_problem


@pytest.mark.parametrize(
    ("points", "billed", "problem"),
    [
        (3001, 500_00, "可用积分只有 3,000 分"),
        (201, 2_00, "最多用 200 分"),
        (200, 2_00, ""),
    ],
)
def test_points_that_cannot_pay_say_why(clinic, who, points, billed, problem):
    bill = reckon(clinic.db, TODAY, who, BillDraft(billed_fen=billed, points=points))
    assert problem in bill.points_problem
    assert bool(problem) == bool(bill.points_problem)
    assert (bill.points_fen == 0) == bool(problem)


def test_too_few_points_for_a_fen(clinic, director, who):
    sign(director, under(B, per_yuan_off=1000), valid_from="2000-01-03")
    bill = reckon(clinic.db, TODAY, who, BillDraft(billed_fen=5_00, points=9))
    assert "抵不了一分钱" in bill.points_problem


def test_a_programme_without_money_off_and_somebody_who_may_not(clinic, director, frontdesk):
    stranger = person(frontdesk)
    draft = BillDraft(billed_fen=100_00, points=10)
    assert "不能抵现" in reckon(clinic.db, TODAY, stranger, draft).points_problem
    sign(director, priced())
    pay(frontdesk, stranger, 3000)
    assert "还不是会员" in reckon(clinic.db, TODAY, stranger, draft).points_problem


def test_r051_coupons_pay_and_give_no_change(clinic, frontdesk, who):
    grant_id = coupon(frontdesk, who)
    draft = BillDraft(billed_fen=500_00, coupon_ids=(grant_id,))
    bill = reckon(clinic.db, TODAY, who, draft)
    assert (bill.coupons_fen, bill.due_fen, bill.coupon_problem) == (50_00, 450_00, "")
    assert "用券“洁牙抵用券”抵 ¥50" in words(bill)
    small = BillDraft(billed_fen=30_00, coupon_ids=(grant_id,))
    assert "券抵得比应收多 ¥20" in reckon(clinic.db, TODAY, who, small).coupon_problem
    unknown = BillDraft(billed_fen=500_00, coupon_ids=(999,))
    assert reckon(clinic.db, TODAY, who, unknown).coupons_fen == 0


def test_the_draft_and_the_receipt_agree_to_the_fen(clinic, frontdesk, who):
    """E6: what points and coupons pay earns nothing, and the receipt owes nothing."""
    grant_id = coupon(frontdesk, who)
    draft = BillDraft(lines=(WASH,), points=ALL_POINTS, coupon_ids=(grant_id,))
    bill = reckon(clinic.db, TODAY, who, draft)
    from services.loyalty.receipts import Line

    posted = post_receipt(
        frontdesk,
        person_id=who,
        amount_fen=bill.due_fen,
        lines=(Line("洁牙", "", 600_00),),
        discount_fen=bill.discount_fen,
        points_used=bill.points,
        coupon_ids=draft.coupon_ids,
        payment="微信",
    )
    (row,) = [each for each in list_receipts(clinic.db, who) if each.id == posted.receipt_id]
    assert (row.net_fen, row.arrears_fen, row.points) == (465_00, 0, 465)
    assert stand(clinic, who).available == 465


def test_e14_a_receipt_paid_by_a_coupon_is_not_moved(clinic, frontdesk, who):
    bill = post_receipt(
        frontdesk,
        person_id=who,
        amount_fen=10_00,
        billed_fen=60_00,
        coupon_ids=(coupon(frontdesk, who),),
    )
    with pytest.raises(RuleError, match="用券抵扣过，不能移单"):
        move_receipt(
            frontdesk, receipt_id=bill.receipt_id, to_person_id=person(frontdesk), reason="录错"
        )


def test_a_coupon_on_a_receipt_comes_back_with_the_receipt_only(clinic, frontdesk, who):
    """E18: taking the use back by itself would leave the receipt paid with nothing."""
    grant_id = coupon(frontdesk, who)
    posted = post_receipt(
        frontdesk, person_id=who, amount_fen=10_00, billed_fen=60_00, coupon_ids=(grant_id,)
    )
    (use,) = uses_of(clinic.db, who)
    with pytest.raises(RuleError, match="抵在单据"):
        void_use(frontdesk, use_id=use.id, reason="点错")
    void_receipt(frontdesk, receipt_id=posted.receipt_id, reason="录错")
    assert uses_of(clinic.db, who)[0].voided


def test_the_list_of_receipts_shows_the_points_of_the_main_programme(clinic, frontdesk, director):
    sign(director, msgspec.structs.replace(B, name="第二方案"))
    who = person(frontdesk)
    first = pay(frontdesk, who, 100)
    (row,) = list_receipts(clinic.db, who)
    assert (row.points, first.points) == (100, 100)
    refund(frontdesk, receipt_id=row.id, amount_fen=50_00, reason="退")
    assert list_receipts(clinic.db, who)[0].points == 50
