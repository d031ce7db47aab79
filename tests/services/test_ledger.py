"""Points by hand and by the calendar: lots, debits, deficits, expiry (E17–E26, E63)."""

from __future__ import annotations

import msgspec
import pytest

from services.clock import plus_days
from services.commands import Approval
from services.errors import IntegrityAlarm, RuleError
from services.loyalty import points
from services.loyalty.ledger import Source, credit, debit, expiry_of, give_back
from services.loyalty.points import (
    REASONS,
    adjust_points,
    expire_due,
    kind_title,
    points_ledger,
    reason_title,
    reverse_adjustment,
)
from services.loyalty.receipts import refund
from services.loyalty.standing import account_of, standing_of
from services.programmes.definition import Points
from services.programmes.registry import main_timeline, preset, timelines
from services.simulation.account import MemoryAccount
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import in_command
from tests.money_world import (
    check_books,
    dump,
    pay,
    people_with_expired_lots,
    person,
    sign,
    stand,
    variant,
)

BIG = Approval(1, STAFF["director"], "director", "approve.adjustment")


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_books(clinic)


@pytest.fixture
def who(frontdesk, director) -> int:
    """Somebody whose points live for one month."""
    sign(director, variant(mode="spend", expiry_months=1))
    return person(frontdesk)


def take(session, person_id, count, **more):
    return adjust_points(
        session, person_id=person_id, points=-count, reason_code="other", text="兑换", **more
    )


def give(session, person_id, count, **more):
    return adjust_points(
        session, person_id=person_id, points=count, reason_code="other", text="补偿", **more
    )


def left(clinic, person_id: int) -> dict[str, int]:
    """Day earned → what is left of that day's lots."""
    rows = clinic.db.execute_sql(
        "SELECT e.occurred_on, SUM(e.points) - (SELECT COALESCE(SUM(a.points), 0)"
        "  FROM points_allocation a JOIN points_entry l ON l.id = a.lot_id"
        "  WHERE l.occurred_on = e.occurred_on AND l.person_id = e.person_id)"
        " FROM points_entry e WHERE e.person_id = ? AND e.points > 0 AND e.kind <> 'return'"
        " GROUP BY e.occurred_on",
        (person_id,),
    ).fetchall()
    return dict(rows)


# -- order and expiry ------------------------------------------------------------------------------


def test_e21_what_runs_out_first_goes_first(clinic, frontdesk, member_admin, who):
    for day in ("2026-11-18", "2026-11-16", "2026-11-17"):
        pay(frontdesk, who, 100, occurred_on=day)
    take(member_admin, who, 150)
    assert left(clinic, who) == {"2026-11-16": 0, "2026-11-17": 50, "2026-11-18": 100}


def test_e21_lots_that_never_end_go_last(clinic, frontdesk, director, member_admin, who):
    sign(director, variant(mode="spend"), valid_from="2026-11-17")
    pay(frontdesk, who, 100, occurred_on="2026-11-18")
    pay(frontdesk, who, 100, occurred_on="2026-11-16")
    take(member_admin, who, 100)
    assert left(clinic, who) == {"2026-11-16": 0, "2026-11-18": 100}


def test_e22_e23_the_last_day_counts_and_the_day_after_is_written(
    clinic, frontdesk, member_admin, clock, who
):
    pay(frontdesk, who, 100)
    clock.day = "2026-12-20"
    take(member_admin, who, 30)
    assert people_with_expired_lots(clinic, clock.day) == []
    clock.day = "2026-12-21"
    assert people_with_expired_lots(clinic, clock.day) == [who]
    with pytest.raises(RuleError, match="可用积分只有 0，不够扣 1"):
        take(member_admin, who, 1)
    assert expire_due(frontdesk, person_id=who).points == -70
    newest = points_ledger(clinic.db, who)[0]
    assert (newest.kind, newest.points, newest.occurred_on) == ("expire", -70, "2026-12-21")
    assert people_with_expired_lots(clinic, clock.day) == []


def test_e22_starting_twice_and_late_changes_nothing_more(clinic, frontdesk, clock, who):
    pay(frontdesk, who, 100)
    clock.day = "2027-05-01"
    frontdesk = frontdesk.confirming("clock_jump")
    assert expire_due(frontdesk, person_id=who).points == -100
    before = dump(clinic)
    assert expire_due(frontdesk, person_id=who).points == 0
    assert dump(clinic) == before
    assert points_ledger(clinic.db, who)[0].occurred_on == "2026-12-21"


def test_e22_a_lot_used_up_before_its_end_is_nobodys_work(
    clinic, frontdesk, member_admin, clock, who
):
    pay(frontdesk, who, 100)
    take(member_admin, who, 100)
    clock.day = "2026-12-21"
    assert people_with_expired_lots(clinic, clock.day) == []


def test_e28_the_end_is_stamped_at_birth(clinic, frontdesk, director, clock, who):
    pay(frontdesk, who, 100)
    sign(director, variant(mode="spend"), valid_from="2026-11-21")
    clock.day = "2026-12-21"
    frontdesk = frontdesk.confirming("clock_jump")
    pay(frontdesk, who, 100)
    expire_due(frontdesk, person_id=who)
    assert left(clinic, who) == {TODAY: 0, "2026-12-21": 100}


def test_e26_ends_of_months_are_clamped(clinic, director):
    sign(director, variant(mode="spend", expiry_months=12))
    timeline = main_timeline(clinic.db)
    assert expiry_of(timeline, "2028-02-29") == "2029-02-28"
    assert expiry_of(timeline, "2026-11-20") == "2027-11-20"


# -- by hand (E63) ---------------------------------------------------------------------------------


def test_e63_more_than_500_wants_a_second_person(clinic, director, member_admin, who):
    give(member_admin, who, 500)
    for count in (501, 5000):
        with pytest.raises(RuleError, match="院长另行批准"):
            give(member_admin, who, count)
    word = approve(clinic, STAFF["director"], PIN, "approve.adjustment")
    give(member_admin, who, 501, approval=word)
    take(member_admin, who, 1000, approval=word)
    with pytest.raises(RuleError, match="两个人"):
        give(director, who, 501, approval=word)
    detail = clinic.db.execute_sql(
        "SELECT detail FROM audit WHERE action = 'points.adjust' ORDER BY seq DESC"
    ).fetchone()[0]
    assert '"approved_by":1' in detail


@pytest.mark.parametrize(
    "bad",
    [{"points": 0}, {"reason_code": "x"}, {"text": "  "}, {"person_id": 999}],
)
def test_e63_what_an_adjustment_wants(member_admin, who, bad):
    good = {"person_id": who, "points": 5, "reason_code": "mistake", "text": "x"}
    with pytest.raises(RuleError):
        adjust_points(member_admin, **{**good, **bad})


def test_e63_points_are_adjusted_in_the_programme_that_is_named(
    clinic, director, member_admin, who
):
    second = msgspec.structs.replace(preset("医院方案B"), name="第二方案")
    sign(director, second)
    dry = msgspec.structs.replace(second, name="不记分", points=Points("none"))
    sign(director, dry)
    ids = {each.name: each.programme_id for each in timelines(clinic.db)}
    assert [each.name for each in points.adjustable(clinic.db, TODAY)] == ["医院方案A", "第二方案"]
    given = give(member_admin, who, 50, programme_id=ids["第二方案"])
    assert standing_of(clinic.db, who, ids["第二方案"]).available == 50
    assert stand(clinic, who).available == 0
    with pytest.raises(RuleError, match="“不记分”不记积分"):
        give(member_admin, who, 50, programme_id=ids["不记分"])
    reverse_adjustment(member_admin, entry_id=given.entry_id, text="记错方案")
    assert standing_of(clinic.db, who, ids["第二方案"]).available == 0


def test_e34_an_adjustment_never_counts_for_a_tier(clinic, frontdesk, member_admin, who):
    give(member_admin, who, 5000, approval=BIG)
    row = stand(clinic, who)
    assert (row.available, row.earned, row.spend_fen, row.rank) == (5000, 0, 0, 0)


def test_e63_a_gift_of_points_is_taken_back_from_its_own_lot(
    clinic, frontdesk, member_admin, clock, who
):
    pay(frontdesk, who, 100)
    clock.day = "2026-11-21"
    given = give(member_admin, who, 50)
    back = reverse_adjustment(member_admin, entry_id=given.entry_id, text="冲销")
    assert back.points == -50
    assert left(clinic, who) == {TODAY: 100, "2026-11-21": 0}


def test_e17_points_taken_back_after_they_were_spent_are_owed(clinic, member_admin, who):
    given = give(member_admin, who, 50)
    take(member_admin, who, 50)
    reverse_adjustment(member_admin, entry_id=given.entry_id, text="冲销")
    assert (stand(clinic, who).available, stand(clinic, who).deficit) == (0, 50)


def test_e18_points_go_back_to_the_lots_they_came_from(clinic, frontdesk, member_admin, who):
    for day in ("2026-11-16", "2026-11-18"):
        pay(frontdesk, who, 100, occurred_on=day)
    taken = take(member_admin, who, 150)
    assert reverse_adjustment(member_admin, entry_id=taken.entry_id, text="冲销").points == 150
    assert left(clinic, who) == {"2026-11-16": 100, "2026-11-18": 100}
    take(member_admin, who, 120)
    assert left(clinic, who) == {"2026-11-16": 0, "2026-11-18": 80}


def test_e17_e18_a_debit_given_back_owes_nothing_any_more(clinic, frontdesk, member_admin, who):
    """Once this put the next credit to the wrong debit and stopped posting."""
    pay(frontdesk, who, 100)
    taken = take(member_admin, who, 100)
    reverse_adjustment(member_admin, entry_id=taken.entry_id, text="冲销")
    take(member_admin, who, 100)
    second = pay(frontdesk, who, 50)
    take(member_admin, who, 50)
    refund(frontdesk, receipt_id=second.receipt_id, amount_fen=5_000, reason="退")
    assert stand(clinic, who).deficit == 50
    pay(frontdesk, who, 80)
    assert (stand(clinic, who).available, stand(clinic, who).deficit) == (30, 0)


def test_e17_points_given_back_pay_what_is_owed_first(clinic, frontdesk, member_admin, who):
    paid = pay(frontdesk, who, 100)
    taken = take(member_admin, who, 100)
    refund(frontdesk, receipt_id=paid.receipt_id, amount_fen=6_000, reason="退")
    assert (stand(clinic, who).available, stand(clinic, who).deficit) == (0, 60)
    reverse_adjustment(member_admin, entry_id=taken.entry_id, text="冲销")
    assert (stand(clinic, who).available, stand(clinic, who).deficit) == (40, 0)


def test_e19_given_back_after_the_lot_ran_out_they_have_30_days_of_grace(
    clinic, frontdesk, member_admin, clock, who
):
    for day in ("2026-11-16", TODAY):
        pay(frontdesk, who, 100, occurred_on=day)
    taken = take(member_admin, who, 150)
    clock.day = "2026-12-18"
    expire_due(frontdesk, person_id=who)
    reverse_adjustment(member_admin, entry_id=taken.entry_id, text="冲销")
    rows = [(row.kind, row.points, row.expires_on) for row in points_ledger(clinic.db, who)]
    assert rows[:2] == [("grace", 100, "2027-01-17"), ("return", 50, None)]
    assert stand(clinic, who).available == 200
    with pytest.raises(RuleError, match="冲销过"):
        reverse_adjustment(member_admin, entry_id=taken.entry_id, text="冲销")
    clock.day = "2026-12-21"
    assert expire_due(frontdesk, person_id=who).points == -100
    clock.day = "2027-01-18"
    assert expire_due(frontdesk, person_id=who).points == -100
    assert expire_due(frontdesk, person_id=who).points == 0


def test_e19_all_of_it_late(clinic, frontdesk, member_admin, clock, who):
    pay(frontdesk, who, 100)
    taken = take(member_admin, who, 60)
    clock.day = "2026-12-21"
    expire_due(frontdesk.confirming("clock_jump"), person_id=who)
    back = reverse_adjustment(member_admin, entry_id=taken.entry_id, text="冲销")
    assert (back.points, stand(clinic, who).available) == (60, 60)
    with pytest.raises(RuleError, match="冲销过"):
        reverse_adjustment(member_admin, entry_id=taken.entry_id, text="冲销")


def test_e63_only_adjustments_are_reversed_and_once(clinic, frontdesk, member_admin, who):
    pay(frontdesk, who, 100)
    with pytest.raises(RuleError, match="只能冲销"):
        reverse_adjustment(member_admin, entry_id=1, text="x")
    with pytest.raises(RuleError, match="只能冲销"):
        reverse_adjustment(member_admin, entry_id=99, text="x")
    given = give(member_admin, who, 5)
    with pytest.raises(RuleError, match="冲销原因"):
        reverse_adjustment(member_admin, entry_id=given.entry_id, text="")
    reverse_adjustment(member_admin, entry_id=given.entry_id, text="x")
    with pytest.raises(RuleError, match="冲销过"):
        reverse_adjustment(member_admin, entry_id=given.entry_id, text="x")
    assert [row.reversed for row in points_ledger(clinic.db, who)] == [False, True, False]


def test_e64_an_impossible_number_is_an_alarm(clinic, frontdesk, who):
    for available, deficit in ((-1, 0), (0, -1)):
        account = MemoryAccount(main_timeline(clinic.db))
        account.available, account.deficit = available, deficit
        with pytest.raises(IntegrityAlarm):
            account.check()


def test_the_ledger_explains_every_point(clinic, frontdesk, member_admin, who):
    pay(frontdesk, who, 100)
    give(member_admin, who, 5)
    newest, oldest = points_ledger(clinic.db, who)
    assert (newest.balance, newest.staff, newest.reason) == (
        105,
        STAFF["member_admin"],
        "其他：补偿",
    )
    assert (oldest.balance, oldest.staff, oldest.receipt_number) == (
        100, STAFF["frontdesk"], "261120-1",
    )  # fmt: skip


def test_every_kind_and_reason_has_its_words():
    kinds = ("earn", "reversal", "opening", "adjust", "expire", "redeem", "return", "grace")
    assert len({kind_title(kind) for kind in kinds}) == len(kinds)
    assert len({reason_title(code) for code in REASONS}) == len(REASONS)
    assert points.ADJUST_ALONE == 500


def test_two_programmes_keep_two_accounts(clinic, frontdesk, member_admin, director, who):
    """Issue 3: an adjustment is reversed in its own programme."""
    other = variant(mode="spend")

    def second(tx):
        import msgspec

        from services.programmes.registry import sign_version

        return sign_version(tx, msgspec.structs.replace(other, name="第二方案"), "2000-01-01")

    in_command(director, second)
    pay(frontdesk, who, 100)
    given = give(member_admin, who, 5)
    reverse_adjustment(member_admin, entry_id=given.entry_id, text="x")
    rows = clinic.db.execute_sql("SELECT programme_id, available FROM standing").fetchall()
    assert rows == [(1, 100), (2, 100)]
    assert plus_days(TODAY, 0) == TODAY


def test_an_account_of_a_programme_out_of_use_is_closed(frontdesk, who):
    with pytest.raises(RuleError, match="所在的方案已停用"):
        in_command(frontdesk, lambda tx: account_of(tx, who, 99))


def test_e18_in_a_simulation_no_debit_is_given_back(clinic):
    account = MemoryAccount(main_timeline(clinic.db))
    account.come_to(TODAY)
    credit(account, 50, Source("earn", TODAY))
    spent = debit(account, 30, Source("redeem", TODAY))
    assert give_back(account, spent, Source("return", TODAY)) == 0
    assert account.available == 20
