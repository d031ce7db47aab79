"""Joining, inviting and tiers by word in any programme: R024, R077, R083, R104, R114, R153, E37."""

from __future__ import annotations

import pytest

from services.errors import RuleError
from services.loyalty.admission import places_left
from services.loyalty.membership import drop_tier, invitations, join, override_many, override_tier
from services.loyalty.receipts import refund
from services.loyalty.service_use import use_service
from services.loyalty.tier_notices import open_notices
from services.memberships.ending import cancel_membership, leave_membership
from services.programmes.definition import Benefit, Enrol, Fee, Points, Programme, Reach
from services.programmes.registry import preset, timelines
from tests.conftest import TODAY
from tests.money_world import dump, grant_id, grants, pay, person
from tests.services.memberships.world import (
    GOLD,
    SILVER,
    changed,
    check_all,
    on_day,
    paid_programme,
    payer,
    set_person,
    standing,
    with_programme,
)

KEPT = Benefit("silver.check", "service", "口腔检查", per="once")


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_all(clinic)


def registered() -> Programme:
    """挂号即会员 with its blanks filled in."""
    programme = preset("挂号即会员")
    tiers = [programme.tiers[0]] + [
        changed(
            tier,
            fees=(Fee(100 * tier.rank, "year"),),
            discounts=tuple(changed(each, pay_percent=90) for each in tier.discounts),
            benefits=tuple(changed(each, quantity=1) for each in tier.benefits),
        )
        for tier in programme.tiers[1:]
    ]
    return changed(programme, tiers=tuple(tiers))


def by_spending(**more) -> Programme:
    """Two tiers by spending, nothing to pay."""
    silver = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=())
    gold = changed(GOLD, reach=(Reach(cumulative_spend_yuan=1000),), fees=())
    return paid_programme(silver, gold, **({"term": "lifetime"} | more))


def bases(clinic) -> list[str]:
    return [row[0] for row in clinic.db.execute_sql("SELECT basis FROM membership").fetchall()]


# -- joining -----------


def test_r114_whoever_has_been_here_joins_by_a_visit(clinic, frontdesk, director):
    scheme = with_programme(director, registered())
    who = person(frontdesk)
    with pytest.raises(RuleError, match="登记到诊或消费"):
        join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True)
    set_person(frontdesk, who, last_visit_on=TODAY)
    joined = join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True)
    assert (joined.rank, bases(clinic)) == (0, ["any_visit"])
    pay(frontdesk, who, 10)  # the first receipt is the first visit that is written down
    assert standing(clinic, who, scheme, "rank", "member") == (1, 1)


def test_r114_a_tier_reached_by_visits_is_no_money(clinic, frontdesk, director):
    scheme = with_programme(director, registered())
    who = person(frontdesk)
    pay(frontdesk, who, 10)
    joined = join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True)
    assert (joined.rank, bases(clinic)) == (1, ["any_visit"])
    assert grants(clinic, who).keys() == {"ordinary.reading"}
    up = payer(frontdesk, scheme, rank=2, person_id=who)
    assert (up.joined, up.rank_after) == (False, 2)


@pytest.mark.parametrize(
    ("way", "welcome"),
    [
        (Enrol(any_visit=True, seen_from="2026-11-20"), True),
        (Enrol(any_visit=True, seen_from="2026-11-21"), False),
        (Enrol(any_visit=True, single_spend_yuan=1), False),
    ],
)
def test_r154_a_visit_counts_from_its_day_on_and_alone(frontdesk, director, way, welcome):
    scheme = with_programme(director, by_spending(enrol=(way,)))
    who = person(frontdesk)
    set_person(frontdesk, who, last_visit_on=TODAY)
    form = {"person_id": who, "programme_id": scheme, "benefits_explained": True}
    if welcome:
        assert join(frontdesk, **form).rank == 0
        return
    with pytest.raises(RuleError, match="累计满 100 元"):
        join(frontdesk, **form)


def test_joining_by_money_says_so_in_any_programme(clinic, frontdesk, director):
    scheme = with_programme(director, by_spending())
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    assert join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True).rank == 1
    assert bases(clinic) == ["cumulative"]
    with pytest.raises(RuleError, match="已是会员"):
        join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True)


def test_a_paid_programme_is_joined_by_its_fee(frontdesk, director):
    scheme = with_programme(director)
    with pytest.raises(RuleError, match="缴费入会"):
        join(frontdesk, person_id=person(frontdesk), programme_id=scheme, benefits_explained=True)


def test_a_programme_without_tiers_says_what_is_left(frontdesk, director):
    scheme = with_programme(director, changed(preset("空白"), name="试空白"))
    with pytest.raises(RuleError, match="登记到诊或消费"):
        join(frontdesk, person_id=person(frontdesk), programme_id=scheme, benefits_explained=True)


def test_r024_r077_r083_joining_asks_for_agreement_age_and_a_place(clinic, frontdesk, director):
    scheme = with_programme(director, by_spending(agreement=True, min_age=18, places=1))
    timeline = timelines(clinic.db)[1]
    people = [person(frontdesk) for _ in range(2)]
    for who in people:
        pay(frontdesk, who, 100)
    form = {"person_id": people[0], "programme_id": scheme, "benefits_explained": True}
    with pytest.raises(RuleError, match="协议编号"):
        join(frontdesk, **form)
    with pytest.raises(RuleError, match="补登出生日期"):
        join(frontdesk, **form, agreement="协-1")
    for who in people:
        set_person(frontdesk, who, birthday="1990-01-01")
    assert places_left(clinic.db, timeline, TODAY) == 1
    join(frontdesk, **form, agreement=" 协-1 ")
    assert places_left(clinic.db, timeline, TODAY) == 0
    assert clinic.db.execute_sql("SELECT agreement FROM membership").fetchall() == [("协-1",)]
    with pytest.raises(RuleError, match="名额已满"):
        join(frontdesk, **(form | {"person_id": people[1]}), agreement="协-2")


# -- inviting -----------


def test_r120_every_programme_invites_for_itself(clinic, frontdesk, director):
    scheme = with_programme(director, by_spending())
    who = person(frontdesk)
    pay(frontdesk, who, 1000)
    assert [row.tier_name for row in invitations(clinic.db)] == ["普通会员"]
    assert [row.tier_name for row in invitations(clinic.db, programme_id=scheme)] == ["金卡"]


def test_whoever_left_is_asked_back_only_for_a_tier_reached_later(
    clinic, frontdesk, director, clock
):
    scheme = with_programme(director, by_spending())
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True)
    leave_membership(frontdesk, person_id=who, programme_id=scheme, reason="不需要")
    assert standing(clinic, who, scheme, "rank", "member") == (1, 0)
    assert invitations(clinic.db, programme_id=scheme) == []
    later = on_day(frontdesk, clock, "2026-11-21")
    pay(later, who, 900)
    assert [row.tier_name for row in invitations(clinic.db, programme_id=scheme)] == ["金卡"]


# -- tiers by word -----------


def test_r153_a_tier_by_word_in_another_programme(clinic, frontdesk, director):
    scheme = with_programme(director)
    who = person(frontdesk)
    granted = override_tier(director, person_id=who, rank=2, reason="批准", programme_id=scheme)
    assert granted.rank == 2
    assert standing(clinic, who, scheme, "rank", "route", "member") == (2, "manual", 1)
    assert standing(clinic, who, 1, "rank", "member") == (0, 0)
    with pytest.raises(RuleError, match="没有这个等级"):
        override_tier(director, person_id=who, rank=3, reason="批准", programme_id=scheme)
    assert drop_tier(director, person_id=who, reason="到此为止", programme_id=scheme).rank == 0


def test_r153_a_group_is_granted_by_one_word_or_nobody_is(clinic, frontdesk, director):
    scheme = with_programme(director)
    people = tuple(person(frontdesk) for _ in range(3))
    before = dump(clinic)
    with pytest.raises(RuleError, match="档案"):
        override_many(
            director, person_ids=(*people, 999), rank=1, reason="批准", programme_id=scheme
        )
    assert dump(clinic) == before
    with pytest.raises(RuleError, match="先选择"):
        override_many(director, person_ids=(), rank=1, reason="批准")
    with pytest.raises(RuleError, match="依据"):
        override_many(director, person_ids=people, rank=1, reason=" ")
    done = override_many(
        director, person_ids=(*people, people[0]), rank=1, reason="合作单位",
        until="2026-12-31", programme_id=scheme,
    )  # fmt: skip
    assert (done.person_ids, done.rank) == (people, 1)
    words = "SELECT person_id, rank, until, reason, approved_by, seq FROM tier_override"
    rows = clinic.db.execute_sql(words).fetchall()
    assert [row[:5] for row in rows] == [(p, 1, "2026-12-31", "合作单位", 1) for p in people]
    assert len({row[5] for row in rows}) == 1
    for who in people:
        assert standing(clinic, who, scheme, "rank", "member") == (1, 1)


def test_e37_a_paid_tier_is_not_dropped_by_word(frontdesk, director):
    scheme = with_programme(director)
    paid = payer(frontdesk, scheme)
    with pytest.raises(RuleError, match="缴费得来"):
        drop_tier(director, person_id=paid.person_id, reason="x", programme_id=scheme)


def test_e37_a_tier_paid_for_long_ago_is_dropped_once_nothing_carries_it(
    clinic, frontdesk, director, clock
):
    """The route is the money's again after the fee has ended, where money kept the tier."""
    silver = changed(
        SILVER, reach=(Reach(fee=True), Reach(cumulative_spend_yuan=100)), benefits=(KEPT,)
    )
    scheme = with_programme(director, paid_programme(silver))
    who = payer(frontdesk, scheme, every="month").person_id
    bill = pay(frontdesk, who, 100)
    later = on_day(frontdesk, clock, "2027-01-10")
    use_service(later, grant_id=grant_id(clinic, who, KEPT.key))
    refund(later, receipt_id=bill.receipt_id, amount_fen=100_00, reason="退")
    assert standing(clinic, who, scheme, "rank", "supported_rank", "route", "paid_until") == (
        1, 0, "cumulative", None,
    )  # fmt: skip
    assert drop_tier(director, person_id=who, reason="说明过", programme_id=scheme).rank == 0


def test_e37_a_tier_paid_for_life_is_not_dropped_by_word(frontdesk, director):
    scheme = with_programme(director)
    who = payer(frontdesk, scheme, rank=2, every="once").person_id
    with pytest.raises(RuleError, match="缴费得来"):
        drop_tier(director, person_id=who, reason="x", programme_id=scheme)


def test_r109_who_was_shut_out_is_admitted_again_by_the_director_only(
    clinic, frontdesk, member_admin, director
):
    scheme = with_programme(director, by_spending())
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    admit = {"person_id": who, "programme_id": scheme, "benefits_explained": True}
    join(frontdesk, **admit)
    leave_membership(frontdesk, person_id=who, programme_id=scheme, reason="搬家")
    join(frontdesk, **admit)  # leaving is no misconduct
    cancel_membership(director, person_id=who, programme_id=scheme, reason="违规")
    with pytest.raises(RuleError, match="只能由院长"):
        join(member_admin, **admit)
    join(director, **admit)
    leave_membership(frontdesk, person_id=who, programme_id=scheme, reason="搬家")
    assert join(frontdesk, **admit).rank == 1  # the director had let them in again


def test_r109_a_fee_does_not_let_anybody_in_again_either(frontdesk, director):
    scheme = with_programme(director)
    who = payer(frontdesk, scheme).person_id
    cancel_membership(director, person_id=who, programme_id=scheme, reason="违规")
    with pytest.raises(RuleError, match="只能由院长"):
        payer(frontdesk, scheme, person_id=who)
    assert payer(director, scheme, person_id=who).joined
    assert not payer(frontdesk, scheme, person_id=who).joined  # a member renews as ever


def test_e40_the_tier_held_is_the_highest_of_fee_word_and_money(clinic, frontdesk, director, clock):
    scheme = with_programme(director)
    paid = payer(frontdesk, scheme)
    who = paid.person_id
    override_tier(
        director, person_id=who, rank=2, reason="批准", until="2026-12-01", programme_id=scheme
    )
    assert standing(clinic, who, scheme, "rank", "route") == (2, "manual")
    on_day(frontdesk, clock, "2026-12-02")
    assert standing(clinic, who, scheme, "rank", "route") == (1, "paid")


def test_r123_upgrades_of_every_programme_are_told(clinic, frontdesk, director):
    scheme = with_programme(director)
    payer(frontdesk, scheme)
    assert len(open_notices(clinic.db)) == 2


def test_points_of_a_programme_that_has_them(clinic, frontdesk, director):
    scheme = with_programme(director, changed(by_spending(), points=Points("spend")))
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    assert standing(clinic, who, scheme, "available") == (100,)
