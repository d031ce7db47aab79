"""One programme takes the place of another (E42), and gives it back."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
from msgspec.structs import replace

from services.clinic import Clinic
from services.clock import ManualClock
from services.commands import Session
from services.desk.daily import catch_up
from services.errors import Confirmable, RuleError
from services.gifts.handout import issue_gift
from services.loyalty.everybody import WorkCancelled
from services.loyalty.ledger import Source, credit, debit, open_lots
from services.loyalty.membership import join, override_tier
from services.loyalty.receipts import refund
from services.loyalty.service_use import use_service
from services.loyalty.standing import StandingRow, account_of, joined_on, settle, standing_of
from services.programmes.activation import PAID_TERMS, activate
from services.programmes.cutover import CutOver, cut_over, undo_cut_over
from services.programmes.cutover_report import LastCutOver, Moved, last_cut_over, preview_cut_over
from services.programmes.definition import Points, Programme
from services.programmes.registry import main_timeline, timelines
from tests.conftest import TODAY
from tests.gift_world import add_gift, add_member, gift_grant, in_command, stocked
from tests.money_world import dump, grant_id, grants, member, pay, person
from tests.services.programmes.presets import ALL
from tests.services.programmes.signing_world import faults, sign_draft

A, B = ALL["医院方案A"], ALL["医院方案B"]


def in_a(session: Session, who: int) -> StandingRow:
    return standing_of(session.db, who, 1)


def in_b(session: Session, who: int) -> StandingRow:
    return standing_of(session.db, who, 2)


def adjust(session: Session, who: int, points: int, programme_id: int = 1) -> None:
    """Points beside the receipts: given with an end, or spent."""

    def body(tx):
        account = account_of(tx, who, programme_id)
        if points > 0:
            credit(account, points, Source("bonus", tx.today, expires_on="2026-12-31"))
        else:
            debit(account, -points, Source("redeem", tx.today))
        settle(tx, account)

    in_command(session, body)


def to_b(session: Session, **more: object) -> CutOver:
    return cut_over(session, from_programme_id=1, to_programme_id=2, **more)


@pytest.fixture
def b(director: Session) -> int:
    return sign_draft(director, B).programme_id


# -- A → B -----------------------------------------------------------------------------------------


def test_e42_members_become_members_and_points_come_lot_by_lot(clinic, director):
    who, guest = member(director, 2000), person(director)
    pay(director, who, 500)
    pay(director, guest, 70)
    adjust(director, who, 33)
    sign_draft(director, B)
    changed = to_b(director)
    assert changed.moved == Moved(1, 2603, 0, 0, 0, 2603)
    assert [timeline.name for timeline in timelines(clinic.db)] == ["医院方案B"]
    found = in_b(director, who)
    assert (found.available, found.earned, found.rank, found.member) == (2533, 2500, 1, 1)
    assert joined_on(clinic.db, who, 2) == TODAY
    assert (in_b(director, guest).available, in_b(director, guest).member) == (70, 0)
    assert (in_a(director, who).available, in_a(director, who).earned) == (0, 2500)
    lots = clinic.db.execute_sql(
        "SELECT points, expires_on, reason FROM points_entry WHERE programme_id = 2"
        " AND person_id = ? AND points > 0 AND tier_counting = 0 ORDER BY id",
        (who,),
    ).fetchall()
    assert [(points, ends) for points, ends, _ in lots] == [
        (33, "2026-12-31"), (2000, None), (500, None),
    ]  # fmt: skip
    assert lots[0][2] == "由“医院方案A”转入"
    assert lots[1][2].startswith("由“医院方案A”转入，单据 261120-")
    told = clinic.db.execute_sql(
        "SELECT COUNT(*) FROM tier_notice n JOIN tier_event e ON e.id = n.tier_event_id"
        " WHERE e.programme_id = 2"
    ).fetchone()
    assert told == (0,)  # no promotion, nothing to tell
    assert faults(clinic) == []


def test_e42_the_old_grants_run_to_their_end(clinic, director):
    who = member(director, 8000)
    sign_draft(director, B)
    to_b(director)
    gift_id = add_gift(director, "G50", "电动牙刷", 50)
    stocked(director, gift_id, 0, 1)
    issue_gift(director, grant_id=gift_grant(clinic, who), gift_id=gift_id)
    use_service(director, grant_id=grant_id(clinic, who, "advanced.ultrasonic@2026"))
    assert grants(clinic, who)["advanced.ultrasonic@2026"] == (1, 1, "used")
    assert faults(clinic) == []


def test_e42_from_then_on_receipts_feed_the_new_one_alone(clinic, director, b):
    who = member(director, 2000)
    to_b(director)
    pay(director, who, 100)
    assert (in_a(director, who).earned, in_b(director, who).earned) == (2000, 2100)
    assert main_timeline(clinic.db).programme_id == b
    assert faults(clinic) == []


def test_e15_a_refund_afterwards_takes_the_points_that_came_over(clinic, director):
    who = person(director)
    old = pay(director, who, 2000)
    sign_draft(director, B)
    to_b(director)
    refund(director, receipt_id=old.receipt_id, amount_fen=50_000, reason="退")
    found = in_b(director, who)
    assert (found.available, found.earned, found.deficit) == (1500, 1500, 0)
    adjust(director, who, -1200, 2)
    refund(director, receipt_id=old.receipt_id, amount_fen=150_000, reason="退")
    found = in_b(director, who)
    assert (found.available, found.earned, found.deficit) == (0, 0, 1200)
    assert faults(clinic) == []


def test_points_may_stay_behind(clinic, director):
    who = member(director, 2000)
    sign_draft(director, B)
    changed = to_b(director, carry=False)
    assert changed.moved == Moved(1, 0, 0, 2000, 0, 0)
    assert (in_a(director, who).available, in_b(director, who).available) == (2000, 0)
    assert faults(clinic) == []


def test_what_the_new_programme_gave_itself_does_not_come_twice(clinic, director):
    who = member(director, 2000)
    sign_draft(director, B)
    pay(director, who, 300)  # earns in both
    changed = to_b(director)
    assert changed.moved.points == 2000
    assert (in_b(director, who).available, in_a(director, who).available) == (2300, 0)
    assert faults(clinic) == []


def test_who_is_a_member_of_both_already_stays_one(clinic, director):
    who = member(director, 2000)
    sign_draft(director, B)
    join(director, person_id=who, benefits_explained=True, programme_id=2)
    assert to_b(director).moved.members == 0
    assert faults(clinic) == []


def test_e40_a_leaders_word_belongs_to_the_programme_it_was_given_in(clinic, director):
    who = person(director)
    override_tier(director, person_id=who, rank=3, reason="院长批准")
    sign_draft(director, B)
    to_b(director)
    assert (in_b(director, who).rank, in_b(director, who).member) == (0, 1)


def test_e42_the_paper_register_comes_along(clinic, director):
    who = add_member(director, "M1", spend_yuan=9000)
    sign_draft(director, B)
    to_b(director)
    found = in_b(director, who)
    assert (found.spend_fen, found.earned, found.available, found.rank) == (900_000, 9000, 9000, 1)
    assert faults(clinic) == []


def test_e46_a_register_taken_in_after_the_new_one_was_signed_comes_along_too(clinic, director, b):
    who = add_member(director, "M1", spend_yuan=9000)
    pay(director, who, 10)
    assert in_b(director, who).spend_fen == 1000
    changed = to_b(director)
    found = in_b(director, who)
    assert (found.spend_fen, found.earned, found.available, found.rank) == (901_000, 9010, 9010, 1)
    assert faults(clinic) == []
    undo_cut_over(director, change_id=changed.change_id)
    assert (in_b(director, who).available, in_a(director, who).available) == (10, 9010)
    assert faults(clinic) == []


# -- B → A, and debts ------------------------------------------------------------------------------


@pytest.fixture
def was_b(clinic, director: Session) -> int:
    """A clinic that has been on B for a while and signs A anew under another name."""
    sign_draft(director, B)
    to_b(director)
    return 2


def test_e42_from_spending_points_to_counting_them(clinic, director, was_b):
    who = member(director, 15_000)
    adjust(director, who, -6000, 2)
    third = sign_draft(director, replace(A, name="医院方案A2")).programme_id
    changed = cut_over(director, from_programme_id=2, to_programme_id=third)
    assert changed.moved == Moved(1, 9000, 0, 0, 9000, 0)
    found = standing_of(clinic.db, who, third)
    assert (found.rank, found.earned, found.available) == (3, 15_000, 9000)
    assert grants(clinic, who)["vip.gift"] == (1, 0, "closed")  # of a tier held long since
    assert faults(clinic) == []


def test_e42_there_and_back_again(clinic, director, was_b, clock):
    who = member(director, 15_000)
    clock.day = "2026-11-30"
    pay(director, who, 1000)
    activate(director, programme_id=1)
    cut_over(director, from_programme_id=2, to_programme_id=1)
    found = in_a(director, who)
    assert (found.spend_fen, found.earned, found.available, found.rank) == (
        1_600_000, 16_000, 16_000, 3,
    )  # fmt: skip
    assert [timeline.programme_id for timeline in timelines(clinic.db)] == [1]
    assert faults(clinic) == []


def test_e17_a_debt_comes_along(clinic, director, was_b):
    who = person(director)
    paid = pay(director, who, 3000)
    adjust(director, who, -2500, 2)
    refund(director, receipt_id=paid.receipt_id, amount_fen=100_000, reason="退")
    assert in_b(director, who).deficit == 500
    third = sign_draft(director, replace(B, name="医院方案B2")).programme_id
    planned = preview_cut_over(clinic.db, TODAY, from_programme_id=2, to_programme_id=third)
    changed = cut_over(director, from_programme_id=2, to_programme_id=third)
    assert changed.moved == planned == Moved(0, 0, 500, 0, 0, 0)
    assert in_b(director, who).deficit == 0
    assert standing_of(clinic.db, who, third).deficit == 500
    assert faults(clinic) == []
    undo_cut_over(director, change_id=changed.change_id)
    assert (in_b(director, who).deficit, standing_of(clinic.db, who, third).deficit) == (500, 0)
    assert faults(clinic) == []


# -- refusals and the report -----------------------------------------------------------------------


def test_two_programmes_in_use_are_needed(clinic, director):
    with pytest.raises(RuleError, match="两个不同的方案"):
        cut_over(director, from_programme_id=1, to_programme_id=1)
    with pytest.raises(RuleError, match="没有在使用"):
        to_b(director)
    with pytest.raises(RuleError, match="没有在使用"):
        preview_cut_over(clinic.db, TODAY, from_programme_id=1, to_programme_id=2)


def test_running_fees_are_asked_about(clinic, director, b):
    member(director)
    clinic.db.execute_sql("UPDATE standing SET paid_until = '2027-01-01' WHERE programme_id = 1")
    with pytest.raises(Confirmable) as asked:
        to_b(director)
    assert asked.value.code == PAID_TERMS
    to_b(director.confirming(PAID_TERMS))


def test_a_cancelled_change_leaves_nothing(clinic, director, b):
    member(director)
    before = dump(clinic)
    with pytest.raises(WorkCancelled):
        to_b(director, cancelled=lambda: True)
    assert dump(clinic) == before


def test_the_same_form_twice_changes_once(clinic, director, b):
    member(director)
    once = director.once(uuid.uuid4())
    first = to_b(once)
    assert to_b(once) == first


@pytest.mark.parametrize("carry", [True, False])
def test_e42_the_report_before_says_what_the_change_then_does(clinic, director, carry):
    who, guest = member(director, 2000), person(director)
    pay(director, guest, 70)
    adjust(director, who, 40)
    lasting = replace(B, points=replace(B.points, per_yuan_off=50))
    sign_draft(director, lasting)
    pay(director, who, 300)
    planned = preview_cut_over(
        clinic.db, TODAY, from_programme_id=1, to_programme_id=2, carry=carry
    )
    assert planned.liability_before_fen == 600  # 300 points of the new one, 50 to the yuan
    assert planned.liability_after_fen == (600 + 2 * (2000 + 70 + 40) if carry else 600)
    assert to_b(director, carry=carry).moved == planned


def test_what_has_run_out_stays_behind(clinic, director, clock):
    who = member(director, 2000)
    adjust(director, who, 40)
    sign_draft(director, B)
    clock.day = "2027-01-01"
    director = director.confirming("clock_jump")
    planned = preview_cut_over(clinic.db, "2027-01-01", from_programme_id=1, to_programme_id=2)
    assert to_b(director).moved == planned
    assert planned.points == 2000
    assert faults(clinic) == []


# -- taking it back --------------------------------------------------------------------------------


def state(session: Session, who: int) -> list[StandingRow]:
    return [in_a(session, who), in_b(session, who)]


def test_e42_taken_back_everything_is_as_it_was(clinic, director):
    who, guest = member(director, 8000), person(director)
    pay(director, guest, 70)
    adjust(director, who, 33)
    sign_draft(director, B)
    before = [state(director, each) for each in (who, guest)]
    owned = grants(clinic, who)
    changed = to_b(director)
    undone = undo_cut_over(director, change_id=changed.change_id)
    assert (undone.change_id, undone.members) == (changed.change_id, 1)
    assert [state(director, each) for each in (who, guest)] == before
    assert [timeline.programme_id for timeline in timelines(clinic.db)] == [1, 2]
    assert grants(clinic, who).items() >= owned.items()
    assert joined_on(clinic.db, who, 2) is None
    assert open_lots(clinic.db, (who,), 2) == []
    assert faults(clinic) == []
    pay(director, who, 10)
    assert faults(clinic) == []


def test_e42_done_again_after_it_was_taken_back(clinic, director, b):
    who = member(director, 8000)
    first = to_b(director)
    undo_cut_over(director, change_id=first.change_id)
    again = to_b(director)
    assert again.moved == first.moved
    assert (in_b(director, who).available, in_b(director, who).member) == (8000, 1)
    assert faults(clinic) == []
    undo_cut_over(director, change_id=again.change_id)
    assert in_a(director, who).available == 8000
    assert faults(clinic) == []


def gifts(programme: Programme) -> Programme:
    """B with the first gift of A under another key."""
    gift = replace(A.tiers[0].benefits[0], key="b.welcome")
    return replace(programme, tiers=(replace(programme.tiers[0], benefits=(gift,)),))


def test_e42_the_change_itself_gives_no_welcome_gift(clinic, director, clock):
    """Who was a member already does not get the gift of joining again; who joins then does."""
    who = member(director)
    sign_draft(director, gifts(B))
    changed = to_b(director)
    assert grants(clinic, who)["b.welcome"] == (1, 0, "closed")
    undo_cut_over(director, change_id=changed.change_id)
    assert grants(clinic, who)["b.welcome"] == (1, 0, "closed")
    to_b(director)
    assert grants(clinic, who)["b.welcome"] == (1, 0, "closed")
    clock.day = "2026-11-21"
    catch_up(director)
    assert grants(clinic, who)["b.welcome"] == (1, 0, "closed")
    pay(director, who, 1)
    assert grants(clinic, who)["b.welcome"] == (1, 0, "closed")
    assert grants(clinic, member(director))["b.welcome"] == (1, 0, "open")
    assert faults(clinic) == []


def test_e42_after_the_first_posting_there_is_no_way_back(clinic, director, b):
    who = member(director)
    changed = to_b(director)
    pay(director, who, 1)
    with pytest.raises(RuleError, match="切换以后已有新的登记"):
        undo_cut_over(director, change_id=changed.change_id)


def test_e42_nor_after_somebody_left(clinic, director, b):
    member(director)
    changed = to_b(director)
    clinic.db.execute_sql("UPDATE membership SET end_seq = ?", (10**6,))
    with pytest.raises(RuleError, match="切换以后已有新的登记"):
        undo_cut_over(director, change_id=changed.change_id)


def test_a_change_is_taken_back_once(clinic, director, b):
    member(director)
    changed = to_b(director)
    undo_cut_over(director, change_id=changed.change_id)
    for change_id in (changed.change_id, 9):
        with pytest.raises(RuleError, match="不存在，或已经撤销过"):
            undo_cut_over(director, change_id=change_id)


def test_on_the_next_day_it_can_still_be_taken_back(clinic, director, b, clock):
    who = member(director, 2000)
    changed = to_b(director)
    clock.day = "2026-11-21"
    catch_up(director)
    undo_cut_over(director, change_id=changed.change_id)
    catch_up(director)
    assert in_a(director, who).available == 2000
    assert faults(clinic) == []


EVE = "2026-12-31"


def over_new_year(director: Session, clock: ManualClock, who: int) -> tuple[Session, CutOver]:
    """Changed on the last day of the year, on which 33 points can be used for the last time."""
    adjust(director, who, 33)
    sign_draft(director, B)
    clock.day = EVE
    director = director.confirming("clock_jump")
    changed = to_b(director)
    clock.day = "2027-01-01"
    return director, changed


def written_by_the_day(clinic: Clinic) -> int:
    """How many entries of points the day's own work has written."""
    return clinic.db.execute_sql(
        "SELECT COUNT(*) FROM points_entry e JOIN audit a ON a.seq = e.seq"
        " WHERE a.action = 'clinic.daily'"
    ).fetchone()[0]


def test_e42_the_work_of_the_day_is_no_posting(clinic, director, clock):
    who = member(director, 2000)
    director, changed = over_new_year(director, clock, who)
    catch_up(director)
    assert written_by_the_day(clinic) == 1  # the 33 ran out
    change = last_cut_over(clinic.db)
    assert change is not None
    assert change.open
    undo_cut_over(director, change_id=changed.change_id)
    assert in_a(director, who).available == 2033  # for 30 days of grace
    assert faults(clinic) == []


@pytest.mark.parametrize("posted", ["before", "after"])
def test_e42_a_posting_before_or_after_the_work_of_the_day_is_one(clinic, director, clock, posted):
    who = member(director, 2000)
    director, changed = over_new_year(director, clock, who)
    if posted == "before":
        clock.day = EVE
        pay(director, who, 1)
        clock.day = "2027-01-01"
    catch_up(director)
    assert written_by_the_day(clinic) == 1
    if posted == "after":
        pay(director, who, 1)
    with pytest.raises(RuleError, match="切换以后已有新的登记"):
        undo_cut_over(director, change_id=changed.change_id)


def test_what_runs_out_between_is_not_taken_twice(clinic, director, clock):
    who = member(director, 2000)
    adjust(director, who, 33)
    sign_draft(director, B)
    changed = to_b(director)
    clock.day = "2027-01-01"
    director = director.confirming("clock_jump")
    undo_cut_over(director, change_id=changed.change_id)
    found = in_a(director, who)
    assert (found.available, found.deficit) == (2033, 0)  # the 33 are back, for 30 days of grace
    catch_up(director)
    assert (in_b(director, who).available, in_b(director, who).deficit) == (0, 0)
    assert faults(clinic) == []


def test_a_programme_without_points_changes_hands_too(clinic, director):
    who = member(director, 2000)
    sign_draft(director, replace(B, name="无积分", points=Points("none")))
    changed = to_b(director)
    assert (in_b(director, who).earned, in_b(director, who).available) == (0, 2000)
    assert changed.moved.liability_after_fen == 0
    assert faults(clinic) == []


def test_e42_the_newest_change_says_whether_it_may_be_taken_back(clinic, director, b):
    assert last_cut_over(clinic.db) is None
    change_id = to_b(director).change_id
    expected = LastCutOver(change_id, "医院方案A", "医院方案B", TODAY, open=True)
    assert last_cut_over(clinic.db) == expected
    pay(director, person(director), 100)
    assert last_cut_over(clinic.db) == dataclasses.replace(expected, open=False)


def test_e42_a_change_that_was_taken_back_is_no_more(clinic, director, b):
    undo_cut_over(director, change_id=to_b(director).change_id)
    assert last_cut_over(clinic.db) is None
