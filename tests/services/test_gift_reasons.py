"""Every reason for which a gift is due, from how it arises to the hand that takes it (R131)."""

from __future__ import annotations

import msgspec
import pytest

from services.clock import plus_days
from services.desk.daily import catch_up
from services.errors import RuleError
from services.feedback.complaints import open_complaint
from services.gifts.handout import issue_gift, issues_of
from services.gifts.lists import REASONS, claimed_gifts, due_gifts, reason_name
from services.loyalty.awards import give_award
from services.loyalty.membership import join
from services.loyalty.redemption import redeem
from services.people.enrolment import PersonForm, check_form, enrol
from services.programmes.definition import Benefit, Referral, Reward
from services.programmes.registry import preset
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import change
from tests.gift_world import add_gift, add_member, give, stocked
from tests.money_world import member, pay, person, sign, variant


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


@pytest.fixture
def goods(marketing):
    found = {}
    for yuan in (10, 50):
        found[yuan] = add_gift(marketing, code=f"G{yuan}", name=f"{yuan}元礼品", band_yuan=yuan)
        stocked(marketing, found[yuan], 2, 5)
    return found


def with_benefit(**values):
    programme = variant()
    benefit = Benefit("new", "gift", "礼品", value_yuan=10, **values)
    first = programme.tiers[0]
    first = msgspec.structs.replace(first, benefits=(*first.benefits, benefit))
    return msgspec.structs.replace(programme, tiers=(first, *programme.tiers[1:]))


def hand_out(clinic, session, goods, who, reason):
    """Find it in the list of this reason alone, hand it out, and see it among the claimed."""
    today = clinic.clock.today()
    (row,) = [r for r in due_gifts(clinic.db, today, reason=reason) if r.person_id == who]
    assert row.reason == reason
    issue_gift(session, grant_id=row.grant_id, gift_id=goods[row.value_fen // 100])
    assert not [r for r in due_gifts(clinic.db, today, reason=reason) if r.person_id == who]
    assert issues_of(clinic.db, who)[0].reason == reason
    (claimed,) = claimed_gifts(clinic.db, reason=reason)
    assert (claimed.person_id, claimed.occurred_on, claimed.returned_on) == (who, today, None)
    others = {reason_name(each) for each in REASONS if claimed_gifts(clinic.db, reason=each)}
    assert others == {reason_name(reason)}


def test_r158_the_gift_of_a_tier(clinic, frontdesk, billing, goods):
    who = member(frontdesk, 1000)
    hand_out(clinic, billing, goods, who, "tier")
    pay(frontdesk, who, 5000)  # one tier up, another gift
    (row,) = due_gifts(clinic.db, TODAY, reason="tier")
    issue_gift(billing, grant_id=row.grant_id, gift_id=goods[50])
    assert row.value_fen == 5000
    assert len(issues_of(clinic.db, who)) == 2


def test_r166_what_points_bought(clinic, director, frontdesk, billing, goods):
    sign(director, msgspec.structs.replace(preset("医院方案B"), name="医院方案A"))
    who = person(frontdesk)
    pay(frontdesk, who, 8000)
    join(frontdesk, person_id=who, benefits_explained=True)
    redeem(frontdesk, person_id=who, item_key="b.gift10")
    hand_out(clinic, billing, goods, who, "points")
    assert issues_of(clinic.db, who)[0].points == 1000


def test_r035_a_birthday(clinic, director, frontdesk, billing, goods, clock):
    sign(director, with_benefit(per="birthday", reason="birthday"))
    who = person(frontdesk)
    change(frontdesk, who, birthday="1990-11-25")
    pay(frontdesk, who, 1000)
    join(frontdesk, person_id=who, benefits_explained=True)
    hand_out(clinic, billing, goods, who, "birthday")
    clock.day = "2026-11-28"
    catch_up(frontdesk)
    assert due_gifts(clinic.db, clock.day, reason="birthday") == []  # once a year (E52)


def test_r080_joining(clinic, director, frontdesk, billing, goods):
    sign(director, with_benefit(reason="enrol"))
    hand_out(clinic, billing, goods, member(frontdesk, 1000), "enrol")


def test_r012_an_event(clinic, frontdesk, billing, member_admin, goods):
    who = person(frontdesk)
    give(member_admin, who)
    hand_out(clinic, billing, goods, who, "event")


def test_r051_a_referral(clinic, director, frontdesk, billing, goods, clock):
    gift = Referral(
        referrer=Reward(kind="gift", name="推荐礼品", value_yuan=10), first_payment_yuan=500
    )
    sign(director, msgspec.structs.replace(variant(), referral=gift))
    old = person(frontdesk)
    form = PersonForm(name="钱新", phone="13900139000", referrer_id=old)
    new = enrol(frontdesk, form=check_form(form, TODAY).form).person_id
    pay(frontdesk, new, 600)
    clock.day = plus_days(TODAY, 8)
    catch_up(frontdesk)
    hand_out(clinic, billing, goods, old, "referral")


def test_r092_a_scholarship(clinic, frontdesk, billing, member_admin, goods):
    who = person(frontdesk)
    give_award(
        member_admin, person_id=who, kind="gift", name="奖学金礼品", reason="scholarship",
        value_fen=5000,
    )  # fmt: skip
    hand_out(clinic, billing, goods, who, "scholarship")


def test_e67_a_complaint(clinic, frontdesk, billing, member_admin, goods):
    who = person(frontdesk)
    opened = open_complaint(frontdesk, person_id=who, text="等太久")
    give_award(
        member_admin, person_id=who, kind="gift", name="致歉礼品", reason="compensation",
        value_fen=1000, complaint_id=opened.complaint_id,
    )  # fmt: skip
    hand_out(clinic, billing, goods, who, "compensation")


# -- the list ------------------------------------------------------------------------------------


def test_r138_overdue_alone(clinic, frontdesk, member_admin, goods, clock):
    late = add_member(frontdesk, "M0000001")
    clock.day = plus_days(TODAY, 20)
    give(member_admin, late)
    day = plus_days(TODAY, 31)
    assert [row.reason for row in due_gifts(clinic.db, day, overdue=True)] == ["tier"]
    assert due_gifts(clinic.db, plus_days(TODAY, 30), overdue=True) == []
    assert [row.reason for row in due_gifts(clinic.db, day)] == ["tier", "event"]
    assert due_gifts(clinic.db, day, overdue=True, reason="event") == []


def test_r140_the_clinics_own_goods_stand_in_for_bought_ones(clinic, frontdesk, billing, marketing):
    own = add_gift(marketing, code="Y1", name="院内牙线", source="inhouse")
    who = add_member(frontdesk, "M0000001")
    (row,) = due_gifts(clinic.db, TODAY)
    with pytest.raises(RuleError, match=r"收费室只剩 0 份“院内牙线”.*请市场部先申购入库"):
        issue_gift(billing, grant_id=row.grant_id, gift_id=own)
    stocked(marketing, own, 0, 1)
    issue_gift(billing, grant_id=row.grant_id, gift_id=own)
    assert issues_of(clinic.db, who)[0].gift_name == "院内牙线"
