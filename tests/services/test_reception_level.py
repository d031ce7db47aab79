"""Reception passes on for one visit, prices never (R126, R128, R129)."""

import pytest

from services.desk.reception import reception_card
from services.desk.reception_level import reception_level, vouchers_for
from services.desk.visits import check_in, today_board
from services.errors import RuleError
from services.loyalty.quotes import member_prices, quote_receipt
from services.loyalty.service_use import use_service
from services.people.merging import merge_people
from services.programmes.definition import Discount
from services.programmes.pricing import BillLine
from services.vouchers.pledge import pledge_voucher, recall_voucher
from tests.conftest import TODAY
from tests.desk_world import change, member, person, sign_prices, visit_values
from tests.money_world import grant_id, session_of


@pytest.fixture
def diamond(frontdesk):
    return member(frontdesk, "M1", name="赵国强", rank=4)


@pytest.fixture
def friend(frontdesk):
    return person(frontdesk, "M2", name="孙朋友")


@pytest.fixture
def passed_on(clinic, frontdesk, diamond, friend):
    grant = grant_id(clinic, diamond, "diamond.airflow@2026")
    made = pledge_voucher(frontdesk, grant_id=grant, friend_id=friend).voucher_id
    change(frontdesk, friend, referrer_id=None)  # the voucher alone
    return made


def level(clinic, *args):
    found = reception_level(clinic.db, TODAY, *args)
    return found.rank, found.how, found.lender_id


def test_r128_who_uses_a_vips_service_is_received_like_the_vip(
    clinic, frontdesk, diamond, friend, passed_on
):
    assert level(clinic, friend) == (0, "", None)
    assert level(clinic, friend, None, passed_on) == (4, "voucher", diamond)
    card = reception_card(clinic.db, TODAY, friend, None, passed_on)
    assert (card.received_as, card.passed_from, card.passed_how) == (
        "钻石VIP会员", "赵国强", "voucher",
    )  # fmt: skip
    (offered,) = card.vouchers
    assert offered.voucher_id == passed_on
    assert "赵** 转赠" in offered.text
    made = check_in(frontdesk, person_id=friend, voucher_id=passed_on, room="VIP诊室")
    assert made.reception_rank == 4
    assert visit_values(frontdesk, made.visit_id).voucher_id == passed_on
    (row,) = today_board(clinic.db, TODAY, clinic.clock.now_utc())
    assert (row.tier_name, row.voucher_id) == ("钻石VIP会员", passed_on)


def test_r128_the_level_stays_when_the_service_is_used(
    clinic, frontdesk, diamond, friend, passed_on
):
    use_service(frontdesk, voucher_id=passed_on)
    assert vouchers_for(clinic.db, TODAY, friend) == []
    assert level(clinic, friend, None, passed_on) == (4, "voucher", diamond)


def test_r128_a_voucher_of_others_or_called_back_lends_nothing(
    clinic, frontdesk, diamond, friend, passed_on
):
    other = person(frontdesk, "M3")
    assert level(clinic, other, None, passed_on) == (0, "", None)
    with pytest.raises(RuleError, match="不是转赠给这位顾客的"):
        check_in(frontdesk, person_id=other, voucher_id=passed_on)
    recall_voucher(frontdesk, voucher_id=passed_on)
    assert level(clinic, friend, None, passed_on) == (0, "", None)
    with pytest.raises(RuleError, match="没有找到这张项目卡"):
        check_in(frontdesk, person_id=friend, voucher_id=999)


def test_r128_reception_is_passed_on_prices_never(clinic, director, frontdesk, diamond, friend):
    sign_prices(director, Discount(pay_percent=70))
    lines = [BillLine("洁牙", "", 10_000)]

    def pays(who):
        return quote_receipt(clinic.db, TODAY, person_id=who, lines=lines).pay_fen

    assert (pays(diamond), pays(friend)) == (7_000, 10_000)
    check_in(frontdesk, person_id=friend, brought_by_id=diamond, room="VIP诊室")
    assert level(clinic, friend, diamond) == (4, "brought", diamond)
    assert pays(friend) == 10_000
    prices = {row.price for row in member_prices(clinic.db, TODAY, friend)}
    assert len(prices) == 1
    assert prices != {row.price for row in member_prices(clinic.db, TODAY, diamond)}


def test_r126_whom_a_diamond_introduced_is_led_on_the_first_visit(
    clinic, frontdesk, diamond, friend
):
    change(frontdesk, friend, referrer_id=diamond)
    assert level(clinic, friend) == (4, "introduced", diamond)
    change(frontdesk, friend, last_visit_on="2026-11-01")
    assert level(clinic, friend) == (0, "", None)


def test_r126_whom_a_vip_introduced_is_not(clinic, frontdesk, friend):
    vip = member(frontdesk, "M3", rank=3)
    change(frontdesk, friend, referrer_id=vip)
    assert level(clinic, friend) == (0, "", None)
    assert level(clinic, friend, vip) == (3, "brought", vip)


def test_of_several_the_highest_level_counts_and_ones_own_is_nobodys(
    clinic, frontdesk, diamond, friend, passed_on
):
    vip = member(frontdesk, "M3", rank=3)
    assert level(clinic, friend, vip, passed_on) == (4, "voucher", diamond)
    assert level(clinic, vip, None, None) == (3, "", None)
    other = member(frontdesk, "M4", rank=4)
    assert level(clinic, other, vip) == (4, "", None)


def test_r128_nobody_brings_themselves(clinic, frontdesk, diamond):
    for bringer in (diamond, 999):
        with pytest.raises(RuleError, match="另一位在册人员"):
            reception_level(clinic.db, TODAY, diamond, bringer)


def test_e62_a_merged_friend_and_owner_are_who_speaks_for_them(
    clinic, frontdesk, diamond, friend, passed_on
):
    admin = session_of(clinic, "member_admin").confirming("two_names")
    again = person(frontdesk, "M5", name="孙朋友")
    merge_people(admin, survivor_id=again, merged_id=friend)
    assert [row.id for row in vouchers_for(clinic.db, TODAY, again)] == [passed_on]
    assert level(clinic, again, None, passed_on) == (4, "voucher", diamond)
    with pytest.raises(RuleError, match="另一位在册人员"):
        reception_level(clinic.db, TODAY, again, friend)


def test_the_card_tells_a_complaint_and_a_lost_card(clinic, frontdesk, friend):
    from services.feedback.complaints import close_complaint, open_complaint
    from tests.services.test_identity_check import lose

    made = open_complaint(frontdesk, person_id=friend, text="等太久")
    lose(frontdesk, friend)
    card = reception_card(clinic.db, TODAY, friend)
    assert card.complaints == (f"{TODAY} 投诉未结：等太久",)
    assert card.card_lost
    admin = session_of(clinic, "member_admin")
    close_complaint(admin, complaint_id=made.complaint_id, outcome="已道歉")
    assert reception_card(clinic.db, TODAY, friend).complaints == ()
