"""A programme taken out of use, and taken up again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.desk.daily import catch_up
from services.errors import Confirmable, RuleError
from services.gifts.handout import issue_gift
from services.loyalty.ledger import Source, debit
from services.loyalty.receipts import refund
from services.loyalty.service_use import use_service, void_use
from services.loyalty.standing import account_of, settle, standing_of
from services.programmes.activation import PAID_TERMS, activate, retire
from services.programmes.definition import Reach
from services.programmes.registry import main_timeline, timelines
from tests.gift_world import add_gift, gift_grant, in_command, stocked
from tests.money_world import grant_id, grants, member, pay, person, stand
from tests.services.programmes.presets import ALL
from tests.services.programmes.signing_world import faults, sign_draft

A, B = ALL["医院方案A"], ALL["医院方案B"]


def test_the_last_programme_stays_in_use(clinic, director):
    with pytest.raises(RuleError, match="至少要有一个使用中的方案"):
        retire(director, programme_id=1)


@pytest.mark.parametrize("verb", [retire, activate])
def test_an_unknown_programme_is_refused(director, verb):
    with pytest.raises(RuleError, match="请刷新后"):
        verb(director, programme_id=9)


def test_what_is_in_use_is_not_taken_up_again(director):
    with pytest.raises(RuleError, match="不在停用的方案里"):
        activate(director, programme_id=1)


def test_a_retired_programme_earns_no_more_and_its_grants_run_to_their_end(clinic, director, clock):
    who = member(director, 8000)  # 高级会员: a gift, a cleaning each year, a facial once
    sign_draft(director, B)
    assert retire(director, programme_id=1).people == 0
    assert main_timeline(clinic.db).name == "医院方案B"
    pay(director, who, 50_000)
    assert (stand_in(clinic, who, 1).earned, stand_in(clinic, who, 1).rank) == (8000, 2)
    assert stand_in(clinic, who, 2).available == 50_000
    gift_id = add_gift(director, "G50", "电动牙刷", 50)
    stocked(director, gift_id, 0, 1)
    issue_gift(director, grant_id=gift_grant(clinic, who), gift_id=gift_id)
    used = use_service(director, grant_id=grant_id(clinic, who, "advanced.ultrasonic@2026"))
    void_use(director, use_id=used.use_id, reason="点错")
    use_service(director, grant_id=grant_id(clinic, who, "advanced.ultrasonic@2026"))
    clock.day = "2027-01-02"
    assert stand_in(clinic, who, 1).next_on is None  # nobody looks at it any more
    director = director.confirming("clock_jump")
    catch_up(director)
    with pytest.raises(RuleError, match="期限是"):
        use_service(director, grant_id=grant_id(clinic, who, "advanced.ultrasonic@2026"))
    assert "advanced.ultrasonic@2027" not in grants(clinic, who)
    use_service(director, grant_id=grant_id(clinic, who, "advanced.facial"))
    assert faults(clinic) == []


def test_taken_up_again_it_counts_what_came_between_and_gives_nothing_to_spend(
    clinic, director, clock
):
    who, guest = member(director, 2000), person(director)
    before = pay(director, who, 100)
    sign_draft(director, B)
    retire(director, programme_id=1)
    clock.day = "2026-12-01"
    pay(director, who, 7900)
    pay(director, guest, 30)
    refund(director, receipt_id=before.receipt_id, amount_fen=4000, reason="退")
    assert activate(director, programme_id=1).people == 2
    found = stand_in(clinic, who, 1)
    assert (found.spend_fen, found.earned, found.available) == (996_000, 9960, 2060)
    assert (found.rank, found.deficit) == (2, 0)
    assert stand_in(clinic, guest, 1).earned == 30
    assert faults(clinic) == []
    pay(director, who, 5)
    assert stand_in(clinic, who, 1).available == 2065
    assert faults(clinic) == []


def test_a_refund_of_the_pause_never_makes_a_debt(clinic, director):
    spends = replace(A, name="花分", points=replace(A.points, mode="spend"))
    sign_draft(director, spends)
    who = member(director, 2000)
    paid = pay(director, who, 1000)

    def spend(tx):
        account = account_of(tx, who, 2)
        debit(account, 2500, Source("redeem", tx.today))
        settle(tx, account)

    in_command(director, spend)
    retire(director, programme_id=2)
    refund(director, receipt_id=paid.receipt_id, amount_fen=90_000, reason="退")
    activate(director, programme_id=2)
    found = stand_in(clinic, who, 2)
    assert (found.earned, found.available, found.deficit) == (2100, 0, 0)
    assert faults(clinic) == []


def test_taking_up_twice_counts_once(clinic, director):
    who = member(director, 2000)
    sign_draft(director, B)
    for _ in range(2):
        retire(director, programme_id=2)
        pay(director, who, 10)
        activate(director, programme_id=2)
    found = stand_in(clinic, who, 2)
    assert (found.earned, found.available) == (2020, 0)
    assert faults(clinic) == []


def test_a_fee_that_is_still_running_is_asked_about(clinic, director):
    who = member(director)
    sign_draft(
        director,
        replace(
            A, name="缴费", tiers=(replace(A.tiers[0], reach=(Reach(visits=1),), benefits=()),)
        ),
    )
    clinic.db.execute_sql(
        "UPDATE standing SET paid_until = '2026-11-20', member = 1 WHERE programme_id = 2"
    )
    with pytest.raises(Confirmable, match="有 1 位会员的会费还没到期") as asked:
        retire(director, programme_id=2)
    assert asked.value.code == PAID_TERMS
    retire(director.confirming(PAID_TERMS), programme_id=2)
    assert [timeline.programme_id for timeline in timelines(clinic.db)] == [1]
    assert stand(clinic, who).rank == 1


def stand_in(clinic, who, programme_id):
    return standing_of(clinic.db, who, programme_id)
