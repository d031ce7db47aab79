"""Fee income by month: R059."""

from __future__ import annotations

import pytest

from services.errors import RuleError
from services.memberships.deferred import (
    FeeMonth,
    fee_income,
    fee_months,
    month_end,
    months_between,
)
from services.memberships.ending import cancel_membership
from services.memberships.feebook import FeeEntry
from services.memberships.fees import void_fee
from services.memberships.leaving import prepare_refund, sign_refund
from tests.services.memberships.world import (
    check_all,
    line,
    on_day,
    paid,
    paid_programme,
    payer,
    with_programme,
    word,
)

YEAR = months_between("2026-01", "2027-03")


def months(*entries: FeeEntry, programme=None, over=YEAR) -> dict[str, tuple[int, int, int]]:
    """month → (received, earned, deferred)"""
    return {
        row.month: (row.received_fen, row.earned_fen, row.deferred_fen)
        for row in fee_months(line(programme), entries, over)
    }


def test_months_and_their_ends():
    assert months_between("2026-11", "2027-02") == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert months_between("2026-11", "2026-10") == []
    assert [month_end(m) for m in ("2026-02", "2028-02", "2026-12")] == [
        "2026-02-28", "2028-02-29", "2026-12-31",
    ]  # fmt: skip


def test_r059_a_fee_is_earned_by_the_days_of_its_term():
    found = months(paid(1, "2026-01-15"))  # 365 days at 100 fen, until 2027-01-14
    assert found["2026-01"] == (36_500, 1_700, 34_800)
    assert found["2026-02"] == (0, 2_800, 32_000)
    assert found["2027-01"] == (0, 1_400, 0)
    assert found["2027-02"] == (0, 0, 0)


def test_r059_the_last_month_takes_the_remainder():
    found = months(paid(1, "2026-01-15", months=3, fen=10_000))  # 90 days
    assert [found[m][1] for m in ("2026-01", "2026-02", "2026-03", "2026-04")] == [
        1_888, 3_112, 3_444, 1_556,
    ]  # fmt: skip
    assert sum(row[1] for row in found.values()) == 10_000


def test_r059_the_months_asked_for_may_begin_anywhere():
    fee = paid(1, "2026-01-15")
    later = months(fee, over=months_between("2026-06", "2026-07"))
    whole = months(fee)
    assert later == {m: whole[m] for m in ("2026-06", "2026-07")}
    assert fee_months(line(), [fee], []) == []


def test_r059_a_renewal_paid_early_is_earned_when_its_term_comes():
    found = months(paid(1, "2026-01-15"), paid(2, "2026-06-01"))
    assert found["2026-06"] == (36_500, 3_000, 36_500 + 36_500 - 16_700)
    assert found["2027-01"][1] == 1_400 + 1_700


def test_r059_a_fee_for_life_has_no_days_and_is_earned_at_once():
    found = months(paid(1, "2026-01-15", rank=2, months=0, fen=500_000))
    assert found["2026-01"] == (500_000, 500_000, 0)


def test_r059_a_void_is_counted_in_its_own_month():
    void = FeeEntry("void", "2026-03-10", 2, 1, 12, -36_500, voids_id=1)
    found = months(paid(1, "2026-01-15"), void)
    assert found["2026-02"] == (0, 2_800, 32_000)  # a month that is over stays what it was
    assert found["2026-03"] == (-36_500, -4_500, 0)


def test_r059_a_refund_on_leaving_ends_the_deferring():
    refund = FeeEntry("refund", "2026-03-10", 2, amount_fen=-30_000)
    found = months(paid(1, "2026-01-15"), refund, FeeEntry("leave", "2026-03-10"))
    assert found["2026-03"] == (-30_000, 36_500 - 30_000 - 4_500, 0)
    assert found["2026-04"] == (0, 0, 0)


@pytest.mark.parametrize(
    ("policy", "end", "earned"),
    [("credit", "2027-04", 73_500), ("extend", "2027-12", 100_000), ("full", "2027-04", 100_000)],
)
def test_r059_an_upgrade_carries_what_is_unearned_into_the_new_term(policy, end, earned):
    programme = paid_programme(upgrade_fee=policy)
    credit = 26_500 if policy == "credit" else 0
    up = paid(2, "2026-04-11", rank=2, fen=earned, credit_fen=credit)
    over = months_between("2026-01", "2028-01")
    found = months(paid(1, "2026-01-01"), up, programme=programme, over=over)
    before = found["2026-03"]
    assert before == (0, 3_100, 27_500)
    assert found["2026-04"][2] == sum(row[0] - row[1] for m, row in found.items() if m <= "2026-04")
    assert sum(row[1] for row in found.values()) == 36_500 + earned
    assert found[end][2] == 0
    assert found["2027-03"][2] > 0
    if policy == "full":  # what was left of the lower fee is forfeited, and so earned
        assert found["2026-04"][1] == 27_500 + 100_000 * 20 // 365


def test_r059_the_clinics_fee_income(clinic, frontdesk, billing, director, clock):
    scheme = with_programme(director)
    one, two, three = (payer(frontdesk, scheme) for _ in range(3))
    void_fee(frontdesk, fee_id=two.fee_id, reason="错")
    on_day(frontdesk, clock, "2026-12-20")
    billing = billing.confirming("clock_jump")
    case = prepare_refund(
        billing, person_id=one.person_id, programme_id=scheme, fault="member", reason="搬家",
        method="agreed",
    )  # fmt: skip
    sign_refund(billing, case_id=case.case_id, approval=word("sign.refund"))
    rows = fee_income(clinic.db, scheme, "2026-11", "2027-11")
    assert rows[0] == FeeMonth("2026-11", 73_000, 2_200, 70_800)
    earned = 7_300 - 1_100 + 3_100  # what the leaver forfeits, and 31 days of the other
    assert rows[1] == FeeMonth("2026-12", -29_200, earned, 70_800 - 29_200 - earned)
    assert rows[-1].deferred_fen == 0
    assert sum(row.earned_fen for row in rows) == sum(row.received_fen for row in rows)
    cancel_membership(
        director.confirming("clock_jump"),
        person_id=three.person_id, programme_id=scheme, reason="违规",
    )  # fmt: skip
    assert fee_income(clinic.db, scheme, "2026-12", "2026-12")[0].deferred_fen == 0
    with pytest.raises(RuleError, match="没有找到这个方案"):
        fee_income(clinic.db, 99, "2026-11", "2026-12")
    check_all(clinic)
