"""What signing would do, tried on the clinic without writing anything."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from services.desk.daily import catch_up
from services.errors import RuleError
from services.loyalty.everybody import WorkCancelled
from services.loyalty.membership import join, override_tier
from services.loyalty.service_use import use_service
from services.programmes.definition import Benefit, Programme, Reach, to_json
from services.programmes.dry_run import DryRun, Given, Move, TierCount, dry_run
from services.programmes.editing import rename
from tests.conftest import TODAY
from tests.gift_world import add_person
from tests.money_world import dump, grant_id, member, pay, person, sign, stand, variant
from tests.services.programmes.presets import ALL
from tests.services.programmes.signing_world import sign_draft

A, B = ALL["医院方案A"], ALL["医院方案B"]
NEXT = "2026-12-01"


def reaching(**yuan: int) -> Programme:
    """A with other cumulative thresholds: t1=…, t2=…"""
    tiers = [
        replace(tier, reach=(Reach(cumulative_spend_yuan=yuan[f"t{tier.rank}"]),))
        if f"t{tier.rank}" in yuan
        else tier
        for tier in A.tiers
    ]
    return replace(A, tiers=tuple(tiers))


def run(clinic: Any, candidate: Programme, valid_from: str = NEXT, **more: Any) -> DryRun:
    before = dump(clinic)
    found = dry_run(clinic.db, clinic.clock.today(), candidate, valid_from, **more)
    assert dump(clinic) == before
    return found


def test_the_same_programme_again_changes_nothing(clinic, director):
    member(director, 8000)
    pay(director, person(director), 2000)
    found = run(clinic, A)
    assert (found.ups, found.downs, found.extra_fen) == ((), (), 0)
    assert (found.people, found.alarms, found.until) == (2, 0, "2026-12-31")
    assert (found.invited_before, found.invited_after) == (1, 1)
    assert found.tiers_before == found.tiers_after


def test_e41_who_moves_up_does_so_on_the_day(clinic, director):
    who = add_person(director, "M77", "欧阳小明")
    pay(director, who, 3000)
    other = member(director, 3000)
    join(director, person_id=who, benefits_explained=True)
    found = run(clinic, reaching(t2=3000))
    assert found.ups[0] == Move(
        who, "M77", "欧阳**", 1, "普通会员", 2, "高级会员", NEXT, waits=False
    )
    assert [row.person_id for row in found.ups] == [who, other]
    assert found.downs == ()
    assert found.tiers_before[1:3] == (TierCount(1, "普通会员", 2), TierCount(2, "高级会员", 0))
    assert found.tiers_after[1:3] == (TierCount(1, "普通会员", 0), TierCount(2, "高级会员", 2))


def test_r139_the_gifts_and_cleanings_it_would_cost_this_year(clinic, director):
    member(director, 3000)
    found = run(clinic, reaching(t2=3000))
    assert found.given == (
        Given("gift", "口腔保健礼品(50元档)", 0, 1, 0, 5000),
        Given("service", "超声波洁牙(带抛光脱敏)", 0, 1, 0, 0),
        Given("service", "面部护理", 0, 1, 0, 0),
    )
    assert found.extra_fen == 5000


def test_what_is_due_anyway_is_counted_on_both_sides(clinic, director, clock):
    member(director, 8000)
    found = run(clinic, A, "2027-01-01")
    assert found.until == "2027-12-31"
    assert found.given == (Given("service", "超声波洁牙(带抛光脱敏)", 1, 1, 0, 0),)


def test_e41_who_would_go_down_waits_for_ever_without_a_period(clinic, director):
    who = member(director, 2000)
    found = run(clinic, reaching(t1=9000))
    assert [
        (row.person_id, row.from_rank, row.to_rank, row.on, row.waits) for row in found.downs
    ] == [(who, 1, 0, None, True)]
    assert found.tiers_after[1].members == 1
    sign_draft(director, reaching(t1=9000), NEXT)
    clinic.clock.day = NEXT
    catch_up(director)
    assert stand(clinic, who).rank == 1


def yearly(**changes: Any) -> Programme:
    """A whose tiers last a year and are then earned again."""
    tiers = tuple(replace(tier, valid_months=12, **changes) for tier in A.tiers)
    return replace(A, name="年年", tiers=tiers)


def test_e41_e38_with_a_period_the_tier_ends_after_it(clinic, director):
    sign(director, yearly(), "2000-01-02")
    who = person(director)
    pay(director, who, 2000)
    join(director, person_id=who, benefits_explained=True, programme_id=2)
    dear = replace(
        yearly(), tiers=(replace(yearly().tiers[0], reach=(Reach(cumulative_spend_yuan=9000),)),)
    )
    found = run(clinic, dear)
    assert [(row.to_rank, row.on, row.waits) for row in found.downs] == [(0, "2027-11-20", True)]


def test_e38_a_renewal_that_fails_under_the_new_rules_shows_in_the_year_it_fails(clinic, director):
    easy = yearly(renew=(Reach(cumulative_spend_yuan=0),))
    sign(director, easy, "2000-01-02")
    who = person(director)
    pay(director, who, 2000)
    join(director, person_id=who, benefits_explained=True, programme_id=2)
    hard = yearly(renew=(Reach(cumulative_spend_yuan=5000),))
    found = run(clinic, hard, "2027-01-01")
    assert [(row.person_id, row.from_rank, row.to_rank, row.on) for row in found.downs] == [
        (who, 1, 0, "2027-11-20")
    ]


def test_a_tier_held_by_a_word_does_not_go_down(clinic, director):
    who = person(director)
    override_tier(director, person_id=who, rank=2, reason="院长批准")
    assert run(clinic, reaching(t2=9000)).downs == ()


def test_e41_old_members_on_their_own_version_do_not_move(clinic, director):
    member(director, 3000)
    pay(director, person(director), 500)
    found = run(clinic, reaching(t1=500, t2=3000), scope="new")
    assert (found.ups, found.downs, found.extra_fen) == ((), (), 0)
    assert (found.invited_before, found.invited_after) == (0, 1)


def test_a_version_signed_for_later_gives_way_to_the_candidate(clinic, director):
    member(director, 3000)
    sign_draft(director, reaching(t2=3000), "2026-12-15")
    found = run(clinic, A)
    assert (found.ups, found.downs) == ((), ())
    assert found.given == (
        Given("gift", "口腔保健礼品(50元档)", 1, 0, 5000, 0),
        Given("service", "超声波洁牙(带抛光脱敏)", 1, 0, 0, 0),
        Given("service", "面部护理", 1, 0, 0, 0),
    )
    assert found.extra_fen == -5000


# -- points ----------------------------------------------------------------------------------------


def test_e42_points_outstanding_and_what_they_would_be_worth(clinic, director):
    member(director, 2000)
    found = run(clinic, variant(mode="spend", per_yuan_off=50))
    assert (found.points, found.liability_before_fen, found.liability_after_fen) == (2000, 0, 4000)
    kept = run(clinic, variant(mode="spend", per_yuan_off=50), scope="new")
    assert kept.liability_after_fen == 0


# -- another programme -----------------------------------------------------------------------------


def test_a_new_programme_is_tried_on_the_members_of_the_one_it_replaces(clinic, director):
    who, small = member(director, 8000), person(director)
    override_tier(director, person_id=small, rank=1, reason="院长批准")
    use_service(director, grant_id=grant_id(clinic, who, "advanced.ultrasonic@2026"))
    gift = Benefit("b.gift", "gift", "入会礼", value_yuan=20)
    past = Benefit("b.month", "service", "检查", per="month")
    candidate = replace(B, tiers=(replace(B.tiers[0], benefits=(gift, past)),))
    found = run(clinic, candidate)
    assert found.alarms == 0
    assert [(row.person_id, row.to_rank) for row in found.downs] == [(small, 0)]
    assert found.tiers_after == (TierCount(0, "", 1), TierCount(1, "会员", 1))
    assert Given("gift", "入会礼", 0, 0, 0, 0) in found.given  # they are members already
    assert Given("service", "检查", 0, 0, 0, 0) in found.given  # begins with the next month
    assert found.liability_after_fen == found.points == 8000
    assert run(clinic, candidate, instead_of=1) == found


def test_who_has_no_tier_yet_may_get_one_in_the_new_programme(clinic, director):
    who = person(director)
    override_tier(director, person_id=who, rank=1, reason="院长批准", until=TODAY)
    pay(director, who, 500)
    easy = replace(B, tiers=(replace(B.tiers[0], reach=(Reach(visits=1),)),))
    found = run(clinic, easy)
    assert [(row.person_id, row.from_rank, row.to_rank) for row in found.ups] == [(who, 0, 1)]


def test_a_programme_that_is_not_in_use_cannot_be_replaced(clinic, director):
    with pytest.raises(RuleError, match="没有在使用"):
        run(clinic, B, instead_of=9)


def test_what_is_pending_holds_for_nobody(clinic, director):
    member(director, 9000)
    found = run(clinic, rename(ALL["卡通三级"], "试"))
    assert found.tiers_after == (
        TierCount(0, "", 1), TierCount(1, "小白牙会员", 0), TierCount(2, "皓齿会员", 0),
        TierCount(3, "钻石牙会员", 0),
    )  # fmt: skip


# -- the walk --------------------------------------------------------------------------------------


def test_progress_is_told_and_cancel_is_heard(clinic, director):
    member(director)
    told: list[tuple[int, int]] = []
    run(clinic, A, progress=lambda done, of: told.append((done, of)))
    assert told == [(0, 1), (1, 1)]
    with pytest.raises(WorkCancelled):
        run(clinic, A, cancelled=lambda: True)
    assert run(clinic, A, cancelled=lambda: False).people == 1


def test_e64_whose_books_disagree_is_counted_apart(clinic, director):
    who = member(director, 8000)
    use_service(director, grant_id=grant_id(clinic, who, "advanced.facial"))
    gone = replace(A.tiers[1], benefits=(A.tiers[1].benefits[1],))
    clinic.db.execute_sql("DROP TRIGGER programme_version_no_update")
    clinic.db.execute_sql(
        "UPDATE programme_version SET definition = ?",
        (to_json(replace(A, tiers=(A.tiers[0], gone, *A.tiers[2:]))),),
    )
    found = run(clinic, variant(per_yuan=2))
    assert (found.people, found.alarms) == (0, 1)


def test_a_query_only_connection_will_do(clinic, director):
    member(director)
    reader = clinic.file.reader()
    try:
        assert dry_run(reader, TODAY, reaching(t2=2000), NEXT).ups
    finally:
        reader.close()


def test_r174_a_trial_on_some_people_only(clinic, frontdesk):
    one, two = member(frontdesk, 3000), member(frontdesk, 3000)
    every = dry_run(clinic.db, TODAY, variant(), TODAY)
    some = dry_run(clinic.db, TODAY, variant(), TODAY, among=(two,))
    assert (every.people, some.people) == (2, 1)
    assert every.points == 2 * some.points
    assert one != two
