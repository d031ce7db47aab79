"""Being asked to renew: E38, E57, E66, R023."""

from __future__ import annotations

import pytest

from services.desk.daily import catch_up
from services.followups.calls import log_call
from services.loyalty.membership import join, override_tier
from services.memberships.ending import cancel_membership
from services.memberships.fees import void_fee
from services.memberships.renewals import renewal_page, renewals_due
from services.programmes.definition import Reach
from tests.gift_world import in_command
from tests.money_world import pay, person, sign
from tests.services.memberships.world import (
    GOLD,
    SILVER,
    changed,
    check_all,
    on_day,
    paid_programme,
    payer,
    set_person,
    tasks_of,
    with_programme,
)

# a year paid on 2026-11-20 ends on 2027-11-19
TOLD = ("renew:2:2027-11-19", "open", "“试缴费”银卡 2027-11-19 到期，问是否续费")


@pytest.fixture
def scheme(director) -> int:
    return with_programme(director)


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_all(clinic)


def ends(clinic, today: str, **more) -> list[tuple[int, str, bool]]:
    return [
        (row.person_id, row.ends_on, row.lapsed) for row in renewals_due(clinic.db, today, **more)
    ]


def reaching(months: int | None, **more):
    """A tier by spending that has to be kept up."""
    kept = changed(SILVER, reach=(Reach(cumulative_spend_yuan=100),), fees=(), valid_months=months)
    return paid_programme(kept, **more)


def test_e38_r023_a_month_before_the_end_a_call_is_planned_once(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    later = on_day(frontdesk, clock, "2027-10-19")  # 31 days before
    assert tasks_of(clinic, who) == []
    on_day(frontdesk, clock, "2027-10-20")
    assert tasks_of(clinic, who) == [TOLD]
    on_day(frontdesk, clock, "2027-10-21")
    assert in_command(later, lambda tx: renewal_page(tx, "", 10)) == (0, "1")
    assert tasks_of(clinic, who) == [TOLD]


def test_e66_a_call_that_was_made_is_not_planned_again(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    later = on_day(frontdesk, clock, "2027-10-20")
    query = "SELECT id FROM followup_task WHERE rule = 'term'"
    (task,) = clinic.db.execute_sql(query).fetchone()
    log_call(later, person_id=who, task_ids=(task,), outcome="fine")
    on_day(frontdesk, clock, "2027-10-25")
    assert [state for _, state, _ in tasks_of(clinic, who)] == ["done"]
    paid = payer(later, scheme, person_id=who)
    void_fee(later, fee_id=paid.fee_id, reason="错")
    assert [state for _, state, _ in tasks_of(clinic, who)] == ["done"]


def test_days_off_lose_no_reminder(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    on_day(frontdesk, clock, "2027-11-10")
    assert tasks_of(clinic, who) == [TOLD]


def test_r023_whoever_pays_every_month_is_asked_a_week_before(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme, every="month").person_id  # until 2026-12-19
    on_day(frontdesk, clock, "2026-12-11")
    assert tasks_of(clinic, who) == []
    on_day(frontdesk, clock, "2026-12-12")
    assert [cycle for cycle, _, _ in tasks_of(clinic, who)] == ["renew:2:2026-12-19"]


def test_paying_settles_the_reminder_and_a_void_wakes_it(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    later = on_day(frontdesk, clock, "2027-10-20")
    paid = payer(later, scheme, person_id=who)
    assert [state for _, state, _ in tasks_of(clinic, who)] == ["done"]
    void_fee(later, fee_id=paid.fee_id, reason="错")
    assert tasks_of(clinic, who) == [TOLD]


def test_who_is_no_member_any_more_is_not_called(clinic, frontdesk, director, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    on_day(frontdesk, clock, "2027-10-20")
    session = director.confirming("clock_jump")
    cancel_membership(session, person_id=who, programme_id=scheme, reason="违规")
    assert [state for _, state, _ in tasks_of(clinic, who)] == ["given_up"]
    assert renewals_due(clinic.db, clock.day) == []


def test_whoever_is_not_active_is_not_called(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    set_person(frontdesk, who, state="withdrawn")
    on_day(frontdesk, clock, "2027-11-01")
    assert tasks_of(clinic, who) == []
    assert renewals_due(clinic.db, clock.day) == []
    set_person(frontdesk, who, state="active")


def test_e38_a_tier_to_be_kept_up_is_told_in_its_own_words(clinic, frontdesk, director, clock):
    scheme = with_programme(director, reaching(12))
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True)
    on_day(frontdesk, clock, "2027-10-20")
    assert tasks_of(clinic, who)[-1] == (
        "keep:2:2027-11-19", "open", "“试缴费”银卡 2027-11-19 到期，说明怎样保级",
    )  # fmt: skip
    (due,) = renewals_due(clinic.db, clock.day)
    assert (due.what, due.grace_until, due.ends_on) == ("tier", None, "2027-11-19")


def test_e38_a_tier_of_a_month_is_told_a_week_before(clinic, frontdesk, director, clock):
    scheme = with_programme(director, reaching(1))
    who = person(frontdesk)
    pay(frontdesk, who, 100)
    join(frontdesk, person_id=who, programme_id=scheme, benefits_explained=True)
    on_day(frontdesk, clock, "2026-12-11")
    assert not any(cycle.startswith("keep") for cycle, _, _ in tasks_of(clinic, who))
    on_day(frontdesk, clock, "2026-12-12")
    assert any(cycle == "keep:2:2026-12-19" for cycle, _, _ in tasks_of(clinic, who))


def test_e57_the_list_has_who_ends_soon_and_who_lapsed_within_grace(
    clinic, frontdesk, scheme, clock
):
    who = payer(frontdesk, scheme).person_id
    life = payer(frontdesk, scheme, rank=2, every="once").person_id
    assert ends(clinic, "2027-10-19") == []
    assert ends(clinic, "2027-10-19", days=31) == [(who, "2027-11-19", False)]
    (due,) = renewals_due(clinic.db, "2027-10-20")
    assert (due.programme, due.tier_name, due.what) == ("试缴费", "银卡", "paid")
    assert due.grace_until == "2027-12-04"
    for day, wanted in (
        ("2027-11-19", [(who, "2027-11-19", False)]),
        ("2027-11-20", [(who, "2027-11-19", True)]),
        ("2027-12-04", [(who, "2027-11-19", True)]),  # 15 days after
        ("2027-12-05", []),
    ):
        on_day(frontdesk, clock, day)
        assert ends(clinic, day) == wanted
    assert life not in [row[0] for row in ends(clinic, "2099-01-01")]


def test_a_lapsed_upgrade_is_told_by_the_tier_that_was_paid(clinic, frontdesk, scheme, clock):
    who = payer(frontdesk, scheme).person_id
    payer(frontdesk, scheme, rank=2, person_id=who)
    on_day(frontdesk, clock, "2027-11-25")
    (due,) = renewals_due(clinic.db, clock.day)
    assert (due.tier_name, due.lapsed) == ("金卡", True)


def test_a_fee_that_was_taken_back_is_nobodys_renewal(clinic, frontdesk, scheme, director, clock):
    paid = payer(frontdesk, scheme, every="month")
    override_tier(director, person_id=paid.person_id, rank=1, reason="批准", programme_id=scheme)
    void_fee(frontdesk, fee_id=paid.fee_id, reason="错")
    on_day(frontdesk, clock, "2026-12-25")
    assert renewals_due(clinic.db, clock.day) == []


@pytest.mark.parametrize("batch", [1, 2, 300])
def test_small_pages_and_large_ones_plan_the_same(
    clinic, frontdesk, scheme, clock, batch, monkeypatch
):
    monkeypatch.setattr("services.desk.daily.ROWS", 1)
    people = [payer(frontdesk, scheme).person_id for _ in range(5)]
    clock.day = "2027-10-20"
    catch_up(frontdesk.confirming("clock_jump"), batch=batch)
    assert [tasks_of(clinic, who) for who in people] == [[TOLD]] * 5


def test_a_clinic_whose_programmes_are_all_retired_asks_nobody(clinic, frontdesk, scheme):
    clinic.db.execute_sql("UPDATE programme SET state = 'retired'")
    assert in_command(frontdesk, lambda tx: renewal_page(tx, "", 10)) == (0, None)
    assert renewals_due(clinic.db, "2026-11-20") == []
    clinic.db.execute_sql("UPDATE programme SET state = 'active'")


def test_a_reminder_names_the_programme_in_force(clinic, frontdesk, director, scheme, clock):
    sign(director, paid_programme(changed(SILVER, name="银星"), GOLD), "2027-01-01")
    who = payer(frontdesk, scheme).person_id
    on_day(frontdesk, clock, "2027-10-20")
    assert "银星" in tasks_of(clinic, who)[0][2]
