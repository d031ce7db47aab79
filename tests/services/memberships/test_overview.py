"""A person in every programme at once: R070, R102, R120, R122, R153, E38, E57."""

from __future__ import annotations

import pytest

from services.commands import Session
from services.loyalty.membership import all_invitations, join, override_tier
from services.loyalty.redemption import redeem
from services.memberships.explain import fee_lines, term_words, tier_lines
from services.memberships.fees import fee_quote
from services.memberships.leaving import prepare_refund
from services.memberships.overview import (
    MembershipView,
    held_by_title,
    memberships_of,
    most_urgent,
)
from services.memberships.quote import fee_offers
from services.memberships.renewals import renewal_asked
from services.programmes.definition import (
    PENDING,
    Benefit,
    Enrol,
    Fee,
    Points,
    Reach,
)
from tests.conftest import TODAY
from tests.money_world import pay, person
from tests.services.memberships.world import (
    GOLD,
    NAME,
    SILVER,
    changed,
    on_day,
    paid_programme,
    payer,
    set_person,
    with_programme,
)


@pytest.fixture
def scheme(director) -> int:
    return with_programme(director)


def view_of(session: Session, person_id: int, programme_id: int) -> MembershipView:
    views = memberships_of(session.db, session.clinic.clock.today(), person_id)
    return next(view for view in views if view.programme_id == programme_id)


# -- what is next --------------------------------------------------------------------------


def test_r070_every_programme_is_shown_with_what_is_next_in_it(frontdesk, scheme):
    who = person(frontdesk)
    views = memberships_of(frontdesk.db, TODAY, who)
    assert [view.programme.name for view in views] == ["医院方案A", NAME]
    assert [view.step for view in views] == ["spend", "pay"]
    assert [view.tier for view in views] == [None, None]
    assert [view.takes_fees for view in views] == [False, True]
    assert most_urgent(views) is views[0]  # nothing presses: the main one
    pay(frontdesk, who, 2000)
    views = memberships_of(frontdesk.db, TODAY, who)
    assert [view.step for view in views] == ["join", "pay"]
    assert most_urgent(views) is views[0]


def test_a_paid_member_is_shown_until_when(frontdesk, scheme):
    who = payer(frontdesk, scheme, agreement="协-9").person_id
    view = view_of(frontdesk, who, scheme)
    assert (view.step, view.paid, view.paid_until) == ("", True, "2027-11-19")
    assert (view.held_by, view.membership.agreement) == ("paid", "协-9")
    assert (view.refundable, view.eligible, view.joined) == (True, False, TODAY)
    assert view.tier.name == "银卡"
    views = memberships_of(frontdesk.db, TODAY, who)
    assert most_urgent(views).programme_id == scheme  # the one they are in


def test_e38_a_month_before_the_end_renewing_is_next(frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    later = on_day(frontdesk, clock, "2027-10-19")
    assert view_of(later, who, scheme).step == ""
    later = on_day(frontdesk, clock, "2027-10-20")
    view = view_of(later, who, scheme)
    assert (view.step, view.lapsed_on) == ("renew", None)
    assert most_urgent(memberships_of(later.db, "2027-10-20", who)).programme_id == scheme


def test_e57_a_lapsed_fee_can_be_renewed_within_the_days_of_grace(frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    for day, step, lapsed in (
        ("2027-11-19", "renew", None),
        ("2027-11-20", "renew", "2027-11-19"),
        ("2027-12-04", "renew", "2027-11-19"),
        ("2027-12-05", "", None),
    ):
        view = view_of(on_day(frontdesk, clock, day), who, scheme)
        assert (view.step, view.lapsed_on) == (step, lapsed), day
        assert view.grace_until == ("2027-12-04" if lapsed else None)
        assert view.paid == (day == "2027-11-19")


def test_r023_who_pays_by_the_month_is_asked_a_week_before():
    assert renewal_asked("2026-11-20", "2026-11-27", 1)
    assert not renewal_asked("2026-11-20", "2026-11-28", 1)
    assert renewal_asked("2026-11-20", "2026-12-20", 12)
    assert not renewal_asked("2026-11-20", None, 12)


def test_a_fee_for_life_has_no_end(frontdesk, scheme):
    who = payer(frontdesk, scheme, rank=2, every="once").person_id
    view = view_of(frontdesk, who, scheme)
    assert (view.step, view.paid, view.paid_until) == ("", True, None)


def test_r108_a_refund_that_waits_comes_first(frontdesk, billing, scheme):
    who = payer(frontdesk, scheme).person_id
    pay(frontdesk, who, 2000)
    case = prepare_refund(
        billing, person_id=who, programme_id=scheme, fault="member", reason="搬家"
    )
    view = view_of(frontdesk, who, scheme)
    assert (view.step, view.case_id) == ("sign", case.case_id)
    assert most_urgent(memberships_of(frontdesk.db, TODAY, who)).programme_id == scheme


# -- what stands in the way ------------------------------------------------------------------


def test_r107_who_is_too_young_reads_why_before_paying(frontdesk, director):
    scheme = with_programme(director, paid_programme(min_age=18))
    who = person(frontdesk)
    assert "补登出生日期" in view_of(frontdesk, who, scheme).obstacle
    set_person(frontdesk, who, birthday="2015-03-07")
    assert "11 周岁" in view_of(frontdesk, who, scheme).obstacle
    set_person(frontdesk, who, birthday="1990-03-07")
    assert view_of(frontdesk, who, scheme).obstacle == ""


def test_r083_places_are_for_those_who_have_none(frontdesk, director):
    scheme = with_programme(director, paid_programme(places=1))
    inside = payer(frontdesk, scheme).person_id
    outside = person(frontdesk)
    assert "名额已满" in view_of(frontdesk, outside, scheme).obstacle
    assert view_of(frontdesk, inside, scheme).obstacle == ""


def test_a_member_without_fees_meets_no_obstacle(frontdesk, director):
    free = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=())
    scheme = with_programme(director, paid_programme(free, term="lifetime", places=1))
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    assert view_of(frontdesk, who, scheme).step == "join"
    join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True)
    view = view_of(frontdesk, who, scheme)
    assert (view.obstacle, view.refundable, view.held_by) == ("", False, "cumulative")


def test_r114_whoever_has_been_here_may_join(frontdesk, director):
    scheme = with_programme(director, paid_programme(enrol=(Enrol(any_visit=True),)))
    who = person(frontdesk)
    assert view_of(frontdesk, who, scheme).step == "pay"
    set_person(frontdesk, who, last_visit_on=TODAY)
    assert view_of(frontdesk, who, scheme).step == "join"


# -- what carries the tier -------------------------------------------------------------------


def test_r153_r102_a_word_and_points_are_told_apart(frontdesk, director):
    gold = changed(GOLD, reach=(Reach(purchase_points=50),), fees=())
    silver = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=())
    spends = changed(paid_programme(silver, gold), points=Points("spend"))
    scheme = with_programme(director, spends)
    word, bought = person(frontdesk), person(frontdesk)
    override_tier(director, person_id=word, programme_id=scheme, rank=2, reason="院长批准")
    pay(frontdesk, bought, 200)
    join(frontdesk, person_id=bought, programme_id=scheme, benefits_explained=True)
    redeem(frontdesk, person_id=bought, programme_id=scheme, item_key="tier.2")
    assert view_of(frontdesk, word, scheme).held_by == "manual"
    assert view_of(frontdesk, bought, scheme).held_by == "points"


def test_what_carries_a_tier_has_a_word():
    kinds = ("single", "cumulative", "paid", "points", "manual", "opening")
    assert all(held_by_title(kind) for kind in kinds)
    assert held_by_title("") == ""


# -- words -----------------------------------------------------------------------------------


def test_r122_a_tier_is_explained_with_prices_benefits_and_promises():
    lines = tier_lines(paid_programme(), 2)
    assert [line.kind for line in lines] == ["price", "gift", "service", "promise"]
    assert lines[0].text == "全部项目：7 折(付原价的 70%)"
    assert (lines[1].text, lines[2].text) == ("护理套装：共 1 份", "超声波洁牙：会籍期内 4 次")
    assert "每次价值 100 元" in lines[2].why
    assert lines[3].text == "优先预约"
    assert tier_lines(paid_programme(), 0) == ()


def test_every_kind_and_period_is_spoken_of():
    periods = ("once", "month", "quarter", "half", "year", "term", "birthday")
    kinds = ("gift", "service", "coupon", "advice", "waiver")
    for per in periods:
        for kind in kinds:
            benefit = Benefit("k", kind, "项目", 2, per=per)  # type: ignore[arg-type]
            tier = changed(SILVER, benefits=(benefit,), discounts=())
            (line,) = tier_lines(paid_programme(tier), 1)
            assert (line.kind, "2" in line.text) == (kind, True)


def test_e57_a_fee_is_shown_with_its_term_and_what_it_is_let_off(frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    later = on_day(frontdesk, clock, "2027-05-20")
    ids = {"person_id": who, "programme_id": scheme}
    quote = fee_quote(later.db, "2027-05-20", rank=2, every="year", **ids)
    fee, term = fee_lines(quote)
    assert fee.text == "应收 ¥816"
    assert fee.why == "会费 ¥1,000，减去原会籍未用天数 ¥184"
    assert (term.text, term.why) == ("2027-05-20 至 2028-05-19", "升级，从今天起算")
    renewal = fee_lines(fee_quote(later.db, "2027-05-20", rank=1, every="year", **ids))
    assert renewal[0].why == ""
    assert term_words("2026-11-20", None) == "2026-11-20 起，终身有效"


def test_only_fees_that_are_known_are_offered():
    unknown = changed(SILVER, fees=(Fee(PENDING, "year"), Fee(100, PENDING), Fee(40, "month")))
    none = changed(GOLD, fees=(Fee(PENDING, "year"),))
    offers = fee_offers(paid_programme(unknown, none))
    assert [(tier.name, fees) for tier, fees in offers] == [("银卡", (Fee(40, "month"),))]


def test_r120_people_are_invited_into_every_programme(frontdesk, director):
    silver = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=())
    scheme = with_programme(director, paid_programme(silver, term="lifetime"))
    who = person(frontdesk)
    pay(frontdesk, who, 2000)
    assert [
        (row.programme, row.programme_id, row.tier_name) for row in all_invitations(frontdesk.db)
    ] == [("医院方案A", 1, "普通会员"), (NAME, scheme, "银卡")]


def test_r104_an_application_is_enough_where_every_fee_is_nothing(frontdesk, director):
    scheme = with_programme(director, paid_programme(changed(SILVER, fees=(Fee(0, "once"),))))
    views = memberships_of(frontdesk.db, TODAY, person(frontdesk))
    assert [(view.programme_id, view.free) for view in views][1:] == [(scheme, True)]


def test_r023_a_fee_that_costs_something_is_not_free(frontdesk, scheme):
    assert not view_of(frontdesk, person(frontdesk), scheme).free
