"""Using a voucher, taking that back, and what days and leaving do to it (E43, E45, E47, E61)."""

from __future__ import annotations

import pytest

from models import schema
from services.desk.daily import catch_up
from services.desk.undo import undo_last
from services.errors import RuleError
from services.loyalty.grants import grant
from services.loyalty.service_use import use_service, uses_of, void_use
from services.memberships.ending import leave_membership
from services.staff import approve
from services.vouchers.billing import bill_use, billed, take_back_bill, unbilled
from services.vouchers.bills import bill_of
from services.vouchers.claim import claim_voucher
from services.vouchers.pledge import pledge_voucher
from services.vouchers.records import held, status, vouchers_of
from tests.conftest import PIN, STAFF, TODAY
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


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_everything(clinic)


def test_a_card_is_used_once_for_its_own_service(clinic, frontdesk):
    who = vip(frontdesk)
    card = claimed(frontdesk, who)
    facial = grant_id(clinic, who, FACIAL)
    with pytest.raises(RuleError, match="不能用在别的服务上"):
        use_service(frontdesk, voucher_id=card, grant_id=facial)
    with pytest.raises(RuleError, match="只能使用一次"):
        use_service(frontdesk, voucher_id=card, quantity=2)
    with pytest.raises(RuleError, match="先选择要使用的服务"):
        use_service(frontdesk)
    with pytest.raises(RuleError, match="没有找到这张项目卡"):
        use_service(frontdesk, voucher_id=99)
    cleaning = grant_id(clinic, who, CLEANING)
    used = use_service(frontdesk, voucher_id=card, grant_id=cleaning)
    assert (used.grant_id, used.beneficiary_id, used.left) == (cleaning, who, 1)
    use_service(frontdesk, grant_id=cleaning)  # the other piece was never on a card


def test_a_childs_card_is_used_by_the_child(clinic, frontdesk):
    who = member(frontdesk, 20_000)
    card = claimed(frontdesk, who, "diamond.child@2026")
    with pytest.raises(RuleError, match="只限会员的家人"):
        use_service(frontdesk, voucher_id=card)


def test_e47_a_wrong_use_gives_the_card_back(clinic, frontdesk):
    who, friend = vip(frontdesk), person(frontdesk)
    own, passed_on = claimed(frontdesk, who), claimed(frontdesk, who)
    pledge_voucher(frontdesk, voucher_id=passed_on, friend_id=friend)
    for card, state in ((own, "owned"), (passed_on, "pledged")):
        used = use_service(frontdesk, voucher_id=card)
        void_use(frontdesk, use_id=used.use_id, reason="点错")
        assert (seen(clinic, card).state, seen(clinic, card).use_id) == (state, None)
        assert steps(clinic, card)[-2:] == ["use", "unuse"]
    assert grants(clinic, who)[CLEANING] == (2, 0, "open")
    with pytest.raises(RuleError, match="已领成卡"):
        use_service(frontdesk, grant_id=grant_id(clinic, who, CLEANING))


def test_e47_a_card_that_is_over_meanwhile_comes_back_expired(clinic, frontdesk, clock):
    who = vip(frontdesk)
    card = claimed(frontdesk, who)
    used = use_service(frontdesk, voucher_id=card)
    clock.day = "2027-01-04"
    later = frontdesk.confirming("clock_jump")
    word = approve(clinic, STAFF["member_admin"], PIN, "approve.late_void")
    void_use(later, use_id=used.use_id, reason="点错", approval=word)
    assert seen(clinic, card).state == "expired"
    assert steps(clinic, card) == ["claim", "use", "unuse", "expire"]


def test_e45_past_its_last_day_it_is_over_before_the_daily_run(clinic, director, frontdesk, clock):
    signed_with(director, valid_days=3)
    who, friend = vip(frontdesk), person(frontdesk)
    card = claimed(frontdesk, who)
    pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    clock.day = "2026-11-22"
    assert status(clinic.db, seen(clinic, card), clock.day) == "pledged"
    clock.day = "2026-11-25"
    row = seen(clinic, card)
    assert (row.state, status(clinic.db, row, clock.day)) == ("pledged", "expired")
    assert held(clinic.db, grant(clinic.db, row.grant_id), clock.day) == []
    with pytest.raises(RuleError, match="有效期到 2026-11-22 为止"):
        use_service(frontdesk, voucher_id=card)
    catch_up(frontdesk)
    catch_up(frontdesk)
    assert seen(clinic, card).state == "expired"
    assert status(clinic.db, seen(clinic, card), clock.day) == "expired"
    assert calls(clinic, friend) == [(f"voucher.{card}", "given_up")]
    days = clinic.db.execute_sql("SELECT step, occurred_on FROM voucher_step").fetchall()
    assert days[-1] == ("expire", "2026-11-23")


def test_a_long_list_expires_in_small_steps(clinic, frontdesk, clock):
    people = [vip(frontdesk) for _ in range(3)]
    cards = [claimed(frontdesk, who) for who in people]
    clock.day = "2027-01-04"
    catch_up(frontdesk.confirming("clock_jump"), batch=2)
    assert {seen(clinic, card).state for card in cards} == {"expired"}


def test_e61_leaving_voids_what_was_not_used(clinic, frontdesk, clock):
    people = [vip(frontdesk) for _ in range(3)]
    friend = person(frontdesk)
    cards = [claimed(frontdesk, who, FACIAL) for who in people]
    for card in cards:
        pledge_voucher(frontdesk, voucher_id=card, friend_id=friend)
    for who in people:
        leave_membership(frontdesk, person_id=who, reason="搬家")
    assert [status(clinic.db, row, TODAY) for row in vouchers_of(clinic.db, friend)] == ["void"] * 3
    with pytest.raises(RuleError, match="已作废"):
        use_service(frontdesk, voucher_id=cards[0])
    clock.day = "2026-11-21"
    catch_up(frontdesk, batch=2)
    assert {seen(clinic, card).state for card in cards} == {"returned"}
    assert {state for _, state in calls(clinic, friend)} == {"given_up"}


def test_the_daily_run_leaves_a_card_alone_that_an_upgrade_took_along(clinic, frontdesk, clock):
    who = vip(frontdesk)
    card = claimed(frontdesk, who)
    pay(frontdesk, who, 20_000)
    clock.day = "2026-11-21"
    catch_up(frontdesk)
    assert seen(clinic, card).state == "owned"


def test_r145_a_bill_number_at_the_desk_bills_at_once(clinic, director, frontdesk):
    signed_with(director, value_yuan=180)
    who = vip(frontdesk)
    used = use_service(frontdesk, grant_id=grant_id(clinic, who, FACIAL), bill_number=" HJ-7 ")
    (row,) = uses_of(clinic.db, who)
    assert (row.bill_number, row.status) == ("HJ-7", "billed")
    with pytest.raises(RuleError, match=r"已划价\(单号 HJ-7\).*撤回划价"):
        void_use(frontdesk, use_id=used.use_id, reason="点错")


def test_r142_without_a_price_the_number_waits_for_its_amount(clinic, frontdesk, billing):
    who = vip(frontdesk)
    facial = grant_id(clinic, who, FACIAL)
    with pytest.raises(RuleError, match="最长 40 个字"):
        use_service(frontdesk, grant_id=facial, bill_number="H" * 41)
    used = use_service(frontdesk, grant_id=facial, bill_number=" HJ  7 ")
    assert [row.status for row in uses_of(clinic.db, who)] == ["used"]
    (row,) = unbilled(clinic.db)
    assert (row.bill_number, row.billed_on, row.amount_fen) == ("HJ 7", "", 0)
    assert billed(clinic.db, TODAY, TODAY) == []
    bill_use(billing, use_id=used.use_id, bill_number=row.bill_number, amount_fen=30_000)
    (row,) = billed(clinic.db, TODAY, TODAY)
    assert (row.bill_number, row.amount_fen) == ("HJ 7", 30_000)
    take_back_bill(billing, use_id=used.use_id, note="单号不对")
    (row,) = unbilled(clinic.db)
    assert row.bill_number == ""  # a number that was taken back is not proposed again


def test_r145_an_older_clinic_gets_bills_of_what_has_a_price(clinic, frontdesk):
    """What schema 3 makes of uses that were noted with a bill number before it."""
    script = dict(schema.scripts())[3].read_text(encoding="utf-8")
    fill = next(s for s in schema.statements(script) if "INSERT INTO service_bill" in s)
    who = vip(frontdesk)
    facial = grant_id(clinic, who, FACIAL)
    use = use_service(frontdesk, grant_id=facial, bill_number="HJ-7").use_id
    clinic.db.execute_sql(fill)
    assert bill_of(clinic.db, use) is None
    clinic.db.execute_sql("UPDATE entitlement_grant SET value_fen = 18000 WHERE id = ?", (facial,))
    clinic.db.execute_sql(fill)
    assert bill_of(clinic.db, use)[:2] == ("HJ-7", 18_000)


def test_ctrl_z_takes_back_the_use_with_its_bill_and_the_card(clinic, director, frontdesk):
    signed_with(director, value_yuan=180)
    who = vip(frontdesk)
    card = claimed(frontdesk, who)
    use_service(frontdesk, voucher_id=card, bill_number="HJ-7")
    assert undo_last(frontdesk).sentence == "已撤销刚才的服务使用。"
    (row,) = uses_of(clinic.db, who)
    assert (row.bill_number, row.status) == ("", "void")
    assert seen(clinic, card).state == "owned"


def test_ctrl_z_gives_a_card_back(clinic, frontdesk):
    who = vip(frontdesk)
    card = claimed(frontdesk, who)
    assert undo_last(frontdesk).sentence == "已退回刚才领的卡。"
    assert seen(clinic, card).state == "returned"
    with pytest.raises(RuleError, match="不能用 Ctrl"):
        undo_last(frontdesk)


def test_a_gift_is_not_used_as_a_service(clinic, frontdesk):
    who = vip(frontdesk)
    with pytest.raises(RuleError, match="发放礼品"):
        use_service(frontdesk, grant_id=gift_grant(clinic, who))
    claim_voucher(frontdesk, grant_id=grant_id(clinic, who, FACIAL))
