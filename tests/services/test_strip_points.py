"""The strip where points are spent and where somebody holds more than one membership."""

from __future__ import annotations

import msgspec
import pytest

from models.people import Membership
from models.programmes import Programme as ProgrammeTable
from services.clock import plus_days
from services.desk.strip import member_strip
from services.loyalty.receipts import refund
from services.loyalty.redemption import redeem
from services.loyalty.service_use import use_service
from services.loyalty.standing import settle_person
from services.programmes.definition import Points, Redeemable
from services.programmes.registry import preset, timelines
from tests.conftest import TODAY
from tests.gift_world import in_command
from tests.money_world import pay, person, sign
from tests.services.test_redemption import B, member, under

ITEMS = (
    Redeemable("x.coupon", "coupon", "抵用券", 300, unit="张", value_yuan=50, valid_days=30),
    Redeemable("x.check", "service", "全景片", 100, valid_days=30),
    Redeemable("x.gift", "gift", "小礼品", 100, valid_days=1),
)


def strip(clinic, who):
    return member_strip(clinic.db, clinic.clock.today(), who)


def enter(session, person_id, programme_id, version_id):
    """A membership in another programme than the main one."""

    def body(tx):
        tx.db.insert(
            Membership,
            person_id=person_id,
            programme_id=programme_id,
            version_id=version_id,
            state="active",
            joined_on=tx.today,
            basis="cumulative",
            staff_id=tx.actor.id,
            seq=tx.seq,
        )
        settle_person(tx, person_id)

    in_command(session, body)


def second(session, clinic, programme):
    sign(session, msgspec.structs.replace(programme, name="贵宾卡"))
    return timelines(clinic.db)[1]


def test_r034_spendable_points_and_what_ends_within_a_month(clinic, frontdesk, director, clock):
    sign(director, under(B, expiry_months=2))
    who = member(frontdesk, 2000)
    assert strip(clinic, who).points_text == "可用 2,000 分"
    clock.day = "2026-12-25"
    pay(frontdesk.confirming("clock_jump"), who, 70)
    assert strip(clinic, who).points_text == "可用 2,070 分(30 天内到期 2,000)"
    clock.day = "2027-01-21"
    assert strip(clinic, who).points_text == "可用 70 分"


def test_r165_spending_that_is_not_open_is_said_to_members(clinic, frontdesk, director):
    sign(director, under(B))
    who = person(frontdesk)
    pay(frontdesk, who, 600)
    assert strip(clinic, who).points_text == "可用 600 分"
    bill = pay(frontdesk, who, 1000)
    from services.loyalty.membership import join

    join(frontdesk, person_id=who, benefits_explained=True)
    refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=1_00, reason="退")
    assert strip(clinic, who).points_text == "可用 1,599 分(还没到兑换点)"


def test_a_programme_without_points_says_the_spend(clinic, frontdesk, director):
    plain = msgspec.structs.replace(preset("医院方案A"), points=Points("none"))
    sign(director, plain)
    who = person(frontdesk)
    pay(frontdesk, who, 600)
    assert strip(clinic, who).points_text == "累计消费 ¥600"


def test_another_membership_is_named_with_its_points_and_its_end(clinic, frontdesk, director):
    tiers = (msgspec.structs.replace(under(B).tiers[0], name="银卡", valid_months=12),)
    timeline = second(director, clinic, msgspec.structs.replace(under(B), tiers=tiers))
    who = member(frontdesk, 2000)
    assert not any("另有" in fact for fact in strip(clinic, who).facts)
    enter(frontdesk, who, timeline.programme_id, timeline.versions[0].id)
    assert strip(clinic, who).facts[-1] == "另有 贵宾卡·银卡 可用 2,000 分 至 2027-11-19"


def test_a_membership_without_a_tier_goes_by_its_programme(clinic, frontdesk, director):
    timeline = second(director, clinic, preset("医院方案A"))
    who = person(frontdesk)
    enter(frontdesk, who, timeline.programme_id, timeline.versions[0].id)
    assert strip(clinic, who).facts == ("另有 贵宾卡",)


def test_what_points_bought_waits_apart_from_the_yearly_quota(clinic, frontdesk, director, clock):
    sign(director, under(B, catalogue=(*B.points.catalogue, *ITEMS)))
    who = member(frontdesk, 9000)
    redeem(frontdesk, person_id=who, item_key="x.coupon", quantity=2)
    redeem(frontdesk, person_id=who, item_key="x.check", quantity=2)
    redeem(frontdesk, person_id=who, item_key="b.facial")
    assert strip(clinic, who).facts == ("待用 全景片×2、面部护理", "券 2 张(¥100)")
    clock.day = plus_days(TODAY, 31)
    assert strip(clinic, who).facts == ("待用 面部护理",)


def test_a_gift_that_is_over_no_longer_waits(clinic, frontdesk, director, clock):
    from services.commands import Approval
    from tests.conftest import STAFF

    word = Approval(5, STAFF["member_admin"], "member_admin", "approve.owed_gift")
    sign(director, under(B, catalogue=ITEMS))
    who = member(frontdesk, 2000)
    redeem(frontdesk, person_id=who, item_key="x.gift", approval=word)
    assert "礼品未领 1 份" in strip(clinic, who).facts
    clock.day = plus_days(TODAY, 1)
    assert "礼品未领 1 份" not in strip(clinic, who).facts


@pytest.mark.parametrize("ended", [False, True])
def test_e42_grants_of_a_retired_programme_run_to_their_end(clinic, frontdesk, director, ended):
    timeline = second(director, clinic, preset("医院方案A"))
    who = person(frontdesk)
    pay(frontdesk, who, 5000)
    enter(frontdesk, who, timeline.programme_id, timeline.versions[0].id)

    def retire(tx):
        tx.db.write(
            ProgrammeTable.update(state="retired").where(ProgrammeTable.id == timeline.programme_id)
        )
        if ended:
            tx.db.write(Membership.update(state="left").where(Membership.person_id == who))

    in_command(director, retire)
    waits = any("超声波洁牙" in fact for fact in strip(clinic, who).facts)
    assert waits is not ended


def test_a_used_service_no_longer_waits(clinic, frontdesk, director):
    sign(director, under(B))
    who = member(frontdesk, 3000)
    done = redeem(frontdesk, person_id=who, item_key="b.facial")
    use_service(frontdesk, grant_id=done.grant_id)
    assert strip(clinic, who).facts == ()
