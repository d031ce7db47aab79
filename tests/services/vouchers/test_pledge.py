"""转赠: passed on to a friend, called back, used by the friend (R133, R162, R168, E45)."""

from __future__ import annotations

import uuid

import pytest

from models.people import Person
from services.errors import Confirmable, RuleError
from services.followups.open_tasks import open_tasks_of
from services.followups.script import script
from services.loyalty.redemption import redeem
from services.loyalty.service_use import use_service, uses_of, void_use
from services.people.enrolment import PersonForm, enrol
from services.people.merging import merge_people
from services.people.records import person as record
from services.vouchers.claim import claim_voucher, return_voucher
from services.vouchers.pledge import pledge_voucher, recall_voucher
from services.vouchers.records import vouchers_of
from tests.conftest import TODAY
from tests.gift_world import in_command
from tests.money_world import grant_id, grants, member, pay, person, sign
from tests.services.test_redemption import B, under
from tests.services.vouchers.voucher_world import (
    CLEANING,
    calls,
    claimed,
    seen,
    signed_with,
    steps,
    vip,
)

PHONE = "13900139000"


@pytest.fixture
def agreed(frontdesk):
    """李前台, who asked whether the friend agrees to be on record."""
    return frontdesk.confirming("friend_agrees")


def referrals(clinic):
    return clinic.db.execute_sql("SELECT referrer_id, newcomer_id, state FROM referral").fetchall()


def test_e45_a_new_friend_becomes_a_lead_a_call_and_a_referral_candidate(clinic, agreed, frontdesk):
    who = vip(frontdesk)
    card = claimed(frontdesk, who)
    with pytest.raises(Confirmable, match="对方同意") as asked:
        pledge_voucher(frontdesk, voucher_id=card, name="赵新", phone=PHONE)
    assert asked.value.code == "friend_agrees"
    done = pledge_voucher(agreed, voucher_id=card, name=" 赵新 ", phone="139 0013 9000")
    friend = record(clinic.db, done.friend_id)
    assert (friend.name, friend.form.phone, friend.form.source) == ("赵新", PHONE, "朋友转赠")
    assert done.referred
    assert friend.form.referrer_id == who
    assert referrals(clinic) == [(who, friend.id, "recorded")]
    assert calls(clinic, friend.id) == [(f"voucher.{card}", "open")]
    for each in (who, friend.id):  # both people see it
        (row,) = vouchers_of(clinic.db, each)
        assert (row.state, row.owner_id, row.friend_id) == ("pledged", who, friend.id)
    assert grants(clinic, who)[CLEANING] == (2, 0, "open")


def test_r133_the_friend_comes_without_registration_fee(clinic, agreed, frontdesk):
    who = vip(frontdesk)
    card = claimed(frontdesk, who)
    friend = pledge_voucher(agreed, voucher_id=card, name="赵新", phone=PHONE).friend_id
    used = use_service(frontdesk, voucher_id=card)
    assert (used.beneficiary_id, used.registration_waived, used.left) == (friend, True, 1)
    assert calls(clinic, friend) == [(f"voucher.{card}", "done")]
    assert [use.id for use in uses_of(clinic.db, friend)] == [used.use_id]
    assert [use.id for use in uses_of(clinic.db, who)] == [used.use_id]
    assert (seen(clinic, card).state, seen(clinic, card).use_id) == ("used", used.use_id)
    assert grants(clinic, who)[CLEANING] == (2, 1, "open")
    with pytest.raises(RuleError, match="已使用，不能再使用"):
        use_service(frontdesk, voucher_id=card)


def test_somebody_with_that_phone_and_name_is_the_friend(clinic, frontdesk):
    known = enrol(frontdesk, form=PersonForm(name="赵新", phone=PHONE)).person_id
    card = claimed(frontdesk, vip(frontdesk))
    done = pledge_voucher(frontdesk, voucher_id=card, name="赵新", phone=PHONE)
    assert done.friend_id == known
    assert done.referred  # on record, but never here


def test_another_name_under_that_phone_is_asked_about(clinic, agreed, frontdesk):
    known = enrol(frontdesk, form=PersonForm(name="赵新", phone=PHONE)).person_id
    card = claimed(frontdesk, vip(frontdesk))
    with pytest.raises(Confirmable, match=r"M0000001 赵\* 名下") as asked:
        pledge_voucher(agreed, voucher_id=card, name="钱多", phone=PHONE)
    both = agreed.confirming(asked.value.code)
    done = pledge_voucher(both, voucher_id=card, name="钱多", phone=PHONE)
    assert done.friend_id not in (known, None)


@pytest.mark.parametrize(
    ("name", "phone", "says"),
    [("", PHONE, "请填写姓名"), ("赵新", "", "请填写受赠人的电话"), ("赵新", "无", "没有数字")],
)
def test_a_friend_needs_a_name_and_a_phone(agreed, frontdesk, name, phone, says):
    card = claimed(frontdesk, vip(frontdesk))
    with pytest.raises(RuleError, match=says):
        pledge_voucher(agreed, voucher_id=card, name=name, phone=phone)


def test_e56_who_was_here_before_is_no_candidate(clinic, frontdesk, clock):
    who, patient = vip(frontdesk), person(frontdesk)
    pay(frontdesk, patient, 50)
    done = pledge_voucher(frontdesk, voucher_id=claimed(frontdesk, who), friend_id=patient)
    assert not done.referred
    assert referrals(clinic) == []
    assert record(clinic.db, patient).form.referrer_id is None


def test_e56_nobody_is_brought_in_a_circle_or_twice(clinic, frontdesk):
    who = vip(frontdesk)
    above, brought = person(frontdesk), person(frontdesk)

    def came_by(tx):
        tx.db.write(Person.update(referrer_id=above).where(Person.id == who))
        tx.db.write(Person.update(referrer_id=above).where(Person.id == brought))

    in_command(frontdesk, came_by)
    for friend in (above, brought):
        done = pledge_voucher(frontdesk, voucher_id=claimed(frontdesk, who), friend_id=friend)
        assert not done.referred


def test_e45_the_owner_recalls_it_until_it_is_used(clinic, frontdesk):
    who, friend, other = vip(frontdesk), person(frontdesk), person(frontdesk)
    card = claimed(frontdesk, who)
    with pytest.raises(RuleError, match="没有转赠给别人"):
        recall_voucher(frontdesk, voucher_id=card)
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    with pytest.raises(RuleError, match=r"已转赠给.*请先收回"):
        pledge_voucher(frontdesk, voucher_id=card, friend_id=other)
    recall_voucher(frontdesk, voucher_id=card, note="改主意")
    assert (seen(clinic, card).state, seen(clinic, card).friend_id) == ("owned", None)
    assert calls(clinic, friend) == [(f"voucher.{card}", "given_up")]
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    assert calls(clinic, friend) == [(f"voucher.{card}", "open")]  # the same call, waiting again
    use_service(frontdesk, voucher_id=card)
    with pytest.raises(RuleError, match="已使用"):
        recall_voucher(frontdesk, voucher_id=card)
    assert steps(clinic, card) == ["claim", "pledge", "recall", "pledge", "use"]


def test_the_friend_is_told_who_gave_what(clinic, agreed, frontdesk):
    card = claimed(frontdesk, vip(frontdesk))
    done = pledge_voucher(agreed, voucher_id=card, name="赵新", phone=PHONE)
    (call,) = open_tasks_of(clinic.db, done.friend_id)
    words = script(clinic.db, TODAY, done.friend_id, (call.id,))
    number = seen(clinic, card).number
    assert f"有件事告诉您：好友送了一次“超声波洁牙(带抛光脱敏)”(卡号 {number})" in words


def test_a_call_that_was_made_is_not_made_again(clinic, frontdesk):
    who, friend = vip(frontdesk), person(frontdesk)
    card = claimed(frontdesk, who)
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    void_use(frontdesk, use_id=use_service(frontdesk, voucher_id=card).use_id, reason="点错")
    recall_voucher(frontdesk, voucher_id=card)
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    assert calls(clinic, friend) == [(f"voucher.{card}", "done")]


def test_the_friend_may_give_it_back_and_the_piece_is_free(clinic, frontdesk):
    who, friend = vip(frontdesk), person(frontdesk)
    card = claimed(frontdesk, who)
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    return_voucher(frontdesk, voucher_id=card)
    assert calls(clinic, friend) == [(f"voucher.{card}", "given_up")]
    use_service(frontdesk, grant_id=grant_id(clinic, who, CLEANING), quantity=2)


def test_only_the_friend_may_use_it(clinic, frontdesk):
    who, friend, other = vip(frontdesk), person(frontdesk), person(frontdesk)
    card = claimed(frontdesk, who)
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    for wrong in (other, who):
        with pytest.raises(RuleError, match=r"已转赠给.*换人请先收回"):
            use_service(frontdesk, voucher_id=card, beneficiary_id=wrong)
    assert use_service(frontdesk, voucher_id=card, beneficiary_id=friend).beneficiary_id == friend


def test_nobody_passes_it_on_to_themselves_or_to_nobody(clinic, frontdesk, member_admin):
    who, same = vip(frontdesk), person(frontdesk)
    merge_people(member_admin, survivor_id=who, merged_id=same)
    card = claimed(frontdesk, who)
    for friend in (who, same):
        with pytest.raises(RuleError, match="就是会员本人"):
            pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    with pytest.raises(RuleError, match="有效档案"):
        pledge_voucher(frontdesk, voucher_id=card, friend_id=999)


def test_r162_what_is_for_the_member_or_the_family_is_not_passed_on(clinic, director, frontdesk):
    child = claimed(frontdesk, member(frontdesk, 20_000), "diamond.child@2026")
    friend = person(frontdesk)
    with pytest.raises(RuleError, match="不能转赠。本人或家人"):
        pledge_voucher(frontdesk, voucher_id=child, friend_id=friend)
    signed_with(director, transferable=False)
    own = claimed(frontdesk, vip(frontdesk))
    with pytest.raises(RuleError, match="不能转赠"):
        pledge_voucher(frontdesk, voucher_id=own, friend_id=friend)


def test_r168_what_points_bought_goes_on_against_the_card(clinic, director, frontdesk):
    sign(director, under(B))
    who, friend = member(frontdesk, 20_000), person(frontdesk)
    bought = redeem(frontdesk, person_id=who, item_key="b.facial", quantity=2)
    card = claim_voucher(frontdesk, grant_id=bought.grant_id).voucher_id
    with pytest.raises(RuleError, match="要凭会员卡"):
        pledge_voucher(frontdesk, voucher_id=card, friend_id=friend, checked="phone")
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend, checked="card")
    assert use_service(frontdesk, voucher_id=card).beneficiary_id == friend  # seen already
    owned = claim_voucher(frontdesk, grant_id=bought.grant_id).voucher_id
    with pytest.raises(RuleError, match="要凭会员卡"):
        use_service(frontdesk, voucher_id=owned, beneficiary_id=friend)


def test_the_audit_row_names_nobody(clinic, agreed, frontdesk):
    card = claimed(frontdesk, vip(frontdesk))
    pledge_voucher(agreed, voucher_id=card, name="赵新", phone=PHONE)
    rows = clinic.db.execute_sql("SELECT detail || result FROM audit").fetchall()
    assert not any("赵新" in row[0] or PHONE in row[0] for row in rows)


def test_a_piece_is_claimed_and_passed_on_in_one_go(clinic, frontdesk):
    who, friend = vip(frontdesk), person(frontdesk)
    cleaning = grant_id(clinic, who, CLEANING)
    once = frontdesk.once(uuid.uuid4())
    done = [pledge_voucher(once, grant_id=cleaning, friend_id=friend) for _ in range(2)]
    (row,) = vouchers_of(clinic.db, who)
    assert done[0] == done[1]
    assert (row.id, row.state, row.friend_id) == (done[0].voucher_id, "pledged", friend)
    assert steps(clinic, row.id) == ["claim", "pledge"]
    with pytest.raises(RuleError, match="先选择要转赠的服务"):
        pledge_voucher(frontdesk, friend_id=friend)
