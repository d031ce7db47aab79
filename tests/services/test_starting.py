"""A programme that starts in a clinic with a past."""

from __future__ import annotations

import pytest

from services.commands import Session, Tx
from services.loyalty.counted_past import take_back
from services.loyalty.ledger import Source, debit
from services.loyalty.receipts import refund
from services.loyalty.standing import StandingRow, account_of, settle, standing_of
from services.loyalty.starting import start_programme
from services.programmes.activation import activate, retire
from services.programmes.cutover import cut_over
from services.programmes.registry import timelines
from tests.gift_world import add_member, in_command
from tests.money_world import member, pay, person, session_of, stand
from tests.services.programmes.presets import ALL
from tests.services.programmes.signing_world import faults, sign_draft

B = ALL["医院方案B"]


def in_b(session: Session, who: int) -> StandingRow:
    return standing_of(session.db, who, 2)


def reverse(
    session: Session, who: int, receipt_id: int, points: int, event: int | None = None
) -> StandingRow:
    """What a refund does to the points of the second programme."""

    def body(tx: Tx) -> tuple[int, int]:
        account = account_of(tx, who, 2)
        source = Source(
            "reversal",
            tx.today,
            receipt_id=receipt_id,
            money_event_id=event,
            tier_counting=True,
        )
        take_back(tx, account, source, points)
        return account.available, account.deficit

    available, deficit = in_command(session, body)
    return StandingRow(available=available, deficit=deficit)


def test_starting_twice_changes_nothing(clinic, director):
    who = member(director, 2000)
    sign_draft(director, B)
    before = clinic.db.execute_sql("SELECT COUNT(*), SUM(points) FROM points_entry").fetchone()
    timeline = timelines(clinic.db)[1]
    assert in_command(director, lambda tx: start_programme(tx, timeline)) == 1
    after = clinic.db.execute_sql("SELECT COUNT(*), SUM(points) FROM points_entry").fetchone()
    assert after == before
    assert in_b(director, who).earned == 2000
    assert faults(clinic) == []


def test_e46_the_paper_register_is_brought_once(clinic, director):
    who = add_member(director, "M1", spend_yuan=3000)
    sign_draft(director, B)
    retire(director, programme_id=2)
    activate(director, programme_id=2)
    rows = clinic.db.execute_sql(
        "SELECT spend_fen, points FROM opening_balance WHERE programme_id = 2"
    ).fetchall()
    assert rows == [(300_000, 3000)]
    assert (in_b(director, who).spend_fen, in_b(director, who).earned) == (300_000, 3000)
    assert faults(clinic) == []


def test_e46_a_register_of_money_alone_gives_no_points(clinic, director):
    who = add_member(director, "M1", spend_yuan=0)
    sign_draft(director, B)
    assert clinic.db.execute_sql("SELECT COUNT(*) FROM opening_balance").fetchone() == (1,)
    assert in_b(director, who).earned == 0
    assert faults(clinic) == []


@pytest.mark.parametrize("parts", [(2000,), (500, 1500), (1, 999, 1000)])
def test_e16_a_refund_of_the_past_takes_nothing_that_was_never_there(clinic, director, parts):
    who = person(director)
    old = pay(director, who, 2000)
    sign_draft(director, B)
    pay(director, who, 300)
    for points in parts:
        found = reverse(director, who, old.receipt_id, points)
        assert (found.available, found.deficit) == (300, 0)
    total, counting = clinic.db.execute_sql(
        "SELECT SUM(points), SUM(points * tier_counting) FROM points_entry WHERE programme_id = 2"
    ).fetchone()
    assert (total, counting) == (300, 300)


def test_e17_what_was_earned_since_is_taken_back_into_debt(clinic, director):
    who = person(director)
    pay(director, who, 2000)
    sign_draft(director, B)
    new = pay(director, who, 300)
    found = reverse(director, who, new.receipt_id, 300)
    assert (found.available, found.deficit) == (0, 0)
    found = reverse(director, who, new.receipt_id, 5)
    assert found.deficit == 5


def test_e62_receipts_of_who_was_merged_are_the_survivors(clinic):
    director = session_of(clinic, "director")
    who, twin = member(director, 2000), person(director)
    pay(director, twin, 500)
    clinic.db.execute_sql("UPDATE person SET state = 'merged' WHERE id = ?", (twin,))
    clinic.db.execute_sql(
        "INSERT INTO person_alias (merged_id, survivor_id, merged_on, staff_id, seq)"
        " VALUES (?, ?, '2026-11-20', 1, 1)",
        (twin, who),
    )
    sign_draft(director, B)
    assert (in_b(director, who).spend_fen, in_b(director, who).earned) == (250_000, 2500)
    assert in_b(director, twin) == StandingRow()
    assert stand(clinic, who).earned == 2000  # the first programme is not settled by this


def test_e42_what_was_brought_over_is_taken_back(clinic, director):
    who = person(director)
    old = pay(director, who, 2000)
    sign_draft(director, B)
    cut_over(director, from_programme_id=1, to_programme_id=2)
    found = reverse(director, who, old.receipt_id, 500)
    assert (found.available, found.deficit) == (1500, 0)


def test_a_refund_of_a_pause_with_nothing_left_to_take(clinic, director):
    who = person(director)
    sign_draft(director, B)
    paid = pay(director, who, 100)

    def spend(tx: Tx) -> None:
        account = account_of(tx, who, 2)
        debit(account, 100, Source("redeem", tx.today))
        settle(tx, account)

    in_command(director, spend)
    retire(director, programme_id=2)
    refund(director, receipt_id=paid.receipt_id, amount_fen=3000, reason="退")
    activate(director, programme_id=2)
    found = in_b(director, who)
    assert (found.earned, found.available, found.deficit) == (70, 0, 0)
    assert faults(clinic) == []


def test_e17_more_than_was_ever_counted_is_taken_for_real(clinic, director):
    who = person(director)
    old = pay(director, who, 2000)
    sign_draft(director, B)
    pay(director, who, 300)
    reverse(director, who, old.receipt_id, 2000)
    found = reverse(director, who, old.receipt_id, 40)
    assert (found.available, found.deficit) == (260, 0)


def test_e2_a_refund_has_one_row_with_its_own_number(clinic, director):
    who = person(director)
    old = pay(director, who, 2000)
    sign_draft(director, B)
    pay(director, who, 300)
    found = reverse(director, who, old.receipt_id, 2040, old.money_event_id)
    assert (found.available, found.deficit) == (260, 0)
    rows = clinic.db.execute_sql(
        "SELECT points FROM points_entry WHERE programme_id = 2 AND money_event_id = ?",
        (old.money_event_id,),
    ).fetchall()
    assert rows == [(-2000,)]


def test_e15_a_refund_of_money_older_than_a_second_programme_makes_no_debt_there(
    clinic, frontdesk, director
):
    """Its points were counted and written off on the day the programme started."""
    who = person(frontdesk)
    bill = pay(frontdesk, who, 2000)
    sign_draft(director, B)
    for _ in range(2):
        refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=50_000, reason="退")
    found = in_b(director, who)
    assert (found.earned, found.available, found.deficit) == (1000, 0, 0)
    assert faults(clinic) == []
