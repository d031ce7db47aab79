"""Every point explained, and what ends when (E20, E27)."""

from __future__ import annotations

import pytest

from services.clock import plus_days
from services.loyalty.points import points_ledger
from services.loyalty.points_trace import expiring, schedule, trace
from services.loyalty.receipts import Line, refund
from services.loyalty.redemption import redeem
from services.programmes.definition import Rate
from services.programmes.registry import main_timeline
from tests.conftest import TODAY
from tests.money_world import pay, person, sign, stand, variant
from tests.services.test_redemption import B, member, under


@pytest.fixture
def b(director):
    sign(director, under(B, expiry_months=1))


def test_e20_a_debit_names_the_receipts_it_was_taken_from(clinic, frontdesk, b, clock):
    who = member(frontdesk, 2000)
    clock.day = plus_days(TODAY, 3)
    later = pay(frontdesk, who, 3000)
    redeem(frontdesk, person_id=who, item_key="b.facial")
    debit = points_ledger(clinic.db, who)[0]
    found = trace(clinic.db, debit.id)
    assert [(p.occurred_on, p.points, p.kind) for p in found.pieces] == [
        (TODAY, 2000, "earn"),
        (clock.day, 1000, "earn"),
    ]
    assert all(p.receipt_number for p in found.pieces)
    assert (found.points, found.open_points) == (-3000, 0)
    lot = trace(clinic.db, found.pieces[1].entry_id)
    assert [(p.kind, p.points) for p in lot.pieces] == [("redeem", 1000)]
    assert lot.open_points == 2000
    refund(frontdesk, receipt_id=later.receipt_id, amount_fen=300_000, reason="退")
    owed = trace(clinic.db, points_ledger(clinic.db, who)[0].id)
    assert (owed.points, owed.open_points) == (-3000, 1000)
    with pytest.raises(LookupError):
        trace(clinic.db, 9999)


def test_e27_what_ends_within_30_60_and_90_days(clinic, frontdesk, director, clock):
    sign(director, under(B, expiry_months=2))
    who = member(frontdesk, 2000)
    sign(director, under(B), valid_from=plus_days(TODAY, 1))
    clock.day = plus_days(TODAY, 1)
    pay(frontdesk, who, 10)
    timeline = main_timeline(clinic.db)
    found = schedule(clinic.db, clock.day, who, timeline)
    assert found.within == ((30, 0), (60, 2000), (90, 2000))
    assert [(lot.expires_on, lot.points) for lot in found.lots] == [
        ("2027-01-20", 2000),
        (None, 10),
    ]
    assert schedule(clinic.db, "2027-01-21", who, timeline).within == ((30, 0), (60, 0), (90, 0))


def test_r034_people_whose_points_end_soon(clinic, frontdesk, b, clock):
    first, second = member(frontdesk, 2000), member(frontdesk, 3000)
    redeem(frontdesk, person_id=first, item_key="b.fluoride")
    clock.day = plus_days(TODAY, 5)
    pay(frontdesk, second, 70)
    rows = expiring(clinic.db, clock.day, 60)
    assert [(r.person_id, r.expires_on, r.points) for r in rows] == [(second, "2026-12-20", 3070)]
    assert expiring(clinic.db, clock.day, 3) == []
    assert expiring(clinic.db, clock.day, 60, limit=0) == []


def test_r094_a_class_of_items_earns_at_its_own_rate(clinic, frontdesk, director):
    sign(director, variant(rates=(Rate(300, classes=("洁牙",)),)), "2000-01-02")
    who = person(frontdesk)
    lines = (Line("洁牙", "超声波洁牙", 10_000), Line("检查", "口腔检查", 5_000))
    bill = pay(frontdesk, who, 150, lines=lines)
    assert stand(clinic, who).earned == 350
    refund(frontdesk, receipt_id=bill.receipt_id, amount_fen=7_500, reason="退")
    assert stand(clinic, who).earned == 175
