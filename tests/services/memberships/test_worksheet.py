"""What leaving gives back, reckoned five ways: E59, E60, R085, R108."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import plus_days
from services.memberships.worksheet import (
    METHODS,
    FeeFacts,
    GiftItem,
    LeavingFacts,
    UsedItem,
    Worksheet,
    days_used,
    fault_title,
    method_title,
    worksheet,
)

FEE = FeeFacts(1, "银卡", "2026-01-01", 36_500, "2026-01-01", "2026-12-31")
CLEAN = UsedItem("超声波洁牙", 1, 10_000, 80)
KIT = GiftItem("护理套装", 1, 3_650)


def facts(*fees: FeeFacts, **more) -> LeavingFacts:
    values = {
        "applied_on": "2026-04-11", "leaves_on": "2026-04-11", "fault": "member",
        "by_time": True, "unlimited": False, "refund_percent": 80, "notice_months": 0,
        "cooling_days": 7,
    } | more  # fmt: skip
    return LeavingFacts(**values, fees=fees or (FEE,))


def amounts(sheet: Worksheet) -> dict[str, int | None]:
    """method → fen, None where it does not apply"""
    return {c.method: c.amount_fen if c.applies else None for c in sheet.calculations}


def test_r108_the_agreed_share_of_the_fee():
    sheet = worksheet(facts())
    assert amounts(sheet)["agreed"] == 29_200
    assert sheet.calculation("agreed").lines == ("会费 ¥365 × 80% = ¥292",)
    odd = worksheet(facts(replace(FEE, value_fen=36_501)))
    assert amounts(odd)["agreed"] == 29_200  # down to the fen
    none = worksheet(facts(refund_percent=None)).calculation("agreed")
    assert (none.applies, none.amount_fen, none.why_not) == (False, 0, "方案没有约定退会退多少。")


@pytest.mark.parametrize(
    ("applied", "wanted"), [("2026-01-07", 36_500), ("2026-01-08", 36_500), ("2026-01-09", None)]
)
def test_e60_within_seven_days_and_nothing_used_everything_is_given_back(applied, wanted):
    sheet = worksheet(facts(applied_on=applied, leaves_on=applied))
    assert amounts(sheet)["cooling"] == wanted
    if wanted is None:
        assert "超过 7 天" in sheet.calculation("cooling").why_not
    else:
        assert amounts(sheet)[sheet.proposed] == 36_500


@pytest.mark.parametrize(
    "had", [{"used": (CLEAN,)}, {"gifts": (KIT,)}, {"discounts_fen": 1}], ids=["use", "gift", "off"]
)
def test_e60_whatever_was_had_ends_the_cooling_off(had):
    sheet = worksheet(facts(replace(FEE, **had), applied_on="2026-01-03", leaves_on="2026-01-03"))
    assert "已经使用过" in sheet.calculation("cooling").why_not


def test_e60_a_renewal_paid_lately_cools_off_by_itself():
    ahead = replace(
        FEE, fee_id=2, paid_on="2026-04-10", starts_on="2027-01-01", ends_on="2027-12-31"
    )
    sheet = worksheet(facts(replace(FEE, used=(CLEAN,)), ahead))
    assert amounts(sheet)["cooling"] == 36_500
    assert amounts(sheet)["listed"] == 26_500 + 36_500
    assert sheet.proposed == "listed"


def test_e60_nothing_cools_off_before_it_was_paid():
    sheet = worksheet(facts(replace(FEE, paid_on="2026-04-12")))
    assert amounts(sheet)["cooling"] is None


def test_e59_the_members_own_doing_counts_use_at_list_price_and_discounts_had():
    sheet = worksheet(facts(replace(FEE, used=(CLEAN,), discounts_fen=5_000)))
    assert amounts(sheet)["listed"] == 21_500
    assert sheet.calculation("listed").lines == (
        "会费 ¥365 − 已用(原价) ¥100 − 已享优惠 ¥50 = ¥215",
    )
    assert amounts(sheet)["discounted"] is None
    assert "会员自己的原因" in sheet.calculation("discounted").why_not


def test_e59_not_the_members_doing_counts_use_at_member_prices_and_gifts_pro_rata():
    plain = worksheet(facts(replace(FEE, used=(CLEAN,), discounts_fen=5_000), fault="clinic"))
    assert amounts(plain)["discounted"] == 36_500 - 8_000
    assert amounts(plain)["listed"] is None
    gifts = worksheet(facts(replace(FEE, used=(CLEAN,), gifts=(KIT,)), fault="clinic"))
    # 8,000 × 36,500 ÷ (36,500 + 3,650) = 7,272.7 → 7,273
    assert amounts(gifts)["discounted"] == 36_500 - 7_273
    free = worksheet(facts(replace(FEE, value_fen=0, used=(CLEAN,)), fault="clinic"))
    assert amounts(free)["discounted"] == 0


def test_e59_what_exceeds_the_fee_is_not_asked_for():
    much = replace(FEE, used=(replace(CLEAN, quantity=9),))
    assert amounts(worksheet(facts(much)))["listed"] == 0
    ahead = replace(FEE, fee_id=2, starts_on="2027-01-01", ends_on="2027-12-31")
    assert amounts(worksheet(facts(much, ahead)))["listed"] == 36_500


def test_r085_the_share_of_the_days_left_with_the_day_of_leaving():
    sheet = worksheet(facts())  # 100 days are gone
    assert amounts(sheet)["remaining"] == 26_500
    assert sheet.calculation("remaining").lines == ("会费 ¥365 × 剩余 265 天 ÷ 共 365 天 = ¥265",)
    assert days_used(sheet.facts, FEE) == 100
    last = worksheet(facts(applied_on="2026-12-31", leaves_on="2026-12-31"))
    assert amounts(last)["remaining"] == 100
    ahead = replace(FEE, starts_on="2027-01-01", ends_on="2027-12-31")
    assert amounts(worksheet(facts(ahead)))["remaining"] == 36_500
    assert days_used(facts(), ahead) == 0


def test_r085_visits_without_number_are_reckoned_by_days_alone():
    for fault in ("member", "clinic"):
        sheet = worksheet(facts(fault=fault, unlimited=True, refund_percent=None))
        assert sheet.proposed == "remaining"
        assert amounts(sheet)["listed"] is amounts(sheet)["discounted"] is None
    life = worksheet(facts(replace(FEE, ends_on=None), unlimited=True, refund_percent=None))
    assert (life.proposed, amounts(life)["listed"]) == ("listed", 36_500)


def test_c18_without_days_nothing_is_reckoned_by_days():
    life = worksheet(facts(replace(FEE, ends_on=None)))
    assert "没有期限" in life.calculation("remaining").why_not
    items = worksheet(facts(by_time=False))
    assert "不是按期限" in items.calculation("remaining").why_not


def test_the_way_that_favours_the_member_is_proposed_the_agreed_one_only_when_better():
    late = {"applied_on": "2026-11-01", "leaves_on": "2026-11-01"}
    used = replace(FEE, used=(replace(CLEAN, quantity=3),))  # 65 left at list, 61 days by time
    assert worksheet(facts(used, **late)).proposed == "agreed"
    assert worksheet(facts(used, refund_percent=10, **late)).proposed == "listed"
    assert worksheet(facts(FEE, refund_percent=100)).proposed == "listed"  # no better: the law


def test_e59_never_more_than_was_paid_less_what_was_given_back():
    sheet = worksheet(facts(refunded_fen=30_000))
    assert amounts(sheet)["agreed"] == amounts(sheet)["remaining"] == 6_500
    assert worksheet(facts(refunded_fen=40_000)).calculation("agreed").amount_fen == 0


def test_r108_a_notice_that_was_not_kept_is_a_hint():
    kept = facts(notice_months=1, leaves_on="2026-05-11")
    assert worksheet(kept).hints == ()
    (hint,) = worksheet(facts(notice_months=1, leaves_on="2026-05-10")).hints
    assert "2026-05-11" in hint


def test_e50_gifts_and_missing_prices_are_shown_and_not_deducted():
    sheet = worksheet(facts(replace(FEE, used=(replace(CLEAN, list_fen=0),), gifts=(KIT,))))
    assert amounts(sheet)["listed"] == 36_500
    assert [("超声波洁牙" in hint, "¥36.50" in hint) for hint in sheet.hints] == [
        (True, False), (False, True),
    ]  # fmt: skip


def test_every_way_and_fault_has_a_title():
    assert len({method_title(method) for method in METHODS}) == 5
    assert fault_title("member") != fault_title("clinic")
    assert worksheet(facts()).calculation("none") is None


FEN = st.integers(0, 1_000_000)
DAYS = st.integers(0, 800)


@st.composite
def _fees(draw) -> FeeFacts:
    start = plus_days("2026-01-01", draw(DAYS) - 400)
    length = draw(st.integers(0, 400))
    return FeeFacts(
        fee_id=draw(st.integers(1, 9)),
        tier_name="银卡",
        paid_on=min(start, "2026-06-01"),
        value_fen=draw(FEN),
        starts_on=start,
        ends_on=plus_days(max(start, "2026-06-01"), length) if length else None,
        used=tuple(
            UsedItem("洁牙", draw(st.integers(1, 9)), draw(FEN), draw(st.integers(0, 120)))
            for _ in range(draw(st.integers(0, 2)))
        ),
        gifts=tuple(GiftItem("套装", 1, draw(FEN)) for _ in range(draw(st.integers(0, 1)))),
        discounts_fen=draw(FEN),
    )


@given(
    st.lists(_fees(), min_size=1, max_size=3), st.sampled_from(("member", "clinic")),
    st.booleans(), st.booleans(), st.none() | st.integers(0, 150), FEN,
)  # fmt: skip
def test_e59_every_way_stays_between_nothing_and_what_is_left(
    fees, fault, by_time, unlimited, percent, refunded
):
    given_facts = facts(
        *fees, fault=fault, by_time=by_time or unlimited, unlimited=unlimited,
        refund_percent=percent, refunded_fen=refunded,
        applied_on="2026-06-01", leaves_on="2026-06-01",
    )  # fmt: skip
    sheet = worksheet(given_facts)
    most = max(sum(fee.value_fen for fee in fees) - refunded, 0)
    assert [c.method for c in sheet.calculations] == list(METHODS)
    for way in sheet.calculations:
        assert 0 <= way.amount_fen <= most
        assert bool(way.why_not) != bool(way.lines)
    lawful = [c.amount_fen for c in sheet.calculations[1:] if c.applies]
    chosen = sheet.calculation(sheet.proposed)
    assert chosen.applies
    assert chosen.amount_fen >= max(lawful)
    assert msgspec.json.decode(msgspec.json.encode(sheet), type=Worksheet) == sheet
