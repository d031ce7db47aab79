"""Signing a draft: what makes a version, what is refused, and what follows from it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from msgspec.structs import replace

from services.commands import Approval, read_setting
from services.desk.daily import DATE, PLACE, catch_up, catch_up_some, needed
from services.errors import RuleError
from services.gifts.handout import issue_gift
from services.loyalty.everybody import WorkCancelled
from services.loyalty.ledger import open_lots
from services.loyalty.membership import invitations, join
from services.loyalty.receipts import refund
from services.loyalty.redemption import redeem, return_redemption
from services.loyalty.standing import standing_of
from services.programmes.definition import Benefit, Programme, Reach, to_json
from services.programmes.drafts import draft, drafts, save_draft
from services.programmes.editing import rename
from services.programmes.registry import main_timeline, timelines
from services.programmes.signing import sign
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, add_member, gift_grant, stocked
from tests.money_world import (
    check_books,
    grants,
    member,
    pay,
    person,
    session_of,
    stand,
    variant,
)
from tests.services.programmes.presets import ALL
from tests.services.programmes.signing_world import WORD, faults, sign_draft

A, B = ALL["医院方案A"], ALL["医院方案B"]


def with_tier(rank: int, **changes: Any) -> Programme:
    tiers = list(A.tiers)
    tiers[rank - 1] = replace(tiers[rank - 1], **changes)
    return replace(A, tiers=tuple(tiers))


# -- a version -------------------------------------------------------------------------------------


def test_r058_a_signed_draft_is_the_next_version_from_its_day(clinic, director):
    saved = save_draft(director, definition=to_json(variant(per_yuan=2)))
    word = approve(clinic, STAFF["director"], PIN, "approve.programme")
    signed = sign(
        director, draft_id=saved.draft_id, valid_from="2027-01-01", note=" 双倍 ", approval=word
    )
    timeline = main_timeline(clinic.db)
    assert [v.valid_from for v in timeline.versions] == ["2000-01-01", "2027-01-01"]
    assert timeline.versions[1].id == signed.version_id
    assert (signed.programme_id, signed.people) == (1, 0)
    assert timeline.at("2026-12-31").programme == A
    assert timeline.at("2027-01-01").programme.points.per_yuan == 2
    assert drafts(clinic.db) == []
    note, by = clinic.db.execute_sql(
        "SELECT note, signed_by FROM programme_version WHERE number = 2"
    ).fetchone()
    assert (note, by) == ("双倍", 1)


def test_signing_the_same_form_twice_counts_once(clinic, director):
    saved = save_draft(director, definition=to_json(A))
    once = director.once(uuid.uuid4())
    terms = {"draft_id": saved.draft_id, "valid_from": "2027-01-01", "approval": WORD}
    first = sign(once, **terms)
    assert sign(once, **terms) == first
    assert len(main_timeline(clinic.db).versions) == 2


def test_e41_old_members_may_stay_on_their_version(clinic, director):
    old = member(director)
    sign_draft(director, with_tier(1, reach=(Reach(single_spend_yuan=1),)), scope="new")
    new = member(director, 1000)
    pay(director, old, 0.5)
    timeline = main_timeline(clinic.db)
    assert timeline.versions[1].scope == "new"
    assert (stand(clinic, old).rank, stand(clinic, new).rank) == (1, 1)
    assert len(timeline.for_member("2026-11-19").versions) == 1
    assert len(timeline.for_member(TODAY).versions) == 2


# -- refusals --------------------------------------------------------------------------------------


def refused(session: Any, programme: Programme, sentence: str, **terms: Any) -> None:
    with pytest.raises(RuleError, match=sentence):
        sign_draft(session, programme, **terms)
    assert len(main_timeline(session.db).versions) == 1


def test_an_incomplete_programme_is_refused_with_what_is_missing(clinic, director):
    refused(director, ALL["年费三档"], "还缺 8 项，补全以后才能签署：基础会员的牙菌膜清洁")
    assert len(drafts(clinic.db)) == 1


@pytest.mark.parametrize(
    "word",
    [
        None,
        Approval(1, "", "director", "approve.adjustment"),
        Approval(1, "", "member_admin", "approve.programme"),
        Approval(9, "", "director", "approve.programme"),  # another director's
    ],
)
def test_the_directors_own_second_pin_is_asked_for(director, word):
    refused(director, variant(per_yuan=2), "再次输入院长本人的密码", approval=word)


@pytest.mark.parametrize("role", ["frontdesk", "member_admin"])
def test_only_a_director_signs(clinic, role):
    with pytest.raises(RuleError, match="请由院长"):
        sign(session_of(clinic, role), draft_id=1, valid_from=TODAY, approval=WORD)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [("2026-11-19", "不能早于今天"), ("明天", "写成"), ("2026-2-3", "写成")],
)
def test_a_past_day_or_no_day_is_refused(director, day, sentence):
    refused(director, A, sentence, valid_from=day)


def test_nothing_is_signed_under_a_version_that_is_signed_for_later(clinic, director):
    sign_draft(director, variant(per_yuan=2), "2027-01-01")
    for day in ("2026-12-01", "2027-01-01"):
        with pytest.raises(RuleError, match="已有 2027-01-01 生效的版本"):
            sign_draft(director, rename(variant(per_yuan=3), "医院方案A"), day)
        assert clinic.db.execute_sql("DELETE FROM programme_draft").rowcount == 1
    sign_draft(director, variant(per_yuan=3), "2027-01-02")


def test_an_unknown_draft_or_scope_is_refused(director):
    with pytest.raises(RuleError, match="没有找到这份草稿"):
        sign(director, draft_id=7, valid_from=TODAY, approval=WORD)
    refused(director, A, "给所有会员用，还是只给新会员用", scope="some")


@pytest.mark.parametrize("changes", [{"kind": "service"}, {"per": "year"}])
def test_e49_a_key_keeps_its_meaning(director, changes):
    gift = replace(A.tiers[0].benefits[0], **changes)
    refused(director, with_tier(1, benefits=(gift,)), "换了种类或周期")


def test_a_benefit_may_change_in_everything_else(director):
    gift = replace(A.tiers[0].benefits[0], quantity=2, name="礼品", value_yuan=20)
    other = Benefit("regular.more", "service", "洁牙")
    sign_draft(director, with_tier(1, benefits=(gift, other)))


def test_a_tier_that_members_hold_is_not_taken_from_under_them(clinic, director):
    member(director, 15_000)
    fewer = replace(A, tiers=A.tiers[:2])
    refused(director, fewer, "现有 1 位会员是第 3 级“VIP会员”，新版没有这一级")
    clinic.db.execute_sql("DELETE FROM programme_draft")
    sign_draft(director, fewer, "2026-11-21", scope="new")


def test_a_tier_that_members_hold_keeps_its_rank(director):
    member(director)
    lower = replace(A.tiers[0], name="新级", benefits=())
    tiers = tuple(replace(tier, rank=n) for n, tier in enumerate((lower, *A.tiers), 1))
    refused(director, replace(A, tiers=tiers), "“普通会员”现在是第 1 级，有 1 位会员")


def test_a_tier_may_be_renamed_and_one_that_nobody_holds_may_go(director):
    member(director)
    sign_draft(
        director, replace(with_tier(1, name="银卡"), tiers=with_tier(1, name="银卡").tiers[:2])
    )


# -- today -----------------------------------------------------------------------------------------

TOMORROW = "2026-11-21"
EASY = with_tier(2, reach=(Reach(cumulative_spend_yuan=2000),))


def test_e41_whoever_reaches_a_tier_by_a_version_of_today_moves_up_with_the_catch_up(
    clinic, director, clock
):
    who = member(director, 2000)
    clock.day = TOMORROW
    catch_up(director)
    assert not needed(clinic.db, TOMORROW)
    sign_draft(director, EASY, TOMORROW)
    assert needed(clinic.db, TOMORROW)
    assert stand(clinic, who).rank == 1
    catch_up(director)
    assert (stand(clinic, who).rank, stand(clinic, who).reached_on) == (2, TOMORROW)
    assert faults(clinic) == []


def test_in_a_clinic_that_never_caught_up_yet_too(clinic, director, clock):
    who = member(director, 2000)
    clock.day = TOMORROW
    sign_draft(director, EASY, TOMORROW)
    catch_up(director)
    assert stand(clinic, who).rank == 2


def test_a_catch_up_that_is_half_done_begins_again(clinic, director, clock):
    who = member(director, 2000)
    clock.day = TOMORROW
    while not read_setting(clinic.db, PLACE).startswith(f"{TOMORROW} 3"):  # past the versions
        catch_up_some(director, batch=1)
    sign_draft(director, EASY, TOMORROW)
    assert read_setting(clinic.db, PLACE) == ""
    catch_up(director)
    assert stand(clinic, who).rank == 2


def test_a_missed_day_is_still_caught_up_from_where_it_was(clinic, director, clock):
    catch_up(director)
    clock.day = "2026-11-25"
    sign_draft(director, variant(per_yuan=2), "2026-11-25")
    assert read_setting(clinic.db, DATE) == TODAY


HARD = with_tier(1, reach=(Reach(cumulative_spend_yuan=9000),))


def test_e41_thresholds_raised_take_nothing_away(clinic, director, clock):
    who = member(director, 2000)
    clock.day = TOMORROW
    sign_draft(director, HARD, TOMORROW)
    catch_up(director)
    found = stand(clinic, who)
    assert (found.rank, found.supported_rank) == (1, 1)  # by the rules it was reached under
    assert faults(clinic) == []


def test_e41_a_tier_of_today_is_not_taken_back_by_a_version_of_today(clinic, director):
    member(director, 2000)
    refused(director, HARD, "今天已按旧版给 1 位会员定了等级")


def test_e41_nor_the_gift_that_was_handed_out_for_it(clinic, director):
    who, gift_id = member(director, 2000), add_gift(director)
    stocked(director, gift_id, 0, 1)
    issue_gift(director, grant_id=gift_grant(clinic, who), gift_id=gift_id)
    refused(director, HARD, "请改成明天起生效")


def test_e12_points_of_todays_receipts_follow_the_version_of_today(clinic, director):
    who, other = member(director, 1000), person(director)
    pay(director, other, 10)
    signed = sign_draft(director, variant(per_yuan=3))
    assert signed.people == 2
    assert (stand(clinic, who).earned, stand(clinic, who).available) == (3000, 3000)
    assert stand(clinic, other).earned == 30
    sign_again = rename(variant(per_yuan=1), "医院方案A")
    with pytest.raises(RuleError, match="已有 2026-11-20 生效"):
        sign_draft(director, sign_again)
    assert faults(clinic) == []


def test_e12_points_of_todays_receipts_may_become_fewer(clinic, director):
    who = member(director, 1000)
    sign_draft(director, variant(per_yuan=1, yuan_step=2))
    assert (stand(clinic, who).earned, stand(clinic, who).available) == (500, 500)
    check_books_of_halves = clinic.db.execute_sql("SELECT SUM(points) FROM points_entry").fetchone()
    assert check_books_of_halves == (500,)
    assert faults(clinic) == []


def test_e28_lots_keep_the_expiry_they_were_born_with(clinic, director, clock):
    who = member(director, 1000)
    clock.day = "2026-11-21"
    sign_draft(director, variant(expiry_months=12), "2026-11-21")
    pay(director, who, 500)
    assert [lot.expires_on for lot in open_lots(clinic.db, (who,), 1)] == ["2027-11-21", None]
    sign_draft(director, variant(expiry_months=1), "2026-11-22")
    assert [lot.expires_on for lot in open_lots(clinic.db, (who,), 1)] == ["2027-11-21", None]
    check_books(clinic)


# -- a new name ------------------------------------------------------------------------------------


def test_c8_a_new_name_is_a_second_active_programme_that_counts_the_past(clinic, director):
    who, guest = member(director, 2000), person(director)
    pay(director, guest, 300)
    steps: list[tuple[int, int]] = []
    signed = sign_draft(director, B, progress=lambda done, of: steps.append((done, of)))
    assert [timeline.name for timeline in timelines(clinic.db)] == ["医院方案A", "医院方案B"]
    assert signed.people == 2
    assert steps == [(0, 2), (2, 2)]
    found = standing_of(clinic.db, who, signed.programme_id)
    assert (found.spend_fen, found.rank, found.member, found.receipts) == (200_000, 1, 0, 1)
    # what was received before counts, and gives nothing to spend
    assert (found.earned, found.available, found.deficit) == (2000, 0, 0)
    assert [row.person_id for row in invitations(clinic.db, programme_id=2)] == [who]
    assert faults(clinic) == []
    pay(director, who, 100)
    found = standing_of(clinic.db, who, signed.programme_id)
    assert (found.earned, found.available) == (2100, 100)
    assert stand(clinic, who).available == 2100
    assert faults(clinic) == []


def test_a_second_programme_knows_what_the_paper_register_had(clinic, director):
    who = add_member(director, "M1", spend_yuan=6000)
    signed = sign_draft(director, B)
    found = standing_of(clinic.db, who, signed.programme_id)
    assert (found.spend_fen, found.earned, found.available) == (600_000, 6000, 0)
    assert faults(clinic) == []


def test_a_new_programme_starts_today(director):
    refused(director, B, "是新方案，从签署当天起生效", valid_from="2026-11-21")


def test_nothing_is_signed_for_a_retired_programme(clinic, director):
    sign_draft(director, B)
    clinic.db.execute_sql("UPDATE programme SET state = 'retired' WHERE id = 2")
    with pytest.raises(RuleError, match="“医院方案B”已停用"):
        sign_draft(director, B)


def test_signing_can_be_cancelled_and_leaves_nothing(clinic, director):
    member(director)
    with pytest.raises(WorkCancelled, match="已取消"):
        sign_draft(director, B, cancelled=lambda: True)
    assert len(timelines(clinic.db)) == 1
    assert draft(clinic.db, drafts(clinic.db)[0].id) == B


def test_who_was_merged_is_left_to_the_one_who_speaks_for_them(clinic, director):
    who = member(director)
    clinic.db.execute_sql("UPDATE person SET state = 'merged' WHERE id = ?", (who,))
    assert sign_draft(director, B).people == 0


def test_e45_grants_of_a_second_programme_come_with_joining_it(clinic, director):
    who = member(director, 2000)
    gift = Benefit("second.gift", "gift", "第二礼", value_yuan=10)
    tier = replace(B.tiers[0], benefits=(gift,))
    sign_draft(director, replace(B, tiers=(tier,)))
    assert "second.gift" not in grants(clinic, who)
    join(director, person_id=who, benefits_explained=True, programme_id=2)
    assert grants(clinic, who)["second.gift"] == (1, 0, "open")
    assert faults(clinic) == []


def test_e15_a_refund_after_the_start_is_reckoned_in_both(clinic, director):
    who = person(director)
    first = pay(director, who, 2000)
    sign_draft(director, B)
    refund(director, receipt_id=first.receipt_id, amount_fen=50_000, reason="退")
    assert (stand(clinic, who).earned, stand(clinic, who).available) == (1500, 1500)
    assert standing_of(clinic.db, who, 2).earned == 1500
    assert faults(clinic) == []


def priced(points: int) -> Programme:
    """B with another price for the facial."""
    catalogue = tuple(
        replace(item, points=points) if item.key == "b.facial" else item
        for item in B.points.catalogue
    )
    return replace(B, points=replace(B.points, catalogue=catalogue))


def test_e30_a_new_price_holds_from_its_day_and_a_return_pays_the_old_one(clinic, director, clock):
    sign_draft(director, B)
    who = person(director)
    pay(director, who, 9000)
    join(director, person_id=who, benefits_explained=True, programme_id=2)
    sign_draft(director, priced(4000), TOMORROW)
    terms = {"person_id": who, "item_key": "b.facial", "programme_id": 2, "checked": "card"}
    first = redeem(director, **terms)
    clock.day = TOMORROW
    second = redeem(director, **terms)
    assert (first.points, second.points, second.left) == (3000, 4000, 2000)
    return_redemption(director, redemption_id=first.redemption_id, reason="不用了")
    assert standing_of(clinic.db, who, 2).available == 5000
    assert faults(clinic) == []
