"""Spending points: 医院方案B from its opening mark to the last point given back (R165–R168)."""

from __future__ import annotations

import msgspec
import pytest

from models.schemes import RedemptionReturn
from services.clock import plus_days
from services.commands import Approval
from services.errors import RuleError
from services.gifts.bands import band_stock
from services.gifts.handout import due_gifts, issue_gift, return_gift
from services.loyalty.grants import grant, grants_of
from services.loyalty.membership import join
from services.loyalty.money_off import money_off_fen
from services.loyalty.points import points_ledger
from services.loyalty.receipts import move_receipt, post_receipt, refund, void_receipt
from services.loyalty.redemption import redeem, return_redemption
from services.loyalty.redemption_document import redemption
from services.loyalty.redemption_list import offers, redemptions_of, spendable
from services.loyalty.service_use import use_service, void_use
from services.programmes.definition import Benefit, Reach, Tier
from services.programmes.registry import main_timeline, preset
from services.verify import verify
from tests.conftest import STAFF, TODAY
from tests.gift_world import add_gift, return_word, stocked
from tests.money_world import check_books, pay, person, sign, stand

B = preset("医院方案B")
LATE = Approval(5, STAFF["member_admin"], "member_admin", "approve.return")
OWED = Approval(5, STAFF["member_admin"], "member_admin", "approve.owed_gift")


def under(programme, **points):
    """A programme under 医院方案A's name, so that it is the clinic's main one."""
    points = msgspec.structs.replace(programme.points, **points)
    return msgspec.structs.replace(programme, name="医院方案A", points=points)


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_books(clinic)


@pytest.fixture
def b(director):
    sign(director, under(B, per_yuan_off=100))


def member(frontdesk, yuan=8000):
    who = person(frontdesk)
    pay(frontdesk, who, yuan)
    join(frontdesk, person_id=who, benefits_explained=True)
    return who


@pytest.fixture
def who(b, frontdesk):
    return member(frontdesk)


def grant_of(clinic, who, name):
    return next(g for g in grants_of(clinic.db, who) if g.name == name)


# -- the opening mark (R165) -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("receipts", "opened"),
    [((999.99, 999.99), False), ((1000.00,), True), ((999.99, 1000.01), True)],
)
def test_r165_spending_opens_at_1000_at_once_or_2000_in_all(clinic, frontdesk, b, receipts, opened):
    who = person(frontdesk)
    for yuan in receipts:
        pay(frontdesk, who, yuan)
    assert stand(clinic, who).redeemable == opened


def test_r165_a_refund_below_the_mark_closes_it_again(clinic, frontdesk, b):
    who = person(frontdesk)
    bill = pay(frontdesk, who, 1000)
    join(frontdesk, person_id=who, benefits_explained=True)
    refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=1, reason="退")
    with pytest.raises(RuleError, match="兑换点"):
        redeem(frontdesk, person_id=who, item_key="b.gift10")


def test_threshold_points_are_never_spent(clinic, frontdesk):
    """R163: 医院方案A knows no spendable points."""
    who = member(frontdesk)
    assert offers(clinic.db, TODAY, who, main_timeline(clinic.db)) == ()
    with pytest.raises(RuleError, match="不能兑换"):
        redeem(frontdesk, person_id=who, item_key="b.gift10")


def test_only_members_spend(clinic, frontdesk, b):
    who = person(frontdesk)
    pay(frontdesk, who, 8000)
    with pytest.raises(RuleError, match="不是会员"):
        redeem(frontdesk, person_id=who, item_key="b.gift10")
    assert {o.why_not for o in offers(clinic.db, TODAY, who, main_timeline(clinic.db))} == {
        "还不是会员"
    }


def test_an_opening_mark_not_reached_is_named_in_the_offers(clinic, frontdesk, director, b):
    who = person(frontdesk)
    bill = pay(frontdesk, who, 1000)
    join(frontdesk, person_id=who, benefits_explained=True)
    refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=1, reason="退")
    found = offers(clinic.db, TODAY, who, main_timeline(clinic.db))
    assert {offer.why_not for offer in found} == {"还没到兑换点"}


# -- the catalogue (R141, R166, R167) ---------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "points"),
    [
        ("b.ultrasonic", 5000), ("b.airflow", 6000), ("b.fluoride", 2000),
        ("b.sealant", 2000), ("b.facial", 3000), ("b.herbal", 5000),
        ("b.gift10", 1000), ("b.gift50", 5000),
    ],
)  # fmt: skip
def test_r166_every_item_costs_what_the_source_says(clinic, frontdesk, who, key, points):
    done = redeem(frontdesk, person_id=who, item_key=key, programme_id=1, approval=OWED)
    assert (done.points, done.left) == (points, 8000 - points)
    assert stand(clinic, who).available == 8000 - points


def test_r166_one_point_short_is_refused_and_nothing_is_taken(clinic, frontdesk, b):
    who = member(frontdesk, 4999)
    with pytest.raises(RuleError, match="可用积分只有 4999，不够扣 5000"):
        redeem(frontdesk, person_id=who, item_key="b.ultrasonic")
    assert stand(clinic, who).available == 4999
    assert redeem(frontdesk, person_id=member(frontdesk, 5000), item_key="b.ultrasonic").left == 0


def test_r167_as_often_as_points_reach(clinic, frontdesk, who):
    for _ in range(3):
        redeem(frontdesk, person_id=who, item_key="b.fluoride")
    done = redeem(frontdesk, person_id=who, item_key="b.sealant")
    assert done.left == 0
    assert redemptions_of(clinic.db, who)[0].name.startswith("儿童窝沟封闭")


def test_several_pieces_at_once(clinic, frontdesk, who):
    done = redeem(frontdesk, person_id=who, item_key="b.sealant", quantity=3)
    assert done.points == 6000
    grant = grant_of(clinic, who, "儿童窝沟封闭(进口材料)")
    assert (grant.quantity, grant.left, grant.reason, grant.rank) == (3, 3, "points", 0)
    with pytest.raises(RuleError, match="至少是 1"):
        redeem(frontdesk, person_id=who, item_key="b.sealant", quantity=0)


def test_what_is_not_in_the_catalogue_or_not_priced_cannot_be_had(clinic, frontdesk, director, who):
    with pytest.raises(RuleError, match="目录"):
        redeem(frontdesk, person_id=who, item_key="nothing")
    items = (msgspec.structs.replace(B.points.catalogue[0], points="待定"),)
    sign(director, under(B, catalogue=items), valid_from=TODAY)
    with pytest.raises(RuleError, match="目录"):
        redeem(frontdesk, person_id=who, item_key="b.gift10")
    assert offers(clinic.db, TODAY, who, main_timeline(clinic.db)) == ()
    with pytest.raises(RuleError, match="没有在使用"):
        redeem(frontdesk, person_id=who, item_key="b.gift10", programme_id=99)


def test_f7_offers_what_is_affordable_first(clinic, frontdesk, who):
    found = offers(clinic.db, TODAY, who, main_timeline(clinic.db))
    can = [offer for offer in found if not offer.why_not]
    assert [offer.points for offer in can] == sorted(offer.points for offer in can)
    by_key = {offer.key: offer for offer in found}
    assert by_key["b.gift10"].most == 8
    assert (by_key["b.gift100"].why_not, by_key["b.gift100"].most) == ("还差 2,000 分", 0)


# -- handing out, using, giving back (E18, E30–E32, R168) --------------------------------------


def test_e32_a_redeemed_gift_out_of_stock_waits_and_is_handed_out_later(
    clinic, frontdesk, billing, marketing, who
):
    with pytest.raises(RuleError, match="收费室现有 0 份，仓库 0 份，不够发 1 份"):
        redeem(frontdesk, person_id=who, item_key="b.gift10")
    assert stand(clinic, who).available == 8000
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", approval=OWED)
    assert [g.grant_id for g in due_gifts(clinic.db, TODAY)] == [done.grant_id]
    gift = add_gift(marketing)
    with pytest.raises(RuleError):
        issue_gift(billing, grant_id=done.grant_id, gift_id=gift)
    stocked(marketing, gift, 3, 2)
    issued = issue_gift(billing, grant_id=done.grant_id, gift_id=gift)
    assert due_gifts(clinic.db, TODAY) == []
    assert clinic.db.execute_sql("SELECT reason, points FROM gift_issue").fetchall() == [
        ("points", 1000)
    ]
    with pytest.raises(RuleError, match="礼品已经发出"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不要了")
    return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="不要了")
    assert stand(clinic, who).available == 8000
    assert due_gifts(clinic.db, TODAY) == []


def test_e18_each_piece_that_comes_back_gives_its_own_points(
    clinic, frontdesk, billing, marketing, who
):
    gift = add_gift(marketing)
    stocked(marketing, gift, 3, 3)
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", quantity=3)
    first, second = (
        issue_gift(billing, grant_id=done.grant_id, gift_id=gift).issue_id for _ in range(2)
    )
    assert stand(clinic, who).available == 5000
    return_gift(billing, issue_id=first, sellable=True, reason="不要了")
    assert stand(clinic, who).available == 6000
    row = grant(clinic.db, done.grant_id)
    assert (row.quantity, row.used, row.state) == (2, 1, "open")
    with pytest.raises(RuleError, match="礼品已经发出"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不要了")
    third = issue_gift(billing, grant_id=done.grant_id, gift_id=gift).issue_id
    with pytest.raises(RuleError, match="已领取"):  # the first piece's points are back
        issue_gift(billing, grant_id=done.grant_id, gift_id=gift)
    for issue in (second, third):
        return_gift(billing, issue_id=issue, sellable=True, reason="不要了")
    assert stand(clinic, who).available == 8000
    assert grant(clinic.db, done.grant_id).state == "closed"
    columns = (RedemptionReturn.points, RedemptionReturn.whole)
    assert clinic.db.rows(RedemptionReturn.select(*columns)) == [(1000, 0), (1000, 0), (1000, 1)]
    with pytest.raises(RuleError, match="已退回"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason="x")
    assert [fault for fault in verify(clinic).faults if fault.code != "search.missing"] == []


def test_e31_the_rest_of_a_redemption_comes_back_after_one_of_its_pieces(
    clinic, frontdesk, billing, marketing, who
):
    gift = add_gift(marketing)
    stocked(marketing, gift, 3, 3)
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", quantity=2)
    issued = issue_gift(billing, grant_id=done.grant_id, gift_id=gift)
    return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="不要了")
    row = grant(clinic.db, done.grant_id)
    assert (stand(clinic, who).available, row.quantity, row.left) == (7000, 1, 1)
    back = return_redemption(frontdesk, redemption_id=done.redemption_id, reason="都不要了")
    assert back.points == 1000
    assert stand(clinic, who).available == 8000
    assert grant(clinic.db, done.grant_id).state == "closed"
    assert [fault for fault in verify(clinic).faults if fault.code != "search.missing"] == []


def test_e31_another_piece_instead_keeps_the_points_spent(
    clinic, frontdesk, billing, marketing, who
):
    gift = add_gift(marketing)
    stocked(marketing, gift, 3, 3)
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", quantity=2)
    first = issue_gift(billing, grant_id=done.grant_id, gift_id=gift)
    issue_gift(billing, grant_id=done.grant_id, gift_id=gift)
    back = {"sellable": False, "reason": "坏了", "approval": return_word(clinic)}
    return_gift(billing, issue_id=first.issue_id, points_back=False, **back)
    assert stand(clinic, who).available == 6000
    again = issue_gift(billing, grant_id=done.grant_id, gift_id=gift)
    return_gift(billing, issue_id=again.issue_id, sellable=True, reason="换", points_back=False)
    assert stand(clinic, who).available == 6000


def test_e18_a_redemption_given_back_returns_the_points_to_their_lots(clinic, frontdesk, who):
    done = redeem(frontdesk, person_id=who, item_key="b.ultrasonic")
    use = use_service(frontdesk, grant_id=done.grant_id)
    with pytest.raises(RuleError, match="服务已经使用"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")
    void_use(frontdesk, use_id=use.use_id, reason="不做了")
    back = return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")
    assert (back.points, stand(clinic, who).available) == (5000, 8000)
    assert grant_of(clinic, who, "超声波洁牙(带抛光脱敏)").state == "closed"
    assert points_ledger(clinic.db, who)[0].kind == "return"
    with pytest.raises(RuleError, match="已退回"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")


def test_e31_after_seven_days_a_manager_gives_it_back(clinic, frontdesk, clock, who):
    done = redeem(frontdesk, person_id=who, item_key="b.facial")
    with pytest.raises(RuleError, match="原因"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason=" ")
    clock.day = plus_days(TODAY, 8)
    with pytest.raises(RuleError, match="超过 7 天"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")
    return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了", approval=LATE)
    assert stand(clinic, who).available == 8000
    with pytest.raises(RuleError, match="没有找到"):
        redemption(clinic.db, 99)


def test_e30_the_price_of_the_day_is_given_back(clinic, frontdesk, director, clock, who):
    done = redeem(frontdesk, person_id=who, item_key="b.facial")
    dearer = tuple(
        msgspec.structs.replace(item, points=4000) if item.key == "b.facial" else item
        for item in B.points.catalogue
    )
    clock.day = plus_days(TODAY, 1)
    sign(director, under(B, catalogue=dearer), valid_from=clock.day)
    assert redeem(frontdesk, person_id=who, item_key="b.facial").points == 4000
    back = return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")
    assert (back.points, stand(clinic, who).available) == (3000, 4000)


def test_e19_given_back_after_the_lot_ran_out_the_points_have_30_days_of_grace(
    clinic, frontdesk, director, clock
):
    sign(director, under(B, expiry_months=1))
    who = member(frontdesk)
    clock.day = "2026-12-20"
    done = redeem(frontdesk, person_id=who, item_key="b.ultrasonic")
    clock.day = "2026-12-25"
    return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不做了")
    row = points_ledger(clinic.db, who)[0]
    assert (row.kind, row.points, row.expires_on) == ("grace", 5000, "2027-01-24")
    assert spendable(clinic.db, clock.day, who, main_timeline(clinic.db)) == 5000
    redeem(frontdesk, person_id=who, item_key="b.facial")  # writes the old lot's expiry first
    assert stand(clinic, who).available == 2000


def test_r168_for_a_friend_only_against_the_card(clinic, frontdesk, who):
    friend = person(frontdesk)
    done = redeem(frontdesk, person_id=who, item_key="b.ultrasonic")
    with pytest.raises(RuleError, match="凭会员卡"):
        use_service(frontdesk, grant_id=done.grant_id, beneficiary_id=friend, checked="phone")
    used = use_service(frontdesk, grant_id=done.grant_id, beneficiary_id=friend, checked="card")
    assert used.registration_waived
    assert clinic.db.execute_sql("SELECT checked FROM service_use").fetchall() == [("card",)]


def test_a_redeemed_service_may_have_an_end(clinic, frontdesk, director, clock):
    items = (msgspec.structs.replace(B.points.catalogue[4], valid_days=10),)
    sign(director, under(B, catalogue=items))
    who = member(frontdesk)
    done = redeem(frontdesk, person_id=who, item_key="b.ultrasonic")
    assert grant_of(clinic, who, "超声波洁牙(带抛光脱敏)").valid_to == plus_days(TODAY, 9)
    clock.day = plus_days(TODAY, 10)
    with pytest.raises(RuleError, match="期限"):
        use_service(frontdesk, grant_id=done.grant_id)


# -- a tier for points (R102) ------------------------------------------------------------------


@pytest.fixture
def ladder(director):
    """B with an upper tier that 3,000 points buy."""
    top = msgspec.structs.replace(
        B.tiers[0],
        rank=2,
        name="金卡",
        reach=(msgspec.structs.replace(B.tiers[0].reach[0], single_spend_yuan=None,
                                       purchase_points=3000),),
    )  # fmt: skip
    sign(director, msgspec.structs.replace(under(B), tiers=(*B.tiers, top)))


def test_r102_points_buy_a_higher_tier_and_spend_does_not(clinic, frontdesk, ladder):
    who = member(frontdesk)
    offer = next(
        o for o in offers(clinic.db, TODAY, who, main_timeline(clinic.db)) if o.kind == "tier"
    )
    assert (offer.key, offer.name, offer.points, offer.most) == ("tier.2", "金卡", 3000, 1)
    done = redeem(frontdesk, person_id=who, item_key="tier.2")
    found = stand(clinic, who)
    assert (done.rank, done.left, found.rank, found.route) == (2, 5000, 2, "manual")
    with pytest.raises(RuleError, match="现在已是金卡"):
        redeem(frontdesk, person_id=who, item_key="tier.2")
    with pytest.raises(RuleError, match="不能用积分换取"):
        redeem(frontdesk, person_id=who, item_key="tier.1")
    with pytest.raises(RuleError, match="不能用积分换取"):
        redeem(frontdesk, person_id=who, item_key="tier.9")
    return_redemption(frontdesk, redemption_id=done.redemption_id, reason="误操作")
    found = stand(clinic, who)
    assert (found.rank, found.available) == (1, 8000)


# -- money off (R033, E6, E18) -----------------------------------------------------------------


def test_r033_a_hundred_points_are_one_yuan_and_earn_nothing(clinic, frontdesk, who):
    bill = post_receipt(
        frontdesk, person_id=who, amount_fen=49_000, billed_fen=50_000, points_used=1000
    )
    assert bill.points == 490
    assert stand(clinic, who).available == 8000 - 1000 + 490
    assert redemptions_of(clinic.db, who)[0].name == "积分抵现"
    assert money_off_fen(under(B), 1000) == 0


def test_r033_points_may_not_pay_more_than_the_bill(clinic, frontdesk, who):
    with pytest.raises(RuleError, match="超过应收"):
        post_receipt(frontdesk, person_id=who, amount_fen=500, billed_fen=1_000, points_used=1000)
    with pytest.raises(RuleError, match="抵不了"):
        post_receipt(frontdesk, person_id=who, amount_fen=500, points_used=-5)


@pytest.mark.parametrize("split", [(49_000,), (1, 48_999), (10_000, 20_000, 19_000), (48_999, 1)])
def test_e18_a_refund_in_any_split_gives_the_points_back_pro_rata(clinic, frontdesk, who, split):
    bill = post_receipt(
        frontdesk, person_id=who, amount_fen=49_000, billed_fen=50_000, points_used=1000
    )
    for part in split:
        refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=part, reason="退")
    assert stand(clinic, who).available == 8000
    rows = clinic.db.rows(RedemptionReturn.select(RedemptionReturn.points))
    assert sum(row[0] for row in rows) == 1000


def test_e18_the_lot_taken_last_is_given_back_first(clinic, frontdesk, who):
    pay(frontdesk, who, 500)
    bill = post_receipt(
        frontdesk, person_id=who, amount_fen=1_800, billed_fen=10_000, points_used=8200
    )
    for part in (900, 900):
        refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=part, reason="退")
    assert stand(clinic, who).available == 8500


def test_e18_half_the_money_brings_half_the_points(clinic, frontdesk, who):
    bill = post_receipt(
        frontdesk, person_id=who, amount_fen=49_000, billed_fen=50_000, points_used=1000
    )
    row = redemptions_of(clinic.db, who)[0]
    with pytest.raises(RuleError, match="随单据"):
        return_redemption(frontdesk, redemption_id=row.id, reason="不要了")
    refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=24_500, reason="退")
    assert stand(clinic, who).available == 8000 - 500 + 245
    assert redemptions_of(clinic.db, who)[0].returned == 500


def test_e18_a_bill_paid_by_points_alone_is_voided_whole(clinic, frontdesk, who):
    bill = post_receipt(frontdesk, person_id=who, amount_fen=0, billed_fen=1_000, points_used=1000)
    assert bill.points == 0
    with pytest.raises(RuleError, match="积分抵扣过"):
        move_receipt(
            frontdesk, receipt_id=bill.receipt_id, to_person_id=person(frontdesk), reason="错"
        )
    void_receipt(frontdesk, receipt_id=bill.receipt_id, reason="错")
    assert stand(clinic, who).available == 8000


# -- coupons (R051) ----------------------------------------------------------------------------


def test_a_coupon_pays_part_of_a_bill_and_comes_back_with_a_void(clinic, frontdesk, director):
    coupon = msgspec.structs.replace(
        B.points.catalogue[0], kind="coupon", name="20元券", value_yuan=20
    )
    sign(director, under(B, catalogue=(coupon,)))
    who = member(frontdesk)
    done = redeem(frontdesk, person_id=who, item_key="b.gift10")
    stranger = person(frontdesk)
    with pytest.raises(RuleError, match="不是这位顾客的"):
        post_receipt(
            frontdesk, person_id=stranger, amount_fen=8_000, billed_fen=10_000,
            coupon_ids=(done.grant_id,),
        )  # fmt: skip
    bill = post_receipt(
        frontdesk, person_id=who, amount_fen=8_000, billed_fen=10_000, coupon_ids=(done.grant_id,)
    )
    assert bill.points == 80
    assert grant_of(clinic, who, "20元券").left == 0
    refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=100, reason="退")
    assert grant_of(clinic, who, "20元券").left == 0
    void_receipt(frontdesk, receipt_id=bill.receipt_id, reason="错")
    assert grant_of(clinic, who, "20元券").left == 1


# -- what was drawn, and what waits ------------------------------------------------------------


def test_e18_e31_e37_a_bought_tier_is_not_given_back_once_drawn_from(clinic, frontdesk, director):
    wash = Benefit("gold.wash", "service", "喷砂洁牙", quantity=2, per="year")
    gold = Tier(2, "金卡", "#B7791F", (Reach(purchase_points=3000),), benefits=(wash,))
    sign(director, msgspec.structs.replace(under(B), tiers=(*B.tiers, gold)))
    who = member(frontdesk)
    done = redeem(frontdesk, person_id=who, item_key="tier.2")
    used = use_service(frontdesk, grant_id=grant_of(clinic, who, "喷砂洁牙").id)
    with pytest.raises(RuleError, match="“金卡”的权益已经用过。请先撤销使用、退回礼品"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason="误操作")
    assert (stand(clinic, who).rank, stand(clinic, who).available) == (2, 5000)
    void_use(frontdesk, use_id=used.use_id, reason="点错")
    return_redemption(frontdesk, redemption_id=done.redemption_id, reason="误操作")
    assert (stand(clinic, who).rank, stand(clinic, who).available) == (1, 8000)


def test_e32_what_somebody_has_bought_and_not_collected_is_not_sold_again(
    clinic, frontdesk, marketing, who
):
    gift = add_gift(marketing)
    stocked(marketing, gift, warehouse=3, desk=1)
    first = redeem(frontdesk, person_id=who, item_key="b.gift10")
    other = member(frontdesk)
    refused = "收费室现有 1 份\\(其中 1 份已兑换、待领\\)，仓库 3 份，不够发 1 份"
    with pytest.raises(RuleError, match=refused):
        redeem(frontdesk, person_id=other, item_key="b.gift10")
    assert stand(clinic, other).available == 8000
    owed = redeem(frontdesk, person_id=other, item_key="b.gift10", approval=OWED)
    assert owed.grant_id
    issue_gift(frontdesk, grant_id=first.grant_id, gift_id=gift)
    assert band_stock(clinic.db, TODAY, 1000).short(1) == 1
    stocked(marketing, gift, warehouse=0, desk=2)
    assert redeem(frontdesk, person_id=who, item_key="b.gift10").left == 6000
