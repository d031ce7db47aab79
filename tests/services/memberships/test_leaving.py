"""Leaving: prepared, signed by another, over on the day: E50, E59–E61, R108, R109."""

from __future__ import annotations

import uuid

import pytest

from services.errors import RuleError
from services.gifts.handout import issue_gift, return_gift
from services.loyalty.membership import join, override_tier
from services.loyalty.receipts import void_receipt
from services.loyalty.service_use import use_service, void_use
from services.memberships.ending import cancel_membership, leave_membership
from services.memberships.fees import fee_quote, pay_fee, void_fee
from services.memberships.leave_form import LeaveForm, leave_form
from services.memberships.leaving import (
    cancel_refund,
    leaving_worksheet,
    prepare_refund,
    refund_case,
    refund_cases,
    sign_refund,
)
from services.memberships.leaving_facts import member_percent
from services.memberships.records import active_membership, fee_rows, paid_terms
from services.programmes.definition import Discount, Fee, Points, Reach
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, stocked
from tests.money_world import dump, grant_id, grants, pay, person
from tests.services.memberships.world import (
    GOLD,
    LEAVING,
    SILVER,
    changed,
    check_all,
    on_day,
    paid_programme,
    payer,
    standing,
    with_programme,
    word,
)


@pytest.fixture
def scheme(director) -> int:
    return with_programme(director)


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_all(clinic)


def form_words(form: LeaveForm) -> str:
    rows = (*form.head, *form.facts, *form.result)
    return "\n".join(f"{row.label}：{row.text}" for row in rows)


def prepared(session, person_id: int, scheme: int, **more):
    values = {"fault": "member", "reason": "搬到外地"} | more
    return prepare_refund(session, person_id=person_id, programme_id=scheme, **values)


def sheet_of(clinic, person_id: int, scheme: int, **more):
    membership = active_membership(clinic.db, person_id, scheme)
    return leaving_worksheet(
        clinic.db, clinic.clock.today(), membership, **({"fault": "member"} | more)
    )


def state_of(clinic) -> tuple:
    query = "SELECT state, ended_on, end_reason, end_seq IS NOT NULL FROM membership ORDER BY id"
    return clinic.db.execute_sql(query).fetchall()[-1]


# -- preparing and signing -----------


def test_e59_one_prepares_another_signs_and_the_membership_is_over(
    clinic, frontdesk, billing, director, scheme, clock
):
    who = payer(frontdesk, scheme).person_id
    on_day(frontdesk, clock, "2027-02-28")  # 100 of 365 days are gone
    billing = billing.confirming("clock_jump")
    case = prepared(billing, who, scheme, method="remaining")
    assert (case.method, case.amount_fen) == ("remaining", 26_500)
    assert standing(clinic, who, scheme, "rank", "member") == (1, 1)  # nothing is over yet
    (row,) = refund_cases(clinic.db, state="prepared")
    assert (row.person_id, row.leaves_on, row.worksheet.facts.paid_fen) == (who, clock.day, 36_500)
    signed = sign_refund(
        billing, case_id=case.case_id, approval=word("sign.refund"), payment="现金"
    )
    assert (signed.amount_fen, signed.rank, signed.membership_id) == (26_500, 0, 1)
    assert state_of(clinic) == ("left", "2027-02-28", "搬到外地", 1)
    got = standing(clinic, who, scheme, "rank", "member", "paid_until", "next_on")
    assert got == (0, 0, None, None)
    assert {state for _, _, state in grants(clinic, who).values()} == {"closed"}
    refund, _ = fee_rows(clinic.db, who)
    assert (refund.id, refund.kind, refund.amount_fen) == (signed.fee_id, "refund", -26_500)
    assert (refund.payment, refund.tier_name) == ("现金", "")
    assert paid_terms(clinic.db, who)[0].ends_on == "2027-02-27"
    stored = refund_case(clinic.db, case.case_id)
    assert (stored.state, stored.signed_by, stored.signed_on) == ("signed", 5, clock.day)
    for verb in (lambda: cancel_refund(billing, case_id=case.case_id),
                 lambda: sign_refund(billing, case_id=case.case_id, approval=None)):  # fmt: skip
        with pytest.raises(RuleError, match="已签字"):
            verb()


def test_e59_the_signature_is_another_persons_own_pin(clinic, frontdesk, member_admin, scheme):
    who = payer(frontdesk, scheme).person_id
    case = prepared(member_admin, who, scheme)
    with pytest.raises(RuleError, match="签字"):
        sign_refund(member_admin, case_id=case.case_id, approval=None)
    with pytest.raises(RuleError, match="签字"):
        sign_refund(member_admin, case_id=case.case_id, approval=word("approve.fee"))
    own = approve(clinic, STAFF["member_admin"], PIN, "sign.refund")
    with pytest.raises(RuleError, match="两个人"):
        sign_refund(member_admin, case_id=case.case_id, approval=own)
    with pytest.raises(RuleError, match="没有这项批准权限"):
        approve(clinic, STAFF["billing"], PIN, "sign.refund")
    other = approve(clinic, STAFF["director"], PIN, "sign.refund")
    assert sign_refund(member_admin, case_id=case.case_id, approval=other).amount_fen == 36_500


def test_e2_preparing_and_signing_are_safe_to_repeat(clinic, frontdesk, billing, scheme):
    who = payer(frontdesk, scheme).person_id
    once = billing.once(uuid.uuid4())
    case = prepared(once, who, scheme)
    assert prepared(once, who, scheme) == case
    again = billing.once(uuid.uuid4())
    signed = sign_refund(again, case_id=case.case_id, approval=word("sign.refund"))
    before = dump(clinic)
    assert sign_refund(again, case_id=case.case_id, approval=word("sign.refund")) == signed
    assert dump(clinic) == before


@pytest.mark.parametrize("what", ["use", "fee", "receipt"])
def test_e59_figures_that_changed_since_are_prepared_again(
    clinic, frontdesk, billing, scheme, what
):
    who = payer(frontdesk, scheme).person_id
    case = prepared(billing, who, scheme)
    if what == "use":
        use_service(frontdesk, grant_id=grant_id(clinic, who, f"silver.clean@{TODAY}"))
    elif what == "fee":
        payer(frontdesk, scheme, person_id=who)
    else:
        pay(frontdesk, who, 80, billed_fen=10_000, discount_fen=2_000)
    with pytest.raises(RuleError, match="重新准备"):
        sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))
    assert cancel_refund(billing, case_id=case.case_id).person_id == who
    case = prepared(billing, who, scheme)
    assert sign_refund(billing, case_id=case.case_id, approval=word("sign.refund")).rank == 0


def test_e59_it_is_signed_on_the_day_it_was_prepared_for(clinic, frontdesk, billing, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    case = prepared(billing, who, scheme, leaves_on="2026-11-21")
    with pytest.raises(RuleError, match="到那天再签字"):
        sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))
    billing = on_day(billing, clock, "2026-11-22")
    with pytest.raises(RuleError, match="重新准备"):
        sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"reason": " "}, "原因"),
        ({"applied_on": "2026-11-21"}, "申请日期"),
        ({"applied_on": "soon"}, "申请日期"),
        ({"leaves_on": "2026-11-19"}, "退会日期"),
        ({"leaves_on": "2027-11-20"}, "没有还在期限内"),
        ({"method": "discounted"}, "不适用：退会是会员自己的原因"),
        ({"method": "guess"}, "没有这种算法"),
    ],
)
def test_what_a_refund_case_wants(frontdesk, billing, scheme, more, refused):
    who = payer(frontdesk, scheme).person_id
    with pytest.raises(RuleError, match=refused):
        prepared(billing, who, scheme, **more)


def test_e60_nobody_applies_before_they_joined_and_paid(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    clock.day = "2026-11-22"
    for day in ("2026-11-19", "2026-10-01"):
        with pytest.raises(RuleError, match=r"不能早于.*2026-11-20"):
            sheet_of(clinic, who, scheme, applied_on=day)
    assert sheet_of(clinic, who, scheme, applied_on=TODAY).proposed == "cooling"
    payer(frontdesk, scheme, person_id=who)
    with pytest.raises(RuleError, match=r"不能早于.*2026-11-22"):
        sheet_of(clinic, who, scheme, applied_on=TODAY)


def test_there_is_one_open_case_and_only_for_members(clinic, frontdesk, billing, scheme):
    who = payer(frontdesk, scheme).person_id
    with pytest.raises(RuleError, match="不是这个方案的会员"):
        prepared(billing, person(frontdesk), scheme)
    prepared(billing, who, scheme)
    with pytest.raises(RuleError, match="已有一张"):
        prepared(billing, who, scheme)
    with pytest.raises(RuleError, match="没有找到"):
        refund_case(clinic.db, 99)
    assert refund_cases(clinic.db, person_id=who)[0].state == "prepared"


def test_r108_a_notice_that_was_not_kept_does_not_stand_in_the_way(
    clinic, frontdesk, billing, scheme, clock
):
    who = payer(frontdesk, scheme).person_id
    case = prepared(billing, who, scheme)
    assert "2026-12-20" in refund_case(clinic.db, case.case_id).worksheet.hints[0]
    sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))
    # an application of a month ago has kept it
    again = payer(frontdesk, scheme, person_id=who)
    assert again.joined
    on_day(frontdesk, clock, "2026-12-20")
    sheet = sheet_of(clinic, who, scheme, applied_on=TODAY)
    assert sheet.hints == ()


def test_nothing_given_back_leaves_no_row_of_money(clinic, frontdesk, billing, director):
    scheme = with_programme(director, paid_programme(leaving=changed(LEAVING, refund_percent=0)))
    who = payer(frontdesk, scheme).person_id
    case = prepared(billing, who, scheme, method="agreed")
    signed = sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))
    assert (signed.amount_fen, signed.fee_id) == (0, 0)
    assert [row.kind for row in fee_rows(clinic.db, who)] == ["payment"]


def test_r085_a_tier_without_number_is_reckoned_by_days_in_any_programme(
    clinic, frontdesk, director, clock
):
    free = changed(SILVER, unlimited=True)
    gold = changed(GOLD, fees=(Fee(1000, "year"),))
    scheme = with_programme(director, paid_programme(free, gold, kind="mixed"))
    who, other = payer(frontdesk, scheme).person_id, payer(frontdesk, scheme, rank=2).person_id
    on_day(frontdesk, clock, "2027-02-20")
    facts = sheet_of(clinic, who, scheme).facts
    assert (facts.unlimited, facts.by_time) == (True, True)
    assert not sheet_of(clinic, who, scheme).calculation("listed").applies
    assert not sheet_of(clinic, other, scheme).facts.unlimited


# -- the facts (E59) -----------


def test_e59_the_worksheet_reads_what_was_had(clinic, frontdesk, director, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    clean = grant_id(clinic, who, f"silver.clean@{TODAY}")
    use_service(frontdesk, grant_id=clean)
    wrong = use_service(frontdesk, grant_id=clean)
    void_use(frontdesk, use_id=wrong.use_id, reason="错")
    gift = add_gift(director, band_yuan=30)
    stocked(director, gift, 2, 2)
    back = issue_gift(frontdesk, grant_id=grant_id(clinic, who, "silver.kit"), gift_id=gift)
    return_gift(frontdesk, issue_id=back.issue_id, sellable=True, reason="拿错")
    issue_gift(frontdesk, grant_id=grant_id(clinic, who, "silver.kit"), gift_id=gift)
    pay(frontdesk, who, 80, billed_fen=10_000, discount_fen=2_000)
    gone = pay(frontdesk, who, 80, billed_fen=10_000, discount_fen=2_000)
    void_receipt(frontdesk, receipt_id=gone.receipt_id, reason="错")
    on_day(frontdesk, clock, "2027-02-28")
    (fee,) = sheet_of(clinic, who, scheme).facts.fees
    (used,) = fee.used
    assert (used.name, used.quantity, used.list_fen, used.pay_percent) == (
        "超声波洁牙",
        1,
        10_000,
        80,
    )
    (taken,) = fee.gifts
    assert (taken.name, taken.quantity, taken.cost_fen) == ("牙膏", 1, 600)
    assert (fee.discounts_fen, fee.value_fen) == (2_000, 36_500)
    assert sheet_of(clinic, who, scheme).calculation("listed").amount_fen == 24_500


def test_e57_e59_after_an_upgrade_the_higher_fee_is_worth_its_credit(
    clinic, frontdesk, scheme, clock
):
    who = payer(frontdesk, scheme).person_id
    use_service(frontdesk, grant_id=grant_id(clinic, who, f"silver.clean@{TODAY}"))
    later = on_day(frontdesk, clock, "2027-02-28")
    payer(later, scheme, rank=2, person_id=who)
    (fee,) = sheet_of(clinic, who, scheme).facts.fees
    assert (fee.tier_name, fee.value_fen, fee.used) == ("金卡", 100_000, ())


def test_a_second_term_counts_only_its_own_use(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    payer(frontdesk, scheme, person_id=who)
    use_service(frontdesk, grant_id=grant_id(clinic, who, f"silver.clean@{TODAY}"))
    assert [len(fee.used) for fee in sheet_of(clinic, who, scheme).facts.fees] == [1, 0]
    on_day(frontdesk, clock, "2027-11-20")
    (fee,) = sheet_of(clinic, who, scheme).facts.fees
    assert (fee.starts_on, fee.used) == ("2027-11-20", ())


def test_the_member_price_of_a_service_is_the_tiers_or_what_it_inherits():
    tiers = (
        changed(SILVER, discounts=(Discount(80, ("洁牙",)), Discount(50, window="birthday_day"))),
        changed(GOLD, discounts=(Discount(70, ("种植",)),)),
    )
    programme = paid_programme(*tiers)
    assert member_percent(programme, 1, "超声波洁牙") == 80
    assert member_percent(programme, 2, "超声波洁牙") == 80
    assert member_percent(programme, 2, "种植牙") == 70
    assert member_percent(programme, 1, "种植牙") == 100
    apart = paid_programme(tiers[0], changed(tiers[1], inherits=False))
    assert member_percent(apart, 2, "超声波洁牙") == 100
    assert member_percent(apart, 0, "超声波洁牙") == 100


# -- what is left afterwards (E61) -----------


def test_e61_points_stay_and_the_tier_is_what_spending_and_words_carry(
    clinic, frontdesk, billing, director
):
    silver = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=())
    programme = changed(paid_programme(silver, GOLD), points=Points("spend"))
    scheme = with_programme(director, programme)
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    payer(frontdesk, scheme, rank=2, person_id=who)
    case = prepared(billing, who, scheme)
    signed = sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))
    assert signed.rank == 1
    assert standing(clinic, who, scheme, "available", "rank", "member") == (100, 1, 0)
    assert {state for _, _, state in grants(clinic, who).values()} == {"closed"}
    with pytest.raises(RuleError, match="作废"):
        use_service(frontdesk, grant_id=grant_id(clinic, who, f"gold.clean@{TODAY}"))
    # joining anew brings back what spending carries, and nothing that was paid for
    assert join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True).rank == 1
    states = {key: state for key, (_, _, state) in grants(clinic, who).items()}
    assert states[f"gold.clean@{TODAY}"] == "closed"
    assert standing(clinic, who, scheme, "rank", "route", "member") == (1, "cumulative", 1)


def test_e61_a_tier_by_word_outlives_the_fee(clinic, frontdesk, billing, director, scheme):
    who = payer(frontdesk, scheme).person_id
    override_tier(director, person_id=who, rank=2, reason="批准", programme_id=scheme)
    case = prepared(billing, who, scheme)
    assert sign_refund(billing, case_id=case.case_id, approval=word("sign.refund")).rank == 2


def test_whoever_left_may_pay_and_leave_again(clinic, frontdesk, billing, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    case = prepared(billing, who, scheme)
    sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))
    later = on_day(frontdesk, clock, "2026-12-01")
    form = {"person_id": who, "programme_id": scheme, "rank": 1, "every": "year"}
    quote = fee_quote(clinic.db, clock.day, **form)
    assert (quote.move, quote.starts_on) == ("first", "2026-12-01")
    with pytest.raises(RuleError, match="讲解"):
        pay_fee(later, **form)
    paid = pay_fee(later, **form, benefits_explained=True)
    assert (paid.joined, paid.rank_after, paid.starts_on) == (True, 1, "2026-12-01")
    sheet = sheet_of(clinic, who, scheme)
    assert (sheet.facts.paid_fen, sheet.facts.refunded_fen) == (36_500, 0)
    void_fee(later, fee_id=paid.fee_id, reason="错")
    assert state_of(clinic)[0] == "cancelled"


# -- without a refund (R108, R109) -----------


def test_a_renewal_that_never_began_is_no_term_any_more(clinic, frontdesk, director, scheme):
    who = payer(frontdesk, scheme).person_id
    payer(frontdesk, scheme, person_id=who)
    assert len(paid_terms(clinic.db, who)) == 2
    cancel_membership(director, person_id=who, programme_id=scheme, reason="违规")
    assert paid_terms(clinic.db, who) == []
    assert len(fee_rows(clinic.db, who)) == 2


def test_r109_the_director_cancels_for_misconduct(clinic, frontdesk, billing, director, scheme):
    who = payer(frontdesk, scheme).person_id
    with pytest.raises(RuleError, match="原因"):
        cancel_membership(director, person_id=who, programme_id=scheme, reason="")
    case = prepared(billing, who, scheme)
    with pytest.raises(RuleError, match="还没有签字"):
        cancel_membership(director, person_id=who, programme_id=scheme, reason="违规")
    cancel_refund(billing, case_id=case.case_id)
    ended = cancel_membership(director, person_id=who, programme_id=scheme, reason="伪造病历")
    assert (ended.rank, state_of(clinic)) == (0, ("cancelled", TODAY, "伪造病历", 1))
    detail = clinic.db.execute_sql("SELECT detail FROM audit ORDER BY seq DESC").fetchone()[0]
    assert "病历" not in detail
    with pytest.raises(RuleError, match="不是这个方案的会员"):
        cancel_membership(director, person_id=who, programme_id=scheme, reason="违规")


def test_leaving_without_a_fee_is_simple_and_with_one_it_is_reckoned(
    clinic, frontdesk, director, clock
):
    free = changed(SILVER, fees=(Fee(0, "once"), Fee(365, "year")))
    scheme = with_programme(director, paid_programme(free, GOLD))
    paying = payer(frontdesk, scheme).person_id
    applying = payer(frontdesk, scheme, every="once").person_id
    with pytest.raises(RuleError, match="退会退费"):
        leave_membership(frontdesk, person_id=paying, programme_id=scheme, reason="搬家")
    with pytest.raises(RuleError, match="退会的原因"):
        leave_membership(frontdesk, person_id=applying, programme_id=scheme, reason="")
    ended = leave_membership(frontdesk, person_id=applying, programme_id=scheme, reason="搬家")
    assert (ended.rank, state_of(clinic)[0]) == (0, "left")
    later = on_day(frontdesk, clock, "2027-11-20")  # the year is over
    leave_membership(later, person_id=paying, programme_id=scheme, reason="不续了")


def test_what_tiers_without_fees_brought_closes_and_comes_back(clinic, frontdesk):
    who = person(frontdesk)
    pay(frontdesk, who, 5000)
    join(frontdesk, person_id=who, benefits_explained=True)
    before = grants(clinic, who)
    leave_membership(frontdesk, person_id=who, reason="搬家")
    assert {state for _, _, state in grants(clinic, who).values()} == {"closed"}
    assert standing(clinic, who, 1, "rank", "member") == (2, 0)
    assert join(frontdesk, person_id=who, benefits_explained=True).rank == 2
    assert grants(clinic, who) == before


# -- the printed form -----------


def test_the_form_has_the_five_ways_the_facts_and_three_signatures(
    clinic, frontdesk, director, billing, scheme
):
    who = payer(frontdesk, scheme, agreement="协-9").person_id
    use_service(frontdesk, grant_id=grant_id(clinic, who, f"silver.clean@{TODAY}"))
    gift = add_gift(director, band_yuan=30)
    stocked(director, gift, 1, 1)
    issue_gift(frontdesk, grant_id=grant_id(clinic, who, "silver.kit"), gift_id=gift)
    case = prepared(billing, who, scheme, method="agreed")
    form = leave_form(clinic, case.case_id)
    assert (form.title, form.clinic) == ("退会申请与退费单", "试验口腔")
    assert [way.chosen for way in form.ways] == [True, False, False, False, False]
    assert [way.amount for way in form.ways] == ["¥292", "不适用", "不适用", "¥265", "¥365"]
    assert form.ways[3].difference == "少 ¥27"
    text = form_words(form)
    for part in (
        "协-9",
        "超声波洁牙 1 次 × ¥100",
        "牙膏 1 份，成本 ¥6",
        "王**",
        "待签字",
        "提前 1 个月，到 2026-12-20",
    ):
        assert part in text
    assert "王小明" not in text
    sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))
    signed = form_words(leave_form(clinic, case.case_id))
    assert f"{STAFF['member_admin']} {TODAY}" in signed
    assert "待签字" not in signed


def test_the_form_of_a_fee_for_life_with_nothing_agreed(clinic, frontdesk, billing, director):
    scheme = with_programme(director, paid_programme(leaving=changed(LEAVING, notice_months=0)))
    who = payer(frontdesk, scheme, rank=2, every="once").person_id
    case = prepared(billing, who, scheme)
    text = form_words(leave_form(clinic, case.case_id))
    for part in ("终身", "约定通知期：无", "协议编号：无", "已用权益：无", "已领礼品：无"):
        assert part in text
