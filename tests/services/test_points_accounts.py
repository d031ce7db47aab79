"""Accounts in several programmes: which there are, what each comes to, and its own ledger."""

from __future__ import annotations

import msgspec
import pytest

from services.clock import plus_days
from services.loyalty.points import points_ledger
from services.loyalty.points_accounts import Balance, accounts_of, balance
from services.loyalty.points_trace import schedule, trace
from services.loyalty.receipts import refund
from services.loyalty.redemption import redeem, return_redemption
from services.loyalty.redemption_list import redemptions_of
from services.programmes.registry import main_timeline, timelines
from tests.conftest import TODAY
from tests.money_world import pay, person, sign
from tests.services.test_redemption import B, member, under


@pytest.fixture
def two(director):
    """医院方案A as the main programme and another one whose points are spent."""
    sign(director, msgspec.structs.replace(under(B, expiry_months=1), name="第二方案"))


def test_an_account_is_there_once_something_was_posted(clinic, frontdesk, two):
    who = person(frontdesk)
    assert accounts_of(clinic.db, who) == ()
    pay(frontdesk, who, 100)
    assert [t.name for t in accounts_of(clinic.db, who)] == ["医院方案A", "第二方案"]


def test_each_account_has_its_own_ledger_and_balance(clinic, frontdesk, two):
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    first, second = timelines(clinic.db)
    assert [row.points for row in points_ledger(clinic.db, who)] == [100]
    (row,) = points_ledger(clinic.db, who, second.programme_id)
    assert (row.points, row.expires_on) == (100, "2026-12-20")
    assert balance(clinic.db, TODAY, who, first) == Balance(100, 0, 100, spends=False)
    assert balance(clinic.db, TODAY, who, second) == Balance(100, 0, 100, spends=True)


def test_e22_what_ended_is_not_available_before_the_catch_up(clinic, frontdesk, two):
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    second = timelines(clinic.db)[1]
    found = balance(clinic.db, "2026-12-21", who, second)
    assert (found.available, found.lifetime) == (0, 100)
    assert schedule(clinic.db, "2026-12-21", who, second).total == 0


def test_e17_a_deficit_is_part_of_the_balance(clinic, frontdesk, director):
    sign(director, under(B))
    who = person(frontdesk)
    pay(frontdesk, who, 1900)
    big = pay(frontdesk, who, 100)
    from services.loyalty.membership import join

    join(frontdesk, person_id=who, benefits_explained=True)
    redeem(frontdesk, person_id=who, item_key="b.sealant")
    refund(frontdesk, receipt_id=big.receipt_id, amount_fen=100_00, reason="退")
    found = balance(clinic.db, TODAY, who, main_timeline(clinic.db))
    assert (found.available, found.deficit, found.lifetime) == (0, 100, 1900)


def test_e18_points_given_back_are_traced_to_the_lots_they_are_in_again(
    clinic, frontdesk, director, clock
):
    sign(director, under(B, expiry_months=1))
    who = member(frontdesk, 1500)
    clock.day = plus_days(TODAY, 2)
    pay(frontdesk, who, 1000)
    done = redeem(frontdesk, person_id=who, item_key="b.sealant")
    other = member(frontdesk, 2000)
    redeem(frontdesk, person_id=other, item_key="b.sealant")
    return_redemption(frontdesk, redemption_id=done.redemption_id, reason="不要了")
    back = points_ledger(clinic.db, who)[0]
    assert (back.kind, back.points) == ("return", 2000)
    found = trace(clinic.db, back.id)
    assert [(p.occurred_on, p.points) for p in found.pieces] == [(TODAY, 1500), (clock.day, 500)]
    assert found.open_points == 0
    assert redemptions_of(clinic.db, who)[0].programme_id == main_timeline(clinic.db).programme_id
