"""Lots, what is left of them, what expires, and what to order (R139, R143, E23, E32)."""

import uuid

import pytest

from services.errors import RuleError
from services.gifts import stock
from services.gifts.documents import Wanted
from services.gifts.handout import issue_gift, return_gift
from services.gifts.lots import expired_pieces, expiring, lots_left, usable
from services.gifts.packs import set_parts
from services.gifts.purchasing import Arrival, receive_purchase, request_purchase
from services.gifts.reorder import lines_to_order, what_to_order
from tests.conftest import TODAY
from tests.gift_world import (
    add_gift,
    add_member,
    add_person,
    give,
    return_word,
    stocked,
    to_desk,
)


@pytest.fixture
def paste(marketing):
    return add_gift(marketing)


def arrived(session, gift_id: int, quantity: int, lot: str = "", expires_on: str | None = None):
    stock.receive(session, gift_id=gift_id, quantity=quantity, lot=lot, expires_on=expires_on)


def left(clinic, gift_id: int) -> list[tuple[str, int]]:
    return [(row.lot or row.expires_on or "?", row.left) for row in lots_left(clinic.db, gift_id)]


def gone(session, gift_id: int, quantity: int) -> None:
    stock.scrap(session, gift_id=gift_id, quantity=quantity, place="warehouse", reason="用掉")


def test_r143_what_expires_first_leaves_first(clinic, marketing, paste):
    arrived(marketing, paste, 5, "late", "2028-01-31")
    arrived(marketing, paste, 5, "soon", "2027-01-31")
    arrived(marketing, paste, 5)
    gone(marketing, paste, 7)
    assert left(clinic, paste) == [("late", 3), ("?", 5)]
    gone(marketing, paste, 6)
    row = lots_left(clinic.db, paste)[0]
    assert (row.lot, row.expires_on, row.arrived_on, row.received, row.left) == (
        "", None, TODAY, 5, 2,
    )  # fmt: skip


def test_r143_a_lot_with_a_short_life_that_came_later_is_not_taken_for_gone(
    clinic, clock, marketing, paste
):
    """Ten of a long life went before these came: the ten on the shelf are the short-lived."""
    arrived(marketing, paste, 10, "long", "2030-12-31")
    gone(marketing, paste, 10)
    clock.day = "2026-12-01"
    arrived(marketing, paste, 10, "short", "2027-01-31")
    assert left(clinic, paste) == [("short", 10)]


def test_r143_pieces_found_by_a_correction_have_no_lot_and_leave_last(
    clinic, clock, marketing, director, paste
):
    arrived(marketing, paste, 3, "A", "2027-01-31")
    stock.adjust(director, gift_id=paste, quantity=2, place="warehouse", reason="盘到")
    assert left(clinic, paste) == [("A", 3), ("?", 2)]
    clock.day = "2026-11-23"
    gone(marketing, paste, 4)
    assert left(clinic, paste) == [("?", 1)]
    assert lots_left(clinic.db, paste)[0].move_id is None


def test_r143_a_transfer_takes_nothing_from_a_lot(clinic, marketing, paste):
    arrived(marketing, paste, 3, "A", "2027-01-31")
    to_desk(marketing, paste, 2)
    assert left(clinic, paste) == [("A", 3)]


def test_e23_the_last_day_is_still_good_and_the_next_is_not(clinic, clock, marketing, paste):
    arrived(marketing, paste, 3, "A", "2026-12-10")
    arrived(marketing, paste, 2, "B", "2028-01-31")
    clock.day = "2026-12-10"
    assert expired_pieces(clinic.db, paste, clock.day) == 0
    clock.day = "2026-12-11"
    assert expired_pieces(clinic.db, paste, clock.day) == 3
    assert usable(clinic.db, paste, clock.day) == 2
    gone(marketing, paste, 3)
    assert expired_pieces(clinic.db, paste, clock.day) == 0
    assert usable(clinic.db, paste, clock.day) == 2


def test_r143_warnings_name_the_earliest_first_and_forget_what_is_gone(clinic, marketing, paste):
    floss = add_gift(marketing, code="G11", name="牙线")
    arrived(marketing, paste, 3, "A", "2027-02-01")
    arrived(marketing, paste, 3, "far", "2028-01-31")
    arrived(marketing, floss, 4, "C", "2026-12-01")
    rows = expiring(clinic.db, TODAY)
    assert [(row.code, row.lot, row.days_left, row.left) for row in rows] == [
        ("G11", "C", 11, 4),
        ("G10", "A", 73, 3),
    ]
    gone(marketing, floss, 4)
    assert [row.code for row in expiring(clinic.db, TODAY)] == ["G10"]
    assert expiring(clinic.db, TODAY, days=30) == []


def test_r143_an_arrival_says_its_lot_or_is_refused(marketing, paste):
    with pytest.raises(RuleError, match="已过，不能入库"):
        arrived(marketing, paste, 1, expires_on="2026-11-19")


def handed(session, gift_id: int, quantity: int) -> list[int]:
    """Gifts of an event handed out to anybody; the issues."""
    who = add_person(session, f"X{uuid.uuid4().hex[:7]}")
    grant_id = give(session, who, n=quantity)
    return [
        issue_gift(session, grant_id=grant_id, gift_id=gift_id).issue_id for _ in range(quantity)
    ]


@pytest.fixture
def two_lots(clinic, clock, marketing, paste):
    """Ten pieces that end soon and ten that last, at the desk; the first are over by now."""
    for lot, ends in (("OLD", "2026-11-25"), ("NEW", "2027-11-25")):
        stock.receive(marketing, gift_id=paste, quantity=10, lot=lot, expires_on=ends, place="desk")
    clock.day = "2026-12-01"
    return paste


def test_e23_what_is_over_is_not_what_was_handed_out(clinic, clock, director, two_lots):
    day = clock.day
    handed(director, two_lots, 10)
    assert left(clinic, two_lots) == [("OLD", 10)]
    assert (usable(clinic.db, two_lots, day), expired_pieces(clinic.db, two_lots, day)) == (0, 10)
    with pytest.raises(RuleError, match="没过有效期的只有 0 份"):
        handed(director, two_lots, 1)
    stock.scrap(director, gift_id=two_lots, quantity=10, place="desk", reason="过期")
    assert lots_left(clinic.db, two_lots) == []
    assert expired_pieces(clinic.db, two_lots, day) == 0


def test_e23_until_its_last_day_the_older_lot_is_handed_out_first(
    clinic, clock, director, two_lots
):
    clock.day = "2026-11-25"
    handed(director, two_lots, 4)
    clock.day = "2026-12-01"
    handed(director, two_lots, 3)
    assert left(clinic, two_lots) == [("OLD", 6), ("NEW", 7)]


def test_e23_scrap_and_corrections_take_what_is_over_first(clinic, director, two_lots):
    stock.scrap(director, gift_id=two_lots, quantity=4, place="desk", reason="过期")
    handed(director, two_lots, 1)
    stock.adjust(director, gift_id=two_lots, quantity=-2, place="desk", reason="错登")
    assert left(clinic, two_lots) == [("OLD", 4), ("NEW", 9)]


def test_e31_what_comes_back_opened_leaves_the_expired_pieces_where_they_are(
    clinic, director, two_lots
):
    (issue,) = handed(director, two_lots, 1)
    word = return_word(clinic)
    return_gift(director, issue_id=issue, sellable=False, reason="破了", approval=word)
    assert left(clinic, two_lots) == [("OLD", 10), ("NEW", 9)]


def test_e32_pieces_nobody_knows_the_end_of_go_before_expired_ones(clinic, director, two_lots):
    stock.adjust(director, gift_id=two_lots, quantity=2, place="desk", reason="盘到")
    handed(director, two_lots, 11)
    assert left(clinic, two_lots) == [("OLD", 10), ("?", 1)]


# -- what to order ---------------------------------------------------------------------------


def test_r143_an_order_fills_up_to_the_safety_stock(clinic, clock, marketing):
    gift = add_gift(marketing, safety_stock=10)
    add_gift(marketing, code="G99", name="停用的")
    stock.change_gift(marketing, gift_id=2, active=False)
    stocked(marketing, gift, warehouse=2, desk=1)
    arrived(marketing, gift, 2, "old", "2026-12-01")
    (row,) = what_to_order(clinic.db, TODAY)
    assert (row.warehouse, row.desk, row.expired, row.suggestion) == (4, 1, 0, 5)
    clock.day = "2026-12-02"
    (row,) = what_to_order(clinic.db, clock.day)
    assert (row.expired, row.suggestion) == (2, 7)
    done = request_purchase(marketing, lines=lines_to_order(what_to_order(clinic.db, clock.day)))
    (row,) = what_to_order(clinic.db, clock.day)
    assert (row.on_order, row.suggestion) == (7, 0)
    assert lines_to_order(what_to_order(clinic.db, clock.day)) == []
    receive_purchase(
        marketing, document_id=done.document_id, arrivals=[Arrival(gift, 8)], reason="多一"
    )
    (row,) = what_to_order(clinic.db, clock.day)
    assert (row.on_order, row.suggestion) == (0, 0)


def test_r139_what_is_due_in_a_price_band_falls_to_one_gift_of_it(clinic, marketing, frontdesk):
    for number in range(3):
        add_member(frontdesk, f"M000000{number}")  # a gift of 10 yuan each
    house = add_gift(marketing, source="inhouse", safety_stock=9)
    bought = add_gift(marketing, code="G11", name="牙线", safety_stock=1)
    stocked(marketing, house, warehouse=10, desk=0)
    rows = {row.gift_id: row for row in what_to_order(clinic.db, TODAY)}
    assert {row.due for row in rows.values()} == {3}
    assert (rows[house].suggestion, rows[bought].suggestion) == (0, 3)
    assert lines_to_order(what_to_order(clinic.db, TODAY)) == [Wanted(bought, 3, 600)]


def test_r044_where_only_a_pack_has_the_value_its_parts_are_ordered(clinic, marketing, frontdesk):
    for number in range(2):
        add_member(frontdesk, f"M000000{number}")
    brush = add_gift(marketing, code="B1", name="牙刷", band_yuan=3)
    kit = add_gift(marketing, code="K1", name="套装", band_yuan=10)
    set_parts(marketing, gift_id=kit, parts=[(brush, 2)])
    assert lines_to_order(what_to_order(clinic.db, TODAY)) == [Wanted(brush, 4, 600)]


def test_r139_a_value_without_any_gift_suggests_nothing(clinic, marketing, frontdesk):
    add_member(frontdesk, "M0000001")
    add_gift(marketing, band_yuan=50)
    assert lines_to_order(what_to_order(clinic.db, TODAY)) == []
