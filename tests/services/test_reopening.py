"""The director opens a closed Friday again: the old close stands until the new one is signed."""

import uuid

import pytest

from services.errors import RuleError
from services.gifts import reconciliation as friday
from services.gifts import stock
from services.gifts.friday_lists import shrinkage
from services.gifts.period import closes_of, periods
from services.gifts.reconciliation import CountEntry
from services.verify import verify
from tests import gift_world as world
from tests.conftest import TODAY
from tests.services.test_verify import codes, tamper

NEXT = "2026-11-27"


@pytest.fixture
def gift(marketing):
    gift_id = world.add_gift(marketing)
    world.stocked(marketing, gift_id, warehouse=10, desk=5)
    return gift_id


def close_with(session, reason="少两支", **counts):
    number = friday.open_week(session).reconciliation_id
    world.count_all(session, number, **counts)
    explain(session, number, reason)
    world.sign(session, number)
    return number


def explain(session, number, reason):
    for row in friday.comparison(session.db, number):
        if row.difference and not row.reason:
            where = {"gift_id": row.gift_id, "place": row.place}
            friday.set_reason(session, reconciliation_id=number, **where, reason=reason)


@pytest.fixture
def closed(marketing, gift):
    """A week closed with the desk two short."""
    return close_with(marketing, g1_desk=3)


def reopen(session, number, reason="收费室漏点一盒"):
    return friday.reopen(session, reconciliation_id=number, reason=reason)


def count(session, number, counted, place="desk"):
    entries = (CountEntry(1, place, counted),)
    return friday.recount(session, reconciliation_id=number, entries=entries)


def test_e51_the_old_close_stands_until_the_correction_is_signed(
    clinic, director, billing, marketing, closed, gift
):
    opened = reopen(director, closed, "  收费室漏点一盒 ")
    assert (opened.corrects_id, opened.week) == (closed, TODAY)
    running = friday.current(clinic.db)
    assert (running.id, running.state, running.reason, running.opened_by) == (
        opened.reconciliation_id, "compared", "收费室漏点一盒", "孙院长",
    )  # fmt: skip
    count(billing, running.id, 4)
    view = friday.week_view(clinic.db, TODAY, today=TODAY)
    assert (view.row.id, view.signed, view.correcting) == (closed, True, running)
    assert friday.last_close(clinic.db).id == closed
    assert world.levels(clinic, gift) == (10, 3)
    world.sign(marketing, running.id)
    assert world.levels(clinic, gift) == (10, 4)
    view = friday.week_view(clinic.db, TODAY, today=TODAY)
    assert (view.row.id, view.correcting) == (running.id, None)
    assert [row.id for row in periods(clinic.db)] == [running.id]
    assert [row.id for row in periods(clinic.db, superseded=True)] == [running.id, closed]
    assert [row.id for row in closes_of(clinic.db, view.row)] == [closed, running.id]
    assert verify(clinic).good


def test_e51_the_correction_posts_only_what_it_changed_and_says_why(
    clinic, director, billing, closed, gift
):
    number = reopen(director, closed).reconciliation_id
    count(billing, number, 5)  # agrees with the book now: no reason of its own
    world.sign(billing, number)
    own = [row for row in stock.moves(clinic.db) if row.kind == "count"]
    assert [(row.quantity, row.reconciliation_id, row.reason) for row in own] == [
        (2, number, "更正：收费室漏点一盒"),
        (-2, closed, "少两支"),
    ]
    assert [row.kind for row in friday.movements(clinic.db, number, gift_id=1, place="desk")] == [
        "count", "count", "transfer",
    ]  # fmt: skip
    assert len(friday.movements(clinic.db, closed, gift_id=1, place="desk")) == 2
    (week,) = friday.history(clinic.db)
    assert (week.shrinkage, week.corrected.id) == ((), closed)


def test_e51_the_next_week_opens_with_the_corrected_count(
    clinic, director, billing, marketing, closed, gift, clock
):
    world.to_desk(billing, gift, 2)
    number = reopen(director, closed).reconciliation_id
    count(billing, number, 4)
    world.sign(billing, number)
    assert world.levels(clinic, gift) == (8, 6)
    live = friday.week_view(clinic.db, NEXT, today=TODAY)
    assert [(row.opening, row.book) for row in live.lines] == [(10, 8), (4, 6)]
    clock.day = NEXT
    second = world.friday(marketing)
    rows = friday.comparison(clinic.db, second)
    assert [(row.opening, row.counted) for row in rows] == [(10, 8), (4, 6)]
    assert friday.week_view(clinic.db, NEXT, today=NEXT).since == live.since
    assert verify(clinic).good


def test_e51_a_correction_can_be_corrected_and_given_up(clinic, director, billing, closed, gift):
    first = reopen(director, closed).reconciliation_id
    count(billing, first, 4)
    world.sign(billing, first)
    second = reopen(director, first, "再核一次").reconciliation_id
    count(billing, second, 2)
    friday.abandon(billing, reconciliation_id=second)
    assert friday.last_close(clinic.db).id == first
    third = reopen(director, first, "又少一支").reconciliation_id
    count(billing, third, 3)
    world.sign(billing, third)
    assert world.levels(clinic, gift) == (10, 3)
    row = friday.period(clinic.db, third)
    assert [one.id for one in closes_of(clinic.db, row)] == [closed, first, third]
    assert [(w.period.id, w.corrected.id) for w in friday.history(clinic.db)] == [(third, first)]
    assert verify(clinic).good


def test_e51_a_correction_never_makes_stock_negative(clinic, director, billing, closed, gift):
    stock.scrap(billing, gift_id=gift, quantity=3, place="desk", reason="受潮")
    number = reopen(director, closed).reconciliation_id
    count(billing, number, 2)
    with pytest.raises(RuleError, match="实盘 2，但截止之后又净减少了 3，库存会变成负数"):
        world.sign(billing, number)


def test_e51_only_the_director_reopens_the_newest_close_with_a_reason(
    clinic, director, member_admin, marketing, closed, gift, clock
):
    with pytest.raises(RuleError, match="请由院长登录后操作"):
        reopen(member_admin, closed)
    with pytest.raises(RuleError, match="请写明为什么要重新打开"):
        reopen(director, closed, "  ")
    with pytest.raises(RuleError, match="200 字以内"):
        reopen(director, closed, "长" * 201)
    with pytest.raises(RuleError, match="没有找到这次核对"):
        reopen(director, 99)
    clock.day = NEXT
    second = friday.open_week(marketing).reconciliation_id
    with pytest.raises(RuleError, match="2026-11-27 的核对还没有结账。请先完成或放弃它"):
        reopen(director, closed)
    friday.abandon(marketing, reconciliation_id=second)
    with pytest.raises(RuleError, match="只有已结账的核对"):
        reopen(director, second)
    third = world.friday(marketing)
    with pytest.raises(RuleError, match=r"只能重新打开最近一次已结账的核对.2026-11-27."):
        reopen(director, closed)
    assert reopen(director, third).week == NEXT


def test_e51_a_close_pressed_twice_or_in_two_windows_posts_once(clinic, marketing, billing, gift):
    number = friday.open_week(marketing).reconciliation_id
    world.count_all(marketing, number, g1_desk=3)
    explain(marketing, number, "少两支")
    once = marketing.once(uuid.uuid4())
    world.sign(once, number)
    world.sign(once, number)  # the same command id answers the first result
    with pytest.raises(RuleError, match="签字结账，不能再改或加签"):
        world.sign(billing, number)
    assert world.levels(clinic, gift) == (10, 3)


def test_e51_reopened_twice_opens_once(clinic, director, closed):
    once = director.once(uuid.uuid4())
    assert reopen(once, closed) == reopen(once, closed)
    with pytest.raises(RuleError, match="还没有结账"):
        reopen(director, closed)


def test_e51_at_the_weekend_a_correction_does_not_hide_a_missed_week(
    clinic, director, billing, closed, clock
):
    clock.day = "2026-11-28"
    number = reopen(director, closed).reconciliation_id
    with pytest.raises(RuleError, match="2026-11-20 的核对还没有结账"):
        friday.week_view(clinic.db, NEXT, today=clock.day)
    world.sign(billing, number)
    assert friday.default_week(clinic.db, clock.day) == NEXT


def test_r144_past_weeks_as_lines_to_plot(clinic, marketing, director, billing, gift, clock):
    other = world.add_gift(marketing, code="G11", name="牙线")
    world.stocked(marketing, other, warehouse=4, desk=2)
    first = close_with(marketing, g1_desk=4)
    clock.day = NEXT
    close_with(marketing, g1_desk=3, g2_warehouse=9)
    past = shrinkage(clinic.db)
    assert past.weeks == (TODAY, NEXT)
    assert past.total.differences == (-1, 4)
    assert [(line.name, line.differences) for line in past.gifts] == [
        ("牙线", (0, 5)), ("牙膏", (-1, -1)),
    ]  # fmt: skip
    assert shrinkage(clinic.db, until_id=first).weeks == (TODAY,)
    assert shrinkage(clinic.db, 1).weeks == (NEXT,)


# -- tampering ---------------------------------------------------------------------------------


def test_a_line_taken_out_of_a_correction_is_noticed(clinic, director, closed):
    number = reopen(director, closed).reconciliation_id
    tamper(
        clinic.db,
        f"DELETE FROM count_line WHERE reconciliation_id = {number} AND place = 'desk'",
    )
    assert codes(clinic) >= {"week.correction"}


def test_a_count_without_its_entry_is_noticed(clinic, director, billing, closed):
    number = reopen(director, closed).reconciliation_id
    tamper(
        clinic.db, f"UPDATE count_line SET counted = counted + 1 WHERE reconciliation_id = {number}"
    )
    assert codes(clinic) == {"week.entries"}


def test_counts_from_before_they_were_kept_are_left_alone(clinic, closed):
    tamper(clinic.db, "DELETE FROM count_entry")
    assert codes(clinic) == set()


def test_two_closed_corrections_of_one_week_are_noticed(clinic, director, billing, closed):
    first = reopen(director, closed).reconciliation_id
    world.sign(billing, first)
    second = reopen(director, first).reconciliation_id
    world.sign(billing, second)
    tamper(clinic.db, f"UPDATE reconciliation SET corrects_id = {closed} WHERE id = {second}")
    assert "week.correction" in codes(clinic)
