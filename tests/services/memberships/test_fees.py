"""Paying a fee and taking it back: E7, E57, R023, R024, R056, R057, R070, R077, R083, R107."""

from __future__ import annotations

import uuid

import pytest

from models.people import PersonAlias
from services.commands import head_of_chain
from services.errors import RuleError
from services.gifts.handout import issue_gift
from services.loyalty.admission import places_left
from services.loyalty.service_use import use_service, void_use
from services.memberships.ending import cancel_membership
from services.memberships.fees import fee_quote, pay_fee, void_fee
from services.memberships.leaving import cancel_refund, prepare_refund
from services.memberships.records import (
    active_membership,
    all_fee_entries,
    fee_kind_title,
    fee_rows,
    paid_terms,
)
from services.people.records import add_doctor
from services.programmes.definition import Fee, Points, Reach
from services.programmes.registry import timelines
from tests.conftest import TODAY
from tests.gift_world import add_gift, in_command, stocked
from tests.money_world import dump, grant_id, grants, pay, person, session_of
from tests.services.memberships.world import (
    GOLD,
    NAME,
    SILVER,
    changed,
    check_all,
    clinic_fee,
    on_day,
    paid_programme,
    payer,
    set_person,
    standing,
    with_programme,
    word,
)

YEAR_END = "2027-11-19"  # of a year paid today


@pytest.fixture
def scheme(director) -> int:
    return with_programme(director)


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_all(clinic)


def rows(clinic, sql: str):
    return clinic.db.execute_sql(sql).fetchall()


# -- joining by a fee -----------


def test_r024_r057_a_fee_makes_a_member_of_the_tier_it_pays_for(clinic, frontdesk, scheme):
    who = person(frontdesk)
    before = fee_quote(clinic.db, TODAY, person_id=who, programme_id=scheme, rank=1, every="year")
    paid = payer(frontdesk, scheme, person_id=who, payment="微信")
    assert (paid.joined, paid.rank_before, paid.rank_after) == (True, 0, 1)
    assert (paid.amount_fen, paid.starts_on, paid.ends_on) == (36_500, TODAY, YEAR_END)
    assert (before.due_fen, before.ends_on) == (paid.amount_fen, paid.ends_on)
    stored = standing(clinic, who, scheme, "rank", "route", "member", "paid_until")
    assert stored == (1, "paid", 1, YEAR_END)
    assert grants(clinic, who).keys() == {"silver.kit", f"silver.clean@{TODAY}"}
    assert len(paid.new_grant_ids) == 2
    (term,) = paid_terms(clinic.db, who)
    assert (term.programme, term.tier_name, term.paid_fen) == (NAME, "银卡", 36_500)
    assert (term.starts_on, term.ends_on, term.fee_id) == (TODAY, YEAR_END, paid.fee_id)
    (row,) = fee_rows(clinic.db, who)
    assert (fee_kind_title(row.kind), row.payment, row.voided) == ("缴费", "微信", False)
    assert (row.amount_fen, row.listed_fen, row.credit_fen) == (36_500, 36_500, 0)


def test_e7_a_fee_earns_no_points_and_is_no_spend(clinic, frontdesk, scheme):
    paid = payer(frontdesk, scheme)
    for programme_id in (1, scheme):
        wanted = ("spend_fen", "max_single_fen", "earned", "available", "receipts")
        assert standing(clinic, paid.person_id, programme_id, *wanted) == (0, 0, 0, 0, 0)
    assert rows(clinic, "SELECT COUNT(*) FROM points_entry") == [(0,)]


def test_e2_the_same_command_id_takes_one_fee(clinic, frontdesk, scheme):
    who, once = person(frontdesk), frontdesk.once(uuid.uuid4())
    first = payer(once, scheme, person_id=who)
    before = dump(clinic), head_of_chain(clinic.db)
    assert payer(once, scheme, person_id=who) == first
    assert (dump(clinic), head_of_chain(clinic.db)) == before


def test_r104_r107_a_tier_without_a_fee_is_joined_by_application(clinic, frontdesk, director):
    free = changed(SILVER, fees=(Fee(0, "once"),))
    scheme = with_programme(director, paid_programme(free, GOLD))
    paid = payer(frontdesk, scheme, every="once")
    assert (paid.amount_fen, paid.ends_on, paid.rank_after) == (0, "", 1)
    assert standing(clinic, paid.person_id, scheme, "paid_until") == (None,)


@pytest.mark.parametrize(
    ("rank", "every", "yuan"), [(1, "once", 0), (2, "year", 500), (3, "year", 1000)]
)
def test_r104_r105_r106_r108_诊所付费(clinic, frontdesk, billing, director, rank, every, yuan):
    scheme = with_programme(director, clinic_fee())
    paid = payer(frontdesk, scheme, rank=rank, every=every)
    assert (paid.amount_fen, paid.rank_after) == (yuan * 100, rank)
    if yuan:
        case = prepare_refund(
            billing, person_id=paid.person_id, programme_id=scheme, fault="member",
            reason="搬家", method="agreed",
        )  # fmt: skip
        assert case.amount_fen == yuan * 80


def test_e62_the_fees_of_somebody_merged_are_the_survivors(clinic, frontdesk, scheme):
    survivor, other = person(frontdesk), payer(frontdesk, scheme)

    def merge(tx) -> None:
        tx.db.insert(
            PersonAlias, merged_id=other.person_id, survivor_id=survivor,
            merged_on=tx.today, staff_id=1, seq=tx.seq,
        )  # fmt: skip

    in_command(frontdesk, merge)
    assert paid_terms(clinic.db, survivor)[0].fee_id == other.fee_id
    assert fee_rows(clinic.db, survivor)[0].id == other.fee_id
    assert active_membership(clinic.db, survivor, scheme).id == other.membership_id
    assert all_fee_entries(clinic.db, scheme).keys() == {survivor}
    undone = PersonAlias.update(unmerged_on=TODAY, unmerged_seq=1)
    in_command(frontdesk, lambda tx: tx.db.write(undone))


def test_r056_r024_the_agreement_has_a_number_and_a_renewal_keeps_it(clinic, frontdesk, director):
    scheme = with_programme(director, paid_programme(agreement=True))
    who = person(frontdesk)
    with pytest.raises(RuleError, match="协议编号"):
        payer(frontdesk, scheme, person_id=who, agreement=" ")
    payer(frontdesk, scheme, person_id=who, agreement="协-001")
    payer(frontdesk, scheme, person_id=who)
    payer(frontdesk, scheme, person_id=who, agreement="协-002")
    assert [row.agreement for row in fee_rows(clinic.db, who)] == ["协-002", "协-001", "协-001"]
    assert rows(clinic, "SELECT agreement FROM membership") == [("协-002",)]


@pytest.mark.parametrize(
    ("born", "refused"),
    [("", "补登出生日期"), ("2008-11-21", "今年 17 周岁"), ("2008-11-20", None)],
)
def test_r077_r107_eighteen_on_the_day_and_not_a_day_sooner(frontdesk, director, born, refused):
    scheme = with_programme(director, paid_programme(min_age=18))
    who = person(frontdesk)
    set_person(frontdesk, who, birthday=born or None)
    if refused is None:
        assert payer(frontdesk, scheme, person_id=who).joined
        return
    with pytest.raises(RuleError, match=refused):
        payer(frontdesk, scheme, person_id=who)


@pytest.mark.parametrize(
    ("born", "every", "refused"),
    [
        ("2008-11-21", "year", True), ("2008-11-20", "year", False), (None, "year", False),
        ("2020-01-01", "once", False),
    ],
)  # fmt: skip
def test_minors_pay_no_fee_unless_the_programme_says_from_what_age(
    frontdesk, director, born, every, refused
):
    """Front-desk 4.5, article 10: whoever is known to be under 18; a fee of nothing is none."""
    silver = changed(SILVER, fees=(*SILVER.fees, Fee(0, "once")))
    scheme = with_programme(director, paid_programme(silver))
    who = person(frontdesk)
    set_person(frontdesk, who, birthday=born)
    if refused:
        with pytest.raises(RuleError, match=r"未满 18 周岁不能自己缴会费.*今年 17 周岁"):
            payer(frontdesk, scheme, person_id=who, every=every)
    else:
        assert payer(frontdesk, scheme, person_id=who, every=every).joined


def test_minors_pay_where_the_programme_has_an_age_of_its_own(frontdesk, director):
    scheme = with_programme(director, paid_programme(min_age=8))
    who = person(frontdesk)
    set_person(frontdesk, who, birthday="2014-01-01")
    assert payer(frontdesk, scheme, person_id=who).joined


def test_r072_a_programme_with_doctors_wants_one_chosen(clinic, frontdesk, director):
    scheme = with_programme(director, paid_programme(needs_doctor=True))
    who = person(frontdesk)
    with pytest.raises(RuleError, match="责任医生"):
        payer(frontdesk, scheme, person_id=who)
    set_person(frontdesk, who, doctor_id=add_doctor(director, name="王医生").doctor_id)
    assert payer(frontdesk, scheme, person_id=who).joined


def test_r122_the_benefits_are_explained_for_a_new_tier_not_for_a_renewal(frontdesk, scheme):
    who = person(frontdesk)
    unsaid = {"person_id": who, "programme_id": scheme, "every": "year"}
    with pytest.raises(RuleError, match="讲解"):
        pay_fee(frontdesk, rank=1, **unsaid)
    payer(frontdesk, scheme, person_id=who)
    pay_fee(frontdesk, rank=1, **unsaid)
    with pytest.raises(RuleError, match="讲解"):
        pay_fee(frontdesk, rank=2, **unsaid)


def test_unknown_people_and_programmes_pay_nothing(frontdesk, scheme):
    with pytest.raises(RuleError, match="档案"):
        payer(frontdesk, scheme, person_id=999)
    with pytest.raises(RuleError, match="没有在使用"):
        payer(frontdesk, 99)


# -- places (R083) -----------


def test_r083_places_are_held_by_those_paid_for_today(clinic, frontdesk, director, clock):
    scheme = with_programme(director, paid_programme(places=2))
    first = payer(frontdesk, scheme, every="month")
    payer(frontdesk, scheme, rank=2, every="once")
    with pytest.raises(RuleError, match="名额已满"):
        payer(frontdesk, scheme)
    payer(frontdesk, scheme, person_id=first.person_id, every="month")  # has a place already
    later = on_day(frontdesk, clock, "2027-01-20")
    assert payer(later, scheme).joined  # the first one's two months are over
    with pytest.raises(RuleError, match="名额已满"):
        payer(later, scheme, person_id=first.person_id)


def test_r083_how_many_places_are_left(clinic, frontdesk, director):
    scheme = with_programme(director, paid_programme(places=3))
    timeline = timelines(clinic.db)[1]
    assert places_left(clinic.db, timelines(clinic.db)[0], TODAY) is None
    payer(frontdesk, scheme)
    life = payer(frontdesk, scheme, rank=2, every="once")
    assert places_left(clinic.db, timeline, TODAY) == 1
    void_fee(frontdesk, fee_id=life.fee_id, reason="错")
    assert places_left(clinic.db, timeline, TODAY) == 2


# -- renewing and upgrading -----------


def test_e57_an_early_renewal_is_settled_into_one_long_term(clinic, frontdesk, scheme):
    paid = payer(frontdesk, scheme)
    again = payer(frontdesk, scheme, person_id=paid.person_id)
    assert (again.joined, again.starts_on, again.ends_on) == (False, "2027-11-20", "2028-11-19")
    assert again.new_grant_ids == ()  # the next term brings its own when it begins
    assert standing(clinic, paid.person_id, scheme, "paid_until") == ("2028-11-19",)


def test_e57_within_grace_the_tier_comes_back_without_a_gap(clinic, frontdesk, scheme, clock):
    paid = payer(frontdesk, scheme)
    late = on_day(frontdesk, clock, "2027-12-04")  # 15 days after
    again = payer(late, scheme, person_id=paid.person_id)
    assert (again.starts_on, again.ends_on) == ("2027-11-20", "2028-11-19")
    assert grants(clinic, paid.person_id)["silver.clean@2027-11-20"] == (2, 0, "open")
    assert standing(clinic, paid.person_id, scheme, "rank", "paid_until") == (1, "2028-11-19")


def test_e57_an_upgrade_costs_the_difference_and_replaces_the_quota(
    clinic, frontdesk, scheme, clock
):
    paid = payer(frontdesk, scheme)
    who = paid.person_id
    later = on_day(frontdesk, clock, "2027-02-28")  # 100 of 365 days are gone
    quote = fee_quote(
        clinic.db, clock.day, person_id=who, programme_id=scheme, rank=2, every="year"
    )
    up = payer(later, scheme, rank=2, person_id=who)
    assert (up.credit_fen, up.amount_fen) == (quote.credit_fen, quote.due_fen) == (26_500, 73_500)
    assert (up.rank_before, up.rank_after, up.starts_on) == (1, 2, "2027-02-28")
    assert grants(clinic, who)["gold.clean@2027-02-28"] == (4, 0, "open")
    assert grants(clinic, who)[f"silver.clean@{TODAY}"][2] == "closed"
    first, second = reversed(paid_terms(clinic.db, who))
    assert (first.ends_on, second.starts_on) == ("2027-02-27", "2027-02-28")


# -- another amount -----------


def test_another_amount_wants_a_reason_and_somebody_elses_word(clinic, member_admin, scheme):
    who = person(member_admin)
    for wrong in (-1, 36_501):
        with pytest.raises(RuleError, match="之间"):
            payer(member_admin, scheme, person_id=who, amount_fen=wrong)
    with pytest.raises(RuleError, match="写明原因"):
        payer(member_admin, scheme, person_id=who, amount_fen=30_000)
    reduced = {"person_id": who, "amount_fen": 30_000, "note": "员工家属"}
    with pytest.raises(RuleError, match="批准"):
        payer(member_admin, scheme, **reduced)
    with pytest.raises(RuleError, match="批准"):
        payer(member_admin, scheme, **reduced, approval=word("approve.late_void", "director"))
    with pytest.raises(RuleError, match="两个人"):
        payer(member_admin, scheme, **reduced, approval=word("approve.fee"))
    paid = payer(member_admin, scheme, **reduced, approval=word("approve.fee", "director"))
    assert (paid.amount_fen, paid.credit_fen) == (30_000, 0)
    assert fee_rows(clinic.db, who)[0].reason == "员工家属"
    detail = rows(clinic, "SELECT detail FROM audit ORDER BY seq DESC LIMIT 1")[0][0]
    assert '"approved_by":1' in detail
    assert "员工" not in detail


# -- taking back -----------


def test_void_of_the_fee_that_made_a_member_ends_the_membership(clinic, frontdesk, scheme):
    paid = payer(frontdesk, scheme)
    with pytest.raises(RuleError, match="作废原因"):
        void_fee(frontdesk, fee_id=paid.fee_id, reason=" ")
    back = void_fee(frontdesk, fee_id=paid.fee_id, reason="收错人")
    assert (back.ended, back.rank_after, back.amount_fen) == (True, 0, -36_500)
    assert rows(clinic, "SELECT state, ended_on FROM membership") == [("cancelled", TODAY)]
    assert {state for _, _, state in grants(clinic, paid.person_id).values()} == {"closed"}
    wanted = (0, 0, None, None)
    got = standing(clinic, paid.person_id, scheme, "rank", "member", "paid_until", "next_on")
    assert got == wanted
    assert paid_terms(clinic.db, paid.person_id) == []
    assert [row.voided for row in fee_rows(clinic.db, paid.person_id)] == [False, True]
    for fee_id in (paid.fee_id, back.fee_id, 99):
        with pytest.raises(RuleError, match=r"已作废过|没有找到"):
            void_fee(frontdesk, fee_id=fee_id, reason="错")
    assert payer(frontdesk, scheme, person_id=paid.person_id).joined  # and pays anew


def test_void_leaves_a_member_whom_receipts_hold(clinic, frontdesk, director):
    """挂号即会员's way: the lowest tier by spending, a higher one by fee."""
    silver = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=())
    scheme = with_programme(director, paid_programme(silver, GOLD))
    who = person(frontdesk)
    paid = payer(frontdesk, scheme, rank=2, person_id=who)
    pay(frontdesk, who, 100)
    back = void_fee(frontdesk, fee_id=paid.fee_id, reason="错")
    assert (back.ended, back.rank_after) == (False, 1)
    assert rows(clinic, "SELECT state FROM membership") == [("active",)]


def test_void_is_the_authors_today_and_wants_a_word_later(
    clinic, frontdesk, billing, scheme, clock
):
    paid = payer(frontdesk, scheme)
    with pytest.raises(RuleError, match="批准作废"):
        void_fee(billing, fee_id=paid.fee_id, reason="错")
    later = on_day(frontdesk, clock, "2026-11-21")
    with pytest.raises(RuleError, match="批准作废"):
        void_fee(later, fee_id=paid.fee_id, reason="错")
    assert void_fee(
        later, fee_id=paid.fee_id, reason="错", approval=word("approve.late_void")
    ).ended


def test_void_goes_newest_first_and_brings_the_old_term_back(clinic, frontdesk, scheme):
    first = payer(frontdesk, scheme)
    who = first.person_id
    before = dump(clinic)
    second = payer(frontdesk, scheme, person_id=who)
    with pytest.raises(RuleError, match="最近的那一笔"):
        void_fee(frontdesk, fee_id=first.fee_id, reason="错")
    back = void_fee(frontdesk, fee_id=second.fee_id, reason="错")
    assert (back.ended, back.rank_after) == (False, 1)
    after = dump(clinic)
    changed_tables = {name for name in before if before[name] != after[name]}
    assert changed_tables <= {"fee_payment"}


def test_void_is_refused_once_something_was_drawn(clinic, frontdesk, director, scheme):
    paid = payer(frontdesk, scheme)
    who = paid.person_id
    clean = grant_id(clinic, who, f"silver.clean@{TODAY}")
    used = use_service(frontdesk, grant_id=clean)
    with pytest.raises(RuleError, match="已经用过"):
        void_fee(frontdesk, fee_id=paid.fee_id, reason="错")
    void_use(frontdesk, use_id=used.use_id, reason="错")
    gift = add_gift(director, band_yuan=30)
    stocked(director, gift, 1, 1)
    issue_gift(frontdesk, grant_id=grant_id(clinic, who, "silver.kit"), gift_id=gift)
    with pytest.raises(RuleError, match="已经用过"):
        void_fee(frontdesk, fee_id=paid.fee_id, reason="错")
    early = payer(frontdesk, scheme, person_id=who)  # of the next term nothing was drawn
    void_fee(frontdesk, fee_id=early.fee_id, reason="错")


def test_void_waits_for_an_open_refund_and_stops_with_the_membership(
    clinic, frontdesk, billing, scheme
):
    paid = payer(frontdesk, scheme)
    case = prepare_refund(
        billing, person_id=paid.person_id, programme_id=scheme, fault="member", reason="搬家"
    )
    with pytest.raises(RuleError, match="还没有签字"):
        void_fee(frontdesk, fee_id=paid.fee_id, reason="错")
    cancel_refund(billing, case_id=case.case_id)
    cancel_membership(
        session_of(clinic, "director"),
        person_id=paid.person_id, programme_id=scheme, reason="违规",
    )  # fmt: skip
    with pytest.raises(RuleError, match="已经结束"):
        void_fee(frontdesk, fee_id=paid.fee_id, reason="错")


def test_r070_a_programme_may_earn_points_beside_its_fee(clinic, frontdesk, director):
    programme = changed(paid_programme(), points=Points("spend"))
    scheme = with_programme(director, programme)
    paid = payer(frontdesk, scheme)
    for who in (paid.person_id, person(frontdesk)):
        pay(frontdesk, who, 100)
    assert standing(clinic, paid.person_id, scheme, "available", "rank") == (100, 1)
    assert standing(clinic, who, scheme, "available", "rank") == (100, 0)
