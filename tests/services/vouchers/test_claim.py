"""领取: a piece of a service on a voucher, and given back (R132, R164, E45, E47)."""

from __future__ import annotations

import uuid

import pytest

from models.ledgers import Standing
from services.desk.daily import catch_up
from services.errors import RuleError
from services.loyalty.awards import give_award
from services.loyalty.grants import grant
from services.loyalty.membership import drop_tier
from services.loyalty.receipts import refund, void_receipt
from services.loyalty.service_use import use_service, void_use
from services.people.merging import merge_people, unmerge_people
from services.vouchers.claim import claim_voucher, return_voucher
from services.vouchers.pledge import pledge_voucher
from services.vouchers.records import (
    by_number,
    held,
    status,
    status_title,
    voucher,
    vouchers_of,
)
from tests.conftest import STAFF, TODAY
from tests.gift_world import gift_grant
from tests.money_world import grant_id, grants, member, pay, person
from tests.services.vouchers.voucher_world import (
    CLEANING,
    FACIAL,
    calls,
    check_everything,
    claimed,
    seen,
    signed_with,
    steps,
    vip,
)


def test_r132_a_card_has_a_number_and_a_last_day_and_draws_nothing(clinic, frontdesk):
    who = vip(frontdesk)
    card = seen(clinic, claimed(frontdesk, who, mode="card"))
    assert (card.mode, card.state, card.valid_to) == ("card", "owned", "2026-12-31")
    assert (card.owner_id, card.friend_id, card.staff) == (who, None, STAFF["frontdesk"])
    assert (card.service, card.claimed_on) == ("超声波洁牙(带抛光脱敏)", TODAY)
    assert grants(clinic, who)[CLEANING] == (2, 0, "open")
    assert by_number(clinic.db, card.number.lower()) == card
    assert status(clinic.db, card, TODAY) == "owned"
    assert vouchers_of(clinic.db, who) == [card]


def test_r164_the_programme_says_whether_a_card_is_printed(clinic, director, frontdesk):
    assert seen(clinic, claimed(frontdesk, vip(frontdesk))).mode == "electronic"
    signed_with(director, voucher="card", valid_days=10)
    card = seen(clinic, claimed(frontdesk, vip(frontdesk)))
    assert (card.mode, card.valid_to) == ("card", "2026-11-29")


def test_what_never_ends_gives_a_card_that_never_ends(clinic, frontdesk):
    card = seen(clinic, claimed(frontdesk, vip(frontdesk), FACIAL))
    assert card.valid_to is None
    assert not card.over("2999-01-01")


def test_e45_only_pieces_that_are_free_can_be_claimed(clinic, frontdesk):
    who = vip(frontdesk)
    first, second = claimed(frontdesk, who), claimed(frontdesk, who)
    row = grant(clinic.db, grant_id(clinic, who, CLEANING))
    assert [each.voucher_id for each in held(clinic.db, row, TODAY)] == [first, second]
    with pytest.raises(RuleError, match=f"已领成卡.*{seen(clinic, first).number}"):
        claimed(frontdesk, who)
    with pytest.raises(RuleError, match="已领成卡"):
        use_service(frontdesk, grant_id=row.id)
    return_voucher(frontdesk, voucher_id=first, note="不要了")
    assert seen(clinic, first).state == "returned"
    use_service(frontdesk, grant_id=row.id)
    with pytest.raises(RuleError, match="已领成卡"):
        claimed(frontdesk, who)


def test_the_same_click_twice_claims_once(clinic, frontdesk):
    who = vip(frontdesk)
    once = frontdesk.once(uuid.uuid4())
    ids = {claim_voucher(once, grant_id=grant_id(clinic, who, CLEANING)).voucher_id for _ in "ab"}
    assert len(ids) == len(vouchers_of(clinic.db, who)) == 1


def test_what_cannot_be_claimed(clinic, frontdesk, member_admin, clock):
    who = vip(frontdesk)
    with pytest.raises(RuleError, match="没有找到这项权益"):
        claim_voucher(frontdesk, grant_id=999)
    with pytest.raises(RuleError, match="不是院内服务"):
        claim_voucher(frontdesk, grant_id=gift_grant(clinic, who))
    coupon = give_award(
        member_admin, person_id=who, kind="coupon", name="券", reason="event", value_fen=5_000
    )
    with pytest.raises(RuleError, match="券在收费时使用"):
        claim_voucher(frontdesk, grant_id=coupon.grant_id)
    cleaning = grant_id(clinic, who, CLEANING)
    with pytest.raises(RuleError, match=r"项目卡.*电子登记"):
        claim_voucher(frontdesk, grant_id=cleaning, mode="paper")
    use_service(frontdesk, grant_id=cleaning, quantity=2)
    with pytest.raises(RuleError, match="没有剩余次数"):
        claim_voucher(frontdesk, grant_id=cleaning)
    clock.day = "2027-01-01"
    with pytest.raises(RuleError, match="至 2026-12-31，今天不能领取"):
        claim_voucher(frontdesk.confirming("clock_jump"), grant_id=cleaning)


def test_wrong_rights_and_unknown_cards_are_refused(clinic, frontdesk, marketing):
    who = vip(frontdesk)
    with pytest.raises(RuleError, match="没有这项权限"):
        claimed(marketing, who)
    with pytest.raises(RuleError, match="没有找到这张项目卡"):
        voucher(clinic.db, 7)
    with pytest.raises(RuleError, match="没有卡号 QK0000000000"):
        by_number(clinic.db, "0000000000")


def test_a_card_can_be_given_back_once(clinic, frontdesk):
    card = claimed(frontdesk, vip(frontdesk))
    return_voucher(frontdesk, voucher_id=card)
    with pytest.raises(RuleError, match="已作废，不能再使用"):
        return_voucher(frontdesk, voucher_id=card)
    assert steps(clinic, card) == ["claim", "return"]
    assert status(clinic.db, seen(clinic, card), TODAY) == "void"


def test_c23_an_upgrade_takes_the_card_along(clinic, frontdesk):
    who = vip(frontdesk)
    card = claimed(frontdesk, who)
    pay(frontdesk, who, 20_000)
    assert grants(clinic, who)[CLEANING][2] == "closed"
    assert status(clinic.db, seen(clinic, card), TODAY) == "owned"
    airflow = grant(clinic.db, grant_id(clinic, who, "diamond.airflow@2026"))
    assert [each.voucher_id for each in held(clinic.db, airflow, TODAY)] == [card]
    used = use_service(frontdesk, voucher_id=card)
    assert (used.grant_id, used.left) == (airflow.id, 1)
    assert grants(clinic, who)["diamond.airflow@2026"] == (2, 1, "open")


def test_a_card_of_a_tier_that_fell_is_void_at_once(clinic, frontdesk):
    who = member(frontdesk, 1_000)
    posted = pay(frontdesk, who, 10_000)
    card = claimed(frontdesk, who, "vip.herbal")
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=1_000_000, reason="退费")
    assert status(clinic.db, seen(clinic, card), TODAY) == "void"
    with pytest.raises(RuleError, match="已作废"):
        use_service(frontdesk, voucher_id=card)
    with pytest.raises(RuleError, match="已作废"):
        claimed(frontdesk, who, "vip.herbal")


def test_e62_a_merged_records_card_is_the_survivors(clinic, frontdesk, member_admin):
    first, second = vip(frontdesk), vip(frontdesk)
    card, facial = claimed(frontdesk, second), claimed(frontdesk, second, FACIAL)
    merge_people(
        member_admin.confirming("two_memberships", "two_gifts"),
        survivor_id=first,
        merged_id=second,
    )
    assert [row.id for row in vouchers_of(clinic.db, first)] == [facial, card]
    assert [row.id for row in vouchers_of(clinic.db, second)] == [facial, card]
    used = use_service(frontdesk, voucher_id=card)
    assert used.grant_id == grant_id(clinic, first, CLEANING)
    assert used.beneficiary_id == first
    row = grant(clinic.db, grant_id(clinic, first, FACIAL))
    assert [each.voucher_id for each in held(clinic.db, row, TODAY)] == [facial]
    with pytest.raises(RuleError, match="合并"):
        unmerge_people(member_admin, merged_id=second)  # the use ties the two together
    void_use(frontdesk, use_id=used.use_id, reason="点错")
    unmerge_people(member_admin, merged_id=second)
    assert [row.id for row in vouchers_of(clinic.db, second)] == [facial, card]
    assert vouchers_of(clinic.db, first) == []
    check_everything(clinic)


def test_e62_two_quotas_that_became_one_are_not_used_twice(clinic, frontdesk, member_admin):
    first, second = vip(frontdesk), vip(frontdesk)
    card = claimed(frontdesk, first, FACIAL)
    use_service(frontdesk, grant_id=grant_id(clinic, second, FACIAL))
    asked = ("two_memberships", "two_gifts")
    merge_people(member_admin.confirming(*asked), survivor_id=first, merged_id=second)
    assert status(clinic.db, seen(clinic, card), TODAY) == "void"
    with pytest.raises(RuleError, match="已作废"):
        use_service(frontdesk, voucher_id=card)
    check_everything(clinic)


def fallen(frontdesk, director, receipt_id, who):
    """The receipt that brought the tier is taken back, and the manager drops the tier (E37)."""
    void_receipt(frontdesk, receipt_id=receipt_id, reason="重复")
    if frontdesk.db.scalar(Standing.select(Standing.rank).where(Standing.person_id == who)) > 2:
        drop_tier(director, person_id=who, reason="金额有误")


def test_e37_a_card_whose_quota_shrank_is_given_back_with_it(clinic, director, frontdesk):
    who = member(frontdesk, 5000)
    card = claimed(frontdesk, who, "advanced.ultrasonic@2026")
    friend = person(frontdesk)
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    receipt = pay(frontdesk, who, 10_000).receipt_id
    use_service(frontdesk, grant_id=grant_id(clinic, who, CLEANING))
    assert status(clinic.db, seen(clinic, card), TODAY) == "pledged"
    fallen(frontdesk, director, receipt, who)  # of the one that is left, one was used
    assert grants(clinic, who)["advanced.ultrasonic@2026"] == (0, 0, "used")
    assert steps(clinic, card) == ["claim", "pledge", "return"]
    assert calls(clinic, friend) == [(f"voucher.{card}", "given_up")]
    with pytest.raises(RuleError, match="已作废"):
        use_service(frontdesk, voucher_id=card)
    check_everything(clinic)


def test_e44_of_two_cards_the_older_keeps_the_piece_that_is_left(
    clinic, director, frontdesk, clock
):
    who = member(frontdesk, 5000)
    receipt = pay(frontdesk, who, 10_000).receipt_id
    older, newer = claimed(frontdesk, who), claimed(frontdesk, who)
    fallen(frontdesk, director, receipt, who)
    # a receipt posted anew on the same day would bring the second one back
    assert [seen(clinic, each).state for each in (older, newer)] == ["owned", "owned"]
    assert [status(clinic.db, seen(clinic, each), TODAY) for each in (older, newer)] == [
        "owned",
        "void",
    ]
    with pytest.raises(RuleError, match="已作废"):
        pledge_voucher(frontdesk, voucher_id=newer, friend_id=person(frontdesk))
    check_everything(clinic)
    clock.day = "2026-11-21"
    catch_up(frontdesk)
    assert [seen(clinic, each).state for each in (older, newer)] == ["owned", "returned"]
    use_service(frontdesk, voucher_id=older)
    check_everything(clinic)


def test_e62_a_survivors_newer_cards_make_way_for_the_ones_used(clinic, frontdesk, member_admin):
    first, second = vip(frontdesk), vip(frontdesk)
    theirs = [claimed(frontdesk, second), claimed(frontdesk, second)]
    mine = [claimed(frontdesk, first), claimed(frontdesk, first)]
    asked = ("two_memberships", "two_gifts")
    merge_people(member_admin.confirming(*asked), survivor_id=first, merged_id=second)
    states = [status(clinic.db, seen(clinic, each), TODAY) for each in (*theirs, *mine)]
    assert states == ["owned", "owned", "void", "void"]
    use_service(frontdesk, voucher_id=theirs[1])
    assert [steps(clinic, each)[-1] for each in mine] == ["return", "return"]
    check_everything(clinic)


def test_every_state_has_its_word():
    words = [status_title(each) for each in ("owned", "pledged", "used", "billed", "void")]
    assert [*words, status_title("expired")] == [
        "已领取", "已转赠", "已使用", "已划价", "已作废", "已过期",
    ]  # fmt: skip
