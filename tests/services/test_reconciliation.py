"""Friday: open, count blind, compare, explain, sign twice, close."""

import pytest

from models.errors import ConstraintFault
from models.gifts import Gift, Reconciliation
from services.commands import Approval
from services.errors import RuleError
from services.gifts import reconciliation as friday
from services.gifts import stock
from services.gifts.handout import issue_gift, return_gift
from services.gifts.period import computed_lines, stored_lines
from services.gifts.reconciliation import CountEntry
from services.staff import approve
from tests import gift_world as world
from tests.conftest import PIN, STAFF, TODAY

NEXT = "2026-11-27"


@pytest.fixture
def gift(marketing):
    gift_id = world.add_gift(marketing)
    world.stocked(marketing, gift_id, warehouse=10, desk=5)
    return gift_id


def sign_for(clinic, role, right):
    return approve(clinic, STAFF[role], PIN, right)


def line(rows, place, gift=1):
    return next(row for row in rows if (row.gift_id, row.place) == (gift, place))


def figures(row):
    return (
        row.opening, row.received, row.transferred, row.issued, row.returned, row.scrapped,
        row.adjusted, row.book,
    )  # fmt: skip


def test_e51_the_book_is_opening_and_every_move_up_to_the_cut_off(
    clinic, marketing, billing, director, gift
):
    member = world.add_member(billing, "M0000001")
    grant = world.gift_grant(clinic, member)
    issued = issue_gift(billing, grant_id=grant, gift_id=gift)
    word = world.return_word(clinic)
    return_gift(billing, issue_id=issued.issue_id, sellable=False, reason="破损", approval=word)
    issue_gift(billing, grant_id=grant, gift_id=gift)
    stock.adjust(director, gift_id=gift, quantity=2, place="warehouse", reason="补登")
    opened = friday.open_week(marketing)
    assert (opened.week, opened.lines) == (TODAY, 2)
    issue = stock.scrap(billing, gift_id=gift, quantity=1, place="desk", reason="截止之后")
    world.count_all(marketing, opened.reconciliation_id, g1_desk=4)
    rows = friday.comparison(clinic.db, opened.reconciliation_id)
    assert figures(line(rows, "warehouse")) == (0, 15, -5, 0, 0, 0, 2, 12)
    assert figures(line(rows, "desk")) == (0, 0, 5, 2, 1, 1, 0, 3)
    assert line(rows, "desk").difference == 1
    assert line(rows, "desk").since == -1
    assert issue.left == 2


def test_e51_differences_post_as_count_moves_and_the_next_week_opens_with_the_count(
    clinic, marketing, billing, gift, clock
):
    opened = friday.open_week(billing)
    world.to_desk(billing, gift, 2)  # after the cut-off: next week's
    world.count_all(billing, opened.reconciliation_id, g1_desk=3, g1_warehouse=10)
    number = opened.reconciliation_id
    friday.set_reason(
        billing, reconciliation_id=number, gift_id=gift, place="desk", reason=" 少两支 "
    )
    world.sign(billing, number)
    # level = counted + what moved since the cut-off
    assert world.levels(clinic, gift) == (10 - 2, 3 + 2)
    (moved,) = [row for row in stock.moves(clinic.db) if row.kind == "count"]
    assert (moved.quantity, moved.place, moved.reason, moved.reconciliation_id) == (
        -2, "desk", "少两支", number,
    )  # fmt: skip
    clock.day = NEXT
    second = friday.open_week(marketing)
    rows = stored_lines(clinic.db, friday.period(clinic.db, second.reconciliation_id))
    assert figures(line(rows, "desk")) == (3, 0, 2, 0, 0, 0, 0, 5)
    assert figures(line(rows, "warehouse")) == (10, 0, -2, 0, 0, 0, 0, 8)


def test_e51_a_period_without_differences_posts_nothing(clinic, marketing, gift):
    number = world.friday(marketing)
    row = friday.period(clinic.db, number)
    assert (row.state, row.marketing_signer, row.billing_signer) == ("closed", "吴市场", "周收费")
    assert row.closed_on == TODAY
    assert [r.kind for r in stock.moves(clinic.db) if r.kind == "count"] == []
    assert friday.last_close(clinic.db) == row
    assert friday.current(clinic.db) is None


def test_e51_counting_is_blind(clinic, marketing, gift):
    opened = friday.open_week(marketing)
    sheet = friday.count_sheet(clinic.db, opened.reconciliation_id)
    assert [(row.name, row.place, row.counted) for row in sheet] == [
        ("牙膏", "warehouse", None),
        ("牙膏", "desk", None),
    ]
    assert not {"book", "opening", "difference"} & set(vars(sheet[0]))
    with pytest.raises(RuleError, match=r"还没有比对"):
        friday.comparison(clinic.db, opened.reconciliation_id)
    view = friday.week_view(clinic.db, TODAY, today=TODAY)
    assert view.state == "counting"
    assert {row.counted for row in view.lines} == {None}


def test_e51_a_partial_count_is_refused_with_the_list(clinic, marketing, gift):
    for number in range(11, 20):
        world.add_gift(marketing, code=f"G{number}", name=f"牙线{number}")
    opened = friday.open_week(marketing).reconciliation_id
    done = friday.enter_count(
        marketing, reconciliation_id=opened, counts=(CountEntry(gift, "desk", 5),)
    )
    assert done.missing == 19
    with pytest.raises(RuleError, match=r"还有 19 项没有清点：“牙膏”.仓库.、“牙线11”.*等 19 项"):
        friday.compare(marketing, reconciliation_id=opened)
    with pytest.raises(RuleError, match=r"还没有比对"):
        world.sign(marketing, opened)
    with pytest.raises(RuleError, match=r"还没有比对"):
        friday.set_reason(
            marketing, reconciliation_id=opened, gift_id=gift, place="desk", reason="x"
        )


def test_e51_what_is_typed_must_be_on_the_sheet_and_a_whole_number(clinic, marketing, gift):
    opened = friday.open_week(marketing).reconciliation_id

    def enter(*counts):
        friday.enter_count(marketing, reconciliation_id=opened, counts=counts)

    with pytest.raises(RuleError, match=r"“牙膏”.收费室.的实盘须是 0 至 1000000 的整数"):
        enter(CountEntry(gift, "desk", -1))
    with pytest.raises(RuleError, match=r"填了两次实盘"):
        enter(CountEntry(gift, "desk", 1), CountEntry(gift, "desk", 1))
    later = world.add_gift(marketing, code="G99", name="截止后的牙刷")
    with pytest.raises(RuleError, match=r"不在这次核对里"):
        enter(CountEntry(later, "desk", 1))


def test_e51_a_recount_hides_the_comparison_and_drops_the_old_reason(clinic, marketing, gift):
    opened = friday.open_week(marketing).reconciliation_id
    world.count_all(marketing, opened, g1_desk=4)
    where = {"reconciliation_id": opened, "gift_id": gift, "place": "desk"}
    friday.set_reason(marketing, **where, reason="少一支")
    with pytest.raises(RuleError, match=r"没有差异，不用填原因"):
        friday.set_reason(marketing, **{**where, "place": "warehouse"}, reason="x")
    with pytest.raises(RuleError, match=r"请填写差异的原因"):
        friday.set_reason(marketing, **where, reason=" ")
    again = friday.enter_count(
        marketing, reconciliation_id=opened, counts=(CountEntry(gift, "desk", 3),)
    )
    assert again.missing == 0
    friday.compare(marketing, reconciliation_id=opened)
    where_else = CountEntry(gift, "warehouse", 10)  # the same count again changes no line
    friday.enter_count(marketing, reconciliation_id=opened, counts=(where_else,))
    with pytest.raises(RuleError, match=r"还没有比对"):
        friday.comparison(clinic.db, opened)
    assert friday.compare(marketing, reconciliation_id=opened).differences == 1
    assert line(friday.comparison(clinic.db, opened), "desk").reason == ""
    with pytest.raises(RuleError, match=r"还没有原因：“牙膏”.收费室."):
        world.sign(marketing, opened)


def test_e51_two_different_people_of_the_two_posts_sign(clinic, marketing, gift):
    opened = friday.open_week(marketing).reconciliation_id
    world.count_all(marketing, opened)
    first = sign_for(clinic, "marketing", "sign.marketing")
    second = sign_for(clinic, "billing", "sign.billing")

    def close(one, two):
        return friday.close(marketing, reconciliation_id=opened, marketing=one, billing=two)

    with pytest.raises(RuleError, match=r"没有这项批准权限"):  # a third post cannot sign
        sign_for(clinic, "director", "sign.marketing")
    with pytest.raises(RuleError, match=r"请市场部"):
        close(None, second)
    with pytest.raises(RuleError, match=r"请收费室"):
        close(first, first)
    # the same person, who changed post in between
    moved = Approval(first.staff_id, first.name, "billing", "sign.billing")
    with pytest.raises(RuleError, match=r"两个人分别签字"):
        close(first, moved)
    assert close(first, second).differences == 0


def test_e51_a_closed_week_takes_no_third_signature_and_no_change(clinic, marketing, gift):
    number = world.friday(marketing)
    for again in (
        lambda: world.sign(marketing, number),
        lambda: friday.compare(marketing, reconciliation_id=number),
        lambda: friday.abandon(marketing, reconciliation_id=number),
        lambda: friday.enter_count(marketing, reconciliation_id=number, counts=()),
    ):
        with pytest.raises(RuleError, match=r"已由吴市场和周收费签字结账，不能再改或加签"):
            again()
    with pytest.raises(ConstraintFault), clinic.db.immediate():
        clinic.db.write(Reconciliation.update(week=NEXT))


def test_e51_closing_never_makes_stock_negative(clinic, marketing, billing, gift):
    opened = friday.open_week(marketing).reconciliation_id
    stock.scrap(billing, gift_id=gift, quantity=4, place="desk", reason="截止之后")
    world.count_all(marketing, opened, g1_desk=3, g1_warehouse=10)
    where = {"gift_id": gift, "place": "desk", "reason": "少两支"}
    friday.set_reason(marketing, reconciliation_id=opened, **where)
    with pytest.raises(RuleError, match=r"实盘 3，但截止之后又净减少了 4，库存会变成负数"):
        world.sign(marketing, opened)
    assert world.levels(clinic, gift) == (10, 1)
    friday.enter_count(marketing, reconciliation_id=opened, counts=(CountEntry(gift, "desk", 5),))
    friday.compare(marketing, reconciliation_id=opened)
    world.sign(marketing, opened)
    assert world.levels(clinic, gift) == (10, 1)


def test_r144_one_period_is_open_at_a_time_and_can_be_given_up(clinic, marketing, gift):
    first = friday.open_week(marketing).reconciliation_id
    with pytest.raises(RuleError, match=r"2026-11-20 的核对还没有结账"):
        friday.open_week(marketing)
    friday.abandon(marketing, reconciliation_id=first)
    with pytest.raises(RuleError, match=r"已放弃"):
        friday.compare(marketing, reconciliation_id=first)
    stock.receive(marketing, gift_id=gift, quantity=1)
    second = friday.open_week(marketing)
    rows = stored_lines(clinic.db, friday.period(clinic.db, second.reconciliation_id))
    assert line(rows, "warehouse").received == 16
    with pytest.raises(RuleError, match=r"没有找到这次核对"):
        friday.period(clinic.db, 99)


def test_r144_a_week_is_a_friday_not_closed_and_not_to_come(clinic, marketing, gift, clock):
    for week, sentence in (
        ("2026-11-19", "不是星期五。这一周的核对日是 2026-11-20"),
        ("2026-11-21", "不是星期五。这一周的核对日是 2026-11-27"),
        ("next", "年-月-日"),
        (NEXT, "还没有到"),
    ):
        with pytest.raises(RuleError, match=sentence):
            friday.open_week(marketing, week=week)
    world.friday(marketing)
    with pytest.raises(RuleError, match=r"2026-11-20 这一周已核对结账.最近一次是 2026-11-20"):
        friday.open_week(marketing)
    with pytest.raises(RuleError, match=r"已核对结账"):
        friday.open_week(marketing, week=TODAY)


def test_r144_an_empty_catalogue_has_nothing_to_count(marketing):
    with pytest.raises(RuleError, match=r"礼品目录还是空的"):
        friday.open_week(marketing)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-11-23", "2026-11-27"),  # Monday: this week's Friday
        ("2026-11-26", "2026-11-27"),  # Thursday, a holiday moves the count
        ("2026-11-28", "2026-11-27"),  # Saturday: the Friday just missed
        ("2026-11-29", "2026-11-27"),
        ("2026-11-30", "2026-11-27"),  # Monday: the Friday that nobody counted
        ("2026-12-03", "2026-11-27"),
        ("2026-12-04", "2026-12-04"),  # the next one is due: it takes the missed week in
        ("2026-12-07", "2026-12-04"),  # of several missed weeks the newest takes all in
    ],
)
def test_r144_the_week_due(clinic, marketing, gift, clock, day, due):
    world.friday(marketing)
    clock.day = day
    assert friday.default_week(clinic.db, day) == due
    assert friday.open_week(marketing).week == due


def test_r144_at_the_weekend_after_a_closed_friday_the_next_is_due(clinic, marketing, gift, clock):
    assert friday.default_week(clinic.db, "2026-11-21") == TODAY  # missed, and never closed
    world.friday(marketing)
    assert friday.default_week(clinic.db, "2026-11-21") == NEXT
    assert friday.friday_of("2026-11-21") == NEXT


def test_r144_a_missed_friday_is_counted_on_monday_and_the_next_stays_due(
    clinic, marketing, gift, clock
):
    clock.day = "2026-11-23"
    world.friday(marketing)
    assert friday.last_close(clinic.db).week == TODAY
    assert friday.default_week(clinic.db, "2026-11-24") == NEXT  # early, if somebody wants to
    clock.day = NEXT
    assert friday.open_week(marketing).week == NEXT


def test_r144_no_week_is_older_than_the_books(clinic, marketing, gift):
    with pytest.raises(RuleError, match=r"2019-01-04 时还没有开始记账.*最早一周是 2026-11-20"):
        friday.open_week(marketing, week="2019-01-04")
    with pytest.raises(RuleError, match="还没有开始记账"):
        friday.week_view(clinic.db, "2026-11-13", today=TODAY)


def test_r144_a_clinic_made_at_the_weekend_missed_no_friday(clinic):
    assert friday.default_week(clinic.db, "2026-11-15") == TODAY


def test_r144_a_missed_week_makes_the_next_longer(clinic, marketing, billing, gift, clock):
    world.friday(marketing)
    clock.day = "2026-11-25"
    stock.receive(marketing, gift_id=gift, quantity=3)
    clock.day = "2026-12-02"
    stock.receive(marketing, gift_id=gift, quantity=4)
    clock.day = "2026-12-04"
    number = world.friday(marketing)
    rows = friday.comparison(clinic.db, number)
    assert figures(line(rows, "warehouse")) == (10, 7, 0, 0, 0, 0, 0, 17)
    with pytest.raises(RuleError, match=r"2026-11-27 没有单独核对，它并入了 2026-12-04"):
        friday.week_view(clinic.db, NEXT, today=clock.day)


def test_r144_the_drill_down_lists_every_move_of_the_period(
    clinic, marketing, billing, gift, clock
):
    first = friday.open_week(marketing).reconciliation_id
    world.count_all(marketing, first, g1_desk=4)
    friday.set_reason(
        marketing, reconciliation_id=first, gift_id=gift, place="desk", reason="少一支"
    )
    world.sign(marketing, first)
    clock.day = NEXT
    stock.scrap(billing, gift_id=gift, quantity=1, place="desk", reason="受潮")
    second = world.friday(marketing)
    mine = friday.movements(clinic.db, first)
    assert [(row.kind, row.place, row.quantity) for row in mine] == [
        ("count", "desk", -1),
        ("transfer", "desk", 5),
        ("transfer", "warehouse", -5),
        ("receive", "warehouse", 15),
    ]
    # the count move carries a number of the second period and still is not part of it
    theirs = friday.movements(clinic.db, second)
    assert [(row.kind, row.staff) for row in theirs] == [("scrap", "周收费")]
    assert len(friday.movements(clinic.db, first, gift_id=gift, place="desk")) == 2
    assert len(friday.movements(clinic.db, friday_open(marketing, clock))) == 0


def friday_open(session, clock):
    clock.day = "2026-12-04"
    return friday.open_week(session).reconciliation_id


def test_r144_past_weeks_tell_the_shrinkage_of_each_gift(clinic, marketing, gift, clock):
    other = world.add_gift(marketing, code="G11", name="牙线")
    opened = friday.open_week(marketing).reconciliation_id
    world.count_all(marketing, opened, g1_desk=4, g1_warehouse=8)
    for place in stock.PLACES:
        friday.set_reason(
            marketing, reconciliation_id=opened, gift_id=gift, place=place, reason="少"
        )
    world.sign(marketing, opened)
    clock.day = NEXT
    world.friday(marketing)
    newest, oldest = friday.history(clinic.db)
    assert newest.shrinkage == ()
    assert [(g.name, g.difference, g.cost_fen) for g in oldest.shrinkage] == [("牙膏", -3, -1800)]
    assert other not in {g.gift_id for g in oldest.shrinkage}
    assert len(friday.history(clinic.db, limit=1)) == 1


def test_r144_the_live_week_needs_no_reconciliation(clinic, marketing, gift, clock):
    view = friday.week_view(clinic.db, TODAY, today=TODAY)
    assert (view.state, view.signed, view.row, view.since) == ("live", False, None, None)
    assert [row.book for row in view.lines] == [10, 5]
    with pytest.raises(RuleError, match=r"2026-11-27 这一周还没有到"):
        friday.week_view(clinic.db, NEXT, today=TODAY)
    number = world.friday(marketing)
    closed = friday.week_view(clinic.db, TODAY, today=TODAY)
    assert (closed.state, closed.signed, closed.row.id) == ("closed", True, number)
    assert [row.counted for row in closed.lines] == [10, 5]
    # what comes after the close on the same day already belongs to the next week
    after = friday.week_view(clinic.db, NEXT, today=TODAY)
    assert (after.state, after.from_seq) == ("live", closed.cutoff_seq)
    assert after.since == closed.until
    clock.day = NEXT
    opened = friday.open_week(marketing)
    clock.day = "2026-11-30"
    with pytest.raises(RuleError, match=r"2026-11-27 的核对还没有结账"):
        friday.week_view(clinic.db, "2026-12-04", today=clock.day)
    assert friday.week_view(clinic.db, NEXT, today=clock.day).since == closed.until
    assert friday.current(clinic.db).id == opened.reconciliation_id


def test_r144_gifts_out_of_use_stay_on_the_sheet_while_they_moved(clinic, marketing, gift, clock):
    world.friday(marketing)
    stock.scrap(marketing, gift_id=gift, quantity=10, place="warehouse", reason="过期")
    stock.scrap(marketing, gift_id=gift, quantity=5, place="desk", reason="过期")
    stock.change_gift(marketing, gift_id=gift, active=False)
    clock.day = NEXT
    number = world.friday(marketing)
    assert len(friday.comparison(clinic.db, number)) == 2
    world.add_gift(marketing, code="G11", name="牙线")
    clock.day = "2026-12-04"
    number = world.friday(marketing)
    assert [row.name for row in friday.comparison(clinic.db, number)] == ["牙线", "牙线"]
    assert clinic.db.scalar(Gift.select(Gift.active).where(Gift.id == gift)) == 0


def test_r144_lines_from_the_ledger_equal_the_frozen_ones(clinic, marketing, gift):
    number = world.friday(marketing)
    row = friday.period(clinic.db, number)
    frozen = [figures(one) for one in stored_lines(clinic.db, row)]
    again = [figures(one) for one in computed_lines(clinic.db, row.from_seq, row.cutoff_seq)]
    assert frozen == again
