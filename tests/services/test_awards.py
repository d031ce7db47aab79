"""Awards, benefits that wait for a word, and benefits given by hand (R012, R081, R092)."""

import msgspec
import pytest

from services.errors import RuleError
from services.gifts.handout import issue_gift, issues_of, return_gift
from services.gifts.lists import due_gifts
from services.loyalty.awards import (
    awaiting,
    awards_of,
    confirm_benefit,
    give_award,
    void_award,
)
from services.loyalty.grants import grants_of
from services.loyalty.hand_given import give_benefit, hand_benefits
from services.loyalty.service_use import use_service, uses_of, void_use
from services.programmes.definition import Benefit, Birthday
from services.programmes.registry import main_timeline, preset, timelines
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import change
from tests.gift_world import add_gift, in_command, stocked
from tests.money_world import grants, member, pay, person, sign, variant


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


def with_benefits(*benefits, **changes):
    """方案A with more benefits of its first tier."""
    programme = variant()
    first = msgspec.structs.replace(
        programme.tiers[0], benefits=(*programme.tiers[0].benefits, *benefits)
    )
    return msgspec.structs.replace(programme, tiers=(first, *programme.tiers[1:]), **changes)


# -- awards --------------------------------------------------------------------------------------


def test_r012_a_gift_of_an_event_is_handed_out_to_anybody(
    clinic, frontdesk, billing, marketing, member_admin
):
    kit = add_gift(marketing, name="口腔护理小套装")
    stocked(marketing, kit, 0, 5)
    who = person(frontdesk)  # no member
    given = give_award(
        member_admin, person_id=who, kind="gift", name=" 口腔护理小套装 ", reason="event",
        value_fen=1000, note="小竞赛",
    )  # fmt: skip
    (due,) = due_gifts(clinic.db, TODAY)
    assert (due.grant_id, due.person_id, due.gift_name) == (given.grant_id, who, "口腔护理小套装")
    issued = issue_gift(billing, grant_id=given.grant_id, gift_id=kit)
    assert [row.reason for row in issues_of(clinic.db, who)] == ["event"]
    with pytest.raises(RuleError, match="已领取或使用过"):
        void_award(member_admin, award_id=given.award_id, reason="错")
    return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="退")
    assert void_award(member_admin, award_id=given.award_id, reason="错").grant_id == 0
    assert due_gifts(clinic.db, TODAY) == []
    (row,) = awards_of(clinic.db, who)
    assert (row.name, row.reason, row.quantity, row.drawn, row.voided, row.note) == (
        "口腔护理小套装", "event", 1, 0, True, "小竞赛",
    )  # fmt: skip
    with pytest.raises(RuleError, match="已收回过"):
        void_award(member_admin, award_id=given.award_id, reason="错")


def test_r092_a_scholarship_is_a_service_for_so_many_times(clinic, frontdesk, member_admin):
    who = member(frontdesk)
    given = give_award(
        member_admin, person_id=who, kind="service", name="洁牙", reason="scholarship", quantity=2,
        valid_to="2027-06-30",
    )  # fmt: skip
    use = use_service(frontdesk, grant_id=given.grant_id)
    assert use.left == 1
    (row,) = awards_of(clinic.db, who)
    assert (row.drawn, row.valid_to) == (1, "2027-06-30")
    void_use(frontdesk, use_id=use.use_id, reason="点错")
    assert [row.voided for row in uses_of(clinic.db, who)] == [True]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "advice"}, "种类"),
        ({"reason": "tier"}, "原因"),
        ({"name": " "}, "送的是什么"),
        ({"quantity": 0}, "1 至 99"),
        ({"value_fen": 150}, "整元"),
        ({"valid_to": "2026-11-19"}, "今天或以后"),
        ({"valid_to": "下月"}, "今天或以后"),
        ({"person_id": 99}, "有效档案"),
        ({"programme_id": 99}, "没有在使用"),
        ({"complaint_id": 99}, "投诉"),
    ],
)
def test_r012_what_an_award_must_be(frontdesk, member_admin, wrong, sentence):
    good = {"person_id": person(frontdesk), "kind": "gift", "name": "x", "reason": "event"}
    with pytest.raises(RuleError, match=sentence):
        give_award(member_admin, **{**good, **wrong})


def test_r012_taking_back_needs_a_reason(frontdesk, member_admin):
    with pytest.raises(RuleError, match="收回的原因"):
        void_award(member_admin, award_id=1, reason=" ")
    with pytest.raises(RuleError, match="没有找到"):
        void_award(member_admin, award_id=1, reason="x")


# -- a word --------------------------------------------------------------------------------------


def test_r081_a_benefit_waits_for_a_word_and_ends_with_its_period(
    clinic, frontdesk, director, clock
):
    asks = Benefit(key="ask", kind="service", name="口腔检查", per="quarter", given="confirm")
    sign(director, with_benefits(asks))
    who = member(frontdesk)
    (waits,) = awaiting(clinic.db, TODAY, who)
    assert (waits.grant_key, waits.kind, waits.name, waits.programme) == (
        "ask@2026Q4", "service", "口腔检查", "医院方案A",
    )  # fmt: skip
    programme_id = waits.programme_id
    assert awaiting(clinic.db, TODAY, person(frontdesk)) == []
    done = confirm_benefit(
        frontdesk, person_id=who, programme_id=programme_id, grant_key="ask@2026Q4"
    )
    row = next(row for row in grants_of(clinic.db, who) if row.id == done.grant_id)
    assert (row.valid_from, row.valid_to, row.left) == (TODAY, "2026-12-31", 1)
    with pytest.raises(RuleError, match="待确认"):
        confirm_benefit(frontdesk, person_id=who, programme_id=programme_id, grant_key="ask@2026Q4")
    clock.day = "2027-02-01"
    (waits,) = awaiting(clinic.db, clock.day, who)
    assert waits.grant_key == "ask@2027Q1"
    clock.day = "2027-04-01"  # what waited for the first quarter is over with it
    assert [row.grant_key for row in awaiting(clinic.db, clock.day, who)] == ["ask@2027Q2"]


def test_c23_r081_a_higher_tier_ends_what_waited_below(clinic, frontdesk, director):
    low = Benefit(key="low", kind="service", name="检查", per="year", given="confirm", quota="q")
    high = msgspec.structs.replace(low, key="high", quantity=3)
    programme = with_benefits(low)
    second = msgspec.structs.replace(
        programme.tiers[1], benefits=(*programme.tiers[1].benefits, high)
    )
    tiers = (programme.tiers[0], second, *programme.tiers[2:])
    sign(director, msgspec.structs.replace(programme, tiers=tiers))
    who = member(frontdesk)
    assert [row.grant_key for row in awaiting(clinic.db, TODAY, who)] == ["low@2026"]
    receipt = pay(frontdesk, who, 6000)
    assert [row.grant_key for row in awaiting(clinic.db, TODAY, who)] == ["high@2026"]
    from services.loyalty.receipts import refund

    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=6000_00, reason="退")
    assert [row.grant_key for row in awaiting(clinic.db, TODAY, who)] == ["low@2026"]


# -- by hand -------------------------------------------------------------------------------------


def by_hand(per="once", **more):
    fields = {"kind": "gift", "name": "入会礼", "value_yuan": 10, "reason": "enrol", **more}
    return Benefit(key="hand", per=per, given="manual", **fields)


def test_r081_a_benefit_given_by_hand_once(clinic, frontdesk, billing, marketing, director):
    sign(director, with_benefits(by_hand(transferable=False)))
    kit = add_gift(marketing, name="牙膏")
    stocked(marketing, kit, 0, 5)
    who, other = member(frontdesk), person(frontdesk)
    assert "hand" not in grants(clinic, who)  # never by itself
    (row,) = hand_benefits(clinic.db, TODAY, who)
    assert (row.key, row.name, row.quantity, row.left, row.until) == ("hand", "入会礼", 1, 1, None)
    assert hand_benefits(clinic.db, TODAY, other) == []
    with pytest.raises(RuleError, match="没有这项"):
        give_benefit(frontdesk, person_id=who, programme_id=row.programme_id, key="regular.gift")
    given = give_benefit(frontdesk, person_id=who, programme_id=row.programme_id, key="hand")
    assert hand_benefits(clinic.db, TODAY, who)[0].left == 0
    with pytest.raises(RuleError, match="还可发放 0"):
        give_benefit(frontdesk, person_id=who, programme_id=row.programme_id, key="hand")
    with pytest.raises(RuleError, match="不能转赠"):  # the benefit's own conditions hold
        issue_gift(billing, grant_id=given.grant_id, gift_id=kit, beneficiary_id=other)
    issue_gift(billing, grant_id=given.grant_id, gift_id=kit)
    assert [row.reason for row in issues_of(clinic.db, who)] == ["enrol"]


@pytest.mark.parametrize(
    ("per", "basis", "until"),
    [
        ("year", "calendar", "2026-12-31"),
        ("quarter", "calendar", "2026-12-31"),
        ("year", "anniversary", "2027-11-19"),
        ("term", None, None),
        ("birthday", None, "2026-11-30"),
    ],
)
def test_r081_by_hand_so_many_times_a_period(clinic, frontdesk, director, per, basis, until):
    sign(director, with_benefits(by_hand(per, basis=basis, quantity=2, unit="份")))
    who = member(frontdesk)
    change(frontdesk, who, birthday="1990-11-25")
    (row,) = hand_benefits(clinic.db, TODAY, who)
    assert (row.left, row.until) == (2, until)
    programme_id = row.programme_id
    given = give_benefit(
        frontdesk, person_id=who, programme_id=programme_id, key="hand", quantity=2
    )
    (shown,) = [g for g in grants_of(clinic.db, who) if g.id == given.grant_id]
    assert (shown.left, shown.valid_to) == (2, until)
    with pytest.raises(RuleError, match="还可发放 0份"):
        give_benefit(frontdesk, person_id=who, programme_id=programme_id, key="hand")


def test_r081_by_hand_outside_the_birthday_or_of_another_tier(clinic, frontdesk, director):
    sign(director, with_benefits(by_hand("birthday"), birthday=Birthday("day")))
    who = member(frontdesk)
    change(frontdesk, who, birthday="1990-03-25")
    assert hand_benefits(clinic.db, TODAY, who) == []
    for programme_id in (main_timeline(clinic.db).programme_id, 99):
        with pytest.raises(RuleError, match="没有这项"):
            give_benefit(frontdesk, person_id=who, programme_id=programme_id, key="hand")


@pytest.mark.parametrize(("per", "until"), [("once", "2026-11-29"), ("month", "2026-11-29")])
def test_r081_by_hand_ends_after_its_days(clinic, frontdesk, director, per, until):
    sign(director, with_benefits(by_hand(per, valid_days=10)))
    who = member(frontdesk)
    programme_id = main_timeline(clinic.db).programme_id
    given = give_benefit(frontdesk, person_id=who, programme_id=programme_id, key="hand")
    (shown,) = [g for g in grants_of(clinic.db, who) if g.id == given.grant_id]
    assert shown.valid_to == until


def test_r064_each_programme_has_its_own_awards(clinic, frontdesk, member_admin, director):
    from services.loyalty.starting import start_programme

    sign(director, preset("医院方案B"))
    in_command(director, lambda tx: start_programme(tx, timelines(tx.db)[1]))
    who = person(frontdesk)
    second = timelines(clinic.db)[1].programme_id
    given = give_award(
        member_admin, person_id=who, kind="coupon", name="抵用券", reason="event",
        programme_id=second, value_fen=5000,
    )  # fmt: skip
    (row,) = grants_of(clinic.db, who)
    assert (row.id, row.programme_id, row.form) == (given.grant_id, second, "coupon")
