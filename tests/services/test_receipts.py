"""Receipts: money in, money back, to the right person (E1–E17, E33, E37)."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.people import Person
from services.errors import RuleError
from services.loyalty.ledger import open_lots
from services.loyalty.money_events import ReceiptPosted, receipt_header
from services.loyalty.points import adjust_points
from services.loyalty.preview import preview_refund
from services.loyalty.receipt_list import list_cases, list_receipts
from services.loyalty.receipts import (
    Line,
    move_receipt,
    open_case,
    pay_arrears,
    post_receipt,
    refund,
    void_receipt,
)
from services.loyalty.service_use import use_service
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import in_command
from tests.money_world import (
    check_books,
    grant_id,
    grants,
    member,
    pay,
    person,
    sign,
    stand,
    variant,
)


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_books(clinic)


@pytest.fixture
def who(frontdesk) -> int:
    return person(frontdesk)


def late(clinic):
    return approve(clinic, STAFF["member_admin"], PIN, "approve.late_void")


def backdating(clinic):
    return approve(clinic, STAFF["member_admin"], PIN, "approve.backdated")


def entries(clinic, person_id: int) -> list[tuple[str, int, str, str | None]]:
    return clinic.db.execute_sql(
        "SELECT kind, points, occurred_on, expires_on FROM points_entry"
        " WHERE person_id = ? ORDER BY id",
        (person_id,),
    ).fetchall()


def lots(clinic, person_id: int) -> list[tuple[int, str | None]]:
    return [(lot.remaining, lot.expires_on) for lot in open_lots(clinic.db, (person_id,), 1)]


# -- earning -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fen", "points"), [(99, 0), (100, 1), (199, 1), (86_050, 860)])
def test_e1_whole_yuan_of_the_receipt(clinic, frontdesk, who, fen, points):
    posted = post_receipt(frontdesk, person_id=who, amount_fen=fen)
    assert (posted.points, stand(clinic, who).available) == (points, points)
    assert stand(clinic, who).spend_fen == fen


def test_e1_e4_instalments_neither_lose_nor_gain_a_point(clinic, frontdesk, who):
    posted = post_receipt(frontdesk, person_id=who, amount_fen=150, billed_fen=1000)
    given = [posted.points]
    for fen in (150, 50, 99, 551):
        given.append(pay_arrears(frontdesk, receipt_id=posted.receipt_id, amount_fen=fen).points)
    assert given == [1, 2, 0, 1, 6]
    assert stand(clinic, who).available == 10


def test_e2_a_double_click_counts_once(clinic, frontdesk, who):
    once = frontdesk.once(uuid.uuid4())
    first = pay(once, who, 100)
    again = pay(once, who, 100)
    assert isinstance(again, ReceiptPosted)
    assert again == first
    assert (stand(clinic, who).available, len(list_receipts(clinic.db, who))) == (100, 1)


def test_e3_a_voided_receipt_is_never_opened_again(clinic, frontdesk, who):
    first = pay(frontdesk, who, 1000)
    void = void_receipt(frontdesk, receipt_id=first.receipt_id, reason="录错金额")
    assert (void.points, void.rank_before, void.rank_after) == (-1000, 1, 0)
    for again in (
        lambda: void_receipt(frontdesk, receipt_id=first.receipt_id, reason="x"),
        lambda: refund(frontdesk, receipt_id=first.receipt_id, amount_fen=1, reason="x"),
        lambda: pay_arrears(frontdesk, receipt_id=first.receipt_id, amount_fen=1),
        lambda: move_receipt(frontdesk, receipt_id=first.receipt_id, to_person_id=who, reason="x"),
    ):
        with pytest.raises(RuleError, match="已作废"):
            again()
    second = pay(frontdesk, who, 100, replaces_id=first.receipt_id)
    row = clinic.db.execute_sql(
        "SELECT replaces_id FROM receipt WHERE id = ?", (second.receipt_id,)
    ).fetchone()
    assert row == (first.receipt_id,)
    assert stand(clinic, who).available == 100


def test_e3_void_by_the_author_today_and_with_approval_later(
    clinic, frontdesk, billing, clock, who
):
    first, second = pay(frontdesk, who, 10), pay(frontdesk, who, 10)
    with pytest.raises(RuleError, match="批准"):
        void_receipt(billing, receipt_id=first.receipt_id, reason="错")
    void_receipt(billing, receipt_id=first.receipt_id, reason="错", approval=late(clinic))
    clock.day = "2026-11-21"
    with pytest.raises(RuleError, match="批准"):
        void_receipt(frontdesk, receipt_id=second.receipt_id, reason="错")
    with pytest.raises(RuleError, match="作废原因"):
        void_receipt(frontdesk, receipt_id=second.receipt_id, reason=" ", approval=late(clinic))
    with pytest.raises(RuleError, match="批准"):  # a word for something else is none
        void_receipt(
            frontdesk, receipt_id=second.receipt_id, reason="错", approval=backdating(clinic)
        )
    void_receipt(frontdesk, receipt_id=second.receipt_id, reason="错", approval=late(clinic))


def test_e4_what_is_owed_earns_nothing_until_it_comes(clinic, frontdesk, who):
    posted = post_receipt(frontdesk, person_id=who, amount_fen=0, billed_fen=100_000)
    assert (posted.points, posted.rank_after) == (0, 0)
    assert list_receipts(clinic.db, who)[0].arrears_fen == 100_000
    with pytest.raises(RuleError, match="还欠 ¥1,000"):
        pay_arrears(frontdesk, receipt_id=posted.receipt_id, amount_fen=100_001)
    with pytest.raises(RuleError):
        pay_arrears(frontdesk, receipt_id=posted.receipt_id, amount_fen=0)
    paid = pay_arrears(frontdesk, receipt_id=posted.receipt_id, amount_fen=100_000)
    assert (paid.points, paid.rank_after) == (1000, 1)


def test_e4_money_given_back_is_not_owed_again(clinic, frontdesk, who):
    posted = pay(frontdesk, who, 100)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=5000, reason="退")
    with pytest.raises(RuleError, match="还欠 ¥0"):
        pay_arrears(frontdesk, receipt_id=posted.receipt_id, amount_fen=1)


def test_e4_arrears_paid_late_make_a_lot_that_lives_from_the_day_of_the_money(
    clinic, frontdesk, director, clock, who
):
    sign(director, variant(mode="spend", expiry_months=1))
    posted = post_receipt(frontdesk, person_id=who, amount_fen=10_000, billed_fen=20_000)
    clock.day = "2026-12-20"
    pay_arrears(frontdesk, receipt_id=posted.receipt_id, amount_fen=10_000)
    assert lots(clinic, who) == [(100, "2026-12-20"), (100, "2027-01-20")]


def test_e5_void_lines_and_discounts_earn_nothing(clinic, frontdesk, who):
    lines = (Line("洁牙", "超声波", 30_000), Line("修复", "冠", 50_000, void=True))
    with pytest.raises(RuleError, match="超过应收"):
        post_receipt(frontdesk, person_id=who, amount_fen=30_001, lines=lines)
    posted = post_receipt(
        frontdesk, person_id=who, amount_fen=25_000, discount_fen=5_000, lines=lines
    )
    assert posted.points == 250
    assert list_receipts(clinic.db, who)[0].arrears_fen == 0


def test_e6_e8_e11_insured_covered_and_discounted_parts_do_not_count(clinic, frontdesk, who):
    posted = post_receipt(
        frontdesk, person_id=who, amount_fen=99_900, billed_fen=300_000,
        insured_fen=150_000, covered_fen=40_000, discount_fen=10_100,
    )  # fmt: skip
    assert (posted.points, posted.rank_after) == (999, 0)
    assert stand(clinic, who).spend_fen == stand(clinic, who).max_single_fen == 99_900


def test_e7_a_top_up_earns_nothing_and_supports_no_tier(clinic, frontdesk, who):
    posted = pay(frontdesk, who, 20_000, earns=False)
    assert (posted.points, posted.rank_after) == (0, 0)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=100, reason="退")
    assert stand(clinic, who).spend_fen == 0


def test_e9_the_payer_is_credited_the_patient_was_here(clinic, frontdesk):
    payer, patient = person(frontdesk), person(frontdesk)
    pay(frontdesk, payer, 100, patient_id=patient)
    assert (stand(clinic, payer).available, stand(clinic, patient).available) == (100, 0)
    seen = dict(clinic.db.rows(Person.select(Person.id, Person.last_visit_on)))
    assert (seen[payer], seen[patient]) == (None, TODAY)


def test_e10_payments_on_a_case_make_one_single_purchase(clinic, frontdesk, who):
    case = open_case(frontdesk, person_id=who, name=" 右下种植 ").case_id
    posted = [pay(frontdesk, who, 2500, case_id=case) for _ in range(2)]
    assert [p.rank_after for p in posted] == [1, 2]
    (row,) = list_cases(clinic.db, who)
    assert (row.name, row.paid_fen) == ("右下种植", 500_000)
    assert stand(clinic, who).max_single_fen == 500_000
    with pytest.raises(RuleError, match="疗程名称"):
        open_case(frontdesk, person_id=who, name=" ")
    with pytest.raises(RuleError, match="不是这位"):
        pay(frontdesk, person(frontdesk), 1, case_id=case)


# -- dates ---------------------------------------------------------------------------------------


def test_e12_seven_days_back_freely_eight_with_reason_and_word(clinic, frontdesk, who):
    posted = pay(frontdesk, who, 10, occurred_on="2026-11-13")
    header = receipt_header(clinic.db, posted.receipt_id)
    assert (header.occurred_on, header.recorded_on) == ("2026-11-13", TODAY)
    with pytest.raises(RuleError, match="原因"):
        pay(frontdesk, who, 10, occurred_on="2026-11-12")
    with pytest.raises(RuleError, match="批准"):
        pay(frontdesk, who, 10, occurred_on="2026-11-12", reason="补登")
    pay(frontdesk, who, 10, occurred_on="2026-11-12", reason="补登", approval=backdating(clinic))
    assert {row.occurred_on for row in list_receipts(clinic.db, who)} == {
        "2026-11-12", "2026-11-13",
    }  # fmt: skip


def test_e12_expiry_and_rate_count_from_the_day_it_happened(clinic, frontdesk, director, who):
    sign(director, variant(mode="spend", expiry_months=12))
    sign(director, variant(mode="spend", expiry_months=6, per_yuan=2), valid_from="2026-11-19")
    pay(frontdesk, who, 10, occurred_on="2026-11-18")
    pay(frontdesk, who, 10)
    assert entries(clinic, who) == [
        ("earn", 10, "2026-11-18", "2027-11-18"),
        ("earn", 20, TODAY, "2027-05-20"),
    ]
    first, second = (row.id for row in reversed(list_receipts(clinic.db, who)))
    refund(frontdesk, receipt_id=first, amount_fen=500, reason="退")
    refund(frontdesk, receipt_id=second, amount_fen=500, reason="退")
    assert [points for _, points, _, _ in entries(clinic, who)[2:]] == [-5, -10]
    assert stand(clinic, who).earned == 15
    void_receipt(frontdesk, receipt_id=second, reason="错")  # check_books counts one a yuan


def test_e12_a_last_visit_never_goes_back(clinic, frontdesk, who):
    for day in (TODAY, "2026-11-15"):
        pay(frontdesk, who, 1, occurred_on=day)
    assert clinic.db.scalar(Person.select(Person.last_visit_on).where(Person.id == who)) == TODAY


@pytest.mark.parametrize("day", ["2026-11-21", "2027-01-01", "2026-11-31", "20.11.2026", ""])
def test_e13_no_future_and_no_nonsense(clinic, frontdesk, who, day):
    if not day:
        assert pay(frontdesk, who, 1, occurred_on=day).points == 1  # means today
        return
    with pytest.raises(RuleError):
        pay(frontdesk, who, 1, occurred_on=day)


@pytest.mark.parametrize(
    "amounts",
    [
        {"amount_fen": -1},
        {"amount_fen": 0},
        {"amount_fen": 1_000_000_001},
        {"amount_fen": 0, "billed_fen": 1_000_000_001},
        {"amount_fen": 101, "billed_fen": 100},
        {"amount_fen": 1, "billed_fen": 100, "insured_fen": 100},
        {"amount_fen": 0, "billed_fen": 100, "discount_fen": 101},
        {"amount_fen": 1, "covered_fen": -1, "billed_fen": 9},
    ],
)
def test_amounts_that_cannot_be_are_refused(frontdesk, who, amounts):
    with pytest.raises(RuleError):
        post_receipt(frontdesk, person_id=who, **amounts)


def test_unknown_and_withdrawn_people_are_refused(clinic, frontdesk, who):
    posted = pay(frontdesk, who, 1)
    gone = person(frontdesk)
    in_command(
        frontdesk, lambda tx: tx.db.write(Person.update(state="withdrawn").where(Person.id == gone))
    )
    for attempt in (
        lambda: pay(frontdesk, 999, 1),
        lambda: pay(frontdesk, gone, 1),
        lambda: pay(frontdesk, who, 1, patient_id=999),
        lambda: move_receipt(
            frontdesk, receipt_id=posted.receipt_id, to_person_id=gone, reason="错"
        ),
    ):
        with pytest.raises(RuleError, match="档案"):
            attempt()
    with pytest.raises(RuleError, match="单据"):
        refund(frontdesk, receipt_id=99, amount_fen=1, reason="x")


# -- moving (E9, E14) ----------------------------------------------------------------------------


def test_e14_moved_whole_with_its_date_and_expiry(clinic, frontdesk, director, who):
    sign(director, variant(mode="spend", expiry_months=12))
    right = person(frontdesk)
    posted = pay(frontdesk, who, 1000, occurred_on="2026-11-15")
    moved = move_receipt(
        frontdesk, receipt_id=posted.receipt_id, to_person_id=right, reason="录错人"
    )
    assert (moved.person_id, moved.points, moved.rank_after) == (right, 1000, 1)
    assert moved.changes.person_id is None  # two people changed
    assert stand(clinic, who).rank == stand(clinic, who).available == 0
    assert entries(clinic, right) == [("earn", 1000, "2026-11-15", "2027-11-15")]
    assert stand(clinic, right).reached_on == "2026-11-15"
    back = move_receipt(frontdesk, receipt_id=posted.receipt_id, to_person_id=who, reason="又错")
    assert (back.points, stand(clinic, right).available) == (1000, 0)


def test_e14_points_already_spent_leave_the_wrong_one_owing(
    clinic, frontdesk, member_admin, director, who
):
    right = person(frontdesk)
    posted = pay(frontdesk, who, 300)
    adjust_points(member_admin, person_id=who, points=-250, reason_code="other", text="兑换")
    move_receipt(frontdesk, receipt_id=posted.receipt_id, to_person_id=right, reason="录错人")
    row = stand(clinic, who)
    assert (row.available, row.deficit) == (0, 250)
    assert stand(clinic, right).available == 300


def test_e9_a_move_wants_a_reason_and_another_person(frontdesk, who):
    posted = pay(frontdesk, who, 1)
    with pytest.raises(RuleError, match="已记在"):
        move_receipt(frontdesk, receipt_id=posted.receipt_id, to_person_id=who, reason="x")
    with pytest.raises(RuleError, match="原因"):
        move_receipt(
            frontdesk, receipt_id=posted.receipt_id, to_person_id=person(frontdesk), reason=""
        )


def test_e14_arrears_and_refunds_go_on_after_a_move(clinic, frontdesk, who):
    right = person(frontdesk)
    posted = post_receipt(frontdesk, person_id=who, amount_fen=10_050, billed_fen=20_000)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=100, reason="退")
    move_receipt(frontdesk, receipt_id=posted.receipt_id, to_person_id=right, reason="错")
    pay_arrears(frontdesk, receipt_id=posted.receipt_id, amount_fen=9_950)
    assert (stand(clinic, right).available, stand(clinic, who).available) == (199, 0)


# -- refunds (E15–E17, E37) ----------------------------------------------------------------------


def test_e15_a_refund_takes_from_the_receipts_own_lot(clinic, frontdesk, director, who):
    sign(director, variant(mode="spend", expiry_months=12))
    pay(frontdesk, who, 100, occurred_on="2026-11-15")
    posted = pay(frontdesk, who, 50)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=2_000, reason="退")
    assert [left for left, _ in lots(clinic, who)] == [100, 30]


def test_refund_limits_and_reason(frontdesk, who):
    posted = pay(frontdesk, who, 10)
    for fen in (0, -1, 1001):
        with pytest.raises(RuleError, match="实收还剩 ¥10"):
            refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=fen, reason="退")
    with pytest.raises(RuleError, match="退款原因"):
        refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=1, reason="")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(total=st.integers(100, 1_200_000), cuts=st.lists(st.integers(1, 10**6), max_size=5))
def test_e16_refunded_in_any_split_the_end_is_the_same(clinic, frontdesk, total, cuts):
    """Whole minus some: at once, or cut anyhow."""
    clinic.db.execute_sql("PRAGMA synchronous=OFF")
    parts = [min(cut % total + 1, total) for cut in cuts]
    while sum(parts) > total:
        parts.pop()
    ends = []
    for split in (parts, [sum(parts)] if parts else []):
        who = person(frontdesk)
        posted = post_receipt(frontdesk, person_id=who, amount_fen=total)
        for part in split:
            refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=part, reason="退")
        ends.append(stand(clinic, who))
    assert ends[0] == ends[1]
    assert ends[0].available == (total - sum(parts)) // 100


def test_e17_points_already_spent_are_owed_and_the_next_credit_pays_first(
    clinic, frontdesk, member_admin, who
):
    posted = pay(frontdesk, who, 100)
    adjust_points(member_admin, person_id=who, points=-80, reason_code="other", text="兑换")
    back = refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=10_000, reason="退")
    assert (back.points, back.deficit) == (-100, 80)
    assert (stand(clinic, who).available, stand(clinic, who).deficit) == (0, 80)
    with pytest.raises(RuleError, match="可用积分只有 0"):
        adjust_points(member_admin, person_id=who, points=-1, reason_code="other", text="兑换")
    assert pay(frontdesk, who, 50).deficit == 30
    assert pay(frontdesk, who, 50).deficit == 0
    assert (stand(clinic, who).available, stand(clinic, who).earned) == (20, 100)


@pytest.mark.parametrize("kind", ["plain", "case", "top-up", "old rate"])
def test_a_refund_does_what_its_preview_said(clinic, frontdesk, director, clock, who, kind):
    case = open_case(frontdesk, person_id=who, name="种植").case_id if kind == "case" else None
    pay(frontdesk, who, 900)
    posted = pay(frontdesk, who, 5000, case_id=case, earns=kind != "top-up")
    if kind == "old rate":
        clock.day = "2026-11-21"
        sign(director, variant(per_yuan=2), valid_from="2026-11-21")
    said = preview_refund(
        clinic.db, clock.day, person_id=who, receipt_id=posted.receipt_id,
        net_fen=500_000, amount_fen=450_000,
    )  # fmt: skip
    done = refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=450_000, reason="退")
    assert (said.points, said.rank_before, said.rank_after) == (
        done.points, done.rank_before, done.rank_after,
    )  # fmt: skip


def test_e36_buying_and_giving_back_does_not_raise_a_lifetime(clinic, frontdesk, who):
    for _ in range(3):
        posted = pay(frontdesk, who, 900)
        refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=90_000, reason="退")
    assert (stand(clinic, who).earned, stand(clinic, who).rank) == (0, 0)


def test_e37_a_refund_drops_the_tier_and_closes_its_gifts(clinic, frontdesk):
    who = member(frontdesk, 1000)
    big = pay(frontdesk, who, 5000)
    assert big.rank_after == 2
    down = refund(frontdesk, receipt_id=big.receipt_id, amount_fen=1, reason="退")
    assert (down.rank_before, down.rank_after) == (2, 1)
    assert {k: v[2] for k, v in grants(clinic, who).items()} == {
        "regular.gift": "open",
        "advanced.gift": "closed",
        "advanced.facial": "closed",
        "advanced.ultrasonic@2026": "closed",
    }


def test_e37_a_used_tier_waits_for_the_manager_until_money_answers(clinic, frontdesk, who):
    def asked() -> list[tuple[str]]:
        return clinic.db.execute_sql(
            "SELECT state FROM followup_task WHERE rule = 'tier_unsupported'"
        ).fetchall()

    who = member(frontdesk, 1000)
    big = pay(frontdesk, who, 5000)
    use_service(frontdesk, grant_id=grant_id(clinic, who, "advanced.facial"))
    kept = refund(frontdesk, receipt_id=big.receipt_id, amount_fen=100_000, reason="退")
    assert (kept.rank_after, stand(clinic, who).supported_rank) == (2, 1)
    assert asked() == [("open",)]
    refund(frontdesk, receipt_id=big.receipt_id, amount_fen=100, reason="退")
    assert asked() == [("open",)]
    pay(frontdesk, who, 5000)
    assert asked() == [("done",)]


def test_without_a_programme_in_force_nothing_is_posted(clinic, frontdesk, who):
    clinic.db.execute_sql("UPDATE programme SET state = 'retired'")
    with pytest.raises(RuleError, match="方案"):
        pay(frontdesk, who, 1)


def test_receipt_numbers_are_different_and_carry_the_day(clinic, frontdesk, who):
    for _ in range(3):
        pay(frontdesk, who, 1)
    numbers = [row.number for row in list_receipts(clinic.db, who)]
    assert len(set(numbers)) == 3
    assert all(number.startswith("261120-") for number in numbers)


def test_r130_a_doctor_nobody_knows_is_refused(clinic, frontdesk):
    with pytest.raises(RuleError, match="没有找到这位医生"):
        post_receipt(frontdesk, person_id=person(frontdesk), amount_fen=100, doctor_id=99)
